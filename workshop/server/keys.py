"""The keys of the API: made, named, shown once, revoked."""

import secrets
import unicodedata

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from .callers import ANONYMOUS
from .database import ApiToken, fingerprint, now
from .extensions import address, db, limiter

keys = Blueprint("keys", __name__, url_prefix="/compte/cles")

#: How a key begins, for programs that look for keys where none should be.
PREFIX = "romans_"

MOST = 20  # of one account
LONGEST = 60  # characters of a name
DEFAULT_NAME = "sans nom"

TOO_MANY = f"Vous avez déjà {MOST}\u00a0clés\u00a0: révoquez celles qui ne servent plus, puis recommencez."


def named(said: str) -> str:
    """Return the name of a key as it is kept: on one line, with nothing that cannot be seen."""
    seen = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in unicodedata.normalize("NFC", said))
    return " ".join(seen.split())[:LONGEST].strip() or DEFAULT_NAME


def _of_this_account() -> "sa.Select[ApiToken]":
    return sa.select(ApiToken).where(ApiToken.user_id == current_user.id, ApiToken.revoked.is_(None))


def _page(new: str = "", trouble: str = "") -> str:
    found = db.session.scalars(_of_this_account().order_by(ApiToken.created.desc(), ApiToken.id.desc())).all()
    return render_template("keys.html", keys=found, new=new, trouble=trouble, longest=LONGEST, anonymous=ANONYMOUS)


@keys.get("")
@login_required
def page() -> str:
    """Show the keys of the account: their names and when they served, never themselves."""
    return _page()


@keys.post("")
@login_required
@limiter.limit("30 per hour", key_func=address)
def make() -> ResponseReturnValue:
    """Make a key, and show it this once; what is kept of it does not allow to find it again."""
    if len(db.session.scalars(_of_this_account()).all()) >= MOST:
        return _page(trouble=TOO_MANY), 409
    key = PREFIX + secrets.token_urlsafe(32)
    name = named(request.form.get("name", ""))
    db.session.add(ApiToken(user_id=current_user.id, name=name, fingerprint=fingerprint(key)))
    db.session.commit()
    return _page(new=key), 201


@keys.post("/<int(max=2147483647):number>/revoquer")
@login_required
def revoke(number: int) -> ResponseReturnValue:
    """Revoke a key of one's own: at once, it is worth nothing."""
    token = db.session.scalar(_of_this_account().where(ApiToken.id == number))
    if token is None:
        abort(404)
    token.revoked = now()
    name = token.name
    db.session.commit()
    flash(f"La clé «\u00a0{name}\u00a0» est révoquée.")
    return redirect(url_for("keys.page"))
