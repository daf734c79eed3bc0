"""The class server: one JupyterHub, a home for each attendee.  Every difference between rooms is an environment variable.

WORKSHOP_HUB_PASSWORD        the room's code, asked the first time a name is used (8 characters or more; no default)
WORKSHOP_HUB_ADMIN           the instructor's name (« atelier »)
WORKSHOP_HUB_ADMIN_PASSWORD  the instructor's password (12 characters or more; no default)
WORKSHOP_HUB_SPAWNER         docker: a container for each attendee; local: a process for each, under a Unix account of their own
                             when the hub is root; cluster: Zero to JupyterHub chooses, see values.yaml (« local »)
WORKSHOP_HUB_MEMORY          memory of one attendee (« 6G »)
WORKSHOP_HUB_CPU             cores of one attendee (2)
WORKSHOP_HUB_IDLE            seconds after which a server, or a kernel, that nobody uses is stopped (3600)
WORKSHOP_HUB_ROOM            the room seen live, as attendees' servers reach it, with its code (« http://room:8080/moulin-4821 »):
                             their notebooks know it, and the hub shows its page at /services/salle (none)
WORKSHOP_HUB_PORT            where the room connects (8000)
WORKSHOP_HUB_DATA            folder of the hub's own state: accounts, cookie secret (outputs/hub)
WORKSHOP_HUB_HOMES           local: the folder of the attendees' homes (WORKSHOP_HUB_DATA/homes)
WORKSHOP_HUB_SHARED          folder (local) or volume (docker) of books/ and models/, read only for attendees
WORKSHOP_HUB_IMAGE           docker: image of an attendee's server (« reseau-romans-attendee:1.0.0 »)
WORKSHOP_HUB_NETWORK         docker: network of the hub and of the servers (« reseau-romans-hub »)
WORKSHOP_HUB_CONNECT         docker: the hub's own name on that network (« hub »)
WORKSHOP_HUB_CERTIFICATE     file of the TLS certificate, with its key in WORKSHOP_HUB_KEY: then the hub speaks HTTPS
"""

import dbm
import os
import re
import sys
from pathlib import Path
from typing import NoReturn

from firstuseauthenticator import FirstUseAuthenticator
from jupyterhub.auth import Authenticator
from tornado import web

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from entrance import Patience, TooManyGuesses, is_same, neighbourhood, plain_name, plain_secret  # noqa: E402

NAME = "[a-z][a-z0-9-]{1,22}$"  # with its prefix, a Unix account is at most 32 characters long
WORK = "/home/atelier/travail"  # where the image keeps an attendee's work (see the Dockerfile of the workshop)


def setting(name: str, default: str = "") -> str:
    """Return the variable ``WORKSHOP_HUB_<name>``."""
    return os.environ.get(f"WORKSHOP_HUB_{name}") or default


def refuse(reason: str) -> NoReturn:
    """Do not start, and say why."""
    sys.exit(f"❌ {reason}, puis relancez.")


def number(name: str, default: str, low: float, high: float = 1e6) -> float:
    """Return a number of the environment; anything else stops the hub before an attendee finds out."""
    try:
        value = float(setting(name, default).replace(",", "."))
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        refuse(f"WORKSHOP_HUB_{name} vaut « {setting(name)} » : donnez un nombre, par exemple {default}")
    return value


def secret(name: str, length: int) -> str:
    """Return a password of the environment; without one there is no server."""
    value = plain_secret(setting(name))
    if len(value) < length:
        refuse(f"WORKSHOP_HUB_{name} manque ou est trop court : donnez au moins {length} caractères")
    return value


def has_password(place: str, name: str) -> bool:
    """Return whether an attendee has chosen a password under this name."""
    with dbm.open(place, "c", 0o600) as passwords:
        return name.encode() in passwords


class RoomAuthenticator(FirstUseAuthenticator):
    """A free name and a password of one's own, chosen at the first visit by whoever knows the room's code.

    One password for all would let anybody open a neighbour's work by typing their name.
    """

    room, admin, admin_password = "", "", ""
    min_password_length = 6
    patience = Patience()

    def normalize_username(self, username: str) -> str:
        """« Élodie B. » is ``elodie-b``."""
        return plain_name(username)

    async def authenticate(self, handler, data: dict) -> dict:
        """Return who this is, after as long as a wrong guess has to wait.

        Raises:
            web.HTTPError: refused; JupyterHub shows its message above the form.
        """
        name, password = plain_name(data.get("username", "")), data.get("password", "")
        if name != self.admin and not self.validate_username(name):
            raise web.HTTPError(403, "Choisissez un nom de 2 à 23 lettres (de a à z) et chiffres, qui commence par une lettre.")
        known = name == self.admin or has_password(self.dbm_path, name)
        try:
            async with self.patience.turn(guessing(name if known else None, address_of(handler))):
                if name == self.admin:
                    self._check_admin(password)
                elif known:
                    await self._check_password(handler, name, password)
                elif not is_same(data.get("room", ""), self.room):
                    raise web.HTTPError(
                        403, f"« {name} » est un nouveau nom : il faut le code de la salle, et ce n’est pas celui-là."
                    )
        except TooManyGuesses:
            raise web.HTTPError(429, "Trop d’essais se suivent : attendez une dizaine de secondes, puis recommencez.") from None
        if not known:
            await self._choose_password(handler, name, password)
            return {"name": name, "admin": False}  # nor if an administrator of another year had this name
        return {"name": name, "admin": True if name == self.admin else None}  # None: as the panel « Admin » says

    def _check_admin(self, password: str) -> None:
        if not is_same(password, self.admin_password):
            raise web.HTTPError(403, "Ce n’est pas le mot de passe de l’animation.")

    async def _check_password(self, handler, name: str, password: str) -> None:
        fits = len(password.encode()) <= 72  # bcrypt reads no more
        if not fits or await super().authenticate(handler, {"username": name, "password": password}) is None:
            raise web.HTTPError(
                403, f"« {name} » a déjà un autre mot de passe. Si ce nom n’est pas le vôtre, ajoutez-y une initiale."
            )

    async def _choose_password(self, handler, name: str, password: str) -> None:
        if len(password) < self.min_password_length or len(password.encode()) > 72:
            raise web.HTTPError(403, "Choisissez un mot de passe de 6 à 72 caractères : il ne servira qu’à vous.")
        await self._check_password(handler, name, password)  # which keeps it, as it is the first

    def get_handlers(self, app) -> list:
        """Return JupyterHub's own login page: it shows the messages raised above."""
        return Authenticator.get_handlers(self, app)


def address_of(handler) -> str:
    """Return where a request comes from, as the proxy saw it; what the browser itself says of that counts for nothing."""
    seen = handler.request.headers.get_list("X-Forwarded-For") if handler else []
    return neighbourhood(seen[-1].rpartition(",")[2].strip() if seen else handler.request.remote_ip if handler else "")


def guessing(account: str | None, address: str) -> list[tuple]:
    """Return the benches (see ``Patience``) of a guess at an account's password or, without one, at the room's code."""
    here, all_over = ((5, 4), (50, 32)) if account else ((40, 8), (400, 64))
    return [((account, address), *here), (account, *all_over)]


c = c  # noqa: F821 - JupyterHub hands it to this file, and so does the chart
MODE = setting("SPAWNER", "local").strip().lower()
DATA = Path(setting("DATA", str(HERE.parents[1] / "outputs" / "hub"))).absolute()
HOMES = Path(setting("HOMES", str(DATA / "homes"))).absolute()
SHARED, CORES, MEMORY = setting("SHARED"), number("CPU", "2", 0.1), setting("MEMORY", "6G").strip().upper()
IDLE = str(int(number("IDLE", "3600", 1)))
PORT = str(int(number("PORT", "8000", 1, 65535)))
LIVE = setting("ROOM").strip()
ADMIN = plain_name(setting("ADMIN", "atelier"))
PASSWORDS = DATA / "passwords.dbm"
if MODE not in ("docker", "local", "cluster"):
    refuse(f"WORKSHOP_HUB_SPAWNER vaut « {MODE} » : choisissez « docker », « local » ou « cluster »")
if not re.fullmatch(r"\d+(\.\d+)?[KMGT]", MEMORY):
    refuse(f"WORKSHOP_HUB_MEMORY vaut « {setting('MEMORY')} » : donnez un nombre suivi de M ou de G, par exemple 6G")
if LIVE and not re.fullmatch(r"https?://[^\s/]+(/[^\s/]+)*/[a-z0-9-]{4,40}", LIVE):
    refuse(
        f"WORKSHOP_HUB_ROOM vaut « {LIVE} » : donnez l’adresse de la salle, puis son code, par exemple http://room:8080/moulin-4821"
    )
if not re.fullmatch(NAME, ADMIN):
    refuse(f"WORKSHOP_HUB_ADMIN vaut « {setting('ADMIN')} » : choisissez 2 à 23 lettres (de a à z) et chiffres, lettre d’abord")
DATA.mkdir(parents=True, exist_ok=True)

# Who comes in.
RoomAuthenticator.room, RoomAuthenticator.admin_password = secret("PASSWORD", 8), secret("ADMIN_PASSWORD", 12)
RoomAuthenticator.admin = ADMIN
if is_same(RoomAuthenticator.room, RoomAuthenticator.admin_password):
    refuse("Le code de la salle est aussi le mot de passe de l’animation : choisissez-en deux différents")
if has_password(str(PASSWORDS), ADMIN):  # who still has a cookie of that name would be administrator
    refuse(f"« {ADMIN} » (WORKSHOP_HUB_ADMIN) est déjà le nom d’un participant : choisissez-en un autre pour l’animation")
c.FirstUseAuthenticator.dbm_path = str(PASSWORDS)
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
    "--KernelManager.transport=ipc",  # a kernel's ports could be read by every account of the machine
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
    | ({"WORKSHOP_ROOM": LIVE} if LIVE else {})
)
if MODE != "cluster":  # there, the chart has its own places, limits and culler
    DATA.chmod(0o711)  # the homes are below; each is closed, and so is every file of the hub's
    os.umask(0o077)
    c.JupyterHub.bind_url = f"http{'s' if setting('CERTIFICATE') else ''}://:{PORT}"
    c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = setting("CERTIFICATE"), setting("KEY")
    if bool(setting("CERTIFICATE")) != bool(setting("KEY")):
        refuse("Un certificat ne sert qu’avec sa clé : donnez WORKSHOP_HUB_CERTIFICATE et WORKSHOP_HUB_KEY, ou aucun des deux")
    for name in ("CERTIFICATE", "KEY"):
        if setting(name) and not os.access(setting(name), os.R_OK):
            refuse(f"« {setting(name)} » (WORKSHOP_HUB_{name}) ne peut pas être lu : corrigez le chemin")
    c.JupyterHub.db_url = f"sqlite:///{DATA / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(DATA / "cookie_secret")
    c.ConfigurableHTTPProxy.pid_file = str(DATA / "proxy.pid")
    c.Spawner.mem_limit, c.Spawner.cpu_limit = MEMORY, CORES
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
    if LIVE:
        c.JupyterHub.services.append({"name": "salle", "url": LIVE.rpartition("/")[0]})

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
        "memswap_limit": MEMORY,  # no swap: one attendee's excess must not slow down the room
    }
elif MODE == "local":
    from accounts import AccountSpawner, TrialSpawner, closed_to_others

    ROOT = HERE.parents[1]
    HOMES.mkdir(parents=True, exist_ok=True)
    HOMES.chmod(0o711)
    AccountSpawner.homes = HOMES
    c.JupyterHub.spawner_class = AccountSpawner if os.geteuid() == 0 else TrialSpawner
    c.TrialSpawner.home_dir_template = str(HOMES / "{username}")
    c.Spawner.cmd = [sys.executable, str(ROOT / "docker" / "entrypoint.py"), sys.executable, "-m", "jupyterhub.singleuser"]
    paths = {  # HERE / "jupyter" leaves the debugger out: it listens on a port, and whoever reaches it runs code as the attendee
        "PYTHONPATH": [ROOT],
        "JUPYTER_PATH": [ROOT / "app/share/jupyter"],
        "JUPYTER_CONFIG_PATH": [HERE / "jupyter", ROOT / "app/etc/jupyter"],
    }
    spawner.environment.update(
        {name: os.pathsep.join([*map(str, ours), *filter(None, [os.environ.get(name)])]) for name, ours in paths.items()}
    )
    places = {"WORKSHOP_BOOKS": Path(SHARED, "books").absolute(), "HF_HUB_CACHE": Path(SHARED, "models").absolute()}
    shared = {name: path for name, path in places.items() if SHARED and os.path.isdir(path)}
    if SHARED and not (shared and all(os.access(path, os.R_OK | os.X_OK) for path in shared.values())):
        refuse(
            f"« {SHARED} » (WORKSHOP_HUB_SHARED) doit avoir un dossier « books » ou « models », que vous puissiez lire : corrigez"
        )
    spawner.environment.update({name: str(path) for name, path in shared.items()})
    if os.geteuid() == 0:
        read = [ROOT / folder for folder in ("workshop", "data", "notebooks", "solutions", "app", "docker")] + list(
            shared.values()
        )
        for path in (HOMES, Path(sys.prefix), Path(sys.executable).resolve().parent, *read):
            if command := closed_to_others(path, below=path in read):
                refuse(f"Les comptes des participants ne peuvent pas lire « {path} » : tapez « {command} »")
