"""The slides load nothing from anywhere, hold every chapter, and say when they are out of date."""

import json
import re
import shutil
from base64 import b64decode
from html.parser import HTMLParser

import pytest
from bs4 import BeautifulSoup

from workshop.backstage import projected, slides, speaker
from workshop.backstage.chapters import chapters
from workshop.base.errors import WorkshopError
from workshop.base.settings import ROOT, settings
from workshop.cli import main
from workshop.exercises.core import find
from workshop.plots.style import _STYLE, SMALLEST

EXECUTED = [chapter for chapter in chapters() if (ROOT / "solutions" / f"{chapter.name}.ipynb").is_file()]
LOADING = {"src", "srcset", "poster", "data", "background", "xlink:href"}


class Loads(HTMLParser):
    """What a browser would fetch for a page, beyond the page itself; and the style sheets and scripts that it holds."""

    def __init__(self, text: str):
        super().__init__()
        self.found, self.inside, self.styles, self.scripts = [], "", "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.inside = tag
        for name, value in attributes:
            loads = name in LOADING or (name == "href" and tag in ("link", "image", "use", "base"))
            if loads and not (value or "").startswith(("data:", "#")):
                self.found.append(f"<{tag} {name}={value}>")
            if name == "style":
                self.styles += value or ""

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "style":
            self.styles += data
        if self.inside == "script":
            self.scripts.append(data)


def loads(text: str) -> list[str]:
    page = Loads(text)
    addresses = re.findall(r"url\(\s*['\"]?([^'\")]*)", page.styles) + re.findall(r"@import[^;]*", page.styles)
    return page.found + [address for address in addresses if not address.startswith(("data:", "#"))]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    if not slides.installed():
        pytest.skip("needs pyreveal: make setup installs it")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKSHOP_OUTPUTS", str(tmp_path_factory.mktemp("outputs")))
    settings.cache_clear()
    assert main(["slides"]) == 0
    yield slides.folder()
    patch.undo()
    settings.cache_clear()


@pytest.fixture
def one_chapter(tmp_path, monkeypatch):
    """A workshop of one executed chapter, whose slides are made elsewhere."""
    name = EXECUTED[0].name
    (tmp_path / "solutions").mkdir()
    for kind in ("py", "ipynb"):
        shutil.copy(ROOT / "solutions" / f"{name}.{kind}", tmp_path / "solutions")
    monkeypatch.setattr(slides, "folder", lambda: tmp_path / "made")
    return tmp_path


@pytest.mark.parametrize("page, what", [
    ('<img src="https://a.b/c.png">', 1), ('<link href="//a.b/c.css">', 1), ("<style>p{background:url(http://a.b/c)}</style>", 1),
    ("<style>@import 'x.css';</style>", 1), ('<image xlink:href="c.png"/>', 1), ('<script src="reveal.js"></script>', 1),
    ('<a href="https://a.b">x</a><img src="data:image/png;base64,x"><style>p{fill:url(#id)}</style>', 0),
])  # fmt: skip
def test_this_test_would_see_what_is_loaded(page, what):
    assert len(loads(page)) == what


@pytest.mark.slow
def test_every_chapter_is_there_and_loads_nothing(made):
    contents = (made / "index.html").read_text(encoding="utf-8")
    assert loads(contents) == [] and '<html lang="fr">' in contents
    for chapter in EXECUTED:
        text = (made / f"{chapter.name}.html").read_text(encoding="utf-8")
        assert loads(text) == [], chapter.name
        assert '<html lang="fr">' in text and f"<title>{chapter.heading}" in text and f'href="{chapter.name}.html"' in contents
        assert not re.search(r"\b(import|require)\s*\(|importScripts|XMLHttpRequest", Loads(text).scripts[-1])  # play.js
    assert slides.stale() == []


@pytest.mark.slow
def test_notes_and_outputs_are_kept_and_outputs_wait_for_their_turn(made):
    for chapter in EXECUTED:
        cells = json.loads((ROOT / "solutions" / f"{chapter.name}.ipynb").read_text(encoding="utf-8"))["cells"]
        kinds = [cell["metadata"].get("slideshow", {}).get("slide_type") for cell in cells]
        text = (made / f"{chapter.name}.html").read_text(encoding="utf-8")
        assert text.count('<aside class="notes">') >= kinds.count("notes")
        said = [any(output.get("name") != "stderr" for output in cell.get("outputs", ())) for cell in cells]
        shown = [cell for cell, kind, has in zip(cells, kinds, said, strict=True) if has and kind != "skip"]
        shown = [cell for cell in shown if "progress_line(" not in "".join(cell["source"])]
        wrappers = re.findall(r'<div class="fragment">\s*<div class="jp-Cell-outputWrapper">', text)
        assert len(wrappers) == len(shown) == text.count('class="jp-Cell-outputWrapper"')


def test_slides_know_when_they_are_old(one_chapter):
    if not slides.installed():
        pytest.skip("needs pyreveal: make setup installs it")
    name = EXECUTED[0].name
    assert slides.stale(one_chapter) == [name]
    assert [path.name for path in slides.make(one_chapter)] == [f"{name}.html", "page.html", "index.html"]
    assert slides.stale(one_chapter) == []
    (one_chapter / "made" / "page.html").rename(one_chapter / "page.html")
    assert slides.stale(one_chapter) == [name]  # its first chapter opens the page
    (one_chapter / "page.html").rename(one_chapter / "made" / "page.html")
    notebook = one_chapter / "solutions" / f"{name}.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert slides.stale(one_chapter) == [name]


def test_an_exercise_is_asked_before_it_is_answered():
    import nbformat

    path = ROOT / "solutions" / f"{EXECUTED[0].name}.ipynb"
    book = slides.prepared(nbformat.read(path, as_version=4), EXECUTED[0])
    asked = [cell for cell in book.cells if "exercise" in cell.metadata.get("tags", [])]
    assert asked and all("..." in cell.metadata["question"] for cell in asked)
    for cell in asked:
        answer = [line for line in cell.source.splitlines() if line not in cell.metadata["question"].splitlines()]
        assert answer and '"""' not in cell.source


def test_the_first_chapter_holds_the_network_in_one_page(one_chapter):
    if not slides.installed():
        pytest.skip("needs pyreveal: make setup installs it")
    slides.make(one_chapter)
    text = (one_chapter / "made" / f"{EXECUTED[0].name}.html").read_text(encoding="utf-8")
    [frame] = re.findall(r'<iframe[^>]* data-src="([^"]+)"', text)
    assert (one_chapter / "made" / frame).stat().st_size > 5e6 and f'href="{frame}"' in text


@pytest.mark.parametrize("chapter", EXECUTED, ids=lambda chapter: chapter.name)
def test_every_slide_that_asks_has_a_note_for_whoever_presents(chapter):
    import nbformat

    book = nbformat.read(ROOT / "solutions" / f"{chapter.name}.ipynb", as_version=4)
    slides.prepared(book, chapter)
    for slide in speaker._slides(book.cells):
        notes = [cell.source for cell in slide if speaker._kind(cell) == "notes"]
        assert len(notes) <= 1, notes
        if speaker.asks(slide) or any("exercise" in cell.metadata.get("tags", []) for cell in slide):
            assert notes and len(notes[0]) > 40, slide[0].source


def test_the_note_of_an_exercise_says_what_goes_wrong_and_how_to_help():
    exercise = find("1.2")
    said = speaker.about(exercise)
    assert exercise.title in said and f"{exercise.minutes} min" in said and exercise.hints[0] in said
    assert said.count("\n- ") == 3


def test_the_window_of_the_notes_is_in_french():
    if not slides.installed():
        pytest.skip("needs pyreveal: make setup installs it")
    plugin = (slides._dist() / "plugin" / "notes.js").read_text(encoding="utf-8")
    assert [english for english in speaker.NOTES_WINDOW if english not in plugin] == []  # another version has other words
    french = speaker.in_french(plugin)
    for english in ("Upcoming", "Click to Reset", "Loading speaker", "Error connecting", "'Notes only'", "en-US"):
        assert english not in french


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """The ratio of WCAG 2.2, section 1.4.3."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_colours_of_code_can_be_read_from_the_last_row():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for token, style in projected.Projected:
        assert contrast(f"#{style['color']}", projected.GROUND) >= 4.5, token
    assert ".highlight { background: var(--soft)" in (slides.TEMPLATES / "slides" / "page.css").read_text(encoding="utf-8")


def test_tables_lose_the_colours_of_a_terminal_and_a_heading_that_says_nothing():
    html = '<pre><span style="color: #00af00; text-decoration-color: #00af00">16,384</span></pre><th></th><th>mots</th>'
    [output] = slides.shown([{"output_type": "display_data", "data": {"text/html": html}}])
    assert "#00af00" not in output["data"]["text/html"] and "16,384" in output["data"]["text/html"]
    assert output["data"]["text/html"].endswith("</pre><td></td><th>mots</th>")


def test_a_drawing_keeps_the_words_of_who_does_not_see_it():
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" aria-label="Un saule &amp; «\u00a0deux\u00a0» loups"></svg>'
    [output] = slides.shown([{"output_type": "display_data", "data": {"image/svg+xml": drawing, "text/plain": "x"}}])
    shown = BeautifulSoup(output["data"]["text/html"], "html.parser").img
    assert shown["alt"] == "Un saule & «\u00a0deux\u00a0» loups" and "image/svg+xml" not in output["data"]
    assert b64decode(shown["src"].partition("base64,")[2]).decode() == drawing


@pytest.mark.slow
def test_every_picture_of_a_slide_is_told(made):
    told = [
        picture.get("alt", "")
        for chapter in EXECUTED
        for picture in BeautifulSoup((made / f"{chapter.name}.html").read_text(encoding="utf-8"), "html.parser")("img")
    ]
    assert len(told) > 40 and all(len(words) > 25 and "No description" not in words for words in told), told


def test_the_page_knows_how_small_the_letters_of_a_figure_are():
    page = (slides.TEMPLATES / "slides" / "play.js").read_text(encoding="utf-8")
    assert f"FIGURE = ({SMALLEST} * {_STYLE['savefig.dpi']}) / 72;" in page
    assert min(size for name, size in _STYLE.items() if name.endswith("size") and "marker" not in name) == SMALLEST


def test_a_long_signature_is_not_shown_twice():
    source = (
        '@exercise("1.2")\ndef f(\n    x: int,\n    y: int,\n) -> int:\n    """Say it."""\n'
        + "    x += 1\n" * 20
        + "    return x"
    )
    answer = slides.without_docstring(source).splitlines()
    assert answer[:2] == ['@exercise("1.2")', "def f(…):"] and len(answer) == 23


def test_a_long_docstring_is_cut_on_the_slide_of_the_question():
    short = 'def f():\n    """Say it.\n\n    Twice.\n    """\n    ...'
    assert slides.briefly(short) == short
    long = short.replace("    Twice.\n", "    Twice.\n" * 20)
    assert slides.briefly(long) == 'def f():\n    """Say it."""\n    ...'


def test_the_docstring_alone_goes():
    source = '@exercise("1.2")\ndef f(x: int) -> int:\n    """Say it.\n\n    Twice.\n    """\n    return x'
    assert slides.without_docstring(source) == '@exercise("1.2")\ndef f(x: int) -> int:\n    return x'
    assert slides.without_docstring("x = 1\n") == "x = 1\n"


def test_what_libraries_say_to_themselves_is_not_projected():
    import nbformat.v4 as v4

    outputs = [v4.new_output("stream", name="stderr", text="WARNING"), v4.new_output("stream", name="stdout", text="12")]
    widget = v4.new_output("display_data", {"text/plain": "interactive(children=(FloatSlider(…)))"})
    book = v4.new_notebook(cells=[v4.new_markdown_cell("# x"), v4.new_code_cell("1", outputs=[*outputs, widget])])
    kept = slides.prepared(book, EXECUTED[0]).cells[1].outputs
    assert [output.get("text") for output in kept] == ["12", None] and slides.WIDGET in kept[1]["data"]["text/html"]


def test_a_heading_turns_the_page_and_progress_is_left_out():
    import nbformat.v4 as v4

    make = v4.new_markdown_cell
    sources = ["# x", "## Un titre", "### Exercice 1.2", "du texte", "## Où en êtes-vous ?"]
    book = v4.new_notebook(cells=[*map(make, sources), v4.new_code_cell("progress_line(1)"), make("**Chapitre suivant** : x")])
    kinds = [cell.metadata.slideshow.get("slide_type") for cell in slides.prepared(book, EXECUTED[0]).cells]
    assert kinds == [None, "slide", "subslide", None, "skip", "skip", "slide"]


def test_the_last_slide_leads_to_the_next_chapter():
    import nbformat.v4 as v4

    link = v4.new_markdown_cell("**Chapitre suivant**\u00a0: [01 · Préparer les données](01_data_preparation.ipynb)")
    book = slides.prepared(v4.new_notebook(cells=[v4.new_markdown_cell("# x"), link]), EXECUTED[0])
    assert book.cells[1].source == "## Chapitre suivant\n\n### [01 · Préparer les données](01_data_preparation.html)"


def test_no_chapter_has_formulas_since_nothing_would_draw_them():
    for chapter in EXECUTED:
        for cell in chapter.cells:
            if cell.cell_type == "markdown":
                assert not re.search(r"\$\$|\\\(|(?<![\w`])\$[^$\n`]+\$", cell.source), cell.source


def test_without_reveal_or_without_a_chapter_there_is_a_sentence(one_chapter, monkeypatch):
    monkeypatch.setattr(slides.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WorkshopError, match="pyreveal"):
        slides.make(one_chapter)
    (one_chapter / "solutions" / f"{EXECUTED[0].name}.ipynb").unlink()
    with pytest.raises(WorkshopError, match="make notebooks"):
        slides.make(one_chapter)
