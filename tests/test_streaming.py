"""Many rooms at once, with what is real here: Spark, MariaDB, librdkafka and its built-in cluster (``make test-stream``).

The job is a process that is killed in the middle; events come late, twice, and are not events; in the end the table and the files
hold what the rooms hold in memory.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import mariadb
from tests.conftest import ROOT
from tests.mariadb import soon
from tests.server_rooms import PROGRAMME, Clock, Sitter
from workshop.server.room.rooms import Rooms

kafka = pytest.importorskip("confluent_kafka", reason="needs confluent-kafka (make test-stream)")
pytest.importorskip("pyspark", reason="needs pyspark (make test-stream)")
pymysql = pytest.importorskip("pymysql", reason="needs PyMySQL (make test-stream)")
pytest.importorskip("sqlalchemy", reason="needs SQLAlchemy (make test-stream)")

from workshop.server import streaming  # noqa: E402
from workshop.server.room.gathered import Gathered  # noqa: E402
from workshop.server.room.relay import TOPIC, to_kafka  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def brokers() -> Iterator[str]:
    """The address of librdkafka's built-in cluster, which lives as long as a client of ours."""
    owner = kafka.Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored:9092"})
    found = owner.list_topics(timeout=10).brokers
    owner.produce(TOPIC, b"this is no event")
    owner.flush(10)
    yield ",".join(f"{one.host}:{one.port}" for one in found.values())


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of a MariaDB of our own."""
    with mariadb.running() as server:
        yield server.address


@contextlib.contextmanager
def running(environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """The job in a process group of its own, so that Spark's Java dies with it."""
    with log.open("ab") as file:
        job = subprocess.Popen(
            [sys.executable, "-m", "workshop.server.streaming"], env=environ, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield job
    except AssertionError:
        print(log.read_text(encoding="utf-8", errors="replace")[-8000:])
        raise
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(job.pid, signal.SIGKILL)
        job.wait(30)


def table(database: str, code: str) -> dict:
    try:
        return streaming.read_counts(database, code)
    except pymysql.err.ProgrammingError:  # the job has not made it yet
        return {}


def on_the_page(gathered: Gathered, code: str) -> dict:
    """What the page of many rooms reads, by exercise, outcome and mistake."""
    gathered.refresh()
    return {(tally.exercise, tally.outcome, tally.mistake): tally.events for tally in gathered.rooms[code]}


def by_kind(room) -> Counter:
    """What a room holds in memory, whatever the minute, but for the hands, which the page does not show."""
    found: Counter = Counter()
    for (exercise, *kind, _), events in room.counts.items():
        if exercise:
            found[exercise, *kind] += events
    return found


def files(place: Path, code: str) -> dict:
    import pyarrow.dataset as ds

    rows = ds.dataset(place, partitioning="hive", exclude_invalid_files=True).to_table().to_pylist() if place.is_dir() else []
    return {
        (row["exercise"], row["outcome"], row["mistake"], row["minute"]): row["events"] for row in rows if row["room"] == code
    }


def test_the_counts_are_those_of_memory_whatever_happens(brokers, database, tmp_path):
    clock = Clock()
    clock.now = 1_800_057_420.0  # 23:57 in UTC: the lesson goes over midnight
    rooms = Rooms(PROGRAMME, clock)
    first, second = rooms.open("moulin-1"), rooms.open("lune-2")
    producer = kafka.Producer({"bootstrap.servers": brokers})
    sent: list[dict] = []
    relay = to_kafka(brokers)

    def passed_on(event: dict) -> None:
        sent.append(event)
        relay(event)

    first.relay = second.relay = passed_on
    out = tmp_path / "rooms"
    environ = os.environ | {
        "PYTHONPATH": str(ROOT),
        "WORKSHOP_STREAM_BROKERS": brokers,
        "WORKSHOP_STREAM_SOURCE": "python",
        "WORKSHOP_STREAM_FILES": str(out),
        "WORKSHOP_STREAM_DATABASE": database,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    log = tmp_path / "job.log"

    def agree() -> bool:
        return all(table(database, room.code) == dict(room.counts) for room in (first, second))

    sitters = [Sitter(room) for room in (first, second) for _ in range(10)]

    def minute_of_work(outcome: str, mistake: int | None = None) -> None:
        for sitter in sitters:
            sitter.say("0.1", outcome, mistake=mistake)
            sitter.say("1.2", "hint", hint=1)
        clock.now += 60

    with running(environ, log) as job:
        minute_of_work("wrong", 1)
        took = soon(agree, 240, job)
        print(f"\nfrom nothing to the first counts: {took:.1f} s")
        minute_of_work("wrong", 2)
        start = time.monotonic()
        sitters[0].say(None, "help")
        soon(agree, 120, job)
        print(f"from an event to the table: {time.monotonic() - start:.1f} s")
        minute_of_work("right")
        time.sleep(0.7)  # in the middle of a batch, or not: whatever comes
        os.killpg(job.pid, signal.SIGKILL)
        job.wait(30)
    for event in sent[::3]:  # repeated, some of them from before the kill
        producer.produce(TOPIC, json.dumps(event).encode())
    minute_of_work("todo")
    for nonsense in (b"", b"{", b"null", b"[1]", b'{"room": "moulin-1"}', b'{"room": 3, "at": "x", "id": []}', b"\xff\xfe"):
        producer.produce(TOPIC, nonsense)
    producer.flush(10)
    with running(environ, log) as job:
        took = soon(agree, 240, job)
        print(f"from the second start to the same counts: {took:.1f} s")
        now = clock.now
        clock.now = now - 300  # it was held up somewhere for five minutes
        sitters[3].say("0.2", "wrong", mistake=3)
        clock.now = now
        minute_of_work("right")
        for event in sent[-15:]:
            producer.produce(TOPIC, json.dumps(event).encode())
        producer.flush(10)
        soon(agree, 120, job)
        os.killpg(job.pid, signal.SIGKILL)  # once more, at rest
        job.wait(30)
    gathered = Gathered(database, PROGRAMME, clock=clock, every=0.0)
    assert all(on_the_page(gathered, room.code) == by_kind(room) for room in (first, second))
    gathered.end()
    with running(environ, log) as job:
        clock.now += 12 * 60
        third = rooms.open("fin-3")
        third.relay = passed_on
        Sitter(third).say()  # its time closes all the minutes before it
        soon(lambda: table(database, "fin-3") == dict(third.counts), 240, job)
        soon(lambda: all(files(out, room.code) == dict(room.counts) for room in (first, second)), 120, job)
        for again in (False, True):  # Spark judges what is late by the clock of the batch before
            if again:
                producer.produce(TOPIC, json.dumps(sent[0] | {"id": "f" * 16}).encode())
                producer.flush(10)
            Sitter(third).say()
            soon(lambda: table(database, "fin-3") == dict(third.counts), 120, job)
        assert agree(), "an event that came after its minute was closed has been counted"
    assert {path.name for path in out.glob("day=*")} == {"day=2027-01-15", "day=2027-01-16"}
    assert first.counts.total() > 100


def test_the_page_goes_on_without_kafka(tmp_path):
    clock = Clock()
    room = Rooms(PROGRAMME, clock).open()
    room.relay = to_kafka(
        "127.0.0.1:9", **{"queue.buffering.max.messages": 5, "message.timeout.ms": 1000, "delivery.timeout.ms": 1000}
    )
    sitter = Sitter(room)
    start = time.monotonic()
    for _ in range(50):
        sitter.say()
    assert time.monotonic() - start < 1 and room.counts.total() == 50
