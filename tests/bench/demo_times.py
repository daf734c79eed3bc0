"""How long ``make demo`` takes once the environment is made, on the embedded corpus and on the real novels."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .common import REAL_BOOKS, ROOT, surroundings, table


def seconds(**environment: str) -> float:
    """Return the duration of a demonstration that finds nothing ready."""
    with tempfile.TemporaryDirectory() as outputs:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "workshop", "demo"],
            cwd=ROOT,
            env=surroundings(Path(outputs), **environment),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    rows = [("embedded corpus", f"{seconds(WORKSHOP_COLLECTION='veillees', WORKSHOP_BOOKS='') / 60:.1f} min", "4 min")]
    if REAL_BOOKS.is_dir():
        rows.append(("real novels", f"{seconds() / 60:.1f} min", "10 min"))
    table("make demo", ("corpus", "measured", "at most"), rows)
