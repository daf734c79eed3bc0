"""The page of the playground, without a browser."""

import importlib
import pkgutil

import ipywidgets as w
import pytest
from anywidget import AnyWidget

from workshop import steps, widgets
from workshop.base.errors import WorkshopError
from workshop.base.settings import settings
from workshop.generation.streaming import Gpt2Writer
from workshop.widgets import app as page
from workshop.widgets.blind_quiz import BlindQuiz


def test_no_panel_takes_a_name_that_ipywidgets_needs():
    """A method called ``open``, say, would keep a panel off the page, and no test without a browser would see it."""
    for module in pkgutil.iter_modules(widgets.__path__):
        importlib.import_module(f"{widgets.__name__}.{module.name}")
    ours, found = [w.VBox, AnyWidget], []
    while ours:
        kind = ours.pop()
        ours += kind.__subclasses__()
        if kind.__module__.startswith(widgets.__name__):
            taken = {name for name, value in vars(kind).items() if callable(value)} & {*dir(w.DOMWidget)}
            found.append((kind.__name__, {name for name in taken if not name.startswith("__")}))
    assert {"StoriesPanel", "Rivals", "TokenFlow"} <= {name for name, _ in found}
    assert {name for _, taken in found for name in taken} <= {"close", "_repr_mimebundle_"}


def test_what_is_kept_can_be_read_and_rated_below(veillees, monkeypatch, tiny_gpt2):
    monkeypatch.setattr("workshop.widgets.playground.at_hand", lambda: {"petit": Gpt2Writer(*tiny_gpt2)})
    playground, _, panel, _, rating, *_ = page.app().children
    assert list(playground.models.writers) == ["petit"]  # the one model there is, whatever this machine has made
    playground.write()
    assert playground.wait(60)
    playground.keep()
    panel.words.value = "introuvable"
    playground.controls.seed.value = 7
    playground.write()
    assert playground.wait(60)
    playground.keep()
    last = playground.stories.all()[0]
    assert last.settings["seed"] == 7 and last.model == "petit" and panel.chosen == last and rating.story == last


def test_a_damaged_file_of_stories_leaves_every_panel_on_the_page(veillees, monkeypatch, tiny_gpt2):
    monkeypatch.setattr("workshop.widgets.playground.at_hand", lambda: {"petit": Gpt2Writer(*tiny_gpt2)})
    path = settings().outputs / "stories.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("ceci n’est pas une base " * 100, encoding="utf-8")
    playground, _, panel, _, rating, *_ = page.app().children
    for part in (panel, rating):
        assert "application/vnd.jupyter.widget-view+json" in part._repr_mimebundle_()
        assert "abîmée" in part.message.value
    playground.write()
    assert playground.wait(60)
    text = playground.story
    playground.keep()
    assert "abîmée" in playground.status.value and playground.story == text


@pytest.mark.slow
def test_the_quiz_takes_the_place_of_its_button(veillees):
    door = page.QuizDoor(lambda: Gpt2Writer(*steps.base_model()))
    door.prepare()
    (quiz,) = door.children
    assert isinstance(quiz, BlindQuiz) and quiz.author == "Veillée"
    assert sum(one.by_machine for one in quiz.sentences) * 2 == len(quiz.sentences) >= 4


def test_a_model_that_is_not_there_is_one_sentence_and_one_may_try_again():
    def absent():
        raise WorkshopError("Ce modèle n’est pas encore là : passez par le chapitre 04.")

    door = page.QuizDoor(absent)
    door.prepare()
    assert "chapitre 04" in door.message.value and not door.open_button.disabled
