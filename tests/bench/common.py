"""What the benchmarks share: a quiet machine's clock, child processes, tables."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REAL_BOOKS = ROOT.parent / "shared" / "corpus" / "gutenberg"


def surroundings(outputs: Path | None = None, **more: str) -> dict[str, str]:
    """Return an environment without the network: the real novels if they are beside the checkout, else the Veillées."""
    books = {"WORKSHOP_BOOKS": str(REAL_BOOKS), "WORKSHOP_COLLECTION": "sand"}
    chosen = books if REAL_BOOKS.is_dir() else {"WORKSHOP_COLLECTION": "veillees"}
    place = {"WORKSHOP_OUTPUTS": str(outputs)} if outputs else {}
    return os.environ | {"WORKSHOP_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"} | chosen | place | more


def python(code: str, environment: dict[str, str] | None = None) -> tuple[float, str]:
    """Run a piece of Python in a process of its own; return the seconds and what it printed."""
    start = time.perf_counter()
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if result.returncode:
        raise RuntimeError(result.stderr)
    return seconds, result.stdout.strip()


def peak_memory_gb() -> float:
    """Return the largest memory of this process so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def best_of(runs: int, work: Callable[[], float]) -> float:
    """Return the smallest of several measures: the one that other processes disturbed least."""
    return min(work() for _ in range(runs))


def table(title: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print a Markdown table."""
    widths = [max(len(str(row[i])) for row in [header, *rows]) for i in range(len(header))]

    def line(row: tuple[str, ...]) -> str:
        return "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"

    print(f"\n### {title}\n", line(header), "|" + "|".join("-" * (width + 2) for width in widths) + "|", sep="\n")
    print("\n".join(map(line, rows)), flush=True)
