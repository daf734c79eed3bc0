"""What happens when the container starts: find where to write, put the notebooks there, give the token, hand over.

    entrypoint.py COMMAND…

Only Python's standard library.  It works as any user (``docker run --user``), with a read-only root, and with a folder of the
attendee mounted on ``travail``.
"""

import hashlib
import json
import os
import pwd
import secrets
import shutil
import sys
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

ATELIER = Path(__file__).resolve().parents[1]
FOLDERS = ("notebooks", "solutions")
RECORD = ".atelier.json"  #: checksums of the notebooks as they were put, to know which ones the attendee has changed


def is_writable(folder: Path) -> bool:
    """Say whether a file can really be made in this folder, which is made if it has to be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def find_home(environ: MutableMapping[str, str]) -> Path:
    """Return a home that can be written in: the user's own, else one in the temporary folder.

    Raises:
        SystemExit: nothing at all can be written; the message says which option is missing.
    """
    for home in (Path(environ.get("HOME", "/")), Path(environ.get("TMPDIR", "/tmp"), "atelier")):
        if is_writable(home):
            return home
    raise SystemExit("❌ Aucun dossier où écrire : ajoutez « --tmpfs /tmp » à la commande docker.")


def find_work(home: Path, mounted: Path) -> Path:
    """Return the folder of the attendee's work, and say how long what is in it will last."""
    if is_writable(mounted):
        if os.path.ismount(mounted):
            print(f"Votre travail : {mounted}, que vous avez monté. Il vous reste.")
        else:
            print(f"Votre travail : {mounted}. Il disparaît avec le conteneur, sauf si vous montez un dossier à cet endroit.")
        return mounted
    work = home / "travail-provisoire"
    work.mkdir(parents=True, exist_ok=True)
    print(f"⚠️ {why_not(mounted)}")
    print(f"   En attendant, votre travail va dans {work} et disparaîtra avec le conteneur.")
    return work


def why_not(mounted: Path) -> str:
    """Say why nothing can be written in the folder of the attendee's work, and what to do about it."""
    user, owner = os.getuid(), mounted.stat().st_uid if mounted.exists() else None
    if owner in (None, user):
        return f"{mounted} est en lecture seule : montez-y un dossier, -v DOSSIER:{mounted} (finissez par « :z » sous Fedora)."
    advice = f"rendez-le vôtre (sudo chown {user}), " if owner == 0 else f"ajoutez « --user {owner} » à la commande docker, "
    return f"{mounted} appartient à l’utilisateur {owner}, et le conteneur est l’utilisateur {user} : {advice}puis relancez."


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put(source: Path, target: Path) -> None:
    """Copy a file whole or not at all; neither times nor rights are copied, which a mounted folder may not know."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, partial)
    partial.replace(target)


def put_notebooks(source: Path, work: Path) -> list[str]:
    """Put the notebooks of the image in the folder of work, never over what the attendee has changed.

    A notebook that is missing is put there; one that is still as it was put follows the image; any other stays as it is.

    Returns:
        The names of the notebooks of which the image has a newer version, but which were kept.
    """
    record = work / RECORD
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    kept, now = [], {}
    for path in sorted(path for folder in FOLDERS for path in (source / folder).glob("[0-9]*.ipynb")):
        name = path.relative_to(source).as_posix()
        target, new = work / name, checksum(path)
        there = checksum(target) if target.is_file() else None
        if there in (None, known.get(name)) and there != new:
            put(path, target)
        elif there != new and known.get(name) not in (None, new):
            kept.append(name)
        now[name] = new
    if now != known:
        partial = record.with_suffix(".part")
        partial.write_text(json.dumps(now, indent=1), encoding="utf-8")
        partial.replace(record)
    return kept


def prepare(environ: MutableMapping[str, str], mounted: Path, work: Path, home: Path) -> None:
    """Complete the environment of what will run: what the image puts in ``mounted`` follows to ``work``."""
    environ["HOME"] = str(home)
    for name in ("WORKSHOP_OUTPUTS", "WORKSHOP_CACHE", "HF_HOME"):
        place = Path(environ.get(name, ""))
        if place.is_relative_to(mounted):
            environ[name] = str(work / place.relative_to(mounted))
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:  # a user of the host, unknown here: libraries ask for a name
        environ.setdefault("USER", "atelier")
        environ.setdefault("LOGNAME", "atelier")


def give_token(environ: MutableMapping[str, str]) -> None:
    """Make a token unless one was given, and print the address to open, the one time that the token is shown."""
    address = f"http://127.0.0.1:{environ.get('PUBLIC_PORT') or 8888}/"
    if environ.get("JUPYTER_TOKEN") or environ.get("JUPYTER_TOKEN_FILE"):
        print(f"Ouvrez {address} dans votre navigateur, avec le jeton que vous avez choisi.")
        return
    environ["JUPYTER_TOKEN"] = secrets.token_urlsafe(24)
    print(f"Ouvrez dans votre navigateur :\n\n    {address}?token={environ['JUPYTER_TOKEN']}\n")


def main(command: list[str]) -> None:
    """Prepare everything, then become the command."""
    mounted = Path(os.environ.get("HOME", "/"), "travail")
    home = find_home(os.environ)
    work = find_work(home, mounted)
    try:
        for name in put_notebooks(ATELIER, work):
            print(f"Vous avez modifié {name} : il reste comme il est, bien que l’image en ait une version plus récente.")
    except OSError as error:  # a full disk, files of another user: what is there already can still be opened
        print(f"⚠️ Tous les carnets n’ont pas pu être mis dans {work} ({error.strerror}).")
        print("   Faites-y de la place, ou montez un autre dossier, puis relancez.")
    prepare(os.environ, mounted, work, home)
    os.chdir(work)
    if command[:2] == ["jupyter", "lab"] or command[:4] == ["python", "-m", "workshop", "app"]:
        give_token(os.environ)
        print("L’atelier s’ouvre en quelques secondes. Pour l’arrêter : Ctrl+C.", flush=True)
    sys.stdout.flush()
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
