"""What the benchmarks write into tracked files is up to date, and comes from measures."""

import pytest

from tests.bench import model_card
from workshop.backstage import measures
from workshop.base.errors import WorkshopError


def test_the_card_of_the_model_says_what_its_files_say():
    written = (model_card.MODEL / "README.md").read_text(encoding="utf-8")
    assert written == model_card.card(), "run python -m tests.bench.model_card"


def test_a_demonstration_that_was_not_run_is_not_recorded():
    before = measures.read()
    with pytest.raises(WorkshopError, match="make demo"):
        measures.record_demo("no-such-collection")
    assert measures.read() == before
