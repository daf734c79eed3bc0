"""Keras is given the library that sees the graphics card, before it is imported."""

import dataclasses
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from workshop.base import lane
from workshop.base.settings import settings


@pytest.fixture
def in_lane(monkeypatch):
    def choose(profile: str) -> None:
        here = dataclasses.replace(settings(), profile=profile)
        monkeypatch.setattr(lane, "settings", lambda: here)

    return choose


@pytest.mark.parametrize(
    ("profile", "sees_gpu", "backend"), [("cpu", False, "tensorflow"), ("gpu", True, "tensorflow"), ("gpu", False, "torch")]
)
def test_backend_of_each_lane(in_lane, profile, sees_gpu, backend):
    in_lane(profile)
    assert lane.keras_backend({}, lambda: sees_gpu) == backend


def test_room_lane_does_not_even_ask_tensorflow(in_lane):
    in_lane("cpu")
    assert lane.keras_backend({}, lambda: pytest.fail("asked")) == "tensorflow"


def test_a_choice_is_respected(in_lane):
    in_lane("gpu")
    assert lane.keras_backend({"KERAS_BACKEND": "jax"}, lambda: pytest.fail("asked")) == "jax"


def test_without_tensorflow(in_lane, monkeypatch):
    in_lane("gpu")
    monkeypatch.setattr(lane.importlib.util, "find_spec", lambda name: None)
    assert lane.keras_backend({}, lambda: pytest.fail("asked")) == "torch"


@pytest.mark.parametrize("call", ["use_keras()", "tensorflow_sees_gpu()"])
def test_triton_is_loaded_before_tensorflow(tmp_path, call):
    """The other way round, the process dies; with libraries that only say that they were loaded."""
    (tmp_path / "triton.py").write_text("print('triton')")
    (tmp_path / "keras.py").write_text("import tensorflow")
    (tmp_path / "tensorflow.py").write_text(
        "print('tensorflow')\nclass config:\n    list_physical_devices = staticmethod(lambda kind: [])"
    )
    code = f"from workshop.base import lane; lane.{call}"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]), "WORKSHOP_PROFILE": "cpu"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["triton", "tensorflow"]
