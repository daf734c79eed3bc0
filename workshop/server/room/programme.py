"""What the room knows of the workshop: chapters, exercises, and the messages of the mistakes that notebooks name by number."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Lesson:
    """An exercise."""

    id: str
    title: str
    minutes: int
    bonus: bool
    mistakes: tuple[str, ...]  #: their messages; the first is number 1
    hints: tuple[int, ...]  #: the number of the hint that helps, for each mistake


@dataclass(frozen=True)
class Part:
    """A chapter."""

    number: int
    title: str
    minutes: int  #: those that are printed
    lessons: tuple[Lesson, ...]
    room: tuple[str, ...] = ()  #: the exercises that the notebook marks « en salle »; none: all that are not a bonus

    @property
    def needed(self) -> tuple[Lesson, ...]:
        """The exercises that the printed minutes are for."""
        return tuple(lesson for lesson in self.lessons if (lesson.id in self.room if self.room else not lesson.bonus))


class Programme:
    """The chapters, in order."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Keep them."""
        self.parts = tuple(parts)

    @cached_property
    def lessons(self) -> dict[str, Lesson]:
        """Every exercise by its id."""
        return {lesson.id: lesson for part in self.parts for lesson in part.lessons}

    @cached_property
    def part_of(self) -> dict[str, Part]:
        """The chapter of every exercise."""
        return {lesson.id: part for part in self.parts for lesson in part.lessons}
