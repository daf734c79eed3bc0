"""What whoever comes by the playground meets: ways that are kept, seeds, whole sentences, the filter, a draft."""

import dataclasses
import json
import sqlite3
import time

import numpy as np
import pytest

from tests.conftest import ROOT
from workshop import writers
from workshop.base.errors import WorkshopError
from workshop.base.models import locate_exactly
from workshop.base.settings import settings
from workshop.generation import Gpt2Writer, Sampling, stream
from workshop.stories import mildness
from workshop.stories.shelf import Stories
from workshop.widgets import app as page
from workshop.widgets import host, opening
from workshop.widgets.common import Fold
from workshop.widgets.controls import CONTROLS, MANNERS, PRESETS, Controls, Dial, Seed
from workshop.widgets.library import StoriesPanel
from workshop.widgets.model_choice import FOLDER, ModelChoice
from workshop.widgets.narration import OVERTIME, ends_a_sentence, from_writer
from workshop.widgets.paths import MOST_DIGITS, pack_text, read_tokens, read_ways, write_ways
from workshop.widgets.playground import BACK, Playground
from workshop.widgets.reading import Rating
from workshop.widgets.side_by_side import SideBySide
from workshop.widgets.slider import Slider, WholeSlider

PROMPT = "Le meunier posa son sac"
SHORT = Sampling(max_new_tokens=20, seed=3)


@pytest.fixture
def playground(writer, tmp_path):
    panel = Playground({"petit": writer}, PROMPT, Stories(tmp_path / "stories.db"), SHORT, page=True)
    panel.whole_sentence.value = panel.mild.value = False
    yield panel
    panel.close()


def written(panel, press=None):
    (press or panel.write)()
    assert panel.wait(60)
    return panel.story


def branched(panel, number=5):
    """Let the story take another way at a token, and return it."""
    panel.flow.chosen = number
    press = next(i for i, row in enumerate(panel.rivals.rows) if not row["disabled"])
    return written(panel, lambda: panel.rivals.press(press))


# Numbers and seeds -------------------------------------------------------------------------------------------------


def test_a_slider_stays_within_its_bounds_whoever_moves_it():
    slider = Slider(0.8, min=0.1, max=2.0, step=0.05, description="température")
    for asked, had in ((3, 2.0), (-1, 0.1), (1.3, 1.3)):
        slider.set_state({"value": asked})  # as a page does
        assert slider.value == had
    walk = WholeSlider(9, min=0, max=10)
    walk.max = 4
    assert walk.value == 4 and isinstance(walk.value, int)


def test_sliders_go_where_those_of_ipywidgets_do():
    from ipywidgets import interactive

    seen = []
    box = interactive(lambda T, k: seen.append((T, k)), T=Slider(1, min=0.1, max=5), k=WholeSlider(9, min=1, max=9))
    assert [one.description for one in box.children[:2]] == ["T", "k"]
    box.children[0].set_state({"value": 1.3})
    box.children[1].set_state({"value": 4})
    assert seen[-2:] == [(1.3, 9), (1.3, 4)]


def test_another_seed_for_each_story_unless_it_is_locked(playground):
    assert playground.controls.seed.lock.value is False
    seeds = set()
    for _ in range(3):
        written(playground, playground.write_button.click)
        seeds.add(playground.controls.seed.value)
        assert f"graine {playground.controls.seed.value}" in playground.status.value
    assert len(seeds) == 3 and len({way.sampling.seed for way in playground.ways}) == 3
    playground.controls.seed.lock.value = True
    story = playground.story
    assert written(playground, playground.write_button.click) == story and len(playground.ways) == 3


def test_side_by_side_draws_one_seed_for_both(writer):
    panel = SideBySide({"petit": writer}, PROMPT, (SHORT, SHORT))
    seeds = []
    for _ in range(2):
        panel.write_button.click()
        assert panel.wait(60)
        assert {side.sampling.seed for side in panel.sides} == {panel.seed.value}
        seeds.append(panel.seed.value)
        assert panel.stories[0] == panel.stories[1]
    assert seeds[0] != seeds[1]


def test_the_seed_of_the_workshop_is_locked(monkeypatch):
    monkeypatch.setenv("WORKSHOP_SEED", "7")
    settings.cache_clear()
    try:
        seed = Seed(7)
        seed.draw()
        assert seed.lock.value and seed.value == 7
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_the_dial_goes_from_careful_to_bold():
    controls = Controls(Sampling())
    dial = Dial(controls)
    assert dial.slider.names[dial.slider.value] == "équilibré" and set(PRESETS) <= set(MANNERS)
    temperatures = []
    for place, name in enumerate(MANNERS):
        dial.slider.value = place
        assert controls.manner() == name
        temperatures.append(controls.sampling.temperature)
    assert temperatures == sorted(temperatures) and len(set(temperatures)) == len(MANNERS)
    controls.put(Sampling(**PRESETS["sage"]))
    assert dial.slider.value == 0
    controls.sliders["temperature"].value = 1.77  # no manner: the dial stays, and moves nothing
    assert dial.slider.value == 0 and controls.sampling.temperature == 1.77
    dial.slider.value = 4
    assert controls.manner() == "rêveur"


def test_a_preset_says_its_figures_in_french():
    assert any("température 0,6" in told for told in Controls(Sampling()).presets.tooltips)


def test_a_fold_is_a_button():
    fold = Fold("Réglages fins", Slider(1))
    assert fold.inside.layout.display == "none" and "atelier-opened" not in fold.button._dom_classes
    fold.button.click()
    assert fold.inside.layout.display == "" and "atelier-opened" in fold.button._dom_classes
    fold.button.click()
    assert fold.inside.layout.display == "none" and "atelier-opened" not in fold.button._dom_classes


# Nothing is lost ---------------------------------------------------------------------------------------------------


def test_a_rival_makes_another_way_and_the_first_one_is_still_there(playground):
    first = written(playground)
    second = branched(playground)
    assert second != first and [way.fork for way in playground.ways] == [None, 5] and playground.flow.fork == 5
    assert len(playground.paths.names) == 2 and playground.paths.current == 1 and playground.paths.layout.display == ""
    assert playground.paths.names[1].startswith("…")
    playground.paths.set_state({})
    playground.go_back(0)
    assert playground.story == first and playground.flow.fork == -1 and playground.paths.current == 0
    third = branched(playground, 2)
    assert [way.fork for way in playground.ways] == [None, 5, 2]
    for number, story in enumerate((first, second, third)):
        playground.go_back(number)
        assert playground.story == story and playground.controls.sampling == SHORT


def test_going_on_lengthens_the_way_that_is_on_the_page(playground):
    first = written(playground)
    branched(playground)
    playground.go_back(0)
    longer = written(playground, playground.go_on)
    assert longer.startswith(first) and len(playground.ways) == 2 and len(playground.ways[0].tokens) == 40


def test_another_story_does_not_throw_the_one_before_away(playground):
    first = written(playground)
    playground.controls.seed.value = 8
    second = written(playground)
    assert first != second and len(playground.ways) == 2
    playground.go_back(0)
    assert playground.story == first and playground.controls.seed.value == 3
    assert written(playground) == first and len(playground.ways) == 2  # the same once more: no double


def test_the_draft_comes_back_in_another_kernel_with_its_tints_and_rivals(playground, writer, tmp_path):
    playground.beginning.value = "Le meunier rit"
    written(playground)
    branched(playground)
    kept, beginning = playground.keeper.ways, playground.keeper.beginning
    again = Playground({"petit": writer}, "Autre chose", Stories(tmp_path / "stories.db"), page=True)
    again.keeper.hear({"back": {"beginning": beginning, "ways": kept}})
    assert again.beginning.value == "Le meunier rit" and again.story == playground.story
    assert BACK.split(" : ")[0] in again.status.value.replace("\u00a0", " ")
    assert again.flow.levels == playground.flow.levels and len(again.ways) == 2 and again.flow.fork == 5
    again.flow.chosen = 3
    assert again.rivals.layout.display == "" and len(again.rivals.rows) == 10
    assert written(again, again.go_on).startswith(playground.story)


def test_the_draft_is_kept_while_the_story_is_coming(playground, writer, monkeypatch):
    class Slow(Gpt2Writer):
        def step(self, token_id):
            time.sleep(0.03)
            return super().step(token_id)

    slow = Slow(writer.model, writer.tokenizer)
    slow.end_id = None
    playground.models.writers["petit"] = slow
    monkeypatch.setattr("workshop.widgets.playground.EVERY", 0.1)
    drafts = []
    playground.keeper.observe(lambda change: drafts.append(len(read_ways(change["new"])[0].tokens)), "ways")
    written(playground)
    assert len(drafts) > 2 and drafts == sorted(drafts) and drafts[-1] == 20


def test_what_was_written_since_the_draft_comes_back_too(playground, writer, monkeypatch):
    monkeypatch.setattr("workshop.widgets.playground.EVERY", 1000.0)  # one draft, at the first token
    monkeypatch.setattr("workshop.widgets.narration.INTERVAL", 0.0)
    kept, tails = [], []
    playground.keeper.observe(lambda change: kept.append(change["new"]), "ways")
    playground.keeper.observe(lambda change: tails.append(change["new"]), "tail")
    written(playground)
    assert len(kept) == 2 and len(tails) > 5
    for tail in filter(None, tails):
        again = Playground({"petit": writer}, PROMPT, page=True)
        again.keeper.hear({"back": {"beginning": PROMPT, "ways": kept[0], "tail": tail}})
        assert playground.story.startswith(again.story) and len(again.tokens) > 1
        again.flow.chosen = len(again.tokens) - 1  # its rivals are not kept: none is shown
        assert again.rivals.rows == []
    assert len(again.tokens) == 20
    branched(playground)
    assert read_ways(playground.keeper.ways)[1].tokens[-1].id == playground.tokens[-1].id and playground.keeper.tail == ""


#: What no probability, no number of a token, no way can be: a draft changed by hand, or of another program.
ODD = [f'[{way},[[{number},"z",{share},0.1,[]]]]' for way, number, share in
       ((-1, 1, 0.1), ("Infinity", 1, 0.1), (0, "Infinity", 0.1), (0, 1, "NaN"), (0, 1, -0.5), (0, 1, 7))]  # fmt: skip
ODD += ["[" * 100_000]


@pytest.mark.parametrize("tail", ["", "{", "null", "[0]", "[7,[]]", '[0,[[1,"a"]]]', '["a",[]]', "3", *ODD])
def test_a_damaged_tail_is_left_out(playground, tail):
    written(playground)
    kept = write_ways(playground.ways)
    again = Playground(playground.models.writers, PROMPT, page=True)
    again.keeper.hear({"back": {"beginning": "", "ways": kept, "tail": tail}})
    assert again.story == playground.story


@pytest.mark.parametrize(
    "damaged", ["", "{", "null", "3", '[{"prompt": "a"}]', '[{"prompt":"a","tokens":[[1]],"model":"m"}]', "[[]]"]
)
def test_a_damaged_draft_is_left_out(playground, damaged):
    playground.keeper.hear({"back": {"beginning": "Il y avait", "ways": damaged}})
    assert playground.beginning.value == "Il y avait" and playground.ways == [] and playground.tokens == []
    assert written(playground).startswith("Il y avait")


@pytest.mark.parametrize(
    ("name", "value"),
    [("fork", np.inf), ("tokens", [[np.inf, "a", 0.1, 0.1, []]]), ("tokens", [[1, "a", np.nan, 0.1, []]]),
     ("tokens", [[1, "a", 0.1, 0.1, [["b", -3, 0.1, 2]]]]), ("sampling", {"seed": 1.5}), ("sampling", {"temperature": "chaud"})],
)  # fmt: skip
def test_a_way_that_makes_no_sense_is_left_out_and_the_others_stay(playground, name, value):
    story = written(playground)
    (good,) = json.loads(write_ways(playground.ways))
    again = Playground(playground.models.writers, PROMPT, page=True)
    again.keeper.hear({"back": {"ways": json.dumps([good | {name: value}, good])}})
    assert again.story == story and len(again.ways) == 1
    again.flow.chosen = 0
    assert read_ways("[" * 100_000) == []


def test_a_draft_never_takes_the_place_of_a_story(playground):
    story = written(playground)
    playground.keeper.hear({"back": {"beginning": "Autre", "ways": write_ways(playground.ways)}})
    assert playground.story == story and playground.beginning.value == PROMPT


def test_probabilities_are_kept_to_more_digits_than_are_shown(playground):
    written(playground)
    (way,) = read_ways(write_ways(playground.ways))
    for one, other in zip(way.tokens, playground.tokens, strict=True):
        assert (one.id, one.text) == (other.id, other.text) and len(one.rivals) == 10
        np.testing.assert_allclose(one.probability, other.probability, rtol=10.0 ** (1 - MOST_DIGITS))
        assert [rival.id for rival in one.rivals] == [rival.id for rival in other.rivals]


def test_the_page_is_answered_and_a_beginning_of_the_page_is_written(playground):
    sent = []
    playground.keeper.send = lambda content, buffers=None: sent.append(content)
    playground.keeper.hear({"ping": 12})
    assert sent == [{"pong": 12}]
    playground.keeper.hear({"begin": "La pluie tombait"})
    playground.keeper.hear({"begin": "Trop tôt"})  # while it writes: it is said, and nothing is lost
    assert playground.wait(60) and playground.story.startswith("La pluie tombait") and playground.controls.seed.value != 3


def test_a_notebook_keeps_no_draft(writer):
    panel = Playground({"petit": writer}, PROMPT, sampling=SHORT)
    written(panel)
    assert panel.keeper.ways == "" and panel.keeper not in panel.children


def test_a_kept_story_comes_back_with_its_tokens_and_says_so(playground):
    story = written(playground)
    levels = list(playground.flow.levels)
    playground.keep()
    written(playground, lambda: playground.begin("Autre chose"))
    called = []
    playground.flow.send = lambda content, buffers=None: called.append(content)
    playground.take_up(playground.stories.all()[0])
    assert playground.story == story and playground.flow.levels == levels and playground.beginning.value == PROMPT
    assert "est là" in playground.status.value and called == [{"come": True}]


def test_a_story_kept_before_tokens_were_is_taken_up_as_a_text(playground, tmp_path):
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE stories (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, prompt TEXT NOT NULL, "
            "text TEXT NOT NULL, model TEXT NOT NULL, settings TEXT NOT NULL, kept_at TEXT NOT NULL, deleted INTEGER)"
        )
        db.execute(
            "CREATE TABLE ratings (id INTEGER PRIMARY KEY AUTOINCREMENT, story INTEGER NOT NULL REFERENCES stories, "
            "score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 10), age INTEGER, remark TEXT NOT NULL, rated_at TEXT NOT NULL)"
        )
        values = ("L’âne", "Il", " rit.", "petit", json.dumps(dataclasses.asdict(SHORT)), "2026-01-01T10:00:00")
        db.execute("INSERT INTO stories (title, prompt, text, model, settings, kept_at) VALUES (?,?,?,?,?,?)", values)
        db.execute("PRAGMA user_version = 1")
    stories = Stories(path)
    (story,) = stories.all()
    assert (story.title, story.shown, story.tokens) == ("L’âne", "Il rit.", "")
    playground.take_up(story)
    assert playground.story == "Il rit." and playground.tokens == []
    assert written(playground, playground.go_on).startswith("Il rit.")
    assert stories.keep("Un", " autre", "petit", vars(SHORT), tokens="[]").tokens == "[]" and len(stories.all()) == 2


def test_tokens_that_do_not_spell_the_story_are_not_shown(playground):
    written(playground)
    kept = pack_text(playground.tokens)
    text = "".join(token.text for token in playground.tokens)
    assert [one.id for one in read_tokens(kept, text)] == [one.id for one in playground.tokens]
    assert read_tokens(kept, text + "!") == read_tokens("", text) == read_tokens("[[1]]", text) == []


# Whole sentences, and the filter -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Il rit.", "Quoi ?", "« Oui. »", "Il part…", "Non !”", "Assez !)\n", "— Ah!\n"])
def test_an_end_of_a_sentence(text):
    assert ends_a_sentence(text)


@pytest.mark.parametrize("text", ["Il rit", "M.", "chez Mme.", "à J.", "", "dit M. ", "Il dit :", "Paris,"])
def test_no_end_of_a_sentence(text):
    assert not ends_a_sentence(text)


def test_a_story_ends_with_its_sentence(writer):
    sampling = Sampling(max_new_tokens=10, seed=0, temperature=1.0, top_p=1.0)
    ended = 0
    for seed in range(6):
        now = dataclasses.replace(sampling, seed=seed)
        tokens = list(from_writer(lambda: writer, PROMPT, now, whole_sentence=True)(lambda: False))
        text = "".join(token.text for token in tokens)
        assert 10 <= len(tokens) <= 10 + OVERTIME
        assert ends_a_sentence(text) or len(tokens) == 10 + OVERTIME
        assert not any(ends_a_sentence("".join(token.text for token in tokens[:n])) for n in range(10, len(tokens)))
        ended += ends_a_sentence(text)
    assert ended


HARSH = ["le nègre", "Nègres", "une NÉGRESSE", "sale  juif", "ces sales, des bâtards", "« Putain", "l'enculé"]
HARSH += ["ces sales juifs", "des races\u00a0inférieures", "sales Arabes", "une enculée", "le nè\u00adgre"]
MILD = ["le nénuphar", "noir", "un juif", "sale gosse", "la garcette", "batardeau", "bochette", "Catinat", "", "computer"]


@pytest.mark.parametrize("text", HARSH)
def test_the_filter_knows_its_words_whatever_their_dress(text):
    assert mildness.is_harsh(text)


@pytest.mark.parametrize("text", MILD)
def test_the_filter_leaves_the_others_alone(text):
    assert not mildness.is_harsh(text)


def test_the_filter_looks_at_the_end_of_a_long_text():
    assert mildness.is_harsh("a" * 500 + " le nègre") and not mildness.is_harsh("le nègre " + "a " * 500)
    assert mildness.holds_harsh_words("le nègre " + "a " * 500) and not mildness.holds_harsh_words("a " * 500)
    assert str(len(mildness.WORDS)) in mildness.TOLD and len(set(mildness.WORDS)) == len(mildness.WORDS)


def test_a_refused_token_is_drawn_again_and_is_no_rival(writer):
    free = list(stream(writer, PROMPT, SHORT))
    wanted = next(token.text for token in free if token.text.strip())
    refused = [one for one in stream(writer, PROMPT, SHORT, refused=lambda text: wanted.strip() in text)]
    text = "".join(token.text for token in refused)
    assert wanted.strip() not in text and len(refused) == 20
    assert all(rival.text != wanted for token in refused for rival in token.rivals)
    assert list(stream(writer, PROMPT, SHORT, refused=lambda text: False)) == free


def test_when_every_token_is_refused_the_story_ends(writer):
    assert list(stream(writer, PROMPT, SHORT, refused=lambda text: True)) == []
    beams = dataclasses.replace(SHORT, num_beams=2)
    whole = list(stream(writer, PROMPT, beams))
    cut = list(stream(writer, PROMPT, beams, refused=lambda text: len(text) > 10))
    assert 0 < len(cut) < len(whole) and [token.id for token in cut] == [token.id for token in whole[: len(cut)]]


def test_the_filter_is_on_in_the_page_and_says_what_it_does(writer, monkeypatch):
    monkeypatch.setattr("workshop.stories.mildness.is_harsh", lambda text: "e" in text)
    panel = Playground({"petit": writer}, PROMPT, sampling=SHORT, page=True)
    assert panel.mild.value and panel.whole_sentence.value
    written(panel)
    assert "e" not in "".join(token.text for token in panel.tokens)
    panel.mild.value = False
    assert "e" in written(panel).removeprefix(PROMPT)
    assert not Playground({"petit": writer}, PROMPT).mild.value


# Models and stories ------------------------------------------------------------------------------------------------


def test_models_that_are_not_made_yet_are_marked(veillees):
    choice = ModelChoice(writers.at_hand())
    assert writers.not_made_yet() == {"GPT-2 spécialisé": "chapitre 04", "BiLSTM": "chapitre 03"}
    choice.choose("BiLSTM")
    choice.mark(writers.not_made_yet())
    labels = dict((value, label) for label, value in choice.names.options)
    assert "chapitre 04" in labels["GPT-2 spécialisé"] and labels["GPT-2 de base"] == "GPT-2 de base" and labels[FOLDER] == FOLDER
    assert choice.value == "BiLSTM"
    choice.choose("GPT-2 spécialisé")
    assert choice.value == "GPT-2 spécialisé"


def test_a_folder_is_found_from_the_repository_wherever_one_is(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("data/models/gpt2-fr", "./data/models/gpt2-fr"):
        assert locate_exactly(name) == ROOT / "data" / "models" / "gpt2-fr"
    (tmp_path / "data/models/gpt2-fr").mkdir(parents=True)
    assert locate_exactly("data/models/gpt2-fr").resolve() == tmp_path / "data/models/gpt2-fr"
    with pytest.raises(WorkshopError, match="n’existe pas"):
        locate_exactly("./data/models/nulle-part")


@pytest.fixture
def panels(tmp_path):
    """The list of stories and the panel of scores, as the page ties them together."""
    stories = Stories(tmp_path / "stories.db")
    for title in ("Une", "Deux"):
        stories.keep("Il", f" part, {title}.", "petit", vars(SHORT), title)
    panel, rating = StoriesPanel(stories), Rating(stories)
    panel.on_change(rating.refresh)
    rating.on_rate(panel.refresh)
    return panel, rating


def test_the_undoing_of_a_deletion_is_offered_when_there_is_one(panels):
    panel, _ = panels
    assert panel.undo_button.layout.display == "none"
    panel.delete()
    assert panel.undo_button.layout.display == ""
    panel.undo()
    assert panel.undo_button.layout.display == "none"
    panel.delete()
    assert StoriesPanel(panel.stories).undo_button.layout.display == ""  # another kernel can take it back


def test_a_deleted_story_is_not_offered_to_be_rated_and_comes_back(panels):
    panel, rating = panels
    offered = lambda: [title for title, _ in rating.choice.options]  # noqa: E731
    assert offered() == ["Deux", "Une"]
    panel.delete()
    assert offered() == ["Une"] and rating.story.title == "Une"
    panel.undo()
    assert offered() == ["Deux", "Une"]
    panel.title.value = "Trois"
    panel.rename()
    assert "Trois" in offered()


def test_a_new_score_reaches_the_list_and_a_score_that_is_being_given_stays(panels):
    panel, rating = panels
    rating.score.value = 8
    panel.refresh()
    panel.delete()
    panel.undo()
    rating.choice.value = rating.choice.options[0][1]
    rating.score.value = 8
    rating.refresh()
    assert rating.score.value == 8
    rating.rate()
    assert any("★ 8" in line for line, _ in panel.list.options)


@pytest.mark.slow
def test_the_quiz_of_the_page_is_mild_too(veillees, monkeypatch):
    asked = []
    monkeypatch.setattr(mildness, "is_harsh", lambda text: asked.append(text) or "homme" in text)
    monkeypatch.setattr(mildness, "holds_harsh_words", lambda text: "le" in text.split())
    game = page.quiz(writers.find("base"))
    author, machine = ([one.text for one in game.sentences if one.by_machine is made] for made in (False, True))
    assert asked and author and not any("homme" in text for text in machine)
    assert not any("le" in text.split() for text in author)


def test_the_quiz_says_how_far_it_is(monkeypatch):
    told = []

    def slow(writer, tell):
        for done in range(1, page.PAGES + 1):
            tell(done)
            told.append((door.progress.value, door.message.value))
        raise WorkshopError("Il n’y a pas assez de phrases.")

    monkeypatch.setattr(page, "quiz", slow)
    door = page.QuizDoor(lambda: object())
    assert door.progress.layout.display == "none"
    door.prepare()
    assert [value for value, _ in told] == list(range(1, page.PAGES + 1))
    assert "page 2 sur 8" in told[0][1].replace("\u00a0", " ") and "relit" in told[-1][1]
    assert door.progress.layout.display == "none" and "pas assez" in door.message.value


# The page around -----------------------------------------------------------------------------------------------------


def test_the_recorded_story_is_what_our_model_writes(veillees):
    kept = json.loads((ROOT / opening.PLACE).read_text(encoding="utf-8"))
    assert kept == opening.record(writers.find("base"))
    assert kept["texts"][0] == opening.PROMPT and len(kept["levels"]) == len(kept["texts"]) - 1
    assert ends_a_sentence("".join(kept["texts"]))


@pytest.mark.parametrize(
    ("running", "free", "more"), [(0, 0.1, 1), (1, 0.1, 0), (0, 8.0, 16), (5, 1.0, 1), (5, 0.8, 0), (3, -2.0, 0)]
)
def test_visitors_are_let_in_as_memory_allows(running, free, more):
    assert host.places(running, free) == more


def test_the_memory_at_hand_is_measured():
    assert 0 < host.free_gb() < 10_000
    text = host.FULL.read_text(encoding="utf-8")
    assert 'lang="fr"' in text and "mémoire" in text and "http" not in text.replace("http-equiv", "")


def test_settings_that_are_shown_have_their_explanation():
    assert all(control.explanation.endswith(".") for control in CONTROLS.values()) and mildness.TOLD.endswith(".")
