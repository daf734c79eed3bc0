"""Where the files of a GPT-2 are: in the repository, in a folder, on a USB key, in the cache of the hub or on the hub.

Nothing is loaded here, so that finding a model takes no time.
"""

from pathlib import Path

from .errors import WorkshopError
from .settings import KEY, say, settings

#: The French GPT-2 of 124 million parameters that the GPU lane specialises (Minixhofer et al., « WECHSEL », 2022).
GPU_MODEL = "benjamin/gpt2-wechsel-french"

#: Everything a model needs, and nothing that could run code: no pickle (``.bin``, ``.pt``), no Python.
_SAFE_FILES = ["*.json", "*.txt", "*.model", "model*.safetensors"]


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
    found = _find(name) if name else embedded()
    if found is None:
        say(f"« {name} » n’est pas dans le cache et le réseau ne répond pas : on continue avec le modèle embarqué.")
    return found or embedded()


def locate_exactly(name: str) -> Path:
    """Return the folder of this model and no other: nothing stands in for one that is out of reach.

    Raises:
        WorkshopError: no name was given, or there is no such model within reach.
    """
    if not name:
        raise WorkshopError("Tapez le chemin du dossier d’un modèle, par exemple outputs/sand/gpt2.")
    if (folder := _find(name)) is None:
        raise WorkshopError(f"« {name} » n’est ni un dossier d’ici, ni dans le cache, et le réseau ne répond pas.")
    return folder


def _find(name: str) -> Path | None:
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if _looks_like_a_path(name):
        raise WorkshopError(f"Le dossier « {name} » n’existe pas : corrigez le chemin du modèle (MODEL_NAME).")
    return _from_hub(name)


def embedded() -> Path:
    """Return the folder of the model that ships with the workshop."""
    folder = settings().data / "models" / "gpt2-fr"
    if not folder.is_dir():
        raise WorkshopError("Le modèle embarqué (data/models/gpt2-fr) est absent : récupérez le dépôt de l’atelier en entier.")
    return folder


def in_cache(name: str) -> Path | None:
    """Return the folder of a model that is on this machine (from a USB key, or in the cache of the hub), else ``None``."""
    from huggingface_hub import snapshot_download

    folder = KEY / "models" / name.replace("/", "--")
    if folder.is_dir():
        return folder
    try:
        return Path(snapshot_download(name, allow_patterns=_SAFE_FILES, local_files_only=True))
    except (OSError, ValueError):  # not there, or not a name of the hub
        return None


def _looks_like_a_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1


def _from_hub(name: str) -> Path | None:
    """Return the folder where the files of a hub model were downloaded, ``None`` when no network brings them."""
    from huggingface_hub import errors, snapshot_download
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    if (folder := KEY / "models" / name.replace("/", "--")).is_dir():  # it came on a USB key
        return folder
    silent = are_progress_bars_disabled()
    if settings().quiet:
        disable_progress_bars()
    try:
        return Path(snapshot_download(name, allow_patterns=_SAFE_FILES, local_files_only=settings().offline))
    except (errors.RepositoryNotFoundError, errors.HFValidationError, errors.RevisionNotFoundError) as error:
        raise WorkshopError(
            f"Le modèle « {name} » n’existe pas sur huggingface.co (ou il est privé) et n’est pas un dossier d’ici : "
            "vérifiez son nom (MODEL_NAME)."
        ) from error
    except OSError:  # nothing in the cache, and no network, or too poor a one
        return None
    finally:
        if not silent:
            enable_progress_bars()
