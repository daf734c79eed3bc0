"""A small chat: who answers is chosen, each answer says where it comes from, and the window of the model fills as a gauge."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import ipywidgets as w

from ..assistant.conversation import ANSWER, Conversation, Turn
from ..base.errors import WorkshopError
from .common import BLUE, FAINT, INK, sentence, status, svg
from .narration import complaint
from .pages import Told, button, row

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

#: Who answers: given the question and what the model may read (``Conversation.window``), the turn that is kept.
Answerer = Callable[[str, list[str]], Turn]
LEAST = ANSWER + 24  # tokens of the smallest window: room for a short question and its answer
SHOWN = 4  # turns in the picture that stands for the panel


class Chat(Told):
    """Questions, answers and their sources; ``conversation`` holds them, ``who`` says who answers, ``room`` is the window."""

    def __init__(
        self,
        answerers: Mapping[str, Answerer],
        tokenizer: "PreTrainedTokenizerBase",
        room: int,
        conversation: Conversation | None = None,
        most: int | None = None,
    ):
        """Begin, or go on with ``conversation``.

        Args:
            answerers: who may answer, by the name that is shown; the first one does at first.
            room: tokens of the window, at first; ``most``: the largest that it can be made.
        """
        self.answerers, self.tokenizer, self.message = dict(answerers), tokenizer, status()
        self.conversation = Conversation() if conversation is None else conversation
        names = list(self.answerers)
        self.who = w.ToggleButtons(
            options=names, description="qui répond", tooltips=names, style={"description_width": "auto", "button_width": "auto"}
        )
        self.question = w.Text(
            description="votre question", placeholder="une question, puis Entrée", tooltip="votre question",
            continuous_update=False, style={"description_width": "auto"}, layout={"width": "100%", "max_width": "640px"},
        ).add_class("atelier-above")  # fmt: skip
        self.ask_button = button("Demander", self.ask, button_style="primary")
        self.forget_button = button("Tout oublier", self.forget, tooltip="recommencer une conversation")
        self.room = w.IntSlider(
            room, min=LEAST, max=max(room, most or room), step=1, description="fenêtre", tooltip="fenêtre, en tokens",
            style={"description_width": "auto"}, layout={"width": "100%", "max_width": "640px"},
        )  # fmt: skip
        self.talk, self.gauge = w.HTML(), w.HTML()
        self.spoken = status().add_class("atelier-unseen")  # the whole talk is drawn anew: only its last answer is to be said
        buttons = row(self.ask_button, self.forget_button)
        super().__init__(self.who, self.talk, self.question, buttons, self.message, self.spoken, self.room, self.gauge)
        self.question.observe(lambda change: self.ask() if change["new"].strip() else None, "value")
        self.room.observe(lambda _: self._draw(), "value")
        self._draw()

    def ask(self) -> None:
        """Have the question answered; what cannot be is said, and the question stays in its field."""
        question = self.question.value.strip()
        if question and self.attempt(lambda: self._answer(question)):
            self.question.value = ""
            self.tell("")
            self.spoken.value = _shown(self.conversation.turns[-1], forgotten=False)
            self._draw()

    def _answer(self, question: str) -> None:
        window = self.conversation.window(question, self.tokenizer, self.room.value)
        try:
            turn = self.answerers[self.who.value](question, window)
        except Exception as error:  # whatever a model does, the attendee reads a sentence
            raise WorkshopError(complaint(error)) from error
        self.conversation.add(turn)

    def forget(self) -> None:
        """Begin a new conversation."""
        if self.attempt(self.conversation.forget):
            self.tell("C’est oublié.")
            self._draw()

    @property
    def kept(self) -> int:
        """How many of the last turns the model will read with the next question, if it is short."""
        try:
            return len(self.conversation.window("?", self.tokenizer, self.room.value)) - 1
        except WorkshopError:
            return 0

    @property
    def used(self) -> int:
        """How many tokens of the window these turns take."""
        turns = self.conversation.turns
        text = "".join(map(str, turns[len(turns) - self.kept :]))
        return len(self.tokenizer(text, verbose=False)["input_ids"]) if text else 0

    def _draw(self) -> None:
        turns = self.conversation.turns
        lost = len(turns) - self.kept
        said = "".join(_shown(turn, forgotten=number < lost) for number, turn in enumerate(turns))
        empty = '<div class="atelier-quiet">La conversation n’a pas commencé.</div>'
        self.talk.value = (
            f'<div class="atelier-page atelier-scroll" lang="fr" role="log" aria-live="off" tabindex="0" aria-label="La '
            f'conversation">{said or empty}</div>'
        )
        self.gauge.value = (
            f'<div role="meter" aria-label="Remplissage de la fenêtre" aria-valuemin="0" aria-valuemax="{self.room.value}" '
            f'aria-valuenow="{self.used}" aria-valuetext="{sentence(self._summary())}">{self.picture()}</div>'
        )

    def _summary(self) -> str:
        lost = len(self.conversation.turns) - self.kept
        gone = {0: "", 1: " 1 tour en est sorti : le modèle ne le lit plus."}
        told = gone.get(lost, f" {lost} tours en sont sortis : le modèle ne les lit plus.")
        held = f"{self.used} de conversation, {ANSWER} gardés pour la réponse"
        return f"Fenêtre de {self.room.value} tokens : {held}.{told}"

    def text(self) -> str:
        """Return the last turns and how full the window is as sentences."""
        turns = [
            f"« {turn.question} » {turn.answer}{f' ({turn.source})' if turn.source else ''}" for turn in self.conversation.turns
        ]
        return " ".join([*turns[-SHOWN:], self._summary()])

    def picture(self) -> str:
        """Return the gauge: what the conversation takes (full), what is kept for the answer (hatched), what is free (empty)."""
        width, left, top, height = 640, 20, 16, 22
        scale = width / self.room.value
        taken, kept = self.used * scale, ANSWER * scale
        hatch = "".join(
            f"M{left + width - kept + 7 * i:.1f} {top + height}l11 -{height}" for i in range(max(0, int((kept - 11) // 7) + 1))
        )
        return svg(
            width + 2 * left, 74, self._summary(),
            f'<rect x="{left}" y="{top}" width="{taken:.1f}" height="{height}" fill="{BLUE}"/>',
            f'<path d="{hatch}" stroke="{FAINT}" stroke-width="1.5"/>',
            f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="3" fill="none" stroke="{INK}"/>',
            f'<rect x="{left + width - kept:.1f}" y="{top}" width="1.5" height="{height}" fill="{INK}"/>',
            f'<text x="{left}" y="{top + height + 22}" font-size="14">{self.used} tokens de conversation</text>',
            f'<text x="{left + width}" y="{top + height + 22}" font-size="14" text-anchor="end">{ANSWER} pour la réponse</text>',
            used=self.used, room=self.room.value, kept=self.kept,
        )  # fmt: skip


def _shown(turn: Turn, forgotten: bool) -> str:
    """Return a turn as HTML; one that has left the window is faint, and says so."""
    source = f'<div class="atelier-quiet">{sentence(turn.source)}</div>' if turn.source else ""
    gone = ' <span class="atelier-quiet">(sorti de la fenêtre)</span>' if forgotten else ""
    look = ' class="atelier-gone"' if forgotten else ""
    return f"<div{look}><p><strong>{sentence(turn.question)}</strong>{gone}</p><p>{sentence(turn.answer)}</p>{source}</div>"
