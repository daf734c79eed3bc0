"""A real ``python -m workshop serve``: killed while people keep stories, started again, and nothing confirmed is lost."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.server_site import PASSWORD, hidden

PEOPLE = 6


@contextmanager
def serving(place: Path, *options: str, **said: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """The server in a process of its own, with its database in this folder; give the process and its address."""
    environ = os.environ | {"WORKSHOP_OUTPUTS": str(place), "WORKSHOP_OFFLINE": "1", "PYTHONIOENCODING": "utf-8", **said}
    command = [sys.executable, "-m", "workshop", "serve", "--port", "0", *options]
    server = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    told = ""
    try:
        for line in server.stdout:
            told += line
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                break
        else:
            raise AssertionError(told)
        server.told = told
        yield server, found[0]
    finally:
        server.kill()
        server.wait(20)
        server.stdout.close()


class Person:
    """Somebody with cookies."""

    def __init__(self, address: str):
        self.address = address
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.confirmed: list[str] = []

    def get(self, path: str) -> str:
        with self.opener.open(self.address + path, timeout=20) as answer:
            return answer.read().decode("utf-8")

    def send(self, path: str, **form: str) -> str:
        """Fill in a form, and follow where it leads."""
        data = urllib.parse.urlencode({"csrf_token": hidden(self.get("/"))["csrf_token"], **form}).encode()
        with self.opener.open(self.address + path, data, timeout=20) as answer:
            return answer.read().decode("utf-8")

    def keep_without_end(self) -> None:
        """Keep one story after the other until nobody answers; remember those that were confirmed."""
        token = hidden(self.get("/"))["csrf_token"]
        for number in range(100_000):
            text = f" histoire {number}"
            form = {"csrf_token": token, "prompt": "Il y avait", "text": text, "language": "fr", "model": "base", "seed": "1"}
            try:
                with self.opener.open(f"{self.address}/histoires", urllib.parse.urlencode(form).encode(), timeout=20) as answer:
                    if answer.status == 200 and answer.geturl().endswith("/histoires"):
                        self.confirmed.append(text)
            except OSError:
                return


@pytest.mark.slow
def test_killed_and_started_again_every_confirmed_story_is_there(tmp_path):
    with serving(tmp_path) as (server, address):
        people = [Person(address) for _ in range(PEOPLE)]
        for number, person in enumerate(people):
            assert "Bienvenue" in person.send("/inscription", name=f"personne{number}", password=PASSWORD, again=PASSWORD)
        threads = [threading.Thread(target=person.keep_without_end, daemon=True) for person in people]
        for thread in threads:
            thread.start()
        limit = time.monotonic() + 30
        while min(len(person.confirmed) for person in people) < 5 and time.monotonic() < limit:
            time.sleep(0.05)
        server.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        server.wait(20)
        for thread in threads:
            thread.join(30)
    assert all(len(person.confirmed) >= 5 for person in people)
    with serving(tmp_path) as (_, address):
        for person in people:
            person.address = address  # cookies are for the machine, whatever the port
            there = [story["text"] for story in json.loads(person.get("/histoires/export.json"))["stories"]]
            assert set(person.confirmed) <= set(there)
            assert len(there) - len(person.confirmed) in (0, 1)  # the one that was on its way
            assert len(there) == len(set(there))
        other = Person(address)
        assert "Bonjour, personne0" in other.send("/connexion", name="personne0", password=PASSWORD)


@pytest.mark.slow
def test_the_server_says_what_it_needs_to(tmp_path):
    with serving(tmp_path, "--admin", "Directrice") as (server, address):
        password = re.search(r"Directrice, mot de passe\s*: (\S+)", server.told)[1]
        assert "Bonjour, Directrice" in Person(address).send("/connexion", name="Directrice", password=password)
        port = address.rpartition(":")[2]
        command = [sys.executable, "-m", "workshop", "serve", "--port", port]
        environ = os.environ | {"WORKSHOP_OUTPUTS": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
        taken = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, encoding="utf-8", timeout=60)
        assert taken.returncode == 1 and "--port" in taken.stderr and "Traceback" not in taken.stderr
        with pytest.raises(urllib.error.HTTPError, match="404"):
            Person(address).get("/nulle-part")
    with serving(tmp_path, "--admin", "Directrice") as (server, address):
        server.send_signal(signal.SIGINT)
        assert server.wait(20) in (0, 130) and "mot de passe" not in server.told + server.stdout.read()
