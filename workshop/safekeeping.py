"""What keeps a long training safe, whatever the library: one at a time, checksums, a full disk, Ctrl-C."""

import contextlib
import errno
import json
import signal
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import WorkshopError

SUMS = "sums.json"


def seal(folder: Path) -> None:
    """Write the checksums of all files of ``folder``, which is then a whole checkpoint."""
    sums = {path.name: checksum(path) for path in folder.iterdir() if path.name != SUMS}
    (folder / SUMS).write_text(json.dumps(sums), encoding="utf-8")


def is_sound(folder: Path) -> bool:
    """Return whether the files of ``folder`` are those that were sealed: none missing, cut short or altered."""
    sums = read_json(folder / SUMS)
    try:
        return bool(sums) and all(checksum(folder / name) == value for name, value in sums.items())
    except OSError:
        return False


def checksum(path: Path) -> int:
    """Return the CRC-32 of a file."""
    total = 0
    with open(path, "rb") as file:
        while part := file.read(1 << 22):
            total = zlib.crc32(part, total)
    return total


def read_json(path: Path) -> dict | None:
    """Return what a JSON file holds, ``None`` when it is absent or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def interruptible() -> Iterator[threading.Event]:
    """While inside, Ctrl-C sets the event that is given; a second one interrupts at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only the main thread hears signals
        yield asked
        return

    def hear(_number, _frame):
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)


@contextlib.contextmanager
def alone(checkpoints: Path, here: bool = True) -> Iterator[None]:
    """Refuse to train the same model from two notebooks at once (``here``: whether this process is the one that locks)."""
    lock = FileLock(checkpoints.with_name(f".{checkpoints.name}.lock"))
    try:
        if here:
            lock.acquire(timeout=0)
    except Timeout as error:
        raise WorkshopError("Un autre carnet entraîne déjà ce modèle : attendez qu’il ait fini, ou arrêtez son noyau.") from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def disk_full_said(out: Path) -> Iterator[None]:
    """Turn the many errors of a full disk into the sentence that helps."""
    try:
        yield
    except Exception as error:
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if full or "No space left" in str(error) or "PytorchStreamWriter failed" in str(error):
            raise WorkshopError(
                f"Le disque est plein : le modèle de « {out} » reste celui d’avant. Libérez de la place, puis relancez "
                "l’entraînement : il reprendra à la dernière sauvegarde."
            ) from error
        raise
