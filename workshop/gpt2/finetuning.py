"""Specialise a GPT-2 on a few novels, with the ``Trainer`` of transformers: stop when you like, it goes on from there."""

import json
import math
import shutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from datasets import Dataset
from transformers import PreTrainedModel, PreTrainedTokenizerBase, PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from ..base import keeping
from ..base.causal import positions
from ..base.errors import WorkshopError
from ..base.values import require_between, require_whole
from . import model as gpt2
from . import weights
from .callbacks import Brake, Journal, Seal, announce, is_main_process, processes

#: Blocks of token ids of the same author: a dataset with a column ``input_ids``, or an array ``(blocks, block_size)``.
Blocks: TypeAlias = Dataset | np.ndarray | Sequence[Sequence[int]]


@dataclass(frozen=True)
class FineTuning:
    """Every choice of the specialisation, with its reason."""

    learning_rate: float = 6e-4  # the model already writes: larger steps make it forget, smaller ones teach it nothing
    epochs: float = 4.0  # how often each block is read; a small corpus read more often is learnt by heart
    max_steps: int = 300  # stop there at the latest, however large the corpus: two minutes on two cores (0: no limit)
    batch_size: int = 8  # blocks in memory at once: halved when memory runs out
    accumulation: int = 1  # batches per update: doubled when the batch is halved, so that an update stays the same
    warmup_ratio: float = 0.1  # share of the steps in which the rate climbs: the first gradients are the least reliable
    weight_decay: float = 0.01  # pulls weights towards zero a little, against learning by heart
    interpolation: float = 0.65  # share of the way from the base that is kept: its end knows these novels, not their author
    evaluations: int = 4  # how often to look at the validation text, write a sample and save, in the whole training
    evaluation_blocks: int = 64  # validation blocks read each time: enough to see 1 %, quick enough not to be felt
    seed: int = 0  # order of the blocks and dropout: the same seed gives the same model

    def check(self) -> None:
        """Refuse what makes no sense, before anything is computed with it; exercise 4.4 judges a choice in its own words first.

        Raises:
            WorkshopError: a value has no meaning; the sentence says which one to take.
        """
        ours = type(self)  # whose defaults are the examples
        for name in ("batch_size", "accumulation", "evaluations", "evaluation_blocks"):
            require_whole(name, getattr(self, name), 1, getattr(ours, name))
        for name in ("max_steps", "seed"):
            require_whole(name, getattr(self, name), 0, getattr(ours, name))
        for name in ("learning_rate", "epochs"):
            require_between(name, getattr(self, name), 0, math.inf, getattr(ours, name), low_included=False)
        require_between("warmup_ratio", self.warmup_ratio, 0, 1, ours.warmup_ratio)
        require_between("interpolation", self.interpolation, 0, 1, ours.interpolation, low_included=False)
        require_between("weight_decay", self.weight_decay, 0, math.inf, ours.weight_decay)


@dataclass(frozen=True)
class Result:
    """What a training leaves."""

    model: PreTrainedModel  #: with its best weights, ready to generate
    history: list[dict]  #: one row per step shown: step, loss, eval_loss, text, tokens_per_second (those that were measured)
    steps: int  #: updates done, out of ``planned_steps``
    planned_steps: int
    folder: Path  #: where the model is kept (``from_pretrained`` reads it)

    @property
    def finished(self) -> bool:
        """Whether training went to its end (otherwise the same call goes on with it)."""
        return self.steps >= self.planned_steps


def training_arguments(recipe: FineTuning, steps: int, folder: Path) -> TrainingArguments:
    """Return the settings of the ``Trainer`` for ``steps`` updates, checkpoints in ``folder``."""
    cuda, half = gpt2.device().type == "cuda", gpt2.half_precision()
    every = max(1, math.ceil(steps / recipe.evaluations))
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,  # epochs and max_steps of the recipe, whichever ends first
        per_device_train_batch_size=recipe.batch_size,  # one update per example is noise, one per epoch is sleep
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="cosine",  # large steps to move, ever smaller ones to settle
        warmup_steps=round(recipe.warmup_ratio * steps),
        weight_decay=recipe.weight_decay,
        max_grad_norm=1.0,  # one strange page cannot throw the model off
        optim="adamw_torch_fused",  # AdamW, all its arithmetic in one pass over the weights
        bf16=half is torch.bfloat16,  # half the bytes, 2.6 times the speed, where the hardware has it
        fp16=half is torch.float16,  # the same on older cards
        use_cpu=not cuda,
        eval_strategy="steps",
        eval_steps=every,
        per_device_eval_batch_size=recipe.batch_size,
        prediction_loss_only=True,  # the validation loss is a number; its logits would fill the memory
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,  # the best and the last: a damaged one leaves the other
        load_best_model_at_end=True,  # the last model is not the best one when it starts to learn by heart
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_steps=max(1, steps // 40),
        seed=recipe.seed,
        include_num_input_tokens_seen="all",  # for the tokens per second
        dataloader_num_workers=0,  # the blocks are in memory: a second process would only copy them
        dataloader_pin_memory=cuda,
        ddp_find_unused_parameters=False,
        disable_tqdm=True,  # one line per log instead of a bar
        report_to="none",  # nothing leaves this machine
        log_level="error",
        logging_nan_inf_filter=False,  # a loss that is no number is shown, not hidden
        remove_unused_columns=False,
    )


def fine_tune(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    train: Blocks,
    validation: Blocks,
    out: Path,
    recipe: FineTuning = FineTuning(),
    sample: Callable[[PreTrainedModel], str] | None = None,
    callbacks: Sequence[TrainerCallback] = (),
) -> Result:
    """Specialise ``model`` (in place) and keep it, with its tokenizer and the history of its training, in the folder ``out``.

    Interrupt it (Ctrl-C, or the square button of the notebook): the step under way is finished and saved, and the function
    returns.  Call it again with the same texts and settings, after that or after a power cut: it goes on from the last
    sound checkpoint and ends with the same numbers.  Several processes (``accelerate launch``) share each update.

    Args:
        train, validation: blocks of token ids (``tokens.pack``); the last one may be shorter.
        sample: writes a text with the model, before training and at each evaluation.
        callbacks: more callbacks of transformers, for instance a live curve.

    Raises:
        WorkshopError: no text, tokens of another tokenizer, no memory for one block, no room on the disk, a learning rate
            so high that the loss is no longer a number, or another notebook training the same model.  What was in
            ``out`` is untouched, and so are the weights of ``model``.
    """
    out, checkpoints = Path(out), Path(out).with_name(f"{Path(out).name}.checkpoints")
    train, validation = _as_tensors(train, model), _as_tensors(validation, model)
    validation = validation[:: math.ceil(len(validation) / recipe.evaluation_blocks)]  # evenly spread over the text
    steps = planned_steps(len(train), recipe)
    run = {
        "recipe": asdict(recipe),
        "model": [model.name_or_path, model.num_parameters(), keeping.checksums(model.name_or_path, "model*.safetensors")],
        "texts": [_fingerprint(train), _fingerprint(validation)],
        "processes": processes(),
    }
    initial = weights.of(model)
    checkpoints.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            keeping.alone(checkpoints, here=is_main_process()),
            keeping.disk_full_said(out),
            keeping.interruptible() as interrupted,
            gpt2.without_bars(),
        ):
            while True:
                extra = [Journal(sample), Brake(interrupted), Seal(), *callbacks]
                try:
                    trainer = _run_trainer(model, train, validation, recipe, steps, checkpoints, run, extra)
                    break
                except RuntimeError as error:
                    if not _is_out_of_memory(error):
                        raise
                recipe = _smaller_batches(recipe)
                weights.restore(model, initial)
                torch.cuda.empty_cache()
            if trainer.state.global_step >= steps:
                weights.interpolate(model, initial, weights.of(model), recipe.interpolation)
            result = Result(model, _history(trainer.state.log_history), trainer.state.global_step, steps, out)
            if is_main_process():
                if result.finished or not (out / "config.json").exists():
                    _save_whole(result, tokenizer)
                if result.finished:
                    shutil.rmtree(checkpoints)
            trainer.accelerator.wait_for_everyone()
    except BaseException:
        weights.restore(model, initial)
        raise
    if not result.finished:
        announce(f"Entraînement interrompu au pas {result.steps} sur {steps} : tout est gardé, relancez-le pour continuer.")
    return result


def planned_steps(blocks: int, recipe: FineTuning) -> int:
    """Return the number of updates of a training on so many blocks.

    Raises:
        WorkshopError: a value of the recipe makes no sense.
    """
    recipe.check()
    batches = math.ceil(blocks / (recipe.batch_size * processes()))
    steps = max(1, math.ceil(recipe.epochs * math.ceil(batches / recipe.accumulation)))
    return min(steps, recipe.max_steps) if recipe.max_steps else steps


def _run_trainer(
    model: PreTrainedModel,
    train: list[torch.Tensor],
    validation: list[torch.Tensor],
    recipe: FineTuning,
    steps: int,
    folder: Path,
    run: dict,
    callbacks: list[TrainerCallback],
) -> Trainer:
    """Train from the last sound checkpoint of the same run, and leave the model with its best weights."""
    caches, attributes = model.config.use_cache, set(vars(model))
    arguments = training_arguments(recipe, steps, folder)
    with arguments.main_process_first(local=False):
        checkpoint = last_sound_checkpoint(folder, run)
    arguments.eval_on_start = checkpoint is None
    trainer = Trainer(
        model=model,
        args=arguments,
        data_collator=_collate,
        train_dataset=train,
        eval_dataset=validation,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    finally:
        for added in vars(model).keys() - attributes:  # accelerate's autocast, and its mark: marked, it would not get it again
            del vars(model)[added]
        model.config.use_cache = caches
        model.eval()
    return trainer


def _as_tensors(blocks: Blocks, model: PreTrainedModel) -> list[torch.Tensor]:
    """Return the blocks that have something to predict, after making sure that this model can read them."""
    rows = blocks["input_ids"] if isinstance(blocks, Dataset) else blocks
    tensors = [torch.as_tensor(np.asarray(row, dtype=np.int64)) for row in rows if len(row) > 1]
    if not tensors:
        raise WorkshopError(
            "Il n’y a pas de texte à apprendre : donnez au moins un bloc de deux tokens pour l’entraînement et la validation."
        )
    longest, limit = max(map(len, tensors)), positions(model.config)
    if longest > limit:
        raise WorkshopError(
            f"Des blocs de {longest} tokens dépassent les {limit} positions du modèle : choisissez block_size={limit} ou moins."
        )
    if max(int(tensor.max()) for tensor in tensors) >= model.get_input_embeddings().num_embeddings:
        raise WorkshopError(
            "Ces tokens ne viennent pas du tokenizer de ce modèle : encodez le texte avec le tokenizer que load() a rendu."
        )
    return tensors


def _collate(rows: list[torch.Tensor]) -> dict[str, torch.Tensor]:
    """Make a batch; what fills a shorter block on the right is not to be predicted (-100).

    Nor is the first token, which has nothing before it: transformers knows that, but some of its versions (5.23) still count
    it in the mean and report a loss too small by one part in ``block_size``.
    """
    pad = torch.nn.utils.rnn.pad_sequence
    labels = pad(rows, batch_first=True, padding_value=-100)
    labels[:, 0] = -100
    return {"input_ids": pad(rows, batch_first=True), "labels": labels}


def _history(log: list[dict]) -> list[dict]:
    """Merge what the Trainer logged into one row per step."""
    rows: dict[int, dict] = {}
    for entry in log:
        kept = {key: entry[key] for key in ("loss", "eval_loss", "text", "tokens_per_second") if key in entry}
        if kept:
            rows.setdefault(entry["step"], {"step": entry["step"]}).update(kept)
    return [rows[step] for step in sorted(rows)]


# --- checkpoints and files --------------------------------------------------------------------------------------------------


def last_sound_checkpoint(folder: Path, run: dict) -> Path | None:
    """Return the last whole checkpoint of this very run; remove, and say so, what is damaged or belongs to another run."""
    record = folder / "run.json"
    saved = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    if keeping.read_json(record) != json.loads(json.dumps(run)):
        if saved:
            announce("Les réglages ou les textes ont changé : l’entraînement repart du début.")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(run), encoding="utf-8")
        return None
    for position, checkpoint in enumerate(saved):
        if keeping.is_sound(checkpoint):
            return checkpoint
        instead = "on reprend à celle d’avant" if position + 1 < len(saved) else "on recommence depuis le début"
        announce(f"La sauvegarde du pas {checkpoint.name.rpartition('-')[2]} est abîmée : {instead}.")
        shutil.rmtree(checkpoint)
    return None


def _fingerprint(rows: list[torch.Tensor]) -> int:
    total = len(rows)
    for row in rows:
        total = zlib.crc32(row.numpy().tobytes(), total)
    return total


def _save_whole(result: Result, tokenizer: PreTrainedTokenizerBase) -> None:
    """Write the model beside its place, then move it there: at any moment the folder holds one whole model."""
    out = result.folder
    new = out.with_name(f".{out.name}.new")
    shutil.rmtree(new, ignore_errors=True)  # what a power cut left there belongs to another save
    try:
        result.model.save_pretrained(new)
        tokenizer.save_pretrained(new)
        record = {"steps": result.steps, "planned_steps": result.planned_steps, "history": result.history}
        (new / "training.json").write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
        keeping.replace(new, out)
    finally:
        shutil.rmtree(new, ignore_errors=True)


# --- accidents --------------------------------------------------------------------------------------------------------------


def _is_out_of_memory(error: RuntimeError) -> bool:
    words = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in words or "can't allocate memory" in words


def _smaller_batches(recipe: FineTuning) -> FineTuning:
    """Return the recipe with half as many blocks in memory for the same update."""
    if recipe.batch_size == 1 or processes() > 1:
        raise WorkshopError(
            f"La mémoire ne suffit pas pour {recipe.batch_size} bloc(s) à la fois : prenez des blocs plus courts (block_size), "
            "un batch_size plus petit ou un modèle plus petit (MODEL_NAME)."
        )
    smaller = replace(recipe, batch_size=recipe.batch_size // 2, accumulation=recipe.accumulation * 2)
    announce(
        f"La mémoire est pleine : on passe de {recipe.batch_size} à {smaller.batch_size} blocs à la fois, et on en cumule "
        f"{smaller.accumulation} fois avant chaque pas (même résultat, un peu plus lent)."
    )
    return smaller
