"""What the widgets share: colours for light and dark themes, pictures in SVG with their text, panels that degrade well.

A picture is drawn in SVG: crisp, quick (a few thousandths of a second) and readable by a screen reader through its text.  Its
colours are CSS variables with a value for paper, so the same drawing follows the theme inside a notebook and stands alone
outside of it.
"""

import html
from dataclasses import dataclass

import ipywidgets as w

from ..base.typography import french, typeset

__all__ = ["BLUE", "FAINT", "INK", "ORANGE", "PAPER", "Frame", "Panel", "french", "number_slider", "sentence", "svg"]

INK, FAINT, PAPER = "var(--atelier-ink,#1F2933)", "var(--atelier-faint,#5F6B76)", "var(--atelier-paper,#FBFAF6)"
BLUE, ORANGE = "var(--atelier-blue,#0072B2)", "var(--atelier-orange,#D55E00)"

#: JupyterLab writes its theme on the page; elsewhere (Colab, VS Code) a panel is a sheet of paper.
STYLE = """<style>
.atelier{max-width:980px;padding:10px 12px;border-radius:6px;background:#FBFAF6;color:#1F2933;overflow:visible}
.atelier .widget-label,.atelier .widget-readout,.atelier .widget-html-content{color:inherit}
.atelier .widget-html-content{line-height:1.5;font-size:15px}
.atelier .widget-label{font-size:15px}
.atelier .widget-hslider,.atelier .widget-hslider .slider-container{min-width:180px}
.atelier button.jupyter-button{width:auto;padding:0 14px;font-size:15px}
.atelier .atelier-above.widget-inline-hbox,.atelier .atelier-above .widget-inline-hbox{flex-flow:row wrap;width:auto;height:auto}
.atelier .atelier-above.widget-inline-hbox>.widget-label,.atelier .atelier-above .widget-label{flex:1 0 100%;text-align:left}
.atelier :focus-visible{outline:3px solid var(--atelier-orange,#D55E00);outline-offset:2px}
.atelier.atelier.atelier :is(input,select,textarea):focus-visible{box-shadow:0 0 0 3px var(--atelier-orange,#D55E00)!important}
[data-jp-theme-light] .atelier{background:transparent;color:var(--jp-content-font-color1);
 --atelier-paper:var(--jp-layout-color0);--atelier-ink:var(--jp-content-font-color0);--atelier-faint:var(--jp-content-font-color2)}
[data-jp-theme-light="false"] .atelier{--atelier-blue:#56B4E9;--atelier-orange:#F0A03C}
</style>"""


def sentence(text: str) -> str:
    """Return a plain sentence as HTML, in French typography."""
    return html.escape(typeset(text), quote=False)


def svg(width: int, height: int, alt: str, *parts: str, **data: object) -> str:
    """Return a picture: ``alt`` says what it shows, ``data`` becomes ``data-…`` attributes (for tests in a browser)."""
    said = html.escape(typeset(alt))
    notes = "".join(f' data-{name}="{html.escape(str(value))}"' for name, value in data.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        f' lang="fr" aria-label="{said}"{notes} font-family="DejaVu Sans, Verdana, sans-serif" font-size="15" fill="{INK}"'
        f' style="max-width:100%;height:auto;display:block"><title>{said}</title>'
        f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>{"".join(parts)}</svg>'
    )


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

    def points(self, pairs: "list[tuple[float, float]]") -> str:
        """Return pairs of values as the ``points`` of a line."""
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in pairs)

    def axes(self, label_x: str, label_y: str, ticks_x: "list[float]", ticks_y: "list[float]") -> str:
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


def number_slider(name: str, value: float, low: float, high: float, step: float = 0.1) -> w.FloatSlider:
    """Return a slider with its whole name beside it; arrow keys move it, and its figure can be typed."""
    return w.FloatSlider(
        value, min=low, max=high, step=step, description=name, readout_format=".1f", tooltip=name,
        style={"description_width": "190px"}, layout={"width": "100%", "max_width": "640px"},
    )  # fmt: skip


class Panel(w.VBox):
    """Widgets under one another, with a picture and a sentence for where no browser is (scripts, nbval, a page on GitHub)."""

    def __init__(self, *children: w.Widget):
        """Stack ``children``; the style comes with them."""
        super().__init__([w.HTML(STYLE, layout={"display": "none"}), *children])
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
