"""The programme of the workshop, for the server of the room: chapters with their printed minutes, exercises, mistakes."""

from ..base import front
from ..base.settings import settings
from ..server.room.programme import Lesson, Part, Programme
from .cards import sentence
from .core import Exercise, of_chapter
from .mistakes import Mistake


def programme() -> Programme:
    """Read the chapters of this repository and their exercises (a few seconds: some need PyTorch)."""
    parts = []
    for path in sorted((settings().root / "solutions").glob("[0-9][0-9]_*.py")):
        said = front.read(path.stem, path.read_text(encoding="utf-8"))
        number = int(path.stem[:2])
        lessons = tuple(lesson(exercise) for exercise in of_chapter(number))
        parts.append(Part(number, said["title"], said["minutes"], lessons, tuple(said["room"])))
    return Programme(parts)


def lesson(exercise: Exercise) -> Lesson:
    """Return what the room knows of an exercise."""
    known: list[Mistake] = exercise.known
    return Lesson(
        exercise.id,
        sentence(exercise.title),
        exercise.minutes,
        exercise.bonus,
        tuple(alone(mistake.message) for mistake in known),
        tuple(mistake.hint for mistake in known),
    )


def alone(message: str) -> str:
    """Return the message of a mistake, which follows the number of its exercise on a card, as a sentence by itself."""
    said = sentence(message)
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "!", "?", "…")) else ".")
