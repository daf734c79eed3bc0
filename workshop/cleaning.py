"""From a file as it was received to the author's own paragraphs: licence out, chapters named, French told from the rest.

The functions of the exercises come first, and stand alone.  :func:`clean` then does what a lesson has no time for: title pages,
tables of contents, transcribers' notes, footnotes, verse.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from .base.errors import WorkshopError
from .base.typography import normalise

if TYPE_CHECKING:
    from datasets import DatasetDict
    from nltk.tokenize.punkt import PunktSentenceTokenizer

_WORDS = {
    "fr": "au aux avait avec avez ce cela cette comme dans de des dit du elle en est et eût il ils je la le les leur lui mais me"
    " moi mon ne nous on ou où par pas plus pour qu que qui sa sans se ses si son sur tout un une vous votre était être",
    "en": "all an and are as at be but by for from had have he her him his if in into is it my no not of on one out said she so"
    " that the their them then there they this to up was we were what when which will with would you your",
    "ca": "als amb aquell aquest aquesta així això al bé com de del dels el els ella em en era es estava ha havia hi ho la les li"
    " llur me mes molt més no per perquè però pot quan que què sa se ses seu seva si sense són tan tot un una va vaig",
}
#: The most frequent function words of novels, language by language, without those of one letter.
FUNCTION_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
LANGUAGES = {"fr": "français", "en": "anglais", "ca": "catalan"}

#: Below this share of function words, a text is in none of these languages: in the real books, their own are 0.39 to 0.49.
ENOUGH = 0.3


def strip_licence(text: str) -> str:
    """Keep only what lies between the lines « *** START OF … » and « *** END OF … ».  [exercise 1.2]

    The licence at the end has a « *** START: FULL LICENSE *** » and a « SEND DONATIONS » of its own, so both lines are looked for
    at the beginning of a line, and with their « OF ».  A file that lacks one of them is kept from its beginning, or to its end.
    """
    start = re.search(r"(?im)^\*+ ?START OF\b(?:[^*\n]*\n?[^*\n]*\*+)?.*$", text)
    text = text[start.end() :] if start else text
    end = re.search(r"(?im)^(\*+ ?END OF\b|END OF (THE )?(PROJECT GUTENBERG|WORKSHOP EBOOK)|\W*START: FULL LICENSE)", text)
    return text[: end.start()] if end else text


def join_lines(text: str) -> list[str]:
    """Cut a text at its blank lines, and make each paragraph one line.  [exercise 1.3]

    Lines are joined by a space, except after the hyphen of a compound word (« Petit-⏎Pierre »).
    """
    paragraphs = re.split(r"\n\s*\n", text.strip())
    lines = ["\n".join(line.strip() for line in paragraph.splitlines()) for paragraph in paragraphs]
    return [re.sub(r"(?<=\w-)\n(?=\w)", "", line).replace("\n", " ") for line in lines if line]


def train_punkt(texts: Iterable[str]) -> "PunktSentenceTokenizer":
    """Learn from the novels themselves where their sentences end: which words are abbreviations, which begin a sentence.

    Nothing is downloaded; a million characters take a few seconds.  The ellipsis and the guillemets are added for French.
    Method: Kiss and Strunk, « Unsupervised Multilingual Sentence Boundary Detection », Computational Linguistics 32(4), 2006.
    """
    from nltk.tokenize.punkt import PunktLanguageVars, PunktSentenceTokenizer, PunktTrainer

    class French(PunktLanguageVars):
        sent_end_chars = (".", "?", "!", "…")
        _re_word_start = r"[^\(\"\`{\[:;&\#\*@\)}\]\-,«—]"  # « M. and —M. are M.
        re_boundary_realignment = re.compile(r"[\"')\]}»]+?(?:\s+|(?=—)|$)", re.MULTILINE)

    trainer = PunktTrainer(lang_vars=French())
    # with the usual 0.3, a single novel passes « roi » and « nue », seen only where a sentence ends, for abbreviations
    trainer.ABBREV = 1
    for text in texts:
        trainer.train(text, finalize=False)
    trainer.finalize_training()
    parameters = trainer.get_params()
    parameters.abbrev_types.update({"m", "mm", "mme", "mmes", "mlle", "mlles", "mgr", "dr", "st", "ste", "etc"})
    return PunktSentenceTokenizer(parameters, lang_vars=French())


def split_sentences(text: str, punkt: "PunktSentenceTokenizer") -> list[str]:
    """Cut a paragraph into sentences with a trained Punkt.  [exercise 1.4]

    « Oh ! oh ! fit-il. » is one sentence: what begins with a small letter belongs to what comes before.
    """
    text = re.sub(r"(?<=[.!?…»])—(?=\W*[A-ZÀ-ÖØ-ÞŒ])", " —", text)  # a new speaker begins a new sentence
    sentences: list[str] = []
    for piece in punkt.tokenize(text):
        if sentences and re.match(r"\W*[a-zà-öø-ÿœ]", piece):
            sentences[-1] += " " + piece
        else:
            sentences.append(piece)
    return sentences


def french_share(text: str, function_words: frozenset[str] = FUNCTION_WORDS["fr"]) -> float:
    """Measure which share of the words of two letters or more are French function words, between 0 and 1.  [exercise 1.5]

    A text without words has a share of 0.
    """
    words = re.findall(r"[^\W\d_]{2,}", text.lower())
    return sum(word in function_words for word in words) / max(1, len(words))


def wrong_language(text: str, expected: str = "fr") -> str | None:
    """Say in French why a text is not in the expected language ("fr", "en", "ca"), with the figures; None if it is."""
    shares = {language: french_share(text, words) for language, words in FUNCTION_WORDS.items()}
    best = max(shares, key=shares.__getitem__)
    if best == expected and shares[best] >= ENOUGH:
        return None
    measured = f"{100 * shares[expected]:.0f}\u202f% seulement de mots-outils en {LANGUAGES[expected]}"
    if shares[best] < ENOUGH:
        return f"{measured}, et la langue n’est pas reconnue"
    return f"{measured}, contre {100 * shares[best]:.0f}\u202f% en {LANGUAGES[best]}"


@dataclass(frozen=True)
class Cleaned:
    """A book ready for use: its paragraphs, one line each, and the chapter of each of them."""

    title: str
    role: Literal["train", "test", "trap"]
    paragraphs: list[str] = field(repr=False)
    chapters: list[str] = field(repr=False)
    lines_removed: int  #: of the lines with something on them
    share_removed: float  #: of the words, between 0 and 1

    @property
    def text(self) -> str:
        """The whole book, one paragraph a line."""
        return "\n".join(self.paragraphs)


def split_by_book(books: Iterable[Cleaned], validation_share: float = 0.1) -> "DatasetDict":
    """Make the three parts: the test book is never trained on; the others keep their end for validation.  [exercise 1.6]

    Returns a ``DatasetDict`` of ``train``, ``validation`` and ``test``: one paragraph a row, with its ``text``, ``book`` and
    ``chapter``, in the order of the books.  A part that would be empty is a ``WorkshopError``.
    """
    from datasets import Dataset, DatasetDict

    parts: dict[str, list[dict[str, str]]] = {"train": [], "validation": [], "test": []}
    for book in books:
        rows = [{"text": t, "book": book.title, "chapter": c} for t, c in zip(book.paragraphs, book.chapters, strict=True)]
        if book.role == "test":
            parts["test"] += rows
        else:
            cut = round(len(rows) * (1 - validation_share))
            parts["train"] += rows[:cut]
            parts["validation"] += rows[cut:]
    for name, rows in parts.items():
        if not rows:
            raise WorkshopError(f"Il n’y a rien pour la partie « {name} » : donnez des livres plus longs, dont un pour l’examen.")
    return DatasetDict({name: Dataset.from_list(rows) for name, rows in parts.items()})


# What clean() is made of --------------------------------------------------------------------------------------------------

# [1], [A], [*]; [p. 12], {12}; _italics_, <i>; an illustration whose caption is gone
_MARKS = re.compile(r"(?i)\s?\[(?:\d{1,3}|[A-Z]|\*+)\]|[\[{](?:(?:p|pg|page)\.? ?)?\d+[\]}]|_|</?[bi]>|\[illustration\]")
_ILLUSTRATION = re.compile(r"(?i)\[illustration[^\]]*\]")
_FOOTNOTE = re.compile(r"\s*\[(?:(?:\d+|[A-Z]|Note)\b|\*)")
_NOTE = re.compile(
    r"(?is)\W*(?:produced by|produit par|e-?text prepared by|this (?:file|e-?book|e-?text) |transcri(?:bed|ber|ption)\b"
    r"|note\w* (?:(?:sur|de|du|la|le) )+(?:transcri|correct|producteur|lecteur)|preparer.s note|note au lecteur|credits:)"
    r"|.*(?:https?://|www\.|project gutenberg|version électronique|pgdp|distributed\s+proofread)"
)
_AFTERWORD = re.compile(r"(?im)^(?:\*+ ?this file should be named|updated editions will replace|creating the works from )")
_CONTENTS = re.compile(r"(?i)(?:table(?: des (?:mati[èe]res|chapitres))?|contents|index|sommaire|list of illustrations)\W*")
_END = re.compile(r"FIN D[EU’'].*|(?i:fin|fi|the end|finis|notes|errata\b.*|liste des (?:modifications|corrections))\W*")
_NUMBERED = re.compile(
    r"(?i:(?:chapitre|chapter|livre|book|tome|partie|part|acte|act|sc[èe]ne|lettre|letter) \S.*"
    r"|\w+ (?:partie|journ[ée]e|veill[ée]e|part|acte|livre|book)\W*)|(?:[IVXLC]+|\d{1,3})(?:\W*|[.:] ?[—-]* ?\S.*)"
)
# « Mon départ.--La route.--L'auberge. », under the name of a chapter
_ARGUMENT = re.compile(r"[.!?…][_»]?\s?(?:--|[—–])\s?[_«]?[A-ZÀ-ÖØ-ÞŒ]")
_DATELINE = re.compile(r"[^\W\d][^\d,]{1,30},.{1,30}\d{4}\W*")  # below a signature
_SPEECH = ("-", "—", "–", "«", '"', "“")

_Kind = Literal["prose", "heading", "contents", "end", "aside"]


@dataclass
class _Block:
    """Lines between two blank ones."""

    lines: list[str]
    gap: int  #: blank lines before it
    kind: _Kind = "prose"

    def __post_init__(self) -> None:
        self.raw = "\n".join(self.lines)
        self.text = _MARKS.sub("", " ".join(line.strip() for line in self.lines)).strip()


def _blocks(text: str) -> list[_Block]:
    blocks: list[_Block] = []
    gap, lines = 0, []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            lines.append(line.rstrip())
        else:
            if lines:
                blocks.append(_Block(lines, gap))
                gap, lines = 0, []
            gap += 1
    return blocks


def _looks_like_heading(block: _Block, after_heading: bool) -> bool:
    """Tell the name of a chapter by its brevity, its capitals or numeral, and the white above it."""
    text = block.text
    if len(block.lines) > 3 or len(text) > 100 or text.startswith(_SPEECH) or text.endswith((",", ";")):
        return False
    if re.fullmatch(r"(?:[IVXLC]+|\d{1,3})\W*", text) or (text.isupper() and (block.gap >= 2 or after_heading)):
        return True
    if _NUMBERED.fullmatch(text) and (block.gap >= 2 or text.isupper()):
        return True
    return block.gap >= (4 if text.endswith((".", "!", "?", "…")) else 3) and len(block.lines) == 1 and len(text) <= 60


def _is_verse(block: _Block, width: int) -> bool:
    """Tell lines that were cut on purpose: all set in and short, or cut although the next word had room."""
    lengths = [len(line.strip()) for line in block.lines]
    if len(lengths) < 2:
        return False
    if all(line.startswith("  ") for line in block.lines) and max(lengths) < 0.8 * width:
        return True
    first_words = [line.split()[0] for line in block.lines[1:]]
    cut_early = [length + 1 + len(word) < 0.7 * width for length, word in zip(lengths, first_words, strict=False)]
    return sum(cut_early) > len(cut_early) / 2


def _is_solid(block: _Block, width: int) -> bool:
    """Tell a paragraph of running prose, which no title page and no table of contents has."""
    return len(block.text) >= 120 and block.text[-1] in '.!?…»"”:;-—)' and not _is_verse(block, width)


def _chapter(headings: list[str]) -> str:
    """Name a chapter by the headings above it: from the last numbered one on, else the last that is no dedication."""
    numbered = [i for i, heading in enumerate(headings) if _NUMBERED.fullmatch(heading)]
    if numbered:
        names = headings[numbered[-1] :]
    else:
        names = [heading for heading in headings if not re.match(r"(?:A|À|TO) ", heading)][-1:] or headings[-1:]
    return re.sub(r"[.:]?—", ". ", normalise(". ".join(name.rstrip(". ") for name in names)))


def _sort_out(blocks: list[_Block]) -> None:
    """Give each block its kind."""
    repeated = {text for text, count in Counter(block.text for block in blocks).items() if count > 2}  # who speaks, in a play
    after_heading, in_note, begun = True, False, False
    for block, following in zip(blocks, [*blocks[1:], None], strict=False):
        numbered = bool(_NUMBERED.fullmatch(block.text))
        speaker = block.gap < 3 and not numbered and block.text in repeated and not block.text.startswith("(")
        signed = following is not None and not after_heading and not numbered and bool(_DATELINE.fullmatch(following.text))
        # a note in front of the book may have several paragraphs
        in_note = bool(_NOTE.match(block.raw)) or (in_note and not begun and block.gap == 1 and not block.text.isupper())
        if in_note or _FOOTNOTE.match(block.raw) or not re.search(r"\w", block.text):
            block.kind = "aside"
            continue
        if _END.fullmatch(block.text):
            block.kind = "end"
        elif _CONTENTS.fullmatch(block.text):
            block.kind = "contents"
        elif not speaker and not signed and _looks_like_heading(block, after_heading):
            block.kind = "heading"
        elif after_heading and block.lines[0].startswith(" ") and len(_ARGUMENT.findall(block.raw)) > 1:
            block.kind = "aside"
            continue
        after_heading = block.kind == "heading"
        begun = begun or block.kind == "prose"


def _without_tail(blocks: list[_Block]) -> list[_Block]:
    """Cut the book after its last « FIN », unless chapters follow."""
    ends = [i for i, block in enumerate(blocks) if block.kind == "end"]
    if not ends or any(block.kind == "heading" and _NUMBERED.fullmatch(block.text) for block in blocks[ends[-1] :]):
        return blocks
    return blocks[: ends[-1]]


def _chapters(blocks: list[_Block], width: int, find_start: bool) -> list[tuple[_Block, str]]:
    """Pair the blocks of the author's text with their chapters.

    At the beginning (``find_start``), after a table and after a « FIN », the book only begins (again) where prose runs: what
    lies between the last heading and there is kept, what came before is a title page or a table.
    """
    pairs: list[tuple[_Block, str]] = []
    waiting: list[_Block] = []
    headings: list[str] = []
    chapter, searching, ended = "", find_start, False
    for block in blocks:
        if block.kind in ("end", "contents"):
            searching, ended, waiting, headings = find_start, block.kind == "end", [], []
        elif block.kind == "heading":
            headings = [block.text] if waiting else [*headings, block.text]
            waiting = []
        else:
            waiting = [block] if searching and block.gap >= 3 else [*waiting, block]
            if searching and (not _is_solid(block, width) or (ended and not headings)):
                continue
            if headings:
                chapter, headings = _chapter(headings), []
            pairs += [(kept, chapter) for kept in waiting]
            searching, waiting = False, []
    return pairs


def clean(text: str, title: str = "", role: Literal["train", "test", "trap"] = "train") -> Cleaned:
    """Keep the author's own words, in paragraphs, with the chapter of each; verse keeps its lines.

    Left out: header and licence, title page, tables, notes (the transcriber's and those at the foot of a page), marks of
    illustrations, pages and italics, names of chapters.

    Raises:
        WorkshopError: nothing is left.
    """
    book = _AFTERWORD.split(_ILLUSTRATION.sub("[illustration]", strip_licence(text)))[0]
    lines = [line for line in book.splitlines() if line.strip()]
    width = sorted(map(len, lines))[len(lines) * 9 // 10] if lines else 0
    blocks = _blocks(book)
    _sort_out(blocks)
    blocks = [block for block in _without_tail(blocks) if block.kind != "aside"]
    kept = _chapters(blocks, width, find_start=True) or _chapters(blocks, width, find_start=False)
    pairs = []
    for block, chapter in kept:
        pieces = block.lines if _is_verse(block, width) else join_lines(block.raw)
        pairs += [(paragraph, chapter) for piece in pieces if (paragraph := normalise(_MARKS.sub("", piece)).strip())]
    if not pairs:
        name = title or "Ce livre"
        raise WorkshopError(f"« {name} » est vide une fois la licence retirée : vérifiez que ce fichier est bien un livre.")
    words = sum(len(paragraph.split()) for paragraph, _ in pairs)
    return Cleaned(
        title=title,
        role=role,
        paragraphs=[paragraph for paragraph, _ in pairs],
        chapters=[chapter for _, chapter in pairs],
        lines_removed=sum(bool(line.strip()) for line in text.splitlines()) - sum(len(block.lines) for block, _ in kept),
        share_removed=max(0.0, 1 - words / max(1, len(text.split()))),
    )
