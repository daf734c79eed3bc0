"""The application for stories, put together: ``create_app()``."""

from inspect import iscoroutinefunction
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import accounts, database, errors, incidents, pages, pens, security, services, stories
from .config import Config, from_environment
from .engine import Engine
from .exports import here, parts, title
from .extensions import csrf, db, limiter, login_manager
from .look import look
from .room.gathered import Gathered
from .room.gathered_views import gathered_pages
from .room.rooms import Rooms
from .room.views import room_pages


class Application(Flask):
    """Flask, with a log that holds nothing private."""

    def log_exception(self, error: Any) -> None:
        """Say in one line where an error happened and of what kind it is: its message may quote what a reader wrote."""
        incident = incidents.of(error[1], incidents.route(), incidents.method())
        self.logger.error("%s %s: %s (%s)", incident.method, incident.route, incident.kind, " < ".join(incident.places[:8]))


def create_app(
    config: Config | None = None, engine: Engine | None = None, rooms: Rooms | None = None, gathered: Gathered | None = None
) -> Flask:
    """Return the application, its database brought up to date.

    Args:
        config: what it is told; by default what the environment says.
        engine: what writes; by default the models of the chapters, loaded when they are first asked for.
        rooms: the rooms that are seen live; by default there are none, and their addresses do not exist.
        gathered: the table of many rooms; the same, and with ``rooms``.

    Raises:
        WorkshopError: the environment says something that means nothing, or the database cannot be reached.
    """
    config = config or from_environment()
    app = Application(__name__)
    app.config.from_mapping(
        SECRET_KEY=config.secret,
        WORKSHOP=config,
        TESTING=config.testing,
        PROPAGATE_EXCEPTIONS=False,  # an error is a page, in the tests too
        MAX_CONTENT_LENGTH=config.limits.body,
        MAX_FORM_MEMORY_SIZE=config.limits.body,
        MAX_FORM_PARTS=50,
        SQLALCHEMY_ENGINES={"default": {"url": config.database_url}},
    )
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies)  # type: ignore[method-assign]
    services.set_up(app, config, engine or Engine(pens.proposed(config.models), config.limits.queue))
    for extension in (db, login_manager, csrf, limiter):
        extension.init_app(app)
    # There are no asynchronous sessions; to close them would start an event loop for each request (two thirds of its time), and
    # would fail where one runs already: in a notebook.
    app.teardown_appcontext_funcs = [end for end in app.teardown_appcontext_funcs if not iscoroutinefunction(end)]
    security.guard(app, config)
    errors.answer_in_words(app, {"stories.keep": stories.keep_again, "pages.write": pages.write_again})
    with app.app_context():
        database.prepare(db.engine)
        database.set_up_sqlite(db.engine)
    accounts.prepare(app, config)
    for blueprint in (pages.pages, stories.stories, look):
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        parts_of=parts, title=title, here=here, languages_said=stories.LANGUAGES, navigation=pages.navigation
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    if rooms is not None:
        app.extensions["rooms"] = rooms
        app.register_blueprint(room_pages)
    if gathered is not None:
        app.extensions["gathered"] = gathered
        app.register_blueprint(gathered_pages)

    @app.get("/healthz")
    @limiter.exempt
    def healthz() -> tuple[str, int, dict[str, str]]:
        """Say that the server answers."""
        return "ok\n", 200, {"Content-Type": "text/plain"}

    return app
