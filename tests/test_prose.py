"""What people read beside the code: the chapters, the guide for instructors, the start page in French, the server's pages."""

import re

import pytest

from workshop.backstage.chapters import chapters
from workshop.base.settings import ROOT

GUIDE = (ROOT / "solutions" / "INSTRUCTOR.md").read_text(encoding="utf-8")
TEXTS = {
    "INSTRUCTOR.md": GUIDE,
    "README.fr.md": (ROOT / "README.fr.md").read_text(encoding="utf-8"),
    **{one.name: "\n\n".join(cell.source for cell in one.cells if cell.cell_type == "markdown") for one in chapters()},
}


PLAIN = re.compile(r".{0,20}\S [:;?!»].{0,10}|.{0,20}« .{0,10}|.{0,20}\w'\w.{0,10}")
SERVER = ROOT / "workshop" / "server" / "templates"


@pytest.mark.parametrize("name", TEXTS)
def test_no_plain_space_where_french_wants_one_that_does_not_break(name):
    words = re.sub(r"(?s)```.*?```|`[^`\n]*`|<!--.*?-->|<[^>]*>|\]\([^)]*\)", "¤", TEXTS[name])
    assert PLAIN.findall(words) == []


@pytest.mark.parametrize("path", sorted(SERVER.rglob("*.html")), ids=lambda path: path.relative_to(SERVER).as_posix())
def test_nor_on_the_pages_of_the_server_nor_in_what_they_say_to_those_who_hear_them(path):
    page = re.sub(r"(?s)\{%.*?%\}|\{\{.*?\}\}|<(pre|script).*?</\1>", "¤", path.read_text(encoding="utf-8"))
    said = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', page)
    assert PLAIN.findall("\n".join([re.sub(r"<[^>]*>", "¤", page), *said])) == []


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)
def test_whoever_is_late_keeps_exercises_that_the_notebook_marks_for_the_room(chapter):
    section = re.search(rf"(?s)<!-- end: chapitre-{chapter.number:02d} -->(.*?)(?:\n<!-- begin|\n## |\Z)", GUIDE)[1]
    kept = re.findall(r"Gardez ((?:\d\.\d+[a-z]?(?:, | et )?)+)", " ".join(section.split()))
    assert len(kept) == 1 and set(re.findall(r"\d\.\d+[a-z]?", kept[0])) <= set(chapter.front["room"])
