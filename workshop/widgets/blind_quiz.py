"""The blind test « … ou machine ? »: one sentence at a time, two answers, and what a score allows one to say."""

import html
from collections.abc import Sequence

import ipywidgets as w

from ..base.typography import french, typeset
from ..metrics import wilson_interval
from ..stories.blind import Candidate, draw, eligible
from .common import BLUE, FAINT, INK, ORANGE, Frame, Panel, sentence, status, svg
from .pages import button, row

SCALE = Frame(left=40, top=0, width=620, height=1, xs=(0, 100), ys=(0, 1))
MOST = 400  # answers: further than that, nobody plays


def verdict(right: int, played: int, author: str) -> str:
    """Say what ``right`` answers out of ``played`` allow one to say: better than chance, worse, or nothing yet."""
    low, high = wilson_interval(right, played)
    between = f"entre {french(100 * low, 0)} et {french(100 * high, 0)}\u00a0%"
    known = f"Avec {played} phrases, on sait seulement, à 95\u00a0%, que votre vrai taux de réussite est {between}."
    if low > 0.5:
        return f"{known} Le hasard en ferait 50 : vous reconnaissez la machine mieux qu’en tirant à pile ou face."
    if high < 0.5:
        return (
            f"{known} Le hasard en ferait 50 : vous faites nettement moins ! Vous sentez donc une différence, "
            f"mais vous prenez la machine pour l’original ({author})."
        )
    enough = _enough(right / played)
    more = (
        f"Au même rythme ({french(100 * right / played, 0)}\u00a0%), il faudrait environ {enough} réponses pour trancher."
        if enough
        else "Rien ne vous distingue de pile ou face."
    )
    chance = "Cet intervalle contient 50 : on ne peut pas exclure que vous répondiez au hasard, ni que vous ayez l’œil."
    return f"{known} {chance} {more}"


def _enough(rate: float) -> int | None:
    """Return how many answers, at this rate, would tell it from chance; ``None`` if not even :data:`MOST` would."""
    for played in range(10, MOST + 1, 2):
        low, high = wilson_interval(round(rate * played), played)
        if low > 0.5 or high < 0.5:
            return played
    return None


def draw_intervals(scores: Sequence[tuple[int, int]]) -> str:
    """Draw scores (right answers, answers) as points on a scale of 0 to 100 %, each with its interval, against chance."""
    bottom, said, parts = 34 + 34 * len(scores), [], []
    for share in (0, 25, 50, 75, 100):
        line = (
            f'stroke="{INK}" stroke-width="2" stroke-dasharray="5 4"' if share == 50 else f'stroke="{FAINT}" stroke-opacity=".4"'
        )
        parts.append(f'<path d="M{SCALE.x(share)} 26V{bottom}" {line}/>')
        parts.append(f'<text x="{SCALE.x(share)}" y="{bottom + 20}" text-anchor="middle" font-size="14">{share}\u00a0%</text>')
    parts.append(f'<text x="{SCALE.x(50)}" y="18" text-anchor="middle">au hasard</text>')
    for rank, (right, played) in enumerate(scores):
        low, high = (100 * end for end in wilson_interval(right, played))
        y, sure = 46 + 34 * rank, not low <= 50 <= high
        colour = ORANGE if sure else BLUE
        start, end, star = SCALE.x(low), SCALE.x(high), " ★" if sure else ""
        parts.append(
            f'<path d="M{start} {y}H{end}m0 -7v14M{start} {y - 7}v14" stroke="{colour}" stroke-width="3"/>'
            f'<circle cx="{SCALE.x(100 * right / played)}" cy="{y}" r="7" fill="{colour}"/>'
            f'<text x="{SCALE.x(100) + 16}" y="{y + 5}"><tspan font-weight="bold">{right}/{played}</tspan>{star}</text>'
        )
        said.append(f"{right} sur {played}\u00a0: entre {french(low, 0)} et {french(high, 0)}\u00a0%")
    place = f'x="{SCALE.x(0)}" y="{bottom + 44}" font-size="14"'
    parts.append(
        f'<text {place} fill="{FAINT}">le point\u00a0: votre score\u2002— le trait\u00a0: '
        "intervalle de confiance à 95\u00a0%\u2002— ★\u00a0: le hasard est exclu</text>"
    )
    alt = "Taux de bonnes réponses et intervalles à 95\u00a0%. " + "\u00a0; ".join(said) + "."
    return svg(760, bottom + 58, alt, *parts)


class BlindQuiz(Panel):
    """Who wrote this sentence?  ``number`` is the one shown (from 0), ``answers`` what was said so far (True: the machine)."""

    def __init__(
        self,
        corpus_sentences: Sequence[str],
        generated_sentences: Sequence[str],
        seed: int = 0,
        author: str = "Sand",
        count: int = 10,
    ):
        """Play with ``count`` sentences of each kind, as :func:`~workshop.stories.blind.choose` picks them.

        ``author`` is in the title.

        Raises:
            WorkshopError: there are not enough whole sentences.
        """
        self.sources = eligible(corpus_sentences), eligible(generated_sentences)
        self.author, self.count, self.seed = author, count, seed
        self.sentences = draw(*self.sources, count, seed)
        self.question, self.result = w.HTML(), status()
        self.author_button = button(author, lambda: self.answer(False))
        self.machine_button = button("La machine", lambda: self.answer(True))
        self.next_button = button("Phrase suivante →", self.go_on, button_style="primary")
        answers = row(self.author_button, self.machine_button, self.next_button)
        super().__init__(self.question, answers, self.result)
        self._begin()

    @property
    def right(self) -> int:
        """How many answers were right so far."""
        return sum(said == one.by_machine for said, one in zip(self.answers, self.sentences, strict=False))

    @property
    def over(self) -> bool:
        """Whether every sentence has been answered."""
        return len(self.answers) == len(self.sentences)

    def _begin(self) -> None:
        self.number = 0
        self.answers: list[bool] = []
        self._ask()

    def _ask(self) -> None:
        self.author_button.disabled = self.machine_button.disabled = False
        self.next_button.disabled, self.next_button.description = True, "Phrase suivante →"
        title = sentence(f"{self.author} ou machine ?")
        place = f"phrase {self.number + 1} sur {len(self.sentences)}"
        self.question.value = (
            f'<div><strong>{title}</strong> <span class="atelier-quiet">{place}</span></div>'
            f'<div class="atelier-page" lang="fr" style="min-height:84px"><p style="font-size:19px">'
            f"{sentence(self.sentences[self.number].text)}</p></div><div>Qui l’a écrite\u00a0?</div>"
        )
        self.result.value = sentence(self._count()) if self.answers else ""

    def _count(self) -> str:
        played = len(self.answers)
        return f"{self.right} bonne{'s' if self.right > 1 else ''} réponse{'s' if self.right > 1 else ''} sur {played}."

    def answer(self, by_machine: bool) -> None:
        """Answer for the sentence that is shown, once; whether it was right is said at once."""
        if len(self.answers) > self.number:
            return
        self.answers.append(by_machine)
        truth = self.sentences[self.number].by_machine
        who = "elle est de la machine" if truth else f"elle vient du corpus ({self.author})"
        sign, word = ("✅", "Juste") if by_machine == truth else ("❌", "Non")
        self.author_button.disabled = self.machine_button.disabled = True
        self.next_button.disabled = False
        if self.over:
            self.next_button.description = "Rejouer"
        end = self._end() if self.over else ""
        self.result.value = f"<div>{sign} <strong>{word}</strong>\u00a0: {sentence(who)}. {sentence(self._count())}</div>{end}"
        self.next_button.focus()

    def go_on(self) -> None:
        """Go to the next sentence; after the last, begin again with others."""
        if len(self.answers) <= self.number:
            return
        if self.over:
            self.seed += 1
            self.sentences = draw(*self.sources, self.count, self.seed)
            self._begin()
        else:
            self.number += 1
            self._ask()
        self.author_button.focus()

    def _end(self) -> str:
        """Return the score with its interval, what it allows one to say, and every sentence with its author."""
        lines = "".join(_reviewed(one, said, self.author) for one, said in zip(self.sentences, self.answers, strict=True))
        return (
            f'<div style="margin-top:8px">{sentence(verdict(self.right, len(self.answers), self.author))}</div>'
            f"{draw_intervals([(self.right, len(self.answers))])}"
            f"<details><summary>Revoir les {len(self.sentences)} phrases</summary><ol>{lines}</ol></details>"
        )

    def text(self) -> str:
        """Return what the game is."""
        return f"« {self.author} ou machine ? » {len(self.sentences)} phrases à reconnaître, une par une."

    def picture(self) -> str:
        """Return what the possible scores would allow one to say."""
        played = len(self.sentences)
        return draw_intervals([(right, played) for right in range(played, played // 2 - 1, -max(1, played // 10))])


def _reviewed(one: Candidate, said: bool, author: str) -> str:
    sign = "✅" if said == one.by_machine else "❌"
    who = "la machine" if one.by_machine else author
    return f"<li>{sign} {html.escape(typeset(one.text), quote=False)} — <em>{html.escape(who)}</em></li>"
