"""What an attendee sees: values cut short, the first difference between two values, and the card of an outcome."""

import html
import math
import numbers
import re
import reprlib
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from ..base.typography import typeset

SIGNS = {"todo": "⬜", "wrong": "❌", "right": "✅", "note": "💡"}
WORDS = {"todo": "à compléter", "wrong": "pas encore", "right": "réussi", "note": "à lire"}
#: Half-transparent colours: they sit well on a light page and on a dark one.
COLOURS = {"todo": "128,128,128", "wrong": "214,84,58", "right": "46,160,87", "note": "64,128,208"}

DIGITS = 4  #: of a number in a card, after the point
_SCALAR = re.compile(r"\bnp\.(?:(?:float|longdouble|u?int)\d*\(([^()]*)\)|(True|False)_\b)")
_DECIMALS = re.compile(r"(?<![\w.])\d+\.\d{5,}(?:e[-+]?\d+)?(?!\.)")


class _Short(reprlib.Repr):
    """``repr`` cut short, with numbers as people write them: ``0.6225`` for ``np.float64(0.6224593312018546)``."""

    def __init__(self, digits: int) -> None:
        super().__init__()
        self.maxstring, self.maxother, self.maxlist, self.maxtuple, self.maxdict = 70, 70, 8, 8, 4
        self.digits = digits

    def repr1(self, x: Any, level: int) -> str:
        return super().repr1(_number_in(x), level)

    def repr_float(self, x: float, level: int) -> str:
        if abs(x) >= 1:
            return repr(round(x, self.digits))
        return repr(float(f"{x:.{self.digits}g}") + 0.0)  # a small number keeps its first digits: 0.00001234; no -0.0

    def repr_instance(self, x: Any, level: int) -> str:  # a Counter, a named tuple, a view: numbers inside are written as outside
        try:
            text = _SCALAR.sub(r"\1\2", repr(x))
        except Exception:  # reprlib has its own words for it
            return super().repr_instance(x, level)
        shown = _DECIMALS.sub(lambda found: self.repr_float(float(found[0]), level), text)
        return super().repr_instance(_Written(shown), level)

    def repr_ndarray(self, x: Any, level: int) -> str:
        import numpy as np

        def written(number: Any) -> str:
            return self.repr_float(float(number), level)

        numbers = np.array2string(x, separator=", ", threshold=12, formatter={"float_kind": written, "int_kind": str})
        return self.repr_instance(_Written(f"array({numbers})"), level)

    def repr_GPT2Config(self, x: Any, level: int) -> str:
        odd = [f"n_inner={x.n_inner}"] * bool(x.n_inner) + ["tie_word_embeddings=False"] * (not x.tie_word_embeddings)
        sizes = [f"{x.n_layer} couches", f"{x.n_embd} de large", f"{x.n_head} têtes", f"{x.vocab_size} tokens"]
        return f"<{', '.join(sizes + odd)}>"

    def repr_Tensor(self, x: Any, level: int) -> str:  # without its history (``grad_fn``), which says nothing here
        return self.repr_instance(x.detach() if hasattr(x, "detach") else x, level)


class _Written(str):
    """A text that stands for itself."""

    __repr__ = str.__str__


def _number_in(value: Any) -> Any:
    """Return the plain number, text or truth in a NumPy scalar, or in an array or a tensor without axes; else the value."""
    library = type(value).__module__.partition(".")[0]
    if library not in ("numpy", "torch", "tensorflow") or getattr(value, "shape", None) != ():
        return value
    try:
        found = (value if hasattr(value, "item") else value.numpy()).item()
    except Exception:  # a dtype, a tensor without storage: nothing is in it
        return value
    return value if type(found).__module__ == "numpy" else found


def short(value: Any, digits: int = DIGITS) -> str:
    """Return ``repr(value)`` on one line of moderate length, the same on every run (no address in memory)."""
    try:
        text = " ".join(_Short(digits).repr(value).split())
    except Exception:  # a ``repr`` or a ``len`` of the attendee's own that stumbles, an integer of 5000 digits
        text = " at 0x"
    return f"<{type(value).__name__}>" if re.search(r" at 0x|\.{3}x?[0-9a-f]{6,}>$", text) else text


def told_apart(*values: Any) -> list[str]:
    """Return the values cut short, with as many digits as it takes to tell them apart."""
    texts: list[str] = []
    for digits in (DIGITS, 8, 17):
        texts = [short(value, digits) for value in values]
        if len(set(texts)) > 1:
            break
    return texts


def kind(value: Any) -> str:
    """Return in French what sort of thing ``value`` is; things that may stand for each other are of the same kind."""
    value = _number_in(value)
    if value is None:
        return "rien (`None`)"
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return "un booléen"
    library = type(value).__module__.partition(".")[0]
    if library in ("torch", "tensorflow") and hasattr(value, "numpy") and hasattr(value, "shape"):
        return "un tenseur"
    if library == "numpy" and hasattr(value, "__array__") and not isinstance(value, numbers.Number):
        return "un tableau NumPy"
    families = {str: "un texte", bytes: "des octets", numbers.Number: "un nombre", list: "une liste", tuple: "un tuple"}
    families |= {Mapping: "un dictionnaire", Set: "un ensemble", Iterator: "un itérateur"}
    return next((name for family, name in families.items() if isinstance(value, family)), "un objet")


def named_kind(value: Any) -> str:
    """Return :func:`kind`, with the name of the class where the kind alone says little."""
    return f"un objet `{type(value).__name__}`" if kind(value) == "un objet" else kind(value)


@dataclass(frozen=True)
class Difference:
    """The first place where two values differ."""

    where: str
    expected: str
    got: str


def same(got: Any, expected: Any, tolerance: float = 1e-6, path: str = "") -> Difference | None:
    """Return the first difference between two values, or None.

    Texts, lists, dictionaries and sets are compared exactly; floats, arrays and tensors within ``tolerance`` (relative and
    absolute); other objects with ``==``.  ``path`` is where we are inside the whole value: ``[3]["text"]``.
    """
    where = f"dans `résultat{path}`" if path else ""
    got, expected = _number_in(got), _number_in(expected)
    if kind(got) != kind(expected):
        return Difference(where, f"{kind(expected)} : {short(expected)}", f"{kind(got)} : {short(got)}")
    if isinstance(expected, str):
        return _same_text(got, expected, where)
    if isinstance(expected, (list, tuple)):
        return _same_sequence(got, expected, tolerance, path)
    if isinstance(expected, Mapping):
        return _same_mapping(got, expected, tolerance, path)
    if kind(expected) in ("un tableau NumPy", "un tenseur"):
        return _same_array(got, expected, tolerance, path)
    if isinstance(expected, Set):
        odd = sorted(set(got) ^ set(expected), key=repr)
        equal = not odd
        where = f"{short(odd[0])} est {'en trop' if odd[0] in got else 'absent'}" if odd else where
    elif isinstance(expected, numbers.Real) and not isinstance(expected, numbers.Integral) and isinstance(got, numbers.Real):
        equal = math.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance) or (got != got and expected != expected)
    else:
        equal = bool(got == expected)
    return None if equal else Difference(where, *told_apart(expected, got))


def unaccented(text: str) -> str:
    """Return a text without its accents."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _same_text(got: str, expected: str, where: str) -> Difference | None:
    if got == expected:
        return None
    at = next((i for i, (a, b) in enumerate(zip(got, expected, strict=False)) if a != b), min(len(got), len(expected)))

    def around(text: str) -> str:
        start, end = max(0, at - 25), at + 35
        ending = "…" if end < len(text) else ("" if at < len(text) else " (le texte finit ici)")
        return ("…" if start else "") + repr(text[start:end]) + ending

    place = f"au caractère {at + 1}" + (f" (ligne {expected.count(chr(10), 0, at) + 1})" if "\n" in expected[:at] else "")
    return Difference(f"{where}, {place}" if where else place, around(expected), around(got))


def _same_sequence(got: list | tuple, expected: list | tuple, tolerance: float, path: str) -> Difference | None:
    lengths = "" if len(got) == len(expected) else f"{len(got)} élément{'s' * (len(got) > 1)} au lieu de {len(expected)} ; "
    for i, (a, b) in enumerate(zip(got, expected, strict=False)):
        if found := same(a, b, tolerance, f"{path}[{i}]"):
            return Difference(lengths + found.where, found.expected, found.got)
    if not lengths:
        return None
    i = min(len(got), len(expected))
    ends = [short(values[i]) if i < len(values) else "(fini)" for values in (expected, got)]
    return Difference(f"{lengths}dans `résultat{path}[{i}]`", *ends)


def _same_mapping(got: Mapping, expected: Mapping, tolerance: float, path: str) -> Difference | None:
    if list(got) != list(expected) and set(got) != set(expected):
        return Difference(f"les clés de `résultat{path}`", short(list(expected)), short(list(got)))
    found = (same(got[key], expected[key], tolerance, f"{path}[{short(key)}]") for key in expected)
    return next((difference for difference in found if difference), None)


def _same_array(got: Any, expected: Any, tolerance: float, path: str) -> Difference | None:
    import numpy as np

    left, right = (value.detach().cpu().double() if hasattr(value, "detach") else value for value in (got, expected))
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape:
        return Difference(f"la forme (`shape`) de `résultat{path}`", str(right.shape), str(left.shape))
    numeric = all(array.dtype.kind in "iufcb" for array in (left, right))
    equal = np.isclose(left, right, tolerance, tolerance, equal_nan=True) if numeric else left == right
    if equal.all():
        return None
    place = tuple(int(i) for i in np.argwhere(~equal)[0])
    where = f"dans `résultat{path}[{', '.join(map(str, place))}]`" if place else f"dans `résultat{path}`" if path else ""
    return Difference(where, *told_apart(right[place], left[place]))


@dataclass(frozen=True, repr=False)
class Card:
    """A sign, a title and a sentence; below them, labelled values or code, and a closing sentence.

    Sentences may hold `code` between backticks; around it, French typography is seen to here.
    """

    state: str  #: todo, wrong, right or note
    title: str
    message: str
    rows: tuple[tuple[str, str], ...] = ()
    closing: str = ""
    code: str = ""

    def __str__(self) -> str:
        """The card as text, for a terminal."""
        lines = [sentence(f"{SIGNS[self.state]} {self.title} : {self.message}")]
        width = max((len(label) for label, _ in self.rows), default=0)
        lines += [f"   {sentence(label):<{width}}  {text if label else sentence(text)}".rstrip() for label, text in self.rows]
        lines += ["", self.code.rstrip(), ""] if self.code else []
        lines += [f"   {sentence(self.closing)}"] if self.closing else []
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        colour, mono = COLOURS[self.state], "font-family:var(--jp-code-font-family,monospace)"
        word = f'<span style="float:right;opacity:.75;font-size:.85em;margin-left:1em">{WORDS[self.state]}</span>'
        parts = [f"<div>{word}{SIGNS[self.state]} <strong>{_html(self.title)}</strong>\u00a0: {_html(self.message)}</div>"]
        cell = "text-align:left;vertical-align:top;background:none;color:inherit;padding:1px 12px 1px 0"
        rows = "".join(
            f'<tr style="background:none"><td style="{cell}">{_html(label)}</td>'
            f'<td style="{cell};{mono};white-space:pre-wrap">{html.escape(text)}</td></tr>'
            if label
            else f'<tr style="background:none"><td colspan="2" style="{cell}">{_html(text)}</td></tr>'
            for label, text in self.rows
        )
        parts += [f'<table style="margin:6px 0;border:0;color:inherit">{rows}</table>'] if rows else []
        block = f"{mono};color:inherit;background:none;white-space:pre-wrap;margin:6px 0"
        parts += [f'<pre style="{block}">{html.escape(self.code.rstrip())}</pre>'] if self.code else []
        parts += [f'<div style="opacity:.85">{_html(self.closing)}</div>'] if self.closing else []
        frame = f"border-left:4px solid rgb({colour});background:rgba({colour},.12);color:inherit;padding:8px 12px;margin:4px 0"
        return f'<div role="status" lang="fr" style="{frame};border-radius:3px;line-height:1.5">{"".join(parts)}</div>'


def show(card: Card) -> None:
    """Display the card in a notebook, print it elsewhere."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        from IPython.display import display

        display(card)
        return
    try:
        print(card, flush=True)
    except UnicodeEncodeError:  # a Windows console without UTF-8
        encoding = sys.stdout.encoding or "ascii"
        print(str(card).encode(encoding, "replace").decode(encoding), flush=True)


def _outside_code(text: str, change: Callable[[str], str], wrap: Callable[[str], str]) -> str:
    """Return ``text`` with ``change`` applied to the sentence and ``wrap`` to each piece of `code` in it."""
    codes = re.findall(r"`[^`]*`", text)
    changed = change(re.sub(r"`[^`]*`", "\ue000x", text))  # a mark that ends like a word: « `code` ! » is typeset too
    for code in codes:
        changed = changed.replace("\ue000x", wrap(code), 1)
    return changed


def sentence(text: str) -> str:
    """Return a French sentence with its typography seen to, except inside `code`."""
    return _outside_code(text, typeset, lambda code: code)


def _html(text: str) -> str:
    style = "font-family:var(--jp-code-font-family,monospace);background:rgba(128,128,128,.18);color:inherit;padding:0 3px"
    return _outside_code(
        text,
        lambda words: html.escape(typeset(words), quote=False),
        lambda code: f'<code style="{style}">{html.escape(code[1:-1])}</code>',
    )
