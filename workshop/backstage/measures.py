"""Figures that were measured, kept in ``data/measured.json`` with the machine and the date, and how chapters are run and timed.

make demo, then: python -m workshop record sand
python -m workshop record chapters
"""

import json
import os
import platform
import queue
import re
import tempfile
import time
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..base.errors import WorkshopError
from ..base.settings import ROOT, settings
from ..base.typography import duration

FILE = Path("data") / "measured.json"
SLICE = 5.0  # seconds after which a channel is looked into, even if nothing was heard

#: How solutions are executed: the same books and no network for everyone, so that outputs can be compared.
EXECUTION = {
    "WORKSHOP_COLLECTION": "veillees",
    "WORKSHOP_BOOKS": "",
    "WORKSHOP_OFFLINE": "1",
    "HF_HUB_OFFLINE": "1",
    "WORKSHOP_QUIET": "1",
    "MODEL_NAME": "",
}


def read(root: Path = ROOT) -> dict[str, Any]:
    """Return everything that was measured, by name; empty before the first record."""
    path = root / FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def record(name: str, figures: dict[str, Any], root: Path = ROOT) -> None:
    """Keep ``figures`` under ``name``, with today's date and this machine."""
    whole = read(root) | {name: figures | {"date": date.today().isoformat(), "machine": this_machine()}}
    text = json.dumps(dict(sorted(whole.items())), ensure_ascii=False, indent=1)
    (root / FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def this_machine() -> str:
    """Name the processor, its cores and Python, nothing that tells whose machine it is."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        found = re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())
        processor = found[1] if found else processor
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}"


def record_demo(collection: str) -> None:
    """Keep the table that the last ``make demo`` wrote for a collection.

    Raises:
        WorkshopError: there was no demonstration of this collection.
    """
    path = settings().outputs / collection / "demo.json"
    if not path.is_file():
        raise WorkshopError(f"« {path} » n’existe pas : lancez d’abord « make demo » avec ces livres.")
    figures = json.loads(path.read_text(encoding="utf-8"))
    record(f"demo-{collection}", {"table": figures["table"], "minutes": figures["minutes"]})


def record_chapters() -> None:
    """Run every chapter and keep how long each takes; the chapters print it (then: ``python -m workshop build``)."""
    record("chapters", {"seconds": {name: round(found["seconds"], 1) for name, found in time_chapters().items()}})


# Running a notebook -------------------------------------------------------------------------------------------------------------


def run(book: Any, folder: Path, environment: Mapping[str, str]) -> None:
    """Run every cell of a notebook in ``folder``; outputs and times are written into ``book``.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    from nbclient import NotebookClient

    class Client(NotebookClient):
        async def async_start_new_kernel_client(self) -> Any:
            kernel = await super().async_start_new_kernel_client()
            look_again(kernel.shell_channel)
            return kernel

    # without --log-level each kernel warns that it talks over TCP, even to this very machine
    resources = {"metadata": {"path": str(folder)}}
    Client(book, timeout=None, resources=resources, extra_arguments=["--log-level=ERROR"]).execute(env=dict(environment))


def look_again(channel: Any) -> None:
    """Let a channel of a kernel look for its messages now and then, instead of only when it is woken.

    The socket says once that a message has come.  On a busy machine pyzmq can miss it (seen with pyzmq 27.3: the reply lay in
    the socket, the kernel was idle, and the notebook waited for ever); looking again finds it.
    """
    get_msg = channel.get_msg

    async def patient(timeout: float | None = None) -> dict[str, Any]:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = SLICE if end is None else min(SLICE, max(0.0, end - time.monotonic()))
            try:
                return await get_msg(timeout=left)
            except queue.Empty:
                if end is not None and time.monotonic() >= end:
                    raise

    channel.get_msg = patient


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


def time_chapters(root: Path = ROOT) -> dict[str, dict[str, float]]:
    """Run every chapter after the one before, as attendees do, and return what :func:`run_all` says of each."""
    measured = {}
    with tempfile.TemporaryDirectory() as outputs:
        for notebook in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb")):
            print(f"{notebook.stem}… ", end="", flush=True)
            measured[notebook.stem] = run_all(notebook, Path(outputs))
            print(duration(measured[notebook.stem]["seconds"]), flush=True)
    return measured
