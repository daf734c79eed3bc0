"""The sentence below a cell that Python cannot read, that asks for an unknown name, or that nothing checks."""

import ast

import pytest
from IPython.core.interactiveshell import InteractiveShell

from workshop.exercises import advice as module
from workshop.exercises.advice import advice
from workshop.exercises.core import find
from workshop.exercises.rules import RULES, typeset_rules


def unreadable(source: str) -> str:
    with pytest.raises(SyntaxError) as raised:
        compile(source, "<cell>", "exec")
    return str(advice(source, raised.value))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def pack(ids)\n    return ids", "ligne 1, il manque les deux points"),
        ("x = 1\nprint((x)", "ce `(` s’ouvre et ne se ferme pas"),
        ("print(x))", "ce `)` ferme ce que rien n’a ouvert"),
        ("print([x)", "ce `)` ne va pas avec ce qui est ouvert"),
        ("x = 'abc", "rien ne le termine"),
        ('x = """abc', "rien ne le termine"),
        ("def f():\nreturn 1", "ligne 2, ce qui suit les deux points doit être décalé"),
        ("x = 1\n  y = 2", "ligne 2, cette ligne est décalée"),
        ("if x:\n    y = 1\n  z = 2", "n’est pas alignée"),
        ("print(‘a’)", "le signe « ‘ » n’est pas"),
        ("if x = 3:\n    pass", "pour comparer, c’est `==`"),
        ("x = [1 2]", "une virgule"),
        ("return 3", "que dans une fonction"),
        ("print 'a'", "avec des parenthèses"),
        ("x = 012", "ne commence pas par zéro"),
        ("f(x) = 3", "à gauche d’un `=`"),
        ("for for", "ligne 1, ou juste avant, quelque chose manque ou est de trop"),
    ],
)
def test_a_cell_that_python_cannot_read(source, said):
    text = unreadable(source).replace("\u00a0", " ").replace("\u202f", " ")
    assert said in text and "Rien n’a été exécuté." in text


def test_a_skipped_exercise_is_named_once_its_chapter_is_known():
    find("2.6")
    assert "la fonction de l’exercice 2.6" in str(advice("pack", NameError("…", name="pack")))
    assert "`blocks` n’existe pas (encore)" in str(advice("blocks", NameError("…", name="blocks")))
    assert advice("1 / 0", ZeroDivisionError()) is None


def test_a_deleted_decorator_is_seen_by_the_docstring_or_by_the_name():
    head = "def pack(token_ids: list[int], block_size: int) -> list[list[int]]:\n"
    said = typeset_rules(RULES["2.6"]).splitlines()[0]
    for source in (f'{head}    """{said}\n\n    Encore.\n    """\n    return []', f"{head}    return []"):
        find("2.6")
        assert '`@exercise("2.6")` juste au-dessus de `def pack`' in str(advice(source, None))
    assert advice(f'@exercise("2.6")\n{head}    return []', None) is None
    assert advice("def pack(things):\n    return 1", None) is None, "a function of theirs"
    assert advice("%matplotlib inline\nx = 1", None) is None and advice("x = 1", None) is None


def test_no_cell_of_the_chapters_is_taken_for_a_lost_exercise():
    from workshop.backstage.chapters import chapters

    for chapter in chapters():
        for cell in chapter.cells:
            if cell.cell_type == "code":
                assert ast.parse(cell.source) and advice(cell.source, None) is None


def test_it_is_said_below_the_cell(capsys, monkeypatch):
    shell = InteractiveShell.instance()
    try:
        for _ in range(2):
            module.attend()
        assert sum(one is module._after for one in module._listeners(shell)) == 1
        shown = []
        monkeypatch.setattr(module, "show", shown.append)
        for source in ("x = (", "unknown_name", "3"):
            shell.run_cell(source)
        assert [card.title for card in shown] == ["Python n'a pas pu lire cette cellule", "Un nom inconnu"]
    finally:
        shell.events.unregister("post_run_cell", module._after)
        InteractiveShell.clear_instance()
