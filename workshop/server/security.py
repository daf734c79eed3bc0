"""What every answer carries for the browser's guard, and where a reader may be sent."""

import re
from datetime import timedelta

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface

from .config import Config

#: Everything comes from here; nothing runs that is not a file of ours; no page may put this one in a frame.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000"

_PATH = re.compile(r"/|(?:/[A-Za-z0-9_-]+)+")


class Sessions(SecureCookieSessionInterface):
    """Cookies that go back by https alone as soon as they came by it; a room without a certificate works too."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the browser is to keep the cookie from plain http."""
        return request.is_secure or bool(app.config["SESSION_COOKIE_SECURE"])


def guard(app: Flask, config: Config) -> None:
    """Give the application its cookies and headers."""
    app.session_interface = Sessions()
    app.config.update(
        SESSION_COOKIE_NAME="__Host-atelier" if config.https else "atelier",
        SESSION_COOKIE_SECURE=config.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a story may stay on the screen for an hour before it is kept
    )

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure or config.https:
            response.headers["Strict-Transport-Security"] = HSTS
        if response.status_code >= 400 or (request.endpoint != "static" and request.blueprint != "look"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def safe_path(target: str | None, otherwise: str) -> str:
    """Return ``target`` if it is plainly a page of this server, else ``otherwise``: a link to here leads nowhere else."""
    return target if target and _PATH.fullmatch(target) else otherwise
