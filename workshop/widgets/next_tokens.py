"""The next token: the ten best as bars, and what temperature, top-k and top-p do to them as a slider moves."""

import copy
import html

import ipywidgets as w
import numpy as np

from ..base.typography import french
from ..generation.sampling import Sampling, next_distribution, softmax
from ..generation.streaming import Writer
from . import bars
from .common import Panel, sentence, svg_of_words
from .controls import CONTROLS, explained, setting_slider
from .narration import complaint
from .token_flow import percent, spelt

COUNT = 10
MOVED = ("temperature", "top_k", "top_p")


class NextTokens(Panel):
    """Bars of the ten likeliest next tokens; sliders change what is drawn from, the model's own opinion stays as an outline.

    ``probabilities`` is the distribution after the sliders, ``raw`` the model's own, both ``(vocabulary,)``; ``best`` are the
    ten that the model likes best.
    """

    def __init__(self, writer: Writer, prompt: str, sampling: Sampling = Sampling(temperature=1.0, top_p=1.0)):  # noqa: B008
        """Ask ``writer`` once for what may follow ``prompt``, and begin at ``sampling``."""
        self.writer = copy.copy(writer)  # its own place in the text: another stream of the same model is not disturbed
        self.sliders = {name: setting_slider(name, getattr(sampling, name)) for name in MOVED}
        self.beginning = w.Text(
            prompt, description="début", tooltip="début", continuous_update=False,
            style={"description_width": "auto"}, layout={"width": "auto"},
        ).add_class("atelier-above")  # fmt: skip
        self.image, self.said = w.HTML(), w.HTML()
        grid = w.Box([explained(slider, CONTROLS[name].explanation) for name, slider in self.sliders.items()])
        super().__init__(self.beginning, grid.add_class("atelier-grid"), self.said, self.image)
        self.beginning.observe(self._read, "value")
        for slider in self.sliders.values():
            slider.observe(self._draw, "value")
        self._read()

    @property
    def sampling(self) -> Sampling:
        """What the sliders say."""
        return Sampling(**{name: slider.value for name, slider in self.sliders.items()})

    def _read(self, _: object = None) -> None:
        try:
            self.ids = self.writer.encode(self.beginning.value)
            self.logits = np.asarray(self.writer.start(self.ids), dtype=np.float64)
        except Exception as error:  # whatever a model does, the attendee reads a sentence
            self.logits = np.empty(0)
            self.said.value, self.image.value = sentence(f"✗ {complaint(error)}"), ""
            return
        self.raw = softmax(self.logits)
        self.best = np.argsort(-self.raw)[:COUNT]
        self._draw()

    def _draw(self, _: object = None) -> None:
        if not self.logits.size:  # the model has read nothing: what the panel says stays
            return
        self.probabilities = next_distribution(self.logits, self.sampling, self.ids)
        self.said.value = f"<div>{sentence(self._summary())}</div>"
        self.image.value = self.picture()

    def _summary(self) -> str:
        kept = int((self.probabilities > 0).sum())
        entropy = self.probabilities[self.probabilities > 0]
        choices = float(np.exp(-(entropy * np.log(entropy)).sum()))
        of = f"Tokens permis : {french(kept)} sur {french(len(self.raw))}."
        return f"{of} Tout se passe comme si l’on tirait au sort entre {french(choices, 1)} tokens également probables."

    def text(self) -> str:
        """Return the ten tokens and their probabilities as a sentence, or what kept the model from reading."""
        if not self.logits.size:
            return html.unescape(self.said.value)
        listed = ", ".join(f"{spelt(self.writer.spell(int(i)))} {self._share(i)}" for i in self.best)
        return f"Après « {self.beginning.value} » : {listed}. {self._summary()}"

    def _share(self, token: int) -> str:
        return percent(float(self.probabilities[token])) if self.probabilities[token] > 0 else "écarté"

    def picture(self) -> str:
        """Return the bars: full for what can be drawn, an outline for what the model thought, hatched for what is removed."""
        if not self.logits.size:
            return svg_of_words(self.text())
        now, kept = self.sampling, int((self.probabilities > 0).sum())
        notes = {"temperature": now.temperature, "topk": now.top_k, "topp": now.top_p, "kept": kept}
        return bars.draw([self._bar(token) for token in self.best.tolist()], self.text(), least=0.05, key=True, **notes)

    def _bar(self, token: int) -> bars.Bar:
        after, before = float(self.probabilities[token]), float(self.raw[token])
        name, out = spelt(self.writer.spell(token)), after == 0
        return bars.Bar(name, before if out else after, self._share(token), out, before)
