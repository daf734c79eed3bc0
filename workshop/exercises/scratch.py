"""Where the cases of exercises write the files that they need."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def scratch() -> Path:
    """Return a folder of this process; it goes when the process ends, with all that is in it."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
