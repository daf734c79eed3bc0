"""The form of the attendee's notebooks: short cells, nothing run, nothing heavy, no one's text but ours."""

import ast
import importlib
import importlib.util
import json
import re
import statistics

import pytest
from bs4 import BeautifulSoup

from workshop.base.settings import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))


def code_cells(path):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_are_short_and_carry_no_output(path):
    cells = code_cells(path)[1:]  # the set-up cell is folded up
    lines = [sum(bool(line.strip()) for line in "".join(cell["source"]).splitlines()) for cell in cells]
    assert statistics.median(lines) <= 6 and max(lines) <= 25
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code_cells(path))


@pytest.mark.parametrize("path", NOTEBOOKS + SOLUTIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_notebooks_are_light(path):
    assert path.stat().st_size < 1_000_000
    data = [output.get("data", {}) for cell in code_cells(path) for output in cell["outputs"]]
    assert not any({"text/html", "image/png"} <= set(shown) for shown in data), "a figure is there twice"


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_exercise_of_a_solution_is_right_and_no_cell_failed(path):
    for cell in code_cells(path):
        assert all(output["output_type"] != "error" for output in cell["outputs"])
        if "exercise" in cell["metadata"].get("tags", []):
            assert "✅" in json.dumps(cell["outputs"], ensure_ascii=False)


@pytest.mark.parametrize("path", NOTEBOOKS + SOLUTIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_picture_comes_from_the_network(path):
    """Where there is none, it is a broken one."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    shown += ["".join(data.get("data", {}).get("text/html", "")) for cell in cells for data in cell.get("outputs", ())]
    assert not [text for text in shown if re.search(r"!\[[^\]]*\]\(https?:|<img[^>]+src=.https?:", text)]


def pictures(path):
    """Each picture of a notebook, as its tag, its title and its words."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            yield from (("markdown", "", words) for words in re.findall(r"!\[([^\]]*)\]\(", "".join(cell["source"])))
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            assert not {"image/png", "image/jpeg", "image/gif"} & set(data), "JupyterLab and nbconvert show it without its words"
            for kind in {"text/html", "image/svg+xml", "text/markdown"} & set(data):
                for tag in BeautifulSoup("".join(data[kind]), "html.parser").find_all(["img", "svg"]):
                    yield tag.name, tag.get("role"), tag.get("alt") or tag.get("aria-label") or ""


def test_every_picture_of_every_chapter_is_told_in_french_words():
    counts = {}
    for path in SOLUTIONS:
        for kind, role, words in (found := list(pictures(path))):
            assert role == "img" or kind != "svg", (path.stem, words)
            spoken = set(re.findall(r"[a-zà-ÿœ]+", words.lower()))
            assert len(words) > 25 and len(spoken) > 3, (path.stem, words)
            assert not spoken & {"no", "description", "image", "figure", "of", "the", "and", "plot"}, (path.stem, words)
        counts[path.stem] = len(found)
    assert sum(counts.values()) >= 40 and all(counts[path.stem] for path in SOLUTIONS if path.stem < "06"), counts


#: Controls of ipywidgets that show a point and take no comma, or whose handle has no name for a screen reader
#: (``workshop.widgets.slider`` has those that do).
POOR = re.compile(r"(Int|Float|FloatLog|Selection)(Range)?Slider|(Bounded)?FloatText")


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("*.py")), ids=lambda path: path.stem)
def test_every_slider_of_a_chapter_has_a_name_and_shows_a_comma(path):
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    assert not [node.name for node in nodes if isinstance(node, ast.alias) and POOR.fullmatch(node.name)]
    for call in (node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        if call.func.id in ("Dropdown", "ToggleButtons", "RadioButtons", "interact"):
            given = [one.value for one in call.keywords if one.arg != "value"]
            given += [one for value in given if isinstance(value, ast.List | ast.Tuple) for one in value.elts]
            assert not [one for one in given if isinstance(one, ast.Constant) and type(one.value) is float], ast.unparse(call)
            if call.func.id == "interact":  # a bare number would become a slider of ipywidgets
                assert not [one for one in given if isinstance(one, ast.Constant | ast.Tuple)], ast.unparse(call)


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("*.py")), ids=lambda path: path.stem)
def test_what_a_chapter_takes_from_the_package_is_there(path):
    """Each name that it imports, and each attribute of a module: what has moved is seen here, not minutes later in a cell."""
    tree, modules, missing = ast.parse(path.read_text(encoding="utf-8")), {}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("workshop"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if importlib.util.find_spec(node.module).submodule_search_locations and importlib.util.find_spec(inner):
                    modules[alias.asname or alias.name] = importlib.import_module(inner)
                elif not hasattr(importlib.import_module(node.module), alias.name):
                    missing.append(inner)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            missing += [] if hasattr(modules[node.value.id], node.attr) else [f"{node.value.id}.{node.attr}"]
    assert missing == []
