"""What goes wrong between a room and the hub of models: small servers that misbehave, shared by a test and by the bench."""

import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .troubles import PORTAL, PROXIES, TROUBLES, Trouble, listening

NAME = "someone/tiny"
SNAPSHOT = "a snapshot with only its configuration, then silence"


@dataclass(frozen=True)
class ModelTrouble:
    """A way in which a model does not arrive, and what has to be said of it."""

    name: str
    reason: str  #: a pattern; the address of the server is {host}
    outside: Trouble | None = None  #: what stands where the hub should be; else it is there, and errs in a way of its own


#: Of those of the books, what is said when a model is asked for.
_REASONS = {
    "the name does not exist": "est introuvable",
    "nobody listens": "refuse la connexion",
    "accepts, then silence": "{host} ne répond pas",
    "hangs up at once": "s’est coupée en route",
    "resets the connection": "s’est coupée en route",
    "headers that trickle": "{host} ne répond pas",
    "a body that trickles": "{host} envoie trop lentement",
    "an answer without end": "{host} envoie plus de 50\u00a0Mo",
    "announces 17 GB": "{host} ne répond pas",
    "403": r"refuse de le donner \(erreur 403\)",
    "429": "trop de demandes",
    "500": r"en panne \(erreur 500\)",
    "503": r"en panne \(erreur 503\)",
    "511, the portal says it": "page de connexion",
    "a portal's page": "autre chose que ce modèle",
    "a portal's data": "autre chose que ce modèle",
    "a portal that is not there": "portail.invalid est introuvable",
    "redirected to what is no address": "autre chose que ce modèle",
    **{f"a proxy at {address}": reason for reason, addresses in PROXIES.items() for address in addresses},
    "redirected to itself": "renvoie sans fin",
    "redirected further and further": "renvoie sans fin",
    "redirected nowhere": "ne mène nulle part",
    "not HTTP": "autre chose que ce modèle",
    "an empty answer": "autre chose que ce modèle",
    "a certificate that nobody signed": "certificat",
    "HTTPS where there is none": "autre chose que ce modèle",
    "HTTPS, then silence": "{host} ne répond pas",
    "a proxy that is not there": "proxy de cette machine .* refuse la connexion",
    "a proxy that refuses": r"proxy de cette machine demande un mot de passe \(erreur 407\)",
}
_OUTSIDE = [Trouble("a proxy of another kind", "", None, "https://models.invalid", {"https_proxy": "socks5://127.0.0.1:9"})]
REFUSED = {"500 for the weights": 500, "429 for the weights, come back in ten minutes": 429}
HALVES = ("cut half-way", "silence half-way", "a drip without end")

MODEL_TROUBLES = (
    *(ModelTrouble(one.name, _REASONS[one.name], one) for one in TROUBLES if one.name in _REASONS),
    ModelTrouble("a proxy of another kind", "«\u00a0socks\u00a0».*pip install", _OUTSIDE[0]),
    ModelTrouble(SNAPSHOT, "{host} ne répond pas"),
    ModelTrouble("500 for the weights", r"en panne \(erreur 500\)"),
    ModelTrouble("429 for the weights, come back in ten minutes", "trop de demandes"),
    ModelTrouble("cut half-way", "s’est coupée en route"),
    ModelTrouble("silence half-way", "{host} n’envoie plus rien depuis"),
    ModelTrouble("a drip without end", "{host} envoie trop lentement"),
    ModelTrouble("another place for the weights, which is not there", "depot.invalid est introuvable"),
    ModelTrouble("a portal's page for the weights", "incomplet ou abîmé .effacez «.*models--someone--tiny.»"),
    ModelTrouble("a list where a description should be", "autre chose que ce modèle"),
)


class Hub(BaseHTTPRequestHandler):
    """What the library asks of the hub, for one model; ``server.trouble`` says what goes wrong."""

    protocol_version = "HTTP/1.1"
    commit = "0123456789abcdef0123456789abcdef01234567"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        trouble, path = self.server.trouble, self.path.partition("?")[0]
        self.server.asked.append((self.command, path.rpartition("/")[2]))
        if trouble in ("silence", SNAPSHOT):
            self.server.released.wait(60)
            return None
        if "/resolve/" not in path:
            return self._describe(path)
        name = path.rpartition("/")[2]
        if name == "model.safetensors" and trouble == "another place for the weights, which is not there":
            return self._answer(
                302, b"", Location="http://depot.invalid/x", **{"X-Linked-Size": str(len(self.server.files[name]))}
            )
        if name == "model.safetensors" and trouble == "a portal's page for the weights":
            return self._answer(200, PORTAL, "text/html")
        if name == "model.safetensors" and trouble in REFUSED:
            return self._answer(REFUSED[trouble], b"no", **({"Retry-After": "600"} if REFUSED[trouble] == 429 else {}))
        large = len(self.server.files[name]) > 20_000
        return self._answer(200, self.server.files[name], "application/octet-stream", half=trouble if large else None)

    def _describe(self, path):
        if self.server.trouble == "a list where a description should be":
            return self._answer(200, b"[]")
        if self.server.trouble == "gated":
            return self._answer(403, b"no", **{"X-Error-Code": "GatedRepo"})
        listed = [{"type": "file", "path": n, "size": len(d), "oid": sha(d)} for n, d in self.server.files.items()]
        tree = json.dumps(listed).encode()
        info = {"id": "someone/tiny", "sha": self.commit, "siblings": [{"rfilename": name} for name in self.server.files]}
        return self._answer(200, tree if "/tree/" in path else json.dumps(info).encode())

    def _answer(self, status, body, kind="application/json", half=None, **headers):
        self.send_response(status)
        headers |= {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "ETag": f'"{sha(body)}"',
            "X-Repo-Commit": self.commit,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        with contextlib.suppress(OSError):
            self._send(body, half)

    def _send(self, body, half):
        released = self.server.released
        pieces = 16 if half == "a slow line" else 2
        step = -(-len(body) // pieces)
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            if half in HALVES:
                break
            if half == "a slow line":
                released.wait(0.25)
        if half not in HALVES:
            return
        if half == "silence half-way":
            released.wait(60)
        while half == "a drip without end" and not released.wait(0.2):
            self.wfile.write(body[:1])
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def sha(data):
    return hashlib.sha1(data).hexdigest()


@contextlib.contextmanager
def serving(files: dict[str, bytes]) -> Iterator[ThreadingHTTPServer]:
    """Serve a model of these files as the hub does; the ``trouble`` of what is yielded says what goes wrong."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.files, server.trouble, server.released, server.asked = files, None, threading.Event(), []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.released.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def in_trouble(trouble: ModelTrouble, files: dict[str, bytes], folder: Path) -> Iterator[str]:
    """Yield the address at which a model is to be asked for, with all that is wrong there, and the environment set."""
    if trouble.outside:
        with listening(trouble.outside, folder) as address:
            yield address
    else:
        with serving(files) as server:
            server.trouble = trouble.name  # type: ignore[attr-defined]
            yield f"http://127.0.0.1:{server.server_port}"


def leave_configuration(cache: Path, files: dict[str, bytes]) -> None:
    """Leave in the cache what a download leaves that was cut at its beginning: the configuration, and nothing else."""
    place = cache / f"models--{NAME.replace('/', '--')}"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text(Hub.commit, encoding="utf-8")
    (place / "snapshots" / Hub.commit).mkdir(parents=True)
    (place / "snapshots" / Hub.commit / "config.json").write_bytes(files["config.json"])
