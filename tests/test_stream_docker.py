"""The compose file of the streaming job: the facts that can rot, checked without Docker."""

import os
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

import workshop
from tests.conftest import ROOT

FOLDER = ROOT / "docker" / "stream"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
JOB = (ROOT / "workshop" / "server" / "streaming.py").read_text(encoding="utf-8")
VARIABLE = r"WORKSHOP_STREAM_[A-Z]+"


def test_services_are_pinned_and_closed():
    assert set(COMPOSE["services"]) == {"kafka", "mariadb", "job"}
    for name, service in COMPOSE["services"].items():
        assert re.search(rf":({re.escape(workshop.__version__)}|\d+\.\d+\.\d+[\w-]*)$", service["image"]), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert service["cap_drop"] == ["ALL"] and "privileged" not in service
        for key, value in service["environment"].items():
            if "PASSWORD" in key and "RANDOM" not in key:
                assert value == "${WORKSHOP_STREAM_PASSWORD:-}", key


def test_every_variable_is_read_by_the_job_described_and_handed_over():
    read = set(re.findall(rf'"({VARIABLE})"', JOB))
    assert read == set(re.findall(VARIABLE, JOB.split('"""')[1]))
    assert read == {key for key in COMPOSE["services"]["job"]["environment"] if key.startswith("WORKSHOP_STREAM_")}


def test_the_image_holds_what_the_job_imports_and_runs_as_nobody_special():
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert "COPY --chmod=755 workshop /opt/atelier/workshop" in text and re.findall("(?m)^USER (.*)$", text) == ["1000:1000"]
    assert "openjdk-17" in text and '"workshop.server.streaming"' in text
    assert re.search("PYTHON_VERSION=(.*)", text)[1] == re.search("PYTHON_VERSION=(.*)", (ROOT / "Dockerfile").read_text())[1]


def test_the_pins_are_those_of_the_extra():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {one.name: one for one in map(Requirement, project["optional-dependencies"]["streaming"])}
    lines = [line for line in (FOLDER / "requirements.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pins = {one.name: str(one.specifier).removeprefix("==") for one in map(Requirement, lines)}
    assert set(pins) == set(wanted) and all(wanted[name].specifier.contains(version) for name, version in pins.items())
    room = (ROOT / "requirements.txt").read_text(encoding="utf-8").lower()
    assert not [
        name for name in pins if name.lower() in ("pyspark", "pymysql", "confluent-kafka") and f"\n{name.lower()}==" in room
    ]


def test_docker_compose_accepts_the_file():
    if (
        not shutil.which("docker")
        or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("needs docker compose")
    command = ["docker", "compose", "--file", FOLDER / "compose.yaml", "config", "--quiet"]
    result = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=os.environ | {"WORKSHOP_STREAM_PASSWORD": "x"}, check=False
    )
    assert result.returncode == 0, result.stderr
