"""The rivals of a token: ten bars, each of them a button from which the story can take another way."""

from collections.abc import Callable

import ipywidgets as w

from ..base.typography import typeset
from ..generation.streaming import Rival, Token
from .common import sentence
from .token_flow import percent

COUNT = 10
_MARKS = {"\n": "↵ (à la ligne)", " ": "␣ (espace)", "": "(rien)"}


def spelt(text: str) -> str:
    """Return a token as a word to read: what cannot be seen is named."""
    if text in _MARKS:
        return _MARKS[text]
    if text.startswith("<|"):
        return "(fin du texte)"
    return typeset(text.strip(" ").replace("\n", "↵"))


class Rivals(w.VBox):
    """Bars of the tokens that could have come; pressing one calls ``on_branch(rival)``."""

    def __init__(self, scope: str, on_branch: Callable[[Rival], None]):
        """``scope`` is a CSS class of its own, so that two panels of a page keep their own bars."""
        self.scope, self.rivals = scope, ()
        self._title, self._bars = w.HTML(), w.HTML(layout={"display": "none"})
        self.buttons = [w.Button(layout={"display": "none"}) for _ in range(COUNT)]
        for number, button in enumerate(self.buttons):
            button.add_class("atelier-rival").on_click(lambda _, number=number: on_branch(self.rivals[number]))
        super().__init__([self._title, self._bars, *self.buttons], layout={"display": "none"})
        self.add_class("atelier-rivals").add_class(scope)

    def show(self, token: Token | None, can_branch: Callable[[Rival], bool], busy: bool = False) -> None:
        """Show the rivals of ``token`` (None: nothing); while the text is ``busy`` they can be read, not pressed."""
        self.layout.display = "none" if token is None else ""
        if token is None:
            return
        self.rivals = token.rivals[:COUNT]
        rank = next((i for i, rival in enumerate(self.rivals, 1) if rival.id == token.id), None)
        place = "en tête" if rank == 1 else (f"{rank}ᵉ de la liste" if rank else "au-delà des dix premiers")
        said = f"« {spelt(token.text)} » : {percent(token.probability)}"
        more = f", {place}. Choisissez un rival : l’histoire repart de lui."
        self._title.value = f"<div><strong>{sentence(said)}</strong>{sentence(more)}</div>"
        rules = []
        for number, (button, rival) in enumerate(zip(self.buttons, self.rivals, strict=False)):
            out = rival.probability == 0
            mark = " ✓" if rival.id == token.id else ""
            share = f"écarté ({percent(rival.raw_probability)})" if out else percent(rival.probability)
            button.description = f"{spelt(rival.text)}{mark} · {share}"
            allowed = can_branch(rival)
            button.disabled = busy or not allowed or rival.id == token.id
            button.tooltip = (
                f"{percent(rival.raw_probability)} d’après le modèle, {percent(rival.probability)} avec ces réglages"
                if allowed else "Un morceau de lettre ou une fin : l’histoire ne peut pas repartir de là"
            )  # fmt: skip
            button.layout.display = ""
            width = 100 * (rival.raw_probability if out else rival.probability)
            paint = "var(--atelier-hatch)" if out else "linear-gradient(var(--atelier-bar),var(--atelier-bar))"
            line = "text-decoration:line-through" if out else ""
            rules.append(
                f".{self.scope}.atelier-rivals .atelier-rival:nth-of-type({number + 1})"
                f"{{background-image:{paint};background-size:{width:.1f}% 100%;{line}}}"
            )
        for button in self.buttons[len(self.rivals) :]:
            button.layout.display = "none"
        self._bars.value = f"<style>{''.join(rules)}</style>"


STYLE = """<style>
.atelier{--atelier-bar:rgba(0,114,178,.28);
 --atelier-hatch:repeating-linear-gradient(135deg,rgba(128,128,128,.35) 0 3px,transparent 3px 7px)}
[data-jp-theme-light="false"] .atelier{--atelier-bar:rgba(86,180,233,.42)}
.atelier .atelier-rivals{overflow:visible}
.atelier button.atelier-rival{display:block;width:100%;max-width:560px;margin:1px 0;height:28px;padding:0 10px;text-align:left;
 font-size:15px;background-color:transparent;background-repeat:no-repeat;color:inherit;border:1px solid rgba(128,128,128,.25);
 border-radius:3px;box-shadow:none;white-space:pre;overflow:hidden;text-overflow:ellipsis}
.atelier button.atelier-rival:disabled{opacity:1;cursor:default}
.atelier button.atelier-rival:hover:enabled{border-color:currentColor;box-shadow:none}
</style>"""
