"""Who calls the API, and how often they may: by a key, by the session of the pages, or without an account, by address."""

import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta

import limits
import sqlalchemy as sa
from flask import current_app, request
from flask_login import current_user

from ..sharing.limits import RateLimiter
from .config import Limits
from .database import ApiToken, fingerprint, now
from .extensions import address, db
from .problems import Problem

#: What programs that cannot do without a key give instead of one, to call without an account.
ANONYMOUS = "anonyme"

#: How often the last use of a key is written down.
USE_NOTED = timedelta(minutes=1)


class Quotas:
    """How many texts each caller may ask for, pages and API together: a bucket for each account, for each address."""

    def __init__(self, allowed: Limits):
        """Read the rates, in the words of Flask-Limiter (« 20 per minute »): so many at once, then at that pace."""
        self.accounts, self.addresses = _bucket(allowed.generate_account), _bucket(allowed.generate)

    def wait(self, caller: "Caller") -> float:
        """Count a request, and return how many seconds the caller has to wait: 0 when it is let through."""
        if caller.account is not None:
            return self.accounts.wait(str(caller.account))
        return self.addresses.wait(network(caller.address))


def _bucket(rate: str) -> RateLimiter:
    said = limits.parse(rate)
    return RateLimiter(said.amount, said.amount / said.get_expiry())


def network(place: str) -> str:
    """Return what stands for an address: itself, or the network of an IPv6 one, in which its owner has as many as they like."""
    try:
        found = ipaddress.ip_address(place)
    except ValueError:
        return place
    if found.version == 4:
        return place
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)))


@dataclass(frozen=True)
class Caller:
    """Who calls."""

    account: int | None  #: the number of the account; None without one
    address: str


def identify() -> Caller:
    """Return who calls: the account of the key, else of the session of the pages, else nobody in particular.

    The connection to the database is given back at once: a caller may wait for a text for long.

    Raises:
        Problem: the key is not one, or was revoked.
    """
    key = _key()
    signed_in: int | None = current_user.id if not key and current_user.is_authenticated else None
    number = _owner(key) if key else signed_in
    db.session.close()
    return Caller(number, address())


def _key() -> str:
    """Return the key that the request shows, or nothing."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise _refused("Donnez votre clé ainsi\u00a0: «\u00a0Authorization: Bearer …\u00a0».")
    return "" if key.strip() == ANONYMOUS else key.strip()


def _owner(key: str) -> int:
    """Return the number of the account of a key, whose use is noted."""
    token = db.session.scalar(sa.select(ApiToken).where(ApiToken.fingerprint == fingerprint(key), ApiToken.revoked.is_(None)))
    if token is None:
        raise _refused(f"Cette clé n’existe pas, ou plus\u00a0: faites-en une autre, ou donnez «\u00a0{ANONYMOUS}\u00a0».")
    number, moment = token.user_id, now()
    if token.used is None or moment - token.used >= USE_NOTED:
        token.used = moment
        db.session.commit()
    return number


def _refused(sentence: str) -> Problem:
    return Problem(401, "invalid_api_key", sentence, headers={"WWW-Authenticate": "Bearer"})


def spend(caller: Caller) -> None:
    """Count a text that the caller asks for.

    Raises:
        Problem: they ask too often; nothing is counted.
    """
    quotas: Quotas = current_app.extensions["quotas"]
    seconds = math.ceil(quotas.wait(caller))
    if seconds:
        more = "." if caller.account is not None else ", ou donnez une clé, qui permet davantage."
        sentence = f"Trop de demandes en peu de temps\u00a0: revenez dans {seconds}\u00a0s{more}"
        raise Problem(429, "rate_limit_exceeded", sentence, headers={"Retry-After": str(seconds)})
