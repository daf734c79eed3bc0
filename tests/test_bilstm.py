import errno
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from workshop import bilstm
from workshop.base import keeping
from workshop.base.errors import WorkshopError

ROOT = Path(__file__).resolve().parents[1]
VOCAB, WINDOW = 12, 4


@pytest.fixture(scope="session")
def sequences():
    """A text with a rule (each token says which one follows, most of the time), cut into training and validation."""
    generator = np.random.default_rng(0)
    ids = [1]
    for _ in range(900):
        ids.append(int((ids[-1] * 5 + 1) % VOCAB if generator.random() < 0.8 else generator.integers(1, VOCAB)))
    ids = np.array(ids)
    return bilstm.prefix_sequences(ids[:700], WINDOW), bilstm.prefix_sequences(ids[700:], WINDOW)


@pytest.fixture
def build():
    return lambda: bilstm.build_bilstm(VOCAB, WINDOW, units=8, learning_rate=1e-2)


@pytest.fixture
def spoken(monkeypatch):
    lines = []
    monkeypatch.setattr(bilstm, "say", lambda line: lines.append(line.replace("\u00a0", " ")))
    return lines


def test_prefixes_are_padded_on_the_left_and_no_token_is_lost():
    inputs, targets = bilstm.prefix_sequences([7, 8, 9, 10], 3)
    assert inputs.tolist() == [[0, 0, 7], [0, 7, 8], [7, 8, 9]]
    assert targets.tolist() == [8, 9, 10]
    assert inputs.dtype == targets.dtype == np.int32


@pytest.mark.parametrize("ids", [[], [5]])
def test_a_text_too_short_gives_no_sequence(ids):
    inputs, targets = bilstm.prefix_sequences(ids, 3)
    assert inputs.shape == (0, 3) and targets.shape == (0,)


def test_a_window_longer_than_the_text():
    inputs, targets = bilstm.prefix_sequences([7, 8], 5)
    assert inputs.tolist() == [[0, 0, 0, 0, 7]] and targets.tolist() == [8]


def test_the_formula_counts_what_the_network_has(build):
    assert bilstm.count_parameters(VOCAB, units=8) == build().count_params()


def test_the_layers_are_those_of_the_lesson(build):
    assert [type(layer).__name__ for layer in build().layers] == [
        "Embedding", "Bidirectional", "Dropout", "Bidirectional", "Dense", "Dense",
    ]  # fmt: skip


def test_training_learns_and_the_file_holds_the_best_weights(build, sequences, tmp_path, spoken):
    model, path = build(), tmp_path / "bilstm.keras"
    history = bilstm.train(model, *sequences, path, epochs=4, batch_size=32)
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"} and len(history["loss"]) == 4
    assert history["val_loss"][-1] < 0.8 * np.log(VOCAB)
    assert [line.split(" · ")[0] for line in spoken] == [f"époque {n}/4" for n in (1, 2, 3, 4)]
    inputs = sequences[1][0]
    np.testing.assert_allclose(
        np.asarray(bilstm.load(path).predict_on_batch(inputs)), np.asarray(model.predict_on_batch(inputs)), rtol=1e-5
    )
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.endswith(".lock")) == ["bilstm.keras"]


def test_the_same_seed_gives_the_same_figures(build, sequences, tmp_path):
    one = bilstm.train(build(), *sequences, tmp_path / "a.keras", epochs=2, batch_size=64)
    two = bilstm.train(build(), *sequences, tmp_path / "b.keras", epochs=2, batch_size=64)
    assert one == two


def test_early_stopping_gives_back_the_best_epoch(build, sequences, tmp_path):
    small = tuple(array[:40] for array in sequences[0])  # forty examples are soon learnt by heart
    model = build()
    history = bilstm.train(model, small, sequences[1], tmp_path / "a.keras", epochs=60, batch_size=8, patience=2)
    assert len(history["loss"]) < 60
    assert int(np.argmin(history["val_loss"])) == len(history["val_loss"]) - 3
    assert model.evaluate(*sequences[1], verbose=0)[0] == pytest.approx(min(history["val_loss"]), rel=1e-4)


def test_likelihood_sums_the_probability_of_every_token(build):
    model, ids = build(), [3, 5, 7, 2, 9, 4]
    expected = -sum(np.log(bilstm.next_token_probabilities(model, ids[:i])[ids[i]]) for i in range(len(ids)))
    assert bilstm.negative_log_likelihood(model, ids, batch_size=4) == pytest.approx(expected, rel=1e-5)


def test_probabilities_of_any_prompt(build):
    model = build()
    for prompt in ([], [3], list(range(1, 12))):
        assert bilstm.next_token_probabilities(model, prompt).sum() == pytest.approx(1, abs=1e-4)
    np.testing.assert_array_equal(
        bilstm.next_token_probabilities(model, [9, 9, 1, 2, 3, 4]), bilstm.next_token_probabilities(model, [1, 2, 3, 4])
    )


def interrupt_after(monkeypatch, epochs, error=KeyboardInterrupt):
    """Raise during the epoch after this many (when the network is asked for its next batch)."""
    save = bilstm._save_epoch

    def stop(model, work, history):
        save(model, work, history)
        if len(history["loss"]) == epochs:
            raise error

    monkeypatch.setattr(bilstm, "_save_epoch", stop)


def test_interrupted_it_keeps_the_best_and_goes_on(build, sequences, tmp_path, spoken, monkeypatch):
    model, path = build(), tmp_path / "bilstm.keras"
    with monkeypatch.context() as patch:
        interrupt_after(patch, 2)
        history = bilstm.train(model, *sequences, path, epochs=4, batch_size=32)
    assert len(history["loss"]) == 2 and "interrompu après 2 époque(s) sur 4" in spoken[-1]
    assert model.evaluate(*sequences[1], verbose=0)[0] == pytest.approx(min(history["val_loss"]), rel=1e-4)
    assert bilstm.load(path).count_params() == model.count_params()
    full = bilstm.train(build(), *sequences, path, epochs=4, batch_size=32)
    assert "Reprise après l’époque 2." in spoken
    assert full["loss"][:2] == history["loss"] and len(full["loss"]) == 4
    assert full["val_loss"][3] < full["val_loss"][0]


@pytest.mark.parametrize("damaged", [1, 2])
def test_a_damaged_epoch_gives_way_to_the_one_before_or_a_fresh_start(damaged, build, sequences, tmp_path, spoken, monkeypatch):
    path = tmp_path / "bilstm.keras"
    with monkeypatch.context() as patch:
        interrupt_after(patch, 2)
        bilstm.train(build(), *sequences, path, epochs=3, batch_size=32)
    for folder in sorted((tmp_path / "bilstm.training").glob("epoch-*"), reverse=True)[:damaged]:
        (folder / "model.keras").write_bytes(b"half a file")
    history = bilstm.train(build(), *sequences, path, epochs=3, batch_size=32)
    assert len(history["loss"]) == 3
    last = "La sauvegarde de l’époque 2 est abîmée : on reprend à celle d’avant."
    first = "La sauvegarde de l’époque 1 est abîmée : on recommence depuis le début."
    assert last in spoken and (first in spoken) == (damaged == 2)
    assert ("Reprise après l’époque 1." in spoken) == (damaged == 1)


def test_half_of_a_best_network_never_takes_the_place_of_a_whole_one(build, sequences, tmp_path, monkeypatch):
    """Interrupted while its best weights are being written; and no later epoch is better."""
    path, work = tmp_path / "bilstm.keras", tmp_path / "bilstm.training"
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        bilstm.train(build(), *sequences, path, epochs=2, batch_size=32)
    (work / "best.part.keras").write_bytes(b"half a file")
    history = keeping.read_json(work / "epoch-001" / "history.json") | {"val_loss": [0.0]}
    (work / "epoch-001" / "history.json").write_text(json.dumps(history), encoding="utf-8")
    keeping.seal(work / "epoch-001")
    assert len(bilstm.train(build(), *sequences, path, epochs=2, batch_size=32)["loss"]) == 2
    assert bilstm.load(path).input_shape == (None, WINDOW)


def test_other_settings_start_afresh_and_say_so(build, sequences, tmp_path, spoken, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        bilstm.train(build(), *sequences, tmp_path / "a.keras", epochs=3, batch_size=32)
    history = bilstm.train(build(), *sequences, tmp_path / "a.keras", epochs=2, batch_size=64)
    assert len(history["loss"]) == 2 and any("repart du début" in line for line in spoken)


def test_a_full_disk_leaves_the_old_network(build, sequences, tmp_path, monkeypatch):
    path = tmp_path / "a.keras"
    path.write_bytes(b"the network of before")
    interrupt_after(monkeypatch, 1, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(WorkshopError, match="Le disque est plein"):
        bilstm.train(build(), *sequences, path, epochs=2, batch_size=64)
    assert path.read_bytes() == b"the network of before"


def test_a_file_that_is_no_network_is_one_sentence(tmp_path):
    (tmp_path / "a.keras").write_bytes(b"not a network")
    with pytest.raises(WorkshopError, match="abîmé"):
        bilstm.load(tmp_path / "a.keras")
    with pytest.raises(WorkshopError, match="n’existe pas"):
        bilstm.load(tmp_path / "b.keras")


def test_nothing_to_learn_and_foreign_tokens_are_one_sentence(build, sequences, tmp_path):
    empty = bilstm.prefix_sequences([1], WINDOW)
    with pytest.raises(WorkshopError, match="pas de texte à apprendre"):
        bilstm.train(build(), empty, sequences[1], tmp_path / "a.keras")
    with pytest.raises(WorkshopError, match="dépassent les 12"):
        bilstm.train(build(), bilstm.prefix_sequences([1, 2, 12], WINDOW), sequences[1], tmp_path / "a.keras")


SCRIPT = """
import json, sys
import numpy as np
from pathlib import Path
from workshop import bilstm
from workshop.base.lane import use_keras
use_keras()
ids = np.tile([1, 4, 2, 7, 3], 60)
data = bilstm.prefix_sequences(ids, 4)
model = bilstm.build_bilstm(12, 4, units=4, learning_rate=2e-2)
history = bilstm.train(model, data, data, Path(sys.argv[1]), epochs=3, batch_size=32)
import keras
print(json.dumps([keras.backend.backend(), history["val_loss"], bilstm.negative_log_likelihood(bilstm.load(sys.argv[1]), ids)]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_both_backends(backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}, of which there is no wheel for this Python")
    environ = os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT), "WORKSHOP_QUIET": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "a.keras")]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environ)
    assert run.returncode == 0, run.stderr[-2000:]
    assert backend == "torch" or run.stderr == "", run.stderr[-2000:]  # over PyTorch, Keras loads TensorFlow later, for its data
    name, losses, nats = json.loads(run.stdout)  # and nothing else is printed
    assert name == backend and losses[-1] < losses[0] < np.log(12)
    assert nats / 300 < losses[0]
