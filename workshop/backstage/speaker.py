"""What whoever presents reads beside a slide: the note of the chapter, an exercise in a few lines, the answer that comes next."""

from collections.abc import Iterator
from typing import Any

from ..exercises.cards import sentence
from ..exercises.core import Exercise, find

FOR_SPEAKER = "*Pour qui présente*\u00a0: "
WAIT = "la réponse est à l’écran à la touche suivante. Laissez d’abord trois personnes parier à voix haute."
THINK = "laissez le silence faire son travail\u00a0: dix secondes, puis demandez à quelqu’un qui n’a pas encore parlé."


#: The window of the notes, which reveal.js writes in English.
NOTES_WINDOW = {
    "<title>reveal.js - Speaker View</title>": "<title>Notes</title>",
    "Loading speaker view...": "Les notes arrivent…",
    ">Upcoming<": ">Ensuite<",
    ">Time <span": ">Durée <span",
    ">Click to Reset<": ">cliquez pour remettre à zéro<",
    "Pacing – Time to finish current slide": "Rythme\u00a0: temps qui reste pour cette diapositive",
    "'default': 'Default'": "'default': 'habituelle'",
    "'wide': 'Wide'": "'wide': 'large'",
    "'tall': 'Tall'": "'tall': 'haute'",
    "'notes-only': 'Notes only'": "'notes-only': 'notes seules'",
    "'Layout' + ( title": "'Disposition' + ( title",
    "Error connecting to main window.<br>Please try closing and reopening the speaker view.": (
        "La fenêtre principale ne répond pas.<br>Fermez celle-ci et rouvrez-la (touche S)."
    ),
    "toLocaleTimeString( 'en-US', { hour12: true,": "toLocaleTimeString( 'fr-FR', { hour12: false,",
    "`reveal.js - Notes`": "`Notes`",
    "Speaker view popup failed to open. Please make sure popups are allowed and reopen the speaker view.": (
        "Le navigateur a bloqué la fenêtre des notes. Autorisez-la pour cette page, ou tapez N\u00a0: notes sous la diapositive."
    ),
}


def in_french(plugin: str) -> str:
    """Return the script of the notes window with its words in French; what another version of reveal.js says is left alone."""
    for english, french in NOTES_WINDOW.items():
        plugin = plugin.replace(english, french)
    return plugin


def add_notes(book: Any) -> None:
    """Give every slide of a notebook that holds an exercise or a question a note for whoever presents it (in place)."""
    import nbformat

    cells = []
    for slide in _slides(book.cells):
        cells += slide
        if said := note(slide):
            written = next((cell for cell in slide if _kind(cell) == "notes"), None)
            if written:
                written.source += f"\n\n{said[0].upper()}{said[1:]}"
            else:
                metadata = {"slideshow": {"slide_type": "notes"}}
                cells.append(nbformat.v4.new_markdown_cell(FOR_SPEAKER + said, metadata=metadata))
    book.cells = cells


def note(slide: list) -> str:
    """Return what to tell whoever presents these cells, beyond what the chapter says; nothing when it asks nothing."""
    if id := next((cell.metadata["exercise"] for cell in slide if "exercise" in cell.metadata), None):
        return about(find(id))
    if not asks(slide) or any(_kind(cell) == "notes" for cell in slide):
        return ""
    answer = next((cell.source for cell in slide if _kind(cell) == "fragment" and cell.cell_type == "markdown"), "")
    if answer:
        return "ce qui vient à la touche suivante. " + answer.split("\n\n")[0]
    return WAIT if any(cell.get("outputs") for cell in slide) else THINK


def asks(slide: list) -> bool:
    """Return whether the words that these cells show at once hold a question."""
    shown = (cell.source for cell in slide if cell.cell_type == "markdown" and _kind(cell) not in ("fragment", "notes", "skip"))
    return any("?" in text for text in shown)


def about(exercise: Exercise) -> str:
    """Return an exercise in a few lines: how long, what for, what goes wrong most, how to help."""
    first = {mistake.message: None for mistake in exercise.known}
    wrong = "\n".join(f"- {sentence(message)}" for message in list(first)[:3])
    return (
        f"exercice {exercise.id}, «\u00a0{exercise.title}\u00a0», {exercise.minutes} min, pour {exercise.purpose}. "
        f"Si l’on sèche\u00a0: {exercise.hints[0]}" + (f"\n\nCe qui arrive le plus souvent\u00a0:\n\n{wrong}" if wrong else "")
    )


def _kind(cell: Any) -> str:
    return cell.metadata.get("slideshow", {}).get("slide_type", "")


def _slides(cells: list) -> Iterator[list]:
    """Yield the cells of each page in turn."""
    page: list = []
    for cell in cells:
        if _kind(cell) in ("slide", "subslide") and page:
            yield page
            page = []
        page.append(cell)
    yield page
