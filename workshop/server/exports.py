"""The stories that somebody takes away: JSON, a table for a spreadsheet, a text to read."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ..base.typography import typeset_pieces
from ..stories.pages import cell, said_settings
from ..stories.shelf import first_words
from .database import Story

TITLE = 80  # characters
FORMATS = {"txt": "texte", "csv": "tableau (CSV)", "json": "JSON"}
_COLUMNS = ("date", "langue", "modèle", "note", "début", "suite", "réglages")


def parts(story: Story) -> list[str]:
    """Return what the reader gave and what the model wrote, as they are read in the language of the story."""
    pieces = [story.prompt.rstrip(" \u00a0"), story.text]
    return typeset_pieces(pieces) if story.language == "fr" else pieces


def whole(story: Story) -> str:
    """Return a story from its first word to its last."""
    return "".join(parts(story))


def title(story: Story) -> str:
    """Return its first words."""
    return first_words(whole(story), TITLE)


def here(moment: datetime) -> datetime:
    """Return a moment of the database in the time of this machine."""
    return moment.replace(tzinfo=UTC).astimezone()


def as_json(stories: Sequence[Story]) -> str:
    """Return everything that is known of each story."""
    known = [
        {
            "created": here(one.created).isoformat(),
            "language": one.language,
            "model": one.model,
            "rating": one.rating,
            "prompt": one.prompt,
            "text": one.text,
            "settings": one.settings,
        }
        for one in stories
    ]
    return json.dumps({"stories": known}, ensure_ascii=False, indent=2) + "\n"


def as_table(stories: Sequence[Story]) -> str:
    """Return a table for a French Excel (``;``, CRLF, BOM); no cell can be taken for a formula."""
    sheet = io.StringIO(newline="")
    sheet.write("\ufeff")
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for one in stories:
        texts = (one.prompt, one.text, said_settings(one.settings))
        note = "" if one.rating is None else one.rating
        writer.writerow([f"{here(one.created):%Y-%m-%d %H:%M:%S}", one.language, cell(one.model), note, *map(cell, texts)])
    return sheet.getvalue()


def as_text(stories: Sequence[Story]) -> str:
    """Return the stories one after the other, to be read."""
    blocks = []
    for one in stories:
        note = f" · {one.rating}/10" if one.rating else ""
        blocks.append(f"{here(one.created):%d/%m/%Y} · {one.model}{note}\n\n{whole(one).strip()}\n")
    return f"\n{'—' * 20}\n\n".join(blocks)


WRITERS: dict[str, tuple[str, Callable[[Sequence[Story]], str]]] = {
    "json": ("application/json", as_json),
    "csv": ("text/csv", as_table),
    "txt": ("text/plain", as_text),
}
