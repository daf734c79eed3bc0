"""The network is really cut before the chapters run without it; and where it cannot be, that is said."""

import os
import socket
import subprocess
import sys

import pytest

from workshop.base.errors import WorkshopError
from workshop.base.settings import ROOT
from workshop.cli import main, parser
from workshop.machine import offline

LOOK = """
import socket
from workshop.machine import offline
print(offline.is_cut(), [name for _, name in socket.if_nameindex()])
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), timeout=5).close()
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error:
    print(error.strerror)
"""


@pytest.fixture
def way():
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux")
    try:
        return offline.way_out_of_the_network() or pytest.skip("this machine has no network at all")
    except WorkshopError as error:
        pytest.skip(str(error))


def test_in_there_only_the_loopback_answers(way):
    done = subprocess.run([*way, sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "Le réseau est coupé."
    assert done.stdout.splitlines()[1].startswith("True ['lo'") and "Network is unreachable" in done.stdout


def test_a_network_that_is_not_cut_stops_everything(way, capsys, monkeypatch):
    monkeypatch.setattr(offline, "raise_loopback", lambda: None)
    monkeypatch.setattr(offline.os, "execvp", lambda *_: pytest.fail("ran all the same"))
    assert offline.main(["true"]) == 1
    assert "n’est pas coupé" in capsys.readouterr().err


@pytest.mark.parametrize("why", ["refused", "absent"])
def test_where_it_cannot_be_cut_that_is_said(monkeypatch, capsys, why):
    def run(*_, **__):
        if why == "absent":
            raise FileNotFoundError("unshare")
        return subprocess.CompletedProcess([], 1)

    monkeypatch.setattr(offline, "is_cut", lambda: False)
    monkeypatch.setattr(offline.subprocess, "run", run)
    assert main(["test", "--offline"]) == 1
    assert "unshare" in capsys.readouterr().err


def test_a_machine_without_network_needs_no_namespace(monkeypatch):
    monkeypatch.setattr(offline, "is_cut", lambda: True)
    assert offline.way_out_of_the_network() == []


def test_a_route_is_enough_to_be_connected(monkeypatch):
    class Probe(socket.socket):
        def connect(self, address):
            pass

    monkeypatch.setattr(offline.socket, "socket", Probe)
    assert not offline.is_cut()


def test_the_new_account_inherits_nothing_that_helps(tmp_path):
    dirty = {name: "x" for name in offline.FORGOTTEN} | {"PATH": os.environ.get("PATH", ""), "HOME": "/home/someone"}
    clean = offline.fresh_environment(tmp_path, dirty)
    assert not set(offline.FORGOTTEN) & set(clean) and clean["PATH"] == dirty["PATH"]
    assert all(clean[name].startswith(str(tmp_path)) for name in ("HOME", "HF_HOME", "WORKSHOP_CACHE", "WORKSHOP_OUTPUTS"))


def test_command_line():
    assert parser().parse_args(["test"]).offline is None
    assert parser().parse_args(["test", "--offline"]).offline == []
    assert parser().parse_args(["test", "--offline", "notebooks/x.ipynb"]).offline == ["notebooks/x.ipynb"]
