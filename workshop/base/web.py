"""One file from the network, within the seconds that people accept to wait: its bytes, or the true reason why not.

The libraries wait for each other's silence, not for the reader: a name that is looked up, a redirection, a byte now and then each
begin the wait again, and an answer that never ends fills the disk.  Here a clock, a floor and a ceiling bound the whole.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from threading import Event, Thread
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

SILENCE = 5.0  #: seconds without a byte after which nobody is there
FLOOR = 2_000  #: bytes per second below which, after ``SILENCE``, a book would take longer than the chapter
CEILING = 20_000_000  #: bytes: ten times the longest novel
NOTICE = 2.0  #: seconds after which the reader is told what goes on
AGENT = "reseau-romans (teaching workshop)"

INTERRUPTED = "vous avez interrompu le téléchargement"


class OutOfReachError(Exception):
    """A file or a model cannot be had; the text is the reason, the end of a French sentence.

    Attributes:
        host: who is to be left alone from now on, because asking again would only make the reader wait; empty when the host
            answered, and only this file is wrong.
    """

    def __init__(self, reason: str, host: str = ""):
        """Say why, and who does not answer."""
        super().__init__(reason)
        self.host = host


def started(ask: Callable[[], T]) -> Future[T]:
    """Ask in a thread that nobody has to wait for, and return what will hold the answer.

    No library stops looking up a name, or reading headers that trickle, when asked to: it is left alone, and ends with Python.
    """
    answer = Future[T]()

    def work() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=work, daemon=True).start()
    return answer


def get(url: str, seconds: float) -> bytes:
    """Return the bytes at ``url``, had within ``seconds``.

    Raises:
        OutOfReachError: they are not; the text says why.
    """
    given_up, host, way = Event(), urlsplit(url).netloc, _Way(url)
    if problem := trouble_with_proxy(_proxy(url), ("http", "https")):  # urllib would speak HTTP to any other
        raise OutOfReachError(problem, host)
    end = time.monotonic() + seconds
    done = started(lambda: _read(way, end, given_up))
    try:
        if not wait([done], max(0.0, seconds)).done:
            raise OutOfReachError(f"{host} envoie trop lentement" if way.came else f"{peer(way.now)} ne répond pas", host)
        return done.result()
    except OutOfReachError:
        raise
    except Exception as error:
        raise _explained(error, way.now, host) from error
    finally:
        given_up.set()  # also when the reader interrupts


class _Way(urllib.request.HTTPRedirectHandler):
    """Where a request has come to, from one address to the next, and whether something came from there."""

    def __init__(self, url: str):
        self.now, self.came = url, False

    def redirect_request(self, *args):
        self.now = args[-1]
        return super().redirect_request(*args)


def _read(way: _Way, end: float, given_up: Event) -> bytes:
    host, began, size = urlsplit(way.now).netloc, time.monotonic(), 0
    chunks: list[bytes] = []
    request = urllib.request.Request(way.now, headers={"User-Agent": AGENT})
    with urllib.request.build_opener(way).open(request, timeout=SILENCE) as answer:  # urlopen keeps the proxies that it saw first
        announced = answer.length or 0
        while not given_up.is_set():
            if max(size, announced) > CEILING:
                raise OutOfReachError(f"{host} envoie plus de {CEILING // 1_000_000}\u00a0Mo, ce n’est pas un livre")
            chunk = answer.read1(65536)
            if not chunk:
                if size < announced:
                    raise http.client.IncompleteRead(b"", announced - size)
                return b"".join(chunks)
            chunks.append(chunk)
            way.came = True
            size += len(chunk)
            waited = time.monotonic() - began
            if time.monotonic() > end or (waited > SILENCE and size < FLOOR * waited):
                raise OutOfReachError(f"{host} envoie trop lentement", host)
    raise OutOfReachError(INTERRUPTED)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it hides: a URLError keeps the true one in ``reason``."""
    while error is not None:
        yield error
        inner = getattr(error, "reason", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__


def _proxy(url: str, any_scheme: bool = False) -> str:
    """Return the proxy by which this machine goes to ``url``, as the environment gives it; nothing when it goes there itself."""
    parts, known = urlsplit(url), urllib.request.getproxies()
    proxy = known.get(parts.scheme, "") or (known.get("all", "") if any_scheme else "")
    return "" if urllib.request.proxy_bypass(parts.netloc) else proxy


def peer(url: str, any_scheme: bool = False) -> str:
    """Return whom this machine really speaks to: the host, or the proxy on the way (without the password in its address).

    ``any_scheme``: whoever asks obeys ALL_PROXY too, as the hub's library does and urllib does not.
    """
    proxy = _proxy(url, any_scheme).rpartition("://")[2].rpartition("@")[2]
    return f"le proxy de cette machine ({proxy})" if proxy else urlsplit(url).netloc


def is_near(url: str) -> bool:
    """Return whether a URL leads to this machine or to its own network, to which no proxy knows the way.

    That is: a private address, a name without a dot (« localhost », a container), or one that ends with « .local ».
    """
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_private
    except ValueError:
        return "." not in host or host.endswith(".local")


def opener(url: str, *handlers: urllib.request.BaseHandler | type[urllib.request.BaseHandler]) -> urllib.request.OpenerDirector:
    """Return what opens ``url``: directly where it is near, else by the proxy of this machine, if it has one."""
    direct = [urllib.request.ProxyHandler({})] if is_near(url) else []
    return urllib.request.build_opener(*direct, *handlers)


def trouble_with_proxy(proxy: str, known: Sequence[str]) -> str:
    """Return what is wrong with the address of a proxy, the end of a sentence; nothing when its kind is ``known``."""
    if not proxy:
        return ""
    shown = f"le proxy de cette machine ({proxy.rpartition('@')[2]})"
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if parts.hostname and parts.port != 0 and parts.path in ("", "/") and not re.search(r"\s", proxy):
            return "" if parts.scheme in known else f"{shown} est d’un genre que Python ne connaît pas, voyez HTTPS_PROXY"
    except ValueError:  # of its brackets, or of its port
        pass
    return f"{shown} n’a pas d’adresse qui se comprenne, voyez HTTPS_PROXY"


def _host_of(url: str) -> str:
    """Return the host of an address, which may come from elsewhere and be none."""
    try:
        return urlsplit(url).netloc if urlsplit(url).port != 0 else ""
    except ValueError:
        return ""


def _explained(error: Exception, url: str, asked: str) -> OutOfReachError:
    """Return what an error of the network means, the deepest that says something: it came at ``url``, ``asked`` sent there."""
    host = _host_of(url)
    for cause in reversed(list(_chain(error))):
        if reason := _reason(cause, host, peer(url) if host else asked):
            return OutOfReachError(reason, "" if isinstance(cause, _OF_ONE_FILE) else asked)
    return OutOfReachError(f"le téléchargement a échoué ({type(error).__name__})")


#: What the next file, or the next try, may well be spared.
_OF_ONE_FILE = (urllib.error.HTTPError, http.client.IncompleteRead, ConnectionResetError, BrokenPipeError)


def _reason(error: BaseException, host: str, peer: str) -> str:
    text = str(error)
    if "Tunnel connection failed" in text:
        return f"{peer} refuse la connexion"
    if "infinite loop" in text:
        return endless(host)
    match error:  # from the narrowest kind to the widest
        case ssl.SSLCertVerificationError():
            return certificate_refused(host, text)
        case urllib.error.HTTPError():
            return refused(host, error.code)
        case http.client.IncompleteRead():
            return "le téléchargement s’est arrêté en route"
        case http.client.RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
            return cut(host)
        case http.client.HTTPException() | ValueError() | ssl.SSLError():
            return stranger(host) if host else refused(peer, 302)
        case socket.gaierror():
            return f"{peer} est introuvable (le réseau est-il là\u202f?)"
        case ConnectionRefusedError():
            return f"{peer} refuse la connexion"
        case TimeoutError() | OSError() if not isinstance(error, urllib.error.URLError):
            return f"{peer} ne répond pas"
    return ""


def cut(host: str) -> str:
    """Return the sentence for a connection that ended before the file."""
    return f"la connexion à {host} s’est coupée en route"


def certificate_refused(host: str, text: str) -> str:
    """Return the sentence for a certificate that is not trusted, from the ``text`` of the error."""
    if "expired" in text or "not yet valid" in text:
        return f"le certificat de {host} n’est pas valable ce jour (la date de cet ordinateur est-elle juste\u202f?)"
    return f"le certificat de {host} est refusé (un proxy d’entreprise lit-il les échanges\u202f? SSL_CERT_FILE donne le sien)"


def endless(host: str) -> str:
    """Return the sentence for addresses that send to one another."""
    return f"{host} renvoie sans fin d’une adresse à une autre"


def stranger(host: str, what: str = "ce fichier") -> str:
    """Return the sentence for an answer that is not one."""
    return f"{host} répond autre chose que {what} (un portail de connexion\u202f?)"


def refused(host: str, status: int) -> str:
    """Return the sentence for an answer of HTTP that is not the file."""
    if 300 <= status < 400:
        return f"{host} renvoie à une adresse qui ne mène nulle part (erreur {status})"
    if status in (404, 410):
        return f"{host} n’a pas ce fichier (erreur {status})"
    if status == 407:
        return "le proxy de cette machine demande un mot de passe (erreur 407)"
    if status == 511:
        return "le réseau demande de s’identifier sur sa page de connexion (erreur 511)"
    if status == 429:
        return f"{host} reçoit trop de demandes d’ici (erreur 429)"
    if status >= 500:
        return f"{host} est en panne (erreur {status})"
    return f"{host} refuse de le donner (erreur {status})"
