"""What can be done with a text besides reading it: copy it, take its picture, print it."""

from collections.abc import Callable
from pathlib import Path

from anywidget import AnyWidget


class TakeAway(AnyWidget):
    """Buttons that copy a text, make a picture of it (PNG) and print the page (``takeaway.js``)."""

    _esm = Path(__file__).with_suffix(".js")

    def __init__(self, text: Callable[[], str], picture: Callable[[], str]):
        """``text()`` and ``picture()`` (an SVG) are called when they are asked for."""
        self.text_now, self.picture_now = text, picture
        super().__init__(layout={"display": "none"})
        self.add_class("atelier-takeaway")
        self.on_msg(lambda _, content, buffers: self.give(content["want"]))

    def give(self, what: str) -> None:
        """Send the ``text`` or the ``picture`` to the page."""
        made = {"text": self.text_now, "picture": self.picture_now}.get(what)
        if made:
            self.send({"kind": what, "content": made()})
