"""The page of ``make app``: the playground, the stories that were kept, their readers' scores, and the blind quiz."""

import copy
import threading
from collections.abc import Callable
from functools import partial

import ipywidgets as w

from ..generation.sampling import Sampling
from ..generation.streaming import Writer, generate
from ..stories.shelf import Stories
from .blind_quiz import BlindQuiz
from .common import sentence
from .library import StoriesPanel
from .narration import complaint
from .pages import Told, button
from .playground import Playground
from .reading import Rating

PROMPT = "La nuit tombait quand le voyageur"  # a beginning that the model as it ships, alone at first, goes on with well
AUTHORS = {"sand": "Sand", "veillees": "Veillée"}


def app() -> w.VBox:
    """Return the page: what is kept in the playground can be read, rated and taken up again below."""
    stories = Stories()
    playground = Playground(prompt=PROMPT, stories=stories)
    panel, rating = StoriesPanel(stories, on_open=playground.take_up), Rating(stories)
    playground.on_keep(panel.show)
    playground.on_keep(rating.show)
    door = QuizDoor(lambda: playground.models.get(playground.models.value))
    parts = {"Les histoires gardées": panel, "Donner une note": rating, "L’auteur ou la machine ?": door}
    titled = [widget for title, part in parts.items() for widget in (w.HTML(f"<h2>{sentence(title)}</h2>"), part)]
    return w.VBox([playground, *titled])


def quiz(writer: Writer) -> BlindQuiz:
    """Return the blind quiz between the test book of the collection and what a model writes now (some seconds).

    Raises:
        WorkshopError: there are not enough whole sentences.
    """
    from .. import cleaning, steps
    from ..stories import blind

    library = steps.text("train")
    split = partial(cleaning.split_sentences, punkt=cleaning.train_punkt([library[:1_000_000]]))
    tales = [generate(writer, steps.PROMPT, Sampling(max_new_tokens=110, seed=seed)) for seed in range(8)]
    machine = blind.not_copied(blind.inner_sentences(tales, split), library)
    return BlindQuiz(split(steps.text("test")), machine, author=AUTHORS.get(steps.collection(), "Livre"))


class QuizDoor(Told):
    """A button that prepares the quiz off the main thread, and gives its place to it."""

    def __init__(self, get_writer: Callable[[], Writer]):
        """``get_writer`` is called when the quiz is prepared: it may load a model."""
        self.get_writer, self.message = get_writer, w.HTML()
        self.open_button = button("Préparer le jeu", self.begin, button_style="primary")
        why = "Une phrase à la fois : qui l’a écrite ? Le modèle choisi tout en haut écrit d’abord quelques pages."
        super().__init__(w.HTML(sentence(why)), self.open_button, self.message)

    def begin(self) -> None:
        """Begin to prepare the quiz, and return at once."""
        self.open_button.disabled = True
        self.tell("Le modèle écrit ses pages : une dizaine de secondes…")
        threading.Thread(target=self.prepare, name="quiz", daemon=True).start()

    def prepare(self) -> None:
        """Put the quiz in the place of the button, or say what went wrong."""
        try:
            self.children = [quiz(copy.copy(self.get_writer()))]
        except Exception as error:  # whatever a model does, the visitor reads a sentence and can try again
            self.tell(complaint(error), "❌")
            self.open_button.disabled = False

    def text(self) -> str:
        """Return what the button is for."""
        return "L’auteur ou la machine ? Le jeu se prépare en quelques secondes."

    def picture(self) -> str:
        """Return nothing to look at: there is only a button."""
        return ""
