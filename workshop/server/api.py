"""The API of the workshop: a text in one piece or as it is written, and which models there are."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

from flask import Blueprint, Response, jsonify, request

from ..base.errors import WorkshopError
from ..sharing.requests import LIMITS, GenerationRequest, Limit, read_request
from . import incidents, problems
from .bodies import json_body
from .callers import identify, spend
from .config import Limits
from .engine import Request, Text, Turn, complete
from .extensions import config_of, engine_of

blueprint = Blueprint("api", __name__, url_prefix="/api")
problems.answer_in_json(blueprint)

#: Seconds between two looks at whether a reader who waits is still there.
PULSE = 1.0


class LeftError(Exception):
    """The reader has gone; nobody sees the answer."""


def limits(allowed: Limits) -> dict[str, Limit]:
    """Return the limits of the workshop, with what the owner of this server allows."""
    return LIMITS | {"prompt": Limit(str, 1, allowed.prompt), "max_new_tokens": Limit(int, 1, allowed.tokens)}


def still_there() -> Callable[[], bool]:
    """Return what says whether the reader still waits (waitress knows; elsewhere it shows when something is sent)."""
    gone = request.environ.get("waitress.client_disconnected")
    return lambda: gone is None or not gone()


def come_to(turn: Turn, there: Callable[[], bool]) -> None:
    """Wait for one's turn.

    Raises:
        LeftError: the reader left the queue; their place is free.
    """
    while not turn.wait(PULSE):
        if not there():
            turn.close()
            raise LeftError


def whole(text: Text, there: Callable[[], bool]) -> str:
    """Return the text once it is written.

    Raises:
        LeftError: the reader left; the text is ended.
    """
    pieces = []
    for piece in text:
        if not there():
            text.close()
            raise LeftError
        pieces.append(piece)
    return "".join(pieces)


def _asked() -> tuple[GenerationRequest, Turn]:
    """Return the request, checked, and a place in the queue of its model."""
    caller = identify()
    data = json_body()
    asked = read_request(data, limits(config_of().limits))
    model = engine_of().choose(asked.model, data.get("language", ""))
    spend(caller)
    return asked, engine_of().turn(model.name)


def _outcome(turn: Turn, wanted: Request, text: Text) -> dict[str, Any]:
    """Return what is known of a text that has ended."""
    return {
        "seed": wanted.sampling.seed,
        "model": turn.model.name,
        "language": turn.model.language,
        "tokens": text.tokens,
        "finish_reason": text.finish_reason,
    }


@blueprint.get("/models")
def models() -> Response:
    """Say which models there are, what they write, whether they can be used now, and the limits of a request."""
    found = [engine_of().model(name) for name in engine_of().models()]
    default = engine_of().choose().name
    rows = [
        {
            "name": model.name,
            "title": model.title,
            "language": model.language,
            "ready": (lacking := model.lacking()) is None,
            "lacking": lacking,
            "default": model.name == default,
        }
        for model in found
    ]
    said = {name: str(limit) for name, limit in limits(config_of().limits).items()}
    return jsonify({"models": rows, "limits": said})


@blueprint.post("/generate")
def generate() -> Response:
    """Write a text, and answer once it is whole."""
    asked, turn = _asked()
    wanted, there = complete(asked), still_there()
    with turn:
        come_to(turn, there)
        text = turn.write(turn.pen(), wanted)
        written = whole(text, there)
    return jsonify({"text": written, **_outcome(turn, wanted, text)})


def event(name: str, data: Mapping[str, Any]) -> str:
    """Return a server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _told(turn: Turn, wanted: Request, report: Callable[[Exception], None]) -> Iterator[str]:
    """Yield what happens: the place in the queue while it lasts, each piece, the end; sending it shows whether anybody reads."""
    try:
        ahead = -1
        while not turn.wait(0 if ahead < 0 else PULSE):
            yield event("queue", {"ahead": turn.ahead}) if turn.ahead != ahead else ": encore un instant\n\n"
            ahead = turn.ahead
        with closing(turn.write(turn.pen(), wanted)) as text:
            for piece in text:
                yield event("token", {"text": piece})
        yield event("done", _outcome(turn, wanted, text))
    except Exception as error:  # the answer has begun: the error is a part of it
        if not isinstance(error, WorkshopError):
            report(error)
        yield event("error", problems.of(error).body())
    finally:
        turn.close()


def streamed(pieces: Iterator[str], turn: Turn) -> Response:
    """Return an answer that is sent while it is made, and frees the model whenever it ends."""
    response = Response(pieces, mimetype="text/event-stream")
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    response.call_on_close(turn.close)  # also when nobody has read the first piece
    return response


@blueprint.post("/generate/stream")
def stream() -> Response:
    """Write a text, and send each piece as soon as it is chosen."""
    asked, turn = _asked()
    return streamed(_told(turn, complete(asked), incidents.reporter()), turn)


@blueprint.errorhandler(LeftError)
def left(_: LeftError) -> tuple[str, int]:
    """Answer nobody (499: the client closed the request, as nginx says it)."""
    return "", 499
