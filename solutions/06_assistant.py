# %% [raw] tags=["front"]
# title = "Un assistant"
# minutes = 35
# room = ["6.3", "6.4", "6.7"]
# beginner = 95
# bonus = true
# step = "texte généré"
# english = "question and answer pairs from a PDF, masked labels, LoRA beside the whole model; what is learnt by heart, what is looked up, and « je ne sais pas »"
# goals = ["faire des paires question et réponse d’un document, et les vérifier", "apprendre à un modèle à répondre, et à s’arrêter", "poser un adaptateur LoRA, et dire ce qu’il épargne", "chercher une réponse dans un document, et citer sa page", "dire « je ne sais pas », au bon moment", "garder une conversation dans une fenêtre"]

# %% [markdown] slideshow={"slide_type": "slide"}
# Au chapitre 05, notre modèle n’obéissait pas : à une question, il répondait par la suite d’un roman. Il ne lui manque pourtant que des exemples. Nous allons lui en donner, et il répondra : brièvement, poliment, avec aplomb.
#
# Reste à savoir s’il répondra *juste*. Ce chapitre tient en trois phrases, que vous allez vérifier une par une : **spécialiser apprend une forme ; chercher apporte les faits ; et un bon assistant sait dire qu’il ne sait pas.**

# %% slideshow={"slide_type": "skip"}
import copy
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import log
from pathlib import Path

import pandas as pd
import torch
from transformers import DataCollatorForLanguageModeling, GPT2Config, PreTrainedTokenizerBase

from workshop import steps
from workshop.assistant.conversation import ANSWER, Conversation, Turn
from workshop.assistant.documents import Passage, passages, read_pages
from workshop.assistant.lora import add_lora, bytes_to_train, counted, load_adapter, merged, save_adapter, target_modules
from workshop.assistant.pairs import key_of, load_pairs, not_json, press, problem_of
from workshop.assistant.proposals import from_model, from_url, propose
from workshop.assistant.retrieval import UNKNOWN, best_scores, choose_threshold, declined, nearest_pair, stems
from workshop.assistant.training import LORA, TEMPLATE, Recipe, continued, replies, same_answer, train
from workshop.base.errors import WorkshopError
from workshop.base.settings import settings
from workshop.base.typography import french, typeset
from workshop.exercises import answer, exercise, hint, solution
from workshop.generation import Gpt2Writer, Sampling, generate
from workshop.gpt2 import gpt2_plan, half_precision
from workshop.metrics import edit_distance

# %% [markdown]
# Le modèle de base, celui que l’atelier embarque (ou celui de `MODEL_NAME` : tout le chapitre marche avec n’importe quel modèle de langue). Posons-lui une question toute simple. Avant d’exécuter : que va-t-il écrire ?

# %%
model, tokenizer = steps.base_model()
asked = "Combien pèse la presse complète ?"
print(typeset(asked + generate(Gpt2Writer(model, tokenizer), asked, Sampling(max_new_tokens=40, seed=1))))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Un document
#
# La presse de la question existe, du moins sur le papier : c’est la Muette, une machine inventée pour ce chapitre, à la forge de Mirebrune. Son manuel tient en dix pages de PDF, que ni vous ni le modèle n’avez lues. Voici ce que contient la deuxième page, telle que le fichier la donne. **Cherchez trois choses qui gêneront une machine.**

# %% tags=["nbval-check-output"]
pages = read_pages(press() / "manual.pdf")
print(len(pages), "pages")
print(pages[1][:620])

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Un titre courant (et, tout en bas, un numéro), qui revient à chaque page ; des mots coupés en bout de ligne, parfois d’une page à l’autre ; des espaces doublées. Un PDF ne contient pas de phrases, seulement des lettres et leur place.</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# La fonction `passages` défait tout cela : ce qui se répète s’en va, les mots coupés sont recollés, et le texte est rendu article par article, chacun **avec sa page**. Ce numéro de page ne sert à rien pour apprendre ; il servira, tout à l’heure, à être cru.

# %% tags=["nbval-check-output"]
manual = passages(pages, source="manuel de la Muette")
print(len(manual), "passages")
for passage in manual[:3]:
    print(passage.quoted())

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Des paires
#
# Pour apprendre à répondre, il faut voir des réponses. Le format est presque toujours le même, pour les modèles de toutes tailles :
#
# > **JSONL** : un fichier de texte où chaque ligne est un objet JSON, ici `{"question": "…", "answer": "…"}`.
#
# Quarante faits du manuel, chacun demandé de cinq façons. Pourquoi cinq ?

# %% tags=["nbval-check-output"]
lines = (press() / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
print(len(lines), "lignes")
print(*lines[:5], sep="\n")

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 6.1 -->
#
# Un tel fichier est écrit par des gens, ou par un autre modèle ; il a des fautes. Qui s’arrête à la première oblige à recommencer vingt fois : dites-les **toutes**, avec leur numéro de ligne, et gardez les bonnes lignes.


# %% slideshow={"slide_type": "subslide"} tags=["exercise"]
@exercise("6.1")
def read_pairs(path: Path) -> tuple[list[dict], list[tuple[int, str]]]:
    """Read a JSONL file: its good pairs, and for every bad line its number (from 1) and what is wrong with it.

    A line is bad if it is not an object in JSON and UTF-8, if its question or its answer is missing, empty or no text, or if its
    question was asked before (``key_of``).  Blank lines, and the mark that Windows puts first (BOM), are no fault.
    """
    pairs, faults, asked = [], [], dict[str, int]()
    with open(path, encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                pair = json.loads(line)
                problem = problem_of(pair)
            except (ValueError, RecursionError) as error:
                problem = not_json(line, error)
            if not problem and key_of(pair["question"]) in asked:
                problem = f"cette question est déjà posée à la ligne {asked[key_of(pair['question'])]}"
            if problem:
                faults.append((number, problem))
            else:
                pairs.append(pair)
                asked[key_of(pair["question"])] = number
    return pairs, faults


# %% [markdown] slideshow={"slide_type": "subslide"}
# Essayons-la sur un fichier maltraité. Combien de lignes sont bonnes ?

# %% tags=["nbval-check-output"]
bad = [lines[0], lines[1][:-1], '{"question": "Qui frappe ?"}', lines[0], '{"question": "Où ?", "answer": " "}', "", lines[2]]
place = steps.folder("assistant")
place.mkdir(parents=True, exist_ok=True)
(place / "brouillon.jsonl").write_text("\n".join(bad), encoding="utf-8")
good, faults = read_pairs(place / "brouillon.jsonl")
print(len(good), "bonnes lignes")
for number, fault in faults:
    print(f"ligne {number} : {fault}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 6.2 -->
#
# Maintenant l’examen. Au chapitre 01, on partageait par livre. Ici, il faut que chaque fait ait été appris (sinon, comment le savoir ?), mais que la question de l’examen n’ait **jamais été lue telle quelle** : on partage par façon de demander.


# %% slideshow={"slide_type": "subslide"} tags=["exercise"]
@exercise("6.2")
def split_pairs(pairs: list[dict]) -> dict[str, list[dict]]:
    """Share out the pairs in ``train``, ``validation`` and ``test``, so that a question is learnt or asked, never both.

    Pairs with one answer (``key_of``) are wordings of one fact.  Of these, the last goes to ``test``; from four on, the last but
    one goes to ``validation``; the others, and one that is alone, to ``train``.  A question seen before (``key_of``) is left out.
    """
    facts: dict[str, list[dict]] = {}
    asked = set()
    for pair in pairs:
        question = key_of(pair["question"])
        if question not in asked:
            facts.setdefault(key_of(pair["answer"]), []).append(pair)
            asked.add(question)
    split: dict[str, list[dict]] = {"train": [], "validation": [], "test": []}
    for wordings in facts.values():
        learnt = max(1, len(wordings) - (2 if len(wordings) >= 4 else 1))
        split["train"] += wordings[:learnt]
        split["validation"] += wordings[learnt:-1]
        split["test"] += wordings[learnt:][-1:]
    return split


# %% tags=["nbval-check-output"]
parts = split_pairs(load_pairs(press() / "pairs.jsonl"))
print({name: len(part) for name, part in parts.items()})
for part in parts.values():
    print(part[0]["question"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Et si une machine écrivait les paires ?
#
# C’est ce que l’on fait pour un vrai manuel de trois cents pages : on donne chaque passage à un grand modèle, qui propose des questions et leurs réponses ; la fonction que vous avez écrite à l’exercice 6.1 trie ce qui est bien formé. Essayons avec le modèle que nous avons sous la main, sur deux passages. Combien de bonnes paires ?

# %%
try:
    proposed, faults = propose(manual[:2], from_model(model, tokenizer), place / "propositions.jsonl")
    print(len(proposed), "bonnes paires,", len(faults), "lignes refusées, dont :")
    print((place / "propositions.jsonl").read_text(encoding="utf-8").splitlines()[0][:100])
except WorkshopError as error:  # la consigne est plus longue que la page de certains petits modèles
    print(error)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Un romancier ne remplit pas de formulaires. Essayez avec un grand modèle. Par son nom sur le Hub (le dépôt de huggingface.co), c’est `MODEL_NAME`, comme au chapitre 04 ; derrière un serveur qui répond à `/v1/completions`, retirez les `#`, et mettez son adresse et le nom qu’il donne au modèle. Puis **lisez dix paires**, à voix haute : bien formée ne veut dire ni juste, ni utile.

# %% slideshow={"slide_type": "skip"}
# ask = from_url("http://127.0.0.1:8000", "gpt2")
# proposed, faults = propose(manual, ask, place / "propositions.jsonl")
# for pair in proposed[:10]:
#     print(pair["question"], "→", pair["answer"])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Un exemple
#
# Le modèle ne connaît ni question ni réponse : il continue un texte. Il suffit donc de choisir un texte dont la suite *est* la réponse, et d’en montrer cent vingt de la même forme. La forme compte peu ; qu’elle soit **toujours la même**, beaucoup.

# %% tags=["nbval-check-output"]
print(TEMPLATE.format(question="Combien pèse le bâti seul ?"), "410 kilogrammes", tokenizer.eos_token)

# %% [markdown] slideshow={"slide_type": "subslide"}
# > **Marque de fin** : le token qui dit « j’ai fini ». Le modèle n’a pas d’autre moyen de se taire.
#
# <!-- exercise: 6.3 -->
#
# Écrivez ce texte en tokens. Deux pièges : l’espace d’avant la réponse fait partie de son premier token (chapitre 02) ; et si l’exemple est trop long, c’est dans la question que l’on coupe, jamais dans la réponse.


# %% tags=["exercise"]
@exercise("6.3")
def encode_pair(tokenizer: PreTrainedTokenizerBase, question: str, answer: str, room: int) -> tuple[list[int], int]:
    """Return the tokens of an example, and how many of them are its question.

    The example is « Question : …⏎Réponse : … » (``TEMPLATE``, a space, the answer), then the end mark of the tokenizer.  If that
    makes more than ``room`` tokens, the first ones are left out: the answer and its end mark are always whole.

    Raises:
        WorkshopError: the tokenizer has no end mark, or the answer alone fills the room.
    """
    if tokenizer.eos_token_id is None:
        raise WorkshopError("Ce tokenizer n’a pas de marque de fin\u00a0: donnez-lui-en une (eos_token), ou changez de modèle.")
    prompt = tokenizer(TEMPLATE.format(question=question), verbose=False)["input_ids"]
    end = tokenizer(f" {answer}", add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    left = room - len(end)
    if left < 1:
        raise WorkshopError(
            f"Cette réponse fait {len(end)} tokens, pour {room} places\u00a0: raccourcissez-la, ou agrandissez room."
        )
    prompt = prompt[-left:]
    return prompt + end, len(prompt)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Où s’arrête la question, où commence la réponse ? La barre le dit. Regardez le premier token de la réponse : où est son espace ?

# %%
ids, length = encode_pair(tokenizer, "Combien pèse le bâti seul ?", "410 kilogrammes", 64)
print(" ".join(tokenizer.convert_ids_to_tokens(ids[:length])), "┃", " ".join(tokenizer.convert_ids_to_tokens(ids[length:])))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce qui est à apprendre
#
# Au chapitre 04, chaque token était une leçon. Ici, non : nous ne voulons pas d’un modèle qui pose des questions. Et il y a pire. Pour travailler par lots, on **remplit** les exemples courts, afin que toutes les lignes aient la même longueur ; ce remplissage-là non plus ne doit rien apprendre à personne.
#
# > **Étiquettes** (*labels*) : le token que l’on attend à chaque place. Là où l’étiquette vaut −100, la perte ne compte pas.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 6.4 -->
#
# Avec quoi remplit-on ? Souvent, faute de mieux, avec la marque de fin : un seul numéro pour « j’ai fini » et pour « il n’y a rien ici ». `attention_mask`, lui, ne les confond pas : 1 pour un vrai token, 0 pour le remplissage.


# %% tags=["exercise"]
@exercise("6.4")
def mask_labels(input_ids: torch.Tensor, attention_mask: torch.Tensor, questions: Sequence[int]) -> torch.Tensor:
    """Return the labels of a batch: its tokens, with -100 wherever there is nothing to learn.

    Nothing to learn: the question (the first ``questions[row]`` tokens of each row) and the padding, on the right.  The end mark
    is to be learnt, even where padding is made of the same token: what is padding is told by ``attention_mask`` alone.

    Args:
        input_ids: ``(rows, tokens)``.
        attention_mask: of the same shape: 1 for a token, 0 for padding.
        questions: how many tokens the question of each row has.

    Returns:
        ``(rows, tokens)``; they are not shifted: whoever computes the loss does that.
    """
    labels = input_ids.clone()
    labels[attention_mask == 0] = -100
    for row, length in enumerate(questions):
        labels[row, :length] = -100
    return labels


# %% [markdown] slideshow={"slide_type": "subslide"}
# Un lot de deux exemples, le second plus court. Avant d’exécuter, dites combien d’étiquettes de chaque ligne échapperont au −100.

# %%
examples = [encode_pair(tokenizer, q, a, 64) for q, a in [("Qui frappe ?", "le frappeur"), ("Où ?", "là")]]
rows = [torch.tensor(ids) for ids, _ in examples]
pad = torch.nn.utils.rnn.pad_sequence
batch = pad(rows, batch_first=True, padding_value=tokenizer.pad_token_id or tokenizer.eos_token_id)
mask = pad([torch.ones_like(row) for row in rows], batch_first=True)
labels = mask_labels(batch, mask, [length for _, length in examples])
shown = [[name if name != -100 else "·" for name in row] for row in labels.tolist()]
pd.DataFrame(shown, ["ligne 1", "ligne 2"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### L’erreur la plus répandue du domaine
#
# Transformers a une fonction toute prête pour faire les lots. Donnons-lui les deux mêmes exemples. Où est la marque de fin, dans ses étiquettes ?

# %% tags=["nbval-check-output"]
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token  # comme presque tout le monde le fait
collator = DataCollatorForLanguageModeling(tokenizer, mlm=False)
theirs = collator([{"input_ids": ids} for ids, _ in examples])["labels"]
for name, found in {"la nôtre": labels, "celle de la bibliothèque": theirs}.items():
    print(f"{name:<26}{(found == tokenizer.eos_token_id).sum().item()} marques de fin à apprendre")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Elle cache tout ce qui ressemble au remplissage, et la marque de fin lui ressemble. (Un tokenizer qui a un token rien que pour remplir y échappe ; beaucoup n’en ont pas.) Un modèle ainsi entraîné répond bien, puis **ne s’arrête plus**. Aucun message, aucune perte anormale : on croit que le modèle est bavard, et l’on écrit des règles pour couper ses phrases. (Elle fait aussi apprendre la question : elle ne peut pas savoir où celle-ci finit.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Apprendre
#
# Tout est prêt. `train` encode, masque, et fait ce que vous connaissez depuis le chapitre 00 : une perte, une pente, un pas. Vingt lectures des cent vingt paires : une demi-minute environ, sur deux cœurs.

# %%
recipe, half = Recipe(), half_precision()
print(recipe)

# %%
full = copy.deepcopy(model)
losses = train(full, tokenizer, parts["train"], recipe, half)
print("perte, première lecture :", french(losses[0], 2), "  dernière :", french(losses[-1], 3))

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : pendant que cela tourne, faites parier la salle sur les deux nombres qui viennent : questions apprises, puis mêmes questions dites autrement.

# %% [markdown] slideshow={"slide_type": "subslide"}
# La question du début, et deux autres. Sait-il s’arrêter ?

# %%
for question in (asked, parts["train"][8]["question"], parts["train"][40]["question"]):
    print(typeset(f"{question} {replies(full, tokenizer, [question])[0]}"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Il répond, et il se tait. L’examen, maintenant. Deux mesures : la part des réponses **exactes**, et la **distance d’édition** moyenne (chapitre 04), qui pardonne à moitié les réponses presque justes.


# %%
def exam(network, questions):
    """Return the share of exact answers, the mean edit distance, and the answers."""
    answers = replies(network, tokenizer, [pair["question"] for pair in questions], 24)
    both = list(zip(answers, [pair["answer"] for pair in questions], strict=True))
    return sum(same_answer(*one) for one in both) / len(both), sum(edit_distance(*one) for one in both) / len(both), answers


# %% [markdown] slideshow={"slide_type": "subslide"}
# Avant, après ; questions lues, questions dites autrement. **Écrivez vos quatre pronostics** avant d’exécuter.

# %%
table = {}
for name, network in {"avant": model, "après": full}.items():
    for part, what in {"train": "lues", "test": "dites autrement"}.items():
        exact, distance, _ = exam(network, parts[part])
        table[name, what] = {"exactes": f"{exact:.0%}", "distance (lettres)": french(distance, 1)}
pd.DataFrame(table).T

# %% [markdown] slideshow={"slide_type": "subslide"}
# Lisons dix réponses de l’examen, comme on lirait dix paires. Qu’est-ce qui est presque toujours juste, même quand la réponse est fausse ?

# %%
for pair, said in list(zip(parts["test"], exam(full, parts["test"])[2], strict=True))[:10]:
    sign = "✓" if same_answer(said, pair["answer"]) else "✗"
    print(typeset(f"{sign} {pair['question']:<75} {said}"))

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>La <strong>forme</strong>, presque toujours : une quantité pour « combien », un lieu pour « où », une personne pour « qui », en peu de mots, et cela finit. Le fait, lui, quand il est faux, est souvent celui d’une autre question : le modèle a retenu des phrases, pas une machine.</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et une question dont la réponse n’est nulle part dans le manuel ? Que devrait répondre un bon assistant ? Que va répondre celui-ci ?

# %%
print(replies(full, tokenizer, ["Qui est le maire de Paris ?"])[0])

# %% [markdown] slideshow={"slide_type": "fragment"}
# D’ordinaire, c’est court, bien tourné, faux, et dit avec le même aplomb que le reste. Il n’a appris que des questions qui ont une réponse : il ne lui est jamais venu à l’idée que l’on puisse ne pas en avoir. On appelle cela une **hallucination** ; c’est plutôt le zèle d’un élève qui ne rend jamais copie blanche.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## LoRA : apprendre à côté
#
# Pour ces quarante faits, nous avons déplacé tous les nombres du modèle, des millions, et nous en avons gardé une copie entière. Avec sept *milliards*, ce n’est plus possible chez soi. D’où une idée de 2021 : ne pas toucher aux grandes matrices, et apprendre une **retouche** à côté de chacune, faite de deux matrices très minces.
#
# > **LoRA** (*low-rank adaptation*) : à une matrice de *a × b* nombres, ajouter le produit de A (*a × r*) et de B (*r × b*), et n’apprendre qu’elles. *r*, le **rang**, est petit : 16, par exemple.
#
# > **Adaptateur** : tout ce qui a été appris ainsi, rangé dans un petit fichier à part.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Sur quelles matrices ? Cela se *cherche* dans le modèle : chaque famille les appelle à sa façon. (Celles de GPT-2 sont de plus rangées dans l’autre sens, entrée d’abord : peft doit le savoir, c’est `fan_in_fan_out`.)

# %%
targets = target_modules(model)
print(", ".join(targets))

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 6.5 -->
#
# Combien de nombres à apprendre ? Reprenez le dessin du chapitre 04 : dans chaque couche, `c_attn` va de la largeur à **trois fois** la largeur ; et deux matrices portent le nom de `c_proj`.


# %% tags=["exercise"]
@exercise("6.5")
def lora_size(config: GPT2Config, r: int, targets: Sequence[str]) -> tuple[int, int]:
    """Return how many numbers all the matrices A, then all the matrices B, of a LoRA on a GPT-2 hold.

    A matrix from ``a`` to ``b`` numbers gets an A of ``a × r`` and a B of ``r × b``.  With a width ``n_embd``, each layer has: a
    ``c_attn`` from the width to three times the width (queries, keys, values), a ``c_fc`` from the width to the ``n_inner``
    neurons (by default four times the width), and two matrices called ``c_proj``, one from the width to itself, the other from
    the neurons back to the width.

    Args:
        r: the rank.
        targets: the names of the matrices that get adapters.
    """
    width, inner = config.n_embd, config.n_inner or 4 * config.n_embd
    shapes = {"c_attn": [(width, 3 * width)], "c_fc": [(width, inner)], "c_proj": [(width, width), (inner, width)]}
    chosen = [shape for name in targets for shape in shapes[name]]
    into = sum(a * r for a, _ in chosen)
    out_of = sum(r * b for _, b in chosen)
    return config.n_layer * into, config.n_layer * out_of


# %% [markdown] slideshow={"slide_type": "subslide"}
# Votre formule contre la bibliothèque **peft**, qui pose les adaptateurs ; chacune donne deux nombres, tous les A, puis tous les B. Puis la part qu’ils font du modèle : un centième ? un dixième ?

# %%
adapted = add_lora(copy.deepcopy(model), r=16)
if isinstance(model.config, GPT2Config):  # la formule est celle de GPT-2
    print("par la formule :", *map(french, lora_size(model.config, 16, targets)))
print("dans le modèle :", *map(french, counted(adapted)))
print("part à apprendre :", french(100 * sum(counted(adapted)) / model.num_parameters(), 1), "%")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Entraînons l’adaptateur sur les mêmes paires. B commence à zéro : la retouche part donc de rien, et il lui faut des pas plus longs, six fois ceux de tout à l’heure.

# %%
losses = train(adapted, tokenizer, parts["train"], LORA, half)
exact, distance, _ = exam(adapted, parts["test"])
print(f"dites autrement : {exact:.0%} exactes, distance {french(distance, 1)}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# L’adaptateur se range à part, et se repose sur le modèle de base quand on veut. Combien pèsera-t-il, à quatre octets par nombre appris ? Et le modèle entier, à ce compte-là ?

# %%
weight = save_adapter(adapted, place / "adaptateur")
print(french(weight / 1e6, 1), "Mo")
again = load_adapter(copy.deepcopy(model), place / "adaptateur")
print(replies(again, tokenizer, [asked])[0])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et si l’on ne veut plus de détour, on l’ajoute pour de bon aux grandes matrices. Mêmes réponses ?

# %% tags=["nbval-check-output"]
inputs = tokenizer(TEMPLATE.format(question=asked), return_tensors="pt").to(model.device)
with torch.inference_mode():
    before = again(**inputs).logits
    after = merged(again)(**inputs).logits
print("mêmes notes :", torch.allclose(before, after, atol=1e-3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Ce que cela coûte, ce que cela vaut
#
# Quatre façons de faire, mesurées par `python -m tests.bench assistant` sur deux cœurs, chacune dans un processus à elle. La troisième est celle que peft choisit pour GPT-2 si on ne lui dit rien. Avant d’exécuter : laquelle est la meilleure affaire ?

# %% tags=["nbval-check-output"]
measured = json.loads((settings().data / "measured.json").read_text(encoding="utf-8"))["memorised"]
columns = ["nombres appris", "lues", "dites autrement", "secondes de calcul", "mémoire (Mo)", "sur le disque (Mo)"]
rows = {
    name: [french(way["learnt"]), *(f"{way[part]:.0%}" for part in ("train", "test"))]
    + [french(way[what], digits) for what, digits in (("processor_seconds", 0), ("memory_mb", 0), ("disk_mb", 1))]
    for name, way in measured["ways"].items()
}
pd.DataFrame(rows, columns).T

# %% [markdown] slideshow={"slide_type": "fragment"}
# Ici, LoRA n’épargne presque rien, ni temps (il faut quand même traverser tout le réseau), ni mémoire : le modèle est si petit que ce sont les textes en cours de lecture qui prennent la place. Elle épargne le **disque** : dix métiers, dix petits fichiers, un seul modèle. Et posée sur trop peu de matrices, elle apprend bien moins : voyez la troisième ligne.
#
# (D’une machine à l’autre, les parts « dites autrement » bougent, parfois de dix points : l’examen n’a que quarante questions, et chacune en vaut deux et demi. Les secondes bougent bien davantage.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Sept milliards, sur une feuille de papier
#
# Seize octets pour chaque nombre que l’on apprend (sa valeur, sa pente, deux moyennes : chapitre 04), deux pour chaque nombre que l’on se contente de lire. Et une dernière ruse : **QLoRA** range les grandes matrices, qui ne bougent pas, sur **4 bits** au lieu de 16. Que reste-t-il à payer ?

# %% tags=["nbval-check-output"]
seven, thin = 7e9, 40e6  # un modèle de sept milliards ; un adaptateur de rang 16 sur toutes ses matrices, à peu près
costs = {"tout": (0, seven, 16), "LoRA": (seven, thin, 16), "QLoRA": (seven, thin, 4)}
for name, cost in costs.items():
    print(f"{name:<7}{french(bytes_to_train(*cost) / 1e9, 1):>7} Go")

# %% [markdown]
# De plusieurs cartes de centre de calcul à celle d’un ordinateur de joueur (sans compter les textes en cours de lecture). Avec un GPU et `bitsandbytes`, les lignes ci-dessous le font ; **elles n’ont pas été exécutées sur la machine qui a préparé ce carnet**, qui n’a pas de GPU.

# %% slideshow={"slide_type": "skip"}
# from workshop.assistant.lora import load_in_4_bits
# large = load_in_4_bits("mistralai/Mistral-7B-v0.3")  # ou un autre modèle, par son nom
# adapted = add_lora(large)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Chercher
#
# Prenons le problème par l’autre bout. La réponse *est* dans le manuel, page tant. Un moteur de recherche n’apprend rien ; il compte des mots. Trois idées suffisent :
#
# - un mot **rare** (« godet ») dit plus qu’un mot courant (« presse ») ;
# - dix fois le même mot ne dit pas dix fois plus ;
# - un long passage contient forcément plus de mots : cela ne doit pas l’avantager.
#
# > **BM25** : la note qui réunit ces trois idées ; elle date de 1994, et bien des moteurs de recherche s’en servent encore.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Mais « graisse-t-on » n’est pas « se graisse ». On compare donc des **racines**, sans accents ni majuscules, et sans les mots dont toute question est faite :

# %% tags=["nbval-check-output"]
for text in ("Avec quoi graisse-t-on la vis ?", "La vis se graisse avec du suif mêlé de mine de plomb."):
    print(stems(text))

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 6.6 -->
#
# La formule est dans l’énoncé ; une ligne par idée.


# %% tags=["exercise"]
@exercise("6.6")
def bm25(query: str, passages: Sequence[str], k: float = 1.5, b: float = 0.75) -> list[tuple[int, float]]:
    """Return the numbers of the passages with their scores, the best first (Robertson and Walker, 1994).

    The score of a passage is the sum, over the different ``stems`` of the query, of
    ``idf · n · (k + 1) / (n + k · (1 - b + b · length / average))``: ``n`` is how many times the passage has the stem, ``length``
    how many stems it has, ``average`` how many passages have in the mean; and ``idf = log(1 + (N - df + 0.5) / (df + 0.5))``,
    where ``df`` of the ``N`` passages have the stem.  Without any passage the list is empty; without any stem, every score is 0.
    """
    counts = [Counter(stems(passage)) for passage in passages]
    average = sum(count.total() for count in counts) / max(1, len(counts)) or 1.0
    scores = [0.0] * len(counts)
    for stem in sorted(set(stems(query))):
        df = sum(stem in count for count in counts)
        idf = log(1 + (len(counts) - df + 0.5) / (df + 0.5))  # a rare word says more than a common one
        for number, count in enumerate(counts):
            length = 1 - b + b * count.total() / average  # a long passage has every word, by chance
            scores[number] += idf * count[stem] * (k + 1) / (count[stem] + k * length)
    return sorted(enumerate(scores), key=lambda scored: -scored[1])


# %% [markdown] slideshow={"slide_type": "subslide"}
# Sur le vrai manuel. Les trois meilleurs passages, avec leurs notes. De combien le premier devance-t-il le deuxième ?

# %% tags=["nbval-check-output"]
texts = [passage.text for passage in manual]
for number, score in bm25("Que faire si la pièce reste collée ?", texts)[:3]:
    print(f"{french(score, 1):>5}  {manual[number].quoted()}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et les questions de l’examen, dites autrement ? Combien de fois le bon passage (celui où la réponse se lit) est-il le premier ? Parmi les trois premiers ? **Pariez contre le modèle**, dont vous avez vu le score, plus haut, sur ces questions « dites autrement ».


# %%
def found(pair, most):
    ranking = bm25(pair["question"], texts)[:most]
    return any(manual[number].article == pair["article"] for number, _ in ranking)


for most in (1, 3):
    share = sum(found(pair, most) for pair in parts["test"]) / len(parts["test"])
    print(f"parmi les {most} premiers : {share:.0%}" if most > 1 else f"le premier : {share:.0%}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Dire que l’on ne sait pas
#
# Demandez-lui qui est le maire de Paris : un moteur de recherche rendra toujours un premier passage. Mais il rend aussi une **note**, et une mauvaise note se reconnaît. Où mettre la barre ? Ni sur l’examen, ni au jugé : sur les questions de validation, et sur des questions **sans réponse**, mises de côté pour cela.

# %%
lines = (press() / "unanswerable.jsonl").read_text(encoding="utf-8").splitlines()
without = {part: [one["question"] for one in map(json.loads, lines) if one["part"] == part] for part in ("validation", "test")}
known = best_scores([pair["question"] for pair in parts["validation"]], manual)
unknown = best_scores(without["validation"], manual)
threshold = choose_threshold(known, unknown)
print("seuil :", french(threshold, 1))

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 6.7 -->
#
# Il reste à répondre : le passage du manuel, entre guillemets, avec sa page ; ou « je ne sais pas ».


# %% tags=["exercise"]
@exercise("6.7")
def answer_or_decline(question: str, passages: Sequence[Passage], threshold: float) -> str:
    """Return the best passage, ``quoted()``, if its score reaches the threshold, else :data:`UNKNOWN`.

    The score is that of ``bm25`` among the texts of the passages.  Without any passage, nothing is known.
    """
    best = bm25(question, [passage.text for passage in passages])[:1]
    for number, score in best:
        if score >= threshold:
            return passages[number].quoted()
    return UNKNOWN


# %%
for question in (asked, "Qui est le maire de Paris ?", "Combien coûte la presse ?"):
    print(typeset(question), "→", answer_or_decline(question, manual, threshold))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Deux façons de se tromper : répondre quand on ne sait pas, se taire quand on sait. Mesurons les deux, sur des questions qui n’ont pas servi à choisir le seuil. Laquelle vous paraît la plus grave, dans un atelier où l’on risque ses doigts ?

# %%
silent = declined(best_scores(without["test"], manual), threshold)
shy = declined(best_scores([pair["question"] for pair in parts["test"]], manual), threshold)
print(f"sans réponse, et déclinées : {silent:.0%}")
print(f"avec une réponse, et déclinées quand même : {shy:.0%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Le tableau que l’on voit rarement : **par cœur, ou cherché**, sur les mêmes questions de l’examen. La troisième ligne est une mémoire sans réseau : la réponse de la question apprise qui ressemble le plus.

# %%
nearest = [nearest_pair(pair["question"], parts["train"])["answer"] == pair["answer"] for pair in parts["test"]]
rows = {
    "par cœur, tout le modèle": exam(full, parts["test"])[0],
    "par cœur, LoRA": exam(adapted, parts["test"])[0],
    "la question apprise la plus proche": sum(nearest) / len(nearest),
    "le bon passage, en premier": sum(found(pair, 1) for pair in parts["test"]) / len(parts["test"]),
    "le bon passage, parmi trois": sum(found(pair, 3) for pair in parts["test"]) / len(parts["test"]),
}
pd.DataFrame({"juste": [f"{share:.0%}" for share in rows.values()]}, rows)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Comparez les deux premières lignes aux deux dernières. Des millions de paramètres et vingt lectures font-ils mieux, sur cet examen, qu’une courte fonction qui compte des mots ? Si c’est non, ce n’est pas une défaite des réseaux : c’est une affaire de rôles. Un grand modèle *lit* les passages trouvés et rédige la réponse : chercher, puis rédiger, c’est la **génération augmentée par la recherche** (*RAG*). Celui de l’atelier est trop petit pour apprendre à lire ce qu’on lui tend ; nous citons donc le passage lui-même, et c’est plus sûr encore.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Cent pour cent ? Méfiance : toutes ces questions ont été écrites par qui avait le manuel sous les yeux. En voici vingt autres, sur les mêmes faits, comme les poserait un visiteur qui ne l’a pas lu. **Prévoyez les quatre nombres** avant d’exécuter : le bon passage en premier, parmi trois, les « je ne sais pas », et le par cœur.

# %%
visitor = load_pairs(press() / "visitor.jsonl")
print(*(pair["question"] for pair in visitor[:3]), sep="\n")
shares = [sum(found(pair, most) for pair in visitor) / len(visitor) for most in (1, 3)]
refused = declined(best_scores([pair["question"] for pair in visitor], manual), threshold)
print(f"\nle bon passage en premier : {shares[0]:.0%}, parmi trois : {shares[1]:.0%}")
print(f"« je ne sais pas » : {refused:.0%}")
print(f"par cœur, tout le modèle : {exam(full, visitor)[0]:.0%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Voilà l’envers de la méthode. Le visiteur dit « lourd », le manuel dit « kilogrammes » : qui compte des mots n’y voit rien de commun. Il se tait, presque toujours, et c’est sa seule noblesse : il n’invente pas. Pour rapprocher deux mots qui ne se ressemblent pas, il faut les vecteurs d’un grand modèle (chapitre 02) ; les moteurs d’aujourd’hui emploient les deux. Et retenez surtout ceci : **un score de cent pour cent parle d’abord de qui a écrit l’examen.**

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Une conversation
#
# « Quand se fait la visite annuelle ? — En mars. — Et par qui ? » La seconde question ne se comprend qu’avec la première. Un modèle, lui, n’a aucun souvenir : à chaque fois, on lui **fait relire** toute la conversation, dans une fenêtre qui a un bord.

# %% tags=["nbval-check-output"]
talk = Conversation()
talk.add(Turn("Quand se fait la visite annuelle ?", "en mars", "page 10"))
print("".join(talk.window("Et par qui ?", tokenizer, 200)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 6.8 -->
#
# Que garder, quand tout n’entre pas ? Les tours les plus récents, entiers ; la question, toujours ; et de la place pour la réponse, car elle s’écrit dans la même fenêtre.


# %% tags=["exercise"]
@exercise("6.8")
def fit_window(turns: Sequence[str], tokenizer: "PreTrainedTokenizerBase", room: int, answer: int = ANSWER) -> list[str]:
    """Return the last turns of a conversation, as many as the model can read, in their order.

    The window has ``room`` tokens, ``answer`` of which are left for the answer to come.  Turns are kept whole or not at all, the
    newest first, without a hole; the last one, which is the question, is always there.

    Args:
        turns: texts, the oldest first; the model reads them one after the other, as one text.

    Raises:
        WorkshopError: the question alone is too long.
    """
    kept = list(turns)
    while (length := len(tokenizer("".join(kept), verbose=False)["input_ids"])) > room - answer:
        if len(kept) < 2:
            raise WorkshopError(
                f"Cette question fait {length} tokens\u00a0: il n’y a que {max(0, room - answer)} places, la réponse étant "
                f"réservée\u00a0; "
                "raccourcissez-la."
            )
        kept = kept[1:]
    return kept


# %% [markdown] slideshow={"slide_type": "subslide"}
# Vingt tours dans une fenêtre de 200 tokens. Combien en reste-t-il ?

# %% tags=["nbval-check-output"]
long = [str(Turn(pair["question"], pair["answer"])) for pair in parts["train"][:20]]
kept = fit_window([*long, "Question : Et ensuite ?\nRéponse :"], tokenizer, 200)
print(len(kept) - 1, "tours, et la question")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et si l’on ferme l’ordinateur ? Une conversation tient dans un fichier SQLite, comme vos histoires du chapitre 05. Écrivons-y un tour, rouvrons :

# %%
kept_talk = Conversation(place / "conversation.db")
kept_talk.forget()
kept_talk.add(Turn(asked, replies(full, tokenizer, [asked])[0], "appris par cœur"))
for turn in Conversation(place / "conversation.db").turns:
    print(turn, turn.source, sep="")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Essayez-le
#
# Deux assistants, une conversation. L’un cherche ; si votre question commence par « Et », il la lit à la suite de la précédente, quand celle-ci est encore dans la fenêtre. L’autre récite : il n’a jamais appris que des questions seules, et l’on ne lui donne que la dernière. **Un défi** : trouvez une question à laquelle l’un répond juste et l’autre non ; puis l’inverse. Ensuite, rétrécissez la fenêtre, regardez la jauge, et demandez encore « Et par qui ? ».


# %%
def by_heart(question, window):
    return Turn(question, continued(full, tokenizer, window[-1], 24), "appris par cœur, sans source")


def looked_up(question, window):
    before = window[-2].partition("\n")[0] if question.startswith("Et ") and len(window) > 1 else ""
    return Turn(question, answer_or_decline(f"{before} {question}", manual, threshold))


# %%
from workshop.widgets.chat import Chat

chat = Chat({"qui cherche": looked_up, "qui récite": by_heart}, tokenizer, 200, Conversation(), most=512)
for question in ("Quand se fait la visite annuelle ?", "Et par qui ?", "Qui est le maire de Paris ?"):
    chat.question.value = question  # comme si vous l’aviez tapée
chat

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : posez au modèle qui récite une question de la salle, puis la même à celui qui cherche. Demandez ensuite lequel des deux on voudrait pour une machine qui écrase les doigts, et lequel pour écrire une lettre.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Bonus : en anglais
#
# Rien, dans tout cela, n’est propre au français. Dix faits, trois façons de demander, en anglais, pour un modèle qui, si c’est celui de l’atelier, n’a jamais lu que des romans français. Apprendra-t-il ?

# %% tags=["nbval-check-output"]
english = split_pairs(load_pairs(press() / "pairs_en.jsonl"))
print({name: len(part) for name, part in english.items()})
print(english["train"][0])

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 6.9 -->
#
# Faites-en des exemples, de 64 tokens au plus, avec la fonction que vous avez écrite. (Seulement avec ce que le modèle a le droit d’apprendre.)

# %% tags=["exercise"]
english_examples = answer("6.9", [encode_pair(tokenizer, pair["question"], pair["answer"], 64) for pair in english["train"]])

# %% [markdown]
# Un deuxième adaptateur, sur le même modèle de base. Lisez ce que le tokenizer fait d’un mot anglais, puis ce que le modèle en fait :

# %%
print(" ".join(tokenizer.convert_ids_to_tokens(english_examples[0][0])))
second = add_lora(copy.deepcopy(model), r=16)
train(second, tokenizer, english["train"], replace(LORA, epochs=40), half)
for pair in english["train"][:2] + english["test"][:2]:
    print(f"{pair['question']:<48}{replies(second, tokenizer, [pair['question']])[0]}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Ce qui a été lu (les deux premières lignes) est d’ordinaire récité, même en morceaux de mots ; le reste est deviné, et la forme est encore à peu près la bonne. La forme s’apprend dans n’importe quelle langue, ou dans aucune.</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce que vous savez maintenant
#
# - Un assistant est un modèle qui continue, spécialisé sur des paires : ce qui suit une question, dans ses exemples, c’est une réponse.
# - On n’apprend que la réponse et la marque de fin ; cacher la marque avec le remplissage fait un modèle qui ne s’arrête plus.
# - Spécialiser apprend une forme. Les faits, eux, se récitent tant qu’on les demande avec les mots appris.
# - LoRA apprend deux matrices minces à côté de chaque grande : même qualité ou presque, un petit fichier, et, sur un grand modèle, bien moins de mémoire.
# - Chercher, citer le passage et la page : tant que l’on emploie les mots du document, c’est plus juste, et cela se vérifie toujours.
# - Un assistant qui ne sait pas dire « je ne sais pas » ment avec aplomb. Il faut un seuil, choisi sur d’autres questions que celles de l’examen.
# - Une conversation se relit à chaque fois, dans une fenêtre qui se compte en tokens.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trois questions pour finir
#
# Choisissez, puis dépliez votre réponse.
#
# **1. Votre assistant répond juste, puis continue : « 640 kilogrammes Question : Combien… ». Qu’avez-vous fait ?**
#
# <details><summary>a) Trop d’époques : il récite.</summary>Réciter n’empêche pas de s’arrêter : les exemples finissent tous par la marque de fin.</details>
# <details><summary>b) La marque de fin n’était pas dans les étiquettes.</summary>Oui ! Oubliée dans l’exemple, ou cachée avec le remplissage : il n’a jamais vu qu’une réponse avait une fin.</details>
# <details><summary>c) La température est trop haute.</summary>Ici il prend toujours le token le plus probable. Et si rien ne lui a appris la marque de fin, aucune température ne l’inventera.</details>
#
# **2. Le manuel change : la presse pèse maintenant 655 kilogrammes. Que refaire ?**
#
# <details><summary>a) Spécialiser de nouveau le modèle sur les paires corrigées.</summary>C’est possible, et long ; et l’ancien poids reste peut-être quelque part dans les siens.</details>
# <details><summary>b) Relire le PDF.</summary>Oui, si l’assistant cherche : le passage cité sera le nouveau dès que le document est relu. C’est pour cela que les faits se cherchent.</details>
# <details><summary>c) Ajouter un adaptateur LoRA.</summary>Il apprendrait surtout à répondre autrement à ces questions-là, dites de ces façons-là.</details>
#
# **3. On vous montre un assistant qui répond juste à 95 % des questions « du manuel ». Que demandez-vous d’abord ?**
#
# <details><summary>a) Combien de paramètres ?</summary>Cela ne dit rien de la mesure.</details>
# <details><summary>b) Ces questions avaient-elles servi à l’apprentissage, et que répond-il à celles qui n’ont pas de réponse ?</summary>Oui ! Rappelez-vous vos deux nombres, questions lues et questions dites autrement : ils ne disaient pas la même chose du même modèle ; et il avait un avis sur le maire de Paris.</details>
# <details><summary>c) Sur quelle carte tourne-t-il ?</summary>Plus tard, au moment de payer.</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Et maintenant ?
#
# Votre propre manuel : un PDF dont on peut copier le texte, une trentaine de paires écrites à la main (vous verrez comme il est difficile d’en écrire cinq façons), le même chapitre. Puis un modèle plus grand, par `MODEL_NAME` : il retiendra mieux, et il lira ce que vous trouvez pour lui. Regardez alors si le tableau « par cœur, ou cherché » change d’ordre ; et gardez les questions sans réponse.
