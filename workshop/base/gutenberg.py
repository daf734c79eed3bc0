"""How Project Gutenberg's files are laid out, and were since 1991: where a work begins and ends, what its header says of it.

Those of the ABU, which were the first in French, say « DEBUT DU FICHIER » and « FIN DU FICHIER ».
"""

import re
from dataclasses import dataclass
from itertools import pairwise

_SMALL_PRINT = re.compile(
    r"(?im)^[ \t]*\**(?:START)?\W*THE SMALL PRINT!.*\n(?:(?!.*\*END\b).*\n)*.*\*END\b.*$|^[ \t]*\*END\W*THE SMALL PRINT.*$"
)
_START = re.compile(r"(?im)^[ \t]*(?:\*+ ?START OF\b(?:[^*\n]*\n?[^*\n]*\*+)?.*|-{3,} ?D[EÉ]BUT DU FICHIER\b.*)$")
#: « *** END OF », « End of this Project Gutenberg Etext », « Fin de Project Gutenberg », and what only a licence says.
_END = re.compile(
    r"(?im)^[ \t]*(?:\*+ ?END OF\b|-{3,} ?FIN DU FICHIER\b"
    r"|\W*(?:end|fin|fi|ende)\b.{1,20}(?:\bproje[ck]?te? gutenberg|\bworkshop ebook|\be-?text\w?\b)"
    r"|\W*START: FULL LICENSE|\W*this is a copyrighted project gutenberg|\W*more information about this book is at the top of"
    r"|\W*this file should be named|updated editions will replace|creating the works from )"
)
_FIELD = re.compile(
    r"(?m)^(Title|Author|Translator|Illustrator|Editor|Release Date|Posting Date|Language|Credits|Original publication"
    r"|Character set encoding|Most recently updated|Last updated): *(.*(?:\n[ \t]+\S.*)*)"
)
_OPENING = re.compile(r"(?i)\W*(?:the )?(?:project gutenberg|workshop) ?'?s? e-?(?:book|text)")
HEADER = 150  #: lines in which the fields of a header are looked for


@dataclass(frozen=True)
class Work:
    """One work of a file: what its header says of it, and all that lies between header and licence."""

    names: tuple[str, ...]  #: title and people
    body: str
    around: tuple[str, str]  #: header and licence


def is_marked(text: str) -> bool:
    """Say whether a header announces where the work begins, so that a line must say where it ends."""
    return bool(_START.search(text))


def is_complete(text: str) -> bool:
    """Say whether the end of a work is there: its last line in any spelling, or the licence behind it."""
    return bool(_END.search(text))


def _with_todays_marks(text: str) -> str:
    """Replace the « small print » of the first decade: before a work it ends the header, at the end of the file the work."""

    def mark(small_print: re.Match[str]) -> str:
        return "*** START OF ***" if text[small_print.end() :].strip() else "*** END OF ***"

    return _SMALL_PRINT.sub(mark, text)


def _without_header(text: str) -> tuple[str, str]:
    """Cut at the START line; where that is lost, behind the last field of a header that begins as they all do."""
    start = _START.search(text)
    if start:
        return text[: start.end()], text[start.end() :]
    if _OPENING.match(text):
        head = "\n".join(text.split("\n")[:HEADER])
        fields = list(_FIELD.finditer(head))
        end = fields[-1].end() if fields else len(head.partition("\n\n")[0])
        return text[:end], text[end:]
    return "", text


def works(text: str) -> list[Work]:
    """Return the works of a file, in order: one as a rule, several where files were put one behind the other."""
    text = _with_todays_marks(text)
    seams = [0, *(start.start() for start in list(_START.finditer(text))[1:]), len(text)]
    found: list[Work] = []
    for begin, end in pairwise(seams):
        header, body = _without_header(text[begin:end])
        close = _END.search(body)
        cut = close.start() if close else len(body)
        fields = header if begin == 0 else found[-1].around[1]  # a second header lies behind the first licence
        found.append(Work(_names(fields), body[:cut], (header, body[cut:])))
    return found


def _names(header: str) -> tuple[str, ...]:
    wanted = ("Title", "Author", "Translator", "Illustrator", "Editor")
    return tuple(" ".join(value.split()) for name, value in _FIELD.findall(header) if name in wanted)
