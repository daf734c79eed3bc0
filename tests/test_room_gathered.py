"""Many rooms on one page: the table of the streaming job, read as its page shows it, whatever happens to the database."""

import contextlib
import http.client
import json
import re
import sqlite3
import sys
import threading
import time

import pytest
import sqlalchemy as sa

from tests.server_rooms import PROGRAMME, Clock, Sitter, config, served
from workshop import cli
from workshop.base.errors import WorkshopError
from workshop.server import serve, streaming
from workshop.server.app import create_app
from workshop.server.room.gathered import Gathered
from workshop.server.room.live import PAGES
from workshop.server.room.overview import overview, overviews
from workshop.server.room.rooms import DAY, Rooms

UPSERT = "INSERT OR REPLACE INTO room_counts VALUES (?, ?, ?, ?, ?, ?)"


class Table:
    """The table of the job, in SQLite, made by the job's own statement."""

    def __init__(self, path) -> None:
        self.path, self.address = path, f"sqlite:///{path.as_posix()}"

    def make(self) -> "Table":
        self.do(streaming.TABLE)
        return self

    def do(self, statement: str, *values) -> None:
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=10)
        connection.executemany(statement, values) if values else connection.execute(statement)
        connection.close()

    def keep(self, *rooms) -> None:
        """Write what rooms have counted, as the job would: whole counts."""
        self.do(UPSERT, *[(room.code, *kind, events) for room in rooms for kind, events in room.counts.items()])


@pytest.fixture
def table(tmp_path):
    return Table(tmp_path / "counts.sqlite").make()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def rooms(clock):
    return Rooms(PROGRAMME, clock)


@pytest.fixture
def gathered(table, clock):
    made = Gathered(table.address, PROGRAMME, clock=clock, every=0.0)
    yield made
    made.end()


@pytest.fixture
def app(rooms, gathered, tmp_path):
    return create_app(config(tmp_path), rooms=rooms, gathered=gathered)


@pytest.fixture
def leader(app, gathered):
    client = app.test_client()
    assert client.get(f"/salles/animer/{gathered.secret}").headers["Location"] == "/salles"
    return client


def say(room, count: int, exercise: str = "0.1", outcome: str = "right", **more) -> None:
    for _ in range(count):
        Sitter(room).say(exercise, outcome, **more)


def read(gathered, code: str):
    gathered.refresh()
    return overview(gathered, code)


def cell(found, id: str) -> tuple:
    one = next(one for row in found.rows for one in row.cells if one.lesson.id == id)
    return one.right, one.stuck, one.hints, one.right_share, one.stuck_share


# What is read -------------------------------------------------------------------------------------------------------------------


def test_each_room_has_its_own_counts(table, rooms, gathered):
    first, second = rooms.open("moulin-1"), rooms.open("lune-2")
    say(first, 11)
    say(first, 19, outcome="wrong", mistake=2)
    say(first, 4, outcome="hint", hint=1)
    say(second, 7, "1.1")
    table.keep(first, second)
    found = read(gathered, "moulin-1")
    assert cell(found, "0.1") == ("11", "19", "4", round(1100 / 30), round(1900 / 30)) and found.cards == "30"
    assert cell(found, "1.1")[:2] == ("0", "0")
    assert cell(read(gathered, "lune-2"), "1.1")[:3] == ("7", "0", "0")
    assert [one.code for one in overviews(gathered)] == ["lune-2", "moulin-1"]
    assert overview(gathered, "fin-3") is None


def test_what_is_under_three_is_hidden(table, rooms, gathered):
    room = rooms.open("moulin-1")
    say(room, 2)
    say(room, 30, outcome="wrong", mistake=1)
    say(room, 2, outcome="wrong", mistake=2)
    say(room, 1, "0.2", outcome="hint", hint=1)
    table.keep(room)
    found = read(gathered, "moulin-1")
    assert cell(found, "0.1") == ("moins de 3", "32", "0", 0, 100)  # a bar does not tell it either
    assert cell(found, "0.2")[2] == "moins de 3"
    assert [(one.number, one.count) for one in found.troubles] == [(1, "30")]


def test_the_mistakes_of_the_moment(table, rooms, gathered, clock):
    room = rooms.open("moulin-1")
    say(room, 5, outcome="wrong", mistake=3)
    clock.now += 15 * 60
    say(room, 4, outcome="wrong", mistake=1)
    say(room, 9)
    say(room, 3, "1.2", outcome="wrong", mistake=2)
    say(room, 8, "1.2", outcome="wrong")  # no mistake was named
    table.keep(room)
    assert [(one.lesson.id, one.number, one.count, one.third) for one in read(gathered, "moulin-1").troubles] == [
        ("0.1", 3, "5", False),
        ("0.1", 1, "4", False),
        ("1.2", 2, "3", False),
    ]
    clock.now += 6 * 60  # the first ones are too old
    assert [(one.number, one.third) for one in read(gathered, "moulin-1").troubles] == [(1, False), (2, False)]
    say(room, 4, outcome="wrong", mistake=1)
    table.keep(room)
    assert next((one.number, one.count, one.third) for one in read(gathered, "moulin-1").troubles) == (1, "8", True)
    clock.now += 25 * 60
    assert read(gathered, "moulin-1").troubles == ()


def test_they_grow_old_while_the_database_is_silent(table, rooms, gathered, clock):
    room = rooms.open("moulin-1")
    say(room, 5, outcome="wrong", mistake=3)
    table.keep(room)
    assert read(gathered, "moulin-1").troubles
    table.path.rename(table.path.with_suffix(".away"))
    gathered._engine.dispose()
    table.path.mkdir()
    clock.now += 25 * 60
    assert read(gathered, "moulin-1").troubles == () and gathered.silent
    assert overview(gathered, "moulin-1").minutes == 25


def test_the_pace_of_the_chapter_where_the_room_is(table, rooms, gathered, clock):
    room = rooms.open("moulin-1")

    def pace():
        table.keep(room)
        found = read(gathered, "moulin-1")
        return found.here.part.number, found.here.pace, found.here.late

    say(room, 2, outcome="todo")
    assert pace() == (0, "", False)
    say(room, 10)
    clock.now += 4 * 60
    say(room, 10, "0.2")
    assert pace() == (0, "5 min sur 15, 2 exercices sur 2\u00a0: fini", False)
    clock.now += 21 * 60
    say(room, 8, "1.1", "todo")  # fewer than there were lately in the chapter before
    assert pace() == (1, "1 min sur 35, 0 exercice sur 2\u00a0: dans les temps", False)
    clock.now += 24 * 60
    say(room, 12, "1.1")
    say(room, 5, "1.2")  # fewer than half
    assert pace() == (1, "25 min sur 35, 1 exercice sur 2\u00a0: en retard", True)
    say(room, 1, "0.1")  # somebody opens the first chapter again
    table.keep(room)
    before = read(gathered, "moulin-1").rows[0]
    assert (before.pace, before.late, before.here) == ("2 exercices sur 2", False, False)


def test_a_code_that_served_yesterday_starts_anew(table, rooms, gathered, clock):
    room = rooms.open("moulin-1")
    say(room, 5)
    table.keep(room)
    assert read(gathered, "moulin-1").cards == "5"
    clock.now += DAY + 60
    assert read(gathered, "moulin-1") is None and overviews(gathered) == []


def test_rows_that_another_version_wrote_are_left_out(table, rooms, gathered, clock):
    room, minute = rooms.open("moulin-1"), int(clock.now // 60)
    say(room, 5)
    table.keep(room)
    strange = [
        ("moulin-1", "9.9", "right", 0),
        ("moulin-1", "", "help", 0),
        ("moulin-1", "0.1", "wrong", 4),
        ("moulin-1", "0.1", "wrong", -1),
        ("moulin-1", "0.1", "sung", 0),
        ("../etc", "0.1", "right", 0),
        ("<b>", "0.1", "right", 0),
        ("Moulin", "0.1", "right", 0),
    ]
    table.do(UPSERT, *[(*kind, minute, 7) for kind in strange])
    assert cell(read(gathered, "moulin-1"), "0.1")[:2] == ("5", "0")
    assert [one.code for one in overviews(gathered)] == ["moulin-1"] and overviews(gathered)[0].troubles == ()


# The pages ----------------------------------------------------------------------------------------------------------------------


def test_the_pages(table, rooms, leader):
    first, second = rooms.open("moulin-1"), rooms.open("flux")
    say(first, 11)
    say(first, 19, outcome="wrong", mistake=1)
    say(second, 2, "1.1", "wrong", mistake=3)
    table.keep(first, second)
    text = leader.get("/salles").text
    assert 'href="/salles/moulin-1"' in text and 'href="/salles/flux"' in text
    assert "30 cartes aujourd’hui, la dernière à l’instant" in text and "moins de 3 cartes" in text
    assert "c’est <code>à l’envers</code>" in text and "un tiers des cartes de l’exercice" in text and "gras" not in text
    text = leader.get("/salles/moulin-1").text
    assert "réussi 11, pas encore 19, indices 0" in text and "<strong>19</strong> cartes · 0.1" in text
    assert "elle ne sait ni les places, ni les mains levées" in text and "Place" not in text and "join(" not in text
    assert 'data-live="/salles/moulin-1/flux"' in text
    text = leader.get("/salles/flux").text
    assert "réussi 0, pas encore moins de 3" in text and "gras" not in text and "Aucune que trois cartes partagent." in text
    assert "n’a encore envoyé aucune carte" in leader.get("/salles/fin-3").text
    for strange in ("/salles/Moulin", "/salles/a", "/salles/<b>", "/salles/.."):
        assert leader.get(strange).status_code == 404, strange


def test_a_mistake_is_projected(leader):
    page = leader.get("/salles/moulin-1/erreur/0.1/1").text
    assert "c’est <code>à l’envers</code>" in page and 'href="/salles/moulin-1"' in page
    for wrong in ("0.1/4", "0.1/0", "9.9/1"):
        assert leader.get(f"/salles/moulin-1/erreur/{wrong}").status_code == 404


def test_everything_is_closed_to_attendees(app, rooms, gathered):
    room = rooms.open("moulin-1")
    adapter = app.url_map.bind("localhost")
    values = {"code": "moulin-1", "exercise": "0.1", "number": 1, "secret": "x" * 32}
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("gathered.")]
    assert len(rules) >= 6
    for rule in rules:
        path = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
        for method in sorted(rule.methods - {"OPTIONS"}):
            for cookie in ("", "salles=devine", f"salles={room.secret}", f"salle-moulin-1={gathered.secret}"):
                answer = app.test_client().open(path, method=method, headers={"Cookie": cookie})
                assert answer.status_code == 403, (method, path, cookie)
                assert gathered.secret not in answer.text and "data-exercise" not in answer.text
    assert gathered.version == 0  # nobody who was let in: nothing was asked of the database


def test_the_secret_opens_this_page_alone_and_is_left_behind(app, rooms, gathered, leader):
    rooms.open("moulin-1")
    assert leader.get("/salle/moulin-1").status_code == 403  # hands are for who is there
    answer = app.test_client().get(f"/salles/animer/{gathered.secret}")
    mark = answer.headers["Set-Cookie"]
    assert "HttpOnly" in mark and "SameSite=Lax" in mark and "Path=/salles" in mark
    assert gathered.secret not in leader.get("/salles").text
    assert leader.get("/salles").headers["Cache-Control"] == "no-store"


def test_without_a_table_there_is_nothing_there(rooms, tmp_path):
    client = create_app(config(tmp_path), rooms=rooms).test_client()
    assert client.get("/salles").status_code == 404


# A database that does not answer ------------------------------------------------------------------------------------------------


def test_before_the_job_has_made_its_table(tmp_path, clock, rooms):
    table = Table(tmp_path / "counts.sqlite")
    gathered = Gathered(table.address, PROGRAMME, clock=clock, every=0.0)
    gathered.refresh()
    assert gathered.silent is None and gathered.rooms == {}
    room = rooms.open("moulin-1")
    say(room, 5)
    table.make().keep(room)
    assert read(gathered, "moulin-1").cards == "5"
    gathered.end()


def test_a_database_that_is_not_there_then_is(tmp_path, rooms, clock):
    place = tmp_path / "later"
    gathered = Gathered(f"sqlite:///{(place / 'counts.sqlite').as_posix()}", PROGRAMME, clock=clock, every=0.0)
    client = create_app(config(tmp_path), rooms=rooms, gathered=gathered).test_client()
    client.get(f"/salles/animer/{gathered.secret}")
    for path in ("/salles", "/salles/moulin-1"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.text.count("La table des salles ne répond pas depuis") == 1
    room = rooms.open("moulin-1")
    say(room, 5)
    place.mkdir()
    Table(place / "counts.sqlite").make().keep(room)
    text = client.get("/salles").text
    assert "ne répond pas" not in text and "5 cartes aujourd’hui" in text
    gathered.end()


def test_one_that_stops_answering_leaves_what_was_known(table, rooms, gathered, leader, clock, monkeypatch):
    monkeypatch.setattr("workshop.server.room.gathered.PATIENCE", {"sqlite": {"timeout": 0.2}})
    gathered._engine.dispose()
    gathered._engine = sa.create_engine(table.address, connect_args={"timeout": 0.2})
    room = rooms.open("moulin-1")
    say(room, 5)
    table.keep(room)
    assert "5 cartes" in leader.get("/salles").text
    lock = sqlite3.connect(table.path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    since = clock.now
    for _ in range(2):
        text = leader.get("/salles/moulin-1").text
        assert "ne répond pas depuis" in text and "réussi 5, pas encore 0" in text
        assert gathered.silent == since
        clock.now += 60
    lock.execute("ROLLBACK")
    lock.close()
    text = leader.get("/salles/moulin-1").text
    assert "ne répond pas" not in text and "réussi 5, pas encore 0" in text


@pytest.mark.parametrize("address", ["n'importe quoi", "", "mysql", "oracle+inconnu://x/y", "mysql://a@b:port/c"])
def test_what_is_no_address_of_a_database_is_said(address):
    with pytest.raises(WorkshopError, match="WORKSHOP_ROOM_TABLE n’est pas l’adresse"):
        Gathered(address, PROGRAMME)


@pytest.mark.parametrize("address", ["mysql://atelier@localhost/rooms", "mariadb://atelier@localhost:3306/rooms"])
def test_what_speaks_to_mariadb_may_lack(address, monkeypatch):
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(WorkshopError, match="pip install PyMySQL"):
        Gathered(address, PROGRAMME)


# Live ---------------------------------------------------------------------------------------------------------------------------


class Page:
    """A live page over a real connection: the last state that was pushed."""

    def __init__(self, address: str, path: str, secret: str) -> None:
        self.connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        self.connection.request("GET", path, headers={"Cookie": f"salles={secret}"})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.status
        self.states: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            self.states.extend(json.loads(line[6:]) for line in self.answer if line.startswith(b'data: "'))

    def shows(self, words: str, seconds: float = 8.0) -> None:
        end = time.monotonic() + seconds
        while not (self.states and words in self.states[-1]):
            assert time.monotonic() < end, (words, self.states[-1:])
            time.sleep(0.02)


def test_it_lives_and_one_reading_serves_all_who_look(table, rooms, clock):
    room = rooms.open("moulin-1")
    say(room, 4)
    table.keep(room)
    gathered, asked = Gathered(table.address, PROGRAMME, clock=clock, every=0.4), []
    sa.event.listen(gathered._engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with served(rooms, gathered=gathered) as address:
        time.sleep(1)
        assert not asked  # nobody looks
        start = time.monotonic()
        paths = ["/salles/flux/toutes", "/salles/moulin-1/flux", "/salles/moulin-1/flux", "/salles/lune-2/flux"]
        pages = [Page(address, path, gathered.secret) for path in paths]
        pages[0].shows("4 cartes aujourd’hui")
        pages[1].shows("réussi 4, pas encore 0")
        pages[3].shows("n’a encore envoyé aucune carte")
        assert len(pages) == PAGES
        with pytest.raises(AssertionError, match="503"):
            Page(address, "/salles/moulin-1/flux", gathered.secret)
        say(room, 3, outcome="wrong", mistake=2)
        say(rooms.open("lune-2"), 6, "1.1")
        table.keep(*rooms)
        for page in pages[1:3]:
            page.shows("réussi 4, pas encore 3")
            page.shows("il en manque une")
        pages[0].shows('href="/salles/lune-2"')
        pages[3].shows("réussi 6, pas encore 0")
        time.sleep(1)
        assert 3 <= len(asked) <= (time.monotonic() - start) / 0.4 + 1
        gathered.end()
        for page in pages:
            page.connection.close()


def test_the_live_page_says_that_the_database_is_silent_and_goes_on(tmp_path, rooms):
    place = tmp_path / "later"
    gathered = Gathered(f"sqlite:///{(place / 'counts.sqlite').as_posix()}", PROGRAMME, clock=rooms.clock, every=0.1)
    with served(rooms, gathered=gathered) as address:
        page = Page(address, "/salles/flux/toutes", gathered.secret)
        page.shows("ne répond pas depuis")
        room = rooms.open("moulin-1")
        say(room, 5)
        place.mkdir()
        Table(place / "counts.sqlite").make().keep(room)
        page.shows("5 cartes aujourd’hui")
        assert "ne répond pas" not in page.states[-1]
        gathered.end()


# The command --------------------------------------------------------------------------------------------------------------------


def test_the_command_reads_the_table_and_says_how_to_come_in(table, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("WORKSHOP_ROOM_TABLE", table.address)
    monkeypatch.delenv("WORKSHOP_ROOM_KAFKA", raising=False)
    monkeypatch.setattr(serve, "from_environment", lambda: config(tmp_path))

    class Listening:
        effective_port = 8080

        def run(self) -> None:
            """End at once."""

    apps = []
    monkeypatch.setattr(serve, "listening", lambda app, *_: apps.append(app) or Listening())
    monkeypatch.setattr("workshop.server.engine.Engine.warm", lambda _: None)
    assert cli.main(["serve", "--room", "--code", "moulin-1"]) == 0
    said = capsys.readouterr().out
    path = re.search(r"Toutes les salles, pour vous seul\u00a0: http://127.0.0.1:8080(/salles/animer/\S+)", said)[1]
    client = apps[0].test_client()
    client.get(path)
    assert "Aucune salle n’a encore envoyé de carte" in client.get("/salles").text


def test_kafka_without_what_speaks_to_it_is_said_in_one_sentence(monkeypatch, capsys):
    monkeypatch.setenv("WORKSHOP_ROOM_KAFKA", "localhost:9092")
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    assert cli.main(["serve", "--room"]) != 0
    assert "WORKSHOP_ROOM_KAFKA), il manque un paquet\u00a0: python -m pip install confluent-kafka" in capsys.readouterr().err


def test_a_table_that_means_nothing_is_said_in_one_sentence(monkeypatch, capsys):
    monkeypatch.setenv("WORKSHOP_ROOM_TABLE", "ma table")
    assert cli.main(["serve", "--room"]) != 0
    assert "WORKSHOP_ROOM_TABLE n’est pas l’adresse" in capsys.readouterr().err
