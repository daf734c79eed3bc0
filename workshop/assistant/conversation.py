"""A conversation: what was said, what of it fits in the window of the model, and a file in which it outlives the program."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import WorkshopError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ANSWER = 48  # tokens left for the answer that is to come
PATIENCE = 10.0  # seconds to wait for another program that is writing

_APPLICATION = 0x41746C72  # written into our files, so that nobody else's is taken for one
_TABLE = (
    "CREATE TABLE IF NOT EXISTS turns (id INTEGER PRIMARY KEY AUTOINCREMENT, question TEXT NOT NULL, answer TEXT NOT NULL,"
    " source TEXT NOT NULL)"
)


@dataclass(frozen=True)
class Turn:
    """A question, its answer, and where the answer was found (nothing, when it was not looked up)."""

    question: str
    answer: str
    source: str = ""

    def __str__(self) -> str:
        """As the model reads it: the form that it has learnt, and a new line."""
        return f"Question : {self.question}\nRéponse : {self.answer}\n"


def fit_window(turns: Sequence[str], tokenizer: "PreTrainedTokenizerBase", room: int, answer: int = ANSWER) -> list[str]:
    """Return the last turns of a conversation, as many as the model can read, in their order.

    The window has ``room`` tokens, ``answer`` of which are left for the answer to come.  Turns are kept whole or not at all, the
    newest first, without a hole; the last one, which is the question, is always there.

    Args:
        turns: texts, the oldest first; the model reads them one after the other, as one text.

    Raises:
        WorkshopError: the question alone is too long.
    """
    kept = list(turns)
    while (length := len(tokenizer("".join(kept), verbose=False)["input_ids"])) > room - answer:
        if len(kept) < 2:
            raise WorkshopError(
                f"Cette question fait {length} tokens\u00a0: il n’y a que {max(0, room - answer)} places, la réponse étant "
                f"réservée\u00a0; "
                "raccourcissez-la."
            )
        kept = kept[1:]
    return kept


class Conversation:
    """The turns of a conversation, in memory or, with a ``path``, in an SQLite file, where they are found again after a restart.

    Every method that reads or writes may raise a WorkshopError: the file is damaged or not one of ours, another program holds
    it, the disk is full, the folder cannot be written to.  What the file held is then still there, as the turns in memory are.
    """

    def __init__(self, path: Path | None = None):
        """Open a conversation, or begin one."""
        self.path = Path(path) if path else None
        self.turns: list[Turn] = []  #: the oldest first
        if self.path:
            with self._open() as db:
                self.turns = [Turn(*row) for row in db.execute("SELECT question, answer, source FROM turns ORDER BY id")]

    def add(self, turn: Turn) -> None:
        """Keep one more turn."""
        if self.path:
            with self._open() as db:
                db.execute("INSERT INTO turns (question, answer, source) VALUES (?, ?, ?)", astuple(turn))
        self.turns.append(turn)

    def forget(self) -> None:
        """Begin again: nothing of it is kept, in memory or in the file."""
        if self.path:
            with self._open() as db:
                db.execute("DELETE FROM turns")
        self.turns = []

    def window(self, question: str, tokenizer: "PreTrainedTokenizerBase", room: int, answer: int = ANSWER) -> list[str]:
        """Return what the model is to read for this question: the last turns that fit (:func:`fit_window`), and the question."""
        asked = f"Question : {question}\nRéponse :"
        return fit_window([*map(str, self.turns), asked], tokenizer, room, answer)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one change, made whole or not at all."""
        assert self.path is not None  # only a conversation that has a file comes here
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                self._prepare(db)
                yield db
                db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise WorkshopError(self._explain(error)) from error

    def _prepare(self, db: sqlite3.Connection) -> None:
        (owner,), (tables,) = (
            db.execute("PRAGMA application_id").fetchone(),
            db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone(),
        )
        if owner != _APPLICATION and tables:
            raise WorkshopError(
                f"«\u00a0{self.path}\u00a0» est la base d’un autre programme\u00a0: l’atelier n’y touche pas. Donnez un autre "
                f"nom à "
                "la conversation."
            )
        db.execute(_TABLE)
        db.execute(f"PRAGMA application_id = {_APPLICATION}")

    def _explain(self, error: sqlite3.Error | OSError) -> str:
        name, code = f"«\u00a0{self.path}\u00a0»", getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return (
                f"{name} n’est pas une conversation, ou ce fichier est abîmé\u00a0: renommez-le (rien n’y est effacé), et "
                f"l’atelier en "
                "fera un neuf."
            )
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return f"Un autre programme occupe {name}\u00a0: fermez-le, puis recommencez. Rien n’est perdu, rien n’a été écrit."
        if code == sqlite3.SQLITE_FULL:
            return f"Le disque est plein\u00a0: {name} est resté comme avant. Libérez de la place, puis recommencez."
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM) or isinstance(error, OSError):
            return f"L’atelier ne peut pas écrire dans {name}\u00a0: donnez-lui un dossier qui vous appartient."
        return f"{name} n’a pas pu être lu ou écrit ({error})\u00a0: ce qu’il contenait n’a pas changé. Recommencez."
