"""The one exception that attendees are meant to read, and what a disk says that is full."""

import errno

#: No place, no more of one’s share, a file larger than allowed.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class WorkshopError(Exception):
    """Something foreseeable went wrong; the message is one French sentence that says what to do."""

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook: IPython calls this instead of printing a traceback."""
        return [f"❌ {self}"]
