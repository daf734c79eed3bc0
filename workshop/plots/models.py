"""The figures that several models share: losses along a training, the next tokens, the models compared."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..base.typography import french
from .style import BLUE, GOLD, INK, ORANGE, SERIES, bars_of, need, new_axes, only_names, styled

_TRAINING, _VALIDATION = "entraînement", "validation"
#: What a training writes down, by the names of Keras and of transformers.
_CURVES = {
    "loss": ("Perte", _TRAINING), "val_loss": ("Perte", _VALIDATION), "eval_loss": ("Perte", _VALIDATION),
    "accuracy": ("Exactitude", _TRAINING), "val_accuracy": ("Exactitude", _VALIDATION),
}  # fmt: skip


@styled
def loss_curves(history: Mapping[str, Sequence[float]] | Sequence[Mapping]) -> Figure:
    """The course of a training: loss (and accuracy, if there is any), in training and in validation, the best point marked.

    ``history`` is what Keras gives (a list of values, one an epoch, for each name) or what a ``Trainer`` gives (a list of rows
    with their ``step`` and, when they were measured, ``loss`` and ``eval_loss``).
    """
    unit, curves = _read_history(history)
    need(curves, "une époque d’entraînement")
    panels = list(dict.fromkeys(panel for name, (panel, _) in _CURVES.items() if name in curves))
    said = [f"{' '.join(_CURVES[name])}\u00a0: de {french(ys[0], 3)} à {french(ys[-1], 3)}" for name, (_, ys) in curves.items()]
    alt = f"Apprentissage par {unit}. " + "\u00a0; ".join(said)
    figure, axes = new_axes(panels[0], alt, width=6 + 5 * len(panels), columns=len(panels))
    for ax, panel in zip(axes, panels, strict=True):
        ax.set_title(panel)
        ax.set_xlabel(unit)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid()
        for name, (xs, ys) in curves.items():
            if _CURVES[name][0] == panel:
                _draw_curve(ax, name, xs, ys)
        ax.legend()
    return figure


def _read_history(history: Mapping | Sequence[Mapping]) -> tuple[str, dict[str, tuple[list, list]]]:
    """Return the unit of the horizontal axis and, for each curve, its points."""
    if isinstance(history, Mapping):
        known = {name: list(values) for name, values in history.items() if name in _CURVES and len(values)}
        return "époque", {name: (list(range(1, len(ys) + 1)), ys) for name, ys in known.items()}
    curves = {}
    for name in _CURVES:
        rows = [row for row in history if row.get(name) is not None]
        if rows:
            curves[name] = ([row["step"] for row in rows], [row[name] for row in rows])
    return "pas", curves


def _draw_curve(ax: Axes, name: str, xs: list, ys: list) -> None:
    panel, part = _CURVES[name]
    colour, marker, line, _ = SERIES[part == _VALIDATION]
    every = max(1, len(xs) // 20)  # a marker on each point of a long curve would hide it
    ax.plot(xs, ys, color=colour, marker=marker, linestyle=line, markevery=every, label=part)
    if part == _VALIDATION:
        best = int(np.argmin(ys) if panel == "Perte" else np.argmax(ys))
        label = f"le meilleur\u00a0: {french(ys[best], 2)}"
        ax.plot(xs[best], ys[best], "*", markersize=20, color=GOLD, markeredgecolor=INK, linestyle="", label=label, zorder=5)


@styled
def next_token_bars(tokens: Sequence[str], probabilities: Sequence[float], before: Sequence[float] | None = None) -> Figure:
    """Bars: the probability of each token that could come next; with ``before``, in outline, what the model itself gave it."""
    need(tokens, "un token")
    names = [f"«{token.replace(' ', '␣').replace(chr(10), '↵')}»" for token in tokens]
    said = ", ".join(f"{name} {_percent(p)}" for name, p in zip(names, probabilities, strict=True))
    alt = f"Tokens suivants possibles\u00a0: {said}."
    figure, (ax,) = new_axes("Et ensuite\u00a0?", alt, width=9, height=1.6 + 0.46 * len(names))
    places = range(len(names))
    ends = probabilities if before is None else [max(pair) for pair in zip(probabilities, before, strict=True)]
    ax.barh(places, probabilities, color=BLUE, height=0.72)
    if before is not None:
        ax.barh(places, before, height=0.72, fill=False, edgecolor=ORANGE, linestyle="--", linewidth=2, label="avant réglage")
        ax.legend(loc="lower right")
    for place, end, p in zip(places, ends, probabilities, strict=True):
        ax.annotate(_percent(p), (end, place), xytext=(6, 0), textcoords="offset points", verticalalignment="center")
    only_names(ax, names, max(ends))
    return figure


def _percent(p: float) -> str:
    return f"{french(100 * p, 1 if p >= 0.001 else 2)}\u00a0%" if p else "écarté"


@styled
def model_comparison(bits: Mapping[str, float]) -> Figure:
    """Bars: bits per character of each model on the test book, in the order given; the best is marked."""
    need(bits, "un modèle")
    best = min(bits, key=bits.__getitem__)
    said = "\u00a0; ".join(f"{name}\u00a0: {french(value, 2)}" for name, value in bits.items())
    alt = f"Bits par caractère sur le livre d’examen\u00a0: {said}. Le meilleur est {best}."
    figure, (ax,) = new_axes("Bits par caractère (moins, c’est mieux)", alt, height=1.4 + 0.62 * len(bits))
    colours = [ORANGE if name == best else BLUE for name in bits]
    starred = {f"★ {name}" if name == best else name: value for name, value in bits.items()}
    bars = bars_of(ax, starred, lambda value: french(value, 2), colours)
    bars[list(bits).index(best)].set_hatch("//")
    return figure
