"""What the administrator sees: the dashboard, and the figures that Prometheus reads.  Nobody else does."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask_login import current_user, login_required

from ..base.typography import french
from .accounts import is_admin
from .extensions import config_of, engine_of
from .monitoring import DAYS, Monitor, exposition

watching = Blueprint("watching", __name__)


@dataclass(frozen=True)
class Bar:
    """A bar of a chart."""

    said: str  #: when, as its table says it
    count: int
    height: float  #: from 0 to 100


def bars(counts: Sequence[tuple[datetime, int]], form: str) -> list[Bar]:
    """Return a bar for each moment, the highest of which reaches 100; ``form`` is that of ``strftime``, in the local time."""
    most = max((count for _, count in counts), default=0)
    return [Bar(moment.astimezone().strftime(form), count, 100 * count / most if most else 0) for moment, count in counts]


def _monitor() -> Monitor:
    return cast(Monitor, current_app.extensions["monitor"])


@watching.get("/tableau-de-bord")
@login_required
def dashboard() -> str:
    """Show what the server has done lately; drawn here, so that it needs no script."""
    if not is_admin(current_user):
        abort(403)
    monitor, engine = _monitor(), engine_of()
    return render_template(
        "dashboard.html",
        since=monitor.started.astimezone(),
        charts=[
            ("hours", "Demandes par heure", "heure", bars(monitor.by_hour(), "%d/%m, %H h")),
            ("days", f"Demandes par jour, depuis {DAYS} jours", "jour", bars(monitor.by_day(), "%d/%m")),
        ],
        routes=monitor.by_route(),
        models=[(engine.model(name).title, engine.lines[name].waiting, monitor.of_model(name)) for name in engine.models()],
        errors=monitor.last_errors(),
        shown=lambda number: french(number, 0),
        milliseconds=lambda seconds: f"{french(1000 * seconds, 0)}\u00a0ms",
    )


def _may_read() -> bool:
    """Whether the request shows the token of Prometheus, or comes from the administrator's browser."""
    token = config_of().metrics_token
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token and hmac.compare_digest(shown.encode(), token.encode())) or is_admin(current_user)


@watching.get("/metrics")
def metrics() -> Response:
    """Give all the figures, in the format of Prometheus."""
    if not _may_read():
        abort(403)
    return exposition(_monitor())
