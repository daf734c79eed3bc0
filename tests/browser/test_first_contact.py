"""The widgets of chapter 00, with the keyboard alone."""

import pytest

from .notebook import Notebook

HAND, DESCENT = "svg[data-errors]:not([data-epoch])", "svg[data-epoch]"


@pytest.fixture(scope="module", params=["JupyterLab Light", "JupyterLab Dark"])
def chapter(request, lab, browser):
    notebook = Notebook(browser, lab, "00_first_contact", request.param)
    notebook.run_all()
    notebook.theme = request.param.split()[-1].lower()
    yield notebook
    notebook.page.close()


def _press(handle, key: str, times: int) -> None:
    handle.focus()
    for _ in range(times):
        handle.press(key)


def test_it_runs_without_an_error(chapter, screenshots):
    assert chapter.errors() == []
    chapter.page.screenshot(path=screenshots / f"00-top-{chapter.theme}.png")


def test_the_quiz_answers(chapter, screenshots):
    word = chapter.page.locator(".atelier input[type=text]").first
    word.scroll_into_view_if_needed()
    word.fill("épaules")
    word.press("Enter")
    chapter.page.get_by_text("Le mot du texte était").first.wait_for()
    chapter.page.screenshot(path=screenshots / f"00-quiz-{chapter.theme}.png")
    focused = "document.activeElement.matches"
    chapter.page.wait_for_function(f"{focused}('button') && document.activeElement.textContent.includes('Phrase suivante')")
    chapter.page.keyboard.press("Enter")
    chapter.page.wait_for_function(f"{focused}('.atelier input[type=text]')")


def test_sliders_move_the_line_and_the_count(chapter, screenshots):
    picture = chapter.page.locator(HAND).first
    panel = chapter.page.locator(f".atelier:has({HAND})").first
    panel.scroll_into_view_if_needed()
    before = picture.inner_html()
    errors = picture.get_attribute("data-errors")
    _press(panel.locator("input[type=range]").nth(0), "ArrowRight", 5)
    _press(panel.locator("input[type=range]").nth(1), "ArrowLeft", 5)
    chapter.page.wait_for_function(
        f"document.querySelector('{HAND}').getAttribute('data-errors') !== '{errors}'",
    )
    assert picture.inner_html() != before
    panel.screenshot(path=screenshots / f"00-hand-{chapter.theme}.png")


def test_the_button_trains_and_the_curve_falls(chapter, screenshots):
    panel = chapter.page.locator(f".atelier:has({DESCENT})").first
    panel.scroll_into_view_if_needed()
    _press(panel.locator(".noUi-handle").first, "ArrowRight", 4)  # from a rate that is too small to the right one
    first = float(panel.locator("svg[data-epoch]").first.get_attribute("data-loss"))
    button = panel.get_by_role("button", name="Entraîner")
    button.focus()
    button.press("Enter")
    chapter.page.wait_for_function(f"document.querySelector('{DESCENT}').getAttribute('data-epoch') === '30'", timeout=60_000)
    last = float(panel.locator("svg[data-epoch]").first.get_attribute("data-loss"))
    assert last < first / 2
    panel.screenshot(path=screenshots / f"00-descent-{chapter.theme}.png")
