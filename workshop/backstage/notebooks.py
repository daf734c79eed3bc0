"""From ``solutions/NN_name.py`` to everything that is generated, and whether any of it is stale.

Generated: the reference code inside ``solutions/NN_name.py`` itself, the attendee's ``notebooks/NN_name.ipynb``, the executed
``solutions/NN_name.ipynb``, and the blocks of the README files and of the guide (``pages.py``).  How a source is written:
``chapters.py``.  In a notebook, the card of an exercise (title, stars, minutes) stands where a Markdown
cell says ``<!-- exercise: 1.2 -->``, else just before the cell of the exercise.

Tests of the notebooks: ``pytest --nbval-lax solutions`` runs the solutions and compares the cells tagged ``nbval-check-output``
(every exercise is, by itself); ``pytest --nbval-lax notebooks`` runs the attendee's notebooks as they are, where nothing
is compared because they hold no output.  Set ``WORKSHOP_QUIET=1``, and ``WORKSHOP_OUTPUTS`` to an empty folder.
"""

import copy
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..base.errors import WorkshopError
from ..base.settings import ROOT
from ..exercises.core import find, of_chapter
from . import pages
from .chapters import Chapter, Project, chapters, find_blank, project, tags
from .heads import exercise_card, head
from .measures import EXECUTION, run

KEPT_METADATA = ("tags", "slideshow", "jupyter")
SETUP_METADATA = {"slideshow": {"slide_type": "skip"}, "jupyter": {"source_hidden": True}, "cellView": "form"}  # folded up
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
    "rise": {"scroll": True, "center": False},  # shown as slides in JupyterLab, what is too tall scrolls
}

SETUP = """\
# @title Mise en route : à exécuter en premier (ici, dans Docker ou dans Colab)
import subprocess
import sys
from pathlib import Path

if "google.colab" in sys.modules and not Path("atelier/workshop").exists():
    print("Colab : copie de l’atelier…")
    clone = "git clone --quiet --depth 1 --branch {release} {repository} atelier"
    copy = subprocess.run(clone.split(), stderr=subprocess.PIPE, text=True)
    if copy.returncode:
        sys.exit(f"❌ La copie a échoué : vérifiez le réseau, puis exécutez de nouveau cette cellule.\\n{{copy.stderr}}")

folder = next((path for path in map(Path, ("atelier", "..", ".")) if (path / "workshop").is_dir()), Path())
sys.path.insert(0, str(folder.resolve()))

from workshop.machine import colab

colab.prepare()  # installe ce qui manque à Colab ; ailleurs, ne fait rien"""

#: In the attendee's notebooks alone: nothing happens until they want it.
ROOM = """\
# La salle, en direct : seulement si l’on vous a donné un code. Retirez le #, exécutez : vous lirez ce qui est envoyé.
from workshop.exercises import join

# join("code")"""


# Notebooks ----------------------------------------------------------------------------------------------------------------------


def _cell(kind: str, source: str, **metadata: Any) -> tuple[str, str, dict]:
    return kind, source, metadata


def _body(chapter: Chapter, attendee: bool) -> Iterator[tuple[str, str, dict]]:
    """Yield the cells of the chapter proper, as the attendee or the reader of the solution gets them."""
    mark, room = re.compile(r"<!-- exercise: (\S+) -->\n*"), chapter.front["room"]
    placed = set(mark.findall(chapter.text))
    for cell in chapter.cells[1:]:
        if attendee and "solution" in tags(cell):
            continue
        metadata = {key: cell.metadata[key] for key in KEPT_METADATA if key in cell.metadata}
        source = mark.sub(lambda found: exercise_card(find(found[1]), room) + "\n\n", cell.source).rstrip()
        if "exercise" not in tags(cell):
            yield _cell(cell.cell_type, source, **metadata)
            continue
        blank = find_blank(source)
        if blank.exercise.id not in placed:
            yield _cell("markdown", exercise_card(blank.exercise, room))
        if attendee:
            yield _cell("code", blank.stub(source), **metadata)
            id = blank.exercise.id
            yield _cell("code", f'# hint("{id}")        # un coup de pouce ; hint("{id}", 2) en dit plus\n'
                                f'# solution("{id}")    # le code de l’atelier')  # fmt: skip
        else:
            yield _cell("code", source, **metadata | {"tags": sorted({*tags(cell), "nbval-check-output"})})


def notebook(project: Project, whole: list[Chapter], chapter: Chapter, attendee: bool) -> Any:
    """Return the notebook of a chapter, without outputs: the attendee's, or the solution."""
    import nbformat.v4 as v4

    setup = SETUP.format(release=project.release, repository=project.repository)
    cells = [
        _cell(
            "markdown",
            head(project, whole, chapter, "notebooks" if attendee else "solutions"),
            slideshow={"slide_type": "slide"},
        )
    ]
    cells += [_cell("code", setup, **SETUP_METADATA)]
    cells += [_cell("code", ROOM, slideshow={"slide_type": "skip"})] if attendee and of_chapter(chapter.number) else []
    cells += _body(chapter, attendee)
    if of_chapter(chapter.number):
        line = f"from workshop.exercises import progress_line\n\nprogress_line({chapter.number})"
        cells += [_cell("markdown", "## Où en êtes-vous\u202f?"), _cell("code", line)]
    for near in whole[whole.index(chapter) + 1 :][:1]:
        cells += [_cell("markdown", f"**Chapitre suivant**\u00a0: [{near.heading}]({near.name}.ipynb)")]
    book = v4.new_notebook(metadata=copy.deepcopy(NOTEBOOK_METADATA))
    seen: dict[tuple[str, str], int] = {}
    for kind, source, metadata in cells:
        if attendee and metadata.get("tags") == ["nbval-check-output"]:
            del metadata["tags"]  # there is no output to compare
        twin = seen[kind, source] = seen.get((kind, source), 0) + 1
        name = hashlib.sha256(f"{kind}/{twin}/{source}".encode()).hexdigest()[:12]
        make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}[kind]
        book.cells.append(make(source, metadata=metadata, id=name))
    return book


def _dumps(book: Any) -> str:
    import nbformat

    return nbformat.writes(book, version=4).rstrip("\n") + "\n"


def _code_hash(book: Any) -> str:
    return hashlib.sha256("\0".join(cell.source for cell in book.cells if cell.cell_type == "code").encode()).hexdigest()


def _results(book: Any) -> list:
    return [[cell.execution_count, cell.outputs] for cell in book.cells if cell.cell_type == "code"]


def _results_hash(book: Any) -> str:
    return hashlib.sha256(json.dumps(_results(book), sort_keys=True).encode()).hexdigest()


def _sealed(book: Any, results: list) -> Any:
    """Put results into the code cells of a notebook, with the seal that tells whether anything was changed since."""
    for cell, (count, outputs) in zip((cell for cell in book.cells if cell.cell_type == "code"), results, strict=True):
        cell.execution_count, cell.outputs = count, outputs
    book.metadata["workshop"] = {"code": _code_hash(book), "results": _results_hash(book)}
    return book


def _with_known_results(book: Any, path: Path) -> str | None:
    """Return the solution with the results already in ``path``, or None when it must be executed."""
    import nbformat

    try:
        old = nbformat.read(path, as_version=4)
    except (OSError, ValueError):
        return None
    seal = {"code": _code_hash(book), "results": _results_hash(old)}
    if old.metadata.get("workshop") != seal or _code_hash(old) != seal["code"]:
        return None
    return _dumps(_sealed(book, _results(old)))


def executed(book: Any, folder: Path) -> str:
    """Execute a solution in ``folder``, with fresh outputs of the workshop, and return it sealed.

    Raises:
        WorkshopError: an exercise did not get ✅, or an output names a path of this machine.
    """
    with tempfile.TemporaryDirectory() as outputs:
        run(book, folder, os.environ | EXECUTION | {"WORKSHOP_OUTPUTS": outputs})
        places = (outputs, str(folder.parent.resolve()), str(Path.home()))
    for cell in book.cells:
        cell.metadata.pop("execution", None)
        _merge_streams(cell)
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            data.pop("application/vnd.jupyter.widget-view+json", None)  # its id changes every time
            if "text/html" in data:  # it holds our figures already; IPython draws them a second time where pyplot was imported
                data.pop("image/png", None)
        said = json.dumps(cell.get("outputs", ()), ensure_ascii=False)
        if "exercise" in tags(cell) and "✅" not in said:
            raise WorkshopError(f"La solution n’obtient pas ✅ :\n{cell.source}\n{said}")
        if leak := next((place for place in places if len(place) > 1 and json.dumps(place)[1:-1] in said), None):
            raise WorkshopError(f"Une sortie nomme un chemin de cette machine ({leak}) :\n{cell.source}")
    book.metadata = copy.deepcopy(NOTEBOOK_METADATA)
    return _dumps(_sealed(book, _results(book)))


def _merge_streams(cell: Any) -> None:
    """Make one output of the pieces of a text that nothing interrupts (a kernel cuts them where time does)."""
    merged: list[Any] = []
    for output in cell.get("outputs", ()):
        last = merged[-1] if merged else None
        if last and last.output_type == output.output_type == "stream" and last.name == output.name:
            last.text += output.text
        else:
            merged.append(output)
    if "outputs" in cell:
        cell.outputs = merged


# All of it ----------------------------------------------------------------------------------------------------------------------


def expected(root: Path = ROOT) -> dict[Path, str | None]:
    """Return what each generated file should hold; None for a solution that must be executed first."""
    about, whole = project(root), chapters(root)
    files: dict[Path, str | None] = {}
    for chapter in whole:
        files[root / "solutions" / f"{chapter.name}.py"] = chapter.text
        files[root / "notebooks" / f"{chapter.name}.ipynb"] = _dumps(notebook(about, whole, chapter, attendee=True))
        path = root / "solutions" / f"{chapter.name}.ipynb"
        files[path] = _with_known_results(notebook(about, whole, chapter, attendee=False), path)
    documents = [*root.glob("*.md"), *(page for page in root.glob("*/*.md") if not page.parent.name.startswith("."))]
    return files | {page: pages.filled(page, root) for page in sorted(documents)}


def stale(root: Path = ROOT) -> list[str]:
    """Return one line for each generated file that differs from its source, or that has none; nothing is written."""
    wanted, lines = expected(root), []
    for path, text in wanted.items():
        name = path.relative_to(root).as_posix()
        if text is None:
            lines.append(f"{name} (à exécuter : python -m workshop build --execute)")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            lines.append(name)
    found = [path for folder in ("notebooks", "solutions") for path in sorted((root / folder).glob("*.ipynb"))]
    return lines + [f"{path.relative_to(root).as_posix()} (sans source)" for path in found if path not in wanted]


def write(execute: bool = False, root: Path = ROOT) -> list[str]:
    """Write what is stale, and with ``execute`` run the solutions whose code or results changed; return what is still stale.

    To run a solution again all the same, delete its ``.ipynb`` first.
    """
    whole = expected(root)
    for path, text in whole.items():
        if text is not None:
            _put(path, text, root)
    for path in [path for path, text in whole.items() if text is None and execute]:  # last: it takes minutes
        print(f"Exécution de {path.name}…", flush=True)
        about, now = project(root), chapters(root)
        chapter = next(one for one in now if one.name == path.stem)
        _put(path, executed(notebook(about, now, chapter, attendee=False), path.parent), root)
    return stale(root)


def _put(path: Path, text: str, root: Path) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"écrit : {path.relative_to(root).as_posix()}", flush=True)


def build(check: bool = False, execute: bool = False, root: Path = ROOT) -> list[str]:
    """Return what is stale, after writing what can be written unless ``check``."""
    return stale(root) if check else write(execute, root)
