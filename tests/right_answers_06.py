"""Right answers of other hands to the exercises of chapter 06, as functions: see ``right_answers``."""

import itertools
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import GPT2Config

from workshop.assistant import lora
from workshop.assistant.pairs import key_of, not_json, problem_of
from workshop.assistant.retrieval import UNKNOWN, bm25, stems
from workshop.assistant.training import TEMPLATE
from workshop.base.errors import WorkshopError


# 6.1 ---------------------------------------------------------------------------------------------------------------------------
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


# 6.2 ---------------------------------------------------------------------------------------------------------------------------
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


# 6.3 ---------------------------------------------------------------------------------------------------------------------------
def _whole_then_split(tokenizer, question, answer, room):
    prompt = tokenizer(TEMPLATE.format(question=question))["input_ids"]
    if tokenizer.eos_token is None:
        raise WorkshopError("Il manque une marque de fin.")
    whole = tokenizer(TEMPLATE.format(question=question) + " " + answer)["input_ids"] + [tokenizer.eos_token_id]
    kept = whole[-room:]
    count = len(prompt) - (len(whole) - len(kept))
    if count < 1:
        raise WorkshopError("La réponse est trop longue.")
    return kept, count


def _with_the_mark_in_letters(tokenizer, question, answer, room):
    prompt = tokenizer.encode(f"Question : {question}\nRéponse :")
    if not tokenizer.eos_token:
        raise WorkshopError("Ce tokenizer ne sait pas finir.")
    end = tokenizer.encode(" " + answer + tokenizer.eos_token)
    if len(end) >= room:
        raise WorkshopError("Il n'y a pas de place pour la question.")
    while len(prompt) + len(end) > room:
        del prompt[0]
    return [*prompt, *end], len(prompt)


def _by_tokens(tokenizer, question, answer, room):
    ids = [
        tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text)) for text in (TEMPLATE.format(question=question), f" {answer}")
    ]
    ids[1].append(tokenizer.eos_token_id)
    most = room - len(ids[1])
    if most <= 0 or None in ids[1]:
        raise WorkshopError("Cela n'entre pas.")
    if len(ids[0]) > most:
        ids[0] = ids[0][len(ids[0]) - most :]
    return ids[0] + ids[1], len(ids[0])


def _as_lists(tokenizer, question, answer, room):
    said = tokenizer([TEMPLATE.format(question=question), f" {answer}"], add_special_tokens=False)["input_ids"]
    answer_ids = said[1] + [tokenizer.eos_token_id]
    if tokenizer.eos_token_id is None or room <= len(answer_ids):
        raise WorkshopError(f"{room} places ne suffisent pas.")
    question_ids = list(reversed(list(reversed(said[0]))[: room - len(answer_ids)]))
    return question_ids + answer_ids, len(question_ids)


def _truncated_on_the_left(tokenizer, question, answer, room):
    if tokenizer.eos_token_id is None:
        raise WorkshopError("Pas de marque de fin : donnez-en une.")
    end = tokenizer(f" {answer}{tokenizer.eos_token}", add_special_tokens=False)["input_ids"]
    if not len(end) < room:
        raise WorkshopError("Cette réponse est trop longue.")
    tokenizer.truncation_side = "left"
    prompt = tokenizer(TEMPLATE.format(question=question), truncation=True, max_length=room - len(end))["input_ids"]
    tokenizer.truncation_side = "right"
    return prompt + end, len(prompt)


# 6.4 ---------------------------------------------------------------------------------------------------------------------------
def _with_where(input_ids, attention_mask, questions):
    places = torch.arange(input_ids.shape[1])
    learnt = (places >= torch.tensor(questions)[:, None]) & attention_mask.bool()
    return torch.where(learnt, input_ids, -100)


def _with_masked_fill(input_ids, attention_mask, questions):
    labels = input_ids.masked_fill(attention_mask == 0, -100)
    for i in range(len(questions)):
        labels[i][: questions[i]] = -100
    return labels


def _row_by_row(input_ids, attention_mask, questions):
    rows = []
    for ids, mask, question in zip(input_ids, attention_mask, questions, strict=True):
        end = int(mask.sum())
        rows.append(torch.cat([torch.full((question,), -100), ids[question:end], torch.full((len(ids) - end,), -100)]))
    return torch.stack(rows)


def _from_nothing(input_ids, attention_mask, questions):
    labels = torch.full_like(input_ids, -100)
    for row, question in enumerate(questions):
        end = int(attention_mask[row].sum())
        labels[row, question:end] = input_ids[row, question:end]
    return labels


def _token_by_token(input_ids, attention_mask, questions):
    rows = zip(input_ids.tolist(), attention_mask.tolist(), questions, strict=True)
    return torch.tensor(
        [[t if m and i >= n else -100 for i, (t, m) in enumerate(zip(ids, mask, strict=True))] for ids, mask, n in rows]
    )


# 6.5 ---------------------------------------------------------------------------------------------------------------------------
def _with_peft(config, r, targets):
    from transformers import GPT2LMHeadModel

    small = GPT2Config(**config.to_diff_dict() | {"vocab_size": 10, "n_positions": 8, "bos_token_id": 0, "eos_token_id": 0})
    with torch.device("meta"):
        return lora.counted(lora.add_lora(GPT2LMHeadModel(small), r, targets))


def _matrix_by_matrix(config, r, targets):
    n, m = config.n_embd, config.n_inner or 4 * config.n_embd
    a = {"c_attn": n, "c_fc": n, "c_proj": n + m}
    b = {"c_attn": 3 * n, "c_fc": m, "c_proj": 2 * n}
    return r * config.n_layer * sum(a[name] for name in targets), r * config.n_layer * sum(b[name] for name in targets)


def _with_a_loop(config, r, targets):
    into = out_of = 0
    inner = config.n_inner if config.n_inner is not None else config.n_embd * 4
    for _ in range(config.n_layer):
        for name, a, b in (
            ("c_attn", config.n_embd, 3 * config.n_embd),
            ("c_proj", config.n_embd, config.n_embd),
            ("c_fc", config.n_embd, inner),
            ("c_proj", inner, config.n_embd),
        ):
            if name in targets:
                into, out_of = into + a * r, out_of + b * r
    return into, out_of


def _with_two_sums(config, r, targets):
    import numpy as np

    n = config.n_embd
    m = config.n_inner or 4 * n
    table = {"c_attn": np.array([n, 3 * n]), "c_fc": np.array([n, m]), "c_proj": np.array([n + m, n + n])}
    return tuple(int(x) for x in config.n_layer * r * sum(table[name] for name in targets))


def _with_ifs(config, r, targets):
    n, a, b = config.hidden_size, 0, 0
    m = config.n_inner or 4 * n
    if "c_attn" in targets:
        a, b = a + n, b + 3 * n
    if "c_fc" in targets:
        a, b = a + n, b + m
    if "c_proj" in targets:
        a, b = a + n + m, b + n + n
    return a * r * config.num_hidden_layers, b * r * config.num_hidden_layers


# 6.6 ---------------------------------------------------------------------------------------------------------------------------
def _with_arrays_of_counts(query, passages, k=1.5, b=0.75):
    if not passages:
        return []
    words = sorted(set(stems(query)))
    counts = np.array([[stems(passage).count(word) for word in words] for passage in passages]).reshape(len(passages), len(words))
    lengths = np.array([len(stems(passage)) for passage in passages])
    df = (counts > 0).sum(axis=0)
    idf = np.log1p((len(passages) - df + 0.5) / (df + 0.5))
    scores = (idf * counts * (k + 1) / (counts + k * (1 - b + b * lengths / (lengths.mean() or 1))[:, None])).sum(axis=1)
    return [(int(i), float(scores[i])) for i in np.argsort(-scores, kind="stable")]


def _passage_by_passage(query, passages, k=1.5, b=0.75):
    split = [stems(passage) for passage in passages]
    mean = max(sum(map(len, split)), 1) / max(len(split), 1)
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


def _with_lists_of_two(query, passages, k=1.5, b=0.75):
    return [[number, np.float64(score)] for number, score in _passage_by_passage(query, passages, k, b)]


def _by_pandas(query, passages, k=1.5, b=0.75):
    import pandas as pd

    counts = pd.DataFrame([Counter(stems(passage)) for passage in passages]).fillna(0)
    if not counts.size:
        return [(number, 0.0) for number in range(len(passages))]
    length = counts.sum(axis=1) / counts.sum(axis=1).mean()
    asked = counts[[word for word in dict.fromkeys(stems(query)) if word in counts]]
    idf = np.log(1 + (len(asked) - (asked > 0).sum() + 0.5) / ((asked > 0).sum() + 0.5))
    scores = (asked * (k + 1)).div(asked.add(k * (1 - b + b * length), axis=0)).mul(idf).sum(axis=1)
    return list(scores.sort_values(ascending=False, kind="stable").items())


# 6.7 ---------------------------------------------------------------------------------------------------------------------------
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


# 6.8 ---------------------------------------------------------------------------------------------------------------------------
def _from_the_end(turns, tokenizer, room, answer=48):
    kept = [turns[-1]]
    if len(tokenizer(turns[-1])["input_ids"]) + answer > room:
        raise WorkshopError("Cette question est trop longue.")
    for turn in turns[-2::-1]:
        if len(tokenizer(turn + "".join(kept))["input_ids"]) + answer > room:
            break
        kept.insert(0, turn)
    return kept


def _with_pop(turns, tokenizer, room, answer=48):
    kept = turns.copy()
    while len(tokenizer.encode("".join(kept))) > room - answer and len(kept) > 1:
        kept.pop(0)
    if len(tokenizer.encode("".join(kept))) > room - answer:
        raise WorkshopError(f"Il n'y a que {room - answer} places.")
    return kept


def _with_the_first_that_fits(turns, tokenizer, room, answer=48):
    sizes = [len(tokenizer("".join(turns[i:]))["input_ids"]) for i in range(len(turns))]
    start = next((i for i, size in enumerate(sizes) if size <= room - answer), None)
    if start is None:
        raise WorkshopError("Raccourcissez la question.")
    return turns[start:]


def _by_bisection(turns, tokenizer, room, answer=48):
    import bisect

    sizes = [len(tokenizer.tokenize("".join(turns[-count:]))) for count in range(1, len(turns) + 1)]
    count = bisect.bisect_right(sizes, room - answer)
    if not count:
        raise WorkshopError("Raccourcissez la question.")
    return list(turns[-count:])


def _by_recursion(turns, tokenizer, room, answer=48):
    def kept(some):
        if len(tokenizer("".join(some))["input_ids"]) <= room - answer:
            return some
        if len(some) == 1:
            raise WorkshopError("Votre question ne tient pas dans la fenêtre.")
        return kept(some[1:])

    return kept(list(turns))


#: The functions, each with what it needs beside it.
WRITTEN: dict[str, list[tuple[Callable, ...]]] = {
    "6.1": [(_by_bytes,), (_by_lines_read,), (_with_a_set,), (_in_two_readings,), (_with_a_function_of_its_own,)],
    "6.2": [(_by_answer_first,), (_with_pandas,), (_with_a_sort,), (_backwards,), (_by_numbers,)],
    "6.3": [(_whole_then_split,), (_with_the_mark_in_letters,), (_by_tokens,), (_as_lists,), (_truncated_on_the_left,)],
    "6.4": [(_with_where,), (_with_masked_fill,), (_row_by_row,), (_from_nothing,), (_token_by_token,)],
    "6.5": [(_with_peft,), (_matrix_by_matrix,), (_with_a_loop,), (_with_two_sums,), (_with_ifs,)],
    "6.6": [
        (_with_arrays_of_counts,),
        (_passage_by_passage,),
        (_with_an_index,),
        (_with_lists_of_two, _passage_by_passage),
        (_by_pandas,),
    ],
    "6.7": [(_with_next,), (_with_max,), (_with_a_guard,), (_with_a_match,), (_with_a_filter,)],
    "6.8": [(_from_the_end,), (_with_pop,), (_with_the_first_that_fits,), (_by_bisection,), (_by_recursion,)],
}
