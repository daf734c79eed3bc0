"""What a card says once, when an exercise is right: that it is said once, and that it is true of the installed libraries."""

import json
import math
import re
import textwrap

import numpy as np
import pandas as pd
import pytest
import torch
from datasets import Dataset
from datasets.exceptions import DatasetGenerationError

from workshop import exercises
from workshop.base.settings import settings
from workshop.exercises.besides import BESIDES
from workshop.exercises.cards import sentence
from workshop.exercises.core import find, of_chapter


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def ours(id: str):
    return find(id).reference


def test_it_is_said_once(outputs, capsys):
    for _ in range(2):
        exercises.exercise("2.6")(ours("2.6"))
    first, second, *_ = capsys.readouterr().out.split("✅")[1:]
    assert "itertools.batched" in first and "itertools.batched" not in second


def test_it_is_not_said_of_a_wrong_answer(outputs, capsys):
    def pack(token_ids: list[int], block_size: int) -> list[list[int]]:
        return [token_ids]

    exercises.exercise("2.6")(pack)
    assert "batched" not in capsys.readouterr().out


def test_every_line_belongs_to_an_exercise_and_is_a_short_sentence():
    known = [one.id for chapter in range(8) for one in of_chapter(chapter)]
    assert set(BESIDES) <= set(known) and list(BESIDES) == sorted(BESIDES, key=known.index)
    for text in BESIDES.values():
        assert text.endswith(".") and len(text) <= 130 and text.count("`") % 2 == 0
        assert re.match("[A-ZÀ-Ý`]", text) and "’" not in text  # typography is seen to when it is shown
        assert "  " not in sentence(text)


def test_a_neuron_and_its_step():
    import keras

    layer = keras.layers.Dense(1, activation="sigmoid")
    inputs, weights, bias = np.array([[3.0, 7.0]]), np.array([0.5, -0.25]), 0.1
    layer.build((None, 2))
    layer.set_weights([weights[:, None], np.array([bias])])
    said = keras.ops.convert_to_numpy(layer(inputs))
    assert np.allclose(said, ours("0.1")(inputs, weights, bias), atol=1e-6)
    numbers = torch.tensor([1.0, 2.0], requires_grad=True)
    numbers.grad = torch.tensor([0.5, -1.0])
    torch.optim.SGD([numbers], lr=0.1).step()
    assert torch.allclose(numbers, torch.tensor([0.95, 2.1])), "the rate times the slope, taken away"


def test_texts():
    from charset_normalizer import from_bytes

    assert max(map(len, textwrap.fill("mot " * 100).splitlines())) <= 70
    titles = {"a": ["x", "y"], "b": ["z"]}
    assert pd.Series(titles).map(len).to_dict() == {"a": 2, "b": 1}
    data = "La grand-mère était déjà levée, et la forêt était noire ; l’été s’achevait.".encode()
    assert str(from_bytes(data).best()) == ours("1.7")(data)[0]
    split = Dataset.from_dict({"book": ["a"] * 50 + ["b"] * 50}).train_test_split(0.2, seed=0)
    assert set(split["train"]["book"]) == set(split["test"]["book"]) == {"a", "b"}


def test_tokens(tiny_gpt2):
    tokenizer, text = tiny_gpt2[1], "Le meunier posa son sac."
    ids = ours("2.1")(tokenizer, text)
    assert tokenizer.encode(text) == ids and tokenizer.tokenize(text) == ours("2.2")(tokenizer, ids)
    column = Dataset.from_dict({"text": ["a", "b", "c"]})
    assert [batch["text"] for batch in column.iter(2)] == list(ours("2.4")(column, 2))
    assert tokenizer.truncation_side == "right"


def test_the_price_of_a_word_is_double_without_a_tie():
    from transformers import GPT2Config, GPT2LMHeadModel

    def size(tokens: int, tied: bool) -> int:
        shape = dict(n_layer=1, n_head=1, n_embd=8, n_positions=4, tie_word_embeddings=tied)
        return GPT2LMHeadModel(GPT2Config(vocab_size=tokens, **shape)).num_parameters()

    assert size(103, True) - size(100, True) == 3 * 8 and size(103, False) - size(100, False) == 2 * 3 * 8


def test_sequences():
    import keras

    ids, window = [5, 6, 7, 8, 9], 3
    before, _ = ours("3.1")(ids, window)
    assert keras.utils.pad_sequences(before, window).tolist() == ours("3.2")(ids, window)[0].tolist()


def test_sampling():
    from nltk import edit_distance
    from transformers import MinPLogitsWarper, TemperatureLogitsWarper

    logits = np.array([0.5, 3.0, -1.0, 2.0])
    assert np.partition(logits, -2)[-2] == np.min(logits[np.isfinite(ours("5.2")(logits, 2))])
    assert torch.topk(torch.tensor(logits), 2).indices.tolist() == [1, 3]
    assert np.allclose(TemperatureLogitsWarper(0.7)(None, torch.tensor(logits)[None])[0], ours("5.1")(logits, 0.7))
    kept = MinPLogitsWarper(0.3)(None, torch.tensor(logits)[None])[0].isfinite().tolist()
    chances = np.exp(logits) / np.exp(logits).sum()
    assert kept == (chances >= 0.3 * chances.max()).tolist()
    assert (
        edit_distance("chat", "chien") == ours("4.8")("chat", "chien") and edit_distance("chat", "caht", transpositions=True) == 1
    )
    assert math.exp(709) > 0
    with pytest.raises(OverflowError):
        math.exp(710)


def test_bad_lines_and_quantiles(tmp_path):
    from datasets import load_dataset

    file = tmp_path / "pairs.jsonl"
    lines = [json.dumps({"question": "Qui ?", "answer": "Lui."}, ensure_ascii=False), "{ abîmé", ""]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert len(ours("6.1")(file)[0]) == 1
    with pytest.raises(DatasetGenerationError):
        load_dataset("json", data_files=str(file), split="train", cache_dir=str(tmp_path))
    values = [3.0, 1.0, 4.0, 1.5]
    assert np.quantile(values, 0.95) == pytest.approx(ours("7.4")(values, 0.95))
    logits, labels = torch.randn(3, 5), torch.tensor([1, -100, 2])
    kept = torch.nn.functional.cross_entropy(logits[[0, 2]], labels[[0, 2]])
    assert torch.nn.functional.cross_entropy(logits, labels) == pytest.approx(kept.item())


def test_the_search_of_sqlite():
    import sqlite3

    with sqlite3.connect(":memory:") as db:
        db.execute("create virtual table passages using fts5(text)")
        db.execute("insert into passages values ('le loup dort')")
        assert db.execute("select bm25(passages) from passages where passages match 'loup'").fetchone()
