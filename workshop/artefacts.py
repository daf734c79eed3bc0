"""Folders that are whole or absent: how the chapters pass their results on through ``outputs/``."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock

from .errors import WorkshopError
from .settings import say

T = TypeVar("T")
RECORD = "made-from.json"  # what an artefact was made from: when that changes, it is made again


def obtain(folder: Path, made_from: dict[str, Any], build: Callable[[Path], None], load: Callable[[Path], T], what: str) -> T:
    """Load the artefact in ``folder``, or build it (and say so), once, even when two kernels ask at the same time.

    Args:
        folder: where the artefact lives.
        made_from: everything the result depends on; another value than the recorded one means that it is out of date.
        build: writes the artefact into the empty folder that it is given.
        load: reads it back.
        what: its name in a sentence, with its article and the time it takes.

    Raises:
        WorkshopError: the disk is full, or the artefact cannot be read just after it was written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(folder.name + ".lock")):
        if is_made_from(folder, made_from):
            try:
                return load(folder)
            except Exception as error:  # a damaged file fails in as many ways as there are libraries underneath
                say(f"{what} : le contenu de « {folder.name} » est abîmé ({type(error).__name__}), il est refait.")
        else:
            say(f"{what} : préparation…")
        part = folder.with_name(folder.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        try:
            build(part)
            record(part, made_from)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise WorkshopError(
                f"{what} n’a pas pu être écrit dans « {folder.parent} » ({error.strerror or error}) : libérez de la place "
                "et recommencez. Rien de ce qui existait n’est perdu."
            ) from error
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        replace(part, folder)
    return load(folder)


def replace(new: Path, folder: Path) -> None:
    """Put the finished folder ``new`` in the place of ``folder``; at no moment is there half of one."""
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def is_made_from(folder: Path, made_from: dict[str, Any]) -> bool:
    """Return whether the artefact is there and was made from exactly this."""
    try:
        return json.loads((folder / RECORD).read_text(encoding="utf-8")) == json.loads(json.dumps(made_from))
    except (OSError, ValueError):
        return False


def record(folder: Path, made_from: dict[str, Any]) -> None:
    """Write down what a finished artefact was made from."""
    (folder / RECORD).write_text(json.dumps(made_from, indent=2, ensure_ascii=False), encoding="utf-8")
