"""Which model writes: those of the chapters, or one from any folder; loaded when it is first asked for."""

import functools
import threading
from collections.abc import Callable, Mapping

import ipywidgets as w

from ..generation.streaming import Writer
from ..writers import find

#: Writers by their names, or functions that load them.
Writers = Mapping[str, Writer | Callable[[], Writer]]
FOLDER = "un autre (dossier)…"
_loading = threading.Lock()  # one model at a time: two of them at once, on two cores, would only be slower


class ModelChoice(w.VBox):
    """Which model writes; each is loaded the first time it is asked for, and kept."""

    def __init__(self, writers: dict[str, Writer | Callable[[], Writer]]):
        """``writers`` maps names to writers, or to functions that load them; what is loaded is put back into it."""
        self.writers = writers
        style, layout = {"description_width": "auto"}, {"width": "auto"}
        self._names = names = [*self.writers, FOLDER]
        self.names = w.Dropdown(options=names, value=names[0], description="modèle", tooltip="modèle", style=style, layout=layout)
        self.folder = w.Text(
            description="dossier", tooltip="dossier du modèle", placeholder="chemin d’un dossier, ou nom sur huggingface.co",
            continuous_update=False, style=style, layout={**layout, "display": "none"},
        )  # fmt: skip
        super().__init__([self.names, self.folder])
        self.names.observe(self._show_folder, "value")

    def _show_folder(self, change: dict) -> None:
        self.folder.layout.display = "" if change["new"] == FOLDER else "none"

    @property
    def value(self) -> str:
        """The name of the model, or the folder that was typed in."""
        return self.folder.value.strip() if self.names.value == FOLDER else self.names.value

    def mark(self, why: Mapping[str, str]) -> None:
        """Write beside a model's name why it cannot write yet, for each of those in ``why``."""
        chosen = self.names.value
        self.names.options = [
            *((f"{name} (pas encore fait\u00a0: {why[name]})" if name in why else name, name) for name in self.writers),
            (FOLDER, FOLDER),
        ]
        self.names.value = chosen

    def choose(self, name: str) -> None:
        """Choose one of the models, or else a folder."""
        known = name in self._names
        self.names.value = name if known else FOLDER
        if not known:
            self.folder.value = name

    @property
    def loaded(self) -> bool:
        """Whether the chosen model is ready to write."""
        return not callable(self.writers.get(self.value, callable))

    def get(self, name: str) -> Writer:
        """Return a writer, loading it if need be (this may take seconds).

        Raises:
            WorkshopError: there is no such model, or no chapter has made it yet.
        """
        with _loading:
            found = self.writers.get(name) or functools.partial(find, name)
            if callable(found):
                found = self.writers[name] = found()
            return found
