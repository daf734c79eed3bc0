"""The server beside other work: a notebook starts it in a process of its own, calls it, and closes it.

In the same process it would wait for ever: what Flask's extensions run needs an event loop, and that of a notebook is busy with
the cell.  The process ends with whoever started it, however that one ended: it watches its standard input, which then closes.
"""

import json
import os
import secrets
import subprocess
import sys
import threading
from dataclasses import replace
from typing import Any

from ..base.errors import WorkshopError
from ..base.settings import PACKAGE

HERE = "127.0.0.1"


class Beside:
    """The server of ``python -m workshop serve`` on a free port, for this machine alone.

    ``address`` is where it answers, ``metrics_token`` what opens its figures (``/metrics``).
    """

    def __init__(self, **limits: Any):
        """Start, and return once it listens; ``limits`` are those of :class:`workshop.server.config.Limits`.

        Raises:
            WorkshopError: it cannot start; the message says why.
        """
        self.metrics_token = os.environ.get("WORKSHOP_SERVER_METRICS_TOKEN") or secrets.token_urlsafe(16)
        paths = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
        given = {"WORKSHOP_SERVER_METRICS_TOKEN": self.metrics_token, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, json.dumps(limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | given,
        )
        assert self._process.stdout
        said = json.loads(self._process.stdout.readline() or b"{}")
        if "address" not in said:
            self.close()
            raise WorkshopError(
                said.get("error") or "Le serveur ne démarre pas\u00a0: essayez python -m workshop serve, qui dira pourquoi."
            )
        self.address: str = said["address"]

    def close(self) -> None:
        """Stop; what was kept is in its database."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()  # at the first one, it ends by itself
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _until_nobody_listens() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)  # whatever the other threads are doing: their readers have gone


def main(limits: str) -> None:
    """Serve until the standard input closes; the first line of the output says where, or why not."""
    from . import serve
    from .config import from_environment

    threading.Thread(target=_until_nobody_listens, daemon=True).start()
    try:
        config = from_environment()
        config = replace(config, limits=replace(config.limits, **json.loads(limits)), admin="")  # nobody would read the password
        server = serve.make(config, HERE, 0)
    except WorkshopError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({"address": serve.address(HERE, serve.port_of(server))}), flush=True)
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
