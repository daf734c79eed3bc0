"""Looking up: BM25 against its formula, declining, the threshold, and the figures that the chapter promises."""

import math

import pytest

from tests.bench import assistant
from workshop.assistant import retrieval
from workshop.assistant.documents import Passage

TEXTS = ["La cloche sonne.", "Le sonneur tire la corde de la cloche, et la corde casse.", "Le blé est au grenier."]


@pytest.mark.parametrize(
    "words",
    [
        ("graisse", "Graissée", "graisser", "GRAISSÉES"),
        ("brûlure", "brulure", "BRÛLURES"),
        ("l’écrou", "L'ECROU", "d’écrou"),
        ("cœur", "CŒURS"),
        ("e\u0301crou", "écrou"),
    ],
)
def test_stems_have_no_accents_capitals_or_endings(words):
    assert len({tuple(retrieval.stems(word)) for word in words}) == 1


def test_function_words_say_nothing():
    assert retrieval.stems("Qu’est-ce que c’est, et combien y en a-t-il ? Où ? À qui ?") == []


def test_the_scores_are_those_of_the_formula():
    ranking = dict(retrieval.bm25("Où est la corde de la cloche ?", TEXTS))
    rare, common = math.log(1 + (3 - 1 + 0.5) / 1.5), math.log(1 + (3 - 2 + 0.5) / 2.5)
    average = (2 + 6 + 2) / 3

    def part(n, length):
        return n * 2.5 / (n + 1.5 * (0.25 + 0.75 * length / average))

    assert [len(retrieval.stems(text)) for text in TEXTS] == [2, 6, 2]
    assert ranking[0] == pytest.approx(common * part(1, 2))
    assert ranking[1] == pytest.approx(rare * part(2, 6) + common * part(1, 6))
    assert ranking[2] == 0


def test_nothing_to_search_and_nothing_to_search_for():
    assert retrieval.bm25("cloche", []) == []
    assert retrieval.bm25("", TEXTS) == retrieval.bm25("?!", TEXTS) == [(0, 0.0), (1, 0.0), (2, 0.0)]
    assert retrieval.bm25("cloche", ["", "…"]) == [(0, 0.0), (1, 0.0)]


def test_the_order_of_the_words_changes_nothing():
    assert retrieval.bm25("corde cloche", TEXTS) == retrieval.bm25("cloche corde", TEXTS)


def test_it_quotes_or_it_declines():
    passages = [Passage(text, number, number, source="notice.pdf") for number, text in enumerate(TEXTS, 1)]
    assert (
        retrieval.answer_or_decline("Qui sonne la cloche ?", passages, 0.5)
        == "«\u00a0La cloche sonne.\u00a0» (notice.pdf, page\u00a01)"
    )
    assert retrieval.answer_or_decline("Qui est le maire de Paris ?", passages, 0.5) == retrieval.UNKNOWN
    assert retrieval.answer_or_decline("Qui sonne ?", [], 0.0) == retrieval.UNKNOWN


def test_the_threshold_is_where_the_two_kinds_part():
    assert retrieval.choose_threshold([5, 6, 7], [1, 2, 3]) == 4
    threshold = retrieval.choose_threshold([2.5, 5, 6, 7, 8], [1, 2, 3, 9])  # they overlap
    assert threshold == 4
    assert retrieval.declined([1, 2, 3, 9], threshold) == 0.75 and retrieval.declined([2.5, 5, 6, 7, 8], threshold) == 0.2
    assert retrieval.declined([], 1.0) == 0 and retrieval.choose_threshold([], []) == 0


def test_the_nearest_question_is_a_memory_without_a_network():
    pairs = [{"question": "Qui sonne la cloche ?", "answer": "lui"}, {"question": "Où est le blé ?", "answer": "au grenier"}]
    assert retrieval.nearest_pair("Le blé se trouve où ?", pairs) == pairs[1]
    assert retrieval.nearest_pair("Qui ?", []) is None


def test_the_figures_that_the_chapter_promises():
    measured = assistant.looked_up()
    assert measured["first"] >= assistant.FIRST and measured["among three"] >= assistant.AMONG
    assert measured["declined, unanswerable"] >= assistant.DECLINED and measured["declined, answerable"] <= assistant.LOST
