"""The list of pinned packages, and the range of Python, agree with ``pyproject.toml``."""

import re
import subprocess
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from workshop import cli
from workshop.base.settings import ROOT
from workshop.machine import unpack, wheelhouse

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED = [Requirement(line) for line in [*PROJECT["dependencies"], *EXTRAS["room"], *EXTRAS["server"], *EXTRAS["dev"]]]


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
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"python(3\.\d+)", makefile.split("sys.exit")[0]) == versions[::-1]
    assert "(3, 11) <= sys.version_info[:2] <= (3, {})".format(versions[-1].partition(".")[2]) in makefile


COMPUTERS = [*(("linux", version) for version in cli.PYTHONS), ("windows", cli.PYTHONS[-1]), ("macos", cli.PYTHONS[-1])]


@pytest.mark.slow
@pytest.mark.index
@pytest.mark.parametrize(("platform", "python"), COMPUTERS)
def test_every_pin_has_a_wheel(platform, python, tmp_path):
    """The package index is asked; nothing is installed."""
    target = wheelhouse.Target(wheelhouse.PLATFORMS[platform], python)
    patch = target.patches[1]
    lines = wheelhouse.applicable((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines(), target, patch)
    assert any(line.startswith("tensorflow") for line in lines) == (python != "3.14")  # it has no wheel for that one
    command = [*wheelhouse.pip("install", target, patch), "--dry-run", "--ignore-installed", "--ignore-requires-python"]
    asked = subprocess.run([*command, f"--target={tmp_path}", *lines], capture_output=True, text=True, encoding="utf-8")
    if re.search(r"NewConnectionError|NameResolutionError|Max retries", asked.stderr):
        pytest.skip("needs the package index")
    assert asked.returncode == 0, asked.stderr[-2000:]
