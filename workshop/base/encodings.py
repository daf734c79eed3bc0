"""Files whose letters went wrong on the way: stray bytes, encoded twice, undeclared Mac Roman or Latin-9.  Mended, or refused."""

import codecs
import re

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
    rf"|{_SIGNS}(?={_SMALL})|(?<={_SMALL}){_SIGNS}|Œ(?={_SMALL}Œ)"
)
_UNKNOWN = 3  #: controls of which a text may have fewer


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Read one stray byte in UTF-8 as the Windows-1252 it most often is; half a letter is lost, and marked « � »."""
    assert isinstance(error, UnicodeDecodeError)
    piece = error.object[error.start : error.end]
    letter = piece.decode("cp1252", "replace") if len(piece) == 1 and "end of data" not in error.reason else "\ufffd"
    return ("\ufffd" if letter in "ÂÃ" else letter), error.end


codecs.register_error("workshop.stray", _stray)


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
    count = "1 octet douteux" if strays == 1 else f"{strays} octets douteux"
    return data.decode("utf-8-sig", "workshop.stray"), f"UTF-8, {count}"


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
    latin = "cp1252" if re.search(rb"[\x80-\x9f]", data) else "iso-8859-1"
    first = latin if named in ("", "iso-8859-1", "ascii", "us-ascii", "utf-8", "utf8", "unicode") else named
    readings = []
    for encoding in dict.fromkeys([first, latin, *ONE_BYTE]):
        try:
            readings.append((data.decode(encoding), encoding))
        except UnicodeDecodeError:
            continue
    usual, best = readings[0], min(readings, key=lambda reading: oddness(reading[0]))  # the first of equals
    text, encoding = best if oddness(usual[0]) >= max(2, 2 * oddness(best[0])) else usual
    foreign = len(re.findall(r"[^\x00-\x7f]", text))
    if len(re.findall(r"[\x80-\x9f]", text)) >= _UNKNOWN or foreign > max(20, 0.3 * len("".join(text.split()))):
        raise WorkshopError(
            "L’encodage de ce fichier n’est pas reconnu\u00a0: ouvrez-le dans un éditeur de texte et enregistrez-le en UTF-8."
        )
    return text, encoding.upper()


def mend_twice_encoded(text: str) -> str | None:
    """Undo UTF-8 that was taken for Latin-1 or Windows-1252 and encoded again (« Ã©tÃ© »); None if it was not."""
    pairs = re.findall(
        r"[ÂÃÅâ][\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{1,2}", text
    )
    others = sum(character > "\x7f" for character in text) - sum(map(len, pairs))
    if not pairs or others > len(pairs):
        return None
    mended = re.sub(r"[^\x00-\x7f]+", lambda run: _once(run[0]), text)
    return (mend_twice_encoded(mended) or mended) if mended != text else None


def _once(run: str) -> str:
    """Decode again a run of letters that is UTF-8 read byte by byte; leave any other."""
    try:
        data = b"".join(character.encode("latin-1") if character < "\u0100" else character.encode("cp1252") for character in run)
        return data.decode("utf-8")
    except UnicodeError:
        return run


def rescue(data: bytes) -> tuple[str, str]:
    """Read bytes that are not UTF-8, and name their encoding, with what was amiss.

    Raises:
        WorkshopError: they are not a text in any encoding of western Europe.
    """
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return data.decode("utf-32", "replace"), "UTF-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), "UTF-16"
    return _utf8_with_strays(data) or one_byte_a_letter(data)
