"""The pages for everybody: the beginning, where one writes without an account, and what becomes of what one gives."""

from collections.abc import Mapping
from contextlib import closing

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ..base.errors import WorkshopError
from . import errors
from .accounts import is_admin
from .api import limits
from .asking import asked_in
from .callers import identify, spend
from .database import Story
from .engine import Model
from .extensions import config_of, engine_of
from .problems import Problem
from .stories import LANGUAGES
from .waiting import BusyError

pages = Blueprint("pages", __name__)

FIRST = {
    "fr": "Ce soir-là, on frappa trois coups à la porte du moulin.",
    "en": "That evening there were three knocks at the door of the mill.",
}
#: The fields of the page as it calls them: the API, whose sentences it shows, has names of its own.
LABELS = {
    "prompt": "Le début de l’histoire",
    "max_new_tokens": "Longueur",
    "temperature": "Température",
    "top_p": "Top-p",
    "seed": "Graine",
    "model": "Modèle",
    "language": "La langue du texte",
}
DEFAULTS = {"max_new_tokens": "80", "temperature": "0,8", "top_p": "0,9", "seed": "", "model": "", "language": "fr"}


@pages.get("/")
def home() -> ResponseReturnValue:
    """Show where one writes; ``?langue=en`` for an English model, if there is one."""
    language = request.args.get("langue", "fr")
    return _home({"language": language if language in _languages() else next(iter(_languages()), "fr")})


@pages.post("/ecrire")
def write() -> ResponseReturnValue:
    """Write, for browsers without JavaScript: the text comes in one piece."""
    try:
        asked = asked_in(request.form)
        spend(identify())  # pages and API together
        with closing(engine_of().stream(asked)) as stream:
            text = "".join(stream)
    except Problem as error:
        return errors.page(error.status, retry_after=error.headers.get("Retry-After"))
    except BusyError as error:
        return errors.page(503, retry_after=str(error.retry_after))
    except WorkshopError as error:
        return _home(request.form, trouble=_as_here(str(error))), 400
    drawn = {"model": stream.model.name, "language": stream.model.language, "seed": str(stream.seed)}
    trouble = "" if text.strip() else "Le modèle n’a rien ajouté\u00a0: changez le début, ou la graine."
    return _home({**request.form, "prompt": asked.prompt, **drawn}, text=text, trouble=trouble)


def write_again() -> ResponseReturnValue:
    """Show again what was asked with a form that is not valid any more."""
    trouble = "Cette page était ouverte depuis longtemps\u00a0: relancez «\u00a0Écrire la suite\u00a0»."
    return _home(request.form, trouble=trouble), 400


@pages.get("/confidentialite")
def privacy() -> ResponseReturnValue:
    """Say in plain words what is kept, for how long, and how to have it removed."""
    return render_template("privacy.html")


def _as_here(sentence: str) -> str:
    """Return a sentence of the API with the fields called as on the page."""
    for name, label in LABELS.items():
        sentence = sentence.replace(f"«\u00a0{name}\u00a0»", f"«\u00a0{label}\u00a0»")
    return sentence


def navigation() -> list[tuple[str, str, bool]]:
    """Return the pages of the bar: where each leads, what it says, and whether this reader sees it."""
    known = current_user.is_authenticated
    return [
        ("pages.home", "Écrire", True),
        ("stories.shelf", "Mes histoires", known),
        ("accounts.account", "Mon compte", known),
        ("watching.dashboard", "Tableau de bord", is_admin(current_user)),
        ("accounts.sign_in_page", "Se connecter", not known),
        ("accounts.sign_up_page", "Créer un compte", not known),
    ]


def _at_hand() -> list[Model]:
    """Return the models that can be used now."""
    engine = engine_of()
    return [model for name in engine.models() if (model := engine.model(name)).lacking() is None]


def _languages() -> dict[str, str]:
    """Return the languages that some model at hand writes in."""
    spoken = {model.language for model in _at_hand()}
    return {code: said for code, said in LANGUAGES.items() if code in spoken}


def _home(said: Mapping[str, str], text: str = "", trouble: str = "") -> str:
    values = {**DEFAULTS, **{name: said[name] for name in (*DEFAULTS, "prompt") if name in said}}
    values.setdefault("prompt", FIRST.get(values["language"], FIRST["fr"]))
    settings = {name: values[name] for name in ("seed", "temperature", "top_p", "max_new_tokens")}
    story = Story(prompt=values["prompt"], text=text, language=values["language"], model=values["model"], settings=settings)
    return render_template(
        "home.html",
        labels=LABELS,
        story=story,
        values=values,
        text=text,
        trouble=trouble,
        models=_at_hand(),
        languages=_languages(),
        limits=limits(config_of().limits),
    )
