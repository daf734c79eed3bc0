"""Where things are and what this machine is: one frozen object, read once from the environment."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar, get_args

from .errors import WorkshopError

PACKAGE = Path(__file__).resolve().parents[1]


def print_anywhere() -> None:
    """Let the letters that a console cannot show become « ? », instead of a traceback: not all of them speak UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        unforgiving = getattr(stream, "errors", "") in ("strict", "surrogateescape")  # the second is that of the locale C
        if unforgiving and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


print_anywhere()  # every chapter comes by here before it prints

ROOT = PACKAGE.parent

#: Whether pip installed the package alone (``setup.py``): what ships with it is then inside it, and there are no chapters.
INSTALLED = (PACKAGE / "_data").is_dir()

#: What came with the workshop on a USB key (``python -m workshop pack``): wheels, books, models.
KEY = ROOT / "usb"

#: The page of the playground, and how Jupyter looks.
APP = PACKAGE / "_app" if INSTALLED else ROOT / "app"

#: What JupyterLab, Voilà and kernels find of the workshop, wherever they are started from; nothing of the user's own is touched.
OURS = {"JUPYTER_CONFIG_PATH": APP / "etc/jupyter", "JUPYTER_PATH": APP / "share/jupyter", "PYTHONPATH": ROOT}


def jupyter_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return ``environ`` with the workshop's own folders before those that it names already."""
    return {**environ} | {name: os.pathsep.join([str(path), *filter(None, [environ.get(name)])]) for name, path in OURS.items()}


Lane = Literal["cpu", "gpu"]
Default = TypeVar("Default", bound=Path | None)


@dataclass(frozen=True)
class Settings:
    """What every module needs to know about its surroundings."""

    root: Path
    books: Path | None  #: folder of book files that is looked into before anything else
    cache: Path  #: what was downloaded
    outputs: Path  #: what the chapters make
    profile: Lane
    collection: str | None  #: forced collection of books
    model_name: str | None  #: forced base model: a hub name or a folder
    offline: bool
    quiet: bool  #: no progress display at all (tests, nbval)
    seed: int
    seed_given: bool  #: whether somebody asked for this seed (WORKSHOP_SEED)

    @property
    def data(self) -> Path:
        """The folder of everything that ships with the workshop."""
        return PACKAGE / "_data" if INSTALLED else self.root / "data"


YES, NO = {"1", "true", "yes", "oui", "vrai", "on"}, {"", "0", "false", "no", "non", "faux", "off"}

HOW_TO_OPEN = "demandez à qui l’a posé de l’ouvrir à tous (sous Linux, «\u00a0chmod -R a+rX\u00a0»)"


def unreadable(folder: Path | None) -> Path | None:
    """Return the folder, or the first thing in it, that the user of this process may not read; None when all can be read.

    It is tried, not asked for: rights, lists of access and the network's own rules all count.
    """
    if folder is None:
        return None
    try:
        entries = sorted(folder.iterdir())
    except PermissionError:
        return folder
    except OSError:  # it is not there, which is another matter
        return None
    for path in entries:
        try:
            if path.is_dir():
                next(path.iterdir(), None)
            else:
                path.open("rb").close()
        except PermissionError:
            return path
        except OSError:
            continue
    return None


def expanded(path: str) -> Path:
    """Return a path with ``~`` replaced, where there is such an account."""
    return Path(os.path.expanduser(path))  # Path.expanduser raises where there is none


def file_to_write(out: Path, name: str) -> Path:
    """Return the file that is to be written at ``out``: ``name`` in it, where it is a folder.

    Raises:
        WorkshopError: something else is there, for instance a device, which a rename would replace.
    """
    out = out / name if out.is_dir() else out
    if out.exists() and not out.is_file():
        raise WorkshopError(f"«\u00a0{out}\u00a0» n’est pas un fichier\u00a0: donnez un autre nom.")
    return out


def pasted(name: str) -> str:
    """Return the name of a model, or of its folder, as it was copied from its page or completed by a shell."""
    return name.strip().removeprefix("https://huggingface.co/").rstrip("/") or name.strip()


def _home() -> Path:
    """Return the user's own folder; a container may run under an account that has none."""
    home = expanded("~")
    return home if home.is_absolute() else Path(tempfile.gettempdir())


def flag(environ: Mapping[str, str], name: str) -> bool:
    """Return whether a variable says yes.

    Raises:
        WorkshopError: it says neither yes nor no.
    """
    said = environ.get(name, "").lower()
    if said not in YES | NO:
        raise WorkshopError(f"{name} vaut «\u00a0{said}\u00a0»\u00a0: donnez 1 ou 0, ou retirez cette variable.")
    return said in YES


def nvidia_cards() -> list[str]:
    """Return name, memory and driver of each NVIDIA card, as its driver says; none when there is no driver that answers."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return []
    query = [tool, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


def torch_can_use_cuda() -> bool | None:
    """Return whether the torch that is installed was built for NVIDIA cards, without loading it; None when there is none.

    On Windows, the usual one is not: a card is then of no use, and the room lane is the right one.
    """
    found = importlib.util.find_spec("torch")
    if found is None or not found.origin:
        return None
    try:
        version = Path(found.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    return re.search(r"(?m)^cuda\b.*=\s*['\"]", version) is not None


def _profile(environ: Mapping[str, str]) -> Lane:
    forced = environ.get("WORKSHOP_PROFILE", "").strip().lower()
    lane: Lane
    for lane in get_args(Lane):
        if lane == forced:
            return lane
    if forced:
        raise WorkshopError(f"WORKSHOP_PROFILE vaut « {forced} » : choisissez « cpu » ou « gpu », ou retirez cette variable.")
    return "gpu" if nvidia_cards() and torch_can_use_cuda() is not False else "cpu"  # doctor says why


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Build the settings from environment variables (``WORKSHOP_*``, ``MODEL_NAME``, ``HF_HUB_OFFLINE``).

    Raises:
        WorkshopError: a variable has a value that means nothing; the message names it.
    """

    environ = {name: value.strip() for name, value in environ.items()}  # « set X=y && … » leaves a space on Windows

    def folder(name: str, default: Default) -> Path | Default:
        if not environ.get(name):
            return default
        path = expanded(environ[name])  # notebooks run in a folder of theirs: what is relative is there, or of the repository
        return Path(os.path.realpath(path if os.path.exists(path) else (Path.cwd() if INSTALLED else ROOT) / path))

    books = folder("WORKSHOP_BOOKS", None)
    if books and not os.path.isdir(books) and unreadable(books.parent) != books.parent:  # closed is for whoever looks for a book
        raise WorkshopError(
            f"WORKSHOP_BOOKS désigne « {books} », qui n’est pas un dossier : corrigez le chemin ou retirez cette variable."
        )
    given = environ.get("WORKSHOP_SEED", "")
    seed = given or "0"
    if not (seed.isdecimal() and len(seed) < 20 and int(seed) < 2**32):  # numpy takes no larger one
        raise WorkshopError(f"WORKSHOP_SEED vaut « {seed} » : donnez un nombre entier, par exemple 0.")
    return Settings(
        root=ROOT,
        books=books or (KEY / "books" if (KEY / "books").is_dir() else None),
        cache=folder("WORKSHOP_CACHE", _home() / ".cache" / "reseau-romans"),
        outputs=folder("WORKSHOP_OUTPUTS", (Path.cwd() if INSTALLED else ROOT) / "outputs"),
        profile=_profile(environ),
        collection=environ.get("WORKSHOP_COLLECTION", "").lower() or None,
        model_name=pasted(environ.get("MODEL_NAME", "")) or None,
        offline=flag(environ, "WORKSHOP_OFFLINE") or environ.get("HF_HUB_OFFLINE", "").lower() in YES,
        quiet=flag(environ, "WORKSHOP_QUIET"),
        seed=int(seed),
        seed_given=bool(given),
    )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process (tests call ``settings.cache_clear()`` after changing the environment)."""
    return from_environment(os.environ)


def say(message: str) -> None:
    """Print one line for the attendee, unless everything is to be quiet."""
    if not settings().quiet:
        print(message, flush=True)
