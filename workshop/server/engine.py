"""The models that a server writes with, each loaded once, when it is first asked for, and lent to one reader at a time."""

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from ..base.errors import WorkshopError
from ..generation.sampling import COLDEST, Sampling
from ..sharing.requests import GenerationRequest
from .waiting import BusyError, Line, Place

#: How many readers wait behind the one who has a model, at most.
PLACES = 8


class UnknownModelError(WorkshopError):
    """No model of this server has this name, or writes in this language; the message says which there are."""


class UnmadeModelError(WorkshopError):
    """The model is known here, but cannot be used yet; the message says why."""


@dataclass(frozen=True)
class Request:
    """What is asked of a :class:`Pen`: nothing is left to choose."""

    prompt: str
    sampling: Sampling = field(default_factory=Sampling)


def complete(asked: GenerationRequest) -> Request:
    """Return what a pen needs: a seed is drawn if none was given, and at a temperature of 0 the likeliest token comes always."""
    greedy = asked.temperature < COLDEST
    sampling = Sampling(
        temperature=1.0 if greedy else asked.temperature,
        top_k=1 if greedy else 0,
        top_p=asked.top_p,
        max_new_tokens=asked.max_new_tokens,
        seed=secrets.randbelow(2**31) if asked.seed is None else asked.seed,
    )
    return Request(asked.prompt, sampling)


class Pen(Protocol):
    """What writes, once a model is loaded."""

    def count(self, text: str) -> int:
        """Return the number of tokens of ``text``."""

    def pieces(self, request: Request) -> Iterator[str]:
        """Yield what each new token adds to the text (nothing, for a part of a letter)."""


@dataclass(frozen=True)
class Model:
    """A model, before it is loaded."""

    name: str  #: as requests call it
    title: str  #: as pages call it
    language: str  #: « fr » or « en »
    load: Callable[[], Pen]
    lacking: Callable[[], str | None] = lambda: None  #: why it cannot be used yet, as a French sentence; None when it can


class Watch(Protocol):
    """What wants to know how the engine does."""

    def waited(self, model: str, seconds: float) -> None:
        """A reader has come to their turn."""

    def refused(self, model: str) -> None:
        """A reader found no place."""

    def wrote(self, model: str, tokens: int) -> None:
        """A text has ended, or was ended."""


class Text:
    """A text being written: iterate over it for its pieces, each as soon as it is chosen.

    :meth:`close` ends it at once; so does the end of the iteration, whatever ends it.
    """

    def __init__(self, pieces: Iterator[str], longest: int, ended: Callable[["Text"], None]):
        """Take what one token after another adds; ``longest`` is the number of tokens at which it must stop."""
        self.tokens = 0  #: written so far
        self.finish_reason = "stop"  #: « length » when only the number of tokens ended it
        self._pieces, self._longest, self._ended, self._open = pieces, longest, ended, True

    def __iter__(self) -> "Text":
        """Return the text itself."""
        return self

    def __next__(self) -> str:
        """Return the next piece that is not empty."""
        while self._open:
            try:
                piece = next(self._pieces)
            except BaseException:  # its end, or what broke it
                self.close()
                raise
            self.tokens += 1
            if self.tokens >= self._longest:
                self.finish_reason = "length"
            if piece:
                return piece
        raise StopIteration

    def close(self) -> None:
        """Write no more."""
        if self._open:
            self._open = False
            close = getattr(self._pieces, "close", None)
            if close:
                close()
            self._ended(self)

    def __del__(self) -> None:
        """End with whoever forgot to close it, and tell nobody: Python may collect it while a figure is being counted."""
        self._ended = lambda _: None
        self.close()


class Turn:
    """A reader's turn with a model: come to it (:meth:`wait`), write one text or several, then :meth:`close`."""

    def __init__(self, engine: "Engine", model: Model, place: Place):
        """Made by :meth:`Engine.turn` alone."""
        self.model, self._engine, self._place = model, engine, place

    @property
    def ahead(self) -> int:
        """How many are served before."""
        return self._place.ahead

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the turn, at most ``seconds``; return whether it has come."""
        return self._place.wait(seconds)

    def pen(self) -> Pen:
        """Return what writes, once the turn has come; the first time, it is loaded.

        Raises:
            UnmadeModelError: it cannot be loaded.
            RuntimeError: the turn was closed.
        """
        if not self._place.wait():
            raise RuntimeError("this turn is over")
        if self._engine.watch:
            self._engine.watch.waited(self.model.name, self._place.waited)
        pen = self._engine.pen(self.model)
        self._place.begin()
        return pen

    def write(self, pen: Pen, request: Request) -> Text:
        """Begin a text; the turn goes on after it."""
        return Text(pen.pieces(request), request.sampling.max_new_tokens, self._wrote)

    def _wrote(self, text: Text) -> None:
        if self._engine.watch:
            self._engine.watch.wrote(self.model.name, text.tokens)

    def close(self) -> None:
        """Let the next reader have the model."""
        self._place.leave()

    def __enter__(self) -> "Turn":
        """Return the turn itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the next reader have the model."""
        self.close()

    def __del__(self) -> None:
        """Let no reader wait for whoever forgot to close."""
        self.close()


class Engine:
    """All the models of a server.  Every method may be called from any thread."""

    def __init__(self, models: Iterable[Model], places: int = PLACES, watch: Watch | None = None):
        """Take the models in the order in which they are proposed; the first of a language is the one written with by default."""
        self._models = {model.name: model for model in models}
        self.lines = {name: Line(places) for name in self._models}  #: who waits for each model
        self.watch = watch
        self._pens: dict[str, Pen] = {}
        self._loading = Lock()  # one model after the other: two at once would only be slower

    def models(self) -> list[str]:
        """Return the names of the models, those that cannot be used yet too."""
        return list(self._models)

    def model(self, name: str) -> Model:
        """Return the model of this name.

        Raises:
            UnknownModelError: there is none.
        """
        if name not in self._models:
            raise UnknownModelError(f"Ce serveur n’a pas ce modèle\u00a0: prenez {' ou '.join(self._models)}.")
        return self._models[name]

    def choose(self, name: str = "", language: str = "") -> Model:
        """Return the model that is named, else the first that can write in ``language`` (else in French, if one can).

        Raises:
            UnknownModelError: there is none.
        """
        if name:
            return self.model(name)
        french_first = sorted(self._models.values(), key=lambda model: model.language != "fr")
        fluent = [model for model in french_first if language in ("", model.language)]
        if not fluent:
            raise UnknownModelError("Aucun modèle de ce serveur n’écrit dans cette langue\u00a0: prenez-en une autre.")
        return next((model for model in fluent if model.lacking() is None), fluent[0])

    def turn(self, name: str) -> Turn:
        """Take a place in the queue of a model.

        Raises:
            UnknownModelError: there is no such model.
            UnmadeModelError: it cannot be used yet.
            BusyError: too many readers wait for it already.
        """
        model = self.model(name)
        if reason := model.lacking():
            raise UnmadeModelError(reason)
        try:
            return Turn(self, model, self.lines[name].enter())
        except BusyError:
            if self.watch:
                self.watch.refused(name)
            raise

    def pen(self, model: Model) -> Pen:
        """Return what writes, loaded the first time.

        Raises:
            UnmadeModelError: it cannot be loaded.
        """
        with self._loading:
            if model.name not in self._pens:
                try:
                    self._pens[model.name] = model.load()
                except WorkshopError as error:  # its sentence may name a folder of this machine: not for readers
                    raise UnmadeModelError(
                        f"Le modèle «\u00a0{model.name}\u00a0» ne se charge pas sur ce serveur\u00a0: prenez-en un autre."
                    ) from error
            return self._pens[model.name]

    def warm(self) -> None:
        """Load the model that is written with by default, so that its first reader does not wait for that."""
        with contextlib.suppress(WorkshopError):  # whoever asks for it will be told why
            self.pen(self.choose())

    def stream(self, asked: GenerationRequest) -> "Stream":
        """Take a place at once, and return an iterator of the pieces of the text (the first one waits for the turn).

        Whoever stops reading closes it, and the model is free again.

        Raises:
            UnknownModelError, UnmadeModelError, BusyError: as :meth:`choose` and :meth:`turn`.
        """
        return Stream(self.turn(self.choose(asked.model, asked.language).name), complete(asked))


class Stream:
    """One text in one turn: an iterator of pieces."""

    def __init__(self, turn: Turn, request: Request):
        """Made by :meth:`Engine.stream` alone."""
        self.turn, self.request = turn, request
        self.model, self.seed = turn.model, request.sampling.seed  #: what writes, and what has the same text again
        self.text: Text | None = None  #: once its turn has come
        self._open = True

    def __iter__(self) -> "Stream":
        """Return the stream itself."""
        return self

    def __next__(self) -> str:
        """Return the next piece."""
        if not self._open:
            raise StopIteration
        try:
            if self.text is None:
                self.text = self.turn.write(self.turn.pen(), self.request)
            return next(self.text)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Write no more, and let the next reader have the model."""
        self._open = False
        if self.text is not None:
            self.text.close()
        self.turn.close()
