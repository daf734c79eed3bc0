"""GPT-2: load it, judge it, specialise it."""

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase


def supports_bf16() -> bool:
    """Return whether this processor computes in bfloat16 natively (elsewhere bfloat16 is slower than float32)."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


@torch.inference_mode()
def negative_log_likelihood(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, text: str, context: int = 256, stride: int = 128, batch: int = 16
) -> float:
    """Return the summed negative log-likelihood of ``text``, in nats, each token read with up to ``context`` tokens before it.

    The text (preceded by the end-of-text token) is read in overlapping windows: each new window scores only its last
    ``stride`` tokens, so that all but the first ones have at least ``context - stride`` tokens to lean on.
    """
    ids = [tokenizer.bos_token_id, *tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]]
    data = torch.tensor(ids)
    starts = range(0, max(1, len(ids) - 1 - (context - stride)), stride)
    total = 0.0
    for first in range(0, len(starts), batch):
        group = starts[first : first + batch]
        inputs = torch.zeros(len(group), context, dtype=torch.long)
        targets = torch.full((len(group), context), -100)
        for row, start in enumerate(group):
            window = data[start : start + context + 1]
            seen = 0 if start == 0 else context - stride
            inputs[row, : len(window) - 1] = window[:-1]
            targets[row, seen : len(window) - 1] = window[1 + seen :]
        device = next(model.parameters()).device
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda" or supports_bf16()):
            logits = model(input_ids=inputs.to(device)).logits
        total += torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), targets.to(device).flatten(), ignore_index=-100, reduction="sum"
        ).item()
    return total
