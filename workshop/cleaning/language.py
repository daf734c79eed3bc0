"""Which language a book is written in, by its function words."""

import re

from ..base.errors import WorkshopError

_WORDS = {
    "fr": "au aux avait avec avez ce cela cette comme dans de des dit du elle en est et eût il ils je la le les leur lui mais me"
    " moi mon ne nous on ou où par pas plus pour qu que qui sa sans se ses si son sur tout un une vous votre était être",
    "en": "all an and are as at be but by for from had have he her him his if in into is it my no not of on one out said she so"
    " that the their them then there they this to up was we were what when which will with would you your",
    "ca": "als amb aquell aquest aquesta així això al bé com de del dels el els ella em en era es estava ha havia hi ho la les li"
    " llur me mes molt més no per perquè però pot quan que què sa se ses seu seva si sense són tan tot un una va vaig",
}
#: The most frequent function words of novels, language by language, without those of one letter.
FUNCTION_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
LANGUAGES = {"fr": "français", "en": "anglais", "ca": "catalan"}

#: Below this share of function words, a text is in none of these languages: in the real books, their own are 0.39 to 0.49.
ENOUGH = 0.33
#: Below this share of words that no other language has, it is in a neighbour of theirs: in the real books, 0.09 at least.
ENOUGH_OF_ITS_OWN = 0.05


def french_share(text: str, function_words: frozenset[str] = FUNCTION_WORDS["fr"]) -> float:
    """Measure which share of the words of two letters or more are French function words, between 0 and 1.  [exercise 1.5]

    A text without words has a share of 0.
    """
    words = re.findall(r"[^\W\d_]{2,}", text.lower())
    return sum(word in function_words for word in words) / max(1, len(words))


#: Words of their neighbours (Spanish, Italian, Portuguese, Occitan, German, Dutch), which prove none of the languages above.
_OTHERS = (
    "al algo aquel come con da das de degli dei del della den der des di die do dos een el ella em en era es et está este fue gli"
    " ha había han he hi hizo ho in is la las le les lo los me mi mon na nel no non not não pas per pero por qual que qu qui"
    " quien s se ser si sin só son su sua sus te tot tout tu um un una va van was we ya yo"
)
_NEIGHBOURS = frozenset(_OTHERS.split())


def _own_words(language: str) -> frozenset[str]:
    others = (words for other, words in FUNCTION_WORDS.items() if other != language)
    return FUNCTION_WORDS[language].difference(_NEIGHBOURS, *others)


def wrong_language(text: str, expected: str = "fr") -> str | None:
    """Say in French why a text is not in the expected language ("fr", "en", "ca"), with the figures; None if it is.

    A language is recognised by the share of its function words, and by those that no other has: a Spanish page has nearly as
    many Catalan ones as a Catalan page, but hardly any that are Catalan alone.

    Raises:
        WorkshopError: another language is expected.
    """
    if expected not in LANGUAGES:
        known_here = ", ".join(f"{name} ({language})" for language, name in LANGUAGES.items())
        raise WorkshopError(
            f"La langue «\u00a0{expected}\u00a0» n’est pas de celles que l’atelier reconnaît\u00a0: {known_here}."
        )
    shares = {language: french_share(text, words) for language, words in FUNCTION_WORDS.items()}
    best = max(shares, key=shares.__getitem__)
    known = shares[best] >= ENOUGH and french_share(text, _own_words(best)) >= ENOUGH_OF_ITS_OWN
    if best == expected and known:
        return None
    measured = f"{100 * shares[expected]:.0f}\u202f% seulement de mots-outils en {LANGUAGES[expected]}"
    if not known:
        return f"{measured}, et la langue n’est pas reconnue"
    return f"{measured}, contre {100 * shares[best]:.0f}\u202f% en {LANGUAGES[best]}"
