"""Artefacts are built once, are whole or absent, and are made again when damaged or out of date."""

import errno
import multiprocessing
import time

import pytest

from workshop.artefacts import obtain
from workshop.errors import WorkshopError


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


def test_another_origin_makes_it_again(tmp_path):
    _ask(tmp_path / "x")
    calls = []
    _ask(tmp_path / "x", lambda folder: (calls.append(1), _build(folder)), {"corpus": "b"})
    assert calls == [1]


def test_a_damaged_one_is_made_again(tmp_path):
    _ask(tmp_path / "x")
    (tmp_path / "x" / "value.txt").write_text("garbage", encoding="utf-8")
    assert _ask(tmp_path / "x") == 42


def test_a_full_disk_leaves_the_old_one_and_says_what_to_do(tmp_path):
    _ask(tmp_path / "x")

    def full(folder):
        _build(folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(WorkshopError, match="libérez de la place"):
        _ask(tmp_path / "x", full, {"corpus": "b"})
    assert _load(tmp_path / "x") == 42
    assert not (tmp_path / "x.part").exists()


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


def _kernel(folder):
    assert _ask(folder, _slow_build) == 42


def test_two_kernels_build_it_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    kernels = [context.Process(target=_kernel, args=(tmp_path / "x",)) for _ in range(2)]
    for kernel in kernels:
        kernel.start()
    for kernel in kernels:
        kernel.join(60)
    assert [kernel.exitcode for kernel in kernels] == [0, 0]
    assert (tmp_path / "builds.txt").read_text(encoding="utf-8") == "built\n"
