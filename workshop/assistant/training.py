"""From pairs « question, answer » to a model that answers: example, labels, training, answer.

The model, its tokenizer and its numbers are those of transformers, whatever the family: nothing here knows GPT-2 by name.
"""

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase, get_cosine_schedule_with_warmup

from ..base.causal import positions
from ..base.errors import WorkshopError
from ..base.typography import french, normalise
from ..base.values import require_between, require_whole

#: What stands before an answer.  The answer brings its own space, as a word does inside a sentence.
TEMPLATE = "Question : {question}\nRéponse :"


def encode_pair(tokenizer: PreTrainedTokenizerBase, question: str, answer: str, room: int) -> tuple[list[int], int]:
    """Return the tokens of an example, and how many of them are its question.

    The example is « Question : …⏎Réponse : … » (``TEMPLATE``, a space, the answer), then the end mark of the tokenizer.  If that
    makes more than ``room`` tokens, the first ones are left out: the answer and its end mark are always whole.

    Raises:
        WorkshopError: the tokenizer has no end mark, or the answer alone fills the room.
    """
    if tokenizer.eos_token_id is None:
        raise WorkshopError("Ce tokenizer n’a pas de marque de fin\u00a0: donnez-lui-en une (eos_token), ou changez de modèle.")
    prompt = tokenizer(TEMPLATE.format(question=question), verbose=False)["input_ids"]
    end = tokenizer(f" {answer}", add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    left = room - len(end)
    if left < 1:
        raise WorkshopError(
            f"Cette réponse fait {len(end)} tokens, pour {room} places\u00a0: raccourcissez-la, ou agrandissez room."
        )
    prompt = prompt[-left:]
    return prompt + end, len(prompt)


def mask_labels(input_ids: torch.Tensor, attention_mask: torch.Tensor, questions: Sequence[int]) -> torch.Tensor:
    """Return the labels of a batch: its tokens, with -100 wherever there is nothing to learn.

    Nothing to learn: the question (the first ``questions[row]`` tokens of each row) and the padding, on the right.  The end mark
    is to be learnt, even where padding is made of the same token: what is padding is told by ``attention_mask`` alone.

    Args:
        input_ids: ``(rows, tokens)``.
        attention_mask: of the same shape: 1 for a token, 0 for padding.
        questions: how many tokens the question of each row has.

    Returns:
        ``(rows, tokens)``; they are not shifted: whoever computes the loss does that.
    """
    labels = input_ids.clone()
    labels[attention_mask == 0] = -100
    for row, length in enumerate(questions):
        labels[row, :length] = -100
    return labels


def collate(tokenizer: PreTrainedTokenizerBase, examples: Sequence[tuple[list[int], int]]) -> dict[str, torch.Tensor]:
    """Return examples of :func:`encode_pair` as a batch for a model: ``input_ids``, ``attention_mask``, ``labels``."""
    batch = _padded(tokenizer, [ids for ids, _ in examples])
    return batch | {"labels": mask_labels(**batch, questions=[question for _, question in examples])}


def _filling(tokenizer: PreTrainedTokenizerBase) -> int:
    return tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id


def _padded(tokenizer: PreTrainedTokenizerBase, rows: Sequence[list[int]], side: str = "right") -> dict[str, torch.Tensor]:
    """Return rows of tokens filled up to one length, and which of their tokens are true ones."""
    tensors = [torch.tensor(row) for row in rows]
    pad = partial(torch.nn.utils.rnn.pad_sequence, batch_first=True, padding_side=side)
    mask = pad([torch.ones_like(row) for row in tensors])
    return {"input_ids": pad(tensors, padding_value=_filling(tokenizer)), "attention_mask": mask}


@dataclass(frozen=True)
class Recipe:
    """Every choice of a training on pairs, with its reason."""

    learning_rate: float = 5e-4  # few examples, read often: larger than for novels, the form is quickly learnt
    epochs: int = 20  # a fact seen three times is not known; one seen sixty times is
    batch_size: int = 12  # short examples: a dozen makes about as many tokens as two pages
    room: int = 128  # tokens of an example, at most
    warmup: float = 0.1  # share of the steps in which the rate climbs
    seed: int = 0  # order of the examples

    def check(self) -> None:
        """Refuse what makes no sense.

        Raises:
            WorkshopError: a value has no meaning; the sentence says which one to take.
        """
        for name, least in (("epochs", 1), ("batch_size", 1), ("room", 2), ("seed", 0)):
            require_whole(name, getattr(self, name), least, getattr(Recipe, name))
        require_between("learning_rate", self.learning_rate, 0, math.inf, Recipe.learning_rate, low_included=False)
        require_between("warmup", self.warmup, 0, 1, Recipe.warmup)


#: Adapters begin at zero and are few: they want steps several times longer than the weights of the model itself.
LORA = Recipe(learning_rate=3e-3)


def train(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Iterable[Mapping[str, str]],
    recipe: Recipe = Recipe(),
    half: torch.dtype | None = None,
    show: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Train those weights of ``model`` that are free (all of them, or its adapters) on pairs; return the mean loss of each epoch.

    Only answers and end marks are learnt.  The same seed gives the same order, hence the same model.

    Args:
        pairs: each with a ``question`` and an ``answer``.
        half: the numbers of two bytes in which to compute (``gpt2.half_precision()``), if any.
        show: called after each epoch with its number and its loss.

    Raises:
        WorkshopError: no pair, a recipe that makes no sense, an answer longer than the room, a tokenizer without an end mark,
            or a rate so high that the loss is no longer a number.
    """
    recipe.check()
    room = min(recipe.room, positions(model.config))
    examples = [encode_pair(tokenizer, pair["question"], pair["answer"], room) for pair in pairs]
    if not examples:
        raise WorkshopError("Il n’y a aucune paire à apprendre\u00a0: donnez au moins une question et sa réponse.")
    free = [weights for weights in model.parameters() if weights.requires_grad]
    steps = recipe.epochs * math.ceil(len(examples) / recipe.batch_size)
    optimiser = torch.optim.AdamW(free, lr=recipe.learning_rate)
    schedule = get_cosine_schedule_with_warmup(optimiser, round(recipe.warmup * steps), steps)
    order, device, losses = random.Random(recipe.seed), next(model.parameters()).device, []
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)  # dropout, where a model has some
        for epoch in range(recipe.epochs):
            order.shuffle(examples)
            total = 0.0
            for first in range(0, len(examples), recipe.batch_size):
                group = examples[first : first + recipe.batch_size]
                batch = {name: rows.to(device) for name, rows in collate(tokenizer, group).items()}
                with torch.autocast(device.type, dtype=half or torch.bfloat16, enabled=half is not None):
                    loss = _loss(model, **batch)
                _require_finite(loss.item(), recipe)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(free, 1.0)
                optimiser.step()
                schedule.step()
                optimiser.zero_grad()
                total += loss.item() * len(group)
            losses.append(total / len(examples))
            if show:
                show(epoch + 1, losses[-1])
    model.eval()
    return losses


def _loss(model: PreTrainedModel, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the mean surprise at what is to be learnt: the scores at each place are for the token after it."""
    logits = model(input_ids=input_ids, attention_mask=attention_mask).logits[:, :-1]
    return torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100)


def _require_finite(loss: float, recipe: Recipe) -> None:
    if not math.isfinite(loss):
        raise WorkshopError(
            f"La perte n’est plus un nombre\u00a0: le taux d’apprentissage ({french(recipe.learning_rate)}) est trop grand, "
            "divisez-le par dix."
        )


def replies(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, questions: Sequence[str], most: int = 48, batch: int = 32
) -> list[str]:
    """Return what the model answers to each question, each on its own: the likeliest token, again and again, to the end mark.

    Args:
        most: tokens of an answer; one that has not ended by then is cut there.
        batch: questions side by side.

    Raises:
        WorkshopError: a question leaves no place for an answer of ``most`` tokens.
    """
    prompts = [TEMPLATE.format(question=question) for question in questions]
    groups = [prompts[first : first + batch] for first in range(0, len(prompts), batch)]
    return [text for group in groups for text in _continued(model, tokenizer, group, most)]


def continued(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompt: str, most: int = 48) -> str:
    """Return the answer that follows a whole prompt (a conversation, for instance), to the end mark."""
    return _continued(model, tokenizer, [prompt], most)[0]


@torch.inference_mode()
def _continued(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], most: int) -> list[str]:
    rows = [tokenizer(prompt, verbose=False)["input_ids"] for prompt in prompts]
    longest = max(map(len, rows))
    if longest + most > positions(model.config):
        raise WorkshopError(
            f"Cette question fait {longest} tokens\u00a0: avec une réponse de {most}, elle dépasse les {positions(model.config)} "
            "places du modèle\u00a0; raccourcissez-la."
        )
    device = next(model.parameters()).device
    batch = {name: padded.to(device) for name, padded in _padded(tokenizer, rows, side="left").items()}
    written = model.eval().generate(
        **batch, max_new_tokens=most, do_sample=False, num_beams=1,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=_filling(tokenizer),
    )  # fmt: skip
    return [tokenizer.decode(row[longest:], skip_special_tokens=True).strip() for row in written]


def same_answer(got: str, wanted: str) -> bool:
    """Return whether two answers are the same, but for capitals, typography and a full stop."""

    def bare(text: str) -> str:
        return normalise(text).casefold().strip(" .")

    return bare(got) == bare(wanted)
