"""Pairs proposed by a model: kept as they come, judged like any others; a server that fails in every way."""

import http.server
import json
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from tests import server_client
from tests.server_pens import FakePen, fake_engine
from workshop.assistant import documents, proposals
from workshop.base.errors import WorkshopError

PASSAGES = [documents.Passage("Le four chauffe à 200 degrés.", 1), documents.Passage("Le seau est plein de sable.", 2)]
GOOD = '{"question": "À combien chauffe le four ?", "answer": "200 degrés"}'


def test_what_is_proposed_is_kept_and_judged_by_the_reader_of_pairs(tmp_path):
    path, asked = tmp_path / "new" / "proposed.jsonl", []
    replies = iter([f"{GOOD}\nbla bla\n\nPassage : un autre\n{GOOD}", f'{GOOD}\n{{"question": "Quoi ?", "answer": ""}}'])

    def ask(prompt):
        asked.append(prompt)
        return next(replies)

    found, faults = proposals.propose(PASSAGES, ask, path)
    assert found == [json.loads(GOOD)]
    assert [number for number, _ in faults] == [2, 3, 4]
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4
    assert all(passage.text in prompt for passage, prompt in zip(PASSAGES, asked, strict=True))


def test_what_came_before_a_failure_is_not_lost(tmp_path):
    def ask(prompt):
        if "seau" in prompt.rpartition("Passage")[2]:
            raise WorkshopError("Le serveur dort.")
        return GOOD

    path = tmp_path / "proposed.jsonl"
    with pytest.raises(WorkshopError, match=r"Le serveur dort\. Passages déjà lus\u00a0: 1 sur 2"):
        proposals.propose(PASSAGES, ask, path)
    assert path.read_text(encoding="utf-8") == GOOD + "\n"


def test_the_model_in_memory_proposes(tiny_gpt2, tmp_path):
    found, faults = proposals.propose(
        PASSAGES[:1], lambda prompt: proposals.from_model(*tiny_gpt2, most=20)(prompt[-40:]), tmp_path / "p.jsonl"
    )
    assert found == []  # it has learnt nothing
    assert all(isinstance(number, int) and problem for number, problem in faults)


@contextmanager
def serving(status=200, body=b"", wait=0.0, seen=None):
    """A server on this machine that answers everything in one way."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            if seen is not None:
                seen.append((self.path, self.headers.get("Authorization"), json.loads(self.rfile.read(length))))
            time.sleep(wait)
            self.send_response(status)
            self.end_headers()
            with suppress(OSError):  # who asked may have gone
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/completions"])
def test_a_server_is_asked_as_openai_clients_do(end, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "clef")
    seen = []
    with serving(body=json.dumps({"choices": [{"text": GOOD}]}).encode(), seen=seen) as url:
        assert proposals.from_url(url + end, "sand")("Passage : …") == GOOD
    ((path, key, body),) = seen
    assert path == "/v1/completions" and key == "Bearer clef"
    assert body["model"] == "sand" and body["prompt"] == "Passage : …" and body["max_tokens"] == proposals.TOKENS


def test_a_server_of_this_machine_is_asked_without_the_proxy_of_the_school(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(body=json.dumps({"choices": [{"text": GOOD}]}).encode()) as url:
        assert proposals.from_url(url, "sand")("Passage : …") == GOOD


def test_the_server_of_chapter_07_proposes(monkeypatch, tmp_path):
    app = server_client.application(fake_engine(FakePen((f"{GOOD}\n", "bla bla\n", "\nPassage : ", "suite"))))
    monkeypatch.setenv("OPENAI_API_KEY", server_client.account(app)[1])
    with server_client.live(app) as url:
        ask = proposals.from_url(url, "base")
        found, faults = proposals.propose(PASSAGES[:1], ask, tmp_path / "proposed.jsonl")
        with pytest.raises(WorkshopError, match="404"):
            proposals.from_url(url, "no-such-model")("Passage : …")
    assert found == [json.loads(GOOD)] and [number for number, _ in faults] == [2]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, b"<html>oups</html>", "a répondu 500.*la panne est chez lui"),
        (503, b"", "a répondu 503"),
        (401, b"", "OPENAI_API_KEY"),
        (403, b"", "OPENAI_API_KEY"),
        (404, b"", "pas ce modèle"),
        (422, b"{}", "il refuse la demande"),
        (429, b"", "attendez une minute"),
        (200, b"", "autre chose qu’un texte"),
        (200, b"<html>", "autre chose qu’un texte"),
        (200, b"{}", "autre chose qu’un texte"),
        (200, b'{"choices": []}', "autre chose qu’un texte"),
        (200, b'{"choices": [{"text": 3}]}', "autre chose qu’un texte"),
        (200, b'{"choices": [{"message": {"content": "a"}}]}', "autre chose qu’un texte"),
        (200, b"[1]", "autre chose qu’un texte"),
        (200, b"\xff\xfe\x00", "autre chose qu’un texte"),
        (200, b"[" * 200_000, "autre chose qu’un texte"),
    ],
)
def test_a_server_that_fails_is_one_sentence(status, body, said):
    with serving(status, body) as url, pytest.raises(WorkshopError, match=said):
        proposals.from_url(url, "sand")("Passage : …")


def test_a_server_that_is_slow_or_away():
    with serving(wait=2.0) as url, pytest.raises(WorkshopError, match="n’a pas répondu en 0,3 secondes"):
        proposals.from_url(url, "sand", seconds=0.3)("Passage : …")
    with pytest.raises(WorkshopError, match="ne répond pas"):
        proposals.from_url(url, "sand")("Passage : …")


@pytest.mark.parametrize("url", ["", "localhost:8000", "file:///etc/hosts", "ftp://exemple.fr"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(WorkshopError, match="n’est pas une adresse"):
        proposals.from_url(url, "sand")


def test_an_address_that_means_nothing_is_told_when_it_is_asked():
    with pytest.raises(WorkshopError, match="ne répond pas"):
        proposals.from_url("http://exa mple", "sand")("Passage : …")
