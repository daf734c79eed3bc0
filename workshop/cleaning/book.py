"""From a file as it was received to the author's own paragraphs, each with its chapter, and an account of what is left out."""

import re
from typing import Literal

from ..base.errors import WorkshopError
from ..base.gutenberg import works
from ..base.typography import normalise
from .chapters import Placed, find_chapters, tell_apart
from .headings import FrontMatter, sort_out
from .lines import mend_hyphens, tidy, words_in
from .marks import called, calls_of, cut_brackets, without_marks
from .notes import mark_notes
from .paragraphs import Block, Measure, blocks_of
from .parts import Cleaned, words_of

_FOOTNOTE = re.compile(r"\s*\[(?:\d+|[A-Z]|\*+)\]\s*\S")
_NAMED_FOOTNOTE = re.compile(r"\s*(?i:foot)?[Nn]ote (\d+) ?[.:]")
_ABOVE_FOOTNOTES = re.compile(r"(?i)\W*(?:foot)?notes?(?: de bas de page| du chapitre .{1,20}| of chapter .{1,20})?\W*")

LICENCE = "en-tête et licence"
#: Why words are left out, by the kind of the block that they stand in.
REASONS = {
    "note": "mentions de l’édition numérique",
    "footnote": "notes",
    "title page": "pages de titre",
    "contents": "tables",
    "heading": "titres de chapitre",
    "argument": "sommaires de chapitre",
    "end": "mots de fin",
    "page": "numéros de page",
}


def clean(text: str, title: str = "", role: Literal["train", "test", "trap"] = "train") -> Cleaned:
    """Keep the author's own words, in paragraphs, with the chapter of each; verse keeps its lines.

    Left out: header and licence, title page, tables, notes (the transcriber's and those at the foot of a page), marks of
    illustrations, pages and italics, names of chapters.  Whatever is not surely one of these is kept.

    Raises:
        WorkshopError: nothing is left.
    """
    found = works(tidy(text))
    left_out = [(LICENCE, piece) for work in found for piece in work.around]
    placed: list[tuple[str, str, str]] = []
    lines = 0
    for work in found:
        body, in_brackets = cut_brackets(work.body)
        blocks = blocks_of(body)
        kept = _kept(blocks, body, (title, *work.names))
        left_out += in_brackets + [(REASONS[block.kind], block.raw) for block in blocks if block.kind in REASONS]
        lines += sum(len(block.lines) for block, *_ in kept)
        words = words_in(body)
        for block, *_ in kept:
            block.rewrite(mend_hyphens("\n".join(block.lines), words))
        placed += _paragraphs(kept, Measure.of(blocks))
    pairs = tell_apart(placed)
    if not pairs:
        name = title or "Ce livre"
        raise WorkshopError(
            f"«\u00a0{name}\u00a0» est vide une fois la licence retirée\u00a0: vérifiez que ce fichier est bien un livre."
        )
    whole = "\n".join(paragraph for paragraph, _ in pairs)
    return Cleaned(
        title=title,
        role=role,
        paragraphs=[paragraph for paragraph, _ in pairs],
        chapters=[chapter for _, chapter in pairs],
        lines_removed=sum(bool(line.strip()) for line in text.splitlines()) - lines,
        share_removed=max(0.0, 1 - len(words_of(whole)) / max(1, len(words_of(text)))),
        left_out=left_out,
    )


def _kept(blocks: list[Block], body: str, names: tuple[str, ...]) -> list[Placed]:
    """Sort the blocks of a work, and return the author's with their chapters."""
    calls = calls_of(body, {called(block.raw) for block in blocks})
    above: Block | None = None
    for block in blocks:
        named = _NAMED_FOOTNOTE.match(block.raw)
        if _FOOTNOTE.match(block.raw) or called(block.raw) in calls or (named and f"[{named[1]}]" in body):
            block.kind = "footnote"
            if above and _ABOVE_FOOTNOTES.fullmatch(above.text):
                above.kind = "footnote"
        else:
            block.rewrite(without_marks(block.raw, calls))
        above = block
    measure = Measure.of(blocks)
    mark_notes(blocks, measure)
    sort_out(blocks)
    front = FrontMatter(blocks, names)
    kept = find_chapters(blocks, measure, front)
    if not kept:  # nothing but what looks like a title page: when in doubt, keep
        kept = [(block, "", "") for block in blocks if block.kind in ("title page", "heading", "prose")]
        for block, *_ in kept:
            block.kind = "prose"
    return _mend_cuts(blocks, kept)


def _mend_cuts(blocks: list[Block], kept: list[Placed]) -> list[Placed]:
    """Make one paragraph again of two that only a picture, a note or the number of a page parts, in the middle of a sentence."""
    place = {id(block): i for i, block in enumerate(blocks)}
    mended: list[Placed] = []
    for block, chapter, division in kept:
        last = mended[-1][0] if mended else None
        between = blocks[place[id(last)] + 1 : place[id(block)]] if last else []
        cut = between and all(other.kind in ("page", "footnote") or not other.text for other in between)
        if last and cut and block.text[:1].islower() and (last.text[-1].isalnum() or last.text[-1] in ",;-"):
            last.rewrite("\n".join([*last.lines, *block.lines]))
            place[id(last)] = place[id(block)]
        else:
            mended.append((block, chapter, division))
    return mended


def _paragraphs(kept: list[Placed], measure: Measure) -> list[tuple[str, str, str]]:
    """Spell the author's blocks as paragraphs, with their chapter and its division."""
    spelt = [(normalise(piece).strip(), *place) for block, *place in kept for piece in measure.paragraphs(block)]
    return [(paragraph, chapter, division) for paragraph, chapter, division in spelt if paragraph]
