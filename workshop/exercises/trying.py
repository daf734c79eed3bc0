"""One call of an attendee's function: what it gives, and what is wrong with that."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..base.errors import WorkshopError
from .cards import kind, named_kind, short
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
    shortens,
    told,
)
from .statement import Exercise, Trial

#: What the commonest exceptions mean, for someone who reads them for the first time.
MEANINGS = {
    AttributeError: "cet objet n'a pas l'attribut ou la méthode que vous lui demandez",
    ImportError: "ce module n'est pas installé, ou son nom est mal écrit",
    re.error: "ce motif ne se lit pas : dans une expression régulière, `*`, `.`, `(` ou `?` ont un sens ; `\\*` est une étoile",
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

#: What an exception means when its text says more than its class.
MEANINGS_OF_TEXTS = {
    r"'(function|method|builtin_function_or_method|functools\._lru_cache_wrapper)' object (has no attribute|is not)": "c'est une "
    "fonction, et non ce qu'elle donne : il manque les parenthèses qui l'appellent",
    r"NoneType": "une valeur y est `None`, autrement dit rien : une recherche sans résultat, ou une fonction sans `return` ?",
    r"'tuple' and|and 'tuple'": "l'une des deux valeurs est un tuple : une virgule de trop, ou dans un nombre, dont les "
    "décimales s'écrivent avec un point ?",
    r"for \^|bitwise_xor": "`^` n'est pas la puissance en Python : c'est `**`",
    r"shapes cannot be multiplied|size of tensor|not aligned|could not be broadcast|matmul": "les formes de deux tableaux ne "
    "s'accordent pas (affichez leurs `.shape`)",
    r"can only concatenate|must be str, not|: 'int' and 'str'|: 'str' and 'int'": "un texte et un nombre ne s'additionnent pas",
    r"object is not callable": "des parenthèses derrière ce qui n'est pas une fonction : un `*` ou des crochets oubliés ?",
    r"not subscriptable": "des crochets derrière ce qui n'a pas d'éléments",
    r"not iterable": "une boucle sur ce qui n'a pas d'éléments",
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
    odd: bool = False  #: of another kind than expected
    stops: bool = False  #: no result came, where the cases before may have had one


def first_line(exercise: Exercise) -> str:
    """Return how the function of an exercise is called: its name and its parameters."""
    assert exercise.reference is not None  # a value has no first line
    return f"{exercise.name}({', '.join(inspect.signature(exercise.reference).parameters)})"


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
    result = run(function, given, exercise.seconds, lambda got: short(exercise.read(got))[:200])
    if isinstance(result.error, WorkshopError):
        return None
    made = "(ne s'arrête pas)" if isinstance(result.error, TimeLimit) else result.value
    made = named_error(result.error) if result.error and made is None else made
    rows = (("avec", written_call(exercise, trial)), ("attendu", f"WorkshopError: {told(trial.expected)}"), ("obtenu", made))
    if result.error and raised_on_purpose(result.error, function):
        message = f"votre fonction refuse bien ces arguments, mais par une `{type(result.error).__name__}` : on demande une "
        message += "`WorkshopError`, dont le carnet ne montre que la phrase"
    else:
        message = "tout le reste est juste ; mais ces arguments-là n'ont pas de sens, et votre fonction doit le dire : "
        message += '`raise WorkshopError("…")`, avec une phrase de vous'
    return Fault(message, rows, result.error, trial.expected, trial.args, final=True)


def judge(exercise: Exercise, got: Any, trial: Trial, given: tuple = ()) -> Fault | None:
    """Return how a result falls short, or None; ``given`` are the arguments as the function has left them."""
    if got is ... or (got is None and trial.kind != kind(None)):
        return Fault("votre fonction ne renvoie rien : il manque `return`", got=got, final=True, stops=got is None)
    if exercise.judged:
        message = exercise.opinion(got, given)
        rows = () if exercise.reference else (("obtenu", short(got)),)  # what was built may be too long to show
        return Fault(message, rows, got=got, args=given) if message else None
    if kind(got) != trial.kind:
        message = f"on attend {trial.kind}, et voici {named_kind(got)}"
        if isinstance(got, Iterator) and trial.kind == kind([]):
            message += ", qui donne ses éléments un par un : `list(…)` en fait une liste"
        return Fault(message, (("obtenu", short(got)),), got, trial.expected, trial.args, odd=True)
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
    meaning = next((text for family, text in MEANINGS.items() if issubclass(type(error), family)), "elle s'est arrêtée en chemin")
    said = named_error(error)
    meaning = next((text for pattern, text in MEANINGS_OF_TEXTS.items() if re.search(pattern, said)), meaning)
    if isinstance(error, IndexError) and shortens(function):
        meaning += " : ce que l'on ôte d'une liste pendant qu'on la parcourt en décale la suite, et elle finit plus tôt"
    rows += (("erreur", said),)
    what = f"votre fonction s'arrête sur une erreur ; {meaning}" if line else "le résultat de votre fonction ne peut pas être lu"
    return Fault(what, rows, error, trial.expected, trial.args)
