"""What a chapter asks, it answers for attendees too: folded, or computed by a cell."""

import re

import pytest

from workshop.backstage.chapters import chapters, tags

CHAPTERS = [chapter for chapter in chapters() if chapter.number <= 5]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_only_the_speaker_s_notes_are_left_out_for_attendees(chapter):
    hidden = [cell.source for cell in chapter.cells if cell.cell_type == "markdown" and "solution" in tags(cell)]
    assert [source for source in hidden if not source.startswith("*Pour qui présente*")] == []


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)
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
