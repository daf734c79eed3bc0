"""The set-up cell as Colab runs it: the release is fetched, what is lacking is installed, what Colab brings is left alone.

Colab is played by a virtual environment with a module ``google.colab`` and packages of Colab's names and versions (empty: only
pip looks at them); GitHub by a git repository behind a small web server; the package index by a folder.
"""

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import tomllib
import venv
from pathlib import Path

import pytest

from workshop.backstage import notebooks
from workshop.base.settings import ROOT
from workshop.machine import colab
from workshop.machine.environment import interpreter

from .wheels import make_wheel

TAG = "v9.9.9"

#: Colab in February 2026, as googlecolab/backend-info lists it, with an older transformers and without datasets.
BROUGHT = {
    "accelerate": "1.12.0",
    "filelock": "3.24.3",
    "huggingface-hub": "0.36.0",
    "ipywidgets": "7.7.1",
    "keras": "3.10.0",
    "matplotlib": "3.10.0",
    "nltk": "3.9.1",
    "numpy": "2.0.2",
    "packaging": "26.0",
    "pandas": "2.2.2",
    "psutil": "5.9.5",
    "tensorflow": "2.19.0",
    "tokenizers": "0.22.2",
    "torch": "2.10.0+cu128",
    "transformers": "4.57.6",
    "wordcloud": "1.9.6",
}
UNTOUCHED = ("torch", "tensorflow", "numpy", "keras", "pandas", "ipywidgets", "psutil", "matplotlib")

#: The package index: the newest datasets, if pip were free to, would replace numpy and torch.
INDEX = [
    ("anywidget", "0.11.0", ["ipywidgets>=7.6", "psygnal>=0.8.1"]),
    ("psygnal", "0.16.1", []),
    ("transformers", "5.1.0", ["huggingface-hub>=1", "numpy>=1.17"]),
    ("huggingface-hub", "1.4.1", []),
    ("datasets", "4.5.0", ["numpy>=2", "pandas"]),
    ("datasets", "5.2.0", ["numpy>=2.4", "torch>=2.13"]),
    ("numpy", "2.5.0", []),
    ("torch", "2.13.0", []),
    ("ipywidgets", "8.1.9", []),
    ("keras", "3.15.1", []),
    ("psutil", "7.2.2", []),
    ("peft", "0.18.1", ["torch>=1.13", "transformers"]),
    ("pypdf", "6.7.1", []),
]


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, encoding="utf-8", **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def github(tmp_path_factory):
    """Serve a repository whose release is behind its main branch; yield the address and what was asked for."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    top = tmp_path_factory.mktemp("github")
    work, bare = top / "work", top / "atelier.git"
    shutil.copytree(ROOT / "workshop", work / "workshop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", work)
    git = ["git", "-C", work, "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    run("git", "init", "-q", "-b", "main", work)
    run(*git, "add", ".")
    run(*git, "commit", "-q", "-m", "Release")
    run(*git, "tag", TAG)
    (work / "later.txt").write_text("after the release", encoding="utf-8")
    run(*git, "add", ".")
    run(*git, "commit", "-q", "-m", "Later")
    run("git", "clone", "-q", "--bare", work, bare)
    backend = Path(run("git", "--exec-path").strip(), "git-http-backend")
    if not backend.is_file():
        pytest.skip("needs git http-backend")
    asked = []
    handler = functools.partial(GitHandler, backend=backend, top=top, asked=asked)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/atelier.git", asked
    server.shutdown()
    server.server_close()


class GitHandler(http.server.BaseHTTPRequestHandler):
    """``git http-backend`` behind Python's web server."""

    def __init__(self, *arguments, backend, top, asked):
        self.backend, self.top, self.asked = backend, top, asked
        super().__init__(*arguments)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        self.asked.append(path)
        environ = os.environ | {
            "GIT_PROJECT_ROOT": str(self.top),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        head, _, content = subprocess.run([self.backend], input=body, env=environ, stdout=subprocess.PIPE).stdout.partition(
            b"\r\n\r\n"
        )
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    for wheel in INDEX:
        make_wheel(folder, *wheel)
    return folder


class Room:
    """A Colab machine: an environment with what Colab brings, and the folder where notebooks run."""

    def __init__(self, python: Path, content: Path, index: Path):
        self.python, self.content = python, content
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "WORKSHOP_", "PYTHON"))}
        self.environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_CONFIG_FILE": os.devnull, "PYTHONUTF8": "1"}
        self.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def session(self, *cells: str):
        """Run cells in a fresh process in which ``google.colab`` is loaded, as in a runtime that has just (re)started."""
        code = "import google.colab\n" + "".join(f"exec({cell!r}, globals())\n" for cell in cells)
        command = [self.python, "-c", code]
        return subprocess.run(command, cwd=self.content, env=self.environ, capture_output=True, text=True, encoding="utf-8")

    def versions(self) -> dict[str, str]:
        listing = run(self.python, "-m", "pip", "list", "--format=json", env=self.environ)
        return {row["name"]: row["version"] for row in json.loads(listing)}


@pytest.fixture
def room(tmp_path, index) -> Room:
    folder, brought = tmp_path / "venv", tmp_path / "brought"
    venv.create(folder, with_pip=True)
    wheels = [make_wheel(brought, *package) for package in BROUGHT.items() if package[0] != "packaging"]
    import packaging

    purelib = Path(run(interpreter(folder), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    shutil.copytree(Path(packaging.__file__).parent, purelib / "packaging")
    (purelib / "google" / "colab").mkdir(parents=True)
    (purelib / "google" / "colab" / "__init__.py").touch()
    (tmp_path / "content").mkdir()
    room = Room(interpreter(folder), tmp_path / "content", index)
    run(room.python, "-m", "pip", "install", "-q", "--no-deps", *wheels, env=room.environ)
    return room


def setup_cell(repository: str, release: str = TAG) -> str:
    return notebooks.SETUP.format(repository=repository, release=release)


@pytest.mark.slow
def test_colab_gets_the_release_and_only_what_it_lacks(room, github):
    repository, asked = github
    before = room.versions()
    first = room.session(setup_cell(repository), "import workshop; print(workshop.__file__)")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[0] == "Colab\u00a0: copie de l’atelier…"
    assert first.stdout.splitlines()[1].startswith(
        "Colab\u00a0: installation de anywidget>=0.9, datasets>=4, peft>=0.18, pypdf>=6, transformers>=5 ("
    )
    assert len(first.stdout.splitlines()) == 4 and first.stderr == ""
    assert str(room.content / "atelier" / "workshop") in first.stdout
    assert not (room.content / "atelier" / "later.txt").exists()  # the release, not the main branch

    after = room.versions()
    assert {name: after[name] for name in UNTOUCHED} == {name: before[name] for name in UNTOUCHED}
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"anywidget", "psygnal", "transformers", "huggingface-hub", "datasets", "peft", "pypdf"}
    assert (after["transformers"], after["datasets"]) == ("5.1.0", "4.5.0")

    asked.clear()
    again = room.session(setup_cell(repository), setup_cell(repository))  # a restart, then the cell twice
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "") and not asked
    assert room.versions() == after


@pytest.mark.slow
def test_what_was_already_loaded_asks_for_a_restart(room, github):
    done = room.session("import transformers", setup_cell(github[0]))
    assert (
        "WorkshopError: Colab avait déjà chargé l’ancien transformers" in done.stderr and "Redémarrer la session" in done.stderr
    )
    again = room.session("import transformers", setup_cell(github[0]))
    assert (again.returncode, again.stdout) == (0, "")


@pytest.mark.slow
def test_no_index_is_one_sentence(room, github, tmp_path):
    room.environ["PIP_FIND_LINKS"] = str(tmp_path)
    before = room.versions()
    done = room.session(setup_cell(github[0]))
    assert "WorkshopError: L’installation dans Colab a échoué" in done.stderr and "No matching distribution" in done.stderr
    assert room.versions() == before


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/nobody.git", "{github}/../absent.git"])
def test_no_repository_is_one_sentence(github, tmp_path, address):
    """No network, or no such release: one sentence with git's reason, no traceback, nothing left behind."""
    room = Room(Path(sys.executable), tmp_path, tmp_path)
    (tmp_path / "google" / "colab").mkdir(parents=True)
    room.environ["PYTHONPATH"] = str(tmp_path)
    done = room.session(
        "import sys, types\nsys.modules['google.colab'] = types.ModuleType('colab')", setup_cell(address.format(github=github[0]))
    )
    assert done.returncode == 1
    assert (
        done.stderr.startswith("❌ La copie a échoué\u00a0: vérifiez le réseau")
        and "fatal" in done.stderr
        and "Traceback" not in done.stderr
    )
    assert not (tmp_path / "atelier").exists()


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(colab, "_install", lambda wanted: pytest.fail("installed out of Colab"))
    monkeypatch.setattr(colab, "needs", lambda *_: ["no-such-package>=1"])
    assert "google.colab" not in sys.modules
    colab.prepare()


def test_the_packages_of_colab_are_read_twice_however_many_are_loaded(monkeypatch):
    """Colab brings hundreds, and to read them all takes a second or more."""
    read = []
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    monkeypatch.setattr(colab, "lacking", lambda needs: ["datasets>=4"])
    monkeypatch.setattr(colab, "_install", lambda wanted: None)
    monkeypatch.setattr(colab, "_loaded", lambda: set(BROUGHT))
    monkeypatch.setattr(colab, "_versions", lambda: read.append(1) or BROUGHT)
    colab.prepare()
    assert len(read) == 2  # before and after


def test_lacking_is_what_is_absent_or_too_old():
    said = ["transformers>=5", "keras>=3.12", "ipywidgets>=8.1", "datasets>=4", "jupyterlab>=4.4", "accelerate>=1.10"]
    said += ["tensorflow>=2.19; sys_platform == 'nowhere'", "wordcloud>=1.9; sys_platform == 'nowhere'"]

    def version_of(name: str) -> str:
        if name not in BROUGHT:
            raise colab.importlib.metadata.PackageNotFoundError(name)
        return BROUGHT[name]

    assert colab.lacking(said, version_of) == ["transformers>=5", "datasets>=4"]


def test_every_need_of_the_workshop_can_be_read():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert colab.needs() == declared and colab.lacking(declared) == []  # this environment lacks nothing
    with_server = colab.needs("server")  # chapter 07
    assert with_server[: len(declared)] == declared and any(need.startswith("Flask>=") for need in with_server)
    assert colab.lacking(with_server) == []


def test_the_release_is_that_of_the_package():
    """What Colab fetches is tagged with the version: raise both, then ``git tag``."""
    import workshop

    assert notebooks.project(notebooks.ROOT).release == f"v{workshop.__version__}"
