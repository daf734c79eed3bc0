"""The colours of code on a slide: dark enough for the last row (4.5 to 1 at least, by a test)."""

from typing import ClassVar

from pygments.style import Style
from pygments.token import Comment, Error, Generic, Keyword, Name, Number, Operator, String, Token

from ..base import identity

GROUND, INK = identity.token("soft"), identity.token("ink")


class Projected(Style):
    """Ink for what is said, blue for the words of Python, brown for texts, plum for numbers, grey for comments."""

    background_color = GROUND
    styles: ClassVar = {
        Token: INK,
        Comment: "italic #55606b",
        Keyword: "bold #00558c",
        Operator.Word: "bold #00558c",
        Name.Builtin: "#00558c",
        Name.Builtin.Pseudo: "#00558c",
        Name.Function: f"bold {INK}",
        Name.Class: f"bold {INK}",
        Name.Decorator: "#6b4a00",
        String: "#8a3a00",
        String.Interpol: "#6b4a00",
        Number: "#7a2f7a",
        Error: "#a11212",
        Generic: INK,
    }
