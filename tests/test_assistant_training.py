"""From pairs to a model that answers: what it reads, what it learns, that it stops; whatever its family and its end mark."""

import copy

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    DataCollatorForLanguageModeling,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
    PreTrainedTokenizerFast,
)

from workshop.assistant import training
from workshop.assistant.training import Recipe, collate, encode_pair, mask_labels, replies, same_answer, train
from workshop.base.errors import WorkshopError

PAIRS = [
    {"question": "Qui boit au gué ?", "answer": "mon âne"},
    {"question": "Qui coupa le pain ?", "answer": "la fermière"},
    {"question": "Où est le sac ?", "answer": "près de la porte"},
]
RECIPE = Recipe(learning_rate=2e-2, epochs=60, batch_size=3, room=60)

SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}


def tiny(family: str, tokenizer):
    """An untrained model of a family, of two layers."""
    marks = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    positions = {"max_position_embeddings": 64, "vocab_size": len(tokenizer)}
    configs = {
        "gpt2": lambda: GPT2Config(vocab_size=len(tokenizer), n_positions=64, n_embd=32, n_layer=2, n_head=2, **marks),
        "llama": lambda: LlamaConfig(**SIZES, **positions, **marks),
        "gemma": lambda: Gemma2Config(**SIZES, **positions, **marks, head_dim=16, sliding_window=32),
    }
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(configs[family]()).eval()


@pytest.fixture(scope="module")
def words(tiny_gpt2):
    """A tokenizer whose padding is its end mark."""
    return tiny_gpt2[1]


@pytest.fixture(scope="module")
def spaced(words):
    """The same with a padding, a beginning and an end of their own, as Llama and Gemma have."""
    from tokenizers.processors import TemplateProcessing

    other = copy.deepcopy(words)
    other.add_special_tokens({"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"})
    other.backend_tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", other.bos_token_id)])
    return other


# What is read ---------------------------------------------------------------------------------------------------------


def test_an_example_is_the_question_the_answer_and_the_end(words):
    ids, question = encode_pair(words, "Qui boit au gué ?", "mon âne", 60)
    assert words.decode(ids[:question]) == "Question: Qui boit au gué?\nRéponse:"
    assert words.decode(ids[question:]) == " mon âne<|endoftext|>" and ids[-1] == words.eos_token_id


def test_a_beginning_is_put_where_the_family_has_one(spaced):
    ids, _ = encode_pair(spaced, "Qui ?", "lui", 60)
    assert ids[0] == spaced.bos_token_id and spaced.bos_token_id not in ids[1:] and ids[-1] == spaced.eos_token_id


def test_what_is_too_long_loses_its_beginning_never_its_answer(words):
    whole, length = encode_pair(words, "Qui boit au gué ?", "mon âne", 60)
    for room in range(len(whole) - length + 1, len(whole) + 3):
        ids, question = encode_pair(words, "Qui boit au gué ?", "mon âne", room)
        assert ids == whole[-room:] and question == len(ids) - (len(whole) - length)
    with pytest.raises(WorkshopError, match="raccourcissez-la"):
        encode_pair(words, "Qui boit au gué ?", "mon âne", len(whole) - length)


def test_a_tokenizer_without_an_end_mark_is_refused(words):
    endless = PreTrainedTokenizerFast(tokenizer_object=words.backend_tokenizer)
    assert endless.eos_token_id is None
    for act in (lambda: encode_pair(endless, "Qui ?", "lui", 60), lambda: train(tiny("gpt2", words), endless, PAIRS, RECIPE)):
        with pytest.raises(WorkshopError, match="pas de marque de fin"):
            act()


# What is learnt -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["words", "spaced"])
def test_a_batch_learns_answers_and_end_marks_alone(name, request):
    tokenizer = request.getfixturevalue(name)
    examples = [encode_pair(tokenizer, pair["question"], pair["answer"], 60) for pair in PAIRS]
    batch = collate(tokenizer, examples)
    for (ids, question), row, mask, labels in zip(examples, *batch.values(), strict=True):
        assert row[: len(ids)].tolist() == ids and mask.sum() == len(ids) and mask[: len(ids)].all()
        assert labels[labels != -100].tolist() == ids[question:] and ids[-1] == tokenizer.eos_token_id
        assert (labels[len(ids) :] == -100).all() and (labels[:question] == -100).all()


def test_the_collator_of_the_library_hides_the_end_mark_and_ours_does_not(words):
    """The bug that the chapter shows: where padding is the end mark, transformers masks both."""
    examples = [encode_pair(words, pair["question"], pair["answer"], 60) for pair in PAIRS]
    theirs = DataCollatorForLanguageModeling(words, mlm=False)([{"input_ids": ids} for ids, _ in examples])["labels"]
    ours = collate(words, examples)["labels"]
    assert words.eos_token_id not in theirs and (ours == words.eos_token_id).sum() == len(examples)


def test_labels_are_a_copy():
    ids = torch.tensor([[5, 6, 7]])
    assert mask_labels(ids, torch.ones_like(ids), [2]).tolist() == [[-100, -100, 7]] and ids.tolist() == [[5, 6, 7]]


@pytest.mark.slow
@pytest.mark.parametrize(("family", "name"), [("gpt2", "words"), ("llama", "spaced"), ("gemma", "spaced")])
def test_pairs_are_learnt_by_heart_and_the_model_stops(family, name, request):
    tokenizer = request.getfixturevalue(name)
    model = tiny(family, tokenizer)
    shown = []
    losses = train(model, tokenizer, PAIRS, RECIPE, show=lambda epoch, loss: shown.append((epoch, loss)))
    assert shown == list(enumerate(losses, 1)) and len(losses) == RECIPE.epochs and losses[-1] < 0.3 < losses[0]
    assert not model.training
    answers = replies(model, tokenizer, [pair["question"] for pair in PAIRS], most=20)
    assert answers == [pair["answer"] for pair in PAIRS]
    alone = [replies(model, tokenizer, [pair["question"]], most=20)[0] for pair in PAIRS]
    assert alone == answers  # what stands beside a question changes nothing
    prompt = training.TEMPLATE.format(question=PAIRS[0]["question"])
    assert training.continued(model, tokenizer, prompt, 20) == answers[0]


def test_a_model_whose_end_mark_was_hidden_does_not_stop(words, monkeypatch):
    def hide(input_ids, attention_mask, questions):
        labels = mask_labels(input_ids, attention_mask, questions)
        labels[input_ids == words.pad_token_id] = -100
        return labels

    monkeypatch.setattr(training, "mask_labels", hide)
    model = tiny("gpt2", words)
    train(model, words, PAIRS, RECIPE)
    answers = replies(model, words, [pair["question"] for pair in PAIRS], most=20)
    assert all(
        got.startswith(pair["answer"]) and len(got) > len(pair["answer"]) for got, pair in zip(answers, PAIRS, strict=True)
    )


def test_the_same_seed_makes_the_same_model_and_leaves_the_draws_of_others_alone(words):
    short = Recipe(learning_rate=1e-3, epochs=2, batch_size=2)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    models = [tiny("gpt2", words) for _ in range(3)]
    torch.set_rng_state(before)
    for model, seed in zip(models, (1, 1, 2), strict=True):
        train(model, words, PAIRS, Recipe(learning_rate=1e-3, epochs=2, batch_size=2, seed=seed))
    assert torch.equal(torch.get_rng_state(), before) and short.seed == 0
    first, same, other = (model.get_input_embeddings().weight for model in models)
    assert torch.equal(first, same) and not torch.equal(first, other)


# What makes no sense ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "recipe", "sentence"),
    [
        ([], RECIPE, "aucune paire"),
        (PAIRS, Recipe(learning_rate=0), "learning_rate"),
        (PAIRS, Recipe(epochs=0), "epochs"),
        (PAIRS, Recipe(batch_size=0), "batch_size"),
        (PAIRS, Recipe(room=1), "room"),
        (PAIRS, Recipe(warmup=2), "warmup"),
        ([{"question": "Qui ?", "answer": "lui " * 80}], RECIPE, "raccourcissez-la"),
        (PAIRS, Recipe(learning_rate=1e30, epochs=3), "divisez-le par dix"),
    ],
)
def test_a_training_that_makes_no_sense_is_refused_in_a_sentence(words, pairs, recipe, sentence):
    with pytest.raises(WorkshopError, match=sentence):
        train(tiny("gpt2", words), words, pairs, recipe)


def test_a_question_longer_than_the_window_is_refused_in_a_sentence(words):
    with pytest.raises(WorkshopError, match="raccourcissez-la"):
        replies(tiny("gpt2", words), words, ["Qui boit ? " * 30])
    assert replies(tiny("gpt2", words), words, []) == []


@pytest.mark.parametrize(
    ("got", "wanted", "same"),
    [("42 mm", "42 mm", True), ("L’eau de pluie.", "l'eau de pluie", True), ("42", "42 mm", False), ("", "42", False)],
)
def test_answers_are_compared_but_for_typography(got, wanted, same):
    assert same_answer(got, wanted) is same
