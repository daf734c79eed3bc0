"""The pretraining recipe learns, ends with a model that loads, and resumes exactly."""

import dataclasses
import itertools
import json
import time
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from workshop.backstage import pretrain, pretrain_attention, pretrain_recipe, pretrain_weights
from workshop.backstage.pretrain import batch_at
from workshop.backstage.pretrain_recipe import Pace, Recipe, context_at, going_on, next_time, rate_at
from workshop.base.errors import WorkshopError

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
    rates = [rate_at(step, step / 100, recipe) for step in range(101)]
    assert rates[0] == 0.1 and rates[9] == rates[50] == 1 and rates[75] == 0.5 and rates[100] == 0
    assert all(a >= b for a, b in itertools.pairwise(rates[50:]))


def test_the_context_grows_to_its_full_length():
    lengths = [context_at(step / 100, Recipe()) for step in range(100)]
    assert lengths[0] == 128 and lengths[-1] == 512 and lengths == sorted(lengths)


def test_every_block_is_read_once_before_any_is_read_twice():
    stream = np.arange(32 * 24 + 1, dtype=np.uint16)  # 24 blocks: three steps of eight
    first = [int(row[0]) for step in range(3) for row in batch_at(step, 32, stream, SMALL)[0]]
    assert sorted(first) == list(range(0, 32 * 24, 32)) and first != sorted(first)
    inputs, targets = batch_at(1, 32, stream, SMALL)
    assert (targets == inputs + 1).all()


def test_a_short_context_reads_the_same_tokens():
    stream = np.arange(32 * 24 + 1, dtype=np.uint16)
    short, _ = batch_at(0, 16, stream, SMALL)
    long, _ = batch_at(0, 32, stream, SMALL)
    assert short.shape == (16, 16) and (short.reshape(-1) == long.reshape(-1)).all()


def test_a_second_run_reads_the_blocks_that_the_first_did_not():
    stream = np.arange(32 * 24 + 1, dtype=np.uint16)
    second = dataclasses.replace(SMALL, after=2)
    assert (batch_at(0, 32, stream, second)[0] == batch_at(2, 32, stream, SMALL)[0]).all()


def test_the_clock_can_pace_a_run_and_another_hour_moves_its_end():
    now = time.time()
    pace = Pace(SMALL, deadline=now + 1000)
    assert 0 <= pace.at(0) < 0.1 and pace.at(10**6) < 0.1  # steps do not count
    pace.began, pace.deadline = now - 500, now + 500
    assert 0.49 < pace.at(0) < 0.51
    resumed = Pace(SMALL, deadline=now + 100, before=0.5)
    assert 0.5 <= resumed.at(0) < 0.6
    resumed.began, resumed.deadline = now - 300, now + 100
    assert 0.87 < resumed.at(0) < 0.88
    assert Pace(SMALL, deadline=now - 1).at(0) == 1  # an hour that has passed ends the run


def test_an_hour_is_the_next_time_the_clock_shows_it():
    moment = next_time("23:30")
    assert datetime.fromtimestamp(moment).strftime("%H:%M:%S") == "23:30:00"
    assert 0 < moment - time.time() <= 25 * 3600  # 25: the night when clocks go back


def test_the_loss_is_the_cross_entropy_of_the_next_token():
    model = pretrain.build_model(SMALL)
    inputs, targets = torch.randint(0, 320, (2, 4, 16))
    expected = torch.nn.functional.cross_entropy(model(inputs).logits.flatten(0, 1), targets.flatten())
    assert torch.allclose(pretrain.loss_of(model, inputs, targets), expected, atol=1e-5)


@pytest.mark.parametrize("length", [1, 16, 128, 300])
def test_attention_by_pieces_is_that_of_torch(length):
    query, key, value = torch.randn(3, 2, 4, length, 8, generator=torch.Generator().manual_seed(length))
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    gathered, _ = pretrain_attention.causal_pieces(torch.nn.Identity(), query, key, value)
    torch.testing.assert_close(gathered.transpose(1, 2), expected)


def test_a_model_that_attends_by_pieces_gives_the_same_scores_and_is_saved_as_any_other(tmp_path):
    model = pretrain.build_model(SMALL).eval()
    inputs = torch.randint(0, 320, (2, 32), generator=torch.Generator().manual_seed(0))
    before = model(inputs).logits
    model.set_attn_implementation(pretrain_attention.NAME)
    torch.testing.assert_close(model(inputs).logits, before)
    model.save_pretrained(tmp_path)
    assert pretrain_attention.NAME not in (tmp_path / "config.json").read_text(encoding="utf-8")


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
    assert facts["mean_of"] in (0, 1, 2) and facts["steps"] == 12
    best = min(whole[-1]["averaged_bits_per_character"], whole[-1]["bits_per_character"])
    assert facts["bits_per_character"] <= best + 0.001  # half precision


@pytest.mark.slow
def test_a_run_that_ends_at_an_hour_ends_there_with_a_model_that_tells_of_it(tmp_path, novels, monkeypatch):
    ticks = itertools.count()  # a clock that moves by a second at each step
    monkeypatch.setattr(pretrain_recipe, "time", SimpleNamespace(time=lambda: next(ticks)))
    pretrain.train(novels, tmp_path / "out", SMALL, deadline=100, stop_at=4, compiled=False)
    ticks = itertools.count(
        50
    )  # stopped for a while, then asked to end earlier: four hundredths are behind, eight seconds are left
    log = pretrain.train(novels, tmp_path / "out", SMALL, deadline=58, compiled=False)
    assert (log[-1]["step"], log[-1]["context"], log[-1]["rate"]) == (12, SMALL.n_positions, round(0.96 / 8 / SMALL.decay, 4))
    facts = json.loads((tmp_path / "out" / "model" / "recipe.json").read_text(encoding="utf-8"))
    assert facts["steps"] == 12 and (tmp_path / "out" / "model" / "model.safetensors").is_file()


@pytest.mark.slow
def test_a_finished_model_reads_on_where_it_stopped(tmp_path, novels):
    whole = pretrain.train(novels, tmp_path / "first", SMALL, compiled=False)
    start = tmp_path / "first" / "model"
    recipe = dataclasses.replace(going_on(start, 12), warmup=2, checkpoint_every=6)
    assert recipe.after == 12 and recipe.contexts[-1][1] == SMALL.n_positions and recipe.held_out == SMALL.held_out
    further = pretrain.train(novels, tmp_path / "second", recipe, start, compiled=False)
    assert further[0]["step"] == 18 and further[-1]["tokens"] == 24 * SMALL.batch_tokens
    assert further[-1]["loss"] < whole[-1]["loss"]
    ready = tmp_path / "second" / "model"
    assert [json.loads(row)["step"] for row in (ready / "log.jsonl").read_text(encoding="utf-8").splitlines()] == [6, 12, 18, 24]
    facts = json.loads((ready / "recipe.json").read_text(encoding="utf-8"))
    assert facts["after"] == facts["before"]["steps"] == 12
    assert (
        facts["share"] in pretrain_weights.SHARES
        and facts["bits_per_character"] <= further[-1]["averaged_bits_per_character"] + 0.01
    )
    assert going_on(ready).after == 24


@pytest.mark.parametrize("best", pretrain_weights.SHARES)
def test_the_best_point_of_the_way_ships(tmp_path, best):
    began, ended = (pretrain.build_model(dataclasses.replace(SMALL, seed=seed)) for seed in (1, 2))
    began.save_pretrained(tmp_path)
    start, end = (model.transformer.wte.weight.detach().clone() for model in (began, ended))
    wanted = start + best * (end - start)

    def judged(model):
        return (model.transformer.wte.weight - wanted).abs().max().item()

    assert pretrain_weights.draw_back(ended, tmp_path, judged) == best
    torch.testing.assert_close(ended.transformer.wte.weight.detach(), wanted)


@pytest.mark.parametrize("best", [0, 1, 2, 4])
def test_the_best_mean_of_the_last_averages_ships(tmp_path, best):
    models = [pretrain.build_model(dataclasses.replace(SMALL, seed=seed)) for seed in range(6)]
    for step, average in enumerate(models[1:], start=98):  # 98, 99, 100…: written in the order of numbers, not of letters
        pretrain_weights.keep(average, tmp_path / "averages", step)
    weights = [model.transformer.wte.weight.detach().clone() for model in models]
    wanted = torch.stack(weights[-best:]).mean(0) if best else weights[0]

    def judged(model):
        return (model.transformer.wte.weight - wanted).abs().max().item()

    assert pretrain_weights.take_mean(models[0], sorted((tmp_path / "averages").iterdir()), judged) == best
    torch.testing.assert_close(models[0].transformer.wte.weight.detach(), wanted, atol=1e-4, rtol=1e-3)  # half precision


def test_another_recipe_does_not_go_on_with_a_run(tmp_path, novels):
    pretrain.train(novels, tmp_path / "out", SMALL, stop_at=1, compiled=False)
    with pytest.raises(WorkshopError, match="autre recette"):
        pretrain.train(novels, tmp_path / "out", dataclasses.replace(SMALL, matrix_rate=1e-3), compiled=False)
