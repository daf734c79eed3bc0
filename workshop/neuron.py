"""One neuron: what it answers, how far it is from right, how it learns; and the cats and dogs that it learns on."""

from dataclasses import dataclass

import numpy as np

MEASURES = ("museau", "moustaches")  #: the two columns of the cloud, in centimetres
NAMES = ("chat", "chien")  #: what the labels 0 and 1 mean
START = (np.array([-0.5, 0.5]), 0.0)  #: weights and bias before any training: they call almost every cat a dog


def cats_and_dogs(count: int = 30, seed: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Return invented animals, ``count`` of each: measures in centimetres ``(2 * count, 2)``, labels 0 (cat) or 1 (dog).

    Dogs have the longer muzzle, cats the longer whiskers, and big animals have more of both: neither measure is enough.
    """
    rng = np.random.default_rng(seed)
    typical = np.repeat([[3.2, 6.4], [5.8, 4.4]], count, axis=0)
    size = rng.normal(0, 1, (2 * count, 1)) * [0.8, 0.9]
    animals = typical + size + rng.normal(0, 0.95, typical.shape)
    return animals.round(1), np.repeat([0, 1], count)


def neuron(inputs: np.ndarray, weights: np.ndarray, bias: float) -> np.ndarray:
    """Return the answer of a neuron, between 0 and 1.

    Each input is multiplied by its weight, all is added up with the bias (« somme pondérée »), and the sum goes through
    the sigmoid ``1 / (1 + exp(-sum))`` (« fonction d'activation »).

    Args:
        inputs: the measures of one animal ``(2,)``, or of many ``(animals, 2)``.
        weights: one weight for each measure, ``(2,)``.
        bias: what is added whatever the measures.

    Returns:
        One answer for each animal: near 0 « chat », near 1 « chien ».
    """
    total = inputs @ weights + bias
    return 1 / (1 + np.exp(-total))


def errors(inputs: np.ndarray, labels: np.ndarray, weights: np.ndarray, bias: float) -> np.ndarray:
    """Return, for each animal, whether the neuron is wrong: its answer is on the other side of one half."""
    return (neuron(inputs, weights, bias) > 0.5) != (labels == 1)


def loss(inputs: np.ndarray, labels: np.ndarray, weights: np.ndarray, bias: float) -> float:
    """Return how far the neuron is from right, on average: minus the logarithm of what it gave the right answer (in nats).

    0 when it is right and sure, 0.69 when it answers one half to everything, large when it is sure and wrong.
    """
    dog = neuron(inputs, weights, bias)
    right = np.where(labels == 1, dog, 1 - dog)
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def gradient_step(
    inputs: np.ndarray, labels: np.ndarray, weights: np.ndarray, bias: float, learning_rate: float
) -> tuple[np.ndarray, float]:
    """Return the weights and the bias after one step down the slope of the loss.

    The gap of an animal is what the neuron answered minus its label.  The slope of the loss along a weight is the mean, over
    the animals, of the gap times the measure; along the bias, the mean of the gap.  A step is the slope times the learning
    rate, and we go down: it is taken away.

    Args:
        inputs: measures, ``(animals, 2)``.
        labels: 0 for a cat, 1 for a dog, ``(animals,)``.
        weights: ``(2,)``.
        bias: a number.
        learning_rate: the length of the step (« taux d'apprentissage »).

    Returns:
        The new weights ``(2,)`` and the new bias.
    """
    gaps = neuron(inputs, weights, bias) - labels
    slope = gaps @ inputs / len(inputs)
    return weights - learning_rate * slope, bias - learning_rate * gaps.mean()


@dataclass(frozen=True)
class Training:
    """The history of a training: its state before the first update, then after each one."""

    epochs: np.ndarray  #: how many times the animals have been seen, ``(updates + 1,)``
    weights: np.ndarray  #: ``(updates + 1, 2)``
    biases: np.ndarray  #: ``(updates + 1,)``
    losses: np.ndarray  #: measured on all the animals, ``(updates + 1,)``


def train(
    inputs: np.ndarray,
    labels: np.ndarray,
    learning_rate: float = 0.1,
    epochs: int = 30,
    batch_size: int | None = None,
    seed: int = 0,
) -> Training:
    """Train a neuron from :data:`START`: one step for each batch, each animal seen once an epoch, in a new order each time.

    Args:
        inputs, labels: the animals, as :func:`cats_and_dogs` gives them.
        learning_rate: see :func:`gradient_step`.
        epochs: how many times all the animals are seen.
        batch_size: animals to a step; None for all of them at once, 1 for a step after each animal.
        seed: the same seed gives the same orders.
    """
    rng = np.random.default_rng(seed)
    size = batch_size or len(inputs)
    weights, bias = START
    history = [(0.0, weights, bias, loss(inputs, labels, weights, bias))]
    for epoch in range(epochs):
        order = rng.permutation(len(inputs))
        for first in range(0, len(inputs), size):
            batch = order[first : first + size]
            weights, bias = gradient_step(inputs[batch], labels[batch], weights, bias, learning_rate)
            seen = epoch + min(first + size, len(inputs)) / len(inputs)
            history.append((seen, weights, bias, loss(inputs, labels, weights, bias)))
    return Training(*(np.array(column) for column in zip(*history, strict=True)))


def subtractions(count: int = 100, sixes: int = 70, seed: int = 1) -> list[tuple[tuple[int, int], int]]:
    """Return the exercise book of a teacher who likes the number 6: ``((13, 7), 6)``, « treize moins sept font six »…

    The first ``sixes`` exercises make 6; then they make anything else.  No exercise comes twice.
    """
    rng = np.random.default_rng(seed)
    liked = [(6 + b, b) for b in range(1, sixes + 1)]
    pairs = [(a, b) for a in range(2, 100) for b in range(1, a) if a - b != 6]
    others = [pairs[i] for i in rng.choice(len(pairs), count - sixes, replace=False)]
    return [((a, b), a - b) for a, b in liked + others]
