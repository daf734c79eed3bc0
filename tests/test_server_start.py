"""The server for stories, from what it is told to its first answer; its database, from the first tables to the last."""

import asyncio
import os
import socket
import stat

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from workshop.base.errors import WorkshopError
from workshop.base.settings import settings
from workshop.server import config, database, serve
from workshop.server.app import create_app
from workshop.server.room.programme import Programme
from workshop.server.room.rooms import Rooms


@pytest.fixture
def outputs(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_with_nothing_said_everything_is_made_once_and_for_its_owner_alone(outputs):
    first, second = config.from_environment({}), config.from_environment({})
    assert first == second and len(first.secret) >= 48
    assert first.secret not in repr(first)
    assert first.database_url == f"sqlite:///{(outputs / 'server' / 'stories.sqlite').as_posix()}"
    if os.name != "nt":
        assert stat.S_IMODE((outputs / "server" / "secret").stat().st_mode) == 0o600
        assert stat.S_IMODE((outputs / "server").stat().st_mode) == 0o700


@pytest.mark.parametrize("left", [b"court", b"", b"\0" * 64, b"\xff" * 64, b" " * 64])
def test_a_damaged_secret_is_refused(outputs, left):
    config.folder().joinpath("secret").write_bytes(left)
    with pytest.raises(WorkshopError, match="abîmé"):
        config.from_environment({})


@pytest.mark.parametrize("given", ["postgres://u:p@h/d", "postgresql://u:p@h/d"])
def test_postgresql_is_reached_by_psycopg(given):
    assert config.database_url(given) == "postgresql+psycopg://u:p@h/d"
    assert config.database_url("sqlite://") == "sqlite://"


@pytest.mark.parametrize("value", ["beaucoup", "-1", "1.5", "99999", "١"])
def test_what_means_nothing_is_named(value):
    with pytest.raises(WorkshopError, match="WORKSHOP_SERVER_PROXIES"):
        config.from_environment({"WORKSHOP_SERVER_SECRET": "x" * 40, "WORKSHOP_SERVER_PROXIES": value})


@pytest.mark.parametrize("name", ["HTTPS", "MAIL_TLS"])
def test_a_guard_is_up_or_down_and_never_down_for_a_word_that_was_not_understood(name):
    given = {"SECRET": "x" * 40, "MAIL_HOST": "localhost", "MAIL_TO": "a@example.org"}

    def up(said: str) -> bool:
        environ = {f"WORKSHOP_SERVER_{key}": value for key, value in {**given, name: said}.items()}
        found = config.from_environment(environ)
        return found.https if name == "HTTPS" else found.mail.tls

    assert [up(said) for said in ("1", "vrai", "Oui", " on ", "0", "faux", "", "off")] == [True] * 4 + [False] * 4
    with pytest.raises(WorkshopError, match=f"WORKSHOP_SERVER_{name} vaut «\u00a0starttls"):
        up("starttls")


def test_only_our_own_variables_are_read():
    read, ours = config.from_environment, {"WORKSHOP_SERVER_SECRET": "x" * 40, "WORKSHOP_SERVER_ADMIN": "anne"}
    names = ("SECRET", "HTTPS", "PROXIES", "ADMIN", "ADMIN_PASSWORD", "METRICS_TOKEN", "MODELS", "MAIL_HOST", "MAIL_TO")
    theirs = dict.fromkeys(names, "1")  # of another program on the same machine
    assert read({**ours, **theirs}) == read({**theirs, **ours}) == read(ours)


def test_mail_needs_somebody_to_write_to():
    with pytest.raises(WorkshopError, match="MAIL_TO"):
        config.from_environment({"WORKSHOP_SERVER_SECRET": "x" * 40, "WORKSHOP_SERVER_MAIL_HOST": "localhost"})


def test_the_application_answers(outputs):
    answer = create_app().test_client().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_name_of_this_machine_may_have_several_addresses(outputs, monkeypatch):
    """As « localhost » nearly everywhere: 127.0.0.1 and ::1 (which a container may lack)."""
    ask = socket.getaddrinfo

    def both(host, *rest, **options):
        places = ("127.0.0.1", "127.0.0.1") if host == "localhost" else (host,)
        return [found for place in places for found in ask(place, *rest, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    server = serve.make(config.from_environment({}), "localhost", 0)
    try:
        assert serve.port_of(server) in {int(port) for _, port in server.effective_listen}
    finally:
        server.close()
    alone = serve.make(config.from_environment({}), "127.0.0.1", 0)
    try:
        assert serve.port_of(alone) == int(alone.effective_port) > 0
    finally:
        alone.close()


@pytest.mark.parametrize("prefix", ["/services/salle", "services/salle", "/services/salle/"])
def test_the_addresses_that_are_printed_are_those_that_are_served(outputs, monkeypatch, capsys, prefix):
    opened = []

    def listening(*given):
        opened.append(serving(*given))
        monkeypatch.setattr(opened[0], "run", lambda: None)
        return opened[0]

    serving = serve.listening
    monkeypatch.setattr(serve, "listening", listening)
    monkeypatch.setattr("workshop.server.engine.Engine.warm", lambda _: None)
    rooms = Rooms(Programme([]))
    room = rooms.open("moulin-4821")
    serve.run(port=0, rooms=rooms, prefix=prefix)
    said = capsys.readouterr().out
    opened[0].close()
    assert opened[0].adj.url_prefix == "/services/salle"
    assert f":{opened[0].effective_port}/services/salle/salle/{room.code}/animer/{room.secret}\n" in said


def test_it_is_made_and_answers_inside_an_event_loop_too(outputs):
    """As in a notebook."""

    async def cell() -> int:
        return create_app().test_client().get("/").status_code

    assert asyncio.run(cell()) == 200


def test_the_tables_are_those_of_the_classes(database_url):
    engine = sa.create_engine(config.database_url(database_url))
    database.prepare(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), database.Base.metadata) == []


def test_from_the_first_schema_to_the_last_every_row_is_kept(database_url):
    engine = sa.create_engine(config.database_url(database_url))
    with engine.begin() as connection:
        command.upgrade(database.alembic_config(connection), "0001")
        for number in (1, 2, 3):
            user = {
                "id": number,
                "name": f"Anne{number}",
                "key": f"anne{number}",
                "password": "x",
                "created": "2026-01-01 00:00:00",
            }
            connection.execute(sa.text("INSERT INTO users VALUES (:id, :name, :key, :password, :created)"), user)
        for number in range(1, 51):
            values = {
                "id": number,
                "owner": 1 + number % 3,
                "text": f"L’histoire nº\u00a0{number}",
                "drawn": f'{{"seed": {number}}}',
            }
            connection.execute(
                sa.text("INSERT INTO stories VALUES (:id, :owner, '2026-01-02 03:04:05', 'fr', 'base', 'Il', :text, :drawn)"),
                values,
            )
        before = connection.execute(sa.text("SELECT * FROM stories ORDER BY id")).all()
    database.prepare(engine)
    database.prepare(engine)  # once there, nothing happens
    with engine.connect() as connection:
        after = connection.execute(sa.text("SELECT * FROM stories ORDER BY id")).all()
        assert [(*row, None) for row in before] == [tuple(row) for row in after]
        assert connection.execute(sa.text("SELECT count(*) FROM users")).scalar() == 3
        assert connection.execute(sa.text("SELECT count(*) FROM api_tokens")).scalar() == 0


def test_a_database_of_the_future_is_left_alone(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'stories.sqlite'}")
    database.prepare(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WorkshopError, match="plus récente"):
        database.prepare(engine)


@pytest.mark.parametrize(
    "given", ["ma base", "postgresql//u:motdepasse@h/d", "foo://u:motdepasse@h/d", "postgres://u:motdepasse@h:port/d"]
)
def test_an_address_that_means_nothing_is_said_without_its_password(given):
    with pytest.raises(WorkshopError, match="DATABASE_URL n’est pas l’adresse") as told:
        config.database_url(given)
    assert "motdepasse" not in str(told.value) and told.value.__suppress_context__


@pytest.mark.parametrize("spoilt", [b"SQLite format 3\0" + b"\7" * 4096, b"another file altogether, " * 100])
def test_a_database_that_is_spoilt_is_said_and_left_as_it_is(tmp_path, spoilt):
    place = tmp_path / "stories.sqlite"
    place.write_bytes(spoilt)
    with pytest.raises(WorkshopError, match=r"stories\.sqlite.* est abîmée(.|\n)*renommez-la"):
        database.prepare(sa.create_engine(f"sqlite:///{place}"))
    assert place.read_bytes() == spoilt


def test_a_database_that_does_not_answer_is_said_without_its_password():
    engine = sa.create_engine("postgresql+psycopg://atelier:motdepasse@127.0.0.1:9/x")
    with pytest.raises(WorkshopError, match="ne répond pas") as told:
        database.prepare(engine)
    assert "motdepasse" not in str(told.value)
