"""Tell what others wrote about the file: who made it, from which pictures, what they corrected, what one may do with it.

A single word is never enough, unless no novel has it: an author may write « Transcription faite, il sortit » or « Au lecteur ».
"""

import re
from collections.abc import Iterator

from .headings import is_numbered
from .paragraphs import SPEECH, Block, Measure

_A_FILE = (
    r"https?://|www\.|proje[ck]?te? gutenberg|\bpgdp|distributed\s+proofread|\bgallica\b|internet archive|hathi ?trust"
    r"|google (?:print|books)"
    r"|ebooks ?gratuits|public domain|\be-?texts?\b|\be-?books?\b|\bhtml\b|\butf-?8\b|\bascii\b"
    r"|(?:version|édition|livre|texte|fichier|ouvrage|document|bibliothèque)s? (?:électronique|numéris|numérique)|transcripteur"
    r"|transcriber|\bscanné"
)
_NAMED = (
    r"\W*(?:(?:notes?|remarques?) +(?:(?:sur|de|du|la|le|l['’]|d['’]) *)*(?:transcri|num[ée]ris|relect|producteur)"
    r"|transcription notes?\b|preparer.s notes?\b|proofread)"
)
#: No novel says such things of itself.
_SURE = re.compile(rf"(?is){_NAMED}|.*(?:{_A_FILE})")
#: A name after « Produced by », and nothing else: who made the file.  « Produit par la pluie, … » is a sentence.
_MAKERS = re.compile(
    r"(?:This (?:file|text|book) was )?(?:[Pp]roduced|[Pp]repared|[Ss]canned|[Tt]ranscribed|[Dd]igiti[sz]ed|[Tt]yped"
    r"|[Pp]roofed) by\s+[A-Z]"
    r"|(?:Ce \w+ a été )?(?:[Pp]roduit|[Nn]umérisé|[Tt]ranscrit|[Rr]elu|[Ss]aisi|[Mm]is en ligne|[Rr]éalisé"
    r"|[Pp]réparé) par\s+(?:[A-Z]\S*\s*){2}"
    r"|Credits:|Crédits\s?:"
)
_THANKS = re.compile(
    r"(?i)\W*(?:many |special |our |with )*thanks\b|\W*(?:nos |un grand |avec nos )?(?:remerciements?|merci) "
    r"|(?:[\w'’]+ ){1,5}remerci(?:e|ent|ons) "
)
#: Words of those who make books.  Two of different kinds, at an edge of the book, are a note if one of them says what was done to
#: it (the first three), three in any case; in the middle of it they are prose.
_HINTS = [
    re.compile(hint, re.I)
    for hint in (
        r"\bcorrig|\bcorrections?\b|\bcorrected|\bmodifi(?:é|cation)|\bharmonis|\bmoderni[sz]|\bréplacé par",
        r"\bconserv(?:é|ation)|\bretained|\bpreserved|\brespect[ée]e|\breprodui[ts]|\breproduced|\bunchanged",
        r"\b(?:this|the present) (?:file|text|document|edition|version|book)\b|\bce (?:fichier|document|texte)\b"
        r"|\bcette (?:version|édition)\b",
        r"\borthogra|\bspellings?\b|\bhyphenation|\baccentua",
        r"\bponctuation|\bpunctuation",
        r"\btypogra|\bcoquille|\bmisprints?|\bprinter.s errors?|\berrata\b|\bimpression",
        r"\btranscri(?:pt|bed)|\bfac-simil|\bnuméris|\bscann|\bpage images?\b|\bimages? (?:of|de|from)\b",
        r"\bproofs\b|\bproof-?read|\brelecture|\brelu(?:e|es|s)? |\bépreuves\b",
        r"\boriginale?s?\b|\bpresent (?:edition|text|book|version)|\b(?:édition|version|texte|livre) (?:original|imprimé"
        r"|de référence)",
        r"\bcop(?:y|ies|ier|ie)\b|\bdistribu|\bdiffus|\bfree of charge|\bgratuit|\bre-?us|\bréutilis",
        r"\bvolunteers?\b|\bbénévoles?\b|\bassociation\b|\bbiblioth[èe]que nationale\b|\blibrary of\b",
        r"\bmissing pages?\b|\bpages? (?:manquante|missing)|\bfootnotes?\b|\bnotes? de bas\b",
    )
]
_TITLE = re.compile(
    r"(?i)\W*(?:au lecteur|avis(?: au lecteur)?|avertissement|remarques?|notes?|note au lecteur|to the reader|credits"
    r"|crédits|remerciements"
    r"|acknowledge?ments?|thanks|corrections?|notice)\W*"
)
_CORRECTIONS = re.compile(
    r"(?i)\W*(?:errat(?:a|um)|corrigenda|liste? (?:des|of) (?:modifications|corrections|changes|errata))\b[^,;:.!?]{0,50}\W*"
)
#: The heading of the last page.
_ABOUT = re.compile(r"(?i)\W*(?:à propos de cette édition électronique|about this (?:digital|electronic) edition)\W*")
_AUTHORS = re.compile(r"(?i)\W*(?:pr[ée]face|avant-propos|introduction|prologue|foreword)\b.*")  # what is below is his own
_PLACE = re.compile(
    r"(?i)\W*(?:pages?|pp?\.|lignes?|l\.|lines?)\W*\d|\W*\d+\W|.{0,80}(?:remplacé|corrigé|au lieu de|instead of|replaced"
    r"|lire |lisez )"
)
MOST = 1500  #: characters: those who make books are brief


_WRITER = re.compile(r"\b(?:[Jj]e|[Jj]['’]|m['’]|m[eoa]i?|mes|mon|I(?= [a-z])|my)\b")  # who says « je » is the author, as a rule


def _hints(text: str) -> int:
    return max(0, sum(bool(hint.search(text)) for hint in _HINTS) - bool(_WRITER.search(text)))


def is_surely_a_note(block: Block) -> bool:
    """Say whether a block, wherever it stands, speaks of the file."""
    return len(block.text) < MOST and bool(_SURE.match(block.text))


def is_note_at_an_edge(block: Block) -> bool:
    """Say whether a block in front of the book or behind it speaks of the file or of the edition."""
    if len(block.text) > MOST or block.text.startswith(SPEECH):
        return False
    hints = _hints(block.text)
    done = any(hint.search(block.text) for hint in _HINTS[:3])
    return bool(_MAKERS.match(block.text)) or hints >= 2 + (not done) or (hints >= 1 and bool(_THANKS.match(block.text)))


def mark_notes(blocks: list[Block], measure: Measure) -> None:
    """Give the kind « note » to what others wrote about the file: anywhere if it is sure, else before and behind the book."""
    for block in blocks:
        if is_surely_a_note(block):
            block.kind = "note"
    front = list(_edge(blocks, measure))
    behind = list(_edge(blocks[len(front) :][::-1], measure))[::-1]
    _mark(front)
    _mark(behind)
    corrections = False
    for i, block in enumerate(blocks):
        if _ABOUT.fullmatch(block.text) and any(map(measure.is_solid, blocks[:i])):
            for other in blocks[i:]:
                other.kind = "note"
            break
        goes_on = not measure.is_solid(block) or bool(_PLACE.match(block.text))
        corrections = bool(_CORRECTIONS.fullmatch(block.text)) or (corrections and goes_on and block.gap < 3)
        if corrections:
            block.kind = "note"


def _edge(blocks: list[Block], measure: Measure) -> Iterator[Block]:
    """Yield the blocks up to the first one that the book itself is made of: prose, a reply, the number of a chapter."""
    for block in blocks:
        note = block.kind == "note" or is_note_at_an_edge(block)
        author = measure.is_solid(block) or block.text.startswith(SPEECH) or is_numbered(block.text)
        if author and not note and not _hints(block.text):
            return
        yield block


def _mark(blocks: list[Block]) -> None:
    """Mark the notes among these blocks, with what goes on below them and the title above them."""
    above: Block | None = None
    for block, following in zip(blocks, [*blocks[1:], None], strict=False):
        noted = above is not None and above.kind == "note"
        goes_on = noted and block.gap == 1 and not block.capitals and len(block.text) < MOST
        apart = block.gap > 1 and (block.below > 1 or (following is not None and following.kind == "note"))
        titled = above is not None and above.gap > 1 and bool(_TITLE.fullmatch(above.text))
        others = (apart or noted or titled) and not (above and _AUTHORS.match(above.text))
        if block.kind == "note" or goes_on or (is_note_at_an_edge(block) and others):
            block.kind = "note"
            if above and _TITLE.fullmatch(above.text):
                above.kind = "note"
        above = block
