"""The machine of a class: the formula, the table, and the instrument that measures one attendee."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from workshop.backstage import capacity

FIGURES = {
    "server_gb": 0.1,
    "books": "two invented books",
    "date": "2026-01-01",
    "machine": "an invented machine",
    "chapters": {
        "00_light": {"own_gb": 0.5, "shared_gb": 0.3, "cpu_seconds": 60.0},
        "01_heavy": {"own_gb": 1.5, "shared_gb": 0.8, "cpu_seconds": 300.0},
        "02_middling": {"own_gb": 0.9, "shared_gb": 0.4, "cpu_seconds": 30.0},
    },
}
MINUTES = {"00_light": 10, "01_heavy": 40, "02_middling": 20}


def test_the_formula():
    ten = capacity.machine_for(FIGURES, MINUTES, 10)
    # 2 + 0.8 + 10 × (0.1 + 1.5 + 0.9) = 27.8 GB; 2 × 10 × 300 s / 40 min = 2.5 cores
    assert (ten.memory_gb, ten.cores) == (32, 3)
    assert ten.rush_minutes == pytest.approx(10 * 300 / 3 / 60)
    assert capacity.seat_gb(FIGURES) == pytest.approx(0.1 + 1.5 + 0.9 + 0.8)


def test_more_attendees_need_a_larger_machine():
    sizes = [capacity.machine_for(FIGURES, MINUTES, count) for count in (1, 10, 30, 100, 1000)]
    assert [size.memory_gb for size in sizes] == sorted({size.memory_gb for size in sizes})
    assert [size.cores for size in sizes] == sorted(size.cores for size in sizes)
    assert sizes[0].cores == 2
    assert sizes[-1].memory_gb > capacity.SIZES[-1]


def test_the_table_of_the_readme(tmp_path, monkeypatch):
    assert capacity.tables(tmp_path) == ""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "measured.json").write_text(json.dumps({"capacity": FIGURES}))
    whole = [type("Chapter", (), {"name": name, "front": {"minutes": minutes}}) for name, minutes in MINUTES.items()]
    monkeypatch.setattr(capacity, "chapters", lambda root: whole)
    table = capacity.tables(tmp_path)
    assert "| 01_heavy | 1.50 GB | 0.80 GB | 300 s |" in table
    assert "| 10 | 32 GB | 3 | 17 min |" in table
    assert "3.3 GB or more" in table


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").is_file(), reason="needs Linux, which says what a process shares")
def test_memory_and_processor_are_measured():
    from tests.bench.capacity import Peak

    code = "import time; much = bytearray(b'x') * 200_000_000; sum(range(10**7)); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        peak = Peak()
        peak.look([psutil.Process(child.pid)])
        child.kill()
    assert 0.2 <= peak.own_gb < 0.25
    assert 0 < peak.shared_gb < 0.05
    assert peak.cpu_seconds > 0.05
