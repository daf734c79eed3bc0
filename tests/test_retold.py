"""Exceptions retold in French, with the line of the attendee's and the values that its names had."""

import json
import math
import re

import numpy as np
import pytest

from tests.test_exercises_core import cell, make
from workshop.base.errors import WorkshopError
from workshop.exercises.core import check
from workshop.exercises.toys import toy_tokenizer

STOPS = [
    ("total = nomber * 2", "le nom `nomber` n'existe pas ici : vouliez-vous dire `nombre` ?", "NameError"),
    ("return sigmoide(nombre)", "le nom `sigmoide` n'existe pas ici : faute de frappe, variable ou", "NameError"),
    ("total += nombre\n    return total", "`total` est lu avant d'avoir reçu une valeur", "UnboundLocalError"),
    ("mots = []\n    mots.add(nombre)", "une liste n'a rien qui s'appelle `add`", "AttributeError"),
    ("mots = []\n    mots.apend(nombre)", "une liste n'a rien qui s'appelle `apend` ; vouliez-vous dire `append` ?", "Attribute"),
    ("return math.squart(nombre)", "le module `math` n'a rien qui s'appelle `squart` ; vouliez-vous dire `sqrt` ?", "Attribute"),
    ("return 'a'.upper.strip()", "c'est une fonction, et non ce qu'elle donne", "AttributeError"),
    ("return [1] + nombre", "`+` ne met bout à bout que des choses de même sorte, et voici une liste et un nombre", "TypeError"),
    ("return 'a' + nombre", "`+` ne met bout à bout que des choses de même sorte, et voici un texte et un nombre", "TypeError"),
    ("return nombre + 'a'", "un texte et un nombre ne s'additionnent pas", "TypeError"),
    ("return 'a'.replace('a', nombre)", "on attend ici un texte, et voici un nombre", "TypeError"),
    ("return tokenizer.convert_tokens_to_ids([nombre])", "on attend ici un texte, et voici un nombre", "TypeError"),
    ("return math.sqrt('4')", "on attend ici un nombre, et voici un texte", "TypeError"),
    ("return [1] - [2]", "`-` ne se fait pas entre une liste et une liste", "TypeError"),
    ("return 'a' < nombre", "`<` ne compare pas un texte et un nombre", "TypeError"),
    ("return -[nombre]", "`-` ne s'applique pas à une liste", "TypeError"),
    ("return nombre[0]", "des crochets derrière un nombre, qui n'a pas d'éléments", "TypeError"),
    ("return [n for n in nombre]", "une boucle sur un nombre, qui n'a pas d'éléments", "TypeError"),
    ("mot = 'a'\n    mot[0] = 'b'", "un texte ne se change pas élément par élément", "TypeError"),
    ("return len(nombre)", "`len` compte des éléments, et voici un nombre", "TypeError"),
    ("return {[nombre]: 1}", "ni une clé de dictionnaire ni un élément d'ensemble ne peut être une liste", "TypeError"),
    ("return [1, 2]['a']", "entre crochets derrière une liste, il faut une place : un nombre entier", "TypeError"),
    ("return range(nombre / 2)", "il faut ici un nombre entier, sans décimales", "TypeError"),
    ("return range([nombre])", "on attend ici un nombre entier, et voici une liste", "TypeError"),
    ("return [1, 2][: nombre / 2]", "il faut ici un nombre entier, sans décimales", "TypeError"),
    ("return re.findall('a', nombre)", "on cherche un motif dans un texte, et voici un nombre", "TypeError"),
    ("return sorted([nombre], clef=len)", "ne connaît pas d'argument qui s'appelle `clef`", "TypeError"),
    ("def f(a, b): return a\n    return f(nombre)", "son argument `b`", "TypeError"),
    ("def f(a): return a\n    return f(nombre, 2)", "`f` ne reçoit pas le bon nombre d'arguments (elle en prend 1)", "TypeError"),
    ("return math.exp(np.array([1.0, 2.0]))", "cette fonction prend un seul nombre, et voici un tableau", "TypeError"),
    ("return 1 if np.array([1, 2]) > nombre else 0", "un `if`, un `and` ou un `or` veut une seule réponse", "ValueError"),
    ("a, b = [nombre]", "il y a 2 noms à remplir (à gauche d'un `=`, ou dans un `for`), pour 1 valeur", "ValueError"),
    ("a, b = [nombre] * 3", "il y a 2 noms à remplir (à gauche d'un `=`, ou dans un `for`), pour plus de valeurs", "ValueError"),
    ("return int('douze')", "ce texte ne se lit pas comme un nombre", "ValueError"),
    ("return 'abc'.index('z')", "ce que l'on cherche ne s'y trouve pas", "ValueError"),
    ("return max([])", "il n'y a ni plus grand ni plus petit quand il n'y a rien", "ValueError"),
    ("return math.log(nombre - nombre)", "ce calcul n'existe pas pour ce nombre", "ValueError"),
    ("return math.exp(1000 * nombre)", "un nombre dépasse ce que l'ordinateur sait écrire", "OverflowError"),
    ("return next(n for n in [] if n > nombre)", "`next(…)` ne trouve plus rien", "StopIteration"),
    ("return json.loads('{nombre}')", "ce texte n'est pas du JSON", "JSONDecodeError"),
    ("raise ValueError('trop petit')", "c'est votre `raise` qui refuse ces arguments, et ils sont pourtant permis", "ValueError"),
    ("assert nombre > 100", "c'est votre `assert` qui refuse ces arguments, et ils sont pourtant permis", "AssertionError"),
    ("import zlib\n    return zlib.decompress(b'?')", "`zlib` l'appelle `error`", "error: Error -"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said", "error"), STOPS, ids=[body[:50] for body, _, _ in STOPS])
def test_an_exception_is_retold(body, said, error):
    code, tokenizer = f"def f(nombre):\n    {body}", toy_tokenizer("tokenizer", ["Le chat dort."] * 9)
    card = check(
        make(lambda nombre: nombre + 1, [(4,)]), cell(code, math=math, re=re, np=np, json=json, tokenizer=tokenizer)["f"]
    )
    assert card.state == "wrong" and said in card.message, card
    rows = dict(card.rows)
    assert error in rows["erreur"] and any(label.startswith("ligne ") for label in rows)


def test_the_values_at_the_line_that_stops():
    code = "def f(nombre):\n    reste = nombre\n    while True:\n        reste -= 1\n        part = 12 / reste"
    rows = dict(check(make(lambda nombre: nombre, [(4,)]), cell(code)["f"]).rows)
    assert rows["où"] == "reste = 0" and rows["ligne 5"] == "part = 12 / reste"
    code = "def f(nombre):\n    return sum(12 / (autre - nombre) for autre in [1, 2, 4])"
    assert dict(check(make(lambda nombre: nombre, [(4,)]), cell(code)["f"]).rows)["où"] == "autre = 4"
    code = "def f(nombre):\n    return nombre / 0"  # what is said above is not said again
    assert "où" not in dict(check(make(lambda nombre: nombre, [(4,)]), cell(code)["f"]).rows)


@pytest.mark.parametrize("made", ["WorkshopError('non')", "ValueError('non')", "WorkshopError"])
def test_an_error_that_is_returned(made):
    def half(n):
        if n < 0:
            raise WorkshopError("Un nombre positif, s’il vous plaît.")
        return n / 2

    code = f"def half(n):\n    if n < 0:\n        return {made}\n    return n / 2"
    for cases in ([(3,), (-1,)], [(-1,), (3,)]):
        card = check(make(half, cases), cell(code, WorkshopError=WorkshopError)["half"])
        assert card.state == "wrong" and "renvoie l'erreur comme un résultat ordinaire" in card.message, card
    card = check(make(abs, [(-3,)]), cell(code.replace("half", "abs"), WorkshopError=WorkshopError)["abs"])
    assert card.state == "wrong" and "renvoie l'erreur" in card.message, card
