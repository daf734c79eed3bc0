"""The server as a notebook runs it: beside, and never longer than the notebook."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest
import requests

from tests.conftest import ROOT
from workshop.base.errors import WorkshopError
from workshop.server.beside import Beside


@pytest.fixture(autouse=True)
def outputs(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)


def get(address, path="/healthz", **headers):
    with requests.Session() as session:
        session.trust_env = False
        return session.get(address + path, headers=headers, timeout=10)


def gone(address, seconds=10.0):
    """Whether nobody answers any more, within this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            get(address)
        except requests.ConnectionError:
            return True
        time.sleep(0.1)
    return False


def test_it_answers_until_it_is_closed_even_where_an_event_loop_runs():
    async def in_a_notebook():
        server = Beside(body=4096)
        try:
            answer = get(server.address)
            assert (answer.status_code, answer.text) == (200, "ok\n")
            assert server.address.startswith("http://127.0.0.1:")
            with requests.Session() as session:
                session.trust_env = False
                headers = {"Content-Type": "application/json"}
                assert session.post(f"{server.address}/api/generate", b"a" * 5000, headers=headers, timeout=10).status_code == 413
        finally:
            server.close()
        assert gone(server.address, 0.5)
        server.close()  # twice does no harm

    asyncio.run(in_a_notebook())


def test_it_ends_with_a_notebook_that_is_killed():
    code = "from workshop.server.beside import Beside; import time; print(Beside().address, flush=True); time.sleep(60)"
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environ) as notebook:
        address = notebook.stdout.readline().strip()
        try:
            assert get(address).status_code == 200
        finally:
            notebook.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    assert gone(address)


def test_one_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setenv("WORKSHOP_SERVER_PROXIES", "beaucoup")
    with pytest.raises(WorkshopError, match="WORKSHOP_SERVER_PROXIES"):
        Beside()
