"""The exercises of chapter 04: count, look back, measure; then choose, stop, try, and judge a specialisation."""

import itertools
import math
from difflib import SequenceMatcher
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import torch
from transformers import GPT2Config

from .. import metrics
from ..gpt2 import model as gpt2
from ..gpt2.finetuning import FineTuning
from .core import Exercise, like

# 4.1 ----------------------------------------------------------------------------------------------------------------------------


class _Config(GPT2Config):
    """A configuration whose ``repr`` fits in a card."""

    def __repr__(self) -> str:
        return f"<{self.n_layer} couches, {self.n_embd} de large, {self.vocab_size} tokens>"


def _configs() -> list[tuple]:
    ours = _Config(n_layer=6, n_embd=256, n_head=4, vocab_size=8192, n_positions=512)
    odd = _Config(n_layer=2, n_embd=64, n_head=2, vocab_size=500, n_positions=128, n_inner=100)
    untied = _Config(n_layer=3, n_embd=96, n_head=3, vocab_size=700, n_positions=50, tie_word_embeddings=False)
    return [(ours,), (_Config(),), (odd,), (untied,)]


def _count(config, *, biases=1, positions=1, norms=2, last=1, way_out=1, layers=None, inner=None, tied=None):
    """The right formula, with a switch for each way to get it wrong."""
    width, inner = config.n_embd, inner or config.n_inner or 4 * config.n_embd
    attention = 3 * width * width + way_out * width * width + biases * (3 + way_out) * width
    dense = 2 * width * inner + biases * (inner + width)
    block = norms * 2 * width + attention + dense
    tied = config.tie_word_embeddings if tied is None else tied
    tables = (config.vocab_size + positions * config.n_positions) * width + (0 if tied else config.vocab_size * width)
    return tables + (config.n_layer if layers is None else layers) * block + last * 2 * width


def _variant(**switches):
    return lambda config: _count(config, **switches)


def _four_times(config):
    return _count(config, inner=4 * config.n_embd)


def _per_head(config):
    return _count(config, layers=config.n_layer * config.n_head)


def _rule_of_thumb(config):
    return 12 * config.n_layer * config.n_embd**2


PARAMETERS = Exercise(
    id="4.1",
    title="Compter un GPT-2",
    purpose="savoir où vont les nombres, avant de les entraîner",
    minutes=7,
    difficulty=3,
    reference=gpt2.count_parameters,
    cases=_configs,
    hints=(
        "comptez étage par étage, sur le dessin, du bas vers le haut ; une couche dense qui va de `a` nombres à `b` nombres a "
        "`a * b` poids et `b` biais",
        "avec `width = config.n_embd` : l'attention va de `width` à `3 * width`, puis de `width` à `width` ; les deux couches "
        "denses vont de `width` à `inner`, puis de `inner` à `width` ; une normalisation a `2 * width` nombres",
        "`tables + config.n_layer * (2 * normalisation + attention + dense) + normalisation + output`, où `output` vaut 0 quand "
        "`config.tie_word_embeddings` est vrai",
    ),
    wrong=(
        (_variant(biases=0), "les biais"),
        (_variant(tied=False), "une seconde fois"),
        (_variant(positions=0), "des positions"),
        (_variant(layers=1), "d'une seule couche"),
        (_variant(layers=0), "les couches"),
        (_per_head, "les têtes se partagent"),
        (_variant(norms=0, last=0), "aucune normalisation"),
        (_variant(last=0), "la dernière normalisation"),
        (_variant(norms=1), "deux normalisations"),
        (_variant(way_out=0), "la sortie de l'attention"),
        (_four_times, "n_inner"),
        (_variant(tied=True), "`tie_word_embeddings`"),
        (lambda config: round(_count(config) / 1e6), "en millions"),
        (lambda config: config.num_parameters(), "n'a pas l'attribut"),
        (_rule_of_thumb, "la règle de poche"),
        (_variant(biases=0, norms=0, last=0), "les poids seuls"),
        (lambda config: config.n_embd * config.n_inner, "`config.n_inner` vaut `None`"),
        (lambda config: 6967296, "d'un seul modèle"),
    ),
    diagnostics=(
        (
            lambda got, *_: isinstance(got, TypeError) and "NoneType" in str(got),
            "`config.n_inner` vaut `None` ici : la couche du milieu a alors quatre fois `config.n_embd` neurones ; "
            "`config.n_inner or 4 * config.n_embd` convient aux deux cas",
            2,
        ),
        (
            lambda got, expected, _: got == gpt2.count_parameters(_configs()[0][0]) != expected,
            "vous rendez le compte d'un seul modèle : lisez les tailles dans `config`, qui change d'un appel à l'autre",
        ),
        (
            like(_rule_of_thumb),
            "c'est la règle de poche (12 fois la hauteur, fois le carré de la largeur), bonne pour les grands modèles : on veut "
            "le compte exact, avec les deux tableaux, les biais et les normalisations",
        ),
        (
            like(_variant(biases=0, norms=0, last=0)),
            "ce sont les poids seuls : il manque les biais (un par sortie) et les normalisations (`2 * width` nombres chacune)",
            2,
        ),
        (like(_variant(biases=0)), "il manque les biais : un nombre par sortie, dans l'attention et dans les couches denses", 1),
        (
            lambda got, _, config: config.tie_word_embeddings and got == _count(config, tied=False),
            "vous comptez le tableau des tokens une seconde fois, à la sortie : quand il est partagé (`tie_word_embeddings`), "
            "la sortie est gratuite",
            3,
        ),
        (like(_variant(positions=0)), "il manque le tableau des positions : un vecteur pour chaque place (`n_positions`)"),
        (like(_variant(layers=1)), "c'est le compte d'une seule couche : il y en a `config.n_layer`", 3),
        (like(_variant(layers=0)), "ce sont les tableaux seuls : il manque les couches, où se fait tout le travail", 2),
        (
            like(_per_head),
            "ne multipliez pas par `n_head` : les têtes se partagent la largeur, elles n'ajoutent aucun nombre",
            2,
        ),
        (
            like(_variant(norms=0, last=0)),
            "il n'y a aucune normalisation dans votre compte : chacune a une échelle et un décalage, `2 * width` nombres",
            2,
        ),
        (like(_variant(last=0)), "il manque la dernière normalisation, tout en haut, après la dernière couche", 3),
        (like(_variant(norms=1)), "chaque couche a deux normalisations : une avant l'attention, une avant les couches denses", 3),
        (
            like(_variant(way_out=0)),
            "il manque la sortie de l'attention : après le mélange des valeurs, une dernière couche va de `width` à `width`",
            2,
        ),
        (
            lambda got, _, config: config.n_inner and got == _four_times(config),
            "la couche du milieu n'a pas toujours `4 * n_embd` neurones : quand `config.n_inner` est donné, c'est lui qui le dit",
            2,
        ),
        (
            lambda got, _, config: not config.tie_word_embeddings and got == _count(config, tied=True),
            "quand `tie_word_embeddings` est faux, la sortie a son propre tableau : un vecteur de plus pour chaque token",
            3,
        ),
        (lambda got, expected, *_: got == round(expected / 1e6), "c'est le bon ordre de grandeur, en millions : donnez-les tous"),
    ),
)

# 4.2 ----------------------------------------------------------------------------------------------------------------------------


def _qkv(*shape: int, seed: int) -> tuple:
    draw = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(*shape, generator=draw).mul(2).round(decimals=1) for _ in "qkv")


def _scores(q, k):
    return q @ k.transpose(-2, -1)


def _hidden(scores, value=-torch.inf, diagonal=1):
    return scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool).triu(diagonal), value)


def _no_mask(q, k, v):
    return (_scores(q, k) / math.sqrt(q.shape[-1])).softmax(-1) @ v


def _mask_after(q, k, v):
    return _hidden((_scores(q, k) / math.sqrt(q.shape[-1])).softmax(-1), 0.0) @ v


def _zero_before(q, k, v):
    return _hidden(_scores(q, k) / math.sqrt(q.shape[-1]), 0.0).softmax(-1) @ v


def _hide_past(q, k, v):
    scores = _scores(q, k) / math.sqrt(q.shape[-1])
    past = torch.ones(scores.shape[-2:], dtype=torch.bool).tril(-1)
    return scores.masked_fill(past, -torch.inf).softmax(-1) @ v


def _unscaled(q, k, v):
    return _hidden(_scores(q, k)).softmax(-1) @ v


def _no_root(q, k, v):
    return _hidden(_scores(q, k) / q.shape[-1]).softmax(-1) @ v


def _root_of_tokens(q, k, v):
    return _hidden(_scores(q, k) / math.sqrt(q.shape[-2])).softmax(-1) @ v


def _other_way(q, k, v):
    return _hidden(_scores(q, k) / math.sqrt(q.shape[-1])).softmax(-2) @ v


def _weights(q, k, v):
    return _hidden(_scores(q, k) / math.sqrt(q.shape[-1])).softmax(-1)


def _no_softmax(q, k, v):
    return _hidden(_scores(q, k) / math.sqrt(q.shape[-1]), 0.0) @ v


def _keys_look(q, k, v):
    return _weights(k, q, v) @ v


def _mixes_keys(q, k, v):
    return _weights(q, k, v) @ k


def _blind_to_itself(q, k, v):
    return _hidden(_scores(q, k) / math.sqrt(q.shape[-1]), diagonal=0).softmax(-1) @ v


def _raw(q, k, v):
    return _scores(q, k) @ v


def _place_by_place(q, k, v):
    return (q * k).softmax(-1) * v


def _only_four_tokens(q, k, v):
    future = torch.ones(4, 4, dtype=torch.bool).triu(1)
    return (_scores(q, k) / math.sqrt(q.shape[-1])).masked_fill(future, -torch.inf).softmax(-1) @ v


def _only_one_head(q, k, v):
    return _hidden(q @ k.transpose(0, 1) / math.sqrt(q.shape[-1])).softmax(-1) @ v


ATTENTION = Exercise(
    id="4.2",
    title="L’attention, à la main",
    purpose="écrire le cœur de GPT-2",
    minutes=10,
    difficulty=3,
    reference=gpt2.causal_attention,
    cases=lambda: [_qkv(4, 3, seed=1), _qkv(3, 2, seed=2), _qkv(2, 3, 5, 4, seed=3)],
    hints=(
        "quatre gestes, dans l'ordre : comparer chaque requête à chaque clé, cacher le futur, changer les notes en parts, "
        "mélanger les valeurs",
        "`q @ k.transpose(-2, -1)` compare tout le monde avec tout le monde ; "
        "`torch.ones(n, n, dtype=torch.bool).triu(diagonal=1)` dit où est le futur ; `masked_fill` y met "
        "`-torch.inf` ; `softmax(dim=-1)` fait des parts",
        "`return scores.masked_fill(future, -torch.inf).softmax(dim=…) @ v`, avec "
        "`scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])`",
    ),
    wrong=(
        (_no_mask, "regarde le futur"),
        (lambda q, k, v: torch.nn.functional.scaled_dot_product_attention(q, k, v), "regarde le futur"),
        (_mask_after, "avant le softmax"),
        (_zero_before, "exp(0)"),
        (_hide_past, "le passé"),
        (_blind_to_itself, "se voir lui-même"),
        (_unscaled, "n'est pas divisé"),
        (_no_root, "la racine carrée de la largeur"),
        (_root_of_tokens, "le nombre de tokens"),
        (_other_way, "par colonne"),
        (_weights, "les parts"),
        (_no_softmax, "ne sont pas des parts"),
        (_keys_look, "à l'envers"),
        (_mixes_keys, "les valeurs"),
        (lambda q, k, v: _hidden(q @ k / math.sqrt(q.shape[-1])).softmax(-1) @ v, "`transpose(-2, -1)`"),
        (_raw, "trois gestes"),
        (_place_by_place, "place par place"),
        (lambda q, k, v: _scores(q, k).softmax(-1), "les parts"),
        (_only_four_tokens, "se taille sur les notes"),
        (_only_one_head, "plusieurs têtes à la fois"),
    ),
    diagnostics=(
        (
            lambda got, _, q, *__: isinstance(got, RuntimeError) and "size of tensor" in str(got) and q.dim() == 2,
            "deux tableaux n'ont pas la même taille : le masque se taille sur les notes, `torch.ones(scores.shape[-2:], …)`, car "
            "le nombre de tokens change d'un appel à l'autre",
            2,
        ),
        (
            lambda got, _, q, *__: isinstance(got, RuntimeError) and "size of tensor" in str(got),
            "c'est juste pour une seule tête, pas pour plusieurs têtes à la fois : comptez les axes depuis la fin, "
            "`k.transpose(-2, -1)` et `q.shape[-2]`",
            2,
        ),
        (
            lambda got, *_: (isinstance(got, RuntimeError) and "shape" in str(got)) or isinstance(got, IndexError),
            "les formes ne s'accordent pas : pour comparer chaque requête à chaque clé, retournez les clés avec "
            "`k.transpose(-2, -1)`, qui marche aussi quand il y a plusieurs têtes (`.T`, non)",
            2,
        ),
        (
            lambda got, *_: bool(got.isnan().any()),
            "il y a des `nan` : le premier token ne voit plus personne. Un token a le droit de se voir lui-même : "
            "`triu(diagonal=1)`, et non 0",
            2,
        ),
        (like(_no_mask), "chaque token regarde le futur : il lirait la réponse avant de la deviner ; il manque le masque", 2),
        (
            like(_mask_after),
            "le futur est caché trop tard : les parts qui restent ne font plus 1. Il faut le masquer avant le softmax",
            3,
        ),
        (
            like(_zero_before),
            "une note de 0 n'est pas une absence : exp(0) vaut 1, et le futur garde sa part. Mettez `-torch.inf`",
            2,
        ),
        (like(_hide_past), "c'est le passé que vous cachez : le futur est au-dessus de la diagonale (`triu`, et non `tril`)", 2),
        (
            like(_unscaled),
            "le produit n'est pas divisé : sans `/ math.sqrt(q.shape[-1])`, les notes grandissent avec la largeur",
            3,
        ),
        (like(_no_root), "vous divisez par la largeur : c'est par la racine carrée de la largeur qu'il faut diviser", 3),
        (like(_root_of_tokens), "vous divisez par la racine du mauvais nombre : `q.shape[-2]` est le nombre de tokens", 3),
        (like(_other_way), "le softmax est fait par colonne : c'est chaque ligne (un token qui regarde) qui doit faire 1", 3),
        (
            lambda got, expected, q, k, v: got.shape == _scores(q, k).shape != expected.shape,
            "un nombre pour chaque paire de tokens : ce sont les notes, ou les parts ; il reste à mélanger les valeurs "
            "avec elles (`@ v`)",
            3,
        ),
        (like(_raw), "il manque trois gestes entre les notes et le mélange : diviser, cacher le futur, faire des parts"),
        (
            like(_place_by_place),
            "`*` multiplie place par place ; pour comparer chaque requête à chaque clé, c'est `@`, le produit de deux tableaux",
            2,
        ),
        (like(_no_softmax), "ces notes ne sont pas des parts : il manque le softmax, qui les rend positives et de somme 1", 2),
        (
            like(_keys_look),
            "vous avez mis les clés et les requêtes à l'envers : ce sont les requêtes (les lignes) qui regardent",
            1,
        ),
        (like(_mixes_keys), "vous mélangez les clés : une fois les parts connues, ce sont les valeurs `v` que l'on mélange", 1),
    ),
)

# 4.3 ----------------------------------------------------------------------------------------------------------------------------

PERPLEXITY = Exercise(
    id="4.3",
    title="Entre combien de mots hésite-t-il ?",
    purpose="donner un sens à la perte",
    minutes=3,
    difficulty=1,
    reference=metrics.perplexity,
    cases=[(math.log(10),), (0.0,), (2.5,), (6 * math.log(4), 6)],
    hints=(
        "la perte est un logarithme : quelle fonction défait un logarithme ?",
        "`math.exp` défait `math.log` ; si l'on vous donne une somme sur plusieurs `tokens`, faites-en d'abord une moyenne",
        "`return math.exp(loss / …)`",
    ),
    wrong=(
        (lambda loss, tokens=1: loss / tokens, "encore la perte"),
        (lambda loss, tokens=1: 2 ** (loss / tokens), "base 2"),
        (lambda loss, tokens=1: 10 ** (loss / tokens), "base 10"),
        (lambda loss, tokens=1: math.exp(-loss / tokens), "la probabilité"),
        (lambda loss, tokens=1: math.exp(loss), "la moyenne"),
        (lambda loss, tokens=1: math.exp(loss) / tokens, "avant l'exponentielle"),
        (lambda loss, tokens=1: math.exp(loss * tokens), "multipliez"),
        (lambda loss, tokens=1: math.log(loss / tokens), "un logarithme de plus"),
        (lambda loss, tokens=1: round(math.exp(loss / tokens)), "arrondi"),
        (lambda loss, tokens=1: torch.exp(loss / tokens), "`math.exp` prend un nombre"),
    ),
    diagnostics=(
        (
            lambda got, *_: isinstance(got, TypeError) and "must be Tensor" in str(got),
            "`torch.exp` attend un tenseur ; la perte est ici un nombre, et `math.exp` prend un nombre",
            2,
        ),
        (
            lambda got, expected, loss, tokens=1: isinstance(got, ValueError) or got == math.log(loss / tokens),
            "vous prenez un logarithme de plus : la perte en est déjà un, il faut au contraire le défaire",
        ),
        (
            lambda got, expected, loss, tokens=1: loss and math.isclose(got, loss / tokens),
            "c'est encore la perte : une perplexité se compte en tokens, pas en logarithmes",
        ),
        (
            lambda got, expected, loss, tokens=1: loss and math.isclose(got, 2 ** (loss / tokens)),
            "vous comptez en base 2 (des bits) ; la perte de PyTorch est un logarithme naturel : prenez `math.exp`",
            2,
        ),
        (
            lambda got, expected, loss, tokens=1: loss and math.isclose(got, 10 ** (loss / tokens)),
            "vous comptez en base 10 ; la perte de PyTorch est un logarithme naturel : prenez `math.exp`",
            2,
        ),
        (
            lambda got, expected, *_: expected > 1 and math.isclose(got, 1 / expected),
            "c'est la probabilité moyenne d'un token : la perplexité en est l'inverse, retirez le signe moins",
        ),
        (
            lambda got, expected, loss, tokens=1: tokens > 1 and math.isclose(got, math.exp(loss)),
            "avec `tokens`, la perte est une somme : divisez-la par `tokens` pour en faire la moyenne",
            3,
        ),
        (
            lambda got, expected, loss, tokens=1: tokens > 1 and math.isclose(got, math.exp(loss) / tokens),
            "la moyenne se fait avant l'exponentielle, sur les logarithmes : la division va dans la parenthèse",
            3,
        ),
        (
            lambda got, expected, loss, tokens=1: tokens > 1 and got > expected**2,
            "vous multipliez par `tokens` ; pour passer d'une somme à une moyenne, on divise",
            3,
        ),
        (
            lambda got, expected, *_: got == round(expected),
            "le résultat est arrondi : on peut hésiter entre 12,18 tokens, gardez les décimales",
        ),
    ),
)

# 4.4 ----------------------------------------------------------------------------------------------------------------------------

OURS = FineTuning()


def _judge_recipe(got: Any) -> str | None:
    """Say what a choice would do, when it would spoil the lesson."""
    if not isinstance(got, FineTuning):
        return "on attend les réglages ensemble : `FineTuning(learning_rate=…, batch_size=…, epochs=…)`"
    if not all(isinstance(value, (int, float)) for value in (got.learning_rate, got.batch_size, got.epochs)):
        return 'les réglages sont des nombres, sans guillemets : `learning_rate=3e-4`, et non `"3e-4"`'
    if not isinstance(got.batch_size, int):
        return "un lot compte des blocs entiers : donnez un nombre sans virgule"
    if got.learning_rate <= 0:
        return "un taux d'apprentissage est un petit nombre positif : nul, rien ne bouge ; négatif, le modèle désapprend"
    if got.learning_rate >= 8 * OURS.learning_rate:
        return "ce taux est trop grand : à chaque pas, le modèle oublie le français qu'il savait pour courir après une page"
    if got.learning_rate <= OURS.learning_rate / 8:
        return "ce taux est trop petit : à la fin du temps imparti, le modèle n'aura presque pas bougé"
    if got.batch_size < 1 or got.epochs <= 0:
        return "il faut au moins un bloc par pas, et lire au moins une partie du corpus"
    if got.batch_size == 1:
        return "un seul bloc par pas : chaque page tire de son côté, et la machine travaille au détail ; prenez-en quelques-uns"
    if got.batch_size > 64:
        return "avec des lots aussi grands, il ne reste que quelques pas par lecture du corpus : le modèle n'avance pas"
    if got.epochs > 10:
        return "lu autant de fois, un petit corpus est appris par cœur, et vous attendrez : dix lectures au plus"
    if got.epochs < 1:
        return "moins d'une époque : une partie des livres ne serait jamais lue"
    return None


RECIPE = Exercise(
    id="4.4",
    title="Choisir les réglages",
    purpose="décider avant de lancer, et savoir pourquoi",
    minutes=3,
    difficulty=1,
    value=f"FineTuning(learning_rate={OURS.learning_rate:g}, batch_size={OURS.batch_size}, epochs={OURS.epochs:g})",
    judge=_judge_recipe,
    names=lambda: {"FineTuning": FineTuning},
    hints=(
        "trois nombres : de quelle longueur est un pas, combien de blocs avant chaque pas, combien de fois lire le corpus",
        "le taux se compte en dix-millièmes (`1e-4`, c'est un dix-millième) ; les blocs d'un pas, de 4 à 32 ; les "
        "époques, sur les doigts d'une main",
        f"`FineTuning(learning_rate={OURS.learning_rate:g}, batch_size=…, epochs=…)` : il reste deux petits nombres à choisir",
    ),
    wrong=(
        (f"FineTuning(learning_rate={100 * OURS.learning_rate:g})", "trop grand"),
        ("FineTuning(learning_rate=1e-7)", "trop petit"),
        ("FineTuning(learning_rate=0)", "rien ne bouge"),
        ("FineTuning(batch_size=1)", "tire de son côté"),
        ("FineTuning(batch_size=256)", "quelques pas par lecture"),
        ("FineTuning(batch_size=0)", "au moins un bloc"),
        ("FineTuning(epochs=50)", "par cœur"),
        ("FineTuning(epochs=0.2)", "jamais lue"),
        ("(3e-4, 8, 3)", "les réglages ensemble"),
        ("3e-4", "les réglages ensemble"),
        ("FineTuning(learning_rate='3e-4')", "sans guillemets"),
        ("FineTuning(batch_size=8.5)", "des blocs entiers"),
    ),
)

# 4.5 ----------------------------------------------------------------------------------------------------------------------------

RESUME = Exercise(
    id="4.5",
    title="Arrêter, reprendre",
    purpose="ne jamais perdre une heure de calcul",
    minutes=3,
    difficulty=1,
    value="first.steps",
    names=lambda: {"first": SimpleNamespace(steps=6, planned_steps=12)},
    hints=(
        "relisez le message : le pas en cours au moment de l'arrêt est fini, puis sauvegardé",
        "`first` sait combien de pas ont été faits, et combien étaient prévus : tapez `first.` puis la touche Tab",
        "`first.steps` ou `first.planned_steps` ? L'un dit ce qui est fait, l'autre ce qui était prévu",
    ),
    wrong=(
        ("0", "depuis le début"),
        ("1", "depuis le début"),
        ("first.planned_steps", "étaient prévus"),
        ("first.steps - 2", "au moment de l'arrêt"),
        ("first.steps - 1", "au moment de l'arrêt"),
        ("first.steps + 1", "déjà fait"),
        ("str(first.steps)", "on attend un nombre"),
        ("first", "on attend un nombre"),
    ),
    diagnostics=(
        (lambda got, _: got in (0, 1), "reprendre, ce n'est pas repartir depuis le début : ce qui était appris est gardé"),
        (lambda got, expected: got > expected + 1, "c'est le nombre de pas qui étaient prévus : il en manque encore", 2),
        (
            lambda got, expected: got == expected + 1,
            "ce sera le premier pas de la reprise ; on demande le dernier pas déjà fait, celui d'où elle part",
            2,
        ),
        (
            lambda got, expected: 1 < got < expected,
            "rien n'est refait : une sauvegarde de plus est écrite au moment de l'arrêt, sans attendre la prochaine prévue",
        ),
    ),
)

# 4.6 ----------------------------------------------------------------------------------------------------------------------------

_WORDS = ("trop petit", "juste", "trop grand")

VERDICT = Exercise(
    id="4.6",
    title="Trop petit, juste, trop grand",
    purpose="lire un essai de quelques secondes",
    minutes=4,
    difficulty=1,
    value='{"÷ 30": "trop petit", "× 1": "juste", "× 30": "trop grand"}',
    hints=(
        "comparez chaque perplexité à celle de la première ligne, « aucun pas » : a-t-elle baissé, monté, ou à peine bougé ?",
        "un taux trop grand rend le modèle pire qu'il n'était ; un taux trop petit le laisse comme il était",
        '`{"÷ 30": "trop …", "× 1": "…", "× 30": "trop …"}`, avec les mots « petit », « juste » et « grand »',
    ),
    wrong=(
        ('{"÷ 30": "trop grand", "× 1": "juste", "× 30": "trop petit"}', "c'est l'inverse"),
        ('{"÷ 30": "juste", "× 1": "juste", "× 30": "juste"}', "la première ligne"),
        ('{"÷ 30": "juste", "× 1": "juste", "× 30": "trop grand"}', "presque rien appris"),
        ('{"÷ 30": "juste", "× 1": "trop grand", "× 30": "trop grand"}', "la plus basse des trois"),
        ('{"÷ 30": "trop petit", "× 1": "trop petit", "× 30": "juste"}', "pire qu'il n'était"),
        ('{"÷ 30": "trop petit", "× 1": "juste"}', "les trois essais"),
        ('{"÷ 30": "petit", "× 1": "bon", "× 30": "grand"}', "mot pour mot"),
        ('["trop petit", "juste", "trop grand"]', "on attend un dictionnaire"),
        ('{"÷30": "trop petit", "×1": "juste", "×30": "trop grand"}', "les trois essais"),
    ),
    diagnostics=(
        (
            lambda got, expected: isinstance(got, dict) and set(got) != set(expected),
            'il faut les trois essais, sous leurs noms du tableau : "÷ 30", "× 1" et "× 30"',
            3,
        ),
        (
            lambda got, _: not set(got.values()) <= {*_WORDS},
            "écrivez les verdicts mot pour mot : « trop petit », « juste » ou « trop grand »",
            3,
        ),
        (
            lambda got, expected: got == dict(zip(expected, reversed(_WORDS), strict=True)),
            "c'est l'inverse : un taux divisé par 30 fait des pas trente fois plus petits",
            2,
        ),
        (
            lambda got, _: set(got.values()) == {"juste"},
            "les trois ne peuvent pas être justes : comparez chaque perplexité avec la première ligne, avant tout pas",
        ),
        (
            lambda got, expected: got["× 30"] != expected["× 30"],
            "regardez la dernière ligne : avec ces pas-là, le modèle est devenu pire qu'il n'était",
            2,
        ),
        (
            lambda got, expected: got["× 1"] != expected["× 1"],
            "regardez l'essai du milieu : sa perplexité est la plus basse des trois, et plus basse qu'avant tout pas",
        ),
        (
            lambda got, expected: got["÷ 30"] != expected["÷ 30"],
            "avec un taux divisé par 30, le modèle n'a presque rien appris : il lui faudrait trente fois plus de temps",
            2,
        ),
    ),
)

# 4.7 ----------------------------------------------------------------------------------------------------------------------------

GAIN = Exercise(
    id="4.7",
    title="De combien a-t-il progressé ?",
    purpose="dire un progrès en une seule part, sans se tromper de sens",
    minutes=2,
    difficulty=1,
    value="1 - after / before",
    names=lambda: {"before": 40.0, "after": 33.0},
    hints=(
        "quelle part de la perplexité de départ a disparu ?",
        "`after / before` est la part qui reste",
        "`1 - …` : tout, moins ce qui reste",
    ),
    wrong=(
        ("before - after", "en tokens"),
        ("after - before", "en tokens"),
        ("after / before", "la part qui reste"),
        ("before / after", "combien de fois"),
        ("after / before - 1", "positif"),
        ("(before - after) / after", "celle de départ"),
        ("100 * (1 - after / before)", "en pour cent"),
        ("round(1 - after / before)", "arrondi"),
        ("f'{1 - after / before:.1%}'", "on attend un nombre"),
        ("0.17", "recopié un nombre"),
    ),
    diagnostics=(
        (lambda got, expected: got in (0, 1) and isinstance(got, int), "c'est arrondi à l'unité : gardez les décimales"),
        (lambda got, expected: math.isclose(got, 1 - expected), "c'est la part qui reste : on demande celle qui a disparu", 3),
        (
            lambda got, expected: math.isclose(got, 1 / (1 - expected)),
            "cela dit combien de fois, pas quelle part : divisez par `before`",
            2,
        ),
        (
            lambda got, expected: math.isclose(got, -expected),
            "le signe est à l'envers : un progrès se dit par un nombre positif",
            3,
        ),
        (
            lambda got, expected: math.isclose(got, expected / (1 - expected)),
            "une part se compte sur la valeur d'avant, celle de départ : divisez par `before`, pas par `after`",
        ),
        (
            lambda got, expected: math.isclose(got, 100 * expected),
            "c'est le bon nombre, en pour cent : on attend une part entre 0 et 1, et c'est l'affichage qui mettra le « % »",
        ),
        (
            lambda got, expected: abs(got - expected) < 0.01,
            "vous avez recopié un nombre arrondi : écrivez le calcul, avec `before` et `after` ; il restera juste pour un autre "
            "modèle",
        ),
        (
            lambda got, _: abs(got) > 1,
            "c'est une différence, en tokens : divisez-la par la perplexité de départ pour avoir une part",
        ),
    ),
)

# 4.8 (bonus) --------------------------------------------------------------------------------------------------------------------


def _hamming(a, b):
    return sum(left != right for left, right in zip(a, b, strict=False))


def _hamming_and_rest(a, b):
    return _hamming(a, b) + abs(len(a) - len(b))


def _table(a, b, *, substitution=1, deletion=1, free_start=False):
    row = [0] * (len(b) + 1) if free_start else list(range(len(b) + 1))
    for i, left in enumerate(a, start=1):
        above, row = row, [0 if free_start else i]
        for j, right in enumerate(b, start=1):
            row.append(min(above[j] + deletion, row[-1] + 1, above[j - 1] + (left != right) * substitution))
    return row[-1]


def _no_substitution(a, b):
    return _table(a, b, substitution=2)


def _always_substitution(a, b):
    rows = list(range(len(b) + 1))
    for i, _ in enumerate(a, start=1):
        above, rows = rows, [i]
        for j, _ in enumerate(b, start=1):
            rows.append(min(above[j] + 1, rows[-1] + 1, above[j - 1] + 1))
    return rows[-1]


def _free_start(a, b):
    return _table(a, b, free_start=True)


def _different_letters(a, b):
    return len(set(a) ^ set(b))


def _similarity(a, b):
    return SequenceMatcher(None, a, b).ratio()


def _naive(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(_naive(a[1:], b) + 1, _naive(a, b[1:]) + 1, _naive(a[1:], b[1:]) + (a[0] != b[0]))


@lru_cache
def _letters(count: int, seed: int) -> str:
    return "".join(itertools.islice(itertools.cycle("la chèvre dort"[seed:] + "au pré"), count))


DISTANCE = Exercise(
    id="4.8",
    title="La distance d’édition",
    purpose="mesurer de combien deux textes diffèrent",
    minutes=10,
    difficulty=3,
    bonus=True,
    reference=metrics.edit_distance,
    cases=[
        ("un chat gris", "le vieux chien gris"),
        ("chat", "chien"),
        ("niche", "chien"),
        ("loup", "loup"),
        ("", "âne"),
        ("âne", ""),
        ("chevaux", "cheval"),
        (["la", "chèvre", "dort"], ["la", "vieille", "chèvre", "dort", "encore"]),
        (_letters(60, 0), _letters(50, 3)),
    ],
    seconds=2.0,
    hints=(
        "écrivez à la main le tableau de « chat » (à gauche) et « chien » (en haut) : chaque case dit combien de retouches "
        "séparent les deux débuts de mots",
        "une case est la plus petite de trois : celle du dessus plus 1, celle de gauche plus 1, celle en diagonale plus 1 si les "
        "lettres diffèrent (plus 0 si elles sont égales) ; il suffit de garder une ligne",
        "`row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (left != right)))`, en partant de "
        "`row = list(range(len(b) + 1))`",
    ),
    wrong=(
        (_hamming, "place par place"),
        (_hamming_and_rest, "place par place"),
        (_no_substitution, "une seule retouche"),
        (_always_substitution, "deux lettres égales"),
        (_free_start, "la première ligne"),
        (_different_letters, "ensemble"),
        (lambda a, b: abs(len(a) - len(b)), "les longueurs"),
        (lambda a, b: len(a) - len(b), "les longueurs"),
        (_similarity, "une ressemblance"),
        (lambda a, b: max(len(a), len(b)), "deux lettres égales"),
        (_naive, "ne s'est pas arrêtée"),
        (lambda a, b: 0 if a == b else 1, "pareils ou non"),
        (lambda a, b: _table(a, b) / max(1, len(a)), "divisez"),
    ),
    diagnostics=(
        (
            like(lambda a, b: 0 if a == b else 1),
            "vous dites seulement s'ils sont pareils ou non : on veut savoir de combien ils diffèrent",
        ),
        (
            lambda got, _, a, b: got in (_hamming(a, b), _hamming_and_rest(a, b)),
            "vous comparez place par place (`zip`) : une lettre ajoutée au début décale tout le reste, et tout paraît différent",
        ),
        (like(_no_substitution), "remplacer une lettre est une seule retouche, et non un effacement puis un ajout", 2),
        (
            like(_always_substitution),
            "c'est toujours la longueur du plus long : entre deux lettres égales, la diagonale ne coûte rien ; ajoutez "
            "`(left != right)`, et non 1",
            3,
        ),
        (
            like(_free_start),
            "la première ligne et la première colonne ne valent pas 0 : partir de rien vers « chien » demande déjà cinq ajouts",
            3,
        ),
        (
            like(_different_letters),
            "un ensemble (`set`) oublie l'ordre et les répétitions : « niche » et « chien » y sont pareils",
        ),
        (
            lambda got, _, a, b: got in (len(a) - len(b), len(b) - len(a)),
            "vous ne comparez que les longueurs : « loup » et « chat » seraient le même mot",
        ),
        (
            lambda got, expected, a, b: isinstance(got, float) and got != expected and round(got * len(a)) == expected,
            "vous divisez par la longueur : on demande le nombre de retouches, un entier",
        ),
        (
            lambda got, expected, *_: isinstance(got, float) and 0 <= got <= 1 < expected,
            "c'est une ressemblance, entre 0 et 1 : on demande le nombre de retouches",
        ),
    ),
)

EXERCISES = [PARAMETERS, ATTENTION, PERPLEXITY, RECIPE, RESUME, VERDICT, GAIN, DISTANCE]
