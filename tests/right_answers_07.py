"""Right answers of other hands to the exercises of chapter 07, as functions: see ``right_answers``."""

import heapq
import json
import math
import re
from collections.abc import Callable

import numpy as np

from workshop.base.errors import WorkshopError
from workshop.sharing import Bucket, readable


# 7.1 ---------------------------------------------------------------------------------------------------------------------------
def _by_hand_in_json(name, about, figures, limits):
    if "license" not in about:
        raise WorkshopError("Sous quelle licence ?")
    lines = ["---", *(f"{key}: {json.dumps(value)}" for key, value in about.items())]
    measured = [figure for figure in figures if figure.value is not None]
    if measured:
        lines += ["model-index:", f"- name: {json.dumps(name)}", "  results:"]
    for one in measured:
        text = json.dumps(one.dataset)
        lines += ["  - task: {type: text-generation}", f"    dataset: {{type: {text}, name: {text}}}"]
        lines += [f"    metrics: [{{type: {one.metric}, value: {one.value}}}]"]
    return "\n".join([*lines, "---", "", f"# {name}", "\n".join(map(str, figures)), limits]) + "\n"


def _index(name, figures):
    rows = [
        {
            "task": {"type": "text-generation"},
            "dataset": {"name": one.dataset, "type": "book"},
            "metrics": [{"type": one.metric, "value": one.value}],
        }
        for one in figures
        if one.value is not None
    ]
    return {"model-index": [{"name": name, "results": rows}]} if rows else {}


def _with_yaml(name, about, figures, limits):
    import yaml

    if not about.get("license"):
        raise WorkshopError("Il manque la licence.")
    lines = [f"* {one.metric} ({one.dataset}) = {'non mesuré' if one.value is None else one.value}" for one in figures]
    metadata = yaml.safe_dump({**about, **_index(name, figures)}, allow_unicode=True)
    return "---\n" + metadata + "---\n" + "\n".join([name, *lines, limits])


def _with_json_as_yaml(name, about, figures, limits):
    if about.get("license") is None:
        raise WorkshopError("licence ?")
    text = [f"## {name}", *map(str, figures), limits]
    return f"---\n{json.dumps({**about, **_index(name, figures)})}\n---\n" + "\n\n".join(text)


def _with_a_table(name, about, figures, limits):
    from huggingface_hub import EvalResult, ModelCardData

    if not (about.get("license")):
        raise WorkshopError("Dites la licence.")
    done = []
    rows = ["| mesure | texte | valeur |", "|---|---|---|"]
    for one in figures:
        if one.value is None:
            rows.append(f"| {one.metric} | {one.dataset} | non mesuré |")
        else:
            rows.append(f"| {one.metric} | {one.dataset} | {one.value:.2f} |")
            done.append(EvalResult("text-generation", one.dataset, one.dataset, one.metric, one.value))
    data = ModelCardData(**about)
    if done:
        data.model_name, data.eval_results = name, done
    return f"---\n{data}\n---\n\n# {name}\n\n> {limits}\n\n" + "\n".join(rows)


def _with_the_cards_own_class(name, about, figures, limits):
    from huggingface_hub import EvalResult, ModelCard, ModelCardData

    try:
        about["license"]
    except KeyError:
        raise WorkshopError("Pas de licence.") from None
    done = [
        EvalResult("text-generation", one.dataset, one.dataset, one.metric, one.value) for one in figures if one.value is not None
    ]
    data = ModelCardData(**about, model_name=name, eval_results=done) if done else ModelCardData(**about)
    lines = [f"* **{one.metric}** — {one.dataset} : {'non mesuré' if one.value is None else one.value}" for one in figures]
    return str(ModelCard(f"---\n{data.to_yaml()}\n---\n\n{name}\n====\n\n" + "\n".join(lines) + f"\n\n{limits}"))


# 7.2 ---------------------------------------------------------------------------------------------------------------------------
def _fits(value, limit):
    if limit.kind is str:
        return (
            type(value) is str
            and limit.least <= len(value) <= limit.most
            and readable(value)
            and value in (limit.choices or [value])
        )
    if limit.kind is int:
        return type(value) is int and limit.least <= value <= limit.most
    return type(value) in (int, float) and limit.least <= value <= limit.most


def _by_families(data, limits):
    if type(data) is not dict:
        return {"body": "Il faut un objet."}
    errors = {}
    for name in {**dict.fromkeys(limits), **data}:
        if name not in limits:
            errors[name] = "inconnu"
        elif name not in data:
            if name == "prompt":
                errors[name] = "manque"
        elif not _fits(data[name], limits[name]):
            errors[name] = str(limits[name])
    return errors


def _with_match(data, limits):
    errors = {}
    match data:
        case dict():
            pass
        case _:
            return {"body": "non"}
    for name, value in data.items():
        match limits.get(name), value:
            case None, _:
                errors[name] = "?"
            case limit, bool():
                errors[name] = f"{limit}"
            case limit, str() if limit.kind is str:
                right = limit.least <= len(value) <= limit.most and readable(value)
                if not right or (limit.choices and value not in limit.choices):
                    errors[name] = f"{limit}"
            case limit, int() if limit.kind in (int, float):
                if value < limit.least or value > limit.most:
                    errors[name] = f"{limit}"
            case limit, float() if limit.kind is float:
                if math.isnan(value) or not limit.least <= value <= limit.most:
                    errors[name] = f"{limit}"
            case limit, _:
                errors[name] = f"{limit}"
    if "prompt" not in data:
        errors["prompt"] = "il manque"
    return errors


def _with_exceptions(data, limits):
    if not isinstance(data, dict):
        return dict(body="Un objet est attendu.")
    errors = dict.fromkeys(data.keys() - limits.keys(), "Ce champ n'existe pas.")
    for name in limits:
        try:
            value = data[name]
            if isinstance(value, bool):
                raise TypeError
            if limits[name].kind is str:
                value.encode()
                if "\0" in value or not value.strip():
                    raise ValueError
                if limits[name].choices:
                    limits[name].choices.index(value)
            elif not isinstance(value, (int, limits[name].kind)):
                raise TypeError
            if not limits[name].least <= (len(value) if limits[name].kind is str else value) <= limits[name].most:
                raise ValueError
        except KeyError:
            if name == "prompt":
                errors[name] = "Il manque."
        except (AttributeError, TypeError, ValueError):
            errors[name] = "Non."
    return errors


def _with_a_list_of_rules(data, limits):
    if not isinstance(data, dict):
        return {"body": "Non."}
    rules = [
        (lambda name: name in limits, "Inconnu."),
        (lambda name: name not in limits or _fits(data[name], limits[name]), "Hors des limites."),
    ]
    errors = {name: said for rule, said in rules for name in data if not rule(name)}
    return errors if "prompt" in data else errors | {"prompt": "Il manque."}


def _with_a_defaultdict(data, limits):
    from collections import defaultdict

    errors = defaultdict(str)
    if not isinstance(data, dict):
        errors["body"] += "Non."
        return errors
    for name in data:
        if not (name in limits and _fits(data[name], limits[name])):
            errors[name] += f"{name} : non."
    if "prompt" not in data:
        errors["prompt"] += "Il manque."
    return errors


# 7.3 ---------------------------------------------------------------------------------------------------------------------------
def _refused_unchanged(bucket, now):
    coins = min(bucket.capacity, bucket.coins + (now - bucket.at) * bucket.per_second)
    if coins < 1:
        return bucket, (1 - coins) / bucket.per_second
    return Bucket(bucket.capacity, bucket.per_second, coins - 1, now), 0


def _with_plain_tuples(bucket, now):
    capacity, per_second, coins, at = bucket
    coins += per_second * (now - at)
    if coins > capacity:
        coins = capacity
    passes = coins >= 1
    return (capacity, per_second, coins - passes, now), 0.0 if passes else (1 - coins) / per_second


def _with_a_wait_of_zero(bucket, now):
    coins = min(bucket.coins + (now - bucket.at) * bucket.per_second, bucket.capacity)
    wait = max(0.0, (1 - coins) / bucket.per_second)
    return bucket._replace(coins=coins if wait else coins - 1, at=now), wait


def _with_numpy(bucket, now):
    coins = np.clip(bucket.coins + (now - bucket.at) * bucket.per_second, 0, bucket.capacity)
    return (
        (bucket._replace(coins=coins - 1, at=now), 0)
        if coins >= 1
        else (bucket._replace(coins=coins, at=now), (1 - coins) / bucket.per_second)
    )


def _by_the_moment_when_it_is_empty(bucket, now):
    """As the virtual clocks of telephone networks do: one number says all."""
    empty = max(bucket.at - bucket.coins / bucket.per_second, now - bucket.capacity / bucket.per_second)
    allowed = empty + 1 / bucket.per_second
    if allowed <= now:
        return bucket._replace(coins=0, at=allowed), 0.0
    return bucket._replace(coins=0, at=empty), allowed - now


# 7.4 ---------------------------------------------------------------------------------------------------------------------------
def _with_divmod(values, share):
    if not (values and 0 <= share <= 1):
        raise WorkshopError("Une part de quoi ?")
    row = sorted(values)
    below, part = divmod(share * (len(row) - 1), 1)
    low, high = row[int(below)], row[min(int(below) + 1, len(row) - 1)]
    return low * (1 - part) + high * part


def _with_ceil(values, share):
    row = sorted(values)
    if len(row) == 0:
        raise WorkshopError("Rien n'est mesuré.")
    if share < 0 or share > 1:
        raise WorkshopError("Une part est entre 0 et 1.")
    place = share * (len(row) - 1)
    low, high = math.floor(place), math.ceil(place)
    return row[low] if low == high else row[low] + (row[high] - row[low]) * (place - low)


def _with_a_heap(values, share):
    values = list(values)
    if not values or not 0 <= share <= 1:
        raise WorkshopError(f"{share} de {len(values)} valeurs ?")
    place = share * (len(values) - 1)
    smallest = heapq.nsmallest(int(place) + 2, values)
    low, high = smallest[int(place)], smallest[min(int(place) + 1, len(smallest) - 1)]
    return low + (place % 1) * (high - low)


def _with_quantile(values, share):
    if len(values) == 0:
        raise WorkshopError("Aucune valeur.")
    try:
        return np.quantile(values, share)
    except ValueError:
        raise WorkshopError("Une part va de 0 à 1.") from None


def _with_percentile(values, share):
    if not 0 <= share <= 1 or len(values) < 1:
        raise WorkshopError("?")
    return float(np.percentile(np.array(values), 100 * share))


def _with_interp(values, share):
    if len(values) and 0 <= share <= 1:
        return np.interp(share * (len(values) - 1), range(len(values)), sorted(values))
    raise WorkshopError("Il faut des valeurs, et une part d'entre elles.")


# 7.5 ---------------------------------------------------------------------------------------------------------------------------
def _with_anchors(event, fields):
    safe = dict.fromkeys(fields)
    for name in event.keys() & fields.keys():
        if re.match(rf"(?:{fields[name]})\Z", f"{event[name]}"):
            safe[name] = event[name]
    return safe


def _with_compiled_forms(event, fields):
    forms = {name: re.compile(form).fullmatch for name, form in fields.items()}
    return {name: value if forms[name](str(value := event.get(name, ""))) else None for name in forms}


def _with_guards(event, fields):
    safe = {}
    for name, form in fields.items():
        if name not in event:
            safe[name] = None
            continue
        value = event[name]
        found = re.match(form, str(value))
        safe[name] = value if found and found.group() == str(value) else None
    return safe


def _with_map(event, fields):
    def one(name):
        value = event.get(name)
        return value if re.fullmatch(fields[name], repr(value) if isinstance(value, int) else str(value)) else None

    return dict(zip(fields, map(one, fields), strict=True))


def _by_copying_and_deleting(event, fields):
    safe = {**dict.fromkeys(fields), **event}
    for name in list(safe):
        if name not in fields:
            del safe[name]
        elif re.fullmatch(fields[name], str(safe[name])) is None:
            safe[name] = None
    return safe


#: The functions, each with what it needs beside it.
WRITTEN: dict[str, list[tuple[Callable, ...]]] = {
    "7.1": [
        (_by_hand_in_json,),
        (_with_yaml, _index),
        (_with_json_as_yaml, _index),
        (_with_a_table,),
        (_with_the_cards_own_class,),
    ],
    "7.2": [
        (_by_families, _fits),
        (_with_match,),
        (_with_exceptions,),
        (_with_a_list_of_rules, _fits),
        (_with_a_defaultdict, _fits),
    ],
    "7.3": [
        (_refused_unchanged,),
        (_with_plain_tuples,),
        (_with_a_wait_of_zero,),
        (_with_numpy,),
        (_by_the_moment_when_it_is_empty,),
    ],
    "7.4": [(_with_divmod,), (_with_ceil,), (_with_a_heap,), (_with_quantile,), (_with_percentile,), (_with_interp,)],
    "7.5": [(_with_anchors,), (_with_compiled_forms,), (_with_guards,), (_with_map,), (_by_copying_and_deleting,)],
}
