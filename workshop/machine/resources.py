"""What this machine has: memory, free space, ports, a network.  With nothing but Python's standard library (``doctor``)."""

import http.client
import os
import shutil
import socket
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..base.errors import WorkshopError

#: Where a container finds how much memory it may take (cgroup, version 2 then 1).
MEMORY_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_gb(limits: Sequence[Path] = MEMORY_LIMITS) -> float | None:
    """Return the memory of the machine in GB, or what it lets this container take; None where it cannot be read."""
    said = [path.read_text(encoding="ascii").strip() for path in limits if path.is_file()]
    sizes = [_memory_of_the_machine(), *(int(size) for size in said if size.isdigit())]  # "max": no limit
    return min((size / 1e9 for size in sizes if size), default=None)


def _memory_of_the_machine() -> int | None:
    try:
        import psutil

        return psutil.virtual_memory().total
    except ImportError:
        pass
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def free_gb(folder: Path) -> float:
    """Return the free space where ``folder`` is, or will be, in GB; none on a disk that is not there (a letter of Windows)."""
    place = next((one for one in (folder, *folder.parents) if one.exists()), None)
    return shutil.disk_usage(place).free / 1e9 if place else 0.0


def is_free(port: int) -> bool:
    """Say whether nothing answers on this port of the machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def require_address(ip: str, port: int) -> None:
    """Refuse, before anything is started, an address at which nothing can listen.

    Raises:
        WorkshopError: it is not one of this machine, or the port is none.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(ip, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(address)
        fits = 0 <= port < 65536
    except (OSError, UnicodeError):
        fits = False
    if not fits:
        raise WorkshopError(
            f"On ne peut pas écouter sur {ip}:{port}\u00a0: prenez --ip 127.0.0.1 (cette machine) ou 0.0.0.0 (toute la salle), "
            "et un port de 1024 à 65535."
        )


def jupyter_answers(port: int, environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether what holds this port is a Jupyter server: it gives its version to whoever asks, without a token."""
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        server.request("GET", f"{environ.get('JUPYTERHUB_SERVICE_PREFIX', '/')}api")  # on a class server, everyone has a path
        return b'"version"' in server.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        server.close()


def gutenberg_answers() -> bool:
    """Say whether the network lets downloads through."""
    try:
        # an opener of its own: the common one keeps the proxies of its first use
        with urllib.request.build_opener().open("https://www.gutenberg.org/robots.txt", timeout=3):
            return True
    except (OSError, http.client.HTTPException, ValueError):  # ValueError: the address of the proxy is no address
        return False
