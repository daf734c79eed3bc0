"""Pretrain a small French GPT-2 from novels: how ``data/models/gpt2-fr`` was made.

    python -m workshop.backstage.pretrain --texts french_novels.jsonl.xz

Text becomes tokens, tokens become blocks, blocks become gradients.  Run the same command again after an interruption: it goes
on from the last checkpoint, and a run whose length is counted in steps ends with the very same numbers.  A run may also end at
a given hour (``--until 23:30``): its rates then follow the clock, and another hour given on the way moves the end.  To read
further with a model that such a run made, give its folder: ``--start data/models/gpt2-fr``.  Every choice is in
``workshop.backstage.pretrain_recipe``, with its reason.
"""

import argparse
import json
import lzma
import math
import shutil
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedModel, PreTrainedTokenizerFast

from .. import metrics, tokens
from ..base.errors import WorkshopError
from ..base.settings import settings
from ..base.typography import normalise
from ..gpt2 import model as gpt2
from . import pretrain_attention, pretrain_weights
from .measures import this_machine
from .pretrain_recipe import Pace, Recipe, context_at, going_on, next_time, rate_at

JUDGED = 60_000  # characters of the validation novel that are read at each evaluation


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
    if not (out / "tokenizer").exists():
        lines = (line for text in documents for line in text.splitlines())
        tokens.train_bpe(lines, recipe.vocab_size, recipe.n_positions).save_pretrained(out / "tokenizer")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(out / "tokenizer")
    stream = out / f"tokens-{zlib.crc32((out / 'tokenizer' / 'tokenizer.json').read_bytes()):08x}.bin"
    if not stream.exists():
        order = np.random.default_rng(recipe.seed).permutation(len(documents))
        with open(stream.with_suffix(".part"), "wb") as file:
            for start in range(0, len(order), 16):
                batch = [documents[i] + tokens.END_OF_TEXT for i in order[start : start + 16]]
                for ids in tokenizer(batch, verbose=False)["input_ids"]:
                    file.write(np.array(ids, dtype=np.uint16).tobytes())
        stream.with_suffix(".part").rename(stream)
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


def batch_at(step: int, context: int, stream: np.ndarray, recipe: Recipe) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs and targets, ``(batch, context)`` each: a function of the step, so that resuming needs no memory.

    All full-length blocks are drawn without replacement, epoch after epoch; a short context cuts each of them in pieces.
    """
    length = recipe.n_positions
    blocks, rows = (len(stream) - 1) // length, recipe.batch_tokens // length
    first = (recipe.after + step) * rows
    chosen = [_epoch_order(p // blocks, blocks, recipe.seed)[p % blocks] for p in range(first, first + rows)]
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
    """Mean cross-entropy of the next token, in nats.

    Written out, so that compiled it keeps the scores of all tokens in two bytes each (sums are made in float32): they are what
    takes most memory, and on a processor most time is lost waiting for it.
    """
    hidden = model.transformer(inputs, use_cache=False).last_hidden_state
    scores = model.lm_head(hidden).flatten(0, 1)
    with torch.autocast(scores.device.type, enabled=False):
        chosen = scores.gather(1, targets.flatten().unsqueeze(1)).squeeze(1)
        return (scores.float().logsumexp(1) - chosen.float()).mean()


@dataclass
class Run:
    """All that the next step depends on, but the texts."""

    model: GPT2LMHeadModel
    optimizers: list[torch.optim.Optimizer]
    average: AveragedModel
    recipe: Recipe
    step: int = 0
    progress: float = 0.0

    @classmethod
    def of(cls, model: GPT2LMHeadModel, recipe: Recipe) -> "Run":
        """Return a run at its beginning."""
        average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaged))
        return cls(model, build_optimizers(model, recipe), average, recipe)

    def save(self, path: Path) -> None:
        """Write the run, whole or not at all."""
        state = {name: getattr(self, name).state_dict() for name in ("model", "average")}
        state |= {"optimizers": [o.state_dict() for o in self.optimizers], "recipe": repr(self.recipe)}
        torch.save(state | {"step": self.step, "progress": self.progress}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def resume(self, path: Path) -> None:
        """Go back to where ``path`` was written.

        Raises:
            WorkshopError: another recipe wrote it.
        """
        state = torch.load(path, weights_only=True, map_location=self.model.device)
        if state["recipe"] != repr(self.recipe):
            raise WorkshopError(
                f"Le dossier « {path.parent} » garde un entraînement fait avec une autre recette : "
                "donnez un autre dossier (--out), ou effacez celui-ci."
            )
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.progress = state["step"], state["progress"]

    def update(self, loss: torch.Tensor, factor: float) -> None:
        """Follow the gradient of ``loss``, at ``factor`` times the rates of the recipe."""
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer, rate in zip(self.optimizers, (self.recipe.matrix_rate, self.recipe.vector_rate), strict=True):
            optimizer.param_groups[0]["lr"] = rate * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.average.update_parameters(self.model)
        self.step += 1


def begin(start: Path, out: Path) -> GPT2LMHeadModel:
    """Return the model in ``start``, in full precision; its tokenizer and its log begin those of ``out``."""
    if not (out / "log.jsonl").exists():
        PreTrainedTokenizerFast.from_pretrained(start).save_pretrained(out / "tokenizer")
        shutil.copyfile(start / "log.jsonl", out / "log.jsonl")
    return GPT2LMHeadModel.from_pretrained(start, dtype=torch.float32).train()


def train(
    source: Path, out: Path, recipe: Recipe, start: Path | None = None, stop_at: int | None = None,
    deadline: float | None = None, compiled: bool = True,
) -> list[dict]:  # fmt: skip
    """Run (or go on with) the recipe and return the log: one row per evaluation.

    Args:
        source: the texts (see :func:`read_texts`).
        out: the folder of tokens, checkpoint, log and model.
        recipe: the choices; :func:`going_on` gives those that suit ``start``.
        start: a finished model to read further with; without it, a new one.
        stop_at: stop after this step, to try or to resume later.
        deadline: end at this time (seconds since 1970) instead of after ``recipe.steps``.
        compiled: whether torch compiles the model first (a minute, then steps are faster).

    Raises:
        WorkshopError: ``out`` holds a run of another recipe, or the loss is no longer a number.
    """
    out.mkdir(parents=True, exist_ok=True)
    device, half = gpt2.device(), gpt2.half_precision()
    model = (begin(start, out) if start else build_model(recipe)).to(device)
    if device.type == "cpu":
        model.set_attn_implementation(pretrain_attention.NAME)
    run = Run.of(model, recipe)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        run.resume(checkpoint)
    tokenizer, stream, validation = prepare(source, out, recipe)
    pace = Pace(recipe, deadline, run.progress)
    # a program for each length of block: one for any length is slower
    forward = torch.compile(loss_of, dynamic=False) if compiled else loss_of
    log, losses, clock, ended = [], [], time.perf_counter(), run.progress >= 1
    while not ended:
        inputs, targets = batch_at(run.step, context_at(run.progress, recipe), stream, recipe)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=half is torch.bfloat16):
            loss = forward(run.model, inputs.to(device), targets.to(device))
        factor = rate_at(run.step, run.progress, recipe)
        run.update(loss, factor)
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            raise WorkshopError(f"L’erreur vaut {losses[-1]} au pas {run.step} : baissez les taux d’apprentissage de la recette.")
        run.progress = pace.at(run.step)
        ended = run.progress >= 1 or run.step == stop_at
        seconds = time.perf_counter() - clock
        if ended or run.step % recipe.checkpoint_every == 0 or seconds > 60 * recipe.checkpoint_minutes:
            row = {
                "step": recipe.after + run.step,
                "tokens": (recipe.after + run.step) * recipe.batch_tokens,
                "context": inputs.shape[1],
                "rate": round(factor, 4),
                "loss": round(float(np.mean(losses)), 4),
                **judge(run, tokenizer, validation[:JUDGED], min(256, inputs.shape[1])),
                "tokens_per_second": round(len(losses) * recipe.batch_tokens / seconds),
                "seconds": round(seconds, 1),
            }
            print(json.dumps(row), flush=True)
            with open(out / "log.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            pretrain_weights.keep(cast(PreTrainedModel, run.average.module), out / "averages", run.step)
            run.save(checkpoint)
            log.append(row)
            losses, clock = [], time.perf_counter()
    if run.progress >= 1:
        export(run, tokenizer, out, len(stream), validation[:JUDGED], start)
    return log


def judge(run: Run, tokenizer: PreTrainedTokenizerFast, text: str, context: int) -> dict[str, float]:
    """Return the bits per character of the model and of its averaged weights, up to the length of its blocks."""
    judged = {"bits_per_character": run.model, "averaged_bits_per_character": run.average.module}
    nats = {name: gpt2.negative_log_likelihood(model, tokenizer, text, context, context // 2) for name, model in judged.items()}
    return {name: round(metrics.bits_per_character(sum_, len(text)), 4) for name, sum_ in nats.items()}


def export(
    run: Run, tokenizer: PreTrainedTokenizerFast, out: Path, stream: int, validation: str, start: Path | None
) -> None:  # fmt: skip
    """Write what ships to ``out/model``: the best weights on the validation text, in half precision, tokenizer, recipe, log."""

    def judged(model: PreTrainedModel) -> float:
        nats = gpt2.negative_log_likelihood(model, tokenizer, validation, page, page // 2)
        return metrics.bits_per_character(nats, len(validation))

    ready, page = out / "model", run.recipe.n_positions  # weights of short blocks read the beginning of a page well, and it alone
    mean_of = pretrain_weights.take_mean(run.model, sorted((out / "averages").glob("*.safetensors")), judged)
    facts = asdict(run.recipe) | {"steps": run.step, "parameters": run.model.num_parameters(), "stream": stream}
    facts |= {"mean_of": mean_of, "machine": this_machine()}
    if start:
        facts["share"] = pretrain_weights.draw_back(run.model, start, judged)
        facts["before"] = json.loads((start / "recipe.json").read_text(encoding="utf-8"))
    facts["bits_per_character"] = round(judged(run.model), 4)
    run.model.half().save_pretrained(ready)
    tokenizer.save_pretrained(ready)
    (ready / "recipe.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    shutil.copyfile(out / "log.jsonl", ready / "log.jsonl")


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path, required=True, help="a folder of .txt files, or a .jsonl(.xz) file")
    parser.add_argument("--out", type=Path, default=settings().cache / "pretraining", help="tokens, checkpoint, log and model")
    parser.add_argument("--start", type=Path, help="the folder of a model that this command made, to read further with")
    parser.add_argument("--stop-at", type=int, help="stop after this step; the same command without it goes on")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, default=Recipe.steps, help="length of the whole run (default: %(default)s)")
    length.add_argument("--until", type=next_time, metavar="HH:MM", help="end at this hour instead, whatever was read")
    arguments = parser.parse_args()
    recipe = going_on(arguments.start, arguments.steps) if arguments.start else Recipe(steps=arguments.steps)
    train(arguments.texts, arguments.out, recipe, arguments.start, arguments.stop_at, arguments.until)


if __name__ == "__main__":
    main()
