"""What is counted, who sees it, and the e-mail of an error; nothing of what readers wrote in any of them."""

import re
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from tests.server_client import account, application
from tests.server_pens import FakePen, fake_engine
from workshop.server import incidents
from workshop.server.config import Mail
from workshop.server.mail import SILENCE, Mailer, letter
from workshop.server.monitoring import DAYS, Monitor

ASKED = {"prompt": "Il y avait", "max_new_tokens": 3}
TOKEN = "token-of-prometheus"


def figures(client) -> dict[str, float]:
    """What Prometheus reads: each figure with its labels, and its value."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200 and answer.mimetype == "text/plain"
    return {name: float(value) for name, value in re.findall(r"(?m)^(workshop_\S+(?: \S+=\S+)*?) (\S+)$", answer.text)}


@pytest.fixture
def app():
    return application(metrics_token=TOKEN, admin="marie", admin_password="quatre mots sans rapport")


@pytest.fixture
def client(app):
    return app.test_client()


def sign_in(client, name: str = "marie", password: str = "quatre mots sans rapport") -> None:
    page = client.get("/connexion").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    answer = client.post("/connexion", data={"name": name, "password": password, "csrf_token": token})
    assert answer.status_code == 302, answer.text


# ---------------------------------------------------------------- the figures


def test_requests_are_counted_by_route_method_and_status(client):
    client.post("/api/generate", json=ASKED)
    client.post("/api/generate", json={})
    client.get("/api/generate")
    for path in ("/nowhere/1", "/nowhere/2", "/api/nowhere"):
        client.get(path)
    client.open("/api/models", method="FOO")
    found = figures(client)
    assert found['workshop_requests_total{method="POST",route="/api/generate",status="200"}'] == 1
    assert found['workshop_requests_total{method="POST",route="/api/generate",status="400"}'] == 1
    assert found['workshop_requests_total{method="GET",route="(inconnue)",status="404"}'] == 3  # one figure for all of them
    assert found['workshop_requests_total{method="(inconnue)",route="(inconnue)",status="405"}'] == 1
    assert found['workshop_request_seconds_count{method="POST",route="/api/generate"}'] == 2


def test_tokens_waits_and_refusals_are_counted_by_model(app, client):
    client.post("/api/generate", json=ASKED)
    client.post("/v1/completions", json={"prompt": "Il", "model": "english", "max_tokens": 5, "n": 2})
    engine = app.extensions["engine"]
    turns = [engine.turn("sand") for _ in range(4)]
    found = figures(client)
    assert found['workshop_tokens_total{model="base"}'] == 3
    assert found['workshop_tokens_total{model="english"}'] == 10
    assert found['workshop_texts_total{model="english"}'] == 2
    assert found['workshop_queue_wait_seconds_count{model="english"}'] == 1
    assert found['workshop_queue_length{model="sand"}'] == 3 and found['workshop_queue_length{model="base"}'] == 0
    turns += [engine.turn("sand") for _ in range(5)]
    assert client.post("/api/generate", json=ASKED | {"model": "sand"}).status_code == 503
    assert figures(client)['workshop_queue_refused_total{model="sand"}'] == 1
    for turn in turns:
        turn.close()
    assert figures(client)['workshop_queue_length{model="sand"}'] == 0


def test_a_stream_counts_when_it_has_ended_and_for_all_that_it_took():
    pen = FakePen(before=lambda: time.sleep(0.03))
    app = application(fake_engine(pen), metrics_token=TOKEN)
    client = app.test_client()
    answer = client.post("/api/generate/stream", json=ASKED)
    name = 'workshop_requests_total{method="POST",route="/api/generate/stream",status="200"}'
    assert name not in figures(client)
    answer.get_data()
    answer.close()
    found = figures(client)
    assert found[name] == 1
    assert found['workshop_request_seconds_sum{method="POST",route="/api/generate/stream"}'] >= 0.09


def test_two_applications_do_not_mix_their_figures(client):
    other = application(metrics_token=TOKEN).test_client()
    client.get("/api/models")
    name = 'workshop_requests_total{method="GET",route="/api/models",status="200"}'
    assert figures(client)[name] == 1 and name not in figures(other)


def test_figures_and_dashboard_are_for_the_administrator(app, client):
    for path in ("/metrics", "/tableau-de-bord"):
        assert client.get(path).status_code in (302, 403)
    for shown in ("Bearer wrong", "Bearer ", TOKEN[:-1], "Bearer é", "Basic " + TOKEN):
        assert client.get("/metrics", headers={"Authorization": shown}).status_code == 403
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 403  # a proxy may be in front
    assert application().test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403  # no token at all
    account(app, "ada")
    with app.app_context():
        from workshop.server.database import User
        from workshop.server.extensions import db

        db.session.query(User).filter_by(key="ada").one().password = app.extensions["passwords"].hash("quatre mots sans rapport")
        db.session.commit()
    sign_in(client, "ada")
    assert "Tableau de bord" not in client.get("/").text
    for path in ("/metrics", "/tableau-de-bord"):
        assert client.get(path).status_code == 403
    sign_in(admin := app.test_client())
    assert "Tableau de bord" in admin.get("/").text
    for path in ("/metrics", "/tableau-de-bord"):
        assert admin.get(path).status_code == 200


@pytest.mark.parametrize("name", ["marie", "Marie", "MARIE", "maríe", "ｍarie", "mаrie", "marie ", "mar\u200bie", "mariе"])
def test_nobody_becomes_the_administrator_by_a_name_that_looks_like_theirs(client, name):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/inscription").text)[1]
    password = "un autre mot de passe"
    client.post("/inscription", data={"name": name, "password": password, "again": password, "csrf_token": token})
    assert client.get("/tableau-de-bord").status_code in (302, 403)
    assert "marie" not in client.get("/").text.casefold()


# ---------------------------------------------------------------- the dashboard


def test_the_dashboard_draws_what_was_counted(app, client):
    for _ in range(3):
        client.post("/api/generate", json=ASKED)
    sign_in(client)
    page = client.get("/tableau-de-bord").text
    assert page.count("<svg") == 2 and page.count("<rect") == 24 + DAYS and page.count("<table") == 4
    row = re.search(r'<th scope="row">POST /api/generate</th><td>(\d+)</td><td>([^<]+)</td>', page)
    assert row[1] == "3" and row[2].endswith("ms")
    assert re.search(r'<th scope="row">GPT-2 de base</th><td>0</td><td>3</td><td>9</td><td>0</td>', page)
    assert "Aucune." in page  # no error
    assert "style=" not in page and "<script" not in page  # the policy of the pages refuses them


def test_the_dashboard_tells_errors_without_their_words():
    def fail() -> None:
        raise ValueError("the secret of ada")

    app = application(
        fake_engine(FakePen(before=fail)), admin="marie", admin_password="quatre mots sans rapport", metrics_token=TOKEN
    )
    client = app.test_client()
    for path in ("/api/generate", "/api/generate/stream"):
        client.post(path, json={"prompt": "mon histoire à moi"}).get_data()
    sign_in(client)
    page = client.get("/tableau-de-bord").text
    assert page.count("<strong>ValueError</strong>") == 2 and "POST /api/generate/stream" in page
    assert "test_server_monitoring.py" in page or "server_pens.py" in page  # where
    assert "secret" not in page and "mon histoire" not in page
    assert figures(client)['workshop_errors_total{kind="ValueError",route="/api/generate"}'] == 1


def test_hours_and_days_are_counted_and_forgotten():
    moment = datetime(2026, 3, 1, 10, 59, tzinfo=UTC)
    monitor = Monitor(lambda: moment)
    monitor.answered("/", "GET", 200, 0.1)
    moment += timedelta(minutes=1)
    for seconds in (0.1, 0.2, 0.3, 0.4):
        monitor.answered("/", "GET", 200, seconds)
    assert [count for _, count in monitor.by_hour(3)] == [0, 1, 4]
    assert [moment.hour for moment, _ in monitor.by_hour(3)] == [9, 10, 11]
    moment += timedelta(days=2)
    monitor.answered("/", "GET", 200, 0.1)
    assert [count for _, count in monitor.by_day(4)] == [0, 5, 0, 1]
    ((route, count, median, p95),) = monitor.by_route()
    assert (route, count) == ("GET /", 6) and median == pytest.approx(0.15) and p95 == pytest.approx(0.375)
    moment += timedelta(days=DAYS + 1)
    monitor.answered("/", "GET", 200, 0.1)
    assert sum(count for _, count in monitor.by_day()) == 1 and monitor.by_route()[0][1] == 1
    assert len(monitor._hours) == 1


def test_counting_from_eight_threads_loses_nothing():
    monitor = Monitor()
    threads = [threading.Thread(target=lambda: [monitor.answered("/", "GET", 200, 0.1) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert monitor.by_route()[0][1] == 4000


# ---------------------------------------------------------------- the e-mail


class Box:
    """A mailbox that keeps what it is sent."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, server, session, envelope):
        self.letters.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture
def post_office():
    """An SMTP server on loopback: its box, and how to reach it."""
    box = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, Mail(host="127.0.0.1", port=port, to="prof@example.org", sender="histoires@example.org")
    controller.stop()


def test_a_forced_error_sends_exactly_one_email_and_another_kind_another(post_office):
    box, mail = post_office
    errors = [ValueError("the secret of ada")]

    def fail() -> None:
        raise errors[-1]

    app = application(fake_engine(FakePen(before=fail)), mail=mail)
    client = app.test_client()
    for _ in range(5):
        assert client.post("/api/generate", json={"prompt": "mon histoire à moi"}).status_code == 500
    errors.append(KeyError("ada@example.org"))
    for _ in range(2):
        client.post("/api/generate", json={"prompt": "mon histoire à moi"})
    client.post("/api/generate/stream", json={"prompt": "mon histoire à moi"}).get_data()  # the same, at another address
    client.post("/api/generate", json={"prompt": ""})  # foreseen: nobody is told
    app.extensions["mailer"].stop()
    subjects = [message["Subject"] for _, message in box.letters]
    assert subjects == [
        "[Histoires] POST /api/generate\u00a0: ValueError",
        "[Histoires] POST /api/generate\u00a0: KeyError",
        "[Histoires] POST /api/generate/stream\u00a0: KeyError",
    ]
    envelope, _ = box.letters[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("histoires@example.org", ["prof@example.org"])
    for _, message in box.letters:
        words = message.get_content()
        assert "in pieces" in words and "workshop/server/api.py" in words
        assert not re.search("secret|histoire à moi|ada@|/home|/tmp|/root", words)


def incident(route: str = "/", kind: str = "ValueError") -> incidents.Incident:
    return incidents.Incident(datetime(2026, 1, 1, tzinfo=UTC), route, "GET", kind, ("workshop/x.py:1 in f",))


def test_after_ten_minutes_the_same_kind_is_told_again_with_how_often_it_came(post_office):
    box, mail = post_office
    moments = iter([0.0, 1.0, SILENCE - 1, SILENCE, SILENCE + 1])
    mailer = Mailer(mail, lambda: next(moments))
    for _ in range(5):
        mailer.tell(incident())
    mailer.stop()
    assert len(box.letters) == 2
    assert "2 fois de plus" in box.letters[1][1].get_content() and "de plus" not in box.letters[0][1].get_content()


@pytest.mark.parametrize("port", [9, None], ids=["nobody listens", "it never answers"])
def test_a_dead_mail_server_disturbs_nothing(port, caplog):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail = Mail(host="127.0.0.1", port=port or silent.getsockname()[1], to="a@example.org", sender="b@example.org")
        mailer = Mailer(mail)
        start = time.monotonic()
        for n in range(20):
            mailer.tell(incident(f"/{n}"))
        assert time.monotonic() - start < 1
        if port:
            mailer.stop()
            assert "could not be sent: ConnectionRefusedError" in caplog.text


def test_tls_is_asked_before_anything_is_said(post_office, caplog):
    box, mail = post_office  # which has no TLS: nothing must be sent in the clear
    mailer = Mailer(Mail(**{**vars(mail), "tls": True, "user": "prof", "password": "secret"}))
    mailer.tell(incident())
    mailer.stop()
    assert box.letters == [] and "could not be sent" in caplog.text and "secret" not in caplog.text


@pytest.mark.parametrize(
    "odd", [{"user": "prof", "password": "l’été"}, {"to": "prof@"}, {"to": "prof@["}, {"sender": "a\nb"}, {"user": "é"}]
)
def test_what_cannot_be_sent_is_said_each_time_and_the_thread_goes_on(odd, caplog):
    """SMTP knows no password with accents; an address that is half typed breaks Python's own reading of addresses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Box(), hostname="127.0.0.1", port=port, authenticator=lambda *_: None, auth_require_tls=False)
    controller.start()
    mail = Mail(host="127.0.0.1", port=port, to="prof@example.org", sender="histoires@example.org")
    mailer = Mailer(Mail(**{**vars(mail), **odd}))
    for number in range(3):
        mailer.tell(incident(f"/{number}"))
    mailer.stop()
    controller.stop()
    assert caplog.text.count("could not be sent") == 3 and "été" not in caplog.text


def test_the_letter_is_in_plain_words():
    words = letter(incident("/histoires/<int:number>"), 3)
    assert "GET /histoires/<int:number>" in words and "3 fois de plus" in words and "ValueError" in words
