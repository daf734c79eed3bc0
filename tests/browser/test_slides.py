"""The slides, opened from the disk with the network cut, and shown live in JupyterLab."""

import io
import re
from base64 import b64decode

import pytest
from pypdf import PdfReader

from workshop.backstage import slides
from workshop.base.settings import ROOT
from workshop.plots import style

from .axe import faults
from .notebook import Notebook

CHAPTERS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.ipynb"))
SMALLEST = 0.72  # of the size of a slide with three lines: at 1280x720, words are then 18 pixels high

LEAVES = "[...document.querySelectorAll('.slides section')].filter(one => !one.querySelector('section'))"
ALL = f"() => {LEAVES}.map(one => Reveal.getIndices(one)).map(at => [at.h, at.v || 0])"
#: Where the text of the present slide is, with what is still covered, and whether all of it is inside the page.
PRESENT = """() => {
  const section = Reveal.getCurrentSlide(), matter = section.querySelector('.matter'), sheet = section.querySelector('.sheet');
  const inside = [...matter.querySelectorAll('*')].filter(one => one.checkVisibility() && !one.closest('svg, details'));
  const edges = inside.map(one => one.getBoundingClientRect()).filter(box => box.width && box.height);
  return {
    size: section.dataset.size, text: matter.textContent.trim().slice(0, 60),
    left: Math.min(...edges.map(box => box.left)), top: Math.min(...edges.map(box => box.top)),
    right: Math.max(...edges.map(box => box.right)), bottom: Math.max(...edges.map(box => box.bottom)),
    code: Math.min(99, ...[...matter.querySelectorAll('.highlight pre')]
      .map(one => parseFloat(one.style.fontSize) * section.dataset.size)),
    pictures: [...matter.querySelectorAll('.jp-OutputArea img')]
      .map(one => [one.src, one.getBoundingClientRect().width / one.naturalWidth]),
    scrolls: sheet.scrollHeight > sheet.clientHeight + 1 || sheet.scrollWidth > sheet.clientWidth + 1,
  };
}"""


def letters(source: str, scale: float) -> float:
    """Return the height of the smallest letters of a picture, in pixels of the slide."""
    kind, _, data = source.partition(";base64,")
    if kind == "data:image/png":  # a figure: no letters smaller than that, by tests/test_plots.py and its like
        return scale * style.SMALLEST * style._STYLE["savefig.dpi"] / 72
    assert kind == "data:image/svg+xml"
    return scale * min(map(float, re.findall(r'font-size="([\d.]+)', b64decode(data).decode())))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The slides of every executed chapter, in a folder of their own."""
    place, patch = tmp_path_factory.mktemp("slides"), pytest.MonkeyPatch()
    patch.setattr(slides, "folder", lambda: place)
    if not slides.installed():
        pytest.skip("needs pyreveal: make setup installs it")
    slides.make()
    yield place
    patch.undo()


@pytest.fixture
def page(browser):
    """A page of 1280x720 from which nothing but files of this machine can be reached."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    lost = []
    inside = ("file:", "data:")
    context.route("**/*", lambda route: route.continue_() if route.request.url.startswith(inside) else route.abort())

    def failed(request):
        turned = request.failure == "net::ERR_ABORTED" and request.url.startswith("file:")  # the page in the page, not yet whole
        lost.extend([] if turned else [(request.url, request.failure)])

    context.on("requestfailed", failed)
    page = context.new_page()
    page.on("pageerror", lambda error: lost.append(str(error)))
    page.lost = lost
    yield page
    context.close()


def _open(page, made, name):
    page.goto((made / f"{name}.html").as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_slide_is_whole_and_nothing_is_asked_of_the_network(made, page, screenshots, name):
    _open(page, made, name)
    places = page.evaluate(ALL)
    assert len(places) > 15
    small = []
    for number, (across, down) in enumerate(places, 1):
        page.evaluate("([h, v]) => Reveal.slide(h, v)", [across, down])
        slide = page.evaluate(PRESENT)
        where = f"slide {number}: {slide['text']}"
        assert slide["size"] != "overflow" and float(slide["size"]) >= SMALLEST, where
        assert not slide["scrolls"], where
        assert all(letters(*picture) >= 11.99 for picture in slide["pictures"]), where
        small += [(where, slide["code"])] if slide["code"] < 17.99 else []
        assert slide["left"] >= 0 and slide["top"] >= 0 and slide["right"] <= 1280 and slide["bottom"] <= 720, (where, slide)
        if number % 9 == 2:
            page.screenshot(path=screenshots / f"slide-{name[:2]}-{number:03}.png")
    assert len(small) <= 4 and all(pixels > 13.9 for _, pixels in small), small  # functions that fill more than a page
    assert page.lost == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_fault_that_axe_can_find(made, page, axe, name):
    _open(page, made, name)
    # axe does not know what is in front where layers are stacked: the furniture of reveal.js is put away, and it measures colours
    furniture = ".reveal > :not(.slides) { display: none !important; } * { transition: none !important; }"  # nor half faded
    page.add_style_tag(content=furniture)
    for across, down in page.evaluate(ALL)[::6]:
        page.evaluate("([h, v]) => Reveal.slide(h, v, 99)", [across, down])
        assert faults(page, axe, "section.present:not(.stack)") == [], (across, down)
    page.evaluate("""() => Reveal.getCurrentSlide().querySelector('.matter')
      .insertAdjacentHTML('afterbegin', '<p style="background:#888;color:#777">Trop pâle.</p>')""")
    assert [fault for fault, _ in faults(page, axe, "section.present:not(.stack)")] == ["color-contrast"]


def test_the_page_in_the_page_is_whole_and_what_is_missing_is_noticed(made, page):
    show = """() => {
      const at = Reveal.getIndices(document.querySelector('iframe.page').closest('section'));
      Reveal.slide(at.h, at.v);
    }"""
    _open(page, made, CHAPTERS[0])
    page.evaluate(show)
    page.frame_locator("iframe.page").locator("#write-title").wait_for()
    assert page.lost == []
    (made / slides.PAGE).rename(made / "away.html")
    try:
        _open(page, made, CHAPTERS[0])
        page.evaluate(show)
        page.wait_for_function("document.querySelector('iframe.page').src")
        page.wait_for_timeout(1000)
    finally:
        (made / "away.html").rename(made / slides.PAGE)
    assert [reason for _, reason in page.lost] == ["net::ERR_FILE_NOT_FOUND"]


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_answers_of_the_quiz_can_be_unfolded(made, page, name):
    _open(page, made, name)
    page.evaluate("""() => {
      const at = Reveal.getIndices([...document.querySelectorAll('details')].pop().closest('section'));
      Reveal.slide(at.h, at.v);
    }""")
    for answer in page.locator("section.present section.present summary, section.present:not(.stack) summary").all():
        answer.click()
        page.wait_for_timeout(50)
        slide = page.evaluate(PRESENT)
        assert page.locator("details[open]").count() == 1
        assert slide["size"] != "overflow" and slide["bottom"] <= 720, slide


def test_a_key_turns_every_page_and_uncovers_the_outputs(made, page):
    _open(page, made, CHAPTERS[0])
    slide_count, keys = len(page.evaluate(ALL)), 0
    while not page.evaluate("Reveal.isLastSlide()"):
        page.keyboard.press("ArrowRight")
        keys += 1
        assert keys < 300
    assert keys > slide_count  # every slide was passed through, and outputs wait for a key of their own


def test_an_answer_takes_the_place_of_its_question_at_one_key(made, page):
    _open(page, made, CHAPTERS[0])
    page.evaluate("""() => {
      const at = Reveal.getIndices(document.querySelector('.exercise').closest('section'));
      Reveal.slide(at.h, at.v);
    }""")
    shown = "one => getComputedStyle(one).visibility === 'visible'"
    question, answer = page.locator(".exercise .question").first, page.locator(".exercise .answer").first
    assert question.evaluate(shown) and not answer.evaluate(shown)
    page.keyboard.press("Space")
    page.wait_for_timeout(500)
    assert answer.evaluate(shown) and not question.evaluate(shown)
    page.keyboard.press("Space")  # the verdict comes below the answer, which may be much shorter than its question
    verdict = page.locator(".jp-Cell:has(.exercise) .jp-Cell-outputWrapper").first
    gap = verdict.bounding_box()["y"] - answer.evaluate("one => one.getBoundingClientRect().bottom")
    assert verdict.evaluate(shown) and 0 <= gap < 40


def test_notes_are_shown_from_a_file(made, page):
    name = next(name for name in CHAPTERS if 'class="notes"' in (made / f"{name}.html").read_text(encoding="utf-8"))
    _open(page, made, name)
    page.evaluate("""() => {
      const at = Reveal.getIndices(document.querySelector('aside.notes').closest('section'));
      Reveal.slide(at.h, at.v);
    }""")
    said = page.evaluate("Reveal.getCurrentSlide().querySelector('aside.notes').textContent").strip()
    page.keyboard.press("n")
    assert page.locator(".notes-below").inner_text().strip()[:40] == said[:40]
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    opened.value.wait_for_function("document.body.innerText.includes('Pour qui présente')")
    assert "Ensuite" in opened.value.locator("body").inner_text() and "Upcoming" not in opened.value.locator("body").inner_text()
    assert page.lost == []


def test_it_prints_one_page_a_slide(made, page):
    name = CHAPTERS[0]
    _open(page, made, name)
    count = len(page.evaluate(ALL))
    page.goto((made / f"{name}.html").as_uri() + "?print-pdf")
    page.wait_for_function("window.Reveal && Reveal.isReady() && document.querySelectorAll('.pdf-page').length > 5")
    page.wait_for_timeout(500)
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(PdfReader(io.BytesIO(printed)).pages) == count


def test_the_contents_lead_to_every_chapter(made, page):
    page.goto((made / "index.html").as_uri())
    assert page.locator("li a").count() == len(CHAPTERS)
    page.locator("li a").first.click()
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    assert page.lost == []


def test_a_notebook_presents_itself_in_jupyterlab(lab, browser, screenshots):
    notebook = Notebook(browser, lab, "00_first_contact")
    notebook.page.locator("[data-command='RISE:preview']").click()
    show = notebook.page.frame_locator("iframe[src*='/rise/']")
    show.locator(".reveal.ready, .reveal section.present").first.wait_for()
    show.locator("section.present h1").wait_for()
    notebook.page.wait_for_timeout(3000)
    show.locator("section.present h1").click()
    for _ in range(2):
        notebook.page.keyboard.press("Space")
        notebook.page.wait_for_timeout(800)
    notebook.page.screenshot(path=screenshots / "slides-live.png")
    show.locator("section.present .jp-CodeCell .cm-content").first.click()
    notebook.page.keyboard.press("Control+Enter")  # Shift+Enter would turn the page, and the output would go with it
    show.locator("section.present .jp-CodeCell .jp-OutputArea-output").first.wait_for(timeout=90_000)
    notebook.page.wait_for_timeout(3000)
    notebook.page.screenshot(path=screenshots / "slides-live-run.png")
    assert show.locator("section.present h2").inner_text().startswith("D’abord, la fin")
    notebook.page.close()
