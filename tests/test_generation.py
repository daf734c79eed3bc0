"""The filters are those of transformers; the stream is the text, whole letters only, the same for the same seed."""

import copy
import dataclasses
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from transformers.generation import logits_process

from workshop import generation
from workshop.base import settings
from workshop.base.errors import WorkshopError
from workshop.generation import BilstmWriter, Gpt2Writer, Sampling, generate, next_distribution, softmax, stream
from workshop.generation.sampling import COLDEST

CASES = 1000
EVERYTHING = Sampling(temperature=1.0, top_p=1.0)


def random_cases(seed):
    """Scores of vocabularies of 2 to 60 tokens, from flat to peaked."""
    rng = np.random.default_rng(seed)
    for _ in range(CASES):
        yield rng, rng.normal(scale=rng.uniform(0.1, 8), size=rng.integers(2, 60))


def theirs(processor, logits, ids=(0,)):
    return processor(torch.tensor([list(ids)]), torch.tensor(logits)[None])[0].numpy()


def test_temperature_is_that_of_transformers():
    for rng, logits in random_cases(1):
        t = rng.uniform(0.05, 3)
        expected = theirs(logits_process.TemperatureLogitsWarper(t), logits)
        np.testing.assert_allclose(generation.apply_temperature(logits, t), expected)


def test_top_k_is_that_of_transformers():
    for rng, logits in random_cases(2):
        k = int(rng.integers(1, 70))
        logits = np.round(logits)  # so that some scores are equal
        np.testing.assert_array_equal(generation.top_k_filter(logits, k), theirs(logits_process.TopKLogitsWarper(k), logits))


def test_top_p_is_that_of_transformers():
    for rng, logits in random_cases(3):
        p = rng.uniform(0.001, 0.999)
        np.testing.assert_array_equal(generation.top_p_filter(logits, p), theirs(logits_process.TopPLogitsWarper(p), logits))


def test_penalties_are_those_of_transformers():
    for rng, logits in random_cases(4):
        ids = rng.integers(0, len(logits), size=rng.integers(1, 30)).tolist()
        penalty, size = float(rng.uniform(0.5, 2)), int(rng.integers(1, 4))
        expected = theirs(logits_process.RepetitionPenaltyLogitsProcessor(penalty), logits, ids)
        np.testing.assert_allclose(generation.penalise_repetition(logits, ids, penalty), expected)
        expected = theirs(logits_process.NoRepeatNGramLogitsProcessor(size), logits, ids)
        if np.isfinite(expected).any():
            np.testing.assert_array_equal(generation.forbid_repeated_ngrams(logits, ids, size), expected)


def test_all_together_in_the_order_of_transformers():
    for rng, logits in random_cases(5):
        ids = rng.integers(0, len(logits), size=9).tolist()
        sampling = Sampling(
            temperature=rng.uniform(0.3, 2), top_k=int(rng.integers(1, 20)), top_p=rng.uniform(0.1, 0.99),
            no_repeat_ngram_size=3, repetition_penalty=1.3,
        )  # fmt: skip
        expected = logits
        for processor in (
            logits_process.RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty),
            logits_process.NoRepeatNGramLogitsProcessor(sampling.no_repeat_ngram_size),
            logits_process.TemperatureLogitsWarper(sampling.temperature),
            logits_process.TopKLogitsWarper(sampling.top_k),
            logits_process.TopPLogitsWarper(sampling.top_p),
        ):
            expected = theirs(processor, expected, ids)
        if np.isfinite(expected).any():
            np.testing.assert_allclose(next_distribution(logits, sampling, ids), softmax(expected))


def test_filters_leave_their_input_alone():
    logits = np.array([1.0, 3.0, 2.0])
    for changed in (generation.top_k_filter(logits, 1), generation.top_p_filter(logits, 0.1)):
        assert np.isneginf(changed[[0, 2]]).all()
    assert logits.tolist() == [1, 3, 2]


def test_when_everything_is_forbidden_something_is_said():
    sampling = dataclasses.replace(EVERYTHING, no_repeat_ngram_size=1)
    np.testing.assert_array_equal(next_distribution(np.zeros(2), sampling, [0, 1]), [0.5, 0.5])


def test_softmax_of_large_scores():
    np.testing.assert_allclose(softmax(np.array([1000.0, 1000.0, -1000.0])), [0.5, 0.5, 0])


@pytest.mark.parametrize("temperature", [COLDEST, 1e-50, 1e-3])
def test_the_coldest_temperature_is_sure_of_the_likeliest(temperature):
    logits = np.array([-1e4, 50.0, 49.0, -np.inf], dtype=np.float32)
    for top_p in (1.0, 0.9):
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # nothing overflows
            found = next_distribution(logits, Sampling(temperature=temperature, top_p=top_p), [0])
        np.testing.assert_array_equal(found, [0, 1, 0, 0])


def test_sample_follows_the_probabilities_and_the_temperature():
    probabilities = np.array([0.5, 0.3, 0.2, 0.0], dtype=np.float32)
    rng = np.random.default_rng(0)
    counts = np.bincount([generation.sample(probabilities, 1.0, rng) for _ in range(4000)], minlength=4)
    np.testing.assert_allclose(counts / 4000, probabilities, atol=0.03)
    cold = [generation.sample(probabilities, 0.01, rng) for _ in range(100)]
    assert set(cold) == {0}
    hot = np.bincount([generation.sample(probabilities, 50.0, rng) for _ in range(4000)], minlength=4)
    np.testing.assert_allclose(hot[:3] / 4000, 1 / 3, atol=0.04)
    assert hot[3] == 0


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        ({"temperature": 0}, "0,01"),
        ({"temperature": 5e-324}, "0,01"),
        ({"temperature": -0.5}, "positive\u00a0: −0,5"),
        ({"temperature": float("nan")}, "positif"),
        ({"top_p": 1.5}, "top_p vaut 1,5"),
        ({"top_p": 1.0000001}, "top_p vaut 1,0000001"),
        ({"top_p": 0}, "top_p vaut 0"),
        ({"top_k": -1}, r"0 \(sans limite\)"),
        ({"max_new_tokens": 0}, "au moins un token"),
        ({"num_beams": 0}, "sans faisceau"),
        ({"no_repeat_ngram_size": -2}, "sans limite"),
        ({"repetition_penalty": 0.0}, "1,2"),
        ({"seed": -1}, "graine"),
    ],
)
def test_settings_that_make_no_sense(mistake, sentence):
    with pytest.raises(WorkshopError, match=sentence):
        Sampling(**mistake)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda logits: generation.top_k_filter(logits, 0), "au moins un token"),
        (lambda logits: generation.top_p_filter(logits, 1.1), "entre 0"),
        (lambda logits: generation.apply_temperature(logits, 0), "positive"),
        (lambda logits: generation.sample(softmax(logits), -1, np.random.default_rng()), "positive"),
    ],
)
def test_filters_refuse_what_makes_no_sense(call, sentence):
    with pytest.raises(WorkshopError, match=sentence):
        call(np.zeros(3))


def test_the_texts_of_a_stream_are_the_text_whole_letters_only(writer):
    """An untrained model writes bytes at random: many letters are cut, and some never finished."""
    for seed in range(5):
        tokens = list(stream(writer, "Le meunier", dataclasses.replace(EVERYTHING, max_new_tokens=60, seed=seed)))
        assert len(tokens) == 60
        assert "".join(token.text for token in tokens) == writer.decode([token.id for token in tokens])
        assert not any(token.text.endswith("\ufffd") for token in tokens)


def test_a_letter_of_several_bytes_appears_when_it_is_finished(tiny_gpt2):
    _, tokenizer = tiny_gpt2
    text = "né 🐐 日本"

    class Reciter(Gpt2Writer):
        """Always gives the next token of a text it knows."""

        def start(self, ids):
            self.rest = iter(tokenizer(text)["input_ids"])
            return self.step(0)

        def step(self, token_id):
            logits = np.full(300, -50.0)
            logits[next(self.rest)] = 50
            return logits

    count = len(tokenizer(text)["input_ids"])
    pieces = [token.text for token in stream(Reciter(*tiny_gpt2), "", Sampling(max_new_tokens=count))]
    assert "".join(pieces) == text
    assert "🐐" in "".join(pieces) and "" in pieces and not any("\ufffd" in piece for piece in pieces)


def test_same_seed_same_text(writer):
    sampling = Sampling(max_new_tokens=25, seed=7)
    assert generate(writer, "L'âne", sampling) == generate(writer, "L'âne", sampling)
    assert generate(writer, "L'âne", sampling) != generate(writer, "L'âne", dataclasses.replace(sampling, seed=8))


def test_the_cache_changes_nothing(writer):
    """Token by token or all at once, the scores are the same, even after the context was full."""
    model, positions = writer.model, writer.positions
    ids = writer.encode("Le meunier posa son sac")
    logits, context = writer.start(ids), list(ids)
    for step in range(positions + 10):
        with torch.inference_mode():
            expected = model(torch.tensor([context])).logits[0, -1].numpy()
        np.testing.assert_allclose(logits, expected, atol=1e-4)
        token = (step * 37) % 300
        context = [*context, token]
        if len(context) > positions:
            context = context[-positions // 2 :]
        logits = writer.step(token)


def test_tokens_know_their_probability_and_their_rivals(writer):
    ids = writer.encode("La pluie")
    token = next(stream(writer, "La pluie", Sampling(top_k=3, top_p=1.0)))
    raw = softmax(writer.start(ids).astype(np.float64))
    assert len(token.rivals) == 10
    assert [rival.probability > 0 for rival in token.rivals] == [True] * 3 + [False] * 7
    assert sum(rival.probability for rival in token.rivals) == pytest.approx(1)
    assert [rival.raw_probability for rival in token.rivals] == pytest.approx(sorted(raw, reverse=True)[:10])
    same = next(rival for rival in token.rivals if rival.id == token.id)
    assert (same.probability, same.raw_probability) == (token.probability, token.raw_probability)
    assert all(rival.text and "\ufffd" not in rival.text for rival in token.rivals)


def test_it_stops_when_asked(writer):
    asked = iter([False, False, True])
    assert len(list(stream(writer, "Le", Sampling(), should_stop=lambda: next(asked)))) == 2


def test_it_stops_at_the_end_of_a_text(tiny_gpt2):
    writer = Gpt2Writer(*tiny_gpt2)
    writer.end_id = writer.start(writer.encode("Le")).argmax()
    assert list(stream(writer, "Le", Sampling(top_k=1))) == []


def test_prompts_that_are_empty_or_long_or_strange(writer, monkeypatch, capsys):
    monkeypatch.setenv("WORKSHOP_QUIET", "0")
    settings.settings.cache_clear()
    assert writer.encode("") == writer.encode("  ") == [0]
    assert writer.encode("Le meunier ") == writer.encode("Le meunier")
    assert capsys.readouterr().out == ""
    long = "Le petit chien vint se coucher. " * 50
    assert writer.encode(long) == writer.tokenizer(long.rstrip())["input_ids"][-writer.positions :]
    assert f"{writer.positions} derniers" in capsys.readouterr().out
    monkeypatch.undo()
    settings.settings.cache_clear()
    for prompt in ("", long, "日本語 🐐\x00"):
        assert len(list(stream(writer, prompt, dataclasses.replace(EVERYTHING, max_new_tokens=5)))) == 5


@pytest.mark.slow
def test_an_empty_prompt_says_nothing_in_english(tmp_path, tiny_gpt2):
    """In a process of its own: transformers says it once."""
    for part in tiny_gpt2:
        part.save_pretrained(tmp_path)
    code = f"""
from workshop.generation import Gpt2Writer, Sampling, generate
from workshop.gpt2 import model
network, tokenizer = model.load({str(tmp_path)!r})
network.config.pad_token_id = tokenizer.eos_token_id
generate(Gpt2Writer(network, tokenizer), "", Sampling(max_new_tokens=3))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout + done.stderr == ""


def test_beams_are_those_of_transformers(tiny_gpt2):
    model, tokenizer = tiny_gpt2
    writer = Gpt2Writer(model, tokenizer)
    sampling = Sampling(num_beams=3, max_new_tokens=12, no_repeat_ngram_size=2)
    prompt = tokenizer("Le meunier", return_tensors="pt")
    expected = model.generate(**prompt, num_beams=3, do_sample=False, max_new_tokens=12, no_repeat_ngram_size=2, pad_token_id=0)[
        0, prompt["input_ids"].shape[1] :
    ].tolist()
    tokens = list(stream(writer, "Le meunier", sampling))
    assert [token.id for token in tokens] == [i for i in expected if i != writer.end_id]
    assert all(0 < token.probability <= 1 for token in tokens)
    assert list(stream(writer, "Le meunier", sampling, should_stop=lambda: True)) == []
    assert len(writer.beam_search(writer.encode("Le"), sampling, lambda: True)) == 1
    assert len(writer.beam_search(list(range(1, 64)), Sampling(num_beams=2, max_new_tokens=500), lambda: False)) <= 63


class FakeBilstm:
    """Says after each token the next number, with the probability 0.9; remembers what it was shown."""

    input_shape = (None, 4)

    def __init__(self, vocabulary=300):
        self.vocabulary, self.seen = vocabulary, []

    def predict_on_batch(self, inputs):
        self.seen.append(inputs.tolist())
        probabilities = np.full((1, self.vocabulary), 0.1 / (self.vocabulary - 1), dtype=np.float32)
        probabilities[0, (inputs[0, -1] + 1) % self.vocabulary] = 0.9
        return probabilities


def test_a_bilstm_reads_a_window_padded_on_the_left(tiny_gpt2):
    _, tokenizer = tiny_gpt2
    model = FakeBilstm()
    writer = BilstmWriter(model, tokenizer)
    first = tokenizer("e")["input_ids"][0]
    tokens = list(stream(writer, "e", Sampling(top_k=1, max_new_tokens=5)))
    assert [token.id for token in tokens] == [first + 1 + i for i in range(5)]
    assert tokens[0].raw_probability == pytest.approx(0.9)
    assert model.seen[0] == [[0, 0, 0, first]]
    assert model.seen[4] == [[first + 1, first + 2, first + 3, first + 4]]
    assert BilstmWriter(model, tokenizer, window=9).window == 9
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.bos_token = tokenizer.pad_token = tokenizer.convert_ids_to_tokens(
        first
    )  # as in other families: not the first token
    next(stream(BilstmWriter(model, tokenizer), "", Sampling(top_k=1)))
    assert model.seen[5] == [[0, 0, 0, 0]], "what fills is what it has learnt with"
    with pytest.raises(WorkshopError, match="num_beams=1"):
        next(stream(writer, "e", Sampling(num_beams=2)))
