"""What the benchmarks write into tracked files is up to date, and comes from measures."""

import pytest

from tests.bench import memorised, model_card, reading
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


def test_what_is_recorded_of_the_assistant_keeps_the_promises_of_chapter_06():
    """Of the wordings that were never learnt, at least 30 % by heart; adapters within 10 points of the whole model."""
    ways = measures.read()["memorised"]["ways"]
    base, whole, few, adapters = (ways[name] for name in memorised.WAYS)
    assert base["test"] == 0 and whole["train"] > 0.95 and adapters["train"] > 0.95
    assert whole["test"] >= 0.3 and adapters["test"] >= whole["test"] - 0.1
    assert few["train"] < 0.5 and adapters["disk_mb"] < base["disk_mb"] / 5
    assert "pari" not in whole["besides"].lower() and whole["besides"]  # an answer, and not that one does not know
