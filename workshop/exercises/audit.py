"""Judge an exercise itself: for the tests of the chapters."""

from collections import Counter
from collections.abc import Callable

from .cards import Card
from .core import Exercise, check, check_value


def audit(exercise: Exercise) -> list[str]:
    """Return what is wrong with an exercise; the test of a chapter asserts that there is nothing.

    The stub gets ⬜, the reference ✅, every code of its mistakes (at least five) ❌ with its message; no message stands for two
    different mistakes; there are three hints, and the solution shown is the source of the package.
    """
    rules = {
        "needs three hints": len(exercise.hints) == 3 and all(exercise.hints),
        "needs five known wrong answers": sum(len(mistake.codes) for mistake in exercise.known) >= 5,
        "difficulty is 1, 2 or 3, and minutes are positive": exercise.difficulty in (1, 2, 3) and exercise.minutes > 0,
        "needs a title and a purpose": bool(exercise.title and exercise.purpose),
        "needs either a reference or a value": (exercise.reference is None) != (exercise.value is None),
    }
    faults = [rule for rule, kept in rules.items() if not kept]
    messages = [mistake.message for mistake in exercise.known]
    faults += [f"one message for two mistakes: « {one} »" for one, count in Counter(messages).items() if count > 1]
    attempt: str | Callable
    for name, attempt, state in (("the stub", "...", "todo"), ("the reference", exercise.source, "right")):
        if (card := _outcome(exercise, attempt)).state != state:
            faults.append(f"{name} gets: {card}")
    known = [(code, mistake.message) for mistake in exercise.known for code in mistake.codes]
    for number, (attempt, message) in enumerate(known, 1):
        try:
            card = _outcome(exercise, attempt)
        except Exception as error:
            faults.append(f"wrong answer {number} cannot be compiled or made, {type(error).__name__}: {error}\n{attempt}")
            continue
        if card.state != "wrong" or (message not in card.message and message not in str(card)):
            faults.append(f"wrong answer {number} should get « {message} », gets: {card}\n{attempt}")
    return faults


def _outcome(exercise: Exercise, attempt: Callable | str) -> Card:
    """Check an answer of ours: code, compiled as that of a mistake is, or a function."""
    if exercise.reference:
        return check(exercise, exercise.setting.function(attempt))
    names = exercise.names()
    return check_value(exercise, exercise.setting.among(names).function(attempt)(), names)
