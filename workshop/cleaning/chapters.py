"""Where a book begins, and which chapter each of its paragraphs is in."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from .headings import (
    FrontMatter,
    announces_books,
    is_cast,
    is_dedication,
    is_division,
    is_imprint,
    name_of,
    opens,
    split_headings,
    without_imprint,
)
from .paragraphs import SPEECH, Block, Measure

Placed = tuple[Block, str, str]  #: a block, its chapter, and the division of the book that the chapter is in
_NOTES = re.compile(r"(?i)\W*(?:foot)?notes?\W*")
_ASIDES = ("note", "footnote", "ornament", "page", "argument")  #: they come between nothing


@dataclass
class _Walk:
    """The walk through the blocks of a book.

    At the beginning, after a table and after a « FIN » it looks for where prose runs (again).  Of what comes before, only what is
    surely a title page or a table is left out: an epigraph, a dedication, a chapter of short replies stay, in the chapter that
    begins there.
    """

    measure: Measure
    front: FrontMatter
    kept: list[Placed] = field(default_factory=list)
    headings: list[Block] = field(default_factory=list)
    waiting: list[Block] = field(default_factory=list)  #: what may be the author's, where prose does not run yet
    chapter: str = ""
    division: str = ""
    searching: bool = True
    in_table: bool = False
    advertised: bool = False  #: below « EN VENTE », « DU MÊME AUTEUR »

    def step(self, block: Block, before: Block | None) -> None:
        """Take the next block; ``before`` is the one above it."""
        if block.kind in ("end", "contents"):
            self._close()
            self.searching, self.in_table = True, block.kind == "contents"
        elif block.kind == "heading":
            if not before or before.kind != "heading":
                self._drop()
            self.headings.append(block)
            self.advertised = self.searching and not self._in_chapter() and (self.advertised or announces_books(block))
        elif self.searching:
            self._search(block, before)
        else:
            self._open()
            self._keep(block)

    def finish(self) -> list[Placed]:
        """Return the author's blocks, with what was still waiting."""
        self._close()
        self._open()
        for block in self.waiting:
            block.kind = "prose"
            self._keep(block)
        while self.kept and is_imprint(self.kept[-1][0]):
            self.kept.pop()[0].kind = "title page"
        return self.kept

    def _search(self, block: Block, before: Block | None) -> None:
        runs = block.text.startswith(SPEECH) or self.measure.is_solid(block)
        below_heading = self._in_chapter() or (before is not None and before.kind == "heading")
        listed = before is not None and before.kind == "contents" and block.gap <= 2 and max(map(len, block.lines)) < 80
        below = bool(self.waiting) and before is self.waiting[-1] and block.gap == 1
        signs = below and block.lines[0].startswith(" " * 6) and not self.front.is_named(block.text)  # who said the epigraph
        if not runs and self.in_table and (listed or self.front.is_table(block)):
            block.kind = "contents"
        elif not runs and not signs and not self._in_chapter() and (self.advertised or self.front.is_title_page(block)):
            block.kind = "title page"
        else:
            self.waiting.append(block)
            if runs or (below_heading and not block.capitals and not (self.in_table and block.gap < 2)):
                self._open()
                for held in self.waiting:
                    held.kind = "prose"
                    self._keep(held)
                self.waiting, self.searching, self.in_table = [], False, False

    def _in_chapter(self) -> bool:
        """Say whether the last headings begin with a chapter's number, a preface or a cast, below which no title page stands."""
        first = split_headings(self.headings)[1][0] if self.headings else None
        return first is not None and (is_cast(first) or opens(first) or not is_division(first))

    def _drop(self) -> None:
        """Forget headings that name no chapter, but for a dedication."""
        self.waiting += filter(is_dedication, self.headings)
        self.headings = []

    def _close(self) -> None:
        """Keep capitals with nothing below them, a signature, a last word; but those above the notes."""
        if not self.searching:
            for block in self.headings:
                if not _NOTES.fullmatch(block.text):
                    block.kind = "prose"
                    self._keep(block)
            self.headings = []

    def _open(self) -> None:
        if self.headings:
            above, own = split_headings(self.headings)
            self.chapter = name_of(own)
            if above or is_division(own[0]):
                self.division = name_of(without_imprint(above)[-1:] or own)
            self.headings = []
            for block in filter(is_dedication, above):
                block.kind = "prose"
                self._keep(block)

    def _keep(self, block: Block) -> None:
        self.kept.append((block, self.chapter, self.division))


def find_chapters(blocks: list[Block], measure: Measure, front: FrontMatter) -> list[Placed]:
    """Return the blocks of the author's text, each in its chapter; say of the others, by their kind, what they are."""
    walk = _Walk(measure, front)
    before: Block | None = None
    for block in blocks:
        if block.kind not in _ASIDES:
            walk.step(block, before)
            before = block
    return walk.finish()


def tell_apart(placed: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Name chapters whose number comes back in each tale with the tale: « LE SABOT. I »; returns paragraphs and chapters."""
    divisions = defaultdict(set)
    for _, chapter, division in placed:
        divisions[chapter].add(division)
    return [
        (paragraph, f"{division}. {chapter}" if len(divisions[chapter]) > 1 and division not in ("", chapter) else chapter)
        for paragraph, chapter, division in placed
    ]
