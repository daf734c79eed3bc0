"""The smallest complete chapter, number 99: what an exercise file (``workshop/exercises/chNN.py``) looks like."""

from itertools import pairwise

from example_reference import mean_length, pairs

from workshop.exercises.core import Exercise, like


def forgets_last(words):
    return [f"{a} {b}" for a, b in pairwise(words[:-1])]


EXERCISES = [
    Exercise(
        id="99.1",
        title="Des mots deux par deux",
        purpose="un modèle apprend ce qui suit quoi",
        minutes=4,
        difficulty=1,
        reference=pairs,
        cases=[(["le", "petit", "âne", "gris"],), (["oui"],), ([],)],
        diagnostics=[
            (like(forgets_last), "il manque la dernière paire : ne coupez pas la liste", 2),
            (lambda got, _, words: got == words, "ce sont les mots eux-mêmes : formez des paires"),
            (lambda got, *_: isinstance(got, IndexError), "le dernier mot n'a pas de suivant : arrêtez-vous avant lui", 2),
        ],
        hints=[
            "Chaque paire réunit un mot et celui qui le suit.",
            "`pairwise(words)` donne chaque mot avec son voisin.",
            'Il reste à écrire `[f"{a} {b}" for a, b in …]`.',
        ],
        wrong=[
            (forgets_last, "il manque la dernière paire"),
            (lambda words: list(words), "ce sont les mots eux-mêmes"),
            (lambda words: " ".join(words), "on attend une liste, et voici un texte"),
            ("def pairs(words):\n    [f'{a} {b}' for a, b in zip(words, words[1:])]", "il manque `return`"),
            ("def pairs(words):\n    print(words)", "`return` au lieu de `print`"),
            ("def pairs(words):\n    return [words[i] + ' ' + words[i + 1] for i in range(len(words))]", "n'a pas de suivant"),
            ("def pairs(words):\n    return [f'{words[0]} {b}' for b in words[1:]]", "ce n'est pas encore"),
            ("def pairs():\n    return []", "`def pairs(words)`"),
        ],
    ),
    Exercise(
        id="99.2",
        title="Une longueur moyenne",
        purpose="comparer deux styles avec un seul nombre",
        minutes=3,
        difficulty=2,
        reference=mean_length,
        cases=[(["a", "bcd", "ef"],), ([],)],
        diagnostics=[
            (lambda got, *_: isinstance(got, ZeroDivisionError), "une liste vide n'a pas de moyenne : renvoyez 0"),
            (lambda got, expected, words: got == sum(map(len, words)), "c'est la somme : divisez-la par le nombre de mots", 2),
        ],
        hints=["Une somme, puis une division.", "`sum(…) / len(words)`.", "`sum(len(word) for word in words) / len(words)`."],
        wrong=[
            ("def mean_length(words):\n    return sum(len(w) for w in words) / len(words)", "une liste vide n'a pas de moyenne"),
            ("def mean_length(words):\n    return sum(len(w) for w in words)", "c'est la somme"),
            ("def mean_length(words):\n    return str(sum(map(len, words)))", "on attend un nombre, et voici un texte"),
            ("def mean_length(words):\n    return len(words)", "ce n'est pas encore"),
            ("def mean_length(words):\n    return lengths / len(words)", "ce nom n'existe pas ici"),
        ],
        bonus=True,
    ),
    Exercise(
        id="99.3",
        title="Choisir une température",
        purpose="un réglage se choisit avec une raison",
        minutes=2,
        difficulty=1,
        value="0.5 + len(words) / 10",
        names=lambda: {"words": ["a", "b", "c"]},
        judge=lambda got: None if 0 < got < 1 else "une température sage est entre 0 et 1",
        hints=["Plus elle est haute, plus le texte surprend.", "Un nombre à virgule.", "`0.8`, par exemple."],
        wrong=[
            ("0", "entre 0 et 1"),
            ("-1.0", "entre 0 et 1"),
            ("12", "entre 0 et 1"),
            ("'0.8'", "un texte ne convient pas ici"),
            ("None", "cette valeur est `None`"),
        ],
    ),
]
