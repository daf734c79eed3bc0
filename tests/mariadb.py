"""A MariaDB of a test's own (Debian's ``mariadb-server``), in a folder that goes away."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

MARIADBD = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")


def soon(what, seconds: float, process=None):
    """Wait until something is so, while a process goes on; return the seconds that it took."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if what():
            return time.monotonic() - start
        assert process is None or process.poll() is None, "the process has stopped"
        time.sleep(0.1)
    raise AssertionError(f"it has not come in {seconds} s")


class Server:
    """A MariaDB that is stopped and started again, with its rows."""

    def __init__(self, place: Path) -> None:
        from workshop.server import streaming

        self.user = ["--user=mysql"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(place, "mysql")
        self.place, self.socket = place, place / "s"
        install = ["mariadb-install-db", f"--datadir={place}/data", "--auth-root-authentication-method=normal", *self.user]
        subprocess.run(install, check=True, capture_output=True)
        self.start()
        self.address = f"mysql://root@localhost/rooms?unix_socket={self.socket}"
        with streaming.connected(self.address.replace("/rooms?", "/?")) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE rooms CHARACTER SET utf8mb4")

    def start(self) -> None:
        """Start, and return once it listens."""
        files = [f"--datadir={self.place}/data", f"--socket={self.socket}", f"--pid-file={self.place}/pid"]
        command = [MARIADBD, *files, "--skip-networking", *self.user]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        soon(self.socket.exists, 60, self.process)

    def stop(self) -> None:
        """Stop; what was confirmed stays."""
        self.process.terminate()
        self.process.wait(60)


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Have one while the block lasts; the test is skipped where there is none."""
    if MARIADBD is None:
        pytest.skip("needs mariadb-server")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.stop()
