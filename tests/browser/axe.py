"""axe-core, which finds on a page what keeps people out."""

import shutil
import subprocess
from pathlib import Path

import pytest

AXE = "4.11.0"  # its version, from npm
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def source(place: Path) -> str:
    """Return its source, fetched into this folder."""
    if not shutil.which("npm"):
        pytest.skip("needs npm, for axe-core")
    made = subprocess.run(["npm", "pack", "--silent", f"axe-core@{AXE}"], cwd=place, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"npm gives no axe-core: {made.stderr[-200:]}")
    shutil.unpack_archive(place / made.stdout.split()[-1], place)
    return (place / "package" / "axe.min.js").read_text(encoding="utf-8")


def faults(page, axe: str, within: str = "") -> list:
    """Return what it finds wrong on the page as it is, or in all that a selector finds there."""
    page.evaluate(f"{axe}; 0")
    ask = "([rules, within]) => axe.run(within ? {include: [[within]]} : document, {runOnly: rules})"
    found = page.evaluate(ask, [RULES, within])["violations"]
    return [(one["id"], [(node["html"][:120], node["failureSummary"][:200]) for node in one["nodes"]]) for one in found]
