"""05 · From a prompt to a text: one token chosen (``sampling``), one after another (``streaming``), whole words (``words``).

All of it is found here, and loaded when it is asked for: ``sampling`` needs NumPy alone, the others PyTorch.
"""

from importlib import import_module
from typing import Any

_PARTS = {
    "sampling": (
        "Sampling",
        "apply_temperature",
        "forbid_repeated_ngrams",
        "next_distribution",
        "penalise_repetition",
        "sample",
        "softmax",
        "top_k_filter",
        "top_p_filter",
    ),
    "streaming": ("BilstmWriter", "Gpt2Writer", "Rival", "Token", "Writer", "continue_prompts", "generate", "stream"),
    "words": ("next_words",),
}

__all__ = [name for names in _PARTS.values() for name in names]


def __getattr__(name: str) -> Any:
    part = next((part for part, names in _PARTS.items() if name in names), None)
    if part is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{part}", __name__), name)
