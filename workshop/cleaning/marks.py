"""What editors and proofreaders put into a text: captions and notes in brackets, calls of notes, numbers of pages, italics."""

import html
import re
from collections.abc import Set

HOLE = "\ufffc"  #: left where a note or a caption stood
MOST = 6000  #: characters that a note or a caption may take
_CAPTION = r"illustrations?|ill\.|fig\.|frontispi[cè]\w*|sidenote|manchette|cul[ -]de[ -]lampe|blank page|page blanche"
#: Words that an author may well write in brackets: « [carte en main] ».
_PICTURE = (
    r"gravures?|vignettes?|figures?|planches?|bandeau|fleuron|lettrine"
    r"|images?|photo\w*|dessins?|d[ée]corations?|ornements?|portraits?|cartes?|map|music|musique|partition"
)
#: Not « [Note bien cela] »: a number, a stop, or whose note it is.
_NOTE = (
    r"foot-?notes?|transcri\w+|n\. ?d\. ?\w+\.?|(?:notes?|nota)(?= ?(?:\d|[*†]|[A-Z][\]:.]|[\]:.—–-]"
    r"|(?:d(?:es?|u)|sur|by|from) (?:l['’]|la |le |cette |the )?"
    r"(?:aut|[ée]dit|traduct|transcri|num[ée]ris|correct|relect|copiste|r[ée]dact|bas )))"
)
_BRACKET = re.compile(
    rf"(?im)(?P<alone>^[ \t]*)?\[\W{{0,2}}(?:(?P<caption>(?:{_CAPTION})(?=\W|\d|_)"
    rf"|(?:{_PICTURE})(?:(?=\W{{0,2}}\]|[ .]*[:\d])|(?(alone)(?= [^\].,;!?\n]{{1,40}}\][ \t]*$)|(?!))))"
    rf"|(?P<note>(?:{_NOTE})(?=\W|\d|_)|(?:\d{{1,3}}"
    rf"|\*+)[ .:)]+[^\]\s]|[A-Z]: ?[^\]\s]))"
)
_LINE_CAPTION = re.compile(rf"(?im)^[ \t]*[({{]((?:{_CAPTION})(?=[:)}}])[^(){{}}\n]*)[)}}][ \t]*$")
#: a call: [1], [A], [*]; a page: [Pg 12], {12}, {p. xii}; marks of proofreaders: [sic], [**two stars], <tb>, /*, _, <i>
_MARKS = re.compile(
    rf"{HOLE}| ?\[(?:\d{{1,3}}|[A-Z]|[a-z](?=\](?!\w))|\*+)\]|"
    r"[\[{](?:(?i:p|pg|page)s?\.? ?)?(?:\d+[a-z]?|(?<=[. ])[ivxlc]+|(?<=\{)[ivxlc]+)[\]}]"
    r"| ?\[(?i:sic|\*\*[^\]]*)\]|</?(?i:i|b|u|sc|small|sup|sub|tb|br|em|strong|g|f)/?>|_"
    r"|(?<!<)</?(?:span|p|div|br|hr|big|font|center|h[1-6])(?: [^<>]*)?/?>"
)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_PAIRED = re.compile(r"(?<![\w=+~#$*/])([=+~#$*/])(?=[^\W_])([^=+~#$*/]{1,400}?)(?<=[\w.!?,;:»'’])\1(?![\w=+~#$*/])")
_ENTITY = re.compile(r"&(?:#\d{2,5}|[A-Za-z]{2,8});")
_SUPERIOR = re.compile(r"\^(?:\{([^{}\n]*)\}|(\w+))")  # M^{lle}, M^r
_LIGATURES = {"[oe]": "œ", "[Oe]": "Œ", "[OE]": "Œ", "[ae]": "æ", "[Ae]": "Æ", "[AE]": "Æ"}
_FOREIGN = re.compile(r"(?i)\[(?:greek|grec|hebrew|hébreu|latin): ([^\[\]]*)\]")
_PROOFREADERS_LINE = re.compile(r"(?m)^[ \t]*(?:/[*#$]|[*#$]/|<tb>)[ \t]*$")
_CALL = re.compile(  # (1), (a), ¹, ^1, and stars close to a word: « M. de *** » is somebody
    r"(?<=[^\s(*^]) ?(\((?:\d{1,2}|[a-z]|\*{1,3})\)|(?<! )(?:\*{1,3}|[¹²³⁴⁵⁶⁷⁸⁹⁰†‡]{1,2}|\^\{?\d{1,2}\}?))(?![\w*])"
)
_CALLED = re.compile(r"[ \t]*(\((?:\d{1,2}|[a-z]|\*{1,3})\)|\*{1,3}|[¹²³⁴⁵⁶⁷⁸⁹⁰†‡]{1,2}|\^\{?\d{1,2}\}?)(?=[ .:]*[^\W_]|[ .:]*«)")


def _end_of(text: str, start: int) -> int:
    """Return where the bracket that opens at ``start`` closes; where it never does, the end of its block.

    One that holds several blocks ends a line: else it is another that closes, and what is between is the author's.
    """
    depth = 0
    for bracket in re.compile(r"[\[\]]").finditer(text, start, start + MOST):
        depth += 1 if bracket[0] == "[" else -1
        if not depth:
            end = bracket.end()
            if not _BLANK_LINE.search(text, start, end) or re.compile(r"[ \t]*(?:\n|$)").match(text, end):
                return end
            break
    blank = _BLANK_LINE.search(text, start)
    return blank.start() if blank else len(text)


def cut_brackets(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Take out captions and notes in brackets, to the matching bracket; return them too, as « légendes » and « notes »."""
    text = _LINE_CAPTION.sub(r"[\1]", text)
    kept: list[str] = []
    taken: list[tuple[str, str]] = []
    done = 0
    for bracket in _BRACKET.finditer(text):
        if bracket.start() < done:
            continue  # inside the one before
        end = _end_of(text, bracket.start())
        kept += [text[done : bracket.start()], HOLE]
        taken.append(("légendes" if bracket["caption"] else "notes", text[bracket.start() : end]))
        done = end
    return "".join([*kept, text[done:]]), taken


def called(text: str) -> str | None:
    """Return the call that a block begins with, « (1) Note », if it begins with one."""
    found = _CALLED.match(text)
    return found[1] if found else None


def calls_of(text: str, beginnings: set[str | None]) -> set[str]:
    """Return the calls, « dit-il (1) », that a block of the same text answers: it begins with them."""
    return {call for call in _CALL.findall(text) if call in beginnings}


def without_marks(text: str, calls: Set[str] = frozenset()) -> str:
    """Take out marks that stand in the text: calls of notes (``calls``: those not in square brackets), pages, italics."""
    for spelt, letter in _LIGATURES.items():
        text = text.replace(spelt, letter)
    if calls:
        text = _CALL.sub(lambda call: "" if call[1] in calls else call[0], text)
    text = _FOREIGN.sub(r"\1", _SUPERIOR.sub(lambda match: match[1] or match[2], text))
    text = _PAIRED.sub(r"\2", _MARKS.sub("", _PROOFREADERS_LINE.sub("", text)))
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
