"""JupyterLab as ``make lab`` opens it: in French, with no news over the lesson, in a column that is read with ease."""

import pytest

#: The longest line, in characters, of the prose that the page shows.
LONGEST = """() => {
  let longest = 0;
  for (const block of document.querySelectorAll(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-RenderedMarkdown :is(p, li)")) {
    const lines = new Map(), walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (walk.nextNode()) {
      for (let i = 0; i < walk.currentNode.length; i++) {
        range.setStart(walk.currentNode, i);
        range.setEnd(walk.currentNode, i + 1);
        const box = range.getClientRects()[0];
        if (box?.width) lines.set(Math.round(box.bottom / 10), (lines.get(Math.round(box.bottom / 10)) ?? 0) + 1);
      }
    }
    longest = Math.max(longest, ...lines.values());
  }
  return longest;
}"""


@pytest.fixture(scope="module", params=[1280, 1920])
def page(request, browser, lab, screenshots):
    lab.use_theme("JupyterLab Light")
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    opened.goto(
        f"http://127.0.0.1:{lab.port}/lab/workspaces/lab-{request.param}/tree/notebooks/02_tokenization.ipynb?reset&token=test"
    )
    opened.locator(".jp-RenderedMarkdown h1").first.wait_for(timeout=60_000)
    opened.wait_for_timeout(4000)  # when the news come, they come after the page
    opened.screenshot(path=screenshots / f"lab-{request.param}.png")
    yield opened
    opened.close()


def test_it_speaks_french(page):
    assert page.locator("html").get_attribute("lang") == "fr-FR"
    assert {"Fichier", "Exécution", "Noyau", "Aide"} <= set(page.locator(".lm-MenuBar-itemLabel").all_inner_texts())


def test_no_news_covers_the_lesson(page):
    assert page.locator(".Toastify__toast, .jp-toastContainer .Toastify__toast, .jp-Dialog").count() == 0


def test_lines_are_of_a_readable_length(page):
    assert 60 < page.evaluate(LONGEST) < 90


def test_slides_keep_the_whole_page(browser, lab):
    pytest.importorskip("jupyterlab_rise")
    slides = browser.new_page()
    slides.goto(f"http://127.0.0.1:{lab.port}/rise/notebooks/02_tokenization.ipynb?token=test")
    slides.locator(".reveal .jp-RenderedMarkdown h1").first.wait_for(state="attached", timeout=60_000)
    cell = slides.locator(".jp-Notebook .jp-Cell").first
    assert cell.evaluate("cell => getComputedStyle(cell).maxWidth") == "none"
    slides.close()
