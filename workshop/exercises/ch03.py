"""The exercises of chapter 03: sequences, a network with a memory, its guards, a draw by chance, a fair measure."""

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import bilstm, metrics
from ..generation import sampling
from ..steps import VOCABULARY
from .core import Exercise
from .mistakes import anything, raises

# 3.1 ----------------------------------------------------------------------------------------------------------------------------
IDS = [11, 12, 13, 14, 15, 16, 17, 18]


def guesses(token_ids: list[int], cut: Callable[[int], list[int]]) -> tuple[list[list[int]], list[int]]:
    """Return the prefixes that ``cut`` makes of the place of each token to guess, and these tokens."""
    return [cut(end) for end in range(1, len(token_ids))], token_ids[1:]


def at(token_ids: list[int], window: int, ends: range) -> tuple[list[list[int]], list[int]]:
    """Return whole windows before these places only, and their tokens."""
    return [token_ids[end - window : end] for end in ends], [token_ids[end] for end in ends]


PREFIXES = Exercise(
    id="3.1", title="Ce qui précède, ce qui suit", purpose="changer un roman en milliers de devinettes",
    minutes=5, difficulty=2, reference=bilstm.prefixes, cases=[(IDS, 3), ([21, 22, 23], 5), ([31], 4), (IDS, 1), (IDS[::-1], 7)],
    hints=(
        "une devinette par token, sauf le premier : ce qui le précède, c'est une tranche de `token_ids` qui s'arrête juste avant "
        "lui",
        "`token_ids[start : end]` ne contient pas `end` : pour deviner le token `end`, la tranche est la bonne. Elle commence "
        "`window` tokens plus tôt, mais jamais avant 0 : `max(0, end - window)`",
        "`before = [token_ids[max(0, end - window) : …] for end in range(1, len(token_ids))]`, puis `return before, "
        "token_ids[1:]`",
    ),
    helpers=globals(),
    mistakes=[
        ("list(zip(*right(token_ids, window), strict=True))",
         "vous renvoyez une liste de paires ; on attend deux listes, l'une après l'autre : les préfixes, puis les réponses", 3,
         anything("isinstance(got, list) and got and isinstance(got[0], tuple)")),
        ("right(token_ids, window)[0]", "il faut renvoyer deux choses, séparées par une virgule : les préfixes, puis les tokens "
         "à deviner", 3, anything("isinstance(got, list)")),
        ("[token_ids[i] for i in range(len(token_ids))], [token_ids[i + 1] for i in range(len(token_ids))]",
         "vous lisez au-delà de la fin du texte : le dernier indice est `len(token_ids) - 1` ; pour chaque token à deviner, on "
         "regarde en arrière, pas en avant", 2,
         raises(IndexError)),
        ("np.array(right(token_ids, window)[0]), token_ids[1:]", "des préfixes inégaux ne font pas un tableau : laissez une "
         "liste (l'exercice suivant les mettra à la même longueur)", raises(ValueError, "inhomogeneous")),
        ("token_ids[:-1], token_ids[1:]", "un préfixe est une liste de tokens, donc une tranche, `token_ids[… : …]` ; les vôtres "
         "sont de simples tokens", 2, "isinstance(got[0][0], int)"),
        ("""
before, last = [], []
for token in token_ids[:-1]:
    last.append(token)
    if len(last) > window: last.pop(0)
    before.append(last)
return before, token_ids[1:]""", "tous vos préfixes sont une seule et même liste, que chaque tour change : rangez-en une copie, "
         "`list(…)` ou une tranche", 2),
        ("before, targets = right(token_ids, window); return before[-1:], targets",
         "il ne reste que la dernière devinette : la liste est de nouveau vide à chaque tour ; créez-la avant la boucle, puis "
         "`append`", "len(got[0]) == 1 < len(want[0]) and got[0][0] == want[0][-1]"),
        ("before, targets = right(token_ids, window); return before[:1], targets[:1]",
         "il n'y a qu'une seule devinette : un `return` dans la boucle l'arrête au premier tour",
         "len(got[0]) == 1 < len(want[0])"),
        ("guesses(token_ids, lambda end: token_ids[end - window : end])", "au début, `end - window` est négatif, et en Python un "
         "indice négatif compte depuis la fin : bornez-le avec `max(0, …)`", 2),
        ([
             "guesses(token_ids, lambda end: token_ids[max(0, end - window) : end + 1])",
             "guesses(token_ids, lambda end: token_ids[end - 1 : end - 1 + window])",
         ],
         "la réponse est dans la question : le token à deviner est déjà dans le préfixe, et le réseau n'aurait qu'à recopier", 2),
        ("right(token_ids, window)[0], token_ids[:-1]",
         "les réponses sont décalées d'un cran : le premier token à deviner est le deuxième du texte", 3),
        ("guesses(token_ids, lambda end: token_ids[:end])",
         "les préfixes grandissent sans fin : on ne garde que les `window` derniers tokens", 2),
        ("guesses(token_ids, lambda end: token_ids[:end][:window])",
         "ce sont toujours les mêmes tokens, ceux du début : gardez les plus récents, qui touchent le token à deviner", 2),
        ("guesses(token_ids, lambda end: token_ids[max(0, end - window + 1) : end])",
         "le préfixe est un token trop court : de `end - window` à `end`, il y en a déjà `window`", 2),
        ("guesses(token_ids, lambda end: token_ids[max(0, end - window - 1) : end])",
         "le préfixe est un token trop long : de `end - window` à `end`, il y en a déjà `window`", 2),
        ("at(token_ids, window, range(window, len(token_ids)))",
         "les premières devinettes manquent : un préfixe court est quand même un préfixe (nous le remplirons après)"),
        ("before, targets = right(token_ids, window); return [[], *before], token_ids",
         "le premier token ne se devine pas : rien ne le précède. Commencez à `range(1, …)`", 3),
        ("before, targets = right(token_ids, window); return [*before, token_ids[-window:]], targets",
         "la dernière devinette n'a pas de réponse : le texte est fini ; arrêtez `range` à `len(token_ids)`", 3),
        ("guesses(token_ids, lambda end: token_ids[max(0, end - window) : end][::-1])",
         "les préfixes sont à l'envers : le token le plus récent se place à la fin", 2),
        ("before, targets = right(token_ids, window); return before[:-1], targets[:-1]",
         "la dernière devinette manque : `range` s'arrête juste avant sa borne, donnez-lui `len(token_ids)`", 3),
        ("at(token_ids, window, range(window, len(token_ids), window))",
         "on veut une devinette pour chaque token, sauf le premier : d'un préfixe au suivant, avancez d'un seul token"),
        ("before, targets = right(token_ids, window); return before[1:], targets[1:]",
         "il manque des devinettes : on en veut une pour chaque token, sauf le premier", 3, "0 < len(got[0]) < len(want[0])"),
    ],
)  # fmt: skip


# 3.2 ----------------------------------------------------------------------------------------------------------------------------
def rows(token_ids: list[int], window: int, make: Callable[[list[int]], list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return what ``make`` does with each prefix, as an array, and the tokens to guess."""
    before, targets = bilstm.prefixes(token_ids, window)
    return np.array([make(list(tokens)) for tokens in before], dtype=np.int32), np.array(targets, dtype=np.int32)


SEQUENCES = Exercise(
    id="3.2", title="Le vide, à gauche", purpose="ranger des préfixes inégaux dans un tableau",
    minutes=4, difficulty=2, reference=bilstm.prefix_sequences,
    cases=[([11, 12, 13, 14, 15], 3), ([21, 22, 23], 5, 9), (IDS, 4, 2), ([4095, 300, 70_000], 2)],
    hints=(
        "partez des préfixes de l'exercice 3.1, et complétez chacun jusqu'à `window` cases, par la gauche",
        "`[pad] * 3` donne trois fois `pad`, et `+` met deux listes bout à bout ; il manque `window - len(tokens)` cases. (Keras "
        "a aussi une fonction toute faite, `keras.utils.pad_sequences`.)",
        "`rows = [[pad] * (window - …) + tokens for tokens in before]`, puis `return np.array(rows), np.array(targets)`",
    ),
    helpers=globals(),
    mistakes=[
        ("rows(token_ids, window, lambda tokens: tokens)", "les lignes n'ont pas toutes la même longueur, et un tableau ne peut "
         "pas avoir de trous : complétez les courtes avec `pad`", 2, raises(ValueError, "inhomogeneous")),
        ("rows(token_ids, window, lambda tokens: pad * (window - len(tokens)) + tokens)",
         "`pad` est un nombre, et on n'ajoute pas une liste à un nombre : entre crochets, `[pad] * 3` fait une liste", 2,
         raises(TypeError, r"\+: 'int' and 'list'")),
        ("right(token_ids, window, pad)[0]", "il manque les tokens à deviner : renvoyez les deux tableaux, séparés par une "
         "virgule", 3, anything("isinstance(got, np.ndarray)")),
        (["tuple(array.tolist() for array in right(token_ids, window, pad))", "bilstm.prefixes(token_ids, window)"],
         "on attend deux tableaux NumPy : quand toutes les lignes ont la même longueur, entourez-les de `np.array(…)`", 3,
         anything("isinstance(got, tuple) and any(isinstance(part, list) for part in got)")),
        ("rows(token_ids, window, lambda tokens: tokens + [pad] * (window - len(tokens)))",
         "le vide est à droite : le dernier mot lu changerait sans cesse de colonne, et l'on en serait séparé par du vide", 2),
        ("rows(token_ids, window, lambda tokens: [0] * (window - len(tokens)) + tokens)",
         "on remplit avec `pad`, pas toujours 0 : c'est le troisième argument", 2),
        ("rows(token_ids, window, lambda tokens: tokens[:1] * (window - len(tokens)) + tokens)",
         "vous répétez le premier mot pour boucher les trous : le réseau lirait des mots qui n'y étaient pas ; prenez `pad`", 2),
        ("rows(token_ids, window, lambda tokens: [pad] * (window - len(tokens) + 1) + tokens)",
         "il y a une case de trop : un préfixe de `len(tokens)` tokens a besoin de `window - len(tokens)` cases vides", 2,
         "got[0].shape == (len(want[0]), window + 1)"),
        ("inputs, targets = right(token_ids, window, pad); return inputs.T, targets", "les lignes et les colonnes sont échangées "
         ": une ligne par devinette", "got[0].shape == (window, len(want[0])) != want[0].shape"),
        ("inputs, targets = right(token_ids, window, pad); return inputs[window - 1 :], targets[window - 1 :]",
         "les préfixes courts ont disparu : c'est justement pour les garder que l'on remplit", "len(got[0]) < len(want[0])"),
        ("inputs, targets = right(token_ids, window, pad); return inputs[:, max(0, window + 1 - len(token_ids)) :], targets",
         "chaque ligne doit avoir `window` cases, même quand le texte est court : le réseau attend toujours la même largeur", 2,
         "got[0].shape[1] != window"),
    ],
)  # fmt: skip

# 3.3 ----------------------------------------------------------------------------------------------------------------------------
KINDS = ["Embedding", "Bidirectional", "Dropout", "Bidirectional", "Dense", "Dense"]


def is_model(thing: Any) -> bool:
    """Return whether this is a network of Keras."""
    import keras

    return isinstance(thing, keras.Model)


def stack(model: Any) -> list:
    """Return its layers, without what stands for its input."""
    return [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]


def kinds(layers: list) -> list[str]:
    """Return the names of the classes of these layers."""
    return [type(layer).__name__ for layer in layers]


def activation(layer: Any) -> str:
    """Return the name of the activation of a layer."""
    return getattr(layer.activation, "__name__", "")


def held(layer: Any) -> float:
    """Return how strongly the weights of a layer are held back, by their squares: a quarter of what a weight of 2 costs."""
    return float(layer.kernel_regularizer(np.full(1, 2.0, dtype="float32"))) / 4


def loss(model: Any) -> str:
    """Return the name of the loss that a network was compiled with."""
    said = model.get_compile_config()["loss"]
    return (said if isinstance(said, str) else (said or {}).get("class_name", "")).lower().replace("_", "")


NETWORK = inspect.getsource(bilstm.build_bilstm)


def network(old: str, new: str = "") -> str:
    """Return the source of a network with a piece of it changed."""
    assert old in NETWORK
    return NETWORK.replace(old, new)


BUILD = Exercise(
    id="3.3", title="Un réseau à deux lecteurs", purpose="empiler des couches avec Keras",
    minutes=6, difficulty=3, reference=bilstm.build_bilstm, cases=[(30, 5, 4, 0.25, 1e-4, 5e-3), (20, 3, 2, 0.5, 1e-3, 1e-3)],
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
    free=True, helpers=globals(),
    mistakes=[
        (network(", return_sequences=True"), "le second LSTM attend une note à chaque token, et le premier n'en donne qu'une, à "
         "la fin : il lui manque `return_sequences=True`", 2, raises(ValueError, "ndim")),
        (network("keras.Input((window,)", "keras.Input(window"), "`keras.Input` attend une forme, entre parenthèses et avec une "
         "virgule, même pour un seul nombre : `keras.Input((window,))`", 3, raises(ValueError, "to a shape")),
        (network("return model", "return model.layers"),
         "on attend un réseau : `keras.Sequential([…])` le construit à partir de la liste des couches", "not is_model(got)"),
        (network("layers.Bidirectional(layers.LSTM(units))", "layers.LSTM(units)"), "un LSTM ne lit que dans un sens : "
         "entourez-le de `layers.Bidirectional(…)`, les deux fois", "'LSTM' in kinds(stack(got))"),
        (network("            layers.Dropout(dropout),\n"), "il manque la couche `Dropout` entre les deux LSTM : c'est elle qui "
         "empêche d'apprendre par cœur", "'Dropout' not in kinds(stack(got))"),
        (network("layers.Dropout(dropout),", "layers.Dropout(dropout), layers.Dropout(dropout),"),
         "les couches ne sont pas celles du tableau : on attend, dans cet ordre, Embedding, LSTM dans les deux sens, Dropout, "
         "LSTM dans les deux sens, Dense, Dense", "kinds(stack(got)) != KINDS"),
        *[
            (network("layers.LSTM", f"layers.{cousin}"), "ce sont des LSTM que l'on veut dans les `Bidirectional`, et voici un "
             f"{cousin} (un cousin : essayez-le après)", f"type(stack(got)[1].forward_layer).__name__ == {cousin!r}")
            for cousin in ("GRU", "SimpleRNN")
        ],
        (network('            keras.Input((window,), dtype="int32"),\n'),
         "le réseau ne sait pas encore ce qu'il lira : commencez la liste par `keras.Input((window,))`", "not got.built"),
        (network("keras.Input((window,)", "keras.Input((16,)"), "l'entrée n'a pas la bonne largeur : le réseau lit `window` "
         "tokens, donc `keras.Input((window,))`", "got.input_shape != (None, window)"),
        (network("Embedding(vocab_size, 64)", "Embedding(64, vocab_size)"),
         "l'Embedding doit avoir une ligne par token du vocabulaire, large de 64 : `layers.Embedding(vocab_size, 64)`",
         "(stack(got)[0].input_dim, stack(got)[0].output_dim) != (vocab_size, 64)"),
        (network("Bidirectional(layers.LSTM(units))", "Bidirectional(layers.LSTM(units, return_sequences=True))"),
         "la sortie a une réponse par token lu, au lieu d'une seule : `return_sequences=True` est pour le premier LSTM, pas pour "
         "le second", "len(got.output_shape) != 2"),
        (network("Dense(vocab_size, activation", "Dense(1, activation"), "la dernière couche doit avoir autant de sorties que le "
         "vocabulaire a de tokens : une probabilité pour chacun", "stack(got)[-1].units != vocab_size"),
        (network('Dense(vocab_size, activation="softmax")', "Dense(vocab_size)"),
         'la dernière couche doit finir par `activation="softmax"` : sans elle, les sorties ne sont pas des probabilités',
         "activation(stack(got)[-1]) != 'softmax'"),
        (network("LSTM(units, return", "LSTM(64, return"), "chaque LSTM a `units` cellules dans chaque sens, comme le demande "
         "l'argument", "stack(got)[1].output.shape[-1] != 2 * units"),
        (network("Dropout(dropout)", "Dropout(0.5)"), "la part de signaux coupés est l'argument `dropout` : "
         "`layers.Dropout(dropout)`", "abs(stack(got)[2].rate - dropout) > 1e-9"),
        (network("Dense(2 * units, activation", "Dense(units, activation"), "la première couche Dense a `2 * units` neurones et "
         "l'activation `\"relu\"`", "stack(got)[4].units != 2 * units or activation(stack(got)[4]) != 'relu'"),
        (network(", kernel_regularizer=keras.regularizers.L2(l2)"), "la première couche Dense retient ses poids : "
         "`kernel_regularizer=keras.regularizers.L2(l2)`", "stack(got)[4].kernel_regularizer is None"),
        ([network("L2(l2)", other) for other in ("L2()", "L1(l2)")],
         "les poids de la première couche Dense sont retenus, mais pas comme il est demandé : `keras.regularizers.L2(l2)`, avec "
         "la force de l'argument", "not math.isclose(held(stack(got)[4]), l2, rel_tol=1e-3)"),
        (network(NETWORK[NETWORK.index("    model.compile") : NETWORK.index("    return")]),
         "les couches sont justes ; il reste à dire au réseau comment apprendre, avec `model.compile(…)`",
         "not got.compiled or got.get_compile_config() is None"),
        (network("sparse_categorical", "categorical"), 'la perte est `"sparse_categorical_crossentropy"` : « sparse » parce que '
         "la réponse est un numéro de token, pas un tableau de 0 et de 1", "loss(got) != 'sparsecategoricalcrossentropy'"),
        (network('        metrics=["accuracy"],\n'), "demandez aussi l'exactitude, pour les courbes : `metrics=[\"accuracy\"]`",
         "'accuracy' not in str(got.get_compile_config().get('metrics', '')).lower()"),
        (network("keras.optimizers.Adam(learning_rate)", '"adam"'),
         "le taux d'apprentissage est l'argument `learning_rate` : `keras.optimizers.Adam(learning_rate)`",
         "not math.isclose(float(got.optimizer.learning_rate), learning_rate, rel_tol=1e-3)"),
    ],
)  # fmt: skip


# 3.3b ---------------------------------------------------------------------------------------------------------------------------
def sizes() -> dict[str, Any]:
    """Return what the notebook has in hand."""
    return {"units": 64, "vocab_size": VOCABULARY, "dense": lambda inputs, neurons: (inputs + 1) * neurons}


COUNT = Exercise(
    id="3.3b", title="Le prix de la mémoire", purpose="prévoir le nombre de paramètres avant de le lire",
    minutes=4, difficulty=2, value="2 * 4 * dense(64 + units, units) + 2 * 4 * dense(2 * units + units, units)", names=sizes,
    hints=(
        "une porte est une couche Dense de `units` neurones, qui voit le token qui arrive et aussi les notes d'avant (`units` "
        "nombres). Combien de portes ? Combien de sens ? Combien de couches ?",
        "par sens : `4 * dense(entrées + units, units)`. Les entrées : 64 nombres pour le premier LSTM ; pour le second, les "
        "notes des deux lecteurs du premier",
        "`2 * 4 * dense(64 + units, units) + 2 * 4 * dense(… + units, units)` : il manque ce que lit le second LSTM",
    ),
    helpers=globals(),
    mistakes=[
        ("4 * dense(64 + units, units) + 4 * dense(2 * units + units, units)",
         "c'est le compte d'un seul lecteur : il y en a deux, un pour chacun des deux sens, et chacun a ses propres poids"),
        ("8 * (dense(64, units) + dense(units, units)) + 8 * (dense(2 * units, units) + dense(units, units))",
         "un neurone n'a qu'un seul biais : une porte est une seule couche Dense, qui voit tout, `dense(… + units, units)`", 2),
        ("2 * dense(64 + units, units) + 2 * dense(2 * units + units, units)",
         "comptez les quatre boîtes du dessin : chacune est une couche Dense", 2),
        ("2 * 3 * dense(64 + units, units) + 2 * 3 * dense(2 * units + units, units)",
         "trois portes, et le brouillon ? C'est la quatrième boîte du dessin : elle a ses poids, comme les portes", 2),
        ("2 * 4 * 16 * dense(64 + units, units) + 2 * 4 * 16 * dense(2 * units + units, units)",
         "la longueur de la phrase ne compte pas : le même lecteur, avec les mêmes poids, passe sur tous les tokens"),
        ([
             "2 * 4 * dense(64 + units, units) + 2 * 4 * dense(units + units, units)",
             "2 * 4 * dense(64 + units, units) + 2 * 4 * dense(2 * units, units)",
         ], "le second LSTM lit, à chaque token, les notes des deux lecteurs du premier (`2 * units`) et, comme le premier, les "
         "siennes d'avant (`units`)", 3),
        ("2 * 4 * dense(64, units) + 2 * 4 * dense(2 * units, units)",
         "une porte voit aussi les notes d'avant, qui font `units` nombres de plus : c'est cela, la mémoire", 2),
        ("2 * 4 * dense(64 + units, units)", "il manque le second LSTM : le réseau en a deux", 2),
        ("2 * 4 * dense(2 * units + units, units)", "il manque le premier LSTM : le réseau en a deux", 2),
        ("2 * 4 * (64 + units) * units + 2 * 4 * (2 * units + units) * units",
         "chaque neurone a aussi un biais : `dense` l'ajoute pour vous (`inputs + 1`)", 2),
        ("vocab_size * 64 + 2 * 4 * dense(64 + units, units) + 2 * 4 * dense(2 * units + units, units)",
         "l'Embedding est déjà compté dans la cellule d'avant : il ne manque que les deux LSTM"),
    ],
)  # fmt: skip

# 3.4 ----------------------------------------------------------------------------------------------------------------------------
BEST_FILE = "guarded.keras"  #: the name of the file that the chapter reads again


def guard(guards: list, name: str) -> Any:
    """Return the first guard of this class, or None."""
    return next((one for one in guards if type(one).__name__ == name), None)


def callbacks_at_hand() -> dict[str, Any]:
    """Return what the notebook has in hand."""
    from keras.callbacks import EarlyStopping, ModelCheckpoint

    return {"EarlyStopping": EarlyStopping, "ModelCheckpoint": ModelCheckpoint, "best_file": Path(BEST_FILE)}


GUARDS = Exercise(
    id="3.4", title="Deux gardiens", purpose="garder le meilleur réseau, et s’arrêter à temps",
    minutes=4, difficulty=2, value="[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=2)]",
    names=callbacks_at_hand,
    hints=(
        "deux gardiens dans une liste : l'un écrit le réseau dans `best_file` quand la validation s'améliore, l'autre arrête "
        "l'entraînement quand elle ne s'améliore plus",
        "`ModelCheckpoint(fichier, save_best_only=…)` et `EarlyStopping(patience=…)` ; tous deux surveillent la perte de "
        "validation sans qu'on le leur dise",
        "`[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=…)]`",
    ),
    free=True, helpers=globals(),
    mistakes=[
        ("EarlyStopping(patience=2)", "il faut une liste, entre crochets : `fit` peut recevoir plusieurs gardiens à la fois",
         "not isinstance(got, (list, tuple))"),
        ("[ModelCheckpoint, EarlyStopping]", "un gardien se fabrique en l'appelant, avec ses réglages entre parenthèses : "
         "`EarlyStopping(…)`", "any(isinstance(one, type) for one in got)"),
        ("[[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=2)]]",
         "vos gardiens sont dans une liste, elle-même dans une liste : une seule paire de crochets suffit",
         "any(isinstance(one, (list, tuple)) for one in got)"),
        (["[EarlyStopping(patience=2)]", "['ModelCheckpoint', 'EarlyStopping']"], "il manque celui qui garde le meilleur réseau "
         "sur le disque : `ModelCheckpoint`", "guard(got, 'ModelCheckpoint') is None"),
        ("[ModelCheckpoint(best_file, save_best_only=True)]",
         "il manque celui qui arrête à temps : `EarlyStopping`", "guard(got, 'EarlyStopping') is None"),
        ("[ModelCheckpoint('best.keras', save_best_only=True), EarlyStopping(patience=2)]",
         "l'atelier relira le réseau dans `best_file` : donnez ce nom à `ModelCheckpoint`, sans guillemets",
         "Path(guard(got, 'ModelCheckpoint').filepath).name != BEST_FILE"),
        ("[ModelCheckpoint(best_file), EarlyStopping(patience=2)]", "ce `ModelCheckpoint` remplace le fichier à chaque époque, "
         "même par un réseau plus mauvais : `save_best_only=True`", "not guard(got, 'ModelCheckpoint').save_best_only"),
        ("[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(2)]", "le premier réglage d'`EarlyStopping` est ce "
         "qu'il surveille (`monitor`), et non sa patience : nommez-la, `patience=2`",
         "not isinstance(guard(got, 'EarlyStopping').monitor, str)"),
        ([
             "[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(monitor='loss', patience=2)]",
             "[ModelCheckpoint(best_file, monitor='loss', save_best_only=True), EarlyStopping(patience=2)]",
         ], "ce gardien surveille l'entraînement, où la perte baisse toujours, même quand on apprend par cœur : qu'il surveille "
         "la validation (`monitor=\"val_loss\"`, le réglage d'origine)", "not all(str(guard(got, "
         "name).monitor).startswith('val_') for name in ('ModelCheckpoint', 'EarlyStopping'))"),
        ("[ModelCheckpoint(best_file, save_best_only=True, mode='max'), EarlyStopping(patience=2, mode='max')]",
         "`mode=\"max\"` garde le réseau dont la perte est la plus haute, donc le plus mauvais : une perte doit baisser (retirez "
         "`mode`, ou donnez `\"min\"`)", "any(guard(got, name).mode == 'max' and 'loss' in guard(got, name).monitor for name in "
         "('ModelCheckpoint', 'EarlyStopping'))"),
        ("[ModelCheckpoint(best_file, save_best_only=True, save_freq=10), EarlyStopping(patience=2)]",
         "avec `save_freq`, il regarde au milieu d'une époque, et la perte de validation n'est connue qu'à la fin : retirez ce "
         "réglage", "guard(got, 'ModelCheckpoint').save_freq != 'epoch'"),
        ("[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience='2')]",
         "`patience` est un nombre d'époques, sans guillemets : `patience=2`",
         "not isinstance(guard(got, 'EarlyStopping').patience, (int, float))"),
        ("[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=20)]",
         "trop de patience : on a demandé d'arrêter après deux époques sans progrès, `patience=2`",
         "guard(got, 'EarlyStopping').patience > 2"),
        ("[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(min_delta=2)]",
         "`min_delta` est le plus petit progrès qui compte, pas un nombre d'époques : ce que l'on a demandé s'appelle `patience`",
         "abs(guard(got, 'EarlyStopping').min_delta) >= 1 or guard(got, 'EarlyStopping').min_delta and guard(got, "
         "'EarlyStopping').patience < 2"),
        ([
             "[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping()]",
             "[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=1)]",
         ], "trop nerveux : il s'arrêterait au premier faux pas (d'origine, `patience` vaut 0) ; on a demandé deux époques",
         "guard(got, 'EarlyStopping').patience < 2"),
    ],
)  # fmt: skip

# 3.5 ----------------------------------------------------------------------------------------------------------------------------
#: Each case has one right answer (but for one chance in thousands), and says which mistake another answer comes from.
CERTAIN = 7
SHARP = np.full(20_001, 1e-7 / 20_000)
SHARP[CERTAIN] = 1 - 1e-7
FLAT = np.full(20_001, 0.5 / 20_000)
FLAT[CERTAIN] = 0.5
NEARLY = np.full(20_001, 1 / 20_001)
NEARLY[CERTAIN] *= 1.01
NEARLY /= NEARLY.sum()
SHARPER = np.full(20_001, 1e-12 / 20_000)
SHARPER[CERTAIN] = 1 - 1e-12
MANY = np.full(1_000_001, 0.995 / 1_000_000)
MANY[CERTAIN] = 0.005
THREE = np.array([0.3, 0.4, 0.3])


def situation(probabilities: np.ndarray, temperature: float) -> str:
    """Name a case by what its right answer is certain of."""
    if temperature != 1:
        return "cold" if temperature < 1 else "hot" if temperature > 2 else "warm"
    return "one" if probabilities[CERTAIN] > 0.5 else "many" if len(probabilities) > 1_000_000 else "even"


def draws() -> list[tuple]:
    """Make the cases, each with a die of its own."""
    asked = [(NEARLY, 1.0), (SHARP, 1.0), *[(THREE, 0.05)] * 25, *[(FLAT, 1000.0)] * 3, (SHARPER, 2.0), (MANY, 1.0)]
    return [(*case, np.random.default_rng(seed)) for seed, case in enumerate(asked)]


def unmoved(rng: np.random.Generator) -> bool:
    """Return whether nothing was drawn with a die of these cases."""
    fresh = (np.random.default_rng(seed).bit_generator.state for seed in range(len(draws())))
    return rng.bit_generator.state in list(fresh)


def drawn(weights: np.ndarray, rng: np.random.Generator) -> int:
    """Draw a token by these weights."""
    return int(rng.choice(len(weights), p=weights / weights.sum()))


SAMPLE = Exercise(
    id="3.5", title="Le dé pipé", purpose="choisir le token suivant sans toujours se répéter",
    minutes=5, difficulty=2, reference=sampling.sample, cases=draws, refused=[(THREE, 0.0, np.random.default_rng(0))],
    hints=(
        "en deux temps : la température déforme les probabilités, puis un dé pipé tire un numéro selon elles",
        "`p ** (1 / temperature)` creuse les écarts quand la température est petite, et les efface quand elle est grande ; il "
        "faut ensuite diviser par la somme, et tirer avec `rng.choice(nombre de tokens, p=…)`",
        "`weights = probabilities ** (1 / temperature)`, puis `return int(rng.choice(len(weights), p=weights / …))` ; "
        'et d\'abord : `if temperature <= 0: raise WorkshopError("…")`',
    ),
    free=True, helpers=globals(),
    mistakes=[
        ("int(rng.choice(len(probabilities), p=probabilities ** (1 / temperature)))", "les probabilités ne font plus 1 en tout : "
         "après les avoir déformées, divisez-les par leur somme", 3, raises(ValueError, "sum to 1")),
        ("rng.choice(len(probabilities), probabilities)", "le deuxième argument de `rng.choice` est le nombre de tirages : "
         "nommez les probabilités, `p=…`", 2, raises(ValueError, "dimension")),
        ("rng.choice(len(probabilities), size=1)", "on attend un seul numéro de token, pas une liste ni un tableau : "
         "`rng.choice(…)`, sans `size`", "isinstance(got, (list, tuple)) or np.ndim(got) > 0"),
        (["float(rng.choice(probabilities))", "max(probabilities)"], "on attend le numéro du token tiré, un entier : ni sa "
         "probabilité, ni un texte", "isinstance(got, str) or int(got) != got or not 0 <= got < len(probabilities)"),
        ("int(np.argmax(probabilities))", "c'est toujours le plus probable qui sort (`argmax`) : ici tous se valent presque, il "
         "faut tirer au sort", "situation(probabilities, temperature) == 'even' and got == CERTAIN"),
        ([
             "int(rng.choice(len(probabilities), p=probabilities))",
             "drawn(probabilities / temperature, rng)",
             "drawn(probabilities ** temperature, rng)",
             "drawn(probabilities ** 1 / temperature, rng)",
         ], "à basse température, le plus probable devrait sortir presque à coup sûr ; ici, la température ne fait rien, ou agit "
         "à l'envers : l'exposant est `(1 / temperature)`, entre parenthèses", "situation(probabilities, temperature) == 'cold' "
         "and got != 1"),
        ("drawn(probabilities ** (2 / temperature), rng)", "à température 1, les probabilités ne doivent pas changer ; les "
         "vôtres sont devenues plus pointues : l'exposant est `1 / temperature`, rien de plus",
         "situation(probabilities, temperature) == 'many' and got == CERTAIN"),
        ("drawn(probabilities ** (1 // temperature), rng)", "à température 2, le favori devrait encore sortir : l'exposant est "
         "une division, `1 / temperature`, et non `//`", "situation(probabilities, temperature) == 'warm' and got != CERTAIN"),
        ("drawn(probabilities ** (1 / temperature), rng) + 1",
         "le numéro est trop grand de 1 : les tokens se comptent à partir de 0, comme `rng.choice` le fait",
         "situation(probabilities, temperature) == 'one' and got == CERTAIN + 1"),
        ([
             "int(rng.integers(len(probabilities)))",
             "drawn(np.exp(probabilities / temperature), rng)",
             "drawn(probabilities ** (1 - temperature), rng)",
         ], "à température 1, les probabilités ne doivent pas changer ; les vôtres ont changé : avez-vous oublié `p=…` dans "
         "`rng.choice`, ou mis une exponentielle de trop (ce sont déjà des probabilités, pas des notes) ?",
         "situation(probabilities, temperature) == 'one' and got != CERTAIN"),
        ("drawn(probabilities if temperature > 1 else probabilities ** (1 / temperature), rng)",
         "à très haute température, tous les tokens devraient se valoir, et c'est encore le favori qui sort : élevez les "
         "probabilités à la puissance `1 / temperature`, puis divisez par leur somme",
         "situation(probabilities, temperature) == 'hot' and got == CERTAIN"),
        ("drawn(probabilities ** (1 / temperature), np.random.default_rng(0))", "le dé que l'on vous donne, `rng`, n'a pas servi "
         ": tirez avec lui, sinon (avec une graine écrite dedans) le même tirage reviendrait toujours", "unmoved(rng)"),
    ],
)  # fmt: skip

# 3.6 ----------------------------------------------------------------------------------------------------------------------------
BITS = Exercise(
    id="3.6", title="Des bits par caractère", purpose="comparer des modèles qui ne coupent pas le texte pareil",
    minutes=3, difficulty=1, reference=metrics.bits_per_character, cases=[(math.log(2) * 100, 50), (30000.0, 12000), (1.0, 4)],
    hints=(
        "deux divisions : des nats aux bits, puis du texte entier au caractère",
        "un bit vaut `math.log(2)` nat : on divise les nats par `math.log(2)`",
        "`return nats / math.log(2) / …`",
    ),
    helpers=globals(),
    mistakes=[
        ("nats / characters", "ce sont encore des nats par caractère : divisez aussi par `math.log(2)`", 2),
        ("nats * math.log(2) / characters",
         "un bit est plus petit qu'un nat, il en faut donc davantage : divisez par `math.log(2)`", 2),
        ("nats / math.log10(2) / characters",
         "c'est le logarithme décimal : `math.log`, sans rien, est le logarithme naturel, celui des nats", 2),
        ("nats / math.log(2)", "ce sont les bits de tout le texte : combien par caractère ?"),
        ("characters / (nats / math.log(2))", "la fraction est à l'envers : des bits par caractère, donc les bits au-dessus"),
        (["math.exp(nats / characters)", "2 ** right(nats, characters)"],
         "l'exponentielle donne une sorte de perplexité (entre combien de choix on hésite) ; on veut seulement des bits"),
        ("nats / (math.log(2) / characters)",
         "vous multipliez par le nombre de caractères : on veut la part de chacun, il faut diviser", 3),
        (["round(right(nats, characters))", "round(right(nats, characters), 2)", "nats // math.log(2) // characters"],
         "le résultat est arrondi : entre deux modèles, tout se joue après la virgule",
         "got == round(got, 3) and abs(got - want) < 1"),
        ("nats / 2 / characters", "un bit ne vaut pas deux nats : divisez par `math.log(2)`", 2),
        ("-right(nats, characters)", "le résultat est négatif : les nats que l'on vous donne sont déjà comptés positivement"),
        (["math.log2(nats) / characters", "math.log2(nats / characters)"],
         "vous prenez le logarithme des nats : ce sont déjà des logarithmes, il suffit de changer d'unité", 2),
    ],
)  # fmt: skip

EXERCISES = [PREFIXES, SEQUENCES, BUILD, COUNT, GUARDS, SAMPLE, BITS]
