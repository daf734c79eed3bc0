"""The playground: a prompt, a few sliders, and a story that writes itself, token by token, and can take another way anywhere."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import ipywidgets as w

from ..base.errors import WorkshopError
from ..base.typography import french
from ..generation.sampling import Sampling
from ..generation.streaming import Rival, Token, Writer
from ..writers import at_hand
from . import token_flow
from .common import Panel, sentence
from .controls import Controls, explained
from .model_choice import ModelChoice, Writers
from .narration import Narration, complaint, from_writer
from .rivals import Rivals

if TYPE_CHECKING:
    from ..stories.shelf import Stories, Story

PROMPT = "Il y avait une fois, au bord de la rivière,"
INVITATION = "Gardez ce début ou changez-le, puis appuyez sur « Écrire »."
WRITING, SEARCHING = "Il écrit…", "Le faisceau cherche…"


class Playground(Panel):
    """Write, stop, go on, branch, keep.  ``prompt``, ``tokens`` and ``story`` (their raw text) are what is on the page."""

    def __init__(
        self,
        writers: Writers | None = None,
        prompt: str = PROMPT,
        stories: "Stories | None" = None,
        sampling: Sampling = Sampling(),  # noqa: B008 (frozen)
    ):
        """Begin with ``prompt`` and ``sampling``; ``writers`` are by default the models at hand, loaded when asked for."""
        self._stories = stories
        self.prompt = prompt
        self.tokens: list[Token] = []
        self._narration: Narration | None = None
        self._busy = False
        self._after_keeping: list[Callable[[Story], None]] = []
        self.beginning = w.Textarea(
            prompt, description="début de l’histoire", tooltip="début de l’histoire", rows=2, placeholder="Il était une fois…",
            style={"description_width": "auto"}, layout={"width": "auto"},
        ).add_class("atelier-above")  # fmt: skip
        self.models = ModelChoice(dict(at_hand() if writers is None else writers))
        who = explained(self.models, "Qui écrit ? La première fois, il faut le charger.")
        self.controls = Controls(sampling, first=who)
        self.flow = token_flow.TokenFlow()
        self.rivals = Rivals(self.branch)
        self._make_buttons()
        self.status = w.HTML()
        self.walk = w.IntSlider(
            0, min=0, max=1, description="token nº", tooltip="token choisi : les flèches du clavier parcourent le texte",
            style={"description_width": "auto"}, layout={"width": "auto", "max_width": "460px", "display": "none"},
        )  # fmt: skip
        self.legend = w.HTML(token_flow.legend(), layout={"display": "none"})
        parts = {  # where the page is wide, the settings are beside the story
            "start": [self.beginning, self.buttons, self.progress, self.status],
            "settings": [self.controls],
            "story": [self.flow, self.legend, self.walk, self.rivals],
        }
        desk = w.Box([w.VBox(widgets).add_class(f"atelier-{name}") for name, widgets in parts.items()])
        super().__init__(desk.add_class("atelier-desk"))
        self.add_class("atelier-playground")
        self.flow.observe(lambda change: self._choose(change["new"]), "chosen")
        self.walk.observe(lambda change: setattr(self.flow, "chosen", change["new"] - 1), "value")
        self._show_buttons()
        self._say(INVITATION)

    def _make_buttons(self) -> None:
        self.write_button = w.Button(description="Écrire", tooltip="Écrire la suite du début", button_style="primary")
        self.stop_button = w.Button(description="Arrêter", tooltip="Arrêter d’écrire ; ce qui est écrit reste")
        self.more_button = w.Button(description="Continuer", tooltip="Écrire la suite de ce qui est là")
        self.keep_button = w.Button(description="Garder cette histoire", tooltip="La ranger avec ses réglages")
        actions = ((self.write_button, self.write), (self.stop_button, self.stop), (self.more_button, self.go_on),
                   (self.keep_button, self.keep))  # fmt: skip
        for button, action in actions:
            button.on_click(lambda _, action=action: action())
        self.buttons = w.HBox([button for button, _ in actions]).add_class("atelier-buttons")
        self.progress = w.IntProgress(0, min=0, max=1, layout={"width": "auto", "height": "8px", "visibility": "hidden"})

    # What the attendee does ----------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write what follows the prompt."""
        self._begin(self.beginning.value, [])

    def go_on(self) -> None:
        """Write what follows the text on the page."""
        if self.tokens or self.flow.prompt:
            self._begin(self.prompt, trimmed(self.tokens))

    def branch(self, rival: Rival) -> None:
        """Put ``rival`` in the place of the chosen token, and write on from there."""
        if 0 <= self.flow.chosen < len(self.tokens):
            old = self.tokens[self.flow.chosen]
            new = Token(rival.id, rival.text, rival.probability, rival.raw_probability, old.rivals)
            self._begin(self.prompt, [*self.tokens[: self.flow.chosen], new])

    def stop(self) -> None:
        """Stop before the next token."""
        if self._narration:
            self._narration.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing is being written any more; return whether it is so (for scripts and tests)."""
        return self._narration is None or self._narration.wait(seconds)

    def keep(self) -> None:
        """Keep the story with its settings."""
        if not self.tokens or self._busy:
            return
        try:
            kept = self.stories.keep(self.prompt, "".join(token.text for token in self.tokens), self._model, vars(self._sampling))
        except Exception as error:  # a full disk, a locked file: the attendee reads a sentence
            self._say(f"✗ {complaint(error)}")
        else:
            self._say(f"✓ Gardée sous le titre « {kept.title} ».")
            self.keep_button.disabled = True
            for call in self._after_keeping:
                call(kept)

    def on_keep(self, call: "Callable[[Story], None]") -> None:
        """Call ``call(story)`` after each story that is kept."""
        self._after_keeping.append(call)

    def take_up(self, story: "Story | None") -> None:
        """Put a kept story back on the page, with what made it."""
        if story is None or self._busy:
            return
        self.beginning.value = story.prompt
        self.controls.put(Sampling(**story.settings))
        self.models.choose(story.model)
        self.flow.chosen, self.prompt = -1, story.shown
        self._show([], tips=False)
        self._say(f"« {story.title} » est là : « Continuer » écrit la suite, « Écrire » recommence depuis son début.")
        self._show_buttons()

    @property
    def stories(self) -> "Stories":
        """Where stories are kept."""
        if self._stories is None:
            from ..stories.shelf import Stories

            self._stories = Stories()
        return self._stories

    @property
    def story(self) -> str:
        """The text on the page, as the model wrote it (not typeset)."""
        return whole(self.prompt, self.tokens)

    # How it is done -------------------------------------------------------------------------------------------------

    def _begin(self, prompt: str, before: list[Token]) -> None:
        """Write after ``prompt`` and the tokens ``before``; a second call while it runs changes nothing."""
        if self._busy:
            return
        try:
            sampling = self.controls.sampling
        except WorkshopError as error:
            self._say(f"✗ {error}")
            return
        self._busy = True
        name = self.models.value
        self.walk.value, self.flow.chosen = 0, -1
        self._show_buttons()
        self._say(WRITING if self.models.loaded else f"Chargement du modèle « {name or '?'} »…")
        self.progress.value, self.progress.max = 0, sampling.max_new_tokens
        self.progress.layout.visibility = "visible"

        def load() -> Writer:
            writer = self.models.get(name)  # as long as there is no model, the story on the page stays
            self.prompt, self._writer, self._model, self._sampling = prompt, writer, name, sampling
            self._show(before, tips=False)
            self._say(SEARCHING if sampling.num_beams > 1 else WRITING)
            return writer

        source = from_writer(load, whole(prompt, before), sampling)
        self._narration = Narration(source, lambda new: self._told(before, new), self._ended)
        self._narration.start()

    def _told(self, before: list[Token], new: list[Token]) -> None:
        self.progress.value = len(new)
        self._show([*before, *new], tips=False)

    def _show(self, tokens: Sequence[Token], tips: bool) -> None:
        self.tokens = list(tokens)
        self.flow.show(self.prompt.rstrip(" \u00a0"), self.tokens, tips)

    def _ended(self, trouble: str) -> None:
        self._show(self.tokens, tips=True)
        self._busy = False
        self.progress.layout.visibility = "hidden"
        count = f"{len(self.tokens)} tokens" if len(self.tokens) > 1 else f"{len(self.tokens)} token"
        done = f"{count}. Cliquez sur un token pour voir ses rivaux." if self.tokens else "Le modèle n’a rien ajouté."
        self._say(f"✗ {trouble}" if trouble else done)
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.write_button.disabled = self._busy
        self.stop_button.disabled = not self._busy
        self.more_button.disabled = self._busy or not (self.tokens or self.flow.prompt)
        self.keep_button.disabled = self._busy or not self.tokens
        shown = "" if self.tokens and not self._busy else "none"
        self.walk.layout.display = shown
        self.legend.layout.display = "" if self.tokens or self._busy else "none"
        if self.tokens and not self._busy:
            self.walk.max = len(self.tokens)
        self._choose(self.flow.chosen)

    def _choose(self, number: int) -> None:
        """Show the rivals of a token, or none."""
        token = self.tokens[number] if 0 <= number < len(self.tokens) else None
        if not self._busy:
            self.walk.value = number + 1
        self.rivals.show(token, self._can_branch, self._busy)

    def _can_branch(self, rival: Rival) -> bool:
        return self._writer.decode([rival.id]) == rival.text != ""

    def _say(self, text: str) -> None:
        self.status.value = f'<div role="status" aria-live="polite">{sentence(text)}</div>'

    def close(self) -> None:
        """Stop writing and leave the page."""
        self.stop()
        super().close()

    # Where no browser is --------------------------------------------------------------------------------------------

    def text(self) -> str:
        """Return the settings and the story as text."""
        now = self.controls.sampling
        head = (
            f"Le bac à sable. Modèle : {self.models.value} ; température {french(now.temperature)}, top-p {french(now.top_p)}, "
            f"top-k {now.top_k}, {now.max_new_tokens} tokens, graine {now.seed}."
        )
        return f"{head}\n{self.story}" if self.tokens else f"{head}\nDébut : « {self.beginning.value} »"

    def picture(self) -> str:
        """Return the story with the tints of its tokens, as a picture."""
        prompt = self.prompt if self.tokens else self.beginning.value
        return token_flow.draw([(prompt.rstrip(" \u00a0"), self.tokens)], self.text())


def whole(prompt: str, tokens: Sequence[Token]) -> str:
    """Return a prompt and what was written after it, as one text."""
    return prompt.rstrip(" \u00a0") + "".join(token.text for token in tokens)


def trimmed(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens without the spaces at the very end: the next token brings its own."""
    kept = list(tokens)
    while kept and kept[-1].text.endswith((" ", "\u00a0")):
        last = kept.pop()
        if text := last.text.rstrip(" \u00a0"):
            return [*kept, replace(last, text=text)]
    return kept
