"""The filter of the page for the youngest: a list of insults that a story does not say.

The novels that the models have read are of 1840–1920, and say of people what was said then: words for Black people, Jews, Roma,
women or the infirm that hurt, and did already.  The filter is a list, with their plurals and feminines: it reads words, not
sentences, and stops neither a violent scene nor a contemptuous portrait.  Grown-ups, beside the reader, do that better.
"""

import re

from ..base.typography import INVISIBLE
from .shelf import fold

#: Without accents or capitals, as :func:`~workshop.stories.shelf.fold` writes them; a space stands for any spaces.
WORDS = (
    "negre", "negresse", "negrillon", "negrillonne", "negraille", "negro", "moricaud", "moricaude", "bamboula", "bougnoul",
    "bougnoule", "bicot", "meteque", "chinetoque", "boche", "youpin", "youpine", "youtre", "juiverie", "romanichel",
    "romanichelle", "sale juif", "sale juive", "sale arabe", "race inferieure", "race maudite", "putain", "pute", "catin",
    "garce", "salope", "batard", "batarde", "pederaste", "sodomite", "tantouse", "tapette", "gouine", "encule", "enculee",
)  # fmt: skip

_FOUND = re.compile(r"(?<!\w)(?:" + "|".join(WORDS).replace(" ", r"s?\s+") + r")s?(?!\w)")
_LONGEST = 2 * max(map(len, WORDS))  # letters: enough for the words at the end of a text, and what stands before them

#: What the page says of it.
TOLD = (
    f"Refuse une liste de {len(WORDS)} insultes du temps de ces romans : le modèle tire alors un autre token. "
    "Il ne lit que les mots : une scène dure ou un portrait méprisant passent quand même."
)


def holds_harsh_words(text: str) -> bool:
    """Say whether a word of the list is anywhere in a text."""
    return bool(_FOUND.search(fold(re.sub(INVISIBLE, "", text))))


def is_harsh(text: str) -> bool:
    """Say whether the last words of a text, which is being written, are on the list."""
    return holds_harsh_words(text[-_LONGEST:])
