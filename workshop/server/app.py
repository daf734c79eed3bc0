"""The application for stories, put together: ``create_app()``."""

from typing import cast

from flask import Flask, current_app
from werkzeug.middleware.proxy_fix import ProxyFix

from . import database, pens
from .config import Config, from_environment
from .engine import Engine
from .extensions import csrf, db, limiter, login_manager


def create_app(config: Config | None = None, engine: Engine | None = None) -> Flask:
    """Return the application, its database brought up to date.

    Args:
        config: what it is told; by default what the environment says.
        engine: what writes; by default the models of the chapters, loaded when they are first asked for.

    Raises:
        WorkshopError: the environment says something that means nothing, or the database cannot be reached.
    """
    config = config or from_environment()
    app = Flask(__name__)
    app.config.from_mapping(
        SECRET_KEY=config.secret,
        WORKSHOP=config,
        TESTING=config.testing,
        MAX_CONTENT_LENGTH=config.limits.body,
        MAX_FORM_MEMORY_SIZE=config.limits.body,
        MAX_FORM_PARTS=50,
        SQLALCHEMY_ENGINES={"default": {"url": config.database_url, "pool_pre_ping": True}},
    )
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies)  # type: ignore[method-assign]
    app.extensions["engine"] = engine or Engine(pens.proposed(config.models), config.limits.queue)
    for extension in (db, login_manager, csrf, limiter):
        extension.init_app(app)
    with app.app_context():
        database.prepare(db.engine)
        database.set_up_sqlite(db.engine)
    login_manager.user_loader(lambda token: database.user_of(db.session, token))

    @app.get("/healthz")
    @limiter.exempt
    def healthz() -> tuple[str, int]:
        """Say that the server answers."""
        return "ok\n", 200

    return app


def config_of() -> Config:
    """Return the configuration of the application that answers now."""
    return cast(Config, current_app.config["WORKSHOP"])
