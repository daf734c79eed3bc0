"""The ways that a story has taken: choosing a rival or writing again makes a new one, and the others can be gone back to."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from anywidget import AnyWidget
from traitlets import Int, List, Unicode

from ..base.errors import WorkshopError
from ..base.typography import typeset
from ..generation.sampling import Sampling
from ..generation.streaming import Rival, Token
from ..stories.shelf import first_words
from .token_flow import spelt

MOST_DIGITS = 5  # of a probability, when it is kept: more than is ever shown
#: What reading a text raises that is not what was kept: cut, of another program, changed by hand.
UNREADABLE = (KeyError, IndexError, TypeError, ValueError, ArithmeticError, RecursionError, WorkshopError)


@dataclass
class Way:
    """One of the ways: a beginning, what was written after it, and what wrote it."""

    prompt: str
    tokens: list[Token]
    model: str
    sampling: Sampling
    fork: int | None = None  #: the token where it left the way it came from; None when it began at the beginning

    @property
    def name(self) -> str:
        """What tells it from the others: where it forks, or how it begins."""
        if self.fork is not None and self.fork < len(self.tokens):
            after = "".join(token.text for token in self.tokens[self.fork : self.fork + 6])
            return f"… {first_words(typeset(after), 30) or spelt(after)}"
        start = "".join(token.text for token in self.tokens[:12])
        return first_words(typeset(start), 30) or first_words(typeset(self.prompt), 30) or "(vide)"


def pack(tokens: Sequence[Token]) -> list:
    """Return tokens as plain lists, to be kept; :func:`unpack` gives them back (probabilities to :data:`MOST_DIGITS` digits)."""
    return [
        [one.id, one.text, _short(one.probability), _short(one.raw_probability),
         [[rival.text, _short(rival.probability), _short(rival.raw_probability), rival.id] for rival in one.rivals]]
        for one in tokens
    ]  # fmt: skip


def unpack(packed: list) -> list[Token]:
    """Return the tokens of :func:`pack`.

    Raises:
        One of :data:`UNREADABLE`: they are not what was packed.
    """
    return [
        Token(int(number), str(text), _share(share), _share(raw), tuple(_rival(*rival) for rival in rivals))
        for number, text, share, raw, rivals in packed
    ]


def _rival(text: str, probability: float, raw_probability: float, number: int) -> Rival:
    return Rival(str(text), _share(probability), _share(raw_probability), int(number))


def _share(number: float) -> float:
    if not 0 <= number <= 1:
        raise ValueError(f"{number} is no probability")
    return float(number)


def _short(number: float) -> float:
    return float(f"{number:.{MOST_DIGITS}g}")


def pack_text(tokens: Sequence[Token]) -> str:
    """Return tokens as a text to be kept with a story; :func:`read_tokens` gives them back."""
    return json.dumps(pack(tokens), ensure_ascii=False, separators=(",", ":"))


def write_ways(ways: Sequence[Way]) -> str:
    """Return ways as a text to be kept."""
    kept = [vars(way) | {"sampling": asdict(way.sampling), "tokens": pack(way.tokens)} for way in ways]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def read_ways(text: str) -> list[Way]:
    """Return the ways of :func:`write_ways`; those that cannot be read are left out."""
    try:
        kept = json.loads(text)
    except UNREADABLE:
        return []
    ways = []
    for one in kept if isinstance(kept, list) else []:
        try:
            fork = None if one["fork"] is None else int(one["fork"])
            tokens, sampling = unpack(one["tokens"]), Sampling(**one["sampling"])
            ways.append(Way(str(one["prompt"]), tokens, str(one["model"]), sampling, fork))
        except UNREADABLE:
            continue
    return ways


def write_tail(number: int, tokens: Sequence[Token]) -> str:
    """Return the last tokens of a way, without their rivals, as a text to be kept: short, for it is sent all the time."""
    bare = [replace(token, rivals=()) for token in tokens]
    return json.dumps([number, pack(bare)], ensure_ascii=False, separators=(",", ":"))


def add_tail(ways: Sequence[Way], tail: str) -> None:
    """Put back at the end of its way what :func:`write_tail` kept; nothing, if it cannot be read."""
    try:
        number, tokens = json.loads(tail)
        if number >= 0:
            ways[number].tokens += unpack(tokens)
    except UNREADABLE:
        return


def read_tokens(text: str, wanted: str) -> list[Token]:
    """Return the tokens that were kept with a story, if they spell ``wanted``; else none."""
    try:
        tokens = unpack(json.loads(text))
    except UNREADABLE:
        return []
    return tokens if "".join(token.text for token in tokens) == wanted else []


class Paths(AnyWidget):
    """The ways as buttons, the one on the page pressed (``paths.js`` writes them); nothing as long as there is only one."""

    _esm = Path(__file__).with_suffix(".js")
    names = List(Unicode()).tag(sync=True)
    current = Int(0).tag(sync=True)

    def __init__(self, on_choice: Callable[[int], None]):
        """``on_choice(number)`` is called when a button is pressed."""
        super().__init__(layout={"display": "none"})
        self.add_class("atelier-paths")
        self.on_msg(lambda _, content, buffers: on_choice(int(content["press"])))

    def show(self, ways: Sequence[Way], current: int) -> None:
        """Show the ways."""
        self.layout.display = "" if len(ways) > 1 else "none"
        with self.hold_sync():
            self.names, self.current = [way.name for way in ways], current
