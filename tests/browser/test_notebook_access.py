"""What the workshop shows below the cells of a notebook, in both themes of JupyterLab: names, roles and structure, by axe-core.

Contrast is not among them: axe passes over the text of a notebook (a sentence too pale, put there, was not found).
"""

import re

import pytest

from .axe import faults
from .notebook import Notebook

#: A title, then all that chapters display: cards, figures, tables, coloured tokens, and every panel at work.
SOURCES = {
    "cards": """from workshop.exercises.cards import SIGNS, Card
rows = (("attendu", "[1, 2]"), ("obtenu", "[1]"), ("", "Voici où : « … `END` … »."))
for state in SIGNS:
    display(Card(state, "Exercice 1.2", "il reste la licence dans `text`.", rows, "La suite…", "def f():\\n    return 1"))""",
    "figures": """import torch
from workshop import plots
display(plots.model_comparison({"au hasard": 4.0, "GPT-2": 1.5}), plots.attention_map(["La", "nuit"], torch.eye(2)))""",
    "tables": """from workshop import steps
from workshop.tokens import coloured
from workshop.widgets.first_contact import EnvironmentCard, ProgrammeCard
model, tokenizer = steps.base_model()
display(EnvironmentCard(), ProgrammeCard(), coloured(tokenizer, "L’âne du meunier brayait."))
display(steps.books()[0].card)""",
    "first": """from functools import partial
from workshop import neuron
from workshop.generation.words import next_words
from workshop.widgets.first_contact import ClozeQuiz
from workshop.widgets.neuron import Descent, NeuronByHand
quiz, descent = ClozeQuiz(partial(next_words, model, tokenizer)), Descent(*neuron.cats_and_dogs())
display(quiz, NeuronByHand(*neuron.cats_and_dogs()), descent)
quiz.word.value = "épaules"
descent.button.click()""",
    "sliders": """from ipywidgets import Text, interact
from workshop.widgets.slider import Slider, WholeSlider
seen = []
_ = interact(lambda T, k: seen.append((T, k)) or print(T, k), T=Slider(1, min=0.1, max=5), k=WholeSlider(9, min=1, max=9))
_ = interact(lambda a, b: None, a=WholeSlider(0, max=1, description="Vocabulaire", names=["300", "500"]),
             b=Text("La nuit", description="Phrase"))""",
    "playground": """from workshop.generation import Sampling
from workshop.widgets.next_tokens import NextTokens
from workshop.widgets.playground import Playground
from workshop.widgets.side_by_side import SideBySide
playground = Playground()
playground.controls.fine.toggle()
playground.controls.put(Sampling(max_new_tokens=10))
display(playground, NextTokens(playground.models.get("GPT-2 de base"), "Il y avait une"), SideBySide())
playground.write_button.click()""",
    "stories": """from tests.test_blind import CORPUS, MACHINE
from workshop.stories import Stories
from workshop.widgets.library import StoriesPanel
from workshop.widgets.reading import BlindQuiz, Rating
stories = Stories()
for title, temperature in (("L’âne du gué", 0.5), ("La roue", 1.2)):
    stories.keep("Le meunier ouvrit", ", et l’âne entra. " * 40, "base", vars(Sampling(temperature=temperature)), title)
panels = StoriesPanel(stories, print), Rating(stories), BlindQuiz(CORPUS, MACHINE, 0, "Veillées", 3)
display(*panels)""",
    "chat": """from workshop.assistant.conversation import Turn
from workshop.widgets.chat import Chat
chat = Chat({"qui cherche": lambda asked, window: Turn(asked, "Au moulin.", "manuel, page 3")}, tokenizer, 60, most=300)
display(chat)
for question in ("Où est l’âne ?", "Et la roue, qui tourne depuis le matin, où est-elle ?"):
    chat.question.value = question""",
}


SHOWN = ".jp-Notebook .jp-OutputArea-output"


@pytest.fixture(scope="module", params=["Light", "Dark"])
def opened(request, lab, browser):
    name = f"access-{request.param.lower()}"
    lab.write(name, [f"{source}\nprint('fini : {part}')" for part, source in SOURCES.items()])
    notebook = Notebook(browser, lab, name, f"JupyterLab {request.param}")
    notebook.name = name
    notebook.run_all()
    for part in SOURCES:
        notebook.page.locator(".jp-OutputArea-output", has_text=f"fini : {part}").first.wait_for()
    notebook.page.wait_for_timeout(2000)
    yield notebook
    notebook.page.close()


def test_it_runs_without_an_error(opened, screenshots):
    assert opened.errors() == []
    for number, part in enumerate(SOURCES):
        cell = opened.page.locator(".jp-Notebook > .jp-CodeCell, .jp-WindowedPanel-viewport > .jp-CodeCell").nth(number)
        cell.screenshot(path=screenshots / f"{opened.name}-{part}.png")


def test_no_fault_that_axe_can_find(opened, axe):
    # JupyterLab's body hides what overflows and has no height: axe would take all the text of the page for text that is cut off
    opened.page.add_style_tag(content="body { overflow: visible !important; }")
    opened.page.set_viewport_size({"width": 1280, "height": 20_000})  # nor what is above or below a page that scrolls
    opened.page.wait_for_timeout(2000)
    opened.page.evaluate("document.querySelectorAll('.jp-WindowedPanel-outer').forEach(one => (one.scrollTop = 0))")
    assert faults(opened.page, axe, SHOWN) == []
    for place in ("first", "last"):  # wherever it is on the page, a sentence too pale is found
        pale = "one => one.insertAdjacentHTML('beforeend', '<p id=pale style=\"background:#888;color:#777\">Trop pâle.</p>')"
        getattr(opened.page.locator(SHOWN), place).evaluate(pale)
        assert [name for name, _ in faults(opened.page, axe, SHOWN)] == ["color-contrast"]
        opened.page.evaluate("document.getElementById('pale').remove()")


def test_a_comma_is_typed_in_a_slider_below_a_cell(opened):
    figure = opened.page.get_by_label("T, en chiffres", exact=True)
    assert figure.input_value() == "1"
    figure.fill("1,3")
    figure.press("Enter")
    opened.page.locator(".jp-OutputArea-output", has_text=re.compile(r"1\.3 9")).first.wait_for()
    box = figure.bounding_box()
    assert 20 <= box["height"] <= 40 and box["width"] < 120  # its look came with it, without a panel around
