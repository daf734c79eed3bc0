"""The game of the first chapter, « le mot suivant », and the card that says whether this machine is ready."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import ipywidgets as w

from ..base import front
from ..base.settings import ROOT
from ..base.typography import typeset
from ..machine import doctor
from ..stories.clozes import CLOZES, Cloze
from ..stories.shelf import fold
from . import bars
from .common import Panel, sentence, status
from .narration import complaint
from .token_flow import percent

#: A text, and the words likely to follow it with their probabilities, best first.
Guesser = Callable[[str], list[tuple[str, float]]]


def same_word(one: str, other: str) -> bool:
    """Return whether two words are the same, whatever their capitals, their accents and the spaces around."""

    def plain(word: str) -> str:
        return fold(word).strip(" \u00a0\u202f.,;:!?…'«»—")

    return plain(one) == plain(other) != ""


def draw_guesses(guesses: Sequence[tuple[str, float]], right: str = "", yours: str = "") -> str:
    """Draw the model's guesses as bars; the word of the text has a star, the attendee's an arrow."""
    drawn = [_bar(word, chance, same_word(word, right), same_word(word, yours)) for word, chance in guesses]
    said = ", ".join(f"{word} {percent(chance)}" for word, chance in guesses)
    return bars.draw(drawn, f"Les mots que le modèle propose : {said}." if said else "Le modèle ne propose aucun mot.")


def _bar(word: str, chance: float, is_right: bool, is_yours: bool) -> bars.Bar:
    marks = [mark for mark, shown in (("★ le mot du texte", is_right), ("← vous", is_yours)) if shown]
    return bars.Bar(typeset(word), chance, percent(chance), mark="\u2002".join(marks), right=is_right)


class ClozeQuiz(Panel):
    """Guess the next word of a few sentences, against a model: a point to whoever finds the word of the text.

    ``number`` is the sentence shown (from 0), ``answered`` whether it has been played, ``points`` the attendee's points and
    the model's.
    """

    def __init__(self, guess: Guesser, clozes: Sequence[Cloze] = CLOZES):
        """Play ``clozes`` against ``guess``, which is asked once for each sentence, when it is played."""
        self.guess, self.clozes = guess, clozes
        self.question, self.result, self.score = w.HTML(), status(), w.HTML()
        self.word = w.Text(
            description="votre mot", placeholder="un seul mot, puis Entrée", continuous_update=False, tooltip="votre mot",
            style={"description_width": "90px"}, layout={"width": "340px"},
        )  # fmt: skip
        self.play_button = w.Button(description="Comparer avec le modèle", button_style="primary")
        self.next_button = w.Button(description="Phrase suivante →")
        buttons = w.HBox([self.play_button, self.next_button])
        super().__init__(self.question, self.word, buttons, self.result, self.score)
        self.word.observe(lambda change: self.play() if change["new"].strip() else None, "value")
        self.play_button.on_click(lambda _: self.play())
        self.next_button.on_click(lambda _: self.go_on())
        self.restart()

    def restart(self) -> None:
        """Begin again at the first sentence, with no points."""
        self.number, self.points = 0, [0, 0]
        self._ask()

    def _ask(self) -> None:
        self.answered = False
        self.word.value, self.word.disabled = "", False
        self.play_button.disabled, self.next_button.disabled = False, True
        self.next_button.description = "Phrase suivante →"
        cloze = self.clozes[self.number]
        self.question.value = (
            f'<div style="opacity:.8">{sentence(f"Phrase {self.number + 1} sur {len(self.clozes)}")}</div>'
            f'<div style="font-size:20px;line-height:1.6;margin:4px 0 8px" lang="fr">{sentence(cloze.beginning)} '
            '<span role="img" aria-label="mot à trouver">\u2009<u>\u2003\u2003\u2003\u2003</u></span></div>'
        )
        self.result.value = ""
        self._count()

    def play(self) -> None:
        """Compare the attendee's word (an empty one passes) with the word of the text and with the model's guesses."""
        if self.answered:
            return
        cloze, yours = self.clozes[self.number], self.word.value.strip()
        try:
            guesses = self.guess(cloze.beginning)
        except Exception as error:  # whatever a model does, the attendee reads a sentence, and can play again
            self.result.value = sentence(f"✗ {complaint(error)}")
            return
        self.answered = True
        found = [same_word(yours, cloze.word), bool(guesses) and same_word(guesses[0][0], cloze.word)]
        self.points = [have + new for have, new in zip(self.points, found, strict=True)]
        rank = next((i for i, (word, _) in enumerate(guesses, 1) if same_word(word, cloze.word)), None)
        first = f"Le mot du texte était « {cloze.word} »."
        you = "Vous l’avez trouvé." if found[0] else ("Vous en proposiez un autre." if yours else "")
        place = {None: "Le modèle ne l’a pas parmi ses dix premiers.", 1: "Le modèle l’avait mis en tête."}
        model = place.get(rank, f"Le modèle le mettait à la {rank}ᵉ place.")
        self.result.value = (
            f"<div><strong>{sentence(first)}</strong> {sentence(f'{you} {model}')}</div>"
            f"{draw_guesses(guesses, cloze.word, yours)}<div>{sentence(cloze.takes)}</div>"
        )
        self.word.disabled = self.play_button.disabled = True
        self.next_button.disabled = False
        self.next_button.focus()  # what had it is disabled now: a keyboard would have to come back from the top of the page
        if self.number + 1 == len(self.clozes):
            self.next_button.description = "Rejouer"
        self._count()

    def go_on(self) -> None:
        """Go to the next sentence, or begin again after the last."""
        if not self.answered:
            return
        if self.number + 1 == len(self.clozes):
            self.restart()
        else:
            self.number += 1
            self._ask()
        self.word.focus()

    def _count(self) -> None:
        played = self.number + self.answered
        self.score.value = sentence(f"Vous : {self.points[0]} · le modèle : {self.points[1]} · phrases jouées : {played}")

    def text(self) -> str:
        """Return what the game is in a sentence."""
        return f"Le jeu du mot suivant : « {self.clozes[0].beginning} … » Votre mot, puis les dix du modèle."

    def picture(self) -> str:
        """Return the model's guesses for the first sentence."""
        return draw_guesses(self.guess(self.clozes[0].beginning), self.clozes[0].word)


class EnvironmentCard:
    """The verdict of ``python -m workshop doctor``, as a table."""

    def __init__(self, checks: Sequence[doctor.Check] | None = None):
        """Show ``checks``; by default look at this machine now."""
        self.checks = list(doctor.examine() if checks is None else checks)

    def __repr__(self) -> str:
        """The table as text."""
        return doctor.table(self.checks)

    def _repr_html_(self) -> str:
        rows = [
            (
                f"{doctor.SIGNS[one.state]} {one.state}".replace(" ", "\u00a0"),
                one.name,
                one.found + (f" → {one.advice}" if one.advice else ""),
            )
            for one in self.checks
        ]
        return _table("État de cette machine", ("verdict", "quoi", "ce qui est là → ce qu’il faut faire"), rows)


class ProgrammeCard:
    """The chapters of the workshop, with their minutes and what they teach."""

    def __init__(self, root: Path = ROOT):
        """Read the front blocks of the chapters under ``root``."""
        self.rows = []
        for path in sorted((root / "solutions").glob("[0-9][0-9]_*.py")):
            said = front.read(path.stem, path.read_text(encoding="utf-8"))
            bonus = " (bonus)" if said["bonus"] else ""
            self.rows.append((path.stem, said["title"] + bonus, said["minutes"], " ; ".join(said["goals"])))

    def __repr__(self) -> str:
        """The table as text, without what the chapters teach."""
        total = sum(minutes for _, _, minutes, _ in self.rows)
        lines = [f"{name[:2]}  {title:<32} {minutes:>3} min" for name, title, minutes, _ in self.rows]
        return "\n".join([*lines, f"    {'en tout':<32} {total:>3} min"])

    def _repr_html_(self) -> str:
        rows = [(f"{name[:2]} · {title}", f"{minutes}\u00a0min", goals) for name, title, minutes, goals in self.rows]
        return _table("Les chapitres de l’atelier", ("chapitre", "durée", "vous saurez"), rows)


def _cell(text: str) -> str:
    """Return a sentence as HTML, where `code` stands between backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", sentence(text))


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cell = "text-align:left;vertical-align:top;white-space:normal;padding:5px 16px 5px 0"
    line = "border-bottom:1px solid rgba(128,128,128,.35);background:none"
    top = "".join(f'<th scope="col" style="{cell}">{sentence(name)}</th>' for name in head)
    body = "".join(
        f'<tr style="{line}">' + "".join(f'<td style="{cell}">{_cell(text)}</td>' for text in row) + "</tr>" for row in rows
    )
    return (
        f'<table lang="fr" style="border-collapse:collapse;color:inherit;font-size:14px;line-height:1.45">'
        f'<caption style="text-align:left;font-weight:bold;color:inherit;padding:4px 0">{sentence(caption)}</caption>'
        f'<tr style="{line}">{top}</tr>{body}</table>'
    )
