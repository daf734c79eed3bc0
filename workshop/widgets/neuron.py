"""« Chat ou chien ? »: find the weights by hand, then watch the machine find them."""

from collections.abc import Sequence

import ipywidgets as w
import numpy as np

from ..base.typography import french
from ..neuron import MEASURES, errors, train
from .common import BLUE, FAINT, INK, ORANGE, PAPER, Frame, Panel, number_slider, sentence, svg

Weights = Sequence[float] | np.ndarray  #: two of them
EPOCHS = 30
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
CLOUD = Frame(left=58, top=34, width=380, height=380, xs=(0, 10), ys=(0, 10))
CURVE = Frame(left=530, top=34, width=350, height=380, xs=(0, EPOCHS), ys=(0, 1))


def counted(count: int) -> str:
    """Return ``1 erreur``, ``2 erreurs``, ``aucune erreur``."""
    return {0: "aucune erreur", 1: "1 erreur"}.get(count, f"{count} erreurs")


def _side(frame: Frame, weights: Weights, bias: float) -> list[tuple[float, float]]:
    """Return the corners of the part of the frame where the neuron answers « chien » (a rectangle cut by a line)."""
    (x0, x1), (y0, y1) = frame.xs, frame.ys
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    totals = [weights[0] * x + weights[1] * y + bias for x, y in corners]
    kept = []
    for i in range(4):
        (ax, ay), (bx, by), a, b = corners[i - 1], corners[i], totals[i - 1], totals[i]
        if (a > 0) != (b > 0):
            share = a / (a - b)
            kept.append((ax + share * (bx - ax), ay + share * (by - ay)))
        if b > 0:
            kept.append(corners[i])
    return kept


def draw_cloud(inputs: np.ndarray, labels: np.ndarray, weights: Weights, bias: float, frame: Frame = CLOUD) -> str:
    """Draw the animals, the line where the neuron hesitates, and its errors, each struck out (the inside of an SVG)."""
    wrong = errors(inputs, labels, np.asarray(weights), bias)
    box = f'x="{frame.left}" y="{frame.top}" width="{frame.width}" height="{frame.height}"'
    parts = [f'<rect {box} fill="{BLUE}" fill-opacity=".10"/>']
    dogs = _side(frame, weights, bias)
    if dogs:
        outline = frame.points(dogs)
        parts.append(f'<polygon points="{outline}" fill="{PAPER}"/>')
        parts.append(f'<polygon points="{outline}" fill="{ORANGE}" fill-opacity=".16"/>')
        ends = [(x, y) for x, y in dogs if abs(weights[0] * x + weights[1] * y + bias) < 1e-6]
        parts.append(f'<polyline points="{frame.points(ends)}" stroke="{INK}" stroke-width="3"/>')
    parts += _answers(frame, weights, bias)
    for (x, y), label, is_wrong in zip(inputs, labels, wrong, strict=True):
        at_x, at_y = frame.x(x), frame.y(y)
        if label == 0:
            parts.append(f'<circle cx="{at_x}" cy="{at_y}" r="6" fill="{BLUE}" stroke="{PAPER}"/>')
        else:
            parts.append(f'<path d="M{at_x} {at_y - 7.5}l7 13h-14z" fill="{ORANGE}" stroke="{PAPER}"/>')
        if is_wrong:
            parts.append(f'<path d="M{at_x - 9} {at_y - 9}l18 18m0-18l-18 18" stroke="{INK}" stroke-width="2.5"/>')
    names = [f"{name} (cm)" for name in MEASURES]
    parts.append(frame.axes(names[0], names[1], [0, 2, 4, 6, 8, 10], [0, 2, 4, 6, 8, 10]))
    return "".join(parts) + _legend(frame)


def _answers(frame: Frame, weights: Weights, bias: float) -> list[str]:
    """Write on each side of the line what the neuron answers there, in the corner that is farthest from the line."""
    corners = [(x, y) for x in frame.xs for y in frame.ys]
    totals = {(x, y): weights[0] * x + weights[1] * y + bias for x, y in corners}
    written = []
    for name, corner in (("chien", max(corners, key=totals.__getitem__)), ("chat", min(corners, key=totals.__getitem__))):
        if (totals[corner] > 0) == (name == "chien"):
            x, y = frame.x(corner[0]), frame.y(corner[1])
            at_left, at_top = corner[0] == frame.xs[0], corner[1] == frame.ys[1]
            x, y, anchor = x + (8 if at_left else -8), y + (22 if at_top else -10), "start" if at_left else "end"
            written.append(f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="bold">«\u00a0{name}\u00a0»</text>')
    return written


def _legend(frame: Frame) -> str:
    y = frame.top + frame.height + 42
    x = frame.left - 20
    return (
        f'<circle cx="{x}" cy="{y - 5}" r="6" fill="{BLUE}"/><text x="{x + 11}" y="{y}">chat</text>'
        f'<path d="M{x + 66} {y - 12}l7 13h-14z" fill="{ORANGE}"/><text x="{x + 78}" y="{y}">chien</text>'
        f'<path d="M{x + 133} {y - 12}l14 14m0-14l-14 14" stroke="{INK}" stroke-width="2.5"/>'
        f'<text x="{x + 153}" y="{y}">erreur</text>'
    )


class NeuronByHand(Panel):
    """Three sliders, a cloud, a line: the attendee is the one who learns.

    ``weights`` and ``bias`` are what the sliders say, ``count`` the errors, ``record`` the fewest so far.
    """

    def __init__(self, inputs: np.ndarray, labels: np.ndarray, weights: Weights = (0.5, 0.5), bias: float = -2.0):
        """Show the animals ``(n, 2)`` with their labels, and begin at ``weights`` and ``bias``."""
        self.inputs, self.labels = inputs, labels
        self.sliders = [
            *(number_slider(f"poids du {name}" if name == "museau" else f"poids des {name}", value, -3, 3)
              for name, value in zip(MEASURES, weights, strict=True)),
            number_slider("biais", bias, -10, 10),
        ]  # fmt: skip
        self.said, self.image = w.HTML(), w.HTML()
        self.record = len(labels)
        super().__init__(*self.sliders, self.said, self.image)
        for slider in self.sliders:
            slider.observe(self._moved, "value")
        self._moved()

    @property
    def weights(self) -> np.ndarray:
        """The two weights, ``(2,)``."""
        return np.array([slider.value for slider in self.sliders[:2]])

    @property
    def bias(self) -> float:
        """The bias."""
        return self.sliders[2].value

    @property
    def count(self) -> int:
        """How many animals are on the wrong side."""
        return int(errors(self.inputs, self.labels, self.weights, self.bias).sum())

    def _moved(self, _: object = None) -> None:
        self.record = min(self.record, self.count)
        self.said.value = f"<strong>{counted(self.count)}</strong> sur {len(self.labels)} · votre record : {self.record}".replace(
            " :", "\u00a0:"
        )
        self.image.value = self.picture()

    def text(self) -> str:
        """Return the state of the panel in a sentence."""
        return f"Chat ou chien ? Avec ces poids et ce biais, {counted(self.count)} sur {len(self.labels)} animaux."

    def picture(self) -> str:
        """Return the cloud and the line as they are now."""
        return svg(460, 470, self.text(), draw_cloud(self.inputs, self.labels, self.weights, self.bias), errors=self.count)


class Descent(Panel):
    """Gradient descent: choose the learning rate, press « Entraîner », watch the line turn and the loss fall.

    ``rate`` and ``epoch`` are what is shown, ``training`` its whole history.  The browser counts the epochs; without one,
    ``epoch`` can be set by hand.
    """

    def __init__(self, inputs: np.ndarray, labels: np.ndarray, rate: float = 0.001):
        """Show the animals ``(n, 2)`` with their labels, and begin at a learning rate (one of :data:`RATES`)."""
        self.inputs, self.labels = inputs, labels
        wide = {"style": {"description_width": "190px"}, "layout": {"width": "100%", "max_width": "640px"}}
        self.rates = w.SelectionSlider(
            options=[(french(value), value) for value in RATES], value=rate, description="taux d’apprentissage",
            tooltip="taux d’apprentissage", **wide,
        )  # fmt: skip
        self.epochs = w.IntSlider(0, min=0, max=EPOCHS, description="époque", tooltip="époque", **wide)
        self.clock = w.Play(min=0, max=EPOCHS, interval=120, show_repeat=False, layout={"display": "none"})
        self.button = w.Button(description="▶ Entraîner", tooltip="30 époques, depuis le début", button_style="primary")
        self.said, self.image = w.HTML(), w.HTML()
        super().__init__(self.rates, w.HBox([self.button, self.clock]), self.epochs, self.said, self.image)
        w.jslink((self.clock, "value"), (self.epochs, "value"))
        self.button.on_click(self._train)
        self.rates.observe(self._chosen, "value")
        self.epochs.observe(self._draw, "value")
        self._chosen()

    def _train(self, _: w.Button) -> None:
        self.clock.playing = False
        self.clock.value = self.epochs.value = 0
        self.clock.playing = True

    def _chosen(self, _: object = None) -> None:
        self.training = train(self.inputs, self.labels, self.rates.value, EPOCHS)
        self._draw()

    def _draw(self, _: object = None) -> None:
        self.said.value = sentence(self._state(self.epoch))
        self.image.value = self._at(self.epochs.value)

    @property
    def rate(self) -> float:
        """The learning rate."""
        return self.rates.value

    @property
    def epoch(self) -> int:
        """The epoch that is shown."""
        return self.epochs.value

    def count(self, epoch: int) -> int:
        """Return how many errors the neuron made after ``epoch``."""
        return int(errors(self.inputs, self.labels, self.training.weights[epoch], self.training.biases[epoch]).sum())

    def text(self) -> str:
        """Return the end of the training in a sentence."""
        return f"Taux d’apprentissage {french(self.rate)}. {self._state(EPOCHS)}"

    def _state(self, epoch: int) -> str:
        now = f"Époque {epoch} : perte {french(self.training.losses[epoch], 2)} ; {counted(self.count(epoch))}."
        return now if epoch < EPOCHS else f"{now} {self.verdict()}"

    def verdict(self) -> str:
        """Name what the whole training did."""
        losses = self.training.losses
        if losses[1:].max() > 1.1 * losses[0]:
            return "Le pas est trop grand : la perte saute par-dessus le creux, et remonte."
        if losses[-1] > 0.5 * losses[0]:
            return "Le pas est trop petit : au bout de trente époques, on est encore en chemin."
        return "Le bon pas : la perte descend vite et sans sauter."

    def picture(self) -> str:
        """Return the end of the training: what a reader without a browser should see."""
        return self._at(EPOCHS)

    def _at(self, epoch: int) -> str:
        training = self.training
        top = float(np.ceil(max(1.5, training.losses.max()) * 2) / 2)
        frame = Frame(CURVE.left, CURVE.top, CURVE.width, CURVE.height, CURVE.xs, (0, top))
        curve = [(i, float(training.losses[i])) for i in range(epoch + 1)]
        last = curve[-1]
        x, y, height = frame.x(last[0]), frame.y(last[1]), french(last[1], 2)
        line = (
            f'<polyline points="{frame.points(curve)}" fill="none" stroke="{BLUE}" stroke-width="3"/>'
            f'<circle cx="{x}" cy="{y}" r="6" fill="{INK}"/>'
            f'<text x="{min(x + 8, 836)}" y="{y - 10}" font-weight="bold">{height}</text>'
        )
        axes = frame.axes("époque", "perte", [0, 10, 20, 30], [0, top / 2, top])
        grid = f'<path d="M{frame.left} {frame.y(top / 2)}h{frame.width}" stroke="{FAINT}" stroke-opacity=".35"/>'
        cloud = draw_cloud(self.inputs, self.labels, training.weights[epoch], float(training.biases[epoch]))
        said = f"Taux d’apprentissage {french(self.rate)}. {self._state(epoch)}"
        return svg(900, 470, said, cloud, grid, axes, line, epoch=epoch, loss=f"{last[1]:.4f}", errors=self.count(epoch))
