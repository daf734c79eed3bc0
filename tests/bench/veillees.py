"""The figures of ``data/veillees/README.md``, measured on the cleaned books.

    python -m tests.bench.veillees [--write]

Prints the two tables; ``--write`` puts them into the README, between their marks.  The table of the Sand novels needs
``../shared/corpus/gutenberg``, and is left as it is without it.
"""

import re
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from statistics import fmean

from workshop.cleaning import clean, split_sentences, train_punkt
from workshop.corpus import catalogue, decode, read

from .common import REAL_BOOKS, ROOT

README = ROOT / "data" / "veillees" / "README.md"
#: Words in a row for the type-token ratio: the more words, the fewer new ones, so every book is measured on as many.
WINDOW = 5000


@dataclass(frozen=True)
class Prose:
    """A cleaned book, cut into words and sentences."""

    title: str
    words: list[str]
    sentences: list[str]
    dialogue: float  #: share of the paragraphs that open with a dash

    @property
    def words_a_sentence(self) -> float:
        return len(self.words) / len(self.sentences)

    @property
    def variety(self) -> float:
        """Distinct words among ``WINDOW``, the mean over the whole windows of the book (two texts glued differ little)."""
        windows = [self.words[i : i + WINDOW] for i in range(0, len(self.words) - WINDOW + 1, WINDOW)]
        return fmean(len(set(window)) / WINDOW for window in windows)

    @property
    def frequent(self) -> str:
        return ", ".join(word for word, _ in Counter(self.words).most_common(10))


def words_of(text: str) -> list[str]:
    """Cut a text into lower-case words; « l'eau » and « peut-être » are one each, punctuation is none."""
    return re.findall(r"\w+(?:['’-]\w+)*", text.lower())


def measure(books: dict[str, list[str]]) -> list[Prose]:
    """Measure books given as title and paragraphs, after a Punkt trained on all of them."""
    punkt = train_punkt("\n".join(paragraphs) for paragraphs in books.values())
    return [
        Prose(
            title,
            words_of("\n".join(paragraphs)),
            list(chain.from_iterable(split_sentences(paragraph, punkt) for paragraph in paragraphs)),
            fmean(paragraph.startswith("—") for paragraph in paragraphs),
        )
        for title, paragraphs in books.items()
    ]


def together(title: str, books: list[Prose], paragraphs: dict[str, list[str]]) -> Prose:
    """Pool several books into one."""
    everything = list(chain.from_iterable(paragraphs.values()))
    return Prose(
        title,
        list(chain.from_iterable(book.words for book in books)),
        list(chain.from_iterable(book.sentences for book in books)),
        fmean(paragraph.startswith("—") for paragraph in everything),
    )


def veillees() -> dict[str, list[str]]:
    """The paragraphs of the seven books, by title."""
    return {book.title: clean(read(book).text, book.title).paragraphs for book in catalogue("veillees") if book.role != "trap"}


def sand() -> dict[str, list[str]]:
    """The paragraphs of the nine training novels, by title."""
    novels = (book for book in catalogue("sand") if book.role == "train")
    return {book.title: clean(decode((REAL_BOOKS / book.file).read_bytes())[0], book.title).paragraphs for book in novels}


def _number(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace(".", ",")


def _percent(share: float) -> str:
    return f"{_number(100 * share)}\u202f%"


def _markdown(header: str, rows: list[tuple[str, ...]]) -> str:
    line = "|" + "---|" * (header.count("|") - 1)
    return "\n".join([header, line, *("| " + " | ".join(row) + " |" for row in rows)])


def sizes_table() -> str:
    """Words, sentences and share of dialogue, book by book."""
    paragraphs = veillees()
    books = measure(paragraphs)
    total = together("**Les sept**", books, paragraphs)
    rows = []
    for book in (*books, total):
        counts = (len(book.words), len(set(book.words)), len(book.sentences))
        rows.append((book.title, *map(_number, counts), _percent(book.dialogue)))
    return _markdown("| Livre | Mots | Formes distinctes | Phrases | Paragraphes de dialogue |", rows)


def comparison_table() -> str:
    """The sound of the Veillées beside that of the nine novels."""
    rows = []
    for name, paragraphs in (("**Les Veillées**", veillees()), ("**Les neuf romans**", sand())):
        books = measure(paragraphs)
        for book in (together(name, books, paragraphs), *books):
            figures = (_number(book.words_a_sentence, 1), _percent(book.variety), _percent(book.dialogue))
            rows.append((book.title, *figures, book.frequent))
    measures = (
        f"Mots par phrase | Formes distinctes sur {_number(WINDOW)} mots | Paragraphes de dialogue | Dix mots les plus fréquents"
    )
    return _markdown(f"| Livre | {measures} |", rows)


def between(text: str, name: str) -> str:
    """Return what stands in the README between the marks of a table."""
    return text.split(f"<!-- {name} -->\n", 1)[1].split(f"\n<!-- /{name} -->", 1)[0]


def main(write: bool) -> None:
    """Print the tables, and write them if asked."""
    tables = {"tailles": sizes_table()} | ({"comparaison": comparison_table()} if REAL_BOOKS.is_dir() else {})
    text = README.read_text(encoding="utf-8") if write else ""
    for name, table in tables.items():
        print(table, end="\n\n")
        if write:
            text = text.replace(between(text, name), table)
    if write:
        README.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(write="--write" in sys.argv[1:])
