"""What a notebook tells the room of an exercise, and nothing else: the names and the forms that may leave a machine.

Both sides read this file: the notebook, which passes everything through :func:`anonymise` before it is sent, and the server of
the room, which refuses what :func:`faults` finds.
"""

import re
from collections.abc import Mapping
from typing import Any

VERSION = 1  #: of the form below; a server that speaks another one refuses, and the notebook goes on alone

#: The fields that may be sent, each with the only form that its value may have.
FIELDS = {
    "version": "[0-9]{1,4}",
    "id": "[0-9a-f]{16}",  # drawn at random: the same event is not counted twice
    "seat": "[0-9]{1,4}-[0-9a-f]{16}",  # drawn at random, and signed by the room
    "exercise": r"[0-9]{1,2}\.[0-9]{1,2}[a-z]?",
    "outcome": "right|wrong|todo|hint|help|calm",
    "mistake": "[0-9]{1,2}",  # its number in the list of the exercise; its message never leaves
    "hint": "[1-3]",
    "seconds": "[0-9]{1,6}",
}

#: What can be said: the three outcomes of a card, a hint asked for, a hand raised, a hand lowered.
OUTCOMES = tuple(FIELDS["outcome"].split("|"))
CARDS, HANDS = ("right", "wrong", "todo"), ("help", "calm")

_SMALL = range(10**9)  # of a number of thousands of digits, not even the text can be asked for
_TEXTS = ("id", "seat", "exercise", "outcome")


def anonymise(event: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Return of an event only what may leave the machine: the fields of ``fields``, in their order, and no other.

    ``fields`` gives the form of each value: a regular expression that all of it must match, once written with ``str``.  A value
    of another form, or one that is missing, becomes ``None``.
    """
    safe = {}
    for name, form in fields.items():
        value = event.get(name)
        safe[name] = value if re.fullmatch(form, str(value)) else None
    return safe


def faults(event: Any) -> list[str]:
    """Return the names of the fields of an event, as it came from the network, that are missing, unknown or of another form.

    What is not an object is at fault as « event ».  Numbers are whole (``True`` is none), texts are texts, and what an outcome
    asks for is there: an exercise for a card, the number of a hint for a hint.
    """
    if not isinstance(event, dict):
        return ["event"]
    wrong = {str(name)[:40] for name in event if name not in FIELDS}
    for name, form in FIELDS.items():
        value = event.get(name)
        kind = str if name in _TEXTS else int
        may_lack = name in ("mistake", "hint") or (name == "exercise" and event.get("outcome") in HANDS)
        fits = type(value) is kind and (kind is str or value in _SMALL) and re.fullmatch(form, str(value))
        if not (fits or (value is None and may_lack)):
            wrong.add(name)
    if not wrong:  # each is well formed: do they go together?
        if (event["outcome"] == "hint") != (event.get("hint") is not None):
            wrong.add("hint")
        if event["outcome"] != "wrong" and event.get("mistake") is not None:
            wrong.add("mistake")
    return sorted(wrong)
