"""The chat of chapter 06 in JupyterLab, with the keyboard alone, in light and dark: ask, fill the window, shrink it."""

import json

import pytest

from .notebook import Notebook

CHAT = ".atelier-test-chat"
SOURCE = """from workshop.assistant.conversation import Turn
from workshop.base.models import embedded
from workshop.widgets.chat import Chat
from transformers import AutoTokenizer

def search(question, window):
    return Turn(question, f"J’ai lu {len(window) - 1} tours.", "manuel de la Muette, page 3")

def silent(question, window):
    raise ValueError("rien")

tokenizer = AutoTokenizer.from_pretrained(embedded())
chat = Chat({"qui cherche": search, "qui se tait": silent}, tokenizer, 130, most=300)
chat.add_class("atelier-test-chat")
chat"""


@pytest.fixture(scope="module", params=[("JupyterLab Light", 1280), ("JupyterLab Dark", 800)], ids=["light-1280", "dark-800"])
def opened(request, lab, browser):
    theme, width = request.param
    name = f"chat-{theme.split()[-1].lower()}"
    cell = {"cell_type": "code", "id": "cell0", "metadata": {}, "source": SOURCE, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    book = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (lab.settings.parent / "notebooks" / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")
    notebook = Notebook(browser, lab, name, theme, width)
    notebook.short = name
    notebook.run_all()
    yield notebook
    notebook.page.close()


def test_a_conversation_by_keyboard(opened, screenshots):
    page, chat = opened.page, opened.page.locator(CHAT)
    field, meter, log = chat.get_by_label("votre question"), chat.get_by_role("meter"), chat.get_by_role("log")
    assert meter.get_attribute("aria-valuenow") == "0"
    for number in range(5):
        field.focus()
        page.keyboard.type(f"Qui frappe le fer, pour la {number}e fois ?")
        page.keyboard.press("Enter")
        log.get_by_text(f"pour la {number}e fois").wait_for()
    page.wait_for_function(f"document.querySelector('{CHAT} input[type=text]').value === ''")
    assert log.get_by_text("manuel de la Muette, page 3").count() == 5
    assert log.get_by_text("(sorti de la fenêtre)").count() >= 1
    assert 0 < int(meter.get_attribute("aria-valuenow")) <= 130
    assert "gardés pour la réponse" in meter.get_attribute("aria-valuetext")
    chat.screenshot(path=screenshots / f"{opened.short}.png")
    before = log.get_by_text("(sorti de la fenêtre)").count()
    handle = chat.locator(".noUi-handle").first
    handle.focus()
    handle.press("Home")
    page.wait_for_function(f"document.querySelectorAll('{CHAT} .atelier-gone').length > {before}")
    assert opened.errors() == []


def test_what_fails_is_read_and_the_question_stays(opened):
    page, chat = opened.page, opened.page.locator(CHAT)
    other = chat.get_by_role("button", name="qui se tait")
    other.focus()
    other.press("Space")
    chat.locator("button.mod-active", has_text="qui se tait").wait_for()
    field = chat.get_by_label("votre question")
    field.focus()
    page.keyboard.type("Et toi ?")
    page.keyboard.press("Enter")
    chat.get_by_role("status").get_by_text("s’est arrêté sur une erreur").wait_for()
    assert field.input_value() == "Et toi ?"
    forget = chat.get_by_role("button", name="Tout oublier")
    forget.focus()
    forget.press("Enter")
    chat.get_by_text("La conversation n’a pas commencé").wait_for()
