"""Models for the tests of the server, which write a few words at once."""

from collections.abc import Callable, Iterator
from itertools import cycle, islice

from workshop.server.engine import Engine, Model, Request, Watch

WORDS = (" une", " fois,", " au", " bord", " de", " l’eau", "…")


class FakePen:
    """Writes :data:`WORDS` over and over; ``before`` is called before each of them (to wait, or to fail)."""

    def __init__(self, words: tuple[str, ...] = WORDS, before: Callable[[], object] = lambda: None):
        self.words, self.before = words, before
        self.closed = 0  #: texts that have ended, or were ended

    def count(self, text: str) -> int:
        return len(text.split())

    def pieces(self, request: Request) -> Iterator[str]:
        try:
            for word in islice(cycle(self.words), request.sampling.max_new_tokens):
                self.before()
                yield word
        finally:
            self.closed += 1


def fake_engine(pen: FakePen | None = None, places: int = 8, watch: Watch | None = None) -> Engine:
    """Two models that write in French, one in English, and one that no chapter has made."""
    pen = pen or FakePen()
    return Engine(
        [
            Model("base", "GPT-2 de base", "fr", lambda: pen),
            Model("specialised", "GPT-2 spécialisé", "fr", lambda: pen, lambda: "Le GPT-2 spécialisé n’est pas encore fait."),
            Model("sand", "sand", "fr", FakePen),
            Model("english", "english", "en", FakePen),
        ],
        places,
        watch,
    )
