"""The environment is made once, made again when broken, and a failure says what to do."""

import subprocess
import sys

import pytest

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
    requirements.write_text("# another list\n", encoding="utf-8")
    assert not environment.is_ready(folder, requirements)


@pytest.mark.slow
def test_a_failed_installation_says_what_to_do_and_is_not_taken_for_ready(place):
    folder, requirements = place
    requirements.write_text("./no-such-package.whl\n", encoding="utf-8")
    with pytest.raises(WorkshopError, match=r"vérifiez le réseau(.|\n)*no-such-package"):
        environment.make(folder, requirements)
    assert not environment.is_ready(folder, requirements)


def test_an_old_python_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    with pytest.raises(WorkshopError, match=r"3\.11 à 3\.13"):
        environment.check_python()
