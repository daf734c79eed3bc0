"""GPT-2: load it, count its parameters, look inside its attention, judge it.  (Specialising it: ``gpt2.finetuning``.)"""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from ..base.causal import positions, start_id
from ..base.errors import WorkshopError
from ..base.hub import is_whole
from ..base.models import locate
from ..base.settings import HOW_TO_OPEN, settings, unreadable
from ..base.values import require_text, require_whole

#: Bytes of weights above which a model keeps the precision of its files (two bytes a number, often): it is there to write with,
#: nobody in the room will train it.
LARGE = 4 * 2**30

LACKS_A_PACKAGE = (
    "Le modèle du dossier «\u00a0{folder}\u00a0» demande un paquet qui n’est pas installé ici\u00a0: choisissez-en un autre "
    "(MODEL_NAME), dont les poids ne sont pas compressés et qui a un tokenizer.json."
)
TOO_LARGE = (
    "Le modèle du dossier «\u00a0{folder}\u00a0» ne tient pas dans la mémoire de cette machine\u00a0: fermez les autres carnets, "
    "ou choisissez-en un plus petit (MODEL_NAME)."
)
NOT_A_WRITER = (
    "Le modèle du dossier «\u00a0{folder}\u00a0» n’est pas de ceux qui continuent un texte (BERT, CamemBERT ou T5 font autre "
    "chose)\u00a0: choisissez-en un de la famille de GPT-2 ou de Llama."
)

#: Why files that are sound cannot be used, by a word of the error that tells it, the surest first.
REFUSED = {
    "Unrecognized configuration class": NOT_A_WRITER,
    "custom code": "Le modèle du dossier «\u00a0{folder}\u00a0» apporte du code à exécuter, ce que l’atelier ne fait jamais"
    "\u00a0: choisissez-en un autre (MODEL_NAME).",
    "does not recognize this architecture": "Le modèle du dossier «\u00a0{folder}\u00a0» est d’une famille que la bibliothèque "
    "transformers d’ici ne connaît pas\u00a0: choisissez-en un autre (MODEL_NAME).",
    "pip install": LACKS_A_PACKAGE,
    "ImportError": LACKS_A_PACKAGE,
    "MemoryError": TOO_LARGE,
    "not enough memory": TOO_LARGE,  # of PyTorch on Windows; elsewhere « can't allocate memory »
    "allocate memory": TOO_LARGE,
    "os error 1455": TOO_LARGE,  # Windows: « the paging file is too small »
}

#: Tokens of context with which models are judged: about a page, beyond which a longer one changes little here.
LONG_ENOUGH = 256


def device() -> torch.device:
    """Return where models live: the GPU of the GPU lane, else the processor."""
    return torch.device("cuda" if settings().profile == "gpu" and torch.cuda.is_available() else "cpu")


def load(name: str | None = None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a causal language model and its tokenizer, ready to generate; in float32, unless it is too large for that.

    ``name`` is what :func:`workshop.base.models.locate` takes: a folder, a name on the hub, or by default the lane's model.

    Raises:
        WorkshopError: there is no such model, its files cannot be read, or the card has no room for it.
    """
    model, tokenizer = read(folder := locate(name))
    try:
        return model.to(device()), tokenizer
    except torch.OutOfMemoryError as error:
        raise WorkshopError(TOO_LARGE.format(folder=folder)) from error


def read(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Read a model and its tokenizer from their files, without ever running what these bring.

    Raises:
        WorkshopError: the files cannot be read, or used here.
    """
    if closed := unreadable(folder):
        raise WorkshopError(f"«\u00a0{closed}\u00a0» ne peut pas être lu\u00a0: {HOW_TO_OPEN}.")
    if not is_whole(folder):
        raise WorkshopError(
            f"Le dossier «\u00a0{folder}\u00a0» n’est pas celui d’un modèle\u00a0: il y faut config.json, model.safetensors et "
            "tokenizer.json, entiers (save_pretrained les écrit)."
        )
    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        with without_bars():
            tokenizer = AutoTokenizer.from_pretrained(folder, **options)
            weight = sum(file.stat().st_size for file in folder.glob("model*.safetensors"))
            precision = "auto" if weight > LARGE else torch.float32
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=precision, use_safetensors=True, **options)
    except Exception as error:  # broken files fail in as many ways as there are libraries underneath
        said = f"{type(error).__name__}: {error}"
        damaged = "Le modèle du dossier «\u00a0{folder}\u00a0» est illisible ({kind})\u00a0: effacez ce dossier et refaites-le."
        sentence = next((sentence for words, sentence in REFUSED.items() if words in said), damaged)
        raise WorkshopError(sentence.format(folder=folder, kind=type(error).__name__)) from error
    if any(name.endswith("ForMaskedLM") for name in model.config.architectures or ()):  # it loads as a writer, and writes noise
        raise WorkshopError(NOT_A_WRITER.format(folder=folder))
    vocabulary = model.get_input_embeddings().num_embeddings
    if len(tokenizer) > vocabulary:
        raise WorkshopError(
            f"Le tokenizer du dossier «\u00a0{folder}\u00a0» connaît {len(tokenizer)} tokens, et le modèle {vocabulary}"
            f" seulement\u00a0: ils "
            "ne vont pas ensemble\u00a0; refaites le modèle, ou agrandissez sa table (resize_token_embeddings)."
        )
    if not all(torch.isfinite(weights).all() for weights in model.parameters()):
        raise WorkshopError(
            f"Des poids du modèle «\u00a0{folder}\u00a0» ne sont pas des nombres (NaN)\u00a0: l’entraînement a"
            f" divergé\u00a0; effacez ce "
            "dossier et refaites-le avec un learning_rate plus petit."
        )
    return model, tokenizer


@contextlib.contextmanager
def without_bars() -> Iterator[None]:
    """Keep transformers from drawing a progress bar for each file that it reads or writes."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


def count_parameters(config: GPT2Config) -> int:
    """Return how many numbers a GPT-2 of this configuration learns.

    Two tables (a vector per token, a vector per position), then in each layer: two normalisations (a scale and a shift
    each), attention (queries, keys, values in one matrix, then the way out) and two dense layers (``n_inner`` neurons, by
    default four times ``n_embd``), all with biases; a last normalisation; and the output layer, free when it is tied to the
    table of tokens (``tie_word_embeddings``).
    """
    width, inner = config.n_embd, config.n_inner or 4 * config.n_embd
    tables = (config.vocab_size + config.n_positions) * width
    normalisation = 2 * width
    attention = (width * 3 * width + 3 * width) + (width * width + width)
    dense = (width * inner + inner) + (inner * width + width)
    output = 0 if config.tie_word_embeddings else config.vocab_size * width
    return tables + config.n_layer * (2 * normalisation + attention + dense) + normalisation + output


def causal_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Return what each token gathers from itself and the tokens before it.

    Each query is compared with every key (dot product, divided by the square root of their width), the future is hidden,
    softmax turns the scores into weights that sum to 1, and the values are mixed with these weights.

    Args:
        q, k, v: queries, keys, values, ``(…, tokens, width)`` each.

    Returns:
        ``(…, tokens, width)``.

    Source: Vaswani et al., « Attention Is All You Need » (2017), equation 1.
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(diagonal=1)
    weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
    return weights @ v


def supports_bf16() -> bool:
    """Return whether this processor computes in bfloat16 natively (elsewhere bfloat16 is slower than float32)."""
    if not hasattr(torch.cpu, "get_capabilities"):  # an older PyTorch does not tell
        return False
    capabilities = torch.cpu.get_capabilities()
    return capabilities.get("avx512_bf16", False) or capabilities.get("amx_tile", False)


def half_precision(kind: str | None = None) -> torch.dtype | None:
    """Return the numbers of two bytes in which ``kind`` of device computes fastest; None where float32 is as fast.

    bfloat16 where the hardware has it (the cards since Ampere, some processors); else, on a card, float16, whose range is
    smaller (the Trainer scales the loss for it): older cards, such as Colab's T4, only imitate bfloat16, slowly.

    Args:
        kind: ``"cuda"`` or ``"cpu"``; by default that of :func:`device`.
    """
    if (kind or device().type) == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if supports_bf16() else None


@torch.inference_mode()
def negative_log_likelihood(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    context: int | None = None,
    stride: int | None = None,
    batch: int = 16,
) -> float:
    """Return the summed negative log-likelihood of ``text``, in nats, each token read with up to ``context`` tokens before it.

    The text (preceded by the end-of-text token) is read in overlapping windows: each new window scores only its last
    ``stride`` tokens, so that all but the first ones have at least ``context - stride`` tokens to lean on.

    ``context`` is by default 256 tokens, or as many as the model can read; ``stride``, half of it.

    Raises:
        WorkshopError: the text is none, the windows make no sense, or are longer than what the model can read.
    """
    require_text("text", text)
    most = positions(model.config)
    context = min(LONG_ENOUGH, most) if context is None else context
    require_whole("context", context, 1, LONG_ENOUGH)
    stride = max(1, context // 2) if stride is None else stride
    require_whole("batch", batch, 1, 16)
    require_whole("stride", stride, 1, max(1, context // 2))
    if stride > context or context > most:
        best = min(LONG_ENOUGH, most)
        raise WorkshopError(
            f"context vaut {context} et stride {stride}\u00a0: ce modèle lit {most} tokens au plus, et une fenêtre n’avance pas "
            f"de plus que sa longueur\u00a0; prenez par exemple context={best} et stride={max(1, best // 2)}."
        )
    ids = [start_id(tokenizer), *tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]]
    data = torch.tensor(ids)
    starts = range(0, max(1, len(ids) - 1 - (context - stride)), stride)
    total = 0.0
    for first in range(0, len(starts), batch):
        group = starts[first : first + batch]
        inputs = torch.zeros(len(group), context, dtype=torch.long)
        targets = torch.full((len(group), context), -100)
        for row, start in enumerate(group):
            window = data[start : start + context + 1]
            seen = 0 if start == 0 else context - stride
            inputs[row, : len(window) - 1] = window[:-1]
            targets[row, seen : len(window) - 1] = window[1 + seen :]
        device = next(model.parameters()).device
        half = half_precision(device.type)
        with torch.autocast(device.type, dtype=half or torch.bfloat16, enabled=half is not None):
            # What fills a last window comes after the text, where no scored token can see it: no mask is needed.
            logits = model(input_ids=inputs.to(device), attention_mask=torch.ones_like(inputs, device=device)).logits
        total += torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), targets.to(device).flatten(), ignore_index=-100, reduction="sum"
        ).item()
    return total
