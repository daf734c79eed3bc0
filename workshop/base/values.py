"""Values that make no sense, said in one sentence before anything is computed with them."""

import math
import reprlib
from numbers import Integral, Real

from .errors import WorkshopError
from .typography import french

MOST = 2**32 - 1  #: what numpy takes as a seed; a larger count is a slip of the keyboard


def _number(value: object) -> float:
    """Return a number as Python computes with it: NaN for what is none, infinity for what is too large."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"«\u00a0{value[:40]}\u00a0», un texte"
    number = _number(value)
    if isinstance(value, Integral) and math.isinf(number):
        return "un nombre immense"
    if isinstance(value, float) and value.is_integer():
        return french(value, 1)  # 8,0 is no whole number to Python
    return french(number) if math.isfinite(number) else reprlib.repr(value)


def require_whole(name: str, value: object, least: int, example: int, most: int = MOST) -> None:
    """Check a count.

    Raises:
        WorkshopError: it is no whole number, or lies outside of ``least`` to ``most``.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or not least <= int(value) <= most:
        large = isinstance(value, Integral) and int(value) > most
        bound = f"d’au plus {french(most, 0)}" if large else f"d’au moins {least}"
        raise WorkshopError(f"{name} vaut {_shown(value)}\u00a0: prenez un entier {bound}, par exemple {example}.")


def require_between(name: str, value: object, low: float, high: float, example: float, low_included: bool = True) -> None:
    """Check a number; infinity and NaN lie between nothing.

    Raises:
        WorkshopError: it is no number from ``low`` (itself, if ``low_included``) to ``high``, which infinity leaves open.
    """
    number = _number(value)
    if not low <= number <= high or math.isinf(number) or (number == low and not low_included):
        bounds = "positif" if high == math.inf else f"entre {_shown(low)} et {_shown(high)}"
        strictly = "" if low_included else f" (mais pas {_shown(low)})"
        raise WorkshopError(
            f"{name} vaut {_shown(value)}\u00a0: prenez un nombre {bounds}{strictly}, par exemple {_shown(example)}."
        )


def require_text(name: str, value: object) -> None:
    """Check a text that is to be cut into tokens.

    Raises:
        WorkshopError: it is none, or holds half a letter: what becomes of bytes that are not UTF-8.
    """
    if not isinstance(value, str):
        raise WorkshopError(f"{name} vaut {_shown(value)}\u00a0: donnez un seul texte, entre guillemets.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        where = f"{name} contient un signe qui n’est d’aucune écriture (nº\u00a0{error.start + 1})"
        raise WorkshopError(f"{where}\u00a0: retapez-le, ou relisez le fichier dans son encodage.") from error
