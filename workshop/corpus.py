"""The books: which ones, where to find them, and proof of where they came from.

A book is looked for in the attendee's own folder (``WORKSHOP_BOOKS``), then in the cache, then on the network, then among what
ships with the workshop.  Nothing half-downloaded or mistaken for a book ever reaches the cache.
"""

import codecs
import hashlib
import html
import os
import re
import socket
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from .base.encodings import mend_twice_encoded, rescue
from .base.errors import WorkshopError
from .base.gutenberg import is_complete, is_marked
from .base.lane import use_keras
from .base.settings import HOW_TO_OPEN, say, settings, unreadable
from .base.typography import french

Role = Literal["train", "test", "trap"]
Found = Literal["dossier", "cache", "réseau", "embarqué"]

TIMEOUT = 8  #: seconds without a byte before the network counts as absent
_NOT_TEXT = (b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"{\\rtf")
_NUMBER = re.compile(rb"(?i)\[e(?:book|text) #(\d+)\]")


@dataclass(frozen=True)
class Book:
    """One entry of the catalogue."""

    id: str
    title: str
    author: str
    language: str  #: what it is really written in
    file: str
    collection: str
    role: Role
    expected: str = "fr"  #: language of its collection
    licence: str = "domaine public"
    translator: str | None = None
    number: int | None = None  #: Gutenberg number
    urls: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Source:
    """A file that has been checked, and where it was found."""

    path: Path
    found: Found


@dataclass(frozen=True)
class RawBook:
    """A book as it was received: licence, hard line ends and all."""

    book: Book
    path: Path
    found: Found
    text: str  #: line ends are "\\n"
    encoding: str
    sha256: str


def _addresses(entry: dict) -> tuple[str, ...]:
    number = entry.get("number")
    return (
        f"https://www.gutenberg.org/files/{number}/{entry['file']}",
        f"https://www.gutenberg.org/cache/epub/{number}/pg{number}.txt",
    )


def catalogue(collection: str | None = None) -> list[Book]:
    """List the books of ``data/catalogue.toml``, all of them or one collection.

    Raises:
        WorkshopError: the collection does not exist, or the catalogue cannot be read.
    """
    path = settings().data / "catalogue.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        collections = content["collections"]
        books = []
        for entry in content["book"]:
            group = collections[entry["collection"]]
            urls = (entry.pop("url"),) if "url" in entry else _addresses(entry) if "number" in entry else ()
            books.append(Book(**entry, urls=urls, expected=group["language"], licence=group["licence"]))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise WorkshopError(f"Le catalogue « {path.name} » est illisible ({error}) : reprenez celui du dépôt.") from error
    if collection is not None and collection not in collections:
        raise WorkshopError(f"La collection « {collection} » n’existe pas : choisissez parmi {', '.join(collections)}.")
    return [book for book in books if collection in (None, book.collection)]


def download(url: str, name: str) -> Path:
    """Fetch ``url`` into the cache as the file ``name``, and return its path.  [exercise 1.1]

    A file of that name that is already there is not fetched again.
    """
    import keras

    return Path(keras.utils.get_file(name, origin=url, cache_dir=settings().cache, cache_subdir="books"))


def problem_with(data: bytes, book: Book, complete: bool = False) -> str | None:
    """Say in French what is wrong with the bytes of a book, or nothing.

    A reader's own file may well lack Gutenberg's lines; ``complete`` demands them, as of a download.
    """
    head = data[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if not data.strip():
        return "le fichier est vide"
    if head[:200].lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "c’est une page web et non un livre"
    if head.startswith(_NOT_TEXT) or (b"\0" in head and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))):
        return "ce n’est pas un fichier de texte"
    number = _NUMBER.search(data[:4096])
    if number and book.number and int(number[1]) != book.number:
        return f"c’est le livre nº {int(number[1])} et non le nº {book.number}"
    text = data.decode("latin-1")  # the lines that are looked for have no accents
    if not is_complete(text) and (complete or is_marked(text)):
        return "le fichier est tronqué (la ligne « *** END OF » manque)"
    return None


@contextmanager
def _patience() -> Iterator[None]:
    """Give the network a short time limit and, when the session is quiet, keep Keras from showing its progress bar."""
    use_keras()  # this is often where Keras is first imported
    import keras

    before, talkative = socket.getdefaulttimeout(), keras.config.is_interactive_logging_enabled()
    socket.setdefaulttimeout(TIMEOUT)
    if settings().quiet:
        keras.config.disable_interactive_logging()
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
        if talkative:
            keras.config.enable_interactive_logging()


def _attempt(url: str, book: Book) -> tuple[Path | None, str]:
    """Download once under a temporary name; return the checked file in its place, or None and what was wrong.

    Raises:
        ConnectionError: nobody answers at that address: another try would only make the reader wait.
    """
    try:
        with _patience():
            partial = download(url, f"{book.file}.{os.getpid()}.part")
    except Exception as error:  # get_file turns every failure of the network into a bare Exception
        if "retrieval incomplete" in str(error):
            return None, "le téléchargement s’est arrêté en route"
        if re.search(r": [45]\d\d -- ", str(error)):
            return None, f"{urlsplit(url).netloc} n’a pas donné ce fichier"
        raise ConnectionError(f"{urlsplit(url).netloc} ne répond pas") from error
    problem = problem_with(partial.read_bytes(), book, complete=True)
    if problem:
        partial.unlink()
        return None, f"téléchargement refusé, {problem}"
    return partial.replace(partial.with_name(book.file)), ""


def _from_network(book: Book) -> tuple[Path | None, str]:
    """Try each address twice, and never again a host that does not answer; return the file, or None and the last problem."""
    cache = settings().cache
    try:
        cache.mkdir(parents=True, exist_ok=True)  # get_file would go and write elsewhere
    except OSError as error:
        raise WorkshopError(
            f"Le dossier «\u00a0{cache}\u00a0» ne peut pas être créé\u00a0: donnez-en un autre par WORKSHOP_CACHE."
        ) from error
    problem, silent = "", set()
    for url in book.urls:
        for _ in range(2):
            if urlsplit(url).netloc in silent:
                break
            try:
                path, problem = _attempt(url, book)
            except ConnectionError as error:
                problem = str(error)
                silent.add(urlsplit(url).netloc)
                continue
            if path:
                return path, ""
    return None, problem


def _at_hand(book: Book) -> tuple[Source | None, str]:
    """Look for a sound copy without the network; return it, or None and what is wrong with the copy that there is."""
    places: list[tuple[Path | None, Found]] = [
        (settings().books, "dossier"),
        (settings().cache / "books", "cache"),
        (settings().data / "veillees", "embarqué"),
    ]
    problem = ""
    for folder, found in places:
        if folder is None:
            continue
        path = folder / book.file
        try:
            data = path.read_bytes()
        except PermissionError:
            problem = f"la copie du {found} ne peut pas être lue"
            continue
        except OSError:  # there is none
            continue
        wrong = problem_with(data, book, complete=found == "cache")
        if wrong is None:
            return Source(path, found), ""
        problem = f"la copie du {found} ne convient pas, {wrong}"
        if found == "cache":  # ours to throw away; a reader's own file is not
            path.unlink(missing_ok=True)
    return None, problem


def fetch(book: Book) -> Source:
    """Find the file of a book: the reader's folder, the cache, the network, what ships with the workshop.

    Raises:
        WorkshopError: it is nowhere; the sentence says why and what to do.
    """
    source, problem = _at_hand(book)
    if source:
        return source
    if book.urls and not settings().offline:
        path, trouble = _from_network(book)
        if path:
            return Source(path, "réseau")
        problem = problem or trouble
    elif book.urls:
        problem = problem or "le réseau est coupé (WORKSHOP_OFFLINE)"
    raise WorkshopError(
        f"« {book.title} » est introuvable ({problem or 'aucune copie ici'}) : posez « {book.file} » dans le dossier"
        " WORKSHOP_BOOKS, rétablissez le réseau, ou choisissez le corpus embarqué avec WORKSHOP_COLLECTION=veillees."
    )


def decode(data: bytes) -> tuple[str, str]:
    """Turn bytes into text, with "\\n" line ends, and name the encoding that was found.

    A byte-order mark decides; then strict UTF-8, which a Latin-1 text with accents never passes by chance; then what the
    file says of itself; then Windows-1252 or ISO-8859-1, which know every byte.
    """
    try:
        text, encoding = data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        text, encoding = rescue(data)  # the other rules, and what goes wrong in real files: a stray byte, another alphabet
    if mended := mend_twice_encoded(text):  # « Ã© » for « é » is what becomes of UTF-8 that was taken for Latin-1
        text, encoding = mended, f"{encoding}, encodé deux fois"
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def read(book: Book) -> RawBook:
    """Fetch a book and decode it.

    Raises:
        WorkshopError: the book is nowhere, or the file found is not a book.
    """
    source = fetch(book)
    data = source.path.read_bytes()
    try:
        text, encoding = decode(data)
    except WorkshopError as error:
        raise WorkshopError(f"«\u00a0{book.title}\u00a0» ({source.path.name}) ne peut pas être lu. {error}") from error
    return RawBook(book, source.path, source.found, text, encoding, hashlib.sha256(data).hexdigest())


def at_hand(book: Book) -> Source | None:
    """Return a sound copy of a book that is here, with no need of the network, if there is one."""
    return _at_hand(book)[0]


def available(collection: str) -> bool:
    """Say whether every book to train and to test on is here, with no need of the network."""
    return all(at_hand(book) for book in catalogue(collection) if book.role != "trap")


def choose_collection() -> str:
    """Choose the corpus, and say which in one sentence: the forced one, George Sand if she can be had, else the Veillées."""
    if closed := unreadable(settings().books):
        say(f"⚠ « {closed} » ne peut pas être lu, et l’atelier s’en passe : {HOW_TO_OPEN}.")
    forced = settings().collection
    if forced:
        catalogue(forced)  # raises if it does not exist
        say(f"Corpus : « {forced} », comme demandé (WORKSHOP_COLLECTION).")
        return forced
    missing = [book for book in catalogue("sand") if book.role != "trap" and not _at_hand(book)[0]]
    try:
        if missing:
            fetch(missing[0])
            say("Corpus : les romans de George Sand, téléchargés du projet Gutenberg.")
        else:
            say("Corpus : les romans de George Sand, déjà sur cette machine.")
        return "sand"
    except WorkshopError:
        why = "le réseau est coupé" if settings().offline else "le projet Gutenberg ne répond pas"
        say(f"Corpus : « Les Veillées de Mirebrune », embarqué dans l’atelier, car les romans manquent ici et {why}.")
        return "veillees"


@dataclass(frozen=True, repr=False)  # a repr of fields would hold the whole book, and the path of this machine
class Provenance:
    """Where a book came from and what became of it: one line as text, a small table in a notebook."""

    raw: RawBook
    lines_removed: int
    share_removed: float  #: of the words, between 0 and 1
    left_out: str = ""  #: the reason, if the book was not kept
    words_removed: Mapping[str, int] = field(default_factory=dict)  #: by reason

    def rows(self) -> dict[str, str]:
        """The card, label by label."""
        book = self.raw.book
        edition = f"projet Gutenberg nº {book.number}" if book.number else "écrit pour l’atelier"
        kept = "gardé pour l’examen" if book.role == "test" else "gardé"
        return {
            "Livre": f"{book.title}, {book.author}" + (f" (trad. {book.translator})" if book.translator else ""),
            "Édition": f"{edition}, {book.file}",
            "Licence": book.licence,
            "Trouvé": self.raw.found,
            "Encodage": self.raw.encoding,
            "SHA-256": self.raw.sha256,
            "Retiré": self._removed(),
            "Décision": f"laissé de côté : {self.left_out}" if self.left_out else kept,
        }

    def _removed(self) -> str:
        reasons = ", ".join(f"{reason}\u00a0: {french(words, 0)}" for reason, words in self.words_removed.items())
        total = f"{french(self.lines_removed, 0)} lignes, {french(100 * self.share_removed, 1)}\u202f% des mots"
        return f"{total} ({reasons})" if reasons else total

    def __str__(self) -> str:
        """One line, for the terminal."""
        rows = self.rows()
        origin = f"{rows['Édition']} ; {rows['Trouvé']}, {rows['Encodage']}, {self.raw.sha256[:8]}"
        fate = rows["Décision"] if self.left_out else f"retiré : {rows['Retiré']} ; {rows['Décision']}"
        return f"{'✗' if self.left_out else '✓'} {self.raw.book.title} ({origin}) {fate}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th scope='row' style='text-align:left'>{label}</th>"
            f"<td style='text-align:left;overflow-wrap:anywhere'>{html.escape(value)}</td></tr>"
            for label, value in self.rows().items()
        )
        return f"<table>{cells}</table>"
