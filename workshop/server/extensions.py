"""What Flask is extended with, and what every page asks of the application that serves it."""

from typing import TYPE_CHECKING, cast

from flask import current_app, request
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf import CSRFProtect

from .config import Config

if TYPE_CHECKING:
    from .engine import Engine


def address() -> str:
    """Return the address of who asks (a proxy's word for it counts only if the proxy is ours: ``Config.proxies``)."""
    return request.remote_addr or "?"


def config_of() -> Config:
    """Return the configuration of the application that answers now."""
    return cast(Config, current_app.config["WORKSHOP"])


def engine_of() -> "Engine":
    """Return what writes for the application that answers now."""
    return current_app.extensions["engine"]


#: Stories and names stay out of error messages; each thread of waitress may have a connection.
OPTIONS = {"pool_pre_ping": True, "hide_parameters": True, "pool_size": 8, "max_overflow": 24}

db = SQLAlchemy(engine_options=OPTIONS)
login_manager = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(key_func=address, storage_uri="memory://", headers_enabled=True)
