"""What comes from the hub of models while the library downloads, heard as it comes."""

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .web import cut, refused

#: Bytes that what is not a file, or has no size, may have: the list of a model's files has thousands, the largest tokenizers
#: some millions.
CEILING = 50_000_000

#: What a server answers to whoever asks too often, and what it answers with a whole file.
TOO_MANY, WHOLE = 429, 200


class GivenUpError(Exception):
    """The download is not worth waiting for; the text is the reason."""


class Ear:
    """What comes from the hub, piece by piece: the library itself tells of a file ten million bytes at a time.

    It hears what the library's client asks and receives, as two of its hooks.
    """

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.count = 0  #: bytes that came
        self.status = 0  #: of the last answer
        self.restarts = 0  #: how often a file that was cut came from its beginning again
        self.given_up = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what goes through the client of the library."""
        from huggingface_hub import get_session

        hooks = get_session().event_hooks
        hooks["request"].append(self.asked)
        hooks["response"].append(self.answered)
        try:
            yield
        finally:
            hooks["request"].remove(self.asked)
            hooks["response"].remove(self.answered)

    def asked(self, _request: Any) -> None:
        """Keep the library from trying again for whoever waits no more: Python could not end before it."""
        self.came(0)

    def answered(self, response: Any) -> None:
        """Count the bytes of an answer as they come."""
        self.status, raw = response.status_code, response.iter_raw
        host = urlsplit(str(response.url)).netloc
        if self.status == TOO_MANY:  # the library would wait as long as it is told to, ten minutes perhaps
            raise GivenUpError(refused(host, self.status))
        self.restarts += self.status == WHOLE and "range" in response.request.headers
        if self.restarts > 2:  # the library would begin again for ever
            raise GivenUpError(cut(host))
        bounded = "/api/" in str(response.url) or "content-length" not in response.headers

        def heard(*args: Any, **kwargs: Any) -> Iterator[bytes]:
            size = 0
            for piece in raw(*args, **kwargs):
                self.came(len(piece))
                size += len(piece)
                if bounded and size > CEILING:
                    raise GivenUpError(f"{host} envoie plus de {CEILING // 1_000_000}\u00a0Mo, ce n’est pas un modèle")
                yield piece

        response.iter_raw = heard

    def came(self, count: float) -> None:
        """Count what has come; stop whoever brings it when nobody waits for it any more."""
        if self.given_up:
            raise GivenUpError
        self.count += int(count)
