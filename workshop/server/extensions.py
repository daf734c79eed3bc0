"""What Flask is extended with, and the one thing that it needs of a model."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from flask import request
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf import CSRFProtect


class Engine(Protocol):
    """What writes: ``app.extensions["engine"]``."""

    def models(self) -> list[str]:
        """Return the names of the models that can be asked for, the default one first."""

    def stream(self, request: Mapping[str, Any]) -> Iterator[str]:
        """Write after ``request["prompt"]``, piece by piece; closing the iterator ends it.

        Raises:
            WorkshopError: the request cannot be served; the message says why.
        """


def address() -> str:
    """Return the address of who asks (a proxy's word for it counts only if the proxy is ours: ``Config.proxies``)."""
    return request.remote_addr or "?"


db = SQLAlchemy()
login_manager = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(key_func=address, storage_uri="memory://", headers_enabled=True)
