"""Mutate each reference, a little at a time: no mutant that differs on a valid input may pass its exercise.

``python -m tests.mutants`` prints the table (``python -m tests.mutants 1 4.2`` for a chapter or an exercise) and each mutant that
passes.  Those that pass because they are right, too, are in ``EQUIVALENT``, with the reason.
"""

import ast
import copy
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from textwrap import dedent
from typing import Any

from tests.mutants_equivalent import EQUIVALENT
from workshop.exercises.core import check, check_value, of_chapter
from workshop.exercises.sandbox import run
from workshop.exercises.scratch import scratch
from workshop.exercises.statement import Exercise

OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,), ast.Pow: (ast.Mult,), ast.MatMult: (ast.Mult,), ast.Mod: (ast.Mult,),
}  # fmt: skip
COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
#: Functions and methods that beginners take for one another.
COUSINS = {
    "mean": ("sum",), "sum": ("max", "mean"), "max": ("min",), "min": ("max",), "exp": ("exp2", "log"), "log": ("log2", "log10"),
    "strip": ("lstrip", "rstrip"), "triu": ("tril",), "round": ("int",), "lower": ("upper",), "append": ("extend",),
    "findall": ("split",), "argsort": ("sort",), "start": ("end",), "end": ("start",), "softmax": ("sigmoid",),
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A wrong answer: what was changed in the reference, and the function (or the source of a value) that came out."""

    change: str
    answer: Callable | str


def _slices(node: ast.Slice) -> Iterator[ast.expr]:
    for side in ("lower", "upper", "step"):
        bound = getattr(node, side)
        for moved in [None, _plus(bound, 1), _plus(bound, -1)] if bound else ():
            changed = copy.copy(node)
            setattr(changed, side, moved)
            yield changed  # type: ignore[misc]  # a slice stands where an expression does


def _plus(node: ast.expr, by: int) -> ast.expr:
    return ast.BinOp(node, ast.Add() if by > 0 else ast.Sub(), ast.Constant(abs(by)))


def _constants(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, float):
        yield from (2 * value, -value)
    elif isinstance(value, str) and value:
        yield ""


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    for cousin in COUSINS.get(name, ()):
        called = ast.Name(cousin) if isinstance(node.func, ast.Name) else ast.Attribute(node.func.value, cousin)  # type: ignore[attr-defined]
        yield ast.Call(called, node.args, node.keywords)
    yield from node.args  # the call is forgotten
    if isinstance(node.func, ast.Attribute):
        yield node.func.value
    for i in range(len(node.args)):
        yield ast.Call(node.func, node.args[:i] + node.args[i + 1 :], node.keywords)
        if i and name not in ("min", "max"):
            yield ast.Call(node.func, [*node.args[: i - 1], node.args[i], node.args[i - 1], *node.args[i + 1 :]], node.keywords)
    for i in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of an expression."""
    match node:
        case ast.BinOp():
            yield from (ast.BinOp(node.left, other(), node.right) for other in OPERATORS.get(type(node.op), ()))
            yield from (node.left, node.right)
            if not isinstance(node.op, (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)):
                yield ast.BinOp(node.right, node.op, node.left)
        case ast.Compare(ops=[only]):
            yield from (ast.Compare(node.left, [other()], node.comparators) for other in COMPARISONS.get(type(only), ()))
        case ast.BoolOp():
            yield from (ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values), *node.values)
        case ast.UnaryOp():
            yield node.operand
        case ast.IfExp():
            yield from (node.body, node.orelse, ast.IfExp(node.test, node.orelse, node.body))
        case ast.Constant():
            yield from map(ast.Constant, _constants(node.value))
        case ast.Slice():
            yield from _slices(node)
        case ast.Call():
            yield from _calls(node)
        case ast.Tuple(ctx=ast.Load()) if len(node.elts) > 1:
            yield ast.Tuple(node.elts[::-1], node.ctx)
        case ast.Starred():
            yield node.value
        case ast.comprehension() if node.ifs:
            yield ast.comprehension(node.target, node.iter, [], node.is_async)
        case ast.Attribute(ctx=ast.Load()) if node.attr in COUSINS:
            yield from (ast.Attribute(node.value, other, node.ctx) for other in COUSINS[node.attr])


def _statements(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield what may stand in the place of a statement: nothing, a branch that is always taken, a loop that stops at once."""
    if not isinstance(node, (ast.Return, ast.Import, ast.ImportFrom, ast.FunctionDef)):
        yield [ast.Pass()]
    if isinstance(node, ast.If):
        yield from (branch for branch in (node.body, node.orelse) if branch)
    if isinstance(node, ast.Try):
        yield node.body
        yield node.handlers[0].body
    if isinstance(node, (ast.For, ast.While)):
        yield [type(node)(**{**dict(ast.iter_fields(node)), "body": [*node.body, ast.Break()]})]
    if isinstance(node, ast.AugAssign):
        yield [ast.Assign([node.target], node.value)]


def _skeleton(source: str) -> ast.Module:
    """Return the tree of a reference without what is not code: docstring, annotations."""
    tree = ast.parse(dedent(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns, node.body = None, node.body[isinstance(node.body[0], ast.Expr) and len(node.body) > 1 :]
            for one in (*node.args.args, *node.args.kwonlyargs):
                one.annotation = None
        for field in ("body", "orelse"):
            if isinstance(statements := getattr(node, field, None), list):
                plain = [ast.Assign([s.target], s.value) if isinstance(s, ast.AnnAssign) and s.value else s for s in statements]
                setattr(node, field, plain)
    return ast.fix_missing_locations(tree)


def _aside(node: ast.AST) -> list[ast.AST]:
    """Return the default values of a function, and what an exception says."""
    if isinstance(node, ast.arguments):
        return [default for default in (*node.defaults, *node.kw_defaults) if default]
    return [node.exc] if isinstance(node, ast.Raise) and node.exc else []


def mutations(source: str) -> Iterator[tuple[str, str]]:
    """Yield sources in which one thing was changed, each with what was changed."""
    tree, seen = _skeleton(source), {ast.unparse(_skeleton(source))}

    def mutated() -> Iterator[tuple[str, str, str]]:
        aside = [part for node in ast.walk(tree) for part in _aside(node)]  # not what an attendee writes
        aside = [inner for part in aside for inner in ast.walk(part)]
        for node in [node for node in ast.walk(tree) if node not in aside]:
            for field, value in list(ast.iter_fields(node)):
                if field in ("defaults", "kw_defaults", "exc"):
                    continue
                for place, old in enumerate(value if isinstance(value, list) else [value]):
                    yield from _in_place(node, field, place if isinstance(value, list) else None, old)

    def _in_place(node: ast.AST, field: str, place: int | None, old: Any) -> Iterator[tuple[str, str, str]]:
        statement = isinstance(old, ast.stmt)
        for new in _statements(old) if statement else _expressions(old) if isinstance(old, ast.AST) else ():
            kept = getattr(node, field)
            parts = new if isinstance(new, list) else [new]
            setattr(node, field, parts[0] if place is None else [*kept[:place], *parts, *kept[place + 1 :]])
            text = ast.unparse(ast.fix_missing_locations(tree))
            setattr(node, field, kept)
            yield text, " ".join(ast.unparse(old).split()), " ; ".join(" ".join(ast.unparse(one).split()) for one in parts)

    for text, old, new in mutated():
        if text not in seen:
            seen.add(text)
            yield text, f"{_shortened(old)} -> {_shortened(new)}"


def _shortened(text: str) -> str:
    return text if len(text) < 90 else f"{text[:60]}…{text[-25:]}"


def mutants(exercise: Exercise) -> Iterator[Mutant]:
    """Yield the mutants of an exercise."""
    if exercise.reference is None:
        yield from (Mutant(change, text) for text, change in mutations(exercise.source))
        return
    for text, change in mutations(exercise.source):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # `f"…"["input_ids"]`
            function = exercise.setting.function(text)
        yield Mutant(change, function)
    reference, trials = exercise.reference, exercise.trials
    first = trials[0].args

    def changes_its_arguments(*args: Any) -> Any:
        result = reference(*args)
        result = list(result) if hasattr(result, "__next__") else copy.copy(result)
        for value in args:
            if isinstance(value, list):
                value.append(value[0] if value else 0)
            elif hasattr(value, "flags") or hasattr(value, "mul_"):
                value += 1
        return iter(result) if isinstance(result, list) and hasattr(reference(*copy.deepcopy(first)), "__next__") else result

    if any(isinstance(value, list) or hasattr(value, "flags") or hasattr(value, "mul_") for value in first):
        yield Mutant("an argument is changed in place", changes_its_arguments)
    for place, name in enumerate(exercise.reference.__code__.co_varnames[: len(first)]):

        def with_a_global(*args: Any, place: int = place) -> Any:
            return reference(*args[:place], copy.deepcopy(first[place]), *args[place + 1 :])

        yield Mutant(f"{name} is a variable of the notebook", with_a_global)
    result = run(reference, copy.deepcopy(first), 60).value
    yield Mutant("the result of the example", lambda *args: copy.deepcopy(result))


def accepts(exercise: Exercise, mutant: Mutant) -> bool:
    """Return whether a mutant passes."""
    if callable(mutant.answer):
        return check(exercise, mutant.answer).state == "right"
    names = exercise.names()
    made = run(lambda: eval(str(mutant.answer), dict(names)), (), 5)
    return not made.error and check_value(exercise, made.value, names).state == "right"


@dataclass(frozen=True)
class Row:
    """A line of the table; ``passed`` are the changes that pass and are not known to be right."""

    id: str
    count: int
    equivalent: list[str]
    passed: list[str]
    unknown: list[str]  #: said to be equivalent, and not found


@cache
def row(id: str, every: int = 1) -> Row:
    """Try the mutants of an exercise, or one in ``every``."""
    exercise = next(one for one in of_chapter(int(id.partition(".")[0])) if one.id == id)
    exercise = replace(exercise, seconds=min(exercise.seconds, 20.0) if exercise.judged else 1.0)
    tried = list(mutants(exercise))[::every]
    passed = [mutant.change for mutant in tried if accepts(exercise, mutant)]
    known = EQUIVALENT.get(id, {})
    unknown = [change for change in known if change not in passed] if every == 1 else []
    return Row(id, len(tried), [one for one in passed if one in known], [one for one in passed if one not in known], unknown)


def main(asked: list[str]) -> int:
    """Print the table; return how many mutants passed."""
    os.environ |= {name: str(scratch() / name) for name in ("WORKSHOP_CACHE", "WORKSHOP_OUTPUTS", "KERAS_HOME")}
    ids = [one.id for chapter in range(8) for one in of_chapter(chapter)]
    ids = [id for id in ids if not asked or id in asked or id.partition(".")[0] in asked]
    rows = []
    print(f"{'exercise':<10}{'mutants':>9}{'refused':>9}{'equivalent':>12}{'accepted':>10}")
    for id in ids:
        rows.append(one := row(id))
        refused = one.count - len(one.equivalent) - len(one.passed)
        print(f"{id:<10}{one.count:>9}{refused:>9}{len(one.equivalent):>12}{len(one.passed):>10}", flush=True)
        for change in one.passed:
            print(f"    accepted: {change}")
        for change in one.unknown:
            print(f"    not found: {change}")
    total = [sum(one.count for one in rows), sum(len(one.equivalent) for one in rows), sum(len(one.passed) for one in rows)]
    print(f"{'all':<10}{total[0]:>9}{total[0] - total[1] - total[2]:>9}{total[1]:>12}{total[2]:>10}")
    return total[2]


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
