"""Lines and blank lines: blocks, paragraphs, verse, and paragraphs that only their indent tells."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

SPEECH = ("-", "—", "–", "«", '"', "“", "<<")
FULL_LINE = 72  #: what a line of prose is wrapped at, as a rule
LONG_LINE = 120  #: no line of prose is wrapped as late as that: it is a paragraph
_OPENING_MARKS = " \t-—–«\"“‘'([_<"


def strip_licence(text: str) -> str:
    """Keep only what lies between the lines « *** START OF … » and « *** END OF … ».  [exercise 1.2]

    The licence at the end has a « *** START: FULL LICENSE *** » and a « SEND DONATIONS » of its own, so both lines are looked for
    at the beginning of a line, and with their « OF ».  A file that lacks one of them is kept from its beginning, or to its end.
    """
    start = re.search(r"(?im)^ *\*+ ?START OF\b(?:[^*\n]*\n?[^*\n]*\*+)?.*$", text)
    text = text[start.end() :] if start else text
    end = re.search(
        r"(?im)^ *(\*+ ?END OF\b|(END OF|FIN DE) (TH\w+ )?(PROJECT GUTENBERG|WORKSHOP EBOOK)|\W*START: FULL LICENSE)", text
    )
    return text[: end.start()] if end else text


def join_lines(text: str) -> list[str]:
    """Cut a text at its blank lines, and make each paragraph one line.  [exercise 1.3]

    Lines are joined by a space, except after the hyphen of a compound word (« Petit-⏎Pierre »).
    """
    paragraphs = re.split(r"\n\s*\n", text.strip())
    lines = ["\n".join(line.strip() for line in paragraph.splitlines()) for paragraph in paragraphs]
    return [re.sub(r"(?<=\w-)\n(?=\w)", "", line).replace("\n", " ") for line in lines if line]


@dataclass
class Block:
    """Lines between two blank ones."""

    lines: list[str]
    gap: int  #: blank lines before it
    below: int = 0  #: blank lines behind it
    kind: str = "prose"  #: what sorting makes of it
    parted: bool = False  #: whether a line of stars stands above it
    raw: str = field(init=False)  #: as it is in the file
    text: str = field(init=False)  #: on one line, without marks

    def __post_init__(self) -> None:
        """Spell it on one line too."""
        self.raw = "\n".join(self.lines)
        self.text = " ".join(line.strip() for line in self.lines)

    def rewrite(self, text: str) -> None:
        """Change its lines (those that become empty go); ``raw`` stays what was in the file."""
        self.lines = [line.rstrip() for line in text.split("\n") if line.strip()] or [""]
        self.text = " ".join(line.strip() for line in self.lines).strip()

    @property
    def capitals(self) -> bool:
        """Whether it is printed in capitals, but for a letter here and there (« Mme GEORGE SAND »)."""
        letters = [letter for letter in self.text if letter.isalpha()]
        return bool(letters) and sum(letter.isupper() for letter in letters) >= 0.75 * len(letters)


def blocks_of(text: str) -> list[Block]:
    """Cut a text at its blank lines, and note how many there are."""
    blocks: list[Block] = []
    gap, lines = 0, []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            lines.append(line.rstrip())
            continue
        if lines:
            blocks.append(Block(lines, gap))
            gap, lines = 0, []
        gap += 1
    for block, following in pairwise(blocks):
        block.below = following.gap
    if blocks:
        blocks[-1].below = FULL_LINE  # the end of the book is more than any gap
    return blocks


def _is_capital(line: str) -> bool:
    return line.lstrip(_OPENING_MARKS)[:1].isupper()


def _is_filled(block: Block) -> bool:
    """Tell prose, however narrow: each line is as long as the next word lets it be, and most go on in small letters."""
    lines = [line.strip() for line in block.lines]
    room = [max(map(len, lines)) - len(line) for line in lines[:-1]]
    words = [len(line.split()[0]) for line in lines[1:]]
    small = sum(not _is_capital(line) for line in lines[1:])
    wide = max(map(len, lines)) > 0.5 * FULL_LINE
    return len(lines) > 2 and wide and 2 * small > len(room) and all(left <= word for left, word in zip(room, words, strict=True))


def _end_sentences(block: Block, starts: list[int]) -> bool:
    return all(block.lines[i - 1].rstrip()[-1:] in '.!?…»":' for i in starts if i)


def _told_by_dashes(block: Block) -> list[int]:
    """Return where replies begin in a block that has nothing else: lines with a dash, each behind the end of a sentence."""
    starts = [i for i, line in enumerate(block.lines) if re.match(r"\s*(?:--|—|–) ?[«\"A-ZÀ-ÖØ-ÞŒ]", line)]
    return starts if len(starts) > 1 and starts[0] == 0 and _end_sentences(block, starts) else []


@dataclass(frozen=True)
class Measure:
    """How the lines of a whole book are set, which tells verse from prose in each of its blocks."""

    width: int  #: of nearly all its lines, within what a book may have
    versified: bool  #: nearly all lines that go on begin with a capital

    @classmethod
    def of(cls, blocks: list[Block]) -> "Measure":
        """Measure a book."""
        lengths = sorted(len(line) for block in blocks for line in block.lines)
        width = lengths[len(lengths) * 9 // 10] if lengths else 0
        going_on = [line for block in blocks for line in block.lines[1:]]
        versified = sum(map(_is_capital, going_on)) > 0.8 * len(going_on)
        return cls(min(max(width, 60 if versified else 0), 80), versified)

    def is_verse(self, block: Block) -> bool:
        """Tell lines that were cut on purpose: set in and short, or with a capital each, or cut although a word had room."""
        lengths = [len(line.strip()) for line in block.lines]
        if len(lengths) < 2 or _is_filled(block):
            return False
        if all(line.startswith("  ") for line in block.lines) and max(lengths) < 0.8 * self.width:
            return True
        enough = 2 if self.versified else 4
        if len(lengths) >= enough and max(lengths) < 0.95 * FULL_LINE and all(map(_is_capital, block.lines)):
            return True
        first_words = [line.split()[0] for line in block.lines[1:]]
        cut_early = [length + 1 + len(word) < 0.7 * self.width for length, word in zip(lengths, first_words, strict=False)]
        return sum(cut_early) > len(cut_early) / 2

    def is_solid(self, block: Block) -> bool:
        """Tell a paragraph of running prose, which no title page and no table of contents has."""
        return len(block.text) >= 120 and block.text[-1] in '.!?…»"”:;-—)' and not self.is_verse(block)

    def paragraphs(self, block: Block) -> list[str]:
        """Return the paragraphs of a block, one line each: its verses, or what its indents or the whole of it make."""
        if sorted(map(len, block.lines))[len(block.lines) // 2] > LONG_LINE:
            return [line.strip() for line in block.lines]
        starts = self._told_by_indent(block) or _told_by_dashes(block)
        if starts:
            pieces = ["\n".join(block.lines[i:j]) for i, j in zip(starts, [*starts[1:], len(block.lines)], strict=True)]
            return [paragraph for piece in pieces for paragraph in join_lines(piece)]
        return [line.strip() for line in block.lines] if self.is_verse(block) else join_lines("\n".join(block.lines))

    def _told_by_indent(self, block: Block) -> list[int]:
        """Return where paragraphs begin if only their indent tells: lines set in, where all others go on from a full line.

        The first may stand at the margin, if those before the others end a sentence.
        """
        indents = [len(line) - len(line.lstrip()) for line in block.lines]
        starts = sorted({0, *(i for i, indent in enumerate(indents) if indent > min(indents))})
        if len(starts) < 2 or not (indents[0] > min(indents) or _end_sentences(block, starts)):
            return []
        going_on = [i for i in range(len(block.lines)) if i not in starts]
        full = [len(block.lines[i - 1]) + 1 + len(block.lines[i].split()[0]) > 0.85 * self.width for i in going_on]
        return starts if sum(full) >= 0.8 * len(full) and going_on else []
