"""The generated blocks of ``solutions/INSTRUCTOR.md``: the day hour by hour, and the heading of each chapter.

Minutes are those of the chapters' front blocks and of the exercises, so that the guide cannot say otherwise than the notebooks.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from .authoring import block
from .chapters import Chapter, chapters
from .errors import WorkshopError
from .exercises.core import of_chapter

START = 9 * 60  #: minutes since midnight
SLACK = 10  #: after each chapter: its questions, and the lateness of the one before
WELCOME, BREAK, LUNCH, GOODBYE = 30, 20, 75, 20
BREAKS = {
    1: ("Pause", BREAK),
    3: ("Déjeuner ; laissez les machines allumées", LUNCH),
    4: ("Pause ; les retardataires finissent l’entraînement", BREAK),
}


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


def _register(number: int) -> Callable[[Path], str]:
    return block(f"chapitre-{number:02d}")(lambda root: heading(root, number))


for _number in range(8):
    _register(_number)
