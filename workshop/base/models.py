"""Where the files of a GPT-2 are: in the repository, in a folder, on a USB key, in the cache of the hub or on the hub.

Nothing is loaded here, so that finding a model takes no time.
"""

import os
from pathlib import Path

from . import hub
from .errors import WorkshopError
from .settings import KEY, ROOT, expanded, pasted, say, settings, unreadable
from .web import OutOfReachError

#: The French GPT-2 of 124 million parameters that the GPU lane specialises (Minixhofer et al., « WECHSEL », 2022).
GPU_MODEL = "benjamin/gpt2-wechsel-french"

#: Why a model could not be had, by its name: a session that has begun with the embedded one goes on with it, and waits once.
_replaced: dict[str, str] = {}

#: Where the models of the hub are that this session has found: a network that has died since is not asked for them again.
_found: dict[str, Path] = {}


def locate(name: str | None = None) -> Path:
    """Return the folder of a model's files.

    Args:
        name: a folder or a name on the Hugging Face hub.  By default ``MODEL_NAME``, else the model that ships with the
            workshop (room lane) or :data:`GPU_MODEL` (GPU lane).  A hub model that is neither in the cache nor reachable
            is replaced by the embedded one, and a sentence says so.

    Raises:
        WorkshopError: there is no such model.
    """
    name = name or settings().model_name or (GPU_MODEL if settings().profile == "gpu" else None)
    if not name or name in _replaced:
        return embedded()
    try:
        return _find(name)
    except OutOfReachError as reason:
        _replaced[name] = str(reason)
        say(f"«\u00a0{name}\u00a0» n’est pas en entier dans le cache, et {reason}\u00a0: on continue avec le modèle embarqué.")
    return embedded()


def new_session() -> None:
    """Forget which models could not be had, and which could: they are looked for again."""
    _replaced.clear()
    _found.clear()


def locate_exactly(name: str) -> Path:
    """Return the folder of this model and no other: nothing stands in for one that is out of reach.

    Raises:
        WorkshopError: no name was given, or there is no such model within reach.
    """
    if not name:
        raise WorkshopError("Tapez le chemin du dossier d’un modèle, par exemple outputs/sand/gpt2.")
    try:
        return _find(name)
    except OutOfReachError as reason:
        raise WorkshopError(
            f"«\u00a0{name}\u00a0» n’est ni un dossier d’ici, ni en entier dans le cache, et {reason}."
        ) from reason


def _find(name: str) -> Path:
    name = pasted(name)
    folder = expanded(name)
    for place in (folder, ROOT / folder):  # notebooks run in a folder of theirs, and people type paths of the repository
        if os.path.isdir(place):  # false too, and not an error, where the name is too long
            return place
    if os.path.isfile(folder):
        raise WorkshopError(f"«\u00a0{name}\u00a0» est un fichier\u00a0: donnez le dossier du modèle, qui le contient.")
    if looks_like_a_path(name):
        why = "ne peut pas être lu" if unreadable(folder.parent) == folder.parent else "n’existe pas"
        raise WorkshopError(f"Le dossier «\u00a0{name}\u00a0» {why}\u00a0: corrigez le chemin du modèle (MODEL_NAME).")
    if name not in _found or not hub.is_whole(_found[name]):
        _found[name] = _from_key(name) or hub.fetch(name)
    return _found[name]


def embedded() -> Path:
    """Return the folder of the model that ships with the workshop."""
    folder = settings().data / "models" / "gpt2-fr"
    if not folder.is_dir():
        raise WorkshopError(
            "Le modèle embarqué (data/models/gpt2-fr) est absent\u00a0: récupérez le dépôt de l’atelier en entier."
        )
    return folder


def in_cache(name: str) -> Path | None:
    """Return the folder of a model that is on this machine (from a USB key, or in the cache of the hub), else ``None``."""
    return _from_key(name) or hub.cached(name)


def _from_key(name: str) -> Path | None:
    folder = KEY / "models" / name.replace("/", "--")
    return folder if hub.is_whole(folder) else None


def looks_like_a_path(name: str) -> bool:
    """Return whether a name can only be that of a folder, not that of a model of the hub."""
    return name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1
