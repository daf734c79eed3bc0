"""The mechanism of the exercises, seen from an attendee's cell."""

import json
import linecache
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "example_chapter"))

from example_exercises import EXERCISES
from example_reference import mean_length, pairs

from workshop import exercises
from workshop.base.errors import WorkshopError
from workshop.base.settings import settings
from workshop.exercises import audit, cards, core, sandbox

NBSP, THIN = "\u00a0", "\u202f"
GOOD = "def pairs(words):\n    return [a + ' ' + b for a, b in zip(words, words[1:])]\n"


@pytest.fixture(autouse=True)
def classroom(tmp_path, monkeypatch):
    """The example chapter, and an outputs folder of its own."""
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path / "outputs"))
    settings.cache_clear()
    core.register(EXERCISES)
    yield
    for exercise in EXERCISES:
        core.REGISTRY.pop(exercise.id, None)
    settings.cache_clear()


def cell(source: str, **names) -> dict:
    """Run a cell as Jupyter does: its source is known by the name of a file."""
    filename = f"<cell {abs(hash(source))}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    space = {"exercise": exercises.exercise, "answer": exercises.answer, **names}
    exec(compile(source, filename, "exec"), space)
    return space


def make(reference, cases, **more):
    """Return an exercise of which only some fields matter."""
    base = dict(id="99.9", title="t", purpose="p", minutes=1, difficulty=1, hints=["a", "b", "c"], wrong=[])
    return core.Exercise(**base | dict(reference=reference, cases=cases) | more)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_exercise_of_the_example_is_sound(exercise):
    assert audit.audit(exercise) == []


def test_audit_sees_what_is_wrong():
    poor = make(pairs, [(["a"],)], hints=["a"], difficulty=4, title="", wrong=[(pairs, "faux"), (lambda words: 3, "inconnu")])
    faults = "\n".join(audit.audit(poor))
    for fragment in ("three hints", "five", "difficulty", "title", "wrong answer 1", "wrong answer 2"):
        assert fragment in faults
    assert "the reference gets" in "\n".join(audit.audit(make(pairs, [(["a"],)], judge=lambda got, words: "jamais juste")))


def test_stub_is_to_do_and_bound_to_the_reference(capsys):
    space = cell('@exercise("99.1")\ndef pairs(words):\n    """Return."""\n    ...\n')
    said = capsys.readouterr().out
    assert said == f"⬜ Exercice 99.1{NBSP}: à compléter. La suite du carnet utilise la solution de l’atelier.\n"
    assert space["pairs"] is pairs


@pytest.mark.parametrize("body", ["...", "pass", "return", '"""Doc."""', '"""Doc."""\n    return ...'])
def test_blank_bodies(body):
    assert core.check(core.find("99.1"), cell(f"def pairs(words):\n    {body}\n")["pairs"]).state == "todo"


def test_right_answer_is_kept(capsys):
    space = cell('@exercise("99.1")\n' + GOOD)
    assert capsys.readouterr().out == f"✅ Exercice 99.1{NBSP}: bravo{THIN}!\n"
    assert space["pairs"] is not pairs
    assert space["pairs"](["a", "b"]) == ["a b"]


def test_wrong_answer_is_diagnosed_and_replaced(capsys):
    space = cell('@exercise("99.1")\ndef pairs(words):\n    return [a + " " + b for a, b in zip(words, words[1:-1])]\n')
    said = capsys.readouterr().out
    assert said.startswith(f"❌ Exercice 99.1{NBSP}: il manque la dernière paire{NBSP}: ne coupez pas")
    assert "3 éléments" not in said
    assert "1 éléments" not in said.replace("11 éléments", "")
    assert "pairs(['le', 'petit', 'âne', 'gris'])" in said
    assert 'hint("99.1", 2)' in said
    assert "La suite du carnet utilise la solution de l’atelier." in said
    assert space["pairs"] is pairs


def test_exception_is_retold_with_input_and_own_line(capsys):
    cell('@exercise("99.2")\ndef mean_length(words):\n    total = 0\n    return total + words[7]\n')
    said = capsys.readouterr().out
    assert "s’arrête sur une erreur" in said
    assert "mean_length(['a', 'bcd', 'ef'])" in said
    assert "ligne 4" in said and "return total + words[7]" in said
    assert "IndexError: list index out of range" in said
    assert "Traceback" not in said


def test_exception_inside_a_library_points_at_the_attendee(capsys):
    cell('import json\n@exercise("99.2")\ndef mean_length(words):\n    return json.loads("{")\n')
    said = capsys.readouterr().out
    assert "ligne 4" in said and 'json.loads("{")' in said


@pytest.mark.parametrize("error", ["SystemExit", "RecursionError", "MemoryError", "GeneratorExit"])
def test_no_exception_escapes(error):
    assert core.check(core.find("99.2"), cell(f"def mean_length(words):\n    raise {error}\n")["mean_length"]).state == "wrong"


def test_interruption_by_the_user_goes_through():
    with pytest.raises(KeyboardInterrupt):
        core.check(core.find("99.2"), cell("def mean_length(words):\n    raise KeyboardInterrupt\n")["mean_length"])


def test_renamed_function_still_leaves_the_name(capsys):
    space = cell('@exercise("99.1")\ndef pears(words):\n    return []\n')
    assert "gardez le nom `pairs`" in capsys.readouterr().out
    assert space["pairs"] is pairs


def test_a_function_that_calls_itself_is_checked_alone():
    """Not the one that an earlier run of the cell left under this name."""
    body = "    return [] if len(words) < 2 else [words[0] + ' ' + words[1], *pairs(words[1:])]\n"
    space = cell('@exercise("99.1")\ndef pairs(words):\n' + body, pairs=lambda words: 1 / 0)
    assert space["pairs"] is not pairs


def test_prints_of_the_attendee_are_quiet(capsys):
    cell('@exercise("99.1")\ndef pairs(words):\n    print("bruit")\n    return [a + " " + b for a, b in zip(words, words[1:])]\n')
    assert "bruit" not in capsys.readouterr().out


def test_inputs_are_copies_and_a_mutation_is_noticed():
    exercise = make(lambda words: len(words), [(["b", "a"],)])
    card = core.check(exercise, lambda words: (words.sort(), len(words))[1])
    assert "modifie ce qu'on lui donne" in card.message
    assert exercise.trials[0].args == (["b", "a"],)
    in_place = make(lambda words: words.append(1), [([],)])
    assert core.check(in_place, lambda words: words.append(1)).state == "right"  # the reference changes its input too


def test_iterators_are_read_and_told_from_lists():
    exercise = make(lambda n: (i for i in range(n)), [(3,)])
    assert core.check(exercise, lambda n: iter(range(n))).state == "right"
    assert "on attend un itérateur, et voici une liste" in core.check(exercise, lambda n: list(range(n))).message
    assert "vous divisez par zéro" in core.check(exercise, lambda n: (1 // 0 for _ in range(n))).message
    assert core.check(exercise, lambda n: iter(int, 1)).state == "wrong"  # without end


def test_the_first_case_that_fails_is_named_and_no_other():
    """What a diagnostic says of a later case would be false of an answer that is wrong from the beginning."""
    only_zero = [(lambda got, expected, n: n == 0, "zéro est oublié")]
    exercise = make(lambda n: n + 1, [(1,), (0,)], diagnostics=only_zero)
    assert core.check(exercise, lambda n: n + 1 if n else 7).message == "zéro est oublié."
    card = core.check(exercise, lambda n: 7)
    assert "pas encore le résultat" in card.message
    assert "(1)" in card.rows[0][1]


def test_diagnostics_for_results_alike_leave_the_others_alone():
    short_list = core.if_alike((lambda got, expected, n: len(list(got)) < len(expected), "il en manque"))
    exercise = make(lambda n: [str(i) for i in range(n)], [(3,)], diagnostics=short_list)
    assert "il en manque" in core.check(exercise, lambda n: ["0"]).message
    assert "il en manque" in core.check(exercise, lambda n: []).message
    assert "et voici un ensemble" in core.check(exercise, lambda n: {"0"}).message
    assert "`list(…)` en fait une liste" in core.check(exercise, lambda n: (str(i) for i in range(1))).message
    assert "pas encore le résultat" in core.check(exercise, lambda n: [0]).message
    assert "s'arrête sur une erreur" in core.check(exercise, cell("def f(n):\n    return 1 / 0\n")["f"]).message


def test_none_on_the_way_is_told_from_other_errors():
    exercise = make(lambda text: text, [("a",)])
    search = cell("import re\ndef f(text):\n    return re.search('z', text).group()\n")["f"]
    assert "une recherche sans résultat" in core.check(exercise, search).message
    assert "une recherche sans résultat" not in core.check(exercise, cell("def f(text):\n    return text.ids\n")["f"]).message


def test_judged_by_properties():
    exercise = make(lambda n: n + 1, [(2,)], judge=lambda got, n: None if got > n else f"il faut plus que {n}")
    assert core.check(exercise, lambda n: n + 5).state == "right"
    assert "il faut plus que 2" in core.check(exercise, lambda n: 0).message
    assert "ne peut pas être lu" in core.check(exercise, cell("def f(n):\n    return 'texte'\n")["f"]).message


def test_view_and_tolerance():
    exercise = make(lambda n: np.arange(n), [(3,)], view=len)
    assert core.check(exercise, lambda n: np.zeros(n)).state == "right"
    exact = make(lambda: 1 / 3, [()])
    assert core.check(exact, lambda: 0.3333333333).state == "right"
    assert core.check(exact, lambda: 0.333).state == "wrong"


def test_a_reference_that_cannot_run_here_is_said():
    card = core.check(make(lambda: 1 // 0, [()]), lambda: 3)
    assert card.state == "todo"
    assert "impossible sur cette machine" in card.message


@pytest.mark.parametrize(
    "loop",
    [
        "while True: pass",
        "n = 0\n    while True:\n        n += 1",
        "import time\n    time.sleep(60)",
        "while True:\n        try:\n            len('')\n        except:\n            pass",
        "while True:\n        try:\n            len('')\n        except Exception:\n            pass",
    ],
)
def test_endless_loop_stops(loop):
    if not hasattr(signal, "setitimer") and "sleep" in loop:
        pytest.skip("without the alarm of Linux and macOS, a function that sleeps is not woken")
    alarm = getattr(signal, "SIGALRM", signal.SIGINT)
    started, before = time.monotonic(), signal.getsignal(alarm)
    exercise = make(lambda: 1, [()], seconds=0.3)
    card = core.check(exercise, cell(f"def endless():\n    {loop}\n")["endless"])
    assert "0.3 secondes" in card.message
    assert card.rows[-1][0].startswith("ligne")
    assert time.monotonic() - started < 5
    assert signal.getsignal(alarm) is before
    if hasattr(signal, "getitimer"):
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_an_iterator_without_end_is_told_so_even_by_a_machine_that_outruns_the_clock(monkeypatch):
    monkeypatch.setattr(core, "ENDLESS", 10)
    exercise = make(lambda: iter([1, 2]), [()])
    card = core.check(exercise, cell("def endless():\n    while True:\n        yield 1\n")["endless"])
    assert card.state == "wrong" and "boucle sans fin" in card.message


def test_endless_loop_stops_outside_the_main_thread():
    results = []

    def work() -> None:
        exercise = make(lambda: 1, [()], seconds=0.2)
        for _ in range(5):
            results.append(core.check(exercise, cell("def endless():\n    while True: pass\n")["endless"]).message)
        time.sleep(0.2)  # nothing is left over that could fall on what comes next
        results.append("intact")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert len(results) == 6
    assert results[-1] == "intact"
    assert all("secondes" in message for message in results[:-1])


@pytest.mark.parametrize("clock", [sandbox._alarm, sandbox._watchdog])
def test_the_clock_never_strikes_after_the_end(clock, monkeypatch):
    """Work that ends just when the time is over: whichever comes first, nothing strikes afterwards."""
    if clock is sandbox._alarm and not hasattr(signal, "setitimer"):
        pytest.skip("this system has no alarm")
    monkeypatch.setattr(sandbox, "REPEAT", 0.0005)
    struck = 0
    for turn in range(200):
        try:
            clock(0.002, lambda turn=turn: time.sleep(0.0015 + turn % 10 * 0.0001))
        except sandbox.TimeLimit:
            struck += 1
        time.sleep(0.0005)
    assert struck > 0
    time.sleep(0.05)
    assert not hasattr(signal, "getitimer") or signal.getitimer(signal.ITIMER_REAL)[0] == 0, "no alarm is left behind"


@pytest.mark.parametrize(
    ("got", "expected", "place", "right", "left"),
    [
        ("abXd", "abcd", "au caractère 3", "'abcd'", "'abXd'"),
        ("a\nb\nX", "a\nb\nc", "au caractère 5 (ligne 3)", "c", "X"),
        ("abc", "abcdef", "au caractère 4", "abcdef", "le texte finit ici"),
        ([1, 2, 4], [1, 2, 3], "dans `résultat[2]`", "3", "4"),
        ([1, 2], [1, 2, 3], "2 éléments au lieu de 3 ; dans `résultat[2]`", "3", "(fini)"),
        ([["a"], ["b"]], [["a"], ["c"]], "dans `résultat[1][0]`, au caractère 1", "'c'", "'b'"),
        ({"a": 1}, {"a": 2}, "dans `résultat['a']`", "2", "1"),
        ({"a": 1}, {"b": 1}, "les clés", "['b']", "['a']"),
        ({1, 2}, {1, 3}, "2 est en trop", "{1, 3}", "{1, 2}"),
        ([1, "2"], [1, 2], "dans `résultat[1]`", "un nombre", "un texte"),
        (np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]]), "dans `résultat[0, 1]`", "3.0", "2.0"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "la forme", "(3, 2)", "(2, 3)"),
        (True, False, "", "False", "True"),
        (2, 2.5, "", "2.5", "2"),
    ],
)
def test_first_difference(got, expected, place, right, left):
    found = cards.same(got, expected)
    assert place in found.where
    assert right in found.expected
    assert left in found.got


@pytest.mark.parametrize(
    "value",
    ["abc", [1, (2.0, "x")], {"a": [1]}, {1, 2}, np.array([1.0, -np.inf, np.nan]), float("nan"), None, np.float32(0.1), b"x"],
)
def test_same_to_itself(value):
    assert cards.same(value, value) is None


def test_tensors_are_compared():
    torch = pytest.importorskip("torch")
    one = torch.tensor([1.0, 2.0], requires_grad=True)
    assert cards.same(one, one.detach().to(torch.bfloat16)) is None
    assert "résultat[1]" in cards.same(torch.tensor([1, 2]), torch.tensor([1, 3])).where
    assert "un tenseur" in cards.same(np.array([1]), torch.tensor([1])).expected


def test_short_values_hold_no_address():
    assert cards.short(object()) == "<object>"
    assert cards.short([object()]) == "<list>"
    assert len(cards.short("x" * 1000)) < 80
    assert "\n" not in cards.short(np.zeros((30, 30)))


def test_value_is_checked_and_replaced(capsys):
    space = cell('words = ["a", "b", "c"]\nt = ...\nt = answer("99.3", t)\nu = answer("99.3", 0.3)\nv = answer("99.3", 7)\n')
    said = capsys.readouterr().out.splitlines()
    assert [line[0] for line in said if line[0] != " "] == ["⬜", "✅", "❌"]
    assert (space["t"], space["u"], space["v"]) == (0.8, 0.3, 0.8)


def test_value_asks_for_the_cells_before():
    with pytest.raises(WorkshopError, match="words"):
        cell('t = answer("99.3", ...)\n')


def test_hints_and_solution(capsys):
    exercises.hint("99.1")
    exercises.hint("99.1", 3)
    exercises.hint("99.1", 4)
    exercises.hint("99.8")
    exercises.solution("99.1")
    exercises.solution("x")
    said = capsys.readouterr().out
    assert 'hint("99.1", 2)' in said
    assert '[f"{a} {b}" for a, b in …]' in said
    assert "il y a 3 indices" in said
    assert f"pas d’exercice «{NBSP}99.8{NBSP}»" in said and "99.1, 99.2, 99.3" in said
    assert core.find("99.1").source.rstrip() in said


def test_unknown_exercise():
    with pytest.raises(WorkshopError, match=r"77\.1"):
        exercises.exercise("77.1")


def test_progress(capsys, tmp_path):
    exercises.progress_line(99)
    cell('@exercise("99.1")\n' + GOOD)
    capsys.readouterr()
    exercises.progress_line(99)
    assert "1 sur 2, 0 sur 1 en bonus (99.1 ✅, 99.2 ⬜, 99.3 ⬜)" in capsys.readouterr().out
    path = tmp_path / "outputs" / "progress.json"
    assert json.loads(path.read_text(encoding="utf-8")) == {"done": ["99.1"]}
    assert [file.name for file in path.parent.iterdir()] == ["progress.json"]
    for broken in ("{", "[]", '{"done": 3}', "\x00"):
        path.write_text(broken, encoding="utf-8")
        assert exercises.done() == set()
    cell('@exercise("99.1")\n' + GOOD)
    assert exercises.done() == {"99.1"}
    exercises.reset()
    exercises.reset()
    assert exercises.done() == set()


def test_progress_survives_a_folder_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "outputs").write_text("a file", encoding="utf-8")
    cell('@exercise("99.1")\n' + GOOD)
    assert "bravo" in capsys.readouterr().out


def test_card_in_html_is_escaped_and_has_sign_and_word():
    card = cards.Card(
        "wrong", "Exercice 1.2", "il reste `<b>` & l'autre !", (("attendu", "<i>"), ("", "Voici où : là")), "Fin.", "x < y"
    )
    page = card._repr_html_()
    assert "❌" in page and "pas encore" in page
    assert "<b>" not in page and "<i>" not in page
    assert "&lt;b&gt;</code> &amp; l’autre\u202f!" in page
    assert "x &lt; y" in page
    assert page == card._repr_html_()


def test_card_in_a_terminal_without_utf8(monkeypatch, tmp_path):
    with open(tmp_path / "out.txt", "w", encoding="cp1252") as console:
        monkeypatch.setattr("sys.stdout", console)
        cards.show(cards.Card("right", "Exercice 1.2", "bravo !"))
    assert "Exercice 1.2" in (tmp_path / "out.txt").read_text(encoding="cp1252")


def test_references_stay_as_they_were():
    assert pairs(["a", "b"]) == ["a b"] and mean_length([]) == 0


IN_A_KERNEL = """
import sys
sys.path.insert(0, {example!r})
from example_exercises import EXERCISES
from dataclasses import replace
from workshop.exercises import exercise, hint
from workshop.exercises.core import register
register([replace(one, seconds=0.5) for one in EXERCISES])
# %%
@exercise("99.1")
def pairs(words):
    print("bruit")
    display("bruit")
    while True:
        words = words
# %%
@exercise("99.2")
def mean_length(words):
    return words[9]
# %%
hint("99.1")
print(pairs(["a", "b"]))
"""


@pytest.mark.slow
def test_in_a_jupyter_kernel():
    nbclient = pytest.importorskip("nbclient")
    import nbformat

    example = str(Path(__file__).parent / "example_chapter")
    sources = IN_A_KERNEL.format(example=example).split("# %%\n")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    root = str(Path(__file__).parents[1])
    nbclient.NotebookClient(book, timeout=60, resources={"metadata": {"path": root}}).execute()
    said = [json.dumps(cell.outputs, ensure_ascii=False) for cell in book.cells]
    assert "0.5 secondes" in said[1] and "boucle sans fin" in said[1] and "bruit" not in said[1]
    assert book.cells[1].outputs[0].data["text/plain"].count("ligne") == 1
    assert "ligne 3" in said[2] and "return words[9]" in said[2] and "text/html" in said[2]
    assert "indice 1 sur 3" in said[3] and "['a b']" in said[3]  # the kernel is well, and the reference took over
