"""The server of the page of ``make app``: Voilà, which counts its visitors, and leaves nothing running behind them.

``python -m workshop.widgets.host NOTEBOOK OPTIONS`` (the options are Voilà's).  Each visit has a kernel of its own, which ends

- when the visitor leaves (the page says so as it closes),
- a minute after the browser was last heard of, if the page could not say it,
- with the server, whatever ends it: Ctrl+C, SIGTERM, a container that stops.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import tornado.web
from jupyter_core.utils import ensure_async
from traitlets import Float, Integer
from traitlets.config import Config
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from ..machine.resources import memory_gb

KERNEL_GB = 0.45  # what a visitor takes once the model is loaded (0.35 measured), and some air
RESERVE_GB = 0.4  # of the machine's memory, which is left to everything else
FORSAKEN = timedelta(seconds=10)  # without any page: a kernel that may go at once, when its place is needed
FULL = Path(__file__).with_name("full.html")


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


class Visit(TornadoVoilaHandler):
    """The page, or a sentence when there is no room for one more visitor."""

    @tornado.web.authenticated
    async def get(self, path: str | None = None) -> None:
        """Serve the page; its cookie lets it say good-bye."""
        if not await self._room():
            self.set_status(503)
            self.set_header("Retry-After", "20")
            self.finish(FULL.read_text(encoding="utf-8"))
            return
        _ = self.xsrf_token  # reading it sets the cookie, without which the page may not end its kernel
        await super().get(path)

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

    def init_handlers(self) -> list:
        """Put :class:`Visit` in the place of Voilà's own page."""
        return [(where, Visit if what is TornadoVoilaHandler else what, *more) for where, what, *more in super().init_handlers()]

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


def main(argv: list[str] | None = None) -> int:
    """Serve until somebody stops it."""
    Host.launch_instance(sys.argv[1:] if argv is None else argv)
    return os.EX_OK if hasattr(os, "EX_OK") else 0


if __name__ == "__main__":
    sys.exit(main())
