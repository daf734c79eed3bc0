"""The description of the API, with the limits of this very server: OpenAPI 3.2, the first that knows streams of events."""

from typing import Any

from flask import Blueprint, Response, jsonify

from .. import __version__
from ..sharing.requests import Limit
from . import problems
from .api import limits
from .callers import ANONYMOUS
from .completions import DEFAULT_TOKENS, LONGEST_STOP, MOST_STOPS, MOST_TEXTS
from .config import Limits
from .extensions import config_of

blueprint = Blueprint("description", __name__, url_prefix="/api")
problems.answer_in_json(blueprint)

TEXT, WHOLE, NUMBER, YES_OR_NO = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}

#: A text with something to read in it: more than what Python takes for blanks.  Half of a character is refused too.
BLANKS = r"\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
READABLE = rf"^[^\u0000]*[^\u0000{BLANKS}][^\u0000]*$"

ERRORS = {
    400: "La demande est mal formée, ou un champ est hors de ses limites",
    401: "La clé n’existe pas, ou plus",
    404: "Le modèle n’existe pas, ou n’est pas encore fait",
    413: "La demande est trop grande",
    415: "La demande n’est pas du JSON",
    429: "Trop de demandes en peu de temps\u00a0: Retry-After dit quand revenir",
    500: "Le serveur n’a pas su répondre",
    503: "La file est pleine\u00a0: Retry-After dit quand revenir",
}

INTRODUCTION = (
    "Des modèles qui continuent un texte, et n’ont pas appris à converser. Sans compte, les demandes sont comptées par "
    "adresse\u00a0; une clé, faite dans «\u00a0Mon compte\u00a0», en permet davantage. "
    f"Les programmes qui ne savent pas se passer de clé donnent «\u00a0{ANONYMOUS}\u00a0»."
)


def _bounded(limit: Limit) -> dict[str, Any]:
    """Return a limit as JSON Schema says it."""
    if limit.kind is str:
        length = {"minLength": int(limit.least), "maxLength": int(limit.most)}
        return TEXT | ({"enum": list(limit.choices)} if limit.choices else {**length, "pattern": READABLE})
    return (WHOLE if limit.kind is int else NUMBER) | {"minimum": limit.least, "maximum": limit.most}


def _object(required: tuple[str, ...] = (), /, **properties: Any) -> dict[str, Any]:
    """Return an object that has these properties and no other; those that are required are all, if none is named."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required or properties),
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(items: dict[str, Any], **bounds: int) -> dict[str, Any]:
    return {"type": "array", "items": items, **bounds}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _generation(allowed: Limits) -> dict[str, Any]:
    return _object(("prompt",), **{name: _bounded(limit) for name, limit in limits(allowed).items()})


def _completion(allowed: Limits) -> dict[str, Any]:
    ours = {name: _bounded(limit) for name, limit in limits(allowed).items()}
    stop = TEXT | {"minLength": 1, "maxLength": LONGEST_STOP}
    optional = {
        **{name: ours[name] for name in ("temperature", "top_p", "seed", "model")},
        "max_tokens": ours["max_new_tokens"] | {"default": DEFAULT_TOKENS},
        "n": WHOLE | {"minimum": 1, "maximum": MOST_TEXTS},
        "stop": {"anyOf": [stop, _list(stop, maxItems=MOST_STOPS)]},
        "stream": YES_OR_NO,
        "stream_options": {"type": "object", "properties": {"include_usage": YES_OR_NO}, "additionalProperties": False},
        "echo": YES_OR_NO,
        "user": {},
    }
    prompt = {"anyOf": [ours["prompt"], _list(ours["prompt"], minItems=1, maxItems=MOST_TEXTS)]}
    schema = _object(("prompt",), prompt=prompt, **{name: _or_null(one) for name, one in optional.items()})
    most = f"{MOST_TEXTS}\u00a0textes et {allowed.tokens}\u00a0tokens"
    schema["description"] = f"Toute la réponse (max_tokens × n × le nombre de débuts) fait au plus {most}."
    return schema


def _schemas(allowed: Limits) -> dict[str, Any]:
    reason = TEXT | {"enum": ["stop", "length"]}
    count = WHOLE | {"minimum": 0}
    model = _object(name=TEXT, title=TEXT, language=TEXT, ready=YES_OR_NO, lacking=_or_null(TEXT), default=YES_OR_NO)
    choice = _object(index=count, text=TEXT, logprobs={"type": "null"}, finish_reason=reason)
    usage = _object(prompt_tokens=count, completion_tokens=count, total_tokens=count)
    described = _object(id=TEXT, object={"const": "model"}, created=count, owned_by=TEXT, language=TEXT)
    error = _object(
        ("message", "type", "param", "code"),
        message=TEXT,
        type=TEXT,
        param=_or_null(TEXT),
        code=TEXT,
        fields={"type": "object", "additionalProperties": TEXT},
    )
    return {
        "Error": _object(error=error),
        "Generation": _generation(allowed),
        "Text": _object(text=TEXT, seed=count, model=TEXT, language=TEXT, tokens=count, finish_reason=reason),
        "Models": _object(models=_list(model), limits={"type": "object", "additionalProperties": TEXT}),
        "CompletionRequest": _completion(allowed),
        "Completion": _object(
            id=TEXT,
            object={"const": "text_completion"},
            created=count,
            model=TEXT,
            seed=count,
            choices=_list(choice),
            usage=usage,
        ),
        "ModelList": _object(object={"const": "list"}, data=_list(_ref("Model"))),
        "Model": described,
    }


def _answers(content: dict[str, Any], *errors: int) -> dict[str, Any]:
    good = {"200": {"description": "La réponse", "content": content}} if content else {}
    wrong = {"application/json": {"schema": _ref("Error")}}
    return good | {str(code): {"description": ERRORS[code], "content": wrong} for code in errors}


def _operation(name: str, said: str, answers: dict[str, Any], body: str = "", *parameters: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": name, "summary": said, "responses": answers}
    if body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    return operation | ({"parameters": list(parameters)} if parameters else {})


ASKING = (400, 401, 404, 413, 415, 429, 500, 503)


def _events(*names: str) -> dict[str, Any]:
    """Return the content of a stream of events, the data of which is JSON."""
    name = TEXT | {"enum": list(names)}
    return {"itemSchema": {"type": "object", "properties": {"event": name, "data": TEXT}, "required": ["data"]}}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _paths() -> dict[str, Any]:
    name = {"name": "name", "in": "path", "required": True, "schema": TEXT}
    stream = {"text/event-stream": _events("queue", "token", "done", "error")}
    completions = _json(_ref("Completion")) | {"text/event-stream": _events("message")}
    said = "Écrire un texte, envoyé par événements\u00a0: queue (combien sont avant), token, puis done (avec la graine) ou error"
    return {
        "/api/generate": {
            "post": _operation("generate", "Écrire un texte", _answers(_json(_ref("Text")), *ASKING), "Generation"),
        },
        "/api/generate/stream": {
            "post": _operation("stream", said, _answers(stream, *ASKING), "Generation"),
        },
        "/api/models": {
            "get": _operation("models", "Les modèles, et les limites d’une demande", _answers(_json(_ref("Models")), 500)),
        },
        "/api/openapi.json": {
            "get": _operation("openapi", "Cette description", _answers(_json({"type": "object"}), 500)),
        },
        "/v1/completions": {
            "post": _operation("completions", "Continuer des textes", _answers(completions, *ASKING), "CompletionRequest"),
        },
        "/v1/models": {
            "get": _operation("listModels", "Les modèles qui servent", _answers(_json(_ref("ModelList")), 500)),
        },
        "/v1/models/{name}": {
            "get": _operation("model", "Un modèle", _answers(_json(_ref("Model")), 404, 500), "", name),
        },
        "/v1/chat/completions": {
            "post": _operation("chat", "Refusé\u00a0: aucun modèle ne converse", _answers({}, 401, 404, 413, 500)),
        },
    }


def description(allowed: Limits) -> dict[str, Any]:
    """Return the description of the API of a server with these limits."""
    return {
        "openapi": "3.2.0",
        "info": {"title": "Le réseau de neurones qui écrivait des romans", "version": __version__, "description": INTRODUCTION},
        "paths": _paths(),
        "components": {
            "schemas": _schemas(allowed),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"key": []}],
    }


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe the API."""
    return jsonify(description(config_of().limits))
