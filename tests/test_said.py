"""What the prose of chapters 01 to 05 says of the books is true of the Veillées and of nine novels by George Sand."""

import math
import re
from collections import Counter
from statistics import mean, median

import numpy as np
import pytest

from workshop import bilstm, cleaning, corpus, steps, tokens
from workshop.generation import Gpt2Writer, softmax


@pytest.fixture(scope="module", params=["veillees", pytest.param("sand", marks=pytest.mark.slow)])
def books(request, tmp_path_factory):
    """A session with one collection or the other."""
    wanted = {"WORKSHOP_COLLECTION": request.param, "WORKSHOP_OFFLINE": "1", "WORKSHOP_BOOKS": ""}
    wanted["WORKSHOP_OUTPUTS"] = str(tmp_path_factory.mktemp(request.param))
    if request.param == "sand":
        wanted["WORKSHOP_BOOKS"] = str(request.getfixturevalue("shared_corpus") / "gutenberg")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in wanted.items():
            patch.setenv(name, value)
        steps.new_session()
        yield request.param
    steps.new_session()


@pytest.fixture(scope="module")
def words(books):
    return Counter(re.findall(r"[^\W\d_]{2,}", "\n".join(book.text for book in steps.kept_books()).lower()))


def test_there_is_a_second_start_and_an_end_in_send(books):
    lines = corpus.read(corpus.catalogue(books)[0]).text.splitlines()
    found = [line for line in lines if "START" in line or "END" in line]
    assert len(found) > 2 and sum("START" in line for line in found) == 2 and any("SEND" in line for line in found)


def test_the_one_book_that_is_not_french_is_seen_at_once(books):
    texts = [corpus.read(book).text for book in corpus.catalogue(books)]
    low, *others = sorted(cleaning.french_share(text) for text in texts)
    assert low < 0.1 < 0.3 < min(others)


def test_a_few_endless_sentences_pull_the_mean_up(books):
    paragraphs = [paragraph for book in steps.kept_books() for paragraph in book.paragraphs]
    punkt = cleaning.train_punkt(["\n".join(paragraphs)[:200_000]])
    lengths = [len(one.split()) for paragraph in paragraphs[:2000] for one in cleaning.split_sentences(paragraph, punkt)]
    assert mean(lengths) > 1.1 * median(lengths)


def test_the_law_of_zipf(words):
    ranked = [count for _, count in words.most_common()]
    assert all(rank * ranked[rank - 1] > ranked[0] for rank in range(2, 50)), "above the line, at the head"
    assert 0.8 < 10 * ranked[999] / ranked[99] < 1.25, "the slope of the middle"
    assert {1, 2, 3} < set(ranked) and ranked.count(1) > len(ranked) / 3, "steps at the end; a crowd of words seen once"


def test_every_book_has_words_of_its_own(words):
    for book in steps.kept_books():
        here = Counter(re.findall(r"[^\W\d_]{3,}", book.text.lower()))
        assert sum(2 * n > words[word] and n >= 5 for word, n in here.items()) >= 6, book.title


def test_what_tokenizers_make_of_another_language_and_of_their_own_lesson(books):
    tales = {book.id: cleaning.clean(corpus.read(book).text) for book in corpus.catalogue("veillees")}
    english, french = (tokens.train_bpe(tales[name].paragraphs, vocab_size=3000) for name in ("mill", "moulin"))
    exam = steps.text("test")
    assert tokens.fertility(english, exam) > 1.4 * tokens.fertility(french, exam)
    assert tokens.fertility(english, tales["mill"].text) < 0.8 * tokens.fertility(french, exam)


def test_almost_everything_is_lost_by_an_equality(books):
    _, tokenizer = steps.base_model()
    sample = steps.dataset()["train"]["text"][:1500]
    punkt = cleaning.train_punkt(sample)
    sentences = [phrase for text in sample for phrase in cleaning.split_sentences(text, punkt)]
    pieces = tokenizer(sentences, truncation=True, max_length=100, return_overflowing_tokens=True)["input_ids"]
    found = [len(piece) for piece in pieces]
    assert sum(n for n in found if n == 100) < 0.1 * sum(found)


def test_a_specialised_tokenizer_gains_most_where_it_learnt(books):
    _, before = steps.base_model()
    lesson, exam = steps.text("train"), steps.text("test")
    after = tokens.specialise_tokenizer(before, [lesson.splitlines()], len(before))
    learnt, unseen = (tokens.fertility(before, text) - tokens.fertility(after, text) for text in (lesson[:400_000], exam))
    assert learnt > unseen > -0.05


def test_a_vocabulary_takes_most_of_the_bilstm_which_begins_by_knowing_nothing(books):
    tokenizer = steps.bilstm_tokenizer()
    network = bilstm.build_bilstm(len(tokenizer), steps.WINDOW)
    embedding, *_, output = (layer.count_params() for layer in network.layers)
    assert embedding + output > 0.7 * network.count_params()
    loss, _ = network.evaluate(*steps.bilstm_sequences("validation", tokenizer, 300), verbose=0)
    assert loss == pytest.approx(math.log(len(tokenizer)), abs=0.1)


@pytest.fixture(scope="module")
def few(books):
    """The small tokenizer of the three pages, these pages and those to watch, as guesses."""
    tokenizer = steps.bilstm_tokenizer()
    small = tokens.specialise_tokenizer(tokenizer, [steps.dataset()["train"]["text"][:1500]], 500)
    texts = steps.text("train")[:5500], steps.text("validation")[:3500]
    return small, *(bilstm.prefix_sequences(small(text, verbose=False)["input_ids"], steps.WINDOW) for text in texts)


def test_five_hundred_tokens_are_mostly_pieces_of_words(few):
    small, *_ = few
    text = steps.text("train")[:5500]
    words = re.findall(r"[^\W\d_]{2,}", text)
    assert sum(len(small(f" {word}")["input_ids"]) > 1 for word in words) > len(words) / 2


@pytest.mark.slow
def test_three_pages_are_learnt_by_heart_and_early_stopping_avoids_the_climb(few, tmp_path):
    from keras.callbacks import EarlyStopping, ModelCheckpoint

    _, lesson, check = few

    def curves(*guards, **remedies):
        network = bilstm.build_bilstm(500, steps.WINDOW, units=48, learning_rate=1e-2, **remedies)
        fit = network.fit(*lesson, validation_data=check, epochs=30, batch_size=128, verbose=0, callbacks=list(guards))
        return fit.history["loss"], fit.history["val_loss"]

    learnt, unseen = curves(dropout=0.0, l2=0.0)
    assert learnt[-1] < 0.5 < min(unseen) < unseen[0] and unseen[-1] > min(unseen) + 2, "falls, falls; goes down, and up again"
    best = ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
    _, cared = curves(best, EarlyStopping(patience=2), dropout=0.5)
    assert len(cared) < 30 and max(cared[int(np.argmin(cared)) :]) < unseen[-1] - 1, "no climb, and time is saved"
    assert min(cared) > min(unseen) - 0.3, "the hollow itself is hardly lower"


def test_a_long_tail_and_no_k_that_suits_every_beginning(books):
    model, tokenizer = steps.base_model()
    assert len(tokenizer) > 2000
    writer, needed = Gpt2Writer(model, tokenizer), []
    for text in ("— Bonsoir, dit-il", "Il n’y avait", "Il faisait si froid que", "Le meunier prit son"):
        ranked = np.sort(softmax(writer.start(writer.encode(text)).astype(float)))[::-1]
        needed.append(int((ranked.cumsum() < 0.9).sum()) + 1)
    assert max(needed) > 4 * min(needed)
    assert ranked[50:].sum() > 0.05 > ranked[1000:].sum()
