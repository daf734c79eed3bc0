"""The one exception that attendees are meant to read, and what a disk says that is full."""

import errno
from collections.abc import Iterator

#: No place, no more of one’s share, a file larger than allowed.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what caused it, or what was being handled when it came: libraries raise another one, which says less."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class WorkshopError(Exception):
    """Something foreseeable went wrong; the message is one French sentence that says what to do."""

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook: IPython calls this instead of printing a traceback."""
        return [f"❌ {self}"]
