"""One French sentence below a cell that Python cannot read, that asks for a name nobody has made yet, or that nothing checks.

The English message stays above: it is what attendees will meet elsewhere.
"""

import ast
import inspect
import re
import sys
from typing import Any

from .cards import Card, show
from .core import REGISTRY
from .rules import RULES, typeset_rules

#: What the commonest messages of the parser mean.
UNREADABLE = {
    r"expected ':'": "il manque les deux points, `:`, au bout de la ligne",
    r"'(.)' was never closed": "ce `{0}` s'ouvre et ne se ferme pas",
    r"unmatched '(.)'": "ce `{0}` ferme ce que rien n'a ouvert",
    r"closing parenthesis '(.)' does not match": "ce `{0}` ne va pas avec ce qui est ouvert avant lui",
    r"unterminated (?:f-string|string|triple-quoted)": "un texte commence par un guillemet, et rien ne le termine",
    r"expected an indented block": "ce qui suit les deux points doit être décalé de quatre espaces",
    r"unexpected indent": "cette ligne est décalée, et rien au-dessus ne le demande",
    r"unindent does not match|inconsistent use of tabs": "cette ligne n'est pas alignée avec celles qui l'entourent",
    r"invalid character '(.)'": "le signe « {0} » n'est pas de ceux de Python (une apostrophe de traitement de texte ?)",
    r"cannot assign|expression cannot contain assignment": "à gauche d'un `=`, il faut un nom",
    r"instead of '='": "un seul `=` donne une valeur ; pour comparer, c'est `==`",
    r"forgot a comma": "il manque peut-être une virgule",
    r"outside function": "`return` ou `yield` ne s'écrivent que dans une fonction : la ligne n'est plus décalée sous son `def`",
    r"Missing parentheses in call": "une fonction s'appelle avec des parenthèses",
    r"leading zeros": "un nombre entier ne commence pas par zéro",
}


def advice(source: str, error: BaseException | None) -> Card | None:
    """Return what to say below a cell with this source, stopped by this error (None if it ended well); None for nothing."""
    if isinstance(error, SyntaxError):
        return Card("note", "Python n'a pas pu lire cette cellule", f"{_meaning(error)}. Rien n'a été exécuté.")
    if isinstance(error, NameError) and getattr(error, "name", None):
        return Card("note", "Un nom inconnu", _unknown(str(error.name)))
    return _unchecked(source) if error is None else None


def _meaning(error: SyntaxError) -> str:
    for pattern, meaning in UNREADABLE.items():
        if found := re.search(pattern, error.msg or ""):
            return f"ligne {error.lineno}, " + meaning.format(*found.groups())
    return f"ligne {error.lineno}, ou juste avant, quelque chose manque ou est de trop"


def _unknown(name: str) -> str:
    made = next((one for one in REGISTRY.values() if one.name == name), None)
    if made:
        return f"`{name}` est la fonction de l'exercice {made.id} : exécutez d'abord sa cellule, même sans la compléter."
    return f"`{name}` n'existe pas (encore) : une faute de frappe, ou une cellule plus haut que vous n'avez pas exécutée."


def _unchecked(source: str) -> Card | None:
    """Say that a function of an exercise has lost its decorator."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):  # the cell holds words of IPython's own
        return None
    for node in body:
        if isinstance(node, ast.FunctionDef) and not node.decorator_list and (id := _exercise(node)):
            message = f'votre fonction n\'a pas été vérifiée : remettez `@exercise("{id}")` juste au-dessus de `def {node.name}`.'
            return Card("note", f"Exercice {id}", message)
    return None


def _exercise(node: ast.FunctionDef) -> str | None:
    """Return the exercise that a function answers, by its docstring, or by its name and its parameters; or None."""
    said = (ast.get_docstring(node) or "").partition("\n")[0]
    for id, rules in RULES.items():
        if said and said == typeset_rules(rules).partition("\n")[0]:
            return id
    parameters = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    for one in REGISTRY.values():
        if one.reference and one.name == node.name and list(inspect.signature(one.reference).parameters) == parameters:
            return one.id
    return None


def attend() -> None:
    """Say it below the cells of this notebook from now on (outside of IPython, do nothing)."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None and not any(getattr(one, "__name__", "") == _after.__name__ for one in _listeners(shell)):
        shell.events.register("post_run_cell", _after)


def _listeners(shell: Any) -> list:
    return shell.events.callbacks["post_run_cell"]


def _after(result: Any) -> None:
    """Show what is to be said of a cell that has just been run."""
    if card := advice(result.info.raw_cell or "", result.error_before_exec or result.error_in_exec):
        show(card)
