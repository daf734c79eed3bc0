"""What the prose of chapters 04, 06 and 07 says of plans, of the manual and of servers is true, whatever the books."""

import json
import re

import numpy as np
import pytest
from transformers import GPT2Config

from workshop.assistant import documents, pairs, retrieval
from workshop.assistant.training import LORA, Recipe
from workshop.backstage.chapters import chapters
from workshop.base.settings import ROOT
from workshop.exercises.core import of_chapter
from workshop.gpt2 import count_parameters
from workshop.sharing import Bucket, percentile, rate_limit

PRESS = pairs.press()
MODEL = (ROOT / "data" / "models" / "gpt2-fr" / "README.md").read_text(encoding="utf-8")


def _read(chapter):
    """What an attendee reads in a chapter, besides its code."""
    cells = (cell.source for cell in chapter.cells if cell.cell_type == "markdown")
    return "\n".join(re.sub(r"<[^>]+>", " ", cell).replace("\u00a0", " ") for cell in cells if not cell.startswith("*Pour qui"))


@pytest.mark.parametrize("chapter", [one for one in chapters() if one.number >= 3], ids=lambda chapter: chapter.name)
def test_no_figure_of_a_model_is_held_by_hand(chapter):
    """Bits, perplexities, shares and sizes of the base model change with its weights: cells print them."""
    lesson = _read(chapter).partition("## Trois questions pour finir")[0]
    unit = r"bits? par caractère|bits? de moins|millions? de paramètres|de bonnes réponses|% (?:de moins|exactes)"
    number = r"(?:\d[\d ,]*|deux|trois|quatre|cinq|six|sept|huit|dix|vingt|trente|moitié)"
    found = re.findall(rf"{number} (?:{unit})", lesson)
    assert [one for one in found if one != "124 millions de paramètres"] == [], "that one is a published GPT-2"


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)
def test_minutes_of_a_beginner_come_from_what_is_read_and_written(chapter):
    """Beginners needed 1.2 to 1.6 times the minutes of all exercises and of reading 150 words a minute."""
    words = len(re.sub(r"[#>*|`]", " ", _read(chapter)).split())
    minutes = words / 150 + sum(exercise.minutes for exercise in of_chapter(chapter.number))
    assert 1.15 < chapter.front["beginner"] / minutes < 1.65


def test_from_the_first_gpt2_to_the_last():
    small, large = (GPT2Config(n_layer=n, n_head=h, n_embd=w) for n, h, w in ((12, 12, 768), (48, 25, 1600)))
    tables = [(one.vocab_size + one.n_positions) * one.n_embd for one in (small, large)]
    storeys = [count_parameters(one) - table for one, table in zip((small, large), tables, strict=True)]
    assert storeys[1] / storeys[0] == pytest.approx(16, rel=0.1) and 2 <= tables[1] / tables[0] < 2.2
    assert count_parameters(small) // 10**6 == 124


def test_the_base_model_read_what_the_chapters_say():
    assert "French novels of 1840-1920" in MODEL and "everything by George Sand were removed" in MODEL and "CC0" in MODEL
    assert float(re.search(r"Tokens seen\*\*: ([\d.]+) million", MODEL)[1]) > 10, "millions of words"


def test_forty_facts_asked_in_five_ways_and_ten_in_three():
    for name, facts, ways, parts in (("pairs", 40, 5, [120, 40, 40]), ("pairs_en", 10, 3, [20, 0, 10])):
        found = pairs.load_pairs(PRESS / f"{name}.jsonl")
        answers = [pairs.key_of(pair["answer"]) for pair in found]
        assert len(set(answers)) == facts and all(answers.count(one) == ways for one in answers)
        assert [len(part) for part in pairs.split_pairs(found).values()] == parts
    assert len(documents.read_pages(PRESS / "manual.pdf")) == 10 and Recipe().epochs == LORA.epochs == 20
    assert LORA.learning_rate / Recipe().learning_rate == pytest.approx(6)


def test_an_examination_tells_who_wrote_it():
    """Every passage is found with the words of the manual, hardly one with a visitor's, who is mostly told « je ne sais pas »."""
    manual = documents.passages(documents.read_pages(PRESS / "manual.pdf"), source="manuel")
    texts = [passage.text for passage in manual]
    parts = pairs.split_pairs(pairs.load_pairs(PRESS / "pairs.jsonl"))
    visitor = pairs.load_pairs(PRESS / "visitor.jsonl")

    def first(asked):
        best = [manual[retrieval.bm25(pair["question"], texts)[0][0]].article for pair in asked]
        return sum(one == pair["article"] for one, pair in zip(best, asked, strict=True)) / len(asked)

    lines = (PRESS / "unanswerable.jsonl").read_text(encoding="utf-8").splitlines()
    without = [one["question"] for one in map(json.loads, lines) if one["part"] == "validation"]
    known = retrieval.best_scores([pair["question"] for pair in parts["validation"]], manual)
    threshold = retrieval.choose_threshold(known, retrieval.best_scores(without, manual))
    assert first(parts["test"]) == 1 and len(visitor) == 20 and first(visitor) < 0.2
    assert retrieval.declined(retrieval.best_scores([pair["question"] for pair in visitor], manual), threshold) > 0.8


def test_what_lora_spares_on_a_small_model():
    ways = json.loads((ROOT / "data" / "measured.json").read_text(encoding="utf-8"))["memorised"]["ways"]
    names = list(ways)
    whole, thin, everywhere = (ways[name] for name in names[1:])
    assert names[2] == "LoRA sur c_attn", "the third line"
    assert everywhere["memory_mb"] > 0.8 * whole["memory_mb"], "hardly any memory"
    assert everywhere["processor_seconds"] > 0.7 * whole["processor_seconds"], "hardly any time"
    assert everywhere["disk_mb"] < whole["disk_mb"] / 10, "the disk"
    assert thin["train"] < everywhere["train"] / 2 and thin["test"] < everywhere["test"] / 2, "on too few matrices, much less"


def test_where_p95_falls_among_ten_and_what_the_mean_hides():
    ten = list(range(1, 11))
    assert 9.5 < percentile(ten, 0.95) < 10 and 5 < percentile(ten, 0.5) < 6
    assert percentile(ten, 0.95) == pytest.approx(np.quantile(ten, 0.95))


def test_a_burst_then_one_request_in_four():
    bucket, band = Bucket(5, 1, 5, 0.0), []
    for i in range(60):
        bucket, wait = rate_limit(bucket, i / 4)
        band.append(wait == 0)
    assert all(band[:5]) and all(sum(band[i : i + 4]) == 1 for i in range(8, 57))


def test_the_commands_that_chapter_07_names_exist():
    compose = (ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
    assert re.search(r"(?m)^  server:", compose)
    cli = (ROOT / "workshop" / "cli.py").read_text(encoding="utf-8")
    assert '"serve"' in cli and '"--ip"' in cli
