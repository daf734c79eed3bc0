"""The books: which ones, what a file must be to be one, and its bytes as text."""

import codecs
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ..base.encodings import mend_twice_encoded, rescue, without_mark
from ..base.errors import WorkshopError
from ..base.gutenberg import is_complete, is_marked
from ..base.settings import settings

Role = Literal["train", "test", "trap"]
Found = Literal["dossier", "cache", "réseau", "embarqué"]

_NOT_TEXT = (b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"{\\rtf")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)  # UTF-32-LE begins as UTF-16-LE does
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
            if entry["role"] not in get_args(Role):  # or an exam would be learnt
                raise ValueError(f"role = {entry['role']!r}")
            urls = (entry.pop("url"),) if "url" in entry else _addresses(entry) if "number" in entry else ()
            books.append(Book(**entry, urls=urls, expected=group["language"], licence=group["licence"]))
    except (OSError, ValueError, KeyError, TypeError) as error:  # its TOML, its encoding, a role
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
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = data[:4096].decode("utf-16", "ignore").encode().lstrip()
    if not data.strip():
        return "le fichier est vide"
    if re.match(rb"<[a-zA-Z!?]", head):
        return "c’est une page web et non un livre"
    wide = data.startswith(_WIDE) or without_mark(head)
    if head.startswith(_NOT_TEXT) or (100 * head.count(0) > len(head) and not wide):
        return "ce n’est pas un fichier de texte"
    number = _NUMBER.search(data[:4096])
    if number and book.number and int(number[1]) != book.number:
        return f"c’est le livre nº {int(number[1])} et non le nº {book.number}"
    text = data.decode("latin-1")  # the lines that are looked for have no accents
    if not is_complete(text) and (complete or is_marked(text)):
        if not re.search("(?i)gutenberg|workshop e-?book", text):
            return "ce n’est pas un livre (un portail de connexion\u202f?)"
        return "le fichier est tronqué (la ligne « *** END OF » manque)"
    return None


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
