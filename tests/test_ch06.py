"""The exercises of chapter 06, and right answers that are not the workshop's own (others: test_ch06_pairs_and_lookup)."""

import pytest
import torch
from transformers import GPT2Config

from workshop.assistant import lora
from workshop.assistant.training import TEMPLATE
from workshop.exercises import ch06
from workshop.exercises.audit import audit
from workshop.exercises.core import check, find


@pytest.mark.parametrize("exercise", ch06.EXERCISES, ids=lambda exercise: exercise.id)
def test_stub_reference_and_wrong_answers(exercise):
    assert audit(exercise) == []


def _whole_then_split(tokenizer, question, answer, room):
    prompt = tokenizer(TEMPLATE.format(question=question))["input_ids"]
    whole = tokenizer(TEMPLATE.format(question=question) + " " + answer)["input_ids"] + [tokenizer.eos_token_id]
    kept = whole[-room:]
    return kept, len(prompt) - (len(whole) - len(kept))


def _with_the_mark_in_letters(tokenizer, question, answer, room):
    prompt = tokenizer.encode(f"Question : {question}\nRéponse :")
    end = tokenizer.encode(" " + answer + tokenizer.eos_token)
    while len(prompt) + len(end) > room:
        del prompt[0]
    return [*prompt, *end], len(prompt)


def _by_tokens(tokenizer, question, answer, room):
    ids = [
        tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text)) for text in (TEMPLATE.format(question=question), f" {answer}")
    ]
    ids[1].append(tokenizer.eos_token_id)
    most = max(room - len(ids[1]), 0)
    if len(ids[0]) > most:
        ids[0] = ids[0][len(ids[0]) - most :]
    return ids[0] + ids[1], len(ids[0])


def _as_lists(tokenizer, question, answer, room):
    said = tokenizer([TEMPLATE.format(question=question), f" {answer}"], add_special_tokens=False)["input_ids"]
    answer_ids = said[1] + [tokenizer.eos_token_id]
    question_ids = list(reversed(list(reversed(said[0]))[: room - len(answer_ids)]))
    return question_ids + answer_ids, len(question_ids)


def _truncated_on_the_left(tokenizer, question, answer, room):
    end = tokenizer(f" {answer}{tokenizer.eos_token}", add_special_tokens=False)["input_ids"]
    tokenizer.truncation_side = "left"
    prompt = tokenizer(TEMPLATE.format(question=question), truncation=True, max_length=room - len(end))["input_ids"]
    tokenizer.truncation_side = "right"
    return prompt + end, len(prompt)


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


def _with_lists(input_ids, attention_mask, questions):
    rows = zip(input_ids.tolist(), attention_mask.tolist(), questions, strict=True)
    return torch.tensor(
        [[t if m and i >= n else -100 for i, (t, m) in enumerate(zip(ids, mask, strict=True))] for ids, mask, n in rows]
    )


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


def _with_arrays(config, r, targets):
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


def _from_the_end(turns, tokenizer, room, answer=48):
    kept = [turns[-1]]
    for turn in turns[-2::-1]:
        if len(tokenizer(turn + "".join(kept))["input_ids"]) + answer > room:
            break
        kept.insert(0, turn)
    return kept


def _with_pop(turns, tokenizer, room, answer=48):
    kept = turns.copy()
    while len(tokenizer.encode("".join(kept))) > room - answer and len(kept) > 1:
        kept.pop(0)
    return kept


def _with_next(turns, tokenizer, room, answer=48):
    sizes = [len(tokenizer("".join(turns[i:]))["input_ids"]) for i in range(len(turns))]
    return turns[next(i for i, size in enumerate(sizes) if size <= room - answer or i == len(turns) - 1) :]


def _turn_by_turn(turns, tokenizer, room, answer=48):
    left, start = room - answer - len(tokenizer.tokenize(turns[-1])), len(turns) - 1
    while start and left >= len(tokenizer.tokenize(turns[start - 1])):
        start -= 1
        left -= len(tokenizer.tokenize(turns[start]))
    return list(turns[start:])


def _by_recursion(turns, tokenizer, room, answer=48):
    fits = len(tokenizer("".join(turns))["input_ids"]) <= room - answer
    return list(turns) if fits or len(turns) == 1 else _by_recursion(turns[1:], tokenizer, room, answer)


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        *(("6.3", one) for one in (_whole_then_split, _with_the_mark_in_letters, _by_tokens, _as_lists, _truncated_on_the_left)),
        *(("6.4", one) for one in (_with_where, _with_masked_fill, _row_by_row, _from_nothing, _with_lists)),
        *(("6.5", one) for one in (_with_peft, _matrix_by_matrix, _with_a_loop, _with_arrays, _with_ifs)),
        *(("6.8", one) for one in (_from_the_end, _with_pop, _with_next, _turn_by_turn, _by_recursion)),
    ],
)
def test_right_answers_in_other_styles(id, answer):
    card = check(find(id), answer)
    assert card.state == "right", card


@pytest.mark.parametrize(
    ("id", "answer", "said"),
    [
        ("6.4", "labels = input_ids\nlabels[attention_mask == 0] = -100\nreturn labels", "apprendre"),
        ("6.4", "labels = input_ids.clone()\nlabels[input_ids == 0] = -100\n"
                "for i, n in enumerate(questions): labels[i, :n] = -100\nreturn labels", "marque de fin est cachée"),
        ("6.4", "labels = right(input_ids, attention_mask, questions)\ninput_ids.fill_(1)\nreturn labels",
         "modifie ce qu’on lui donne"),
    ],
)  # fmt: skip
def test_wrong_answers_of_another_hand_get_their_name(id, answer, said):
    exercise = find(id)
    card = check(exercise, exercise.setting.function(answer))
    assert card.state == "wrong" and said in str(card), card
