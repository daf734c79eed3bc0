"""How good: every model and archiver on the test novel, in bits per character, and what specialising gains."""

import ast
import json
import lzma
import math
import os
import re
from pathlib import Path

from .common import REAL_BOOKS, ROOT, python, surroundings, table

COMPARE = """
import json, os
from dataclasses import asdict
from workshop import gpt2, metrics, steps
rows = [asdict(row) for row in steps.comparison()]
train, test = steps.text("train"), steps.text("test")
models, tokenizer = (steps.base_model()[0], steps.specialised_model()[0]), steps.base_model()[1]
def hesitation(model, text):
    nats = gpt2.negative_log_likelihood(model, tokenizer, text)
    return metrics.perplexity(nats, len(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]))
texts = {"the test book": test} | steps.other_authors() | json.loads(os.environ["PAGES"])
authors = {name: [hesitation(model, text) for model in models] for name, text in texts.items()}
print("RESULT", json.dumps({"rows": rows, "train": train, "test": test, "authors": authors}))
"""

PROMPTS = (
    "Il était une fois un vieux meunier qui",
    "Le lendemain matin, la jeune fille",
    "— Pourquoi pleurez-vous, mon enfant?",
    "Quand la nuit fut venue, les deux frères",
    "La maison était au bout du village,",
    "Le curé referma son livre et",
    "Ma mère m'avait toujours dit que",
    "On entendit au loin le galop d'un cheval;",
    "Cette année-là, l'hiver",
    "— Monsieur le comte, répondit-elle,",
)

SAMPLES = """
import json, os
from workshop import generation, gpt2
from workshop.base import typography
model, tokenizer = gpt2.load()
writer = generation.Gpt2Writer(model, tokenizer)
texts = []
for seed, prompt in enumerate(json.loads(os.environ["PROMPTS"])):
    sampling = generation.Sampling(temperature=0.8, top_p=0.9, max_new_tokens=110, seed=seed)
    words = (prompt + generation.generate(writer, prompt, sampling)).split(" ")
    texts.append(" ".join(words[:60]))
print("RESULT", json.dumps(texts))
"""


def ppmd_bits(text: str, primer: str = "", order: int = 8) -> float:
    """Return the bits per character of PPMd (variant H) on ``text``, after it has read ``primer``."""
    import pyppmd

    def size(data: bytes) -> int:
        encoder = pyppmd.Ppmd7Encoder(order, 256 << 20)
        return len(encoder.encode(data)) + len(encoder.flush())

    before = size(primer.encode()) if primer else 0
    return 8 * (size((primer + text).encode()) - before) / len(text)


def word_ngram_bits(train: str, test: str) -> float:
    """Return the bits per character of a Kneser-Ney model of words and punctuation marks, which spells the words it never saw."""
    from workshop import metrics

    pieces = [re.findall(r"\s?\w+'?|\s|[^\w\s]", part) for part in (train, test)]
    known = {piece: number for number, piece in enumerate(dict.fromkeys(pieces[0]), start=1)}
    ids = [[known.get(piece, 0) for piece in part] for part in pieces]
    first = {piece: i for i, piece in reversed(list(enumerate(pieces[0])))}
    as_unknown = [
        0 if first[piece] == i and i % 20 == 0 else number
        for i, (piece, number) in enumerate(zip(pieces[0], ids[0], strict=True))
    ]
    nats = metrics.NgramModel(3, len(known) + 1).fit(as_unknown).nats(ids[1])
    letters = {letter: train.count(letter) + 1 for letter in set(train + test)}
    total = sum(letters.values())
    spelled = [letter for piece, number in zip(pieces[1], ids[1], strict=True) if number == 0 for letter in piece]
    nats += sum(-math.log(letters[letter] / total) for letter in spelled)
    return metrics.bits_per_character(nats, len(test))


def pages() -> dict[str, str]:
    """Return the two pages of chapter 04 that nobody has read: a town novel, and a message of today."""
    source = (ROOT / "solutions" / "04_gpt2_finetuning.py").read_text(encoding="utf-8")
    said = {
        node.targets[0].id: node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    names = {"inner": "roman de ville", "today": "message d’aujourd’hui"}
    return {shown: " ".join(ast.literal_eval(said[name]).split()) for name, shown in names.items()}


def compare(outputs: Path, **environment: str) -> dict:
    """Build (or load) every model of a collection and judge it."""
    around = surroundings(outputs, WORKSHOP_QUIET="1", PAGES=json.dumps(pages()), **environment)
    return json.loads(python(COMPARE, around)[1].rpartition("RESULT ")[2])


def samples() -> list[str]:
    """Return ten texts of 60 words by the embedded model, from ordinary beginnings, not chosen."""
    printed = python(SAMPLES, surroundings(ROOT / "outputs", PROMPTS=json.dumps(PROMPTS)))[1]
    return json.loads(printed.rpartition("RESULT ")[2])


def gain(rows: list[dict]) -> float:
    """Return by how much the perplexity of the specialised model is below that of the base, as a share."""
    perplexities = {row["model"]: row["perplexity"] for row in rows}
    return 1 - perplexities["GPT-2 spécialisé"] / perplexities["GPT-2 de base"]


def main() -> None:
    """Measure, print and keep in data/measured.json; outputs/ is reused, so that what was trained is not trained again."""
    from workshop.backstage import measures

    outputs = Path(os.environ.get("WORKSHOP_OUTPUTS", ROOT / "outputs"))
    real = REAL_BOOKS.is_dir()
    lines, figures, lexicon = [], [], set()
    if real:
        result = compare(outputs)
        train, test = result["train"], result["test"]
        lines = [[row["model"], f"{row['bits_per_character']:.3f}", f"{row['perplexity']:.1f}"] for row in result["rows"]]
        archived = 8 * len(lzma.compress(test.encode(), preset=9 | lzma.PRESET_EXTREME)) / len(test)
        lines += [
            ["xz", f"{archived:.3f}", ""],
            ["PPMd, order 8", f"{ppmd_bits(test):.3f}", ""],
            ["PPMd, order 8, after the training novels", f"{ppmd_bits(test, train):.3f}", ""],
            ["3-grams of words (Kneser-Ney)", f"{word_ngram_bits(train, test):.3f}", ""],
        ]
        base = next(row for row in result["rows"] if row["model"] == "GPT-2 de base")
        figures.append(["base, bits per character", f"{base['bits_per_character']:.3f}", "1.25", "1.20"])
        figures.append(["specialised on nine novels: perplexity below the base by", f"{gain(result['rows']):.1%}", "5 %", "8 %"])
        lexicon = set(re.findall(r"[^\W\d_]+", train.lower()))
    embedded = compare(outputs, WORKSHOP_COLLECTION="veillees", WORKSHOP_BOOKS="")
    figures.append(["specialised on the Veillées: perplexity below the base by", f"{gain(embedded['rows']):.1%}", "20 %", "25 %"])
    texts = [" ".join(text.split()) for text in samples()]
    if lexicon:
        words = [word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower())]
        share = sum(word in lexicon for word in words) / len(words)
        figures.append(["ten samples: words known to the training novels", f"{share:.1%}", "97 %", ""])
    table("La Mare au Diable, whole and cleaned, never seen", ("model", "bits per character", "perplexity"), lines)
    if real:
        by_author = [
            (name, f"{before:.1f}", f"{after:.1f}", f"{after / before - 1:+.1%}")
            for name, (before, after) in result["authors"].items()
        ]
        table("Specialised on nine novels by Sand: on whom? (perplexity)", ("text", "before", "after", "change"), by_author)
    table("The embedded model", ("what", "measured", "must", "aim"), figures)
    print("\n### Ten samples (temperature 0.8, top-p 0.9, seeds 0 to 9)\n")
    print("\n\n".join(f"> {text}" for text in texts))
    if real:
        measures.record("model", {"models": lines, "figures": figures, "samples": texts})
