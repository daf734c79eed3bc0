"""The API: what it answers, what it refuses and how it says so; readers who leave; queues that are full."""

import json
import socket
import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask

from tests.server_client import PLENTY, account, application, config, events, live
from tests.server_pens import WORDS, FakePen, fake_engine
from workshop.server.completions import read_completion
from workshop.server.config import Limits
from workshop.sharing.requests import LIMITS, GenerationRequest

THREE = "".join(WORDS[:3])
ASKED = {"prompt": "Il y avait", "max_new_tokens": 3, "seed": 5}
PATHS = ("/api/generate", "/api/generate/stream", "/v1/completions")


@pytest.fixture(scope="module")
def app() -> Flask:
    return application()


@pytest.fixture
def client(app):
    return app.test_client()


def free(app: Flask, model: str = "base") -> bool:
    turn = app.extensions["engine"].turn(model)
    try:
        return turn.wait(20)  # on a machine that may be busy
    finally:
        turn.close()


# ---------------------------------------------------------------- what it answers


def test_a_text_in_one_piece(client):
    answer = client.post("/api/generate", json=ASKED)
    assert answer.status_code == 200
    assert answer.json == {
        "text": THREE,
        "seed": 5,
        "model": "base",
        "language": "fr",
        "tokens": 3,
        "finish_reason": "length",
    }


def test_a_text_as_it_is_written(client, app):
    answer = client.post("/api/generate/stream", json=ASKED)
    assert answer.status_code == 200 and answer.mimetype == "text/event-stream"
    told = events(answer.text)
    assert told[:3] == [("token", {"text": word}) for word in WORDS[:3]]
    end = {"seed": 5, "model": "base", "language": "fr", "tokens": 3, "finish_reason": "length"}
    assert told[3:] == [("done", end)]
    assert free(app)


def test_a_seed_is_drawn_and_told(client):
    seeds = {client.post("/api/generate", json={"prompt": "Il"}).json["seed"] for _ in range(4)}
    assert len(seeds) == 4


def test_english_is_asked_by_language_or_by_name(client):
    for said in ({"language": "en"}, {"model": "english"}):
        assert client.post("/api/generate", json=ASKED | said).json["language"] == "en"


def test_the_models_are_told_those_that_are_not_made_too(client):
    told = client.get("/api/models").json
    rows = {row["name"]: row for row in told["models"]}
    assert list(rows) == ["base", "specialised", "sand", "english"]
    assert rows["base"]["default"] and rows["base"]["ready"] and rows["base"]["lacking"] is None
    assert not rows["specialised"]["ready"] and "pas encore fait" in rows["specialised"]["lacking"]
    assert "200" in told["limits"]["max_new_tokens"]
    assert [model["id"] for model in client.get("/v1/models").json["data"]] == ["base", "sand", "english"]
    assert client.get("/v1/models/english").json["language"] == "en"
    assert client.get("/v1/models/openai/none").status_code == 404


# ---------------------------------------------------------------- OpenAI's form


def test_a_completion(client):
    answer = client.post("/v1/completions", json={"prompt": "Il y avait", "max_tokens": 3, "seed": 5}).json
    assert answer["object"] == "text_completion" and answer["model"] == "base" and answer["seed"] == 5
    assert answer["choices"] == [{"index": 0, "text": THREE, "logprobs": None, "finish_reason": "length"}]
    assert answer["usage"] == {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6}


def test_several_prompts_several_texts_each_after_its_prompt(client):
    body = {"prompt": ["Un", "Deux mots"], "max_tokens": 2, "n": 2, "echo": True}
    answer = client.post("/v1/completions", json=body).json
    two = "".join(WORDS[:2])
    assert [choice["text"] for choice in answer["choices"]] == ["Un" + two, "Un" + two, "Deux mots" + two, "Deux mots" + two]
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2, 3]
    assert answer["usage"] == {"prompt_tokens": 3, "completion_tokens": 8, "total_tokens": 11}


@pytest.mark.parametrize("stream", [False, True])
def test_the_texts_after_the_last_seed_have_the_first_ones(client, stream):
    """Each text has the seed after that of the one before it, and there is none after 2³² - 1."""
    most = int(LIMITS["seed"].most)
    body = {"prompt": "Un", "max_tokens": 2, "n": 3, "seed": most, "stream": stream}
    assert [one.seed for one in read_completion(body, PLENTY).requests] == [most, 0, 1]
    answer = client.post("/v1/completions", json=body)
    assert answer.status_code == 200 and "error" not in answer.text


def test_sixteen_tokens_when_nothing_is_said_and_null_says_nothing(client):
    nothing = dict.fromkeys(["max_tokens", "temperature", "top_p", "n", "stop", "seed", "stream", "echo", "logprobs", "suffix"])
    answer = client.post("/v1/completions", json={"prompt": "Il", "user": "ada"} | nothing).json
    assert answer["usage"]["completion_tokens"] == 16


@pytest.mark.parametrize(
    ("stop", "text", "reason"),
    [
        (" bord", " une fois, au", "stop"),
        (["absent", " fois,"], " une", "stop"),
        ("s, a", " une foi", "stop"),  # across two pieces
        (["au bord de", "bord"], " une fois, au ", "stop"),  # the one that is whole first
        ("une", " ", "stop"),
        ("absent", "".join(WORDS[:5]), "length"),
        (" dehors", "".join(WORDS[:5]), "length"),  # « de » was held back, and comes in the end
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_stop_ends_the_text_before_it(client, app, stop, text, reason, stream):
    body = {"prompt": "Il", "max_tokens": 5, "stop": stop, "stream": stream}
    answer = client.post("/v1/completions", json=body)
    if stream:
        chunks = [data["choices"][0] for _, data in events(answer.text)[:-1]]
        assert "".join(chunk["text"] for chunk in chunks) == text
        assert [chunk["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + [reason]
    else:
        (choice,) = answer.json["choices"]
        assert (choice["text"], choice["finish_reason"]) == (text, reason)
    assert free(app)


def test_a_stream_in_openais_form(client):
    body = {"prompt": ["Un", "Deux"], "max_tokens": 2, "stream": True, "stream_options": {"include_usage": True}, "seed": 7}
    answer = client.post("/v1/completions", json=body)
    assert answer.mimetype == "text/event-stream"
    *chunks, usage, end = [data for _, data in events(answer.text)]
    assert end == "[DONE]"
    assert usage["choices"] == [] and usage["usage"]["total_tokens"] == 6
    assert {chunk["id"] for chunk in [*chunks, usage]} == {usage["id"]} and all(chunk["usage"] is None for chunk in chunks)
    said = [(chunk["choices"][0]["index"], chunk["choices"][0]["text"], chunk["choices"][0]["finish_reason"]) for chunk in chunks]
    one = [(WORDS[0], None), (WORDS[1], None), ("", "length")]
    assert said == [(index, *rest) for index in (0, 1) for rest in one]


def test_the_conversation_that_no_model_has_learnt_is_refused(client):
    answer = client.post("/v1/chat/completions", json={"model": "base", "messages": []})
    assert answer.status_code == 404 and "/v1/completions" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": ["Il"] * 9}, "prompt"),
        ({"prompt": [1, 2, 3]}, "prompt"),
        ({"prompt": ["Il", ["Il"]]}, "prompt"),
        ({"prompt": " "}, "prompt"),
        ({"prompt": "Il", "max_tokens": 201}, "max_tokens"),
        ({"prompt": "Il", "max_tokens": 150, "n": 2}, "max_tokens"),
        ({"prompt": ["Il"] * 3, "n": 3, "max_tokens": 1}, "max_tokens"),
        ({"prompt": "Il", "max_tokens": True}, "max_tokens"),
        ({"prompt": "Il", "n": 0}, "n"),
        ({"prompt": "Il", "n": 10**30}, "n"),
        ({"prompt": "Il", "temperature": -1}, "temperature"),
        ({"prompt": "Il", "top_p": "1"}, "top_p"),
        ({"prompt": "Il", "seed": -1}, "seed"),
        ({"prompt": "Il", "stop": ""}, "stop"),
        ({"prompt": "Il", "stop": ["a"] * 5}, "stop"),
        ({"prompt": "Il", "stop": 3}, "stop"),
        ({"prompt": "Il", "stop": {"a": 1}}, "stop"),
        ({"prompt": "Il", "stream": 1}, "stream"),
        ({"prompt": "Il", "echo": "yes"}, "echo"),
        ({"prompt": "Il", "logprobs": 5}, "logprobs"),
        ({"prompt": "Il", "best_of": 2}, "best_of"),
        ({"prompt": "Il", "best_of": True}, "best_of"),
        ({"prompt": "Il", "suffix": "fin"}, "suffix"),
        ({"prompt": "Il", "presence_penalty": 0.5}, "presence_penalty"),
        ({"prompt": "Il", "logit_bias": {"1": 100}}, "logit_bias"),
        ({"prompt": "Il", "logit_bias": []}, "logit_bias"),
        ({"prompt": "Il", "stream_options": {"include_usage": 1}}, "stream_options"),
        ({"prompt": "Il", "stream_options": {"include_usages": True}}, "stream_options"),
        ({"prompt": "Il", "stream_options": []}, "stream_options"),
        ({"prompt": "Il", "stream_options": 1}, "stream_options"),
        ({"prompt": "Il", "max_new_tokens": 3}, "max_new_tokens"),
        ({"prompt": "Il", "messages": []}, "messages"),
    ],
    ids=str,
)
def test_what_openais_form_does_not_take_is_named(client, body, field):
    answer = client.post("/v1/completions", json=body)
    assert answer.status_code == 400, answer.text
    error = answer.json["error"]
    assert field in error["fields"] and error["type"] == "invalid_request_error" and field in error["message"]


# ---------------------------------------------------------------- what it refuses

HOSTILE = {
    "nothing": b"",
    "not JSON": b"prompt=Il",
    "cut": b'{"prompt": "Il',
    "two": b'{"prompt": "Il"}{}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
    "NaN": b'{"prompt": "Il", "temperature": NaN}',
    "infinity": b'{"prompt": "Il", "temperature": -Infinity}',
    "a number that overflows": b'{"prompt": "Il", "temperature": 1e999}',
    "a huge whole number": b'{"prompt": "Il", "seed": 1' + b"0" * 5000 + b"}",
    "a large whole number": b'{"prompt": "Il", "seed": 1' + b"0" * 400 + b"}",
    "a large temperature": b'{"prompt": "Il", "temperature": 1' + b"0" * 400 + b"}",
    "broken UTF-8": b'{"prompt": "\xff\xfe"}',
    "Latin-1": '{"prompt": "été"}'.encode("latin-1"),
    "UTF-16": '{"prompt": "Il"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"prompt": "Il"}',
    "half of a character": b'{"prompt": "\\ud800"}',
    "half of a character in a name": b'{"prompt": "Il", "\\udfff": 1}',
    "a null character": b'{"prompt": "Il\\u0000 y"}',
    "null bytes": b"\0" * 50,
    "a list": b'["Il"]',
    "a text": b'"Il"',
    "null": b"null",
    "an empty object": b"{}",
    "many fields": json.dumps({f"field{n}": n for n in range(9000)}).encode(),
    "a very long name": json.dumps({"prompt": "Il", "x" * 100_000: 1}).encode(),
    "a very long text": json.dumps({"prompt": "Il " * 50_000}).encode(),
    "compressed": b"\x1f\x8b\x08\x00",
    "true for a number": b'{"prompt": "Il", "seed": true}',
    "an object for a text": b'{"prompt": {"$ne": ""}}',
    "a path for a model": b'{"prompt": "Il", "model": "../../etc/passwd\\u0000"}',
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bodies_are_refused_in_few_words(client, app, path, body):
    answer = client.post(path, data=body, content_type="application/json")
    assert answer.status_code == 400, answer.text[:300]
    assert set(answer.json) == {"error"} and answer.json["error"]["message"]
    assert len(answer.data) < 8000
    assert free(app)


@pytest.mark.parametrize("path", PATHS)
def test_a_model_that_is_not_here_or_not_made(client, path):
    for name, code in [("../../etc/passwd", "model_not_found"), ("gpt-5", "model_not_found"), ("specialised", "model_not_ready")]:
        answer = client.post(path, json={"prompt": "Il", "model": name})
        assert answer.status_code == 404 and answer.json["error"]["code"] == code and answer.json["error"]["param"] == "model"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonx"]
)
def test_what_is_not_said_to_be_json_is_refused(client, path, kind):
    answer = client.post(path, data=b'{"prompt": "Il"}', content_type=kind)
    assert answer.status_code == 415 and "application/json" in answer.json["error"]["message"]


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_is_too_large(client, path):
    answer = client.post(path, data=b"[" + b" " * PLENTY.body + b"]", content_type="application/json")
    assert answer.status_code == 413 and "256" in answer.json["error"]["message"]


def test_every_field_at_fault_is_told_at_once(client):
    fields = client.post("/api/generate", json={"prompt": 3, "seed": 1.5, "foo": 1}).json["error"]["fields"]
    assert set(fields) == {"prompt", "seed", "foo"}


def test_errors_are_json_everywhere_under_the_api(client):
    for method, path, status in [
        ("GET", "/api/nowhere", 404),
        ("GET", "/v1/nowhere", 404),
        ("POST", "/v1/models/x/", 405),
        ("GET", "/api/generate", 405),
        ("DELETE", "/v1/completions", 405),
        ("FOO", "/api/models", 405),
        ("GET", "/api/../api/nowhere", 404),
        ("GET", "/api/%00", 404),
        ("GET", "/v1/models/%F0%9F%92%A5", 404),
    ]:
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.mimetype) == (status, "application/json"), (method, path)
        assert answer.json["error"]["message"]
        assert status != 405 or answer.headers["Allow"]


def test_a_failure_that_nobody_foresaw_is_told_without_its_words():
    def fail() -> None:
        raise ValueError("the secret of ada")

    app = application(fake_engine(FakePen(before=fail)))
    client = app.test_client()
    for path in PATHS:
        answer = client.post(path, json={"prompt": "Il"})
        if path == "/api/generate/stream":  # it had begun
            ((name, body),) = events(answer.text)
            assert name == "error" and body["error"]["code"] == "internal_server_error"
        else:
            assert (answer.status_code, answer.json["error"]["code"]) == (500, "internal_server_error")
        assert "secret" not in answer.text
        assert free(app)
    ((_, body),) = events(client.post("/v1/completions", json={"prompt": "Il", "stream": True}).text)
    assert body["error"]["type"] == "server_error" and free(app)


# ---------------------------------------------------------------- keys and quotas


def test_a_key_of_an_account_and_what_is_no_key():
    app = application()
    client = app.test_client()
    _, key = account(app)
    asked = {"json": ASKED}
    assert client.post("/api/generate", **asked, headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert client.post("/api/generate", **asked, headers={"Authorization": f"bearer  {key}"}).status_code == 200
    for said in ("Bearer anonyme", "Bearer ", ""):
        assert client.post("/v1/completions", json={"prompt": "Il"}, headers={"Authorization": said}).status_code == 200
    for said in (
        "Bearer wrong",
        f"Basic {key}",
        f"Bearer {key}x",
        "Bearer ' OR 1=1 --",
        f"Token {key}",
        "Bearer " + "k" * 10_000,
    ):
        for path in (*PATHS, "/v1/chat/completions"):
            answer = client.post(path, **asked, headers={"Authorization": said})
            assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.json["error"]["type"] == "authentication_error" and key not in answer.text


def test_a_revoked_key_is_none_and_the_use_of_a_key_is_noted():
    app = application()
    client = app.test_client()
    from workshop.server.database import ApiToken, now
    from workshop.server.extensions import db

    _, key = account(app)
    said = {"Authorization": f"Bearer {key}"}
    with app.app_context():
        assert db.session.query(ApiToken).one().used is None
    assert client.post("/api/generate", json=ASKED, headers=said).status_code == 200
    with app.app_context():
        token = db.session.query(ApiToken).one()
        assert token.used is not None
        token.revoked = now()
        db.session.commit()
    assert client.post("/api/generate", json=ASKED, headers=said).status_code == 401


def test_callers_without_an_account_share_their_address_and_an_account_has_its_own_quota():
    app = application(limits=Limits(generate="2 per minute", generate_account="3 per minute"))
    client = app.test_client()
    _, key = account(app)
    _, other = account(app, "berthe")

    def ask(path="/api/generate", key="", address="192.0.2.1"):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return client.post(path, json={"prompt": "Il"}, headers=headers, environ_base={"REMOTE_ADDR": address})

    assert [ask(path).status_code for path in PATHS] == [200, 200, 429]
    refused = ask()
    assert refused.json["error"]["type"] == "rate_limit_error" and 1 <= int(refused.headers["Retry-After"]) <= 30
    assert refused.headers["Retry-After"] in refused.json["error"]["message"]
    assert ask(address="192.0.2.2").status_code == 200
    assert [ask(key=key).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert ask(key=other).status_code == 200
    assert [ask(address=f"2001:db8::{n}").status_code for n in (1, 2, 3)] == [200, 200, 429]  # one network, one owner
    assert ask(address="2001:db8:0:1::1").status_code == 200


def test_what_is_refused_costs_nothing():
    client = application(limits=Limits(generate="1 per minute")).test_client()
    for body in ({}, {"prompt": "Il", "model": "none"}, {"prompt": "Il", "seed": -1}):
        assert client.post("/api/generate", json=body).status_code in (400, 404)
    assert client.post("/api/generate", json=ASKED).status_code == 200
    assert client.post("/api/generate", json=ASKED).status_code == 429


# ---------------------------------------------------------------- the queue, readers who leave


def slow_pen() -> FakePen:
    return FakePen(before=lambda: time.sleep(0.05))


def test_a_full_queue_says_when_to_come_back():
    app = application(fake_engine(places=1))
    engine = app.extensions["engine"]
    turns = [engine.turn("base"), engine.turn("base")]
    for path in PATHS:
        answer = app.test_client().post(path, json={"prompt": "Il"})
        assert answer.status_code == 503 and answer.json["error"]["code"] == "busy"
        assert answer.headers["Retry-After"] == "10" and "10" in answer.json["error"]["message"]
    for turn in turns:
        turn.close()
    assert app.test_client().post(PATHS[0], json={"prompt": "Il"}).status_code == 200


def test_who_waits_is_told_how_many_are_before(app):
    turn = app.extensions["engine"].turn("base")
    answer = app.test_client().post("/api/generate/stream", json=ASKED)
    pieces = answer.iter_encoded()
    assert events(next(pieces).decode()) == [("queue", {"ahead": 1})]
    turn.close()
    assert [name for name, _ in events(b"".join(pieces).decode())] == ["token", "token", "token", "done"]


def test_a_stream_that_nobody_reads_frees_the_model(app):
    for path in ("/api/generate/stream", "/v1/completions"):
        body = {"prompt": "Il"} | ({"stream": True} if path.startswith("/v1") else {})
        answer = app.test_client().post(path, json=body)
        answer.close()
        assert free(app)


def eventually(check: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it becomes true, on a machine that may be busy."""
    until = time.monotonic() + seconds
    while not check() and time.monotonic() < until:
        time.sleep(0.02)
    return check()


def send(address: str, path: str, body: dict) -> socket.socket:
    """Ask, and give the connection, which can be closed at any moment."""
    host, port = address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    connection.sendall(head.encode() + data)
    return connection


LONG = {"prompt": "Il", "max_new_tokens": 200}
LONG_TOO = {"prompt": "Il", "max_tokens": 200}


@pytest.mark.parametrize(
    ("path", "body"),
    [(PATHS[0], LONG), (PATHS[1], LONG), (PATHS[2], LONG_TOO), (PATHS[2], LONG_TOO | {"stream": True})],
    ids=["in one piece", "streamed", "OpenAI's form", "OpenAI's form, streamed"],
)
def test_a_reader_who_leaves_in_the_middle_frees_the_model(path, body):
    pen = slow_pen()  # 10 seconds for the whole text
    app = application(fake_engine(pen))
    with live(app) as address:
        connection = send(address, path, body)
        assert eventually(lambda: not free_now(app))
        time.sleep(0.1)  # a word or two are written
        connection.close()
        assert free(app)
        assert eventually(lambda: pen.closed == 1)
        monitor = app.extensions["monitor"]
        assert eventually(lambda: monitor.of_model("base")["texts"] == 1) and 0 < monitor.of_model("base")["tokens"] < 200


def free_now(app: Flask) -> bool:
    turn = app.extensions["engine"].turn("base")
    try:
        return turn.wait(0)
    finally:
        turn.close()


@pytest.mark.parametrize(("path", "body"), [(PATHS[0], LONG), (PATHS[1], LONG), (PATHS[2], LONG_TOO)])
def test_a_reader_who_leaves_the_queue_frees_their_place(path, body):
    app = application()
    engine = app.extensions["engine"]
    turn = engine.turn("base")
    with live(app) as address:
        connection = send(address, path, body)
        assert eventually(lambda: engine.lines["base"].waiting == 1)
        connection.close()
        assert eventually(lambda: engine.lines["base"].waiting == 0)
    turn.close()


def test_eight_readers_at_once_are_all_served():
    app = application(fake_engine(FakePen(before=lambda: time.sleep(0.001)), places=8))
    found = []

    def read() -> None:
        client = app.test_client()
        for n in range(5):
            answer = client.post(PATHS[n % 2], json=ASKED)
            found.append((answer.status_code, "done" in answer.text or answer.json["text"] == THREE))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [(200, True)] * 40 and free(app)


def test_the_assistant_of_chapter_06_asks_this_server_as_any_other(app, monkeypatch):
    from workshop.assistant.proposals import from_url
    from workshop.base.errors import WorkshopError

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    _, key = account(app, "chapitre06")
    with live(app) as address:
        assert from_url(address, "base")("Passage : le four.").startswith(THREE)
        monkeypatch.setenv("OPENAI_API_KEY", key)
        assert from_url(f"{address}/v1", "base")("Passage : le four.").startswith(THREE)
        for model, key, said in [("none", "anonyme", "pas ce modèle"), ("base", "wrong", "OPENAI_API_KEY")]:
            monkeypatch.setenv("OPENAI_API_KEY", key)
            with pytest.raises(WorkshopError, match=said):
                from_url(address, model)("Passage : le four.")


# ---------------------------------------------------------------- the official client, the real model


@pytest.fixture(scope="module")
def served():
    """The server with the embedded model, live."""
    from workshop.server import pens
    from workshop.server.app import create_app
    from workshop.server.engine import Engine

    base = next(model for model in pens.proposed() if model.name == "base")
    with live(create_app(config(), Engine([base]))) as address:
        yield address


@pytest.mark.slow
def test_the_official_client_completes_and_streams(served):
    import openai

    from workshop import writers
    from workshop.generation import generate
    from workshop.generation.sampling import Sampling

    client = openai.OpenAI(base_url=f"{served}/v1", api_key="anonyme", max_retries=0)
    prompt = "Il y avait une fois, au bord de la rivière,"
    whole = client.completions.create(model="base", prompt=prompt, max_tokens=8, temperature=0.8, top_p=0.9, seed=3)
    expected = generate(writers.find("base"), prompt, Sampling(max_new_tokens=8, seed=3))
    assert whole.choices[0].text == expected and whole.choices[0].finish_reason == "length"
    assert whole.usage.completion_tokens == 8 and whole.usage.prompt_tokens > 5
    options = {"include_usage": True}
    stream = client.completions.create(
        model="base", prompt=prompt, max_tokens=8, temperature=0.8, top_p=0.9, seed=3, stream=True, stream_options=options
    )
    chunks = list(stream)
    assert "".join(choice.text for chunk in chunks for choice in chunk.choices) == expected
    assert chunks[-1].usage.completion_tokens == 8
    assert [model.id for model in client.models.list()] == ["base"]


@pytest.mark.slow
def test_the_official_client_understands_what_is_wrong(served):
    import openai

    client = openai.OpenAI(base_url=f"{served}/v1", api_key="anonyme", max_retries=0)
    with pytest.raises(openai.BadRequestError, match="max_tokens") as error:
        client.completions.create(model="base", prompt="Il", max_tokens=10_000)
    assert error.value.param == "max_tokens" and error.value.code == "invalid_request"
    with pytest.raises(openai.NotFoundError):
        client.completions.create(model="gpt-4", prompt="Il")
    with pytest.raises(openai.NotFoundError, match="converser"):
        client.chat.completions.create(model="base", messages=[{"role": "user", "content": "Bonjour"}])
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk-wrong").completions.create(model="base", prompt="Il")


@pytest.mark.slow
def test_our_own_form_writes_the_same_text(served):
    import httpx

    from workshop import writers
    from workshop.generation import generate
    from workshop.server.engine import complete

    asked = {"prompt": "Le meunier", "max_new_tokens": 6, "seed": 1, "temperature": 0}
    expected = generate(writers.find("base"), "Le meunier", complete(GenerationRequest(**asked)).sampling)
    assert httpx.post(f"{served}/api/generate", json=asked, timeout=60).json()["text"] == expected
    told = events(httpx.post(f"{served}/api/generate/stream", json=asked, timeout=60).text)
    assert "".join(data["text"] for name, data in told if name == "token") == expected
