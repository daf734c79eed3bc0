"""What a language model thinks the next word is: a whole word, whatever pieces its tokenizer cuts it into."""

from collections import defaultdict
from functools import lru_cache

import torch
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

from ..base.causal import positions, start_id
from .spelling import written_after

WIDTH = 20  # beginnings of words looked at side by side
LONGEST = 3  # tokens to a word


@lru_cache(maxsize=2)
def _pieces(tokenizer: PreTrainedTokenizerBase) -> tuple[torch.Tensor, torch.Tensor]:
    """Return which tokens begin a word (a space, then a letter), and which go on with one: both ``(vocabulary,)``."""
    spelt = written_after(tokenizer, [[i] for i in range(len(tokenizer))])
    begins = [text[:1] == " " and text[1:2].isalpha() for text in spelt]
    goes_on = [text[:1].isalpha() or text[:1] in ("'", "’", "-", "\ufffd") for text in spelt]  # \ufffd: a piece of a letter
    return torch.tensor(begins), torch.tensor(goes_on)


@torch.inference_mode()
def next_words(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, text: str, count: int = 10) -> list[tuple[str, float]]:
    """Return the likeliest next words after ``text`` with their probabilities, best first (punctuation is left out).

    A word may be several tokens: its probability is the product of theirs, times the probability that the word ends there.
    The likeliest :data:`WIDTH` beginnings are followed, up to :data:`LONGEST` tokens.
    """
    begins, goes_on = (mask.to(model.device) for mask in _pieces(tokenizer))
    ids = tokenizer(text.rstrip(), add_special_tokens=False, verbose=False)["input_ids"] or [start_id(tokenizer)]
    prompt = torch.tensor([ids[-max(1, positions(model.config) - LONGEST) :]], device=model.device)
    read = DynamicCache(config=model.config)
    first = _next_probabilities(model, prompt, read)[0, : len(begins)] * begins
    best = (first / first.sum()).topk(min(WIDTH, int(begins.sum())))
    words: defaultdict[str, float] = defaultdict(float)
    pieces, chances = best.indices[:, None], best.values
    read.batch_repeat_interleave(len(pieces))  # the prompt is read once, and every beginning leans on it
    for _ in range(LONGEST):
        after = _next_probabilities(model, pieces[:, -1:], read)[:, : len(begins)]
        more = after * goes_on
        ends = chances * (1 - more.sum(dim=1))
        for word, chance in zip(tokenizer.batch_decode(pieces), ends.tolist(), strict=True):
            words[word.strip()] += chance
        best = (chances[:, None] * more).flatten().topk(len(pieces))
        parents = best.indices // len(begins)
        pieces = torch.cat([pieces[parents], (best.indices % len(begins))[:, None]], dim=1)
        read.reorder_cache(parents)
        chances = best.values
    return sorted(words.items(), key=lambda said: -said[1])[:count]


def _next_probabilities(model: PreTrainedModel, ids: torch.Tensor, read: DynamicCache) -> torch.Tensor:
    """Return the probabilities of the token that follows each row of ``ids``, after what was ``read`` already."""
    return model(input_ids=ids, past_key_values=read, use_cache=True, logits_to_keep=1).logits[:, -1].float().softmax(dim=-1)
