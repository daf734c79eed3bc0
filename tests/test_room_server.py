"""The room over HTTP: thirty seats and real cards, what is refused, and a page that only the instructor opens."""

import http.client
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

from tests.conftest import ROOT
from tests.server_rooms import PROGRAMME, Clock, Sitter, config, served
from workshop.exercises import room as notebook
from workshop.exercises.core import check, of_chapter
from workshop.exercises.programme import lesson
from workshop.server.app import create_app
from workshop.server.room.live import PAGES
from workshop.server.room.programme import Part, Programme
from workshop.server.room.rooms import Rooms
from workshop.sharing.events import FIELDS, VERSION, anonymise


@pytest.fixture
def rooms():
    return Rooms(PROGRAMME, Clock())


@pytest.fixture
def room(rooms):
    return rooms.open("moulin-1234")


@pytest.fixture
def app(rooms, room, tmp_path):
    return create_app(config(tmp_path), rooms=rooms)


@pytest.fixture
def anybody(app):
    return app.test_client()


@pytest.fixture
def instructor(app, room):
    client = app.test_client()
    assert client.get(f"/salle/{room.code}/animer/{room.secret}").status_code == 302
    return client


# Notebooks ----------------------------------------------------------------------------------------------------------------------


def test_a_seat_then_an_event(anybody, room):
    answer = anybody.post("/salle/moulin-1234/places", json={"version": VERSION})
    seat = answer.json["seat"]
    event = Sitter(room).event() | {"seat": seat}
    assert anybody.post("/salle/moulin-1234/evenements", json=event).json == {"ok": True}
    assert room.counts.total() == 1
    assert anybody.post("/salle/moulin-1234/places", json={"version": VERSION, "seat": seat}).json["seat"] == seat


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("inconnue/places", b'{"version": 1}', 404),
        ("inconnue/evenements", b"{}", 404),
        ("moulin-1234/places", b"[]", 422),
        ("moulin-1234/places", b"", 413),
        ("moulin-1234/places", b'{"version": 7}', 409),
        ("moulin-1234/evenements", b"{", 400),
        ("moulin-1234/evenements", b"\xff\xfe", 400),
        ("moulin-1234/evenements", b"[" * 2000, 400),
        ("moulin-1234/evenements", b"9" * 2000, 409),
        ("moulin-1234/evenements", b'{"version": NaN}', 409),
        ("moulin-1234/evenements", b"null", 409),
        ("moulin-1234/evenements", b'{"version": 1, "seat": "1-0000000000000000"}', 401),
        ("moulin-1234/evenements", b'{"version": 1, "seat": {"a": 1}}', 401),
        ("moulin-1234/evenements", b'{"a": "' + b"x" * 5000 + b'"}', 413),
    ],
)
def test_nonsense_is_refused_in_json_and_the_page_goes_on(path, body, status, anybody, instructor, room):
    answer = anybody.post(f"/salle/{path}", data=body, content_type="application/json")
    assert answer.status_code == status and answer.json["error"], answer.text
    assert not room.counts and instructor.get("/salle/moulin-1234").status_code == 200


def test_a_body_without_a_length_is_refused(anybody):
    answer = anybody.post("/salle/moulin-1234/evenements", input_stream=io.BytesIO(b"x" * 10**6), content_length=None)
    assert answer.status_code in (400, 413)


def test_a_room_that_is_over_says_so(anybody, instructor, room):
    event = Sitter(room).event()
    room.end()
    assert anybody.post("/salle/moulin-1234/evenements", json=event).status_code == 410
    assert anybody.post("/salle/moulin-1234/places", json={"version": VERSION}).status_code == 410
    page = instructor.get("/salle/moulin-1234")
    assert page.status_code == 410 and "est terminée" in page.text


def test_without_rooms_there_is_nothing_there(tmp_path):
    client = create_app(config(tmp_path)).test_client()
    assert client.get("/salle/moulin-1234").status_code == 404
    assert client.post("/salle/moulin-1234/places", json={"version": VERSION}).status_code == 404


# The instructor -----------------------------------------------------------------------------------------------------------------


def closed_addresses(app):
    """Every address and method of the room but those of notebooks and the one that holds the secret."""
    values = {"code": "moulin-1234", "exercise": "0.1", "number": 1, "secret": "x" * 32}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("room.") and rule.endpoint not in ("room.places", "room.events"):
            path = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
            for method in sorted(rule.methods - {"OPTIONS"}):
                yield method, path


def test_everything_is_closed_to_attendees(app, anybody, room):
    app.config["WTF_CSRF_ENABLED"] = False  # closed even to who would have the mark of the forms
    sitters = [Sitter(room) for _ in range(5)]
    sitters[0].say(None, "help")
    addresses = list(closed_addresses(app))
    assert len(addresses) >= 11
    for method, path in addresses:
        answer = anybody.open(path, method=method, headers={"Cookie": "salle-moulin-1234=devine; salle-autre=" + room.secret})
        assert answer.status_code == 403, (method, path)
        assert room.secret not in answer.text and "Place" not in answer.text
    assert len(room.seats) == 5 and not room.over and any(seat.hand for seat in room.seats.values())


def test_the_secret_of_another_room_opens_nothing(app, rooms, room):
    other = rooms.open("autre-1")
    client = app.test_client()
    assert client.get(f"/salle/moulin-1234/animer/{other.secret}").status_code == 403
    client.get(f"/salle/autre-1/animer/{other.secret}")
    assert client.get("/salle/autre-1").status_code == 200
    assert client.get("/salle/moulin-1234").status_code == 403


def test_the_secret_does_not_stay_in_the_address_nor_on_the_page(app, room):
    client = app.test_client()
    answer = client.get(f"/salle/moulin-1234/animer/{room.secret}")
    assert answer.headers["Location"] == "/salle/moulin-1234"
    mark = answer.headers["Set-Cookie"]
    assert "HttpOnly" in mark and "SameSite=Lax" in mark and "Path=/salle/moulin-1234" in mark
    page = client.get("/salle/moulin-1234")
    assert room.secret not in page.text and 'join("localhost/moulin-1234")' in page.text.replace("&#34;", '"')


def test_forms_ask_for_their_mark(instructor, room):
    Sitter(room)
    assert instructor.post("/salle/moulin-1234/fin").status_code == 400 and not room.over
    mark = re.search(r'name="csrf_token" value="([^"]+)"', instructor.get("/salle/moulin-1234").text)[1]
    assert instructor.post("/salle/moulin-1234/fin", data={"csrf_token": mark}).status_code == 302
    assert room.over and not room.seats


def test_a_hand_is_lowered(instructor, room):
    sitter = Sitter(room)
    sitter.say("0.2")
    sitter.say(None, "help")
    number = next(iter(room.seats))
    text = instructor.get("/salle/moulin-1234").text
    assert f"Place {number}</strong>, exercice&nbsp;0.2" in text
    mark = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
    instructor.post(f"/salle/moulin-1234/mains/{number}", data={"csrf_token": mark})
    assert room.seats[number].hand is None


def test_the_page_names_seats_only_for_hands_and_hides_what_is_under_three(instructor, room):
    sitters = [Sitter(room) for _ in range(10)]
    for sitter in sitters[:2]:
        sitter.say("0.1", "wrong", mistake=1)
    for sitter in sitters[2:7]:
        sitter.say("0.1", "wrong", mistake=3)
    text = instructor.get("/salle/moulin-1234").text
    assert "Place" not in text
    assert "à l’envers" not in text  # two people make it
    assert "&lt;b&gt;gras&lt;/b&gt;" in text and "<b>gras" not in text
    assert "réussi 0, pas encore 7, indices 0" in text


def test_a_mistake_is_projected_with_its_hint(instructor):
    page = instructor.get("/salle/moulin-1234/erreur/0.1/1")
    assert "c’est <code>à l’envers</code>" in page.text and "Titre 0.1" in page.text
    for wrong in ("0.1/4", "0.1/0", "9.9/1", "0.1/x"):
        assert instructor.get(f"/salle/moulin-1234/erreur/{wrong}").status_code == 404


def test_the_csv(instructor, room):
    for _ in range(4):
        Sitter(room).say("0.1", "wrong", mistake=2)
    answer = instructor.get("/salle/moulin-1234/comptes.csv")
    assert answer.mimetype == "text/csv" and "attachment; filename=salle-moulin-1234.csv" in answer.headers["Content-Disposition"]
    assert answer.data.decode("utf-8-sig").splitlines()[1] == "0.1,pas encore,2,il en manque une,4"


def test_unknown_rooms(anybody):
    for path in ("/salle/inconnue", "/salle/inconnue/animer/x", "/salle/inconnue/flux", "/salle/inconnue/comptes.csv"):
        assert anybody.get(path).status_code == 404


# Live ---------------------------------------------------------------------------------------------------------------------------


class Page:
    """The instructor's page over a real connection: the last board that was pushed, and when."""

    def __init__(self, address: str, room) -> None:
        host, port = address.removeprefix("http://").split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=30)
        self.connection.request("GET", f"/salle/{room.code}/flux", headers={"Cookie": f"salle-{room.code}={room.secret}"})
        self.socket = self.connection.sock
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200 and self.answer.headers["Content-Type"].startswith("text/event-stream")
        self.boards: list[tuple[float, str]] = []
        self.ended = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for line in self.answer:
                if line.startswith(b"data: {}"):
                    self.ended.set()
                elif line.startswith(b"data: "):
                    self.boards.append((time.monotonic(), json.loads(line[6:])))
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass

    def shows(self, words: str, within: float = 2.0) -> float:
        """Wait until the last board holds the words; return after how many seconds."""
        start = time.monotonic()
        while time.monotonic() - start < within:
            if self.boards and words in self.boards[-1][1]:
                return self.boards[-1][0] - start
            time.sleep(0.02)
        raise AssertionError(f"« {words} » is not on the page after {within} s: {self.boards[-1:]}")


def test_thirty_attendees_with_real_cards_are_seen_within_two_seconds(monkeypatch, tmp_path):
    """Real exercises with their real mistakes, judged by ``check``, sent by thirty notebooks' threads."""
    monkeypatch.setattr(notebook, "_kept_seat", lambda *_: "")
    monkeypatch.setattr(notebook, "_keep_seat", lambda *_: None)
    temperature, top_k = of_chapter(5)[:2]
    programme = Programme([Part(5, "Générer", 25, tuple(map(lesson, of_chapter(5))))])
    rooms = Rooms(programme)
    room = rooms.open("moulin-1234")
    cards = {}
    for one, numbers in ((temperature, (1, 3)), (top_k, (11,))):
        for number in numbers:
            cards[one.id, number] = check(one, one.known[number - 1].functions[0])
            assert notebook.mistake_in(one, cards[one.id, number]) == number
        cards[one.id, None] = check(one, one.reference)

    def says(seats, one, number):
        for seat in seats:
            monkeypatch.setattr(notebook, "_joined", seat)
            notebook.tell(one, cards[one.id, number].state, cards[one.id, number])

    with served(rooms) as address:
        page = Page(address, room)
        seats = [notebook.Room(address, room.code) for _ in range(30)]
        page.shows("<strong>30</strong> places", 20)  # thirty threads at once on a busy machine
        says(seats[:12], temperature, 1)
        says(seats[12:19], temperature, 3)
        says(seats[19:], temperature, None)
        for words in (
            "réussi 11, pas encore 19, indices 0",
            "<strong>12</strong> sur 30 · 5.1",
            "<strong>7</strong> sur 30 · 5.1",
        ):
            page.shows(words)
        assert "un tiers de la salle" in page.boards[-1][1] and "C’est à l’envers" in page.boards[-1][1]
        says(seats[:19], temperature, None)
        says(seats[:5], top_k, 11)
        page.shows("réussi 30, pas encore 0, indices 0")
        page.shows("réussi 0, pas encore 5, indices 0")
        seats[4].tell(outcome="help")
        page.shows(f"Place {seats[4].place}</strong>, exercice&nbsp;5.2")
        assert room.counts.total() == 30 + 19 + 5 + 1
        room.end()
        assert page.ended.wait(2)
    for seat in seats:
        seat.leave()


def test_a_flood_over_http_leaves_the_page_and_the_others_alive():
    rooms = Rooms(PROGRAMME)
    room = rooms.open("moulin-1234")
    flood, quiet = Sitter(room), Sitter(room)
    with served(rooms) as address:
        page = Page(address, room)
        host = address.removeprefix("http://")
        stop, sent = threading.Event(), []

        def pour():
            connection = http.client.HTTPConnection(host, timeout=10)
            while not stop.is_set():
                body = json.dumps(flood.event("0.1", "wrong", mistake=1))
                connection.request("POST", f"/salle/{room.code}/evenements", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                sent.append(answer.status)

        threads = [threading.Thread(target=pour, daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        request = urllib.request.Request(
            f"{address}/salle/{room.code}/evenements",
            json.dumps(quiet.event(None, "help")).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert json.load(answer) == {"ok": True}
        page.shows(f"Place {quiet.ticket.split('-')[0]}<")
        stop.set()
        for thread in threads:
            thread.join(10)
    assert set(sent) == {200, 429} and sent.count(429) > sent.count(200)


def test_behind_the_proxy_of_the_class_server(monkeypatch, tmp_path):
    """Notebooks come straight, the instructor through /services/salle."""
    rooms = Rooms(PROGRAMME)
    room = rooms.open("moulin-1234")
    monkeypatch.setattr(notebook, "_kept_seat", lambda *_: "")
    monkeypatch.setattr(notebook, "_keep_seat", lambda *_: None)
    with served(rooms, "/services/salle") as address:
        seat = notebook.Room(address, room.code)
        seat.tell(exercise="0.1", outcome="right")
        end = time.monotonic() + 5
        while not room.counts and time.monotonic() < end:
            time.sleep(0.02)
        assert room.counts.total() == 1
        seat.leave()
        host = address.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", f"/services/salle/salle/{room.code}/animer/{room.secret}")
        answer = connection.getresponse()
        answer.read()
        place, cookie = answer.headers["Location"], answer.headers["Set-Cookie"]
        assert place == f"/services/salle/salle/{room.code}" and f"Path={place}" in cookie
        connection.request("GET", place, headers={"Cookie": cookie.partition(";")[0]})
        page = connection.getresponse().read().decode()
        assert f'data-live="{place}/flux"' in page and 'href="/services/salle/static/room.css"' in page


def test_pages_are_counted_and_given_back():
    rooms = Rooms(PROGRAMME)
    room = rooms.open("moulin-1234")
    with served(rooms) as address:
        pages = [Page(address, room) for _ in range(PAGES)]
        for page in pages:
            page.shows("Personne n’a encore rejoint", 5)
        with pytest.raises(AssertionError):
            Page(address, room)
        for page in pages:
            page.socket.shutdown(socket.SHUT_RDWR)
        end = time.monotonic() + 5
        while time.monotonic() < end:  # a page that has left is noticed at the next state
            Sitter(room)
            try:
                Page(address, room)
                return
            except AssertionError:
                time.sleep(0.2)
        raise AssertionError("the places are not given back")


def test_what_a_notebook_sends_is_what_the_server_takes(room):
    event = {
        "version": VERSION,
        "id": "0" * 16,
        "seconds": 3,
        "seat": room.take(None, VERSION),
        "exercise": "0.1",
        "outcome": "right",
    }
    room.receive(anonymise(event, FIELDS))
    assert room.counts.total() == 1


@pytest.mark.slow
def test_the_command_opens_a_room_and_says_how_to_come_in(tmp_path):
    command = [sys.executable, "-u", "-m", "workshop", "serve", "--port", "0", "--room", "--code", "moulin-4821"]
    environ = os.environ | {"WORKSHOP_OUTPUTS": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environ)
    try:
        said = [server.stdout.readline() for _ in range(3)]
        place = re.search(r"http://127\.0\.0\.1:\d+", said[0])[0]
        assert f'join("{place.removeprefix("http://")}/moulin-4821")' in said[1]
        secret = re.search(rf"{place}/salle/moulin-4821/animer/[\w-]+", said[2])[0]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{place}/salle/moulin-4821", timeout=10)
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(secret, timeout=10) as answer:
            page = answer.read().decode()
        assert "05 · Générer" in page and 'data-exercise="3.3b"' in page
    finally:
        server.terminate()
        server.wait(30)
