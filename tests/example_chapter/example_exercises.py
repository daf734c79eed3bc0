"""The smallest complete chapter, number 99: what an exercise file (``workshop/exercises/chNN.py``) looks like."""

from example_reference import mean_length, pairs

from workshop.exercises.core import Exercise
from workshop.exercises.mistakes import raises

EXERCISES = [
    Exercise(
        id="99.1",
        title="Des mots deux par deux",
        purpose="un modèle apprend ce qui suit quoi",
        minutes=4,
        difficulty=1,
        reference=pairs,
        cases=[(["le", "petit", "âne", "gris"],), (["oui"],), ([],)],
        mistakes=[
            ("[f'{a} {b}' for a, b in pairwise(words[:-1])]", "il manque la dernière paire : ne coupez pas la liste", 2),
            (["words", "list(words)"], "ce sont les mots eux-mêmes : formez des paires"),
            ("[f'{a} {b}' for a, b in zip(words[1:], words)]", "dans chaque paire, le mot vient avant celui qui le suit"),
            (
                "[words[i] + ' ' + words[i + 1] for i in range(len(words))]",
                "le dernier mot n'a pas de suivant : arrêtez-vous avant lui",
                2,
                raises(IndexError),
            ),
        ],
        hints=[
            "Chaque paire réunit un mot et celui qui le suit.",
            "`pairwise(words)` donne chaque mot avec son voisin.",
            'Il reste à écrire `[f"{a} {b}" for a, b in …]`.',
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
        mistakes=[
            ("sum(len(w) for w in words) / len(words)", "une liste vide n'a pas de moyenne : renvoyez 0"),
            ("sum(len(w) for w in words)", "c'est la somme : divisez-la par le nombre de mots", 2),
            ("len(words)", "c'est le nombre de mots, pas leur longueur"),
            ("min(map(len, words), default=0)", "un seul mot n'est pas la moyenne", "got in map(len, words)"),
            (
                """
                total = 0
                for word in words:
                    total += len(word)
                    return total / len(words)
                return 0
                """,
                "un `return` dans la boucle l'arrête au premier tour",
            ),
        ],
        hints=["Une somme, puis une division.", "`sum(…) / len(words)`.", "`sum(len(word) for word in words) / len(words)`."],
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
        free=True,
        mistakes=[
            (["0", "-1.0"], "une température est positive", "got <= 0"),
            (["12", "1.5", "30 * len(words)"], "une température sage ne dépasse pas 1", "got > 1"),
        ],
        hints=["Plus elle est haute, plus le texte surprend.", "Un nombre à virgule.", "`0.8`, par exemple."],
    ),
]
