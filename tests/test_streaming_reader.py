"""The small reader of Kafka's topic, on a broker made of lists: what it does about messages that the broker has forgotten."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from workshop.server import streaming


class Broker:
    """Partitions with the offsets of their first message and of the next one; it behaves as librdkafka with its own settings."""

    def __init__(self, **partitions: tuple[int, int]):
        self.partitions = {int(name[1:]): range(*ends) for name, ends in partitions.items()}

    def consumer(self, _: dict) -> "Consumer":
        return Consumer(self)


class Consumer:
    def __init__(self, broker: Broker):
        self.broker, self.places, self.empty = broker, {}, 0

    def list_topics(self, topic: str, timeout: float):
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=dict.fromkeys(self.broker.partitions))})

    def get_watermark_offsets(self, partition, timeout: float) -> tuple[int, int]:
        known = self.broker.partitions[partition.partition]
        return known.start, known.stop

    def assign(self, partitions: list) -> None:
        for one in partitions:
            known = self.broker.partitions[one.partition]
            self.places[one.partition] = one.offset if known.start <= one.offset <= known.stop else known.stop  # « latest »

    def consume(self, most: int, timeout: float) -> list:
        found = []
        for number, place in self.places.items():
            stop = min(self.broker.partitions[number].stop, place + most)
            found += [Message(number, offset) for offset in range(place, stop)]
            self.places[number] = stop
        self.empty += not found
        assert self.empty < 3, "it would wait for ever"
        return found

    def close(self) -> None:
        """Nothing is open."""


class Message:
    def __init__(self, partition: int, offset: int):
        self.place = partition, offset

    def error(self) -> None:
        return None

    def partition(self) -> int:
        return self.place[0]

    def offset(self) -> int:
        return self.place[1]

    def value(self) -> bytes:
        return "{}/{}".format(*self.place).encode()


@pytest.fixture
def reader(monkeypatch):
    """Return what makes the reader of a broker, without Spark and without Kafka."""

    def of(broker: Broker):
        kafka, spark = ModuleType("confluent_kafka"), ModuleType("pyspark.sql.datasource")
        kafka.Consumer = broker.consumer
        kafka.TopicPartition = lambda topic, partition, offset=0: SimpleNamespace(partition=partition, offset=offset)
        spark.DataSource = spark.SimpleDataSourceStreamReader = object
        monkeypatch.setitem(sys.modules, "confluent_kafka", kafka)
        monkeypatch.setitem(sys.modules, "pyspark.sql.datasource", spark)
        source = streaming.reader()()
        source.options = {"brokers": "b:1", "topic": "t"}
        return source.simpleStreamReader(None)

    return of


def texts(rows) -> list[str]:
    return [value for (value,) in rows]


def test_everything_is_read_once_and_the_same_batch_is_the_same_again(reader):
    one = reader(Broker(p0=(0, 3), p1=(0, 2)))
    rows, end = one.read({})
    assert texts(rows) == ["0/0", "0/1", "0/2", "1/0", "1/1"] and end == {"0": 3, "1": 2}
    assert texts(one.readBetweenOffsets({}, end)) == ["0/0", "0/1", "0/2", "1/0", "1/1"]
    assert texts(one.read(end)[0]) == []


@pytest.mark.parametrize("start", [{}, {"0": 40, "1": 3}])
def test_what_kafka_has_forgotten_is_not_waited_for(reader, start):
    """A day later (or at the first start), the first messages are not there any more; some partitions are empty."""
    one = reader(Broker(p0=(50, 53), p1=(7, 7)))
    rows, end = one.read(start)
    assert texts(rows) == ["0/50", "0/51", "0/52"] and end == {"0": 53, "1": 7}
    assert texts(one.readBetweenOffsets(start, {"0": 45, "1": 5})) == []  # a batch begun before, all of it forgotten since


def test_a_long_way_behind_it_goes_on_by_batches(reader, monkeypatch):
    monkeypatch.setattr(streaming, "BATCH", 2)
    one, end, seen = reader(Broker(p0=(50, 55))), {}, []
    for _ in range(3):
        rows, end = one.read(end)
        seen += texts(rows)
    assert seen == [f"0/{offset}" for offset in range(50, 55)] and end == {"0": 55}
