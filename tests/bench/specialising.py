"""Which recipe specialises best in the time of a room: each is judged on two books kept aside, never on the test novel."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedModel

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


CHOICES = (
    *(Choice(f"rate {rate:g}", {"learning_rate": rate}) for rate in (1e-4, 3e-4, 6e-4, 1e-3)),
    Choice("batch 16, 150 steps", {"batch_size": 16, "max_steps": 150}),
    Choice("eight epochs at most", {"epochs": 8}),
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
    clock = time.perf_counter()
    finetuning.fine_tune(model, tokenizer, blocks["train"], blocks["validation"], place, recipe)
    seconds = time.perf_counter() - clock
    end = weights.of(model)
    judged = []
    for share in SHARES:
        weights.interpolate(model, start, end, share)
        judged.append(judge(model.eval()))
    return seconds, judged


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

    def judge(model: "PreTrainedModel") -> float:
        return metrics.perplexity(sum(gpt2.negative_log_likelihood(model, tokenizer, text) for text in texts), length)

    before, rows = judge(model), []
    for choice in (choice for choice in CHOICES if not names or choice.name in names):
        scratch = Path(tempfile.mkdtemp())
        seconds, judged = specialised(choice, parts, scratch / "gpt2", judge)
        rows.append([choice.name, seconds, [1 - perplexity / before for perplexity in judged]])
        gains = ", ".join(f"{share:.0%}: {gain:.2%}" for share, gain in zip(SHARES, rows[-1][2], strict=True))
        print(f"{collection}: {choice.name}: {gains} in {seconds:.0f} s", flush=True)
        shutil.rmtree(scratch)
    return rows


def main() -> None:
    """Try every choice on each collection that is here, one process each, and print a table of each."""
    collections = {"veillees": {"WORKSHOP_COLLECTION": "veillees", "WORKSHOP_BOOKS": ""}}
    if REAL_BOOKS.is_dir():
        collections["sand"] = {}
    header = ("choice", *(f"{share:.0%} of the way" for share in SHARES), "seconds")
    for name, chosen in collections.items():
        code = f"import json; from tests.bench.specialising import search; print('RESULT', json.dumps(search({name!r}, [])))"
        printed = python(code, surroundings(WORKSHOP_QUIET="1", **chosen))[1]
        rows = [
            (choice, *(f"{gain:.1%}" for gain in gains), f"{seconds:.0f}")
            for choice, seconds, gains in json.loads(printed.rpartition("RESULT ")[2])
        ]
        table(f"Ways to specialise ({name}): perplexity below the base, on two books kept aside", header, rows)
