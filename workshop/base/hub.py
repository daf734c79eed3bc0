"""The files of a model that the Hugging Face hub keeps: fetched whole, or the true reason why not."""

import contextlib
import json
import os
import re
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from .ear import Ear, GivenUpError
from .errors import DISK_FULL, WorkshopError, chain
from .settings import settings
from .web import OutOfReachError, certificate_refused, cut, endless, peer, refused, started, stranger, trouble_with_proxy

#: Everything a model needs, and nothing that could run code: no pickle (``.bin``, ``.pt``), no Python.
SAFE_FILES = ["*.json", "*.txt", "*.model", "model*.safetensors"]

#: The tokenizer of a model is in one of these.
TOKENIZERS = ("tokenizer.json", "vocab.json", "tokenizer.model", "spiece.model")

#: What a model of the hub may not have at all, which no other try will bring.
LACKING = {
    "poids au format safetensors, le seul que l’atelier ouvre": ("model*.safetensors",),
    "tokenizer (tokenizer.json)": TOKENIZERS,
}

CUT = "le réseau est coupé (WORKSHOP_OFFLINE ou HF_HUB_OFFLINE)"

#: The kinds of proxies that the library knows.
PROXIES = ("http", "https", "socks5", "socks5h")

#: Seconds in which the hub has to say that it is there.
PATIENCE = 10

#: Seconds in which something has to come, and bytes that have to come in each of them: below, a small GPT-2 would take a day.
SILENCE = 15
FLOOR = 5_000


def is_whole(folder: Path) -> bool:
    """Return whether a folder holds all that a model needs: a configuration, all its weights, a tokenizer.

    A download that was cut leaves the small files, and some of the large ones: the index of the weights names them all.
    """
    try:
        if not isinstance(json.loads((folder / "config.json").read_text(encoding="utf-8")), dict):
            return False
        index = folder / "model.safetensors.index.json"
        shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()) if index.is_file() else set()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not there, or not what it should be
        return False
    weights = [folder / shard for shard in shards] or list(folder.glob("model*.safetensors"))
    return bool(weights) and all(map(_holds_weights, weights)) and any((folder / name).is_file() for name in TOKENIZERS)


def _holds_weights(path: Path) -> bool:
    """Return whether a file of weights is as long as it says: not cut, nor the page of a portal under its name."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > path.stat().st_size:
                return False
            tensors = json.loads(file.read(length)).items()
        ends = [tensor["data_offsets"][1] for name, tensor in tensors if name != "__metadata__"]
        return path.stat().st_size == 8 + length + max(ends)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return False


def cached(name: str) -> Path | None:
    """Return the folder of a model that is whole in the cache of the hub, else ``None``."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(name, allow_patterns=SAFE_FILES, local_files_only=True))
    except (OSError, ValueError):  # not there, in part only, or not a name of the hub
        return None
    return folder if is_whole(folder) else None


def fetch(name: str) -> Path:
    """Return the folder of a model, downloaded or brought up to date; from the cache alone when the network fails.

    Raises:
        OutOfReachError: it is not in the cache, and could not be had.
        WorkshopError: there is no such model, or its weights are in a format that could run code.
    """
    from huggingface_hub import errors

    try:
        folder = _download(name)
    except (errors.RepositoryNotFoundError, errors.HFValidationError, errors.RevisionNotFoundError) as error:
        if here := cached(name):  # it was there once, and may be private now
            return here
        problem = (
            "ne se donne qu’à qui a accepté ses conditions sur huggingface.co, avec un jeton (HF_TOKEN)\u00a0: choisissez-en un "
            "autre (MODEL_NAME), ou demandez-le là-bas"
            if isinstance(error, errors.GatedRepoError)
            else "n’existe pas sur huggingface.co (ou il est privé) et n’est pas un dossier d’ici\u00a0: vérifiez son nom "
            "(MODEL_NAME)"
        )
        raise WorkshopError(f"Le modèle «\u00a0{name}\u00a0» {problem}.") from error
    except KeyboardInterrupt as error:
        raise OutOfReachError("vous avez interrompu son téléchargement") from error
    except Exception as error:  # the network fails in as many ways as there are libraries underneath
        if here := cached(name):
            return here
        raise OutOfReachError(_reason(error)) from error
    if is_whole(folder):
        return folder
    if settings().offline:
        raise OutOfReachError(CUT)
    if (folder / "config.json").is_file():
        for what, names in LACKING.items():
            if not any(any(folder.glob(one)) for one in names):
                raise WorkshopError(
                    f"Le modèle «\u00a0{name}\u00a0» n’a pas de {what}\u00a0: choisissez-en un autre (MODEL_NAME), ou "
                    "convertissez-le avec save_pretrained."
                )
    whole = folder.parent.parent  # where the hub's library keeps the files themselves, and would find them damaged again
    raise OutOfReachError(f"ce qui en est arrivé est incomplet ou abîmé (effacez «\u00a0{whole}\u00a0» avant de recommencer)")


def _download(name: str) -> Path:
    """Download in a thread that is given up when too little comes: the library itself would try again for a minute."""
    from huggingface_hub import constants
    from huggingface_hub.utils import tqdm

    ear = Ear()

    class Bar(tqdm):
        def update(self, n: float | None = 1) -> bool | None:
            ear.came(n or 0)  # what does not come through the client (hf_xet) is told here
            return super().update(n)

    constants.HF_HUB_DOWNLOAD_TIMEOUT = max(constants.HF_HUB_DOWNLOAD_TIMEOUT, SILENCE + 5)  # else it begins again before
    here = Path(constants.HF_HUB_CACHE) / f"models--{name.replace('/', '--')}" / "blobs"
    had = deque([(time.monotonic(), _size(here))])  # of the last seconds: when, and how many bytes were there
    done = started(lambda: _snapshot(name, Bar, ear))
    try:
        while not wait([done], 0.2).done:
            had.append((time.monotonic(), ear.count + _size(here)))
            while had[1][0] <= had[-1][0] - SILENCE:
                had.popleft()
            (before, less), (now, more) = had[0], had[-1]
            if now - before >= SILENCE and more - less < FLOOR * SILENCE:
                came = next(when for when, size in had if size == more)  # the last of the bytes
                raise GivenUpError(_so_little(ear, more - less, now - came))
        return done.result()
    finally:
        ear.given_up = True


def _so_little(ear: Ear, count: int, silent: float) -> str:
    """Return why only ``count`` bytes have come in the last :data:`SILENCE` seconds, and none for ``silent`` seconds."""
    host, name = _host(), _peer()
    if ear.status >= 500:  # the library tries again, and again
        return refused(host, ear.status)
    if count and silent < SILENCE / 2:
        return f"{host} envoie trop lentement"
    return f"{host} n’envoie plus rien depuis {silent:.0f}\u00a0secondes" if ear.count else f"{name} ne répond pas"


def _size(folder: Path) -> int:
    total = 0
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):  # a whole file has just taken its name
            total += path.stat().st_size
    return total


def _snapshot(name: str, bar: type, ear: Ear) -> Path:
    from huggingface_hub import HfApi, snapshot_download

    with hushed():
        if settings().offline:
            return Path(snapshot_download(name, allow_patterns=SAFE_FILES, local_files_only=True))
        for scheme in ("http", "https", "all"):  # the library reads all of them, whatever the address
            if problem := trouble_with_proxy(getproxies().get(scheme, ""), PROXIES):
                raise GivenUpError(problem)
        try:
            ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or None)
        except OSError as error:
            raise GivenUpError("le fichier de certificats de cette machine (SSL_CERT_FILE) est absent ou abîmé") from error
        with ear.listening():
            HfApi().model_info(name, timeout=PATIENCE)  # snapshot_download would wait for ever for a silent answer to this
            return Path(snapshot_download(name, allow_patterns=SAFE_FILES, tqdm_class=bar))


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Keep the hub's library from telling each new attempt, in English; with its bars, unless quiet is asked for."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars, logging

    silent, verbosity = are_progress_bars_disabled(), logging.get_verbosity()
    if settings().quiet:
        disable_progress_bars()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if not silent:
            enable_progress_bars()


def _endpoint() -> str:
    from huggingface_hub import constants

    return constants.ENDPOINT


def _host() -> str:
    return urlsplit(_endpoint()).netloc


def _peer() -> str:
    return peer(_endpoint(), any_scheme=True)


def _reason(error: Exception) -> str:
    """Return why a download failed, from the deepest cause that says something."""
    if settings().offline:
        return CUT
    return why(error) or f"le téléchargement a échoué ({type(error).__name__})"


def why(error: BaseException) -> str:
    """Return what an error of the hub's library means, the end of a French sentence; nothing when it is not one of the known."""
    causes = list(chain(error))
    address = next(filter(None, map(_asked, causes)), _endpoint())
    return next((said for cause in reversed(causes) if (said := _said(cause, address))), "")


def _asked(error: BaseException) -> str:
    """Return the address of the request that ended so: the hub sends elsewhere for its large files."""
    try:
        return str(error.request.url)  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):  # it knows of none
        return ""


def _said(error: BaseException, address: str) -> str:
    """Return what one error means, nothing when it means too little; ``address`` is what was asked for.

    The classes of the network are known by their names: the hub's library changed from httpx to httpx2, and more lie below.
    """
    from huggingface_hub import constants

    host, name = urlsplit(address).netloc, peer(address, any_scheme=True)
    if isinstance(error, GivenUpError):
        return str(error)
    if isinstance(error, socket.gaierror):
        return f"{name} est introuvable (le réseau est-il là\u202f?)"
    if isinstance(error, ConnectionRefusedError):
        return f"{name} refuse la connexion"
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return "le disque est plein"
    if isinstance(error, PermissionError) or (isinstance(error, OSError) and error.filename):
        return f"le cache des modèles ne peut pas être écrit («\u00a0{error.filename or constants.HF_HUB_CACHE}\u00a0»)"
    if isinstance(error, UnicodeEncodeError):
        return "le jeton de cette machine (HF_TOKEN) n’en est pas un"
    if status := getattr(getattr(error, "response", None), "status_code", None):
        return refused(host, status)
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return certificate_refused(host, str(error))
    other = stranger(host, "ce modèle")
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "ProxyError" in kinds and "407" in str(error):
        return refused(host, 407)
    if "UnsupportedProtocol" in kinds:
        fits = re.match("https?://[^/]", _endpoint())
        return (
            refused(host, 302) if fits else f"«\u00a0{_endpoint()}\u00a0» (HF_ENDPOINT) n’est pas l’adresse d’un dépôt de modèles"
        )
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return other
    if "RemoteProtocolError" in kinds and "closed" not in str(error) and "disconnected" not in str(error):  # not HTTP
        return other
    if "socksio" in str(error):
        return "le proxy de cette machine est un «\u00a0socks\u00a0», pour lequel il manque un paquet (pip install socksio)"
    sentences = {
        "ProxyError": "le proxy de cette machine refuse la connexion ou ne répond pas",
        "TooManyRedirects": endless(host),
        "TimeoutException": f"{name} ne répond pas",
        "ConnectError": f"{name} ne répond pas",
        "TransportError": cut(host),
        "DecodingError": other,
        "FileMetadataError": other,
        **dict.fromkeys(("ValueError", "TypeError", "KeyError", "AttributeError", "AssertionError"), other),  # not its JSON
    }
    if known := next((sentence for name, sentence in sentences.items() if name in kinds), ""):
        return known
    if "Consistency check failed" in str(error):
        return "le fichier reçu n’a pas la taille annoncée"
    return ""
