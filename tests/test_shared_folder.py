"""A shared folder that its reader may not open (a class server, a strict umask): a sentence, and what there is instead."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workshop import corpus
from workshop.backstage import checklist
from workshop.base.errors import WorkshopError
from workshop.base.settings import ROOT, from_environment, settings, unreadable
from workshop.machine import doctor

pytestmark = pytest.mark.skipif(os.name == "nt", reason="rights of Unix")

PLACES = {
    "the folder above": lambda shared: shared,
    "the folder": lambda shared: shared / "books",
    "a book": lambda shared: sorted((shared / "books").glob("*.txt"))[0],
}


@contextmanager
def _somebody_else() -> Iterator[None]:
    """Read as an account that is not root, which may read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder with the books of the workshop, which everybody may read (those of pytest are closed)."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    shutil.copytree(ROOT / "data" / "veillees", place / "shared" / "books")
    (place / "shared" / "models").mkdir()
    yield place / "shared"
    for folder in (place / "shared", *(place / "shared").iterdir()):
        folder.chmod(0o755)
    shutil.rmtree(place)


@pytest.fixture(params=PLACES.values(), ids=PLACES)
def closed(request, shared, monkeypatch, tmp_path) -> Iterator[Callable[[Path], Path]]:
    monkeypatch.setenv("WORKSHOP_BOOKS", str(shared / "books"))
    monkeypatch.setenv("WORKSHOP_OFFLINE", "1")
    monkeypatch.setenv("WORKSHOP_QUIET", "")
    monkeypatch.setenv("WORKSHOP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("WORKSHOP_COLLECTION", raising=False)
    place = request.param(shared)
    place.chmod(0o000)
    settings.cache_clear()
    with _somebody_else():
        yield place
    settings.cache_clear()


def test_the_books_are_those_at_hand_and_it_is_said_why(closed, capsys):
    assert corpus.choose_collection() == "veillees"
    said = capsys.readouterr().out
    assert "ne peut pas être lu" in said and "chmod -R a+rX" in said
    source = corpus.fetch(corpus.catalogue("veillees")[0])
    assert source.found == ("embarqué" if not source.path.is_relative_to(settings().books) else "dossier")


def test_the_doctor_and_the_checklist_say_it(closed):
    here = from_environment(dict(os.environ))
    for checks in (doctor.check_shared(here, {}), checklist._novels(here)):
        (line,) = [check for check in checks if check.name == "Dossier partagé"]
        assert line.state == doctor.TODO and "ne peut pas être lu" in line.found and "chmod" in line.advice


def test_a_closed_folder_of_models_is_seen_too(shared):
    (shared / "models").chmod(0o000)
    with _somebody_else():
        here = from_environment({})
        (line,) = doctor.check_shared(here, {"HF_HUB_CACHE": str(shared / "models")})
    assert "models" in line.found and line.state == doctor.TODO


def test_what_can_be_read_and_what_is_not_there_are_no_fault(shared):
    with _somebody_else():
        assert unreadable(shared / "books") is None
        assert unreadable(shared / "nowhere") is None
        assert unreadable(None) is None
        with pytest.raises(WorkshopError, match="WORKSHOP_BOOKS"):
            from_environment({"WORKSHOP_BOOKS": str(shared / "nowhere")})
