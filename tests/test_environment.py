"""The environment is made once, made again when broken, and a failure says what to do."""

import os
import socket
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.wheels import make_wheel
from workshop.base.errors import WorkshopError
from workshop.machine import environment


@pytest.fixture
def place(tmp_path):
    """A folder for an environment, and an empty list of packages: nothing is downloaded."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("", encoding="utf-8")
    return tmp_path / "venv", requirements


@pytest.mark.slow
def test_made_once_then_reused_then_repaired(place, capsys):
    folder, requirements = place
    environment.make(folder, requirements)
    assert environment.is_ready(folder, requirements)
    assert subprocess.run([environment.interpreter(folder), "--version"], check=False).returncode == 0
    capsys.readouterr()
    environment.make(folder, requirements)
    assert capsys.readouterr().out == ""
    environment.interpreter(folder).unlink()
    assert not environment.is_ready(folder, requirements)
    environment.make(folder, requirements)
    assert "refait" in capsys.readouterr().out and environment.is_ready(folder, requirements)
    kept = folder / "kept.txt"
    kept.touch()
    requirements.write_text("# another list\n", encoding="utf-8")
    assert not environment.is_ready(folder, requirements)
    environment.make(folder, requirements)
    assert "sur place" in capsys.readouterr().out and environment.is_ready(folder, requirements) and kept.exists()
    (folder / "stamp.txt").write_text("3.9 made by an older Python", encoding="utf-8")
    environment.make(folder, requirements)
    assert "refait" in capsys.readouterr().out and not kept.exists()


@pytest.mark.parametrize(
    ("stamp", "python"),
    [
        ("3.11 abc", "3.11"),
        ("3.14 abc", "3.14"),
        ("3.10 abc", None),
        ("3.15 abc", None),
        ("unfinished", None),
        ("", None),
    ],
)
def test_an_environment_keeps_its_python_whoever_runs_the_next_command(place, monkeypatch, stamp, python):
    assert environment._python_of(stamp) == python
    folder, requirements = place
    folder.mkdir()
    monkeypatch.setattr(environment, "_runs", lambda folder: True)
    hashed = environment._fingerprint(requirements).split()[1]
    (folder / "stamp.txt").write_text(stamp.replace("abc", hashed), encoding="utf-8")
    assert environment.is_ready(folder, requirements) == (python is not None)


@pytest.mark.slow
def test_interrupted_before_its_end_it_is_made_again(place, capsys, monkeypatch):
    folder, requirements = place

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(environment.venv, "create", interrupted)
        with pytest.raises(KeyboardInterrupt):
            environment.make(folder, requirements)
    environment.make(folder, requirements)
    assert "refait" in capsys.readouterr().out and environment.is_ready(folder, requirements)


def _their_environment(folder: Path) -> None:
    folder.mkdir()
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n", encoding="utf-8")


def _a_link(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "thesis.txt").touch()
    folder.symlink_to(folder.parent / "elsewhere", target_is_directory=True)


def _a_link_to_an_old_one_of_ours(folder: Path) -> None:
    _a_link(folder)
    (folder / "stamp.txt").write_text("3.9 made by an older Python", encoding="utf-8")


def _a_folder(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").touch()


@pytest.mark.parametrize(
    ("put", "named"),
    [
        (_their_environment, "un environnement Python que l’atelier n’a pas fait"),
        (_a_link, "un lien vers"),
        (_a_link_to_an_old_one_of_ours, "un lien vers"),
        (lambda folder: folder.symlink_to("nowhere"), "un lien vers «\u00a0nowhere\u00a0»"),
        (_a_folder, "un dossier que l’atelier n’a pas fait"),
        (Path.touch, "un fichier"),
    ],
)
def test_what_is_not_ours_is_named_and_left_alone(place, put, named):
    folder, requirements = place
    put(folder)
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(WorkshopError, match=rf"{named}(.|\n)*renommez-le"):
        environment.make(folder, requirements)
    assert set(sorted(folder.parent.rglob("*"))) - set(before) <= {folder.with_name("venv.lock")}
    assert set(before) <= set(folder.parent.rglob("*"))


@pytest.mark.slow
def test_set_up_twice_at_once_the_second_waits_and_makes_nothing(place):
    folder, requirements = place
    program = "import sys, pathlib, workshop.machine.environment as here; here.make(*map(pathlib.Path, sys.argv[1:]))"
    command = [sys.executable, "-c", program, folder, requirements]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") for _ in range(2)]
    said = [one.communicate()[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sum("L’environnement est prêt" in text for text in said) == 1
    assert environment.is_ready(folder, requirements)


# ---------------------------------------------------------------- torch without CUDA


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def index(tmp_path, monkeypatch) -> Iterator[str]:
    """PyTorch's index, with a torch that has no CUDA; the one that pip asks without being told has one with CUDA."""
    make_wheel(tmp_path / "index" / "cpu" / "torch", "torch", "99.0+cpu")
    make_wheel(tmp_path / "index" / "usual" / "torch", "torch", "99.0")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path / "index"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{address}/usual")
    yield f"{address}/cpu"
    server.shutdown()
    server.server_close()


def _torch_of(folder: Path) -> str:
    code = "import importlib.metadata; print(importlib.metadata.version('torch'))"
    return subprocess.check_output([environment.interpreter(folder), "-c", code], text=True).strip()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, the usual torch has no CUDA")
@pytest.mark.parametrize(
    ("cards", "answers", "version"), [([], True, "99.0+cpu"), ([], False, "99.0"), (["a card"], True, "99.0")]
)
def test_without_a_card_torch_comes_without_cuda_if_its_index_answers(place, index, monkeypatch, capsys, cards, answers, version):
    folder, requirements = place
    requirements.write_text("torch==99.0\n", encoding="utf-8")
    monkeypatch.setattr(environment, "nvidia_cards", lambda: cards)
    environment.make(folder, requirements, index if answers else f"{index}/no")
    assert _torch_of(folder) == version
    said = capsys.readouterr().out
    assert ("pour processeur" in said, "avec CUDA" in said) == (version.endswith("+cpu"), not cards and not answers)
    requirements.write_text("torch==99.0\n# and a comment\n", encoding="utf-8")
    environment.make(folder, requirements, index)  # the list has changed, torch has not
    assert _torch_of(folder) == version and "torch" not in capsys.readouterr().out.replace("torch-99", "")


def test_an_index_that_does_not_answer_is_given_up_in_time(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begin = time.monotonic()
        assert not environment._answers(f"http://127.0.0.1:{silent.getsockname()[1]}/torch/", seconds=0.3)
        assert time.monotonic() - begin < 3

    def looked_for_in_vain(*_, **__):
        time.sleep(2)
        raise OSError("no such name")

    monkeypatch.setattr(environment.urllib.request, "urlopen", looked_for_in_vain)
    begin = time.monotonic()
    assert not environment._answers("http://example.org/torch/", seconds=0.1)
    assert time.monotonic() - begin < 1
    assert not environment._answers("no address at all")
    assert environment.PATIENCE == 5


def test_an_index_that_answers_nonsense_is_given_up_without_a_word(capfd):
    with socket.create_server(("127.0.0.1", 0)) as odd:

        def answer() -> None:
            asking, _ = odd.accept()
            with asking:
                asking.recv(4096)
                asking.sendall(b"no HTTP at all\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        assert not environment._answers(f"http://127.0.0.1:{odd.getsockname()[1]}/torch/")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_the_package_is_found_from_a_folder_with_accents_whatever_the_system_writes_in(tmp_path, monkeypatch, encoding):
    """Windows prints paths in an encoding of its own, and Python reads ``.pth`` files in it until 3.13."""
    root = tmp_path / "l’été d’Éloïse"
    (root / "workshop").mkdir(parents=True)
    (root / "workshop" / "__init__.py").write_text("here = 1\n", encoding="utf-8")
    folder = root / "venv"
    venv.create(folder, with_pip=False)
    monkeypatch.setattr(environment, "ROOT", root)
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    environment._show_the_package(folder)
    (shown,) = folder.rglob("workshop.pth")
    assert shown.read_bytes().isascii()
    ask = [environment.interpreter(folder), "-I", "-c", "import workshop; print(workshop.here)"]
    assert subprocess.check_output(ask, cwd=tmp_path, text=True) == "1\n"


@pytest.mark.slow
def test_an_update_that_was_cut_is_not_taken_for_the_list_before_it(place, monkeypatch, capsys):
    folder, requirements = place
    environment.make(folder, requirements)
    before = requirements.read_bytes()
    requirements.write_text("# another list\n", encoding="utf-8")

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(environment, "_install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            environment.make(folder, requirements)
    requirements.write_bytes(before)  # some packages are those of the other list
    assert not environment.is_ready(folder, requirements)
    capsys.readouterr()
    environment.make(folder, requirements)
    assert "sur place" in capsys.readouterr().out and environment.is_ready(folder, requirements)


@pytest.mark.slow
def test_a_failed_installation_says_what_to_do_and_is_not_taken_for_ready(place):
    folder, requirements = place
    requirements.write_text("./no-such-package.whl\n", encoding="utf-8")
    with pytest.raises(WorkshopError, match=r"vérifiez le réseau(.|\n)*no-such-package"):
        environment.make(folder, requirements)
    assert not environment.is_ready(folder, requirements)


def test_an_old_python_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    with pytest.raises(WorkshopError, match=r"3\.11 à 3\.14"):
        environment.check_python()


@pytest.fixture
def patchy(tmp_path, monkeypatch):
    """A list of one package, which pip finds in a folder."""
    make_wheel(tmp_path / "wheels", "patchy", "1.0")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "pip.conf").touch()
    (tmp_path / "requirements.txt").write_text("patchy==1.0\nelsewhere==1.0 ; sys_platform == 'plan9'\n", encoding="utf-8")
    return tmp_path / "venv", tmp_path / "requirements.txt"


@pytest.mark.slow
def test_packages_come_here_whatever_the_settings_of_pip_and_python(patchy, tmp_path, monkeypatch):
    folder, requirements = patchy
    away = {
        "PIP_USER": "1",
        "PIP_TARGET": "a",
        "PIP_PREFIX": "b",
        "PIP_ROOT": "c",
        "PIP_PYTHON": sys.executable,
        "PIP_DRY_RUN": "1",
    }
    for name, value in away.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "pip.conf").write_text("[install]\nuser = true\n", encoding="utf-8")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "pip.py").write_text("raise SystemExit('another pip')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    environment.make(folder, requirements)
    assert environment.is_ready(folder, requirements) and environment._absent(folder, requirements) == []
    assert [*folder.rglob("patchy-1.0.dist-info")] and not [path for path in "abc" if Path(path).exists()]


@pytest.mark.slow
def test_an_environment_that_pip_has_left_empty_is_not_ready(patchy, tmp_path):
    folder, requirements = patchy
    (tmp_path / "pip.conf").write_text(f"[install]\ntarget = {tmp_path / 'away'}\n", encoding="utf-8")
    with pytest.raises(WorkshopError, match=r"il manque patchy dans(.|\n)*pip config list"):
        environment.make(folder, requirements)
    assert not environment.is_ready(folder, requirements)


def test_a_python_without_ensurepip_is_told_what_to_install(place, monkeypatch):
    """As Debian ships it."""
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(environment.shutil, "which", lambda name: "/usr/bin/apt")
    with pytest.raises(WorkshopError, match=rf"python3\.{sys.version_info[1]}-venv"):
        environment.make(*place)
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    with pytest.raises(WorkshopError, match=r"python\.org"):
        environment.make(*place)


@pytest.mark.parametrize(("output", "said"), [(b"Looking\nNo space left on device\n", "No space left"), (None, "sans rien dire")])
def test_an_environment_that_cannot_be_begun_is_a_sentence(place, monkeypatch, output, said):
    def failed(*_, **__):
        raise subprocess.CalledProcessError(1, "ensurepip", output)

    monkeypatch.setattr(environment.venv, "create", failed)
    with pytest.raises(WorkshopError, match=rf"n’a pas pu être commencé dans(.|\n)*{said}"):
        environment.make(*place)
    assert not environment.is_ready(*place)


@pytest.mark.parametrize("text", ["", "[", None])
def test_packages_of_a_key_that_nobody_can_assign_are_left(tmp_path, monkeypatch, capsys, text):
    (tmp_path / "wheels").mkdir()
    monkeypatch.setattr(environment, "WHEELS", tmp_path / "wheels")
    monkeypatch.setattr(environment, "TARGETS", tmp_path / "targets.json")
    if text is not None:
        (tmp_path / "targets.json").write_text(text, encoding="utf-8")
    assert environment._origin() == [] and "est illisible" in capsys.readouterr().out
