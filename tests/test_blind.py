"""The sentences of the blind test: nothing but the manner may give them away."""

import random

import pytest

from workshop.base.errors import WorkshopError
from workshop.stories import blind
from workshop.stories.blind import Candidate, choose, eligible, inner_sentences, is_whole, not_copied

WORDS = "le meunier la roue un âne vers dans avait porte rivière sans deux hiver pain chemin regarda soir tout"


def made_up(count: int, seed: int, end: str = ".") -> list[str]:
    """Whole sentences, all different, of many lengths."""
    rng = random.Random(seed)
    return [" ".join(["Puis", *rng.choices(WORDS.split(), k=rng.randint(8, 28))]) + end for _ in range(count)]


CORPUS, MACHINE = made_up(300, 1), made_up(60, 2, "!")


@pytest.mark.parametrize(
    "sentence",
    [
        "La roue tournait, et personne ne s'en étonna.",
        "—Où vas-tu? dit-elle.",
        "«Entrez!» dit le meunier en riant.",
        "Il répondit: «Je ne sais.»",
        "Édouard se tut…",
    ],
)
def test_whole_sentences(sentence):
    assert is_whole(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "et la roue tournait.",
        "La roue tournait et",
        "La roue tournait,",
        "«La roue tournait, dit-il.",
        "La roue» tournait.",
        "Il vint (le soir.",
        "La roue[2] tournait.",
        "En 1848, la roue tournait.",
        "CHAPITRE premier.",
        "La _roue_ tournait.",
        "Alors parut M.",
        "La roue \ufffd tournait.",
        "",
    ],
)
def test_half_sentences_and_strange_ones(sentence):
    assert not is_whole(sentence)


def test_eligible_are_spelt_in_one_way_and_different():
    printed = "« L’œil du meunier  voit tout,\nmême la nuit », disait-on au village."
    found = eligible([printed, printed, "Trop court.", "Puis " + "trop " * 60 + "long."])
    assert found == ["«L'œil du meunier voit tout, même la nuit», disait-on au village."]


def test_generated_texts_lose_their_ends():
    texts = ["posa son sac. Il dormit. La nuit vint. Puis le", "seul. Fin"]
    assert inner_sentences(texts, lambda text: text.replace(". ", ".|").split("|")) == ["Il dormit.", "La nuit vint."]


def test_copied_sentences_are_left_out():
    source = " ".join(CORPUS[:50])
    whole, partly = CORPUS[3], "Alors " + CORPUS[7][5:60] + " fut perdu pour toujours."
    kept = not_copied([MACHINE[0], whole, MACHINE[1], partly, MACHINE[2]], source)
    assert kept == MACHINE[:3]
    assert not_copied([whole, partly], source) == [] == not_copied([], source)


def test_a_short_loan_is_no_copy():
    source = " ".join(CORPUS[:50])
    loan = "Alors " + CORPUS[7][5 : 5 + blind.COPIED - 12] + ", quoique zélé, fut perdu."
    assert not_copied([loan], source) == [loan]


@pytest.mark.parametrize("seed", range(5))
def test_choice_is_balanced_alike_in_length_and_without_twins(seed):
    chosen = choose(CORPUS, MACHINE, 10, seed)
    ours, theirs = ([one for one in chosen if one.by_machine is side] for side in (False, True))
    assert len(ours) == len(theirs) == 10 and len({one.text for one in chosen}) == 20
    assert {one.text for one in ours} <= set(CORPUS) and {one.text for one in theirs} <= set(MACHINE)
    for low, high in zip(*(sorted(len(one.text) for one in side) for side in (ours, theirs)), strict=True):
        assert abs(low - high) <= 0.35 * high  # sorted: a little further apart than the pairs themselves
    assert abs(sum(len(one.text) for one in ours) / sum(len(one.text) for one in theirs) - 1) < blind.ALIKE


def test_the_same_seed_gives_the_same_choice_and_another_one_another():
    assert choose(CORPUS, MACHINE, 10, 3) == choose(CORPUS, MACHINE, 10, 3)
    assert choose(CORPUS, MACHINE, 10, 3) != choose(CORPUS, MACHINE, 10, 4)


def test_the_order_says_nothing():
    """Over many draws, a sentence of the machine is as often first as last."""
    orders = [[one.by_machine for one in choose(CORPUS, MACHINE, 5, seed)] for seed in range(200)]
    shares = [sum(column) / len(orders) for column in zip(*orders, strict=True)]
    assert all(0.35 < share < 0.65 for share in shares)


def test_a_sentence_on_both_sides_is_in_no_quiz_as_the_machine_s():
    assert all(one != Candidate(CORPUS[0], True) for one in choose(CORPUS, [*MACHINE[:4], CORPUS[0]], 5, 0))


def test_fewer_than_asked_and_too_few():
    assert len(choose(CORPUS, MACHINE[:3], 10, 0)) == 6
    with pytest.raises(WorkshopError, match="pas assez de phrases entières"):
        choose(CORPUS, MACHINE[:1])
    with pytest.raises(WorkshopError, match="pas assez"):
        choose([], [])
