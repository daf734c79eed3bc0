"""A small programme, and a room served over HTTP, for the tests of the room."""

import contextlib
import queue
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from workshop.server.room.programme import Lesson, Part, Programme
from workshop.server.room.rooms import Room, Rooms
from workshop.sharing.events import VERSION


def config(folder: Path):
    """What the server is told: a database in a folder of the test's own."""
    from workshop.server.config import Config

    return Config(database_url=f"sqlite:///{(folder / 'stories.sqlite').as_posix()}", secret="s" * 48, testing=True)


def lesson(id: str, bonus: bool = False) -> Lesson:
    return Lesson(id, f"Titre {id}", 5, bonus, ("c’est `à l’envers`", "il en manque une", "<b>gras</b>"), (1, 2, 1))


PROGRAMME = Programme(
    [
        Part(0, "Premier contact", 15, (lesson("0.1"), lesson("0.2"))),
        Part(1, "Préparer les données", 35, (lesson("1.1"), lesson("1.2"), lesson("1.3", bonus=True))),
        Part(2, "Sans exercice", 10, ()),
    ]
)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Sitter:
    """Somebody in a room, without a notebook."""

    def __init__(self, room: Room) -> None:
        self.room, self.ticket, self.sent = room, room.take(None, VERSION), 0

    def event(self, exercise: str | None = "0.1", outcome: str = "right", **more: object) -> dict:
        self.sent += 1
        plain = {"version": VERSION, "id": f"{self.sent:016x}", "seat": self.ticket, "exercise": exercise, "outcome": outcome}
        return plain | {"mistake": None, "hint": None, "seconds": 60} | more

    def say(self, exercise: str | None = "0.1", outcome: str = "right", **more: object) -> None:
        self.room.receive(self.event(exercise, outcome, **more))


@contextlib.contextmanager
def served(rooms: Rooms, prefix: str = "", gathered=None) -> Iterator[str]:
    """Serve rooms with waitress on a free port; yield the address."""
    from workshop.server import serve  # here: where the streaming job is tried, there is no Flask

    with tempfile.TemporaryDirectory() as folder:
        made: queue.Queue = queue.Queue()

        def run() -> None:  # made in its thread: playwright's keeps a loop, where Flask's teardown cannot run
            server = serve.make(config(Path(folder)), "127.0.0.1", 0, rooms, prefix, gathered)
            made.put(server)
            with contextlib.suppress(OSError):  # its sockets are closed under it
                server.run()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        server = made.get(timeout=60)
        try:
            yield f"http://127.0.0.1:{server.effective_port}"
        finally:
            for room in rooms:
                room.end()  # which ends its live pages
            if gathered is not None:
                gathered.end()
            server.close()
            thread.join(5)
