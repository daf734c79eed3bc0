"""The exercises of chapter 05, right answers that are not the workshop's own, and what the chapter promises."""

import numpy as np
import pytest

from workshop.base.errors import WorkshopError
from workshop.exercises import ch05
from workshop.exercises.audit import audit
from workshop.exercises.core import check, find
from workshop.generation import Gpt2Writer, Sampling, stream
from workshop.gpt2 import model as gpt2


@pytest.mark.parametrize("exercise", ch05.EXERCISES, ids=lambda exercise: exercise.id)
def test_stub_reference_and_wrong_answers(exercise):
    assert audit(exercise) == []


def _one_by_one_divided(logits, temperature):
    if temperature <= 0:
        raise WorkshopError("La température est positive.")
    return np.array([score / temperature for score in logits])


def _by_the_inverse(logits, temperature):
    if not temperature > 0:
        raise WorkshopError("La température est positive.")
    return logits * (1 / temperature)


def _with_argpartition(logits, k):
    if k <= 0:
        raise WorkshopError("k est positif.")
    filtered = np.full_like(logits, -np.inf)
    best = np.argpartition(-logits, min(k, len(logits)) - 1)[: min(k, len(logits))]
    filtered[best] = logits[best]
    return filtered


def _with_a_loop(logits, p):
    if p <= 0 or p > 1:
        raise WorkshopError("p est une part.")
    probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    filtered, reached = [-np.inf] * len(logits), 0.0
    for i in sorted(range(len(logits)), key=lambda i: -logits[i]):
        if reached >= p:
            break
        filtered[i] = logits[i]
        reached += probabilities[i]
    return np.array(filtered)


def _with_torch(logits, p):
    import torch
    from transformers import TopPLogitsWarper

    if not 0 < p <= 1:
        raise WorkshopError("p est une part.")
    return TopPLogitsWarper(p)(None, torch.tensor(logits)[None])[0].numpy()


def _one_by_one(generator, prompts, settings):
    return [generator(prompt, **settings)[0]["generated_text"] for prompt in prompts]


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("5.1", _one_by_one_divided),
        ("5.1", _by_the_inverse),
        ("5.2", _with_argpartition),
        ("5.3", _with_a_loop),
        ("5.3", _with_torch),
        ("5.4", _one_by_one),
    ],
)
def test_other_right_answers_are_right(id, answer):
    card = check(find(id), answer)
    assert card.state == "right", card


def test_a_large_gpt_j_is_converted_then_writes_in_half_precision(tiny_gpt2, tmp_path, monkeypatch):
    """The bonus of the chapter, on a tiny GPT-J: from the old ``.bin`` to a folder that ``MODEL_NAME`` may name."""
    import torch
    from transformers import AutoModelForCausalLM, GPTJConfig, GPTJForCausalLM

    tokenizer, published, converted = tiny_gpt2[1], tmp_path / "published", tmp_path / "converted"
    config = GPTJConfig(vocab_size=len(tokenizer), n_positions=64, n_embd=32, n_layer=2, n_head=2, rotary_dim=8)
    config.bos_token_id = config.eos_token_id = tokenizer.eos_token_id
    published.mkdir()
    config.save_pretrained(published)
    torch.save(GPTJForCausalLM(config).state_dict(), published / "pytorch_model.bin")
    tokenizer.save_pretrained(published)
    with pytest.raises(WorkshopError):
        gpt2.load(str(published))

    model = AutoModelForCausalLM.from_pretrained(published, dtype=torch.float16, use_safetensors=False)
    model.save_pretrained(converted)
    tokenizer.save_pretrained(converted)
    assert gpt2.load(str(converted))[0].dtype == torch.float32
    monkeypatch.setattr(gpt2, "LARGE", 0)
    model, words = gpt2.load(str(converted))
    assert model.dtype == torch.float16
    assert len(list(stream(Gpt2Writer(model, words), "le moulin", Sampling(max_new_tokens=5, top_p=1.0)))) == 5
