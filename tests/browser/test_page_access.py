"""The one-file page for everybody: contrasts and names, keyboard, sizes, themes, old browsers, and Firefox."""

import pytest

from workshop.base.settings import ROOT
from workshop.base.typography import typeset

from . import firefox
from .axe import faults
from .one_page import SHORT, opened, written


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_fault_that_axe_can_find(browser, pages, axe, scheme):
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(90_000)
    page = opened(context, pages["two"])
    assert page.locator("html").get_attribute("data-theme") == scheme
    assert faults(page, axe) == []
    page.goto(pages["two"].as_uri() + SHORT)
    written(page)
    page.locator("#tints").check()
    page.locator("#settings summary").click()
    page.locator("#setting-temperature").fill("chaud")
    page.locator("#setting-temperature").press("Tab")
    page.locator("#story .token").nth(12).click()
    page.locator("#look summary").click()
    page.locator("#looked li").nth(7).wait_for()
    page.locator("#keep").click()
    page.locator("#share").click()
    assert faults(page, axe) == []
    page.locator("nav [data-view=nextword]").click()
    page.locator("#word").press("Enter")
    page.locator("#nextword-result button").wait_for()
    assert faults(page, axe) == []
    page.locator("nav [data-view=whowrote]").click()
    page.locator("#whowrote button").click()
    page.locator("#whowrote blockquote").wait_for()
    page.locator("#whowrote .actions button").first.click()
    assert faults(page, axe) == []
    page.locator("nav [data-view=duo]").click()
    page.locator("#duo .primary").click()
    page.locator("#duo .primary", has_text="Écrire").wait_for()
    assert faults(page, axe) == []
    page.locator("nav [data-view=shelf]").click()
    page.get_by_role("button", name="Supprimer").click()
    assert faults(page, axe) == []
    context.close()


def test_every_control_is_reached_by_tab_and_shows_it(cut_off, pages):
    page = opened(cut_off, pages["two"], SHORT)
    written(page)
    page.locator("#settings summary").click()
    page.locator("#story .token").nth(12).click()
    page.locator("#rivals li").nth(9).wait_for()
    wanted = page.evaluate("""() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
      .filter(one => one.checkVisibility() && !one.disabled).length""")
    page.locator("body").click(position={"x": 2, "y": 2})
    reached, hidden = set(), []
    for _ in range(wanted + 20):
        page.keyboard.press("Tab")
        name, outline = page.evaluate("""() => {
          const here = document.activeElement, all = [...document.querySelectorAll('*')], style = getComputedStyle(here);
          return [all.indexOf(here), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
        }""")
        reached.add(name)
        if not outline:
            hidden.append(page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
    assert len(reached) >= wanted
    assert [one for one in hidden if not one.startswith(("<body", "<textarea"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280, 1920])
def test_nothing_is_wider_than_the_window(browser, pages, screenshots, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 844 if width < 500 else 1000}, color_scheme=scheme)
    context.set_default_timeout(90_000)
    page = opened(context, pages["two"], SHORT)
    written(page)
    page.locator("#tints").check()
    for view in ("write", "nextword", "whowrote", "duo", "shelf"):
        page.locator(f"nav [data-view={view}]").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        page.screenshot(path=screenshots / f"page-{view}-{width}-{scheme}.png", full_page=True)
    page.locator("nav [data-view=write]").click()
    page.locator("#settings summary").click()
    page.locator("#share").click()
    page.locator("#story .token").nth(20).click()
    page.locator("#rivals li").nth(9).wait_for()
    page.wait_for_timeout(600)
    page.screenshot(path=screenshots / f"page-glass-{width}-{scheme}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    token, panel = page.locator("#story .token").nth(20).bounding_box(), page.locator("#panel").bounding_box()
    assert token["y"] + token["height"] <= panel["y"] or token["x"] + token["width"] <= panel["x"] + 1  # the word stays in sight
    context.close()


def test_the_theme_is_chosen_and_remembered(cut_off, pages):
    page = opened(cut_off, pages["one"])
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.locator("#theme").press("Space")
    assert page.evaluate(background) != light and page.locator("#theme").get_attribute("aria-pressed") == "true"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_reduced_motion_moves_nothing(browser, pages):
    context = browser.new_context(reduced_motion="reduce")
    page = opened(context, pages["one"], SHORT)
    page.locator("#story .token").nth(3).wait_for()
    assert page.evaluate("document.getAnimations().filter(one => one.playState === 'running').length") == 0
    context.close()


def test_an_old_browser_and_one_without_scripts_are_told_in_a_sentence(browser, pages):
    context = browser.new_context()
    context.add_init_script("delete Array.prototype.findLastIndex")
    page = context.new_page()
    page.goto(pages["one"].as_uri())
    assert page.locator("#old").is_visible() and page.locator("main").is_hidden()
    assert "trop ancien" in page.locator("#old").text_content()
    context.close()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["one"].as_uri())
    assert "autorisez JavaScript" in page.locator("noscript").inner_text()
    context.close()


def test_the_page_sets_type_as_the_workshop_does(cut_off, pages):
    page = opened(cut_off, pages["one"])
    books = sorted((ROOT / "data" / "veillees").glob("*.txt"))
    lines = [line for book in books for line in book.read_text("utf-8", errors="replace").splitlines() if line]
    lines += ["l'eau--là? «oui!» ; non : 3:4 http://x.fr a—b—c", "—Bon!", "« ?! »", "12 : 30 ; œil… ?", ""]
    assert page.evaluate("lines => lines.map(Words.typeset)", lines) == [typeset(line) for line in lines]
    pieces = [["— Qu'", "est", "-ce", " que", "?", "»"], ["Oui", "!", "\n", "—", "Non", " ;", " "], []]
    for cut in pieces:
        shown = page.evaluate("cut => Words.typesetPieces(cut)", cut)
        assert "".join(shown) == typeset("".join(cut)) and len(shown) == len(cut)


# Firefox ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(firefox.FIREFOX is None, reason="needs Firefox (Debian: apt-get install firefox-esr), or its path in FIREFOX")
def test_the_same_in_firefox(tmp_path, browser, pages, screenshots):
    pytest.importorskip("websocket", reason="needs websocket-client: make setup installs it")
    with firefox.started(tmp_path) as fox:
        fox.open(pages["two"].as_uri() + SHORT)
        fox.wait("Story.state === 'done'")
        text = fox.do("document.getElementById('story').textContent")
        fox.click("#tints")
        fox.click("#story .token:nth-child(13)")
        fox.wait("document.querySelectorAll('#rivals li').length === 10")
        fox.click("#look summary")
        fox.wait("document.querySelectorAll('#looked li').length === 8")
        fox.picture(screenshots / "page-firefox.png")
        fox.click("#rivals li:nth-child(4) button")
        fox.wait("document.querySelectorAll('#path-list li').length === 2")
        fox.do("document.getElementById('walk').focus()")
        fox.press("Right", "Right", "Right")
        fox.wait("!document.getElementById('panel').hidden")
        fox.press("Escape")
        assert fox.do("document.getElementById('panel').hidden")
        fox.click("#share")
        assert "chemin=" in fox.do("document.getElementById('link-text').value")
        fox.click("#keep")
        fox.click("nav [data-view=shelf]")
        assert fox.do("document.querySelectorAll('#shelf .card').length") == 1
        fox.do("[...document.querySelectorAll('#shelf button')].find(one => one.textContent === 'Supprimer').focus()")
        fox.press("Enter")
        assert fox.do("document.querySelectorAll('#shelf .card').length") == 0
        fox.press("Space")  # on « Annuler », where the focus is now
        assert fox.do("document.querySelectorAll('#shelf .card').length") == 1
        fox.click("nav [data-view=nextword]")
        fox.click("#word")
        fox.press("épaules", "Enter")
        fox.wait("document.querySelectorAll('#nextword-result li').length === 10")
        fox.click("nav [data-view=whowrote]")
        fox.click("#whowrote button")
        fox.wait("document.querySelector('#whowrote blockquote')")
        fox.press("Enter")
        assert fox.do("/Juste|Non/.test(document.getElementById('whowrote-result').textContent)")
        fox.click("nav [data-view=duo]")
        fox.click("#duo .primary")
        fox.wait("/Écrire/.test(document.querySelector('#duo .primary').textContent)")
        fox.click("#theme")
        fox.picture(screenshots / "page-firefox-duo.png")
        assert fox.do("document.querySelectorAll('#duo .token').length") > 40
        assert fox.lost == []
    page = opened(browser.new_context(), pages["two"], SHORT)
    assert written(page) == text  # the same seed, the same text, in both browsers
    page.context.close()
