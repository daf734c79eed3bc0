"""The list of pinned packages, and the range of Python, agree with ``pyproject.toml``."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from workshop import cli
from workshop.base.settings import ROOT
from workshop.machine import unpack

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED = [Requirement(line) for line in [*PROJECT["dependencies"], *EXTRAS["room"], *EXTRAS["dev"]]]


def _pins() -> dict[str, list[Requirement]]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins: dict[str, list[Requirement]] = {}
    for pin in map(Requirement, (line for line in lines if not line.startswith("#"))):
        pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: wanted.name)
def test_every_dependency_is_pinned_within_its_range(wanted):
    pins = _pins().get(canonicalize_name(wanted.name), [])
    assert pins, "run make requirements"
    for pin in pins:
        (exact,) = pin.specifier
        assert exact.operator == "==" and wanted.specifier.contains(exact.version), "run make requirements"


def test_one_range_of_python_wherever_it_is_written():
    supported = SpecifierSet(PROJECT["requires-python"])
    versions = [f"3.{minor}" for minor in range(8, 20) if supported.contains(f"3.{minor}")]
    low, high = (".".join(map(str, version)) for version in unpack.SUPPORTED)
    assert versions == cli.PYTHONS and (versions[0], versions[-1]) == (low, high)
    tested = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert re.findall(r'"([\d.]+)"', re.search(r"python: \[(.*)\]", tested)[1]) == versions
    assert f"Python {low} to {high}" in (ROOT / "README.md").read_text(encoding="utf-8")
