"""``python -m workshop COMMAND``: everything the workshop does outside a notebook."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

from .base.errors import DISK_FULL, WorkshopError
from .base.settings import INSTALLED, ROOT, expanded, jupyter_environment
from .machine import environment
from .machine.unpack import speak_utf8

PLATFORMS, PYTHONS = ["windows", "macos", "linux", "macos-intel"], ["3.11", "3.12", "3.13", "3.14"]
UNREACHABLE = (
    "«\u00a0{place}\u00a0» ne peut être ni lu ni écrit ({why})\u00a0: voyez ce qu’il y a là, et si vous en avez le droit. Ce que "
    "fait l’atelier va dans le dossier que dit WORKSHOP_OUTPUTS."
)
NEEDS_PACKAGES = "Il manque des paquets ({name}) : {advice}."


def setup(_: argparse.Namespace) -> int:
    """Make the environment (.venv), once."""
    environment.make()
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """Print the table of what is ready and what is to be done; exit code 1 when something is."""
    from .backstage import checklist
    from .machine import doctor

    checks = checklist.examine() if arguments.room else doctor.examine()
    print(checklist.report(checks) if arguments.room else doctor.table(checks))
    return int(any(check.state == doctor.TODO for check in checks))


def lab(_: argparse.Namespace) -> int:
    """Open the first notebook in JupyterLab."""
    first = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))[0]
    return subprocess.call([sys.executable, "-m", "jupyter", "lab", str(first)], cwd=ROOT, env=jupyter_environment())


def books(_: argparse.Namespace) -> int:
    """Fetch the books of the catalogue and print where each was found."""
    from . import terminal

    terminal.fetch_books()
    terminal.show_books()
    return 0


def pack(arguments: argparse.Namespace) -> int:
    """Put all that a room with no network needs into one file for a USB key (« python FILE » unpacks it)."""
    from .machine import pack

    pack.pack(expanded(arguments.out), arguments.platform, arguments.python, not arguments.no_wheels)
    return 0


def page(arguments: argparse.Namespace) -> int:
    """Write the model into one HTML file that opens with a double click: nothing to install, no network."""
    from .page import build

    print("✅ " + build.told(build.write(arguments.out, arguments.model or ["base"])))
    return 0


def unpack(arguments: argparse.Namespace) -> int:
    """Unpack such a file, every checksum verified."""
    from .machine import unpack

    return unpack.main([arguments.file, *arguments.folder])


def run_demo(_: argparse.Namespace) -> int:
    """Run the whole pipeline, from raw novels to generated text."""
    from . import terminal

    terminal.demo()
    return 0


def finetune(arguments: argparse.Namespace) -> int:
    """Specialise GPT-2 on the books (also the entry point of ``accelerate launch``)."""
    from . import steps
    from .gpt2 import finetuning

    recipe = None if arguments.max_steps is None else finetuning.FineTuning(max_steps=arguments.max_steps)
    steps.specialised_model(recipe)
    return 0


def build(arguments: argparse.Namespace) -> int:
    """Make the generated files from their sources, or (``--check``) only look; exit code 1 when one is still stale."""
    from .backstage import notebooks

    stale = notebooks.build(arguments.check, arguments.execute)
    for line in stale:
        print(f"périmé : {line}")
    if stale and arguments.check:
        print("Lancez « make notebooks », relisez, puis enregistrez le résultat.")
    return int(bool(stale))


def make_slides(_: argparse.Namespace) -> int:
    """Make the chapters into slides that need no network, in outputs/slides/."""
    from .backstage import slides

    for path in slides.make():
        print(f"écrit : {path}", flush=True)
    print(slides.LIVE)
    return 0


def make_site(_: argparse.Namespace) -> int:
    """Make the static site, in outputs/site/: the page, the slides and the executed chapters."""
    from .backstage import site

    print(f"écrit : {site.make()}")
    return 0


def record(arguments: argparse.Namespace) -> int:
    """Keep what was measured (the demonstration, how long each chapter takes), or the story on which the playground opens."""
    from .backstage import measures

    if arguments.what == "opening":
        from .widgets import opening
        from .writers import find

        print(f"✅ {opening.save(find('base'))}")
    elif arguments.what == "chapters":
        measures.record_chapters()
    else:
        measures.record_demo(arguments.what)
    return 0


def reset(_: argparse.Namespace) -> int:
    """Forget which exercises were done."""
    from .exercises import reset

    reset()
    print("Votre progression est oubliée.")
    return 0


def test(arguments: argparse.Namespace) -> int:
    """Run every check: style, types, freshness, unit tests, then the notebooks (``--fast``: leave out what takes long)."""
    if arguments.offline is not None:
        from .machine import offline

        return offline.run_notebooks(arguments.offline)
    python = [sys.executable, "-m"]
    tests = [*python, "pytest", "-q", "-p", "no:nbval", "-n", "auto", "--maxprocesses=4", "--dist=loadfile"]  # a file, a process
    style = [[*python, "ruff", "check", "."], [*python, "ruff", "format", "--check", "."], [*python, "mypy"]]
    checks = [*([] if arguments.no_style else style), [*python, "workshop", "build", "--check"]]
    checks += [[*tests, "-m", "not slow and not index" if arguments.fast else "not index"]]
    for command in checks:
        if code := subprocess.call(command, cwd=ROOT):
            return code
    return 0 if arguments.fast else _test_notebooks(python)


def _test_notebooks(python: list[str]) -> int:
    """Run the solutions (outputs compared) and the attendee's notebooks as they are, offline, on the embedded corpus."""
    from .backstage.notebooks import EXECUTION

    with tempfile.TemporaryDirectory() as outputs:
        environment = os.environ | EXECUTION | {"WORKSHOP_OUTPUTS": outputs}
        options = ["--nbval-lax", "--nbval-current-env", "--durations=10", "solutions", "notebooks"]
        return subprocess.call([*python, "pytest", "-q", *options], cwd=ROOT, env=environment)


def write(arguments: argparse.Namespace) -> int:
    """Write a story in the terminal, from a beginning: another one each time, unless a seed is given."""
    from . import terminal
    from .generation.sampling import Sampling

    given = {name: value for name in SETTINGS if (value := getattr(arguments, name)) is not None}
    sampling = Sampling(**{"seed": terminal.another_seed()} | given)
    terminal.write(arguments.prompt, arguments.model, sampling)
    if "seed" not in given:  # not a part of the story: whoever keeps it in a file keeps it alone
        print(f"\nPour retrouver ce texte\u00a0: la même commande avec --seed {sampling.seed}", file=sys.stderr)
    return 0


def app(arguments: argparse.Namespace) -> int:
    """Open the playground as a page of its own, on this machine only."""
    from .machine.resources import require_address

    require_address(arguments.ip, arguments.port)
    from . import terminal

    return terminal.app(arguments.port, browser=not arguments.no_browser, ip=arguments.ip)


def serve(arguments: argparse.Namespace) -> int:
    """Open the server for stories: pages, accounts, an API; with ``--room``, the room seen live."""
    from .machine.resources import require_address

    require_address(arguments.ip, arguments.port)
    from .server import serve
    from .server.room.rooms import Rooms

    rooms = gathered = None
    if arguments.room:
        from .exercises.programme import programme

        rooms = Rooms(programme())
        room = rooms.open(arguments.code)
        if brokers := os.environ.get("WORKSHOP_ROOM_KAFKA"):
            from .server.room.relay import to_kafka

            room.relay = to_kafka(brokers)
        if table := os.environ.get("WORKSHOP_ROOM_TABLE"):
            from .server.room.gathered import Gathered

            gathered = Gathered(table, rooms.programme, os.environ.get("WORKSHOP_STREAM_PASSWORD", ""))
    serve.run(arguments.ip, arguments.port, arguments.admin, rooms, arguments.prefix, gathered)
    return 0


def decimal(text: str) -> float:
    """Return a number that was typed in French or in English: ``1,3`` is 1.3."""
    return float(text.replace(",", "."))


#: The settings of ``write``: the names of :class:`workshop.generation.Sampling`, as they are typed.
SETTINGS: dict[str, tuple[str, Callable[[str], float]]] = {
    "temperature": ("--temperature", decimal),
    "top_k": ("--top-k", int),
    "top_p": ("--top-p", decimal),
    "max_new_tokens": ("--length", int),
    "num_beams": ("--beams", int),
    "no_repeat_ngram_size": ("--no-repeat", int),
    "repetition_penalty": ("--penalty", decimal),
    "seed": ("--seed", int),
}

#: What works on the chapters or on the repository itself, and so not where pip installed the package alone.
NEEDS_THE_WHOLE = {"setup", "lab", "pack", "build", "slides", "site", "record", "test"}

COMMANDS = {
    "setup": setup,
    "doctor": doctor,
    "lab": lab,
    "write": write,
    "app": app,
    "serve": serve,
    "books": books,
    "page": page,
    "pack": pack,
    "unpack": unpack,
    "demo": run_demo,
    "finetune": finetune,
    "build": build,
    "slides": make_slides,
    "site": make_site,
    "record": record,
    "reset": reset,
    "test": test,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line: one sub-command for each entry of ``COMMANDS``."""
    whole = argparse.ArgumentParser(prog="python -m workshop", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    said = {name: (function.__doc__ or "").splitlines()[0] for name, function in COMMANDS.items()}
    parsers = {name: commands.add_parser(name, help=words) for name, words in said.items()}
    parsers["doctor"].add_argument("--room", action="store_true", help="the checklist of whoever gives the workshop")
    parsers["write"].add_argument("prompt", help="the beginning of the story")
    parsers["write"].add_argument("--model", default="base", help="base, specialised, bilstm, or a folder")
    for name, (option, kind) in SETTINGS.items():
        parsers["write"].add_argument(option, dest=name, type=kind, help=f"{name} of workshop.generation.Sampling")
    parsers["app"].add_argument("--port", type=int, default=8866)
    parsers["app"].add_argument("--ip", default="127.0.0.1", help="where to listen; a container needs 0.0.0.0")
    parsers["app"].add_argument("--no-browser", action="store_true", help="only print the address")
    parsers["serve"].add_argument("--port", type=int, default=8080)
    parsers["serve"].add_argument("--ip", default="127.0.0.1", help="where to listen; 0.0.0.0: the whole room can come")
    parsers["serve"].add_argument("--room", action="store_true", help="the room, live: its code and the instructor's address")
    parsers["serve"].add_argument("--code", default="", help="of the room; by default one is drawn at random")
    parsers["serve"].add_argument(
        "--prefix", default="", help="the path below which a proxy shows it, for instance /services/salle"
    )
    parsers["serve"].add_argument("--admin", default="", help="the name of the account that sees the dashboard")
    parsers["finetune"].add_argument("--max-steps", type=int, help="stop after so many steps")
    parsers["page"].add_argument("out", nargs="?", help="the file to write; by default outputs/page.html")
    parsers["page"].add_argument(
        "--model", action="append", metavar="NAME", help="base, specialised, or a folder; twice: two models side by side"
    )
    parsers["pack"].add_argument("out", help="the file to write, for instance atelier.zip")
    parsers["pack"].add_argument("--platform", nargs="+", choices=PLATFORMS, default=PLATFORMS[:3], help="whose computers")
    parsers["pack"].add_argument("--python", nargs="+", choices=PYTHONS, default=["3.12"], help="their versions of Python")
    parsers["pack"].add_argument("--no-wheels", action="store_true", help="leave the packages out: the room has a network")
    parsers["unpack"].add_argument("file", help="the file that pack wrote")
    parsers["unpack"].add_argument("folder", nargs="*", help="where to put the workshop (a folder that does not exist yet)")
    parsers["record"].add_argument("what", help="sand or veillees (after a demonstration), chapters, or opening")
    parsers["test"].add_argument("--fast", action="store_true", help="no training, no notebook: about two minutes")
    parsers["test"].add_argument("--no-style", action="store_true", help="neither ruff nor mypy, whose next version may say more")
    parsers["test"].add_argument("--offline", nargs="*", metavar="NOTEBOOK", help="only the attendee's notebooks, network cut")
    parsers["build"].add_argument("--check", action="store_true", help="change nothing, fail when a generated file is stale")
    parsers["build"].add_argument("--execute", action="store_true", help="execute the solutions too")
    return whole


def _say_no_more() -> None:
    """Send what is still to be printed nowhere: where it went takes nothing any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what is foreseeable ends with one sentence, not with a traceback."""
    speak_utf8()
    try:
        try:
            parsed = parser().parse_args(arguments)
        finally:
            sys.stdout.flush()  # « --help | head »
        if INSTALLED and (parsed.command in NEEDS_THE_WHOLE or getattr(parsed, "room", False)):
            from .machine import alone

            raise WorkshopError(alone.not_the_whole(parsed.command))
        code = COMMANDS[parsed.command](parsed)
        sys.stdout.flush()  # here, where what goes wrong is understood, and not when Python ends
        return code
    except BrokenPipeError:  # « | head »: who reads has read enough
        _say_no_more()
        return 141  # as a program that SIGPIPE ends
    except WorkshopError as error:
        print(f"\n❌ {error}", file=sys.stderr)
    except OSError as error:
        if error.errno in DISK_FULL:
            _say_no_more()
            print("\n❌ Il n’y a plus de place sur le disque\u00a0: libérez-en, puis relancez la même commande.", file=sys.stderr)
        elif error.filename is not None:
            print("\n❌ " + UNREACHABLE.format(place=error.filename, why=error.strerror), file=sys.stderr)
        else:
            raise
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("workshop"):
            raise
        from .machine import alone

        print("\n❌ " + NEEDS_PACKAGES.format(name=error.name, advice=alone.packages_for(parsed.command)), file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrompu. Ce qui était fini est gardé : relancez la même commande pour continuer.", file=sys.stderr)
        return 130
    return 1
