"""One spelling for the punctuation of French books, whatever edition they come from.

The same novel is printed ``— L’œil, dit-il !`` in one edition and ``--L'oeil, dit-il!`` in another.  A network would learn
these as different things, so every text goes through :func:`normalise` (and so does whatever a tokenizer of ours reads:
:func:`workshop.tokens.french_normalizer` is built from the same rules).  :func:`typeset` is the way back, for reading.
"""

import re
import unicodedata
from collections.abc import Sequence

#: Soft hyphen, zero-width space, marks of direction, word joiner, byte-order mark.  They go first: hidden between a letter and
#: its accent, they would keep Unicode NFC from joining the two.
INVISIBLE = r"[\u00ad\u200b\u200e\u200f\u2060\ufeff]"

#: Blanks of every width, breaking or not: those that normalise knows, and that typeset may add or take away; never a line end.
_BLANKS = " \t\u00a0" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"

#: (pattern, replacement), applied in this order after Unicode NFC.  The patterns mean the same to Python's ``re`` and to the
#: Oniguruma engine of ``tokenizers``, which knows no groups in replacements: hence the look-arounds.
RULES: tuple[tuple[str, str], ...] = (
    (r"[\u2018\u2019\u201b\u02bc\u2032]", "'"),
    (r"\u201c|<<", "«"),
    (r"\u201d|>>", "»"),
    (r"[\ufb05\ufb06]", "st"),  # letters that old prints cast together
    (r"\ufb00", "ff"),
    (r"\ufb01", "fi"),
    (r"\ufb02", "fl"),
    (r"\ufb03", "ffi"),
    (r"\ufb04", "ffl"),
    (r"\u017f", "s"),  # the long s of old prints
    (r"[\u2010\u2011]", "-"),
    (rf"[{_BLANKS}]+", " "),
    (r"\.{3,}|\.(?: \.){2,}", "…"),
    (r"-{2,}|[\u2013\u2015]", "—"),
    (r" ?— ?", "—"),
    (r" (?=[;:!?»])", ""),
    (r"(?<=«) ", ""),
    (r"oe(?=u|il)", "œ"),  # cœur, œil, sœur: every French word with these letters has the ligature
    (r"O[eE](?=u|U|il|IL)", "Œ"),
)

_COMPILED = tuple((re.compile(pattern), replacement) for pattern, replacement in RULES)

_NBSP, _NARROW_NBSP = "\u00a0", "\u202f"
_SPACES = f"[{_BLANKS}]*"
_TYPESETTING = (
    (re.compile(rf"(?m)^—{_SPACES}"), f"—{_NBSP}"),
    (re.compile(r"(?<=\S)—(?=[\w«(…])"), f" —{_NBSP}"),
    (re.compile(rf"«{_SPACES}"), f"«{_NBSP}"),
    (re.compile(rf"{_SPACES}»"), f"{_NBSP}»"),
    (re.compile(rf"(?<=[\w»)…'’]){_SPACES}:(?!//)(?=\s|$)"), f"{_NBSP}:"),
    (re.compile(rf"(?<=[\w»)…'’]){_SPACES}([;!?])"), rf"{_NARROW_NBSP}\1"),
    (re.compile(r"'"), "’"),
)


def normalise(text: str) -> str:
    """Spell punctuation in one way: ``'``, ``…``, ``—``, ``œ``, plain spaces, and none before ``;:!?»`` or after ``«``.

    Applying it twice changes nothing.  Line ends are left alone.
    """
    text = unicodedata.normalize("NFC", re.sub(INVISIBLE, "", text))
    for pattern, replacement in _COMPILED:
        text = pattern.sub(replacement, text)
    return text


def typeset(text: str) -> str:
    """Set a normalised text as a French printer would: ’, no-break spaces inside « » and before ``; : ! ?``, spaced dashes.

    :func:`normalise` undoes it.  Line ends are left alone.
    """
    for pattern, replacement in _TYPESETTING:
        text = pattern.sub(replacement, text)
    return text


def typeset_pieces(pieces: Sequence[str]) -> list[str]:
    """Set a text cut in pieces as a French printer would, and return it cut at the same places.

    Only spaces and apostrophes change: whatever is not a space keeps its rank, and a space goes with what follows it.
    """
    shown = typeset("".join(pieces))
    cuts, place = [], 0
    for piece in pieces:
        start, wanted = place, sum(letter not in _BLANKS for letter in piece)
        while wanted and place < len(shown):
            wanted -= shown[place] not in _BLANKS
            place += 1
        cuts.append(shown[start:place])
    if cuts:
        cuts[-1] += shown[place:]
    return cuts


def french(number: float, digits: int | None = None) -> str:
    """Write a number as in French: ``12 345`` (narrow no-break space) and ``0,25``."""
    text = f"{number:z,.{digits}f}" if digits is not None else f"{number:z,.10g}"  # z: no « −0 »
    return text.translate(str.maketrans(",.-", "\u202f,−"))


def duration(seconds: float) -> str:
    """Return seconds as one says them in French: ``48 s``, ``3 min 50``."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds}\u00a0s"
    return f"{seconds // 60}\u00a0min" + (f"\u00a0{seconds % 60:02d}" if seconds % 60 else "")
