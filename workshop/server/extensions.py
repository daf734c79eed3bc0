"""What Flask is extended with."""

from flask import request
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf import CSRFProtect


def address() -> str:
    """Return the address of who asks (a proxy's word for it counts only if the proxy is ours: ``Config.proxies``)."""
    return request.remote_addr or "?"


db = SQLAlchemy()
login_manager = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(key_func=address, storage_uri="memory://", headers_enabled=True)
