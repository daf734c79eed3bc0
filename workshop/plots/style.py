"""What every figure of the workshop looks like: its style, its colours, the bars that several share.

Made to be projected: large letters, an opaque background for light and dark themes, the colours of the workshop and never
colours alone.  What a figure shows is also said in words: ``figure.get_label()``.
"""

import io
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter

from ..base.colours import BLUE, FAINT, GOLD, GREEN, INK, MIST, ORANGE, PAPER, PINK
from ..base.errors import WorkshopError
from ..base.settings import settings
from ..base.typography import french, typeset

#: Colour, marker, line and hatch of each curve or kind of bar; beyond the last, they begin again.
SERIES = (
    (BLUE, "o", "-", ""), (ORANGE, "s", "--", "//"), (GREEN, "^", "-.", ".."), (PINK, "D", ":", "xx"), (GOLD, "v", "-", "--"),
)  # fmt: skip

#: The smallest letters of a figure, in points: on a slide they have 12 pixels at least (``templates/slides/play.js`` sees to it).
SMALLEST = 13

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans", "font.size": 14, "axes.titlesize": 17, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.titlepad": 14, "axes.labelsize": 14,
    "xtick.labelsize": SMALLEST, "ytick.labelsize": SMALLEST, "legend.fontsize": SMALLEST,
    "legend.frameon": False, "figure.facecolor": PAPER, "savefig.facecolor": PAPER, "axes.facecolor": PAPER, "savefig.dpi": 110,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": FAINT, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "grid.color": MIST, "grid.linewidth": 1,
    "lines.linewidth": 2.5, "lines.markersize": 8, "hatch.color": PAPER, "hatch.linewidth": 1.5, "text.parse_math": False,
}  # fmt: skip


class Drawing(Figure):
    """A figure that a notebook shows once, as the value of a cell, and that leaves no trace in pyplot.

    It is shown as a page shows a picture, with what it shows in words as its ``alt``: JupyterLab and nbconvert give an
    ``image/png`` none, even when its metadata bring one (jupyter/enhancement-proposals#120).
    """

    def _repr_mimebundle_(self, **_) -> dict[str, str]:
        words, picture = str(self.get_label()), b64encode(self.png()).decode()
        shown = f'<img alt="{escape(words)}" src="data:image/png;base64,{picture}" style="max-width: 100%">'
        return {"text/html": shown, "text/plain": words}

    def png(self) -> bytes:
        """Return the picture."""
        buffer = io.BytesIO()
        with mpl.rc_context(_STYLE):
            self.savefig(buffer, format="png")
        return buffer.getvalue()


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Run ``draw`` in the style of the workshop and leave matplotlib's own settings alone."""

    @wraps(draw)
    def styled(*args, **kwargs):
        with mpl.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return styled


def new_axes(title: str, alt: str, width: float = 10, height: float = 5.5, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure of ``width`` by ``height`` inches with a title, its words for those who cannot see it, and its axes."""
    figure = Drawing(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.15))
    figure.set_label(typeset(alt.rstrip(".") + "."))
    axes = list(figure.subplots(1, columns, squeeze=False)[0])
    axes[0].set_title(title)
    for ax in axes:
        write_in_french(ax)
    return figure, axes


def write_in_french(ax: Axes) -> None:
    """Write the numbers of both axes as French readers write them."""
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: french(value)))


def is_watched() -> bool:
    """Say whether there is a notebook to draw in while something works, and it is not to be quiet; a script has none."""
    from IPython import get_ipython

    return get_ipython() is not None and not settings().quiet


def need(data: Collection, what: str) -> None:
    """Refuse to draw nothing; ``what`` is the least that is needed, with its article."""
    if not len(data):
        raise WorkshopError(f"Il n’y a rien à dessiner\u00a0: donnez au moins {what}.")


def bars_of(ax: Axes, bars: Mapping[str, float], write: Callable[[float], str], colour: str | list[str] = BLUE) -> BarContainer:
    """Draw horizontal bars, the first on top, each with its figure at the end."""
    drawn = ax.barh(range(len(bars)), list(bars.values()), color=colour, height=0.72)
    ax.bar_label(drawn, [write(value) for value in bars.values()], padding=6)
    only_names(ax, list(bars), max(bars.values()))
    return drawn


def only_names(ax: Axes, names: Sequence[str], longest: float) -> None:
    """Name horizontal bars whose figures are written beside them, so that they need no scale."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0, max(longest, 1e-9) * 1.16)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
