"""Where a book came from and what became of it: the card that goes with its text."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..base.typography import french
from .books import RawBook


@dataclass(frozen=True, repr=False)  # a repr of fields would hold the whole book, and the path of this machine
class Provenance:
    """Where a book came from and what became of it: one line as text, a small table in a notebook."""

    raw: RawBook
    lines_removed: int
    share_removed: float  #: of the words, between 0 and 1
    left_out: str = ""  #: the reason, if the book was not kept
    words_removed: Mapping[str, int] = field(default_factory=dict)  #: by reason

    def rows(self) -> dict[str, str]:
        """The card, label by label."""
        book = self.raw.book
        edition = f"projet Gutenberg nº {book.number}" if book.number else "écrit pour l’atelier"
        kept = "gardé pour l’examen" if book.role == "test" else "gardé"
        return {
            "Livre": f"{book.title}, {book.author}" + (f" (trad. {book.translator})" if book.translator else ""),
            "Édition": f"{edition}, {book.file}",
            "Licence": book.licence,
            "Trouvé": self.raw.found,
            "Encodage": self.raw.encoding,
            "SHA-256": self.raw.sha256,
            "Retiré": self._removed(),
            "Décision": f"laissé de côté : {self.left_out}" if self.left_out else kept,
        }

    def _removed(self) -> str:
        reasons = ", ".join(f"{reason}\u00a0: {french(words, 0)}" for reason, words in self.words_removed.items())
        total = f"{french(self.lines_removed, 0)} lignes, {french(100 * self.share_removed, 1)}\u202f% des mots"
        return f"{total} ({reasons})" if reasons else total

    def __str__(self) -> str:
        """One line, for the terminal."""
        rows = self.rows()
        origin = f"{rows['Édition']} ; {rows['Trouvé']}, {rows['Encodage']}, {self.raw.sha256[:8]}"
        fate = rows["Décision"] if self.left_out else f"retiré : {rows['Retiré']} ; {rows['Décision']}"
        return f"{'✗' if self.left_out else '✓'} {self.raw.book.title} ({origin}) {fate}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th scope='row' style='text-align:left'>{label}</th>"
            f"<td style='text-align:left;overflow-wrap:anywhere'>{html.escape(value)}</td></tr>"
            for label, value in self.rows().items()
        )
        return f"<table>{cells}</table>"
