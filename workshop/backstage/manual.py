"""The manual of chapter 06: its PDF and its pairs, made from ``manual.md`` and ``facts.toml``.

    python -m workshop.backstage.manual

The PDF is laid out as manuals are, with what extraction has to undo: a header and a page number on every page, words cut at
the end of lines (also from one page to the next), the letters « fi » and « fl » cast in one piece, no-break spaces.
"""

import datetime
import json
import re
import tomllib
from pathlib import Path

from ..assistant import documents, pairs
from ..base.errors import WorkshopError
from ..base.typography import typeset

TITLE, SUBTITLE = "La Muette", "Presse à balancier de la forge de Mirebrune"
HEADER = "La Muette — manuel de l’ouvrier"
DATE = datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC)  # fixed: the same source gives the same bytes
PAGE, MARGIN, BODY, LEADING = (148, 210), 20, 11.5, 6.2  # millimetres; points; millimetres
_VOWELS = "aeiouyàâéèêëîïôöùûœ"
_PAIRS = "[bcdfgpt]r|[bcfgp]l|[cpt]h|gn|qu|vr|[bcdfghjklmnpqrstvwxz]"  # consonants that go together at the head of a syllable
_BREAK = re.compile(rf"(?<=\w[{_VOWELS}bcdfghjklmnpqrstvwxz])(?=(?:{_PAIRS})[{_VOWELS}])", re.IGNORECASE)


def hyphenated(word: str) -> str:
    """Return a word with a soft hyphen wherever French lets a line end cut it, two letters from its ends at the least.

    Only before a syllable that a consonant opens, which is the rule of schools; words of fewer than six letters stay whole.
    """
    if len(word) < 6:
        return word
    cuts = [cut.start() for cut in _BREAK.finditer(word) if cut.start() <= len(word) - 3]
    cuts = [cut for cut in cuts if not re.search(rf"(?:{_PAIRS.rpartition('|')[0]})$", word[: cut + 1], re.IGNORECASE)]
    pieces = [word[start:end] for start, end in zip([0, *cuts], [*cuts, len(word)], strict=True)]
    return "\u00ad".join(pieces)


def set_in_type(text: str) -> str:
    """Return a text as a printer would set it: French spaces, ligatures, words that may be cut."""
    text = re.sub(r"\w+", lambda word: hyphenated(word[0]), typeset(text))
    return text.replace("fi", "\ufb01").replace("fl", "\ufb02")


def make(folder: Path) -> bytes:
    """Return the PDF of the manual whose source is in ``folder``; the same source gives the same bytes.

    Raises:
        WorkshopError: fpdf2 is not installed.
    """
    try:
        from fpdf import FPDF
    except ImportError:
        raise WorkshopError("Il manque fpdf2, qui fait le PDF\u00a0: pip install -e .[dev].") from None
    from matplotlib import get_data_path

    class Manual(FPDF):
        """A page of the manual: what comes back on top, and the number at the bottom."""

        def header(self) -> None:
            """Write the running header."""
            self.set_font("serif", size=9)
            self.cell(0, 8, HEADER, align="C", new_x="LMARGIN", new_y="NEXT")
            self.ln(3)

        def footer(self) -> None:
            """Write the number of the page."""
            self.set_y(-16)
            self.set_font("serif", size=9)
            self.cell(0, 8, f"– {self.page_no()} –", align="C")

    pdf = Manual(format=PAGE)
    fonts = Path(get_data_path()) / "fonts" / "ttf"
    pdf.add_font("serif", "", fonts / "DejaVuSerif.ttf")
    pdf.add_font("serif", "B", fonts / "DejaVuSerif-Bold.ttf")
    pdf.set_creation_date(DATE)
    pdf.set_title(f"{TITLE}. {SUBTITLE}")
    pdf.set_lang("fr")
    pdf.set_margins(MARGIN, 12)
    pdf.set_auto_page_break(True, 22)
    pdf.add_page()
    for words, size in ((TITLE, 24), (SUBTITLE, 13)):
        pdf.set_font("serif", "B" if size > 20 else "", size)
        pdf.multi_cell(0, size * 0.55, words, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(6)
    for block in (folder / "manual.md").read_text(encoding="utf-8").split("\n\n"):
        _write(pdf, block.strip())
    return bytes(pdf.output())


def _write(pdf, block: str) -> None:  # type: ignore[no-untyped-def]  # a class of fpdf2, which the package does not need
    """Write a heading or an article."""
    heading = block.startswith("# ")
    if heading:
        pdf.ln(4)
        if pdf.will_page_break(4 * LEADING):  # never alone at the foot of a page
            pdf.add_page()
    pdf.set_font("serif", "B" if heading else "", BODY + 1.5 if heading else BODY)
    text = typeset(block[2:]) if heading else set_in_type(block)
    pdf.multi_cell(0, LEADING, text, align="L" if heading else "J", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2.5)


def facts(folder: Path) -> list[dict]:
    """Return the facts: ``article``, ``answer``, ``questions``, and for some what a ``visitor`` asks."""
    return tomllib.loads((folder / "facts.toml").read_text(encoding="utf-8"))["fact"]


def written(folder: Path) -> dict[str, str]:
    """Return the JSONL files made from the facts, by name: the wordings, and what a visitor asks.

    Each pair has the page on which its article begins, read in the PDF.
    """
    passages = {passage.article: passage for passage in documents.read_document(folder / "manual.pdf")}
    rows: dict[str, list[str]] = {"pairs.jsonl": [], "visitor.jsonl": []}
    for fact in facts(folder):
        told = passages[fact["article"]]
        asked = {"pairs.jsonl": fact["questions"], "visitor.jsonl": [fact["visitor"]] if "visitor" in fact else []}
        for name, questions in asked.items():
            for question in questions:
                row = {"question": typeset(question), "answer": typeset(fact["answer"])}
                rows[name].append(json.dumps(row | {"page": told.page, "article": told.article}, ensure_ascii=False))
    return {name: "\n".join(lines) + "\n" for name, lines in rows.items()}


def main() -> None:
    """Write ``manual.pdf``, then the pairs, whose pages are read in it."""
    folder = pairs.press()
    (folder / "manual.pdf").write_bytes(make(folder))
    for name, text in written(folder).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{folder / 'manual.pdf'}: {len(documents.read_pages(folder / 'manual.pdf'))} pages")


if __name__ == "__main__":
    main()
