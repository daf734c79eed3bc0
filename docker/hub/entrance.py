"""At the door of the class server: what a name becomes, whether a secret is the right one, and how fast one may guess.

Only Python's standard library: ``jupyterhub_config.py`` imports it, and so do tests that have no JupyterHub.
"""

import asyncio
import hmac
import ipaddress
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Hashable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

#: Letters whose readers would write them otherwise than their name in Unicode says (« ɛ » is a LATIN SMALL LETTER OPEN E).
LETTERS = str.maketrans({"ð": "d", "þ": "th", "ŋ": "n", "ə": "e", "ɣ": "g", "ɩ": "i", "ʊ": "u", "ʃ": "s", "ʒ": "z"})
_NAMED = re.compile("LATIN SMALL (?:LETTER|LIGATURE) (?:OPEN |DOTLESS |REVERSED |TURNED )*([A-Z]{1,2})(?: BAR| WITH .*)?")


def _latin(sign: str) -> str:
    """Return a letter that Unicode does not take apart into a plain one and an accent, without what is drawn through it."""
    found = _NAMED.fullmatch(unicodedata.name(sign, "")) if sign > "~" else None
    return found[1].lower() if found else sign


def plain_name(name: str) -> str:
    """Return the account of a name as it was typed: « Élodie B. » is ``elodie-b``, « Œuvrard » is ``oeuvrard``.

    All that is neither a letter nor a digit is the same: « O’Brien » and « O'Brien » are one person.
    """
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(LETTERS)  # « ℰ » is E, then e
    kept = (sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))  # not accents, nor invisible signs
    letters = "".join(map(_latin, kept))
    return re.sub("[^a-z0-9]+", "-", letters).strip("-")


def plain_secret(secret: str) -> str:
    """Return a secret without what keyboards and files add to it: spaces around, accents written apart."""
    return unicodedata.normalize("NFC", secret).strip()


def is_same(typed: str, secret: str) -> bool:
    """Compare two secrets, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(plain_secret(typed).encode(), plain_secret(secret).encode())


def neighbourhood(address: str) -> str:
    """Return what one person cannot leave at will: an IPv4 address, or the first half of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 6:
        found = found.ipv4_mapped or ipaddress.ip_network(f"{found}/64", strict=False).network_address
    return str(found)


class TooManyGuesses(Exception):
    """All the seats are taken by wrong guesses that wait for their answer."""


@dataclass
class Bench:
    """Where wrong guesses of one kind wait for their answer."""

    seats: int
    free: float  #: mistakes that are still answered at once
    since: float  #: when that was counted
    taken: int = 0


@dataclass
class Patience:
    """Slow guesses down without shutting out whoever knows.

    A right answer is given at once.  After a few mistakes, a wrong one is given only after ``wait`` seconds, on a bench with few
    seats, and nothing is compared while all are taken: one cannot try faster than ``seats / wait`` a second.  A room of thirty
    behind one address mistypes its code thirty times for free, and somebody who guesses there holds up nobody but themselves
    (or, with more questions at once than there are seats, the others for a few seconds).
    """

    wait: float = 4.0  #: seconds
    regained: float = 0.1  #: free mistakes that come back each second
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = asyncio.sleep
    benches: dict[Hashable, Bench] = field(default_factory=dict)

    def _bench(self, key: Hashable, free: int, seats: int) -> Bench:
        now = self.clock()
        bench = self.benches.get(key)
        if bench is None:
            self._forget(now)
            bench = self.benches[key] = Bench(seats, free, now)
        bench.free, bench.since = min(free, bench.free + (now - bench.since) * self.regained), now
        return bench

    def _forget(self, now: float) -> None:
        """Forget those on which nobody sits and whose mistakes are old, or there would be one for each address of the world."""
        if len(self.benches) >= 1000:
            old = [key for key, bench in self.benches.items() if not bench.taken and now - bench.since > 600]
            for key in old:
                del self.benches[key]

    @asynccontextmanager
    async def turn(self, places: Iterable[tuple[Hashable, int, int]]) -> AsyncIterator[None]:
        """Compare a guess inside; what is raised there makes it a wrong one, and waits.

        Args:
            places: for each bench that it needs a seat on: its name, the mistakes that are free, and the seats.

        Raises:
            TooManyGuesses: there is no seat.
        """
        benches = [self._bench(*place) for place in places]
        if any(bench.taken >= bench.seats for bench in benches):
            raise TooManyGuesses
        for bench in benches:
            bench.taken += 1
        try:
            yield
        except Exception:
            slow = any(bench.free < 1 for bench in benches)
            for bench in benches:
                bench.free = max(0, bench.free - 1)
            if slow:
                await self.sleep(self.wait)
            raise
        finally:
            for bench in benches:
                bench.taken -= 1
