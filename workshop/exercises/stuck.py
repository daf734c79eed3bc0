"""A calculation in one piece, which no alarm interrupts (``sum(range(10**11))``): it is ended, and the next kernel says why.

While code in C keeps Python to itself, neither the alarm of ``sandbox`` nor the ■ of Jupyter is heard.  ``faulthandler`` watches
from a thread that needs nothing of Python: some time after the alarm it writes where the kernel is and ends it.  Jupyter starts
another; there the first exercise says what happened.  Elsewhere than in a kernel nothing is ended: nobody would start it again.
"""

import atexit
import contextlib
import faulthandler
import os
import re
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TextIO

from ..base.settings import settings
from .cards import Card

GRACE = 25.0  #: seconds that a calculation has left after the alarm that it does not hear
OLD = 24 * 3600.0  #: seconds after which an empty file is that of a kernel that was killed
#: How ``faulthandler`` writes the innermost line of a cell.
PLACE = re.compile(r'File "[^"\n]*(?:ipykernel_|ipython-input)[^"\n]*", line (\d+) in (\w+)')

_watching = False


def in_kernel() -> bool:
    """Return whether this process is the kernel of a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


@contextlib.contextmanager
def watched(seconds: float) -> Iterator[None]:
    """End this kernel if the block still lasts ``GRACE`` seconds after ``seconds`` (inside another such block, do nothing)."""
    global _watching
    file = None if _watching or not in_kernel() else _file()
    if file is None:
        yield
        return
    _watching = True
    faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=file)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        _watching = False


@cache
def _file() -> TextIO | None:
    """Open the file of this process, or return None where none can be written; it is put away when the process ends well."""
    path = settings().outputs / f"stuck-{os.getpid()}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8")
    except OSError:
        return None
    atexit.register(_put_away, path, file)
    return file


def _put_away(path: Path, file: TextIO) -> None:
    file.close()
    with contextlib.suppress(OSError):
        path.unlink()


def last_time() -> Card | None:
    """Return what to say of a kernel that was ended, once; None if none was."""
    for path in sorted(settings().outputs.glob("stuck-*.txt")):
        with contextlib.suppress(OSError):
            said = path.read_text(encoding="utf-8", errors="replace")
            if said or path.stat().st_mtime < time.time() - OLD:
                path.unlink()
            if said:
                return _card(said)
    return None


def _card(said: str) -> Card:
    found = PLACE.search(said)
    where = f"à la ligne {found[1]} de la cellule de `{found[2]}`, " if found else ""
    message = f"{where}un calcul d'un seul tenant n'en finissait pas, et Python ne sait pas interrompre ceux-là (une somme "
    message += "ou une recherche sur des milliards de nombres ?) : l'atelier a donc arrêté le noyau, qui a redémarré."
    closing = "Rien de ce que vous avez écrit n'est perdu : corrigez, puis exécutez de nouveau les cellules depuis le début."
    return Card("note", "La dernière fois", message, closing=closing)
