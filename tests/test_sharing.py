"""What every server needs: what may be asked, how often, how fast it answers; and the card of a model."""

import json
import math
import threading

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workshop.base.errors import WorkshopError
from workshop.sharing import (
    LIMITS,
    Bucket,
    Figure,
    RateLimiter,
    RequestError,
    model_card,
    percentile,
    rate_limit,
    read_request,
    validate_request,
)

# Percentiles --------------------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 1))
def test_percentiles_are_those_of_numpy(values, share):
    assert percentile(values, share) == pytest.approx(float(np.quantile(values, share)), rel=1e-9, abs=1e-9)


def test_a_percentile_leaves_a_list_as_it_was():
    values = [3.0, 1.0, 2.0]
    assert percentile(values, 0.5) == 2.0
    assert values == [3.0, 1.0, 2.0]


@pytest.mark.parametrize(("values", "share", "said"), [([], 0.5, "Aucune valeur"), ([1.0], 95, "0.95"), ([1.0], -0.1, "0 à 1")])
def test_a_percentile_that_makes_no_sense_is_said(values, share, said):
    with pytest.raises(WorkshopError, match=said):
        percentile(values, share)


def test_a_share_that_is_no_number_is_said():
    with pytest.raises(WorkshopError):
        percentile([1.0, 2.0], math.nan)


# Requests -----------------------------------------------------------------------------------------------------------------------

WRONG = {
    "prompt": [None, 1, True, [], {}, "", " \n\t", "a" * 2001, "le\0moulin", "\ud800", b"le moulin"],
    "max_new_tokens": [None, True, "80", 80.0, 0, -1, 201, 10**400, [80], math.nan],
    "temperature": [None, True, False, "0.8", -0.1, 2.1, math.nan, math.inf, -math.inf, 10**400, [0.8]],
    "top_p": [None, True, "0.9", 0, 1.1, math.nan, -math.inf],
    "seed": [None, True, "7", 7.0, -1, 2**32, math.nan],
    "model": [None, True, 1, "", "  ", "m" * 101, "a\0b", "\udfff"],
    "language": [None, True, 1, "", "de", "FR", "fr ", "\0\0"],
}
RIGHT = {
    "prompt": ["a", "é" * 2000, "— Bonsoir,\ndit-il", "🐺", " le"],
    "max_new_tokens": [1, 200],
    "temperature": [0, 0.0, 1, 2],
    "top_p": [0.01, 1],
    "seed": [0, 2**32 - 1],
    "model": ["base", "m" * 100],
    "language": ["fr", "en"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_field_is_named_alone(name, value):
    errors = validate_request({"prompt": "Le meunier", name: value}, LIMITS)
    assert list(errors) == [name]
    assert f"«\u00a0{name}\u00a0»" in errors[name] and errors[name].endswith(".")
    json.dumps(errors).encode()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in RIGHT.items() for value in values])
def test_what_is_within_the_limits_is_let_through(name, value):
    data = {"prompt": "Le meunier", name: value}
    assert validate_request(data, LIMITS) == {}
    assert getattr(read_request(data), name) == value


def test_every_field_at_fault_is_said_at_once_in_a_fixed_order():
    data = {"zut": 1} | {name: values[0] for name, values in WRONG.items() if name != "prompt"}
    assert list(validate_request(data, LIMITS)) == ["zut", "prompt", *list(LIMITS)[1:]]


@pytest.mark.parametrize("data", [None, 1, "texte", [], [{"prompt": "a"}], True, math.nan])
def test_what_is_no_object_is_said(data):
    assert list(validate_request(data, LIMITS)) == ["body"]


def test_a_request_is_completed_and_its_numbers_are_of_one_kind():
    request = read_request({"prompt": "Le meunier", "temperature": 1})
    assert (request.temperature, type(request.temperature)) == (1.0, float)
    assert (request.language, request.seed) == ("fr", None)


def test_a_request_that_cannot_be_answered_says_all_that_is_wrong():
    with pytest.raises(RequestError) as caught:
        read_request({"temperature": -1})
    assert list(caught.value.errors) == ["prompt", "temperature"]
    assert str(caught.value) == " ".join(caught.value.errors.values())


def test_the_name_of_an_unknown_field_is_cut_short():
    assert len(validate_request({"prompt": "a", "x" * 10_000: 1}, LIMITS)["x" * 10_000]) < 80


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=200, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(json_values | st.dictionaries(st.sampled_from(sorted(LIMITS)) | st.text(), json_values))
def test_anything_that_json_can_say_gets_sentences_or_a_request(data):
    errors = validate_request(data, LIMITS)
    assert all(sentence.endswith(".") for sentence in errors.values())
    if not errors:
        assert 0 <= read_request(data).temperature <= 2


# How often ----------------------------------------------------------------------------------------------------------------------


@settings(max_examples=200, derandomize=True)
@given(st.lists(st.floats(0, 5), min_size=1, max_size=60), st.integers(1, 5), st.floats(0.1, 5))
def test_no_stretch_of_time_sees_more_than_the_bucket_lets_through(gaps, capacity, per_second):
    bucket, now, passed = Bucket(capacity, per_second, capacity, 0.0), 0.0, []
    for gap in gaps:
        now += gap
        bucket, wait = rate_limit(bucket, now)
        assert 0 <= bucket.coins <= capacity
        if wait == 0:
            passed.append(now)
        else:
            assert rate_limit(bucket, now + wait + 1e-6)[1] == 0
    for first, start in enumerate(passed):
        for last, end in enumerate(passed[first:], 1):
            assert last <= capacity + (end - start) * per_second + 1e-6


def test_a_refused_request_costs_nothing():
    bucket = Bucket(1, 0.5, 0, 0.0)
    for now in (0.5, 1.0, 1.5):
        bucket, wait = rate_limit(bucket, now)
        assert wait == pytest.approx(2 - now)
    assert rate_limit(bucket, 2.0)[1] == 0


def test_each_caller_has_a_bucket_and_who_is_quiet_is_forgotten():
    now = 0.0
    limiter = RateLimiter(2, 0.5, clock=lambda: now)
    assert [limiter.wait("a") for _ in range(3)] == [0, 0, 2]
    assert limiter.wait("b") == 0
    assert len(limiter) == 2
    now = 3.0
    assert [limiter.wait("a") for _ in range(2)] == [0, 1]
    now = 6.0
    assert limiter.wait("c") == 0
    assert len(limiter) == 2  # b was full again


def test_a_million_addresses_do_not_fill_the_memory():
    now = 0.0
    limiter = RateLimiter(1, 1, clock=lambda: now)
    for number in range(20_000):
        now += 0.01
        limiter.wait(str(number))
    assert len(limiter) < 400


def test_threads_do_not_share_a_coin():
    limiter, passed = RateLimiter(50, 1e-9), []
    threads = [threading.Thread(target=lambda: passed.extend(limiter.wait("a") == 0 for _ in range(40))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 50


@pytest.mark.parametrize(("capacity", "per_second"), [(0, 1), (0.5, 1), (1, 0), (1, -1)])
def test_a_bucket_that_lets_nobody_through_is_refused(capacity, per_second):
    with pytest.raises(ValueError):
        RateLimiter(capacity, per_second)


# The card -----------------------------------------------------------------------------------------------------------------------

NASTY = 'L’été : « oui », "non", #1\\ {a} - [b]'


def metadata(card):
    return yaml.safe_load(card.split("---\n")[1])


def test_a_card_holds_what_was_measured_and_says_what_was_not():
    figures = [Figure("bits_per_character", NASTY, 1.93), Figure("copied", "le livre", 0.0), Figure("rhyme", "le livre")]
    card = model_card(NASTY, {"license": "mit", "language": "fr", "base_model": "a/b"}, figures, "Il invente.")
    found = metadata(card)
    assert (found["license"], found["language"], found["base_model"]) == ("mit", "fr", "a/b")
    (index,) = found["model-index"]
    assert index["name"] == NASTY
    told = [(one["dataset"]["name"], one["metrics"][0]["type"], one["metrics"][0]["value"]) for one in index["results"]]
    assert told == [(NASTY, "bits_per_character", 1.93), ("le livre", "copied", 0.0)]
    assert "- rhyme, sur le livre\u00a0: non mesuré" in card and f"sur {NASTY}\u00a0: 1,93" in card
    assert card.rstrip().endswith("Il invente.")


def test_a_card_without_any_figure_invents_none():
    card = model_card("m", {"license": "mit"}, [Figure("bits_per_character", "le livre")], "Il invente.")
    assert metadata(card) == {"license": "mit"}
    assert "non mesuré" in card


@pytest.mark.parametrize("about", [{}, {"license": ""}, {"license": None}])
def test_a_card_without_a_licence_is_refused(about):
    with pytest.raises(WorkshopError, match="licence"):
        model_card("m", about, [], "Il invente.")


@pytest.mark.parametrize("wrong", [("", "livre", 1.0), ("m", " ", 1.0), ("m", "livre", math.nan), ("m", "livre", math.inf)])
def test_a_figure_that_says_nothing_is_refused(wrong):
    with pytest.raises(WorkshopError):
        Figure(*wrong)
