"""The exercises of chapter 04, right answers that are not the workshop's own, and the figures of the chapter."""

import math

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from workshop.exercises import ch04
from workshop.exercises.audit import audit
from workshop.exercises.core import check, check_value, find
from workshop.finetuning import FineTuning


@pytest.mark.parametrize("exercise", ch04.EXERCISES, ids=lambda exercise: exercise.id)
def test_stub_reference_and_wrong_answers(exercise):
    assert audit(exercise) == []


def _with_a_model(config):
    with torch.device("meta"):
        return GPT2LMHeadModel(GPT2Config(**config.to_dict())).num_parameters()


def _row_by_row(q, k, v):
    if q.dim() > 2:
        return torch.stack([_row_by_row(*parts) for parts in zip(q, k, v, strict=True)])
    rows = []
    for t in range(len(q)):
        weights = torch.softmax(k[: t + 1] @ q[t] / q.shape[-1] ** 0.5, dim=0)
        rows.append(weights @ v[: t + 1])
    return torch.stack(rows)


def _whole_table(a, b):
    table = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            same = a[i - 1] == b[j - 1]
            table[i][j] = table[i - 1][j - 1] if same else 1 + min(table[i - 1][j], table[i][j - 1], table[i - 1][j - 1])
    return table[-1][-1]


def _attention_of_torch(q, k, v):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("4.1", _with_a_model),
        ("4.2", _row_by_row),
        ("4.2", _attention_of_torch),
        ("4.3", lambda loss, tokens=1: math.e ** (loss / tokens)),
        ("4.3", lambda loss, tokens=1: float(torch.tensor(loss / tokens, dtype=torch.float64).exp())),
        ("4.8", _whole_table),
    ],
)
def test_other_right_answers_are_right(id, answer):
    card = check(find(id), answer)
    assert card.state == "right", card


@pytest.mark.parametrize("change", [{"learning_rate": 1.5}, {"batch_size": 2}, {"epochs": 2 / 3}, {}])
def test_settings_near_ours_are_accepted(change):
    ours = FineTuning()
    mine = FineTuning(**{name: type(getattr(ours, name))(getattr(ours, name) * factor) for name, factor in change.items()})
    assert check_value(find("4.4"), mine, {}).state == "right"


def test_no_message_is_given_twice_in_an_exercise():
    for exercise in ch04.EXERCISES:
        messages = [message for _, message, *_ in exercise.diagnostics]
        assert len(set(messages)) == len(messages)
