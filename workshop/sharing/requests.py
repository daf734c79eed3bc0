"""What may be asked of a server that writes: the limits, and everything that is wrong with a request, said at once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..base.errors import WorkshopError
from ..base.typography import french


@dataclass(frozen=True, repr=False)
class Limit:
    """What a field of a request may be."""

    kind: type  #: ``str``, ``int`` or ``float``
    least: float  #: of a number; of a text, its fewest characters
    most: float  #: of a number; of a text, its most characters
    choices: tuple[str, ...] = ()  #: of a text: one of these, if there are any

    def __repr__(self) -> str:
        """Write it short: a card of an exercise shows several."""
        return f"Limit({self.kind.__name__}, {self.least}, {self.most}{f', {self.choices}' if self.choices else ''})"

    def __str__(self) -> str:
        """What is expected, as the end of a French sentence."""
        if self.choices:
            return " ou ".join(f"«\u00a0{choice}\u00a0»" for choice in self.choices)
        bounds = french(self.least), french(self.most)
        if self.kind is str:
            return "un texte de {} à {}\u00a0caractères, avec autre chose que des blancs et sans caractère nul".format(*bounds)
        return f"un {'entier' if self.kind is int else 'nombre'} entre {bounds[0]} et {bounds[1]}"


#: What our server accepts.  ``temperature`` may be 0: the likeliest token, always.
LIMITS: dict[str, Limit] = {
    "prompt": Limit(str, 1, 2000),
    "max_new_tokens": Limit(int, 1, 200),
    "temperature": Limit(float, 0, 2),
    "top_p": Limit(float, 0.01, 1),
    "seed": Limit(int, 0, 2**32 - 1),
    "model": Limit(str, 1, 100),
    "language": Limit(str, 2, 2, ("fr", "en")),
}


def readable(text: str) -> bool:
    """Return whether a text holds something to read, and can be stored: no null character, no half of a character."""
    return bool(text.strip()) and not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text)


def validate_request(data: Any, limits: Mapping[str, Limit]) -> dict[str, str]:
    """Return what is wrong with a request: for each field at fault, a sentence that says what is expected; {} if all is well.

    ``data`` came as JSON: it may be anything, and what is not an object is at fault as « body ».  ``prompt`` alone is required.
    A field whose name has no limit is at fault.  The others have the kind of their limit (a whole number will do for a
    ``float``; ``True`` and NaN are no numbers), lie between its bounds (a text: by its length), are one of its choices if it has
    any; and a text is ``readable``.
    """
    if not isinstance(data, dict):
        return {"body": 'La demande doit être un objet JSON, par exemple {"prompt": "Le meunier"}.'}
    errors = {name: f"Le champ «\u00a0{name[:40]}\u00a0» n’existe pas." for name in data if name not in limits}
    if "prompt" not in data:
        errors["prompt"] = f"Il manque le champ «\u00a0prompt\u00a0»\u00a0: {limits['prompt']}."
    for name, limit in limits.items():
        if name not in data:
            continue
        value = data[name]
        kinds = (int, float) if limit.kind is float else limit.kind
        right = isinstance(value, kinds) and not isinstance(value, bool)
        right = right and limit.least <= (len(value) if limit.kind is str else value) <= limit.most  # NaN is between nothing
        if limit.kind is str:
            right = right and readable(value) and (not limit.choices or value in limit.choices)
        if not right:
            errors[name] = f"Le champ «\u00a0{name}\u00a0» attend {limit}."
    return errors


@dataclass(frozen=True)
class GenerationRequest:
    """A request that may be answered: every field within its limit, the defaults where nothing was said."""

    prompt: str
    max_new_tokens: int = 80
    temperature: float = 0.8
    top_p: float = 0.9
    seed: int | None = None  #: none: the server draws one, and says which
    model: str = ""  #: empty: the server chooses, by the language
    language: str = "fr"


class RequestError(WorkshopError):
    """A request cannot be answered; ``errors`` says of each field at fault what is expected."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Keep the errors; the message is all their sentences."""
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def read_request(data: Any, limits: Mapping[str, Limit] = LIMITS) -> GenerationRequest:
    """Return the request in what came as JSON, completed.

    Raises:
        RequestError: a field is at fault; all those that are, are said.
    """
    if errors := validate_request(data, limits):
        raise RequestError(errors)
    given: dict[str, Any] = {field.name: data[field.name] for field in fields(GenerationRequest) if field.name in data}
    for name in ("temperature", "top_p"):  # 1 is a number too
        if name in given:
            given[name] = float(given[name])
    return GenerationRequest(**given)
