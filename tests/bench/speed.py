"""How fast: importing, cleaning, specialising, writing."""

import tempfile
from pathlib import Path

from .common import ROOT, best_of, python, surroundings, table

PREPARE = """
import time
start = time.perf_counter()
from tests.bench.common import peak_memory_gb
from workshop import steps
data = steps.dataset()
characters = sum(len(text) for part in data.values() for text in part["text"])
print(time.perf_counter() - start, peak_memory_gb(), characters)
"""

CLEAN = """
import os, time
from workshop import cleaning, steps
raws = [book.card.raw for book in steps.books() if book.cleaned]
start = time.perf_counter()
for raw in raws * int(os.environ["COPIES"]):
    cleaning.clean(raw.text, raw.book.title, raw.book.role)
print(time.perf_counter() - start)
"""


def prepare() -> tuple[float, float, int]:
    """Return seconds, gigabytes and characters of a cold preparation of the dataset, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        _, printed = python(PREPARE, surroundings(Path(folder), WORKSHOP_QUIET="1"))
    seconds, memory, characters = printed.split()
    return float(seconds), float(memory), int(characters)


def cleaning_seconds(copies: int) -> float:
    """Return the seconds that one copy of the books takes to clean, among so many one after the other."""
    return float(python(CLEAN, surroundings(COPIES=str(copies), WORKSHOP_QUIET="1"))[1]) / copies


FINETUNE = """
import os, time, tempfile, logging
from pathlib import Path
import torch
from workshop import cleaning, gpt2, steps, tokens
from workshop.gpt2 import finetuning
recipe, STEPS = os.environ["RECIPE"], 12
model, tokenizer = gpt2.load()
if recipe == "workshop":
    ids = steps.encode(tokenizer, "train")
    blocks = tokens.pack(ids, steps.block_size(model))
    settings = finetuning.FineTuning()
    rows = blocks[: STEPS * settings.batch_size]
    useful = sum(map(len, rows))
    arguments = finetuning.training_arguments(settings, STEPS, Path(tempfile.mkdtemp()))
    arguments.eval_strategy = arguments.save_strategy = "no"
    arguments.load_best_model_at_end = False
    data = [torch.tensor(row) for row in rows]
    collate = finetuning._collate
else:  # what tutorials do: one sentence a row, padded to 128 tokens, float32
    from transformers import DataCollatorForLanguageModeling, TrainingArguments
    punkt = cleaning.train_punkt([steps.text("train")])
    sentences = [s for p in steps.dataset()["train"]["text"][:3000] for s in cleaning.split_sentences(p, punkt)]
    rows = tokenizer(sentences[: STEPS * 8], truncation=True, max_length=128, padding="max_length")
    useful = sum(map(sum, rows["attention_mask"]))
    data = [{"input_ids": i, "attention_mask": a} for i, a in zip(rows["input_ids"], rows["attention_mask"])]
    collate = DataCollatorForLanguageModeling(tokenizer, mlm=False)
    arguments = TrainingArguments(tempfile.mkdtemp(), per_device_train_batch_size=8, max_steps=STEPS, use_cpu=True,
                                  report_to="none", save_strategy="no", disable_tqdm=True)
from transformers import Trainer
trainer = Trainer(model=model, args=arguments, data_collator=collate, train_dataset=data)
start = time.perf_counter()
trainer.train()
print("SPEED", useful / (time.perf_counter() - start))
"""


def finetuning_speed(recipe: str) -> float:
    """Return the useful tokens per second of a recipe, ``workshop`` or ``stock``."""
    environment = surroundings(ROOT / "outputs", RECIPE=recipe, WORKSHOP_QUIET="1")
    return float(python(FINETUNE, environment)[1].rpartition("SPEED ")[2])


GENERATE = """
import torch, time
from transformers import pipeline
from workshop import generation, gpt2
start = time.perf_counter()
model, tokenizer = gpt2.load()
loading = time.perf_counter() - start
writer, prompt = generation.Gpt2Writer(model, tokenizer), "Il y avait au bord de la rivière un vieux moulin"
sampling = generation.Sampling(max_new_tokens=200, seed=1)
next(iter(generation.stream(writer, prompt, sampling)))
start = time.perf_counter()
stream = generation.stream(writer, prompt, sampling)
next(stream)
first = time.perf_counter() - start
def speed_of(work):
    best = 0
    for _ in range(3):
        start = time.perf_counter()
        count = work()
        best = max(best, count / (time.perf_counter() - start))
    return best
ours = speed_of(lambda: sum(1 for _ in generation.stream(writer, prompt, sampling)))
writes = pipeline("text-generation", model=model, tokenizer=tokenizer)
length = len(tokenizer(prompt)["input_ids"])
options = dict(max_new_tokens=200, min_new_tokens=200, do_sample=True, temperature=0.8, top_p=0.9, top_k=0, return_tensors=True)
theirs = speed_of(lambda: len(writes(prompt, **options)[0]["generated_token_ids"]) - length)
print("SPEED", loading, first, ours, theirs)
"""


def generation_speed() -> tuple[float, float, float, float]:
    """Return seconds to load, seconds to the first token, tokens per second of ours and of transformers' pipeline."""
    printed = python(GENERATE, surroundings(ROOT / "outputs"))[1].rpartition("SPEED ")[2]
    return tuple(map(float, printed.split()))


def main() -> None:
    """Measure and print."""
    rows = []
    seconds = best_of(5, lambda: python("import workshop")[0])
    rows.append(
        (
            "import workshop (whole process)",
            f"{seconds:.2f} s",
            "< 0.3 s",
            f"bare Python {best_of(5, lambda: python('')[0]):.2f} s",
        )
    )
    seconds, memory, characters = prepare()
    rows.append(("books to saved DatasetDict, cold", f"{seconds:.1f} s", "< 15 s", f"{characters / 1e6:.1f} M characters"))
    rows.append(("  memory", f"{memory:.2f} GB", "< 1 GB", ""))
    few, many = cleaning_seconds(2), cleaning_seconds(6)
    rows.append(("  cleaning per copy, 6 copies against 2", f"{many / few:.2f}", "about 1: linear", f"{few:.2f} s a copy"))
    stock, ours = finetuning_speed("stock"), finetuning_speed("workshop")
    rows.append(("specialising, useful tokens/s", f"{ours:,.0f}", f"2 × {stock:,.0f}", f"ratio {ours / stock:.1f}"))
    loading, first, written, pipeline = generation_speed()
    rows.append(("loading the embedded model", f"{loading:.2f} s", "< 1 s", ""))
    rows.append(("first token", f"{first * 1000:.0f} ms", "< 200 ms", ""))
    rows.append(("writing, tokens/s", f"{written:.0f}", f"150 and {pipeline:.0f} (pipeline)", f"ratio {written / pipeline:.2f}"))
    table("Speed", ("what", "measured", "target or baseline", "beside it"), rows)
