"""What happens around the steps of the ``Trainer``: the journal, the brake, the seal of each checkpoint."""
# ruff: noqa: D102, D107 (the methods are those of TrainerCallback, documented there)

import math
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import PreTrainedModel, TrainerCallback

from ..base import keeping
from ..base.errors import WorkshopError
from ..base.settings import say
from ..base.typography import french


class Journal(TrainerCallback):
    """Measure the speed, write the samples, tell how it goes: one line per log."""

    def __init__(self, sample: Callable[[PreTrainedModel], str] | None):
        self.sample = sample

    def _restart_clock(self, state) -> None:
        self.clock, self.tokens = time.perf_counter(), state.num_input_tokens_seen

    def on_train_begin(self, args, state, control, model, **_):
        self.start, self.first_step = time.perf_counter(), state.global_step
        if state.global_step == 0:
            self._write(state, model)
        else:
            announce(f"Reprise au pas {state.global_step} sur {state.max_steps}.")
        self._restart_clock(state)

    def on_log(self, args, state, control, logs, **_):
        if "loss" in logs:
            speed = (state.num_input_tokens_seen - self.tokens) / (time.perf_counter() - self.clock)
            state.log_history[-1]["tokens_per_second"] = round(speed)
            seconds_per_step = (time.perf_counter() - self.start) / (state.global_step - self.first_step)
            left = seconds_per_step * (state.max_steps - state.global_step)
            announce(
                f"pas {state.global_step}/{state.max_steps} · perte {french(logs['loss'], 2)} · "
                f"{round(speed)} tokens/s · reste {round(left)} s"
            )
            self._restart_clock(state)

    def on_evaluate(self, args, state, control, model, metrics, **_):
        loss = metrics["eval_loss"]
        perplexity = french(math.exp(min(loss, 20)), 1)
        announce(f"pas {state.global_step}/{state.max_steps} · validation : perte {french(loss, 2)}, perplexité {perplexity}")
        if state.global_step:  # the sample of step 0 was written before training
            self._write(state, model)
        self._restart_clock(state)

    def on_save(self, args, state, control, **_):
        self._restart_clock(state)

    def _write(self, state, model: PreTrainedModel) -> None:
        if self.sample is None or not state.is_world_process_zero:
            return
        model.eval()
        model.config.use_cache, before = True, model.config.use_cache
        with torch.random.fork_rng(), torch.no_grad():  # the draws of the sample leave those of the training alone
            text = self.sample(model)
        model.config.use_cache = before
        state.log_history.append({"step": state.global_step, "text": text})
        announce(f"    {' '.join(text.split())[:300]}")


class Brake(TrainerCallback):
    """Stop cleanly when asked to, and at once when training has gone wild."""

    def __init__(self, interrupted: threading.Event):
        self.interrupted = interrupted

    def on_step_end(self, args, state, control, **_):
        stop = self.interrupted.is_set()
        if args.world_size > 1:  # all processes stop at the same step, or those left would wait for ever
            votes = torch.tensor(float(stop), device=args.device)
            torch.distributed.all_reduce(votes)
            stop = votes.item() > 0
        if stop:
            control.should_log = control.should_save = control.should_training_stop = True

    def on_log(self, args, state, control, logs, **_):
        if not math.isfinite(logs.get("loss", 0.0)):
            raise WorkshopError(
                f"La perte n’est plus un nombre au pas {state.global_step} : le taux d’apprentissage "
                f"({args.learning_rate:g}) est trop grand, divisez-le par dix."
            )


class Seal(TrainerCallback):
    """Seal a checkpoint once all of it is there: without its checksums, or with others, it is not trusted."""

    def on_save(self, args, state, control, **_):
        if args.world_size > 1:
            torch.distributed.barrier()
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            (folder / "training_args.bin").unlink(missing_ok=True)  # a pickle that nothing reads
            keeping.seal(folder)


def processes() -> int:
    """How many batches an update reads side by side: the processes of ``accelerate launch``, else the GPUs of this one."""
    return int(os.environ.get("WORLD_SIZE") or max(1, torch.cuda.device_count()))


def is_main_process() -> bool:
    """Whether this process is the one that prints and writes."""
    return os.environ.get("RANK", "0") == "0"


def announce(message: str) -> None:
    """Print one line for the attendee, once however many processes there are."""
    if is_main_process():
        say(message)
