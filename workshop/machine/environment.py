"""Make the environment of the workshop, with nothing but Python's standard library.

    python -m workshop setup

The packages of ``requirements.txt`` go into ``.venv``.  A finished environment carries a stamp (Python's version and a
checksum of the list); anything else, half-made, broken or out of date, is made again.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from ..base.errors import WorkshopError
from ..base.settings import KEY, ROOT
from .unpack import this_computer, wrong_python

FOLDER, REQUIREMENTS = ROOT / ".venv", ROOT / "requirements.txt"
WHEELS, TARGETS = KEY / "wheels", KEY / "targets.json"  # packages that came on a USB key, and the computers that they are for


def interpreter(folder: Path = FOLDER) -> Path:
    """Return the Python of the environment, whether it exists or not."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _fingerprint(requirements: Path) -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]} {hashlib.sha256(requirements.read_bytes()).hexdigest()}"


def is_ready(folder: Path = FOLDER, requirements: Path = REQUIREMENTS) -> bool:
    """Return whether the environment was finished, for this list of packages, and its Python still runs."""
    stamp = folder / "stamp.txt"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != _fingerprint(requirements):
        return False
    try:
        return subprocess.run([interpreter(folder), "-c", "import pip"], capture_output=True).returncode == 0
    except OSError:
        return False


def check_python() -> None:
    """Refuse a Python that the libraries do not know.

    Raises:
        WorkshopError: the version is not between the two of ``unpack.SUPPORTED``.
    """
    if refusal := wrong_python("-m workshop setup"):
        raise WorkshopError(refusal)


def make(folder: Path = FOLDER, requirements: Path = REQUIREMENTS) -> None:
    """Make the environment unless it is ready, and show how far it is.

    Raises:
        WorkshopError: the packages could not be installed; the message ends with the last lines of pip.
    """
    if is_ready(folder, requirements):
        return
    check_python()
    if folder.exists():
        print("L’environnement est incomplet ou ancien : il est refait.", flush=True)
        shutil.rmtree(folder)
    origin = _origin()
    how = "sans réseau, avec les paquets de la clé" if origin else "2 à 10 minutes selon le réseau"
    print(f"Préparation de l’environnement (une seule fois, {how})…", flush=True)
    venv.create(folder, with_pip=True)
    _install(folder, requirements, origin)
    _show_the_package(folder)
    (folder / "stamp.txt").write_text(_fingerprint(requirements), encoding="utf-8")
    print("L’environnement est prêt.", flush=True)


def _origin() -> list[str]:
    """Return the options that make pip take the wheels of the USB key and nothing else, if they are for this computer."""
    if not WHEELS.is_dir():
        return []
    fitting = json.loads(TARGETS.read_text(encoding="utf-8"))
    if this_computer() not in fitting:
        print(f"Les paquets de la clé sont pour {', '.join(fitting)}, et ce Python est {this_computer()} : ils sont téléchargés.")
        return []
    return ["--no-index", "--find-links", str(WHEELS)]


def _show_the_package(folder: Path) -> None:
    """Let ``import workshop`` work from any folder (solutions run as scripts, notebooks copied elsewhere)."""
    purelib = subprocess.check_output(
        [interpreter(folder), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True, encoding="utf-8"
    )
    Path(purelib.strip(), "workshop.pth").write_text(f"{ROOT}\n", encoding="utf-8")


def _install(folder: Path, requirements: Path, origin: Sequence[str] = ()) -> None:
    total = sum(1 for line in requirements.read_text(encoding="utf-8").splitlines() if "==" in line)
    command = [interpreter(folder), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *origin]
    command += ["-r", requirements]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    )
    tail, count, live = [], 0, sys.stdout.isatty()
    for line in process.stdout:
        tail = [*tail[-14:], line.rstrip()]
        if line.startswith(("Collecting", "Processing")):  # "Processing": from a folder
            count += 1
            message = f"  [{count:3}/{total}] {Path(line.split()[1]).name}"
            if live:
                print(f"\r{message:<70}", end="", flush=True)
            elif count % 25 == 0:
                print(message, flush=True)
        elif line.startswith("Installing collected"):
            print(f"{chr(13) if live else ''}  Installation des paquets…{'':<50}", flush=True)
    if process.wait():
        raise WorkshopError(
            "L’installation des paquets a échoué : vérifiez le réseau (ou le proxy) et l’espace disque, puis relancez la même "
            "commande.\nDernières lignes de pip :\n  " + "\n  ".join(tail)
        )
