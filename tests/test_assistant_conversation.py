"""A conversation: what fits in the window, what is found again after a restart, what happens to a file that is not one."""

import sqlite3
import subprocess
import sys

import pytest

from workshop.assistant.conversation import Conversation, Turn, fit_window
from workshop.base.errors import WorkshopError

TURNS = [
    Turn("Qui frappe ?", "le compagnon", "page 3"),
    Turn("Et le marteau, il pèse « combien » ?", "dix-sept livres"),
    Turn("Oui ?", "oui"),
]


def count(tokenizer, turns):
    return len(tokenizer("".join(turns), verbose=False)["input_ids"])


def test_the_window_keeps_the_newest_turns_whole_and_the_question(tiny_gpt2):
    tokenizer, turns = tiny_gpt2[1], [*map(str, TURNS), "Question : Pourquoi ?\nRéponse :"]
    for start in range(len(turns)):
        room = count(tokenizer, turns[start:]) + 10
        assert fit_window(turns, tokenizer, room, 10) == turns[start:]
        if start < len(turns) - 1:
            assert fit_window(turns, tokenizer, room - 1, 10) == turns[start + 1 :]
    with pytest.raises(WorkshopError, match="raccourcissez-la"):
        fit_window(turns, tokenizer, room - 1, 10)
    with pytest.raises(WorkshopError, match="que 0 places"):
        fit_window(turns, tokenizer, 10, 20)


def test_a_conversation_reads_as_the_examples_that_were_learnt(tiny_gpt2):
    tokenizer, talk = tiny_gpt2[1], Conversation()
    for turn in TURNS:
        talk.add(turn)
    window = talk.window("Pourquoi ?", tokenizer, 500)
    assert window[0] == "Question : Qui frappe ?\nRéponse : le compagnon\n" and window[-1] == "Question : Pourquoi ?\nRéponse :"
    assert len(window) == 4 and talk.turns == TURNS
    assert len(talk.window("Pourquoi ?", tokenizer, 70, 10)) < 4


def test_a_conversation_is_found_again_after_a_restart(tmp_path):
    path = tmp_path / "là-bas" / "conversation.db"
    code = (
        "import sys; from pathlib import Path; from workshop.assistant.conversation import *\n"
        "talk = Conversation(Path(sys.argv[1])); talk.add(Turn('Qui frappe ?', 'le « compagnon »', 'page 3'))"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    again = Conversation(path)
    assert again.turns == [Turn("Qui frappe ?", "le « compagnon »", "page 3")]
    again.add(TURNS[1])
    assert Conversation(path).turns == again.turns
    again.forget()
    assert again.turns == [] and Conversation(path).turns == []


@pytest.mark.parametrize("content", [b"ceci n'est pas une base " * 300, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_told_in_a_sentence_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "conversation.db"
    path.write_bytes(content)
    with pytest.raises(WorkshopError, match=r"abîmé.*renommez-le"):
        Conversation(path)
    assert path.read_bytes() == content


def test_a_file_damaged_under_way_costs_nothing_that_was_said(tmp_path):
    path = tmp_path / "conversation.db"
    talk = Conversation(path)
    talk.add(TURNS[0])
    path.write_bytes(b"ceci n'est pas une base " * 300)
    for act in (lambda: talk.add(TURNS[1]), talk.forget):
        with pytest.raises(WorkshopError, match="abîmé"):
            act()
    assert talk.turns == TURNS[:1]


def test_the_base_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "autre.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE turns (secret TEXT)")
    db.close()
    with pytest.raises(WorkshopError, match="d’un autre programme"):
        Conversation(path)


def test_a_folder_and_a_busy_file_are_told_in_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(WorkshopError, match="donnez-lui un dossier"):
        Conversation(tmp_path)
    monkeypatch.setattr("workshop.assistant.conversation.PATIENCE", 0.1)
    talk = Conversation(tmp_path / "conversation.db")
    holder = sqlite3.connect(tmp_path / "conversation.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(WorkshopError, match="occupe"):
        talk.add(TURNS[0])
    holder.execute("ROLLBACK")
    holder.close()
    talk.add(TURNS[0])
    assert Conversation(talk.path).turns == TURNS[:1]


def test_two_notebooks_share_a_file(tmp_path):
    one, two = Conversation(tmp_path / "c.db"), Conversation(tmp_path / "c.db")
    one.add(TURNS[0])
    two.add(TURNS[1])
    assert Conversation(tmp_path / "c.db").turns == TURNS[:2]
