"""A model sent to the Hugging Face Hub: what would go and what stays, then, when that is what one wants, the sending itself.

The token is read from the environment (``HF_TOKEN``) and from nowhere else; it is never shown.
"""

import fnmatch
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..base import hub
from ..base.errors import WorkshopError, chain
from ..base.settings import settings
from ..base.typography import french
from ..base.web import started

if TYPE_CHECKING:
    from huggingface_hub import HfApi

T = TypeVar("T")

#: What a model consists of.  All the rest stays: a list of what may go cannot forget a secret, a list of what may not can.
GOES = (
    "README.md",
    "LICENSE*",
    "config.json",
    "generation_config.json",
    "model*.safetensors",
    "model.safetensors.index.json",
    "adapter_config.json",
    "adapter_model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "spiece.model",
    "chat_template.jinja",
)

#: Why the rest stays: the first pattern that fits tells.
STAYS = (
    (".*", "fichier caché\u00a0: il pourrait contenir un secret"),
    ("*token*.txt", "ressemble à un secret"),
    ("*secret*", "ressemble à un secret"),
    ("*credential*", "ressemble à un secret"),
    ("checkpoint*", "point de reprise de l’entraînement"),
    ("optimizer*", "état de l’optimiseur\u00a0: ne sert qu’à reprendre l’entraînement"),
    ("scheduler*", "état de l’entraînement"),
    ("rng_state*", "état de l’entraînement"),
    ("train*", "journal de l’entraînement"),
    ("*.bin", "pourrait contenir du code"),
    ("*.pt", "pourrait contenir du code"),
    ("*.pth", "pourrait contenir du code"),
    ("*.pkl", "pourrait contenir du code"),
    ("*.py", "contient du code"),
    ("*", "ne fait pas partie du modèle"),
)

#: What a token of the Hub looks like, wherever it hides.
TOKEN = re.compile(r"hf_[A-Za-z0-9]{20,}")


@dataclass(frozen=True)
class Parcel:
    """What goes to the Hub and what stays; ``address`` is where it lies, once it has been sent."""

    name: str
    private: bool
    goes: tuple[tuple[str, int], ...]  #: names and sizes in bytes
    stays: tuple[tuple[str, int, str], ...]  #: names, sizes in bytes, reasons
    address: str = ""

    @property
    def size(self) -> int:
        """How many bytes go."""
        return sum(size for _, size in self.goes)

    def __str__(self) -> str:
        """The list, for people."""
        who = "visible de vous seul" if self.private else "visible de tous"
        lines = [f"{self.name} ({who})", "", f"Partiraient\u00a0: {len(self.goes)} fichiers, {_shown(self.size)}"]
        if self.address:
            lines[2:] = [f"Partis\u00a0: {len(self.goes)} fichiers, {_shown(self.size)}, à l’adresse {self.address}"]
        lines += [f"  {name:<32}{_shown(size):>10}" for name, size in self.goes]
        lines += ["", "Restent ici\u00a0:" if len(self.stays) > 1 else "Reste ici\u00a0:" + ("" if self.stays else " rien")]
        lines += [f"  {name:<32}{_shown(size):>10}   {reason}" for name, size, reason in self.stays]
        return "\n".join(lines)


def _shown(size: int) -> str:
    for least, unit, what in ((100_000, 1e6, "Mo"), (1000, 1e3, "ko")):
        if size >= least:
            return f"{french(size / unit, 1)}\u00a0{what}"
    return f"{size}\u00a0o"


def pack(folder: Path, name: str, private: bool = True) -> Parcel:
    """Return what would go to the Hub from the folder of a model, and what would stay; nothing is sent, no token is needed.

    Raises:
        WorkshopError: the folder holds no whole model, the name is none of the Hub's, or a token is written in a file.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise WorkshopError(
            f"«\u00a0{name}\u00a0» n’est pas un nom pour le Hub\u00a0: prenez «\u00a0votre-compte/votre-modele\u00a0», avec des "
            "lettres sans accent, des chiffres, «\u00a0-\u00a0», «\u00a0_\u00a0» et «\u00a0.\u00a0»."
        ) from error
    if not folder.is_dir():
        raise WorkshopError(
            f"Il n’y a pas de dossier «\u00a0{folder.name}\u00a0»\u00a0: enregistrez d’abord le modèle (save_pretrained)."
        )
    entries = sorted(folder.iterdir(), key=lambda path: path.name)
    chosen = [path for path in entries if path.is_file() and not path.is_symlink() and _fits(path.name, GOES)]
    if not _is_model({path.name for path in chosen}, folder):
        raise WorkshopError(
            f"«\u00a0{folder.name}\u00a0» n’est pas le dossier d’un modèle entier (un plan, des poids .safetensors, un "
            "tokenizer)\u00a0: enregistrez-y le modèle et son tokenizer avec save_pretrained."
        )
    for path in chosen:
        _refuse_tokens(path)
    stays = [(path.name + "/" * path.is_dir(), _weight(path), _reason(path)) for path in entries if path not in chosen]
    return Parcel(name, private, tuple((path.name, path.stat().st_size) for path in chosen), tuple(stays))


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _is_model(names: set[str], folder: Path) -> bool:
    if {"adapter_config.json", "adapter_model.safetensors"} <= names:
        return True
    return hub.is_whole(folder) and "config.json" in names and bool(fnmatch.filter(names, "model*.safetensors"))


def _weight(path: Path) -> int:
    """Return the bytes of a file or of a folder with all it holds; a link weighs nothing, whatever it leads to."""
    if path.is_symlink():
        return 0
    if path.is_file():
        return path.stat().st_size
    return sum(inner.stat().st_size for inner in path.rglob("*") if inner.is_file() and not inner.is_symlink())


def _reason(path: Path) -> str:
    if path.is_symlink():
        return "lien vers un autre endroit"
    return next(reason for pattern, reason in STAYS if fnmatch.fnmatchcase(path.name.lower(), pattern))


def _refuse_tokens(path: Path) -> None:
    """Look for a token in what people may have written by hand."""
    if path.suffix == ".safetensors":
        return
    text, own = path.read_text(encoding="utf-8", errors="ignore"), os.environ.get("HF_TOKEN", "").strip()
    if TOKEN.search(text) or (own and own in text):
        raise WorkshopError(
            f"«\u00a0{path.name}\u00a0» contient ce qui ressemble à un jeton (hf_…)\u00a0: retirez-le du fichier, et révoquez ce "
            "jeton sur huggingface.co, car il a pu être lu."
        )


def push_to_hub(folder: Path, name: str, dry_run: bool = True, private: bool = True, update: bool = False) -> Parcel:
    """Send the model in a folder to the Hub, in one version that is whole or is not; with ``dry_run``, only say what would go.

    ``private`` is for a repository that is made now; ``update`` allows a further version in one that is there already.

    Raises:
        WorkshopError: it cannot be sent; the message says why, and what to do.
    """
    parcel = pack(folder, name, private)
    if dry_run:
        return parcel
    if "README.md" not in dict(parcel.goes):
        raise WorkshopError(
            "Il manque la carte du modèle\u00a0: écrivez-la (model_card), et rangez-la dans README.md à côté des poids."
        )
    token = _token()
    if settings().offline:
        raise WorkshopError(f"Rien n’est parti\u00a0: {hub.CUT}. Rien n’est perdu\u00a0: recommencez quand il sera là.")
    from huggingface_hub import HfApi

    api, made = HfApi(token=token), ""
    with hub.hushed():
        try:
            _soon(lambda: api.whoami(token))
            repository = _soon(lambda: api.create_repo(name, private=private, exist_ok=update))
            made = "" if update else " (Le dépôt est créé, encore vide\u00a0: recommencez avec update=True.)"
            address = _commit(api, repository.repo_id, folder, parcel)
        except WorkshopError:
            raise
        except Exception as error:  # the network fails in as many ways as there are libraries underneath
            raise WorkshopError(_sentence(error, name) + made) from None  # the request that failed holds the token
    return replace(parcel, name=repository.repo_id, address=address)


def _commit(api: "HfApi", name: str, folder: Path, parcel: Parcel) -> str:
    """Send the files of a parcel as one version; return the address of the model."""
    from huggingface_hub import CommitOperationAdd

    operations = [CommitOperationAdd(path_in_repo=file, path_or_fileobj=str(folder / file)) for file, _ in parcel.goes]
    api.create_commit(name, operations, commit_message="Publish the model and its card")
    return f"{api.endpoint}/{name}"


def _token() -> str:
    """Return the token of the environment.

    Raises:
        WorkshopError: there is none, or it is no token.
    """
    token = os.environ.get("HF_TOKEN", "").strip()
    if not token:
        raise WorkshopError(
            "Il n’y a pas de jeton\u00a0: créez-en un sur huggingface.co (Settings, Access Tokens, droit «\u00a0write\u00a0»), "
            "puis donnez-le par la variable d’environnement HF_TOKEN, jamais dans une cellule ni dans un fichier."
        )
    if not re.fullmatch(r"[\x21-\x7e]+", token):  # the library would refuse it, and show it
        raise WorkshopError(
            "HF_TOKEN n’est pas un jeton (espace, accent ou retour à la ligne)\u00a0: copiez-le de nouveau, entier et seul."
        )
    return token


def _soon(ask: Callable[[], T]) -> T:
    """Return a short answer of the Hub, which has to come soon: the library itself would wait for ever."""
    answer = started(ask)
    if not wait([answer], hub.PATIENCE).done:
        raise WorkshopError("Rien n’est parti\u00a0: le Hub ne répond pas. Rien n’est perdu\u00a0: recommencez plus tard.")
    return answer.result()


def _statuses(error: BaseException) -> Iterator[int]:
    """Yield the answers (401, 403…) that an error and its causes tell."""
    for cause in chain(error):
        if status := getattr(getattr(cause, "response", None), "status_code", None):
            yield status


def _sentence(error: Exception, name: str) -> str:
    """Return why the Hub did not take a model, and what to do."""
    owner, _, _ = name.rpartition("/")
    whose = f"«\u00a0{owner}\u00a0»" if owner else "votre compte"
    known = {
        400: "Le Hub refuse ces fichiers (erreur 400)\u00a0: relisez les métadonnées en tête de README.md.",
        401: "Le Hub refuse ce jeton (HF_TOKEN)\u00a0: il est faux, expiré ou révoqué. Créez-en un autre sur huggingface.co.",
        403: f"Ce jeton n’a pas le droit d’écrire chez {whose}\u00a0: vérifiez le compte, et le droit write du jeton.",
        409: f"«\u00a0{name}\u00a0» existe déjà\u00a0: choisissez un autre nom, ou ajoutez-y une version avec update=True.",
        413: "Le Hub refuse un fichier trop lourd (erreur 413).",
        429: "Le Hub reçoit trop de demandes d’ici (erreur 429)\u00a0: attendez quelques minutes.",
    }
    if found := next((known[status] for status in _statuses(error) if status in known), ""):
        return found
    reason = hub.why(error) or f"le Hub n’a pas pris le modèle ({type(error).__name__})"
    return f"Rien n’est publié\u00a0: {reason}. Rien n’est perdu\u00a0: recommencez plus tard."
