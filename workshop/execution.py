"""Run a notebook from a program, cell after cell, and wait for each as long as it takes."""

import queue
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SLICE = 5.0  # seconds after which a channel is looked into, even if nothing was heard


def run(book: Any, folder: Path, environment: Mapping[str, str]) -> None:
    """Run every cell of a notebook in ``folder``; outputs and times are written into ``book``.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    from nbclient import NotebookClient

    class Client(NotebookClient):
        async def async_start_new_kernel_client(self) -> Any:
            kernel = await super().async_start_new_kernel_client()
            look_again(kernel.shell_channel)
            return kernel

    # without --log-level each kernel warns that it talks over TCP, even to this very machine
    options = {"resources": {"metadata": {"path": str(folder)}}, "extra_arguments": ["--log-level=ERROR"]}
    Client(book, timeout=None, **options).execute(env=dict(environment))


def look_again(channel: Any) -> None:
    """Let a channel of a kernel look for its messages now and then, instead of only when it is woken.

    The socket says once that a message has come.  On a busy machine pyzmq can miss it (seen with pyzmq 27.3: the reply lay in
    the socket, the kernel was idle, and the notebook waited for ever); looking again finds it.
    """
    get_msg = channel.get_msg

    async def patient(timeout: float | None = None) -> dict[str, Any]:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = SLICE if end is None else min(SLICE, max(0.0, end - time.monotonic()))
            try:
                return await get_msg(timeout=left)
            except queue.Empty:
                if end is not None and time.monotonic() >= end:
                    raise

    channel.get_msg = patient
