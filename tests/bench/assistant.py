"""What the assistant of chapter 06 finds in its manual and what it declines, on wordings that no setting was chosen on.

Everything here is exact (no seed, no training): the figures are the same on every machine.
"""

import json

from workshop.assistant import documents, pairs, retrieval

from .common import table

FIRST, AMONG, DECLINED, LOST = 0.85, 0.95, 0.80, 0.05


def unanswerable(part: str) -> list[str]:
    """Return the questions that the manual does not answer: those of ``validation``, or of ``test``."""
    lines = (pairs.press() / "unanswerable.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["question"] for row in map(json.loads, lines) if row["part"] == part]


def looked_up() -> dict[str, float]:
    """Measure the looking up on the questions of the test."""
    passages = documents.read_document(pairs.press() / "manual.pdf")
    split = pairs.split_pairs(pairs.load_pairs(pairs.press() / "pairs.jsonl"))
    texts = [passage.text for passage in passages]

    def best(part: str, questions: list[str] | None = None) -> list[float]:
        return retrieval.best_scores(questions or [pair["question"] for pair in split[part]], passages)

    threshold = retrieval.choose_threshold(best("validation"), best("", unanswerable("validation")))
    found = [
        [passages[number].article == pair["article"] for number, _ in retrieval.bm25(pair["question"], texts)[:3]]
        for pair in split["test"]
    ]
    nearest = [retrieval.nearest_pair(pair["question"], split["train"]) for pair in split["test"]]
    return {
        "first": sum(row[0] for row in found) / len(found),
        "among three": sum(map(any, found)) / len(found),
        "threshold": threshold,
        "declined, unanswerable": retrieval.declined(best("", unanswerable("test")), threshold),
        "declined, answerable": retrieval.declined(best("test"), threshold),
        "nearest question": sum(
            near is not None and near["answer"] == pair["answer"] for near, pair in zip(nearest, split["test"], strict=True)
        )
        / len(nearest),
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
        ("threshold, chosen on validation", f"{measured['threshold']:.2f}", "-"),
    ]
    table("Looked up: questions of the test", ("what", "measured", "wanted"), rows)
