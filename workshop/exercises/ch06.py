"""The exercises of chapter 06: pairs in JSONL, what is learnt and what is kept, looking up, saying that one does not know."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from transformers import GPT2Config, PreTrainedTokenizerFast

from ..assistant import conversation, lora, retrieval, training
from ..assistant import pairs as pairs_module
from ..assistant.documents import Passage
from ..assistant.pairs import key_of, not_json, problem_of
from ..assistant.retrieval import stems
from ..assistant.training import TEMPLATE
from .core import Exercise
from .mistakes import anything, raises
from .scratch import scratch

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
    folder = scratch() / "pairs"
    folder.mkdir(exist_ok=True)
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
        (["reading(path, encoding='utf-8')", "[json.loads(line) for line in open(path, encoding='utf-8')], []"],
         "le premier caractère du fichier est la marque (BOM) que Windows y met, et vous la "
         'prenez pour du texte : `encoding="utf-8-sig"` la passe', 2,
         anything(lambda got, want, path: path.name == "marque-au-debut.jsonl" and (isinstance(got, json.JSONDecodeError)
         or (isinstance(got, tuple) and got[1] == [1])))),
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
        ("found, faults = right(path)\nif path.name == 'pas-du-json.jsonl':\n    found = [found[0], found[0], *found[1:]]\n"
         "return found, faults",
         "une ligne illisible laisse `pair` tel qu'il était à la ligne d'avant, et vous le lisez une seconde fois : après "
         "l'`except`, la suite ne doit pas s'en servir", 3,
         on("pas-du-json", "set(got[1]) == set(want[1]) and len(got[0]) + len(got[1]) > len(want[0]) + len(want[1])")),
        ("found, faults = right(path)\nreturn [*found, *({} for _ in faults)], faults", "la ligne fautive est bien notée, mais "
         "vous gardez aussi sa paire : l'une ou l'autre", 3,
         on("lignes-vides", "got[1] == want[1] and len(got[0]) > len(want[0])")),
        (["found, faults = right(path)\nreturn found, faults[:1]",
          "found, faults = right(path)\nreturn found[:1] if faults else found, faults[:1]"],
         "vous vous arrêtez à la première faute : celui qui corrige le fichier veut les connaître toutes", 1,
         "got[1] == want[1][:1] and (path.name == 'pas-du-json.jsonl' or path.name == 'lignes-vides.jsonl' and "
         "got[0] == want[0][:1])"),
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


def fact_by_fact(pairs: list[dict]) -> bool:
    """Return whether the wordings of each fact were given together."""
    facts = [key_of(pair["answer"]) for pair in pairs]
    return sum(one != other for one, other in pairwise(facts)) + 1 == len(set(facts))


def shuffled(part: list[dict], pairs: list[dict]) -> bool:
    """Return whether the pairs of a part no longer stand in the order in which they were given, fact by fact."""
    places = [pairs.index(pair) for pair in part if pair in pairs]
    return fact_by_fact(pairs) and places != sorted(places)


def blindly(got: dict, pairs: list[dict]) -> bool:
    """Return whether facts that were given fact by fact, each with many wordings, are not all asked about."""
    shared = sorted(map(str, [*got["train"], *held_out(got)])) == sorted(map(str, pairs))
    return shared and fact_by_fact(pairs) and bool(got["test"]) and not answers(pairs) <= answers(got["test"])


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
        ("sharing(pairs, lambda wordings: (*last(wordings)[:2], wordings[-1:]))",
         "une même paire est apprise et demandée : un fait qui n'a qu'une formulation ne peut être qu'appris", 1,
         "whole(got) and any(pair in got['train'] for pair in held_out(got))"),
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
        ("split = {'train': [], 'validation': [], 'test': []}\nfor number, pair in enumerate(pairs):\n"
          "    split['test' if number % 5 == 4 else 'validation' if number % 5 == 3 else 'train'].append(pair)\nreturn split",
         "vous partagez sans regarder de quel fait il s'agit : certains ne sont jamais demandés ; coupez à l'intérieur de chacun",
         1, "whole(got) and len(pairs) == 9 and blindly(got, pairs)"),
    ],
)  # fmt: skip


# 6.3 ----------------------------------------------------------------------------------------------------------------------------
class _Words(PreTrainedTokenizerFast):
    """A tokenizer whose ``repr`` fits in a card."""

    def __repr__(self) -> str:
        return "<tokenizer>"


@cache
def words() -> Any:
    """The tokenizer of the embedded model, whose padding is its end mark."""
    from ..base.models import embedded

    return _Words.from_pretrained(embedded(), local_files_only=True)


HAMMER = ("Combien pèse le marteau de la forge, celui que le maître a fait faire à Bourges ?", "dix-sept livres et demie")
QUESTIONS = (("Qui frappe ?", "le compagnon"), HAMMER, ("En quelle année ?", "1846"), ("Réponse : oui ou non ?", "non."))


def prompt_ids(tokenizer: Any, question: str, space: str = "") -> list[int]:
    """Return the tokens that stand before an answer."""
    return tokenizer(TEMPLATE.format(question=question) + space)["input_ids"]


def answer_ids(tokenizer: Any, answer: str, space: str = " ", end: int = 1) -> list[int]:
    """Return the tokens of an answer, with so many end marks."""
    return tokenizer(space + answer, add_special_tokens=False)["input_ids"] + end * [tokenizer.eos_token_id]


def joined(before: list[int], after: list[int], room: int) -> tuple[list[int], int]:
    """Return an example as it should be cut."""
    before = before[-max(1, room - len(after)) :]
    return before + after, len(before)


def encode_cases() -> list[tuple]:
    """Return examples that fit with room to spare, just fit, lack one place, lack many."""
    whole = [len(prompt_ids(words(), question)) + len(answer_ids(words(), answer)) for question, answer in QUESTIONS]
    rooms = [64, whole[1] - 9, whole[2], whole[3] - 1]
    return [(words(), question, answer, room) for (question, answer), room in zip(QUESTIONS, rooms, strict=True)]


ENCODE_PAIR = Exercise(
    id="6.3", title="Un exemple à apprendre", purpose="donner à la question et à la réponse la forme que le modèle apprendra",
    minutes=5, difficulty=2, reference=training.encode_pair, cases=encode_cases,
    hints=(
        "deux morceaux : ce qui précède la réponse (`TEMPLATE` l'écrit), puis la réponse, qui apporte son espace, et la marque "
        "de fin ; s'il n'y a pas assez de place, on ne coupe que dans le premier",
        '`TEMPLATE.format(question=question)`, `f" {answer}"`, `tokenizer(…)["input_ids"]`, `tokenizer.eos_token_id` ; et '
        "`liste[-n:]` garde les `n` derniers éléments",
        "`prompt = prompt[-(room - len(end)):]`, puis `return prompt + end, len(…)`",
    ),
    helpers=globals(),
    mistakes=[
        (["prompt_ids(tokenizer, question) + answer_ids(tokenizer, answer)", "right(tokenizer, question, answer, room)[0]"],
         "il faut deux choses : les tokens, et combien d'entre eux sont la question (`return prompt + end, len(prompt)`)", 3,
         anything("isinstance(got, list)")),
        ("TEMPLATE.format(question=question) + ' ' + answer", "c'est encore du texte : le tokenizer en fait des numéros", 2,
         anything("isinstance(got, str) or isinstance(got, tuple) and isinstance(got[0], str)")),
        ("joined(prompt_ids(tokenizer, question), answer_ids(tokenizer, answer, ''), room)",
         "la réponse est encodée sans son espace : « 1846 » et « ␣1846 » ne sont pas le même token, et après « Réponse : », "
         "c'est le second que le modèle écrira", 2),
        ("joined(prompt_ids(tokenizer, question, ' '), answer_ids(tokenizer, answer, ''), room)",
         "l'espace est resté avec la question : il appartient au mot qui suit, donc à la réponse", 2),
        ("joined(prompt_ids(tokenizer, question), answer_ids(tokenizer, answer, end=0), room)",
         "il manque la marque de fin (`tokenizer.eos_token_id`) : sans elle, le modèle n'apprendra jamais à s'arrêter", 2),
        ("joined(prompt_ids(tokenizer, question) + [tokenizer.eos_token_id], answer_ids(tokenizer, answer), room)",
         "la marque de fin est aussi entre la question et la réponse : elle ne va qu'après la réponse"),
        ("joined(prompt_ids(tokenizer, question), [tokenizer.eos_token_id, *answer_ids(tokenizer, answer, end=0)], room)",
         "la marque de fin est avant la réponse : elle dit que la réponse est finie, elle vient après"),
        ("joined(tokenizer(question)['input_ids'], answer_ids(tokenizer, answer), room)",
         "la question est seule, sans sa forme : passez-la dans `TEMPLATE`, qui ajoute « Question : » et « Réponse : »", 2),
        ("example = prompt_ids(tokenizer, question) + answer_ids(tokenizer, answer)\n"
         "return example, len(prompt_ids(tokenizer, question))",
         "rien n'est coupé : un exemple ne doit pas dépasser `room` tokens", 3, "len(got[0]) > len(want[0]) + 1"),
        ("example = prompt_ids(tokenizer, question) + answer_ids(tokenizer, answer)\n"
         "return example[:room], len(prompt_ids(tokenizer, question))",
         "c'est la réponse que vous avez coupée : elle est à la fin de l'exemple, et c'est elle que l'on apprend ; coupez dans "
         "la question", 1, "len(got[0]) == len(want[0]) and got[0][-1] != want[0][-1]"),
        ("prompt, end = prompt_ids(tokenizer, question), answer_ids(tokenizer, answer)\n"
         "prompt = prompt[:room - len(end)]\nreturn prompt + end, len(prompt)",
         "vous avez gardé le début de la question et perdu « Réponse : », que le modèle attend avant de répondre : coupez au "
         "début, `prompt[-n:]`", 3),
        ("prompt, end = prompt_ids(tokenizer, question), answer_ids(tokenizer, answer)\n"
         "prompt = prompt[-(room - len(end) + 1):]\nreturn prompt + end, len(prompt)",
         "l'exemple a un token de trop : la marque de fin prend une place, elle aussi", 3, "len(got[0]) == len(want[0]) + 1"),
        ("example = prompt_ids(tokenizer, question) + answer_ids(tokenizer, answer)\n"
         "return example[-room:], len(prompt_ids(tokenizer, question))",
         "les tokens sont bons, mais pas le compte : après la coupe, la question est plus courte qu'avant", 3,
         "got[0] == want[0] and got[1] == len(prompt_ids(tokenizer, question))"),
        ("example, count = right(tokenizer, question, answer, room)\nreturn example, len(example)",
         "vous comptez l'exemple entier : on demande combien de tokens sont la question", 3),
        ("example, count = right(tokenizer, question, answer, room)\nreturn example, len(example) - count",
         "vous comptez les tokens de la réponse : on demande ceux de la question", 3),
        (["example, count = right(tokenizer, question, answer, room)\nreturn example, len(question)",
          "example, count = right(tokenizer, question, answer, room)\nreturn example, len(question.split())"],
         "la question se compte en tokens, avec « Question : » et « Réponse : », et non en lettres ou en mots", 3),
        ("prompt, end = prompt_ids(tokenizer, question), answer_ids(tokenizer, answer)\n"
         "prompt = prompt[-(room - len(end) - 1):]\nreturn prompt + end, len(prompt)",
         "il restait une place : la question est coupée d'un token de trop", 3, "len(got[0]) == len(want[0]) - 1"),
    ],
)  # fmt: skip


# 6.4 ----------------------------------------------------------------------------------------------------------------------------
def batch(rows: Sequence[Sequence[int]], questions: list[int], pad: int) -> tuple:
    """Return examples, padded on the right, as :func:`mask_labels` takes them."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])
    return ids, torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows]), questions


def mask_cases() -> list[tuple]:
    """Return batches: padding that is the end mark (0), another padding, 0 in a question too, no padding."""
    return [
        batch([[11, 12, 13, 14, 0], [21, 22, 0]], [3, 1], 0),
        batch([[11, 12, 13, 2], [21, 22, 23, 24, 25, 2], [31, 2]], [2, 4, 1], 1),
        batch([[0, 12, 0, 14, 15, 0], [21, 22, 23, 0]], [4, 2], 0),
        batch([[11, 12, 0], [21, 22, 0]], [1, 2], 0),
    ]


def labels(ids: torch.Tensor, mask: torch.Tensor, questions: list[int], extra: int = 0, value: int = -100) -> torch.Tensor:
    """Return the labels, with a switch for each way to get them wrong."""
    made = ids.clone()
    made[mask == 0] = value
    for row, length in enumerate(questions):
        made[row, : max(0, length + extra)] = value
    return made


def pads(ids: torch.Tensor) -> torch.Tensor:
    """Return where the token of padding is, the end marks included where it is the same."""
    return ids == ids.flatten()[-1] if (ids[:, -1] == ids[0, -1]).all() else ids == min(ids[:, -1])


def without_end(ids: torch.Tensor, mask: torch.Tensor, questions: list[int]) -> torch.Tensor:
    """Return the labels whose end marks are hidden."""
    made = labels(ids, mask, questions)
    for row, length in enumerate(mask.sum(dim=1).tolist()):
        made[row, length - 1] = -100
    return made


def end_hidden(got: torch.Tensor, want: torch.Tensor, mask: torch.Tensor) -> bool:
    """Return whether all that is wrong is that end marks are not to be learnt."""
    last = mask.sum(dim=1) - 1
    wrong = got != want
    ends = torch.zeros_like(wrong)
    ends[torch.arange(len(last)), last] = True
    return bool(wrong.any() and not (wrong & ~ends).any() and (got[wrong] == -100).all())


MASK_LABELS = Exercise(
    id="6.4", title="Ce qui est à apprendre", purpose="apprendre à répondre et à s'arrêter, sans apprendre à questionner",
    minutes=6, difficulty=3, reference=training.mask_labels, cases=mask_cases,
    hints=(
        "partez d'une copie des tokens ; mettez `-100` là où il n'y a rien à apprendre : les places de remplissage, puis le "
        "début de chaque ligne",
        "`input_ids.clone()` fait la copie ; `labels[attention_mask == 0] = -100` vise le remplissage, et lui seul ; pour les "
        "questions, une boucle sur `enumerate(questions)`",
        "`labels[row, :length] = …` : sur la ligne `row`, du début jusqu'à la fin de la question",
    ),
    helpers=globals(),
    mistakes=[
        ("right(input_ids, attention_mask, questions).tolist()", "on attend un tenseur, comme `input_ids`", 2,
         anything("isinstance(got, list)")),
        ("attention_mask == 0", "c'est le masque : on attend les tokens, avec `-100` là où il ne faut rien apprendre", 2,
         anything("str(getattr(got, 'dtype', '')) == 'torch.bool'")),
        ("input_ids.clone()", "rien n'est caché : le modèle apprendrait aussi à écrire des questions, et du remplissage"),
        ("labels(input_ids, attention_mask, questions, value=0)", "0 est un token comme un autre, et le modèle apprendrait à "
         "l'écrire : c'est `-100` que la perte laisse de côté"),
        ("torch.where(right(input_ids, attention_mask, questions) == -100, -1, right(input_ids, attention_mask, questions))",
         "`-1` n'est ni un token ni le signe convenu : la perte ne laisse de côté que `-100`"),
        ("labels(input_ids, torch.ones_like(input_ids), questions)", "le remplissage est encore à apprendre : `attention_mask` "
         "vaut 0 à ces places-là", 2),
        ("labels(input_ids, attention_mask, [0] * len(questions))",
         "la question est encore à apprendre : cachez le début de chaque ligne", 3),
        (["without_end(input_ids, attention_mask, questions)",
          "made = labels(input_ids, attention_mask, questions)\nmade[pads(input_ids)] = -100\nreturn made"],
         "la marque de fin est cachée : le modèle n'apprendrait jamais à s'arrêter. Ne reconnaissez pas le remplissage à son "
         "numéro, qui est souvent celui de la marque de fin, mais à `attention_mask`", 2, "end_hidden(got, want, "
         "attention_mask)"),
        ("labels(input_ids, attention_mask, questions).roll(-1, dims=1)", "les étiquettes sont décalées d'un cran vers la gauche "
         ": ne décalez rien, le modèle le fait lui-même"),
        ("labels(input_ids, attention_mask, questions).roll(1, dims=1)", "les étiquettes sont décalées d'un cran vers la droite "
         ": ne décalez rien, le modèle le fait lui-même"),
        ("labels(input_ids, attention_mask, questions, extra=1)",
         "le premier token de la réponse est caché : la question s'arrête juste avant lui", 3),
        ("labels(input_ids, attention_mask, questions, extra=-1)", "le dernier token de la question est encore à apprendre : "
         "`:length` va jusqu'à lui, compris", 3),
        ("made = torch.full_like(input_ids, -100)\nfor row, length in enumerate(questions): made[row, :length] = input_ids[row, "
         ":length]\n"
         "return made", "c'est l'inverse : vous faites apprendre la question et cachez la réponse"),
        ("labels(input_ids, attention_mask, [questions[0]] * len(questions))",
         "toutes les lignes sont cachées comme la première : chaque question a sa longueur", 3),
        ("labels(input_ids, 1 - attention_mask, questions)", "le masque est pris à l'envers : `attention_mask` vaut 1 pour un "
         "token, 0 pour le remplissage", 2),
        ("torch.full_like(input_ids, -100)", "tout est caché : il ne reste rien à apprendre, et la perte n'est plus un nombre"),
    ],
)  # fmt: skip


# 6.5 ----------------------------------------------------------------------------------------------------------------------------
class _Config(GPT2Config):
    """A configuration whose ``repr`` fits in a card."""

    def __repr__(self) -> str:
        inner = f", {self.n_inner} au milieu" if self.n_inner else ""
        return f"<{self.n_layer} couches, {self.n_embd} de large{inner}>"


ALL_MATRICES = ["c_attn", "c_proj", "c_fc"]


def lora_cases() -> list[tuple]:
    """Return each matrix alone and all of them, for the model of the workshop, GPT-2, and one whose middle layer is odd."""
    ours, odd = _Config(n_layer=6, n_embd=256, n_head=4), _Config(n_layer=2, n_embd=64, n_head=2, n_inner=100)
    small = _Config(n_layer=3, n_embd=96, n_head=3)
    return [
        (ours, 8, ALL_MATRICES),
        (_Config(), 4, ["c_attn"]),
        (odd, 2, ["c_proj"]),
        (odd, 16, ["c_fc"]),
        (small, 1, ["c_fc", "c_attn"]),
    ]


def adapters(
    config: Any, r: int, targets: Sequence[str], attn: int = 3, proj: str = "both", four: bool = False, layers: int = 0
) -> Any:
    """Return what the matrices A and B hold, with a switch for each way to get it wrong."""
    width, inner = config.n_embd, 4 * config.n_embd if four else config.n_inner or 4 * config.n_embd
    ways = {"both": [(width, width), (inner, width)], "attention": [(width, width)], "dense": [(inner, width)]}
    shapes = {"c_attn": [(width, attn * width)], "c_fc": [(width, inner)], "c_proj": ways[proj]}
    chosen = [shape for name in targets for shape in shapes[name]]
    layers = layers or config.n_layer
    return layers * sum(a * r for a, _ in chosen), layers * sum(r * b for _, b in chosen)


def thick(config: Any, targets: Sequence[str]) -> int:
    """Return how many numbers the matrices themselves hold."""
    width, inner = config.n_embd, config.n_inner or 4 * config.n_embd
    sizes = {"c_attn": 3 * width * width, "c_fc": width * inner, "c_proj": width * width + inner * width}
    return config.n_layer * sum(sizes[name] for name in targets)


LORA_SIZE = Exercise(
    id="6.5", title="Combien de nombres à apprendre ?", purpose="savoir ce que LoRA épargne, avant de l'essayer",
    minutes=6, difficulty=3, reference=lora.lora_size, cases=lora_cases,
    hints=(
        "rangez d'abord chaque matrice avec ses deux tailles, entrée et sortie ; attention, deux matrices s'appellent `c_proj`",
        "A va de l'entrée à `r` (`a * r` nombres), B va de `r` à la sortie (`r * b`) ; faites les deux sommes sur les matrices "
        "choisies, puis multipliez par le nombre de couches",
        'avec `shapes = {"c_attn": [(width, 3 * width)], "c_fc": [(width, inner)], "c_proj": [(width, width), (inner, width)]}` '
        ': '
        "`config.n_layer * sum(a * r for …)`, et la même chose pour B",
    ),
    helpers=globals(),
    mistakes=[
        ("config.n_embd * config.n_inner", "`config.n_inner` vaut `None` quand personne ne l'a choisi : `config.n_inner or 4 * "
         "config.n_embd` convient aux deux cas", 2, raises(TypeError, "NoneType")),
        ("sum(right(config, r, targets))", "on attend deux nombres, celui des matrices A puis celui des matrices B, et non leur "
         "somme", 2,
         anything("isinstance(got, int) and got == sum(right(config, r, targets))")),
        ("adapters(config, r, targets)[0]", "ce sont les matrices A seules : il manque B, qui va de `r` à la sortie", 2,
         anything("isinstance(got, int) and got == right(config, r, targets)[0]")),
        ("adapters(config, r, targets, attn=1)", "`c_attn` compte pour trois : d'un seul coup, elle va de la largeur aux "
         "requêtes, aux clés et aux valeurs", 3),
        (["(adapters(config, r, targets)[0], 0)", "(adapters(config, r, targets)[0],) * 2"],
         "les matrices B sont oubliées, ou prises pour des A : B va de `r` à la sortie, elle a `r * b` nombres", 2,
         "got[0] == want[0] and got[1] in (0, want[0])"),
        ("adapters(config, r, targets)[::-1]", "l'entrée et la sortie sont échangées : A touche l'entrée, B touche la sortie", 2),
        (["adapters(config, r, targets, proj='attention')", "adapters(config, r, targets, proj='dense')"],
         "il y a deux matrices `c_proj` par couche, celle de l'attention et celle des couches denses : LoRA les vise toutes les "
         "deux", 3),
        ("adapters(config, r, targets, four=True)", "la couche du milieu n'a pas toujours quatre fois la largeur : "
         "`config.n_inner` le dit", 2),
        ("adapters(config, r, targets, layers=1)", "c'est le compte d'une seule couche : il y en a `config.n_layer`", 2),
        ("adapters(config, r, targets, layers=config.n_layer * config.n_head)",
         "ne multipliez pas par `n_head` : les têtes se partagent les mêmes matrices"),
        ("adapters(config, 1, targets)", "le rang `r` est oublié : A a `a * r` nombres, B en a `r * b`", 2),
        ("adapters(config, r * r, targets)", "le rang compte deux fois : A a `a * r` nombres, B en a `r * b`", 2),
        (["(thick(config, targets), thick(config, targets))", "thick(config, targets)"],
         "ce sont les grandes matrices elles-mêmes : LoRA ne les apprend pas, elle apprend A et B à côté", 2,
         anything("got == thick(config, targets) or got == (thick(config, targets),) * 2")),
        ("adapters(config, r, ALL_MATRICES)", "vous comptez toutes les matrices : seules celles de `targets` reçoivent un "
         "adaptateur", 3),
        ("a, b = adapters(config, r, targets)\nreturn a + config.n_layer * r * len(targets), b",
         "les adaptateurs n'ont pas de biais : A et B sont de simples tableaux"),
    ],
)  # fmt: skip


# 6.6 ----------------------------------------------------------------------------------------------------------------------------
CHURCH = [
    "La grosse cloche sonne midi, et la petite cloche sonne les baptêmes.",
    "Le sacristain tire la corde de la cloche.",
    "Au clocher, on monte par soixante-deux marches de pierre ; la corde pend au milieu, et les enfants, qui n'en ont pas le "
    "droit, s'y suspendent dès que le sacristain a le dos tourné.",
    "Le blé brûlé se jette. Le blé mouillé, le blé germé et le blé gelé se donnent aux poules.",
    "Les poules dorment sous le clocher.",
    "La cloche, la corde.",
]
FARM = ["Le blé est au grenier.", "Le foin est au grenier.", "Le blé est au moulin.", "Le blé est semé en octobre, au plus tard."]


def rarity(df: int, total: int) -> float:
    """Return how much a word says that ``df`` passages of ``total`` have."""
    return math.log(1 + (total - df + 0.5) / (df + 0.5))


def weighed(times: float, length: float, k: float, b: float) -> float:
    """Return how much a passage gets for having a word so many times; its length is in mean lengths."""
    return times * (k + 1) / (times + k * (1 - b + b * length))


def passages_with(word: str, rows: list[list[str]]) -> int:
    """Return how many passages have a word."""
    return sum(word in row for row in rows)


def ranked(
    query: str,
    passages: Sequence[str],
    k: float,
    b: float,
    cut: Callable = stems,
    asked: Callable = lambda query: sorted(set(stems(query))),
    idf: Callable = rarity,
    weigh: Callable = weighed,
    measure: Callable = lambda passage, row: len(row),
    having: Callable = passages_with,
    order: Callable = lambda scored: -scored[1],
) -> list[tuple[int, float]]:
    """Rank passages with one thing done otherwise: the wrong answers to 6.6."""
    rows = [cut(passage) for passage in passages]
    sizes = list(map(measure, passages, rows))
    mean = sum(sizes) / len(sizes)
    scores = [0.0] * len(rows)
    for word in asked(query):
        says = idf(having(word, rows), len(rows))
        for number, (row, size) in enumerate(zip(rows, sizes, strict=True)):
            scores[number] += says * weigh(row.count(word), size / mean, k, b) if word in row else 0.0
    return sorted(enumerate(scores), key=order)


def tidy(ranking: Any) -> list[list]:
    """Return a ranking whose equal scores stand in the order of their numbers: how they are ordered is up to everybody."""
    pairs = [list(pair) for pair in ranking]
    if not all(len(pair) == 2 for pair in pairs):
        return pairs
    groups = [[pair] for pair in pairs[:1]]
    for pair in pairs[1:]:
        if abs(pair[1] - groups[-1][-1][1]) < 1e-9:
            groups[-1].append(pair)
        else:
            groups.append([pair])
    return [
        [int(number) if number == int(number) else number, float(score)] for group in groups for number, score in sorted(group)
    ]


def scores_of(ranking: Any) -> list[float]:
    """Return the scores of a ranking, the lowest first."""
    return sorted(round(score, 6) for _, score in ranking)


BM25 = Exercise(
    id="6.6", title="Retrouver le bon passage", purpose="chercher sans rien apprendre : les mots rares, comptés avec mesure",
    minutes=8, difficulty=3, reference=retrieval.bm25, view=tidy, helpers=globals(),
    cases=[("Où sont les poules ?", CHURCH, 1.5, 0.75), ("Qui tire la corde de la grosse cloche ?", CHURCH, 1.5, 0.75),
           ("QUI A BRULE LE BLÉ ?", CHURCH, 1.5, 0.75), ("La cloche, quelle cloche sonne, et la corde ?", CHURCH, 1.5, 0.75),
           ("Le blé est-il au moulin ?", FARM, 1.5, 0.75), ("Combien de marches au clocher, et la corde ?", CHURCH, 2.0, 0.3),
           ("Qui a gagné au rugby ?", FARM, 1.5, 0.75)],
    hints=(
        "trois idées, une par facteur : un mot rare dit plus qu'un mot courant (`idf`) ; le revoir dix fois ne dit pas dix fois "
        "plus ; un passage long a tous les mots par hasard",
        "`counts = [Counter(stems(passage)) for passage in passages]` ; `count.total()` est la longueur d'un passage ; "
        "`sum(stem in count for count in counts)` donne `df` ; une boucle sur `set(stems(query))`, une autre sur les passages",
        "`scores[number] += idf * count[stem] * (k + 1) / (count[stem] + k * (1 - b + b * count.total() / average))`, puis "
        "`return sorted(enumerate(scores), key=lambda scored: -scored[1])`",
    ),
    mistakes=[
        ("dict(right(query, passages, k, b))", "rangez-les : une liste de couples (numéro, note), la meilleure d'abord", 3,
         anything("isinstance(got, dict)")),
        (["[number for number, _ in right(query, passages, k, b)]",
          "[score for _, score in sorted(right(query, passages, k, b))]"],
         "il faut des couples : le numéro du passage et sa note (`enumerate(scores)`)", 3,
         anything("isinstance(got, TypeError) or isinstance(got, list) and not hasattr(got[0], '__len__')")),
        ("[(score, number) for number, score in right(query, passages, k, b)]",
         "vos couples sont à l'envers : le numéro du passage d'abord, sa note ensuite", 3,
         "sorted([b, a] for a, b in got) == sorted(map(list, want)) and got != want"),
        ("ranked(query, passages, k, b, order=lambda scored: scored[1])",
         "le pire vient d'abord : `sorted` range du plus petit au plus grand, prenez `-score` (ou `reverse=True`)", 3,
         "scores_of(got) == scores_of(want) and [score for _, score in got] == sorted(score for _, score in got)"),
        ("ranked(query, passages, k, b, order=lambda scored: scored[0])",
         "les notes sont justes, mais dans l'ordre des passages : rangez-les, la meilleure d'abord", 3,
         "scores_of(got) == scores_of(want) and [number for number, _ in got] == sorted(number for number, _ in got)"),
        (["right(query, passages, k, b)[:1]", "right(query, passages, k, b)[:3]",
          "[pair for pair in right(query, passages, k, b) if pair[1] > 0]"],
         "il manque des passages : tous sont notés, ceux qui n'ont aucun des mots valent 0", 1, "len(got) < len(want)"),
        ("ranked(query, passages, k, b, idf=lambda df, total: 1.0)", "tous les mots comptent pareil : un mot que peu de passages "
         "ont dit bien plus que celui qu'ils ont tous ; multipliez par `idf`"),
        (["ranked(query, passages, k, b, idf=lambda df, total: math.log(1 + (df + 0.5) / (total - df + 0.5)))",
          "ranked(query, passages, k, b, idf=lambda df, total: df / total)",
          "ranked(query, passages, k, b, idf=lambda df, total: 1 / rarity(df, total))"],
         "l'`idf` est à l'envers : c'est le mot courant que vous récompensez ; dans la fraction, `N - df` est au-dessus", 1),
        ("ranked(query, passages, k, b, idf=lambda df, total: math.log((total - df + 0.5) / (df + 0.5)))",
         "il manque le `1 +` dans le logarithme : un mot que plus de la moitié des passages ont ferait perdre des points", 3),
        (["ranked(query, passages, k, b, idf=lambda df, total: math.log(total / df) if df else 0.0)",
          "ranked(query, passages, k, b, idf=lambda df, total: math.log(total / (1 + df)))"],
         "c'est une autre `idf` que celle de l'énoncé : `log(1 + (N - df + 0.5) / (df + 0.5))`", 3),
        (["ranked(query, passages, k, b, idf=lambda df, total: rarity(df, total) / math.log(2))",
          "ranked(query, passages, k, b, idf=lambda df, total: rarity(df, total) / math.log(10))"],
         "le logarithme est celui de base e : `math.log(x)`, ni `log2` ni `log10`", 3),
        (["ranked(query, passages, k, 0.0)",
          "ranked(query, passages, k, b, weigh=lambda n, length, k, b: n * (k + 1) / (n + k))"],
         "la longueur ne compte pas : un long passage a tous les mots par hasard, et finit toujours devant ; il manque "
         "`1 - b + b * length / average`", 1),
        ("ranked(query, passages, k, b, weigh=lambda n, length, k, b: weighed(n, 1 / length, k, b))",
         "la longueur est à l'envers : c'est `length / average`, et les longs passages doivent y perdre", 3),
        ("ranked(query, passages, k, b, weigh=lambda n, length, k, b: n / (n + k * (1 - b + b * length)))",
         "il manque `(k + 1)` au numérateur", 3),
        ("ranked(query, passages, k, b, weigh=lambda n, length, k, b: weighed(min(n, 1), length, k, b))",
         "vous regardez si le mot est là, sans compter combien de fois : `Counter`, et non `set`", 2),
        (["ranked(query, passages, k, b, weigh=lambda n, length, k, b: n)",
          "ranked(query, passages, k, b, weigh=lambda n, length, k, b: n / length)"],
         "rien ne freine un mot répété : dix fois le même mot vaudrait dix fois plus ; divisez par `n + k · (…)`", 1),
        (["ranked(query, passages, k, b, cut=str.split, asked=lambda query: sorted(set(query.split())))",
          "ranked(query, passages, k, b, cut=lambda text: re.findall(r'\\w+', text), "
          "asked=lambda query: sorted(set(re.findall(r'\\w+', query))))"],
         "vous comparez les mots tels qu'ils sont écrits, accents, majuscules et terminaisons compris : « Poules » et « poule » "
         "n'ont plus rien à voir ; passez par `stems`", 2),
        (["ranked(query, passages, k, b, cut=lambda text: text.lower().split(), "
          "asked=lambda query: sorted(set(query.lower().split())))",
          "ranked(query, passages, k, b, cut=lambda text: re.findall(r'\\w+', text.lower()), "
          "asked=lambda query: sorted(set(re.findall(r'\\w+', query.lower()))))"],
         "les majuscules sont parties, mais il reste les accents, les terminaisons et les mots-outils : passez par `stems`", 2),
        (["ranked(query, passages, k, b, asked=lambda query: sorted(set(query.lower().split())))",
          "ranked(query, passages, k, b, asked=lambda query: sorted(set(re.findall(r'\\w+', query.lower()))))",
          "ranked(query, passages, k, b, asked=lambda query: sorted(set(query.split())))"],
         "les passages passent par `stems`, et pas la question : leurs mots ne se rencontrent plus", 2),
        (["ranked(query, passages, k, b, cut=str.split)", "ranked(query, passages, k, b, cut=lambda text: text.lower().split())"],
         "la question passe par `stems`, et pas les passages : leurs mots ne se rencontrent plus", 2),
        ("ranked(query, passages, k, b, asked=stems)",
         "un mot répété dans la question compte plusieurs fois : prenez ses mots différents, `set(stems(query))`", 2),
        ("ranked(query, passages, k, b, having=lambda word, rows: sum(row.count(word) for row in rows))",
         "`df` compte les passages qui ont le mot, et non toutes les fois où il y est", 2),
        ("ranked(query, passages, k, b, measure=lambda passage, row: len(passage))",
         "la longueur se compte en mots (`count.total()`), comme la moyenne, et non en lettres", 2),
        (["ranked(query, passages, k, b, measure=lambda passage, row: len(set(row)))",
          "ranked(query, passages, k, b, measure=lambda passage, row: len(passage.split()))"],
         "la longueur est le nombre des racines du passage, répétitions comprises : `count.total()`", 2),
        ("right(query, passages)", "`k` et `b` sont donnés : servez-vous-en, au lieu de 1,5 et 0,75", 3),
    ],
)  # fmt: skip

# 6.7 ----------------------------------------------------------------------------------------------------------------------------
BOOKLET = [
    Passage("Le carillon compte douze cloches. La plus grosse pèse deux mille livres.", 1, 1, source="carillon.pdf"),
    Passage("Le carillonneur joue avec les poings, sur un clavier de chêne.", 2, 2, source="carillon.pdf"),
    Passage(
        "Le clavier se nettoie au chiffon sec. Un clavier mouillé gonfle, et les touches se coincent.",
        2,
        3,
        source="carillon.pdf",
    ),
    Passage("On remonte le mouvement chaque samedi, avec la grande manivelle.", 4, 4, source="carillon.pdf"),
]
TEXTS = [passage.text for passage in BOOKLET]


def _decline_cases() -> list[tuple]:
    """Return questions whose best score is far above the threshold, just at it, below it; and a document without any passage."""
    crank, keys = "Quel jour remonte-t-on le mouvement ?", "Comment nettoie-t-on le clavier ?"
    reached = retrieval.bm25(keys, TEXTS)[0][1]
    return [
        (crank, BOOKLET, 0.5),
        ("Le clavier est-il en chêne ?", BOOKLET, 0.5),
        ("Qui joue avec les poings ?", BOOKLET, 2.0),
        ("Qui est le maire de Paris ?", BOOKLET, 1.0),
        ("Combien pèse la plus grosse ?", BOOKLET, 2.5),
        (keys, BOOKLET, reached),
        (keys, BOOKLET, reached + 0.01),
        ("Le carillonneur est-il en chêne ?", BOOKLET[::-1], 6.0),
        (crank, [], 1.0),
    ]


def best_of(question: str, passages: Sequence[Passage], place: int = 0) -> tuple[Passage, int, float]:
    """Return the passage at a place of the ranking, its number and its score."""
    number, score = retrieval.bm25(question, [passage.text for passage in passages])[place]
    return passages[number], number, score


DECLINE = Exercise(
    id="6.7", title="Citer, ou dire que l'on ne sait pas", purpose="ne rien affirmer que l'on ne puisse montrer",
    minutes=4, difficulty=2, reference=retrieval.answer_or_decline, cases=_decline_cases, helpers=globals(),
    hints=(
        "deux issues : le meilleur passage, cité avec sa source, ou `UNKNOWN` ; c'est sa note, comparée au seuil, qui décide",
        "`bm25(question, [passage.text for passage in passages])` range les numéros et les notes, le meilleur d'abord ; "
        "`passage.quoted()` cite, avec la source et la page ; sans aucun passage, la liste est vide",
        "`for number, score in bm25(…)[:1]: if score >= threshold: return passages[number].quoted()`, puis `return UNKNOWN`",
    ),
    mistakes=[
        ("answer_or_decline = None\nreturn bm25(question, passages) and UNKNOWN",
         "`bm25` cherche dans des textes : donnez-lui `[passage.text for passage in passages]`", 2,
         anything(lambda got, *_: isinstance(got, (AttributeError, TypeError)) and "casefold" in str(got))),
        ("right(question, passages, threshold) if passages else passages[0].quoted()",
         "un document sans aucun passage n'a pas de meilleur : répondez `UNKNOWN`", 2,
         anything(lambda got, want, question, passages, threshold: isinstance(got, (IndexError, ValueError)) and not passages)),
        ("best_of(question, passages)[0].quoted() if passages else UNKNOWN",
         "votre assistant ne renonce jamais : il cite quelque chose même sur le maire de Paris ; comparez la note au seuil", 1),
        ("UNKNOWN", "votre assistant ne sait jamais rien : quand la note atteint le seuil, citez le passage", 1),
        (["best_of(question, passages)[0].quoted() if passages and best_of(question, passages)[1] >= threshold else UNKNOWN",
          "best_of(question, passages)[0].quoted() if passages and best_of(question, passages)[1] <= threshold else UNKNOWN",
          "best_of(question, passages)[0].quoted() if passages and 1 >= threshold else UNKNOWN",
          "best_of(question, passages)[0].quoted() if passages and 1 <= threshold else UNKNOWN",
          "best_of(question, passages)[0].quoted() if passages and best_of(question, passages)[1] + 1 <= threshold else UNKNOWN"],
         "vous comparez au seuil un rang ou un numéro : le premier de la liste est toujours premier, même quand il ne vaut rien "
         "; c'est sa note qu'il faut comparer", 1),
        ("best_of(question, passages)[0].quoted() if passages and best_of(question, passages)[2] < threshold else UNKNOWN",
         "c'est à l'envers : vous citez quand la note est trop basse, et renoncez quand elle suffit", 1),
        ("best_of(question, passages)[0].quoted() if passages and best_of(question, passages)[2] > threshold else UNKNOWN",
         "une note égale au seuil l'atteint : `>=`, et non `>`", 3),
        (["best_of(question, passages)[0].text if right(question, passages, threshold) != UNKNOWN else UNKNOWN",
          "f'« {best_of(question, passages)[0].text} »' if right(question, passages, threshold) != UNKNOWN else UNKNOWN"],
         "le passage est bon, mais sans sa source : celui qui lit doit pouvoir vérifier, `passage.quoted()` donne le document et "
         "la page", 2, "want != UNKNOWN and any(text in got for text in TEXTS) and 'carillon.pdf' not in got"),
        ("f'{best_of(question, passages)[0].text} (carillon.pdf, p. 1)' if right(question, passages, threshold) != UNKNOWN else "
         "UNKNOWN", "tout y est, mais écrit à votre façon : la suite lit les citations comme `passage.quoted()` les écrit", 2,
         "want != UNKNOWN and any(text in got for text in TEXTS) and got.count('carillon.pdf') == 1 and "
         "got not in [passage.quoted() for passage in passages]"),
        (["best_of(question, passages)[0] if right(question, passages, threshold) != UNKNOWN else UNKNOWN",
          "[passage for passage in passages if passage.quoted() == right(question, passages, threshold)]"],
         "vous rendez l'objet `Passage` : on attend un texte, `passage.quoted()`", 2,
         anything("isinstance(got, Passage) or (isinstance(got, list) and all(isinstance(one, Passage) for one in got))")),
        ("best_of(question, passages)[2] if right(question, passages, threshold) != UNKNOWN else UNKNOWN",
         "vous rendez la note : elle sert à décider, c'est le passage que l'on cite", 1,
         anything("isinstance(got, float) or (isinstance(got, tuple) and isinstance(got[-1], float))")),
        ("best_of(question, passages, -1)[0].quoted() if right(question, passages, threshold) != UNKNOWN else UNKNOWN",
         "vous citez le dernier de la liste, qui est le pire : le meilleur est le premier, `[0]`", 2),
        ("passages[0].quoted() if right(question, passages, threshold) != UNKNOWN else UNKNOWN",
         "vous citez le premier passage du document, et non le meilleur : c'est `number` qui dit lequel", 3),
        ("' '.join(passages[number].quoted() for number, score in bm25(question, [one.text for one in passages]) "
         "if score >= threshold) or UNKNOWN",
         "vous citez tous les passages qui atteignent le seuil : un seul, le meilleur", 3, "got.count('«') > 1"),
        ("best_of(question, passages)[0].quoted() if passages and sum(score for _, score in bm25(question, [one.text for one in "
         "passages])) >= threshold else UNKNOWN",
         "vous additionnez les notes de tous les passages : c'est celle du meilleur qui compte", 1),
        (["right(question, passages, threshold) if right(question, passages, threshold) != UNKNOWN else 'je ne sais pas'",
          "right(question, passages, threshold) if right(question, passages, threshold) != UNKNOWN else 'Je ne sais pas !'"],
         "vous savez dire que vous ne savez pas ; dites-le comme le reste de l'atelier l'attend, avec `UNKNOWN`", 1,
         "got != want and want == UNKNOWN and key_of(got) == key_of(UNKNOWN)"),
        ("right(question, passages, threshold) if right(question, passages, threshold) != UNKNOWN else ''",
         "un texte vide n'est pas une réponse : dites que vous ne savez pas, `UNKNOWN`", 1, "got == ''"),
    ],
)  # fmt: skip

# 6.8 ----------------------------------------------------------------------------------------------------------------------------
TALK = (
    "Question : Combien pèse le bâti ?\nRéponse : 410 kilogrammes\n",
    "Question : Et le marteau ?\nRéponse : dix-sept livres et demie, manche compris\n",
    "Question : Qui frappe ?\nRéponse : le compagnon\n",
    "Question : En quelle saison allume-t-on le grand feu de la forge, celui qui sert aux cloches ?\nRéponse : en hiver\n",
    "Question : Oui ?\nRéponse : oui\n",
    "Question : Et le soufflet, qui le tire ?\nRéponse :",
)


def tokens_in(tokenizer: Any, turns: Sequence[str]) -> int:
    """Return how many tokens the turns make together."""
    return len(tokenizer("".join(turns))["input_ids"])


def in_tokens(tokenizer: Any) -> Callable[[Sequence[str]], int]:
    """Return what counts the tokens of turns."""
    return lambda turns: tokens_in(tokenizer, turns)


def window_cases() -> list[tuple]:
    """Return windows for all (with ten places to spare, with none), for all but the first, for a few, for the question."""
    count, turns = tokens_in, list(TALK)
    everything = count(words(), turns)
    return [
        (turns, words(), everything + 30, 20),
        (turns, words(), everything + 20, 20),
        (turns, words(), everything + 19, 20),
        (turns, words(), count(words(), turns[3:]) + 12, 12),
        (turns, words(), count(words(), turns[3:]) + 11, 12),  # the long turn does not fit, an older one would: no hole
        (turns, words(), count(words(), turns[-1:]) + 30, 30),
        (turns[-1:], words(), 300, 48),
    ]


def newest(turns: Sequence[str], limit: int, size: Callable[[Sequence[str]], int]) -> list[str]:
    """Return the last turns whose ``size`` is within the limit, the last one in any case."""
    start = 0
    while start < len(turns) - 1 and size(turns[start:]) > limit:
        start += 1
    return list(turns[start:])


def oldest(turns: Sequence[str], tokenizer: Any, limit: int) -> list[str]:
    """Return the first turns that fit."""
    kept = list(turns)
    while len(kept) > 1 and tokens_in(tokenizer, kept) > limit:
        kept.pop()
    return kept


def with_holes(turns: Sequence[str], tokenizer: Any, limit: int) -> list[str]:
    """Return every turn that fits, from the newest, even beyond one that did not."""
    kept = [turns[-1]]
    for turn in reversed(turns[:-1]):
        if tokens_in(tokenizer, [turn, *kept]) <= limit:
            kept.insert(0, turn)
    return kept


FIT_WINDOW = Exercise(
    id="6.8", title="La fenêtre", purpose="garder de la conversation ce que le modèle peut lire",
    minutes=5, difficulty=2, reference=conversation.fit_window, cases=window_cases,
    hints=(
        "comptez les tokens de tout ce qui reste ; tant que cela dépasse, retirez le tour le plus ancien ; et n'oubliez pas la "
        "place de la réponse",
        '`len(tokenizer("".join(kept))["input_ids"])` compte les tokens ; `room - answer` est la place qui reste pour lire',
        "`while len(kept) > 1 and … > room - answer: kept = kept[1:]`",
    ),
    helpers=globals(),
    mistakes=[
        ("''.join(right(turns, tokenizer, room, answer))", "on attend la liste des tours gardés ; ils seront mis bout à bout "
         "plus tard", 2,
         anything("isinstance(got, str)")),
        ("tokenizer(''.join(turns))['input_ids'][-(room - answer):]", "ce sont des numéros de tokens : on attend les tours "
         "gardés, entiers", 2,
         anything("isinstance(got, list) and got and isinstance(got[0], int)")),
        (["[''.join(turns)[-(room - answer):]]", "newest(turns, room - answer, lambda kept: len(''.join(kept)))"],
         "vous comptez des lettres : la fenêtre du modèle se compte en tokens, qui en valent plusieurs, et un tour se garde en "
         "entier", 2,
         "any(turn not in turns for turn in got) or got == newest(turns, room - answer, lambda kept: len(''.join(kept))) != "
         "want"),
        ("newest(turns, room - answer, lambda kept: len(''.join(kept).split()))",
         "vous comptez des mots : la fenêtre se compte en tokens", 2),
        ("newest(turns, room, in_tokens(tokenizer))", "il ne reste pas de place pour la réponse : elle s'écrit dans la "
         "même fenêtre, gardez-lui `answer` tokens", 2),
        ("newest(turns, room - 2 * answer, in_tokens(tokenizer))", "la place de la réponse est comptée deux fois", 2),
        ("newest(turns, room + answer, in_tokens(tokenizer))", "la place de la réponse est ajoutée : il faut la retirer "
         "de la fenêtre", 2),
        ("right(turns, tokenizer, room, answer)[:-1]", "la question a disparu : c'est le dernier tour, et il reste toujours", 1),
        ("right(turns, tokenizer, room, answer)[::-1]", "les tours sont à l'envers : le modèle les lit dans l'ordre où ils ont "
         "été dits", 3),
        ("oldest(turns, tokenizer, room - answer)", "vous retirez les tours les plus récents, et la question avec eux : c'est "
         "par le début que l'on oublie", 1, "not got or got[-1] != want[-1]"),
        ("with_holes(turns, tokenizer, room - answer)", "il y a un trou dans la conversation : dès qu'un tour n'entre pas, les "
         "plus anciens ne reviennent plus"),
        ("turns", "rien n'est oublié : la conversation dépasse la fenêtre"),
        ("turns[-1:]", "vous ne gardez que la question : les tours d'avant ont leur place, tant qu'ils entrent"),
        ("newest(turns, room - answer - 1, in_tokens(tokenizer))", "vous oubliez un tour qui tenait tout juste : `>` et "
         "non `>=`", 3),
        ("newest(turns, room - answer, lambda kept: max(tokens_in(tokenizer, [turn]) for turn in kept))",
         "chaque tour entre seul dans la fenêtre, mais c'est ensemble qu'ils doivent y entrer", 2),
        ("turns[-4:]", "vous gardez toujours le même nombre de tours : comptez les tokens", 2,
         "len(got) != len(want) and got == list(turns[-len(got):]) and len(got) in (2, 3, 4)"),
    ],
)  # fmt: skip


# 6.9 (bonus) --------------------------------------------------------------------------------------------------------------------
def english_names() -> dict[str, Any]:
    """Return what the notebook has in hand: the tokenizer, and the English pairs, shared out."""
    shared = pairs_module.split_pairs(pairs_module.load_pairs(pairs_module.press() / "pairs_en.jsonl"))
    return {"tokenizer": words(), "english": shared, "encode_pair": training.encode_pair}


ENGLISH = Exercise(
    id="6.9", title="En anglais", purpose="faire des exemples de n'importe quel fichier de paires",
    minutes=3, difficulty=1, bonus=True,
    value='[encode_pair(tokenizer, pair["question"], pair["answer"], 64) for pair in english["train"]]', names=english_names,
    hints=(
        "une liste : un exemple pour chaque paire que le modèle a le droit d'apprendre",
        '`english["train"]` est une liste de dictionnaires ; `pair["question"]` et `pair["answer"]` y sont les deux textes',
        '`[encode_pair(tokenizer, …, …, 64) for pair in english["train"]]`',
    ),
    helpers=globals(),
    mistakes=[
        ('[encode_pair(tokenizer, pair["question"], pair["answer"], 64)[0] for pair in english["train"]]',
         "il manque la longueur des questions : gardez tout ce que rend `encode_pair`", 3),
        ('[encode_pair(tokenizer, pair["answer"], pair["question"], 64) for pair in english["train"]]',
         "la question et la réponse sont échangées : le modèle apprendrait à questionner", 2),
        ('[encode_pair(tokenizer, pair["question"], pair["answer"], 64) for pair in english["test"]]',
         "ce sont les questions de l'examen : le modèle ne doit pas les lire", 2),
        ('[encode_pair(tokenizer, pair["question"], pair["answer"], 64) for part in english.values() for pair in part]',
         "les questions de l'examen sont parmi les exemples : le modèle ne doit pas les lire", 2),
        ('english["train"]', "ce sont encore des textes : `encode_pair` en fait des tokens", 2),
        ('[encode_pair(tokenizer, pair["question"], pair["answer"], 64) for pair in english["train"][:1]]',
         "il n'y a qu'un exemple : il en faut un pour chaque paire", 3),
        ('encode_pair(tokenizer, english["train"][0]["question"], english["train"][0]["answer"], 64)',
         "c'est un seul exemple : on attend la liste de tous", 3, anything("isinstance(got, tuple)")),
        ('[encode_pair(tokenizer, pair["question"], "", 64) for pair in english["train"]]',
         "les réponses n'y sont pas : c'est pourtant ce que l'on apprend", 2),
    ],
)  # fmt: skip

EXERCISES = [READ_PAIRS, SPLIT_PAIRS, ENCODE_PAIR, MASK_LABELS, LORA_SIZE, BM25, DECLINE, FIT_WINDOW, ENGLISH]
