"""The tie between the page and its kernel: the draft survives a reload, and a kernel that is gone is noticed at once.

The draft stays in the visitor's browser (``keeper.js``); nothing of it is sent anywhere else.
"""

from collections.abc import Callable
from pathlib import Path

from anywidget import AnyWidget
from traitlets import Unicode


class Keeper(AnyWidget):
    """``beginning``, ``ways`` and ``tail`` (what was written since the ways were sent) are kept by the browser.

    ``on_back(beginning, ways, tail)`` is called when the page comes back with what it had kept, ``on_begin(text)`` when
    the visitor has chosen one of the beginnings of the page.
    """

    _esm = Path(__file__).with_suffix(".js")
    beginning = Unicode().tag(sync=True)
    ways = Unicode().tag(sync=True)
    tail = Unicode().tag(sync=True)

    def __init__(self, on_back: Callable[[str, str, str], None], on_begin: Callable[[str], None]):
        """Keep nothing yet."""
        self.on_back, self.on_begin = on_back, on_begin
        super().__init__()
        self.on_msg(lambda _, content, buffers: self.hear(content))

    def hear(self, said: dict) -> None:
        """Answer what the page says: ``{ping: n}``, ``{back: {...}}``, ``{begin: text}``."""
        if "ping" in said:
            self.send({"pong": said["ping"]})
        if "back" in said:
            self.on_back(*(str(said["back"].get(name) or "") for name in ("beginning", "ways", "tail")))
        if "begin" in said:
            self.on_begin(str(said["begin"]))
