"""What is kept: accounts, their stories, who is signed in, the keys of the API.  Nothing else of anybody.

A moment is a ``datetime`` in UTC without its zone, in SQLite as in PostgreSQL.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ..base.errors import WorkshopError

SIGNED_IN = timedelta(days=30)  # how long, unless one signs out before


def now() -> datetime:
    """Return this moment, in UTC, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def fingerprint(secret: str) -> str:
    """Return what is kept of a long random secret: enough to recognise it, nothing to use it by."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Base(DeclarativeBase):
    """The tables, whose constraints have names, so that migrations can speak of them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class User(UserMixin, Base):
    """An account: a name and a password, no address."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(30))
    key: Mapped[str] = mapped_column(sa.String(60), unique=True)  #: the name as it is compared (``accounts.key_of``)
    password: Mapped[str] = mapped_column(sa.String(200))  #: what argon2 made of it
    created: Mapped[datetime] = mapped_column(default=now)
    stories: Mapped[list["Story"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    logins: Mapped[list["Login"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    tokens: Mapped[list["ApiToken"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    login_token = ""  #: of the session by which this request came

    def get_id(self) -> str:
        """Return what the cookie holds: not who it is, but by which of their sessions they come."""
        return self.login_token


class Login(Base):
    """A browser that is signed in: removed when it signs out, so that a copy of its cookie is then worth nothing."""

    __tablename__ = "logins"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created: Mapped[datetime] = mapped_column(default=now)


class Story(Base):
    """A text that somebody kept, and what wrote it."""

    __tablename__ = "stories"
    __table_args__ = (sa.CheckConstraint("rating BETWEEN 1 AND 10", name="rating_from_1_to_10"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created: Mapped[datetime] = mapped_column(default=now)
    language: Mapped[str] = mapped_column(sa.String(2))  #: fr or en
    model: Mapped[str] = mapped_column(sa.String(100))
    prompt: Mapped[str] = mapped_column(sa.Text)  #: what the reader gave
    text: Mapped[str] = mapped_column(sa.Text)  #: what the model wrote after it
    settings: Mapped[dict] = mapped_column(sa.JSON)  #: how it was drawn: seed, temperature, top_p, max_new_tokens
    rating: Mapped[int | None]


class ApiToken(Base):
    """A key of the API: shown once when it is made, then known by its fingerprint alone."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created: Mapped[datetime] = mapped_column(default=now)
    used: Mapped[datetime | None]  #: for the last time
    revoked: Mapped[datetime | None]


def new_login(session: sa.orm.Session, user: User) -> str:
    """Remember one more browser of this account, forget those that are too old, and return the secret for its cookie."""
    session.execute(sa.delete(Login).where(Login.created < now() - SIGNED_IN))
    session.add(Login(user_id=user.id, fingerprint=fingerprint(token := secrets.token_urlsafe(32))))
    return token


def user_of(session: sa.orm.Session, token: object) -> User | None:
    """Return the account that a cookie is signed in to, if it still is."""
    if not isinstance(token, str):  # signed by our secret, but nothing that we wrote
        return None
    query = sa.select(User).join(Login).where(Login.fingerprint == fingerprint(token), Login.created >= now() - SIGNED_IN)
    user = session.scalar(query)
    if user is not None:
        user.login_token = token
    return user


def prepare(engine: sa.Engine) -> None:
    """Bring the tables to their last form, whatever form they have; every row is kept.

    Before :func:`set_up_sqlite`: SQLite alters a table by copying it, and what points at it must not go with the old one.

    Raises:
        WorkshopError: the database does not answer, is spoilt, or was written by a later version of the workshop.
    """
    from alembic import command
    from alembic.util import CommandError

    try:
        with engine.begin() as connection:
            command.upgrade(alembic_config(connection), "head")
    except CommandError as error:
        raise WorkshopError(
            "La base de données vient d’une version plus récente de l’atelier\u00a0: mettez l’atelier à jour, "
            "ou donnez-lui une autre base (DATABASE_URL)."
        ) from error
    except sa.exc.DatabaseError as error:
        place = engine.url.render_as_string(hide_password=True)
        trouble = "est abîmée, ou n’est pas de l’atelier\u00a0: renommez-la, et une autre sera faite, ou changez DATABASE_URL."
        if isinstance(error, sa.exc.OperationalError):
            trouble = "ne répond pas\u00a0: vérifiez qu’elle est démarrée, et DATABASE_URL."
        raise WorkshopError(f"La base de données «\u00a0{place}\u00a0» {trouble}") from error
    engine.dispose()


def alembic_config(connection: sa.Connection):
    """Return the configuration of Alembic for this connection, with nothing to read from a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", (Path(__file__).parent / "migrations").as_posix().replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def set_up_sqlite(engine: sa.Engine) -> None:
    """Have SQLite keep what it confirmed, read while somebody writes, wait instead of failing, and mind foreign keys."""
    if engine.dialect.name != "sqlite":
        return

    @sa.event.listens_for(engine, "connect")
    def _(connection, _record):
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 15000", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
