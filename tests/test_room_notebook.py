"""The room, from a notebook: what is sent, when nothing is, and that nothing of it is ever felt."""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "example_chapter"))

from example_exercises import EXERCISES

from tests.conftest import ROOT
from tests.server_rooms import served
from tests.test_exercises_core import GOOD, cell
from workshop import exercises
from workshop.base.settings import settings
from workshop.exercises import core, room
from workshop.exercises.programme import lesson
from workshop.server.room.programme import Part, Programme
from workshop.server.room.rooms import Rooms
from workshop.sharing import events

WRONG = "def pairs(words):\n    return list(words)\n"  # the second mistake of 99.1
PROGRAMME = Programme([Part(99, "Exemple", 10, tuple(lesson(one) for one in EXERCISES))])


@pytest.fixture(autouse=True)
def classroom(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path / "outputs"))
    monkeypatch.delenv("WORKSHOP_ROOM", raising=False)
    settings.cache_clear()
    core.register(EXERCISES)
    yield
    exercises.leave()
    for one in EXERCISES:
        core.REGISTRY.pop(one.id, None)
    settings.cache_clear()


@pytest.fixture
def rooms():
    return Rooms(PROGRAMME)


def soon(what, seconds=5.0):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError("it has not come")


def counted(one) -> dict:
    """The events of a room, whatever their minute."""
    found: dict = {}
    for (exercise, outcome, mistake, _), count in one.counts.items():
        found[exercise, outcome, mistake] = found.get((exercise, outcome, mistake), 0) + count
    return found


@contextmanager
def listening(answer, record=None):
    """A server that reads what it is sent, keeps it, and does what ``answer`` says with the connection."""
    place = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = [] if record is None else record
    kept = []

    def serve():
        while True:
            try:
                one, _ = place.accept()
            except OSError:
                return
            kept.append(one)
            threading.Thread(target=attend, args=(one,), daemon=True).start()

    def attend(one):
        try:
            heard.append(one.recv(65536))
            answer(one)
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{place.getsockname()[1]}", heard
    finally:
        place.close()
        for one in kept:
            one.close()


def test_a_room_on_the_same_network_is_reached_without_the_proxy_of_the_school(rooms, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    here = rooms.open("moulin-1234")
    with served(rooms) as address:
        assert room.post(f"{address}/salle/moulin-1234/places", {"version": events.VERSION})["seat"]
        assert len(here.seats) == 1


# Joining ------------------------------------------------------------------------------------------------------------------------


def test_joining_says_in_one_sentence_what_is_sent_and_cards_arrive(rooms, capsys):
    here = rooms.open("moulin-1234")
    with served(rooms) as address:
        button = exercises.join(f"{address.removeprefix('http://')}/moulin-1234")
        said = capsys.readouterr().out
        (number,) = here.seats
        assert said.startswith(f"💡 La salle\u00a0: vous êtes à la place {number}. Après chaque carte seront envoyés à")
        assert "l’exercice, l’issue, le numéro de l’erreur, l’indice demandé, les secondes écoulées" in said
        assert "jamais votre code, ce qu’il affiche, un nom de fichier, votre nom ou votre adresse" in said
        cell("@exercise('99.1')\n" + WRONG)
        cell("@exercise('99.1')\ndef pairs(words):\n    ...\n")
        exercises.hint("99.1", 2)
        cell("@exercise('99.1')\n" + GOOD)
        soon(lambda: here.counts.total() == 4)
        assert counted(here) == {
            ("99.1", "wrong", 2): 1,
            ("99.1", "todo", 0): 1,
            ("99.1", "hint", 0): 1,
            ("99.1", "right", 0): 1,
        }
        hand, words = button.children
        hand.value = True
        soon(lambda: here.seats[number].hand)
        assert f"la place {number}" in words.value and here.seats[number].last == "99.1"
        hand.value = False
        soon(lambda: here.seats[number].hand is None)
        exercises.leave()
        cell("@exercise('99.1')\n" + GOOD)
        time.sleep(0.2)
        assert here.counts.total() == 6


def test_the_next_chapter_has_the_same_seat(rooms):
    here = rooms.open("moulin-1234")
    with served(rooms) as address:
        for _ in range(3):
            exercises.join("moulin-1234", address)
        assert len(here.seats) == 1
        rooms.open("autre")
        exercises.join("autre", address)
        assert len(here.seats) == 1 and len(rooms.find("autre").seats) == 1


def test_a_room_that_was_opened_again_gives_another_seat(rooms):
    rooms.open("moulin-1234")
    with served(rooms) as address:
        exercises.join("moulin-1234", address)
        here = rooms.open("moulin-1234")  # the server was started again, with the same code
        cell("@exercise('99.1')\n" + GOOD)  # refused: its seat is of the other one
        cell("@exercise('99.1')\n" + WRONG)
        soon(lambda: here.counts.total() == 1)
        assert len(here.seats) == 1


def test_a_server_that_comes_later_is_joined_then(rooms, monkeypatch, capsys):
    here = rooms.open("moulin-1234")
    with served(rooms) as address:
        true = room.post
        monkeypatch.setattr(room, "post", lambda *_: (_ for _ in ()).throw(OSError))
        assert exercises.join("moulin-1234", address) is None
        assert "ne répond pas encore" in capsys.readouterr().out
        monkeypatch.setattr(room, "post", true)
        cell("@exercise('99.1')\n" + GOOD)
        soon(lambda: here.counts.total() == 1)


@pytest.mark.parametrize(
    ("code", "address", "variable", "place"),
    [
        ("moulin-1", "10.0.0.2:8080", "", ("http://10.0.0.2:8080", "moulin-1")),
        ("10.0.0.2:8080/moulin-1", "", "", ("http://10.0.0.2:8080", "moulin-1")),
        ("https://salle.example/atelier/moulin-1/", "", "", ("https://salle.example/atelier", "moulin-1")),
        ("http://10.0.0.2:8080/salle/moulin-1", "", "", ("http://10.0.0.2:8080", "moulin-1")),
        (" Moulin  1 ", "", "http://hub:8010", ("http://hub:8010", "moulin-1")),
        ("", "", "http://hub:8010/moulin-1", ("http://hub:8010", "moulin-1")),
        ("autre-2", "", "http://hub:8010/moulin-1", ("http://hub:8010", "autre-2")),
        ("moulin-1", "", "10.0.0.2:8080", ("http://10.0.0.2:8080", "moulin-1")),
        ("moulin-1", "", "http://hub", ("http://hub", "moulin-1")),
        ("moulin-1", "[::1]:8080", "", ("http://[::1]:8080", "moulin-1")),
    ],
)
def test_where_a_room_is(code, address, variable, place, monkeypatch):
    monkeypatch.setenv("WORKSHOP_ROOM", variable)
    assert room._place(code, address) == place


@pytest.mark.parametrize(
    ("code", "address", "said"),
    [
        ("", "", "il manque le code de la salle"),
        ("moulin-1", "", "il manque l’adresse de la salle"),
        ("moulin-1", "ftp://salle", "n’est pas l’adresse d’une salle"),
        ("moulin-1", "http://", "n’est pas l’adresse d’une salle"),
        ("moulin-1", "http://salle:port", "n’est pas l’adresse d’une salle"),
        ("moulin-1", "http://[::1", "n’est pas l’adresse d’une salle"),
        ("moulin-1", "la salle", "n’est pas l’adresse d’une salle"),
    ],
)
def test_what_cannot_be_joined_is_said_and_sends_nothing(code, address, said, capsys):
    before = threading.active_count()
    assert exercises.join(code, address) is None
    assert said in capsys.readouterr().out and threading.active_count() == before and room._joined is None


def test_a_wrong_code_a_room_that_is_over_and_another_version(rooms, capsys, monkeypatch):
    here = rooms.open("moulin-1234")
    with served(rooms) as address:
        assert exercises.join("moulin-4321", address) is None
        assert (
            "il n’y a pas de salle « moulin-4321 »".replace(" »", "\u00a0»").replace("« ", "«\u00a0") in capsys.readouterr().out
        )
        monkeypatch.setattr(room, "VERSION", events.VERSION + 1)
        assert exercises.join("moulin-1234", address) is None
        assert "une autre version" in capsys.readouterr().out
        monkeypatch.undo()
        here.end()
        assert exercises.join("moulin-1234", address) is None
        assert "est terminée" in capsys.readouterr().out
        assert room._joined is None
    assert not here.seats


def test_a_room_that_ends_during_the_lesson_ends_the_sending(rooms):
    here = rooms.open("moulin-1234")
    with served(rooms) as address:
        exercises.join("moulin-1234", address)
        here.end()
        cell("@exercise('99.1')\n" + GOOD)
        soon(lambda: room._joined.refusal == 410)


# Never felt ---------------------------------------------------------------------------------------------------------------------


def slow(one):
    time.sleep(30)


def dripping(one):
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 1000:
        one.sendall(bytes([byte]))
        time.sleep(0.2)


def nonsense(one):
    one.sendall(b"\x00\xff\xfe MOTEUR DIESEL\r\n\r\n" * 100)
    one.close()


def html(one):
    one.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>")
    one.close()


def json_of_another(one):
    body = b'{"seat": {"a": [1]}}'
    one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    one.close()


def failing(one):
    one.sendall(b"HTTP/1.1 500 Internal\r\nContent-Length: 0\r\n\r\n")
    one.close()


def elsewhere(one):
    one.sendall(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")
    one.close()


def silent(one):
    one.close()


def lesson_of_cards(capsys):
    """Run a few cells; return what they print and the seconds that they take."""
    capsys.readouterr()
    start = time.perf_counter()
    for body in (WRONG, GOOD, "def pairs(words):\n    ...\n") * 5:
        cell("@exercise('99.1')\n" + body)
        exercises.hint("99.1")
    return capsys.readouterr().out, time.perf_counter() - start


BUSY = 4.0  #: seconds that a busy machine may take besides; eight cards that waited for the server would take eight


@pytest.mark.parametrize("answer", [slow, dripping, nonsense, html, json_of_another, failing, elsewhere, silent])
def test_whatever_the_server_does_the_notebook_is_the_same(answer, capsys):
    alone, without = lesson_of_cards(capsys)
    with listening(answer) as (place, heard):
        start = time.perf_counter()
        assert exercises.join("moulin-1234", place) is None
        assert time.perf_counter() - start < room.TIMEOUT + BUSY
        said, seconds = lesson_of_cards(capsys)
        assert said == alone
        assert seconds < without + BUSY
        assert heard


def test_with_no_server_at_all_the_notebook_is_the_same(capsys):
    alone, without = lesson_of_cards(capsys)
    with socket.create_server(("127.0.0.1", 0)) as place:
        free = place.getsockname()[1]
    start = time.perf_counter()
    exercises.join("moulin-1234", f"127.0.0.1:{free}")
    assert time.perf_counter() - start < room.TIMEOUT + BUSY
    said, seconds = lesson_of_cards(capsys)
    assert said == alone and seconds < without + BUSY


def test_an_endless_wait_keeps_no_more_than_its_queue():
    with listening(slow) as (place, _):
        exercises.join("moulin-1234", place)
        start = time.perf_counter()
        for _ in range(10_000):
            room.tell(EXERCISES[0], "hint", hint=1)
        assert time.perf_counter() - start < 2
        assert room._joined._events.qsize() <= room.WAITING


def test_an_outputs_folder_that_cannot_be_written_disturbs_nothing(rooms, tmp_path):
    (tmp_path / "outputs").write_text("not a folder")
    here = rooms.open("moulin-1234")
    with served(rooms) as address:
        exercises.join("moulin-1234", address)
        cell("@exercise('99.1')\n" + WRONG)
        soon(lambda: here.counts.total() == 1)


# What is sent, to the last byte -------------------------------------------------------------------------------------------------

MARK = "Amandine"  #: planted everywhere; whatever holds it must not leave

SCRIPT = """
import linecache, os, platform, socket, sys, time
sys.path.insert(0, {chapter!r})
connections = []
network = ("socket.connect", "socket.sendto", "socket.getaddrinfo")
sys.addaudithook(lambda name, args: connections.append(args) if name in network else None)
socket.gethostname = platform.node = lambda: "Amandine-portable"
import getpass
from example_exercises import EXERCISES
from workshop import exercises
from workshop.exercises import core, hint, room
core.register(EXERCISES)
room.TIMEOUT = 30.0  # what is sent is the subject here: on a busy machine too, nothing is dropped
posted, post = [], room.post
room.post = lambda *said: [post(*said), posted.append(said)][0]
code, address = sys.argv[1:]
if code:
    exercises.join(code, address)
space = {{"exercise": exercises.exercise, "answer": exercises.answer, "words": ["Amandine"]}}
space["__file__"] = "/home/Amandine/Amandine.ipynb"
cells = [
    "@exercise('99.1')\\ndef pairs(words):\\n    Amandine = 'Amandine'\\n    print(Amandine)\\n    return list(words)\\n",
    "@exercise('99.1')\\ndef pairs(words):\\n    return open('/home/Amandine/journal-Amandine.txt').read()\\n",
    "@exercise('99.1')\\ndef pairs(words):\\n    raise ValueError('Amandine')\\n",
    "@exercise('99.1')\\ndef pairs(words):\\n    return ['Amandine' for word in words]\\n",
    "@exercise('99.1')\\ndef Amandine(words):\\n    return words\\n",
    "@exercise('99.1')\\ndef pairs(words):\\n    return [a + ' ' + b for a, b in zip(words, words[1:])]\\n",
    "@exercise('99.2')\\ndef mean_length(words):\\n    return 'Amandine'\\n",
    "answer('99.3', 'Amandine')",
]
for number, source in enumerate(cells):
    filename = f"/home/Amandine/cell-{{number}}"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    try:
        exec(compile(source, filename, "exec"), space)
    except Exception as error:
        print("stopped:", type(error).__name__)
    hint("99.1", 1 + number % 3)
if code:
    end = time.monotonic() + 60
    while len(posted) < 1 + 2 * len(cells) and time.monotonic() < end:  # the seat, then a card and a hint for each cell
        time.sleep(0.05)
print("connections:", len(connections))
"""


def played(tmp_path, code, address):
    home = tmp_path / "Amandine"
    home.mkdir(exist_ok=True)
    marked = dict.fromkeys(("USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME", "JUPYTERHUB_USER", "HF_TOKEN"), MARK)
    marked |= {"HOME": str(home), "USERPROFILE": str(home), "WORKSHOP_OUTPUTS": str(home / "outputs")}
    marked |= {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin", "LANG": "C.UTF-8"}
    script = home / "Amandine.py"
    script.write_text(SCRIPT.format(chapter=str(ROOT / "tests" / "example_chapter")), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), code, address], env=marked, cwd=home, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def relaying(address: str):
    """What a connection does that is passed on to a server, all of whose requests are kept."""
    host, port = address.removeprefix("http://").split(":")
    sent: list[bytes] = []

    def answer(one, first):
        data = first
        while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < int(
            re.search(rb"Content-Length: (\d+)", data, re.IGNORECASE)[1]
        ):
            data += one.recv(65536)
        sent.append(data)
        with socket.create_connection((host, int(port))) as there:
            there.sendall(data)
            while part := there.recv(65536):  # in several pieces on a busy machine
                one.sendall(part)
        one.close()

    return sent, answer


def test_what_leaves_is_what_was_said_and_nothing_of_the_attendee(rooms, tmp_path):
    here = rooms.open("moulin-1234")
    with served(rooms) as address:
        heard: list[bytes] = []

        def passing(one):
            answer(one, heard[-1])

        sent, answer = relaying(address)
        with listening(passing, heard) as (place, _):
            printed = played(tmp_path, "moulin-1234", place)
        assert "stopped" not in printed and "Amandine" in printed
        everything = b"".join(sent)
        assert here.counts.total() == 16  # eight cards, eight hints: the capture holds them all
        assert everything.count(b"POST /salle/moulin-1234/evenements") == 16
    low = everything.lower()
    for word in (b"amandine", b"journal", b"valueerror", b"def ", b"return", b"python", b"/home", b"linux", b".ipynb"):
        assert word not in low, word
    for body in (part.partition(b"\r\n\r\n")[2].partition(b"POST")[0] for part in everything.split(b"HTTP/1.1")[1:]):
        said = json.loads(body)
        assert set(said) in ({"version", "seat"}, set(events.FIELDS))
        assert "exercise" not in said or events.faults(said) == []
    names = {line.partition(b":")[0].decode().lower() for line in everything.split(b"\r\n") if b": " in line and b"{" not in line}
    assert names == {"accept-encoding", "content-type", "content-length", "host", "user-agent", "connection"}


def test_without_join_nothing_is_sent_at_all(tmp_path):
    assert "connections: 0" in played(tmp_path, "", "")
