"""Accounts: names that cannot be taken for another, passwords that cannot be guessed, sessions that end."""

import re
from dataclasses import replace

import pytest

from tests.server_site import GENEROUS, PASSWORD, Visitor, hidden, known, rows, site, stories_of
from workshop.base.errors import WorkshopError
from workshop.server.config import Config
from workshop.server.database import User
from workshop.server.extensions import db
from workshop.server.forms import key_of
from workshop.server.passwords import Passwords
from workshop.server.security import safe_path


def test_sign_up_sign_out_sign_in(app):
    visitor = Visitor(app)
    assert visitor.name is None
    answer = visitor.sign_up("Aurore")
    assert (answer.status_code, answer.location) == (302, "/") and visitor.name == "Aurore"
    assert rows(app)["users"] == rows(app)["logins"] == 1
    visitor.send("/deconnexion")
    assert visitor.name is None and rows(app)["logins"] == 0
    answer = visitor.sign_in("AURORE ")
    assert (answer.status_code, answer.location) == (302, "/histoires") and visitor.name == "Aurore"


def test_a_password_is_kept_as_argon2_makes_it(app):
    known(app, "Aurore")
    with app.app_context():
        kept = db.session.query(User).one().password
    assert kept.startswith("$argon2id$") and PASSWORD not in kept
    assert Passwords().hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # what serves outside the tests


def test_nobody_passes_for_somebody_else(app):
    known(app, "Aurore")
    for name in ("Aurore", "aurore", "AURORE", " aurore ", "Aùrore", "aurore\u0301"):
        answer = Visitor(app).sign_up(name)
        assert answer.status_code == 409 and "déjà pris" in answer.text, name
    assert rows(app)["users"] == 1


@pytest.mark.parametrize(
    "name", ["", "a", "a" * 31, "аурора", "a b", "a\nb", "a\0b", "<b>a</b>", "../etc", "a@b", "-ab", "a’b", "\u202eab"]
)
def test_names_that_are_none(lite, name):
    answer = Visitor(lite).sign_up(name)
    assert answer.status_code == 400 and 'role="alert"' in answer.text and rows(lite)["users"] == 0


@pytest.mark.parametrize("name", ["Zoé", "jean-marie", "Æon_2", "Cœur.3", "été", "42"])
def test_names_that_are(lite, name):
    assert known(lite, name).name == name


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("court", "court", "au moins"),
        ("x" * 201, "x" * 201, "trop long"),
        ("quatre mots sans", "quatre mots avec", "pas les mêmes"),
        ("MARGUERITE", "MARGUERITE", "pas être le nom"),
        ("", "", "au moins"),
    ],
)
def test_passwords_that_are_none(lite, password, again, said):
    answer = Visitor(lite).send("/inscription", name="Marguerite", password=password, again=again)
    assert answer.status_code == 400 and said in answer.text and rows(lite)["users"] == 0
    assert not password or f'value="{password}"' not in answer.text  # never sent back


def test_one_answer_for_no_such_account_and_for_a_wrong_password(lite, monkeypatch):
    known(lite, "Aurore")
    asked = []
    real = Passwords.fits
    monkeypatch.setattr(Passwords, "fits", lambda self, hashed, password: asked.append(hashed) or real(self, hashed, password))
    visitor = Visitor(lite)
    wrong, unknown, broken = (visitor.sign_in(name, "pas le bon mot") for name in ("Aurore", "Indiana", "\0' OR 1=1 --"))
    assert [one.status_code for one in (wrong, unknown, broken)] == [403, 403, 403]
    assert wrong.text == unknown.text.replace("Indiana", "Aurore")
    assert len(asked) == 3 and asked[0].startswith("$argon2id$") and asked[1:] == [None, None]  # argon2 works for each


def test_no_account_takes_as_long_as_a_wrong_password():
    passwords, hashers = Passwords(quick=True), []
    kept = passwords.hash("le vrai mot de passe")
    real = passwords._hasher.verify
    passwords._hasher = type(
        "Counted", (), {"verify": staticmethod(lambda *a: hashers.append(a) or real(*a)), "hash": passwords.hash}
    )()
    passwords._nobody = passwords_nobody = Passwords(quick=True).hash("personne")
    assert not passwords.fits(kept, "un autre") and not passwords.fits(None, "un autre") and not passwords.fits(None, "personne")
    assert [one[0] for one in hashers] == [kept, passwords_nobody, passwords_nobody]


# Sessions -----------------------------------------------------------------------------------------------------------------------


def test_the_session_is_another_after_signing_in(lite):
    known(lite, "Aurore").send("/deconnexion")
    victim, thief = Visitor(lite), Visitor(lite)
    planted = thief.token() and thief.cookie()
    victim.browser.set_cookie("atelier", planted)
    assert victim.sign_in("Aurore").status_code == 302 and victim.name == "Aurore"
    assert victim.cookie() != planted and thief.cookie() == planted
    assert thief.name is None


def test_a_copied_cookie_is_worth_nothing_after_signing_out(lite):
    visitor, thief = known(lite, "Aurore"), Visitor(lite)
    thief.browser.set_cookie("atelier", visitor.cookie())
    assert thief.name == "Aurore"
    visitor.send("/deconnexion")
    assert thief.name is None and thief.get("/histoires").status_code == 302


def test_another_password_signs_the_other_browsers_out(lite):
    here, there = known(lite, "Aurore"), Visitor(lite)
    there.sign_in("Aurore")
    change = {"current": PASSWORD, "password": "cinq mots de plus ici", "again": "cinq mots de plus ici"}
    assert here.send("/compte/mot-de-passe", **change | {"current": "pas lui du tout"}).status_code == 403
    assert here.send("/compte/mot-de-passe", **change | {"again": "autre"}).status_code == 400
    assert there.name == "Aurore"
    assert here.send("/compte/mot-de-passe", **change).status_code == 302
    assert here.name == "Aurore" and there.name is None
    assert there.sign_in("Aurore").status_code == 403
    assert there.sign_in("Aurore", "cinq mots de plus ici").status_code == 302


def test_signing_in_again_ends_the_session_before(lite):
    visitor, thief = known(lite, "Aurore"), Visitor(lite)
    thief.browser.set_cookie("atelier", visitor.cookie())
    visitor.sign_up("Indiana")
    assert visitor.name == "Indiana" and thief.name is None and rows(lite)["logins"] == 1


def test_an_old_session_is_over(lite, monkeypatch):
    from datetime import timedelta

    from workshop.server import database

    visitor = known(lite, "Aurore")
    later = database.now() + timedelta(days=31)
    monkeypatch.setattr(database, "now", lambda: later)
    assert visitor.name is None
    known(lite, "Indiana")
    assert rows(lite)["logins"] == 1  # the old one was swept


def test_the_cookie_is_for_the_server_alone(lite, tmp_path):
    plain = Visitor(lite).get("/").headers["Set-Cookie"]
    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    by_https = Visitor(lite, base_url="https://localhost").get("/")
    assert "Secure" in by_https.headers["Set-Cookie"] and "Strict-Transport-Security" in by_https.headers
    forced = site(f"sqlite:///{tmp_path / 'other.sqlite'}", https=True)
    given = Visitor(forced).get("/").headers["Set-Cookie"]
    assert given.startswith("__Host-atelier=") and "Secure" in given and "Path=/" in given and "Domain" not in given


# Guessing -----------------------------------------------------------------------------------------------------------------------


def test_wrong_passwords_are_counted_for_the_account(lite):
    known(lite, "Aurore").send("/deconnexion")
    known(lite, "Indiana").send("/deconnexion")
    guesser = Visitor(lite)
    answers = [guesser.sign_in("Aurore", f"essai numéro {n}").status_code for n in range(12)]
    assert answers == [403] * 10 + [429] * 2
    late = guesser.sign_in("AURORE")  # the right one, under another spelling: too late from here
    assert late.status_code == 429 and int(late.headers["Retry-After"]) > 0 and "Attendez un peu" in late.text
    assert guesser.sign_in("Nobody", "essai").status_code == 403  # and an account that is none is counted alike
    assert guesser.sign_in("Indiana").status_code == 302
    elsewhere = Visitor(lite, environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.sign_in("Aurore").status_code == 302  # its owner is not shut out by who guesses elsewhere


def test_no_account_at_all_is_counted_alike(lite):
    guesser = Visitor(lite)
    assert [guesser.sign_in("Personne", f"essai {n}").status_code for n in range(11)] == [403] * 10 + [429]


def test_wrong_passwords_are_counted_for_the_address_whatever_it_pretends(lite):
    guesser, answers = Visitor(lite), []
    for number in range(62):
        pretended = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"}
        form = {"csrf_token": guesser.token(), "name": f"compte{number}", "password": "essai au hasard"}
        answers.append(guesser.browser.post("/connexion", data=form, headers=pretended).status_code)
    assert answers == [403] * 60 + [429] * 2


def test_wrong_passwords_from_everywhere_are_counted_for_the_account(tmp_path):
    limits = replace(GENEROUS, login_everywhere="15 per hour")
    app = site(f"sqlite:///{tmp_path / 'x.sqlite'}", limits=limits)
    answers = []
    for number in range(17):
        guesser = Visitor(app, environ_overrides={"REMOTE_ADDR": f"198.51.100.{number}"})
        answers.append(guesser.sign_in("Aurore", "essai au hasard").status_code)
    assert answers == [403] * 15 + [429] * 2


def guesses(app, base: str = "http://localhost", **headers: list[str]) -> list[int]:
    """The answers to wrong passwords of as many accounts as there are values of each header, from one browser."""
    guesser, answers = Visitor(app, base_url=base), []
    for number, values in enumerate(zip(*headers.values(), strict=True)):
        said = {name.replace("_", "-"): value for name, value in zip(headers, values, strict=True)}
        token = hidden(guesser.browser.get("/", base_url=base, headers=said).text)["csrf_token"]
        form = {"csrf_token": token, "name": f"compte{number}", "password": "essai au hasard"}
        answers.append(guesser.browser.post("/connexion", base_url=base, data=form, headers=said).status_code)
    return answers


def test_behind_a_proxy_of_ours_its_word_counts_and_no_other(tmp_path):
    limits = replace(GENEROUS, login_address="5 per hour")
    app = site(f"sqlite:///{tmp_path / 'x.sqlite'}", limits=limits, proxies=1, https=True)
    secure = {"X_Forwarded_Proto": ["https"] * 6, "Referer": ["https://localhost/connexion"] * 6}
    pretended = [f"198.51.100.{number}, 203.0.113.9" for number in range(6)]  # the last one is what our proxy saw
    assert guesses(app, X_Forwarded_For=pretended, **secure) == [403] * 5 + [429]
    assert guesses(app, X_Forwarded_For=[f"203.0.113.{number}" for number in range(10, 16)], **secure) == [403] * 6
    one_network = [f"2001:db8:1:1::{number}" for number in range(6)]
    assert guesses(app, X_Forwarded_For=one_network, **secure) == [403] * 5 + [429]
    abroad = secure | {"Referer": ["https://evil.example/"] * 6}
    assert guesses(app, X_Forwarded_For=one_network, **abroad) == [400] * 6  # by https, a form says where it comes from


def test_right_passwords_are_not_counted(lite):
    visitor = known(lite, "Aurore")
    for _ in range(15):
        visitor.send("/deconnexion")
        assert visitor.sign_in("Aurore").status_code == 302


def test_the_password_before_the_end_is_guarded_too(lite):
    visitor = known(lite, "Aurore")
    answers = [visitor.send("/compte/supprimer", current=f"essai {n}").status_code for n in range(11)]
    assert answers == [403] * 10 + [429] and rows(lite)["users"] == 1


@pytest.mark.slow
def test_ten_thousand_wrong_passwords(lite):
    known(lite, "Aurore").send("/deconnexion")
    guesser = Visitor(lite)
    token = guesser.token()
    form = {"csrf_token": token, "name": "Aurore"}
    answers = [guesser.browser.post("/connexion", data={**form, "password": f"{n}"}).status_code for n in range(10_000)]
    assert answers[:10] == [403] * 10 and set(answers[10:]) == {429}
    assert Visitor(lite, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).sign_in("Aurore").status_code == 302


# Where to go --------------------------------------------------------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)",
    "/%2f/evil.example", "https:evil.example", "/a\r\nSet-Cookie: x=1", "/@evil.example", "http:/evil.example", "///evil", " /x",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_elsewhere(lite, target):
    assert safe_path(target, "/ici") == "/ici"
    visitor = known(lite, "Aurore")
    assert visitor.get("/connexion", query_string={"suite": target}).location == "/histoires"
    visitor.send("/deconnexion")
    shown = visitor.get("/connexion", query_string={"suite": target})
    assert hidden(shown.text)["next"] == "/histoires"
    answer = visitor.sign_in("Aurore", next=target)
    assert answer.location == "/histoires" and "x=1" not in str(answer.headers)


def test_one_goes_where_one_wanted(lite):
    visitor = known(lite, "Aurore")
    visitor.send("/deconnexion")
    asked = visitor.get("/compte")
    assert asked.location == "/connexion?suite=/compte"
    shown = visitor.get(asked.location)
    assert visitor.sign_in("Aurore", next=hidden(shown.text)["next"]).location == "/compte"


def test_behind_a_prefix_one_stays_behind_it(lite):
    known(lite, "Aurore").send("/deconnexion")
    visitor, base = Visitor(lite), {"base_url": "http://localhost/services/salle"}
    asked = visitor.browser.get("/compte", **base)
    assert asked.location == "/services/salle/connexion?suite=/services/salle/compte"
    shown = visitor.browser.get("/connexion?suite=/services/salle/compte", **base)
    assert 'data-stream="/services/salle/api/generate/stream"' in visitor.browser.get("/", **base).text
    answer = visitor.browser.post("/connexion", data=hidden(shown.text) | {"name": "Aurore", "password": PASSWORD}, **base)
    assert answer.location == "/services/salle/compte"


# The end ------------------------------------------------------------------------------------------------------------------------


def test_the_account_goes_with_everything(app):
    visitor, other = known(app, "Aurore"), known(app, "Indiana")
    for text in (" un", " deux"):
        visitor.keep(text)
        other.keep(text)
    assert visitor.send("/compte/supprimer", current="pas le bon").status_code == 403
    assert visitor.send("/compte/supprimer", current=PASSWORD).location == "/"
    assert visitor.name is None
    assert rows(app) | {"users": 1, "logins": 1, "stories": 2, "api_tokens": 0} == rows(app)
    assert len(stories_of(app, "Indiana")) == 2
    assert known(app, "Aurore").get("/histoires").text.count('class="card"') == 0


# The administrator --------------------------------------------------------------------------------------------------------------


def test_the_administrator_is_made_once_and_nobody_else_can_be(tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'stories.sqlite'}"
    app = site(url, admin="Directrice")
    password = re.search(r"Directrice, mot de passe\s*: (\S{16,})", capsys.readouterr().out)[1]
    for name in ("Directrice", "directrice", "Dîrectrice"):
        assert Visitor(app).sign_up(name).status_code == 409
    assert Visitor(app).sign_in("directrice", password).status_code == 302
    site(url, admin="Directrice")
    told = capsys.readouterr().out
    assert password not in told and "pour le compte Directrice, fait le " in told  # it is there: shown once
    given = site(f"sqlite:///{tmp_path / 'other.sqlite'}", admin="Directrice", admin_password="donné par ailleurs")
    assert capsys.readouterr().out == ""
    assert Visitor(given).sign_in("Directrice", "donné par ailleurs").status_code == 302


def test_an_administrator_needs_a_name_that_is_one(tmp_path):
    with pytest.raises(WorkshopError, match="administrateur"):
        site(f"sqlite:///{tmp_path / 'x.sqlite'}", admin="a b")


def test_names_are_compared_without_capitals_and_accents():
    assert key_of(" ÉLÉONORE ") == key_of("eleonore") and key_of("a") != key_of("b")
    assert len(key_of("ﷺ" * 60)) <= 60  # one letter that stands for eighteen
    assert "secret" not in repr(Config("sqlite://", "secret"))
