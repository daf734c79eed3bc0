"""Readers at work: a score from 1 to 10 for a story, and what the scores say of the settings (the quiz is next door)."""

import html
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import mean, stdev

import ipywidgets as w

from ..base.errors import WorkshopError
from ..base.typography import french, typeset
from ..metrics import chance_of_gaps
from ..stories.pages import said_opinion
from ..stories.shelf import Stories, Story, first_words
from .blind_quiz import BlindQuiz
from .common import BLUE, FAINT, INK, ORANGE, PAPER, sentence, status, svg, svg_of_words
from .pages import Told, button, page, row, show, signature, there

__all__ = ["Averages", "BlindQuiz", "Rating", "draw_averages", "verdict"]

Groups = Mapping[str | float, Sequence[int]]  #: the ratings of each value of a setting
FEW = 5  # ratings: an average of fewer is drawn hollow
BY = {
    "température": "temperature", "top-p": "top_p", "top-k": "top_k", "modèle": "model", "longueur": "max_new_tokens",
    "faisceaux": "num_beams", "pénalité de répétition": "repetition_penalty", "âge des lecteurs": "age_band",
    "histoire": "title",
}  # fmt: skip


def _said(value: str | float) -> str:
    return first_words(typeset(value), 21) if isinstance(value, str) else french(value)


def draw_averages(groups: Groups, by: str) -> str:
    """Draw every rating as a dot (equal ones as a larger dot, with their number), and the average as a diamond above them.

    An average of fewer than :data:`FEW` ratings is hollow.
    """
    left, width, height = 220, 330, 56

    def x(score: float) -> float:
        return round(left + width * (score - 1) / 9, 1)

    bottom, said, parts = 26 + height * len(groups), [], []
    for score in range(1, 11):
        parts.append(f'<path d="M{x(score)} 14V{bottom}" stroke="{FAINT}" stroke-opacity=".3"/>')
        parts.append(f'<text x="{x(score)}" y="{bottom + 20}" text-anchor="middle" font-size="14">{score}</text>')
    for rank, (value, scores) in enumerate(groups.items()):
        y, average, name = 14 + height * (rank + 0.5), mean(scores), _said(value)
        for score, times in sorted(Counter(scores).items()):
            radius = round(5 + min(7, 2.5 * (times - 1) ** 0.5), 1)
            parts.append(f'<circle cx="{x(score)}" cy="{y + 11}" r="{radius}" fill="{BLUE}"/>')
            if times > 1:
                written = f'x="{x(score)}" y="{y + 15}" text-anchor="middle" font-size="12" font-weight="bold" fill="{PAPER}"'
                parts.append(f"<text {written}>{times}</text>")
        fill, edge = (PAPER, ORANGE) if len(scores) < FEW else (ORANGE, INK)
        parts.append(
            f'<path d="M{x(average)} {y - 23}l8 9l-8 9l-8 -9z" fill="{fill}" stroke="{edge}" stroke-width="2"/>'
            f'<text x="{left - 22}" y="{y + 5}" text-anchor="end">{html.escape(name)}</text>'
            f'<text x="{left + width + 22}" y="{y + 5}"><tspan font-weight="bold">{french(average, 1)}</tspan> '
            f"({_count(len(scores))})</text>"
        )
        said.append(f"{name}\u00a0: {french(average, 1)} ({_count(len(scores))})")
    legend = bottom + 46
    parts.append(
        f'<circle cx="{left - 4}" cy="{legend - 5}" r="4" fill="{BLUE}"/><text x="{left + 6}" y="{legend}">une note</text>'
        f'<path d="M{left + 102} {legend - 14}l8 9l-8 9l-8 -9z" fill="{ORANGE}" stroke="{INK}" stroke-width="2"/>'
        f'<text x="{left + 116}" y="{legend}">moyenne</text>'
        f'<path d="M{left + 214} {legend - 14}l8 9l-8 9l-8 -9z" fill="{PAPER}" stroke="{ORANGE}" stroke-width="2"/>'
        f'<text x="{left + 228}" y="{legend}">moyenne de moins de {FEW} notes</text>'
    )
    return svg(720, legend + 16, f"Notes de 1 à 10 selon {by}. " + "\u00a0; ".join(said) + ".", *parts)


def _count(number: int) -> str:
    return f"{number} note{'s' if number > 1 else ''}"


def verdict(groups: Groups) -> str:
    """Say in a sentence or two what these ratings allow one to say, and what they do not."""
    groups = {name: scores for name, scores in groups.items() if len(scores)}
    total = sum(map(len, groups.values()))
    if not total:
        return "Aucune note pour l’instant : lisez une histoire, notez-la, faites-la noter."
    if len(groups) < 2:
        return f"{_count(total)}, pour une seule valeur : pour comparer, il en faut une autre."
    groups = {name: scores for name, scores in groups.items() if len(scores) > 1}
    if len(groups) < 2:
        return "Une note seule ne dit rien de la suivante\u00a0: il faut deux lignes d’au moins deux notes avant de comparer."
    chance = chance_of_gaps(list(groups.values()))
    best = _said(max(groups, key=lambda name: mean(groups[name])))
    if chance > 0.05:
        often = f"{max(1, round(100 * chance))} fois sur 100"
        return (
            f"« {best} » est devant, mais en distribuant les mêmes notes au hasard on trouve des écarts aussi grands {often} : "
            "on ne peut rien conclure encore. Il faut d’autres lecteurs, et d’autres histoires."
        )
    rare = "moins d’une fois sur 100" if chance < 0.01 else f"{round(100 * chance)} fois sur 100 seulement"
    return (
        f"« {best} » est devant, et le hasard seul donnerait des écarts aussi grands {rare} : "
        "ces différences sont sans doute réelles, pour ces histoires et ces lecteurs. "
        "Une même histoire notée dix fois reste une seule histoire."
    )


class Averages(Told):
    """The averages by setting: every rating, the table, and what may be said of them.  ``by`` is the menu of settings."""

    def __init__(self, stories: Stories | None = None, by: str = "temperature"):
        """Show the ratings of ``stories``, by ``by`` (``temperature``, ``model``, ``top_p``, ``age_band``…)."""
        if by not in BY.values():
            raise WorkshopError(
                f"«\u00a0{by}\u00a0» n’est pas un réglage\u00a0: prenez par exemple {', '.join(list(BY.values())[:4])}."
            )
        self.stories = stories or Stories()
        self._groups: dict[str | float, list[int]] = {}
        self.by = w.Dropdown(
            options=list(BY.items()), value=by, description="comparer selon", tooltip="comparer selon",
            style={"description_width": "initial"}, layout={"width": "340px"},
        )  # fmt: skip
        self.image, self.said, self.table, self.message = w.HTML(), w.HTML(), w.HTML(), status()
        super().__init__(self.by, self.said, self.image, self.table, self.message)
        self.by.observe(lambda _: self.refresh(), "value")
        self.refresh()

    def groups(self) -> dict[str | float, list[int]]:
        """Return the ratings of each value of the setting, in the order of the values."""
        ratings = self.stories.ratings()
        return {value: rows["score"].tolist() for value, rows in ratings.groupby(self.by.value, sort=True)}

    def refresh(self) -> None:
        """Count again."""

        def act() -> None:
            groups = self._groups = self.groups()
            self.said.value = sentence(verdict(groups))
            self.image.value = draw_averages(groups, self.by.label) if groups else ""
            self.table.value = _table(groups, self.by.label) if groups else ""
            self.tell("")

        self.attempt(act)

    def text(self) -> str:
        """Return what the panel shows."""
        return "Les notes des lecteurs, de 1 à 10, selon les réglages : chaque note, la moyenne, et ce que l’on peut en dire."

    def picture(self) -> str:
        """Return the ratings as a drawing, or the sentence that says why there are none."""
        return draw_averages(self._groups, self.by.label) if self._groups else svg_of_words(self.trouble or verdict({}))


def _table(groups: Groups, by: str) -> str:
    """Return the same figures as a table."""
    rows = []
    for value, scores in groups.items():
        spread = french(stdev(scores), 1) if len(scores) > 1 else "—"
        cells = [len(scores), french(mean(scores), 1), spread, f"{min(scores)} à {max(scores)}"]
        rows.append(f'<tr><th scope="row">{html.escape(_said(value))}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>')
    heads = "".join(f'<th scope="col">{name}</th>' for name in (html.escape(by), "notes", "moyenne", "écart type", "étendue"))
    return f'<table class="atelier-table"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


class Rating(Told):
    """A story to read, and a reader's score for it; below, the averages.  ``story`` is the one that is shown."""

    def __init__(self, stories: Stories | None = None, story: Story | None = None):
        """Rate the stories of ``stories``, ``story`` first (by default the last that was kept)."""
        self.stories = stories or Stories()
        self.story: Story | None = None
        self._by_id: dict[int, Story] = {}
        self._after_rating: list[Callable[[], object]] = []
        self.choice = w.Dropdown(
            description="histoire",
            options=[],
            style={"description_width": "initial"},
            layout={"width": "100%", "max_width": "600px"},
        )
        self.reading, self.message = w.HTML(), status()
        self.score = w.ToggleButtons(
            options=[(str(i), i) for i in range(1, 11)], value=None, description="note sur 10",
            style={"button_width": "48px", "description_width": "initial"},
        )  # fmt: skip
        self.age = w.Text(
            description="âge du lecteur", placeholder="facultatif", tooltip="âge du lecteur, en années (facultatif)",
            style={"description_width": "initial"}, layout={"width": "245px"},
        )  # fmt: skip
        self.remark = w.Text(
            description="remarque", placeholder="ce qui plaît, ce qui cloche (facultatif)", tooltip="remarque (facultative)",
            style={"description_width": "initial"}, layout={"width": "100%", "max_width": "500px"},
        )  # fmt: skip
        self.rate_button = button("Donner cette note", self.rate, button_style="primary")
        self.averages = Averages(self.stories)
        reader, giving = row(self.age, self.remark), row(self.rate_button)
        self._for_stories = [self.choice, self.score, reader, giving, self.averages]
        super().__init__(self.choice, self.reading, self.score, reader, giving, self.message, self.averages)
        self.choice.observe(lambda change: self.attempt(lambda: self._chosen(change["new"])), "value")
        show(self._for_stories, False)  # as long as the file has not been read
        self.refresh()
        if story:
            self.show(story)

    def on_rate(self, call: Callable[[], object]) -> None:
        """Call ``call()`` after each score."""
        self._after_rating.append(call)

    def refresh(self) -> None:
        """Read the stories again: others may have been kept or deleted since."""
        self.attempt(self._load)

    def _load(self) -> None:
        stories = self.stories.all()
        self._by_id = {story.id: story for story in stories}
        before, score = self.choice.value, self.score.value
        self.choice.options = [(first_words(typeset(story.title), 70), story.id) for story in stories]
        self.choice.value = before if before in self._by_id else next(iter(self._by_id), None)
        self._chosen(self.choice.value)
        if self.choice.value == before:  # a score that was being given is not lost
            self.score.value = score
        self.averages.refresh()

    def show(self, story: Story) -> None:
        """Show a story to be rated."""

        def act() -> None:
            self._load()
            if story.id in self._by_id:
                self.choice.value = story.id

        if self.attempt(act):
            self.tell("")

    def _chosen(self, story_id: int | None) -> None:
        self.story = None if story_id is None else self._by_id.get(story_id)
        show(self._for_stories, self.story is not None)  # before the first story, nothing but the sentence
        if self.story is None:
            self.score.value = None
            self.reading.value = '<div class="atelier-quiet">Aucune histoire à noter pour l’instant\u00a0: gardez-en une.</div>'
            return
        self.score.value = None
        self._show_page(self.story)

    def _show_page(self, story: Story) -> None:
        """Show the story; folded up, its settings and what the others gave: who has seen them does not score alone any more."""
        said = self.stories.opinions().get(story.id, [])
        heard = "".join(f"<li>{html.escape(typeset(said_opinion(one)))}</li>" for one in said)
        average = f"{_count(len(said))}, moyenne {french(mean(one.score for one in said), 1)}<ul>{heard}</ul>" if said else ""
        name = "Ses réglages" + (", et ce qu’en disent les autres" if said else "") + " (donnez d’abord votre note)"
        folded = f"<details><summary>{name}</summary>{signature(story)}{average}</details>"
        self.reading.value = page(story, signed=False) + folded

    def rate(self) -> None:
        """Write down the score, then wait for the next reader."""

        def act() -> None:
            if self.score.value is None:
                raise WorkshopError("Choisissez d’abord une note, de 1 à 10.")
            typed = self.age.value.strip().removesuffix("ans").strip()
            if typed and not typed.isdecimal():
                raise WorkshopError(
                    f"L’âge s’écrit en chiffres\u00a0: «\u00a0{typed}\u00a0» n’en est pas un. Vous pouvez aussi le laisser vide."
                )
            score, story = self.score.value, there(self.story)
            self.stories.rate(story.id, score, int(typed) if typed else None, self.remark.value)
            self.score.value, self.age.value, self.remark.value = None, "", ""
            self._show_page(story)
            self.averages.refresh()
            self.tell(f"Merci : {score} sur 10 pour « {story.title} ». Au lecteur suivant !", "✅")
            for call in self._after_rating:
                call()

        self.attempt(act)

    def text(self) -> str:
        """Return what the panel is for."""
        return "Noter une histoire de 1 à 10, avec son âge et une remarque si l’on veut ; puis les moyennes selon les réglages."

    def picture(self) -> str:
        """Return the ratings as a drawing."""
        return self.averages.picture()
