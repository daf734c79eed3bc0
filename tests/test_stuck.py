"""A calculation that nothing interrupts ends its kernel after a while, and the next one says why."""

import os
import subprocess
import sys
import textwrap

import pytest

from tests.conftest import ROOT
from workshop import exercises
from workshop.base.settings import settings
from workshop.exercises import sandbox, stuck


@pytest.fixture(autouse=True)
def outputs(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path))
    settings.cache_clear()
    stuck._file.cache_clear()
    yield tmp_path
    settings.cache_clear()
    stuck._file.cache_clear()


def kernel(code: str, grace: float = 0.3) -> subprocess.CompletedProcess:
    """Run code as the cell of a kernel, in a process of its own."""
    before = f"""
        from workshop.exercises import sandbox, stuck
        stuck.GRACE, stuck.in_kernel = {grace}, lambda: True
        cell = {code!r}
        space = {{}}
        exec(compile(cell, "/tmp/ipykernel_12/345.py", "exec"), space)
        made = sandbox.run(space["join_lines"], ("a",), 0.2)
        print(type(made.error).__name__, made.value)
    """
    script = textwrap.dedent(before)
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("endless", ["sum(range(10**12))", "10**12 in iter(range(10**12))", "max(range(10**12))"])
def test_a_calculation_in_one_piece_ends_the_kernel_and_the_next_one_says_where(outputs, endless, capsys):
    ended = kernel(f"def join_lines(text):\n    return {endless}\n")
    assert ended.returncode == 1 and ended.stdout == ""
    exercises.exercise("2.6")(exercises.find("2.6").reference)
    said = capsys.readouterr().out
    assert "à la ligne 2 de la cellule de `join_lines`" in said and "arrêté le noyau" in said
    exercises.exercise("2.6")(exercises.find("2.6").reference)
    assert "noyau" not in capsys.readouterr().out, "it is said once"


@pytest.mark.parametrize("code", ["while True: pass", "return 3", "return sum(range(10**6))"])
def test_what_the_alarm_stops_and_what_ends_by_itself_leave_the_kernel_alone(outputs, code):
    ended = kernel(f"def join_lines(text):\n    {code}\n", grace=5)
    assert ended.returncode == 0 and not list(outputs.glob("stuck-*"))
    assert ended.stdout.split()[0] == ("TimeLimit" if "while" in code else "NoneType")


def test_nothing_is_watched_elsewhere_than_in_a_kernel(outputs, monkeypatch):
    monkeypatch.setattr(stuck.faulthandler, "dump_traceback_later", lambda *_, **__: pytest.fail("watched"))
    assert sandbox.run(lambda: 3, (), 1.0).value == 3 and not list(outputs.iterdir())


def test_one_watch_at_a_time(outputs, monkeypatch):
    calls = []
    monkeypatch.setattr(stuck, "in_kernel", lambda: True)
    monkeypatch.setattr(stuck.faulthandler, "dump_traceback_later", lambda seconds, **_: calls.append(seconds))
    assert sandbox.run(lambda: sandbox.run(lambda: 3, (), 1.0).value, (), 2.0).value == 3
    assert calls == [2.0 + stuck.GRACE]


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(monkeypatch, outputs):
    (outputs / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(outputs / "file" / "under"))
    settings.cache_clear()
    monkeypatch.setattr(stuck, "in_kernel", lambda: True)
    assert sandbox.run(lambda: 3, (), 1.0).value == 3 and stuck.last_time() is None


def test_a_report_without_a_cell_is_told_all_the_same(outputs):
    (outputs / "stuck-1.txt").write_text("Timeout (0:00:30)!\nThread 0x7f (most recent call first):\n", encoding="utf-8")
    said = str(stuck.last_time())
    assert "La dernière fois" in said and "ligne" not in said and stuck.last_time() is None


def test_the_empty_file_of_a_kernel_that_was_killed_is_put_away_after_a_day(outputs):
    old, new = outputs / "stuck-1.txt", outputs / "stuck-2.txt"
    for path in (old, new):
        path.write_text("", encoding="utf-8")
    os.utime(old, (0, 0))
    assert stuck.last_time() is None and not old.exists() and new.exists()
