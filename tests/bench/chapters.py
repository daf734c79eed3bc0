"""How long « run all » takes on each untouched chapter, offline, beside what the workshop allows."""

from workshop.backstage import measures

from .common import table

#: Seconds for a whole chapter; for the longest cell of those that train.
BUDGET = {"00": 60, "01": 60, "02": 60, "03": 150, "04": 240, "05": 60, "06": 150}
TRAINING = {"04": 150}


def main() -> None:
    """Measure and print."""
    rows = []
    for name, measured in measures.chapters().items():
        whole, longest = BUDGET.get(name[:2], "-"), TRAINING.get(name[:2], "-")
        rows.append((name, f"{measured['seconds']:.0f} s", f"{whole} s", f"{measured['longest']:.0f} s", f"{longest} s"))
    table("Run all", ("chapter", "measured", "at most", "longest cell", "at most"), rows)
