"""Paragraphs into sentences, with an NLTK Punkt that learns from the novels themselves."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from .language import FUNCTION_WORDS

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

#: Titles, which a name follows, in French and in English.
_TITLES = (
    "M MM Mme Mmes Mlle Mlles Mgr Mgrs Me Mes Dr Drs Pr St Ste Sts Sr Cdt Lieut Gén Cap"
    " Mr Mrs Ms Messrs Prof Capt Col Gen Lt Sgt Maj Rev Hon"
)
#: Those of them, and one abbreviation, that are no words in small letters (« le col », « tell me »).
_ABBREVIATIONS = {"m", "mm", "mme", "mmes", "mlle", "mlles", "mgr", "dr", "st", "ste", "mr", "mrs", "messrs", "etc"}

_AFTER_A_TITLE = re.compile(rf"(?:^|[^\w.])(?:{'|'.join(title for one in _TITLES.split() for title in (one, one.upper()))})\.$")
#: What a number follows (« p. 12 », « chap. II »), and what comes before anything.
_AFTER_A_REFERENCE = re.compile(
    r"(?i:(?:^|[^\w.'’-])(?:pp?|nos?|vol|t|tom|liv|ch|chap|art|fig|pl|col|jan|feb|aug|sept|oct|nov|dec))\.$"
)
_NUMBER = re.compile(r"\W*(?:\d|[IVXLC]+\b)")
_BEFORE_ANYTHING = re.compile(r"(?:^|\W)(?:[Cc]f|boul|faub)\.$|^\W*(?:P\.[ -]?S|N\.[ -]?B)\.$")
_ITEM = re.compile(r"\s*(?:\d{1,3}|[IVXLC]+)\.\s*")  # « 2. », before what it numbers
_WORD_AND_STOP = re.compile(r"[^\W\d_]{3,}\W*[.!?…»]\W*$")
_AFTER_INITIALS = re.compile(r"(?:^|[^\w.])(?:(?:[A-ZÀ-ÖØ-ÞŒ]|Ch|Ph|Th)\.[ -]?)*(?:[A-ZÀ-ÖØ-ÞŒ]|Ch|Ph|Th)\.$")
_LETTER = re.compile(r"[^\W\d_]")
_CLOSING = re.compile(r"[^\w«“(\[{—–-]*(?:$|[»”)\]}’'…,;:.!?])")


def _goes_on(before: str, piece: str, behind: str) -> bool:
    """Say whether what Punkt cut off belongs to the sentence before it.

    So do a piece without a letter or after one, what begins with a closing mark, the number of a page, and the name after a
    title or initials (« J.-J. »), unless it begins with a word that begins sentences.
    """
    if _ITEM.fullmatch(piece) and behind and _WORD_AND_STOP.search(before) and not _AFTER_A_REFERENCE.search(before):
        return False
    if not _LETTER.search(piece) or not _LETTER.search(before) or _CLOSING.match(piece) or _AFTER_A_TITLE.search(before):
        return True
    if _ITEM.fullmatch(before) or _BEFORE_ANYTHING.search(before) or (_NUMBER.match(piece) and _AFTER_A_REFERENCE.search(before)):
        return True
    if piece.startswith("J.-C.") and before.endswith(("av.", "ap.")):
        return True
    first = re.match(r"\W*(\w*)(\.?)", piece)
    known = first is not None and not first[2] and first[1].lower() in _sentence_starters()
    return bool(_AFTER_INITIALS.search(before)) and not known


@cache
def _sentence_starters() -> frozenset[str]:
    return frozenset(
        {"c", "l", "d", "j", "n", "s", "qu", "à", "a", "i", "y", "ils", "puis", "alors", "or", "quand", "ces", "cet"}
    ).union(FUNCTION_WORDS["fr"], FUNCTION_WORDS["en"])


def train_punkt(texts: Iterable[str]) -> "PunktSentenceTokenizer":
    """Learn from the novels themselves where their sentences end: which words are abbreviations, which begin a sentence.

    Nothing is downloaded; a million characters take a few seconds.  The ellipsis and the guillemets are added for French; a
    piece without a letter, a closing mark, a name after its title are never cut off.
    Method: Kiss and Strunk, « Unsupervised Multilingual Sentence Boundary Detection », Computational Linguistics 32(4), 2006.
    """
    from nltk.tokenize.punkt import PunktLanguageVars, PunktSentenceTokenizer, PunktTrainer

    class French(PunktLanguageVars):
        sent_end_chars = (".", "?", "!", "…")
        _re_word_start = r"[^\(\"\`{\[:;&\#\*@\)}\]\-,«—]"  # « M. and —M. are M.
        re_boundary_realignment = re.compile(r"[\"')\]}»]+?(?:\s+|(?=—)|$)", re.MULTILINE)

    class Sentences(PunktSentenceTokenizer):
        def span_tokenize(self, text: str, realign_boundaries: bool = True) -> Iterator[tuple[int, int]]:
            spans: list[tuple[int, int]] = []
            for start, end in super().span_tokenize(text, realign_boundaries):
                glued = spans and start == spans[-1][1] and text[start] != "—"
                if glued or (spans and _goes_on(text[slice(*spans[-1])], text[start:end], text[end:])):
                    spans[-1] = (spans[-1][0], end)
                else:
                    spans.append((start, end))
            yield from spans

        def tokenize(self, text: str, realign_boundaries: bool = True) -> list[str]:
            return [text[start:end] for start, end in self.span_tokenize(text, realign_boundaries)]

    trainer = PunktTrainer(lang_vars=French())
    # with the usual 0.3, a single novel passes « roi » and « nue », seen only where a sentence ends, for abbreviations
    trainer.ABBREV = 1
    for text in texts:
        trainer.train(text, finalize=False)
    trainer.finalize_training()
    parameters = trainer.get_params()
    parameters.abbrev_types.update(_ABBREVIATIONS)
    return Sentences(parameters, lang_vars=French())


def split_sentences(text: str, punkt: "PunktSentenceTokenizer") -> list[str]:
    """Cut a paragraph into sentences with a trained Punkt.  [exercise 1.4]

    « Oh ! oh ! fit-il. » is one sentence: what begins with a small letter belongs to what comes before.
    """
    sentences: list[str] = []
    for turn in re.split(r"(?<=[^«][.!?…»])(?=—\W*[A-ZÀ-ÖØ-ÞŒ])", text):  # a new speaker begins a new sentence
        for piece in punkt.tokenize(turn):
            if sentences and re.match(r"\W*[a-zà-öø-ÿœ]", piece):
                sentences[-1] += " " + piece
            else:
                sentences.append(piece)
    return sentences
