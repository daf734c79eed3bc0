"""The rivals of a token: ten bars, each of them a button from which the story can take another way."""

from collections.abc import Callable
from pathlib import Path

from anywidget import AnyWidget
from traitlets import Dict, Int, List, Unicode

from ..generation.streaming import Rival, Token
from . import bars
from .common import sentence
from .token_flow import percent, spelt

COUNT = 10


class Rivals(AnyWidget):
    """Bars of the tokens that could have come; pressing one calls ``on_branch(rival)``.

    What is on the page (``rivals.js`` writes it): the ``place`` of the token, ``title``, in HTML, and ``rows``, of which each is
    a button with its ``picture`` (SVG), its ``description`` (what a screen reader says of it), its ``tooltip``, and whether it is
    ``disabled``.
    """

    _esm = Path(__file__).with_suffix(".js")
    place = Int(-1).tag(sync=True)
    title = Unicode().tag(sync=True)
    rows = List(Dict()).tag(sync=True)

    def __init__(self, on_branch: Callable[[Rival], None]):
        """Show nothing yet."""
        self.rivals: tuple[Rival, ...] = ()
        self.on_branch = on_branch
        super().__init__(layout={"display": "none"})
        self.add_class("atelier-rivals")
        self.on_msg(lambda _, content, buffers: self._pressed(**content))

    def _pressed(self, press: int, place: int) -> None:
        if place == self.place:  # else a slow page still showed the rivals of another token
            self.press(press)

    def press(self, number: int) -> None:
        """Let the story take the way of a rival, unless its button is disabled."""
        if 0 <= number < len(self.rows) and not self.rows[number]["disabled"]:
            self.on_branch(self.rivals[number])

    def show(self, token: Token | None, place: int, can_branch: Callable[[Rival], bool], busy: bool = False) -> None:
        """Show the rivals of the ``token`` in this place (None: nothing); none can be pressed while the text is ``busy``."""
        self.layout.display = "none" if token is None else ""
        if token is None:
            return
        self.rivals = token.rivals[:COUNT]
        drawn = [_bar(rival, chosen=rival.id == token.id) for rival in self.rivals]
        whole = bars.scale(drawn)
        with self.hold_sync():
            self.place, self.title = place, _title(token, [rival.id for rival in self.rivals])
            self.rows = [
                _row(rival, bar, whole, can_branch(rival), busy or rival.id == token.id)
                for rival, bar in zip(self.rivals, drawn, strict=True)
            ]


def _title(token: Token, ids: list[int]) -> str:
    rank = ids.index(token.id) + 1 if token.id in ids else 0
    place = "en tête" if rank == 1 else (f"{rank}ᵉ de la liste" if rank else "au-delà des dix premiers")
    said = f"« {spelt(token.text)} » : {percent(token.probability)}"
    more = f", {place}. Choisissez un rival : l’histoire repart de lui."
    return f"<strong>{sentence(said)}</strong>{sentence(more)}"


def _bar(rival: Rival, chosen: bool) -> bars.Bar:
    name, mark = spelt(rival.text), "✓" if chosen else ""
    if rival.probability == 0:
        thought = rival.raw_probability
        return bars.Bar(name, thought, f"écarté ({percent(thought)})", out=True, before=thought, mark=mark)
    return bars.Bar(name, rival.probability, percent(rival.probability), mark=mark)


def _row(rival: Rival, bar: bars.Bar, whole: float, allowed: bool, disabled: bool) -> dict[str, object]:
    with_settings = f"{percent(rival.raw_probability)} d’après le modèle, {percent(rival.probability)} avec ces réglages"
    return {
        "picture": bars.row(bar, whole),
        "description": " ".join(filter(None, [bar.name, bar.mark])) + f" · {bar.figure}",
        "tooltip": with_settings if allowed else "Un morceau de lettre ou une fin : l’histoire ne peut pas repartir de là",
        "disabled": disabled or not allowed,
    }
