"""The storeys of the package: who may import whom.  The imports are read, so that nobody has to keep a map true by hand."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "workshop"

#: From the ground up: a storey leans on those before it.  Within the lesson, no step leans on another.
LESSON = {
    "neuron",
    "corpus",
    "cleaning",
    "tokens",
    "bilstm",
    "gpt2",
    "generation",
    "assistant",
    "sharing",
    "metrics",
    "stories",
    "plots",
}
STOREYS = (
    {"base"},
    LESSON,
    {"steps", "writers"},
    {"page"},
    {"machine"},
    {"server"},
    {"exercises", "widgets"},
    {"backstage"},
    {"terminal"},
    {"cli"},
    {"__main__"},
)
#: A type alone, for the figure that draws a training.
GRANTED = {"workshop.neuron": {"workshop.plots.neuron"}}


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if "__pycache__" not in path.parts}


def imported(module: str, text: str, is_package: bool) -> set[str]:
    """The modules of the package that a file imports anywhere in it, late imports included."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "workshop"}
        elif isinstance(node, ast.ImportFrom):
            here = module.split(".") if is_package else module.split(".")[:-1]
            base = (
                ".".join([*here[: len(here) - node.level + 1], *filter(None, [node.module])]) if node.level else node.module or ""
            )
            if base.split(".")[0] == "workshop":
                found |= {name if (name := f"{base}.{alias.name}") in MODULES else base for alias in node.names}
    return found - {"workshop"}  # the version, which everybody may read


def arrows() -> dict[str, set[str]]:
    return {
        name: imported(name, path.read_text(encoding="utf-8"), path.name == "__init__.py") - {name}
        for name, path in MODULES.items()
    }


def room_of(module: str) -> str:
    """``workshop.gpt2.model`` is in ``gpt2``."""
    return module.split(".")[1]


def wrong_arrows(found: dict[str, set[str]]) -> list[str]:
    level = {name: floor for floor, names in enumerate(STOREYS) for name in names}
    wrong = []
    for module, targets in found.items():
        for target in sorted(targets):
            if module == "workshop" or room_of(module) == room_of(target) or module in GRANTED.get(target, ()):
                continue
            here, there = level[room_of(module)], level[room_of(target)]
            if there > here:
                wrong.append(f"{module} imports {target}, which is on a storey above it")
            elif here == there == 1:
                wrong.append(f"{module} imports {target}: steps of the lesson do not import each other")
    return wrong


def test_every_room_is_on_a_storey():
    assert {room_of(name) for name in MODULES if "." in name} == set().union(*STOREYS)


def test_no_arrow_goes_up_and_no_step_imports_another():
    assert wrong_arrows(arrows()) == []


def test_no_circle():
    found = arrows()
    for name in found:  # a package is its ``__init__``: who imports one of its files runs it too, but leans on the file
        found[name] = {target for target in found[name] if not (name.startswith(f"{target}.") or target.startswith(f"{name}."))}
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None


def test_wrong_arrows_are_seen():
    text = "from .base import settings\n\ndef f():\n    from . import gpt2\n    from .machine.doctor import OK\n"
    found = {"workshop.tokens": imported("workshop.tokens", text, is_package=False)}
    assert wrong_arrows(found) == [
        "workshop.tokens imports workshop.gpt2: steps of the lesson do not import each other",
        "workshop.tokens imports workshop.machine.doctor, which is on a storey above it",
    ]


def test_no_module_is_long():
    """A module that can be read in a sitting; the exercises, which are data, are the only ones to pass by."""
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: count for name, count in lines.items() if count > 360 and ".exercises." not in name} == {}


def test_the_readme_draws_this_tree():
    house = (ROOT / "README.md").read_text(encoding="utf-8").split("## The house")[1].split("```")[1]
    tree = house[house.index("workshop/") :].split("\n")
    inside = [line for line in tree[1:] if line.startswith("  ")]
    drawn = {name.rstrip("/") for line in inside for name in re.findall(r"[\w/]+", line[:28].split("   ")[0])}
    there = {room_of(name) for name in MODULES if "." in name}
    assert drawn == there


def test_what_is_imported_by_name_anywhere_is_there():
    """In scripts inside strings, pages, images and workflows too, where no tool would see that a module has moved."""
    suffixes = {".py", ".md", ".yml", ".yaml", ".toml", ".sh", ""}  # notebooks are generated
    folders = ("workshop", "solutions", "tests", "docker", "data", "app", ".ci", ".github")  # git may not be there: a ZIP
    paths = [*ROOT.iterdir(), *(path for folder in folders for path in sorted((ROOT / folder).rglob("*")))]
    missing = []
    for path in paths:
        if path.suffix not in suffixes or not path.is_file():
            continue
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8", errors="ignore")
        named = re.findall(r"(?:from|import|python3? -m|\"-m\",) +\"?(workshop(?:\.\w+)+)", text)
        for names in re.findall(r"from workshop import ([a-z_0-9]+(?:, [a-z_0-9]+)*)", text):
            named += [f"workshop.{one}" for one in names.split(", ")]
        missing += [f"{name}: {one}" for one in sorted(set(named) - set(MODULES) - {"workshop.__version__"})]
    assert missing == []
