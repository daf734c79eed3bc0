"""What the panels about stories share: a page to read, a line that answers what was just done, errors as sentences."""

import html
from collections.abc import Callable, Iterable

import ipywidgets as w

from ..base.errors import WorkshopError
from ..base.typography import typeset
from ..stories.pages import acting, said_settings
from ..stories.shelf import Story
from .common import Panel, sentence


def there(story: Story | None) -> Story:
    """Return the story that a button is for.

    Raises:
        WorkshopError: there is none.
    """
    if story is None:
        raise WorkshopError("Il n’y a pas d’histoire ici\u00a0: gardez-en une d’abord.")
    return story


def signature(story: Story) -> str:
    """Return who wrote a story and with which settings, as HTML."""
    return f'<div class="atelier-quiet">{sentence(story.model)} · {said_settings(acting(story.settings))}</div>'


def page(story: Story, signed: bool = True) -> str:
    """Return a story as it is read: title, settings if it is ``signed``, text (which scrolls, with the keyboard too)."""
    paragraphs = "".join(f"<p>{sentence(line)}</p>" for line in story.shown.splitlines() if line.strip())
    name = html.escape(typeset(story.title))
    return (
        f'<div class="atelier-page" lang="fr"><h3>{sentence(story.title)}</h3>'
        f"{signature(story) if signed else ''}"
        f'<div class="atelier-scroll" tabindex="0" role="group" aria-label="{name}">{paragraphs}</div></div>'
    )


def row(*children: w.Widget) -> w.Box:
    """Return widgets side by side, that go on below where the page is narrow."""
    box = w.Box(list(children), layout={"flex_flow": "row wrap", "display": "flex", "align_items": "center"})
    box.add_class("atelier-row")
    return box


def show(parts: Iterable[w.Widget], shown: bool) -> None:
    """Put widgets on the page, or take them off it."""
    for part in parts:
        part.layout.display = "" if shown else "none"


def button(name: str, action: Callable[[], object], **more: object) -> w.Button:
    """Return a button that does something."""
    made = w.Button(description=name, **more)
    made.on_click(lambda _: action())
    return made


class Told(Panel):
    """A panel with a line, ``message``, for what was just done, or for what could not be and why.

    ``message`` is made by the panel, which puts it among its children where it is to be read; ``trouble`` is the
    last error, until something is done again.
    """

    message: w.HTML
    trouble = ""

    def tell(self, text: str, sign: str = "", more: str = "") -> None:
        """Show a sentence (nothing, if it is empty), with a sign before it and some HTML after it."""
        said = f"{sign} {sentence(text)} {more}".strip()
        self.message.value = said if text else ""

    def attempt(self, action: Callable[[], object]) -> bool:
        """Do something; if a foreseeable error stops it, say so in the panel.  Return whether it was done."""
        try:
            action()
        except WorkshopError as error:
            self.trouble = str(error)
            self.tell(self.trouble, "❌")
            return False
        self.trouble = ""
        return True
