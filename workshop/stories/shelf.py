"""The stories that were kept, with the settings that made them and what their readers think: one SQLite file.

Each call opens the file, does one thing and closes it, so several notebooks (and threads) can share it.  The journal is the
classic one, not the « write-ahead log »: one file that can be copied to a USB stick, and that also works in a shared folder
(class server, Docker, Drive), where the memory that the log needs is not shared.
"""

import contextlib
import json
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import WorkshopError
from ..base.settings import settings
from . import pages
from .pages import Opinion, Story

if TYPE_CHECKING:
    import pandas as pd

VERSION = 2  # of the tables, written in the file as its user_version
PATIENCE = 20.0  # seconds to wait for another notebook that is writing: a thousand times what one story takes
UNDOS = 20  # deletions that can be undone; what was deleted before them is really gone
AGES = ((0, 11, "moins de 12 ans"), (12, 17, "12 à 17 ans"), (18, 39, "18 à 39 ans"), (40, 64, "40 à 64 ans"))
OLDEST, NO_AGE = "65 ans et plus", "âge non donné"
NO_DATE = "1970-01-01T00:00:00"

#: What takes a file from its version to the next one.
_CHANGES = {1: "ALTER TABLE stories ADD COLUMN tokens TEXT NOT NULL DEFAULT ''"}

_TABLES = (
    "CREATE TABLE stories (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, prompt TEXT NOT NULL, text TEXT NOT NULL,"
    " model TEXT NOT NULL, settings TEXT NOT NULL, kept_at TEXT NOT NULL, deleted INTEGER, tokens TEXT NOT NULL DEFAULT '')",
    "CREATE TABLE ratings (id INTEGER PRIMARY KEY AUTOINCREMENT, story INTEGER NOT NULL REFERENCES stories ON DELETE CASCADE,"
    " score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 10), age INTEGER, remark TEXT NOT NULL, rated_at TEXT NOT NULL)",
)


class Stories:
    """The stories in one file, ``outputs/stories.db`` by default.

    Every method may raise a WorkshopError: the file is not one of ours, another program holds it, the disk is full, the
    folder cannot be written to.  What had been kept before is then still there, unchanged.
    """

    def __init__(self, path: Path | None = None):
        """Name the file; it is made when it is first needed."""
        self.path = Path(path) if path else settings().outputs / "stories.db"
        self._deleted_here: list[int] = []

    def keep(self, prompt: str, text: str, model: str, settings: Mapping[str, float], title: str = "", tokens: str = "") -> Story:
        """Keep a text and the ``settings`` that made it; return the story. Without a ``title``, its first words are one.

        ``tokens`` is the text token by token, as the one who keeps it will read it again (the playground, for its tints).
        """
        if not text.strip():
            raise WorkshopError("Il n’y a pas encore de texte à garder\u00a0: générez d’abord une suite.")
        title = _title(title) or first_words(prompt.rstrip(" \u00a0") + text)
        values = (title, _written(prompt), _written(text), model, json.dumps(dict(settings)), _now(), _written(tokens))
        columns = "title, prompt, text, model, settings, kept_at, tokens"
        with self._writing() as db:
            row = db.execute(f"INSERT INTO stories ({columns}) VALUES (?,?,?,?,?,?,?)", values)
            assert row.lastrowid is not None  # after an INSERT there is always one
            return self._get(db, row.lastrowid)

    def all(self) -> list[Story]:
        """Return every story, the last kept first."""
        with self._open() as db:
            rows = db.execute("SELECT * FROM stories WHERE deleted IS NULL ORDER BY id DESC").fetchall()
        return [_story(row) for row in rows]

    def search(self, words: str) -> list[Story]:
        """Return the stories that hold every word, in their title, text or model, whatever the capitals and accents."""
        wanted = fold(words).split()
        return [s for s in self.all() if all(word in fold(f"{s.title}\n{s.shown}\n{s.model}") for word in wanted)]

    def get(self, story_id: int) -> Story:
        """Return one story."""
        with self._open() as db:
            return self._get(db, story_id)

    def rename(self, story_id: int, title: str) -> Story:
        """Give a story another title and return it."""
        if not _title(title):
            raise WorkshopError("Un titre vide ne se retrouve pas\u00a0: écrivez au moins un mot.")
        with self._writing() as db:
            self._get(db, story_id)
            db.execute("UPDATE stories SET title = ? WHERE id = ?", (_title(title), story_id))
            return self._get(db, story_id)

    def delete(self, story_id: int) -> None:
        """Put a story away with its ratings; :meth:`undo` brings it back, unless twenty others were deleted since."""
        with self._writing() as db:
            self._get(db, story_id)
            last = "(SELECT COALESCE(MAX(deleted), 0) FROM stories)"
            db.execute(f"UPDATE stories SET deleted = {last} + 1 WHERE id = ?", (story_id,))
            db.execute(f"DELETE FROM stories WHERE deleted <= {last} - {UNDOS}")
        self._deleted_here.append(story_id)

    def undo(self) -> Story | None:
        """Bring back the story deleted last, from here if there is one (another notebook deletes too), and return it."""
        with self._writing() as db:
            rows = db.execute("SELECT id FROM stories WHERE deleted IS NOT NULL ORDER BY deleted").fetchall()
            deleted = [row["id"] for row in rows]
            ours = [story_id for story_id in self._deleted_here if story_id in deleted]
            if not deleted:
                return None
            story_id = (ours or deleted)[-1]
            db.execute("UPDATE stories SET deleted = NULL WHERE id = ?", (story_id,))
            story = self._get(db, story_id)
        self._deleted_here = [one for one in self._deleted_here if one != story_id]
        return story

    def can_undo(self) -> bool:
        """Say whether there is a deletion that :meth:`undo` would take back."""
        with self._open() as db:
            return db.execute("SELECT 1 FROM stories WHERE deleted IS NOT NULL").fetchone() is not None

    def rate(self, story_id: int, score: int, age: int | None = None, remark: str = "") -> None:
        """Write down what one reader thinks of a story: a score from 1 to 10, their age if they give it, a remark."""
        if score not in range(1, 11):
            raise WorkshopError(f"La note va de 1 à 10\u00a0: {score} n’en est pas une.")
        if age is not None and age not in range(1, 121):
            raise WorkshopError(f"Un âge de {age} ans\u00a0? Donnez-le en années, ou laissez la case vide.")
        with self._writing() as db:
            self._get(db, story_id)
            row = (story_id, int(score), age, _written(remark).strip(), _now())
            db.execute("INSERT INTO ratings (story, score, age, remark, rated_at) VALUES (?,?,?,?,?)", row)

    def opinions(self) -> dict[int, list[Opinion]]:
        """Return what the readers think of each story that was rated, by its ``id``, in the order they said it."""
        with self._open() as db:
            rows = db.execute(
                "SELECT ratings.* FROM ratings JOIN stories ON stories.id = story WHERE deleted IS NULL ORDER BY ratings.id"
            ).fetchall()
        said: dict[int, list[Opinion]] = {}
        for row in rows:
            said.setdefault(row["story"], []).append(Opinion(row["score"], row["age"], row["remark"], row["rated_at"]))
        return said

    def ratings(self) -> "pd.DataFrame":
        """Return one row a rating: ``score``, ``age``, ``age_band``, ``remark``, ``rated_at``, the story and its settings."""
        import pandas as pd

        said, stories = self.opinions(), self.all()
        rows = [
            {"story": story.id, "title": story.title, "model": story.model, **story.settings, **asdict(one)}
            | {"age_band": age_band(one.age)}
            for story in reversed(stories)
            for one in said.get(story.id, ())
        ]
        columns = ["story", "title", "model", *pages.SETTINGS, *Opinion.__dataclass_fields__, "age_band"]
        return pd.DataFrame(rows, columns=columns).astype({"age": "Int64"})

    def averages(self, by: str = "temperature") -> "pd.DataFrame":
        """Return the average score for each value of a setting (``model``, ``temperature``, ``top_p``…, ``age_band``).

        One row a value, with how many stories and ratings it rests on, and how far the ratings lie from one another (their
        standard deviation, which one rating alone does not have, the lowest and the highest).
        """
        ratings = self.ratings()
        if by not in ratings.columns:
            raise WorkshopError(
                f"«\u00a0{by}\u00a0» n’est pas un réglage\u00a0: prenez par exemple temperature, top_p, top_k, model ou age_band."
            )
        groups = ratings.groupby(by, sort=True)
        return groups["score"].agg(["count", "mean", "std", "min", "max"]).set_axis(
            ["notes", "moyenne", "écart type", "plus basse", "plus haute"], axis=1
        ).assign(histoires=groups["story"].nunique())  # fmt: skip

    def to_markdown(self, path: Path, only: list[Story] | None = None) -> Path:
        """Write the stories (``only`` these, if given) with their settings and ratings into a Markdown file."""
        text = pages.markdown(self.all() if only is None else only, self.opinions())
        return pages.write(path, text, "utf-8")

    def to_csv(self, path: Path, only: list[Story] | None = None) -> Path:
        """Write the stories, one a line, into a CSV file that a French Excel opens with a double click."""
        table = pages.csv_table(self.all() if only is None else only, self.opinions())
        return pages.write(path, table, "utf-8-sig")

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file, made if it is not there, for as long as one method takes."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as db:
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA foreign_keys = ON")
                self._prepare(db)
                yield db
        except (sqlite3.Error, OSError) as error:
            raise WorkshopError(self._explain(error)) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open the file for a change that is made whole or not at all: leaving by an error closes it without a COMMIT."""
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def _prepare(self, db: sqlite3.Connection) -> None:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            db.execute("BEGIN IMMEDIATE")  # two notebooks may be here at once: the second one finds the tables made
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0 and db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
                raise WorkshopError(
                    f"«\u00a0{self.path}\u00a0» est la base d’un autre programme\u00a0: l’atelier n’y touche pas. "
                    "Déplacez ce fichier, puis recommencez."
                )
            if version == 0:
                for table in _TABLES:
                    db.execute(table)
                db.execute(f"PRAGMA user_version = {VERSION}")
                version = VERSION
            db.execute("COMMIT")
        if version in _CHANGES:
            db.execute("BEGIN IMMEDIATE")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            while version in _CHANGES:
                db.execute(_CHANGES[version])
                version += 1
                db.execute(f"PRAGMA user_version = {version}")
            db.execute("COMMIT")
        if version > VERSION:
            raise WorkshopError(
                f"«\u00a0{self.path}\u00a0» vient d’une version plus récente de l’atelier\u00a0: mettez l’atelier à jour, "
                "ou déplacez ce fichier."
            )

    def _get(self, db: sqlite3.Connection, story_id: int) -> Story:
        row = db.execute("SELECT * FROM stories WHERE id = ? AND deleted IS NULL", (story_id,)).fetchone()
        if row is None:
            raise WorkshopError("Cette histoire n’est plus là\u00a0: un autre carnet l’a peut-être supprimée. Relisez la liste.")
        return _story(row)

    def _explain(self, error: sqlite3.Error | OSError) -> str:
        """Say what is wrong with the file, and what to do."""
        name, code = f"«\u00a0{self.path}\u00a0»", getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return (
                f"{name} n’est pas une base d’histoires, ou elle est abîmée\u00a0: renommez ce fichier (rien n’y est effacé), "
                "et l’atelier en fera un neuf."
            )
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return (
                f"Un autre programme occupe {name} depuis plus de {PATIENCE:.0f} secondes\u00a0: fermez-le, puis recommencez. "
                "Rien n’est perdu, rien n’a été écrit."
            )
        if code == sqlite3.SQLITE_FULL:
            return (
                f"Le disque est plein\u00a0: {name} est resté comme avant. Libérez de la place, puis recommencez\u00a0: "
                "votre texte est encore à l’écran."
            )
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM) or isinstance(error, OSError):
            return (
                f"L’atelier ne peut pas écrire dans {name}\u00a0: vérifiez que ce dossier existe et qu’il vous appartient, "
                "ou donnez-en un autre dans la variable WORKSHOP_OUTPUTS."
            )
        return f"{name} n’a pas pu être lu ou écrit ({error})\u00a0: ce qu’il contenait n’a pas changé. Recommencez."


def fold(text: str) -> str:
    """Return a text in which words are looked for: no capitals, no accents, one apostrophe, ``œ`` in two letters."""
    text = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def first_words(text: str, most: int = 50) -> str:
    """Return the first words of a text as a title, at most ``most`` characters and an ellipsis."""
    text = _title(text, len(text))
    if len(text) <= most:
        return text
    cut = text[: most + 1].rsplit(" ", 1)[0][:most]
    return cut.rstrip(" \u00a0,;:—«.") + "…"


def age_band(age: int | None) -> str:
    """Return the group of readers that an age belongs to."""
    if age is None:
        return NO_AGE
    return next((name for low, high, name in AGES if low <= age <= high), OLDEST)


def _title(text: str, most: int = 200) -> str:
    return " ".join(_written(text).split())[:most]


def _written(text: str) -> str:
    """Return a text as a file can hold it: half of an emoji, which a browser can send, becomes « ? »."""
    return text.encode(errors="replace").decode()


def _now() -> str:
    return datetime.now().isoformat(timespec="seconds")


def _story(row: sqlite3.Row) -> Story:
    """Return the story of a row; what another program spoilt in its settings or its date is left out, and the text is read."""
    try:
        read = json.loads(row["settings"]).items()
    except (ValueError, TypeError, AttributeError):
        read = ()
    settings = {name: value for name, value in read if name in pages.SETTINGS and isinstance(value, (int, float))}
    try:
        kept_at = datetime.fromisoformat(row["kept_at"]).isoformat(timespec="seconds")
    except (ValueError, TypeError):
        kept_at = NO_DATE
    return Story(row["id"], row["title"], row["prompt"], row["text"], row["model"], settings, kept_at, row["tokens"])
