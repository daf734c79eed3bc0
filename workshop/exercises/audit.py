"""Judge an exercise itself: for the tests of the chapters."""

import hashlib
import inspect
import linecache
from collections.abc import Callable
from typing import Any

from .cards import Card
from .core import Exercise, check, check_value


def audit(exercise: Exercise) -> list[str]:
    """Return what is wrong with an exercise; the test of a chapter asserts that there is nothing.

    The stub gets ⬜, the reference ✅, every known wrong answer (at least five) ❌ with its message; there are three hints, and
    the solution shown is the source of the package.
    """
    rules = {
        "needs three hints": len(exercise.hints) == 3 and all(exercise.hints),
        "needs five known wrong answers": len(exercise.wrong) >= 5,
        "difficulty is 1, 2 or 3, and minutes are positive": exercise.difficulty in (1, 2, 3) and exercise.minutes > 0,
        "needs a title and a purpose": bool(exercise.title and exercise.purpose),
        "needs either a reference or a value": (exercise.reference is None) != (exercise.value is None),
    }
    faults = [rule for rule, kept in rules.items() if not kept]
    judge = _outcome_of_value if exercise.reference is None else _outcome_of_function
    for name, attempt, state in (("the stub", "...", "todo"), ("the reference", exercise.source, "right")):
        if (card := judge(exercise, attempt)).state != state:
            faults.append(f"{name} gets: {card}")
    for number, (attempt, fragment) in enumerate(exercise.wrong, 1):
        card = judge(exercise, attempt)
        if card.state != "wrong" or (fragment not in card.message and fragment not in str(card)):
            faults.append(f"wrong answer {number} should get « {fragment} », gets: {card}")
    return faults


def _outcome_of_value(exercise: Exercise, attempt: Any) -> Card:
    names = exercise.names()
    return check_value(exercise, eval(attempt, dict(names)) if isinstance(attempt, str) else attempt, names)


def _outcome_of_function(exercise: Exercise, attempt: Callable | str) -> Card:
    """Check a function, or the source of one, which is compiled beside the reference so that it has the same imports."""
    if not isinstance(attempt, str):
        return check(exercise, attempt)
    name = exercise.reference.__name__
    source = f"def {name}(*args, **kwargs): ..." if attempt == "..." else attempt
    space = vars(inspect.getmodule(exercise.reference)) | exercise.names()
    filename = f"<{exercise.id}: {hashlib.sha256(source.encode()).hexdigest()}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), space)
    return check(exercise, space[name])
