"""Figures that were measured, kept in ``data/measured.json`` with the machine and the date, and shown in the README files.

make demo, then: python -m workshop record sand
python -m workshop record chapters
"""

import json
import os
import platform
import re
from datetime import date
from pathlib import Path
from typing import Any

from .authoring import block
from .errors import WorkshopError
from .settings import ROOT, settings

FILE = Path("data") / "measured.json"


def read(root: Path = ROOT) -> dict[str, Any]:
    """Return everything that was measured, by name; empty before the first record."""
    path = root / FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def record(name: str, figures: dict[str, Any], root: Path = ROOT) -> None:
    """Keep ``figures`` under ``name``, with today's date and this machine."""
    whole = read(root) | {name: figures | {"date": date.today().isoformat(), "machine": machine()}}
    text = json.dumps(dict(sorted(whole.items())), ensure_ascii=False, indent=1)
    (root / FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def machine() -> str:
    """Name the processor, its cores and Python, nothing that tells whose machine it is."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        found = re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())
        processor = found[1] if found else processor
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}"


def record_demo(collection: str) -> None:
    """Keep the table that the last ``make demo`` wrote for a collection.

    Raises:
        WorkshopError: there was no demonstration of this collection.
    """
    path = settings().outputs / collection / "demo.json"
    if not path.is_file():
        raise WorkshopError(f"« {path} » n’existe pas : lancez d’abord « make demo » avec ces livres.")
    figures = json.loads(path.read_text(encoding="utf-8"))
    record(f"demo-{collection}", {"table": figures["table"], "minutes": figures["minutes"]})


def record_chapters() -> None:
    """Run every chapter and keep how long each takes; the chapters print it (then: ``python -m workshop build``)."""
    from . import timing

    record("chapters", {"seconds": {name: round(found["seconds"], 1) for name, found in timing.chapters().items()}})


ENGLISH = {
    "au hasard": "chance",
    "3-grammes (Kneser-Ney)": "3-grams of tokens (Kneser-Ney)",
    "BiLSTM": "BiLSTM, trained from nothing",
    "GPT-2 de base": "GPT-2, as it ships",
    "GPT-2 spécialisé": "GPT-2, specialised",
}


@block("demo")
def _demo(root: Path) -> str:
    figures = read(root).get("demo-sand")
    if not figures:
        return ""
    lines = ["| model | bits per character | perplexity (per token) |", "|---|---|---|"]
    for row in figures["table"]:
        lines.append(f"| {ENGLISH[row['model']]} | {row['bits_per_character']:.2f} | {row['perplexity']:.1f} |")
    lines.append(f"\nMeasured on {figures['date']} in {figures['minutes']:.1f} minutes ({figures['machine']}).")
    return "\n".join(lines) + "\n"
