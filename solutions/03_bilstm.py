# %% [raw] tags=["front"]
# title = "Un réseau qui lit dans les deux sens"
# minutes = 30
# room = ["3.1", "3.4", "3.5"]
# beginner = 75
# step = "réseau"
# english = "a BiLSTM in Keras; over-fitting made and cured; argmax against sampling; bits per character"
# goals = ["changer un roman en milliers de devinettes", "construire un réseau à mémoire avec Keras, et compter ses paramètres", "l’entraîner sans le perdre, et s’arrêter à temps", "reconnaître le surapprentissage sur une courbe, et le soigner", "tirer le mot suivant au lieu de toujours prendre le favori", "comparer honnêtement des modèles sur un livre jamais lu"]

# %% [markdown] slideshow={"slide_type": "slide"}
# Au chapitre 00, vous avez vu une machine deviner le mot suivant, puis un neurone apprendre à séparer des chats et des chiens. Aujourd’hui, nous reconstruisons la première avec le second : un réseau **à vous**, qui part de zéro, ne connaît pas un mot de français, et lira vos romans jusqu’à écrire quelque chose qui y ressemble.
#
# Il faudra lui donner ce qui manquait à notre neurone : une **mémoire**. Car pour deviner ce qui suit « Le meunier posa son », il faut se souvenir du meunier.

# %% slideshow={"slide_type": "skip"}
import math

import numpy as np
import pandas as pd

from workshop import metrics, plots, steps
from workshop.base.errors import WorkshopError
from workshop.base.lane import use_keras
from workshop.bilstm import PAD, negative_log_likelihood, next_token_probabilities
from workshop.exercises import answer, exercise, hint, solution
from workshop.tokens import specialise_tokenizer

# %% [markdown]
# Et la bibliothèque de ce chapitre, **Keras**, qui empile des couches de neurones comme on empile des briques. (Elle s’appuie sur TensorFlow, bavard au réveil : nous lui demandons de se taire le temps de se lever.)

# %%
use_keras()  # sur TensorFlow, ou sur PyTorch s’il est seul à voir la carte graphique

import keras
from keras import layers
from keras.callbacks import EarlyStopping, ModelCheckpoint

# %% [markdown] slideshow={"slide_type": "slide"}
# ## L’idée, en un dessin
#
# Des tokens entrent à gauche, une probabilité pour chaque token possible sort à droite. Entre les deux, cinq étages. Ne cherchez pas à tout comprendre : nous allons les visiter un par un.

# %%
plots.guessing_machine()

# %% [markdown] slideshow={"slide_type": "subslide"}
# Vous connaissez déjà l’**Embedding** : c’est le tableau du chapitre 02, qui échange un numéro contre un vecteur. Les couches **Dense** sont des neurones du chapitre 00, rangés côte à côte. Le nouveau, c’est le **LSTM**.
#
# > **Couche** : des neurones qui travaillent ensemble, et passent leurs réponses à la couche suivante.
#
# ### Une mémoire qui s’efface à volonté
#
# Commençons par en fabriquer une à la main. Notre mémoire tient en un seul nombre, et doit répondre à une question d’écrivain : *suis-je dans un dialogue ?* À chaque token, deux décisions : que garder de l’ancien (`keep`) ? faut-il noter quelque chose (`write`) ?
#
# Avant d’exécuter : à quels tokens la mémoire va-t-elle changer ?

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
memory = 0
for token in ["—", "Bonsoir", ",", "dit", "Colas", ".", "↵", "Il", "sortit", "."]:
    keep = 0 if token == "↵" else 1
    write = 1 if token == "—" else 0
    memory = keep * memory + write
    print(f"{token:<8} mémoire : {memory}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Elle s’allume au tiret, tient pendant toute la réplique, s’éteint à la fin de la ligne. Un nombre, une multiplication, une addition : voilà une **cellule de mémoire**.
#
# Mais la règle, ici, c’est *nous* qui l’avons écrite. Dans un LSTM, les deux décisions sont prises par des neurones, qui ont **appris** quand garder et quand noter.
#
# > **LSTM** (*long short-term memory*) : une couche qui lit les tokens un par un, et dont chaque cellule garde un nombre en mémoire. Des neurones, les **portes**, décident de ce qui s’efface, s’ajoute et se lit.

# %% slideshow={"slide_type": "subslide"}
plots.memory_cell()

# %% [markdown] slideshow={"slide_type": "subslide"}
# Suivez le tapis roulant du haut, le gros trait orange : c’est notre `memory`. La porte d’oubli est notre `keep` ; le brouillon et la porte d’entrée, ensemble, notre `write`. La porte de sortie dit ce qui se montre au reste du réseau : la **note**. Retenez que ces boîtes sont **quatre** ; il faudra bientôt les compter.
#
# ### Lire dans les deux sens
#
# > **BiLSTM** (LSTM bidirectionnel) : deux LSTM sur le même texte, l’un qui lit de gauche à droite, l’autre de droite à gauche ; leurs notes sont mises bout à bout.
#
# Attendez : si le second lecteur part de la droite, ne voit-il pas le mot à deviner ? Pariez, puis regardez.

# %% slideshow={"slide_type": "subslide"}
plots.both_directions(["Le", " meunier", " posa", " son"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# Non : le mot à deviner n’est pas dans ce qu’on leur donne. Soyons donc honnêtes, « bidirectionnel » ne veut pas dire ici que le réseau connaît l’avenir. Les deux lecteurs voient **le même début de phrase**, chacun par un bout. L’un finit sur les mots les plus récents, l’autre sur les plus anciens ; ils ne retiennent pas les mêmes choses.
#
# Là où un réseau a le droit de lire toute la phrase (traduire, corriger, dire si un commentaire est content), l’aller et retour est un grand avantage. Pour écrire la suite, il est modeste. Le projet dont ce chapitre reprend les plans l’utilisait : nous aussi.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Mille devinettes dans une phrase
#
# Où trouver de quoi apprendre ? Dans le texte lui-même. Cachez la fin d’une phrase : ce qui précède est la question, le mot suivant est la réponse. Et chaque mot donne une nouvelle devinette.
#
# Notre tokenizer est spécialisé sur vos livres, comme au chapitre 02, avec un vocabulaire plus petit : vous verrez bientôt ce que coûte chaque token.

# %% tags=["nbval-check-output"]
tokenizer = steps.bilstm_tokenizer()
sentence = "Le meunier posa son sac, et regarda la rivière."
ids = tokenizer(sentence)["input_ids"]
print(len(ids), "tokens :", tokenizer.batch_decode([[i] for i in ids]))

# %% [markdown]
# Le réseau ne peut pas tout garder sous les yeux : il lira au plus `window` tokens avant chaque réponse.
#
# > **Fenêtre** : le nombre de tokens que le réseau lit avant de deviner le suivant. Ici, 16.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 3.1 -->
#
# À vous. Pour chaque token, sauf le premier : ce qui le précède, et lui.


# %% tags=["exercise"]
@exercise("3.1")
def prefixes(token_ids: list[int], window: int) -> tuple[list[list[int]], list[int]]:
    """Return, for each token but the first, the tokens just before it (at most ``window`` of them); and these tokens to guess."""
    before = [token_ids[max(0, end - window) : end] for end in range(1, len(token_ids))]
    return before, token_ids[1:]


# %% [markdown] slideshow={"slide_type": "subslide"}
# Voyons ce que cela donne sur notre phrase, avec une fenêtre de 4 pour que ce soit lisible. Avant d’exécuter : combien de devinettes pour ces tokens ?

# %% tags=["nbval-check-output"]
before, after = prefixes(ids, 4)
print(len(before), "devinettes")
for tokens, target in zip(before, after, strict=True):
    print(f"{tokenizer.decode(tokens):<28} → {tokenizer.decode([target])}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Les premières sont plus courtes que les autres. Or un réseau avale des **tableaux**, et un tableau n’a pas de trous : il faut les remplir avec un token qui ne dit rien (chapitre 02, le *padding*). Le nôtre est le numéro 0, celui de la fin d’un texte : avant le premier mot, il n’y avait rien.
#
# De quel côté mettre le vide ? Dessinons les deux, à droite d’abord. Avant d’exécuter : où se trouvera, sur chaque dessin, le dernier mot lu ?

# %%
pieces = [tokenizer.batch_decode([[i] for i in row]) for row in before[:6]]
answers = tokenizer.batch_decode([[i] for i in after[:6]])
plots.sequences([row + [None] * (4 - len(row)) for row in pieces], answers)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et maintenant, le vide à gauche :

# %%
plots.sequences([[None] * (4 - len(row)) + row for row in pieces], answers)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Avec le vide à gauche, le dernier mot lu est **toujours dans la dernière colonne**, juste avant la réponse. Avec le vide à droite, il se promène ; et le lecteur qui va vers la droite finirait sa lecture par du vide, au risque d’oublier ce qu’il vient d’apprendre.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 3.2 -->
#
# Complétez `prefix_sequences` : elle part de vos préfixes, et rend deux tableaux NumPy.


# %% tags=["exercise"]
@exercise("3.2")
def prefix_sequences(token_ids: list[int], window: int, pad: int = PAD) -> tuple[np.ndarray, np.ndarray]:
    """Return what comes before each token but the first, and the tokens to guess, as tables that a network can read.

    Short prefixes are filled with ``pad`` on the left: the token just before the one to guess is always in the last column.
    Shapes: int32 ``(n - 1, window)`` and int32 ``(n - 1,)``, for ``n`` tokens, two at least.
    """
    before, targets = prefixes(token_ids, window)
    inputs = np.full((len(before), window), pad, dtype=np.int32)
    for row, tokens in zip(inputs, before, strict=True):
        row[-len(tokens) :] = tokens
    return inputs, np.array(targets, dtype=np.int32)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Les mêmes devinettes, telles que le réseau les verra :

# %% tags=["nbval-check-output"]
inputs, targets = prefix_sequences(ids, 4)
print(inputs[:5])
print(targets[:5])

# %% [markdown]
# Passons à l’échelle : le texte d’entraînement (ses cent mille premiers tokens, s’il en a davantage), avec une fenêtre de 16. Avant d’exécuter : pour N tokens, combien de lignes aura le tableau ?

# %% tags=["nbval-check-output"]
novels = steps.encode(tokenizer, "train")
inputs, targets = prefix_sequences(novels[:100_000], steps.WINDOW)
print(len(novels), "tokens ; tableau :", inputs.shape, "; réponses :", targets.shape)

# %% [markdown]
# Personne n’a eu à étiqueter quoi que ce soit : le texte est son propre corrigé. C’est ce qui permet d’apprendre sur des bibliothèques entières.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Construire le réseau
#
# Avec Keras, un réseau est une liste de couches. En voici un minuscule, pour la grammaire : il ne regarde que deux tokens, et n’a pas de mémoire.

# %%
vocab_size = len(tokenizer)
toy = keras.Sequential(
    [
        keras.Input((2,), dtype="int32"),
        layers.Embedding(vocab_size, 8),
        layers.Flatten(),
        layers.Dense(vocab_size, activation="softmax"),
    ]
)
toy.compile(keras.optimizers.Adam(0.001), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Deux temps : `Sequential` dit *de quoi* le réseau est fait, `compile` dit *comment* il apprendra.
#
# > **Softmax** : l’activation qui change des nombres quelconques en probabilités, toutes positives, de somme 1.
#
# > **Entropie croisée** : la perte du chapitre 00, pour des devinettes. C’est l’opposé du logarithme de la probabilité donnée à la bonne réponse : presque rien quand elle était forte, très cher quand elle était infime. « *Sparse* » veut dire que la réponse est un simple numéro.
#
# > **Exactitude** (*accuracy*) : la part des devinettes où le favori du réseau était la bonne réponse.
#
# **Adam** est une descente de gradient (chapitre 00) qui règle elle-même la longueur de ses pas, poids par poids, à partir du taux d’apprentissage qu’on lui donne.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 3.3 -->
#
# Voici les plans du nôtre. Écrivez-le.
#
# | étage | couche | réglages |
# |---|---|---|
# | 0 | `keras.Input` | `(window,)`, des entiers |
# | 1 | `Embedding` | une ligne par token, 64 nombres |
# | 2 | `LSTM` dans les deux sens : `Bidirectional(…)` | `units` cellules ; une note **à chaque token** (`return_sequences=True`) |
# | 3 | `Dropout` | `dropout` |
# | 4 | `LSTM` dans les deux sens | `units` cellules ; une seule note, à la fin |
# | 5 | `Dense` | `2 * units` neurones, `relu`, poids retenus : `kernel_regularizer=keras.regularizers.L2(l2)` |
# | 6 | `Dense` | un neurone par token du vocabulaire, `softmax` |
#
# Pour `compile`, rien ne change, sauf le taux d’apprentissage : celui de l’argument `learning_rate`. Ajoutez-y `jit_compile=False` : sinon, Keras compile le réseau d’avance, et sur un processeur ses LSTM en deviennent bien plus lents.
#
# Deux de ces réglages, **Dropout** et **L2**, sont des remèdes. Contre quoi ? Patience : vous verrez d’abord la maladie.
#
# > **ReLU** : l’activation la plus simple ; elle garde un nombre positif et remplace un négatif par zéro.


# %% slideshow={"slide_type": "subslide"} tags=["exercise"]
@exercise("3.3")
def build_bilstm(
    vocab_size: int,
    window: int = 16,
    units: int = 64,
    dropout: float = 0.2,
    l2: float = 1e-5,
    learning_rate: float = 4e-3,
    seed: int = 0,
) -> "keras.Model":
    """Build and compile a network that turns ``window`` token ids into a probability for each of ``vocab_size`` next tokens.

    Args:
        units: memory cells of each LSTM, in each of the two directions; the dense layer has twice as many neurons.
        dropout: share of the signals between the two LSTM layers that is silenced while training.
        l2: how strongly large weights of the dense layer are held back.
        seed: the same seed gives the same weights.
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
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
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # XLA makes LSTM layers four times slower on a processor (measured)
    )
    return model


# %% [markdown] slideshow={"slide_type": "subslide"}
# Un réseau de 64 cellules par sens, pour notre vocabulaire :

# %%
units = 64
network = build_bilstm(vocab_size, steps.WINDOW, units)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Combien de nombres à apprendre ?
#
# **Ne regardez pas encore** : prévoyons-le. Une couche Dense, c’est un poids par entrée et par neurone, et un biais par neurone. Comptons d’abord ce que vous connaissez, l’Embedding et les deux couches Dense.


# %% tags=["nbval-check-output"]
def dense(inputs, neurons):
    return (inputs + 1) * neurons


known = vocab_size * 64 + dense(2 * units, 2 * units) + dense(2 * units, vocab_size)
print(known)

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 3.3b -->
#
# Restent les deux LSTM. Reprenez le dessin de la cellule : **chacune des quatre boîtes est une couche Dense** de `units` neurones, qui voit le token qui arrive (ses 64 nombres) et les notes d’avant (`units` nombres). Et il y a deux lecteurs, qui ont chacun leurs poids. Le second LSTM, lui, ne lit plus des tokens, mais les notes du premier…

# %% tags=["exercise"]
memories = answer("3.3b", 2 * 4 * dense(64 + units, units) + 2 * 4 * dense(2 * units + units, units))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Maintenant, regardez. Votre prévision est-elle juste à l’unité près ? Et quel étage coûte le plus cher ?

# %%
print("prévu :", known + memories)
network.summary()

# %% [markdown] slideshow={"slide_type": "fragment"}
# La mémoire, si savante, est loin de peser le plus : l’essentiel des paramètres sert à connaître chaque token, à l’entrée et à la sortie. C’est le prix d’un vocabulaire. Et la longueur de la fenêtre n’entre pas dans le compte : le même lecteur, avec les mêmes poids, passe sur tous les tokens.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Que sait-il, avant d’apprendre ?
#
# Rien : ses poids sont tirés au hasard. S’il hésite également entre tous les tokens, quelle sera sa perte ? Chacun reçoit alors une chance sur le nombre de tokens ; prenez-en le logarithme, au signe près.

# %%
validation = steps.bilstm_sequences("validation", tokenizer, 1000)
loss, accuracy = network.evaluate(*validation, verbose=0)
print(f"perte : {loss:.2f} ; hésiter entre {vocab_size} tokens : {math.log(vocab_size):.2f}")

# %% [markdown]
# Et s’il fallait qu’il écrive tout de suite ? L’atelier lui donne un début ; à chaque pas, il devine un token, l’ajoute, et relit.

# %%
from workshop.generation import BilstmWriter, Sampling, generate

start = steps.PROMPT
print(start + generate(BilstmWriter(network, tokenizer), start, Sampling(max_new_tokens=30)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## La maladie : apprendre par cœur
#
# Donnons d’abord à un réseau très peu à lire, et beaucoup de temps : **trois pages**, relues trente fois, sans aucun remède. Pour que cela ne dure pas, il aura un petit vocabulaire de 500 tokens, appris comme au chapitre 02, et donc surtout des morceaux de mots.

# %%
few_tokens = specialise_tokenizer(tokenizer, [steps.dataset()["train"]["text"][:1500]], 500)
pages = few_tokens(steps.text("train")[:5500], verbose=False)["input_ids"]
lesson = prefix_sequences(pages, steps.WINDOW)
check = prefix_sequences(few_tokens(steps.text("validation")[:3500], verbose=False)["input_ids"], steps.WINDOW)

# %% [markdown] slideshow={"slide_type": "subslide"}
# À chaque époque, nous mesurons sa perte sur ces trois pages (l’entraînement), mais aussi sur d’autres, qu’il ne lit **jamais** pour apprendre (la validation).
#
# Avant d’exécuter, dessinez dans l’air les deux courbes. (Sur deux cœurs, moins d’une minute d’attente.)

# %% tags=["nbval-ignore-output"]
crammer = build_bilstm(500, steps.WINDOW, units=48, dropout=0.0, l2=0.0, learning_rate=1e-2)
crammed = crammer.fit(*lesson, validation_data=check, epochs=30, batch_size=128, verbose=0)
plots.loss_curves(crammed.history)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : faites dessiner les deux courbes dans l’air, toute la salle à la fois, avant d’exécuter. Beaucoup les feront descendre toutes les deux.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Regardez la perte : sur ce qu’il apprend, elle tombe, tombe… Sur la validation, elle descend un peu, touche le fond, puis **remonte**. Jusqu’où ?

# %% tags=["nbval-ignore-output"]
unseen = crammed.history["val_loss"]
print(f"pages apprises : {crammed.history['loss'][-1]:.2f} à la fin")
print(f"validation     : {min(unseen):.2f} au creux, époque {int(np.argmin(unseen)) + 1} ; {unseen[-1]:.2f} à la fin")
print(f"pur hasard     : {math.log(500):.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Ce réseau ne comprend pas mieux : il récite. (Finit-il au-dessus du hasard ? Alors, devant une page nouvelle, mieux vaudrait ne rien savoir.) Il devient de plus en plus sûr de lui, donc de plus en plus mauvais dès que la page change.
#
# > **Surapprentissage** (*overfitting*) : apprendre les exemples par cœur au lieu de la règle. Signe : la perte d’entraînement baisse encore quand celle de validation remonte.
#
# Vérifions qu’il récite. Voici le début d’une page apprise ; d’un côté la suite du livre, de l’autre la sienne, en prenant toujours son favori.


# %% tags=["nbval-ignore-output"]
def recite(model, words, first, count):
    text = list(first)
    for _ in range(count):
        text.append(int(np.argmax(next_token_probabilities(model, text))))
    return words.decode(text[len(first) :])


print("le début  :", few_tokens.decode(pages[200:216]))
print("le livre  :", few_tokens.decode(pages[216:246]))
print("le réseau :", recite(crammer, few_tokens, pages[200:216], 30))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Trois remèdes
#
# **1. Couper des signaux au hasard.** Si une partie des neurones se tait à chaque pas, aucun ne peut compter sur son voisin pour réciter.
#
# > **Dropout** : pendant l’entraînement, une part des signaux, tirée au hasard, est mise à zéro.
#
# **2. Retenir les poids.** Une récitation demande de grands poids, bien précis ; on fait donc payer leur taille.
#
# > **L2** : une amende ajoutée à la perte, qui grandit avec le carré des poids.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 3.4 -->
#
# **3. S’arrêter à temps**, et garder le réseau du creux de la courbe. Keras a deux gardiens pour cela. À vous de les engager : `ModelCheckpoint` écrit le réseau dans `best_file`, mais **seulement s’il est meilleur** qu’avant ; `EarlyStopping` arrête tout après **deux** époques sans progrès.

# %% tags=["exercise"]
best_file = steps.folder("guarded.keras")
guards = answer("3.4", [ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=2)])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Mêmes pages, même nombre d’époques permis, mais avec les remèdes : un dropout de 0,5, l’amende L2 d’origine, et vos deux gardiens. À votre avis, à quelle époque s’arrêtera-t-il ? Et son creux sera-t-il plus bas ?

# %% tags=["nbval-ignore-output"]
careful = build_bilstm(500, steps.WINDOW, units=48, dropout=0.5, learning_rate=1e-2)
cared = careful.fit(*lesson, validation_data=check, epochs=30, batch_size=128, verbose=0, callbacks=guards)
losses = {"sans remède": crammed.history["val_loss"], "avec les remèdes": cared.history["val_loss"]}
for name, curve in losses.items():
    print(f"{name:<17}creux {min(curve):.2f}, époque {int(np.argmin(curve)) + 1} ; arrêté après {len(curve)} époques")
plots.validation_losses(losses)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Le dropout ralentit la récitation, et l’arrêt précoce fait l’essentiel : il évite la remontée, et bien du temps perdu. Mais le creux lui-même n’est guère plus bas, s’il l’est : aucun remède n’invente ce qui n’est pas dans trois pages. Le vrai médicament, c’est le **quatrième : davantage de texte**.
#
# Le réseau gardé sur le disque est celui de l’étoile, pas celui de la dernière époque :

# %% tags=["nbval-ignore-output"]
kept = keras.saving.load_model(best_file)
print(f"dernière époque : {cared.history['val_loss'][-1]:.2f}")
print(f"réseau gardé    : {kept.evaluate(*check, verbose=0)[0]:.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Le grand entraînement
#
# Cette fois, tous vos romans d’entraînement. `steps.bilstm` fait exactement ce que vous venez de faire (les mêmes séquences, le même réseau, `fit` et les deux gardiens). Il raccourcit seulement quelques préfixes, pour que le réseau apprenne aussi à commencer un texte, et il ajoute une assurance : après chaque époque, tout est écrit sur le disque.
#
# **Essayez-la** : une fois passée la première époque, cliquez sur le carré ■ de la barre d’outils. Le meilleur réseau est gardé. Exécutez la cellule de nouveau : il reprend après la dernière époque achevée. Après une coupure de courant, ce serait pareil. Et s’il est déjà entraîné, il est seulement relu.
#
# Sur deux cœurs, comptez une à deux minutes, pour quatre époques. Si vos livres sont longs, le réseau n’en lit qu’une partie, prise un peu partout, pour ne pas vous faire attendre. Les courbes poussent sous vos yeux, et à chaque époque le réseau continue la même phrase : regardez à quel moment les mots commencent à aller ensemble.

# %% tags=["nbval-ignore-output"]
bilstm, tokenizer = steps.bilstm(plots.live_curves())

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : ne meublez pas l’attente : lisez à voix haute ce que le réseau écrit à chaque époque. Puis cliquez sur ■ au milieu, devant tout le monde, et relancez.

# %% [markdown] slideshow={"slide_type": "subslide"}
# L’atelier a gardé le journal. D’abord les courbes :

# %% tags=["nbval-ignore-output"]
history = steps.bilstm_history()
plots.loss_curves(history)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Puis les textes, avant la première époque et après chacune. Lisez-les à voix haute, lentement, de haut en bas.

# %% tags=["nbval-ignore-output"]
for epoch, text in enumerate(history["text"]):
    print(f"{epoch:>2} │ {' '.join(text.split())}\n")

# %% [markdown] slideshow={"slide_type": "subslide"}
# D’ordinaire, on lit d’abord de la bouillie ; puis les petits mots et les virgules, les plus fréquents ; puis, par endroits, des groupes de mots qui tiennent ensemble. L’ordre n’est pas un hasard : ce qui rapporte le plus s’apprend d’abord.
#
# ### Pourquoi s’arrêter là ?
#
# Le projet publié dont ce chapitre reprend les plans s’est arrêté à **10 époques**. Pourquoi pas cent ? Regardez vos courbes et répondez vous-même : que gagnerait-on à continuer ?

# %% tags=["nbval-ignore-output"]
val_loss = history["val_loss"]
best = int(np.argmin(val_loss)) + 1
print(f"meilleure époque : {best} sur {len(val_loss)}")
print("progrès d’une époque à l’autre, sur l’entraînement :", (-np.diff(history["loss"])).round(2).tolist())
print("                               sur la validation   :", (-np.diff(val_loss)).round(2).tolist())

# %% [markdown] slideshow={"slide_type": "fragment"}
# D’ordinaire, les époques rapportent de moins en moins sur la validation, et l’entraînement, lui, continue de progresser : comparez vos deux lignes. Ce qu’il apprend alors, c’est de plus en plus *ces livres-ci*, et de moins en moins *la langue*. Une fois la validation à plat, continuer coûte du temps, puis du talent. Dix époques étaient sans doute un bon choix pour leur corpus, mais c’était *leur* courbe. La vôtre décide pour vous : c’est le métier d’`EarlyStopping`. (Si votre meilleure époque est la dernière, il n’a pas eu à servir : l’atelier s’est arrêté avant lui, pour ne pas vous faire attendre.)
#
# (Si, au début, la validation semble meilleure que l’entraînement, c’est une illusion : la perte d’entraînement est la moyenne de toute l’époque, débuts maladroits et dropout compris.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Toujours le favori ?
#
# Le réseau donne une probabilité à chaque token. Lequel écrire ? Le plus probable, évidemment. Essayons : que prévoyez-vous sur quarante tokens ?

# %% tags=["nbval-ignore-output"]
prompt = tokenizer(start)["input_ids"]
said = recite(bilstm, tokenizer, prompt, 40)
print(start + said)
print(len(set(said.split())), "mots différents sur", len(said.split()))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Peu de mots différents ? Les mêmes suites ? Il radote. Le favori est souvent un mot passe-partout ; une fois qu’il a pris sa pente, les mêmes derniers mots ramènent le même favori, et il tourne en rond. On appelle ce choix *glouton*, ou **argmax**. Personne ne parle ainsi : nous choisissons parfois le deuxième mot, ou le dixième.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 3.5 -->
#
# Le remède : **tirer au sort**, avec un dé pipé selon les probabilités. Et pour régler l’audace :
#
# > **Température** : elle déforme les probabilités avant le tirage, en les élevant à la puissance 1/T. En dessous de 1, le favori l’emporte plus souvent ; au-dessus, les autres ont leur chance.


# %% tags=["exercise"]
@exercise("3.5")
def sample(probabilities: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    """Draw the number of a token after ``temperature`` has sharpened (below 1) or flattened (above 1) the probabilities.

    Raises:
        WorkshopError: the temperature is not positive.
    """
    if not temperature > 0:
        raise WorkshopError("La température doit être positive\u00a0: prenez 0,8, ou 0,01 pour un choix presque certain.")
    probabilities = np.asarray(probabilities, dtype=np.float64)
    weights = (probabilities / probabilities.max()) ** (1 / temperature)
    return int(rng.choice(len(weights), p=weights / weights.sum()))


# %% [markdown] slideshow={"slide_type": "subslide"}
# Essayons votre dé sur un vocabulaire de cinq mots : mille tirages à trois températures. Avant d’exécuter : à quelle température « chèvre » sortira-t-elle le plus souvent ?

# %%
words, chances = ["sac", "chapeau", "pain", "fusil", "chèvre"], np.array([0.5, 0.25, 0.15, 0.07, 0.03])
rng = np.random.default_rng(0)
draws = {
    f"T = {t}".replace(".", ","): np.bincount([sample(chances, t, rng) for _ in range(1000)], minlength=5) / 1000
    for t in (0.5, 1.0, 2.0)
}
plots.temperature_bars(words, draws)

# %% [markdown] slideshow={"slide_type": "subslide"}
# À 1, les fréquences retrouvent les probabilités. À 0,5, le favori écrase tout ; à 2, la chèvre s’invite. Écrivons avec votre fonction :


# %%
def write(temperature, count=40, seed=0):
    text, rng = list(prompt), np.random.default_rng(seed)
    for _ in range(count):
        text.append(sample(next_token_probabilities(bilstm, text), temperature, rng))
    return tokenizer.decode(text)


# %% [markdown]
# **Avant de toucher au curseur** : quelle température choisiriez-vous pour un notaire ? Pour un poète ? Pour un fou ? Essayez les trois.

# %% tags=["nbval-ignore-output"]
from ipywidgets import interact

from workshop.widgets.slider import Slider

_ = interact(lambda T: print(write(T)), T=Slider(0.8, min=0.2, max=1.6, step=0.2))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Trop froid, il radote ; trop chaud, il délire. Entre les deux, vers 0,7 ou 0,8, il y a une zone où le texte vit sans s’effondrer. Nous y reviendrons au chapitre 05, avec d’autres réglages et un meilleur modèle.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Est-il bon ?
#
# Il écrit des mots, mais un perroquet aussi. Il nous faut une mesure, sur le livre d’examen qu’il n’a jamais lu : à quel point ce livre l’a-t-il **surpris** ? La perte totale le dit, en *nats*. Reste à la ramener à une unité qui compare tous les modèles, même s’ils ne coupent pas le texte aux mêmes endroits.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 3.6 -->
#
# > **Bit par caractère** : le nombre de questions par oui ou non qu’il faudrait encore poser au modèle, en moyenne, pour connaître chaque caractère du livre. Moins, c’est mieux.
#
# > **Nat** : la même chose avec le logarithme naturel ; un bit vaut `math.log(2)` nat.


# %% tags=["exercise"]
@exercise("3.6")
def bits_per_character(nats: float, characters: int) -> float:
    """Return how many bits a model needs for each character of a text; a bit is ``ln 2`` nats.

    ``nats`` is the summed negative log-likelihood of the whole text.  Unlike perplexity, the figure does not depend on how
    the text is cut into tokens, so it compares models with different vocabularies (and archivers such as xz).
    """
    return nats / math.log(2) / characters


# %% [markdown] slideshow={"slide_type": "subslide"}
# Contre qui concourt-il ? Contre le **hasard**, bien sûr. Mais aussi contre un adversaire plus sérieux, sans un seul neurone : une table qui a compté, dans les mêmes romans, quels tokens suivent quels autres.
#
# > **n-grammes** : compter les suites de n tokens vues dans un corpus, et parier sur les plus fréquentes. Avec n = 3, on devine d’après les deux tokens d’avant.
#
# Pour que la course soit loyale, la table a droit à autant de devinettes que le réseau : si vos livres sont longs, il n’en a fait qu’une partie, prise un peu partout. Nous lui donnerons ensuite tous les romans, pour voir ce que vaut davantage de texte.
#
# Avant d’exécuter, pariez sur le classement : hasard, table de comptage, réseau.

# %% tags=["nbval-ignore-output"]
exam, exam_ids = steps.text("test"), steps.encode(tokenizer, "test")
share = min(1.0, steps.PREFIXES / len(novels))  # ce que le réseau en a deviné, à chaque époque
same = [token for start in range(0, len(novels), 1000) for token in novels[start : start + round(1000 * share)]]
print(f"le réseau et la table : {100 * share:.0f} % des romans")
nats = {"au hasard": metrics.uniform_nats(len(exam_ids), vocab_size)}
counted = {"mots fréquents (1-grammes)": (1, same), "3-grammes": (3, same)}
if share < 1:
    counted["3-grammes, tout lu"] = (3, novels)
for name, (order, read) in counted.items():
    nats[name] = metrics.NgramModel(order, vocab_size).fit(read).nats(exam_ids)
nats["BiLSTM"] = negative_log_likelihood(bilstm, exam_ids)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Avec votre fonction, et la perplexité à côté :
#
# > **Perplexité** : entre combien de tokens le modèle hésite, en moyenne. Elle ne compare que des modèles qui coupent le texte de la même façon, comme ici.

# %% tags=["nbval-ignore-output"]
bits = {name: bits_per_character(value, len(exam)) for name, value in nats.items()}
perplexities = {name: metrics.perplexity(value, len(exam_ids)) for name, value in nats.items()}
pd.DataFrame({"bits par caractère": bits, "perplexité": perplexities}).round(2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# La même chose en image ; l’étoile marque le meilleur. Aviez-vous le bon ordre ?

# %% tags=["nbval-ignore-output"]
print("du meilleur au moins bon :", ", ".join(sorted(bits, key=bits.get)))
plots.model_comparison(bits)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : si la table de comptage gagne, ne vous excusez pas : c’est la raison d’être du chapitre suivant.

# %% [markdown] slideshow={"slide_type": "subslide"}
# S’il fait mieux que le hasard, et que de connaître seulement les mots fréquents, le réseau a bel et bien appris. Et la table de comptage ? Avec aussi peu de texte, **ne soyez pas surpris si elle le bat**. Elle est bête et elle apprend vite ; lui est plus souple, mais il doit découvrir seul, avec quelques romans, ce qu’est un mot, un accord, une phrase. C’est pour cela que l’on se compare toujours au plus simple : sans la table, nous nous serions crus très forts.
#
# Que faudrait-il ? Beaucoup plus de texte, et quelqu’un qui aurait **déjà appris à lire**. C’est l’idée du chapitre suivant.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Pour aller plus loin
#
# Retirez les `#`, changez un seul réglage à la fois, et notez avant d’exécuter ce que vous attendez : un réseau plus large (`units=128`) ? Plus de pages (`[:12_000]` au lieu de `[:5500]` dans la cellule de `pages`, à exécuter de nouveau) ? Deux fois moins de remède ?

# %%
# mine = build_bilstm(500, steps.WINDOW, units=128, dropout=0.5, learning_rate=1e-2)
# tried = mine.fit(*lesson, validation_data=check, epochs=30, batch_size=128, verbose=0, callbacks=guards)
# plots.validation_losses(losses | {"mon essai": tried.history["val_loss"]})

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce que vous savez maintenant
#
# - Un texte est son propre corrigé : chaque token est la réponse d’une devinette, ce qui le précède en est la question.
# - Le vide se met à gauche : le dernier mot lu reste à côté de la réponse.
# - Un LSTM lit token par token ; ses portes ont appris que garder, que noter, que montrer. « Bidirectionnel », ici, c’est le même début lu par les deux bouts.
# - Le nombre de paramètres se prévoit à la main ; le vocabulaire en mange l’essentiel.
# - Quand la perte d’entraînement baisse et que celle de validation remonte, le réseau récite. On garde le creux de la courbe.
# - Prendre toujours le favori fait radoter ; on tire au sort, et la température règle l’audace.
# - Un modèle se juge sur un livre jamais lu, et à côté d’un adversaire simple.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trois questions pour finir
#
# Choisissez, puis dépliez votre réponse.
#
# **1. Votre perte d’entraînement vaut 0,8 et baisse toujours ; celle de validation vaut 5,1 et monte depuis six époques. Que faire ?**
#
# <details><summary>a) Continuer : la perte baisse.</summary>Celle qui baisse ne mesure que la récitation. Sur une page nouvelle, ce réseau se trompe de plus en plus, et avec de plus en plus d’assurance.</details>
# <details><summary>b) Reprendre le réseau d’il y a six époques.</summary>Oui ! C’est celui que <code>ModelCheckpoint</code> a gardé, à condition d’avoir demandé <code>save_best_only=True</code>.</details>
# <details><summary>c) Agrandir le réseau, il manque de place.</summary>Au contraire, il en a trop : un réseau plus grand réciterait plus vite encore. Il lui manque du texte, ou du dropout.</details>
#
# **2. Que voit le second lecteur d’un BiLSTM, quand nous devinons le mot suivant ?**
#
# <details><summary>a) La suite de la phrase, à l’envers.</summary>Ce serait tricher : la réponse n’est pas dans le tableau qu’on lui donne. Relisez le dessin des deux lecteurs.</details>
# <details><summary>b) Le même début de phrase, en partant de la fin.</summary>Oui ! Ses notes finissent sur les mots les plus anciens, celles de l’autre sur les plus récents.</details>
# <details><summary>c) Rien : il ne sert qu’à l’entraînement.</summary>Non : il lit à chaque devinette, pendant l’entraînement comme après, et ses notes comptent autant que celles de l’autre.</details>
#
# **3. Votre texte répète « et la nuit, et la nuit, et la nuit ». Par quoi commencer ?**
#
# <details><summary>a) Baisser la température.</summary>C’est le contraire : plus elle baisse, plus on se rapproche de l’argmax, qui tourne en rond.</details>
# <details><summary>b) Tirer au sort, avec une température de 0,7 ou 0,8.</summary>Oui ! Un autre mot que le favori suffit à sortir de la boucle.</details>
# <details><summary>c) Recommencer l’entraînement.</summary>Le réseau n’y est peut-être pour rien : c’est la façon de choisir le mot qui radote. Changez-la d’abord, cela ne coûte qu’une seconde.</details>
