"""What is counted: requests, times, queues, tokens, errors.  In memory, since the start, and of nobody in particular.

``/metrics`` hands the figures to Prometheus, which is what keeps them; the dashboard shows the last days to the administrator.
"""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock

import prometheus_client as prometheus
from flask import Flask, Response, g

from ..sharing.figures import percentile
from . import incidents
from .incidents import Incident
from .waiting import Line

#: How long the dashboard remembers, how many durations of a route, how many errors.
DAYS, DURATIONS, ERRORS = 14, 1000, 20

#: Seconds, from a page to a long text on a busy machine.
BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80)


class Figures:
    """The figures of Prometheus, in a registry of their own: two applications in one process do not mix them."""

    def __init__(self) -> None:
        """Count from nothing."""
        self.registry = prometheus.CollectorRegistry()
        route = ("route", "method")
        self.requests = self._counter("requests", "Requests answered", *route, "status")
        self.seconds = self._histogram("request_seconds", "Seconds until a request was answered in whole", *route)
        self.errors = self._counter("errors", "Errors that nobody foresaw", "route", "kind")
        self.waits = self._histogram("queue_wait_seconds", "Seconds between coming and having the model", "model")
        self.refused = self._counter("queue_refused", "Readers who found the queue full", "model")
        self.tokens = self._counter("tokens", "Tokens written", "model")
        self.texts = self._counter("texts", "Texts written, or begun", "model")
        self.queue = prometheus.Gauge("workshop_queue_length", "Readers who wait", ["model"], registry=self.registry)
        prometheus.ProcessCollector(registry=self.registry)

    def _counter(self, name: str, said: str, *labels: str) -> prometheus.Counter:
        return prometheus.Counter(f"workshop_{name}", said, labels, registry=self.registry)

    def _histogram(self, name: str, said: str, *labels: str) -> prometheus.Histogram:
        return prometheus.Histogram(f"workshop_{name}", said, labels, registry=self.registry, buckets=BUCKETS)


class Monitor:
    """Sees all that the server does (:class:`workshop.server.engine.Watch` is a part of it).  From any thread."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)):
        """Remember nothing yet."""
        self.clock, self.started = clock, clock()
        self.figures = Figures()
        self._lock = Lock()
        self._hours: defaultdict[datetime, Counter[str]] = defaultdict(Counter)  # requests of an hour, by route
        self._durations: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=DURATIONS))
        self._models: defaultdict[str, Counter[str]] = defaultdict(Counter)  # texts, tokens and refusals of each model
        self._errors: deque[Incident] = deque(maxlen=ERRORS)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self.figures.requests.labels(route, method, str(status)).inc()
        self.figures.seconds.labels(route, method).observe(seconds)
        hour = self.clock().replace(minute=0, second=0, microsecond=0)
        with self._lock:
            if hour not in self._hours:
                for old in [one for one in self._hours if hour - one > timedelta(days=DAYS)]:
                    del self._hours[old]
            self._hours[hour][f"{method} {route}"] += 1
            self._durations[f"{method} {route}"].append(seconds)

    def failed(self, incident: Incident) -> None:
        """Count an error that nobody foresaw."""
        self.figures.errors.labels(incident.route, incident.kind).inc()
        with self._lock:
            self._errors.append(incident)

    def waited(self, model: str, seconds: float) -> None:
        """A reader has come to their turn."""
        self.figures.waits.labels(model).observe(seconds)

    def refused(self, model: str) -> None:
        """A reader found no place."""
        self.figures.refused.labels(model).inc()
        with self._lock:
            self._models[model]["refused"] += 1

    def wrote(self, model: str, tokens: int) -> None:
        """A text has ended, or was ended."""
        self.figures.tokens.labels(model).inc(tokens)
        self.figures.texts.labels(model).inc()
        with self._lock:
            self._models[model].update(texts=1, tokens=tokens)

    def watch_lines(self, lines: Iterable[tuple[str, Line]]) -> None:
        """Read how long the queues are whenever somebody asks."""
        for model, line in lines:
            self.figures.queue.labels(model).set_function(partial(getattr, line, "waiting"))

    def of_model(self, model: str) -> Counter[str]:
        """Return how many ``texts`` and ``tokens`` a model has written, and how many readers were ``refused``."""
        with self._lock:
            return Counter(self._models[model])

    def by_hour(self, hours: int = 24) -> list[tuple[datetime, int]]:
        """Return the requests of each of the last hours, the oldest first, this one last."""
        now = self.clock().replace(minute=0, second=0, microsecond=0)
        moments = [now - timedelta(hours=back) for back in reversed(range(hours))]
        with self._lock:
            return [(moment, self._hours[moment].total() if moment in self._hours else 0) for moment in moments]

    def by_day(self, days: int = DAYS) -> list[tuple[datetime, int]]:
        """Return the requests of each of the last days, the oldest first, this one last."""
        today = self.clock().replace(hour=0, minute=0, second=0, microsecond=0)
        moments = [today - timedelta(days=back) for back in reversed(range(days))]
        with self._lock:
            totals: Counter[datetime] = Counter()
            for hour, routes in self._hours.items():
                totals[hour.replace(hour=0)] += routes.total()
        return [(moment, totals[moment]) for moment in moments]

    def by_route(self) -> list[tuple[str, int, float, float]]:
        """Return for each route its requests of the last days, median and 95th percentile of its last durations (seconds)."""
        with self._lock:
            counts: Counter[str] = Counter()
            for routes in self._hours.values():
                counts.update(routes)
            seen = {route: list(values) for route, values in self._durations.items()}
        return [(route, counts[route], percentile(seen[route], 0.5), percentile(seen[route], 0.95)) for route in sorted(seen)]

    def last_errors(self) -> list[Incident]:
        """Return the last errors, the newest first."""
        with self._lock:
            return list(reversed(self._errors))


def set_up(app: Flask, monitor: Monitor) -> None:
    """Count every request of the application; one that is sent while it is made counts when it has ended."""

    @app.before_request
    def _() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def _(response: Response) -> Response:
        route, method, status = incidents.route(), incidents.method(), response.status_code
        began = g.get("began", time.perf_counter())

        def count() -> None:
            monitor.answered(route, method, status, time.perf_counter() - began)

        if response.is_streamed and not response.direct_passthrough:  # a file is sent by the web server, which tells nobody
            response.call_on_close(count)
        else:
            count()
        return response


def exposition(monitor: Monitor) -> Response:
    """Return all the figures, as Prometheus reads them."""
    return Response(prometheus.generate_latest(monitor.figures.registry), content_type=prometheus.CONTENT_TYPE_LATEST)
