"""What people send who mean harm, or whose programs do: an answer in words below 500, nothing leaks, nothing is lost."""

import contextlib
import html
import logging
import socket
import string
import threading

import pytest
import sqlalchemy as sa
from flask.sessions import SecureCookieSessionInterface

from tests.server_site import PASSWORD, Visitor, known, rows, stories_of
from workshop.server import database
from workshop.server.config import Limits
from workshop.server.database import Story
from workshop.server.extensions import db
from workshop.server.serve import make

SQL = [
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    '" UNION SELECT password FROM users --',
    "1); DELETE FROM stories; --",
    "%' AND 1=1 --",
]
HTML = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</textarea><script>x</script>", "{{ config.SECRET_KEY }}",
    "{% include '/etc/passwd' %}", "<!--", "&lt;b&gt;", "\u2028<svg/onload=x>", "]]>", "</article><form action=//x>",
]  # fmt: skip
CONTROL = ["a\r\nSet-Cookie: vole=1", "a\nERROR in app: forged", "\x1b[31mrouge", "\x7f\x08\x08", "\u202etxet", "a\x00b"]
PATHS = [
    "/../../etc/passwd",
    "/static/../app.py",
    "/static/..%2f..%2fconfig.py",
    "/static/%2e%2e/config.py",
    "/static//etc/passwd",
    "/static/..\\..\\config.py",
    "/style/../page.html",
    "/style/..%2fpage.js",
    "/style/weights.js",
    "/histoires/..%2f..%2f1",
    "/%00",
    "/static/server.css%00.html",
    "/histoires/1%0d%0aX: y",
    "/%ff%fe",
    "/histoires/%c0%ae",
    "/histoires/0x1",
    "/histoires/-1",
    "/histoires/99999999999999999999",
    "/histoires/2147483648",
    "/histoires/1e3",
    "/histoires/١",
    "/" + "a" * 8000,
    "/?" + "&".join(f"a{n}=1" for n in range(3000)),
    "/histoires?page=" + "9" * 5000,
    "//evil.example/%2f..",
    "/%0a/evil.example",
]


def test_text_is_text_in_the_database_and_on_every_page(app):
    visitor = known(app, "Aurore")
    kept = [text for text in (*SQL, *HTML, *CONTROL) if "\x00" not in text]
    for text in kept:
        assert visitor.keep(prompt=text, text=f" {text}", model=text[:100]).status_code == 302, text
        visitor.sign_in("Indiana", text, next=text)
        written = visitor.send("/ecrire", prompt=text, max_new_tokens="1", seed=text)
        assert written.status_code == 400
    assert sorted(story.prompt for story in stories_of(app, "Aurore")) == sorted(text.replace("\r\n", "\n") for text in kept)
    pages = [visitor.get(path).text for path in ("/histoires", "/histoires?page=2", "/histoires?tri=notes")]
    pages += [visitor.get(f"/histoires/{story.id}").text for story in stories_of(app, "Aurore")]
    for page in pages:
        for text in HTML[:3]:
            assert text not in page
        assert app.config["SECRET_KEY"] not in page and "root:" not in page
        assert "<svg" not in page and "onerror=alert(1)>" not in page.replace(html.escape('"><img src=x onerror=alert(1)>'), "")
    assert rows(app)["users"] == 1


@pytest.mark.parametrize("text", [*SQL, *HTML, *CONTROL])
def test_as_a_name_and_a_password(app, text):
    visitor = Visitor(app)
    assert visitor.sign_up(text).status_code == 400
    assert visitor.sign_in(text, text).status_code == 403
    assert rows(app)["users"] == 0
    page = visitor.sign_in(text, "x").text
    assert "<script>alert" not in page and "<img" not in page and "vole=1" not in str(visitor.get("/").headers)


@pytest.mark.parametrize("path", PATHS)
def test_paths_that_lead_out(lite, path):
    visitor = known(lite, "Aurore")
    for method in ("get", "post"):
        answer = getattr(visitor.browser, method)(path)
        assert answer.status_code in (200, 302, 308, 400, 404, 405), (path, answer.status_code)
        assert "root:" not in answer.text and "SECRET" not in answer.text and "create_app" not in answer.text
        assert "evil" not in (answer.location or "") and "X" not in answer.headers
        if answer.status_code == 200:
            assert answer.mimetype == "text/html" and path[:2] in ("/?", "/h")


@pytest.mark.parametrize(
    "name", ["Host", "Referer", "X-Forwarded-Host", "X-Forwarded-Proto", "User-Agent", "Accept-Language", "Cookie"]
)
def test_headers_are_not_believed(lite, name):
    visitor = Visitor(lite)
    for value in ("evil.example", "evil.example:0x1", '"><script>x</script>', "a" * 20_000, "é"):
        answer = visitor.browser.get("/connexion", headers={name: value})
        assert answer.status_code in (200, 400) and "evil.example" not in answer.text and "<script>x" not in answer.text
        assert "evil.example" not in (visitor.browser.get("/histoires", headers={name: value}).location or "")


# Bodies -----------------------------------------------------------------------------------------------------------------


def test_too_much_is_said(app):
    visitor = known(app, "Aurore")
    visitor.keep(" est là")
    body = Limits().body
    for path in ("/ecrire", "/histoires", "/connexion", "/inscription", "/compte/mot-de-passe"):
        answer = visitor.send(path, prompt="a" * (body + 1), name="a", password="b")
        assert answer.status_code == 413 and "C’est trop long" in answer.text, path
        many = visitor.browser.post(path, data={"csrf_token": visitor.token(), **{f"f{n}": "x" for n in range(3000)}})
        assert many.status_code < 500, path
        parts = {"csrf_token": visitor.token(), **{f"f{n}": (None, "x") for n in range(2)}}
        assert visitor.browser.post(path, data=parts, content_type="multipart/form-data").status_code < 500
    assert len(stories_of(app, "Aurore")) == 1


BODIES = [
    (b"", "application/x-www-form-urlencoded"),
    (b"%", "application/x-www-form-urlencoded"),
    (b"=&=&=", "application/x-www-form-urlencoded"),
    (b"prompt=%ff%fe%c3%28&csrf_token=%ff", "application/x-www-form-urlencoded"),
    (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
    (b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nIl', "multipart/form-data; boundary=x"),
    (b"no parts", "multipart/form-data; boundary=x"),
    (b"no boundary", "multipart/form-data"),
    (b"{", "application/json"),
    (b"{}", "text/xml"),
    (b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "application/xml"),
    (b"a=1", "application/x-www-form-urlencoded; charset=utf-7"),
    (b"x" * 1000, ""),
    (b"csrf_token=a&csrf_token=b", "é/è"),
]


@pytest.mark.parametrize(("body", "kind"), BODIES)
def test_bodies_that_mean_nothing(lite, body, kind):
    visitor = known(lite, "Aurore")
    before = rows(lite)
    for path in ("/ecrire", "/histoires", "/connexion", "/deconnexion", "/compte/supprimer", "/histoires/supprimer"):
        answer = visitor.browser.post(path, data=body, content_type=kind)
        assert 400 <= answer.status_code < 500 or path == "/histoires", path
    assert rows(lite) == before and visitor.name == "Aurore"


def test_broken_utf8_in_good_forms(app):
    visitor = known(app, "Aurore")
    token = visitor.token().encode()
    body = b"csrf_token=" + token + b"&prompt=%ff%fe&text=%c3%28%ed%a0%80&language=fr&seed=1"
    assert visitor.browser.post("/histoires", data=body, content_type="application/x-www-form-urlencoded").status_code == 302
    assert [story.prompt for story in stories_of(app, "Aurore")] == ["%FF%FE"]  # as Werkzeug shows what it cannot read
    for name in (b"%ff%fe", b"%ed%a0%80", b"\xf0\x9f"):
        form = b"csrf_token=" + visitor.token().encode() + b"&name=" + name + b"&password=" + name
        answer = visitor.browser.post("/connexion", data=form, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in (400, 403)
    assert visitor.browser.get("/histoires?langue=%ff&du=%ed%a0%80&tri=%00").status_code == 200


# Cookies ----------------------------------------------------------------------------------------------------------------


def test_forged_cookies_are_nobody(lite):
    visitor = known(lite, "Aurore")
    good = visitor.cookie()
    signer = SecureCookieSessionInterface().get_signing_serializer(lite)
    data = signer.loads(good)
    lite.secret_key, secret = "another secret of the same length....", lite.secret_key
    forged = [SecureCookieSessionInterface().get_signing_serializer(lite).dumps(data)]
    lite.secret_key = secret
    forged += [good[:-2] + "AA", good.split(".")[0], "..", "." * 200, "a" * 5000, "null", "eyJfdXNlcl9pZCI6IjEifQ.x.y", ""]
    forged += [signer.dumps(data | {"_user_id": one}) for one in ("1", "", "admin", 1, None, ["x"], {"a": 1}, "x" * 3000)]
    forged += [signer.dumps({"csrf_token": one}) for one in (1, None, ["x"], "\0")]
    for cookie in forged:
        thief = Visitor(lite)
        thief.browser.set_cookie("atelier", cookie)
        assert thief.get("/histoires").location == "/connexion?suite=/histoires", cookie
        assert thief.get("/").status_code == 200 and thief.name is None
    assert visitor.name == "Aurore"


# The log ----------------------------------------------------------------------------------------------------------------


def test_the_log_has_one_line_for_an_error_and_nothing_private(lite, caplog, monkeypatch):
    visitor = known(lite, "Aurore")
    visitor.keep(prompt="Le secret", text=" de Nohant")
    caplog.set_level(logging.DEBUG)

    def broken(*_):
        db.session.execute(sa.text("SELECT :mark FROM nowhere"), {"mark": "Nohant"})

    monkeypatch.setattr(Story, "__eq__", broken, raising=False)
    monkeypatch.setitem(lite.view_functions, "stories.shelf", broken)
    answer = visitor.get("/histoires?langue=a%0d%0aERROR+forged+Nohant", headers={"User-Agent": "Nohant\tERROR"})
    assert answer.status_code == 500 and "Nohant" not in answer.text and "nowhere" not in answer.text
    visitor.get("/nulle%0aERROR%20forged%20Nohant")
    visitor.sign_in("Nohant\nERROR", "Nohant")
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len([line for line in said if "OperationalError" in line]) == 1
    for secret in ("Nohant", "Aurore", PASSWORD, "forged", visitor.cookie()):
        assert not any(secret in line for line in said), secret
    assert not any(set(line) & set(string.whitespace) - {" "} for line in said)
    monkeypatch.undo()
    assert [story.text for story in stories_of(lite, "Aurore")] == [" de Nohant"]


def test_when_the_database_is_away_it_is_said(lite, caplog, monkeypatch):
    visitor = known(lite, "Aurore")

    def away(*_):
        raise sa.exc.OperationalError("SELECT", {}, Exception("/home/aurore/stories.sqlite"))

    monkeypatch.setattr(database, "user_of", away)
    for path in ("/", "/histoires", "/compte"):
        answer = visitor.get(path)
        assert answer.status_code == 500 and "Recommencez dans un instant" in answer.text and "aurore" not in answer.text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "OperationalError" in caplog.text and "aurore" not in caplog.text
    assert visitor.get("/healthz").status_code == 200
    monkeypatch.undo()
    assert visitor.name == "Aurore"


# A real server: what no test client would send -------------------------------------------------------------------------------


@pytest.fixture
def port(lite, monkeypatch):
    from workshop.server import serve

    monkeypatch.setattr(serve, "create_app", lambda config, **_: lite)
    server = make(lite.config["WORKSHOP"], "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.effective_port
    server.close()


def said(port: int, sent: bytes) -> bytes:
    """What the server answers, until it closes the line or has said nothing for a moment."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line, contextlib.suppress(ConnectionError, TimeoutError):
        line.sendall(sent)
        line.settimeout(1)
        while part := line.recv(65536):
            answer += part
    return answer


RAW = [
    b"GET /\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
    b"\r\n" * 100,
    b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /%00%0d%0a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
]


@pytest.mark.parametrize("sent", RAW)
def test_what_is_hardly_http(port, sent):
    answer = said(port, sent)
    assert answer == b"" or answer.startswith((b"HTTP/1.0 ", b"HTTP/1.1 ", b"Not Found", b"<!DOCTYPE")), answer[:80]
    assert (
        b" 500 " not in answer.split(b"\r\n")[0]
        and b"Traceback" not in answer
        and b"waitress" not in answer.split(b"\r\n\r\n")[0]
    )
    again = said(port, b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert again.startswith(b"HTTP/1.1 200 OK") and again.endswith(b"ok\n")
