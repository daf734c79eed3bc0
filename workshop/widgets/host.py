"""The server of the page of ``make app``: Voilà, which counts its visitors, and leaves nothing running behind them.

``python -m workshop.widgets.host NOTEBOOK OPTIONS`` (the options are Voilà's).  Each visit has a kernel of its own, which ends

- when the visitor leaves (the page says so as it closes),
- a minute after the browser was last heard of, if the page could not say it,
- with the server, whatever ends it: Ctrl+C, SIGTERM, a container that stops.
"""

import asyncio
import contextlib
import logging
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import tornado.ioloop
import tornado.web
from jupyter_client.multikernelmanager import MultiKernelManager
from jupyter_core.utils import ensure_async
from nbclient.exceptions import DeadKernelError
from traitlets import Float, Integer
from traitlets.config import Config
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from ..base import identity
from ..machine.resources import memory_gb

KERNEL_GB = 0.45  # what a visitor takes once the model is loaded (0.35 measured), and some air
RESERVE_GB = 0.4  # of the machine's memory, which is left to everything else
FORSAKEN = timedelta(seconds=20)  # without any page: a kernel that may go at once, when its place is needed
FULL = Path(__file__).with_name("full.html")


def full_house() -> str:
    """Return the page for who comes when all places are taken."""
    return FULL.read_text(encoding="utf-8").replace("/* identity */", identity.style("system"))


def places(running: int, free_gb: float) -> int:
    """Return how many more visitors the memory allows, with ``free_gb`` at hand and ``running`` kernels.

    One visitor is let in even on a machine that has very little: whether it is enough, they will see.
    """
    return max(int((free_gb - RESERVE_GB) / KERNEL_GB), 0 if running else 1)


def free_gb() -> float:
    """Return the memory that is at hand, in GB: the machine's, within what a container may take."""
    free = psutil.virtual_memory().available / 1e9
    limit = memory_gb()
    if limit is None:
        return free
    own = psutil.Process()
    return min(free, limit - sum(_resident(one) for one in (own, *own.children(recursive=True))))


def _resident(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / 1e9
    except psutil.Error:  # it has just ended
        return 0.0


class Register:
    """A manager of kernels that writes down which ones it starts."""

    def __init__(self, manager: MultiKernelManager, started: list[str]):
        """Add to ``started`` what ``manager`` starts."""
        self.manager, self.started = manager, started

    def __getattr__(self, name: str) -> Any:
        """Hand on everything else."""
        return getattr(self.manager, name)

    async def start_kernel(self, **options: Any) -> str:
        """Start a kernel and return its name."""
        kernel = await ensure_async(self.manager.start_kernel(**options))
        self.started.append(kernel)
        return kernel


class Visit(TornadoVoilaHandler):
    """The page, or a sentence when there is no room for one more visitor."""

    def initialize(self, **kwargs: object) -> None:
        """Begin with no kernel."""
        super().initialize(**kwargs)
        self._started: list[str] = []
        self._serving: asyncio.Future | None = None
        self._ending: list[asyncio.Future] = []

    @tornado.web.authenticated
    async def get(self, path: str | None = None) -> None:
        """Serve the page; its cookie lets it say good-bye."""
        if not await self._room():
            self.set_status(503)
            self.set_header("Retry-After", "20")
            self.finish(full_house())
            return
        _ = self.xsrf_token  # reading it sets the cookie, without which the page may not end its kernel
        self._serving = asyncio.ensure_future(super().get(path))
        with contextlib.suppress(asyncio.CancelledError):
            await self._serving

    @property
    def kernel_manager(self) -> "Register":
        """The server's kernels, of which this visit's own are written down."""
        return Register(self.settings["kernel_manager"], self._started)

    def on_connection_close(self) -> None:
        """End the kernel of somebody who has left before the page was whole: nobody else will."""
        if self._serving:
            self._serving.cancel()
        manager = self.settings["kernel_manager"]
        ends = [ensure_async(manager.shutdown_kernel(kernel, now=True)) for kernel in self._started if kernel in manager]
        self._ending = [asyncio.ensure_future(end) for end in ends]

    async def _room(self) -> bool:
        """Say whether one more kernel has its place; those that no page holds any more leave theirs first."""
        host: Host = self.settings["voila"]
        if host.room():
            return True
        await host.dismiss()
        return host.room()


class Host(Voila):
    """Voilà for the playground."""

    visitors = Integer(0, help="The most visitors at a time; 0: as many as the memory allows.").tag(config=True)
    forget_after = Float(60.0, help="Seconds after which a kernel without a page ends.").tag(config=True)

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the options; what ends forgotten kernels is set here."""
        super().initialize(argv)
        culling = {"cull_idle_timeout": int(self.forget_after), "cull_interval": max(1, int(self.forget_after / 4))}
        self.update_config(Config({"MappingKernelManager": culling, "AsyncMappingKernelManager": culling}))
        if os.name == "posix":  # files of this user: nothing of a kernel on any network, and no warning about it
            self.update_config(Config({"KernelManager": {"transport": "ipc"}}))
        self.log.addFilter(self._is_for_the_terminal)

    def _is_for_the_terminal(self, record: logging.LogRecord) -> bool:
        """Say whether whoever has started the page is to read this: its address, in French, and what went wrong."""
        if "running at" in record.getMessage():
            record.msg, record.args = f"Le bac à sable est ouvert\u00a0: {self.display_url}\nPour l’arrêter\u00a0: Ctrl+C.", ()
            return True
        left = record.exc_info and isinstance(record.exc_info[1], DeadKernelError)
        return record.levelno >= logging.ERROR and not left and "Kernel died" not in record.getMessage()

    def init_handlers(self) -> list:
        """Put :class:`Visit` in the place of Voilà's own page."""
        return [(where, Visit if what is TornadoVoilaHandler else what, *more) for where, what, *more in super().init_handlers()]

    def listen(self) -> None:
        """Serve; what was running in the kernel of somebody who has left ends without a word."""
        tornado.ioloop.IOLoop.current().asyncio_loop.set_exception_handler(_say_what_matters)  # type: ignore[attr-defined]
        super().listen()

    def room(self) -> bool:
        """Say whether one more visitor has a place."""
        running = len(self.kernel_manager.list_kernel_ids())
        return running < self.visitors if self.visitors else places(running, free_gb()) > 0

    async def dismiss(self) -> None:
        """End the kernels that no page holds."""
        now = datetime.now(UTC)
        for kernel in self.kernel_manager.list_kernels():
            last = datetime.fromisoformat(str(kernel["last_activity"]).replace("Z", "+00:00"))
            if not kernel["connections"] and now - last > FORSAKEN:
                await ensure_async(self.kernel_manager.shutdown_kernel(kernel["id"], now=True))


def _say_what_matters(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), DeadKernelError):
        loop.default_exception_handler(context)


def main(argv: list[str] | None = None) -> int:
    """Serve until somebody stops it."""
    Host.launch_instance(sys.argv[1:] if argv is None else argv)
    return os.EX_OK if hasattr(os, "EX_OK") else 0


if __name__ == "__main__":
    sys.exit(main())
