"""What a room waits for when its network fails: seconds until what ships with the workshop, and what is said, for each trouble.

python -m tests.bench network

Each trouble is a server on this machine that misbehaves: with ten novels and a trap to be had from it (``tests/troubles.py``),
then with a model by name (``tests/model_troubles.py``), asked for in a process that begins, as a notebook does; and the process
has to end soon after.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from workshop import corpus
from workshop.base.settings import settings
from workshop.corpus import search

from ..model_troubles import MODEL_TROUBLES, NAME, SNAPSHOT, ModelTrouble, in_trouble, leave_configuration
from ..test_network import novels
from ..troubles import TROUBLES, Trouble, listening
from .common import ROOT, table


def _measure(trouble: Trouble) -> tuple[str, str, str]:
    with tempfile.TemporaryDirectory() as folder, listening(trouble, Path(folder)) as address:
        corpus.forget_silence()
        os.environ |= {"WORKSHOP_CACHE": str(Path(folder) / "cache"), "WORKSHOP_QUIET": "0"}
        settings.cache_clear()
        with patch.object(search, "catalogue", lambda _=None: novels(address)), redirect_stdout(io.StringIO()) as said:
            began = time.perf_counter()
            chosen = corpus.choose_collection()
            seconds = time.perf_counter() - began
    assert chosen == "veillees"
    reason = re.search(r"car [^(]*\((.*)\)\.", said.getvalue().splitlines()[-1])
    return trouble.name, f"{seconds:.1f}", reason[1] if reason else ""


#: What a notebook does, with the time that it takes.
_LOCATE = """
import time
from workshop.base import models
began = time.perf_counter()
assert models.locate(NAME) == models.embedded()
print(round(time.perf_counter() - began, 1))
"""


def _measure_model(trouble: ModelTrouble, files: dict[str, bytes]) -> tuple[str, str, str]:
    with tempfile.TemporaryDirectory() as folder, in_trouble(trouble, files, Path(folder)) as address:
        if trouble.name == SNAPSHOT:
            leave_configuration(Path(folder) / "cache", files)
        cache = {"HF_ENDPOINT": address, "HF_HUB_CACHE": f"{folder}/cache", "WORKSHOP_OUTPUTS": folder, "WORKSHOP_QUIET": "0"}
        command = [sys.executable, "-c", _LOCATE.replace("NAME", repr(NAME))]
        run = subprocess.run(command, cwd=ROOT, env=os.environ | cache, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and "Traceback" not in run.stderr, run.stderr
    said, seconds = run.stdout.strip().splitlines()[-2:]
    reason = re.search(r"et (.*)\u00a0: on continue", said)
    assert reason and re.search(trouble.reason.format(host=re.escape(urlsplit(address).netloc)), said), said
    return trouble.name, seconds, reason[1]


def main() -> None:
    """Print the table, in a process of its own: the environment is changed."""
    if "--here" not in sys.argv:
        subprocess.run([sys.executable, "-m", "tests.bench.network", "--here"], cwd=ROOT, check=True)
        return
    for name in ("WORKSHOP_BOOKS", "WORKSHOP_OFFLINE", "HF_HUB_OFFLINE", "WORKSHOP_COLLECTION"):
        os.environ.pop(name, None)
    rows = [_measure(trouble) for trouble in TROUBLES]
    table(f"{len(rows)} troubles of the network, ten novels", ("trouble", "seconds to the Veillées", "reason given"), rows)
    files = {path.name: path.read_bytes() for path in (ROOT / "data" / "models" / "gpt2-fr").iterdir() if path.is_file()}
    rows = [_measure_model(trouble, files) for trouble in MODEL_TROUBLES]
    title = f"{len(rows)} troubles of the network, a model by name"
    table(title, ("trouble", "seconds to the embedded model", "reason given"), rows)


if __name__ == "__main__":
    main()
