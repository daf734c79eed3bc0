"""The API in the form that OpenAI's clients speak: ``/v1/completions`` and ``/v1/models``."""

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flask import Blueprint, Response, jsonify

from ..base.errors import WorkshopError
from ..sharing.requests import GenerationRequest, Limit, RequestError, validate_request
from . import incidents, problems
from .api import PULSE, LeftError, come_to, left, limits, still_there, streamed
from .bodies import json_body
from .callers import identify, spend
from .config import Limits
from .engine import Model, Turn, complete
from .extensions import config_of, engine_of
from .problems import Problem

blueprint = Blueprint("v1", __name__, url_prefix="/v1")
problems.answer_in_json(blueprint)
blueprint.register_error_handler(LeftError, left)

DEFAULT_TOKENS = 16  # what OpenAI's own server writes when nothing is said
MOST_TEXTS = 8  # in one answer
MOST_STOPS = 4
LONGEST_STOP = 100  # characters

#: What changes nothing, or only nothing when it says nothing: everything else would be a promise not kept.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "best_of": (1,),
    "frequency_penalty": (0,),
    "logit_bias": ({},),
    "logprobs": (),
    "presence_penalty": (0,),
    "suffix": ("",),
}


@dataclass(frozen=True)
class Completion:
    """What is asked, once it is checked."""

    requests: tuple[GenerationRequest, ...]  #: one for each text; ``n`` after each other for each prompt
    prompts: tuple[str, ...]
    stops: tuple[str, ...] = ()
    stream: bool = False
    echo: bool = False
    usage_at_end: bool = False  #: of a stream


def read_completion(data: Any, allowed: Limits) -> Completion:
    """Return the request in what came as JSON; what is null there is as if it had not been said.

    Raises:
        RequestError: a field is at fault; all those that are, are said.
    """
    if not isinstance(data, dict):
        raise RequestError(validate_request(data, {}))
    given = {name: value for name, value in data.items() if value is not None}
    errors: dict[str, str] = {}
    own = _own_fields(given, errors)
    bounds = _bounds(allowed)
    prompts = given.get("prompt")
    several: list[Any] = prompts if isinstance(prompts, list) else [prompts]
    if isinstance(prompts, list) and not 1 <= len(prompts) <= MOST_TEXTS:
        errors["prompt"] = f"Le champ «\u00a0prompt\u00a0» attend un texte, ou une liste de 1 à {MOST_TEXTS} textes."
    for prompt in several[:MOST_TEXTS]:
        said = given if prompt is None else given | {"prompt": prompt}
        errors |= validate_request(said, bounds)
    tokens, count = given.get("max_tokens", DEFAULT_TOKENS), given.get("n", 1)
    if not errors and (len(several) * count > MOST_TEXTS or len(several) * count * tokens > allowed.tokens):
        errors["max_tokens"] = (
            f"Une réponse fait au plus {MOST_TEXTS} textes et {allowed.tokens} tokens en tout\u00a0: baissez max_tokens ou n."
        )
    if errors:
        raise RequestError(errors)
    one = GenerationRequest(
        prompt="",
        max_new_tokens=tokens,
        temperature=float(given.get("temperature", 1)),
        top_p=float(given.get("top_p", 1)),
        model=given.get("model", ""),
    )
    seed, seeds = given.get("seed", secrets.randbelow(2**31)), int(bounds["seed"].most) + 1  # after the last one comes the first
    asked = [replace(one, prompt=prompt, seed=(seed + i) % seeds) for prompt in several for i in range(count)]
    return Completion(tuple(asked), tuple(several), **own)


def _bounds(allowed: Limits) -> dict[str, Limit]:
    """Return the limits of the fields that are a text or a number."""
    ours = limits(allowed)
    bounds = {name: ours[name] for name in ("prompt", "temperature", "top_p", "seed", "model")}
    return bounds | {"max_tokens": ours["max_new_tokens"], "n": Limit(int, 1, MOST_TEXTS)}


def _own_fields(given: dict[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    """Take the fields that OpenAI's form alone has out of ``given``; what is wrong with them goes to ``errors``."""
    for name, values in NEUTRAL.items():
        if name in given and (given[name] not in values or isinstance(given[name], bool)):
            errors[name] = f"Ce serveur ne sait rien faire de «\u00a0{name}\u00a0»\u00a0: retirez ce champ."
        given.pop(name, None)
    given.pop("user", None)  # a name for the caller, which changes nothing in the answer
    found: dict[str, Any] = {}
    for name in ("stream", "echo"):
        found[name] = given.pop(name, False)
        if not isinstance(found[name], bool):
            errors[name] = f"Le champ «\u00a0{name}\u00a0» attend true ou false."
    stops = given.pop("stop", [])
    stops = [stops] if isinstance(stops, str) else stops
    if not (
        isinstance(stops, list)
        and len(stops) <= MOST_STOPS
        and all(isinstance(stop, str) and 1 <= len(stop) <= LONGEST_STOP for stop in stops)
    ):
        errors["stop"] = (
            f"Le champ «\u00a0stop\u00a0» attend un texte de 1 à {LONGEST_STOP} caractères, ou une liste de {MOST_STOPS} au plus."
        )
        stops = []
    options = given.pop("stream_options", {})
    usage = options.get("include_usage", False) if isinstance(options, dict) else None
    if not isinstance(usage, bool) or set(options) - {"include_usage"}:
        errors["stream_options"] = 'Le champ «\u00a0stream_options\u00a0» attend {"include_usage": true}.'
    return found | {"stops": tuple(stops), "usage_at_end": usage}


class Piece(NamedTuple):
    """A part of one of the texts of an answer."""

    number: int  #: of the text, from 0
    text: str
    finish_reason: str | None = None  #: with the last one


def until(pieces: Iterable[str], stops: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yield the pieces up to the first of ``stops``, which is left out, each with whether a stop ends the text there.

    What may be the beginning of a stop is held back until it is known.
    """
    held = ""
    for piece in pieces:
        held += piece
        found = [place for stop in stops if (place := held.find(stop)) >= 0]
        if found:
            yield held[: min(found)], True
            return
        kept = max((size for stop in stops for size in range(len(stop)) if held.endswith(stop[:size])), default=0)
        if ready := held[: len(held) - kept]:
            yield ready, False
        held = held[len(held) - kept :]
    if held:
        yield held, False


class Answer:
    """The texts of one request, written one after the other in one turn."""

    def __init__(self, asked: Completion, model: Model):
        """Nothing is written yet."""
        self.asked, self.model = asked, model
        self.id, self.created = f"cmpl-{secrets.token_hex(12)}", int(time.time())
        self.prompt_tokens = self.completion_tokens = 0

    def pieces(self, turn: Turn) -> Iterator[Piece]:
        """Write, once the turn has come."""
        pen = turn.pen()
        self.prompt_tokens = sum(pen.count(prompt) for prompt in self.asked.prompts)
        for index, request in enumerate(self.asked.requests):
            if self.asked.echo:
                yield Piece(index, request.prompt)
            text = turn.write(pen, complete(request))
            reason = None
            try:
                for piece, stopped in until(text, self.asked.stops):
                    yield Piece(index, piece)
                    reason = "stop" if stopped else None
            finally:  # whoever leaves in the middle too
                text.close()
            self.completion_tokens += text.tokens
            yield Piece(index, "", reason or text.finish_reason)

    def usage(self) -> dict[str, int]:
        """Return the tokens that were read and written."""
        total = self.prompt_tokens + self.completion_tokens
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens, "total_tokens": total}

    def body(self, choices: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """Return the JSON of an answer, or of a part of it; the seed is that of the first text after each prompt."""
        seed = self.asked.requests[0].seed
        whole = {"id": self.id, "object": "text_completion", "created": self.created, "model": self.model.name, "seed": seed}
        return whole | {"choices": choices} | more


def choice(piece: Piece) -> dict[str, Any]:
    """Return a part of a text in OpenAI's form."""
    return {"index": piece.number, "text": piece.text, "logprobs": None, "finish_reason": piece.finish_reason}


@blueprint.post("/completions")
def completions() -> Response:
    """Continue one text or several, in one piece or streamed."""
    caller = identify()
    asked = read_completion(json_body(), config_of().limits)
    model = engine_of().choose(asked.requests[0].model)
    spend(caller)
    turn, answer = engine_of().turn(model.name), Answer(asked, model)
    if asked.stream:
        return streamed(_sent(answer, turn, incidents.reporter()), turn)
    there = still_there()
    with turn:
        come_to(turn, there)
        texts = [""] * len(asked.requests)
        reasons = [""] * len(asked.requests)
        for index, text, reason in answer.pieces(turn):
            if not there():
                raise LeftError
            texts[index] += text
            reasons[index] = reason or ""
    choices = [choice(Piece(i, *ended)) for i, ended in enumerate(zip(texts, reasons, strict=True))]
    return jsonify(answer.body(choices, usage=answer.usage()))


def _data(body: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def _sent(answer: Answer, turn: Turn, report: Callable[[Exception], None]) -> Iterator[str]:
    """Yield each piece as a server-sent event, and comments while the turn has not come (they show whether anybody reads)."""
    usage = {"usage": None} if answer.asked.usage_at_end else {}
    try:
        while not turn.wait(PULSE):
            yield ": encore un instant\n\n"
        for piece in answer.pieces(turn):
            yield _data(answer.body([choice(piece)], **usage))
        if usage:
            yield _data(answer.body([], usage=answer.usage()))
        yield "data: [DONE]\n\n"
    except Exception as error:  # the answer has begun: the error is a part of it
        if not isinstance(error, WorkshopError):
            report(error)
        yield _data(problems.of(error).body())
    finally:
        turn.close()


def _described(model: Model) -> dict[str, Any]:
    return {"id": model.name, "object": "model", "created": 0, "owned_by": "reseau-romans", "language": model.language}


@blueprint.get("/models")
def models() -> Response:
    """Say which models can be used now."""
    found = [engine_of().model(name) for name in engine_of().models()]
    return jsonify({"object": "list", "data": [_described(model) for model in found if model.lacking() is None]})


@blueprint.get("/models/<path:name>")
def model(name: str) -> Response:
    """Describe one model (a name of the hub holds a « / »)."""
    return jsonify(_described(engine_of().model(name)))


@blueprint.post("/chat/completions")
def chat() -> Response:
    """Refuse, honestly: the models of this server continue a text, none has learnt to converse."""
    identify()
    raise Problem(
        404,
        "chat_not_supported",
        "Les modèles de ce serveur continuent un texte, aucun n’a appris à converser\u00a0: appelez /v1/completions.",
    )
