"""Unpack the workshop from a USB key: ``python atelier.zip [FOLDER]``, with nothing but Python's standard library.

``python -m workshop pack`` copies this file into its archive as ``__main__.py``: the archive unpacks itself, on a machine where
nothing is installed yet.  So it imports nothing of the workshop, and any Python 3 can read it, if only to be told that it is
too old.  What the archive must hold is written in its ``manifest.json``: for each file, its SHA-256 and its size.
"""

import glob
import hashlib
import json
import os
import platform
import shutil
import stat
import sys
import zipfile
import zlib
from pathlib import Path, PurePosixPath

SUPPORTED = ((3, 11), (3, 14))
MANIFEST, README, TOP = "manifest.json", "LISEZMOI.txt", "atelier"
OUTSIDE_THE_MANIFEST = {MANIFEST, README, "__main__.py"}


class UnpackError(Exception):
    """Something foreseeable went wrong; the message is a French sentence that says what to do."""


def speak_utf8() -> None:
    """Let what is printed have accents (Windows consoles are not UTF-8 by default), or go nowhere where they are closed."""
    for name in ("stdout", "stderr"):  # None, after « >&- »
        setattr(sys, name, getattr(sys, name) or open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def wrong_python(arguments: str) -> str:
    """Return why this Python does not fit and how to run ``arguments`` with another one; nothing when it fits."""
    if SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        return ""
    low, high = (".".join(map(str, version)) for version in SUPPORTED)
    here, other = ".".join(map(str, sys.version_info[:3])), f"py -{high}" if os.name == "nt" else f"python{high}"
    advice = f"installez une version de {low} à {high}, puis recommencez avec elle, par exemple : {other} {arguments}"
    return f"Python {here} ne convient pas : {advice}"


def this_computer() -> str:
    """Return what wheels must fit: system, processor and version of Python, for instance ``win32-amd64 3.12``."""
    return f"{sys.platform}-{platform.machine().lower()} {sys.version_info[0]}.{sys.version_info[1]}"


def unpack(archive: Path, folder: Path) -> dict:
    """Write the files of ``archive`` into the new folder ``folder``, each compared with its checksum; return the manifest.

    The folder appears whole or not at all.

    Raises:
        UnpackError: a damaged or truncated archive, a file that is not what was packed or would be written elsewhere, a
            folder that is already there, no room on the disk.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnpackError(f"« {folder} » existe déjà : renommez-le, ou donnez un autre nom : python {archive.name} AUTRE_DOSSIER")
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*.part"):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(archive) as opened:
            manifest = _manifest(opened, archive)
            _check_names(opened, manifest)
            _check_room(folder, sum(size for _, size in manifest["files"].values()))
            part.mkdir(parents=True)
            for name, (checksum, size) in manifest["files"].items():
                _extract(opened, name, checksum, size, part)
        if folder.exists():
            folder.rmdir()  # it is empty
        part.rename(folder)
    except FileNotFoundError as error:
        raise UnpackError(f"« {archive} » est introuvable : vérifiez le nom du fichier.") from error
    except zipfile.BadZipFile as error:
        reason = "est incomplet ou abîmé (la copie s’est sans doute arrêtée en route) : copiez-le de nouveau."
        raise UnpackError(f"« {archive.name} » {reason}") from error
    except OSError as error:
        raise UnpackError(f"« {archive.name} » n’a pas pu être copié dans « {folder} » ({error.strerror or error}).") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest


def _manifest(opened: zipfile.ZipFile, archive: Path) -> dict:
    try:
        manifest = json.loads(opened.read(MANIFEST).decode("utf-8"))
        sound = all(len(checksum) == 64 and size >= 0 for checksum, size in manifest["files"].values())
    except (KeyError, ValueError, TypeError, AttributeError, zlib.error):
        sound = False
    if not sound:
        reason = "n’a pas été fait par « python -m workshop pack », ou sa liste de fichiers est abîmée : copiez-le de nouveau."
        raise UnpackError(f"« {archive.name} » {reason}")
    return manifest


def _check_names(opened: zipfile.ZipFile, manifest: dict) -> None:
    """Refuse what is not in the manifest, what is missing, and every name that leads out of the folder."""
    there = {entry.filename: entry for entry in opened.infolist()}
    for name in {*there, *manifest["files"]}:
        path, mode = PurePosixPath(name), there[name].external_attr >> 16 if name in there else 0
        if path.is_absolute() or ".." in path.parts or set(name) & set("\\:\0") or stat.S_ISLNK(mode):
            raise UnpackError(f"« {name} » serait écrit hors du dossier : cette archive n’est pas sûre, jetez-la.")
    for name in there:
        if name not in manifest["files"] and name not in OUTSIDE_THE_MANIFEST:
            raise UnpackError(f"« {name} » n’est pas dans la liste de l’archive : quelqu’un l’a changée, demandez-en une autre.")
    for name in manifest["files"]:
        if name not in there or PurePosixPath(name).parts[0] != TOP:
            raise UnpackError(f"« {name} » manque dans l’archive : copiez-la de nouveau.")


def _check_room(folder: Path, needed: int) -> None:
    there = next((parent for parent in (folder, *folder.parents) if parent.exists()), None)
    if there is None:  # on Windows, the letter of a disk that is not there
        raise UnpackError(f"« {folder.anchor} » n’existe pas : branchez ce disque, ou donnez un dossier sur un autre.")
    free = shutil.disk_usage(there).free
    if free < needed:
        sizes = f"Il faut {needed / 1e9:.1f} Go et il reste {free / 1e9:.1f} Go sur ce disque".replace(".", ",")
        raise UnpackError(f"{sizes} (« {there} ») : libérez de la place, ou donnez un dossier sur un autre disque.")


def _extract(opened: zipfile.ZipFile, name: str, checksum: str, size: int, part: Path) -> None:
    target = part.joinpath(*PurePosixPath(name).parts[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, count = hashlib.sha256(), 0
    try:
        with opened.open(name) as source, target.open("wb") as copy:
            for chunk in iter(lambda: source.read(1 << 20), b""):
                digest.update(chunk)
                count += copy.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        count = -1
    if count != size or digest.hexdigest() != checksum:
        raise UnpackError(f"« {name} » est abîmé dans l’archive : copiez-la de nouveau.")
    if opened.getinfo(name).external_attr >> 16 & stat.S_IXUSR:
        target.chmod(0o755)


def next_steps(manifest: dict, folder: Path) -> str:
    """Return what to type next, and whether the packages for this computer came along."""
    targets, here = manifest.get("targets", []), this_computer()
    if here in targets:
        packages = "Les paquets pour cet ordinateur sont là : aucun réseau n’est nécessaire."
    elif targets:
        packages = (
            f"⚠ Les paquets de l’archive sont pour {', '.join(targets)} ; cet ordinateur est {here}.\n"
            "   Recommencez avec un Python de la liste, sinon les paquets seront téléchargés."
        )
    else:
        packages = "Les paquets seront téléchargés : il faut le réseau la première fois."
    windows = os.name == "nt"
    python = "py -{}.{}".format(*sys.version_info) if windows else Path(sys.executable).name
    runner = ".venv\\Scripts\\python" if windows else ".venv/bin/python"
    return f"""{packages}

Tapez maintenant :
   cd "{folder}"
   {python} -m workshop setup
   {runner} -m workshop lab"""


def main(arguments: list) -> int:
    """Unpack the archive ``arguments[0]`` into the folder ``arguments[1]`` (by default ``atelier`` in the home folder)."""
    speak_utf8()
    refusal = wrong_python(" ".join(arguments))
    if refusal:
        print(f"❌ {refusal}", file=sys.stderr)
        return 1
    archive = Path(arguments[0])
    folder = Path(os.path.expanduser(arguments[1])).absolute() if len(arguments) > 1 else Path.home() / TOP
    print(f"Copie et vérification dans « {folder} »…", flush=True)
    try:
        manifest = unpack(archive, folder)
    except UnpackError as error:
        print(f"\n❌ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrompu : rien n’est resté. Relancez la même commande pour recommencer.", file=sys.stderr)
        return 130
    print(f"✅ {len(manifest['files'])} fichiers, tous conformes.\n\n{next_steps(manifest, folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
