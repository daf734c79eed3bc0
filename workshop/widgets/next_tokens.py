"""The next token: the ten best as bars, and what temperature, top-k and top-p do to them as a slider moves."""

import copy
import html

import ipywidgets as w
import numpy as np

from ..generation import Writer
from ..sampling import Sampling, next_distribution, softmax
from ..typography import french
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
            style={"description_width": "130px"}, layout={"width": "auto"},
        )  # fmt: skip
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
        parts = [
            '<defs><pattern id="atelier-out" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<path d="M0 0v7" stroke="{FAINT}" stroke-width="2.5"/></pattern></defs>'
        ]
        for row, token in enumerate(self.best.tolist()):
            y, after, before = 12 + _ROW * row, float(self.probabilities[token]), float(self.raw[token])
            out, name = after == 0, html.escape(spelt(self.writer.spell(token)))
            wide, thought = max(1.5, _BARS * after / longest), max(1.5, _BARS * before / longest)
            strike = ' text-decoration="line-through" fill-opacity=".7"' if out else ""
            bar = (
                f'<rect x="{_LEFT}" y="{y}" width="{thought:.1f}" height="22" fill="url(#atelier-out)"/>'
                if out
                else f'<rect x="{_LEFT}" y="{y}" width="{wide:.1f}" height="22" rx="2" fill="{BLUE}"/>'
            )
            parts.append(
                f'<text x="{_LEFT - 12}" y="{y + 17}" text-anchor="end"{strike}>{name}</text>'
                f'{bar}<rect x="{_LEFT}" y="{y}" width="{thought:.1f}" height="22" rx="2" fill="none" stroke="{INK}"'
                f' stroke-width="1.3" stroke-dasharray="3 2"/>'
                f'<text x="{_LEFT + max(wide, thought) + 10:.1f}" y="{y + 17}">{self._share(token)}</text>'
            )
        y = 12 + _ROW * len(self.best) + 14
        parts.append(_key(y))
        now = self.sampling
        notes = {
            "temperature": now.temperature,
            "top_k": now.top_k,
            "top_p": now.top_p,
            "kept": int((self.probabilities > 0).sum()),
        }
        return svg(720, y + 26, self.text(), *parts, **{name.replace("_", "-"): value for name, value in notes.items()})


def _key(y: int) -> str:
    """Draw what the three kinds of bars mean."""
    small = 'font-size="13"'
    return (
        f'<rect x="20" y="{y}" width="26" height="13" fill="{BLUE}"/><text x="52" y="{y + 11}" {small}>peut être tiré</text>'
        f'<rect x="180" y="{y}" width="26" height="13" fill="url(#atelier-out)"/>'
        f'<text x="212" y="{y + 11}" {small}>écarté par top-k ou top-p</text>'
        f'<rect x="420" y="{y}" width="26" height="13" fill="none" stroke="{INK}" stroke-width="1.3" stroke-dasharray="3 2"/>'
        f'<text x="452" y="{y + 11}" {small}>ce que pensait le modèle (température 1)</text>'
    )
