"""The exercises of chapter 03: sequences, a network with a memory, its guards, a draw by chance, a fair measure."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from .. import bilstm, metrics
from ..generation import sampling
from ..steps import VOCABULARY
from .core import Exercise, like

# 3.1 ----------------------------------------------------------------------------------------------------------------------------

IDS = [11, 12, 13, 14, 15, 16, 17, 18]


def _negative(token_ids, window):
    return [token_ids[end - window : end] for end in range(1, len(token_ids))], token_ids[1:]


def _everything(token_ids, window):
    return [token_ids[:end] for end in range(1, len(token_ids))], token_ids[1:]


def _answer_inside(token_ids, window):
    return [token_ids[max(0, end - window) : end + 1] for end in range(1, len(token_ids))], token_ids[1:]


def _short_by_one(token_ids, window):
    return [token_ids[max(0, end - window + 1) : end] for end in range(1, len(token_ids))], token_ids[1:]


def _long_by_one(token_ids, window):
    return [token_ids[max(0, end - window - 1) : end] for end in range(1, len(token_ids))], token_ids[1:]


def _first_tokens(token_ids, window):
    return [token_ids[:end][:window] for end in range(1, len(token_ids))], token_ids[1:]


def _full_only(token_ids, window):
    ends = range(window, len(token_ids))
    return [token_ids[end - window : end] for end in ends], [token_ids[end] for end in ends]


def _with_empty(token_ids, window):
    return [token_ids[max(0, end - window) : end] for end in range(len(token_ids))], token_ids


def _beyond_the_end(token_ids, window):
    return [token_ids[max(0, end - window) : end] for end in range(1, len(token_ids) + 1)], token_ids[1:]


def _reversed(token_ids, window):
    return [token_ids[max(0, end - window) : end][::-1] for end in range(1, len(token_ids))], token_ids[1:]


def _blocks(token_ids, window):
    ends = range(window, len(token_ids), window)
    return [token_ids[end - window : end] for end in ends], [token_ids[end] for end in ends]


def _forwards(token_ids, window):
    return [token_ids[i : i + window] for i in range(len(token_ids) - 1)], token_ids[1:]


def _without_last(token_ids, window):
    return [token_ids[max(0, end - window) : end] for end in range(1, len(token_ids) - 1)], token_ids[1:-1]


def _one_token_each(token_ids, window):
    return token_ids[:-1], token_ids[1:]


PREFIXES = Exercise(
    id="3.1",
    title="Ce qui précède, ce qui suit",
    purpose="changer un roman en milliers de devinettes",
    minutes=5,
    difficulty=2,
    reference=bilstm.prefixes,
    cases=[(IDS, 3), ([21, 22, 23], 5), ([31], 4)],
    hints=(
        "une devinette par token, sauf le premier : ce qui le précède, c'est une tranche de `token_ids` qui s'arrête juste "
        "avant lui",
        "`token_ids[start : end]` ne contient pas `end` : pour deviner le token `end`, la tranche est la bonne. Elle commence "
        "`window` tokens plus tôt, mais jamais avant 0 : `max(0, end - window)`",
        "`before = [token_ids[max(0, end - window) : …] for end in range(1, len(token_ids))]`, puis "
        "`return before, token_ids[1:]`",
    ),
    wrong=(
        (_negative, "compte depuis la fin"),
        (_everything, "`window`"),
        (_answer_inside, "la réponse est dans la question"),
        (_short_by_one, "un token trop court"),
        (_long_by_one, "un token trop long"),
        (_first_tokens, "les plus récents"),
        (_full_only, "les premières devinettes"),
        (_with_empty, "le premier token"),
        (_beyond_the_end, "n’a pas de réponse"),
        (_reversed, "à l’envers"),
        (_blocks, "une devinette pour chaque token"),
        (lambda ids, window: (bilstm.prefixes(ids, window)[0], ids[:-1]), "décalées d’un cran"),
        (lambda ids, window: list(zip(*bilstm.prefixes(ids, window), strict=True)), "deux listes"),
        (lambda ids, window: bilstm.prefixes(ids, window)[0], "deux choses"),
        (
            "def prefixes(token_ids, window):\n"
            "    for end in range(1, len(token_ids)):\n"
            "        return [token_ids[max(0, end - window) : end]], [token_ids[end]]\n",
            "une seule devinette",
        ),
        (
            "def prefixes(token_ids, window):\n"
            "    for end in range(1, len(token_ids)):\n"
            "        before = [token_ids[max(0, end - window) : end]]\n"
            "    return before, token_ids[1:]\n",
            "de nouveau vide à chaque tour",
        ),
        (_forwards, "la réponse est dans la question"),
        (_without_last, "la dernière devinette manque"),
        (lambda ids, window: (bilstm.prefixes(ids, window)[0][1:], ids[2:]), "il manque des devinettes"),
        (_one_token_each, "une tranche"),
        (lambda ids, window: ([ids[i] for i in range(len(ids))], [ids[i + 1] for i in range(len(ids))]), "au-delà de la fin"),
        (lambda ids, window: (np.array(bilstm.prefixes(ids, window)[0]), ids[1:]), "laissez une liste"),
    ),
    diagnostics=(
        (
            lambda got, expected, *_: isinstance(got, list) and got and isinstance(got[0], tuple),
            "vous renvoyez une liste de paires ; on attend deux listes, l'une après l'autre : les préfixes, puis les réponses",
            3,
        ),
        (
            lambda got, *_: isinstance(got, list),
            "il faut renvoyer deux choses, séparées par une virgule : les préfixes, puis les tokens à deviner",
            3,
        ),
        (
            lambda got, *_: isinstance(got, IndexError),
            "vous lisez au-delà de la fin du texte : pour chaque token à deviner, on regarde en arrière, pas en avant",
            2,
        ),
        (
            lambda got, *_: isinstance(got, ValueError) and "inhomogeneous" in str(got),
            "des préfixes inégaux ne font pas un tableau : laissez une liste (l'exercice suivant les mettra à la même longueur)",
        ),
        (
            lambda got, *_: isinstance(got[0][0], int),
            "un préfixe est une liste de tokens, donc une tranche, `token_ids[… : …]` ; les vôtres sont de simples tokens",
            2,
        ),
        (
            lambda got, expected, *_: len(got[0]) == 1 < len(expected[0]) and got[0][0] == expected[0][-1],
            "il ne reste que la dernière devinette : la liste est de nouveau vide à chaque tour ; créez-la avant la boucle, puis "
            "`append`",
        ),
        (
            lambda got, expected, *_: len(got[0]) == 1 < len(expected[0]),
            "il n'y a qu'une seule devinette : un `return` dans la boucle l'arrête au premier tour",
        ),
        (
            like(_negative),
            "au début, `end - window` est négatif, et en Python un indice négatif compte depuis la fin : bornez-le avec "
            "`max(0, …)`",
            2,
        ),
        (
            lambda got, expected, *args: any(got == wrong(*args) for wrong in (_answer_inside, _forwards)),
            "la réponse est dans la question : le token à deviner est déjà dans le préfixe, et le réseau n'aurait qu'à recopier",
            2,
        ),
        (
            like(lambda ids, window: (bilstm.prefixes(ids, window)[0], ids[:-1])),
            "les réponses sont décalées d'un cran : le premier token à deviner est le deuxième du texte",
            3,
        ),
        (
            like(_everything),
            "les préfixes grandissent sans fin : on ne garde que les `window` derniers tokens",
            2,
        ),
        (
            like(_first_tokens),
            "ce sont toujours les mêmes tokens, ceux du début : gardez les plus récents, qui touchent le token à deviner",
            2,
        ),
        (like(_short_by_one), "le préfixe est un token trop court : de `end - window` à `end`, il y en a déjà `window`", 2),
        (like(_long_by_one), "le préfixe est un token trop long : de `end - window` à `end`, il y en a déjà `window`", 2),
        (
            like(_full_only),
            "les premières devinettes manquent : un préfixe court est quand même un préfixe (nous le remplirons après)",
            1,
        ),
        (
            like(_with_empty),
            "le premier token ne se devine pas : rien ne le précède. Commencez à `range(1, …)`",
            3,
        ),
        (
            like(_beyond_the_end),
            "la dernière devinette n'a pas de réponse : le texte est fini ; arrêtez `range` à `len(token_ids)`",
            3,
        ),
        (like(_reversed), "les préfixes sont à l'envers : le token le plus récent se place à la fin", 2),
        (
            like(_without_last),
            "la dernière devinette manque : `range` s'arrête juste avant sa borne, donnez-lui `len(token_ids)`",
            3,
        ),
        (
            like(_blocks),
            "on veut une devinette pour chaque token, sauf le premier : d'un préfixe au suivant, avancez d'un seul token",
            1,
        ),
        (
            lambda got, expected, *_: 0 < len(got[0]) < len(expected[0]),
            "il manque des devinettes : on en veut une pour chaque token, sauf le premier",
            3,
        ),
    ),
)

# 3.2 ----------------------------------------------------------------------------------------------------------------------------


def _rows(token_ids, window, make):
    before, targets = bilstm.prefixes(token_ids, window)
    return np.array([make(list(tokens)) for tokens in before], dtype=np.int32), np.array(targets, dtype=np.int32)


def _on_the_right(token_ids, window, pad=0):
    return _rows(token_ids, window, lambda tokens: tokens + [pad] * (window - len(tokens)))


def _always_zero(token_ids, window, pad=0):
    return _rows(token_ids, window, lambda tokens: [0] * (window - len(tokens)) + tokens)


def _repeats_the_first(token_ids, window, pad=0):
    return _rows(token_ids, window, lambda tokens: tokens[:1] * (window - len(tokens)) + tokens)


def _ragged(token_ids, window, pad=0):
    return _rows(token_ids, window, lambda tokens: tokens)


def _one_more(token_ids, window, pad=0):
    return _rows(token_ids, window, lambda tokens: [pad] * (window - len(tokens) + 1) + tokens)


def _to_the_longest(token_ids, window, pad=0):
    longest = min(window, len(token_ids) - 1)
    return _rows(token_ids, longest, lambda tokens: [pad] * (longest - len(tokens)) + tokens)


def _drops_the_short(token_ids, window, pad=0):
    inputs, targets = bilstm.prefix_sequences(token_ids, window, pad)
    return inputs[window - 1 :], targets[window - 1 :]


def _transposed(token_ids, window, pad=0):
    inputs, targets = bilstm.prefix_sequences(token_ids, window, pad)
    return inputs.T, targets


def _as_lists(token_ids, window, pad=0):
    return tuple(array.tolist() for array in bilstm.prefix_sequences(token_ids, window, pad))


SEQUENCES = Exercise(
    id="3.2",
    title="Le vide, à gauche",
    purpose="ranger des préfixes inégaux dans un tableau",
    minutes=4,
    difficulty=2,
    reference=bilstm.prefix_sequences,
    cases=[([11, 12, 13, 14, 15], 3), ([21, 22, 23], 5, 9)],
    hints=(
        "partez des préfixes de l'exercice 3.1, et complétez chacun jusqu'à `window` cases, par la gauche",
        "`[pad] * 3` donne trois fois `pad`, et `+` met deux listes bout à bout ; il manque `window - len(tokens)` cases. (Keras "
        "a aussi une fonction toute faite, `keras.utils.pad_sequences`.)",
        "`rows = [[pad] * (window - …) + tokens for tokens in before]`, puis `return np.array(rows), np.array(targets)`",
    ),
    wrong=(
        (_on_the_right, "à droite"),
        (_always_zero, "`pad`, pas toujours 0"),
        (_repeats_the_first, "n’y étaient pas"),
        (_ragged, "n’ont pas toutes la même longueur"),
        (_one_more, "une case de trop"),
        (_to_the_longest, "`window` cases"),
        (_drops_the_short, "les préfixes courts"),
        (_transposed, "les lignes et les colonnes"),
        (_as_lists, "`np.array(…)`"),
        (lambda ids, window, pad=0: bilstm.prefix_sequences(ids, window, pad)[0], "il manque les tokens à deviner"),
        (lambda ids, window, pad=0: bilstm.prefixes(ids, window), "`np.array(…)`"),
        (lambda ids, window, pad=0: _rows(ids, window, lambda tokens: pad * (window - len(tokens)) + tokens), "entre crochets"),
    ),
    diagnostics=(
        (
            lambda got, *_: isinstance(got, ValueError) and "inhomogeneous" in str(got),
            "les lignes n'ont pas toutes la même longueur, et un tableau ne peut pas avoir de trous : complétez les courtes avec "
            "`pad`",
            2,
        ),
        (
            lambda got, *_: isinstance(got, TypeError) and "+: 'int' and 'list'" in str(got),
            "`pad` est un nombre, et on n'ajoute pas une liste à un nombre : entre crochets, `[pad] * 3` fait une liste",
            2,
        ),
        (
            lambda got, *_: isinstance(got, np.ndarray),
            "il manque les tokens à deviner : renvoyez les deux tableaux, séparés par une virgule",
            3,
        ),
        (
            lambda got, *_: isinstance(got, tuple) and any(isinstance(part, list) for part in got),
            "on attend deux tableaux NumPy : quand toutes les lignes ont la même longueur, entourez-les de `np.array(…)`",
            3,
        ),
        (
            like(_on_the_right),
            "le vide est à droite : le dernier mot lu changerait sans cesse de colonne, et l'on en serait séparé par du vide",
            2,
        ),
        (
            lambda got, expected, ids, window, pad=0: (
                pad and np.array_equal(got[0], np.where(expected[0] == pad, 0, expected[0]))
            ),
            "on remplit avec `pad`, pas toujours 0 : c'est le troisième argument",
            2,
        ),
        (
            like(_repeats_the_first),
            "vous répétez le premier mot pour boucher les trous : le réseau lirait des mots qui n'y étaient pas ; prenez `pad`",
            2,
        ),
        (
            lambda got, expected, ids, window, *_: got[0].shape == (len(expected[0]), window + 1),
            "il y a une case de trop : un préfixe de `len(tokens)` tokens a besoin de `window - len(tokens)` cases vides",
            2,
        ),
        (
            lambda got, expected, ids, window, *_: got[0].shape == (window, len(expected[0])) != expected[0].shape,
            "les lignes et les colonnes sont échangées : une ligne par devinette",
        ),
        (
            lambda got, expected, *_: len(got[0]) < len(expected[0]),
            "les préfixes courts ont disparu : c'est justement pour les garder que l'on remplit",
        ),
        (
            lambda got, expected, ids, window, *_: got[0].shape[1] != window,
            "chaque ligne doit avoir `window` cases, même quand le texte est court : le réseau attend toujours la même largeur",
            2,
        ),
    ),
)

# 3.3 ----------------------------------------------------------------------------------------------------------------------------

ORDER = "Embedding, LSTM dans les deux sens, Dropout, LSTM dans les deux sens, Dense, Dense"


def _judge_network(
    model: Any, vocab_size: int, window: int, units: int, dropout: float, l2: float, learning_rate: float
) -> str | None:
    """Return what this network has not, in a sentence; by public properties only."""
    import keras

    if not isinstance(model, keras.Model):
        return "on attend un réseau : `keras.Sequential([…])` le construit à partir de la liste des couches"
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    names = [type(layer).__name__ for layer in layers]
    if "LSTM" in names:
        return "un LSTM ne lit que dans un sens : entourez-le de `layers.Bidirectional(…)`, les deux fois"
    if "Dropout" not in names:
        return "il manque la couche `Dropout` entre les deux LSTM : c'est elle qui empêche d'apprendre par cœur"
    if names != ["Embedding", "Bidirectional", "Dropout", "Bidirectional", "Dense", "Dense"]:
        return f"les couches ne sont pas celles du tableau : on attend, dans cet ordre, {ORDER}"
    embedding, first, dropped, second, dense, last = layers
    if odd := {type(both.forward_layer).__name__ for both in (first, second)} - {"LSTM"}:
        return f"ce sont des LSTM que l'on veut dans les `Bidirectional`, et voici un {odd.pop()} (un cousin : essayez-le après)"
    if not model.built:
        return "le réseau ne sait pas encore ce qu'il lira : commencez la liste par `keras.Input((window,))`"
    if model.input_shape != (None, window):
        return "l'entrée n'a pas la bonne largeur : le réseau lit `window` tokens, donc `keras.Input((window,))`"
    if embedding.input_dim != vocab_size or embedding.output_dim != 64:
        return "l'Embedding doit avoir une ligne par token du vocabulaire, large de 64 : `layers.Embedding(vocab_size, 64)`"
    if len(model.output_shape) != 2:
        return (
            "la sortie a une réponse par token lu, au lieu d'une seule : `return_sequences=True` est pour le premier LSTM, pas "
            "pour le second"
        )
    if last.units != vocab_size:
        return "la dernière couche doit avoir autant de sorties que le vocabulaire a de tokens : une probabilité pour chacun"
    if getattr(last.activation, "__name__", "") != "softmax":
        return 'la dernière couche doit finir par `activation="softmax"` : sans elle, les sorties ne sont pas des probabilités'
    if first.output.shape[-1] != 2 * units:
        return "chaque LSTM a `units` cellules dans chaque sens, comme le demande l'argument"
    if abs(dropped.rate - dropout) > 1e-9:
        return "la part de signaux coupés est l'argument `dropout` : `layers.Dropout(dropout)`"
    if dense.units != 2 * units or getattr(dense.activation, "__name__", "") != "relu":
        return 'la première couche Dense a `2 * units` neurones et l\'activation `"relu"`'
    if dense.kernel_regularizer is None:
        return "la première couche Dense retient ses poids : `kernel_regularizer=keras.regularizers.L2(l2)`"
    return _judge_compilation(model, learning_rate)


def _judge_compilation(model: Any, learning_rate: float) -> str | None:
    said = model.get_compile_config() if model.compiled else None
    if said is None:
        return "les couches sont justes ; il reste à dire au réseau comment apprendre, avec `model.compile(…)`"
    loss = said["loss"] if isinstance(said["loss"], str) else said["loss"].get("class_name", "") if said["loss"] else ""
    if loss.lower().replace("_", "") != "sparsecategoricalcrossentropy":
        return (
            'la perte est `"sparse_categorical_crossentropy"` : « sparse » parce que la réponse est un numéro de token, pas un '
            "tableau de 0 et de 1"
        )
    if "accuracy" not in str(said.get("metrics", "")).lower():
        return 'demandez aussi l\'exactitude, pour les courbes : `metrics=["accuracy"]`'
    if not math.isclose(float(model.optimizer.learning_rate), learning_rate, rel_tol=1e-3):
        return "le taux d'apprentissage est l'argument `learning_rate` : `keras.optimizers.Adam(learning_rate)`"
    return None


_NETWORK = """\
def build_bilstm(vocab_size, window=16, units=64, dropout=0.2, l2=1e-5, learning_rate=4e-3, seed=0):
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((window,), dtype="int32"),
            layers.Embedding(vocab_size, 64),
            layers.Bidirectional(layers.LSTM(units, return_sequences=True)),
            layers.Dropout(dropout),
            layers.Bidirectional(layers.LSTM(units)),
            layers.Dense(2 * units, activation="relu", kernel_regularizer=keras.regularizers.L2(l2)),
            layers.Dense(vocab_size, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


def _network(*changes: tuple[str, str]) -> str:
    """Return the source of a network with these pieces of it changed."""
    source = _NETWORK
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return source


BUILD = Exercise(
    id="3.3",
    title="Un réseau à deux lecteurs",
    purpose="empiler des couches avec Keras",
    minutes=6,
    difficulty=3,
    reference=bilstm.build_bilstm,
    judge=_judge_network,
    cases=[(30, 5, 4, 0.25, 1e-4, 5e-3)],
    seconds=60,
    hints=(
        "tout est dans le tableau : une ligne, une couche, dans l'ordre. Le petit réseau juste au-dessus montre comment on les "
        "écrit et comment on termine par `compile`",
        "un LSTM qui lit dans les deux sens s'écrit `layers.Bidirectional(layers.LSTM(units))` ; le premier des deux a besoin de "
        "`return_sequences=True`, pour donner une note à chaque token et non à la fin seulement",
        "`model = keras.Sequential([keras.Input((window,)), layers.Embedding(vocab_size, 64), "
        "layers.Bidirectional(layers.LSTM(units, return_sequences=True)), …])`, puis `model.compile(…)` comme au-dessus, et "
        "`return model`",
    ),
    wrong=(
        (_network(("layers.Bidirectional(layers.LSTM(units))", "layers.LSTM(units)")), "que dans un sens"),
        (_network((", return_sequences=True", "")), "une note à chaque token"),
        (
            _network(("Bidirectional(layers.LSTM(units))", "Bidirectional(layers.LSTM(units, return_sequences=True))")),
            "une réponse par token lu",
        ),
        (_network(("            layers.Dropout(dropout),\n", "")), "`Dropout`"),
        (_network(("Dropout(dropout)", "Dropout(0.5)")), "l'argument `dropout`"),
        (_network(('            keras.Input((window,), dtype="int32"),\n', "")), "commencez la liste par"),
        (_network(("keras.Input((window,)", "keras.Input((16,)")), "`window` tokens"),
        (_network(("Embedding(vocab_size, 64)", "Embedding(64, vocab_size)")), "une ligne par token"),
        (_network(("Dense(vocab_size, activation", "Dense(1, activation")), "autant de sorties"),
        (_network(('Dense(vocab_size, activation="softmax")', "Dense(vocab_size)")), "softmax"),
        (_network(("Dense(2 * units, activation", "Dense(units, activation")), "`2 * units` neurones"),
        (_network((", kernel_regularizer=keras.regularizers.L2(l2)", "")), "retient ses poids"),
        (_network(("LSTM(units, return", "LSTM(64, return")), "`units` cellules"),
        (_network(("sparse_categorical", "categorical")), "« sparse »"),
        (_network((', metrics=["accuracy"]', "")), "l'exactitude"),
        (_network(("keras.optimizers.Adam(learning_rate)", '"adam"')), "`learning_rate`"),
        (_network((_NETWORK[_NETWORK.index("    model.compile") : _NETWORK.index("    return")], "")), "comment apprendre"),
        (_network(("    return model\n", "")), "`return`"),
        (_network(("return model", "return model.layers")), "on attend un réseau"),
        (_network(("layers.LSTM", "layers.GRU")), "GRU"),
    ),
    diagnostics=(
        (
            lambda got, *_: isinstance(got, ValueError) and "ndim" in str(got),
            "le second LSTM attend une note à chaque token, et le premier n'en donne qu'une, à la fin : il lui manque "
            "`return_sequences=True`",
            2,
        ),
    ),
)

# 3.3b ---------------------------------------------------------------------------------------------------------------------------


def _sizes() -> dict[str, Any]:
    return {"units": 64, "vocab_size": VOCABULARY, "dense": lambda inputs, neurons: (inputs + 1) * neurons}


COUNT = Exercise(
    id="3.3b",
    title="Le prix de la mémoire",
    purpose="prévoir le nombre de paramètres avant de le lire",
    minutes=4,
    difficulty=2,
    value="2 * 4 * dense(64 + units, units) + 2 * 4 * dense(2 * units + units, units)",
    names=_sizes,
    hints=(
        "une porte est une couche Dense de `units` neurones, qui voit le token qui arrive et aussi les notes d'avant (`units` "
        "nombres). Combien de portes ? Combien de sens ? Combien de couches ?",
        "par sens : `4 * dense(entrées + units, units)`. Les entrées : 64 nombres pour le premier LSTM ; pour le second, les "
        "notes des deux lecteurs du premier",
        "`2 * 4 * dense(64 + units, units) + 2 * 4 * dense(… + units, units)` : il manque ce que lit le second LSTM",
    ),
    wrong=(
        ("4 * dense(64 + units, units) + 4 * dense(2 * units + units, units)", "deux sens"),
        ("2 * dense(64 + units, units) + 2 * dense(2 * units + units, units)", "quatre"),
        ("2 * 3 * dense(64 + units, units) + 2 * 3 * dense(2 * units + units, units)", "brouillon"),
        ("2 * 4 * dense(64 + units, units) + 2 * 4 * dense(units + units, units)", "des deux lecteurs"),
        ("2 * 4 * dense(64, units) + 2 * 4 * dense(2 * units, units)", "les notes d’avant"),
        ("2 * 4 * dense(64 + units, units) + 2 * 4 * dense(2 * units, units)", "les siennes d’avant"),
        (
            "8 * (dense(64, units) + dense(units, units)) + 8 * (dense(2 * units, units) + dense(units, units))",
            "un seul biais",
        ),
        ("2 * 4 * dense(64 + units, units) + 2 * 4 * dense(4 * units, units)", "pas encore le résultat"),
        ("2 * 4 * dense(64 + units, units)", "le second LSTM"),
        ("2 * 4 * dense(2 * units + units, units)", "le premier LSTM"),
        ("2 * 4 * (64 + units) * units + 2 * 4 * (2 * units + units) * units", "biais"),
        (
            "vocab_size * 64 + 2 * 4 * dense(64 + units, units) + 2 * 4 * dense(2 * units + units, units)",
            "l'Embedding est déjà compté",
        ),
        ("2 * 4 * 16 * dense(64 + units, units) + 2 * 4 * 16 * dense(2 * units + units, units)", "la longueur"),
    ),
    diagnostics=(
        (
            lambda got, expected: 2 * got == expected,
            "c'est le compte d'un seul lecteur : il y en a deux, un pour chacun des deux sens, et chacun a ses propres poids",
            1,
        ),
        (
            lambda got, expected: got == expected + 2 * 2 * 4 * 64,
            "un neurone n'a qu'un seul biais : une porte est une seule couche Dense, qui voit tout, `dense(… + units, units)`",
            2,
        ),
        (lambda got, expected: 4 * got == expected, "comptez les quatre boîtes du dessin : chacune est une couche Dense", 2),
        (
            lambda got, expected: 4 * got == 3 * expected,
            "trois portes, et le brouillon ? C'est la quatrième boîte du dessin : elle a ses poids, comme les portes",
            2,
        ),
        (
            lambda got, expected: got == 16 * expected,
            "la longueur de la phrase ne compte pas : le même lecteur, avec les mêmes poids, passe sur tous les tokens",
        ),
        (
            lambda got, expected: got == 2 * 2 * 4 * (64 + 64 + 1) * 64,
            "le second LSTM lit, à chaque token, les notes des deux lecteurs du premier (`2 * units`) et, comme le premier, "
            "les siennes d'avant (`units`)",
            3,
        ),
        (
            lambda got, expected: got == 2 * 4 * (64 + 1) * 64 + 2 * 4 * (128 + 1) * 64,
            "une porte voit aussi les notes d'avant, qui font `units` nombres de plus : c'est cela, la mémoire",
            2,
        ),
        (lambda got, expected: got == 2 * 4 * (64 + 64 + 1) * 64, "il manque le second LSTM : le réseau en a deux", 2),
        (lambda got, expected: got == 2 * 4 * (128 + 64 + 1) * 64, "il manque le premier LSTM : le réseau en a deux", 2),
        (
            lambda got, expected: got == 2 * 4 * (64 + 64) * 64 + 2 * 4 * (128 + 64) * 64,
            "chaque neurone a aussi un biais : `dense` l'ajoute pour vous (`inputs + 1`)",
            2,
        ),
        (
            lambda got, expected: got == expected + 64 * VOCABULARY,
            "l'Embedding est déjà compté dans la cellule d'avant : il ne manque que les deux LSTM",
        ),
    ),
)

# 3.4 ----------------------------------------------------------------------------------------------------------------------------


BEST_FILE = "guarded.keras"  #: the name of the file that the chapter reads again


def _judge_guards(guards: Any) -> str | None:
    from keras.callbacks import EarlyStopping, ModelCheckpoint

    if not isinstance(guards, (list, tuple)):
        return "il faut une liste, entre crochets : `fit` peut recevoir plusieurs gardiens à la fois"
    if any(isinstance(guard, type) for guard in guards):
        return "un gardien se fabrique en l'appelant, avec ses réglages entre parenthèses : `EarlyStopping(…)`"
    keeper = next((guard for guard in guards if isinstance(guard, ModelCheckpoint)), None)
    stopper = next((guard for guard in guards if isinstance(guard, EarlyStopping)), None)
    if keeper is None:
        return "il manque celui qui garde le meilleur réseau sur le disque : `ModelCheckpoint`"
    if stopper is None:
        return "il manque celui qui arrête à temps : `EarlyStopping`"
    if Path(keeper.filepath).name != BEST_FILE:
        return "l'atelier relira le réseau dans `best_file` : donnez ce nom à `ModelCheckpoint`, sans guillemets"
    if not keeper.save_best_only:
        return "ce `ModelCheckpoint` remplace le fichier à chaque époque, même par un réseau plus mauvais : `save_best_only=True`"
    if not all(str(guard.monitor).startswith("val_") for guard in (keeper, stopper)):
        return (
            "ce gardien surveille l'entraînement, où la perte baisse toujours, même quand on apprend par cœur : qu'il surveille "
            'la validation (`monitor="val_loss"`, le réglage d\'origine)'
        )
    if stopper.patience > 2:
        return "trop de patience : on a demandé d'arrêter après deux époques sans progrès, `patience=2`"
    if stopper.patience < 2:
        return "trop nerveux : il s'arrêterait au premier faux pas (d'origine, `patience` vaut 0) ; on a demandé deux époques"
    return None


def _callbacks() -> dict[str, Any]:
    from keras.callbacks import EarlyStopping, ModelCheckpoint

    return {"EarlyStopping": EarlyStopping, "ModelCheckpoint": ModelCheckpoint, "best_file": Path(BEST_FILE)}


GUARDS = Exercise(
    id="3.4",
    title="Deux gardiens",
    purpose="garder le meilleur réseau, et s’arrêter à temps",
    minutes=4,
    difficulty=2,
    value="[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=2)]",
    names=_callbacks,
    judge=_judge_guards,
    hints=(
        "deux gardiens dans une liste : l'un écrit le réseau dans `best_file` quand la validation s'améliore, l'autre arrête "
        "l'entraînement quand elle ne s'améliore plus",
        "`ModelCheckpoint(fichier, save_best_only=…)` et `EarlyStopping(patience=…)` ; tous deux surveillent la perte de "
        "validation sans qu'on le leur dise",
        "`[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=…)]`",
    ),
    wrong=(
        ("[ModelCheckpoint(best_file), EarlyStopping(patience=2)]", "save_best_only=True"),
        ("[EarlyStopping(patience=2)]", "`ModelCheckpoint`"),
        ("[ModelCheckpoint(best_file, save_best_only=True)]", "`EarlyStopping`"),
        ("EarlyStopping(patience=2)", "une liste"),
        ("[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping()]", "trop nerveux"),
        ("[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=20)]", "trop de patience"),
        ('[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(monitor="loss", patience=2)]', "par cœur"),
        ('[ModelCheckpoint(best_file, monitor="loss", save_best_only=True), EarlyStopping(patience=2)]', "par cœur"),
        ("[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=1)]", "trop nerveux"),
        ('[ModelCheckpoint("best.keras", save_best_only=True), EarlyStopping(patience=2)]', "`best_file`"),
        ("[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(2)]", "par cœur"),
        ("[ModelCheckpoint, EarlyStopping]", "en l'appelant"),
        ('["ModelCheckpoint", "EarlyStopping"]', "`ModelCheckpoint`"),
    ),
)

# 3.5 ----------------------------------------------------------------------------------------------------------------------------

#: Each case has one right answer (but for one chance in thousands), and says which mistake another answer comes from.
CERTAIN = 7
_SHARP = np.full(20_001, 1e-7 / 20_000)
_SHARP[CERTAIN] = 1 - 1e-7
_FLAT = np.full(20_001, 0.5 / 20_000)
_FLAT[CERTAIN] = 0.5
_NEARLY = np.full(20_001, 1 / 20_001)
_NEARLY[CERTAIN] *= 1.01
_NEARLY /= _NEARLY.sum()
_THREE = np.array([0.3, 0.4, 0.3])


def _judge_draw(got: Any, probabilities: np.ndarray, temperature: float, rng: Any) -> str | None:
    if isinstance(got, (list, tuple)) or np.ndim(got):
        return "on attend un seul numéro de token, pas une liste ni un tableau : `rng.choice(…)`, sans `size`"
    if isinstance(got, str) or int(got) != got or not 0 <= got < len(probabilities):
        return "on attend le numéro du token tiré (un entier), pas sa probabilité"
    wrong, message = {
        "even": (
            got == CERTAIN,
            "c'est toujours le plus probable qui sort (`argmax`) : ici tous se valent presque, il faut tirer au sort",
        ),
        "cold": (
            got != 1,
            "à basse température, le plus probable devrait sortir presque à coup sûr ; ici, la température ne fait rien, ou agit "
            "à l'envers : l'exposant est `(1 / temperature)`, entre parenthèses",
        ),
        "one": (
            got != CERTAIN,
            "à température 1, les probabilités ne doivent pas changer ; les vôtres ont changé : avez-vous oublié `p=…` dans "
            "`rng.choice`, ou mis une exponentielle de trop (ce sont déjà des probabilités, pas des notes) ?",
        ),
        "hot": (
            got == CERTAIN,
            "à très haute température, tous les tokens devraient se valoir, et c'est encore le favori qui sort : élevez les "
            "probabilités à la puissance `1 / temperature`, puis divisez par leur somme",
        ),
    }[_situation(probabilities, temperature)]
    return message if wrong else None


def _situation(probabilities: np.ndarray, temperature: float) -> str:
    if temperature != 1:
        return "cold" if temperature < 1 else "hot"
    return "one" if probabilities[CERTAIN] > 0.5 else "even"


def _draws() -> list[tuple]:
    cold = [(_THREE, 0.05, np.random.default_rng(seed)) for seed in range(25)]
    even = [(_NEARLY, 1.0, np.random.default_rng(100)), (_SHARP, 1.0, np.random.default_rng(1))]
    return [*even, *cold, *((_FLAT, 1000.0, np.random.default_rng(200 + seed)) for seed in range(3))]


SAMPLE = Exercise(
    id="3.5",
    title="Le dé pipé",
    purpose="choisir le token suivant sans toujours se répéter",
    minutes=5,
    difficulty=2,
    reference=sampling.sample,
    judge=_judge_draw,
    cases=_draws,
    hints=(
        "en deux temps : la température déforme les probabilités, puis un dé pipé tire un numéro selon elles",
        "`p ** (1 / temperature)` creuse les écarts quand la température est petite, et les efface quand elle est grande ; il "
        "faut ensuite diviser par la somme, et tirer avec `rng.choice(nombre de tokens, p=…)`",
        "`weights = probabilities ** (1 / temperature)`, puis `return int(rng.choice(len(weights), p=weights / …))`",
    ),
    wrong=(
        (lambda probabilities, temperature, rng: int(np.argmax(probabilities)), "argmax"),
        (lambda probabilities, temperature, rng: int(rng.choice(len(probabilities), p=probabilities)), "ne fait rien"),
        (
            "def sample(probabilities, temperature, rng):\n"
            "    weights = probabilities ** temperature\n"
            "    return int(rng.choice(len(weights), p=weights / weights.sum()))\n",
            "à l’envers",
        ),
        (
            "def sample(probabilities, temperature, rng):\n"
            "    return int(rng.choice(len(probabilities), p=probabilities ** (1 / temperature)))\n",
            "ne font plus 1",
        ),
        (
            "def sample(probabilities, temperature, rng):\n"
            "    weights = np.exp(probabilities / temperature)\n"
            "    return int(rng.choice(len(weights), p=weights / weights.sum()))\n",
            "une exponentielle de trop",
        ),
        (
            "def sample(probabilities, temperature, rng):\n"
            "    weights = probabilities / temperature\n"
            "    return int(rng.choice(len(weights), p=weights / weights.sum()))\n",
            "ne fait rien",
        ),
        (lambda probabilities, temperature, rng: int(rng.integers(len(probabilities))), "ont changé"),
        (
            "def sample(probabilities, temperature, rng):\n"
            "    weights = probabilities ** (1 / temperature)\n"
            "    return float(rng.choice(probabilities, p=weights / weights.sum()))\n",
            "pas sa probabilité",
        ),
        (
            "def sample(probabilities, temperature, rng):\n"
            "    weights = probabilities ** (1 / temperature)\n"
            "    return rng.choice(len(weights), size=1, p=weights / weights.sum())\n",
            "un seul numéro",
        ),
        (
            "def sample(probabilities, temperature, rng):\n"
            "    weights = probabilities ** (1 - temperature)\n"
            "    return int(rng.choice(len(weights), p=weights / weights.sum()))\n",
            "à température 1",
        ),
        (lambda probabilities, temperature, rng: max(probabilities), "pas sa probabilité"),
        (lambda probabilities, temperature, rng: rng.choice(len(probabilities), probabilities), "le nombre de tirages"),
        (
            "def sample(probabilities, temperature, rng):\n"
            "    weights = probabilities ** 1 / temperature\n"
            "    return int(rng.choice(len(weights), p=weights / weights.sum()))\n",
            "entre parenthèses",
        ),
    ),
    diagnostics=(
        (
            lambda got, *_: isinstance(got, ValueError) and "sum to 1" in str(got),
            "les probabilités ne font plus 1 en tout : après les avoir déformées, divisez-les par leur somme",
            3,
        ),
        (
            lambda got, *_: isinstance(got, ValueError) and "dimension" in str(got),
            "le deuxième argument de `rng.choice` est le nombre de tirages : nommez les probabilités, `p=…`",
            2,
        ),
    ),
)

# 3.6 ----------------------------------------------------------------------------------------------------------------------------


def _in_nats(nats, characters):
    return nats / characters


def _with_log10(nats, characters):
    return nats / math.log10(2) / characters


def _multiplied(nats, characters):
    return nats * math.log(2) / characters


BITS = Exercise(
    id="3.6",
    title="Des bits par caractère",
    purpose="comparer des modèles qui ne coupent pas le texte pareil",
    minutes=3,
    difficulty=1,
    reference=metrics.bits_per_character,
    cases=[(math.log(2) * 100, 50), (30000.0, 12000), (1.0, 4)],
    hints=(
        "deux divisions : des nats aux bits, puis du texte entier au caractère",
        "un bit vaut `math.log(2)` nat : on divise les nats par `math.log(2)`",
        "`return nats / math.log(2) / …`",
    ),
    wrong=(
        (_in_nats, "encore des nats"),
        (_multiplied, "divisez"),
        (_with_log10, "logarithme décimal"),
        (lambda nats, characters: nats / math.log(2), "par caractère"),
        (lambda nats, characters: characters / (nats / math.log(2)), "à l’envers"),
        (lambda nats, characters: math.exp(nats / characters), "perplexité"),
        (lambda nats, characters: 2 ** (nats / math.log(2) / characters), "perplexité"),
        (lambda nats, characters: round(nats / math.log(2) / characters), "arrondi"),
        (lambda nats, characters: round(nats / math.log(2) / characters, 2), "arrondi"),
        (lambda nats, characters: nats // math.log(2) // characters, "arrondi"),
        (lambda nats, characters: nats / (math.log(2) / characters), "vous multipliez"),
        (lambda nats, characters: math.log2(nats / characters), "le logarithme des nats"),
        (lambda nats, characters: nats / 2 / characters, "`math.log(2)`"),
        (lambda nats, characters: -nats / math.log(2) / characters, "négatif"),
        (lambda nats, characters: math.log2(nats) / characters, "le logarithme des nats"),
    ),
    diagnostics=(
        (like(_in_nats), "ce sont encore des nats par caractère : divisez aussi par `math.log(2)`", 2),
        (like(_multiplied), "un bit est plus petit qu'un nat, il en faut donc davantage : divisez par `math.log(2)`", 2),
        (like(_with_log10), "c'est le logarithme décimal : `math.log`, sans rien, est le logarithme naturel, celui des nats", 2),
        (like(lambda nats, characters: nats / math.log(2)), "ce sont les bits de tout le texte : combien par caractère ?"),
        (
            lambda got, expected, *_: abs(got * expected - 1) < 1e-9,
            "la fraction est à l'envers : des bits par caractère, donc les bits au-dessus",
        ),
        (
            lambda got, expected, nats, characters: any(
                math.isclose(got, base**power) for base, power in ((math.e, nats / characters), (2, expected))
            ),
            "l'exponentielle donne une sorte de perplexité (entre combien de choix on hésite) ; on veut seulement des bits",
        ),
        (
            lambda got, expected, nats, characters: math.isclose(got, expected * characters**2),
            "vous multipliez par le nombre de caractères : on veut la part de chacun, il faut diviser",
            3,
        ),
        (
            lambda got, expected, *_: got == round(got, 3) and abs(got - expected) < 1,
            "le résultat est arrondi : entre deux modèles, tout se joue après la virgule",
        ),
        (like(lambda nats, characters: nats / 2 / characters), "un bit ne vaut pas deux nats : divisez par `math.log(2)`", 2),
        (
            lambda got, expected, *_: math.isclose(got, -expected),
            "le résultat est négatif : les nats que l'on vous donne sont déjà comptés positivement",
        ),
        (
            lambda got, expected, nats, characters: any(
                math.isclose(got, wrong) for wrong in (math.log2(nats) / characters, math.log2(nats / characters))
            ),
            "vous prenez le logarithme des nats : ce sont déjà des logarithmes, il suffit de changer d'unité",
            2,
        ),
    ),
)

EXERCISES = [PREFIXES, SEQUENCES, BUILD, COUNT, GUARDS, SAMPLE, BITS]
