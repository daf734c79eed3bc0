"""The rooms of the day and what happened in each; nothing is written anywhere.

A seat is a number drawn at random, signed with a key that dies with the room: a seat that was not given is seen at once.  Of
events, what is kept is the last outcome of each exercise at each seat, and counts by minute.
"""

import hmac
import re
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...base.errors import WorkshopError
from ...sharing.events import CARDS, FIELDS, HANDS, VERSION, faults
from ...sharing.limits import Bucket, rate_limit
from .programme import Programme

DAY = 16 * 3600.0  #: seconds after which a room is over by itself
SEATS = 2000  #: that a room can give
REMEMBERED = 200  #: ids of each seat, so that an event that comes again is not counted again
CODE = re.compile("[a-z0-9-]{4,40}")  #: of a room: everybody can type it
FLOOD = Bucket(capacity=60, per_second=2, coins=60, at=0.0)  #: « Tout exécuter » makes a dozen cards in a moment

#: Words for codes: short, without accents, told apart when they are read out across a room.
WORDS = (
    "abeille ardoise aubepine bateau berger blaireau bouleau brebis cabane cerise charrue chemin clairiere cloche "
    "colline corneille coquelicot courlis cresson etable etang falaise farine feuille fontaine foret fougere "
    "fournil genet grange grenier grillon hameau herisson hirondelle jardin lande lavoir lierre lisiere loriot lune "
    "marais merle moisson moulin noisette orage orme osier paille pigeon plume pommier prairie riviere roseau ruche "
    "sabot sillon source tilleul verger vielle"
)


class Refused(WorkshopError):
    """The room does not take what it was sent; ``status`` says so in HTTP."""

    def __init__(self, status: int, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.status = status


@dataclass
class State:
    """Where a seat is with an exercise."""

    outcome: str  #: that of the last card; once right, it stays so
    mistake: int | None  #: the number that the last card named
    at: float  #: when, by the clock of the server
    tries: int = 0  #: cards that said ❌


@dataclass
class Seat:
    """A place in the room; of who sits there, nothing is known."""

    number: int
    states: dict[str, State] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)  #: the highest one asked for, by exercise
    seconds: dict[int, int] = field(default_factory=dict)  #: spent in each chapter, as its notebook last said
    last: str = ""  #: the exercise that was last heard of
    hand: float | None = None  #: since when it is raised
    seen: OrderedDict[str, None] = field(default_factory=OrderedDict)
    bucket: Bucket = FLOOD


class Room:
    """One room; its methods may be called from several threads."""

    def __init__(self, programme: Programme, code: str, clock: Callable[[], float] = time.time) -> None:
        """Open it."""
        self.programme, self.code, self.clock = programme, code, clock
        self.secret = secrets.token_urlsafe(24)  #: of whoever leads it
        self.opened = clock()
        self.seats: dict[int, Seat] = {}
        #: How many events by exercise, outcome, mistake (0: none named) and minute since 1970.
        self.counts: Counter[tuple[str, str, int, int]] = Counter()
        self.relay: Callable[[dict[str, Any]], None] | None = None  #: what every event that counts is handed to, with its time
        self.version = 0  #: goes up at each change
        self.changed = threading.Condition(threading.RLock())
        self._key = secrets.token_bytes(32)
        self._ended = False

    @property
    def over(self) -> bool:
        """Whether it was ended, or its day has passed."""
        if not self._ended and self.clock() - self.opened > DAY:
            self.end()
        return self._ended

    def end(self) -> None:
        """End it and forget everything that was in it."""
        with self.changed:
            self._ended = True
            self.seats.clear()
            self.counts.clear()
            self._note()

    def take(self, ticket: Any, version: Any) -> str:
        """Return the ticket of a seat: the one that is shown if this room gave it, else a new one.

        Raises:
            Refused: the room is over or full, or the notebook is of another version.
        """
        with self.changed:
            self._check(version)
            if isinstance(ticket, str) and self._find(ticket):
                return ticket
            if len(self.seats) >= SEATS:
                raise Refused(503, "La salle est pleine.")
            free = [number for number in range(1, max(100, 3 * len(self.seats))) if number not in self.seats]
            number = secrets.choice(free)
            self.seats[number] = Seat(number)
            self._note()
            return self._ticket(number)

    def receive(self, event: Any) -> None:
        """Count an event; one that came before is not counted again.

        Raises:
            Refused: it is not an event of this room, or its seat sends too many.
        """
        with self.changed:
            self._check(event.get("version") if isinstance(event, dict) else None)
            seat = self._find(event.get("seat")) if isinstance(event.get("seat"), str) else None
            if seat is None:
                raise Refused(401, "Cette place n’est pas de cette salle.")
            seat.bucket, wait = rate_limit(seat.bucket, max(self.clock(), seat.bucket.at))  # a clock that is set may go back
            if wait:
                raise Refused(429, "Cette place envoie trop d’événements.")
            if wrong := faults(event) or self._unknown(event):
                raise Refused(422, f"Ces champs ne conviennent pas\u00a0: {', '.join(wrong)}.")
            if event["id"] in seat.seen:
                return
            seat.seen[event["id"]] = None
            if len(seat.seen) > REMEMBERED:
                seat.seen.popitem(last=False)
            self._count(seat, event)

    def lower(self, number: int) -> None:
        """Lower the hand of a seat: somebody went."""
        with self.changed:
            if number in self.seats:
                self.seats[number].hand = None
                self._note()

    def wait(self, version: int, seconds: float) -> int:
        """Return the version of the room once it is not ``version`` any more, or after so many seconds."""
        with self.changed:
            self.changed.wait_for(lambda: self.version != version, seconds)
            return self.version

    def _note(self) -> None:
        self.version += 1
        self.changed.notify_all()

    def _check(self, version: Any) -> None:
        if self.over:
            raise Refused(410, "Cette salle est terminée.")
        if type(version) is not int or version != VERSION:
            raise Refused(409, f"Cette salle parle la version {VERSION} des événements.")

    def _ticket(self, number: int) -> str:
        return f"{number}-{hmac.digest(self._key, str(number).encode(), 'sha256').hex()[:16]}"

    def _find(self, ticket: str) -> Seat | None:
        """Return the seat of a ticket; None if this room did not give it."""
        number = ticket.partition("-")[0]
        if not (ticket.isascii() and number.isdecimal() and len(number) <= 4):
            return None
        return self.seats.get(int(number)) if hmac.compare_digest(ticket, self._ticket(int(number))) else None

    def _unknown(self, event: dict[str, Any]) -> list[str]:
        """Return what the programme does not know: an exercise, or the number of a mistake."""
        if event["exercise"] is None:
            return []
        lesson = self.programme.lessons.get(event["exercise"])
        if lesson is None:
            return ["exercise"]
        return [] if event["mistake"] is None or 1 <= event["mistake"] <= len(lesson.mistakes) else ["mistake"]

    def _count(self, seat: Seat, event: dict[str, Any]) -> None:
        now, id, outcome = self.clock(), event["exercise"], event["outcome"]
        if outcome in HANDS:
            seat.hand = (seat.hand or now) if outcome == "help" else None
        else:
            seat.last = id
            seat.seconds[self.programme.part_of[id].number] = event["seconds"]
        if outcome == "hint":
            seat.hints[id] = max(event["hint"], seat.hints.get(id, 0))
        if outcome in CARDS:
            before = seat.states.get(id)
            tries = (before.tries if before else 0) + (outcome == "wrong")
            if before and before.outcome == "right":
                before.tries = tries
            else:
                seat.states[id] = State(outcome, event["mistake"], now, tries)
        self.counts[id or "", outcome, event["mistake"] or 0, int(now // 60)] += 1
        self._note()
        if self.relay:
            kept = {name: event[name] for name in FIELDS if name not in ("version", "seat")}
            self.relay({"room": self.code, "seat": seat.number, "at": now, **kept})


class Rooms:
    """The rooms that are open, by their code."""

    def __init__(self, programme: Programme, clock: Callable[[], float] = time.time) -> None:
        """Have none yet."""
        self.programme, self.clock = programme, clock
        self._rooms: dict[str, Room] = {}

    def open(self, code: str = "") -> Room:
        """Open a room, under this code or one drawn at random, instead of the one that had it.

        Raises:
            WorkshopError: the code cannot be typed by everybody.
        """
        if code and not CODE.fullmatch(code):
            raise WorkshopError(
                "Un code de salle a de 4 à 40\u00a0caractères\u00a0: lettres minuscules sans accent, chiffres, tirets."
            )
        code = code or f"{secrets.choice(WORDS.split())}-{secrets.randbelow(9000) + 1000}"
        self._rooms[code] = room = Room(self.programme, code, self.clock)
        return room

    def __iter__(self) -> Iterator[Room]:
        """Go through the rooms."""
        return iter(list(self._rooms.values()))

    def find(self, code: str) -> Room:
        """Return the room of this code.

        Raises:
            Refused: there is none.
        """
        if code not in self._rooms:
            raise Refused(404, f"Il n’y a pas de salle «\u00a0{code[:40]}\u00a0».")
        return self._rooms[code]
