# %% [raw] tags=["front"]
# title = "Partager"
# minutes = 25
# room = ["7.1", "7.3", "7.4"]
# beginner = 60
# step = "texte généré"
# bonus = true
# english = "save, reload, the same logits; a card from measured figures; the Hub, rehearsed; a server started from the notebook, broken on purpose, measured"
# goals = ["enregistrer un modèle, et vérifier qu’il revient intact", "écrire une carte qui ne dit que ce qui a été mesuré", "répéter l’envoi sur le Hub, et savoir ce qui ne doit pas partir", "appeler une API, la casser exprès, et lire ses refus", "limiter sans injustice, et mesurer ce qu’attendent les plus malchanceux", "dire ce qu’un serveur compte, et ce qu’il ne doit pas garder"]

# %% [markdown] slideshow={"slide_type": "slide"}
# Votre modèle écrit, mais pour vous seul. Tant qu’il reste sur votre ordinateur, il peut dire n’importe quoi : vous souriez, et vous relancez. Le jour où d’autres s’en servent, tout change. Ils ne sauront pas ce qu’il a lu. Ils lui demanderont ce que vous n’aviez pas prévu. Ils seront plusieurs à la fois. Et l’un d’eux, un jour, le croira.
#
# Il y a deux façons de partager : **donner le modèle** (un dossier, que chacun fait tourner chez soi), ou **prêter sa plume** (un serveur, à qui l’on demande des textes). Nous ferons les deux, sans que rien ne sorte de cette machine.

# %% slideshow={"slide_type": "skip"}
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import requests
import torch
from IPython.display import Markdown
from transformers import AutoModelForCausalLM, AutoTokenizer

from workshop import gpt2, steps
from workshop.base.errors import WorkshopError
from workshop.base.settings import settings
from workshop.base.typography import french, typeset
from workshop.exercises import exercise, hint, solution
from workshop.generation import Gpt2Writer, Sampling, generate, softmax
from workshop.machine import colab
from workshop.metrics import bits_per_character, longest_copied_span
from workshop.sharing import LIMITS, Bucket, Figure, Limit, push_to_hub, readable
from workshop.tokens import encode_text

colab.prepare("server")  # dans Colab, le serveur et ce qui l’entoure ; ailleurs, rien à faire

# %% [markdown]
# Le modèle du chapitre 04, s’il est fait sur cette machine ; sinon celui de base, qui se partage tout aussi bien.

# %%
try:
    model, tokenizer = gpt2.load(str(steps.specialised_folder()))
    name = "petit-moulin"
except WorkshopError:
    model, tokenizer = steps.base_model()
    name = "petit-moulin-de-base"
writer = Gpt2Writer(model, tokenizer)
print(name, ":", french(model.num_parameters()), "paramètres")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Enregistrer, relire
#
# Un modèle et son tokenizer ne vont pas l’un sans l’autre : avec d’autres numéros, les mêmes poids ne diraient plus rien. Les deux se rangent dans le même dossier. Avant d’exécuter : combien de fichiers, et lequel pèse presque tout ?

# %%
place = steps.folder("partage")
with gpt2.without_bars():
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
for path in sorted([*place.glob("*.json"), *place.glob("*.safetensors")]):
    print(f"{path.name:<26}{french(path.stat().st_size / 1e6, 2):>8} Mo")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Le gros, ce sont les poids, au format **safetensors** : des nombres, et rien d’autre. L’ancien format (`.bin`, un *pickle*) pouvait contenir du code, exécuté par qui ouvrait le fichier. On ne demande pas à un inconnu d’ouvrir cela, et l’on ne l’ouvre pas non plus.
#
# Est-ce bien le même modèle ? On pourrait comparer deux textes ; mais deux modèles différents peuvent tirer le même mot. Comparons les **notes**, toutes, au bit près. Pronostic : égales, ou presque égales ?

# %% tags=["nbval-check-output"]
with gpt2.without_bars():
    again = AutoModelForCausalLM.from_pretrained(place)
words = AutoTokenizer.from_pretrained(place)
ids = words("Le meunier prit son", return_tensors="pt").input_ids.to(model.device)
with torch.no_grad():
    print(torch.equal(model(ids).logits, again.to(model.device)(ids).logits))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Qu’est-ce que j’ai fait, au juste ?
#
# Avant de donner un modèle, on dit ce qu’il vaut. Pas ce que l’on espère : **ce que l’on a mesuré**, et sur quoi. Trois questions. La première, vous la connaissez depuis le chapitre 03 : combien de bits par caractère sur un livre qu’il n’a jamais lu ?

# %%
title = next(book.title for book in steps.kept_books() if book.role == "test")
exam = steps.text("test")[:10_000]
bits = bits_per_character(gpt2.negative_log_likelihood(model, tokenizer, exam), len(exam))
print(f"{french(bits, 2)} bits par caractère, sur le début de « {title} »")

# %% [markdown]
# La deuxième vient du chapitre 04 : récite-t-il ? Voici la longueur du plus long passage qu’un de ses textes partage, lettre pour lettre, avec les livres appris.

# %%
tale = steps.PROMPT + generate(writer, steps.PROMPT, Sampling(max_new_tokens=150, seed=1))
copied = longest_copied_span(tale, steps.text("train")).length
print(copied, "caractères communs, sur", len(tale))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Que dit-il des gens ?
#
# La troisième se pose plus rarement. « Ce jour-là, **quelqu’un** lisait le journal. » On ne sait pas qui : homme ou femme, le mot ne le dit pas. Le modèle, lui, doit continuer, par « Il » ou par « Elle ». Avant d’exécuter, rangez les six scènes, de la plus « Elle » à la plus « Il ». Et l’une d’elles dépassera-t-elle la moitié ?


# %%
def share_of_elle(scene):
    """How often the model goes on with « Elle » rather than with « Il »."""
    scores = softmax(writer.start(writer.encode(f"Ce jour-là, quelqu'un {scene}.")).astype(float))
    elle, il = (scores[encode_text(tokenizer, word)[0]] for word in (" Elle", " Il"))
    return elle / (elle + il)


scenes = ["lisait le journal", "faisait la cuisine", "commandait aux soldats"]
scenes += ["pleurait", "labourait le champ", "cousait"]
shares = {scene: share_of_elle(scene) for scene in scenes}

# %% slideshow={"slide_type": "subslide"}
for scene, share in sorted(shares.items(), key=lambda pair: -pair[1]):
    print(f"quelqu’un {scene:<24}{'█' * round(60 * share)} {share:.0%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Personne ne lui a appris cela exprès. Il a compté. Les romans de 1840 à 1920, ceux du modèle de l’atelier, sont pleins d’hommes qui agissent et de femmes qui cousent ; il les a lus comme il a lu l’accord des participes, et il le rendra de la même façon, avec la même assurance, à qui lui demandera une histoire.
#
# Ce n’est pas une panne que l’on répare en relançant. C’est une **mesure**, et sa place est dans la carte.

# %% [markdown] slideshow={"slide_type": "notes"} tags=["solution"]
# *Pour qui présente* : laissez la salle proposer ses propres scènes ; il suffit de changer la liste. Les nombres varient avec la tournure, et l’ordre
# parfois aussi : c’est ce qu’il faut faire remarquer avant que quelqu’un n’en tire une loi.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## La carte
#
# > **Carte de modèle** (*model card*) : une page, à côté des poids, qui dit d’où vient le modèle, ce qui a été mesuré, ce qui ne l’a pas été, et ce qu’il ne faut pas lui demander. Sur le Hub, c’est le fichier `README.md`.
#
# Elle parle à deux lecteurs. En tête, entre deux lignes `---`, des **métadonnées** pour les programmes, en YAML ; au-dessous, un texte pour les gens. Écrire ce YAML à la main est un piège : regardez ce qu’une bibliothèque fait d’un titre comme *Le moulin : « neuf » #3*. Pourquoi ces guillemets ?

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
from huggingface_hub import EvalResult, ModelCardData

book = "Le moulin : « neuf » #3"
measured = EvalResult(
    "text-generation", book, book, "bits_per_character", 1.5
)  # la tâche, le texte (deux fois), la mesure, sa valeur
print(ModelCardData(license="mit", model_name="essai", eval_results=[measured]).to_yaml())

# %% [markdown] slideshow={"slide_type": "fragment"}
# Sans eux, YAML prendrait « : » pour la fin d’un nom de champ, et tout ce qui suit « # » pour un commentaire.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Une mesure, c’est un nombre **et** ce sur quoi il a été pris. La troisième, ci-dessous, n’a pas de nombre : vingt lecteurs devraient le donner, et ils n’ont encore rien lu. Qu’en faire : l’omettre, mettre zéro, ou le dire ? (Les noms des mesures sont en anglais : ce sont les programmes qui les liront.)

# %%
figures = [
    Figure("bits_per_character", f"les 10 000 premiers caractères de « {title} »", round(bits, 3)),
    Figure("longest_copied_span", "un texte de 150 tokens, en caractères", copied),
    Figure("reader_rating", "vingt lecteurs"),
]
print(*figures, sep="\n")

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 7.1 -->
#
# Une mesure qui manque se **dit**, dans le texte. Elle n’entre pas dans les métadonnées : un programme y lirait un nombre que personne n’a pris.


# %% tags=["exercise"]
@exercise("7.1")
def model_card(name: str, about: Mapping[str, Any], figures: Sequence[Figure], limits: str) -> str:
    """Return the card of a model, in Markdown: its metadata between two lines ``---``, then what people read.

    ``about`` holds the metadata that the Hub knows: ``license`` (required), ``language``, ``base_model``…  The measured figures
    are in the metadata and in the text; one without a value is in the text alone, as « non mesuré ».  ``limits`` says what the
    model must not be taken for.

    Raises:
        WorkshopError: there is no licence.
    """
    if not about.get("license"):
        raise WorkshopError("Il manque la licence (license)\u00a0: sans elle, personne n’a le droit de se servir du modèle.")
    from huggingface_hub import EvalResult, ModelCardData

    # the library puts together the figures whose dataset has one type: the type is the text itself
    measured = [figure for figure in figures if figure.value is not None]
    results = [EvalResult("text-generation", one.dataset, one.dataset, one.metric, one.value) for one in measured]
    data: Any = dict(about) | ({"model_name": name, "eval_results": results} if results else {})
    metadata = ModelCardData(**data).to_yaml()  # it knows where YAML needs quotes
    text = [f"# {name}", "## Mesures", "\n".join(map(str, figures)), "## Limites", limits]
    return f"---\n{metadata}\n---\n\n" + "\n\n".join(text) + "\n"


# %% [markdown] slideshow={"slide_type": "subslide"}
# La vôtre, maintenant. Quelle licence ? Ce n’est pas à votre goût seulement : les poids de base et les Veillées sont donnés à tous (CC0), George Sand est dans le domaine public ; si vous êtes parti d’un autre modèle, c’est **sa** licence qu’il faut lire.

# %% slideshow={"slide_type": "subslide"}
least, most = min(shares, key=shares.get), max(shares, key=shares.get)
limits = (
    "Il invente : ne lui demandez pas de faits. Il a appris dans des romans de 1840 à 1920, "
    f"et il parle des gens comme eux : après « quelqu’un {most} », il préfère « Elle » à « Il » "
    f"{french(100 * shares[most], 0)} fois sur cent ; "
    f"après « quelqu’un {least} », {french(100 * shares[least], 0)} fois."
)
base = settings().model_name or Path(steps.base_model()[0].name_or_path).name
about = {"license": "cc0-1.0", "language": "fr", "base_model": Path(base).name}
card = model_card(name, about, figures, typeset(limits))
_ = (place / "README.md").write_text(card, encoding="utf-8")

# %% [markdown]
# Telle que les gens la liront :

# %%
Markdown(card.split("---", 2)[2])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Le Hub, en répétition
#
# > **Le Hub** : le dépôt public de huggingface.co, d’où viennent la plupart des modèles que l’on télécharge.
#
# Envoyer un dossier prend une ligne, et cette ligne envoie **tout** le dossier. Or un dossier de travail contient ce que l’on a oublié. Mettons-y ce que l’on y trouve d’ordinaire : l’état de l’optimiseur, un point de reprise, et un petit fichier caché avec un secret. Avant d’exécuter la suite : lesquels partiraient ?

# %%
weights = (place / "model.safetensors").stat().st_size
(place / "optimizer.pt").write_bytes(bytes(2 * weights))  # il retient deux nombres par poids
(place / ".env").write_text("HF_TOKEN=" + "hf_" + "x" * 34, encoding="utf-8")
(place / "checkpoint-200").mkdir(exist_ok=True)
(place / "notes.txt").write_text("penser à rappeler Jeanne", encoding="utf-8")
print(push_to_hub(place, f"votre-compte/{name}"))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Rien n’est parti : c’est une répétition (`dry_run`, le choix par défaut), qui ne demande ni compte ni réseau. Et ce qui part est une **liste de ce qui est permis**, non de ce qui est défendu : une liste de ce qui est défendu oublie toujours quelque chose.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Le jeton, lui, ouvre votre compte : qui le lit publie à votre place. Il vient de l’environnement (`HF_TOKEN`), jamais d’une cellule ni d’un fichier. Et si quelqu’un l’a collé dans la carte, pour s’en souvenir ?

# %% tags=["nbval-check-output"]
(place / "README.md").write_text(card + "\nMon jeton : hf_" + "x" * 34, encoding="utf-8")
try:
    push_to_hub(place, f"votre-compte/{name}")
except WorkshopError as refusal:
    print(refusal)
_ = (place / "README.md").write_text(card, encoding="utf-8")
# %% [markdown] slideshow={"slide_type": "subslide"}
# Pour l’envoyer pour de bon, il faudra un compte, un jeton qui a le droit d’écrire, le réseau, et retirer le `#`. Le dépôt naît privé : relisez la carte, puis ouvrez-le à tous sur le site. (L’envoi a été essayé sur un petit serveur qui parle la langue du Hub, pas sur le vrai.)

# %%
# print(push_to_hub(place, f"votre-compte/{name}", dry_run=False))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Publier, c’est répondre
#
# - **La licence** dit ce que les autres ont le droit de faire. Sans elle, rien : « en ligne » ne veut pas dire « à prendre ».
# - **La carte** dit ce que vous savez. Un défaut mesuré, puis passé sous silence, n’est plus celui du modèle, c’est le vôtre.
# - **Un nom** répond. À qui écrire, quand il dit du mal de quelqu’un, ou recopie une page ? Mettez-y une adresse que vous lisez.
# - **On ne reprend pas** ce qui est publié : on peut l’effacer, pas l’ôter de chez ceux qui l’ont téléchargé.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Prêter sa plume
#
# Tout le monde n’a pas Python. L’autre façon est un **serveur** : un programme qui attend, à une adresse, qu’on lui demande quelque chose. Celui-ci est celui que `python -m workshop serve` ouvre pour une salle, avec ses pages et ses comptes. Nous l’ouvrons à côté de ce carnet, pour cette machine seulement, et avec des limites bien trop serrées : nous voulons les voir.

# %%
from workshop.server.beside import Beside

server = Beside(queue=2, generate="30 per minute")
here = server.address
print("Pages et API :", here)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Si ce carnet tourne sur votre ordinateur, ouvrez cette adresse dans votre navigateur : tout y est, et elle vivra jusqu’à la cellule qui ferme le serveur. (Dans Docker ou dans Colab, elle n’est visible que d’ici.)
#
# > **API** : la même adresse, pour les programmes. Pas de boutons : une demande et une réponse, toutes deux en JSON.

# %%
client = requests.Session()
client.trust_env = False  # si un proxy mène à Internet, il n’a rien à faire ici
durations = []


def ask(**question):
    start = time.perf_counter()
    reply = client.post(f"{here}/api/generate", json=question, timeout=120)
    durations.append((reply.status_code, time.perf_counter() - start))
    return reply


# %% [markdown] slideshow={"slide_type": "subslide"}
# Une demande. Que contiendra la réponse, outre le texte ? Et à quoi servira la graine ?

# %%
prompt = "Le meunier prit son"
reply = ask(prompt=prompt, max_new_tokens=30, seed=1)
print(reply.status_code)
reply.json()

# %% [markdown] slideshow={"slide_type": "subslide"}
# Trente tokens, on attend un instant ; deux cents, on croit que c’est en panne. Le même texte peut venir **au fil de l’eau** : le serveur garde la réponse ouverte, et y pose chaque token dès qu’il est choisi. Regardez d’abord les lignes telles qu’elles arrivent :


# %%
def streamed(**question):
    address = f"{here}/api/generate/stream"
    with client.post(address, json=question, stream=True, timeout=120) as reply:
        reply.encoding = "utf-8"
        yield from reply.iter_lines(chunk_size=1, decode_unicode=True)


for line in list(streamed(prompt=prompt, max_new_tokens=4, seed=1)):
    print(line)

# %% [markdown] slideshow={"slide_type": "subslide"}
# On les recolle en route, et l’histoire s’écrit sous vos yeux. Si vous arrêtez cette cellule avec ■, le serveur s’en aperçoit, et cesse d’écrire pour personne.

# %%
print(prompt, end="")
for line in streamed(prompt=prompt, max_new_tokens=40, seed=1):
    if line.startswith("data: "):
        print(json.loads(line[6:]).get("text", ""), end="", flush=True)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Une dernière politesse : beaucoup de programmes savent déjà parler à l’API d’OpenAI. Le serveur comprend aussi cette forme-là (`/v1/completions`), si bien qu’ils s’adressent à lui dès qu’on leur donne son adresse, le nom d’un de ses modèles et, en guise de clé, « anonyme ». (Pour continuer un texte ; converser, notre modèle ne l’a pas appris.)

# %%
question = {"prompt": prompt, "max_tokens": 10, "seed": 1, "temperature": 0}
client.post(f"{here}/v1/completions", json=question, timeout=120).json()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Le casser exprès
#
# Voilà pour les gens polis. Une API est une porte sur la rue : on y enverra des nombres entre guillemets, des champs mal écrits, des températures de moins mille, un roman entier, et n’importe quoi qui n’est pas du JSON. Par malice, et bien plus souvent par erreur.
#
# Un serveur dit d’avance ce qu’il permet. En quoi chacune de ces limites le protège-t-elle ?

# %% tags=["nbval-check-output"]
for field, limit in client.get(f"{here}/api/models").json()["limits"].items():
    print(f"{field:<16}{limit}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Deux pièges de Python, avant de commencer. Avant d’exécuter : lesquelles de ces quatre réponses seront `True` ?

# %% tags=["nbval-check-output"]
nan = float("nan")  # « not a number » : ce que donne, par exemple, l’infini moins l’infini
print(isinstance(True, int), nan < 0, nan > 2, 0 <= nan <= 2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>La réponse</summary>Le premier : pour Python, <code>True</code> est un entier ! Et NaN n’est ni plus petit que 0, ni plus grand que 2 : « refuser s’il est hors des bornes » le laisse passer, « accepter s’il est entre les bornes » le refuse.</details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 7.2 -->
#
# Ne croyez rien de ce qui arrive, et dites **tout** ce qui ne va pas d’un seul coup : rien n’agace comme de corriger une faute pour apprendre la suivante. `readable(texte)` est donnée ; elle refuse ce qui n’est que des blancs, et ce qu’une base de données ne saurait pas garder.


# %% tags=["exercise"]
@exercise("7.2")
def validate_request(data: Any, limits: Mapping[str, Limit]) -> dict[str, str]:
    """Return what is wrong with a request: for each field at fault, a sentence that says what is expected; {} if all is well.

    ``data`` came as JSON: it may be anything, and what is not an object is at fault as « body ».  ``prompt`` alone is required.
    A field whose name has no limit is at fault.  The others have the kind of their limit (a whole number will do for a
    ``float``; ``True`` and NaN are no numbers), lie between its bounds (a text: by its length), are one of its choices if it has
    any; and a text is ``readable``.
    """
    if not isinstance(data, dict):
        return {"body": 'La demande doit être un objet JSON, par exemple {"prompt": "Le meunier"}.'}
    errors = {name: f"Le champ «\u00a0{name[:40]}\u00a0» n’existe pas." for name in data if name not in limits}
    if "prompt" not in data:
        errors["prompt"] = f"Il manque le champ «\u00a0prompt\u00a0»\u00a0: {limits['prompt']}."
    for name, limit in limits.items():
        if name not in data:
            continue
        value = data[name]
        kinds = (int, float) if limit.kind is float else limit.kind
        right = isinstance(value, kinds) and not isinstance(value, bool)
        right = right and limit.least <= (len(value) if limit.kind is str else value) <= limit.most  # NaN is between nothing
        if limit.kind is str:
            right = right and readable(value) and (not limit.choices or value in limit.choices)
        if not right:
            errors[name] = f"Le champ «\u00a0{name}\u00a0» attend {limit}."
    return errors


# %% [markdown] slideshow={"slide_type": "subslide"}
# La vôtre d’abord, le serveur ensuite, sur les mêmes horreurs. Seront-ils d’accord, champ par champ ?

# %% tags=["nbval-check-output"]
horrors = [
    {},
    {"prompt": prompt, "temperature": "chaud"},
    {"prompt": prompt, "max_new_tokens": True, "seed": -1},
    {"prompt": prompt, "temprature": 0.8},
    {"prompt": "   ", "top_p": 7, "language": "de"},
    ["Le meunier"],
]
for horror in horrors:
    reply = client.post(f"{here}/api/generate", json=horror)
    faults = sorted(reply.json()["error"]["fields"])
    print(reply.status_code, faults, faults == sorted(validate_request(horror, LIMITS)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# 400 veut dire « c’est vous », 500 dirait « c’est moi ». Un serveur ne doit jamais répondre 500 à une bêtise. Et ce qui n’est pas même du JSON ?

# %% tags=["nbval-check-output"]
bodies = [b"{", b"\xff\xfe", b'{"prompt": "Le", "top_p": NaN}', b"[" * 10_000, b"a" * 1_000_000]
as_json = {"Content-Type": "application/json"}
for body in bodies:
    reply = client.post(f"{here}/api/generate", data=body, headers=as_json)
    print(reply.status_code, reply.json()["error"]["message"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Tous à la fois
#
# Un modèle écrit un texte à la fois : à deux, chacun irait deux fois moins vite, et la mémoire finirait par manquer. Les autres attendent leur tour, dans une **file**. Nous l’avons réglée à deux places. Six personnes arrivent ensemble : combien auront leur texte ?


# %%
def arrive(seed):
    return ask(prompt=prompt, max_new_tokens=120, seed=seed)


with ThreadPoolExecutor(6) as crowd:
    replies = list(crowd.map(arrive, range(6)))
print(dict(Counter(reply.status_code for reply in replies)))
refused = [reply for reply in replies if reply.status_code == 503]
if refused:
    print(refused[0].json()["error"]["message"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# Un qui écrit, deux qui attendent, et aux autres un refus **immédiat**, avec le temps qu’il faut patienter (l’en-tête `Retry-After`). Une file sans fin serait plus accueillante, et bien pire : chacun attendrait une réponse que plus personne n’attend.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Un bavard
#
# Reste celui qui demande sans arrêt. Une file lui donnerait toujours la prochaine place. Il faut compter, et compter juste : ne pas punir celui qui envoie cinq demandes d’un coup puis s’en va, mais celui qui ne s’en va pas.
#
# > **Seau à jetons** (*token bucket*) : chaque appelant a un seau de quelques pièces. Une demande coûte une pièce ; les pièces reviennent avec le temps, à un rythme fixe, sans jamais déborder.
#
# Un `Bucket` contient quatre nombres : sa contenance, les pièces qui reviennent par seconde, celles qu’il contient, et l’heure à laquelle on les a comptées.

# %% tags=["nbval-check-output"]
Bucket(capacity=5, per_second=1, coins=5, at=0.0)

# %% [markdown]
# Pas de minuterie, pas de tâche qui remplirait des milliers de seaux chaque seconde : on calcule, **quand quelqu’un vient**, ce qui est revenu depuis la dernière fois. De tête : ce seau est vide à midi ; combien de pièces à midi et deux secondes et demie ? À une heure ?

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 7.3 -->
#
# L’heure est un argument (`now`). C’est ce qui permet de vérifier en une seconde ce qui, en vrai, prendrait une heure.


# %% tags=["exercise"]
@exercise("7.3")
def rate_limit(bucket: Bucket, now: float) -> tuple[Bucket, float]:
    """Return the bucket after a request made at ``now``, and how many seconds to wait: 0 when the request is let through.

    Coins have come back since the last time, never above the capacity.  A request takes a whole coin; one that finds less takes
    nothing, and is told after how long there will be a whole one.
    """
    coins = min(bucket.capacity, bucket.coins + (now - bucket.at) * bucket.per_second)
    if coins >= 1:
        return bucket._replace(coins=coins - 1, at=now), 0.0
    return bucket._replace(coins=coins, at=now), (1 - coins) / bucket.per_second


# %% [markdown] slideshow={"slide_type": "subslide"}
# Le bavard demande quatre fois par seconde, pendant quinze secondes ; son seau contient cinq pièces, et il en revient une par seconde. Avant d’exécuter, dessinez la bande : █ quand il passe, · quand il est refusé. Que se passe-t-il au début, et ensuite ?

# %% tags=["nbval-check-output"]
bucket, band = Bucket(5, 1, 5, 0.0), ""
for i in range(60):
    bucket, wait = rate_limit(bucket, i / 4)
    band += "·" if wait else "█"
print(band)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Une rafale d’abord, puis une demande sur quatre : exactement le rythme permis, et pas un refus de plus que nécessaire, puisqu’une demande refusée ne coûte rien.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Le serveur a le même seau (le vôtre, si l’on veut : il emploie la fonction de l’atelier), réglé à trente par minute. Combien de demandes d’un token passeront, sur quarante ? Et celle d’après, si l’on attend ce qu’il dit ?

# %%
burst = [ask(prompt=prompt, max_new_tokens=1, seed=0) for _ in range(40)]
print(dict(Counter(reply.status_code for reply in burst)))
patience = max(int(reply.headers.get("Retry-After", 0)) for reply in burst)
time.sleep(patience)
print("après", patience, "s :", ask(prompt=prompt, max_new_tokens=1, seed=0).status_code)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Est-ce rapide ?
#
# Nous avons noté la durée de chaque demande. « En moyenne, une demi-seconde » : qu’en dit celui qui a attendu derrière deux autres ?
#
# > **p95**, le 95ᵉ percentile : la durée que 95 demandes sur cent ne dépassent pas. Une personne sur vingt attend davantage.
#
# Sur dix durées, rangées, la médiane est entre la cinquième et la sixième. Et le p95 ? Entre la neuvième et la dixième, plus près de la dixième.

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 7.4 -->
#
# Rangez, trouvez la place, et si elle tombe entre deux valeurs, faites la part du chemin.


# %% tags=["exercise"]
@exercise("7.4")
def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the values does not pass: 0.5 gives the median, 0.95 « p95 », 0 the least, 1 the most.

    The values are ranked; where the share falls between two of them, so does the result, in proportion (as NumPy does).

    Raises:
        WorkshopError: there is no value, or the share is not between 0 and 1.
    """
    ranked = sorted(values)
    if not ranked:
        raise WorkshopError("Aucune valeur\u00a0: il n’y a pas de percentile à calculer tant que rien n’est mesuré.")
    if not 0 <= share <= 1:
        raise WorkshopError("Une part va de 0 à 1\u00a0: pour le 95e percentile, écrivez 0.95.")
    place = share * (len(ranked) - 1)  # the first value is at 0, the last one at len - 1
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (place - below) * (ranked[above] - ranked[below])


# %% [markdown] slideshow={"slide_type": "subslide"}
# Vos durées, celles des textes qui ont été écrits. Rangez d’avance ces trois nombres, du plus petit au plus grand : la moyenne, la médiane, le p95.

# %%
served = [seconds for status, seconds in durations if status == 200]
summary = {
    "moyenne": np.mean(served),
    "médiane": percentile(served, 0.5),
    "p95": percentile(served, 0.95),
    "le pire": max(served),
}
pd.DataFrame({"secondes": summary}).round(2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Cherchez « le pire » : c’est sans doute la toute première demande, le temps que le modèle se charge, ou la dernière servie de la file. Et la moyenne n’est l’attente de personne : presque toutes les demandes vont bien plus vite, et quelques-unes bien plus lentement. On surveille la médiane (l’expérience ordinaire) **et** le p95 (celle de ceux qui s’en vont).

# %% [markdown] slideshow={"slide_type": "subslide"}
# NumPy est-il d’accord avec vous ?

# %% tags=["nbval-check-output"]
asked = (0, 0.5, 0.95, 1)
np.allclose([percentile(served, share) for share in asked], np.quantile(served, asked))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Ce que le serveur compte
#
# Le serveur a compté, lui aussi, dans une page faite pour les outils de surveillance (Prometheus). Avant d’exécuter : y trouvera-t-on vos débuts de phrases ?

# %%
key = {"Authorization": f"Bearer {server.metrics_token}"}  # ils ne sont pas pour tout le monde
figures_kept = client.get(f"{here}/metrics", headers=key).text
told = ("workshop_requests_total", "workshop_tokens_total", "workshop_queue_refused_total")
print(*[line for line in figures_kept.splitlines() if line.startswith(told)], sep="\n")
print("« meunier » y est :", "meunier" in figures_kept)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Retrouvez-y vos bêtises (400 et 413), les refus de la file (503) et ceux du seau (429). Des nombres par adresse demandée (`/api/generate`…) et par réponse, et rien de personne. C’est un choix. Il aurait été plus commode de tout noter : qui, quoi, quand. Mais ce que l’on ne garde pas ne se vole pas, ne se perd pas, et ne s’explique pas à un juge.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Ce qui a le droit de partir
#
# Un serveur choisit ce qu’il **garde** ; un programme choisit ce qu’il **envoie**. Ces carnets peuvent dire où en est une salle (`join`, si vous le voulez) : un événement après chaque exercice. Voici ce qu’un programme serviable noterait, sans penser à mal. Avant de lire la suite : que rayez-vous ?

# %%
event = {
    "seat": "42-0123456789abcdef", "exercise": "5.2", "outcome": "wrong", "mistake": 3, "seconds": 84,
    "user": "amandine", "address": "192.168.1.23", "path": "/home/amandine/05_generation.ipynb",
    "error": "NameError: name 'amandine' is not defined",
}  # fmt: skip

# %% [markdown] slideshow={"slide_type": "subslide"}
# Rayer ne suffit pas : demain, une mise à jour ajoutera un champ, et personne n’y pensera. Ici comme sur le Hub, on part de la **liste de ce qui est permis**. Et pour chaque champ, de la seule **forme** qu’il puisse avoir, écrite en expression régulière. À quoi sert-elle, si le nom du champ est permis ?

# %% tags=["nbval-check-output"]
import re

from workshop.sharing.events import FIELDS

for field, form in FIELDS.items():
    print(f"{field:<10}{form}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# <!-- exercise: 7.5 -->
#
# Partez de ce qui est permis, non de ce qui est là. `re.fullmatch(form, texte)` dit si **tout** le texte a cette forme.


# %% tags=["exercise"]
@exercise("7.5")
def anonymise(event: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Return of an event only what may leave the machine: the fields of ``fields``, in their order, and no other.

    ``fields`` gives the form of each value: a regular expression that all of it must match, once written with ``str``.  A value
    of another form, or one that is missing, becomes ``None``.
    """
    safe = {}
    for name, form in fields.items():
        value = event.get(name)
        safe[name] = value if re.fullmatch(form, str(value)) else None
    return safe


# %% [markdown] slideshow={"slide_type": "subslide"}
# Essayons : l’événement trop bavard, puis le même, où quelqu’un a glissé son prénom dans un champ permis. Que reste-t-il de chacun ?

# %% tags=["nbval-check-output"]
print(anonymise(event, FIELDS))
print(anonymise(event | {"outcome": "wrong, dit amandine"}, FIELDS)["outcome"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# Il reste de quoi aider une salle : si douze places font l’erreur 3, on s’arrête et on l’explique. Et il ne reste personne. C’est par cette fonction, mot pour mot, que passe tout ce que `join` envoie.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Les comptes
#
# Qui veut retrouver ses histoires ouvre un compte : un nom, un mot de passe. Et le mot de passe, **le serveur ne le connaît pas**. Il en garde une empreinte, faite par Argon2 : facile à vérifier, impossible à remonter. Le même mot de passe, deux fois : aurez-vous deux fois la même empreinte ?

# %%
from argon2 import PasswordHasher

keeper = PasswordHasher()
prints = [keeper.hash("la roue du moulin") for _ in range(2)]
print(*prints, sep="\n")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Non : un grain de **sel**, tiré au hasard, y est mêlé. Deux personnes qui ont choisi le même mot de passe n’ont pas la même empreinte, et l’on ne peut rien calculer d’avance. Essayons une empreinte ordinaire (SHA-256) et celle-ci : combien d’essais par seconde pour qui voudrait deviner ? Et pour en essayer un milliard ?

# %%
import hashlib
import timeit

fast = timeit.timeit(lambda: hashlib.sha256(b"la roue du moulin").digest(), number=10_000) / 10_000
slow = timeit.timeit(lambda: keeper.verify(prints[0], "la roue du moulin"), number=3) / 3
for tool, seconds in {"SHA-256": fast, "Argon2": slow}.items():
    hours = french(1e9 * seconds / 3600, 1)
    print(f"{tool:<9}{french(1 / seconds, 0):>10} essais par seconde, un milliard en {hours} h")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Argon2 est lent **exprès**, et gourmand en mémoire. Pour vous, une fraction de seconde à l’entrée, que vous ne verrez pas. Pour qui aurait volé la base et voudrait essayer le milliard de mots de passe les plus courants, lisez les deux nombres. (Sur cette machine, un essai après l’autre ; un voleur bien équipé va plus vite, mais l’écart reste, ou se creuse.)
#
# Ce que ce serveur garde d’un compte : le nom, l’empreinte, la date, les histoires que l’on a voulu garder et, pour qui écrit depuis un programme, l’empreinte de ses clés. Ce qu’il ne garde pas : les textes que l’on n’a pas gardés, une adresse électronique, ce qu’on lit. Tout s’emporte, et tout s’efface, d’un bouton : la page « Ce qui est gardé, et comment l’effacer » le dit en mots simples.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Fermer, ou ouvrir pour de bon
#
# Ce serveur-ci a fini. (Si vous êtes sur sa page, gardez votre histoire avant d’exécuter.)

# %%
server.close()

# %% [markdown] slideshow={"slide_type": "subslide"}
# Et pour les autres ?
#
# | pour qui | la commande |
# |---|---|
# | vous | `python -m workshop serve` |
# | la salle, sur le même réseau | `python -m workshop serve --ip 0.0.0.0` |
# | pour de bon, avec PostgreSQL | `docker compose -f docker/compose.yaml up server` |
#
# La dernière demande d’abord un mot de passe pour la base et deux images à construire : les lignes sont dans `README.md`, « Share what was made ». Puis « pour de bon » demande encore trois choses qu’aucune commande ne donne : un nom et du **https** devant (sans quoi les mots de passe voyagent en clair), quelqu’un qui lit les alertes, et des **sauvegardes** que l’on a déjà essayé de relire. (Dans ce carnet, seul le premier cas a été vécu.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ce que vous savez maintenant
#
# - Un modèle et son tokenizer s’enregistrent ensemble ; on vérifie qu’ils reviennent au bit près.
# - Une carte ne dit que ce qui a été mesuré, sur quoi, et ce qui ne l’a pas été.
# - Un modèle parle des gens comme les livres qu’il a lus ; cela se mesure, donc cela se dit.
# - Ce qui part est une liste de ce qui est permis. Un jeton ne s’écrit nulle part.
# - Une API ne croit rien, dit toutes les fautes, et ne répond jamais 500 à une bêtise.
# - Une file courte et un refus qui dit quand revenir valent mieux qu’une attente sans fin.
# - Le seau laisse passer les rafales et arrête les bavards, en deux lignes de calcul.
# - La moyenne cache ceux qui attendent ; le p95 les montre.
# - Ce que l’on ne garde pas ne se vole pas.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trois questions pour finir
#
# Choisissez, puis dépliez votre réponse.
#
# **1. Vous n’avez pas eu le temps de mesurer si le modèle recopie ses livres. Que met la carte ?**
#
# <details><summary>a) 0, puisque rien n’a été trouvé.</summary>Rien n’a été <em>cherché</em>. Un zéro est une mesure : quelqu’un s’appuiera dessus.</details>
# <details><summary>b) Rien : on n’en parle pas.</summary>Le lecteur croira que la question a été réglée, ou qu’elle ne se pose pas.</details>
# <details><summary>c) « Non mesuré », dans le texte, et rien dans les métadonnées.</summary>Oui ! Dire que l’on ne sait pas est la partie la plus utile d’une carte.</details>
#
# **2. Le serveur est plein. Que répondre au suivant ?**
#
# <details><summary>a) Rien : qu’il attende.</summary>Il attendra, rechargera la page, et attendra deux fois. La file grossit de demandes que plus personne n’attend.</details>
# <details><summary>b) 503 tout de suite, et dans combien de temps revenir.</summary>Oui ! C’est honnête, et cela laisse le serveur finir ce qu’il a commencé.</details>
# <details><summary>c) 500.</summary>500 veut dire « je suis cassé » : quelqu’un sera réveillé pour rien. Il n’est pas cassé, il est occupé.</details>
#
# **3. La moyenne est passée de 0,8 à 0,7 seconde, le p95 de 2 à 6. Est-ce un progrès ?**
#
# <details><summary>a) Oui, la moyenne a baissé.</summary>Presque tout le monde va un peu plus vite ; une personne sur vingt attend trois fois plus. Demandez-lui.</details>
# <details><summary>b) Non : quelque chose est arrivé à une demande sur vingt.</summary>Oui ! Une file trop longue, un texte démesuré, une machine qui s’essouffle : la moyenne ne l’aurait jamais dit.</details>
# <details><summary>c) On ne peut pas savoir.</summary>On en sait déjà beaucoup : c’est tout l’intérêt d’avoir regardé les deux.</details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Et maintenant ?
#
# Vous êtes parti de fichiers bruts. Il y a maintenant un modèle, une carte qui ne ment pas, et une adresse où d’autres peuvent lui demander une histoire. Le reste n’est plus de la technique : à qui le donnez-vous, et pour quoi faire ?
#
# - **Une salle.** `python -m workshop serve --ip 0.0.0.0`, l’adresse au tableau, et dix personnes qui écrivent à la fois. Regardez le p95 (avec `--admin` et un nom de compte, le serveur a un tableau de bord), puis changez la longueur de la file (`queue`, dans `workshop/server/config.py`).
# - **Une carte relue.** Donnez la vôtre à quelqu’un qui n’était pas là. Qu’a-t-il compris de travers ? C’est la carte qu’il faut corriger.
# - **Un autre client.** Le chapitre 06, un tableur, un jeu : tout ce qui sait demander la suite d’un texte à OpenAI sait la demander à votre modèle.
