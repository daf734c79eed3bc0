"""One call of an attendee's function: what it gives, and what is wrong with that."""

import inspect
from collections.abc import Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..base.errors import WorkshopError
from .cards import kind, named_kind, short
from .retold import meaning, values_at
from .sandbox import (
    TimeLimit,
    asked,
    changed,
    copied,
    guilty_line,
    named_error,
    prints,
    raised_on_purpose,
    run,
    told,
)
from .statement import Exercise, Trial

RETURNED = "votre fonction renvoie l'erreur comme un résultat ordinaire : c'est `raise` qui la lève, et non `return`"


@dataclass(frozen=True)
class Fault:
    """What went wrong in a case; a mistake may still give it its true name, unless it is ``final``."""

    message: str
    rows: tuple[tuple[str, str], ...] = ()
    got: Any = None
    expected: Any = None
    args: tuple = ()
    final: bool = False
    odd: bool = False  #: of another kind than expected
    stops: bool = False  #: no result came, where the cases before may have had one


def is_error(value: Any) -> bool:
    """Return whether a result is an exception, or a class of exceptions."""
    return isinstance(value, BaseException) or (isinstance(value, type) and issubclass(value, BaseException))


def first_line(exercise: Exercise) -> str:
    """Return the first line of the function of an exercise: its name and its parameters, with their defaults."""
    assert exercise.reference is not None  # a value has no first line

    def written(one: inspect.Parameter) -> str:
        if one.default is one.empty:
            return one.name
        return f"{one.name}={one.default!r}" if isinstance(one.default, (int, float, str)) else f"{one.name}=…"

    return f"{exercise.name}({', '.join(map(written, inspect.signature(exercise.reference).parameters.values()))})"


def written_call(exercise: Exercise, trial: Trial) -> str:
    """Return the call of a case, cut short."""
    return f"{exercise.name}({', '.join(map(short, trial.args))})"


def agree(exercise: Exercise, wrong: Callable, trial: Trial, fault: Fault | None) -> bool:
    """Return whether a wrong answer of ours gives in one case what the attendee's gives (which is right without a fault)."""
    made, got = exercise.outcome(wrong, trial), fault.got if fault else trial.expected
    if isinstance(made, BaseException) or isinstance(got, BaseException):
        return type(made) is type(got) and told(made) == told(got)
    return asked(lambda: exercise.compare(got, made) is None, exercise.seconds)


def examine(exercise: Exercise, function: Callable, trial: Trial) -> Fault | None:
    """Return what is wrong with the function in one case, or None."""
    given = copied(trial.args)
    if trial.refused:
        return _not_refused(exercise, function, given, trial)
    call = (("avec", written_call(exercise, trial)),)
    try:
        inspect.signature(function).bind(*given)
    except TypeError:
        first = first_line(exercise)
        return Fault(f"votre fonction ne reçoit pas les bons arguments : sa première ligne est `def {first}`", final=True)
    except ValueError:  # written in C, it does not say what it takes: calling it will tell
        pass
    result = run(function, given, exercise.seconds, lambda got: judge(exercise, got, trial, given))
    if result.error:
        return _stopped(exercise, function, result.error, call, trial)
    if fault := result.value:
        if fault.got is None and result.printed and prints(function):
            message = "votre fonction affiche son résultat mais ne le renvoie pas : `return` au lieu de `print`"
            fault = replace(fault, message=message)
        return replace(fault, rows=call + fault.rows)
    if trial.changes:
        return None
    compared = run(changed, (trial.args, given), exercise.seconds)
    if compared.error or compared.value:  # what cannot be compared any more was changed, too
        message = "le résultat est juste, mais votre fonction modifie ce qu'on lui donne : travaillez sur une copie"
        return Fault(message, call, final=True)
    return None


def _not_refused(exercise: Exercise, function: Callable, given: tuple, trial: Trial) -> Fault | None:
    """Return what is wrong with a function that an input of this kind should stop, with a message that its user understands."""
    returned: list[Any] = []

    def read(got: Any) -> str:
        returned.append(got)
        return short(got if is_error(got) else exercise.read(got))[:200]

    result = run(function, given, exercise.seconds, read)
    if isinstance(result.error, WorkshopError):
        return None
    made = "(ne s'arrête pas)" if isinstance(result.error, TimeLimit) else result.value
    made = named_error(result.error) if result.error and made is None else made
    rows = (("avec", written_call(exercise, trial)), ("attendu", f"WorkshopError: {told(trial.expected)}"), ("obtenu", made))
    if result.error and raised_on_purpose(result.error, function):
        message = f"votre fonction refuse bien ces arguments, mais par une `{type(result.error).__name__}` : on demande une "
        message += "`WorkshopError`, dont le carnet ne montre que la phrase"
    elif returned and is_error(returned[0]):
        message = RETURNED
    else:
        message = "tout le reste est juste ; mais ces arguments-là n'ont pas de sens, et votre fonction doit le dire : "
        message += '`raise WorkshopError("…")`, avec une phrase de vous'
    return Fault(message, rows, result.error, trial.expected, trial.args, final=True)


def judge(exercise: Exercise, got: Any, trial: Trial, given: tuple = ()) -> Fault | None:
    """Return how a result falls short, or None; ``given`` are the arguments as the function has left them."""
    if got is ... or (got is None and trial.kind != kind(None)):
        return Fault("votre fonction ne renvoie rien : il manque `return`", got=got, final=True, stops=got is None)
    if exercise.reference and is_error(got):
        return Fault(RETURNED, (("obtenu", short(got)),), final=True)
    if exercise.judged:
        message = exercise.opinion(got, given)
        rows = () if exercise.reference else (("obtenu", short(got)),)  # what was built may be too long to show
        return Fault(message, rows, got=got, args=given) if message else None
    if kind(got) != trial.kind:
        message = f"on attend {trial.kind}, et voici {named_kind(got)}"
        if isinstance(got, Iterator) and trial.kind == kind([]):
            message += ", qui donne ses éléments un par un : `list(…)` en fait une liste"
        if isinstance(got, Coroutine):  # closed, it does not complain that nobody has waited for it
            message = f"on attend {trial.kind}, et une fonction qui commence par `async` ne le donne pas : `def` tout court"
            got.close()
        elif isinstance(got, Generator) and trial.kind != kind([]):
            message += ", car `yield` donne un résultat par morceaux : `return` le renvoie en entier"
        if isinstance(trial.expected, tuple) and not isinstance(got, tuple):
            message += f" ; il faut renvoyer {len(trial.expected)} choses, séparées par une virgule"
        # a view shows what is compared, which is not what is asked for
        asked_for = () if exercise.view else (("attendu", short(trial.expected)),)
        return Fault(message, (*asked_for, ("obtenu", short(got))), got, trial.expected, trial.args, odd=True)
    got = exercise.read(got)
    found = exercise.compare(got, trial.expected)
    if not found:
        return None
    where = (("", f"Voici où : {found.where}"),) if found.where else ()
    rows = (*where, ("attendu", found.expected), ("obtenu", found.got))
    return Fault("ce n'est pas encore le résultat attendu", rows, got, trial.expected, trial.args)


def _stopped(exercise: Exercise, function: Callable, error: BaseException, call: tuple, trial: Trial) -> Fault:
    """Retell an exception: what it means, with which input, at which line of the attendee's."""
    line = guilty_line(error, function)
    rows = call + (((f"ligne {line[0]}", line[1]),) if line else ())
    if isinstance(error, TimeLimit):
        message = (
            f"votre fonction ne s'est pas arrêtée ({exercise.seconds:g} secondes au plus) : une boucle sans fin, ou un calcul"
        )
        message += " qui recommence sans cesse le même travail ?"
        return Fault(message, rows, final=True, stops=True)
    values = values_at(error, function, trial.args)
    rows += (("où", values),) if values else ()
    rows += (("erreur", named_error(error)),)
    what = "le résultat de votre fonction ne peut pas être lu"
    if line:
        what = f"votre fonction s'arrête sur une erreur ; {meaning(error, function)}"
    return Fault(what, rows, error, trial.expected, trial.args)
