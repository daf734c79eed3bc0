"""The front block of a chapter: what ``solutions/NN_name.py`` says of itself in its first cell, as TOML.

::

    # %% [raw] tags=["front"]
    # title = "Préparer les données"
    # minutes = 35
    # step = "texte propre"               # where it is on the map; may be a list, or absent
    # english = "from raw files to clean text"  # for the English start page
    # alone = "sans le chapitre 04, deux minutes de plus"  # what the machine does besides when the chapters before were left out
    # room = ["1.2", "1.5"]               # the exercises that these minutes leave time for; the others are for the evening
    # beginner = 90                       # minutes of a beginner alone, who does them all (06, 07: reckoned)
    # goals = ["nettoyer un roman", "…"]  # verbs; and bonus = true for a bonus chapter
"""

import re
import tomllib
from typing import Any

from .errors import WorkshopError

MAP = ("romans", "texte propre", "phrases", "tokens", "réseau", "texte généré")
_FRONT = re.compile(r'# %% \[raw\] tags=\["front"\]\n((?:#.*\n)+)')


def read(name: str, text: str) -> dict[str, Any]:
    """Return the front block of the chapter ``name``, whose source is ``text``, completed.

    Raises:
        WorkshopError: it is missing or incomplete, or its step is not on the map.
    """
    block = _FRONT.match(text)
    if block is None:
        raise WorkshopError(f"{name} : la première cellule doit porter l’étiquette « front ».")
    said: dict[str, Any] = {"step": [], "bonus": False, "english": "", "alone": "", "room": [], "beginner": 0}
    said |= tomllib.loads(re.sub(r"(?m)^# ?", "", block[1]))
    said["step"] = [said["step"]] if isinstance(said["step"], str) else said["step"]
    if lacking := {"title", "minutes", "goals"} - set(said):
        raise WorkshopError(f"{name} : il manque {', '.join(sorted(lacking))} dans la cellule « front ».")
    if unknown := set(said["step"]) - set(MAP):
        raise WorkshopError(f"{name} : « {unknown.pop()} » n’est pas sur le plan ({', '.join(MAP)}).")
    return said
