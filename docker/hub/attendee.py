"""Prepare an attendee's home, then become their server: ``python attendee.py JUPYTERHUB_OPTIONS…``.

The hub starts this instead of ``jupyterhub-singleuser``, as the attendee.  The chapters are copied once: a file that is already
there is somebody's work and is never written over.  Standard library only.
"""

import os
import shutil
import sys
from pathlib import Path


def settle(source: Path, home: Path) -> list[Path]:
    """Copy the chapters that ``home/notebooks`` lacks, close ``home`` to everybody else, and return what was copied."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    folder = home / "notebooks"
    folder.mkdir(exist_ok=True)
    copied = []
    for chapter in sorted(source.glob("*.ipynb")):
        target = folder / chapter.name
        if not target.exists():
            partial = target.with_suffix(".partial")
            shutil.copyfile(chapter, partial)
            partial.replace(target)
            copied.append(target)
    return copied


def surroundings(home: Path, shared: Path) -> dict[str, str]:
    """Return the variables of the workshop: results in the home, books and models in the folder that all read and none write."""
    found = {"WORKSHOP_OUTPUTS": str(home / "outputs")}
    for variable, folder in (("WORKSHOP_BOOKS", shared / "books"), ("HF_HUB_CACHE", shared / "models")):
        if folder.is_dir():
            found[variable] = str(folder)
    return found


def main() -> None:
    """Settle in, then replace this process by the attendee's JupyterLab."""
    os.umask(0o077)  # whatever the attendee makes is the attendee's
    home = Path.home()
    settle(Path(os.environ["WORKSHOP_NOTEBOOKS"]), home)
    os.chdir(home)
    os.environ.update(surroundings(home, Path(os.environ.get("WORKSHOP_SHARED") or "/srv/shared")))
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *sys.argv[1:]])


if __name__ == "__main__":
    main()
