"""One identity: the colours and the typefaces are written in one sheet, which slides, pages, playground and notebooks take."""

import re
import warnings

import pytest
import traitlets

from workshop.backstage import site, slides
from workshop.base import colours, identity
from workshop.base.settings import PACKAGE, ROOT
from workshop.page import build
from workshop.server import look
from workshop.terminal import app_options
from workshop.widgets import host
from workshop.widgets.common import STYLE

from .test_slides import contrast

SHEETS = [
    *PACKAGE.glob("**/*.css"),
    *(ROOT / "app").glob("**/*.css"),
    PACKAGE / "widgets" / "full.html",
]
SOURCES = [
    path
    for folder in (PACKAGE, ROOT / "app", ROOT / "docker")
    for path in sorted(folder.rglob("*"))
    if path.suffix in (".html", ".j2", ".js", ".py", ".svg")
]
LITERAL = r"(?<![\w&])#(?:[0-9a-fA-F]{3}){1,2}\b"  # a colour that is written out; those of the identity have names
ALLOWED = {
    "identity.css": None,
    "slider.css": ["#5F6B76", "#0072B2", "#D55E00"],  # without our sheet nor JupyterLab's (Colab, VS Code)
    "style.css": ["#56B4E9", "#F0A03C"],  # on the dark of JupyterLab, which is not ours
    "theme.css": ["#fff"],  # printed
    # of figures, drawn on light paper
    "colours.py": ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#CFE5F3", "#FBE3B5", "#CDEBE1", "#D9DDE1"],
    # of code, read from the last row: darker than words need
    "projected.py": ["#55606b", *["#00558c"] * 4, "#6b4a00", "#8a3a00", "#6b4a00", "#7a2f7a", "#a11212"],
}
NAMES = ("--paper", "--ink", "--faint", "--line", "--blue", "--accent", "--serif", "--sans", "--mono")


def test_no_other_sheet_says_what_is_said_there():
    assert len(SHEETS) > 8
    for path in SHEETS:
        text = path.read_text(encoding="utf-8")
        again = [name for name in NAMES if re.search(rf"[{{;\s]{name}:", text)]
        assert path.name == "identity.css" or again == [], (path.name, again)
        assert path.name == "identity.css" or ("Source Sans" not in text and "Iowan" not in text), path.name


def test_no_other_file_holds_a_colour():
    assert len(SOURCES) > 100 and re.findall(LITERAL, "#fff,#1F2933; &#123; a#120 #title #12345") == ["#fff", "#1F2933"]
    for path in dict.fromkeys(SHEETS + SOURCES):
        allowed = ALLOWED.get(path.name, [])
        assert allowed is None or re.findall(LITERAL, path.read_text(encoding="utf-8")) == allowed, path.name


def test_the_page_of_a_full_house_has_its_colours():
    page = host.full_house()
    assert identity.style("system") in page and "/* identity */" not in page


def test_each_page_begins_with_it():
    light, dark = identity.token("ink"), identity.token("ink", dark=True)
    chosen, system, never = (identity.style(dark) for dark in ("chosen", "system", "never"))
    assert all(light in style for style in (chosen, system, never))
    assert dark in chosen and dark in system and dark not in never
    assert 'data-theme="dark"' in chosen and "@media screen and (prefers-color-scheme: dark)" in system
    assert system.count("{") == system.count("}") and never.count("{") == never.count("}") == 1
    assert look.style().startswith(system) and system in site._filled("index.html", chapters="", page="", repository="")
    assert never in slides.contents([]) and f"<style>\n{chosen}" in build.page(build.load(["base"]))
    (given,) = [option for option in app_options(1, False) if "VoilaConfiguration.resources" in option]
    assert given == f"--VoilaConfiguration.resources=identity={system}"
    with warnings.catch_warnings(action="error"):  # an attendee would read them
        assert traitlets.Dict().from_string_list([given.partition("resources=")[2]]) == {"identity": system}
    assert "{{ resources.identity }}" in next((ROOT / "app").rglob("index.html.j2")).read_text("utf-8")
    assert all(identity.token(name) in STYLE for name in ("ink", "paper", "faint", "serif", "sans", "blue"))
    assert light == colours.INK


@pytest.mark.parametrize("dark", [False, True])
def test_its_colours_are_read_on_its_papers(dark):
    for ground in ("paper", "sheet", "soft"):
        for name in ("ink", "faint", "accent", "blue"):
            assert contrast(identity.token(name, dark), identity.token(ground, dark)) >= 4.5, (name, ground)
        assert contrast(identity.token("edge", dark), identity.token(ground, dark)) >= 3, ground
    with pytest.raises(KeyError):
        identity.token("mauve", dark)
