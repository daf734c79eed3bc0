"""How much a busy machine slows a training: two other processes at work, threads that wait awake (the default) or asleep."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from .common import ROOT, python, surroundings, table

OTHERS = 2

#: torch is loaded first, so that it reads the environment it is given, not what the package would choose.
GPT2_STEP = """
import statistics, time
import torch
from workshop.gpt2 import model as gpt2
model, _ = gpt2.load()
optimizer = torch.optim.AdamW(model.train().parameters(), lr=1e-5)
ids = torch.randint(0, model.config.vocab_size, (8, 128))
def step():
    start = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=gpt2.supports_bf16()):
        loss = model(ids, labels=ids).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return time.perf_counter() - start
[step() for _ in range(3)]
print("RESULT", statistics.median(step() for _ in range(20)))
"""

BILSTM_STEP = """
import statistics, time
import numpy as np
from workshop import bilstm
model = bilstm.build_bilstm(4096, 20)
rng = np.random.default_rng(0)
rows, words = rng.integers(1, 4096, (64, 20)), rng.integers(1, 4096, 64)
def step():
    start = time.perf_counter()
    model.train_on_batch(rows, words)
    return time.perf_counter() - start
[step() for _ in range(3)]
print("RESULT", statistics.median(step() for _ in range(20)))
"""

#: What is tried for each network: the environment of its process.
GPT2_CHOICES = {
    "threads waiting awake (torch's default)": {},
    "threads waiting asleep (the workshop's)": {"OMP_WAIT_POLICY": "PASSIVE"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
BILSTM_CHOICES = {
    "TensorFlow's default": {},
    "one thread": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
}


@contextlib.contextmanager
def others(count: int) -> Iterator[None]:
    """Keep ``count`` processes at work inside the block."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def milliseconds(code: str, choice: dict[str, str], count: int) -> float:
    """Return the median time of a training step beside ``count`` busy processes."""
    environment = {name: value for name, value in surroundings().items() if not name.startswith(("OMP_", "TF_NUM_"))}
    environment |= {"PYTHONPATH": str(ROOT), "WORKSHOP_QUIET": "1"} | choice
    with others(count):
        return 1000 * float(python(code, environment)[1].rpartition("RESULT ")[2])


def main() -> None:
    """Measure and print."""
    rows = []
    for network, code, choices in (("GPT-2", GPT2_STEP, GPT2_CHOICES), ("BiLSTM", BILSTM_STEP, BILSTM_CHOICES)):
        for name, choice in choices.items():
            alone, beside = (milliseconds(code, choice, count) for count in (0, OTHERS))
            rows.append((network, name, f"{alone:.0f} ms", f"{beside:.0f} ms", f"{beside / alone:.1f}"))
    table(f"A training step alone, and beside {OTHERS} busy processes", ("network", "threads", "alone", "beside", "times"), rows)
