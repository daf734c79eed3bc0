"""The addresses of the page of many rooms: all of them, and each with its grid; closed to everybody but who leads them."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, url_for

from ..extensions import limiter
from .gathered import Gathered
from .live import closed, let_in, live_page, may_see
from .overview import overview, overviews
from .rooms import CODE

COOKIE = "salles"

gathered_pages = Blueprint("gathered", __name__, url_prefix="/salles")


def gathered() -> Gathered:
    """Return the rooms of the table that this application reads."""
    found: Gathered = current_app.extensions["gathered"]
    return found


def for_who_leads(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let in only who has come by the secret address; of a room, only a code that can be one."""

    @functools.wraps(view)
    def answer(code: str = "", **rest: Any) -> Any:
        if not may_see(gathered(), COOKIE):
            return closed()
        if code and not CODE.fullmatch(code):
            abort(404)
        return view(code, **rest)

    return answer


@gathered_pages.get("/animer/<secret>")
def lead(secret: str) -> Any:
    """Open the pages to who knows the secret, and leave the secret behind."""
    return let_in(gathered(), secret, COOKIE, url_for("gathered.index"))


def drawn(code: str) -> dict[str, Any]:
    """Return what the templates show of one room, or of all of them, as the table is known now."""
    known = gathered()
    known.refresh()
    silent = f"{datetime.fromtimestamp(known.silent):%H\u00a0h\u00a0%M}" if known.silent else ""
    if code:
        return {"code": code, "silent": silent, "one": overview(known, code), "drawn": "room/gathered_board.html"}
    return {"code": code, "silent": silent, "rooms": overviews(known), "drawn": "room/gathered_rooms.html"}


@gathered_pages.get("", endpoint="index")
@gathered_pages.get("/<code>", endpoint="page")
@for_who_leads
def page(code: str) -> str:
    """Show a room, or all of them."""
    return render_template("room/gathered.html", **drawn(code))


@gathered_pages.get("/flux/toutes", endpoint="live")  # « /flux » may be a room
@gathered_pages.get("/<code>/flux", endpoint="live_room")
@limiter.exempt
@for_who_leads
def live(code: str) -> Response:
    """Send the page again at each change, as server-sent events."""

    def draw() -> str:
        found = drawn(code)
        return render_template(found["drawn"], **found)

    return live_page(gathered(), draw)


@gathered_pages.get("/<code>/erreur/<exercise>/<int:number>")
@for_who_leads
def trouble(code: str, exercise: str, number: int) -> str:
    """Show one mistake in large letters."""
    lesson = gathered().programme.lessons.get(exercise)
    if lesson is None or not 1 <= number <= len(lesson.mistakes):
        abort(404)
    return render_template("room/trouble.html", lesson=lesson, number=number, back=url_for("gathered.page", code=code))
