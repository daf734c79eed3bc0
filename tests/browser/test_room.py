"""The instructor's page in a real browser: projected at 1280x720, on a telephone, live, without a script, with a keyboard."""

import time
from collections import Counter

import pytest

from tests.server_rooms import Sitter, served
from tests.test_room_gathered import Table
from workshop.exercises.programme import programme
from workshop.server.room.gathered import Gathered
from workshop.server.room.rooms import Rooms

from .axe import faults

SIZES = {"projected": (1280, 720), "telephone": (390, 844)}


@pytest.fixture(scope="module")
def rooms():
    return Rooms(programme())


@pytest.fixture
def room(rooms):
    return rooms.open("moulin-1234")


@pytest.fixture
def served_at(rooms, room):
    with served(rooms) as address:
        yield address


def afternoon(room):
    """Thirty people in chapter 02, some of them far ahead."""
    sitters = [Sitter(room) for _ in range(30)]
    done = ["0.1", "0.2", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]
    for number, sitter in enumerate(sitters):
        for exercise in done[0 if number else 1 : 8 if number % 6 else 6]:  # one alone has not done 0.1
            sitter.say(exercise, seconds=1900 if exercise.startswith("1") else 800)
        if number < 24:
            sitter.say("2.1", seconds=500)
        if number < 11:
            sitter.say("2.2", "wrong", mistake=3, seconds=900)
        elif number < 15:
            sitter.say("2.2", "wrong", mistake=1, seconds=900)
            sitter.say("2.2", "hint", hint=2, seconds=910)
        elif number < 20:
            sitter.say("2.2", seconds=900)
            sitter.say("2.3", "wrong", mistake=2, seconds=1000)
        elif number < 24:
            for exercise in ("2.2", "2.3", "2.4", "2.5", "2.6"):
                sitter.say(exercise, seconds=950)
            if number > 21:
                sitter.say("2.7", seconds=960)
    for sitter in (sitters[2], sitters[13]):
        sitter.say(None, "help")
    return sitters


def opened(browser, room, address, size=(1280, 720), **options):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", **options)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(f"{address}/salle/{room.code}/animer/{room.secret}")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_read_from_the_back_of_the_room_and_on_a_telephone(size, scheme, browser, room, served_at, axe, screenshots):
    afternoon(room)
    page = opened(browser, room, served_at, SIZES[size], color_scheme=scheme)
    page.get_by_text("En direct.").wait_for()
    assert room.secret not in page.url
    page.screenshot(path=screenshots / f"room-{size}-{scheme}.png", full_page=size == "telephone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if size == "projected":  # what matters of this moment is seen without scrolling
        for words in ("Mains levées", "Les erreurs du moment", "05 · Générer"):
            box = page.get_by_text(words).last.bounding_box()
            assert box["y"] + box["height"] < 720, words
    assert faults(page, axe) == []
    page.get_by_role("link", name="Projeter").first.click()
    page.get_by_role("heading", level=1).wait_for()
    page.screenshot(path=screenshots / f"room-mistake-{size}-{scheme}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(page, axe) == []
    assert page.problems == []
    page.context.close()


def test_it_lives(browser, room, served_at):
    page = opened(browser, room, served_at)
    page.get_by_text("Personne n’a encore rejoint la salle.").wait_for()
    page.get_by_text("En direct.").wait_for()
    sitters = afternoon(room)
    start = time.monotonic()
    page.locator("[data-exercise='2.2']", has_text="✗15").wait_for()
    page.locator(".room-count", has_text="30").wait_for()
    assert time.monotonic() - start < 2
    button = page.get_by_role("button", name="c’est vu").first
    button.focus()
    sitters[20].say("2.6", "wrong", mistake=1)  # another part changes: the focus stays
    page.wait_for_timeout(1200)
    assert page.evaluate("document.activeElement.textContent") == "C’est vu"
    page.keyboard.press("Enter")
    page.locator("[data-hand]").nth(0).wait_for()
    page.wait_for_function("document.querySelectorAll('[data-hand]').length === 1")
    sitters[5].say(None, "help")
    number = sitters[5].ticket.split("-")[0]
    page.locator(f"[data-hand='{number}']").wait_for()
    assert f"place {number}" in page.locator("#news").text_content()
    with page.expect_download() as got:
        page.get_by_role("link", name="CSV").click()
    assert "exercice,issue" in got.value.path().read_text(encoding="utf-8-sig")
    page.get_by_text("Terminer la salle").click()
    page.get_by_role("button", name="Terminer et tout oublier").click()
    page.get_by_text("est terminée").wait_for()
    assert not room.seats
    page.context.close()


def test_another_screen_learns_that_the_room_is_over(browser, room, served_at):
    page = opened(browser, room, served_at)
    page.get_by_text("En direct.").wait_for()
    room.end()
    page.get_by_text("est terminée").wait_for()
    page.context.close()


def test_without_a_script_the_page_is_whole(browser, room, served_at, screenshots):
    afternoon(room)
    page = opened(browser, room, served_at, java_script_enabled=False)
    page.locator("[data-exercise='2.2']", has_text="✗15").wait_for()
    page.get_by_role("button", name="c’est vu").first.click()
    assert page.locator("[data-hand]").count() == 1
    page.context.close()


def test_an_attendee_sees_a_closed_door(browser, room, served_at, axe, screenshots):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{served_at}/salle/{room.code}")
    page.get_by_text("Cette page est celle de la personne qui anime.").wait_for()
    page.screenshot(path=screenshots / "room-closed.png")
    assert faults(page, axe) == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_many_rooms_are_seen_at_once_and_each_of_them(size, scheme, browser, rooms, axe, screenshots, tmp_path):
    table = Table(tmp_path / "counts.sqlite").make()
    afternoon(room := rooms.open("moulin-1234"))
    room.counts = Counter(  # the first chapters were before the coffee
        {(id, *kind, minute - 40 * (id < "2")): count for (id, *kind, minute), count in room.counts.items()}
    )
    other = rooms.open("lune-4821")
    for sitter in [Sitter(other) for _ in range(12)]:
        for exercise in ("0.1", "0.2"):
            sitter.say(exercise, seconds=700)
    few = rooms.open("verger-1")
    Sitter(few).say("1.1", "wrong", mistake=1)
    table.keep(*rooms)
    gathered = Gathered(table.address, rooms.programme, every=0.3)
    with served(rooms, gathered=gathered) as address:
        context = browser.new_context(
            viewport=dict(zip(("width", "height"), SIZES[size], strict=True)), reduced_motion="reduce", color_scheme=scheme
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        problems = []
        page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{address}/salles/animer/{gathered.secret}")
        page.get_by_text("En direct.").wait_for()
        assert gathered.secret not in page.url
        page.screenshot(path=screenshots / f"rooms-{size}-{scheme}.png", full_page=size == "telephone")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert faults(page, axe) == []
        page.get_by_role("link", name="moulin-1234").click()
        page.locator("[data-exercise='2.2']", has_text="✗15").wait_for()
        page.get_by_text("En direct.").wait_for()
        page.screenshot(path=screenshots / f"rooms-one-{size}-{scheme}.png", full_page=size == "telephone")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert faults(page, axe) == []
        Sitter(room).say("2.2", "wrong", mistake=3)
        table.keep(*rooms)
        page.locator("[data-exercise='2.2']", has_text="✗16").wait_for()
        table.path.rename(tmp_path / "away")
        table.path.mkdir()  # no database any more
        gathered._engine.dispose()
        page.get_by_text("ne répond pas depuis").wait_for()
        page.screenshot(path=screenshots / f"rooms-silent-{size}-{scheme}.png")
        assert page.locator("[data-exercise='2.2']", has_text="✗16").count() == 1
        assert faults(page, axe) == []
        table.path.rmdir()
        (tmp_path / "away").rename(table.path)
        page.get_by_text("ne répond pas depuis").wait_for(state="detached")
        page.get_by_role("link", name="Projeter").first.click()
        page.get_by_role("heading", level=1).wait_for()
        page.get_by_role("link", name="La salle").click()
        page.get_by_role("link", name="Toutes les salles").click()
        page.get_by_role("link", name="lune-4821").wait_for()
        assert problems == []
        gathered.end()
        context.close()
