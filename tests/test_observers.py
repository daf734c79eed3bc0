"""What is seen and found when no known mistake matches: one sentence, true of every case that fails."""

import dataclasses
import inspect
import json
import math
import re
import time

import numpy as np
import pytest
import torch

from tests.test_exercises_core import cell, make
from workshop.base.errors import WorkshopError
from workshop.exercises.core import check, check_value, find

MEAN = (lambda numbers: sum(numbers) / len(numbers), [([1.0, 2.5],), ([4.0, 9.0, 3.0],), ([7.0],)])
RATE = (lambda nats, letters: nats / letters, [(30.0, 8), (7.0, 5), (100.0, 10)])
SCALE = (lambda x, by: x * by, [(np.array([1.0, -2.0, 5.0]), 3.0), (np.array([0.5, 4.0]), 0.5)])
MIX = (lambda a, b: a @ b, [(np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4) - 3)])
WORDS = (lambda text: text.split(), [("le petit âne gris",), ("deux chats, un chien et un âne",), ("un puits",)])
BLOCKS = (lambda ids, n: [ids[i : i + n] for i in range(0, len(ids), n)], [(list(range(7)), 3), (list(range(10, 18)), 4)])
SHOUT = (lambda text: f"Été {text} !", [("un",), ("deux",)])
HELD = (lambda x, top: np.where(x < top, x, -np.inf), [(np.array([1.0, 2.0, 5.0]), 3.0), (np.array([0.5, 4.0, 0.2]), 1.0)])
PAIR = (lambda a, b: (a + b, [a, b]), [(1, 2), (5, 3)])

SEEN = [
    # numbers
    (RATE, "lambda nats, letters: 2 * nats / letters", "le résultat est 2 fois trop grand"),
    (RATE, "lambda nats, letters: nats / letters / 10", "le résultat est 10 fois trop petit"),
    (RATE, "lambda nats, letters: nats / letters / math.log(2)", "le résultat vaut toujours 1,443 fois ce qui est attendu"),
    (RATE, "lambda nats, letters: nats", "votre fonction ne se sert jamais de son argument `letters`"),
    (RATE, "lambda nats, letters: nats + 0.3 + 0 * letters", "le résultat ne dépend pas de `letters`"),
    (RATE, "lambda nats, letters: nats / letters ** 2", "le résultat est divisé par `letters`, en trop"),
    (RATE, "lambda nats, letters: nats * letters / letters", "le résultat est multiplié par `letters`, en trop"),
    (RATE, "lambda nats, letters: -nats / letters", "le signe est à l'envers"),
    (RATE, "lambda nats, letters: letters / nats", "la fraction est à l'envers"),
    (RATE, "lambda nats, letters: 1 - nats / letters", "c'est 1 moins le résultat attendu"),
    (RATE, "lambda nats, letters: nats / letters + 1", "il y a 1 de trop"),
    (RATE, "lambda nats, letters: nats / letters - 0.4", "l'écart est toujours le même : 0,4 de trop peu"),
    (RATE, "lambda nats, letters: nats / letters + letters", "il y a `letters` de trop"),
    (RATE, "lambda nats, letters: round(nats / letters)", "le résultat est arrondi à un nombre entier"),
    (RATE, "lambda nats, letters: int(nats / letters)", "les décimales sont coupées"),
    (RATE, "lambda nats, letters: math.exp(nats / letters)", "c'est l'exponentielle du résultat attendu"),
    (RATE, "lambda nats, letters: 3.75", "votre résultat est toujours le même, quoi qu'on donne à votre fonction : il"),
    (RATE, "lambda nats, letters: 9.99", "votre résultat est toujours le même"),
    (RATE, "lambda nats, letters: (3, 75)", "en Python une virgule sépare deux valeurs"),
    (RATE, "lambda nats, letters: (nats / letters,)", "une virgule au bout d'une ligne fait un tuple"),
    (RATE, "lambda nats, letters: [nats / letters]", "le bon résultat est enfermé dans une liste"),
    (RATE, "lambda nats, letters: str(nats / letters)", "c'est le bon nombre, mais écrit comme un texte"),
    (RATE, "lambda nats, letters: math.sqrt", "vous renvoyez une fonction, et non ce qu'elle donne"),
    (RATE, "lambda nats, letters: int(nats) ^ letters", "votre code contient `^`, qui n'est pas la puissance"),
    (RATE, "lambda nats, letters: 7.7 if letters > 8 else nats / letters", "le résultat est juste avec `answer(30.0, 8)`"),
    (MEAN, "lambda numbers: sum(numbers)", "le résultat est multiplié par `len(numbers)`, en trop"),
    (MEAN, "lambda numbers: sum(kept) / len(kept)", "ne lit pas son argument `numbers`, mais `kept`, une variable du carnet"),
    # a memory
    (RATE, "lambda nats, letters: nats / letters * 0.69315 / math.log(2)", "vaut toujours 1,000004 fois ce qui est attendu : un"),
    (MEAN, "lambda numbers, kept=[]: kept.extend(numbers) or sum(kept) / len(kept)", "quelque chose reste d'un appel à l'autre"),
    # arrays
    (SCALE, "lambda x, by: x", "ne se sert jamais de son argument `by`"),
    (SCALE, "lambda x, by: x * abs(by) * -1", "le signe est à l'envers"),
    (SCALE, "lambda x, by: (x * by)[::-1]", "l'ordre est inversé"),
    (SCALE, "lambda x, by: np.sort(x * by)[::-1] + 0 * x", "ce sont les bons éléments, mais pas dans le bon ordre"),
    (SCALE, "lambda x, by: (x * by)[:-1]", "il manque le dernier élément"),
    (SCALE, "lambda x, by: np.append(x * by, 0)", "il y a un élément de trop, à la fin"),
    (SCALE, "lambda x, by: x * by > 0", "ce sont des réponses par oui ou non"),
    (SCALE, "lambda x, by: (x * by)[:, None]", "ce sont les bons nombres, mais le tableau n'a pas la bonne forme"),
    (SCALE, "lambda x, by: np.array([x, x * by - x])", "il manque une somme, sur l'axe 0"),
    (SCALE, "lambda x, by: x * by / (x > 0)", "les infinis (`inf`) sont trop nombreux"),
    (SCALE, "lambda x, by: x * by + x[0] / 0 * 0", "il y a des `nan`"),
    (SCALE, "lambda x, by: np.where(x > 1, x * by, 7.7)", "1 nombre sur 2 est juste"),
    (SCALE, "lambda x, by: (x * by).astype(str)", "votre tableau contient des textes, et non des nombres"),
    (HELD, "lambda x, top: np.where(x < top, x, np.inf)", "les infinis (`inf`) n'ont pas tous le bon signe"),
    (HELD, "lambda x, top: np.where(x < top, x, -np.inf)[[1, 2, 0]] + 1", "les infinis (`inf`) ne sont pas aux bonnes places"),
    (MIX, "lambda a, b: (a @ b).T", "les lignes et les colonnes sont échangées"),
    # lists and texts
    (WORDS, "lambda text: text.split()[:-1]", "il manque le dernier élément"),
    (WORDS, "lambda text: text.split()[2:]", "il manque les 2 premiers éléments"),
    (WORDS, "lambda text: text.split()[:2]", "il manque la fin : des éléments n'y sont pas"),
    (WORDS, "lambda text: [*text.split(), '']", "il y a un élément de trop, à la fin"),
    (WORDS, "lambda text: text.split()[::-1]", "l'ordre est inversé"),
    (WORDS, "lambda text: sorted(text.split())", "ce sont les bons éléments, mais pas dans le bon ordre"),
    (WORDS, "lambda text: [w for w in text.split() if len(w) > 2]", "tout ce qui est là est juste, mais il en manque"),
    (WORDS, "lambda text: text.upper().split()", "seules les majuscules diffèrent"),
    (WORDS, "lambda text: [w + ' ' for w in text.split()]", "seuls les espaces et les fins de ligne diffèrent"),
    (WORDS, "lambda text: text.replace('â', 'a').split()", "seuls les accents diffèrent"),
    (WORDS, "lambda text: text.replace(',', '').split()", "seule la ponctuation diffère"),
    (WORDS, "lambda text: list(text)", "ce n'est pas coupé aux mêmes endroits : il y a trop d'éléments"),
    (WORDS, "lambda text: [text]", "ce n'est pas coupé aux mêmes endroits : il y a trop peu d'éléments"),
    (WORDS, "lambda text: [[w] for w in text.split()]", "on y attend un texte, et voici une liste"),
    (WORDS, "lambda text: []", "votre résultat est toujours le même"),
    (WORDS, "lambda text: tuple(text.split())", None),
    (WORDS, "lambda text: {w: 1 for w in text.split()}", "on attend une liste, et voici un dictionnaire"),
    (BLOCKS, "lambda ids, n: [ids[i : i + n - 1] for i in range(0, len(ids), n)]", None),
    (BLOCKS, "lambda ids, n: [ids[i : i + n] for i in range(0, len(ids) - n + 1, n)]", "il manque le dernier élément"),
    (BLOCKS, "lambda ids, n: [ids[i : i + 2 * n] for i in range(0, len(ids), 2 * n)]", "rien ne manque et l'ordre est bon, mais"),
    (BLOCKS, "lambda ids, n: [list(map(str, b)) for b in [ids[i:i + n] for i in range(0, len(ids), n)]]", "est écrit en"),
    (BLOCKS, "lambda ids, n: [b[::-1] for b in [ids[i:i + n] for i in range(0, len(ids), n)]]", "dans chaque élément"),
    (SHOUT, "lambda text: f'été {text} !'", "seules les majuscules diffèrent"),
    (SHOUT, "lambda text: f'Été {text}'", "il manque les 2 derniers caractères"),
    (SHOUT, "lambda text: f'- Été {text} !'", "il y a 2 caractères de trop, au début"),
    (SHOUT, "lambda text: text", "votre résultat est l'argument `text`, tel quel"),
    (PAIR, "lambda a, b: (a + b, [b, a])", "tout est juste, sauf le deuxième élément du tuple : l'ordre est inversé"),
    (PAIR, "lambda a, b: (a, [a, b])", "tout est juste, sauf le premier élément du tuple"),
]  # fmt: skip


@pytest.mark.parametrize(("exercise", "code", "sentence"), SEEN, ids=[code[:60] for _, code, _ in SEEN])
def test_what_is_seen_of_a_wrong_answer(exercise, code, sentence):
    reference, cases = exercise
    reference.__name__ = "answer"
    function = cell(f"answer = {code}\nanswer.__name__ = 'answer'", np=np, math=math, kept=[3.0, 4.0])["answer"]
    started = time.perf_counter()
    with np.errstate(all="ignore"):
        card = check(make(reference, cases), function)
    assert time.perf_counter() - started < 1
    if sentence is None:
        return
    assert card.state == "wrong"
    assert sentence in card.message, card


def test_a_comma_for_a_point_in_an_answer(capsys):
    names = {"before": 40.0, "after": 33.0}
    assert cell('gain = answer("4.7", 0,175)', **names)["gain"] == 1 - 33 / 40
    assert "les décimales s’écrivent avec un point" in capsys.readouterr().out


def refuses(n):
    """Return the half of a number that is not negative."""
    if n < 0:
        raise WorkshopError("Un nombre positif, s’il vous plaît.")
    return n / 2


@pytest.mark.parametrize(
    ("body", "state", "said"),
    [
        ("if n < 0: raise WorkshopError('non')\n    return n / 2", "right", ""),
        ("if n < 0:\n        raise ValueError('non')\n    return n * 0.5", "wrong", "mais par une `ValueError`"),
        ("assert n >= 0\n    return n / 2", "wrong", "mais par une `AssertionError`"),
        ("return n / 2", "wrong", "tout le reste est juste"),
        ("return n / 2 if n >= 0 else [][0]", "wrong", "tout le reste est juste"),  # an accident is no refusal
        ("return n / 2 if n >= 0 else json.loads('-')", "wrong", "tout le reste est juste"),
        ("return -n / 2", "wrong", "le signe est à l'envers"),
    ],
)
def test_what_a_docstring_promises_to_refuse(body, state, said):
    exercise = make(refuses, [(3,), (8,), (-1,)], mistakes=[("n", "rien ne change"), ("-n / 2", "le signe est à l'envers", 2)])
    card = check(exercise, cell(f"def refuses(n):\n    {body}", WorkshopError=WorkshopError, json=json)["refuses"])
    assert card.state == state and said in card.message
    if "reste" in said:
        assert ("attendu", "WorkshopError: Un nombre positif, s’il vous plaît.") in card.rows


def test_a_mistake_keeps_its_name_beside_a_check_that_it_lacks():
    exercise = make(refuses, [(3,), (8,), (-1,)], mistakes=[("n", "rien ne change")])
    code = "def refuses(n):\n    if n < 0: raise WorkshopError('non')\n    return n"
    assert check(exercise, cell(code, WorkshopError=WorkshopError)["refuses"]).message == "rien ne change."


@pytest.mark.parametrize("made", ["np.array(n / 2)", "np.float32(n / 2)", "torch.tensor(n / 2)", "torch.tensor(n / 2.0).sum()"])
def test_a_number_in_an_array_without_axes_is_a_number(made):
    assert check(make(refuses, [(3,)]), cell(f"def refuses(n): return {made}", np=np, torch=torch)["refuses"]).state == "right"
    assert check(make(refuses, [(3,)]), lambda n: np.array([n / 2])).state == "wrong"


def test_what_a_library_prints_is_not_the_print_of_the_attendee():
    talks = cell("def talks(n):\n    print('chargement')\n    return n")["talks"]
    silent = cell("def refuses(n):\n    talks(n)", talks=talks)["refuses"]
    assert "affiche" not in check(make(refuses, [(3,)]), silent).message
    shows = cell("def refuses(n):\n    print(n / 2)")["refuses"]
    assert "`return` au lieu de `print`" in check(make(refuses, [(3,)]), shows).message


def test_a_case_without_a_result_among_others_that_have_one():
    card = check(make(lambda n: n + 1, [(1,), (5,)]), cell("def f(n):\n    if n < 3:\n        return n + 1")["f"])
    assert card.message.startswith("juste avec `<lambda>(1)`, mais ici votre fonction ne renvoie rien")
    slow = cell("def f(n):\n    while n > 3: pass\n    return n + 1")["f"]
    card = check(make(lambda n: n + 1, [(1,), (5,)], seconds=0.1), slow)
    assert card.message.startswith("juste avec `<lambda>(1)`, mais ici votre fonction ne s'est pas arrêtée")


def test_an_object_that_was_changed_is_seen():
    book = dataclasses.make_dataclass("Book", ["pages"])
    exercise = make(lambda b: len(b.pages), [(book([1, 2]),)])
    assert (
        "travaillez sur une copie"
        in check(exercise, cell("def f(b):\n    b.pages.append(3)\n    return len(b.pages) - 1")["f"]).message
    )


def test_the_answer_of_a_value_is_not_given_away():
    card = check_value(find("4.7"), 2 * 0.175, {"before": 40.0, "after": 33.0})
    assert "2 fois trop grand" in card.message and "0.175" not in str(card) and "attendu" not in str(card)


HALF = (lambda n, by: n / by, [(7.0, 2), (9.0, 2), (8.0, 2), (5.0, 4)])
SOFT = (lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(), [(np.array([1.0, 2.0]),), (np.array([900.0, 1.0]),)])
COUNT = (lambda text: len(text.split()), [("un chat gris",), ("un chat, puis : un chien !",), ("Ah !\n\nOui.",)])


@pytest.mark.parametrize(
    ("exercise", "code", "sentence"),
    [
        (HALF, "return n // by", "`//` ne garde que la partie entière du quotient : pour diviser, c'est `/`"),
        (HALF, "n //= by\n    return n", "`//` ne garde que la partie entière du quotient"),
        (HALF, "return [one // by for one in [n]][0]", "`//` ne garde que la partie entière du quotient"),
        (HALF, "return 2 * n // by", None),  # with `/` it would be wrong, too
        (
            (lambda ids, n: len(ids) // n, [([1] * 7, 2), ([1] * 8, 3), ([1] * 9, 3)]),
            "return len(ids) / n",
            "le quotient entier, c'est `//`",
        ),
        ((lambda n: n**2, [(3,), (5,), (8,)]), "return n ^ 2", "`^`"),
        (SOFT, "top = np.exp(x)\n    return top / top.sum()", "à la ligne 2, `top = np.exp(x)`, un nombre devient trop grand"),
    ],
)
def test_an_operator_for_another_and_a_number_that_overflows(exercise, code, sentence):
    reference, cases = exercise
    names = ", ".join(inspect.signature(reference).parameters)
    with np.errstate(all="ignore"):
        card = check(make(reference, cases), cell(f"def f({names}):\n    {code}", np=np)["f"])
    assert card.state == "wrong"
    assert sentence in card.message if sentence else "partie entière" not in card.message, card


@pytest.mark.parametrize(
    ("reference", "cases", "code", "sentence"),
    [
        (
            lambda text: len(re.findall(r"\w+", text)),
            [("un chat gris",), ("un chat, un chien !",), ("oui",)],
            "return len(text.split())",
            "on ôte la ponctuation de `text`",
        ),
        (
            lambda text: text.lower().count("le"),
            [("le chat",), ("Le loup et le chien",), ("un puits",)],
            "return text.count('le')",
            "on met `text` en minuscules",
        ),
        (
            lambda text: len(text.split()),
            [("un chat gris",), ("un  chat gris\n et blanc",)],
            "return text.count(' ') + 1",
            "les suites d'espaces",
        ),
        (
            lambda text: len(re.findall("[a-zé]+", text)),
            [("un chat",), ("un élément",)],
            "return len(re.findall('[a-z]+', text))",
            "on ôte les accents de `text`",
        ),
    ],
)
def test_what_troubles_a_function_in_a_text(reference, cases, code, sentence):
    card = check(make(reference, cases), cell(f"def f(text):\n    {code}", re=re)["f"])
    assert card.state == "wrong" and sentence in card.message, card
    assert "devient juste" in card.message
    assert check(make(reference, cases), cell("def f(text):\n    return len(text) + 77")["f"]).message.count("devient") == 0


def test_two_mistakes_at_once_are_both_said():
    mistakes = [
        ("a * b + 3", "il manque le dernier étage"),
        ("a * b + c", "il manque les trois du bord"),
        ("a * b * c + 3", "vous multipliez par `c`"),
    ]
    cases = [(2, 3, 5), (4, 1, 7), (1, 1, 1), (6, 2, 4)]
    exercise = make(lambda a, b, c: a * b + c + 3, cases, mistakes=mistakes)
    card = check(exercise, cell("def f(a, b, c):\n    return a * b + c - c")["f"])
    assert "deux erreurs à la fois. L'une : il manque le dernier étage. L'autre : il manque les trois du bord" in card.message
    assert "à la fois" not in check(exercise, cell("def f(a, b, c):\n    return a * b - c")["f"]).message


def test_two_objects_that_look_the_same_are_no_memory():
    exercise = make(lambda texts: [text[:1] for text in texts], [(["un", "deux"],), (["trois"],)])
    card = check(exercise, cell("def f(texts):\n    return [re.match('.', text) for text in texts]", re=re)["f"])
    assert card.state == "wrong" and "d'un appel à l'autre" not in card.message
    assert "on y attend un texte, et voici un objet `Match`" in card.message


def test_the_first_line_of_a_function_is_told_with_its_defaults():
    def scaled(x: float, by: float = 2.5, names: frozenset = frozenset({"x", "y"})) -> float:
        return x * by + 0 * len(names)

    card = check(make(scaled, [(1.0,), (2.0, 3.0)]), cell("def scaled(x):\n    return 2.5 * x")["scaled"])
    assert "`def scaled(x, by=2.5, names=…)`" in card.message


def test_the_numbers_of_a_dictionary_are_all_too_large():
    names = {"sentences_of": {"Le Puits": ["Un.", "Deux."], "Le Pré": ["Trois."]}}
    card = check_value(find("1.8"), {"Le Puits": 31, "Le Pré": 17}, names)
    assert "tous les nombres sont trop grands" in card.message
    card = check_value(find("1.8"), {"Le Puits": 31, "Le Pré": 0}, names)
    assert "tous les nombres" not in card.message
