"""Google Colab: install what it lacks, and leave what it brings as it is.

Colab's torch, TensorFlow and numpy are made for its machines, its ipywidgets for its pages, and several packages are loaded
before the first cell runs: those are never replaced, even where they are older than what the room uses.
"""

import importlib.metadata
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

from ..base.errors import WorkshopError
from ..base.settings import ROOT, say

#: Of no use there: Colab is its own JupyterLab, and where it has no TensorFlow (TPU), Keras uses PyTorch.
NOT_NEEDED = ("jupyterlab", "tensorflow", "tensorflow-cpu")

#: Never replaced by pip, whatever their version.
KEPT = (
    *("torch", "torchvision", "torchaudio", "triton", "tensorflow", "tensorflow-cpu", "keras", "jax", "jaxlib"),
    *("numpy", "pandas", "scipy", "scikit-learn", "pyarrow", "protobuf", "matplotlib"),
    *("ipywidgets", "ipykernel", "ipython", "tornado", "traitlets", "psutil", "filelock", "google-colab"),
)

VersionOf = Callable[[str], str]


def prepare(*extras: str) -> None:
    """Install what the workshop needs and Colab lacks; out of Colab, or when there is nothing to install, do nothing.

    Args:
        extras: what a chapter needs besides, by its name in ``pyproject.toml`` (« server »).

    Raises:
        WorkshopError: pip failed, or a package that was replaced is already loaded; the sentence says what to do.
    """
    if "google.colab" not in sys.modules:
        return
    wanted = lacking(needs(*extras))
    if not wanted:
        return
    say(f"Colab : installation de {', '.join(wanted)} (une seule fois, moins de 90 secondes)…")
    before, loaded = _versions(), _loaded()
    _install(wanted)
    after = _versions()
    replaced = sorted(name for name in loaded if name in before and after.get(name) != before[name])
    if replaced:
        raise WorkshopError(
            f"Colab avait déjà chargé l’ancien {', '.join(replaced)} : menu « Exécution », « Redémarrer la session », "
            "puis exécutez de nouveau cette cellule."
        )
    say("Colab : l’atelier est prêt.")


def needs(*extras: str, root: Path = ROOT) -> list[str]:
    """Return the dependencies that ``pyproject.toml`` declares, with those of some extras."""
    declared = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return declared["dependencies"] + [need for extra in extras for need in declared["optional-dependencies"][extra]]


def lacking(needs: Iterable[str], version_of: VersionOf = importlib.metadata.version) -> list[str]:
    """Return the needs that are not met: packages that are absent, or too old and not among those that are kept."""
    from packaging.requirements import Requirement

    wanted = []
    for need in map(Requirement, needs):
        if need.name in NOT_NEEDED or (need.marker and not need.marker.evaluate()):
            continue
        try:
            fits = need.name in KEPT or need.specifier.contains(version_of(need.name), prereleases=True)
        except importlib.metadata.PackageNotFoundError:
            fits = False
        if not fits:
            wanted.append(f"{need.name}{need.specifier}")
    return wanted


def _versions() -> dict[str, str]:
    importlib.invalidate_caches()
    return {found.metadata["Name"]: found.version for found in importlib.metadata.distributions()}


def _loaded() -> set[str]:
    """Return the packages of which some module is already in memory."""
    providers = importlib.metadata.packages_distributions()
    return {name for module, names in providers.items() if module in sys.modules for name in names}


def _install(wanted: list[str]) -> None:
    versions = _versions()
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "colab.txt")
        constraints.write_text("".join(f"{name}=={versions[name]}\n" for name in KEPT if name in versions), encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        done = subprocess.run([*pip, "--constraint", str(constraints), *wanted], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise WorkshopError(
            "L’installation dans Colab a échoué : exécutez de nouveau cette cellule ; si cela recommence, menu « Exécution », "
            f"« Déconnecter et supprimer l’environnement », puis recommencez.\nDernière ligne de pip : {''.join(reason)}"
        )
