"""Many rooms at once: what each of them counts also goes to Kafka, where ``workshop/server/streaming.py`` reads it."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

from ...base.errors import WorkshopError

TOPIC = "room-events"


def to_kafka(brokers: str, topic: str = TOPIC, **options: Any) -> Callable[[dict[str, Any]], None]:
    """Return a ``Room.relay`` that hands events to Kafka and never waits for it (needs ``confluent-kafka``).

    What cannot be delivered within thirty seconds, or finds ten thousand others waiting, is dropped: the page of each room, which
    is in memory, does not need it.

    Raises:
        WorkshopError: what speaks to Kafka is not installed.
    """
    try:
        from confluent_kafka import Producer
    except ImportError as error:
        raise WorkshopError(
            "Pour Kafka (WORKSHOP_ROOM_KAFKA), il manque un paquet\u00a0: python -m pip install confluent-kafka, ou retirez "
            "cette variable."
        ) from error

    settings = {
        "enable.idempotence": True,
        "linger.ms": 50,
        "delivery.timeout.ms": 30_000,
        "queue.buffering.max.messages": 10_000,
    }
    producer = Producer({"bootstrap.servers": brokers, **settings, **options})

    def relay(event: dict[str, Any]) -> None:
        with contextlib.suppress(BufferError):
            producer.produce(topic, json.dumps(event).encode(), key=event["room"].encode())
        producer.poll(0)

    return relay
