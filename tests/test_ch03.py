"""The exercises of chapter 03, right answers that are not the workshop's own, and the figures of the chapter."""

import os
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest

from tests.test_plots import well_told
from workshop import bilstm, plots
from workshop.base.errors import WorkshopError
from workshop.base.hush import hushed
from workshop.exercises import ch03
from workshop.exercises.audit import audit
from workshop.exercises.core import check, check_value, find
from workshop.plots import bilstm as figures
from workshop.plots import style
from workshop.plots.style import SMALLEST


@pytest.mark.parametrize("exercise", ch03.EXERCISES, ids=lambda exercise: exercise.id)
def test_stub_reference_and_wrong_answers(exercise):
    assert audit(exercise) == []


def _grows(token_ids, window):
    seen, before, targets = [], [], []
    for token in token_ids:
        if seen:
            before.append(seen[-window:])
            targets.append(token)
        seen = [*seen, token]
    return before, targets


def _keras_pads(token_ids, window, pad=0):
    import keras

    before = [token_ids[max(0, end - window) : end] for end in range(1, len(token_ids))]
    return keras.utils.pad_sequences(before, maxlen=window, value=pad), np.array(token_ids[1:])


def _pads_by_hand(token_ids, window, pad=0):
    padded = [pad] * window + token_ids
    return np.array([padded[i : i + window] for i in range(1, len(token_ids))]), np.array(token_ids[1:])


def _softmax(probabilities, temperature, rng):
    if not temperature > 0:
        raise WorkshopError("La température est positive.")
    scores = np.exp(np.log(probabilities) / temperature)
    return rng.choice(len(scores), p=scores / scores.sum())


def _multinomial(probabilities, temperature, rng):
    if temperature <= 0:
        raise WorkshopError("La température est positive.")
    weights = probabilities ** (1 / temperature)
    return rng.multinomial(1, weights / weights.sum()).argmax()


def _cumulated(probabilities, temperature, rng):
    if temperature <= 0:
        raise WorkshopError("La température est positive.")
    weights = probabilities ** (1 / temperature)
    return int(np.searchsorted(np.cumsum(weights / weights.sum()), rng.random()))


def _functional(vocab_size, window=16, units=64, dropout=0.2, l2=1e-5, learning_rate=4e-3, seed=0):
    import keras
    from keras import layers

    read = keras.Input((window,))
    x = layers.Embedding(vocab_size, 64)(read)
    x = layers.Bidirectional(layers.LSTM(units, return_sequences=True))(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Bidirectional(layers.LSTM(units))(x)
    x = layers.Dense(2 * units, "relu", kernel_regularizer=keras.regularizers.l2(l2))(x)
    model = keras.Model(read, layers.Dense(vocab_size, activation=keras.activations.softmax)(x))
    loss = keras.losses.SparseCategoricalCrossentropy()
    model.compile(
        keras.optimizers.RMSprop(learning_rate), loss, metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    )
    return model


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("3.1", _grows),
        ("3.2", _keras_pads),
        ("3.2", _pads_by_hand),
        ("3.3", _functional),
        ("3.5", _softmax),
        ("3.5", _multinomial),
        ("3.5", _cumulated),
        ("3.6", lambda nats, characters: nats * np.log2(np.e) / characters),
    ],
)
def test_other_right_answers_are_right(id, answer):
    card = check(find(id), answer)
    assert card.state == "right", card


@pytest.mark.parametrize("extra", [{"restore_best_weights": True}, {"monitor": "val_accuracy"}])
def test_other_guards_are_right(extra):
    names = ch03.GUARDS.names()
    guards = [names["EarlyStopping"](patience=2, **extra), names["ModelCheckpoint"](str(names["best_file"]), save_best_only=True)]
    assert check_value(ch03.GUARDS, guards, names).state == "right"


def test_the_guard_writes_where_the_chapter_reads():
    source = (Path(__file__).parents[1] / "solutions" / "03_bilstm.py").read_text(encoding="utf-8")
    assert f'best_file = steps.folder("{ch03.BEST_FILE}")' in source


def test_the_count_of_the_exercise_is_that_of_keras():
    model = ch03.bilstm.build_bilstm(50, 5, units=64)
    readers = [layer.count_params() for layer in model.layers if "idirectional" in type(layer).__name__]
    assert sum(readers) == ch03.COUNT.evaluate(ch03.COUNT.names())


ROWS = [[None, "Le"], ["Le", " meunier"]]
FIGURES = {
    "sequences": lambda: plots.sequences(ROWS, [" meunier", "\n"]),
    "guessing_machine": plots.guessing_machine,
    "memory_cell": plots.memory_cell,
    "both_directions": lambda: plots.both_directions(["Le", " meunier", " posa"]),
    "validation_losses": lambda: plots.validation_losses({"sans": [6.0, 5.0, 5.5], "avec": [6.0, 5.2]}),
    "temperature_bars": lambda: plots.temperature_bars([" le", "\n"], {"0,5": [0.9, 0.1], "1": [0.6, 0.4]}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_readable_and_told_in_words(name):
    figure = FIGURES[name]()
    assert figure.png().startswith(b"\x89PNG")
    assert well_told(figure.get_label())
    figure.draw_without_rendering()
    shown = [text for text in figure.findobj(mpl.text.Text) if text.get_text() and text.get_visible()]
    assert min(text.get_fontsize() for text in shown) >= SMALLEST


@pytest.mark.parametrize(("notebook", "quiet"), [(True, True), (False, False)])
def test_curves_that_grow_draw_nothing_when_quiet_or_in_a_script(notebook, quiet, monkeypatch, capsys):
    monkeypatch.setattr(style, "settings", lambda: SimpleNamespace(quiet=quiet))
    monkeypatch.setattr("IPython.get_ipython", lambda: notebook or None)
    plots.live_curves()({"loss": [1.0], "text": ["Le meunier"]})
    assert capsys.readouterr().out == ""


def test_curves_that_grow_are_drawn_in_place(monkeypatch):
    shown = []
    monkeypatch.setattr(figures, "is_watched", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda *_, display_id: SimpleNamespace(update=shown.append))
    show = plots.live_curves()
    show({"text": ["Le meunier"]})
    show({"loss": [1.0], "text": ["Le meunier", "La\nmeule"]})
    words, curve, more = shown
    assert (words.data, more.data) == ("> Le meunier", "> La meule") and "Perte" in curve.get_label()


def test_a_library_that_talks_below_python_is_hushed(capfd):
    with hushed():
        os.write(2, b"I0000 a greeting\n")
    os.write(2, b"an error\n")
    assert capfd.readouterr().err == "an error\n"


@pytest.fixture
def tiny():
    """A network that learns in a second, and its training and validation."""
    data = bilstm.prefix_sequences([1, 4, 2, 7, 3] * 30, 4)
    return (lambda: bilstm.build_bilstm(12, 4, units=4)), data


def test_a_training_is_watched_from_before_its_first_epoch_even_after_an_interruption(tiny, tmp_path, monkeypatch):
    build, data = tiny
    path, seen = tmp_path / "a.keras", []

    def watch(model, history):
        history.setdefault("text", []).append(f"texte {len(history.get('loss', []))}")
        seen.append(len(history["text"]))

    save = bilstm._save_epoch

    def interrupt(model, work, history):
        save(model, work, history)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bilstm, "_save_epoch", interrupt)
        bilstm.train(build(), data, data, path, epochs=2, batch_size=64, watch=watch)
    assert bilstm.under_way(path)
    history = bilstm.train(build(), data, data, path, epochs=2, batch_size=64, watch=watch)
    assert history["text"] == ["texte 0", "texte 1", "texte 2"] and seen == [1, 2, 3]
    assert bilstm.under_way(path) is None
