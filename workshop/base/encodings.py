"""Files whose letters went wrong on the way: stray bytes, encoded twice, undeclared Mac Roman or Latin-9.  Mended, or refused."""

import codecs
import re
from functools import cache, partial

from .errors import WorkshopError

#: Encodings of one byte a letter, the likeliest first.
ONE_BYTE = ("cp1252", "iso-8859-1", "iso8859-15", "mac_roman", "cp850", "cp437")
_BYTES = re.compile(rb"[\x80-\xff]")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NAMES = {
    "latin1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "latin9": "iso8859-15",
    "latin-9": "iso8859-15",
    "macintosh": "mac_roman",
}
_LETTER, _SMALL = r"[^\W\d_]", r"[a-zà-ÿœ]"
_SIGNS = r"[½¼¾¤¦¨´¸ˆ˜‰‡†‚„■ⁿƒΘαΓπΣσµτΦ∞∩≡±≥≤÷≈√²\u2500-\u257f]"
#: What French or English text has nowhere: controls, signs inside words or against one, a capital « É » after a small letter.
_ODD = re.compile(
    rf"[\x80-\x9f]|{_LETTER}[^\x00-\x7f\w\s’ʼ–—…«»“”·°º](?={_LETTER})|(?<={_SMALL})[À-ÞŠŽŸŒƒ]"
    rf"|{_SIGNS}(?={_SMALL})|(?<={_SMALL}){_SIGNS}|Œ(?={_SMALL}Œ)|¤|(?<=\d)[œŒŠšŽžŸ]"
)
_CONTROL = re.compile(r"[\x80-\x9f]")
_SURE = 3  #: letters encoded twice that prove that a part of a text is
_UNKNOWN = 3  #: controls of which a text may have fewer


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Read one stray byte in UTF-8 as the Windows-1252 it most often is; half a letter is lost, and marked « � »."""
    assert isinstance(error, UnicodeDecodeError)
    piece = error.object[error.start : error.end]
    letter = piece.decode("cp1252", "replace") if len(piece) == 1 and "end of data" not in error.reason else "\ufffd"
    return ("\ufffd" if letter in "ÂÃ" else letter), error.end


def _undefined(error: UnicodeError) -> tuple[str, int]:
    """Leave the five bytes that Windows-1252 does not know the controls that they are in ISO-8859-1."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("workshop.stray", _stray)
codecs.register_error("workshop.undefined", _undefined)


def without_mark(data: bytes) -> str:
    """Name the UTF-16 or UTF-32 that lacks its byte-order mark, told by where its zeros stand; nothing if it is neither."""
    zeros = "".join("0" if 2 * data[place::4].count(0) > len(data) // 4 else "x" for place in range(4))
    return {"x0x0": "utf-16-le", "0x0x": "utf-16-be", "x000": "utf-32-le", "000x": "utf-32-be"}.get(zeros, "")


def declared_in(data: bytes) -> str:
    """Return the encoding that the header of a file names, in Python's spelling; nothing if it names none that exists."""
    found = re.search(rb"(?im)^character set encoding:\s*([\w-]+)", data[:8192])
    name = found[1].decode("ascii").lower() if found else ""
    try:
        codecs.lookup(_NAMES.get(name, name))
    except LookupError:
        return ""
    return _NAMES.get(name, name)


def oddness(text: str) -> int:
    """Count what no French or English text has: the sign that bytes were read in a wrong encoding."""
    return len(_ODD.findall(text))


def _utf8_with_strays(data: bytes) -> tuple[str, str] | None:
    """Read a file that is UTF-8 but for some bytes; None if it is not UTF-8 at all."""
    letters = len(_MULTIBYTE.findall(data))
    strays = len(_BYTES.findall(_MULTIBYTE.sub(b"", data)))
    if not letters or (letters <= strays and strays > 1):
        return None
    if strays > letters / 10 and strays > 3:  # files in two encodings, one behind the other
        lines = [_line(line) for line in data.splitlines(keepends=True)]
        return "".join(lines), "UTF-8 et CP1252, ligne par ligne"
    return data.decode("utf-8-sig", "workshop.stray"), f"UTF-8, {_doubtful(strays)}"


def _doubtful(count: int) -> str:
    return "1 octet douteux" if count == 1 else f"{count} octets douteux"


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("utf-8-sig", "workshop.stray") if _MULTIBYTE.search(line) else line.decode("cp1252", "replace")


def one_byte_a_letter(data: bytes) -> tuple[str, str]:
    """Read a file in the encoding that it declares, or in Windows-1252 or ISO-8859-1, unless another one makes far better sense.

    Raises:
        WorkshopError: in none of them is it a text.
    """
    named = declared_in(data)
    latin = "cp1252" if re.search(rb"[\x80\x82-\x8c\x8e\x91-\x9c\x9e\x9f]", data) else "iso-8859-1"
    first = latin if named in ("", "iso-8859-1", "ascii", "us-ascii", "utf-8", "utf8", "unicode") else named
    readings = []
    for encoding in dict.fromkeys([first, latin, *ONE_BYTE]):
        try:
            undefined = "workshop.undefined" if encoding == latin == "cp1252" else "strict"
            readings.append((data.decode(encoding, undefined), encoding))
        except (UnicodeError, LookupError):  # it is not in this one, or this one is of no text (« hex », « undefined »)
            continue
    usual, best = readings[0], min(readings, key=lambda reading: oddness(reading[0]))  # the first of equals
    enough = 2 if _CONTROL.search(usual[0]) else 1  # a control may be a stray byte; « cafŽ » is no word
    text, encoding = best if oddness(usual[0]) >= max(enough, 2 * oddness(best[0])) else usual
    foreign, strays = len(re.findall(r"[^\x00-\x7f]", text)), len(_CONTROL.findall(text))
    if strays >= max(_UNKNOWN, foreign / 100) or foreign > max(20, 0.3 * len("".join(text.split()))):
        raise WorkshopError(
            "L’encodage de ce fichier n’est pas reconnu\u00a0: ouvrez-le dans un éditeur de texte et enregistrez-le en UTF-8."
        )
    if encoding == "cp1252" and strays:
        return _CONTROL.sub("\ufffd", text), f"CP1252, {_doubtful(strays)}"
    return text, encoding.upper()


@cache
def _byte_of(encoding: str) -> dict[str, int]:
    """Return which byte a character was; Windows-1252 has the controls of ISO-8859-1 for those that it does not know."""
    read = {bytes([byte]).decode(encoding, "workshop.undefined"): byte for byte in range(128, 256)}
    return {chr(byte): byte for byte in range(128, 256)} | read if encoding == "cp1252" else read


@cache
def _letters(encoding: str, first: int, last: int) -> str:
    """Return a pattern: a letter of UTF-8 whose first byte lies between two, each of its bytes read in ``encoding``."""

    def some(least: int, most: int) -> str:
        return "[" + re.escape("".join(letter for letter, byte in _byte_of(encoding).items() if least <= byte <= most)) + "]"

    lengths = [(0xC2, 0xDF, 1), (0xE0, 0xEF, 2), (0xF0, 0xF4, 3)]
    spelt = [(max(a, first), min(b, last), more) for a, b, more in lengths if a <= last and first <= b]
    return "|".join(f"{some(least, most)}{some(0x80, 0xBF)}{{{more}}}" for least, most, more in spelt)


def _twice_encoded(text: str, encoding: str) -> str:
    """Return the pattern of what was encoded twice: any letter of UTF-8, or where only a part of a text was, what is sure."""
    found = re.findall(_letters(encoding, 0xC2, 0xF4), text)
    others = sum(character > "\x7f" for character in text) - sum(map(len, found))
    if found and others <= len(found):
        return _letters(encoding, 0xC2, 0xF4)
    if len(re.findall(_letters(encoding, 0xC3, 0xC3), text)) < _SURE:
        return ""
    return f"(?<![A-ZÀ-Þ])(?:{_letters(encoding, 0xC2, 0xC5)}|{_letters(encoding, 0xE2, 0xE2)})"


def mend_twice_encoded(text: str) -> str | None:
    """Undo UTF-8 that was taken for Windows-1252 or Mac Roman and encoded again (« Ã©tÃ© », « √©t√© »); None if it was not.

    Where only a part of the text was, what is as sure as « Ã© » is mended and the rest left: « PACHÂ» » is right as it is.
    """
    for encoding in ("cp1252", "mac_roman"):
        pattern = _twice_encoded(text, encoding)
        mended = re.sub(pattern, partial(_once, byte_of=_byte_of(encoding)), text) if pattern else text
        if mended != text:
            if encoding == "cp1252":  # the no-break space of « Ã\xa0 », where it has become a space
                mended = re.sub(r"Ã (?=[\s,;:.!?…»)-]|$)|Ã(?= \w)", "à", mended)
            return mend_twice_encoded(mended) or mended
    return None


def _once(letter: re.Match[str], byte_of: dict[str, int]) -> str:
    """Decode again a letter of UTF-8 that was read byte by byte; leave what is none."""
    try:
        return bytes(byte_of[character] for character in letter[0]).decode("utf-8")
    except UnicodeDecodeError:
        return letter[0]


def rescue(data: bytes) -> tuple[str, str]:
    """Read bytes that are not UTF-8, and name their encoding, with what was amiss.

    Raises:
        WorkshopError: they are not a text in any encoding of western Europe.
    """
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return data.decode("utf-32", "replace"), "UTF-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), "UTF-16"
    if wide := without_mark(data):
        return data.decode(wide, "replace"), wide.upper()
    return _utf8_with_strays(data) or one_byte_a_letter(data)
