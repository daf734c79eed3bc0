"""The keys of the API, on their page: made, shown once, named, revoked; nobody else's."""

import re

import pytest

from workshop.server.database import ApiToken
from workshop.server.extensions import db
from workshop.server.keys import DEFAULT_NAME, LONGEST, MOST, named

PASSWORD = "quatre mots sans rapport"


def signed_up(app, name: str):
    client = app.test_client()
    page = client.get("/inscription").text
    data = {"name": name, "password": PASSWORD, "again": PASSWORD, "csrf_token": csrf(page)}
    assert client.post("/inscription", data=data).status_code == 302
    return client


def csrf(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def make(client, name: str = "carnet"):
    return client.post("/compte/cles", data={"name": name, "csrf_token": csrf(client.get("/compte/cles").text)})


def key_in(page: str) -> str:
    return re.search(r'<code class="key">([^<]+)</code>', page)[1]


def ask(app, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return app.test_client().post("/api/generate", json={"prompt": "Il"}, headers=headers).status_code


def test_a_key_is_shown_once_serves_and_is_revoked(app):
    client = signed_up(app, "ada")
    assert "Mes clés" in client.get("/compte").text
    made = make(client)
    key = key_in(made.text)
    assert made.status_code == 201 and key.startswith("romans_") and len(key) > 45
    assert made.headers["Cache-Control"] == "no-store"
    page = client.get("/compte/cles").text
    assert key not in page and "carnet" in page and "pas encore servi" in page
    assert ask(app, key) == 200
    page = client.get("/compte/cles").text
    assert "a servi le" in page
    number = re.search(r"/compte/cles/(\d+)/revoquer", page)[1]
    assert client.post(f"/compte/cles/{number}/revoquer", data={"csrf_token": csrf(page)}).status_code == 302
    assert ask(app, key) == 401
    assert "Aucune clé" in client.get("/compte/cles").text
    assert client.post(f"/compte/cles/{number}/revoquer", data={"csrf_token": csrf(page)}).status_code == 404


def test_only_its_fingerprint_is_kept(app):
    key = key_in(make(signed_up(app, "ada")).text)
    with app.app_context():
        token = db.session.query(ApiToken).one()
        assert key not in str(vars(token)) and len(token.fingerprint) == 64


def test_nobody_sees_or_revokes_the_keys_of_somebody_else(app):
    ada, berthe = signed_up(app, "ada"), signed_up(app, "berthe")
    key = key_in(make(ada, "le carnet secret").text)
    page = berthe.get("/compte/cles").text
    assert "carnet secret" not in page
    assert berthe.post("/compte/cles/1/revoquer", data={"csrf_token": csrf(page)}).status_code == 404
    assert ask(app, key) == 200


def test_without_an_account_or_a_valid_form_there_is_no_key(app):
    client = app.test_client()
    assert client.get("/compte/cles").status_code == 302
    assert client.post("/compte/cles", data={"name": "x"}).status_code in (302, 400)
    ada = signed_up(app, "ada")
    assert ada.post("/compte/cles", data={"name": "x"}).status_code == 400
    make(ada)
    assert ada.post("/compte/cles/1/revoquer").status_code == 400
    with app.app_context():
        assert db.session.query(ApiToken).filter_by(revoked=None).count() == 1


def test_there_are_only_so_many(app):
    client = signed_up(app, "ada")
    assert [make(client).status_code for _ in range(MOST + 1)] == [201] * MOST + [409]
    page = make(client).text
    assert str(MOST) in page and 'class="key"' not in page
    with app.app_context():
        assert db.session.query(ApiToken).count() == MOST


def test_a_key_goes_with_its_account(app):
    client = signed_up(app, "ada")
    key = key_in(make(client).text)
    page = client.get("/compte").text
    assert client.post("/compte/supprimer", data={"current": PASSWORD, "csrf_token": csrf(page)}).status_code == 302
    assert ask(app, key) == 401
    with app.app_context():
        assert db.session.query(ApiToken).count() == 0


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  mon   carnet ", "mon carnet"),
        ("", DEFAULT_NAME),
        ("\u200b\0\n", DEFAULT_NAME),
        ("a\nb\r\nSet-Cookie: x", "a b Set-Cookie: x"),
        ("\u202egnol", "gnol"),
        ("é" * 200, "é" * LONGEST),
        ("e\u0301", "é"),
        ("\ud800x", "x"),
    ],
)
def test_names_of_keys_are_one_line_that_can_be_seen(said, kept):
    assert named(said) == kept


def test_a_name_is_shown_as_it_is_typed_and_runs_nothing(app):
    page = make(signed_up(app, "ada"), "<script>alert(1)</script>").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page
