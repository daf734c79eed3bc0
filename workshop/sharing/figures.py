"""What a list of durations says: the median, the 95th percentile."""

from collections.abc import Sequence

from ..base.errors import WorkshopError


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the values does not pass: 0.5 gives the median, 0.95 « p95 », 0 the least, 1 the most.

    The values are ranked; where the share falls between two of them, so does the result, in proportion (as NumPy does).

    Raises:
        WorkshopError: there is no value, or the share is not between 0 and 1.
    """
    ranked = sorted(values)
    if not ranked:
        raise WorkshopError("Aucune valeur\u00a0: il n’y a pas de percentile à calculer tant que rien n’est mesuré.")
    if not 0 <= share <= 1:
        raise WorkshopError("Une part va de 0 à 1\u00a0: pour le 95e percentile, écrivez 0.95.")
    place = share * (len(ranked) - 1)  # the first value is at 0, the last one at len - 1
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (place - below) * (ranked[above] - ranked[below])
