"""The exercises of chapter 02, and right answers that are not the workshop's own."""

import pytest

from workshop.base.errors import WorkshopError
from workshop.exercises import ch02
from workshop.exercises.audit import audit
from workshop.exercises.core import check, find


@pytest.mark.parametrize("exercise", ch02.EXERCISES, ids=lambda exercise: exercise.id)
def test_stub_reference_and_wrong_answers(exercise):
    assert audit(exercise) == []


def _grows(dataset, batch_size):
    batch = []
    for row in dataset:
        batch.append(row["text"])
        if len(batch) == batch_size:
            yield batch
            batch = []
    if batch:
        yield batch


def _selects(dataset, batch_size):
    for start in range(0, len(dataset), batch_size):
        yield dataset.select(range(start, min(start + batch_size, len(dataset))))["text"]


def _fills(token_ids, block_size):
    if block_size <= 0:
        raise WorkshopError("Pas de bloc.")
    blocks, left = [], list(token_ids)
    while left:
        blocks.append(left[:block_size])
        left = left[block_size:]
    return blocks


def _trains_on_a_list(tokenizer, corpus, size):
    return tokenizer.train_new_from_iterator(list(corpus), vocab_size=size, show_progress=False)


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("2.1", lambda tokenizer, text: tokenizer.encode(text)),
        ("2.1", lambda tokenizer, text: tokenizer(text).input_ids),
        ("2.1", lambda tokenizer, text: tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text))),
        ("2.2", lambda tokenizer, ids: [tokenizer.convert_ids_to_tokens(i) for i in ids]),
        ("2.2", lambda tokenizer, ids: [{i: token for token, i in tokenizer.get_vocab().items()}[i] for i in ids]),
        ("2.3", lambda tokenizer, text: len(tokenizer.tokenize(text)) / len(text.split())),
        ("2.4", _grows),
        ("2.4", _selects),
        ("2.4", lambda dataset, batch_size: (batch["text"] for batch in dataset.iter(batch_size))),
        ("2.4", lambda dataset, size: (dataset["text"][i : i + size] for i in range(0, len(dataset), size))),
        ("2.5", _trains_on_a_list),
        ("2.6", _fills),
    ],
)
def test_other_right_answers_are_right(id, answer):
    card = check(find(id), answer)
    assert card.state == "right", card
