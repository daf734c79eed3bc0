"""The figures of chapter 03: sequences, the network, a memory cell, the two directions, trainings compared, curves that grow."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from matplotlib.ticker import MaxNLocator

from ..base.colours import SAND, SKY
from ..base.typography import french
from .models import loss_curves
from .style import BLUE, FAINT, GOLD, INK, ORANGE, PAPER, SERIES, is_watched, need, new_axes, styled


def _stage(title: str, alt: str, width: float, height: float, scale: float = 1.0) -> tuple[Figure, Axes]:
    """Return a figure without axes, whose unit is an inch divided by ``scale``."""
    figure, (ax,) = new_axes(title, alt, width=width, height=height)
    ax.set(xlim=(0, width * scale), ylim=(0, (height - 0.8) * scale))
    ax.axis("off")
    return figure, ax


def _box(ax: Axes, x: float, y: float, width: float, height: float, text: str, colour: str = PAPER, **style) -> None:
    """Draw a box around its centre, with a text inside."""
    frame = FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.12",
        facecolor=colour, edgecolor=INK, linewidth=1.5, zorder=3,
    )  # fmt: skip
    ax.add_patch(frame)
    ax.text(x, y, text, ha="center", va="center", zorder=4, **style)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = INK, **style) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 2.2} | style, zorder=2)


def _spelt(token: str) -> str:
    return token.replace(" ", "␣").replace("\n", "↵")


@styled
def sequences(rows: Sequence[Sequence[str | None]], targets: Sequence[str]) -> Figure:
    """Sequences as coloured cells, one a line: what the network reads (None: padding), and the token to guess."""
    need(rows, "une séquence")
    columns = max(map(len, rows))
    said = "\u00a0; ".join(
        f"{''.join(_spelt(token) for token in row if token)} → {_spelt(target)}"
        for row, target in zip(rows, targets, strict=True)
    )
    alt = f"{len(rows)} séquences, ce que le réseau lit puis le token à deviner\u00a0: {said}."
    figure, ax = _stage("Ce que le réseau lit, et ce qu’il doit deviner", alt, 13, 1.6 + 0.55 * len(rows))
    ax.set(xlim=(0, columns + 1.8), ylim=(len(rows) + 0.1, -0.75))
    ax.text(columns / 2, -0.3, "lu", ha="center", color=FAINT)
    ax.text(columns + 1.15, -0.3, "à deviner", ha="center", color=FAINT)
    for y, (row, target) in enumerate(zip(rows, targets, strict=True)):
        for x, token in enumerate(row, start=columns - len(row)):
            filled = token is not None
            inside, edge = (SKY, INK) if filled else (PAPER, FAINT)
            ax.add_patch(Rectangle((x + 0.03, y + 0.06), 0.94, 0.88, facecolor=inside, edgecolor=edge))
            style = {"fontsize": 13} if filled else {"fontsize": 13, "color": FAINT, "style": "italic"}
            ax.text(x + 0.5, y + 0.5, "vide" if token is None else _spelt(token), ha="center", va="center", **style)
        ax.text(columns + 0.3, y + 0.5, "→", ha="center", va="center")
        ax.add_patch(Rectangle((columns + 0.6, y + 0.06), 1.1, 0.88, facecolor=SAND, edgecolor=INK, linewidth=2))
        ax.text(columns + 1.15, y + 0.5, _spelt(target), ha="center", va="center", fontsize=13, fontweight="bold")
    return figure


@styled
def guessing_machine() -> Figure:
    """The whole network in one drawing: tokens, vectors, two readings in both directions, a choice, a probability a token."""
    layers = (
        ("16 tokens", "des numéros", PAPER), ("Embedding", "un vecteur\npar token", SKY),
        ("LSTM ⇄", "lit dans les\ndeux sens, note", SAND), ("LSTM ⇄", "lit ces notes,\nrésume", SAND),
        ("Dense", "combine\n(relu)", SKY), ("Dense", "une probabilité\npar token", SKY),
    )  # fmt: skip
    alt = "Le réseau, de gauche à droite\u00a0: " + ", puis ".join(f"{name} ({what})" for name, what, _ in layers) + "."
    figure, ax = _stage("Le réseau de ce chapitre, en un dessin", alt.replace("\n", " "), 14, 3.4)
    for rank, (name, what, colour) in enumerate(layers):
        x = 1.2 + 2.3 * rank
        _box(ax, x, 1.75, 1.75, 1.0, name, colour, fontweight="bold")
        ax.text(x, 1.05, what, ha="center", va="top", color=FAINT, fontsize=13)
        if rank:
            _arrow(ax, (x - 1.4, 1.75), (x - 0.9, 1.75))
    return figure


@styled
def memory_cell() -> Figure:
    """A memory cell: a conveyor belt that keeps a number, the gates that erase, write and read it, and the draft to write."""
    alt = (
        "Une cellule de mémoire\u00a0: la mémoire d’avant traverse de gauche à droite\u00a0; la porte d’oubli la multiplie, "
        "la porte d’entrée décide si le brouillon s’y ajoute, la porte de sortie décide de ce qui s’en lit. Les quatre voient le "
        "token et les notes d’avant."
    )
    figure, ax = _stage("Une cellule de mémoire", alt, 13, 5.4)
    _arrow(ax, (0.3, 3.8), (12.7, 3.8), ORANGE, linewidth=5)
    ax.text(0.3, 4.15, "mémoire d’avant")
    ax.text(12.7, 4.15, "mémoire d’après", ha="right")
    gates = (
        (1.9, "porte d’oubli\nque garder de\nl’ancien\u00a0?", (1.9, 3.8)),
        (5.0, "brouillon\nqu’y aurait-il\nà noter\u00a0?", (6.5, 2.75)),
        (8.0, "porte d’entrée\nfaut-il le noter\u00a0?", (6.5, 2.75)),
        (11.0, "porte de sortie\nque montrer\nmaintenant\u00a0?", (11.0, 2.75)),
    )
    for x, words, target in gates:
        _box(ax, x, 1.4, 2.6, 1.2, words, SKY, fontsize=13)
        _arrow(ax, (x, 0.5), (x, 0.76), FAINT)
        _arrow(ax, (x, 2.03), target)
    for x, y, sign in ((1.9, 3.8, "×"), (6.5, 2.75, "×"), (6.5, 3.8, "+"), (11.0, 2.75, "×")):
        ax.add_patch(Circle((x, y), 0.3, facecolor=GOLD, edgecolor=INK, linewidth=1.5, zorder=5))
        ax.text(x, y - 0.02, sign, ha="center", va="center", zorder=6, fontsize=17, fontweight="bold")
    _arrow(ax, (6.5, 3.05), (6.5, 3.5))
    _arrow(ax, (11.0, 3.75), (11.0, 3.08), ORANGE)
    _arrow(ax, (11.3, 2.75), (12.1, 2.75))
    ax.text(12.15, 2.75, "note", va="center")
    ax.text(6.5, 0.3, "les quatre voient le token qui arrive, et les notes d’avant", ha="center", color=FAINT)
    return figure


@styled
def both_directions(tokens: Sequence[str], hidden: str = "?") -> Figure:
    """What each of the two readers sees: the same prefix, from both ends; the token to guess is on neither way."""
    need(tokens, "un token")
    text = "".join(tokens).strip()
    alt = f"Deux lecteurs parcourent «\u00a0{text}\u00a0», un dans chaque sens\u00a0; la suite est cachée à l’un comme à l’autre."
    figure, ax = _stage("Deux lecteurs, et le même début de phrase", alt, 13, 4.4)
    width, left = min(1.5, 9.6 / len(tokens)), 1.4
    end = left + width * len(tokens)
    for rank, token in enumerate(tokens):
        _box(ax, left + width * (rank + 0.5), 1.8, width * 0.92, 0.8, _spelt(token), SKY)
    _box(ax, end + 1.1, 1.8, 1.0, 0.8, hidden, SAND, fontweight="bold")
    ax.plot([end + 0.3] * 2, [0.5, 3.1], color=INK, linewidth=4)
    ax.text(end + 1.1, 1.1, "caché", ha="center", color=FAINT)
    _arrow(ax, (left, 2.75), (end, 2.75), BLUE, linewidth=3.5)
    ax.text((left + end) / 2, 2.9, "lecteur 1, vers la droite", ha="center", va="bottom", color=BLUE)
    _arrow(ax, (end, 0.85), (left, 0.85), ORANGE, linewidth=3.5, linestyle="--")
    ax.text((left + end) / 2, 0.65, "lecteur 2, vers la gauche", ha="center", va="top", color=ORANGE)
    return figure


@styled
def validation_losses(trainings: Mapping[str, Sequence[float]]) -> Figure:
    """The validation loss of several trainings on the same picture, the best epoch of each one marked."""
    need(trainings, "un entraînement")
    said = "\u00a0; ".join(
        f"{name}, {french(min(ys), 2)} au mieux, époque {int(np.argmin(ys)) + 1}, {french(ys[-1], 2)} à la fin"
        for name, ys in trainings.items()
    )
    figure, (ax,) = new_axes("La perte sur la validation", f"Perte sur la validation\u00a0: {said}.")
    for (name, ys), (colour, marker, line, _) in zip(trainings.items(), cycle(SERIES), strict=False):
        best = int(np.argmin(ys))
        every = max(1, len(ys) // 12)
        ax.plot(range(1, len(ys) + 1), ys, color=colour, marker=marker, linestyle=line, label=name, markevery=every)
        ax.plot(best + 1, ys[best], "*", markersize=20, color=GOLD, markeredgecolor=INK, zorder=5)
        ax.annotate(french(ys[best], 2), (best + 1, ys[best]), xytext=(0, -22), textcoords="offset points", ha="center")
    ax.margins(y=0.18)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="époque (★\u00a0: la meilleure)", ylabel="perte")
    ax.grid()
    ax.legend()
    return figure


@styled
def temperature_bars(tokens: Sequence[str], probabilities: Mapping[str, Sequence[float]]) -> Figure:
    """Bars: the share of each of a few tokens, one kind of bar for each temperature."""
    need(tokens, "un token")
    names = [f"«{_spelt(token)}»" for token in tokens]
    said = "\u00a0; ".join(
        f"{way}\u00a0: " + ", ".join(f"{name} {french(100 * p, 1)}\u00a0%" for name, p in zip(names, ps, strict=True))
        for way, ps in probabilities.items()
    )
    figure, (ax,) = new_axes("Un seul dé, plusieurs humeurs", f"Part de chaque token selon la température. {said}.", width=12)
    width = 0.8 / len(probabilities)
    series = zip(probabilities.items(), cycle(SERIES), strict=False)
    for rank, ((way, ps), (colour, _, _, hatch)) in enumerate(series):
        places = np.arange(len(names)) + (rank - (len(probabilities) - 1) / 2) * width
        ax.bar(places, 100 * np.asarray(ps), width, color=colour, hatch=hatch, edgecolor=PAPER, label=way)
    ax.set_xticks(range(len(names)), names)
    ax.set(ylabel="part (%)")
    ax.grid(axis="y")
    ax.legend()
    return figure


def live_curves() -> Callable[[Mapping], None]:
    """Return a function that redraws the course of a training, in place, from its history so far.

    Under the curves stands the last text that the history holds, if it keeps some.  Where nobody watches, nothing is drawn.
    """
    if not is_watched():
        return lambda history: None
    from IPython.display import Markdown, display

    curves, words = display(Markdown("…"), display_id=True), display(Markdown(""), display_id=True)

    def show(history: Mapping) -> None:
        if history.get("loss"):
            curves.update(loss_curves(history))
        if history.get("text"):
            words.update(Markdown("> " + " ".join(history["text"][-1].split())))

    return show
