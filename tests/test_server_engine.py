"""The models that a server writes with, and the queue before each of them."""

import gc
import threading
import time

import pytest

from tests.server_pens import WORDS, FakePen, fake_engine
from workshop.base.errors import WorkshopError
from workshop.generation.sampling import COLDEST, Sampling
from workshop.server.engine import Engine, Model, UnknownModelError, UnmadeModelError, complete
from workshop.server.waiting import FIRST_GUESS, BusyError, Line
from workshop.sharing.requests import GenerationRequest

SHORT = GenerationRequest("Il y avait", max_new_tokens=3)
SAND = GenerationRequest("Il y avait", max_new_tokens=3, model="sand")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


# ---------------------------------------------------------------- the queue


def test_readers_are_served_in_the_order_in_which_they_came():
    line = Line(places=2)
    first, second, third = (line.enter() for _ in range(3))
    assert [place.ahead for place in (first, second, third)] == [0, 1, 2] and line.waiting == 2
    assert first.wait(0) and not second.wait(0) and not third.wait(0)
    first.leave()
    assert second.wait(0) and not third.wait(0) and line.waiting == 1


def test_a_full_queue_refuses_and_a_place_that_is_left_is_free():
    line = Line(places=1)
    first, second = line.enter(), line.enter()
    with pytest.raises(BusyError):
        line.enter()
    second.leave()
    third = line.enter()
    assert third.ahead == 1 and first.ahead == 0


def test_leaving_in_the_middle_moves_those_behind_and_leaving_twice_moves_nobody_more():
    line = Line(places=3)
    places = [line.enter() for _ in range(4)]
    places[1].leave()
    places[1].leave()
    assert [place.ahead for place in places] == [0, 0, 1, 2]
    assert places[0].wait(0) and not places[2].wait(0)


def test_whoever_has_left_never_comes_to_their_turn():
    line = Line(places=3)
    first, second = line.enter(), line.enter()
    second.leave()
    assert not second.wait(0)
    first.leave()
    assert not second.wait(0) and not first.wait(0)


def test_the_wait_that_is_announced_is_what_the_last_ones_took():
    clock = Clock()
    line = Line(places=1, clock=clock)
    line.enter(), line.enter()
    with pytest.raises(BusyError) as busy:
        line.enter()
    assert busy.value.retry_after == 2 * FIRST_GUESS

    line = Line(places=2, clock=clock)
    for seconds in (2, 4, 30):  # one slow generation does not frighten everybody
        with line.enter():
            clock.now += seconds
    line.enter(), line.enter(), line.enter()
    clock.now += 1.5
    with pytest.raises(BusyError) as busy:
        line.enter()
    assert busy.value.retry_after == 11  # three times 4, of which 1.5 have passed
    clock.now += 1000
    with pytest.raises(BusyError) as busy:
        line.enter()
    assert busy.value.retry_after == 8  # the first one may end at any moment: the two others


def test_loading_a_model_is_no_measure_of_how_long_a_text_takes():
    clock = Clock()

    def load() -> FakePen:
        clock.now += 60
        return FakePen(before=lambda: setattr(clock, "now", clock.now + 1))

    engine = Engine([Model("base", "", "fr", load)], places=0)
    engine.lines["base"].clock = clock
    list(engine.stream(SHORT))
    turn = engine.turn("base")
    with pytest.raises(BusyError) as busy:
        engine.turn("base")
    assert busy.value.retry_after == 3
    turn.close()


def test_what_waited_counts_until_the_turn():
    clock = Clock()
    line = Line(places=1, clock=clock)
    first, second = line.enter(), line.enter()
    clock.now += 3
    assert (first.waited, second.waited) == (0, 3)
    first.leave()
    clock.now += 5
    assert second.waited == 3


def test_a_thread_that_waits_is_woken():
    line = Line(places=1)
    first, second = line.enter(), line.enter()
    woken = []
    thread = threading.Thread(target=lambda: woken.append(second.wait(10)))
    thread.start()
    first.leave()
    thread.join(5)
    assert woken == [True]


def test_eight_threads_have_the_model_one_at_a_time():
    line = Line(places=8)
    inside, most, done = 0, 0, []

    def read() -> None:
        nonlocal inside, most
        for _ in range(20):
            with line.enter() as place:
                assert place.wait(10)
                inside += 1
                most = max(most, inside)
                time.sleep(0.0005)
                inside -= 1
        done.append(1)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(done), most, line.waiting) == (8, 1, 0)


# ---------------------------------------------------------------- the engine


def test_a_text_comes_piece_by_piece_and_the_model_is_free_after_it():
    pen = FakePen()
    engine = fake_engine(pen)
    stream = engine.stream(SHORT)
    assert list(stream) == list(WORDS[:3]) and pen.closed == 1
    assert (stream.text.tokens, stream.text.finish_reason) == (3, "length")
    assert engine.turn("base").wait(0)


def test_a_text_that_ends_by_itself_says_so_and_empty_pieces_are_tokens():
    class Ends(FakePen):
        def pieces(self, request):
            yield from (" d", "", "’eau")

    stream = fake_engine(Ends()).stream(GenerationRequest("Il", max_new_tokens=9))
    assert list(stream) == [" d", "’eau"]
    assert (stream.text.tokens, stream.text.finish_reason) == (3, "stop")


@pytest.mark.parametrize("read", [0, 1], ids=["before the first piece", "after it"])
@pytest.mark.parametrize("leave", ["close", "forget"])
def test_a_reader_who_leaves_frees_the_model(read, leave):
    pen = FakePen()
    engine = fake_engine(pen)
    stream = engine.stream(SHORT)
    for _ in range(read):
        next(stream)
    if leave == "close":
        stream.close()
        assert list(stream) == []
    else:
        del stream
        gc.collect()
    assert pen.closed == read
    assert engine.turn("base").wait(0)


@pytest.mark.parametrize("error", [ValueError("broken"), MemoryError(), KeyboardInterrupt()])
def test_a_generation_that_dies_frees_the_model(error):
    def fail() -> None:
        raise error

    engine = fake_engine(FakePen(before=fail))
    with pytest.raises(type(error)):
        list(engine.stream(SHORT))
    assert engine.turn("base").wait(0)


def test_a_model_that_does_not_load_frees_its_queue_and_names_no_folder():
    def load():
        raise WorkshopError("Le dossier « /home/ada/secret » est illisible.")

    engine = Engine([Model("base", "", "fr", load)])
    for _ in range(20):  # more than there are places
        with pytest.raises(UnmadeModelError) as error:
            list(engine.stream(SHORT))
    assert "secret" not in str(error.value) and "base" in str(error.value)


def test_a_model_is_loaded_once_and_only_when_it_is_asked_for():
    loaded = []

    def load() -> FakePen:
        loaded.append(1)
        time.sleep(0.02)
        return FakePen()

    engine = Engine([Model("base", "", "fr", load)])
    engine.models(), engine.choose()
    assert loaded == []
    threads = [threading.Thread(target=lambda: list(engine.stream(SHORT))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert loaded == [1]


def test_two_models_write_at_the_same_time():
    engine = fake_engine()
    one, other = engine.stream(SHORT), engine.stream(SAND)
    assert next(one) == next(other) == WORDS[0]


def test_models_are_chosen_by_name_or_by_language():
    engine = fake_engine()
    assert engine.models() == ["base", "specialised", "sand", "english"]
    assert engine.choose().name == engine.choose(language="fr").name == "base"
    assert engine.choose(language="en").name == engine.choose("english").name == engine.choose("english", "fr").name == "english"
    assert engine.choose("sand").name == "sand"
    for name, language in [("../base", ""), ("Base", "fr"), ("", "de")]:
        with pytest.raises(UnknownModelError):
            engine.choose(name, language)


def test_a_model_that_can_write_goes_before_one_that_cannot_yet():
    models = [Model("first", "", "fr", FakePen, lambda: "pas encore"), Model("second", "", "fr", FakePen)]
    assert Engine(models).choose().name == "second"
    assert Engine(models[:1]).choose().name == "first"  # and its own sentence says why not
    assert Engine([Model("english", "", "en", FakePen)]).choose().name == "english"


def test_a_model_that_no_chapter_has_made_is_said():
    with pytest.raises(UnmadeModelError, match="pas encore fait"):
        fake_engine().stream(GenerationRequest("Il", model="specialised"))


def test_a_request_is_completed():
    asked = GenerationRequest("Il", max_new_tokens=5, temperature=1.5, top_p=0.5, seed=7)
    assert complete(asked).sampling == Sampling(temperature=1.5, top_p=0.5, max_new_tokens=5, seed=7)
    drawn = {complete(GenerationRequest("Il")).sampling.seed for _ in range(5)}
    assert len(drawn) == 5 and all(0 <= seed < 2**31 for seed in drawn)
    for nothing in (0, 5e-324, 1e-101):  # a number that JSON can write, and that no score can be divided by
        certain = complete(GenerationRequest("Il", temperature=nothing, seed=1)).sampling
        assert (certain.temperature, certain.top_k) == (1, 1)
    assert complete(GenerationRequest("Il", temperature=COLDEST)).sampling.temperature == COLDEST


def test_what_watches_is_told():
    seen = []

    class Watching:
        def waited(self, model, seconds):
            seen.append(("waited", model, seconds >= 0))

        def refused(self, model):
            seen.append(("refused", model))

        def wrote(self, model, tokens):
            seen.append(("wrote", model, tokens))

    engine = fake_engine(places=0, watch=Watching())
    stream = engine.stream(SHORT)
    with pytest.raises(BusyError):
        engine.turn("base")
    next(stream)
    stream.close()
    assert seen == [("refused", "base"), ("waited", "base", True), ("wrote", "base", 1)]


# ---------------------------------------------------------------- the models that are proposed


def test_the_models_of_this_machine(veillees, tmp_path, monkeypatch):
    from workshop.base import models
    from workshop.server import pens

    monkeypatch.setattr(models, "in_cache", lambda name: None)
    folder = tmp_path / "ailleurs" / "mon-modèle"
    folder.mkdir(parents=True)
    engine = Engine(pens.proposed([str(folder), "", "en:openai-community/gpt2-medium"]))
    assert engine.models() == ["base", "specialised", "mon-modèle", "openai-community/gpt2-medium"]
    assert engine.choose(language="en").name == "openai-community/gpt2-medium"
    for name, words in [("specialised", "chapitre 04"), ("openai-community/gpt2-medium", "pas sur cette machine")]:
        with pytest.raises(UnmadeModelError, match=words):
            engine.turn(name)
    with pytest.raises(UnmadeModelError, match="ne se charge pas"):
        list(engine.stream(GenerationRequest("Il", model="mon-modèle")))


def test_the_owner_of_a_server_names_models():
    from workshop.server.config import from_environment

    said = {"WORKSHOP_SERVER_SECRET": "s" * 48, "DATABASE_URL": "sqlite://"}
    assert from_environment(said).models == ()
    named = from_environment(said | {"WORKSHOP_SERVER_MODELS": " en:openai-community/gpt2 ,, outputs/sand/gpt2,"}).models
    assert named == ("en:openai-community/gpt2", "outputs/sand/gpt2")


def test_a_path_of_windows_is_no_language(veillees, monkeypatch):
    from workshop.base import models
    from workshop.server import pens

    monkeypatch.setattr(models, "in_cache", lambda name: None)
    named = pens.proposed(["C:\\modeles\\sand", "de:autre"])[2:]
    assert [(model.name, model.language) for model in named] == [("C:\\modeles\\sand", "fr"), ("de:autre", "fr")]


def test_an_english_model_is_proposed_where_there_is_one(veillees, tmp_path, monkeypatch):
    from workshop.base import models
    from workshop.server import pens

    monkeypatch.setattr(models, "in_cache", lambda name: tmp_path if name == "gpt2" else None)
    assert [(model.name, model.language) for model in pens.proposed()][2:] == [("gpt2", "en")]


def test_the_specialised_model_is_found_without_asking_for_books(veillees, monkeypatch):
    from workshop.base.keeping import RECORD
    from workshop.server import pens

    assert pens.specialised_folder() is None
    (veillees / "veillees" / "gpt2").mkdir(parents=True)
    (veillees / "veillees" / "gpt2" / RECORD).write_text("{}", encoding="utf-8")
    assert pens.specialised_folder() == veillees / "veillees" / "gpt2"


def test_the_embedded_model_writes_what_the_workshop_writes(veillees, monkeypatch):
    from workshop import writers
    from workshop.base import models
    from workshop.generation.streaming import generate
    from workshop.server import pens

    monkeypatch.setattr(models, "in_cache", lambda name: None)
    sampling = Sampling(max_new_tokens=6, seed=3)
    engine = Engine(pens.proposed())
    stream = engine.stream(GenerationRequest("Il y avait une fois", max_new_tokens=6, seed=3))
    text = "".join(stream)
    assert (stream.seed, stream.model.name) == (3, "base")
    assert text == generate(writers.find("base"), "Il y avait une fois", sampling)
    assert engine.pen(engine.model("base")).count("Il y avait une fois") > 3


def test_the_model_by_default_is_loaded_before_it_is_asked_for_and_a_broken_one_stops_nothing():
    loaded = []

    def broken():
        raise WorkshopError("rien")

    Engine(
        [Model("sand", "Sand", "fr", lambda: loaded.append("sand") or FakePen()), Model("other", "Other", "en", broken)]
    ).warm()
    assert loaded == ["sand"]
    Engine([Model("other", "Other", "fr", broken)]).warm()
    Engine([]).warm()
