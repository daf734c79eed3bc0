"""Tell the names of chapters, tables of contents, arguments, title pages and « FIN » from the author's text."""

import re
import unicodedata
from collections import Counter

from ..base.typography import normalise
from .paragraphs import SPEECH, Block

_NUMBER = (  # as a chapter is numbered, in letters or figures
    r"(?:[IVXLC]+|\d+(?:er|re|e|[eè]me)?|premi[eè]re?|\w+i[eè]me|seconde?|derni[eè]re?|unique|first|second|third|\w+th|last"
    r"|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|one|two|three|four|five|seven|eight|nine|ten)"
)
_PART = r"(?:chapitre|chapter|livre|book|tome|volume|partie|part|acte|act|sc[èe]ne|tableau|lettre|letter|chant|canto)"
_STORY = r"(?:journ[ée]e|day|veill[ée]e|nuit|night|soir[ée]e|histoire|story|conte|tale)"
_NUMBERED = re.compile(
    rf"(?i:(?:{_PART}|{_STORY}) {_NUMBER}\b.*|{_NUMBER} (?:{_PART}|{_STORY})\b\W*|(?:§|n°|no\.?) ?\d+\W*)"
    r"|(?:[IVXLC]+|\d{1,3})(?:\W*|[.:)] ?[—-]* ?\S.*)"
)
_NUMBERED_IN_CAPITALS = re.compile(rf"(?i){_PART} \S.*|{_NUMBER}\W*")
_BARE_NUMBER = re.compile(r"(?:[IVXLC]+|\d{1,3})\W*")
_CONTENTS = re.compile(
    r"(?i)\W*(?:table(?: des (?:mati[èe]res|chapitres|contes|gravures))?|(?:table of )?contents|index|sommaire|list of illustrations"
    r"|liste des (?:illustrations|gravures))\W*"
)
_END = re.compile(
    r"FIN D[EU’'](?:[^a-zà-ÿ]|er\b|e\b|me\b){0,60}|END OF [^a-z]{0,60}|(?i:fin|fi|the end|finis|end)\W*"
    r"|(?i:fin (?:du|de la|de l['’])\s?(?:\w+ )?(?:tome|volume|livre|partie|prologue|acte|table)(?: \w+)?)\W*"
)
# « Mon départ.--La route.--L'auberge. », under the name of a chapter
_ARGUMENT = re.compile(r"[.!?…][_»]?\s?(?:--|[—–])\s?[_«]?[A-ZÀ-ÖØ-ÞŒ]")
_DATELINE = re.compile(r"[^\W\d][^\d,]{1,30},.{1,30}\d{4}\W*")  # below a signature
_ENTRY = re.compile(r"(?:\.\s?){3,}|\S\s{2,}\d+\W*$|\D\s*\d+\W*$|[—–-]{2,}\s*\d+\W*$")  # « La porte .... 9 »
_PAGE = re.compile(r"(?:[—–|-]+ ?\d+ ?[—–|-]+|\d{1,4})")
_PRINTER = re.compile(
    r"(?i)\b(?:imprim|libraire|librairie|éditeurs?|editeurs?|publish|printed|typogra|droits\b.{0,40}réserv|rights reserved|copyright|prix|price"
    r"|in-(?:18|12|8|16|4)|volumes?|vols?\b|du même auteur|by the same author|en vente|sous presse|rue|boulevard|street|traduit|translated|traduction"
    r"|illustré|illustrated|édition|edition|tome|calmann|lévy|hachette|charpentier|collection|bibliothèque|trad\b)|^\W*(?:par|by|de|of|et|and)\W*$"
    r"|^\W*(?:roman|contes?|nouvelles?|poésies|poèmes|comédie|drame|tragédie|a novel|a tale|tales|stories|poems)\W*$|^\W*\w*\W*\d{4}\W*$"
)
_LIST = re.compile(
    r"(?i)\ben vente\b|\bsous presse\b|du même auteur|by the same author|\blibrairie\b|\bcatalogue\b|\bbibliothèque\b|ouvrages"
)
_DIVISION = re.compile(r"(?i)\b(?:tome|volume|livre|book|partie|part|acte?|journ[ée]e)\b")
_LISTED = re.compile(r"\s(?:\d+ vols?\b|\d+ ?(?:--|—)|\d+ fr\b)")  # « ADRIANI      1 -- »
_IMPRINT = re.compile(
    r"(?:^|[—–-])\W*(?:Imp(?:r|rimerie)?\b|Typ(?:ographie)?\b|Achevé d'imprimer|Printed\b|IMPRIMERIE|TYPOGRAPHIE|PRINTED)"
)
_CAST = re.compile(r"(?i)(?:les )?(?:personnages|acteurs|dramatis person[aæ]e?|characters|cast|persons)\b.{0,30}")
_DEDICATION = re.compile(r"(?:À|A|AU|AUX|TO|POUR|FOR) \S")


def is_numbered(text: str) -> bool:
    """Say whether a heading bears a number, in letters or figures: « XIV. », « CHAPITRE PREMIER », « 2. La porte »."""
    return bool(_NUMBERED.fullmatch(text) or (text.isupper() and _NUMBERED_IN_CAPITALS.fullmatch(text)))


def key(text: str) -> str:
    """Spell a name so that « LE PERE MAURICE » and « Le père Maurice. » are one."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    return "".join(letter for letter in letters if letter.isalnum())


def _entry_key(line: str) -> str:
    """Spell an entry of a table without its number and its page."""
    return key(
        re.sub(
            r"(?:\.\s?){2,}.*$|\s{2,}\d+\W*$",
            "",
            re.sub(r"^\W*(?:(?:chapitre|chapter) )?(?:[IVXLC]+|\d+)[.): —-]+", "", line, flags=re.I),
        )
    )


def split_headings(headings: list[Block]) -> tuple[list[Block], list[Block]]:
    """Part the headings above a chapter: those of what it belongs to, and its own, from the last numbered one or the last title on."""
    numbered = [i for i, heading in enumerate(headings) if is_numbered(heading.text)]
    titles = [
        i
        for i, heading in enumerate(headings)
        if i == 0 or heading.parted or heading.gap >= 3 or heading.gap > headings[i - 1].gap
    ]
    first = (numbered or titles)[-1]
    return headings[:first], headings[first:]


def name_of(headings: list[Block]) -> str:
    """Name a chapter by its own headings: number, title, subtitle."""
    return re.sub(r"[.:]?—", ". ", normalise(". ".join(heading.text.rstrip(". ") for heading in headings)))


def is_division(heading: Block) -> bool:
    """Say whether numbers may begin again below a heading: a tale, a part, an act."""
    return not is_numbered(heading.text) or bool(_DIVISION.search(heading.text))


def is_cast(heading: Block) -> bool:
    """Say whether the persons of a play are listed below a heading."""
    return bool(_CAST.fullmatch(heading.text))


def is_dedication(heading: Block) -> bool:
    """Say whether capitals say to whom the book is given: « À MON AMI JEAN », not « À LA LIBRAIRIE NOUVELLE »."""
    return bool(_DEDICATION.match(heading.text)) and not _PRINTER.search(heading.text)


def is_imprint(block: Block) -> bool:
    """Say whether a last line names the printer."""
    return len(block.text) < 120 and bool(_IMPRINT.search(block.text))


def announces_books(heading: Block) -> bool:
    """Say whether a publisher's list of books begins below a heading."""
    return bool(_LIST.search(heading.text))


class FrontMatter:
    """What is known of a book's title pages and tables, to recognise them where they stand."""

    def __init__(self, blocks: list[Block], names: tuple[str, ...]) -> None:
        self._names = [key(name) for name in names if key(name)]
        self._headings = {key(block.text) for block in blocks if block.kind == "heading"}

    def is_named(self, text: str) -> bool:
        """Say whether a text is the title, the author, a part of them, or little more than them."""
        own = key(text)
        return bool(own) and any(own in name or (name in own and len(own) < 3 * len(name) + 20) for name in self._names)

    def is_entry(self, line: str) -> bool:
        """Say whether a line of a table names a chapter that stands elsewhere, or ends with a page."""
        name = _entry_key(line)
        return not name or bool(_ENTRY.search(line)) or name in self._headings or key(line) in self._headings

    def is_table(self, block: Block) -> bool:
        """Say whether most lines of a block are entries."""
        return sum(map(self.is_entry, block.lines)) > len(block.lines) / 2

    def is_title_page(self, block: Block) -> bool:
        """Say whether a block is of a title page: in capitals, names, printers, prices, years, a list of books; no sentence."""
        if self.is_named(block.text) or sum(map(_is_of_a_title_page, block.lines)) > len(block.lines) / 2:
            return not _DEDICATION.match(block.text) or bool(_PRINTER.search(block.text))
        return len(block.text) < 400 and bool(_PRINTER.search(block.text))


def _is_of_a_title_page(line: str) -> bool:
    letters = [letter for letter in line if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters) >= 0.75 * len(letters)
    short = len(line.strip()) < 80 and line.strip()[-1:].isalnum() and not line.startswith("   ")
    return capitals or bool(_LISTED.search(line)) or short


def sort_out(blocks: list[Block]) -> None:
    """Give each block that is not a note its kind: heading, contents, argument, page, end, ornament or prose."""
    places = Counter(block.text for block in blocks)
    before: Block | None = None  # the last one that counts
    for block, following in zip(blocks, [*blocks[1:], None], strict=False):
        if block.kind != "prose":
            continue
        block.kind = _kind_of(block, before, following, places[block.text])
        if block.kind == "ornament" and block.text and following:
            following.parted = True
        if block.kind not in ("ornament", "page", "argument"):
            before = block


def _kind_of(block: Block, before: Block | None, following: Block | None, places: int) -> str:
    text, numbered = block.text, is_numbered(block.text)
    above = before.kind if before else "heading"
    after_heading = above in ("heading", "contents", "end")
    in_sentence = (
        before is not None and above == "prose" and (before.text[-1] in ":," or bool(following and following.text[:1].islower()))
    )
    if not re.search(r"\w", text):
        return "ornament"
    if _PAGE.fullmatch(text) and (in_sentence or not _BARE_NUMBER.fullmatch(text) or block.gap == block.below == 1):
        return "page"
    if _END.fullmatch(text):
        return "end"
    if _CONTENTS.fullmatch(text) or _CONTENTS.fullmatch(block.lines[0]):
        return "contents"
    if after_heading and block.lines[0].startswith(" ") and len(_ARGUMENT.findall(block.raw)) > 1:
        return "argument"
    if before and above == "heading" and is_cast(before):
        return "prose"
    signature = above == "prose" and following is not None and bool(_DATELINE.fullmatch(following.text))
    if numbered or not (in_sentence or signature or _speaks(block, places)):
        if _is_heading(block, after_heading, numbered):
            return "heading"
    return "heading" if before and above == "heading" and _is_subtitle(block, before, following) else "prose"


def _speaks(block: Block, places: int) -> bool:
    """Tell who speaks in a play: a name that comes back, close to what it says."""
    if block.text.startswith("("):
        return False
    return (places > 2 and block.gap < 3) or (places > 1 and block.gap == block.below == 1 and block.text.endswith((".", ":")))


def _is_heading(block: Block, after_heading: bool, numbered: bool) -> bool:
    """Tell the name of a chapter by its brevity, its capitals or numeral, and the white around it."""
    text = block.text
    if len(block.lines) > 3 or len(text) > 100 or text.startswith(SPEECH) or text.endswith((",", ";", ":")):
        return False
    if (
        _BARE_NUMBER.fullmatch(text)
        or (after_heading and not re.search(r"[^\W\d_]", text))
        or (text.isupper() and (block.gap >= 2 or after_heading))
    ):
        return True
    if numbered and (block.gap >= 2 or text.isupper()):
        return not re.search(r"[^\W\d]{3,}[.!?] .*[.!?]$", text)  # « 1. Prendre la barque. 2. Passer. »
    finished = text.endswith((".", "!", "?", "…"))
    return (
        block.gap >= (4 if finished else 3) and (not finished or block.below >= 2) and len(block.lines) == 1 and len(text) <= 60
    )


def _is_subtitle(block: Block, above: Block, following: Block | None) -> bool:
    """Tell a line that stands nearer to the heading above it than to the text below it."""
    if len(block.lines) > 2 or len(block.text) > 100 or block.text.startswith(SPEECH) or block.text.endswith((",", ";", ":")):
        return False
    set_in = (
        block.lines[0].startswith(" ")
        and above.lines[0].startswith(" ")
        and not (following and following.lines[0].startswith(" "))
    )
    finished = block.text.endswith((".", "!", "?", "…"))
    return block.gap < min(3, block.below) and (set_in or not finished) and not _DATELINE.fullmatch(block.text)
