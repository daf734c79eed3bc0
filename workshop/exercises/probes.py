"""What is found by reading an attendee's function and by calling it again: an argument without effect, a constant, a memory."""

import dis
import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, ModuleType
from typing import Any

from .cards import kind, same, short
from .sandbox import copied, run
from .statement import Exercise, Trial

BUDGET = 0.25  #: seconds that calling a function again may take in all; a card is expected at once


def remembers(exercise: Exercise, function: Callable, trial: Trial, got: Any) -> str | None:
    """Say that a second call with the same arguments gives something else than the first one, ``got``."""
    again = _result(exercise, function, trial.args)
    if again is ... or kind(got) != trial.kind or kind(again) != trial.kind or not exercise.compare(again, got):
        return None
    return "deux appels avec les mêmes arguments ne donnent pas le même résultat : quelque chose reste d'un appel à l'autre"


def borrowed(exercise: Exercise, function: Callable, trial: Trial) -> str | None:
    """Say what stands out in the code of a function: a variable of the notebook in the place of an argument, or ``^``."""
    numbers = any(kind(value) in ("un nombre", "un tableau NumPy", "un tenseur") for value in trial.args)
    if numbers and uses_xor(function):
        return "votre code contient `^`, qui n'est pas la puissance en Python : c'est `**`"
    outside = sorted(name for name in _loaded(function, "LOAD_GLOBAL", "LOAD_NAME") if _is_data(function, name))
    if not outside or not (names := _unread(exercise, function)):
        return None
    instead = f"mais `{outside[0]}`, une variable du carnet, qui reste la même d'un appel à l'autre"
    return f"votre fonction ne lit pas son argument `{names[0]}`, {instead}"


def unread(exercise: Exercise, function: Callable) -> str | None:
    """Say which argument a function never reads."""
    names = _unread(exercise, function)
    return f"votre fonction ne se sert jamais de son argument `{names[0]}`" if names else None


def constant(trials: Sequence[Trial], results: Sequence[Any], call: Callable[[Trial], str]) -> str | None:
    """Return whether a function always gave one result where several were expected, and for which call it is right."""
    varied = [trial for trial in trials[1:] if same(trial.expected, trials[0].expected)]
    if not varied or any(result is ... or same(result, results[0]) for result in results):
        return None
    right = next((trial for trial in trials if same(results[0], trial.expected) is None), None)
    always = "votre résultat est toujours le même, quoi qu'on donne à votre fonction"
    return f"{always} : il n'est juste que pour `{call(right)}`" if right else always


def _codes(function: Callable) -> Iterator[CodeType]:
    """Yield the code of a function, and those of the functions and of the loops inside it; nothing where it is written in C."""
    left = [getattr(inspect.unwrap(function), "__code__", None)]
    while left:
        if isinstance(code := left.pop(), CodeType):
            yield code
            left += [inner for inner in code.co_consts if isinstance(inner, CodeType)]


def _loaded(function: Callable, *operations: str) -> set[str]:
    """Return the names that the code of a function reads."""
    steps = (step for code in _codes(function) for step in dis.get_instructions(code))
    found = (step.argval for step in steps if step.opname.startswith(operations or ("LOAD_",)))
    names = (name for value in found for name in (value if isinstance(value, tuple) else (value,)))
    return {name for name in names if isinstance(name, str)}


def uses_xor(function: Callable) -> bool:
    """Return whether the code of a function contains the operator ``^``."""
    steps = (step for code in _codes(function) for step in dis.get_instructions(code))
    return any(step.opname == "BINARY_OP" and step.argrepr in ("^", "^=") for step in steps)


def _unread(exercise: Exercise, function: Callable) -> list[str]:
    """Return the arguments that a function never reads, where the reference reads them."""
    if not any(_codes(function)) or not exercise.reference:
        return []
    ours, read, needed = list(inspect.signature(exercise.reference).parameters), _loaded(function), _loaded(exercise.reference)
    theirs = [one for one in inspect.signature(function).parameters.values() if one.kind is not one.VAR_POSITIONAL]
    return [given.name for given, name in zip(theirs, ours, strict=False) if given.name not in read and name in needed]


def _is_data(function: Callable, name: str) -> bool:
    """Return whether this is a variable of the notebook that holds data."""
    value = getattr(inspect.unwrap(function), "__globals__", {}).get(name)
    thing = value is None or isinstance(value, (ModuleType, type)) or inspect.isroutine(value)
    return not thing and not name.isupper() and not name.startswith("_")


def _result(exercise: Exercise, function: Callable, args: tuple) -> Any:
    """Return what a function gives, as far as it is compared; ``...`` when it stops on an error."""
    made = run(function, copied(args), min(exercise.seconds, 1.0), exercise.read)
    return ... if made.error else made.value


def ignored(exercise: Exercise, function: Callable, cases: Sequence[tuple[Trial, Any]]) -> str | None:
    """Say which argument has no effect: in each case (with what it gave), it is changed alone, by what another case has there.

    A case that gave no result (``...``) says nothing.
    """
    end = time.perf_counter() + BUDGET
    for place, name in enumerate(inspect.signature(exercise.reference).parameters if exercise.reference else ()):
        moved = list(_moved(exercise, function, cases, place, end))
        if moved and not any(moved):
            return f"le résultat ne dépend pas de `{name}` : il ne change pas quand cet argument change"
    return None


def _moved(exercise: Exercise, function: Callable, cases: Sequence[tuple[Trial, Any]], place: int, end: float) -> Iterator[bool]:
    """Yield, for each change of an argument that changes what is expected, whether it changes the result."""
    for trial, got in cases:
        if got is ...:
            continue
        for value in _others(exercise, trial, place):
            if time.perf_counter() > end:
                yield True  # what was not tried is not said
                return
            args = (*trial.args[:place], value, *trial.args[place + 1 :])
            expected = _result(exercise, exercise.reference, args)  # type: ignore[arg-type]  # there is one
            if expected is ... or kind(expected) != trial.kind or not exercise.compare(expected, trial.expected):
                continue
            made = _result(exercise, function, args)
            yield made is ... or same(made, got) is not None


def _others(exercise: Exercise, trial: Trial, place: int) -> list[Any]:
    """Return values that other cases have in this place."""
    if len(trial.args) <= place:
        return []
    values, seen = [], {short(trial.args[place])}
    for other in exercise.trials:
        if len(other.args) > place and short(other.args[place]) not in seen:
            seen.add(short(other.args[place]))
            values.append(other.args[place])
    return values[:8]
