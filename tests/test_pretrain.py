"""The pretraining recipe learns, ends with a model that loads, and resumes exactly."""

import dataclasses
import itertools
import json

import numpy as np
import pytest

from workshop.backstage import pretrain
from workshop.backstage.pretrain import Recipe, batch_at, context_at, rate_at

SMALL = Recipe(
    vocab_size=320, n_positions=32, n_embd=32, n_layer=2, n_head=2, batch_tokens=256, steps=12, warmup=2, checkpoint_every=6,
    contexts=((0.5, 16), (0.5, 32)), held_out=1,
)  # fmt: skip


@pytest.fixture
def novels(tmp_path, invented_text):
    """Three small « novels » in a folder."""
    folder = tmp_path / "novels"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(invented_text[number * 50 :], encoding="utf-8")
    return folder


def test_the_rate_climbs_stays_and_comes_down_to_zero():
    recipe = Recipe(steps=100, warmup=10, decay=0.5)
    rates = [rate_at(step, recipe) for step in range(101)]
    assert rates[0] == 0.1 and rates[9] == rates[50] == 1 and rates[75] == 0.5 and rates[100] == 0
    assert all(a >= b for a, b in itertools.pairwise(rates[50:]))


def test_the_context_grows_to_its_full_length():
    lengths = [context_at(step, Recipe(steps=100)) for step in range(100)]
    assert lengths[0] == 128 and lengths[-1] == 512 and lengths == sorted(lengths)


def test_every_block_is_read_once_before_any_is_read_twice():
    recipe = dataclasses.replace(SMALL, contexts=((1.0, 32),))
    stream = np.arange(32 * 24 + 1, dtype=np.uint16)  # 24 blocks: three steps of eight
    first = [int(row[0]) for step in range(3) for row in batch_at(step, stream, recipe)[0]]
    assert sorted(first) == list(range(0, 32 * 24, 32)) and first != sorted(first)
    inputs, targets = batch_at(1, stream, recipe)
    assert (targets == inputs + 1).all()


def test_a_short_context_reads_the_same_tokens():
    stream = np.arange(32 * 24 + 1, dtype=np.uint16)
    short, _ = batch_at(0, stream, dataclasses.replace(SMALL, contexts=((1.0, 16),)))
    long, _ = batch_at(0, stream, dataclasses.replace(SMALL, contexts=((1.0, 32),)))
    assert short.shape == (16, 16) and (short.reshape(-1) == long.reshape(-1)).all()


def test_two_kinds_of_sources_give_the_same_texts(tmp_path, novels):
    rows = [json.dumps({"text": path.read_text(encoding="utf-8")}) for path in sorted(novels.glob("*.txt"))]
    (tmp_path / "novels.jsonl").write_text("\n".join(rows), encoding="utf-8")
    assert list(pretrain.read_texts(tmp_path / "novels.jsonl")) == list(pretrain.read_texts(novels))


@pytest.mark.slow
def test_it_learns_resumes_exactly_and_leaves_a_model_that_loads(tmp_path, novels):
    whole = pretrain.train(novels, tmp_path / "whole", SMALL, compiled=False)
    pretrain.train(novels, tmp_path / "cut", SMALL, stop_at=6, compiled=False)
    resumed = pretrain.train(novels, tmp_path / "cut", SMALL, compiled=False)
    assert resumed[-1]["loss"] == whole[-1]["loss"]
    assert resumed[-1]["bits_per_character"] == whole[-1]["bits_per_character"]
    assert whole[-1]["loss"] < whole[0]["loss"] < np.log(320)

    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path / "cut" / "model"
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    assert model.config.n_positions == tokenizer.model_max_length == 32
    assert tokenizer.decode(tokenizer("— L’œil...")["input_ids"]) == "—L'œil…"
    facts = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    assert facts["parameters"] == model.num_parameters() and (folder / "log.jsonl").is_file()
