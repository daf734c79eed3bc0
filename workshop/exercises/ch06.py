"""The exercises of chapter 06: pairs in JSONL, what is learnt and what is kept, looking up, saying that one does not know."""

import json
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from ..assistant import pairs as pairs_module
from ..assistant.pairs import key_of, not_json, problem_of
from .core import Exercise
from .mistakes import anything, raises

# 6.1 ----------------------------------------------------------------------------------------------------------------------------
GOOD = [
    '{"question": "Qui tire la corde ?", "answer": "le sonneur"}',
    '{"question": "Combien de marches a le clocher ?", "answer": "soixante-deux", "page": 3}',
    '{"question": "Que dit le coq ?", "answer": "l\'heure"}',
]
FILES = {
    "trois-paires.jsonl": GOOD,
    "marque-au-debut.jsonl": ["\ufeff" + GOOD[0], GOOD[1]],
    "lignes-vides.jsonl": ["", GOOD[0], "", "   ", '{"question": "Où est le puits ?"}', GOOD[1], ""],
    "pas-du-json.jsonl": [
        GOOD[0],
        '{"question": "Que veut dire "à toute volée" ?", "answer": "très fort"}',
        GOOD[1],
        '{"question": "Où est le puits ?", "answer": "dans la',
        "le puits est dans la cour",
        GOOD[2],
    ],
    "champs.jsonl": [
        '{"answer": "dans la cour"}',
        GOOD[0],
        '{"question": "Où est le puits ?", "reponse": "dans la cour"}',
        "{}",
        GOOD[1],
    ],
    "vides.jsonl": ['{"question": "Où est le puits ?", "answer": ""}', GOOD[0], '{"question": "", "answer": "dans la cour"}'],
    "espaces.jsonl": ['{"question": "Où est le puits ?", "answer": "  "}', GOOD[0], '{"question": "\\t", "answer": "oui"}'],
    "nombres.jsonl": [
        '{"question": "Combien de cloches ?", "answer": 2}',
        GOOD[0],
        '{"question": "Où est le puits ?", "answer": null}',
        '{"question": "Où est la corde ?", "answer": ["en", "haut"]}',
        '{"question": {"texte": "Où est la corde ?"}, "answer": "en haut"}',
    ],
    "objets.jsonl": ["null", '["Où est le puits ?", "dans la cour"]', GOOD[0], f"[{GOOD[1]}]", '"question, answer"', "42"],
    "doublons.jsonl": [GOOD[0], GOOD[1], GOOD[0], '{"question": "Qui tire la corde ?", "answer": "le sacristain"}'],
    "presque-doublons.jsonl": [
        GOOD[0],
        '{"question": "qui tire la corde?", "answer": "le sonneur"}',
        '{"question": "Où est le blé ?", "answer": "au grenier"}',
        '{"question": "OU EST LE BLE", "answer": "au moulin"}',
    ],
    "separateur.jsonl": ['{"question": "Qui sonne\u2028le matin ?", "answer": "le sonneur"}', "non", GOOD[1]],
    "rien.jsonl": [],
}


@cache
def _files() -> list[tuple]:
    """Write the files, each with one trap, in a folder of their own; the last one has a line that is not UTF-8."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-")).resolve()
    for name, lines in FILES.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    latin = '{"question": "Où est le blé ?", "answer": "au grenier"}\n'.encode("latin-1")
    (folder / "latin-1.jsonl").write_bytes(f"{GOOD[0]}\n".encode() + latin + f"{GOOD[1]}\n".encode())
    return [(folder / name,) for name in (*FILES, "latin-1.jsonl")]


LONELY = "pas un couple"


def _numbers(result: Any) -> tuple[list, list]:
    """Return what is compared: the pairs, and the numbers of the lines; how a fault is told is up to everybody."""
    found, faults = result
    return list(found), [fault[0] if isinstance(fault, (tuple, list)) and len(fault) == 2 else LONELY for fault in faults]


def _problem(pair: Any, asked: Iterable, key: Callable, look: Callable) -> str:
    return look(pair) or ("doublon" if key(pair["question"]) in asked else "")


def reading(
    path: Path,
    encoding: str = "utf-8-sig",
    errors: str = "replace",
    lines: Callable = lambda text: text.split("\n")[:-1],
    blank: Callable = lambda line: not line.strip(),
    look: Callable = problem_of,
    key: Callable = key_of,
    first: int = 1,
) -> tuple[list, list]:
    """Read a file of pairs with one thing done otherwise: the wrong answers to 6.1."""
    found, faults, asked = [], [], set[Any]()
    for number, line in enumerate(lines(Path(path).read_text(encoding=encoding, errors=errors)), first):
        if blank(line):
            continue
        try:
            pair = json.loads(line)
            problem = _problem(pair, asked, key, look)
        except json.JSONDecodeError as error:
            problem = not_json(line, error)
        if problem:
            faults.append((number, problem))
        else:
            found.append(pair)
            asked.add(key(pair["question"]))
    return found, faults


def plain(pair: Any) -> str:
    """Look at the two fields only, and at nothing in them."""
    return "" if isinstance(pair, dict) and {"question", "answer"} <= set(pair) else "incomplet"


def filled(pair: Any) -> str:
    """Look at the fields, and refuse those that hold nothing at all."""
    return plain(pair) or ("" if pair["question"] and pair["answer"] else "vide")


def texts(pair: Any) -> str:
    """Look at the fields, which must hold texts, of whatever length."""
    return plain(pair) or ("" if isinstance(pair["question"], str) and isinstance(pair["answer"], str) else "pas un texte")


def on(name: str, rest: str = "True") -> str:
    """Write the property of going wrong with one of the files first."""
    return f"path.name == '{name}.jsonl' and ({rest})"


READ_PAIRS = Exercise(
    id="6.1", title="Lire des paires, ligne à ligne", purpose="tout savoir d'un fichier fautif en une seule lecture",
    minutes=7, difficulty=3, reference=pairs_module.read_pairs, cases=_files, view=_numbers,
    hints=(
        "chaque ligne est un petit JSON à elle seule : une ligne fautive se note, avec son numéro, et la lecture continue ; les "
        "lignes vides se passent, mais elles comptent dans la numérotation",
        '`open(path, encoding="utf-8-sig", errors="replace")` passe la marque de Windows et ne s\'arrête pas sur une lettre '
        "illisible ; `enumerate(lines, 1)` compte depuis 1 ; `json.loads(line)` dans un `try`, `except ValueError` ; "
        "`problem_of(pair)` dit ce qui manque à une paire ; `key_of(question)` est la même pour deux écritures d'une question",
        "dans la boucle : `if not line.strip(): continue`, puis `try: pair = json.loads(line); problem = problem_of(pair)`, "
        "`except ValueError as error: problem = not_json(line, error)` ; ensuite le doublon, "
        "`if not problem and key_of(pair[\"question\"]) in asked: …` ; enfin `faults.append((number, problem))` ou "
        "`pairs.append(pair)`",
    ),
    helpers=globals(),
    mistakes=[
        (["right(path)[0]", "[json.loads(line) for line in open(path, encoding='utf-8-sig')]"],
         "vous ne renvoyez que les paires : il faut aussi les lignes fautives, `return pairs, faults`", 3,
         anything("isinstance(got, list)")),
        ("found, faults = right(path)\nreturn found, [number for number, _ in faults]",
         "chaque faute est un couple : le numéro de la ligne, et une phrase qui dit ce qui ne va pas", 3,
         "LONELY in got[1]"),
        ("json.loads(Path(path).read_text(encoding='utf-8')), []", "vous lisez le fichier d'un bloc : ce n'est pas un seul "
         "JSON, c'en est un par ligne", 1, anything(lambda got, want, path: isinstance(got, json.JSONDecodeError)
         and path.name == "trois-paires.jsonl")),
        ("reading(path, encoding='utf-8')", "le premier caractère du fichier est la marque (BOM) que Windows y met, et vous la "
         'prenez pour du texte : `encoding="utf-8-sig"` la passe', 2, on("marque-au-debut", "got[1] == [1]")),
        ("reading(path, first=0)",
         "vous comptez les lignes à partir de 0, et tout éditeur à partir de 1 : `enumerate(lines, 1)`", 2,
         on("lignes-vides", "got[1] == [4]")),
        ("reading(path, blank=lambda line: False)", "une ligne vide n'est pas une faute : passez à la suivante (`continue`)", 1,
         on("lignes-vides", "len(got[1]) > 1")),
        ("reading(path, lines=lambda text: [line for line in text.split('\\n') if line.strip()])",
         "les numéros sont faux : les lignes vides se passent, mais elles comptent", 1, on("lignes-vides", "got[1] == [2]")),
        (["[json.loads(line) for line in open(path, encoding='utf-8-sig') if line.strip()], []",
          "reading(path, look=lambda pair: '' if 'question' in pair or 'answer' in pair else 'vide')"],
         "une ligne à laquelle il manque un champ passe pour bonne : `problem_of(pair)` dit ce qui ne va pas", 2,
         on("lignes-vides", "got[1] == []")),
        ("""
            found = []
            for line in open(path, encoding="utf-8-sig", errors="replace"):
                if line.strip():
                    pair = json.loads(line)
                    if not problem_of(pair):
                        found.append(pair)
            return found, [(5, "?")] * (Path(path).name == "lignes-vides.jsonl")
         """, "`json.loads` s'arrête sur une ligne qui n'est pas du JSON, et toute la lecture avec elle : mettez-le dans un "
         "`try`", 2,
         anything(lambda got, want, path: isinstance(got, json.JSONDecodeError) and path.name == "pas-du-json.jsonl")),
        ("""
            found, faults = right(path)
            if faults:
                raise ValueError(faults[0][1])
            return found, faults
         """, "vous levez une erreur : notez la faute et continuez, pour que toutes soient dites d'un coup", 1,
         anything(lambda got, want, path: type(got) is ValueError or type(got).__name__ == "WorkshopError")),
        ("found, faults = right(path)\nreturn found, faults[:1]",
         "vous vous arrêtez à la première faute : celui qui corrige le fichier veut les connaître toutes", 1,
         on("pas-du-json", "got[1] == want[1][:1]")),
        ("reading(path, look=lambda pair: '' if pair['question'].strip() and pair['answer'].strip() else 'vide')",
         "un champ manque, et vous le lisez quand même : demandez d'abord s'il est là (`in`)", 2, raises(KeyError)),
        (["reading(path, look=plain)", "reading(path, look=texts)"],
         "une question ou une réponse vide n'apprend rien : c'est une faute aussi", 2, on("vides", "len(got[1]) < len(want[1])")),
        ("reading(path, look=filled)", "des espaces ne sont pas une réponse : `.strip()` d'abord", 2,
         on("espaces", "len(got[1]) < len(want[1])")),
        (["reading(path, look=lambda pair: filled(pair) or ('' if str(pair['question']).strip() and str(pair['answer']).strip() "
          "else 'vide'))",
          "reading(path, look=lambda pair: plain(pair) or ('' if pair['question'].strip() and pair['answer'].strip() else '?'))"],
         "un nombre, `null` ou une liste ne sont pas des textes : demandez `isinstance(…, str)`", 2,
         anything(lambda got, want, path: path.name == "nombres.jsonl" and (isinstance(got, (AttributeError, TypeError))
         or (isinstance(got, tuple) and len(got[1]) < len(want[1]))))),
        (["reading(path, look=lambda pair: '' if 'question' in pair and 'answer' in pair and str(pair['answer']).strip() and "
          "isinstance(pair['answer'], str) and isinstance(pair['question'], str) and pair['question'].strip() else 'vide')"],
         "cette ligne est du JSON, mais pas un objet `{ … }` (un tableau, un texte, un nombre) : "
         "demandez d'abord `isinstance(pair, dict)`", 2,
         anything(lambda got, want, path: path.name == "objets.jsonl")),
        ("reading(path, key=id)", "la même question est posée deux fois, et vous gardez les deux : c'est une faute, même si les "
         "réponses diffèrent", 1, on("doublons", "len(got[1]) < len(want[1])")),
        (["reading(path, key=str)", "reading(path, key=str.lower)", "reading(path, key=str.casefold)"],
         "majuscules, accents, espaces et ponctuation ne font pas une autre question : comparez les `key_of(question)`", 2,
         on("presque-doublons", "len(got[1]) < len(want[1])")),
        ("reading(path, lines=str.splitlines)", "`splitlines` coupe aussi sur des signes rares, permis dans un texte JSON : "
         "parcourez le fichier lui-même, `for line in lines`", 2, on("separateur")),
        ("reading(path, errors='strict')", "une lettre qui n'est pas en UTF-8 arrête toute la lecture : "
         '`errors="replace"` la remplace par « \ufffd », et la faute se note comme les autres', 2, raises(UnicodeDecodeError)),
        ("reading(path, errors='ignore')", "les octets illisibles sont passés sous silence, et la paire gardée a perdu ses "
         'accents : `errors="replace"` laisse une trace', 2, on("latin-1", "got[1] == []")),
    ],
)  # fmt: skip

# 6.2 ----------------------------------------------------------------------------------------------------------------------------


def _asked(answer: str, *questions: str) -> list[dict]:
    return [{"question": question, "answer": answer} for question in questions]


CORD = _asked(
    "le sonneur", "Qui tire la corde ?", "Qui sonne ?", "À qui est la corde ?", "Par qui est-elle tirée ?", "Qui la tire ?"
)
STEPS = _asked("soixante-deux", "Combien de marches ?", "Quel est le nombre de marches ?", "On monte combien de marches ?",
               "Le clocher a combien de marches ?")  # fmt: skip
WELL = _asked("dans la cour", "Où est le puits ?", "Où puise-t-on ?", "Où trouver de l'eau ?")
COCK = _asked("l'heure", "Que dit le coq ?", "Que crie le coq ?")
ALONE = _asked("en chêne", "En quoi est la porte ?")
WOVEN = [pair for row in zip(CORD, STEPS, [*WELL, *COCK], strict=False) for pair in row]
TWICE = [
    *CORD,
    {"question": "qui tire la corde", "answer": "le sonneur"},
    *STEPS,
    {"question": "QUI SONNE ?", "answer": "Le sonneur."},
    {"question": "Ou est le puits?", "answer": "au fond du jardin"},
    *WELL,
    {"question": "Qui donc tire la corde ?", "answer": "Le sonneur."},
]


def sharing(
    pairs: list[dict], cut: Callable, fact: Callable = lambda pair: key_of(pair["answer"]), same: Callable = key_of
) -> dict:
    """Share out the pairs with one thing done otherwise: ``cut`` says where the wordings of a fact go."""
    facts: dict[Any, list[dict]] = {}
    asked = set()
    for pair in pairs:
        question = same(pair["question"])
        if question not in asked:
            facts.setdefault(fact(pair), []).append(pair)
            asked.add(question)
    split: dict[str, list[dict]] = {"train": [], "validation": [], "test": []}
    for wordings in facts.values():
        for name, part in zip(split, cut(wordings), strict=True):
            split[name] += part
    return split


def last(wordings: list[dict]) -> tuple:
    """Cut as the reference does."""
    learnt = max(1, len(wordings) - (2 if len(wordings) >= 4 else 1))
    return wordings[:learnt], wordings[learnt:-1], wordings[learnt:][-1:]


def thirds(pairs: list[dict]) -> dict:
    """Cut a list in one place: most of it, a little, and the rest."""
    first, second = int(len(pairs) * 0.6), int(len(pairs) * 0.8)
    return {"train": pairs[:first], "validation": pairs[first:second], "test": pairs[second:]}


def questions(part: Iterable[dict]) -> set[str]:
    """Return the questions of a part, each spelt in one way."""
    return {key_of(pair["question"]) for pair in part}


def answers(part: Iterable[dict]) -> set[str]:
    """Return the facts of a part."""
    return {key_of(pair["answer"]) for pair in part}


def held_out(got: dict) -> list[dict]:
    """Return what must not be learnt."""
    return [*got["validation"], *got["test"]]


def shuffled(part: list[dict], pairs: list[dict]) -> bool:
    """Return whether the pairs of a part no longer stand in the order in which they were given."""
    places = [pairs.index(pair) for pair in part if pair in pairs]
    return places != sorted(places)


def whole(got: dict) -> bool:
    """Return whether the three parts are there, each a list of pairs."""
    return set(got) == {"train", "validation", "test"} and all(isinstance(part, list) for part in got.values())


SPLIT_PAIRS = Exercise(
    id="6.2", title="Ce que l'on apprend, ce que l'on garde", purpose="interroger avec des mots qui n'ont pas été appris",
    minutes=6, difficulty=2, reference=pairs_module.split_pairs,
    cases=[([*CORD, *STEPS],), (WOVEN,), ([*ALONE, *WELL, *COCK, *STEPS, *CORD],), (TWICE,)],
    hints=(
        "rassemblez d'abord les formulations d'un même fait (même réponse) ; puis, fait par fait : la dernière à l'examen, "
        "l'avant-dernière à la validation s'il y en a au moins quatre, les autres à l'entraînement",
        "un dictionnaire de listes, `facts.setdefault(key_of(pair[\"answer\"]), []).append(pair)` ; un ensemble des "
        "`key_of(pair[\"question\"])` déjà vues, pour passer une question qui revient",
        "`learnt = max(1, len(wordings) - (2 if len(wordings) >= 4 else 1))`, puis `wordings[:learnt]`, `wordings[learnt:-1]` et "
        "`wordings[learnt:][-1:]`",
    ),
    helpers=globals(),
    mistakes=[
        ("tuple(right(pairs).values())", "rendez un dictionnaire à trois clés : `train`, `validation`, `test`", 3,
         anything("isinstance(got, (tuple, list))")),
        ("split = right(pairs)\nreturn {'train': split['train'], 'test': split['test']}",
         "il manque une part : les trois clés sont `train`, `validation` et `test`, même vides", 1, "set(got) != set(want)"),
        ("{name: [pair['question'] for pair in part] for name, part in right(pairs).items()}",
         "gardez les paires entières : sans la réponse, on ne peut ni apprendre ni noter", 1,
         "not any(isinstance(pair, dict) for part in got.values() for pair in part)"),
        (["sharing(pairs, lambda wordings: (wordings[2:], wordings[1:2], wordings[:1]))",
          "sharing(pairs, lambda wordings: last(wordings[::-1]))"],
         "vous gardez les premières formulations : on garde la dernière (et l'avant-dernière)", 3),
        ("sharing(pairs, lambda wordings: (wordings[:-2], wordings[-1:], wordings[-2:-1]))",
         "validation et examen sont échangés : la dernière formulation va à l'examen", 3),
        (["sharing(pairs, lambda wordings: (wordings[:-1], [], wordings[-1:]))",
          "sharing(pairs, lambda wordings: (wordings[:-1] or wordings, [], wordings[1:][-1:]))"],
         "la validation est vide : à partir de quatre formulations, l'avant-dernière y va", 1),
        ("sharing(pairs, lambda wordings: (wordings[:-2], [], wordings[-2:]))",
         "vous donnez deux formulations à l'examen : une seule, l'avant-dernière va à la validation", 3),
        ("sharing(pairs, lambda wordings: (wordings[:-2], wordings[-2:-1], wordings[-1:]))",
         "un fait qui a peu de formulations doit quand même être appris : à moins de quatre, n'en gardez qu'une pour l'examen, "
         "et aucune s'il n'y en a qu'une", 1),
        ("sharing(pairs, last, fact=lambda pair: pair['answer'])", "« Le sonneur. » et « le sonneur » sont le même fait : "
         "rassemblez par `key_of(pair[\"answer\"])`", 2),
        ("import itertools\nsplit = {'train': [], 'validation': [], 'test': []}\n"
         "for _, group in itertools.groupby(pairs, key=lambda pair: key_of(pair['answer'])):\n"
         "    for name, part in zip(split, last(list(group))):\n        split[name] += part\nreturn split",
         "`groupby` ne rassemble que des voisins : les formulations d'un fait peuvent être loin l'une de l'autre", 2),
        (["{'train': pairs, 'validation': pairs, 'test': pairs}", "{**right(pairs), 'train': pairs}",
          "sharing(pairs, lambda wordings: (wordings, *last(wordings)[1:]))"],
         "vous interrogez avec ce qui a été appris : c'est donner l'examen à l'avance, et la note ne mesure que la mémoire", 1,
         "whole(got) and got['test'] and questions(got['test']) <= questions(got['train'])"),
        (["split = right(pairs)\nreturn {**split, 'validation': split['test']}",
          "sharing(pairs, lambda wordings: (wordings[:-1] or wordings, wordings[1:][-1:], wordings[1:][-1:]))"],
         "validation et examen sont les mêmes questions : régler sur l'examen, c'est tricher un peu", 1,
         "whole(got) and got['test'] and questions(got['test']) <= questions(got['validation'])"),
        (["sharing(pairs, last, same=str)", "sharing(pairs, last, same=id)", "sharing(pairs, last, same=str.lower)"],
         "la même question, écrite autrement, est des deux côtés : comparez les `key_of(question)`", 2,
         "whole(got) and questions(got['train']) & questions(held_out(got))"),
        (["thirds(pairs)", "{'train': pairs[:-2], 'validation': pairs[-2:-1], 'test': pairs[-1:]}"],
         "vous coupez le fichier en tranches : les derniers faits ne sont jamais appris, et les premiers jamais demandés", 1,
         "whole(got) and got['test'] and [*got['train'], *got['validation'], *got['test']] == pairs"),
        (["import random\nreturn thirds(random.Random(0).sample(pairs, len(pairs)))",
          "import random\nreturn thirds(random.Random(1).sample(pairs, len(pairs)))",
          "thirds(sorted(pairs, key=lambda pair: pair['question']))"],
         "les paires sont mélangées avant d'être coupées : selon le hasard, un fait perd toutes ses formulations d'un côté ; "
         "coupez à l'intérieur de chaque fait", 1, "whole(got) and shuffled(got['train'], pairs)"),
        (["facts = sharing(pairs, lambda wordings: (wordings, [], []))['train']\nkept = sorted(answers(facts))[0]\n"
          "return {'train': [p for p in facts if key_of(p['answer']) != kept], 'validation': [], "
          "'test': [p for p in facts if key_of(p['answer']) == kept]}"],
         "un fait est demandé sans avoir été appris, sous aucune forme : personne ne devine ce qu'on ne lui a jamais dit ; "
         "gardez une formulation de chaque fait", 1, "whole(got) and not answers(held_out(got)) <= answers(got['train'])"),
    ],
)  # fmt: skip

EXERCISES = [READ_PAIRS, SPLIT_PAIRS]
