"""What was asked in a form, as a request like those of the API."""

import re
from collections.abc import Mapping
from typing import Any

from ..sharing.requests import GenerationRequest, read_request
from .api import limits
from .extensions import config_of

WHOLE, NUMBERS = ("max_new_tokens", "seed"), ("temperature", "top_p")


def asked_in(form: Mapping[str, str]) -> GenerationRequest:
    """Read a form: empty fields are as if not there, a decimal comma is one.

    Raises:
        RequestError: a field is at fault; each that is has a sentence.
    """
    given = {name: form[name].strip() for name in (*WHOLE, *NUMBERS, "model", "language") if form.get(name, "").strip()}
    data: dict[str, Any] = {"prompt": form.get("prompt", "").replace("\r\n", "\n"), **given}
    for name in WHOLE:
        if re.fullmatch(r"[0-9]{1,12}", given.get(name, "")):
            data[name] = int(given[name])
    for name in NUMBERS:
        if re.fullmatch(r"[0-9]{1,6}([.,][0-9]{0,12})?", given.get(name, "")):
            data[name] = float(given[name].replace(",", "."))
    return read_request(data, limits(config_of().limits))
