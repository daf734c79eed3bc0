"""How long « run all » takes on each chapter: measured by a command, printed on the first line of the chapter.

python -m workshop record chapters
"""

import os
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from .authoring import EXECUTION
from .execution import run
from .settings import ROOT
from .typography import duration


def run_all(notebook: Path, outputs: Path) -> dict[str, float]:
    """Run an attendee's notebook as it is, offline, on the embedded corpus.

    Returns:
        ``seconds``, from the start of the kernel to the last cell, and ``longest``, those of its longest cell.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    import nbformat

    book = nbformat.read(notebook, as_version=4)
    start = time.perf_counter()
    run(book, notebook.parent, os.environ | EXECUTION | {"WORKSHOP_OUTPUTS": str(outputs)})
    return {"seconds": time.perf_counter() - start, "longest": max(map(_cell_seconds, book.cells))}


def _cell_seconds(cell: Any) -> float:
    stamps = cell.metadata.get("execution", {})
    if not {"iopub.execute_input", "shell.execute_reply"} <= set(stamps):
        return 0.0
    begin, end = (datetime.fromisoformat(stamps[name]) for name in ("iopub.execute_input", "shell.execute_reply"))
    return (end - begin).total_seconds()


def chapters(root: Path = ROOT) -> dict[str, dict[str, float]]:
    """Run every chapter after the one before, as attendees do, and return what :func:`run_all` says of each."""
    measured = {}
    with tempfile.TemporaryDirectory() as outputs:
        for notebook in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb")):
            print(f"{notebook.stem}… ", end="", flush=True)
            measured[notebook.stem] = run_all(notebook, Path(outputs))
            print(duration(measured[notebook.stem]["seconds"]), flush=True)
    return measured
