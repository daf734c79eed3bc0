"""What a reader is told when something is wrong: one page, one sentence, and what to do."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from . import problems
from .extensions import db


class Said(NamedTuple):
    """A title and what to do."""

    title: str
    advice: str


SAID = {
    400: Said("Cette demande n’est pas lisible", "Revenez à la page précédente, rechargez-la, puis recommencez."),
    403: Said("Cette page n’est pas pour ce compte", "Connectez-vous avec le compte qui peut la voir, ou revenez à l’accueil."),
    404: Said("Il n’y a rien à cette adresse", "Vérifiez l’adresse, ou revenez à l’accueil\u00a0: vos histoires y sont."),
    405: Said("Cette adresse ne se demande pas ainsi", "Revenez à l’accueil et passez par les boutons des pages."),
    413: Said("C’est trop long", "Raccourcissez votre texte, puis envoyez-le de nouveau."),
    429: Said("C’est trop rapide", "Attendez un peu, puis recommencez."),
    500: Said("Le serveur s’est trompé", "Recommencez dans un instant\u00a0; ce qui était gardé l’est toujours."),
    503: Said("Le serveur est très occupé", "Attendez un peu, puis recommencez\u00a0: rien n’est perdu."),
}
EXPIRED = Said(
    "Cette page n’est plus valable",
    "Revenez à la page précédente (votre texte y est encore), rechargez-la, puis recommencez\u00a0; acceptez le cookie du site.",
)
_OTHERS = Said("Cette demande ne peut pas être servie", "Revenez à l’accueil, puis recommencez.")


def page(code: int, said: Said | None = None, retry_after: str | None = None) -> tuple[str, int, dict[str, str]]:
    """Return the page of an error; ``retry_after`` is in seconds."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    words = {"said": said or SAID.get(code, _OTHERS), "code": code, "wait": retry_after}
    try:
        return render_template("error.html", **words), code, headers
    except Exception:  # what is wrong keeps the page from being made too: the database is away, the address has no host
        return current_app.jinja_env.get_template("bare.html").render(**words), code, headers


def answer_in_words(app: Flask, expired: Mapping[str, Callable[[], ResponseReturnValue]]) -> None:
    """Have every error answered by such a page.

    Args:
        app: whose errors.
        expired: for an endpoint, what shows again what a reader had sent with a form that is not valid any more.
    """

    @app.errorhandler(HTTPException)
    def told(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if code < 400:  # a redirection, which Werkzeug makes by raising it
            return error.get_response()
        if problems.for_programs():
            return problems.of(error).response()
        if isinstance(error, InternalServerError) and error.original_exception is not None:
            _forget_half_done()
        if isinstance(error, CSRFError) and (again := expired.get(request.endpoint or "")):
            return again()
        said = EXPIRED if isinstance(error, CSRFError) else None
        wait = str(error.retry_after) if isinstance(error, ServiceUnavailable) and error.retry_after else None
        body, code, headers = page(code, said, wait)
        if code == 405:
            headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
        return body, code, headers


def _forget_half_done() -> None:
    """Give the database back as it was before the request that failed."""
    with suppress(SQLAlchemyError):  # when it is the database that is away
        db.session.rollback()
