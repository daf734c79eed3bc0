"""What a room waits for when its network fails: seconds until the Veillées, and what is said, for each trouble.

python -m tests.bench network

Each trouble is a server on this machine that misbehaves (``tests/troubles.py``), with ten novels and a trap to be had from it.
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

from workshop import corpus
from workshop.base.settings import settings
from workshop.corpus import search

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


def main() -> None:
    """Print the table, in a process of its own: the environment is changed."""
    if "--here" not in sys.argv:
        subprocess.run([sys.executable, "-m", "tests.bench.network", "--here"], cwd=ROOT, check=True)
        return
    for name in ("WORKSHOP_BOOKS", "WORKSHOP_OFFLINE", "HF_HUB_OFFLINE", "WORKSHOP_COLLECTION"):
        os.environ.pop(name, None)
    rows = [_measure(trouble) for trouble in TROUBLES]
    table(f"{len(rows)} troubles of the network, ten novels", ("trouble", "seconds to the Veillées", "reason given"), rows)


if __name__ == "__main__":
    main()
