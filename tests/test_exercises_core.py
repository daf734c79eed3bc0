"""The mechanism of the exercises, seen from an attendee's cell."""

import contextlib
import json
import linecache
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from copy import deepcopy
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
from workshop.exercises.mistakes import anything, but, raises
from workshop.exercises.toys import toy_tokenizer

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
    base = dict(id="99.9", title="t", purpose="p", minutes=1, difficulty=1, hints=["a", "b", "c"])
    return core.Exercise(**base | dict(reference=reference, cases=cases) | more)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_exercise_of_the_example_is_sound(exercise):
    assert audit.audit(exercise) == []


def test_audit_sees_what_is_wrong():
    mistakes = [(pairs, "faux"), ("3", "inconnu", "False"), ("3 +", "illisible"), ("4", "faux")]
    poor = make(pairs, [(["a"],)], hints=["a"], difficulty=4, title="", mistakes=mistakes)
    faults = "\n".join(audit.audit(poor))
    for fragment in ("three hints", "five", "difficulty", "title", "wrong answer 1", "wrong answer 2"):
        assert fragment in faults
    for fragment in ("wrong answer 3 cannot be compiled", "SyntaxError", "one message for two mistakes: « faux »"):
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
    """What a property says of a later case would be false of an answer that is wrong from the beginning."""
    only_zero = [("n + 1 if n else 7", "zéro est oublié", "n == 0")]
    exercise = make(lambda n: n + 1, [(1,), (0,)], mistakes=only_zero)
    assert core.check(exercise, lambda n: n + 1 if n else 7).message == "zéro est oublié."
    card = core.check(exercise, lambda n: 7)
    assert "votre résultat est toujours le même" in card.message
    assert "(1)" in card.rows[0][1]


def test_properties_leave_alone_what_is_of_another_kind():
    short_list = [("[]", "il en manque", "len(list(got)) < len(want)")]
    exercise = make(lambda n: [str(i) for i in range(n)], [(3,)], mistakes=short_list)
    assert "il en manque" in core.check(exercise, lambda n: ["0"]).message
    assert "il en manque" in core.check(exercise, lambda n: []).message
    assert "et voici un ensemble" in core.check(exercise, lambda n: {"0"}).message
    assert "`list(…)` en fait une liste" in core.check(exercise, lambda n: (str(i) for i in range(1))).message
    assert "ne se sert jamais de son argument" in core.check(exercise, lambda n: [0]).message
    assert "s'arrête sur une erreur" in core.check(exercise, cell("def f(n):\n    return 1 / 0\n")["f"]).message


def test_properties_of_anything_and_of_an_exception():
    mistakes = [
        ("set('a')", "un ensemble n'a pas d'ordre", anything("isinstance(got, set)")),
        ("{}['a']", "cette clé manque", 3, raises(KeyError, "a")),
    ]
    exercise = make(lambda n: ["a"] * n, [(3,)], mistakes=mistakes)
    assert "n'a pas d'ordre" in core.check(exercise, lambda n: {"b"}).message
    card = core.check(exercise, lambda n: {}["ab"])
    assert "cette clé manque" in card.message and 'hint("99.9", 3)' in card.closing
    assert "cette clé manque" not in core.check(exercise, lambda n: {}["b"]).message
    assert "cette clé manque" not in core.check(exercise, lambda n: [][0]).message


def test_a_property_may_be_a_function_and_one_that_stumbles_names_nothing():
    mistakes = [("n", "stumbles", "want[0]"), ("-n", "trop petit", lambda got, want, n: got < want)]
    exercise = make(lambda n: n + 1, [(1,)], mistakes=mistakes)
    assert core.check(exercise, lambda n: n - 5).message == "trop petit."
    assert "3 fois trop grand" in core.check(exercise, lambda n: n + 5).message


def scaled_by(values, factor, shift=0):
    return [factor * value + shift for value in values]


@pytest.mark.parametrize(
    "code",
    [
        "[value * factor for value in values]",
        "shift = 0; return right(values, factor, shift=shift)",
        "for value in values:\n    factor = factor\nreturn scaled_by(values, factor)",
        """
        def scaled(values, factor=2, **unused):
            return scaled_by(values, factor)
        """,
        lambda values, factor=2, shift=0: scaled_by(values, factor),
        "print('bruit')\nyield from scaled_by(values, factor)",
    ],
)
def test_a_mistake_is_written_as_an_expression_a_body_or_a_function(code):
    """It has the parameters of the reference and their defaults, the reference as ``right``, and the helpers of the chapter."""
    mistakes = [("values", "rien ne change"), (code, "`shift` est oublié", 2)]

    def scaled(values, factor=2, *, shift=3):
        return scaled_by(values, factor, shift)

    exercise = make(scaled, [([1, 2],), ([3], 4)], mistakes=mistakes, helpers={"scaled_by": scaled_by})
    forgets = exercise.known[1].functions[0]
    assert list(forgets([1, 2])) == [2, 4] and list(forgets([3], 4)) == [12]
    if "yield" not in str(code):
        card = core.check(exercise, lambda values, factor=2: [value * factor for value in values])
        assert card.message == "`shift` est oublié." and 'hint("99.9", 2)' in card.closing
    assert "une liste" in core.check(exercise, lambda values, factor=2: iter(values)).message


def test_a_mistake_is_named_only_where_all_its_results_are_the_attendees():
    mistakes = [("2 * n", "vous doublez"), (["n ** 3", "n ** 2 + 0"], "vous prenez une autre puissance")]
    exercise = make(lambda n: n**2, [(0,), (1,), (4,), (3,)], mistakes=mistakes)
    assert core.check(exercise, lambda n: n + n).state == "wrong"
    assert (
        "juste avec `<lambda>(0)`" in core.check(exercise, lambda n: 2 * n if n != 3 else 7).message
    )  # from the second case on, but one
    assert "4 fois trop grand" in core.check(exercise, lambda n: 64 if n == 4 else n**2).message
    assert "autre puissance" in core.check(exercise, lambda n: n * n * n).message
    stops = make(lambda n: n + 1, [(1,), (0,)], mistakes=[("n // n + n", "vous divisez par `n`")])
    assert "vous divisez" in core.check(stops, lambda n: n + n // n).message  # a number, then the same exception
    assert "vous divisez" not in core.check(stops, lambda n: n + (1 if n else [][0])).message


def test_a_mistake_stays_within_the_time_and_does_not_change_the_case():
    mistakes = [("while True: pass", "sans fin"), ("values.clear(); return values", "vous videz la liste")]
    exercise = make(lambda values: values[:1], [([1, 2],)], mistakes=mistakes, seconds=0.2)
    assert "vous videz la liste" in core.check(exercise, lambda values: []).message
    assert exercise.trials[0].args == ([1, 2],)
    assert list(map(len, (trial.outcomes for trial in exercise.trials))) == [2], "each is worked out once"
    core.check(exercise, lambda values: [])
    assert len(exercise.trials[0].outcomes) == 2


def test_mistakes_of_a_value_are_made_among_the_variables_of_the_notebook():
    mistakes = [("sum(words)", "c'est la somme"), ("words", "ce sont les mots", anything("isinstance(got, list)"))]
    exercise = make(None, (), value="len(words)", mistakes=mistakes, names=lambda: {"words": [1, 1]})
    assert "c'est la somme" in core.check_value(exercise, 7, {"words": [3, 4]}).message
    assert "c'est la somme" in core.check_value(exercise, 9, {"words": [4, 5]}).message
    assert "ce sont les mots" in core.check_value(exercise, [4], {"words": [4]}).message
    assert core.check_value(exercise, 2, {"words": [3, 4]}).state == "right"


def test_a_free_choice_is_right_unless_a_property_speaks():
    mistakes = [("0", "il faut un nombre positif", 2, "got <= 0"), ("100", "c'est trop", "got > limit")]
    exercise = make(None, (), value="3", free=True, mistakes=mistakes, helpers={"limit": 50})
    assert core.check_value(exercise, 49, {}).state == "right"
    card = core.check_value(exercise, -1, {})
    assert "un nombre positif" in card.message and 'hint("99.9", 2)' in card.closing and card.rows == (("obtenu", "-1"),)
    assert "c'est trop" in core.check_value(exercise, 51, {}).message
    assert "un texte ne convient pas ici" in core.check_value(exercise, "3", {}).message


def test_a_judge_speaks_and_its_mistakes_are_pieces_of_what_it_says():
    def judge(got, words):
        return None if got > len(words) else f"il faut plus que {len(words)}"

    mistakes = [(["0", "-1", "1"], "il faut"), ("len(words)", "plus que 1"), ("{}['a']", "cette clé manque", raises(KeyError))]
    exercise = make(mean_length, [(["abc"],)], judge=judge, mistakes=mistakes)
    assert audit.audit(exercise) == []
    assert core.check(exercise, lambda words: len(words)).message == "il faut plus que 1."


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        ("def pairs(words):\n    return ' '.join(words)", "on attend une liste, et voici un texte"),
        ("def pairs(words):\n    [f'{a} {b}' for a, b in zip(words, words[1:])]", "il manque `return`"),
        ("def pairs(words):\n    print(words)", "`return` au lieu de `print`"),
        (
            "def pairs(words):\n    return [f'{words[0]} {b}' for b in words[1:]]",
            "juste avec `pairs(['oui'])`, mais pas dans ce cas-ci",
        ),
        ("def pairs():\n    return []", "`def pairs(words)`"),
        ("def pairs(words):\n    return mots", "le nom `mots` n'existe pas ici : faute de frappe, variable"),
        (
            "def pairs(words):\n    words += ['']\n    return [f'{a} {b}' for a, b in zip(words, words[1:-1])]",
            "travaillez sur une copie",
        ),
    ],
)
def test_what_no_exercise_has_to_name(answer, fragment):
    assert fragment in core.check(core.find("99.1"), cell(answer)["pairs"]).message


@pytest.mark.parametrize(("answer", "fragment"), [("'0.8'", "un texte ne convient pas ici"), ("None", "cette valeur est `None`")])
def test_what_no_value_has_to_name(answer, fragment):
    assert fragment in core.check_value(core.find("99.3"), eval(answer), {"words": []}).message


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
    monkeypatch.setattr(sandbox, "ENDLESS", 10)
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


def test_an_alarm_that_rings_once_the_work_is_done_is_not_heard(monkeypatch):
    """It may ring between the end of the work and the line that puts it away: here it always does."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no alarm")
    set_alarm, calls = signal.setitimer, []

    def ring_first(*setting):
        calls.append(setting)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGALRM)
        return set_alarm(*setting)

    monkeypatch.setattr(signal, "setitimer", ring_first)
    before = signal.getsignal(signal.SIGALRM)
    assert sandbox._alarm(60, lambda: "fini") == "fini"
    assert len(calls) == 2 and signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0, "no alarm is left behind"


def test_a_watchdog_that_bites_once_the_work_is_done_bites_nobody(monkeypatch):
    """It may look while the work goes on and bite when it is over: here it always does."""
    looked, over, here = threading.Event(), threading.Event(), threading.get_ident()
    is_inside, bites = sandbox._is_inside, []

    def look_then_wait(function, frame):
        found = is_inside(function, frame)
        looked.set()
        bites.append(found and over.wait(10))
        return found

    def work():
        assert looked.wait(10)
        return "fini"

    def tell_when_over():
        looked.wait(10)
        while is_inside(work, sys._current_frames()[here]):
            time.sleep(0.001)
        over.set()

    monkeypatch.setattr(sandbox, "_is_inside", look_then_wait)
    teller = threading.Thread(target=tell_when_over)
    teller.start()
    assert sandbox._watchdog(0.5, work) == "fini"  # by then this thread is at work
    teller.join(10)
    for _ in range(100_000):  # an exception on its way from another thread falls between two instructions
        pass
    assert bites == [True]


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


def test_two_notebooks_that_finish_at_the_same_time_are_both_remembered():
    threads = [threading.Thread(target=exercises._remember, args=(f"98.{i}",)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert exercises.done() == {f"98.{i}" for i in range(20)}


def test_progress(capsys, tmp_path):
    exercises.progress_line(99)
    cell('@exercise("99.1")\n' + GOOD)
    capsys.readouterr()
    exercises.progress_line(99)
    assert "1 sur 2, 0 sur 1 en bonus (99.1 ✅, 99.2 ⬜, 99.3 ⬜)" in capsys.readouterr().out
    path = tmp_path / "outputs" / "progress.json"
    assert json.loads(path.read_text(encoding="utf-8")) == {"done": ["99.1"]}
    assert sorted(file.name for file in path.parent.iterdir()) == ["progress.json", "progress.json.lock"]
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


@pytest.mark.parametrize("body", ["raise SystemExit('non')", "1 / 0", "while True: pass"])
@pytest.mark.parametrize("method", ["__eq__", "__repr__", "__len__", "__iter__", "__str__", "__bool__", "__hash__"])
def test_a_result_that_cannot_be_looked_at_still_gets_a_card(method, body):
    """In whatever way it is looked at: itself, in a list, as a list, compared with one of ours, or by a property."""
    for base, given in (("", "Wary()"), ("", "[Wary()]"), ("(list)", "Wary('a')"), ("(dict)", "Wary(a=1)")):
        source = f"class Wary{base}:\n    def {method}(self, *_):\n        {body}\n"
        source += "    __hash__ = object.__hash__\n" * (method == "__eq__")
        answer = cell(source + f"def f(n):\n    return {given}\n")["f"]
        looked_at = anything("str(got) == got or len(got) or bool(got) or list(got)")
        mistakes = [("n", "jamais", looked_at), ("[0]", "jamais non plus")]
        for right in (["b"], {"b": 1}, 3):
            exercise = make(lambda n, right=right: right, [(1,), (2,)], mistakes=mistakes, seconds=0.02)
            card = core.check(exercise, answer)
            assert card.state == "wrong" and str(card) and card._repr_html_()
            value = make(None, (), value=repr(right), mistakes=mistakes, seconds=0.02)
            assert core.check_value(value, answer(1), {}).state == "wrong"


@pytest.mark.parametrize("body", ["raise ValueError('non')", "while True: pass", "return 3", "return chr(0xD800)"])
def test_an_exception_whose_text_cannot_be_read_is_named_by_its_class(body):
    source = f"class Mute(Exception):\n    def __str__(self):\n        {body}\n    __repr__ = __str__\n"
    source += "def f(n):\n    raise Mute\n"
    mistakes = [("1 // 0", "jamais"), ("n", "jamais non plus", raises(Exception, "xyz"))]
    card = core.check(make(lambda n: n, [(1,)], mistakes=mistakes, seconds=0.1), cell(source)["f"])
    assert dict(card.rows)["erreur"].startswith("Mute") and dict(card.rows)["ligne 6"] == "raise Mute"
    str(card).encode("utf-8")
    stopped = make(None, (), value="1", judge=cell(source)["f"])
    assert "Mute" in core.check_value(stopped, 3, {}).message


def test_what_an_argument_was_changed_into_cannot_stop_the_check():
    source = "class Slow(list):\n    def __len__(self):\n        while True: pass\n"
    answer = cell(source + "def f(words):\n    words[0] = Slow()\n    return 1\n")["f"]
    assert "travaillez sur une copie" in core.check(make(lambda words: 1, [([["a"]],)], seconds=0.1), answer).message


def test_mistakes_are_tried_within_the_time():
    forever = cell("def forever(*_):\n    while True: pass\n")["forever"]
    for mistake in (("7", "jamais", forever), (forever, "jamais")):
        started = time.monotonic()
        card = core.check(make(lambda n: n, [(1,)], seconds=0.1, mistakes=[mistake] * 9), lambda n: 7)
        assert "ne se sert jamais de son argument `n`" in card.message
        assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("source", "fragment"),
    [
        ("class pairs:\n    pass", "ce que vous donnez est une classe"),
        ("class Pairs:\n    pass", "ce que vous donnez est une classe"),
        ("from functools import partial\npairs = {}(partial(zip, 'a'))", "ce que vous donnez est un objet `partial`"),
        ("pairs = {}(lambda words: [])", "ce que vous donnez est une `lambda`"),
        ("pairs = {}(3)", "ce que vous donnez est un nombre"),
        ("def pears(words):\n    return []", "gardez le nom `pairs`"),
    ],
)
def test_what_is_not_the_function_is_said_and_replaced(source, fragment, capsys):
    call = 'exercise("99.1")'
    space = cell(source.format(call) if "{}" in source else f"@{call}\n{source}\n")
    said = capsys.readouterr().out
    assert fragment in said and said.startswith("❌ Exercice 99.1") and space["pairs"] is pairs
    assert "gardez le nom" in fragment or "`def pairs(words)`" in said


@pytest.mark.parametrize("decorator", ["functools.cache", "contextlib.contextmanager(lambda: (yield))()"])
def test_a_function_under_a_decorator_of_a_library_is_checked_and_named_in_the_notebook(decorator, capsys):
    head = f"import functools, contextlib\n@exercise('99.1')\n@{decorator}\n"
    assert cell(head + "def pairs(words):\n    return tuple(words)[9]\n")["pairs"] is pairs
    assert "❌ Exercice 99.1" in capsys.readouterr().out
    assert cell(head + "def pears(words):\n    return []\n")["pairs"] is pairs
    assert not hasattr(contextlib, "pairs"), "it is not named among the names of the library"


@pytest.mark.parametrize("call", ["exercise(99.1)", "exercise('99,1')", "exercise(' 99.1 ')", "exercise", "exercise()"])
def test_an_id_is_understood_however_it_is_written(call, capsys):
    space = cell(f"@{call}\n{GOOD}")
    assert capsys.readouterr().out.startswith("✅ Exercice 99.1")
    assert space["pairs"] is not pairs and exercises.done() == {"99.1"}
    cell(f"@{call}\ndef pairs(words):\n    ...\n")
    assert capsys.readouterr().out.startswith("⬜ Exercice 99.1")


def test_an_id_that_cannot_be_understood_is_a_sentence():
    for source in ("@exercise(99)\n" + GOOD, "@exercise\ndef f():\n    ...\n", "@exercise()\ndef f():\n    ...\n", "answer()"):
        with pytest.raises(WorkshopError, match=r"numéro de l’exercice|pas d’exercice « 99 ».*99\.1"):
            cell(source)
    for id in ("²", "٣.6", "9" * 5000, float("nan"), [], b"99.1"):
        with pytest.raises(WorkshopError, match="pas d’exercice"):
            core.find(id)


def test_hints_and_solutions_without_quotes(capsys):
    for n in (2, 2.0, "2", " 2"):
        exercises.hint(99.1, n)
        assert "indice 2 sur 3" in capsys.readouterr().out
    for n in (0, 1.5, "x", None, [1], np.zeros(2)):
        exercises.hint(99.1, n)
        assert "il y a 3 indices" in capsys.readouterr().out
    exercises.solution(99.1)
    exercises.solution(pairs)
    assert capsys.readouterr().out.count("Exercice 99.1") == 2
    exercises.hint()
    exercises.solution()
    assert capsys.readouterr().out.count("Il manque le numéro") == 2


def test_a_value_and_a_function_taken_for_each_other(capsys):
    calls = 'v = answer("99.1", 3)\nw = answer("99.1", len)\nx = answer(99.3, 0.3)\n'
    space = cell('words = ["a"]\n@exercise("99.3")\ndef t():\n    return 3\n' + calls)
    said = capsys.readouterr().out
    assert "cet exercice attend une valeur" in said and said.count("cet exercice attend une fonction") == 2
    assert space["t"]() == 3 and space["v"] == 3 and space["w"] is pairs and space["x"] == 0.3


def test_variables_that_the_workshop_cannot_count_with_are_a_sentence():
    with pytest.raises(WorkshopError, match="avec les variables du carnet"):
        cell('t = answer("99.3", 3)\n', words=3)


def test_a_value_whose_comparison_does_not_end_is_said():
    slow = cell("class Slow:\n    def __gt__(self, other):\n        while True: pass\n")["Slow"]()
    exercise = make(None, (), value="3", judge=lambda got: "trop" if got > 3 else None, seconds=0.1)
    assert "n'a pas de fin (0.1 secondes au plus)" in core.check_value(exercise, slow, {}).message


@pytest.mark.parametrize("way", ["exit()", "quit()", "sys.exit()", "exit(3)", "raise SystemExit('fin')"])
def test_leaving_python_in_an_exercise_is_only_a_fault(way, capsys, monkeypatch):
    class Input:
        closed = False

        def close(self):
            self.closed = True

    monkeypatch.setattr("sys.stdin", Input())
    space = cell(f'import sys\n@exercise("99.1")\ndef pairs(words):\n    {way}\n')
    said = capsys.readouterr().out
    assert "arrêteraient tout le carnet" in said and way in said and "SystemExit" in said
    assert space["pairs"] is pairs and not sys.stdin.closed
    assert type(exit).__name__ == "Quitter"


def test_nothing_is_asked_at_the_keyboard(capsys, monkeypatch):
    def ask(prompt=""):
        raise AssertionError("the question of a function that is checked would be seen by nobody")

    monkeypatch.setattr("builtins.input", ask)
    cell('@exercise("99.1")\ndef pairs(words):\n    return input("Des mots ? ")\n')
    assert "rien ne se demande au clavier" in capsys.readouterr().out and input is ask


@pytest.mark.parametrize(
    "change", ["os.chdir('/')", "sys.setrecursionlimit(90)", "os.chdir('/') or 1 / 0", "exec('while True: os.chdir(\"/\")')"]
)
def test_what_a_function_changes_for_all_is_put_back(change):
    before = os.getcwd(), sys.getrecursionlimit()
    card = core.check(make(lambda: 1, [()], seconds=0.2), cell(f"import os, sys\ndef f():\n    {change}\n    return 2\n")["f"])
    assert card.state == "wrong" and (os.getcwd(), sys.getrecursionlimit()) == before


def test_a_folder_that_is_gone_is_not_gone_back_to(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert core.check(make(lambda: 1, [()]), cell("def f():\n    return 1\n")["f"]).state == "right"


def test_a_function_may_close_what_it_prints_on(capsys):
    space = cell(
        "import sys\n@exercise('99.1')\n" + GOOD.replace("def pairs(words):\n", "def pairs(words):\n    sys.stdout.close()\n")
    )
    assert capsys.readouterr().out.startswith("✅ Exercice 99.1") and space["pairs"] is not pairs


@pytest.mark.parametrize(
    ("source", "fragment"),
    [("async def f():\n    return 1\n", "`async` ne le donne pas"), ("def f():\n    yield 1\n", "`return` le renvoie en entier")],
)
@pytest.mark.filterwarnings("error")
def test_what_only_promises_a_result_is_said(source, fragment):
    assert fragment in core.check(make(lambda: 1, [()]), cell(source)["f"]).message


def test_the_check_itself_may_fail_and_the_notebook_goes_on(capsys, monkeypatch):
    def stumble(*_):
        raise LookupError("oh")

    monkeypatch.setattr(exercises, "check", stumble)
    assert cell('@exercise("99.1")\n' + GOOD)["pairs"] is pairs
    assert f"la vérification n’a pas abouti (LookupError{NBSP}: oh)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.float64(0.6224593312018546), "0.6225"),
        (np.float32(0.1), "0.1"),
        (0.1 + 0.2, "0.3"),
        (1234.56789, "1234.5679"),
        (0.0000123456, "1.235e-05"),
        (1e300, "1e+300"),
        (np.int64(3), "3"),
        (np.True_, "True"),
        (np.str_("a"), "'a'"),
        ([np.float64(-np.inf), np.float64("nan")], "[-inf, nan]"),
        ({np.str_("a"): (np.int64(3), {np.float64(0.6224593312018546)})}, "{'a': (3, {0.6225})}"),
        (np.array(3.0), "3.0"),
        (np.array([0.6224593312018546, 1], "float32"), "array([0.6225, 1.0])"),
        (np.arange(100), "array([0, 1, 2, ..., 97, 98, 99])"),
        (np.dtype("float32"), "dtype('float32')"),
        (-0.0, "0.0"),
        (np.array([-0.0, 1e-300]), "array([0.0, 1e-300])"),
        (np.array([np.float64(1 / 3), None]), "array([0.3333, None])"),
        (Counter({"a": np.int64(3)}), "Counter({'a': 3})"),
        (defaultdict(float, a=np.float64(1 / 3)), "defaultdict(<class 'float'>, {'a': 0.3333})"),
        ({"a": 0.6224593312018546, "b": np.True_}.values(), "dict_values([0.6225, True])"),
        (complex(1 / 3, 2 / 3), "(0.3333+0.6667j)"),
        (slice(np.int64(1), None), "slice(1, None, None)"),
    ],
    ids=str,
)
def test_numbers_are_shown_as_people_write_them(value, written):
    assert cards.short(value) == written


def test_tensors_are_shown_as_people_write_numbers():
    torch = pytest.importorskip("torch")
    one = torch.tensor(0.6224593312018546, requires_grad=True)
    assert cards.short(one * 1) == "0.6225"
    assert cards.short([torch.tensor(3)]) == "[3]"
    assert cards.short(torch.stack([one, one])) == "tensor([0.6225, 0.6225])"
    assert cards.short(torch.tensor(1.0, device="meta")).startswith("tensor(")


def test_numbers_that_differ_are_told_apart():
    for got, expected in ((0.62245933, 0.62249), (1 / 3, 0.33334), (1.00002, 1.0), (0.1 + 0.2, 0.3)):
        for wrap in (lambda n: n, lambda n: [np.float64(n)], lambda n: np.array([n]), lambda n: {n}):
            found = cards.same(wrap(got), wrap(expected), 0.0)
            assert found.got != found.expected, found
            assert "np." not in found.got + found.expected
    assert cards.same({np.str_("a"): 1}, {np.str_("a"): 2}).where == "dans `résultat['a']`"
    assert cards.short(10**5000) == "<int>"


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
@exercise("99.2")
def mean_length(words):
    exit()
# %%
hint("99.1")
print(pairs(["a", "b"]))
"""


def test_a_mistake_is_a_right_answer_with_something_else_in_it():
    assert but("return a + b", "a", "c", "+", "-") == "return c - b"
    with pytest.raises(AssertionError, match="« d » is not in"):
        but("return a + b", "d", "c")


def test_toy_tokenizers_are_copied_whole():
    toy = toy_tokenizer("jouet", ["le chat dort le jour"] * 3, 300)
    copy = deepcopy(toy)
    copy.eos_token = None
    assert repr(toy) == repr(copy) == "<jouet>" and toy.eos_token_id is not None
    assert copy("le chat")["input_ids"] == toy("le chat")["input_ids"]


def test_the_files_of_cases_go_with_the_process(tmp_path):
    code = """from workshop.exercises import core, scratch
trials = [one.trials for chapter in range(8) for one in core.of_chapter(chapter)]
print(*scratch.scratch().rglob("*.*"))
"""
    place = tmp_path / "tmp"
    place.mkdir()
    environment = os.environ | {"TMPDIR": str(place), "TEMP": str(place), "WORKSHOP_CACHE": str(tmp_path / "cache")}
    made = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout
    assert "page.txt" in made and "doublons.jsonl" in made and str(place) in made
    assert list(place.glob("atelier-*")) == []


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
    assert "arrêteraient tout le carnet" in said[3]
    assert "indice 1 sur 3" in said[4] and "['a b']" in said[4]  # the kernel is well, and the reference took over
