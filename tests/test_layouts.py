"""Books laid out in other ways, of the same kinds as ``tests/cases/gutenberg``: what must stay, and what must go.

``layouts.json`` holds, by name, what stands between the lines of Project Gutenberg (or a whole file), the paragraphs that must
come out, and the chapters where they matter.  ``{A}`` to ``{D}`` are paragraphs of prose.
"""

import json

import pytest

from tests.conftest import ROOT
from workshop.base.typography import normalise
from workshop.cleaning import clean, join_lines

LAYOUTS = json.loads((ROOT / "tests" / "cases" / "layouts.json").read_text(encoding="utf-8"))
PROSE = {
    "A": "Le passeur tira sa barque sur le sable et s'assit sans rien dire,\ncar la rivière montait depuis trois jours"
    " et personne, au"
    " village,\nne voulait plus l'écouter.",
    "B": "Sa fille, qui revenait du moulin avec un sac de farine, lui\ndemanda s'il avait soupé; il répondit que le"
    " brouillard lui avait\n"
    "coupé l'appétit et qu'il attendrait le matin.",
    "C": "Alors on entendit sur l'autre rive une voix qui appelait, une voix\nclaire et patiente, comme celle d'un"
    " enfant qui aurait appris"
    " à\ncompter les heures au clocher.",
    "D": "Le lendemain, la barque avait disparu; il ne restait sur le sable\nqu'un bout de corde et la trace de deux"
    " petits sabots tournés"
    " vers\nl'eau.",
}
HEADER = """The Project Gutenberg EBook of Le Passeur, by Anonyme

You may copy this eBook, give it away or re-use it.

Title: Le Passeur

Author: Anonyme

Language: French

*** START OF THIS PROJECT GUTENBERG EBOOK LE PASSEUR ***




"""
LICENCE = """



End of the Project Gutenberg EBook of Le Passeur, by Anonyme

*** END OF THIS PROJECT GUTENBERG EBOOK LE PASSEUR ***

*** START: FULL LICENSE ***

The terms of use of the collection come here, in English, and you may SEND DONATIONS.
"""


def in_full(text: str) -> str:
    for name, prose in PROSE.items():
        text = text.replace(f"{{{name}}}", prose).replace(f"{{{name} on one line}}", prose.replace("\n", " "))
    return text.replace("{HEADER}", HEADER)


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name: str) -> None:
    case = LAYOUTS[name]
    body = in_full(case["body"])
    book = clean(body if "whole file" in case else HEADER + body + LICENCE, "Le Passeur")
    assert book.paragraphs == [normalise(join_lines(in_full(paragraph))[0]) for paragraph in case["paragraphs"]]
    if "chapters" in case:
        assert list(dict.fromkeys(book.chapters)) == case["chapters"]
