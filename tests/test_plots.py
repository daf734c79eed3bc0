"""Each figure shows what it was given, can be read when projected, and says in words what it shows."""

import base64
import re
import subprocess
import sys
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from workshop import plots
from workshop.base.errors import WorkshopError
from workshop.base.typography import french, typeset
from workshop.plots import style

COUNTS = {"de": 900, "la": 500, "meunier": 40, "âne": 30, "gué": 1}
FIGURES = {
    "words_per_book": (plots.words_per_book, {"Le Moulin": 1200, "Le Gué": 45_000}),
    "sentence_lengths": (plots.sentence_lengths, [3, 5, 8, 8, 13, 90]),
    "frequent_words": (plots.frequent_words, COUNTS),
    "word_cloud": (plots.word_cloud, COUNTS),
    "zipf": (plots.zipf, COUNTS),
    "fertility_curve": (plots.fertility_curve, {"spécialisé": {1000: 2.0, 8000: 1.4}, "anglais": {50257: 2.25}}),
    "token_lengths": (plots.token_lengths, {"anglais": [1, 2, 2, 30], "spécialisé": [4, 5, 0]}),
    "loss_curves": (plots.loss_curves, {"loss": [3.0, 2.0], "val_loss": [3.1, 2.5], "accuracy": [0.1, 0.2]}),
    "next_token_bars": (lambda tokens: plots.next_token_bars(tokens, [0.5, 0.25, 0.0]), [" champ", "\n", "$x_1$"]),
    "model_comparison": (plots.model_comparison, {"au hasard": 4.0, "GPT-2": 1.25}),
}


def words_on(figure: Figure) -> list[str]:
    """Everything that is written on a figure."""
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_text()]


def well_told(words: str) -> bool:
    """Return whether what a figure says is one line of French sentences, as a printer would set them."""
    sentences = re.fullmatch(r"(?!.*\. [a-zà-ü])[A-ZÀ-Ü0-9].{25,}\.", words)
    return bool(sentences) and words == typeset(words)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_readable_opaque_and_told_in_words(name):
    draw, data = FIGURES[name]
    figure = draw(data)
    assert isinstance(figure, Figure)
    assert figure.png().startswith(b"\x89PNG")
    assert well_told(figure.get_label())
    assert figure.get_facecolor()[3] == 1
    figure.draw_without_rendering()
    shown = [text for text in figure.findobj(mpl.text.Text) if text.get_text() and text.get_visible()]
    assert min(text.get_fontsize() for text in shown) >= style.SMALLEST
    assert not any("." in text.get_text() and text.get_text().replace(".", "").isdigit() for text in shown)  # French commas


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_to_draw(name):
    draw, data = FIGURES[name]
    with pytest.raises(WorkshopError, match="rien à dessiner"):
        draw(type(data)()) if name != "next_token_bars" else plots.next_token_bars([], [])


def test_figures_leave_no_trace():
    before = dict(mpl.rcParams)
    plots.zipf(COUNTS).png()
    assert dict(mpl.rcParams) == before


def test_pyplot_is_not_loaded():
    code = "import sys, workshop.plots as p; p.zipf({'de': 2}).png(); print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_a_notebook_shows_a_figure_once_and_reads_its_words():
    from IPython.core.formatters import DisplayFormatter

    figure = plots.model_comparison({'un <peu> de "hasard"': 4.0, "GPT-2": 1.25})
    data, _ = DisplayFormatter().format(figure)
    assert set(data) == {"text/html", "text/plain"} and data["text/plain"] == figure.get_label()
    (picture,) = ElementTree.fromstring(f"<p>{data['text/html'][:-1]}/></p>")
    assert picture.get("alt") == figure.get_label() and "Le meilleur est GPT-2" in picture.get("alt")
    form, _, encoded = picture.get("src").partition(",")
    assert form == "data:image/png;base64" and base64.b64decode(encoded) == figure.png()


def test_french_numbers():
    assert french(1234567) == "1\u202f234\u202f567"
    assert french(-0.25) == "−0,25"
    assert french(1.5, 2) == "1,50"
    assert french(-0.0) == "0" and french(-0.004, 2) == "0,00"


def test_books_come_longest_first():
    figure = plots.words_per_book({"Le Moulin": 1200, "Le Gué": 45_000})
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Le Gué", "Le Moulin"]
    assert ax.yaxis_inverted()
    assert [bar.get_width() for bar in ax.patches] == [45_000, 1200]
    assert "45\u202f000" in words_on(figure) and "46\u202f200" in figure.get_label()


def test_sentence_lengths_are_all_there():
    lengths = [1, 2, 2, 3, 50, *range(1, 120)]
    (ax,) = plots.sentence_lengths(lengths).axes
    assert sum(bar.get_height() for bar in ax.patches) == len(lengths)


def test_stop_words_are_left_out_of_the_second_panel():
    left, right = plots.frequent_words(COUNTS, stop_words={"de", "la"}, count=2).axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["de", "la"]
    assert [label.get_text() for label in right.get_yticklabels()] == ["meunier", "âne"]


@pytest.mark.parametrize(("counts", "panels"), [(COUNTS, 2), ({"de": 3, "la": 2}, 1)])
def test_a_text_of_stop_words_alone_has_one_panel(counts, panels):
    assert len(plots.frequent_words(counts, stop_words={"de", "la"}).axes) == panels


MANY = [f"essai {number}" for number in range(len(style.SERIES) + 2)]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.fertility_curve({name: {1000: 2.0, 8000: 1.4} for name in MANY}),
        lambda: plots.token_lengths({name: [1, 2, 3] for name in MANY}),
        lambda: plots.validation_losses({name: [3.0, 2.0] for name in MANY}),
        lambda: plots.trainings({name: [3.0, 2.0] for name in MANY}),
        lambda: plots.temperature_bars(["a", "b"], {name: [0.6, 0.4] for name in MANY}),
    ],
)
def test_more_curves_than_there_are_colours_are_all_drawn(draw):
    (ax,) = draw().axes
    assert [name.split(" (")[0] for name in ax.get_legend_handles_labels()[1] if name.startswith("essai")] == MANY


def inked(figure, colour):
    """How many pixels of a picture are of a colour."""
    (image,) = figure.axes[0].images
    return int((image.get_array() == [int(colour[i : i + 2], 16) for i in (1, 3, 5)]).all(axis=2).sum())


def test_the_more_frequent_a_word_the_larger_in_the_cloud():
    others = {f"{letter}{end}": 60 for letter in "bcdfgl" for end in ("ouin", "erte")}  # of 5 letters, in a third colour
    first, second = (plots.word_cloud(others | {"roue": often, "meunier": 110 - often}) for often in (90, 20))
    assert inked(first, style.BLUE) > 5 * inked(second, style.BLUE) > 0  # of 4 letters
    assert inked(second, style.INK) > 5 * inked(first, style.INK) > 0  # of 7


def test_the_cloud_is_the_same_each_time_and_leaves_no_word_out():
    once, again = (np.asarray(plots.word_cloud(COUNTS).axes[0].images[0].get_array()) for _ in range(2))
    assert (once == again).all()
    assert all(word in plots.word_cloud(COUNTS).get_label() for word in COUNTS)


def test_word_cloud_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "wordcloud", None)
    assert "meunier" in words_on(plots.word_cloud(COUNTS))


def test_one_character_and_a_half_is_no_plural():
    alt = plots.token_lengths({"a": [1, 2], "b": [2, 2], "c": [2] * 24 + [1]}).get_label()
    assert "a, 1,5 caractère en" in alt and "b, 2,0 caractères en" in alt and "c, 2,0 caractères en" in alt


def test_shares_of_token_lengths_add_up():
    (ax,) = plots.token_lengths({"a": [1, 2, 2, 30], "b": [4, 5, 0]}).axes
    assert [sum(bar.get_height() for bar in group) for group in ax.containers] == pytest.approx([100, 100])
    assert ax.containers[0][-1].get_height() == 25  # the token of 30 characters is in the last bar
    assert len({group[0].get_hatch() for group in ax.containers}) == 2


def test_curves_of_keras_mark_the_best_epoch():
    history = {"loss": [3, 2, 1], "val_loss": [3, 2.5, 2.75], "val_accuracy": [0.1, 0.3, 0.2], "learning_rate": [1, 1, 1]}
    loss, accuracy = plots.loss_curves(history).axes
    star = loss.get_lines()[-1]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (2, 2.5)
    assert accuracy.get_lines()[-1].get_ydata()[0] == 0.3
    assert len(loss.get_lines()) == 3


def test_curves_of_a_trainer_follow_its_steps():
    rows = [{"step": 10, "loss": 4.0}, {"step": 20, "loss": 3.0}, {"step": 20, "eval_loss": 3.5}, {"step": 20, "text": "Le gué"}]
    (ax,) = plots.loss_curves(rows).axes
    training, validation, _ = ax.get_lines()
    assert list(training.get_xdata()) == [10, 20]
    assert list(validation.get_xdata()) == [20]
    assert ax.get_xlabel() == "pas"
    assert training.get_linestyle() != validation.get_linestyle()


def test_next_tokens_are_spelt_and_the_setting_is_seen():
    figure = plots.next_token_bars([" champ", "\n"], [0.75, 0.0], before=[0.5, 0.25])
    words = words_on(figure)
    assert {"«␣champ»", "«↵»", "75,0\u00a0%", "écarté", "avant réglage"} <= set(words)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.75, 0.0, 0.5, 0.25]


def test_the_best_model_is_marked():
    figure = plots.model_comparison({"au hasard": 4.0, "GPT-2": 1.25})
    assert {"★ GPT-2", "au hasard", "1,25"} <= set(words_on(figure))
    assert "Le meilleur est GPT-2" in figure.get_label()
