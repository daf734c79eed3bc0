"""The page, put together: ``page.html`` with its style, its scripts, its texts, the models and the tokenizer inside.

Marks of ``page.html``: ``{{name}}`` is a text of ``fr.json``, and ``<!-- script: words.js -->`` (or ``style``, ``models``…) is
where that part goes.  The page asks nothing of anybody, and its security policy forbids it to.
"""

import base64
import hashlib
import html
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .. import cleaning, corpus, steps
from ..base import identity
from ..base.errors import WorkshopError
from ..base.models import embedded, locate, locate_exactly
from ..base.settings import expanded, file_to_write, settings
from ..base.typography import french, typeset
from ..stories.blind import eligible
from ..stories.clozes import CLOZES
from . import weights

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
MOST = 2  # models in a page: side by side, there is room for two
SENTENCES = 200  # of the Veillées, to be told from the machine's

TITLES = {"base": "modèle de base", "specialised": "modèle spécialisé"}

_MARK = re.compile(r"\{\{([\w.-]+)\}\}|<!-- (\w+)(?:: ([\w.-]+))? -->")


@dataclass(frozen=True)
class Model:
    """A model of the page."""

    name: str  #: as the page calls it
    title: str  #: as people read it
    packed: weights.Packed


def default_path() -> Path:
    """Return where the page goes when nobody says where."""
    return settings().outputs / "page.html"


def write(out: str | Path | None = None, models: Sequence[str] = ("base",)) -> Path:
    """Write the page that holds these models, whole or not at all, and return its path.

    Args:
        out: the file, or the folder to put it in; by default :func:`default_path`.
        models: one or two of ``base``, ``specialised``, or folders of a GPT-2.

    Raises:
        WorkshopError: a model is not there or not one that the page can run, or the file cannot be written.
    """
    return _save(expanded(str(out)) if out else default_path(), load(models))


def write_embedded(out: Path) -> Path:
    """Write the page of the model that ships with the workshop, whatever the lane: the one to give to everybody."""
    return _save(out, [Model("base", TITLES["base"], weights.pack(embedded()))])


def _save(out: Path, models: Sequence[Model]) -> Path:
    out = file_to_write(out, default_path().name)
    whole = page(models)
    try:
        if out.parent == default_path().parent:  # ours to make; another that does not exist is a slip of the keyboard
            out.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(out, whole)
    except OSError as error:
        raise WorkshopError(
            f"La page n’a pas pu être écrite dans «\u00a0{out.parent}\u00a0» ({error.strerror or error})\u00a0: choisissez "
            f"un dossier qui existe, où vous pouvez écrire et où il reste {french(len(whole) / 1e6, 0)}\u00a0Mo."
        ) from error
    return out


def take_away(model: str = "specialised") -> str:
    """Write an attendee's model into ``mon-modele.html``, in the outputs, and return what to tell them.

    A notebook goes on whatever happens: a model that no page can hold is told too, not raised.
    """
    try:
        out = write(settings().outputs / "mon-modele.html", [model])
    except WorkshopError as error:
        return f"⚠ {error}"
    return told(out, f"outputs/{out.name}")


def told(out: Path, shown: str = "") -> str:
    """Return the sentence that says what was written, under the name that is ``shown``, and what to do with it."""
    size = french(out.stat().st_size / 1e6, 1)
    return f"{shown or out}\u00a0: {size}\u00a0Mo. Un double clic, et le modèle écrit dans le navigateur, sans réseau ni Python."


def load(names: Sequence[str]) -> list[Model]:
    """Find and pack the models of these names.

    Raises:
        WorkshopError: there are too many, one of them is not there, or they do not share a tokenizer.
    """
    names = list(dict.fromkeys(names))
    if not 1 <= len(names) <= MOST:
        raise WorkshopError(f"Une page porte un modèle, ou {MOST} côte à côte\u00a0: en voici {len(names)}.")
    models: list[Model] = []
    for name in names:
        folder = _folder(name)
        called = name if name in TITLES else re.sub(r"\W+", "-", folder.resolve().name) or "model"
        called = f"{called}-{len(models) + 1}" if called in [model.name for model in models] else called
        models.append(Model(called, TITLES.get(name, folder.resolve().name), weights.pack(folder)))
    if any(model.packed.tokenizer != models[0].packed.tokenizer for model in models):
        raise WorkshopError("Ces deux modèles n’ont pas le même tokenizer\u00a0: faites une page pour chacun.")
    return models


def _folder(name: str) -> Path:
    if name == "specialised":
        return steps.specialised_folder()
    return locate() if name == "base" else locate_exactly(name)


# The page -----------------------------------------------------------------------------------------------------------------------


def page(models: Sequence[Model]) -> str:
    """Return the page with these models in it."""
    template = (HERE / "page.html").read_text(encoding="utf-8")
    texts = json.loads((HERE / "fr.json").read_text(encoding="utf-8"))
    names = re.findall(r"<!-- script: (\S+) -->", template)
    scripts = {name: _script((HERE / name).read_text(encoding="utf-8")) for name in names}
    parts = {
        "policy": lambda: _policy(scripts.values()),
        "texts": lambda: _json("texts", texts),
        "models": lambda: _models(models),
        "sentences": lambda: _json("sentences", {"veillees": sentences(), "clozes": [asdict(cloze) for cloze in CLOZES]}),
    }

    def put(mark: re.Match) -> str:
        text, kind, file = mark.groups()
        if text:
            return html.escape(typeset(texts[text]))
        if kind == "style":
            return f"<style>\n{identity.style()}{(HERE / file).read_text(encoding='utf-8')}</style>"
        return f"<script>{scripts[file]}</script>" if kind == "script" else parts[kind]()

    return _MARK.sub(put, template)


def _policy(scripts: Any) -> str:
    """Return the policy that forbids every request, and every script but these."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts)
    rules = {"default-src": "'none'", "script-src": hashes or "'none'", "worker-src": "blob:", "style-src": "'unsafe-inline'"}
    rules |= {"img-src": "data: blob:", "connect-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    policy = "; ".join(f"{name} {value}" for name, value in rules.items())
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


def _script(source: str) -> str:
    """Return a source that an HTML page can hold: nothing in it ends the script."""
    return "\n" + source.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _json(name: str, value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _models(models: Sequence[Model]) -> str:
    described = [
        {"name": one.name, "title": one.title, "config": one.packed.config, "tensors": one.packed.tensors} for one in models
    ]
    numbers = [
        f'<script type="text/plain" id="weights-{model.name}">{base64.b64encode(model.packed.data).decode()}</script>'
        for model in models
    ]
    worker = f'<script type="text/plain" id="worker-source">{_script(worker_source())}</script>'
    return "\n".join([_json("models", described), _json("tokenizer", models[0].packed.tokenizer), *numbers, worker])


def worker_source() -> str:
    """Return what runs beside the page: the tokenizer's library, then our own scripts, as one."""
    vendored = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    notice = f"/*! {vendored['name']} {vendored['version']}, {vendored['licence']}, {vendored['source']} */"
    library = (VENDOR / "tokenizers.js").read_text(encoding="utf-8")
    wrapped = f"const tokenizers = ((module) => {{\n{notice}\n{library}\nreturn module.exports;\n}})({{}});"
    ours = [(HERE / name).read_text(encoding="utf-8") for name in ("gpt2.js", "tokens.js", "worker.js")]
    return "\n".join(['"use strict";', wrapped, *ours])


def sentences() -> list[str]:
    """Return sentences of the book of the Veillées that no model was trained on, in its order, evenly taken."""
    book = next(book for book in corpus.catalogue("veillees") if book.role == "test")
    cleaned = cleaning.clean(corpus.read(book).text, book.title, book.role)
    punkt = cleaning.train_punkt([cleaned.text])
    found = eligible(one for paragraph in cleaned.paragraphs for one in cleaning.split_sentences(paragraph, punkt))
    return found[:: -(-len(found) // SENTENCES)]


def _write_whole(out: Path, text: str) -> None:
    """Write beside ``out``, then rename: an interruption, Ctrl-C included, leaves what was there before."""
    handle, part = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(part, 0o644)  # mkstemp's file is for its owner alone; a page is to be shared
        os.replace(part, out)
    finally:
        Path(part).unlink(missing_ok=True)
