"""The minutes printed on the chapters."""

import nbformat.v4 as v4
import pytest

from workshop.backstage import measures, notebooks
from workshop.base.typography import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (47.6, "48 s"), (59.4, "59 s"), (60, "1 min"), (98, "1 min 38"), (180, "3 min"), (185.2, "3 min 05")],
)
def test_durations_are_said_as_in_french(seconds, said):
    assert duration(seconds).replace("\u00a0", " ") == said


def test_running_a_notebook_measures_it_and_its_longest_cell(tmp_path):
    cells = [v4.new_markdown_cell("# Titre"), v4.new_code_cell("1"), v4.new_code_cell("import time; time.sleep(0.3)")]
    path = tmp_path / "00_titre.ipynb"
    path.write_text(notebooks._dumps(v4.new_notebook(cells=cells)), encoding="utf-8")
    found = measures.run_all(path, tmp_path)
    assert 0.3 <= found["longest"] < found["seconds"]


def test_every_chapter_says_the_time_that_was_measured():
    kept = measures.read()["chapters"]["seconds"]
    for chapter in notebooks.chapters():
        assert chapter.name in kept, "python -m workshop record chapters"
        first = (notebooks.ROOT / "notebooks" / f"{chapter.name}.ipynb").read_text(encoding="utf-8")
        assert duration(kept[chapter.name]) in first
