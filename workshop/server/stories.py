"""« Mes histoires »: kept, found again, rated, taken away, deleted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from itsdangerous import BadData, URLSafeSerializer

from ..base.errors import WorkshopError
from ..sharing.requests import RequestError, readable
from . import exports
from .asking import asked_in
from .database import Story
from .extensions import config_of, db
from .forms import SignIn, SignUp

stories = Blueprint("stories", __name__)

LANGUAGES = {"fr": "français", "en": "anglais"}
ORDERS = {
    "recentes": ("les plus récentes", (Story.created.desc(), Story.id.desc())),
    "anciennes": ("les plus anciennes", (Story.created, Story.id)),
    "notes": ("les mieux notées", (Story.rating.desc().nulls_last(), Story.id.desc())),
    "langue": ("la langue", (Story.language, Story.created.desc(), Story.id.desc())),
}
PAGE = 20
ID = "<int(max=2147483647):number>"  # what the database can hold


@dataclass(frozen=True)
class Wanted:
    """Which of the stories are to be seen, and in which order; what the address says wrongly is as if not said."""

    language: str = ""
    since: date | None = None
    until: date | None = None
    order: str = "recentes"
    page: int = 1

    @classmethod
    def of(cls, said: Mapping[str, str]) -> "Wanted":
        """Read the query of an address."""
        number = said.get("page", "")
        return cls(
            language=said.get("langue", "") if said.get("langue") in LANGUAGES else "",
            since=_day(said.get("du", "")),
            until=_day(said.get("au", "")),
            order=said.get("tri", "") if said.get("tri") in ORDERS else "recentes",
            page=int(number) if re.fullmatch("[1-9][0-9]{0,5}", number) else 1,
        )

    @property
    def query(self) -> dict[str, Any]:
        """What to put in an address to see the same, the page left out."""
        order = "" if self.order == "recentes" else self.order
        said = {"langue": self.language, "du": self.since, "au": self.until, "tri": order}
        return {name: str(value) for name, value in said.items() if value}

    @property
    def filters(self) -> bool:
        """Whether some stories are left out."""
        return bool(self.language or self.since or self.until)

    def select(self) -> sa.Select[Story]:
        """Return the query of these stories of the reader's own, in order."""
        query = sa.select(Story).where(Story.user_id == current_user.id)
        if self.language:
            query = query.where(Story.language == self.language)
        if self.since:
            query = query.where(Story.created >= _in_utc(self.since))
        if self.until:
            query = query.where(Story.created < _in_utc(self.until + timedelta(days=1)))
        return query.order_by(*ORDERS[self.order][1])


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None


def _in_utc(day: date) -> datetime:
    """Return when a day begins here, as the database writes it."""
    return datetime.combine(day, time()).astimezone().astimezone(UTC).replace(tzinfo=None)


@stories.get("/histoires")
@login_required
def shelf() -> ResponseReturnValue:
    """Show the reader's own stories, a page at a time."""
    wanted = Wanted.of(request.args)
    every = wanted.select()
    count = db.session.scalar(sa.select(sa.func.count()).select_from(every.order_by(None).subquery())) or 0
    total = db.session.scalar(sa.select(sa.func.count(Story.id)).where(Story.user_id == current_user.id)) or 0
    found = db.session.scalars(every.offset((wanted.page - 1) * PAGE).limit(PAGE)).all()
    pages = max(1, -(-count // PAGE))
    if wanted.page > pages:
        return redirect(url_for("stories.shelf", **wanted.query, page=pages))
    choices = {"languages": LANGUAGES, "orders": {name: said for name, (said, _) in ORDERS.items()}, "formats": exports.FORMATS}
    return render_template("shelf.html", found=found, wanted=wanted, count=count, total=total, pages=pages, **choices)


@stories.post("/histoires")
def keep() -> ResponseReturnValue:
    """Keep a story; whoever is not signed in is asked to, and the story waits in the form."""

    def kept(story: dict) -> ResponseReturnValue:
        _keep(story)
        return redirect(url_for("stories.shelf"))

    return _received(kept)


def keep_again() -> ResponseReturnValue:
    """Show a story that came with an old form (another session has begun since), and ask once more."""
    return _received(lambda story: render_template("keep_again.html", story=Story(**story)))


def _received(then: Callable[[dict], ResponseReturnValue]) -> ResponseReturnValue:
    """Do something with the story of a form that was sent; whoever is not signed in is asked to, and the story waits."""
    try:
        story = _story_in(request.form)
    except WorkshopError as error:
        flash(str(error), "trouble")
        return redirect(url_for("pages.home"))
    return then(story) if current_user.is_authenticated else _ask_who(story)


def _ask_who(story: dict) -> str:
    draft = _drafts().dumps(story)
    forms = {"sign_in": SignIn(formdata=None, draft=draft), "sign_up": SignUp(formdata=None, draft=draft)}
    return render_template("keep_first.html", story=Story(**story), **forms)


def _story_in(form: Mapping[str, str]) -> dict:
    """Return the columns of the story in a form.

    Raises:
        WorkshopError: it is not one that this server writes.
    """
    text = form.get("text", "").replace("\r\n", "\n")
    try:
        asked = asked_in(form)
    except RequestError as error:
        raise WorkshopError(f"Cette histoire n’a pas pu être gardée. {error}") from error
    if not readable(text) or len(text) > config_of().limits.text:
        raise WorkshopError("Cette histoire n’a pas pu être gardée\u00a0: elle est vide, ou trop longue.")
    drawn = {"temperature": asked.temperature, "top_p": asked.top_p, "max_new_tokens": asked.max_new_tokens}
    seed = {} if asked.seed is None else {"seed": asked.seed}
    model = asked.model or "base"
    return {"prompt": asked.prompt, "text": text, "language": asked.language, "model": model, "settings": seed | drawn}


def _keep(columns: dict) -> bool:
    """Keep one story of the reader's; whether there was room, and what was done, is told on the next page."""
    limit = config_of().limits.stories
    if (db.session.scalar(sa.select(sa.func.count(Story.id)).where(Story.user_id == current_user.id)) or 0) >= limit:
        flash(f"Vous avez déjà {limit}\u00a0histoires\u00a0: exportez-les ou supprimez-en avant d’en garder d’autres.", "trouble")
        return False
    db.session.add(Story(user_id=current_user.id, **columns))
    db.session.commit()
    flash("L’histoire est gardée.")
    return True


def _drafts() -> URLSafeSerializer:
    return URLSafeSerializer(config_of().secret, salt="draft")


def keep_draft(draft: str) -> bool:
    """Keep the story that waited while its reader signed in; return whether it could be."""
    try:
        return _keep(_drafts().loads(draft))
    except BadData:
        return False


def _mine(number: int) -> Story:
    """Return a story of the reader's own: that of somebody else is as if not there."""
    story = db.session.scalar(sa.select(Story).where(Story.id == number, Story.user_id == current_user.id))
    return story or abort(404)


@stories.get(f"/histoires/{ID}")
@login_required
def read(number: int) -> ResponseReturnValue:
    """Show one story, alone."""
    return render_template("story.html", story=_mine(number))


@stories.post(f"/histoires/{ID}/note")
@login_required
def rate(number: int) -> ResponseReturnValue:
    """Rate a story from 1 to 10, or take the rating back."""
    story, said = _mine(number), request.form.get("note", "")
    if said not in ("", *map(str, range(1, 11))):
        abort(400)
    story.rating = int(said) if said else None
    db.session.commit()
    flash(f"Note donnée\u00a0: {said} sur 10." if said else "La note est retirée.")
    return redirect(_back(f"histoire-{number}"))


@stories.route(f"/histoires/{ID}/supprimer", methods=["GET", "POST"])
@login_required
def delete(number: int) -> ResponseReturnValue:
    """Ask, then delete one story."""
    story = _mine(number)
    if request.method == "GET":
        return render_template("delete.html", story=story)
    db.session.delete(story)
    db.session.commit()
    flash("L’histoire est supprimée.")
    return redirect(url_for("stories.shelf"))


@stories.route("/histoires/supprimer", methods=["GET", "POST"])
@login_required
def delete_all() -> ResponseReturnValue:
    """Ask, then delete every story of the reader's."""
    mine = Story.user_id == current_user.id
    if request.method == "GET":
        return render_template("delete.html", story=None, count=db.session.scalar(sa.select(sa.func.count(Story.id)).where(mine)))
    db.session.execute(sa.delete(Story).where(mine))
    db.session.commit()
    flash("Toutes vos histoires sont supprimées.")
    return redirect(url_for("stories.shelf"))


@stories.get("/histoires/export.<any(json, csv, txt):ending>")
@login_required
def export(ending: str) -> ResponseReturnValue:
    """Give the stories that are wanted as a file: JSON, a table, or a text to read."""
    found = db.session.scalars(Wanted.of(request.args).select()).all()
    kind, write = exports.WRITERS[ending]
    answer = Response(write(found), mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="histoires.{ending}"'
    return answer


def _back(anchor: str) -> str:
    """Return the address of the same view of the shelf as the form was sent from."""
    wanted = Wanted.of(request.args)
    return url_for("stories.shelf", **wanted.query, page=wanted.page if wanted.page > 1 else None, _anchor=anchor)
