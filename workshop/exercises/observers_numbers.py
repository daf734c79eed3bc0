"""What kind of difference there is between numbers, alone or in lists and arrays: see ``observers``."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from numbers import Number
from typing import Any

import numpy as np

from .cards import kind

TOLERANCE = 1e-6
ENOUGH_TO_TELL = 100  #: a size that no other number is likely to equal by chance
ENOUGH = 2000  #: numbers, or elements, of a result that are looked at

Seen = Iterator[tuple[str, bool]]  #: sentences, and whether a single call is enough to believe them


def is_number(value: Any) -> bool:
    """Return whether this is a number, and not a truth."""
    return isinstance(value, Number) and not isinstance(value, bool)


def as_array(value: Any) -> np.ndarray:
    """Return the numbers of a tensor, of an array or of a list."""
    return np.asarray(value.detach().cpu().double() if hasattr(value, "detach") else value, dtype=float)


def _numeric(value: Any) -> np.ndarray | None:
    """Return a number, an array or a list of numbers as an array."""
    if is_number(value) or kind(value) in ("un tableau NumPy", "un tenseur"):
        return as_array(value)
    if isinstance(value, (list, tuple)) and value and all(map(is_number, value)):
        return as_array(value)
    return None


def _close(left: np.ndarray, right: np.ndarray) -> bool:
    return left.shape == right.shape and bool(np.isclose(left, right, TOLERANCE, 1e-9, equal_nan=True).all())


def of_shapes(left: Any, right: Any) -> Seen:
    """Compare the forms of what was given and of what was expected."""
    got, want = _numeric(left), _numeric(right)
    if got is None or want is None or want.ndim == 0 == got.ndim or got.size > ENOUGH:
        return
    if got.ndim == want.ndim > 1 and _close(np.swapaxes(got, -1, -2), want):
        yield "les lignes et les colonnes sont échangées", True
    if got.shape == want.shape:
        return
    if got.size == want.size and _close(got.reshape(want.shape), want):
        yield "ce sont les bons nombres, mais le tableau n'a pas la bonne forme (`shape`)", True
    if got.ndim == want.ndim + 1:
        for axis, name in itertools.product(range(got.ndim), ("somme", "moyenne")):
            if _close(got.sum(axis=axis) if name == "somme" else got.mean(axis=axis), want):
                yield f"il manque une {name}, sur l'axe {axis}", True
    if got.ndim != want.ndim:
        axes = ("un nombre seul", "une rangée de nombres", "un tableau à deux dimensions", "un tableau à trois dimensions")
        if max(got.ndim, want.ndim) < len(axes):
            yield f"on attend {axes[want.ndim]}, et voici {axes[got.ndim]}", True


#: What one number may be of another.
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "le signe est à l'envers : c'est moins le résultat attendu": np.negative,
    "le signe moins est perdu : c'est la valeur absolue du résultat attendu": np.abs,
    "la fraction est à l'envers : c'est 1 divisé par le résultat attendu": lambda x: 1 / x,
    "c'est 1 moins le résultat attendu": lambda x: 1 - x,
    "c'est le carré du résultat attendu": np.square,
    "c'est la racine carrée du résultat attendu": np.sqrt,
    "c'est l'exponentielle du résultat attendu": np.exp,
    "c'est le logarithme du résultat attendu": np.log,
    "le résultat est arrondi à la quatrième décimale": lambda x: np.round(x, 4),
    "le résultat est arrondi à la troisième décimale": lambda x: np.round(x, 3),
    "le résultat est arrondi à la deuxième décimale": lambda x: np.round(x, 2),
    "le résultat est arrondi à la première décimale": lambda x: np.round(x, 1),
    "le résultat est arrondi à un nombre entier": np.round,
    "les décimales sont coupées": np.trunc,
    "le résultat est arrondi à l'entier d'en dessous": np.floor,
}


def of_numbers(left: Any, right: Any, args: Mapping[str, Any]) -> Seen:
    """Compare the numbers that were given with those expected; the arguments are numbers that may explain a difference."""
    got, want = _numeric(left), _numeric(right)
    if got is None or want is None or got.shape != want.shape or not want.size or want.size > ENOUGH or _close(got, want):
        return
    if kind(right) != "un booléen" and str(getattr(left, "dtype", "")).endswith("bool"):
        yield "ce sont des réponses par oui ou non (`True`, `False`), on attend des nombres", True
    yield from _not_finite(got, want)
    finite = np.isfinite(got) & np.isfinite(want)
    if (np.isfinite(got) != np.isfinite(want)).any() or not finite.any():
        return
    got, want = got[finite], want[finite]
    if _close(got, want):
        return
    several = len(np.unique(want)) > 1
    with np.errstate(all="ignore"):
        for sentence, function in FUNCTIONS.items():
            made = function(want)
            if _close(got, made) and not _close(want, made):
                yield sentence, True
        ratios, gaps = got[want != 0] / want[want != 0], got - want
        if (want != 0).any() and _close(got[want == 0], want[want == 0]) and _close(ratios, ratios[:1].repeat(len(ratios))):
            yield from _factor(float(ratios[0]), several, args)
    if _close(gaps, gaps[:1].repeat(len(gaps))):
        yield from _gap(float(gaps[0]), several, args)
    if gaps.size == 1:
        yield from _product(abs(float(gaps[0])), args)


def counted(left: Any, right: Any) -> str | None:
    """Return how many numbers are right, where some are."""
    got, want = _numeric(left), _numeric(right)
    if got is None or want is None or got.shape != want.shape or want.size < 2:
        return None
    good = int(np.isclose(got, want, TOLERANCE, equal_nan=True).sum())
    return f"{good} nombre{'s' * (good > 1)} sur {want.size} {'sont justes' if good > 1 else 'est juste'}" if good else None


def _not_finite(got: np.ndarray, want: np.ndarray) -> Seen:
    if np.isnan(got).any() and not np.isnan(want).any():
        yield "il y a des `nan` (« pas un nombre » : un calcul impossible, comme 0 divisé par 0, 0 fois ∞ ou ∞ moins ∞)", True
    elif (np.isinf(got) != np.isinf(want)).any():
        less = np.isinf(got).sum() - np.isinf(want).sum()
        how = "ne sont pas aux bonnes places" if less == 0 else f"sont trop {'' if less > 0 else 'peu '}nombreux"
        yield f"les infinis (`inf`) {how}", True
    elif (np.isinf(got) & (got != want)).any():
        yield "les infinis (`inf`) n'ont pas tous le bon signe", True


def _written(number: float) -> str:
    return f"{number:.4g}".replace(".", ",") if abs(number) < 1e5 else f"{number:,.0f}".replace(",", "\u202f")


def _sizes(args: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the numbers that the arguments are or have: itself, how many elements."""
    for name, value in args.items():
        if is_number(value):
            yield f"`{name}`", float(value)
        elif hasattr(value, "__len__") and np.ndim(value) < 3:
            yield f"`len({name})`", float(len(value))


def _factor(ratio: float, several: bool, args: Mapping[str, Any]) -> Seen:
    for name, size in _sizes(args):
        if size not in (0, 1):
            if np.isclose(ratio, size, TOLERANCE):
                yield f"le résultat est multiplié par {name}, en trop", several or size != int(size)
            elif np.isclose(ratio, 1 / size, TOLERANCE):
                yield f"le résultat est divisé par {name}, en trop", several or size != int(size)
    plain = [n for n in (2, 3, 4, 10, 100, 1000) if np.isclose(ratio, n) or np.isclose(ratio, 1 / n)]
    if plain:
        yield f"le résultat est {plain[0]} fois trop {'grand' if ratio > 1 else 'petit'}", True
    elif 0 < abs(ratio - 1) < 0.01:
        times = f"{ratio:.7g}".replace(".", ",")
        yield f"le résultat vaut toujours {times} fois ce qui est attendu : un nombre est-il arrondi dans le calcul ?", several
    elif ratio and abs(ratio) != 1:
        yield f"le résultat vaut toujours {_written(ratio)} fois ce qui est attendu", several


def _product(gap: float, args: Mapping[str, Any]) -> Seen:
    """Name the size of an argument, or the two sizes, of which a gap is the product."""
    sizes = {f"{name}.{part}": size for name, value in args.items() for part, size in _parts(value)}
    for name, size in sizes.items():
        if gap == size:
            yield f"l'écart est exactement `{name}`", size > ENOUGH_TO_TELL
    for (name, size), (other, times) in itertools.combinations(sizes.items(), 2):
        if gap == size * times:
            yield f"l'écart est exactement `{name} * {other}`", False


def _parts(value: Any) -> Iterator[tuple[str, int]]:
    """Yield the attributes of an object that are sizes."""
    attributes = vars(value) if kind(value) == "un objet" and hasattr(value, "__dict__") else {}
    yield from ((name, size) for name, size in attributes.items() if type(size) is int and size > 1 and name.isidentifier())


def _gap(gap: float, several: bool, args: Mapping[str, Any]) -> Seen:
    for name, size in _sizes(args):
        if size and np.isclose(abs(gap), size, TOLERANCE):
            yield (f"il y a {name} de trop" if gap > 0 else f"il manque {name}, à ajouter"), several
    if gap == int(gap) and abs(gap) <= 2:
        yield f"il y a {abs(int(gap))} de trop" if gap > 0 else f"il manque {abs(int(gap))}", True
    else:
        yield f"l'écart est toujours le même : {_written(abs(gap))} de trop{'' if gap > 0 else ' peu'}", several
