"""Write the card of the embedded model: ``python -m tests.bench.model_card`` (after a pretraining, and after ``make bench``).

Everything that is a figure comes from files: the log and the recipe that pretraining left beside the weights, and what
``python -m tests.bench quality`` measured (data/measured.json).
"""

import json

from .common import ROOT

MODEL = ROOT / "data" / "models" / "gpt2-fr"

CARD = """\
---
language: fr
license: cc0-1.0
library_name: transformers
pipeline_tag: text-generation
---

# gpt2-fr: a small French GPT-2 that ships with the workshop

A plain `GPT2LMHeadModel` of {millions:.1f} million parameters ({n_layer} layers of {n_embd}, {n_head} heads, {n_positions} positions) and a
byte-level BPE tokenizer of {vocab_size:,} tokens, trained from nothing on French novels of 1840-1920. It exists so that a room
without network or GPU has a pretrained model to specialise. {megabytes:.1f} MB in all, weights in half precision.

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("data/models/gpt2-fr")
model = AutoModelForCausalLM.from_pretrained("data/models/gpt2-fr")
```

The weights are dedicated to the public domain (CC0 1.0).

## How to make it again

```
{commands}
```

- **Data**: 368 French novels (191 million characters, {stream:.1f} million tokens) of the European Literary Text Collection, ELTeC-fra and
  ELTeC-fra-ext1: texts in the public domain. Duplicates and everything by George Sand were removed: her novels are the test
  and the specialisation. One JSON object a line, with a field `text`. One novel is held out for validation.
- **Typography**: one spelling for apostrophes, dashes, ellipses and spaces (`workshop/base/typography.py`), inside the tokenizer.
- **Recipe**: `workshop/backstage/pretrain_recipe.py`, with the reason for each choice on its line; the values of each run are in
  [recipe.json](recipe.json), its log in [log.jsonl](log.jsonl).
- **Tokens seen**: {tokens:.1f} million ({epochs:.2f} times the corpus), in {hours:.1f} hours of {machine}.
- **The runs**: {runs}
- A run resumes exactly after an interruption (tested in `tests/test_pretrain.py`).

![Loss and bits per character along the training](curve.png)

## How good it is

Bits per character on *La Mare au Diable* (George Sand), whole and cleaned, which neither the model nor its specialisation ever
read; context of 256 tokens, stride 128. Printed by `python -m tests.bench quality`{date}.

{models}

{figures}

## Ten samples

Not chosen: ten ordinary beginnings, seeds 0 to 9, temperature 0.8, top-p 0.9, sixty words.

{samples}

## What it cannot do

It keeps a sentence together, sometimes a paragraph, never a story: names change, the dead speak, nobody remembers the
question. It knows nothing of the world after 1920, cannot count, does not answer questions and follows no instruction. A
name that it has not met is spelt in pieces and soon forgotten.

## Biases

It has read novels of 1840-1920, most of them by men, and it writes what they wrote: women are beautiful or dutiful, servants
are loyal or sly, foreigners, Jews, colonised peoples and the poor are what the prejudices of that time made of them. Read what it
writes before you project it in front of a class.
"""


def _table(header: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _curve(log: list[dict]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    ax = figure.subplots()
    millions = [row["tokens"] / 1e6 for row in log]
    ax.plot(millions, [row["loss"] for row in log], "o-", markersize=3, label="training loss (nats per token)")
    judged = [(row["tokens"] / 1e6, row["bits_per_character"]) for row in log if "bits_per_character" in row]
    ax.plot(*zip(*judged, strict=True), "s--", markersize=3, label="validation novel (bits per character)")
    ax.set(xlabel="million tokens", ylim=(1, 5.6))
    ax.grid(alpha=0.3)
    ax.legend()
    figure.savefig(MODEL / "curve.png", dpi=80)


def _runs(recipe: dict) -> list[dict]:
    """Return the recipes of all the runs that made the weights, the first one first."""
    return [*(_runs(recipe["before"]) if "before" in recipe else []), recipe]


def _told(runs: list[dict]) -> str:
    """Return what the recipes do not say of the runs: a line each."""
    first = (
        f"the first, of {runs[0]['steps']:,} steps, was planned for 5,000 and shortened on the way (at steps 1,750, 2,250 and\n"
        "  2,750): its contexts grew and its rate came down somewhat later than the recipe would have it."
    )
    later = [
        f"A later one of {run['steps']:,} steps began with the weights that the one before it left, with new optimizers, half the rates\n"
        f"  and {_read(run)}; it was paced by the clock (`--until`), and what ships {_shipped(run)}{_drawn_back(run)}."
        for run in runs[1:]
    ]
    return "\n  ".join([first, *later, "The column `context` of the log shows when the contexts grew."])


def _read(run: dict) -> str:
    again = (run["after"] + run["steps"]) * run["batch_tokens"] > run["stream"]
    return "the blocks not read yet" + ", then all of them again in another order" * again


def _shipped(run: dict) -> str:
    if run.get("mean_of", 1) > 1:
        return f"is the mean of its last {run['mean_of']} averages,\n  one every {run['checkpoint_every']} steps or so"
    return "are its last weights" if run.get("weights") == "last" or run.get("mean_of") == 0 else "are its averaged weights"


def _drawn_back(run: dict) -> str:
    share = run.get("share", 1.0)
    return (
        f",\n  drawn back to {share:.0%} of the way from where it began: the best point of that way on the validation novel"
        * (share < 1)
    )


def _commands(runs: list[dict]) -> str:
    """Return a command for each run, one line each; a run that went on begins with the folder of the one before."""
    made = "python -m workshop.backstage.pretrain --texts french_novels.jsonl.xz --out outputs/pretraining"
    lines = [f"{made}-{number} --steps {run['steps']}" for number, run in enumerate(runs, 1)]
    return "\n".join(
        f"{line} --start outputs/pretraining-{number}/model" if number else line for number, line in enumerate(lines)
    )


def card() -> str:
    """Return the card of the model in ``data/models``, from its log, its recipe and what was measured."""
    log = [json.loads(line) for line in (MODEL / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    recipe = json.loads((MODEL / "recipe.json").read_text(encoding="utf-8"))
    config = json.loads((MODEL / "config.json").read_text(encoding="utf-8"))
    measured = json.loads((ROOT / "data" / "measured.json").read_text(encoding="utf-8"))
    quality = measured.get("model", {"models": [], "figures": [], "samples": [], "date": ""})
    return CARD.format(
        **{name: config[name] for name in ("n_layer", "n_embd", "n_head", "n_positions", "vocab_size")},
        millions=recipe["parameters"] / 1e6,
        megabytes=sum(path.stat().st_size for path in MODEL.iterdir()) / 1e6,
        commands=_commands(_runs(recipe)),
        runs=_told(_runs(recipe)),
        stream=recipe["stream"] / 1e6,
        tokens=log[-1]["tokens"] / 1e6,
        epochs=log[-1]["tokens"] / recipe["stream"],
        hours=sum(row["seconds"] for row in log) / 3600,
        machine=recipe.get("machine", "a 2-core machine"),
        date=f" on {quality['date']} ({quality['machine']})" if quality["date"] else "",
        models=_table(("model", "bits per character", "perplexity"), quality["models"]),
        figures=_table(("what", "measured", "must", "aim"), quality["figures"]),
        samples="\n>\n".join(f"> {text}" for text in quality["samples"]),
    )


def main() -> None:
    """Write README.md and curve.png beside the weights."""
    _curve([json.loads(line) for line in (MODEL / "log.jsonl").read_text(encoding="utf-8").splitlines()])
    (MODEL / "README.md").write_text(card(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
