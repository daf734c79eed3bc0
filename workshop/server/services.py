"""What is for programs and for whoever keeps the server: the API, the figures, the dashboard, the e-mail of errors."""

import sys

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from . import api, completions, description, incidents, keys, monitoring, watching
from .callers import Quotas
from .config import Config
from .engine import Engine
from .extensions import csrf
from .mail import Mailer

#: Seconds after which a thread that works lets another one.  Whoever writes a token gives way at each of its hundred operations:
#: beside two busy threads, a text of 40 tokens took 16 s with Python's own 5 ms, 3 s with this (on two cores that others shared).
GIVE_WAY = 0.0005


class Json(DefaultJSONProvider):
    """JSON that people can read too: accents as they are, fields in the order in which they were written."""

    ensure_ascii = False
    sort_keys = False


def set_up(app: Flask, config: Config, engine: Engine) -> None:
    """Add all of it to the application."""
    sys.setswitchinterval(GIVE_WAY)
    app.json = Json(app)
    monitor = monitoring.Monitor()
    monitor.watch_lines(engine.lines.items())
    engine.watch = monitor
    app.extensions |= {"engine": engine, "quotas": Quotas(config.limits), "monitor": monitor}
    monitoring.set_up(app, monitor)
    incidents.set_up(app)
    incidents.listeners(app).append(monitor.failed)
    if config.mail:
        app.extensions["mailer"] = mailer = Mailer(config.mail)
        incidents.listeners(app).append(mailer.tell)
    for blueprint in (api.blueprint, completions.blueprint, description.blueprint):
        csrf.exempt(blueprint)  # no form of a page comes here: only JSON, which no other site can have a browser send
        app.register_blueprint(blueprint)
    app.register_blueprint(keys.keys)
    app.register_blueprint(watching.watching)
