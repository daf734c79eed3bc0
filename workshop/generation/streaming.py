"""From a prompt to a text: a stream of tokens, with their probabilities and their rivals, from any model.

How each token is chosen (temperature, filters, penalties) is in ``sampling.py``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase, StoppingCriteriaList

from ..base.causal import PAD, positions, start_id
from ..base.errors import WorkshopError
from ..base.settings import say
from ..base.values import require_text
from .sampling import Sampling, next_distribution, softmax
from .spelling import written_after

if TYPE_CHECKING:  # keras chooses its backend when it is imported: not here; and pipelines take a second to import
    import keras
    from transformers import TextGenerationPipeline


class Rival(NamedTuple):
    """A token that could have come instead."""

    text: str
    probability: float  #: after temperature, filters and penalties
    raw_probability: float  #: what the model itself gave
    id: int


@dataclass(frozen=True)
class Token:
    """A token just chosen."""

    id: int
    text: str  #: what it adds to the text (nothing yet, when a letter of several bytes is not finished)
    probability: float  #: after temperature, filters and penalties
    raw_probability: float  #: what the model itself gave
    rivals: tuple[Rival, ...]  #: the ten likeliest at this place, the chosen one included if it is among them


class Writer(Protocol):
    """What :func:`stream` needs of a model."""

    end_id: int | None

    def encode(self, prompt: str) -> list[int]:
        """Return the tokens of ``prompt`` that the model will read: at least one, at most what it can hold."""

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ``ids``, without a letter whose last bytes are still to come."""

    def spell(self, token_id: int) -> str:
        """Return how a token is written when it stands alone."""

    def start(self, ids: Sequence[int]) -> np.ndarray:
        """Read ``ids`` and return the scores of the next token, ``(vocabulary,)``."""

    def step(self, token_id: int) -> np.ndarray:
        """Read one token more and return the scores of the next one, ``(vocabulary,)``."""


class _TokenizerWriter:
    """The half of a writer that only needs a tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, longest_prompt: int, first: int):
        self.tokenizer = tokenizer
        self.first = first  # what stands before a text
        self.longest_prompt = longest_prompt
        self.end_id: int | None = tokenizer.eos_token_id
        self._spellings: dict[int, str] = {}

    def encode(self, prompt: str) -> list[int]:
        """Return the tokens of ``prompt``; spaces at its end are left out, because a token brings its own space.

        An empty prompt is the beginning of a text: the token that stands there.  A long one loses its first tokens (it is said).
        """
        require_text("Le début", prompt)
        ids = self.tokenizer(prompt.rstrip(" \u00a0"), add_special_tokens=False, verbose=False)["input_ids"]
        if not ids:
            return [self.first]
        if len(ids) > self.longest_prompt:
            say(f"Ce début fait {len(ids)} tokens\u00a0: le modèle n’en lit que les {self.longest_prompt} derniers.")
        return ids[-self.longest_prompt :]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ``ids``, without a letter whose last bytes are still to come."""
        return written_after(self.tokenizer, [ids], skip_special_tokens=True)[0].rstrip("\ufffd")

    def spell(self, token_id: int) -> str:
        """Return how a token is written when it stands alone: its text, or its name if it is a piece of a letter."""
        if token_id not in self._spellings:
            text = written_after(self.tokenizer, [[token_id]])[0]
            self._spellings[token_id] = self.tokenizer.convert_ids_to_tokens(token_id) if "\ufffd" in text else text
        return self._spellings[token_id]


class Gpt2Writer(_TokenizerWriter):
    """A GPT-2 that writes: what it has read is kept (the « KV cache »), so that each token is read once.

    When its positions are all taken, it reads the last half of its context again and goes on from there.  It serves one
    stream at a time: two at once, side by side, need a writer each (a writer costs nothing, the model is shared).
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase):
        """Take any causal model of transformers with its tokenizer; the model is put in evaluation mode."""
        self.model = model.eval()
        self.positions = positions(model.config)
        super().__init__(tokenizer, self.positions, start_id(tokenizer))

    def start(self, ids: Sequence[int]) -> np.ndarray:
        """Forget everything, read ``ids`` and return the scores of the next token."""
        self.model.eval()  # a sample in the middle of a training: no dropout
        self.context = list(ids[-self.positions :])
        self.cache = DynamicCache(config=self.model.config)
        return self._read(self.context)

    def step(self, token_id: int) -> np.ndarray:
        """Read one token more and return the scores of the next one."""
        if len(self.context) >= self.positions:
            return self.start([*self.context, token_id][-max(1, self.positions // 2) :])
        self.context.append(token_id)
        return self._read([token_id])

    @torch.inference_mode()
    def _read(self, ids: list[int]) -> np.ndarray:
        inputs = torch.tensor([ids], device=self.model.device)
        # Without a mask, the token that begins a text is padding to transformers, which says so.
        mask = torch.ones_like(inputs) if ids is self.context else None
        output = self.model(input_ids=inputs, attention_mask=mask, past_key_values=self.cache, use_cache=True, logits_to_keep=1)
        logits = output.logits
        return logits[0, -1].float().numpy(force=True)

    @torch.inference_mode()
    def beam_search(self, ids: Sequence[int], sampling: Sampling, should_stop: Callable[[], bool]) -> list[int]:
        """Return the likeliest continuation of ``ids`` that ``sampling.num_beams`` beams find."""
        length = min(sampling.max_new_tokens, self.positions - 1)
        inputs = torch.tensor([list(ids[-(self.positions - length) :])], device=self.model.device)
        output = self.model.eval().generate(
            inputs,
            attention_mask=torch.ones_like(inputs),
            max_new_tokens=length,
            num_beams=sampling.num_beams,
            do_sample=False,
            no_repeat_ngram_size=sampling.no_repeat_ngram_size,
            repetition_penalty=float(sampling.repetition_penalty),
            eos_token_id=self.end_id,
            pad_token_id=self.end_id,
            stopping_criteria=StoppingCriteriaList([lambda seen, _: torch.full((len(seen),), should_stop(), device=seen.device)]),
        )
        return output[0, inputs.shape[1] :].tolist()


class BilstmWriter(_TokenizerWriter):
    """A Keras model that reads the last ``window`` tokens, padded on the left, and returns the probabilities of the next one."""

    def __init__(self, keras_model: "keras.Model", tokenizer: PreTrainedTokenizerBase, window: int | None = None):
        """``window`` is the length of the sequences that the model was trained on: by default, that of its input."""
        self.model, self.window = keras_model, window or keras_model.input_shape[1]
        super().__init__(tokenizer, self.window, PAD)

    def start(self, ids: Sequence[int]) -> np.ndarray:
        """Forget everything, read ``ids`` and return the scores of the next token."""
        self.context = list(ids[-self.window :])
        padded = [PAD] * (self.window - len(self.context)) + self.context
        probabilities = self.model.predict_on_batch(np.array([padded], dtype=np.int32))[0]
        return np.log(np.maximum(probabilities, 1e-30))

    def step(self, token_id: int) -> np.ndarray:
        """Read one token more and return the scores of the next one."""
        return self.start([*self.context, token_id])


def stream(
    writer: Writer,
    prompt: str,
    sampling: Sampling,
    should_stop: Callable[[], bool] | None = None,
    refused: Callable[[str], bool] | None = None,
) -> Iterator[Token]:
    """Yield the tokens that continue ``prompt``, each as soon as it is chosen; their texts together are the generated text.

    It ends after ``sampling.max_new_tokens``, at an end of text, or when ``should_stop()`` is true (asked before each token).
    A token after which the generated text is ``refused`` is put back, and another drawn; beams, which draw nothing, end there.

    Raises:
        WorkshopError: beams are asked of a model that has none.
    """
    should_stop, refused = should_stop or (lambda: False), refused or (lambda _: False)
    rng = np.random.default_rng(sampling.seed)
    previous = writer.encode(prompt)
    decided: Iterator[int] | None = None
    if sampling.num_beams > 1:
        if not isinstance(writer, Gpt2Writer):
            raise WorkshopError("La recherche en faisceau demande un GPT-2\u00a0: avec ce modèle, prenez num_beams=1.")
        decided = iter(writer.beam_search(previous, sampling, should_stop))
        sampling = replace(sampling, temperature=1.0, top_k=0, top_p=1.0)  # beams compare what the model itself thinks
    generated: list[int] = []
    text = ""
    while len(generated) < sampling.max_new_tokens and not should_stop():
        logits = writer.step(generated[-1]) if generated else writer.start(previous)
        raw = softmax(np.asarray(logits, dtype=np.float64))
        probabilities = next_distribution(logits, sampling, previous)
        chosen = int(rng.choice(len(raw), p=probabilities)) if decided is None else next(decided, writer.end_id)
        while chosen is not None and chosen != writer.end_id and refused(writer.decode([*generated, chosen])):
            probabilities[chosen] = 0.0
            if decided is not None or not probabilities.any():
                return
            probabilities /= probabilities.sum()
            chosen = int(rng.choice(len(raw), p=probabilities))
        if chosen is None or chosen == writer.end_id:
            return
        previous.append(chosen)
        generated.append(chosen)
        so_far = writer.decode(generated)
        rivals = tuple(rival for rival in _rivals(writer, probabilities, raw) if not refused(text + rival.text))
        yield Token(chosen, so_far[len(text) :], float(probabilities[chosen]), float(raw[chosen]), rivals)
        text = so_far


def _rivals(writer: Writer, probabilities: np.ndarray, raw: np.ndarray, count: int = 10) -> tuple[Rival, ...]:
    """Return the likeliest tokens, best first; those that the filters left out come last."""
    rank = np.where(probabilities > 0, 1 + probabilities, raw)
    best = np.argpartition(rank, -min(count, len(rank)))[-count:]
    best = best[np.argsort(-rank[best])].tolist()
    return tuple(Rival(writer.spell(i), float(probabilities[i]), float(raw[i]), i) for i in best)


def generate(writer: Writer, prompt: str, sampling: Sampling) -> str:
    """Return the text that continues ``prompt`` (the prompt itself is not repeated)."""
    return "".join(token.text for token in stream(writer, prompt, sampling))


def continue_prompts(generator: "TextGenerationPipeline", prompts: Sequence[str], settings: dict) -> list[str]:
    """Return each prompt followed by what the pipeline writes after it, in the same order.

    ``settings`` are handed to the pipeline as named arguments: ``max_new_tokens``, ``do_sample``, ``temperature``…
    """
    return [proposals[0]["generated_text"] for proposals in generator(list(prompts), **settings)]
