"""What is seen when no known mistake matches: the kind of difference between two results, in one sentence.

An observer looks at one call and says what it sees, from the most to the least telling; never why.  A sentence is shown when it
is true of every call that went wrong, so that a chance resemblance of two numbers is not taken for a rule.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .cards import kind, named_kind, same, short, unaccented
from .observers_numbers import ENOUGH, TOLERANCE, Seen, as_array, is_number, of_numbers, of_shapes


@dataclass(frozen=True)
class Call:
    """One call that went wrong: what it gave and what was expected, and the arguments by their names."""

    got: Any
    want: Any
    args: Mapping[str, Any]
    odd: bool = False  #: of another kind than expected


def observed(calls: Sequence[Call]) -> str | None:
    """Return the most telling sentence that is true of all these calls, or None."""
    said = [list(dict.fromkeys(_seen(call))) for call in calls]
    sure = len(calls) > 1
    common = (sentence for sentence, strong in said[0] if (strong or sure) and all((sentence, strong) in one for one in said))
    return next(common, None)


def direction(calls: Sequence[Call]) -> str | None:
    """Say on which side of the expected numbers those of all these calls are."""
    pairs = [pair for call in calls for pair in _numbers_in(call)]
    several = any(isinstance(call.want, Mapping) for call in calls)
    what, large, small = (
        ("tous les nombres sont", "trop grands", "trop petits") if several else ("le résultat est", "trop grand", "trop petit")
    )
    if pairs and all(got > want for got, want in pairs):
        return f"{what} {large}"
    return f"{what} {small}" if pairs and all(got < want for got, want in pairs) else None


def _numbers_in(call: Call) -> list[tuple[Any, Any]]:
    """Return the numbers that were given with those expected; in dictionaries, under the same keys."""
    got, want = call.got, call.want
    if isinstance(got, Mapping) and isinstance(want, Mapping) and got.keys() == want.keys():
        pairs = [(got[key], want[key]) for key in want]
    else:
        pairs = [(got, want)]
    return pairs if all(is_number(one) for pair in pairs for one in pair) else [(0, 0)]


def _seen(call: Call) -> Seen:
    observers: list[Callable[[Call], Seen]] = [_of_kind, _of_arguments]
    if not call.odd and kind(call.got) == kind(call.want):
        observers += [_of_folds, _of_order, _of_cuts, _of_parts, _of_numbers]
    for observer in observers:
        try:
            yield from observer(call)
        except (TypeError, ValueError, AttributeError, OverflowError):  # values of the attendee's that cannot be looked at so
            continue


def alike(got: Any, want: Any) -> bool:
    """Return whether two values are the same, within the tolerance."""
    return same(got, want, TOLERANCE) is None


# Kinds and arguments ------------------------------------------------------------------------------------------------------------


def _of_kind(call: Call) -> Seen:
    got, want = call.got, call.want
    if inspect.isroutine(got):
        yield "vous renvoyez une fonction, et non ce qu'elle donne : il manque les parenthèses qui l'appellent", True
    if isinstance(got, tuple) and is_number(want) and got and all(map(is_number, got)):
        comma = "en Python une virgule sépare deux valeurs, et les décimales s'écrivent avec un point"
        yield comma if len(got) > 1 else "une virgule au bout d'une ligne fait un tuple", True
    if isinstance(got, str) and is_number(want) and _read_number(got) == want:
        yield "c'est le bon nombre, mais écrit comme un texte, entre guillemets", True
    if isinstance(got, (list, tuple)) and len(got) == 1 and alike(got[0], want):
        yield f"le bon résultat est enfermé dans {kind(got)}", True
    if isinstance(want, (list, tuple)) and len(want) == 1 and alike(got, want[0]):
        yield f"c'est le bon élément, mais il devait être dans {kind(want)}", False
    if kind(got) == kind(want) and (odd := _odd_kind(got, want)):
        yield odd, True
    if kind(got) == kind(want) == "un tableau NumPy" and got.dtype.kind in "US" and want.dtype.kind in "iuf":
        yield "votre tableau contient des textes, et non des nombres (`dtype`)", True
    sequences = isinstance(want, (list, tuple)) and isinstance(got, (list, tuple, set)) and kind(got) != kind(want)
    if sequences and alike(type(want)(got), want):
        yield "le contenu est juste, reste à le convertir", True


def _read_number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _odd_kind(got: Any, want: Any) -> str | None:
    """Return the first place, inside two lists, where things are of different kinds."""
    if not isinstance(want, (list, tuple)) or kind(got) != kind(want):
        return None
    for left, right in zip(got[:ENOUGH], want, strict=False):
        if kind(left) != kind(right):
            written = isinstance(left, str) and is_number(right) and _read_number(left) is not None
            return f"on y attend {kind(right)}, et voici {named_kind(left)}" + (", où le nombre est écrit en lettres" * written)
        if inner := _odd_kind(left, right):
            return inner
    return None


def _of_arguments(call: Call) -> Seen:
    for name, value in call.args.items():
        if kind(value) not in ("un booléen", "un objet") and alike(call.got, value):
            yield f"votre résultat est l'argument `{name}`, tel quel", len(short(value)) > 3


# Parts --------------------------------------------------------------------------------------------------------------------------
PLACES = ("premier", "deuxième", "troisième", "quatrième")


def _of_parts(call: Call) -> Seen:
    """Where only one part is wrong, or where all the parts that are wrong are so in one way."""
    got, want = call.got, call.want
    if isinstance(want, Mapping) and isinstance(got, Mapping):
        if got.keys() < want.keys():
            yield f"il manque des clés, dont `{short(next(key for key in want if key not in got))}`", False
        if got.keys() == want.keys():
            yield from _of_wrong(call, [(f"sous la clé `{short(key)}`", got[key], want[key]) for key in want])
            yield from _of_each(call, [(got[key], want[key]) for key in want])
    elif isinstance(want, tuple) and isinstance(got, tuple) and len(got) == len(want) and 1 < len(want) <= len(PLACES):
        yield from _of_wrong(
            call, [(f"le {place} élément du tuple", g, w) for place, g, w in zip(PLACES, got, want, strict=False)]
        )
    elif isinstance(want, list) and isinstance(got, list) and len(got) == len(want) <= ENOUGH:
        if columns := _columns(got, want):
            for sentence, strong in _of_parts(replace(call, got=columns[0], want=columns[1])):
                yield f"dans chaque tuple, {sentence}", strong
        for sentence, strong in _of_each(call, list(zip(got, want, strict=True))):
            yield f"dans chaque élément qui diffère, {sentence}", strong


def _columns(got: list, want: list) -> tuple[tuple, tuple] | None:
    """Return the first elements, the second ones… of lists of tuples, as lists."""
    tuples = [*got, *want]
    if len(want) < 2 or not all(isinstance(one, tuple) and len(one) == len(want[0]) for one in tuples):
        return None
    left, right = (tuple(list(column) for column in zip(*rows, strict=True)) for rows in (got, want))
    return left, right


def _of_each(call: Call, pairs: list[tuple[Any, Any]]) -> Seen:
    """Yield what is true of all the parts that are wrong."""
    wrong = [(g, w) for g, w in pairs if not alike(g, w)]
    if not all(isinstance(w, (str, list, tuple, Mapping)) for _, w in wrong):
        return
    said = [list(_seen(replace(call, got=g, want=w, args={}))) for g, w in wrong[:20]]
    for sentence, strong in said[0] if said else ():
        if strong and all((sentence, strong) in one for one in said):
            yield sentence, True


def _of_wrong(call: Call, parts: list[tuple[str, Any, Any]]) -> Seen:
    """Yield what is wrong with the only part that is wrong."""
    wrong = [part for part in parts if not alike(part[1], part[2])]
    if len(wrong) == 1 < len(parts):
        name, got, want = wrong[0]
        only = f"tout est juste, sauf {name}"
        for sentence, strong in _seen(replace(call, got=got, want=want)):
            yield f"{only} : {sentence}", strong
        yield only, True


# Texts --------------------------------------------------------------------------------------------------------------------------


def bare(text: str) -> str:
    """Return a text without its white."""
    return "".join(text.split())


FOLDS: dict[str, Callable[[str], str]] = {
    "seules les majuscules diffèrent": str.casefold,
    "seuls les espaces et les fins de ligne diffèrent": bare,
    "seuls les accents diffèrent": unaccented,
}
PUNCTUATION: dict[str, Callable[[str], str]] = {
    "seule la ponctuation diffère": lambda text: re.sub(r"[^\w\s]", "", text),
    "seuls les espaces et la ponctuation diffèrent": lambda text: re.sub(r"\W", "", text),
}


def _texts(call: Call) -> tuple[list[str], list[str]] | None:
    got, want = ([value] if isinstance(value, str) else value for value in (call.got, call.want))
    lists = isinstance(got, list) and isinstance(want, list) and want
    return (got, want) if lists and all(isinstance(text, str) for text in [*got, *want]) else None


def _of_folds(call: Call, folds: Mapping[str, Callable[[str], str]] = FOLDS) -> Seen:
    if (texts := _texts(call)) and len(texts[0]) == len(texts[1]):
        for sentence, fold in folds.items():
            got, want = ([*map(fold, one)] for one in texts)
            if got == want and any(want):
                yield sentence, True


def _of_cuts(call: Call) -> Seen:
    yield from _of_folds(call, PUNCTUATION)
    if (texts := _texts(call)) and len(texts[0]) != len(texts[1]):
        got, want = ("".join(one) for one in texts)
        if bare(got) == bare(want) and want:
            amount = "trop" if len(texts[0]) > len(texts[1]) else "trop peu"
            yield f"rien ne manque, mais ce n'est pas coupé aux mêmes endroits : il y a {amount} d'éléments", True


# Order --------------------------------------------------------------------------------------------------------------------------


def _listed(value: Any) -> list | None:
    if isinstance(value, (str, list, tuple)):
        return list(value)
    if kind(value) in ("un tableau NumPy", "un tenseur") and np.ndim(value):
        return [*as_array(value)]
    return None


def _of_order(call: Call) -> Seen:
    got, want = _listed(call.got), _listed(call.want)
    if got is None or want is None or len(want) > ENOUGH or len(got) > ENOUGH:
        return
    what = ("caractère", "", "s") if isinstance(call.want, str) else ("élément", "", "s")
    many = len(want) - len(got)

    def equal(left: list, right: list) -> bool:
        return len(left) == len(right) and all(map(alike, left, right))

    if not got:
        yield "votre résultat est vide", True
    if many > 0:
        if equal(want[: len(got)], got):
            yield f"il manque le dernier {what[0]}" if many == 1 else f"il manque les {many} derniers {what[0]}s", True
            yield f"il manque la fin : des {what[0]}s n'y sont pas", True
        if equal(want[many:], got):
            yield f"il manque le premier {what[0]}" if many == 1 else f"il manque les {many} premiers {what[0]}s", True
            yield f"il manque le début : des {what[0]}s n'y sont pas", True
    if many < 0:
        if equal(got[: len(want)], want):
            yield (
                (f"il y a un {what[0]} de trop, à la fin" if many == -1 else f"il y a {-many} {what[0]}s de trop, à la fin"),
                True,
            )
            yield f"il y a des {what[0]}s de trop, à la fin", True
        if equal(got[-many:], want):
            yield f"il y a un {what[0]} de trop, au début" if many == -1 else f"il y a {-many} {what[0]}s de trop, au début", True
            yield f"il y a des {what[0]}s de trop, au début", True
    if many == 0 and len(want) > 1 and equal(got[::-1], want):
        yield "l'ordre est inversé : le premier est devenu le dernier", True
    if many == 0 and len(want) > 2 and equal(got[1:], want[:-1]):
        yield "tout est décalé d'une place vers la fin", True
    if many == 0 and len(want) > 2 and equal(got[:-1], want[1:]):
        yield "tout est décalé d'une place vers le début", True
    if isinstance(call.want, str):
        return
    left, right = (sorted(map(repr, values)) for values in (got, want))
    if many == 0 and left == right and not equal(got, want):
        yield "ce sont les bons éléments, mais pas dans le bon ordre", True
    flat = [list(_flat(values)) for values in (got, want)]
    if isinstance(call.want, list) and any(isinstance(one, (list, tuple)) for one in [*got, *want]) and equal(*flat):
        yield "rien ne manque et l'ordre est bon, mais ce n'est pas coupé aux mêmes endroits", True
    if many > 0 and _within(got, want):
        yield "tout ce qui est là est juste, mais il en manque", True
    if many < 0 and _within(want, got):
        yield "rien ne manque, mais il y a des éléments de trop" + (", certains plusieurs fois" * (set(left) == set(right))), True


def _flat(values: Any) -> Iterator:
    for value in values:
        yield from _flat(value) if isinstance(value, (list, tuple)) else [value]


def _within(few: list, many: list) -> bool:
    """Return whether the ones are found among the others, in the same order."""
    rest = iter(many)
    return all(any(alike(one, other) for other in rest) for one in few)


def _of_numbers(call: Call) -> Seen:
    yield from of_shapes(call.got, call.want)
    yield from of_numbers(call.got, call.want, call.args)
