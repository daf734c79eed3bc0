"""The page of many rooms on a real MariaDB, written to by the statements of the streaming job (``make test-stream``)."""

import os
import signal

import pytest

from tests.mariadb import running
from tests.server_rooms import PROGRAMME, Clock, Sitter
from workshop.server.room.rooms import Rooms

pytest.importorskip("pymysql", reason="needs PyMySQL (make test-stream)")
pytest.importorskip("sqlalchemy", reason="needs SQLAlchemy (make test-stream)")

from workshop.server import streaming
from workshop.server.room import gathered as reading
from workshop.server.room.overview import overview

pytestmark = pytest.mark.slow


class Batch:
    """What Spark hands to the job: rows, and the day that is for the files alone."""

    def __init__(self, room) -> None:
        self.rows = [(room.code, *kind, events, "2027-01-15") for kind, events in room.counts.items()]

    def collect(self) -> list[tuple]:
        return self.rows


def test_the_page_reads_what_the_job_writes_and_outlives_the_database(monkeypatch):
    monkeypatch.setattr(reading, "PATIENCE", {"mysql": {"connect_timeout": 1, "read_timeout": 1, "write_timeout": 1}})
    clock = Clock()
    room = Rooms(PROGRAMME, clock).open("moulin-1")

    def say(count: int, outcome: str, mistake: int | None = None) -> None:
        for _ in range(count):
            Sitter(room).say("0.1", outcome, mistake=mistake)

    with running() as server:
        gathered = reading.Gathered(server.address, PROGRAMME, clock=clock, every=0.0)
        write = streaming.upserted(server.address)

        def shows(right: str, stuck: str) -> bool:
            gathered.refresh()
            found = overview(gathered, room.code)
            return found is not None and (found.rows[0].cells[0].right, found.rows[0].cells[0].stuck) == (right, stuck)

        gathered.refresh()
        assert gathered.silent is None and gathered.rooms == {}  # the job has not made its table yet
        say(11, "right")
        say(2, "wrong", 1)
        write(Batch(room), 0)
        assert shows("11", "moins de 3") and gathered.silent is None
        clock.now += 60
        say(17, "wrong", 3)
        for _ in range(2):  # a batch that is written again
            write(Batch(room), 1)
        assert shows("11", "19")
        assert [(one.number, one.count, one.third) for one in overview(gathered, room.code).troubles] == [(3, "17", True)]

        os.kill(server.process.pid, signal.SIGSTOP)  # it accepts, and says nothing
        try:
            assert shows("11", "19") and gathered.silent == clock.now
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        assert shows("11", "19") and gathered.silent is None

        server.stop()
        assert shows("11", "19") and gathered.silent == clock.now
        server.start()
        say(4, "right")
        write(Batch(room), 2)
        assert shows("15", "19") and gathered.silent is None
        gathered.end()
