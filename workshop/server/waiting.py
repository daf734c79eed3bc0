"""One generation at a time for each model: a short queue, in the order in which readers came."""

import math
import time
from collections import deque
from collections.abc import Callable
from statistics import median
from threading import Condition
from types import TracebackType

#: Seconds that a generation is thought to take before one was seen.
FIRST_GUESS = 5.0

#: Of how many generations the durations are remembered: what the machine does now, not what it did this morning.
REMEMBERED = 20


class BusyError(Exception):
    """All places are taken."""

    def __init__(self, retry_after: int):
        """``retry_after``: the seconds in which those who are there now should have been served."""
        super().__init__(retry_after)
        self.retry_after = retry_after


class Line:
    """The readers of a model: the first of them has it, the others wait behind, and there are only so many places.

    Every method may be called from any thread.
    """

    def __init__(self, places: int, clock: Callable[[], float] = time.monotonic):
        """``places``: how many may wait behind the one who has the model."""
        self.places, self.clock = places, clock
        self._people: deque[Place] = deque()
        self._durations: deque[float] = deque(maxlen=REMEMBERED)
        self._changed = Condition()

    def enter(self) -> "Place":
        """Take the last place.

        Raises:
            BusyError: there is none left.
        """
        with self._changed:
            if len(self._people) > self.places:
                raise BusyError(self._retry_after())
            place = Place(self)
            self._people.append(place)
            self._look()
            return place

    @property
    def waiting(self) -> int:
        """How many wait, without the one who has the model."""
        with self._changed:
            return max(0, len(self._people) - 1)

    def _look(self) -> None:
        """Note since when the first one has had the model, and wake those who wait."""
        if self._people and self._people[0].began is None:
            self._people[0].began = self.clock()
        self._changed.notify_all()

    def _retry_after(self) -> int:
        usual = median(self._durations) if self._durations else FIRST_GUESS
        first = self._people[0]
        spent = self.clock() - (first.began if first.began is not None else self.clock())
        return max(1, math.ceil(usual * len(self._people) - min(spent, usual)))


class Place:
    """A reader's place in a :class:`Line`; whoever leaves it, at any moment and as often as wanted, frees it."""

    def __init__(self, line: Line):
        """Made by :meth:`Line.enter` alone."""
        self.line, self.came = line, line.clock()
        self.began: float | None = None

    @property
    def ahead(self) -> int:
        """How many are served before this reader: 0 is one's turn (and after one has left)."""
        with self.line._changed:
            return self._ahead()

    def _ahead(self) -> int:
        return self.line._people.index(self) if self in self.line._people else 0

    @property
    def waited(self) -> float:
        """The seconds between coming and having the model (so far, for those who still wait)."""
        return (self.line.clock() if self.began is None else self.began) - self.came

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for one's turn, at most ``seconds``; return whether it has come (it never does once one has left)."""
        with self.line._changed:
            self.line._changed.wait_for(lambda: self._ahead() == 0, seconds)
            return bool(self.line._people) and self.line._people[0] is self

    def begin(self) -> None:
        """Count from now on: what came before, such as the loading of a model, is no measure of how long others will take."""
        with self.line._changed:
            self.began = self.line.clock()

    def leave(self) -> None:
        """Free the place: the next one has the model, if it was this reader's."""
        with self.line._changed:
            if self not in self.line._people:
                return
            if self.began is not None:
                self.line._durations.append(self.line.clock() - self.began)
            self.line._people.remove(self)
            self.line._look()

    def __enter__(self) -> "Place":
        """Return the place itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Free it."""
        self.leave()
