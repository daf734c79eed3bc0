"""A real JupyterLab in a real browser: ``make test-browser`` (needs Debian's chromium, or CHROMIUM=/path/to/it)."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
OFFLINE = {"WORKSHOP_COLLECTION": "veillees", "WORKSHOP_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@dataclass
class Lab:
    """A running JupyterLab on a copy of the attendee's notebooks."""

    port: int
    settings: Path

    def use_theme(self, name: str) -> None:
        """Write the user settings: the theme, and every cell in the page even when it is out of sight."""
        chosen = {
            "apputils-extension/themes.jupyterlab-settings": {"theme": name},
            "notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
        }
        for path, values in chosen.items():
            file = self.settings / "@jupyterlab" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values), encoding="utf-8")

    def write(self, name: str, sources: Sequence[str]) -> None:
        """Write a notebook with one code cell for each source."""
        cells = [
            {"cell_type": "code", "id": f"cell{i}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
            for i, source in enumerate(sources)
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (self.settings.parent / "notebooks" / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    """A port on which nothing answers: what is started again there is found again."""
    return _free_port()


@contextlib.contextmanager
def serve_lab(place: Path) -> Iterator[Lab]:
    """Start a JupyterLab in an empty folder (the benchmarks do it too)."""
    from workshop.base.settings import jupyter_environment

    shutil.copytree(ROOT / "notebooks", place / "notebooks")
    started = Lab(_free_port(), place / "settings")
    started.use_theme("JupyterLab Light")
    environment = jupyter_environment() | OFFLINE | {
        "WORKSHOP_OUTPUTS": str(place / "outputs"),
        "JUPYTERLAB_SETTINGS_DIR": str(started.settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(place / "workspaces"),
    }  # fmt: skip
    options = ["--no-browser", f"--port={started.port}", "--IdentityProvider.token=test", "--ServerApp.port_retries=0"]
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [sys.executable, "-m", "jupyter", "lab", *options, *root, f"--ServerApp.root_dir={place}"]
    with open(place / "server.log", "wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{started.port}/api/status?token=test"
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=2)
            break
        except OSError:
            assert server.poll() is None, (place / "server.log").read_text()
            time.sleep(0.5)
    try:
        yield started
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Iterator[Lab]:
    with serve_lab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@contextlib.contextmanager
def serve_app(place: Path, **variables: str) -> Iterator[str]:
    """Serve the page of ``make app``, with its results in an empty folder; give its address, token included."""
    with start_app(place, **variables) as (_, address):
        yield address


@contextlib.contextmanager
def start_app(place: Path, port: int = 0, **variables: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """The same, on a port of one's choice; give the process too."""
    environment = os.environ | OFFLINE | {"WORKSHOP_OUTPUTS": str(place / "outputs")} | variables
    command = [sys.executable, "-m", "workshop", "app", f"--port={port or _free_port()}", "--no-browser"]
    with open(place / "server.log", "wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(480):
            if found := re.search(r"http://127\.0\.0\.1:\d+/\?token=\w+", (place / "server.log").read_text(errors="replace")):
                break
            assert server.poll() is None, (place / "server.log").read_text(errors="replace")
            time.sleep(0.5)
        yield server, found[0]
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="session")
def voila(tmp_path_factory) -> Iterator[str]:
    """The address of the page of ``make app``, its token included."""
    pytest.importorskip("voila", reason="needs voila: make setup installs it")
    with serve_app(tmp_path_factory.mktemp("voila")) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("needs chromium (Debian: apt-get install chromium), or its path in CHROMIUM")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: make test-browser installs it")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the screenshots go, to be looked at."""
    folder = Path(os.environ.get("SCREENSHOTS", ROOT / "outputs" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def axe(tmp_path_factory) -> str:
    """The source of axe-core."""
    from .axe import source

    return source(tmp_path_factory.mktemp("axe"))


# The one-file page -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def pages(tmp_path_factory) -> dict[str, Path]:
    """A page of one model and a page of two, in a folder with spaces and accents."""
    import numpy as np
    from safetensors.numpy import load_file, save_file

    from workshop.page import build

    place = tmp_path_factory.mktemp("été") / "Mes pages à moi"
    other = place / "modèle appris"
    shutil.copytree(ROOT / "data" / "models" / "gpt2-fr", other)
    tensors = load_file(other / "model.safetensors")
    name = next(name for name in tensors if name.endswith("wte.weight"))
    noise = np.random.default_rng(0).normal(0, 0.02, tensors[name].shape)
    tensors[name] = (tensors[name] + noise).astype(tensors[name].dtype)  # another model, that writes another text
    save_file(tensors, other / "model.safetensors", metadata={"format": "pt"})
    return {"one": build.write(place / "une.html"), "two": build.write(place / "deux.html", ["base", str(other)])}


@pytest.fixture
def cut_off(browser):
    """A browser from which nothing can be reached; whatever is asked of the network or said in the console fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(90_000)
    context.set_offline(True)
    lost = []
    inside = ("file:", "blob:", "data:")
    context.on("request", lambda request: None if request.url.startswith(inside) else lost.append(request.url))
    context.on("console", lambda message: lost.append(message.text) if message.type in ("error", "warning") else None)
    context.on("weberror", lambda error: lost.append(str(error.error)))
    yield context
    context.close()
    assert lost == []
