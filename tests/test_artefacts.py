"""Artefacts are built once, are whole or absent, and are made again when damaged or out of date."""

import errno
import json
import multiprocessing
import os
import signal
import time

import pytest

from workshop.base import keeping
from workshop.base.errors import WorkshopError
from workshop.base.keeping import RECORD, obtain, replace


def _build(folder):
    (folder / "value.txt").write_text("42", encoding="utf-8")


def _load(folder):
    return int((folder / "value.txt").read_text(encoding="utf-8"))


def _ask(folder, build=_build, made_from=None):
    return obtain(folder, made_from or {"corpus": "a"}, build, _load, "La valeur")


def test_it_is_built_once_then_loaded(tmp_path):
    assert _ask(tmp_path / "x") == 42

    def never(folder):
        raise AssertionError("built twice")

    assert _ask(tmp_path / "x", never) == 42


@pytest.fixture
def said(monkeypatch):
    """What the attendee is told."""
    sentences = []
    monkeypatch.setattr(keeping, "say", sentences.append)
    return sentences


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        ({"books": "a"}, {"books": "b"}, "d’autres textes"),
        ({"books": "a", "base": 1}, {"books": "b", "base": 2}, "d’autres textes et un autre modèle de base"),
        ({"books": "a", "window": 1}, {"books": "a", "window": 2}, "d’autres réglages"),
        ({"books": "a"}, {"books": "a", "base": 1}, "un autre modèle de base"),  # as an older version recorded it
        ({"books": "a", "size": 1}, {"books": "a"}, "d’autres réglages"),
    ],
)
def test_another_origin_makes_it_again_and_says_why(tmp_path, said, before, now, reason):
    _ask(tmp_path / "x", made_from=before)
    calls = []
    _ask(tmp_path / "x", lambda folder: (calls.append(1), _build(folder)), now)
    assert calls == [1] and json.loads((tmp_path / "x" / RECORD).read_text(encoding="utf-8")) == now
    assert said == ["La valeur : préparation…", f"La valeur, fait avec {reason}, est refait…"]


@pytest.mark.parametrize("record", [b"[1]", b"{ cut sho", b"\xff\xfe\x00", None])
def test_a_record_that_means_nothing_is_none(tmp_path, said, record):
    _ask(tmp_path / "x")
    (tmp_path / "x" / RECORD).unlink()
    if record is None:
        (tmp_path / "x" / RECORD).mkdir()
    else:
        (tmp_path / "x" / RECORD).write_bytes(record)
    assert _ask(tmp_path / "x") == 42 and said[1:] == ["La valeur : préparation…"]


def test_a_damaged_one_is_made_again(tmp_path):
    _ask(tmp_path / "x")
    (tmp_path / "x" / "value.txt").write_text("garbage", encoding="utf-8")
    assert _ask(tmp_path / "x") == 42


@pytest.mark.parametrize("damage", [b"41", b"", b"4", None])
def test_files_that_can_still_be_read_but_are_not_those_that_were_written(tmp_path, said, damage):
    """Weights with altered bytes load as well as others, and write nonsense."""
    _ask(tmp_path / "x")
    file = tmp_path / "x" / "value.txt"
    file.unlink() if damage is None else file.write_bytes(damage)
    assert _ask(tmp_path / "x") == 42
    assert said[1:] == ["La valeur\u00a0: le contenu de «\u00a0x\u00a0» est abîmé, il est refait."]


@pytest.mark.parametrize("name", [".x.training.lock", ".DS_Store", ".ipynb_checkpoints/value-checkpoint.txt"])
def test_hidden_files_are_not_of_the_artefact(tmp_path, said, name):
    def build(folder):
        _build(folder)
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("something", encoding="utf-8")

    _ask(tmp_path / "x", build)
    (tmp_path / "x" / name).write_text("something else", encoding="utf-8")
    assert _ask(tmp_path / "x", lambda folder: pytest.fail("built twice")) == 42
    (tmp_path / "x" / name).unlink()
    assert keeping.is_sound(tmp_path / "x") and len(said) == 1


@pytest.mark.skipif(os.name == "nt", reason="rights of Unix")
def test_what_is_saved_is_as_open_as_what_is_built(tmp_path):
    _ask(tmp_path / "built")
    keeping.save(tmp_path / "saved", _build)
    assert (tmp_path / "saved").stat().st_mode == (tmp_path / "built").stat().st_mode


def test_files_in_folders_of_an_artefact_are_looked_at_too(tmp_path, said):
    def build(folder):
        (folder / "data" / "train").mkdir(parents=True)
        (folder / "data" / "train" / "rows.arrow").write_bytes(bytes(1000))
        _build(folder)

    _ask(tmp_path / "x", build)
    (tmp_path / "x" / "data" / "train" / "rows.arrow").write_bytes(bytes(999) + b"1")
    _ask(tmp_path / "x", build)
    assert "abîmé" in said[-1]
    assert (tmp_path / "x" / "data" / "train" / "rows.arrow").read_bytes() == bytes(1000)


@pytest.mark.parametrize("sums", ["{", "[]", '{"value.txt": "what"}'])
def test_damaged_checksums_are_damage(tmp_path, said, sums):
    _ask(tmp_path / "x")
    (tmp_path / "x" / keeping.SUMS).write_text(sums, encoding="utf-8")
    assert _ask(tmp_path / "x") == 42 and "abîmé" in said[-1]


def test_an_artefact_of_an_older_version_without_checksums_is_believed(tmp_path, said):
    _ask(tmp_path / "x")
    (tmp_path / "x" / keeping.SUMS).unlink()
    assert _ask(tmp_path / "x") == 42 and len(said) == 1


def test_a_full_disk_leaves_the_old_one_and_says_what_to_do(tmp_path):
    _ask(tmp_path / "x")

    def full(folder):
        _build(folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(WorkshopError, match="libérez de la place"):
        _ask(tmp_path / "x", full, {"corpus": "b"})
    assert _load(tmp_path / "x") == 42
    assert not (tmp_path / "x.part").exists()


@pytest.mark.parametrize("ways", ["obtained", "kept"])
@pytest.mark.parametrize("kind", ["tokenizer", "model", "text"])
def test_a_full_disk_is_the_same_sentence_whichever_library_writes(tmp_path, tiny_gpt2, kind, ways):
    """Their errors are not all those of the system: tokenizers and safetensors are written in another language."""
    resource, model_and_words = pytest.importorskip("resource"), tiny_gpt2
    write = {"model": model_and_words[0].save_pretrained, "tokenizer": model_and_words[1].save_pretrained}
    write["text"] = lambda folder: (folder / "x").write_bytes(bytes(5000))
    before, hear = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(WorkshopError, match=r"le disque est plein.*libérez de la place"):
            _ask(tmp_path / "x", write[kind]) if ways == "obtained" else keeping.save(tmp_path / "x", write[kind])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, hear)
    assert {path.name for path in tmp_path.iterdir()} <= {"x.lock"}


def test_a_sentence_that_was_said_already_is_not_said_again_in_other_words(tmp_path):
    place = tmp_path / "x"
    with (
        pytest.raises(WorkshopError, match="dernière sauvegarde"),
        keeping.writing(place, "Le GPT-2"),
        keeping.disk_full_said(place),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("content", ["[]", "null", "3", '"x"', "[" * 100_000, "{", "\0", '{"done": 3}', '{"history": null}'])
def test_a_journal_that_means_nothing_is_none(tmp_path, monkeypatch, content):
    from workshop import exercises, steps

    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path))
    monkeypatch.setattr(steps, "folder", lambda name: tmp_path)
    steps.settings.cache_clear()
    for name in ("progress.json", "training.json", "history.json", RECORD):
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert exercises.done() == set() and not steps.training_history()
    assert keeping.recorded(tmp_path) in (None, {"done": 3}, {"history": None})
    steps.settings.cache_clear()


@pytest.mark.parametrize("name", ["outputs", "x.part"])
def test_a_place_that_is_taken_is_said_in_one_sentence(tmp_path, name):
    folder = tmp_path / "outputs" / "x"
    taken = folder.parent if name == "outputs" else folder.with_name(name)
    taken.parent.mkdir(exist_ok=True)
    taken.write_text("a file of the attendee", encoding="utf-8")
    with pytest.raises(WorkshopError, match="WORKSHOP_OUTPUTS"):
        _ask(folder)
    assert taken.read_text(encoding="utf-8") == "a file of the attendee"


def test_what_is_there_is_read_where_nothing_can_be_written(tmp_path):
    """As in a folder that is shared to be read only: the lock, which would be the first thing written, cannot be had."""
    _ask(tmp_path / "x")
    (tmp_path / "x.lock").unlink(missing_ok=True)
    (tmp_path / "x.lock").mkdir()
    assert _ask(tmp_path / "x", lambda folder: pytest.fail("built twice")) == 42


def test_a_folder_that_another_program_holds_open_stays_as_it_was(tmp_path, monkeypatch):
    """On Windows, a folder cannot be renamed while a file in it is open."""
    _ask(tmp_path / "x")
    rename = type(tmp_path).rename

    def held(path, target):
        if path.name == "x.part":
            raise PermissionError(errno.EACCES, "Access is denied")
        return rename(path, target)

    monkeypatch.setattr(type(tmp_path), "rename", held)
    with pytest.raises(WorkshopError, match="fermez les autres carnets"):
        _ask(tmp_path / "x", made_from={"corpus": "b"})
    assert _load(tmp_path / "x") == 42 and sorted(path.suffix for path in tmp_path.iterdir()) in ([""], ["", ".lock"])


def test_a_replacement_that_is_not_there_leaves_the_old_one(tmp_path):
    (tmp_path / "x").mkdir()
    _build(tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        replace(tmp_path / "new", tmp_path / "x")
    assert _load(tmp_path / "x") == 42


@pytest.mark.parametrize("accident", [KeyboardInterrupt, ValueError])
def test_an_interrupted_build_leaves_nothing_behind(tmp_path, accident):
    def cut(folder):
        _build(folder)
        raise accident

    with pytest.raises(accident):
        _ask(tmp_path / "x", cut)
    assert not (tmp_path / "x").exists() and not (tmp_path / "x.part").exists()


def _slow_build(folder):
    with open(folder.parent / "builds.txt", "a", encoding="utf-8") as file:
        file.write("built\n")
    time.sleep(0.5)
    _build(folder)


def _kernel(folder, together):
    together.wait()
    assert _ask(folder, _slow_build) == 42


def test_two_kernels_build_it_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(2)
    kernels = [context.Process(target=_kernel, args=(tmp_path / "x", together)) for _ in range(2)]
    for kernel in kernels:
        kernel.start()
    for kernel in kernels:
        kernel.join()
    assert [kernel.exitcode for kernel in kernels] == [0, 0]
    assert (tmp_path / "builds.txt").read_text(encoding="utf-8") == "built\n"


def test_what_a_killed_one_left_half_written_is_removed_a_day_later(tmp_path):
    for name in (".model.old.part", ".model.new.part", ".other.old.part", ".model.kept"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights").write_text("half", encoding="utf-8")
        age = time.time() - 2 * 86_400 * ("new" not in name)  # another kernel may be writing the newest
        os.utime(tmp_path / name, (age, age))
    keeping.save(tmp_path / "model", _build)
    assert {path.name for path in tmp_path.iterdir()} - {"model.lock"} == {
        "model",
        ".model.new.part",
        ".other.old.part",
        ".model.kept",
    }
    with pytest.raises(ZeroDivisionError):
        keeping.save(tmp_path / "model", lambda folder: 1 / 0)
    assert _load(tmp_path / "model") == 42 and len([*tmp_path.glob(".model.*.part")]) == 1
