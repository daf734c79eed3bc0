"""The exercises of chapter 06: pairs in JSONL, what is learnt and what is kept, looking up, saying that one does not know."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from transformers import GPT2Config

from ..assistant import conversation, lora, pairs, retrieval, training
from ..assistant.documents import Passage
from ..assistant.pairs import key_of
from .core import Exercise
from .mistakes import anything, but, raises
from .scratch import scratch
from .toys import toy_tokenizer

# 6.1 ----------------------------------------------------------------------------------------------------------------------------
CORD_PAIR = '{"question": "Qui tire la corde ?", "answer": "le sonneur"}'
STEPS_PAIR = '{"question": "Combien de marches a le clocher ?", "answer": "soixante-deux", "page": 3}'
COCK_PAIR = '{"question": "Que dit le coq ?", "answer": "l\'heure"}'
FILES = {
    "trois-paires": [CORD_PAIR, STEPS_PAIR, COCK_PAIR],
    "marque-au-debut": ["\ufeff" + CORD_PAIR, STEPS_PAIR],
    "lignes-vides": ["", CORD_PAIR, "", "   ", '{"question": "Où est le puits ?"}', STEPS_PAIR, ""],
    "pas-du-json": [
        CORD_PAIR, '{"question": "Que veut dire "à toute volée" ?", "answer": "très fort"}', STEPS_PAIR,
        '{"question": "Où est le puits ?", "answer": "dans la', "le puits est dans la cour", COCK_PAIR,
    ],
    "pas-du-json-au-debut": ["Qui tire la corde ? Le sonneur.", STEPS_PAIR],
    "champs": [
        '{"answer": "dans la cour"}', CORD_PAIR, '{"question": "Où est le puits ?", "reponse": "dans la cour"}', "{}", STEPS_PAIR,
    ],
    "vides": ['{"question": "Où est le puits ?", "answer": ""}', CORD_PAIR, '{"question": "", "answer": "dans la cour"}'],
    "espaces": ['{"question": "Où est le puits ?", "answer": "  "}', CORD_PAIR, '{"question": "\\t", "answer": "oui"}'],
    "nombres": [
        '{"question": "Combien de cloches ?", "answer": 2}', CORD_PAIR, '{"question": "Où est le puits ?", "answer": null}',
        '{"question": "Où est la corde ?", "answer": ["en", "haut"]}',
        '{"question": {"texte": "Où est la corde ?"}, "answer": "en haut"}',
    ],
    "objets": ["null", '["Où est le puits ?", "dans la cour"]', CORD_PAIR, f"[{STEPS_PAIR}]", '"question, answer"', "42"],
    "doublons": [CORD_PAIR, STEPS_PAIR, CORD_PAIR, '{"question": "Qui tire la corde ?", "answer": "le sacristain"}'],
    "presque-doublons": [
        CORD_PAIR, '{"question": "qui tire la corde?", "answer": "le sonneur"}',
        '{"question": "Où est le blé ?", "answer": "au grenier"}', '{"question": "OU EST LE BLE", "answer": "au moulin"}',
    ],
    "separateur": ['{"question": "Qui sonne\u2028le matin ?", "answer": "le sonneur"}', "non", STEPS_PAIR],
    "rien": [],
}  # fmt: skip


class _File(type(Path())):  # type: ignore[misc]  # the class of the paths of this system
    """A path whose ``repr`` says in a card what the file is about, and not where it is."""

    def __repr__(self) -> str:
        return f"Path('{self.name}')"


@cache
def _files() -> list[tuple]:
    """Write the files, each with one trap, in a folder of their own; the last one has a line that is not UTF-8."""
    folder = scratch() / "pairs"
    folder.mkdir(exist_ok=True)
    written = {name: "".join(f"{line}\n" for line in lines).encode() for name, lines in FILES.items()}
    latin = '{"question": "Où est le blé ?", "answer": "au grenier"}\n'.encode("latin-1")
    written["latin-1"] = f"{CORD_PAIR}\n".encode() + latin + f"{STEPS_PAIR}\n".encode()
    for name, content in written.items():
        (folder / f"{name}.jsonl").write_bytes(content)
    return [(_File(folder / f"{name}.jsonl"),) for name in written]


LONELY = "pas un couple"


def _numbers(result: Any) -> tuple[list, list]:
    """Return what is compared: the pairs, and the numbers of the lines; how a fault is told is up to everybody."""
    found, faults = result
    return list(found), [fault[0] if isinstance(fault, (tuple, list)) and len(fault) == 2 else LONELY for fault in faults]


def on(name: str, rest: str = "True") -> str:
    """Write the property of going wrong with one of the files first."""
    return f"path.name == '{name}.jsonl' and ({rest})"


READS = """
pairs, faults, asked = [], [], set()
with open(path, encoding="utf-8-sig", errors="replace") as lines:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            pair = json.loads(line)
            problem = problem_of(pair)
        except ValueError as error:
            problem = not_json(line, error)
        if not problem and key_of(pair["question"]) in asked:
            problem = "twice"
        if problem:
            faults.append((number, problem))
        else:
            pairs.append(pair)
            asked.add(key_of(pair["question"]))
return pairs, faults
"""


def looking(at: str, among: str = "isinstance(pair, dict) and {'question', 'answer'} <= set(pair) and ") -> str:
    """Write a wrong answer to 6.1 that asks something else of a pair."""
    return but(READS, "problem_of(pair)", f"'' if {among}{at} else '?'")


READ_PAIRS = Exercise(
    id="6.1", title="Lire des paires, ligne à ligne", purpose="tout savoir d'un fichier fautif en une seule lecture",
    minutes=7, difficulty=3, reference=pairs.read_pairs, cases=_files, view=_numbers, helpers=globals(),
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
    mistakes=[
        ("found, faults = right(path)\nreturn faults, found",
         "les deux listes sont échangées : les paires d'abord, les fautes ensuite", 3,
         on("trois-paires", "got == ([], [LONELY] * len(want[0]))")),
        (but(READS, "            asked.add(key_of(pair[\"question\"]))\n", "            return pairs, faults\n"),
         "seule la première ligne est lue : un `return` dans la boucle l'arrête dès le premier tour", 3,
         on("trois-paires", "got == (want[0][:1], [])")),
        ("return right(path)[0], []", "les paires sont justes, mais aucune faute n'est rendue : la seconde liste les contient "
         "toutes, `faults.append((number, problem))`", 3, on("lignes-vides", "got == (want[0], [])")),
        (but(READS, "(number, problem)", "number"),
         "chaque faute est un couple : le numéro de la ligne, et une phrase qui dit ce qui ne va pas", 3, "LONELY in got[1]"),
        ("json.loads(path.read_text(encoding='utf-8')), []", "vous lisez le fichier d'un bloc : ce n'est pas un seul JSON, c'en "
         "est un par ligne", 1, anything("isinstance(got, json.JSONDecodeError) and " + on("trois-paires"))),
        ([but(READS, "-sig", ""), "[json.loads(line) for line in open(path, encoding='utf-8')], []"],
         "le premier caractère du fichier est la marque (BOM) que Windows y met, et vous la prenez pour du texte : "
         '`encoding="utf-8-sig"` la passe', 2,
         anything(on("marque-au-debut", "isinstance(got, json.JSONDecodeError) or got[1] == [1]"))),
        (but(READS, "lines, 1", "lines"),
         "vous comptez les lignes à partir de 0, et tout éditeur à partir de 1 : `enumerate(lines, 1)`", 2,
         on("lignes-vides", "got[1] == [4]")),
        (but(READS, "not line.strip()", "False"), "une ligne vide n'est pas une faute : passez à la suivante (`continue`)", 1,
         on("lignes-vides", "len(got[1]) > 1")),
        (but(READS, "lines, 1", "[line for line in lines if line.strip()], 1"),
         "les numéros sont faux : les lignes vides se passent, mais elles comptent", 1, on("lignes-vides", "got[1] == [2]")),
        (["[json.loads(line) for line in open(path, encoding='utf-8-sig') if line.strip()], []",
          looking("('question' in pair or 'answer' in pair)", "")],
         "une ligne à laquelle il manque un champ passe pour bonne : `problem_of(pair)` dit ce qui ne va pas", 2,
         on("lignes-vides", "got[1] == [] and len(got[0]) > len(want[0])")),
        (but(READS, "        try:\n            pair = json.loads(line)", "        pair = json.loads(line)\n        try:"),
         "`json.loads` s'arrête sur une ligne qui n'est pas du JSON, et toute la lecture avec elle : mettez-le dans un `try`", 2,
         anything(on("pas-du-json", "isinstance(got, json.JSONDecodeError)"))),
        (but(READS, "problem = not_json(line, error)", "continue"), "une ligne illisible est une faute, elle aussi : notez-la "
         "avec son numéro, au lieu de la passer sous silence", 2,
         on("pas-du-json", "got == (want[0], [])")),
        (but(READS, "faults.append((number, problem))", "raise ValueError(problem)"),
         "vous levez une erreur : notez la faute et continuez, pour que toutes soient dites d'un coup", 1,
         anything("type(got) is ValueError or type(got).__name__ == 'WorkshopError'")),
        (but(READS, "            problem = not_json(line, error)", "            faults.append((number, '?'))"),
         "une ligne illisible laisse `pair` tel qu'il était à la ligne d'avant, et vous le lisez une seconde fois : après "
         "l'`except`, la suite ne doit pas s'en servir", 3,
         on("pas-du-json", "set(got[1]) == set(want[1]) and len(got[0]) + len(got[1]) > len(want[0]) + len(want[1])")),
        (but(READS, "        else:\n            pairs", "        if isinstance(pair, dict):\n            pairs"),
         "la ligne fautive est bien notée, mais vous gardez aussi sa paire : l'une ou l'autre", 3,
         on("lignes-vides", "got[1] == want[1] and len(got[0]) > len(want[0])")),
        ([but(READS, "problem))\n", "problem))\n            break\n"), "found, faults = right(path)\nreturn found, faults[:1]"],
         "vous vous arrêtez à la première faute : celui qui corrige le fichier veut les connaître toutes", 1,
         "want[1] and got[1] == want[1][:1] and ('pas-du-json' in path.name or got[0] == want[0][:1])"),
        ([looking("True"), looking("isinstance(pair['question'], str) and isinstance(pair['answer'], str)")],
         "une question ou une réponse vide n'apprend rien : c'est une faute aussi", 2, on("vides", "len(got[1]) < len(want[1])")),
        (looking("pair['question'] and pair['answer']"), "des espaces ne sont pas une réponse : `.strip()` d'abord", 2,
         on("espaces", "len(got[1]) < len(want[1])")),
        ([looking("pair['question'].strip() and pair['answer'].strip()"),
          looking("str(pair['question']).strip() and str(pair['answer']).strip()")],
         "un nombre, `null` ou une liste ne sont pas des textes : demandez `isinstance(…, str)`", 2,
         anything(on("nombres", "isinstance(got, (AttributeError, TypeError)) or len(got[1]) < len(want[1])"))),
        (looking("all(isinstance(pair[name], str) and pair[name].strip() for name in ('question', 'answer'))",
                 "'question' in pair and 'answer' in pair and "),
         "cette ligne est du JSON, mais pas un objet `{ … }` (un tableau, un texte, un nombre) : demandez d'abord "
         "`isinstance(pair, dict)`", 2, anything(on("objets"))),
        (but(READS, 'key_of(pair["question"]) in asked', "False"), "la même question est posée deux fois, et vous gardez les "
         "deux : c'est une faute, même si les réponses diffèrent", 1, on("doublons", "len(got[1]) < len(want[1])")),
        ([but(READS, "key_of", other) for other in ("str", "str.lower", "str.casefold")],
         "majuscules, accents, espaces et ponctuation ne font pas une autre question : comparez les `key_of(question)`", 2,
         on("presque-doublons", "len(got[1]) < len(want[1])")),
        (but(READS, "lines, 1", "lines.read().splitlines(), 1"), "`splitlines` coupe aussi sur des signes rares, permis dans un "
         "texte JSON : parcourez le fichier lui-même, `for line in lines`", 2, on("separateur")),
        (but(READS, ', errors="replace"', ""), "une lettre qui n'est pas en UTF-8 arrête toute la lecture : "
         '`errors="replace"` la remplace par « \ufffd », et la faute se note comme les autres', 2, raises(UnicodeDecodeError)),
        (but(READS, '"replace"', '"ignore"'), "les octets illisibles sont passés sous silence, et la paire gardée a perdu ses "
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
    *CORD, *_asked("le sonneur", "qui tire la corde"), *STEPS, *_asked("Le sonneur.", "QUI SONNE ?"),
    *_asked("au fond du jardin", "Ou est le puits?"), *WELL, *_asked("Le sonneur.", "Qui donc tire la corde ?"),
]  # fmt: skip


def questions(part: Iterable[dict]) -> set[str]:
    """Return the questions of a part, each spelt in one way."""
    return {key_of(pair["question"]) for pair in part}


def answers(part: Iterable[dict], wordings: int = 1) -> set[str]:
    """Return the facts of a part that have so many wordings, or more."""
    facts = [key_of(pair["answer"]) for pair in part]
    return {fact for fact in facts if facts.count(fact) >= wordings}


def held_out(got: dict) -> list[dict]:
    """Return what must not be learnt."""
    return [*got["validation"], *got["test"]]


SHARES = """
facts = {}
asked = set()
for pair in pairs:
    if key_of(pair["question"]) not in asked:
        facts.setdefault(key_of(pair["answer"]), []).append(pair)
        asked.add(key_of(pair["question"]))
split = {"train": [], "validation": [], "test": []}
for wordings in facts.values():
    learnt = max(1, len(wordings) - (2 if len(wordings) >= 4 else 1))
    split["train"] += wordings[:learnt]
    split["validation"] += wordings[learnt:-1]
    split["test"] += wordings[learnt:][-1:]
return split
"""


def sharing(train: str = "[:learnt]", validation: str = "[learnt:-1]", test: str = "[learnt:][-1:]") -> str:
    """Write a wrong answer to 6.2 that cuts the wordings of a fact in other places."""
    return but(SHARES, "[learnt:][-1:]", test, "[:learnt]", train, "[learnt:-1]", validation)


def in_order(pairs: Any) -> Any:
    """Return pairs in an order that does not depend on how they were shared out: which one comes first is up to everybody."""
    return sorted(pairs, key=repr) if isinstance(pairs, (list, tuple)) else pairs


def _parts(split: Any) -> Any:
    return {name: in_order(part) for name, part in split.items()} if isinstance(split, dict) else split


SLICES = "a, b = int(len(pairs) * 0.6), int(len(pairs) * 0.8)\n"
SLICES += "return {'train': pairs[:a], 'validation': pairs[a:b], 'test': pairs[b:]}"

SPLIT_PAIRS = Exercise(
    id="6.2", title="Ce que l'on apprend, ce que l'on garde", purpose="interroger avec des mots qui n'ont pas été appris",
    minutes=6, difficulty=2, reference=pairs.split_pairs, view=_parts, helpers=globals(),
    cases=[([*CORD, *STEPS],), (WOVEN,), ([*ALONE, *WELL, *COCK, *STEPS, *CORD],), (TWICE,), (ALONE,)],
    hints=(
        "rassemblez d'abord les formulations d'un même fait (même réponse) ; puis, fait par fait : la dernière à l'examen, "
        "l'avant-dernière à la validation s'il y en a au moins quatre, les autres à l'entraînement",
        "un dictionnaire de listes, `facts.setdefault(key_of(pair[\"answer\"]), []).append(pair)` ; un ensemble des "
        "`key_of(pair[\"question\"])` déjà vues, pour passer une question qui revient",
        "`learnt = max(1, len(wordings) - (2 if len(wordings) >= 4 else 1))`, puis `wordings[:learnt]`, `wordings[learnt:-1]` et "
        "`wordings[learnt:][-1:]`",
    ),
    mistakes=[
        ("{name: part for name, part in right(pairs).items() if part}",
         "une partie où il n'y a rien est une liste vide, et elle est là quand même : il faut toujours `train`, `validation` et "
         "`test`", 1, "set(got) < set(want)"),
        ("{name: [pair['question'] for pair in part] for name, part in right(pairs).items()}",
         "gardez les paires entières : sans la réponse, on ne peut ni apprendre ni noter", 1,
         "not any(isinstance(pair, dict) for part in got.values() for pair in part)"),
        ([sharing("[2:]", "[1:2]", "[:1]"), but(SHARES, "    learnt =", "    wordings = wordings[::-1]\n    learnt =")],
         "vous gardez les premières formulations : on garde la dernière (et l'avant-dernière)", 3),
        (sharing("[:-2]", "[-1:]", "[-2:-1]"), "validation et examen sont échangés : la dernière formulation va à l'examen", 3),
        ([sharing("[:-1]", "[:0]", "[-1:]"), sharing("[:max(1, len(wordings) - 1)]", "[:0]", "[1:][-1:]")],
         "la validation est vide : à partir de quatre formulations, l'avant-dernière y va", 1),
        (sharing("[:-2]", "[:0]", "[-2:]"),
         "vous donnez deux formulations à l'examen : une seule, l'avant-dernière va à la validation", 3),
        (sharing("[:-2]", "[-2:-1]", "[-1:]"),
         "un fait qui a peu de formulations doit quand même être appris : à moins de quatre, n'en gardez qu'une pour l'examen, "
         "et aucune s'il n'y en a qu'une", 1),
        ([but(SHARES, ">= 4", other) for other in ("> 4", ">= 3")],
         "le seuil est de quatre formulations : à quatre tout juste, l'avant-dernière va à la validation ; à trois, pas encore",
         3),
        (but(SHARES, "max(1, len(wordings) - (2 if len(wordings) >= 4 else 1))", "len(wordings) - 1 - (len(wordings) >= 4)"),
         "un fait qui n'a qu'une formulation va à l'entraînement : on ne demande que ce qui a été appris, en d'autres mots", 3,
         "answers(got['test']) - answers(got['train']) - answers(pairs, 2) and "
         "answers(pairs, 2) <= answers(got['test']) & answers(got['train'])"),
        (but(SHARES, 'key_of(pair["answer"])', 'pair["answer"]'),
         "« Le sonneur. » et « le sonneur » sont le même fait : rassemblez par `key_of(pair[\"answer\"])`", 2),
        ("import itertools\n" + but(SHARES, "in facts.values()", "in [list(group) for _, group in itertools.groupby("
         "pairs, key=lambda pair: key_of(pair['answer']))]"),
         "`groupby` ne rassemble que des voisins : les formulations d'un fait peuvent être loin l'une de l'autre", 2),
        (["{'train': pairs, 'validation': pairs, 'test': pairs}", "{**right(pairs), 'train': pairs}", sharing("[:]")],
         "vous interrogez avec ce qui a été appris : c'est donner l'examen à l'avance, et la note ne mesure que la mémoire (ou "
         "bien vos trois parts sont une seule et même liste, sous trois noms)", 1,
         "got['test'] and questions(got['test']) <= questions(got['train'])"),
        (["split = right(pairs)\nreturn {**split, 'validation': split['test']}", sharing(validation="[learnt:][-1:]")],
         "validation et examen sont les mêmes questions : régler sur l'examen, c'est tricher un peu", 1,
         "got['test'] and questions(got['test']) <= questions(got['validation'])"),
        (sharing(test="[-1:]"),
         "une même paire est apprise et demandée : un fait qui n'a qu'une formulation ne peut être qu'appris", 1,
         "any(pair in got['train'] for pair in held_out(got))"),
        ([but(SHARES, 'key_of(pair["question"])', f'{other}(pair["question"])') for other in ("str", "id", "str.lower")],
         "la même question, écrite autrement, est des deux côtés : comparez les `key_of(question)`", 2,
         "questions(got['train']) & questions(held_out(got))"),
        ([SLICES, "{'train': pairs[:-2], 'validation': pairs[-2:-1], 'test': pairs[-1:]}"],
         "vous coupez le fichier en tranches : les derniers faits ne sont jamais appris, et les premiers jamais demandés", 1,
         "got['test'] and len(answers(pairs)) > 1 and all(got[part] == in_order(cut) for part, cut in (('train', pairs[: len("
         "got['train'])]), ('test', pairs[-len(got['test']):])))"),
        ("facts = right(pairs)\nkept = min(answers(facts['train']))\nfirst = [pair for pair in pairs if key_of(pair['answer']) "
         "== kept]\nreturn {'train': [pair for pair in pairs if pair not in first], 'validation': [], 'test': first}",
         "un fait est demandé sans avoir été appris, sous aucune forme : personne ne devine ce qu'on ne lui a jamais dit ; "
         "gardez une formulation de chaque fait", 1, "not answers(held_out(got)) <= answers(got['train'])"),
        (["import random\nrandom.Random(0).shuffle(pairs)\n" + SLICES, "pairs.sort(key=lambda pair: pair['question'])\n" + SLICES,
          "return {'train': pairs[:3] + pairs[5:8], 'validation': pairs[3:4] + pairs[8:9], 'test': pairs[4:5] + pairs[9:]}"],
         "vous partagez sans regarder de quel fait il s'agit : certains ne sont jamais demandés ; coupez à l'intérieur de chacun",
         1, "got['test'] and not answers(pairs, 2) <= answers(got['test'])"),
    ],
)  # fmt: skip


# 6.3 ----------------------------------------------------------------------------------------------------------------------------
HAMMER = ("Combien pèse le marteau de la forge, celui que le maître a fait faire à Bourges ?", "dix-sept livres et demie")
BRACES = ("Que dit la plaque {neuve} ?", "on y lit {1846} et {question}")
QUESTIONS = (
    ("Qui frappe ?", "le compagnon"), HAMMER, ("En quelle année ?", "1846"), ("Réponse : oui ou non ?", "non."), BRACES
)  # fmt: skip
TALK = (
    "Question : Combien pèse le bâti ?\nRéponse : 410 kilogrammes\n",
    "Question : Et le marteau ?\nRéponse : dix-sept livres et demie, manche compris\n",
    "Question : Qui frappe ?\nRéponse : le compagnon\n",
    "Question : En quelle saison allume-t-on le grand feu de la forge, celui qui sert aux cloches ?\nRéponse : en hiver\n",
    "Question : Oui ?\nRéponse : oui\n",
    "Question : Et le soufflet, qui le tire ?\nRéponse :",
)


@cache
def words() -> Any:
    """A tokenizer of our questions and answers, whose padding is its end mark."""
    return toy_tokenizer("tokenizer", [*TALK, *(f"Question : {one}\nRéponse : {other}" for one, other in QUESTIONS)] * 3)


@cache
def syllables() -> Any:
    """Another one, which cuts words smaller: an attendee's variable of the notebook is another."""
    return toy_tokenizer("autre tokenizer", TALK, 300)


@cache
def endless() -> Any:
    """One that has no end mark."""
    made = toy_tokenizer("tokenizer sans marque de fin", TALK, 300)
    made.eos_token = None
    return made


def encode_cases() -> list[tuple]:
    """Return examples that fit with room to spare, lack many places, just fit, lack one; then those that are at the edge.

    There, one token of the question fits; the tokenizer is another; the answer fills the room; there is no end mark.
    """
    whole = [len(training.encode_pair(words(), *one, 999)[0]) for one in QUESTIONS]
    rooms = [64, whole[1] - 9, whole[2], whole[3] - 1, 999]
    said = len(words()(" le compagnon")["input_ids"]) + 1
    cases = [(words(), *one, room) for one, room in zip(QUESTIONS, rooms, strict=True)]
    others = [(words(), said + 1), (syllables(), 40), (words(), said), (endless(), 64)]
    return cases + [(tokenizer, *QUESTIONS[0], room) for tokenizer, room in others]


def encoding(change: str, before: str = "TEMPLATE.format(question=question)", after: str = "' ' + answer") -> str:
    """Write a wrong answer to 6.3, with something else of the prompt ``p`` and the answer ``a``, or of the texts they are of."""
    tokens = f"p, a = (tokenizer(text)['input_ids'] for text in ({before}, {after}))\na.append(tokenizer.eos_token_id)\n"
    return f"{tokens}{change}\nreturn p + a, len(p)"


CUT = "p = p[-(room - len(a)):]"

ENCODE_PAIR = Exercise(
    id="6.3", title="Un exemple à apprendre", purpose="donner à la question et à la réponse la forme que le modèle apprendra",
    minutes=5, difficulty=2, reference=training.encode_pair, cases=encode_cases, helpers=globals(),
    hints=(
        "deux morceaux : ce qui précède la réponse (`TEMPLATE` l'écrit), puis la réponse, qui apporte son espace, et la marque "
        "de fin ; s'il n'y a pas assez de place, on ne coupe que dans le premier",
        '`TEMPLATE.format(question=question)`, `f" {answer}"`, `tokenizer(…)["input_ids"]`, `tokenizer.eos_token_id` ; et '
        "`liste[-n:]` garde les `n` derniers éléments",
        "`prompt = prompt[-(room - len(end)):]`, puis `return prompt + end, len(…)` ; et d'abord, sans marque de fin "
        '(`tokenizer.eos_token_id is None`) ou sans une place pour la question : `raise WorkshopError("…")`',
    ),
    mistakes=[
        ([encoding(CUT + "\nreturn p + a"), "right(tokenizer, question, answer, room)[0]"],
         "il faut deux choses : les tokens, et combien d'entre eux sont la question (`return prompt + end, len(prompt)`)", 3,
         anything("isinstance(got, list)")),
        ("TEMPLATE.format(question=question) + ' ' + answer", "c'est encore du texte : le tokenizer en fait des numéros", 2,
         anything("isinstance(got, str) or isinstance(got[0], str)")),
        (encoding(CUT, "TEMPLATE"), "la question n'y est pas : `TEMPLATE.format(question=question)` la met à sa place", 2),
        (encoding("a[-1] = tokenizer.eos_token\n" + CUT),
         "la marque de fin est un texte parmi des numéros : le sien est `tokenizer.eos_token_id`", 2,
         "isinstance(got[0][-1], str)"),
        (encoding(CUT, after="answer"),
         "la réponse est encodée sans son espace : « 1846 » et « ␣1846 » n'ont pas les mêmes tokens, et après « Réponse : », "
         "le modèle écrira ceux du second", 2),
        (encoding(CUT, "TEMPLATE.format(question=question) + ' '", "answer"),
         "l'espace est resté avec la question : il appartient au mot qui suit, donc à la réponse", 2,
         "got[0] != want[0] and tokenizer.decode(got[0]) == tokenizer.decode(want[0])"),
        (encoding("a.pop()\n" + CUT),
         "il manque la marque de fin (`tokenizer.eos_token_id`) : sans elle, le modèle n'apprendra jamais à s'arrêter", 2,
         "got[0] == want[0][:-1]"),
        (encoding("p.append(tokenizer.eos_token_id)\n" + CUT),
         "la marque de fin est aussi entre la question et la réponse : elle ne va qu'après la réponse"),
        (encoding("a.insert(0, a.pop())\n" + CUT),
         "la marque de fin est avant la réponse : elle dit que la réponse est finie, elle vient après"),
        (encoding(CUT, "question"),
         "la question est seule, sans sa forme : passez-la dans `TEMPLATE`, qui ajoute « Question : » et « Réponse : »", 2),
        (encoding("pass"),
         "rien n'est coupé : un exemple ne doit pas dépasser `room` tokens", 3, "len(got[0]) > room + 1"),
        (encoding(CUT + "\nreturn (p + a + [0] * room)[:room], len(p)"),
         "l'exemple est juste, mais vous l'avez complété : le remplissage viendra plus tard, quand on en fera des lots", 1,
         "len(got[0]) > len(want[0]) and got[0][: len(want[0])] == want[0]"),
        (encoding("return (p + a)[:room], len(p)"),
         "c'est la réponse que vous avez coupée : elle est à la fin de l'exemple, et c'est elle que l'on apprend ; coupez dans "
         "la question", 1, "len(got[0]) == len(want[0]) and got[0][-1] != want[0][-1]"),
        (encoding("p = p[:room - len(a)]"),
         "vous avez gardé le début de la question et perdu « Réponse : », que le modèle attend avant de répondre : coupez au "
         "début, `prompt[-n:]`", 3),
        (encoding("p = p[-(room - len(a) + 1):]"),
         "l'exemple a un token de trop : la marque de fin prend une place, elle aussi", 3, "len(got[0]) == room + 1"),
        (encoding("return (p + a)[-room:], len(p)"),
         "les tokens sont bons, mais pas le compte : après la coupe, la question est plus courte qu'avant", 3,
         "got[0] == want[0] and got[1] == len(tokenizer(TEMPLATE.format(question=question))['input_ids'])"),
        (encoding(CUT + "\nreturn p + a, len(p + a)"),
         "vous comptez l'exemple entier : on demande combien de tokens sont la question", 3),
        (encoding(CUT + "\nreturn p + a, len(a)"), "vous comptez les tokens de la réponse : on demande ceux de la question", 3),
        ([encoding(CUT + f"\nreturn p + a, len({counted})") for counted in ("question", "question.split()")],
         "la question se compte en tokens, avec « Question : » et « Réponse : », et non en lettres ou en mots", 3),
        (encoding("p = p[-(room - len(a) - 1):]"),
         "il restait une place : la question est coupée d'un token de trop", 3, "len(got[0]) == len(want[0]) - 1"),
    ],
)  # fmt: skip


# 6.4 ----------------------------------------------------------------------------------------------------------------------------
def batch(rows: Sequence[Sequence[int]], questions: list[int], pad: int) -> tuple:
    """Return examples, padded on the right, as :func:`mask_labels` takes them."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])
    return ids, torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows]), questions


MASK_CASES = [  # padding that is the end mark (0), another padding, 0 in a question too, no padding
    batch([[11, 12, 13, 14, 0], [21, 22, 0]], [3, 1], 0),
    batch([[11, 12, 13, 2], [21, 22, 23, 24, 25, 2], [31, 2]], [2, 4, 1], 1),
    batch([[0, 12, 0, 14, 15, 0], [21, 22, 23, 0]], [4, 2], 0),
    batch([[11, 12, 0], [21, 22, 0]], [1, 2], 0),
]
MASKS = """
labels = input_ids.clone()
labels[attention_mask == 0] = -100
for row, length in enumerate(questions):
    labels[row, :length] = -100
return labels
"""


def end_hidden(got: torch.Tensor, want: torch.Tensor, mask: torch.Tensor) -> bool:
    """Return whether all that is wrong is that end marks are not to be learnt."""
    wrong, ends = got != want, torch.zeros_like(mask, dtype=torch.bool)
    ends[torch.arange(len(mask)), mask.sum(dim=1) - 1] = True
    return bool(wrong.any() and not (wrong & ~ends).any() and (got[wrong] == -100).all())


MASK_LABELS = Exercise(
    id="6.4", title="Ce qui est à apprendre", purpose="apprendre à répondre et à s'arrêter, sans apprendre à questionner",
    minutes=6, difficulty=3, reference=training.mask_labels, cases=MASK_CASES, helpers=globals(),
    hints=(
        "partez d'une copie des tokens ; mettez `-100` là où il n'y a rien à apprendre : les places de remplissage, puis le "
        "début de chaque ligne",
        "`input_ids.clone()` fait la copie ; `labels[attention_mask == 0] = -100` vise le remplissage, et lui seul ; pour les "
        "questions, une boucle sur `enumerate(questions)`",
        "`labels[row, :length] = …` : sur la ligne `row`, du début jusqu'à la fin de la question",
    ),
    mistakes=[
        ("attention_mask == 0", "c'est le masque : on attend les tokens, avec `-100` là où il ne faut rien apprendre", 2,
         anything("str(getattr(got, 'dtype', '')) == 'torch.bool'")),
        ("input_ids.clone()", "rien n'est caché : le modèle apprendrait aussi à écrire des questions, et du remplissage"),
        (but(MASKS, "-100", "0"),
         "0 est un token comme un autre, et le modèle apprendrait à l'écrire : c'est `-100` que la perte laisse de côté"),
        (but(MASKS, "-100", "-1"), "`-1` n'est ni un token ni le signe convenu : la perte ne laisse de côté que `-100`"),
        (but(MASKS, "labels[attention_mask == 0] = -100\n", ""),
         "le remplissage est encore à apprendre : `attention_mask` vaut 0 à ces places-là", 2),
        (but(MASKS, ":length", ":0"), "la question est encore à apprendre : cachez le début de chaque ligne", 3),
        ([but(MASKS, "attention_mask == 0", "input_ids == 0"), but(MASKS, "attention_mask == 0", "input_ids <= 2"),
          but(MASKS, "return", "labels[torch.arange(len(labels)), attention_mask.sum(dim=1) - 1] = -100\nreturn")],
         "la marque de fin est cachée : le modèle n'apprendrait jamais à s'arrêter. Ne reconnaissez pas le remplissage à son "
         "numéro, qui est souvent celui de la marque de fin, mais à `attention_mask`", 2, "end_hidden(got, want, "
         "attention_mask)"),
        (but(MASKS, "return labels", "return labels.roll(-1, dims=1)"),
         "les étiquettes sont décalées d'un cran vers la gauche : ne décalez rien, le modèle le fait lui-même"),
        (but(MASKS, "return labels", "return labels.roll(1, dims=1)"),
         "les étiquettes sont décalées d'un cran vers la droite : ne décalez rien, le modèle le fait lui-même"),
        (but(MASKS, ":length", ":length + 1"),
         "le premier token de la réponse est caché : la question s'arrête juste avant lui", 3),
        (but(MASKS, ":length", ":length - 1"),
         "le dernier token de la question est encore à apprendre : `:length` va jusqu'à lui, compris", 3),
        (but(MASKS, "== 0", "== 0", "[row, :length]", "[row, length:]"),
         "c'est l'inverse : vous faites apprendre la question et cachez la réponse"),
        (but(MASKS, ":length", ":questions[0]"),
         "toutes les lignes sont cachées comme la première : chaque question a sa longueur", 3),
        (but(MASKS, "[row, :length]", "[:, :length]"),
         "chaque tour de la boucle cache le début de toutes les lignes, si bien que la plus longue question l'emporte : "
         "`labels[row, :length]`", 3),
        (but(MASKS, "[row, :length]", "[:length, row]"),
         "la ligne vient d'abord, la place dans la ligne ensuite : `labels[row, :length]`", 3),
        (but(MASKS, ":length", "length"),
         "une seule place est cachée par ligne, la première de la réponse : avec `:length`, ce sont toutes celles d'avant", 3),
        (but(MASKS, "\nreturn", "\n    return"),
         "seule la première ligne est traitée : un `return` dans la boucle l'arrête dès le premier tour", 3),
        (but(MASKS, "-100", "100"), "il manque le signe moins : c'est `-100` que la perte laisse de côté"),
        (but(MASKS, "== 0", "== 1"),
         "le masque est pris à l'envers : `attention_mask` vaut 1 pour un token, 0 pour le remplissage", 2),
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
SIZES = """
width, inner = config.n_embd, config.n_inner or 4 * config.n_embd
shapes = {"c_attn": [(width, 3 * width)], "c_fc": [(width, inner)], "c_proj": [(width, width), (inner, width)]}
chosen = [shape for name in targets for shape in shapes[name]]
into, out_of = sum(a * r for a, b in chosen), sum(r * b for a, b in chosen)
return config.n_layer * into, config.n_layer * out_of
"""


def lora_cases() -> list[tuple]:
    """Return each matrix alone and all of them, for the model of the workshop, GPT-2, and one whose middle layer is odd."""
    ours, odd = _Config(n_layer=6, n_embd=256, n_head=4), _Config(n_layer=2, n_embd=64, n_head=2, n_inner=100)
    small = _Config(n_layer=3, n_embd=96, n_head=3)
    cases = [(ours, 8, ALL_MATRICES), (_Config(), 4, ["c_attn"]), (odd, 2, ["c_proj"]), (odd, 16, ["c_fc"])]
    return [*cases, (small, 1, ["c_fc", "c_attn"])]


def thick(config: Any, targets: Sequence[str]) -> int:
    """Return how many numbers the matrices themselves hold."""
    width, inner = config.n_embd, config.n_inner or 4 * config.n_embd
    sizes = {"c_attn": 3 * width * width, "c_fc": width * inner, "c_proj": width * width + inner * width}
    return config.n_layer * sum(sizes[name] for name in targets)


LORA_SIZE = Exercise(
    id="6.5", title="Combien de nombres à apprendre ?", purpose="savoir ce que LoRA épargne, avant de l'essayer",
    minutes=6, difficulty=3, reference=lora.lora_size, cases=lora_cases, helpers=globals(),
    hints=(
        "rangez d'abord chaque matrice avec ses deux tailles, entrée et sortie ; attention, deux matrices s'appellent `c_proj`",
        "A va de l'entrée à `r` (`a * r` nombres), B va de `r` à la sortie (`r * b`) ; faites les deux sommes sur les matrices "
        "choisies, puis multipliez par le nombre de couches",
        'avec `shapes = {"c_attn": [(width, 3 * width)], "c_fc": [(width, inner)], "c_proj": [(width, width), (inner, width)]}` '
        ': '
        "`config.n_layer * sum(a * r for …)`, et la même chose pour B",
    ),
    mistakes=[
        (but(SIZES, " or 4 * config.n_embd", ""), "`config.n_inner` vaut `None` quand personne ne l'a choisi : `config.n_inner "
         "or 4 * config.n_embd` convient aux deux cas", 2, raises(TypeError, "NoneType")),
        ("right(config, r, targets)[0]", "ce sont les matrices A seules : il manque B, qui va de `r` à la sortie", 2,
         anything("isinstance(got, int) and got == right(config, r, targets)[0]")),
        (but(SIZES, "3 * width", "width"), "`c_attn` compte pour trois : d'un seul coup, elle va de la largeur aux requêtes, aux "
         "clés et aux valeurs", 3),
        ([but(SIZES, "config.n_layer * out_of", "0"), but(SIZES, "config.n_layer * out_of", "config.n_layer * into")],
         "les matrices B sont oubliées, ou prises pour des A : B va de `r` à la sortie, elle a `r * b` nombres", 2,
         "got[0] == want[0] and got[1] in (0, want[0])"),
        ([but(SIZES, ", (inner, width)]", "]"), but(SIZES, "(width, width), ", "")],
         "il y a deux matrices `c_proj` par couche, celle de l'attention et celle des couches denses : LoRA les vise toutes les "
         "deux", 3),
        (but(SIZES, "config.n_inner or ", ""),
         "la couche du milieu n'a pas toujours quatre fois la largeur : `config.n_inner` le dit", 2),
        (but(SIZES, "config.n_layer * ", ""), "c'est le compte d'une seule couche : il y en a `config.n_layer`", 2),
        (but(SIZES, "config.n_layer * ", "config.n_layer * config.n_head * "),
         "ne multipliez pas par `n_head` : les têtes se partagent les mêmes matrices"),
        (["(thick(config, targets), thick(config, targets))", "thick(config, targets)"],
         "ce sont les grandes matrices elles-mêmes : LoRA ne les apprend pas, elle apprend A et B à côté", 2,
         anything("got == thick(config, targets) or got == (thick(config, targets),) * 2")),
        (but(SIZES, "config.n_layer * into", "config.n_layer * (into + r * len(targets))"),
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
RANKS = """
counts = [Counter(stems(passage)) for passage in passages]
average = sum(count.total() for count in counts) / max(1, len(counts)) or 1.0
scores = [0.0] * len(counts)
for stem in set(stems(query)):
    df = sum(stem in count for count in counts)
    idf = log(1 + (len(counts) - df + 0.5) / (df + 0.5))
    for number, count in enumerate(counts):
        n, length = count[stem], count.total() / average
        scores[number] += idf * n * (k + 1) / (n + k * (1 - b + b * length))
return sorted(enumerate(scores), key=lambda scored: -scored[1])
"""
IDF, SCORE = "log(1 + (len(counts) - df + 0.5) / (df + 0.5))", "n * (k + 1) / (n + k * (1 - b + b * length))"
PASSAGE, QUERY = "stems(passage)", "stems(query)"
#: Other ways to cut a text into words.
SPLIT, LOWERED = (("text.split()", "re.findall(r'\\w+', text)"), ("text.lower().split()", "re.findall(r'\\w+', text.lower())"))


def ranking(*changes: str) -> str:
    """Write a wrong answer to 6.6, with other words in the place of some."""
    return but(RANKS, *changes)


def cutting(words: str, passages: bool, query: bool) -> str:
    """Write a wrong answer to 6.6 that cuts the passages, the query or both in this way."""
    changes = [(PASSAGE, words.replace("text", "passage"))] * passages + [(QUERY, words.replace("text", "query"))] * query
    return but(RANKS, *(part for change in changes for part in change))


def tidy(ranking: Any) -> list[list]:
    """Return a ranking whose equal scores stand in the order of their numbers: how they are ordered is up to everybody."""
    rows = [list(pair) for pair in ranking]
    if not all(len(row) == 2 and not isinstance(row[0], str) for row in rows):
        return rows
    groups = [[row] for row in rows[:1]]
    for row in rows[1:]:
        if abs(row[1] - groups[-1][-1][1]) < 1e-9:
            groups[-1].append(row)
        else:
            groups.append([row])
    return [
        [int(number) if number == int(number) else number, float(score)] for group in groups for number, score in sorted(group)
    ]


def numbered(ranking: Any, first: int = 0) -> list[tuple]:
    """Return the numbers of a ranking, counted from ``first``, with their scores, in the order of the numbers."""
    return sorted((number - first, round(score, 6)) for number, score in ranking)


def scores_of(ranking: Any) -> list[float]:
    """Return the scores of a ranking, the lowest first."""
    return sorted(round(score, 6) for _, score in ranking)


BM25 = Exercise(
    id="6.6", title="Retrouver le bon passage", purpose="chercher sans rien apprendre : les mots rares, comptés avec mesure",
    minutes=8, difficulty=3, reference=retrieval.bm25, view=tidy, helpers=globals(),
    cases=[("Où sont les poules ?", CHURCH, 1.5, 0.75), ("Qui tire la corde de la grosse cloche ?", CHURCH, 1.5, 0.75),
           ("QUI A BRULE LE BLÉ ?", CHURCH, 1.5, 0.75), ("La cloche, quelle cloche sonne, et la corde ?", CHURCH, 1.5, 0.75),
           ("Le blé est-il au moulin ?", FARM, 1.5, 0.75), ("Combien de marches au clocher, et la corde ?", CHURCH, 2.0, 0.3),
           ("Où est le foin ?", FARM[1:2], 1.5, 0.75), ("Qui a gagné au rugby ?", FARM, 1.5, 0.75),
           ("Où est le foin ?", [], 1.5, 0.75), ("Où est le foin ?", ["", "Et de la ?"], 1.5, 0.75)],
    hints=(
        "trois idées, une par facteur : un mot rare dit plus qu'un mot courant (`idf`) ; le revoir dix fois ne dit pas dix fois "
        "plus ; un passage long a tous les mots par hasard",
        "`counts = [Counter(stems(passage)) for passage in passages]` ; `count.total()` est la longueur d'un passage ; "
        "`sum(stem in count for count in counts)` donne `df` ; une boucle sur `set(stems(query))`, une autre sur les passages ; "
        "la moyenne divise par `max(1, len(counts))`, et vaut `… or 1.0`, pour ne jamais diviser par zéro",
        "`scores[number] += idf * count[stem] * (k + 1) / (count[stem] + k * (1 - b + b * count.total() / average))`, puis "
        "`return sorted(enumerate(scores), key=lambda scored: -scored[1])`",
    ),
    mistakes=[
        (["[number for number, _ in right(query, passages, k, b)]",
          "[score for _, score in sorted(right(query, passages, k, b))]"],
         "il faut des couples : le numéro du passage et sa note (`enumerate(scores)`)", 3,
         anything("isinstance(got, TypeError) or isinstance(got, list) and not hasattr(got[0], '__len__')")),
        ("[(passages[number], score) for number, score in right(query, passages, k, b)]",
         "ce sont les passages eux-mêmes : on attend leurs numéros (`enumerate(scores)`)", 3, "isinstance(got[0][0], str)"),
        ("[(score, number) for number, score in right(query, passages, k, b)]",
         "vos couples sont à l'envers : le numéro d'abord, la note ensuite", 3,
         "numbered(pair[::-1] for pair in got) == numbered(want)"),
        ("[(number + 1, score) for number, score in right(query, passages, k, b)]",
         "vous comptez les passages à partir de 1 : le premier porte le numéro 0, comme `passages[0]`", 3,
         "numbered(got, first=1) == numbered(want)"),
        (ranking("-scored[1]", "scored[1]"),
         "le pire vient d'abord : `sorted` range du plus petit au plus grand, prenez `-score` (ou `reverse=True`)", 3,
         "scores_of(got) == scores_of(want) and [score for _, score in got] == sorted(score for _, score in got)"),
        (ranking("sorted(enumerate(scores), key=lambda scored: -scored[1])", "list(enumerate(scores))"),
         "les notes sont justes, mais dans l'ordre des passages : rangez-les, la meilleure d'abord", 3,
         "scores_of(got) == scores_of(want) and [number for number, _ in got] == sorted(number for number, _ in got)"),
        (["right(query, passages, k, b)[:1]", "right(query, passages, k, b)[:3]",
          "[pair for pair in right(query, passages, k, b) if pair[1] > 0]"],
         "il manque des passages : tous sont notés, ceux qui n'ont aucun des mots valent 0", 1, "len(got) < len(want)"),
        (ranking("idf * ", ""), "tous les mots comptent pareil : un mot que peu de passages ont dit bien plus que celui qu'ils "
         "ont tous ; multipliez par `idf`"),
        ([ranking(IDF, "log(1 + (df + 0.5) / (len(counts) - df + 0.5))"), ranking(IDF, "df / len(counts)"),
          ranking("idf * ", "1 / idf * ")],
         "l'`idf` est à l'envers : c'est le mot courant que vous récompensez ; dans la fraction, `N - df` est au-dessus", 1),
        (ranking("1 + (len", "(len"),
         "il manque le `1 +` dans le logarithme : un mot que plus de la moitié des passages ont ferait perdre des points", 3),
        ([ranking(IDF, "log(len(counts) / df) if df else 0.0"), ranking(IDF, "log(len(counts) / (1 + df)) if counts else 0.0")],
         "c'est une autre `idf` que celle de l'énoncé : `log(1 + (N - df + 0.5) / (df + 0.5))`", 3),
        ([ranking(IDF, f"{IDF} / log({base})") for base in (2, 10)],
         "le logarithme est celui de base e : `math.log(x)`, ni `log2` ni `log10`", 3),
        (ranking("b * length", "b / length", "count.total() / average", "(count.total() or 1) / average"),
         "la longueur est à l'envers : c'est `length / average`, et les longs passages doivent y perdre", 3),
        (ranking(" * (k + 1)", ""), "il manque `(k + 1)` au numérateur", 3),
        ([ranking("n, length = count[stem]", "n, length = min(1, count[stem])"), ranking("n, length = count[stem]",
         "n, length = (stem in count)")],
         "vous regardez si le mot est là, sans compter combien de fois : `Counter`, et non `set`", 2),
        ([cutting(words, True, True) for words in SPLIT],
         "vous comparez les mots tels qu'ils sont écrits, accents, majuscules et terminaisons compris : « Poules » et « poule » "
         "n'ont plus rien à voir ; passez par `stems`", 2),
        ([cutting(words, True, True) for words in LOWERED],
         "les majuscules sont parties, mais il reste les accents, les terminaisons et les mots-outils : passez par `stems`", 2),
        ([cutting(words, False, True) for words in (*LOWERED, SPLIT[0])],
         "les passages passent par `stems`, et pas la question : leurs mots ne se rencontrent plus", 2),
        ([cutting(words, True, False) for words in (LOWERED[0], SPLIT[0])],
         "la question passe par `stems`, et pas les passages : leurs mots ne se rencontrent plus", 2),
        (ranking("set(stems(query))", "stems(query)"),
         "un mot répété dans la question compte plusieurs fois : prenez ses mots différents, `set(stems(query))`", 2),
        (ranking("stem in count for", "count[stem] for"),
         "`df` compte les passages qui ont le mot, et non toutes les fois où il y est", 2),
        (ranking("count.total() for count in counts", "map(len, passages)", "count.total() / average",
                 "len(passages[number]) / average"),
         "la longueur se compte en mots (`count.total()`), comme la moyenne, et non en lettres", 2),
        ([ranking("count.total()", "len(count)"), ranking("count.total() for count in counts",
         "len(one.split()) for one in passages", "count.total() / average", "len(passages[number].split()) / average")],
         "la longueur est le nombre des racines du passage, répétitions comprises : `count.total()`", 2),
    ],
)  # fmt: skip

# 6.7 ----------------------------------------------------------------------------------------------------------------------------
BOOKLET = [
    Passage(text, page, page, source="carillon.pdf")
    for page, text in enumerate(
        [
            "Le carillon compte douze cloches. La plus grosse pèse deux mille livres.",
            "Le carillonneur joue avec les poings, sur un clavier de chêne.",
            "Le clavier se nettoie au chiffon sec. Un clavier mouillé gonfle, et les touches se coincent.",
            "On remonte le mouvement chaque samedi, avec la grande manivelle.",
        ],
        1,
    )
]
TEXTS = [passage.text for passage in BOOKLET]


def _decline_cases() -> list[tuple]:
    """Return questions whose best score is far above the threshold, just at it, below it; and a document without any passage."""
    crank, keys = "Quel jour remonte-t-on le mouvement ?", "Comment nettoie-t-on le clavier ?"
    reached = retrieval.bm25(keys, TEXTS)[0][1]
    return [
        (crank, BOOKLET, 0.5), ("Le clavier est-il en chêne ?", BOOKLET, 0.5), ("Qui joue avec les poings ?", BOOKLET, 2.0),
        ("Qui est le maire de Paris ?", BOOKLET, 1.0), ("Combien pèse la plus grosse ?", BOOKLET, 2.5), (keys, BOOKLET, reached),
        (keys, BOOKLET, reached + 0.01), (keys, BOOKLET, 0.1), (keys, BOOKLET, 2.5),
        ("Le carillonneur est-il en chêne ?", BOOKLET[::-1], 6.0), (crank, [], 1.0),
    ]  # fmt: skip


CITES = """
if not passages:
    return UNKNOWN
ranking = bm25(question, [passage.text for passage in passages])
number, score = ranking[0]
return passages[number].quoted() if score >= threshold else UNKNOWN
"""


def citing(*changes: str) -> str:
    """Write a wrong answer to 6.7, with other words in the place of some."""
    return but(CITES, *changes)


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
        (citing("[passage.text for passage in passages]", "passages"),
         "`bm25` cherche dans des textes : donnez-lui `[passage.text for passage in passages]`", 2,
         anything("isinstance(got, (AttributeError, TypeError)) and 'casefold' in str(got)")),
        (citing("passage.text for", "passage.quoted() for"),
         "vous cherchez dans les citations, où la source et la page comptent comme des mots : cherchez dans `passage.text`", 2),
        (citing("if not passages:\n    return UNKNOWN\n", ""),
         "un document sans aucun passage n'a pas de meilleur : répondez `UNKNOWN`", 2,
         anything("isinstance(got, (IndexError, ValueError)) and not passages")),
        ([citing("score >=", other) for other in ("number >=", "number <=", "1 >=", "1 <=", "number + 1 <=")],
         "vous comparez au seuil un rang ou un numéro : le premier de la liste est toujours premier, même quand il ne vaut rien "
         "; c'est sa note qu'il faut comparer", 1),
        (citing("score >=", "score <"),
         "c'est à l'envers : vous citez quand la note est trop basse, et renoncez quand elle suffit", 1),
        (citing("score >=", "score >"), "une note égale au seuil l'atteint : `>=`, et non `>`", 3),
        ([citing("passages[number].quoted()", other) for other in ("passages[number].text", "f'« {passages[number].text} »'")],
         "le passage est bon, mais sans sa source : celui qui lit doit pouvoir vérifier, `passage.quoted()` donne le document et "
         "la page", 2, "want != UNKNOWN and any(text in got for text in TEXTS) and 'carillon.pdf' not in got"),
        (citing("passages[number].quoted()", "f'{passages[number].text} (carillon.pdf, p. 1)'"),
         "tout y est, mais écrit à votre façon : la suite lit les citations comme `passage.quoted()` les écrit", 2,
         "want != UNKNOWN and any(text in got for text in TEXTS) and got.count('carillon.pdf') == 1 and "
         "got not in [passage.quoted() for passage in passages]"),
        (citing("passages[number]", "passages[ranking[-1][0]]"),
         "vous citez le dernier de la liste, qui est le pire : le meilleur est le premier, `[0]`", 2),
        (citing("passages[number]", "passages[0]"),
         "vous citez le premier passage du document, et non le meilleur : c'est `number` qui dit lequel", 3),
        ("scores = dict(bm25(question, [passage.text for passage in passages]))\nreturn next((passage.quoted() for number, "
         "passage in enumerate(passages) if scores[number] >= threshold), UNKNOWN)",
         "vous citez le premier passage du document qui atteint le seuil : un autre peut faire mieux, `bm25` le met en tête", 3),
        (citing("passages[number].quoted()", "' '.join(passages[n].quoted() for n, score in ranking if score >= threshold)"),
         "vous citez tous les passages qui atteignent le seuil : un seul, le meilleur", 3, "got.count('«') > 1"),
        (citing("score >=", "sum(score for _, score in ranking) >="),
         "vous additionnez les notes de tous les passages : c'est celle du meilleur qui compte", 1),
        (citing("UNKNOWN", "'UNKNOWN'"), "`UNKNOWN` est une variable : entre guillemets, ce n'est plus que son nom", 1,
         "got == 'UNKNOWN'"),
        ([citing("UNKNOWN", "'je ne sais pas'"), citing("UNKNOWN", "'Je ne sais pas !'")],
         "vous savez dire que vous ne savez pas ; dites-le comme le reste de l'atelier l'attend, avec `UNKNOWN`", 1,
         "got != want and want == UNKNOWN and key_of(got) == key_of(UNKNOWN)"),
    ],
)  # fmt: skip

# 6.8 ----------------------------------------------------------------------------------------------------------------------------


def window_cases() -> list[tuple]:
    """Return windows for all (with ten places to spare, with none), for all but the first, for a few, for the question, for less.

    Another tokenizer counts otherwise.
    """
    turns = list(TALK)
    everything, few, last = (len(words()("".join(part))["input_ids"]) for part in (turns, turns[3:], turns[-1:]))
    rooms = [(everything + 30, 20), (everything + 20, 20), (everything + 19, 20), (few + 12, 12)]
    rooms += [(few + 13, 12), (few + 11, 12), (last + 30, 30)]  # the long turn does not fit, an older one would: no hole
    cases = [(turns, words(), *room) for room in rooms] + [(turns, syllables(), everything + 20, 20)]
    halves = ["Question : Combien pèse le mar", "teau ?\nRéponse :"]  # end to end, the two pieces of a word make one token
    cases.append((halves, words(), len(words()("".join(halves))["input_ids"]) + 20, 20))
    return [*cases, (turns[-1:], words(), 300, 48), (turns[-1:], words(), last + 29, 30)]


FITS = """
kept = list(turns)
while len(kept) > 1 and len(tokenizer("".join(kept))["input_ids"]) > room - answer:
    kept = kept[1:]
return kept
"""
COUNT = 'len(tokenizer("".join(kept))["input_ids"])'


def fitting(*changes: str) -> str:
    """Write a wrong answer to 6.8, with other words in the place of some."""
    return but(FITS, *changes)


HOLES = """
kept = [turns[-1]]
for turn in reversed(turns[:-1]):
    if len(tokenizer("".join([turn, *kept]))["input_ids"]) <= room - answer:
        kept.insert(0, turn)
return kept
"""

FIT_WINDOW = Exercise(
    id="6.8", title="La fenêtre", purpose="garder de la conversation ce que le modèle peut lire",
    minutes=5, difficulty=2, reference=conversation.fit_window, cases=window_cases, helpers=globals(),
    hints=(
        "comptez les tokens de tout ce qui reste ; tant que cela dépasse, retirez le tour le plus ancien ; et n'oubliez pas la "
        "place de la réponse",
        '`len(tokenizer("".join(kept))["input_ids"])` compte les tokens ; `room - answer` est la place qui reste pour lire',
        "`while len(kept) > 1 and … > room - answer: kept = kept[1:]` ; et si la question, seule, n'y tient pas : "
        '`raise WorkshopError("…")`',
    ),
    mistakes=[
        (fitting(COUNT, "sum(len(tokenizer(turn)['input_ids']) for turn in kept)"),
         "vous comptez les tours un par un ; le modèle les lit bout à bout, et deux morceaux d'un même mot n'y font qu'un "
         "token : comptez ceux du texte entier", 3),
        (["turns[-2:]", "turns[-3:]"],
         "vous gardez toujours le même nombre de tours : c'est leur longueur, en tokens, qui dit combien il en reste", 1),
        (["[''.join(turns)[-(room - answer):]]", fitting(COUNT, "len(''.join(kept))")],
         "vous comptez des lettres : la fenêtre du modèle se compte en tokens, qui en valent plusieurs, et un tour se garde en "
         "entier", 2, "any(turn not in turns for turn in got) or "
         "(got == letters(turns, room - answer) != want and turns[0] == TALK[0])"),
        (fitting("- answer", "- 2 * answer"), "la place de la réponse est comptée deux fois", 2),
        (fitting("- answer", "+ answer"), "la place de la réponse est ajoutée : il faut la retirer de la fenêtre", 2),
        (fitting("return kept", "return kept[:-1]"), "la question a disparu : c'est le dernier tour, et il reste toujours", 1),
        (fitting("return kept", "return kept[::-1]"),
         "les tours sont à l'envers : le modèle les lit dans l'ordre où ils ont été dits", 3),
        (fitting("kept[1:]", "kept[:-1]"), "vous retirez les tours les plus récents, et la question avec eux : c'est par le "
         "début que l'on oublie", 1, "not got or got[-1] != want[-1]"),
        (HOLES, "il y a un trou dans la conversation : dès qu'un tour n'entre pas, les plus anciens ne reviennent plus"),
        (fitting(" > room", " >= room"), "vous oubliez un tour qui tenait tout juste : `>` et non `>=`", 3),
        (fitting(COUNT, "max(len(tokenizer(turn)['input_ids']) for turn in kept)"),
         "chaque tour entre seul dans la fenêtre, mais c'est ensemble qu'ils doivent y entrer", 2),
    ],
)  # fmt: skip


def letters(turns: Sequence[str], room: int) -> list[str]:
    """Return the last turns whose letters fit."""
    kept = list(turns)
    while len(kept) > 1 and len("".join(kept)) > room:
        kept = kept[1:]
    return kept


# 6.9 (bonus) --------------------------------------------------------------------------------------------------------------------
def english_names() -> dict[str, Any]:
    """Return what the notebook has in hand: the tokenizer, and the English pairs, shared out."""
    shared = pairs.split_pairs(pairs.load_pairs(pairs.press() / "pairs_en.jsonl"))
    return {"tokenizer": words(), "english": shared, "encode_pair": training.encode_pair}


MADE = '[encode_pair(tokenizer, pair["question"], pair["answer"], 64) for pair in english["train"]]'

ENGLISH = Exercise(
    id="6.9", title="En anglais", purpose="faire des exemples de n'importe quel fichier de paires",
    minutes=3, difficulty=1, bonus=True, value=MADE, names=english_names, helpers=globals(),
    hints=(
        "une liste : un exemple pour chaque paire que le modèle a le droit d'apprendre",
        '`english["train"]` est une liste de dictionnaires ; `pair["question"]` et `pair["answer"]` y sont les deux textes',
        '`[encode_pair(tokenizer, …, …, 64) for pair in english["train"]]`',
    ),
    mistakes=[
        (but(MADE, "64)", "64)[0]"), "il manque la longueur des questions : gardez tout ce que rend `encode_pair`", 3),
        (but(MADE, '"question"', '"swap"', '"answer"', '"question"', '"swap"', '"answer"'),
         "la question et la réponse sont échangées : le modèle apprendrait à questionner", 2),
        (but(MADE, '["train"]', '["test"]'), "ce sont les questions de l'examen : le modèle ne doit pas les lire", 2),
        (but(MADE, 'in english["train"]', "in [*english['train'], *english['validation'], *english['test']]"),
         "les questions de l'examen sont parmi les exemples : le modèle ne doit pas les lire", 2),
        (but(MADE, 'pair["answer"]', "''"), "les réponses n'y sont pas : c'est pourtant ce que l'on apprend", 2),
    ],
)  # fmt: skip

EXERCISES = [READ_PAIRS, SPLIT_PAIRS, ENCODE_PAIR, MASK_LABELS, LORA_SIZE, BM25, DECLINE, FIT_WINDOW, ENGLISH]
