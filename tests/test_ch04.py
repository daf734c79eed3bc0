"""The exercises of chapter 04, right answers that are not the workshop's own, its figures, and its settings."""

import copy
import dataclasses
import functools
import math
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import jupytext
import matplotlib as mpl
import pandas as pd
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, TrainerState, TrainingArguments

from tests.test_plots import well_told
from tests.test_slides import contrast
from workshop import plots, steps
from workshop.base.errors import WorkshopError
from workshop.base.settings import ROOT, settings
from workshop.exercises import answer, ch04
from workshop.exercises.audit import audit
from workshop.exercises.core import check, check_value, find
from workshop.gpt2 import finetuning
from workshop.gpt2 import model as gpt2
from workshop.gpt2.finetuning import FineTuning
from workshop.plots.style import SMALLEST


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


@pytest.mark.parametrize(
    "typed",
    [{"÷30": "Trop petit", "×1": "juste", "×30": "trop  grand"}, {"/ 30": "trop petit.", "x 1": "juste", "X 30": "trop grand"}],
)
def test_a_verdict_that_is_right_has_the_names_that_the_next_cell_looks_for(typed, veillees):
    assert answer("4.6", typed) == {"÷ 30": "trop petit", "× 1": "juste", "× 30": "trop grand"}


# The figures --------------------------------------------------------------------------------------------------------------------

WORDS = ["la", "Ġchèvre", " qui", "dort\n"]
FIGURES = {
    "attention_map": lambda: plots.attention_map(WORDS, torch.eye(4)),
    "a long attention_map": lambda: plots.attention_map(WORDS * 5, torch.full((20, 20), 1 / 20)),
    "decoder_block": lambda: plots.decoder_block(GPT2Config()),
    "surprise": lambda: plots.surprise(WORDS, [0.5, 0.25, 0.0, 1.0]),
    "schedule": lambda: plots.schedule([0.0, 3e-4, 2e-4, 0.0]),
    "trainings": lambda: plots.trainings({"÷ 30": [3.0, 2.9], "× 1": [3.0, 2.5]}),
    "before_after": lambda: plots.before_after({"examen": (40.0, 30.0), "message": (60.0, 66.0)}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_readable_and_told_in_words(name):
    figure = FIGURES[name]()
    assert figure.png().startswith(b"\x89PNG")
    assert well_told(figure.get_label())
    figure.draw_without_rendering()
    shown = [text for text in figure.findobj(mpl.text.Text) if text.get_text() and text.get_visible()]
    assert min(text.get_fontsize() for text in shown) >= SMALLEST
    assert not any("Ġ" in text.get_text() for text in shown)


def test_the_digits_of_an_attention_map_are_readable_when_projected_or_left_out():
    told = []
    for count in range(1, 21):
        figure = plots.attention_map(["mangé"] * count, torch.full((count, count), 0.88 / count))
        figure.draw_without_rendering()
        projected = min(110, 390 / figure.get_figheight())  # pixels an inch, where a picture has the least room (play.js)
        axes = figure.axes[0]
        cell = axes.get_window_extent().width / count
        names = [*axes.get_xticklabels(), *axes.get_yticklabels()]
        assert all(name.get_fontsize() / 72 * projected >= (13 if count <= 12 else 8) for name in names), count
        for digits in axes.texts:
            assert digits.get_fontsize() / 72 * projected >= 18 and digits.get_window_extent().width <= cell, count
        told += [count] if axes.texts else []
        assert bool(axes.texts) != (len(figure.axes) == 2), count  # a scale of the colours instead
    assert told == [1, 2, 3, 4, 5, 6]


def test_the_digits_of_an_attention_map_stand_out_from_their_cell():
    for weight in torch.linspace(0.006, 1, 200).tolist():
        axes = plots.attention_map(["la"], torch.tensor([[weight]])).axes[0]
        cell, digits = (mpl.colors.to_hex(colour) for colour in (axes.images[0].cmap(weight), axes.texts[0].get_color()))
        assert contrast(cell, digits) >= 4.5, weight


def test_figures_say_what_they_show():
    assert "␣qui regarde surtout ␣qui" in plots.attention_map(WORDS, torch.eye(4)).get_label()
    assert "message, de 60,0 à 66,0 (+10" in FIGURES["before_after"]().get_label()
    assert "sur 3 pas" in FIGURES["schedule"]().get_label(), "the point before the first step is none"
    assert "124" not in plots.decoder_block(GPT2Config(n_embd=96, n_head=3)).get_label()
    with pytest.raises(WorkshopError, match="rien à dessiner"):
        plots.attention_map([], [])


@pytest.mark.parametrize(("notebook", "quiet"), [(True, False), (True, True), (False, False)])
def test_the_live_curve_is_one_display_and_none_when_quiet_or_in_a_script(notebook, quiet, monkeypatch):
    shown = []

    class Handle:
        def update(self, figure):
            shown.append("updated")

    monkeypatch.setenv("WORKSHOP_QUIET", str(int(quiet)))
    settings.cache_clear()
    monkeypatch.setattr("IPython.get_ipython", lambda: notebook or None)
    monkeypatch.setattr("IPython.display.display", lambda figure, display_id: shown.append("displayed") or Handle())
    state, curve = TrainerState(), plots.LiveCurve()
    for step, loss in enumerate((3.0, 2.5, 2.0), 1):
        state.log_history.append({"step": step, "loss": loss})
        curve.on_log(None, state, None)
    settings.cache_clear()
    assert shown == (["displayed", "updated", "updated"] if notebook and not quiet else [])


# The settings -------------------------------------------------------------------------------------------------------------------


def test_the_settings_shown_are_those_of_the_workshop(tmp_path):
    cells = jupytext.read(ROOT / "solutions" / "04_gpt2_finetuning.py").cells
    (source,) = [cell.source for cell in cells if cell.source.startswith("gpu, half = ") and "TrainingArguments(" in cell.source]
    recipe, updates = FineTuning(), 99
    names = vars(finetuning) | {"recipe": recipe, "updates": updates, "steps": steps}
    names |= {"torch": torch, "device": gpt2.device, "half_precision": gpt2.half_precision}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "folder", lambda name: tmp_path / name)
        exec(source, names)
    shown, ours = names["arguments"], finetuning.training_arguments(recipe, updates, Path(tmp_path))
    same = "max_steps per_device_train_batch_size learning_rate lr_scheduler_type warmup_steps weight_decay optim max_grad_norm"
    same += " bf16 fp16 use_cpu eval_strategy eval_steps save_strategy save_steps save_total_limit load_best_model_at_end"
    same += " seed report_to"
    for name in same.split():
        assert getattr(shown, name) == getattr(ours, name), name


#: Settings that 4.4 accepts, from the most careful to the boldest.
RECIPES = {
    "ours": FineTuning(),
    "careful": FineTuning(learning_rate=5e-5, batch_size=4, epochs=1),
    "bold": FineTuning(learning_rate=2e-3, batch_size=32, epochs=10),
}


def run_cells(recipe: FineTuning, folder: Path, *starts: str, **others: object) -> dict:
    """Run the cells of the notebook that hold these texts, with the settings of an attendee; return their names."""
    cells = [
        cell.source for cell in jupytext.read(ROOT / "solutions" / "04_gpt2_finetuning.py").cells if cell.cell_type == "code"
    ]
    names = vars(finetuning) | {"copy": copy, "dataclasses": dataclasses, "math": math, "recipe": recipe, "pd": pd}
    names |= {
        "torch": torch,
        "device": gpt2.device,
        "half_precision": gpt2.half_precision,
        "PrinterCallback": None,
        "model": torch.nn.Identity(),
    }
    names |= {"steps": SimpleNamespace(text=str, folder=lambda name: folder / name), "train_blocks": [[1, 2, 3]] * 70, **others}
    for start in starts:
        (source,) = [source for source in cells if start in source]
        exec(source, names)
    return names


class Noted:
    """A ``Trainer`` that only notes the settings it is given."""

    made: ClassVar[list[TrainingArguments]] = []

    def __init__(self, model, args, train_dataset):
        """Note the settings."""
        self.made.append(args)
        self.model, self.state, self.train = model, SimpleNamespace(log_history=[]), lambda: None
        self.remove_callback = lambda callback: None


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_tried_beside_does_not_depend_on_the_settings_chosen(name, tmp_path):
    """The three rates and the three batches of 4.6 are judged in prose: their runs are the same whatever 4.4 was answered."""

    def runs(recipe):
        Noted.made.clear()
        assert check_value(find("4.4"), recipe, {"FineTuning": FineTuning}).state == "right"
        heard = {"hesitation": lambda network, text: 12.0, "Trainer": Noted}
        run_cells(
            recipe, tmp_path, "updates = math.ceil(", "gpu, half = ", "def short_run(", "trials = {", "batches = {", **heard
        )
        return [args.to_dict() for args in Noted.made]

    ours, theirs = runs(FineTuning()), runs(RECIPES[name])
    unused = {"eval_steps", "save_steps", "logging_dir"}  # there is neither an evaluation nor a saving in these runs
    assert len(ours) == 5 and {run["eval_strategy"] for run in ours} == {run["save_strategy"] for run in ours} == {"no"}
    assert {run["learning_rate"] for run in ours} == {FineTuning().learning_rate * times for times in (1 / 30, 1, 30)}
    for our, their in zip(ours, theirs, strict=True):
        assert {key for key in our if our[key] != their[key]} <= unused


@pytest.mark.parametrize("blocks", [70, 1500], ids=["tales", "novels"])
@pytest.mark.parametrize("name", RECIPES)
def test_the_longest_steps_are_at_the_end_of_the_warm_up(name, blocks, tmp_path):
    drawn = []
    shown = {"plots": SimpleNamespace(schedule=drawn.append), "train_blocks": [[1, 2, 3]] * blocks}
    names = run_cells(
        RECIPES[name], tmp_path, "updates = math.ceil(", "gpu, half = ", "get_cosine_schedule_with_warmup(", **shown
    )
    (rates,) = drawn
    assert rates.index(max(rates)) == names["arguments"].warmup_steps < len(rates) / 2
    assert rates[-1] < max(rates) / 100, "down to almost nothing"


@pytest.mark.parametrize("size", [1, 8, 64])
def test_a_large_batch_is_held_by_eights_for_the_same_update(size, tiny_gpt2, tmp_path, monkeypatch):
    cells = jupytext.read(ROOT / "solutions" / "04_gpt2_finetuning.py").cells
    (source,) = [cell.source for cell in cells if "def short_run(" in cell.source]
    model, blocks = copy.deepcopy(tiny_gpt2[0]), torch.randint(200, (65, 60), generator=torch.Generator().manual_seed(0))
    expected = model(blocks[:-1], labels=blocks[:-1]).loss.item()
    forward, held = GPT2LMHeadModel.forward, []

    @functools.wraps(forward)  # the Trainer reads its signature
    def counted(self, input_ids=None, **rest):
        held.append(len(input_ids))
        return forward(self, input_ids=input_ids, **rest)

    monkeypatch.setattr(GPT2LMHeadModel, "forward", counted)
    names = vars(finetuning) | {"copy": copy, "dataclasses": dataclasses, "model": model, "train_blocks": blocks.tolist()}
    names |= {"arguments": TrainingArguments(tmp_path, report_to="none", disable_tqdm=True, use_cpu=True, fp16=False, bf16=False)}
    names |= {"steps": SimpleNamespace(text=str), "hesitation": lambda network, text: 12.0}
    exec(source, names)
    losses, reached = names["short_run"](1e-4, size)
    assert held == [min(size, 8)] * (64 // min(size, 8)) and len(losses) == 64 // size
    assert (
        sum(losses) / len(losses) == pytest.approx(expected, rel=0.03) and reached == 12.0
    )  # some versions count a token too many


def test_the_settings_chosen_last_and_nothing_is_trained_twice(monkeypatch, tmp_path, tiny_gpt2):
    made = []

    def trained(model, tokenizer, train, validation, out, recipe, *_):
        out.mkdir(exist_ok=True)
        made.append(recipe)
        return finetuning.Result(tiny_gpt2[0], [], 3, 3, out)

    monkeypatch.setattr(steps, "folder", lambda name: tmp_path / name)
    monkeypatch.setattr(steps, "_origin", dict)
    monkeypatch.setattr(steps, "encode", lambda tokenizer, part: [1, 2, 3])
    monkeypatch.setattr(gpt2, "load", lambda name=None: tiny_gpt2)
    monkeypatch.setattr(finetuning, "fine_tune", trained)
    ours, mine = FineTuning(), FineTuning(epochs=2.0)
    for recipe in (None, None, ours, mine, None, mine, ours, None):
        steps.specialised_model(recipe)
    assert made == [ours, mine, ours]
