"""The checklist of the day before: each verdict, and that the command and INSTRUCTOR.md say the same."""

import re
import socket

import pytest

from workshop.backstage import checklist, pages
from workshop.backstage.chapters import chapters
from workshop.backstage.pages import BLOCKS
from workshop.base.errors import WorkshopError
from workshop.base.settings import ROOT, from_environment
from workshop.cli import main
from workshop.exercises.core import of_chapter
from workshop.machine import doctor, resources

GUIDE = (ROOT / "solutions" / "INSTRUCTOR.md").read_text(encoding="utf-8")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Settings of a machine that nothing was prepared on; with no network, and no door to knock at."""
    monkeypatch.setattr(resources, "memory_gb", lambda: 16.0)
    return from_environment({"WORKSHOP_OUTPUTS": str(tmp_path), "WORKSHOP_OFFLINE": "1", "WORKSHOP_COLLECTION": "veillees"})


@pytest.mark.parametrize(
    ("check", "state", "said"),
    [
        (checklist.check_books(True), doctor.OK, "George Sand"),
        (checklist.check_books(False), doctor.NOTE, "workshop books"),
        (checklist.check_hub_model(None, False), doctor.OK, "aucun"),
        (checklist.check_hub_model("some/model", True), doctor.OK, "cache"),
        (checklist.check_hub_model("some/model", False), doctor.TODO, "chapitre 04"),
        (checklist.check_trained([]), doctor.OK, "prêts"),
        (checklist.check_trained(["le BiLSTM"]), doctor.NOTE, "make demo"),
        (checklist.check_slides(False, [], []), doctor.TODO, "make lab"),
        (checklist.check_slides(True, [], ["01_data_preparation"]), doctor.TODO, "make slides"),
        (checklist.check_slides(True, ["05_generation"], []), doctor.NOTE, "make notebooks"),
        (checklist.check_slides(True, [], []), doctor.OK, "sans réseau"),
        (checklist.check_stage(lambda name: None), doctor.TODO, "diapositives dans JupyterLab et la page"),
        (checklist.check_stage(lambda name: name), doctor.OK, "Voilà"),
        (checklist.check_seats(16.0), doctor.NOTE, "porterait 2 personnes"),
        (checklist.check_seats(None), doctor.NOTE, "6 Go"),
    ],
)
def test_each_verdict_says_what_to_do(check, state, said):
    assert check.state == state and said in f"{check.found} {check.advice}"


def test_a_taken_port_of_the_page_is_seen():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert checklist.check_app_port(port).state == doctor.NOTE
    assert checklist.check_app_port(port).state == doctor.OK


def test_trainings_and_slides_are_looked_for_where_they_are_made(here):
    found = {check.name: check for check in checklist.examine(here)}
    assert found["Entraînés d’avance"].state == doctor.NOTE and found["Diapositives"].state in (doctor.TODO, doctor.OK)
    for name in ("bilstm", "gpt2"):
        (here.outputs / "veillees" / name).mkdir(parents=True)
        (here.outputs / "veillees" / name / "made-from.json").write_text("{}", encoding="utf-8")
    assert checklist._trained(here)[0].state == doctor.OK


def test_what_the_doctor_looks_at_the_room_looks_at_too(here):
    """Whatever the attendee's doctor checks is on the instructor's list, but for the card and the books."""
    own = {check.name for check in doctor.examine()}
    assert own - {check.name for check in checklist.examine(here)} <= {"Livres", "Carte graphique"}


@pytest.mark.parametrize("bad", [True, False])
def test_the_exit_code_is_that_of_the_doctor(monkeypatch, capsys, bad):
    monkeypatch.setattr(checklist, "examine", lambda: [doctor.check_memory(2.0 if bad else 8.0)])
    assert main(["doctor", "--room"]) == int(bad)
    printed = capsys.readouterr().out
    by_eye = [item for item in checklist.ITEMS if item.look is None]
    assert "Mémoire" in printed and printed.count("☐") == len(by_eye) > 0


def test_the_guide_and_the_command_have_one_list():
    listed = re.findall(r"^- \[ \] (⚙ )?(.+)$", BLOCKS["veille"](ROOT), re.MULTILINE)
    assert [advice for _, advice in listed] == [item.advice for item in checklist.ITEMS]
    assert [bool(mark) for mark, _ in listed] == [item.look is not None for item in checklist.ITEMS]
    assert BLOCKS["veille"](ROOT) in GUIDE


def test_the_guide_has_the_minutes_of_the_chapters():
    for chapter in chapters():
        if not chapter.front["bonus"]:
            assert f"<!-- begin: chapitre-{chapter.number:02d} -->" in GUIDE, f"INSTRUCTOR.md ne dit rien de {chapter.name}"
            heading = pages.heading(ROOT, chapter.number)
            assert f"## {chapter.heading} · {chapter.front['minutes']} min" in heading
            assert all(f"{exercise.id} ({exercise.minutes} min" in heading for exercise in of_chapter(chapter.number))
    with pytest.raises(WorkshopError, match="07"):
        pages.heading(ROOT / "tests", 7)


def test_the_day_follows_the_chapters():
    rows = re.findall(r"^\| (\d+) h (\d\d) \| (.+) \|$", pages.timetable(ROOT), re.MULTILINE)
    times = [60 * int(hours) + int(minutes) for hours, minutes, _ in rows]
    assert times[0] == pages.START and times == sorted(times) and len(set(times)) == len(times)
    for (_, _, what), start, end in zip(rows, times, times[1:], strict=False):
        if said := re.search(r"\((\d+) min, et (\d+) de marge\)", what):
            assert end - start == int(said[1]) + int(said[2])
    for chapter in chapters():
        assert sum(chapter.heading in what for _, _, what in rows) == 1


def test_a_seat_is_what_the_class_server_gives():
    config = (ROOT / "docker" / "hub" / "jupyterhub_config.py").read_text(encoding="utf-8")
    assert f'setting("MEMORY", "{checklist.SEAT_GB}G")' in config
