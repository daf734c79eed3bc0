"""The mechanism of the exercises: an exercise is data, running its cell is the check, and a notebook never blocks.

A chapter's exercises are a list ``EXERCISES`` in ``workshop/exercises/chNN.py`` (``tests/example_chapter`` shows the smallest
complete chapter).  ``statement`` says what an exercise is, ``mistakes`` how its mistakes are written; here answers are judged;
the words that attendees write are in ``workshop.exercises``.
"""

import contextlib
import importlib.util
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ..base.errors import WorkshopError
from .cards import Card, kind, named_kind, short
from .mistakes import Mistake
from .sandbox import TimeLimit, asked, changed, copied, guilty_line, is_blank, named_error, run, told
from .statement import Exercise, Trial

NEXT = "La suite du carnet utilise la solution de l'atelier."

#: What the commonest exceptions mean, for someone who reads them for the first time.
MEANINGS = {
    AttributeError: "cet objet n'a pas l'attribut ou la méthode que vous lui demandez",
    ImportError: "ce module n'est pas installé, ou son nom est mal écrit",
    IndexError: "vous demandez un élément qui n'existe pas (les indices commencent à 0)",
    KeyError: "cette clé n'est pas dans le dictionnaire",
    NameError: "ce nom n'existe pas ici : faute de frappe, variable ou `import` oublié ?",
    OSError: "ce fichier ou cette adresse ne s'ouvre pas",
    RecursionError: "la fonction s'appelle elle-même sans jamais s'arrêter",
    SystemExit: "`exit()` et `quit()` arrêteraient tout le carnet : pour finir une fonction, c'est `return`",
    UnicodeError: "ces octets ne sont pas du texte dans cet encodage",
    ValueError: "cette valeur ne convient pas",
    TypeError: "une opération ou une fonction n'a pas reçu ce qu'elle attend",
    ZeroDivisionError: "vous divisez par zéro",
}


@dataclass(frozen=True)
class Fault:
    """What went wrong in a case; a mistake may still give it its true name, unless it is ``final``."""

    message: str
    rows: tuple[tuple[str, str], ...] = ()
    got: Any = None
    expected: Any = None
    args: tuple = ()
    final: bool = False


def check(exercise: Exercise, function: Callable) -> Card:
    """Return the outcome for an attendee's function; nothing is displayed or remembered, and nothing it does escapes."""
    if is_blank(function):
        return todo(exercise)
    try:
        trials = exercise.trials
    except (Exception, TimeLimit) as error:
        return todo(exercise, f"la vérification est impossible sur cette machine ({type(error).__name__}: {error})")
    examine = cache(lambda number: _examine(exercise, function, trials[number]))
    # the first fault speaks for all: the cases before it went well, and a property may count on that
    first, fault = next(((number, fault) for number in range(len(trials)) if (fault := examine(number))), (0, None))
    if fault is None:
        return _verdict(exercise, None)
    if fault.got is ...:
        return todo(exercise)
    others = [number for number in range(len(trials)) if number != first]

    def gives(wrong: Callable) -> bool:
        """Return whether this wrong answer gives what the attendee's gives, in every case."""
        return all(_agree(exercise, wrong, trials[number], examine(number)) for number in [first, *others])

    return _verdict(exercise, fault, exercise.known, gives)


def check_value(exercise: Exercise, value: Any, names: Mapping[str, Any]) -> Card:
    """Return the outcome for a value; ``names`` are the variables of the notebook."""
    if value is ...:
        return todo(exercise)
    if value is None:
        message = "cette valeur est `None`, autrement dit rien : ce qui est à droite du signe `=` ne donne pas de résultat"
        return _verdict(exercise, Fault(message, final=True))
    expected = None if exercise.judged else exercise.evaluate(names)
    trial = Trial((), kind(expected), exercise.read(expected))
    result = run(_judge, (exercise, value, trial), exercise.seconds)
    fault = result.value
    if fault:  # to show what was expected would be to give the answer
        fault = replace(fault, rows=tuple(row for row in fault.rows if row[0] != "attendu"))
    if result.error:
        message = f"{named_kind(value)} ne convient pas ici ({named_error(result.error)})"
        if isinstance(result.error, TimeLimit):
            message = f"lire {named_kind(value)} comme celui-ci n'a pas de fin ({exercise.seconds:g} secondes au plus)"
        fault = Fault(message, got=value, expected=trial.expected)
    known = [mistake.among(names) for mistake in exercise.known] if fault else []
    return _verdict(exercise, fault, known, lambda wrong: _agree(exercise, wrong, trial, fault))


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
        message = f"écrivez ici une fonction, `def {_first_line(exercise)}` : ce que vous donnez est {what}"
    elif name != exercise.name:
        message = f"gardez le nom `{exercise.name}` : la suite du carnet en a besoin"
    else:
        return None
    return _verdict(exercise, Fault(message, final=True))


def _first_line(exercise: Exercise) -> str:
    assert exercise.reference is not None  # a value has no first line
    return f"{exercise.name}({', '.join(inspect.signature(exercise.reference).parameters)})"


def _verdict(
    exercise: Exercise,
    fault: Fault | None,
    known: Sequence[Mistake] = (),
    gives: Callable[[Callable], bool] = lambda wrong: False,
) -> Card:
    """Return ✅, or ❌ with the name of the mistake if it is among the ``known``, else with what is wrong.

    ``gives`` says whether a wrong answer of ours gives the results of the attendee's.
    """
    title = f"Exercice {exercise.id}"
    if not fault:
        return Card("right", title, "bravo !")
    message, number = fault.message, 1
    with contextlib.suppress(TimeLimit):  # looking at this result has no end: nothing more can be said of it
        message, number = (not fault.final and _named(exercise, fault, known, gives)) or (message, number)
    message += "" if message.endswith((".", "?", "!", "…")) else "."
    call = f'hint("{exercise.id}"{f", {number}" if number > 1 else ""})'
    return Card("wrong", title, message, fault.rows, f"Un coup de pouce : `{call}`. {NEXT}")


def _named(
    exercise: Exercise, fault: Fault, known: Sequence[Mistake], gives: Callable[[Callable], bool]
) -> tuple[str, int] | None:
    """Return the message of the mistake that a fault is, and the number of the hint that helps."""
    found = next((mistake for mistake in known if _is_it(exercise, mistake, fault, gives)), None)
    return (found.message, found.hint) if found else None


def _is_it(exercise: Exercise, mistake: Mistake, fault: Fault, gives: Callable[[Callable], bool]) -> bool:
    """Return whether a mistake gives its name to a fault: by its property if it has one, else by its results."""
    if not mistake.when:
        return not exercise.judged and any(gives(function) for function in mistake.functions)
    result = fault.got, fault.expected

    def holds() -> bool:  # it stumbles where it is written for a result of the expected form, and this one has another
        return mistake.is_asked_of(*result, exercise.judged) and mistake.describes(*result, fault.args)

    return asked(holds, exercise.seconds)


def _agree(exercise: Exercise, wrong: Callable, trial: Trial, fault: Fault | None) -> bool:
    """Return whether a wrong answer of ours gives in one case what the attendee's gives (which is right without a fault)."""
    made, got = exercise.outcome(wrong, trial), fault.got if fault else trial.expected
    if isinstance(made, BaseException) or isinstance(got, BaseException):
        return type(made) is type(got) and told(made) == told(got)
    return asked(lambda: exercise.compare(got, made) is None, exercise.seconds)


def _examine(exercise: Exercise, function: Callable, trial: Trial) -> Fault | None:
    """Return what is wrong with the function in one case, or None."""
    given = copied(trial.args)
    call = (("avec", f"{exercise.name}({', '.join(map(short, trial.args))})"),)
    try:
        inspect.signature(function).bind(*given)
    except TypeError:
        first = _first_line(exercise)
        return Fault(f"votre fonction ne reçoit pas les bons arguments : sa première ligne est `def {first}`", final=True)
    except ValueError:  # written in C, it does not say what it takes: calling it will tell
        pass
    result = run(function, given, exercise.seconds, lambda got: _judge(exercise, got, trial))
    if result.error:
        return _stopped(exercise, function, result.error, call, trial)
    if fault := result.value:
        if fault.got is None and result.printed:
            message = "votre fonction affiche son résultat mais ne le renvoie pas : `return` au lieu de `print`"
            fault = replace(fault, message=message)
        return replace(fault, rows=call + fault.rows)
    if exercise.judged or trial.changes:
        return None
    compared = run(changed, (trial.args, given), exercise.seconds)
    if compared.error or compared.value:  # what cannot be compared any more was changed, too
        message = "le résultat est juste, mais votre fonction modifie ce qu'on lui donne : travaillez sur une copie"
        return Fault(message, call, final=True)
    return None


def _judge(exercise: Exercise, got: Any, trial: Trial) -> Fault | None:
    """Return how a result falls short, or None."""
    if got is ... or (got is None and trial.kind != kind(None)):
        return Fault("votre fonction ne renvoie rien : il manque `return`", got=got, final=True)
    if exercise.judged:
        message = exercise.opinion(got, trial.args)
        return Fault(message, got=got, args=trial.args) if message else None
    if kind(got) != trial.kind:
        message = f"on attend {trial.kind}, et voici {named_kind(got)}"
        if isinstance(got, Iterator) and trial.kind == kind([]):
            message += ", qui donne ses éléments un par un : `list(…)` en fait une liste"
        return Fault(message, (("obtenu", short(got)),), got, trial.expected, trial.args)
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
        message = f"votre fonction ne s'est pas arrêtée ({exercise.seconds:g} secondes au plus) : une boucle sans fin ?"
        return Fault(message, rows, final=True)
    meaning = next((text for family, text in MEANINGS.items() if issubclass(type(error), family)), "elle s'est arrêtée en chemin")
    said = named_error(error)
    if "NoneType" in said:
        meaning = "une valeur y est `None`, autrement dit rien : une recherche sans résultat, ou une fonction sans `return` ?"
    rows += (("erreur", said),)
    what = f"votre fonction s'arrête sur une erreur ; {meaning}" if line else "le résultat de votre fonction ne peut pas être lu"
    return Fault(what, rows, error, trial.expected, trial.args)


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
