"""The package that pip installed, without the repository: where the rest is, and how to have what it lacks."""

import importlib.metadata

from .. import __version__
from ..base.settings import INSTALLED
from .doctor import NO_ENVIRONMENT


def repository() -> str:
    """Return the address of the repository, as the package that pip installed knows it."""
    (address,) = importlib.metadata.metadata("reseau-romans").get_all("Project-URL", ["Repository, ?"])
    return address.partition(", ")[2]


def not_the_whole(command: str) -> str:
    """Say where the whole workshop is, to whoever asks for a command that needs it."""
    where = f"récupérez {repository()}, puis « make lab »."
    return f"« {command} » demande l’atelier en entier, et pip n’installe que le paquet : {where}"


def packages_for(command: str) -> str:
    """Say how to have the packages that a command lacks: pip brings those of the server only when it is asked to."""
    if INSTALLED and command == "serve":
        return f'ceux du serveur s’ajoutent par « pip install "reseau-romans[server] @ git+{repository()}@v{__version__}" »'
    return NO_ENVIRONMENT
