"""The exercises of chapter 05: temperature, top-k, top-p on nine words, then two prompts through a pipeline."""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..generation import sampling, streaming
from ..generation.sampling import softmax
from .core import Exercise
from .mistakes import anything, raises

#: Scores after « Le meunier prit son », invented: out of order in places, so that sorting them is seen.
LOGITS = np.array([4.0, 1.8, 3.1, -0.5, 2.7, -4.0, 2.2, 1.0, 1.4])
FEW = np.array([0.5, -1.0, 2.0])
#: Three shares of 1/2, 1/4 and 1/4, exactly: two are as likely.
EVEN = np.log2(np.array([0.25, 0.5, 0.25])) * np.log(2.0)

# 5.1 ----------------------------------------------------------------------------------------------------------------------------
TEMPERATURE = Exercise(
    id="5.1", title="La température", purpose="régler l'audace avant le tirage",
    minutes=2, difficulty=1, reference=sampling.apply_temperature,
    cases=[(LOGITS, 0.5), (LOGITS, 2.0), (FEW, 1.0), (FEW, 0.0), (FEW, -1.0)],
    hints=(
        "une petite température doit creuser les écarts entre les notes, une grande les réduire",
        "une seule opération, sur tout le tableau à la fois : NumPy la fait pour chaque note ; le softmax viendra plus tard, "
        "ailleurs",
        '`return logits / …`, et d\'abord, pour la température qui n\'a pas de sens : `if temperature <= 0: raise '
        'WorkshopError("…")`',
    ),
    helpers=globals(),
    mistakes=[
        ("logits * temperature",
         "c'est à l'envers : en multipliant, une grande température creuserait les écarts au lieu de les réduire"),
        ("softmax(logits) / temperature", "c'est trop tard : diviser des probabilités les rapetisse toutes pareil, et leurs "
         "rapports ne changent pas ; divisez les notes, avant tout softmax", 2),
        ("softmax(logits / temperature)",
         "vous renvoyez déjà des probabilités : la suite attend des notes, le softmax viendra après les filtres", 2),
        ("np.exp(logits / temperature)",
         "l'exponentielle est de trop : c'est le softmax qui la prendra, une fois les notes filtrées", 2),
        ("logits ** (1 / temperature)", "c'est ce que l'on faisait au chapitre 03, sur des probabilités ; ici ce sont leurs "
         "logarithmes, et une puissance devient une simple division", 3),
        ("np.sign(logits) * np.abs(logits) ** (1 / temperature)", "une puissance convient aux probabilités (chapitre 03) ; sur "
         "des notes, qui sont des logarithmes, la même idée est une simple division", 3),
        ("logits - temperature",
         "soustraire la même chose à toutes les notes n'a aucun effet sur les probabilités : seuls les écarts comptent"),
        ("logits // temperature",
         "deux barres (`//`) arrondissent le quotient : les notes sont des nombres à virgule, prenez `/`", 3),
        ("temperature / logits", "la fraction est à l'envers : les notes au-dessus, la température au-dessous", 3),
        ("np.where(logits == logits.max(), logits / temperature, logits)",
         "vous ne changez qu'une seule note : toutes doivent être divisées, le favori comme les autres"),
        ("logits", "votre fonction ne change rien : que fait-elle de `temperature` ?"),
    ],
)  # fmt: skip

# 5.2 ----------------------------------------------------------------------------------------------------------------------------
SHORTER = "la liste est devenue plus courte : chaque token doit garder sa place, donc sa note (ou `-np.inf`) à son numéro"
PROBABILITIES = "vous renvoyez des probabilités : la suite attend des notes, et fera elle-même le softmax"
ZERO = (
    "un zéro n'écarte personne : c'est une note comme une autre, et même meilleure qu'une note négative ; prenez `-np.inf`, dont "
    "l'exponentielle est nulle"
)
VERY_LOW = "une note très basse est presque rien, mais pas rien : prenez `-np.inf`, sa probabilité sera exactement 0"
TOO_HIGH = "`np.inf` est la meilleure des notes, et ces tokens-là sortiraient toujours : avec le signe moins, `-np.inf`"
NOBODY_OUT = "personne n'est écarté : toutes les notes sont encore là"


def keep(logits: np.ndarray, chosen: np.ndarray, out: float = -np.inf) -> np.ndarray:
    """Return the scores that are chosen, and ``out`` in the place of the others."""
    return np.where(chosen, logits, out)


def rank(logits: np.ndarray) -> np.ndarray:
    """Return 0 for the highest score, 1 for the next one…"""
    return np.argsort(np.argsort(-logits))


def very_low(got: np.ndarray, want: np.ndarray) -> bool:
    """Return whether the scores that had to be put out are still there, so low that they seem to be out."""
    out = np.isneginf(want)
    return bool(out.any() and np.isfinite(got[out]).all() and (got[out] < -100).all())


def moved(got: np.ndarray, want: np.ndarray) -> bool:
    """Return whether the right scores are all there, but not in their places."""
    return np.allclose(np.sort(got), np.sort(want)) and not np.allclose(got, want, equal_nan=True)


TOP_K = Exercise(
    id="5.2", title="Les k meilleurs", purpose="couper la longue queue des mots absurdes",
    minutes=4, difficulty=2, reference=sampling.top_k_filter,
    cases=[(LOGITS, 2), (LOGITS, 1), (FEW, 2), (FEW, 50), (LOGITS, 9), (FEW, 0)],
    hints=(
        "cherchez d'abord la plus petite note que l'on garde : toutes celles qui l'atteignent restent, les autres valent "
        "`-np.inf`",
        "`np.sort(logits)` range de la plus petite à la plus grande, et `[-k]` compte depuis la fin (attention : `k` peut "
        "dépasser le nombre de notes, d'où `min`) ; `np.where(condition, a, b)` choisit note par note",
        "`lowest_kept = np.sort(logits)[-min(k, len(logits))]`, puis `return np.where(logits >= …, logits, -np.inf)` ; "
        'et d\'abord : `if k < 1: raise WorkshopError("…")`',
    ),
    helpers=globals(),
    mistakes=[
        ("keep(logits, logits >= np.sort(logits)[-k])", "quand `k` dépasse le nombre de notes, il n'y a rien à écarter : "
         "bornez-le avec `min(k, len(logits))`", 2, anything("isinstance(got, (IndexError, ValueError)) and k > len(logits)")),
        ("rank(logits) < k", "ce sont des réponses par oui ou non : il reste à choisir, avec `np.where`, la note ou `-np.inf`", 2,
         "got.dtype == bool"),
        (["np.sort(logits)[-k:]", "np.argsort(-logits)[:k]"], SHORTER, 2, "len(got) < len(want)"),
        ("softmax(right(logits, k))", PROBABILITIES),
        ("keep(logits, rank(logits) < k, 0.0)", ZERO),
        ("keep(logits, rank(logits) < k, -1e9)", VERY_LOW, "very_low(got, want)"),
        ("keep(logits, rank(logits) < k, np.inf)", TOO_HIGH, "np.isposinf(got).any()"),
        ("keep(logits, np.argsort(-logits) < k)",
         "`argsort` ne donne pas des rangs, mais des numéros de tokens, le meilleur d'abord : les `k` premiers sont les numéros "
         "de ceux qui restent", 2),
        ("keep(logits, rank(logits) >= len(logits) - k)",
         "vous gardez les moins bonnes notes : c'est l'autre bout de la liste", 2),
        ("keep(logits, rank(logits) >= k)", "ce sont les `k` meilleures que vous écartez, au lieu de les garder"),
        ("keep(logits, np.arange(len(logits)) < k)",
         "vous gardez les premiers du vocabulaire, pas les meilleurs : le numéro d'un token ne dit rien de sa note"),
        ("keep(logits, logits >= np.sort(logits)[min(k, len(logits) - 1)])",
         "`np.sort` range de la plus petite à la plus grande : la `k`-ième meilleure se prend depuis la fin, `[-k]`", 2),
        (["keep(logits, logits > k)", "keep(logits, logits >= k)"],
         "vous comparez les notes à `k`, qui n'est pas une note : il compte des tokens"),
        ("keep(np.sort(logits)[::-1], np.arange(len(logits)) < k)", "les notes ont changé de place : un token doit garder la "
         "sienne, sinon c'est un autre mot qui sortira", 2, "moved(got, want)"),
        ("rank(logits).astype(float)", "ce sont des rangs, pas des notes : on garde les notes elles-mêmes"),
        ("logits", NOBODY_OUT),
        ("keep(logits, rank(logits) <= k)",
         "il y en a une de trop : `k` notes restent, pas `k + 1` (les rangs commencent à 0)", 2),
        ("keep(logits, logits > np.sort(logits)[-min(k, len(logits))])",
         "il en manque une : la plus petite des notes gardées l'est aussi, donc `>=` et non `>`", 3),
    ],
)  # fmt: skip


# 5.3 ----------------------------------------------------------------------------------------------------------------------------
def nucleus(logits: np.ndarray, choose: Callable, out: float = -np.inf, share: Callable = softmax, sign: int = -1) -> np.ndarray:
    """Sort from the likeliest, let ``choose`` say which of the sorted probabilities stay, and put them back in place."""
    order = np.argsort(sign * logits)
    kept = order[choose(share(logits)[order])]
    filtered = np.full(len(logits), out)
    filtered[kept] = logits[kept]
    return filtered


def before(shares: np.ndarray) -> np.ndarray:
    """Return what precedes each share, all added up."""
    return np.cumsum(shares) - shares


TOP_P = Exercise(
    id="5.3", title="Le noyau", purpose="garder peu de mots quand le modèle est sûr, beaucoup quand il hésite",
    minutes=6, difficulty=3, reference=sampling.top_p_filter, 
    cases=[(LOGITS, 0.3), (LOGITS, 0.9), (FEW, 0.9), (FEW, 1.0), (EVEN, 0.5), (LOGITS, 0.01), (300 * LOGITS, 0.9), (FEW, 0.0),
           (FEW, 1.5)],
    hints=(
        "rangez les tokens du plus probable au moins probable, et additionnez en descendant : un token reste tant que ceux "
        "d'avant lui n'ont pas encore atteint `p`",
        "`order = np.argsort(-logits)` donne les numéros du plus probable au moins probable ; `softmax(logits)[order]`, leurs "
        "probabilités dans cet ordre ; `np.cumsum` additionne en descendant. Ce qui précède un token, c'est cette somme moins sa "
        "propre probabilité",
        "`before = np.cumsum(probabilities) - probabilities`, puis `kept = order[before < …]` ; le reste vaut `-np.inf`, et "
        "`filtered[kept] = logits[kept]` remet chaque note à sa place ; et d'abord : `if not 0 < p <= 1: raise "
        'WorkshopError("…")`',
    ),
    helpers=globals(),
    mistakes=[
        ("np.isfinite(right(logits, p))", "ce sont des réponses par oui ou non : il reste à mettre la note, ou `-np.inf`, à la "
         "place de chacune", 3, "got.dtype == bool"),
        ("np.sort(logits[np.isfinite(right(logits, p))])[::-1]", SHORTER, 3, "len(got) < len(want)"),
        ("softmax(right(logits, p))", PROBABILITIES, 3),
        ("nucleus(logits, lambda shares: before(shares) < p, 0.0)", ZERO, 3),
        ("nucleus(logits, lambda shares: before(shares) < p, -1e9)", VERY_LOW, 3, "very_low(got, want)"),
        ("nucleus(logits, lambda shares: before(shares) < p, np.inf)", TOO_HIGH, 3, "np.isposinf(got).any()"),
        ("keep(logits, softmax(logits) >= p)",
         "vous jugez chaque token de son côté : `p` est la part que les tokens gardés doivent atteindre ensemble"),
        ("keep(logits, softmax(logits) >= p * softmax(logits).max())",
         "vous gardez ceux qui ont au moins la part `p` du meilleur (on l'appelle min-p) : ici, `p` est ce que les tokens gardés "
         "doivent totaliser ensemble, en descendant depuis le plus probable"),
        ("nucleus(logits, lambda shares: before(shares) < p, share=lambda scores: np.exp(scores) / np.exp(scores).sum())",
         "la formule est juste, mais `np.exp` déborde avec de grandes notes : infini sur infini fait `nan`. `softmax(logits)` "
         "s'en garde, en ôtant d'abord la plus grande", 2),
        ("nucleus(logits, lambda shares: np.cumsum(shares) <= p)",
         "parfois il ne reste personne : quand le premier dépasse `p` à lui seul, il faut pourtant le garder ; le token qui fait "
         "franchir `p` reste toujours", 2, "not np.isfinite(got).any()"),
        ("nucleus(logits, lambda shares: (np.cumsum(shares) <= p) | (np.arange(len(shares)) == 0))",
         "vous écartez le token qui fait franchir `p` : sans lui, on n'atteint pas `p` ; comparez à `p` la somme de ceux d'avant "
         "lui", 2),
        ("logits", NOBODY_OUT),
        ("keep(logits, before(softmax(logits)) < p)",
         "vous additionnez dans l'ordre du vocabulaire : il faut d'abord ranger, du plus probable au moins probable", 2),
        ("nucleus(logits, lambda shares: before(shares) < p, sign=1)",
         "l'ordre est à l'envers : vous partez du moins probable, et ce sont les mots absurdes qui restent", 2),
        ("nucleus(logits, lambda shares: before(shares) < p, share=lambda scores: softmax(softmax(scores)))",
         "le softmax est fait deux fois : le second prend des probabilités pour des notes et les rend presque égales", 2),
        ("keep(logits, logits >= p)",
         "vous comparez des notes à `p`, qui est une part de probabilité : passez d'abord par le softmax"),
        ("keep(logits, before(np.sort(softmax(logits))[::-1]) < p)", "votre choix est rangé du plus probable au moins probable, "
         "et les notes sont dans l'ordre du vocabulaire : `order[before < p]` donne les numéros de ceux qui restent", 3),
        ("nucleus(logits, lambda shares: before(shares) < p, share=np.array)",
         "vous additionnez des notes : ce sont les probabilités (`softmax(logits)`) qui totalisent 1", 2),
        ("nucleus(logits, lambda shares: before(shares) >= p)",
         "ce sont les plus probables que vous écartez, au lieu de les garder"),
        ("np.sort(right(logits, p))[::-1]", "les notes ont changé de place : une fois le tri fait, chacune doit retrouver le "
         "numéro de son token", 3, "moved(got, want)"),
        ("nucleus(logits, lambda shares: before(shares) <= p)",
         "il y en a un de trop quand `p` est atteint tout juste : un token reste si ceux d'avant lui font moins que `p`, `<` et "
         "non `<=`", 2),
        ("nucleus(logits, lambda shares: np.arange(len(shares)) <= (before(shares) < p).sum())",
         "il y en a un de trop : dès que `p` est atteint, les suivants s'en vont", 2),
    ],
)  # fmt: skip

# 5.4 ----------------------------------------------------------------------------------------------------------------------------
PROMPTS = ["Le meunier ouvrit", "— Bonsoir, dit"]


@cache
def _toy_pipeline(seed: int) -> Any:
    """A real pipeline of transformers around a model that has learnt nothing: its answers take a hundredth of a second."""
    import torch
    from transformers import AutoTokenizer, GenerationConfig, GPT2Config, GPT2LMHeadModel, TextGenerationPipeline

    from ..base.settings import settings

    class Toy(TextGenerationPipeline):
        """A pipeline whose ``repr`` fits in a card, and which, left without settings, writes 24 tokens instead of 256."""

        _default_generation_config = GenerationConfig(max_new_tokens=24, do_sample=True, temperature=0.7)

        def __repr__(self) -> str:
            return "<pipeline>"

        def __deepcopy__(self, memo: dict) -> "Toy":  # no answer changes a tokenizer, whose copy takes the longest
            return Toy(model=copy.deepcopy(self.model, memo), tokenizer=self.tokenizer, device="cpu")

    tokenizer = AutoTokenizer.from_pretrained(settings().data / "models" / "gpt2-fr", local_files_only=True)
    end = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=512, n_embd=8, n_layer=1, n_head=1, bos_token_id=end, eos_token_id=end
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = GPT2LMHeadModel(config).eval()
    model.generation_config.pad_token_id = end
    return Toy(model=model, tokenizer=tokenizer, device="cpu")


def _cases() -> list[tuple]:
    short, long = {"max_new_tokens": 2, "do_sample": False}, {"max_new_tokens": 4, "do_sample": False}
    first, second = _toy_pipeline(0), _toy_pipeline(1)
    varied = {"max_new_tokens": 6, "do_sample": False, "repetition_penalty": 8.0}
    return [
        (first, PROMPTS, short),
        (first, PROMPTS[::-1], long),
        (second, (*PROMPTS, "\nIl y avait"), short),
        (first, PROMPTS, varied),
    ]


PIPELINE = Exercise(
    id="5.4",
    title="Deux débuts, une pipeline",
    purpose="écrire comme tout le monde le fait avec transformers",
    minutes=4,
    difficulty=2,
    reference=streaming.continue_prompts,
    cases=_cases,
    hints=(
        "regardez ce que renvoie la pipeline : une liste, avec une place pour chaque début ; à cette place, une liste de "
        "propositions (une seule, ici) ; chaque proposition est un dictionnaire",
        "`generator(list(prompts), **settings)` fait tout le travail : les deux étoiles ouvrent le dictionnaire, comme si vous "
        'aviez écrit chaque réglage avec son nom. Il reste à prendre, dans chaque réponse, `[0]` puis `"generated_text"`',
        "`return [proposals[0][…] for proposals in generator(list(prompts), **settings)]`",
    ),
    helpers=globals(),
    mistakes=[
        ("[proposals['generated_text'] for proposals in generator(prompts, **settings)]",
         "pour chaque début, la pipeline donne une liste de propositions : prenez d'abord la première, `[0]`", 2,
         raises(TypeError, "indices must be integers")),
        ("[proposals[0]['text'] for proposals in generator(prompts, **settings)]",
         "dans une proposition, le texte s'appelle `\"generated_text\"`", 2, raises(KeyError)),
        ("[proposals[0]['generated_text'] for proposals in generator(prompts, settings)]",
         "les réglages sont arrivés en bloc : il faut deux étoiles, `**settings`, pour ouvrir le dictionnaire", 2,
         raises(TypeError, "positional")),
        ("generator(prompts, **settings)", "ce sont encore des boîtes dans des boîtes : une liste par début, et dans chacune un "
         "dictionnaire par proposition", 2, anything("isinstance(got[0], list) and isinstance(got[0][0], dict)")),
        ("[[text] for text in right(generator, prompts, settings)]",
         "chaque texte est encore dans une liste : on attend directement les textes", 3, anything("isinstance(got[0], list)")),
        ("[proposals[0] for proposals in generator(prompts, **settings)]", "le texte est encore dans son dictionnaire : prenez "
         'ce qui est rangé sous `"generated_text"`', 2, anything("isinstance(got[0], dict)")),
        (["generator(prompts[0], **settings)[0]['generated_text']", "'\\n'.join(right(generator, prompts, settings))"],
         "on attend une liste, et voici un seul texte : il en faut un par début", anything("isinstance(got, str)")),
        ([
             "[generator(' '.join(prompts), **settings)[0]['generated_text']]",
             "for prompt in prompts: return [generator(prompt, **settings)[0]['generated_text']]",
         ], "il faut un texte par début, dans le même ordre", "len(got) != len(want)"),
        ("prompts", "rien n'a été écrit : ce sont les débuts eux-mêmes ; qui appelle la pipeline ?", 2),
        ("[generator(prompts[0], **settings)[0]['generated_text'] for _ in prompts]",
         "les deux textes ont le même début : le second début n'a pas servi"),
        ("right(generator, prompts, settings | {'return_full_text': False})",
         "il manque le début : la pipeline le rend avec la suite, laissez-la faire (`return_full_text`)", 2),
        ("right(generator, prompts, {})", "le texte est trop long : les réglages (`settings`) ne sont pas arrivés jusqu'à la "
         "pipeline", 2, "all(len(text) > 2 * len(wanted) for text, wanted in zip(got, want))"),
    ],
)  # fmt: skip

EXERCISES = [TEMPERATURE, TOP_K, TOP_P, PIPELINE]
