"""What the panels about stories share: a page to read, a line that answers what was just done, errors as sentences."""

import html
from collections.abc import Callable

import ipywidgets as w

from ..base.errors import WorkshopError
from ..base.typography import typeset
from ..stories.pages import acting, said_settings
from ..stories.shelf import Story
from .common import Panel, sentence

PAGE_STYLE = """<style>
.atelier .atelier-page{border-left:3px solid var(--atelier-blue,#0072B2);padding:2px 0 2px 14px;margin:4px 0 8px}
.atelier .atelier-page h3{margin:0;font-size:18px;line-height:1.35}
.atelier .atelier-page p{font-family:Georgia,"DejaVu Serif",serif;font-size:17px;line-height:1.6;margin:.35em 0;max-width:38em}
.atelier .atelier-scroll{max-height:280px;overflow-y:auto}
.atelier .atelier-quiet{color:var(--atelier-faint,#5F6B76);font-size:14px}
.atelier :is(select,input[type=text]){font-size:15px;height:auto;line-height:1.4}
.atelier summary{cursor:pointer;width:fit-content}
.atelier .atelier-row,.atelier .widget-toggle-buttons{margin-left:2px}
.atelier .atelier-row{flex-flow:row wrap;gap:4px 8px;align-items:center}
.atelier .atelier-row>*{margin:2px 0}
.atelier .widget-toggle-buttons button.jupyter-button{padding:0}
.atelier .jupyter-button.mod-active{font-weight:bold;text-decoration:underline;text-underline-offset:3px;
 box-shadow:inset 0 0 0 2px var(--atelier-blue,#0072B2)}
.atelier table.atelier-table{border-collapse:collapse;margin:6px 0;font-variant-numeric:tabular-nums}
.atelier table.atelier-table :is(th,td){padding:3px 12px;text-align:right;border-bottom:1px solid var(--atelier-faint,#5F6B76)}
.atelier table.atelier-table :is(th,td):first-child{text-align:left}
.atelier .atelier{padding:0;max-width:none;background:transparent}
</style>"""


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
        f'<div class="atelier-scroll" tabindex="0" role="region" aria-label="{name}">{paragraphs}</div></div>'
    )


def row(*children: w.Widget) -> w.Box:
    """Return widgets side by side, that go on below where the page is narrow."""
    box = w.Box(list(children), layout={"flex_flow": "row wrap", "display": "flex", "align_items": "center"})
    box.add_class("atelier-row")
    return box


def button(name: str, action: Callable[[], None], **more: object) -> w.Button:
    """Return a button that does something."""
    made = w.Button(description=name, **more)
    made.on_click(lambda _: action())
    return made


class Told(Panel):
    """A panel with a line, ``message``, for what was just done, or for what could not be and why."""

    def __init__(self, *children: w.Widget):
        """Stack ``children``, which should hold ``self.message`` where it is to be read."""
        super().__init__(w.HTML(PAGE_STYLE, layout={"display": "none"}), *children)

    def tell(self, text: str, sign: str = "", more: str = "") -> None:
        """Show a sentence (nothing, if it is empty), with a sign before it and some HTML after it."""
        said = f"{sign} {sentence(text)} {more}".strip()
        self.message.value = f'<div role="status">{said}</div>' if text else ""

    def attempt(self, action: Callable[[], None]) -> bool:
        """Do something; if a foreseeable error stops it, say so in the panel.  Return whether it was done."""
        try:
            action()
        except WorkshopError as error:
            self.tell(str(error), "❌")
            return False
        return True
