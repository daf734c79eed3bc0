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
_PART = r"(?:chap(?:itre|ter|\.)|ch\.|livre|book|tome|volume|partie|part|acte|act|sc[èe]ne|tableau|lettre|letter|chant|canto)"
_STORY = r"(?:journ[ée]e|day|veill[ée]e|nuit|night|soir[ée]e|histoire|story|conte|tale)"
_DECORATED = r"[—–«-]+ ?[IVXLC]+\.? ?[—–»-]+"  # « --I-- »
_NUMBERED = re.compile(
    rf"(?i:(?:{_PART}|{_STORY}) {_NUMBER}\b.*|{_NUMBER} (?:{_PART}|{_STORY})\b\W*|(?:n°|no\.?) ?\d+\W*|§ ?\d+\b.*)"
    rf"|{_DECORATED}|(?:[IVXLC]+|\d{{1,3}})(?:\W*|[.:)] ?[—-]* ?\S.*)"
)
_NUMBERED_IN_CAPITALS = re.compile(rf"(?i){_PART} \S.*|{_NUMBER}\W*")
_BARE_NUMBER = re.compile(rf"{_DECORATED}|(?:[IVXLC]+|\d{{1,3}})\W*")
#: Numerals that are initials, too, with their neighbours in a book that has so many chapters: « Tout à vous, L. »
_INITIALS = {"X": {"IX", "XI"}, "L": {"XLIX", "LI"}, "C": {"XCIX", "CI"}}
_CONTENTS = re.compile(
    r"(?i:\W*(?:table(?: des (?:mati[èe]res|chapitres|contes|gravures))?|(?:table of )?contents|sommaire"
    r"|index(?: (?:alphab[ée]tique|des \w+|of \w+))?|list of illustrations|liste des (?:illustrations|gravures))\W*)"
    r"|TABLE [^a-zà-ÿ]{0,30}\b(?:MATI[ÈE]RES|CHAPITRES|CONTE\w+|GRAVURES|TOME|VOLUME|NOUVELLES|PI[ÈE]CES)\b[^a-zà-ÿ]{0,50}"
    r"|TABLE (?:ANALYTIQUE|ALPHAB[ÉE]TIQUE|G[ÉE]N[ÉE]RALE)\W*"
)
_END = re.compile(
    r"FIN D[EU’'](?:[^a-zà-ÿ]|er\b|e\b|me\b){0,60}|END OF [^a-z]{0,60}|\(?(?i:fin|fi|the end|finis|end)\W*|\W*(?:FIN|F I N)\W*"
    r"|(?i:fin (?:du|de la|de l['’])\s?(?:\w+ )?(?:tome|volume|livre|partie|prologue|acte|table)(?: \w+)?)\W*"
)
# « Mon départ.--La route.--L'auberge. », under the name of a chapter
_ARGUMENT = re.compile(r"[.!?…][_»]?\s?(?:--|[—–])\s?[_«]?[A-ZÀ-ÖØ-ÞŒ]")
_DATELINE = re.compile(r"[^\W\d][^\d,]{1,30},.{1,30}\d{4}\W*")  # below a signature
_ENTRY = re.compile(r"(?:\.\s?){3,}|\S\s{2,}\d+\W*$|\D\s*\d+\W*$|[—–-]{2,}\s*\d+\W*$")  # « La porte .... 9 »
_PAGE = re.compile(r"(?:[—–|-]+ ?\d+ ?[—–|-]+|\(?\d{1,4}\)?|(?i:p|pg|pag|page)\.? ?\d+\.?|(?=[xvi])x{0,3}(?:ix|iv|v?i{0,3}))")
_PRINTER = re.compile(
    r"(?i)\b(?:imprim|libraire|librairie|éditeurs?|editeurs?|publish|printed|typogra|droits\b.{0,40}réserv"
    r"|rights reserved|copyright"
    r"|exemplaires|prix|price|in-(?:18|12|8|16|4)|volumes?|vols?\b|du même auteur|by the same author|en vente|sous presse|rue\b"
    r"|boulevard|street"
    r"|traduit|translated|traduction|illustré|illustrated|édition|edition|tome\b|calmann|lévy|hachette|charpentier|collection"
    r"|bibliothèque|trad\b)|^\W*(?:par|by|de|of|et|and)\W*$|^\W*\w*\W*\d{4}\W*$"
    r"|^\W*(?:roman|contes?|nouvelles?|poésies|poèmes|comédie|drame|tragédie|a novel|a tale|tales|stories|poems)\W*$"
)
_LIST = re.compile(
    r"(?i)\ben vente\b|\bsous presse\b|du même auteur|by the same author|\blibrairie\b|\bcatalogue\b|\bbibliothèque\b|ouvrages"
)
_DIVISION = re.compile(r"(?i)\b(?:tome|volume|livre|book|partie|part|acte?|journ[ée]e)\b")
_LISTED = re.compile(r"\s(?:\d+ vols?\b|\d+ ?(?:--|—)|\d+ fr\b)")  # « ADRIANI      1 -- »
_IMPRINT = re.compile(
    r"(?:^|[—–-])\W*(?:Imp(?:r|rimerie)?\b|Typ(?:ographie)?\b|Achevé d'imprimer|Printed\b|IMPRIMERIE|TYPOGRAPHIE|PRINTED)"
)
_SIGNED = re.compile(r"(?:[A-ZÀ-ÖØ-ÞŒ]\.[ -]?){2,4}")  # « J. B. »
_FINISHED = re.compile(r"[.!?…]\W*$")
_TELLS = re.compile(r"(?i)^\W*(?:il|elle|on|ils|elles|je|nous|vous)\b|\bdit-(?:il|elle)\b")
#: Headings without a number that no title page has: what stands below them is the author's.
_OPENING = re.compile(r"(?i)\W*(?:prologue|pr[ée]face|avant-propos|introduction|notice|pr[ée]ambule|avertissement|foreword)\b")
_SCENE = re.compile(r"(?i)sc[èe]ne\b")
_CAST = re.compile(r"(?i)(?:les )?(?:personnages|acteurs|dramatis person[aæ]e?|characters|cast|persons)\b.{0,30}")
_DEDICATION = re.compile(r"(?:À|A|AU|AUX|TO|POUR|FOR|Au|Aux|To|Pour|For) \S|(?i:in memoriam)")
#: Words that a sentence has, and what is printed on a title page has not.
_SENTENCE = re.compile(r"\b(?:[Jj]e|nous|vous|est|sont|is|are|we)\b|\b[Jj]['’]|\bI (?=[a-z])")


LONGEST = 300  #: letters of a title: « Où l'on voit un passeur, une fille… »


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
    """Part the headings above a chapter: those of what it belongs to, and its own, from the last number or title on."""
    numbered = [i for i, heading in enumerate(headings) if is_numbered(heading.text)]
    titles = [
        i
        for i, heading in enumerate(headings)
        if i == 0 or heading.parted or heading.gap >= 3 or heading.gap > headings[i - 1].gap
    ]
    first = (numbered or titles)[-1]
    return headings[:first], headings[first:]


def without_imprint(headings: list[Block]) -> list[Block]:
    """Leave out of a title page what follows its title: « CONTE », « PAR », the author, the printer; numbered parts stay."""
    end = next((i for i, heading in enumerate(headings) if i and _PRINTER.search(heading.text)), len(headings))
    return headings[:end] + [heading for heading in headings[end:] if is_numbered(heading.text)]


def name_of(headings: list[Block]) -> str:
    """Name a chapter by its own headings: number, title, subtitle."""
    return re.sub(r"[.:]?—", ". ", normalise(". ".join(heading.text.rstrip(". ") for heading in headings)))


def is_division(heading: Block) -> bool:
    """Say whether numbers may begin again below a heading: a tale, a part, an act."""
    return not is_numbered(heading.text) or bool(_DIVISION.search(heading.text))


def opens(heading: Block) -> bool:
    """Say whether a heading without a number begins the author's text: a prologue, a preface."""
    return bool(_OPENING.match(heading.text))


def is_cast(heading: Block) -> bool:
    """Say whether the persons of a play are listed below a heading."""
    return bool(_CAST.fullmatch(heading.text))


def is_dedication(heading: Block) -> bool:
    """Say whether a line gives the book to somebody, or is a sentence: « À MON AMI JEAN », not « À LA LIBRAIRIE NOUVELLE »."""
    says = _SENTENCE.search(heading.text) and not is_numbered(heading.text)
    return bool(_DEDICATION.match(heading.text) or says) and not _PRINTER.search(heading.text)


def is_imprint(block: Block) -> bool:
    """Say whether a last line names the printer."""
    return len(block.text) < 120 and bool(_IMPRINT.search(block.text))


def announces_books(heading: Block) -> bool:
    """Say whether a publisher's list of books begins below a heading."""
    return bool(_LIST.search(heading.text))


class FrontMatter:
    """What is known of a book's title pages and tables, to recognise them where they stand."""

    def __init__(self, blocks: list[Block], names: tuple[str, ...]) -> None:
        """Take the blocks of the book, sorted, and the names of its title and its people."""
        self._names = [key(name) for name in names if key(name)]
        self._headings = {key(block.text) for block in blocks if block.kind == "heading"}

    def is_named(self, text: str) -> bool:
        """Say whether a text is the title, the author, a part of them, or little more than them."""
        own = key(text)
        said = text[-1:] in ".!?…" and not text.isupper()  # a sentence may name the hero
        return bool(own) and any(
            own in name or (name in own and len(own) < 3 * len(name) + 20 and not said) for name in self._names
        )

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
            a_part = any(key(block.text) in name for name in self._names)  # « Au Diable »
            return a_part or not _DEDICATION.match(block.text) or bool(_PRINTER.search(block.text))
        return len(block.text) < 400 and bool(_PRINTER.search(block.text))


def _is_of_a_title_page(line: str) -> bool:
    letters = [letter for letter in line if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters) >= 0.75 * len(letters)
    short = not _SENTENCE.search(line) and len(line.strip()) < 80 and line.strip()[-1:].isalnum() and not line.startswith("   ")
    return capitals or bool(_LISTED.search(line)) or short


def sort_out(blocks: list[Block]) -> None:
    """Give each block that is not a note its kind: heading, contents, argument, page, end, ornament or prose."""
    places = Counter(block.text for block in blocks)
    numerals = {numeral for block in blocks if len(block.text) < 100 for numeral in re.findall(r"\b[IVXLC]+\b", block.text)}
    before: Block | None = None  # the last one that counts
    for block, following in zip(blocks, [*blocks[1:], None], strict=False):
        if block.kind != "prose":
            continue
        letter = re.sub(r"\W", "", block.text)
        if letter in _INITIALS and not numerals & _INITIALS[letter]:
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
    below_number = before is not None and above == "heading" and is_numbered(before.text)
    if _END.fullmatch(text) and not (below_number and " " in text):
        return "end"
    if _CONTENTS.fullmatch(text) or _CONTENTS.fullmatch(block.lines[0]):
        return "contents"
    if after_heading and block.lines[0].startswith(" ") and len(_ARGUMENT.findall(block.raw)) > 1:
        return "argument"
    if before and above == "heading" and is_cast(before):
        return "prose"
    signature = bool(_SIGNED.fullmatch(text)) or (
        above == "prose" and following is not None and bool(_DATELINE.fullmatch(following.text))
    )
    possible = numbered or not (in_sentence or signature or _speaks(block, places, before))
    if possible and _is_heading(block, after_heading, numbered, below_number):
        return "heading"
    return "heading" if before and above == "heading" and _is_subtitle(block, before, following) else "prose"


def _speaks(block: Block, places: int, before: Block | None) -> bool:
    """Tell who speaks in a play: a name that comes back, close to what it says, or the first below the number of a scene."""
    if block.text.startswith("("):
        return False
    if before and _SCENE.match(before.text) and block.gap > block.below == 1:
        return True
    return (places > 2 and block.gap < 3) or (places > 1 and block.gap == block.below == 1 and block.text.endswith((".", ":")))


def _is_heading(block: Block, after_heading: bool, numbered: bool, below_number: bool) -> bool:
    """Tell the name of a chapter by its brevity, its capitals or numeral, and the white around it."""
    text = block.text
    speech = text.startswith(SPEECH) and not numbered
    lines, letters = (5, LONGEST) if below_number and text.isupper() and not re.search(r"[.!?…] ", text) else (3, 100)
    if len(block.lines) > lines or len(text) > letters or speech or text.endswith((",", ";", ":")):
        return False
    if (
        _BARE_NUMBER.fullmatch(text)
        or (after_heading and not re.search(r"[^\W\d_]", text))
        or (text.isupper() and (block.gap >= 2 or after_heading))
    ):
        return True
    if numbered and (block.gap >= 2 or text.isupper()):
        return not re.search(r"[^\W\d]{3,}[.!?] .*[a-zà-ÿ][.!?]$", text)  # « 1. Prendre la barque. 2. Passer. »
    finished = bool(_FINISHED.search(text))
    if finished and _TELLS.search(text):
        return False
    return (
        block.gap >= (4 if finished else 3) and (not finished or block.below >= 2) and len(block.lines) == 1 and len(text) <= 60
    )


def _is_subtitle(block: Block, above: Block, following: Block | None) -> bool:
    """Tell a line that stands nearer to the heading above it than to the text below it."""
    if len(block.text) > LONGEST or block.text.startswith(SPEECH) or block.text.endswith((",", ";", ":")):
        return False
    set_in = (
        block.lines[0].startswith(" ")
        and above.lines[0].startswith(" ")
        and not (following and following.lines[0].startswith(" "))
    )
    finished = bool(_FINISHED.search(block.text))
    if len(block.lines) > 2 and (finished or not is_numbered(above.text)):
        return False
    return block.gap < min(3, block.below) and (set_in or not finished) and not _DATELINE.fullmatch(block.text)
