"""The settings of generation, each with its explanation: the essential ones first, the others folded."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets as w

from ..base.settings import settings
from ..base.typography import french
from ..generation.sampling import Sampling
from .common import Fold, sentence
from .slider import Slider, WholeSlider

#: Settings that make a manner; the others are left alone.
PRESETS: dict[str, dict[str, Any]] = {
    "sage": {"temperature": 0.6, "top_k": 40, "top_p": 0.85, "repetition_penalty": 1.15},
    "équilibré": {"temperature": 0.8, "top_k": 0, "top_p": 0.9, "repetition_penalty": 1.0},
    "rêveur": {"temperature": 1.2, "top_k": 0, "top_p": 0.97, "repetition_penalty": 1.0},
}
#: The same manners, and those between them, for the one dial of the page.
MANNERS: dict[str, dict[str, Any]] = {
    "sage": PRESETS["sage"],
    "plutôt sage": {"temperature": 0.7, "top_k": 80, "top_p": 0.88, "repetition_penalty": 1.1},
    "équilibré": PRESETS["équilibré"],
    "plutôt rêveur": {"temperature": 1.0, "top_k": 0, "top_p": 0.94, "repetition_penalty": 1.0},
    "rêveur": PRESETS["rêveur"],
}
SEEDS = 1_000_000


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
    kind = WholeSlider if isinstance(control.step, int) else Slider
    return kind(value, min=control.low, max=control.high, step=control.step, description=control.name)


def explained(widget: w.Widget, explanation: str) -> w.VBox:
    """Return a control above its explanation."""
    told = w.HTML(f'<div class="atelier-told">{sentence(explanation)}</div>', layout={"margin": "0"})
    return w.VBox([widget, told]).add_class("atelier-control").add_class("atelier-above")


class Seed(w.VBox):
    """The seed: a box, a die, and a lock; without the lock, :meth:`draw` takes another one for each story."""

    def __init__(self, value: int = 0, told: str = "Une autre à chaque histoire ; la même redonne le même texte."):
        """Begin at ``value``; the lock is closed where the workshop was given a seed (WORKSHOP_SEED)."""
        self.box = w.BoundedIntText(
            value, min=0, max=SEEDS - 1, description="graine", tooltip="graine",
            style={"description_width": "auto"}, layout={"width": "90px"},
        )  # fmt: skip
        self.die = w.Button(description="⚂ au hasard", tooltip="Tirer une autre graine au hasard")
        self.lock = w.Checkbox(
            settings().seed_given, description="garder cette graine", indent=False, layout={"width": "auto"},
        )  # fmt: skip
        self.die.on_click(lambda _: self._another())
        super().__init__([explained(w.HBox([self.box, self.die]), told), self.lock])

    @property
    def value(self) -> int:
        """The seed."""
        return self.box.value

    @value.setter
    def value(self, seed: int) -> None:
        self.box.value = seed

    def _another(self) -> None:
        self.box.value = random.randrange(SEEDS)

    def draw(self) -> None:
        """Take another seed, unless it is locked."""
        if not self.lock.value:
            self._another()


class Dial(w.VBox):
    """One slider from « sage » to « rêveur », which moves those of ``controls``."""

    def __init__(self, controls: "Controls"):
        """Begin where the sliders are."""
        self.controls = controls
        self.slider = WholeSlider(2, min=0, max=len(MANNERS) - 1, description="de sage à rêveur", names=list(MANNERS))
        super().__init__([self.slider])
        self.add_class("atelier-dial")
        self._follow()
        self.slider.observe(lambda change: self._turn(change["new"]), "value")
        controls.on_change(self._follow)

    def _turn(self, place: int) -> None:
        name = list(MANNERS)[place]
        if self.controls.manner() != name:
            self.controls.take(MANNERS[name])

    def _follow(self) -> None:
        name = self.controls.manner()
        self.slider.description = "de sage à rêveur" if name else "de sage à rêveur (réglé à la main)"
        if name:
            self.slider.value = list(MANNERS).index(name)


class Controls(w.VBox):
    """Sliders that make a :class:`~workshop.generation.Sampling`: ``sampling`` reads it, ``put`` sets it.

    ``sliders`` has one slider for each name of :data:`CONTROLS`, ``seed`` is the :class:`Seed`.
    """

    def __init__(self, sampling: Sampling, seeded: bool = True, first: w.Widget | None = None, last: w.Widget | None = None):
        """Begin at ``sampling``; ``seeded``: with the seed and its die; ``first`` is shown before all, ``last`` after."""
        self.sliders = {name: setting_slider(name, getattr(sampling, name)) for name in CONTROLS}
        self.presets = w.ToggleButtons(
            options=list(PRESETS), value=None, description="manière", tooltips=[_told(values) for values in PRESETS.values()],
            style={"description_width": "auto", "button_width": "auto"},
        )  # fmt: skip
        self.seed = Seed(sampling.seed)
        essential = [explained(self.sliders[name], CONTROLS[name].explanation) for name in ESSENTIAL]
        fine = [explained(self.sliders[name], CONTROLS[name].explanation) for name in FINE]
        self.fine = Fold("Réglages fins", w.Box(fine).add_class("atelier-grid"))
        rows = [explained(self.presets, "Trois façons d’écrire toutes prêtes."), *essential, *([self.seed] if seeded else [])]
        rows = [*filter(None, [first]), *rows, *filter(None, [last])]
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
        self.take({name: getattr(sampling, name) for name in self.sliders})
        self.seed.value = sampling.seed

    def take(self, values: dict[str, Any]) -> None:
        """Move the sliders of these settings."""
        for name, value in values.items():
            self.sliders[name].value = value

    def manner(self) -> str | None:
        """Return the one of :data:`MANNERS` that the sliders make, if they make one."""
        return next((name for name, values in MANNERS.items() if self._make(values)), None)

    def _make(self, values: dict[str, Any]) -> bool:
        return all(abs(self.sliders[name].value - value) < 1e-9 for name, value in values.items())

    def on_change(self, call: Callable[[], None]) -> None:
        """Call ``call()`` whenever a slider has moved."""
        for slider in self.sliders.values():
            slider.observe(lambda _: call(), "value")

    def _preset_chosen(self, change: dict) -> None:
        self.take(PRESETS.get(change["new"], {}))

    def _recognise(self) -> None:
        """Light the preset that the sliders make, if they make one."""
        self.presets.value = next((preset for preset, values in PRESETS.items() if self._make(values)), None)


def _told(values: dict[str, float]) -> str:
    return ", ".join(f"{CONTROLS[name].name} {french(value)}" for name, value in values.items())
