"""The very JavaScript of the page, run by Node."""

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from workshop.page import build, weights

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs Node to run the JavaScript of the page")
ENGINE = Path(__file__).with_name("engine.cjs")


def described(name: str, packed: weights.Packed) -> dict[str, Any]:
    """A model as the page hands it to its worker."""
    data = base64.b64encode(packed.data).decode()
    return {"name": name, "config": packed.config, "tensors": packed.tensors, "weights": data}


def run(models: Sequence[tuple[str, weights.Packed]], folder: Path, seconds: float = 600, **wanted: Any) -> dict[str, Any]:
    """Load the models in the page's worker and do the job that ``engine.cjs`` describes; ``folder`` is for its files."""
    loaded = {"models": [described(*one) for one in models], "tokenizer": models[0][1].tokenizer}
    return run_loaded({"source": build.worker_source(), **loaded, **wanted}, folder, seconds)


def run_loaded(job: dict[str, Any], folder: Path, seconds: float = 600) -> dict[str, Any]:
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    done = subprocess.run([NODE, ENGINE, folder / "job.json"], capture_output=True, timeout=seconds)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def written(messages: Sequence[dict[str, Any]]) -> str:
    """The text that the answer to ``generate`` adds to the prompt."""
    return "".join(message["token"]["text"] for message in messages if message["type"] == "token")
