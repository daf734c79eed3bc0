"""The one exception that attendees are meant to read."""


class WorkshopError(Exception):
    """Something foreseeable went wrong; the message is one French sentence that says what to do."""
