"""06 · From a PDF to passages: pages, what repeats on them taken out, cut words joined, sentences with their page and section.

A PDF holds no sentences, only letters and their places on pages: what a reader does without thinking has to be undone by hand.
"""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from ..base.errors import WorkshopError
from ..base.typography import typeset

WORDS = 80  #: of a passage at the most, unless one sentence is longer
#: Letters that are cast in one piece.
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})
#: What follows a hyphen that is part of the word, even at the end of a line: « Saint-Éloi », « dit-il », « celui-ci ».
KEPT_HYPHEN = re.compile(r"-(?=[A-ZÀ-Ý\d]|(?:t-)?(?:il|elle|on|ils|elles|ce|ci|là|même|mêmes|vous|nous|moi|le|la|les)\b)")
HEADING = re.compile(r"^(\d{1,2})\. ([A-ZÀ-ÝŒ][^.;:,!?]{0,70})$")
ARTICLE = re.compile(r"^(\d{1,2}\.\d{1,2}) (?=\S)")
_SENTENCE = re.compile(r"(?<=[.!?…])(?<![\s(][A-Z]\.)\s+(?=[A-ZÀ-ÝŒ«—\d])")


@dataclass(frozen=True)
class Passage:
    """A few sentences of a document that belong together, and where they are read."""

    text: str
    page: int  #: where it begins
    last_page: int = 0  #: where it ends
    section: str = ""  #: the heading above it, if the document has any
    article: str = ""  #: its number in the section, if the document has any
    source: str = ""  #: the name of the document

    def quoted(self) -> str:
        """Return the passage between quotation marks, with its source and its page."""
        pages = f"pages\u00a0{self.page} et {self.last_page}" if self.last_page > self.page else f"page\u00a0{self.page}"
        return typeset(f"« {self.text} » ({f'{self.source}, ' if self.source else ''}{pages})")


def read_document(path: Path | str) -> list[Passage]:
    """Return the passages of a PDF.

    Raises:
        WorkshopError: see :func:`read_pages`.
    """
    return passages(read_pages(path), Path(path).name)


def read_pages(path: Path | str) -> list[str]:
    """Return the text of each page of a PDF, as it lies there.

    Raises:
        WorkshopError: the file cannot be opened, is no PDF, is broken, locked or empty, or holds pictures of pages only.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WorkshopError(
            f"{path.name} ne s’ouvre pas ({error.strerror})\u00a0: vérifiez le chemin «\u00a0{path}\u00a0»."
        ) from None
    if not data:
        raise WorkshopError(f"{path.name} est vide (0 octet)\u00a0: copiez-le ou téléchargez-le de nouveau.")
    if b"%PDF-" not in data[:1024]:
        raise WorkshopError(
            f"{path.name} n’est pas un PDF\u00a0: il ne commence pas comme un PDF. Ouvrez-le pour voir ce que c’est."
        )
    try:
        with path.open("rb") as file:
            pages = [page.extract_text() for page in PdfReader(file).pages]
    except (FileNotDecryptedError, DependencyError):  # the second: a lock without a password, which reading opens with more tools
        raise WorkshopError(
            f"{path.name} est protégé (un mot de passe, ou un chiffrement)\u00a0: enregistrez-en une copie sans protection."
        ) from None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise WorkshopError(
            f"{path.name} est abîmé ou coupé ({type(error).__name__})\u00a0: copiez-le ou téléchargez-le de nouveau."
        ) from None
    if not any(text.strip() for text in pages):
        what = "n’a aucune page" if not pages else "n’a pas de texte, seulement des images de pages (un document numérisé\u00a0?)"
        raise WorkshopError(
            f"{path.name} {what}\u00a0: il faut un PDF dont on peut copier le texte, ou une reconnaissance de caractères."
        )
    return [text.translate(LIGATURES) for text in pages]


def without_running_lines(pages: list[str]) -> list[list[str]]:
    """Return the lines of each page without the running header and the page number: what repeats at its top or its bottom.

    Two lines at either end are looked at; digits count as one sign, so that page numbers repeat too.
    """
    lines = [[" ".join(line.split()) for line in page.splitlines() if line.strip()] for page in pages]
    ends = [{_shape(line) for line in [*page[:2], *page[-2:]]} for page in lines]
    often = max(2, len(pages) / 2)
    running = {shape for shape, count in Counter(shape for page in ends for shape in page).items() if count >= often}

    def kept(page: list[str], place: int) -> bool:
        return not (_shape(page[place]) in running and (place < 2 or place >= len(page) - 2))

    return [[line for place, line in enumerate(page) if kept(page, place)] for page in lines]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", line.casefold())


def join(lines: list[str]) -> list[str]:
    """Return the lines ready to be put end to end: a cut word is whole again, and a space stands wherever no word was cut."""
    pieces = []
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        cut = re.search(r"\w-$", line)
        pieces.append(f"{line} " if not cut else line if KEPT_HYPHEN.match(f"-{following}") else line[:-1])
    return pieces


def passages(pages: list[str], source: str = "") -> list[Passage]:
    """Return the passages of a document in order: its articles where they are numbered, else a few sentences at a time.

    What comes before the first heading (a title, a cover) is left out if there are headings.
    """
    found: list[Passage] = []
    block: list[tuple[int, str]] = []
    section = article = ""

    def close() -> None:
        for text, page, last_page in _in_pieces(block):
            found.append(Passage(text, page, last_page, section, article, source))
        block.clear()

    for page, lines in enumerate(without_running_lines(pages), 1):
        for line in lines:
            if (heading := HEADING.match(line)) and int(heading[1]) == int(section.partition(".")[0] or 0) + 1:
                close()
                section, article = line, ""
            elif number := ARTICLE.match(line):
                close()
                article = number[1]
                block.append((page, line[number.end() :]))
            else:
                block.append((page, line))
    close()
    return [passage for passage in found if passage.section] or found


def _in_pieces(block: list[tuple[int, str]]) -> list[tuple[str, int, int]]:
    """Return the text of a run of lines in pieces of whole sentences, each with its first and its last page."""
    if not block:
        return []
    pieces = join([line for _, line in block])
    whole, reached = "".join(pieces).strip(), list(accumulate(map(len, pieces)))
    ends = [found.start() for found in _SENTENCE.finditer(whole)] + [len(whole)]
    texts, start = [], 0
    for place, end in enumerate(ends):
        following = ends[place + 1] if place + 1 < len(ends) else None
        if following is None or len(whole[start:following].split()) > WORDS:
            first, last = (block[bisect_right(reached, letter)][0] for letter in (start, max(start, end - 1)))
            texts.append((whole[start:end].strip(), first, last))
            start = end + 1
    return texts
