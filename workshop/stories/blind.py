"""Which sentences a blind test may show: whole ones, of the same lengths on both sides, that the machine did not copy."""

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..base.errors import WorkshopError
from ..base.typography import normalise

SHORTEST, LONGEST = 40, 220  # characters: long enough to have a manner, short enough to be read at a glance
ALIKE = 0.15  # how far the lengths of the two sentences of a pair may be apart, as a share
COPIED = 50  # characters in a row from the corpus: a sentence with so many is the author's own
FEWEST = 2  # pairs: below, there is no quiz

_WHOLE = re.compile(r"(?:—\s?|«\s?)*[A-ZÀ-ÖØ-ÞŒ].*[.!?…](?:\s?»)?", re.DOTALL)
_STRANGE = re.compile(r"[\[\]{}<>|*_#=\\/\ufffd\d]|[A-ZÀ-ÖØ-ÞŒ]{4}|\b(?:M|MM|Mme|Mmes|Mlle|Mgr|St|Ste|etc)\.$")


@dataclass(frozen=True)
class Candidate:
    """A sentence to recognise."""

    text: str
    by_machine: bool


def is_whole(sentence: str) -> bool:
    """Return whether a sentence can stand alone: begun and ended, quotations closed, no footnote, number or heading in it."""
    closed = sentence.count("«") == sentence.count("»") and sentence.count("(") == sentence.count(")")
    return bool(closed and _WHOLE.fullmatch(sentence) and not _STRANGE.search(sentence))


def eligible(sentences: Iterable[str]) -> list[str]:
    """Return the different whole sentences of a length to be read at a glance, with their punctuation normalised."""
    spelt = (normalise(" ".join(sentence.split())) for sentence in sentences)
    return list(dict.fromkeys(one for one in spelt if SHORTEST <= len(one) <= LONGEST and is_whole(one)))


def inner_sentences(texts: Iterable[str], split: Callable[[str], list[str]]) -> list[str]:
    """Cut generated texts into sentences with ``split`` and leave out their ends: the first, which finishes the prompt's own,
    and the last, which the limit of length may have cut.
    """  # fmt: skip
    return [sentence for text in texts for sentence in split(normalise(" ".join(text.split())))[1:-1]]


def not_copied(sentences: Sequence[str], source: str) -> list[str]:
    """Return the sentences that are not in ``source`` (a normalised text), nor :data:`COPIED` characters of theirs in a row."""
    spans = {sentence: set(_spans(sentence)) for sentence in sentences}
    copied = set().union(*spans.values()).intersection(_spans(source))
    return [sentence for sentence in sentences if sentence not in source and spans[sentence].isdisjoint(copied)]


def _spans(text: str) -> Iterator[str]:
    return (text[start : start + COPIED] for start in range(len(text) - COPIED + 1))


def choose(corpus: Iterable[str], generated: Iterable[str], count: int = 10, seed: int = 0) -> list[Candidate]:
    """Choose ``count`` sentences of each kind (fewer if there are not as many), in an order that says nothing.

    They are :func:`eligible`, different, and go in pairs whose lengths are alike, so that length does not give them away.
    The same ``seed`` gives the same choice.

    Raises:
        WorkshopError: there are not enough of them to play.
    """
    return draw(eligible(corpus), eligible(generated), count, seed)


def draw(ours: Sequence[str], theirs: Sequence[str], count: int, seed: int) -> list[Candidate]:
    """Do as :func:`choose`, with sentences that are eligible already: a new draw for a new game takes no time."""
    rng = random.Random(seed)
    known = set(ours)
    theirs = [sentence for sentence in theirs if sentence not in known]
    ours = rng.sample(ours, len(ours))
    chosen: list[Candidate] = []
    for machine in rng.sample(theirs, len(theirs)):
        place = next((i for i, one in enumerate(ours) if abs(len(one) - len(machine)) <= ALIKE * len(machine)), None)
        if place is not None:
            chosen += [Candidate(machine, True), Candidate(ours.pop(place), False)]
        if len(chosen) == 2 * count:
            break
    if len(chosen) < 2 * FEWEST:
        raise WorkshopError(
            f"Il n’y a pas assez de phrases entières pour jouer ({len(ours)} du corpus, {len(theirs)} de la machine)\u00a0: "
            "générez quelques textes de plus, d’une centaine de tokens, ou donnez davantage de phrases du corpus."
        )
    rng.shuffle(chosen)
    return chosen
