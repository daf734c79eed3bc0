"""What a reader gets from each setting of the sampling: stories of 120 tokens by the embedded model, counted, not chosen."""

import json
import os
import re
from dataclasses import asdict, replace

from workshop.generation.sampling import Sampling
from workshop.metrics import distinct_n, lexicon_share

from .common import ROOT, python, surroundings, table
from .quality import PROMPTS

STORIES, TOKENS = 200, 120
LONG = 40  # words: a sentence that has not ended by then is lost, in these novels as well

DEFAULT = Sampling()
#: One setting moves at a time, from the defaults.
CHOICES = (
    DEFAULT,
    *(replace(DEFAULT, temperature=value) for value in (0.6, 0.7, 0.9, 1.0)),
    *(replace(DEFAULT, top_p=value) for value in (0.8, 0.95, 1.0)),
    *(replace(DEFAULT, repetition_penalty=value) for value in (1.1, 1.2)),
    *(replace(DEFAULT, no_repeat_ngram_size=value) for value in (3, 4)),
)

#: All stories of a beginning at once, by transformers, which gives the settings the same meaning.
STORY = """
import json, os
import torch
from workshop import steps
from workshop.gpt2 import model as gpt2
model, tokenizer = gpt2.load()
model.eval()
texts = []
for number, settings in enumerate(json.loads(os.environ["CHOICES"])):
    texts.append([])
    for seed, prompt in enumerate(json.loads(os.environ["PROMPTS"])):
        torch.manual_seed(seed)
        inputs = tokenizer(prompt, return_tensors="pt").to(model.device)
        written = model.generate(**inputs, do_sample=True, num_return_sequences=int(os.environ["EACH"]), **settings)
        new = written[:, inputs["input_ids"].shape[1] :]
        texts[-1] += [prompt + text for text in tokenizer.batch_decode(new, skip_special_tokens=True)]
print("RESULT", json.dumps({"texts": texts, "train": steps.text("train")}))
"""


def words_of(text: str) -> list[str]:
    """Return the words of a text, in small letters."""
    return re.findall(r"[^\W\d_]+", text.lower())


def repeated_share(words: list[str], size: int = 4) -> float:
    """Return the share of the sequences of ``size`` words that were there before in the same text."""
    return 1 - distinct_n(words, size) if len(words) >= size else 0.0


def ended_share(texts: list[str]) -> float:
    """Return the share of sentences that end within ``LONG`` words; the last one of a text counts only when it is too long."""
    ended = begun = 0
    for text in texts:
        *whole, last = re.split(r"[.!?…]+", text)
        lengths = [count for part in whole if (count := len(words_of(part)))]
        begun += len(lengths) + (len(words_of(last)) > LONG)
        ended += sum(length <= LONG for length in lengths)
    return ended / begun if begun else 0.0


def closed_share(texts: list[str]) -> float:
    """Return the share of « closed before the next one opens; the last has ``LONG`` words to do so, or does not count."""
    closed = opened = 0
    for text in texts:
        *spoken, last = text.split("«")[1:] or [""]
        closed += sum("»" in part for part in (*spoken, last))
        opened += len(spoken) + ("»" in last or len(words_of(last)) > LONG)
    return closed / opened if opened else 1.0  # nothing was left open


def name_of(sampling: Sampling) -> str:
    """Return what differs from the defaults."""
    moved = {name: value for name, value in asdict(sampling).items() if value != getattr(DEFAULT, name)}
    return ", ".join(f"{name} {value:g}" for name, value in moved.items()) or "the defaults"


def counted(texts: list[str], lexicon: set[str]) -> tuple[str, ...]:
    """Return one row of the table."""
    words = [words_of(text) for text in texts]
    mean = {
        "known": sum(lexicon_share(text, lexicon) for text in texts) / len(texts),
        "repeated": sum(map(repeated_share, words)) / len(texts),
        "distinct": sum(distinct_n(story, 1) for story in words) / len(texts),
    }
    return tuple(f"{share:.1%}" for share in (*mean.values(), ended_share(texts), closed_share(texts)))


def main() -> None:
    """Measure and print; STORIES in the environment asks for fewer."""
    stories = int(os.environ.get("STORIES", STORIES))
    keys = ("temperature", "top_k", "top_p", "no_repeat_ngram_size", "repetition_penalty")
    choices = [{key: getattr(choice, key) for key in keys} | {"max_new_tokens": TOKENS} for choice in CHOICES]
    given = {"CHOICES": json.dumps(choices), "PROMPTS": json.dumps(PROMPTS), "EACH": str(stories // len(PROMPTS))}
    result = json.loads(python(STORY, surroundings(ROOT / "outputs", WORKSHOP_QUIET="1", **given))[1].rpartition("RESULT ")[2])
    lexicon = set(words_of(result["train"]))
    rows = [(name_of(choice), *counted(texts, lexicon)) for choice, texts in zip(CHOICES, result["texts"], strict=True)]
    header = ("settings", "known words", "repeated 4-grams", "distinct words", "sentences that end", "« closed")
    table(f"{stories} stories of {TOKENS} tokens", header, rows)
