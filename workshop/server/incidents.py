"""What went wrong on the server: told to the dashboard, to the figures and by e-mail, with nothing of anybody in it."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from flask import Flask, current_app, got_request_exception, request

from ..base.settings import PACKAGE

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

UNKNOWN = "(inconnue)"


@dataclass(frozen=True)
class Incident:
    """An error that nobody foresaw.

    Its message and the values of its variables are left out: they may be what a reader has typed.  Its address is the rule that
    answers it, not what was asked for.
    """

    when: datetime
    route: str
    method: str
    kind: str  #: the type of the exception
    places: tuple[str, ...]  #: where in the code, the last one first: « workshop/server/api.py:12 in generate »

    def __str__(self) -> str:
        """One line."""
        return f"{self.method} {self.route}\u00a0: {self.kind}, {next(iter(self.places), UNKNOWN)}"


def route() -> str:
    """Return the rule of the address that is being answered: the same for all stories, all readers."""
    return request.url_rule.rule if request.url_rule else UNKNOWN


def method() -> str:
    """Return the method of the request; those that HTTP does not have are one."""
    return request.method if request.method in METHODS else UNKNOWN


def of(error: BaseException, where: str, how: str) -> Incident:
    """Return what may be told of an exception."""
    frames = traceback.extract_tb(error.__traceback__)
    places = tuple(f"{_shown(frame.filename)}:{frame.lineno} in {frame.name}" for frame in reversed(frames))
    return Incident(datetime.now(UTC).replace(microsecond=0), where, how, type(error).__name__, places)


def _shown(filename: str) -> str:
    """Return a file of the package by its path in it, any other by its name: folders may bear the name of somebody."""
    path = Path(filename)
    return path.relative_to(PACKAGE.parent).as_posix() if path.is_relative_to(PACKAGE) else path.name


def listeners(app: Flask) -> list[Callable[[Incident], None]]:
    """Return what is called with each incident; what is added to the list is called too."""
    return cast(list[Callable[[Incident], None]], app.extensions.setdefault("incidents", []))


def reporter() -> Callable[[Exception], None]:
    """Return what reports an exception of the request that is being answered, also once its answer has begun to be sent."""
    told, where, how = listeners(current_app), route(), method()

    def report(error: Exception) -> None:
        incident = of(error, where, how)
        for tell in told:
            tell(incident)

    return report


def set_up(app: Flask) -> None:
    """Report what no view has foreseen."""

    def report(_sender: Flask, exception: Exception) -> None:
        reporter()(exception)

    got_request_exception.connect(report, app, weak=False)
