"""The chapters as slides: stand-alone pages that need no network, and how they are shown live in JupyterLab.

``make slides`` turns each ``solutions/NN_name.ipynb`` into ``outputs/slides/NN_name.html``: one file with everything inside it
(reveal.js comes from the package ``pyreveal``, whose code is never run), so that it opens from a USB key.  Live, with code that
runs: open the same notebook in JupyterLab and press « Render as Reveal Slideshow » (jupyterlab-rise, Alt+R).

How the source of a chapter is written for that, with ``slideshow={"slide_type": …}`` in the header of a cell:

- ``slide`` at each ``##`` heading, ``subslide`` wherever the page should turn: one idea, its code and its output, no more.
  What is too tall is made smaller, down to 0.72 of its size (``templates/slides/play.js``); below that the browser tests fail.
  The smallest letters of a picture keep 12 pixels: where there is no room for it and its code, it takes the place of the code.
- ``fragment`` for what must not be seen before the question is asked.  Outputs need none: they appear when « next » is pressed,
  so that « avant d’exécuter » keeps its meaning.
- ``skip`` for plumbing (imports), ``notes`` for whoever speaks.
- The cell of an exercise is shown as attendees get it, then, when « next » is pressed, with the answer.  Put the mark of
  its card, ``<!-- exercise: 1.2 -->``, at the head of its statement, in a ``subslide``.  A ``##`` or ``###`` heading without
  metadata turns the page too.
"""

import ast
import base64
import hashlib
import html
import importlib.util
import re
from pathlib import Path
from typing import Any

from ..base import identity
from ..base.errors import WorkshopError
from ..base.settings import ROOT, settings
from ..page import build
from . import speaker
from .chapters import Chapter, chapters, find_blank, tags

TEMPLATES = Path(__file__).parent / "templates"
LIVE = "Avec du code qui s’exécute : ouvrez solutions/NN_….ipynb dans JupyterLab, puis Alt+R (« Render as Reveal Slideshow »)."
PAGE = "page.html"  # the network in one file, beside the slides: the first chapter opens it
TRY_ONE = f"""## Essayons-en un\u202f!

<iframe class="page" data-src="{PAGE}" title="Le modèle de l’atelier, dans une page"></iframe>

[La même page, dans un onglet à elle]({PAGE})"""
MOST_LINES = 20  #: of code under a title, in letters of 18 pixels
WIDGET = "Des curseurs, à déplacer dans le carnet."


def installed() -> bool:
    """Return whether reveal.js is on this machine."""
    return _dist() is not None


def _dist() -> Path | None:
    """Return the ``dist`` of reveal.js inside the package that ships it; the package is found, never imported."""
    spec = importlib.util.find_spec("pyreveal")
    if not spec or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "revealjs" / "dist"
    return folder if (folder / "reveal.js").is_file() else None


def folder() -> Path:
    """Return where the slides go."""
    return settings().outputs / "slides"


# One chapter --------------------------------------------------------------------------------------------------------------------


def _title(chapter: Chapter) -> str:
    """The first slide: title, minutes, the map and the goals."""
    bonus = " · bonus" if chapter.front["bonus"] else ""
    minutes = f"*{chapter.front['minutes']} minutes{bonus}*"
    return f"# {chapter.heading}\n\n{minutes}\n\n{chapter.place}\n\nÀ la fin, vous saurez\u00a0:\n\n{chapter.goals}"


def without_docstring(source: str) -> str:
    """Return the source of an answer without what the slide of the question has shown: the docstring, and a long signature."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None and len(node.body) > 1:
            lines, said = source.splitlines(), node.body[0]
            del lines[said.lineno - 1 : said.end_lineno]
            if len(lines) > MOST_LINES and said.lineno - node.lineno > 2:
                lines[node.lineno - 1 : said.lineno - 1] = [f"def {node.name}(…):"]
            return "\n".join(lines)
    return source


def briefly(source: str) -> str:
    """Return the source of a question with the first paragraph of its docstring, when the whole would not fit on a slide."""
    if source.count("\n") < MOST_LINES:
        return source
    return re.sub(r'("""[^"]+?)\n\n[^"]*"""', r'\1"""', source, count=1)


def _turns_page(cell: Any) -> str | None:
    """Return the slide type that a heading stands for when the source gives none."""
    heading = re.match(r"(#{2,3}) ", cell.source) if cell.cell_type == "markdown" else None
    return {"##": "slide", "###": "subslide"}[heading[1]] if heading else None


def shown(outputs: list) -> list:
    """Return the outputs worth projecting: not the libraries' remarks; and sliders, which no page can move, as a sentence."""
    kept = [output for output in outputs if output.get("name") != "stderr"]
    for output in kept:
        data = output.get("data", {})
        if "text/html" in data:  # the colours that Keras gives its tables are made for a dark screen
            data["text/html"] = re.sub(r"(text-decoration-)?color: #[0-9a-f]{6};?\s*", "", _joined(data["text/html"]))
            data["text/html"] = data["text/html"].replace("<th></th>", "<td></td>")  # pandas' corner heads nothing
        if "image/svg+xml" in data:  # nbconvert would say that it has no description
            data["text/html"] = _picture(_joined(data.pop("image/svg+xml")))
        if set(data) == {"text/plain"} and data["text/plain"].startswith("interactive("):
            output["data"] = {"text/html": f"<p class='widget'>{WIDGET}</p>", "text/plain": WIDGET}
    return kept


def _picture(drawing: str) -> str:
    """Return a drawing as a picture of a page, with the words that it brings for those who do not see it."""
    said = re.search(r'<svg[^>]* aria-label="([^"]*)"', drawing)
    words, data = said[1] if said else "", base64.b64encode(drawing.encode()).decode()
    return f'<img alt="{words}" src="data:image/svg+xml;base64,{data}">'


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def prepared(book: Any, chapter: Chapter) -> Any:
    """Make an executed solution ready for the exporter, in place: its first slide, its pages, its exercises, its end."""
    book.cells[0].source = _title(chapter)
    for cell in book.cells:
        kind = cell.metadata.setdefault("slideshow", {})
        if turn := not kind.get("slide_type") and _turns_page(cell):
            kind["slide_type"] = turn
        if "progress_line(" in cell.source or cell.source.startswith("## Où en êtes-vous"):
            kind["slide_type"] = "skip"  # the attendee's own progress: nothing to project
        if cell.source.startswith("**Chapitre suivant**"):
            kind["slide_type"] = "slide"
            cell.source = re.sub(r".+(\[.+\])\((\w+)\.ipynb\)", r"## Chapitre suivant\n\n### \1(\2.html)", cell.source)
        if "exercise" in tags(cell):
            blank = find_blank(cell.source)
            cell.metadata |= {"exercise": blank.exercise.id, "question": briefly(blank.stub(cell.source))}
            cell.source = without_docstring(cell.source).replace("\\u00a0", "\u00a0")  # as it is read, not as it is typed
        if cell.cell_type == "code":
            cell.outputs = shown(cell.outputs)
    speaker.add_notes(book)
    return book


def _asset(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return re.sub(r"(?m)^/[/*][#@] sourceMappingURL=.*$", "", text).replace("</script", "<\\/script")


def _fonts(white: str) -> str:
    """Return the typeface that reveal.js ships inside its white theme, so that a slide is the same on every machine."""
    return "".join(re.findall(r"@font-face\{[^}]*Source Sans Pro[^}]*url\(data:[^}]*\}", white))


def seal(path: Path) -> str:
    """Return what changes when the slides of a notebook must be made again: its content, and the look of the pages."""
    whole = hashlib.sha256(path.read_bytes())
    own = (Path(__file__).with_name(name) for name in ("slides.py", "speaker.py", "projected.py"))
    for part in (*own, *sorted((TEMPLATES / "slides").iterdir())):
        whole.update(part.read_bytes())
    whole.update(identity.style().encode())
    return whole.hexdigest()


def page(path: Path, chapter: Chapter) -> str:
    """Return the slides of one executed solution as a page that loads nothing.

    Raises:
        WorkshopError: reveal.js is not on this machine.
    """
    import nbformat
    from nbconvert.exporters import SlidesExporter
    from pygments.formatters import HtmlFormatter

    from .projected import Projected

    dist, own = _dist(), TEMPLATES / "slides"
    if dist is None:
        raise WorkshopError("reveal.js n’est pas là : lancez « make setup », ou « pip install pyreveal ».")
    exporter = SlidesExporter(
        extra_template_basedirs=[str(TEMPLATES)], template_name="slides", exclude_input_prompt=True, exclude_output_prompt=True
    )
    parts = {
        "title": html.escape(f"{chapter.heading} · diapositives"),
        "shortcuts": html.escape(" · ".join(f"{key} : {what}" for key, what in KEYS.items())),
        "heading": html.escape(chapter.heading),
        "seal": seal(path),
        "css": [
            (dist / "reset.css").read_text(encoding="utf-8"),
            (dist / "reveal.css").read_text(encoding="utf-8"),
            _fonts((dist / "theme" / "white.css").read_text(encoding="utf-8")),
            HtmlFormatter(style=Projected).get_style_defs(".highlight"),
            identity.style("never"),
            (own / "page.css").read_text(encoding="utf-8"),
        ],
        "scripts": [_asset(dist / "reveal.js"), speaker.in_french(_asset(dist / "plugin" / "notes.js")), _asset(own / "play.js")],
    }
    book = prepared(nbformat.read(path, as_version=4), chapter)
    if chapter.number == 0:
        book.cells.insert(1, nbformat.v4.new_markdown_cell(TRY_ONE, metadata={"slideshow": {"slide_type": "slide"}}))
    body, _ = exporter.from_notebook_node(book, resources={"slides": parts})
    return body


# All of them --------------------------------------------------------------------------------------------------------------------


INDEX = """\
<!DOCTYPE html>
<html lang="fr">
<head><meta charset="utf-8"><title>{title}</title><style>{css}</style></head>
<body><main><h1>{title}</h1><ol>{chapters}</ol><p>{keys}</p><p>{printing}</p></main></body>
</html>
"""
PRINTING = (
    "Pour imprimer, une page par diapositive\u00a0: ajoutez <kbd>?print-pdf</kbd> à l’adresse d’un chapitre, puis "
    "<kbd>Ctrl</kbd>+<kbd>P</kbd>."
)
KEYS = {"Espace": "suite", "Échap": "toutes les diapositives", "F": "plein écran"}
KEYS |= {"N": "notes sous la diapositive", "S": "notes dans leur fenêtre"}


def contents(whole: list[Chapter]) -> str:
    """Return the page that leads to the others."""
    lines = (
        f'<li><a href="{one.name}.html">{html.escape(one.heading)}</a> <span>{one.front["minutes"]} min</span></li>'
        for one in whole
    )
    return INDEX.format(
        title="Le réseau de neurones qui écrivait des romans",
        css=identity.style("never") + (TEMPLATES / "slides" / "index.css").read_text(encoding="utf-8"),
        chapters="".join(lines),
        keys=" · ".join(f"<kbd>{key}</kbd> : {what}" for key, what in KEYS.items()),
        printing=PRINTING,
    )


def executed(root: Path) -> list[tuple[Chapter, Path]]:
    """Return the chapters that were executed, each with its notebook."""
    found = [(chapter, root / "solutions" / f"{chapter.name}.ipynb") for chapter in chapters(root)]
    return [(chapter, path) for chapter, path in found if path.is_file()]


def stale(root: Path = ROOT) -> list[str]:
    """Return the names of the chapters whose slides are missing or older than their notebook; nothing is written."""

    def fresh(chapter: Chapter, path: Path) -> bool:
        made = folder() / f"{chapter.name}.html"
        whole = chapter.number > 0 or (folder() / PAGE).is_file()
        return whole and made.is_file() and seal(path) in made.read_text(encoding="utf-8")

    return [chapter.name for chapter, path in executed(root) if not fresh(chapter, path)]


def make(root: Path = ROOT) -> list[Path]:
    """Write the slides of every executed chapter and the page that leads to them; return the files.

    Raises:
        WorkshopError: reveal.js is not on this machine, or no chapter was executed.
    """
    ready, files = executed(root), []
    if not ready:
        raise WorkshopError("Aucun corrigé exécuté dans solutions/ : lancez d’abord « make notebooks ».")
    folder().mkdir(parents=True, exist_ok=True)
    for chapter, path in ready:
        files.append(folder() / f"{chapter.name}.html")
        files[-1].write_text(page(path, chapter), encoding="utf-8", newline="\n")
    files.append(build.write_embedded(folder() / PAGE))
    files.append(folder() / "index.html")
    files[-1].write_text(contents([chapter for chapter, _ in ready]), encoding="utf-8", newline="\n")
    return files
