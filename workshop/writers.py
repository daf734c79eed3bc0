"""The models to write with, as the playground and the terminal name them: those of the chapters, or any folder.

Nothing is ever trained here: a model that no chapter has made yet is refused with the number of the chapter that makes it.
"""

from collections.abc import Callable

from . import steps
from .base.errors import WorkshopError
from .base.keeping import RECORD, is_whole
from .base.lane import use_keras
from .base.models import locate_exactly
from .generation.streaming import BilstmWriter, Gpt2Writer, Writer

#: How the command line calls the models of the chapters, and how the playground does.
MODELS = {"base": "GPT-2 de base", "specialised": "GPT-2 spécialisé", "bilstm": "BiLSTM"}


def at_hand() -> dict[str, Callable[[], Writer]]:
    """Return what loads each of :data:`MODELS`, by its French name; nothing is loaded yet.

    Loading a model that no chapter has made raises a :class:`WorkshopError` that says which chapter does.
    """
    return dict(zip(MODELS.values(), (_base, _specialised, _bilstm), strict=True))


def not_made_yet() -> dict[str, str]:
    """Return, for each of :data:`MODELS` that is not there yet, the chapter that makes it; nothing is loaded."""
    made = {"GPT-2 spécialisé": ("04", ["gpt2"]), "BiLSTM": ("03", ["bilstm", "tokenizer"])}
    return {
        name: f"chapitre {chapter}"
        for name, (chapter, folders) in made.items()
        if not all((steps.folder(one) / RECORD).is_file() for one in folders)
    }


def find(name: str) -> Writer:
    """Load one of :data:`MODELS` (by either name), or a model saved in a folder, or one of the Hugging Face hub.

    Raises:
        WorkshopError: no name was given, or there is no such model within reach.
    """
    known = MODELS.get(name, name)
    return at_hand()[known]() if known in at_hand() else _from_folder(name)


def _base() -> Writer:
    return Gpt2Writer(*steps.base_model())


def _specialised() -> Writer:
    from .gpt2 import model as gpt2

    return Gpt2Writer(*gpt2.load(str(steps.specialised_folder())))


def _bilstm() -> Writer:
    from transformers import AutoTokenizer

    from . import bilstm

    place, words = steps.folder("bilstm"), steps.folder("tokenizer")
    if not all((folder / RECORD).is_file() for folder in (place, words)):
        raise WorkshopError("Le BiLSTM n’est pas encore entraîné\u00a0: le chapitre 03 le fait en une minute environ.")
    if not (is_whole(place) and is_whole(words)):
        raise WorkshopError("Le BiLSTM est abîmé\u00a0: le chapitre 03 le refait en une minute environ.")
    use_keras()
    return BilstmWriter(bilstm.load(place / "bilstm.keras"), AutoTokenizer.from_pretrained(words))


def _from_folder(name: str) -> Writer:
    from . import gpt2

    return Gpt2Writer(*gpt2.load(str(locate_exactly(name))))
