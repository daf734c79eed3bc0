"""The figures of the first chapter: a neuron with its numbers, and three ways to go down the same slope."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from ..base.typography import french
from .style import BLUE, FAINT, GOLD, GREEN, INK, ORANGE, PAPER, SERIES, SMALLEST, new_axes, styled

if TYPE_CHECKING:
    from ..neuron import Training

MEASURES = ("museau", "moustaches")


@styled
def neuron_drawing(animal: Sequence[float], weights: Sequence[float], bias: float) -> Figure:
    """A neuron at work on one animal: measures, weights, sum, sigmoid, answer; beside it the sigmoid with its point."""
    total = float(np.dot(animal, weights) + bias)
    answer = float(1 / (1 + np.exp(-total)))
    entries = zip(MEASURES, animal, weights, strict=True)
    terms = " + ".join(f"{french(weight, 1)} × {french(value, 1)} ({name})" for name, value, weight in entries)
    verdict = "chien" if answer > 0.5 else "chat"
    sums = f"{terms} + biais {french(bias, 1)} = {french(total, 2)}"
    alt = f"Un neurone\u00a0: {sums}, et la sigmoïde en fait {french(answer, 2)}\u00a0: {verdict}."
    figure, (left, right) = new_axes("Un neurone", alt, width=13, height=5, columns=2)
    _draw_neuron(left, animal, weights, bias, total)
    xs = np.linspace(-8, 8, 200)
    right.plot(xs, 1 / (1 + np.exp(-xs)), color=BLUE)
    right.axhline(0.5, color=FAINT, linestyle=":")
    at = float(np.clip(total, -8, 8))
    right.plot(at, answer, "o", color=ORANGE, markersize=14, markeredgecolor=INK)
    side, shift = ("right", -14) if at > 0 else ("left", 14)
    right.annotate(
        f"{french(answer, 2)}\n«\u00a0{verdict}\u00a0»", (at, answer), xytext=(shift, 0), textcoords="offset points",
        ha=side, va="center", fontweight="bold",
    )  # fmt: skip
    right.set_title("La sigmoïde")
    right.set(xlabel="somme pondérée", ylabel="réponse", ylim=(-0.05, 1.05))
    right.text(-8, 0.53, "au-dessus\u00a0: chien", color=FAINT)
    right.text(8, 0.43, "au-dessous\u00a0: chat", color=FAINT, ha="right")
    return figure


def _draw_neuron(ax: Axes, animal: Sequence[float], weights: Sequence[float], bias: float, total: float) -> None:
    ax.set(xlim=(0, 10), ylim=(0, 6))
    ax.axis("off")
    entries = [*zip(MEASURES, animal, weights, strict=True), ("biais", None, bias)]
    for y, (name, value, weight) in zip((5, 3, 1), entries, strict=True):
        label, sign = (f"{name}\n{french(value, 1)} cm", "× ") if value is not None else (name, "+ " if weight >= 0 else "− ")
        number = french(weight if value is not None else abs(weight), 1)
        ax.plot([1.5, 7.1], [y, 3], color=FAINT, linewidth=1.5 + abs(weight), linestyle="-" if weight >= 0 else "--", zorder=1)
        box = {"boxstyle": "round,pad=0.5", "facecolor": PAPER, "edgecolor": INK}
        ax.text(1.5, y, label, ha="center", va="center", bbox=box)
        box = {"boxstyle": "round,pad=0.2", "facecolor": PAPER, "edgecolor": "none"}
        ax.text(4.3, y + (3 - y) * 0.5, f"{sign}{number}", ha="center", va="center", fontweight="bold", bbox=box)
    ax.add_patch(Circle((7.1, 3), 1.05, facecolor=GOLD, edgecolor=INK, linewidth=2, zorder=2))
    ax.text(7.1, 3, f"somme\n{french(total, 2)}", ha="center", va="center", zorder=3)
    ax.annotate("", (9.8, 3), (8.2, 3), arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 2.5})
    ax.text(9, 3.35, "sigmoïde", ha="center")
    ax.set_aspect("equal")


@styled
def descents(trainings: "Mapping[str, Training]", height: Callable[[np.ndarray], float]) -> Figure:
    """Several trainings on one picture: the loss along the epochs, and the way of the two weights over a map of the loss.

    ``height(weights)`` is the loss at a place of the map; all trainings begin at the same place.
    """
    said = "\u00a0; ".join(
        f"{name}\u00a0: {french(len(run.losses) - 1)} corrections, perte finale {french(run.losses[-1], 2)}"
        for name, run in trainings.items()
    )
    alt = f"Perte selon l’époque, et chemin des poids\u00a0: {said}."
    figure, (curves, plane) = new_axes("La perte, époque après époque", alt, width=14, height=6, columns=2)
    _draw_map(plane, trainings, height)
    for rank, ((name, run), colour) in enumerate(zip(trainings.items(), (BLUE, ORANGE, GREEN), strict=False)):
        count = len(run.losses) - 1
        style: dict[str, Any] = {"color": colour, "marker": SERIES[rank][1], "markevery": max(1, count // 10), "zorder": 4 - rank}
        style |= {"linewidth": 3.5 if count < 50 else 2 if count < 500 else 0.9}
        curves.plot(run.epochs, run.losses, **style, label=f"{name} ({french(count)} corrections)")
        plane.plot(*run.weights.T, **style)
        plane.plot(*run.weights[-1:].T, marker=SERIES[rank][1], markersize=15, color=colour, markeredgecolor=INK, zorder=5)
    curves.set(xlabel="époque", ylabel="perte", ylim=(0, None))
    curves.grid()
    curves.legend(title="une correction…")
    return figure


def _draw_map(ax: Axes, trainings: "Mapping[str, Training]", height: Callable[[np.ndarray], float]) -> None:
    """Draw the heights of the loss around the ways that were taken."""
    every = np.concatenate([run.weights for run in trainings.values()])
    low, high = every.min(0) - 0.4, every.max(0) + 0.4
    xs, ys = np.linspace(low[0], high[0], 50), np.linspace(low[1], high[1], 50)
    heights = [[height(np.array([x, y])) for x in xs] for y in ys]
    levels = [0.15, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 3]
    lines = ax.contour(xs, ys, heights, levels=levels, colors=FAINT, linewidths=1, linestyles="-")
    ax.clabel(lines, fmt=lambda value: french(value), fontsize=SMALLEST)
    start = every[0]
    ax.plot(*start, "o", color=INK, markersize=12)
    ax.annotate("départ", start, xytext=(10, 8), textcoords="offset points", fontweight="bold")
    ax.set_title("Le chemin des deux poids")
    ax.set(xlabel=f"poids du {MEASURES[0]}", ylabel=f"poids des {MEASURES[1]}")
