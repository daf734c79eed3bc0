"""06 · Pairs that a model proposes, passage by passage.  They are read by ``read_pairs`` like any others: a machine wrote them.

A proposer takes a prompt and returns the text that follows it.  Two are here: a model in memory, and a server that speaks as
OpenAI's does (that of chapter 07, for instance).  Whether the pairs are worth anything is for somebody to read, ten at a time.
"""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..base.errors import WorkshopError
from ..base.typography import french
from ..base.web import opener
from .documents import Passage
from .pairs import read_pairs

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Proposer = Callable[[str], str]

STOP = "Passage :"
PROMPT = """Pour chaque passage, des questions et leurs réponses, une par ligne, en JSON.

Passage : Le four se chauffe à 200 degrés. On le nettoie chaque lundi, à froid.
{"question": "À combien de degrés le four se chauffe-t-il ?", "answer": "200 degrés"}
{"question": "Quel jour nettoie-t-on le four ?", "answer": "chaque lundi"}

Passage : Le seau de la cave contient du sable fin. Il ne contient jamais d'eau.
{"question": "Que contient le seau de la cave ?", "answer": "du sable fin"}

Passage : PASSAGE
"""
TOKENS = 120  #: of what is written for a passage, at the most
LARGEST = 1_000_000  #: bytes of an answer that are read


def from_model(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", most: int = TOKENS) -> Proposer:
    """Return a proposer that is a model in memory (loaded by its name, with ``gpt2.load``)."""
    from .training import continued

    return lambda prompt: continued(model, tokenizer, prompt, most)


def from_url(url: str, model: str, seconds: float = 60.0) -> Proposer:
    """Return a proposer that asks ``/v1/completions`` of a server; its key, if it wants one, is in ``OPENAI_API_KEY``.

    Raises:
        WorkshopError: the address is not one; and, when the proposer is called, the server is out of reach, too slow, refuses,
            fails, or answers something else than a text.
    """
    if not url.startswith(("http://", "https://")):
        raise WorkshopError(f"«\u00a0{url}\u00a0» n’est pas une adresse\u00a0: elle commence par http:// ou https://.")
    address = url.rstrip("/").removesuffix("/completions").removesuffix("/v1") + "/v1/completions"
    return lambda prompt: _completed(address, model, prompt, seconds)


def _completed(address: str, model: str, prompt: str, seconds: float) -> str:
    body = {"model": model, "prompt": prompt, "max_tokens": TOKENS, "stop": [STOP]}
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("OPENAI_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(address, json.dumps(body).encode(), headers)
    try:
        with opener(address).open(request, timeout=seconds) as answer:
            data = answer.read(LARGEST)
    except urllib.error.HTTPError as error:
        raise WorkshopError(f"{address} a répondu {error.code}\u00a0: {_meaning(error.code)}.") from None
    except TimeoutError:
        raise WorkshopError(_slow(address, seconds)) from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise WorkshopError(_slow(address, seconds)) from None
        raise WorkshopError(f"{address} ne répond pas ({reason})\u00a0: vérifiez l’adresse, et que le serveur tourne.") from None
    try:
        return _text(json.loads(data))
    except (ValueError, RecursionError, LookupError, TypeError):
        raise WorkshopError(
            f"{address} a répondu autre chose qu’un texte\u00a0: est-ce bien un serveur «\u00a0/v1/completions\u00a0»\u00a0?"
        ) from None


def _text(answer: Any) -> str:
    text = answer["choices"][0]["text"]
    if not isinstance(text, str):
        raise TypeError("not a text")
    return text


def _slow(address: str, seconds: float) -> str:
    return f"{address} n’a pas répondu en {french(seconds)} secondes\u00a0: réessayez, ou laissez-lui plus de temps (seconds=…)."


def _meaning(code: int) -> str:
    if code in (401, 403):
        return "il demande une clé, à mettre dans la variable OPENAI_API_KEY"
    if code == 404:
        return "il n’a pas d’adresse «\u00a0/v1/completions\u00a0», ou pas ce modèle"
    if code == 429:
        return "il a trop de demandes, attendez une minute"
    return "la panne est chez lui, réessayez plus tard" if code >= 500 else "il refuse la demande, vérifiez le nom du modèle"


def propose(passages: Sequence[Passage], ask: Proposer, path: Path) -> tuple[list[dict], list[tuple[int, str]]]:
    """Ask for pairs on each passage, keep every line that comes in ``path``, and return what :func:`read_pairs` says of it.

    The lines are written as they come: what was proposed before a failure is not lost, and faults keep their numbers.

    Raises:
        WorkshopError: the proposer fails; the message says how much was kept, and where.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as kept:
        for number, passage in enumerate(passages):
            try:
                written = ask(PROMPT.replace("PASSAGE", passage.text))
            except WorkshopError as error:
                raise WorkshopError(
                    f"{error} Passages déjà lus\u00a0: {number} sur {len(passages)}, gardés dans {path}."
                ) from None
            lines = written.partition(STOP)[0].split("\n")
            kept.writelines(f"{line}\n" for line in lines if line.strip())
            kept.flush()
    return read_pairs(path)
