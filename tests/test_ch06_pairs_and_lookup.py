"""Right answers of other hands to the exercises of chapter 06 on pairs and on looking up, and wrong ones that get their name."""

import itertools
import json
import math
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from workshop.assistant.pairs import key_of, not_json, problem_of
from workshop.assistant.retrieval import UNKNOWN, bm25, stems
from workshop.exercises.core import check, find


def _by_bytes(path):
    pairs, faults, seen = [], [], set()
    for i, raw in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")):
        try:
            if raw.strip():
                pair = json.loads(raw.decode())
                question, answer = pair["question"].strip(), pair["answer"].strip()
                if not question or not answer or key_of(question) in seen:
                    raise ValueError("empty or twice")
                seen.add(key_of(question))
                pairs.append(pair)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append((i + 1, str(error)))
    return pairs, faults


def _by_lines_read(path):
    good, bad, number = [], {}, 0
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file.readlines():
            number += 1
            if line == "\n" or line.isspace():
                continue
            try:
                bad[number] = problem_of(json.loads(line))
            except json.JSONDecodeError:
                bad[number] = "no JSON"
            if not bad[number] and key_of(json.loads(line)["question"]) in [key_of(one["question"]) for one in good]:
                bad[number] = "twice"
            if not bad[number]:
                good.append(json.loads(line))
    return good, [(number, why) for number, why in bad.items() if why]


def _with_a_set(path):
    checked, faults = {}, []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8-sig", errors="replace").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            pair = json.loads(line)
        except ValueError:
            faults.append([number, "not JSON"])
            continue
        fault = problem_of(pair)
        if fault == "" and checked.setdefault(key_of(pair["question"]), pair) is not pair:
            fault = "twice"
        if fault:
            faults.append([number, fault])
    return list(checked.values()), faults


def _by_answer_first(pairs):
    unique = {}
    for pair in pairs:
        unique.setdefault(key_of(pair["question"]), pair)
    split = {"test": [], "validation": [], "train": []}
    for answer in dict.fromkeys(key_of(pair["answer"]) for pair in unique.values()):
        wordings = [pair for pair in unique.values() if key_of(pair["answer"]) == answer]
        if len(wordings) > 1:
            split["test"].append(wordings.pop())
        if len(wordings) > 2:
            split["validation"].append(wordings.pop())
        split["train"].extend(wordings)
    return split


def _with_pandas(pairs):
    import pandas as pd

    table = pd.DataFrame(pairs)
    table = table[~table.question.map(key_of).duplicated()]
    split = {"train": [], "validation": [], "test": []}
    for _, rows in table.groupby(table.answer.map(key_of), sort=False):
        found = rows.to_dict("records")
        kept = 0 if len(found) == 1 else 1 if len(found) < 4 else 2
        split["train"] += found[: len(found) - kept]
        split["validation"] += found[-2:-1] if kept == 2 else []
        split["test"] += found[-1:] if kept else []
    return split


# 6.3, 6.4, 6.5, 6.8 ----------------------------------------------------------------------------------------------------


def _in_two_readings(path):
    lines = dict(enumerate(path.read_text(encoding="utf-8-sig", errors="replace").split("\n"), 1))
    parsed, faults = {}, {}
    for number in (number for number, line in lines.items() if line.strip()):
        try:
            parsed[number] = json.loads(lines[number])
            faults[number] = problem_of(parsed[number])
        except ValueError as error:
            faults[number] = not_json(lines[number], error)
    first = {}
    for number, pair in parsed.items():
        if not faults[number] and first.setdefault(key_of(pair["question"]), number) != number:
            faults[number] = f"asked on line {first[key_of(pair['question'])]}"
    good = [pair for number, pair in parsed.items() if not faults[number]]
    return good, [(number, fault) for number, fault in faults.items() if fault]


def _with_a_function_of_its_own(path):
    def judge(line):
        try:
            pair = json.loads(line)
        except json.JSONDecodeError as error:
            return None, error.msg
        return (None, problem) if (problem := problem_of(pair)) else (pair, "")

    known, good, bad = set(), [], []
    lines = Path(path).read_bytes().decode("utf-8-sig", "backslashreplace").split("\n")
    for number in range(1, len(lines) + 1):
        if (line := lines[number - 1]).split():
            pair, problem = judge(line)
            if pair and key_of(pair["question"]) in known:
                pair, problem = None, "twice"
            if pair:
                known |= {key_of(pair["question"])}
                good += [pair]
            else:
                bad += [(number, problem)]
    return good, bad


def _with_a_sort(pairs):
    seen, rows = set(), []
    for pair in pairs:
        if key_of(pair["question"]) not in seen:
            seen.add(key_of(pair["question"]))
            rows.append(pair)
    order = {key: place for place, key in enumerate(dict.fromkeys(key_of(pair["answer"]) for pair in rows))}
    rows.sort(key=lambda pair: order[key_of(pair["answer"])])
    split = {name: [] for name in ("train", "validation", "test")}
    for _, group in itertools.groupby(rows, key=lambda pair: key_of(pair["answer"])):
        *learnt, asked = group
        if not learnt:
            split["train"].append(asked)
            continue
        split["test"].append(asked)
        if len(learnt) >= 3:
            split["validation"].append(learnt.pop())
        split["train"] += learnt
    return split


def _backwards(pairs):
    facts, seen = defaultdict(list), set()
    for pair in pairs:
        key = key_of(pair["question"])
        if key in seen:
            continue
        seen.add(key)
        facts[key_of(pair["answer"])].append(pair)
    train, validation, test = [], [], []
    for rows in facts.values():
        for place, pair in enumerate(rows):
            left = len(rows) - 1 - place
            if len(rows) > 1 and left == 0:
                test.append(pair)
            elif len(rows) > 3 and left == 1:
                validation.append(pair)
            else:
                train.append(pair)
    return dict(train=train, validation=validation, test=test)


def _by_numbers(pairs):
    first = {}
    for i, pair in enumerate(pairs):
        first.setdefault(key_of(pair["question"]), i)
    rows = [pairs[i] for i in sorted(first.values())]
    keys = [key_of(pair["answer"]) for pair in rows]
    split = {"train": [], "validation": [], "test": []}
    for key in sorted(set(keys), key=keys.index):
        mine = [pair for pair, other in zip(rows, keys, strict=True) if other == key]
        parts = {1: (1, 1), 2: (1, 1), 3: (2, 2)}.get(len(mine), (len(mine) - 2, len(mine) - 1))
        split["train"] += mine[: parts[0]]
        split["validation"] += mine[parts[0] : parts[1]]
        split["test"] += mine[parts[1] :]
    return split


def _with_numpy(query, passages, k=1.5, b=0.75):
    words = sorted(set(stems(query)))
    counts = np.array([[stems(passage).count(word) for word in words] for passage in passages]).reshape(len(passages), len(words))
    lengths = np.array([len(stems(passage)) for passage in passages])
    df = (counts > 0).sum(axis=0)
    idf = np.log1p((len(passages) - df + 0.5) / (df + 0.5))
    scores = (idf * counts * (k + 1) / (counts + k * (1 - b + b * lengths / lengths.mean())[:, None])).sum(axis=1)
    return [(int(i), float(scores[i])) for i in np.argsort(-scores, kind="stable")]


def _passage_by_passage(query, passages, k=1.5, b=0.75):
    split = [stems(passage) for passage in passages]
    mean = sum(map(len, split)) / len(split)
    ranking = []
    for i, words in enumerate(split):
        score = 0
        for word in set(stems(query)):
            n, df = words.count(word), len([1 for other in split if word in other])
            if n:
                idf = math.log((len(split) + 1) / (df + 0.5))
                score += idf * n * (k + 1) / (n + k * (1 - b + b * len(words) / mean))
        ranking.append((i, score))
    ranking.sort(key=lambda pair: pair[1], reverse=True)
    return ranking


def _with_an_index(query, passages, k=1.5, b=0.75):
    index, sizes = defaultdict(dict), {}
    for i, passage in enumerate(passages):
        sizes[i] = len(stems(passage))
        for word, n in Counter(stems(passage)).items():
            index[word][i] = n
    scores = dict.fromkeys(sizes, 0.0)
    for word in set(stems(query)) & set(index):
        idf = math.log(1 + (len(sizes) - len(index[word]) + 0.5) / (len(index[word]) + 0.5))
        for i, n in index[word].items():
            scores[i] += idf * (k + 1) * n / (n + k * (1 - b + b * sizes[i] * len(sizes) / sum(sizes.values())))
    return sorted(scores.items(), key=lambda pair: (-pair[1], -pair[0]))


def _as_lists(query, passages, k=1.5, b=0.75):
    return [[number, np.float64(score)] for number, score in _passage_by_passage(query, passages, k, b)]


def _by_pandas(query, passages, k=1.5, b=0.75):
    import pandas as pd

    counts = pd.DataFrame([Counter(stems(passage)) for passage in passages]).fillna(0)
    length = counts.sum(axis=1) / counts.sum(axis=1).mean()
    asked = counts[[word for word in dict.fromkeys(stems(query)) if word in counts]]
    idf = np.log(1 + (len(asked) - (asked > 0).sum() + 0.5) / ((asked > 0).sum() + 0.5))
    scores = (asked * (k + 1)).div(asked.add(k * (1 - b + b * length), axis=0)).mul(idf).sum(axis=1)
    return list(scores.sort_values(ascending=False, kind="stable").items())


def _with_next(question, passages, threshold):
    ranking = bm25(question, [passage.text for passage in passages])
    return next((passages[number].quoted() for number, score in ranking if score >= threshold), UNKNOWN)


def _with_max(question, passages, threshold):
    scores = dict(bm25(question, [passage.text for passage in passages]))
    best = max(scores, key=scores.get, default=None)
    return UNKNOWN if best is None or scores[best] < threshold else passages[best].quoted()


def _with_a_guard(question, passages, threshold):
    if not passages:
        return UNKNOWN
    number, score = bm25(question, [passage.text for passage in passages])[0]
    if score < threshold:
        return UNKNOWN
    return passages[number].quoted()


def _with_a_match(question, passages, threshold):
    match bm25(question, [passage.text for passage in passages]):
        case [(number, score), *_] if score >= threshold:
            return passages[number].quoted()
    return UNKNOWN


def _with_a_filter(question, passages, threshold):
    kept = [number for number, score in bm25(question, [one.text for one in passages]) if not score < threshold]
    return passages[kept[0]].quoted() if kept else UNKNOWN


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        *(("6.1", one) for one in (_by_bytes, _by_lines_read, _with_a_set, _in_two_readings, _with_a_function_of_its_own)),
        *(("6.2", one) for one in (_by_answer_first, _with_pandas, _with_a_sort, _backwards, _by_numbers)),
        *(("6.6", one) for one in (_with_numpy, _passage_by_passage, _with_an_index, _as_lists, _by_pandas)),
        *(("6.7", one) for one in (_with_next, _with_max, _with_a_guard, _with_a_match, _with_a_filter)),
    ],
)
def test_right_answers_in_other_styles(id, answer):
    card = check(find(id), answer)
    assert card.state == "right", card


READS = """
pairs, faults, asked = [], [], set()
with open(path, encoding="utf-8-sig", errors="replace") as lines:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            pair = json.loads(line)
            problem = problem_of(pair)
        except ValueError as error:
            problem = not_json(line, error)
        if not problem and key_of(pair["question"]) in asked:
            problem = "twice"
        if problem:
            faults.append((number, problem))
        else:
            pairs.append(pair)
            asked.add(key_of(pair["question"]))
return pairs, faults
"""
SHARES = """
facts = {}
asked = set()
for pair in pairs:
    if key_of(pair["question"]) not in asked:
        facts.setdefault(key_of(pair["answer"]), []).append(pair)
        asked.add(key_of(pair["question"]))
split = {"train": [], "validation": [], "test": []}
for wordings in facts.values():
    learnt = max(1, len(wordings) - (2 if len(wordings) >= 4 else 1))
    split["train"] += wordings[:learnt]
    split["validation"] += wordings[learnt:-1]
    split["test"] += wordings[learnt:][-1:]
return split
"""
CITES = """
if not passages:
    return UNKNOWN
number, score = bm25(question, [passage.text for passage in passages])[0]
return passages[number].quoted() if score >= threshold else UNKNOWN
"""


@pytest.mark.parametrize(
    ("id", "source", "old", "new", "said"),
    [
        ("6.1", READS, '"utf-8-sig"', '"utf-8"', "BOM"),
        ("6.1", READS, ', errors="replace"', "", "arrête toute la lecture"),
        ("6.1", READS, "lines, 1", "lines", "à partir de 0"),
        ("6.1", READS, "if not line.strip()", "if False", "ligne vide n’est pas une faute"),
        (
            "6.1",
            READS,
            "            problem = not_json(line, error)",
            "            faults.append((number, '?'))",
            "tel qu’il était",
        ),
        (
            "6.1",
            READS,
            "        else:\n            pairs",
            "        if isinstance(pair, dict):\n            pairs",
            "gardez aussi sa paire",
        ),
        ("6.1", READS, "problem))\n", "problem))\n            break\n", "première faute"),
        ("6.1", READS, 'key_of(pair["question"]) in asked', "False", "deux fois"),
        ("6.1", READS, "key_of(pair", "str(pair", "majuscules, accents"),
        ("6.1", READS, "return pairs, faults", "return pairs", "que les paires"),
        ("6.2", SHARES, "[learnt:][-1:]", "[-1:]", "apprise et demandée"),
        ("6.2", SHARES, "[:learnt]", "[:]", "donner l’examen"),
        ("6.2", SHARES, 'asked.add(key_of(pair["question"]))', "pass", "écrite autrement"),
        ("6.2", SHARES, 'key_of(pair["answer"])', 'pair["answer"]', "le même fait"),
        ("6.2", SHARES, "[learnt:-1]", "[-2:-1]", None),
        ("6.2", SHARES, "[learnt:-1]", "[:0]", "vide"),
        ("6.7", CITES, "if not passages:\n    return UNKNOWN\n", "", "sans aucun passage"),
        ("6.7", CITES, "[passage.text for passage in passages]", "passages", "cherche dans des textes"),
        ("6.7", CITES, "score >= threshold", "number < threshold", "un rang ou un numéro"),
        ("6.7", CITES, "score >= threshold", "passages", "ne renonce jamais"),
        ("6.7", CITES, "score >=", "score >", "l’atteint"),
        ("6.7", CITES, "[number].quoted()", "[number].text", "sans sa source"),
        ("6.7", CITES, "[0]\n", "[-1]\n", None),
    ],
)
def test_a_right_answer_with_one_thing_wrong_gets_its_name(id, source, old, new, said):
    exercise = find(id)
    assert old in source and check(exercise, exercise.setting.function(source)).state == "right"
    card = check(exercise, exercise.setting.function(source.replace(old, new)))
    assert card.state == "wrong" and (said is None or said in str(card)), card
