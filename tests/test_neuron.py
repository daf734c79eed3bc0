"""The neuron: its answers, its loss, its slope, its ways down; and that the cloud teaches what chapter 00 says it does."""

import numpy as np
import pytest

from workshop.neuron import START, cats_and_dogs, errors, gradient_step, loss, neuron, subtractions, train


@pytest.fixture(scope="module")
def cloud():
    return cats_and_dogs()


def _wrong(cloud, run, at=-1):
    return int(errors(*cloud, run.weights[at], run.biases[at]).sum())


def test_neuron_on_one_animal_and_on_many():
    weights = np.array([1.0, -1.0])
    assert neuron(np.array([2.0, 2.0]), weights, 0.0) == 0.5
    assert neuron(np.array([[5.0, 2.0], [2.0, 5.0]]), weights, 0.0) == pytest.approx([0.952574, 0.047426], abs=1e-6)


def test_loss_of_a_doubt_of_a_certainty_and_of_a_blunder():
    animals, labels = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1, 0])
    assert loss(animals, labels, np.zeros(2), 0.0) == pytest.approx(np.log(2))
    assert loss(animals, labels, np.array([30.0, 0.0]), 0.0) < 1e-9
    assert 10 < loss(animals, labels, np.array([-30.0, 0.0]), 0.0) < 31


def test_slope_is_that_of_the_loss(cloud):
    """A tiny step changes the loss as the slope says, along each weight and along the bias."""
    weights, bias = np.array([0.3, -0.2]), 0.1
    moved, moved_bias = gradient_step(*cloud, weights, bias, 1.0)
    slopes, tiny = [*(weights - moved), bias - moved_bias], 1e-6
    for i, slope in enumerate(slopes):
        nudge = np.eye(3)[i] * tiny
        ahead, behind = (loss(*cloud, weights + s * nudge[:2], bias + s * nudge[2]) for s in (1, -1))
        assert (ahead - behind) / (2 * tiny) == pytest.approx(slope, abs=1e-6)


def test_cloud_is_the_same_every_time_and_fits_the_picture(cloud):
    again = cats_and_dogs()
    assert np.array_equal(cloud[0], again[0]) and np.array_equal(cloud[1], again[1])
    assert cloud[0].min() > 0.5 and cloud[0].max() < 9.5
    assert cloud[1].tolist() == [0] * 30 + [1] * 30


def test_no_line_does_better_than_two_errors_and_the_start_is_poor(cloud):
    animals, labels = cloud
    fewest = len(labels)
    for angle in np.linspace(0, np.pi, 721):
        heights = animals @ [np.cos(angle), np.sin(angle)]
        cuts = np.concatenate([[-99], np.sort(heights) + 1e-9])
        wrong = np.array([((heights > cut) != (labels == 1)).sum() for cut in cuts])
        fewest = min(fewest, wrong.min(), (len(labels) - wrong).min())
    assert fewest == 2
    assert errors(*cloud, *START).sum() > 50
    assert all(((animals[:, i] > t) != (labels == 1)).sum() not in range(4) for i in (0, 1) for t in np.arange(0, 10, 0.1))


def test_learning_rates_too_small_right_too_large(cloud):
    small, right, large = (train(*cloud, rate) for rate in (0.001, 0.1, 3.0))
    assert small.losses[-1] > 0.9 * small.losses[0] and _wrong(cloud, small) > 50
    assert (np.diff(right.losses) < 0).all() and right.losses[-1] < 0.4 and _wrong(cloud, right) == 2
    assert large.losses.max() > 5 and large.losses[-1] > right.losses[-1] and _wrong(cloud, large) > 2


def test_batches_make_more_steps_in_the_same_epochs(cloud):
    whole, batches, single = (train(*cloud, 0.1, 10, size) for size in (None, 16, 1))
    assert [len(run.losses) - 1 for run in (whole, batches, single)] == [10, 40, 600]
    assert whole.epochs[-1] == batches.epochs[-1] == single.epochs[-1] == 10
    assert (np.diff(whole.losses) < 0).all()
    assert (np.diff(single.losses) > 0).any(), "one animal at a time goes up and down"
    assert batches.losses[-1] < whole.losses[-1]


@pytest.mark.parametrize("seed", range(1, 7))
def test_who_knows_cats_and_dogs_learns_their_cousins_sooner(cloud, seed):
    """What chapter 00 shows of transfer learning holds for other cousins than those that it draws."""
    cousins, kinds = cats_and_dogs(5, seed=seed)
    cousins, learnt = cousins * [1.8, 1.4], train(*cloud)
    losses = []
    for weights, bias in ((np.zeros(2), 0.0), (learnt.weights[-1], learnt.biases[-1])):
        for _ in range(5):
            weights, bias = gradient_step(cousins, kinds, weights, bias, 0.1)
        losses.append(loss(cousins, kinds, weights, bias))
    assert losses[1] < losses[0] / 2


def test_same_seed_same_training(cloud):
    assert np.array_equal(train(*cloud, epochs=2, batch_size=7).weights, train(*cloud, epochs=2, batch_size=7).weights)
    assert not np.array_equal(
        train(*cloud, epochs=2, batch_size=7).weights, train(*cloud, epochs=2, batch_size=7, seed=1).weights
    )


def test_the_book_of_subtractions_misleads_a_lazy_pupil():
    book = subtractions()
    assert len(book) == len({question for question, _ in book}) == 100
    assert all(a - b == answer and a > b > 0 for (a, b), answer in book)
    assert sum(answer == 6 for _, answer in book[:80]) == 70
    assert all(answer != 6 for _, answer in book[80:])
