"""The server for stories under load: fifty readers on loopback for a minute, each with an address and an account.

What must be true is checked: no answer is a 500, every story whose keeping was confirmed is there in the end, no other is.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from workshop.sharing.figures import percentile

from .common import ROOT, table

READERS, SECONDS, THINKING, TOKENS = 50, 60.0, 1.0, 40
PASSWORD = "quatre mots sans rapport"
START = "Il y avait une fois, au bord de la rivière,"

#: What a reader does next, and how often.
HABITS = {"home": 3, "shelf": 3, "write": 3, "stream": 3, "completion": 1, "keep": 3}


@contextmanager
def served(outputs: Path) -> Iterator[str]:
    """A real ``python -m workshop serve``; give its address."""
    said = {"WORKSHOP_OUTPUTS": str(outputs), "WORKSHOP_OFFLINE": "1", "WORKSHOP_SERVER_PROXIES": "1", "DATABASE_URL": ""}
    command = [sys.executable, "-m", "workshop", "serve", "--port", "0"]
    log = (outputs / "server.log").open("w", encoding="utf-8")
    with log, subprocess.Popen(command, cwd=ROOT, env=os.environ | said, stdout=subprocess.PIPE, stderr=log, text=True) as server:
        assert server.stdout
        try:
            yield re.search(r"http://\S+", server.stdout.readline())[0]  # type: ignore[index]
        finally:
            server.terminate()


class Reader:
    """Somebody who reads, has texts written, and keeps some."""

    def __init__(self, number: int, address: str, seen: "Seen"):
        self.name, self.seen = f"lecteur{number:02}", seen
        self.random = random.Random(number)
        self.client = httpx.Client(base_url=address, headers={"X-Forwarded-For": f"10.0.0.{number + 1}"}, timeout=120)
        self.kept: list[str] = []
        self.token = ""

    def ask(self, name: str, method: str, path: str, **more) -> httpx.Response:
        """Ask, and note how long it took and what came."""
        start = time.perf_counter()
        answer = self.client.request(method, path, **more)
        self.seen.note(name, answer, time.perf_counter() - start)
        if found := re.search(r'name="csrf_token" value="([^"]+)"', answer.text):
            self.token = found[1]
        return answer

    def send(self, path: str, **form: str) -> httpx.Response:
        """Send a form."""
        return self.ask(f"POST {path}", "POST", path, data={"csrf_token": self.token, **form})

    def sign_up(self) -> None:
        self.ask("GET /", "GET", "/")
        answer = self.send("/inscription", name=self.name, password=PASSWORD, again=PASSWORD)
        assert answer.status_code == 302, answer.text
        self.home()  # another session has begun: its forms have another token

    def home(self) -> None:
        self.ask("GET /", "GET", "/")

    def shelf(self) -> None:
        self.ask("GET /histoires", "GET", "/histoires")

    def write(self) -> None:
        self.ask("POST /api/generate", "POST", "/api/generate", json={"prompt": START, "max_new_tokens": TOKENS})

    def stream(self) -> None:
        self.ask("POST /api/generate/stream", "POST", "/api/generate/stream", json={"prompt": START, "max_new_tokens": TOKENS})

    def completion(self) -> None:
        self.ask("POST /v1/completions", "POST", "/v1/completions", json={"prompt": START, "max_tokens": TOKENS})

    def keep(self) -> None:
        text = f" histoire {len(self.kept)} de {self.name}"
        said = {"prompt": START, "text": text, "language": "fr", "model": "base", "seed": "1"}
        if self.send("/histoires", **said).status_code == 302:
            self.kept.append(text)

    def live(self, until: float) -> None:
        """Do what readers do, with pauses to read."""
        self.sign_up()
        while time.monotonic() < until:
            getattr(self, *self.random.choices(list(HABITS), list(HABITS.values())))()
            time.sleep(self.random.expovariate(1 / THINKING))

    def lost(self) -> int:
        """Return how many of the stories whose keeping was confirmed are not there, or are there without that or twice."""
        stories = json.loads(self.client.get("/histoires/export.json").text)["stories"]
        confirmed, there = Counter(self.kept), Counter(story["text"] for story in stories)
        return ((confirmed - there) + (there - confirmed)).total()


class Seen:
    """What all the readers saw."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.waits: list[int] = []  #: that were announced with a 503
        self.broken: list[str] = []

    def note(self, name: str, answer: httpx.Response, seconds: float) -> None:
        with self.lock:
            self.statuses[name][answer.status_code] += 1
            if answer.status_code < 400:
                self.seconds[name].append(seconds)
            if answer.status_code == 503:
                self.waits.append(int(answer.headers["Retry-After"]))
            if answer.status_code == 500 or "event: error" in answer.text:
                self.broken.append(f"{name}: {answer.text[:200]}")

    def rows(self) -> list[tuple[str, ...]]:
        """Return a row for each route: how many were served, how fast, and what the others were told."""
        rows = []
        for name, counts in sorted(self.statuses.items()):
            values = self.seconds[name] or [float("nan")]
            figures = (f"{1000 * percentile(values, share):,.0f} ms" for share in (0.5, 0.95, 1))
            others = ", ".join(f"{count} × {code}" for code, count in sorted(counts.items()) if code >= 400)
            rows.append((name, str(sum(count for code, count in counts.items() if code < 400)), *figures, others or "none"))
        return rows


def main() -> None:
    """Print the table."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as address:
        readers = [Reader(number, address, seen) for number in range(READERS)]
        failures: list[BaseException] = []

        def live(reader: Reader) -> None:
            try:
                reader.live(until)
            except BaseException as error:
                failures.append(error)

        until = time.monotonic() + SECONDS
        threads = [threading.Thread(target=live, args=[reader]) for reader in readers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures[0]
        kept, lost = sum(len(reader.kept) for reader in readers), sum(reader.lost() for reader in readers)
        log = Path(folder, "server.log").read_text(encoding="utf-8")
    heads = ("route", "served", "median", "95th percentile", "longest", "told to come back")
    table(f"{READERS} readers for {SECONDS:.0f} s, a text is {TOKENS} tokens", heads, seen.rows())
    print(f"\n{kept} stories kept, {lost} lost; {len(seen.broken)} errors; the log has {len(log.splitlines())} lines.")
    if seen.waits:
        print(f"{len(seen.waits)} readers found the queue full: told to come back in {min(seen.waits)} to {max(seen.waits)} s.")
    with suppress(IndexError):
        print("\n".join([*seen.broken[:3], log.splitlines()[-1]]))
    if lost or seen.broken:
        sys.exit("The server did not hold.")
