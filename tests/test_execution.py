"""Notebooks run from a program."""

import asyncio
import os
import queue

import nbformat.v4 as v4
import pytest

from workshop.backstage import measures


class Deaf:
    """A channel that is not woken by the message that lies in it, and sees it only when it is asked again."""

    def __init__(self, times: int):
        self.times, self.asked = times, 0

    async def get_msg(self, timeout: float) -> dict:
        self.asked += 1
        if self.asked <= self.times:
            await asyncio.sleep(timeout)
            raise queue.Empty
        return {"msg_type": "execute_reply"}


def test_a_reply_whose_arrival_was_missed_is_found(monkeypatch):
    monkeypatch.setattr(measures, "SLICE", 0.01)
    channel = Deaf(3)
    measures.look_again(channel)
    assert asyncio.run(channel.get_msg()) == {"msg_type": "execute_reply"} and channel.asked == 4


def test_who_waits_for_a_time_waits_no_longer(monkeypatch):
    monkeypatch.setattr(measures, "SLICE", 0.01)
    channel = Deaf(10**9)
    measures.look_again(channel)
    with pytest.raises(queue.Empty):
        asyncio.run(channel.get_msg(timeout=0.05))


def test_a_kernel_that_dies_ends_the_wait(tmp_path):
    from nbclient.exceptions import DeadKernelError

    book = v4.new_notebook(cells=[v4.new_code_cell("import os; os._exit(1)")])
    with pytest.raises(DeadKernelError):
        measures.run(book, tmp_path, os.environ)


def test_cells_run_in_the_folder_with_the_environment(tmp_path):
    book = v4.new_notebook(cells=[v4.new_code_cell("import os, pathlib; print(os.environ['PLACE'], pathlib.Path.cwd().name)")])
    measures.run(book, tmp_path, os.environ | {"PLACE": "ici"})
    assert book.cells[0].outputs[0].text == f"ici {tmp_path.name}\n"
