"""The exercises of chapter 02: texts become numbers, and numbers become blocks."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from .. import tokens
from .core import Exercise
from .mistakes import anything, raises
from .sandbox import Once, read_all

SENTENCE = "— Où vas-tu, Colas ?\n— À l’étang, avec la chèvre."
TWO_GOATS = "<|endoftext|>la chèvre et la chèvre<|endoftext|>"
SPACED = "La chèvre  du notaire,\nla chèvre de maître Ragot et la chèvre\tdu curé."
TALE = (
    "La chèvre de maître Ragot mangea le chapeau du notaire.",
    "— Elle avait faim, dit Colas ; et votre chapeau sentait le foin.",
    "— Mon chapeau vient de Bourges ! répondit le notaire, qui n’avait plus que le ruban.",
    "On chercha la chèvre au bord de l’étang, derrière le four, jusque dans le clocher.",
    "Elle dormait dans l’étude du notaire, sur un acte de vente, et elle avait mangé la signature.",
)
SEA = (
    "Le phare de l’île clignote : un éclair long, deux éclairs courts.",
    "Le gardien du phare note la marée, le vent et le nom des bateaux.",
    "Ce soir le brouillard efface les bateaux, et le gardien du phare sonne la cloche.",
    "Un bateau répond ; le gardien du phare compte les coups et sourit dans le brouillard.",
)


class _Toy(PreTrainedTokenizerFast):
    """A tokenizer whose ``repr`` fits in a card."""

    def __repr__(self) -> str:
        return "<petit tokenizer>"


class _Sailor(_Toy):
    """Another one: a card must not take one for the other."""

    def __repr__(self) -> str:
        return "<petit tokenizer sans majuscules>"


_Toy.__name__ = _Sailor.__name__ = PreTrainedTokenizerFast.__name__  # which an error shows


@cache
def toy() -> Any:
    """A tokenizer of 320 tokens, learnt from our five sentences; it believes that a model reads 32 tokens at most."""
    import torch  # noqa: F401  now, and not inside an attendee's five seconds (`return_tensors="pt"` needs it)

    toy = tokens.train_bpe(TALE, vocab_size=320, max_length=32)
    toy.__class__ = _Toy
    toy.deprecation_warnings["sequence-length-is-longer-than-the-specified-maximum"] = True  # no warning
    return toy


@cache
def sailor() -> Any:
    """Another tokenizer, learnt from the sea, which has no capitals: an attendee's variable of the notebook is another."""
    from tokenizers.normalizers import Lowercase

    other = tokens.train_bpe(SEA, vocab_size=310, max_length=64)
    other.__class__ = _Sailor
    other.backend_tokenizer.normalizer = Lowercase()
    return other


def flat(parts: Iterable[list]) -> list:
    """Return what the batches of a corpus, or the blocks of a text, hold: one list."""
    return [one for part in parts for one in part]


def begins(part: list, whole: list) -> bool:
    """Return whether ``part`` is the beginning of ``whole``, and not all of it."""
    return len(part) < len(whole) and part == whole[: len(part)]


# 2.1 ----------------------------------------------------------------------------------------------------------------------------
ENCODE = Exercise(
    id="2.1", title="Du texte aux nombres", purpose="obtenir ce que le réseau lira",
    minutes=3, difficulty=1, reference=tokens.encode_text, helpers=globals(),
    cases=lambda: [(toy(), "La chèvre dort."), (toy(), SENTENCE), (toy(), " ".join(TALE)), (sailor(), "Le phare."), (toy(), ""),
                   (toy(), " ".join(["La chèvre dort."] * 300))],
    hints=(
        "un tokenizer s'utilise comme une fonction : on lui donne un texte entre parenthèses. Regardez ce qu'il répond",
        "la réponse est un dictionnaire ; les numéros sont rangés sous la clé `input_ids`",
        '`return tokenizer(text)["…"]`, avec le bon nom de clé ; `verbose=False` en second argument évite un avertissement',
    ),
    mistakes=[
        (["tokenizer(text)", "list(tokenizer(text))"], "vous renvoyez toute la réponse du tokenizer, un dictionnaire ; les "
         "numéros y sont rangés sous la clé `input_ids`", 2, anything("isinstance(got, (Mapping, list)) and 'input_ids' in got")),
        ("tokenizer.tokenize(text)", "ce sont les morceaux de texte, pas leurs numéros : le réseau ne lit que des nombres", 2,
         anything("isinstance(got, list) and isinstance(got[0], str)")),
        ("tokenizer(text, return_tensors='pt')['input_ids']", "vous renvoyez un tenseur ; il suffit ici d'une liste : retirez "
         "`return_tensors`", 3, anything("type(got).__module__.startswith(('torch', 'numpy', 'tensorflow'))")),
        ("tokenizer([text])['input_ids']", "c'est une liste dans une liste : donnez au tokenizer le texte lui-même, sans "
         "crochets autour", 3, anything("isinstance(got[0], list)")),
        ("tokenizer(text)['attention_mask']",
         "il n'y a que des 1 : c'est `attention_mask`, qui dit quels tokens regarder ; les numéros sont ailleurs", 2),
        (["list(text.encode())", "[ord(letter) for letter in text]"],
         "ce sont les numéros des lettres (leurs codes dans l'ordinateur), pas ceux du vocabulaire : demandez-les au tokenizer"),
        ("[i for word in text.split() for i in tokenizer(word)['input_ids']]",
         "les espaces ont disparu : ne coupez pas vous-même le texte en mots, l'espace fait partie du token qui le suit"),
        ("tokenizer(text, truncation=True)['input_ids']", "la fin du texte a disparu : avec `truncation=True`, le tokenizer "
         "coupe à la longueur que le modèle sait lire", 3, "got and begins(got, want)"),
        ("len(tokenizer(text)['input_ids'])",
         "vous renvoyez combien il y a de tokens ; ce sont leurs numéros que l'on attend, dans l'ordre"),
    ],
)  # fmt: skip

# 2.2 ----------------------------------------------------------------------------------------------------------------------------
TOKENS_OF = Exercise(
    id="2.2", title="Des nombres aux tokens", purpose="voir où le tokenizer a coupé",
    minutes=3, difficulty=1, reference=tokens.tokens_of, helpers=globals(),
    cases=lambda: [
        *((toy(), tokens.encode_text(toy(), text)) for text in (SENTENCE, TWO_GOATS, "")), (sailor(), [290, 300, 65]),
        (toy(), flat(tokens.encode_text(toy(), letter) for letter in "la chèvre")),
    ],
    hints=(
        "le tokenizer a une méthode qui traduit des numéros en tokens : tapez `french.convert` puis la touche Tab",
        "`convert_ids_to_tokens` prend la liste des numéros et rend la liste des tokens",
        "`return tokenizer.convert_ids_to_tokens(…)` : il ne reste qu'à lui donner les numéros",
    ),
    mistakes=[
        (["tokenizer.decode(ids)", "tokenizer.convert_ids_to_tokens(ids[0])"],
         "vous renvoyez un seul texte : on attend la liste de tous les tokens, où l'on voit les coupures (`decode`, lui, recolle "
         "les morceaux)", 2, anything("isinstance(got, str)")),
        (["[tokenizer.decode([i]) for i in ids]", "tokenizer.batch_decode([[i] for i in ids])"],
         "décodés un par un, les tokens perdent leur forme : Ġ redevient une espace, et un accent coupé en deux devient �", 2),
        ("tokenizer.tokenize(tokenizer.decode(ids))", "vous repassez par le texte, et le tokenizer le découpe de nouveau, pas "
         "forcément aux mêmes endroits : traduisez les numéros eux-mêmes", 2),
        ("ids", "ce sont toujours des numéros : il reste à les traduire en tokens", 2, anything("isinstance(got[0], int)")),
        ("tokenizer.convert_ids_to_tokens(ids, skip_special_tokens=True)", "il manque `<|endoftext|>` : c'est un token comme un "
         "autre, il marque la fin d'un texte ; retirez `skip_special_tokens`", 3),
        ("list(dict.fromkeys(right(tokenizer, ids)))",
         "un token qui revient plusieurs fois doit revenir plusieurs fois : il y a un token par numéro"),
        (["[one.replace('Ġ', ' ') for one in right(tokenizer, ids)]", "[one.strip('ĠĊ') for one in right(tokenizer, ids)]"],
         "laissez Ġ et Ċ tels que le vocabulaire les écrit : ce sont eux qui montrent les espaces et les fins de ligne", 2,
         "[one.strip('ĠĊ \\n') for one in got] == [one.strip('ĠĊ') for one in want]"),
        (["[sorted(tokenizer.get_vocab())[i] for i in ids]", "right(tokenizer, ids)[::-1]"],
         "ces tokens existent, mais ce ne sont pas ceux de ces numéros, dans cet ordre (l'ordre du dictionnaire `get_vocab()` "
         "n'est pas celui des numéros)", 2, "len(got) == len(want) and set(got) <= set(tokenizer.get_vocab())"),
    ],
)  # fmt: skip

# 2.3 ----------------------------------------------------------------------------------------------------------------------------
FERTILITY = Exercise(
    id="2.3", title="La fertilité", purpose="mesurer si un tokenizer connaît une langue",
    minutes=4, difficulty=1, reference=tokens.fertility, helpers=globals(),
    cases=lambda: [(toy(), SPACED), (toy(), f"{SENTENCE} — Seul ?"), (toy(), "parapluie"), (sailor(), SEA[0])],
    hints=(
        "c'est une moyenne : combien de tokens, divisé par combien de mots",
        "`encode_text` (exercice 2.1) donne les tokens ; `text.split()`, sans rien entre les parenthèses, donne les mots",
        "`return len(encode_text(tokenizer, text)) / …` : il ne manque que le nombre de mots",
    ),
    mistakes=[
        ("len(text.split()) / len(encode_text(tokenizer, text))",
         "votre fraction est à l'envers : on veut des tokens par mot, donc les tokens au-dessus"),
        ("len(encode_text(tokenizer, text))", "c'est le nombre de tokens : il reste à le diviser par le nombre de mots"),
        ("len(tokenizer(text)) / len(text.split())",
         "`len(tokenizer(text))` compte les clés du dictionnaire, pas les tokens : comptez les `input_ids`", 2),
        ("len(encode_text(tokenizer, text)) / len(text.split(' '))", '`split(" ")` ne coupe ni aux fins de ligne, ni aux '
         "tabulations, et voit un mot vide entre deux espaces : `split()`, sans argument, fait tout cela", 2),
        ("len(encode_text(tokenizer, text)) / len(text)",
         "vous mesurez des tokens par caractère : `len(text)` compte les caractères, pas les mots", 2),
        (["right(tokenizer, text) // 1", "round(right(tokenizer, text))", "round(right(tokenizer, text), 2)"],
         "le résultat est arrondi : une moyenne a des décimales, divisez avec `/` et n'arrondissez pas",
         "got == want // 1 or got in [round(want, digits) for digits in range(4)]"),
        ("len(set(encode_text(tokenizer, text))) / len(text.split())",
         "vous comptez les tokens différents (`set`) : un token qui revient compte à chaque fois"),
        (r"import re; return len(encode_text(tokenizer, text)) / len(re.findall(r'\w+', text))",
         "un mot, ici, c'est tout ce qui se trouve entre deux espaces, ponctuation comprise : `text.split()`", 2),
        ("len(''.join(text.split())) / len(text.split())",
         "vous comptez les lettres par mot : demandez ses tokens au tokenizer", 2),
        ("sum(len(encode_text(tokenizer, word)) for word in text.split()) / len(text.split())",
         "donné seul, un mot arrive sans l'espace qui le précède, et ses tokens changent : découpez le texte entier d'un coup",
         3),
    ],
)  # fmt: skip

# 2.4 ----------------------------------------------------------------------------------------------------------------------------
READY_MADE = "une liste déjà faite, que l’on parcourt"


def _dataset(rows: int) -> Any:
    from datasets import Dataset

    return Dataset.from_dict({"text": [f"Ligne {i}." for i in range(1, rows + 1)], "book": ["Un conte"] * rows})


def _batches(result: Iterator) -> Any:
    """Return what an iterator gives; one that walks over a list made beforehand is no iterator in spirit.

    All are read before any is looked at: one list that is emptied and filled again would show.  Each becomes a list (``Dataset``
    has columns of its own).
    """
    if isinstance(result, type(iter([])) | type(iter(()))):
        return READY_MADE
    return [batch if isinstance(batch, (str, Mapping)) else list(batch) for batch in read_all(result)]


CORPUS = Exercise(
    id="2.4", title="Un corpus qui coule", purpose="entraîner sans tout garder en mémoire",
    minutes=5, difficulty=2, reference=tokens.training_corpus, view=_batches, helpers=globals(),
    cases=lambda: [(_dataset(7), 3), (_dataset(4), 2), (_dataset(2), 10)],
    hints=(
        "une fonction qui contient `yield` ne rend pas tout d'un coup : elle donne une valeur, puis attend qu'on lui demande la "
        "suite",
        "`range(0, len(dataset), batch_size)` donne le début de chaque paquet ; `dataset[3:6]` lit les lignes 3 à 5",
        '`for start in range(0, len(dataset), batch_size):` puis `yield dataset[start : start + …]["text"]`',
    ),
    mistakes=[
        ("for i in range(0, len(dataset) + 1, batch_size): yield dataset[i : i + batch_size]['text']",
         "il y a un paquet vide à la fin : quand le compte tombe juste, il ne reste rien à donner", 2,
         "got[:-1] == want and got[-1] == []"),
        ("for i in range(0, len(dataset), batch_size): yield dataset[i : batch_size]['text']",
         "les paquets sont vides, après le premier : la fin d'une tranche se compte depuis le début du tableau, donc `start + "
         "batch_size`", 3, "got[:1] == want[:1] and len(got) > 1 and not any(got[1:])"),
        ("*_, last = right(dataset, batch_size); yield last",
         "il n'y a que le dernier paquet : `yield` se place dans la boucle, et donne un paquet à chaque tour", 3,
         "got == want[-1:] and len(want) > 1"),
        ("for i in range(1, len(dataset), batch_size): yield dataset[i : i + batch_size]['text']",
         "il manque les premières lignes : la première porte le numéro 0, `range(0, …)`", 3,
         "len(flat(got)) < len(flat(want)) and flat(got) == flat(want)[-len(flat(got)) :]"),
        ("for batch in right(dataset, batch_size): return batch",
         "un `return` dans la boucle arrête tout au premier paquet : `yield` donne un paquet, puis la boucle continue", 3),
        (["list(right(dataset, batch_size))", "iter(list(right(dataset, batch_size)))"],
         "vous construisez toute la liste d'un coup, et le corpus entier est en mémoire : avec `yield`, il passe paquet par "
         "paquet", anything("got in (READY_MADE, want)")),
        ("""
batch = []
for row in dataset:
    batch.append(row["text"])
    if len(batch) == batch_size:
        yield batch
        batch.clear()
if batch: yield batch""", "c'est toujours la même liste, que `clear()` vide et que vous "
         "remplissez : qui a gardé un paquet le voit changer ; commencez-en une nouvelle, `batch = []`", 2),
        ("yield dataset['text']", "tout le corpus arrive en un seul paquet : avancez de `batch_size` lignes à chaque tour", 2),
        ("for row in dataset: yield row['text']",
         "vous donnez un texte à la fois : on attend des paquets, c'est-à-dire des listes de textes", 2),
        ("for batch in dataset.iter(batch_size): yield batch", "vous donnez toutes les colonnes du tableau : seule la colonne "
         '`"text"` sert à apprendre', 3, anything("isinstance(got[0], Mapping)")),
        ("for batch in right(dataset, batch_size): yield ' '.join(batch)", "les textes d'un paquet sont recollés en un seul : "
         "laissez-les en liste", 3, anything("isinstance(got[0], str) and len(got) == len(want)")),
        ("for i in range(0, len(dataset) - batch_size + 1, batch_size): yield dataset[i : i + batch_size]['text']",
         "il manque les dernières lignes : le dernier paquet a le droit d'être plus petit que les autres", 2,
         "begins(flat(got), flat(want))"),
        ("for i in range(0, len(dataset), batch_size): yield dataset[i : i + batch_size - 1]['text']",
         "des lignes se perdent entre deux paquets : une tranche `[a:b]` s'arrête déjà juste avant `b`, n'enlevez rien", 3,
         "{*flat(got)} < {*flat(want)} and len(flat(got)) < len(flat(want))"),
        ("for i in range(len(dataset)): yield dataset[i : i + batch_size]['text']", "des lignes reviennent plusieurs fois : d'un "
         "paquet au suivant, avancez de `batch_size` (troisième argument de `range`)", 2, "len(flat(got)) > len(flat(want))"),
    ],
)  # fmt: skip


# 2.5 ----------------------------------------------------------------------------------------------------------------------------
def _portrait(tokenizer: Any) -> Any:
    """Return what makes two tokenizers the same: how many tokens, how they cut a sentence, which tokens."""
    if not isinstance(tokenizer, PreTrainedTokenizerBase):
        return tokenizer
    cut = tokens.tokens_of(tokenizer, tokens.encode_text(tokenizer, SEA[1]))
    return {"taille": len(tokenizer), f"tokens de « {SEA[1]} »": cut, "vocabulaire": sorted(tokenizer.get_vocab())}


SPECIALISE = Exercise(
    id="2.5", title="Un tokenizer du pays", purpose="apprendre le vocabulaire de nos romans",
    minutes=4, difficulty=2, reference=tokens.specialise_tokenizer, view=_portrait, helpers=globals(),
    cases=lambda: [(toy(), Once("corpus", SEA[:2], SEA[2:]), 340), (sailor(), Once("corpus", TALE[:3], TALE[3:]), 350)],
    hints=(
        "on ne repart pas de zéro : l'ancien tokenizer sait en entraîner un nouveau, qui découpe de la même manière",
        "`train_new_from_iterator` prend le corpus et la taille du vocabulaire, et renvoie le nouveau tokenizer",
        "`return tokenizer.train_new_from_iterator(corpus, …)` : il manque la taille ; `show_progress=False` évite la barre "
        "d'avancement",
    ),
    mistakes=[
        ("tokenizer.train_new_from_iterator(corpus)",
         "la taille du vocabulaire manque : `train_new_from_iterator` la demande en second", 3, raises(TypeError, "vocab_size")),
        (["tokenizer.add_tokens(['phare'])", "tokenizer.add_tokens(' '.join(flat(corpus)).split()); return tokenizer"],
         "`add_tokens` colle des mots au bout de l'ancien vocabulaire ; ici, on veut en apprendre un nouveau sur le corpus", 2,
         anything("got < vocab_size if isinstance(got, int) else got['taille'] != vocab_size and "
                  "{*got['vocabulaire']} > {*tokenizer.get_vocab()}")),
        ("right(tokenizer, corpus, vocab_size); return tokenizer", "c'est l'ancien tokenizer : `train_new_from_iterator` ne le "
         "change pas, il en renvoie un nouveau ; c'est lui qu'il faut renvoyer", 2),
        ("tokenizer.backend_tokenizer", "c'est le moteur, sans sa carrosserie : on attend un tokenizer de `transformers`, celui "
         "que `train_new_from_iterator` renvoie", 2, anything("type(got).__module__.startswith('tokenizers')")),
        (["tokenizer, vocab_size", "len(right(tokenizer, corpus, vocab_size))"],
         "on attend un tokenizer et rien d'autre, celui que `train_new_from_iterator` renvoie", 2,
         anything("not isinstance(got, Exception) and not (isinstance(got, Mapping) and 'taille' in got)")),
        ("print(len(list(corpus)), 'paquets'); return right(tokenizer, corpus, vocab_size)",
         "ce tokenizer n'a rien appris : un itérateur ne se lit qu'une fois, et le corpus était déjà épuisé (`list(corpus)` ou "
         "une boucle avant l'entraînement ?)"),
        ("right(tokenizer, [next(corpus)], vocab_size)",
         "il n'a appris que le premier paquet (`next`) : donnez-lui l'itérateur entier, il le videra lui-même", 3),
        ("for batch in corpus: new = right(tokenizer, batch, vocab_size)\nreturn new",
         "il n'a appris que le dernier paquet : chaque entraînement repart de zéro ; n'en faites qu'un, sur l'itérateur entier",
         3),
        ("right(tokenizer, ''.join(flat(corpus)), vocab_size)",
         "il n'a appris que des lettres : qui parcourt un seul grand texte n'y trouve que cela ; donnez-lui les paquets", 3),
        (["right(tokenizer, corpus, 300)", "right(tokenizer, corpus, len(tokenizer) + vocab_size)"],
         "la taille du vocabulaire n'est pas celle que l'on a demandée : `vocab_size` est le total, lettres comprises", 3,
         "got['taille'] != want['taille']"),
        ("right(tokenizer, TALE * 9, vocab_size)",
         "la taille est la bonne, les mots non : a-t-il appris à partir de `tokenizer`, et sur `corpus` tout entier ?",
         3, "got['vocabulaire'] != want['vocabulaire']"),
    ],
)  # fmt: skip

# 2.6 ----------------------------------------------------------------------------------------------------------------------------
PACK = Exercise(
    id="2.6", title="Des blocs, sans rien perdre", purpose="nourrir le réseau de toute l’histoire",
    minutes=5, difficulty=2, reference=tokens.pack, helpers=globals(),
    cases=[(list(range(11, 21)), 4), (list(range(11, 17)), 3), ([11, 12], 5), ([], 4), ([11, 12, 13], 1), ([11, 12], 0),
           ([11, 12], -2), ([], 0)],
    hints=(
        "un bloc commence tous les `block_size` tokens : au début, puis `block_size` plus loin, et ainsi de suite jusqu'au bout",
        "`range(0, len(token_ids), block_size)` donne les débuts ; une tranche qui dépasse la fin de la liste s'y arrête toute "
        "seule",
        "`return [token_ids[start : start + …] for start in range(0, len(token_ids), block_size)]`, et d'abord, contre des "
        'blocs vides : `if block_size < 1: raise WorkshopError("…")`',
    ),
    mistakes=[
        ("token_ids[:block_size]", "vous renvoyez un seul bloc, une liste de numéros : on attend la liste de tous les blocs, "
         "donc une liste de listes", anything("isinstance(got[0], int)")),
        ("[token_ids[i : i + block_size] for i in range(0, len(token_ids) + 1, block_size)]",
         "il y a un bloc vide : quand le compte tombe juste, l'histoire est finie, et il ne reste rien à ranger", 2,
         "got == [*want, []]"),
        ("[token_ids[i:block_size] for i in range(0, len(token_ids), block_size)]",
         "les blocs sont vides, après le premier : la fin d'une tranche se compte depuis le début de la liste, donc `start + "
         "block_size`", 3, "got[:1] == want[:1] and len(got) == len(want) > 1 and not any(got[1:])"),
        ("""
blocks, block = [], []
for token in token_ids:
    block.append(token)
    if len(block) == block_size:
        blocks.append(block)
        block.clear()
return blocks + [block] * bool(block)""", "c'est toujours la même liste, que `clear()` vide et que vous remplissez, et tous vos "
         "blocs changent avec elle ; commencez-en une nouvelle, `block = []`", 2,
         "len(got) > 1 and len({*map(tuple, got)}) == 1 and got[0] in ([], want[-1]) and got[0] != want[0]"),
        ("[token_ids[first::block_size] for first in range(block_size)]",
         "vous faites `block_size` blocs : on demande des blocs de `block_size` tokens chacun, autant qu'il en faut",
         "len(got) == block_size != len(want) and sorted(flat(got)) == sorted(token_ids)"),
        (["[token_ids]", "blocks = right(token_ids, block_size); return [*blocks[:-2], flat(blocks[-2:])]"],
         "un bloc contient plus de `block_size` tokens : le réseau ne lirait pas ce qui dépasse", 2,
         "flat(got) == token_ids and max(map(len, got)) > block_size"),
        ("for block in right(token_ids, block_size): return [block]", "il n'y a que le premier bloc : un `return` dans la boucle "
         "l'arrête dès le premier tour", "len(want) > 2 and got == want[:1]"),
        ("[block for block in right(token_ids, block_size) if len(block) == block_size]",
         "la fin de l'histoire a disparu : un dernier bloc incomplet est quand même un bloc. Les pistes : un `//`, qui ne "
         "compte que les blocs pleins, une borne de `range` trop petite, ou un `==` là où il faudrait `<=`", 2,
         "got == want[:-1]"),
        (["[block[: block_size - 1] for block in right(token_ids, block_size)]", "right(token_ids[1:], block_size)"],
         "des tokens se perdent : chaque bloc commence là où le précédent finit, et une tranche `[a:b]` s'arrête déjà juste "
         "avant `b`", 3, "{*flat(got)} < {*token_ids} and len(flat(got)) < len(token_ids)"),
        ([
             "[(block + [0] * block_size)[:block_size] for block in right(token_ids, block_size)]",
             "[(block + block[-1:] * block_size)[:block_size] for block in right(token_ids, block_size)]",
         ], "le dernier bloc est complété avec des tokens inventés : le réseau les apprendrait ; laissez-le plus court", 2,
         "got[:-1] == want[:-1] and begins(want[-1], got[-1])"),
        ([
             "[token_ids[i : i + block_size] for i in range(len(token_ids))]",
             "[token_ids[i : i + block_size + 1] for i in range(0, len(token_ids), block_size)]",
             "[token_ids[min(i, len(token_ids) - block_size) :][:block_size] for i in range(0, len(token_ids), block_size)]",
             "[token_ids[: i + 1] for i in range(block_size - 1, len(token_ids))]",
         ],
         "des tokens reviennent deux fois : chaque bloc commence là où le précédent finit", 2, "len(flat(got)) > len(token_ids)"),
    ],
)  # fmt: skip

# 2.7 and 2.8 (bonus) ------------------------------------------------------------------------------------------------------------


def _in_hand() -> dict[str, Any]:
    """What the notebook has here: three words, a model of the embedded one's dimensions, a tokenizer that cannot pad."""
    config = SimpleNamespace(n_embd=256, n_layer=6, vocab_size=8192, n_positions=512)
    model = SimpleNamespace(config=config, num_parameters=lambda: 6_966_784)
    bare = copy.deepcopy(toy())
    bare.pad_token = None
    return {"new_words": ["Coudrette", "Grelette", "Trois-Saules"], "model": model, "bare": bare}


NEW_WORDS = Exercise(
    id="2.7", title="Le prix d’un mot", purpose="prévoir ce qu’un mot de plus coûte au modèle",
    minutes=2, difficulty=2, bonus=True, value="len(new_words) * model.config.n_embd", names=_in_hand,
    hints=(
        "chaque token a sa ligne dans le tableau des vecteurs : combien de lignes de plus, et combien de nombres par ligne ?",
        "la largeur du tableau est dans `model.config.n_embd`",
        "`len(new_words) * …` : autant de lignes que de mots, chacune large de `n_embd`",
    ),
    mistakes=[
        ("len(new_words)", "c'est le nombre de mots ; or chaque mot apporte un vecteur entier, pas un seul nombre"),
        ("model.config.n_embd", "c'est le prix d'un seul mot : comptez-les tous", 3),
        ("len(new_words) * model.config.vocab_size", 
         "la largeur d'un vecteur n'est pas la taille du vocabulaire : c'est `n_embd`", 2),
        ("len(new_words) * (model.config.n_embd + 1)", 
         "le tableau des vecteurs n'a pas de biais : une ligne de `n_embd` nombres par mot, et rien de plus"),
        ("len(''.join(new_words)) * model.config.n_embd",
         "vous comptez les lettres : chaque mot nouveau est un seul token, donc une seule ligne du tableau"),
        (["len(new_words) ^ model.config.n_embd", "len(new_words) + model.config.n_embd",
          "model.config.n_embd ** len(new_words)", "len(new_words) ** model.config.n_embd"],
         "il faut multiplier, avec `*` : autant de lignes que de mots, chacune large de `n_embd` (ni `^` ni `**`)", 3),
        ("2 * len(new_words) * model.config.n_embd", "c'est le double : la largeur d'un vecteur est `n_embd` (et non "
         "`n_positions`), et dans GPT-2 l'entrée et la sortie du réseau utilisent le même tableau"),
        (["(model.config.vocab_size + len(new_words)) * model.config.n_embd", "model.num_parameters()"],
         "c'est le tableau entier, ou le modèle entier : on ne compte que ce qui s'ajoute",
         "got in [whole + more for whole in (model.config.vocab_size * model.config.n_embd, model.num_parameters()) for more in "
         "(0, want)]"),
        ("len(new_words) * model.config.n_embd * model.config.n_layer",
         "le tableau des vecteurs n'existe qu'une fois, à l'entrée : il n'y en a pas un dans chaque couche"),
    ],
)  # fmt: skip

PADDING = Exercise(
    id="2.8", title="Le token qui ne dit rien", purpose="mettre des phrases inégales dans un même tableau",
    minutes=2, difficulty=1, bonus=True, value="bare.eos_token", names=_in_hand,
    hints=(
        "il faut un token qui existe déjà dans le vocabulaire, et qui ne veut rien dire dans une phrase",
        "le tokenizer a un token spécial, celui de la fin de texte : `bare.eos_token`",
        '`bare.pad_token = answer("2.8", bare.…)` : on attend le token (un texte), pas son numéro',
    ),
    mistakes=[
        ("True", "`padding=True` demande de remplir ; ici, il faut dire avec quel token"),
        ("bare.eos_token_id", "c'est son numéro : `pad_token` attend le token lui-même, un texte", 3),
        (["'Ġ'", "'.'"], "ce token sert déjà à écrire des phrases : le réseau ne saurait plus quand il compte et quand il "
         "remplit", "got in bare.get_vocab()"),
        (["'<pad>'", "'[PAD]'", "' '"],
         "ce texte n'est pas dans le vocabulaire : il n'a ni numéro ni vecteur. On pourrait l'ajouter, puis agrandir le modèle "
         "(comme à l'exercice 2.7) ; mais un token spécial existe déjà", 2, "got not in bare.get_vocab()"),
    ],
)  # fmt: skip

EXERCISES = [ENCODE, TOKENS_OF, FERTILITY, CORPUS, SPECIALISE, PACK, NEW_WORDS, PADDING]
