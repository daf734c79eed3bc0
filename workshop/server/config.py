"""What the server is told: one frozen object, read from the environment.  No secret is in a file of the repository."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ..base.errors import WorkshopError
from ..base.settings import flag, settings

#: A database that only names its kind is reached by psycopg (extra « postgres »), and not by SQLAlchemy's usual driver.
_POSTGRES = ("postgres://", "postgresql://")

PREFIX = "WORKSHOP_SERVER_"  #: of our variables; an « ADMIN » or a « SECRET » without it is somebody else's


@dataclass(frozen=True)
class Mail:
    """Where the e-mail of an error goes, and by whom."""

    host: str
    to: str
    sender: str
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False  #: STARTTLS before anything is said


@dataclass(frozen=True)
class Limits:
    """What one person may ask; rates are those of Flask-Limiter (``"30 per minute"``)."""

    body: int = 256 * 1024  #: bytes of a request
    prompt: int = 2_000  #: characters
    tokens: int = 200  #: written by one request
    text: int = 40_000  #: characters of a story that is kept
    stories: int = 2_000  #: kept by one account
    queue: int = 8  #: requests that wait for one model
    generate: str = "20 per minute"  #: an address without an account
    generate_account: str = "60 per minute"
    login_account: str = "10 per 15 minutes"  #: wrong passwords for one account, from one address
    login_everywhere: str = "100 per hour"  #: wrong passwords for one account, from everywhere
    login_address: str = "60 per 10 minutes"  #: wrong passwords from one address: a whole room may be behind it
    sign_up: str = "40 per hour"  #: from one address, for the same reason


@dataclass(frozen=True)
class Config:
    """All that :func:`workshop.server.app.create_app` depends on."""

    database_url: str
    secret: str = field(repr=False)
    https: bool = False  #: everybody comes by https: cookies and links are for it alone, and browsers are told so (HSTS)
    proxies: int = 0  #: how many proxies of ours stand in front and say who asks (X-Forwarded-For)
    admin: str = ""  #: the name of the account that sees the dashboard
    admin_password: str = field(default="", repr=False)  #: of that account, if it is still to be made
    metrics_token: str = field(default="", repr=False)  #: what Prometheus shows to read /metrics from elsewhere
    mail: Mail | None = None
    models: tuple[str, ...] = ()  #: others to write with: folders or names of the hub, « en: » before one that writes in English
    limits: Limits = Limits()
    testing: bool = False  #: passwords are hashed at once instead of slowly


def folder() -> Path:
    """Return the folder of the database and the secret, for its owner alone."""
    place = settings().outputs / "server"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    """Read ``DATABASE_URL`` and the ``WORKSHOP_SERVER_*`` variables.

    Raises:
        WorkshopError: a variable has a value that means nothing; the message names it.
    """
    said = {
        name.removeprefix(PREFIX): value.strip() for name, value in environ.items() if name.startswith(PREFIX) and value.strip()
    }
    return Config(
        database_url=database_url(environ.get("DATABASE_URL", "").strip()),
        secret=said.get("SECRET") or made_once(folder() / "secret"),
        https=_flag(said, "HTTPS"),
        proxies=_whole(said, "PROXIES", 0),
        admin=said.get("ADMIN", ""),
        admin_password=said.get("ADMIN_PASSWORD", ""),
        metrics_token=said.get("METRICS_TOKEN", ""),
        mail=_mail(said),
        models=tuple(filter(None, (name.strip() for name in said.get("MODELS", "").split(",")))),
    )


def database_url(given: str = "") -> str:
    """Return the address of the database as SQLAlchemy writes it; without one, a SQLite file in :func:`folder`.

    Raises:
        WorkshopError: it is not the address of a database; it is not repeated, as it may hold a password.
    """
    if not given:
        return f"sqlite:///{(folder() / 'stories.sqlite').as_posix()}"
    for prefix in _POSTGRES:
        if given.startswith(prefix):
            given = "postgresql+psycopg://" + given.removeprefix(prefix)
    try:
        make_url(given).get_dialect()
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise WorkshopError(
            "DATABASE_URL n’est pas l’adresse d’une base de données\u00a0: écrivez-la comme "
            "postgresql://atelier@localhost/histoires, le mot de passe dans PGPASSWORD\u00a0; ou retirez cette variable."
        ) from None
    return given


def made_once(path: Path) -> str:
    """Return the secret in this file, which is made, for its owner alone, if it is not there yet."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_text(encoding="ascii", errors="replace").strip()
        if not re.fullmatch("[!-~]{32,}", secret):  # a cut of the current leaves zeros, which anybody would guess
            raise WorkshopError(
                f"Le secret du serveur («\u00a0{path}\u00a0») est abîmé\u00a0: supprimez ce fichier, il sera refait "
                "(chacun devra se connecter de nouveau)."
            ) from None
        return secret
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret := secrets.token_urlsafe(48))
    return secret


def _flag(said: Mapping[str, str], name: str) -> bool:
    return flag({PREFIX + name: said.get(name, "")}, PREFIX + name)


def _whole(said: Mapping[str, str], name: str, default: int) -> int:
    value = said.get(name, str(default))
    if not (value.isascii() and value.isdecimal() and len(value) < 9 and int(value) < 65536):
        raise WorkshopError(f"{PREFIX}{name} vaut «\u00a0{value}\u00a0»\u00a0: donnez un nombre entier, par exemple {default}.")
    return int(value)


def _mail(said: Mapping[str, str]) -> Mail | None:
    """Return how to write to the administrator; None when nobody said."""
    if "MAIL_HOST" not in said:
        return None
    if "MAIL_TO" not in said:
        raise WorkshopError(
            "WORKSHOP_SERVER_MAIL_HOST est donné sans WORKSHOP_SERVER_MAIL_TO\u00a0: dites à quelle adresse écrire."
        )
    return Mail(
        host=said["MAIL_HOST"],
        port=_whole(said, "MAIL_PORT", 25),
        to=said["MAIL_TO"],
        sender=said.get("MAIL_FROM", said["MAIL_TO"]),
        user=said.get("MAIL_USER", ""),
        password=said.get("MAIL_PASSWORD", ""),
        tls=_flag(said, "MAIL_TLS"),
    )
