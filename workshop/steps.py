"""Where the steps meet: the artefacts that pass from chapter to chapter, loaded if they are there, else made (and said).

Every chapter can be started alone.  What is made goes to ``outputs/<collection>/`` and is made again when the books, the
settings or the base model change.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from . import cleaning, corpus, metrics
from .base import keeping, models
from .base.causal import positions
from .base.errors import WorkshopError
from .base.hub import TOKENIZERS
from .base.keeping import RECORD, checksums, is_ready, is_whole, obtain, outdated, record, recorded
from .base.lane import use_keras
from .base.settings import say, settings

if TYPE_CHECKING:
    import keras
    import numpy as np
    from datasets import DatasetDict
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainerCallback

    from .gpt2.finetuning import FineTuning

T = TypeVar("T")

VOCABULARY = 4096  # of the BiLSTM's own tokenizer: half of the embedded GPT-2's, for a corpus a thousand times smaller
BLOCK = 256  # tokens GPT-2 reads at once while it is specialised: about a page (see block_size)
WINDOW = 16  # tokens the BiLSTM reads before it guesses the next
PREFIXES = 120_000  # guesses that it makes in an epoch, at most, spread over the books
EPOCHS = 4  # about a minute on two cores; the rate of learning is set for that many
PROMPT = "Il y avait une fois, au bord de la rivière,"


@dataclass(frozen=True)
class LibraryBook:
    """A book of the collection with its provenance card; ``cleaned`` is None when it was left out."""

    card: corpus.Provenance
    cleaned: cleaning.Cleaned | None


_session: dict[str, Any] = {}  # what was read or loaded since this process began, by the name of the function that does it


def once(make: Callable[[], T]) -> Callable[[], T]:
    """Let a function work once a session: what it returned is returned again until :func:`new_session`."""

    @wraps(make)
    def kept() -> T:
        if make.__name__ not in _session:
            _session[make.__name__] = make()
        return _session[make.__name__]

    return kept


def new_session() -> None:
    """Forget all that was read or loaded, the settings too: what changed in the environment counts from now on."""
    _session.clear()
    models.new_session()
    corpus.forget_silence()
    settings.cache_clear()


@once
def collection() -> str:
    """Return the collection of this session, chosen (and said) once."""
    return corpus.choose_collection()


def folder(name: str) -> Path:
    """Return where an artefact of this collection lives."""
    return settings().outputs / collection() / name


@once
def books() -> tuple[LibraryBook, ...]:
    """Read and clean every book of the collection; those in another language are left out, with the reason on their card.

    Raises:
        WorkshopError: not one book to train on is left, or none to test on.
    """
    library, missing, wanted = [], [], corpus.catalogue(collection())
    corpus.gather(wanted)  # all at once
    for book in wanted:
        try:
            raw = corpus.read(book)
            cleaned = cleaning.clean(raw.text, book.title, book.role)
        except WorkshopError as error:
            missing.append(str(error))
            continue
        reason = cleaning.wrong_language(cleaned.text, book.expected) or ""
        card = corpus.Provenance(raw, cleaned.lines_removed, cleaned.share_removed, reason, cleaned.words_removed)
        library.append(LibraryBook(card, None if reason else cleaned))
    roles = {book.cleaned.role for book in library if book.cleaned}
    if not {"train", "test"} <= roles:
        reasons = missing or ["Aucun livre de cette collection n’est utilisable : choisissez WORKSHOP_COLLECTION=veillees."]
        raise WorkshopError(reasons[0])
    for sentence in missing:
        say(f"✗ {sentence}")
    return tuple(library)


def kept_books() -> list[cleaning.Cleaned]:
    """Return the books to train and to test on."""
    return [book.cleaned for book in books() if book.cleaned and book.cleaned.role != "trap"]


def other_authors() -> dict[str, str]:
    """Return a book by each other hand that is on this machine, by the name to show: what specialising did not teach."""
    hands = {"contes de Grimm": "grimm-fr", "une veillée": "veillees"}
    texts = {}
    for name, wanted in hands.items():
        theirs = (book for book in corpus.catalogue() if wanted in (book.id, book.collection) and book.role == "test")
        if (book := next(theirs, None)) and book.collection != collection() and corpus.at_hand(book):
            texts[name] = cleaning.clean(corpus.read(book).text, book.title, book.role).text
    return texts


def _origin() -> dict[str, str]:
    """Return the checksums of the cleaned books: another file, or another way to clean it, is another text to learn."""
    kept = {book.card.raw.book.id: book.cleaned.text for book in books() if book.cleaned}
    return {name: hashlib.sha256(whole.encode()).hexdigest() for name, whole in kept.items()}


@once
def dataset() -> "DatasetDict":
    """Return the paragraphs of the books in three parts (train, validation, test), saved with ``datasets``."""
    from datasets import disable_progress_bars, load_from_disk

    disable_progress_bars()  # in English, for work of an instant

    def build(place: Path) -> None:
        cleaning.split_by_book(kept_books()).save_to_disk(place / "data")

    origin = {"books": _origin()}
    return obtain(folder("dataset"), origin, build, lambda place: load_from_disk(place / "data"), "Le jeu de données")


def text(split: str) -> str:
    """Return one part of the dataset as a text, one paragraph a line."""
    return "\n".join(dataset()[split]["text"])


@once
def base_model() -> tuple["PreTrainedModel", "PreTrainedTokenizerBase"]:
    """Return the GPT-2 of the lane, before it is specialised, and its tokenizer."""
    from .gpt2 import model as gpt2

    return gpt2.load()


def block_size(model: "PreTrainedModel") -> int:
    """Return how many tokens this model reads at once while it is specialised: :data:`BLOCK`, or as many as it can."""
    return min(BLOCK, positions(model.config))


def bilstm_tokenizer() -> "PreTrainedTokenizerBase":
    """Return the tokenizer of chapter 02, specialised on the books of the collection."""
    from transformers import AutoTokenizer

    from . import tokens

    base = base_model()[1]

    def build(place: Path) -> None:
        rows = tokens.training_corpus(dataset()["train"], 1000)
        tokens.specialise_tokenizer(base, rows, VOCABULARY).save_pretrained(place)
        (folder("bilstm") / RECORD).unlink(missing_ok=True)  # to a BiLSTM, the numbers of another tokenizer mean nothing

    spelling = checksums(base.name_or_path, *TOKENIZERS, "merges.txt")
    origin = {"books": _origin(), "vocabulary": VOCABULARY, "base": spelling}
    return obtain(folder("tokenizer"), origin, build, AutoTokenizer.from_pretrained, "Le tokenizer spécialisé")


def encode(tokenizer: "PreTrainedTokenizerBase", split: str) -> list[int]:
    """Return one part of the dataset as token ids."""
    return tokenizer(text(split), add_special_tokens=False, verbose=False)["input_ids"]


def bilstm_sequences(
    split: str, tokenizer: "PreTrainedTokenizerBase", most: int | None = None
) -> "tuple[np.ndarray, np.ndarray]":
    """Return the prefixes and next tokens of one part, evenly thinned out to ``most`` where it is longer."""
    from . import bilstm as lstm

    inputs, targets = lstm.prefix_sequences(encode(tokenizer, split), WINDOW)
    step = max(1, -(-len(targets) // most)) if most else 1
    return inputs[::step], targets[::step]


def bilstm(show: Callable[[dict], None] | None = None) -> tuple["keras.Model", "PreTrainedTokenizerBase"]:
    """Return the BiLSTM of chapter 03 and its tokenizer; training it takes about a minute, and goes on if it was cut.

    ``show`` is called with the history so far, before the first epoch and after each one (see :func:`bilstm_history`).
    """
    use_keras()
    from . import bilstm as lstm
    from .base import typography
    from .generation import streaming
    from .generation.sampling import Sampling

    tokenizer = bilstm_tokenizer()
    place = folder("bilstm")
    checkpoint = place / "bilstm.keras"
    origin = {"books": _origin(), "tokenizer": checksums(tokenizer.name_or_path, "tokenizer.json"), "seed": settings().seed}
    origin |= {"window": WINDOW, "prefixes": PREFIXES, "epochs": EPOCHS}
    if is_ready(place, origin, "Le BiLSTM"):
        try:
            return lstm.load(checkpoint), tokenizer
        except WorkshopError as error:
            say(f"{error} Il est refait.")
    elif reason := outdated(place, origin, "Le BiLSTM"):
        say(reason)
    say("Le BiLSTM : entraînement (environ une minute sur deux cœurs)…")
    training = bilstm_sequences("train", tokenizer, PREFIXES)
    validation = bilstm_sequences("validation", tokenizer, PREFIXES // 4)
    model = lstm.build_bilstm(len(tokenizer), WINDOW, seed=settings().seed)
    sampling = Sampling(max_new_tokens=30, seed=settings().seed)

    def watch(network: "keras.Model", history: dict) -> None:
        words = PROMPT + streaming.generate(streaming.BilstmWriter(network, tokenizer), PROMPT, sampling)
        history.setdefault("text", []).append(typography.typeset(words))
        if show:
            show(history)

    with keeping.writing(place, "Le BiLSTM"):
        history = lstm.train(model, training, validation, checkpoint, epochs=EPOCHS, watch=watch)
        under_way = lstm.under_way(checkpoint)  # beside it, a network that is finished stays whole, with its own history
        ((under_way or place) / "history.json").write_text(json.dumps(history), encoding="utf-8")
        if not under_way:
            record(place, origin)
    return model, tokenizer


def bilstm_history() -> dict[str, list]:
    """Return the course of the BiLSTM's training: figures for each epoch, and a text before the first and after each one."""
    place = folder("bilstm")
    return keeping.read_json(next(place.glob("*.training/history.json"), place / "history.json")) or {}


def specialised_model(
    recipe: "FineTuning | None" = None,
    sample: "Callable[[PreTrainedModel], str] | None" = None,
    callbacks: "Sequence[TrainerCallback]" = (),
) -> tuple["PreTrainedModel", "PreTrainedTokenizerBase"]:
    """Return the GPT-2 of chapter 04; specialising it takes two to three minutes on two cores, and goes on if it was cut.

    ``recipe`` is by default the one that was chosen in chapter 04, if any, else the workshop's own.
    """
    from . import tokens
    from .gpt2 import finetuning
    from .gpt2 import model as gpt2

    model, tokenizer = gpt2.load()
    place = folder("gpt2")
    ours = finetuning.FineTuning()
    recipe = recipe or _chosen_recipe(place) or ours
    recipe.check()
    base = {"name": Path(model.name_or_path).name, "weights": checksums(model.name_or_path, "model*.safetensors")}
    origin = {"books": _origin(), "base": base, "recipe": asdict(recipe), "chosen": recipe != ours, "block": block_size(model)}
    if is_ready(place, origin, "Le GPT-2 spécialisé"):
        try:
            return gpt2.load(str(place))
        except WorkshopError as error:
            say(f"{error} Il est refait.")
    elif reason := outdated(place, origin, "Le GPT-2 spécialisé"):
        say(reason)
    say("GPT-2 : spécialisation (deux à trois minutes sur deux cœurs)…")
    train, validation = (tokens.pack(encode(tokenizer, part), block_size(model)) for part in ("train", "validation"))
    with keeping.writing(place, "Le GPT-2 spécialisé"):
        result = finetuning.fine_tune(model, tokenizer, train, validation, place, recipe, sample, callbacks)
        if result.finished and finetuning.is_main_process():
            record(place, origin)
    return result.model, tokenizer


def specialised_folder() -> Path:
    """Return where chapter 04 has put its model; nothing is trained here.

    Raises:
        WorkshopError: no chapter has made it yet.
    """
    place = folder("gpt2")
    if not (place / RECORD).is_file():
        raise WorkshopError("Le GPT-2 spécialisé n’est pas encore fait\u00a0: le chapitre 04 le fait en deux à trois minutes.")
    if not is_whole(place):
        raise WorkshopError("Le GPT-2 spécialisé est abîmé\u00a0: le chapitre 04 le refait en deux à trois minutes.")
    return place


def keep(name: str, save: Callable[[Path], object]) -> Path:
    """Let ``save`` write an artefact of an attendee's own; return its folder, whole even when two notebooks save it at once."""
    return keeping.save(folder(name), save)


def _chosen_recipe(place: Path) -> "FineTuning | None":
    """Return the settings with which an attendee made the model in ``place``; None when they are the workshop's."""
    from .gpt2 import finetuning

    made_from = recorded(place) or {}
    try:
        return replace(finetuning.FineTuning(), **made_from["recipe"]) if made_from["chosen"] else None
    except (KeyError, TypeError):  # an older version of the workshop had other settings
        return None


@dataclass(frozen=True)
class Row:
    """How well a model foresees the test novel."""

    model: str
    bits_per_character: float
    perplexity: float  #: per token of its own tokenizer, so that only models with the same tokenizer compare
    tokenizer: str


def comparison(specialised: "PreTrainedModel | None" = None) -> list[Row]:
    """Judge chance, a baseline of n-grams and the three networks on the test novel, each as a whole text of that book.

    ``specialised`` is by default :func:`specialised_model`.
    """
    from . import bilstm as lstm
    from .gpt2 import model as gpt2

    novel = text("test")
    model, tokenizer = base_model()
    ids = {part: encode(tokenizer, part) for part in ("train", "test")}
    count, size = len(ids["test"]), len(tokenizer)
    bilstm_model, bilstm_words = bilstm()
    bilstm_ids = encode(bilstm_words, "test")
    specialised = specialised or specialised_model()[0]

    def row(name: str, nats: float, tokens: int, words: str) -> Row:
        return Row(name, metrics.bits_per_character(nats, len(novel)), metrics.perplexity(nats, tokens), words)

    def gpt2_nats(network: "PreTrainedModel") -> float:
        return gpt2.negative_log_likelihood(network, tokenizer, novel)

    base_words, own_words = f"base ({size})", f"spécialisé ({len(bilstm_words)})"
    return [
        row("au hasard", metrics.uniform_nats(count, size), count, base_words),
        row("3-grammes (Kneser-Ney)", metrics.NgramModel(3, size).fit(ids["train"]).nats(ids["test"]), count, base_words),
        row("BiLSTM", lstm.negative_log_likelihood(bilstm_model, bilstm_ids), len(bilstm_ids), own_words),
        row("GPT-2 de base", gpt2_nats(model), count, base_words),
        row("GPT-2 spécialisé", gpt2_nats(specialised), count, base_words),
    ]


def training_history() -> list[dict]:
    """Return the history of the specialisation, one row per step that was shown; empty before there is one."""
    return (keeping.read_json(folder("gpt2") / "training.json") or {}).get("history", [])
