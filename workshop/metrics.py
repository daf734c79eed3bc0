"""Figures that judge a text or a model."""

import math


def bits_per_character(nats: float, characters: int) -> float:
    """Return how many bits a model needs for each character: ``nats / ln 2 / characters``.

    ``nats`` is the summed negative log-likelihood of the whole text.  Unlike perplexity, the figure does not depend on how
    the text is cut into tokens, so it compares models with different vocabularies (and archivers such as xz).
    """
    return nats / math.log(2) / characters
