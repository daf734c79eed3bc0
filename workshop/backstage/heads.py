"""What stands at the head of a notebook, and at the head of an exercise."""

from collections.abc import Collection
from pathlib import Path

from ..base.typography import duration
from ..exercises.cards import sentence
from ..exercises.core import Exercise
from . import measures, pages
from .chapters import Chapter, Project


def head(project: Project, whole: list[Chapter], chapter: Chapter, folder: str) -> str:
    """Title, neighbours, minutes, Colab, the map and the goals."""
    at = whole.index(chapter)
    links = [f"[← {whole[at - 1].heading}]({whole[at - 1].name}.ipynb)"] if at else []
    links += [
        f"**{chapter.front['minutes']} min**" + _computing(project.root, chapter) + (" · bonus" if chapter.front["bonus"] else "")
    ]
    links += [f"[{near.heading} →]({near.name}.ipynb)" for near in whole[at + 1 : at + 2]]
    links += [
        f"[Ouvrir dans Colab]({project.colab(f'{folder}/{chapter.name}.ipynb')})"
    ]  # words: a badge is broken without a network
    key = "\n\n*Ce carnet est le corrigé, exécuté.*" if folder == "solutions" else ""
    return (
        f"# {chapter.heading}\n\n{' · '.join(links)}{_both_ways(chapter)}{key}\n\n"
        f"**Vous êtes ici**\u00a0: {chapter.place}\n\nÀ la fin de ce chapitre, vous saurez\u00a0:\n\n{chapter.goals}"
    )


def _both_ways(chapter: Chapter) -> str:
    """Say for whom the minutes are: the room, with some exercises, or a beginner alone, with all of them."""
    room = chapter.front["room"]
    if not room:
        return ""
    alone = chapter.front["beginner"]
    others = f" Seul, quand on débute, avec tous les exercices : {duration(60 * alone)} environ." if alone else ""
    said = (
        f"Ces minutes sont celles d'une salle, avec les exercices marqués « en salle » ({', '.join(room)}). Les autres sont pour "
    )
    return "\n\n" + sentence(f"{said}le soir : laissés vides, ils ne bloquent rien.{others}")


def _computing(root: Path, chapter: Chapter) -> str:
    """Say how long the machine itself works, with the embedded tales and, where it was measured, with nine novels."""
    seconds = pages.seconds_of(root, chapter)
    if not seconds:
        return ""
    novels = measures.read(root).get("capacity", {}).get("chapters", {}).get(chapter.name)
    longer = f" ({duration(novels['seconds'])} avec neuf romans)" if novels else ""
    alone = f"\u00a0; {chapter.front['alone']}" if chapter.front["alone"] else ""
    return f", dont {duration(seconds)} de calcul{longer}{alone}"


def exercise_card(exercise: Exercise, room: Collection[str] = ()) -> str:
    """The heading of an exercise, as Markdown: title, stars, minutes, whether it is for the ``room``, and what it is for."""
    stars = "★" * exercise.difficulty + "☆" * (3 - exercise.difficulty)
    place = " · bonus" if exercise.bonus else "" if not room else " · **en salle**" if exercise.id in room else " · pour le soir"
    title, purpose = sentence(exercise.title), sentence(exercise.purpose)
    return f"### Exercice {exercise.id} · {title}\n\n{stars} · {exercise.minutes} min{place} · *{purpose}*"
