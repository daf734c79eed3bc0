"""The figures of chapter 04: attention, a block of the decoder, surprise, the learning rate, trainings side by side."""

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import FuncFormatter
from transformers import PretrainedConfig, TrainerCallback

from ..base.causal import shape
from ..base.colours import MINT, MIST, SAND, SKY
from ..base.typography import french
from .models import loss_curves
from .style import BLUE, GOLD, INK, ORANGE, PAPER, SERIES, SMALLEST, is_watched, need, new_axes, styled

#: Tokens that a map of attention may have for its figures to be written in: on a slide, where a picture is at least 390 pixels
#: high, they then have the 18 pixels of the smallest code.
FIGURES = 6


def _visible(token: str) -> str:
    """Return a token as it is read on an axis: its space shown, its end of line too."""
    return token.replace("Ġ", "␣").replace(" ", "␣").replace("Ċ", "↵").replace("\n", "↵")


@styled
def attention_map(words: Sequence[str], weights: Any, title: str = "Qui regarde qui\u202f?") -> Figure:
    """Heat map: each row is a token that looks, each column a token that is looked at; a row sums to 1, the future is hatched.

    Few tokens have their figures written in, large enough to be read when projected; more have a scale instead.
    ``weights``: ``(tokens, tokens)``, an array or a tensor.
    """
    need(words, "un mot")
    table = np.asarray(weights, dtype=float)
    names = [_visible(word) for word in words]
    most = [f"{name} regarde surtout {names[int(np.argmax(row))]}" for name, row in zip(names, table, strict=True)]
    told = len(names) <= FIGURES
    size = 2.0 + 0.66 * max(4, len(names)) if told else 2.2 + 0.32 * len(names)
    said = "Carte d’attention\u00a0: " + "\u00a0; ".join(most) + "."
    figure, (ax,) = new_axes(fill(title, 30), said, width=size + 0.6 if told else max(size, 6) + 1.4, height=size)
    places = range(len(names))
    image = ax.imshow(np.where(np.triu(np.ones_like(table), 1) > 0, np.nan, table), cmap="Blues", vmin=0, vmax=1)
    for row in places:
        for column in places:
            if column > row:
                ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=MIST, edgecolor=PAPER, hatch="//"))
            elif told and table[row, column] >= 0.005:
                colour = "white" if table[row, column] > 0.72 else "black"  # whichever is at least 4.5 times as light or dark
                figures = french(round(table[row, column], 2))
                ax.text(column, row, figures, ha="center", va="center", color=colour, fontsize=3.4 * size)
    if not told:
        scale = figure.colorbar(image, ax=ax, label="part de son attention", shrink=0.8)
        scale.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: french(share)))
    ax.tick_params(labelsize=16)
    ax.set_xticks(places, names, rotation=45 if len(names) > 5 else 0, ha="right" if len(names) > 5 else "center")
    ax.set_yticks(places, names)
    ax.set(xlabel="… regarde celui-ci", ylabel="ce token…")
    ax.tick_params(length=0)
    return figure


@styled
def decoder_block(config: PretrainedConfig) -> Figure:
    """One way through GPT-2, from numbers to the scores of the next token, with the sizes of this configuration.

    For a model of another family it is the GPT-2 of these sizes, and the title says so.
    """
    vocabulary, _, width, layers, heads, inner = shape(config)
    family = config.get_text_config().model_type
    title = "Un GPT-2, de bas en haut" if family == "gpt2" else f"Un GPT-2 aux mesures de ce {family}, de bas en haut"
    alt = (
        f"{title.replace(', de', ' de')}\u00a0: vecteurs des tokens et des positions ({french(width)} nombres), puis {layers} "
        f"fois le même bloc (normalisation, attention à {heads} têtes, addition, normalisation, deux couches denses de "
        f"{french(inner)} et {french(width)} neurones, addition), une normalisation, et une note pour chacun des "
        f"{french(vocabulary)} tokens."
    )
    figure, (ax,) = new_axes(title, alt, width=7.4, height=7.6)
    ax.set(xlim=(0, 10), ylim=(-0.2, 13.2))
    ax.axis("off")
    ax.add_patch(FancyBboxPatch((0.9, 3.0), 8.0, 7.0, boxstyle="round,pad=0.15", facecolor="none", edgecolor=INK, linestyle="--"))
    ax.text(9.2, 6.5, f"× {layers}", fontsize=20, fontweight="bold", va="center")
    floors = [
        (0.0, "numéros des tokens", PAPER),
        (1.3, f"vecteur du token + vecteur de la place\n({french(width)} nombres)", SKY),
        (3.5, "normalisation", PAPER), (4.75, f"attention\u00a0: {heads} têtes", SAND),
        (6.8, "normalisation", PAPER),
        (8.05, f"deux couches denses\n({french(inner)} neurones, puis {french(width)})", MINT),
        (10.6, "normalisation", PAPER), (11.9, f"une note pour chacun des\n{french(vocabulary)} tokens", SKY),
    ]  # fmt: skip
    roofs = [y + 0.25 + 0.45 * len(label.split("\n")) for y, label, _ in floors]
    for (y, label, colour), roof in zip(floors, roofs, strict=True):
        box = FancyBboxPatch((2, y), 6, roof - y, boxstyle="round,pad=0.08", facecolor=colour, edgecolor=INK, zorder=2)
        ax.add_patch(box)
        ax.text(5, (y + roof) / 2, label, ha="center", va="center", zorder=3)
    for low, (high, *_) in zip(roofs, floors[1:], strict=False):
        _arrow(ax, (5, low + 0.1), (5, high - 0.08))
    for start, end in ((3.1, 5.95), (6.4, 9.6)):  # what came in is added to what comes out
        ax.plot([5, 1.4, 1.4, 4.75], [start, start, end, end], color=ORANGE, linestyle="--", zorder=1)
        ax.text(5, end, "+", fontsize=18, fontweight="bold", color=ORANGE, ha="center", va="center",
                bbox={"boxstyle": "circle,pad=0.1", "facecolor": PAPER, "edgecolor": ORANGE}, zorder=4)  # fmt: skip
    return figure


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 2}, zorder=1)


@styled
def surprise(tokens: Sequence[str], probabilities: Sequence[float]) -> Figure:
    """Bars: the surprise of each token (minus the logarithm of the probability that it was given), and their mean: the loss."""
    need(tokens, "un token")
    names, nats = [_visible(token) for token in tokens], [-math.log(max(p, 1e-30)) for p in probabilities]
    loss = sum(nats) / len(nats)
    most, least = names[int(np.argmax(nats))], names[int(np.argmin(nats))]
    alt = f"Surprise de {len(names)} tokens, {french(loss, 2)} en moyenne\u00a0; la plus grande, {most}, la plus petite, {least}."
    figure, (ax,) = new_axes("La surprise, token par token", alt, width=max(9, 2 + 0.75 * len(names)))
    bars = ax.bar(range(len(names)), nats, color=BLUE, width=0.75)
    ax.bar_label(bars, [french(value, 1) for value in nats], padding=3, fontsize=SMALLEST)
    ax.axhline(loss, color=ORANGE, linestyle="--", label=f"la perte\u00a0: {french(loss, 2)} en moyenne")
    ax.set_xticks(range(len(names)), names, rotation=45, ha="right")
    ax.set(ylabel="surprise, −ln(probabilité)")
    ax.margins(y=0.12)
    ax.legend()
    return figure


@styled
def schedule(rates: Sequence[float]) -> Figure:
    """The learning rate of a training before its first step, then after each one."""
    need(rates, "un pas")
    top = int(np.argmax(rates))
    alt = f"Taux d’apprentissage sur {len(rates) - 1} pas\u00a0: il monte jusqu’au pas {top}, puis descend jusqu’à zéro."
    figure, (ax,) = new_axes("La taille des pas", alt, height=4)
    scaled = [1e4 * rate for rate in rates]
    ax.plot(scaled, color=BLUE)
    ax.plot(top, scaled[top], "*", markersize=20, color=GOLD, markeredgecolor=INK, linestyle="", label="le taux choisi")
    ax.set(xlabel="pas", ylabel="taux (en dix-millièmes)", ylim=(0, None))
    ax.grid()
    ax.legend()
    return figure


@styled
def trainings(
    curves: Mapping[str, Sequence[float]], read: Mapping[str, Sequence[float]] | None = None, unit: str = "pas"
) -> Figure:
    """The training loss of several short runs on one picture.

    ``read`` gives the horizontal places of each curve, in ``unit`` (by default, the number of the step).
    """
    need(curves, "un entraînement")
    ends = "\u00a0; ".join(f"{name}, de {french(ys[0], 2)} à {french(ys[-1], 2)}" for name, ys in curves.items())
    figure, (ax,) = new_axes("La perte, essai par essai", f"Perte d’entraînement de {len(curves)} essais\u00a0: {ends}.")
    for (name, ys), (colour, marker, line, _) in zip(curves.items(), cycle(SERIES), strict=False):
        xs = read[name] if read else range(1, len(ys) + 1)
        ax.plot(xs, ys, color=colour, marker=marker, linestyle=line, markevery=max(1, len(ys) // 12), label=name)
    ax.set(xlabel=unit, ylabel="perte")
    ax.grid()
    ax.legend()
    return figure


@styled
def before_after(table: Mapping[str, tuple[float, float]]) -> Figure:
    """Bars: the perplexity of each text before and after specialising, and by how much it changed."""
    need(table, "un texte")
    changes = {name: after / before - 1 for name, (before, after) in table.items()}
    said = "\u00a0; ".join(
        f"{name}, de {french(before, 1)} à {french(after, 1)} ({_signed_percent(changes[name])})"
        for name, (before, after) in table.items()
    )
    figure, (ax,) = new_axes(
        "Perplexité (moins, c’est mieux)", f"Perplexité avant et après\u00a0: {said}.", height=1.8 + 1.1 * len(table)
    )
    places = np.arange(len(table))
    for shift, rank, label in ((-0.2, 0, "avant"), (0.2, 1, "après")):
        colour, _, _, hatch = SERIES[rank]
        values = [pair[rank] for pair in table.values()]
        ax.barh(places + shift, values, 0.38, color=colour, hatch=hatch, edgecolor=PAPER, label=label)
        for place, value, name in zip(places, values, table, strict=True):
            text = french(value, 1) + (f"   ({_signed_percent(changes[name])})" if rank else "")
            ax.annotate(text, (value, place + shift), xytext=(6, 0), textcoords="offset points", va="center")
    ax.set_yticks(places, list(table))
    ax.invert_yaxis()
    ax.set_xlim(0, max(map(max, table.values())) * 1.3)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, 0), ncols=2)
    return figure


def _signed_percent(share: float) -> str:
    return f"{'+' if share > 0 else ''}{french(100 * share, 0)}\u00a0%"


class LiveCurve(TrainerCallback):
    """Draw the curve of the loss under the cell while a ``Trainer`` works; nothing where nobody watches."""

    def __init__(self):  # noqa: D107
        self.shown = None

    def on_log(self, args, state, control, **_):  # noqa: D102 (documented in TrainerCallback)
        rows = [row for row in state.log_history if "loss" in row or "eval_loss" in row]
        if not is_watched() or not state.is_world_process_zero or not rows:
            return
        from IPython.display import display

        figure = loss_curves(rows)
        if self.shown is None:
            self.shown = display(figure, display_id=True)
        else:
            self.shown.update(figure)
