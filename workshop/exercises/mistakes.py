"""A mistake, written once: the code that makes it, the sentence that names it, the hint that helps.

In the list ``mistakes`` of an exercise, one tuple each::

    ("logits * temperature", "c'est à l'envers : en multipliant, …"),
    (["softmax(logits) / temperature", "softmax(logits) - temperature"], "c'est trop tard : …", 2),
    ("np.sort(logits)[-k:]", "la liste est devenue plus courte : …", 2, "len(got) < len(want)"),

The code is what follows ``return``, or a whole body, or a whole function; several codes may share a message.  Without a fourth
element, the name is given to the answers whose results are those of the code in every case.  With one, which is a property (an
expression on ``got``, ``want`` and the arguments), it is given to all that have the property, and the codes are examples.
"""

import ast
import hashlib
import inspect
import linecache
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from textwrap import dedent, indent
from typing import Any

from .cards import kind

Code = str | Callable


@dataclass(frozen=True)
class anything:  # a word in a list of mistakes, hence the small letter
    """A property that is asked of whatever was given, even of another kind than expected, even of an exception."""

    when: Code


def raises(error: type[BaseException] | tuple[type[BaseException], ...], pattern: str = "") -> anything:
    """Return the property of having been stopped by this exception, whose text matches the pattern."""
    return anything(lambda got, *_: isinstance(got, error) and re.search(pattern, str(got)) is not None)


def but(right: str, *changes: str) -> str:
    """Return the code of a right answer with something else in some places: an old piece, the new one, an old piece…"""
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in right, f"« {old} » is not in:\n{right}"
        right = right.replace(old, new)
    return right


def alike(got: Any, expected: Any) -> bool:
    """Return whether two results are of one kind, and their first elements too if they are lists that have any.

    What a property says of a list of texts makes no sense for a generator, a set or a list of numbers: there, to say which kind
    was expected is enough.
    """
    if kind(got) != kind(expected):
        return False
    return not (isinstance(got, (list, tuple)) and got and expected) or kind(got[0]) == kind(expected[0])


@dataclass(frozen=True)
class Setting:
    """What a code is compiled in: the name and the parameters of the function, and the names around it."""

    name: str
    space: Mapping[str, Any]
    reference: Callable | None = None  #: whose parameters, and their defaults, the function gets; none for a value

    def among(self, names: Mapping[str, Any]) -> "Setting":
        """Return the same, with these names too."""
        return replace(self, space={**self.space, **names})

    def function(self, code: Code, *first: str) -> Callable:
        """Return the function that ``code`` stands for, with the parameters ``first`` before those of the reference.

        Raises:
            SyntaxError: the code is neither an expression, nor a body, nor a function.
        """
        if callable(code):
            return code
        source = dedent(code).strip("\n")
        whole = re.search(rf"^def {self.name}\(", source, re.MULTILINE)
        if not whole:
            source = f"def {self.name}({', '.join([*first, *self._parameters])}):\n{indent(_body(source), '    ')}"
        filename = f"<{self.name}: {hashlib.sha256(source.encode()).hexdigest()}>"  # by which a card finds the guilty line
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        space = dict(self.space)
        exec(compile(source, filename, "exec"), space)
        function = space[self.name]
        if not whole and self.reference:
            function.__defaults__ = getattr(self.reference, "__defaults__", None)
            function.__kwdefaults__ = getattr(self.reference, "__kwdefaults__", None)
        return function

    @property
    def _parameters(self) -> list[str]:
        given = inspect.signature(self.reference).parameters.values() if self.reference else ()
        bare = [one.replace(annotation=one.empty, default=one.empty if one.default is one.empty else None) for one in given]
        return [text for text in str(inspect.Signature(bare))[1:-1].split(", ") if text]


def _body(source: str) -> str:
    try:
        ast.parse(source, mode="eval")
    except SyntaxError:
        return source
    return f"return {source}"


@dataclass(frozen=True, eq=False)
class Mistake:
    """A mistake of an exercise."""

    codes: tuple[Code, ...]
    message: str
    hint: int
    when: Code | anything | None
    setting: Setting

    @classmethod
    def written(cls, setting: Setting, codes: Code | list[Code], message: str, *rest: Any) -> "Mistake":
        """Read a tuple of an exercise: after the message come, if they are there, the number of a hint and a property."""
        hint = next((one for one in rest if isinstance(one, int)), 1)
        when = next((one for one in rest if not isinstance(one, int)), None)
        return cls(tuple(codes) if isinstance(codes, list) else (codes,), message, hint, when, setting)

    @cached_property
    def functions(self) -> list[Callable]:
        """The codes, as functions."""
        return [self.setting.function(code) for code in self.codes]

    def among(self, names: Mapping[str, Any]) -> "Mistake":
        """Return the same mistake, made among the variables of a notebook."""
        return replace(self, setting=self.setting.among(names))

    @cached_property
    def _property(self) -> Callable:
        when = self.when.when if isinstance(self.when, anything) else self.when
        assert when is not None  # asked only of a mistake that has a property
        return self.setting.function(when, "got", "want")

    def describes(self, got: Any, expected: Any, args: tuple) -> bool:
        """Return whether a result has the property (``expected`` is not looked at where there is none)."""
        return bool(self._property(got, expected, *args))

    def is_asked_of(self, got: Any, expected: Any, judged: bool) -> bool:
        """Return whether the property makes sense for a result; one that is ``judged`` may be of any kind."""
        if isinstance(self.when, anything):
            return True
        return not isinstance(got, BaseException) and (judged or alike(got, expected))
