"""The environment is read once, and what means nothing is refused in words."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.base.errors import WorkshopError
from workshop.base.settings import OURS, ROOT, from_environment, jupyter_environment

HEAVY = {"torch", "keras", "tensorflow", "transformers", "datasets", "numpy", "matplotlib", "nltk", "pandas"}


def test_defaults_need_nothing():
    here = from_environment({})
    assert here.books is None and here.outputs == ROOT / "outputs" and not here.offline and here.seed == 0


def test_an_empty_variable_is_none_at_all():
    """As a compose file passes on those that are not set."""
    names = ("BOOKS", "CACHE", "OUTPUTS", "PROFILE", "COLLECTION", "OFFLINE", "QUIET", "SEED")
    assert from_environment({f"WORKSHOP_{name}": "" for name in names} | {"MODEL_NAME": ""}) == from_environment({})


def test_variables_are_read(tmp_path):
    here = from_environment(
        {
            "WORKSHOP_BOOKS": str(tmp_path),
            "WORKSHOP_PROFILE": "GPU",
            "WORKSHOP_QUIET": "oui",
            "HF_HUB_OFFLINE": "1",
            "MODEL_NAME": "x/y",
        }
    )
    assert here.books == tmp_path.resolve() and here.profile == "gpu" and here.quiet and here.offline and here.model_name == "x/y"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"WORKSHOP_BOOKS": "no/such/folder"}, "WORKSHOP_BOOKS"),
        ({"WORKSHOP_PROFILE": "tpu"}, "tpu"),
        ({"WORKSHOP_SEED": "un"}, "WORKSHOP_SEED"),
        ({"WORKSHOP_SEED": "²"}, "WORKSHOP_SEED"),
        ({"WORKSHOP_SEED": "9" * 5000}, "WORKSHOP_SEED"),
        ({"WORKSHOP_OFFLINE": "peut-être"}, "WORKSHOP_OFFLINE"),
        ({"WORKSHOP_QUIET": "2"}, "WORKSHOP_QUIET"),
        ({"WORKSHOP_BOOKS": "~personne/livres"}, "WORKSHOP_BOOKS"),
        ({"WORKSHOP_BOOKS": "x" * 300}, "WORKSHOP_BOOKS"),
        ({"WORKSHOP_SEED": str(2**32)}, "WORKSHOP_SEED"),
    ],
)
def test_nonsense_is_refused_with_its_name(variables, named):
    with pytest.raises(WorkshopError, match=named):
        from_environment(variables)


def test_blanks_around_a_value_are_nothing(tmp_path):
    """As « set X=y && … » leaves them on Windows, and a copied line anywhere."""
    given = {"WORKSHOP_BOOKS": str(tmp_path), "WORKSHOP_COLLECTION": "Sand", "MODEL_NAME": "x/y", "WORKSHOP_OFFLINE": "Oui"}
    assert from_environment({name: f" {value} \n" for name, value in given.items()}) == from_environment(given)
    assert from_environment({"MODEL_NAME": "https://huggingface.co/x/y/"}).model_name == "x/y"
    assert from_environment(given).collection == "sand" and from_environment({"MODEL_NAME": " "}) == from_environment({})


def test_a_folder_of_the_repository_is_found_from_the_notebooks(monkeypatch):
    given = {"WORKSHOP_BOOKS": "data/veillees", "WORKSHOP_OUTPUTS": "mes-resultats"}
    here = from_environment(given)
    assert (here.books, here.outputs) == (ROOT / "data" / "veillees", ROOT / "mes-resultats")
    monkeypatch.chdir(ROOT / "notebooks")
    assert from_environment(given) == here


def test_an_account_without_a_home_has_a_cache(monkeypatch):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as where the container's account has no name
    assert from_environment({}).cache.is_absolute()


@pytest.mark.parametrize(("before", "after"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_wait_asleep_unless_the_user_says_otherwise(before, after):
    environ = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"} | {"PYTHONPATH": str(ROOT)}
    environ |= {"OMP_WAIT_POLICY": before} if before else {}
    code = "import os, workshop; print(os.environ['OMP_WAIT_POLICY'])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True).stdout
    assert printed.strip() == after


@pytest.mark.parametrize(
    "module",
    ["workshop", "workshop.base.settings", "workshop.cli", "workshop.machine.doctor", "workshop.corpus", "workshop.cleaning"],
)
def test_light_modules_load_nothing_heavy(module):
    code = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.split() == []


def test_jupyter_finds_the_workshop_first_and_the_user_keeps_what_they_have():
    given = {"JUPYTER_PATH": "/theirs", "JUPYTER_CONFIG_DIR": "/theirs/too", "HOME": "/home/camille"}
    made = jupyter_environment(given)
    assert made["JUPYTER_PATH"].split(os.pathsep) == [str(ROOT / "app/share/jupyter"), "/theirs"]
    assert made | {"JUPYTER_PATH": "/theirs"} == given | {
        name: str(path) for name, path in OURS.items() if name != "JUPYTER_PATH"
    }


def test_jupyterlab_is_in_french_and_without_news():
    chosen = json.loads((ROOT / "app/etc/jupyter/labconfig/default_setting_overrides.json").read_text(encoding="utf-8"))
    assert chosen["@jupyterlab/translation-extension:plugin"]["locale"] == "fr_FR"
    assert chosen["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false", "checkForUpdates": False}
    column = json.loads((ROOT / "app/share/jupyter/labextensions/atelier/package.json").read_text(encoding="utf-8"))
    assert (ROOT / "app/share/jupyter/labextensions/atelier" / column["jupyterlab"]["_build"]["load"]).is_file()


def test_what_pip_installs_finds_its_own_page_and_looks(tmp_path):
    """As the wheel lays it out: ``data/`` and ``app/`` inside the package, and no repository around it."""
    package = tmp_path / "site" / "workshop"
    shutil.copytree(ROOT / "workshop" / "base", package / "base", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "workshop" / "__init__.py", package)
    shutil.copytree(ROOT / "app", package / "_app")
    (package / "_data").mkdir()
    code = "from workshop.base.settings import APP, INSTALLED, jupyter_environment as found; assert INSTALLED\n"
    code += "print(APP, found({})['JUPYTER_PATH'], found({})['JUPYTER_CONFIG_PATH'], sep='\\n')"
    environ = os.environ | {"PYTHONPATH": str(package.parent), "PYTHONIOENCODING": "utf-8"}
    said = subprocess.check_output([sys.executable, "-c", code], env=environ, cwd=tmp_path, text=True, encoding="utf-8")
    app, data, config = map(Path, said.splitlines())
    assert app == (package / "_app").resolve() and (app / "playground.ipynb").is_file()
    assert (data / "voila/templates/atelier/index.html.j2").is_file() and (config / "labconfig").is_dir()
