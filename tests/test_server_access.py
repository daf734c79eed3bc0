"""Who may do what: every route, by every method, by nobody, by its owner and by somebody else.  A new route cannot escape."""

import re

import pytest

from tests.server_pens import WORDS
from tests.server_site import PASSWORD, Visitor, known, rows, site, stories_of
from workshop.server.database import ApiToken, User, fingerprint
from workshop.server.extensions import db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")

#: What everybody may ask for; whatever is not here asks who one is.
PUBLIC = {
    "static", "healthz", "pages.home", "pages.write", "pages.privacy", "look.page_css", "look.icon", "look.script",
    "accounts.sign_up_page", "accounts.sign_up", "accounts.sign_in_page", "accounts.sign_in", "accounts.sign_out",
    "stories.keep",  # asks for an account, and keeps the story in the page meanwhile
}  # fmt: skip
#: The API says in JSON who may not; its own tests say more.
PROGRAMS = ("/api/", "/v1/")
VALUES = {"filename": "server.css", "name": "words", "ending": "json"}

MARK = "Marquise-de-Villemer"  # what only its owner may see


def address(rule, number: int) -> str:
    """An address of this rule, whose number is that of the owner's."""
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: VALUES.get(found[1], str(number)), rule.rule)


@pytest.fixture
def place(database_url):
    """An application in which an owner has a story and a key."""
    app = site(database_url)
    owner = known(app, "Valentine")
    owner.keep(prompt=f"{MARK} début", text=f" {MARK} suite")
    (story,) = stories_of(app, "Valentine")
    owner.send(f"/histoires/{story.id}/note", note="8")
    with app.app_context():
        number = db.session.query(User).one().id
        db.session.add(ApiToken(user_id=number, name=f"{MARK} clé", fingerprint=fingerprint("clé")))
        db.session.commit()
    return app, owner, story.id


def whatever(visitor: Visitor) -> dict[str, str]:
    """A form that fits every route: whoever sends it does the worst that they may."""
    words = {"prompt": "Il", "text": " volé", "name": "Nouveau", "password": PASSWORD, "again": PASSWORD, "current": PASSWORD}
    return {"csrf_token": visitor.token(), "note": "1", "language": "fr", "next": "/compte", "number": "1", "id": "1", **words}


def of_the_owner(app) -> list:
    """All that the owner has, as the database holds it."""
    with app.app_context():
        user = db.session.query(User).filter_by(name="Valentine").one()
        stories = [(one.id, one.prompt, one.text, one.rating) for one in user.stories]
        keys = [(one.id, one.name, one.fingerprint, one.used, one.revoked) for one in user.tokens]
        return [user.password, stories, keys, len(user.logins)]


def test_somebody_else_sees_and_changes_nothing(place):
    app, _owner, number = place
    before = of_the_owner(app)
    asked = 0
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            for path in {address(rule, number), address(rule, 1)}:
                other = Visitor(app)  # a new account each time: the last request may have ended it
                if other.sign_in("Indiana").status_code == 403:
                    assert other.sign_up("Indiana").status_code == 302
                answer = other.browser.open(path, method=method, data=whatever(other))
                assert answer.status_code < 500, (method, path)
                assert MARK not in answer.text and "Valentine" not in answer.text, (method, path)
                if "<" in rule.rule and rule.endpoint.startswith("stories.") and "ending" not in rule.rule:
                    assert answer.status_code in (404, 405) or method == "OPTIONS", (method, path, answer.status_code)
                asked += 1
        assert of_the_owner(app) == before, rule
    assert asked > 200


def test_nobody_sees_and_changes_nothing(place):
    app, _owner, number = place
    before, counted = of_the_owner(app), rows(app)
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            path, visitor = address(rule, number), Visitor(app)
            answer = visitor.browser.open(path, method=method, data=whatever(visitor))
            assert answer.status_code < 500 and MARK not in answer.text, (method, path)
            if rule.endpoint in PUBLIC or path.startswith(PROGRAMS) or method not in rule.methods - {"OPTIONS"}:
                continue
            refused = answer.status_code in (401, 403, 404) or (answer.location or "").startswith("/connexion")
            assert refused, (method, path, answer.status_code)
    assert of_the_owner(app) == before
    after = rows(app)
    assert after | {"users": 0, "logins": 0} == counted | {"users": 0, "logins": 0}
    assert after["users"] - counted["users"] == 1  # « Nouveau » signed up, as everybody may


def test_the_owner_sees_and_changes_what_is_theirs(place):
    app, owner, number = place
    seen = [
        path for path in ("/histoires", f"/histoires/{number}", f"/histoires/{number}/supprimer") if MARK in owner.get(path).text
    ]
    seen += [path for path in map("/histoires/export.{}".format, ("json", "csv", "txt")) if MARK in owner.get(path).text]
    assert len(seen) == 6
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods):
            if rule.endpoint in ("stories.delete", "stories.delete_all", "accounts.delete_account", "accounts.sign_out"):
                continue
            assert owner.browser.open(address(rule, number), method=method, data=whatever(owner)).status_code < 500, rule
            if owner.name != "Valentine":
                owner.sign_in("Valentine")
    assert owner.send(f"/histoires/{number}/supprimer").status_code == 302
    assert MARK not in owner.get("/histoires").text


def test_no_form_is_taken_without_its_token(place):
    """A page of another site can make a browser send a form, cookies and all; it cannot know the token."""
    app, owner, number = place
    before, counted = of_the_owner(app), rows(app)
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.rule.startswith(PROGRAMS):
            continue
        other = Visitor(app)
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "x.y.z"}, {"csrf_token": other.token()}):
            form = {name: value for name, value in whatever(owner).items() if name != "csrf_token"} | token
            answer = owner.browser.post(address(rule, number), data=form)
            assert answer.status_code == 400 or rule.endpoint == "stories.keep", rule  # which asks again, and keeps nothing
            assert WORDS[0] not in answer.text
    assert of_the_owner(app) == before and rows(app) == counted and owner.name == "Valentine"


def test_the_same_headers_everywhere(place):
    app, owner, number = place
    paths = {address(rule, number) for rule in app.url_map.iter_rules() if "GET" in rule.methods} | {"/nulle-part", "/static/x"}
    for path in paths:
        headers = owner.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'" and policy["script-src"] == policy["style-src"] == "'self'", path
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'" and policy["form-action"] == "'self'", path
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY", path
        assert headers["Referrer-Policy"] == "same-origin" and "camera=()" in headers["Permissions-Policy"], path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        public = path.startswith(("/static/server", "/style/"))
        assert public or headers["Cache-Control"] == "no-store", path


def test_pages_hold_nothing_that_the_policy_forbids(place):
    app, owner, number = place
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods:
            page = owner.get(address(rule, number))
            if page.mimetype == "text/html":
                assert not re.search(r'(?i)<style|\sstyle="|\son\w+="|javascript:|https?://', page.text), rule
                for script in re.findall(r"<script[^>]*>", page.text):
                    assert 'src="/' in script or 'type="application/json"' in script
