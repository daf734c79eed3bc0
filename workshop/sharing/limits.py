"""How often the same caller may ask: the token bucket, and one bucket for each caller."""

import time
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple


class Bucket(NamedTuple):
    """What a caller may still spend: a request costs one coin, and the coins come back with time."""

    capacity: float  #: coins at most: how many requests may come at once
    per_second: float  #: coins that come back each second: how many may come in the long run
    coins: float  #: what is in it at ``at``
    at: float  #: when it was last counted, in seconds of a clock that never goes back (``time.monotonic``)


def rate_limit(bucket: Bucket, now: float) -> tuple[Bucket, float]:
    """Return the bucket after a request made at ``now``, and how many seconds to wait: 0 when the request is let through.

    Coins have come back since the last time, never above the capacity.  A request takes a whole coin; one that finds less takes
    nothing, and is told after how long there will be a whole one.
    """
    coins = min(bucket.capacity, bucket.coins + (now - bucket.at) * bucket.per_second)
    if coins >= 1:
        return bucket._replace(coins=coins - 1, at=now), 0.0
    return bucket._replace(coins=coins, at=now), (1 - coins) / bucket.per_second


class RateLimiter:
    """One bucket for each caller (an account, an address), for several threads; a caller who is quiet is forgotten."""

    def __init__(self, capacity: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Let each caller make ``capacity`` requests at once, then ``per_second``; both are above 0, the capacity at least 1."""
        if capacity < 1 or per_second <= 0:
            raise ValueError("a bucket holds at least one coin, and fills again")
        self._full = Bucket(capacity, per_second, capacity, 0.0)
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}
        self._lock = Lock()
        self._swept = clock()

    def wait(self, caller: str) -> float:
        """Count a request, and return how many seconds this caller has to wait: 0 when it is let through."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            bucket = self._buckets.get(caller) or self._full._replace(at=now)
            self._buckets[caller], seconds = rate_limit(bucket, now)
            return seconds

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._buckets)

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again: they say nothing that a new one does not (or memory would only grow)."""
        until_full = self._full.capacity / self._full.per_second
        if now - self._swept >= until_full:
            self._buckets = {caller: one for caller, one in self._buckets.items() if now - one.at < until_full}
            self._swept = now
