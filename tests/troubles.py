"""What goes wrong between a room and the books: small servers that misbehave, shared by ``test_network`` and the bench."""

import contextlib
import itertools
import os
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

BOOK = """The Project Gutenberg EBook of Le Gué [EBook #77]

Character set encoding: UTF-8

*** START OF THIS PROJECT GUTENBERG EBOOK LE GUÉ ***

La rivière était haute.

*** END OF THIS PROJECT GUTENBERG EBOOK LE GUÉ ***
""".encode()
PORTAL = b"<!DOCTYPE html><html><body>Bienvenue sur le wifi de la gare</body></html>"

Speak = Callable[[socket.socket, threading.Event, str], None]


def answer(status: str, body: bytes = b"", length: int | None = None, *headers: str) -> bytes:
    announced = [] if length == -1 else [f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([f"HTTP/1.1 {status}", *announced, *headers, "Connection: close", "", ""]).encode() + body


def says(data: bytes) -> Speak:
    return lambda peer, _over, _address: peer.sendall(data)


def silent(_peer: socket.socket, over: threading.Event, _address: str) -> None:
    over.wait(60)


def then_silent(data: bytes) -> Speak:
    def speak(peer: socket.socket, over: threading.Event, _address: str) -> None:
        peer.sendall(data)
        over.wait(60)

    return speak


def trickle(start: bytes, byte: bytes, pause: float) -> Speak:
    def speak(peer: socket.socket, over: threading.Event, _address: str) -> None:
        peer.sendall(start)
        while not over.wait(pause):
            peer.sendall(byte)

    return speak


def endless(peer: socket.socket, over: threading.Event, _address: str) -> None:
    peer.sendall(answer("200 OK", b"", -1))
    while not over.is_set():
        peer.sendall(b"La pluie tombait. " * 4096)


def reset(peer: socket.socket, _over: threading.Event, _address: str) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def around(peer: socket.socket, _over: threading.Event, address: str) -> None:
    peer.sendall(answer("302 Found", b"", None, f"Location: {address}"))


STEPS = itertools.count()


def further(peer: socket.socket, _over: threading.Event, address: str) -> None:
    peer.sendall(answer("302 Found", b"", None, f"Location: {address}?{next(STEPS)}"))


SERVED: set[str] = set()


def first_then_silent(peer: socket.socket, over: threading.Event, address: str) -> None:
    if address not in SERVED:
        SERVED.add(address)
        return peer.sendall(answer("200 OK", BOOK))
    return silent(peer, over, address)


@dataclass(frozen=True)
class Trouble:
    """A way in which books do not arrive, and what has to be said of it."""

    name: str
    reason: str  #: a pattern; the address of the server is {host}
    speak: Speak | None = None
    address: str = ""  #: instead of that of a server of ours
    environment: dict[str, str] = field(default_factory=dict)
    secure: bool = False  #: the server speaks TLS, with a certificate that nobody has signed
    scheme: str = "http"


PROXIES = {  # what is said of these addresses of a proxy
    "n’a pas d’adresse qui se comprenne": (
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://[::1",
        "http:/127.0.0.1:9",
        "http://",
    ),
    "d’un genre que Python ne connaît pas": ("socks4://127.0.0.1:9", "ftp://127.0.0.1:9"),
    r"\(127.0.0.1:9\) refuse la connexion": ("127.0.0.1:9", "HTTP://127.0.0.1:9", "http://nom:secret@127.0.0.1:9"),
}

TROUBLES = (
    Trouble("the name does not exist", "introuvable", address="http://nulle-part.invalid"),
    Trouble("nobody listens", "refuse la connexion", address="http://127.0.0.1:9"),
    Trouble("accepts, then silence", "{host} ne répond pas", silent),
    Trouble("hangs up at once", "s’est coupée en route", says(b"")),
    Trouble("resets the connection", "s’est coupée en route", reset),
    Trouble("headers that trickle", "{host} ne répond pas", trickle(b"HTTP/1.1 200 OK\r\nX-A: ", b"a", 0.5)),
    Trouble("a status line that never ends", "{host} ne répond pas", trickle(b"HTTP/1.1 ", b"2", 0.5)),
    Trouble("a body that trickles", "trop lentement", trickle(answer("200 OK", b"", 50_000), b"a", 0.2)),
    Trouble("stops in the middle", "{host} ne répond pas", then_silent(answer("200 OK", BOOK[:100], 5_000))),
    Trouble("shorter than announced", "s’est arrêté en route", says(answer("200 OK", BOOK, 5_000))),
    Trouble("an answer without end", "plus de 20\u00a0Mo", endless),
    Trouble("announces 17 GB", "plus de 20\u00a0Mo", then_silent(answer("200 OK", b"", 17_000_000_000))),
    Trouble("400", r"refuse de le donner \(erreur 400\)", says(answer("400 Bad Request"))),
    Trouble("403", r"refuse de le donner \(erreur 403\)", says(answer("403 Forbidden"))),
    Trouble("404", r"n’a pas ce fichier \(erreur 404\)", says(answer("404 Not Found"))),
    Trouble("429", "trop de demandes", says(answer("429 Too Many Requests"))),
    Trouble("500", r"en panne \(erreur 500\)", says(answer("500 Internal Server Error"))),
    Trouble("503", r"en panne \(erreur 503\)", says(answer("503 Service Unavailable", b"", None, "Retry-After: 3600"))),
    Trouble("511, the portal says it", "page de connexion", says(answer("511 Network Authentication Required"))),
    Trouble("a portal's page", "page web", says(answer("200 OK", PORTAL))),
    Trouble("redirected to itself", "renvoie sans fin", around),
    Trouble("redirected further and further", "renvoie sans fin", further),
    Trouble("redirected nowhere", "ne mène nulle part", says(answer("302 Found", b"", None, "Location: gopher://ici"))),
    Trouble("redirected nowhere at all", "ne mène nulle part", says(answer("302 Found"))),
    Trouble(
        "redirected to what is no address", "ne mène nulle part", says(answer("302 Found", b"", None, "Location: http://x:y/"))
    ),
    Trouble(
        "a portal that is not there",
        "portail.invalid est introuvable",
        says(answer("302 Found", b"", None, "Location: http://portail.invalid/")),
    ),
    Trouble("410", r"n’a pas ce fichier \(erreur 410\)", says(answer("410 Gone"))),
    Trouble("a portal's page, a remark in front", "page web", says(answer("200 OK", b"<!-- wifi -->" + PORTAL))),
    Trouble("a portal's page, of two bytes a letter", "page web", says(answer("200 OK", PORTAL.decode().encode("utf-16")))),
    Trouble("a portal's script", "page web", says(answer("200 OK", b"<script>location = 'http://ici'</script>"))),
    Trouble("a portal's data", "pas un livre", says(answer("200 OK", b'{"error": "who are you?"}'))),
    Trouble("a portal's words", "pas un livre", says(answer("200 OK", b"Access denied.\n"))),
    Trouble("fast enough, and too long", "envoie trop lentement", trickle(answer("200 OK", b"", 500_000), b"a" * 600, 0.1)),
    Trouble("not HTTP", "répond autre chose", says(b"\x00\x01SSH-2.0-Coucou\r\n\r\n")),
    Trouble("a broken chunk", "s’est arrêté en route", says(answer("200 OK", b"zz\r\nabc", -1, "Transfer-Encoding: chunked"))),
    Trouble("an empty answer", "le fichier est vide", says(answer("200 OK"))),
    Trouble("a truncated book", "tronqué", says(answer("200 OK", BOOK[: BOOK.index(b"*** END")]))),
    Trouble("another book", "nº 78", says(answer("200 OK", BOOK.replace(b"#77", b"#78")))),
    Trouble("a PDF", "pas un fichier de texte", says(answer("200 OK", b"%PDF-1.7\n"))),
    Trouble("the first novel, then silence", "{host} ne répond pas", first_then_silent),
    Trouble("a certificate that nobody signed", "certificat", says(answer("200 OK", BOOK)), secure=True, scheme="https"),
    Trouble("HTTPS where there is none", "répond autre chose", says(answer("200 OK", BOOK)), scheme="https"),
    Trouble("HTTPS, then silence", "{host} ne répond pas", silent, scheme="https"),
    Trouble("a proxy that is not there", "proxy", None, "http://gutenberg.invalid", {"http_proxy": "http://127.0.0.1:9"}),
    Trouble("a proxy that refuses", "proxy", None, "https://gutenberg.invalid", {"https_proxy": "407"}),
    Trouble("a proxy of another kind", "d’un genre", None, "https://gutenberg.invalid", {"https_proxy": "socks5://127.0.0.1:9"}),
    *(
        Trouble(f"a proxy at {address}", reason, None, "https://gutenberg.invalid", {"https_proxy": address})
        for reason, addresses in PROXIES.items()
        for address in addresses
    ),
)


@contextlib.contextmanager
def listening(trouble: Trouble, folder: Path) -> Iterator[str]:
    """Yield the address at which books are to be asked for, with all that is wrong there, and the environment set."""
    over = threading.Event()
    speak = trouble.speak or says(answer("407 Proxy Authentication Required"))
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server, contextlib.ExitStack() as stack:
        port = server.getsockname()[1]
        address = trouble.address or f"{trouble.scheme}://127.0.0.1:{port}"
        context = _context(folder) if trouble.secure else None
        threading.Thread(target=_serve, args=(server, speak, over, f"{address}/book", context), daemon=True).start()
        proxies = {name: f"http://127.0.0.1:{port}" if value == "407" else value for name, value in trouble.environment.items()}
        stack.enter_context(_environment({"no_proxy": "127.0.0.1", "http_proxy": None, "https_proxy": None} | proxies))
        try:
            yield address
        finally:
            over.set()


def _serve(server: socket.socket, speak: Speak, over: threading.Event, address: str, context: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError):  # closed: the trouble is over
        while True:
            peer, _ = server.accept()
            threading.Thread(target=_one, args=(peer, speak, over, address, context), daemon=True).start()


def _one(peer: socket.socket, speak: Speak, over: threading.Event, address: str, context: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError), peer:
        peer = context.wrap_socket(peer, server_side=True) if context else peer
        peer.settimeout(60)
        if speak is not silent:
            peer.recv(65536)
        speak(peer, over, address)


def _context(folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-days", "2", "-nodes", "-newkey", "rsa:2048"]
    command = ["openssl", "req", "-x509", *subject, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@contextlib.contextmanager
def _environment(values: dict[str, str | None]) -> Iterator[None]:
    names = [*values, *(name.upper() for name in values), "ALL_PROXY", "all_proxy"]
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ.update({name: value for name, value in values.items() if value is not None})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
