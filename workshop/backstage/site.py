"""The static site: what the workshop shows to whoever has installed nothing.  ``make site`` writes it in ``outputs/site/``.

A start page, the network in one page (``workshop.page``), the slides and the executed chapters.  Only files: any host will do,
and ``.github/workflows/site.yml`` hands them to GitHub Pages.  Nothing is loaded from elsewhere.
"""

import html
import re
import shutil
from pathlib import Path
from string import Template

from ..base import identity, keeping
from ..base.settings import ROOT, settings
from . import slides
from .chapters import Chapter, project, tags

TEMPLATES = Path(__file__).parent / "templates" / "site"
CHAPTERS, SLIDES = "chapitres", "diapositives"
_BADGE = re.compile(r"\[!\[([^\]]*)\]\([^)]*\)\]")  # a picture from elsewhere, inside a link


def folder() -> Path:
    """Return where the site goes."""
    return settings().outputs / "site"


def make(root: Path = ROOT) -> Path:
    """Write the whole site, and return its start page.

    Raises:
        WorkshopError: no chapter was executed, or reveal.js is not on this machine.
    """
    slides.make(root)
    place = folder().with_name("site.part")
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(slides.folder(), place / SLIDES)
    shutil.copyfile(place / SLIDES / slides.PAGE, place / slides.PAGE)
    (place / CHAPTERS).mkdir()
    whole = slides.executed(root)
    for chapter, path in whole:
        _write(place / CHAPTERS / f"{chapter.name}.html", chapter_page(path, chapter))
    _write(place / "index.html", index([chapter for chapter, _ in whole], root))
    keeping.replace(place, folder())
    return folder() / "index.html"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _filled(template: str, **parts: str) -> str:
    css = identity.style("system") + (TEMPLATES / "site.css").read_text(encoding="utf-8")
    return Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(css=css, **parts)


def index(whole: list[Chapter], root: Path) -> str:
    """Return the start page."""
    lines = (
        f'<li><a href="{CHAPTERS}/{one.name}.html">{html.escape(one.heading)}</a> <span>{one.front["minutes"]}\u00a0min</span>'
        f' <a class="aside" href="{SLIDES}/{one.name}.html">diapositives</a></li>'
        for one in whole
    )
    return _filled("index.html", chapters="\n".join(lines), page=slides.PAGE, repository=project(root).repository)


def chapter_page(path: Path, chapter: Chapter) -> str:
    """Return an executed solution as a page that loads nothing."""
    import nbformat
    from nbconvert.exporters import HTMLExporter
    from pygments.formatters import HtmlFormatter

    book = nbformat.read(path, as_version=4)
    book.cells = [cell for cell in book.cells if cell.metadata.get("cellView") != "form" and "front" not in tags(cell)]
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\]\((\w+)\.ipynb\)", r"](\1.html)", _BADGE.sub(r"[\1]", cell.source))
        else:
            cell.outputs = slides.shown(cell.outputs)
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(book)
    colours = HtmlFormatter(style="friendly").get_style_defs(".highlight")
    return _filled(
        "chapter.html", title=html.escape(chapter.heading), body=body, colours=colours, slides=f"../{SLIDES}/{path.stem}.html"
    )
