"""Chapter 01: every exercise tells right from wrong, and names the wrong."""

from pathlib import Path

import pytest

from workshop.base.settings import settings
from workshop.exercises import ch01
from workshop.exercises.audit import audit
from workshop.exercises.core import check, check_value

ALL = [pytest.param(exercise, id=exercise.id) for exercise in ch01.EXERCISES]


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    """Nothing is written in the cache nor in the home folder of who runs the tests."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKSHOP_CACHE", str(home / "cache"))
        patch.setenv("WORKSHOP_OUTPUTS", str(home / "outputs"))
        patch.setenv("KERAS_HOME", str(home / "keras"))
        settings.cache_clear()
        vars(ch01.DOWNLOAD).pop("trials", None)  # they were made with another cache
        yield
    settings.cache_clear()
    vars(ch01.DOWNLOAD).pop("trials", None)


def outcome(exercise, given):
    """The card of a function, or of the source of a value."""
    if exercise.reference is None:
        names = exercise.names()
        return check_value(exercise, eval(given, dict(names)), names)
    return check(exercise, given)


@pytest.mark.parametrize("exercise", ALL)
def test_reference_is_right(exercise):
    assert outcome(exercise, exercise.reference or exercise.value).state == "right"


@pytest.mark.parametrize("exercise", ALL)
def test_stub_is_to_do(exercise):
    def blank(*args):
        """Do nothing."""
        ...

    assert outcome(exercise, blank if exercise.reference else "...").state == "todo"


@pytest.mark.parametrize("exercise", ALL)
def test_exercise_is_complete_and_names_its_mistakes(exercise):
    assert audit(exercise) == []


def copy_again(url, name):
    from urllib.request import urlretrieve

    return Path(urlretrieve(url, settings().cache / "books" / name)[0])


def test_download_is_checked_again_and_again_and_leaves_nothing():
    right, twice = ch01.DOWNLOAD.reference, copy_again
    assert [check(ch01.DOWNLOAD, function).state for function in (right, twice, right, twice, right)] == [
        "right",
        "wrong",
    ] * 2 + ["right"]
    assert list((settings().cache / "books").iterdir()) == []


@pytest.mark.parametrize("change", [str, Path.read_text, lambda path: path.rename(path.with_name("autre.txt"))])
def test_a_download_that_is_refused_leaves_nothing_for_the_next_answer(change):
    """The file of a first answer must not make right a second one that fetches nothing."""
    for answer in (lambda *args: change(ch01.DOWNLOAD.reference(*args)), lambda url, name: settings().cache / "books" / name):
        assert check(ch01.DOWNLOAD, answer).state == "wrong"
        assert list((settings().cache / "books").iterdir()) == []


def test_download_needs_no_network(monkeypatch):
    import socket

    def refuse(*_, **__):
        raise OSError("the network is not for the tests")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert check(ch01.DOWNLOAD, ch01.DOWNLOAD.reference).state == "right"


def by_hand_licence(text):
    import re

    start, end = re.search(r"(?m)^\*+ ?START OF.*", text), re.search(r"(?m)^\*+ ?END OF", text)
    return text[start.end() if start else 0 : end.start() if end else None]


def by_hand_lines(text):
    paragraphs, current = [], ""
    for line in [*text.splitlines(), ""]:
        line = line.strip()
        if line:
            current += line if not current or (current.endswith("-") and not current.endswith(" -")) else " " + line
        elif current:
            paragraphs.append(current)
            current = ""
    return paragraphs


def by_hand_decode(data):
    try:
        text, encoding = data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        try:
            text, encoding = data.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            text, encoding = data.decode("latin-1"), "latin-1"
    return text.replace("\r\n", "\n"), encoding


@pytest.mark.parametrize(
    ("exercise", "function"),
    [(ch01.STRIP_LICENCE, by_hand_licence), (ch01.JOIN_LINES, by_hand_lines), (ch01.DECODE, by_hand_decode)],
)
def test_other_right_answers_are_right(exercise, function):
    """The reference does more than the exercise asks for: a simple good answer must do."""
    name = exercise.reference.__name__
    card = check(exercise, function)
    assert card.state == "right", f"{name}: {card}"


def test_words_that_are_equally_frequent_come_in_any_order():
    counts = {word: 50 - n for n, word in enumerate("abcdefghijklmnopqr")} | {"un mot": 9, "autre": 9, "dernier": 9}
    names = ch01.FREQUENT_WORDS.names() | {"words": [word for word, n in counts.items() for _ in range(n)]}
    top = list(counts.items())
    for right in (top[:20], [*top[:18], top[20], top[19]], [list(pair) for pair in top[:20]]):
        assert check_value(ch01.FREQUENT_WORDS, right, names).state == "right"
    for wrong in ([top[1], top[0], *top[2:20]], [*top[:18], top[18], top[18]], [*top[:19], ("le", 9)]):
        assert check_value(ch01.FREQUENT_WORDS, wrong, names).state == "wrong"
