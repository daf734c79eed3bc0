"""What the benchmarks write into tracked files is up to date, and comes from measures."""

import pytest

from tests.bench import model_card, reading
from workshop.backstage import measures
from workshop.base.errors import WorkshopError


def test_the_card_of_the_model_says_what_its_files_say():
    written = (model_card.MODEL / "README.md").read_text(encoding="utf-8")
    assert written == model_card.card(), "run python -m tests.bench.model_card"


def test_repetitions_are_counted_within_a_text():
    assert reading.repeated_share(["il", "dit", "oui"]) == 0  # too short to repeat anything
    assert reading.repeated_share(list("abcde")) == 0
    assert reading.repeated_share(list("abcdabcd")) == pytest.approx(1 / 5)


def test_a_sentence_ends_in_time_or_is_lost():
    short, long = "Il dit oui. ", "mot " * (reading.LONG + 1)
    assert reading.ended_share([short * 3]) == 1
    assert reading.ended_share([short + long]) == reading.ended_share([short + long + "."]) == 1 / 2
    assert reading.ended_share([short + "Il vint et"]) == 1  # the story was cut there: nobody knows


def test_a_quotation_that_opens_must_close_before_the_next():
    assert reading.closed_share(["«Oui», dit-il. «Non.»"]) == 1
    assert reading.closed_share(["«Oui, dit-il. «Non.»"]) == 1 / 2
    assert reading.closed_share(["«Oui.» Il ajouta: «Je"]) == 1  # cut
    assert reading.closed_share(["«Oui.» Il ajouta: «" + "mot " * (reading.LONG + 1)]) == 1 / 2
    assert reading.closed_share(["Rien."]) == 1


def test_every_choice_moves_one_setting():
    names = list(map(reading.name_of, reading.CHOICES))
    assert names[0] == "the defaults" and len(set(names)) == len(names) and not any("," in name for name in names)


def test_a_demonstration_that_was_not_run_is_not_recorded():
    before = measures.read()
    with pytest.raises(WorkshopError, match="make demo"):
        measures.record_demo("no-such-collection")
    assert measures.read() == before
