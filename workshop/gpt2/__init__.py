"""04 · GPT-2: the ``model`` (loaded, counted, judged), its ``finetuning``, and the ``callbacks`` that watch over a training."""

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

__all__ = [
    "causal_attention",
    "count_parameters",
    "device",
    "half_precision",
    "load",
    "negative_log_likelihood",
    "supports_bf16",
    "without_bars",
]
