"""The addresses of a room: two for notebooks, and the instructor's page, closed to everybody else.

The instructor comes in by an address that holds the secret of the room, and is sent at once to one that does not: what a
projector shows in the address bar lets nobody in.
"""

import functools
import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ..extensions import csrf, limiter
from .board import SIGNS, board, table
from .live import closed, let_in, live_page, may_see
from .rooms import Refused, Room, Rooms

BODY = 2048  #: bytes of an event, which has two hundred

room_pages = Blueprint("room", __name__, url_prefix="/salle")


@room_pages.app_template_filter("with_code")
def with_code(text: str) -> Markup:
    """Return a sentence as HTML, what is between backticks as code."""
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", str(escape(text))))


def rooms() -> Rooms:
    """Return the rooms of this application."""
    found: Rooms = current_app.extensions["rooms"]
    return found


@room_pages.app_template_filter("sign")
def sign(count: str) -> str:
    """Return a count as a cell of the grid has room for it; in full, it is there for who hears the page."""
    return SIGNS.get(count, count)


# What notebooks say -------------------------------------------------------------------------------------------------------------


def for_notebooks(view: Callable[..., Any]) -> Callable[..., Any]:
    """Read the JSON of a request, and answer in JSON whatever happens."""

    @csrf.exempt
    @functools.wraps(view)
    def answer(code: str) -> tuple[Response, int]:
        try:
            room = rooms().find(code)
            if request.content_length is None or request.content_length > BODY:
                raise RequestEntityTooLarge()
            given = request.get_json(force=True)
            return jsonify(view(room, given)), 200
        except Refused as refused:
            return jsonify(error=str(refused)), refused.status
        except HTTPException as error:
            return jsonify(error="Ce n’est pas un événement."), error.code or 400
        except (ValueError, RecursionError):  # thousands of brackets, an integer of five thousand digits
            return jsonify(error="Ce n’est pas un événement."), 400

    return answer


@room_pages.post("/<code>/places")
@limiter.limit("300 per minute")  # a class server gives one address to all; a code has nearly a million neighbours
@for_notebooks
def places(room: Room, given: Any) -> dict[str, str]:
    """Give a seat."""
    if not isinstance(given, dict):
        raise Refused(422, 'Il faut un objet\u00a0: {"version": 1}.')
    return {"seat": room.take(given.get("seat"), given.get("version"))}


@room_pages.post("/<code>/evenements")
@limiter.exempt  # each seat has its own measure: Room.receive
@for_notebooks
def events(room: Room, given: Any) -> dict[str, bool]:
    """Count an event."""
    room.receive(given)
    return {"ok": True}


# What the instructor sees -------------------------------------------------------------------------------------------------------


def cookie(code: str) -> str:
    """Return the name of the cookie that opens the page of a room."""
    return f"salle-{code}"


def for_the_instructor(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let in only who has come by the secret address of the room."""

    @functools.wraps(view)
    def answer(code: str, **rest: Any) -> Any:
        try:
            room = rooms().find(code)
        except Refused:
            abort(404)
        if not may_see(room, cookie(code)):
            return closed(code)
        if room.over:
            return render_template("room/over.html", code=code), 410
        return view(room, **rest)

    return answer


@room_pages.get("/<code>/animer/<secret>")
def lead(code: str, secret: str) -> Any:
    """Open the page to who knows the secret, and leave the secret behind."""
    try:
        room = rooms().find(code)
    except Refused:
        abort(404)
    return let_in(room, secret, cookie(code), url_for("room.page", code=code), code)


@room_pages.get("/<code>")
@for_the_instructor
def page(room: Room) -> str:
    """Show the room."""
    return render_template("room/page.html", room=room, board=board(room), address=address_of(room))


def address_of(room: Room) -> str:
    """Return what attendees type between the quotes of ``join``, for the address by which this page was asked."""
    place = request.url_root.rstrip("/")
    return f"{place.removeprefix('http://')}/{room.code}"


@room_pages.get("/<code>/flux")
@limiter.exempt
@for_the_instructor
def live(room: Room) -> Response:
    """Send the page again at each change, as server-sent events."""
    return live_page(room, lambda: render_template("room/board.html", room=room, board=board(room)))


@room_pages.get("/<code>/erreur/<exercise>/<int:number>")
@for_the_instructor
def trouble(room: Room, exercise: str, number: int) -> str:
    """Show one mistake in large letters."""
    lesson = room.programme.lessons.get(exercise)
    if lesson is None or not 1 <= number <= len(lesson.mistakes):
        abort(404)
    return render_template("room/trouble.html", lesson=lesson, number=number, back=url_for("room.page", code=room.code))


@room_pages.get("/<code>/comptes.csv")
@for_the_instructor
def counts(room: Room) -> Response:
    """Give the counts, for who asks for them."""
    name = f"attachment; filename=salle-{room.code}.csv"
    return Response(
        "\ufeff" + table(room), mimetype="text/csv", headers={"Content-Disposition": name, "Cache-Control": "no-store"}
    )


@room_pages.post("/<code>/mains/<int:number>")
@for_the_instructor
def lower(room: Room, number: int) -> Any:
    """Lower a hand."""
    room.lower(number)
    return redirect(url_for("room.page", code=room.code))


@room_pages.post("/<code>/fin")
@for_the_instructor
def end(room: Room) -> Any:
    """End the room, which forgets everything."""
    room.end()
    return redirect(url_for("room.page", code=room.code))
