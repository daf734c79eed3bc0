"""Run the chapters as in a room with no network, on Linux: in a network namespace where there is nothing but the loopback.

    python -m workshop test --offline

Nobody sets WORKSHOP_OFFLINE in such a room, so it is not set here either: each chapter must find out by itself, and go on.
"""

import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..base.errors import WorkshopError
from ..base.settings import ROOT

#: What could bring a network back, or tell the chapters in advance that there is none.
FORGOTTEN = (
    *("WORKSHOP_OFFLINE", "HF_HUB_OFFLINE", "WORKSHOP_BOOKS", "WORKSHOP_COLLECTION", "MODEL_NAME", "NLTK_DATA"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
)

#: Addresses that documentation is written with (RFC 5737, RFC 3849): nobody has them, but a network has a route to them.
NOWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
WAYS = (["unshare", "--net"], ["unshare", "--net", "--map-root-user"])


def is_cut() -> bool:
    """Return whether this process has no route out of the machine.  Nothing is sent: UDP only looks for a route."""
    for family, address in NOWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((address, 9))
            return False
        except OSError:
            continue
    return True


def fresh_environment(home: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of a new account in ``home``: nothing downloaded, nothing made, no proxy."""
    kept = {name: value for name, value in environ.items() if name not in FORGOTTEN}
    places = {"HOME": home, "USERPROFILE": home, "HF_HOME": home / "hf", "XDG_CACHE_HOME": home / ".cache"}
    places |= {"WORKSHOP_CACHE": home / "cache", "WORKSHOP_OUTPUTS": home / "outputs"}
    return kept | {name: str(place) for name, place in places.items()} | {"WORKSHOP_QUIET": "1"}


def way_out_of_the_network() -> list[str]:
    """Return what to put before a command so that it has no network; nothing, when this machine has none.

    Raises:
        WorkshopError: this system does not let a program do that.
    """
    if is_cut():
        return []
    for way in WAYS:
        try:
            if subprocess.run([*way, "true"], capture_output=True).returncode == 0:
                return [*way, sys.executable, "-m", "workshop.machine.offline"]
        except OSError:
            break
    raise WorkshopError(
        "Ce système ne permet pas de couper le réseau pour un seul programme (il y faut Linux et « unshare » ; sous Ubuntu : "
        "« sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 »). Ou coupez le réseau de la machine, puis relancez "
        "la même commande."
    )


def run_notebooks(notebooks: Sequence[str] = ()) -> int:
    """Run attendees' notebooks (by default all), as they are, with no network and a new account; return the exit code."""
    way = way_out_of_the_network()
    options = ["-q", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env", "--durations=10"]
    with tempfile.TemporaryDirectory() as home:
        command = [*way, sys.executable, "-m", "pytest", *options, *(notebooks or ["notebooks"])]
        return subprocess.call(command, cwd=ROOT, env=fresh_environment(Path(home)))


def raise_loopback() -> None:
    """Put up the loopback of a new network namespace, through which JupyterLab speaks to its kernels."""
    import fcntl

    get, put, up = 0x8913, 0x8914, 1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP (netdevice(7))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        flags = struct.unpack("16sH14x", fcntl.ioctl(control, get, struct.pack("16sH14x", b"lo", 0)))[1]
        fcntl.ioctl(control, put, struct.pack("16sH14x", b"lo", flags | up))


def main(command: list[str]) -> int:
    """Inside the namespace: put the loopback up, make sure that there is no way out, then become ``command``."""
    raise_loopback()
    if not is_cut():
        print("❌ Le réseau n’est pas coupé : ce qui suit ne prouverait rien.", file=sys.stderr)
        return 1
    print("Le réseau est coupé.", flush=True)
    os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
