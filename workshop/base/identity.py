"""The identity of the workshop: the colours, light and dark, and the typefaces, in one style sheet for all that it shows."""

import re
from functools import cache
from pathlib import Path
from typing import Literal

_SHEET = Path(__file__).with_name("identity.css")
_DARK = re.compile(r':root\[data-theme="dark"\] (\{.*?\n\}\n)', re.DOTALL)


@cache
def style(dark: Literal["chosen", "system", "never"] = "chosen") -> str:
    """Return the custom properties of CSS (``--ink``, ``--paper``, ``--serif``…) that every page begins with.

    ``dark``: who decides that a page is dark: a script, by ``data-theme`` on the page (``chosen``), the system of the reader
    (``system``), or nobody (``never``: what is projected).  Paper is always light.
    """
    sheet = _SHEET.read_text(encoding="utf-8")
    dress = {
        "chosen": r'@media screen { :root[data-theme="dark"] \1}\n',
        "system": r"@media screen and (prefers-color-scheme: dark) { :root \1}\n",
        "never": "",
    }
    return _DARK.sub(dress[dark], sheet)


def token(name: str, dark: bool = False) -> str:
    """Return the value of one property, for what is not CSS: figures, and the panels of notebooks."""
    blocks = re.findall(r"\{(.*?)\n\}", _SHEET.read_text(encoding="utf-8"), re.DOTALL)
    found = re.search(rf"--{name}: (.*?);", blocks[dark])
    if not found:
        raise KeyError(name)
    return found[1]
