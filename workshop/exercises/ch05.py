"""The exercises of chapter 05: temperature, top-k, top-p on nine words, then two prompts through a pipeline."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..generation import sampling, streaming
from .core import Exercise, like

#: Scores after « Le meunier prit son », invented: out of order in places, so that sorting them is seen.
WORDS = ["chapeau", "cheval", "bâton", "violon", "sac", "éléphant", "temps", "pain", "couteau"]
LOGITS = np.array([4.0, 1.8, 3.1, -0.5, 2.7, -4.0, 2.2, 1.0, 1.4])
FEW = np.array([0.5, -1.0, 2.0])

_softmax = sampling.softmax


def _array(got: Any, expected: Any) -> bool:
    return isinstance(got, np.ndarray) and got.shape == expected.shape


def _sums_to_one(got: Any, expected: Any, *_: Any) -> bool:
    return _array(got, expected) and np.isclose(got.sum(), 1) and bool((got >= 0).all())


def _kept(got: np.ndarray) -> set[int]:
    return set(np.flatnonzero(np.isfinite(got)).tolist())


def _zeroed(got: Any, expected: Any, *_: Any) -> bool:
    out = np.isneginf(expected)
    return _array(got, expected) and out.any() and bool((got[out] == 0).all()) and np.allclose(got[~out], expected[~out])


def _very_low(got: Any, expected: Any, *_: Any) -> bool:
    out = np.isneginf(expected)
    return _array(got, expected) and out.any() and bool(np.isfinite(got[out]).all() and (got[out] < -100).all())


def _shorter(got: Any, expected: Any, *_: Any) -> bool:
    return isinstance(got, np.ndarray) and got.ndim == 1 and len(got) < len(expected)


def _booleans(got: Any, *_: Any) -> bool:
    return isinstance(got, np.ndarray) and got.dtype == bool


def _moved(got: Any, expected: Any, *_: Any) -> bool:
    return (
        _array(got, expected) and np.allclose(np.sort(got), np.sort(expected)) and not np.allclose(got, expected, equal_nan=True)
    )


# 5.1 ----------------------------------------------------------------------------------------------------------------------------


def _multiplied(logits, temperature):
    return logits * temperature


def _after_softmax(logits, temperature):
    return _softmax(logits) / temperature


def _probabilities(logits, temperature):
    return _softmax(logits / temperature)


def _exponentials(logits, temperature):
    return np.exp(logits / temperature)


def _power(logits, temperature):
    return np.sign(logits) * np.abs(logits) ** (1 / temperature)


def _power_as_in_chapter_03(logits, temperature):
    return logits ** (1 / temperature)


def _subtracted(logits, temperature):
    return logits - temperature


def _floored(logits, temperature):
    return logits // temperature


def _upside_down(logits, temperature):
    return temperature / logits


def _favourite_only(logits, temperature):
    divided = logits.copy()
    divided[logits.argmax()] /= temperature
    return divided


TEMPERATURE = Exercise(
    id="5.1",
    title="La température",
    purpose="régler l'audace avant le tirage",
    minutes=2,
    difficulty=1,
    reference=sampling.apply_temperature,
    cases=[(LOGITS, 0.5), (LOGITS, 2.0), (FEW, 1.0)],
    hints=(
        "une petite température doit creuser les écarts entre les notes, une grande les réduire",
        "une seule opération, sur tout le tableau à la fois : NumPy la fait pour chaque note ; le softmax viendra plus tard, "
        "ailleurs",
        "`return logits / …`",
    ),
    wrong=(
        (_multiplied, "à l’envers"),
        (_after_softmax, "trop tard"),
        (_probabilities, "des probabilités"),
        (_exponentials, "l’exponentielle"),
        (_power, "une puissance"),
        (_power_as_in_chapter_03, "au chapitre 03"),
        (_subtracted, "aucun effet"),
        (_floored, "deux barres"),
        (_upside_down, "la fraction"),
        (_favourite_only, "une seule note"),
        (lambda logits, temperature: logits, "ne change rien"),
        (lambda logits, temperature: (logits / temperature).max(), "un tableau NumPy"),
        (lambda logits, temperature: list(logits / temperature), "un tableau NumPy"),
        (
            "def apply_temperature(logits, temperature):\n    logits /= temperature\n    return logits\n",
            "modifie ce qu’on lui donne",
        ),
        ("def apply_temperature(logits, temperature):\n    print(logits / temperature)\n", "`return`"),
    ),
    diagnostics=(
        (
            like(_multiplied),
            "c'est à l'envers : en multipliant, une grande température creuserait les écarts au lieu de les réduire",
        ),
        (
            like(_after_softmax),
            "c'est trop tard : diviser des probabilités les rapetisse toutes pareil, et leurs rapports ne changent pas ; "
            "divisez les notes, avant tout softmax",
            2,
        ),
        (
            like(_probabilities),
            "vous renvoyez déjà des probabilités : la suite attend des notes, le softmax viendra après les filtres",
            2,
        ),
        (
            like(_exponentials),
            "l'exponentielle est de trop : c'est le softmax qui la prendra, une fois les notes filtrées",
            2,
        ),
        (
            like(_power_as_in_chapter_03),
            "c'est ce que l'on faisait au chapitre 03, sur des probabilités ; ici ce sont leurs logarithmes, et une puissance "
            "devient une simple division",
            3,
        ),
        (
            like(_power),
            "une puissance convient aux probabilités (chapitre 03) ; sur des notes, qui sont des logarithmes, la même idée est "
            "une simple division",
            3,
        ),
        (
            like(_subtracted),
            "soustraire la même chose à toutes les notes n'a aucun effet sur les probabilités : seuls les écarts comptent",
        ),
        (like(_floored), "deux barres (`//`) arrondissent le quotient : les notes sont des nombres à virgule, prenez `/`", 3),
        (like(_upside_down), "la fraction est à l'envers : les notes au-dessus, la température au-dessous", 3),
        (like(_favourite_only), "vous ne changez qu'une seule note : toutes doivent être divisées, le favori comme les autres"),
        (like(lambda logits, temperature: logits), "votre fonction ne change rien : que fait-elle de `temperature` ?"),
    ),
)

# 5.2 ----------------------------------------------------------------------------------------------------------------------------


def _keep(logits, chosen, out=-np.inf):
    return np.where(chosen, logits, out)


def _rank(logits):
    """0 for the highest score, 1 for the next one…"""
    return np.argsort(np.argsort(-logits))


def _k_lowest(logits, k):
    return _keep(logits, _rank(logits) >= len(logits) - k)


def _k_removed(logits, k):
    return _keep(logits, _rank(logits) >= k)


def _k_to_zero(logits, k):
    return _keep(logits, _rank(logits) < k, 0.0)


def _k_very_low(logits, k):
    return _keep(logits, _rank(logits) < k, -1e9)


def _one_too_many(logits, k):
    return _keep(logits, _rank(logits) <= k)


def _one_too_few(logits, k):
    lowest_kept = np.sort(logits)[-min(k, len(logits))]
    return np.where(logits > lowest_kept, logits, -np.inf)


def _first_of_the_vocabulary(logits, k):
    return _keep(logits, np.arange(len(logits)) < k)


def _counted_from_the_lowest(logits, k):
    return np.where(logits >= np.sort(logits)[min(k, len(logits) - 1)], logits, -np.inf)


def _scores_above_k(logits, k):
    return _keep(logits, logits > k)


def _k_sorted(logits, k):
    return _keep(np.sort(logits)[::-1], np.arange(len(logits)) < k)


def _fails_beyond(logits, k):
    return np.where(logits >= np.sort(logits)[-k], logits, -np.inf)


TOP_K = Exercise(
    id="5.2",
    title="Les k meilleurs",
    purpose="couper la longue queue des mots absurdes",
    minutes=4,
    difficulty=2,
    reference=sampling.top_k_filter,
    cases=[(LOGITS, 2), (LOGITS, 1), (FEW, 2), (FEW, 50)],
    hints=(
        "cherchez d'abord la plus petite note que l'on garde : toutes celles qui l'atteignent restent, les autres valent "
        "`-np.inf`",
        "`np.sort(logits)` range de la plus petite à la plus grande, et `[-k]` compte depuis la fin (attention : `k` peut "
        "dépasser le nombre de notes, d'où `min`) ; `np.where(condition, a, b)` choisit note par note",
        "`lowest_kept = np.sort(logits)[-min(k, len(logits))]`, puis `return np.where(logits >= …, logits, -np.inf)`",
    ),
    wrong=(
        (_k_lowest, "les moins bonnes"),
        (_k_removed, "que vous écartez"),
        (_k_to_zero, "un zéro n’écarte personne"),
        (_k_very_low, "`-np.inf`"),
        (_one_too_many, "une de trop"),
        (_one_too_few, "il en manque une"),
        (_first_of_the_vocabulary, "les premiers du vocabulaire"),
        (_counted_from_the_lowest, "depuis la fin"),
        (_scores_above_k, "compte des tokens"),
        (lambda logits, k: _keep(logits, logits >= k), "compte des tokens"),
        (_k_sorted, "changé de place"),
        (_fails_beyond, "dépasse le nombre"),
        (lambda logits, k: _softmax(sampling.top_k_filter(logits, k)), "des probabilités"),
        (lambda logits, k: np.sort(logits)[-k:], "plus courte"),
        (lambda logits, k: np.argsort(-logits)[:k], "plus courte"),
        (lambda logits, k: _rank(logits) < k, "oui ou non"),
        (lambda logits, k: _rank(logits).astype(float), "des rangs"),
        (lambda logits, k: logits, "personne n’est écarté"),
        (
            "def top_k_filter(logits, k):\n"
            "    lowest_kept = np.sort(logits)[-min(k, len(logits))]\n"
            "    logits[logits < lowest_kept] = -np.inf\n"
            "    return logits\n",
            "modifie ce qu’on lui donne",
        ),
    ),
    diagnostics=(
        (
            lambda got, expected, logits, k: isinstance(got, (IndexError, ValueError)) and k > len(logits),
            "quand `k` dépasse le nombre de notes, il n'y a rien à écarter : bornez-le avec `min(k, len(logits))`",
            2,
        ),
        (_booleans, "ce sont des réponses par oui ou non : il reste à choisir, avec `np.where`, la note ou `-np.inf`", 2),
        (
            _shorter,
            "la liste est devenue plus courte : chaque token doit garder sa place, donc sa note (ou `-np.inf`) à son numéro",
            2,
        ),
        (
            like(lambda logits, k: _softmax(sampling.top_k_filter(logits, k))),
            "vous renvoyez des probabilités : la suite attend des notes, et fera elle-même le softmax",
        ),
        (
            _zeroed,
            "un zéro n'écarte personne : c'est une note comme une autre, et même meilleure qu'une note négative ; prenez "
            "`-np.inf`, dont l'exponentielle est nulle",
            1,
        ),
        (
            _very_low,
            "une note très basse est presque rien, mais pas rien : prenez `-np.inf`, sa probabilité sera exactement 0",
            1,
        ),
        (like(_k_lowest), "vous gardez les moins bonnes notes : c'est l'autre bout de la liste", 2),
        (like(_k_removed), "ce sont les `k` meilleures que vous écartez, au lieu de les garder", 1),
        (
            like(_first_of_the_vocabulary),
            "vous gardez les premiers du vocabulaire, pas les meilleurs : le numéro d'un token ne dit rien de sa note",
            1,
        ),
        (
            like(_counted_from_the_lowest),
            "`np.sort` range de la plus petite à la plus grande : la `k`-ième meilleure se prend depuis la fin, `[-k]`",
            2,
        ),
        (
            lambda got, expected, logits, k: any(_kept(got) == _kept(_keep(logits, one)) for one in (logits > k, logits >= k)),
            "vous comparez les notes à `k`, qui n'est pas une note : il compte des tokens",
            1,
        ),
        (_moved, "les notes ont changé de place : un token doit garder la sienne, sinon c'est un autre mot qui sortira", 2),
        (
            like(lambda logits, k: _rank(logits).astype(float)),
            "ce sont des rangs, pas des notes : on garde les notes elles-mêmes",
        ),
        (like(lambda logits, k: logits), "personne n'est écarté : toutes les notes sont encore là", 1),
        (
            lambda got, expected, *_: len(_kept(got)) == len(_kept(expected)) + 1,
            "il y en a une de trop : `k` notes restent, pas `k + 1` (les rangs commencent à 0)",
            2,
        ),
        (
            lambda got, expected, *_: len(_kept(got)) == len(_kept(expected)) - 1,
            "il en manque une : la plus petite des notes gardées l'est aussi, donc `>=` et non `>`",
            3,
        ),
    ),
)

# 5.3 ----------------------------------------------------------------------------------------------------------------------------


def _nucleus(logits: np.ndarray, choose: Callable[[np.ndarray], np.ndarray], out: float = -np.inf) -> np.ndarray:
    """Sort from the likeliest, let ``choose`` say which of the sorted probabilities stay, and put them back in place."""
    order = np.argsort(-logits)
    kept = order[choose(_softmax(logits)[order])]
    filtered = np.full(len(logits), out)
    filtered[kept] = logits[kept]
    return filtered


def _before(probabilities):
    return np.cumsum(probabilities) - probabilities


def _crossing_dropped(logits, p):
    return _nucleus(logits, lambda sorted_: (np.cumsum(sorted_) <= p) | (np.arange(len(sorted_)) == 0))


def _none_kept(logits, p):
    return _nucleus(logits, lambda sorted_: np.cumsum(sorted_) <= p)


def _one_more(logits, p):
    return _nucleus(logits, lambda sorted_: np.arange(len(sorted_)) <= (_before(sorted_) < p).sum())


def _ascending(logits, p):
    order = np.argsort(logits)
    kept = order[_before(_softmax(logits)[order]) < p]
    filtered = np.full(len(logits), -np.inf)
    filtered[kept] = logits[kept]
    return filtered


def _unsorted(logits, p):
    return _keep(logits, _before(_softmax(logits)) < p)


def _each_alone(logits, p):
    return _keep(logits, _softmax(logits) >= p)


def _softmax_twice(logits, p):
    order = np.argsort(-logits)
    kept = order[_before(_softmax(_softmax(logits))[order]) < p]
    filtered = np.full(len(logits), -np.inf)
    filtered[kept] = logits[kept]
    return filtered


def _sum_of_scores(logits, p):
    return _nucleus(logits, lambda sorted_: (np.cumsum(np.sort(logits)[::-1]) - np.sort(logits)[::-1]) < p)


def _scores_above_p(logits, p):
    return _keep(logits, logits >= p)


def _not_put_back(logits, p):
    return _keep(logits, _before(np.sort(_softmax(logits))[::-1]) < p)


def _left_sorted(logits, p):
    return np.sort(sampling.top_p_filter(logits, p))[::-1]


def _head_removed(logits, p):
    return _nucleus(logits, lambda sorted_: _before(sorted_) >= p)


TOP_P = Exercise(
    id="5.3",
    title="Le noyau",
    purpose="garder peu de mots quand le modèle est sûr, beaucoup quand il hésite",
    minutes=6,
    difficulty=3,
    reference=sampling.top_p_filter,
    cases=[(LOGITS, 0.3), (LOGITS, 0.9), (FEW, 0.9), (FEW, 1.0)],
    hints=(
        "rangez les tokens du plus probable au moins probable, et additionnez en descendant : un token reste tant que ceux "
        "d'avant lui n'ont pas encore atteint `p`",
        "`order = np.argsort(-logits)` donne les numéros du plus probable au moins probable ; `softmax(logits)[order]`, leurs "
        "probabilités dans cet ordre ; `np.cumsum` additionne en descendant. Ce qui précède un token, c'est cette somme moins "
        "sa propre probabilité",
        "`before = np.cumsum(probabilities) - probabilities`, puis `kept = order[before < …]` ; le reste vaut `-np.inf`, et "
        "`filtered[kept] = logits[kept]` remet chaque note à sa place",
    ),
    wrong=(
        (_crossing_dropped, "vous écartez le token qui fait franchir"),
        (_none_kept, "il ne reste personne"),
        (_one_more, "un de trop"),
        (_ascending, "à l’envers"),
        (_unsorted, "l’ordre du vocabulaire"),
        (_each_alone, "chacun de son côté"),
        (_softmax_twice, "deux fois"),
        (_sum_of_scores, "des notes"),
        (_scores_above_p, "une part de probabilité"),
        (_not_put_back, "dans l’ordre du vocabulaire"),
        (_left_sorted, "changé de place"),
        (_head_removed, "les plus probables que vous écartez"),
        (lambda logits, p: _softmax(sampling.top_p_filter(logits, p)), "des probabilités"),
        (lambda logits, p: _nucleus(logits, lambda sorted_: _before(sorted_) < p, 0.0), "un zéro n’écarte personne"),
        (lambda logits, p: _nucleus(logits, lambda sorted_: _before(sorted_) < p, -1e9), "`-np.inf`"),
        (lambda logits, p: np.sort(logits[np.isfinite(sampling.top_p_filter(logits, p))])[::-1], "plus courte"),
        (lambda logits, p: np.isfinite(sampling.top_p_filter(logits, p)), "oui ou non"),
        (lambda logits, p: logits, "personne n’est écarté"),
        (
            "def top_p_filter(logits, p):\n"
            "    order = np.argsort(-logits)\n"
            "    probabilities = softmax(logits)[order]\n"
            "    logits[order[np.cumsum(probabilities) - probabilities >= p]] = -np.inf\n"
            "    return logits\n",
            "modifie ce qu’on lui donne",
        ),
    ),
    diagnostics=(
        (_booleans, "ce sont des réponses par oui ou non : il reste à mettre la note, ou `-np.inf`, à la place de chacune", 3),
        (
            _shorter,
            "la liste est devenue plus courte : chaque token doit garder sa place, donc sa note (ou `-np.inf`) à son numéro",
            3,
        ),
        (
            lambda got, expected, *_: _sums_to_one(got, expected) and not np.isclose(expected[np.isfinite(expected)].sum(), 1),
            "vous renvoyez des probabilités : la suite attend des notes, et fera elle-même le softmax",
            3,
        ),
        (
            _zeroed,
            "un zéro n'écarte personne : c'est une note comme une autre, et même meilleure qu'une note négative ; prenez "
            "`-np.inf`, dont l'exponentielle est nulle",
            3,
        ),
        (
            _very_low,
            "une note très basse est presque rien, mais pas rien : prenez `-np.inf`, sa probabilité sera exactement 0",
            3,
        ),
        (
            like(_each_alone),
            "vous jugez chaque token chacun de son côté : `p` est la part que les tokens gardés doivent atteindre ensemble",
            1,
        ),
        (
            lambda got, *_: not _kept(got),
            "parfois il ne reste personne : quand le premier dépasse `p` à lui seul, il faut pourtant le garder ; le "
            "token qui fait franchir `p` reste toujours",
            2,
        ),
        (
            like(_crossing_dropped),
            "vous écartez le token qui fait franchir `p` : sans lui, on n'atteint pas `p` ; comparez à `p` la somme de ceux "
            "d'avant lui",
            2,
        ),
        (like(lambda logits, p: logits), "personne n'est écarté : toutes les notes sont encore là", 1),
        (
            like(_unsorted),
            "vous additionnez dans l'ordre du vocabulaire : il faut d'abord ranger, du plus probable au moins probable",
            2,
        ),
        (like(_ascending), "l'ordre est à l'envers : vous partez du moins probable, et ce sont les mots absurdes qui restent", 2),
        (
            like(_softmax_twice),
            "le softmax est fait deux fois : le second prend des probabilités pour des notes et les rend presque égales",
            2,
        ),
        (
            like(_scores_above_p),
            "vous comparez des notes à `p`, qui est une part de probabilité : passez d'abord par le softmax",
            1,
        ),
        (
            like(_not_put_back),
            "votre choix est rangé du plus probable au moins probable, et les notes sont dans l'ordre du vocabulaire : "
            "`order[before < p]` donne les numéros de ceux qui restent",
            3,
        ),
        (like(_sum_of_scores), "vous additionnez des notes : ce sont les probabilités (`softmax(logits)`) qui totalisent 1", 2),
        (like(_head_removed), "ce sont les plus probables que vous écartez, au lieu de les garder", 1),
        (_moved, "les notes ont changé de place : une fois le tri fait, chacune doit retrouver le numéro de son token", 3),
        (
            lambda got, expected, *_: _kept(got) > _kept(expected) and len(_kept(got)) == len(_kept(expected)) + 1,
            "il y en a un de trop : dès que `p` est atteint, les suivants s'en vont",
            2,
        ),
    ),
)

# 5.4 ----------------------------------------------------------------------------------------------------------------------------

PROMPTS = ["Le meunier ouvrit", "— Bonsoir, dit"]


@cache
def _toy_pipeline() -> Any:
    """A real pipeline of transformers around a model that has learnt nothing: its answers take a hundredth of a second."""
    import torch
    from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, TextGenerationPipeline

    from ..base.settings import settings

    class Toy(TextGenerationPipeline):
        """A pipeline whose ``repr`` fits in a card."""

        def __repr__(self) -> str:
            return "<pipeline>"

    tokenizer = AutoTokenizer.from_pretrained(settings().data / "models" / "gpt2-fr", local_files_only=True)
    end = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=512, n_embd=8, n_layer=1, n_head=1, bos_token_id=end, eos_token_id=end
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = GPT2LMHeadModel(config).eval()
    model.generation_config.pad_token_id = end
    return Toy(model=model, tokenizer=tokenizer, device="cpu")


def _cases() -> list[tuple]:
    short, long = {"max_new_tokens": 4, "do_sample": False}, {"max_new_tokens": 9, "do_sample": False}
    return [(_toy_pipeline(), PROMPTS, short), (_toy_pipeline(), PROMPTS[::-1], long)]


def _raw(generator, prompts, settings):
    return generator(prompts, **settings)


def _dictionaries(generator, prompts, settings):
    return [proposals[0] for proposals in generator(prompts, **settings)]


def _first_prompt(generator, prompts, settings):
    return generator(prompts[0], **settings)[0]["generated_text"]


def _first_prompt_twice(generator, prompts, settings):
    return [generator(prompts[0], **settings)[0]["generated_text"] for _ in prompts]


def _one_string(generator, prompts, settings):
    return "\n".join(streaming.continue_prompts(generator, prompts, settings))


def _without_settings(generator, prompts, settings):
    return streaming.continue_prompts(generator, prompts, {})


def _without_prompt(generator, prompts, settings):
    return streaming.continue_prompts(generator, prompts, settings | {"return_full_text": False})


def _glued(generator, prompts, settings):
    return [generator(" ".join(prompts), **settings)[0]["generated_text"]]


def _in_lists(generator, prompts, settings):
    return [[text] for text in streaming.continue_prompts(generator, prompts, settings)]


def _stars_forgotten(got: Any, *_: Any) -> bool:
    return isinstance(got, TypeError) and "positional" in str(got)


PIPELINE = Exercise(
    id="5.4",
    title="Deux débuts, une pipeline",
    purpose="écrire comme tout le monde le fait avec transformers",
    minutes=4,
    difficulty=2,
    reference=streaming.continue_prompts,
    cases=_cases,
    seconds=20.0,  # forgetting the settings makes the pipeline write 256 tokens
    hints=(
        "regardez ce que renvoie la pipeline : une liste, avec une place pour chaque début ; à cette place, une liste de "
        "propositions (une seule, ici) ; chaque proposition est un dictionnaire",
        "`generator(list(prompts), **settings)` fait tout le travail : les deux étoiles ouvrent le dictionnaire, comme si vous "
        'aviez écrit chaque réglage avec son nom. Il reste à prendre, dans chaque réponse, `[0]` puis `"generated_text"`',
        "`return [proposals[0][…] for proposals in generator(list(prompts), **settings)]`",
    ),
    wrong=(
        (_raw, "des boîtes dans des boîtes"),
        (_dictionaries, "encore dans son dictionnaire"),
        (_first_prompt, "un seul texte"),
        (_first_prompt_twice, "le même début"),
        (_one_string, "un seul texte"),
        (_without_settings, "les réglages"),
        (_without_prompt, "il manque le début"),
        (_glued, "un texte par début"),
        (_in_lists, "encore dans une liste"),
        (
            "def continue_prompts(generator, prompts, settings):\n"
            "    return [proposals['generated_text'] for proposals in generator(prompts, **settings)]\n",
            "`[0]`",
        ),
        (
            "def continue_prompts(generator, prompts, settings):\n"
            "    return [proposals[0]['generated_text'] for proposals in generator(prompts, settings)]\n",
            "deux étoiles",
        ),
        (
            "def continue_prompts(generator, prompts, settings):\n"
            "    for prompt in prompts:\n"
            "        return [generator(prompt, **settings)[0]['generated_text']]\n",
            "un texte par début",
        ),
        (
            "def continue_prompts(generator, prompts, settings):\n"
            "    for prompt in prompts:\n"
            "        print(generator(prompt, **settings)[0]['generated_text'])\n",
            "`return`",
        ),
        (
            "def continue_prompts(generator, prompts, settings):\n"
            "    return [proposals[0]['text'] for proposals in generator(prompts, **settings)]\n",
            '`"generated_text"`',
        ),
        (lambda generator, prompts, settings: prompts, "rien n’a été écrit"),
    ),
    diagnostics=(
        (
            lambda got, *_: isinstance(got, TypeError) and "indices must be integers" in str(got),
            "pour chaque début, la pipeline donne une liste de propositions : prenez d'abord la première, `[0]`",
            2,
        ),
        (
            lambda got, *_: isinstance(got, KeyError),
            'dans une proposition, le texte s\'appelle `"generated_text"`',
            2,
        ),
        (
            _stars_forgotten,
            "les réglages sont arrivés en bloc : il faut deux étoiles, `**settings`, pour ouvrir le dictionnaire",
            2,
        ),
        (
            lambda got, *_: isinstance(got, list) and got and isinstance(got[0], list) and isinstance(got[0][0], dict),
            "ce sont encore des boîtes dans des boîtes : une liste par début, et dans chacune un dictionnaire par proposition",
            2,
        ),
        (
            lambda got, *_: isinstance(got, list) and got and isinstance(got[0], list),
            "chaque texte est encore dans une liste : on attend directement les textes",
            3,
        ),
        (
            lambda got, *_: isinstance(got, list) and got and isinstance(got[0], dict),
            'le texte est encore dans son dictionnaire : prenez ce qui est rangé sous `"generated_text"`',
            2,
        ),
        (lambda got, *_: isinstance(got, str), "on attend une liste, et voici un seul texte : il en faut un par début", 1),
        (lambda got, expected, *_: len(got) != len(expected), "il faut un texte par début, dans le même ordre", 1),
        (
            lambda got, expected, generator, prompts, settings: list(got) == list(prompts),
            "rien n'a été écrit : ce sont les débuts eux-mêmes ; qui appelle la pipeline ?",
            2,
        ),
        (
            lambda got, expected, generator, prompts, settings: got[0] == expected[0] and got[1].startswith(prompts[0]),
            "les deux textes ont le même début : le second début n'a pas servi",
            1,
        ),
        (
            like(_without_prompt),
            "il manque le début : la pipeline le rend avec la suite, laissez-la faire (`return_full_text`)",
            2,
        ),
        (
            lambda got, expected, generator, prompts, settings: all(
                text.startswith(prompt) and len(text) > 2 * len(wanted)
                for text, prompt, wanted in zip(got, prompts, expected, strict=True)
            ),
            "le texte est trop long : les réglages (`settings`) ne sont pas arrivés jusqu'à la pipeline",
            2,
        ),
    ),
)

EXERCISES = [TEMPERATURE, TOP_K, TOP_P, PIPELINE]
