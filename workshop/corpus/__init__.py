"""The books: the ``books`` of the catalogue, the ``search`` for their files, and the ``provenance`` of what was found."""

from .books import Book, Found, RawBook, Source, catalogue, decode, download, problem_with
from .provenance import Provenance
from .search import PATIENCE, at_hand, available, choose_collection, fetch, forget_silence, gather, read

__all__ = [
    "PATIENCE",
    "Book",
    "Found",
    "Provenance",
    "RawBook",
    "Source",
    "at_hand",
    "available",
    "catalogue",
    "choose_collection",
    "decode",
    "download",
    "fetch",
    "forget_silence",
    "gather",
    "problem_with",
    "read",
]
