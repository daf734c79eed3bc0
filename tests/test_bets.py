"""What a chapter asks, it answers for attendees too: folded, or computed by a cell."""

import re

import pytest

from workshop.backstage.chapters import chapters, project, tags
from workshop.backstage.notebooks import notebook
from workshop.base.settings import ROOT
from workshop.exercises.core import of_chapter

CHAPTERS = chapters()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_only_the_speaker_s_notes_are_left_out_for_attendees(chapter):
    hidden = [cell.source for cell in chapter.cells if cell.cell_type == "markdown" and "solution" in tags(cell)]
    assert [source for source in hidden if not source.startswith("*Pour qui présente*")] == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_folded_answers_are_closed_and_hold_no_markdown(chapter):
    """Up to a blank line, what is inside is HTML, where `code` and *emphasis* would be shown as they are written."""
    for cell in chapter.cells:
        folded = re.findall(r"<details>.*?</details>", cell.source, re.S)
        assert len(folded) == cell.source.count("<details>") == cell.source.count("</details>")
        assert [one for one in folded if re.search(r"[`*]", one.partition("\n\n")[0])] == []


#: What a bet is called in the chapters.
BET = re.compile(r"[Aa]vant d’exécuter|[Pp]ariez|[Dd]evinez|[Pp]révoyez|[Aa]vant de toucher|Votre pari")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_after_a_bet_something_is_run(chapter):
    """Before the next bet, or the end."""
    waiting = ""
    for cell in chapter.cells:
        if cell.cell_type == "code":
            waiting = ""
        elif BET.search(cell.source) and not cell.source.startswith("*Pour qui"):
            assert not waiting, f"a bet with nothing to run before the next one: {waiting}"
            waiting = cell.source
    assert not waiting


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_exercises_for_the_room_fit_in_its_minutes(chapter):
    known = {exercise.id: exercise for exercise in of_chapter(chapter.number)}
    room = [known[id] for id in chapter.front["room"]]
    assert room and not any(exercise.bonus for exercise in room)
    assert sum(exercise.minutes for exercise in room) <= chapter.front["minutes"] / 2, "the rest is for looking and talking"
    assert chapter.front["beginner"] > chapter.front["minutes"]


def test_the_head_of_a_chapter_and_its_cards_say_for_whom_they_are():
    chapter = next(chapter for chapter in CHAPTERS if chapter.number == 1)
    cells = notebook(project(ROOT), CHAPTERS, chapter, attendee=True).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown").replace("\u00a0", " ")
    assert "« en salle » (1.2, 1.5, 1.6)" in text and "avec tous les exercices : 90 min environ" in text
    assert "5 min · **en salle** · *" in text and "4 min · pour le soir · *" in text and "6 min · bonus · *" in text
