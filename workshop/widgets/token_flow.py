"""A text in which every token shows how probable it was, and can be chosen with the mouse or the arrow keys.

The text is one radio group of ipywidgets, dressed as prose: its labels flow and wrap like words, a few rules of CSS give each
its tint and its figure.  One widget for the whole text: three hundred tokens cost no more than one.
"""

import html
import itertools
import re
from collections.abc import Sequence

import ipywidgets as w
from ipywidgets.widgets.trait_types import TypedTuple
from ipywidgets.widgets.widget_core import CoreWidget
from ipywidgets.widgets.widget_description import DescriptionWidget
from traitlets import CInt, Unicode

from ..base.typography import french, typeset
from ..generation.streaming import Token
from .common import ORANGE, svg

#: Names of the four tints, with the smallest probability of each.
LEVELS = ((0.5, "attendu", "50 % et plus"), (0.1, "probable", "de 10 à 50 %"), (0.01, "possible", "de 1 à 10 %"),
          (0.0, "surprenant", "moins de 1 %"))  # fmt: skip

_SPACES = " \t\u00a0\u2009\u202f"  # those that typeset may add, change or take away
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # an untrained model writes them; XML forbids them
_numbers = itertools.count(1)


def level(probability: float) -> int:
    """Return the tint of a probability: the place in :data:`LEVELS`."""
    return next(i for i, (least, *_) in enumerate(LEVELS) if probability >= least)


def percent(probability: float) -> str:
    """Write a probability as in French: ``12,3 %``."""
    if 0 < probability < 0.0005:
        return "moins de 0,1\u00a0%"
    return f"{french(100 * probability, 1)}\u00a0%"


def typeset_pieces(pieces: Sequence[str]) -> list[str]:
    """Set a text cut in pieces as a French printer would, and return it cut at the same places.

    Only spaces and apostrophes change: whatever is not a space keeps its rank, and a space goes with what follows it.
    """
    shown = typeset("".join(pieces))
    cuts, place = [], 0
    for piece in pieces:
        start, wanted = place, sum(letter not in _SPACES for letter in piece)
        while wanted and place < len(shown):
            wanted -= shown[place] not in _SPACES
            place += 1
        cuts.append(shown[start:place])
    if cuts:
        cuts[-1] += shown[place:]
    return cuts


class _Choices(DescriptionWidget, CoreWidget):
    """ipywidgets' radio buttons, as the browser knows them: labels, and which one is chosen.

    Unlike ``ipywidgets.RadioButtons``, giving new labels leaves the choice alone: the text grows while it is read.
    """

    _view_name = Unicode("RadioButtonsView").tag(sync=True)
    _model_name = Unicode("RadioButtonsModel").tag(sync=True)
    _options_labels = TypedTuple(trait=Unicode()).tag(sync=True)
    index = CInt(None, allow_none=True).tag(sync=True)


class TokenFlow(w.VBox):
    """A prompt and the tokens that follow it; ``chosen`` is the number of a token, -1 for none."""

    chosen = CInt(-1)

    def __init__(self):
        """Begin with no text."""
        self.scope = f"atelier-flow-{next(_numbers)}"
        self.prompt, self.tokens = "", ()
        self._labels, self._tints, self._mark = _Choices(), w.HTML(), w.HTML()
        for style in (self._tints, self._mark):
            style.layout.display = "none"
        super().__init__([self._tints, self._mark, self._labels])
        self.add_class("atelier-flow")
        self.add_class(self.scope)
        self._labels.observe(self._clicked, "index")
        self.observe(self._show_choice, "chosen")

    def show(self, prompt: str, tokens: Sequence[Token], tips: bool = True) -> None:
        """Show a text; ``tips``: with the figure that appears under the mouse (not needed while the text runs)."""
        if len(tokens) <= self.chosen:
            self.chosen = -1
        self.prompt, self.tokens = prompt, tuple(tokens)
        self._tints.value = f"<style>{self._rules(tips)}</style>"
        self._labels._options_labels = typeset_pieces([prompt, *(token.text for token in tokens)]) if prompt or tokens else ()

    def _rules(self, tips: bool) -> str:
        at = f".{self.scope} .widget-radio-box label"
        places: dict[str, list[int]] = {}
        for number, token in enumerate(self.tokens, 2):  # the prompt is the first label
            places.setdefault(f"t{level(token.probability)}", []).append(number)
            if "\n" in token.text:
                places.setdefault("line", []).append(number)
        rules = [
            f"{at}:is({','.join(f':nth-child({number})' for number in numbers)}){_LOOK[name]}" for name, numbers in places.items()
        ]
        if tips:
            rules += [
                f'{at}:nth-child({number}):hover::after{{content:"{percent(token.probability)}"}}'
                for number, token in enumerate(self.tokens, 2)
            ]
        return "\n".join(rules)

    def _clicked(self, change: dict) -> None:
        if change["new"] is not None:
            self.chosen = min(change["new"] - 1, len(self.tokens) - 1)

    def _show_choice(self, _: object = None) -> None:
        self._labels.index = self.chosen + 1 if self.chosen >= 0 else None
        rule = f".{self.scope} .widget-radio-box label:nth-child({self.chosen + 2}){_LOOK['chosen']}"
        self._mark.value = f"<style>{rule}</style>" if self.chosen >= 0 else ""


_LOOK = {
    "t0": "{background:var(--atelier-t0)}",
    "t1": "{background:var(--atelier-t1);text-decoration:underline dotted 1px}",
    "t2": "{background:var(--atelier-t2);text-decoration:underline dashed 1px}",
    "t3": "{background:var(--atelier-t3);text-decoration:underline double 1px}",
    "line": '::before{content:"↵";opacity:.5}',
    "chosen": "{outline:2px solid var(--atelier-ink,#1F2933);outline-offset:1px}",
}

STYLE = """<style>
.atelier{--atelier-t0:transparent;--atelier-t1:rgba(240,170,40,.18);--atelier-t2:rgba(235,130,20,.30);
 --atelier-t3:rgba(213,94,0,.42)}
.atelier .atelier-flow{overflow:visible}
.atelier .atelier-flow .widget-radio,.atelier .atelier-flow .widget-radio-box{display:block!important;width:auto;height:auto;
 margin:0!important;overflow:visible}
.atelier .atelier-flow .widget-radio>.widget-label{display:none}
.atelier .atelier-flow .widget-radio-box{font:18px/1.9 Georgia,"DejaVu Serif",serif;color:inherit;white-space:pre-line;
 overflow-wrap:anywhere;min-height:34px;max-width:46em}
.atelier .atelier-flow .widget-radio-box label{display:inline!important;height:auto;margin:0;padding:2px 0;line-height:inherit;
 font:inherit;color:inherit;white-space:pre-line;border-radius:3px;position:relative;cursor:pointer;
 text-underline-offset:4px;text-decoration-skip-ink:none;-webkit-box-decoration-break:clone;box-decoration-break:clone}
.atelier .atelier-flow .widget-radio-box label:first-child{cursor:text;font-weight:bold}
.atelier .atelier-flow .widget-radio-box label input{display:none}
.atelier .atelier-flow .widget-radio-box label:not(:first-child):hover{outline:1px solid currentColor}
.atelier .atelier-flow .widget-radio-box label:not(:first-child):hover::after{position:absolute;left:0;bottom:100%;z-index:9;
 padding:0 7px;font:13px/1.7 sans-serif;white-space:nowrap;background:#1F2933;color:#fff;border-radius:4px;pointer-events:none}
.atelier .atelier-legend{font-size:13px;margin-top:4px}
.atelier .atelier-legend b{display:inline-block;font-weight:normal;margin-right:12px}
.atelier .atelier-legend span{padding:1px 5px;border-radius:3px;margin-right:2px}
</style>"""


def draw(texts: "Sequence[tuple[str, Sequence[Token]]]", alt: str, width: int = 760) -> str:
    """Return texts (a prompt and its tokens each) with their tints as an SVG, about eighty letters a line."""
    pieces, levels = [], []
    for prompt, tokens in texts:
        pieces += [*typeset_pieces([prompt, *(token.text for token in tokens)]), "\n\n"]
        levels += [None, *(level(token.probability) for token in tokens), 0]
    pieces, alt = [_UNSEEN.sub("", piece) for piece in pieces], _UNSEEN.sub("", alt)
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
        f'<b><span style="{_LOOK[f"t{i}"].strip("{}")}">{html.escape(name)}</span> {figures}</b>'
        for i, (_, name, figures) in enumerate(LEVELS)
    )
    return f'<div class="atelier-legend">Probabilité de chaque token\u00a0: {samples}</div>'
