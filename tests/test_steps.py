"""The artefacts of the chapters, on the embedded corpus: made once, loaded after that, made again when something changed."""

import dataclasses
import json
import shutil
import threading
from types import SimpleNamespace

import pytest

from workshop import cli, steps, writers
from workshop.base import keeping
from workshop.base.errors import WorkshopError
from workshop.gpt2 import finetuning


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
    steps.new_session()
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
    steps.new_session()
    found = {one.card.raw.book.id: one.card.raw.found for one in steps.books()}
    assert found.pop(book.id) == "dossier" and set(found.values()) == {"embarqué"}


def test_other_authors_are_those_that_are_here_and_were_not_taught(veillees, monkeypatch, tmp_path):
    from workshop import corpus

    monkeypatch.setenv("WORKSHOP_CACHE", str(tmp_path / "empty"))
    steps.new_session()
    assert steps.other_authors() == {}, "the Veillées are the lesson itself, and Grimm is not here"
    monkeypatch.setattr(steps, "collection", lambda: "sand")
    assert set(steps.other_authors()) == {"une veillée"}
    grimm = next(book for book in corpus.catalogue() if book.id == "grimm-fr")
    own = tmp_path / "own"
    own.mkdir()
    veillee = next(book for book in corpus.catalogue("veillees") if book.role == "test")
    (own / grimm.file).write_text(corpus.read(veillee).text, encoding="utf-8")
    monkeypatch.setenv("WORKSHOP_BOOKS", str(own))
    steps.new_session()
    assert set(steps.other_authors()) == {"contes de Grimm", "une veillée"}
    ours = [book for book in corpus.catalogue() if book.id != "grimm-fr"]  # a catalogue may do without
    monkeypatch.setattr(corpus, "catalogue", lambda *_: ours)
    assert set(steps.other_authors()) == {"une veillée"}


@pytest.fixture
def base(veillees, monkeypatch, tiny_gpt2):
    """A folder with the base model of the session, which may be replaced by another of the same name and size."""
    folder = veillees / "base"
    for part in tiny_gpt2:
        part.save_pretrained(folder)
    monkeypatch.setenv("MODEL_NAME", str(folder))
    steps.new_session()
    return folder


@pytest.fixture
def said(monkeypatch):
    """What the attendee is told."""
    sentences = []
    for module in (keeping, steps):
        monkeypatch.setattr(module, "say", sentences.append)
    return sentences


@pytest.fixture
def trainings(monkeypatch, tiny_gpt2):
    """The settings of each specialisation that was asked for; none really happens."""
    made = []

    def trained(model, tokenizer, train, validation, out, recipe, *_):
        for part in (model, tokenizer):
            part.save_pretrained(out)
        made.append(recipe)
        return finetuning.Result(model, [], 3, 3, out)

    monkeypatch.setattr(steps, "BLOCK", 64)
    monkeypatch.setattr(finetuning, "fine_tune", trained)
    return made


def _replace_weights(folder):
    import torch
    from safetensors.torch import load_file, save_file

    weights = {name: torch.randn_like(value) for name, value in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    steps.new_session()


def test_a_model_specialised_from_another_base_is_noticed_said_and_made_again(base, trainings, said):
    ours, mine = finetuning.FineTuning(), finetuning.FineTuning(epochs=2.0)
    for recipe in (None, None, mine, None):
        steps.specialised_model(recipe)
    assert trainings == [ours, mine]
    said.clear()
    _replace_weights(base)
    steps.specialised_model()
    assert trainings == [ours, mine, mine], "the settings that the attendee chose are kept"
    assert said[0] == "Le GPT-2 spécialisé, fait avec un autre modèle de base, est refait…"
    steps.specialised_model()
    assert len(trainings) == 3


@pytest.mark.parametrize(("typed", "expected"), [([], None), (["--max-steps", "3"], finetuning.FineTuning(max_steps=3))])
def test_the_command_specialises_as_the_chapter_does(monkeypatch, typed, expected):
    """The entry point of ``accelerate launch``."""
    asked = []
    monkeypatch.setattr(steps, "specialised_model", asked.append)
    assert cli.main(["finetune", *typed]) == 0 and asked == [expected]


@pytest.mark.parametrize(
    "recipe",
    [
        {"epochs": 2.0},  # the others were not settings yet
        {"epochs": 2.0, "rate": 1},  # this one is a setting no more
        None,
        [],
    ],
)
def test_settings_that_an_older_version_wrote_do_no_harm(base, trainings, recipe):
    steps.specialised_model(finetuning.FineTuning(epochs=3.0))
    file = steps.folder("gpt2") / keeping.RECORD
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"recipe": recipe}), encoding="utf-8")
    steps.specialised_model()
    kept = {"epochs": 2.0} if recipe == {"epochs": 2.0} else {}
    assert trainings[1:] == [finetuning.FineTuning(**kept)]


def test_another_way_to_clean_the_books_makes_the_dataset_again(veillees, monkeypatch, said):
    before = len(steps.dataset()["train"])
    steps.new_session()
    clean = steps.cleaning.clean

    def shorter(*given):
        book = clean(*given)
        return dataclasses.replace(book, paragraphs=book.paragraphs[:-10], chapters=book.chapters[:-10])

    monkeypatch.setattr(steps.cleaning, "clean", shorter)
    said.clear()
    assert len(steps.dataset()["train"]) < before
    assert said == ["Le jeu de données, fait avec d’autres textes, est refait…"]


def test_a_bilstm_is_not_read_with_the_numbers_of_another_tokenizer(base, monkeypatch, said):
    monkeypatch.setattr(steps, "VOCABULARY", 300)
    first = steps.bilstm_tokenizer()
    trained = steps.folder("bilstm")
    trained.mkdir()
    keeping.record(trained, {})
    assert steps.bilstm_tokenizer().get_vocab() == first.get_vocab() and (trained / keeping.RECORD).is_file()
    (base / "spiece.model").write_bytes(b"of another library")  # the tokenizer, in older models
    steps.new_session()
    steps.bilstm_tokenizer()
    assert said[-1] == "Le tokenizer spécialisé, fait avec un autre modèle de base, est refait…"
    keeping.record(trained, {})
    rules = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))
    rules["normalizer"] = {"type": "Lowercase"}
    (base / "tokenizer.json").write_text(json.dumps(rules), encoding="utf-8")
    steps.new_session()
    said.clear()
    assert steps.bilstm_tokenizer().get_vocab() != first.get_vocab()
    assert said == ["Le tokenizer spécialisé, fait avec un autre modèle de base, est refait…"]
    with pytest.raises(WorkshopError, match="chapitre 03"):
        writers.find("bilstm")


@pytest.fixture
def networks(base, monkeypatch):
    """Each training of a BiLSTM writes the seed into its file, and is cut where ``cut`` is on; none really happens."""
    from workshop import bilstm

    made = SimpleNamespace(seeds=[], cut=False)

    def train(model, training, validation, checkpoint, epochs, watch):
        made.seeds.append(steps.settings().seed)
        work = bilstm._work(checkpoint)
        work.mkdir(parents=True, exist_ok=True)
        if not (made.cut and checkpoint.exists()):
            checkpoint.write_text(str(made.seeds[-1]), encoding="utf-8")
        if not made.cut:
            shutil.rmtree(work)
        return {"loss": [made.seeds[-1]]}

    for name, stand_in in {"train": train, "load": lambda path: path.read_text(encoding="utf-8"), "build_bilstm": None}.items():
        monkeypatch.setattr(bilstm, name, stand_in or (lambda *_, **__: None))
    monkeypatch.setattr(steps, "VOCABULARY", 300)
    monkeypatch.setattr(steps, "use_keras", lambda: None)
    monkeypatch.setattr(steps, "bilstm_sequences", lambda *_: None)
    return made


def test_a_training_that_is_cut_leaves_a_finished_bilstm_whole(networks, monkeypatch):
    """With another seed, say; and the playground writes with the one that is finished."""
    steps.bilstm()
    networks.cut = True
    monkeypatch.setenv("WORKSHOP_SEED", "7")
    steps.new_session()
    steps.bilstm()
    assert networks.seeds == [0, 7] and steps.bilstm_history() == {"loss": [7]}
    place = steps.folder("bilstm")
    assert (place / keeping.RECORD).is_file() and keeping.is_whole(place)
    monkeypatch.setenv("WORKSHOP_SEED", "0")
    steps.new_session()
    assert steps.bilstm()[0] == "0" and networks.seeds == [0, 7]
    networks.cut = False
    monkeypatch.setenv("WORKSHOP_SEED", "7")
    steps.new_session()
    steps.bilstm()
    assert steps.bilstm_history() == {"loss": [7]} and steps.bilstm()[0] == "7"


@pytest.mark.parametrize("make", [steps.bilstm, steps.specialised_model])
def test_a_place_where_nothing_can_be_written_is_one_sentence(make, base, monkeypatch):
    """The locks are the first things that trainings write; here they cannot be had."""
    monkeypatch.setattr(steps, "VOCABULARY", 300)
    monkeypatch.setattr(steps, "PREFIXES", 100)
    monkeypatch.setattr(steps, "BLOCK", 64)
    for lock in ("bilstm/.bilstm.training.lock", ".gpt2.checkpoints.lock"):
        steps.folder(lock).mkdir(parents=True)
    with pytest.raises(WorkshopError, match=r"n’a pas pu être écrit.*\(WORKSHOP_OUTPUTS\)"):
        make()


@pytest.mark.parametrize("most", [None, 10])
@pytest.mark.parametrize("ids", [[], [5]])
def test_a_part_too_short_gives_no_sequence(ids, most, monkeypatch):
    monkeypatch.setattr(steps, "encode", lambda *_: ids)
    inputs, targets = steps.bilstm_sequences("validation", None, most)
    assert inputs.shape == (0, steps.WINDOW) and targets.shape == (0,)


def test_a_damaged_specialised_model_is_never_written_with(base, trainings, said):
    steps.specialised_model()
    weights = next(steps.folder("gpt2").glob("model*.safetensors"))
    data = bytearray(weights.read_bytes())
    data[-5] ^= 64
    weights.write_bytes(data)
    with pytest.raises(WorkshopError, match="abîmé"):
        steps.specialised_folder()
    before = len(trainings)
    steps.specialised_model()
    assert len(trainings) == before + 1 and any("abîmé" in line for line in said)


def test_two_notebooks_that_save_at_once_leave_one_whole_folder(veillees):
    def save(name):
        def write(folder):
            for i in range(30):
                (folder / f"{i}.txt").write_text(name, encoding="utf-8")

        return lambda: [steps.keep("mine", write) for _ in range(20)]

    threads = [threading.Thread(target=save(name)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({path.read_text(encoding="utf-8") for path in steps.folder("mine").iterdir()}) == 1
    assert len(list(steps.folder("mine").iterdir())) == 30


@pytest.mark.parametrize("content", ["{ cut sho", "", "[]"])
def test_a_damaged_history_is_an_empty_one(veillees, content):
    for name in ("bilstm/history.json", "gpt2/training.json"):
        file = steps.folder(name)
        file.parent.mkdir(parents=True)
        file.write_text(content, encoding="utf-8")
    assert steps.bilstm_history() == {} and steps.training_history() == []


@pytest.mark.slow
def test_the_demonstration_runs_from_end_to_end(veillees, monkeypatch, capsys):
    """Everything that ``make demo`` does, with trainings cut to a few steps."""
    from workshop import terminal

    short = dataclasses.replace(finetuning.FineTuning(), max_steps=3, evaluations=1, evaluation_blocks=4)
    monkeypatch.setattr(finetuning, "FineTuning", lambda: short)
    monkeypatch.setattr(steps, "PREFIXES", 1000)
    monkeypatch.setattr(terminal, "SAMPLE_TOKENS", 8)
    terminal.demo()
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
