"""Many rooms on one page: the counts that the job of Spark keeps (``workshop/server/streaming.py``), read from their table.

Nobody looks: nothing is asked of the database.  Somebody does: it is asked every two seconds, once for all who look.
"""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa

from ...base.errors import WorkshopError
from .board import MOMENT
from .programme import Programme
from .rooms import CODE, DAY

EVERY = 2.0  #: seconds between two readings
FRESH = 5 * 60.0  #: seconds for which a card tells where the room is
PATIENCE = {"sqlite": {"timeout": 2}, "mysql": {"connect_timeout": 3, "read_timeout": 5, "write_timeout": 5}}

#: The table of the job, as its own ``CREATE TABLE`` makes it.
COUNTS = sa.table("room_counts", *map(sa.column, ("room", "exercise", "outcome", "mistake", "minute", "events")))


class Tally(NamedTuple):
    """How many cards of one kind a room has sent in a day."""

    exercise: str
    outcome: str
    mistake: int  #: 0: none was named
    events: int
    lately: int  #: those of the last twenty minutes
    fresh: int  #: those of the last five
    first: int  #: the minute (since 1970) of the first one
    last: int


class Gathered:
    """The rooms of the day, as the table last said; its methods may be called from several threads."""

    def __init__(
        self,
        database: str,
        programme: Programme,
        password: str = "",
        clock: Callable[[], float] = time.time,
        every: float = EVERY,
    ) -> None:
        """Ask nothing yet.

        Args:
            database: an address of SQLAlchemy, or ``mysql://user@host:3306/base`` as the job has it.
            programme: the exercises that are known; rows about others are left out.
            password: of the database, where the address has none.
            clock: the seconds since 1970, as the servers of the rooms count them.
            every: seconds between two readings.

        Raises:
            WorkshopError: this is no address of a database, or what speaks to such a one is not installed.
        """
        self.programme, self.clock, self.every = programme, clock, every
        self.secret = secrets.token_urlsafe(24)  #: of whoever sees all rooms
        self.rooms: dict[str, tuple[Tally, ...]] = {}
        self.silent: float | None = None  #: since when the database has not answered
        self.over = False
        self.version = 0  #: goes up at each change
        self.changed = threading.Condition()
        self._engine = _engine(database, password)
        self._asked = float("-inf")  # by a clock that nobody sets
        self._asking = False

    def wait(self, version: int, seconds: float) -> int:
        """Return the version of what is known once it is not ``version`` any more, or after so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self.version == version and not self.over:
            self.refresh()
            with self.changed:
                self.changed.wait_for(lambda: self.version != version or self.over, min(left, self.every))
        return self.version

    def refresh(self) -> None:
        """Ask the database, unless it was asked just now or another thread is doing so; the very first answer is waited for."""
        with self.changed:
            if self._asking:
                self.changed.wait_for(lambda: self.version > 0 or self.over, 10)
            if self._asking or time.monotonic() - self._asked < self.every:
                return
            self._asking = True
        rooms = None
        try:
            rooms = self._read()
        except sa.exc.SQLAlchemyError:
            pass  # said on the page: « silent »
        finally:
            with self.changed:
                self._asking, self._asked = False, time.monotonic()
                self._learn(rooms)

    def end(self) -> None:
        """Let those who wait go, and the database too."""
        with self.changed:
            self.over = True
            self.changed.notify_all()
        self._engine.dispose()

    def _learn(self, rooms: dict[str, tuple[Tally, ...]] | None) -> None:
        """Keep what was answered (None: nothing was), and wake those who wait if it is new."""
        silent = None if rooms is not None else self.silent or self.clock()
        rooms = self.rooms if rooms is None else rooms
        if self.version and (rooms, silent) == (self.rooms, self.silent):
            return
        self.rooms, self.silent = rooms, silent
        self.version += 1
        self.changed.notify_all()

    def _read(self) -> dict[str, tuple[Tally, ...]]:
        """Return what each room has sent, by its code.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        now, of = self.clock(), COUNTS.c
        since = [sa.case((of.minute > int((now - seconds) // 60), of.events), else_=0) for seconds in (MOMENT, FRESH)]
        kinds = (of.room, of.exercise, of.outcome, of.mistake)
        sums = map(sa.func.sum, (of.events, *since))
        query = sa.select(*kinds, *sums, sa.func.min(of.minute), sa.func.max(of.minute))
        query = query.where(of.minute > int((now - DAY) // 60)).group_by(*kinds).order_by(*kinds)
        found: dict[str, list[Tally]] = {}
        for room, exercise, outcome, mistake, *numbers in self._rows(query):
            lesson = self.programme.lessons.get(exercise)
            if lesson and CODE.fullmatch(room) and 0 <= mistake <= len(lesson.mistakes):
                found.setdefault(room, []).append(Tally(exercise, outcome, mistake, *map(int, numbers)))
        return {room: tuple(tallies) for room, tallies in found.items()}

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        """Return the rows of a query; none where the job has not made its table yet."""
        try:
            with self._engine.connect() as connection:
                return list(connection.execute(query))
        except sa.exc.DBAPIError as error:
            lacking = sa.exc.OperationalError if self._engine.dialect.name == "sqlite" else sa.exc.ProgrammingError
            if not isinstance(error, lacking) or sa.inspect(self._engine).has_table(COUNTS.name):
                raise
            return []


def _engine(database: str, password: str) -> sa.Engine:
    try:
        url = sa.make_url(database)
        if url.drivername in ("mysql", "mariadb"):
            url = url.set(drivername="mysql+pymysql")
        if password and url.username and not url.password:
            url = url.set(password=password)
        options = PATIENCE.get(url.get_backend_name(), {})
        return sa.create_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=1, connect_args=options)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise WorkshopError(
            "WORKSHOP_ROOM_TABLE n’est pas l’adresse d’une base de données\u00a0: écrivez-la comme "
            "mysql://atelier@localhost:3306/rooms, le mot de passe dans WORKSHOP_STREAM_PASSWORD."
        ) from error
    except ImportError as error:
        raise WorkshopError(
            "Pour lire la table des salles (WORKSHOP_ROOM_TABLE), il manque ce qui parle à cette base\u00a0: "
            f"{error.name}. Pour MariaDB et MySQL\u00a0: python -m pip install PyMySQL."
        ) from error
