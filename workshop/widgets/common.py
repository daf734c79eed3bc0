"""What the widgets share: colours for light and dark themes, pictures in SVG with their text, panels that degrade well.

A picture is drawn in SVG: crisp, quick (a few thousandths of a second) and readable by a screen reader through its text.  Its
colours are CSS variables with a value for paper, so the same drawing follows the theme inside a notebook and stands alone
outside of it.
"""

import html
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ipywidgets as w
from anywidget import AnyWidget

from ..base import colours
from ..base.identity import token
from ..base.typography import french, typeset
from .slider import Slider

__all__ = [
    "BLUE", "FAINT", "INK", "ORANGE", "PAPER", "Fold", "Frame", "Panel", "french", "number_slider", "sentence", "status", "svg",
]  # fmt: skip

_COLOURS = {"ink": colours.INK, "faint": colours.FAINT, "paper": colours.PAPER, "blue": colours.BLUE, "orange": colours.ORANGE}
#: What a picture writes for a colour: the variable of the page it is in, and the colour itself for where it stands alone.
INK, FAINT, PAPER, BLUE, ORANGE = (f"var(--atelier-{name},{colour})" for name, colour in _COLOURS.items())

#: Signs that XML forbids (an untrained model writes them, a paste may hold them): no picture could be made of them.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_OTHERS = {"serif": token("serif"), "sans": token("sans"), "focus": token("blue")}
_VARIABLES = "".join(f"--atelier-{name}:{value};" for name, value in (_COLOURS | _OTHERS).items())
_DARK = f'[data-jp-theme-light="false"] .atelier{{--atelier-focus:{token("blue", dark=True)};}}\n'
STYLE = f".atelier{{{_VARIABLES}}}\n{_DARK}" + Path(__file__).with_name("style.css").read_text(encoding="utf-8")


class Sheet(AnyWidget):
    """How the panels look: anywidget writes it in the head of the page, once for all of them.

    ``sheet.js`` adds what ipywidgets' own controls do not say to a screen reader.
    """

    _esm = Path(__file__).with_name("sheet.js")
    _css = STYLE


def sentence(text: str) -> str:
    """Return a plain sentence as HTML, in French typography."""
    return html.escape(typeset(text), quote=False)


def svg(width: int, height: int, alt: str, *parts: str, **data: object) -> str:
    """Return a picture: ``alt`` says what it shows, ``data`` becomes ``data-…`` attributes (for tests in a browser)."""
    said = html.escape(typeset(alt))
    notes = "".join(f' data-{name}="{html.escape(str(value))}"' for name, value in data.items())
    return UNSEEN.sub(
        "",
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        f' lang="fr" aria-label="{said}"{notes} font-family="DejaVu Sans, Verdana, sans-serif" font-size="15" fill="{INK}"'
        f' style="max-width:100%;height:auto;display:block"><title>{said}</title>'
        f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>{"".join(parts)}</svg>',
    )


def svg_of_words(text: str) -> str:
    """Return a sentence as a picture, for a panel that has nothing to draw."""
    lines = textwrap.wrap(typeset(text), 80, break_long_words=True)
    written = [f'<text x="20" y="{36 + 24 * i}" fill="{FAINT}">{html.escape(line)}</text>' for i, line in enumerate(lines)]
    return svg(720, 32 + 24 * len(lines), text, *written)


@dataclass(frozen=True)
class Frame:
    """A rectangle of a picture, in pixels, and the values that its sides stand for."""

    left: float
    top: float
    width: float
    height: float
    xs: tuple[float, float]
    ys: tuple[float, float]

    def x(self, value: float) -> float:
        """Return where a value is, from the left."""
        return round(self.left + self.width * (value - self.xs[0]) / (self.xs[1] - self.xs[0]), 1)

    def y(self, value: float) -> float:
        """Return where a value is, from the top."""
        return round(self.top + self.height * (self.ys[1] - value) / (self.ys[1] - self.ys[0]), 1)

    def points(self, pairs: Sequence[tuple[float, float]]) -> str:
        """Return pairs of values as the ``points`` of a line."""
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in pairs)

    def axes(self, label_x: str, label_y: str, ticks_x: Sequence[float], ticks_y: Sequence[float]) -> str:
        """Draw the two axes with their names and their graduations."""
        bottom, right = self.top + self.height, self.left + self.width
        line = f'stroke="{FAINT}" stroke-width="1.5" fill="none"'
        parts = [f'<path d="M{self.left} {self.top}V{bottom}H{right}" {line}/>']
        small = 'font-size="14" text-anchor'
        for value in ticks_x:
            parts.append(f'<text x="{self.x(value)}" y="{bottom + 20}" {small}="middle">{french(value)}</text>')
        for value in ticks_y:
            parts.append(f'<text x="{self.left - 8}" y="{self.y(value) + 5}" {small}="end">{french(value)}</text>')
        parts.append(f'<text x="{right}" y="{bottom + 42}" text-anchor="end">{html.escape(label_x)}</text>')
        parts.append(f'<text x="{self.left - 34}" y="{self.top - 12}">{html.escape(label_y)}</text>')
        return "".join(parts)


def number_slider(name: str, value: float, low: float, high: float, step: float = 0.1) -> Slider:
    """Return a slider with its whole name above it; arrow keys move it, and its figure can be typed."""
    return Slider(value, min=low, max=high, step=step, description=name, layout={"width": "100%", "max_width": "640px"})


def status() -> w.HTML:
    """Return a line whose every change a screen reader says: its ``value`` is what it says (``sheet.js`` makes it a status)."""
    return w.HTML().add_class("atelier-status")


class Fold(w.VBox):
    """A button that shows and hides what is below it: with the mouse, or with the keyboard as any button."""

    def __init__(self, name: str, *children: w.Widget, shown: bool = False):
        """Fold ``children`` under ``name``; ``shown``: open at first."""
        self.name = name
        self.button = w.Button(description=name).add_class("atelier-fold")
        self.inside = w.VBox(list(children))
        self.button.on_click(lambda _: self.toggle())
        super().__init__([self.button, self.inside])
        self.opened = not shown
        self.toggle()

    def toggle(self) -> None:
        """Show what is hidden, or hide what is shown."""
        self.opened = not self.opened
        self.inside.layout.display = "" if self.opened else "none"
        self.button.description = f"{'▾' if self.opened else '▸'} {self.name}"
        (self.button.add_class if self.opened else self.button.remove_class)("atelier-opened")


class Panel(w.VBox):
    """Widgets under one another, with a picture and a sentence for where no browser is (scripts, nbval, a page on GitHub)."""

    def __init__(self, *children: w.Widget):
        """Stack ``children``; the style comes with them."""
        super().__init__([Sheet(layout={"display": "none"}), *children])
        self.add_class("atelier")

    def picture(self) -> str:
        """Return the SVG that stands for the panel."""
        raise NotImplementedError

    def text(self) -> str:
        """Return the sentence that stands for the panel."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, object]:
        bundle = super()._repr_mimebundle_(**kwargs)
        return bundle | {"text/plain": typeset(self.text()), "image/svg+xml": self.picture()}
