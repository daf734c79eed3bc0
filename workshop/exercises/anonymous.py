"""Exercise 7.5: what may leave a machine.  Its mistakes are those of real telemetry."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..sharing import events
from ..sharing.events import FIELDS
from .core import Exercise
from .mistakes import raises

#: What a library that wants to help writes down, without thinking of whom it is about.  All of it is invented.
PRIVATE = {
    "user": "amandine",
    "host": "portable-amandine",
    "address": "192.168.1.23",
    "path": "/home/amandine/atelier/05_generation.ipynb",
    "code": "def top_k_filter(logits, k):\n    return logits",
    "error": "NameError: name 'amandine' is not defined",
    "traceback": ["/home/amandine/atelier/05_generation.ipynb, line 3"],
    "email": "amandine@moulin.example",
}
PLAIN = {
    "version": 1,
    "id": "0123456789abcdef",
    "seat": "42-0123456789abcdef",
    "exercise": "5.2",
    "outcome": "wrong",
    "mistake": 3,
    "hint": None,
    "seconds": 84,
}
#: Forms that are nobody's but the exercise's.
FEW = {"outcome": "right|wrong", "seconds": "[0-9]{1,4}", "word": "[a-z]{1,8}"}

CASES: list[tuple[dict[str, Any], dict[str, str]]] = [
    (PLAIN | PRIVATE, FIELDS),
    (PLAIN, FIELDS),
    (PLAIN | {"cwd": "/home/amandine", "SEAT": "amandine"}, FIELDS),
    ({"exercise": "5.2", "outcome": "right", "seconds": 0}, FIELDS),
    ({}, FIELDS),
    (PRIVATE, FIELDS),
    (PLAIN | {"mistake": PRIVATE["error"], "exercise": PRIVATE["path"], "seat": "amandine"}, FIELDS),
    (PLAIN | {"outcome": "wrong, dit amandine", "seconds": "84 s chez amandine", "exercise": "5.2 (amandine)"}, FIELDS),
    (PLAIN | {"outcome": "amandine : todo", "exercise": "carnet 5.2", "mistake": "erreur 3"}, FIELDS),
    (PLAIN | {"outcome": "tout faux : wrong, hélas"}, FIELDS),
    (PLAIN | {"exercise": "5.2\n", "id": "0123456789abcdef\n", "outcome": "calm\n"}, FIELDS),
    (PLAIN | {"exercise": " 5.2", "seconds": "84 "}, FIELDS),
    (PLAIN | {"mistake": True, "hint": False, "seconds": -84, "version": 1.5}, FIELDS),
    (PLAIN | {"mistake": [3], "seat": {"user": "amandine"}, "outcome": ("wrong",), "seconds": 10**9}, FIELDS),
    (PLAIN | {"exercise": "552", "seconds": "84", "hint": "2", "version": 0}, FIELDS),
    ({"outcome": "wrong", "seconds": 7, "word": "moulin", "user": "amandine", "mistake": 3}, FEW),
    ({"outcome": "todo", "seconds": 12345, "word": "Amandine"}, FEW),
    ({"word": "", "seconds": 0, "outcome": "right"}, FEW),
]


def kept(
    event: Mapping[str, Any], fields: Mapping[str, str], fits: Callable[[str, str], Any] = re.fullmatch, otherwise: Any = None
) -> dict[str, Any]:
    """Keep what is allowed, with another rule than ours for the values, or something else where one does not fit."""
    return {
        name: event.get(name) if name in event and fits(form, str(event[name])) else otherwise for name, form in fields.items()
    }


def more(got: Mapping, fields: Mapping) -> set:
    """Return the names of what should have stayed."""
    return set(got) - set(fields)


def stamped(value: Any) -> str:
    """Return the fingerprint of a value."""
    return hashlib.sha256(str(value).encode()).hexdigest()[:16]


def blurred(value: Any) -> Any:
    """Take the name out of a text, and leave the rest."""
    return value.replace("amandine", "***") if isinstance(value, str) else value


ANONYMISE = Exercise(
    id="7.5", title="Ce qui a le droit de partir", purpose="mesurer une salle sans rien savoir de personne",
    minutes=5, difficulty=2, bonus=True, reference=events.anonymise, cases=CASES, helpers=globals(),
    hints=(
        "ne partez pas de l'événement pour en retirer, mais de `fields` pour choisir : une liste de ce qui est permis n'oublie "
        "rien",
        "`event.get(name)` rend la valeur, ou `None` s'il n'y en a pas ; `re.fullmatch(form, str(value))` dit si elle est, en "
        "entier, de la forme permise",
        "`safe[name] = value if re.fullmatch(…, …) else None`, pour chaque `name, form` de `fields.items()`",
    ),
    mistakes=[
        (["dict(event)", "{name: event[name] for name in event}"], "tout part : le code avec l'erreur, le nom, l'adresse ; "
         "choisissez ce qui a le droit de sortir, le reste ne sort pas",
         "more(got, fields) and all(event[name] == value for name, value in got.items()) and len(got) == len(event)"),
        (["kept(event, fields) | {'code': event.get('code')}",
          "kept(event, fields) | {name: event.get(name) for name in ('code', 'error', 'traceback')}"],
         "le code et l'erreur partent aussi : une erreur cite ce que l'on a tapé, parfois un nom ou un mot de passe ; le numéro "
         "de l'erreur suffit", "more(got, fields) and more(got, fields) <= {'code', 'error', 'traceback'}"),
        ("kept(event, fields) | {'address': event.get('address')}", "l'adresse part, « pour déboguer » : elle désigne une "
         "machine, donc quelqu'un, et personne ne l'effacera", "more(got, fields) == {'address'}"),
        (["kept(event, fields) | {'user': stamped(event.get('user'))}",
          "{name: stamped(value) if name not in fields else value for name, value in event.items()}"],
         "une empreinte ne cache rien : qui a la liste des noms les essaie tous, et retrouve le bon ; ne l'envoyez pas",
         "any(re.fullmatch('[0-9a-f]{16,64}', str(got[name])) for name in more(got, fields))"),
        (["kept(event, fields) | {'path': blurred(event.get('path'))}",
          "{name: blurred(value) for name, value in event.items()}"],
         "un chemin, une erreur dont on a rayé le nom en disent encore trop : ce qui n'est pas dans `fields` reste ici, "
         "en entier",
         "any('***' in str(got[name]) for name in more(got, fields))"),
        ("kept(event, FIELDS)",
         "les champs permis sont ceux de `fields`, que l'on vous donne : d'autres salles en ont d'autres", 1,
         "set(got) == set(FIELDS) != set(fields)"),
        (["{name: value for name, value in event.items() if name not in ('code', 'user', 'host', 'address', 'path', 'error')}",
          "{**event, **dict.fromkeys(PRIVATE)}"],
         "une liste de ce qui est interdit oublie toujours quelque chose : partez de `fields`, la liste de ce qui est permis", 1,
         "more(got, fields)"),
        ("{name: event[name] if re.fullmatch(form, str(event[name])) else None for name, form in fields.items()}",
         "un champ peut manquer : `event.get(name)` rend alors `None`, au lieu de s'arrêter", 2, raises(KeyError)),
        ("{name: event.get(name) if re.fullmatch(form, event.get(name)) else None for name, form in fields.items()}",
         "`re.fullmatch` ne lit que des textes : écrivez d'abord la valeur avec `str(value)`", 2,
         raises(TypeError, "expected string|bytes-like")),
        (["if set(event) - set(fields): raise ValueError\nreturn kept(event, fields)",
          "if any(not re.fullmatch(form, str(event.get(name))) for name, form in fields.items()): raise ValueError('non')\n"
          "return dict(event)"],
         "l'atelier ne doit pas s'arrêter pour une mesure : ce qui ne convient pas devient `None`, et le reste part", 1,
         raises((ValueError, AssertionError))),
        ("return kept(event, fields) if all(re.fullmatch(form, str(event.get(name))) for name, form in fields.items()) else {}",
         "vous jetez tout pour un seul champ qui ne convient pas : lui seul devient `None`", 3, "got == {} and want != {}"),
        (["{name: value for name, value in kept(event, fields).items() if value is not None}",
          "{name: event[name] for name in fields if name in event}"],
         "il manque des champs : celui qui n'a pas de valeur, ou pas la bonne, vaut `None`, et tous les événements ont la même "
         "forme", 3, "set(got) < set(want)"),
        ("{name: bool(re.fullmatch(form, str(event.get(name)))) for name, form in fields.items()}",
         "vous dites seulement si chaque forme convient, par oui ou non : c'est la valeur elle-même qui part, ou `None`", 3,
         "bool(got) and all(isinstance(value, bool) for value in got.values())"),
        ("{name: re.fullmatch(form, str(event.get(name))) for name, form in fields.items()}",
         "c'est le résultat de `re.fullmatch` qui part, et non la valeur : il dit seulement si elle est de la forme permise", 3,
         "any(isinstance(value, re.Match) for value in got.values())"),
        ([f"kept(event, fields, otherwise={other!r})" for other in ("", "***", "None", 0)],
         "ce qui ne convient pas devient `None`, et rien d'autre : un texte vide, des étoiles ou un zéro passeraient pour une "
         "valeur", 3, "any(want[name] is None and (got[name] in ('', '***', 'anonyme', '?', 'None') or got[name] == 0) "
         "and got[name] != event.get(name) for name in want)"),
        (["{name: event.get(name) for name in fields}", "kept(event, fields, lambda form, text: True)"],
         "le nom du champ est permis, pas tout ce que l'on peut y mettre : un chemin ou un prénom s'y glisse, et part ; "
         "vérifiez aussi la forme de la valeur", 2),
        ("kept(event, fields, re.match)", "`re.match` ne regarde que le début : « 5.2 (amandine) » passe ; c'est toute la valeur "
         "qui doit être de la forme permise", 2),
        ("kept(event, fields, re.search)", "`re.search` se contente d'un morceau : « carnet 5.2 » passe ; c'est toute la valeur "
         "qui doit être de la forme permise", 2),
        (["kept(event, fields, lambda form, text: re.match(f'^{form}$', text))",
          "kept(event, fields, lambda form, text: re.match(form + '$', text))",
          "kept(event, fields, lambda form, text: re.search(f'^{form}$', text))"],
         "`^right|wrong$` veut dire « commence par right, ou finit par wrong » : sans parenthèses autour de la forme, un prénom "
         "passe ; `re.fullmatch` n'en a pas besoin", 2),
        ("kept(event, fields, lambda form, text: re.match(f'(?:{form})$', text))", "`$` accepte une fin de ligne en plus : "
         "« 5.2 » suivi d'un retour passe ; `re.fullmatch` ne laisse rien après", 2),
        ("kept(event, fields, lambda form, text: re.fullmatch(form, text.strip()))", "vous vérifiez la valeur sans ses blancs, "
         "puis vous l'envoyez avec : vérifiez ce qui part, tel quel", 2),
        ("{name: str(value) if value is not None else None for name, value in kept(event, fields).items()}",
         "les nombres sont devenus des textes : `str` sert à vérifier la forme, mais c'est la valeur elle-même qui part", 3,
         "any(str(want[name]) == got[name] != want[name] is not None for name in want)"),
        (["{name: value or None for name, value in kept(event, fields).items()}",
          "{name: value if (value := event.get(name)) and re.fullmatch(form, str(value)) else None "
          "for name, form in fields.items()}"],
         "zéro est une valeur : `if value` l'écarte comme s'il n'y avait rien ; laissez la forme en décider", 2,
         "any(want[name] == 0 and want[name] is not None and got[name] is None for name in want)"),
        ("dict.fromkeys(fields)", "il ne reste rien : les valeurs qui ont la forme permise doivent partir", 2,
         "set(got.values()) == {None} and set(want.values()) != {None}"),
    ],
)  # fmt: skip
