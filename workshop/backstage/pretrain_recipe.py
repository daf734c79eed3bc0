"""The recipe of the embedded model: every choice of the pretraining, and how rates and contexts follow the run."""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path


@dataclass(frozen=True)
class Recipe:
    """Every choice of the training, with its reason."""

    vocab_size: int = 8192  # small enough for the embedding to be a third of the model, large enough for whole common words
    n_positions: int = 512  # about 350 words: a page
    n_embd: int = 256
    n_layer: int = 6
    n_head: int = 4  # heads of 64, the width GPT-2 uses at every size
    batch_tokens: int = 8192  # small batches learn more from each token, and tokens are what a CPU is short of
    # Blocks are cut short at first: sentences before pages. (share of the run, context); the last must be n_positions
    contexts: tuple[tuple[float, int], ...] = ((0.45, 128), (0.35, 256), (0.20, 512))
    steps: int = 5000  # the length of the run, when no hour of the clock ends it
    after: int = 0  # steps of the runs before this one: the blocks that they read wait until all others have been read
    warmup: int = 100
    decay: float = 0.35  # trapezoid: a flat rate, then a straight line to zero over this last share of the run
    matrix_rate: float = 8e-3  # Muon, for the matrices inside the blocks
    vector_rate: float = 4e-3  # AdamW, for embeddings, biases and normalisations
    weight_decay: float = 0.05
    averaged: float = 0.995  # weights averaged over the last 200 steps or so: less noisy while the rate is high
    held_out: int = 40  # the document in this position is never trained on: it is the validation novel
    checkpoint_every: int = 250
    checkpoint_minutes: float = 10.0  # whichever comes first: on a slow machine, little is lost when it stops
    seed: int = 0


def going_on(start: Path, steps: int = Recipe.steps) -> Recipe:
    """Return the recipe of a run that begins with the model in ``start``, which a run before it made.

    Gentler rates and a longer way down: what was learnt at the end of the first run, with small steps, is shaken by large ones
    and must be learnt again.  Blocks of full length for most of the run: 1,500 steps of half-length ones were enough for the
    model to forget what to do with the second half of a page (from 1.47 bits per character over whole pages to 1.84, while over
    halves it improved from 1.42 to 1.41).
    """
    before = json.loads((start / "recipe.json").read_text(encoding="utf-8"))
    kept = ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "batch_tokens", "held_out", "seed")
    return Recipe(
        **{name: before[name] for name in kept},
        contexts=((0.3, before["n_positions"] // 2), (0.7, before["n_positions"])),
        steps=steps,
        decay=0.6,
        matrix_rate=Recipe.matrix_rate / 2,
        vector_rate=Recipe.vector_rate / 2,
        after=before.get("after", 0) + before["steps"],
    )


def next_time(hour: str) -> float:
    """Return the next moment, in seconds since 1970, when the clock of this machine shows ``hour`` (``"23:30"``)."""
    now = datetime.now().astimezone()
    moment = datetime.combine(now.date(), datetime.strptime(hour, "%H:%M").time()).astimezone()
    return (moment if moment > now else moment + timedelta(days=1)).timestamp()


@dataclass
class Pace:
    """How much of the run is behind, from 0 to 1: in steps, or by the clock when it must end at a given hour.

    Attributes:
        recipe: its ``steps`` are the length of a run without ``deadline``.
        deadline: when to end, in seconds since 1970 (``time.time``).
        before: what was behind when this process began: a run that is resumed goes on from there, even towards another hour.
        began: when it began, in seconds since 1970.
    """

    recipe: Recipe
    deadline: float | None = None
    before: float = 0.0
    began: float = field(default_factory=lambda: time.time())

    def at(self, step: int) -> float:
        """Return the share of the run that is behind when ``step`` begins."""
        if self.deadline is None:
            return min(1.0, step / self.recipe.steps)
        waited = (time.time() - self.began) / max(1e-9, self.deadline - self.began)
        return min(1.0, self.before + (1 - self.before) * waited)


def rate_at(step: int, progress: float, recipe: Recipe) -> float:
    """Return the factor of the learning rates at ``step``, ``progress`` of the run behind it: up, flat, down to zero."""
    return min(1.0, (step + 1) / recipe.warmup, (1 - progress) / recipe.decay)


def context_at(progress: float, recipe: Recipe) -> int:
    """Return the length of the blocks when ``progress`` of the run is behind."""
    done = 0.0
    for share, context in recipe.contexts:
        done += share
        if progress < done:
            return context
    return recipe.contexts[-1][1]
