"""The workshop without a notebook: the whole way from novels to text, a story that writes itself, the page (Voilà)."""

import importlib.util
import json
import os
import secrets
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, TextIO

from . import corpus, steps
from .base import identity
from .base.errors import WorkshopError
from .base.settings import APP, ROOT, jupyter_environment, settings
from .base.typography import french, typeset
from .generation.sampling import Sampling
from .generation.streaming import BilstmWriter, Gpt2Writer, Writer, generate, stream
from .writers import find

#: The extensions that the page loads: those of the widgets, and no other that JupyterLab may have.
WIDGETS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget")
SAMPLE_TOKENS = 60  # of each text of the demonstration
ALL_THE_TIME = 900.0  # seconds: who asks for the books by name waits for them, as long as something comes


# The whole way (make demo) ------------------------------------------------------------------------------------------------------


@contextmanager
def _part(title: str) -> Iterator[None]:
    """Print a title before, and how long it took after."""
    print(f"\n━━ {title} {'━' * max(2, 76 - len(title))}", flush=True)
    start = time.perf_counter()
    yield
    print(f"   ({time.perf_counter() - start:.0f} s)", flush=True)


def fetch_books() -> None:
    """Fetch the books that are not here yet, with the patience of somebody who prepares a room."""
    corpus.forget_silence()
    corpus.gather(corpus.catalogue(settings().collection or "sand"), seconds=ALL_THE_TIME)


def show_books() -> None:
    """Print one line for each book of the collection: where it was found, what was removed, why it was left out."""
    for book in steps.books():
        print(book.card)


def _show_dataset() -> None:
    for name, part in steps.dataset().items():
        words = sum(len(text.split()) for text in part["text"])
        titles = ", ".join(dict.fromkeys(part["book"]))
        print(f"   {name:<11}{french(len(part), 0):>8} paragraphes {french(words, 0):>10} mots   {titles}")


def _show_tokens() -> None:
    _, tokenizer = steps.base_model()
    sentence = "— Bonsoir, dit le meunier, l’eau monte."
    ids = tokenizer(sentence, add_special_tokens=False)["input_ids"][:10]
    print(f"   « {sentence} »")
    print("   " + "  ".join(f"{tokenizer.decode([i])!r}→{i}" for i in ids))


def continuation(writer: Writer, sampling: Sampling) -> str:
    """Return the demonstration's prompt continued by a model, as a French printer would set it."""
    return typeset(steps.PROMPT + generate(writer, steps.PROMPT, sampling))


def show_text(name: str, text: str) -> None:
    """Print a generated text under the name of its author."""
    print(f"\n   {name}")
    print(textwrap.indent(textwrap.fill(" ".join(text.split()), 96), "   │ "))


def demo() -> None:
    """Show each step of the workshop on the books at hand, and write the figures and models that the chapters make."""
    start = time.perf_counter()
    sampling = Sampling(max_new_tokens=SAMPLE_TOKENS, seed=settings().seed)
    texts = {}
    with _part("La voie"):
        from .machine.doctor import check_lane, check_processor

        for check in (check_lane(settings()), check_processor()):
            print(f"   {check.name} : {check.found}")
        steps.collection()
    with _part("Les livres"):
        show_books()
    with _part("Le jeu de données"):
        _show_dataset()
    with _part("Les tokens"):
        _show_tokens()
    with _part("Le BiLSTM (chapitre 03)"):
        bilstm, small_tokenizer = steps.bilstm()
        texts["BiLSTM"] = continuation(BilstmWriter(bilstm, small_tokenizer, steps.WINDOW), sampling)
        show_text("BiLSTM", texts["BiLSTM"])
    with _part("GPT-2, avant (chapitre 04)"):
        model, tokenizer = steps.base_model()
        texts["GPT-2 de base"] = continuation(Gpt2Writer(model, tokenizer), sampling)
        show_text("GPT-2 de base", texts["GPT-2 de base"])
    with _part("GPT-2, spécialisé"):
        model, tokenizer = steps.specialised_model(sample=lambda current: continuation(Gpt2Writer(current, tokenizer), sampling))
        texts["GPT-2 spécialisé"] = continuation(Gpt2Writer(model, tokenizer), sampling)
        show_text("GPT-2 spécialisé", texts["GPT-2 spécialisé"])
    with _part("Qui prévoit le mieux le livre d’examen ?"):
        table = steps.comparison()
        print(format_table(table))
    with _part("Ce qui est écrit"):
        _write_figures(table)
        rows = [asdict(row) for row in table]
        record: dict[str, Any] = {"collection": steps.collection(), "prompt": steps.PROMPT, "table": rows, "texts": texts}
        record["minutes"] = round((time.perf_counter() - start) / 60, 2)
        path = steps.folder("demo.json")
        path.write_text(json.dumps(record, ensure_ascii=False, indent=2), encoding="utf-8")
        for path in sorted(steps.folder("").glob("*")):
            if not path.name.endswith((".lock", ".checkpoints")) and not path.name.startswith("."):
                print(f"   {path}")


def format_table(rows: list[steps.Row]) -> str:
    """Return the comparison of the models as lines of text."""
    lines = [f"   {'modèle':<34}{'bits par caractère':>20}{'perplexité':>14}"]
    lines += [f"   {row.model:<34}{french(row.bits_per_character, 2):>20}{french(row.perplexity, 1):>14}" for row in rows]
    return "\n".join(lines)


def _write_figures(table: list[steps.Row]) -> None:
    from . import plots

    folder = steps.folder("figures")
    folder.mkdir(parents=True, exist_ok=True)
    words = {book.title: len(book.text.split()) for book in steps.kept_books()}
    plots.words_per_book(words).savefig(folder / "mots_par_livre.png")
    plots.model_comparison({row.model: row.bits_per_character for row in table}).savefig(folder / "modeles.png")
    history = steps.training_history()
    if history:
        plots.loss_curves(history).savefig(folder / "apprentissage.png")


# A story (python -m workshop write) ---------------------------------------------------------------------------------------------


def another_seed() -> int:
    """Return WORKSHOP_SEED where it is set, else a number drawn by chance, short enough to be copied by hand."""
    return settings().seed if settings().seed_given else secrets.randbelow(1_000_000)


def words(pieces: Iterator[str]) -> Iterator[str]:
    """Yield a text, typeset, as it comes: a word waits for the next one, because what follows can change how it is set."""
    text, said = "", 0
    for piece in pieces:
        text += piece
        shown = typeset(text)
        whole = max(shown.rfind(" "), shown.rfind("\n"))
        if whole > said:
            yield shown[said:whole]
            said = whole
    yield typeset(text)[said:]


def write(prompt: str, name: str, sampling: Sampling, out: TextIO | None = None) -> None:
    """Print ``prompt`` and what the model ``name`` writes after it, as it writes.

    Raises:
        WorkshopError: the model is not there, or the settings make no sense.
    """
    writer, out = find(name), out or sys.stdout

    def pieces() -> Iterator[str]:
        yield prompt.rstrip(" \u00a0")
        for token in stream(writer, prompt, sampling):
            yield token.text

    for piece in words(pieces()):
        print(piece, end="", flush=True, file=out)
    print(file=out)


# The page (make app) ------------------------------------------------------------------------------------------------------------


def app(port: int = 8866, browser: bool = True, ip: str = "127.0.0.1") -> int:
    """Open the playground as a page of its own; by default only this machine can reach it, with the token of the address.

    The server is this very process: what stops the one stops the other, and all that it has started.

    Raises:
        WorkshopError: Voilà is not installed.
    """
    if importlib.util.find_spec("voila") is None:
        raise WorkshopError("Il manque le paquet voila : relancez « make setup », ou « pip install voila ».")
    os.environ.update(jupyter_environment())  # before Jupyter is imported, which reads them once
    os.environ["WORKSHOP_OUTPUTS"] = str(settings().outputs)  # as seen from here: the kernels are in the folder of the page
    os.chdir(ROOT)
    from .widgets import host

    return host.main(app_options(port, browser, ip))


def most_visitors() -> int:
    """Return how many people may be on the page at a time (WORKSHOP_APP_VISITORS); 0: as many as the memory allows.

    Raises:
        WorkshopError: the variable is no number.
    """
    given = os.environ.get("WORKSHOP_APP_VISITORS", "").strip() or "0"
    if not given.isdecimal() or len(given) > 9:
        raise WorkshopError(f"WORKSHOP_APP_VISITORS vaut «\u00a0{given}\u00a0»\u00a0: donnez un nombre, par exemple 5.")
    return int(given)


def app_options(port: int, browser: bool, ip: str = "127.0.0.1") -> list[str]:
    """Return what the server of the page is told: the notebook, and Voilà's options."""
    options = ["--token", f"--Voila.ip={ip}", f"--port={port}", "--template=atelier", "--show_tracebacks=False"]
    options += [f"--VoilaConfiguration.extension_allowlist={name}" for name in WIDGETS]
    options += [f"--Host.visitors={most_visitors()}"]
    options += [f"--VoilaConfiguration.resources=identity={identity.style('system')}"]
    quiet = [] if browser else ["--no-browser"]
    return [str(APP / "playground.ipynb"), *options, *quiet]
