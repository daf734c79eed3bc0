"""The BiLSTM: from prefixes of a text to a network that guesses the next word, in Keras (TensorFlow or PyTorch underneath).

Keras is imported inside the functions: ``KERAS_BACKEND`` is chosen before the first of them runs.
"""

import json
import os
import re
import shutil
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import keeping
from .base.causal import PAD
from .base.errors import WorkshopError
from .base.settings import say
from .base.typography import french

if TYPE_CHECKING:
    import keras


def prefixes(token_ids: list[int], window: int) -> tuple[list[list[int]], list[int]]:
    """Return, for each token but the first, the tokens just before it (at most ``window`` of them); and these tokens to guess."""
    before = [token_ids[max(0, end - window) : end] for end in range(1, len(token_ids))]
    return before, token_ids[1:]


def prefix_sequences(token_ids: list[int], window: int, pad: int = PAD) -> tuple[np.ndarray, np.ndarray]:
    """Return what comes before each token but the first, and the tokens to guess, as tables that a network can read.

    Short prefixes are filled with ``pad`` on the left: the token just before the one to guess is always in the last column.
    Shapes: int32 ``(n - 1, window)`` and int32 ``(n - 1,)``, for ``n`` tokens, two at least.
    """
    before, targets = prefixes(token_ids, window)
    inputs = np.full((len(before), window), pad, dtype=np.int32)
    for row, tokens in zip(inputs, before, strict=True):
        row[-len(tokens) :] = tokens
    return inputs, np.array(targets, dtype=np.int32)


def build_bilstm(
    vocab_size: int,
    window: int = 16,
    units: int = 64,
    dropout: float = 0.2,
    l2: float = 1e-5,
    learning_rate: float = 4e-3,
    seed: int = 0,
) -> "keras.Model":
    """Build and compile a network that turns ``window`` token ids into a probability for each of ``vocab_size`` next tokens.

    Args:
        units: memory cells of each LSTM, in each of the two directions; the dense layer has twice as many neurons.
        dropout: share of the signals between the two LSTM layers that is silenced while training.
        l2: how strongly large weights of the dense layer are held back.
        seed: the same seed gives the same weights.
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((window,), dtype="int32"),
            layers.Embedding(vocab_size, 64),
            layers.Bidirectional(layers.LSTM(units, return_sequences=True)),
            layers.Dropout(dropout),
            layers.Bidirectional(layers.LSTM(units)),
            layers.Dense(2 * units, activation="relu", kernel_regularizer=keras.regularizers.L2(l2)),
            layers.Dense(vocab_size, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # XLA makes LSTM layers four times slower on a processor (measured)
    )
    return model


def count_parameters(vocab_size: int, units: int = 64, embedding: int = 64) -> int:
    """Return how many numbers :func:`build_bilstm` learns.

    A vector per token; in each direction of each LSTM, four gates that see the input, the memory of the step before and a
    bias; then two dense layers, with biases.
    """

    def lstm(inputs: int) -> int:
        return 2 * 4 * units * (inputs + units + 1)

    dense = 2 * units * 2 * units + 2 * units
    return vocab_size * embedding + lstm(embedding) + lstm(2 * units) + dense + (2 * units + 1) * vocab_size


def train(
    model: "keras.Model",
    training: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    checkpoint: Path,
    epochs: int = 8,
    batch_size: int = 128,
    patience: int = 2,
    seed: int = 0,
    watch: "Callable[[keras.Model, dict[str, list]], None] | None" = None,
) -> dict[str, list]:
    """Train ``model`` in place until the validation loss has not improved for ``patience`` epochs; keep the best weights.

    Interrupt it (Ctrl-C, or the square button of the notebook): the best weights so far are kept.  Call it again with the
    same texts and settings, after that or after a power cut: it goes on from the last whole epoch.

    Args:
        training, validation: prefixes and next tokens, from :func:`prefix_sequences`.
        checkpoint: the ``.keras`` file to write.
        watch: called before the first epoch and after each one, with the network and the history so far; it may add to it.

    Returns:
        ``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy``, one value per epoch.

    Raises:
        WorkshopError: nothing to learn, tokens outside the vocabulary, a full disk, or another notebook at the same work.
    """
    import keras

    _check(model, training, validation)
    checkpoint = Path(checkpoint)
    work = _work(checkpoint)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    run = {"epochs": epochs, "batch": batch_size, "patience": patience, "seed": seed, "network": _description(model)}
    run["texts"] = [zlib.crc32(np.ascontiguousarray(array).tobytes()) for array in (*training, *validation)]
    with keeping.alone(work), keeping.disk_full_said(checkpoint):
        history = _resume(model, work, run)
        done = len(history.get("loss", []))
        best = min(history.get("val_loss", []), default=None)
        if watch and not done:
            watch(model, history)
        keras.utils.set_random_seed(seed + done)
        interrupted = False
        try:
            model.fit(
                *_with_short_prefixes(*training, seed),
                validation_data=validation,
                epochs=epochs,
                initial_epoch=done,
                batch_size=batch_size,
                verbose=0,
                callbacks=[
                    keras.callbacks.ModelCheckpoint(work / "best.part.keras", save_best_only=True, initial_value_threshold=best),
                    stopping := keras.callbacks.EarlyStopping(patience=patience),
                    _epoch_keeper(work, history, stopping, epochs, watch),
                ],
            )
        except KeyboardInterrupt:
            interrupted = True
        _keep_best(model, work, checkpoint, finished=not interrupted)
    if interrupted:
        say(
            f"Entraînement interrompu après {len(history.get('loss', []))} époque(s) sur {epochs} : le meilleur réseau est "
            "gardé, relancez pour continuer."
        )
    return history


def under_way(checkpoint: Path) -> Path | None:
    """Return what is kept of the training that writes this file, where it was cut and would go on; ``None`` where it is done."""
    work = _work(checkpoint)
    return work if work.exists() else None


def _work(checkpoint: Path) -> Path:
    return Path(checkpoint).with_name(f"{Path(checkpoint).stem}.training")


def _description(model: "keras.Model") -> str:
    """Return the configuration of a network, without the numbers that Keras gives to layers (``lstm_5``)."""
    described = json.dumps([model.get_config(), float(model.optimizer.learning_rate)], default=str)
    return re.sub(r"_\d+\b", "", described)


def _check(model: "keras.Model", *sequences: tuple[np.ndarray, np.ndarray]) -> None:
    vocab_size = model.output_shape[-1]
    for inputs, targets in sequences:
        if len(targets) == 0:
            raise WorkshopError(
                "Il n’y a pas de texte à apprendre : donnez au moins deux tokens pour l’entraînement et la validation."
            )
        if max(inputs.max(), targets.max()) >= vocab_size:
            raise WorkshopError(
                f"Des tokens dépassent les {vocab_size} du réseau : construisez-le avec vocab_size=len(tokenizer)."
            )


def _with_short_prefixes(inputs: np.ndarray, targets: np.ndarray, seed: int, share: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Cut a share of the prefixes short, so that the network also learns to begin: a prompt of three words is mostly padding."""
    generator = np.random.default_rng(seed)
    cut = generator.integers(0, inputs.shape[1], len(inputs)) * (generator.random(len(inputs)) < share)
    return np.where(np.arange(inputs.shape[1]) < cut[:, None], PAD, inputs).astype(np.int32), targets


def _epoch_keeper(
    work: Path,
    history: dict[str, list],
    stopping: "keras.callbacks.EarlyStopping",
    epochs: int,
    watch: "Callable[[keras.Model, dict[str, list]], None] | None",
) -> Any:
    """Return the callback that tells each epoch and saves it, whole, with all that the next one needs."""
    import keras

    class EpochKeeper(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            losses = history.get("val_loss", [])
            if losses:  # early stopping goes on counting where it was
                stopping.best, stopping.best_epoch = min(losses), int(np.argmin(losses))
                stopping.wait = len(losses) - 1 - stopping.best_epoch

        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
                history.setdefault(name, []).append(float(logs[name]))
            if (work / "best.part.keras").exists():
                os.replace(work / "best.part.keras", work / "best.keras")
            if watch:
                watch(self.model, history)
            _save_epoch(self.model, work, history)
            say(
                f"époque {epoch + 1}/{epochs} · perte {french(logs['loss'], 2)}, "
                f"exactitude {french(100 * logs['accuracy'], 1)} % · "
                f"validation : perte {french(logs['val_loss'], 2)}, exactitude {french(100 * logs['val_accuracy'], 1)} % · "
                f"{time.perf_counter() - self.start:.0f} s"
            )

    return EpochKeeper()


def _save_epoch(model: "keras.Model", work: Path, history: dict[str, list[float]]) -> None:
    """Keep the state after this epoch and after the one before."""
    part = work / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    model.save(part / "model.keras")
    (part / "history.json").write_text(json.dumps(history), encoding="utf-8")
    keeping.seal(part)
    part.rename(work / f"epoch-{len(history['loss']):03d}")
    for old in sorted(work.glob("epoch-*"))[:-2]:
        shutil.rmtree(old)


def _resume(model: "keras.Model", work: Path, run: dict) -> dict[str, list[float]]:
    """Put the last sound epoch of this very run back into ``model`` and return its history (empty: begin)."""
    (work / "best.part.keras").unlink(missing_ok=True)  # half of a file, if that is where it was cut
    saved = sorted(work.glob("epoch-*"), reverse=True)
    if keeping.read_json(work / "run.json") != run:
        if saved:
            say("Les réglages ou les textes ont changé : l’entraînement repart du début.")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        (work / "run.json").write_text(json.dumps(run), encoding="utf-8")
        return {}
    for position, folder in enumerate(saved):
        number = int(folder.name.rpartition("-")[2])
        if keeping.is_sound(folder):
            _put_back(model, folder / "model.keras")
            say(f"Reprise après l’époque {number}.")
            return keeping.read_json(folder / "history.json") or {}
        instead = "on reprend à celle d’avant" if position + 1 < len(saved) else "on recommence depuis le début"
        say(f"La sauvegarde de l’époque {number} est abîmée : {instead}.")
        shutil.rmtree(folder)
    (work / "best.keras").unlink(missing_ok=True)
    return {}


def _put_back(model: "keras.Model", path: Path) -> None:
    """Copy the weights and the state of the optimizer from a file into ``model``."""
    saved = load(path)
    model.set_weights(saved.get_weights())
    model.optimizer.build(model.trainable_variables)
    for variable, value in zip(model.optimizer.variables, saved.optimizer.variables, strict=True):
        variable.assign(value)


def _keep_best(model: "keras.Model", work: Path, checkpoint: Path, finished: bool) -> None:
    """Give ``model`` its best weights; write them at their place, unless an unfinished training would hide a finished one."""
    best = work / "best.keras"
    if best.exists():
        model.set_weights(load(best).get_weights())
        if finished or not checkpoint.exists():
            part = checkpoint.with_name(f".{checkpoint.stem}.part.keras")
            shutil.copyfile(best, part)
            os.replace(part, checkpoint)
    if finished:
        shutil.rmtree(work)


def load(path: Path) -> "keras.Model":
    """Load a network from its ``.keras`` file.

    Raises:
        WorkshopError: the file is absent or damaged.
    """
    import keras

    try:
        return keras.saving.load_model(path, safe_mode=True)
    except Exception as error:  # a damaged file fails in as many ways as there are libraries underneath
        state = "est abîmé" if Path(path).exists() else "n’existe pas"
        raise WorkshopError(f"Le réseau « {path} » {state} : relancez l’entraînement du BiLSTM (chapitre 03).") from error


def next_token_probabilities(model: "keras.Model", token_ids: list[int]) -> np.ndarray:
    """Return the probability of each token of the vocabulary after these, ``(vocab_size,)``; only the last ``window`` count."""
    window = model.input_shape[1]
    prefix = np.full((1, window), PAD, dtype=np.int32)
    kept = np.asarray(token_ids[-window:], dtype=np.int32)
    prefix[0, window - len(kept) :] = kept
    return np.asarray(model.predict_on_batch(prefix))[0]


def negative_log_likelihood(model: "keras.Model", token_ids: Sequence[int] | np.ndarray, batch_size: int = 512) -> float:
    """Return the summed negative log-likelihood of all these tokens, in nats; the first one is read after the end of a text."""
    inputs, targets = prefix_sequences([PAD, *token_ids], model.input_shape[1])
    total = 0.0
    for start in range(0, len(targets), batch_size):
        expected = targets[start : start + batch_size]
        probabilities = np.asarray(model.predict_on_batch(inputs[start : start + batch_size]))
        total -= np.log(np.maximum(probabilities[np.arange(len(expected)), expected], 1e-30)).sum(dtype=np.float64)
    return float(total)
