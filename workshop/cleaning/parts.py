"""A cleaned book, and the three parts that books make: to train, to validate, to test."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ..base.errors import WorkshopError

if TYPE_CHECKING:
    from datasets import DatasetDict


@dataclass(frozen=True)
class Cleaned:
    """A book ready for use: its paragraphs, one line each, and the chapter of each of them."""

    title: str
    role: Literal["train", "test", "trap"]
    paragraphs: list[str] = field(repr=False)
    chapters: list[str] = field(repr=False)
    lines_removed: int  #: of the lines with something on them
    share_removed: float  #: of the words, between 0 and 1
    left_out: list[tuple[str, str]] = field(default_factory=list, repr=False)  #: why, in French, and what

    @property
    def text(self) -> str:
        """The whole book, one paragraph a line."""
        return "\n".join(self.paragraphs)

    @property
    def words_removed(self) -> dict[str, int]:
        """How many words went for each reason, the most first."""
        words: Counter[str] = Counter()
        for reason, piece in self.left_out:
            words[reason] += len(words_of(piece))
        return {reason: count for reason, count in words.most_common() if count}


def words_of(text: str) -> list[str]:
    """Return the runs of letters and digits: what no spelling of dashes, spaces and quotation marks changes."""
    return re.findall(r"[^\W_]+", text)


def split_by_book(books: Sequence[Cleaned], validation_share: float = 0.1) -> "DatasetDict":
    """Make the three parts: the test book is never trained on; the others keep their end for validation.  [exercise 1.6]

    Returns a ``DatasetDict`` of ``train``, ``validation`` and ``test``: one paragraph a row, with its ``text``, ``book`` and
    ``chapter``, in the order of the books.  A part that would be empty is a ``WorkshopError``.
    """
    from datasets import Dataset, DatasetDict

    parts: dict[str, list[dict[str, str]]] = {"train": [], "validation": [], "test": []}
    for book in books:
        rows = [{"text": t, "book": book.title, "chapter": c} for t, c in zip(book.paragraphs, book.chapters, strict=True)]
        if book.role == "test":
            parts["test"] += rows
        else:
            cut = round(len(rows) * (1 - validation_share))
            parts["train"] += rows[:cut]
            parts["validation"] += rows[cut:]
    for name, rows in parts.items():
        if not rows:
            raise WorkshopError(f"Il n’y a rien pour la partie « {name} » : donnez des livres plus longs, dont un pour l’examen.")
    return DatasetDict({name: Dataset.from_list(rows) for name, rows in parts.items()})
