"""The class server: one JupyterHub, a home for each attendee.  Every difference between rooms is an environment variable.

WORKSHOP_HUB_PASSWORD        the room's code, asked the first time a name is used (8 characters or more; no default)
WORKSHOP_HUB_ADMIN           the instructor's name (« atelier »)
WORKSHOP_HUB_ADMIN_PASSWORD  the instructor's password (12 characters or more; no default)
WORKSHOP_HUB_SPAWNER         docker: a container for each attendee; local: a process for each, under a Unix account of their own
                             when the hub is root; cluster: Zero to JupyterHub chooses, see values.yaml (« local »)
WORKSHOP_HUB_MEMORY          memory of one attendee (« 6G »)
WORKSHOP_HUB_CPU             cores of one attendee (2)
WORKSHOP_HUB_IDLE            seconds after which a server, or a kernel, that nobody uses is stopped (3600)
WORKSHOP_HUB_PORT            where the room connects (8000)
WORKSHOP_HUB_DATA            folder of the hub's own state: accounts, cookie secret (outputs/hub)
WORKSHOP_HUB_HOMES           local: the folder of the attendees' homes (WORKSHOP_HUB_DATA/homes)
WORKSHOP_HUB_SHARED          folder (local) or volume (docker) of books/ and models/, read only for attendees
WORKSHOP_HUB_IMAGE           docker: image of an attendee's server (« reseau-romans-attendee:1.0.0 »)
WORKSHOP_HUB_NETWORK         docker: network of the hub and of the servers (« reseau-romans-hub »)
WORKSHOP_HUB_CERTIFICATE     file of the TLS certificate, with its key in WORKSHOP_HUB_KEY: then the hub speaks HTTPS
"""

import dbm
import hmac
import os
import pwd
import re
import resource
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

from firstuseauthenticator import FirstUseAuthenticator
from jupyterhub.auth import Authenticator
from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner, set_user_setuid
from tornado import web

HERE = Path(__file__).resolve().parent
NAME = "[a-z][a-z0-9-]{1,22}"  # with its prefix, a Unix account is at most 32 characters long
WORK = "/home/atelier/travail"  # where the image keeps an attendee's work (see the Dockerfile of the workshop)


def setting(name: str, default: str = "") -> str:
    """Return the variable ``WORKSHOP_HUB_<name>``."""
    return os.environ.get(f"WORKSHOP_HUB_{name}") or default


def secret(name: str, length: int) -> str:
    """Return a password of the environment; without one there is no server."""
    value = setting(name)
    if len(value) < length:
        sys.exit(f"❌ WORKSHOP_HUB_{name} manque ou est trop court : donnez au moins {length} caractères, puis relancez.")
    return value


class RoomAuthenticator(FirstUseAuthenticator):
    """A free name and a password of one's own, chosen at the first visit by whoever knows the room's code.

    One password for all would let anybody open a neighbour's work by typing their name.
    """

    room, admin, admin_password = "", "", ""
    min_password_length = 6

    def normalize_username(self, username: str) -> str:
        """« Élodie B. » is ``elodie-b``."""
        plain = unicodedata.normalize("NFKD", username.lower()).encode("ascii", "ignore").decode()
        return re.sub("[^a-z0-9]+", "-", plain).strip("-")

    def _is_known(self, name: str) -> bool:
        with dbm.open(self.dbm_path, "c", 0o600) as passwords:
            return name.encode() in passwords

    async def authenticate(self, handler, data: dict) -> dict | str | None:
        """Return who this is.

        Raises:
            web.HTTPError: refused; JupyterHub shows its message above the form.
        """
        name, password = self.normalize_username(data.get("username", "")), data.get("password", "")
        if name == self.admin:
            if not hmac.compare_digest(password.encode(), self.admin_password.encode()):
                raise web.HTTPError(403, "Ce n’est pas le mot de passe de l’animation.")
            return {"name": name, "admin": True}
        if not self.validate_username(name):
            raise web.HTTPError(403, "Choisissez un nom de 2 à 23 lettres et chiffres, qui commence par une lettre.")
        known = self._is_known(name)
        if not known and not hmac.compare_digest(data.get("room", "").strip().encode(), self.room.encode()):
            raise web.HTTPError(403, f"« {name} » est un nouveau nom : il faut le code de la salle, et ce n’est pas celui-là.")
        if not known and not self.min_password_length <= len(password.encode()) <= 72:  # bcrypt reads 72 bytes
            raise web.HTTPError(403, "Choisissez un mot de passe de 6 à 72 caractères : il ne servira qu’à vous.")
        found = await super().authenticate(handler, data) if len(password.encode()) <= 72 else None
        if found is None:
            raise web.HTTPError(
                403, f"« {name} » a déjà un autre mot de passe. Si ce nom n’est pas le vôtre, ajoutez-y une initiale."
            )
        return found

    def get_handlers(self, app) -> list:
        """Return JupyterHub's own login page: it shows the messages raised above."""
        return Authenticator.get_handlers(self, app)


def limited(enter, memory: int | None):
    """Return what a new process does first: become the attendee, and take no more memory than this."""

    def begin() -> None:
        if memory:  # the data segment, not the address space: TensorFlow reserves far more of that than it touches
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        enter()

    return begin


class AccountSpawner(LocalProcessSpawner):
    """A process under a Unix account of the attendee's own, which the hub makes; its home is closed to the others."""

    @property
    def account(self) -> str:
        """The name of the account: prefixed, so that nobody becomes ``root`` or ``www-data`` by calling themselves so."""
        return f"atelier-{self.user.name}"

    def make_account(self) -> None:
        """Make the account if it is not there yet."""
        try:
            pwd.getpwnam(self.account)
        except KeyError:
            home = str(HOMES / self.user.name)
            command = [
                "useradd",
                "--create-home",
                "--home-dir",
                home,
                "--skel",
                "/dev/null",
                "--shell",
                "/bin/bash",
                self.account,
            ]
            subprocess.run(command, check=True, capture_output=True)
            os.chmod(home, 0o700)

    async def start(self) -> tuple[str, int]:
        """Start the server."""
        self.make_account()
        return await super().start()

    def make_preexec_fn(self, name: str):
        """Become the attendee's account, within the limits."""
        return limited(set_user_setuid(self.account), self.mem_limit)

    def user_env(self, env: dict) -> dict:
        """Tell the process whose home it is in."""
        entry = pwd.getpwnam(self.account)
        work = {"WORKSHOP_OUTPUTS": f"{entry.pw_dir}/travail/outputs"}
        return env | {"USER": self.account, "HOME": entry.pw_dir, "SHELL": entry.pw_shell} | work


class TrialSpawner(SimpleLocalProcessSpawner):
    """The same under the hub's own account, where it is not root: to try the server alone, never with a class."""

    def make_preexec_fn(self, name: str):
        """Stay who we are, within the limits."""
        return limited(super().make_preexec_fn(name), self.mem_limit)

    def user_env(self, env: dict) -> dict:
        """Tell the process where its results go."""
        return super().user_env(env) | {"WORKSHOP_OUTPUTS": f"{self.home_dir}/travail/outputs"}


c = c  # noqa: F821 - JupyterHub hands it to this file, and so does the chart
MODE = setting("SPAWNER", "local")
DATA = Path(setting("DATA", str(HERE.parents[1] / "outputs" / "hub")))
HOMES = Path(setting("HOMES", str(DATA / "homes"))).absolute()
SHARED, CORES = setting("SHARED"), float(setting("CPU", "2"))
IDLE = setting("IDLE", "3600")
ADMIN = setting("ADMIN", "atelier")
if MODE not in ("docker", "local", "cluster"):
    sys.exit(f"❌ WORKSHOP_HUB_SPAWNER vaut « {MODE} » : choisissez « docker », « local » ou « cluster ».")

# Who comes in.
RoomAuthenticator.room = secret("PASSWORD", 8)
RoomAuthenticator.admin, RoomAuthenticator.admin_password = ADMIN, secret("ADMIN_PASSWORD", 12)
c.JupyterHub.authenticator_class = RoomAuthenticator
c.Authenticator.username_pattern = NAME
c.Authenticator.admin_users = {ADMIN}
c.Authenticator.allow_all = True
if MODE != "cluster":  # there, they are files of the chart
    c.JupyterHub.template_paths = [str(HERE / "templates")]

# What each gets.
c.Spawner.default_url = "/lab/tree/notebooks/00_first_contact.ipynb"
c.Spawner.args = [
    f"--MappingKernelManager.cull_idle_timeout={IDLE}",  # a chapter left open an hour ago gives its memory back
    "--MappingKernelManager.cull_connected=True",
]
HANDED = ("WORKSHOP_OFFLINE", "WORKSHOP_COLLECTION", "WORKSHOP_PROFILE", "WORKSHOP_SEED", "MODEL_NAME", "HF_HUB_OFFLINE")
spawner = c.KubeSpawner if MODE == "cluster" else c.Spawner
threads = str(max(1, int(CORES)))
spawner.environment.update(
    {
        "OMP_NUM_THREADS": threads,  # without it each kernel starts as many threads as the machine has cores
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    | {name: os.environ[name] for name in HANDED if os.environ.get(name)}
)
if MODE != "cluster":  # there, the chart has its own places, limits and culler
    DATA.mkdir(parents=True, exist_ok=True)
    DATA.chmod(0o711)  # the homes are below; each is closed, and so is every file of the hub's
    os.umask(0o077)
    c.JupyterHub.bind_url = f"http{'s' if setting('CERTIFICATE') else ''}://:{setting('PORT', '8000')}"
    c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = setting("CERTIFICATE"), setting("KEY")
    c.JupyterHub.db_url = f"sqlite:///{DATA / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(DATA / "cookie_secret")
    c.ConfigurableHTTPProxy.pid_file = str(DATA / "proxy.pid")
    c.Spawner.mem_limit, c.Spawner.cpu_limit = setting("MEMORY", "6G"), CORES
    c.Spawner.start_timeout = c.Spawner.http_timeout = 120  # thirty people arrive in the same minute
    c.JupyterHub.concurrent_spawn_limit = 10
    c.JupyterHub.load_roles = [
        {
            "name": "cull",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["cull"],
        }
    ]
    every = str(min(60, max(1, int(IDLE) // 4)))
    cull = [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE}", f"--cull-every={every}"]
    c.JupyterHub.services = [{"name": "cull", "command": cull}]
c.FirstUseAuthenticator.dbm_path = str(DATA / "passwords.dbm")

# Where each one's server runs.
if MODE == "docker":
    c.JupyterHub.spawner_class = "dockerspawner.DockerSpawner"
    c.JupyterHub.hub_ip, c.JupyterHub.hub_connect_ip = "0.0.0.0", setting("CONNECT", "hub")
    c.DockerSpawner.image = setting("IMAGE", "reseau-romans-attendee:1.0.0")
    c.DockerSpawner.network_name = setting("NETWORK", "reseau-romans-hub")
    c.DockerSpawner.remove = True  # the home outlives the container
    c.DockerSpawner.volumes = {"reseau-romans-travail-{raw_username}": WORK}
    c.DockerSpawner.cmd = ["jupyterhub-singleuser"]  # the image's own entry point comes before, and puts the chapters in place
    if SHARED:
        c.DockerSpawner.read_only_volumes = {SHARED: "/srv/shared"}
        spawner.environment.update({"WORKSHOP_BOOKS": "/srv/shared/books", "HF_HUB_CACHE": "/srv/shared/models"})
    c.DockerSpawner.extra_host_config = {
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "pids_limit": 2048,  # threads count, and each kernel has tens of them
        "memswap_limit": setting("MEMORY", "6G"),  # no swap: one attendee's excess must not slow down the room
    }
elif MODE == "local":
    c.JupyterHub.spawner_class = AccountSpawner if os.geteuid() == 0 else TrialSpawner
    c.TrialSpawner.home_dir_template = str(HOMES / "{username}")
    HOMES.mkdir(parents=True, exist_ok=True)
    HOMES.chmod(0o711)
    root = HERE.parents[1]
    read = [path for folder in ("workshop", "data", "notebooks", "docker") for path in (root / folder).rglob("*")]
    if os.geteuid() == 0 and (closed := [str(path) for path in read if not path.stat().st_mode & 0o004]):
        sys.exit(f"❌ Les comptes des participants ne peuvent pas lire {closed[0]} : « chmod -R a+rX {root} », puis relancez.")
    c.Spawner.cmd = [sys.executable, str(root / "docker" / "entrypoint.py"), sys.executable, "-m", "jupyterhub.singleuser"]
    here = {"PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))}
    quiet = HOMES / ".jupyter" / "labconfig" / "default_setting_overrides.json"  # the image has this file in its own place
    quiet.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / "docker" / "overrides.json", quiet)
    for path in (quiet, quiet.parent, quiet.parents[1]):
        path.chmod(0o644 if path.is_file() else 0o755)
    here["JUPYTER_CONFIG_PATH"] = str(quiet.parents[1])
    for variable, folder in (("WORKSHOP_BOOKS", "books"), ("HF_HUB_CACHE", "models")):
        if SHARED and (Path(SHARED) / folder).is_dir():
            here[variable] = str(Path(SHARED) / folder)
    spawner.environment.update(here)
