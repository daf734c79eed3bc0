"""The chat, driven as a browser would: what is asked, who answers, what has left the window."""

import re
import xml.etree.ElementTree as ET

import ipywidgets as w
import pytest

from workshop.assistant.conversation import ANSWER, Conversation, Turn
from workshop.base.errors import WorkshopError
from workshop.widgets.chat import LEAST, Chat

from .test_widgets_stories import said, shown, walk


def parrot(question, window):
    return Turn(question, f"{len(window)} tours lus", "le manuel, page 3")


def mute(question, window):
    raise WorkshopError("Je n’ai plus de voix\u00a0: revenez demain.")


def broken(question, window):
    raise RuntimeError("shape")


@pytest.fixture
def chat(tiny_gpt2):
    return Chat({"le perroquet": parrot, "le muet": mute, "la panne": broken}, tiny_gpt2[1], 200, most=400)


def ask(chat, question):
    chat.question.value = question  # Enter: the field tells its value


def test_a_question_is_answered_with_its_source_and_the_field_is_free_again(chat):
    assert "n’a pas commencé" in shown(chat.talk) and chat.used == 0
    ask(chat, "Qui frappe ?")
    assert "Qui frappe\u202f? 1 tours lus le manuel, page 3" in shown(chat.talk)
    assert "1 tours lus le manuel, page 3" in shown(chat.spoken)
    assert chat.question.value == "" and said(chat) == "" and chat.conversation.turns == [parrot("Qui frappe ?", [""])]
    chat.ask_button.click()
    ask(chat, "   ")
    assert len(chat.conversation.turns) == 1  # nothing was asked


def test_the_window_fills_and_the_oldest_turns_leave_it(chat):
    sizes, first = [], []
    for number in range(8):
        ask(chat, f"Qui frappe le fer, pour la {number}ᵉ fois ?")
        sizes.append((chat.used, chat.kept))
        first += [chat.text()] * (number + 1 - chat.kept == 1)
        assert chat.used + ANSWER <= chat.room.value
    assert sizes[0][0] < sizes[1][0] and sizes[-1][1] < 8
    assert first and all(told.endswith("1 tour en est sorti : le modèle ne le lit plus.") for told in first)
    lost = 8 - chat.kept
    assert chat.talk.value.count("sorti de la fenêtre") == lost and f"{lost} tours en sont sortis" in chat.text()
    meter = ET.fromstring(re.sub(r"&nbsp;", " ", chat.gauge.value))
    assert meter.get("role") == "meter" and meter.get("aria-valuenow") == str(chat.used) and meter.get("aria-valuemax") == "200"
    chat.room.value = 400
    assert chat.kept > sizes[-1][1] and 'aria-valuemax="400"' in chat.gauge.value
    chat.room.value = LEAST
    assert chat.kept == 0 and chat.used == 0


def test_the_picture_says_what_it_shows_and_its_bars_are_to_scale(chat):
    ask(chat, "Qui frappe ?")
    picture = ET.fromstring(chat.picture())
    assert picture.get("role") == "img" and f"{chat.used} de conversation, {ANSWER} gardés" in picture.get("aria-label")
    bars = [one for one in picture.iter() if one.tag.endswith("rect")]
    taken, frame = float(bars[1].get("width")), float(bars[2].get("width"))
    assert taken / frame == pytest.approx(chat.used / chat.room.value, abs=0.001)
    bundle = chat._repr_mimebundle_()
    assert "« Qui frappe\u202f? »" in bundle["text/plain"].replace("\u00a0", " ") and "<svg" in bundle["image/svg+xml"]


@pytest.mark.parametrize(("who", "sentence"), [("le muet", "revenez demain"), ("la panne", "s’est arrêté sur une erreur")])
def test_what_fails_is_told_and_the_question_is_still_there(chat, who, sentence):
    chat.who.value = who
    ask(chat, "Qui frappe ?")
    assert "❌" in said(chat) and sentence in said(chat)
    assert chat.question.value == "Qui frappe ?" and chat.conversation.turns == []
    chat.who.value = "le perroquet"
    chat.ask_button.click()
    assert len(chat.conversation.turns) == 1 and said(chat) == ""


def test_a_question_longer_than_the_window_is_told_and_kept(chat):
    question = "Qui frappe le fer ? " * 40
    ask(chat, question)
    assert "raccourcissez-la" in said(chat) and chat.question.value == question and chat.conversation.turns == []


def test_everything_is_forgotten_when_asked(chat):
    ask(chat, "Qui frappe ?")
    chat.forget_button.click()
    assert chat.conversation.turns == [] and "oublié" in said(chat) and chat.used == 0


def test_a_conversation_goes_on_from_its_file_and_a_damaged_one_is_told(chat, tiny_gpt2, tmp_path):
    first = Chat({"le perroquet": parrot}, tiny_gpt2[1], 200, Conversation(tmp_path / "c.db"))
    ask(first, "Qui frappe ?")
    again = Chat({"le perroquet": parrot}, tiny_gpt2[1], 200, Conversation(tmp_path / "c.db"))
    assert "Qui frappe" in shown(again.talk)
    (tmp_path / "c.db").write_bytes(b"ceci n'est pas une base " * 300)
    ask(again, "Et ensuite ?")
    assert "abîmé" in said(again) and again.question.value == "Et ensuite ?"
    again.forget_button.click()
    assert "abîmé" in said(again) and len(again.conversation.turns) == 1


def test_what_is_said_is_text_not_markup(chat):
    chat.answerers["le perroquet"] = lambda question, _: Turn(question, "<img src=x>", '"><script>')
    ask(chat, "<b>Qui</b> ?")
    assert not re.search(r"<(img|script|b)\b", chat.talk.value) and "&lt;b&gt;Qui" in chat.talk.value


def test_every_control_has_a_name(chat):
    controls = [one for one in walk(chat) if isinstance(one, w.Button | w.Text | w.ToggleButtons | w.IntSlider)]
    assert len(controls) == 5 and all(one.description for one in controls)
