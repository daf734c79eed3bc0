"""The panels about stories, driven as a browser would: a value is set, a button is clicked, and what is shown changes."""

import base64
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import ipywidgets as w
import pytest

from workshop.base.errors import WorkshopError
from workshop.generation.sampling import Sampling
from workshop.metrics import wilson_interval
from workshop.stories import shelf
from workshop.stories.shelf import Stories
from workshop.widgets import blind_quiz, reading
from workshop.widgets.library import StoriesPanel
from workshop.widgets.reading import Averages, BlindQuiz, Rating, draw_averages

from .test_blind import CORPUS, MACHINE

PROMPT = "Le meunier ouvrit la porte "


def shown(widget):
    """What is read in a piece of HTML."""
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", widget.value)).strip()


def said(panel):
    return shown(panel.message)


def broken(panel):
    """What a panel says of a file that it cannot read, once it has been shown as a notebook shows it."""
    bundle = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle and ET.fromstring(bundle["image/svg+xml"]).get("role") == "img"
    assert "❌" in said(panel)
    return said(panel)


def on_page(widget):
    """The widgets of a panel that can be seen."""
    if getattr(widget.layout, "display", None) == "none":
        return []
    return [widget, *(one for child in getattr(widget, "children", ()) for one in on_page(child))]


def htmls(panel):
    return [one for one in on_page(panel) if isinstance(one, w.HTML)]


@pytest.fixture
def stories(tmp_path):
    kept = Stories(tmp_path / "stories.db")
    for title, temperature in (("L’âne du gué", 0.5), ("La roue", 0.8), ("Décembre", 1.4)):
        kept.keep(PROMPT, f" et vit.\n—{title}! dit-elle.", "base", vars(Sampling(temperature=temperature)), title)
    return kept


def titles(panel):
    return [label.split(" · ")[0] for label, _ in panel.list.options]


# The list ------------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_last_one_first_and_a_page_to_read(stories):
    panel = StoriesPanel(stories)
    assert titles(panel) == ["Décembre", "La roue", "L’âne du gué"]
    assert panel.chosen.title == "Décembre" and "température 1,4" in shown(panel.reading)
    panel.list.value = panel.list.options[1][1]
    assert "—\u00a0La roue\u202f! dit-elle." in panel.reading.value and panel.title.value == "La roue"


def test_the_list_can_be_walked_with_buttons(stories):
    panel = StoriesPanel(stories)
    seen = []
    for step in (panel.newer_button, panel.older_button, panel.older_button, panel.older_button, panel.newer_button):
        step.click()
        seen.append(panel.chosen.title)
    assert seen == ["Décembre", "La roue", "L’âne du gué", "L’âne du gué", "La roue"]


def test_search_as_one_types(stories):
    panel = StoriesPanel(stories)
    panel.words.value = "ANE"
    assert titles(panel) == ["L’âne du gué"] and panel.chosen.title == "L’âne du gué"
    panel.words.value = "zzz"
    assert titles(panel) == [] and panel.chosen is None and "Aucune histoire ne contient" in shown(panel.reading)
    assert panel.delete_button.disabled and panel.csv_button.disabled and panel.rename_button.disabled
    panel.words.value = ""
    assert len(titles(panel)) == 3 and not panel.delete_button.disabled


def test_before_the_first_story_there_is_only_what_it_takes_to_have_one(tmp_path):
    panel = StoriesPanel(Stories(tmp_path / "stories.db"))
    tools = (panel.words, panel.list, panel.delete_button)
    assert all(tool.layout.display == "none" for tool in tools) and "Aucune histoire" in shown(panel.reading)
    story = panel.stories.keep(PROMPT, " tard.", "base", vars(Sampling()))
    panel.refresh()
    assert not any(tool.layout.display == "none" for tool in tools) and panel.chosen == story
    panel.words.value = "zzz"
    assert not any(tool.layout.display == "none" for tool in tools)  # the words can still be changed


def test_rename(stories):
    panel = StoriesPanel(stories)
    panel.title.value = "Hiver"
    panel.rename_button.click()
    assert titles(panel)[0] == "Hiver" == stories.all()[0].title and "« Hiver »" in said(panel)
    panel.title.value = "  "
    panel.rename_button.click()
    assert "❌" in said(panel) and "titre vide" in said(panel) and stories.all()[0].title == "Hiver"


def test_delete_goes_to_the_next_one_and_undo_comes_back(stories):
    panel = StoriesPanel(stories)
    panel.list.value = panel.list.options[1][1]
    panel.delete_button.click()
    assert titles(panel) == ["Décembre", "L’âne du gué"] and panel.chosen.title == "L’âne du gué"
    panel.delete_button.click()
    panel.delete_button.click()
    assert titles(panel) == [] and "Aucune histoire pour l’instant" in shown(panel.reading)
    for title in ("Décembre", "L’âne du gué", "La roue"):
        panel.undo_button.click()
        assert panel.chosen.title == title and title in said(panel)
    assert len(stories.all()) == 3
    panel.undo_button.click()
    assert "pas de suppression à annuler" in said(panel)


def test_undo_shows_what_came_back_even_during_a_search(stories):
    panel = StoriesPanel(stories)
    panel.delete_button.click()
    panel.words.value = "ane"
    panel.undo_button.click()
    assert panel.words.value == "" and panel.chosen.title == "Décembre"


def test_another_notebook_kept_one_and_deleted_another(stories):
    panel, other = StoriesPanel(stories), Stories(stories.path)
    other.keep(PROMPT, " seul.", "spécialisé", vars(Sampling()), "Ailleurs")
    panel.refresh_button.click()
    assert titles(panel)[0] == "Ailleurs" and panel.chosen.title == "Décembre"
    other.delete(panel.chosen.id)
    panel.delete_button.click()
    assert "n’est plus là" in said(panel) and "Décembre" not in titles(panel)


@pytest.mark.parametrize(("ending", "kind"), [("md", "markdown"), ("csv", "csv")])
def test_export_writes_a_file_and_gives_a_link(stories, ending, kind):
    panel = StoriesPanel(stories)
    panel.words.value = "roue"
    {"md": panel.markdown_button, "csv": panel.csv_button}[ending].click()
    (path,) = stories.path.parent.glob(f"histoires-*.{ending}")
    assert "1 histoire dans" in said(panel) and path.name in said(panel)
    link = re.search(rf'download="{path.name}" href="data:text/{kind};base64,([^"]+)"', panel.message.value)
    assert base64.b64decode(link[1]) == path.read_bytes()
    text = path.read_text(encoding="utf-8-sig")
    assert "La roue" in text and "Décembre" not in text


def test_open_gives_the_story(stories):
    got = []
    panel = StoriesPanel(stories, got.append)
    panel.open_button.click()
    assert got == [stories.all()[0]]

    def refuse(_):
        raise WorkshopError("Ce modèle n’est pas là.")

    panel = StoriesPanel(stories, refuse)
    panel.open_button.click()
    assert said(panel) == "❌ Ce modèle n’est pas là."
    assert StoriesPanel(stories).open_button not in list(walk(StoriesPanel(stories)))


def test_a_broken_file_is_a_sentence_in_every_panel(tmp_path):
    """A panel is shown (the notebook asks for its picture too), says it, and whatever can be pressed says it again."""
    path = tmp_path / "stories.db"
    path.write_text("ceci n’est pas une base " * 100, encoding="utf-8")
    for panel in (StoriesPanel(Stories(path), print), Rating(Stories(path)), Averages(Stories(path))):
        assert "n’est pas une base d’histoires" in broken(panel)
        assert panel.message in on_page(panel) and "Aucune histoire" not in "".join(html.value for html in htmls(panel))
        for button in [one for one in on_page(panel) if isinstance(one, w.Button) and not one.disabled]:
            button.click()
            assert "n’est pas une base d’histoires" in broken(panel), button.description
        panel.refresh()
        assert "n’est pas une base d’histoires" in broken(panel)
    path.unlink()  # renamed, as the sentence says
    panel = Rating(Stories(path))
    panel.show(panel.stories.keep(PROMPT, " tard.", "base", vars(Sampling()), "Tard"))
    assert panel.story.title == "Tard" and said(panel) == "" and panel.rate_button in on_page(panel)


def test_a_file_that_breaks_while_the_panels_are_open_is_a_sentence_and_the_page_stays(stories):
    rating, panel = Rating(stories), StoriesPanel(stories, print)
    kept, pages = stories.all(), (rating.reading.value, panel.reading.value)
    stories.path.write_text("ceci n’est pas une base " * 1000, encoding="utf-8")
    rating.score.value, rating.remark.value = 7, "ma remarque"
    rating.rate_button.click()
    assert "❌" in said(rating) and (rating.score.value, rating.remark.value) == (7, "ma remarque")
    panel.delete_button.click()
    assert (rating.reading.value, panel.reading.value) == pages
    for act in (lambda: rating.show(kept[1]), lambda: setattr(rating.choice, "value", kept[2].id), panel.refresh):
        act()
        assert "n’est pas une base d’histoires" in broken(rating) and "n’est pas une base d’histoires" in said(panel)


def test_titles_are_text_not_markup(stories):
    stories.keep(PROMPT, " <script>alert(1)</script>", "<b>base", vars(Sampling()), '<i>Titre" onload="')
    panel, rating = StoriesPanel(stories), Rating(stories)
    stories.rate(rating.story.id, 5, None, "<u>bof")
    rating.refresh()
    for html in (panel.reading.value, rating.reading.value, panel.picture()):
        tags = []
        parser = HTMLParser()
        parser.handle_starttag = lambda tag, attributes, tags=tags: tags.append((tag, dict(attributes)))
        parser.feed(html)
        assert tags and not {"script", "b", "i", "u"} & {tag for tag, _ in tags}
        assert not any("onload" in attributes for _, attributes in tags)
    ET.fromstring(panel.picture())


# Ratings -------------------------------------------------------------------------------------------------------------


def test_a_reader_gives_a_score_and_the_next_one_starts_afresh(stories):
    panel = Rating(stories)
    panel.score.value, panel.age.value, panel.remark.value = 7, "12 ans", "Jolie <fin>"
    panel.rate_button.click()
    assert "✅ Merci" in said(panel) and "7 sur 10" in said(panel)
    (opinion,) = stories.opinions()[panel.story.id]
    assert (opinion.score, opinion.age, opinion.remark) == (7, 12, "Jolie <fin>")
    assert (panel.score.value, panel.age.value, panel.remark.value) == (None, "", "")
    assert "1 note, moyenne 7,0" in shown(panel.reading) and "Jolie &lt;fin&gt;" in panel.reading.value
    panel.score.value = 4
    panel.rate_button.click()
    assert "2 notes, moyenne 5,5" in shown(panel.reading) and stories.opinions()[panel.story.id][1].age is None
    assert "2 notes" in panel.averages.image.value


@pytest.mark.parametrize(
    ("score", "age", "sentence"),
    [(None, "", "Choisissez d’abord une note"), (5, "dix", "« dix »"), (5, "999", "laissez la case vide")],
)
def test_mistakes_are_told_and_nothing_is_lost(stories, score, age, sentence):
    panel = Rating(stories)
    panel.score.value, panel.age.value, panel.remark.value = score, age, "ma remarque"
    panel.rate_button.click()
    assert "❌" in said(panel) and sentence in said(panel)
    assert panel.remark.value == "ma remarque" and panel.score.value == score and stories.opinions() == {}


def test_show_takes_a_story_kept_since(stories):
    panel = Rating(stories, stories.all()[2])
    assert panel.story.title == "L’âne du gué"
    late = stories.keep(PROMPT, " tard.", "base", vars(Sampling()), "Tard")
    panel.show(late)
    assert panel.story == late and "Tard" in shown(panel.reading)
    stories.delete(late.id)
    panel.refresh()
    assert panel.story.title == "Décembre"


def test_nothing_to_rate(tmp_path):
    panel = Rating(Stories(tmp_path / "stories.db"))
    assert panel.story is None and panel.score.layout.display == "none" and "Aucune histoire à noter" in shown(panel.reading)
    assert panel.averages.layout.display == "none"
    panel.stories.keep(PROMPT, " tard.", "base", vars(Sampling()))
    panel.refresh()
    assert not any(part.layout.display == "none" for part in (panel.choice, panel.score, panel.averages))


def test_averages_by_setting(stories):
    cold, warm = stories.all()[2], stories.all()[0]
    for story, scores in ((cold, (8, 9, 8, 9, 10, 8)), (warm, (2, 3))):
        for score in scores:
            stories.rate(story.id, score, 30)
    panel = Averages(stories)
    assert panel.groups() == {0.5: [8, 9, 8, 9, 10, 8], 1.4: [2, 3]}
    assert "« 0,5 » est devant" in shown(panel.said) and "sans doute réelles" in shown(panel.said)
    cells = re.findall(r"<t[dh][^>]*>([^<]+)</t[dh]>", panel.table.value)
    assert cells[5:] == ["0,5", "6", "8,7", "0,8", "8 à 10", "1,4", "2", "2,5", "0,7", "2 à 3"]
    picture = ET.fromstring(panel.image.value)
    circles = [one.get("r") for one in picture.iter() if one.tag.endswith("circle")]
    assert circles == ["8.5", "7.5", "5.0", "5.0", "5.0", "4"]  # 3 times 8, twice 9, 10; 2, 3; the legend's
    assert ">3</text>" in panel.image.value
    panel.by.value = "model"
    assert "pour comparer, il en faut une autre" in shown(panel.said) and "base" in panel.table.value
    panel.by.value = "age_band"
    assert "18 à 39 ans" in panel.table.value


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ({}, "Aucune note"),
        ({0.5: [7]}, "1 note, pour une seule valeur"),
        ({0.5: [7, 8]}, "pour comparer"),
        ({0.5: [7], 1.0: [3]}, "Une note seule"),
        ({0.5: [7, 8, 9], 1.0: [3]}, "Une note seule"),
        ({0.5: [7, 8, 9], 1.0: [3], 1.5: [8, 9]}, "on ne peut rien conclure"),
        ({0.5: [7, 8], 1.0: [6, 8]}, "on ne peut rien conclure"),
        ({0.5: [7, 5, 8, 6], 1.0: [6, 8, 5, 6], 1.5: [7, 6]}, "on ne peut rien conclure"),
        ({0.5: [8, 9, 9, 8, 9], 1.0: [2, 3, 1, 2, 4]}, "moins d’une fois sur 100"),
    ],
)
def test_what_may_be_said_of_a_few_ratings(groups, sentence):
    assert sentence in reading.verdict(groups)


def test_few_ratings_are_drawn_hollow():
    both = draw_averages({0.5: [7] * reading.FEW, 1.0: [7] * (reading.FEW - 1)}, "température")
    diamonds = re.findall(r'l8 9l-8 9l-8 -9z" fill="([^"]+)"', both)
    assert diamonds == [reading.ORANGE, reading.PAPER, reading.ORANGE, reading.PAPER]  # two rows, and the legend
    assert f"moyenne de moins de {reading.FEW} notes" in "".join(ET.fromstring(both).itertext())


def test_averages_by_something_else(stories):
    with pytest.raises(WorkshopError, match="n’est pas un réglage"):
        Averages(stories, "couleur")


# The quiz ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def quiz():
    return BlindQuiz(CORPUS, MACHINE, seed=1, author="Veillées", count=4)


def play(quiz, right: int):
    """Answer everything, the first ``right`` sentences well."""
    for i, one in enumerate(quiz.sentences):
        (quiz.machine_button if one.by_machine == (i < right) else quiz.author_button).click()
        if not quiz.over:
            quiz.next_button.click()


def test_one_sentence_at_a_time_and_the_answer_at_once(quiz):
    assert "Veillées ou machine\u202f?" in quiz.question.value and "phrase 1 sur 8" in shown(quiz.question)
    assert quiz.next_button.disabled
    first = quiz.sentences[0]
    (quiz.machine_button if first.by_machine else quiz.author_button).click()
    assert "✅ Juste" in shown(quiz.result) and quiz.right == 1
    assert ("de la machine" if first.by_machine else "du corpus (Veillées)") in shown(quiz.result)
    assert quiz.machine_button.disabled and quiz.author_button.disabled and not quiz.next_button.disabled
    quiz.answer(True)
    assert len(quiz.answers) == 1  # one answer a sentence
    quiz.next_button.click()
    assert "phrase 2 sur 8" in shown(quiz.question) and "1 bonne réponse sur 1" in shown(quiz.result)
    second = quiz.sentences[1]
    (quiz.author_button if second.by_machine else quiz.machine_button).click()
    assert "❌ Non" in shown(quiz.result) and "1 bonne réponse sur 2" in shown(quiz.result)


def test_the_end_gives_score_interval_and_verdict(quiz):
    play(quiz, 8)
    low, high = wilson_interval(8, 8)
    assert quiz.over and quiz.right == 8 and "8 bonnes réponses sur 8" in shown(quiz.result)
    assert f"entre {100 * low:.0f} et {100 * high:.0f}\u00a0%" in quiz.result.value and "mieux qu’en tirant" in shown(quiz.result)
    assert shown(quiz.result).count("machine") > 4 and "Revoir les 8 phrases" in shown(quiz.result)
    assert "<svg" in quiz.result.value


def test_play_again_with_others(quiz):
    before = quiz.sentences
    play(quiz, 3)
    assert quiz.next_button.description == "Rejouer"
    quiz.next_button.click()
    assert quiz.answers == [] and quiz.number == 0 and quiz.sentences != before
    assert quiz.result.value == "" and quiz.next_button.description == "Phrase suivante →"


def test_next_waits_for_an_answer(quiz):
    quiz.go_on()
    assert quiz.number == 0


@pytest.mark.parametrize(
    ("right", "played", "sentence"),
    [
        (10, 20, "on ne peut pas exclure que vous répondiez au hasard"),
        (14, 20, "on ne peut pas exclure"),
        (15, 20, "mieux qu’en tirant à pile ou face"),
        (3, 20, "vous prenez la machine pour l’original (Sand)"),
        (1, 1, "on ne peut pas exclure"),
    ],
)
def test_verdicts(right, played, sentence):
    assert sentence in blind_quiz.verdict(right, played, "Sand")


def test_how_many_answers_would_be_enough():
    for right, played in ((13, 20), (8, 20), (11, 20)):
        enough = int(re.search(r"environ (\d+) réponses", blind_quiz.verdict(right, played, "Sand"))[1])
        for answers, sure in ((enough, True), (enough - 2, False)):
            low, high = wilson_interval(round(right / played * answers), answers)
            assert (low > 0.5 or high < 0.5) is sure
    assert "Rien ne vous distingue" in blind_quiz.verdict(10, 20, "Sand")


def test_too_few_sentences():
    with pytest.raises(WorkshopError, match="pas assez de phrases entières"):
        BlindQuiz(CORPUS, [])


# All of them ---------------------------------------------------------------------------------------------------------


def walk(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def test_panels_hold_a_picture_and_a_sentence(stories, quiz, tmp_path):
    stories.rate(stories.all()[0].id, 8)
    empty = Stories(tmp_path / "none.db")
    panels = [StoriesPanel(stories), Rating(stories), Averages(stories), quiz, StoriesPanel(empty), Rating(empty)]
    for panel in panels:
        bundle = panel._repr_mimebundle_()
        picture = ET.fromstring(bundle["image/svg+xml"])
        assert picture.get("role") == "img" and len(picture.get("aria-label")) > 20
        assert len(bundle["text/plain"]) > 20 and "object at" not in bundle["text/plain"]
        assert type(panel)(
            *{BlindQuiz: (CORPUS, MACHINE, 1, "Veillées", 4)}.get(type(panel), (panel.__dict__.get("stories"),))
        ).picture() == (panel.picture())


def test_every_control_has_a_name(stories, quiz):
    controls = [
        one
        for panel in (StoriesPanel(stories, print), Rating(stories), quiz)
        for one in walk(panel)
        if isinstance(one, w.Button | w.Text | w.Select | w.Dropdown | w.ToggleButtons)
    ]
    assert len(controls) > 18 and all(one.description for one in controls)


def test_no_sentence_of_the_corpus_is_in_what_is_saved_with_the_notebook(quiz):
    bundle = quiz._repr_mimebundle_()
    for one in quiz.sentences:
        assert one.text[:30] not in bundle["text/plain"] + bundle["image/svg+xml"]


def test_locked_file_is_told_and_the_panel_lives_on(stories, monkeypatch):
    import sqlite3

    panel = StoriesPanel(stories)
    monkeypatch.setattr(shelf, "PATIENCE", 0.1)
    holder = sqlite3.connect(stories.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    panel.delete_button.click()
    assert "occupe" in said(panel) and len(stories.all()) == 3
    holder.execute("ROLLBACK")
    holder.close()
    panel.delete_button.click()
    assert "supprimée" in said(panel) and len(stories.all()) == 2
