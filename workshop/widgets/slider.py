"""A setting that slides or is typed: its name is read by a screen reader, its figure is French (``1,3`` is 1.3)."""

from pathlib import Path
from typing import Any

from anywidget import AnyWidget
from ipywidgets import ValueWidget
from traitlets import Bool, CFloat, CInt, List, Unicode, validate


class _Slider(AnyWidget, ValueWidget):
    """What the page shows (``slider.js``): a name, a figure that can be typed, a slider for the mouse and the arrow keys."""

    _esm = Path(__file__).with_name("slider.js")
    _css = Path(__file__).with_name("slider.css")
    value: Any
    description = Unicode().tag(sync=True)
    disabled = Bool(False).tag(sync=True)
    names = List(Unicode()).tag(sync=True)  #: what its values are called, from the first on; none: by their figures

    def __init__(self, value: float, **more: Any):
        """Begin at ``value``; ``min``, ``max``, ``step``, ``description`` and ``disabled`` are those of ipywidgets' own."""
        super().__init__(**more)
        self.value = value
        self.add_class("atelier-slider")

    @validate("value")
    def _within(self, proposal: dict) -> float:
        return min(max(proposal["value"], self.min), self.max)  # type: ignore[attr-defined]

    @validate("max")
    def _not_beyond(self, proposal: dict) -> float:
        if self.value > proposal["value"]:
            self.value = proposal["value"]
        return proposal["value"]


class Slider(_Slider):
    """A number with decimals, from ``min`` to ``max``."""

    value = CFloat(0.0).tag(sync=True)
    min = CFloat(0.0).tag(sync=True)
    max = CFloat(1.0).tag(sync=True)
    step = CFloat(0.1).tag(sync=True)


class WholeSlider(_Slider):
    """A whole number, from ``min`` to ``max``."""

    value = CInt(0).tag(sync=True)
    min = CInt(0).tag(sync=True)
    max = CInt(100).tag(sync=True)
    step = CInt(1).tag(sync=True)
