"""A text that writes itself while the page stays free: tokens are drawn on a thread of their own and shown in small batches."""

import copy
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..base.errors import WorkshopError
from ..generation.sampling import Sampling
from ..generation.streaming import Token, Writer, stream

INTERVAL = 0.05  # seconds between two updates of the page: smooth to the eye, and the channel to the browser is not flooded

OVERTIME = 60  # tokens, to finish a sentence: two long lines; who writes longer ones is stopped in the middle
_END = re.compile(r"[.!?…][\"”»’')\]\s\u00a0]*$")
_TITLE = re.compile(r"\b(?:M|MM|Mme|Mlle|Mr|Dr|St|Ste|[A-Z])\.\s*$")

#: What a narration reads: given ``should_stop``, an iterator of tokens.
Source = Callable[[Callable[[], bool]], Iterator[Token]]


class Narration:
    """One stream of tokens, read off the caller's thread.

    ``on_tokens`` gets every token so far, at most once each :data:`INTERVAL` (the first one at once); ``on_end`` comes last,
    exactly once, with a French sentence if something went wrong (empty if not).  Both are called from the thread.
    """

    def __init__(self, source: Source, on_tokens: Callable[[list[Token]], None], on_end: Callable[[str], None]):
        """Prepare; :meth:`start` begins."""
        self.source, self.on_tokens, self.on_end = source, on_tokens, on_end
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="narration", daemon=True)

    def start(self) -> "Narration":
        """Begin, and return at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask it to end before the next token; what was written stays."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; return whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def running(self) -> bool:
        """Whether tokens may still come."""
        return self._thread.is_alive()

    def _run(self) -> None:
        trouble = ""
        try:
            self._read()
        except Exception as error:  # whatever a model does, the attendee reads a sentence
            trouble = complaint(error)
        self.on_end(trouble)

    def _read(self) -> None:
        tokens: list[Token] = []
        shown, last = 0, -INTERVAL
        try:
            for token in self.source(self._stop.is_set):
                tokens.append(token)
                if time.monotonic() - last >= INTERVAL:
                    self.on_tokens(list(tokens))
                    shown, last = len(tokens), time.monotonic()
        finally:
            if shown < len(tokens):
                self.on_tokens(list(tokens))


def from_writer(
    get_writer: Callable[[], Writer],
    prompt: str,
    sampling: Sampling,
    whole_sentence: bool = False,
    refused: Callable[[str], bool] | None = None,
) -> Source:
    """Return the source of what a model writes; ``get_writer``, which may take long, is called on the narration's thread.

    Each source reads through a copy of the writer (the model itself is shared), so that two streams never mix.  With
    ``whole_sentence``, it goes on past the length that was asked for, :data:`OVERTIME` tokens at most, to the end of the
    sentence; ``refused`` as in :func:`~workshop.generation.streaming.stream`.
    """

    def source(should_stop: Callable[[], bool]) -> Iterator[Token]:
        writer = get_writer()
        if should_stop():
            return
        overtime = OVERTIME if whole_sentence and sampling.num_beams == 1 else 0
        longer = replace(sampling, max_new_tokens=sampling.max_new_tokens + overtime)
        text = ""
        for count, token in enumerate(stream(copy.copy(writer), prompt, longer, should_stop, refused), 1):
            text += token.text
            yield token
            if overtime and count >= sampling.max_new_tokens and ends_a_sentence(text):
                return

    return source


def ends_a_sentence(text: str) -> bool:
    """Say whether a text that is being written has come to the end of a sentence (« M. » is no end)."""
    return bool(_END.search(text.rstrip())) and not _TITLE.search(text)


def complaint(error: Exception) -> str:
    """Say in a French sentence what went wrong."""
    if isinstance(error, WorkshopError):
        return str(error)
    if isinstance(error, MemoryError):
        return "La mémoire manque : fermez d’autres carnets, ou demandez un texte plus court."
    what = f"{type(error).__name__}\u00a0: {error}"
    return f"Le modèle s’est arrêté sur une erreur ({what}). Changez de modèle ou de réglages et réessayez."


def whole(prompt: str, tokens: Sequence[Token]) -> str:
    """Return a prompt and what was written after it, as one text."""
    return prompt.rstrip(" \u00a0") + "".join(token.text for token in tokens)


def trimmed(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens without the spaces at the very end: the next token brings its own."""
    kept = list(tokens)
    while kept and kept[-1].text.endswith((" ", "\u00a0")):
        last = kept.pop()
        if text := last.text.rstrip(" \u00a0"):
            return [*kept, replace(last, text=text)]
    return kept
