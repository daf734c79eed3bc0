"""Pretrain a small French GPT-2 from novels: the recipe of ``data/models/gpt2-fr``, in one file that can be read in a sitting.

    python -m workshop.backstage.pretrain --texts french_novels.jsonl.xz --out outputs/pretraining

Text becomes tokens (``tokens.bin``), tokens become blocks, blocks become gradients.  Run the same command again after an
interruption: it goes on from the last checkpoint and ends with the very same numbers.
"""

import argparse
import json
import lzma
import math
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from .. import metrics, tokens
from ..base.typography import normalise
from ..gpt2 import model as gpt2


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
    steps: int = 5000
    warmup: int = 100
    decay: float = 0.35  # trapezoid: a flat rate, then a straight line to zero over this last share of the run
    matrix_rate: float = 8e-3  # Muon, for the matrices inside the blocks
    vector_rate: float = 4e-3  # AdamW, for embeddings, biases and normalisations
    weight_decay: float = 0.05
    held_out: int = 40  # the document in this position is never trained on: it is the validation novel
    checkpoint_every: int = 250
    seed: int = 0


def read_texts(source: Path) -> Iterator[str]:
    """Yield documents from a folder of ``.txt`` files or from a ``.jsonl`` / ``.jsonl.xz`` file with a ``text`` field."""
    if source.is_dir():
        for path in sorted(source.glob("*.txt")):
            yield path.read_text(encoding="utf-8-sig")
    else:
        opener = lzma.open if source.suffix == ".xz" else open
        with opener(source, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["text"]


def prepare(source: Path, out: Path, recipe: Recipe) -> tuple[PreTrainedTokenizerFast, np.ndarray, str]:
    """Return the tokenizer, all training tokens (uint16) and the validation text; made once, then read from ``out``."""
    documents = [normalise(text) for text in read_texts(source)]
    validation = documents.pop(recipe.held_out % len(documents))
    stream = out / "tokens.bin"
    if not stream.exists():
        lines = (line for text in documents for line in text.splitlines())
        tokenizer = tokens.train_bpe(lines, recipe.vocab_size, recipe.n_positions)
        tokenizer.save_pretrained(out / "tokenizer")
        order = np.random.default_rng(recipe.seed).permutation(len(documents))
        with open(stream.with_suffix(".part"), "wb") as file:
            for start in range(0, len(order), 16):
                batch = [documents[i] + tokens.END_OF_TEXT for i in order[start : start + 16]]
                for ids in tokenizer(batch, verbose=False)["input_ids"]:
                    file.write(np.array(ids, dtype=np.uint16).tobytes())
        stream.with_suffix(".part").rename(stream)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(out / "tokenizer")
    return tokenizer, np.fromfile(stream, dtype=np.uint16), validation


def build_model(recipe: Recipe) -> GPT2LMHeadModel:
    """A plain GPT-2, without dropout (nothing is seen often enough to be learnt by heart) and with silent residual branches.

    Zeroed output projections make every block the identity at first, so that depth does not disturb the first steps
    (Zhang et al., « Fixup Initialization », 2019).
    """
    config = GPT2Config(
        vocab_size=recipe.vocab_size, n_positions=recipe.n_positions, n_embd=recipe.n_embd, n_layer=recipe.n_layer,
        n_head=recipe.n_head, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(recipe.seed)
    model = GPT2LMHeadModel(config)
    for name, parameter in model.named_parameters():
        if name.endswith("c_proj.weight"):
            torch.nn.init.zeros_(parameter)
    return model


def build_optimizers(model: GPT2LMHeadModel, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for the rest.

    Muon makes each update of a matrix orthogonal, so that rare directions are learnt as fast as common ones (Jordan et al.,
    « Muon », 2024).  Measured on this model after one million tokens: a loss of 5.05 nats, against 5.78 with AdamW alone.
    """
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and ".h." in n]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or ".h." not in n]
    return [
        torch.optim.Muon(matrices, lr=recipe.matrix_rate, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=recipe.vector_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def rate_at(step: int, recipe: Recipe) -> float:
    """Return the factor of the learning rates at ``step``: up, flat, down to zero."""
    left = (recipe.steps - step) / max(1, round(recipe.steps * recipe.decay))
    return min(1.0, (step + 1) / recipe.warmup, left)


def context_at(step: int, recipe: Recipe) -> int:
    """Return the length of the blocks at ``step``."""
    done = 0.0
    for share, context in recipe.contexts:
        done += share
        if step < done * recipe.steps:
            return context
    return recipe.contexts[-1][1]


def batch_at(step: int, stream: np.ndarray, recipe: Recipe) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs and targets, ``(batch, context)`` each: a function of the step alone, so that resuming needs no memory.

    All full-length blocks are drawn without replacement, epoch after epoch; a short context cuts each of them in pieces.
    """
    length, context = recipe.n_positions, context_at(step, recipe)
    blocks, rows = (len(stream) - 1) // length, recipe.batch_tokens // length
    positions = np.arange(step * rows, (step + 1) * rows)
    chosen = [_epoch_order(int(p // blocks), blocks, recipe.seed)[p % blocks] for p in positions]
    window = np.stack([stream[b * length : b * length + length + 1] for b in chosen]).astype(np.int64)
    inputs, targets = window[:, :-1].reshape(-1, context), window[:, 1:].reshape(-1, context)
    return torch.from_numpy(inputs), torch.from_numpy(targets)


_orders: dict[tuple[int, int, int], np.ndarray] = {}


def _epoch_order(epoch: int, blocks: int, seed: int) -> np.ndarray:
    key = (epoch, blocks, seed)
    if key not in _orders:
        _orders.clear()
        _orders[key] = np.random.default_rng((seed, epoch)).permutation(blocks)
    return _orders[key]


def loss_of(model: GPT2LMHeadModel, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of the next token, in nats."""
    hidden = model.transformer(inputs, use_cache=False).last_hidden_state
    return F.cross_entropy(model.lm_head(hidden).flatten(0, 1).float(), targets.flatten())


def save_checkpoint(path: Path, step: int, model: GPT2LMHeadModel, optimizers: list[torch.optim.Optimizer]) -> None:
    """Write everything that the next step depends on, whole or not at all."""
    state = {"step": step, "model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers]}
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def train(source: Path, out: Path, recipe: Recipe, stop_at: int | None = None, compiled: bool = True) -> list[dict]:
    """Run (or go on with) the recipe and return the log: one row per evaluation. ``stop_at`` ends early, to try or to resume."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer, stream, validation = prepare(source, out, recipe)
    model = build_model(recipe)
    optimizers = build_optimizers(model, recipe)
    checkpoint, log_file = out / "checkpoint.pt", out / "log.jsonl"
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        first = state["step"]
    bf16 = gpt2.supports_bf16()
    forward = torch.compile(loss_of) if compiled else loss_of
    last = min(recipe.steps, stop_at or recipe.steps)
    log, losses, clock = [], [], time.perf_counter()
    for step in range(first, last):
        for optimizer, rate in zip(optimizers, (recipe.matrix_rate, recipe.vector_rate), strict=True):
            optimizer.param_groups[0]["lr"] = rate * rate_at(step, recipe)
        inputs, targets = batch_at(step, stream, recipe)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            loss = forward(model, inputs, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            raise FloatingPointError(f"The loss is {losses[-1]} at step {step}: lower the learning rates of the recipe.")
        done = step + 1
        if done % recipe.checkpoint_every == 0 or done == last:
            seconds = time.perf_counter() - clock
            context = min(256, inputs.shape[1])  # positions beyond the blocks of this phase are not trained yet
            nats = gpt2.negative_log_likelihood(model, tokenizer, validation[:60_000], context, context // 2)
            row = {
                "step": done,
                "tokens": done * recipe.batch_tokens,
                "context": inputs.shape[1],
                "loss": round(float(np.mean(losses)), 4),
                "bits_per_character": round(metrics.bits_per_character(nats, len(validation[:60_000])), 4),
                "tokens_per_second": round(len(losses) * recipe.batch_tokens / seconds),
                "seconds": round(seconds, 1),
            }
            print(json.dumps(row), flush=True)
            with open(log_file, "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            save_checkpoint(checkpoint, done, model, optimizers)
            log.append(row)
            losses, clock = [], time.perf_counter()
    if last == recipe.steps:
        export(model, tokenizer, out, asdict(recipe) | {"parameters": model.num_parameters(), "stream": len(stream)})
    return log


def export(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, out: Path, facts: dict) -> None:
    """Write what ships to ``out/model``: weights in half precision, tokenizer, recipe and log."""
    ready = out / "model"
    model.half().save_pretrained(ready)
    tokenizer.save_pretrained(ready)
    (ready / "recipe.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    shutil.copyfile(out / "log.jsonl", ready / "log.jsonl")


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path, required=True, help="a folder of .txt files, or a .jsonl(.xz) file")
    parser.add_argument("--out", type=Path, required=True, help="where tokens, checkpoints, log and model go")
    parser.add_argument("--steps", type=int, default=Recipe.steps, help="length of the whole run (default: %(default)s)")
    parser.add_argument("--stop-at", type=int, help="stop after this step; the same command without it goes on")
    arguments = parser.parse_args()
    train(arguments.texts, arguments.out, Recipe(steps=arguments.steps), arguments.stop_at)


if __name__ == "__main__":
    main()
