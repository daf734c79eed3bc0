"""The exercises of chapter 07: a card, what a request may be, how often it may come, how long it takes, what may leave."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..sharing import card, figures, limits, requests
from ..sharing.card import Figure
from ..sharing.limits import Bucket
from ..sharing.requests import LIMITS, Limit
from .anonymous import ANONYMISE
from .cards import Difference, same, short
from .core import Exercise
from .mistakes import anything, raises

# 7.1 ----------------------------------------------------------------------------------------------------------------------------
#: Invented, and full of what YAML reads as something else.
NASTY = 'Le moulin : « neuf » ou "vieux" #3'
ABOUT = {"license": "cc-by-4.0", "language": "fr", "base_model": "veillees/gpt2-fr"}
MEASURED = [
    Figure("bits_per_character", "Le gué", 1.875),
    Figure("copied_share", "les veillées", 0.0),
    Figure("rhymes", "Le gué"),
]
CAREFUL = "Il invente : ne lui demandez pas de faits."


def front(text: str) -> dict | None:
    """Return the metadata of a card, or None when they cannot be read."""
    import yaml

    found = re.match(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", text, re.DOTALL)
    try:
        read = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError:
        return None
    return read if isinstance(read, dict) else None


def told(text: str) -> str:
    """Return what people read of a card: all that is below its metadata."""
    return re.sub(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", "", text, flags=re.DOTALL)


def results(text: str) -> list[tuple] | None:
    """Return what the metadata say was measured: text, measure, value, task; None where they have another form than the Hub's."""
    try:
        done = [one for model in (front(text) or {}).get("model-index") or [] for one in model["results"]]
        rows = [(one, metric) for one in done for metric in one["metrics"]]
        told = [(one["dataset"]["name"], metric["type"], metric.get("value"), one.get("task")) for one, metric in rows]
        return sorted([(*row[:3], (row[3] or {}).get("type")) for row in told], key=str)
    except (AttributeError, KeyError, TypeError):
        return None


def says(text: str, figure: Figure) -> bool:
    """Return whether a line tells a figure, or that it is not measured."""
    lines = [line for line in told(text).splitlines() if figure.metric in line]
    if figure.value is None:
        return any("non mesuré" in line for line in lines)
    values = [found.replace(",", ".") for line in lines for found in re.findall(r"\d+(?:[.,]\d+)?", line)]
    return any(math.isclose(float(value), figure.value, rel_tol=0.01) for value in values)


#: Metadata that are compared otherwise, or say nothing without a figure.
APART = ("model-index", "model_name")


def same_card(got: str, expected: str) -> Difference | None:
    """Compare the metadata, then look in the text for what the other one tells, each figure on a line of its own."""
    ours, theirs = front(got), front(expected)
    if ours is None or theirs is None:
        return None if ours is theirs else Difference("les métadonnées", "un YAML lisible, entre deux lignes ---", got[:60])
    plain, wanted = ({key: value for key, value in data.items() if key not in APART} for data in (ours, theirs))
    if found := same(plain, wanted) or same(results(got), results(expected)):
        return replace(found, where=f"les métadonnées {found.where}".rstrip())
    lines = [line for line in told(expected).splitlines() if line and not line.startswith("##")]
    figures = [figure for line in lines if (figure := re.fullmatch(r"- (.+?), sur (.+)\u00a0: (.+)", line))]
    for metric, dataset, value in map(re.Match.groups, figures):
        number = None if value == "non mesuré" else float(value.replace(",", "."))
        if not says(got, Figure(metric, dataset, number)) or dataset not in told(got):
            return Difference("le texte", f"{metric}, sur {dataset} : {value}", "(cela n'y est pas)")
    telling = [line for line in told(got).splitlines() if any(figure[1] in line for figure in figures)]
    if len(telling) < len(figures):
        return Difference("le texte", "chaque mesure sur sa ligne", short(telling[0]))
    others = "\n".join(line for line in told(got).splitlines() if line not in telling)
    lost = next((line for line in lines if line[:2] != "- " and line.removeprefix("# ") not in others), None)
    return Difference("le texte", f"une ligne avec « {lost.removeprefix('# ')} »", "(elle n'y est pas)") if lost else None


def built(
    name: str, about: Mapping[str, Any], figures: list[Figure], limits: str, kind: str = "", every: bool = False, task: str = ""
) -> str:
    """Build a card as one does first: one type for all texts, every figure measured or not, the text in the place of the task."""
    from huggingface_hub import EvalResult, ModelCardData

    measured = [figure for figure in figures if every or figure.value is not None]
    done = [EvalResult(task or "text-generation", kind or one.dataset, one.dataset, one.metric, one.value) for one in measured]
    data = ModelCardData(**about, **({"model_name": name, "eval_results": done} if done else {}))  # type: ignore[arg-type]
    return f"---\n{data.to_yaml()}\n---\n\n# {name}\n\n" + "\n".join(map(str, figures)) + f"\n\n{limits}\n"


CARD = Exercise(
    id="7.1", title="La carte du modèle",
    purpose="dire ce qui a été mesuré, ce qui ne l'a pas été, et ce que l'on a le droit d'en faire",
    minutes=4, difficulty=2, reference=card.model_card, compare=same_card, helpers=globals(),
    cases=[
        ("Petit moulin", ABOUT, MEASURED[:1], CAREFUL),
        ("Grand moulin", {"license": "mit"}, MEASURED[2:], "Il se répète, et ne sait pas finir."),
        ("Petit moulin", {"license": "mit", "language": "fr"}, MEASURED, CAREFUL),
        (NASTY, ABOUT, [Figure("bits_per_character", NASTY, 2.25), Figure("bits_per_character", "Le gué", 1.875)], NASTY),
        (NASTY, ABOUT, [Figure("copied_share", "Oui", 0.0), Figure("rhymes", NASTY)], CAREFUL),
        ("Petit moulin", {"language": "fr"}, MEASURED[:1], CAREFUL),
    ],
    hints=(
        "séparez d'abord les mesures qui ont une valeur de celles qui valent `None` ; les métadonnées ne connaissent que les "
        "premières, le texte les dit toutes",
        "`EvalResult(\"text-generation\", one.dataset, one.dataset, one.metric, one.value)` pour chaque mesure faite, puis "
        "`ModelCardData(**about, model_name=name, eval_results=…).to_yaml()`, qui sait mettre les guillemets ; `str(figure)` "
        "donne la ligne du texte",
        '`return f"---\\n{metadata}\\n---\\n\\n# {name}\\n\\n" + "\\n".join(map(str, …)) + f"\\n\\n{limits}\\n"`, et d\'abord : '
        '`if not about.get("license"): raise WorkshopError("…")`',
    ),
    mistakes=[
        (["told(right(name, about, figures, limits))", "right(name, about, figures, limits).lstrip('-\\n')"],
         "la carte ne commence pas par ses métadonnées : la première ligne est `---`, toute seule, et le Hub ne les cherche "
         "que là", 2, "not got.startswith('---')"),
        ("right(name, about, figures, limits).replace('\\n---\\n', '\\n', 1)",
         "il manque la seconde ligne `---`, celle qui ferme les métadonnées", 3, "len(re.findall('(?m)^---[ \\t]*$', got)) < 2"),
        ("re.sub(r\"(?m)^(.*: )'(.*)'$\", r'\\1\\2', right(name, about, figures, limits))",
         "ce YAML ne se lit pas : un « : », un « # » ou des guillemets dans un nom le cassent ; laissez "
         "`ModelCardData(…).to_yaml()` mettre les siens", 2,
         "front(got) is None or (front(want) is not None and results(got) is None)"),
        ("right(name, about, figures, limits).replace('license:', 'licence:', 1)",
         "le Hub ne trouve pas la licence : le champ s'appelle `license`, en anglais", 2, "'licence' in front(got)"),
        ("built(name, {**about, 'license': None}, figures, limits)",
         "il manque la licence dans les métadonnées : sans elle, personne n'a le droit de se servir du modèle", 2,
         "not front(got).get('license')"),
        ("right(name, {'license': about['license']}, figures, limits)",
         "il manque des métadonnées : tout ce qui est dans `about` doit s'y trouver (`**about`)", 2,
         "not set(about) <= set(front(got))"),
        ("right(name, about, [replace(one, value=one.value or 0.0) for one in figures], limits)",
         "une mesure qui manque n'est pas zéro : ce chiffre est inventé, personne ne l'a mesuré",
         "len(results(got)) > len(results(want)) and all(row[2] == 0 for row in results(got) if row not in results(want))"),
        ("built(name, about, figures, limits, every=True)",
         "il y a dans les métadonnées plus de mesures que l'on n'en a fait : celles qui valent `None` n'y sont pas",
         "len(results(got)) > len(results(want))"),
        ("right(name, about, [one if one.value else replace(one, value=None) for one in figures], limits)",
         "zéro est une valeur : `if figure.value` l'écarte comme si rien n'était mesuré ; demandez `is not None`", 1,
         "len(results(got)) < len(results(want)) and {row[2] for row in results(want) if row not in results(got)} == {0.0}"),
        ("re.sub('      name: .*', '      name: novel', built(name, about, figures, limits, 'novel'))",
         "les mesures ne disent plus sur quel texte elles ont été faites : sans lui, elles ne veulent rien dire", 2,
         "results(got) and {row[0] for row in results(got)}.isdisjoint(one.dataset for one in figures)"),
        ("built(name, about, figures, limits, 'text-generation', task='le texte')",
         "les arguments d'`EvalResult` ne sont pas dans l'ordre : d'abord la tâche, `\"text-generation\"`, puis le texte", 2,
         "results(got) and not any(row[3] == 'text-generation' for row in results(got))"),
        ("built(name, about, figures, limits, 'novel')",
         "des mesures ont disparu, ou changé de texte : la bibliothèque range ensemble celles qui ont le même `dataset_type` ; "
         "donnez-lui le texte lui-même (`one.dataset`)", 2,
         "results(got) != results(want) and len(results(want)) > 1 and 0 < len(results(got)) <= len(results(want))"),
        ("right(name, about, [replace(one, value=None) for one in figures], limits)",
         "aucune mesure n'est dans les métadonnées : le Hub les lit là, et les affiche (`eval_results`)", 2,
         "not results(got) and bool(results(want))"),
        ("'---\\n' + right(name, about, figures, limits).split('---\\n')[1] + '---\\n'",
         "il n'y a que les métadonnées : les gens, eux, lisent ce qui vient après", 3, "not told(got).strip()"),
        ("right(name, about, [one for one in figures if one.value is not None], limits)",
         "une mesure qui n'a pas été faite n'est dite nulle part : le lecteur ne saura pas qu'elle manque ; écrivez « non "
         "mesuré », comme `str(figure)`", 1, "not all(says(got, one) for one in figures if one.value is None)"),
        ("right(name, about, figures, limits).split('## Mesures')[0] + limits",
         "les mesures ne sont que dans les métadonnées : dites-les aussi dans le texte (`str(figure)`)", 2,
         "not all(says(got, one) for one in figures)"),
        ("right(name, about, figures, limits).replace(', sur ', ' ').replace(figures[0].dataset + '\\u00a0', '')",
         "dans le texte, une mesure ne dit pas sur quoi elle a été faite", 2,
         "not all(one.dataset in told(got) for one in figures)"),
        ("right(name, about, figures, 'Aucune.')",
         "les limites (`limits`) ne sont pas dans la carte : c'est ce que l'on y cherche d'abord", 3, "limits not in told(got)"),
        ("right(name, about, figures, limits).replace(f'# {name}\\n', '')",
         "la carte ne dit pas le nom du modèle dans son texte", 3, "name not in told(got)"),
    ],
)  # fmt: skip

# 7.2 ----------------------------------------------------------------------------------------------------------------------------
#: Limits that are nobody's but the exercise's.
SMALL = {
    "prompt": Limit(str, 2, 5),
    "max_new_tokens": Limit(int, 2, 9),
    "temperature": Limit(float, 0.5, 1),
    "note": Limit(str, 1, 3),
}
GOOD = {
    "prompt": "Le meunier",
    "max_new_tokens": 80,
    "temperature": 0.8,
    "top_p": 0.9,
    "seed": 7,
    "model": "base",
    "language": "fr",
}
BAD = {"prompt": "", "max_new_tokens": 0, "temperature": "0.8", "top_p": 1.5, "seed": -1, "language": "de", "couleur": "bleu"}
#: What is added to a prompt, one thing at a time: first at the bounds and just beyond them, then of another kind.
BEGUN: list[dict[str, Any]] = [
    {}, {"max_new_tokens": 0}, {"max_new_tokens": 201}, {"temperature": -0.5},
    {"max_new_tokens": 1, "temperature": 2.0, "top_p": 0.01, "seed": 2**32 - 1}, {"temperature": 1, "top_p": 1},
    {"temperature": 0, "seed": 0}, {"max_new_tokens": "80"}, {"temperature": "0.8"}, {"max_new_tokens": 80.0},
    {"max_new_tokens": 80.5}, {"max_new_tokens": True}, {"temperature": True}, {"seed": False}, {"top_p": float("nan")},
    {"temperature": float("inf")}, {"temperature": 2.5}, {"top_p": 0.0}, {"top_p": 1.5}, {"seed": -1}, {"seed": 2**32},
    {"model": "m" * 101}, {"seed": None}, {"temperature": [0.8]}, {"model": ["base"]}, {"model": ""}, {"language": "de"},
    {"language": "fr"}, {"seed": 10**400}, {"couleur": "bleu"},
]  # fmt: skip
PROMPTS: list[Any] = ["é" * 2000, "é" * 2001, "", " \n ", "le\0moulin", "le \ud83d", 12, ["a"]]
REQUESTS = [GOOD, *({"prompt": "Le meunier"} | one for one in BEGUN), *({"prompt": one} for one in PROMPTS), {}, {"seed": 7}, BAD]
ODD: list[Any] = [{**BAD, "prompt": "Le"}, None, [], "prompt", [["prompt", "Le"]], 12]
OTHERS = [{"prompt": "le", "max_new_tokens": 9, "temperature": 0.5, "note": "oui"}, {"prompt": "meunier", "seed": 7}]


def fits(value: Any, limit: Limit) -> bool:
    """Return whether a value is within its limit."""
    return not requests.validate_request({"prompt": "Le", "field": value}, LIMITS | {"field": limit})


def size(value: Any) -> Any:
    """Return what is between the bounds."""
    return len(value) if isinstance(value, str) else value


def bounded(value: Any, limit: Limit, kinds: Any) -> bool:
    """Return whether a value of these kinds, where a number is asked for, is within the bounds of its limit."""
    return limit.kind is not str and isinstance(value, kinds) and limit.least <= value <= limit.most


def checked(
    data: Any, limits: Mapping[str, Limit], fit: Callable = fits, unknown: bool = True, required: Any = ("prompt",)
) -> dict:
    """Examine a request with another rule than ours for its values."""
    if not isinstance(data, dict):
        return {"body": "un objet"}
    errors = {name: "inconnu" for name in data if name not in limits and unknown}
    errors |= {name: "manque" for name in required if name not in data}
    return errors | {name: "faux" for name in limits if name in data and not fit(data[name], limits[name])}


def judging(rule: str) -> str:
    """Write a wrong answer to 7.2: another rule for a ``value`` and its ``limit``."""
    return f"checked(data, limits, lambda value, limit: {rule})"


def loose(but: str) -> str:
    """Write a wrong answer to 7.2 that lets something else through."""
    return judging(f"fits(value, limit) or ({but})")


def passes(what: str) -> str:
    """Write a property of 7.2: a ``value`` of its ``limit`` is at fault, and was let through."""
    there = "name in want and name not in got and name in limits"
    return f"any({what} for value, limit in [(data[name], limits[name]) for name in data if {there}])"


def barred(what: str) -> str:
    """Write a property of 7.2: a ``value`` of its ``limit`` is right, and was refused."""
    there = "name in got and name not in want and name in limits"
    return f"any({what} for value, limit in [(data[name], limits[name]) for name in data if {there}])"


def named(errors: Any) -> Any:
    """Return which fields are at fault, and whether each has its sentence."""
    if not isinstance(errors, dict):
        return errors
    return {str(name): isinstance(said, str) and bool(said.strip()) for name, said in errors.items()}


def converted(value: Any, limit: Limit) -> bool:
    """Return whether a text can be read as a number within the limit."""
    try:
        return limit.kind is not str and isinstance(value, str) and limit.least <= limit.kind(value) <= limit.most
    except ValueError:
        return False


VALIDATION = Exercise(
    id="7.2", title="Que peut-on demander ?", purpose="ne rien croire de ce qui arrive, et dire tout ce qui ne va pas d'un coup",
    minutes=5, difficulty=3, reference=requests.validate_request, view=named, helpers=globals(),
    cases=[*((data, LIMITS) for data in [*REQUESTS, *ODD]), *((data, SMALL) for data in OTHERS)],
    hints=(
        "cinq questions : est-ce un dictionnaire ? y a-t-il un champ de trop ? manque-t-il `prompt` ? chaque valeur est-elle "
        "du bon genre ? est-elle entre ses bornes ? Une réponse fausse ne doit pas empêcher de poser les suivantes",
        "`isinstance(value, kinds)`, où `kinds` vaut `(int, float)` si `limit.kind is float` ; `True` est un `int` pour Python "
        ": écartez `bool` à part. `limit.least <= x <= limit.most` est faux pour NaN. Le genre d'abord, les bornes ensuite ; "
        "`readable(value)` pour un texte",
        "`for name, limit in limits.items():` puis `if name in data and not (…): errors[name] = f\"Le champ {name} attend "
        "{limit}.\"`",
    ),
    mistakes=[
        ("raise ValueError('requête refusée')",
         "la fonction s'arrête à la première faute en levant une exception : rangez la phrase dans `errors`, continuez, et "
         "rendez le tout", 3, raises((ValueError, AssertionError))),
        ([judging("limit.least <= size(value) <= limit.most and fits(value, limit)"),
          judging("not (value < limit.least) and fits(value, limit)")],
         "vous comparez avant de savoir à quoi vous avez affaire : vérifiez le genre d'abord (`isinstance`), les bornes ensuite",
         2, raises(TypeError, "not supported between|has no len")),
        (["checked(dict(data), limits)", "checked({**data}, limits)"],
         "ce qui arrive n'est pas toujours un dictionnaire : une liste, un nombre, rien du tout… Demandez-le avant toute chose",
         1, anything("isinstance(got, Exception) and not isinstance(data, dict)")),
        ("right(data, limits) if isinstance(data, dict) else {'data': 'un objet'}",
         "ce qui n'est pas un dictionnaire est en faute sous le nom `body`", 1,
         "not isinstance(data, dict) and 'body' not in got"),
        ("{name: True for name in right(data, limits)}",
         "chaque champ en faute a droit à une phrase : `f\"Le champ {name} attend {limit}.\"`, par exemple", 3,
         "bool(got) and not all(got.values())"),
        ("{}", "rien n'est jamais refusé : où les fautes sont-elles rangées ?"),
        ("right(data, LIMITS)", "vous lisez `LIMITS`, et non `limits` : la fonction doit suivre les limites qu'on lui donne"),
        ("dict(list(right(data, limits).items())[:1])", "vous vous arrêtez à la première faute : celui qui demande les "
         "découvrira une par une ; continuez, et dites-les toutes", 1, "bool(got) and len(got) < len(want) and len(want) > 1"),
        (loose("bounded(value, limit, bool)"),
         "`True` passe pour un nombre : en Python, un `bool` est une sorte d'`int` ; écartez-le à part", 2,
         passes("isinstance(value, bool)")),
        (loose("limit.kind is float and value != value"),
         "NaN passe : il n'est ni plus petit ni plus grand que rien, si bien que `<` et `>` répondent non ; demandez plutôt "
         "s'il est entre les bornes, `least <= x <= most`", 2, passes("value != value")),
        (judging("value and fits(value, limit)"),
         "zéro n'est pas « rien » : `if not value` refuse une température de 0, que la règle permet", 2, barred("value == 0")),
        (judging("not value or fits(value, limit)"),
         "ce qui est vide, ou vaut zéro, passe sans examen : `if data.get(name)` le saute ; demandez `if name in data`", 2),
        (loose("value is None"),
         "`None` passe sans examen : un champ qui vaut `null` est là, et n'est pas du bon genre ; demandez `if name in data`", 2,
         passes("value is None")),
        (loose("converted(value, limit)"),
         'un nombre entre guillemets est un texte : le convertir, c\'est deviner ce que l\'on a voulu dire ; refusez `"80"`, et '
         "dites pourquoi", 2, passes("isinstance(value, str) and limit.kind is not str")),
        (judging("isinstance(value, limit.kind) and fits(value, limit)"),
         "vous refusez un entier pour une température : un entier est un nombre lui aussi ; où l'on attend un `float`, un "
         "`int` convient", 2, barred("isinstance(value, int) and limit.kind is float")),
        ([loose("bounded(value, limit, float) and value.is_integer()"), loose("bounded(value, limit, float)")],
         "un nombre à virgule passe pour un entier : où l'on attend un `int`, ni 80.5 ni même 80.0 ne conviennent", 2,
         passes("isinstance(value, float) and limit.kind is int")),
        (loose("isinstance(value, list)"),
         "une liste, ou autre chose encore, passe pour un nombre ou pour un texte : vérifiez le genre de chaque valeur", 2,
         passes("not isinstance(value, (str, int, float)) or limit.kind is str and not isinstance(value, str)")),
        ("checked(data, limits, unknown=False)", "un champ inconnu passe sans un mot : qui écrit `temprature` croira l'avoir "
         "réglée", 1, "isinstance(data, dict) and not set(got) >= set(data) - set(limits)"),
        ("checked(data, limits, required=limits)", "vous exigez tous les champs : seul `prompt` est obligatoire", 1,
         "isinstance(data, dict) and not set(got) <= {*data, 'prompt'}"),
        (judging("fits(value, limit) and (not isinstance(value, str) or len(value.encode()) <= limit.most)"),
         "vous comptez des octets : « é » en vaut deux, mais un seul caractère", 2,
         barred("isinstance(value, str) and len(value.encode()) > limit.most")),
        (judging("fits(value, limit) and size(value) not in (limit.least, limit.most)"),
         "les bornes sont permises : `<=`, et non `<`", 2, barred("size(value) in (limit.least, limit.most)")),
        (judging("fits(value, replace(limit, least=0, most=10**9) if limit.kind is str else limit)"),
         "la longueur des textes n'est pas bornée : pour un texte, les bornes sont celles de `len(value)`", 2,
         passes("isinstance(value, str) and len(value) > limit.most")),
        (loose("isinstance(value, str) and limit.kind is str and not limit.choices and limit.least <= len(value) <= limit.most"),
         "un texte fait de blancs passe : il n'y a rien à y lire ; `readable(value)` le reconnaît", 2,
         passes("isinstance(value, str) and not value.strip()")),
        (loose("isinstance(value, str) and limit.kind is str and not limit.choices and value.strip() and limit.least <= "
         "len(value) <= limit.most"), "un caractère nul, ou une moitié de caractère, passe : la base de données ne saura pas le "
         "garder ; `readable(value)` les reconnaît", 2, passes("isinstance(value, str) and not readable(value)")),
        (judging("fits(value, replace(limit, choices=()))"),
         "toute langue de deux lettres passe : quand une limite a des `choices`, la valeur est l'une d'elles", 2,
         passes("limit.choices")),
        (loose("type(value) in (limit.kind, int) and limit.kind is not str and (limit.kind is float or type(value) is int)"),
         "un nombre hors des bornes passe : `limit.least <= value <= limit.most`", 2,
         passes("not isinstance(value, str) and not limit.least <= value <= limit.most")),
    ],
)  # fmt: skip


# 7.3 ----------------------------------------------------------------------------------------------------------------------------
def same_bucket(got: tuple, expected: tuple) -> Difference | None:
    """Compare two results; buckets that will give the same coins at every moment to come are the same, however they are kept."""
    if len(got) == len(expected) == 2 and all(isinstance(one[0], tuple) and len(one[0]) == 4 for one in (got, expected)):
        ours, theirs = ((*one[0][:2], one[1], _empty_at(Bucket(*one[0]))) for one in (got, expected))
        if same(ours, theirs) is None:
            return None
    return same(got, expected)


def _empty_at(bucket: Bucket) -> float:
    """Return the moment at which the bucket would have been empty: coins and moment in one number."""
    return bucket.at - bucket.coins / bucket.per_second


def spent(
    bucket: Bucket, now: float, seconds: Callable = lambda seconds: seconds, cap: Callable = min, least: float = 1
) -> tuple[Bucket, float]:
    """Do as the reference does, with other rules."""
    coins = cap(bucket.capacity, bucket.coins + seconds(now - bucket.at) * bucket.per_second)
    if coins >= least:
        return bucket._replace(coins=coins - 1, at=now), 0.0
    return bucket._replace(coins=coins, at=now), (1 - coins) / bucket.per_second


def after(change: str) -> str:
    """Write a wrong answer to 7.3: something else made of the right results, the bucket that is ``left`` and the ``wait``."""
    return f"(lambda left, wait: ({change}))(*right(bucket, now))"


RATE = Exercise(
    id="7.3", title="Le seau", purpose="que personne ne prenne toute la place, sans refuser ceux qui ne font que passer",
    minutes=4, difficulty=2, reference=limits.rate_limit, compare=same_bucket, helpers=globals(),
    cases=[
        (Bucket(3, 1, 3, 0.0), 0.0), (Bucket(3, 1, 2, 10.0), 10.0), (Bucket(3, 1, 1, 10.0), 10.0), (Bucket(3, 1, 0, 10.0), 10.0),
        (Bucket(3, 1, 0.5, 10.0), 10.0), (Bucket(3, 0.5, 0, 10.0), 11.0), (Bucket(3, 0.5, 0, 10.0), 12.0),
        (Bucket(3, 0.5, 1, 0.0), 1000.0), (Bucket(3, 0.5, 0, 90.0), 96.5), (Bucket(5, 2, 0.25, 1.5), 1.75),
        (Bucket(5, 2, 0.25, 1.5), 2.125), (Bucket(1, 0.25, 0.75, 8.0), 8.5), (Bucket(1, 0.25, 0.75, 8.0), 9.5),
        (Bucket(2, 4, 1.5, 65536.5), 65536.75), (Bucket(10, 0.125, 0, 4.0), 5.0), (Bucket(2, 8, 0, 3.0), 3.0625),
    ],
    hints=(
        "trois temps : combien de pièces sont revenues depuis `bucket.at` (jamais plus que la contenance) ? y en a-t-il une "
        "entière ? sinon, combien de secondes pour ce qui manque ?",
        "`(now - bucket.at) * bucket.per_second` pièces sont revenues, et `min(bucket.capacity, …)` empêche le seau de "
        "déborder ; un `Bucket` ne se modifie pas, `bucket._replace(coins=…, at=now)` en donne un autre",
        "`if coins >= 1: return bucket._replace(coins=coins - 1, at=now), 0.0`, et sinon `return bucket._replace(coins=coins, "
        "at=now), …`, où il manque `1 - coins` pièce",
    ),
    mistakes=[
        ("bucket.coins = bucket.coins - 1",
         "un `Bucket` ne se modifie pas : rendez-en un autre, `bucket._replace(coins=…, at=now)`", 2,
         raises(AttributeError, "can't set attribute|has no setter")),
        (after("left"), "il manque l'attente : rendez deux choses, le seau et le nombre de secondes", 3,
         anything("isinstance(got, Bucket)")),
        (after("wait, left"), "l'ordre est le seau d'abord, l'attente ensuite", 3,
         anything("isinstance(got, tuple) and len(got) == 2 and isinstance(got[1], Bucket)")),
        (["right(bucket, now + 1000)", "right(bucket, now + 777) if bucket.coins < 1 else right(bucket, now + 3)"],
         "l'heure ne vient pas d'ici : prenez `now`, et non l'horloge de la machine, sinon personne ne peut vérifier votre seau",
         1, "isinstance(got[0], Bucket) and got[0].at not in (now, bucket.at, 0)"),
        ("spent(bucket, now, lambda seconds: 0)",
         "le seau ne se remplit jamais : une fois vide, il refuse pour toujours ; des pièces reviennent avec le temps", 1),
        ("spent(bucket, now, cap=lambda capacity, coins: coins)",
         "le seau déborde : qui s'absente une heure pourrait ensuite tout prendre d'un coup ; `min(bucket.capacity, …)`", 2),
        ("spent(bucket, now, cap=max)", "`max` prend le plus grand des deux : le seau est toujours plein ; c'est `min`", 2),
        ("spent(bucket, now, int)",
         "vous comptez des secondes entières : les morceaux de seconde se perdent, et celui qui revient vite n'est jamais servi",
         2),
        ("spent(bucket, now, lambda seconds: now)",
         "ce sont les secondes écoulées depuis `bucket.at` qui comptent, pas l'heure elle-même", 2),
        (after("left._replace(at=bucket.at), wait"),
         "l'heure du seau n'avance pas : les mêmes secondes rempliront de nouveau le seau à la prochaine demande ; `at=now`", 3),
        (after("(left, wait) if wait else (left._replace(at=bucket.at), 0.0)"),
         "quand la demande passe, l'heure du seau n'avance pas : les mêmes secondes le rempliront deux fois ; `at=now`", 3),
        (after("(bucket._replace(at=now), wait) if wait else (left, 0.0)"),
         "une demande refusée efface ce qui était revenu : celui qui insiste ne sera jamais servi ; gardez `coins`", 3),
        (after("left._replace(coins=left.coins - 1) if wait else left, wait"),
         "une demande refusée coûte quand même une pièce : celui qui insiste s'enfonce, et ne sera plus jamais servi", 3),
        (after("left._replace(coins=0) if wait else left, wait"), "une demande refusée vide le seau : elle ne doit rien coûter",
         3),
        (after("(left, wait) if wait else (left._replace(coins=left.coins + 1), 0.0)"),
         "la demande passe sans rien payer : il faut ôter une pièce du seau", 3),
        ("spent(bucket, now, least=1 + 1e-9)", "une pièce tout juste suffit : `>=`, et non `>`", 3),
        ("spent(bucket, now, least=1e-9)",
         "un morceau de pièce ne paie pas une demande : il en faut une entière, `coins >= 1`", 3),
        ("spent(bucket, now, least=0)", "un seau vide laisse passer : il faut une pièce entière, `coins >= 1`", 3),
        (after("left, wait and 1 / bucket.per_second"),
         "l'attente est trop longue : une part de la pièce est déjà là, il ne manque que `1 - coins`", 3),
        (after("left, wait * bucket.per_second ** 2"),
         "l'attente est à l'envers : des pièces divisées par des pièces par seconde font des secondes", 3),
        (after("left, wait and (bucket.capacity - left.coins) / bucket.per_second"),
         "vous attendez que le seau soit plein : une seule pièce suffit", 3),
        ([after(f"left, {rounded}(wait)") for rounded in ("math.ceil", "round", "int")],
         "l'attente est arrondie : rendez les secondes telles qu'elles sont, c'est au serveur d'arrondir quand il répond", 3),
        (after("left, wait or -left.coins / bucket.per_second"),
         "l'attente est négative quand la demande passe : ce doit être 0", 3, "got[1] < 0"),
        (after("left, wait * bucket.per_second"),
         "ce sont des pièces qui manquent, pas des secondes : divisez par `bucket.per_second`", 3),
    ],
)  # fmt: skip


# 7.4 ----------------------------------------------------------------------------------------------------------------------------
def ranked(values: Iterable[float], place: Callable[[int], float]) -> float:
    """Return the ranked value at a place, which is rounded down."""
    row = sorted(values)
    return row[int(place(len(row)))]


def between(
    values: Iterable[float], share: float, weight: Callable = lambda part: part, count: int = 1, order: Callable = sorted,
    last: int = 1,
) -> float:  # fmt: skip
    """Return what lies between two ranked values, with another weight, another count, another order or another end."""
    row = order(values)
    place = share * (len(row) - count)
    below = min(int(place), len(row) - 1)
    above = min(below + 1, len(row) - last)
    return row[below] + weight(place - below) * (row[above] - row[below])


PERCENTILE = Exercise(
    id="7.4", title="Le plus lent sur vingt", purpose="savoir ce qu'attendent ceux qui attendent le plus, que la moyenne cache",
    minutes=3, difficulty=2, reference=figures.percentile, helpers=globals(),
    cases=[
        ([3.0, 1.0, 2.0], 0.5), ([4.0, 1.0, 3.0, 2.0], 0.5), ([0.25, 8.0, 0.5, 0.75, 1.5, 0.5, 30.0], 0.95), ([5.0, 9.0], 0.25),
        ([9.0, 5.0], 0.75), ([7.0], 0.95), ([2.0, 8.0, 4.0], 0.0), ([2.0, 8.0, 4.0], 1.0), (list(range(21, 0, -1)), 0.95),
        ([1.0] * 9 + [100.0], 0.9), ([0.0, -4.0, 10.0, 3.0, 3.0], 0.33), (tuple(range(100)), 0.07), ([12, 3, 8, 30, 1], 0.99),
        ([], 0.5), ([3.0, 1.0, 2.0], 1.5), ([3.0, 1.0, 2.0], -0.5),
    ],
    hints=(
        "rangez d'abord les valeurs ; la première est à la place 0, la dernière à la place `len - 1` : à quelle place est la "
        "part demandée ?",
        "`place = share * (len(ranked) - 1)` tombe souvent entre deux valeurs : `int(place)` est celle d'avant, et `place - "
        "int(place)` dit quelle part du chemin il reste à faire vers la suivante (qui n'existe pas toujours : `min`)",
        "`return ranked[below] + (place - below) * (…)`, où il reste la distance entre les deux voisines ; et d'abord, pour une "
        'liste vide et pour une part qui n\'en est pas une : `raise WorkshopError("…")`',
    ),
    mistakes=[
        ("between(values, share, order=list)", "les valeurs ne sont pas rangées : triez-les d'abord (`sorted`)", 1),
        ("between(values, share, last=0)",
         "après la dernière valeur il n'y en a plus : la voisine du dessus n'existe pas toujours, `min(below + 1, len(ranked) "
         "- 1)`", 2, raises(IndexError)),
        ("sorted(values)[share * (len(values) - 1)]", "une place doit être un nombre entier : `int(place)` donne la valeur "
         "d'avant", 2, raises(TypeError, "indices must be integers")),
        ([f"ranked(values, lambda count: {place})" for place in ("min(share * count, count - 1)", "share * count")],
         "vous êtes une place trop loin : la première est à la place 0, donc la dernière à `len - 1` ; et entre deux valeurs, "
         "il reste un bout de chemin à faire", 2),
        ("ranked(values, lambda count: share * (count - 1))",
         "vous vous arrêtez à la valeur d'avant : quand la place tombe entre deux valeurs, il reste un bout de chemin à faire",
         2),
        ("ranked(values, lambda count: math.ceil(share * (count - 1)))",
         "vous sautez à la valeur d'après : quand la place tombe entre deux valeurs, on ne fait qu'une part du chemin", 2),
        (["ranked(values, lambda count: round(share * (count - 1)))", "ranked(values, lambda count: share * (count - 1) + 0.5)"],
         "vous prenez la plus proche des deux : quand la place tombe entre deux valeurs, le résultat aussi, en proportion", 2),
        ("ranked(values, lambda count: max(math.ceil(share * count) - 1, 0))",
         "c'est une autre définition (le rang le plus proche), qui a cours aussi ; ici, entre deux valeurs, on va en "
         "proportion, comme NumPy", 2),
        ("between(values, share, lambda part: 0.5 * (part > 0))",
         "vous prenez toujours le milieu des deux voisines : c'est juste pour la médiane, pas pour le reste", 3),
        ("between(values, share, lambda part: part and share - int(share))",
         "la part du chemin est celle de la place, `place - int(place)`, et non `share`", 3),
        ("between(values, share, lambda part: 1 - part)",
         "les deux voisines sont échangées : plus la place avance, plus on approche de celle du dessus", 3),
        ("between(values, share, count=0)", "la place va de 0 à `len - 1`, et non à `len`", 2),
        (["between(values, share / 100)", "float(np.percentile(values, share))"],
         "`share` est déjà une part entre 0 et 1 : ne la divisez pas par cent (et `np.percentile` veut des pour cent : "
         "`np.quantile`)", 2),
        ("between(values, 1 - share)", "c'est l'autre bout de la liste : rangez de la plus petite à la plus grande"),
        ("between(values, int(share))",
         "`int(share)` vaut 0 presque toujours : c'est la place que l'on arrondit, pas la part", 2),
        (["share * max(values)", "share * (max(values) - min(values)) + min(values)"],
         "c'est une part de la plus grande valeur : un percentile compte combien de valeurs il y a dessous, pas jusqu'où elles "
         "montent"),
        ("share * (len(values) - 1)", "c'est une place, pas une valeur : qu'y a-t-il à cette place ?", 2),
        ("sum(value <= share for value in values) / len(values)",
         "c'est la question inverse : vous comptez combien de valeurs sont sous une limite, on cherche la limite"),
        ("ranked(set(values), lambda count: share * (count - 1))", "les valeurs égales comptent chacune pour une : `set` en a "
         "jeté"),
    ],
)  # fmt: skip

EXERCISES = [CARD, VALIDATION, RATE, PERCENTILE, ANONYMISE]
