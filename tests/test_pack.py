"""The file for a USB key: made, unpacked, verified; and everything that can be wrong with it is said in words."""

import errno
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workshop.base import settings
from workshop.base.errors import WorkshopError
from workshop.base.settings import ROOT, from_environment
from workshop.cli import main, parser
from workshop.machine import environment, pack, resources, unpack, wheelhouse

from .wheels import make_wheel

LIST = """\
# the room
shared==1.0
binary==2.0
colorama==0.4.6 ; sys_platform == 'win32'
appnope==1.0 ; sys_platform == 'darwin'
patchy==1.0 ; python_full_version < '3.11.5'
patchy==2.0 ; python_full_version >= '3.11.5'
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    """A package index in a folder: a pure package, a compiled one for each platform, one that brings another along."""
    folder = tmp_path_factory.mktemp("index")
    make_wheel(folder, "shared", "1.0", ["behind>=1; sys_platform == 'linux'", "chatty; extra == 'talk'"])
    make_wheel(folder, "behind", "1.5", ["deeper[talk]"])
    make_wheel(folder, "deeper", "3.0", ["chatty>=2; extra == 'talk'", "never; extra == 'other'"])
    make_wheel(folder, "chatty", "2.1")
    for tag in ("win_amd64", "macosx_11_0_arm64", "manylinux_2_28_x86_64"):
        for python in ("cp311", "cp312"):
            make_wheel(folder, "binary", "2.0", tag=f"{python}-{python}-{tag}")
    for name, version in [("colorama", "0.4.6"), ("appnope", "1.0"), ("patchy", "1.0"), ("patchy", "2.0")]:
        make_wheel(folder, name, version)
    return folder


@pytest.fixture
def no_network(index, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))


@pytest.fixture
def requirements(tmp_path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(LIST, encoding="utf-8")
    return path


def target(platform: str, python: str = "3.12") -> wheelhouse.Target:
    return wheelhouse.Target(wheelhouse.PLATFORMS[platform], python)


# Wheels -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "kept"),
    [
        ("windows", ["shared==1.0", "binary==2.0", "colorama==0.4.6", "patchy==2.0"]),
        ("macos", ["shared==1.0", "binary==2.0", "appnope==1.0", "patchy==2.0"]),
        ("linux", ["shared==1.0", "binary==2.0", "patchy==2.0"]),
    ],
)
def test_conditions_are_those_of_the_other_computer(platform, kept):
    assert wheelhouse.applicable(LIST.splitlines(), target(platform), "3.12.0") == kept


@pytest.mark.parametrize(
    ("platform", "python", "wheels"),
    [
        ("windows", "3.12", {"binary-2.0-cp312-cp312-win_amd64", "colorama-0.4.6", "patchy-2.0", "shared-1.0"}),
        ("macos", "3.12", {"binary-2.0-cp312-cp312-macosx_11_0_arm64", "appnope-1.0", "patchy-2.0", "shared-1.0"}),
        (
            "linux",
            "3.11",
            {"binary-2.0-cp311-cp311-manylinux_2_28_x86_64", "patchy-1.0", "patchy-2.0", "shared-1.0"}
            | {"behind-1.5", "deeper-3.0", "chatty-2.1"},
        ),
    ],
)
def test_wheels_of_the_other_computer_and_all_that_they_need(requirements, no_network, tmp_path, platform, python, wheels):
    found = wheelhouse.download(requirements, target(platform, python), tmp_path / "wheels")
    assert {path.stem.removesuffix("-py3-none-any") for path in found} == wheels


def test_a_package_that_does_not_exist_there_is_named(requirements, no_network, tmp_path):
    with pytest.raises(WorkshopError, match=r"paquet binary==2.0 tout fait pour macOS \(Intel\), Python 3.12"):
        wheelhouse.download(requirements, target("macos-intel"), tmp_path / "wheels")


@pytest.mark.parametrize(
    ("system", "machine"), [("win32", "AMD64"), ("darwin", "arm64"), ("darwin", "x86_64"), ("linux", "x86_64")]
)
def test_a_target_has_the_name_that_its_computer_gives_itself(monkeypatch, system, machine):
    monkeypatch.setattr(unpack.sys, "platform", system)
    monkeypatch.setattr(unpack.platform, "machine", lambda: machine)
    names = {target(name, f"{sys.version_info[0]}.{sys.version_info[1]}").name for name in wheelhouse.PLATFORMS}
    assert unpack.this_computer() in names


def test_the_list_of_the_room_can_be_read_for_every_platform():
    lines = environment.REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    for name in wheelhouse.PLATFORMS:
        kept = wheelhouse.applicable(lines, target(name), "3.12.0")
        assert ("tensorflow-cpu==" in "".join(kept)) == (name == "linux") and "torch==2.13.0" in kept


def test_command_line_knows_the_platforms():
    asked = parser().parse_args(["pack", "x.zip", "--platform", *wheelhouse.PLATFORMS, "--python", "3.11", "3.13"])
    assert asked.platform == list(wheelhouse.PLATFORMS) and asked.python == ["3.11", "3.13"]
    with pytest.raises(SystemExit):
        parser().parse_args(["pack", "x.zip", "--platform", "amiga"])
    with pytest.raises(SystemExit):
        parser().parse_args(["pack", "x.zip", "--python", "2.7"])


# The archive --------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path, monkeypatch) -> Path:
    """A small repository without git, with the leftovers of work in it."""
    root = tmp_path / "house"
    for name, text in {
        "workshop/__init__.py": "x = 'é'\n",
        ".ci/run": "#!/bin/sh\n",
        "data/model.safetensors": "weights",
        ".venv/bin/python": "no",
        "outputs/sand/dataset/state.json": "no",
        "workshop/__pycache__/x.pyc": "no",
        "usb/wheels/old.whl": "no",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / ".ci/run").chmod(0o755)
    original = pack._repository
    monkeypatch.setattr(pack, "_repository", lambda: original(root))
    return root


@pytest.fixture
def archive(house, tmp_path, monkeypatch, capsys) -> Path:
    monkeypatch.setattr(pack, "_page_beside", lambda out: None)  # a second each time; it has a test of its own
    out = tmp_path / "key" / "atelier.zip"
    out.parent.mkdir()
    pack.pack(out, wheels=False)
    assert "Mo, en" in capsys.readouterr().out
    return out


def test_the_archive_unpacks_itself_with_the_standard_library(archive, tmp_path):
    """``-I -S``: no site-packages, no PYTHONPATH, as on a computer where nothing is installed."""
    command = [sys.executable, "-I", "-S", str(archive), str(tmp_path / "new" / "atelier")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "-m workshop setup" in done.stdout and "il faut le réseau" in done.stdout
    new = tmp_path / "new" / "atelier"
    files = {path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()}
    assert files == {"workshop/__init__.py", ".ci/run", "data/model.safetensors", "usb/targets.json"}
    assert (new / "workshop/__init__.py").read_text(encoding="utf-8") == "x = 'é'\n"
    if os.name == "posix":
        assert (new / ".ci/run").stat().st_mode & stat.S_IXUSR and not (
            new / "workshop/__init__.py"
        ).stat().st_mode & stat.S_IXUSR
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["atelier"]


def test_manifest_holds_the_checksum_of_every_file(archive):
    with zipfile.ZipFile(archive) as opened:
        manifest = json.loads(opened.read("manifest.json"))
        names = {name for name in opened.namelist() if name.startswith("atelier/")}
        assert set(manifest["files"]) == names
        for name, (checksum, size) in manifest["files"].items():
            data = opened.read(name)
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (checksum, size)
        notice = opened.read("LISEZMOI.txt").decode("utf-8")
    assert "py E:\\atelier.zip" in notice and "python3 /chemin" in notice


def test_the_network_in_one_page_lies_beside_the_archive(house, tmp_path, monkeypatch, capsys):
    pack.pack(tmp_path / "clé.zip", wheels=False)
    page = tmp_path / "clé.html"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>") and str(page) in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "clé.zip") as opened:
        assert "Le fichier clé.html" in opened.read("LISEZMOI.txt").decode("utf-8")
    monkeypatch.setattr(pack.build, "embedded", lambda: tmp_path)  # no model there: the archive is made all the same
    pack.pack(tmp_path / "other.zip", wheels=False)
    assert "⚠" in capsys.readouterr().out and (tmp_path / "other.zip").is_file()


def test_a_file_too_large_for_most_keys_is_said(house, tmp_path, monkeypatch, capsys):
    pack.pack(tmp_path / "small.zip", wheels=False)
    assert "FAT32" not in capsys.readouterr().out
    monkeypatch.setattr(pack, "FAT32_LIMIT", 100)
    pack.pack(tmp_path / "large.zip", wheels=False)
    assert "exFAT" in capsys.readouterr().out


def test_module_command_unpacks_too(archive, tmp_path, capsys):
    assert main(["unpack", str(archive), str(tmp_path / "a")]) == 0
    assert (tmp_path / "a" / "workshop").is_dir()
    assert main(["unpack", str(archive), str(tmp_path / "a")]) == 1
    assert "existe déjà" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["unpack", str(archive), str(tmp_path / "empty")]) == 0


def rewritten(archive: Path, out: Path, change) -> Path:
    """Copy an archive, entry by entry; ``change`` is given the name and the bytes, and returns a list of (name, bytes)."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            for name, data in change(entry.filename, old.read(entry)):
                new.writestr(name, data)
    return out


def refused(archive: Path, folder: Path) -> str:
    with pytest.raises(unpack.UnpackError) as raised:
        unpack.unpack(archive, folder)
    assert list(folder.parent.iterdir()) == []  # neither the folder nor a half of it
    return str(raised.value)


@pytest.fixture
def room(tmp_path) -> Path:
    (tmp_path / "room").mkdir()
    return tmp_path / "room" / "atelier"


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_truncated_copy(archive, room, share):
    data = archive.read_bytes()
    archive.write_bytes(data[: int(share * len(data))])
    assert "« atelier.zip » est incomplet" in refused(archive, room).replace("\u00a0", " ")


def test_a_damaged_file_is_named(archive, room):
    data = bytearray(archive.read_bytes())
    at = data.index(b"weights")
    data[at] ^= 1
    archive.write_bytes(data)
    assert "data/model.safetensors" in refused(archive, room)


def test_a_file_changed_with_its_crc_is_named(archive, room, tmp_path):
    other = rewritten(archive, tmp_path / "x.zip", lambda name, data: [(name, b"evil" if name.endswith("/run") else data)])
    assert ".ci/run" in refused(other, room)


@pytest.mark.parametrize(
    "name", ["../evil.py", "/tmp/evil.py", "atelier/../../evil.py", "C:/evil.py", "atelier\\..\\evil.py", "atelier/C:evil.py"]
)
@pytest.mark.parametrize("listed", [True, False])
def test_a_name_that_leads_out_is_refused(archive, room, tmp_path, name, listed):
    def change(inside, data):
        if inside == "manifest.json" and listed:
            manifest = json.loads(data)
            manifest["files"][name] = [hashlib.sha256(b"evil").hexdigest(), 4]
            data = json.dumps(manifest)
        return [(inside, data)] + ([(name, b"evil")] if inside == "manifest.json" else [])

    assert "hors du dossier" in refused(rewritten(archive, tmp_path / "x.zip", change), room)
    assert not list(tmp_path.rglob("*evil*"))


def test_a_link_is_refused(archive, room):
    with zipfile.ZipFile(archive, "a") as opened:
        entry = zipfile.ZipInfo("atelier/link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(entry, "/etc")
    assert "hors du dossier" in refused(archive, room)


def test_what_is_added_or_missing_is_named(archive, room, tmp_path):
    added = rewritten(
        archive, tmp_path / "a.zip", lambda name, data: [(name, data)] + [("atelier/x.py", b"")] * (name == "manifest.json")
    )
    assert "atelier/x.py" in refused(added, room)
    missing = rewritten(archive, tmp_path / "m.zip", lambda name, data: [] if name.endswith("/run") else [(name, data)])
    assert ".ci/run" in refused(missing, room)


def test_a_disk_that_is_not_there_is_said(archive, room, monkeypatch, capsys):
    """As « E: » on Windows, when the key was taken away."""
    monkeypatch.setattr(unpack.Path, "exists", lambda self: False)
    assert unpack.main([str(archive), str(room)]) == 1
    assert "n’existe pas : branchez ce disque" in capsys.readouterr().err
    assert resources.free_gb(room) == 0.0


def test_interrupted_it_leaves_nothing_and_says_so(archive, room, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(unpack, "_extract", interrupted)
    assert unpack.main([str(archive), str(room)]) == 130
    assert "Interrompu" in capsys.readouterr().err
    assert not room.exists() and not list(room.parent.glob(".*.part"))


def test_another_zip_and_no_file_at_all(room, tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as opened:
        opened.writestr("a.txt", "a")
    assert "n’a pas été fait par" in refused(tmp_path / "photos.zip", room)
    assert "introuvable" in refused(tmp_path / "absent.zip", room)


def test_no_room_is_said_before_anything_is_written(archive, room, monkeypatch):
    monkeypatch.setattr(unpack.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    assert "libérez de la place" in refused(archive, room)


def test_an_old_python_is_told(archive, monkeypatch, capsys, room):
    monkeypatch.setattr(unpack.sys, "version_info", (3, 9, 1))
    assert unpack.main([str(archive), str(room)]) == 1
    assert "3.11 à 3.14" in capsys.readouterr().err and not room.exists()


@pytest.mark.parametrize("here", ["win32-amd64 3.12", "linux-x86_64 3.13"])
def test_next_steps_depend_on_the_computer(monkeypatch, here):
    monkeypatch.setattr(unpack, "this_computer", lambda: here)
    said = unpack.next_steps({"targets": ["win32-amd64 3.12"]}, Path("atelier"))
    assert ("aucun réseau" in said) == (here == "win32-amd64 3.12") and ("téléchargés" in said) == (here != "win32-amd64 3.12")


def test_nothing_is_left_when_packing_fails(house, tmp_path, monkeypatch):
    monkeypatch.setattr(wheelhouse, "download", lambda *_: (_ for _ in ()).throw(WorkshopError("rien")))
    (tmp_path / "key").mkdir()
    with pytest.raises(WorkshopError, match="rien"):
        pack.pack(tmp_path / "key" / "atelier.zip")
    with pytest.raises(WorkshopError, match="n’existe pas"):
        pack.pack(tmp_path / "nowhere" / "atelier.zip")
    assert list((tmp_path / "key").iterdir()) == []


def test_a_key_that_cannot_be_written_is_said(house, tmp_path, monkeypatch):
    (tmp_path / "key").mkdir()

    def protected(self, *_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", protected)
    with pytest.raises(WorkshopError, match="protégée en écriture"):
        pack.pack(tmp_path / "key" / "atelier.zip")


def test_a_key_is_named_and_the_archive_has_its_own_name(house, tmp_path):
    (tmp_path / "key").mkdir()
    pack.pack(tmp_path / "key", wheels=False)
    assert zipfile.is_zipfile(tmp_path / "key" / "atelier.zip")


def test_what_a_killed_one_left_is_removed_by_the_next(house, archive, tmp_path, monkeypatch):
    key = tmp_path / "key"
    for name in (".atelier.zip.1234.scratch", ".atelier.1234.part", ".other.zip.1.scratch"):
        (key / name).mkdir(parents=True)
        (key / name / "half").write_text("", encoding="utf-8")
    pack.pack(key / "atelier.zip", wheels=False)
    unpack.unpack(key / "atelier.zip", key / "atelier")
    assert {path.name for path in key.glob(".*")} == {".other.zip.1.scratch"}


def test_repository_is_what_git_knows():
    if not (ROOT / ".git").exists():
        pytest.skip("this copy has no git")
    names = dict(pack._repository())
    assert {"workshop/machine/unpack.py", "requirements.txt", "data/models/gpt2-fr/model.safetensors"} <= set(names)
    assert not any(name.startswith((".venv/", "outputs/", "usb/", ".git/")) for name in names)


# Books, models, packages on the other computer ----------------------------------------------------------------------------------


def test_books_at_hand_are_taken_and_the_others_named(tmp_path, monkeypatch, capsys):
    from workshop import corpus

    book = next(book for book in corpus.catalogue("sand") if book.number)
    (tmp_path / book.file).write_text("Il était une fois.\n", encoding="utf-8")
    here = from_environment({"WORKSHOP_BOOKS": str(tmp_path), "WORKSHOP_CACHE": str(tmp_path / "none")})
    monkeypatch.setattr(corpus.search, "settings", lambda: here)
    assert pack._books() == {f"usb/books/{book.file}": tmp_path / book.file}
    said = capsys.readouterr().out
    assert "manque\u00a0:" in said and book.title + " (" not in said


def test_books_and_models_of_the_key_are_found(tmp_path, monkeypatch):
    import shutil

    from workshop.base import models

    monkeypatch.setattr(settings, "KEY", tmp_path)
    assert from_environment({}).books is None
    (tmp_path / "books").mkdir()
    assert from_environment({}).books == tmp_path / "books"
    monkeypatch.setattr(models, "KEY", tmp_path)
    there = shutil.copytree(ROOT / "data" / "models" / "gpt2-fr", tmp_path / "models" / "someone--tiny")
    assert models.locate("someone/tiny") == models.in_cache("someone/tiny") == there
    (there / "model.safetensors").unlink()
    assert models.in_cache("someone/tiny") is None
    assert models.in_cache("someone/else") is None


@pytest.mark.slow
def test_from_pack_to_an_environment_with_no_network(house, requirements, no_network, tmp_path, monkeypatch):
    """The whole way: wheels chosen, packed, unpacked, installed with no index, for this very computer."""
    here = unpack.this_computer()
    computers = {target(name, f"{sys.version_info[0]}.{sys.version_info[1]}").name: name for name in wheelhouse.PLATFORMS}
    if here not in computers:
        pytest.skip(f"no packages are made for {here}")
    monkeypatch.setattr(environment, "REQUIREMENTS", requirements)
    out = tmp_path / "atelier.zip"
    pack.pack(out, [computers[here]], [here.split()[1]])
    new = tmp_path / "atelier"
    assert here in unpack.unpack(out, new)["targets"]

    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setattr(environment, "WHEELS", new / "usb" / "wheels")
    monkeypatch.setattr(environment, "TARGETS", new / "usb" / "targets.json")
    environment.make(new / ".venv", requirements)
    code = "import shared, binary, patchy; print(patchy.__version__)"
    python = environment.interpreter(new / ".venv")
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.strip() == ("1.0" if sys.version_info[:3] < (3, 11, 5) else "2.0"), done.stderr


def test_wheels_for_other_computers_are_not_forced_on_this_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(environment, "WHEELS", tmp_path)
    monkeypatch.setattr(environment, "TARGETS", tmp_path / "targets.json")
    (tmp_path / "targets.json").write_text('["win32-amd64 2.7"]', encoding="utf-8")
    assert environment._origin() == []
    assert "win32-amd64 2.7" in capsys.readouterr().out
    (tmp_path / "targets.json").write_text(json.dumps([unpack.this_computer()]), encoding="utf-8")
    assert environment._origin() == ["--no-index", "--find-links", str(tmp_path)]
