"""The server for the tests: PostgreSQL where it is installed, an application that writes at once, and people who visit it."""

import html
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.server_pens import fake_engine
from workshop.server.app import create_app
from workshop.server.config import Config, Limits
from workshop.server.database import Story, User
from workshop.server.engine import Engine
from workshop.server.extensions import db

PASSWORD = "quatre mots sans rapport"
GENEROUS = replace(Limits(), generate="100000 per minute", generate_account="100000 per minute", sign_up="100000 per hour")
NUMBERS = count(1)


def _tools() -> Path | None:
    """The folder of PostgreSQL's programs: in the PATH, or where Debian puts them."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def _wait_for(port: int, server: subprocess.Popen) -> None:
    for _ in range(200):
        assert server.poll() is None, "PostgreSQL has ended"
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="atelier", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise AssertionError("PostgreSQL does not answer")


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own on loopback, in a folder that goes with it; give the address of its server."""
    tools = _tools()
    if tools is None:
        pytest.skip("needs PostgreSQL (Debian: apt-get install postgresql)")
    who = {}
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # root may not run it
        import pwd

        names = {one.pw_name for one in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    place = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if who:
            os.chown(place, who["user"], who["group"])
        quiet = {"cwd": place, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, "stdout": subprocess.DEVNULL, **who}
        subprocess.run([tools / "initdb", "-D", place / "data", "-U", "atelier", "-A", "trust", "--no-sync"], check=True, **quiet)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = ["-h", "127.0.0.1", "-p", str(port), "-k", place, "-c", "fsync=off", "-c", "max_connections=60"]
        server = subprocess.Popen([tools / "postgres", "-D", place / "data", *options], stderr=subprocess.DEVNULL, **quiet)
        try:
            _wait_for(port, server)
            yield f"postgresql://atelier@127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(20)
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """A database of this PostgreSQL, empty, and removed in the end."""
    name = f"atelier{next(NUMBERS)}"
    engine = sa.create_engine(f"{server.replace('postgresql:', 'postgresql+psycopg:')}postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield server + name
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def site(database_url: str, engine: Engine | None = None, limits: Limits = GENEROUS, **said) -> Flask:
    """The application, with a secret for the tests and models that write at once."""
    url = database_url.replace("postgresql:", "postgresql+psycopg:")
    return create_app(Config(url, "x" * 40, limits=limits, testing=True, **said), engine or fake_engine())


class Visitor:
    """Somebody with a browser, who fills in the forms that they were shown."""

    def __init__(self, app: Flask, **client):
        self.app, self.browser = app, FlaskClient(app, app.response_class, use_cookies=True)
        self.about = client

    def get(self, path: str, **more) -> TestResponse:
        return self.browser.get(path, **self.about, **more)

    def token(self) -> str:
        """The token of the forms, from a page that everybody sees."""
        return hidden(self.get("/").text)["csrf_token"]

    def send(self, path: str, **form) -> TestResponse:
        return self.browser.post(path, data={"csrf_token": self.token(), **form}, **self.about)

    def sign_up(self, name: str, password: str = PASSWORD) -> TestResponse:
        return self.send("/inscription", name=name, password=password, again=password)

    def sign_in(self, name: str, password: str = PASSWORD, **form) -> TestResponse:
        return self.send("/connexion", name=name, password=password, **form)

    def keep(self, text: str = " une fois", prompt: str = "Il y avait", **form) -> TestResponse:
        return self.send("/histoires", **{"prompt": prompt, "text": text, "language": "fr", "model": "base", "seed": "7"} | form)

    def cookie(self) -> str | None:
        found = self.browser.get_cookie("atelier")
        return found.value if found else None

    @property
    def name(self) -> str | None:
        """Under which name the pages know this visitor."""
        found = re.search(r'<span class="told">([^<]*)</span>\s*<button class="quiet" type="submit">Se déc', self.get("/").text)
        return html.unescape(found[1]) if found else None


def known(app: Flask, name: str) -> Visitor:
    """A visitor with an account."""
    visitor = Visitor(app)
    answer = visitor.sign_up(name)
    assert answer.status_code == 302, answer.text
    return visitor


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page; of those with the same name, the last."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


def stories_of(app: Flask, name: str) -> list[Story]:
    """What the database holds of somebody's stories, in the order in which they were kept."""
    with app.app_context():
        found = db.session.scalars(sa.select(Story).join(User).where(User.name == name).order_by(Story.id)).all()
        db.session.expunge_all()
        return list(found)


def rows(app: Flask) -> dict[str, int]:
    """How many rows each table has."""
    with app.app_context():
        tables = sa.inspect(db.engine).get_table_names()
        return {name: db.session.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0 for name in tables}
