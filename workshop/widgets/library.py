"""The stories that were kept: read them again, look for one, name it, delete it (and change one's mind), take them away."""

import base64
import html
from collections.abc import Callable
from datetime import datetime
from functools import partial
from statistics import mean

import ipywidgets as w

from ..base.typography import french, typeset
from ..stories.pages import file_name
from ..stories.shelf import Stories, Story, first_words
from .common import FAINT, status, svg, svg_of_words
from .pages import Told, button, page, row, show, there

SHOWN = 8  # stories in the picture that stands for the panel
EMPTY = "Aucune histoire pour l’instant\u00a0: gardez-en une, elle apparaîtra ici."


class StoriesPanel(Told):
    """The stories of one file.  ``chosen`` is the one that is shown, ``None`` when there is none."""

    def __init__(self, stories: Stories | None = None, on_open: Callable[[Story | None], None] | None = None):
        """Show ``stories`` (by default those of ``outputs/``); ``on_open`` is given the story to go on from."""
        self.stories = stories or Stories()
        self.chosen: Story | None = None
        self._found: dict[int, Story] = {}
        self._after_changes: list[Callable[[], object]] = []
        self.words = w.Text(
            description="chercher", placeholder="un mot, ou plusieurs", tooltip="chercher dans les histoires",
            style={"description_width": "initial"}, layout={"width": "100%", "max_width": "380px"},
        )  # fmt: skip
        self.list = w.Select(description="histoires gardées", options=[], rows=8, layout={"width": "100%"})
        self.list.add_class("atelier-above")
        # JupyterLab keeps the up and down arrows for its cells, even inside a list: the keyboard needs these two
        self.newer_button = button("↑ Plus récente", lambda: self.step(-1))
        self.older_button = button("↓ Plus ancienne", lambda: self.step(1))
        self.reading, self.message = w.HTML(), status()
        self.title = w.Text(
            description="titre", placeholder="nouveau titre", tooltip="nouveau titre",
            style={"description_width": "initial"}, layout={"width": "100%", "max_width": "380px"},
        )  # fmt: skip
        self.rename_button = button("Renommer", self.rename)
        self.delete_button = button("Supprimer", self.delete)
        self.undo_button = button("Annuler la suppression", self.undo)
        self.refresh_button = button("Relire la liste", self.refresh, tooltip="si un autre carnet a gardé des histoires")
        self.markdown_button = button("Exporter en Markdown", lambda: self.export("md"))
        self.csv_button = button("Exporter pour Excel (CSV)", lambda: self.export("csv"))
        self.on_open = on_open
        self.open_button = button("Reprendre cette histoire", self.hand_over, button_style="primary")
        moving = row(self.newer_button, self.older_button)
        naming, exporting = row(self.title, self.rename_button), row(self.markdown_button, self.csv_button)
        opening = [self.open_button] if on_open else []
        self._for_stories = [self.words, self.list, moving, *opening, self.delete_button, naming, exporting]
        super().__init__(
            row(self.words, self.refresh_button),
            self.list,
            moving,
            self.reading,
            row(*opening, self.delete_button, self.undo_button),
            naming,
            exporting,
            self.message,
        )
        self.words.observe(lambda _: self.refresh(), "value")
        self.list.observe(lambda _: self._show(), "value")
        show([*self._for_stories, self.undo_button], False)  # as long as the file has not been read
        self.refresh()

    def refresh(self) -> None:
        """Read the file again: another notebook may have kept or deleted stories."""
        if self.attempt(self._load):
            self.tell("")

    def on_change(self, call: Callable[[], object]) -> None:
        """Call ``call()`` after a story was deleted, brought back or renamed."""
        self._after_changes.append(call)

    def _changed(self) -> None:
        for call in self._after_changes:
            call()

    def _load(self, wanted: int | None = None) -> None:
        """List the stories that hold the words looked for, and show ``wanted``, or the same one as before."""
        wanted = wanted or self.list.value
        opinions = self.stories.opinions()
        self._found = {story.id: story for story in self.stories.search(self.words.value)}
        scores = {story_id: [one.score for one in said] for story_id, said in opinions.items()}
        options = [(_line(story, scores.get(story.id, [])), story.id) for story in self._found.values()]
        if options != list(self.list.options):
            self.list.options = options
        self.list.value = wanted if wanted in self._found else next(iter(self._found), None)
        show([self.undo_button], self.stories.can_undo())
        self._show()

    def show(self, story: Story) -> None:
        """Show a story, which may just have been kept."""
        if self.attempt(lambda: self._find(story)):
            self.tell("")

    def _find(self, story: Story) -> None:
        if story not in self.stories.search(self.words.value):
            self.words.value = ""
        self._load(story.id)

    def _show(self) -> None:
        self.chosen = self._found.get(self.list.value)
        self.title.value = self.chosen.title if self.chosen else ""
        for control in (self.title, self.rename_button, self.delete_button, self.open_button):
            control.disabled = self.chosen is None
        for control in (self.newer_button, self.older_button, self.markdown_button, self.csv_button):
            control.disabled = not self._found
        searched = bool(self.words.value.strip())
        show(self._for_stories, bool(self._found) or searched)  # before the first story, only what it takes to have one
        nothing = "Aucune histoire ne contient tous ces mots." if searched else EMPTY
        self.reading.value = page(self.chosen) if self.chosen else f'<div class="atelier-quiet">{nothing}</div>'

    def step(self, by: int) -> None:
        """Show the story ``by`` lines further down the list, if there is one."""
        ids = list(self._found)
        place = ids.index(self.list.value) + by
        if 0 <= place < len(ids):
            self.list.value = ids[place]

    def hand_over(self) -> None:
        """Give the story that is shown to ``on_open``, if there is one."""
        if self.on_open:
            self.attempt(partial(self.on_open, self.chosen))

    def rename(self) -> None:
        """Give the story that is shown the title that was typed."""

        def act() -> None:
            story = self.stories.rename(there(self.chosen).id, self.title.value)
            self._load(story.id)
            self.tell(f"Elle s’appelle maintenant « {story.title} ».", "✅")
            self._changed()

        self.attempt(act)

    def delete(self) -> None:
        """Delete the story that is shown; the next one takes its place."""

        def act() -> None:
            story, others = there(self.chosen), list(self._found)
            place = others.index(story.id)
            self.stories.delete(story.id)
            self._load(next(iter(others[place + 1 : place + 2] or others[place - 1 : place]), None))
            self.tell(f"« {story.title} » est supprimée. « Annuler la suppression » la ramène.", "🗑")
            self._changed()

        if not self.attempt(act):
            said = self.message.value
            self.attempt(self._load)
            self.message.value = said

    def undo(self) -> None:
        """Bring back the story that was deleted last."""

        def act() -> None:
            story = self.stories.undo()
            if story is None:
                self._load()
                self.tell("Il n’y a pas de suppression à annuler.")
                return
            self._find(story)
            self.tell(f"« {story.title} » est revenue.", "✅")
            self._changed()

        self.attempt(act)

    def export(self, ending: str) -> None:
        """Write the stories of the list into a file (``md`` or ``csv``) beside their own, with a link to download it."""

        def act() -> None:
            path = self.stories.path.with_name(file_name(ending))
            write, kind = {"md": (self.stories.to_markdown, "markdown"), "csv": (self.stories.to_csv, "csv")}[ending]
            content = base64.b64encode(write(path, list(self._found.values())).read_bytes()).decode("ascii")
            count = len(self._found)
            link = f'<a download="{path.name}" href="data:text/{kind};base64,{content}">Télécharger ce fichier</a>'
            self.tell(f"{count} histoire{'s' if count > 1 else ''} dans {path}.", "✅", link)

        self.attempt(act)

    def text(self) -> str:
        """Return what the panel is for."""
        return "Les histoires gardées : les relire, y chercher des mots, les renommer, les supprimer, les exporter."

    def picture(self) -> str:
        """Return the titles of the last stories."""
        stories = list(self._found.values())
        facts = [", ".join([story.model, *_warmth(story)]) for story in stories]
        lines = [
            f'<text x="20" y="{36 + 28 * i}">{html.escape(first_words(typeset(story.title), 60))}'
            f'<tspan fill="{FAINT}" dx="10">{html.escape(facts[i])}</tspan></text>'
            for i, story in enumerate(stories[:SHOWN])
        ]
        if not stories:
            return svg_of_words(self.trouble or EMPTY)
        said = f"Les histoires gardées : {', '.join(story.title for story in stories[:SHOWN])}."
        return svg(720, 28 + 28 * len(lines), said, *lines)


def _line(story: Story, scores: list[int]) -> str:
    """Return a story as one line of the list: title, model, temperature, when, and what its readers give it."""
    when = datetime.fromisoformat(story.kept_at)
    facts = [first_words(typeset(story.title), 60), story.model, *_warmth(story)]
    rated = [f"★ {french(mean(scores), 1)} sur 10 ({len(scores)})"] if scores else []
    return " · ".join([*facts, f"{when:%d/%m à %H:%M}", *rated])


def _warmth(story: Story) -> list[str]:
    return [f"température {french(story.settings['temperature'])}"] if "temperature" in story.settings else []
