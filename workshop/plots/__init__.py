"""Every figure of the workshop: one function each, which returns a matplotlib figure that a notebook shows by itself.

A notebook writes ``from workshop import plots`` and finds all of them here, whatever the file.
"""

from importlib import import_module
from typing import Any

from .bilstm import (
    both_directions,
    guessing_machine,
    live_curves,
    memory_cell,
    sequences,
    temperature_bars,
    validation_losses,
)
from .models import loss_curves, model_comparison, next_token_bars
from .neuron import descents, neuron_drawing
from .style import Drawing
from .texts import fertility_curve, frequent_words, sentence_lengths, token_lengths, word_cloud, words_per_book, zipf

_GPT2 = ("LiveCurve", "attention_map", "before_after", "decoder_block", "schedule", "surprise", "trainings")

__all__ = [
    *_GPT2,
    "Drawing",
    "both_directions",
    "descents",
    "fertility_curve",
    "frequent_words",
    "guessing_machine",
    "live_curves",
    "loss_curves",
    "memory_cell",
    "model_comparison",
    "neuron_drawing",
    "next_token_bars",
    "sentence_lengths",
    "sequences",
    "temperature_bars",
    "token_lengths",
    "validation_losses",
    "word_cloud",
    "words_per_book",
    "zipf",
]


def __getattr__(name: str) -> Any:
    if name in _GPT2:  # these need transformers, which takes seconds to import: only chapter 04 pays for it
        return getattr(import_module(".gpt2", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
