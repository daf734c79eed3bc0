"""The French docstrings of the attendees' notebooks."""

import ast
import inspect
import re

import pytest

from workshop.backstage.chapters import chapters, find_blank, tags
from workshop.exercises.core import find, of_chapter
from workshop.exercises.rules import RULES

FUNCTIONS = [exercise.id for chapter in range(8) for exercise in of_chapter(chapter) if exercise.reference]
STUBS = {
    blank.exercise.id: blank.stub(cell.source)
    for chapter in chapters()
    for cell in chapter.cells
    if "exercise" in tags(cell) and (blank := find_blank(cell.source)).exercise.id in RULES
}


def test_every_function_has_its_rules_in_french():
    assert list(RULES) == FUNCTIONS and sorted(STUBS) == sorted(FUNCTIONS)


@pytest.mark.parametrize("id", FUNCTIONS)
def test_the_stub_of_an_attendee_is_blank_and_says_the_rules(id):
    (function,) = ast.parse(STUBS[id]).body
    assert isinstance(function, ast.FunctionDef) and ast.unparse(function.body[-1]) == "..." and len(function.body) == 2
    said = ast.get_docstring(function)
    assert re.match("Rend|Coupe|Change|Divise|Garde|Donne|Fait|Tire|Construit|Télécharge|Lit|Partage", said)
    promises = "WorkshopError" in (inspect.getdoc(find(id).reference) or "") and id != "2.3"
    assert ("raise WorkshopError" in said) == promises
    asked = any(trial.refused for trial in find(id).trials) if id != "1.1" else False
    assert asked == promises, "what a docstring promises is asked by a case"
