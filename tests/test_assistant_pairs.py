"""Pairs of chapter 06: JSONL of every broken kind, and the sharing out."""

import json
import random

import pytest

from workshop.assistant import pairs
from workshop.base.errors import WorkshopError

GOOD = '{"question": "Qui sonne ?", "answer": "le sonneur"}'
OTHER = '{"question": "Où est le puits ?", "answer": "dans la cour"}'


@pytest.fixture
def write(tmp_path):
    def write(*lines, data=None):
        path = tmp_path / "paires.jsonl"
        path.write_bytes(data if data is not None else "".join(f"{line}\n" for line in lines).encode())
        return path

    return write


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("pas du JSON", "pas du JSON, vers le caractère 1"),
        ('{"question": "Que veut dire "cuit" ?", "answer": "trop chaud"}', 'un guillemet droit s’écrit \\"'),
        ('{"question": "Où est le puits ?", "answer": "dans', "pas du JSON"),
        ("{'question': 'Où ?', 'answer': 'là'}", "pas du JSON"),
        ('{"question": "Où ?", "answer": "là"} {"question": "Qui ?", "answer": "lui"}', "pas du JSON"),
        ('{"question": "Où est le puits ?"}', "il manque « answer »"),
        ('{"answer": "dans la cour"}', "il manque « question »"),
        ('{"question": "Où est le puits ?", "answer": ""}', "« answer » est vide"),
        ('{"question": " \\n ", "answer": "dans la cour"}', "« question » est vide"),
        ('{"question": "Combien ?", "answer": 2}', "« answer » n’est pas un texte"),
        ('{"question": null, "answer": "deux"}', "« question » n’est pas un texte"),
        ('["Où ?", "là"]', "tableau"),
        ("42", "pas un objet"),
        ("null", "pas un objet"),
        (GOOD, "déjà posée à la ligne 1"),
        ('{"question": "QUI sonne…", "answer": "le sacristain"}', "déjà posée à la ligne 1"),
        ("[" * 100_000, "pas du JSON"),
        ('{"question": "Où est le bl\udce9 ?", "answer": "là"}', "UTF-8"),
        ("\udce9t\udce9", "UTF-8"),
        (r'{"question": "Un cœur \ud83d ?", "answer": "oui"}', r"« question » a une moitié de caractère (\ud83d)"),
        (r'{"question": "Un cœur ?", "answer": "\udc94"}', r"« answer » a une moitié de caractère (\udc94)"),
    ],
)
def test_every_broken_line_is_told_and_the_good_ones_are_kept(write, line, said):
    path = write(data="\n".join([GOOD, line, OTHER]).encode("utf-8", "surrogateescape"))
    found, faults = pairs.read_pairs(path)
    assert found == [json.loads(GOOD), json.loads(OTHER)]
    ((number, problem),) = faults
    assert number == 2 and said in problem.replace("\u00a0", " ")


def test_all_faults_are_told_at_once_each_with_its_line(write):
    path = write("", GOOD, "non", "", '{"question": "Où ?"}', GOOD)
    with pytest.raises(WorkshopError) as error:
        pairs.load_pairs(path)
    said = str(error.value).replace("\u00a0", " ")
    assert said.startswith("paires.jsonl a 3 lignes à corriger : ligne 3, ")
    assert "ligne 5, il manque « answer »" in said and "ligne 6, cette question est déjà posée à la ligne 2" in said


def test_a_file_that_is_one_array_is_called_so(write):
    for text in (f"[{GOOD}, {OTHER}]", f"[\n{GOOD},\n{OTHER}\n]\n"):
        with pytest.raises(WorkshopError, match="tableau"):
            pairs.load_pairs(write(data=text.encode()))


def test_very_many_faults_are_counted(write):
    with pytest.raises(WorkshopError, match=r"a 1000 lignes à corriger.* et encore 980"):
        pairs.load_pairs(write(*["non"] * 1000))


def test_what_windows_and_macs_write_is_read(write):
    wanted = [json.loads(GOOD), json.loads(OTHER)]
    for end in ("\n", "\r\n", "\r"):
        for mark in ("", "\ufeff"):
            path = write(data=f"{mark}{GOOD}{end}{end}{OTHER}".encode())
            assert pairs.load_pairs(path) == wanted


def test_a_line_may_hold_a_rare_separator_and_other_fields(write):
    row = {"question": "Qui sonne\u2028le matin ?", "answer": "le sonneur", "page": 3, "note": [1]}
    assert pairs.load_pairs(write(json.dumps(row, ensure_ascii=False))) == [row]


@pytest.mark.parametrize("data", ["é".encode("utf-16"), b"%PDF-1.7\n\x00\xff\xfe", b"PK\x03\x04\xff\xff"])
def test_what_is_no_text_is_refused_in_words(write, data):
    with pytest.raises(WorkshopError, match="à corriger"):
        pairs.load_pairs(write(data=data))


def test_no_file_no_pair(write, tmp_path):
    for data in (b"", b"\n \n"):
        with pytest.raises(WorkshopError, match="aucune paire"):
            pairs.load_pairs(write(data=data))
    for path in (tmp_path / "absent.jsonl", tmp_path):
        with pytest.raises(WorkshopError, match="ne s’ouvre pas"):
            pairs.load_pairs(path)


def test_two_spellings_of_a_question_have_one_key():
    assert pairs.key_of("  L’été, où EST-ce\u202f?") == pairs.key_of("l'ete ou est ce")
    assert pairs.key_of("Où ?") != pairs.key_of("Qui ?")


def _made(rng):
    """Invent pairs: some facts with many wordings, some with one, questions asked again in another spelling, in any order."""
    rows = []
    for fact in range(rng.randint(1, 8)):
        for wording in range(rng.randint(1, 6)):
            rows.append({"question": f"Question {fact} numéro {wording} ?", "answer": f"réponse {fact}"})
    rows += [{"question": row["question"].upper(), "answer": row["answer"]} for row in rng.sample(rows, len(rows) // 3)]
    rng.shuffle(rows)
    return rows


@pytest.mark.parametrize("seed", range(30))
def test_a_question_is_learnt_or_asked_never_both(seed):
    rows = _made(random.Random(seed))
    split = pairs.split_pairs(rows)
    keys = {name: [pairs.key_of(row["question"]) for row in part] for name, part in split.items()}
    everything = [key for part in keys.values() for key in part]
    assert len(everything) == len(set(everything)) and set(everything) == {pairs.key_of(row["question"]) for row in rows}
    learnt = {row["answer"] for row in split["train"]}
    assert learnt == {row["answer"] for row in rows}  # each fact keeps a wording to learn
    assert len({row["answer"] for row in split["test"]}) == len(split["test"])  # one wording of a fact at the most
    assert len(split["validation"]) <= len(split["test"])
    assert split == pairs.split_pairs(rows)


def test_nothing_to_share_out():
    assert pairs.split_pairs([]) == {"train": [], "validation": [], "test": []}
