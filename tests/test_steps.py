"""The artefacts of the chapters, on the embedded corpus: made once, loaded after that, made again when something changed."""

import dataclasses

import pytest

from workshop import steps
from workshop.settings import settings


@pytest.fixture
def veillees(monkeypatch, tmp_path):
    """A session on the embedded corpus, with no network and an empty folder of outputs."""
    for name, value in {"WORKSHOP_COLLECTION": "veillees", "WORKSHOP_OFFLINE": "1", "WORKSHOP_OUTPUTS": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("WORKSHOP_BOOKS", raising=False)
    cached = (settings, steps.collection, steps.books, steps.dataset, steps.base_model)
    for function in cached:
        function.cache_clear()
    yield tmp_path
    for function in cached:
        function.cache_clear()


def test_the_trap_is_left_out_with_its_reason(veillees):
    left_out = [book for book in steps.books() if book.cleaned is None]
    assert [book.card.raw.book.id for book in left_out] and all("anglais" in book.card.left_out for book in left_out)
    assert {book.role for book in steps.kept_books()} == {"train", "test"}


def test_the_dataset_is_whole_split_by_book_and_made_once(veillees, monkeypatch):
    data = steps.dataset()
    assert set(data) == {"train", "validation", "test"} and set(data["train"].features) == {"text", "book", "chapter"}
    assert not set(data["test"]["book"]) & {*data["train"]["book"], *data["validation"]["book"]}
    kept = {book.title: book.text for book in steps.kept_books()}
    for title, whole in kept.items():
        rows = [row["text"] for part in ("train", "validation", "test") for row in data[part] if row["book"] == title]
        assert "\n".join(rows) == whole
    steps.dataset.cache_clear()
    monkeypatch.setattr(steps.cleaning, "split_by_book", lambda books: pytest.fail("made twice"))
    assert steps.dataset()["test"].num_rows == data["test"].num_rows


def test_the_books_are_taken_from_the_folder_first(veillees, monkeypatch, tmp_path):
    """A learner's own copy of a book wins over the embedded one."""
    from workshop import corpus

    own = tmp_path / "own"
    own.mkdir()
    book = next(book for book in corpus.catalogue("veillees") if book.role == "train")
    original = corpus.read(book)
    (own / book.file).write_text(original.text.replace("meunier", "boulanger"), encoding="utf-8")
    monkeypatch.setenv("WORKSHOP_BOOKS", str(own))
    settings.cache_clear()
    found = {one.card.raw.book.id: one.card.raw.found for one in steps.books()}
    assert found.pop(book.id) == "dossier" and set(found.values()) == {"embarqué"}


def test_other_authors_are_those_that_are_here_and_were_not_taught(veillees, monkeypatch, tmp_path):
    from workshop import corpus

    monkeypatch.setenv("WORKSHOP_CACHE", str(tmp_path / "empty"))
    settings.cache_clear()
    assert steps.other_authors() == {}, "the Veillées are the lesson itself, and Grimm is not here"
    monkeypatch.setattr(steps, "collection", lambda: "sand")
    assert set(steps.other_authors()) == {"une veillée"}
    grimm = next(book for book in corpus.catalogue() if book.id == "grimm-fr")
    own = tmp_path / "own"
    own.mkdir()
    veillee = next(book for book in corpus.catalogue("veillees") if book.role == "test")
    (own / grimm.file).write_text(corpus.read(veillee).text, encoding="utf-8")
    monkeypatch.setenv("WORKSHOP_BOOKS", str(own))
    settings.cache_clear()
    assert set(steps.other_authors()) == {"contes de Grimm", "une veillée"}


@pytest.mark.slow
def test_the_demonstration_runs_from_end_to_end(veillees, monkeypatch, capsys):
    """Everything that ``make demo`` does, with trainings cut to a few steps."""
    from workshop import demo, finetuning

    short = dataclasses.replace(finetuning.FineTuning(), max_steps=3, evaluations=1, evaluation_blocks=4)
    monkeypatch.setattr(finetuning, "FineTuning", lambda: short)
    monkeypatch.setattr(steps, "PREFIXES", 4000)
    monkeypatch.setattr(demo, "SAMPLE_TOKENS", 8)
    demo.run()
    printed = capsys.readouterr().out
    parts = [
        "La voie",
        "Les livres",
        "Le jeu de données",
        "Les tokens",
        "Le BiLSTM",
        "GPT-2, avant",
        "GPT-2, spécialisé",
        "Qui prévoit",
    ]
    places = [printed.index(f"━━ {part}") for part in parts]
    assert places == sorted(places) and "laissé de côté" in printed[places[1] : places[2]]
    rows = {row.model: row for row in steps.comparison()}
    assert rows["au hasard"].bits_per_character > rows["3-grammes (Kneser-Ney)"].bits_per_character
    assert rows["GPT-2 de base"].bits_per_character < rows["3-grammes (Kneser-Ney)"].bits_per_character
    written = {path.name for path in (veillees / "veillees").iterdir()}
    assert {"dataset", "tokenizer", "bilstm", "gpt2", "figures", "demo.json"} <= written
    assert {path.suffix for path in (veillees / "veillees" / "figures").iterdir()} == {".png"}
