"""The static site: every link leads somewhere, and nothing is loaded from elsewhere."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.test_slides import EXECUTED, loads
from workshop import cli
from workshop.backstage import slides
from workshop.base.settings import ROOT, settings

ELSEWHERE = {"github.com", "colab.research.google.com"}


class Links(HTMLParser):
    """Where the links and frames of a page lead, and the names that a link may lead to inside it."""

    def __init__(self, path: Path):
        super().__init__()
        self.found, self.names, self.inside = [], {""}, ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.names |= {given[name] for name in ("id", "name") if given.get(name)}
        self.found += [given[name] for name in ("href", "src", "data-src") if given.get(name)]


def broken(site: Path) -> list[str]:
    pages = {path: Links(path) for path in site.rglob("*.html")}
    wrong = []
    for path, page in pages.items():
        for link in page.found:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme or parts.netloc:
                sound = parts.scheme == "https" and parts.hostname in ELSEWHERE
            else:
                names = {parts.fragment, unquote(parts.fragment)}  # a browser tries both
                sound = target in pages and bool(names & pages[target].names)
            if not sound:
                wrong.append(f"{path.relative_to(site)}: {link}")
    return wrong


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if not slides.installed():
        pytest.skip("needs pyreveal: make setup installs it")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKSHOP_OUTPUTS", str(tmp_path_factory.mktemp("outputs à moi")))
    settings.cache_clear()
    assert cli.main(["site"]) == 0
    yield settings().outputs / "site"
    patch.undo()
    settings.cache_clear()


def test_a_broken_link_would_be_seen(tmp_path):
    (tmp_path / "index.html").write_text(
        '<a href="b.html">b</a> <a href="nowhere.html">x</a> <a href="b.html#nothing">x</a> <a href="http://github.com/">x</a>'
        '<a href="https://elsewhere.org">x</a> <iframe data-src="no.html"></iframe> <a href="b.html#yes">b</a>'
    )
    (tmp_path / "b.html").write_text('<p id="yes"><a href="index.html">back</a> <a href="#yes">here</a></p>')
    assert [line.split(": ")[1] for line in broken(tmp_path)] == [
        "nowhere.html", "b.html#nothing", "http://github.com/", "https://elsewhere.org", "no.html",
    ]  # fmt: skip


@pytest.mark.slow
def test_every_link_of_the_site_leads_somewhere(site):
    assert broken(site) == []


@pytest.mark.slow
def test_the_start_page_leads_to_the_page_to_every_chapter_and_to_its_slides(site):
    start = Links(site / "index.html").found
    assert {"page.html", "diapositives/index.html"} <= set(start)
    for chapter in EXECUTED:
        assert {f"chapitres/{chapter.name}.html", f"diapositives/{chapter.name}.html"} <= set(start)


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(site):
    for path in [site / "index.html", *(site / "chapitres").iterdir()]:
        text = path.read_text(encoding="utf-8")
        assert loads(text) == [] and '<html lang="fr">' in text, path.name
        assert "colab-badge" not in text and ".ipynb)" not in text
    for path in site.rglob("*.html"):
        assert str(ROOT) not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.slow
def test_making_it_again_leaves_one_site(site):
    assert cli.main(["site"]) == 0
    assert sorted(path.name for path in site.parent.iterdir()) == ["site", "slides"]


@pytest.mark.parametrize("workflow", sorted(path.name for path in (ROOT / ".github" / "workflows").glob("*.yml")))
def test_the_workflows_follow_the_schema_of_github(workflow):
    pytest.importorskip("check_jsonschema", reason="needs check-jsonschema, which holds the schema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*command, ROOT / ".github" / "workflows" / workflow], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
