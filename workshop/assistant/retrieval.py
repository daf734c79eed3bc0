"""06 · Looking up: passages that share the rarest words with a question (BM25), quoted with their page, or « je ne sais pas ».

Nothing is learnt here, and nothing has to be: a new manual is searched as soon as it is read.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from math import log

from .documents import Passage

UNKNOWN = "Je ne sais pas."
_WORDS = (
    "a ai ait appelle appelles as au aux avec avoir c ce ces cela celle celui cet cette ceux chez combien comme comment d "
    "dans de des doit doivent donc dont du elle elles en es est et etaient etait ete etes etre eu fait faire faut fera font "
    "il ils j je jusqu l la laquelle le lequel les lesquelles lesquels leur leurs lorsqu lorsque lui m ma mais me mes moi "
    "mon n ne ni nos notre nous on ont ou par parce pas peut peuvent plus pour pourquoi qu quand que quel quelle quelles "
    "quels qui quoi s sa sans se sera ses si son sont sur t ta te temps tes toi ton tu un une va vont vos votre vous y"
)
#: Words that questions are made of, whatever they ask about.
FUNCTION_WORDS = frozenset(_WORDS.split())


def folded(text: str) -> str:
    """Return a text without capitals and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@cache
def _stemmer():  # type: ignore[no-untyped-def]  # a class of NLTK, which is loaded when it is needed
    from nltk.stem.snowball import FrenchStemmer

    return FrenchStemmer()


@cache
def _stem(word: str) -> str:
    return folded(_stemmer().stem(word))


def stems(text: str) -> list[str]:
    """Return the words of a text as they are compared: without endings, capitals and accents, and without function words.

    The endings go by the rules of Porter's Snowball for French: « graissent », « Graissée » and « graisser » are all « graiss ».
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text.casefold()))
    return [_stem(word) for word in words if folded(word) not in FUNCTION_WORDS]


def bm25(query: str, passages: Sequence[str], k: float = 1.5, b: float = 0.75) -> list[tuple[int, float]]:
    """Return the numbers of the passages with their scores, the best first (Robertson and Walker, 1994).

    The score of a passage is the sum, over the different ``stems`` of the query, of
    ``idf · n · (k + 1) / (n + k · (1 - b + b · length / average))``: ``n`` is how many times the passage has the stem, ``length``
    how many stems it has, ``average`` how many passages have in the mean; and ``idf = log(1 + (N - df + 0.5) / (df + 0.5))``,
    where ``df`` of the ``N`` passages have the stem.  Without any passage the list is empty; without any stem, every score is 0.
    """
    counts = [Counter(stems(passage)) for passage in passages]
    average = sum(count.total() for count in counts) / max(1, len(counts)) or 1.0
    scores = [0.0] * len(counts)
    for stem in sorted(set(stems(query))):
        df = sum(stem in count for count in counts)
        idf = log(1 + (len(counts) - df + 0.5) / (df + 0.5))  # a rare word says more than a common one
        for number, count in enumerate(counts):
            length = 1 - b + b * count.total() / average  # a long passage has every word, by chance
            scores[number] += idf * count[stem] * (k + 1) / (count[stem] + k * length)
    return sorted(enumerate(scores), key=lambda scored: -scored[1])


def answer_or_decline(question: str, passages: Sequence[Passage], threshold: float) -> str:
    """Return the best passage, ``quoted()``, if its score reaches the threshold, else :data:`UNKNOWN`.

    The score is that of ``bm25`` among the texts of the passages.  Without any passage, nothing is known.
    """
    best = bm25(question, [passage.text for passage in passages])[:1]
    for number, score in best:
        if score >= threshold:
            return passages[number].quoted()
    return UNKNOWN


def choose_threshold(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Return the threshold that best tells two lists of best scores apart: most of the second below it, few of the first.

    Of all the ways to cut, it is the middle of the one with the largest difference between the two shares that are declined
    (Youden, 1950).  The questions have to be others than those of the test.
    """
    known = sorted({*answerable, *unanswerable})
    cuts = [(low + high) / 2 for low, high in zip([0.0, *known], known, strict=False)]
    return max(cuts, key=lambda cut: declined(unanswerable, cut) - declined(answerable, cut), default=0.0)


def declined(scores: Sequence[float], threshold: float) -> float:
    """Return which share of the questions is declined, by the best score of each."""
    return sum(score < threshold for score in scores) / max(1, len(scores))


def best_scores(questions: Sequence[str], passages: Sequence[Passage]) -> list[float]:
    """Return for each question the score of its best passage (0 without any)."""
    texts = [passage.text for passage in passages]
    return [max((score for _, score in bm25(question, texts)), default=0.0) for question in questions]


def nearest_pair(question: str, pairs: Sequence[dict]) -> dict | None:
    """Return the pair whose question is the nearest by ``bm25``: a memory without a network, to compare with (or None)."""
    ranking = bm25(question, [pair["question"] for pair in pairs])
    return pairs[ranking[0][0]] if ranking else None
