"""06 · Pairs of a question and its answer: read from JSONL one line at a time, then shared out by wording.

A line of JSONL is a JSON object of its own: ``{"question": "…", "answer": "…"}``.  Other fields are kept and not looked at.
"""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

from ..base.errors import WorkshopError
from ..base.settings import settings

FIELDS = ("question", "answer")
SHOWN = 20  #: faults of a file that are told one by one
LOST = "\ufffd"  #: what stands for bytes that are not UTF-8
UNREADABLE = "a des lettres qui ne sont pas en UTF-8\u00a0: enregistrez le fichier dans cet encodage"


def press() -> Path:
    """Return the folder of the manual that ships with the workshop: its PDF, its pairs, what it cannot answer."""
    return settings().data / "press"


def key_of(text: str) -> str:
    """Return what two spellings of one question have in common: its words, without accents, capitals or punctuation."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", "".join(letter for letter in letters if not unicodedata.combining(letter))))


def problem_of(pair: Any) -> str:
    """Return what is wrong with what a line of JSON holds, in French; nothing if it is a pair."""
    if isinstance(pair, list):
        return "c’est un tableau [ … ]\u00a0: en JSONL, chaque ligne est un objet { … }, sans crochets ni virgule autour"
    if not isinstance(pair, dict):
        return "ce n’est pas un objet { … }"
    for field in FIELDS:
        if field not in pair:
            return f"il manque «\u00a0{field}\u00a0»"
        if not isinstance(pair[field], str):
            return f"«\u00a0{field}\u00a0» n’est pas un texte entre guillemets"
        if not pair[field].strip():
            return f"«\u00a0{field}\u00a0» est vide"
        if LOST in pair[field]:
            return f"«\u00a0{field}\u00a0» {UNREADABLE}"
        if half := re.search("[\ud800-\udfff]", pair[field]):
            code = f"\\u{ord(half[0]):04x}"
            return f"«\u00a0{field}\u00a0» a une moitié de caractère ({code})\u00a0: écrivez-le en entier, ou retirez-le"
    return ""


def not_json(line: str, error: Exception) -> str:
    """Return in French why a line is not JSON, and about where."""
    if LOST in line:
        return f"la ligne {UNREADABLE}"
    if line.strip() in ("[", "]", "],") or (line.rstrip().endswith("},") and getattr(error, "msg", "") == "Extra data"):
        return "ce fichier est un tableau\u00a0: en JSONL, ni crochets autour, ni virgule au bout de la ligne"
    near = f", vers le caractère {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
    return f'ce n’est pas du JSON{near} (dans un texte, un guillemet droit s’écrit \\")'


def read_pairs(path: Path) -> tuple[list[dict], list[tuple[int, str]]]:
    """Read a JSONL file: its good pairs, and for every bad line its number (from 1) and what is wrong with it.

    A line is bad if it is not an object in JSON and UTF-8, if its question or its answer is missing, empty or no text, or if its
    question was asked before (``key_of``).  Blank lines, and the mark that Windows puts first (BOM), are no fault.
    """
    pairs, faults, asked = [], [], dict[str, int]()
    with open(path, encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                pair = json.loads(line)
                problem = problem_of(pair)
            except (ValueError, RecursionError) as error:
                problem = not_json(line, error)
            if not problem and key_of(pair["question"]) in asked:
                problem = f"cette question est déjà posée à la ligne {asked[key_of(pair['question'])]}"
            if problem:
                faults.append((number, problem))
            else:
                pairs.append(pair)
                asked[key_of(pair["question"])] = number
    return pairs, faults


def load_pairs(path: Path | str) -> list[dict]:
    """Return the pairs of a JSONL file that has no fault.

    Raises:
        WorkshopError: the file cannot be opened, holds no pair, or has faults: all are told, with their lines.
    """
    path = Path(path)
    try:
        pairs, faults = read_pairs(path)
    except OSError as error:
        raise WorkshopError(
            f"{path.name} ne s’ouvre pas ({error.strerror})\u00a0: vérifiez le chemin «\u00a0{path}\u00a0»."
        ) from None
    if faults:
        raise WorkshopError(told(path.name, faults))
    if not pairs:
        raise WorkshopError(f'{path.name} ne contient aucune paire\u00a0: une par ligne, {{"question": "…", "answer": "…"}}.')
    return pairs


def told(name: str, faults: list[tuple[int, str]]) -> str:
    """Return the faults of a file in one sentence, each with its line."""
    count = "une ligne" if len(faults) == 1 else f"{len(faults)} lignes"
    lines = " ; ".join(f"ligne {number}, {problem}" for number, problem in faults[:SHOWN])
    more = f" ; et encore {len(faults) - SHOWN}" if len(faults) > SHOWN else ""
    return f"{name} a {count} à corriger\u00a0: {lines}{more}."


def split_pairs(pairs: list[dict]) -> dict[str, list[dict]]:
    """Share out the pairs in ``train``, ``validation`` and ``test``, so that a question is learnt or asked, never both.

    Pairs with one answer (``key_of``) are wordings of one fact.  Of these, the last goes to ``test``; from four on, the last but
    one goes to ``validation``; the others, and one that is alone, to ``train``.  A question seen before (``key_of``) is left out.
    """
    facts: dict[str, list[dict]] = {}
    asked = set()
    for pair in pairs:
        question = key_of(pair["question"])
        if question not in asked:
            facts.setdefault(key_of(pair["answer"]), []).append(pair)
            asked.add(question)
    split: dict[str, list[dict]] = {"train": [], "validation": [], "test": []}
    for wordings in facts.values():
        learnt = max(1, len(wordings) - (2 if len(wordings) >= 4 else 1))
        split["train"] += wordings[:learnt]
        split["validation"] += wordings[learnt:-1]
        split["test"] += wordings[learnt:][-1:]
    return split
