"""The page of ``make app``: the playground, and the stories that were kept."""

import ipywidgets as w

from ..stories import Stories
from .library import StoriesPanel
from .playground import Playground

PROMPT = "La nuit tombait quand le voyageur"  # a beginning that the model as it ships, alone at first, goes on with well


def app() -> w.VBox:
    """Return the playground above the stories: what is kept in the one appears in the other, and can be taken up again."""
    stories = Stories()
    playground = Playground(prompt=PROMPT, stories=stories)
    panel = StoriesPanel(stories, on_open=playground.take_up)
    playground.on_keep(panel.refresh)
    return w.VBox([playground, w.HTML("<h2>Les histoires gardées</h2>"), panel])
