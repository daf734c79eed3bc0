"""Accounts: sign up, sign in and out, another password, the end of an account."""

import re
import secrets

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required, login_user, logout_user
from sqlalchemy.exc import IntegrityError

from ..base.errors import WorkshopError
from . import database
from .callers import network
from .config import Config
from .database import Login, User, fingerprint
from .extensions import address, config_of, db, limiter
from .forms import LONGEST, NAME, Confirm, NewPassword, SignIn, SignUp, composed, key_of
from .passwords import Passwords
from .security import safe_path
from .stories import keep_draft

accounts = Blueprint("accounts", __name__)

WRONG = "Ce nom et ce mot de passe ne vont pas ensemble\u00a0: vérifiez les deux."
NOT_THIS = "Ce n’est pas votre mot de passe actuel."
TAKEN = "Ce nom est déjà pris, ou ressemble trop à un autre\u00a0: choisissez-en un autre."


def passwords() -> Passwords:
    """Return what hashes for the application that answers now."""
    return current_app.extensions["passwords"]


def _whose() -> str:
    """Return whose password is tried: the name as it is compared, unreadable, and as short for a long one."""
    name = current_user.key if current_user.is_authenticated else key_of(request.form.get("name", ""))
    return fingerprint(name)


def _from_here() -> str:
    return network(address())


def _whose_from_here() -> str:
    return f"{_whose()} {_from_here()}"


def _was_wrong(response: Response) -> bool:
    return response.status_code == 403


def _guarded(view):
    """Count wrong passwords: for one account from one address, for it from everywhere, and from one address."""
    for rate, whom in (("login_account", _whose_from_here), ("login_everywhere", _whose), ("login_address", _from_here)):
        view = limiter.shared_limit(
            lambda rate=rate: getattr(config_of().limits, rate),
            scope=rate,
            key_func=whom,
            methods=["POST"],
            deduct_when=_was_wrong,
        )(view)
    return view


@accounts.get("/inscription")
def sign_up_page() -> ResponseReturnValue:
    """Show the form of a new account."""
    return redirect(url_for("stories.shelf")) if current_user.is_authenticated else render_template("sign_up.html", form=SignUp())


@accounts.post("/inscription")
@limiter.limit(lambda: config_of().limits.sign_up, key_func=_from_here)
def sign_up() -> ResponseReturnValue:
    """Make an account and sign in to it."""
    form = SignUp()
    if not form.validate():
        return render_template("sign_up.html", form=form), 400
    user = new_user(form.name.data, form.password.data)
    if user is None:
        form.name.errors = [TAKEN]
        return render_template("sign_up.html", form=form), 409
    return _enter(user, form.draft.data, url_for("pages.home"), f"Bienvenue, {user.name}\u00a0!")


@accounts.get("/connexion")
def sign_in_page() -> ResponseReturnValue:
    """Show the form to sign in; ``?suite=/histoires`` says where to go then."""
    target = safe_path(request.args.get("suite"), url_for("stories.shelf"))
    if current_user.is_authenticated:
        return redirect(target)
    return render_template("sign_in.html", form=SignIn(next=target))


@accounts.post("/connexion")
@_guarded
def sign_in() -> ResponseReturnValue:
    """Sign in: one answer for a wrong password and for no such account, after the same time."""
    form = SignIn()
    name = form.name.data or ""
    user = db.session.scalar(sa.select(User).where(User.key == key_of(name))) if re.match(NAME, name) else None
    password = (form.password.data or "")[: LONGEST + 1]
    if not passwords().fits(user.password if user else None, password) or user is None:
        form.password.errors = [WRONG]
        return render_template("sign_in.html", form=form), 403
    if passwords().is_old(user.password):
        user.password = passwords().hash(password)
    return _enter(user, form.draft.data, safe_path(form.next.data, url_for("stories.shelf")), f"Bonjour, {user.name}.")


@accounts.post("/deconnexion")
def sign_out() -> ResponseReturnValue:
    """Sign out of this browser; a copy of its cookie is worth nothing any more."""
    _end_login()
    db.session.commit()
    logout_user()
    session.clear()
    flash("La session est fermée. À bientôt\u00a0!")
    return redirect(url_for("pages.home"))


@accounts.get("/compte")
@login_required
def account() -> ResponseReturnValue:
    """Show what the account is, and what can be done with it."""
    return _account()


@accounts.post("/compte/mot-de-passe")
@login_required
@_guarded
def change_password() -> ResponseReturnValue:
    """Take another password; every other browser is signed out."""
    form = NewPassword()
    if not passwords().fits(current_user.password, (form.current.data or "")[: LONGEST + 1]):
        form.current.errors = [NOT_THIS]
        return _account(new=form), 403
    if not form.validate():
        return _account(new=form), 400
    current_user.password = passwords().hash(form.password.data)
    db.session.execute(sa.delete(Login).where(Login.user_id == current_user.id))
    done = "Votre mot de passe est changé\u00a0; vos autres appareils sont déconnectés."
    return _enter(current_user, "", url_for("accounts.account"), done)


@accounts.post("/compte/supprimer")
@login_required
@_guarded
def delete_account() -> ResponseReturnValue:
    """Delete the account with everything in it."""
    form = Confirm()
    if not passwords().fits(current_user.password, (form.current.data or "")[: LONGEST + 1]):
        form.current.errors = [NOT_THIS]
        return _account(end=form), 403
    db.session.execute(sa.delete(User).where(User.id == current_user.id))  # the database takes what belongs to it too
    db.session.commit()
    session.clear()
    flash("Votre compte et toutes vos histoires sont supprimés.")
    return redirect(url_for("pages.home"))


def _account(new: NewPassword | None = None, end: Confirm | None = None) -> str:
    return render_template("account.html", new=new or NewPassword(formdata=None), end=end or Confirm(formdata=None))


def _enter(user: User, draft: str | None, target: str, hello: str) -> ResponseReturnValue:
    """Sign in with a new session, whatever the browser came with, and keep the story that was waiting for it."""
    _end_login()
    user.login_token = database.new_login(db.session, user)
    db.session.commit()
    session.clear()
    session.permanent = True
    login_user(user)
    flash(hello)
    if draft and keep_draft(draft):
        target = url_for("stories.shelf")
    return redirect(target)


def _end_login() -> None:
    """Forget the session that this request came with, if there is one; it is to be committed."""
    if current_user.is_authenticated:
        db.session.execute(sa.delete(Login).where(Login.fingerprint == fingerprint(current_user.login_token)))


def new_user(name: str, password: str) -> User | None:
    """Return the account that was made; None when the name is taken, or is the administrator's."""
    if key_of(name) == key_of(config_of().admin):
        return None
    return _made(name, passwords().hash(password))


def _made(name: str, hashed: str) -> User | None:
    user = User(name=composed(name), key=key_of(name), password=hashed)
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:  # the database alone can say, when two come at once
        db.session.rollback()
        return None
    return user


def is_admin(user: User) -> bool:
    """Return whether this account sees the dashboard."""
    admin = config_of().admin
    return bool(admin and user.is_authenticated and user.key == key_of(admin))


def ensure_admin(app: Flask, config: Config) -> None:
    """Make the administrator's account if there is none; a password that is drawn for it is printed, this once.

    Nobody can sign up under that name (nor one that looks like it), so whoever has it is the administrator.
    """
    if not config.admin:
        return
    if not re.match(NAME, config.admin):
        raise WorkshopError("Le nom de l’administrateur ne va pas\u00a0: de 2 à 30\u00a0lettres ou chiffres, sans espace.")
    with app.app_context():
        if there := db.session.scalar(sa.select(User).where(User.key == key_of(config.admin))):
            print(f"Tableau de bord\u00a0: pour le compte {there.name}, fait le {there.created:%d/%m/%Y}.", flush=True)
            return
        password = config.admin_password or secrets.token_urlsafe(12)
        made = _made(config.admin, passwords().hash(password))
    if made and not config.admin_password:
        print(
            f"Compte de l’administrateur\u00a0: {config.admin}, mot de passe\u00a0: {password} (il ne sera plus montré)",
            flush=True,
        )


def prepare(app: Flask, config: Config) -> None:
    """Give the application its accounts."""
    from .extensions import login_manager

    app.extensions["passwords"] = Passwords(quick=config.testing)
    ensure_admin(app, config)
    login_manager.user_loader(lambda token: database.user_of(db.session, token))

    @login_manager.unauthorized_handler
    def ask_who() -> ResponseReturnValue:
        flash("Connectez-vous pour voir cette page.")
        target = request.script_root + request.path if request.method == "GET" else url_for("stories.shelf")
        return redirect(url_for("accounts.sign_in_page", suite=safe_path(target, "/")))

    app.jinja_env.globals["is_admin"] = is_admin
    app.register_blueprint(accounts)
