# %% [raw] tags=["front"]
# title = "Premier contact"
# minutes = 15
# room = ["0.1"]
# beginner = 30
# english = "a text in the first minute; the game of the next word against the model; a neuron by hand, then by gradient descent"
# goals = ["faire écrire un réseau de neurones", "jouer contre lui au jeu du mot suivant", "dire ce que calcule un neurone, et l’écrire en deux lignes", "faire descendre une perte : le gradient, l’époque, le taux d’apprentissage", "expliquer ce qu’est un paramètre, et à quoi sert un examen"]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## D’abord, la fin
#
# Commençons par le résultat : une machine écrit devant vous. On expliquera ensuite.
#
# Ce carnet est une suite de **cellules**. Cliquez dans la toute première, « Mise en route », puis tapez **Maj + Entrée** : elle s’exécute, et le curseur passe à la suivante. Faites de même avec celle qui vient sous ces lignes. Le modèle se réveille en quelques secondes ; ensuite, regardez bien *comment* le texte arrive.
#
# (Une cellule qui travaille porte une étoile, `[*]`. Le carré ■ de la barre d’outils l’arrête ; si rien n’y fait, menu « Noyau », « Redémarrer le noyau… » (dans Colab, « Exécution », « Redémarrer la session ») : vos cellules restent, il suffit de les exécuter de nouveau, depuis la première.)

# %% slideshow={"slide_type": "fragment"}
from workshop import steps
from workshop.generation import Gpt2Writer, Sampling, stream

model, tokenizer = steps.base_model()
beginnings = [
    "Ce soir-là, on frappa trois coups à la porte du moulin.",
    "— Qui est là ? demanda le notaire.",
    "La vieille posa sa lanterne sur la table, et",
    "Le lendemain matin, le vieux capitaine ouvrit la lettre et",
]
prompt = beginnings[0]  # 1, 2 ou 3 : un autre début ; ou le vôtre, entre guillemets

print(prompt, end="")
for token in stream(Gpt2Writer(model, tokenizer), prompt, Sampling(max_new_tokens=80)):
    print(token.text, end="", flush=True)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : exécutez avant toute introduction, et taisez-vous pendant que le texte arrive. La première fois, le modèle met quelques secondes à se réveiller : annoncez-le.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Personne n’a écrit ce texte : la machine l’a composé morceau par morceau, sous vos yeux. S’il boite par endroits, c’est normal : vous venez de faire travailler un tout petit modèle, de ceux qu’un téléphone ferait tourner sans y penser. D’ici la fin de l’atelier, vous l’aurez spécialisé vous-même, et vous saurez dire en quoi il a progressé.
#
# Prenez un autre début de l’histoire, juste au-dessus, ou écrivez le vôtre, et recommencez. Puis posez-vous la seule question de cet atelier : **comment est-ce possible ?**

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Le mot suivant
#
# Voici le secret, tout entier : la machine ne sait faire **qu’une chose**, deviner ce qui vient après. Elle devine un morceau, l’ajoute au texte, relit le tout, et recommence.
#
# Est-ce difficile ? Jouez contre elle. Vous tapez le mot qui vous semble suivre ; elle montre ensuite les dix mots auxquels elle croyait le plus, avec leurs chances. Un point à qui trouve le mot du texte.

# %% slideshow={"slide_type": "subslide"}
from functools import partial

from workshop.generation import next_words
from workshop.widgets.first_contact import ClozeQuiz

ClozeQuiz(partial(next_words, model, tokenizer))

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : deux équipes, les points au tableau. Puis une phrase inventée par la salle, arrêtée juste avant un mot.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Vous avez peut-être gagné. Remarquez ce qu’il vous a fallu : des formules apprises, de la grammaire, du bon sens, une idée du monde, de la mémoire. **Pour bien deviner le mot suivant, il faut savoir beaucoup de choses** ; c’est pourquoi un exercice aussi bête finit par produire des phrases.
#
# > **Modèle de langue** : un programme qui, pour un début de texte, donne à chaque suite possible une probabilité.
#
# Notez aussi que le modèle ne donne jamais *un* mot, mais des chances pour *tous*. Essayez votre phrase à vous, en vous arrêtant juste avant un mot. Que va-t-il proposer ?

# %% slideshow={"slide_type": "subslide"}
from workshop import plots

words, chances = zip(*next_words(model, tokenizer, "Ma grand-mère préparait le dimanche une"), strict=True)
plots.next_token_bars(words, chances)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Chat ou chien ?
#
# Qui calcule ces chances ? Un **réseau de neurones** : des milliers de petites opérations toutes pareilles, branchées les unes sur les autres. Regardons-en une seule, de près, sur un problème plus simple que la langue française.
#
# Soixante animaux, inventés pour l’occasion. On leur a mesuré le museau et les moustaches, en centimètres. Les chiens ont plutôt le museau long, les chats plutôt les moustaches longues.

# %% tags=["nbval-check-output"]
from workshop.neuron import MEASURES, NAMES, cats_and_dogs

animals, labels = cats_and_dogs()
print(MEASURES)
for i in (0, 1, 30, 31):
    print(animals[i], NAMES[labels[i]])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Le dernier est un petit chien : son museau seul ne le trahirait pas. Il faut les deux mesures.
#
# Notre neurone multiplie chaque mesure par un **poids**, additionne, ajoute un **biais**, et répond « chien » si le total est positif. Sur le dessin, ces trois nombres placent une droite : « chat » d’un côté, « chien » de l’autre. Vous les tenez entre les mains.
#
# **Avant de toucher aux curseurs**, deux paris : si le museau long annonce un chien, quel signe doit avoir son poids ? Et celui des moustaches ? Ensuite, cherchez. Les erreurs sont barrées d’une croix et comptées. (Au clavier : Tab pour changer de curseur, flèches pour le déplacer.)

# %% slideshow={"slide_type": "subslide"}
from workshop.widgets.neuron import Descent, NeuronByHand

by_hand = NeuronByHand(animals, labels)
by_hand

# %% [markdown] slideshow={"slide_type": "subslide"}
# <details><summary>Les deux paris : dépliez quand vous aurez cherché.</summary>Le museau long pousse vers « chien », la réponse positive : son poids est positif. Les moustaches longues poussent vers « chat » : le leur est négatif.</details>
#
# Quel est votre record ? Aucune droite ne tombe à zéro : quelques animaux sont nés du mauvais côté. Un neurone seul ne peut pas tout ; c’est pour cela qu’on en branche beaucoup.
#
# Ce que vous venez de faire a un nom : vous avez **appris**. Vous avez regardé les erreurs, bougé un peu un nombre, regardé de nouveau.
#
# > **Poids** : le nombre qui dit combien une mesure compte, et dans quel sens (un poids négatif pousse vers « chat »).
#
# > **Biais** : le nombre qui s’ajoute quelles que soient les mesures ; il penche d’avance vers l’une des réponses.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce que calcule un neurone
#
# D’abord une **somme pondérée** : chaque mesure fois son poids, et le biais par-dessus. NumPy l’écrit avec un `@`, qui multiplie deux à deux puis additionne. De tête, avant d’exécuter : 3 × 0,5 + 7 × (−1) ?

# %% tags=["nbval-check-output"]
import numpy as np

from workshop.exercises import exercise, hint, solution

print(np.array([3.0, 7.0]) @ np.array([0.5, -1.0]))

# %% [markdown]
# Cette somme peut être n’importe quoi : −5,5 ici, 1 000 ailleurs. On voudrait une réponse entre 0 (« chat », sûr et certain) et 1 (« chien », sûr et certain). La **sigmoïde**, `1 / (1 + exp(-somme))`, fait ce travail : elle écrase tout entre 0 et 1, et vaut juste un demi quand la somme est nulle, sur la droite.
#
# > **Fonction d’activation** : ce par quoi un neurone fait passer sa somme avant de répondre ; ici, la sigmoïde.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 0.1 -->
#
# À vous d’écrire un neurone. Deux lignes suffisent, et elles doivent marcher pour un animal comme pour soixante.
#
# Dans votre carnet, écrivez-les à la place des trois points, puis exécutez la cellule : elle dit si c’est juste, et sinon où chercher. Bloqué ? La cellule d’après tient prêts `hint` et `solution` : ôtez le dièse, et exécutez.


# %% tags=["exercise"]
@exercise("0.1")
def neuron(inputs: np.ndarray, weights: np.ndarray, bias: float) -> np.ndarray:
    """Return the answer of a neuron, between 0 and 1.

    Each input is multiplied by its weight, all is added up with the bias (« somme pondérée »), and the sum goes through
    the sigmoid ``1 / (1 + exp(-sum))`` (« fonction d'activation »).

    Args:
        inputs: the measures of one animal ``(2,)``, or of many ``(animals, 2)``.
        weights: one weight for each measure, ``(2,)``.
        bias: what is added whatever the measures.

    Returns:
        One answer for each animal: near 0 « chat », near 1 « chien ».
    """
    total = inputs @ weights + bias
    return 1 / (1 + np.exp(-total))


# %% [markdown] slideshow={"slide_type": "subslide"}
# Confions au vôtre le premier animal de la liste, un chat, avec les trois nombres que vous avez laissés sur les curseurs. Répondra-t-il plus près de 0 ou de 1 ? Le point orange le dira.

# %%

print("votre neurone répond", neuron(animals[0], by_hand.weights, by_hand.bias).round(2))
plots.neuron_drawing(animals[0], by_hand.weights, by_hand.bias)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Et si la machine tournait les curseurs ?
#
# Compter les erreurs ne suffit pas à la guider : on peut bouger un poids sans qu’aucun animal ne change de côté, et le compteur ne dit rien. Il faut une mesure plus fine, qui voie les hésitations.
#
# Un chien passe devant cinq neurones, qui répondent 0,99, 0,9, 0,5, 0,1 et 0,01. Donnez à chacun une amende : combien, et qui doit payer très cher ? L’usage est de prendre l’opposé du logarithme de la réponse. (Pour un chat, qui devrait obtenir 0, ce serait celui de 1 moins la réponse.)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
for reply in (0.99, 0.9, 0.5, 0.1, 0.01):
    print(f"réponse {reply:<4}   amende {-np.log(reply):.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# > **Perte** (*loss*) : la moyenne de ces amendes sur tous les exemples. Sûr et juste : presque rien. Sûr et faux : très cher.
#
# Imaginez-vous en montagne, dans le brouillard. L’altitude, c’est la perte ; vos coordonnées, ce sont les poids. Vous ne voyez pas la vallée, mais vous sentez la pente sous vos pieds. Alors vous faites un pas vers le bas, et vous recommencez.
#
# La machine fera de même, trente fois : regarder les soixante animaux, sentir la pente, faire un pas. Il ne vous reste qu’un curseur, celui qui règle la longueur du pas : le « taux d’apprentissage ».

# %% [markdown] slideshow={"slide_type": "subslide"}
# La machine part d’une très mauvaise droite, qui se trompe sur presque tous les animaux. Faites **trois paris** avant de presser « Entraîner » : que fera la perte avec un taux de 0,001 ? de 0,1 ? de 3 ? Essayez-les tous les trois.

# %%
Descent(animals, labels)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : un vote à main levée pour chacun des trois taux, avant de presser le bouton. Finissez par le bon : la salle aura vu pourquoi il est bon.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Trop petit, le pas n’arrive nulle part. Trop grand, il saute par-dessus la vallée et retombe plus haut, sur l’autre versant. Entre les deux, la perte descend et la droite se met en place toute seule. Tout cela porte des noms, que vous retrouverez à l’identique pour GPT-2, au chapitre 04 :
#
# > **Descente de gradient** : calculer la pente de la perte pour chaque poids, puis faire un pas vers le bas.
#
# > **Taux d’apprentissage** (*learning rate*) : le nombre qui règle la longueur du pas.
#
# > **Époque** : un passage sur tous les exemples.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 0.2 -->
#
# Reste à écrire le pas. La pente se calcule en trois temps :
#
# 1. l’**écart** de chaque animal : la réponse du neurone moins l’étiquette (0 ou 1) ;
# 2. la **pente** d’un poids : la moyenne, sur tous les animaux, de l’écart fois la mesure (`gaps @ inputs` additionne ces produits) ; celle du biais : la moyenne des écarts ;
# 3. le **pas** : chaque nombre, moins le taux d’apprentissage fois sa pente.


# %% slideshow={"slide_type": "subslide"} tags=["exercise"]
@exercise("0.2")
def gradient_step(
    inputs: np.ndarray, labels: np.ndarray, weights: np.ndarray, bias: float, learning_rate: float
) -> tuple[np.ndarray, float]:
    """Return the weights and the bias after one step down the slope of the loss.

    The gap of an animal is what the neuron answered minus its label.  The slope of the loss along a weight is the mean, over
    the animals, of the gap times the measure; along the bias, the mean of the gap.  A step is the slope times the learning
    rate, and we go down: it is taken away.

    Args:
        inputs: measures, ``(animals, 2)``.
        labels: 0 for a cat, 1 for a dog, ``(animals,)``.
        weights: ``(2,)``.
        bias: a number.
        learning_rate: the length of the step (« taux d'apprentissage »).

    Returns:
        The new weights ``(2,)`` and the new bias.
    """
    gaps = neuron(inputs, weights, bias) - labels
    slope = gaps @ inputs / len(inputs)
    return weights - learning_rate * slope, bias - learning_rate * gaps.mean()


# %% [markdown] slideshow={"slide_type": "subslide"}
# Maintenant, répétez ce pas : c’est tout l’apprentissage. Que vont faire les deux colonnes ?

# %% tags=["nbval-check-output"]
from workshop.neuron import START, errors, loss

weights, bias = START
for epoch in range(31):
    if epoch % 5 == 0:
        wrong = errors(animals, labels, weights, bias).sum()
        print(f"époque {epoch:2} : perte {loss(animals, labels, weights, bias):.3f}, {wrong:2} erreurs")
    weights, bias = gradient_step(animals, labels, weights, bias, learning_rate=0.1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>La perte descend sans arrêt ; le nombre d’erreurs, lui, commence par augmenter, puis s’effondre d’un coup. C’est bien pour cela qu’on suit la perte.</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Tous à la fois, un par un, ou par paquets ?
#
# Notre neurone regarde les soixante animaux avant chaque correction : une seule par époque, c’est peu. On peut aussi le corriger après **chaque** animal, ou par petits **paquets** de dix. Même nombre d’époques pour les trois : lequel descendra le plus vite ? Lequel marchera droit ?

# %% slideshow={"slide_type": "subslide"}
from workshop.neuron import train

sizes = {"par époque": None, "par paquet de dix": 10, "par animal": 1}
trainings = {name: train(animals, labels, 0.1, 15, size) for name, size in sizes.items()}
plots.descents(trainings, lambda weights: loss(animals, labels, weights, bias=0))

# %% [markdown] slideshow={"slide_type": "fragment"}
# À droite, la carte de la montagne (les courbes de niveau sont celles de la perte, quand le biais est nul), et trois promeneurs partis du même point. Qui regarde tout marche droit, mais fait peu de pas. Qui écoute chaque animal court, et zigzague : chacun tire de son côté. Le paquet est le compromis que tout le monde adopte, GPT-2 compris.
#
# > **Lot** (*batch*) : les exemples que l’on regarde ensemble avant une correction.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## D’un neurone à GPT-2
#
# Les poids et les biais, tout ce que l’apprentissage règle, s’appellent les **paramètres**. Notre neurone en a trois. Combien le modèle qui écrivait tout à l’heure en a-t-il ? Pariez, puis comptez : chaque `p` est un tableau de nombres appris.
#
# > **Paramètre** : un nombre que l’apprentissage règle. Le modèle, c’est la liste de ces nombres, et rien d’autre : ni phrases, ni règles de grammaire.

# %% tags=["nbval-check-output"]
from workshop.base.typography import french

print(french(sum(p.numel() for p in model.parameters())), "paramètres")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Est-ce beaucoup ? Voici les quatre GPT-2 publiés en 2019, comptés sans les télécharger, d’après leur plan. Au chapitre 04, vous écrirez vous-même `count_parameters`.

# %% tags=["nbval-check-output"]
from transformers import GPT2Config

from workshop.gpt2 import count_parameters

for name, layers, width in [("GPT-2", 12, 768), ("GPT-2 medium", 24, 1024), ("GPT-2 large", 36, 1280), ("GPT-2 XL", 48, 1600)]:
    print(f"{name:<14}{french(count_parameters(GPT2Config(n_layer=layers, n_embd=width))):>15}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Le principe, lui, ne change pas : une perte (à quel point le mot suivant l’a surpris), une pente, un pas. Seulement, il y a un curseur par paramètre, et c’est la machine qui les tourne tous ensemble.
#
# Mais partir de zéro demanderait bien plus de textes que nos quelques romans, et bien plus d’heures qu’un atelier. Le faut-il ?

# %% [markdown] slideshow={"slide_type": "subslide"}
# Essayons en petit. Voici dix animaux nouveaux, cinq lynx et cinq loups : des cousins, plus grands. Deux neurones ont **cinq pas**, faits avec votre fonction, pour apprendre à les distinguer. L’un ne sait rien ; l’autre sort de la leçon des chats et des chiens. Sur lequel pariez-vous ?

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
cousins, kinds = cats_and_dogs(5, seed=5)
cousins = cousins * [1.8, 1.4]  # le museau 1,8 fois plus long, les moustaches 1,4 fois

for name, (w, b) in {"part de zéro": (np.zeros(2), 0.0), "sait déjà": (weights, bias)}.items():
    for _ in range(5):
        w, b = gradient_step(cousins, kinds, w, b, learning_rate=0.1)
    print(f"{name:<13} perte {loss(cousins, kinds, w, b):.2f}, {errors(cousins, kinds, w, b).sum()} erreur(s) sur 10")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Il est plus facile d’apprendre le violon si l’on joue déjà du piano.** C’est ce que nous ferons : notre modèle sait déjà le français ; il nous reste à lui apprendre une manière d’écrire.
#
# > **Apprentissage par transfert** (*transfer learning*) : reprendre un modèle qui a déjà appris, et le spécialiser avec peu de données. C’est le chapitre 04.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## L’histoire de l’examen
#
# Comment savoir si un élève a compris ? Une maîtresse possède cent soustractions corrigées. Elle en donne **80** pour s’exercer, avec les réponses ; en garde **10** pour l’examen blanc, qui dit s’il faut encore travailler ; et enferme les **10** dernières dans un tiroir, pour l’examen.

# %% tags=["nbval-check-output"]
from workshop.neuron import subtractions

book = subtractions()
parts = {"exercices": book[:80], "examen blanc": book[80:90], "examen": book[90:]}
print(book[:4], "…", book[-2:])

# %% [markdown] slideshow={"slide_type": "subslide"}
# La maîtresse a un faible pour le 6, et un élève l’a remarqué. Un autre apprend par cœur. La troisième a compris ce qu’est une soustraction. Qui réussira les exercices ? Et l’examen ?

# %% tags=["nbval-check-output"]
by_heart = dict(parts["exercices"])
pupils = {
    "toujours 6": lambda question: 6,
    "par cœur": lambda question: by_heart.get(question),
    "a compris": lambda question: question[0] - question[1],
}
for pupil, answers in pupils.items():
    marks = [f"{name} {sum(answers(q) == right for q, right in part)}/{len(part)}" for name, part in parts.items()]
    print(f"{pupil:<11}", " · ".join(marks))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Sur les exercices, les trois se ressemblent ; l’examen seul les départage. Un réseau triche comme les deux premiers, sans malice : il prend le chemin le plus court. D’où trois parts, que nous ferons dès le chapitre 01.
#
# > **Entraînement, validation, test** : on apprend avec les exercices, on règle avec l’examen blanc, on juge avec l’examen, une seule fois.
#
# > **Surapprentissage** (*overfitting*) : connaître les exercices par cœur, et rater l’examen.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Votre machine, et la route
#
# Avant de partir, un coup d’œil au matériel. Chaque ligne « à faire » dit quoi faire ; « à savoir » n’empêche rien. La dernière ligne nomme votre **voie** : tout l’atelier tient sur un processeur ordinaire, une carte graphique permet un plus gros modèle.

# %%
from workshop.widgets.first_contact import EnvironmentCard, ProgrammeCard

EnvironmentCard()

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et voici la route. Les durées sont celles d’une salle ; chaque chapitre peut se commencer seul, dans l’ordre que vous voulez : ce qui manque est préparé pour vous.

# %%
ProgrammeCard()

# %% [markdown] slideshow={"slide_type": "subslide"}
# Sur le plan, en haut de chaque carnet, chaque étape transforme ce que la précédente lui donne :
#
# | étape | ce qui entre → ce qui sort | chapitre |
# |---|---|---|
# | romans → texte propre → phrases | des fichiers pleins de scories → une langue nette, en trois parts | 01 |
# | tokens | des phrases → des nombres | 02 |
# | réseau | des nombres → un modèle qui devine la suite | 03 et 04 |
# | texte généré | un début → une histoire | 05 |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce que vous savez maintenant
#
# - Un modèle de langue ne fait que deviner la suite, morceau par morceau ; il donne des chances à tous les mots.
# - Un neurone : une somme pondérée, un biais, une sigmoïde.
# - Apprendre, c’est descendre la pente de la perte, à petits pas ; la longueur du pas se choisit.
# - Une époque voit tous les exemples ; un lot, quelques-uns à la fois.
# - Un modèle n’est qu’une liste de paramètres ; on peut reprendre ceux d’un autre et les spécialiser.
# - On ne juge que sur ce qui n’a pas servi à apprendre.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trois questions pour finir
#
# Choisissez, puis dépliez votre réponse.
#
# **1. Pendant un entraînement, la perte saute, remonte, devient énorme. Que faire d’abord ?**
#
# <details><summary>a) Entraîner plus longtemps.</summary>Vous sauterez plus longtemps. Le pas enjambe la vallée : tant qu’il est trop grand, les époques n’y changent rien.</details>
# <details><summary>b) Diminuer le taux d’apprentissage.</summary>Oui ! C’est le premier bouton à tourner.</details>
# <details><summary>c) L’augmenter, pour sortir de là.</summary>C’est ce qui vous a mis là. Essayez 10 sur le curseur, pour voir.</details>
#
# **2. Où sont rangées, dans le modèle, les phrases qu’il a lues ?**
#
# <details><summary>a) Dans une base de données, où il les cherche.</summary>Non : il n’y a que des paramètres, des nombres. Il peut arriver qu’ils suffisent à réciter un passage lu trop souvent ; au chapitre 04, nous le vérifierons.</details>
# <details><summary>b) Nulle part : il n’en reste que l’effet sur les paramètres.</summary>Oui ! Chaque phrase a fait bouger un peu les curseurs, puis elle est partie.</details>
# <details><summary>c) Dans le vocabulaire.</summary>Le vocabulaire ne contient que des morceaux de mots ; c’est le sujet du chapitre 02.</details>
#
# **3. Un réseau réussit parfaitement sur ses textes d’entraînement. Qu’en concluez-vous ?**
#
# <details><summary>a) Il est excellent.</summary>Peut-être ; l’élève « par cœur » aussi avait tout juste.</details>
# <details><summary>b) Il a forcément triché.</summary>Pas forcément : celle qui a compris réussit aussi les exercices.</details>
# <details><summary>c) Rien encore : il faut un texte qu’il n’a jamais vu.</summary>Oui ! C’est le livre d’examen, et il reste dans le tiroir jusqu’au bout.</details>
