"""Silence for libraries that talk to the terminal themselves, below Python."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Keep what is written to standard error, by Python or by a library in C++, from being seen inside the block.

    TensorFlow greets each import with lines about oneDNN that no setting turns off.  Exceptions come through as ever.
    """
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
