"""Keras is given the library that sees the graphics card, before it is imported."""

import dataclasses

import pytest

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
