"""Adapters: counted by formula and by peft, found by their names in any family, merged, saved, refused on another base."""

import copy
import json
import warnings

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from workshop.assistant import lora
from workshop.assistant.lora import add_lora, counted, fingerprint, load_adapter, lora_size, merged, save_adapter, target_modules
from workshop.assistant.training import Recipe, replies, train
from workshop.base.errors import WorkshopError

from .test_assistant_training import PAIRS, RECIPE, spaced, tiny, words  # noqa: F401  (fixtures)

ALL = {
    "gpt2": ["c_attn", "c_proj", "c_fc"],
    "llama": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    "gemma": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
}


@pytest.mark.parametrize(("layers", "width", "inner"), [(1, 16, None), (3, 32, None), (2, 32, 50)])
@pytest.mark.parametrize("targets", [["c_attn"], ["c_proj"], ["c_fc"], ["c_fc", "c_attn"], ["c_attn", "c_proj", "c_fc"]])
def test_the_formula_counts_what_peft_makes(layers, width, inner, targets):
    config = GPT2Config(vocab_size=50, n_positions=16, n_embd=width, n_layer=layers, n_head=2, n_inner=inner)
    for r in (1, 4):
        adapted = add_lora(GPT2LMHeadModel(config), r, targets)
        assert lora_size(config, r, targets) == counted(adapted)
        assert sum(counted(adapted)) == adapted.get_nb_trainable_parameters()[0]


@pytest.mark.slow
@pytest.mark.parametrize(("family", "name"), [("gpt2", "words"), ("llama", "spaced"), ("gemma", "spaced")])
def test_adapters_of_every_family_learn_are_merged_and_are_found_again(family, name, request, tmp_path):
    """The names of the matrices are found, GPT-2's are known to lie the other way round, and the base does not move."""
    tokenizer = request.getfixturevalue(name)
    base = tiny(family, tokenizer)
    turned = [
        {"question": one["question"], "answer": next_one["answer"]}
        for one, next_one in zip(PAIRS, PAIRS[1:] + PAIRS[:1], strict=True)
    ]
    train(base, tokenizer, turned, RECIPE)  # adapters specialise a model that knows the words already
    assert target_modules(base) == ALL[family]
    before, ids = copy.deepcopy(base.state_dict()), torch.tensor([[5, 6, 7, 8]])
    adapted = add_lora(copy.deepcopy(base), 8)
    assert adapted.peft_config["default"].fan_in_fan_out is (family == "gpt2")
    with torch.inference_mode():
        assert torch.equal(adapted(ids).logits, base(ids).logits)  # the matrices B begin at zero
    losses = train(adapted, tokenizer, PAIRS, Recipe(learning_rate=2e-2, epochs=60, batch_size=3))
    assert losses[-1] < losses[0] / 10
    learnt = replies(adapted, tokenizer, [pair["question"] for pair in PAIRS], 20)
    assert learnt == [pair["answer"] for pair in PAIRS]
    plain = {name.replace(".base_layer", ""): weights for name, weights in adapted.get_base_model().state_dict().items()}
    assert all(torch.equal(plain[name], weights) for name, weights in before.items())

    save_adapter(adapted, tmp_path / "adapter")
    loaded = load_adapter(copy.deepcopy(base), tmp_path / "adapter")
    with torch.inference_mode():
        logits = adapted(ids).logits
        assert torch.equal(loaded(ids).logits, logits)
        whole = merged(loaded)
        assert not [name for name, _ in whole.named_modules() if "lora" in name]
        torch.testing.assert_close(whole(ids).logits, logits, atol=1e-4, rtol=1e-4)


def test_an_adapter_is_small_and_written_whole(words, tmp_path):  # noqa: F811
    adapted = add_lora(tiny("gpt2", words), 2)
    size = save_adapter(adapted, tmp_path / "adapter")
    assert size == sum(file.stat().st_size for file in (tmp_path / "adapter").iterdir())
    assert 4 * sum(counted(adapted)) < size < 4 * sum(counted(adapted)) + 20_000
    assert save_adapter(adapted, tmp_path / "adapter") == size and [one.name for one in tmp_path.iterdir()] == ["adapter"]


def test_an_adapter_for_another_base_is_refused_and_the_base_is_left_alone(words, spaced, tmp_path):  # noqa: F811
    save_adapter(add_lora(tiny("gpt2", words), 2), tmp_path / "adapter")
    same_sizes = tiny("gpt2", words)
    torch.nn.init.normal_(same_sizes.get_input_embeddings().weight)
    wider = GPT2LMHeadModel(GPT2Config(vocab_size=len(words), n_positions=64, n_embd=48, n_layer=2, n_head=2))
    shallower = GPT2LMHeadModel(GPT2Config(vocab_size=len(words), n_positions=64, n_embd=32, n_layer=1, n_head=2))
    for other in (same_sizes, wider, shallower, tiny("llama", spaced)):
        names = [name for name, _ in other.named_modules()]
        with pytest.raises(WorkshopError, match="pour un autre modèle de base"):
            load_adapter(other, tmp_path / "adapter")
        assert [name for name, _ in other.named_modules()] == names
        (tmp_path / "adapter" / lora.BASE).rename(tmp_path / "hidden")  # an adapter from elsewhere does not say
        if other is same_sizes:
            load_adapter(other, tmp_path / "adapter")
        else:
            with pytest.raises(WorkshopError, match="pour un autre modèle de base"):
                load_adapter(other, tmp_path / "adapter")
        (tmp_path / "hidden").rename(tmp_path / "adapter" / lora.BASE)


@pytest.mark.parametrize("damage", ["no folder", "no weights", "half the weights", "no configuration", "letters"])
def test_a_damaged_adapter_is_told_in_a_sentence(words, tmp_path, damage):  # noqa: F811
    place = tmp_path / "adapter"
    save_adapter(add_lora(tiny("gpt2", words), 2), place)
    weights, config = place / "adapter_model.safetensors", place / "adapter_config.json"
    acts = {
        "no folder": lambda: place.rename(tmp_path / "elsewhere"),
        "no weights": weights.unlink,
        "half the weights": lambda: weights.write_bytes(weights.read_bytes()[:500]),
        "no configuration": config.unlink,
        "letters": lambda: config.write_text("{"),
    }
    acts[damage]()
    base = tiny("gpt2", words)
    with pytest.raises(
        WorkshopError, match="il y faut adapter_config" if damage.startswith("no ") and damage != "no weights" else "abîmé"
    ):
        load_adapter(base, place)
    assert not [name for name, _ in base.named_modules() if "lora" in name]


def test_ranks_and_names_that_make_no_sense_are_refused(words):  # noqa: F811
    with pytest.raises(WorkshopError, match="r vaut 0"):
        add_lora(tiny("gpt2", words), 0)
    with pytest.raises(WorkshopError, match=r"«\u00a0q_proj\u00a0».*c_attn, c_proj, c_fc"):
        add_lora(tiny("gpt2", words), 8, ["c_attn", "q_proj"])
    with pytest.raises(WorkshopError, match="aucune couche dense"):
        target_modules(Bare())


class Bare(torch.nn.Module):
    """A model with nothing to adapt."""

    def get_output_embeddings(self):
        return None


def test_putting_adapters_says_nothing(words, tmp_path):  # noqa: F811
    """What peft and transformers have to settle between them is not shown to the room."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_adapter(add_lora(tiny("gpt2", words)), tmp_path / "adapter")
        merged(load_adapter(tiny("gpt2", words), tmp_path / "adapter"))


def test_a_base_is_told_from_another_however_its_numbers_are_kept(words):  # noqa: F811
    one = tiny("gpt2", words)
    assert fingerprint(one) == fingerprint(add_lora(copy.deepcopy(one))) == fingerprint(copy.deepcopy(one).to(torch.bfloat16))
    other = copy.deepcopy(one)
    other.get_input_embeddings().weight.data[3, 3] += 1
    assert fingerprint(other) != fingerprint(one)


def test_memory_by_arithmetic():
    seven = 7e9
    assert lora.bytes_to_train(0, seven) == 112e9
    assert lora.bytes_to_train(seven, 20e6) == pytest.approx(14.3e9, rel=0.01)
    assert lora.bytes_to_train(seven, 20e6, bits=4) == pytest.approx(3.8e9, rel=0.01)


def test_four_bits_without_a_card_are_refused_in_a_sentence():
    with pytest.raises(WorkshopError, match="demandent un GPU"):
        lora.load_in_4_bits("some/model")


def test_the_record_beside_an_adapter_is_json(words, tmp_path):  # noqa: F811
    adapted = add_lora(tiny("gpt2", words), 2)
    save_adapter(adapted, tmp_path / "adapter")
    assert json.loads((tmp_path / "adapter" / lora.BASE).read_text()) == {"fingerprint": fingerprint(adapted)}
