"""The words that attendees write: ``exercise``, ``answer``, ``hint``, ``solution``, and ``progress_line``.

Running the cell of an exercise checks it.  Right or wrong, the name below ``@exercise`` then stands for a function that works.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from ..base.errors import WorkshopError
from ..base.settings import settings
from .cards import Card, show
from .core import check, check_value, find, of_chapter, renamed

__all__ = ["answer", "exercise", "hint", "progress_line", "reset", "solution"]


def exercise(id: str) -> Callable[[Callable], Callable]:
    """Check the function below; its name stands for the attendee's function when it is right, else for the reference."""
    found = find(id)

    def decorate(function: Callable) -> Callable:
        name = found.name
        if function.__name__ != name:
            function.__globals__[name] = found.reference  # what follows asks for this name
            return _conclude(id, renamed(found), function, lambda: found.reference)
        function.__globals__[name] = function  # so that a function that calls itself finds itself, not an older one
        return _conclude(id, check(found, function), function, lambda: found.reference)

    return decorate


def answer(id: str, value: Any) -> Any:
    """Check a value; return it when it is right, else the one of the workshop."""
    found, names = find(id), sys._getframe(1).f_globals
    return _conclude(id, check_value(found, value, names), value, lambda: found.evaluate(names))


def _conclude(id: str, card: Card, theirs: Any, ours: Callable[[], Any]) -> Any:
    show(card)
    if card.state != "right":
        return ours()
    _remember(id)
    return theirs


def hint(id: str, n: int = 1) -> None:
    """Show the first, the second or the third hint of an exercise."""
    try:
        hints = find(id).hints
    except WorkshopError as error:
        return show(Card("note", "Indice", str(error)))
    if n not in range(1, len(hints) + 1):
        return show(Card("note", f"Exercice {id}", f"il y a {len(hints)} indices, de 1 à {len(hints)}."))
    after = f'`hint("{id}", {n + 1})` en dit plus.' if n < len(hints) else f'`solution("{id}")` montre le code de l\'atelier.'
    show(Card("note", f"Exercice {id}, indice {n} sur {len(hints)}", hints[n - 1], closing=after))


def solution(id: str) -> None:
    """Show the solution of the workshop: the source of the package's own function."""
    try:
        show(Card("note", f"Exercice {id}", "le code de l'atelier.", code=find(id).source))
    except WorkshopError as error:
        show(Card("note", "Solution", str(error)))


def progress_line(chapter: int) -> None:
    """Show which exercises of a chapter are done (this is kept on this machine only)."""
    finished, exercises = done(), of_chapter(chapter)
    marks = ", ".join(f"{exercise.id} {'✅' if exercise.id in finished else '⬜'}" for exercise in exercises)
    counts = []
    for bonus, name in ((False, ""), (True, " en bonus")):
        ids = {exercise.id for exercise in exercises if exercise.bonus == bonus}
        counts += [f"{len(finished & ids)} sur {len(ids)}{name}"] if ids else []
    show(Card("note", "Exercices réussis", f"{', '.join(counts)} ({marks})."))


def done() -> set[str]:
    """Return the ids of the exercises done so far (a file that cannot be read counts as none)."""
    try:
        kept = json.loads((settings().outputs / "progress.json").read_text(encoding="utf-8"))
        return {str(id) for id in kept["done"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _remember(id: str) -> None:
    path = settings().outputs / "progress.json"
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps({"done": sorted(done() | {id})}), encoding="utf-8")
        part.replace(path)
    except OSError:  # a disk that is full or read-only is no reason to disturb a lesson
        with contextlib.suppress(OSError):
            part.unlink()


def reset() -> None:
    """Forget which exercises were done."""
    (settings().outputs / "progress.json").unlink(missing_ok=True)
