"""What one attendee takes: memory and processor time of each chapter, run as it is, and of a server with nothing open (Linux).

Memory is read in ``smaps_rollup``: what is private and written to is an attendee's own; what is mapped from files (libraries,
weights) is taken once by all the attendees of a machine, and is counted apart, even though one attendee alone here holds it.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from workshop.backstage import measures
from workshop.backstage.measures import run

from .common import REAL_BOOKS, ROOT, surroundings, table

EVERY = 0.3  # seconds between two looks
THREADS = {"OMP_NUM_THREADS": "2", "TF_NUM_INTRAOP_THREADS": "2", "TF_NUM_INTEROP_THREADS": "1"}  # as on the class server


@dataclass
class Peak:
    """The most that a family of processes took."""

    own_gb: float = 0.0
    shared_gb: float = 0.0
    pss_gb: float = 0.0
    cpu_seconds: float = 0.0

    def look(self, processes: list[psutil.Process]) -> None:
        """Take one sample of all the processes together."""
        own = mapped = pss = cpu = 0.0
        for process in processes:
            try:
                rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
                times = process.cpu_times()
            except (OSError, psutil.Error):  # it has just ended
                continue
            sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 / 1e9 for line in rollup.splitlines()[1:]}
            private = sizes["Private_Dirty"] + sizes["Swap"]
            own, mapped, pss = own + private, mapped + sizes["Rss"] - sizes["Private_Dirty"], pss + sizes["Pss"]
            cpu += times.user + times.system + times.children_user + times.children_system
        self.own_gb, self.shared_gb = max(self.own_gb, own), max(self.shared_gb, mapped)
        self.pss_gb, self.cpu_seconds = max(self.pss_gb, pss), max(self.cpu_seconds, cpu)


@contextmanager
def watched(family: psutil.Process) -> Iterator[Peak]:
    """Look at the children of a process, again and again, while something runs."""
    peak, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(EVERY):
            peak.look(family.children(recursive=True))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def chapter(path: Path, environment: dict[str, str]) -> tuple[Peak, float]:
    """Run one notebook in a kernel; return what it took and how many seconds it lasted."""
    import nbformat

    book = nbformat.read(path, 4)
    start = time.perf_counter()
    with watched(psutil.Process()) as peak:
        run(book, path.parent, environment)
    return peak, time.perf_counter() - start


def server(environment: dict[str, str]) -> float:
    """Return the gigabytes of a JupyterLab with nothing open, a quarter of a minute after its start."""
    options = ["--no-browser", "--ServerApp.port=0", "--allow-root"]
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "jupyter", "lab", *options, f"--ServerApp.root_dir={home}"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(15)
            if process.poll() is not None:
                raise RuntimeError("JupyterLab did not start")
            peak = Peak()
            peak.look([psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)])
            return peak.own_gb
        finally:
            process.terminate()
            process.wait(30)


def main() -> None:
    """Measure, print, and keep the figures for the README."""
    with tempfile.TemporaryDirectory() as outputs:
        environment = surroundings(Path(outputs), WORKSHOP_QUIET="1", **THREADS)
        figures = {
            "books": "nine novels by George Sand" if REAL_BOOKS.is_dir() else "the Veillées",
            "server_gb": round(server(environment), 3),
            "chapters": {},
        }
        rows = []
        for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
            peak, seconds = chapter(path, environment)
            kept = {name: round(value, 3) for name, value in vars(peak).items()}
            figures["chapters"][path.stem] = kept | {"seconds": round(seconds, 1)}
            sizes = [f"{kept[name]:.2f} GB" for name in ("own_gb", "shared_gb", "pss_gb")]
            rows.append((path.stem, *sizes, f"{peak.cpu_seconds:.0f} s", f"{seconds:.0f} s"))
            print(*rows[-1], flush=True)
    measures.record("capacity", figures)
    table("One attendee", ("chapter", "own", "shared by all", "PSS alone", "processor", "clock"), rows)
    print(f"\nServer with nothing open: {figures['server_gb']:.2f} GB. Kept in data/measured.json; `make notebooks` shows it.")
