# %% [raw] tags=["front"]
# title = "Tokeniser"
# minutes = 25
# room = ["2.1", "2.3", "2.6"]
# beginner = 65
# step = "tokens"
# english = "text to numbers and back; fertility; a tokenizer trained on the novels; what a network knows of a word"
# goals = ["changer un texte en nombres, et revenir au texte", "lire les tokens d’un modèle, Ġ et Ċ compris", "mesurer si un tokenizer connaît une langue", "entraîner un tokenizer sur vos romans", "préparer des blocs pour l’entraînement sans perdre un token", "voir ce qu’un réseau sait d’un mot"]

# %% [markdown] slideshow={"slide_type": "slide"}
# Un réseau de neurones ne sait pas lire. Il additionne et il multiplie, très vite, et c’est tout. Avant de lui confier un roman, il faut donc changer chaque morceau de texte en nombre.
#
# Quel morceau ? La lettre ? Les textes deviennent interminables, et une lettre ne veut pas dire grand-chose. Le mot ? Il en faudrait des centaines de milliers, et le premier nom de village inconnu nous laisserait muets. On prend l’entre-deux : des morceaux fréquents, appris sur des textes.
#
# > **Token** : le morceau de texte qu’un modèle lit d’un coup ; un mot courant, un bout de mot rare, un signe de ponctuation.
#
# > **Tokenizer** : l’outil qui coupe un texte en tokens et donne à chacun son numéro. « Tokeniser » un texte, c’est le lui confier.

# %% slideshow={"slide_type": "skip"}
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pandas as pd
import torch
from datasets import Dataset, disable_progress_bars
from IPython.display import display
from ipywidgets import interact
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from workshop import plots, steps
from workshop.base.errors import WorkshopError
from workshop.exercises import answer, exercise, hint, solution
from workshop.tokens import coloured, neighbours, train_bpe
from workshop.widgets.slider import WholeSlider

disable_progress_bars()

# %% [markdown]
# Les romans nettoyés au chapitre 01 nous attendent. Si vous commencez par ici, l’atelier les prépare pour vous.

# %% tags=["nbval-check-output"]
train = steps.dataset()["train"]
print(len(train), "paragraphes ; voici le premier :")
print(train[0]["text"])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Du texte aux nombres, et retour
#
# Un modèle ne va jamais sans son tokenizer : il ne connaît que les numéros que celui-ci lui a appris. Nous chargeons donc les deux ensemble. Le modèle est un GPT-2 français ; il servira à la fin de ce chapitre.
#
# Chez vous, sans l’atelier, ce serait `AutoTokenizer.from_pretrained("le nom du modèle")`.

# %% tags=["nbval-check-output"]
model, french = steps.base_model()
print(len(french), "tokens dans son vocabulaire")

# %% [markdown]
# > **Vocabulaire** : la liste de tous les tokens qu’un tokenizer connaît, chacun avec son numéro.
#
# Voici une phrase du Berry pour nos essais. Avant d’exécuter la suite : à votre avis, en combien de morceaux sera-t-elle coupée ?

# %%
sentence = "Le meunier regarda couler l’eau de la Grelette."
print(len(sentence.split()), "mots,", len(sentence), "caractères")

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 2.1 -->
#
# Complétez `encode_text` : elle reçoit un tokenizer et un texte, et renvoie la liste des numéros. Un tokenizer s’utilise comme une fonction : essayez `french(sentence)` dans une cellule, regardez ce qu’il répond, et gardez-en ce qu’il faut.


# %% tags=["exercise"]
@exercise("2.1")
def encode_text(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """Return the numbers of the tokens of ``text``, in order."""
    return tokenizer(text, verbose=False)["input_ids"]


# %% [markdown]
# Votre pari, maintenant : en combien de morceaux la phrase est-elle coupée ?

# %% tags=["nbval-check-output"]
ids = encode_text(french, sentence)
print(len(ids), "tokens :", ids)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Voilà tout ce que le réseau verra de notre meunier : une file de numéros. Rien n’est perdu pour autant, car le chemin du retour existe. Exécutez, et comparez à la loupe avec la phrase de départ : tout est-il revenu, au caractère près ?

# %% tags=["nbval-check-output"]
back = french.decode(ids)
print(back)
print("ce qui a changé :", [(left, right) for left, right in zip(sentence, back, strict=False) if left != right] or "rien")

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Avec le modèle de l’atelier, tout sauf l’apostrophe : la courbe (’) est devenue droite ('). Certaines éditions impriment l’une, d’autres l’autre, et le réseau y verrait deux choses différentes. Ce tokenizer commence donc par ramener la ponctuation à une seule écriture. (D’autres modèles gardent les deux.)</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 2.2 -->
#
# Des numéros ne montrent pas où l’on a coupé. Demandons les tokens eux-mêmes : complétez `tokens_of`, qui reçoit un tokenizer et une liste de numéros, et renvoie la liste des tokens, tels que le vocabulaire les écrit.


# %% tags=["exercise"]
@exercise("2.2")
def tokens_of(tokenizer: PreTrainedTokenizerBase, ids: list[int]) -> list[str]:
    """Return the tokens that these numbers stand for, as the vocabulary spells them (Ġ is a space, Ċ a line end)."""
    return tokenizer.convert_ids_to_tokens(ids)


# %% [markdown]
# Voici les coupures. Quels mots sont restés entiers ? Et que fait là ce drôle de Ġ ?

# %% tags=["nbval-check-output"]
print(tokens_of(french, ids))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Ce n’est ni du breton, ni une panne. Le tokenizer ne travaille pas sur des lettres mais sur des **octets**, et il lui faut un signe visible pour chacun des 256 octets qui existent, même pour ceux qui ne s’impriment pas. L’espace s’écrit **Ġ**, la fin de ligne **Ċ**.
#
# > **Octet** : un nombre de 0 à 255, l’unité dans laquelle un ordinateur range un texte. Une lettre sans accent en prend un ; un accent en demande un second.
#
# Avant d’exécuter : que va-t-il rester de reconnaissable dans « âme » ?

# %% tags=["nbval-check-output"]
print(list("âme".encode()))
print(tokens_of(french, encode_text(french, "âme et été\nÀ l’œuvre !")))

# %% [markdown]
# « Ã¢ » et « Ã© » sont donc « â » et « é », écrits octet par octet. Il y a une belle conséquence : comme les 256 octets sont tous au vocabulaire, **aucun texte au monde n’est impossible à lire**. Essayez d’en trouver un !

# %% tags=["nbval-check-output"]
odd = encode_text(french, "Ñandú 山 🐐")
print(tokens_of(french, odd))
print(french.decode(odd))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Au pire, un signe inconnu coûte quelques tokens de plus. Pour voir les coupures d’un coup d’œil, l’atelier écrit chaque token en couleur sous le texte. Changez la phrase : votre prénom est-il un token ?

# %%
coloured(french, sentence)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## À chacun sa langue
#
# Qu’arrive-t-il à un tokenizer anglais devant une phrase française ? L’atelier a toujours dans ses réserves ses propres contes, et la traduction anglaise de l’un d’eux. Entraînons-y un petit tokenizer, exactement comme celui du modèle a été entraîné sur du français.

# %%
from workshop.cleaning import clean
from workshop.corpus import catalogue, read

tales = {book.id: clean(read(book).text) for book in catalogue("veillees")}
english = train_bpe(tales["mill"].paragraphs, vocab_size=3000)

# %% [markdown] slideshow={"slide_type": "subslide"}
# `train_bpe` suit la recette **BPE**, que vous verrez à l’œuvre plus bas. Avant d’exécuter : lequel des deux coupera le plus, et quels mots le tokenizer anglais aura-t-il tout de même appris ?

# %%
for name, tokenizer in {"français": french, "anglais": english}.items():
    print(name)
    display(coloured(tokenizer, sentence))

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Le tokenizer anglais coupe le plus : il émiette jusqu’à « regarda ». Mais il tient « Grelette » d’un seul bloc : la rivière porte le même nom dans la traduction. Un tokenizer ne sait ni l’anglais ni le français ; il sait ce qu’il a vu souvent.</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# Si votre ordinateur est connecté à Internet, essayez aussi le vrai tokenizer de GPT-2, entraîné sur quarante gigaoctets d’anglais : retirez les `#`.

# %%
# gpt2 = AutoTokenizer.from_pretrained("gpt2")
# coloured(gpt2, sentence)

# %% [markdown] slideshow={"slide_type": "slide"}
# Une impression ne suffit pas : mesurons.
#
# > **Fertilité** : le nombre de tokens par mot, en moyenne. Un seul, ce serait un tokenizer qui connaît chaque mot ; plus elle monte, plus il émiette.
#
# Pourquoi s’en soucier ? Un modèle lit un nombre fixe de tokens à la fois, et calcule autant pour une miette que pour un mot entier. Une fertilité double, c’est deux fois moins de roman sous les yeux et deux fois plus d’attente.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 2.3 -->
#
# Complétez `fertility` : le nombre de tokens du texte, divisé par le nombre de ses mots. Un mot, ici, c’est tout ce qui se trouve entre deux espaces, ponctuation comprise. (La solution de l’atelier refuse aussi un texte vide ; la vôtre peut s’en passer.)


# %% tags=["exercise"]
@exercise("2.3")
def fertility(tokenizer: PreTrainedTokenizerBase, text: str) -> float:
    """Return how many tokens a word of ``text`` takes on average; words are what spaces separate.

    Raises:
        WorkshopError: the text has no word.
    """
    words = text.split()
    if not words:
        raise WorkshopError("Ce texte ne contient aucun mot\u00a0: donnez au moins une phrase à mesurer.")
    return len(encode_text(tokenizer, text)) / len(words)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Chiffrons d’abord notre impression, sur la seule phrase du meunier.

# %% tags=["nbval-check-output"]
print("français :", round(fertility(french, sentence), 2))
print("anglais  :", round(fertility(english, sentence), 2))

# %% [markdown]
# La comparaison est-elle loyale ? Pas encore : le tokenizer français a plus de vocabulaire et a lu bien plus de livres. Pour être juste, une seule chose doit changer. Entraînons un second petit tokenizer, de même taille, sur **le même conte**, en français cette fois.

# %% tags=["nbval-check-output"]
little_french = train_bpe(tales["moulin"].paragraphs, vocab_size=3000)
print(len(english), len(little_french))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Puis faisons-leur lire le livre réservé à l’examen, qu’aucun n’a jamais vu. Ajoutons la traduction anglaise, pour l’équité. Avant d’exécuter : quelle case du tableau sera la plus basse ?

# %% tags=["nbval-check-output"]
exam = steps.text("test")
readers = {"français (celui du modèle)": french, "petit français": little_french, "petit anglais": english}
texts = {"livre d’examen": exam, "conte en anglais": tales["mill"].text}
table = pd.DataFrame({name: {who: fertility(it, text) for who, it in readers.items()} for name, text in texts.items()})
print("la case la plus basse :", " devant le ".join(table.stack().idxmin()))
table.round(2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Lisez la première colonne : à taille égale et à histoire égale, l’anglais émiette le français bien plus que le petit tokenizer français. Et méfiez-vous de la case où le petit anglais lit le conte en anglais : c’est le livre **sur lequel il a appris**. Un bon score sur sa leçon ne prouve rien ; c’est pour cela que l’on garde un livre d’examen.
#
# Une figure pour le voir autrement : combien de lettres fait un token ? (Si votre fonction affiche en passant « Token indices sequence length is longer than… », rien de grave : le tokenizer prévient que le texte est trop long pour être *lu* d’un coup par le modèle. Nous ne faisons que le compter ; `verbose=False` fait taire l’avertissement.)


# %% slideshow={"slide_type": "subslide"}
def lengths(tokenizer, text):
    return [len(tokenizer.decode([i])) for i in encode_text(tokenizer, text)]


plots.token_lengths({"français": lengths(french, exam), "petit anglais": lengths(english, exam)})

# %% [markdown]
# L’autre face de la même mesure : plus un tokenizer est étranger à la langue, plus ses tokens sont courts.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Comment naît un vocabulaire
#
# La recette s’appelle **BPE**, et tient en trois phrases. On commence avec les 256 octets. On cherche, dans tout le corpus, les deux tokens qui se suivent le plus souvent, et on les soude en un nouveau. On recommence, jusqu’à ce que le vocabulaire soit plein.
#
# > **BPE** (*byte-pair encoding*) : construire un vocabulaire en soudant, encore et encore, la paire de tokens la plus fréquente.
#
# Faisons-le à la main, sur dix mots d’un village imaginaire. Chacun est une suite de lettres, avec le nombre de fois qu’on l’a lu ; Ġ est l’espace qui le précède.

# %%
read = {
    "le": 9,
    "la": 7,
    "les": 4,
    "meunier": 5,
    "meunière": 3,
    "fermier": 4,
    "fermière": 2,
    "farine": 3,
    "chemin": 4,
    "rivière": 2,
}
words = {("Ġ", *word): count for word, count in read.items()}
print(list(words)[3])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Première moitié de la recette : **compter**. Un mot lu cinq fois apporte cinq fois chacune de ses paires. Avant d’exécuter : laquelle sera en tête ? Et à combien ?


# %% tags=["nbval-check-output"]
def count_pairs(words):
    """Count, in all the words, how often a token is followed by another."""
    pairs = Counter()
    for tokens, count in words.items():
        for pair in pairwise(tokens):
            pairs[pair] += count
    return pairs


print(count_pairs(words).most_common(4))

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary><code>("Ġ", "l")</code>, vingt fois : 9 + 7 + 4. « er » vient ensuite, quinze fois : il compte double dans « fermier ».</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# Seconde moitié : **souder**. On recopie chaque mot, et chaque fois que la paire se présente, on l’écrit d’un seul tenant.


# %% tags=["nbval-check-output"]
def merge(words, pair):
    """Write the words again, the two tokens of the pair joined wherever they follow each other."""
    merged = {}
    for tokens, count in words.items():
        joined = []
        for token in tokens:
            if joined and (joined[-1], token) == pair:
                joined[-1] += token
            else:
                joined.append(token)
        merged[tuple(joined)] = count
    return merged


print(list(merge(words, ("Ġ", "l")))[:3])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Compter, souder, recommencer : voilà tout l’algorithme. Regardez le vocabulaire grandir d’un token à chaque ligne. Avant d’exécuter : lequel des dix mots sera le premier à ne faire plus qu’un seul token ?

# %% tags=["nbval-check-output"]
for step in range(1, 17):
    pairs = count_pairs(words)
    left, right = max(pairs, key=lambda pair: (pairs[pair], pair))  # à égalité, l’ordre des lettres décide
    words = merge(words, (left, right))
    print(f"{step:>2}  {left:>5} + {right:<5} vu {pairs[left, right]:>2} fois → {left + right}")
print(*(" ".join(tokens) for tokens in words), sep=" | ")

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>« le », dès la troisième soudure : c’est le mot le plus lu. Puis viennent des morceaux que plusieurs mots partagent, « Ġmeuni », « Ġfermi », « ère » : l’algorithme ne sait pas ce qu’est une racine ni une finale, il les trouve en comptant. Les mots rares restent en miettes. (Écrivez <code>"farine": 300</code> plus haut, relancez ces cellules, et voyez qui passe devant.)</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# La vraie machine fait la même chose, avec des octets au lieu de lettres et des millions de mots. Avant d’exécuter : quelles sont, d’après vous, les premières paires soudées en français ?

# %% tags=["nbval-check-output"]
import json

merges = json.loads(french.backend_tokenizer.to_str())["model"]["merges"]
print(" · ".join(left + right for left, right in merges[:30]))

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Des débuts de mots (une espace et une consonne), des finales de pluriels et de verbes, le « é » qui a recollé ses deux octets, et déjà de petits mots entiers. Personne n’a enseigné la grammaire à cette machine : elle compte.</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Un tokenizer du pays
#
# Le tokenizer du modèle a appris sur d’autres romans que les nôtres. Parmi les mots à majuscule les plus fréquents de nos livres, lesquels met-il en miettes ?

# %%
words = Counter(" ".join(train["text"]).replace("'", " ").split())
names = [word for word, _ in words.most_common() if word.istitle() and word.isalpha()]
for name in names[:60]:
    pieces = tokens_of(french, encode_text(french, f" {name}"))
    if len(pieces) > 2:
        print(f"{name:<12}", " + ".join(pieces))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Il est temps d’en former un sur place. Il faut d’abord lui présenter le corpus, et pas n’importe comment : dix romans tiennent en mémoire, mais les quarante gigaoctets de GPT-2, non. On les fait donc passer par paquets, l’un après l’autre.
#
# > **Itérateur** : un objet qui donne ses éléments un par un, quand on les demande, sans les avoir tous préparés. Une fonction qui contient `yield` en fabrique un.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 2.4 -->
#
# Complétez `training_corpus` : elle reçoit un jeu de données, et donne l’un après l’autre des paquets de `batch_size` textes, pris dans la colonne `"text"`. Pas une ligne ne doit manquer, même si le dernier paquet est plus petit.


# %% tags=["exercise"]
@exercise("2.4")
def training_corpus(dataset: "Dataset", batch_size: int = 1000) -> Iterator[list[str]]:
    """Yield the column ``text`` of ``dataset``, ``batch_size`` rows at a time: the whole corpus is never in memory."""
    for start in range(0, len(dataset), batch_size):
        yield dataset[start : start + batch_size]["text"]


# %% [markdown]
# Demandons un premier paquet avec `next`. Rien d’autre n’a été lu pour l’instant : la fonction s’est arrêtée sur son `yield` et attend.

# %% tags=["nbval-check-output"]
batches = training_corpus(train, batch_size=200)
first = next(batches)
print(len(first), "textes ; le troisième :", first[2][:60], "…")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Vidons le reste. Avant d’exécuter : combien de textes reste-t-il à compter ? Et que donnera la seconde ligne, qui compte une nouvelle fois ?

# %% tags=["nbval-check-output"]
print(sum(len(batch) for batch in batches), "textes dans les paquets suivants")
print(sum(len(batch) for batch in batches), "textes, au second passage")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Un itérateur ne se lit qu’**une fois**. C’est le prix de la légèreté, et l’origine de bien des « mon tokenizer n’a rien appris ». Pour la légèreté, justement, mesurons la mémoire qu’il faut au plus fort de chaque méthode.

# %%
import tracemalloc


def peak_kilobytes(read_all):
    tracemalloc.start()
    read_all()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / 1000)


print("une liste    :", peak_kilobytes(lambda: list(training_corpus(train, 50))), "ko")
print("un itérateur :", peak_kilobytes(lambda: [None for batch in training_corpus(train, 50)]), "ko")

# %% [markdown]
# L’itérateur ne dépend que de la taille d’un paquet ; la liste, de celle du corpus. Nos romans sont petits, l’habitude est bonne.
#
# Tout est prêt pour l’entraînement. On ne repart pas de zéro : le nouveau tokenizer garde les manières de l’ancien (ponctuation, octets, token de fin de texte) et n’apprend que le vocabulaire.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 2.5 -->
#
# Complétez `specialise_tokenizer` : elle reçoit l’ancien tokenizer, le corpus qui coule et la taille de vocabulaire voulue, et renvoie le nouveau tokenizer.


# %% tags=["exercise"]
@exercise("2.5")
def specialise_tokenizer(
    tokenizer: PreTrainedTokenizerBase, corpus: Iterable[list[str]], vocab_size: int
) -> PreTrainedTokenizerBase:
    """Return a tokenizer that works like ``tokenizer``, with a vocabulary of ``vocab_size`` tokens learnt from ``corpus``."""
    return tokenizer.train_new_from_iterator(corpus, vocab_size, show_progress=False)


# %% [markdown]
# Nous gardons la taille de l’ancien vocabulaire : ainsi, une seule chose change, les livres où il a été appris.

# %% tags=["nbval-check-output"]
local = specialise_tokenizer(french, training_corpus(train, 200), vocab_size=len(french))
print(len(local), "tokens, comme l’ancien")

# %% [markdown] slideshow={"slide_type": "subslide"}
# La même phrase, avec l’ancien puis avec le nouveau. Que prévoyez-vous pour « meunier » et pour « Grelette » ?

# %%
for name, tokenizer in {"avant": french, "spécialisé": local}.items():
    print(name)
    display(coloured(tokenizer, sentence))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Un tokenizer se range dans un dossier, et se recharge comme n’importe quel autre. Vérifions que rien ne s’est perdu en route.

# %% tags=["nbval-check-output"]
folder = steps.keep("my-tokenizer", local.save_pretrained)
reloaded = AutoTokenizer.from_pretrained(folder)
print(reloaded.get_vocab() == local.get_vocab())

# %% [markdown] slideshow={"slide_type": "subslide"}
# Comparons les deux vocabulaires : quels tokens sont nouveaux ? Classons-les par le nombre de fois où ils servent dans nos livres. Avant d’exécuter : quelles sortes de mots attendez-vous en tête ?

# %% tags=["nbval-check-output"]
new = set(local.get_vocab()) - set(french.get_vocab())
used = Counter(tokens_of(local, encode_text(local, steps.text("train"))))
print(len(new), "tokens nouveaux. Les plus utilisés :")
words = [local.convert_tokens_to_string([token]).strip() for token, _ in used.most_common() if token in new]
print([word for word in words if word.isalpha()][:40])

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Beaucoup de noms de gens et de lieux, et les mots qui reviennent dans vos livres : le pays est entré dans le vocabulaire. D’autres mots ont dû lui céder leur place, puisque la taille n’a pas changé.</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# Reste la vraie question : lit-il mieux ? Mesurons sur les livres où il a appris, puis sur le livre d’examen. Où le progrès sera-t-il le plus grand ?

# %% tags=["nbval-check-output"]
both = {"avant": french, "spécialisé": local}
texts = {"livres appris": steps.text("train"), "livre d’examen": exam}
pd.DataFrame({name: {who: fertility(it, text) for who, it in both.items()} for name, text in texts.items()}).round(2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Il gagne là où il a appris. À l’examen il gagne moins, et parfois rien : chaque histoire a ses propres héros, et l’ancien tokenizer avait lu bien plus de livres.
#
# Faut-il alors donner ce tokenizer à notre GPT-2 ? Demandez aux deux ce que signifie le même numéro :

# %% tags=["nbval-check-output"]
for number in (1000, 2000, 3000, 5000, 7000):
    print(number, ":", french.decode([number]), "|", local.decode([number]))

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : la question qui vient est « à quoi sert-il, alors ? » : au réseau du chapitre suivant, qui part de zéro.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Les numéros ont changé de sens ! Le modèle, lui, n’en sait rien : lui parler avec ce tokenizer, ce serait lui dicter un roman avec les pages du dictionnaire mélangées. D’où la règle : **on ne change pas le tokenizer d’un modèle déjà entraîné**. Au chapitre 03, le réseau partira de zéro, et aura un tokenizer spécialisé ; au chapitre 04, GPT-2 gardera le sien.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quelle taille de vocabulaire ?
#
# Entraînons toute une famille de tokenizers, du plus petit au plus grand (sur un échantillon, pour ne pas attendre).

# %%
sample = train["text"][:1500]
sizes = [300, 500, 1000, 2000, 4000, 8000]
family = {size: specialise_tokenizer(french, [sample], size) for size in sizes}

# %% [markdown]
# Avant de toucher au curseur : quand le vocabulaire double, le nombre de tokens par mot est-il divisé par deux ? Déplacez-le, et regardez comment les mots se recollent.


# %%
def show(rank):
    size = sizes[rank]
    print(f"{fertility(family[size], exam):.2f} tokens par mot sur le livre d’examen")
    display(coloured(family[size], sentence))


_ = interact(show, rank=WholeSlider(0, max=len(sizes) - 1, description="Vocabulaire", names=[str(size) for size in sizes]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Toute la famille d’un coup, sur ce qui a été appris et sur l’examen :

# %%
lesson = "\n".join(sample[:300])
curves = {"textes appris": lesson, "livre d’examen": exam}
points = {name: {size: fertility(family[size], text) for size in sizes} for name, text in curves.items()}
plots.fertility_curve(points)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Votre pari, et deux choses que l’œil mesure mal :

# %% tags=["nbval-check-output"]
learnt, unseen = points.values()
print(f"vocabulaire doublé, de 500 à 1000 : tokens par mot divisés par {unseen[500] / unseen[1000]:.2f}".replace(".", ","))
print(f"                 de 4000 à 8000 : tokens par mot divisés par {unseen[4000] / unseen[8000]:.2f}".replace(".", ","))
for size in (sizes[0], sizes[-1]):
    more = f"{unseen[size] - learnt[size]:+.2f}".replace(".", ",")
    print(f"à {size} tokens, l’examen demande {more} token par mot de plus que les textes appris")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Les premières soudures rapportent beaucoup, les dernières de moins en moins. Et si l’écart entre les deux textes se creuse, c’est que les derniers tokens appris sont des mots de *ces* textes-là. Or chaque token coûte : il lui faut sa ligne de nombres dans le modèle, et assez d’exemples pour l’apprendre. D’où un compromis : quelques milliers pour nos petits corpus, 50 257 pour GPT-2, davantage pour les modèles qui lisent cent langues.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Des blocs, sans perdre un token
#
# Pendant l’entraînement, le réseau lit des morceaux de même longueur, plusieurs à la fois. Nos paragraphes vont de quelques mots à une page entière. Que faire ?
#
# Le premier atelier dont celui-ci descend coupait chaque phrase en morceaux de 100 tokens au plus, puis ne gardait que ceux qui en avaient **exactement 100**, à cause d’un `==` à la place d’un `<=`. Rien ne le signalait : le programme tournait. Refaisons-le sur nos phrases. Avant d’exécuter : quelle part du texte en réchappe ?

# %% tags=["nbval-check-output"]
from workshop.cleaning import split_sentences, train_punkt

punkt = train_punkt(sample)
sentences = [phrase for text in sample for phrase in split_sentences(text, punkt)]
pieces = french(sentences, truncation=True, max_length=100, return_overflowing_tokens=True)["input_ids"]
found = [len(piece) for piece in pieces]
print(f"avec == : {100 * sum(n for n in found if n == 100) / sum(found):.1f} % des tokens sont gardés")
print(f"avec <= : {100 * sum(n for n in found if n <= 100) / sum(found):.1f} % des tokens sont gardés")

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : faites écrire le pari sur un papier avant d’exécuter. Laissez un silence devant le pourcentage : aucun message, aucune erreur, et presque tout le texte est perdu.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Avec `==`, presque tout est parti à la poubelle, en silence, à commencer par les phrases courtes, donc par les dialogues. La leçon vaut de l’or : **comptez toujours ce qui entre et ce qui sort**.
#
# Il y a plus simple. Un roman est une longue file de tokens : mettons tout bout à bout, et coupons tous les `block_size` tokens.
#
# > **Bloc** : une suite de tokens que le réseau lit d’un coup pendant l’entraînement.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 2.6 -->
#
# Complétez `pack` : elle reçoit la longue file des numéros et la taille d’un bloc, et renvoie la liste des blocs. **Pas un token ne doit se perdre**, ni s’inventer : le dernier bloc a le droit d’être plus court.


# %% tags=["exercise"]
@exercise("2.6")
def pack(token_ids: list[int], block_size: int) -> list[list[int]]:
    """Cut ``token_ids`` into blocks of ``block_size`` tokens.  Not a token is lost: the last block may be shorter.

    Raises:
        WorkshopError: the blocks would be empty.
    """
    if block_size < 1:
        raise WorkshopError(f"Un bloc contient au moins un token, pas {block_size}\u00a0: prenez par exemple block_size=128.")
    return [token_ids[start : start + block_size] for start in range(0, len(token_ids), block_size)]


# %% [markdown] slideshow={"slide_type": "subslide"}
# Tous nos livres, bout à bout, en blocs de 128. Comptons ce qui entre et ce qui sort.

# %% tags=["nbval-check-output"]
ids = encode_text(french, steps.text("train"))
blocks = pack(ids, 128)
print(len(blocks), "blocs ; le dernier a", len(blocks[-1]), "tokens")
print("entrés :", len(ids), "; sortis :", sum(map(len, blocks)))

# %% [markdown]
# À quoi ressemble un bloc, vu du réseau ? Regardez par où il commence et par où il finit.

# %% tags=["nbval-check-output"]
print(french.decode(blocks[12]))

# %% [markdown]
# Un bloc commence et finit où cela tombe, le plus souvent au milieu d’une phrase. C’est sans gravité : le réseau apprend à deviner le token suivant, où qu’il soit, et il verra des milliers de débuts.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce qu’un réseau sait d’un mot
#
# Un numéro ne dit rien : le 812 n’est pas « plus » que le 811. La première chose que fait un réseau est donc d’échanger chaque numéro contre une ligne de nombres, qu’il a apprise.
#
# > **Embedding** (ou plongement) : la liste de nombres, le *vecteur*, qui représente un token à l’intérieur du réseau.

# %% tags=["nbval-check-output"]
vectors = model.get_input_embeddings().weight.detach().cpu()
print("une ligne par token, et sa largeur :", tuple(vectors.shape))

# %% [markdown]
# Voici les premiers nombres de « rivière ». Aucun n’a de sens à lui seul.


# %%
def vector(word):
    (number,) = encode_text(french, f" {word}")  # avec son espace devant, comme au milieu d’une phrase
    return vectors[number]


vector("rivière")[:8]

# %% [markdown] slideshow={"slide_type": "subslide"}
# Ce qui a un sens, c’est la **direction** du vecteur : deux mots qui s’emploient dans les mêmes phrases finissent par pointer du même côté. On le mesure par le cosinus de l’angle : 1, même direction ; 0, rien en commun.
#
# Avant d’exécuter, classez ces trois mots du plus proche au plus éloigné de « rivière ».

# %%
for word in ("montagne", "main", "quand"):
    print(f"rivière et {word} : {torch.cosine_similarity(vector('rivière'), vector(word), dim=0):.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et parmi *tous* les tokens, lesquels sont les voisins d’un mot ? `neighbours` calcule tous les cosinus d’un coup et garde les plus grands. Choisissez vos mots : s’il y en a un que le vocabulaire n’a pas d’un seul tenant, un message vous le dira.

# %%
chosen = ["rivière", "mère", "cinq", "rouge", "courir", "disait"]
pd.DataFrame({word: [f"{near} ({cosine:.2f})" for near, cosine in neighbours(vectors, french, word, 8)] for word in chosen})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Personne n’a dit à ce réseau ce qu’est une couleur, un nombre ou un verbe. Il n’a fait que deviner des mots suivants, et pour y arriver il a dû ranger ensemble ceux qui se remplacent.
#
# Ce rangement suit l’**usage**, pas le sens du dictionnaire. Essayez « église », et comptez ses voisins qui commencent par une voyelle : il y en a d’ordinaire plus que pour « rivière ». Devinez-vous pourquoi ?

# %% slideshow={"slide_type": "subslide"}
for word in ("église", "rivière"):
    near = [neighbour for neighbour, _ in neighbours(vectors, french, word, 10)]
    print(f"{word:<8}", sum(neighbour.lower()[0] in "aeiouyâàéèêëîïôûœh" for neighbour in near), "sur 10 :", *near)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>À cause de l’apostrophe ! « église » vient souvent après « l’ » ou « d’ », comme tout ce qui commence par une voyelle ou un h muet. Pour qui doit deviner le mot suivant, c’est une ressemblance aussi utile qu’une autre.</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Bonus : apprendre un mot à un modèle
#
# On ne change pas le tokenizer d’un modèle entraîné, mais on peut **ajouter** quelques mots à la fin de son vocabulaire : les anciens numéros ne bougent pas. Il faut alors agrandir le tableau des vecteurs d’autant de lignes.

# %% tags=["nbval-check-output"]
new_words = ["Mirebrune", "Coudrette", "Argencelles"]
for word in new_words:
    print(word, "→", tokens_of(french, encode_text(french, word)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 2.7 -->
#
# Combien de nombres le modèle devra-t-il apprendre en plus, pour ces trois mots ? Écrivez le calcul, avec `new_words` et `model.config`.

# %% tags=["exercise"]
extra_numbers = answer("2.7", len(new_words) * model.config.n_embd)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Vérifions sur une copie du tokenizer et du modèle. D’abord sans agrandir le modèle : que va-t-il se passer quand le nouveau numéro arrivera ?

# %% tags=["nbval-check-output"]
import copy

wider, bigger = copy.deepcopy(french), copy.deepcopy(model).cpu()
wider.add_tokens(new_words)
batch = wider("La veillée de Mirebrune", return_tensors="pt")
try:
    bigger(**batch)
except IndexError as error:
    print("IndexError :", error)

# %% [markdown]
# « Hors du tableau » : le token a un numéro, mais pas de vecteur. Agrandissons, et comparons avec votre calcul.

# %% tags=["nbval-check-output"]
bigger.resize_token_embeddings(len(wider), mean_resizing=False)
print(bigger.num_parameters() - model.num_parameters(), "nombres de plus ; prévu :", extra_numbers)
print(tuple(bigger(**batch).logits.shape), ": une phrase, ses tokens, et une note pour chaque mot du vocabulaire")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Les nouveaux vecteurs sont tirés au hasard : ces mots ont un numéro, mais pas encore d’usage. Seul un entraînement leur en donnera un (chapitre 04).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Bonus : remplir les trous
#
# Les blocs de `pack` ont tous la même taille, sauf le dernier. Mais quand on donne au modèle plusieurs phrases d’un coup, elles sont inégales, et un tableau ne peut pas avoir de trous. Or le GPT-2 d’origine n’a pas de quoi les boucher :

# %% tags=["nbval-check-output"]
bare = copy.deepcopy(french)
bare.pad_token = None  # comme le GPT-2 d’origine
unequal = ["La chèvre dort.", "Le notaire cherche son chapeau depuis ce matin."]
try:
    bare(unequal, padding=True)
except ValueError as error:
    print("ValueError :", error)

# %% [markdown]
# Le message est en anglais, mais il est bon : il donne le remède.
#
# > **Padding** (remplissage) : compléter les phrases courtes avec un token qui ne dit rien, pour que toutes aient la même longueur.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 2.8 -->
#
# Quel token, déjà présent dans le vocabulaire, ne dit rien au milieu d’une phrase ? Donnez-le à `bare.pad_token`.

# %% tags=["exercise"]
bare.pad_token = answer("2.8", bare.eos_token)

# %% [markdown]
# Et le réseau, va-t-il lire ces tokens-là ? Non : `attention_mask` vaut 0 partout où il ne faut pas regarder.

# %% tags=["nbval-check-output"]
batch = bare(unequal, padding=True)
for row, mask in zip(batch["input_ids"], batch["attention_mask"], strict=True):
    print(tokens_of(bare, row))
    print(mask)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Bonus : et les mots-outils ?
#
# Pour classer des articles ou chercher dans des archives, on retire souvent les mots-outils (le, de, que, ne…), si fréquents qu’ils n’apprennent rien sur le sujet. Faut-il le faire ici ? Essayons sur une phrase à nous.

# %% tags=["nbval-check-output"]
from workshop.cleaning import FUNCTION_WORDS

line = "Elle ne dit pas un mot, mais il vit bien que la meunière avait tout deviné, et qu’elle en riait."
" ".join(word for word in line.split() if word.lower() not in FUNCTION_WORDS["fr"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# Le sujet est encore là ; la langue, non, et le sens non plus (« ne… pas » a disparu !). Or un modèle de langue n’a qu’un travail : deviner le mot suivant. S’il n’a jamais vu de « le » ni de « que », il écrira comme un télégramme. Pour nous, **tout compte** : mots-outils, ponctuation, majuscules, tirets de dialogue. C’est là que se loge le style.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce que vous savez maintenant
#
# - Un modèle lit des numéros ; le tokenizer fait l’aller et le retour, sans perdre un mot.
# - Ġ est une espace, Ċ une fin de ligne ; tout texte s’écrit avec 256 octets.
# - La fertilité dit si un tokenizer connaît une langue ; on la mesure sur un texte qu’il n’a pas appris.
# - Un vocabulaire s’apprend en soudant les paires fréquentes ; le corpus passe par paquets, une seule fois.
# - Un modèle entraîné garde son tokenizer.
# - Des blocs, et pas un token de perdu : on compte ce qui entre et ce qui sort.
# - Un token devient un vecteur ; les mots qui s’emploient pareil sont voisins.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trois questions pour finir
#
# Choisissez, puis dépliez votre réponse.
#
# **1. Un tokenizer coupe « Mirebrune » en quatre morceaux. Que peut faire le modèle ?**
#
# <details><summary>a) Il ne peut pas lire ce mot.</summary>Si : il lit les quatre morceaux, l’un après l’autre. Au pire, un mot est épelé octet par octet ; rien n’est illisible.</details>
# <details><summary>b) Il le lit, mais ce mot prend quatre places au lieu d’une.</summary>Oui ! Il en restera un peu moins pour la suite de l’histoire, et le sens du mot devra se reconstruire à partir de ses morceaux.</details>
# <details><summary>c) Il le remplace par le mot connu le plus proche.</summary>Non : un tokenizer ne devine rien et ne remplace rien. Le décodage rend le mot de départ.</details>
#
# **2. Vous spécialisez un tokenizer sur vos romans, et sa fertilité y devient excellente. Est-il bon ?**
#
# <details><summary>a) Oui, puisque la mesure le dit.</summary>Elle dit qu’il connaît ses propres livres. Un élève à qui l’on donne à l’examen les exercices du cours a aussi une bonne note.</details>
# <details><summary>b) Oui, et il faut le donner tout de suite à GPT-2.</summary>Surtout pas : ses numéros n’ont plus le même sens, et GPT-2 ne lirait que du charabia.</details>
# <details><summary>c) Il faut mesurer sur un livre qu’il n’a pas lu.</summary>Oui ! C’est à cela que sert le livre d’examen, pour les tokenizers comme pour les modèles.</details>
#
# **3. Dans `pack`, vous filtrez les blocs avec `len(block) == block_size`. Que se passe-t-il ?**
#
# <details><summary>a) Rien de grave, il manque quelques tokens à la fin.</summary>Avec une longue file, c’est vrai. Mais le même filtre, phrase par phrase, jette presque tout le corpus : vous l’avez mesuré.</details>
# <details><summary>b) Le programme s’arrête sur une erreur.</summary>Hélas non : il tourne, et l’entraînement aussi. C’est ce qui rend cette faute si durable.</details>
# <details><summary>c) Des tokens disparaissent en silence ; combien, cela dépend de ce que l’on découpe.</summary>Oui ! D’où l’habitude de compter ce qui entre et ce qui sort.</details>
