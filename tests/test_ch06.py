"""The exercises of chapter 06 (right answers of other hands: right_answers)."""

import pytest

from workshop.exercises import ch06
from workshop.exercises.audit import audit
from workshop.exercises.core import check, find


@pytest.mark.parametrize("exercise", ch06.EXERCISES, ids=lambda exercise: exercise.id)
def test_stub_reference_and_wrong_answers(exercise):
    assert audit(exercise) == []


@pytest.mark.parametrize(
    ("id", "answer", "said"),
    [
        ("6.4", "labels = input_ids\nlabels[attention_mask == 0] = -100\nreturn labels", "apprendre"),
        ("6.4", "labels = input_ids.clone()\nlabels[input_ids == 0] = -100\n"
                "for i, n in enumerate(questions): labels[i, :n] = -100\nreturn labels", "marque de fin est cachée"),
        ("6.4", "labels = right(input_ids, attention_mask, questions)\ninput_ids.fill_(1)\nreturn labels",
         "modifie ce qu’on lui donne"),
    ],
)  # fmt: skip
def test_wrong_answers_of_another_hand_get_their_name(id, answer, said):
    exercise = find(id)
    card = check(exercise, exercise.setting.function(answer))
    assert card.state == "wrong" and said in str(card), card
