"""The exercises of chapter 00: a neuron, and one step down the slope."""

from collections.abc import Callable

import numpy as np

from ..neuron import gradient_step, neuron
from .core import Exercise
from .mistakes import anything, raises

ANIMAL = np.array([3.0, 7.0])
ANIMALS = np.array([[3.0, 7.0], [6.5, 4.0], [5.0, 5.5]])
OTHERS = np.array([[4.0, 6.0], [7.5, 3.0], [5.5, 5.0]])
LABELS = np.array([0, 1, 1])
WEIGHTS = np.array([0.5, -0.25])


# 0.1 ----------------------------------------------------------------------------------------------------------------------------
def sigmoid(total: np.ndarray) -> np.ndarray:
    """Return what the neuron makes of its sum."""
    return 1 / (1 + np.exp(-total))


NEURON = Exercise(
    id="0.1", title="Un neurone", purpose="écrire en deux lignes la brique dont tout est fait",
    minutes=3, difficulty=1, reference=neuron, helpers=globals(),
    cases=[(ANIMAL, WEIGHTS, 0.75), (ANIMALS, WEIGHTS, 0.75), (ANIMALS, np.array([-1.0, 0.75]), -2.0)],
    hints=(
        "Deux opérations, l'une après l'autre : la somme pondérée (poids × mesures, plus le biais), puis la sigmoïde.",
        "`inputs @ weights` multiplie chaque mesure par son poids et additionne, pour un animal comme pour soixante. Pour la "
        "sigmoïde, `np.exp`.",
        "`total = inputs @ weights + …`, puis `return 1 / (1 + np.exp(…))`.",
    ),
    mistakes=[
        ("sigmoid(inputs @ weights)", "il manque le biais : il s'ajoute à la somme, avant la sigmoïde"),
        ("inputs @ weights + bias",
         "c'est la somme pondérée ; il reste à la faire passer par la sigmoïde, `1 / (1 + np.exp(-total))`", 2),
        ("1 / (1 + np.exp(inputs @ weights + bias))",
         "vos réponses sont à l'envers (les chats deviennent chiens) : il manque le signe moins dans `np.exp(-total)`", 3),
        ("1 / (1 + np.exp(-inputs @ weights + bias))", "le biais compte à l'envers : il s'ajoute à la somme, et le signe moins "
         "porte sur la somme entière, `-(… + bias)`, avec des parenthèses", 3),
        ("1 / 1 + np.exp(-(inputs @ weights + bias))",
         "la division passe avant l'addition : écrivez `1 / (1 + …)`, avec des parenthèses", 3),
        ("sigmoid(inputs @ weights * bias)", "le biais multiplie la somme : il doit s'ajouter"),
        ("sigmoid(inputs @ weights) + bias", "le biais vient trop tard : il s'ajoute à la somme, avant la sigmoïde", 3),
        (["sigmoid(np.sum(inputs * weights + bias, axis=-1))", "sigmoid(inputs @ (weights + bias))"],
         "le biais est compté pour chaque mesure : il s'ajoute une seule fois, à la somme", 3),
        ("sigmoid(inputs[0] * weights[0] + inputs[1] * weights[1] + bias)",
         "juste pour un seul animal ; mais quand il y en a plusieurs, `inputs[0]` est le premier animal, et non la première "
         "mesure : `inputs @ weights` convient dans les deux cas", 2),
        ("sigmoid(np.sum(inputs * weights) + bias)", "juste pour un seul animal, mais avec plusieurs vous les additionnez tous "
         "ensemble : `inputs @ weights` fait une somme par animal", 2),
        (["sigmoid(inputs * weights + bias)", "sigmoid(inputs * weights) + bias", "inputs * weights"], "il reste un nombre par "
         "mesure au lieu d'un par animal : après la multiplication, il faut additionner ; `inputs @ weights` fait les deux", 2,
         anything("isinstance(got, np.ndarray) and got.dtype.kind == 'f' and np.shape(got) == np.shape(inputs)")),
        (["inputs @ weights + bias > 0", "np.where(inputs @ weights + bias > 0, 1.0, 0.0)"],
         "tout ou rien : ce neurone-ci hésite aussi. Ne comparez pas à un seuil, la sigmoïde donne toutes les nuances entre 0 et "
         "1", 2, anything("np.array_equal(got, want > 0.5)")),
        ("import math; return 1 / (1 + math.exp(-(inputs @ weights + bias)))", "`math.exp` ne connaît que les nombres seuls : "
         "`np.exp` calcule sur tout un tableau", 2, raises(TypeError, "scalar|0-dimensional")),
        ("1 / (1 + exp(-(inputs @ weights + bias)))",
         "`exp` se trouve dans NumPy : écrivez `np.exp`", 2, raises(NameError, "'exp'")),
        (["[sigmoid(total) for total in inputs @ weights + bias]", "sigmoid(np.sum(inputs * weights, axis=1) + bias)"],
         "avec un seul animal, il n'y a ni lignes à parcourir ni `axis=1` : `inputs @ weights` et `np.exp` conviennent à un "
         "animal comme à soixante, sans boucle", 2,
         anything("np.ndim(inputs) == 1 and isinstance(got, (TypeError, IndexError)) and 'xor' not in str(got)")),
        (["sigmoid(inputs.T @ weights + bias)", "sigmoid(weights @ inputs + bias)"], "`@` ne peut pas multiplier ces deux-là : "
         "écrivez `inputs @ weights`, les mesures d'abord, les poids ensuite", 3, raises(ValueError, "matmul")),
    ],
)  # fmt: skip


# 0.2 ----------------------------------------------------------------------------------------------------------------------------
def mean(gaps: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Return the right slope along the weights: the mean, over the animals, of the gap times the measures."""
    return gaps @ inputs / len(inputs)


def step(gap: Callable = np.subtract, slope: Callable = mean, slope_of_bias: Callable = np.mean) -> Callable:
    """Return a step that is wrong by its gap (between the answers and the labels) or by a slope, and right for the rest."""

    def taken(inputs, labels, weights, bias, learning_rate):
        gaps = gap(neuron(inputs, weights, bias), labels)
        return weights - learning_rate * slope(gaps, inputs), bias - learning_rate * slope_of_bias(gaps)

    return taken


GRADIENT_STEP = Exercise(
    id="0.2", title="Un pas dans la pente", purpose="écrire la ligne qui fait apprendre tous les réseaux",
    minutes=4, difficulty=2, reference=gradient_step, helpers=globals(),
    cases=[
        (ANIMALS, LABELS, WEIGHTS, 0.5, 0.1),
        (OTHERS, LABELS, np.array([-0.5, 0.5]), 0.0, 0.5),
        (ANIMALS[:1], LABELS[:1], WEIGHTS, -1.0, 0.25),
    ],
    hints=(
        "Trois temps : les écarts (réponse moins étiquette), la pente (une moyenne), le pas (on retire le taux fois la pente).",
        "`gaps = neuron(inputs, weights, bias) - labels` ; la pente des poids est `gaps @ inputs / len(inputs)`, celle du biais "
        "`gaps.mean()`.",
        "`return weights - learning_rate * …, bias - learning_rate * …`",
    ),
    mistakes=[
        ("weights, bias", "rien n'a bougé : renvoyez les nombres corrigés, `weights - …` et `bias - …`", 3),
        ("right(inputs, labels, weights, bias, -learning_rate)", "vous montez la pente au lieu de la descendre : l'écart est la "
         "réponse moins l'étiquette, et le pas se retire (`weights - …`)", 2),
        ("right(inputs, labels, weights, bias, 1)",
         "il manque le taux d'apprentissage : le pas est la pente multipliée par `learning_rate`"),
        (step(slope=np.matmul, slope_of_bias=np.sum), "c'est une somme sur les animaux, on veut une moyenne : divisez par "
         "`len(inputs)`, sinon le pas grandit avec leur nombre", 2),
        (step(slope=np.matmul), "pour le biais c'est bien une moyenne ; pour les poids aussi, divisez par `len(inputs)`", 2),
        (step(slope_of_bias=np.sum), "pour les poids c'est bien une moyenne ; pour le biais aussi, `gaps.mean()`", 2),
        (step(slope_of_bias=np.array), "le biais est un seul nombre : il descend la moyenne des écarts, `gaps.mean()`", 2,
         "np.ndim(got[0]) == np.ndim(got[1]) == 1"),
        (step(slope=lambda gaps, inputs: np.mean(gaps @ inputs)),
         "vous mélangez les deux poids : chacun a sa pente, la moyenne est celle des animaux, `gaps @ inputs / len(inputs)`", 2),
        (step(gap=lambda answers, labels: answers),
         "l'étiquette n'est pas retirée : l'écart est la réponse moins l'étiquette", 2),
        ([step(gap=lambda answers, labels: abs(answers - labels)), step(gap=lambda answers, labels: (answers - labels) ** 2)],
         "l'écart garde son signe, qui dit dans quel sens corriger : ni valeur absolue, ni carré"),
        ("right(inputs, labels, weights, bias, 0.1)",
         "le pas ne dépend pas de l'argument `learning_rate` : ne l'écrivez pas en chiffres"),
        ([step(slope=lambda gaps, inputs: gaps @ inputs / 60),
          step(slope=lambda gaps, inputs: gaps @ inputs / 60, slope_of_bias=lambda gaps: gaps.sum() / 60)],
         "il n'y a pas toujours soixante animaux : divisez par `len(inputs)`", 2),
        ([step(slope=lambda gaps, inputs: inputs @ gaps), step(slope=np.multiply)], "les formes ne s'accordent pas : `gaps @ "
         "inputs`, dans cet ordre, multiplie chaque écart par les mesures de son animal et additionne", 2, raises(ValueError)),
        ("list(right(inputs, labels, weights, bias, learning_rate))",
         "renvoyez les deux séparés par une virgule, sans crochets : `return …, …`", 3, anything("isinstance(got, list)")),
        ([
             f"""
             for animal, label in zip(inputs, labels, strict=True):
                 weights, bias = right(animal[None], label, weights, bias, learning_rate / {pace})
             return weights, bias
             """
             for pace in ("1", "len(inputs)")
         ], "vous corrigez après chaque animal ; ici, on les regarde tous, puis on fait un seul pas (l'autre façon viendra "
         "plus loin dans le carnet)"),
        ("right(inputs[:1], labels[:1], weights, bias, learning_rate)",
         "seul le premier animal a compté : un `return` dans la boucle l'arrête dès le premier tour ; et sans boucle, `gaps @ "
         "inputs` les regarde tous"),
        ("right(inputs[-1:], labels[-1:], weights, bias, learning_rate)",
         "seul le dernier animal a compté : chaque tour de la boucle efface le précédent ; sans boucle, `gaps @ inputs` les "
         "regarde tous"),
        ("gaps = neuron(inputs, weights, bias) - labels; return gaps @ inputs / len(inputs), gaps.mean()",
         "ce sont les pentes, pas les nouveaux poids : il reste à faire le pas, `weights - learning_rate * …`", 2),
        ("right(inputs, labels, weights, bias, learning_rate)[::-1]",
         "l'ordre est inversé : d'abord les poids, ensuite le biais"),
        ("""
            weights, _ = right(inputs, labels, weights, bias, learning_rate)
            return weights, right(inputs, labels, weights, bias, learning_rate)[1]
            """,
         "le biais est corrigé d'après les poids déjà changés : calculez les écarts une seule fois, avant de rien bouger", 2),
        (step(slope=lambda gaps, inputs: gaps.mean() * inputs.mean(axis=0)),
         "la moyenne du produit n'est pas le produit des moyennes : multipliez chaque écart par les mesures de son animal, puis "
         "faites la moyenne (`gaps @ inputs / len(inputs)`)", 2),
        (step(gap=lambda answers, labels: (answers - labels) * answers * (1 - answers)),
         "le facteur `réponse * (1 - réponse)` est en trop : avec l'erreur que l'on mesure ici, l'écart seul donne la pente"),
        (step(gap=lambda answers, labels: answers.round() - labels),
         "vous arrondissez la réponse à 0 ou 1 : l'écart se mesure sur la réponse elle-même, hésitation comprise"),
        ("right(inputs, labels, weights, bias, learning_rate)[0], bias",
         "les poids sont justes, mais le biais n'a pas bougé : il descend lui aussi sa pente, la moyenne des écarts"),
        ("right(inputs, labels, weights, bias, learning_rate)[0]",
         "les poids sont justes ; renvoyez aussi le biais : `return weights, bias`"),
    ],
)  # fmt: skip

EXERCISES = [NEURON, GRADIENT_STEP]
