"""A text in which every token shows how probable it was, and can be chosen with the mouse or the arrow keys.

One widget for the whole text (``token_flow.js`` writes it on the page): three hundred tokens cost no more than one.
"""

import html
import re
from collections.abc import Sequence
from pathlib import Path

from anywidget import AnyWidget
from traitlets import CInt, Int, List, Unicode, observe, validate

from ..base.typography import french, normalise, typeset, typeset_pieces
from ..generation.streaming import Token
from .common import ORANGE, UNSEEN, svg

#: Names of the four tints, with the smallest probability of each.
LEVELS = ((0.5, "attendu", "50 % et plus"), (0.1, "probable", "de 10 à 50 %"), (0.01, "possible", "de 1 à 10 %"),
          (0.0, "surprenant", "moins de 1 %"))  # fmt: skip

_MARKS = {"\n": "↵ (à la ligne)", " ": "␣ (espace)", "": "(rien)"}


def level(probability: float) -> int:
    """Return the tint of a probability: the place in :data:`LEVELS`."""
    return next(i for i, (least, *_) in enumerate(LEVELS) if probability >= least)


def percent(probability: float) -> str:
    """Write a probability as in French: ``12,3 %``."""
    if 0 < probability < 0.0005:
        return "moins de 0,1\u00a0%"
    return f"{french(100 * probability, 1)}\u00a0%"


def spelt(text: str) -> str:
    """Return a token as a word to read: what cannot be seen is named."""
    seen = UNSEEN.sub("", normalise(text))
    if not seen.strip():
        return _MARKS["\n" if "\n" in seen else " " if seen else ""]
    if text.startswith("<|"):
        return "(fin du texte)"
    return typeset(text.strip(" ").replace("\n", "↵"))


class TokenFlow(AnyWidget):
    """A prompt and the tokens that follow it; ``chosen`` is the number of a token, -1 for none.

    What is on the page: ``texts`` (the prompt, then the tokens), for each token its tint (``levels``, see :data:`LEVELS`) and
    the figure under the mouse (``figures``), and ``said``, which a screen reader says of the token that has just been chosen.
    """

    _esm = Path(__file__).with_suffix(".js")
    texts = List(Unicode()).tag(sync=True)
    levels = List(Int()).tag(sync=True)
    figures = List(Unicode()).tag(sync=True)
    said = Unicode().tag(sync=True)
    chosen = CInt(-1).tag(sync=True)
    fork = CInt(-1).tag(sync=True)  #: the token where this text left another, -1 for none

    def __init__(self) -> None:
        """Begin with no text."""
        self.prompt = ""
        self.tokens: tuple[Token, ...] = ()
        super().__init__()
        self.add_class("atelier-flow")

    def show(self, prompt: str, tokens: Sequence[Token], tips: bool = True) -> None:
        """Show a text; ``tips``: with the figure that appears under the mouse (not needed while the text runs)."""
        with self.hold_sync():
            self.prompt, self.tokens = prompt, tuple(tokens)
            if len(tokens) <= self.chosen:
                self.chosen = -1
            self.texts = typeset_pieces([prompt, *(token.text for token in tokens)]) if prompt or tokens else []
            self.levels = [level(token.probability) for token in tokens]
            self.figures = [percent(token.probability) for token in tokens] if tips else []

    def come(self) -> None:
        """Bring the text before the reader's eyes, and the keyboard to it."""
        self.send({"come": True})

    @validate("chosen")
    def _within(self, proposal: dict) -> int:
        """Choose none rather than a token that is not there any more: the page may ask for it while the text changes."""
        return proposal["value"] if 0 <= proposal["value"] < len(self.tokens) else -1

    @observe("chosen")
    def _say(self, _: object) -> None:
        token = self.tokens[self.chosen] if self.chosen >= 0 else None
        self.said = typeset(f"« {spelt(token.text)} » : {percent(token.probability)}") if token else ""


def draw(texts: "Sequence[tuple[str, Sequence[Token]]]", alt: str, width: int = 760) -> str:
    """Return texts (a prompt and its tokens each) with their tints as an SVG, about eighty letters a line."""
    pieces, levels = [], []
    for prompt, tokens in texts:
        pieces += [*typeset_pieces([prompt, *(token.text for token in tokens)]), "\n\n"]
        levels += [None, *(level(token.probability) for token in tokens), 0]
    pieces = [UNSEEN.sub("", piece) for piece in pieces]
    parts, x, y = [], 0, 0
    per_line, advance, height = (width - 40) // 9, 9, 30
    for piece, tint in zip(pieces, levels, strict=True):
        for bit in re.findall(r"\n|[^\n\s]+\s?|[^\S\n]", piece):
            if bit == "\n" or (x and x + len(bit.rstrip()) > per_line):
                x, y = 0, y + 1
            if bit == "\n":
                continue
            left, top = 20 + advance * x, 34 + height * y
            paint = (
                f'<rect x="{left}" y="{top - 17}" width="{advance * len(bit)}" height="22" rx="3" fill="{ORANGE}" '
                if tint
                else ""
            )
            parts.append(f'{paint}fill-opacity="{0.14 * tint:.2f}"/>' if tint else "")
            weight = ' font-weight="bold"' if tint is None else ""
            at = f'x="{left}" y="{top}" textLength="{advance * len(bit)}" xml:space="preserve"{weight}'
            parts.append(f"<text {at}>{html.escape(bit)}</text>")
            x += len(bit)
    return svg(width, 50 + height * (y - 1), alt, '<g font-family="DejaVu Sans Mono, monospace">', *parts, "</g>")


def legend() -> str:
    """Return the key of the tints, as HTML."""
    samples = " ".join(
        f'<b><span class="atelier-t{i}">{html.escape(name)}</span> {figures}</b>' for i, (_, name, figures) in enumerate(LEVELS)
    )
    return f'<div class="atelier-legend">Probabilité de chaque token\u00a0: {samples}</div>'
