"""The exercises of chapter 06, and right answers that are not the workshop's own."""

import json
from pathlib import Path

import pytest

from workshop.assistant.pairs import key_of, problem_of
from workshop.exercises import ch06
from workshop.exercises.audit import audit
from workshop.exercises.core import check, find


@pytest.mark.parametrize("exercise", ch06.EXERCISES, ids=lambda exercise: exercise.id)
def test_stub_reference_and_wrong_answers(exercise):
    assert audit(exercise) == []


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


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("6.1", _by_bytes),
        ("6.1", _by_lines_read),
        ("6.1", _with_a_set),
        ("6.2", _by_answer_first),
        ("6.2", _with_pandas),
    ],
)
def test_other_right_answers_are_right(id, answer):
    card = check(find(id), answer)
    assert card.state == "right", card
