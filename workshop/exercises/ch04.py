"""The exercises of chapter 04: count, look back, measure; then choose, stop, try, and judge a specialisation."""

import itertools
import math
import re
from functools import partial
from numbers import Integral
from types import SimpleNamespace

import torch
from transformers import GPT2Config

from .. import metrics
from ..gpt2 import model as gpt2
from ..gpt2.finetuning import FineTuning
from .cards import Difference, same, unaccented
from .core import Exercise
from .mistakes import anything, raises


# 4.1 ----------------------------------------------------------------------------------------------------------------------------
def configs() -> list[tuple]:
    """Return the model of the workshop, GPT-2, one whose middle layer is odd, one whose two tables are not one."""
    config = partial(GPT2Config, bos_token_id=None, eos_token_id=None)  # those of GPT-2 are in no small vocabulary
    ours = config(n_layer=6, n_embd=256, n_head=4, vocab_size=8192, n_positions=512)
    odd = config(n_layer=2, n_embd=64, n_head=2, vocab_size=500, n_positions=128, n_inner=100)
    untied = config(n_layer=3, n_embd=96, n_head=3, vocab_size=700, n_positions=50, tie_word_embeddings=False)
    return [(ours,), (GPT2Config(),), (odd,), (untied,)]


def whole(got: float, expected: int) -> Difference | None:
    """Compare two counts: a number with a point is none."""
    if got == expected and not isinstance(got.item() if hasattr(got, "item") else got, Integral):
        return Difference("", str(expected), repr(float(got)))
    return same(got, expected)


def count(config, *, biases=1, positions=1, norms=2, last=1, way_out=1, layers=None, inner=None, tied=None, heads=1):
    """The right formula, with a switch for each way to get it wrong."""
    width, inner = config.n_embd, inner or config.n_inner or 4 * config.n_embd
    attention = 3 * width * width + way_out * width * width + biases * (3 + way_out) * width
    dense = 2 * width * inner + biases * (inner + width)
    block = norms * 2 * width + heads * attention + dense
    tied = config.tie_word_embeddings if tied is None else tied
    tables = (config.vocab_size + positions * config.n_positions) * width + (0 if tied else config.vocab_size * width)
    return tables + (config.n_layer if layers is None else layers) * block + last * 2 * width


PARAMETERS = Exercise(
    id="4.1", title="Compter un GPT-2", purpose="savoir où vont les nombres, avant de les entraîner",
    minutes=7, difficulty=3, reference=gpt2.count_parameters, cases=configs, compare=whole,
    hints=(
        "comptez étage par étage, sur le dessin, du bas vers le haut ; une couche dense qui va de `a` nombres à `b` nombres a `a "
        "* b` poids et `b` biais",
        "avec `width = config.n_embd` : l'attention va de `width` à `3 * width`, puis de `width` à `width` ; les deux couches "
        "denses vont de `width` à `inner`, puis de `inner` à `width` ; une normalisation a `2 * width` nombres",
        "`tables + config.n_layer * (2 * normalisation + attention + dense) + normalisation + output`, où `output` vaut 0 quand "
        "`config.tie_word_embeddings` est vrai",
    ),
    helpers=globals(),
    mistakes=[
        ("config.n_embd * config.n_inner",
         "`config.n_inner` vaut `None` ici : la couche du milieu a alors quatre fois `config.n_embd` neurones ; `config.n_inner "
         "or 4 * config.n_embd` convient aux deux cas", 2, raises(TypeError, "NoneType")),
        ("right(configs()[0][0])",
         "vous rendez le compte d'un seul modèle : lisez les tailles dans `config`, qui change d'un appel à l'autre"),
        ("12 * config.n_layer * config.n_embd**2", "c'est la règle de poche (12 fois la hauteur, fois le carré de la largeur), "
         "bonne pour les grands modèles : on veut le compte exact, avec les deux tableaux, les biais et les normalisations"),
        ("count(config, biases=0, norms=0, last=0)",
         "ce sont les poids seuls : il manque les biais (un par sortie) et les normalisations (`2 * width` nombres chacune)", 2),
        ("count(config, biases=0)", "il manque les biais : un nombre par sortie, dans l'attention et dans les couches denses"),
        ("count(config, tied=False)", "vous comptez le tableau des tokens une seconde fois, à la sortie : quand il est partagé "
         "(`tie_word_embeddings`), la sortie est gratuite", 3),
        ("count(config, positions=0)", "il manque le tableau des positions : un vecteur pour chaque place (`n_positions`)"),
        ("count(config, layers=1)", "c'est le compte d'une seule couche : il y en a `config.n_layer`", 3),
        ("count(config, layers=config.n_layer - 1)",
         "il manque une couche : `range(1, n)` ne fait que n − 1 tours, et il y a `config.n_layer` couches", 3),
        ("count(config, layers=config.n_layer + 1)",
         "il y a une couche de trop : `range(n + 1)` fait n + 1 tours, et il y a `config.n_layer` couches", 3),
        ("count(config, layers=0)", "ce sont les tableaux seuls : il manque les couches, où se fait tout le travail", 2),
        ("count(config, layers=config.n_layer * config.n_head)",
         "ne multipliez pas par `n_head` : les têtes se partagent la largeur, elles n'ajoutent aucun nombre", 2),
        ("count(config, norms=0, last=0)",
         "il n'y a aucune normalisation dans votre compte : chacune a une échelle et un décalage, `2 * width` nombres", 2),
        ("count(config, last=0)", "il manque la dernière normalisation, tout en haut, après la dernière couche", 3),
        ("count(config, norms=1)",
         "il manque `2 * width` nombres par couche : est-ce une normalisation (il y en a deux), ou des biais de l'attention (de "
         "`width` à `3 * width`, il y en a `3 * width`) ?", 3),
        ("right(config) / 1", "le compte est juste, mais c'est un nombre à virgule : des paramètres se comptent en entiers, sans "
         "`/` ni `.0`", "got == want"),
        ("count(config, way_out=0)",
         "il manque la sortie de l'attention : après le mélange des valeurs, une dernière couche va de `width` à `width`", 2),
        ("count(config, inner=4 * config.n_embd)", "la couche du milieu n'a pas toujours `4 * n_embd` neurones : quand "
         "`config.n_inner` est donné, c'est lui qui le dit", 2),
        ("count(config, tied=not config.tie_word_embeddings)", "la condition est à l'envers : quand `tie_word_embeddings` est "
         "vrai, la sortie reprend le tableau des tokens et n'ajoute rien ; quand il est faux, elle a le sien", 3),
        ("count(config, heads=config.n_head)", "ne multipliez pas l'attention par `n_head` : les têtes se partagent la largeur, "
         "elles n'ajoutent aucun nombre", 2),
        ("right(config) + (0 if config.tie_word_embeddings else config.vocab_size)",
         "la sortie n'a pas de biais dans GPT-2, même quand elle a son propre tableau : `vocab_size` nombres de trop"),
        ("count(config, tied=True)",
         "quand `tie_word_embeddings` est faux, la sortie a son propre tableau : un vecteur de plus pour chaque token", 3),
        ("round(right(config) / 1e6)", "c'est le bon ordre de grandeur, en millions : donnez-les tous"),
    ],
)  # fmt: skip


# 4.2 ----------------------------------------------------------------------------------------------------------------------------
def qkv(*shape: int, seed: int) -> tuple:
    """Draw queries, keys and values."""
    draw = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(*shape, generator=draw).mul(2).round(decimals=1) for _ in "qkv")


def raw(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Return the scores before they are divided."""
    return q @ k.transpose(-2, -1)


def scores(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Return the scores, divided as they should be."""
    return raw(q, k) / math.sqrt(q.shape[-1])


def hidden(scores: torch.Tensor, value: float = -torch.inf, diagonal: int = 1) -> torch.Tensor:
    """Hide the future."""
    return scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool).triu(diagonal), value)


def past(scores: torch.Tensor) -> torch.Tensor:
    """Return where the past is."""
    return torch.ones(scores.shape[-2:], dtype=torch.bool).tril(-1)


#: Queries, and keys, whose scores are so high that their exponentials overflow.
HIGH = torch.tensor([[12.0, 1.0], [12.0, 2.0], [11.0, 2.0]])

ATTENTION = Exercise(
    id="4.2", title="L’attention, à la main", purpose="écrire le cœur de GPT-2",
    minutes=10, difficulty=3, reference=gpt2.causal_attention, compare=partial(same, tolerance=1e-4),
    cases=lambda: [
        qkv(4, 3, seed=1), qkv(3, 2, seed=2), qkv(2, 3, 5, 4, seed=3),
        (*qkv(4, 2, seed=4)[:2], torch.eye(4)), (HIGH, HIGH, torch.eye(3)),
    ],
    hints=(
        "quatre gestes, dans l'ordre : comparer chaque requête à chaque clé, cacher le futur, changer les notes en parts, "
        "mélanger les valeurs",
        "`q @ k.transpose(-2, -1)` compare tout le monde avec tout le monde ; `torch.ones(n, n, "
        "dtype=torch.bool).triu(diagonal=1)` dit où est le futur ; `masked_fill` y met `-torch.inf` ; `softmax(dim=-1)` fait des "
        "parts",
        "`return scores.masked_fill(future, -torch.inf).softmax(dim=…) @ v`, avec `scores = q @ k.transpose(-2, -1) / "
        "math.sqrt(q.shape[-1])`",
    ),
    helpers=globals(),
    mistakes=[
        ("scores(q, k).masked_fill(torch.ones(4, 4, dtype=torch.bool).triu(1), -torch.inf).softmax(-1) @ v",
         "deux tableaux n'ont pas la même taille : le masque se taille sur les notes, `torch.ones(scores.shape[-2:], …)`, car le "
         "nombre de tokens change d'un appel à l'autre", 2,
         anything("isinstance(got, RuntimeError) and 'size of tensor' in str(got) and q.dim() == 2")),
        ("hidden(q @ k.transpose(0, 1) / math.sqrt(q.shape[-1])).softmax(-1) @ v",
         "c'est juste pour une seule tête, pas pour plusieurs têtes à la fois : comptez les axes depuis la fin, `k.transpose(-2, "
         "-1)` et `q.shape[-2]`", 2, raises(RuntimeError, "size of tensor")),
        ("hidden(q @ k / math.sqrt(q.shape[-1])).softmax(-1) @ v", "les formes ne s'accordent pas : pour comparer chaque requête "
         "à chaque clé, retournez les clés avec `k.transpose(-2, -1)`, qui marche aussi quand il y a plusieurs têtes (`.T`, non)",
         2),
        ("scores(q, k).masked_fill(torch.ones(scores(q, k).shape[-2:]).triu(1), -torch.inf).softmax(-1) @ v",
         "un masque est fait de vrai et de faux, et non de 0 et de 1 : `torch.ones(n, n, dtype=torch.bool)`", 2,
         raises(RuntimeError, "boolean mask")),
        ("hidden(scores(q, k)).softmax() @ v", "`softmax` a besoin de savoir dans quel sens additionner : `softmax(dim=-1)`", 3,
         raises(TypeError, "softmax")),
        ("hidden(scores(q, k), diagonal=0).softmax(-1) @ v", "il y a des `nan` : le premier token ne voit plus personne. Un "
         "token a le droit de se voir lui-même : `triu(diagonal=1)`, et non 0", 2),
        ("hidden(scores(q, k)) @ v", "il manque le softmax : des notes qui valent −∞ ne se mélangent pas, elles font des `nan` ; "
         "le softmax en fait d'abord des parts", 3),
        ("(scores(q, k) + torch.ones(scores(q, k).shape[-2:]).triu(1) * -torch.inf).softmax(-1) @ v", "`0 * -torch.inf` n'est "
         "pas 0 mais `nan` : mettez −∞ à sa place avec `masked_fill`, au lieu de multiplier", 2),
        ("hidden(scores(q, k), torch.inf).softmax(-1) @ v",
         "le futur reçoit +∞, donc toute l'attention : c'est −∞ qui le cache", 2),
        ("v @ hidden(scores(q, k)).softmax(-1)", "les formes ne s'accordent pas : les parts d'abord, les valeurs ensuite, "
         "`weights @ v`", 3),
        ("scores(q, k).softmax(-1) @ v",
         "chaque token regarde le futur : il lirait la réponse avant de la deviner ; il manque le masque, ou il s'est perdu "
         "(`masked_fill` ne change rien sur place, il rend une copie)", 2),
        ("hidden(scores(q, k).softmax(-1), 0.0) @ v",
         "le futur est caché trop tard : les parts qui restent ne font plus 1. Il faut le masquer avant le softmax", 3),
        ("hidden(scores(q, k), 0.0).softmax(-1) @ v",
         "une note de 0 n'est pas une absence : exp(0) vaut 1, et le futur garde sa part. Mettez `-torch.inf`", 2),
        ("scores(q, k).masked_fill(past(raw(q, k)), -torch.inf).softmax(-1) @ v",
         "c'est le passé que vous cachez : le futur est au-dessus de la diagonale (`triu`, et non `tril`)", 2),
        ("hidden(raw(q, k)).softmax(-1) @ v",
         "le produit n'est pas divisé : sans `/ math.sqrt(q.shape[-1])`, les notes grandissent avec la largeur", 3),
        ("hidden(raw(q, k) / q.shape[-1]).softmax(-1) @ v",
         "vous divisez par la largeur : c'est par la racine carrée de la largeur qu'il faut diviser", 3),
        ([f"hidden(raw(q, k) / math.sqrt({number})).softmax(-1) @ v" for number in ("q.shape[-2]", "len(q)")],
         "vous divisez par la racine du mauvais nombre : la largeur est `q.shape[-1]`, ni `q.shape[-2]` ni `len(q)`", 3),
        ("hidden(raw(q, k) * math.sqrt(q.shape[-1])).softmax(-1) @ v",
         "vous multipliez par la racine carrée de la largeur : il faut diviser", 3),
        ("hidden(raw(q, k)).softmax(-1) / math.sqrt(q.shape[-1]) @ v",
         "la division vient trop tard : ce sont les notes que l'on divise, avant le softmax, et non les parts, qui doivent faire "
         "1", 3),
        ("hidden(scores(q, k)).softmax(1) @ v",
         "c'est juste pour une seule tête ; avec plusieurs, `dim=1` est un autre axe : comptez depuis la fin, `softmax(dim=-1)`",
         3),
        (["hidden(scores(q, k)).softmax(-2) @ v", "hidden(scores(q, k)).softmax(0) @ v"],
         "le softmax est fait par colonne : c'est chaque ligne (un token qui regarde) qui doit faire 1", 3),
        (["hidden(scores(q, k)).softmax(-1)", "raw(q, k).softmax(-1)"],
         "un nombre pour chaque paire de tokens : ce sont les notes, ou les parts ; il reste à mélanger les valeurs avec elles "
         "(`@ v`)", 3, "got.shape == raw(q, k).shape != want.shape"),
        ("hidden(raw(q, k) / math.sqrt(v.shape[-1])).softmax(-1) @ v",
         "les notes viennent de `q` et de `k` : c'est leur largeur (`q.shape[-1]`) dont on prend la racine, pas celle de `v`", 3),
        (["exp = hidden(scores(q, k)).exp(); return exp / exp.sum(-1, keepdim=True) @ v",
          "exp = scores(q, k).exp().tril(); return exp / exp.sum(-1, keepdim=True) @ v"],
         "la formule est juste, mais l'exponentielle d'une grande note déborde : infini sur infini fait `nan`. `softmax(dim=-1)` "
         "s'en garde, en ôtant d'abord la plus grande note", 2),
        ("raw(q, k) @ v", "il manque trois gestes entre les notes et le mélange : diviser, cacher le futur, faire des parts"),
        ("(q * k).softmax(-1) * v",
         "`*` multiplie place par place ; pour comparer chaque requête à chaque clé, c'est `@`, le produit de deux tableaux", 2),
        ("hidden(scores(q, k), 0.0) @ v",
         "ces notes ne sont pas des parts : il manque le softmax, qui les rend positives et de somme 1", 2),
        ("right(k, q, v)", "vous avez mis les clés et les requêtes à l'envers : ce sont les requêtes (les lignes) qui regardent"),
        ("right(q, k, k)", "vous mélangez les clés : une fois les parts connues, ce sont les valeurs `v` que l'on mélange"),
    ],
)  # fmt: skip

# 4.3 ----------------------------------------------------------------------------------------------------------------------------
PERPLEXITY = Exercise(
    id="4.3", title="Entre combien de mots hésite-t-il ?", purpose="donner un sens à la perte",
    minutes=3, difficulty=1, reference=metrics.perplexity, 
    cases=[(math.log(10),), (0.0,), (2.5,), (6 * math.log(4), 6), (30_000.0, 10_000)],
    hints=(
        "la perte est un logarithme : quelle fonction défait un logarithme ?",
        "`math.exp` défait `math.log` ; si l'on vous donne une somme sur plusieurs `tokens`, faites-en d'abord une moyenne",
        "`return math.exp(loss / …)`",
    ),
    helpers=globals(),
    mistakes=[
        ("torch.exp(loss / tokens)", "`torch.exp` attend un tenseur ; la perte est ici un nombre, et `math.exp` prend un nombre",
         2, raises(TypeError, "must be Tensor")),
        ("math.log(loss / tokens)", "vous prenez un logarithme de plus : la perte en est déjà un, il faut au contraire le "
         "défaire", anything("isinstance(got, ValueError) or got == math.log(loss / (tokens or 1))")),
        ("loss / tokens", "c'est encore la perte : une perplexité se compte en tokens, pas en logarithmes"),
        ("2 ** (loss / tokens)",
         "vous comptez en base 2 (des bits) ; la perte de PyTorch est un logarithme naturel : prenez `math.exp`", 2),
        ("10 ** (loss / tokens)",
         "vous comptez en base 10 ; la perte de PyTorch est un logarithme naturel : prenez `math.exp`", 2),
        ("math.exp(-loss / tokens)",
         "c'est la probabilité moyenne d'un token : la perplexité en est l'inverse, retirez le signe moins"),
        ("math.exp(loss)", "avec `tokens`, la perte est une somme : divisez-la par `tokens` pour en faire la moyenne", 3),
        ("math.exp(loss) ** (1 / tokens)",
         "la formule est juste, mais l'exponentielle d'une grande somme dépasse ce qu'un nombre peut contenir : "
         "faites d'abord la moyenne, `loss / tokens`", 3),
        ("math.exp(loss) / tokens",
         "la moyenne se fait avant l'exponentielle, sur les logarithmes : la division va dans la parenthèse", 3),
        ("math.exp(loss * tokens)", "vous multipliez par `tokens` ; pour passer d'une somme à une moyenne, on divise", 3),
        ("round(right(loss, tokens))",
         "le résultat est arrondi : on peut hésiter entre 12,18 tokens, gardez les décimales", "got == round(want)"),
    ],
)  # fmt: skip

# 4.4 ----------------------------------------------------------------------------------------------------------------------------
OURS = FineTuning()

RECIPE = Exercise(
    id="4.4", title="Choisir les réglages", purpose="décider avant de lancer, et savoir pourquoi",
    minutes=3, difficulty=1,
    value=f"FineTuning(learning_rate={OURS.learning_rate:g}, batch_size={OURS.batch_size}, epochs={OURS.epochs:g})",
    names=lambda: {"FineTuning": FineTuning},
    hints=(
        "trois nombres : de quelle longueur est un pas, combien de blocs avant chaque pas, combien de fois lire le corpus",
        "le taux se compte en dix-millièmes (`1e-4`, c'est un dix-millième) ; les blocs d'un pas, de 4 à 32 ; les époques, sur "
        "les doigts d'une main",
        f"`FineTuning(learning_rate={OURS.learning_rate:g}, batch_size=…, epochs=…)` : il reste deux petits nombres à choisir",
    ),
    free=True, helpers=globals(),
    mistakes=[
        (["(6e-4, 8, 3)", "6e-4"], "on attend les réglages ensemble : `FineTuning(learning_rate=…, batch_size=…, epochs=…)`",
         "not isinstance(got, FineTuning)"),
        ("FineTuning(learning_rate='6e-4')", "les réglages sont des nombres, sans guillemets : `learning_rate=6e-4`, et non "
         '`"6e-4"`', "not all(isinstance(one, (int, float)) for one in (got.learning_rate, got.batch_size, got.epochs))"),
        ("FineTuning(batch_size=8.5)",
         "un lot compte des blocs entiers : donnez un nombre sans virgule", "not isinstance(got.batch_size, int)"),
        ("FineTuning(learning_rate=10^-4)", "un taux négatif ferait désapprendre le modèle. L'avez-vous écrit avec `^` ? En "
         "Python, ce n'est pas la puissance, et `10^-4` vaut −10 : un dix-millième s'écrit `1e-4`",
         "isinstance(got.learning_rate, int) and got.learning_rate < 0"),
        ("FineTuning(learning_rate=0)", "un taux d'apprentissage est un petit nombre positif : nul, rien ne bouge ; négatif, le "
         "modèle désapprend", "not got.learning_rate > 0"),
        ("FineTuning(learning_rate=100 * OURS.learning_rate)", "ce taux est trop grand : à chaque pas, le modèle oublie le "
         "français qu'il savait pour courir après une page", "got.learning_rate >= 4 * OURS.learning_rate"),
        ("FineTuning(learning_rate=1e-7)", "ce taux est trop petit : à la fin du temps imparti, le modèle n'aura presque pas "
         "bougé", "got.learning_rate <= OURS.learning_rate / 30"),
        ("FineTuning(batch_size=0)",
         "il faut au moins un bloc par pas, et lire au moins une partie du corpus", "got.batch_size < 1 or not got.epochs > 0"),
        ("FineTuning(batch_size=1)", "un seul bloc par pas : chaque page tire de son côté, et la machine travaille au détail ; "
         "prenez-en quelques-uns", "got.batch_size == 1"),
        ("FineTuning(batch_size=256)", "avec des lots aussi grands, il ne reste que quelques pas par lecture du corpus : le "
         "modèle n'avance pas", "got.batch_size > 32"),
        ("FineTuning(epochs=50)",
         "lu autant de fois, un petit corpus est appris par cœur, et vous attendrez : dix lectures au plus", "got.epochs > 10"),
        ("FineTuning(epochs=0.2)", "moins d'une époque : une partie des livres ne serait jamais lue", "got.epochs < 1"),
    ],
)  # fmt: skip

# 4.5 ----------------------------------------------------------------------------------------------------------------------------
RESUME = Exercise(
    id="4.5", title="Arrêter, reprendre", purpose="ne jamais perdre une heure de calcul",
    minutes=3, difficulty=1, value="first.steps",
    names=lambda: {"first": SimpleNamespace(steps=6, planned_steps=12, finished=False)},
    hints=(
        "relisez le message : le pas en cours au moment de l'arrêt est fini, puis sauvegardé",
        "`first` sait combien de pas ont été faits, et combien étaient prévus : tapez `first.` puis la touche Tab",
        "`first.steps` ou `first.planned_steps` ? L'un dit ce qui est fait, l'autre ce qui était prévu",
    ),
    helpers=globals(),
    mistakes=[
        (["0", "1"], "reprendre, ce n'est pas repartir depuis le début : ce qui était appris est gardé", "got in (0, 1)"),
        ("first.planned_steps", "c'est le nombre de pas qui étaient prévus : il en manque encore", 2),
        (["first.steps + 2", "first.planned_steps - 4"], "c'est plus que ce qui est fait : `first.steps` compte les pas finis et "
         "sauvegardés, et rien d'autre n'a eu lieu", 2, "got > want + 1"),
        ("first.steps + 1",
         "ce sera le premier pas de la reprise ; on demande le dernier pas déjà fait, celui d'où elle part", 2),
        ("first.steps - 1", "le pas en cours au moment de l'arrêt n'est pas perdu : il est fini, puis sauvegardé, donc compté"),
        (["first.steps - 2", "first.steps - 3"], "rien n'est refait : une sauvegarde de plus est écrite au moment de l'arrêt, "
         "sans attendre la prochaine prévue", "1 < got < want"),
    ],
)  # fmt: skip


# 4.6 ----------------------------------------------------------------------------------------------------------------------------
def words_of(table: dict) -> dict:
    """Return the verdicts of a table without regard to capitals, accents, spaces and points, in its names and in its words."""
    plain = {str(name).strip(): " ".join(unaccented(str(word)).casefold().strip(" .!").split()) for name, word in table.items()}
    signs = str.maketrans("xX*/:", "×××÷÷")  # what a keyboard has for them
    trials = {name: re.fullmatch(r"([×xX*÷/:])\s*([\d.,]+)", name) for name in plain}
    return {f"{one[1].translate(signs)} {one[2]}" if (one := trials[name]) else name: word for name, word in plain.items()}


VERDICT = Exercise(
    id="4.6", title="Trop petit, juste, trop grand", purpose="lire un essai de quelques secondes",
    minutes=4, difficulty=1, value='{"÷ 30": "trop petit", "× 1": "juste", "× 30": "trop grand"}', view=words_of,
    hints=(
        "comparez chaque perplexité à celle de la première ligne, « aucun pas » : a-t-elle baissé, monté, ou à peine bougé ?",
        "un taux trop grand rend le modèle pire qu'il n'était ; un taux trop petit le laisse comme il était",
        '`{"÷ 30": "trop …", "× 1": "…", "× 30": "trop …"}`, avec les mots « petit », « juste » et « grand »',
    ),
    helpers=globals(),
    mistakes=[
        (['{"÷ 30": "trop petit", "× 1": "juste"}', '{"petit": "trop petit", "moyen": "juste", "grand": "trop grand"}'],
         'il faut les trois essais, sous leurs noms du tableau : "÷ 30", "× 1" et "× 30"', 3, "set(got) != set(want)"),
        ('{"÷ 30": "petit", "× 1": "bon", "× 30": "grand"}', "écrivez les verdicts mot pour mot : « trop petit », « juste » ou « "
         "trop grand »", 3, "not set(got.values()) <= set(want.values())"),
        ('{"÷ 30": "trop grand", "× 1": "juste", "× 30": "trop petit"}',
         "c'est l'inverse : un taux divisé par 30 fait des pas trente fois plus petits", 2),
        ('{"÷ 30": "juste", "× 1": "juste", "× 30": "juste"}',
         "les trois ne peuvent pas être justes : comparez chaque perplexité avec la première ligne, avant tout pas"),
        ('{"÷ 30": "trop petit", "× 1": "trop petit", "× 30": "juste"}', "regardez la dernière ligne : avec ces pas-là, le "
         "modèle est devenu pire qu'il n'était", 2, "got['× 30'] != want['× 30']"),
        ('{"÷ 30": "juste", "× 1": "trop grand", "× 30": "trop grand"}', "regardez l'essai du milieu : sa perplexité est la plus "
         "basse des trois, et plus basse qu'avant tout pas", "got['× 1'] != want['× 1']"),
        ('{"÷ 30": "juste", "× 1": "juste", "× 30": "trop grand"}', "avec un taux divisé par 30, le modèle n'a presque rien "
         "appris : il lui faudrait trente fois plus de temps", 2, "got['÷ 30'] != want['÷ 30']"),
    ],
)  # fmt: skip

# 4.7 ----------------------------------------------------------------------------------------------------------------------------
GAIN = Exercise(
    id="4.7", title="De combien a-t-il progressé ?", purpose="dire un progrès en une seule part, sans se tromper de sens",
    minutes=2, difficulty=1, value="1 - after / before", compare=partial(same, tolerance=1e-3),
    names=lambda: {"before": 40.0, "after": 33.0},
    hints=(
        "quelle part de la perplexité de départ a disparu ?",
        "`after / before` est la part qui reste",
        "`1 - …` : tout, moins ce qui reste",
    ),
    helpers=globals(),
    mistakes=[
        ("round(1 - after / before)",
         "c'est arrondi à l'unité : gardez les décimales", anything("type(got) is int and got in (0, 1)")),
        ("after / before", "c'est la part qui reste : on demande celle qui a disparu", 3),
        (["math.log(before / after)", "math.log2(before) - math.log2(after)"],
         "c'est une différence de logarithmes, pas une part : divisez l'une par l'autre les deux perplexités",
         "abs(got) > 0 and any(abs(abs(got) - abs(log(after / before))) < 1e-4 for log in (math.log, math.log2, math.log10))"),
        ("(before - after) / ((before + after) / 2)",
         "une part se compte sur la valeur d'avant, celle de départ, et non sur la moyenne des deux : divisez par `before`"),
        ("before / after", "cela dit combien de fois, pas quelle part : divisez par `before`", 2),
        ("after / before - 1", "le signe est à l'envers : un progrès se dit par un nombre positif", 3),
        ("(before - after) / after",
         "une part se compte sur la valeur d'avant, celle de départ : divisez par `before`, pas par `after`"),
        ("100 * (1 - after / before)",
         "c'est le bon nombre, en pour cent : on attend une part entre 0 et 1, et c'est l'affichage qui mettra le « % »"),
        ("0.17", "c'est à peu près cela, trop arrondi : écrivez le calcul, avec `before` et `after` ; il restera juste pour un "
         "autre modèle", "abs(got - want) < 0.01"),
        (["before - after", "after - before"],
         "c'est une différence, en tokens : divisez-la par la perplexité de départ pour avoir une part"),
        ("before - after / before", "la division passe avant la soustraction : des parenthèses, `(before - after) / before`", 3),
    ],
)  # fmt: skip


# 4.8 (bonus) --------------------------------------------------------------------------------------------------------------------
def hamming(a: str, b: str) -> int:
    """Count the places that differ."""
    return sum(left != right for left, right in zip(a, b, strict=False))


def table(a: str, b: str, *, substitution: int = 1, free: str = "") -> int:
    """Return the distance, with a switch for each way to get it wrong: what costs nothing is ``free``, a row or a column."""
    row = [0] * (len(b) + 1) if "row" in free else list(range(len(b) + 1))
    for i, left in enumerate(a, start=1):
        above, row = row, [0 if "column" in free else i]
        for j, right in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (left != right) * substitution))
    return row[-1]


def letters(count: int, seed: int) -> str:
    """Return so many letters, which begin at the letter ``seed``."""
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
        ("chat", "chien"),
        ("un chat gris", "le vieux chien gris"),
        ("niche", "chien"),
        ("loup", "loup"),
        ("", "âne"),
        ("âne", ""),
        ("chevaux", "cheval"),
        ("arbre", "abrre"),
        ("tablier", "partie"),
        (["la", "chèvre", "dort"], ["la", "vieille", "chèvre", "dort", "encore"]),
        (letters(60, 0), letters(50, 3)),
    ],
    seconds=2.0,
    hints=(
        "écrivez à la main le tableau de « chat » (à gauche) et « chien » (en haut) : chaque case dit combien de retouches "
        "séparent les deux débuts de mots",
        "une case est la plus petite de trois : celle du dessus plus 1, celle de gauche plus 1, celle en diagonale plus 1 si les "
        "lettres diffèrent (plus 0 si elles sont égales) ; il suffit de garder une ligne",
        "`row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (left != right)))`, en partant de `row = list(range(len(b) + "
        "1))`",
    ),
    helpers=globals(),
    mistakes=[
        ("0 if a == b else 1", "vous dites seulement s'ils sont pareils ou non : on veut savoir de combien ils diffèrent"),
        (["hamming(a, b)", "hamming(a, b) + abs(len(a) - len(b))"],
         "vous comparez place par place (`zip`) : une lettre ajoutée au début décale tout le reste, et tout paraît différent"),
        ("table(a, b, substitution=2)", "remplacer une lettre est une seule retouche, et non un effacement puis un ajout", 2),
        ("""
d = {(i, j): i + j for i in range(len(a) + 1) for j in range(len(b) + 1)}
for i in range(1, len(a) + 1):
    for j in range(1, len(b) + 1):
        d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
return d[len(a), len(b)]""",
         "échanger deux lettres voisines compte ici pour deux retouches : on ne connaît que l'ajout, l'effacement et le "
         "remplacement"),
        ("max(len(a), len(b))", "c'est toujours la longueur du plus long : entre deux lettres égales, la diagonale ne coûte rien "
         "; ajoutez `(left != right)`, et non 1", 3),
        ([f"table(a, b, free={free!r})" for free in ("row and column", "row", "column")],
         "la première ligne et la première colonne ne valent pas 0 : partir de rien vers « chien » demande déjà cinq ajouts", 3),
        ("len(set(a) ^ set(b))", "un ensemble (`set`) oublie l'ordre et les répétitions : « niche » et « chien » y sont pareils"),
        (["abs(len(a) - len(b))", "len(a) - len(b)"],
         "vous ne comparez que les longueurs : « loup » et « chat » seraient le même mot"),
        (["""
table = [[0] * (len(b) + 1)] * (len(a) + 1)
for i in range(len(a) + 1): table[i][0] = i
for j in range(len(b) + 1): table[0][j] = j
for i in range(1, len(a) + 1):
    for j in range(1, len(b) + 1):
        table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
return table[-1][-1]""", """
row = above = list(range(len(b) + 1))
for i, left in enumerate(a, 1):
    row[0] = i
    for j, right in enumerate(b, 1):
        row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
return row[-1]"""], "la ligne du dessus et celle que vous remplissez sont une seule et même liste (`[[0] * n] * m` répète la "
         "même, et `above = row` ne copie rien) : faites-en une nouvelle à chaque tour", 2),
        ("right(a, b) / max(1, len(a))", "vous divisez par la longueur : on demande le nombre de retouches, un entier",
         anything("isinstance(got, float) and got != want and round(got * len(a)) == want")),
        ("from difflib import SequenceMatcher; return SequenceMatcher(None, a, b).ratio()",
         "c'est une ressemblance, entre 0 et 1 : on demande le nombre de retouches",
         anything("isinstance(got, float) and 0 <= got <= 1 < want")),
    ],
)  # fmt: skip

EXERCISES = [PARAMETERS, ATTENTION, PERPLEXITY, RECIPE, RESUME, VERDICT, GAIN, DISTANCE]
