"""Small tokenizers for the cases of exercises: real ones, learnt from a few sentences, that are learnt and copied in no time."""

from collections.abc import Iterable
from typing import Any

from transformers import PreTrainedTokenizerFast

from ..tokens import train_bpe


class _Toy(PreTrainedTokenizerFast):
    """A tokenizer whose ``repr`` fits in a card."""

    def __repr__(self) -> str:
        return f"<{self.name_or_path}>"


_Toy.__name__ = PreTrainedTokenizerFast.__name__  # which an error shows


def toy_tokenizer(name: str, texts: Iterable[str], vocab_size: int = 400) -> Any:
    """Return a tokenizer learnt from these texts, whose padding is its end mark; a card shows its name."""
    toy = train_bpe(texts, vocab_size)
    toy.__class__ = _Toy
    toy.name_or_path = name
    return toy
