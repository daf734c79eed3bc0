"""How the next token is chosen: temperature, top-k and top-p written out, and all the settings in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from ..base.errors import WorkshopError
from ..base.typography import french
from ..base.values import MOST, require_between, require_whole

MOST_BEAMS = 100  #: a thousand would fill the memory of a room's computer
COLDEST = 1e-100  #: a smaller temperature is 0: divided by it, scores would be infinite, and their differences no numbers


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.  The usual names, and the meaning that transformers gives them.

    Raises:
        WorkshopError: a value makes no sense; the message says which one to take.
    """

    temperature: float = 0.8  #: below 1 the likely becomes likelier still; above 1 the unlikely gets its chance
    top_k: int = 0  #: only the k likeliest tokens (0: no limit)
    top_p: float = 0.9  #: only the likeliest tokens that together reach this probability (1: no limit)
    max_new_tokens: int = 80
    num_beams: int = 1  #: above 1: a search for the likeliest continuation, where nothing is drawn by chance (GPT-2 only)
    no_repeat_ngram_size: int = 0  #: no sequence of so many tokens occurs twice (0: no limit)
    repetition_penalty: float = 1.0  #: above 1: tokens already there become less likely
    seed: int = 0  #: the same seed gives the same text

    def __post_init__(self) -> None:
        """Check every value."""
        counts = {
            "top_k": (0, 50),
            "max_new_tokens": (1, 80),
            "num_beams": (1, 4),
            "no_repeat_ngram_size": (0, 3),
            "seed": (0, 0),
        }
        for name, (least, example) in counts.items():
            value, most = getattr(self, name), MOST_BEAMS if name == "num_beams" else MOST
            too_few = isinstance(value, Integral) and not isinstance(value, bool) and -most <= int(value) < least
            if not too_few:  # which has a sentence of its own
                require_whole(name, value, least, example, most)
        for name, sensible in (("temperature", 0.8), ("top_p", 0.9), ("repetition_penalty", 1.2)):
            require_between(name, getattr(self, name), -np.inf, np.inf, sensible)
        if 0 <= self.temperature < COLDEST:
            raise WorkshopError(
                "Une température de 0 ne se calcule pas (on diviserait par zéro)\u00a0: pour choisir toujours le token le plus "
                "probable, gardez num_beams=1 et prenez une petite température, par exemple 0,01."
            )
        if self.temperature <= 0:
            raise WorkshopError(f"La température doit être positive\u00a0: {french(self.temperature)} ne va pas, essayez 0,8.")
        if self.top_k < 0:
            raise WorkshopError(f"top_k vaut {self.top_k}\u00a0: prenez 0 (sans limite) ou un entier positif, par exemple 50.")
        if not 0 < self.top_p <= 1:
            raise WorkshopError(
                f"top_p vaut {french(self.top_p)}\u00a0: c’est une probabilité, prenez-la entre 0 (exclu) et 1 (sans limite), "
                "par exemple 0,9."
            )
        if self.max_new_tokens < 1:
            raise WorkshopError(f"max_new_tokens vaut {self.max_new_tokens}\u00a0: demandez au moins un token, par exemple 80.")
        if self.num_beams < 1:
            raise WorkshopError(f"num_beams vaut {self.num_beams}\u00a0: prenez 1 (sans faisceau) ou davantage, par exemple 4.")
        if self.no_repeat_ngram_size < 0:
            raise WorkshopError(
                f"no_repeat_ngram_size vaut {self.no_repeat_ngram_size}\u00a0: "
                "prenez 0 (sans limite) ou un entier positif, par exemple 3."
            )
        if self.repetition_penalty <= 0:
            raise WorkshopError(
                f"La pénalité de répétition vaut {french(self.repetition_penalty)}\u00a0: prenez 1 (sans effet) ou un peu plus, "
                "par exemple 1,2."
            )
        if self.seed < 0:
            raise WorkshopError(f"La graine vaut {self.seed}\u00a0: prenez un entier positif ou nul, par exemple 0.")


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn scores into probabilities: the exponential of each, divided by their sum."""
    exponentials = np.exp(logits - np.max(logits))  # the same ratios, and nothing overflows
    return exponentials / exponentials.sum()


def apply_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Divide the scores by the temperature: below 1 their differences grow, above 1 they shrink.

    Raises:
        WorkshopError: the temperature is not positive.
    """
    if not temperature > 0:
        raise WorkshopError("La température doit être positive\u00a0: prenez 0,8, ou 0,01 pour un choix presque certain.")
    return logits / temperature


def top_k_filter(logits: np.ndarray, k: int) -> np.ndarray:
    """Keep the ``k`` highest scores; the others become minus infinity, so that their probability is 0.

    Raises:
        WorkshopError: ``k`` is not positive.
    """
    if k < 1:
        raise WorkshopError(f"k vaut {k}\u00a0: il faut garder au moins un token, par exemple k = 50.")
    lowest_kept = np.sort(logits)[-min(k, len(logits))]
    return np.where(logits >= lowest_kept, logits, -np.inf)


def top_p_filter(logits: np.ndarray, p: float) -> np.ndarray:
    """Keep the likeliest tokens, as few as it takes to reach together the probability ``p``; the others become minus infinity.

    Raises:
        WorkshopError: ``p`` is not above 0 and at most 1.
    """
    if not 0 < p <= 1:
        raise WorkshopError("p est une probabilité\u00a0: prenez-la entre 0 (exclu) et 1 (sans limite), par exemple 0,9.")
    order = np.argsort(-logits)  # from the likeliest to the least likely
    probabilities = softmax(logits)[order]
    before = np.cumsum(probabilities) - probabilities  # what those likelier than each token reach without it
    kept = order[before < p]
    filtered = np.full(len(logits), -np.inf)
    filtered[kept] = logits[kept]
    return filtered


def sample(probabilities: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    """Draw the number of a token after ``temperature`` has sharpened (below 1) or flattened (above 1) the probabilities.

    Raises:
        WorkshopError: the temperature is not positive.
    """
    if not temperature > 0:
        raise WorkshopError("La température doit être positive\u00a0: prenez 0,8, ou 0,01 pour un choix presque certain.")
    probabilities = np.asarray(probabilities, dtype=np.float64)
    weights = (probabilities / probabilities.max()) ** (1 / temperature)
    return int(rng.choice(len(weights), p=weights / weights.sum()))


def penalise_repetition(logits: np.ndarray, previous_ids: Sequence[int], penalty: float) -> np.ndarray:
    """Lower the scores of the tokens already there (Keskar et al., « CTRL », 2019)."""
    seen = np.unique(np.asarray(previous_ids, dtype=np.int64))
    lowered = logits.copy()
    lowered[seen] = np.where(logits[seen] < 0, logits[seen] * penalty, logits[seen] / penalty)
    return lowered


def forbid_repeated_ngrams(logits: np.ndarray, previous_ids: Sequence[int], size: int) -> np.ndarray:
    """Exclude each token that would end a sequence of ``size`` tokens already there."""
    if len(previous_ids) < size:
        return logits
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(previous_ids, dtype=np.int64), size)
    current = np.asarray(previous_ids[len(previous_ids) - size + 1 :])
    banned = windows[(windows[:, :-1] == current).all(axis=1), -1]
    allowed = logits.copy()
    allowed[banned] = -np.inf
    return allowed if np.isfinite(allowed).any() else logits  # something has to be said


def next_distribution(logits: np.ndarray, sampling: Sampling, previous_ids: Sequence[int]) -> np.ndarray:
    """Return the probability of each token once everything in ``sampling`` is applied, in the order of transformers.

    Args:
        logits: the scores that the model gives, ``(vocabulary,)``.
        previous_ids: the prompt and what was generated so far.
    """
    logits = np.asarray(logits, dtype=np.float64)
    if sampling.repetition_penalty != 1:
        logits = penalise_repetition(logits, previous_ids, sampling.repetition_penalty)
    if sampling.no_repeat_ngram_size:
        logits = forbid_repeated_ngrams(logits, previous_ids, sampling.no_repeat_ngram_size)
    logits = apply_temperature(logits, sampling.temperature)
    if sampling.top_k:
        logits = top_k_filter(logits, sampling.top_k)
    if sampling.top_p < 1:
        logits = top_p_filter(logits, sampling.top_p)
    return softmax(logits)
