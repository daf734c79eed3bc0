"""Numbers and back, without losing anything on the way."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop import tokens
from workshop.base.errors import WorkshopError
from workshop.base.typography import normalise

SENTENCE = "— L’âne du meunier, dit-elle, n’a pas bu !"


@pytest.fixture(scope="module")
def tokenizer(tiny_gpt2):
    return tiny_gpt2[1]


def test_bpe_has_the_size_asked_for_and_loses_no_text(tokenizer):
    assert len(tokenizer) == 300
    for text in (SENTENCE, "日本語 🐐 ñ", "deux\nlignes\n", ""):
        assert tokenizer.decode(tokens.encode_text(tokenizer, text)) == normalise(text)


def test_elisions_stay_in_one_piece(invented_text):
    tokenizer = tokens.train_bpe([f"{invented_text} l'âne qu'il dit-il dit-elle " * 5], vocab_size=600)
    pieces = [tokenizer.decode([i]) for i in tokens.encode_text(tokenizer, "qu'il dit-elle")]
    assert "qu'" in pieces and "-elle" in pieces


def test_encode_text_and_tokens_of(tokenizer):
    ids = tokens.encode_text(tokenizer, SENTENCE)
    spelt = tokens.tokens_of(tokenizer, ids)
    assert ids == tokenizer.encode(SENTENCE)
    assert len(spelt) == len(ids) and "".join(spelt).startswith("âĢĶL'Ã¢neĠdu")
    assert tokens.tokens_of(tokenizer, tokens.encode_text(tokenizer, "\n")) == ["Ċ"]


def test_encoding_a_long_text_warns_of_nothing(tokenizer, invented_text, caplog):
    assert len(tokens.encode_text(tokenizer, invented_text)) > tokenizer.model_max_length
    assert not caplog.records


def test_fertility(tokenizer):
    assert tokens.fertility(tokenizer, "z zz zz") == pytest.approx(7 / 3)  # z, Ġ, z, z, Ġ, z, z
    with pytest.raises(WorkshopError, match="aucun mot"):
        tokens.fertility(tokenizer, "  \n")


def test_training_corpus_yields_every_row_once_in_batches():
    from datasets import Dataset

    rows = [f"ligne {i}" for i in range(7)]
    batches = tokens.training_corpus(Dataset.from_dict({"text": rows, "book": ["b"] * 7}), 3)
    assert iter(batches) is batches  # an iterator, not a list
    assert list(batches) == [rows[:3], rows[3:6], rows[6:]]


def test_specialise_tokenizer_keeps_the_manner_and_learns_the_words(tokenizer, tmp_path, invented_text):
    corpus = [["Champollion déchiffre les hiéroglyphes d’Égypte."] * 50] * 3 + [invented_text.splitlines()]
    specialised = tokens.specialise_tokenizer(tokenizer, iter(corpus), 320)
    assert len(specialised) == 320
    assert len(tokens.encode_text(specialised, "Champollion")) == 1 < len(tokens.encode_text(tokenizer, "Champollion"))
    assert specialised.eos_token == tokenizer.eos_token
    text = "« Ça » : 🐐 日 !"  # every byte is still there
    assert specialised.decode(tokens.encode_text(specialised, text)) == normalise(text)
    specialised.save_pretrained(tmp_path)
    assert type(tokenizer).from_pretrained(tmp_path).get_vocab() == specialised.get_vocab()


@given(st.lists(st.integers(0, 9)), st.integers(1, 8))
def test_pack_loses_nothing(ids, size):
    blocks = tokens.pack(ids, size)
    assert [i for block in blocks for i in block] == ids
    assert all(len(block) == size for block in blocks[:-1])
    assert all(blocks)


def test_pack_refuses_empty_blocks():
    with pytest.raises(WorkshopError, match="au moins un token, pas 0"):
        tokens.pack([1, 2, 3], 0)


def test_neighbours_are_sorted_by_cosine(tokenizer):
    vectors = np.random.default_rng(0).normal(size=(len(tokenizer), 8))
    (source,) = tokens.encode_text(tokenizer, " le")
    (near,) = tokens.encode_text(tokenizer, " la")
    vectors[near] = 5 * vectors[source] + 0.01
    found = tokens.neighbours(vectors, tokenizer, "le", count=4)
    assert len(found) == 4
    assert found[0] == ("la", pytest.approx(1, abs=1e-3))
    assert [c for _, c in found] == sorted((c for _, c in found), reverse=True)


def test_neighbours_read_the_model(tiny_gpt2):
    model, tokenizer = tiny_gpt2
    assert len(tokens.neighbours(model.get_input_embeddings().weight.detach(), tokenizer, "le")) == 10


@pytest.mark.parametrize("word", ["anticonstitutionnellement", ""])
def test_neighbours_of_several_tokens(tiny_gpt2, word):
    model, tokenizer = tiny_gpt2
    with pytest.raises(WorkshopError, match="pas un seul token"):
        tokens.neighbours(model.get_input_embeddings().weight.detach(), tokenizer, word)


def test_coloured_shows_the_text_and_every_token(tokenizer):
    text = "Le <b>🐐</b>\nboit"
    shown = tokens.coloured(tokenizer, text)
    assert "".join(shown.pieces) == text
    assert list(shown.ids) == tokens.encode_text(tokenizer, text)
    html = shown._repr_html_()
    assert "<b>" not in html  # escaped
    assert [int(n) for n in re.findall(r"title='token n° (\d+)'", html)] == list(shown.ids)
    assert html.count("border:1px solid currentColor") == len(shown.ids)
    assert "<details>" in html and "↵" in html
    assert str(shown) == "|".join(tokens.tokens_of(tokenizer, list(shown.ids)))


def test_coloured_nothing(tokenizer):
    assert "0 tokens" in tokens.coloured(tokenizer, "")._repr_html_()
