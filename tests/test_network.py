"""The network of a room: whatever happens, the Veillées within seconds, and the true reason why."""

import errno
import os
import re
import signal
import threading
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.troubles import BOOK, TROUBLES, Trouble, answer, listening, says, silent, trickle
from workshop import corpus
from workshop.base import settings, web
from workshop.corpus import Book, books, search


def novels(address: str) -> list[Book]:
    """Ten novels and a trap, each at two addresses of the same host."""
    roles, urls = ["train"] * 9 + ["test", "trap"], (f"{address}/a", f"{address}/b")
    return [
        Book(str(i), f"Le Gué {i}", "Personne", "fr", f"{i}.txt", "sand", role, number=77, urls=urls)
        for i, role in enumerate(roles)
    ]


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A machine with no book; returns what makes the catalogue of ten novels and a trap at an address."""
    chosen = replace(settings.settings(), books=None, cache=tmp_path / "cache", collection=None, offline=False, quiet=True)
    for module in (books, search):
        monkeypatch.setattr(module, "settings", lambda: chosen)
    monkeypatch.setattr(web, "SILENCE", 0.4)
    monkeypatch.setattr(web, "NOTICE", 0.2)
    monkeypatch.setattr(search.gather, "__defaults__", (4.0,))
    corpus.forget_silence()

    def fill(address: str) -> list[Book]:
        filled = novels(address)
        monkeypatch.setattr(search, "catalogue", lambda collection=None: filled)
        return filled

    yield fill
    corpus.forget_silence()


@pytest.fixture
def said(monkeypatch):
    lines: list[str] = []
    monkeypatch.setattr(search, "say", lines.append)
    return lines


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
def test_the_veillees_within_seconds_and_the_true_reason(trouble: Trouble, room, said, tmp_path):
    with listening(trouble, tmp_path) as address:
        room(address)
        began = time.perf_counter()
        assert corpus.choose_collection() == "veillees"
        assert time.perf_counter() - began < 30  # a hang, not a speed: the seconds are measured by ``tests.bench network``
        line = said[-1]
        assert "Les Veillées de Mirebrune" in line
        assert re.search(trouble.reason.format(host=re.escape(urlsplit(address).netloc)), line), line
    assert not list(tmp_path.glob("cache/**/*.part"))


def test_several_come_at_the_same_time_and_all_are_kept(room, said, tmp_path):
    with listening(Trouble("none", "", says(answer("200 OK", BOOK))), tmp_path) as address:
        wanted = room(address)
        assert corpus.choose_collection() == "sand"
    assert "téléchargés" in said[-1]
    assert sorted(path.name for path in (tmp_path / "cache" / "books").iterdir()) == sorted(book.file for book in wanted)


def test_what_came_before_the_silence_stays_and_the_next_try_goes_on(room, said, tmp_path, monkeypatch):
    monkeypatch.setattr(web, "SILENCE", 3.0)  # on a busy machine too, the first novel comes in time
    monkeypatch.setattr(search.gather, "__defaults__", (9.0,))
    trouble = next(one for one in TROUBLES if one.name == "the first novel, then silence")
    with listening(trouble, tmp_path) as address:
        room(address)
        assert corpus.choose_collection() == "veillees"
    assert "9 des 10 romans manquent encore" in said[-1] and "python -m workshop books" in said[-1]
    assert len(list((tmp_path / "cache" / "books").iterdir())) == 1
    corpus.forget_silence()
    with listening(Trouble("none", "", says(answer("200 OK", BOOK))), tmp_path) as address:
        room(address)
        assert corpus.choose_collection() == "sand"


@pytest.mark.parametrize(("count", "lack"), [(1, "1 des 10 romans manque encore"), (2, "2 des 10 romans manquent encore")])
def test_the_verb_agrees_with_what_is_lacking(count, lack, room, said, monkeypatch):
    room("http://127.0.0.1:9")
    monkeypatch.setattr(search, "gather", lambda books: dict.fromkeys(books[:count], "le réseau est coupé"))
    assert corpus.choose_collection() == "veillees"
    assert lack in said[-1]


def test_a_host_that_does_not_answer_is_asked_once_and_again_when_the_session_begins_anew(room, tmp_path):
    asked = []

    def speak(peer, over, address):
        asked.append(address)
        silent(peer, over, address)

    with listening(Trouble("none", "", speak), tmp_path) as address:
        (first, *_) = room(address)
        for _ in range(3):
            assert "ne répond pas" in corpus.gather([first])[first]
        assert len(asked) == 1
        corpus.forget_silence()
        corpus.gather([first])
        assert len(asked) == 2


def test_the_reader_is_told_what_goes_on_and_may_do_without(room, said, tmp_path):
    with listening(Trouble("none", "", trickle(answer("200 OK", b"", -1), b"a" * 5000, 0.05)), tmp_path) as address:
        room(address)
        threading.Timer(0.6, os.kill, (os.getpid(), signal.SIGINT)).start()
        assert corpus.choose_collection() == "veillees"
    assert "Les livres arrivent du réseau" in said[0] and "■" in said[0]
    assert web.INTERRUPTED in said[-1]


@pytest.mark.parametrize(("error", "reason"), [(errno.ENOSPC, "le disque est plein"), (errno.EACCES, "ne peut pas être écrit")])
def test_a_cache_that_takes_nothing(error, reason, room, said, tmp_path, monkeypatch):
    def refuse(self, data):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with listening(Trouble("none", "", says(answer("200 OK", BOOK))), tmp_path) as address:
        room(address)
        assert corpus.choose_collection() == "veillees"
    assert reason in said[-1] and "ne répond pas" not in said[-1]


def test_an_empty_file_of_the_readers_is_named(room, said, tmp_path, monkeypatch):
    mine = tmp_path / "mine"
    mine.mkdir()
    chosen = replace(search.settings(), books=mine, offline=True)
    monkeypatch.setattr(search, "settings", lambda: chosen)
    wanted = room("http://127.0.0.1:9")
    (mine / wanted[0].file).write_bytes(b"")
    assert corpus.choose_collection() == "veillees"
    assert "« Le Gué 0 » : la copie du dossier ne convient pas, le fichier est vide" in said[-1].replace("\u00a0", " ")
    assert "le réseau est coupé" in said[-1]


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:8080/salle", True),
        ("http://localhost:8080", True),
        ("http://192.168.1.10:8010", True),
        ("http://10.0.0.7", True),
        ("http://[::1]:8080/x", True),
        ("http://[fe80::1%25eth0]:8080", True),
        ("http://room:8080/moulin-4821", True),  # a container of the same compose file
        ("http://portable.local:8080", True),
        ("https://salle.example.org/services", False),
        ("http://93.184.216.34", False),
        ("https://[2606:2800:220:1::1]/", False),
    ],
)
def test_no_proxy_stands_before_what_is_near(url, near, monkeypatch):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://proxy.example.org:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert web.is_near(url) == near
    proxies = [one.proxies for one in web.opener(url).handlers if isinstance(one, urllib.request.ProxyHandler)]
    assert bool([found for found in proxies if found]) != near
