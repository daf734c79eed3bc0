"""Which weights of a pretraining ship: the middle of where its last steps wandered, some way back to where it began.

A run at a high rate keeps jumping from side to side of the valley it goes down: the mean of where it has been lies lower than
any place where it stands.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2LMHeadModel, PreTrainedModel

from ..gpt2 import weights

SHARES = (0.5, 0.65, 0.8, 1.0)  # of the way from the model that a run began with: the best on the validation novel ships

T = TypeVar("T")
Judge = Callable[[PreTrainedModel], float]  # bits per character of a model on the validation novel


def keep(average: PreTrainedModel, folder: Path, step: int) -> None:
    """Keep the averaged weights of this step, in half precision: 14 MB for the model that ships."""
    folder.mkdir(exist_ok=True)
    save_file({name: weight.half() for name, weight in weights.of(average).items()}, folder / f"{step:06d}.safetensors")


def take_mean(model: PreTrainedModel, kept: Sequence[Path], judged: Judge) -> int:
    """Leave ``model`` with its own weights or the mean of the last 1, 2, 4, 8… averages, whichever is judged best.

    Args:
        model: after the last step.
        kept: what :func:`keep` wrote, the oldest first.
        judged: bits per character of a model.

    Returns:
        Of how many averages the mean is (0: the model's own weights are better).

    Source: Izmailov et al., « Averaging Weights Leads to Wider Optima and Better Generalization » (2018); Sanyal et al., « Early
    Weight Averaging meets High Learning Rates for LLM Pre-training » (2023).
    """
    own = weights.of(model)
    means, total = {0: own}, {name: torch.zeros_like(weight) for name, weight in own.items()}
    for count, path in enumerate(reversed(kept), start=1):
        average = load_file(path)
        total = {name: weight + average[name].float() for name, weight in total.items()}
        if count.bit_count() == 1:
            means[count] = {name: weight / count for name, weight in total.items()}
    return _leave_best(model, {count: partial(weights.restore, model, mean) for count, mean in means.items()}, judged)


def draw_back(model: PreTrainedModel, start: Path, judged: Judge) -> float:
    """Leave ``model`` at the best point of the way from the weights in ``start`` to its own, and return the share of that way.

    Two ends of long runs differ by what they learnt and by the noise of their last steps: between them the noise cancels out
    first (Wortsman et al., « Robust fine-tuning of zero-shot models », 2022).
    """
    began = weights.of(GPT2LMHeadModel.from_pretrained(start, dtype=torch.float32))
    ended = weights.of(model)
    return _leave_best(model, {share: partial(weights.interpolate, model, began, ended, share) for share in SHARES}, judged)


def _leave_best(model: PreTrainedModel, ways: Mapping[T, Callable[[], None]], judged: Judge) -> T:
    """Leave ``model`` in the best of several states, and return which: each way puts it in one, the first of equals is taken."""
    bits = {}
    for way, put in ways.items():
        put()
        bits[way] = judged(model)
    best = min(bits, key=bits.__getitem__)
    ways[best]()
    return best
