"""04 · GPT-2: the ``model`` (loaded, counted, judged), the ``plan`` of any other, ``finetuning``, and its ``callbacks``."""

from .model import (
    causal_attention,
    count_parameters,
    device,
    half_precision,
    load,
    negative_log_likelihood,
    supports_bf16,
    without_bars,
)
from .plan import gpt2_plan, what_differs

__all__ = [
    "causal_attention",
    "count_parameters",
    "device",
    "gpt2_plan",
    "half_precision",
    "load",
    "negative_log_likelihood",
    "supports_bf16",
    "what_differs",
    "without_bars",
]
