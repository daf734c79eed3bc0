"""The words that attendees write: ``exercise``, ``answer``, ``hint``, ``solution``, ``progress_line``, ``join`` and ``leave``.

Running the cell of an exercise checks it.  Right or wrong, the name below ``@exercise`` then stands for a function that works.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..base.errors import WorkshopError
from ..base.keeping import in_turn, read_json
from ..base.settings import settings
from .advice import attend
from .besides import BESIDES
from .cards import Card, show
from .core import Exercise, check, check_value, find, misplaced, of_chapter, todo
from .room import join, leave, tell
from .sandbox import TimeLimit, named_error
from .stuck import last_time

__all__ = ["answer", "exercise", "hint", "join", "leave", "progress_line", "reset", "solution"]

attend()  # a cell that Python cannot read never comes to ``exercise``


def exercise(id: Any = None) -> Any:
    """Check the function below; its name stands for the attendee's function when it is right, else for the reference.

    ``@exercise(3.6)`` is understood, and so is ``@exercise`` alone: the exercise is then found by the name of the function.
    """
    found = None if id is None or callable(id) else find(id)

    def decorate(function: Any) -> Any:
        one, names = found or find(function), _names_of_the_notebook()
        if card := misplaced(one, function):
            if one.name:
                names[one.name] = one.reference  # what follows asks for this name
            return _conclude(one, card, function, lambda: one.reference or function)
        names[one.name] = function  # so that a function that calls itself finds itself, not an older one
        return _conclude(one, _outcome(check, one, function), function, lambda: one.reference)

    return decorate(id) if callable(id) else decorate


def answer(id: Any = None, value: Any = ..., *others: Any) -> Any:
    """Check a value; return it when it is right (in the form that is compared, if it has one), else the one of the workshop.

    ``answer("4.7", 0,17)`` has a comma for a point: all that follows the id is then the value, a tuple, and the card says so.
    """
    found, names = find(id), _names_of_the_notebook()
    value = (value, *others) if others else value
    if found.reference:
        message = f'cet exercice attend une fonction : `@exercise("{found.id}")` au-dessus de `def {found.name}`.'
        show(Card("wrong", f"Exercice {found.id}", message))
        return found.reference if callable(value) else value
    card = _outcome(check_value, found, value, names)
    right = found.view(value) if found.view and card.state == "right" else value  # what follows looks for « × 1 », however typed
    return _conclude(found, card, right, lambda: found.evaluate(names))


def _names_of_the_notebook() -> dict[str, Any]:
    """Return the variables of the cell that called one of the words of this file."""
    frame = sys._getframe(1)
    while frame.f_globals is globals() and frame.f_back:
        frame = frame.f_back
    return frame.f_globals


def _outcome(judge: Callable[..., Card], exercise: Exercise, *given: Any) -> Card:
    """Return the card of a check; where the check itself fails, the card says so and the notebook goes on."""
    if before := last_time():
        show(before)
    try:
        return judge(exercise, *given)
    except WorkshopError:
        raise
    except (Exception, TimeLimit) as error:
        return todo(exercise, f"la vérification n'a pas abouti ({named_error(error)})")


def _conclude(exercise: Exercise, card: Card, theirs: Any, ours: Callable[[], Any]) -> Any:
    if card.state == "right" and exercise.id not in done():
        card = replace(card, closing=BESIDES.get(exercise.id, ""))  # once: whoever runs the cell again has read it
    show(card)
    tell(exercise, card.state, card)
    if card.state != "right":
        return ours()
    _remember(exercise.id)
    return theirs


def hint(id: Any = None, n: Any = 1) -> None:
    """Show the first, the second or the third hint of an exercise."""
    try:
        found = find(id)
    except WorkshopError as error:
        return show(Card("note", "Indice", str(error)))
    count, asked = len(found.hints), str(n).strip().removesuffix(".0")
    number = next((one for one in range(1, count + 1) if asked == str(one)), None)
    if number is None:
        return show(Card("note", f"Exercice {found.id}", f"il y a {count} indices, de 1 à {count}."))
    after = f'`hint("{found.id}", {number + 1})` en dit plus.'
    if number == count:
        after = f'`solution("{found.id}")` montre le code de l\'atelier.'
    show(Card("note", f"Exercice {found.id}, indice {number} sur {count}", found.hints[number - 1], closing=after))
    tell(found, "hint", hint=number)


def solution(id: Any = None) -> None:
    """Show the solution of the workshop: the source of the package's own function."""
    try:
        found = find(id)
        show(Card("note", f"Exercice {found.id}", "le code de l'atelier.", code=found.source))
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
    kept = (read_json(settings().outputs / "progress.json") or {}).get("done")
    return {str(id) for id in kept} if isinstance(kept, list) else set()


def _remember(id: str) -> None:
    path = settings().outputs / "progress.json"
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with in_turn(path):  # another notebook may be telling its own at the same moment
            part.write_text(json.dumps({"done": sorted(done() | {id})}), encoding="utf-8")
            part.replace(path)
    except OSError:  # a disk that is full or read-only is no reason to disturb a lesson
        with contextlib.suppress(OSError):
            part.unlink()


def reset() -> None:
    """Forget which exercises were done."""
    (settings().outputs / "progress.json").unlink(missing_ok=True)
