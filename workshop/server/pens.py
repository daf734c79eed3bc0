"""Which models a server proposes: the workshop's own, those that its owner names, an English one where there is one."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..base import models
from ..base.errors import WorkshopError
from ..base.keeping import RECORD
from ..base.settings import expanded, settings
from ..corpus import catalogue
from .engine import Model, Pen, Request

if TYPE_CHECKING:
    from ..generation.streaming import Gpt2Writer

#: English models that are proposed where the cache of the hub (or the USB key) has one.
ENGLISH = ("openai-community/gpt2", "gpt2", "distilbert/distilgpt2", "distilgpt2")

LANGUAGES = ("fr", "en")

UNMADE = "Le GPT-2 spécialisé n’est pas encore fait\u00a0: le chapitre 04 le fait en deux à trois minutes."


class Gpt2Pen:
    """A GPT-2 that writes."""

    def __init__(self, writer: "Gpt2Writer"):
        """Take a writer that nobody else uses: it serves one text at a time."""
        self.writer = writer

    def count(self, text: str) -> int:
        """Return the number of tokens of ``text``."""
        return len(self.writer.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def pieces(self, request: Request) -> Iterator[str]:
        """Yield what each new token adds to the text."""
        from ..generation.streaming import stream

        return (token.text for token in stream(self.writer, request.prompt, request.sampling))


def _pen(folder: Path | None) -> Pen:
    """Load the model of a folder, by default the lane's own."""
    from ..generation.streaming import Gpt2Writer
    from ..gpt2 import model

    return Gpt2Pen(Gpt2Writer(*model.load(str(folder) if folder else None)))


@cache
def _collections() -> list[str]:
    """Return the names of all collections; the catalogue is read once, and every page asks."""
    return list(dict.fromkeys(book.collection for book in catalogue()))


def specialised_folder() -> Path | None:
    """Return where chapter 04 has put its model: that of the collection that is asked for, else of the first that has one.

    Unlike :func:`workshop.steps.specialised_folder` it never looks for books, which may ask the network.
    """
    wanted = settings().collection
    folders = [settings().outputs / name / "gpt2" for name in ([wanted] if wanted else _collections())]
    return next((folder for folder in folders if (folder / RECORD).is_file()), None)


def _specialised() -> Pen:
    folder = specialised_folder()
    if folder is None:
        raise WorkshopError(UNMADE)
    return _pen(folder)


def _named(said: str) -> Model:
    """Return the model that the owner names: a folder or a name of the hub, with « en: » before one that writes in English."""
    language, colon, place = said.partition(":")
    if not colon or language not in LANGUAGES:
        language, place = "fr", said
    folder = expanded(place)
    name = folder.resolve().name if folder.is_dir() else place

    @cache
    def here() -> Path | None:
        """Look for it once: whoever brings it later starts the server again."""
        return folder if folder.is_dir() else models.in_cache(place)

    def lacking() -> str | None:
        return None if here() else f"Le modèle «\u00a0{name}\u00a0» n’est pas sur cette machine\u00a0: prenez-en un autre."

    return Model(name, name, language, lambda: _pen(here()), lacking)


def english_at_hand() -> Model | None:
    """Return the first of :data:`ENGLISH` that is on this machine; nothing is downloaded."""
    return next((_named(f"en:{name}") for name in ENGLISH if models.in_cache(name)), None)


def proposed(named: Sequence[str] = ()) -> list[Model]:
    """Return the models of a server, French first; nothing is loaded, nothing is downloaded.

    Args:
        named: folders or names of the hub, with « en: » before one that writes in English.
    """
    language = "en" if settings().model_name in ENGLISH else "fr"
    ours = [
        Model("base", "GPT-2 de base", language, lambda: _pen(None)),
        Model("specialised", "GPT-2 spécialisé", language, _specialised, lambda: None if specialised_folder() else UNMADE),
    ]
    theirs = [_named(said.strip()) for said in named if said.strip()]
    found = [] if any(model.language == "en" for model in [*ours, *theirs]) else [english_at_hand()]
    return [*ours, *theirs, *filter(None, found)]
