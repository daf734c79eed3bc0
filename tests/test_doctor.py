"""The doctor gives the right advice for each thing that can be wrong, each simulated here."""

import importlib.metadata
import socket
import subprocess
import sys

import pytest

from workshop import doctor
from workshop.cli import main
from workshop.settings import ROOT


def _absent(name):
    raise importlib.metadata.PackageNotFoundError(name)


@pytest.mark.parametrize(
    ("check", "state", "advice"),
    [
        (doctor.check_python((3, 9)), doctor.TODO, "installez Python"),
        (doctor.check_packages(_absent), doctor.TODO, "make lab"),
        (doctor.check_packages(lambda name: "0.1"), doctor.NOTE, "versions prévues"),
        (doctor.check_widgets(lambda name: None), doctor.TODO, "jupyterlab_widgets"),
        (doctor.check_memory(2.0), doctor.TODO, "Colab"),
        (doctor.check_disk(0.5), doctor.TODO, "libérez"),
        (doctor.check_gpu(None, tool=True, torch_sees_it=None), doctor.TODO, "pilote NVIDIA"),
        (doctor.check_gpu("H200", tool=True, torch_sees_it=False), doctor.TODO, "CUDA"),
        (doctor.check_proxy({"HTTPS_PROXY": "http://127.0.0.1:9"}, lambda: False), doctor.NOTE, "HTTPS_PROXY"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(check, state, advice):
    assert check.state == state and advice in check.advice


@pytest.mark.parametrize(
    "check",
    [
        doctor.check_python((3, 12)),
        doctor.check_memory(8.0),
        doctor.check_disk(20.0),
        doctor.check_gpu(None, tool=False, torch_sees_it=None),
        doctor.check_gpu("H200", tool=True, torch_sees_it=True),
        doctor.check_packages(),
    ],
)
def test_what_is_right_is_left_alone(check):
    assert check.state == doctor.OK and not check.advice


def test_a_taken_port_is_seen():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert doctor.check_port(port).state == doctor.NOTE
    assert doctor.check_port(port).state == doctor.OK


def test_the_table_has_a_word_besides_the_sign():
    lines = doctor.table([doctor.check_python((3, 9)), doctor.check_python((3, 12))]).splitlines()
    assert "❌ à faire" in lines[0] and "→" in lines[1] and "✅ OK" in lines[2]


@pytest.mark.parametrize("bad", [True, False])
def test_exit_code_says_whether_something_is_to_be_done(monkeypatch, bad):
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.check_memory(2.0 if bad else 8.0)])
    assert main(["doctor"]) == int(bad)


@pytest.mark.parametrize("command", ["doctor", "demo"])
def test_without_the_packages_there_is_advice_and_no_traceback(command):
    """A Python with nothing but its standard library: what an attendee has before the first command."""
    bare = [sys.executable, "-S", "-E", "-m", "workshop", command]
    result = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", env={"PYTHONUTF8": "1", "PATH": ""})
    assert result.returncode == 1
    assert "make lab" in result.stdout + result.stderr and "Traceback" not in result.stderr
