"""The page of ``make app``: the playground, the stories that were kept, their readers' scores, and the blind quiz."""

import contextlib
import copy
import threading
from collections.abc import Callable
from functools import partial

import ipywidgets as w

from ..generation.sampling import Sampling
from ..generation.streaming import Writer, stream
from ..stories import mildness
from ..stories.shelf import Stories
from ..writers import not_made_yet
from .blind_quiz import BlindQuiz
from .common import sentence, status
from .library import StoriesPanel
from .narration import complaint
from .pages import Told, button
from .playground import Playground
from .reading import Rating

PROMPT = "La nuit tombait quand le voyageur"  # a beginning that the model as it ships, alone at first, goes on with well
AUTHORS = {"sand": "Sand", "veillees": "Veillée"}


PAGES, PAGE = 8, 110  # what the model writes for the quiz: pages, and tokens of each


def app() -> w.VBox:
    """Return the page: what is kept in the playground can be read, rated and taken up again below."""
    stories = Stories()
    playground = Playground(prompt=PROMPT, stories=stories, page=True)
    panel, rating = StoriesPanel(stories, on_open=playground.take_up), Rating(stories)
    playground.on_keep(panel.show)
    playground.on_keep(rating.show)
    panel.on_change(rating.refresh)
    rating.on_rate(panel.refresh)
    door = QuizDoor(lambda: playground.models.get(playground.models.value))
    parts = {"Les histoires gardées": panel, "Donner une note": rating, "L’auteur ou la machine ?": door}
    titled = [widget for title, part in parts.items() for widget in (w.HTML(f"<h2>{sentence(title)}</h2>"), part)]
    threading.Thread(target=partial(_get_ready, playground), name="ready", daemon=True).start()
    return w.VBox([playground, *titled])


def _get_ready(playground: Playground) -> None:
    """Load the first model before it is asked for, and say which others no chapter has made yet."""
    for prepare in (lambda: playground.models.get(playground.models.value), lambda: playground.models.mark(not_made_yet())):
        with contextlib.suppress(Exception):  # it will be said to whoever asks for the model
            prepare()


def quiz(writer: Writer, told: Callable[[int], None] = lambda done: None) -> BlindQuiz:
    """Return the blind quiz between the test book of the collection and what a model writes now.

    It takes some seconds a page; ``told(done)`` is called after each of the :data:`PAGES`.

    Raises:
        WorkshopError: there are not enough whole sentences.
    """
    from .. import cleaning, steps
    from ..stories import blind

    library = steps.text("train")
    split = partial(cleaning.split_sentences, punkt=cleaning.train_punkt([library[:1_000_000]]))
    tales = []
    for seed in range(PAGES):
        tokens = stream(writer, steps.PROMPT, Sampling(max_new_tokens=PAGE, seed=seed), refused=mildness.is_harsh)
        tales.append("".join(token.text for token in tokens))
        told(len(tales))
    machine = blind.not_copied(blind.inner_sentences(tales, split), library)
    book = [one for one in split(steps.text("test")) if not mildness.holds_harsh_words(one)]  # children play
    return BlindQuiz(book, machine, author=AUTHORS.get(steps.collection(), "Livre"))


class QuizDoor(Told):
    """A button that prepares the quiz off the main thread, and gives its place to it."""

    def __init__(self, get_writer: Callable[[], Writer]):
        """``get_writer`` is called when the quiz is prepared: it may load a model."""
        self.get_writer, self.message = get_writer, status()
        self.progress = w.IntProgress(0, min=0, max=PAGES, layout={"width": "auto", "max_width": "480px", "display": "none"})
        self.open_button = button("Préparer le jeu", self.begin, button_style="primary")
        why = "Une phrase à la fois : qui l’a écrite ? Le modèle choisi tout en haut écrit d’abord quelques pages."
        super().__init__(w.HTML(sentence(why)), self.open_button, self.progress, self.message)

    def begin(self) -> None:
        """Begin to prepare the quiz, and return at once."""
        self.open_button.disabled = True
        self.tell("Le modèle écrit ses pages : une dizaine de secondes…")
        threading.Thread(target=self.prepare, name="quiz", daemon=True).start()

    def _tell_page(self, done: int) -> None:
        self.progress.value, self.progress.layout.display = done, ""
        doing = f"page {done + 1} sur {PAGES}" if done < PAGES else "il les relit"
        self.tell(f"Le modèle écrit ses pages : {doing}…")

    def prepare(self) -> None:
        """Put the quiz in the place of the button, or say what went wrong."""
        try:
            self.children = [quiz(copy.copy(self.get_writer()), self._tell_page)]
        except Exception as error:  # whatever a model does, the visitor reads a sentence and can try again
            self.tell(complaint(error), "❌")
            self.progress.layout.display = "none"
            self.open_button.disabled = False

    def text(self) -> str:
        """Return what the button is for."""
        return "L’auteur ou la machine ? Le jeu se prépare en quelques secondes."

    def picture(self) -> str:
        """Return nothing to look at: there is only a button."""
        return ""
