"""Is this machine ready? A table of « OK » and « à faire », with what to do on each line.

It runs before anything is installed: only Python's standard library is imported, unless the packages are there.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ..base.errors import WorkshopError
from ..base.settings import HOW_TO_OPEN, INSTALLED, Settings, expanded, nvidia_cards, settings, unreadable
from ..base.typography import french
from . import environment, resources, unpack

OK, TODO, NOTE = "OK", "à faire", "à savoir"

PORT = 8888
ENVIRONMENT_GB = {"cpu": 4, "gpu": 8}  #: 3.4 for the packages, 7.0 with CUDA, and pip keeps what it downloaded
CHAPTERS_GB = {"cpu": 1, "gpu": 4}  #: what the chapters make; with a card, the larger model and two checkpoints of its training
NEEDED_GB_RAM, EASY_GB_RAM = 4, 6  #: for chapter 04 alone, and with another one left open (data/measured.json)
LARGE_MODEL = 2e9  #: bytes of weights above which opening a model to see whether it opens would take too long
KERAS_BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}
SIGNS = {OK: "✅", TODO: "❌", NOTE: "ℹ️"}
NO_ENVIRONMENT = (
    "réinstallez l’atelier avec pip\u00a0: il apporte ses paquets"
    if INSTALLED
    else "lancez « make lab » (Windows : « py -m workshop setup ») : il prépare l’environnement"
)


@dataclass(frozen=True)
class Check:
    """One line of the table: what was looked at, the verdict, what was found, what to do about it."""

    name: str
    state: str
    found: str
    advice: str = ""


def pinned(requirements: Path = environment.REQUIREMENTS) -> dict[str, str]:
    """Return the versions of ``requirements.txt`` that apply to this platform, by package (simple markers only).

    There are none where pip installed the package alone: it then saw to the versions itself.
    """
    versions: dict[str, str] = {}
    if not requirements.is_file():
        return versions
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([\w.-]+)==([^ ;]+)(?: ; (.+))?$", line):
            name, version, marker = match.groups()
            if marker is None or _applies(marker):
                versions[name] = version
    return versions


def _applies(marker: str) -> bool:
    """Evaluate a marker, if ``packaging`` is there to do it; without it, count the package as not needed."""
    try:
        from packaging.markers import Marker
    except ImportError:
        return False
    return Marker(marker).evaluate()


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Check:
    """Look at the version of Python."""
    low, high = unpack.SUPPORTED
    text = ".".join(map(str, version))
    if low <= version <= high:
        return Check("Python", OK, text)
    return Check("Python", TODO, text, f"installez Python {low[0]}.{low[1]} à {high[0]}.{high[1]}, puis « make lab »")


MAIN_PACKAGES = ("jupyterlab", "ipywidgets", "transformers", "datasets", "torch", "keras", "nltk", "matplotlib")


def check_packages(version_of: Callable[[str], str] = importlib.metadata.version) -> Check:
    """Look for the packages of the workshop and compare their versions with the pinned ones."""
    versions, missing, different = pinned(), [], []
    for name in (*MAIN_PACKAGES, *(name for name in versions if name.startswith("tensorflow"))):  # none for the newest Python
        try:
            found = version_of(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if name in versions and found != versions[name]:
            different.append(f"{name} {found} (prévu : {versions[name]})")
    if missing:
        return Check("Paquets", TODO, f"absents : {', '.join(missing)}", NO_ENVIRONMENT)
    if different:
        return Check("Paquets", NOTE, ", ".join(different), "cela marche sans doute ; « make lab » donne les versions prévues")
    return Check(
        "Paquets", OK, f"transformers {version_of('transformers')}, keras {version_of('keras')}, torch {version_of('torch')}"
    )


def check_widgets(find: Callable[[str], object] = importlib.util.find_spec) -> Check:
    """Look for the front-end part of ipywidgets, without which sliders stay text."""
    if find("ipywidgets") is None or find("jupyterlab_widgets") is None:
        return Check(
            "Curseurs (ipywidgets)",
            TODO,
            "extension absente",
            "« pip install ipywidgets jupyterlab_widgets », puis rechargez la page",
        )
    return Check("Curseurs (ipywidgets)", OK, "extension présente")


def check_memory(gigabytes: float | None) -> Check:
    """Compare the memory with what chapter 04 needs, alone and beside another chapter."""
    if gigabytes is None:
        return Check("Mémoire", NOTE, "illisible", f"il faut {NEEDED_GB_RAM} Go")
    found = f"{gigabytes:.0f} Go"
    if gigabytes < NEEDED_GB_RAM:
        return Check("Mémoire", TODO, found, "fermez les autres applications, ou suivez l’atelier dans Colab")
    if gigabytes < EASY_GB_RAM:
        advice = "un chapitre à la fois : avant le suivant, menu « Noyau », « Fermer tous les noyaux »"
        return Check("Mémoire", NOTE, found, advice)
    return Check("Mémoire", OK, found)


def needed_gb(here: Settings, installed: bool) -> int:
    """Return the space that is still to be taken, in GB: by the chapters, and by the packages unless they are there."""
    return CHAPTERS_GB[here.profile] + (0 if installed else ENVIRONMENT_GB[here.profile])


def check_disk(free: float, needed: int) -> Check:
    """Compare the free space with what is still to be taken, both in GB."""
    if free < needed:
        advice = f"libérez de la place : il en faut {needed} Go"
        return Check("Disque", TODO, f"{french(free, 1)} Go libres", advice)
    return Check("Disque", OK, f"{free:.0f} Go libres")


def check_processor() -> Check:
    """Say how many cores there are and whether they compute in bfloat16."""
    cores = os.cpu_count() or 1
    if not _can_load_gpt2():
        return Check("Processeur", NOTE, f"{cores} cœurs", "bfloat16 : à voir quand les paquets seront installés")
    from ..gpt2 import model as gpt2

    fast = "bfloat16 natif : entraînement rapide" if gpt2.supports_bf16() else "sans bfloat16 natif : calcul en float32"
    return Check("Processeur", OK, f"{cores} cœurs, {fast}")


def gpu_name(cards: list[str]) -> str | None:
    """Return name, memory and driver of the first NVIDIA card, for a reader, and how many others there are."""
    if not cards:
        return None
    name, memory, driver = ([*(part.strip() for part in cards[0].split(",")), "", ""])[:3]
    size = f", {float(memory) / 1024:.0f} Go" if memory.isdigit() else ""
    others = f" (et {len(cards) - 1} de plus)" if len(cards) > 1 else ""
    return f"{name}{size}, pilote {driver}{others}"


def check_gpu(name: str | None, tool: bool, torch_sees_it: bool | None) -> Check:
    """Judge the graphics card: none (fine), seen, driver silent, or not seen by torch."""
    if not tool:
        return Check("Carte graphique", OK, "aucune : l’atelier est fait pour s’en passer")
    if name is None:
        advice = "l’atelier s’en passe ; pour vous en servir, réinstallez le pilote NVIDIA"
        return Check("Carte graphique", NOTE, "nvidia-smi ne répond pas", advice)
    if torch_sees_it is False:
        advice = "l’atelier s’en passe ; pour vous en servir, installez un torch compilé pour CUDA"
        return Check("Carte graphique", NOTE, f"{name}, mais torch ne la voit pas", advice)
    return Check("Carte graphique", OK, name)


def check_books(here: Settings) -> Check:
    """Say which books the chapters will use."""
    try:
        from .. import corpus
    except ImportError:
        return Check("Livres", NOTE, "à voir quand les paquets seront installés")
    if here.collection:
        return _check_collection(corpus, here)
    if corpus.available("sand"):
        return Check("Livres", OK, "romans de George Sand, déjà sur cette machine")
    if here.offline:
        return Check("Livres", OK, "Veillées embarquées (sans réseau)")
    return Check("Livres", OK, "Veillées embarquées ; « python -m workshop books » télécharge les romans de George Sand")


def _check_collection(corpus: ModuleType, here: Settings) -> Check:
    """Judge the collection that WORKSHOP_COLLECTION asks for: no other takes its place."""
    try:
        here_already = corpus.available(here.collection)
    except WorkshopError as error:
        return Check("Livres", TODO, f"WORKSHOP_COLLECTION vaut «\u00a0{here.collection}\u00a0»", str(error))
    if here_already:
        return Check("Livres", OK, f"collection «\u00a0{here.collection}\u00a0», déjà sur cette machine")
    missing = f"collection «\u00a0{here.collection}\u00a0», dont des livres manquent ici"
    if here.offline:
        advice = "retirez WORKSHOP_COLLECTION, ou rétablissez le réseau puis lancez «\u00a0python -m workshop books\u00a0»"
        return Check("Livres", TODO, missing, advice)
    return Check("Livres", NOTE, missing, "lancez «\u00a0python -m workshop books\u00a0» tant que le réseau est là")


def check_outputs(folder: Path) -> Check:
    """Write a file where the chapters will put what they make."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0")
    except OSError as error:
        advice = "ouvrez ce dossier en écriture, ou donnez-en un autre par WORKSHOP_OUTPUTS"
        return Check("Résultats", TODO, f"«\u00a0{folder}\u00a0» ne peut pas être écrit ({error.strerror or error})", advice)
    return Check("Résultats", OK, "on peut y écrire")


def check_shared(here: Settings, environ: Mapping[str, str] = os.environ) -> list[Check]:
    """Say which folders that this machine was given to read (those of a class server) are closed to its user."""
    models = environ.get("HF_HUB_CACHE")
    closed = [unreadable(folder) for folder in (here.books, Path(models) if models else None)]
    return [Check("Dossier partagé", TODO, f"«\u00a0{path}\u00a0» ne peut pas être lu", HOW_TO_OPEN) for path in closed if path]


def check_model(here: Settings) -> Check:
    """Open the embedded French GPT-2."""
    folder = here.data / "models" / "gpt2-fr"
    if not (folder / "model.safetensors").is_file():
        return Check("Modèle", TODO, "data/models/gpt2-fr absent", "le dépôt est incomplet\u00a0: clonez-le de nouveau")
    if trouble := _trouble_with(folder):
        return Check("Modèle", TODO, f"data/models/gpt2-fr est abîmé ({trouble})", "reprenez ce dossier dans le dépôt")
    return Check("Modèle", OK, "GPT-2 français embarqué")


def check_named_model(here: Settings) -> list[Check]:
    """Judge the model that MODEL_NAME asks for, if there is one: opened when it is here, never downloaded."""
    name = here.model_name
    if not name or not _can_load_gpt2():
        return []
    from ..base import models

    folder, called = expanded(name), f"«\u00a0{name}\u00a0»"
    if folder.is_dir() or models.looks_like_a_path(name):
        trouble = _trouble_with(folder) if folder.is_dir() else "ce dossier n’existe pas"
        advice = "corrigez MODEL_NAME, ou retirez cette variable"
        return [Check("MODEL_NAME", TODO, f"{called}\u00a0: {trouble}", advice) if trouble else Check("MODEL_NAME", OK, called)]
    if models.in_cache(name):
        return [Check("MODEL_NAME", OK, f"{called}, déjà sur cette machine")]
    if here.offline:
        advice = "sans réseau, les chapitres prendront le modèle embarqué\u00a0: retirez cette variable, ou rétablissez le réseau"
        return [Check("MODEL_NAME", TODO, f"{called} n’est pas sur cette machine", advice)]
    advice = "le premier chapitre qui s’en sert le télécharge\u00a0: faites-le tant que le réseau est là"
    return [Check("MODEL_NAME", NOTE, f"{called} n’est pas sur cette machine", advice)]


def _trouble_with(folder: Path) -> str:
    """Return why the model in ``folder`` cannot be opened; nothing when it can, or when that cannot be told here."""
    if not _can_load_gpt2() or sum(path.stat().st_size for path in folder.glob("*.safetensors")) > LARGE_MODEL:
        return ""
    from ..gpt2 import model as gpt2

    try:
        gpt2.read(folder)
    except WorkshopError as error:
        return str(error).rstrip(".")
    return ""


def check_port(port: int = PORT) -> Check:
    """See whether JupyterLab's usual port is free, or held by JupyterLab itself, from which the doctor is often asked."""
    if resources.is_free(port):
        return Check("Port", OK, f"{port} est libre")
    if resources.jupyter_answers(port):
        return Check("Port", OK, f"{port} est occupé par JupyterLab lui-même")
    return Check("Port", NOTE, f"{port} est pris", f"JupyterLab prendra le suivant ({port + 1})")


def check_proxy(environ: dict[str, str], reachable: Callable[[], bool] | None) -> Check:
    """Say whether downloads go through; being offline is no fault."""
    proxy = environ.get("HTTPS_PROXY") or environ.get("https_proxy")
    if reachable is None:
        return Check("Réseau", NOTE, "hors ligne par choix : tout ce qu’il faut est embarqué")
    if reachable():
        return Check("Réseau", OK, "Project Gutenberg répond")
    if proxy:
        return Check("Réseau", NOTE, "le proxy ne laisse pas passer", "vérifiez HTTPS_PROXY ; l’atelier marche aussi sans réseau")
    return Check("Réseau", NOTE, "pas de réseau : tout ce qu’il faut est embarqué")


def check_lane(here: Settings) -> Check:
    """Name the lane, what it computes with, and the minutes to expect."""
    if here.profile == "gpu" and _torch_sees_gpu() is False:
        advice = "posez WORKSHOP_PROFILE=cpu (le grand modèle demanderait des heures au processeur), ou mettez le pilote à jour"
        return Check("Voie", TODO, "carte graphique, mais torch n’en voit aucune", advice)
    if here.profile == "gpu":
        return Check("Voie", OK, f"carte graphique : GPT-2 de 124 millions de paramètres{_means()}")
    return Check("Voie", OK, f"processeur : GPT-2 embarqué, spécialisé en deux à trois minutes sur 2 cœurs{_means()}")


def _means() -> str:
    """Say in which numbers GPT-2 is trained and what computes under Keras, when torch is there to tell."""
    if not _can_load_gpt2():
        return ""
    from ..base import lane
    from ..gpt2 import model as gpt2

    numbers, backend = str(gpt2.half_precision() or "float32").removeprefix("torch."), lane.keras_backend()
    return f" ({numbers}, Keras sur {KERAS_BACKENDS.get(backend, backend)})"


def _can_load_gpt2() -> bool:
    return all(importlib.util.find_spec(name) for name in ("torch", "transformers"))


def _torch_sees_gpu() -> bool | None:
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    return torch.cuda.is_available()


def examine() -> list[Check]:
    """Look at everything, in the order of the table."""
    here = settings()
    tool, cards = shutil.which("nvidia-smi") is not None, nvidia_cards()
    packages = check_packages()
    return [
        check_python(),
        packages,
        check_widgets(),
        check_memory(resources.memory_gb()),
        check_disk(resources.free_gb(here.outputs), needed_gb(here, installed=packages.state != TODO)),
        check_processor(),
        check_gpu(gpu_name(cards), tool, _torch_sees_gpu() if cards else None),
        check_books(here),
        *check_shared(here),
        check_model(here),
        *check_named_model(here),
        check_outputs(here.outputs),
        check_port(),
        check_proxy(dict(os.environ), None if here.offline else resources.gutenberg_answers),
        check_lane(here),
    ]


def table(checks: list[Check]) -> str:
    """Return the checks as lines of text, verdict first."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{SIGNS[check.state]} {check.state:<8}  {check.name:<{width}}  {check.found}")
        if check.advice:
            lines.append(f"{'':<{width + 15}}→ {check.advice}")
    return "\n".join(lines)
