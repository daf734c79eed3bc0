"""The playground, driven as a browser would: a button is pressed, a slider moves, and what is shown changes."""

import dataclasses
import io
import itertools
import os
import re
import threading
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from workshop import cli, steps, terminal, writers
from workshop.base.errors import WorkshopError
from workshop.base.settings import ROOT, jupyter_environment, settings
from workshop.base.typography import typeset, typeset_pieces
from workshop.generation import Gpt2Writer, Rival, Sampling, Token, generate, next_distribution, stream
from workshop.stories.shelf import Stories
from workshop.widgets import common, model_choice, token_flow
from workshop.widgets.controls import CONTROLS, PRESETS, Controls
from workshop.widgets.model_choice import FOLDER
from workshop.widgets.narration import INTERVAL, Narration, complaint, from_writer
from workshop.widgets.next_tokens import NextTokens
from workshop.widgets.playground import Playground, trimmed
from workshop.widgets.side_by_side import SideBySide
from workshop.widgets.token_flow import TokenFlow, level, percent, spelt

PROMPT = "Le meunier posa son sac"
SHORT = Sampling(max_new_tokens=20, seed=3)


@pytest.fixture
def playground(writer, tmp_path):
    panel = Playground({"petit": writer}, PROMPT, Stories(tmp_path / "stories.db"), SHORT)
    yield panel
    panel.close()


class SlowWriter(Gpt2Writer):
    """Takes a while over each token, as a large model does."""

    def step(self, token_id):
        time.sleep(0.02)
        return super().step(token_id)


class BrokenWriter(Gpt2Writer):
    """Fails at the third token."""

    def step(self, token_id):
        if len(self.context) > 8:
            raise self.trouble
        return super().step(token_id)


def token(text, probability=0.5, number=1):
    return Token(number, text, probability, probability, (Rival(text, probability, probability, number),))


def from_the_page(widget, **state):
    """Receive what a browser sends when somebody has clicked."""
    widget.set_state(state)


def written(panel, press=None):
    (press or panel.write)()
    assert panel.wait(60)
    return panel.story


# Narration ---------------------------------------------------------------------------------------------------------


def test_tokens_come_in_batches_and_all_of_them():
    told, ended, where = [], [], []

    def source(should_stop):
        where.append(threading.current_thread())
        yield from (token(str(i)) for i in range(500))

    narration = Narration(source, told.append, ended.append).start()
    assert narration.wait(10) and not narration.running
    assert [one.text for one in told[-1]] == [str(i) for i in range(500)]
    assert len(told[0]) == 1 and len(told) < 20 and ended == [""]
    assert where[0] is not threading.current_thread()


def test_the_page_is_told_about_twenty_times_a_second():
    times = []

    def source(should_stop):
        for i in range(100):
            time.sleep(0.003)
            yield token(str(i))

    Narration(source, lambda tokens: times.append(time.monotonic()), lambda trouble: None).start().wait(10)
    assert min(later - earlier for earlier, later in itertools.pairwise(times[:-1])) >= 0.9 * INTERVAL


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (WorkshopError("Prenez 0,8."), "Prenez 0,8."),
        (MemoryError(), "mémoire"),
        (ValueError("boum"), "ValueError\u00a0: boum"),
    ],
)
def test_an_error_is_a_sentence_and_what_was_written_stays(error, said):
    told, ended = [], []

    def source(should_stop):
        yield token("a")
        yield token("b")
        raise error

    Narration(source, told.append, ended.append).start().wait(10)
    assert [one.text for one in told[-1]] == ["a", "b"]
    assert len(ended) == 1 and said in ended[0] and "Traceback" not in ended[0]
    assert complaint(error) == ended[0]


def test_two_streams_of_one_writer_do_not_mix(writer):
    """Two panels may well have been given the same writer, which has one memory of what it has read."""
    alone = {seed: generate(writer, PROMPT, dataclasses.replace(SHORT, seed=seed)) for seed in range(4)}
    texts = {}

    def told(seed):
        return lambda tokens: texts.__setitem__(seed, "".join(one.text for one in tokens))

    narrations = [
        Narration(from_writer(lambda: writer, PROMPT, dataclasses.replace(SHORT, seed=seed)), told(seed), lambda trouble: None)
        for seed in alone
    ]
    for narration in narrations:
        narration.start()
    assert all(narration.wait(60) for narration in narrations)
    assert texts == alone


# The text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pieces",
    [
        ["Le chat", " s", "'", "en", " alla", ";", " il", " dit:", " «", "Viens", "!", "»"],
        ["—", "Bon", "!", "\n", "—Oui", "—dit", "-il", "…"],
        ["", " ", "a", "", "b  c", "?"],
        [""],
        [],
    ],
)
def test_a_text_is_typeset_and_still_cut_at_its_tokens(pieces):
    shown = typeset_pieces(pieces)
    assert "".join(shown) == typeset("".join(pieces)) and len(shown) == len(pieces)
    plain = [re.sub(r"[\s’']", "", piece) for piece in pieces]
    assert [re.sub(r"[\s’']", "", piece) for piece in shown] == plain


def test_tints_and_figures():
    assert [level(p) for p in (1, 0.5, 0.49, 0.1, 0.05, 0.01, 0.002, 0)] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert percent(0.123) == "12,3\u00a0%" and percent(0.0001).startswith("moins de 0,1") and percent(0) == "0,0\u00a0%"


def test_the_flow_gives_each_token_its_tint_and_its_figure():
    flow = TokenFlow()
    flow.show("Il pleut", [token(" fort", 0.6), token(".", 0.2), token("\n", 0.05), token("Fin", 0.001)])
    assert flow.texts == ["Il pleut", " fort", ".", "\n", "Fin"]
    assert flow.levels == [0, 1, 2, 3]
    assert flow.figures == [percent(p) for p in (0.6, 0.2, 0.05, 0.001)]
    flow.show("Il pleut", [token(" fort", 0.6)], tips=False)
    assert flow.texts == ["Il pleut", " fort"] and flow.levels == [0] and flow.figures == []


def test_a_click_chooses_a_token_and_the_text_can_grow_meanwhile():
    flow = TokenFlow()
    flow.show("Il", [token(" a"), token(" b")])
    from_the_page(flow, chosen=1)
    assert flow.chosen == 1 and flow.said == "« b »\u00a0: 50,0\u00a0%".replace("« ", "«\u00a0").replace(" »", "\u00a0»")
    flow.show("Il", [token(" a"), token(" b"), token(" c")])
    assert flow.chosen == 1
    flow.show("Il", [token(" a")])
    assert flow.chosen == -1 and flow.said == ""
    from_the_page(flow, chosen=-1)  # the prompt is no token
    assert flow.chosen == -1
    from_the_page(flow, chosen=1)  # a click on a token that has just gone
    assert flow.chosen == -1


def test_two_flows_of_a_page_do_not_share_their_text():
    one, other = TokenFlow(), TokenFlow()
    one.show("Il", [token(" a")])
    one.chosen = 0
    assert other.texts == other.levels == [] and other.chosen == -1


def test_the_legend_says_it_in_words_and_figures():
    for _, name, figures in token_flow.LEVELS:
        assert name in token_flow.legend() and figures in token_flow.legend()


@pytest.mark.parametrize(
    ("text", "said"),
    [(" chat", "chat"), ("\n", "↵ (à la ligne)"), (" ", "␣ (espace)"), ("<|endoftext|>", "(fin du texte)"), ("\t", "␣ (espace)"),
     ("  ", "␣ (espace)"), ("\u00a0", "␣ (espace)"), (" \n\n", "↵ (à la ligne)"), ("\x00", "(rien)"), ("\ufeff", "(rien)")],
)  # fmt: skip
def test_tokens_that_cannot_be_seen_are_named(text, said):
    assert spelt(text) == said


# Controls ----------------------------------------------------------------------------------------------------------


def test_controls_give_back_the_settings_that_they_were_given():
    sampling = Sampling(1.3, 20, 0.75, 120, 2, 3, 1.2, 42)
    controls = Controls(Sampling())
    controls.put(sampling)
    assert controls.sampling == sampling and Controls(sampling).sampling == sampling


def test_every_setting_has_its_explanation_and_its_keyboard():
    assert {*CONTROLS, "seed"} == {field.name for field in dataclasses.fields(Sampling)}
    assert all(control.explanation.endswith(".") for control in CONTROLS.values())


@pytest.mark.parametrize("name", PRESETS)
def test_presets_move_the_sliders_and_are_recognised(name):
    controls = Controls(Sampling(max_new_tokens=50, seed=5))
    controls.presets.value = name
    for setting, value in PRESETS[name].items():
        assert getattr(controls.sampling, setting) == value
    assert (controls.sampling.max_new_tokens, controls.sampling.seed) == (50, 5)
    controls.sliders["temperature"].value = 0.35
    assert controls.presets.value is None
    controls.sliders["temperature"].value = PRESETS[name]["temperature"]
    assert controls.presets.value == name


def test_the_default_settings_are_a_preset():
    assert Controls(Sampling()).presets.value == "équilibré"


def test_the_die_draws_another_seed():
    controls = Controls(Sampling())
    drawn = set()
    for _ in range(5):
        controls.seed.die.click()
        drawn.add(controls.seed.value)
    assert len(drawn) > 1


# The playground ----------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_text_everywhere(playground, writer, monkeypatch, capsys):
    """In the widget (a notebook or the page of `make app`), in the terminal, and with `generate`."""
    expected = PROMPT + generate(writer, PROMPT, SHORT)
    assert written(playground) == expected == written(playground)
    monkeypatch.setattr(terminal, "find", {"base": writer}.__getitem__)
    assert cli.main(["write", PROMPT, "--seed", "3", "--length", "20"]) == 0
    assert capsys.readouterr().out == typeset(expected) + "\n"
    playground.controls.seed.value = 4
    assert written(playground) != expected


@pytest.mark.parametrize("prompt", ["", "Un début avec des espaces   ", "— Dites :\u00a0", "🐐\n"])
def test_strange_prompts(playground, writer, prompt):
    playground.beginning.value = prompt
    assert written(playground) == prompt.rstrip(" \u00a0") + generate(writer, prompt, SHORT)


def test_the_text_streams_and_the_buttons_follow(playground, writer):
    playground.models.writers["petit"] = SlowWriter(writer.model, writer.tokenizer)
    playground.models.writers["petit"].end_id = None
    seen = []
    playground.progress.observe(lambda change: seen.append(change["new"]), "value")
    playground.write()
    assert playground.write_button.disabled and not playground.stop_button.disabled and playground.more_button.disabled
    assert playground.wait(60)
    assert not playground.write_button.disabled and playground.stop_button.disabled and not playground.more_button.disabled
    assert len(seen) > 3 and seen == sorted(seen) and seen[-1] == 20
    assert "20 tokens" in playground.status.value


def test_stop_keeps_what_is_written_and_go_on_continues(playground, writer):
    slow = SlowWriter(writer.model, writer.tokenizer)
    slow.end_id = None
    playground.models.writers["petit"] = slow
    playground.controls.sliders["max_new_tokens"].value = 300
    playground.write()
    while len(playground.tokens) < 3:
        time.sleep(0.01)
    start = time.monotonic()
    playground.stop()
    assert playground.wait(5) and time.monotonic() - start < 5
    before = playground.story
    assert 3 <= len(playground.tokens) < 100 and before.startswith(PROMPT)
    playground.controls.sliders["max_new_tokens"].value = 10
    after = written(playground, playground.go_on)
    assert after.startswith(before.rstrip(" \u00a0")) and playground.prompt == PROMPT
    assert after == before.rstrip(" ") + generate(writer, before, playground.controls.sampling)


def test_a_second_click_while_it_writes_changes_nothing(playground, writer):
    slow = SlowWriter(writer.model, writer.tokenizer)
    slow.end_id = None
    playground.models.writers["petit"] = slow
    expected = PROMPT + generate(writer, PROMPT, SHORT)
    playground.write()
    playground.write()
    playground.go_on()
    playground.keep()
    playground.beginning.value = "Autre chose"
    assert playground.wait(60) and playground.story == expected
    assert playground.stories.all() == []


def test_the_rivals_of_a_token_are_shown_and_one_of_them_takes_the_story_elsewhere(playground, writer):
    first = written(playground)
    from_the_page(playground.flow, chosen=5)  # a click on the sixth token
    assert playground.flow.chosen == 5 and playground.walk.value == 6
    chosen = playground.tokens[5]
    assert playground.rivals.rivals == chosen.rivals and playground.rivals.layout.display == ""
    number, rival = next(
        (i, rival)
        for i, rival in enumerate(chosen.rivals)
        if rival.id != chosen.id and writer.decode([rival.id]) == rival.text != ""
    )
    assert percent(rival.probability) in playground.rivals.rows[number]["description"]
    kept = playground.tokens[:5]
    playground.rivals._handle_custom_msg({"press": number, "place": 4}, [])  # of a page that has not shown them yet
    assert playground.wait(60) and playground.story == first
    press = {"press": number, "place": 5}
    assert written(playground, lambda: playground.rivals._handle_custom_msg(press, [])) != first
    assert playground.tokens[:5] == kept and playground.tokens[5].id == rival.id and len(playground.tokens) == 26
    so_far = PROMPT + "".join(one.text for one in playground.tokens[:6])
    assert playground.story == so_far + generate(writer, so_far, SHORT)


def test_the_arrow_keys_walk_along_the_tokens(playground):
    written(playground)
    playground.walk.value = 1
    assert playground.flow.chosen == 0
    playground.walk.value = 20
    assert playground.flow.chosen == 19 and playground.walk.max == 20
    playground.walk.value = 0
    assert playground.flow.chosen == -1 and playground.rivals.layout.display == "none"


def test_a_shorter_story_chooses_no_token_by_itself(playground):
    written(playground)
    playground.walk.value = 20
    playground.controls.sliders["max_new_tokens"].value = 10
    written(playground)
    assert (playground.flow.chosen, playground.walk.value, playground.walk.max) == (-1, 0, 10)
    assert playground.rivals.layout.display == "none"


def test_rivals_can_be_looked_at_while_another_model_loads(playground, writer):
    written(playground)
    with model_choice._loading:  # a load that takes long, in another panel
        playground.flow.chosen = 3
        assert playground.rivals.layout.display == ""


def test_removed_rivals_are_struck_out_not_only_coloured(playground):
    playground.controls.sliders["top_k"].value = 3
    written(playground)
    playground.flow.chosen = 2
    rows = playground.rivals.rows
    removed = [row["picture"] for row in rows if "écarté" in row["description"]]
    assert len(removed) >= 7 and all("line-through" in picture and "écarté" in picture for picture in removed)
    assert all("<rect" not in picture or "stroke-dasharray" in picture for picture in removed)  # an outline, no full bar
    assert sum("line-through" in row["picture"] for row in rows) == len(removed)


def test_a_piece_of_a_letter_cannot_be_a_branch(playground, writer):
    written(playground)
    pieces = 0
    for number in range(len(playground.tokens)):
        playground.flow.chosen = number
        for row, rival in zip(playground.rivals.rows, playground.rivals.rivals, strict=True):
            if writer.decode([rival.id]) != rival.text:
                pieces += 1
                assert row["disabled"] and "morceau" in row["tooltip"]
    assert pieces


@pytest.mark.parametrize("trouble", [WorkshopError("Le modèle est fatigué."), RuntimeError("CUDA out of memory")])
def test_an_error_of_the_model_is_a_sentence_in_the_panel(playground, writer, trouble):
    broken = BrokenWriter(writer.model, writer.tokenizer)
    broken.end_id, broken.trouble = None, trouble
    playground.models.writers["petit"] = broken
    written(playground)
    assert "✗" in playground.status.value and str(trouble) in playground.status.value
    assert playground.tokens and not playground.write_button.disabled
    playground.models.writers["petit"] = writer
    assert written(playground) == PROMPT + generate(writer, PROMPT, SHORT)


def test_a_model_that_no_chapter_has_made_says_which_one_does(monkeypatch, tmp_path):
    for name, value in {"WORKSHOP_COLLECTION": "veillees", "WORKSHOP_OUTPUTS": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    steps.new_session()
    try:
        panel = Playground()
        assert list(panel.models.writers) == list(writers.MODELS.values())
        for name, chapter in (("GPT-2 spécialisé", "chapitre 04"), ("BiLSTM", "chapitre 03")):
            panel.models.names.value = name
            written(panel)
            assert chapter in panel.status.value and panel.tokens == []
        with pytest.raises(WorkshopError, match="chapitre 03"):
            writers.find("bilstm")
    finally:
        steps.new_session()


def test_a_model_that_does_not_load_leaves_the_story_on_the_page(playground):
    story, tokens = written(playground), playground.tokens
    playground.models.names.value = FOLDER
    playground.beginning.value = "Autre chose"
    assert written(playground) == story and playground.tokens == tokens and "✗" in playground.status.value
    playground.keep()
    assert playground.stories.all()[0].model == "petit"


def test_any_folder_can_be_typed_in(playground, tiny_gpt2, tmp_path):
    model, tokenizer = tiny_gpt2
    model.save_pretrained(tmp_path / "mien")
    tokenizer.save_pretrained(tmp_path / "mien")
    playground.models.names.value = FOLDER
    assert playground.models.folder.layout.display == ""
    for wrong, said in (("", "dossier"), (str(tmp_path / "rien"), "n’existe pas"), ("rien-de-tel", "rien-de-tel")):
        playground.models.folder.value = wrong
        written(playground)
        assert said in playground.status.value and "✗" in playground.status.value, wrong
        assert playground.tokens == []
    playground.models.folder.value = str(tmp_path / "mien")
    assert written(playground) == PROMPT + generate(Gpt2Writer(*tiny_gpt2), PROMPT, SHORT)


def test_loading_is_said_while_it_lasts(writer):
    gate = threading.Event()

    def load():
        gate.wait(10)
        return writer

    panel = Playground({"lent": load}, PROMPT, sampling=SHORT)
    panel.write()
    assert "Chargement" in panel.status.value and "lent" in panel.status.value
    gate.set()
    assert panel.wait(60) and panel.story == PROMPT + generate(writer, PROMPT, SHORT)
    panel.write()
    assert "Chargement" not in panel.status.value
    assert panel.wait(60)


def test_beams_are_those_of_generate_and_refused_where_there_are_none(playground, writer):
    playground.controls.sliders["num_beams"].value = 3
    assert written(playground) == PROMPT + generate(writer, PROMPT, playground.controls.sampling)


def test_a_story_is_kept_and_taken_up_again(playground):
    called = []
    playground.on_keep(called.append)
    text = written(playground)
    playground.keep_button.click()
    (story,) = playground.stories.all()
    assert story.shown == text and story.model == "petit" and story.settings == dataclasses.asdict(SHORT) and called == [story]
    assert "Gardée" in playground.status.value
    playground.controls.put(Sampling(max_new_tokens=10))
    playground.take_up(story)
    assert playground.story == text and playground.controls.sampling == SHORT
    assert written(playground, playground.go_on).startswith(text)
    playground.take_up(story)
    assert written(playground) == text


def test_a_story_that_cannot_be_kept_is_not_lost(playground, monkeypatch):
    text = written(playground)
    monkeypatch.setattr(playground.stories, "keep", lambda *_, **__: (_ for _ in ()).throw(WorkshopError("Le disque est plein.")))
    playground.keep()
    assert "Le disque est plein." in playground.status.value and playground.story == text


def test_closing_while_it_writes_is_clean(writer):
    slow = SlowWriter(writer.model, writer.tokenizer)
    slow.end_id = None
    panel = Playground({"petit": slow}, PROMPT, sampling=dataclasses.replace(SHORT, max_new_tokens=300))
    panel.write()
    panel.close()
    assert panel.wait(10) and len(panel.tokens) < 300


def test_where_no_browser_is_the_story_is_a_text_and_a_picture(playground):
    assert PROMPT in playground.text() and "graine 3" in playground.text()
    ET.fromstring(playground.picture())
    story = written(playground)
    playground.controls.seed.value = 4  # what wrote the story is told, not what the controls have become since
    assert "graine 3" in playground.text() and playground.text().endswith(story) and playground.picture() == playground.picture()
    shown = "".join(ET.fromstring(playground.picture()).itertext())
    assert typeset("Le meunier") in shown.replace("Lemeunier", "Le meunier")
    bundle = playground._repr_mimebundle_()
    assert bundle["image/svg+xml"] == playground.picture() and typeset(PROMPT) in bundle["text/plain"]


def test_trailing_spaces_go_before_the_story_goes_on():
    assert [one.text for one in trimmed([token("a"), token("b "), token(" "), token("\u00a0")])] == ["a", "b"]
    assert trimmed([token(" ")]) == trimmed([]) == []


# Side by side ------------------------------------------------------------------------------------------------------


def test_side_by_side_is_twice_generate(writer):
    panel = SideBySide({"petit": writer}, PROMPT)
    for side in panel.sides:
        side.controls.sliders["max_new_tokens"].value = 20
    panel.seed.value = 5
    panel.write()
    assert panel.write_button.disabled
    panel.write()
    assert panel.wait(60)
    expected = [PROMPT + generate(writer, PROMPT, dataclasses.replace(side.controls.sampling, seed=5)) for side in panel.sides]
    assert list(panel.stories) == expected and expected[0] != expected[1]
    assert not panel.write_button.disabled and panel.stop_button.disabled
    ET.fromstring(panel.picture())
    assert expected[0] in panel.text()


def test_side_by_side_with_two_models_one_of_which_fails(writer):
    def broken():
        raise WorkshopError("Le chapitre 03 le fait.")

    panel = SideBySide({"petit": writer, "absent": broken}, PROMPT)
    panel.sides[1].models.names.value = "absent"
    panel.sides[0].controls.sliders["max_new_tokens"].value = 20
    panel.write()
    assert panel.wait(60)
    assert len(panel.sides[0].flow.tokens) == 20 and panel.sides[1].flow.tokens == ()
    assert "chapitre 03" in panel.sides[1].status.value and not panel.write_button.disabled


# The next token ----------------------------------------------------------------------------------------------------


def test_bars_follow_the_sliders(writer):
    panel = NextTokens(writer, PROMPT)
    before = panel.image.value
    panel.sliders["temperature"].value = 0.5
    assert panel.image.value != before and 'data-temperature="0.5"' in panel.image.value
    np.testing.assert_allclose(panel.probabilities, next_distribution(panel.logits, panel.sampling, panel.ids))
    panel.sliders["top_k"].value = 4
    picture = ET.fromstring(panel.image.value)
    said = ["".join(one.itertext()) for one in picture.iter() if one.tag.endswith("text")]
    assert said.count("écarté") == 6 and 'data-kept="4"' in panel.image.value
    assert panel.image.value.count("line-through") == 6
    panel.sliders["top_k"].value = 0
    panel.sliders["top_p"].value = 0.05
    assert (panel.probabilities > 0).sum() < 300


def test_bars_can_be_asked_of_another_beginning(writer):
    panel = NextTokens(writer, PROMPT)
    raw = panel.raw
    panel.beginning.value = "La pluie"
    assert not np.allclose(raw, panel.raw) and "La pluie" in panel.text()


def test_a_beginning_that_cannot_be_read_is_a_sentence_whatever_moves(writer, monkeypatch):
    def encode(self, text: str) -> list[int]:
        if not text:
            raise WorkshopError("Il n’y a rien à lire.")
        return read(self, text)

    read = type(writer).encode
    monkeypatch.setattr(type(writer), "encode", encode)
    panel = NextTokens(writer, "")
    assert panel.text() == "✗ Il n’y a rien à lire." and "rien à lire" in panel.picture()
    panel.beginning.value = PROMPT
    assert 'data-kept="' in panel.image.value
    panel.beginning.value = ""
    panel.sliders["temperature"].value = 0.5
    assert panel.image.value == "" and "rien à lire" in panel.said.value


@pytest.mark.parametrize("odd", ["\uffff", "\ud83d", "\x0b", "\x00"])
def test_a_picture_can_be_made_of_any_text(odd):
    picture = token_flow.draw([(f"a{odd}b", [Token(1, f"c{odd}", 0.5, 0.5, ())])], f"d{odd}")
    assert ET.fromstring(picture).get("aria-label") == "d"
    ET.fromstring(common.svg_of_words(odd))


def test_the_next_token_view_does_not_disturb_a_stream(writer):
    expected = generate(writer, PROMPT, SHORT)
    tokens = stream(writer, PROMPT, SHORT)
    text = next(tokens).text
    NextTokens(writer, "La pluie")
    assert text + "".join(one.text for one in tokens) == expected


# The terminal ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Il dit: «Viens-tu?» —Non! L'eau…\n—Bon.\n", "a", "", "mot—suite", "l'«art»: bien"])
def test_words_come_typeset_and_whole_whatever_the_pieces(text):
    for size in (1, 2, 3, 7, 50):
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        assert "".join(terminal.words(iter(pieces))) == typeset(text)


def test_the_terminal_shows_words_as_they_come(writer, monkeypatch):
    monkeypatch.setattr(terminal, "find", {"base": writer}.__getitem__)

    class Screen(io.StringIO):
        writes = 0

        def write(self, text):
            self.writes += 1
            return super().write(text)

    screen = Screen()
    terminal.write(PROMPT, "base", SHORT, screen)
    assert screen.writes > 3 and screen.getvalue().strip().startswith(PROMPT)


def test_every_setting_can_be_typed_in_the_terminal():
    assert set(cli.SETTINGS) == {field.name for field in dataclasses.fields(Sampling)}
    typed = cli.parser().parse_args(["write", "Il", "--top-k", "5", "--length", "7", "--penalty", "1.2", "--model", "ici"])
    french = cli.parser().parse_args(["write", "Il", "--temperature", "1,3", "--top-p", "0,9", "--penalty", "1,2"])
    assert (french.temperature, french.top_p, french.repetition_penalty) == (1.3, 0.9, 1.2)
    assert (typed.top_k, typed.max_new_tokens, typed.repetition_penalty, typed.model, typed.seed) == (5, 7, 1.2, "ici", None)


@pytest.fixture(params=[None, "7"], ids=["no seed", "WORKSHOP_SEED"])
def typed(request, writer, monkeypatch, capsys):
    """What ``write`` prints with some options: the story, and the note below it; with a seed for the workshop and without."""
    monkeypatch.setattr(terminal, "find", {"base": writer}.__getitem__)
    monkeypatch.delenv("WORKSHOP_SEED", raising=False)
    if request.param:
        monkeypatch.setenv("WORKSHOP_SEED", request.param)
    settings.cache_clear()

    def write(*options: str) -> tuple[str, str]:
        assert cli.main(["write", PROMPT, "--length", "20", *options]) == 0
        return tuple(capsys.readouterr())

    yield request.param, write
    settings.cache_clear()


def test_the_terminal_writes_another_text_each_time_and_says_how_to_have_it_again(typed):
    seed, write = typed
    shown = [write() for _ in range(3)]
    assert len({text for text, _ in shown}) == (1 if seed else 3)  # the seed of the workshop is followed
    for text, note in shown:
        again = re.search(r"--seed (\d+)$", note.strip())[1]
        assert seed in (None, again) and write("--seed", again) == (text, "")


def test_a_typed_seed_wins(typed, writer):
    text, note = typed[1]("--seed", "3")
    assert (text, note) == (typeset(PROMPT + generate(writer, PROMPT, SHORT)) + "\n", "")


def test_the_terminal_refuses_in_a_sentence(capsys):
    assert cli.main(["write", "Il", "--temperature", "0"]) == 1
    assert "température" in capsys.readouterr().err
    assert cli.main(["write", "Il", "--model", "./nulle/part"]) == 1
    assert "n’existe pas" in capsys.readouterr().err


def test_what_is_kept_on_the_page_goes_where_it_was_started(monkeypatch, tmp_path):
    """The kernels of the page are in a folder of their own, which pip has made where only pip should write."""
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH", "PYTHONPATH"):
        monkeypatch.setenv(name, "")
    (tmp_path / "travail").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKSHOP_OUTPUTS", "travail")
    settings.cache_clear()
    kernels = []
    monkeypatch.setattr(
        "workshop.widgets.host.main", lambda options: kernels.append((os.getcwd(), os.environ["WORKSHOP_OUTPUTS"]))
    )
    terminal.app()
    settings.cache_clear()
    assert kernels == [(str(ROOT), str((tmp_path / "travail").resolve()))]


def test_the_page_is_for_this_machine_only_with_a_token(monkeypatch):
    command = terminal.app_options(8866, browser=False)
    assert "--Host.visitors=0" in command  # as many as the memory allows
    monkeypatch.setenv("WORKSHOP_APP_VISITORS", "5")
    assert "--Host.visitors=5" in terminal.app_options(8866, browser=True)
    for nonsense in ("beaucoup", "9" * 5000):
        monkeypatch.setenv("WORKSHOP_APP_VISITORS", nonsense)
        with pytest.raises(WorkshopError, match=nonsense):
            terminal.app_options(8866, browser=True)
    assert "--token" in command and "--Voila.ip=127.0.0.1" in command and "--no-browser" in command
    assert (terminal.APP / "share/jupyter/voila/templates/atelier/index.html.j2").is_file()
    assert jupyter_environment()["JUPYTER_PATH"].startswith(str(terminal.APP))
