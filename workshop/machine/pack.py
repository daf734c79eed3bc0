"""Everything a room with no network needs, in one file for a USB key: ``python -m workshop pack atelier.zip``.

The archive holds the repository, the books that are at hand, the wheels of the packages for the chosen computers, and a model
of the hub if one is chosen.  ``python atelier.zip`` unpacks it, checks it and says what to type next (``unpack.py``).
"""

import contextlib
import glob
import hashlib
import json
import os
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from .. import __version__, corpus
from ..base import models
from ..base.errors import WorkshopError
from ..base.settings import KEY, ROOT, file_to_write, settings
from ..base.typography import french
from ..page import build
from . import environment, unpack, wheelhouse

#: What a copy of the repository without git must leave out.
NOT_OURS = {".git", ".venv", "outputs", "cache", "build", "dist", KEY.name, "__pycache__", ".pytest_cache", ".ruff_cache"}
NOT_OURS |= {".mypy_cache", ".ipynb_checkpoints", ".hypothesis", ".DS_Store"}

#: Compressed already: trying again would take minutes and win nothing.
COMPRESSED = {".whl", ".safetensors", ".png"}

NAME = "atelier.zip"
FAT32_LIMIT = 2**32  # bytes in a file, on most USB keys as they are sold

NOTICE = """\
L’ATELIER DANS UN FICHIER

Il faut Python {pythons} sur l’ordinateur. Ouvrez un terminal, puis tapez, en donnant le chemin de ce fichier :

   Windows :           py E:\\{name}
   Linux et macOS :    python3 /chemin/de/la/cle/{name}

L’atelier est copié dans le dossier « atelier » de votre compte (pour un autre dossier, ajoutez son nom à la fin de la
commande), chaque fichier est vérifié, et les deux commandes suivantes s’affichent.

Quelque chose résiste ? Le fichier {page}, livré avec celui-ci, s’ouvre d’un double clic : le modèle y écrit déjà, sans Python.

Dans ce fichier : {contents}.
"""


def pack(
    out: Path, platforms: Iterable[str] = ("windows", "macos", "linux"), pythons: Iterable[str] = ("3.12",), wheels: bool = True
) -> None:
    """Write the archive ``out``, and say what went into it.  It appears whole or not at all.

    Args:
        out: the file; in a folder that is there, ``atelier.zip``.
        platforms: names of ``wheelhouse.PLATFORMS``.
        pythons: versions of Python, for instance ``("3.11", "3.12")``.
        wheels: whether to take the packages along.

    Raises:
        WorkshopError: a package does not exist for one of the platforms, no network, no room on the disk.
    """
    out = file_to_write(out, NAME)  # a folder is the key itself
    start, part = time.perf_counter(), out.with_name(f"{out.name}.part")
    targets = (
        [wheelhouse.Target(wheelhouse.PLATFORMS[name], python) for python in pythons for name in platforms] if wheels else []
    )
    with _scratch(out) as scratch:
        files = dict(_repository())
        print(f"Dépôt : {_sizes(files.values())}", flush=True)
        files |= _books() | _model()
        found = _wheels(targets, scratch)
        files |= {f"{KEY.name}/{environment.WHEELS.name}/{name}": path for name, path in found.items()}
        try:
            _write(part, files, targets, out.name)
            part.replace(out)
        except OSError as error:
            raise WorkshopError(
                f"« {out} » n’a pas pu être écrit ({error.strerror or error}) : il faut la place de "
                f"{_sizes(files.values())} à cet endroit."
            ) from error
        finally:
            part.unlink(missing_ok=True)
    size, seconds = out.stat().st_size, french(time.perf_counter() - start, 0)
    print(f"✅ {out} : {french(size / 1e6, 0)} Mo, en {seconds} s. Sur un autre ordinateur : python {out.name}")
    _page_beside(out)
    if size >= FAT32_LIMIT:
        print("⚠ Plus de 4 Go : une clé en FAT32 le refuserait. Formatez-la en exFAT, ou faites un fichier par plateforme.")


@contextlib.contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """Give a folder beside the archive, where there is room, for what is downloaded; what a killed one left is removed first."""
    if not out.parent.is_dir():
        raise WorkshopError(f"Le dossier «\u00a0{out.parent}\u00a0» n’existe pas\u00a0: créez-le, ou donnez un autre endroit.")
    for left in out.parent.glob(f".{glob.escape(out.name)}.*.scratch"):
        shutil.rmtree(left, ignore_errors=True)
    folder = out.with_name(f".{out.name}.{os.getpid()}.scratch")
    try:
        folder.mkdir()
    except OSError as error:
        raise WorkshopError(
            f"«\u00a0{out.parent}\u00a0» ne peut pas être écrit ({error.strerror or error})\u00a0: la clé est-elle protégée en "
            "écriture\u202f? Déverrouillez-la, ou donnez un autre endroit."
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sizes(paths: Iterable[Path]) -> str:
    sizes = [path.stat().st_size for path in paths]
    return f"{french(len(sizes), 0)} fichiers, {french(sum(sizes) / 1e6, 0)} Mo"


def _repository(root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """Yield the files of the repository: those that git knows, or in a copy without git all that are not made on the way."""
    try:
        listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
        names = [name for name in listing.decode("utf-8").split("\0") if name] if (root / ".git").exists() else []
    except (OSError, subprocess.CalledProcessError):
        names = []
    if not names:
        for folder, folders, files in os.walk(root):
            folders[:] = [one for one in folders if one not in NOT_OURS and not one.endswith(".egg-info")]
            names += [Path(folder, one).relative_to(root).as_posix() for one in files if one not in NOT_OURS]
    for name in sorted(names):
        if (root / name).is_file():
            yield name, root / name


def _books() -> dict[str, Path]:
    """Return the books that are on this machine and not in the repository, and say which are missing."""
    wanted = {book.file: book for book in corpus.catalogue() if book.collection != "veillees"}
    found = {name: source.path for name, book in wanted.items() if (source := corpus.at_hand(book))}
    absent = [f"{book.title} ({name})" for name, book in wanted.items() if name not in found]
    print(f"Livres : {len(found)} sur {len(wanted)}", flush=True)
    for title in absent:
        print(f"   manque : {title}", flush=True)
    if absent:
        print("   « python -m workshop books » les télécharge.", flush=True)
    return {f"{KEY.name}/books/{name}": path for name, path in found.items()}


def _model() -> dict[str, Path]:
    """Return the files of the model that ``MODEL_NAME`` names, from the cache of the hub."""
    name = settings().model_name
    if not name:
        return {}
    folder = models.in_cache(name)
    if folder is None:
        raise WorkshopError(
            f"« {name} » (MODEL_NAME) n’est pas dans le cache : chargez-le une fois avec le réseau, ou retirez MODEL_NAME."
        )
    files = {
        f"{KEY.name}/models/{name.replace('/', '--')}/{path.name}": path for path in sorted(folder.iterdir()) if path.is_file()
    }
    print(f"Modèle « {name} » : {_sizes(files.values())}", flush=True)
    return files


def _page_beside(out: Path) -> None:
    """Write the network in one HTML file beside the archive: a room whose installation fails has something to do at once."""
    try:
        print("✅ " + build.told(build.write_embedded(out.with_suffix(".html"))))
    except WorkshopError as error:
        print(f"⚠ {error}")


def _wheels(targets: list[wheelhouse.Target], scratch: Path) -> dict[str, Path]:
    """Download the wheels for each target, and return them by name: computers share those that are pure Python."""
    found: dict[str, Path] = {}
    for number, target in enumerate(targets):
        print(f"Paquets pour {target.title}…", end=" ", flush=True)
        wheels = wheelhouse.download(environment.REQUIREMENTS, target, scratch / str(number))
        print(_sizes(wheels), flush=True)
        for wheel in wheels:
            if wheel.name in found:
                wheel.unlink()
            found.setdefault(wheel.name, wheel)
    return found


def _write(part: Path, files: dict[str, Path], targets: list[wheelhouse.Target], name: str) -> None:
    packages = (
        "les paquets pour " + ", ".join(target.title for target in targets) if targets else "sans les paquets (il faut le réseau)"
    )
    contents = f"l’atelier {__version__}, {packages}, {_sizes(files.values())}"
    pythons = " ou ".join(sorted({target.python for target in targets})) or " à ".join(
        "{}.{}".format(*version) for version in unpack.SUPPORTED
    )
    names = [target.name for target in targets]
    sums: dict[str, tuple[str, int]] = {}
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(unpack.__file__, "__main__.py")
        archive.writestr(
            unpack.README,
            NOTICE.format(pythons=pythons, name=name, page=Path(name).with_suffix(".html"), contents=contents).replace(
                "\n", "\r\n"
            ),
        )
        for inside, path in files.items():
            inside = f"{unpack.TOP}/{inside}"
            method = zipfile.ZIP_STORED if path.suffix in COMPRESSED else zipfile.ZIP_DEFLATED
            sums[inside] = _add(archive, inside, path, method)
        targets_file = f"{unpack.TOP}/{KEY.name}/{environment.TARGETS.name}"
        text = json.dumps(names)
        archive.writestr(targets_file, text)
        sums[targets_file] = (hashlib.sha256(text.encode()).hexdigest(), len(text))
        manifest = {"workshop": __version__, "targets": names, "files": sums}
        archive.writestr(unpack.MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))


def _add(archive: zipfile.ZipFile, inside: str, path: Path, method: int) -> tuple[str, int]:
    """Write a file into the archive; return its checksum and its size, both of the bytes that were written."""
    entry, digest, size = zipfile.ZipInfo.from_file(path, inside, strict_timestamps=False), hashlib.sha256(), 0
    entry.compress_type = method
    with path.open("rb") as source, archive.open(entry, "w") as copy:
        for chunk in iter(lambda: source.read(1 << 20), b""):
            digest.update(chunk)
            size += copy.write(chunk)
    return digest.hexdigest(), size
