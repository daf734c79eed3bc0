"""The generated blocks of the README files and of the guide, between ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->``.

Minutes are those of the chapters' front blocks and of the exercises, figures those of ``data/measured.json``, so that a page
cannot say otherwise than the notebooks.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ..base.errors import WorkshopError
from ..base.typography import duration
from ..exercises.core import of_chapter
from . import capacity, checklist, measures
from .chapters import Chapter, chapters, project

START = 9 * 60  #: minutes since midnight
SLACK = 10  #: after each chapter: its questions, and the lateness of the one before
WELCOME, BREAK, LUNCH, GOODBYE = 30, 20, 75, 20
BREAKS = {
    1: ("Pause", BREAK),
    3: ("Déjeuner ; laissez les machines allumées", LUNCH),
    4: ("Pause ; les retardataires finissent l’entraînement", BREAK),
}

BLOCKS: dict[str, Callable[[Path], str]] = {}
_BLOCK = re.compile(r"(<!-- begin: ([\w-]+) -->\n)(.*?)(<!-- end: \2 -->)", re.DOTALL)


def block(name: str) -> Callable[[Callable[[Path], str]], Callable[[Path], str]]:
    """Register a function of the root folder that returns the Markdown of a block called ``name``."""

    def register(function: Callable[[Path], str]) -> Callable[[Path], str]:
        BLOCKS[name] = function
        return function

    return register


def filled(path: Path, root: Path) -> str:
    """Return the text of a page with its blocks made anew.

    Raises:
        WorkshopError: no function writes one of its blocks.
    """

    def made(match: re.Match) -> str:
        if match[2] not in BLOCKS:
            raise WorkshopError(f"{path.name} : aucune fonction n’écrit le bloc « {match[2]} ».")
        return f"{match[1]}{BLOCKS[match[2]](root)}{match[4]}"

    return _BLOCK.sub(made, path.read_text(encoding="utf-8"))


def seconds_of(root: Path, chapter: Chapter) -> float | None:
    """Return how long the machine itself works in a chapter, as it was measured, or None."""
    return measures.read(root).get("chapters", {}).get("seconds", {}).get(chapter.name)


BLOCKS |= {"capacity": capacity.tables, "veille": checklist.checklist}

# The start pages ----------------------------------------------------------------------------------------------------------------


def _table(root: Path, head: str, bonus: str, key: str, about: Callable[[Chapter], str]) -> str:
    links, lines = project(root), [head, "|---|---|---|---|"]
    for chapter in chapters(root):
        file = f"{chapter.name}.ipynb"
        title = f"[{chapter.heading}](notebooks/{file})" + (f" ({bonus})" if chapter.front["bonus"] else "")
        doors = f"[Colab]({links.colab(f'notebooks/{file}')}) · [{key}](solutions/{file})"
        lines.append(f"| {title} | {chapter.front['minutes']} min | {about(chapter)} | {doors} |")
    return "\n".join(lines) + "\n"


@block("chapters")
def _english_table(root: Path) -> str:
    def about(chapter: Chapter) -> str:
        computing = seconds_of(root, chapter)
        return chapter.front["english"] + (f" (the machine works for {duration(computing)})" if computing else "")

    return _table(root, "| Chapter | Time | What happens | Open |", "bonus", "solution", about)


@block("chapitres")
def _french_table(root: Path) -> str:
    return _table(
        root,
        "| Chapitre | Durée | Vous saurez | Ouvrir |",
        "bonus",
        "corrigé",
        lambda chapter: "\u00a0; ".join(chapter.front["goals"]),
    )


ENGLISH = {
    "au hasard": "chance",
    "3-grammes (Kneser-Ney)": "3-grams of tokens (Kneser-Ney)",
    "BiLSTM": "BiLSTM, trained from nothing",
    "GPT-2 de base": "GPT-2, as it ships",
    "GPT-2 spécialisé": "GPT-2, specialised",
}


@block("demo")
def _demo(root: Path) -> str:
    figures = measures.read(root).get("demo-sand")
    if not figures:
        return ""
    lines = ["| model | bits per character | perplexity (per token) |", "|---|---|---|"]
    for row in figures["table"]:
        lines.append(f"| {ENGLISH[row['model']]} | {row['bits_per_character']:.2f} | {row['perplexity']:.1f} |")
    lines.append(f"\nMeasured on {figures['date']} in {figures['minutes']:.1f} minutes ({figures['machine']}).")
    return "\n".join(lines) + "\n"


# The guide for instructors ------------------------------------------------------------------------------------------------------


def _clock(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02d}"


def _day(whole: list[Chapter]) -> Iterator[tuple[str, int]]:
    """Yield what happens, and for how many minutes."""
    yield "Accueil, ordinateurs ouverts, « essayons-en un ! » (`make app`)", WELCOME
    for chapter in whole:
        if not chapter.front["bonus"]:
            yield f"**{chapter.heading}** ({chapter.front['minutes']} min, et {SLACK} de marge)", chapter.front["minutes"] + SLACK
            if chapter.number in BREAKS:
                yield BREAKS[chapter.number]
    yield "Lecture à voix haute des meilleures histoires, ce que chacun emporte", GOODBYE
    for chapter in whole:
        if chapter.front["bonus"]:
            yield f"{chapter.heading}, pour qui reste ({chapter.front['minutes']} min)", chapter.front["minutes"]


@block("journee")
def timetable(root: Path) -> str:
    """Return the day as a table."""
    lines, now = ["| heure | |", "|---|---|"], START
    for what, minutes in _day(chapters(root)):
        lines.append(f"| {_clock(now)} | {what} |")
        now += minutes
    return "\n".join([*lines, f"| {_clock(now)} | Fin |"]) + "\n"


def heading(root: Path, number: int) -> str:
    """Return the heading of a chapter: its title, its minutes and those of its exercises.

    Raises:
        WorkshopError: there is no such chapter.
    """
    chapter = next((one for one in chapters(root) if one.number == number), None)
    if chapter is None:
        raise WorkshopError(f"INSTRUCTOR.md parle du chapitre {number:02d}, qui n’existe pas.")
    exercises = of_chapter(number)
    each = " · ".join(f"{one.id} ({one.minutes} min{', bonus' if one.bonus else ''})" for one in exercises)
    total = sum(one.minutes for one in exercises if not one.bonus)
    said = f"Exercices, {total} min sans les bonus : {each}." if exercises else "Pas d’exercice noté."
    return f"## {chapter.heading} · {chapter.front['minutes']} min\n\n{said}\n"


BLOCKS |= {f"chapitre-{number:02d}": partial(heading, number=number) for number in range(8)}
