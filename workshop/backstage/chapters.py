"""The source of a chapter, ``solutions/NN_name.py`` (jupytext percent): its front block and the cells of its exercises.

It begins with its front block (``base/front.py``).  Other cells may be tagged ``exercise`` (its body becomes ``...`` for
attendees) or ``solution`` (left out for attendees).
"""

import ast
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeGuard

from ..base import front
from ..base.errors import WorkshopError
from ..base.settings import ROOT
from ..exercises.cards import sentence
from ..exercises.core import Exercise, find
from ..exercises.rules import RULES, typeset_rules


@dataclass(frozen=True)
class Project:
    """What ``pyproject.toml`` says of the workshop: the one place that knows its address."""

    root: Path
    repository: str
    release: str

    def colab(self, file: str) -> str:
        """Return the address that opens a file of the repository in Colab."""
        return f"https://colab.research.google.com/github/{self.repository.split('github.com/')[-1]}/blob/{self.release}/{file}"


def project(root: Path) -> Project:
    """Read ``[tool.workshop]`` from ``pyproject.toml``."""
    said = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["workshop"]
    return Project(root, said["repository"].rstrip("/"), said["release"])


def tags(cell: Any) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


@dataclass(frozen=True)
class Chapter:
    """The source of a chapter."""

    name: str  #: ``01_data_preparation``
    text: str

    @property
    def number(self) -> int:
        """The number that its name begins with."""
        return int(self.name[:2])

    @cached_property
    def cells(self) -> list:
        """Its cells, the front block first."""
        import jupytext

        return jupytext.reads(self.text, fmt="py:percent").cells

    @cached_property
    def front(self) -> dict[str, Any]:
        """Its front block, completed.

        Raises:
            WorkshopError: it is missing or incomplete, or its step is not on the map.
        """
        return front.read(self.name, self.text)

    @property
    def heading(self) -> str:
        """``01 · Préparer les données``."""
        return f"{self.number:02d} · {self.front['title']}"

    @property
    def place(self) -> str:
        """Where it is on the map, as Markdown: its steps in bold."""
        return " → ".join(f"**{step}**" if step in self.front["step"] else step for step in front.MAP)

    @property
    def goals(self) -> str:
        """What it teaches, as a list in Markdown."""
        return "\n".join(f"- {sentence(goal)}" for goal in self.front["goals"])


def chapters(root: Path = ROOT) -> list[Chapter]:
    """Read every chapter, with the reference code of the package in its exercise cells."""
    paths = sorted((root / "solutions").glob("[0-9][0-9]_*.py"))
    return [Chapter(path.stem, _fill(Chapter(path.stem, path.read_text(encoding="utf-8")))) for path in paths]


@dataclass(frozen=True)
class Blank:
    """Where an exercise is in the source of its cell: the lines of a function, or the expression of a value."""

    exercise: Exercise
    node: ast.FunctionDef | ast.expr

    def filled(self, source: str) -> str:
        """Return the source with the reference in place."""
        if isinstance(self.node, ast.expr):
            return _splice(source, self.node, self.exercise.source)
        lines = source.splitlines()
        lines[self.node.decorator_list[0].lineno - 1 : self.node.end_lineno] = [
            f'@exercise("{self.exercise.id}")',
            *self.exercise.source.rstrip().splitlines(),
        ]
        return "\n".join(lines)

    def stub(self, source: str) -> str:
        """Return the source with ``...`` instead of the answer; the signature stays, and the docstring, in French if it has one.

        Raises:
            WorkshopError: there is no docstring, or a line of the stub is not in the solution.
        """
        stub, known = self._stub(source), [*source.splitlines(), *self._rules()]
        if odd := [line for line in stub.splitlines() if not any(full.startswith(line.partition("...")[0]) for full in known)]:
            raise WorkshopError(f"Exercice {self.exercise.id} : cette ligne n’est pas dans la solution : {odd[0]}")
        return stub

    def _stub(self, source: str) -> str:
        if isinstance(self.node, ast.expr):
            return _splice(source, self.node, "...")
        if ast.get_docstring(self.node) is None:
            raise WorkshopError(f"Exercice {self.exercise.id} : la fonction a besoin d’une docstring, c’est l’énoncé.")
        lines = source.splitlines()
        lines[self.node.body[0].end_lineno : self.node.end_lineno] = [" " * self.node.body[0].col_offset + "..."]
        if rules := self._rules():
            lines[self.node.body[0].lineno - 1 : self.node.body[0].end_lineno] = rules
        return "\n".join(lines)

    def _rules(self) -> list[str]:
        """Return the lines of the French docstring, if there is one."""
        text = RULES.get(self.exercise.id, "")
        if not text or isinstance(self.node, ast.expr):
            return []
        first, *rest = typeset_rules(text).splitlines()
        lines = [first, *dedent("\n".join(rest)).splitlines()]
        end = ['"""'] if len(lines) > 1 else []
        quoted = [f'"""{lines[0]}', *lines[1:], *end] if end else [f'"""{lines[0]}"""']
        return [f"    {line}".rstrip() for line in quoted]


def find_blank(source: str) -> Blank:
    """Return the one exercise of a cell: below ``@exercise("1.2")``, or what becomes of ``x`` before ``answer("5.1", x)``.

    Raises:
        WorkshopError: the cell holds no exercise, or a function that has not the name of the reference.
    """
    body = ast.parse(source).body
    for node in (statement for statement in body if isinstance(statement, ast.FunctionDef)):
        for call in node.decorator_list:
            if _is_call(call, "exercise"):
                exercise = find(_named(call))
                if exercise.name != node.name:
                    raise WorkshopError(f"Exercice {exercise.id} : « {node.name} » n’est pas le nom de la fonction de référence.")
                return Blank(exercise, node)
    for call in (node for statement in body for node in ast.walk(statement) if _is_call(node, "answer")):
        value = call.args[1]
        if isinstance(value, ast.Name):
            given = [
                s for s in body if isinstance(s, ast.Assign) and s.lineno < call.lineno and ast.unparse(s.targets[0]) == value.id
            ]
            value = given[-1].value if given else value
        return Blank(find(_named(call)), value)
    raise WorkshopError(f"Une cellule étiquetée « exercise » ne contient pas d’exercice :\n{source}")


def _is_call(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _named(call: ast.Call) -> str:
    """Return the exercise that a call names, as its first argument."""
    return ast.literal_eval(call.args[0])


def _splice(source: str, node: ast.expr, new: str) -> str:
    """Replace an expression (the offsets of ``ast`` count UTF-8 bytes)."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    whole, start = b"".join(lines), len(b"".join(lines[: node.lineno - 1])) + node.col_offset
    old = ast.get_source_segment(source, node) or ""
    return (whole[:start] + new.encode() + whole[start + len(old.encode()) :]).decode()


def _fill(chapter: Chapter) -> str:
    """Return the text of a chapter with the package's code in its exercise cells."""
    text = chapter.text
    for cell in chapter.cells:
        if "exercise" in tags(cell):
            if text.count(cell.source) != 1:
                raise WorkshopError(
                    f"{chapter.name} : cette cellule d’exercice devrait s’y trouver une seule fois :\n{cell.source}"
                )
            text = text.replace(cell.source, find_blank(cell.source).filled(cell.source))
    return text
