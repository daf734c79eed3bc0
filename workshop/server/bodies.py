"""The JSON of a request, read without trust."""

import json
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from .problems import Problem


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _number(written: str) -> float:
    """Return a number; to JSON, 5.0 is the whole number 5."""
    value = float(written)
    return int(value) if value.is_integer() else value


def json_body() -> Any:
    """Return what the body of the request says.

    Raises:
        Problem: it is no JSON in UTF-8, or holds halves of characters, numbers that are none, or too many levels.
        UnsupportedMediaType: it does not say that it is JSON.
        RequestEntityTooLarge: it is longer than ``MAX_CONTENT_LENGTH``.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        data = json.loads(request.get_data(cache=False).decode("utf-8"), parse_constant=_no_number, parse_float=_number)
        json.dumps(data, ensure_ascii=False).encode("utf-8")  # half of a character (\ud800) can neither be read nor stored
    except (ValueError, RecursionError):  # ValueError: broken JSON, broken UTF-8, a number of thousands of digits
        raise Problem(
            400, "invalid_json", 'Le corps doit être du JSON en UTF-8, par exemple {"prompt": "Le meunier"}.', {"body": "JSON ?"}
        ) from None
    return data
