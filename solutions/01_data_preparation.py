# %% [raw] tags=["front"]
# title = "Préparer les données"
# minutes = 35
# room = ["1.2", "1.5", "1.6"]
# beginner = 90
# step = ["romans", "texte propre", "phrases"]
# english = "from raw files to clean paragraphs and sentences; the book that is not what it says; splits that do not cheat"
# goals = [
#     "regarder des données avant de s’en servir, et nommer ce qui cloche",
#     "changer un fichier de roman en paragraphes et en phrases",
#     "démasquer un livre qui n’est pas ce qu’il dit être",
#     "partager des livres en entraînement, validation et examen sans tricher",
# ]

# %% [markdown] slideshow={"slide_type": "slide"}
# *La mare au diable de la data science, ce sont les données.* On tourne autour toute la nuit, on croit s’en éloigner, et l’on
# y revient. Demandez à ceux dont c’est le métier où passe leur semaine : rarement dans le réseau de neurones, presque toujours
# dans ce qui le précède.
#
# Or un réseau n’a aucun goût. Donnez-lui des romans, il apprendra à écrire des romans ; donnez-lui des romans et leur licence
# en anglais, il apprendra, avec le même zèle, à rédiger des licences. Tout ce qui est dans le texte compte pour lui. À la
# fin de ce chapitre, il n’y restera que ce qui doit y être, et vous saurez le prouver.

# %% [markdown]
# La boîte à outils d’abord. Tout y est public, sauf la dernière partie, qui vient de l’atelier.

# %% slideshow={"slide_type": "skip"}
import os
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"  # Keras ne sert ici qu’à télécharger

import pandas as pd
from datasets import Dataset, DatasetDict, disable_progress_bars, load_dataset, load_from_disk
from nltk.tokenize.punkt import PunktSentenceTokenizer

from workshop import plots, steps
from workshop.base.encodings import mend_twice_encoded, rescue
from workshop.base.errors import WorkshopError
from workshop.base.settings import settings
from workshop.base.typography import normalise, typeset
from workshop.cleaning import FUNCTION_WORDS, Cleaned, train_punkt
from workshop.corpus import catalogue, read
from workshop.exercises import answer, exercise, hint, solution

disable_progress_bars()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Le côté obscur
#
# Commençons par ce que tout le monde fait la première fois : tout charger, tout de suite, sans regarder. Voici l’étagère.
#
# > **corpus** : l’ensemble des textes sur lesquels on travaille.

# %%
books = catalogue(steps.collection())
pd.DataFrame({"titre": [book.title for book in books], "fichier": [book.file for book in books]})

# %% [markdown] slideshow={"slide_type": "subslide"}
# La bibliothèque `datasets` avale des fichiers de texte en une ligne. L’option `encoding_errors` lui évite de s’étrangler sur
# l’un d’eux ; nous verrons lequel, et pourquoi.
#
# > **jeu de données** (*dataset*) : un tableau d’exemples, tous de la même forme. Ici, une ligne de fichier par exemple.

# %%
files = [str(read(book).path) for book in books]
raw = load_dataset("text", data_files=files, split="train", encoding_errors="replace")
raw.num_rows

# %% [markdown] slideshow={"slide_type": "subslide"}
# Des milliers d’exemples, et pas une erreur : c’est ainsi que l’on entre dans la mare. **Avant d’exécuter** : les premières
# lignes du premier roman, à votre avis, parlent de quoi ?

# %%
for line in raw[:12]["text"]:
    print(repr(line))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Le début n’est peut-être pas à son avantage. Prenons douze lignes au hasard. **Combien en auriez-vous données à lire à
# quelqu’un qui apprend le français ?** Comptez-les pendant que vous lisez.

# %%
for line in raw.shuffle(seed=24)[:12]["text"]:
    print(repr(line))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Des lignes vides, des phrases coupées en deux par la page, de l’anglais, parfois un « � » à la place d’une lettre (`\xa0`, lui, est bien
# à sa place : c’est une espace insécable). Une impression ne suffit pas ; comptons.

# %%
lines = list(raw["text"])
print("lignes           ", len(lines))
print("vides            ", sum(not line.strip() for line in lines))
print("coupées          ", sum(line[-1:].isalpha() or line.endswith(",") for line in lines))
print("avec « � »       ", sum("�" in line for line in lines))
print("en anglais (the) ", sum("the" in line.lower().split() for line in lines))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Est-ce si grave ? Nourrissons-en une machine, pour voir : la plus petite qui sache écrire.
#
# > **chaîne de Markov** : une machine qui note quels mots ont suivi chaque paire de mots, puis écrit en tirant au sort parmi
# > eux. L’idée a plus d’un siècle.


# %%
def babble(text: str, seed: int, length: int = 60) -> str:
    """Write by choosing, each time, a word that has already followed the last two."""
    words, rng, follows = re.findall(r"\S+|\n", text), random.Random(seed), {}
    for one, two, three in zip(words, words[1:], words[2:], strict=False):
        follows.setdefault((one, two), []).append(three)
    said = list(rng.choice(list(follows)))
    while len(said) < length:
        said.append(rng.choice(follows.get(tuple(said[-2:])) or words))
    return " ".join(said)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Avant d’exécuter** : elle a lu toute l’étagère, telle quelle. Que va-t-elle écrire ? Changez le nombre, elle recommence.

# %%
print(babble("\n".join(lines), seed=0))

# %% [markdown]
# Elle a bien travaillé : elle imite ce qu’on lui a donné, lignes coupées et anglais compris. Gardez-la en tête, nous la
# reverrons à la fin du chapitre, mieux nourrie.

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : faites lire la sortie à voix haute, en y mettant le ton. Ne corrigez rien : demandez à la salle de
# nommer les défauts, le tableau qui suit les reprend un à un.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Chaque défaut a sa cause, et chaque cause aura son exercice. C’est le plan du chapitre.
#
# | ce que l’on voit | la cause | le remède |
# |---|---|---|
# | l’en-tête et la licence, en anglais, dans chaque livre | le fichier n’est pas le roman | 1.2 |
# | des lignes vides, des lignes coupées au milieu d’une phrase | la ligne est une unité d’imprimeur, pas d’écrivain | 1.3, 1.4 |
# | « � » | un encodage pris pour un autre | section 2, et 1.7 |
# | bien trop d’anglais pour quelques licences | un livre n’est pas ce qu’il dit être | 1.5 |
# | tout est mélangé | il ne reste rien pour l’examen | 1.6 |
#
# Un réseau entraîné là-dessus n’aurait produit aucun message d’erreur. Il aurait seulement mal écrit, et nous aurions accusé le
# réseau.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. Aller chercher les livres
#
# Le projet Gutenberg offre des dizaines de milliers de livres du domaine public, un fichier par livre. Télécharger un fichier
# tient en une ligne ; le télécharger *une seule fois*, même si l’on relance le carnet vingt fois, dans une salle dont le réseau
# boite, demande un **cache**.
#
# > **cache** : un dossier où l’on garde ce que l’on a déjà téléchargé.
#
# `keras.utils.get_file` s’en charge. Voici tout ce qu’on peut lui dire ; quatre de ces mots vous suffiront.

# %%
import inspect

import keras

print(*inspect.signature(keras.utils.get_file).parameters)

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 1.1 -->
#
# À vous. La fonction reçoit une adresse et un nom de fichier, elle range le fichier dans le
# sous-dossier `books` de `settings().cache`, et renvoie son chemin (un `Path`). La vérification se passe sur votre machine,
# sans réseau. Bloqué ? Dans votre carnet, la cellule d’après tient prêts `hint` et `solution` : ôtez le dièse.


# %% tags=["exercise"]
@exercise("1.1")
def download(url: str, name: str) -> Path:
    """Fetch ``url`` into the cache as the file ``name``, and return its path.  [exercise 1.1]

    A file of that name that is already there is not fetched again.
    """
    import keras

    return Path(keras.utils.get_file(name, origin=url, cache_dir=settings().cache, cache_subdir="books"))


# %% [markdown] slideshow={"slide_type": "subslide"}
# Essayons pour de vrai, avec un roman de George Sand. Sans réseau, rien ne casse : l’atelier a emporté ses livres avec lui.
# (`setdefaulttimeout(8)` : huit secondes de silence, et nous renonçons.)

# %%
import socket

socket.setdefaulttimeout(8)
novel = next(book for book in catalogue("sand") if book.role == "test")
try:
    if settings().offline:
        raise ConnectionError("réseau coupé")
    print("Dans le cache :", download(novel.urls[0], novel.file).name)
except Exception:
    print(f"« {novel.title} » n’est pas venue, faute de réseau. On continue avec les livres que voici.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Reste à lire les octets. `read` va chercher chaque livre là où il est (votre dossier, le cache, le réseau, l’atelier), et
# note ce qu’il a trouvé.

# %%
shelf = [read(book) for book in books]
columns = {"titre": [item.book.title for item in shelf], "trouvé": [item.found for item in shelf]}
pd.DataFrame(columns | {"encodage": [item.encoding for item in shelf], "caractères": [len(item.text) for item in shelf]})

# %% [markdown] slideshow={"slide_type": "subslide"}
# Tous n’ont pas le même **encodage**, et voilà d’où venaient les « � ».
#
# > **encodage** : la convention qui change des lettres en octets. En UTF-8, « é » prend deux octets ; en ISO-8859-1, dit
# > Latin-1, un seul.
#
# Le même mot, les mêmes lettres, deux façons de les écrire (sans autre précision, Python parle UTF-8) :

# %% tags=["nbval-check-output"]
print("été".encode())
print("été".encode("iso-8859-1"))

# %% [markdown]
# **Avant d’exécuter** : que se passe-t-il si l’on écrit dans l’une et qu’on lit dans l’autre ? Deux erreurs, deux grimaces.

# %% tags=["nbval-check-output"]
print("écrit en Latin-1, lu en UTF-8 :", "été".encode("iso-8859-1").decode("utf-8", errors="replace"))
print("écrit en UTF-8, lu en Latin-1 :", "été".encode().decode("iso-8859-1"))

# %% [markdown]
# Vous les avez sûrement déjà rencontrées, sur une facture ou dans un courriel. `read` essaie l’UTF-8, qui se trahit quand il a
# tort, puis les autres : l’exercice bonus 1.7 vous propose d’en faire autant.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. Ôter la licence
#
# Où commence le roman, où finit-il ? Cherchons dans le premier fichier les lignes qui pourraient le dire. **Avant d’exécuter** :
# on cherche « START » et « END » ; combien de lignes attendez-vous ?

# %%
for number, line in enumerate(shelf[0].text.splitlines(), 1):
    if "START" in line or "END" in line:
        print(f"ligne {number:4} : {line}")

# %% [markdown]
# Plus de deux. Il y a un second « START », et « END » se cache dans… « SEND ». L’atelier dont celui-ci descend cherchait
# « END » en partant de la fin : toutes les licences étaient restées dans les romans, et personne n’avait rien vu. D’autres ôtent
# « les 50 premières et les 100 dernières lignes » ; regardez les numéros ci-dessus et jugez.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 1.2 -->
#
# À vous : ne gardez que ce qui est entre la ligne « \*\*\* START OF … » et la ligne « \*\*\* END OF … ». Les étoiles sont parfois
# collées au mot qui les suit.


# %% tags=["exercise"]
@exercise("1.2")
def strip_licence(text: str) -> str:
    """Keep only what lies between the lines « *** START OF … » and « *** END OF … ».  [exercise 1.2]

    The licence at the end has a « *** START: FULL LICENSE *** » and a « SEND DONATIONS » of its own, so both lines are looked for
    at the beginning of a line, and with their « OF ».  A file that lacks one of them is kept from its beginning, or to its end.
    """
    start = re.search(r"(?im)^ *\*+ ?START OF\b(?:[^*\n]*\n?[^*\n]*\*+)?.*$", text)
    text = text[start.end() :] if start else text
    end = re.search(
        r"(?im)^ *(\*+ ?END OF\b|(END OF|FIN DE) (TH\w+ )?(PROJECT GUTENBERG|WORKSHOP EBOOK)|\W*START: FULL LICENSE)", text
    )
    return text[: end.start()] if end else text


# %% [markdown] slideshow={"slide_type": "subslide"}
# Votre fonction passe maintenant sur toute l’étagère. Quelle part des mots n’était pas de l’auteur ?

# %%
novels = {item.book.title: strip_licence(item.text) for item in shelf}
for item in shelf:
    share = 1 - len(novels[item.book.title].split()) / len(item.text.split())
    print(f"{100 * share:4.1f} % des mots retirés : {item.book.title}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Ce n’est pas rien, pour un texte que personne ne lit. Et voici comment s’ouvre désormais le premier fichier :

# %%
first = novels[shelf[0].book.title]
print(first.strip()[:700])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. Des lignes aux paragraphes
#
# Une ligne de fichier s’arrête au bout d’environ soixante-dix signes, parce qu’un écran ou une page avait cette largeur. Si
# chaque ligne est un exemple, le réseau apprendra qu’un texte change d’idée tous les dix mots. L’unité de l’écrivain, c’est le
# **paragraphe** : dans ces fichiers, ce qui est entre deux lignes vides.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 1.3 -->
#
# À vous : rendez la liste des paragraphes, chacun sur une seule ligne, avec une espace là où la page coupait ; sauf après le
# trait d’union d’un mot composé, que la page a pu couper aussi (« Petit-⏎Pierre »).


# %% tags=["exercise"]
@exercise("1.3")
def join_lines(text: str) -> list[str]:
    """Cut a text at its blank lines, and make each paragraph one line.  [exercise 1.3]

    Lines are joined by a space, except after the hyphen of a compound word (« Petit-⏎Pierre »).
    """
    paragraphs = re.split(r"\n\s*\n", text.strip())
    lines = ["\n".join(line.strip() for line in paragraph.splitlines()) for paragraph in paragraphs]
    return [re.sub(r"(?<=\w-)\n(?=\w)", "", line).replace("\n", " ") for line in lines if line]


# %% [markdown] slideshow={"slide_type": "subslide"}
# Sur le premier roman, voici trois paragraphes que la page coupait, chacun d’un seul tenant.

# %%
for paragraph in [one for one in join_lines(first) if len(one) > 200][:3]:
    print(paragraph, end="\n\n")

# %% [markdown]
# Un détail encore, que l’œil ne voit pas et qu’un réseau voit très bien : d’une édition à l’autre, le même dialogue s’ouvre par
# « -- », « – » ou « — », et l’apostrophe est droite ou courbe. Pour lui, ce sont des signes sans rapport. `normalise` choisit une
# seule graphie (et `typeset` rend la belle, pour nos yeux).

# %% tags=["nbval-check-output"]
for line in ("-- L'oeil du maître, dit-il !", "— L’œil du maître, dit-il !"):
    print(normalise(line))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Appliquons `join_lines` et `normalise` à toute l’étagère. Combien de paragraphes ?

# %%
paragraphs_of = {title: [normalise(p) for p in join_lines(text)] for title, text in novels.items()}
sum(map(len, paragraphs_of.values()))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Des paragraphes aux phrases
#
# Une phrase finit par un point : tout le monde sait cela depuis l’école. **Avant d’exécuter** : combien de phrases dans
# l’exemple ? Et combien de morceaux le point va-t-il en faire ?

# %% tags=["nbval-check-output"]
sample = "M. Ragot entra. «Oh! oh! fit-il. Encore vous?!» Personne ne répondit…"
sample.split(".")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Un lecteur compte quatre phrases. Le point fait bien quatre morceaux, mais par hasard : « M » n’est pas une phrase, les points ont disparu, et « ?! » n’a rien coupé. On pourrait empiler les règles : après « M. » jamais,
# après « … » parfois… **Punkt**, dans la bibliothèque NLTK, fait mieux : il lit beaucoup de texte, et remarque seul que
# « M » est presque toujours suivi d’un point, alors que « grange » l’est rarement. C’est déjà de l’apprentissage, sans le
# moindre réseau, et presque sans bonne réponse : nous ne lui soufflons que quelques dizaines d’abréviations.
#
# > **abréviation**, pour Punkt : un mot court qu’un point suit bien plus souvent que le hasard ne le voudrait.
#
# Les modèles tout faits se téléchargent ; le nôtre s’entraîne ici, sur nos propres romans.

# %%
sample_texts = ["\n".join(paragraphs)[:200_000] for paragraphs in paragraphs_of.values()]
punkt = train_punkt(sample_texts[:3])
punkt.tokenize(sample)

# %% [markdown]
# Bien mieux, à un détail près : « oh ! » et « fit-il. » commencent par une minuscule. En français, après « ! », la phrase
# continue souvent.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 1.4 -->
#
# À vous : coupez avec `punkt`, puis rattachez au morceau qui précède tout morceau qui commence par une minuscule. (La
# solution de l’atelier coupe aussi avant un tiret de dialogue ; la vôtre peut s’en passer.)


# %% tags=["exercise"]
@exercise("1.4")
def split_sentences(text: str, punkt: "PunktSentenceTokenizer") -> list[str]:
    """Cut a paragraph into sentences with a trained Punkt.  [exercise 1.4]

    « Oh ! oh ! fit-il. » is one sentence: what begins with a small letter belongs to what comes before.
    """
    sentences: list[str] = []
    for turn in re.split(r"(?<=[^«][.!?…»])(?=—\W*[A-ZÀ-ÖØ-ÞŒ])", text):  # a new speaker begins a new sentence
        for piece in punkt.tokenize(turn):
            if sentences and re.match(r"\W*[a-zà-öø-ÿœ]", piece):
                sentences[-1] += " " + piece
            else:
                sentences.append(piece)
    return sentences


# %% [markdown] slideshow={"slide_type": "subslide"}
# L’exemple, puis tous les livres :

# %%
sentences_of = {title: [s for p in ps for s in split_sentences(p, punkt)] for title, ps in paragraphs_of.items()}
split_sentences(sample, punkt)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Avant d’exécuter**, pariez : combien de mots dans une phrase de roman ? Dix ? Vingt ? Quarante ? La moitié des phrases sont
# plus courtes que la **médiane**, l’autre moitié plus longues.

# %%
plots.sentence_lengths([len(s.split()) for sentences in sentences_of.values() for s in sentences])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Beaucoup de phrases brèves (le dialogue) et une longue traîne (la description). La moyenne est plus grande que la médiane :
# quelques phrases interminables suffisent à la tirer. Retenez cette forme, nous la retrouverons au chapitre suivant quand il
# faudra choisir combien de mots un réseau lit d’un coup.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. L’intrus
#
# Il y avait, disions-nous, bien trop d’anglais. L’un de ces livres n’est pas en français. On peut les ouvrir un à un ; avec
# dix, passe encore, mais avec dix mille ? Il faut une mesure.
#
# L’idée tient en une phrase : dans n’importe quel texte français un peu long, « le », « de », « et », « que » reviennent sans
# cesse.
#
# > **mot-outil** (*stop word*) : un mot si courant qu’il ne dit rien du sujet, mais tout de la langue.

# %% tags=["nbval-check-output"]
print(sorted(FUNCTION_WORDS["fr"])[:24])

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 1.5 -->
#
# À vous : quelle part des mots d’un texte est faite de mots-outils ? Un mot, ici, c’est au moins deux lettres, sans égard aux
# majuscules, et l’apostrophe n’en est pas une : « l’eau » donne le mot « eau ». Un texte
# sans mots a une part de 0. Le second paramètre permet de mesurer une autre langue avec sa propre liste.


# %% tags=["exercise"]
@exercise("1.5")
def french_share(text: str, function_words: frozenset[str] = FUNCTION_WORDS["fr"]) -> float:
    """Measure which share of the words of two letters or more are French function words, between 0 and 1.  [exercise 1.5]

    A text without words has a share of 0.
    """
    words = re.findall(r"[^\W\d_]{2,}", text.lower())
    return sum(word in function_words for word in words) / max(1, len(words))


# %% [markdown] slideshow={"slide_type": "subslide"}
# Un livre, un nombre. **Avant d’exécuter** : à combien estimez-vous la part d’un roman français ? et celle de l’intrus ?

# %%
shares = {title: french_share(" ".join(paragraphs)) for title, paragraphs in paragraphs_of.items()}
for title, share in sorted(shares.items(), key=lambda pair: pair[1]):
    print(f"{100 * share:3.0f} %  {'█' * round(60 * share):28} {title}")

# %% [markdown]
# Pas besoin de seuil savant : l’écart saute aux yeux. Il arrive que le titre même soit français : l’atelier d’origine avait mis sur sa
# liste une « Indiana » en traduction anglaise, et une collection de contes cachait un Andersen en catalan. Un titre est une
# promesse ; une mesure, un contrôle.

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : la question qui vient toujours est « et un livre bilingue ? ». La part tombe entre les deux : on mesure
# alors paragraphe par paragraphe.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Tout ensemble, avec ses papiers
#
# Nos quatre fonctions font l’essentiel. Restent les pages de titre, les notes du transcripteur, les « [Illustration] », les
# \_italiques\_, les noms de chapitre : rien de difficile, beaucoup de cas. `clean` les traite, et chaque livre reçoit une **carte
# de provenance** : d’où il vient, ce que l’on a retiré, ce que l’on a décidé.

# %%
library = steps.books()
library[0].card

# %% [markdown] slideshow={"slide_type": "subslide"}
# L’empreinte SHA-256 change si un seul octet change : dans un an, vous saurez si vous avez le même fichier. Et toute l’étagère,
# une ligne par livre :

# %%
for item in library:
    print(item.card)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Le contrôle qui ne ment jamais : lire
#
# Dix phrases au hasard, prises dans les livres gardés. Lisez-les à voix haute, et pour chacune répondez : est-ce une phrase
# entière ? est-ce du roman ? la donneriez-vous en modèle ? Changez `seed`, recommencez. Sous huit sur dix, on retourne au
# nettoyage.

# %%
seed = 7
clean_sentences = [s for book in steps.kept_books() for p in book.paragraphs for s in split_sentences(p, punkt)]
for sentence in random.Random(seed).sample(clean_sentences, 10):
    print("•", typeset(sentence))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. Trois parts, et une enveloppe
#
# Vous vous rappelez la maîtresse du chapitre 00 et ses cent soustractions : 80 pour s’exercer, 10 pour l’examen blanc, 10 sous
# clé pour l’examen ; et l’élève qui répondait toujours « 6 ». Un réseau est un élève de ce genre, avec une mémoire d’éléphant :
# à lui aussi, il faut trois parts.
#
# - l’**entraînement** (*train*) : ce qu’il lit pour apprendre ;
# - la **validation** : l’examen blanc, passé autant de fois qu’il faut, pour voir où l’on en est et s’arrêter à temps ;
# - le **test** : l’examen, sous enveloppe, ouvert une seule fois.
#
# > **surapprentissage** (*overfitting*) : retenir les exercices au lieu d’apprendre la leçon. Très bon en classe, mauvais à
# > l’examen.

# %% [markdown] slideshow={"slide_type": "subslide"}
# D’où la question qui fâche : peut-on tirer au sort les phrases de l’examen parmi celles de tous les romans ? Non. Le
# réseau aurait lu, en classe, la phrase d’avant et celle d’après, les mêmes personnages, le même chapitre. L’examen serait
# facile et ne prouverait rien. On partage **par livre** : un roman entier attend sous enveloppe. La validation, elle, est la fin de
# chaque autre roman, d’un seul tenant.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 1.6 -->
#
# À vous. `books` est une liste de livres propres ; chacun a un `title`, un `role` (`"train"` ou `"test"`), des `paragraphs` et,
# en regard, des `chapters`. Rendez un `DatasetDict` de trois parts, une ligne par paragraphe, avec `text`, `book` et `chapter`.


# %% slideshow={"slide_type": "subslide"} tags=["exercise"]
@exercise("1.6")
def split_by_book(books: Sequence[Cleaned], validation_share: float = 0.1) -> "DatasetDict":
    """Make the three parts: the test book is never trained on; the others keep their end for validation.  [exercise 1.6]

    Returns a ``DatasetDict`` of ``train``, ``validation`` and ``test``: one paragraph a row, with its ``text``, ``book`` and
    ``chapter``, in the order of the books.  A part that would be empty is a ``WorkshopError``.
    """
    from datasets import Dataset, DatasetDict

    parts: dict[str, list[dict[str, str]]] = {"train": [], "validation": [], "test": []}
    for book in books:
        rows = [{"text": t, "book": book.title, "chapter": c} for t, c in zip(book.paragraphs, book.chapters, strict=True)]
        if book.role == "test":
            parts["test"] += rows
        else:
            cut = round(len(rows) * (1 - validation_share))
            parts["train"] += rows[:cut]
            parts["validation"] += rows[cut:]
    for name, rows in parts.items():
        if not rows:
            raise WorkshopError(f"Il n’y a rien pour la partie « {name} » : donnez des livres plus longs, dont un pour l’examen.")
    return DatasetDict({name: Dataset.from_list(rows) for name, rows in parts.items()})


# %% [markdown] slideshow={"slide_type": "subslide"}
# Sur nos livres, moins l’intrus :

# %% tags=["nbval-check-output"]
dataset = split_by_book(steps.kept_books())
for name, part in dataset.items():
    words, share = sum(len(text.split()) for text in part["text"]), part.num_rows / sum(dataset.num_rows.values())
    print(f"{name:10} {part.num_rows:6} paragraphes, {100 * share:2.0f} % {words:8} mots   {len(set(part['book']))} livre(s)")

# %% [markdown]
# Ces trois parts ne ressemblent pas tout à fait à 80, 10 et 10 : un livre entier ne se coupe pas. Vérifions ce qui compte :
# l’examen n’a rien de commun avec le cours.

# %% tags=["nbval-check-output"]
print("livres en commun :", set(dataset["train"]["book"]) & set(dataset["test"]["book"]))
print("livre d’examen :", set(dataset["test"]["book"]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# On enregistre, on recharge, on lit une ligne : le travail est fait une fois pour toutes. Les chapitres suivants demandent
# leur jeu de données à `steps.dataset()`, qui refait exactement ceci s’il n’est pas là.

# %% tags=["nbval-check-output"]
place = steps.folder("chapitre-01")
dataset.save_to_disk(place)
load_from_disk(place)["validation"][0]

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : la question qui vient toujours est « pourquoi pas 50 / 50 ? ». Plus la part d’examen est grande, plus la
# note est sûre, et moins l’élève a appris. Avec peu de livres, un entier est déjà beaucoup.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. Est-ce assez ?
#
# GPT-2 a lu, pour apprendre, environ 40 Go de texte pris sur des millions de pages. Et nous ?

# %%
size = sum(len(text.encode("utf-8")) for part in dataset.values() for text in part["text"])
print(f"{size / 1e6:.2f} Mo : {40e9 / size:,.0f} fois moins que GPT-2".replace(",", " ").replace(".", ","))

# %% [markdown]
# Partir de zéro avec si peu serait sans espoir : c’est assez pour attraper une manière, pas pour apprendre une langue. D’où la ruse de cet atelier : prendre un réseau qui sait déjà du français, et ne lui apprendre que la manière
# (chapitre 04). Quant à la question « combien en faut-il ? », la seule réponse honnête est une mesure : tant que
# l’examen blanc s’améliore avec plus de textes, il en manquait.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### La vérité terrain
#
# Pour apprendre à un réseau à reconnaître les chats, quelqu’un a dû regarder des milliers d’images et écrire « chat » ou
# « chien » sous chacune.
#
# > **vérité terrain** (*ground truth*) : la bonne réponse, que l’on compare à celle du réseau.
#
# Et nous, qui va corriger ces milliers de phrases ? Personne. Cachez le mot suivant : le texte est son propre corrigé.

# %% tags=["nbval-check-output"]
words = ["Dehors,", "le", "vent", "cherchait", "la", "porte."]
for n in range(1, len(words)):
    print(f"{' '.join(words[:n]):30} → {words[n]}")

# %% [markdown]
# Chaque mot d’un roman est une question, et la réponse à la précédente. C’est pour cela que l’on peut apprendre à écrire à
# partir de n’importe quel texte, sans une seule étiquette ; et c’est pour cela aussi que chaque saleté laissée dans le texte
# devient une bonne réponse.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### La même machine, mieux nourrie
#
# Rappelez-vous notre petite machine à paires de mots. Elle n’a pas appris une règle de plus ; seulement, cette fois, on lui
# donne la part `train` de votre jeu de données. **Avant d’exécuter** : qu’est-ce qui aura disparu ? qu’est-ce qui restera
# mauvais ?

# %%
print(typeset(babble("\n".join(dataset["train"]["text"]), seed=3)))

# %% [markdown]
# Plus d’anglais, plus de ligne coupée, et déjà une voix. Voilà ce que valent des données propres, à machine égale. Mais
# l’histoire perd le fil tous les trois pas : elle ne se souvient que de deux mots. Il lui faudrait de la mémoire, et
# l’idée que des mots différents peuvent se ressembler. C’est exactement ce qu’un réseau de neurones apporte, et c’est la suite
# de l’atelier.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. Bonus
#
# Pour ceux qui ont de l’avance, ou envie de flâner : d’abord un exercice sur les octets, puis une promenade dans le corpus.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Des octets aux lettres
#
# <!-- exercise: 1.7 -->
#
# Le premier bonus écrit le cœur de `read`. On vous donne des octets, rendez le texte et le nom de l’encodage (le nom n’est
# pas vérifié, le texte l’est). Les fins de ligne deviennent `"\n"`, et la marque d’ordre, ces trois octets que certains
# programmes posent au début d’un fichier UTF-8, disparaît.


# %% slideshow={"slide_type": "subslide"} tags=["exercise"]
@exercise("1.7")
def decode(data: bytes) -> tuple[str, str]:
    """Turn bytes into text, with "\\n" line ends, and name the encoding that was found.

    A byte-order mark decides; then strict UTF-8, which a Latin-1 text with accents never passes by chance; then what the
    file says of itself; then Windows-1252 or ISO-8859-1, which know every byte.
    """
    try:
        text, encoding = data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        text, encoding = rescue(data)  # the other rules, and what goes wrong in real files: a stray byte, another alphabet
    if mended := mend_twice_encoded(text):  # « Ã© » for « é » is what becomes of UTF-8 that was taken for Latin-1
        text, encoding = mended, f"{encoding}, encodé deux fois"
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


# %% [markdown] slideshow={"slide_type": "subslide"}
# Les fichiers de l’étagère, décodés par vous, sans un seul « � » :

# %%
for item in shelf:
    text, encoding = decode(item.path.read_bytes())
    print(f"{encoding:12} {len(text):7} caractères, dont {text.count('�')} perdu  {item.path.name}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Faire connaissance avec son corpus
#
# D’abord la taille de chaque livre gardé : **lequel est le plus long ?**

# %%
plots.words_per_book({book.title: len(book.text.split()) for book in steps.kept_books()})

# %% [markdown] slideshow={"slide_type": "subslide"}
# Puis les phrases, rangées livre par livre : un dictionnaire dont les clés sont les titres.

# %%
sentences_of = {b.title: [s for p in b.paragraphs for s in split_sentences(p, punkt)] for b in steps.kept_books()}

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 1.8 -->
#
# À vous de les compter : un dictionnaire qui donne, pour chaque titre, le nombre de ses phrases.

# %% tags=["exercise"]
sentence_counts = {title: len(sentences) for title, sentences in sentences_of.items()}
sentence_counts = answer("1.8", sentence_counts)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Le tableau complet, avec le nombre de mots par phrase : qui fait court, qui fait long ?

# %%
words_of = {book.title: len(book.text.split()) for book in steps.kept_books()}
table = pd.DataFrame({"mots": words_of, "phrases": sentence_counts})
table.assign(**{"mots par phrase": (table["mots"] / table["phrases"]).round(1)})

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Les mots
#
# **Avant d’exécuter** : quel est le mot le plus fréquent ? Et si l’on ôte les mots-outils, devinez-vous de quoi
# parlent nos livres ?

# %%
corpus_text = "\n".join(book.text for book in steps.kept_books())
words = re.findall(r"[^\W\d_]{2,}", corpus_text.lower())
plots.frequent_words(Counter(words), FUNCTION_WORDS["fr"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# À gauche, la langue ; à droite, on commence à deviner qui parle.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 1.9 -->
#
# À vous de faire la liste de droite, un peu plus longue : les vingt mots les plus fréquents de `words` qui ne sont pas des mots-outils, chacun avec
# son nombre.

# %% tags=["exercise"]
frequent = Counter(word for word in words if word not in FUNCTION_WORDS["fr"]).most_common(20)
frequent = answer("1.9", frequent)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Faut-il donc ôter les mots-outils avant d’entraîner ? Pour trier des courriels par sujet, cela se fait. Pour apprendre à
# *écrire*, surtout pas : essayez de raconter votre matinée sans « le », « de » ni « que ».
#
# Et ces vingt mots ne disent pas encore grand-chose : la plupart sont fréquents dans n’importe quel roman. Ce qui distingue un
# livre, ce sont les mots qui ne vivent presque que *chez lui*. Gardons ceux dont plus de la moitié des emplois sont ici, et
# rangeons-les.


# %%
def own_words(text: str) -> dict[str, int]:
    """Count the words that are said here more than in all the other books together, the most frequent first."""
    here, everywhere = Counter(re.findall(r"[^\W\d_]{3,}", text.lower())), Counter(words)
    return {word: n for word, n in here.most_common() if 2 * n > everywhere[word] and word not in FUNCTION_WORDS["fr"]}


# %% [markdown]
# Six mots par livre. **Devinez l’histoire**, puis ouvrez le livre pour vérifier.

# %%
for book in steps.kept_books():
    print(f"{book.title:28}", ", ".join(list(own_words(book.text))[:6]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Les mêmes, en nuage, pour le premier livre : plus un mot y revient, plus il est grand.

# %%
plots.word_cloud(own_words(steps.kept_books()[0].text))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### La loi de Zipf
#
# Rangez les mots du plus fréquent au plus rare. Selon cette loi, le deuxième vient deux fois moins souvent que le premier, le
# dixième dix fois moins, le centième cent fois moins, dans tous les romans et toutes les langues. Sur des axes
# logarithmiques, ce serait une droite. **Où nos mots la suivent-ils, où la quittent-ils ?**
#
# > **loi de Zipf** : la fréquence d’un mot est à peu près inversement proportionnelle à son rang.

# %%
plots.zipf(Counter(words))

# %% [markdown] slideshow={"slide_type": "subslide"}
# En tête, la courbe passe au-dessus de la droite : les tout premiers mots se partagent le travail. Au milieu, la pente est la
# bonne. Au bout, des marches : ce sont les mots vus trois fois, deux fois, une seule fois.
#
# Une conséquence, à deviner avant de bouger le curseur : **combien de mots différents faut-il connaître pour reconnaître la
# moitié du texte ?** Et les neuf dixièmes ?

# %% tags=["nbval-ignore-output"]
from ipywidgets import interact

from workshop.widgets.slider import WholeSlider

ranked = [count for _, count in Counter(words).most_common()]


@interact(known=WholeSlider(10, min=0, max=2000, step=10, description="mots connus"))
def coverage(known):
    print(f"{known} mots sur {len(ranked)} : {100 * sum(ranked[:known]) / sum(ranked):.0f} % du texte")


# %% [markdown] slideshow={"slide_type": "subslide"}
# Et vos deux paris ? Avançons dans la liste jusqu’à la moitié du texte, puis jusqu’aux neuf dixièmes.

# %% tags=["nbval-check-output"]
from itertools import accumulate

for part in (0.5, 0.9):
    needed = next(n for n, read_so_far in enumerate(accumulate(ranked), 1) if read_so_far >= part * sum(ranked))
    print(f"{100 * part:.0f} % du texte : {needed} mots sur {len(ranked)}")

# %% [markdown]
# Peu de mots font la moitié du texte, et une foule de mots ne viennent qu’une fois : comment un réseau apprendrait-il un mot qu’il n’a
# vu qu’une fois ? En le coupant en morceaux plus fréquents. C’est le sujet du chapitre suivant.

# %% tags=["nbval-check-output"]
once = sum(count == 1 for count in ranked)
print(f"{once} mots sur {len(ranked)} ne viennent qu’une fois, soit {100 * once / len(ranked):.0f} % du vocabulaire.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce que vous savez maintenant
#
# - On **regarde** ses données avant de s’en servir : le début, le hasard, les comptes.
# - Un nettoyage se fait par petits gestes, chacun **vérifié** ; les pièges sont dans les cas rares.
# - La mesure la plus simple (des mots-outils) suffit souvent à **démasquer** ce qui n’a rien à faire là.
# - Le test se choisit **avant**, par livre, et ne sert qu’une fois.
# - Pour un modèle de langue, le texte est sa propre **vérité terrain**.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## Trois questions pour vous
#
# Choisissez, puis ouvrez : chaque réponse a son explication.
#
# **1. On ôte les 50 premières et les 100 dernières lignes de chaque fichier. Qu’en pensez-vous ?**
#
# <details><summary>a. C’est propre : l’en-tête et la licence ont toujours à peu près cette taille.</summary>
#
# Non : « à peu près » laisse des dizaines de lignes de licence, ou mange le premier chapitre. La licence de Gutenberg dépasse
# trois cents lignes.
# </details>
# <details><summary>b. C’est imprécis, mais quelques lignes d’anglais ne changent rien.</summary>
#
# Non : les mêmes phrases reviennent dans *chaque* livre. Rien n’est mieux appris que ce qui se répète mot pour mot.
# </details>
# <details><summary>c. Il vaut mieux chercher les bornes, et vérifier sur chaque fichier ce qui a été retiré.</summary>
#
# Oui. Une règle sur le contenu se vérifie ; un nombre de lignes se croit sur parole.
# </details>
#
# **2. Votre réseau réussit très bien en classe et mal à l’examen. Que s’est-il passé ?**
#
# <details><summary>a. L’examen est trop difficile : il faut en prendre un autre.</summary>
#
# Non : choisir l’examen d’après les résultats, c’est le corriger d’avance. Il ne mesurerait plus rien.
# </details>
# <details><summary>b. Il a retenu les textes au lieu d’apprendre : c’est le surapprentissage.</summary>
#
# Oui. L’examen blanc (la validation) sert justement à s’en apercevoir à temps, et à s’arrêter.
# </details>
# <details><summary>c. Il faut ajouter le livre d’examen à l’entraînement.</summary>
#
# Non : c’est donner le sujet la veille. La note monterait, et le réseau ne saurait rien de plus.
# </details>
#
# **3. Pourquoi ne pas tirer au sort, parmi toutes les phrases, celles du test ?**
#
# <details><summary>a. Parce que le hasard pourrait mal tomber.</summary>
#
# Non : sur des milliers de phrases, le hasard tombe bien. Le défaut est ailleurs.
# </details>
# <details><summary>b. Parce que le réseau aurait lu leurs voisines : mêmes héros, même scène, mêmes mots.</summary>
#
# Oui : cela s’appelle une **fuite**. La note serait flatteuse, et fausse.
# </details>
# <details><summary>c. Parce que c’est plus long à programmer.</summary>
#
# Non : c’est au contraire plus court. C’est bien pour cela que l’erreur est si répandue.
# </details>
