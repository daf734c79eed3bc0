"""Lines as a printer set them, whatever a file went through: one spelling of letters, single line ends, words in one piece."""

import re
import unicodedata
from collections.abc import Set

from ..base.typography import INVISIBLE

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_LINE_ENDS = re.compile("[\x0b\x85\u2028]")
_CUT = re.compile(r"(?<=\w)[\u00ad¬]\n[ \t]*(\w[^\s\u00ad¬]*)(?:[ \t]+|\n|$)")  # a soft hyphen, or what scanners make of it
_STOP = r"[.!?…»\":;)]"
#: A line of stars, or the number of a chapter, that touches the text above or below it.
_STARS = re.compile(rf"(?m)(?<={_STOP})\n([ \t]*(?:[*=~_•⁂#—-][ \t]*){{3,}})\n")
_CHAPTER = r"[ \t]*(?i:chapitre|chapter) (?:[IVXLC]+|\d+|(?i:premier|one))\.?[ \t]*\n"
_BELOW_TEXT = re.compile(rf"(?m)(?<={_STOP})\n(?={_CHAPTER}[ \t]*\n)")
_ABOVE_TEXT = re.compile(rf"(?m)^({_CHAPTER})(?=[^\n]*[a-zà-öø-ÿœ][^\n]{{40,}}\n(?!{_CHAPTER})[ \t]*\S)")
_HYPHEN = re.compile(r"(\w+)-\n[ \t]*([a-zà-öø-ÿœ]+)(?![\w-])(\S*)(?:[ \t]+|\n|$)")


def tidy(text: str) -> str:
    """Spell a text in composed letters, without controls nor hidden characters; join what soft hyphens cut.

    A line end ends a line, and a blank line parts the text from what is none: a line of stars, the number of a chapter.
    """
    text = _LINE_ENDS.sub("\n", _CONTROLS.sub("", text)).replace("\u2029", "\n\n")
    text = unicodedata.normalize("NFC", re.sub(INVISIBLE, "", _CUT.sub(r"\1\n", text)))
    text = re.sub(r"\n[ \t]*\n", "\n", text) if _is_double_spaced(text) else text
    return _ABOVE_TEXT.sub(r"\1\n", _BELOW_TEXT.sub("\n\n\n", _STARS.sub(r"\n\n\1\n\n", text)))


def _is_double_spaced(text: str) -> bool:
    """Tell a file whose line ends were doubled: no two lines touch, and sentences go on across the blank ones."""
    if re.search(r"\S[ \t]*\n[ \t]*\S", text):
        return False
    return 10 * len(re.findall(r"[\w,;]\n[ \t]*\n[ \t]*[a-zà-öø-ÿœ]", text)) > text.count("\n\n") > 0


def words_in(text: str) -> frozenset[str]:
    """Return the words of a text in small letters, compounds whole."""
    return frozenset(re.findall(r"\w+(?:-\w+)*", text.lower()))


def mend_hyphens(text: str, words: Set[str]) -> str:
    """Join a word cut at the end of a line if the book has it in one piece, and not as a compound; the line ends behind it."""

    def mend(cut: re.Match[str]) -> str:
        whole, compound = (cut[1] + cut[2]).lower(), f"{cut[1]}-{cut[2]}".lower()
        return f"{cut[1]}{cut[2]}{cut[3]}\n" if whole in words and compound not in words else cut[0]

    return _HYPHEN.sub(mend, text)
