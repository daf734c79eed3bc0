"""The playground without a page: a story that writes itself in the terminal, and the page of its own (Voilà)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TextIO

from .errors import WorkshopError
from .generation import stream
from .sampling import Sampling
from .settings import ROOT
from .typography import typeset
from .writers import find

APP = ROOT / "app"
#: The extensions that the page loads: those of the widgets, and no other that JupyterLab may have.
WIDGETS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8")


def words(pieces: Iterator[str]) -> Iterator[str]:
    """Yield a text, typeset, as it comes: a word waits for the next one, because what follows can change how it is set."""
    text, said = "", 0
    for piece in pieces:
        text += piece
        shown = typeset(text)
        whole = max(shown.rfind(" "), shown.rfind("\n"))
        if whole > said:
            yield shown[said:whole]
            said = whole
    yield typeset(text)[said:]


def write(prompt: str, name: str, sampling: Sampling, out: TextIO | None = None) -> None:
    """Print ``prompt`` and what the model ``name`` writes after it, as it writes.

    Raises:
        WorkshopError: the model is not there, or the settings make no sense.
    """
    writer, out = find(name), out or sys.stdout

    def pieces() -> Iterator[str]:
        yield prompt.rstrip(" \u00a0")
        for token in stream(writer, prompt, sampling):
            yield token.text

    for piece in words(pieces()):
        print(piece, end="", flush=True, file=out)
    print(file=out)


def app(port: int = 8866, browser: bool = True, ip: str = "127.0.0.1") -> int:
    """Open the playground as a page of its own; by default only this machine can reach it, with the token of the address.

    Raises:
        WorkshopError: Voilà is not installed.
    """
    import importlib.util

    if importlib.util.find_spec("voila") is None:
        raise WorkshopError("Il manque le paquet voila : relancez « make setup », ou « pip install voila ».")
    return subprocess.call(app_command(port, browser, ip), cwd=ROOT, env=app_environment())


def app_command(port: int, browser: bool, ip: str = "127.0.0.1") -> list[str]:
    """Return the command that serves the page."""
    options = ["--token", f"--Voila.ip={ip}", f"--port={port}", "--template=atelier", "--show_tracebacks=False"]
    options += [f"--VoilaConfiguration.extension_allowlist={name}" for name in WIDGETS]
    quiet = [] if browser else ["--no-browser"]
    return [sys.executable, "-m", "voila", str(APP / "playground.ipynb"), *options, *quiet]


def app_environment() -> dict[str, str]:
    """Return the environment of the page: its template and the package are found wherever it is started from."""
    paths = {"JUPYTER_PATH": APP / "share" / "jupyter", "PYTHONPATH": ROOT}
    return os.environ | {
        name: os.pathsep.join([str(path), *filter(None, [os.environ.get(name)])]) for name, path in paths.items()
    }
