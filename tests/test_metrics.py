"""Figures that can be worked out by hand, and the properties that any such figure must have."""

import math
from itertools import combinations, product
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workshop import metrics
from workshop.base.errors import WorkshopError
from workshop.metrics import NgramModel, Span, distinct_n, edit_distance, lexicon_share, longest_copied_span

LETTERS = st.text("abé", max_size=12)


def test_bits_per_character():
    assert metrics.bits_per_character(math.log(2) * 30, 10) == pytest.approx(3)


def test_perplexity_of_a_mean_and_of_a_sum():
    assert metrics.perplexity(0) == 1
    assert metrics.perplexity(math.log(50)) == pytest.approx(50)
    assert metrics.perplexity(7 * math.log(50), 7) == pytest.approx(50)


def test_chance_hesitates_between_all_tokens():
    assert metrics.perplexity(metrics.uniform_nats(12, 8192), 12) == pytest.approx(8192)


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [("", "", 0), ("", "âne", 3), ("âne", "âne", 0), ("moulin", "poulain", 2), (["le", "pain"], ["du", "pain", "bis"], 2)],
)
def test_edit_distance(a, b, distance):
    assert edit_distance(a, b) == distance


@given(LETTERS, LETTERS, LETTERS)
def test_edit_distance_is_a_distance(a, b, c):
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))


def test_distinct_n():
    assert distinct_n(["le"] * 4, 1) == 1 / 4
    assert distinct_n(["le", "pain"] * 2, 2) == 2 / 3
    assert distinct_n([1, 2], 3) == 0
    with pytest.raises(WorkshopError, match="au moins un token"):
        distinct_n([1, 2], 0)


def test_lexicon_share():
    assert lexicon_share("L'âne ZORGLE, l'eau !", {"l", "âne", "eau"}) == 4 / 5
    assert lexicon_share("1848 — !", {"un"}) == 0


def longest_by_trial(text: str, source: str) -> int:
    spans = (text[i:j] for i, j in product(range(len(text) + 1), repeat=2) if i < j)
    return max((len(span) for span in spans if span in source), default=0)


@settings(max_examples=300, deadline=None)
@given(st.text("aé🐐", max_size=30), st.text("aé🐐", max_size=60))
def test_longest_copied_span_is_the_longest(text, source):
    span = longest_copied_span(text, source)
    assert span.length == len(span.text) == longest_by_trial(text, source)
    assert text[span.start : span.start + span.length] == source[span.source_start : span.source_start + span.length] == span.text


def test_longest_copied_span_of_nothing():
    for text, source in (("abc", "xyz"), ("", "xyz"), ("abc", "")):
        assert longest_copied_span(text, source) == Span("", 0, 0, 0)


def test_longest_copied_span_in_a_long_source():
    letters = np.random.default_rng(0).integers(97, 123, 300_000, dtype=np.uint8)
    source = letters.tobytes().decode("ascii")
    text = "éé" + source[200_000:200_137] + "éé"
    assert longest_copied_span(text, source) == Span(source[200_000:200_137], 2, 137, 200_000)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_ngram_probabilities_sum_to_one(order):
    rng = np.random.default_rng(order)
    vocabulary = 9
    model = NgramModel(order, vocabulary).fit(rng.choice(vocabulary - 1, 400, p=rng.dirichlet(np.ones(vocabulary - 1))))
    for history in ([], [0], [8], [3, 1], [8, 8, 8], [1, 2, 3, 4]):
        following = [model.probabilities([*history, token])[-1] for token in range(vocabulary)]
        assert min(following) > 0
        assert sum(following) == pytest.approx(1)


def test_ngram_model_by_hand():
    """Two words that alternate: a b a b a.  The discounts of so small a text are those of the code's floor."""
    model = NgramModel(order=1).fit([0, 1, 0, 1, 0])
    of_counts = np.array([0, 0, 1, 1, 0])
    _, _, d2, d3 = metrics._discounts(of_counts)
    assert model.probabilities([1])[0] == pytest.approx((2 - d2) / 5 + (d2 + d3) / 5 / 2)


def test_lower_orders_count_neighbours_not_occurrences():
    """« Francisco » is frequent, but only ever follows « San »: after an unknown word it is no better than a rare word."""
    san, francisco, rare, other = 0, 1, 2, 3
    stream = [san, francisco] * 50 + [other, rare, other, other, rare, san, other, san]
    model = NgramModel(order=2, vocab_size=5).fit(stream)
    assert model.probabilities([4, francisco])[-1] <= model.probabilities([4, rare])[-1]
    assert model.probabilities([san, francisco])[-1] > 0.8


def test_longer_ngrams_know_more_and_nats_add_up():
    stream = ([1, 2, 3, 4, 2, 5, 3, 1] * 60)[:-3]
    nats = [NgramModel(order, vocab_size=6).fit(stream).nats(stream) for order in (1, 2, 3)]
    assert nats[0] > nats[1] > nats[2]
    model = NgramModel(3, 6).fit(stream)
    assert model.nats(stream) == pytest.approx(-np.log(model.probabilities(stream)).sum())
    assert model.nats([]) == 0


@pytest.mark.parametrize("stream", [[1], [1, 2], [2, 2, 2]], ids=str)
def test_ngrams_longer_than_the_text_know_no_more_than_those_as_long(stream):
    read = [1, 2, 0, 2, 1]
    as_long = NgramModel(len(stream), 3).fit(stream).probabilities(read)
    assert NgramModel(5, 3).fit(stream).probabilities(read) == pytest.approx(as_long)


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda: NgramModel(0), "au moins un token"),
        (lambda: NgramModel().fit([]), "aucun token"),
        (lambda: NgramModel().nats([1]), "appelez d’abord fit"),
        (lambda: NgramModel().fit([0, 1, 2]).nats([7]), "vocab_size=len"),
    ],
)
def test_mistakes_are_told_in_one_sentence(mistake, sentence):
    with pytest.raises(WorkshopError, match=sentence):
        mistake()


@pytest.mark.parametrize(
    ("right", "trials", "low", "high"),
    [(10, 20, 0.299, 0.701), (15, 20, 0.531, 0.888), (20, 20, 0.839, 1.0), (0, 10, 0.0, 0.278), (81, 263, 0.255, 0.366)],
)
def test_wilson_interval(right, trials, low, high):
    """The last one is that of Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    assert metrics.wilson_interval(right, trials) == pytest.approx((low, high), abs=6e-4)


@given(st.integers(0, 60), st.integers(1, 60), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_wilson_interval_solves_its_own_equation(right, trials, confidence):
    """Its ends are the rates from which what was seen is exactly z standard errors away."""
    right = min(right, trials)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    low, high = metrics.wilson_interval(right, trials, confidence)
    assert 0 <= low <= right / trials <= high <= 1
    for end in (low, high):
        assert abs(right / trials - end) == pytest.approx(z * math.sqrt(end * (1 - end) / trials), abs=1e-7)


@pytest.mark.parametrize(("right", "trials", "confidence"), [(0, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)])
def test_wilson_interval_of_nonsense(right, trials, confidence):
    with pytest.raises(WorkshopError):
        metrics.wilson_interval(right, trials, confidence)


def test_chance_of_gaps_against_every_deal():
    """Six values, twenty ways to deal them in two groups of three: in two of these the averages are as far apart."""
    groups = [1, 2, 3], [7, 8, 9]
    deals = list(combinations(range(6), 3))
    assert len(deals) == 20
    assert metrics.chance_of_gaps(groups) == pytest.approx(2 / 20, abs=0.02)
    assert metrics.chance_of_gaps(groups) == metrics.chance_of_gaps(groups)


def test_chance_of_gaps_where_there_is_nothing_to_see():
    assert metrics.chance_of_gaps([[5, 5, 5], [5, 5]]) == 1
    assert metrics.chance_of_gaps([[1], [10]]) == 1  # one value each: any deal is as uneven
    assert metrics.chance_of_gaps([[1] * 9, [10] * 9]) < 0.01
    found = [metrics.chance_of_gaps(np.random.default_rng(i).normal(size=(3, 8)), draws=500) for i in range(200)]
    assert 0.02 < np.mean(np.array(found) <= 0.05) < 0.09  # without any difference, it cries wolf one time in twenty
    with pytest.raises(WorkshopError, match="deux groupes"):
        metrics.chance_of_gaps([[1, 2], []])
