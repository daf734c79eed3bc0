"""Two stories from the same beginning and the same seed, written at the same time: two settings, or two models."""

from dataclasses import replace

import ipywidgets as w

from ..base.typography import french
from ..generation.sampling import Sampling
from ..writers import at_hand
from . import token_flow
from .common import Panel, sentence, status
from .controls import PRESETS, Controls, Seed, explained
from .model_choice import ModelChoice, Writers
from .narration import Narration, from_writer, whole
from .playground import PROMPT

#: What the two sides begin with: the same model, careful and then bold.
LEFT, RIGHT = (Sampling(**PRESETS[name]) for name in ("sage", "rêveur"))


class Side(w.VBox):
    """One of the two stories: its model, its settings, its text."""

    def __init__(self, name: str, models: ModelChoice, sampling: Sampling):
        """Begin with no text."""
        self.models = models
        self.controls = Controls(sampling, seeded=False, first=explained(models, "Qui écrit ?"))
        self.flow, self.status = token_flow.TokenFlow(), status()
        self.progress = w.IntProgress(0, min=0, max=1, layout={"width": "auto", "height": "8px", "visibility": "hidden"})
        self.narration: Narration | None = None
        self.model, self.sampling, self.done = "", sampling, True
        title = w.HTML(f"<strong>{sentence(name)}</strong>")
        super().__init__([title, self.controls, self.progress, self.status, self.flow])
        self.add_class("atelier-side")

    def say(self, text: str) -> None:
        """Write one line above the text."""
        self.status.value = sentence(text)


class SideBySide(Panel):
    """The same prompt and seed on both ``sides``; ``stories`` are their raw texts."""

    def __init__(
        self,
        writers: Writers | None = None,
        prompt: str = PROMPT,
        settings: tuple[Sampling, Sampling] = (LEFT, RIGHT),
    ):
        """``writers`` are by default the models at hand; with two or more, each side can have its own."""
        known: Writers = at_hand() if writers is None else writers
        loaded = dict(known)  # shared: a model that one side has loaded serves the other
        self.sides = [
            Side(name, ModelChoice(loaded), sampling) for name, sampling in zip(("À gauche", "À droite"), settings, strict=True)
        ]
        self.beginning = w.Textarea(
            prompt, description="début commun", tooltip="début commun", rows=2,
            style={"description_width": "auto"}, layout={"width": "auto"},
        ).add_class("atelier-above")  # fmt: skip
        both = "La même des deux côtés : seuls les réglages ou le modèle font la différence. Une autre à chaque fois."
        self.seed = Seed(settings[0].seed, both)
        self.write_button = w.Button(description="Écrire les deux", button_style="primary")
        self.stop_button = w.Button(description="Arrêter", disabled=True)
        self.write_button.on_click(lambda _: self.write_another())
        self.stop_button.on_click(lambda _: self.stop())
        self.prompt = prompt
        super().__init__(
            self.beginning,
            explained(self.seed, "La même graine des deux côtés : seuls les réglages ou le modèle font la différence."),
            w.HBox([self.write_button, self.stop_button]).add_class("atelier-buttons"),
            w.Box(self.sides).add_class("atelier-sides"),
            w.HTML(token_flow.legend()),
        )

    @property
    def stories(self) -> tuple[str, ...]:
        """The two texts, as the models wrote them."""
        return tuple(whole(self.prompt, side.flow.tokens) for side in self.sides)

    @property
    def running(self) -> bool:
        """Whether one of the two is still being written."""
        return any(side.narration and side.narration.running for side in self.sides)

    def write_another(self) -> None:
        """Write both stories, with another seed unless it is locked: what the button does."""
        if not self.running:
            self.seed.draw()
            self.write()

    def write(self) -> None:
        """Write both stories, with the seed as it is; while they run, a second call changes nothing."""
        if self.running:
            return
        self.prompt = self.beginning.value
        self.write_button.disabled, self.stop_button.disabled = True, False
        narrations = [self._prepare(side) for side in self.sides]
        for narration in narrations:
            narration.start()

    def _prepare(self, side: Side) -> Narration:
        side.done, side.model = False, side.models.value
        side.sampling = replace(side.controls.sampling, seed=self.seed.value)
        side.progress.value, side.progress.max = 0, side.sampling.max_new_tokens
        side.progress.layout.visibility = "visible"
        side.flow.show(self.prompt.rstrip(" \u00a0"), ())
        side.say("Il écrit…" if side.models.loaded else f"Chargement du modèle « {side.model or '?'} »…")

        def told(tokens: list) -> None:
            side.progress.value = len(tokens)
            side.flow.show(self.prompt.rstrip(" \u00a0"), tokens, tips=False)
            if len(tokens) == 1:
                side.say("Il écrit…")

        def ended(trouble: str) -> None:
            side.flow.show(self.prompt.rstrip(" \u00a0"), side.flow.tokens)
            side.progress.layout.visibility = "hidden"
            side.say(f"✗ {trouble}" if trouble else f"{len(side.flow.tokens)} tokens, graine {self.seed.value}.")
            side.done = True
            if all(one.done for one in self.sides):
                self.write_button.disabled, self.stop_button.disabled = False, True

        source = from_writer(lambda: side.models.get(side.model), self.prompt, side.sampling)
        side.narration = Narration(source, told, ended)
        return side.narration

    def stop(self) -> None:
        """Stop both before their next token."""
        for side in self.sides:
            if side.narration:
                side.narration.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until both are written; return whether it is so."""
        return all([side.narration is None or side.narration.wait(seconds) for side in self.sides])

    def text(self) -> str:
        """Return the two settings and the two stories as text."""
        return "\n\n".join(
            f"{side.models.value}, température {french(side.controls.sampling.temperature)}\n{story}"
            for side, story in zip(self.sides, self.stories, strict=True)
        )

    def picture(self) -> str:
        """Return the two texts with the tints of their tokens, the one above the other."""
        return token_flow.draw([(self.prompt.rstrip(" \u00a0"), side.flow.tokens) for side in self.sides], self.text())
