"""Stories in JupyterLab, with the keyboard alone: rate, play the blind quiz, keep, restart the kernel, find, delete, undo."""

import json
import re

import pytest

from .notebook import Notebook

LIST, RATING, QUIZ = (f".atelier-test-{name}" for name in ("list", "rating", "quiz"))
SET_UP = """from workshop.generation import Sampling
from workshop.stories import Stories
from workshop.widgets.library import StoriesPanel
from workshop.widgets.reading import BlindQuiz, Rating
from tests.test_blind import CORPUS, MACHINE

stories = Stories()"""
SHOW = """for name, panel in ((\"list\", StoriesPanel(stories, print)), (\"rating\", Rating(stories)),
                    (\"quiz\", BlindQuiz(CORPUS, MACHINE, 0, \"Veillées\", 3))):
    panel.add_class(f\"atelier-test-{name}\")
    display(panel)"""
KEEP = """for title, temperature in (("L’âne du gué", 0.5), ("{title}", 1.2)):
    stories.keep("Le meunier ouvrit la porte", ", et l'âne entra. " + "La roue tournait encore. " * 40, "base",
                 vars(Sampling(temperature=temperature)), title)
"""


def _notebook_file(lab, name: str) -> None:
    cells = [
        {"cell_type": "code", "id": f"cell{i}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for i, source in enumerate((SET_UP, "# garder", SHOW))
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (lab.settings.parent / "notebooks" / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture(scope="module", params=[("JupyterLab Light", 1280), ("JupyterLab Dark", 800)], ids=["light-1280", "dark-800"])
def opened(request, lab, browser):
    theme, width = request.param
    short = f"{theme.split()[-1].lower()}-{width}"
    name = f"stories-{short}"
    _notebook_file(lab, name)
    notebook = Notebook(browser, lab, name, theme, width)
    notebook.short, notebook.title = short, f"Garde {short}"
    notebook.type_and_run("# garder", "# (à exécuter avec les autres)\n")
    notebook.run_all()
    notebook.type_and_run("# (à", KEEP.format(title=notebook.title))
    notebook.cell("stories.keep").get_by_text(re.compile(r"\[\d+\]")).wait_for()
    yield notebook
    notebook.page.close()


def _titles(page) -> list[str]:
    texts = page.evaluate(f"[...document.querySelectorAll('{LIST} select option')].map(option => option.text)")
    return [text.replace("\u00a0", " ") for text in texts]  # ipywidgets writes every space of a list as a no-break one


def _press(page, panel: str, name: str) -> None:
    button = page.locator(panel).get_by_role("button", name=name)
    button.focus()
    button.press("Enter")


def test_keep_restart_the_kernel_find(opened, screenshots):
    page = opened.page
    _press(page, LIST, "Relire la liste")
    page.wait_for_function(f"document.querySelectorAll('{LIST} select option').length >= 2")
    opened.type_and_run("stories.keep", "# rien\n")
    page.locator(".lm-MenuBar-itemLabel", has_text="Noyau").first.click()
    page.locator(".lm-Menu-item[data-command='kernelmenu:restart-and-clear']").click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.locator(f"{LIST} select").wait_for(state="detached")
    opened.run_all()
    assert "[1]" in page.locator(".jp-CodeCell .jp-InputPrompt").first.inner_text()  # a kernel that remembers nothing
    assert any(opened.title in title for title in _titles(page))
    assert opened.errors() == []
    page.locator(LIST).screenshot(path=screenshots / f"stories-list-{opened.short}.png")


def test_search_delete_and_undo(opened, screenshots):
    page = opened.page
    words = page.locator(f"{LIST} input").first
    words.focus()
    page.keyboard.type("garde")
    page.wait_for_function(
        f"[...document.querySelectorAll('{LIST} select option')].every(option => option.text.includes('Garde'))"
    )
    before = _titles(page)
    if len(before) > 1:
        _press(page, LIST, "Plus ancienne")
        page.locator(f"{LIST} h3", has_text=before[1].split(" · ")[0]).wait_for()
        _press(page, LIST, "Plus récente")
    page.locator(f"{LIST} h3", has_text=before[0].split(" · ")[0]).wait_for()
    page.locator(f"{LIST} select").focus()
    ring = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
    assert "3px" in ring, "the keyboard is there, and nothing shows it"
    page.locator(LIST).screenshot(path=screenshots / f"stories-searched-{opened.short}.png")
    _press(page, LIST, "Supprimer")
    page.locator(LIST).get_by_text("est supprimée").wait_for()
    assert len(_titles(page)) == len(before) - 1
    page.locator(LIST).screenshot(path=screenshots / f"stories-deleted-{opened.short}.png")
    _press(page, LIST, "Annuler la suppression")
    page.locator(LIST).get_by_text("est revenue").wait_for()
    assert _titles(page) == before
    _press(page, LIST, "Exporter pour Excel (CSV)")
    with page.expect_download() as download:
        page.locator(f"{LIST} a[download]").press("Enter")
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and b"Garde" in content
    page.locator(LIST).screenshot(path=screenshots / f"stories-exported-{opened.short}.png")


def test_rate_with_the_keyboard(opened, screenshots):
    page, panel = opened.page, opened.page.locator(RATING)
    for reader, (score, age) in enumerate((("8", "9"), ("6", ""), ("9", "41"))):
        chosen = panel.locator(".jupyter-widget-ToggleButtons, .widget-toggle-buttons").get_by_role(
            "button", name=score, exact=True
        )
        chosen.focus()
        chosen.press("Space")
        field = panel.get_by_label("âge du lecteur")
        field.fill(age)
        panel.get_by_label("remarque").fill("La fin est jolie.")
        if reader == 2:
            panel.screenshot(path=screenshots / f"stories-rating-{opened.short}.png")
        _press(page, RATING, "Donner cette note")
        panel.get_by_text(re.compile(f"Merci.*{score} sur 10")).wait_for()
        panel.get_by_text(re.compile(rf"{reader + 1} notes?, moyenne")).wait_for()
    assert panel.locator("svg[role=img]").count() == 1
    panel.screenshot(path=screenshots / f"stories-averages-{opened.short}.png")


def test_the_quiz_needs_only_enter_and_tab(opened, screenshots):
    page, panel = opened.page, opened.page.locator(QUIZ)
    panel.scroll_into_view_if_needed()
    panel.get_by_role("button", name="Veillées").focus()
    for number in range(1, 7):
        panel.get_by_text(f"phrase {number} sur 6").wait_for()
        page.wait_for_function("document.activeElement.innerText === 'Veillées'")  # the panel leads the keyboard
        if number % 2:
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        panel.get_by_text(re.compile("Juste|Non")).wait_for()
        if number == 2:
            panel.screenshot(path=screenshots / f"stories-quiz-{opened.short}.png")
        page.wait_for_function("/suivante|Rejouer/.test(document.activeElement.innerText)")
        if number < 6:
            page.keyboard.press("Enter")
    panel.get_by_text(re.compile(r"à 95\s%, que votre vrai taux")).wait_for()
    panel.locator("summary").press("Enter")
    panel.screenshot(path=screenshots / f"stories-score-{opened.short}.png")
    page.keyboard.press("Escape")


def test_nothing_is_wider_than_the_page(opened):
    wide = opened.page.evaluate(
        """() => [...document.querySelectorAll('.atelier *')].filter(one => {
            const panel = one.closest('.atelier').getBoundingClientRect(), here = one.getBoundingClientRect();
            return here.width && here.right > panel.right + 2;
        }).map(one => one.className + ' ' + one.innerText?.slice(0, 40))"""
    )
    assert wide == []
