"""The page of ``make app`` in a real browser: nothing left behind, nothing lost, the keyboard alone, everybody's eyes."""

import contextlib
import re
import time
import urllib.request

import psutil
import pytest

from .axe import faults
from .conftest import start_app

PANEL = ".atelier-playground"
TEXT = f"{PANEL} .atelier-text > span"
STATUS = f"{PANEL} .atelier-status [role=status]"
DONE = f"/Cliquez sur un token/.test(document.querySelector('{STATUS}')?.innerText)"
LEAST = 3  # letters on the page: the story has begun


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    pytest.importorskip("voila", reason="needs voila: make setup installs it")
    with start_app(tmp_path_factory.mktemp("app")) as started:
        yield started


@pytest.fixture
def visit(browser):
    """What opens the page as somebody else, with a memory of their own; closed at the end."""
    contexts = []

    def go(address: str, **more):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | more))
        context.set_default_timeout(120_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(address, wait_until="commit")
        return page

    yield go
    for context in contexts:
        context.close()


def ready(page):
    page.locator(PANEL).wait_for()
    page.locator("#wake").wait_for(state="hidden")
    return page


def begun(page):
    """Begin a long story, and return when its first tokens are there."""
    ready(page).get_by_role("button", name="Tous les réglages").click()
    page.get_by_label("longueur", exact=True).press("End")
    page.locator("#beginnings button").first.click()
    page.wait_for_function(f"document.querySelectorAll('{TEXT}').length > {LEAST}")
    return page


def kernels(server) -> list[psutil.Process]:
    found = []
    for one in psutil.Process(server.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ends while we look
            found += [one] if "ipykernel_launcher" in " ".join(one.cmdline()) else []
    return found


def wait_for(what, seconds: float):
    """Return ``what()`` as soon as it is true; else what it is after so many seconds."""
    end = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.5)
    return found


# Nothing is left behind ----------------------------------------------------------------------------------------------


def test_the_page_asks_for_its_token(app):
    assert "/login" in urllib.request.urlopen(app[1].partition("?")[0], timeout=60).url


def test_twenty_visits_leave_one_kernel_at_most(app, visit):
    server, address = app
    for number in range(20):
        page = visit(address)
        page.locator("#replay span").first.wait_for()
        if number % 4 == 0:  # five of them leave in the middle of a text
            begun(page)
        if number % 8 == 0:
            page.context.close()  # as a browser that is closed
        elif number % 2:
            page.close()
        else:
            page.goto("about:blank")  # as somebody who goes elsewhere
    assert wait_for(lambda: len(kernels(server)) <= 1, 120), f"{len(kernels(server))} kernels"


def test_who_comes_when_there_is_no_room_reads_a_sentence_and_then_comes_in(visit, tmp_path):
    with start_app(tmp_path, WORKSHOP_APP_VISITORS="1") as (server, address):
        first = ready(visit(address))
        second = visit(address)
        second.get_by_text("Toutes les plumes sont prises").wait_for()
        assert len(kernels(server)) == 1
        first.goto("about:blank")
        assert wait_for(lambda: not kernels(server), 20)
        second.get_by_role("link", name="Réessayer").click()
        ready(second)
        server.terminate()  # SIGTERM: nothing stays, not even the visitor's kernel
        running = kernels(server)
        server.wait(30)
        assert len(running) == 1 and wait_for(lambda: not any(one.is_running() for one in running), 10)


# A server or a kernel that is gone -------------------------------------------------------------------------------------


def test_a_dead_kernel_is_said_within_five_seconds_and_the_text_is_taken_up(app, visit):
    server, address = app
    page = begun(visit(address))
    shown = page.locator(TEXT).all_inner_texts()
    (kernel,) = kernels(server)
    kernel.kill()
    start = time.monotonic()
    page.get_by_text("ne répond plus").wait_for(timeout=5_000)
    assert time.monotonic() - start < 5
    assert page.locator(TEXT).all_inner_texts()[: len(shown)] == shown
    kept = page.locator(TEXT).all_inner_texts()
    page.get_by_role("button", name="Recommencer").click()
    page.get_by_text("Vous revoilà").wait_for()
    again = page.locator(TEXT).all_inner_texts()
    assert len(again) >= len(shown) > LEAST and again == kept[: len(again)]
    page.get_by_role("button", name="Continuer", exact=True).click()
    page.wait_for_function(f"document.querySelectorAll('{TEXT}').length > {len(again) + 5}")


def test_a_dead_server_is_said_within_five_seconds_and_the_text_comes_back(visit, tmp_path, free_port):
    with start_app(tmp_path, free_port) as (server, address):
        page = begun(visit(address))
        shown = page.locator(TEXT).all_inner_texts()
        server.kill()
        start = time.monotonic()
        page.get_by_text("Le serveur de cette page s’est arrêté").wait_for(timeout=5_000)
        assert time.monotonic() - start < 5
        page.get_by_role("button", name="Recommencer").click()
        page.get_by_text("Le serveur ne répond toujours pas").wait_for()
        kept = page.locator(TEXT).all_inner_texts()
        assert kept[: len(shown)] == shown
        assert page.evaluate("getComputedStyle(document.querySelector('.atelier-text'), '::before').content") == "none"
    with start_app(tmp_path, free_port) as (_, address):  # started again, at the same door
        page.goto(address)
        page.get_by_text("Vous revoilà").wait_for()
        again = page.locator(TEXT).all_inner_texts()
        assert len(again) >= len(shown) > LEAST and again == kept[: len(again)]


def test_a_reload_in_the_middle_loses_nothing_and_another_visitor_sees_nothing_of_it(app, visit):
    page = begun(visit(app[1]))
    shown = page.locator(TEXT).all_inner_texts()
    page.reload()
    page.get_by_text("Vous revoilà").wait_for()
    again = page.locator(TEXT).all_inner_texts()
    assert len(again) >= len(shown) > LEAST and again[: len(shown)] == shown
    assert page.locator("#opening").is_hidden()
    other = ready(visit(app[1]))
    assert other.locator(TEXT).count() == 0 and other.locator("#opening").is_visible()


# What one does there -----------------------------------------------------------------------------------------------------


def test_the_first_ten_seconds_and_an_evening(app, visit, screenshots):
    """A story before the kernel, a beginning chosen while it wakes, a rival, the way back, a copy, a picture; no network."""
    page = visit(app[1], accept_downloads=True)
    asked, failed = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.locator("#replay span").nth(3).wait_for()
    assert "réseau de neurones" in page.title() and page.evaluate("document.documentElement.lang") == "fr"
    assert page.locator("#beginnings button").count() == 6
    page.locator("#beginnings button").nth(2).click()  # before the kernel is there: it waits for it
    page.wait_for_function(DONE)
    first = page.locator(TEXT).all_inner_texts()
    assert first[0].startswith("La lettre était arrivée") and first[-1].rstrip().endswith((".", "!", "?", "…", "»"))
    assert re.search(r"graine \d+", page.locator(STATUS).inner_text())
    page.locator(TEXT).nth(6).click()
    page.locator(f"{PANEL} .atelier-rivals button:enabled").first.click()
    page.wait_for_function(f"document.querySelectorAll('{PANEL} .atelier-ways button').length === 2 && {DONE}")
    second = page.locator(TEXT).all_inner_texts()
    assert second[:6] == first[:6] and second[6] != first[6] and page.locator(f"{PANEL} .atelier-forked").count() == 1
    ways = page.locator(f"{PANEL} .atelier-ways button")
    assert [one.get_attribute("aria-pressed") for one in ways.all()] == ["false", "true"]
    ways.first.click()
    page.wait_for_function("document.querySelector('.atelier-ways button').getAttribute('aria-pressed') === 'true'")
    assert page.locator(TEXT).all_inner_texts() == first
    with page.expect_download() as download:
        page.get_by_role("button", name="Image (PNG)").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.get_by_role("button", name="Copier le texte").click()
    page.get_by_text(re.compile("Copié")).wait_for()
    page.get_by_role("button", name="Garder cette histoire").click()
    page.get_by_text("Gardée sous le titre").wait_for()
    page.locator(".widget-toggle-buttons").last.get_by_role("button", name="8", exact=True).click()
    page.get_by_role("button", name="Donner cette note").click()
    page.locator("select option", has_text="★ 8").first.wait_for(state="attached")  # the list has heard of it
    for width in (390, 800, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), width
        size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.atelier-text')).fontSize)")
        assert 22 <= size <= 28, (width, size)
        page.screenshot(path=screenshots / f"app-{width}.png", full_page=True)
    page.reload()
    page.get_by_text("Vous revoilà").wait_for()
    page.get_by_role("button", name="Reprendre cette histoire").click()
    page.get_by_text("est là").wait_for()
    page.wait_for_function("document.activeElement.classList.contains('atelier-text')")  # the reader is brought to it
    assert page.locator(TEXT).all_inner_texts() == first and page.locator(f"{PANEL} .atelier-t2").count() > 1
    outside = [url for url in asked if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))]
    assert outside == [] and failed == []


def test_from_the_first_word_to_a_kept_story_with_the_keyboard_alone(app, visit):
    page = ready(visit(app[1], viewport={"width": 1000, "height": 800}))
    keys = page.keyboard

    def tab_to(name: str, most: int = 40):
        for _ in range(most):
            keys.press("Tab")
            focused = page.evaluate(
                """() => {
                    const one = document.activeElement, ring = getComputedStyle(one);
                    const name = one.getAttribute('aria-label') || one.labels?.[0]?.textContent || one.innerText || '';
                    return [name, parseFloat(ring.outlineWidth), ring.outlineStyle, ring.boxShadow];
                }"""
            )
            assert (focused[1] >= 2 and focused[2] != "none") or "3px" in focused[3], f"no ring around « {focused[0]} »"
            if re.search(name, focused[0]):
                return
        raise AssertionError(f"the keyboard does not come to « {name} »")

    tab_to("Aller au bac à sable")
    tab_to("début de l’histoire")
    keys.press("Control+A")
    keys.type("Le moulin tournait")
    tab_to("de sage à rêveur")
    keys.press("ArrowLeft")
    tab_to("^Écrire$")
    keys.press("Enter")
    held = "name => document.activeElement.innerText === name"
    page.wait_for_function(held, arg="Arrêter")  # what had the keyboard is disabled: the next control has it
    page.wait_for_function(DONE)
    page.wait_for_function(held, arg="Continuer")
    tab_to("Le texte")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    page.locator(f"{PANEL} .atelier-rivals [data-place='1'] button:enabled").first.wait_for()
    tab_to(r" · .*%")
    keys.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('{PANEL} .atelier-ways button').length === 2 && {DONE}")
    page.wait_for_function("document.activeElement.matches('.atelier-text')")  # the rivals are gone: back in the text
    page.locator("h1").click()
    tab_to("Garder cette histoire")
    keys.press("Enter")
    page.get_by_text("Gardée sous le titre").wait_for()
    tab_to("Tous les réglages")
    keys.press("Enter")
    page.get_by_label("température, en chiffres").wait_for()
    tab_to("température, en chiffres")
    keys.type("1,3")
    keys.press("Tab")
    assert page.get_by_label("température", exact=True).input_value() == "1.3"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_fault_that_axe_can_find(app, visit, axe, scheme, screenshots):
    page = ready(visit(app[1], color_scheme=scheme, reduced_motion="reduce"))
    assert faults(page, axe) == []
    page.locator("#beginnings button").nth(4).click()
    page.wait_for_function(DONE)
    page.locator(TEXT).nth(5).click()
    page.locator(f"{PANEL} .atelier-rivals button:enabled").first.wait_for()
    page.get_by_role("button", name="Tous les réglages").click()
    page.get_by_role("button", name="Réglages fins").click()
    page.get_by_role("button", name="Garder cette histoire").click()
    page.get_by_role("button", name="Donner cette note").wait_for()
    page.mouse.move(0, 0)
    page.screenshot(path=screenshots / f"app-{scheme}.png", full_page=True)
    assert faults(page, axe) == []


def test_printing_gives_the_story_and_all_the_pages(app, visit, tmp_path):
    from pypdf import PdfReader

    page = begun(visit(app[1]))
    page.wait_for_function(DONE)
    told = page.locator(TEXT).all_inner_texts()
    page.pdf(path=tmp_path / "story.pdf", format="A5")
    pages = PdfReader(tmp_path / "story.pdf").pages
    letters = re.sub(r"\W", "", "".join(one.extract_text() for one in pages))
    assert len(pages) > 1 and re.sub(r"\W", "", "".join(told[-12:])) in letters
    assert "Toutlesréglages" not in letters
