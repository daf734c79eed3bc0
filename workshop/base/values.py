"""Values that make no sense, said in one sentence before anything is computed with them."""

import math
from numbers import Integral, Real

from .errors import WorkshopError
from .typography import french


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return french(value, 1)  # 8,0 is no whole number to Python
    return french(float(value)) if isinstance(value, Real) and math.isfinite(value) else str(value)


def require_whole(name: str, value: object, least: int, example: int) -> None:
    """Check a count.

    Raises:
        WorkshopError: it is no whole number, or a smaller one than ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise WorkshopError(f"{name} vaut {_shown(value)}\u00a0: prenez un entier d’au moins {least}, par exemple {example}.")


def require_between(name: str, value: object, low: float, high: float, example: float, low_included: bool = True) -> None:
    """Check a number; infinity and NaN lie between nothing.

    Raises:
        WorkshopError: it is no number from ``low`` (itself, if ``low_included``) to ``high``, which infinity leaves open.
    """
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    if not low <= number <= high or math.isinf(number) or (number == low and not low_included):
        bounds = "positif" if high == math.inf else f"entre {_shown(low)} et {_shown(high)}"
        strictly = "" if low_included else f" (mais pas {_shown(low)})"
        raise WorkshopError(
            f"{name} vaut {_shown(value)}\u00a0: prenez un nombre {bounds}{strictly}, par exemple {_shown(example)}."
        )
