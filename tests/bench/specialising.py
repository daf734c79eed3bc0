"""Which recipe specialises best in the time of a room: each is judged on two books kept aside, never on the test novel.

Kept in ``data/measured.json``, choice by choice: the whole takes an hour, and goes on from where it was cut.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, TrainerCallback

from .common import REAL_BOOKS, python, surroundings, table

#: The two books of each collection that no choice is trained on: all choices are compared on them.
ASIDE = {"sand": ("angibault", "dames-vertes"), "veillees": ("berger", "foire")}
JUDGED = 60_000  # characters of each: enough to tell 0.2 % apart
SHARES = (1.0, 0.8, 0.65, 0.5)  # of the way from the base to what was trained: a training is judged at each of these points


@dataclass(frozen=True)
class Choice:
    """A way to specialise: what the recipe says, what learns, and how the text is cut."""

    name: str
    recipe: dict = field(default_factory=dict)  #: what differs from the workshop's own ``FineTuning``
    learns: str = "all"  #: "all", "upper half" of the layers, or "LoRA"
    by_paragraph: bool = False  #: each block begins with a paragraph
    averaged: bool = False  #: the mean of the weights after each step is judged, instead of the last ones


CHOICES = (
    *(Choice(f"rate {rate:g}", {"learning_rate": rate}) for rate in (6e-4, 1e-4, 2e-3)),
    Choice("upper half of the layers", learns="upper half"),
    Choice("batch 16, half the steps", {"batch_size": 16, "max_steps": 150}),
    Choice("mean of the weights after each step", averaged=True),
    Choice("blocks begin with a paragraph", by_paragraph=True),
    Choice("LoRA, r = 16, rate 3e-3", {"learning_rate": 3e-3}, learns="LoRA"),
    *(Choice(f"rate {rate:g}", {"learning_rate": rate}) for rate in (3e-4, 1e-3)),
    Choice("eight epochs at most", {"epochs": 8}),
)


def paragraph_blocks(paragraphs: Iterable[list[int]], size: int) -> list[list[int]]:
    """Return blocks of up to ``size`` tokens, each from the beginning of a paragraph: what is cut off begins no block."""
    blocks, block = [], []
    for paragraph in paragraphs:
        if len(block) + len(paragraph) > size and block:
            blocks.append(block)
            block = []
        block = [*block, *paragraph][:size]
    return [*blocks, block]


def averaging(mean: "dict[str, torch.Tensor]") -> "TrainerCallback":
    """Return what fills ``mean``, by name of parameter, with the mean of the weights after each step."""
    import torch
    from transformers import TrainerCallback

    class Averaging(TrainerCallback):
        def on_step_end(self, args, state, control, model, **_):
            with torch.no_grad():
                for name, parameter in model.named_parameters():
                    mean.setdefault(name, parameter.detach().clone()).lerp_(parameter, 1 / state.global_step)

    return Averaging()


def specialised(
    choice: Choice, parts: dict[str, list[str]], place: Path, judge: Callable[["PreTrainedModel"], float]
) -> tuple[float, list[float]]:
    """Specialise the base in this way; return the seconds it took, and what ``judge`` says at each of the SHARES."""
    from workshop import steps, tokens
    from workshop.assistant import lora
    from workshop.gpt2 import finetuning, weights
    from workshop.gpt2 import model as gpt2

    model, tokenizer = gpt2.load()
    size = steps.block_size(model)
    blocks = {}
    for part, lines in parts.items():
        if choice.by_paragraph:
            ids = tokenizer([line + "\n" for line in lines], add_special_tokens=False, verbose=False)["input_ids"]
            blocks[part] = paragraph_blocks(ids, size)
        else:
            blocks[part] = tokens.pack(tokens.encode_text(tokenizer, "\n".join(lines)), size)
    if choice.learns == "upper half":
        layers = model.transformer.h
        for parameter in [*model.transformer.wte.parameters(), *layers[: len(layers) // 2].parameters()]:
            parameter.requires_grad = False
    elif choice.learns == "LoRA":
        model = lora.add_lora(model)
    start = weights.of(model)
    recipe = replace(finetuning.FineTuning(), interpolation=1.0, **choice.recipe)
    mean: dict[str, torch.Tensor] = {}
    watched = [averaging(mean)] if choice.averaged else []
    clock = time.perf_counter()
    finetuning.fine_tune(model, tokenizer, blocks["train"], blocks["validation"], place, recipe, callbacks=watched)
    seconds = time.perf_counter() - clock
    end = mean or weights.of(model)
    judged = []
    for share in SHARES:
        weights.interpolate(model, start, end, share)
        judged.append(judge(model.eval()))
    return seconds, judged


def try_one(collection: str, name: str) -> dict:
    """Try a choice on a collection without its two books; return the seconds, and the gain in perplexity at the SHARES."""
    from workshop import metrics, steps, tokens
    from workshop.cleaning import split_by_book
    from workshop.gpt2 import model as gpt2

    aside, kept = [], []
    for book in steps.books():
        if book.cleaned and book.cleaned.role == "train":
            (aside if book.card.raw.book.id in ASIDE[collection] else kept).append(book.cleaned)
    split = split_by_book([*kept, *(replace(book, role="test") for book in aside)])
    parts = {part: list(split[part]["text"]) for part in ("train", "validation")}
    texts = ["\n".join(book.paragraphs)[:JUDGED] for book in aside]
    model, tokenizer = gpt2.load()
    length = sum(len(tokens.encode_text(tokenizer, text)) for text in texts)

    def judge(model: "PreTrainedModel") -> float:
        return metrics.perplexity(sum(gpt2.negative_log_likelihood(model, tokenizer, text) for text in texts), length)

    before = judge(model)
    (choice,) = (choice for choice in CHOICES if choice.name == name)
    with tempfile.TemporaryDirectory() as scratch:
        seconds, judged = specialised(choice, parts, Path(scratch) / "gpt2", judge)
    return {"seconds": round(seconds), "gains": [round(1 - perplexity / before, 4) for perplexity in judged]}


def main() -> None:
    """Try every choice on each collection that is here, one process each, unless it was with this base; print a table of each."""
    from workshop.backstage import measures
    from workshop.base.keeping import checksums
    from workshop.base.settings import settings

    collections = {"veillees": {"WORKSHOP_COLLECTION": "veillees", "WORKSHOP_BOOKS": ""}}
    if REAL_BOOKS.is_dir():
        collections["sand"] = {}
    base = checksums(settings().data / "models" / "gpt2-fr", "model*.safetensors")
    measured = measures.read().get("specialising", {})
    tried = measured["tried"] if measured.get("base") == base else {}
    for choice in CHOICES:
        for name, chosen in collections.items():
            found = tried.setdefault(name, {})
            if choice.name not in found:
                code = f"print('RESULT', json.dumps(specialising.try_one({name!r}, {choice.name!r})))"
                code = f"import json; from tests.bench import specialising; {code}"
                printed = python(code, surroundings(WORKSHOP_QUIET="1", **chosen))[1]
                found[choice.name] = json.loads(printed.rpartition("RESULT ")[2])
                measures.record("specialising", {"base": base, "shares": list(SHARES), "tried": tried})
                print(f"{name}: {choice.name}: {found[choice.name]}", flush=True)
    header = ("choice", *(f"{share:.0%} of the way" for share in SHARES), "seconds")
    for name, found in tried.items():
        rows = [(choice, *(f"{gain:.1%}" for gain in one["gains"]), str(one["seconds"])) for choice, one in found.items()]
        table(f"Ways to specialise ({name}): perplexity below the base, on two books kept aside", header, rows)
