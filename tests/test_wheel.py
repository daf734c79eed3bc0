"""The package that pip installs: what is in it, and that it works from another folder, without the repository."""

import email
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from workshop import __version__, cli
from workshop.base.settings import ROOT
from workshop.machine import alone

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = ("workshop", "data", "app", "pyproject.toml", "setup.py", "README.md", "LICENSE")
NOT_OURS = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", ".DS_Store")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy, so that nothing is left in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name, **({"ignore": NOT_OURS} if copy is shutil.copytree else {}))
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", build, "dist"], cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0 and "Warning" not in done.stdout + done.stderr, done.stdout[-2000:] + done.stderr[-2000:]
    (path,) = (folder / "dist").glob("*.whl")
    return path


def test_the_wheel_holds_all_that_ships_and_nothing_else(wheel):
    """Every file of the package, of ``data/`` and of ``app/``."""
    shipped = {"workshop": "workshop", "data": "workshop/_data", "app": "workshop/_app"}
    expected = {
        f"{inside}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, inside in shipped.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints", ".DS_Store"} & set(path.parts)
    }
    with zipfile.ZipFile(wheel) as archive:
        there = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert there == expected


def test_what_the_wheel_says_of_itself(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        said = email.message_from_bytes(archive.read(name))
    assert (said["Name"], said["Version"]) == (PROJECT["project"]["name"], __version__)
    assert said.get_all("Project-URL") == [f"Repository, {PROJECT['tool']['workshop']['repository']}"]
    about = PROJECT["tool"]["workshop"]
    assert f"git+{about['repository']}@{about['release']}`" in said.get_payload(decode=True).decode("utf-8")
    assert said["Description-Content-Type"] == "text/markdown" and said.get_payload().startswith("# ")


def test_only_what_is_in_the_package_is_asked_of_the_package(monkeypatch, capsys):
    def done(_):
        """Do nothing, well."""
        return 0

    monkeypatch.setattr(cli, "INSTALLED", True)
    monkeypatch.setattr(cli, "COMMANDS", dict.fromkeys(cli.COMMANDS, done))
    monkeypatch.setattr(
        alone.importlib.metadata, "metadata", lambda name: email.message_from_string("Project-URL: Repository, https://x/y")
    )
    arguments = {"write": ["Il"], "pack": ["x.zip"], "unpack": ["x.zip"], "record": ["chapters"]}
    refused = {name for name in cli.COMMANDS if cli.main([name, *arguments.get(name, [])])}
    assert refused == cli.NEEDS_THE_WHOLE
    assert cli.main(["doctor"]) == 0 and cli.main(["doctor", "--room"]) == 1
    said = capsys.readouterr().err
    assert said.count("❌") == len(said.split("\n\n")) == len(refused) + 1 and "récupérez https://x/y" in said


def test_what_pip_did_not_bring_is_said_with_how_to_have_it(monkeypatch, capsys):
    """The server is an extra of the package; the rest of what it imports is not, and to install it again brings that back."""

    def lacking(_):
        """Ask for a package that is not there."""
        raise ModuleNotFoundError("No module named 'flask'", name="flask")

    monkeypatch.setattr(alone, "INSTALLED", True)
    monkeypatch.setattr(cli, "COMMANDS", dict.fromkeys(cli.COMMANDS, lacking))
    monkeypatch.setattr(
        alone.importlib.metadata, "metadata", lambda name: email.message_from_string("Project-URL: Repository, https://x/y")
    )
    assert cli.main(["serve"]) == 1
    advice = (
        f'(flask)\u00a0: ceux du serveur s’ajoutent par « pip install "reseau-romans[server] @ git+https://x/y@v{__version__}" »'
    )
    assert advice in capsys.readouterr().err
    assert "server" in PROJECT["project"]["optional-dependencies"] and PROJECT["tool"]["workshop"]["release"] == f"v{__version__}"
    assert cli.main(["reset"]) == 1
    assert "[server]" not in capsys.readouterr().err


@pytest.mark.slow
def test_an_installed_package_works_from_another_folder(wheel, tmp_path):
    target, here = tmp_path / "site", tmp_path / "here"
    here.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run(pip, check=True)
    command = shutil.which("workshop", path=str(target / "bin"))
    ours = {name: value for name, value in os.environ.items() if not name.startswith("WORKSHOP_")}
    environ = ours | {"PYTHONPATH": str(target), "WORKSHOP_OFFLINE": "1", "WORKSHOP_PROFILE": "cpu", "HF_HUB_OFFLINE": "1"}

    def run(*words: str) -> subprocess.CompletedProcess:
        done = subprocess.run([*words], cwd=here, env=environ, capture_output=True, text=True, encoding="utf-8")
        assert "Traceback" not in done.stderr, done.stderr[-2000:]
        return done

    code = "import workshop; from workshop.base.settings import settings; here = settings()\n"
    code += "print(workshop.__file__, here.data, here.outputs, sep='\\n')"
    places = [Path(place) for place in run(sys.executable, "-c", code).stdout.splitlines()]
    assert places == [target / "workshop/__init__.py", target / "workshop/_data", here / "outputs"]

    doctor = run(command, "doctor").stdout
    assert re.search(r"OK +Modèle", doctor) and re.search(r"OK +Paquets", doctor), doctor
    beginning = "Ce soir-là, on frappa trois coups"
    story = run(command, "write", beginning, "--length", "8")
    assert story.returncode == 0 and story.stdout.startswith(beginning) and len(story.stdout) > len(beginning) + 8, story
    books = run(command, "books").stdout
    assert books.count("✓") == 7 and books.count("✗") == 1, books  # one of the Veillées is English
    assert run(command, "lab", "--help").returncode == 0
    lab = run(command, "lab")
    assert lab.returncode == 1 and PROJECT["tool"]["workshop"]["repository"] in lab.stderr
