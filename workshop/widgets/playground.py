"""The playground: a prompt, a few sliders, and a story that writes itself, token by token, and can take another way anywhere."""

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import ipywidgets as w

from ..base.errors import WorkshopError
from ..base.typography import french, typeset
from ..generation.sampling import Sampling
from ..generation.streaming import Rival, Token, Writer
from ..stories import mildness
from ..writers import at_hand
from . import token_flow
from .common import Fold, Panel, sentence, status
from .controls import Controls, Dial, explained
from .keeper import Keeper
from .model_choice import ModelChoice, Writers
from .narration import Narration, complaint, from_writer, trimmed, whole
from .paths import Paths, Way, add_tail, pack_text, read_tokens, read_ways, write_tail, write_ways
from .rivals import Rivals
from .slider import WholeSlider
from .takeaway import TakeAway

if TYPE_CHECKING:
    from ..stories.shelf import Stories, Story

PROMPT = "Il y avait une fois, au bord de la rivière,"
INVITATION = "Gardez ce début ou changez-le, puis appuyez sur « Écrire »."
WRITING, SEARCHING = "Il écrit…", "Le faisceau cherche…"
BACK = "Vous revoilà : votre histoire est comme vous l’aviez laissée."
MOST_WAYS = 50  # beyond which the oldest one goes: an afternoon of rivals
EVERY = 2.0  # seconds between two drafts, while a story is coming


class Playground(Panel):
    """Write, stop, go on, branch, keep.  ``prompt``, ``tokens`` and ``story`` (their raw text) are what is on the page.

    ``ways`` are all the stories of this sitting, ``current`` is the one on the page (-1: none yet).
    """

    def __init__(
        self,
        writers: Writers | None = None,
        prompt: str = PROMPT,
        stories: "Stories | None" = None,
        sampling: Sampling = Sampling(),  # noqa: B008 (frozen)
        page: bool = False,
    ):
        """Begin with ``prompt`` and ``sampling``; ``writers`` are by default the models at hand, loaded when asked for.

        ``page``: for whoever comes by (`make app`): one dial, the other settings folded, whole sentences, the filter on.
        """
        self._stories, self.page = stories, page
        self.prompt = prompt
        self.tokens: list[Token] = []
        self.ways: list[Way] = []
        self.current = -1
        self._narration: Narration | None = None
        self._writer: Writer | None = None
        self._busy, self._drafted, self._sent = False, -math.inf, 0
        self._after_keeping: list[Callable[[Story], None]] = []
        self.beginning = w.Textarea(
            prompt, description="début de l’histoire", tooltip="début de l’histoire", rows=2, placeholder="Il était une fois…",
            style={"description_width": "auto"}, layout={"width": "auto"},
        ).add_class("atelier-above")  # fmt: skip
        self.models = ModelChoice(dict(at_hand() if writers is None else writers))
        self.whole_sentence = w.Checkbox(page, description="finir la dernière phrase", indent=False)
        self.mild = w.Checkbox(page, description="filtre pour les plus jeunes", indent=False)
        who = explained(self.models, "Qui écrit ? La première fois, il faut le charger.")
        last = w.VBox([self.whole_sentence, explained(self.mild, mildness.TOLD)])
        self.controls = Controls(sampling, first=who, last=last)
        self.flow = token_flow.TokenFlow()
        self.rivals, self.paths = Rivals(self.branch), Paths(self.go_back)
        self.takeaway = TakeAway(lambda: typeset(self.story), self.picture)
        self.keeper = Keeper(self.come_back, self.begin)
        self._make_buttons()
        self.status = status()
        self.walk = WholeSlider(
            0, min=0, max=1, description="token nº (les flèches parcourent le texte)",
            layout={"width": "auto", "max_width": "460px", "display": "none"},
        )  # fmt: skip
        self.legend = w.HTML(token_flow.legend(), layout={"display": "none"})
        dial = [Dial(self.controls)] if page else []
        parts = {  # where the page is wide, the settings of a notebook are beside the story
            "start": [self.beginning, *dial, self.buttons, self.progress, self.status],
            "settings": [Fold("Tous les réglages", self.controls) if page else self.controls],
            "story": [self.flow, self.legend, self.walk, self.rivals, self.paths, self.takeaway],
        }
        desk = w.Box([w.VBox(widgets).add_class(f"atelier-{name}") for name, widgets in parts.items()])
        super().__init__(desk.add_class("atelier-desk"), *([self.keeper] if page else []))
        self.add_class("atelier-playground")
        self.flow.observe(lambda change: self._choose(change["new"]), "chosen")
        self.walk.observe(lambda change: setattr(self.flow, "chosen", change["new"] - 1), "value")
        self.beginning.observe(lambda change: setattr(self.keeper, "beginning", change["new"]), "value")
        self._show_buttons()
        self._say(INVITATION)

    def _make_buttons(self) -> None:
        self.write_button = w.Button(description="Écrire", tooltip="Écrire la suite du début", button_style="primary")
        self.stop_button = w.Button(description="Arrêter", tooltip="Arrêter d’écrire ; ce qui est écrit reste")
        self.more_button = w.Button(description="Continuer", tooltip="Écrire la suite de ce qui est là")
        self.keep_button = w.Button(description="Garder cette histoire", tooltip="La ranger avec ses réglages")
        actions = ((self.write_button, self.write_another), (self.stop_button, self.stop), (self.more_button, self.go_on),
                   (self.keep_button, self.keep))  # fmt: skip
        for button, action in actions:
            button.on_click(lambda _, action=action: action())
        self.buttons = w.HBox([button for button, _ in actions]).add_class("atelier-buttons")
        self.progress = w.IntProgress(0, min=0, max=1, layout={"width": "auto", "height": "8px", "visibility": "hidden"})

    # What the attendee does ----------------------------------------------------------------------------------------

    def write_another(self) -> None:
        """Write what follows the prompt, with another seed unless it is locked: what « Écrire » does."""
        if not self._busy:
            self.controls.seed.draw()
            self.write()

    def begin(self, prompt: str) -> None:
        """Write from one of the beginnings of the page."""
        if self._busy:
            self._say("Il écrit encore : appuyez sur « Arrêter », puis choisissez ce début.")
            return
        self.beginning.value = prompt
        self.write_another()

    def write(self) -> None:
        """Write what follows the prompt, with the seed as it is."""
        self._begin(self.beginning.value, [])

    def go_on(self) -> None:
        """Write what follows the text on the page."""
        if self.tokens or self.flow.prompt:
            self._begin(self.prompt, trimmed(self.tokens), self.current)

    def branch(self, rival: Rival) -> None:
        """Put ``rival`` in the place of the chosen token, and write on from there; the way that it leaves is kept."""
        number = self.flow.chosen
        if 0 <= number < len(self.tokens):
            old = self.tokens[number]
            new = Token(rival.id, rival.text, rival.probability, rival.raw_probability, old.rivals)
            self._begin(self.prompt, [*self.tokens[:number], new], fork=number)

    def go_back(self, number: int) -> None:
        """Put another of the ways on the page, with what made it."""
        if self._busy or not 0 <= number < len(self.ways):
            return
        way = self.ways[number]
        self.current, self.prompt, self.flow.chosen = number, way.prompt, -1
        self.controls.put(way.sampling)
        self.models.choose(way.model)
        self._model, self._sampling = way.model, way.sampling
        self._show(way.tokens, tips=True)
        self._say(f"Chemin {number + 1} : {way.name}")
        self._show_buttons()

    def come_back(self, beginning: str, ways: str, tail: str = "") -> None:
        """Put on the page what the browser had kept of it."""
        if self._busy or self.ways:
            return
        self.beginning.value = beginning or self.beginning.value
        self.ways = read_ways(ways)
        add_tail(self.ways, tail)
        if self.ways:
            self.go_back(len(self.ways) - 1)
            self._say(BACK)
            self._draft()

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
        text, settings = "".join(token.text for token in self.tokens), vars(self._sampling)
        try:
            kept = self.stories.keep(self.prompt, text, self._model, settings, tokens=pack_text(self.tokens))
        except Exception as error:  # a full disk, a locked file: the attendee reads a sentence
            self._say(f"✗ {complaint(error)}")
        else:
            self._say(f"✓ Gardée sous le titre « {kept.title} ».")
            self.keep_button.disabled = True
            for call in self._after_keeping:
                call(kept)

    def on_keep(self, call: "Callable[[Story], None]") -> None:
        """Call ``call(story)`` after each story that is kept."""
        self._after_keeping.append(call)

    def take_up(self, story: "Story | None") -> None:
        """Put a kept story back on the page, with what made it, and bring the reader to it."""
        if story is None or self._busy:
            return
        self.beginning.value = story.prompt
        tokens = read_tokens(story.tokens, story.text)
        self._add(Way(story.prompt if tokens else story.shown, tokens, story.model, Sampling(**story.settings)))
        self.go_back(self.current)
        self._say(f"« {story.title} » est là : « Continuer » écrit la suite, « Écrire » recommence depuis son début.")
        self.flow.come()

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

    def _begin(self, prompt: str, before: list[Token], way: int = -1, fork: int | None = None) -> None:
        """Write after ``prompt`` and the tokens ``before``, on a ``way`` or (-1) a new one; one at a time."""
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
        self._say(WRITING if self.models.loaded else f"Chargement du modèle « {name or '?'} »…")
        self.progress.value, self.progress.max = 0, sampling.max_new_tokens
        self.progress.layout.visibility = "visible"

        def load() -> Writer:
            writer = self.models.get(name)  # as long as there is no model, the story on the page stays
            self.prompt, self._writer, self._model, self._sampling = prompt, writer, name, sampling
            if way < 0:
                self._add(Way(prompt, before, name, sampling, fork))
            self._drafted = -math.inf  # the first draft of a way is a whole one
            self._show(before, tips=False)
            self._say(SEARCHING if sampling.num_beams > 1 else WRITING)
            return writer

        refused = mildness.is_harsh if self.mild.value else None
        source = from_writer(load, whole(prompt, before), sampling, self.whole_sentence.value, refused)
        self._narration = Narration(source, lambda new: self._told(before, new), self._ended)
        self._narration.start()

    def _add(self, way: Way) -> None:
        self.ways = [*(one for one in self.ways if one.tokens), way][-MOST_WAYS:]
        self.current = len(self.ways) - 1

    def _told(self, before: list[Token], new: list[Token]) -> None:
        self.progress.value = min(len(new), self.progress.max)
        self._show([*before, *new], tips=False)
        if time.monotonic() - self._drafted > EVERY:
            self._draft()
        elif self.page:
            self.keeper.tail = write_tail(self.current, self.tokens[self._sent :])

    def _draft(self) -> None:
        """Hand the ways to the browser, which keeps them; a notebook keeps its kernel, and needs no draft."""
        self._drafted, self._sent = time.monotonic(), len(self.tokens)
        if self.page:
            self.keeper.ways, self.keeper.tail = write_ways(self.ways), ""

    def _show(self, tokens: Sequence[Token], tips: bool) -> None:
        self.tokens = list(tokens)
        fork = None
        if 0 <= self.current < len(self.ways):
            self.ways[self.current].tokens, fork = self.tokens, self.ways[self.current].fork
        self.flow.fork = -1 if fork is None else fork
        self.flow.show(self.prompt.rstrip(" \u00a0"), self.tokens, tips)

    def _ended(self, trouble: str) -> None:
        self._show(self.tokens, tips=True)
        self._forget_double()
        self._busy = False
        self._draft()
        self.progress.layout.visibility = "hidden"
        count = f"{len(self.tokens)} tokens" if len(self.tokens) > 1 else f"{len(self.tokens)} token"
        seed = f", graine {self._sampling.seed}" if self.tokens else ""
        done = f"{count}{seed}. Cliquez sur un token pour voir ses rivaux." if self.tokens else "Le modèle n’a rien ajouté."
        self._say(f"✗ {trouble}" if trouble else done)
        self._show_buttons()

    def _forget_double(self) -> None:
        """Leave out a way that has become the same as an earlier one (the same seed, once more)."""
        if not 0 <= self.current < len(self.ways):
            return
        ids, prompt = [token.id for token in self.tokens], self.prompt
        same = [i for i, one in enumerate(self.ways) if one.prompt == prompt and [token.id for token in one.tokens] == ids]
        if len(same) > 1 and self.current == same[-1]:
            del self.ways[self.current]
            self.current = same[0]

    def _show_buttons(self) -> None:
        self.write_button.disabled = self._busy
        self.stop_button.disabled = not self._busy
        self.more_button.disabled = self._busy or not (self.tokens or self.flow.prompt)
        self.keep_button.disabled = self._busy or not self.tokens
        shown = "" if self.tokens and not self._busy else "none"
        self.walk.layout.display = self.takeaway.layout.display = shown
        self.legend.layout.display = "" if self.tokens or self._busy else "none"
        if not self._busy:
            self.paths.show(self.ways, self.current)
            self.walk.max = max(1, len(self.tokens))
        self._choose(self.flow.chosen)

    def _choose(self, number: int) -> None:
        """Show the rivals of a token, or none."""
        token = self.tokens[number] if 0 <= number < len(self.tokens) else None
        if not self._busy:
            self.walk.value = number + 1
        self.rivals.show(token, number, self._can_branch, self._busy)

    def _can_branch(self, rival: Rival) -> bool:
        if self._writer is None:  # a story that has come back, before its model
            return bool(rival.text) and not rival.text.startswith("<|")
        return self._writer.decode([rival.id]) == rival.text != ""

    def _say(self, text: str) -> None:
        self.status.value = sentence(text)

    def close(self) -> None:
        """Stop writing and leave the page."""
        self.stop()
        super().close()

    # Where no browser is --------------------------------------------------------------------------------------------

    def text(self) -> str:
        """Return the settings and the story as text."""
        now, model = (self._sampling, self._model) if self.tokens else (self.controls.sampling, self.models.value)
        head = (
            f"Le bac à sable. Modèle : {model} ; température {french(now.temperature)}, top-p {french(now.top_p)}, "
            f"top-k {now.top_k}, {now.max_new_tokens} tokens, graine {now.seed}."
        )
        return f"{head}\n{self.story}" if self.tokens else f"{head}\nDébut : « {self.beginning.value} »"

    def picture(self) -> str:
        """Return the story with the tints of its tokens, as a picture."""
        prompt = self.prompt if self.tokens else self.beginning.value
        return token_flow.draw([(prompt.rstrip(" \u00a0"), self.tokens)], self.text())
