"""Where a book is: the attendee's own folder (``WORKSHOP_BOOKS``), then the cache, the network, what ships with the workshop.

Nothing half-downloaded or mistaken for a book ever reaches the cache, and nobody waits for a network that does not answer: all
the books of a collection are asked for at once, within :data:`PATIENCE` seconds in all.
"""

import contextlib
import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from ..base import web
from ..base.errors import DISK_FULL, WorkshopError
from ..base.settings import HOW_TO_OPEN, say, settings, unreadable
from .books import Book, Found, RawBook, Source, catalogue, decode, problem_with

PATIENCE = 15.0  #: seconds that an attendee waits for the network, in all
MEMORY = 300.0  #: seconds for which a host that does not answer is left alone
TOGETHER = 4  #: books that are asked for at the same time
OFFLINE = "le réseau est coupé (WORKSHOP_OFFLINE)"
COPY = {"dossier": "du dossier", "cache": "du cache", "embarqué": "embarquée"}  #: what a copy is called, by where it is found

#: Whom it is no use to ask again for now: the host, why, and until when (``time.monotonic``).
_silent: dict[str, tuple[str, float]] = {}


def forget_silence() -> None:
    """Ask every host again: the network may have come back."""
    _silent.clear()


def _try(url: str, book: Book, end: float) -> bytes:
    """Return the checked bytes of a book.

    Raises:
        OutOfReachError: they cannot be had at this address; its host is not asked again for a while when nobody answers there.
    """
    host = urlsplit(url).netloc
    reason, until = _silent.get(host, ("", 0.0))
    if time.monotonic() < until:
        raise web.OutOfReachError(reason, host)
    try:
        data = web.get(url, end - time.monotonic())
    except web.OutOfReachError as error:
        if error.host:
            _silent[error.host] = (str(error), time.monotonic() + MEMORY)
        raise
    if problem := problem_with(data, book, complete=True):
        raise web.OutOfReachError(f"téléchargement refusé, {problem}")
    return data


def _from_network(book: Book, end: float) -> Path:
    """Try each address, twice when what comes is not the book; put it whole into the cache and return its path.

    Raises:
        OutOfReachError: no address gives it before ``end`` (``time.monotonic``), or the cache cannot keep it.
    """
    for url, _ in product(book.urls, range(2)):
        try:
            data = _try(url, book, end)
            break
        except web.OutOfReachError as error:
            problem = error
    else:
        raise problem
    path = settings().cache / "books" / book.file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}.part")
        partial.write_bytes(data)
        return partial.replace(path)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise web.OutOfReachError(f"le disque est plein («\u00a0{path.parent}\u00a0»)") from error
        raise web.OutOfReachError(
            f"le dossier «\u00a0{path.parent}\u00a0» ne peut pas être écrit, donnez-en un autre par WORKSHOP_CACHE"
        ) from error


def _at_hand(book: Book) -> tuple[Source | None, str]:
    """Look for a sound copy without the network; return it, or None and what is wrong with the copy that there is."""
    places: list[tuple[Path | None, Found]] = [
        (settings().books, "dossier"),
        (settings().cache / "books", "cache"),
        (settings().data / "veillees", "embarqué"),
    ]
    problem = ""
    for folder, found in places:
        if folder is None:
            continue
        path = folder / book.file
        try:
            data = path.read_bytes()
        except PermissionError:
            problem = f"la copie {COPY[found]} ne peut pas être lue"
            continue
        except OSError:  # there is none
            continue
        wrong = problem_with(data, book, complete=found == "cache")
        if wrong is None:
            return Source(path, found), ""
        problem = f"la copie {COPY[found]} ne convient pas, {wrong}"
        if found == "cache":  # ours to throw away; a reader's own file is not
            with contextlib.suppress(OSError):  # a cache that several share, to be read only
                path.unlink()
    return None, problem


def gather(books: Sequence[Book], seconds: float = PATIENCE) -> dict[Book, str]:
    """Bring from the network into the cache the books that are not here, several at a time; return why others are still missing.

    Nobody waits longer than ``seconds``, and whoever interrupts waits no more: what has come by then stays.
    """
    missing = [book for book in books if book.urls and not at_hand(book)]
    problems = {book: f"le livre n’est pas arrivé en {seconds:.0f}\u00a0secondes" for book in missing}
    if settings().offline:
        return dict.fromkeys(problems, OFFLINE)
    waiting, end = deque(missing), time.monotonic() + seconds
    last = end - min(0.5, seconds / 10)  # the reason is told before nobody waits for it any more

    def work() -> None:
        with contextlib.suppress(IndexError):  # there are none left
            while True:
                book = waiting.popleft()
                try:
                    _from_network(book, last)
                    del problems[book]
                except web.OutOfReachError as error:
                    problems[book] = str(error)

    threads = [Thread(target=work, daemon=True) for _ in range(min(TOGETHER, len(missing)))]
    for thread in threads:
        thread.start()
    try:
        _wait(threads, end, lambda: len(missing) - len(problems), len(missing))
    except KeyboardInterrupt:
        return dict.fromkeys(problems, web.INTERRUPTED)
    finally:
        waiting.clear()
    return dict(problems)


def _wait(threads: Sequence[Thread], end: float, arrived: Callable[[], int], total: int) -> None:
    """Wait for the threads until ``end``; after two seconds, tell the reader what goes on and how to do without."""
    notice = time.monotonic() + web.NOTICE
    while any(thread.is_alive() for thread in threads) and (now := time.monotonic()) < end:
        if now > notice:
            notice = end
            say(
                f"Les livres arrivent du réseau\u00a0: {arrived()} sur {total} jusqu’ici. {end - now:.0f}\u00a0secondes encore,"
                " au plus (Ctrl-C, ou le carré ■ du carnet, pour s’en passer)."
            )
        time.sleep(0.02)


def fetch(book: Book) -> Source:
    """Find the file of a book: the reader's folder, the cache, the network, what ships with the workshop.

    Raises:
        WorkshopError: it is nowhere; the sentence says why and what to do.
    """
    source, problem = _at_hand(book)
    if source:
        return source
    trouble = gather([book]).get(book, "")
    if book.urls and not trouble:
        return Source(settings().cache / "books" / book.file, "réseau")
    why = " ; ".join(filter(None, [problem, trouble])) or "aucune copie ici"
    raise WorkshopError(
        f"«\u00a0{book.title}\u00a0» est introuvable ({why})\u00a0: posez «\u00a0{book.file}\u00a0» dans le dossier"
        " WORKSHOP_BOOKS, rétablissez le réseau, ou choisissez le corpus embarqué avec WORKSHOP_COLLECTION=veillees."
    )


def read(book: Book) -> RawBook:
    """Fetch a book and decode it.

    Raises:
        WorkshopError: the book is nowhere, or the file found is not a book.
    """
    source = fetch(book)
    data = source.path.read_bytes()
    try:
        text, encoding = decode(data)
    except WorkshopError as error:
        raise WorkshopError(f"«\u00a0{book.title}\u00a0» ({source.path.name}) ne peut pas être lu. {error}") from error
    return RawBook(book, source.path, source.found, text, encoding, hashlib.sha256(data).hexdigest())


def at_hand(book: Book) -> Source | None:
    """Return a sound copy of a book that is here, with no need of the network, if there is one."""
    return _at_hand(book)[0]


def available(collection: str) -> bool:
    """Say whether every book to train and to test on is here, with no need of the network."""
    return all(at_hand(book) for book in catalogue(collection) if book.role != "trap")


def choose_collection() -> str:
    """Choose the corpus, and say which in one sentence: the forced one, George Sand if she is here whole, else the Veillées."""
    if closed := unreadable(settings().books):
        say(f"⚠ «\u00a0{closed}\u00a0» ne peut pas être lu, et l’atelier s’en passe\u00a0: {HOW_TO_OPEN}.")
    forced = settings().collection
    if forced:
        catalogue(forced)  # raises if it does not exist
        say(f"Corpus\u00a0: «\u00a0{forced}\u00a0», comme demandé (WORKSHOP_COLLECTION).")
        return forced
    wanted = catalogue("sand")
    here = {book: _at_hand(book) for book in wanted}
    missing = [book for book in wanted if not here[book][0]]
    if not any(book.role != "trap" for book in missing):
        say("Corpus\u00a0: les romans de George Sand, déjà sur cette machine.")
        return "sand"
    problems = gather(missing)
    lacking = [book for book in missing if book in problems and book.role != "trap"]
    if not lacking:
        say("Corpus\u00a0: les romans de George Sand, téléchargés du projet Gutenberg.")
        return "sand"
    local = next((f"«\u00a0{book.title}\u00a0»\u00a0: {problem}" for book in lacking if (problem := here[book][1])), "")
    why = " ; ".join(filter(None, [local, problems[lacking[0]]]))
    needed = [book for book in wanted if book.role != "trap"]
    some = len(lacking) < len(needed)
    verb = "manquent" if len(lacking) > 1 else "manque"
    lack = f"{len(lacking)} des {len(needed)} romans {verb} encore" if some else "les romans manquent ici"
    advice = " «\u00a0python -m workshop books\u00a0» va chercher le reste." if some else ""
    say(f"Corpus\u00a0: «\u00a0Les Veillées de Mirebrune\u00a0», embarqué dans l’atelier, car {lack} ({why}).{advice}")
    return "veillees"
