"""Figures that judge a text or a model."""

import math
import re
from collections.abc import Collection, Hashable, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from .base.errors import WorkshopError


def bits_per_character(nats: float, characters: int) -> float:
    """Return how many bits a model needs for each character of a text; a bit is ``ln 2`` nats.

    ``nats`` is the summed negative log-likelihood of the whole text.  Unlike perplexity, the figure does not depend on how
    the text is cut into tokens, so it compares models with different vocabularies (and archivers such as xz).
    """
    return nats / math.log(2) / characters


def perplexity(loss: float, tokens: int = 1) -> float:
    """Return among how many equally likely tokens the model hesitates, on average: ``exp(loss)``.

    ``loss`` is the cross-entropy of the next token, in nats: its mean or, with ``tokens``, its sum over so many tokens.
    """
    return math.exp(loss / tokens)


def uniform_nats(tokens: int, vocab_size: int) -> float:
    """Return the negative log-likelihood, in nats, of ``tokens`` tokens for one who draws each of them by chance."""
    return tokens * math.log(vocab_size)


def edit_distance(a: Sequence, b: Sequence) -> int:
    """Return how many insertions, deletions and substitutions turn ``a`` into ``b`` (strings, or lists of words).

    Each row of the table holds the distances between a beginning of ``a`` and all beginnings of ``b``.
    Source: Levenshtein (1965); table by Wagner and Fischer, « The String-to-String Correction Problem » (1974).
    """
    row = list(range(len(b) + 1))  # from nothing to each beginning of b: insertions only
    for i, left in enumerate(a, start=1):
        above, row = row, [i]
        for j, right in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (left != right)))
    return row[-1]


def distinct_n(tokens: Sequence[Hashable], n: int) -> float:
    """Return the share of the n-grams of ``tokens`` that are different from one another: 1 = no repetition, 0 = too short.

    Source: Li et al., « A Diversity-Promoting Objective Function for Neural Conversation Models » (2016).
    """
    if n < 1:
        raise WorkshopError(f"On compte des suites d’au moins un token, pas de {n}\u00a0: prenez n = 1, 2 ou 3.")
    ngrams = list(zip(*(tokens[i:] for i in range(n)), strict=False))
    return len(set(ngrams)) / len(ngrams) if ngrams else 0.0


def lexicon_share(text: str, lexicon: Collection[str]) -> float:
    """Return the share of the words of ``text`` that ``lexicon`` (lower-case words) knows; 0 for a text without words."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return sum(word in lexicon for word in words) / len(words) if words else 0.0


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return between which two rates the true one lies, with this ``confidence``, after ``successes`` in ``trials``.

    Unlike « rate ± 2 standard errors », it stays between 0 and 1, and it is right for twenty trials, or for none failed.
    Source: Wilson, « Probable Inference, the Law of Succession, and Statistical Inference », JASA 22 (1927).
    """
    if not 0 <= successes <= trials or trials < 1:
        raise WorkshopError(
            f"{successes} réussites sur {trials} essais\u00a0: il faut au moins un essai, et pas plus de réussites."
        )
    if not 0 < confidence < 1:
        raise WorkshopError("La confiance est une probabilité entre 0 et 1 (exclus)\u00a0: prenez 0,95.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, squared = successes / trials, z * z / trials
    centre = (rate + squared / 2) / (1 + squared)
    reach = z * math.sqrt(rate * (1 - rate) / trials + squared / trials / 4) / (1 + squared)
    return max(0.0, min(rate, centre - reach)), min(1.0, max(rate, centre + reach))  # rounding must not push them past it


def chance_of_gaps(groups: Sequence[Sequence[float]], draws: int = 2000, seed: int = 0) -> float:
    """Return how often chance alone would set the averages of these groups at least as far apart, between 0 and 1.

    The values are dealt again at random among groups of the same sizes, ``draws`` times (a permutation test): nothing is
    assumed about their distribution, and small groups are judged as small.  Values that depend on one another (a reader who
    scores everything low) are beyond it.  Source: Pitman, « Significance Tests Which May be Applied to Samples from any
    Populations » (1937); the observed deal counts as one of those drawn.
    """
    sizes = [len(group) for group in groups]
    if min(sizes, default=0) < 1 or len(groups) < 2:
        raise WorkshopError("Pour comparer, il faut au moins deux groupes, et une valeur dans chacun.")
    values = np.concatenate([np.asarray(group, dtype=float) for group in groups])
    starts = np.cumsum([0, *sizes[:-1]])
    deals = np.random.default_rng(seed).permuted(np.tile(values, (draws, 1)), axis=1)
    # of the squared gaps to the overall mean, weighted by the sizes, only this part changes from one deal to the next
    gaps = [(np.add.reduceat(rows, starts, axis=1) ** 2 / sizes).sum(axis=1) for rows in (values[None], deals)]
    return (1 + int((gaps[1] >= gaps[0][0] - 1e-9).sum())) / (1 + draws)


class Span(NamedTuple):
    """A passage that two texts share, and where it starts in each of them (in characters)."""

    text: str
    start: int
    length: int
    source_start: int


_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64


def longest_copied_span(text: str, source: str) -> Span:
    """Return the longest passage of ``text`` that stands, letter for letter, in ``source`` (empty when they share nothing).

    The length is found by doubling, then by halving: a passage of a given length is looked for by its hash, and only where
    a shorter one was found before.  Linear in the size of ``source`` (5 million characters: about a second).
    """
    ours, theirs = _RollingHash(text), _RollingHash(source)
    mine, places = np.arange(len(text)), np.arange(len(source))  # where a passage of `length` is known to be shared
    length, step, growing = 0, 8, True
    while step:
        longer = length + step
        here, there = mine[mine + longer <= len(text)], places[places + longer <= len(source)]
        here, there = _common(here, ours.of(here, longer), there, theirs.of(there, longer))
        if len(here):
            mine, places, length = here, there, longer
        else:
            growing = False
        step = step * 2 if growing else step // 2
    if not length:
        return Span("", 0, 0, 0)
    start = int(mine[0])
    copied = text[start : start + length]
    return Span(copied, start, length, source.find(copied))


class _RollingHash:
    """Polynomial hashes, modulo 2**64, of all passages of a text in constant time each (Karp and Rabin, 1987)."""

    def __init__(self, text: str):
        letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
        self.inverses = _powers(pow(_BASE, -1, 2**64), len(letters))
        terms = (letters + 1) * _powers(_BASE, len(letters))
        self.sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])

    def of(self, starts: np.ndarray, length: int) -> np.ndarray:
        """Return the hashes of the passages of ``length`` characters that begin at ``starts``."""
        mixed = (self.sums[starts + length] - self.sums[starts]) * self.inverses[starts]
        return mixed ^ (mixed >> np.uint64(32))


def _powers(base: int, count: int) -> np.ndarray:
    factors = np.full(count, base, dtype=np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)


def _common(a: np.ndarray, a_hashes: np.ndarray, b: np.ndarray, b_hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the positions of ``a`` and ``b`` whose hashes occur on both sides; a table of bits first, because ``b`` is long."""
    low = np.uint64(0xFFFFF)
    table = np.zeros(int(low) + 1, dtype=bool)
    table[a_hashes & low] = True
    likely = table[b_hashes & low]
    b, b_hashes = b[likely], b_hashes[likely]
    return a[np.isin(a_hashes, b_hashes)], b[np.isin(b_hashes, a_hashes)]


class NgramModel:
    """The best model without a neural network: the frequencies of n-grams, smoothed by interpolated modified Kneser-Ney.

    An n-gram gives a little of its frequency (a discount) to those that were never seen; what is given away is shared as
    the (n-1)-grams say, judged by how many different tokens they follow rather than by how often they occur.
    Source: Chen and Goodman, « An Empirical Study of Smoothing Techniques for Language Modeling » (1999).
    """

    def __init__(self, order: int = 3, vocab_size: int | None = None):
        """``order``: length of the n-grams, in tokens.  ``vocab_size``: by default, that of the tokens it will be fitted on."""
        if order < 1:
            raise WorkshopError(f"Un modèle de n-grammes regarde au moins un token, pas {order}\u00a0: prenez order = 3.")
        self.order = order
        self.vocab_size = vocab_size
        self.levels: list[_Level] = []

    def fit(self, ids: Sequence[int]) -> "NgramModel":
        """Count the n-grams of ``ids`` (one stream of token ids) and return the model."""
        stream = np.asarray(ids, dtype=np.int64)
        if not len(stream):
            raise WorkshopError("Il n’y a aucun token à compter\u00a0: vérifiez le texte d’entraînement.")
        self.vocab_size = self.vocab_size or int(np.max(stream)) + 1
        self._check(stream)
        keys: list[np.ndarray] = []
        counts: list[np.ndarray] = []
        contexts: list[np.ndarray] = [np.zeros(len(stream), dtype=np.int64)]
        for _ in range(min(self.order, len(stream))):  # a text has no n-gram longer than itself
            # An n-gram is written as one number: the rank of its first n-1 tokens, then its last token.
            context = contexts[-1][: len(stream) - len(keys)]
            packed = context * self.vocab_size + stream[len(keys) :]
            unique, first, ranks, count = np.unique(packed, return_index=True, return_inverse=True, return_counts=True)
            if keys:  # each shorter n-gram counts once for every different token before it
                counts[-1] = np.bincount(contexts[-1][first + 1], minlength=len(keys[-1]))
            keys.append(unique)
            counts.append(count)
            contexts.append(ranks)
        sizes = [1, *(len(key) for key in keys[:-1])]
        self.levels = [_Level(*level, self.vocab_size) for level in zip(keys, counts, sizes, strict=True)]
        return self

    def probabilities(self, ids: Sequence[int]) -> np.ndarray:
        """Return the probability of each token of ``ids``, given those before it."""
        if not self.levels or self.vocab_size is None:
            raise WorkshopError("Ce modèle n’a encore rien lu\u00a0: appelez d’abord fit avec les tokens d’entraînement.")
        stream = np.asarray(ids, dtype=np.int64)
        self._check(stream)
        result = np.full(len(stream), 1 / self.vocab_size)
        context = np.zeros(len(stream), dtype=np.int64)  # rank of the tokens before each token; -1: never seen
        for level in self.levels:
            found = level.find(context, stream)
            result = level.interpolate(context, found, result)
            context = np.concatenate([[-1], found[:-1]])
        return result

    def nats(self, ids: Sequence[int]) -> float:
        """Return the summed negative log-likelihood of ``ids``, in nats."""
        return float(-np.log(self.probabilities(ids)).sum())

    def _check(self, stream: np.ndarray) -> None:
        if len(stream) and not 0 <= stream.min() <= stream.max() < self.vocab_size:
            raise WorkshopError(
                f"Un token dépasse le vocabulaire de {self.vocab_size} entrées\u00a0: "
                "donnez vocab_size=len(tokenizer), et le même tokenizer aux deux textes."
            )


class _Level:
    """The n-grams of one length: their keys (sorted), and what they and their contexts weigh."""

    def __init__(self, keys: np.ndarray, counts: np.ndarray, contexts: int, vocab_size: int):
        of_counts = np.bincount(np.minimum(counts, 4), minlength=5).astype(float)
        discount = _discounts(of_counts)[np.minimum(counts, 3)]
        owner = keys // vocab_size
        self.keys, self.vocab_size = keys, vocab_size
        self.kept = counts - discount
        self.totals = np.bincount(owner, weights=counts, minlength=contexts)
        self.given_away = np.bincount(owner, weights=discount, minlength=contexts)

    def find(self, context: np.ndarray, token: np.ndarray) -> np.ndarray:
        """Return the rank of the n-gram ``context + token``, or -1 where it was never seen."""
        key = np.where(context < 0, -1, context * self.vocab_size + token)
        place = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        return np.where(self.keys[place] == key, place, -1)

    def interpolate(self, context: np.ndarray, found: np.ndarray, shorter: np.ndarray) -> np.ndarray:
        """Mix what this length knows with ``shorter``, the probabilities that shorter n-grams give."""
        known = (context >= 0) & (self.totals[context] > 0)
        total = np.where(known, self.totals[context], 1)
        mixed = (np.where(found >= 0, self.kept[found], 0) + self.given_away[context] * shorter) / total
        return np.where(known, mixed, shorter)


def _discounts(of_counts: np.ndarray) -> np.ndarray:
    """Return what an n-gram seen 0, 1, 2, or more times gives away, from the numbers of n-grams seen 0, 1, 2, 3, 4 times."""
    n1, n2, n3, n4 = np.maximum(of_counts[1:5], 1)  # a toy corpus may have none
    y = n1 / (n1 + 2 * n2)
    return np.clip([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3], [0, 0.1, 0.1, 0.1], [0, 1, 2, 3])
