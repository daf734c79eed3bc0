"""A page that the server draws again at each change, as server-sent events, and the door of whoever leads."""

import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from flask import Response, abort, current_app, make_response, redirect, render_template, request
from flask import stream_with_context as streamed

PAGES = 4  #: live pages of one thing that is seen; each keeps a thread of the server, which has a dozen
LIFE = 600.0  #: seconds of a live connection; the browser opens another one
BREATH = 0.5  #: seconds between two states of a page
PATIENCE = 15.0  #: seconds without a change after which the page is drawn again: minutes pass


class Seen(Protocol):
    """What a page shows: a room, or all those of the table."""

    secret: str

    @property
    def over(self) -> bool:
        """Whether there is nothing more to see."""

    def wait(self, version: int, seconds: float) -> int:
        """Return the version of what is seen once it is not ``version`` any more, or after so many seconds."""


def live_page(seen: Seen, draw: Callable[[], str]) -> Response:
    """Send what ``draw`` returns at each change of what is seen, until it is over."""
    places = _pages_of(seen)
    if not places.acquire(blocking=False):
        abort(503)

    def states() -> Iterator[str]:
        yield "retry: 1000\n\n"
        known, end = -1, time.monotonic() + LIFE
        while time.monotonic() < end and not seen.over:
            known = seen.wait(known, PATIENCE)
            if not seen.over:
                yield f"data: {json.dumps(draw())}\n\n"
                time.sleep(BREATH)
        if seen.over:
            yield "event: fin\ndata: {}\n\n"

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    answer = Response(streamed(states()), mimetype="text/event-stream", headers=headers)
    answer.call_on_close(places.release)  # a generator that was never begun has no « finally »
    return answer


def _pages_of(seen: Seen) -> threading.BoundedSemaphore:
    """Return what counts the live pages of something."""
    counts: dict[int, threading.BoundedSemaphore] = current_app.extensions.setdefault("room-pages", {})
    return counts.setdefault(id(seen), threading.BoundedSemaphore(PAGES))


def let_in(seen: Seen, shown: str, cookie: str, place: str, code: str = "") -> Any:
    """Open the page at ``place`` to who shows the secret, and leave the secret behind; say whose page it is to others."""
    if not hmac.compare_digest(shown.encode(), seen.secret.encode()):
        return closed(code)
    answer = make_response(redirect(place))
    answer.set_cookie(cookie, seen.secret, path=place, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer


def may_see(seen: Seen, cookie: str) -> bool:
    """Whether this browser has been let in."""
    return hmac.compare_digest(request.cookies.get(cookie, "").encode(), seen.secret.encode())


def closed(code: str = "") -> tuple[str, int]:
    """Say whose page it is; ``code`` is that of the room, if it is one room's."""
    return render_template("room/closed.html", code=code), 403
