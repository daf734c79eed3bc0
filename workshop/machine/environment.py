"""Make the environment of the workshop, with nothing but Python's standard library.

    python -m workshop setup

The packages of ``requirements.txt`` go into ``.venv``.  An environment of ours carries a stamp: what it was finished for (Python,
checksum of the list).  When only the list has changed, the packages are brought up to date in place; half-made or
broken, it is made again.  What carries no stamp is somebody else's, and nothing of it is touched.
"""

import hashlib
import http.client
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..base.errors import WorkshopError
from ..base.settings import KEY, ROOT, nvidia_cards
from .unpack import SUPPORTED, this_computer, wrong_python

FOLDER, REQUIREMENTS = ROOT / ".venv", ROOT / "requirements.txt"
WHEELS, TARGETS = KEY / "wheels", KEY / "targets.json"  # packages that came on a USB key, and the computers that they are for
UNFINISHED = "unfinished"

#: Settings that make pip install elsewhere, for another Python, in part or not at all.
ASTRAY = {f"PIP_{name}" for name in ("USER", "TARGET", "PREFIX", "ROOT", "PYTHON", "DRY_RUN", "NO_DEPS")}

#: Where PyTorch keeps its builds without CUDA: the package index has only those with it, for Linux.
TORCH_CPU, PATIENCE = "https://download.pytorch.org/whl/cpu", 5  # seconds


def interpreter(folder: Path = FOLDER) -> Path:
    """Return the Python of the environment, whether it exists or not."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _python_of(stamp: str | None) -> str | None:
    """Return the version of Python (``3.12``) that a finished environment was made with, if the libraries know it.

    It stays when the command that comes next is run by another one: made with ``PYTHON=python3.12``, it serves them all.
    """
    found = re.match(r"(\d+)\.(\d+) ", stamp or "")
    known = found is not None and SUPPORTED[0] <= (int(found[1]), int(found[2])) <= SUPPORTED[1]
    return f"{found[1]}.{found[2]}" if found and known else None


def _fingerprint(requirements: Path, python: str | None = None) -> str:
    python = python or f"{sys.version_info[0]}.{sys.version_info[1]}"
    return f"{python} {hashlib.sha256(requirements.read_bytes()).hexdigest()}"


def _stamp(folder: Path) -> str | None:
    """Return what the environment was finished for; None when it is not one of ours."""
    try:
        return (folder / "stamp.txt").read_text(encoding="utf-8")
    except OSError:
        return None


def _runs(folder: Path) -> bool:
    try:
        return subprocess.run([interpreter(folder), "-I", "-c", "import pip"], capture_output=True).returncode == 0
    except OSError:
        return False


def is_ready(folder: Path = FOLDER, requirements: Path = REQUIREMENTS) -> bool:
    """Return whether the environment was finished, for this list of packages, and its Python still runs."""
    stamp = _stamp(folder)
    return stamp is not None and stamp == _fingerprint(requirements, _python_of(stamp)) and _runs(folder)


def check_python() -> None:
    """Refuse a Python that the libraries do not know.

    Raises:
        WorkshopError: the version is not between the two of ``unpack.SUPPORTED``.
    """
    if refusal := wrong_python("-m workshop setup"):
        raise WorkshopError(refusal)


def make(folder: Path = FOLDER, requirements: Path = REQUIREMENTS, torch_cpu: str = TORCH_CPU) -> None:
    """Make the environment, or bring it up to date, unless it is ready; show how far it is.

    Raises:
        WorkshopError: something else is in its place, or the packages could not be installed; the message ends with the last
            lines of pip.
    """
    if is_ready(folder, requirements):
        return
    check_python()
    with _alone(folder):
        if is_ready(folder, requirements):  # another set-up has made it meanwhile
            return
        stamp = _stamp(folder)
        python = _python_of(stamp)
        usable = python is not None and _runs(folder)
        wanted = _fingerprint(requirements, python if usable else None)
        if not usable:
            _refuse_what_is_not_ours(folder)
        origin = _origin()
        how = "sans réseau, avec les paquets de la clé" if origin else "2 à 10 minutes selon le réseau"
        if usable:
            print("La liste des paquets a changé\u00a0: l’environnement est mis à jour sur place…", flush=True)
            (folder / "stamp.txt").write_text(f"{python} {UNFINISHED}", encoding="utf-8")  # between the old list and the new
        else:
            if stamp is not None:
                print("L’environnement est incomplet ou ancien\u00a0: il est refait.", flush=True)
                shutil.rmtree(folder)
            print(f"Préparation de l’environnement (une seule fois, {how})…", flush=True)
            _begin(folder)
        if not origin:
            _choose_torch(folder, requirements, torch_cpu)
        _install(folder, requirements, origin)
        _show_the_package(folder)
        (folder / "stamp.txt").write_text(wanted, encoding="utf-8")
        print("L’environnement est prêt.", flush=True)


def _refuse_what_is_not_ours(folder: Path) -> None:
    """Raise a sentence when something is there that the workshop has not made, or a link to what would have to be made again."""
    if folder.is_symlink():
        what = f"un lien vers «\u00a0{os.readlink(folder)}\u00a0»"
    elif _stamp(folder) is not None or not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    elif (folder / "pyvenv.cfg").is_file():
        what = "un environnement Python que l’atelier n’a pas fait"
    else:
        what = "un dossier que l’atelier n’a pas fait" if folder.is_dir() else "un fichier"
    advice = "renommez-le, ou supprimez-le s’il ne vous sert plus, puis relancez la même commande."
    raise WorkshopError(f"«\u00a0{folder}\u00a0» est {what}, et l’atelier n’y touche pas\u00a0: {advice}")


def _begin(folder: Path) -> None:
    """Make an environment without packages, which says from its first moment that it is ours, and unfinished."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stamp.txt").write_text(UNFINISHED, encoding="utf-8")
    if importlib.util.find_spec("ensurepip") is None:
        raise WorkshopError(
            f"Il manque à ce Python de quoi faire un environnement (ensurepip)\u00a0: {_ensurepip_from()}, puis relancez la même "
            "commande."
        )
    try:
        venv.create(folder, with_pip=True)
    except subprocess.CalledProcessError as error:
        said = (error.output or b"").decode("utf-8", "replace").strip().splitlines()[-1:] or ["sans rien dire"]
        raise WorkshopError(
            f"L’environnement n’a pas pu être commencé dans «\u00a0{folder}\u00a0» ({said[0]})\u00a0: voyez s’il reste de la "
            "place, puis relancez la même commande."
        ) from error


def _ensurepip_from() -> str:
    """Say where what Debian keeps apart from its Python comes from."""
    if shutil.which("apt"):
        return f"installez-le («\u00a0sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv\u00a0»)"
    return "installez un Python complet (python.org)"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other set-up works on the same environment; the system frees the lock of one that was killed."""
    with open(folder.with_name(f"{folder.name}.lock"), "a", encoding="utf-8") as file:
        said = False
        while not _locked(file.fileno()):
            if not said:
                print("L’environnement est déjà en préparation dans une autre fenêtre : on attend qu’elle ait fini…", flush=True)
                said = True
            time.sleep(0.5)
        yield


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _pip(folder: Path) -> list[str]:
    """Return the command that installs packages here, whatever ``PYTHONPATH`` and the user's ``pip.conf`` say."""
    return [str(interpreter(folder)), "-I", "-m", "pip", "install", "--no-user", "--no-input", "--disable-pip-version-check"]


def _surroundings() -> dict[str, str]:
    """Return the variables that pip may read: the user's index, proxy and certificates, and nothing that sends packages away."""
    return {name: value for name, value in os.environ.items() if name.upper() not in ASTRAY}


def _ran(*command: str) -> bool:
    return subprocess.run(command, env=_surroundings(), capture_output=True).returncode == 0


def _choose_torch(folder: Path, requirements: Path, index: str) -> None:
    """On Linux without an NVIDIA driver, install the torch that has no CUDA, if PyTorch's index answers; say which one it is."""
    if sys.platform != "linux":  # elsewhere, the usual one has no CUDA
        return
    pins = requirements.read_text(encoding="utf-8").splitlines()
    torch = next((line for line in pins if line.startswith("torch==")), None)
    if torch is None or nvidia_cards() or any(folder.glob(f"lib/python*/site-packages/{torch.replace('==', '-')}*.dist-info")):
        return
    pip = [*_pip(folder), "--quiet", "--no-deps"]
    if _answers(f"{index}/torch/") and _ran(*pip, "--index-url", index, torch):
        print("  torch\u00a0: la version pour processeur, car aucun pilote NVIDIA ne répond ici.", flush=True)
    else:
        print(
            "  torch : la version habituelle, avec CUDA (plus de 3 Go en plus), car l’index de PyTorch ne répond pas.", flush=True
        )


def _answers(address: str, seconds: float = PATIENCE) -> bool:
    """Return whether there is a page at this address within so many seconds, whatever takes longer: name, proxy or server."""
    heard = threading.Event()

    def ask() -> None:
        with suppress(OSError, ValueError, http.client.HTTPException), urllib.request.urlopen(address, timeout=seconds) as page:
            if page.status == 200:
                heard.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return heard.is_set()


def _origin() -> list[str]:
    """Return the options that make pip take the wheels of the USB key and nothing else, if they are for this computer."""
    if not WHEELS.is_dir():
        return []
    try:
        fitting = json.loads(TARGETS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        print(f"« {TARGETS.name} », qui dit pour qui sont les paquets de la clé, est illisible : ils sont téléchargés.")
        return []
    if this_computer() not in fitting:
        print(f"Les paquets de la clé sont pour {', '.join(fitting)}, et ce Python est {this_computer()} : ils sont téléchargés.")
        return []
    return ["--no-index", "--find-links", str(WHEELS)]


def _show_the_package(folder: Path) -> None:
    """Let ``import workshop`` work from any folder (solutions run as scripts, notebooks copied elsewhere)."""
    command = [str(interpreter(folder)), "-I", "-X", "utf8", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    purelib = subprocess.check_output(command, text=True, encoding="utf-8")  # on Windows, paths are printed otherwise by default
    line = f"import sys; sys.path.append({str(ROOT)!a})\n"  # in ASCII: until Python 3.13, in no encoding but the system's
    Path(purelib.strip(), "workshop.pth").write_text(line, encoding="ascii")


def _install(folder: Path, requirements: Path, origin: Sequence[str] = ()) -> None:
    total = sum(1 for line in requirements.read_text(encoding="utf-8").splitlines() if "==" in line)
    command = [*_pip(folder), *origin, "-r", str(requirements)]
    process = subprocess.Popen(
        command,
        env=_surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    tail: list[str] = []
    count, live = 0, sys.stdout.isatty()
    for line in process.stdout or ():
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
            "commande.\nDernières lignes de pip\u00a0:\n  " + "\n  ".join(tail)
        )
    if absent := _absent(folder, requirements):
        raise WorkshopError(
            f"pip dit avoir fini, et il manque {', '.join(absent[:4])}{'…' * bool(absent[4:])} dans l’environnement : un de vos "
            "réglages de pip (« pip config list » les montre) l’empêche d’installer. Retirez-le, puis relancez la même commande."
        )


def _absent(folder: Path, requirements: Path) -> list[str]:
    """Return the packages that every computer needs and that this environment lacks."""
    pins = [line for line in requirements.read_text(encoding="utf-8").splitlines() if "==" in line and ";" not in line]
    look = "import sys, importlib.metadata as m; print(*[name for name in sys.argv[1:] if not [*m.distributions(name=name)]])"
    command = [str(interpreter(folder)), "-I", "-c", look, *(re.split(r"\[|==", line)[0] for line in pins)]
    return subprocess.check_output(command, text=True, encoding="utf-8").split()
