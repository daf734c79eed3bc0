"""Which recipe specialises best in the time of a room: each is judged on two books kept aside, never on the test novel."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from .common import REAL_BOOKS, python, surroundings, table

#: The two books of each collection that no choice is trained on: all choices are compared on them.
ASIDE = {"sand": ("angibault", "dames-vertes"), "veillees": ("berger", "foire")}
JUDGED = 60_000  # characters of each: enough to tell 0.2 % apart
AVERAGED = 0.98  # weights averaged over the last fifty steps or so


@dataclass(frozen=True)
class Choice:
    """A way to specialise: what the recipe says, and what it does to the model before and after."""

    name: str
    recipe: dict = field(default_factory=dict)  #: what differs from the workshop's own ``FineTuning``
    learns: str = "all"  #: "all", "upper half" of the layers, or "LoRA"
    averages: bool = False
    by_paragraph: bool = False  #: each block begins with a paragraph


CHOICES = (
    Choice("the workshop's"),
    *(Choice(f"rate {rate:g}", {"learning_rate": rate}) for rate in (3e-4, 6e-4, 1e-3, 2e-3)),
    *(Choice(f"batch {size}", {"batch_size": size, "max_steps": 2400 // size}) for size in (4, 16)),
    Choice("150 steps", {"max_steps": 150}),
    Choice("two epochs at most", {"epochs": 2}),
    Choice("eight epochs at most", {"epochs": 8}),
    Choice("averaged weights", averages=True),
    Choice("blocks begin with a paragraph", by_paragraph=True),
    Choice("upper half of the layers", learns="upper half"),
    Choice("LoRA, r = 16, rate 3e-3", {"learning_rate": 3e-3}, learns="LoRA"),
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


def specialised(choice: Choice, parts: dict[str, list[str]], place: Path) -> tuple[float, Callable[[str], float]]:
    """Specialise the base in this way; return the seconds it took, and how the model judges a text, in nats."""
    import torch
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
    from transformers import TrainerCallback

    from workshop import steps, tokens
    from workshop.assistant import lora
    from workshop.gpt2 import finetuning
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
    trained = model
    if choice.learns == "upper half":
        layers = model.transformer.h
        for parameter in [*model.transformer.wte.parameters(), *layers[: len(layers) // 2].parameters()]:
            parameter.requires_grad = False
    elif choice.learns == "LoRA":
        trained = lora.add_lora(model)
    average = AveragedModel(trained, multi_avg_fn=get_ema_multi_avg_fn(AVERAGED))

    class Average(TrainerCallback):
        def on_step_end(self, *_, model: torch.nn.Module, **__) -> None:  # type: ignore[override]
            average.update_parameters(model)

    start = time.perf_counter()
    finetuning.fine_tune(
        trained, tokenizer, blocks["train"], blocks["validation"], place, replace(finetuning.FineTuning(), **choice.recipe),
        callbacks=[Average()] if choice.averages else [],
    )  # fmt: skip
    seconds = time.perf_counter() - start
    judged = average.module if choice.averages else trained
    return seconds, lambda text: gpt2.negative_log_likelihood(judged.eval(), tokenizer, text)


def search(collection: str, names: list[str]) -> list[list]:
    """Try the choices on a collection without its two books; return for each the seconds and the gain in perplexity."""
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
    before = metrics.perplexity(sum(gpt2.negative_log_likelihood(model, tokenizer, text) for text in texts), length)
    rows = []
    for choice in (choice for choice in CHOICES if not names or choice.name in names):
        scratch = Path(tempfile.mkdtemp())
        seconds, judge = specialised(choice, parts, scratch / "gpt2")
        rows.append([choice.name, seconds, 1 - metrics.perplexity(sum(map(judge, texts)), length) / before])
        print(f"{collection}: {choice.name}: {rows[-1][2]:.2%} in {seconds:.0f} s", flush=True)
        shutil.rmtree(scratch)
    return rows


def main() -> None:
    """Try every choice on each collection that is here, one process each, and print the table."""
    collections = {"veillees": {"WORKSHOP_COLLECTION": "veillees", "WORKSHOP_BOOKS": ""}}
    if REAL_BOOKS.is_dir():
        collections["sand"] = {}
    rows: dict[str, list[str]] = {choice.name: [choice.name] for choice in CHOICES}
    for name, chosen in collections.items():
        code = f"import json; from tests.bench.specialising import search; print('RESULT', json.dumps(search({name!r}, [])))"
        printed = python(code, surroundings(WORKSHOP_QUIET="1", **chosen))[1]
        for choice, seconds, gain in json.loads(printed.rpartition("RESULT ")[2]):
            rows[choice] += [f"{gain:.1%}", f"{seconds:.0f} s"]
    header = [part for name in collections for part in (f"{name}: perplexity below the base", "seconds")]
    table("Ways to specialise, judged on two books kept aside", ("choice", *header), [tuple(row) for row in rows.values()])
