"""Next tokens as bars: the one picture of them that the panels show, whole (:func:`draw`) or a bar at a time (:func:`row`)."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .common import BLUE, FAINT, INK, ORANGE, svg

ROW = 32  # pixels from one bar to the next
_TOP, _HEIGHT = 12, 22
_FONT = 'font-family="DejaVu Sans, Verdana, sans-serif" font-size="15" fill="currentColor"'


@dataclass(frozen=True)
class Bar:
    """A token with its probability: ``name`` and ``figure`` are read, ``length`` is drawn (from 0 to 1).

    ``out``: it cannot come, so that the bar is hatched and the name struck out.  ``before`` is the length of an outline, what
    the model thought.  ``mark`` follows the figure, in bold; ``right`` is for the answer that was looked for.
    """

    name: str
    length: float
    figure: str
    out: bool = False
    before: float | None = None
    mark: str = ""
    right: bool = False


@dataclass(frozen=True)
class Sizes:
    """In pixels: where the bars begin, how far the longest one goes, and the width of the picture."""

    left: int = 170
    longest: int = 380
    width: int = 720


WIDE, MARKED, NARROW = Sizes(), Sizes(longest=230), Sizes(left=150, longest=180, width=480)


def scale(bars: Sequence[Bar], least: float = 0.0) -> float:
    """Return the length that goes all the way: the longest of the bars and outlines, ``least`` or more."""
    return max([least, *(bar.length for bar in bars), *(bar.before or 0 for bar in bars)]) or 1.0


def draw(bars: Sequence[Bar], alt: str, least: float = 0.0, key: bool = False, **data: object) -> str:
    """Return the picture, which ``alt`` says in words.

    ``least`` is as in :func:`scale`; ``key``: with what the kinds of bars mean, below; ``data`` as in :func:`common.svg`.
    """
    sizes, whole = MARKED if any(bar.mark for bar in bars) else WIDE, scale(bars, least)
    parts = [_bar(bar, _TOP + ROW * i, whole, sizes) for i, bar in enumerate(bars)]
    end = _TOP + ROW * len(bars)
    if key:
        parts.append(_key(end + 14))
    return svg(sizes.width, end + (40 if key else 0), alt, *parts, **data)


def row(bar: Bar, whole: float) -> str:
    """Return one bar alone, as what a button shows: ``whole`` is the length that goes all the way; no words, no background."""
    size = f'viewBox="0 0 {NARROW.width} {_HEIGHT + 4}" width="{NARROW.width}" height="{_HEIGHT + 4}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {_FONT} aria-hidden="true">{_bar(bar, 2, whole, NARROW)}</svg>'


def _bar(bar: Bar, y: int, whole: float, sizes: Sizes) -> str:
    wide, before = (max(1.5, sizes.longest * length / whole) for length in (bar.length, bar.before or 0))
    look = ' text-decoration="line-through" fill-opacity=".7"' if bar.out else ' font-weight="bold"' if bar.right else ""
    kind: Callable[..., str] = _hatch if bar.out else _right if bar.right else _full
    end = sizes.left + (wide if bar.before is None else max(wide, before))
    mark = f'\u2002<tspan font-weight="bold">{html.escape(bar.mark)}</tspan>' if bar.mark else ""
    return (
        f'<text x="{sizes.left - 12}" y="{y + 17}" text-anchor="end"{look}>{html.escape(bar.name)}</text>'
        f"{kind(sizes.left, y, wide)}{'' if bar.before is None else _outline(sizes.left, y, before)}"
        f'<text x="{end + 10:.1f}" y="{y + 17}">{html.escape(bar.figure)}{mark}</text>'
    )


def _full(x: float, y: float, width: float, height: int = _HEIGHT, colour: str = BLUE) -> str:
    return f'<rect x="{x}" y="{y}" width="{width:.1f}" height="{height}" rx="2" fill="{colour}"/>'


def _right(x: float, y: float, width: float) -> str:
    return _full(x, y, width, colour=ORANGE)


def _outline(x: float, y: float, width: float, height: int = _HEIGHT) -> str:
    box = f'x="{x}" y="{y}" width="{width:.1f}" height="{height}" rx="2"'
    return f'<rect {box} fill="none" stroke="{INK}" stroke-dasharray="4 2"/>'


def _hatch(x: float, y: float, width: float, height: int = _HEIGHT) -> str:
    slant = height / 2
    lines = "".join(f"M{x + 7 * i:.0f} {y + height}l{slant} {-height}" for i in range(int((width - slant) // 7) + 1))
    return f'<path d="{lines}" stroke="{FAINT}" stroke-width="1.5"/>' if lines else ""


def _key(y: int) -> str:
    """Draw what the three kinds of bars mean."""
    drawn: tuple[tuple[int, Callable[..., str], str], ...] = (
        (20, _full, "peut être tiré"),
        (170, _hatch, "écarté par top-k ou top-p"),
        (400, _outline, "avis du modèle, avant réglages"),
    )
    return "".join(f'{draw(x, y, 26, 13)}<text x="{x + 34}" y="{y + 11}" font-size="13">{name}</text>' for x, draw, name in drawn)
