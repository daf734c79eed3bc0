"""The corpus room: the catalogue, the search for a book (a local server stands for Gutenberg), bytes to text, the card."""

import errno
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from workshop import corpus
from workshop.base import settings, web
from workshop.base.errors import WorkshopError
from workshop.corpus import Book, books, search

GOOD = """The Project Gutenberg EBook of Le Gué [EBook #77]

Character set encoding: UTF-8

*** START OF THIS PROJECT GUTENBERG EBOOK LE GUÉ ***

La rivière était haute.

*** END OF THIS PROJECT GUTENBERG EBOOK LE GUÉ ***
""".encode()
TRUNCATED = GOOD[: GOOD.index(b"*** END")]
EXAM = b"[collections.x]\nlanguage = 'fr'\nlicence = ''\n" + b"".join(
    f"[[book]]\nid = '{role}'\ntitle = ''\nauthor = ''\nlanguage = 'fr'\nfile = ''\ncollection = 'x'\nrole = '{role}'\n".encode()
    for role in ("train", "Test")
)
WEB_PAGE = b"<!DOCTYPE html><html><body>Connectez-vous au wifi</body></html>"
OTHER_BOOK = GOOD.replace(b"#77", b"#78")


class Server(ThreadingHTTPServer):
    """Serves what a test puts in ``answers``: path -> list of (status, body, announced length), the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, bytes, int]]] = {}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def put(self, path: str, *bodies: bytes | int, announced: int | None = None) -> str:
        self.answers[path] = [
            (body, b"", 0) if isinstance(body, int) else (200, body, len(body) if announced is None else announced)
            for body in bodies
        ]
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        answers = self.server.answers[self.path]
        status, body, length = answers[0] if len(answers) == 1 else answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A machine of its own: an empty folder of the reader's, an empty cache, the network allowed; returns a way to change it."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "mine").mkdir()
    base = replace(
        settings.settings(), books=tmp_path / "mine", cache=tmp_path / "cache", collection=None, offline=False, quiet=True
    )

    def change(**changes: object) -> settings.Settings:
        changed = replace(base, **changes)
        for module in (books, search):
            monkeypatch.setattr(module, "settings", lambda: changed)
        corpus.forget_silence()
        return changed

    change()
    return change


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(search, "say", lines.append)
    return lines


def book(*urls: str, **changes: object) -> Book:
    fields = {"id": "gue", "title": "Le Gué", "author": "Personne", "language": "fr", "file": "77-0.txt", "collection": "sand"}
    return Book(**{**fields, "role": "train", "number": 77, "urls": urls, **changes})


def cached(home) -> Path:
    folder = home().cache / "books"
    folder.mkdir(parents=True)
    return folder / "77-0.txt"


class TestCatalogue:
    def test_collections(self) -> None:
        sand = corpus.catalogue("sand")
        assert [b.role for b in sand].count("train") == 9
        assert [b.title for b in sand if b.role == "test"] == ["La Mare au Diable"]
        assert [(b.title, b.language, b.expected) for b in sand if b.role == "trap"] == [("Indiana", "en", "fr")]
        assert [b.file for b in corpus.catalogue("veillees")][::6] == ["veillees-1-moulin.txt", "veillees-7-cornemuse.txt"]
        for name in ("sand", "tales_fr", "tales_en", "veillees"):
            assert {"train", "test"} <= {b.role for b in corpus.catalogue(name)}
        identifiers = [b.id for b in corpus.catalogue()]
        assert len(set(identifiers)) == len(identifiers)

    def test_two_addresses_for_a_gutenberg_book_none_for_ours(self) -> None:
        by_id = {b.id: b for b in corpus.catalogue()}
        assert by_id["mare-au-diable"].urls == (
            "https://www.gutenberg.org/files/23582/23582-0.txt",
            "https://www.gutenberg.org/cache/epub/23582/pg23582.txt",
        )
        assert by_id["moulin"].urls == ()

    def test_unknown_collection(self) -> None:
        with pytest.raises(WorkshopError, match=r"«\u00a0zola\u00a0» .* choisissez parmi sand, tales_fr, tales_en, veillees\."):
            corpus.catalogue("zola")

    @pytest.mark.parametrize(
        "text", [b"[[book", b"[collections]\n[[book]]\nid = 'x'\ncollection = 'y'", b"", b"title = 'L\xe9lia'", EXAM]
    )
    def test_broken_catalogue(self, home, tmp_path: Path, text: bytes) -> None:
        home(root=tmp_path)
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "catalogue.toml").write_bytes(text)
        with pytest.raises(WorkshopError, match=r"^Le catalogue .* reprenez celui du dépôt\.$"):
            corpus.catalogue()

    def test_every_real_file_is_in_it(self, book_folder: Path) -> None:
        known = {b.file: b for b in corpus.catalogue()}
        for path in book_folder.glob("*.txt"):
            assert corpus.problem_with(path.read_bytes(), known[path.name], complete=True) is None


class TestFetch:
    def test_the_readers_folder_comes_first(self, home, server: Server) -> None:
        cached(home).write_bytes(GOOD)
        mine = home().books / "77-0.txt"
        mine.write_bytes(GOOD)
        assert corpus.fetch(book(server.put("/a", GOOD))) == corpus.Source(mine, "dossier")
        mine.unlink()
        assert corpus.fetch(book(server.put("/a", GOOD))).found == "cache"
        assert server.asked == []

    def test_download_then_cache(self, home, server: Server) -> None:
        source = corpus.fetch(book(server.put("/a", GOOD)))
        assert (source.found, source.path.read_bytes()) == ("réseau", GOOD)
        assert [path.name for path in source.path.parent.iterdir()] == ["77-0.txt"]  # no temporary file is left
        assert corpus.fetch(book(server.put("/a", GOOD))).found == "cache"
        assert server.asked == ["/a"]

    @pytest.mark.parametrize("wrong", [TRUNCATED, WEB_PAGE, OTHER_BOOK, b"", b"%PDF-1.4\n"])
    def test_a_wrong_answer_is_fetched_again_once(self, home, server: Server, wrong: bytes) -> None:
        source = corpus.fetch(book(server.put("/a", wrong, GOOD)))
        assert source.path.read_bytes() == GOOD
        assert server.asked == ["/a", "/a"]

    def test_then_the_second_address(self, home, server: Server) -> None:
        source = corpus.fetch(book(server.put("/a", WEB_PAGE), server.put("/b", GOOD)))
        assert source.path.read_bytes() == GOOD
        assert server.asked == ["/a", "/a", "/b"]

    @pytest.mark.parametrize("status", [404, 500])
    def test_an_error_of_the_server(self, home, server: Server, status: int) -> None:
        assert corpus.fetch(book(server.put("/a", status), server.put("/b", GOOD))).found == "réseau"

    def test_shorter_than_announced(self, home, server: Server) -> None:
        url = server.put("/a", GOOD, announced=len(GOOD) + 10)
        with pytest.raises(
            WorkshopError, match=r"«\u00a0Le Gué\u00a0» est introuvable \(le téléchargement s’est arrêté en route\)"
        ):
            corpus.fetch(book(url))
        assert not (home().cache / "books").exists()

    def test_nothing_but_wrong_answers_is_one_sentence(self, home, server: Server) -> None:
        with pytest.raises(WorkshopError) as error:
            corpus.fetch(book(server.put("/a", TRUNCATED), server.put("/b", WEB_PAGE)))
        message = str(error.value)
        assert "c’est une page web et non un livre" in message
        assert "WORKSHOP_BOOKS" in message and "\n" not in message and message.endswith(".")
        assert not (home().cache / "books").exists()

    def test_no_network(self, home) -> None:
        with socket.socket() as taken:  # bound, and nobody listens
            taken.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(WorkshopError, match=f"{address} refuse la connexion"):
                corpus.fetch(book(f"http://{address}/a", f"http://{address}/b"))

    def test_a_silent_server_is_given_up_and_not_asked_twice(self, home, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(web, "SILENCE", 0.3)
        with socket.create_server(("127.0.0.1", 0)) as listening:  # accepts, and never answers
            address = f"127.0.0.1:{listening.getsockname()[1]}"
            with pytest.raises(WorkshopError, match="ne répond pas"):
                corpus.fetch(book(f"http://{address}/a", f"http://{address}/b"))
            listening.settimeout(0.2)
            listening.accept()[0].close()
            with pytest.raises(TimeoutError):
                listening.accept()
        assert socket.getdefaulttimeout() is None

    def test_offline_means_no_attempt(self, home, server: Server) -> None:
        home(offline=True)
        with pytest.raises(WorkshopError, match="le réseau est coupé"):
            corpus.fetch(book(server.put("/a", GOOD)))
        assert server.asked == []

    def test_a_spoilt_cache_is_mended(self, home, server: Server) -> None:
        cached(home).write_bytes(TRUNCATED)
        assert corpus.fetch(book(server.put("/a", GOOD))).found == "réseau"
        assert cached_bytes(home) == GOOD

    def test_a_spoilt_cache_that_cannot_be_mended_is_said(self, home, monkeypatch: pytest.MonkeyPatch) -> None:
        """Several share it, to be read only."""
        cached(home).write_bytes(TRUNCATED)
        home(offline=True)

        def closed(path: Path, missing_ok: bool = False) -> None:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

        monkeypatch.setattr(Path, "unlink", closed)
        assert corpus.at_hand(book()) is None
        with pytest.raises(WorkshopError, match="la copie du cache ne convient pas, le fichier est tronqué"):
            corpus.fetch(book())

    def test_a_readers_own_file_is_never_deleted(self, home, server: Server) -> None:
        mine = home().books / "77-0.txt"
        mine.write_bytes(WEB_PAGE)
        assert corpus.fetch(book(server.put("/a", GOOD))).found == "réseau"
        assert mine.read_bytes() == WEB_PAGE
        home(offline=True, cache=home().cache / "other")
        with pytest.raises(WorkshopError, match="la copie du dossier ne convient pas, c’est une page web"):
            corpus.fetch(book("http://127.0.0.1:9/a"))

    def test_a_spoilt_copy_of_ours_is_named(self, home, tmp_path: Path) -> None:
        (tmp_path / "data" / "veillees").mkdir(parents=True)
        (tmp_path / "data" / "veillees" / "77-0.txt").write_bytes(b"")
        home(offline=True, root=tmp_path)
        with pytest.raises(WorkshopError, match="la copie embarquée ne convient pas, le fichier est vide"):
            corpus.fetch(book("http://127.0.0.1:9/a"))

    def test_a_readers_file_without_gutenbergs_lines_is_a_book(self, home) -> None:
        (home().books / "77-0.txt").write_text("La rivière était haute.", encoding="utf-8")
        assert corpus.read(book()).text == "La rivière était haute."

    def test_a_cache_that_cannot_be_made(self, home, server: Server) -> None:
        (home().books / "occupied").write_text("", encoding="utf-8")
        home(cache=home().books / "occupied" / "cache")
        with pytest.raises(WorkshopError, match="donnez-en un autre par WORKSHOP_CACHE"):
            corpus.fetch(book(server.put("/a", GOOD)))

    def test_what_ships_with_the_workshop(self, home, tmp_path: Path) -> None:
        home(root=tmp_path, offline=True)
        (tmp_path / "data" / "veillees").mkdir(parents=True)
        (tmp_path / "data" / "veillees" / "77-0.txt").write_bytes(GOOD)
        assert corpus.fetch(book(number=None)).found == "embarqué"

    def test_an_unknown_file_is_one_sentence(self, home) -> None:
        with pytest.raises(WorkshopError, match=r"est introuvable \(aucune copie ici\)"):
            corpus.fetch(book())


def cached_bytes(home) -> bytes:
    return (home().cache / "books" / "77-0.txt").read_bytes()


@pytest.mark.parametrize(("data", "problem"), [
    (b" \r\n", "vide"),
    (b"\xef\xbb\xbf<html lang=fr>", "page web"),
    (b"\x00\x01\x02 book", "texte"),
    (b"PK\x03\x04zip", "texte"),
    (OTHER_BOOK, "le livre nº 78 et non le nº 77"),
    (TRUNCATED, "tronqué"),
    *(("Été à Noël".encode(name), None) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")),
    (b"\x00\x00\xfe\xff" + "Été".encode("utf-32-be"), None),
    (b"Un livre" * 50 + b"\x00", None),
    (b"Un livre sans en-tete.", None),
    (GOOD, None),
    (GOOD.replace(b"*** END", b"***END").replace(b"*** START", b"***START"), None),
    *((TRUNCATED + end.encode(), None) for end in (
        " *** END OF THIS PROJECT GUTENBERG EBOOK", "End of this Project Gutenberg Etext of Le Gué", "Fin de Project"
        " Gutenberg Etext",
        "Fin du Projet Gutenberg", "END OF THE COPYRIGHTED PROJECT GUTENBERG ETEXT", "*** START: FULL LICENSE ***",
    )),
    (TRUNCATED + "La fin de l'été.\nEnd of the project, said he.\nFin de la journée.".encode(), "tronqué"),
])  # fmt: skip
def test_problems(data: bytes, problem: str | None) -> None:
    found = corpus.problem_with(data, book())
    assert (found is None) if problem is None else problem in found


@pytest.mark.parametrize(("data", "text", "encoding"), [
    (b"\xef\xbb\xbf\xc3\x89t\xc3\xa9\r\n", "Été\n", "UTF-8"),
    ("Été\rfin".encode(), "Été\nfin", "UTF-8"),
    (b"Character set encoding: ISO-8859-1\r\n\r\n\xc9t\xe9", "Été", "ISO-8859-1"),
    (b"Character set encoding: ISO-8859-1\r\n\r\n\xc9t\xe9 c\x9cur", "Été cœur", "CP1252"),
    (b"Character set encoding: UTF-8\r\n\r\n\xc9t\xe9", "Été", "ISO-8859-1"),  # it says so, and is not
    ("Character set encoding: ISO-8859-1\n\nÉté".encode(), "Été", "UTF-8"),  # the other way round
    (b"Character set encoding: MacRoman\n\n\x83t\x8e", "Été", "MACROMAN"),
    (b"Character set encoding: n-importe-quoi\n\n\xc9t\xe9", "Été", "ISO-8859-1"),
    (b"\x81 n'est rien en cp1252", "\x81 n'est rien en cp1252", "ISO-8859-1"),
    ("Été".encode("utf-16"), "Été", "UTF-16"),
    ("Été".encode("utf-32"), "Été", "UTF-32"),
    ("Été".encode("utf-16")[:-1], "Ét\ufffd", "UTF-16"),  # a letter cut at the end
    (b"", "", "UTF-8"),
])  # fmt: skip
def test_decode(data: bytes, text: str, encoding: str) -> None:
    decoded, name = corpus.decode(data)
    assert decoded.split("\n\n")[-1] == text
    assert name == encoding


@pytest.mark.slow
def test_real_encodings(book_folder: Path) -> None:
    for path in book_folder.glob("*.txt"):
        text, encoding = corpus.decode(path.read_bytes())
        assert encoding == ("UTF-8" if path.stem.endswith("-0") else "ISO-8859-1"), path.name
        assert not any(sign in text for sign in ("\ufeff", "\ufffd", "\r", "Ã©", "Ã¨"))


FRENCH = "L’œil du cœur, dit-il… « Été, Noël, çà et là » : où êtes-vous ? À bientôt. Il gèle près de l’église. Œuvre, n° 5. "
PLAIN = FRENCH.translate({ord("’"): "'", ord("…"): "...", ord("œ"): "oe", ord("Œ"): "Oe"})  # what Latin-1 can spell


@pytest.mark.parametrize(("data", "text", "encoding"), [
    (FRENCH.encode("cp1252"), FRENCH, "CP1252"),
    (PLAIN.encode("latin-1"), PLAIN, "ISO-8859-1"),
    *((f"{head}\n{PLAIN}".encode("latin-1"), f"{head}\n{PLAIN}", "ISO-8859-1")
      for head in (f"Character set encoding: {name}" for name in ("hex", "undefined", "utf-16", "none"))),
    (FRENCH.encode("mac_roman"), FRENCH, "MAC_ROMAN"),
    ("« Été »".encode("mac_roman"), "« Été »", "MAC_ROMAN"),
    ("Le cœur, l'œuf et l'Œuvre de ma sœur.".encode("iso8859-15"), "Le cœur, l'œuf et l'Œuvre de ma sœur.", "ISO8859-15"),
    (PLAIN.encode("cp850"), PLAIN, "CP850"),
    (FRENCH.encode() + b"vingt \x96 dix " + FRENCH.encode(), f"{FRENCH}vingt – dix {FRENCH}", "UTF-8, 1 octet douteux"),
    (("é" * 20).encode() + b" \xe9t\xe9 fin", "é" * 20 + " été fin", "UTF-8, 2 octets douteux"),
    ("Été au café".encode()[:-1], "Été au caf\ufffd", "UTF-8, 1 octet douteux"),
    (FRENCH.encode() + b"\n" + PLAIN.encode("latin-1"), f"{FRENCH}\n{PLAIN}", "UTF-8 et CP1252, ligne par ligne"),
    (FRENCH.encode().decode("latin-1").encode(), FRENCH, "UTF-8, encodé deux fois"),
    (PLAIN.replace("À", "A").encode().decode("cp1252").encode(), PLAIN.replace("À", "A"), "UTF-8, encodé deux fois"),
    (PLAIN.encode().decode("latin-1").encode().decode("latin-1").encode(), PLAIN, "UTF-8, encodé deux fois"),
    ((FRENCH * 5).encode().decode("mac_roman").encode(), FRENCH * 5, "UTF-8, encodé deux fois"),
    ((FRENCH + FRENCH.encode().decode("latin-1")).encode(), FRENCH * 2, "UTF-8, encodé deux fois"),  # a part of it
    (PLAIN.encode().decode("cp1252", "replace").replace("\xa0", " ").encode(), PLAIN, "UTF-8, encodé deux fois"),
    (FRENCH.encode("cp1252") + b"\x9d fin", f"{FRENCH}\ufffd fin", "CP1252, 1 octet douteux"),
    ("Le café".encode("mac_roman"), "Le café", "MAC_ROMAN"),
    ((PLAIN + "le cœur, 5 €").encode("iso8859-15"), f"{PLAIN}le cœur, 5 €", "ISO8859-15"),
    ((PLAIN + "2½h, ½ livre").encode("latin-1"), f"{PLAIN}2½h, ½ livre", "ISO-8859-1"),
    *((FRENCH.encode(name), FRENCH, name.upper()) for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")),
    ("« CHARITÉ », dit l'été à Noël".encode("latin-1"), "« CHARITÉ », dit l'été à Noël", "ISO-8859-1"),
    ("Une «PACHÂ» de São Tomé, l'été".encode(), "Une «PACHÂ» de São Tomé, l'été", "UTF-8"),
    (("«PACHÂ» et «CHARITÉ», NÃO!" * 3).encode(), "«PACHÂ» et «CHARITÉ», NÃO!" * 3, "UTF-8"),  # right as it is
])  # fmt: skip
def test_letters_that_went_wrong(data: bytes, text: str, encoding: str) -> None:
    assert corpus.decode(data) == (text, encoding)


@pytest.mark.parametrize("encoding", ["koi8-r", "cp1251", "iso8859-7", "shift-jis"])
def test_an_unknown_encoding_is_refused_with_the_reason(home, encoding: str) -> None:
    foreign = {"iso8859-7": "Μια φορά κι έναν καιρό ήταν ένας άνθρωπος", "shift-jis": "これは日本語の文章です。" * 3}
    data = foreign.get(encoding, "Жил-был на свете человек, и ничего у него не было").encode(encoding)
    (home().books / "77-0.txt").write_bytes(data)
    with pytest.raises(WorkshopError, match=r"^«\u00a0Le Gué\u00a0» \(77-0\.txt\) .* enregistrez-le en UTF-8\.$"):
        corpus.read(book())


class TestChoice:
    @pytest.fixture
    def library(self, home, monkeypatch: pytest.MonkeyPatch):
        """A catalogue of one training book, one to test on and one trap."""

        def fill(url: str) -> None:
            books = [book(url), book(url, file="77-test.txt", role="test"), book(url, file="77-trap.txt", role="trap")]
            monkeypatch.setattr(search, "catalogue", lambda collection=None: books)

        return fill

    def test_forced(self, home, said) -> None:
        home(collection="tales_fr")
        assert corpus.choose_collection() == "tales_fr"
        assert len(said) == 1 and "WORKSHOP_COLLECTION" in said[0]
        home(collection="zola")
        with pytest.raises(WorkshopError, match="zola"):
            corpus.choose_collection()

    def test_at_hand_without_the_trap_and_without_the_network(self, home, library, server: Server, said) -> None:
        library(server.put("/a", GOOD))
        for name in ("77-0.txt", "77-test.txt"):
            assert not corpus.available("sand")
            (home().books / name).write_bytes(GOOD)
        assert corpus.available("sand")
        assert corpus.choose_collection() == "sand"
        assert server.asked == [] and "déjà sur cette machine" in said[0]

    def test_by_the_network(self, library, server: Server, said) -> None:
        library(server.put("/a", GOOD))
        assert corpus.choose_collection() == "sand"
        assert server.asked == ["/a"] * 3 and "téléchargés" in said[0]

    def test_a_wifi_that_wants_a_password(self, library, server: Server, said) -> None:
        library(server.put("/a", WEB_PAGE))
        assert corpus.choose_collection() == "veillees"
        assert "Veillées" in said[0] and len(said) == 1

    def test_offline(self, home, library, server: Server, said) -> None:
        library(server.put("/a", GOOD))
        home(offline=True)
        assert corpus.choose_collection() == "veillees"
        assert server.asked == [] and "le réseau est coupé" in said[0]


class TestProvenance:
    @pytest.fixture
    def raw(self, home) -> corpus.RawBook:
        (home().books / "77-0.txt").write_bytes(GOOD)
        return corpus.read(book(translator="Lucie <b>"))

    def test_one_line(self, raw: corpus.RawBook) -> None:
        line = str(corpus.Provenance(raw, lines_removed=1234, share_removed=0.0834))
        assert "\n" not in line and line.startswith("✓ Le Gué (projet Gutenberg nº 77, 77-0.txt")
        for part in ("dossier", "UTF-8", raw.sha256[:8], "1\u202f234 lignes", "8,3\u202f% des mots", "gardé"):
            assert part in line

    def test_the_reasons_are_said(self, raw: corpus.RawBook) -> None:
        line = str(corpus.Provenance(raw, 10, 0.1, "", {"en-tête et licence": 3021, "notes": 12}))
        assert "10,0\u202f% des mots (en-tête et licence\u00a0: 3\u202f021, notes\u00a0: 12)" in line

    def test_left_out(self, raw: corpus.RawBook) -> None:
        line = str(corpus.Provenance(raw, 0, 0.0, left_out="2\u202f% seulement de mots-outils"))
        assert line.startswith("✗ Le Gué") and line.endswith("laissé de côté\u00a0: 2\u202f% seulement de mots-outils")

    def test_table(self, raw: corpus.RawBook) -> None:
        table = corpus.Provenance(raw, 10, 0.1)._repr_html_()
        assert raw.sha256 in table and "domaine public" in table and "Lucie &lt;b&gt;" in table
        assert "color" not in table  # the notebook's own colours, light or dark

    def test_checksum(self, raw: corpus.RawBook) -> None:
        import hashlib

        assert raw.sha256 == hashlib.sha256(GOOD).hexdigest()


def test_the_two_rooms_are_light() -> None:
    code = "import sys, workshop.corpus, workshop.cleaning; print({'keras', 'datasets', 'nltk', 'numpy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
