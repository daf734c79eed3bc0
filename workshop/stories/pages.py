"""A story, what a reader thinks of it, and the files that people open: Markdown to read, CSV for a spreadsheet."""

import contextlib
import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean

from ..base.errors import WorkshopError
from ..base.typography import french, typeset

#: The settings as an attendee reads them, in the order of the playground.
SETTINGS = {
    "temperature": "température", "top_k": "top-k", "top_p": "top-p", "max_new_tokens": "longueur", "num_beams": "faisceaux",
    "no_repeat_ngram_size": "n-grammes sans répétition", "repetition_penalty": "pénalité de répétition", "seed": "graine",
}  # fmt: skip

#: Settings that change nothing: on a page, only those that act are worth reading.
_WITHOUT_EFFECT = {"top_k": 0, "top_p": 1, "num_beams": 1, "no_repeat_ngram_size": 0, "repetition_penalty": 1}


@dataclass(frozen=True)
class Story:
    """A text that was kept, and how to make it again."""

    id: int
    title: str
    prompt: str
    text: str  #: the continuation, without the prompt
    model: str
    settings: dict  #: the fields of :class:`workshop.generation.Sampling`
    kept_at: str  #: local time, ISO 8601, to the second
    tokens: str = ""  #: the continuation token by token, for whoever kept it; empty when nobody gave it

    @property
    def shown(self) -> str:
        """The whole text, as it is read."""
        return self.prompt.rstrip(" \u00a0") + self.text


@dataclass(frozen=True)
class Opinion:
    """What one reader thinks of a story."""

    score: int  #: from 1 to 10
    age: int | None
    remark: str
    rated_at: str  #: local time, ISO 8601, to the second


def file_name(ending: str, now: datetime | None = None) -> str:
    """Return a name for an exported file that says when, without the « : » that Windows refuses."""
    return f"histoires-{now or datetime.now():%Y-%m-%d-%Hh%Mm%S}.{ending}"


def said_settings(settings: Mapping[str, float]) -> str:
    """Return settings in one line: ``température 0,8 · top-p 0,9…``."""
    return " · ".join(f"{SETTINGS.get(name, name)} {french(value)}" for name, value in settings.items())


def acting(settings: Mapping[str, float]) -> dict[str, float]:
    """Return the settings that change something."""
    return {name: value for name, value in settings.items() if value != _WITHOUT_EFFECT.get(name)}


def said_opinion(opinion: Opinion) -> str:
    """Return a reader's opinion in one line: ``8/10 (12 ans) : « Très beau. »``."""
    age = f" ({opinion.age} ans)" if opinion.age is not None else ""
    remark = f"\u00a0: «\u00a0{' '.join(opinion.remark.split())}\u00a0»" if opinion.remark else ""
    return f"{opinion.score}/10{age}{remark}"


def markdown(stories: Sequence[Story], opinions: Mapping[int, Sequence[Opinion]]) -> str:
    """Return stories as a Markdown text: title, settings, text, and what the readers think."""
    parts = [f"# Histoires de l’atelier\n\n{len(stories)} histoire{'s' if len(stories) > 1 else ''}.\n"]
    for story in stories:
        title = _plain(typeset(story.title))
        when = datetime.fromisoformat(story.kept_at)
        facts = f"*{_plain(story.model)} · {said_settings(story.settings)} · gardée le {when:%d/%m/%Y à %H:%M}*"
        text = "\n\n".join(_plain(line.strip()) for line in typeset(story.shown).splitlines() if line.strip())
        said = "".join(f"\n- {_plain(said_opinion(one))}" for one in opinions.get(story.id, ()))
        parts.append(f"## {title}\n\n{facts}\n\n{text}\n{said}" + ("\n" if said else ""))
    return "\n".join(parts)


def _plain(text: str) -> str:
    """Escape what Markdown would take for a sign of its own."""
    text = "".join("\\" + letter if letter in "\\`*_[]<>|$~" else letter for letter in text)
    return "\\" + text if text[:1] in "#+-=" else text


def csv_table(stories: Sequence[Story], opinions: Mapping[int, Sequence[Opinion]]) -> str:
    """Return stories as a table for a French Excel: ``;`` between cells, decimal commas, CRLF (and a BOM when written)."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        ["numéro", "titre", "début", "suite", "modèle", *SETTINGS.values(), "gardée le", "notes", "moyenne", "avis"],
    )
    for story in stories:
        said = opinions.get(story.id, ())
        average = str(round(mean(one.score for one in said), 2)).replace(".", ",") if said else ""
        settings = [str(story.settings.get(name, "")).replace(".", ",") for name in SETTINGS]
        texts = [cell(text) for text in (story.title, story.prompt, story.text, story.model)]
        remarks = cell(" | ".join(said_opinion(one) for one in said))
        writer.writerow([story.id, *texts, *settings, story.kept_at.replace("T", " "), len(said), average, remarks])
    return sheet.getvalue()


def cell(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula (source: OWASP, « CSV Injection »)."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def write(path: Path, text: str, encoding: str) -> Path:
    """Write a whole file or none: what was there stays until the new one is finished.

    Raises:
        WorkshopError: the folder cannot be written to, the disk is full, or the file is open in Excel (Windows).
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding=encoding, newline="")
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise WorkshopError(
            f"«\u00a0{path}\u00a0» n’a pas pu être écrit ({error.strerror or error})\u00a0: s’il est ouvert dans un autre "
            "programme, fermez-le\u00a0; sinon, choisissez un autre dossier ou libérez de la place. Vos histoires sont intactes."
        ) from error
    return path
