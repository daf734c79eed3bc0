# %% [raw] tags=["front"]
# title = "Spécialiser GPT-2"
# minutes = 40
# room = ["4.3", "4.4", "4.6", "4.7"]
# beginner = 90
# alone = "sans le chapitre 03, une à deux minutes de plus, la première fois"
# step = "réseau"
# english = "a GPT-2 read line by line, counted, measured, specialised, interrupted, resumed and judged"
# goals = ["lire la configuration d’un GPT-2 et compter ses paramètres", "écrire l’attention, et la voir dans un vrai modèle", "mesurer une perte et lui donner un sens", "choisir le taux d’apprentissage, le lot et les époques, et dire pourquoi", "entraîner, arrêter, reprendre sans rien perdre", "dire ce qu’un modèle spécialisé a gagné, et ce qu’il n’a pas gagné"]

# %% [markdown] slideshow={"slide_type": "slide"}
# Apprendre le violon prend dix ans. Apprendre le violon quand on joue déjà du piano en prend moins : on sait lire une partition, on a l’oreille, on connaît les gammes. Il reste l’archet.
#
# Au chapitre 03, notre réseau est parti de rien. Celui-ci a déjà lu des millions de mots de français : il sait accorder un adjectif, ouvrir un dialogue, finir une phrase. Nous allons lui donner l’accent du pays, en quelques minutes.
#
# > **GPT** (*generative pre-trained transformer*) : un réseau qui écrit (*generative*), déjà entraîné (*pre-trained*), et dont le plan s’appelle le *transformer*.
#
# > **Spécialiser** (*fine-tuning*) : reprendre l’entraînement d’un modèle, en douceur, sur des textes choisis. C’est la forme la plus courante du *transfer learning*.

# %% slideshow={"slide_type": "skip"}
import copy
import dataclasses
import math
import re
import signal
import textwrap
from collections import Counter
from collections.abc import Sequence

import pandas as pd
import torch
from IPython.display import display
from ipywidgets import Text, interact
from transformers import AutoModelForCausalLM, GPT2Config, PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from workshop import plots, steps
from workshop.base.typography import french, typeset
from workshop.exercises import answer, exercise, hint, solution
from workshop.generation import Gpt2Writer, Sampling, generate
from workshop.gpt2 import device, gpt2_plan, half_precision, negative_log_likelihood, what_differs, without_bars
from workshop.gpt2.finetuning import FineTuning, fine_tune
from workshop.metrics import NgramModel, bits_per_character, lexicon_share, longest_copied_span, uniform_nats
from workshop.tokens import encode_text, pack, tokens_of
from workshop.widgets.slider import WholeSlider

# %% [markdown]
# Le modèle, son tokenizer et nos livres. Si vous commencez l’atelier par ici, tout est préparé pour vous.

# %%
model, tokenizer = steps.base_model()
exam = steps.text("test")
print(type(model).__name__, "·", len(tokenizer), "tokens ·", len(steps.dataset()["train"]), "paragraphes à apprendre")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Lire un modèle
#
# Un modèle tient en deux fichiers : ses nombres (`model.safetensors`, lourd, illisible) et son plan (`config.json`, quelques lignes). Ouvrons le plan. Avant d’exécuter : lequel de ces réglages, doublé, rendrait le modèle le plus gros ?

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
effects = {
    "vocab_size": "les tokens qu’il connaît : autant de lignes dans son tableau de vecteurs",
    "n_positions": "la plus longue page qu’il peut lire, en tokens",
    "n_embd": "la largeur : combien de nombres pour un token, à chaque étage",
    "n_layer": "la hauteur : combien de fois le texte est relu, de plus en plus finement",
    "n_head": "combien de regards différents à chaque étage ; ils se partagent la largeur",
    "n_inner": "la largeur des couches denses (None : quatre fois n_embd)",
    "attn_pdrop": "part des regards éteints au hasard pendant l’entraînement (dropout)",
    "resid_pdrop": "part des nombres éteints à la sortie de chaque étage",
    "embd_pdrop": "part des nombres éteints à l’entrée",
    "tie_word_embeddings": "le tableau des tokens sert-il aussi à la sortie ?",
}
plan = gpt2_plan(model.config)  # les mots de GPT-2, même pour un modèle d’une autre famille
for name, effect in effects.items():
    print(f"{name:<20}{getattr(plan, name)!s:<7}{effect}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# > **Dropout** : éteindre au hasard quelques nombres à chaque pas, pour que le réseau ne compte jamais sur un seul (chapitre 03). À `0.0`, aucun ne s’éteint : c’est le choix d’un modèle qui a trop peu relu chaque page pour l’apprendre par cœur.
#
# Le même plan, dessiné. Il se lit de bas en haut ; le cadre en pointillé est un **bloc**, répété autant de fois que `n_layer`.

# %% slideshow={"slide_type": "subslide"}
plots.decoder_block(model.config)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Suivez le trait orange, en tirets : il *contourne* chaque travail, et s’y ajoute. Un étage n’a donc pas à tout réécrire ; il apporte une retouche. C’est ce qui permet d’en empiler des dizaines sans que le signal se perde.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 4.1 -->
#
# À vous de compter. Une couche dense qui va de *a* nombres à *b* nombres a *a × b* poids et *b* biais ; le reste est sur le dessin.


# %% tags=["exercise"]
@exercise("4.1")
def count_parameters(config: GPT2Config) -> int:
    """Return how many numbers a GPT-2 of this configuration learns.

    Two tables (a vector per token, a vector per position), then in each layer: two normalisations (a scale and a shift
    each), attention (queries, keys, values in one matrix, then the way out) and two dense layers (``n_inner`` neurons, by
    default four times ``n_embd``), all with biases; a last normalisation; and the output layer, free when it is tied to the
    table of tokens (``tie_word_embeddings``).
    """
    width, inner = config.n_embd, config.n_inner or 4 * config.n_embd
    tables = (config.vocab_size + config.n_positions) * width
    normalisation = 2 * width
    attention = (width * 3 * width + 3 * width) + (width * width + width)
    dense = (width * inner + inner) + (inner * width + width)
    output = 0 if config.tie_word_embeddings else config.vocab_size * width
    return tables + config.n_layer * (2 * normalisation + attention + dense) + normalisation + output


# %% [markdown] slideshow={"slide_type": "subslide"}
# Votre formule contre le vrai modèle :

# %% tags=["nbval-check-output"]
print("par la formule :", french(count_parameters(plan)))
print("dans le modèle :", french(model.num_parameters()))
if difference := what_differs(model):
    print(textwrap.fill(difference, 100))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et votre pari du début ? Doublons chaque réglage, un à la fois.

# %% tags=["nbval-check-output"]
for name in ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head"):
    doubled = GPT2Config(**plan.to_dict() | {name: 2 * getattr(plan, name)})
    print(f"{name:<12} doublé : le compte est multiplié par {french(count_parameters(doubled) / count_parameters(plan), 2)}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Avec une formule, plus besoin de télécharger un modèle pour le peser. OpenAI a publié quatre GPT-2 ; leurs plans tiennent en trois nombres. Avant d’exécuter : la largeur double à peu près du premier au dernier, la hauteur quadruple. Par combien le compte est-il multiplié ?

# %% tags=["nbval-check-output"]
shapes = {"gpt2": (12, 12, 768), "gpt2-medium": (24, 16, 1024), "gpt2-large": (36, 20, 1280), "gpt2-xl": (48, 25, 1600)}
sizes = {name: GPT2Config(n_layer=n, n_head=h, n_embd=w) for name, (n, h, w) in shapes.items()}
parameters = {"le nôtre": model.num_parameters()} | {name: count_parameters(config) for name, config in sizes.items()}
for name, config in {"le nôtre": plan, **sizes}.items():
    print(f"{name:<12}{config.n_layer:>3} étages de {config.n_embd:>4}  {french(parameters[name]):>14}")
print("du premier GPT-2 au dernier : multiplié par", french(parameters["gpt2-xl"] / parameters["gpt2"], 1))

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>La hauteur compte une fois, la largeur deux : elle est au carré dans chaque couche. Pour les étages seuls, cela ferait près de 4 × 2 × 2 = 16 ; les tableaux, eux, ne font que doubler, ou un peu plus.</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# Changer de modèle se fait sans toucher au code : c’est le rôle de `MODEL_NAME`. Avec le réseau (ou un dossier à vous), retirez les `#`, redémarrez le noyau et exécutez cette cellule **en premier** ; tout le chapitre suivra.

# %%
# import os
# os.environ["MODEL_NAME"] = "benjamin/gpt2-wechsel-french"

# %% [markdown] slideshow={"slide_type": "slide"}
# ## L’attention
#
# « La chèvre qui dort. » Qui dort ? Vous êtes revenu en arrière, sans y penser, jusqu’à « chèvre ». Un LSTM doit garder la chèvre en mémoire, mot après mot (chapitre 03). Le transformer fait comme vous : il **revient voir**.
#
# > **Attention** : pour chaque token, une moyenne de ce que disent les tokens d’avant, et lui-même, pondérée par leur intérêt pour lui.
#
# Chaque token prépare trois petites listes de nombres : une **requête** (ce que je cherche), une **clé** (ce que je suis), une **valeur** (ce que j’ai à dire).
#
# Faisons-le à la main. Deux nombres par mot : « nom », puis « déterminant ».

# %%
words = ["la", "chèvre", "qui", "dort"]
k = torch.tensor([[0.0, 1], [1, 0], [0, 0], [0, 0]])  # « la » est un déterminant, « chèvre » un nom
q = torch.tensor([[4.0, 0], [0, 4], [4, 0], [4, 0]])  # « la » cherche un nom, « chèvre » un déterminant…

# %% [markdown] slideshow={"slide_type": "subslide"}
# Requête contre clé, un produit pour chaque paire : c’est la note d’intérêt. Lisez la dernière ligne : que cherche « dort », et chez qui le trouve-t-il ?

# %% tags=["nbval-check-output"]
pd.DataFrame((q @ k.T).int().tolist(), index=words, columns=words)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : le calcul se fait au tableau, une ligne à la fois, par la salle. L’équation ne vient qu’après.

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>« dort » cherche un nom, et le trouve chez « chèvre » : c’est la seule note qui ne soit pas nulle.</details>
#
# Et la première ligne ? « la » voudrait bien regarder « chèvre ». Mais le modèle apprend à **deviner la suite** : s’il pouvait regarder plus loin, il copierait la réponse. On lui cache donc tout ce qui vient après : c’est le **masque** causal.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Une boîte à outils
#
# Dix minutes pour qui n’a jamais manié de tableaux ; sinon, passez. Voici un tableau de trois lignes et trois colonnes. **Avant d’exécuter** : que garde `triu(diagonal=1)`, la diagonale ou ce qui est au-dessus ? Que devient une case où `masked_fill` a mis −∞, une fois passée par le softmax ?

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
grid = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
hidden = torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1)
masked = grid.masked_fill(hidden, -torch.inf)
tools = {
    "grid.transpose(-2, -1) : lignes et colonnes échangées": grid.transpose(-2, -1),
    "torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1) : vrai au-dessus de la diagonale": hidden.int(),
    "grid.masked_fill(hidden, -torch.inf) : −∞ là où c’est vrai": masked,
    "masked.softmax(dim=-1) : des parts, ligne par ligne": masked.softmax(dim=-1),
}
for tool, result in tools.items():
    print(tool, *(f"{row}" for row in result.numpy().round(2)), "", sep="\n")

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 4.2 -->
#
# Restent deux détails. Les notes sont divisées par la racine de la largeur, pour ne pas grandir avec elle ; et le softmax, que vous connaissez depuis le chapitre 03, en fait des parts qui totalisent 1.


# %% tags=["exercise"]
@exercise("4.2")
def causal_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Return what each token gathers from itself and the tokens before it.

    Each query is compared with every key (dot product, divided by the square root of their width), the future is hidden,
    softmax turns the scores into weights that sum to 1, and the values are mixed with these weights.

    Args:
        q, k, v: queries, keys, values, ``(…, tokens, width)`` each.

    Returns:
        ``(…, tokens, width)``.

    Source: Vaswani et al., « Attention Is All You Need » (2017), equation 1.
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(diagonal=1)
    weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
    return weights @ v


# %% [markdown] slideshow={"slide_type": "subslide"}
# Une astuce pour voir les parts elles-mêmes : si la valeur du premier mot est (1, 0, 0, 0), celle du deuxième (0, 1, 0, 0)… alors le mélange *est* la liste des parts. Avant d’exécuter : sur qui « la » va-t-il se rabattre ?

# %%
plots.attention_map(words, causal_attention(q, k, torch.eye(4)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Sur lui-même : il n’a personne d’autre. « chèvre » retrouve son déterminant, « qui » et « dort » retrouvent la chèvre. Personne ne voit la partie hachurée.</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# PyTorch possède la même fonction, écrite pour aller vite. Les deux doivent être d’accord, sur n’importe quels nombres :

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
a, b, c = torch.randn(3, 1, 4, 10, 16)  # une phrase, 4 têtes, 10 tokens, 16 nombres
theirs = torch.nn.functional.scaled_dot_product_attention(a, b, c, is_causal=True)
torch.allclose(causal_attention(a, b, c), theirs, atol=1e-5)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Dans la tête d’un vrai modèle
#
# Personne n’écrit de requêtes à la main : le modèle a appris les siennes. Pour les voir, il faut le charger dans sa version lente, `"eager"` ; la version rapide ne garde pas les parts.

# %%
with without_bars():
    looker = AutoModelForCausalLM.from_pretrained(model.name_or_path, dtype=torch.float32, attn_implementation="eager")


def attentions(sentence):
    ids = tokenizer(sentence, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        maps = looker(ids, output_attentions=True).attentions  # une carte par couche : (1, têtes, tokens, tokens)
    return [tokenizer.decode([i]) for i in ids[0]], torch.stack(maps)[:, 0]


# %% [markdown] slideshow={"slide_type": "subslide"}
# Une phrase, toutes les têtes de toutes les couches. Avant d’exécuter : que veulent dire, dans l’ordre, ces quatre nombres ?

# %% tags=["nbval-check-output"]
sentence = "Le meunier prit son bâton, et il sortit."
seen, maps = attentions(sentence)
print(tuple(maps.shape))

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Les couches, les têtes, et un carré : qui regarde, qui est regardé.</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# Il y a souvent une tête qui regarde surtout **le token juste avant** : très utile pour recoller les mots coupés. On la reconnaît à sa diagonale décalée d’un cran, nette dans un grand modèle, plus floue dans un petit. Cherchons celle qui s’en approche le plus.

# %%
previous = maps.diagonal(-1, dim1=-2, dim2=-1).mean(-1)  # ce que chaque tête donne, en moyenne, au token d’avant
layer, head = divmod(int(previous.argmax()), maps.shape[1])
share = french(100 * previous.max().item(), 0)
plots.attention_map(seen, maps[layer, head], f"Couche {layer + 1}, tête {head + 1} : {share} % au token d’avant")

# %% [markdown] slideshow={"slide_type": "subslide"}
# À vous de fouiller. Écrivez votre phrase (Entrée pour la valider) et promenez les curseurs. Pour chercher : quelles têtes se rabattent sur le tout premier token, faute de mieux ? Dans votre phrase, qui regarde le sujet ?


# %%
def look(sentence, layer, head):
    seen, maps = attentions(sentence)
    display(plots.attention_map(seen, maps[layer - 1, head - 1], f"Couche {layer}, tête {head}"))


box = Text(value="La chèvre qui dort a mangé un chapeau.", description="Phrase", continuous_update=False)
layers = WholeSlider(1, min=1, max=len(maps), description="Couche")
heads = WholeSlider(1, min=1, max=maps.shape[1], description="Tête")
_ = interact(look, sentence=box, layer=layers, head=heads)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Pour comparer avec vos trouvailles : la tête qui se rabat le plus sur le premier token, dans la phrase du meunier.

# %%
fallback = maps[:, :, 1:, 0].mean(-1)  # ce que les autres tokens donnent au premier, en moyenne
layer, head = divmod(int(fallback.argmax()), maps.shape[1])
print(f"couche {layer + 1}, tête {head + 1} : {french(100 * fallback.max().item(), 0)} % au premier token")

# %% [markdown]
# Une mise en garde : une carte d’attention dit où le modèle *regarde*, pas ce qu’il *pense*. C’est un indice, rarement une explication.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Un token à la fois
#
# Tout en haut du dessin sortent des notes, une par token du vocabulaire. Pour écrire, on choisit un token, on l’ajoute à la fin, et on relit tout. Voici la boucle entière, en prenant toujours la meilleure note :

# %%
ids = tokenizer("Le meunier ouvrit la porte", return_tensors="pt")["input_ids"].to(model.device)
for _ in range(12):
    with torch.inference_mode():
        scores = model(ids).logits[0, -1]
    ids = torch.cat([ids, scores.argmax().reshape(1, 1)], dim=1)
print(tokenizer.decode(ids[0]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# > **Autorégressif** : qui écrit un token à la fois, en relisant ce qu’il vient d’écrire. Un token choisi ne se reprend plus.
#
# Toujours la meilleure note, c’est sage et vite monotone ; le chapitre 05 fera mieux. GPT-2 n’est d’ailleurs pas le seul plan possible :
#
# | famille | ce qui change | pour quoi faire |
# |---|---|---|
# | **GPT** | le décodeur seul : chacun ne voit que le passé | écrire la suite |
# | **BERT** | l’encodeur seul : chacun voit toute la phrase, et devine des mots masqués | classer, chercher, étiqueter |
# | **T5** | un encodeur qui lit tout, un décodeur qui écrit en le consultant | traduire, résumer |
# | **LLaMA** | un GPT modernisé : positions tournantes, normalisation plus simple, bien plus de texte | écrire, et converser après une autre spécialisation |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Mesurer avant de toucher
#
# « Il écrit bien » ne se compare pas. Il nous faut un nombre. Prenons une phrase et demandons, à chaque place, quelle probabilité le modèle donnait au token **qui est vraiment venu**.

# %%
ids = tokenizer("Le lendemain matin, le charretier perdit ses sabots.", return_tensors="pt")["input_ids"].to(model.device)
with torch.inference_mode():
    scores = model(ids).logits[0, :-1].float()  # les notes données à chaque place, sauf après la dernière
given = scores.softmax(-1).gather(-1, ids[0, 1:, None])[:, 0].tolist()

# %% [markdown] slideshow={"slide_type": "subslide"}
# Une probabilité de 1 : aucune surprise. Une probabilité minuscule : une grande surprise. On la mesure par −ln(probabilité). Avant d’exécuter : où le modèle sera-t-il le plus surpris, au début ou à la fin d’un mot coupé ?

# %%
read = [tokenizer.decode([i]) for i in ids[0, 1:]]
plots.surprise(read, given)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Votre pari, en chiffres : la surprise moyenne devant un début de mot, et devant ce qui le continue.

# %%
surprises = {"début de mot": [], "suite d’un mot": [], "ponctuation": []}
for piece, p in zip(read, given, strict=True):
    sort = "début de mot" if piece[0] == " " else "suite d’un mot" if piece[0].isalpha() else "ponctuation"
    surprises[sort].append(-math.log(p))
for sort, found in surprises.items():
    print(f"{sort:<15}{french(sum(found) / len(found), 2) if found else '(aucun)'}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# La moyenne de ces surprises a un nom. C’est elle, et rien d’autre, que l’entraînement fera descendre.
#
# > **Entropie croisée** (*cross-entropy*) : la surprise moyenne devant le token qui vient. Pour un modèle de langue, c’est **la perte**.

# %%
loss = torch.nn.functional.cross_entropy(scores, ids[0, 1:]).item()
by_hand = sum(-math.log(p) for p in given) / len(given)
print("par PyTorch :", french(loss, 4), "  à la main :", french(by_hand, 4))

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 4.3 -->
#
# Une perte de 3, est-ce beaucoup ? Personne ne pense en logarithmes. On préfère dire entre combien de tokens, également probables, le modèle *hésite*.
#
# > **Perplexité** : l’exponentielle de la perte. 1 : aucune hésitation ; 100 : comme un dé à cent faces.


# %% tags=["exercise"]
@exercise("4.3")
def perplexity(loss: float, tokens: int = 1) -> float:
    """Return among how many equally likely tokens the model hesitates, on average: ``exp(loss)``.

    ``loss`` is the cross-entropy of the next token, in nats: its mean or, with ``tokens``, its sum over so many tokens.
    """
    return math.exp(loss / tokens)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Quelle perplexité pour celui qui tire au hasard parmi tout le vocabulaire, et dont la perte est donc ln(nombre de tokens) ? Prévoyez, puis exécutez.

# %% tags=["nbval-check-output"]
print(round(perplexity(math.log(len(tokenizer)))), "pour le hasard")
print(round(perplexity(0)), "pour qui saurait tout d’avance")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Plaçons notre modèle entre ces deux bornes, sur le livre d’examen, que personne n’a lu. Il lit par fenêtres qui se chevauchent : passé le début, chaque token est jugé avec une demi-fenêtre de contexte au moins.


# %%
def hesitation(network, text):
    return perplexity(negative_log_likelihood(network, tokenizer, text), len(encode_text(tokenizer, text)))


before = hesitation(model, exam)
print("GPT-2 de base : il hésite entre", french(before, 1), "tokens")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Est-ce mieux que de simples statistiques ? Un modèle de **trois-grammes** compte, dans nos livres, ce qui suit chaque paire de tokens. Il n’a aucun neurone, mais il a lu nos livres, et le GPT-2 de l’atelier, non. (D’un modèle téléchargé, on ne le sait pas toujours.) Qui l’emporte ?

# %% tags=["nbval-check-output"]
train_ids, exam_ids = encode_text(tokenizer, steps.text("train")), encode_text(tokenizer, exam)
trigrams = NgramModel(3, len(tokenizer)).fit(train_ids).nats(exam_ids)
for name, nats in {"hasard": uniform_nats(len(exam_ids), len(tokenizer)), "3-grammes": trigrams}.items():
    hesitates, bits = perplexity(nats, len(exam_ids)), bits_per_character(nats, len(exam))
    print(f"{name:<11}{french(hesitates, 1):>8} tokens   {french(bits, 2)} bits par caractère")

# %% [markdown]
# Le verdict, avec la perplexité de GPT-2, mesurée plus haut :

# %%
statistics = perplexity(trigrams, len(exam_ids))
print("l’emporte :", "GPT-2 de base" if before < statistics else "les 3-grammes")

# %% [markdown]
# La seconde colonne, les **bits par caractère**, vous l’avez rencontrée au chapitre 03 : elle ne dépend pas de la façon de couper le texte, et sert à comparer des modèles qui n’ont pas les mêmes tokens.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Choisir les réglages
#
# Le texte est mis bout à bout puis coupé en blocs, sans perdre un token (chapitre 02). Il n’y a rien à étiqueter : la réponse à chaque question est le token d’après. **Le texte est sa propre correction.**

# %% tags=["nbval-check-output"]
train_blocks = pack(train_ids, steps.block_size(model))
validation_blocks = pack(encode_text(tokenizer, steps.text("validation")), steps.block_size(model))
print(len(train_blocks), "blocs à apprendre,", len(validation_blocks), "pour surveiller, de", steps.block_size(model), "tokens")

# %% [markdown]
# Trois réglages comptent vraiment. Vous les avez manipulés sur les chats et les chiens :
#
# > **Taux d’apprentissage** : la longueur d’un pas. Ici, le modèle sait déjà écrire : trop long, il oublie ; trop court, il n’apprend rien.
#
# > **Lot** (*batch*) : les blocs que l’on regarde avant de faire un pas. **Époque** : une lecture complète des blocs.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 4.4 -->
#
# Décidez, en remplaçant les points par `FineTuning(learning_rate=…, batch_size=…, epochs=…)`, avec vos trois nombres. Toutes les valeurs raisonnables sont acceptées, et ce sont les vôtres qui serviront.

# %% tags=["exercise"]
recipe = answer("4.4", FineTuning(learning_rate=0.0006, batch_size=8, epochs=4))

# %% [markdown]
# Combien de pas cela fera-t-il ? Calculez-le de tête, à peu près, avant d’exécuter.

# %%
updates = math.ceil(recipe.epochs * math.ceil(len(train_blocks) / recipe.batch_size))
updates = min(updates, recipe.max_steps)  # une longue étagère ne doit pas faire attendre la salle
print(updates, "pas")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Voici les réglages complets, tels que `transformers` les attend. Ne les apprenez pas par cœur : lisez la raison de chacun.

# %% slideshow={"slide_type": "subslide"}
gpu, half = device().type == "cuda", half_precision()
arguments = TrainingArguments(
    output_dir=str(steps.folder("essais")),
    max_steps=updates,  # un pas par lot, autant d’époques que choisi
    per_device_train_batch_size=recipe.batch_size,  # un exemple : du bruit ; une époque : du sommeil
    learning_rate=recipe.learning_rate,  # le réglage qui décide de tout
    lr_scheduler_type="cosine",  # de grands pas d’abord, puis de plus en plus petits
    warmup_steps=round(recipe.warmup_ratio * updates),  # les premières pentes sont les moins sûres
    weight_decay=recipe.weight_decay,  # ramène un peu les poids vers zéro, contre le par cœur
    optim="adamw_torch_fused",  # AdamW : chaque poids a son propre pas, selon ses pentes passées
    max_grad_norm=1.0,  # une page étrange ne doit pas tout renverser
    bf16=half is torch.bfloat16,  # deux octets au lieu de quatre, si la machine sait faire
    fp16=half is torch.float16,  # la même chose, sur une carte graphique plus ancienne
    use_cpu=not gpu,
    eval_strategy="steps",  # regarder régulièrement le texte de surveillance…
    eval_steps=math.ceil(updates / recipe.evaluations),
    save_steps=math.ceil(updates / recipe.evaluations),  # … et sauvegarder au même moment
    save_total_limit=2,  # la meilleure sauvegarde et la dernière
    load_best_model_at_end=True,  # le dernier modèle n’est pas toujours le meilleur
    seed=recipe.seed,  # même graine, même modèle
    report_to="none",  # rien ne sort de cette machine
    disable_tqdm=True,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Deux lignes demandent un dessin : l’échauffement (*warmup*) et la descente en cosinus. Où les pas sont-ils les plus longs ?

# %%
from transformers import get_cosine_schedule_with_warmup

optimiser = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=recipe.learning_rate)
factor = get_cosine_schedule_with_warmup(optimiser, arguments.warmup_steps, updates).lr_lambdas[0]
plots.schedule([recipe.learning_rate * factor(step) for step in range(updates + 1)])

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>À la fin de l’échauffement. Ensuite ils raccourcissent, jusqu’à presque rien : de quoi se poser sans rebondir.</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Entraîner
#
# Une règle d’or : **un échantillon de texte avant, et à chaque étape**. La perte dit que cela progresse ; le texte dit vers quoi. Le voici avant :


# %%
def sample(network):
    sampling = Sampling(temperature=0.8, top_p=0.9, max_new_tokens=50, seed=1)
    return typeset(steps.PROMPT + generate(Gpt2Writer(network, tokenizer), steps.PROMPT, sampling))


print(textwrap.fill(sample(model), 100))

# %% [markdown] slideshow={"slide_type": "subslide"}
# C’est parti : une minute environ avec nos contes, deux ou trois avec de vrais romans, sur deux cœurs ; la courbe se dessine sous la cellule. Vous pouvez l’interrompre avec le carré ■ et relancer la cellule : elle reprendra où elle en était. Si ce modèle a déjà été entraîné sur cette machine avec les mêmes réglages, il est simplement relu.
#
# (`steps.specialised_model` fait travailler le `Trainer` de transformers avec les réglages que vous venez de lire ; vous construirez le vôtre un peu plus bas.)

# %%
specialised, _ = steps.specialised_model(recipe, sample, [plots.LiveCurve()])

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : lancez d’abord, expliquez ensuite : l’entraînement dure à peu près le temps de raconter les trois réglages.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Avant d’exécuter la suite : la courbe de validation, celle du texte de surveillance, descendra-t-elle aussi bas que celle d’entraînement ?

# %%
history = steps.training_history()
lowest = {key: min(row[key] for row in history if key in row) for key in ("loss", "eval_loss")}
print("au plus bas, entraînement :", french(lowest["loss"], 2), "  validation :", french(lowest["eval_loss"], 2))
plots.loss_curves(history)

# %% [markdown] slideshow={"slide_type": "subslide"}
# L’étoile marque le point où le modèle prévoit le mieux un texte qu’il n’a pas appris : c’est ce modèle-là que l’on garde. Si la courbe d’entraînement (bleue, à points ronds) continue seule à descendre, le modèle commence à réciter (chapitre 03).
#
# Et le texte, étape par étape, avec le même début et la même graine. À quel moment l’accent du pays arrive-t-il ? (Si celui du pas 0 n’est pas celui que vous avez lu avant, rien n’a encore été appris : pendant l’entraînement, une machine qui sait le faire calcule sur deux octets au lieu de quatre, et un arrondi suffit à faire tomber le dé autrement.)

# %% slideshow={"slide_type": "subslide"}
for row in history:
    if "text" in row:
        print(f"— pas {row['step']} —\n{textwrap.fill(' '.join(row['text'].split()), 100)}\n")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Une dernière prudence. Le texte de surveillance est la fin des livres mêmes que le modèle apprend ; il ne peut donc pas dénoncer un modèle qui s’attache à *ces* livres, à leurs personnages, à leurs lieux. L’atelier recule un peu : du modèle de base à celui de l’étoile, il ne garde qu’environ deux tiers du chemin, poids par poids (`interpolation`). Ce que toutes les pages demandent mène loin, dans une même direction ; ce qu’une page seule réclame est du bruit. En reculant, on perd moins du premier que du second.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Arrêter, reprendre
#
# Une coupure de courant à la cinquante-neuvième minute, et l’heure est perdue ? Non, si l’on sauvegarde. Répétons l’accident sur un petit entraînement de douze pas, sauvegardé tous les quatre pas. Ce petit assistant appuie sur ■ pour nous, pendant le sixième :


# %%
class StopButton(TrainerCallback):
    """Press ■ at the beginning of the sixth step."""

    def on_step_begin(self, args, state, control, **_):
        if state.global_step == 5:
            signal.raise_signal(signal.SIGINT)


# %% [markdown]
# Les quatre premiers pas seront sauvegardés ; le sixième, interrompu. Que restera-t-il ?

# %%
rehearsal = FineTuning(max_steps=12, evaluations=3, evaluation_blocks=8)
place = steps.folder("repetition")
first = fine_tune(copy.deepcopy(model), tokenizer, train_blocks, validation_blocks, place, rehearsal, callbacks=[StopButton()])
print("terminé ?", first.finished)

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 4.5 -->
#
# Si nous relançons la même cellule, combien de pas seront déjà faits ? Répondez avec ce que contient `first`.

# %% tags=["exercise"]
kept = answer("4.5", first.steps)

# %% [markdown]
# Relançons, cette fois sans accident ; puis, pour comparer, un entraînement que rien n’a interrompu. Les dernières pertes seront-elles les mêmes ?

# %%
resumed = fine_tune(copy.deepcopy(model), tokenizer, train_blocks, validation_blocks, place, rehearsal)
straight = fine_tune(copy.deepcopy(model), tokenizer, train_blocks, validation_blocks, steps.folder("dune-traite"), rehearsal)
for name, result in {"repris": resumed, "d’une traite": straight}.items():
    print(f"{name:<13}", " · ".join(french(row["eval_loss"], 3) for row in result.history if "eval_loss" in row))

# %% [markdown]
# Si les deux lignes sont les mêmes, jusqu’au dernier chiffre, ce n’est pas un hasard : l’ordre des blocs, l’état de l’optimiseur et celui du hasard sont dans la sauvegarde, avec les poids. C’est ce qui la rend lourde, et c’est ce qui fait d’une reprise une vraie reprise.
#
# Une vraie coupure de courant, elle, ne prévient pas : le sixième pas n’aurait pas été sauvegardé, et l’on repartirait du quatrième. On perd au plus ce qui suit la dernière sauvegarde.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Et si l’on avait choisi autrement ?
#
# Essayons, sur des entraînements de quelques secondes. Voici le `Trainer`, cette fois de vos mains : un modèle, des réglages, des exemples. La colonne `labels` est la copie du texte : le modèle la décale lui-même d’un cran. Pour que si peu de pages laissent une trace mesurable, elles viennent du début de vos livres, et la page de surveillance, de la fin des mêmes.


# %%
first_pages, watched = train_blocks[:-1][:256], steps.text("validation")[:60_000]


def short_run(learning_rate, batch_size, blocks=64):
    """Let a copy of the base model read some blocks; return its losses, then its perplexity on the validation text."""
    changes = {"lr_scheduler_type": "constant", "warmup_steps": 0, "eval_strategy": "no", "save_strategy": "no"}
    changes |= {"max_steps": blocks // batch_size, "load_best_model_at_end": False, "logging_steps": 1}
    held = min(batch_size, 8)  # en mémoire à la fois ; au-delà, on additionne les pentes de plusieurs lots avant le pas
    changes |= {"per_device_train_batch_size": held, "gradient_accumulation_steps": batch_size // held}
    trainer = Trainer(
        model=copy.deepcopy(model),
        args=dataclasses.replace(arguments, learning_rate=learning_rate, **changes),
        train_dataset=[{"input_ids": block, "labels": block} for block in first_pages],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    return losses, hesitation(trainer.model.eval(), watched)


# %% [markdown] slideshow={"slide_type": "subslide"}
# D’abord le taux : trente fois plus petit que celui de l’atelier, le même, trente fois plus grand. **Avant d’exécuter**, écrivez votre pronostic pour chacun : pire qu’avant, pareil, mieux ?

# %%
ours = FineTuning()
trials = {name: short_run(ours.learning_rate * times, 8) for name, times in {"÷ 30": 1 / 30, "× 1": 1, "× 30": 30}.items()}

# %% [markdown]
# Les trois perplexités, sous celle du modèle auquel on n’a pas touché :

# %%
rows = {"aucun pas": hesitation(model, watched)} | {name: trial[1] for name, trial in trials.items()}
pd.DataFrame({"perplexité (surveillance)": rows}).round(1)

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 4.6 -->
#
# Remplissez le tableau, `{"÷ 30": "…", "× 1": "…", "× 30": "…"}` : pour chaque essai, « trop petit », « juste » ou « trop grand » ?

# %% tags=["exercise"]
verdict = answer("4.6", {"÷ 30": "trop petit", "× 1": "juste", "× 30": "trop grand"})

# %% [markdown] slideshow={"slide_type": "subslide"}
# Les trois courbes, avec vos verdicts. Regardez l’échelle, à gauche : où va le taux trop grand ?

# %%
plots.trainings({f"{name} : {verdict[name]}": trial[0] for name, trial in trials.items()})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Si les deux autres courbes se touchent à cette échelle, c’est le tableau qui les sépare. Avec des pas trop longs, le modèle ne se contente pas d’avancer de travers : il **oublie le français** qu’il savait. On appelle cela l’oubli catastrophique, et c’est la première cause des spécialisations ratées. Un modèle déjà entraîné se manie avec des pas plus petits qu’un modèle neuf.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Maintenant le lot. Les mêmes 64 blocs, le même taux : un bloc par pas (64 pas), huit blocs par pas (8 pas), tous les blocs en un seul pas. Lequel aura la courbe la plus nerveuse ? Lequel aura le moins appris ?

# %%
batches = {1: short_run(ours.learning_rate, 1), 8: trials["× 1"], 64: short_run(ours.learning_rate, 64)}
rows = [(64 // size, round(reached, 1)) for size, (_, reached) in batches.items()]
pd.DataFrame(rows, pd.Index(batches, name="blocs par pas"), ["pas", "perplexité"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Pour comparer les courbes, comptons en blocs lus, et non en pas :

# %%
curves = {f"{size} bloc{'s' * (size > 1)} par pas": losses for size, (losses, _) in batches.items()}
read = {name: [size * (i + 1) for i in range(64 // size)] for name, size in zip(curves, batches, strict=True)}
plots.trainings(curves, read, "blocs lus")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Un pas par exemple : la courbe tremble, car chaque page tire de son côté. Comparez sa perplexité à celle du modèle intact (« aucun pas », plus haut). Plus basse ? Les pas étaient assez petits pour que leurs erreurs se compensent. Plus haute ? Ils l’ont déréglé : avec un si petit lot, il faudrait un taux plus petit. Surtout, une machine est faite pour travailler par lots : sur un GPU, un bloc seul prend souvent presque autant de temps que huit, et l’époque durerait alors bien plus longtemps. Un pas par époque : une direction très sûre, mais un seul pas ; il faudrait relire tous les livres pour en faire un deuxième. Entre les deux, quelques blocs : assez pour une direction honnête, assez peu pour avancer souvent.
#
# Les deux réglages se tiennent : un lot plus grand donne une direction plus sûre, et supporte un pas plus long.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Avant, après
#
# L’examen, le même livre qu’au début :

# %%
after = hesitation(specialised, exam)
print("avant :", french(before, 1), "tokens   après :", french(after, 1), "tokens")

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 4.7 -->
#
# Dites ce progrès en une seule part : de combien la perplexité a-t-elle baissé, en proportion ? Écrivez le calcul avec `before` et `after`.

# %% tags=["exercise"]
gain = answer("4.7", 1 - after / before)

# %% [markdown]
# En pour cent, cela se lit mieux :

# %%
print("perplexité :", french(100 * gain, 1), "% de moins")

# %% [markdown]
# Est-ce beaucoup ? Cela dépend de ce qu’il lui restait à apprendre. Plus vos livres ressemblent à ceux qu’il avait déjà lus, plus la part est d’ordinaire modeste : de vrais romans du XIXᵉ siècle, par exemple, ne lui apprennent souvent qu’une manière.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Tous les modèles de l’atelier, sur le même livre. (Si vous n’êtes pas passé par le chapitre 03, son réseau est entraîné maintenant : une à deux minutes sur deux cœurs.)

# %%
table = steps.comparison(specialised)
pd.DataFrame([dataclasses.asdict(row) for row in table]).set_index("model").round(2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Rangés du meilleur au moins bon :

# %% tags=["nbval-check-output"]
for rank, row in enumerate(sorted(table, key=lambda row: row.bits_per_character), 1):
    print(f"{rank}  {row.model}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et en image. Combien de bits un vrai modèle de langue épargne-t-il à chaque lettre ?

# %%
figures = {row.model: row.bits_per_character for row in table}
saved = figures["3-grammes (Kneser-Ney)"] - min(figures.values())
print("du meilleur aux 3-grammes :", french(saved, 2), "bit par caractère")
plots.model_comparison(figures)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Le même début, deux plumes
#
# Voilà pour les chiffres. Lisons. Même début, même graine, mêmes réglages : seul le modèle change.

# %%
prompts = ["— Bonsoir, dit", "Le lendemain, au village,", "La vieille posa son panier et", "On raconte que cette nuit-là"]
prompts += [
    "Le soir, à la veillée,",
    "— Écoutez bien, reprit",
    "Il n’y avait plus de farine, et",
    "Les enfants coururent jusqu’à",
]


def write(network, prompt, seed=3):
    return prompt + generate(Gpt2Writer(network, tokenizer), prompt, Sampling(max_new_tokens=80, seed=seed))


texts = {name: [write(network, prompt) for prompt in prompts] for name, network in {"avant": model, "après": specialised}.items()}

# %% [markdown] slideshow={"slide_type": "subslide"}
# Cachez les étiquettes de la main : reconnaissez-vous l’auteur ?

# %%
for pair in list(zip(*texts.values(), strict=True))[:4]:
    for name, text in zip(texts, pair, strict=True):
        print(textwrap.fill(f"{name} │ {typeset(' '.join(text.split()))}", 100, subsequent_indent="      │ "))
    print()

# %% [markdown] slideshow={"slide_type": "subslide"}
# Noms, dialogues, mots du village : cela s’entend-il, même si l’histoire, elle, ne tient pas debout ? Un modèle de cette taille a l’accent avant d’avoir des idées. Cela se compte aussi. Appelons « mots du pays » ceux qui reviennent dans nos livres et que le tokenizer, formé ailleurs, doit couper en morceaux. Avant d’exécuter : en devinez-vous trois ?

# %%
counts = Counter(re.findall(r"(?<!['\w])[^\W\d_]+(?!['\w])", steps.text("train")))  # ni « l' », ni le « hui » d’aujourd'hui
cut = {word for word in counts if len(tokens_of(tokenizer, encode_text(tokenizer, f" {word}"))) > 1}
known = sorted((word for word in cut if counts[word] >= 5 and not word.isupper()), key=lambda word: (-counts[word], word))
lexicon = {word.lower() for word in known}
print(len(lexicon), "mots du pays :", ", ".join(known[:15]), "…")

# %% [markdown]
# Et leur part dans chaque texte. Le livre d’examen sert de repère : il est du même pays, et le modèle n’y est pour rien.

# %%
passages = {name: " ".join(written) for name, written in texts.items()} | {"livre d’examen": exam}
shares = {name: lexicon_share(text, lexicon) for name, text in passages.items()}
for name, share in shares.items():
    print(f"{name:<16}{french(100 * share, 1)} % de mots du pays")
print("après, l’accent du pays est", "plus fort" if shares["après"] > shares["avant"] else "pas plus fort qu’avant")

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Est-ce une copie ?
#
# Un modèle qui réciterait nos livres aurait lui aussi l’accent du pays. Cherchons donc, dans ce qu’il écrit, le plus long passage qui se trouve **lettre pour lettre** dans les livres appris.

# %%
library, written = steps.text("train"), "\n".join(texts["après"])
span = longest_copied_span(written, library)
print(f"{span.length} caractères : « {' '.join(span.text.split())} »")

# %% [markdown]
# D’où vient-il ? Voici la source, avec ce qui l’entoure. À partir du crochet qui ferme, le modèle a pris un autre chemin que le livre : sans quoi, le passage serait plus long.

# %%
start, end = span.source_start, span.source_start + span.length
around = library[max(0, start - 60) : start] + f"[{library[start:end]}]" + library[end : end + 60]
print("… " + textwrap.fill(" ".join(around.split()), 100) + " …")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Mais une suite de quelques mots se partage aussi sans copier. Il faut un point de comparaison : le livre d’examen, où le modèle n’est pour rien, et dont nous prenons la même longueur. Puis la contre-épreuve : un vrai plagiat.

# %%
pieces = {"le modèle": written, "le livre d’examen": exam[: len(written)], "un plagiat": library[5000 : 5000 + len(written)]}
for name, text in pieces.items():
    print(f"{name:<19}{longest_copied_span(text, library).length:>5} caractères communs, sur {len(text)}")

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : c’est la question que l’on oublie de poser. Demandez à la salle à partir de combien de caractères elle crierait au plagiat, avant de montrer les trois nombres.

# %% [markdown] slideshow={"slide_type": "fragment"}
# De quel autre le premier nombre est-il le plus près ? Tout est là. Quelques mots d’affilée, comme en partage n’importe quel auteur du pays : le modèle compose. Des phrases entières : il récite. Relancez avec plus d’époques, et surveillez ce nombre : c’est lui qui dénonce le par cœur.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### De quoi est-il devenu savant ?
#
# Il prévoit mieux nos livres. Prévoit-il mieux *le français* ? Deux textes à nous, qu’aucun modèle n’a lus : une page de ville, tout intérieure, à la manière des romans anglais des années vingt ; et un message d’aujourd’hui.

# %%
inner = """Elle traverserait, oui, elle traverserait avant que la cloche ait fini, et la rue s’ouvrait devant
elle comme une eau claire, les omnibus, les vitrines, ce monsieur qui levait son chapeau à quelqu’un
d’autre ; que la vie était donc étrange, pensa Clarisse, et brève, et pleine de gants à acheter.
Avait-elle aimé Hugh ? On ne savait pas ces choses-là ; on les posait quelque part, dans une
chambre, derrière un rideau, et vingt ans plus tard le rideau bougeait. Une vague, puis une autre.
Le ciel, au-dessus des toits, n’avait pas d’opinion. Et voilà que le fleuriste lui souriait, les
bras chargés d’iris, et que tout, absolument tout, tenait dans cette seconde, l’odeur mouillée, la
cloche, le bleu."""

# %% slideshow={"slide_type": "subslide"}
today = """Salut, désolé pour le retard, mon train est encore annulé et l’application ne donne aucune info.
J’ai envoyé le fichier par mail hier soir, tu peux le télécharger avec le lien ; le mot de passe est
sur le groupe. Si la visio ne marche pas, redémarre ton ordinateur, puis vérifie le wifi. On a reçu
les chiffres du trimestre : les ventes en ligne montent, le magasin du centre commercial stagne. Le
client voudrait une version pour téléphone avant la fin du mois, ce qui me paraît compliqué vu le
budget. Je passe prendre des pâtes et du café au supermarché en rentrant, dis-moi s’il manque autre
chose. À demain au bureau, bonne soirée, bises."""

# %% [markdown] slideshow={"slide_type": "subslide"}
# Ces textes, les deux modèles. Avant d’exécuter, classez les progrès. En voyez-vous un qui pourrait être un recul ?

# %%
pages = {"livre d’examen": exam, "roman de ville": " ".join(inner.split()), "message d’aujourd’hui": " ".join(today.split())}
pages |= steps.other_authors()  # selon vos livres : des contes, une veillée
scores = {name: (hesitation(model, text), hesitation(specialised, text)) for name, text in pages.items()}

# %% [markdown] slideshow={"slide_type": "subslide"}
# Aviez-vous le bon ordre ?

# %%
plots.before_after(scores)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Du plus grand progrès au plus petit :

# %%
changes = {name: new / old - 1 for name, (old, new) in scores.items()}
for name in sorted(changes, key=changes.get):
    print(f"{name:<22}{french(100 * changes[name], 1):>6} %", "" if changes[name] < 0 else " : un recul")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Savoir écrire du George Sand n’est pas savoir écrire du Virginia Woolf.** D’ordinaire, le progrès va d’abord au texte qui ressemble à la leçon, et il s’amincit, ou se retourne, à mesure que l’on s’en éloigne : relisez votre liste. Chaque chiffre de ce chapitre vaut pour *ce* livre d’examen, *ces* livres appris, *cette* langue. Quand vous lirez « notre modèle est meilleur de tant », demandez : sur quoi ?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Bonus : la distance entre deux textes
#
# On pourrait vouloir juger un modèle autrement : en comptant ses fautes, comme à la dictée. Voici un paragraphe, le même avec des fautes, et le même écrit comme il se prononce.

# %%
dictation = {
    "correct": "Le vieux sonneur monta au clocher, compta les marches et s’assit pour attendre la neige.",
    "fautif": "Le vieu soneur monta aux clochés, conta les marche et s’assi pour attendre la nège.",
    "phonétique": "Leu vieu soneur monta o cloché, konta lé marche é sassi pour atandre la nèje.",
}

# %% [markdown]
# > **Distance d’édition** (ou de Levenshtein) : le plus petit nombre de lettres à ajouter, effacer ou remplacer pour passer d’un texte à l’autre.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 4.8 -->
#
# Remplissez d’abord, sur un papier, le tableau de « chat » et « chien » : une ligne pour chaque début du premier (rien, c, ch…), une colonne pour chaque début du second, et dans chaque case, combien de retouches mènent de l’un à l’autre. Puis apprenez-le à Python.


# %% tags=["exercise"]
@exercise("4.8")
def edit_distance(a: Sequence, b: Sequence) -> int:
    """Return how many insertions, deletions and substitutions turn ``a`` into ``b`` (strings, or lists of words).

    Each row of the table holds the distances between a beginning of ``a`` and all beginnings of ``b``.
    Source: Levenshtein (1965); table by Wagner and Fischer, « The String-to-String Correction Problem » (1974).
    """
    row = list(range(len(b) + 1))  # from nothing to each beginning of b: insertions only
    for i, left in enumerate(a, start=1):
        above, row = row, [i]
        for j, right in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (left != right)))
    return row[-1]


# %% [markdown] slideshow={"slide_type": "subslide"}
# Comptons, en lettres puis en mots : la même fonction sert aux deux, puisqu’une liste de mots est une suite comme une autre.

# %% tags=["nbval-check-output"]
for name, text in dictation.items():
    letters, whole_words = edit_distance(dictation["correct"], text), edit_distance(dictation["correct"].split(), text.split())
    print(f"{name:<11}{letters:>3} lettres{whole_words:>4} mots")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Pourquoi ne pas entraîner le modèle à réduire cette distance ? Regardez trois phrases qu’il aurait pu écrire, comparées à celle du livre. Laquelle préférez-vous ? Laquelle est la plus « proche » ?

# %% tags=["nbval-check-output"]
book = "La nuit tombait sur le moulin."
for text in ("La puit tombait sur le moulon.", "Le soir descendait sur la rivière.", "La nuit tombait sur le Moulin."):
    print(f"{edit_distance(book, text):>3}  {text}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Entre le charabia qui ressemble et la belle phrase qui diffère, la distance choisit le charabia : elle compare des lettres, pas des sens. Et surtout elle ne connaît que des nombres entiers : bougez un poids d’un millième, le texte ne change pas, la distance non plus. **Aucune pente, donc aucune direction où descendre.** L’entropie croisée, elle, bouge avec le moindre poids. Que pense-t-elle de notre dictée ?

# %%
for name, text in dictation.items():
    bits = bits_per_character(negative_log_likelihood(model, tokenizer, text), len(text))
    print(f"{name:<11}{french(bits, 2)} bits par caractère")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Avec un GPU
#
# Les mêmes cellules, un plus grand modèle : sur une machine qui a un GPU, l’atelier charge de lui-même un GPT-2 français de 124 millions de paramètres (ou celui de `MODEL_NAME`), calcule sur deux octets (bf16, ou fp16 sur une carte plus ancienne), et coupe les lots en deux si la mémoire vient à manquer. Durée : non mesurée ici.
#
# Combien de mémoire faut-il ? Pour chaque paramètre : sa valeur, sa pente, et les deux moyennes que tient l’optimiseur AdamW ; quatre nombres de quatre octets, sans compter les calculs en cours.

# %% tags=["nbval-check-output"]
for name, count in parameters.items():
    print(f"{name:<12}{french(16 * count / 2**30, 2):>7} Gio pour l’entraîner")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et ce qui a vraiment servi, sur cette machine :

# %%
if torch.cuda.is_available():
    most = torch.cuda.max_memory_allocated() / 2**30
    print(f"{torch.cuda.get_device_name()} : {french(most, 1)} Gio au plus fort")
else:
    print("Pas de GPU ici : tout s’est passé sur le processeur.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce que vous savez maintenant
#
# - Un GPT-2 est un plan de quelques lignes et beaucoup de nombres ; vous savez les compter.
# - L’attention : chaque token revient voir ceux d’avant, et mélange ce qu’ils disent ; le futur est caché.
# - La perte est la surprise moyenne ; la perplexité dit entre combien de tokens on hésite.
# - On mesure **avant**, sur un livre que personne n’a lu, et à côté de modèles très simples.
# - Le taux d’apprentissage décide : trop grand, le modèle oublie ; trop petit, il n’apprend rien.
# - Un entraînement s’arrête et se reprend sans rien perdre.
# - Un progrès se prouve trois fois : un chiffre, un texte que l’on lit, et la preuve que ce n’est pas une copie.
# - Et il ne vaut que pour ce que l’on a mesuré.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trois questions pour finir
#
# Choisissez, puis dépliez votre réponse.
#
# **1. Pendant l’entraînement, pourquoi cacher les tokens qui suivent ?**
#
# <details><summary>a) Pour que le calcul soit plus court.</summary>Non : avec le masque, on calcule souvent tout le tableau, puis on en efface la moitié. La raison est ailleurs.</details>
# <details><summary>b) Parce que la réponse à deviner est justement le token suivant.</summary>Oui ! S’il le voyait, il n’aurait qu’à le recopier ; sa perte serait nulle, et il ne saurait rien écrire le jour où personne ne lui souffle.</details>
# <details><summary>c) Parce que l’on lit de gauche à droite.</summary>C’est une habitude, pas une raison : BERT regarde des deux côtés, et s’en sert très bien pour classer des textes. Mais il n’écrit pas la suite.</details>
#
# **2. La perte d’entraînement descend toujours, celle de surveillance remonte depuis un moment. Que faire ?**
#
# <details><summary>a) Continuer : la perte d’entraînement est la vraie.</summary>Elle dit qu’il connaît de mieux en mieux <em>ces</em> pages. L’autre dit qu’il devine de moins en moins bien les pages nouvelles : il récite.</details>
# <details><summary>b) Reprendre la sauvegarde où celle de surveillance était la plus basse.</summary>Oui ! C’est ce que fait <code>load_best_model_at_end</code>. La prochaine fois, moins d’époques, ou plus de livres.</details>
# <details><summary>c) Multiplier le taux d’apprentissage par trente pour le réveiller.</summary>Vous l’avez essayé : il oublierait le français. Un taux trop grand ne réveille pas, il assomme.</details>
#
# **3. Un collègue annonce : « Mon modèle a une perplexité de 12, le vôtre de 25. » Le sien est-il meilleur ?**
#
# <details><summary>a) Oui, deux fois.</summary>Rien ne le dit encore. La perplexité se compte par token : s’il coupe les mots en plus petits morceaux, chaque morceau est plus facile à deviner.</details>
# <details><summary>b) On ne peut jamais comparer deux modèles.</summary>Si, avec une mesure qui ne dépend pas des tokens : les bits par caractère, sur le même texte.</details>
# <details><summary>c) Il faut savoir sur quel texte, et avec quels tokens.</summary>Oui ! Le même livre d’examen, jamais lu par aucun des deux, et des bits par caractère. Ensuite seulement, on lit ce qu’ils écrivent.</details>
