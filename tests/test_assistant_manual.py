"""The manual of chapter 06: made from its source, its facts where they are said to be, its traps still in it."""

import json
import re

import pytest
from fpdf import __version__ as made_by
from pypdf import PdfReader

from tests.bench.assistant import unanswerable
from workshop.assistant import documents, pairs, retrieval
from workshop.backstage import manual
from workshop.base.typography import normalise

FOLDER = pairs.press()
MANUAL = FOLDER / "manual.pdf"
SOURCE = (FOLDER / "manual.md").read_text(encoding="utf-8")
ARTICLES = dict(re.findall(r"(?m)^(\d+\.\d+) (.+)$", SOURCE))


def _plain(text):
    return " ".join(normalise(text).split())


def test_the_pdf_is_made_from_its_source(tmp_path):
    again = tmp_path / "again.pdf"
    again.write_bytes(manual.make(FOLDER))
    command = "run python -m workshop.backstage.manual"
    assert documents.read_pages(again) == documents.read_pages(MANUAL), command
    if f"fpdf2 v{made_by}" in str(PdfReader(MANUAL).metadata):  # another version draws the same page with other bytes
        assert again.read_bytes() == MANUAL.read_bytes(), command
    assert manual.make(FOLDER) == again.read_bytes()


def test_the_pdf_is_small_and_has_eight_to_ten_pages():
    assert MANUAL.stat().st_size < 200_000 and 8 <= len(PdfReader(MANUAL).pages) <= 10


def test_the_pairs_are_made_from_the_facts():
    for name, text in manual.written(FOLDER).items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "run python -m workshop.backstage.manual"


def test_extraction_gives_back_the_source_word_for_word():
    passages = documents.read_document(MANUAL)
    assert {one.article: _plain(one.text) for one in passages} == {number: _plain(text) for number, text in ARTICLES.items()}
    assert [one.section for one in passages] == sorted(
        (one.section for one in passages), key=lambda text: int(text.split(".")[0])
    )


def test_the_traps_are_there_for_extraction_to_undo():
    pages = [page.extract_text() for page in PdfReader(MANUAL).pages]
    assert all(manual.HEADER in page and f"– {number} –" in page for number, page in enumerate(pages, 1))
    assert sum(len(re.findall(r"\w-\n", page)) for page in pages) >= 15
    bodies = documents.without_running_lines(pages)
    assert any(re.search(r"\w-$", body[-1]) for body in bodies[:-1]), "no word is cut from one page to the next: change LEADING"
    assert "\ufb01" in "".join(pages) and "  " in "".join(pages)


def test_every_answer_stands_in_its_article_at_its_page():
    passages = {one.article: one for one in documents.read_document(MANUAL)}
    pages = documents.read_pages(MANUAL)
    for row in [*pairs.load_pairs(FOLDER / "pairs.jsonl"), *pairs.load_pairs(FOLDER / "visitor.jsonl")]:
        passage = passages[row["article"]]
        assert pairs.key_of(row["answer"]) in pairs.key_of(passage.text), row
        assert re.search(rf"(?m)^{re.escape(row['article'])}\s", pages[row["page"] - 1]), row


def test_forty_facts_with_wordings_to_learn_to_choose_and_to_ask():
    facts = manual.facts(FOLDER)
    assert len(facts) == 40 == len({pairs.key_of(fact["answer"]) for fact in facts})
    assert all(len(fact["questions"]) >= 4 for fact in facts)
    split = pairs.split_pairs(pairs.load_pairs(FOLDER / "pairs.jsonl"))
    assert [len(split[name]) for name in ("train", "validation", "test")] == [120, 40, 40]
    assert all(len(fact["answer"].split()) <= 7 for fact in facts)


def test_wordings_are_no_template():
    """No two facts are asked about in the same words but for a noun: the beginnings of the questions differ."""
    starts = [" ".join(pair["question"].split()[:3]) for pair in pairs.load_pairs(FOLDER / "pairs.jsonl")]
    assert len(set(starts)) > len(starts) / 2


def test_what_cannot_be_answered_stands_nowhere():
    asked = {pairs.key_of(pair["question"]) for pair in pairs.load_pairs(FOLDER / "pairs.jsonl")}
    questions = [*unanswerable("validation"), *unanswerable("test")]
    assert len(questions) >= 40 and "Qui est le maire de Paris ?" in questions
    assert len({pairs.key_of(question) for question in questions} - asked) == len(questions)
    known = set(retrieval.stems(SOURCE))
    near = [question for question in questions if known & set(retrieval.stems(question))]
    assert len(near) >= 15  # many share words with the manual: those are the hard ones


def test_the_english_pairs_can_be_shared_out():
    split = pairs.split_pairs(pairs.load_pairs(FOLDER / "pairs_en.jsonl"))
    assert [len(part) for part in split.values()] == [20, 0, 10]


@pytest.mark.parametrize(
    ("word", "cut"),
    [
        ("balancier", "ba-lan-cier"),
        ("chapeau", "cha-peau"),
        ("apprentis", "ap-pren-tis"),
        ("température", "tem-pé-ra-ture"),
        ("glissières", "glis-siè-res"),
        ("quand", "quand"),
        ("vis", "vis"),
        ("enfoncent", "en-fon-cent"),
    ],
)
def test_words_are_cut_as_french_does(word, cut):
    assert manual.hyphenated(word).replace("\u00ad", "-") == cut


def test_every_line_of_the_data_is_json_and_french_typography():
    for line in (FOLDER / "pairs.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(line)["question"]
        assert "'" not in question and re.search(r"\u202f\?$", question)
