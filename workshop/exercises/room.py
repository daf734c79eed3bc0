"""The room, from a notebook: ``join("code")``.  Without it nothing is sent; with it, a few numbers after each card.

What is sent is written in ``workshop/sharing/events.py``.  A thread sends it: the notebook never waits, and what does not arrive
within a second is dropped.
"""

import contextlib
import json
import os
import queue
import re
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any
from urllib.parse import quote, urlsplit

from ..base.errors import WorkshopError
from ..base.keeping import read_json
from ..base.settings import settings
from ..base.web import opener
from ..sharing.events import FIELDS, VERSION, anonymise
from .cards import Card, show
from .statement import Exercise

TIMEOUT = 1.0  #: seconds for one sending, and for the cell of ``join`` at most
WAITING = 100  #: events that may wait for the thread; those after them are dropped

SENT = (
    "Après chaque carte seront envoyés à {place} : l’exercice, l’issue, le numéro de l’erreur, l’indice demandé, les secondes "
    "écoulées, un numéro d’envoi et une place, tirés au hasard ; jamais votre code, ce qu’il affiche, un nom de fichier, votre "
    "nom ou votre adresse."
)


LEFT, UNKNOWN_SEAT = 0, 401  #: statuses: the attendee has left; the room does not know this seat
#: What the attendee reads when the room refuses for good.
REFUSALS = {
    404: "il n’y a pas de salle « {code} » à cette adresse : relisez le code avec la personne qui anime. Rien n’est envoyé.",
    409: "elle parle une autre version de l’atelier : continuez sans elle. Rien n’est envoyé.",
    410: "la salle « {code} » est terminée. Rien n’est envoyé.",
}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A server that sends elsewhere is not the room's: nothing follows it."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse."""


AGENT = "reseau-romans"  # urllib's own would name the version of Python


@cache
def _way(address: str) -> urllib.request.OpenerDirector:
    """Return what opens an address of the room, made once: to read the certificates of the machine takes longer than to send."""
    return opener(address, _NoRedirect)


class Refused(Exception):
    """The room does not want what was sent; ``status`` is that of HTTP."""

    def __init__(self, status: int) -> None:
        """Keep the status."""
        super().__init__(status)
        self.status = status


def post(address: str, body: Mapping[str, Any]) -> Any:
    """Send an object as JSON and return the one that is answered.

    Raises:
        Refused: the server says so.
        OSError, ValueError, http.client.HTTPException: it cannot be reached, is too slow or answers nonsense.
    """
    data = json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json", "User-Agent": AGENT})
    try:
        with _way(address).open(request, timeout=TIMEOUT) as answer:
            return json.loads(answer.read(4096))
    except urllib.error.HTTPError as error:
        error.close()
        raise Refused(error.code) from None


class Room:
    """A room that this notebook has joined, and the thread that talks to it."""

    def __init__(self, address: str, code: str) -> None:
        """Start the thread; it asks for a seat at once."""
        self.address, self.code = address, code
        self.seat = _kept_seat(address, code)
        self.tried = threading.Event()  #: set once a seat was asked for, whatever came of it
        self.refusal: int | None = None  #: the status of its « no »; nothing more is sent then
        self._start = time.monotonic()
        self._events: queue.Queue[dict[str, Any]] = queue.Queue(WAITING)
        self.seated = False  #: whether the room has confirmed the seat
        threading.Thread(target=self._work, name="room", daemon=True).start()

    @property
    def place(self) -> str:
        """The number of the seat, as it is read out; empty before there is one."""
        return self.seat.partition("-")[0]

    def tell(self, **said: Any) -> None:
        """Hand an event to the thread, and return at once; it is dropped when too many wait."""
        if self.refusal is None:
            seconds = int(time.monotonic() - self._start)
            with contextlib.suppress(queue.Full):
                self._events.put_nowait({"version": VERSION, "id": secrets.token_hex(8), "seconds": seconds, **said})

    def leave(self) -> None:
        """Send nothing more."""
        self.refusal = LEFT
        with contextlib.suppress(queue.Full):  # the thread, if it waits for an event, wakes and ends
            self._events.put_nowait({})

    def _work(self) -> None:
        """Take a seat, then send what comes, until the room refuses for good."""
        work: Callable[[], None] = self._sit
        while self.refusal is None:
            try:
                work()
            except Refused as refused:
                self._heed(refused.status)
            except Exception:
                pass  # unreachable, too slow, nonsense: what was to be said is dropped, and the notebook knows nothing of it
            self.tried.set()
            if self.refusal is None:
                work = partial(self._send, self._events.get())

    def _heed(self, status: int) -> None:
        if status == UNKNOWN_SEAT:  # the room was opened anew since: the next event asks for another seat
            self.seat, self.seated = "", False
        elif status in REFUSALS:
            self.refusal = status

    def _sit(self) -> None:
        given = post(f"{self.address}/salle/{quote(self.code)}/places", {"version": VERSION, "seat": self.seat or None})["seat"]
        if not (isinstance(given, str) and re.fullmatch(FIELDS["seat"], given)):
            raise ValueError("this is no seat")
        self.seat, self.seated = given, True
        _keep_seat(self.address, self.code, given)

    def _send(self, event: dict[str, Any]) -> None:
        if self.refusal is not None:
            return
        if not self.seated:
            self._sit()
        post(f"{self.address}/salle/{quote(self.code)}/evenements", anonymise(event | {"seat": self.seat}, FIELDS))


_joined: Room | None = None


def join(code: str = "", address: str = "") -> Any:
    """Join the room of this code, say what will be sent, and return the button « J'ai besoin d'aide » (None if there is no room).

    The address of the room's server is given, or is part of the code (``192.168.1.10:8010/moulin-4821``), or is in the variable
    ``WORKSHOP_ROOM``, which may hold the code too: the class server sets it.
    """
    global _joined
    try:
        place = _place(code, address)
    except WorkshopError as error:
        show(Card("note", "La salle", str(error)))
        return None
    leave()
    room = Room(*place)
    room.tried.wait(TIMEOUT)
    if room.refusal is not None:
        show(Card("note", "La salle", REFUSALS[room.refusal].format(code=room.code)))
        return None
    _joined = room
    where = SENT.format(place=f"`{room.address}`")
    if not room.seated:
        show(Card("note", "La salle", f"elle ne répond pas encore, et le carnet n’en a pas besoin pour avancer. {where}"))
        return None
    show(Card("note", "La salle", f"vous êtes à la place {room.place}. {where}", closing="`leave()` quitte la salle."))
    return _button(room)


def leave() -> None:
    """Leave the room: nothing is sent any more."""
    global _joined
    if _joined:
        _joined.leave()
    _joined = None


def tell(exercise: Exercise, outcome: str, card: Card | None = None, hint: int | None = None) -> None:
    """Tell the room of a card or of a hint, if one was joined; nothing is done otherwise."""
    if _joined:
        _joined.tell(exercise=exercise.id, outcome=outcome, mistake=card and mistake_in(exercise, card), hint=hint)


def mistake_in(exercise: Exercise, card: Card) -> int | None:
    """Return the number of the mistake that a card names, counted from 1; None when it names none."""
    if card.state != "wrong":
        return None
    messages = [written[1] for written in exercise.mistakes]
    same = [number for number, message in enumerate(messages, 1) if card.message.rstrip(".") == message.rstrip(".")]
    return next(iter(same or [number for number, message in enumerate(messages, 1) if message in card.message]), None)


def _place(code: str, address: str) -> tuple[str, str]:
    """Return the address of a server and the code of a room, from what was typed and from the environment.

    Raises:
        WorkshopError: one of the two is missing, or the address is none.
    """
    before, _, code = str(code).strip().rstrip("/").rpartition("/")
    default, _, usual = os.environ.get("WORKSHOP_ROOM", "").strip().rstrip("/").rpartition("/")
    if re.search("[.:]", usual) or default.endswith(":/"):  # « http://hub:8010 »: an address alone
        default, usual = f"{default}/{usual}".lstrip("/"), ""
    place = (str(address).strip() or before or default).rstrip("/")
    code = "-".join((code or usual).lower().split())
    if not code:
        raise WorkshopError('il manque le code de la salle : par exemple `join("moulin-4821")`.')
    if not place:
        raise WorkshopError(f'il manque l’adresse de la salle, qui s’écrit devant le code : `join("192.168.1.10:8010/{code}")`.')
    place = re.sub("(?<=[^/])/salle$", "", place if "://" in place else f"http://{place}")  # the page's address will do
    try:
        split = urlsplit(place)
        fits = split.scheme in ("http", "https") and split.hostname and not split.query and not split.netloc.endswith(":")
        fits = fits and split.port != 0
    except ValueError:
        fits = False
    if not fits or re.search(r"\s", place):
        raise WorkshopError(f"« {place} » n’est pas l’adresse d’une salle : recopiez celle que montre la personne qui anime.")
    return place, code


def _kept_seat(address: str, code: str) -> str:
    """Return the seat of this room that another notebook of this machine took; empty if there is none."""
    try:
        kept = read_json(settings().outputs / "room.json") or {}
        fits = kept["room"] == f"{address}/{code}" and re.fullmatch(FIELDS["seat"], kept["seat"])
        return kept["seat"] if fits else ""
    except (KeyError, TypeError):
        return ""


def _keep_seat(address: str, code: str, seat: str) -> None:
    try:
        path = settings().outputs / "room.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"room": f"{address}/{code}", "seat": seat}), encoding="utf-8")
    except OSError:
        return  # a disk that is full or read-only: the next chapter will have another seat


def _button(room: Room) -> Any:
    """Return the button that raises the hand of this seat, and lowers it."""
    import ipywidgets as w

    hand = w.ToggleButton(description="✋ J’ai besoin d’aide", layout={"width": "auto"})
    said = w.HTML(f"Votre place : {room.place}.", layout={"margin": "4px 12px"})

    def raised(change: Mapping[str, Any]) -> None:
        room.tell(outcome="help" if change["new"] else "calm")
        said.value = (
            f"Main levée : dites que vous êtes à la place {room.place}." if change["new"] else f"Votre place : {room.place}."
        )

    hand.observe(raised, "value")
    return w.HBox([hand, said])
