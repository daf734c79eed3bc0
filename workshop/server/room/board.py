"""What the instructor's page shows of a room: figures that can be projected, where nobody is recognised.

A count under three is hidden, and so is what lacks fewer than three of everybody: the last two to finish would be seen as well as
the first two.
"""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from statistics import median

from .programme import Lesson, Part
from .rooms import Room, Seat

FEW = 3  #: people below which no count is shown
MOMENT = 20 * 60.0  #: seconds for which a mistake is « of the moment »
SHOWN = 6  #: mistakes at most

HIDDEN, NEARLY = "moins de 3", "presque tous"
SIGNS = {HIDDEN: "<\u00a03", NEARLY: "≈"}  #: the same, where there is little room


def shown(count: int, whole: int) -> str:
    """Return a count of people as it may be projected, out of ``whole``."""
    if count == 0:
        return "0"
    if count < FEW:
        return HIDDEN
    return NEARLY if 0 < whole - count < FEW else str(count)


def share(count: int, whole: int) -> int:
    """Return the same as a percentage, for a bar: nothing where the count is hidden, all where nearly all are there."""
    if count < FEW or whole == 0:
        return 0
    return 100 if whole - count < FEW else round(100 * count / whole)


@dataclass(frozen=True)
class Cell:
    """An exercise on the grid."""

    lesson: Lesson
    right: str
    stuck: str  #: seats whose last card says ❌
    right_share: int
    stuck_share: int
    hints: str  #: seats that asked for one


@dataclass(frozen=True)
class Row:
    """A chapter on the grid, with its pace."""

    part: Part
    cells: tuple[Cell, ...]
    pace: str  #: a sentence; empty where nothing can be said
    late: bool
    here: bool  #: most of those who sent something lately are in this chapter


@dataclass(frozen=True)
class Trouble:
    """A mistake that several people make at this moment."""

    lesson: Lesson
    number: int
    message: str
    count: str
    third: bool  #: a third of the room makes it


@dataclass(frozen=True)
class Hand:
    """A hand raised: its seat has named itself."""

    number: int
    where: str
    minutes: int


@dataclass(frozen=True)
class Board:
    """Everything that the page shows."""

    seats: int
    rows: tuple[Row, ...]
    troubles: tuple[Trouble, ...]
    hands: tuple[Hand, ...]
    ahead: str  #: a sentence about those who have finished the chapter of the moment; empty if too few have


def board(room: Room) -> Board:
    """Look at a room now."""
    with room.changed:
        seats, now = list(room.seats.values()), room.clock()
        here = _chapter_of_the_moment(room, seats)
        rows = tuple(_row(part, seats, part is here) for part in room.programme.parts if part.lessons)
        hands = [Hand(one.number, one.last, max(0, int((now - one.hand) // 60))) for one in seats if one.hand is not None]
        hands.sort(key=lambda hand: (-hand.minutes, hand.number))
        return Board(len(seats), rows, _troubles(room, seats, now), tuple(hands), _ahead(here, seats))


def _chapter_of_the_moment(room: Room, seats: list[Seat]) -> Part | None:
    parts = Counter(room.programme.part_of[seat.last].number for seat in seats if seat.last)
    found = max(parts, key=lambda number: (parts[number], number), default=None)
    return next((part for part in room.programme.parts if part.number == found), None)


def _row(part: Part, seats: list[Seat], here: bool) -> Row:
    pace, late = _pace(part, seats)
    return Row(part, tuple(_cell(lesson, seats) for lesson in part.lessons), pace, late, here)


def _cell(lesson: Lesson, seats: list[Seat]) -> Cell:
    states = Counter(seat.states[lesson.id].outcome for seat in seats if lesson.id in seat.states)
    right, stuck, whole = states["right"], states["wrong"], len(seats)
    asked = sum(lesson.id in seat.hints for seat in seats)
    return Cell(lesson, shown(right, whole), shown(stuck, whole), share(right, whole), share(stuck, whole), shown(asked, whole))


def done(part: Part, seat: Seat) -> int:
    """Return how many of the exercises that the minutes of a chapter are for are right at a seat."""
    return sum(lesson.id in seat.states and seat.states[lesson.id].outcome == "right" for lesson in part.needed)


def _pace(part: Part, seats: list[Seat]) -> tuple[str, bool]:
    """Compare where the middle of the room is with the printed minutes; say whether it is late."""
    inside = [seat for seat in seats if part.number in seat.seconds]
    if len(inside) < FEW or not part.needed:
        return "", False
    return pace(part, median(seat.seconds[part.number] for seat in inside) / 60, int(median(done(part, seat) for seat in inside)))


def pace(part: Part, minutes: float, right: int) -> tuple[str, bool]:
    """Compare the minutes spent in a chapter, where so many exercises are right, with those that are printed."""
    needed = len(part.needed)
    late = right < needed and max(right, 1) / needed < minutes / part.minutes  # the first one takes its time too
    verdict = "fini" if right == needed else "en retard" if late else "dans les temps"
    return f"{minutes:.0f} min sur {part.minutes}, {right} exercice{'s' * (right > 1)} sur {needed}\u00a0: {verdict}", late


def _troubles(room: Room, seats: list[Seat], now: float) -> tuple[Trouble, ...]:
    made = Counter(
        (id, state.mistake)
        for seat in seats
        for id, state in seat.states.items()
        if state.outcome == "wrong" and state.mistake and now - state.at <= MOMENT
    )
    found = []
    for (id, number), count in sorted(made.items(), key=lambda item: (-item[1], item[0])):
        lesson = room.programme.lessons[id]
        if number and count >= FEW:
            third = 3 * count >= len(seats)
            found.append(Trouble(lesson, number, lesson.mistakes[number - 1], shown(count, len(seats)), third))
    return tuple(found[:SHOWN])


def _ahead(here: Part | None, seats: list[Seat]) -> str:
    """Say how many have finished what the room does of the chapter of the moment, while others have not."""
    if here is None or not here.needed:
        return ""
    finished = sum(done(here, seat) == len(here.needed) for seat in seats)
    if finished < FEW or len(seats) - finished < FEW:
        return ""
    others = [lesson.id for lesson in here.lessons if lesson not in here.needed]
    offer = f"proposez les autres exercices ({', '.join(others)})" if others else "proposez-leur d’aider, ou la suite"
    return f"{finished} places ont fini le chapitre {here.number:02d} : {offer}."


def table(room: Room) -> str:
    """Return the counts of a room as CSV: by exercise, outcome and mistake, the seats concerned, hidden as on the page."""
    with room.changed:
        rows: Counter[tuple[str, str, str]] = Counter()
        for seat in room.seats.values():
            for id, state in seat.states.items():
                rows[id, state.outcome, str(state.mistake or "")] += 1
            for id in seat.hints:
                rows[id, "hint", ""] += 1
        whole = len(room.seats)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["exercice", "issue", "erreur", "message", "places"])
    order = list(room.programme.lessons)
    for (id, outcome, number), count in sorted(rows.items(), key=lambda item: (order.index(item[0][0]), item[0])):
        message = room.programme.lessons[id].mistakes[int(number) - 1] if number else ""
        writer.writerow([id, OUTCOMES_IN_FRENCH[outcome], number, message, shown(count, whole)])
    return text.getvalue()


OUTCOMES_IN_FRENCH = {"right": "réussi", "wrong": "pas encore", "todo": "à compléter", "hint": "indice demandé"}
