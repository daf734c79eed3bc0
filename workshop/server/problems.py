"""What the API answers when it cannot do what is asked: JSON, in the form that OpenAI's clients read, with a French sentence."""

from collections.abc import Mapping

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from ..base.errors import WorkshopError
from ..base.typography import french
from ..sharing.requests import RequestError
from .engine import UnknownModelError, UnmadeModelError
from .waiting import BusyError

#: Where answers are always JSON.
PREFIXES = ("/api/", "/v1/")

#: Fields at fault that are told of, at most: an error is not to be longer than what caused it.
TOLD = 10

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}

_SENTENCES = {
    400: "La demande est mal formée\u00a0: voyez /api/openapi.json.",
    404: "Il n’y a rien à cette adresse\u00a0: voyez /api/openapi.json.",
    405: "Cette adresse n’accepte pas cette méthode\u00a0: voyez /api/openapi.json.",
    413: "La demande est trop grande\u00a0: au plus {body}\u00a0Kio.",
    415: "Envoyez du JSON, avec l’en-tête «\u00a0Content-Type: application/json\u00a0».",
    429: "Trop de demandes en peu de temps\u00a0: attendez un peu, puis recommencez.",
    500: "Le serveur n’a pas su répondre, et l’a noté\u00a0: réessayez dans un instant.",
}


class Problem(Exception):
    """What a view raises to answer with an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ):
        """``code`` is for programs, ``message`` for people; ``fields``: what is wrong with each field at fault."""
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.fields, self.headers = dict(fields or {}), dict(headers or {})

    def body(self) -> dict:
        """Return what is sent as JSON."""
        told = {name[:40]: sentence for name, sentence in list(self.fields.items())[:TOLD]}
        kind = _TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        error = {"message": self.message, "type": kind, "param": next(iter(told), None), "code": self.code}
        return {"error": error | ({"fields": told} if told else {})}

    def response(self) -> Response:
        """Return the answer."""
        response = jsonify(self.body())
        response.status_code = self.status
        response.headers.update(self.headers)
        return response


def for_programs() -> bool:
    """Whether the request that is being answered is for the API."""
    return request.path.startswith(PREFIXES)


def of_fields(fields: Mapping[str, str]) -> Problem:
    """Return the problem of fields at fault; its message is their sentences."""
    return Problem(400, "invalid_request", " ".join(list(fields.values())[:TOLD]), fields)


def of(error: Exception) -> Problem:
    """Return the problem that an exception is; one that is not foreseen is the server's own."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestError):
        return of_fields(error.errors)
    if isinstance(error, BusyError):
        sentence = f"Le modèle est occupé et la file est pleine\u00a0: revenez dans {error.retry_after}\u00a0s."
        return Problem(503, "busy", sentence, headers={"Retry-After": str(error.retry_after)})
    if isinstance(error, UnknownModelError | UnmadeModelError):
        code = "model_not_found" if isinstance(error, UnknownModelError) else "model_not_ready"
        return Problem(404, code, str(error), {"model": str(error)})
    if isinstance(error, WorkshopError):
        return Problem(400, "invalid_request", str(error))
    if isinstance(error, HTTPException) and error.code:
        kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
        if isinstance(error.response, Response):
            kept |= {name: error.response.headers[name] for name in ("Retry-After",) if name in error.response.headers}
        size = french(current_app.config["MAX_CONTENT_LENGTH"] / 1024)
        sentence = _SENTENCES.get(error.code, _SENTENCES[500 if error.code >= 500 else 400]).format(body=size)
        return Problem(error.code, error.name.lower().replace(" ", "_"), sentence, headers=kept)
    return Problem(500, "internal_server_error", _SENTENCES[500])


def answer_in_json(blueprint: Blueprint) -> None:
    """Have whatever its views raise answered in JSON."""
    for kind in (Problem, WorkshopError, BusyError, HTTPException):
        blueprint.register_error_handler(kind, lambda error: of(error).response())
