"""The attendee's notebooks in a real JupyterLab."""

import re

import pytest

from .notebook import Notebook

WRONG = '''@exercise("1.2")
def strip_licence(text: str) -> str:
    """Keep only what the author wrote."""
    return "\\n".join(text.split("\\n")[50:-100])
'''

RIGHT = '''@exercise("1.2")
def strip_licence(text: str) -> str:
    """Keep only what the author wrote."""
    import re
    start = re.search(r"(?im)^\\*+ ?START OF\\b(?:[^*]{,300}\\*+)?.*$", text)
    text = text[start.end() :] if start else text
    end = re.search(r"(?im)^(\\*+ ?END OF\\b|END OF (THE )?PROJECT GUTENBERG|\\W*START: FULL LICENSE)", text)
    return text[: end.start()] if end else text
'''


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_an_exercise_is_wrong_then_right(lab, browser, screenshots, theme):
    notebook = Notebook(browser, lab, "01_data_preparation", theme)
    notebook.run_all()
    assert notebook.errors() == []
    short = theme.split()[-1].lower()
    notebook.page.screenshot(path=screenshots / f"01-top-{short}.png")
    untouched = notebook.cell('@exercise("1.2")')
    assert "⬜" in untouched.locator(".jp-OutputArea").inner_text()
    cell = notebook.type_and_run('@exercise("1.2")', WRONG)
    cell.get_by_text(re.compile("❌")).wait_for()
    cell.screenshot(path=screenshots / f"01-wrong-{short}.png")
    cell = notebook.type_and_run('@exercise("1.2")', RIGHT)
    cell.get_by_text(re.compile("✅")).wait_for()
    cell.screenshot(path=screenshots / f"01-right-{short}.png")
    notebook.page.close()
