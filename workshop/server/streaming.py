"""Many rooms at once: from Kafka, by Spark, to Parquet files and a table of MySQL or MariaDB (extra ``streaming``, Java 17).

    python -m workshop.server.streaming

counts the cards of every room by exercise, outcome, mistake and minute, in event time.  A repeated event counts once; one that
comes more than ten minutes after the newest is left out.  Two queries, each with its checkpoint: one appends the minutes that are
closed to Parquet, by day; the other keeps a table up to date, where writing the same batch again changes nothing.  Stopped at any
moment, both go on from where they were.

WORKSHOP_STREAM_BROKERS      Kafka's brokers (« localhost:9092 »), and WORKSHOP_STREAM_TOPIC (« room-events »)
WORKSHOP_STREAM_SOURCE       kafka: Spark's own connector, whose coordinates are WORKSHOP_STREAM_PACKAGES; python: the small
                             reader below, which needs no jar (« kafka »)
WORKSHOP_STREAM_FILES        where Parquet goes, any Hadoop path (« outputs/rooms »), and WORKSHOP_STREAM_CHECKPOINTS
WORKSHOP_STREAM_PARTITIONS   of Spark's own work (« 2 »: one machine)
WORKSHOP_STREAM_DATABASE     mysql://user@host:3306/base, and WORKSHOP_STREAM_PASSWORD, if there is one
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from .room.relay import TOPIC

LATE = "10 minutes"  #: how long after the newest event an event still counts
TRIGGER = "1 second"
SCHEMA = "room string, seat int, at double, id string, exercise string, outcome string, mistake int, hint int, seconds int"
CONNECTOR = "org.apache.spark:spark-sql-kafka-0-10_2.13:{version}"
BATCH = 10_000  #: messages that the small reader takes at once

TABLE = """CREATE TABLE IF NOT EXISTS room_counts (
    room VARCHAR(64) NOT NULL, exercise VARCHAR(8) NOT NULL, outcome VARCHAR(8) NOT NULL, mistake INT NOT NULL,
    minute INT NOT NULL, events INT NOT NULL, PRIMARY KEY (room, exercise, outcome, mistake, minute))"""
UPSERT = """INSERT INTO room_counts (room, exercise, outcome, mistake, minute, events) VALUES (%s, %s, %s, %s, %s, %s)
    ON DUPLICATE KEY UPDATE events = VALUES(events)"""


def session(environ: Mapping[str, str]) -> Any:
    """Return the Spark session, with the connector if it is asked for."""
    import pyspark
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("rooms").config("spark.sql.session.timeZone", "UTC")
    builder = builder.config("spark.sql.shuffle.partitions", environ.get("WORKSHOP_STREAM_PARTITIONS", "2"))
    if environ.get("WORKSHOP_STREAM_SOURCE", "kafka") == "kafka":
        packages = environ.get("WORKSHOP_STREAM_PACKAGES") or CONNECTOR.format(version=pyspark.__version__)
        builder = builder.config("spark.jars.packages", packages)
    return builder.getOrCreate()


def lines(spark: Any, environ: Mapping[str, str]) -> Any:
    """Return the stream of messages, one column ``value``."""
    brokers, topic = environ["WORKSHOP_STREAM_BROKERS"], environ.get("WORKSHOP_STREAM_TOPIC", TOPIC)
    if environ.get("WORKSHOP_STREAM_SOURCE", "kafka") == "kafka":
        options = {"kafka.bootstrap.servers": brokers, "subscribe": topic, "startingOffsets": "earliest"}
        options["failOnDataLoss"] = "false"  # what Kafka has forgotten is lost: a job that refused to go on would lose the rest
        return spark.readStream.format("kafka").options(**options).load().selectExpr("CAST(value AS STRING) AS value")
    spark.dataSource.register(reader())
    return spark.readStream.format("rooms").options(brokers=brokers, topic=topic).load()


def counts(messages: Any) -> Any:
    """Return the counts of a stream of messages, by room, exercise, outcome, mistake and minute."""
    from pyspark.sql import functions as f

    events = messages.select(f.from_json("value", SCHEMA).alias("event")).select("event.*").dropna(subset=["room", "id", "at"])
    events = events.withColumn("time", f.timestamp_micros((f.col("at") * 1_000_000).cast("long")))
    once = events.withWatermark("time", LATE).dropDuplicatesWithinWatermark(["room", "seat", "id"])
    exercise, mistake = f.coalesce("exercise", f.lit("")), f.coalesce("mistake", f.lit(0))
    keys = [f.col("room"), exercise.alias("exercise"), f.col("outcome"), mistake.alias("mistake"), f.window("time", "1 minute")]
    start = f.col("window.start")
    minute = (f.unix_timestamp(start) / 60).cast("int").alias("minute")
    day = f.date_format(start, "yyyy-MM-dd").alias("day")
    return (
        once.groupBy(*keys).count().select("room", "exercise", "outcome", "mistake", minute, f.col("count").alias("events"), day)
    )


def upserted(database: str) -> Callable[[Any, int], None]:
    """Return what writes a batch of counts into the table: they are whole counts, so that twice is as once."""

    def write(batch: Any, _: int) -> None:
        rows = [tuple(row)[:6] for row in batch.collect()]
        with connected(database) as connection, connection.cursor() as cursor:
            cursor.execute(TABLE)
            cursor.executemany(UPSERT, rows)
            connection.commit()

    return write


def connected(database: str) -> Any:
    """Return a connection to ``mysql://user@host:port/base`` (or ``?unix_socket=…``); the password is in the environment."""
    import pymysql

    place, password = urlsplit(database), os.environ.get("WORKSHOP_STREAM_PASSWORD", "")
    given = {"user": unquote(place.username or ""), "password": password, "database": place.path.strip("/")}
    if place.query.startswith("unix_socket="):
        return pymysql.connect(unix_socket=unquote(place.query.partition("=")[2]), **given)
    return pymysql.connect(host=place.hostname, port=place.port or 3306, **given)


def read_counts(database: str, room: str) -> dict[tuple[str, str, int, int], int]:
    """Return the counts of a room as :attr:`Room.counts` holds them: by exercise, outcome, mistake and minute."""
    with connected(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT exercise, outcome, mistake, minute, events FROM room_counts WHERE room = %s", (room,))
        return {(exercise, outcome, mistake, minute): events for exercise, outcome, mistake, minute, events in cursor.fetchall()}


def reader() -> type:
    """Return a source of Spark that reads a topic through librdkafka, for where the connector's jar cannot be had."""
    from pyspark.sql.datasource import DataSource, SimpleDataSourceStreamReader

    class Reader(SimpleDataSourceStreamReader):
        def __init__(self, options: Mapping[str, str]) -> None:
            self.options = dict(options)

        def consumer(self) -> Any:
            from confluent_kafka import Consumer

            return Consumer({"bootstrap.servers": self.options["brokers"], "group.id": "rooms", "enable.auto.commit": False})

        def initialOffset(self) -> dict[str, int]:
            return {}

        def read(self, start: dict[str, int]) -> tuple[Iterator[tuple[str]], dict[str, int]]:
            """Take what has come since ``start`` (by partition), at most :data:`BATCH` messages of each."""
            from confluent_kafka import TopicPartition

            consumer, end = self.consumer(), {}
            try:
                found = consumer.list_topics(self.options["topic"], timeout=10).topics[self.options["topic"]]
                for number in found.partitions:
                    first, last = consumer.get_watermark_offsets(TopicPartition(self.options["topic"], number), timeout=10)
                    end[str(number)] = min(last, max(first, start.get(str(number), 0)) + BATCH)
            finally:
                consumer.close()
            return self.readBetweenOffsets(start, end), end

        def readBetweenOffsets(self, start: dict[str, int], end: dict[str, int]) -> Iterator[tuple[str]]:
            """Take the messages of a batch, the same each time that it is asked for, but for those that Kafka has forgotten."""
            from confluent_kafka import TopicPartition

            topic, places = self.options["topic"], dict[str, int]()
            taken, consumer = [], self.consumer()
            try:
                for number in end:
                    first, _ = consumer.get_watermark_offsets(TopicPartition(topic, int(number)), timeout=10)
                    places[number] = max(first, start.get(number, 0))
                left = {number for number in end if places[number] < end[number]}
                consumer.assign([TopicPartition(topic, int(number), places[number]) for number in left])
                while left:
                    for message in consumer.consume(BATCH, timeout=0.2):
                        if message.error():
                            raise RuntimeError(message.error())
                        number = str(message.partition())
                        if message.offset() < end[number]:
                            taken.append((number, message.offset(), message.value().decode("utf-8", "replace")))
                        if message.offset() + 1 >= end[number]:
                            left.discard(number)
            finally:
                consumer.close()
            return iter([(value,) for _, _, value in sorted(taken)])

    class Rooms(DataSource):
        @classmethod
        def name(cls) -> str:
            return "rooms"

        def schema(self) -> str:
            return "value string"

        def simpleStreamReader(self, schema: Any) -> Reader:
            return Reader(self.options)

    return Rooms


def start(environ: Mapping[str, str] = os.environ) -> Any:
    """Start both queries and return the session that runs them."""
    spark = session(environ)
    files = environ.get("WORKSHOP_STREAM_FILES", "outputs/rooms")
    checkpoints = environ.get("WORKSHOP_STREAM_CHECKPOINTS", f"{files}-checkpoints")
    made = counts(lines(spark, environ))
    table = made.writeStream.outputMode("update").foreachBatch(upserted(environ["WORKSHOP_STREAM_DATABASE"]))
    parquet = made.writeStream.outputMode("append").format("parquet").partitionBy("day").option("path", files)
    for name, query in (("table", table), ("files", parquet)):
        query = query.option("checkpointLocation", f"{checkpoints}/{name}").queryName(name)
        query.trigger(processingTime=TRIGGER).start()
    return spark


if __name__ == "__main__":
    start().streams.awaitAnyTermination()
