"""What the pages look like: the style, the typography and the tools of the one-file page (``workshop.page``)."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from flask import Blueprint, Response, abort, request

from ..base import identity

PAGE = Path(__file__).parents[1] / "page"
SCRIPTS = ("dom.js", "words.js")

look = Blueprint("look", __name__)


@cache
def style() -> str:
    """Return the style sheet of the one-file page, dark for those whose system is: here no script has to say so."""
    return identity.style("system") + (PAGE / "page.css").read_text(encoding="utf-8")


def _given(text: str, kind: str) -> Response:
    """Return a file of which the browser asks each time whether it has changed."""
    response = Response(text, mimetype=kind, headers={"Cache-Control": "no-cache"})
    response.add_etag()
    response.make_conditional(request)
    return response


@look.get("/style/page.css")
def page_css() -> Response:
    """Give that style sheet."""
    return _given(style(), "text/css")


@cache
def drawing() -> str:
    """Return the icon of the one-file page, as a file of its own."""
    found = re.search(r'href="data:image/svg\+xml,([^"]+)"', (PAGE / "page.html").read_text(encoding="utf-8"))
    assert found, "page.html has another icon"
    return unquote(found[1])


@look.get("/style/icon.svg")
def icon() -> Response:
    """Give that icon."""
    return _given(drawing(), "image/svg+xml")


@look.get("/style/<name>.js")
def script(name: str) -> Response:
    """Give a script of the one-file page that the pages here use too."""
    if f"{name}.js" not in SCRIPTS:
        abort(404)
    return _given((PAGE / f"{name}.js").read_text(encoding="utf-8"), "text/javascript")
