"""Every figure of the workshop: one function each, which returns a matplotlib figure that a notebook shows by itself.

Made to be projected: large letters, an opaque background for light and dark themes, colours that colour-blind readers tell
apart (Okabe and Ito, 2008) and never colours alone.  What a figure shows is also said in words: ``figure.get_label()``.
"""

import io
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from html import escape
from statistics import mean, median

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from .errors import WorkshopError
from .typography import french

BLUE, ORANGE, GREEN, PINK, GOLD = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
INK, FAINT, PAPER = "#1F2933", "#5F6B76", "#FBFAF6"
#: Colour, marker, line and hatch of each curve or kind of bar.
SERIES = (
    (BLUE, "o", "-", ""), (ORANGE, "s", "--", "//"), (GREEN, "^", "-.", ".."), (PINK, "D", ":", "xx"), (GOLD, "v", "-", "--"),
)  # fmt: skip

_STYLE = {
    "font.family": "DejaVu Sans", "font.size": 14, "axes.titlesize": 17, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.titlepad": 14, "axes.labelsize": 14, "xtick.labelsize": 13, "ytick.labelsize": 13, "legend.fontsize": 13,
    "legend.frameon": False, "figure.facecolor": PAPER, "savefig.facecolor": PAPER, "axes.facecolor": PAPER, "savefig.dpi": 110,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": FAINT, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "grid.color": "#D9DDE1", "grid.linewidth": 1,
    "lines.linewidth": 2.5, "lines.markersize": 8, "hatch.color": PAPER, "hatch.linewidth": 1.5, "text.parse_math": False,
}  # fmt: skip


class Drawing(Figure):
    """A figure that a notebook shows once, as the value of a cell, and that leaves no trace in pyplot.

    It is shown as a page shows a picture, with what it shows in words as its ``alt``: JupyterLab and nbconvert give an
    ``image/png`` none, even when its metadata bring one (jupyter/enhancement-proposals#120).
    """

    def _repr_mimebundle_(self, **_) -> dict[str, str]:
        words, picture = self.get_label(), b64encode(self.png()).decode()
        shown = f'<img alt="{escape(words)}" src="data:image/png;base64,{picture}" style="max-width: 100%">'
        return {"text/html": shown, "text/plain": words}

    def png(self) -> bytes:
        """Return the picture."""
        buffer = io.BytesIO()
        with mpl.rc_context(_STYLE):
            self.savefig(buffer, format="png")
        return buffer.getvalue()


def _styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Run ``draw`` in the style of the workshop and leave matplotlib's own settings alone."""

    @wraps(draw)
    def styled(*args, **kwargs):
        with mpl.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return styled


def _axes(title: str, alt: str, width: float = 10, height: float = 5.5, columns: int = 1) -> tuple[Figure, list[Axes]]:
    figure = Drawing(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)
    figure.set_label(alt)
    axes = list(figure.subplots(1, columns, squeeze=False)[0])
    axes[0].set_title(title)
    for ax in axes:
        _write_in_french(ax)
    return figure, axes


def _write_in_french(ax: Axes) -> None:
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: french(value)))


def _need(data: Collection, what: str) -> None:
    if not len(data):
        raise WorkshopError(f"Il n’y a rien à dessiner\u00a0: donnez au moins {what}.")


def _bars(ax: Axes, bars: Mapping[str, float], write: Callable[[float], str], colour: str | list[str] = BLUE) -> BarContainer:
    """Draw horizontal bars, the first on top, each with its figure at the end."""
    drawn = ax.barh(range(len(bars)), list(bars.values()), color=colour, height=0.72)
    ax.bar_label(drawn, [write(value) for value in bars.values()], padding=6)
    _only_names(ax, list(bars), max(bars.values()))
    return drawn


def _only_names(ax: Axes, names: Sequence[str], longest: float) -> None:
    """Name horizontal bars whose figures are written beside them, so that they need no scale."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0, max(longest, 1e-9) * 1.16)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)


@_styled
def words_per_book(words: Mapping[str, int]) -> Figure:
    """Bars: how many words each book has, longest first."""
    _need(words, "un livre")
    books = sorted(words.items(), key=lambda item: -item[1])
    total = french(sum(words.values()))
    alt = f"{len(books)} livres, {total} mots en tout\u00a0; du plus long, {books[0][0]}, au plus court, {books[-1][0]}."
    figure, (ax,) = _axes(f"Mots par livre ({total} en tout)", alt, height=1.4 + 0.46 * len(books))
    _bars(ax, dict(books), french)
    return figure


@_styled
def sentence_lengths(lengths: Sequence[int]) -> Figure:
    """Histogram of the lengths of sentences, in words, with their median and their mean; the longest 1 % share the last bar."""
    _need(lengths, "une phrase")
    middle, average, end = median(lengths), mean(lengths), max(2, int(np.percentile(lengths, 99)))
    alt = f"{french(len(lengths))} phrases\u00a0; longueur médiane {french(middle)} mots, moyenne {french(average, 1)}."
    figure, (ax,) = _axes("Longueur des phrases", alt)
    width = -(-end // 40)  # whole words, at most 40 bars
    ax.hist(np.minimum(lengths, end), bins=np.arange(0.5, end + width + 0.5, width), color=BLUE, edgecolor=PAPER)
    ax.axvline(middle, color=ORANGE, linestyle="-", label=f"médiane\u00a0: {french(middle)} mots")
    ax.axvline(average, color=INK, linestyle="--", label=f"moyenne\u00a0: {french(average, 1)} mots")
    ax.set(xlabel="mots par phrase", ylabel="nombre de phrases")
    ax.grid(axis="y")
    ax.legend()
    return figure


@_styled
def frequent_words(counts: Mapping[str, int], stop_words: Collection[str] = (), count: int = 15) -> Figure:
    """Bars: the most frequent words; with ``stop_words``, beside them the most frequent of the others."""
    _need(counts, "un mot")
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    panels = [("Mots les plus fréquents", ranked[:count])]
    if stop_words:
        panels.append(("… sans les mots-outils", [item for item in ranked if item[0] not in stop_words][:count]))
    alt = "\u00a0; ".join(f"{title}\u00a0: {', '.join(word for word, _ in words)}" for title, words in panels)
    figure, axes = _axes(panels[0][0], alt, height=1.4 + 0.4 * min(count, len(ranked)), columns=len(panels))
    for ax, (title, words), colour in zip(axes, panels, (BLUE, GREEN), strict=False):
        ax.set_title(title)
        _bars(ax, dict(words), french, colour)
    return figure


@_styled
def word_cloud(counts: Mapping[str, int]) -> Figure:
    """The words, the larger the more frequent (with the package wordcloud; without it, the bars of :func:`frequent_words`)."""
    _need(counts, "un mot")
    try:
        from wordcloud import WordCloud
    except ImportError:
        return frequent_words(counts)
    figure, (ax,) = _axes("Nuage de mots", "Nuage de mots\u00a0: " + ", ".join(sorted(counts, key=counts.get, reverse=True)[:15]))
    colours = (BLUE, ORANGE, GREEN, INK)
    cloud = WordCloud(
        width=1000, height=500, max_words=80, background_color=PAPER, font_path=findfont("DejaVu Sans"), random_state=0,
        color_func=lambda word, **_: colours[len(word) % len(colours)],
    ).generate_from_frequencies(dict(counts))  # fmt: skip
    ax.imshow(cloud.to_array(), interpolation="bilinear")
    ax.axis("off")
    return figure


@_styled
def zipf(counts: Mapping[str, int]) -> Figure:
    """Zipf's law: the frequency of a word against its rank, both on logarithmic axes, beside a slope of -1."""
    _need(counts, "un mot")
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    ranks, times = np.arange(1, len(ranked) + 1), np.array([count for _, count in ranked])
    alt = f"Fréquence de {french(len(ranked))} mots selon leur rang\u00a0; le premier, {ranked[0][0]}, {french(times[0])} fois."
    figure, (ax,) = _axes("La loi de Zipf", alt)
    ax.loglog(ranks, times, color=BLUE, marker="o", markersize=4, linestyle="", label="les mots du corpus")
    ax.loglog(ranks, times[0] / ranks, color=ORANGE, linestyle="--", label="premier mot ÷ rang")
    for rank in sorted({1, 10, 100, 1000} & set(ranks.tolist())):
        place = (rank, times[rank - 1])
        ax.annotate(f"«\u00a0{ranked[rank - 1][0]}\u00a0»", place, xytext=(8, 10), textcoords="offset points")
    ax.set(xlabel="rang du mot", ylabel="nombre d’occurrences", ylim=(0.5, times[0] * 3))
    _write_in_french(ax)
    ax.grid()
    ax.legend(loc="lower left")
    return figure


@_styled
def fertility_curve(curves: Mapping[str, Mapping[int, float]]) -> Figure:
    """Fertility (tokens per word) against the size of the vocabulary, one curve for each tokenizer (one point is a point)."""
    _need(curves, "un tokenizer")
    points = {name: ", ".join(f"{french(y, 2)} pour {french(x)}" for x, y in curve.items()) for name, curve in curves.items()}
    alt = "Tokens par mot selon le vocabulaire. " + "\u00a0; ".join(f"{name}\u00a0: {said}" for name, said in points.items())
    figure, (ax,) = _axes("Plus de vocabulaire, moins de tokens", alt)
    for (name, curve), (colour, marker, line, _) in zip(curves.items(), SERIES, strict=False):
        sizes = sorted(curve)
        ax.plot(sizes, [curve[size] for size in sizes], color=colour, marker=marker, linestyle=line, label=name)
        ax.annotate(french(curve[sizes[-1]], 2), (sizes[-1], curve[sizes[-1]]), xytext=(8, 6), textcoords="offset points")
    every = sorted({size for curve in curves.values() for size in curve})
    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    shown = [size for i, size in enumerate(every) if i == 0 or size / every[i - 1] > 1.4]
    ax.set_xticks(shown, [french(size) for size in shown])
    ax.set_ylim(0.9)
    ax.margins(x=0.1)
    ax.axhline(1, color=FAINT, linestyle=":", label="un token par mot")
    ax.set(xlabel="taille du vocabulaire (échelle logarithmique)", ylabel="tokens par mot")
    ax.grid()
    ax.legend()
    return figure


@_styled
def token_lengths(lengths: Mapping[str, Sequence[int]], longest: int = 12) -> Figure:
    """Share of the tokens of each length (in characters), one kind of bar for each tokenizer; the longest share the last bar."""
    _need(lengths, "un tokenizer")
    means = "\u00a0; ".join(f"{name}\u00a0: {french(mean(values), 1)} caractères en moyenne" for name, values in lengths.items())
    figure, (ax,) = _axes("Longueur des tokens", means + ".")
    width = 0.8 / len(lengths)
    for rank, ((name, values), (colour, _, _, hatch)) in enumerate(zip(lengths.items(), SERIES, strict=False)):
        shares = np.bincount(np.clip(values, 1, longest), minlength=longest + 1)[1:] / len(values)
        places = np.arange(1, longest + 1) + (rank - (len(lengths) - 1) / 2) * width
        label = f"{name} (moyenne {french(mean(values), 1)})"
        ax.bar(places, 100 * shares, width, color=colour, hatch=hatch, edgecolor=PAPER, label=label)
    ax.set_xticks(range(1, longest + 1), [*map(str, range(1, longest)), f"{longest} et +"])
    ax.set(xlabel="caractères par token", ylabel="part des tokens (%)")
    ax.grid(axis="y")
    ax.legend()
    return figure


#: What a training writes down, by the names of Keras and of transformers.
_TRAINING, _VALIDATION = "entraînement", "validation"
_CURVES = {
    "loss": ("Perte", _TRAINING), "val_loss": ("Perte", _VALIDATION), "eval_loss": ("Perte", _VALIDATION),
    "accuracy": ("Exactitude", _TRAINING), "val_accuracy": ("Exactitude", _VALIDATION),
}  # fmt: skip


@_styled
def loss_curves(history: Mapping[str, Sequence[float]] | Sequence[Mapping]) -> Figure:
    """The course of a training: loss (and accuracy, if there is any), in training and in validation, the best point marked.

    ``history`` is what Keras gives (a list of values, one an epoch, for each name) or what a ``Trainer`` gives (a list of rows
    with their ``step`` and, when they were measured, ``loss`` and ``eval_loss``).
    """
    unit, curves = _read_history(history)
    _need(curves, "une époque d’entraînement")
    panels = list(dict.fromkeys(panel for name, (panel, _) in _CURVES.items() if name in curves))
    said = [f"{' '.join(_CURVES[name])}\u00a0: de {french(ys[0], 3)} à {french(ys[-1], 3)}" for name, (_, ys) in curves.items()]
    alt = f"Apprentissage par {unit}. " + "\u00a0; ".join(said)
    figure, axes = _axes(panels[0], alt, width=6 + 5 * len(panels), columns=len(panels))
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


@_styled
def next_token_bars(tokens: Sequence[str], probabilities: Sequence[float], before: Sequence[float] | None = None) -> Figure:
    """Bars: the probability of each token that could come next; with ``before``, in outline, what the model itself gave it."""
    _need(tokens, "un token")
    names = [f"«{token.replace(' ', '␣').replace(chr(10), '↵')}»" for token in tokens]
    said = ", ".join(f"{name} {_percent(p)}" for name, p in zip(names, probabilities, strict=True))
    alt = f"Tokens suivants possibles\u00a0: {said}."
    figure, (ax,) = _axes("Et ensuite\u00a0?", alt, width=9, height=1.6 + 0.46 * len(names))
    places = range(len(names))
    ends = probabilities if before is None else [max(pair) for pair in zip(probabilities, before, strict=True)]
    ax.barh(places, probabilities, color=BLUE, height=0.72)
    if before is not None:
        ax.barh(places, before, height=0.72, fill=False, edgecolor=ORANGE, linestyle="--", linewidth=2, label="avant réglage")
        ax.legend(loc="lower right")
    for place, end, p in zip(places, ends, probabilities, strict=True):
        ax.annotate(_percent(p), (end, place), xytext=(6, 0), textcoords="offset points", verticalalignment="center")
    _only_names(ax, names, max(ends))
    return figure


def _percent(p: float) -> str:
    return f"{french(100 * p, 1 if p >= 0.001 else 2)}\u00a0%" if p else "écarté"


@_styled
def model_comparison(bits: Mapping[str, float]) -> Figure:
    """Bars: bits per character of each model on the test book, in the order given; the best is marked."""
    _need(bits, "un modèle")
    best = min(bits, key=bits.get)
    said = "\u00a0; ".join(f"{name}\u00a0: {french(value, 2)}" for name, value in bits.items())
    alt = f"Bits par caractère sur le livre d’examen. {said}. Le meilleur est {best}."
    figure, (ax,) = _axes("Bits par caractère (moins, c’est mieux)", alt, height=1.4 + 0.62 * len(bits))
    colours = [ORANGE if name == best else BLUE for name in bits]
    starred = {f"★ {name}" if name == best else name: value for name, value in bits.items()}
    bars = _bars(ax, starred, lambda value: french(value, 2), colours)
    bars[list(bits).index(best)].set_hatch("//")
    return figure
