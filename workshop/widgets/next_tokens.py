"""The next token: the ten best as bars, and what temperature, top-k and top-p do to them as a slider moves."""

import copy
import html

import ipywidgets as w
import numpy as np

from ..base.typography import french
from ..generation.sampling import Sampling, next_distribution, softmax
from ..generation.streaming import Writer
from . import playground_style
from .common import BLUE, FAINT, INK, Panel, sentence, svg
from .controls import CONTROLS, explained, setting_slider
from .narration import complaint
from .rivals import spelt
from .token_flow import percent

COUNT = 10
MOVED = ("temperature", "top_k", "top_p")
_ROW, _LEFT, _BARS = 32, 170, 380  # pixels


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
        style = w.HTML(playground_style.STYLE, layout={"display": "none"})
        super().__init__(style, self.beginning, grid.add_class("atelier-grid"), self.said, self.image)
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
            self.said.value = sentence(f"✗ {complaint(error)}")
            return
        self.raw = softmax(self.logits)
        self.best = np.argsort(-self.raw)[:COUNT]
        self._draw()

    def _draw(self, _: object = None) -> None:
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
        """Return the ten tokens and their probabilities as a sentence."""
        listed = ", ".join(f"{spelt(self.writer.spell(int(i)))} {self._share(i)}" for i in self.best)
        return f"Après « {self.beginning.value} » : {listed}. {self._summary()}"

    def _share(self, token: int) -> str:
        return percent(float(self.probabilities[token])) if self.probabilities[token] > 0 else "écarté"

    def picture(self) -> str:
        """Return the bars: full for what can be drawn, an outline for what the model thought, hatched for what is removed."""
        longest = max(0.05, float(max(self.raw[self.best].max(), self.probabilities[self.best].max())))
        parts = []
        for row, token in enumerate(self.best.tolist()):
            y, after, before = 12 + _ROW * row, float(self.probabilities[token]), float(self.raw[token])
            out, name = after == 0, html.escape(spelt(self.writer.spell(token)))
            wide, thought = max(1.5, _BARS * after / longest), max(1.5, _BARS * before / longest)
            strike = ' text-decoration="line-through" fill-opacity=".7"' if out else ""
            parts.append(f'<text x="{_LEFT - 12}" y="{y + 17}" text-anchor="end"{strike}>{name}</text>')
            parts.append(_hatch(_LEFT, y, thought) if out else _full(_LEFT, y, wide))
            parts.append(_outline(_LEFT, y, thought))
            end = _LEFT + thought if out else _LEFT + max(wide, thought)
            parts.append(f'<text x="{end + 10:.1f}" y="{y + 17}">{self._share(token)}</text>')
        y = 12 + _ROW * len(self.best) + 14
        parts.append(_key(y))
        now, kept = self.sampling, int((self.probabilities > 0).sum())
        notes = {"temperature": now.temperature, "topk": now.top_k, "topp": now.top_p, "kept": kept}
        return svg(720, y + 26, self.text(), *parts, **notes)


def _full(x: float, y: float, width: float, height: int = 22) -> str:
    return f'<rect x="{x}" y="{y}" width="{width:.1f}" height="{height}" rx="2" fill="{BLUE}"/>'


def _outline(x: float, y: float, width: float, height: int = 22) -> str:
    box = f'x="{x}" y="{y}" width="{width:.1f}" height="{height}" rx="2"'
    return f'<rect {box} fill="none" stroke="{INK}" stroke-dasharray="4 2"/>'


def _hatch(x: float, y: float, width: float, height: int = 22) -> str:
    slant = height / 2
    lines = "".join(f"M{x + 7 * i:.0f} {y + height}l{slant} {-height}" for i in range(int((width - slant) // 7) + 1))
    return f'<path d="{lines}" stroke="{FAINT}" stroke-width="1.5"/>' if lines else ""


def _key(y: int) -> str:
    """Draw what the three kinds of bars mean."""
    drawn = (
        (20, _full, "peut être tiré"),
        (170, _hatch, "écarté par top-k ou top-p"),
        (400, _outline, "avis du modèle, avant réglages"),
    )
    return "".join(f'{draw(x, y, 26, 13)}<text x="{x + 34}" y="{y + 11}" font-size="13">{name}</text>' for x, draw, name in drawn)
