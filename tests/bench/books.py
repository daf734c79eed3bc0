"""Words in and out of the cleaning, by book: how many went and why, and whether one of them was the author's.

    python -m tests.bench books

On the real books of ``../shared/corpus`` if they are beside the checkout, else on the extracts of ``tests/extracts`` and the
Veillées.  « Lost » is measured on the texts, whatever the cleaning says of itself: words of the file that are neither in what was
kept nor in what was left out, and running sentences in what was left out as a title, a title page or a table.  « Invented » are
words that were kept and that the file has not.  « No letter » are pieces of sentences without one.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workshop.base.typography import normalise
from workshop.cleaning import Cleaned, clean, split_sentences, train_punkt
from workshop.cleaning.marks import without_marks
from workshop.cleaning.parts import words_of
from workshop.corpus import catalogue, decode

from .common import REAL_BOOKS, ROOT, table

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

EXTRACTS = ROOT / "tests" / "extracts"
#: What the author may have written himself, and what nobody reads as a part of his text: there, a sentence would be one too many.
NOT_SENTENCES = ("titres de chapitre", "pages de titre", "tables", "mots de fin", "numéros de page")
#: Words without which a sentence is hardly one (French, English, Catalan): titles and tables have few.
_VERBS_AND_PRONOUNS = frozenset(
    [
        "je",
        "tu",
        "il",
        "elle",
        "on",
        "nous",
        "vous",
        "ils",
        "elles",
        "me",
        "te",
        "se",
        "ne",
        "pas",
        "était",
        "est",
        "sont",
        "avait",
        "a",
        "ai",
        "fut",
        "dit",
        "que",
        "qui",
        "mais",
        "he",
        "she",
        "it",
        "they",
        "was",
        "is",
        "had",
        "said",
        "not",
        "that",
        "but",
        "és",
        "era",
        "havia",
        "va",
        "no",
    ]
)


@dataclass(frozen=True)
class Account:
    """What became of the words of one book."""

    title: str
    words_in: int
    words_out: int
    reasons: dict[str, int]
    lost: list[str]  #: words or sentences of the author that are gone
    invented: list[str]


def _is_sentence(piece: str) -> bool:
    words = re.findall(r"[^\W\d_]+", piece)
    small = [word for word in words if word.islower()]
    return len(small) >= 6 and sum(word in _VERBS_AND_PRONOUNS for word in small) >= 3 and bool(re.search(r"[.!?…»]\W*$", piece))


def _bag(text: str) -> Counter[str]:
    return Counter(words_of(normalise(without_marks(text))))


def without_a_letter(book: Cleaned, punkt: "PunktSentenceTokenizer") -> list[str]:
    """Return the pieces without a letter that a book is cut into."""
    pieces = (piece for paragraph in book.paragraphs for piece in split_sentences(paragraph, punkt))
    return [piece for piece in pieces if not re.search(r"[^\W\d_]", piece)]


def account_for(text: str, book: Cleaned) -> Account:
    """Compare the words of a file with those that were kept and those that were left out."""
    out, left = _bag(book.text), sum((_bag(piece) for _, piece in book.left_out), Counter())
    everything = _bag(text)
    gone = [word for word in (everything - out - left).elements() if word.isalpha()]  # calls of notes are numbers
    sentences = [piece for reason, piece in book.left_out if reason in NOT_SENTENCES and _is_sentence(piece)]
    return Account(
        title=book.title,
        words_in=everything.total(),
        words_out=out.total(),
        reasons=book.words_removed,
        lost=gone + sentences,
        invented=list((out - everything).elements()),
    )


def shelf() -> list[tuple[Path, str]]:
    """Return the files to account for, with their titles: the real books in French, or what every clone has."""
    titles = {book.file: book.title for book in catalogue() if book.language == "fr"}
    if REAL_BOOKS.is_dir():
        return [(REAL_BOOKS / file, title) for file, title in titles.items() if (REAL_BOOKS / file).is_file()]
    places = [*EXTRACTS.glob("*.txt"), *(ROOT / "data" / "veillees").glob("*.txt")]
    return [(path, titles.get(path.name, path.stem)) for path in sorted(places)]


def main() -> None:
    """Print the table, then whatever was lost or invented."""
    texts = {title: decode(path.read_bytes())[0] for path, title in shelf()}
    books = [clean(text, title) for title, text in texts.items()]
    punkt = train_punkt(book.text for book in sorted(books, key=lambda book: len(book.text))[:3])
    rows, wrong = [], []
    for book in books:
        one, bare = account_for(texts[book.title], book), without_a_letter(book, punkt)
        reasons = ", ".join(f"{reason} {count}" for reason, count in one.reasons.items())
        rows.append((book.title, one.words_in, one.words_out, len(one.lost), len(one.invented), len(bare), reasons))
        wrong += [f"{book.title}: {' '.join(piece.split())[:120]}" for piece in one.lost + one.invented + bare]
    table("Words in and out", ("book", "in", "out", "lost", "invented", "no letter", "left out"), rows)
    print("\n".join(wrong))
