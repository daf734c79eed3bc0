import copy
import errno
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets import Dataset
from huggingface_hub import errors as hub_errors
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, TrainerCallback

from workshop.base import models, settings
from workshop.base.errors import WorkshopError
from workshop.gpt2 import callbacks, finetuning, weights
from workshop.gpt2 import model as gpt2
from workshop.gpt2.finetuning import FineTuning, fine_tune

ROOT = Path(__file__).resolve().parents[1]
BLOCK = 16
RECIPE = FineTuning(learning_rate=5e-3, epochs=2, batch_size=4, evaluations=4)


@pytest.fixture
def model_folder(tiny_gpt2, tmp_path):
    model, tokenizer = tiny_gpt2
    folder = tmp_path / "model"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def room(monkeypatch):
    """Change the environment that the settings are read from: ``room(MODEL_NAME="…")``."""

    def change(**environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        settings.settings.cache_clear()

    models.new_session()
    yield change
    models.new_session()
    monkeypatch.undo()
    settings.settings.cache_clear()


@pytest.fixture
def spoken(monkeypatch):
    """What the attendee reads, line by line."""
    lines = []

    def say(line):
        lines.append(line.replace("\u00a0", " "))

    monkeypatch.setattr(callbacks, "say", say)
    monkeypatch.setattr(models, "say", say)
    return lines


@pytest.fixture(scope="session")
def blocks(tiny_gpt2, invented_text):
    """Training and validation blocks of 16 tokens."""
    ids = np.array(tiny_gpt2[1](invented_text, verbose=False)["input_ids"])
    rows = ids[: len(ids) // BLOCK * BLOCK].reshape(-1, BLOCK)
    return rows[:40], rows[40:52]


@pytest.fixture
def model(tiny_gpt2):
    return copy.deepcopy(tiny_gpt2[0])


# --- load -------------------------------------------------------------------------------------------------------------------


def test_loads_a_folder_in_float32_whatever_the_precision_on_disk(model_folder, tiny_gpt2):
    copy.deepcopy(tiny_gpt2[0]).half().save_pretrained(model_folder)
    model, tokenizer = gpt2.load(str(model_folder))
    assert model.dtype == torch.float32 and not model.training
    assert len(tokenizer) == model.config.vocab_size


def test_model_name_is_the_default(model_folder, room):
    room(MODEL_NAME=str(model_folder), WORKSHOP_PROFILE="cpu")
    assert gpt2.load()[0].config.n_layer == 2


def test_loads_the_embedded_model_by_default(model_folder, room, monkeypatch, tmp_path):
    place_embedded(model_folder, tmp_path, monkeypatch)
    room(WORKSHOP_PROFILE="cpu")
    assert gpt2.load()[0].config.n_layer == 2


def place_embedded(folder, tmp_path, monkeypatch):
    """Make ``folder`` the model that ships with the workshop."""
    (tmp_path / "data" / "models").mkdir(parents=True)
    folder.rename(tmp_path / "data" / "models" / "gpt2-fr")
    monkeypatch.setattr(settings, "ROOT", tmp_path)


@pytest.mark.parametrize("profile", ["cpu", "gpu"])
def test_without_network_the_embedded_model_and_a_sentence(profile, model_folder, room, monkeypatch, tmp_path, spoken):
    place_embedded(model_folder, tmp_path, monkeypatch)
    room(WORKSHOP_PROFILE=profile, WORKSHOP_OFFLINE="1", **({} if profile == "gpu" else {"MODEL_NAME": "someone/some-gpt2"}))
    assert gpt2.load()[0].config.n_layer == 2
    assert len(spoken) == 1 and "le réseau est coupé" in spoken[0]


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "~/nowhere", "a\\b", "~personne/x", f"/{'x' * 300}"])
def test_a_folder_that_does_not_exist_is_one_sentence(name):
    with pytest.raises(WorkshopError, match="n’existe pas"):
        gpt2.load(name)


def test_a_file_is_no_folder(model_folder):
    with pytest.raises(WorkshopError, match=r"est un fichier.* donnez le dossier"):
        gpt2.load(str(model_folder / "model.safetensors"))


@pytest.mark.parametrize("change", [{"model_type": "t5"}, {"architectures": ["CamembertForMaskedLM"]}], ids=str)
def test_a_model_that_continues_no_text_is_one_sentence(change, model_folder):
    config = model_folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(WorkshopError, match="continuent un texte"):
        gpt2.load(str(model_folder))


def test_a_hub_model_that_does_not_exist_is_one_sentence(monkeypatch):
    import httpx

    def missing(*_, **__):
        response = httpx.Response(404, request=httpx.Request("GET", "https://example.org"))
        raise hub_errors.RepositoryNotFoundError("404", response=response)

    monkeypatch.setattr("huggingface_hub.snapshot_download", missing)
    with pytest.raises(WorkshopError, match=r"someone/nothing\s» n’existe pas sur huggingface\.co"):
        gpt2.load("someone/nothing")


def test_a_name_that_is_no_name_is_one_sentence():
    with pytest.raises(WorkshopError, match="n’existe pas"):
        gpt2.load("gpt 2 !")


def test_only_files_that_cannot_run_code_are_downloaded(monkeypatch, model_folder):
    asked = {}

    def download(name, **options):
        asked.update(options, name=name)
        return str(model_folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    assert gpt2.load("someone/gpt2")[0].config.n_layer == 2
    assert not [pattern for pattern in asked["allow_patterns"] if pattern.endswith((".bin", ".pt", ".py", ".pkl", "*"))]


@pytest.mark.parametrize(
    "damage",
    ["truncated", "one byte less", "a page", "empty", "no weights", "pickle only", "no config", "no tokenizer", "remote code"],
)
def test_a_damaged_folder_is_one_sentence(damage, model_folder):
    weights, config = model_folder / "model.safetensors", model_folder / "config.json"
    if damage == "truncated":
        weights.write_bytes(weights.read_bytes()[:2000])
    elif damage in ("one byte less", "a page", "empty"):
        weights.write_bytes({"a page": b"<html>Bienvenue</html>", "empty": b""}.get(damage, weights.read_bytes()[:-1]))
    elif damage == "no weights":
        weights.unlink()
    elif damage == "pickle only":
        weights.rename(model_folder / "pytorch_model.bin")
    elif damage == "no config":
        config.unlink()
    elif damage == "no tokenizer":
        for path in model_folder.glob("tokenizer*"):
            path.unlink()
    elif damage == "remote code":
        description = json.loads(config.read_text(encoding="utf-8"))
        description |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.C", "AutoModelForCausalLM": "mine.M"}}
        config.write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(WorkshopError, match="dossier"):
        gpt2.load(str(model_folder))


# --- parameters and attention -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("inner", [None, 50])
def test_the_formula_counts_what_the_model_has(tied, inner):
    config = GPT2Config(vocab_size=97, n_positions=31, n_embd=24, n_layer=3, n_head=4, n_inner=inner, tie_word_embeddings=tied)
    assert gpt2.count_parameters(config) == sum(p.numel() for p in GPT2LMHeadModel(config).parameters())


def test_the_formula_finds_the_published_size_of_gpt2():
    assert gpt2.count_parameters(GPT2Config()) == 124_439_808


def test_attention_is_that_of_torch():
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 3, 7, 5, generator=generator) for _ in range(3))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(gpt2.causal_attention(q, k, v), expected)


def test_no_token_sees_the_future():
    q, k, v = (torch.randn(4, 6) for _ in range(3))
    before = gpt2.causal_attention(q, k, v)
    k[3], v[3] = 100.0, -100.0
    torch.testing.assert_close(gpt2.causal_attention(q, k, v)[:3], before[:3])


def test_likelihood_does_not_depend_on_the_batch_and_sums_every_token(tiny_gpt2, invented_text):
    model, tokenizer = tiny_gpt2
    text = invented_text[:300]
    ids = torch.tensor([[0, *tokenizer(text)["input_ids"]]])[:, :33]
    direct = model(ids, labels=ids).loss.item() * 32
    short = tokenizer.decode(ids[0, 1:])
    assert gpt2.negative_log_likelihood(model, tokenizer, short, context=64, stride=32) == pytest.approx(direct, rel=0.01)
    results = [gpt2.negative_log_likelihood(model, tokenizer, text, context=32, stride=16, batch=b) for b in (1, 16)]
    assert results[0] == pytest.approx(results[1], rel=1e-3)


# --- fine-tuning ------------------------------------------------------------------------------------------------------------


def test_fine_tuning_learns_and_keeps_the_model_whole(model, tiny_gpt2, blocks, tmp_path):
    written = iter(range(100))
    result = fine_tune(
        model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE, sample=lambda m: f"texte {next(written)} {m.training}"
    )
    rows = {row["step"]: row for row in result.history}
    assert result.finished and result.steps == finetuning.planned_steps(40, RECIPE) == 20
    assert [step for step in rows if "eval_loss" in rows[step]] == [0, 5, 10, 15, 20]
    ids = torch.tensor(blocks[1])
    assert rows[0]["eval_loss"] == pytest.approx(tiny_gpt2[0](ids, labels=ids).loss.item(), rel=1e-3)
    assert rows[20]["eval_loss"] < 0.8 * rows[0]["eval_loss"]
    assert [rows[step]["text"] for step in (0, 5, 20)] == ["texte 0 False", "texte 1 False", "texte 4 False"]
    assert all(row["tokens_per_second"] > 0 for row in result.history if "loss" in row)
    kept, _ = gpt2.load(str(tmp_path / "out"))
    assert kept.config.use_cache and not result.model.training
    torch.testing.assert_close(kept(ids).logits, result.model(ids).logits)
    assert json.loads((tmp_path / "out" / "training.json").read_text(encoding="utf-8"))["history"] == result.history
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")) == ["out"]


def test_a_dataset_trains_like_an_array_and_the_last_block_may_be_short(model, tiny_gpt2, blocks, tmp_path):
    rows = [*blocks[0].tolist(), blocks[0][0, :5].tolist()]
    one = fine_tune(model, tiny_gpt2[1], Dataset.from_dict({"input_ids": rows}), blocks[1], tmp_path / "a", RECIPE)
    again = copy.deepcopy(tiny_gpt2[0])
    two = fine_tune(again, tiny_gpt2[1], [np.array(row) for row in rows], blocks[1], tmp_path / "b", RECIPE)
    assert losses(one) == losses(two)


def losses(result):
    return {row["step"]: row["eval_loss"] for row in result.history if "eval_loss" in row}


def test_padding_of_a_short_block_is_not_learnt():
    batch = finetuning._collate([torch.tensor([5, 6, 7]), torch.tensor([8])])
    assert batch["labels"].tolist() == [[-100, 6, 7], [-100, -100, -100]]
    assert batch["input_ids"].tolist() == [[5, 6, 7], [8, 0, 0]]


def test_the_best_weights_win_over_the_last(model, tiny_gpt2, blocks, tmp_path):
    recipe = FineTuning(learning_rate=2e-2, epochs=30, batch_size=8, evaluations=10, warmup_ratio=0.0, interpolation=1.0)
    stranger = blocks[1].copy()
    np.random.default_rng(0).shuffle(stranger.ravel())  # learning the text by heart makes this one worse and worse
    result = fine_tune(model, tiny_gpt2[1], blocks[0][:8], stranger, tmp_path / "out", recipe)
    evaluated = {step: loss for step, loss in losses(result).items() if step}
    assert min(evaluated.values()) < evaluated[30]
    ids = torch.tensor(stranger)
    assert result.model(ids, labels=ids).loss.item() == pytest.approx(min(evaluated.values()), rel=0.02)


def test_a_share_of_the_way_is_kept_and_shipped(tiny_gpt2, blocks, tmp_path):
    kept = {}
    for share in (1.0, 0.25):
        model = copy.deepcopy(tiny_gpt2[0])
        result = fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / str(share), replace(RECIPE, interpolation=share))
        kept[share] = weights.of(result.model)
        shipped = weights.of(gpt2.load(str(tmp_path / str(share)))[0])
        assert all(torch.equal(shipped[name], kept[share][name]) for name in shipped)
    start = weights.of(tiny_gpt2[0])
    assert not torch.equal(start["transformer.wte.weight"], kept[1.0]["transformer.wte.weight"])
    for name, end in kept[1.0].items():
        torch.testing.assert_close(kept[0.25][name], 0.75 * start[name] + 0.25 * end)


class StopAt(TrainerCallback):
    """Do ``what`` once, when the step is done."""

    def __init__(self, step, what):
        self.step, self.what = step, what

    def on_step_end(self, args, state, control, **_):
        if state.global_step == self.step:
            self.what()


@pytest.fixture(scope="session")
def whole_run(tiny_gpt2, blocks, tmp_path_factory):
    """A training that nothing disturbed."""
    model = copy.deepcopy(tiny_gpt2[0])
    return fine_tune(model, tiny_gpt2[1], *blocks, tmp_path_factory.mktemp("whole") / "out", RECIPE)


@pytest.mark.parametrize("step", [3, 10])
def test_interrupted_then_run_again_ends_with_the_same_numbers(step, model, tiny_gpt2, blocks, tmp_path, whole_run, spoken):
    stop = StopAt(step, lambda: signal.raise_signal(signal.SIGINT))
    first = fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE, callbacks=[stop])
    assert not first.finished and first.steps == step + 1
    assert spoken[-1].startswith(f"Entraînement interrompu au pas {step + 1} sur 20")
    assert gpt2.load(str(tmp_path / "out"))  # the chapters after this one can go on
    second = fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE)
    assert f"Reprise au pas {step + 1} sur 20." in spoken
    assert second.finished and losses(second) == losses(whole_run)


def test_an_interruption_leaves_the_finished_model_of_before(model, tiny_gpt2, blocks, model_folder):
    before = (model_folder / "model.safetensors").read_bytes()
    stop = StopAt(2, lambda: signal.raise_signal(signal.SIGINT))
    assert not fine_tune(model, tiny_gpt2[1], *blocks, model_folder, RECIPE, callbacks=[stop]).finished
    assert (model_folder / "model.safetensors").read_bytes() == before


def test_other_settings_start_afresh_and_say_so(model, tiny_gpt2, blocks, tmp_path, spoken):
    stop = StopAt(6, lambda: signal.raise_signal(signal.SIGINT))
    fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE, callbacks=[stop])
    other = FineTuning(learning_rate=1e-4, epochs=1, batch_size=4, evaluations=2)
    result = fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", other)
    assert any("repart du début" in line for line in spoken)
    assert result.finished and result.steps == 10


def test_another_validation_text_starts_afresh(model, tiny_gpt2, blocks, tmp_path, spoken):
    """The losses of the two halves could not be compared, and the best one would be kept."""
    train, validation = blocks
    stop = StopAt(6, lambda: signal.raise_signal(signal.SIGINT))
    fine_tune(model, tiny_gpt2[1], train, validation, tmp_path / "out", RECIPE, callbacks=[stop])
    assert fine_tune(model, tiny_gpt2[1], train, validation[::-1], tmp_path / "out", RECIPE).finished
    assert any("repart du début" in line for line in spoken)


def test_what_a_power_cut_left_of_a_save_is_not_in_the_next(model, tiny_gpt2, blocks, tmp_path):
    left = tmp_path / ".out.new" / "left.txt"
    left.parent.mkdir()
    left.write_text("half", encoding="utf-8")
    fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE)
    assert not (tmp_path / "out" / "left.txt").exists()


SCRIPT = """
import os, signal, sys
from pathlib import Path
import numpy as np
from transformers import TrainerCallback
from workshop import gpt2
from workshop.gpt2.finetuning import FineTuning, fine_tune

class PowerCut(TrainerCallback):
    def on_step_end(self, args, state, control, **_):
        if state.global_step == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
model, tokenizer = gpt2.load(str(folder))
rows = np.load(folder / "blocks.npy")
recipe = FineTuning(learning_rate=5e-3, epochs=2, batch_size=4 // int(os.environ.get("WORLD_SIZE", 1)), evaluations=4)
result = fine_tune(model, tokenizer, rows[:40], rows[40:], out, recipe, sample=lambda m: "un texte", callbacks=[PowerCut()])
if os.environ.get("RANK", "0") == "0":
    print("END", result.steps, result.history[-1]["eval_loss"], flush=True)
"""


@pytest.fixture
def script(model_folder, blocks, tmp_path):
    np.save(model_folder / "blocks.npy", np.concatenate(blocks))
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return [str(path), str(model_folder), str(tmp_path / "out")]


def run(*command):
    environ = os.environ | {"PYTHONPATH": str(ROOT), "WORKSHOP_QUIET": "0", "OMP_NUM_THREADS": "1", "WORKSHOP_PROFILE": "cpu"}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, encoding="utf-8", env=environ | {"PYTHONIOENCODING": "utf-8"}
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
def test_killed_then_run_again_ends_with_the_same_loss(script, tmp_path, whole_run):
    assert run(*script, "12").returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    again = run(*script, "0")
    assert "Reprise au pas 10 sur 20." in again.stdout, again.stderr
    steps, loss = again.stdout.rpartition("END")[2].split()
    assert (int(steps), float(loss)) == (20, pytest.approx(losses(whole_run)[20], rel=1e-6))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="gloo on loopback is tested on Linux and macOS")
def test_two_processes_share_each_update_and_one_speaks(script, whole_run):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = ["-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1"]
    result = run(*launch, "--main_process_port", str(port), "--mixed_precision", "no", *script, "0")
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.count("END 20 ") == result.stdout.count("pas 20/20 · validation") == 1
    assert result.stdout.count("    un texte") == 5
    assert float(result.stdout.rpartition("END")[2].split()[1]) == pytest.approx(losses(whole_run)[20], rel=0.02)
    assert gpt2.load(script[2])


# --- accidents --------------------------------------------------------------------------------------------------------------


def test_a_training_cut_short_is_not_resumed_from_another_base_of_the_same_name(tiny_gpt2, blocks, tmp_path, spoken):
    """The embedded model may be replaced by another of the same size while a training of the old one waits to be resumed."""
    folder, tokenizer = tmp_path / "base", tiny_gpt2[1]
    tiny_gpt2[0].save_pretrained(folder)
    interrupted_run(GPT2LMHeadModel.from_pretrained(folder), tokenizer, blocks, tmp_path / "out")
    torch.manual_seed(1)
    GPT2LMHeadModel(tiny_gpt2[0].config).save_pretrained(folder)
    fine_tune(GPT2LMHeadModel.from_pretrained(folder), tokenizer, *blocks, tmp_path / "out", RECIPE)
    assert "Les réglages ou les textes ont changé : l’entraînement repart du début." in spoken


def interrupted_run(model, tokenizer, blocks, out):
    stop = StopAt(12, lambda: signal.raise_signal(signal.SIGINT))
    fine_tune(model, tokenizer, *blocks, out, RECIPE, callbacks=[stop])
    return out.with_name("out.checkpoints")


@pytest.mark.parametrize("damage", ["cut", "flipped bit", "optimizer", "no seal"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(damage, model, tiny_gpt2, blocks, tmp_path, whole_run, spoken):
    last = interrupted_run(model, tiny_gpt2[1], blocks, tmp_path / "out") / "checkpoint-13"
    weights = last / "model.safetensors"
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "flipped bit":
        data = bytearray(weights.read_bytes())
        data[-1000] ^= 1
        weights.write_bytes(data)
    elif damage == "optimizer":
        (last / "optimizer.pt").write_bytes(b"not a checkpoint")
    else:
        (last / "sums.json").unlink()
    result = fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE)
    assert "La sauvegarde du pas 13 est abîmée : on reprend à celle d’avant." in spoken
    assert "Reprise au pas 10 sur 20." in spoken
    assert losses(result) == losses(whole_run)


def test_when_every_checkpoint_is_damaged_training_begins_again(model, tiny_gpt2, blocks, tmp_path, spoken):
    folder = interrupted_run(model, tiny_gpt2[1], blocks, tmp_path / "out")
    for saved in folder.glob("*/model.safetensors"):
        saved.write_bytes(b"")
    assert fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE).finished
    assert "La sauvegarde du pas 10 est abîmée : on recommence depuis le début." in spoken


def test_two_checkpoints_are_kept_and_no_pickle_of_arguments(model, tiny_gpt2, blocks, tmp_path):
    kept = list(interrupted_run(model, tiny_gpt2[1], blocks, tmp_path / "out").glob("checkpoint-*"))
    assert len(kept) == 2 and not [path for folder in kept for path in folder.glob("training_args.bin")]


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")],
)
def test_out_of_memory_halves_the_batch_for_the_same_result(
    error, model, tiny_gpt2, blocks, tmp_path, whole_run, spoken, monkeypatch
):
    forward, calls = GPT2LMHeadModel.forward, []

    @functools.wraps(forward)  # the Trainer reads its signature
    def small(self, input_ids=None, **rest):
        calls.append(len(input_ids))
        if len(input_ids) > 2 and len(calls) > 12:  # in the middle of the training
            raise error
        return forward(self, input_ids=input_ids, **rest)

    monkeypatch.setattr(GPT2LMHeadModel, "forward", small)
    result = fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE)
    assert any("on passe de 4 à 2 blocs à la fois" in line for line in spoken)
    assert result.finished and losses(result)[20] == pytest.approx(losses(whole_run)[20], rel=0.01)


def test_no_memory_for_one_block_is_one_sentence_and_the_weights_stay(model, tiny_gpt2, blocks, tmp_path, monkeypatch):
    before = copy.deepcopy(model.state_dict())

    def never(*_, **__):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(GPT2LMHeadModel, "forward", never)
    with pytest.raises(WorkshopError, match="La mémoire ne suffit pas"):
        fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE)
    assert all(torch.equal(before[name], weights) for name, weights in model.state_dict().items())


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="the size of files is only limited on Unix")
@pytest.mark.parametrize("share", [0.2, 1.3])  # the weights do not fit; the weights do, the state of the optimizer does not
def test_files_that_cannot_grow_are_a_full_disk(share, model, tiny_gpt2, blocks, tmp_path):
    import resource

    model.save_pretrained(tmp_path / "measured")
    limit = int(share * (tmp_path / "measured" / "model.safetensors").stat().st_size)
    before, action = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(WorkshopError, match="Le disque est plein"):
            fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "gpt2", FineTuning(max_steps=2, evaluations=1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, action)


@pytest.mark.parametrize("when", ["checkpoint", "optimizer", "last"])
def test_a_full_disk_leaves_the_old_model(when, model, tiny_gpt2, blocks, model_folder, monkeypatch):
    before = {path.name: path.read_bytes() for path in model_folder.iterdir()}
    save = GPT2LMHeadModel.save_pretrained

    def full(self, folder, *rest, **options):
        save(self, folder, *rest, **options)
        if when == "checkpoint" or (when == "last" and "checkpoint" not in str(folder)):
            raise OSError(errno.ENOSPC, "No space left on device")

    def full_for_torch(*_, **__):
        raise RuntimeError("[enforce fail at inline_container.cc:664] . PytorchStreamWriter failed writing file data/5")

    monkeypatch.setattr(GPT2LMHeadModel, "save_pretrained", full)
    if when == "optimizer":
        monkeypatch.setattr(torch, "save", full_for_torch)
    with pytest.raises(WorkshopError, match="Le disque est plein"):
        fine_tune(model, tiny_gpt2[1], *blocks, model_folder, RECIPE)
    assert {path.name: path.read_bytes() for path in model_folder.iterdir()} == before
    assert not list(model_folder.parent.glob(".*.new"))
    monkeypatch.undo()
    assert fine_tune(model, tiny_gpt2[1], *blocks, model_folder, RECIPE).finished


def test_a_wild_learning_rate_is_one_sentence_and_the_weights_stay(model, tiny_gpt2, blocks, tmp_path):
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(WorkshopError, match="taux d’apprentissage"):
        fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", FineTuning(learning_rate=1e30, epochs=3, batch_size=4))
    assert all(torch.equal(before[name], weights) for name, weights in model.state_dict().items())


def test_a_second_notebook_is_refused(model, tiny_gpt2, blocks, tmp_path):
    def second():
        with pytest.raises(WorkshopError, match="Un autre carnet"):
            fine_tune(copy.deepcopy(tiny_gpt2[0]), tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE)
        met.append(True)

    met = []
    assert fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE, callbacks=[StopAt(2, second)]).finished and met


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "pas de texte à apprendre"),
        ([[1]], "pas de texte à apprendre"),
        ([[1] * 65], "dépassent les 64 positions"),
        ([[1, 300]], "ne viennent pas du tokenizer"),
    ],
)
def test_blocks_that_cannot_be_learnt_are_one_sentence(rows, sentence, model, tiny_gpt2, blocks, tmp_path):
    with pytest.raises(WorkshopError, match=sentence):
        fine_tune(model, tiny_gpt2[1], rows, blocks[1], tmp_path / "out", RECIPE)


def test_a_sample_does_not_change_the_training(model, tiny_gpt2, blocks, tmp_path, whole_run):
    result = fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE, sample=lambda _: str(torch.rand(3)))
    assert losses(result) == losses(whole_run)


def test_quiet_prints_nothing(model, tiny_gpt2, blocks, tmp_path, capfd, room):
    room(WORKSHOP_QUIET="1")
    fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE, sample=lambda _: "un texte")
    gpt2.load(str(tmp_path / "out"))
    assert capfd.readouterr() == ("", "")


def test_the_model_is_left_as_it_came_without_autocast_around_it(model, tiny_gpt2, blocks, tmp_path):
    attributes = set(vars(model))
    fine_tune(model, tiny_gpt2[1], *blocks, tmp_path / "out", RECIPE)
    assert set(vars(model)) == attributes
    assert not hasattr(model.forward, "__wrapped__") or "autocast" not in repr(model.forward.__wrapped__)
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "out").config.use_cache
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_planned_steps_is_the_shorter_of_epochs_and_limit():
    assert finetuning.planned_steps(41, FineTuning(epochs=1, batch_size=8)) == 6
    assert finetuning.planned_steps(41, FineTuning(epochs=1, batch_size=4, accumulation=2)) == 6
    assert finetuning.planned_steps(41, FineTuning(epochs=3, batch_size=8, max_steps=10)) == 10
    assert finetuning.planned_steps(1, FineTuning(epochs=0.1)) == 1
