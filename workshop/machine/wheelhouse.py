"""Wheels for other computers than this one: what ``requirements.txt`` means there, and everything that it needs.

``pip download --platform`` chooses wheels for the other computer, but reads the conditions of a list of requirements
(``; sys_platform == 'win32'``) as on this one.  So the conditions are evaluated here, and pip gets plain names.
"""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from ..base.errors import WorkshopError

MANYLINUX = ("manylinux2014", "manylinux2010", "manylinux1", *(f"manylinux_2_{minor}" for minor in range(5, 32)), "linux")


@dataclass(frozen=True)
class Platform:
    """A kind of computer: how Python describes it there, and the tags of the wheels that it accepts."""

    title: str
    os_name: str
    sys_platform: str
    platform_system: str
    platform_machine: str
    tags: tuple[str, ...]


#: Linux since Ubuntu 20.04, macOS since 14: torch has no wheel for older ones.
PLATFORMS = {
    "windows": Platform("Windows", "nt", "win32", "Windows", "AMD64", ("win_amd64",)),
    "macos": Platform("macOS 14 ou plus récent (Apple)", "posix", "darwin", "Darwin", "arm64", ("macosx_14_0_arm64",)),
    "macos-intel": Platform("macOS (Intel)", "posix", "darwin", "Darwin", "x86_64", ("macosx_14_0_x86_64",)),
    "linux": Platform("Linux", "posix", "linux", "Linux", "x86_64", tuple(f"{tag}_x86_64" for tag in MANYLINUX)),
}


@dataclass(frozen=True)
class Target:
    """A platform and a version of Python, such as 3.12."""

    platform: Platform
    python: str

    @property
    def title(self) -> str:
        """Name it for a reader."""
        return f"{self.platform.title}, Python {self.python}"

    @property
    def name(self) -> str:
        """Name it as ``unpack.this_computer`` does there."""
        return f"{self.platform.sys_platform}-{self.platform.platform_machine.lower()} {self.python}"

    @property
    def patches(self) -> tuple[str, str]:
        """The first and the last version that it may be: a condition may tell 3.11.4 from 3.11.5."""
        return f"{self.python}.0", f"{self.python}.99"

    def environment(self, patch: str, extra: str = "") -> dict[str, str]:
        """Return the variables of the conditions of requirements, as they are there."""
        return {
            "os_name": self.platform.os_name,
            "sys_platform": self.platform.sys_platform,
            "platform_system": self.platform.platform_system,
            "platform_machine": self.platform.platform_machine,
            "platform_release": "",
            "platform_version": "",
            "platform_python_implementation": "CPython",
            "implementation_name": "cpython",
            "implementation_version": patch,
            "python_version": self.python,
            "python_full_version": patch,
            "extra": extra,
        }


def applicable(lines: Iterable[str], target: Target, patch: str) -> list[str]:
    """Return the requirements that hold on ``target``, without their conditions."""
    from packaging.requirements import Requirement

    kept = []
    for line in lines:
        line = line.partition("#")[0].strip()
        if not line:
            continue
        need = Requirement(line)
        if need.marker is None or need.marker.evaluate(target.environment(patch)):
            need.marker = None
            kept.append(str(need))
    return kept


def download(requirements: Path, target: Target, folder: Path) -> list[Path]:
    """Download into ``folder`` every wheel that ``target`` needs to install ``requirements`` with no network; return them.

    Raises:
        WorkshopError: pip found no wheel for that computer, or no network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = requirements.read_text(encoding="utf-8").splitlines()
    done: set[str] = set()
    for patch in target.patches:
        asked = [line for line in applicable(lines, target, patch) if line not in done]
        while asked:  # then what the wheels themselves need and the list does not hold (CUDA, behind torch)
            _pip_download(asked, target, patch, folder)
            done.update(asked)
            asked = sorted(set(missing(folder, target, patch)) - done)
    return sorted(folder.glob("*.whl"))


def pip(command: str, target: Target, patch: str) -> list[str]:
    """Return the beginning of a command of pip that takes wheels for another computer, those that it is given and no other."""
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    options += ["--implementation", "cp", "--python-version", patch]
    options += [word for tag in target.platform.tags for word in ("--platform", tag)]
    return [sys.executable, "-m", "pip", command, *options]


def _pip_download(lines: list[str], target: Target, patch: str, folder: Path) -> None:
    done = subprocess.run(
        [*pip("download", target, patch), "--dest", str(folder), *lines],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode == 0:
        return
    said = (done.stderr or done.stdout).strip().splitlines()
    absent = re.search(r"No matching distribution found for (\S+)", done.stderr)
    if absent:
        raise WorkshopError(
            f"Il n’existe pas de paquet {absent[1]} tout fait pour {target.title} (ou le réseau est coupé) : retirez cette "
            "plateforme, ou changez --python."
        )
    raise WorkshopError(f"Les paquets pour {target.title} n’ont pas pu être téléchargés\u00a0:\n  " + "\n  ".join(said[-3:]))


def missing(folder: Path, target: Target, patch: str) -> Iterator[str]:
    """Yield what the wheels of ``folder`` need on ``target`` and that is not among them, in any version."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    described = {canonicalize_name(found["Name"]): found for found in map(metadata, sorted(folder.glob("*.whl")))}
    extras = {name: {""} for name in described}
    queue = list(described)
    while queue:
        name = queue.pop()
        for line in described[name].get_all("Requires-Dist") or ():
            need = Requirement(line)
            other = canonicalize_name(need.name)
            if need.marker and not any(need.marker.evaluate(target.environment(patch, extra)) for extra in extras[name]):
                continue
            need.marker = None
            if other not in described:
                yield str(need)
            elif not need.extras <= extras[other]:
                extras[other] |= need.extras
                queue.append(other)


def metadata(wheel: Path):
    """Return the fields of the METADATA of a wheel."""
    with zipfile.ZipFile(wheel) as opened:
        inside = next(name for name in opened.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        return HeaderParser().parsestr(opened.read(inside).decode("utf-8"))
