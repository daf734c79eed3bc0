"""From text to numbers: train, specialise and compare tokenizers, and pack their numbers into blocks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from .base.errors import WorkshopError
from .base.typography import INVISIBLE, RULES
from .base.values import require_text, require_whole

if TYPE_CHECKING:  # for the reader and the editor: datasets takes a second to import
    from datasets import Dataset
    from numpy.typing import ArrayLike

END_OF_TEXT = "<|endoftext|>"
LEAST_VOCABULARY, MOST_TOKENS = 257, 10_000_000  #: the 256 bytes and the end of text; a table of billions takes all the memory

#: How text is cut before byte-level BPE looks for frequent pairs.  GPT-2's own pattern was made for English; this one keeps an
#: elision (``l'``, ``qu'``) or an inverted subject (``-il``, ``-elle``) in one piece: 4 % fewer tokens on French novels.
FRENCH_WORDS = r"[ \-]?\p{L}+'?| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+"


def french_normalizer() -> normalizers.Normalizer:
    """Return :func:`workshop.base.typography.normalise` as a part of a tokenizer."""
    invisible = normalizers.Replace(Regex(INVISIBLE), "")
    rules = [normalizers.Replace(Regex(pattern), replacement) for pattern, replacement in RULES]
    return normalizers.Sequence([invisible, normalizers.NFC(), *rules])


def train_bpe(texts: Iterable[str], vocab_size: int = 8192, max_length: int = 512) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE tokenizer: start from the 256 bytes, then join the most frequent pair until the vocabulary is full.

    Source: Sennrich et al., « Neural Machine Translation of Rare Words with Subword Units » (2016); bytes as in GPT-2 (2019).

    Raises:
        WorkshopError: the vocabulary has no room for the bytes and the end of text, a length makes no sense, or there is no text.
    """
    require_whole("vocab_size", vocab_size, LEAST_VOCABULARY, 8192, MOST_TOKENS)
    require_whole("max_length", max_length, 1, 512)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = french_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(FRENCH_WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_checked(texts), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        pad_token=END_OF_TEXT,
        model_max_length=max_length,
    )


def _checked(texts: Iterable[str | list[str]]) -> Iterator[str | list[str]]:
    """Yield the texts to learn from, as they come: one text alone would be read letter by letter, and a generator but once."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise WorkshopError("texts n’est pas une liste de textes\u00a0: s’il n’y en a qu’un, donnez [texte].")
    empty = True
    for rank, text in enumerate(texts):
        empty = False
        for one in text if isinstance(text, list) else [text]:  # a batch of training_corpus will do
            require_text(f"texts[{rank}]", one)
        yield text
    if empty:
        raise WorkshopError("Il n’y a aucun texte à apprendre\u00a0: un générateur ne se lit qu’une fois, refaites-le.")


def encode_text(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """Return the numbers of the tokens of ``text``, in order."""
    return tokenizer(text, verbose=False)["input_ids"]


def tokens_of(tokenizer: PreTrainedTokenizerBase, ids: list[int]) -> list[str]:
    """Return the tokens that these numbers stand for, as the vocabulary spells them (Ġ is a space, Ċ a line end)."""
    return tokenizer.convert_ids_to_tokens(ids)


def fertility(tokenizer: PreTrainedTokenizerBase, text: str) -> float:
    """Return how many tokens a word of ``text`` takes on average; words are what spaces separate.

    Raises:
        WorkshopError: the text has no word.
    """
    words = text.split()
    if not words:
        raise WorkshopError("Ce texte ne contient aucun mot\u00a0: donnez au moins une phrase à mesurer.")
    return len(encode_text(tokenizer, text)) / len(words)


def training_corpus(dataset: "Dataset", batch_size: int = 1000) -> Iterator[list[str]]:
    """Yield the column ``text`` of ``dataset``, ``batch_size`` rows at a time: the whole corpus is never in memory."""
    for start in range(0, len(dataset), batch_size):
        yield dataset[start : start + batch_size]["text"]


def specialise_tokenizer(
    tokenizer: PreTrainedTokenizerBase, corpus: Iterable[list[str]], vocab_size: int
) -> PreTrainedTokenizerBase:
    """Return a tokenizer that works like ``tokenizer``, with a vocabulary of ``vocab_size`` tokens learnt from ``corpus``."""
    return tokenizer.train_new_from_iterator(corpus, vocab_size, show_progress=False)


def pack(token_ids: list[int], block_size: int) -> list[list[int]]:
    """Cut ``token_ids`` into blocks of ``block_size`` tokens.  Not a token is lost: the last block may be shorter.

    Raises:
        WorkshopError: the blocks would be empty.
    """
    if block_size < 1:
        raise WorkshopError(f"Un bloc contient au moins un token, pas {block_size}\u00a0: prenez par exemple block_size=128.")
    return [token_ids[start : start + block_size] for start in range(0, len(token_ids), block_size)]


def neighbours(
    embeddings: "ArrayLike", tokenizer: PreTrainedTokenizerBase, word: str, count: int = 10
) -> list[tuple[str, float]]:
    """Return the ``count`` tokens whose vectors point most nearly the same way as that of ``word``, with their cosines.

    Args:
        embeddings: the vectors, ``(vocabulary, width)``: ``model.get_input_embeddings().weight.detach().float().cpu()``.
        word: a text that is one token, as such or after a space.

    Raises:
        WorkshopError: the word takes several tokens, so that it has no vector of its own.
    """
    spellings = [encode_text(tokenizer, text) for text in (f" {word.strip()}", word)]
    ids = min(spellings, key=len)
    if len(ids) != 1:
        pieces = " + ".join(tokens_of(tokenizer, ids)) or "rien"
        raise WorkshopError(f"«\u00a0{word}\u00a0» n’est pas un seul token ({pieces})\u00a0: choisissez un mot plus courant.")
    vectors = np.asarray(embeddings, dtype=np.float32)
    directions = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    cosines = directions @ directions[ids[0]]
    cosines[ids[0]] = -np.inf  # nobody is his own neighbour
    nearest = np.argsort(-cosines)[:count].tolist()
    return [(tokenizer.decode([i]).strip() or tokens_of(tokenizer, [i])[0], float(cosines[i])) for i in nearest]


@dataclass(frozen=True)
class ColouredTokens:
    """A text above its tokens: shown in colours by a notebook, between bars by ``print``."""

    pieces: tuple[str, ...]  #: what each token stands for in the text (empty when several tokens share one letter)
    tokens: tuple[str, ...]
    ids: tuple[int, ...]

    def __str__(self) -> str:
        """Return the tokens between bars."""
        return "|".join(self.tokens)

    def _repr_html_(self) -> str:
        boxes = "".join(map(self._box, range(len(self.ids))))
        pairs = zip(self.tokens, self.ids, strict=True)
        numbers = " ".join(f"<span style='white-space:nowrap'>{escape(token)}&nbsp;→&nbsp;{i}</span>" for token, i in pairs)
        return (
            f"<div lang='fr' style='line-height:1.3'><div>{boxes}</div>"
            f"<details><summary style='cursor:pointer'>{len(self.ids)} tokens\u00a0: voir leurs numéros</summary>"
            f"<div style='font-family:monospace;display:flex;flex-wrap:wrap;gap:.2em 1.2em'>{numbers}</div></details></div>"
        )

    def _box(self, rank: int) -> str:
        background = _BACKGROUNDS[rank % len(_BACKGROUNDS)]
        end_of_line = "<br>" if "\n" in self.pieces[rank] else ""
        return (
            f"<span title='token n° {self.ids[rank]}' style='display:inline-block;text-align:center;white-space:pre;margin:1px;"
            f"padding:1px 3px;border:1px solid currentColor;border-radius:4px;background:{background}'>"
            f"{escape(self.pieces[rank]).replace(chr(10), '↵') or '&nbsp;'}<br>"
            f"<span style='font:.75em monospace;opacity:.85'>{escape(self.tokens[rank])}</span></span>{end_of_line}"
        )


#: Translucent, so that the text keeps the colour (and the contrast) of the theme, light or dark.
_BACKGROUNDS = ("rgba(0,114,178,.18)", "rgba(230,159,0,.22)", "rgba(0,158,115,.18)")


def coloured(tokenizer: PreTrainedTokenizerBase, text: str) -> ColouredTokens:
    """Return ``text`` above its tokens, one box each; a notebook shows it, with the numbers on hovering and on demand."""
    encoding = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False, verbose=False)
    ids, pieces, shown = encoding["input_ids"], [], 0
    for start, end in encoding["offset_mapping"]:
        pieces.append(text[max(start, shown) : end])
        shown = max(shown, end)
    return ColouredTokens(tuple(pieces), tuple(tokens_of(tokenizer, ids)), tuple(ids))
