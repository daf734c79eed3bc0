"""The doctor gives the right advice for each thing that can be wrong, each simulated here."""

import ast
import dataclasses
import http.server
import importlib.metadata
import os
import shutil
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from workshop.base import settings as settings_module
from workshop.base.settings import ROOT, settings
from workshop.cli import main
from workshop.machine import doctor, resources


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
        (doctor.check_memory(4.5), doctor.NOTE, "un chapitre à la fois"),
        (doctor.check_disk(0.5, 1), doctor.TODO, "libérez"),
        (doctor.check_gpu(None, tool=True, torch_sees_it=None), doctor.NOTE, "pilote NVIDIA"),
        (doctor.check_gpu("H200", tool=True, torch_sees_it=False), doctor.NOTE, "CUDA"),
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
        doctor.check_disk(1.5, 1),
        doctor.check_gpu(None, tool=False, torch_sees_it=None),
        doctor.check_gpu("H200", tool=True, torch_sees_it=True),
        doctor.check_packages(),
    ],
)
def test_what_is_right_is_left_alone(check):
    assert check.state == doctor.OK and not check.advice


@pytest.fixture
def answering():
    """Serve one answer to whatever is asked; yield the port, and what was asked."""
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(answer["status"])
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_):
            pass

    answer = {"status": 200, "body": b""}
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, answer, asked
        server.shutdown()


def test_a_port_taken_by_something_else_is_seen(answering):
    port, answer, asked = answering
    answer.update(status=404, body=b"another program")
    assert doctor.check_port(port).state == doctor.NOTE and "est pris" in doctor.check_port(port).found
    assert asked


def test_a_port_that_was_left_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert doctor.check_port(port).state == doctor.OK


@pytest.mark.parametrize(("prefix", "path"), [(None, "/api"), ("/user/camille/", "/user/camille/api")])
def test_jupyterlab_itself_holds_its_port(answering, monkeypatch, prefix, path):
    """The doctor is asked from inside a notebook (chapter 00), where JupyterLab has its port by necessity."""
    port, answer, asked = answering
    answer["body"] = b'{"version": "2.17.0"}'
    if prefix:
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", prefix)
    check = doctor.check_port(port)
    assert check.state == doctor.OK and "JupyterLab" in check.found and asked == [path]


@pytest.mark.parametrize(
    ("files", "gigabytes"), [({"v2": "2000000000"}, 2.0), ({"v1": "3000000000"}, 3.0), ({"v2": "max"}, 16.0)]
)
def test_a_container_has_the_memory_that_it_may_take(tmp_path, monkeypatch, files, gigabytes):
    monkeypatch.setattr(resources, "_memory_of_the_machine", lambda: 16_000_000_000)
    for name, text in files.items():
        (tmp_path / name).write_text(f"{text}\n", encoding="ascii")
    assert resources.memory_gb([tmp_path / "v2", tmp_path / "v1"]) == gigabytes


def test_the_packages_need_room_only_until_they_are_there():
    here = settings()
    assert doctor.needed_gb(here, installed=False) >= doctor.needed_gb(here, installed=True) + 4


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """Put a program ``nvidia-smi`` of our own in front of the path."""
    if os.name != "posix":
        pytest.skip("the simulated nvidia-smi is a shell script")

    def say(*lines: str, code: int = 0) -> None:
        program = tmp_path / "nvidia-smi"
        program.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in lines) + f"exit {code}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return say


@pytest.fixture
def torch_with_cuda(monkeypatch):
    monkeypatch.setattr(settings_module, "torch_can_use_cuda", lambda: True)


H200 = "NVIDIA H200, 143771, 570.86.15"


def _line(checks: list, name: str):
    return next(check for check in checks if check.name == name)


@pytest.fixture
def examined(monkeypatch):
    """Examine this machine anew, without asking the network."""
    monkeypatch.setenv("WORKSHOP_OFFLINE", "1")
    monkeypatch.delenv("WORKSHOP_PROFILE", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)

    def examine() -> list:
        settings.cache_clear()
        return doctor.examine()

    yield examine
    settings.cache_clear()


def test_a_card_is_shown_with_memory_driver_lane_precision_and_backend(nvidia_smi, torch_with_cuda, examined, monkeypatch):
    import torch

    from workshop.base import lane

    nvidia_smi(H200, H200)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    monkeypatch.setattr(lane, "tensorflow_sees_gpu", lambda: False)
    checks = examined()
    assert _line(checks, "Carte graphique").found == "NVIDIA H200, 140 Go, pilote 570.86.15 (et 1 de plus)"
    assert "124 millions" in _line(checks, "Voie").found and "(bfloat16, Keras sur PyTorch)" in _line(checks, "Voie").found


def test_a_card_without_its_driver_leaves_the_room_lane(nvidia_smi, torch_with_cuda, examined):
    nvidia_smi("NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.", code=9)
    checks = examined()
    card = _line(checks, "Carte graphique")
    assert card.state == doctor.NOTE and "pilote NVIDIA" in card.advice
    assert "GPT-2 embarqué" in _line(checks, "Voie").found


def test_a_card_that_this_torch_cannot_use_leaves_the_room_lane(nvidia_smi, examined, monkeypatch):
    monkeypatch.setattr(settings_module, "torch_can_use_cuda", lambda: False)
    nvidia_smi(H200)
    checks = examined()
    assert "torch ne la voit pas" in _line(checks, "Carte graphique").found
    assert "CUDA" in _line(checks, "Carte graphique").advice and "GPT-2 embarqué" in _line(checks, "Voie").found


def test_the_gpu_lane_without_a_gpu_is_refused(examined, monkeypatch):
    monkeypatch.setenv("WORKSHOP_PROFILE", "gpu")
    lane = _line(examined(), "Voie")
    assert lane.state == doctor.TODO and "WORKSHOP_PROFILE=cpu" in lane.advice


def test_a_proxy_that_blocks_downloads(monkeypatch):
    """A real proxy, on this machine, that refuses every tunnel, as a school's does."""
    asked = []

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self):
            asked.append(self.path)
            self.send_error(403)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Refusing) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, address)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        check = doctor.check_proxy({"HTTPS_PROXY": address}, resources.gutenberg_answers)
        proxy.shutdown()
    assert asked == ["www.gutenberg.org:443"]
    assert check.state == doctor.NOTE and "proxy" in check.found and "HTTPS_PROXY" in check.advice


@pytest.mark.parametrize(("free", "state"), [(0.4e9, doctor.TODO), (9e9, doctor.OK)])
def test_a_full_disk_is_seen_where_results_go(examined, monkeypatch, free, state):
    monkeypatch.setattr(resources.shutil, "disk_usage", lambda place: SimpleNamespace(free=free))
    assert _line(examined(), "Disque").state == state


def test_a_half_installed_environment_is_no_traceback(examined, monkeypatch):
    real = doctor.importlib.util.find_spec
    monkeypatch.setattr(
        doctor.importlib.util, "find_spec", lambda name, *more: None if name == "transformers" else real(name, *more)
    )
    assert _line(examined(), "Processeur").state == doctor.NOTE


@pytest.mark.parametrize(
    ("variable", "value", "line", "found"),
    [
        ("WORKSHOP_COLLECTION", "zola", "Livres", "zola"),
        ("WORKSHOP_COLLECTION", "tales_en", "Livres", "dont des livres manquent ici"),
        ("MODEL_NAME", "personne/rien", "MODEL_NAME", "n’est pas sur cette machine"),
        ("MODEL_NAME", "./nulle/part", "MODEL_NAME", "n’existe pas"),
        ("MODEL_NAME", str(ROOT / "data" / "veillees"), "MODEL_NAME", "n’est pas celui d’un modèle"),
    ],
)
def test_what_would_fail_in_the_chapters_is_not_ok(examined, monkeypatch, tmp_path, variable, value, line, found):
    monkeypatch.setenv("WORKSHOP_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv(variable, value)
    check = _line(examined(), line)
    assert check.state == doctor.TODO and found in check.found and check.advice


def test_a_model_of_ones_own_that_opens_is_ok(examined, monkeypatch, tiny_gpt2, tmp_path):
    for part in tiny_gpt2:
        part.save_pretrained(tmp_path / "mine")
    monkeypatch.setenv("MODEL_NAME", str(tmp_path / "mine"))
    assert _line(examined(), "MODEL_NAME").state == doctor.OK


@pytest.mark.parametrize("damage", ["truncated", "absent", "tokenizer"])
def test_a_damaged_embedded_model_is_seen(examined, tmp_path, damage):
    folder = tmp_path / "data" / "models" / "gpt2-fr"
    shutil.copytree(ROOT / "data" / "models" / "gpt2-fr", folder)
    weights = folder / "model.safetensors"
    if damage == "truncated":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "tokenizer":
        (folder / "tokenizer.json").write_text("{", encoding="utf-8")
    else:
        weights.unlink()
    examined()  # the settings of this machine
    check = doctor.check_model(dataclasses.replace(settings(), root=tmp_path))
    assert check.state == doctor.TODO and check.advice


def test_results_that_cannot_be_written_are_seen(examined, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path / "file" / "outputs"))
    check = _line(examined(), "Résultats")
    assert check.state == doctor.TODO and "WORKSHOP_OUTPUTS" in check.advice
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path / "new" / "outputs"))
    assert _line(examined(), "Résultats").state == doctor.OK


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


@pytest.mark.parametrize("name", ["__init__", "__main__", "machine/__init__", "machine/unpack"])
def test_what_runs_first_can_be_read_by_an_older_python(name):
    """Neither its syntax nor its annotations, which are evaluated, are newer than Python 3.7."""
    tree = ast.parse((ROOT / "workshop" / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    hints = [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    hints += [node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg | ast.AnnAssign)]
    parts = [part for hint in hints if hint for part in ast.walk(hint)]
    assert not [part for part in parts if isinstance(part, ast.Subscript | ast.BinOp)]


@pytest.mark.parametrize("command", ["doctor", "setup"])
def test_an_old_python_is_told_so_before_anything_else(command):
    """An older Python, played by this one, in which nothing but the first lines can be imported."""
    code = f"""
import platform, runpy, shutil, sys, zipfile
sys.version_info, sys.argv = (3, 9, 6, "final", 0), ["workshop", {command!r}]
sys.modules["workshop.cli"] = None
runpy.run_module("workshop", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "3.9.6 ne convient pas" in done.stderr and f"-m workshop {command}" in done.stderr
