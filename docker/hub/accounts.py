"""Without containers: an attendee's server is a process of this machine, under a Unix account of its own if the hub is root."""

import os
import pwd
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner, set_user_setuid
from tornado import web


def closed_to_others(path: Path, below: bool = True) -> str:
    """Return what to type so that the attendees' accounts can read a folder and all that is in it; nothing when they can.

    The rights say it, not an attempt: the hub may be root, who reads everything.

    Args:
        below: whether they are to read it, and not only to go through it to what is theirs.
    """
    path = path.absolute()
    for folder in (*reversed(path.parents), *(() if below else (path,))):
        if not folder.stat().st_mode & 0o001:
            return f"chmod a+x {folder}"
    for found in (path, *path.rglob("*")) if below else ():
        wanted = 0o005 if found.is_dir() else 0o004
        if found.exists() and "__pycache__" not in found.parts and found.stat().st_mode & wanted != wanted:
            return f"chmod -R a+rX {path}"
    return ""


def limited(enter, memory: int | None):
    """Return what a new process does first: become the attendee, and take no more memory than this."""

    def begin() -> None:
        if memory:  # the data segment, not the address space: TensorFlow reserves far more of that than it touches
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        enter()

    return begin


class PrivateKernels:
    """A folder for what only the attendee's kernels and their server say to one another: files, not ports of the machine.

    It is not in their home: the path of a socket has a hundred characters at most.
    """

    runtime = ""

    def make_runtime(self, account: str | None = None) -> None:
        """Make the folder, for this account or for one's own."""
        self.runtime = tempfile.mkdtemp(prefix="atelier-")
        if account:
            shutil.chown(self.runtime, account, pwd.getpwnam(account).pw_gid)

    async def stop(self, now: bool = False) -> None:
        """Stop the server, and remove the folder."""
        await super().stop(now=now)
        if self.runtime:
            shutil.rmtree(self.runtime, ignore_errors=True)


class AccountSpawner(PrivateKernels, LocalProcessSpawner):
    """A process under a Unix account of the attendee's own, which the hub makes; its home is closed to the others."""

    homes = Path()

    @property
    def account(self) -> str:
        """The name of the account: prefixed, so that nobody becomes ``root`` or ``www-data`` by calling themselves so."""
        return f"atelier-{self.user.name}"

    def make_account(self) -> None:
        """Make the account if it is not there yet.

        Raises:
            web.HTTPError: there is one that the hub did not make, and nobody is to become whom it belongs to.
        """
        home = str(self.homes / self.user.name)
        try:
            found = pwd.getpwnam(self.account)
        except KeyError:
            command = ["useradd", "--create-home", "--home-dir", home, "--skel=/dev/null", "--shell=/bin/bash", self.account]
            subprocess.run(command, check=True, capture_output=True)
            os.chmod(home, 0o700)
            return
        if found.pw_dir != home:
            reason = f"« {self.account} » est déjà un compte de ce serveur : entrez sous un autre nom, avec une initiale."
            raise web.HTTPError(409, reason)

    async def start(self) -> tuple[str, int]:
        """Start the server."""
        self.make_account()
        self.make_runtime(self.account)
        return await super().start()

    def make_preexec_fn(self, name: str):
        """Become the attendee's account, within the limits."""
        return limited(set_user_setuid(self.account), self.mem_limit)

    def user_env(self, env: dict) -> dict:
        """Tell the process whose home it is in."""
        entry = pwd.getpwnam(self.account)
        work = {"WORKSHOP_OUTPUTS": f"{entry.pw_dir}/travail/outputs", "JUPYTER_RUNTIME_DIR": self.runtime}
        return env | {"USER": self.account, "HOME": entry.pw_dir, "SHELL": entry.pw_shell} | work


class TrialSpawner(PrivateKernels, SimpleLocalProcessSpawner):
    """The same under the hub's own account, where it is not root: to try the server alone, never with a class."""

    async def start(self) -> tuple[str, int]:
        """Start the server."""
        self.make_runtime()
        return await super().start()

    def make_preexec_fn(self, name: str):
        """Stay who we are, within the limits."""
        return limited(super().make_preexec_fn(name), self.mem_limit)

    def user_env(self, env: dict) -> dict:
        """Tell the process where its results go."""
        work = {"WORKSHOP_OUTPUTS": f"{self.home_dir}/travail/outputs", "JUPYTER_RUNTIME_DIR": self.runtime}
        return super().user_env(env) | work
