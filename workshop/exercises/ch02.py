"""The exercises of chapter 02: texts become numbers, and numbers become blocks."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from .. import tokens
from .core import Exercise, if_alike, like
from .sandbox import read_all

SENTENCE = "— Où vas-tu, Colas ?\n— À l’étang, avec la chèvre."
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


@cache
def toy() -> Any:
    """A tokenizer of 320 tokens, learnt from our five sentences; it believes that a model reads 32 tokens at most."""
    import torch  # noqa: F401  now, and not inside an attendee's five seconds (`return_tensors="pt"` needs it)

    toy = tokens.train_bpe(TALE, vocab_size=320, max_length=32)
    toy.__class__ = _Toy
    toy.deprecation_warnings["sequence-length-is-longer-than-the-specified-maximum"] = True  # no warning
    return toy


def _dataset(rows: int) -> Any:
    from datasets import Dataset

    return Dataset.from_dict({"text": [f"Ligne {i}." for i in range(1, rows + 1)], "book": ["Un conte"] * rows})


# 2.1 ----------------------------------------------------------------------------------------------------------------------------


def _word_by_word(tokenizer, text):
    return [i for word in text.split() for i in tokenizer(word)["input_ids"]]


ENCODE = Exercise(
    id="2.1",
    title="Du texte aux nombres",
    purpose="obtenir ce que le réseau lira",
    minutes=3,
    difficulty=1,
    reference=tokens.encode_text,
    cases=lambda: [(toy(), "La chèvre dort."), (toy(), SENTENCE), (toy(), " ".join(TALE)), (toy(), "")],
    hints=(
        "un tokenizer s'utilise comme une fonction : on lui donne un texte entre parenthèses. Regardez ce qu'il répond",
        "la réponse est un dictionnaire ; les numéros sont rangés sous la clé `input_ids`",
        '`return tokenizer(text)["…"]`, avec le bon nom de clé ; `verbose=False` en second argument évite un avertissement',
    ),
    wrong=(
        (lambda tokenizer, text: tokenizer(text), "sous la clé"),
        (lambda tokenizer, text: tokenizer.tokenize(text), "les morceaux de texte, pas leurs numéros"),
        (lambda tokenizer, text: tokenizer([text])["input_ids"], "une liste dans une liste"),
        (lambda tokenizer, text: tokenizer(text, return_tensors="pt")["input_ids"], "return_tensors"),
        (lambda tokenizer, text: tokenizer(text)["attention_mask"], "que des 1"),
        (lambda tokenizer, text: list(text.encode()), "numéros des lettres"),
        (lambda tokenizer, text: [ord(letter) for letter in text], "numéros des lettres"),
        (_word_by_word, "espaces"),
        (lambda tokenizer, text: tokenizer(text, truncation=True)["input_ids"], "la fin du texte a disparu"),
        (lambda tokenizer, text: len(tokenizer(text)["input_ids"]), "combien il y a de tokens"),
        (lambda tokenizer, text: list(tokenizer(text)), "sous la clé"),
        (lambda tokenizer, text: tokenizer.decode(tokenizer.encode(text)), "on attend une liste, et voici un texte"),
        (lambda tokenizer, text: (i for i in tokenizer.encode(text)), "`list(…)` en fait une liste"),
    ),
    diagnostics=(
        (
            lambda got, *_: isinstance(got, (Mapping, list)) and "input_ids" in got,
            "vous renvoyez toute la réponse du tokenizer, un dictionnaire ; les numéros y sont rangés sous la clé `input_ids`",
            2,
        ),
        (
            lambda got, *_: isinstance(got, list) and got and all(isinstance(piece, str) for piece in got),
            "ce sont les morceaux de texte, pas leurs numéros : le réseau ne lit que des nombres",
            2,
        ),
        (
            lambda got, *_: type(got).__module__.startswith(("torch", "numpy", "tensorflow")),
            "vous renvoyez un tenseur ; il suffit ici d'une liste : retirez `return_tensors`",
            3,
        ),
        (
            lambda got, *_: isinstance(got[0], list),
            "c'est une liste dans une liste : donnez au tokenizer le texte lui-même, sans crochets autour",
            3,
        ),
        (
            lambda got, expected, *_: len(got) == len(expected) > 0 and set(got) == {1},
            "il n'y a que des 1 : c'est `attention_mask`, qui dit quels tokens regarder ; les numéros sont ailleurs",
            2,
        ),
        (
            lambda got, expected, _, text: got in ([ord(c) for c in text], list(text.encode())) and text,
            "ce sont les numéros des lettres (leurs codes dans l'ordinateur), pas ceux du vocabulaire : demandez-les au "
            "tokenizer",
        ),
        (
            like(_word_by_word),
            "les espaces ont disparu : ne coupez pas vous-même le texte en mots, l'espace fait partie du token qui le suit",
        ),
        (
            lambda got, expected, *_: 0 < len(got) < len(expected) and got == expected[: len(got)],
            "la fin du texte a disparu : avec `truncation=True`, le tokenizer coupe à la longueur que le modèle sait lire",
            3,
        ),
        (
            lambda got, expected, *_: isinstance(got, int) and got == len(expected),
            "vous renvoyez combien il y a de tokens ; ce sont leurs numéros que l'on attend, dans l'ordre",
        ),
    ),
)

# 2.2 ----------------------------------------------------------------------------------------------------------------------------


def _one_by_one(tokenizer, ids):
    return [tokenizer.decode([i]) for i in ids]


def _without_marks(tokens_: list[str]) -> list[str]:
    return [token.strip("ĠĊ \n") for token in tokens_]


TOKENS_OF = Exercise(
    id="2.2",
    title="Des nombres aux tokens",
    purpose="voir où le tokenizer a coupé",
    minutes=3,
    difficulty=1,
    reference=tokens.tokens_of,
    cases=lambda: [
        (toy(), tokens.encode_text(toy(), SENTENCE)),
        (toy(), [0, *tokens.encode_text(toy(), "la chèvre et la chèvre"), 0]),
        (toy(), []),
    ],
    hints=(
        "le tokenizer a une méthode qui traduit des numéros en tokens : tapez `french.convert` puis la touche Tab",
        "`convert_ids_to_tokens` prend la liste des numéros et rend la liste des tokens",
        "`return tokenizer.convert_ids_to_tokens(…)` : il ne reste qu'à lui donner les numéros",
    ),
    wrong=(
        (lambda tokenizer, ids: tokenizer.decode(ids), "un seul texte"),
        (_one_by_one, "un par un"),
        (lambda tokenizer, ids: tokenizer.batch_decode([[i] for i in ids]), "un par un"),
        (lambda tokenizer, ids: tokenizer.convert_ids_to_tokens(ids, skip_special_tokens=True), "<|endoftext|>"),
        (lambda tokenizer, ids: list(dict.fromkeys(tokenizer.convert_ids_to_tokens(ids))), "plusieurs fois"),
        (lambda tokenizer, ids: [sorted(tokenizer.get_vocab())[i] for i in ids], "ne sont pas ceux de ces numéros"),
        (lambda tokenizer, ids: ids, "toujours des numéros"),
        (lambda tokenizer, ids: [t.replace("Ġ", " ") for t in tokenizer.convert_ids_to_tokens(ids)], "laissez Ġ et Ċ"),
        (lambda tokenizer, ids: [t.strip("ĠĊ") for t in tokenizer.convert_ids_to_tokens(ids)], "laissez Ġ et Ċ"),
        (lambda tokenizer, ids: tokenizer.convert_ids_to_tokens(ids[0]), "un seul texte"),
        (lambda tokenizer, ids: map(tokenizer.convert_ids_to_tokens, ids), "`list(…)` en fait une liste"),
        (lambda tokenizer, ids: dict(zip(ids, tokenizer.convert_ids_to_tokens(ids), strict=True)), "et voici un dictionnaire"),
        (lambda tokenizer, ids: tuple(tokenizer.convert_ids_to_tokens(ids)), "et voici un tuple"),
        (lambda tokenizer, ids: tokenizer.convert_ids_to_tokens(ids)[::-1], "dans cet ordre"),
    ),
    diagnostics=(
        (
            lambda got, *_: isinstance(got, str),
            "vous renvoyez un seul texte : on attend la liste de tous les tokens, où l'on voit les coupures (`decode`, lui, "
            "recolle les morceaux)",
            2,
        ),
        (
            like(_one_by_one),
            "décodés un par un, les tokens perdent leur forme : Ġ redevient une espace, et un accent coupé en deux devient �",
            2,
        ),
        (
            lambda got, *_: isinstance(got, list) and got and all(isinstance(i, int) for i in got),
            "ce sont toujours des numéros : il reste à les traduire en tokens",
            2,
        ),
        *if_alike(
            (
                lambda got, expected, *_: got == [token for token in expected if token != tokens.END_OF_TEXT] != expected,
                "il manque `<|endoftext|>` : c'est un token comme un autre, il marque la fin d'un texte ; retirez "
                "`skip_special_tokens`",
                3,
            ),
            (
                lambda got, expected, *_: got == list(dict.fromkeys(expected)) != expected,
                "un token qui revient plusieurs fois doit revenir plusieurs fois : il y a un token par numéro",
            ),
            (
                lambda got, expected, *_: got != expected and _without_marks(got) == _without_marks(expected),
                "laissez Ġ et Ċ tels que le vocabulaire les écrit : ce sont eux qui montrent les espaces et les fins de ligne",
                2,
            ),
            (
                lambda got, expected, tokenizer, _: len(got) == len(expected) and set(got) <= set(tokenizer.get_vocab()),
                "ces tokens existent, mais ce ne sont pas ceux de ces numéros, dans cet ordre (l'ordre du dictionnaire "
                "`get_vocab()` n'est pas celui des numéros)",
                2,
            ),
        ),
    ),
)

# 2.3 ----------------------------------------------------------------------------------------------------------------------------


def _each_word(tokenizer, text):
    return sum(len(tokenizer.tokenize(word)) for word in text.split()) / len(text.split())


FERTILITY = Exercise(
    id="2.3",
    title="La fertilité",
    purpose="mesurer si un tokenizer connaît une langue",
    minutes=4,
    difficulty=1,
    reference=tokens.fertility,
    cases=lambda: [(toy(), SPACED), (toy(), f"{SENTENCE} — Seul ?"), (toy(), "parapluie")],
    hints=(
        "c'est une moyenne : combien de tokens, divisé par combien de mots",
        "`encode_text` (exercice 2.1) donne les tokens ; `text.split()`, sans rien entre les parenthèses, donne les mots",
        "`return len(encode_text(tokenizer, text)) / …` : il ne manque que le nombre de mots",
    ),
    wrong=(
        (lambda tokenizer, text: len(text.split()) / len(tokenizer.tokenize(text)), "à l’envers"),
        (lambda tokenizer, text: len(tokenizer.tokenize(text)), "divis"),
        (lambda tokenizer, text: len(tokenizer(text)) / len(text.split()), "compte les clés"),
        (lambda tokenizer, text: len(tokenizer.tokenize(text)) / len(text.split(" ")), 'split(" ")'),
        (lambda tokenizer, text: len(tokenizer.tokenize(text)) / len(text), "par caractère"),
        (lambda tokenizer, text: len(tokenizer.tokenize(text)) // len(text.split()), "arrondi"),
        (lambda tokenizer, text: round(len(tokenizer.tokenize(text)) / len(text.split())), "arrondi"),
        (lambda tokenizer, text: len(set(tokenizer.tokenize(text))) / len(text.split()), "tokens différents"),
        (lambda tokenizer, text: len("".join(text.split())) / len(text.split()), "lettres par mot"),
        (_each_word, "sans l’espace qui le précède"),
        (lambda tokenizer, text: len(tokenizer.tokenize(text)) / len(re.findall(r"\w+", text)), "ponctuation comprise"),
        (lambda tokenizer, text: round(len(tokenizer.tokenize(text)) / len(text.split()), 2), "arrondi"),
        (lambda tokenizer, text: len(tokenizer.tokenize(text)) / len(set(text.split())), "pas encore le résultat attendu"),
        (lambda tokenizer, text: [len(tokenizer.tokenize(word)) for word in text.split()], "on attend un nombre"),
    ),
    diagnostics=(
        (
            lambda got, expected, *_: got and abs(got - 1 / expected) < 1e-9,
            "votre fraction est à l'envers : on veut des tokens par mot, donc les tokens au-dessus",
        ),
        (
            lambda got, expected, tokenizer, text: got == len(tokenizer.tokenize(text)) != expected,
            "c'est le nombre de tokens : il reste à le diviser par le nombre de mots",
        ),
        (
            like(lambda tokenizer, text: len(tokenizer(text)) / len(text.split())),
            "`len(tokenizer(text))` compte les clés du dictionnaire, pas les tokens : comptez les `input_ids`",
            2,
        ),
        (
            lambda got, expected, tokenizer, text: got == len(tokenizer.tokenize(text)) / len(text.split(" ")) != expected,
            '`split(" ")` ne coupe ni aux fins de ligne, ni aux tabulations, et voit un mot vide entre deux espaces : '
            "`split()`, sans argument, fait tout cela",
            2,
        ),
        (
            like(lambda tokenizer, text: len(tokenizer.tokenize(text)) / len(text)),
            "vous mesurez des tokens par caractère : `len(text)` compte les caractères, pas les mots",
            2,
        ),
        (
            lambda got, expected, *_: got == expected // 1 or got in [round(expected, digits) for digits in range(4)],
            "le résultat est arrondi : une moyenne a des décimales, divisez avec `/` et n'arrondissez pas",
        ),
        (
            lambda got, expected, tokenizer, text: got == len(set(tokenizer.tokenize(text))) / len(text.split()),
            "vous comptez les tokens différents (`set`) : un token qui revient compte à chaque fois",
        ),
        (
            like(lambda tokenizer, text: len(tokenizer.tokenize(text)) / len(re.findall(r"\w+", text))),
            "un mot, ici, c'est tout ce qui se trouve entre deux espaces, ponctuation comprise : `text.split()`",
            2,
        ),
        (
            lambda got, expected, tokenizer, text: got == len("".join(text.split())) / len(text.split()),
            "vous comptez les lettres par mot : demandez ses tokens au tokenizer",
            2,
        ),
        (
            like(_each_word),
            "donné seul, un mot arrive sans l'espace qui le précède, et ses tokens changent : découpez le texte entier d'un coup",
            3,
        ),
    ),
)

# 2.4 ----------------------------------------------------------------------------------------------------------------------------

READY_MADE = "une liste déjà faite, que l’on parcourt"


def _batches(result: Iterator) -> Any:
    """Return what an iterator gives; one that walks over a list made beforehand is no iterator in spirit.

    A batch is copied as it comes (a generator may empty it and fill it again), into a list (``Dataset`` has columns of its own).
    """
    if isinstance(result, type(iter([])) | type(iter(()))):
        return READY_MADE
    return read_all(batch if isinstance(batch, (str, Mapping)) else list(batch) for batch in result)


def _rows(batches: list) -> list:
    return [row for batch in batches for row in batch]


CORPUS = Exercise(
    id="2.4",
    title="Un corpus qui coule",
    purpose="entraîner sans tout garder en mémoire",
    minutes=5,
    difficulty=2,
    reference=tokens.training_corpus,
    view=_batches,
    cases=lambda: [(_dataset(7), 3), (_dataset(4), 2), (_dataset(2), 10)],
    hints=(
        "une fonction qui contient `yield` ne rend pas tout d'un coup : elle donne une valeur, puis attend qu'on lui "
        "demande la suite",
        "`range(0, len(dataset), batch_size)` donne le début de chaque paquet ; `dataset[3:6]` lit les lignes 3 à 5",
        '`for start in range(0, len(dataset), batch_size):` puis `yield dataset[start : start + …]["text"]`',
    ),
    wrong=(
        (
            lambda dataset, batch_size: [dataset[i : i + batch_size]["text"] for i in range(0, len(dataset), batch_size)],
            "toute la liste d’un coup",
        ),
        (
            lambda dataset, batch_size: iter([dataset[i : i + batch_size]["text"] for i in range(0, len(dataset), batch_size)]),
            "toute la liste d’un coup",
        ),
        (
            "def training_corpus(dataset, batch_size):\n"
            "    for start in range(0, len(dataset), batch_size):\n"
            '        return dataset[start : start + batch_size]["text"]\n',
            "`return` dans la boucle",
        ),
        (
            "def training_corpus(dataset, batch_size):\n    for row in dataset:\n        yield row['text']\n",
            "un texte à la fois",
        ),
        (
            "def training_corpus(dataset, batch_size):\n"
            "    for start in range(0, len(dataset), batch_size):\n"
            "        yield dataset[start : start + batch_size]\n",
            "toutes les colonnes",
        ),
        (
            "def training_corpus(dataset, batch_size):\n"
            "    for number in range(len(dataset) // batch_size):\n"
            '        yield dataset[number * batch_size : (number + 1) * batch_size]["text"]\n',
            "les dernières lignes",
        ),
        (
            "def training_corpus(dataset, batch_size):\n"
            "    for start in range(len(dataset)):\n"
            '        yield dataset[start : start + batch_size]["text"]\n',
            "plusieurs fois",
        ),
        (
            'def training_corpus(dataset, batch_size):\n    yield dataset[:]["text"]\n',
            "un seul paquet",
        ),
        (
            "def training_corpus(dataset, batch_size):\n    yield dataset['text']\n",
            "un seul paquet",
        ),
        (
            "def training_corpus(dataset, batch_size):\n"
            "    for start in range(0, len(dataset), batch_size):\n"
            '        yield " ".join(dataset[start : start + batch_size]["text"])\n',
            "recollés",
        ),
        (
            "def training_corpus(dataset, batch_size):\n"
            "    for start in range(0, len(dataset) + 1, batch_size):\n"
            '        yield dataset[start : start + batch_size]["text"]\n',
            "un paquet vide",
        ),
        (
            "def training_corpus(dataset, batch_size):\n"
            "    for start in range(0, len(dataset), batch_size):\n"
            '        yield dataset[start : start + batch_size - 1]["text"]\n',
            "entre deux paquets",
        ),
        (
            "def training_corpus(dataset, batch_size):\n"
            "    start = 0\n"
            "    while start < len(dataset):\n"
            '        yield dataset[start : start + batch_size]["text"]\n',
            "une boucle sans fin",
        ),
    ),
    diagnostics=(
        (
            lambda got, expected, *_: got[:-1] == expected and got[-1] == [],
            "il y a un paquet vide à la fin : quand le compte tombe juste, il ne reste rien à donner",
            2,
        ),
        (
            lambda got, expected, *_: got == expected[0],
            "un `return` dans la boucle arrête tout au premier paquet : `yield` donne un paquet, puis la boucle continue",
            3,
        ),
        (
            lambda got, expected, *_: got in (READY_MADE, expected),
            "vous construisez toute la liste d'un coup, et le corpus entier est en mémoire : avec `yield`, il passe "
            "paquet par paquet",
        ),
        (
            lambda got, expected, *_: len(got) == 1 < len(expected) and not isinstance(got[0], (str, Mapping)),
            "tout le corpus arrive en un seul paquet : avancez de `batch_size` lignes à chaque tour",
            2,
        ),
        (
            lambda got, expected, *_: got == _rows(expected),
            "vous donnez un texte à la fois : on attend des paquets, c'est-à-dire des listes de textes",
            2,
        ),
        (
            lambda got, expected, *_: isinstance(got[0], Mapping),
            'vous donnez toutes les colonnes du tableau : seule la colonne `"text"` sert à apprendre',
            3,
        ),
        (
            lambda got, expected, *_: isinstance(got[0], str) and len(got) == len(expected),
            "les textes d'un paquet sont recollés en un seul : laissez-les en liste",
            3,
        ),
        (
            lambda got, expected, *_: len(_rows(got)) < len(_rows(expected)) and _rows(got) == _rows(expected)[: len(_rows(got))],
            "il manque les dernières lignes : le dernier paquet a le droit d'être plus petit que les autres",
            2,
        ),
        (
            lambda got, expected, *_: set(_rows(got)) < set(_rows(expected)) and len(_rows(got)) < len(_rows(expected)),
            "des lignes se perdent entre deux paquets : une tranche `[a:b]` s'arrête déjà juste avant `b`, n'enlevez rien",
            3,
        ),
        (
            lambda got, expected, *_: len(_rows(got)) > len(_rows(expected)),
            "des lignes reviennent plusieurs fois : d'un paquet au suivant, avancez de `batch_size` (troisième argument "
            "de `range`)",
            2,
        ),
    ),
)

# 2.5 ----------------------------------------------------------------------------------------------------------------------------

SIZE = 340


def _portrait(tokenizer: Any) -> Any:
    """Return what makes two tokenizers the same: how many tokens, how they cut a sentence, which tokens."""
    if not isinstance(tokenizer, PreTrainedTokenizerBase):
        return tokenizer
    cut = tokens.tokens_of(tokenizer, tokens.encode_text(tokenizer, SEA[1]))
    return {"taille": len(tokenizer), f"tokens de « {SEA[1]} »": cut, "vocabulaire": sorted(tokenizer.get_vocab())}


def _gives(wrong):
    return like(lambda *args: _portrait(wrong(*args)))


def _first_batch_only(tokenizer, corpus, vocab_size):
    return tokenizer.train_new_from_iterator([next(iter(corpus))], vocab_size, show_progress=False)


def _batch_by_batch(tokenizer, corpus, vocab_size):
    for batch in corpus:
        new = tokenizer.train_new_from_iterator(batch, vocab_size, show_progress=False)
    return new


def _letter_by_letter(tokenizer, corpus, vocab_size):
    text = "".join(text for batch in corpus for text in batch)
    return tokenizer.train_new_from_iterator(text, vocab_size, show_progress=False)


def _from_nothing(tokenizer, corpus, vocab_size):
    return tokenizer.train_new_from_iterator([], vocab_size, show_progress=False)


def _with_added_words(tokenizer, corpus, vocab_size):
    tokenizer.add_tokens(sorted({word for batch in corpus for text in batch for word in text.split()}))
    return tokenizer


SPECIALISE = Exercise(
    id="2.5",
    title="Un tokenizer du pays",
    purpose="apprendre le vocabulaire de nos romans",
    minutes=4,
    difficulty=2,
    reference=tokens.specialise_tokenizer,
    view=_portrait,
    cases=lambda: [(toy(), iter([list(SEA[:2]), list(SEA[2:])]), SIZE)],
    hints=(
        "on ne repart pas de zéro : l'ancien tokenizer sait en entraîner un nouveau, qui découpe de la même manière",
        "`train_new_from_iterator` prend le corpus et la taille du vocabulaire, et renvoie le nouveau tokenizer",
        "`return tokenizer.train_new_from_iterator(corpus, …)` : il manque la taille ; `show_progress=False` évite la "
        "barre d'avancement",
    ),
    wrong=(
        (
            "def specialise_tokenizer(tokenizer, corpus, vocab_size):\n"
            "    tokenizer.train_new_from_iterator(corpus, vocab_size)\n"
            "    return tokenizer\n",
            "il en renvoie un nouveau",
        ),
        (lambda tokenizer, corpus, vocab_size: tokenizer.train_new_from_iterator(corpus), "la taille du vocabulaire manque"),
        (lambda tokenizer, corpus, vocab_size: tokenizer.train_new_from_iterator(corpus, 300, show_progress=False), "demandée"),
        (
            lambda tokenizer, corpus, vocab_size: tokenizer.train_new_from_iterator(
                corpus, len(tokenizer) + vocab_size, show_progress=False
            ),
            "demandée",
        ),
        (lambda tokenizer, corpus, vocab_size: tokenizer.add_tokens(["phare"]), "`add_tokens`"),
        (_with_added_words, "`add_tokens`"),
        (_first_batch_only, "le premier paquet"),
        (
            "def specialise_tokenizer(tokenizer, corpus, vocab_size):\n"
            "    print(len(list(corpus)), 'paquets')\n"
            "    return tokenizer.train_new_from_iterator(corpus, vocab_size, show_progress=False)\n",
            "n'a rien appris",
        ),
        (
            lambda tokenizer, corpus, vocab_size: tokenizer.train_new_from_iterator(
                [list(TALE) * 9], vocab_size, show_progress=False
            ),
            "`corpus`",
        ),
        (lambda tokenizer, corpus, vocab_size: tokenizer.backend_tokenizer, "un tokenizer de `transformers`"),
        (lambda tokenizer, corpus, vocab_size: (tokenizer, vocab_size), "et rien d'autre"),
        (_batch_by_batch, "le dernier paquet"),
        (_letter_by_letter, "que des lettres"),
    ),
    diagnostics=(
        (
            lambda got, *_: isinstance(got, TypeError) and "vocab_size" in str(got),
            "la taille du vocabulaire manque : `train_new_from_iterator` la demande en second",
            3,
        ),
        (
            lambda got, _, tokenizer, *__: (
                isinstance(got, int) or (got["taille"] != SIZE and set(got["vocabulaire"]) > set(tokenizer.get_vocab()))
            ),
            "`add_tokens` colle des mots au bout de l'ancien vocabulaire ; ici, on veut en apprendre un nouveau sur le corpus",
            2,
        ),
        (
            lambda got, _, tokenizer, *__: got == _portrait(tokenizer),
            "c'est l'ancien tokenizer : `train_new_from_iterator` ne le change pas, il en renvoie un nouveau ; c'est lui "
            "qu'il faut "
            "renvoyer",
            2,
        ),
        (
            lambda got, *_: type(got).__module__.startswith("tokenizers"),
            "c'est le moteur, sans sa carrosserie : on attend un tokenizer de `transformers`, celui que "
            "`train_new_from_iterator` renvoie",
            2,
        ),
        (
            lambda got, *_: not isinstance(got, Exception) and not (isinstance(got, Mapping) and "taille" in got),
            "on attend un tokenizer et rien d'autre, celui que `train_new_from_iterator` renvoie",
            2,
        ),
        (
            _gives(_from_nothing),
            "ce tokenizer n'a rien appris : un itérateur ne se lit qu'une fois, et le corpus était déjà épuisé "
            "(`list(corpus)` ou une "
            "boucle avant l'entraînement ?)",
        ),
        (
            _gives(_first_batch_only),
            "il n'a appris que le premier paquet (`next`) : donnez-lui l'itérateur entier, il le videra lui-même",
            3,
        ),
        (
            _gives(_batch_by_batch),
            "il n'a appris que le dernier paquet : chaque entraînement repart de zéro ; n'en faites qu'un, sur "
            "l'itérateur entier",
            3,
        ),
        (
            _gives(_letter_by_letter),
            "il n'a appris que des lettres : qui parcourt un seul grand texte n'y trouve que cela ; donnez-lui les paquets",
            3,
        ),
        (
            lambda got, expected, *_: got["taille"] != expected["taille"],
            "la taille du vocabulaire n'est pas celle que l'on a demandée : `vocab_size` est le total, lettres comprises",
            3,
        ),
        (
            lambda got, expected, *_: got["vocabulaire"] != expected["vocabulaire"],
            "la taille est la bonne, les mots non : l'avez-vous entraîné sur `corpus` ?",
            3,
        ),
    ),
)

# 2.6 ----------------------------------------------------------------------------------------------------------------------------


def _whole_blocks(token_ids, block_size):
    return [token_ids[i * block_size : (i + 1) * block_size] for i in range(len(token_ids) // block_size)]


def _flat(blocks: list) -> list:
    return [i for block in blocks for i in block]


def _filled(token_ids, block_size, filler=0):
    blocks = tokens.pack(token_ids, block_size)
    return [block + [filler] * (block_size - len(block)) for block in blocks]


def _full_last(token_ids, block_size):
    starts = range(0, len(token_ids), block_size)
    return [token_ids[max(0, min(start, len(token_ids) - block_size)) :][:block_size] for start in starts]


def _glued(token_ids, block_size):
    blocks = tokens.pack(token_ids, block_size)
    return [*blocks[:-2], blocks[-2] + blocks[-1]] if len(blocks) > 1 and len(blocks[-1]) < block_size else blocks


PACK = Exercise(
    id="2.6",
    title="Des blocs, sans rien perdre",
    purpose="nourrir le réseau de toute l’histoire",
    minutes=5,
    difficulty=2,
    reference=tokens.pack,
    cases=[(list(range(11, 21)), 4), (list(range(11, 17)), 3), ([11, 12], 5), ([], 4)],
    hints=(
        "un bloc commence tous les `block_size` tokens : au début, puis `block_size` plus loin, et ainsi de suite jusqu'au bout",
        "`range(0, len(token_ids), block_size)` donne les débuts ; une tranche qui dépasse la fin de la liste s'y arrête "
        "toute seule",
        "`return [token_ids[start : start + …] for start in range(0, len(token_ids), block_size)]`",
    ),
    wrong=(
        (_whole_blocks, "la fin de l'histoire"),
        (
            lambda token_ids, block_size: [
                block
                for block in (token_ids[i : i + block_size] for i in range(0, len(token_ids), block_size))
                if len(block) == block_size
            ],
            "`==`",
        ),
        (_filled, "tokens inventés"),
        (lambda token_ids, block_size: _filled(token_ids, block_size, filler=20), "tokens inventés"),
        (_full_last, "deux fois"),
        (lambda token_ids, block_size: [token_ids[i : i + block_size] for i in range(len(token_ids))], "deux fois"),
        (_glued, "plus de `block_size`"),
        (
            lambda token_ids, block_size: [token_ids[i::block_size] for i in range(block_size)],
            "`block_size` blocs",
        ),
        (
            lambda token_ids, block_size: [token_ids[i : i + block_size - 1] for i in range(0, len(token_ids), block_size)],
            "des tokens se perdent",
        ),
        (lambda token_ids, block_size: tokens.pack(token_ids, block_size)[:1], "un `return` dans la boucle"),
        (lambda token_ids, block_size: tokens.pack(token_ids[1:], block_size), "des tokens se perdent"),
        (
            lambda token_ids, block_size: [token_ids[i : i + block_size + 1] for i in range(0, len(token_ids), block_size)],
            "deux fois",
        ),
        (lambda token_ids, block_size: (block for block in tokens.pack(token_ids, block_size)), "`list(…)` en fait une liste"),
        (lambda token_ids, block_size: [str(block) for block in tokens.pack(token_ids, block_size)], "pas encore le résultat"),
        (
            "def pack(token_ids, block_size):\n"
            "    blocks, current = [], []\n"
            "    for number in token_ids:\n"
            "        current.append(number)\n"
            "        if len(current) >= block_size:\n"
            "            blocks.append(current)\n"
            "    return blocks\n",
            "deux fois",
        ),
        (
            lambda token_ids, block_size: [token_ids[i : i + block_size] for i in range(0, len(token_ids) + 1, block_size)],
            "bloc vide",
        ),
        (lambda token_ids, block_size: token_ids[:block_size], "un seul bloc"),
        (lambda token_ids, block_size: [token_ids], "plus de `block_size`"),
        (
            "def pack(token_ids, block_size):\n"
            "    blocks = []\n"
            "    while token_ids:\n"
            "        blocks.append(token_ids[:block_size])\n"
            "        del token_ids[:block_size]\n"
            "    return blocks\n",
            "modifie ce qu'on lui donne",
        ),
    ),
    diagnostics=(
        (
            lambda got, expected, *_: got and not isinstance(got[0], list) and not hasattr(got[0], "__len__"),
            "vous renvoyez un seul bloc, une liste de numéros : on attend la liste de tous les blocs, donc une liste de listes",
        ),
        *if_alike(
            (
                lambda got, expected, ids, _: [] in got and _flat(got) == ids,
                "il y a un bloc vide : quand le compte tombe juste, l'histoire est finie, et il ne reste rien à ranger",
                2,
            ),
            (
                lambda got, expected, ids, size: len(got) == size != len(expected) and sorted(_flat(got)) == sorted(ids),
                "vous faites `block_size` blocs : on demande des blocs de `block_size` tokens chacun, autant qu'il en faut",
                1,
            ),
            (
                lambda got, _, ids, size: _flat(got) == ids and max(map(len, got)) > size,
                "un bloc contient plus de `block_size` tokens : le réseau ne lirait pas ce qui dépasse",
                2,
            ),
            (
                lambda got, expected, *_: len(expected) > 2 and got == expected[:1],
                "il n'y a que le premier bloc : un `return` dans la boucle l'arrête dès le premier tour",
            ),
            (
                lambda got, expected, *_: got == expected[:-1],
                "la fin de l'histoire a disparu : un dernier bloc incomplet est quand même un bloc. Les pistes : `//`, qui ne "
                "compte que les blocs pleins, ou un `==` là où il faudrait `<=`",
                2,
            ),
            (
                lambda got, _, ids, size: set(_flat(got)) < set(ids) and len(_flat(got)) < len(ids),
                "des tokens se perdent : chaque bloc commence là où le précédent finit, et une tranche `[a:b]` s'arrête déjà "
                "juste avant `b`",
                3,
            ),
            (
                lambda got, expected, ids, _: (
                    got[:-1] == expected[:-1] and got[-1][: len(expected[-1])] == expected[-1] and len(_flat(got)) > len(ids)
                ),
                "le dernier bloc est complété avec des tokens inventés : le réseau les apprendrait ; laissez-le plus court",
                2,
            ),
            (
                lambda got, _, ids, size: len(_flat(got)) > len(ids),
                "des tokens reviennent deux fois : chaque bloc commence là où le précédent finit",
                2,
            ),
        ),
    ),
)

# 2.7 and 2.8 (bonus) ------------------------------------------------------------------------------------------------------------


def _stand_in() -> dict[str, Any]:
    """What the notebook has in hand for 2.7: three words and a model of the embedded one's dimensions."""
    config = SimpleNamespace(n_embd=256, n_layer=6, vocab_size=8192, n_positions=512)
    model = SimpleNamespace(config=config, num_parameters=lambda: 6_966_784)
    return {"model": model, "new_words": ["Coudrette", "Grelette", "Trois-Saules"]}


NEW_WORDS = Exercise(
    id="2.7",
    title="Le prix d’un mot",
    purpose="prévoir ce qu’un mot de plus coûte au modèle",
    minutes=2,
    difficulty=2,
    bonus=True,
    value="len(new_words) * model.config.n_embd",
    names=_stand_in,
    hints=(
        "chaque token a sa ligne dans le tableau des vecteurs : combien de lignes de plus, et combien de nombres par ligne ?",
        "la largeur du tableau est dans `model.config.n_embd`",
        "`len(new_words) * …` : autant de lignes que de mots, chacune large de `n_embd`",
    ),
    wrong=(
        ("len(new_words)", "un vecteur entier"),
        ("model.config.n_embd", "d’un seul mot"),
        ("2 * len(new_words) * model.config.n_embd", "le même tableau"),
        ("len(new_words) * model.config.n_embd * model.config.n_layer", "dans chaque couche"),
        ("(model.config.vocab_size + len(new_words)) * model.config.n_embd", "le tableau entier"),
        ("model.num_parameters()", "le tableau entier"),
        ("str(len(new_words) * model.config.n_embd)", "un nombre"),
    ),
    diagnostics=(
        (
            lambda got, expected: got in (1, 2, 3, 4, 5),
            "c'est le nombre de mots ; or chaque mot apporte un vecteur entier, pas un seul nombre",
        ),
        (lambda got, expected: expected == 3 * got, "c'est le prix d'un seul mot : comptez-les tous", 3),
        (
            lambda got, expected: got == 2 * expected,
            "c'est le double : la largeur d'un vecteur est `n_embd`, et dans GPT-2 l'entrée et la sortie du réseau utilisent le "
            "même tableau",
        ),
        (
            lambda got, expected: got > 100 * expected,
            "c'est le tableau entier, ou le modèle entier : on ne compte que ce qui s'ajoute",
        ),
        (
            lambda got, expected: got in (6 * expected, 12 * expected),  # the layers of the two lanes' models
            "le tableau des vecteurs n'existe qu'une fois, à l'entrée : il n'y en a pas un dans chaque couche",
        ),
    ),
)


def _without_padding() -> dict[str, Any]:
    import copy

    bare = copy.deepcopy(toy())
    bare.pad_token = None
    return {"bare": bare}


PADDING = Exercise(
    id="2.8",
    title="Le token qui ne dit rien",
    purpose="mettre des phrases inégales dans un même tableau",
    minutes=2,
    difficulty=1,
    bonus=True,
    value="bare.eos_token",
    names=_without_padding,
    hints=(
        "il faut un token qui existe déjà dans le vocabulaire, et qui ne veut rien dire dans une phrase",
        "le tokenizer a un token spécial, celui de la fin de texte : `bare.eos_token`",
        '`bare.pad_token = answer("2.8", bare.…)` : on attend le token (un texte), pas son numéro',
    ),
    wrong=(
        ("'<pad>'", "n'est pas dans le vocabulaire"),
        ("'[PAD]'", "n'est pas dans le vocabulaire"),
        ("bare.eos_token_id", "son numéro"),
        ("'Ġ'", "sert déjà à écrire"),
        ("' '", "n'est pas dans le vocabulaire"),
        ("'.'", "sert déjà à écrire"),
        ("True", "`padding=True`"),
        ("bare.pad_token", "`None`"),
    ),
    diagnostics=(
        (lambda got, _: isinstance(got, bool), "`padding=True` demande de remplir ; ici, il faut dire avec quel token"),
        (lambda got, _: isinstance(got, int), "c'est son numéro : `pad_token` attend le token lui-même, un texte", 3),
        (
            lambda got, _: got in toy().get_vocab(),
            "ce token sert déjà à écrire des phrases : le réseau ne saurait plus quand il compte et quand il remplit",
        ),
        (
            lambda got, _: isinstance(got, str),
            "ce texte n'est pas dans le vocabulaire : il n'a ni numéro ni vecteur. On pourrait l'ajouter, puis agrandir "
            "le modèle "
            "(comme à l'exercice 2.7) ; mais un token spécial existe déjà",
            2,
        ),
    ),
)

EXERCISES = [ENCODE, TOKENS_OF, FERTILITY, CORPUS, SPECIALISE, PACK, NEW_WORDS, PADDING]
