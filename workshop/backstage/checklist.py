"""The day before a workshop: what whoever gives it looks at, in one list.

``python -m workshop doctor --room`` prints the list filled in for this machine; the checklist of ``solutions/INSTRUCTOR.md`` is
generated from it, so the two cannot disagree.
"""

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..base import models
from ..base.settings import Settings, expanded, settings
from ..machine import doctor, resources
from ..machine.doctor import NOTE, OK, TODO, Check

LAB_PORT, APP_PORT = doctor.PORT, 8866
SEAT_GB = 6  #: what a place may take on the class server: the default of MEMORY in docker/hub/jupyterhub_config.py


@dataclass(frozen=True)
class Item:
    """One line of the checklist: what to do, and the checks that see whether it is done; none where only eyes can tell."""

    advice: str
    look: Callable[[Settings], list[Check]] | None = None


def check_books(at_hand: bool) -> Check:
    """Say whether the novels are on this machine already: on the day, nobody should wait for a download."""
    if at_hand:
        return Check("Romans", OK, "ceux de George Sand sont sur cette machine")
    return Check(
        "Romans",
        NOTE,
        "les Veillées embarquées serviront",
        "pour les romans de George Sand : « python -m workshop books », tant qu’il y a du réseau",
    )


def check_hub_model(name: str | None, cached: bool) -> Check:
    """Look for the larger model in the cache, where one is asked for (a GPU, or MODEL_NAME)."""
    if name is None:
        return Check("Modèle du hub", OK, "aucun à télécharger : la voie du processeur n’en a pas besoin")
    if cached:
        return Check("Modèle du hub", OK, f"{name} est dans le cache")
    return Check("Modèle du hub", TODO, f"{name} n’est pas dans le cache", "ouvrez une fois le chapitre 04, avec du réseau")


def check_trained(missing: list[str]) -> Check:
    """Say which trainings this machine has still to do: on stage, a trained model is read back in seconds."""
    if not missing:
        return Check("Entraînés d’avance", OK, "le BiLSTM et le GPT-2 spécialisé sont prêts : relus en quelques secondes")
    return Check(
        "Entraînés d’avance", NOTE, f"il manque {' et '.join(missing)}", "« make demo » les entraîne, en quelques minutes"
    )


def check_slides(installed: bool, unfinished: list[str], stale: list[str]) -> Check:
    """Look at the solutions and the slides made from them.

    Args:
        installed: whether reveal.js is on this machine.
        unfinished: the chapters that nobody has executed.
        stale: those whose slides are missing or older than their notebook.
    """
    if not installed:
        return Check("Diapositives", TODO, "reveal.js est absent", doctor.NO_ENVIRONMENT)
    if stale:
        return Check("Diapositives", TODO, f"à refaire : {', '.join(stale)}", "lancez « make slides »")
    if unfinished:
        return Check("Diapositives", NOTE, f"pas de corrigé exécuté pour {', '.join(unfinished)}", "lancez « make notebooks »")
    return Check("Diapositives", OK, "faites, et à jour ; elles s’ouvrent sans réseau")


def check_stage(find: Callable[[str], object] = importlib.util.find_spec) -> Check:
    """Look for what shows a notebook as slides in JupyterLab, and the playground as a page of its own."""
    needed = {"jupyterlab_rise": "les diapositives dans JupyterLab", "voila": "la page de « make app »"}
    if missing := [what for name, what in needed.items() if find(name) is None]:
        return Check("Scène", TODO, f"il manque de quoi montrer {' et '.join(missing)}", doctor.NO_ENVIRONMENT)
    return Check("Scène", OK, "jupyterlab-rise et Voilà sont là")


def check_app_port(port: int = APP_PORT) -> Check:
    """See whether the port of the playground's page is free."""
    if resources.is_free(port):
        return Check("Port de la page", OK, f"{port} est libre")
    return Check("Port de la page", NOTE, f"{port} est pris", "la page est peut-être déjà ouverte, sinon fermez ce qui l’occupe")


def check_seats(gigabytes: float | None) -> Check:
    """Say how many people this machine could serve if it were the class server."""
    if gigabytes is None:
        return Check("Places", NOTE, "mémoire illisible", f"comptez {SEAT_GB} Go par personne sur le serveur de classe")
    seats = int(gigabytes // SEAT_GB)
    return Check(
        "Places", NOTE, f"en serveur de classe, cette machine porterait {seats} personne{'s' * (seats > 1)}, {SEAT_GB} Go chacune"
    )


def _environment(_: Settings) -> list[Check]:
    return [doctor.check_python(), doctor.check_packages(), doctor.check_widgets(), check_stage()]


def _machine(here: Settings) -> list[Check]:
    memory = doctor.check_memory(resources.memory_gb())
    disk = doctor.check_disk(resources.free_gb(here.outputs), doctor.needed_gb(here, installed=True))
    outputs = doctor.check_outputs(here.outputs)
    return [memory, disk, outputs, doctor.check_processor(), doctor.check_lane(here)]


def _novels_at_hand() -> bool:
    try:
        from .. import corpus
    except ImportError:
        return False
    return corpus.available("sand")


def _novels(here: Settings) -> list[Check]:
    return [check_books(_novels_at_hand()), *doctor.check_shared(here)]


def _models(here: Settings) -> list[Check]:
    name = here.model_name or (models.GPU_MODEL if here.profile == "gpu" else None)
    local = name is not None and (expanded(name).is_dir() or models.looks_like_a_path(name))
    named = doctor.check_named_model(here) if local else []
    name = None if local else name
    try:
        cached = name is not None and models.in_cache(name) is not None
    except ImportError:
        return [doctor.check_model(here)]
    return [doctor.check_model(here), *named, check_hub_model(name, cached)]


def _trained(here: Settings) -> list[Check]:
    collection = here.collection or ("sand" if _novels_at_hand() else "veillees")  # as the chapters choose, without downloading
    folders = {"le BiLSTM": "bilstm", "le GPT-2 spécialisé": "gpt2"}
    ready = (here.outputs / collection / name / "made-from.json" for name in folders.values())
    return [check_trained([what for what, path in zip(folders, ready, strict=True) if not path.is_file()])]


def _slides(here: Settings) -> list[Check]:
    try:
        from . import slides

        names = {path.stem for path in (here.root / "solutions").glob("[0-9][0-9]_*.py")}
        executed = {path.stem for path in (here.root / "solutions").glob("*.ipynb")}
        return [check_slides(slides.installed(), sorted(names - executed), slides.stale(here.root))]
    except ImportError:
        return [check_slides(False, [], [])]


def _ports(_: Settings) -> list[Check]:
    return [doctor.check_port(LAB_PORT), check_app_port()]


def _network(here: Settings) -> list[Check]:
    return [doctor.check_proxy(dict(os.environ), None if here.offline else resources.gutenberg_answers)]


def _seats(_: Settings) -> list[Check]:
    return [check_seats(resources.memory_gb())]


ITEMS = (
    Item(
        "`make lab` est passé : Python, les paquets aux versions prévues, les curseurs, Rise et Voilà.",
        _environment,
    ),
    Item(
        f"Mémoire ({doctor.NEEDED_GB_RAM} Go au moins, {doctor.EASY_GB_RAM} pour être à l’aise), disque "
        f"({doctor.CHAPTERS_GB['cpu']} Go libre), voie annoncée.",
        _machine,
    ),
    Item("Les romans sont là (`python -m workshop books`), ou vous avez choisi de travailler sur les Veillées.", _novels),
    Item("Le modèle embarqué est entier ; si un GPU ou `MODEL_NAME` en demande un plus grand, il est dans le cache.", _models),
    Item(
        "Les deux réseaux sont entraînés d’avance sur votre poste (`make demo`), pour rattraper un retard.",
        _trained,
    ),
    Item("Les diapositives sont faites (`make slides`) et vous les avez parcourues une fois.", _slides),
    Item(f"Les ports {LAB_PORT} (JupyterLab) et {APP_PORT} (`make app`) sont libres.", _ports),
    Item(
        "Vous savez si la salle a du réseau ; l’atelier s’en passe, mais mieux vaut ne pas l’apprendre sur place.",
        _network,
    ),
    Item(f"Si vous prêtez un serveur de classe, il a {SEAT_GB} Go par personne.", _seats),
    Item("Vous savez combien de personnes viennent, et combien arrivent sans ordinateur."),
    Item(
        "Deux clés USB portent l’archive (`python -m workshop pack atelier.zip`) et, à côté, la page `atelier.html` ; "
        "toutes deux essayées sur l’ordinateur d’un autre."
    ),
    Item("Une diapositive avec du code est projetée dans la salle : on la lit du dernier rang."),
    Item("Des multiprises, l’adresse du dépôt et le code du wifi écrits en grand, et de l’eau."),
)


def examine(here: Settings | None = None) -> list[Check]:
    """Look at everything on the list that a machine can see, in the order of the list."""
    here = here or settings()
    return [check for item in ITEMS if item.look for check in item.look(here)]


def report(checks: list[Check]) -> str:
    """Return the checklist filled in: the table of the checks, then what only eyes can see."""
    own = [f"☐ {item.advice.replace('`', '')}" for item in ITEMS if item.look is None]
    return "\n".join([doctor.table(checks), "", "À voir de vos yeux :", *own])


def checklist(_: Path) -> str:
    """Return the checklist as Markdown; ⚙ marks what the command looks at by itself."""
    return "".join(f"- [ ] {'⚙ ' if item.look else ''}{item.advice}\n" for item in ITEMS)
