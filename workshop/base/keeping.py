"""How results are kept: folders that are whole or absent, one training at a time, checksums, a full disk, Ctrl-C.

Chapters hand their results on through ``outputs/``; what is there is whole, and known to be made from what it should be.
"""

import contextlib
import glob
import json
import os
import shutil
import signal
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from filelock import FileLock, Timeout

from .errors import DISK_FULL, WorkshopError, chain
from .settings import say

T = TypeVar("T")
SUMS = "sums.json"
PART = ".part"
FORGOTTEN = 86_400  # seconds after which what is half written is nobody's any more
RECORD = "made-from.json"  # what an artefact was made from: when that changes, it is made again

#: What an artefact may be made from, by the name that its record gives it, as an attendee is told that it was another.
_OTHER = {"books": "d’autres textes", "base": "un autre modèle de base", "tokenizer": "un autre tokenizer"}


def obtain(folder: Path, made_from: dict[str, Any], build: Callable[[Path], None], load: Callable[[Path], T], what: str) -> T:
    """Load the artefact in ``folder``, or build it (and say so), once, even when two kernels ask at the same time.

    Args:
        folder: where the artefact lives.
        made_from: everything the result depends on; another value than the recorded one means that it is out of date.
        build: writes the artefact into the empty folder that it is given.
        load: reads it back.
        what: its name in a sentence, with its article.

    Raises:
        WorkshopError: the disk is full, or the folder cannot be written to; what was there is still there.
    """
    with in_turn(folder):
        if is_ready(folder, made_from, what):
            try:
                return load(folder)
            except Exception as error:  # what an older version left has no checksums, and fails when it is read
                say(f"{what}\u00a0: le contenu de «\u00a0{folder.name}\u00a0» est abîmé ({type(error).__name__}), il est refait.")
        elif not is_made_from(folder, made_from):
            say(outdated(folder, made_from, what) or f"{what} : préparation…")
        part = folder.with_name(folder.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            with writing(folder, what):
                part.mkdir(parents=True)
                build(part)
                record(part, made_from)
                replace(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return load(folder)


@contextlib.contextmanager
def in_turn(folder: Path) -> Iterator[None]:
    """Let one kernel at a time look at an artefact and make it; where nothing can be written, there is nobody to wait for."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # a folder to read only: what it holds is loaded, and making it will say why it cannot
            folder.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(folder.with_name(folder.name + ".lock")))
        yield


@contextlib.contextmanager
def writing(folder: Path, what: str) -> Iterator[None]:
    """Turn what goes wrong while ``what`` is written to ``folder`` into one sentence, whichever library it comes from.

    Raises:
        WorkshopError: the disk is full, or the folder cannot be written to.
    """
    try:
        yield
    except WorkshopError:  # which has its own sentence already
        raise
    except Exception as error:
        full = _is_full(error)
        if not (full or isinstance(error, OSError)):
            raise
        why = "le disque est plein" if full else getattr(error, "strerror", None) or error
        way = (
            "libérez de la place"
            if full
            else "fermez les autres carnets, ou choisissez un dossier où vous pouvez écrire (WORKSHOP_OUTPUTS),"
        )
        raise WorkshopError(
            f"{what} n’a pas pu être écrit dans «\u00a0{folder.parent}\u00a0» ({why})\u00a0: {way} et recommencez. "
            "Rien de ce qui existait n’est perdu."
        ) from error


def replace(new: Path, folder: Path) -> None:
    """Put the finished folder ``new`` in the place of ``folder``; at no moment is there half of one."""
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def save(folder: Path, write: Callable[[Path], object]) -> Path:
    """Let ``write`` fill a folder beside ``folder``, then put it in its place; return it.

    Raises:
        WorkshopError: the disk is full, or the folder cannot be written to; what was there is still there.
    """
    with writing(folder, f"«\u00a0{folder.name}\u00a0»"):
        return _saved(folder, write)


def _saved(folder: Path, write: Callable[[Path], object]) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*{PART}"):  # by one that was killed
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > FORGOTTEN:
                shutil.rmtree(left)
    part = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}{PART}")
    part.mkdir()  # with the rights of any other folder: what tempfile makes is closed to all others
    try:
        write(part)
        with in_turn(folder):
            replace(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def is_made_from(folder: Path, made_from: dict[str, Any]) -> bool:
    """Return whether the artefact is there and was made from exactly this."""
    return recorded(folder) == json.loads(json.dumps(made_from))


def is_ready(folder: Path, made_from: dict[str, Any], what: str) -> bool:
    """Return whether the artefact is there, made from exactly this, and as it was written; say so when it was damaged since."""
    if not is_made_from(folder, made_from):
        return False
    if is_whole(folder):
        return True
    say(f"{what}\u00a0: le contenu de «\u00a0{folder.name}\u00a0» est abîmé, il est refait.")
    return False


def is_whole(folder: Path) -> bool:
    """Return whether a finished artefact is as it was written (those of an older version, without checksums, are believed)."""
    return not (folder / SUMS).exists() or is_sound(folder)


def outdated(folder: Path, made_from: dict[str, Any], what: str) -> str:
    """Return the sentence that says what the artefact of this folder was made from instead; empty when there is none."""
    before, now = recorded(folder), json.loads(json.dumps(made_from))
    if before is None or before == now:
        return ""
    changed = {_OTHER.get(name, "d’autres réglages"): None for name in now if before.get(name) != now[name]}
    return f"{what}, fait avec {' et '.join(changed) or 'd’autres réglages'}, est refait…"


def recorded(folder: Path) -> dict[str, Any] | None:
    """Return what an artefact was made from; None when it is not there, or its record means nothing."""
    return read_json(folder / RECORD)


def checksums(folder: str | Path, *patterns: str) -> dict[str, int]:
    """Return the checksums of files of a model or a tokenizer, by their names: a name alone stays when what it names is replaced.

    ``patterns`` are those of :meth:`pathlib.Path.glob`, for instance ``"model*.safetensors"``.
    """
    return {path.name: checksum(path) for pattern in patterns for path in sorted(Path(folder).glob(pattern))}


def record(folder: Path, made_from: dict[str, Any]) -> None:
    """Write down, whole or not at all, what a finished artefact was made from; from now on, damage to its files is noticed."""
    seal(folder)
    part = folder / f".{RECORD}"
    part.write_text(json.dumps(made_from, indent=2, ensure_ascii=False), encoding="utf-8")
    os.replace(part, folder / RECORD)


# Long trainings -----------------------------------------------------------------------------------------------------------------


def seal(folder: Path) -> None:
    """Write the checksums of all files of ``folder``, which is then a whole checkpoint, or a finished artefact.

    Hidden ones are nobody's: a lock, what a browser of files or JupyterLab leaves where it has been.
    """
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.name not in (SUMS, RECORD))
    sums = {name.as_posix(): checksum(folder / name) for name in names if not any(part.startswith(".") for part in name.parts)}
    (folder / SUMS).write_text(json.dumps(sums), encoding="utf-8")


def is_sound(folder: Path) -> bool:
    """Return whether the files of ``folder`` are those that were sealed: none missing, cut short or altered."""
    sums = read_json(folder / SUMS)
    try:
        return sums is not None and all(checksum(folder / name) == value for name, value in sums.items())
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
    """Return what a JSON file holds by name, ``None`` when it is absent or damaged."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


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


def _is_full(error: BaseException) -> bool:
    """Return whether an error, or what it hides, is that of a full disk (torch only says that its file has not grown)."""
    said = ("No space left", "PytorchStreamWriter failed", "unexpected pos", *(f"(os error {number})" for number in DISK_FULL))
    return any(getattr(one, "errno", None) in DISK_FULL or any(words in str(one) for words in said) for one in chain(error))


@contextlib.contextmanager
def disk_full_said(out: Path) -> Iterator[None]:
    """Turn the many errors of a full disk into the sentence that helps."""
    try:
        yield
    except Exception as error:
        if _is_full(error):
            raise WorkshopError(
                f"Le disque est plein : le modèle de « {out} » reste celui d’avant. Libérez de la place, puis relancez "
                "l’entraînement : il reprendra à la dernière sauvegarde."
            ) from error
        raise
