"""What the table of many rooms says of each: the board of its own page as far as cards, without seats, can tell.

A card under three is hidden here as a person is there.  A card is not a person: whoever tries again sends another one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .board import FEW, MOMENT, SHOWN, Cell, Row, Trouble, pace, share, shown
from .gathered import Gathered, Tally
from .programme import Lesson, Part, Programme


@dataclass(frozen=True)
class Overview:
    """A room."""

    code: str
    cards: str  #: of the day
    minutes: int  #: since the last one
    rows: tuple[Row, ...]
    troubles: tuple[Trouble, ...]

    @property
    def here(self) -> Row | None:
        """The chapter where the room is."""
        return next((row for row in self.rows if row.here), None)


def overviews(gathered: Gathered) -> list[Overview]:
    """Return every room that has sent something today, by code."""
    return [found for code in sorted(gathered.rooms) if (found := overview(gathered, code))]


def overview(gathered: Gathered, code: str) -> Overview | None:
    """Return the room of this code; None if it has sent nothing today."""
    tallies, now = gathered.rooms.get(code, ()), int(gathered.clock() // 60)
    if not tallies:
        return None
    programme = gathered.programme
    here = _chapter_of_the_moment(programme, tallies, now)
    rows = tuple(_row(part, tallies, part is here) for part in programme.parts if part.lessons)
    cards = _sum(tally for tally in tallies if tally.outcome != "hint")
    last = max(tally.last for tally in tallies)
    return Overview(code, shown(cards, 0), max(0, now - last), rows, _troubles(programme, tallies, now))


def _sum(tallies: Iterable[Tally]) -> int:
    return sum(tally.events for tally in tallies)


def _is_late(tally: Tally, now: int) -> bool:
    """Whether what the database counted as of the last minutes, when it was asked, is so no more."""
    return tally.last <= now - MOMENT // 60


def _chapter_of_the_moment(programme: Programme, tallies: tuple[Tally, ...], now: int) -> Part | None:
    """Return the chapter that most of the last cards come from; that of the last minute where they are old."""

    def weight(part: Part) -> tuple[int, int, int]:
        of = [tally for tally in tallies if programme.part_of[tally.exercise] is part]
        fresh = sum(tally.fresh for tally in of if not _is_late(tally, now))
        return fresh, max((tally.last for tally in of), default=0), part.number

    return max((part for part in programme.parts if part.lessons), key=weight, default=None)


def _row(part: Part, tallies: tuple[Tally, ...], here: bool) -> Row:
    said, late = _pace(part, tallies, here)
    return Row(part, tuple(_cell(lesson, tallies) for lesson in part.lessons), said, late, here)


def _cell(lesson: Lesson, tallies: tuple[Tally, ...]) -> Cell:
    def of(outcome: str) -> int:
        return _sum(tally for tally in tallies if (tally.exercise, tally.outcome) == (lesson.id, outcome))

    right, stuck = of("right"), of("wrong")
    whole = right + stuck
    return Cell(lesson, shown(right, 0), shown(stuck, 0), share(right, whole), share(stuck, whole), shown(of("hint"), 0))


def _pace(part: Part, tallies: tuple[Tally, ...], here: bool) -> tuple[str, bool]:
    """Compare the time from the first to the last card of a chapter with the printed minutes, where the room is.

    The middle of the room is taken to be past an exercise that has half the ✅ of the one that has most.  Of a chapter that was
    left, only how far the room went is said: somebody may have opened it again hours later.
    """
    ids = {lesson.id for lesson in part.lessons}
    inside = [tally for tally in tallies if tally.exercise in ids]
    if not part.needed or _sum(inside) < FEW:
        return "", False
    right = [_sum(one for one in inside if (one.exercise, one.outcome) == (lesson.id, "right")) for lesson in part.needed]
    past = sum(count >= max(FEW, max(right) / 2) for count in right)
    if not here:
        return f"{past} exercice{'s' * (past > 1)} sur {len(right)}", False
    return pace(part, max(one.last for one in inside) - min(one.first for one in inside) + 1, past)


def _troubles(programme: Programme, tallies: tuple[Tally, ...], now: int) -> tuple[Trouble, ...]:
    """Return the mistakes of the last twenty minutes that came three times or more; a third: of the cards of that exercise."""
    found = []
    recent = [tally for tally in tallies if tally.lately and not _is_late(tally, now)]
    for tally in sorted(recent, key=lambda one: (-one.lately, one.exercise, one.mistake)):
        if tally.outcome == "wrong" and tally.mistake and tally.lately >= FEW:
            lesson = programme.lessons[tally.exercise]
            whole = sum(one.lately for one in recent if one.exercise == lesson.id and one.outcome in ("right", "wrong"))
            third = 3 * tally.lately >= whole
            found.append(Trouble(lesson, tally.mistake, lesson.mistakes[tally.mistake - 1], shown(tally.lately, 0), third))
    return tuple(found[:SHOWN])
