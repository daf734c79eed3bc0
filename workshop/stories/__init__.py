"""Stories that were kept: the ``shelf`` (one SQLite file), the ``pages`` that people open, the sentences of a ``blind`` test."""

from .pages import Opinion, Story
from .shelf import Stories

__all__ = ["Opinion", "Stories", "Story"]
