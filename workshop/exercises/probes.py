"""What is found by reading an attendee's function and by calling it again: an argument without effect, a constant, a memory."""

import dis
import inspect
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from .cards import kind, same, short, unaccented
from .sandbox import copied, guilty_line, run
from .statement import Exercise, Trial

BUDGET = 0.25  #: seconds that calling a function again may take in all; a card is expected at once


def remembers(exercise: Exercise, function: Callable, trial: Trial, got: Any) -> str | None:
    """Say that a second call with the same arguments gives something else than the first one, ``got``."""
    again = _result(exercise, function, trial.args)
    if again is ... or kind(got) != trial.kind or kind(again) != trial.kind:
        return None
    found = exercise.compare(again, got)
    if not found or found.got == found.expected:  # two things that look the same, and are equal to nothing but themselves
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


def reads(function: Callable) -> bool:
    """Return whether a function reads any of its arguments."""
    return bool(set(inspect.signature(function).parameters) & _loaded(function))


def unread(exercise: Exercise, function: Callable) -> str | None:
    """Say which arguments a function never reads."""
    names = _unread(exercise, function)
    if not names or len(names) == 1:
        return f"votre fonction ne se sert jamais de son argument `{names[0]}`" if names else None
    return f"votre fonction ne se sert jamais de ses arguments `{'`, `'.join(names[:-1])}` et `{names[-1]}`"


def constant(function: Callable, trials: Sequence[Trial], results: Sequence[Any], call: Callable[[Trial], str]) -> str | None:
    """Return whether a function always gave one result where several were expected, and for which call it is right.

    Of one that reads what it is given, it is said only that these calls gave one result: another call may not.
    """
    varied = [trial for trial in trials[1:] if same(trial.expected, trials[0].expected)]
    if not varied or any(result is ... or same(result, results[0]) for result in results):
        return None
    right = next((trial for trial in trials if same(results[0], trial.expected) is None), None)
    always = "votre résultat est toujours le même, " + (
        "dans tous ces appels" if reads(function) else "quoi qu'on donne à votre fonction"
    )
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


#: Operators that are taken for another one, and what to say of it.
SWAPS = {
    ("//", "/"): "`//` ne garde que la partie entière du quotient : pour diviser, c'est `/`",
    ("/", "//"): "`/` donne un nombre à virgule : le quotient entier, c'est `//`",
    ("^", "**"): "`^` n'est pas la puissance en Python : c'est `**`",
}


def swapped(exercise: Exercise, function: Callable, trials: Sequence[Trial]) -> str | None:
    """Say which operator was taken for another one: with the other one, all is right."""
    end = time.perf_counter() + BUDGET
    for (written, meant), sentence in SWAPS.items():
        other = _with_operator(function, written, meant)
        if other and all(time.perf_counter() < end and _is_right(exercise, other, trial) for trial in trials):
            return sentence
    return None


def _is_right(exercise: Exercise, function: Callable, trial: Trial) -> bool:
    made = run(function, copied(trial.args), min(exercise.seconds, 1.0), exercise.read)
    if trial.refused:
        return type(made.error) is type(trial.expected)
    return not made.error and kind(made.value) == kind(trial.expected) and exercise.compare(made.value, trial.expected) is None


def _with_operator(function: Callable, written: str, meant: str) -> Callable | None:
    """Return the function with another operator wherever it has this one; None where it has none, or is written in C."""
    function = inspect.unwrap(function)
    if not isinstance(function, FunctionType):
        return None
    code = _recoded(function.__code__, {_operation(f"a {written}{end} b"): _operation(f"a {meant}{end} b") for end in ("", "=")})
    if code == function.__code__:
        return None
    return FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)


def _operation(source: str) -> int:
    """Return the number that this version of Python gives an operator."""
    code = compile(source, "<operator>", "exec")
    return next(step.arg for step in dis.get_instructions(code) if step.opname == "BINARY_OP" and step.arg is not None)


def _recoded(code: CodeType, swaps: dict[int, int]) -> CodeType:
    binary, changed = dis.opmap["BINARY_OP"], bytearray(code.co_code)
    for at in range(0, len(changed), 2):
        if changed[at] == binary and changed[at + 1] in swaps:
            changed[at + 1] = swaps[changed[at + 1]]
    constants = tuple(_recoded(one, swaps) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_code=bytes(changed), co_consts=constants)


def overflowing(exercise: Exercise, function: Callable, trial: Trial) -> str | None:
    """Say at which line a number becomes too large to be written, in a case where none does in the reference."""
    with np.errstate(over="raise"):
        made = run(function, copied(trial.args), min(exercise.seconds, 1.0), exercise.read)
        if not isinstance(made.error, FloatingPointError) or not (line := guilty_line(made.error, function)):
            return None
        if exercise.reference is None or _result(exercise, exercise.reference, trial.args) is ...:
            return None
    return (
        f"à la ligne {line[0]}, `{line[1]}`, un nombre devient trop grand pour l'ordinateur, qui le remplace par l'infini "
        "(une exponentielle ?) : la suite n'a plus de sens"
    )


#: What may trouble a function in a text, and the text without it.
EASED: dict[str, Callable[[str], str]] = {
    "on met {} en minuscules": str.lower,
    "on ôte la ponctuation de {}": lambda text: re.sub(r"[^\w\s]", "", text),
    "on met des espaces à la place de la ponctuation de {}": lambda text: re.sub(r"[^\w\s]+", " ", text),
    "on ôte les accents de {}": unaccented,
    "on ôte les chiffres de {}": lambda text: re.sub(r"\d", "", text),
    "on ôte les lignes vides de {}": lambda text: re.sub(r"\n\s*\n", "\n", text),
    "on remplace par une espace les fins de ligne et les suites d'espaces de {}": lambda text: " ".join(text.split()),
}
#: What changes so much that it tells nothing where the right result changes with it.
HARMLESS = [*EASED][-1]


def eased(exercise: Exercise, function: Callable, failed: Sequence[Trial]) -> tuple[str, Trial] | None:
    """Say what troubles a function in a text, and in a first case: without it, all the results that are wrong become right.

    In one case alone, a text that is a little shorter may hide quite another mistake.
    """
    end = time.perf_counter() + BUDGET
    names = list(inspect.signature(exercise.reference).parameters) if exercise.reference else []
    for (change, ease), (place, name) in product(EASED.items(), enumerate(names)):

        def helps(trial: Trial, ease: Callable[[str], str] = ease, place: int = place, change: str = change) -> bool:
            value = trial.args[place] if place < len(trial.args) else None
            if not isinstance(value, str) or ease(value) == value or time.perf_counter() > end:
                return False
            eased_args = (*trial.args[:place], ease(value), *trial.args[place + 1 :])
            return _is_right_without(exercise, function, trial, eased_args, change == HARMLESS)

        if failed and all(map(helps, failed)):
            return f"le résultat devient juste quand {change.format(f'`{name}`')}", failed[0]
    return None


def _is_right_without(exercise: Exercise, function: Callable, trial: Trial, args: tuple, harmless: bool) -> bool:
    """Return whether a function is right of the arguments without what may trouble it, if they still ask for something."""
    expected = _result(exercise, exercise.reference, args)  # type: ignore[arg-type]  # there is one
    if expected is ... or (isinstance(expected, (str, list, dict, tuple, float, int)) and not expected):
        return False
    if harmless and exercise.compare(expected, trial.expected):
        return False
    return _is_right(exercise, function, Trial(args, trial.kind, expected))
