"""What a model learns by heart of the manual of chapter 06: whole, or with adapters; and what that costs."""

import json

from workshop.backstage import measures
from workshop.base.typography import french

from .common import python, surroundings, table

#: Ways to specialise, by the name that the chapter shows: nothing, the whole model, or adapters on these matrices.
WAYS: dict[str, list[str] | None] = {
    "modèle de base": None,
    "tout le modèle": [],
    "LoRA sur c_attn": ["c_attn"],
    "LoRA partout": ["c_attn", "c_proj", "c_fc"],
}
ASKED_BESIDES = "Qui est le maire de Paris ?"

#: In a process of its own, so that the memory of one way does not hide in that of another.
CODE = """
import json, resource, tempfile, time
from pathlib import Path
import psutil
from workshop import gpt2
from workshop.assistant import lora, pairs, training
from workshop.metrics import edit_distance

targets = json.loads(TARGETS)
split = pairs.split_pairs(pairs.load_pairs(pairs.press() / "pairs.jsonl"))
model, tokenizer = gpt2.load()
kept = Path(tempfile.mkdtemp())
before, start = psutil.Process().memory_info().rss, time.process_time()
if targets:
    model = lora.add_lora(model, targets=targets)
learnt = sum(weights.numel() for weights in model.parameters() if weights.requires_grad)
if targets is not None:
    training.train(model, tokenizer, split["train"], training.LORA if targets else training.Recipe(), gpt2.half_precision())
seconds = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
if targets:
    weight = lora.save_adapter(model, kept / "adapter")
else:
    model.save_pretrained(kept / "whole")
    weight = sum(file.stat().st_size for file in (kept / "whole").iterdir())
figures = {"learnt": 0 if targets is None else learnt, "processor_seconds": seconds}
figures |= {"memory_mb": peak / 1e6, "disk_mb": weight / 1e6}
for part, asked in split.items():
    answers = training.replies(model, tokenizer, [pair["question"] for pair in asked], 24)
    right = [training.same_answer(got, pair["answer"]) for got, pair in zip(answers, asked, strict=True)]
    figures[part] = sum(right) / len(right)
    figures[f"{part}_distance"] = sum(edit_distance(got, pair["answer"]) for got, pair in zip(answers, asked)) / len(asked)
figures["besides"] = training.replies(model, tokenizer, [ASKED], 24)[0]
print(json.dumps(figures))
"""


def measure() -> dict[str, dict]:
    """Return the figures of each way; the wordings of the test are never learnt, those of the validation chose the recipes."""
    environment = surroundings(WORKSHOP_QUIET="1", MODEL_NAME="", WORKSHOP_PROFILE="cpu")
    figures = {}
    for name, targets in WAYS.items():
        code = CODE.replace("TARGETS", repr(json.dumps(targets))).replace("ASKED", repr(ASKED_BESIDES))
        figures[name] = json.loads(python(code, environment)[1].splitlines()[-1])
    return figures


def main() -> None:
    """Measure, print, and keep the figures for the chapter."""
    found = measure()
    ways = {
        name: {key: round(figure, 3) if isinstance(figure, float) else figure for key, figure in row.items()}
        for name, row in found.items()
    }
    measures.record("memorised", {"ways": ways})
    rows = [
        (
            name,
            french(row["learnt"]),
            *(f"{row[part]:.1%}" for part in ("train", "validation", "test")),
            f"{row['test_distance']:.1f}",
            f"{row['processor_seconds']:.0f} s",
            f"{row['memory_mb']:.0f} MB",
            f"{row['disk_mb']:.1f} MB",
            row["besides"],
        )
        for name, row in found.items()
    ]
    header = ("way", "numbers learnt", "trained wordings", "validation", "held-out wordings", "edit distance, held out")
    table("Learnt by heart, by exact match", (*header, "processor", "memory added", "on disk", ASKED_BESIDES), rows)


if __name__ == "__main__":
    main()
