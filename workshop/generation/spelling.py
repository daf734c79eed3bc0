"""How tokens are written in the middle of a text: some tokenizers drop the space before what stands first (Llama's does)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from transformers import PreTrainedTokenizerBase


@lru_cache(maxsize=4)
def _before(tokenizer: PreTrainedTokenizerBase) -> tuple[list[int], int]:
    """Return the tokens of a letter, for others to come after, and the length of what they write."""
    ids = tokenizer("a", add_special_tokens=False, verbose=False)["input_ids"]
    return ids, len(tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def written_after(tokenizer: PreTrainedTokenizerBase, rows: Sequence[Sequence[int]], **options: Any) -> list[str]:
    """Return what each row of tokens adds to a text that is under way, its own space first."""
    before, length = _before(tokenizer)
    texts = tokenizer.batch_decode([[*before, *row] for row in rows], clean_up_tokenization_spaces=False, **options)
    return [text[length:] for text in texts]
