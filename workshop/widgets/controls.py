"""The settings of generation, each with its explanation: the essential ones first, the others folded."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets as w

from ..generation.sampling import Sampling
from .common import sentence

#: Settings that make a manner; the others are left alone.
PRESETS: dict[str, dict[str, Any]] = {
    "sage": {"temperature": 0.6, "top_k": 40, "top_p": 0.85, "repetition_penalty": 1.15},
    "équilibré": {"temperature": 0.8, "top_k": 0, "top_p": 0.9, "repetition_penalty": 1.0},
    "rêveur": {"temperature": 1.2, "top_k": 0, "top_p": 0.97, "repetition_penalty": 1.0},
}


@dataclass(frozen=True)
class _Control:
    name: str
    explanation: str
    low: float
    high: float
    step: float


CONTROLS = {
    "temperature": _Control("température", "En dessous de 1, le modèle assure ; au-dessus, il ose.", 0.1, 2.0, 0.05),
    "max_new_tokens": _Control("longueur", "Combien de tokens écrire : 80 font un paragraphe.", 10, 300, 10),
    "top_p": _Control("top-p", "Ne garder que les plus probables qui, ensemble, font cette part (1 : tous).", 0.05, 1.0, 0.01),
    "top_k": _Control("top-k", "Ne garder que les k tokens les plus probables (0 : tous).", 0, 200, 1),
    "no_repeat_ngram_size": _Control("n-grammes", "Ne jamais écrire deux fois la même suite de n tokens (0 : permis).", 0, 6, 1),
    "repetition_penalty": _Control(
        "pénalité", "Au-dessus de 1, les tokens déjà écrits deviennent moins probables.", 1.0, 2.0, 0.05
    ),
    "num_beams": _Control(
        "faisceaux", "À partir de 2, chercher la suite la plus probable, sans hasard (GPT-2 seulement).", 1, 6, 1
    ),
}
ESSENTIAL = ("temperature", "max_new_tokens")
FINE = tuple(name for name in CONTROLS if name not in ESSENTIAL)


def setting_slider(name: str, value: float) -> w.Widget:
    """Return the slider of one setting; arrow keys move it, and its figure can be typed."""
    control = CONTROLS[name]
    start = min(max(value, control.low), control.high)
    whole = isinstance(control.step, int)
    kind, more = (w.IntSlider, {}) if whole else (w.FloatSlider, {"readout_format": ".2f"})
    return kind(
        start, min=control.low, max=control.high, step=control.step, description=control.name,
        tooltip=control.name, style={"description_width": "auto"}, layout={"width": "auto"}, **more,
    )  # fmt: skip


def explained(widget: w.Widget, explanation: str) -> w.VBox:
    """Return a control above its explanation."""
    told = w.HTML(f'<div class="atelier-told">{sentence(explanation)}</div>', layout={"margin": "0"})
    return w.VBox([widget, told]).add_class("atelier-control").add_class("atelier-above")


class Controls(w.VBox):
    """Sliders that make a :class:`~workshop.generation.Sampling`: ``sampling`` reads it, ``put`` sets it.

    ``sliders`` has one slider for each name of :data:`CONTROLS`, ``seed`` is the box of the seed.
    """

    def __init__(self, sampling: Sampling, seeded: bool = True, first: w.Widget | None = None):
        """Begin at ``sampling``; ``seeded``: with the seed and its die; ``first`` is shown before all."""
        self.sliders = {name: setting_slider(name, getattr(sampling, name)) for name in CONTROLS}
        self.presets = w.ToggleButtons(
            options=list(PRESETS), value=None, description="manière", tooltips=[_told(values) for values in PRESETS.values()],
            style={"description_width": "auto", "button_width": "auto"},
        )  # fmt: skip
        self.seed = w.BoundedIntText(
            sampling.seed, min=0, max=999_999, description="graine", tooltip="graine",
            style={"description_width": "auto"}, layout={"width": "90px"},
        )  # fmt: skip
        self.die = w.Button(description="⚂ au hasard", tooltip="Tirer une autre graine au hasard")
        self.die.on_click(lambda _: setattr(self.seed, "value", random.randrange(1_000_000)))
        seed = explained(w.HBox([self.seed, self.die]), "La même graine redonne le même texte ; le dé en tire une autre.")
        essential = [explained(self.sliders[name], CONTROLS[name].explanation) for name in ESSENTIAL]
        fine = [explained(self.sliders[name], CONTROLS[name].explanation) for name in FINE]
        self.fine = w.Accordion([w.Box(fine).add_class("atelier-grid")], titles=("Réglages fins",), selected_index=None)
        rows = [explained(self.presets, "Trois façons d’écrire toutes prêtes."), *essential, *([seed] if seeded else [])]
        rows = [first, *rows] if first else rows
        super().__init__([w.Box(rows).add_class("atelier-grid"), self.fine])
        self._recognise()
        self.presets.observe(self._preset_chosen, "value")
        self.on_change(lambda: self._recognise())

    @property
    def sampling(self) -> Sampling:
        """The settings as they are now."""
        return Sampling(**{name: slider.value for name, slider in self.sliders.items()}, seed=self.seed.value)

    def put(self, sampling: Sampling) -> None:
        """Move every control to ``sampling``."""
        for name, slider in self.sliders.items():
            slider.value = min(max(getattr(sampling, name), slider.min), slider.max)
        self.seed.value = sampling.seed

    def on_change(self, call: Callable[[], None]) -> None:
        """Call ``call()`` whenever a slider has moved."""
        for slider in self.sliders.values():
            slider.observe(lambda _: call(), "value")

    def _preset_chosen(self, change: dict) -> None:
        for name, value in PRESETS.get(change["new"], {}).items():
            self.sliders[name].value = value

    def _recognise(self) -> None:
        """Light the preset that the sliders make, if they make one."""
        self.presets.value = next(
            (
                preset
                for preset, values in PRESETS.items()
                if all(abs(self.sliders[name].value - value) < 1e-9 for name, value in values.items())
            ),
            None,
        )


def _told(values: dict[str, float]) -> str:
    return ", ".join(f"{CONTROLS[name].name} {value:g}".replace(".", ",") for name, value in values.items())
