"""What the assistant of chapter 06 finds in its manual, what it declines and what it learns by heart.

The wordings and the questions of the test chose no setting.  Looking up is exact: its figures are the same on every machine.
What is learnt by heart depends a little on the arithmetic of the processor; one question more or less is 2.5 points.
"""

import json
from collections.abc import Iterable
from statistics import mean

from workshop.assistant import documents, pairs, retrieval

from . import memorised
from .common import table

FIRST, AMONG, DECLINED, LOST = 0.85, 0.95, 0.80, 0.05


def unanswerable(part: str) -> list[str]:
    """Return the questions that the manual does not answer: those of ``validation``, or of ``test``."""
    lines = (pairs.press() / "unanswerable.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["question"] for row in map(json.loads, lines) if row["part"] == part]


def share(hits: Iterable[bool]) -> float:
    """Return which share of the hits are true."""
    return mean(map(float, hits))


def looked_up() -> dict[str, float]:
    """Measure the looking up on the questions of the test, and on those of somebody who has not read the manual."""
    passages = documents.read_document(pairs.press() / "manual.pdf")
    split = pairs.split_pairs(pairs.load_pairs(pairs.press() / "pairs.jsonl"))
    split["visitor"] = pairs.load_pairs(pairs.press() / "visitor.jsonl")
    asked = {name: [pair["question"] for pair in part] for name, part in split.items()}
    best = {name: retrieval.best_scores(questions, passages) for name, questions in asked.items()}
    unknown = {name: retrieval.best_scores(unanswerable(name), passages) for name in ("validation", "test")}
    threshold = retrieval.choose_threshold(best["validation"], unknown["validation"])

    def rank(pair: dict) -> int:
        ranking = retrieval.bm25(pair["question"], [passage.text for passage in passages])
        return [passages[number].article for number, _ in ranking].index(pair["article"])

    def nearest(pair: dict) -> str:
        return (retrieval.nearest_pair(pair["question"], split["train"]) or {}).get("answer", "")

    return {
        "first": share(rank(pair) == 0 for pair in split["test"]),
        "among three": share(rank(pair) < 3 for pair in split["test"]),
        "threshold": threshold,
        "declined, unanswerable": retrieval.declined(unknown["test"], threshold),
        "declined, answerable": retrieval.declined(best["test"], threshold),
        "nearest question": share(nearest(pair) == pair["answer"] for pair in split["test"]),
        "visitor, first": share(rank(pair) == 0 for pair in split["visitor"]),
        "visitor, among three": share(rank(pair) < 3 for pair in split["visitor"]),
        "visitor, declined": retrieval.declined(best["visitor"], threshold),
    }


def main() -> None:
    """Measure and print."""
    measured = looked_up()
    rows = [
        ("right passage first", f"{measured['first']:.1%}", f"at least {FIRST:.0%}"),
        ("right passage among three", f"{measured['among three']:.1%}", f"at least {AMONG:.0%}"),
        ("unanswerable questions declined", f"{measured['declined, unanswerable']:.1%}", f"at least {DECLINED:.0%}"),
        ("answerable questions declined", f"{measured['declined, answerable']:.1%}", f"at most {LOST:.0%}"),
        ("answer of the nearest training question", f"{measured['nearest question']:.1%}", "baseline"),
        ("a visitor's words: right passage first", f"{measured['visitor, first']:.1%}", "-"),
        ("a visitor's words: among three", f"{measured['visitor, among three']:.1%}", "-"),
        ("a visitor's words: declined", f"{measured['visitor, declined']:.1%}", "-"),
        ("threshold, chosen on validation", f"{measured['threshold']:.2f}", "-"),
    ]
    table("Looked up: questions of the test", ("what", "measured", "wanted"), rows)
    memorised.main()
