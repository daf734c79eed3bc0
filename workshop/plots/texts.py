"""The figures of chapters 01 and 02: what the books and their tokens are made of."""

from collections.abc import Collection, Mapping, Sequence
from itertools import cycle
from statistics import mean, median

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.ticker import NullLocator

from ..base.typography import french
from .style import BLUE, FAINT, GREEN, INK, ORANGE, PAPER, SERIES, bars_of, need, new_axes, styled, write_in_french


@styled
def words_per_book(words: Mapping[str, int]) -> Figure:
    """Bars: how many words each book has, longest first."""
    need(words, "un livre")
    books = sorted(words.items(), key=lambda item: -item[1])
    total = french(sum(words.values()))
    alt = f"{len(books)} livres, {total} mots en tout\u00a0; du plus long, {books[0][0]}, au plus court, {books[-1][0]}."
    figure, (ax,) = new_axes(f"Mots par livre ({total} en tout)", alt, height=1.4 + 0.46 * len(books))
    bars_of(ax, dict(books), french)
    return figure


@styled
def sentence_lengths(lengths: Sequence[int]) -> Figure:
    """Histogram of the lengths of sentences, in words, with their median and their mean; the longest 1 % share the last bar."""
    need(lengths, "une phrase")
    middle, average, end = median(lengths), mean(lengths), max(2, int(np.percentile(lengths, 99)))
    alt = f"{french(len(lengths))} phrases\u00a0; longueur médiane {french(middle)} mots, moyenne {french(average, 1)}."
    figure, (ax,) = new_axes("Longueur des phrases", alt)
    width = -(-end // 40)  # whole words, at most 40 bars
    ax.hist(np.minimum(lengths, end), bins=np.arange(0.5, end + width + 0.5, width).tolist(), color=BLUE, edgecolor=PAPER)
    ax.axvline(middle, color=ORANGE, linestyle="-", label=f"médiane\u00a0: {french(middle)} mots")
    ax.axvline(average, color=INK, linestyle="--", label=f"moyenne\u00a0: {french(average, 1)} mots")
    ax.set(xlabel="mots par phrase", ylabel="nombre de phrases")
    ax.grid(axis="y")
    ax.legend()
    return figure


@styled
def frequent_words(counts: Mapping[str, int], stop_words: Collection[str] = (), count: int = 15) -> Figure:
    """Bars: the most frequent words; with ``stop_words``, beside them the most frequent of the others, if there are any."""
    need(counts, "un mot")
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    panels = [("Mots les plus fréquents", ranked[:count])]
    others = [item for item in ranked if item[0] not in stop_words][:count] if stop_words else []
    if others:
        panels.append(("… sans les mots-outils", others))
    alt = "\u00a0; ".join(f"{title}\u00a0: {', '.join(word for word, _ in words)}" for title, words in panels)
    figure, axes = new_axes(panels[0][0], alt, height=1.4 + 0.28 * min(count, len(ranked)), columns=len(panels))
    for ax, (title, words), colour in zip(axes, panels, (BLUE, GREEN), strict=False):
        ax.set_title(title)
        bars_of(ax, dict(words), french, colour)
    return figure


@styled
def word_cloud(counts: Mapping[str, int]) -> Figure:
    """The words, the larger the more frequent (with the package wordcloud; without it, the bars of :func:`frequent_words`)."""
    need(counts, "un mot")
    try:
        from wordcloud import WordCloud
    except ImportError:
        return frequent_words(counts)
    figure, (ax,) = new_axes(
        "Nuage de mots", "Nuage de mots\u00a0: " + ", ".join(sorted(counts, key=counts.__getitem__, reverse=True)[:15])
    )
    colours = (BLUE, ORANGE, GREEN, INK)
    cloud = WordCloud(
        width=1000, height=500, max_words=80, background_color=PAPER, font_path=findfont("DejaVu Sans"), random_state=0,
        color_func=lambda word, **_: colours[len(word) % len(colours)],
    ).generate_from_frequencies(dict(counts))  # fmt: skip
    ax.imshow(cloud.to_array(), interpolation="bilinear")
    ax.axis("off")
    return figure


@styled
def zipf(counts: Mapping[str, int]) -> Figure:
    """Zipf's law: the frequency of a word against its rank, both on logarithmic axes, beside a slope of -1."""
    need(counts, "un mot")
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    ranks, times = np.arange(1, len(ranked) + 1), np.array([count for _, count in ranked])
    alt = f"Fréquence de {french(len(ranked))} mots selon leur rang\u00a0; le premier, {ranked[0][0]}, {french(times[0])} fois."
    figure, (ax,) = new_axes("La loi de Zipf", alt)
    ax.loglog(ranks, times, color=BLUE, marker="o", markersize=4, linestyle="", label="les mots du corpus")
    ax.loglog(ranks, times[0] / ranks, color=ORANGE, linestyle="--", label="premier mot ÷ rang")
    for rank in sorted({1, 10, 100, 1000} & set(ranks.tolist())):
        place = (rank, times[rank - 1])
        ax.annotate(f"«\u00a0{ranked[rank - 1][0]}\u00a0»", place, xytext=(8, 10), textcoords="offset points")
    ax.set(xlabel="rang du mot", ylabel="nombre d’occurrences", ylim=(0.5, times[0] * 3))
    write_in_french(ax)
    ax.grid()
    ax.legend(loc="lower left")
    return figure


@styled
def fertility_curve(curves: Mapping[str, Mapping[int, float]]) -> Figure:
    """Fertility (tokens per word) against the size of the vocabulary, one curve for each tokenizer (one point is a point)."""
    need(curves, "un tokenizer")
    points = {name: ", ".join(f"{french(y, 2)} pour {french(x)}" for x, y in curve.items()) for name, curve in curves.items()}
    alt = "Tokens par mot selon le vocabulaire\u00a0: " + "\u00a0; ".join(f"{name}, {said}" for name, said in points.items())
    figure, (ax,) = new_axes("Plus de vocabulaire, moins de tokens", alt)
    for (name, curve), (colour, marker, line, _) in zip(curves.items(), cycle(SERIES), strict=False):
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


@styled
def token_lengths(lengths: Mapping[str, Sequence[int]], longest: int = 12) -> Figure:
    """Share of the tokens of each length (in characters), one kind of bar for each tokenizer; the longest share the last bar."""
    need(lengths, "un tokenizer")
    rounded = {name: round(mean(values), 1) for name, values in lengths.items()}
    means = "\u00a0; ".join(f"{name}, {french(one, 1)} caractère{'s' * (one >= 2)} en moyenne" for name, one in rounded.items())
    figure, (ax,) = new_axes("Longueur des tokens", f"Longueur des tokens\u00a0: {means}.")
    width = 0.8 / len(lengths)
    for rank, ((name, values), (colour, _, _, hatch)) in enumerate(zip(lengths.items(), cycle(SERIES), strict=False)):
        shares = np.bincount(np.clip(values, 1, longest), minlength=longest + 1)[1:] / len(values)
        places = np.arange(1, longest + 1) + (rank - (len(lengths) - 1) / 2) * width
        label = f"{name} (moyenne {french(mean(values), 1)})"
        ax.bar(places, 100 * shares, width, color=colour, hatch=hatch, edgecolor=PAPER, label=label)
    ax.set_xticks(range(1, longest + 1), [*map(str, range(1, longest)), f"{longest} et +"])
    ax.set(xlabel="caractères par token", ylabel="part des tokens (%)")
    ax.grid(axis="y")
    ax.legend()
    return figure
