# %% [raw] tags=["front"]
# title = "Générer"
# minutes = 25
# room = ["5.1", "5.2", "5.4"]
# beginner = 60
# step = "texte généré"
# alone = "sans le chapitre 04, une à trois minutes de plus, la première fois"
# english = "temperature, top-k, top-p written out; the playground; loops, ratings, the blind quiz"
# goals = ["régler la température, top-k et top-p, et dire ce que fait chacun", "écrire avec une `pipeline` de transformers", "diriger la plume : choisir un token, repartir d’un rival", "reconnaître une boucle, et la casser", "couper proprement un texte, le noter, le faire noter à l’aveugle", "écrire un début qui mène où l’on veut"]

# %% [markdown] slideshow={"slide_type": "slide"}
# « Le meunier prit son… » Son chapeau ? Son bâton ? Son temps ? Le modèle ne répond pas. Il ne sait pas répondre : il donne une **note** à chaque token de son vocabulaire, et il attend. Celui qui choisit, c’est vous.
#
# Jusqu’ici, nous avons entraîné ; dans ce chapitre, plus un seul poids ne bougera. Et pourtant, avec le même modèle, vous allez obtenir un notaire, un poète ou un fou. Tout se joue entre la note et le mot.
#
# > **Décodage** : l’art de passer des notes d’un modèle à un texte, un token après l’autre.

# %% slideshow={"slide_type": "skip"}
import math
import re
import textwrap
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from IPython.display import display
from ipywidgets import interact

from workshop import cleaning, plots, steps
from workshop.base.errors import WorkshopError
from workshop.base.typography import french, typeset
from workshop.exercises import exercise, hint, solution
from workshop.generation import Gpt2Writer, Sampling, generate, softmax, stream
from workshop.gpt2 import negative_log_likelihood
from workshop.metrics import wilson_interval
from workshop.page.build import take_away
from workshop.stories import blind
from workshop.tokens import encode_text
from workshop.widgets.slider import Slider, WholeSlider

# %% [markdown]
# Deux modèles : celui de base, et celui du chapitre 04. (Si vous n’êtes pas passé par le chapitre 04, il est spécialisé maintenant, en une à trois minutes sur deux cœurs, selon vos livres. Sinon, il est relu.)

# %%
base, tokenizer = steps.base_model()
giant = base.num_parameters() > 1e9  # un géant ne se spécialise pas dans une salle : il écrit comme il est
specialised = base if giant else steps.specialised_model()[0]
writer = Gpt2Writer(specialised, tokenizer)
print(len(tokenizer), "tokens à noter, à chaque pas")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Neuf mots
#
# Oublions un moment ces milliers de tokens. Imaginons une langue de neuf mots, et un modèle qui vient de les noter, après « Le meunier prit son ».
#
# > **Logit** : la note d’un token, un nombre quelconque. Seuls les **écarts** comptent : ajoutez 10 à toutes les notes, rien ne change.

# %%
words = ["chapeau", "bâton", "sac", "temps", "cheval", "couteau", "pain", "violon", "éléphant"]
scores = np.array([4.0, 3.1, 2.7, 2.2, 1.8, 1.4, 1.0, -0.5, -4.0])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Le softmax en fait des parts qui totalisent 1 : l’exponentielle de chaque note, divisée par leur somme. Avant d’exécuter : quelle part pour le chapeau ? Un tiers, la moitié, presque tout ?

# %%
plots.next_token_bars(words, softmax(scores))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et maintenant, tirons : un dé pipé selon ces parts, mille fois. Mille meuniers tendent la main. **Combien prendront leur éléphant ?**


# %% tags=["nbval-check-output"]
def draw(scores, times=1000):
    drawn = np.random.default_rng(0).choice(words, times, p=softmax(scores))
    return [int((drawn == word).sum()) for word in words]


pd.DataFrame({"sur mille meuniers": draw(scores)}, index=words)

# %% [markdown]
# Retenez ce compte : tout ce qui suit consiste à le faire bouger.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 5.1 -->
#
# Au chapitre 03, vous éleviez des *probabilités* à la puissance 1/T. Ici, nous tenons les notes, qui en sont les logarithmes : une puissance devient une simple opération. Laquelle ?
#
# > **Température** : le bouton de l’audace. En dessous de 1, les écarts entre les notes se creusent ; au-dessus, ils se comblent.


# %% tags=["exercise"]
@exercise("5.1")
def apply_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Divide the scores by the temperature: below 1 their differences grow, above 1 they shrink.

    Raises:
        WorkshopError: the temperature is not positive.
    """
    if not temperature > 0:
        raise WorkshopError("La température doit être positive\u00a0: prenez 0,8, ou 0,01 pour un choix presque certain.")
    return logits / temperature


# %% [markdown] slideshow={"slide_type": "subslide"}
# Trois températures, trois caractères. Avant d’exécuter : à laquelle le chapeau tombera-t-il le plus bas ?

# %%
moods = {"T = 0,3": 0.3, "T = 1": 1.0, "T = 5": 5.0}
plots.temperature_bars(words, {name: softmax(apply_temperature(scores, t)) for name, t in moods.items()})

# %% [markdown] slideshow={"slide_type": "subslide"}
# Faites défiler mille meuniers devant chacune. Et les éléphants ?

# %% tags=["nbval-check-output"]
pd.DataFrame({name: draw(apply_temperature(scores, t)) for name, t in moods.items()}, index=words)

# %% [markdown] slideshow={"slide_type": "fragment"}
# À froid, presque rien que des chapeaux : c’est sûr, et c’est toujours pareil. À chaud, tout le monde a sa chance, l’éléphant compris. La température ne change jamais **l’ordre** des mots : elle change l’ampleur des écarts.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Sur le vrai modèle, maintenant : même début, même graine, trois températures, aucun autre réglage. Lequel est le notaire ?


# %%
def show(name, text):
    lines = [textwrap.fill(line, 100) for line in typeset(text).splitlines()]
    print(f"── {name}", *lines, "", sep="\n")


prompt = "Le meunier prit son"
for t in (0.3, 0.8, 1.5):
    free = Sampling(temperature=t, top_p=1.0, max_new_tokens=50, seed=1)
    show(f"T = {t}".replace(".", ","), prompt + generate(writer, prompt, free))

# %% [markdown] slideshow={"slide_type": "fragment"}
# D’ordinaire, le premier se répète et le dernier délire. Et le délire a une cause précise, que nous allons traquer.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## La longue queue
#
# Un éléphant de temps en temps, est-ce grave ? Notre vrai modèle, lui, n’a pas neuf mots, mais des milliers de tokens. Chacun de ses derniers tokens est très improbable ; mais ils sont très nombreux. **Avant d’exécuter** : tous ceux qui viennent après les cinquante meilleurs, quelle part font-ils ensemble ? Et après les mille meilleurs, sont-ils encore plausibles ?

# %%
model_scores = writer.start(writer.encode(prompt)).astype(float)
ranked, order = np.sort(softmax(model_scores))[::-1], np.argsort(-model_scores)
for first in (50, 1000):
    drawn = np.random.default_rng(0).choice(order[first:], 8, p=ranked[first:] / ranked[first:].sum())
    print(f"après les {first} meilleurs, ensemble : {french(100 * ranked[first:].sum(), 1)} %, par exemple")
    print("  ", " · ".join(tokenizer.decode([i]).strip() for i in drawn))

# %% [markdown]
# Les premiers de la file conviennent encore, parfois ; plus on la descend, moins ils vont. Et un texte ne tire pas une fois, mais à chaque token. Si chaque tirage sort de la route une fois sur vingt seulement, combien de textes de 80 tokens resteront dessus jusqu’au bout ?

# %% tags=["nbval-check-output"]
print(f"sans un seul écart en 80 tirages : {french(100 * 0.95**80, 1)} % des textes")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Voilà le coupable : ce n’est pas *un* token absurde, c’est **la longue queue**, où l’on finit toujours par tirer. Et une fois le faux mot écrit, le modèle le relit comme s’il était vrai : il continue la bêtise. Il faut couper.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 5.2 -->
#
# La première façon est brutale : ne garder que les *k* meilleures notes. Comment écarter un token ? En lui donnant la note −∞, dont l’exponentielle est 0 : il reste dans la liste, à sa place, mais ne sortira jamais.
#
# > **Top-k** : ne tirer que parmi les k tokens les mieux notés.


# %% tags=["exercise"]
@exercise("5.2")
def top_k_filter(logits: np.ndarray, k: int) -> np.ndarray:
    """Keep the ``k`` highest scores; the others become minus infinity, so that their probability is 0.

    Raises:
        WorkshopError: ``k`` is not positive.
    """
    if k < 1:
        raise WorkshopError(f"k vaut {k}\u00a0: il faut garder au moins un token, par exemple k = 50.")
    lowest_kept = np.sort(logits)[-min(k, len(logits))]
    return np.where(logits >= lowest_kept, logits, -np.inf)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Avec k = 4 : qui reste ? Et que devient la part de ceux qui partent ? (En pointillé, l’avis du modèle.)

# %%
plots.next_token_bars(words, softmax(top_k_filter(scores, 4)), before=softmax(scores))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Leur part va aux autres, en proportion. Mille meuniers, pour k = 1, 4 et 8. Prévoyez la première colonne :

# %% tags=["nbval-check-output"]
pd.DataFrame({f"k = {k}": draw(top_k_filter(scores, k)) for k in (1, 4, 8)}, index=words)

# %% [markdown] slideshow={"slide_type": "fragment"}
# k = 1, c’est « toujours le favori » : le choix **glouton**. Avec k = 8, il ne manque que l’éléphant.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Quel k choisir ? Demandons au vrai modèle combien de tokens il lui faut pour atteindre 90 % de certitude, après quatre débuts. Avant d’exécuter, rangez-les du plus facile au plus difficile à continuer.

# %%
beginnings = ["— Bonsoir, dit-il", "Il n’y avait", "Il faisait si froid que", "Le meunier prit son"]
needed = {}
for text in beginnings:
    ranked = np.sort(softmax(writer.start(writer.encode(text)).astype(float)))[::-1]
    needed[text] = int((ranked.cumsum() < 0.9).sum()) + 1
for text in sorted(needed, key=needed.get):
    print(f"{text:<26}{needed[text]:>4} tokens")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Aucun k ne convient à tous : assez grand pour le dernier, il laisse entrer n’importe quoi après le premier ; assez petit pour le premier, il étouffe le dernier. Il faudrait un k qui s’adapte.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Une boîte à outils
#
# Dix minutes pour qui n’a jamais manié NumPy ; sinon, passez. Trois parts seulement, en désordre, et de quoi les ranger, les additionner, puis revenir à leur place. **Avant d’exécuter** : que contient `order`, des parts ou des numéros ?

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
parts = np.array([0.2, 0.5, 0.3])
order = np.argsort(-parts)  # le signe moins : de la plus grande à la plus petite
back = np.full(3, -np.inf)
back[order[:2]] = parts[order[:2]]
tools = {
    "order = np.argsort(-parts) : le numéro de la plus grande, puis de la suivante…": order,
    "parts[order] : les parts, rangées": parts[order],
    "np.cumsum(parts[order]) : chacune, avec celles d’avant": np.cumsum(parts[order]),
    "np.cumsum(parts[order]) - parts[order] : celles d’avant seulement": (np.cumsum(parts[order]) - parts[order]).round(2),
    "back[order[:2]] = parts[order[:2]] : les deux premières, remises à leur place": back,
}
for tool, result in tools.items():
    print(tool, result, "", sep="\n")

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 5.3 -->
#
# L’idée : au lieu de compter des tokens, comptons de la **probabilité**. On descend la liste, du plus probable au moins probable, et l’on s’arrête dès que l’on a réuni une part *p*. Celui qui fait franchir la ligne est gardé.
#
# > **Top-p** (ou *nucleus*, le noyau) : ne tirer que parmi les tokens les plus probables qui, **ensemble**, atteignent la part p.


# %% tags=["exercise"]
@exercise("5.3")
def top_p_filter(logits: np.ndarray, p: float) -> np.ndarray:
    """Keep the likeliest tokens, as few as it takes to reach together the probability ``p``; the others become minus infinity.

    Raises:
        WorkshopError: ``p`` is not above 0 and at most 1.
    """
    if not 0 < p <= 1:
        raise WorkshopError("p est une probabilité\u00a0: prenez-la entre 0 (exclu) et 1 (sans limite), par exemple 0,9.")
    order = np.argsort(-logits)  # from the likeliest to the least likely
    probabilities = softmax(logits)[order]
    before = np.cumsum(probabilities) - probabilities  # what those likelier than each token reach without it
    kept = order[before < p]
    filtered = np.full(len(logits), -np.inf)
    filtered[kept] = logits[kept]
    return filtered


# %% [markdown] slideshow={"slide_type": "subslide"}
# Faites-le d’abord de tête, avec les parts que vous avez vues : pour p = 0,8, combien de mots restent ?

# %%
plots.next_token_bars(words, softmax(top_p_filter(scores, 0.8)), before=softmax(scores))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Mille meuniers encore. Regardez bien la première colonne : que se passe-t-il quand p est plus petit que la part du favori ?

# %% tags=["nbval-check-output"]
pd.DataFrame({f"p = {p}".replace(".", ","): draw(top_p_filter(scores, p)) for p in (0.3, 0.8, 0.99)}, index=words)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Il reste toujours quelqu’un. Et quand le modèle est sûr de lui, p = 0,9 ne garde que peu de tokens ; quand il hésite, beaucoup plus. Combien ? C’est le petit tableau que vous avez lu plus haut.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Les trois réglages se suivent toujours dans cet ordre : température, top-k, top-p. **Une question avant de toucher aux curseurs** : à p = 0,8, que va faire une température de 3 au nombre de mots gardés ? Prévoyez, bougez, regardez, dites pourquoi.


# %%
def look(T, k, p):
    kept = top_p_filter(top_k_filter(apply_temperature(scores, T), k), p)
    display(plots.next_token_bars(words, softmax(kept), before=softmax(scores)))


T, p = Slider(1, min=0.1, max=5, step=0.1), Slider(1, min=0.05, max=1, step=0.05)
_ = interact(look, T=T, k=WholeSlider(9, min=1, max=9), p=p)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Elle l’augmente : les parts se rapprochent, il en faut davantage pour réunir 80 %. Les réglages se tiennent ; on en change un à la fois.</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# transformers a les mêmes trois filtres, écrits pour aller vite. Sur les milliers de notes du vrai modèle, sont-ils d’accord avec les vôtres ?

# %% tags=["nbval-check-output"]
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

tensor = torch.tensor(model_scores)[None]  # transformers travaille par lots : une ligne par texte
pairs = {
    "température": (apply_temperature(model_scores, 0.7), TemperatureLogitsWarper(0.7)),
    "top-k": (top_k_filter(model_scores, 50), TopKLogitsWarper(50)),
    "top-p": (top_p_filter(model_scores, 0.9), TopPLogitsWarper(0.9)),
}
for name, (ours, theirs) in pairs.items():
    print(f"{name:<13}{np.allclose(ours, theirs(None, tensor)[0].numpy())}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# À votre tour, sur le vrai modèle. Avant de bouger quoi que ce soit, fixez-vous un but : **trouvez les réglages pour qu’il ne reste que cinq tokens**, de trois façons différentes. Puis changez le début.

# %%
from workshop.widgets.next_tokens import NextTokens

NextTokens(writer, prompt)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>Trois façons</summary>k = 5, tout simplement ; ou p, abaissé jusqu’à ce qu’il n’en reste que cinq ; ou, à p fixe, une température de plus en plus basse : les favoris pèsent plus lourd, il en faut moins pour réunir p.</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Avec une pipeline
#
# Vous savez ce qu’il y a dans la boîte : vous pouvez la refermer. Voici comment tout le monde écrit avec transformers, en deux lignes. La **pipeline** coupe le texte en tokens, fait tourner le modèle, choisit, recolle.
#
# > **Pipeline** : dans transformers, un modèle et son tokenizer attelés ensemble pour une tâche (écrire, classer, traduire…).

# %%
from transformers import TextGenerationPipeline, pipeline, set_seed

generator = pipeline("text-generation", model=specialised, tokenizer=tokenizer)
generator("Le meunier ouvrit", max_new_tokens=6, do_sample=False)

# %% [markdown]
# Regardez bien la forme de la réponse : une liste, et dedans un dictionnaire. Et si on lui donne **deux** débuts ?

# %%
prompts = ["Le lendemain matin, le notaire", "— Bonsoir, dit la vieille, je"]
generator(prompts, max_new_tokens=6, do_sample=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 5.4 -->
#
# Des boîtes dans des boîtes : une liste par début (car on peut demander plusieurs propositions), et dans chacune des dictionnaires. Écrivez la fonction qui ouvre tout cela, et rend simplement les textes.


# %% tags=["exercise"]
@exercise("5.4")
def continue_prompts(generator: "TextGenerationPipeline", prompts: Sequence[str], settings: dict) -> list[str]:
    """Return each prompt followed by what the pipeline writes after it, in the same order.

    ``settings`` are handed to the pipeline as named arguments: ``max_new_tokens``, ``do_sample``, ``temperature``…
    """
    return [proposals[0]["generated_text"] for proposals in generator(list(prompts), **settings)]


# %% [markdown] slideshow={"slide_type": "subslide"}
# Vos réglages, avec leurs noms officiels, puis vos deux textes. Une graine (`set_seed`) pour que le même tirage revienne ; changez-la, et vous aurez une autre histoire.

# %%
settings = {"max_new_tokens": 60, "do_sample": True, "temperature": 0.8, "top_p": 0.9}
settings["top_k"] = 0  # sans cette ligne, transformers ne garde que les 50 meilleurs, et ne le dit pas
set_seed(5)
for number, text in enumerate(continue_prompts(generator, prompts, settings), 1):
    show(f"texte {number}", text)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Deux débuts, deux histoires. Essayez les vôtres : remplacez `prompts`, et relancez.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Le bac à sable
#
# Tout est là, avec des boutons. Avant de commencer, un défi : **écrivez trois fois le même début, en notaire, en poète, en fou**, et notez vos réglages. (Les trois manières toutes prêtes ne sont qu’un point de départ.)
#
# Le texte vient token par token ; le fond de chacun dit combien il était attendu. **Cliquez sur un token** (ou parcourez-les au clavier) : vous verrez ses rivaux, ceux qui auraient pu venir. Choisissez-en un, et l’histoire repart de là ; l’ancien chemin reste sous le texte, on y revient quand on veut. « Écrire » tire chaque fois une autre graine, à moins de la garder.

# %%
from workshop.stories import Stories
from workshop.widgets.playground import Playground
from workshop.writers import at_hand

stories = Stories()
writers = {"GPT-2 spécialisé": writer, "GPT-2 de base": Gpt2Writer(base, tokenizer)}
writers["BiLSTM"] = at_hand()["BiLSTM"]
playground = Playground(writers, prompt="Il y avait une fois, au bord de la rivière,", stories=stories)
playground.write()  # comme si vous aviez cliqué sur « Écrire »
playground.wait()
playground

# %% [markdown] slideshow={"slide_type": "subslide"}
# Cherchez dans votre texte un token **surprenant**, et regardez ce qui l’entoure : vient-il au début d’une phrase, ou au milieu d’un mot ? Pourquoi ?

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>D’ordinaire, les surprises sont aux carrefours : au début d’une phrase, d’un nom, d’une réplique, là où tout peut arriver. Au milieu d’un mot coupé en morceaux, il n’y a presque plus de choix.</details>

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : faites d’abord voter la salle sur le token suivant, à main levée, puis cliquez. Quand une branche donne une
# bonne phrase, gardez-la tout de suite (« Garder cette histoire ») : elle servira pour les notes.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Côte à côte
#
# Même début, même graine, mêmes réglages : à gauche votre modèle, à droite celui de base. Cachez les étiquettes : à quoi les reconnaît-on, en une phrase ? Mettez ensuite à droite le BiLSTM du chapitre 03 (s’il n’est pas entraîné sur cette machine, le panneau vous le dira).

# %%
from workshop.widgets.side_by_side import SideBySide

duel = SideBySide(writers, settings=(Sampling(max_new_tokens=60), Sampling(max_new_tokens=60)))
duel.sides[1].models.choose("GPT-2 de base")
duel.write()
duel.wait()
duel

# %% [markdown] slideshow={"slide_type": "slide"}
# ## La plus probable est-elle la meilleure ?
#
# Puisque le modèle note tout, pourquoi tirer au sort ? Cherchons plutôt la suite **la plus probable**. D’abord le choix glouton : toujours le favori. Avant d’exécuter : combien de temps avant qu’il se répète ?

# %%
start = "Le meunier ouvrit la porte"
greedy = generator(start, max_new_tokens=60, do_sample=False)[0]["generated_text"]
show("glouton", greedy)


def copied_share(text, size=3):
    """Return the share of the words of a text that end a suite of ``size`` words already said in it."""
    said = text.split()
    suites = [tuple(said[i : i + size]) for i in range(len(said) - size + 1)]
    return sum(suite in suites[:i] for i, suite in enumerate(suites)) / max(1, len(suites))


print(f"trois mots de suite, déjà écrits tels quels : {french(100 * copied_share(greedy), 0)} % du texte")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Plus cette part est grande, plus c’est une **boucle**. Ce n’est pas une panne : une phrase déjà écrite rend sa copie plus probable, qui rend la suivante plus probable encore. Le favori mène au favori.
#
# Peut-être a-t-il été trop pressé : prendre le meilleur mot maintenant n’est pas trouver la meilleure phrase. Le **faisceau** avance plusieurs phrases de front, et ne garde que les meilleures.
#
# > **Faisceau** (*beam search*) : suivre en parallèle les n débuts les plus probables, et garder à la fin celui des n qui l’est le plus. Rien ne garantit que ce soit la phrase la plus probable de toutes : elle a pu être écartée en chemin.

# %% slideshow={"slide_type": "subslide"}
beams = generator(start, max_new_tokens=60, do_sample=False, num_beams=4)[0]["generated_text"]
show("faisceau", beams)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Mieux, ou pire ? Mesurons. Voici la probabilité que le modèle donne, en moyenne, à chaque token d’un texte (une moyenne géométrique : c’est l’exponentielle de moins la perte). Nous ajoutons un texte tiré au sort, et une page du livre d’examen. **Rangez les quatre avant d’exécuter.**


# %%
def likelihood(text):
    return math.exp(-negative_log_likelihood(specialised, tokenizer, text) / len(encode_text(tokenizer, text)))


page = steps.text("test")[3000:6000]
drawn = start + generate(writer, start, Sampling(max_new_tokens=60, seed=1))
rivals = {"faisceau": beams, "glouton": greedy, "tiré au sort": drawn, "le livre": page}
likely = {name: likelihood(text) for name, text in rivals.items()}
for name in sorted(likely, key=likely.get, reverse=True):
    print(f"{name:<14}{french(100 * likely[name], 1)} %")

# %% [markdown] slideshow={"slide_type": "fragment"}
# D’ordinaire, voici en tête ceux qui cherchent le probable : relisez-les, ce sont les plus ennuyeux. Où est le vrai livre ? Loin d’eux, et souvent **le dernier**. Les gens n’écrivent pas le mot le plus attendu : sinon, à quoi bon écrire ? Un modèle de langue sait ce qui est *vraisemblable* ; le *surprenant juste* n’est pas sur sa feuille de notes. Voilà pourquoi l’on tire au sort, dans un noyau raisonnable.
#
# Le faisceau sert ailleurs : quand une seule réponse est bonne, comme en traduction.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Casser une boucle
#
# Deux remèdes se posent sur n’importe quelle méthode. L’un **interdit** : aucune suite de n tokens n’est écrite deux fois (`no_repeat_ngram_size`). L’autre **décourage** : les tokens déjà là perdent des points (`repetition_penalty`). Avant d’exécuter : le meunier pourra-t-il être nommé deux fois ? Et combien de points compterez-vous dans le dernier texte, où la pénalité est bien trop forte ?

# %% slideshow={"slide_type": "subslide"}
remedies = {"sans remède": {}, "n-grammes": {"no_repeat_ngram_size": 3}, "pénalité": {"repetition_penalty": 1.2}}
remedies["pénalité trop forte"] = {"repetition_penalty": 2.0}
for name, remedy in remedies.items():
    text = generator(start, max_new_tokens=60, do_sample=False, **remedy)[0]["generated_text"]
    again = french(100 * copied_share(text), 0)
    show(f"{name} : « meunier » {text.count('meunier')} fois, point {text.count('.')} fois, {again} % de redites", text)

# %% [markdown] slideshow={"slide_type": "subslide"}
# L’interdiction est aveugle : elle frappe les noms propres, les « il y a », et jusqu’à l’intérieur des mots, puisqu’elle compte en tokens. Un mot en trois morceaux ne peut plus être redit, à moins d’être déformé. (Y en a-t-il un ?) La pénalité est plus souple ; mais forcez-la, et le modèle ose à peine redire « la », ou mettre un point : la phrase s’étire et se perd. Avec un tirage au sort, un soupçon suffit.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Nettoyer la réponse
#
# On a demandé un nombre de tokens : le texte s’arrête donc au milieu d’une phrase, parfois d’un mot. Et les apostrophes sont droites, les espaces ordinaires : un « ! » pourrait se retrouver seul au début d’une ligne. On coupe après la **dernière phrase finie**, puis on compose.


# %%
def tidy(text):
    """Cut after the last finished sentence, and typeset."""
    ends = [found.end() for found in re.finditer(r"[.!?…]+(\s?»)?(?=\s|$)", text)]
    return typeset(text[: ends[-1]]) if ends else typeset(text)


# %% [markdown]
# Avant d’exécuter : où couper chacune de ces trois lignes ? L’une d’elles va piéger notre règle.

# %% tags=["nbval-check-output"]
raw = ["— Entrez donc! dit-elle. Il n'entra pas. Le ch", "«Qui va là?» Personne ne", "Je vis alors arriver M. Bro"]
for line in raw:
    print(tidy(line))

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>« M. » n’est pas la fin d’une phrase : le vieux piège du chapitre 01. Punkt, lui, l’aurait su.</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Est-ce bien ?
#
# Aucune mesure ne dit qu’une histoire est bonne. Il faut des lecteurs. Faisons comme ceux qui ont généré des contes pour enfants : plusieurs réglages, plusieurs lecteurs, de tout âge, une note de 1 à 10 ; puis la moyenne par réglage.
#
# Avant de tendre une histoire à un enfant : les romans que le modèle de l’atelier a lus sont de 1840 à 1920, et disent des gens ce qu’on en disait alors. Des mots pour les Noirs, les Juifs, les femmes ou les infirmes blessent, et il lui arrive de les écrire. Le bac à sable a un **filtre pour les plus jeunes** (mis d’office sur la page de `make app`, à cocher ici) : il refuse une liste d’insultes, et tire un autre token. Il lit des mots, pas des phrases : un portrait méprisant passe quand même. Lisez d’abord.
#
# D’abord de quoi lire : trois histoires, du même début, à trois températures. (Leurs titres ne veulent rien dire, et les températures sont mélangées : même qui lit le code ne sait pas laquelle est laquelle. Celles que vous avez gardées dans le bac à sable comptent aussi.)

# %%
prompt = "Il y avait une fois, au bord de la rivière,"
shuffled = np.random.default_rng(3).permutation([0.4, 0.8, 1.2]).tolist()
recipes = [Sampling(temperature=t, max_new_tokens=90, seed=4) for t in shuffled]
known = {story.title for story in stories.all()}  # relancer cette cellule ne garde rien deux fois
for title, recipe in zip(("Le galet", "La truite", "Le saule"), recipes, strict=True):
    if title not in known:
        stories.keep(prompt, tidy(generate(writer, prompt, recipe)), "GPT-2 spécialisé", vars(recipe), title)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Lisez une histoire **sans savoir** de quelle température elle vient (c’est plié, sous le texte), notez-la, passez l’ordinateur à votre voisin. Écrivez d’abord votre pronostic : laquelle gagnera ? Les enfants seront-ils d’accord avec les parents ?

# %%
from workshop.widgets.reading import Rating

Rating(stories)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : quatre lecteurs suffisent pour voir que les moyennes se chevauchent. C’est la leçon : avant de dire « 0,8 est
# la meilleure température », il faut d’autres lecteurs, et surtout d’autres histoires à chaque température.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### L’auteur ou la machine ?
#
# Un autre examen, sans note ni goût : une phrase à la fois, **qui l’a écrite ?** D’un côté le livre d’examen, que le modèle n’a jamais lu ; de l’autre, le modèle. Des phrases entières, de même longueur, pour que rien d’autre ne les trahisse.

# %%
tales = [generate(writer, prompt, Sampling(max_new_tokens=110, seed=seed)) for seed in range(8)]
library = steps.text("train")
split = partial(cleaning.split_sentences, punkt=cleaning.train_punkt([library[:1_000_000]]))  # un million de signes suffit
machine = blind.not_copied(blind.inner_sentences(tales, split), library)
print(len(machine), "phrases de la machine, dont aucune n’est une copie")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Avant de jouer : en répondant au hasard, quel score auriez-vous sur vingt ? Et à partir de combien de bonnes réponses vous croirez-vous meilleur que le hasard ?

# %%
from workshop.widgets.reading import BlindQuiz

author = {"sand": "Sand", "veillees": "Veillée"}.get(steps.collection(), "Livre")
try:
    quiz = BlindQuiz(split(steps.text("test")), machine, author=author)
except WorkshopError as too_few:  # un modèle encore faible n’écrit pas assez de phrases entières
    quiz = too_few
quiz

# %% [markdown] slideshow={"slide_type": "subslide"}
# > **Intervalle de confiance** : entre quelles valeurs se tient sans doute le vrai taux, celui que l’on verrait en jouant sans fin.
#
# Treize sur vingt : est-ce un œil exercé, ou de la chance ? Le même score sur deux cents ?

# %% tags=["nbval-check-output"]
for right, played in ((13, 20), (130, 200)):
    low, high = wilson_interval(right, played)
    print(f"{right} sur {played} : entre {french(100 * low, 0)} et {french(100 * high, 0)} %")
enough = next(right for right in range(21) if wilson_interval(right, 20)[0] > 0.5)
print(f"sur vingt, le hasard en trouve dix ; mieux que lui, à coup presque sûr : {enough} ou plus")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Si l’intervalle contient 50 %, on ne peut rien dire. Mais si l’on vous trompe si souvent, retenez-le aussi dans l’autre sens : une phrase bien tournée ne prouve pas qu’il y ait quelqu’un derrière.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Vos histoires
#
# Elles sont rangées avec leurs réglages dans `outputs/stories.db`. Relisez, renommez, supprimez (une suppression s’annule), emportez tout en Markdown ou pour un tableur. « Reprendre cette histoire » la remet dans le bac à sable, un peu plus haut. Redémarrez le noyau : elles seront encore là.

# %%
from workshop.widgets.library import StoriesPanel

StoriesPanel(stories, on_open=playground.take_up)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Demander, ou commencer ?
#
# Vous voulez une histoire de loup. Le plus simple est de la demander, non ? Ou bien de l’annoncer ? Ou de la commencer soi-même ? Avant d’exécuter : dans lequel des trois essais sera-t-il question du loup ?

# %% slideshow={"slide_type": "subslide"}
ways = {
    "demandé": "Écrivez-moi une histoire de loup.",
    "annoncé": "Voici une histoire de loup.",
    "commencé": "Le loup avait faim. Il",
}
for way, text in ways.items():
    for seed in (0, 1):
        show(f"{way}, graine {seed}", text + generate(writer, text, Sampling(max_new_tokens=35, seed=seed)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Loup ou pas, a-t-il *répondu* ? Non : il n’a même pas compris qu’on lui parlait. Voyons ce qu’il attendait, juste après chacune de ces phrases.

# %%
for text in ways.values():
    token = next(stream(writer, text, Sampling(temperature=1.0, top_p=1.0)))
    best = "  ".join(rival.text.strip(" ").replace("\n", "(à la ligne)") for rival in token.rivals[:6])
    print(f"{text:<35}{best}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Un modèle qui continue un texte ne reçoit pas d’ordres.** Après « Écrivez-moi une histoire de loup. », il se demande ce qui viendrait *dans un roman* : sans doute un personnage l’a dit, un autre va répondre. Après « Le loup avait faim. Il », le loup est déjà en scène ; toute suite vraisemblable parle de lui, au moins le temps d’une phrase.
#
# La règle : n’écrivez pas ce que vous voulez, écrivez **le début de ce que vous voulez**. Annoncer le thème (« Voici une histoire de loup ») ne marche que si, dans les textes appris, une histoire de loup suit souvent cette phrase : il faudrait spécialiser le modèle sur des contes ainsi présentés.
#
# > **Invite** (*prompt*) : ce que l’on donne à continuer.
#
# Et les assistants qui obéissent ? Ce sont les mêmes modèles, beaucoup plus grands, spécialisés ensuite sur des milliers de paires « demande, réponse ». Ils *continuent*, eux aussi : ce qui suit une demande, dans leurs exemples, c’est une réponse.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Bonus : une autre langue, un bien plus grand modèle
#
# Rien, dans ce chapitre, n’est propre au français ni à notre petit modèle. Deux voyages, chacun en une ligne ou presque ; **ni l’un ni l’autre n’a été fait sur la machine qui a préparé ce carnet** (il y faut le réseau, et un GPU pour le second ; seule la conversion a été essayée, sur un GPT-J minuscule).
#
# <details><summary><b>En anglais, avec des contes</b></summary>
#
# La collection `tales_en` (les contes de Grimm en anglais) et le GPT-2 anglais d’OpenAI, environ un demi-gigaoctet. Retirez les `#` de la cellule ci-dessous, redémarrez le noyau, exécutez-la en premier ; le modèle est d’abord spécialisé sur les contes. Puis changez les débuts : « Once upon a time, »…
#
# </details>
#
# <details><summary><b>En français, avec un modèle de six milliards de paramètres</b></summary>
#
# « Boris » (`Cedille/fr-boris`) est un GPT-J entraîné sur du français. Deux précautions. Ses nombres sont publiés dans l’ancien format `.bin`, que l’atelier refuse d’ouvrir (un tel fichier peut cacher du code) ; on le convertit une fois, en nombres de deux octets au lieu de quatre (la **demi-précision**) : la place est divisée par deux. Ensuite, la taille : 24 Go à télécharger, puis six milliards de nombres de deux octets, soit 12 Go, à loger sur la carte.
#
# La deuxième cellule convertit ; la troisième l’emploie. À cette taille, on ne spécialise plus dans une salle : le chapitre écrit alors avec le modèle tel qu’il est.
#
# </details>

# %% slideshow={"slide_type": "skip"}
# import os  # en anglais
# os.environ.update(WORKSHOP_COLLECTION="tales_en", MODEL_NAME="openai-community/gpt2")

# %% [markdown] slideshow={"slide_type": "skip"}
# La conversion, une seule fois :

# %% slideshow={"slide_type": "skip"}
# from transformers import AutoModelForCausalLM, AutoTokenizer
# boris = AutoModelForCausalLM.from_pretrained("Cedille/fr-boris", dtype=torch.float16, use_safetensors=False)
# boris.save_pretrained("boris")
# AutoTokenizer.from_pretrained("Cedille/fr-boris").save_pretrained("boris")

# %% [markdown] slideshow={"slide_type": "skip"}
# Puis, à exécuter en premier après avoir redémarré le noyau :

# %% slideshow={"slide_type": "skip"}
# import os
# os.environ["MODEL_NAME"] = "./boris"

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce que vous savez maintenant
#
# - Un modèle de langue ne choisit pas : il note. Le décodage choisit.
# - La température creuse ou comble les écarts entre les notes ; elle ne change pas leur ordre.
# - Top-k coupe à nombre fixe ; top-p, à part fixe, et s’adapte à l’hésitation du modèle.
# - Une pipeline fait tout cela en une ligne, avec des réglages cachés qu’il vaut mieux dire.
# - À chercher toujours le plus probable, on finit en boucle ; les livres sont moins probables, et plus beaux.
# - Interdire ou décourager les répétitions casse les boucles, et abîme la langue si l’on force.
# - Une histoire se juge par des lecteurs, plusieurs, et l’on se méfie des petits nombres.
# - On ne commande pas un modèle qui continue : on commence à sa place.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trois questions pour finir
#
# Choisissez, puis dépliez votre réponse.
#
# **1. Votre texte est grammatical mais plat, toujours les mêmes mots. Il est écrit avec T = 0,3 et p = 0,9. Que changer d’abord ?**
#
# <details><summary>a) Baisser p à 0,5.</summary>Vous garderiez encore moins de mots. À T = 0,3, le favori occupe déjà presque toute la place.</details>
# <details><summary>b) Monter la température vers 0,8.</summary>Oui ! Les écarts se comblent, d’autres mots entrent dans le noyau ; et top-p veille toujours sur la longue queue.</details>
# <details><summary>c) Chercher au faisceau.</summary>Le faisceau va plus loin encore vers le probable : ce serait plus plat, et bientôt une boucle.</details>
#
# **2. À T = 1, le modèle donne 95 % à un token. Avec p = 0,9, combien de tokens peuvent sortir ?**
#
# <details><summary>a) Aucun : 95 % dépasse 90 %.</summary>Il en reste toujours au moins un : celui qui fait franchir la ligne est gardé.</details>
# <details><summary>b) Un seul.</summary>Oui ! À lui seul il atteint p ; tous les autres sont écartés. Top-k = 50, lui, en aurait gardé quarante-neuf de trop.</details>
# <details><summary>c) Neuf sur dix.</summary>p n’est pas une part des <em>tokens</em>, mais une part de la <em>probabilité</em>.</details>
#
# **3. Vous voulez une histoire de pirates. Qu’écrivez-vous ?**
#
# <details><summary>a) « Raconte-moi une histoire de pirates. »</summary>Il continuerait cette phrase comme dans un roman : quelqu’un vient de parler, quelqu’un va répondre. Il faudrait un modèle entraîné à obéir.</details>
# <details><summary>b) « Le pirate déplia la carte, et »</summary>Oui ! Le pirate est en scène, la phrase est en route, et la plus simple des suites parle de lui.</details>
# <details><summary>c) « PIRATES PIRATES PIRATES »</summary>Le mot pèserait, mais dans quel texte lit-on cela ? La suite la plus vraisemblable est encore « PIRATES ».</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Et maintenant ?
#
# Vous êtes parti de fichiers bruts, et vous voici avec un modèle qui écrit, et surtout avec les moyens de dire *pourquoi* il écrit ainsi. Personne ne vous a caché de magie : vous avez lu toutes les pièces, et écrit les principales.
#
# Ce modèle est à vous, emportez-le : dans une cellule neuve, `print(take_away())` le range tout entier dans une page, `outputs/mon-modele.html`, qui s’ouvre d’un double clic, sans réseau ni Python.
#
# Pour continuer, trois idées, de la plus courte à la plus longue :
#
# - **D’autres livres.** Quelques lignes dans `data/catalogue.toml` (un livre au moins pour apprendre, un autre pour l’examen), les fichiers dans un dossier que vous nommez dans `WORKSHOP_BOOKS`, et reprenez au chapitre 01. Le vôtre aussi, si vous écrivez.
# - **Une vraie enquête.** Deux réglages, dix histoires chacun, dix lecteurs, et votre pronostic écrit d’avance. Vous savez maintenant compter ce que vaut la réponse.
# - **Un plus grand modèle**, avec un GPU : les mêmes cellules, et `MODEL_NAME` à changer. Mesurez avant, mesurez après, et cherchez ce qu’il copie.
#
# Et gardez l’habitude prise ici : deviner, essayer, regarder, nommer.
