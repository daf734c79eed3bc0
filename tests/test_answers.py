"""Answers of attendees, in ``tests/cases/answers.json``: what was accepted, misled or was refused once; a test for each."""

import json

import pytest

from tests.answers import answered
from tests.conftest import ROOT
from tests.right_answers import RIGHT
from workshop.exercises.core import of_chapter

STRANGERS = json.loads((ROOT / "tests" / "cases" / "strangers.json").read_text(encoding="utf-8"))
ANSWERS = json.loads((ROOT / "tests" / "cases" / "answers.json").read_text(encoding="utf-8"))


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.mark.parametrize("case", ANSWERS, ids=[f"{case['exercise']} {case['answer']}" for case in ANSWERS])
def test_answers_of_attendees(case):
    """``state`` is what the answer deserves, ``says`` a piece of what its card says (read by us, and true)."""
    card = answered(case["exercise"], case["code"])
    assert card.state == case["state"], card
    assert case["says"] in card.message


@pytest.mark.parametrize("id", sorted({case["exercise"] for case in STRANGERS}))
def test_answers_of_strangers(id):
    """Written by people who saw only the attendees' notebooks: no wrong one is accepted, no right one refused."""
    for case in STRANGERS:
        if case["exercise"] == id:
            card = answered(id, case["code"])
            assert card.state == case["state"], f"{case['what']}\n{case['code']}\n{card}"


@pytest.mark.parametrize("id", [exercise.id for chapter in range(8) for exercise in of_chapter(chapter)])
def test_right_answers_in_other_styles_are_right(id):
    assert len(RIGHT[id]) >= 5
    for code in RIGHT[id]:
        card = answered(id, code)
        assert card.state == "right", f"{code}\n{card}"
