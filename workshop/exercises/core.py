"""The mechanism of the exercises: an exercise is data, running its cell is the check, and a notebook never blocks.

A chapter's exercises are a list ``EXERCISES`` in ``workshop/exercises/chNN.py`` (``tests/example_chapter`` shows the smallest
complete chapter).  ``statement`` says what an exercise is, ``mistakes`` how its mistakes are written; here answers are judged;
the words that attendees write are in ``workshop.exercises``.
"""

import contextlib
import importlib.util
import inspect
import itertools
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from ..base.errors import WorkshopError
from .cards import Card, kind, named_kind
from .mistakes import Mistake
from .observers import Call, direction, observed
from .observers_numbers import counted, is_number
from .probes import borrowed, constant, eased, ignored, overflowing, reads, remembers, swapped, unread
from .sandbox import TimeLimit, asked, is_blank, named_error, run
from .statement import Exercise, Trial
from .trying import Fault, agree, examine, first_line, judge, written_call

PATIENCE = 0.5  #: seconds that looking for the smallest case that fails may take
LOOKING = 2.0  #: seconds that all that is said of an unknown mistake may take
NEXT = "La suite du carnet utilise la solution de l'atelier."


def check(exercise: Exercise, function: Callable) -> Card:
    """Return the outcome for an attendee's function; nothing is displayed or remembered, and nothing it does escapes."""
    if is_blank(function):
        return todo(exercise)
    try:
        trials = exercise.trials
    except (Exception, TimeLimit) as error:
        return todo(exercise, f"la vérification est impossible sur cette machine ({type(error).__name__}: {error})")
    look = cache(lambda number: examine(exercise, function, trials[number]))
    # the first fault speaks for all: the cases before it went well, and a property may count on that
    first, fault = next(((number, fault) for number in range(len(trials)) if (fault := look(number))), (0, None))
    if fault is None:
        return _verdict(exercise, None)
    if fault.got is ...:
        return todo(exercise)
    if fault.stops and first:
        fault = replace(fault, message=f"juste avec `{written_call(exercise, trials[first - 1])}`, mais ici {fault.message}")
    others = [number for number, trial in enumerate(trials) if number != first and not trial.refused]

    def gives(wrong: Callable) -> bool:
        """Return whether this wrong answer gives what the attendee's gives, in every case."""
        return all(agree(exercise, wrong, trials[number], look(number)) for number in [first, *others])

    return _verdict(exercise, fault, exercise.known, gives, lambda: _honest(exercise, function, fault, look))


def check_value(exercise: Exercise, value: Any, names: Mapping[str, Any]) -> Card:
    """Return the outcome for a value; ``names`` are the variables of the notebook."""
    if value is ...:
        return todo(exercise)
    if value is None:
        message = "cette valeur est `None`, autrement dit rien : ce qui est à droite du signe `=` ne donne pas de résultat"
        return _verdict(exercise, Fault(message, final=True))
    expected = None if exercise.judged else exercise.evaluate(names)
    trial = Trial((), kind(expected), exercise.read(expected))
    result = run(judge, (exercise, value, trial), exercise.seconds)
    fault = result.value
    if fault:  # to show what was expected would be to give the answer
        fault = replace(fault, rows=tuple(row for row in fault.rows if row[0] != "attendu"))
    if result.error:
        message = f"{named_kind(value)} ne convient pas ici ({named_error(result.error)})"
        if isinstance(result.error, TimeLimit):
            message = f"lire {named_kind(value)} comme celui-ci n'a pas de fin ({exercise.seconds:g} secondes au plus)"
        fault = Fault(message, got=value, expected=trial.expected)
    known = [mistake.among(names) for mistake in exercise.known] if fault else []

    def honest() -> Fault | None:
        """Say what kind of difference it is, as far as that may be told without giving the answer."""
        if not fault or fault.final or isinstance(fault.got, BaseException) or exercise.judged:
            return None
        words = set(re.findall(r"\w+", exercise.source))
        at_hand = {name: names[name] for name in words if name in names}
        call = Call(fault.got, fault.expected, at_hand, fault.odd)
        seen = observed([call]) or (None if fault.odd else direction([call]))
        message = f"{fault.message} : {seen}" if fault.odd else seen
        return replace(fault, message=message) if seen else None

    return _verdict(exercise, fault, known, lambda wrong: agree(exercise, wrong, trial, fault), honest)


def todo(exercise: Exercise, why: str = "à compléter") -> Card:
    """The outcome ⬜."""
    return Card("todo", f"Exercice {exercise.id}", f"{why}. {NEXT}")


def misplaced(exercise: Exercise, given: Any) -> Card | None:
    """Return the outcome for what is not a function with the name that the notebook goes on with, or None if it is one."""
    name = getattr(given, "__name__", None)
    if not exercise.name:
        message = f'cet exercice attend une valeur : `answer("{exercise.id}", …)`, et non `@exercise`'
    elif isinstance(given, type) or not callable(given) or name in (None, "<lambda>"):
        what = "une classe" if isinstance(given, type) else "une `lambda`" if name == "<lambda>" else named_kind(given)
        message = f"écrivez ici une fonction, `def {first_line(exercise)}` : ce que vous donnez est {what}"
    elif name != exercise.name:
        message = f"gardez le nom `{exercise.name}` : la suite du carnet en a besoin"
    else:
        return None
    return _verdict(exercise, Fault(message, final=True))


def _verdict(
    exercise: Exercise,
    fault: Fault | None,
    known: Sequence[Mistake] = (),
    gives: Callable[[Callable], bool] = lambda wrong: False,
    honest: Callable[[], Fault | None] = lambda: None,
) -> Card:
    """Return ✅, or ❌ with the name of the mistake if it is among the ``known``, else with what is seen.

    ``gives`` says whether a wrong answer of ours gives the results of the attendee's; ``honest`` makes the fault that shows
    best what is wrong when no mistake is known.
    """
    title = f"Exercice {exercise.id}"
    if not fault:
        return Card("right", title, "bravo !")
    named = None
    with contextlib.suppress(TimeLimit):  # looking at this result has no end
        named = None if fault.final else _named(exercise, fault, known, gives)
    if not named:  # what is looked at is the attendee's, and may stumble or never end
        fault = run(honest, (), LOOKING).value or fault
    message, number = named or (fault.message, 1)
    message += "" if message.endswith((".", "?", "!", "…")) else "."
    call = f'hint("{exercise.id}"{f", {number}" if number > 1 else ""})'
    return Card("wrong", title, message, fault.rows, f"Un coup de pouce : `{call}`. {NEXT}")


def _named(
    exercise: Exercise, fault: Fault, known: Sequence[Mistake], gives: Callable[[Callable], bool]
) -> tuple[str, int] | None:
    """Return the message of the mistake that a fault is, and the number of the hint that helps."""
    found = next((mistake for mistake in known if _is_it(exercise, mistake, fault, gives)), None)
    return (found.message, found.hint) if found else None


def _honest(exercise: Exercise, function: Callable, fault: Fault, look: Callable[[int], Fault | None]) -> Fault | None:
    """Return the fault of the smallest case that fails, with what is seen and found about all that fail, if anything is."""
    if fault.final or exercise.judged or isinstance(fault.got, BaseException):
        return None
    end, made = time.perf_counter() + PATIENCE, []
    for number, trial in enumerate(exercise.trials):
        if not trial.refused and time.perf_counter() < end:
            made.append((trial, look(number)))
    failed = [(trial, one) for trial, one in made if one and not one.final and not isinstance(one.got, BaseException)]
    if not failed:
        return None
    trial, shown = min(failed, key=lambda pair: (_is_empty(pair[0].expected), _weight(pair[0].args)))
    names = list(inspect.signature(exercise.reference).parameters) if exercise.reference else []
    calls = [Call(one.got, case.expected, dict(zip(names, case.args, strict=False)), one.odd) for case, one in failed]
    if any(call.odd for call in calls):
        seen = None if exercise.view else observed(calls)
        return replace(shown, message=f"{shown.message} : {seen}") if seen else None
    results = [... if one and isinstance(one.got, BaseException) else one.got if one else case.expected for case, one in made]
    failing = [case for case, _ in failed]
    found = (
        borrowed(exercise, function, trial)
        or (reads(function) and unread(exercise, function))
        or constant(function, [case for case, _ in made], results, lambda case: written_call(exercise, case))
        or unread(exercise, function)
        or swapped(exercise, function, exercise.trials)
        or overflowing(exercise, function, trial)
        or _two_at_once(exercise, calls, failing, [case for case, one in made if not one])
        or remembers(exercise, function, trial, shown.got)
    )
    counts = is_number(trial.expected)  # how far a number is from another says less than what troubles the function
    seen = found or (None if counts else observed(calls))
    if not seen and (troubled := eased(exercise, function, failing)):
        seen, shown = troubled[0], next(one for case, one in failed if case is troubled[1])
    found = (
        seen
        or observed(calls)
        or ignored(exercise, function, [(case, result) for (case, _), result in zip(made, results, strict=True)])
    )
    if not found and (right := next((case for case, one in made if not one), None)):
        found = f"le résultat est juste avec `{written_call(exercise, right)}`, mais pas dans ce cas-ci"
    found = found or counted(shown.got, trial.expected) or direction(calls)
    return replace(shown, message=found or shown.message)


def _two_at_once(exercise: Exercise, calls: Sequence[Call], failed: Sequence[Trial], right: Sequence[Trial]) -> str | None:
    """Say which two mistakes, together, explain the gaps of all the numbers, if only these two do."""
    if len(failed) < 3 or not all(is_number(call.got) and isinstance(call.want, int) for call in calls):  # what is counted
        return None
    gaps = {}  # what each mistake adds in each case
    for mistake in (one for one in exercise.known if not one.when):
        for function in mistake.functions:
            made = [exercise.outcome(function, trial) for trial in (*failed, *right)]
            if all(map(is_number, made)):
                gaps[function] = mistake, [got - trial.expected for got, trial in zip(made, (*failed, *right), strict=True)]
    wanted = [call.got - call.want for call in calls] + [0] * len(right)
    found = {
        (one.message, other.message)
        for (one, first), (other, second) in itertools.combinations(gaps.values(), 2)
        if one is not other
        and all(math.isclose(a + b, gap, abs_tol=1e-9) for a, b, gap in zip(first, second, wanted, strict=True))
    }
    if len(found) != 1:
        return None
    one, other = found.pop()
    return f"il y a là deux erreurs à la fois. L'une : {one}. L'autre : {other}"


def _is_empty(expected: Any) -> bool:
    """Return whether nothing is expected: such a case is told last, for it hides what is wrong with all the others."""
    return isinstance(expected, (str, list, tuple, Mapping)) and not expected


def _weight(value: Any) -> int:
    """Return about how much there is to read in some arguments."""
    if isinstance(value, Mapping):
        return sum(map(_weight, value.values()))
    if isinstance(value, (list, tuple)):
        return 1 + sum(map(_weight, value))
    return len(value) if isinstance(value, (str, bytes)) else int(getattr(value, "size", 1)) if kind(value) != "un objet" else 1


def _is_it(exercise: Exercise, mistake: Mistake, fault: Fault, gives: Callable[[Callable], bool]) -> bool:
    """Return whether a mistake gives its name to a fault: by its property if it has one, else by its results."""
    if not mistake.when:
        return not exercise.judged and any(gives(function) for function in mistake.functions)
    result = fault.got, fault.expected

    def holds() -> bool:  # it stumbles where it is written for a result of the expected form, and this one has another
        return mistake.is_asked_of(*result, exercise.judged) and mistake.describes(*result, fault.args)

    return asked(holds, exercise.seconds)


REGISTRY: dict[str, Exercise] = {}


def register(exercises: Sequence[Exercise]) -> None:
    """Make exercises known by their id."""
    REGISTRY.update({exercise.id: exercise for exercise in exercises})


def of_chapter(chapter: int) -> list[Exercise]:
    """Return the exercises of a chapter, in order (its file is imported when first asked for)."""
    if not any(exercise.chapter == chapter for exercise in REGISTRY.values()):
        name = f"{__package__}.ch{chapter:02d}"
        if importlib.util.find_spec(name):
            register(importlib.import_module(name).EXERCISES)
    return [exercise for exercise in REGISTRY.values() if exercise.chapter == chapter]


def find(id: Any) -> Exercise:
    """Return the exercise with this id, also written as a number (3.6) or with a comma; of a function, that of its name.

    Raises:
        WorkshopError: there is none; the message names those of the chapter.
    """
    if id is None or callable(id):
        same_name = [one for one in REGISTRY.values() if one.name and one.name == getattr(id, "__name__", None)]
        if len(same_name) != 1:
            raise WorkshopError('Il manque le numéro de l’exercice, entre parenthèses et entre guillemets : par exemple ("1.2").')
        return same_name[0]
    id = str(id).strip().replace(",", ".")
    head = id.partition(".")[0]
    known = {exercise.id: exercise for exercise in (of_chapter(int(head)) if re.fullmatch("[0-9]{1,3}", head) else ())}
    if id not in known:
        names = f" Ceux du chapitre : {', '.join(known)}." if known else ""
        raise WorkshopError(f"Il n’y a pas d’exercice « {id} ».{names}")
    return known[id]
