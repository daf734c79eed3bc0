"""The exercises of chapter 07 (right answers of other hands: right_answers), and what the chapter promises."""

import statistics
from dataclasses import replace

import pytest

from workshop.exercises import ch07
from workshop.exercises.audit import audit
from workshop.exercises.core import check, find
from workshop.sharing import LIMITS


@pytest.mark.parametrize("exercise", ch07.EXERCISES, ids=lambda exercise: exercise.id)
def test_stub_reference_and_wrong_answers(exercise):
    assert audit(exercise) == []


BENDS = [(name, bend) for name in LIMITS for bend in ({"most": -1}, {"least": 10**12}, {"most": 10**12}, {"kind": list})]
BENDS.remove(("language", {"most": 10**12}))  # its length follows from its choices
BENDS += [(name, {"least": -(10**12)}) for name, limit in LIMITS.items() if limit.kind is not str]


@pytest.mark.parametrize(("name", "bend"), BENDS)
def test_no_limit_can_be_forgotten(name, bend):
    """Whoever takes one bound for another, or for none, is seen."""

    def answer(data, limits):
        bent = {one: replace(limit, **bend) if one == name else limit for one, limit in limits.items()}
        return ch07.checked(data, bent, lambda value, limit: limit.kind is not list and ch07.fits(value, limit))

    assert check(find("7.2"), answer).state == "wrong"


@pytest.mark.parametrize("given", [[3.0, 1.0, 2.0]])
def test_a_median_is_a_percentile(given):
    assert find("7.4").reference(given, 0.5) == statistics.median(given)
