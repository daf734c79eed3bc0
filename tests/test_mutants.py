"""No mutant of a reference passes its exercise, unless it is right, too."""

import pytest

from tests import mutants
from workshop.exercises.core import of_chapter

IDS = [exercise.id for chapter in range(8) for exercise in of_chapter(chapter)]
QUICK = [
    "0.1",
    "1.3",
    "1.5",
    "2.6",
    "3.1",
    "3.6",
    "4.3",
    "4.7",
    "5.1",
    "5.3",
    "6.4",
    "6.5",
    "7.3",
    "7.5",
]  #: a hundredth of a second for a mutant


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.mark.parametrize("id", QUICK)
def test_a_sample_of_the_mutants_is_refused(id):
    row = mutants.row(id, every=4)
    assert row.count > 2 and row.passed == []


@pytest.mark.slow
@pytest.mark.parametrize("id", IDS)
def test_every_mutant_is_refused(id):
    row = mutants.row(id)
    assert row.passed == []
    assert row.unknown == [], "said to be equivalent, and not found among those that pass"


def test_what_is_changed():
    source = 'def f(a: list, k: int = 3) -> int:\n    """Do."""\n    if k < 1:\n        raise ValueError(k + 1)\n'
    source += "    return max(a[1:k]) - 2\n"
    changes = {change for _, change in mutants.mutations(source)}
    for change in ("k < 1 -> k <= 1", "k < 1 -> k >= 1", "1 -> 2", "1 -> 0", "2 -> 3", "max(a[1:k]) -> min(a[1:k])", "1:k -> :k"):
        assert change in changes
    assert "max(a[1:k]) - 2 -> max(a[1:k]) + 2" in changes and "if k < 1: raise ValueError(k + 1) -> pass" in changes
    assert not any("3" in change.partition(" ->")[0] for change in changes), "a default is not what an attendee writes"
    assert not any(change.startswith("k + 1 ->") for change in changes), "nor what an exception says is judged"


def test_the_table_is_printed(capsys):
    assert mutants.main(["4.3"]) == 0
    assert "refused" in (said := capsys.readouterr().out) and "4.3" in said and "accepted" in said
