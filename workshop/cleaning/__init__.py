"""From a file as it was received to the author's own paragraphs: licence out, chapters named, French told from the rest.

The functions of the exercises stand alone, each in the file of its step.  :func:`clean` then does what a lesson has no time for:
title pages, tables of contents, transcribers' notes, footnotes, verse.
"""

from .book import clean
from .language import FUNCTION_WORDS, LANGUAGES, french_share, wrong_language
from .paragraphs import join_lines, strip_licence
from .parts import Cleaned, split_by_book
from .sentences import split_sentences, train_punkt

__all__ = [
    "FUNCTION_WORDS",
    "LANGUAGES",
    "Cleaned",
    "clean",
    "french_share",
    "join_lines",
    "split_by_book",
    "split_sentences",
    "strip_licence",
    "train_punkt",
    "wrong_language",
]
