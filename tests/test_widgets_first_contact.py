"""The widgets of chapter 00, driven as a browser would: a value is set, and what is shown changes."""

import re
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from workshop import neuron
from workshop.base.errors import WorkshopError
from workshop.machine.doctor import OK, TODO, Check
from workshop.stories.clozes import CLOZES, Cloze
from workshop.widgets.first_contact import ClozeQuiz, EnvironmentCard, ProgrammeCard, draw_guesses, same_word
from workshop.widgets.neuron import EPOCHS, RATES, Descent, NeuronByHand

GUESSES = {
    "Il pleut, prends ton": [("parapluie", 0.5), ("temps", 0.25)],
    "Le feu brûle dans la": [("maison", 0.4), ("cheminée", 0.3)],
}
GAME = [Cloze("Il pleut, prends ton", "parapluie", "Du bon sens."), Cloze("Le feu brûle dans la", "cheminée", "Un décor.")]


@pytest.fixture
def quiz():
    return ClozeQuiz(GUESSES.__getitem__, GAME)


@pytest.fixture(scope="module")
def cloud():
    return neuron.cats_and_dogs()


def seen(panel):
    """The notes that the picture in the panel carries."""
    return dict(re.findall(r'data-(\w+)="([^"]*)"', panel.image.value))


def text_of(picture):
    return "".join(ET.fromstring(picture).itertext())


# By hand -----------------------------------------------------------------------------------------------------------


def test_sliders_move_the_line_and_the_count(cloud):
    panel = NeuronByHand(*cloud)
    before, errors = panel.image.value, int(seen(panel)["errors"])
    line = re.search(r"<polyline[^>]*>", before)[0]
    assert panel.record == panel.count == errors > 2
    for slider, value in zip(panel.sliders, (1.0, -0.8, 0.0), strict=True):
        slider.value = value
    assert panel.weights.tolist() == [1.0, -0.8] and panel.bias == 0
    assert int(seen(panel)["errors"]) == panel.count == neuron.errors(*cloud, panel.weights, panel.bias).sum() < errors
    assert re.search(r"<polyline[^>]*>", panel.image.value)[0] != line
    assert f"{panel.count} erreurs" in panel.said.value


def test_record_stays_when_the_line_goes_astray(cloud):
    panel = NeuronByHand(*cloud, weights=(1.0, -0.8), bias=0.0)
    best = panel.count
    panel.sliders[2].value = -10.0
    assert panel.count > best == panel.record
    assert f"record\u00a0: {best}" in panel.said.value


def test_every_position_can_be_drawn(cloud):
    panel = NeuronByHand(*cloud)
    for values in ((0, 0, 0), (0, 0, 1), (0, 0, -1), (3, -3, 0), (0, 1, -5), (1, 0, -5), (-3, -3, 10), (1, -1, 10)):
        for slider, value in zip(panel.sliders, values, strict=True):
            slider.value = value
        ET.fromstring(panel.image.value)
        assert "nan" not in panel.image.value


def test_crosses_are_as_many_as_errors(cloud):
    panel = NeuronByHand(*cloud)
    strokes = panel.image.value.count("l18 18m0-18l-18 18")
    assert strokes == panel.count


def test_both_sides_of_the_line_say_what_the_neuron_answers_there(cloud):
    panel = NeuronByHand(*cloud, weights=(1.0, -1.0), bias=0.0)
    chien, chat = (
        re.search(rf'x="([\d.]+)" y="([\d.]+)"[^>]*>«\u00a0{name}', panel.image.value).groups() for name in ("chien", "chat")
    )
    assert float(chien[0]) > float(chat[0]) and float(chien[1]) > float(chat[1])  # bottom right: long muzzle, short whiskers
    for slider, value in zip(panel.sliders, (0.0, 0.0, 1.0), strict=True):
        slider.value = value
    assert "«\u00a0chien" in panel.image.value and "«\u00a0chat" not in panel.image.value


def test_one_move_is_quick(cloud):
    panel, times = NeuronByHand(*cloud), []
    for value in (0.1, 0.2, 0.3, 0.4, 0.5):
        start = time.perf_counter()
        panel.sliders[0].value = -value
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1


# Descent -----------------------------------------------------------------------------------------------------------


def test_curve_falls_as_epochs_pass(cloud):
    panel = Descent(*cloud, rate=0.1)
    first, losses = seen(panel), []
    for epoch in (1, 5, 15, EPOCHS):
        panel.epochs.value = epoch
        losses.append(float(seen(panel)["loss"]))
        assert seen(panel)["epoch"] == str(epoch)
    assert float(first["loss"]) > losses[0] > losses[1] > losses[2] > losses[3]
    assert int(first["errors"]) > 50 and seen(panel)["errors"] == "2"
    assert "Le bon pas" in panel.said.value


@pytest.mark.parametrize(
    ("rate", "verdict"), [(0.001, "trop petit"), (0.01, "trop petit"), (0.1, "bon pas"), (3.0, "trop grand")]
)
def test_verdict_waits_for_the_end(cloud, rate, verdict):
    panel = Descent(*cloud)
    panel.rates.value = rate
    assert verdict not in panel.said.value
    panel.epochs.value = EPOCHS
    assert verdict in panel.said.value


def test_every_rate_can_be_drawn_at_every_epoch(cloud):
    for rate in RATES:
        panel = Descent(*cloud, rate=rate)
        for epoch in range(0, EPOCHS + 1, 5):
            panel.epochs.value = epoch
            ET.fromstring(panel.image.value)
            assert "nan" not in panel.image.value and "inf" not in panel.image.value


def test_button_starts_the_clock_from_the_beginning(cloud):
    panel = Descent(*cloud, rate=0.1)
    panel.epochs.value = 12
    panel.button.click()
    assert panel.clock.playing and panel.epoch == 0 and panel.clock.value == 0


def test_without_a_browser_the_end_of_the_training_is_shown(cloud):
    panel = Descent(*cloud, rate=0.1)
    assert panel.epoch == 0
    assert f'data-epoch="{EPOCHS}"' in panel.picture()


# Quiz --------------------------------------------------------------------------------------------------------------


def test_right_word_gives_a_point_to_both(quiz):
    quiz.word.value = "Parapluie "
    assert quiz.answered and quiz.points == [1, 1]
    assert "Vous l’avez trouvé" in quiz.result.value and "en tête" in quiz.result.value
    assert "★ le mot du texte" in quiz.result.value and "← vous" in quiz.result.value


def test_second_guess_gives_the_model_no_point(quiz):
    quiz.play_button.click()
    quiz.next_button.click()
    assert quiz.number == 1 and not quiz.answered and quiz.word.value == ""
    quiz.word.value = "cheminee"
    assert quiz.points == [1 - 1 + 1, 1]
    assert "2ᵉ place" in quiz.result.value


def test_a_sentence_is_played_once(quiz):
    quiz.word.value = "temps"
    quiz.play_button.click()
    quiz.play()
    assert quiz.points == [0, 1] and "Vous en proposiez un autre" in quiz.result.value


def test_cannot_go_on_before_playing_and_starts_again_at_the_end(quiz):
    quiz.next_button.click()
    assert quiz.number == 0
    for _ in GAME:
        quiz.play_button.click()
        quiz.next_button.click()
    assert quiz.number == 0 and quiz.points == [0, 0] and not quiz.answered


def test_word_that_the_model_has_not(quiz):
    quiz.guess = lambda text: [("chapeau", 0.2)]
    quiz.play()
    assert "parmi ses dix premiers" in quiz.result.value and "★" not in quiz.result.value


def test_a_word_with_html_in_it_stays_text(quiz):
    quiz.guess = lambda text: [("<script>", 0.2), ("l'eau", 0.1)]
    quiz.word.value = "<b>non</b>"
    assert "<script>" not in quiz.result.value and "<b>" not in quiz.result.value


def test_same_word():
    assert same_word("Cœur", "coeur") and same_word(" chèvre.", "CHEVRE") and not same_word("roue", "route")
    assert same_word("ŒIL", "œil") and same_word("— «\u00a0Œil\u00a0»\u202f!", "oeil") and not same_word("…", "")


def test_a_model_that_fails_is_a_sentence_and_the_sentence_can_be_played_again():
    def guess(text: str) -> list[tuple[str, float]]:
        if not told:
            told.append(text)
            raise WorkshopError("Le modèle n’est pas là.")
        return [("eau", 0.5)]

    told: list[str] = []
    quiz = ClozeQuiz(guess)
    quiz.word.value = "eau"
    assert "n’est pas là" in quiz.result.value and not quiz.answered and not quiz.word.disabled
    quiz.play()
    assert quiz.answered and "mot du texte" in quiz.result.value


def test_sentences_are_fair():
    for cloze in CLOZES:
        assert " " not in cloze.word and not cloze.beginning.endswith(" ") and cloze.takes.endswith((".", "!"))
    assert len({cloze.word for cloze in CLOZES}) == len(CLOZES) >= 6


# What stands without a browser -------------------------------------------------------------------------------------


def test_panels_hold_a_picture_and_a_sentence(cloud, quiz):
    for panel in (NeuronByHand(*cloud), Descent(*cloud), quiz):
        bundle = panel._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in bundle
        picture = ET.fromstring(bundle["image/svg+xml"])
        assert picture.get("role") == "img" and len(picture.get("aria-label")) > 20
        assert len(bundle["text/plain"]) > 20 and "object at" not in bundle["text/plain"]


def test_pictures_follow_no_colour_alone(cloud):
    picture = NeuronByHand(*cloud).picture()
    assert picture.count("<circle") == 31 and "chat" in text_of(picture) and "chien" in text_of(picture)
    bars = draw_guesses(GUESSES["Il pleut, prends ton"], "parapluie")
    assert "50,0\u00a0%" in text_of(bars) and "★ le mot du texte" in text_of(bars)


def test_every_control_has_a_name(cloud, quiz):
    panels = NeuronByHand(*cloud), Descent(*cloud), quiz
    controls = [
        *panels[0].sliders,
        panels[1].rates,
        panels[1].epochs,
        panels[1].button,
        quiz.word,
        quiz.play_button,
        quiz.next_button,
    ]
    assert all(control.description for control in controls)


def test_environment_card_says_what_doctor_says():
    card = EnvironmentCard([Check("Mémoire", OK, "8 Go"), Check("Disque", TODO, "1 Go", "libérez <de la> place")])
    assert "à faire" in repr(card) and "8 Go" in repr(card)
    table = card._repr_html_()
    assert "✅\u00a0OK" in table and "❌\u00a0à\u00a0faire" in table and "libérez &lt;de la&gt; place" in table


def test_programme_card_lists_the_chapters(tmp_path):
    (tmp_path / "solutions").mkdir()
    for name, minutes in (("00_first", 15), ("06_more", 30)):
        bonus = "# bonus = true\n" if name == "06_more" else ""
        front = f'# %% [raw] tags=["front"]\n# title = "Titre {name}"\n# minutes = {minutes}\n{bonus}'
        front += '# goals = ["lire, puis relire", "écrire avec `print`"]\n\n# %%\n'
        (tmp_path / "solutions" / f"{name}.py").write_text(front + "x = 1\n", encoding="utf-8")
    card = ProgrammeCard(tmp_path)
    assert "45 min" in repr(card) and "(bonus)" in repr(card)
    assert "lire, puis relire\u202f; écrire avec <code>print</code>" in card._repr_html_()
    assert "15\u00a0min" in card._repr_html_()


# The words that a model proposes -------------------------------------------------------------------------------------


def test_next_words_are_whole_words_with_exact_probabilities(tiny_gpt2):
    """Against the long way: the probability of a word, token after token, times that of an end of word."""
    import torch

    from workshop.generation.words import _pieces, next_words

    model, tokenizer = tiny_gpt2
    text = "Le meunier posa son"
    found = next_words(model, tokenizer, text, 5)
    begins, goes_on = _pieces(tokenizer)
    assert [chance for _, chance in found] == sorted((chance for _, chance in found), reverse=True)
    assert all(re.fullmatch(r"[\w'’\ufffd-]+", word) for word, _ in found)
    single = next(word for word, _ in found if len(tokenizer(" " + word)["input_ids"]) == 1)
    prompt, word = tokenizer(text)["input_ids"], tokenizer(" " + single)["input_ids"]
    with torch.inference_mode():
        first = model(torch.tensor([prompt])).logits[0, -1].softmax(-1) * begins
        after = model(torch.tensor([prompt + word])).logits[0, -1].softmax(-1)
    expected = float(first[word[0]] / first.sum() * (1 - (after * goes_on).sum()))
    assert dict(found)[single] >= expected - 1e-6
    assert dict(found)[single] == pytest.approx(expected, rel=0.05)


def test_next_words_of_nothing_and_of_too_much(tiny_gpt2):
    from workshop.generation.words import next_words

    assert len(next_words(*tiny_gpt2, "", 3)) == 3
    assert len(next_words(*tiny_gpt2, "Le chat. " * 200, 3)) == 3


def test_drawn_figures():
    from tests.test_plots import well_told
    from workshop import plots

    cloud = neuron.cats_and_dogs()
    runs = {"trois époques": neuron.train(*cloud, epochs=3), "par paquets": neuron.train(*cloud, epochs=3, batch_size=20)}
    figure = plots.descents(runs, lambda weights: neuron.loss(*cloud, weights, 0.0))
    assert "9 corrections" in figure.get_label() and len(figure.axes) == 2
    drawing = plots.neuron_drawing(np.array([6.0, 3.0]), np.array([1.0, -0.5]), 0.5)
    assert "chien" in drawing.get_label() and "0,99" in drawing.get_label()
    assert well_told(figure.get_label()) and well_told(drawing.get_label())
