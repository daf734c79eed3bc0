"""What the package would hold."""

from itertools import pairwise


def pairs(words: list[str]) -> list[str]:
    """Return each word with the one that follows it: ``["a b", "b c"]``."""
    # each word is read twice: as the first of a pair, and as the second
    return [f"{first} {second}" for first, second in pairwise(words)]


def mean_length(words: list[str]) -> float:
    """Return the mean number of letters, 0 for an empty list."""
    return sum(len(word) for word in words) / len(words) if words else 0.0
