"""The server for stories as its tests see it: in memory, with models of a few words, or live behind waitress."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask

from tests.server_pens import fake_engine
from workshop.server.app import create_app
from workshop.server.config import Config, Limits
from workshop.server.engine import Engine

_PLACE, _numbers = TemporaryDirectory(), count()  # a database for each application; all go when the tests end

SECRET = "s" * 48
PLENTY = Limits(generate="100000 per minute", generate_account="100000 per minute")


def config(**changes: Any) -> Config:
    """What a server is told in the tests; nobody asks too often, unless the test says so."""
    database = f"sqlite:///{Path(_PLACE.name, f'{next(_numbers)}.sqlite').as_posix()}"
    return replace(Config(database_url=database, secret=SECRET, testing=True, limits=PLENTY), **changes)


def application(engine: Engine | None = None, **changes: Any) -> Flask:
    return create_app(config(**changes), engine or fake_engine())


def account(app: Flask, name: str = "ada") -> tuple[int, str]:
    """Make an account and a key of it: its number, and the key."""
    from workshop.server.database import ApiToken, User, fingerprint
    from workshop.server.extensions import db

    with app.app_context():
        user = User(name=name, key=name, password="x")
        db.session.add(user)
        db.session.flush()
        db.session.add(ApiToken(user_id=user.id, name="carnet", fingerprint=fingerprint(key := f"key-of-{name}")))
        db.session.commit()
        return user.id, key


@contextmanager
def live(app: Flask, threads: int = 8) -> Iterator[str]:
    """Serve the application behind waitress, as ``python -m workshop serve`` does; give its address."""
    from waitress import create_server

    server = create_server(app, host="127.0.0.1", port=0, threads=threads, channel_request_lookahead=1, ident=None)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(1)  # connections that a client keeps open do not hold us


def events(text: str) -> list[tuple[str, Any]]:
    """The server-sent events of an answer: their names and what they hold, without comments."""
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            said = dict(line.split(": ", 1) for line in lines)
            data = said["data"]
            found.append((said.get("event", ""), data if data == "[DONE]" else json.loads(data)))
    return found
