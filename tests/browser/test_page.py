"""The one-file page from the disk, with the network cut: what people do with it, by mouse and by keyboard."""

import re

import pytest

from .one_page import SHORT, opened, written

HTML = "<img src=x onerror=alert(1)><b>gras</b> & « fin »"


# The first ten seconds ----------------------------------------------------------------------------------------------------------


def test_a_beginning_one_button_and_the_text_arrives_token_by_token(cut_off, pages, screenshots):
    page = opened(cut_off, pages["one"])
    page.screenshot(path=screenshots / "page-first.png")
    beginning = page.locator("#beginning").input_value()
    assert beginning and page.locator("button.primary:visible").count() == 1
    page.evaluate("""() => {
      window.counts = []; window.announced = [];
      new MutationObserver(() => counts.push(document.querySelectorAll('#story .token').length))
        .observe(document.getElementById('story'), {childList: true});
      new MutationObserver(() => announced.push(document.getElementById('announcer').textContent))
        .observe(document.getElementById('announcer'), {childList: true});
    }""")
    page.locator("#write").click()
    text = written(page)
    counts, announced = page.evaluate("counts"), page.evaluate("announced")
    assert text.startswith(beginning) and len(text) > len(beginning) + 80
    assert counts == sorted(counts) and len(set(counts)) > 70  # one by one, not all at once
    assert announced == [announced[-1]] and announced[-1].endswith(text)  # read aloud once, when it is whole
    assert page.locator("#story").get_attribute("aria-busy") == "false"


def test_the_same_seed_tells_the_same_story_and_another_seed_another(cut_off, pages):
    page = opened(cut_off, pages["one"], SHORT)
    first = written(page)
    page.locator("#write").click()
    page.wait_for_timeout(50)
    second = written(page)
    seed = page.locator("#setting-seed").input_value()
    page.locator("#settings summary").click()
    page.locator("#setting-seed").fill("3")
    page.locator("#setting-seed").press("Enter")
    assert page.locator("#write").text_content() == "Réécrire avec ces réglages"
    page.locator("#write").click()
    page.wait_for_timeout(50)
    assert written(page) == first != second and seed != "3"


def test_escape_stops_even_before_the_model_has_read_the_beginning(cut_off, pages):
    page = cut_off.new_page()
    page.goto(pages["one"].as_uri())
    page.locator("#write").click()
    page.keyboard.press("Escape")
    written(page)
    assert page.locator("#story .token:not(.given)").count() < 20


def test_stop_go_on_change_the_beginning(cut_off, pages):
    page = opened(cut_off, pages["one"], "#debut=Il+pleuvait.&longueur=400")
    page.locator("#story .token").nth(12).wait_for()
    page.locator("#write").click()
    stopped = written(page)
    assert 12 <= page.locator("#story .token").count() < 380
    page.locator("#share").click()  # the link of a story that was stopped stops at the same place
    link = page.locator("#link-text").input_value()
    assert written(opened(cut_off, pages["one"], "#" + link.split("#")[1])) == stopped
    page.locator("#settings summary").click()
    page.locator("#setting-length").fill("10")
    page.locator("#setting-length").press("Enter")
    before = page.locator("#story .token").count()
    page.locator("#more").click()
    page.wait_for_timeout(50)
    assert written(page).startswith(stopped.rstrip()) and page.locator("#story .token").count() == before + 10
    page.locator("#edit").click()
    assert page.evaluate("document.activeElement.id") == "beginning"
    page.locator("#another").click()
    assert page.locator("#beginning").input_value() != "Il pleuvait."


# Settings -----------------------------------------------------------------------------------------------------------------------


def test_settings_by_keyboard_with_a_decimal_comma(cut_off, pages):
    page = opened(cut_off, pages["one"])
    page.locator("#settings summary").press("Enter")
    field, slider = (
        page.get_by_label("Température", exact=True).first,
        page.locator("input[type=range][aria-label='Température']"),
    )
    for typed, value in (("1,25", "1,25"), ("0.5", "0,5")):
        field.fill(typed)
        field.press("Tab")
        assert (field.input_value(), slider.input_value()) == (value, value.replace(",", "."))
    for typed in ("très", "-1", "9", "1e1", ""):
        field.fill(typed)
        field.press("Tab")
        said = page.locator("#setting-temperature-trouble").text_content()
        assert re.search(r"Température.:.*0,1 à 2", said) and field.get_attribute("aria-invalid") == "true"
    slider.press("ArrowRight")
    assert field.input_value() == "0,55" and field.get_attribute("aria-invalid") is None
    page.get_by_role("button", name="rêveur").press("Space")
    assert field.input_value() == "1,2" and page.get_by_role("button", name="rêveur").get_attribute("aria-pressed") == "true"
    page.locator("#setting-length").fill("12,5")
    page.locator("#setting-length").press("Tab")
    assert "un entier de 1 à 400" in page.locator("#setting-length-trouble").text_content()
    before = page.locator("#setting-seed").input_value()
    page.locator("#die").press("Enter")
    assert page.locator("#setting-seed").input_value() != before


# A token under the glass --------------------------------------------------------------------------------------------------------


def test_a_rival_opens_another_path_and_the_former_is_kept(cut_off, pages, screenshots):
    page = opened(cut_off, pages["one"], SHORT)
    first = written(page)
    page.locator("#tints").check()
    tinted = page.locator("#story .token").evaluate_all("all => all.map(one => getComputedStyle(one).textDecorationStyle)")
    assert len(set(tinted)) >= 3 and page.locator("#legend li:visible").count() == 4
    page.locator("#story .token").nth(14).click()
    page.locator("#rivals li").nth(9).wait_for()
    said = [text for text in page.locator("#rivals .share").all_text_contents() if re.match(r"(✓ )?\d", text)]
    shares = [float(re.search(r"\d+,\d", text)[0].replace(",", ".")) for text in said]
    assert shares == sorted(shares, reverse=True) and sum(shares) <= 100
    page.screenshot(path=screenshots / "page-rivals.png", full_page=True)
    chosen = page.locator("#rivals button:enabled").nth(1)
    word = chosen.locator(".word").text_content()
    kept = page.locator("#story .token").all_text_contents()[:14]
    chosen.click()
    page.locator("#paths button[aria-current]").wait_for()
    second = written(page)
    assert second.startswith("".join(kept).rstrip()) and second != first
    assert page.locator("#story .token").nth(14).text_content().strip() == word
    page.locator("#path-list button").first.press("Enter")
    assert written(page) == first
    page.locator("#path-list button").nth(1).click()
    assert written(page) == second


def test_where_the_model_looked(cut_off, pages, screenshots):
    page = opened(cut_off, pages["one"], SHORT)
    written(page)
    page.locator("#walk").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    assert re.match(r"«.+», 12 sur \d+", page.locator("#walk").get_attribute("aria-valuetext"))
    page.locator("#look summary").press("Enter")
    page.locator("#looked li").nth(7).wait_for()
    said = page.locator("#looked").text_content()
    weights = page.evaluate(
        "Network.attention('base', Story.tokens.slice(0, 12).map(one => one.id), 11).then(a => [...a.weights])"
    )
    heads = [sum(weights[i : i + 12]) for i in range(0, len(weights), 12)]
    assert len(heads) == 24 and all(abs(total - 1) < 1e-4 for total in heads)
    page.locator("#layer").press("End")
    page.locator("#head").press("ArrowRight")
    assert page.locator("#layer-said").text_content() == "6 sur 6" and page.locator("#head-said").text_content() == "2 sur 4"
    assert page.locator("#looked").text_content() != said
    tints = page.locator("#story .token").evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert len(set(tints[:12])) > 3 and len(set(tints[12:])) == 1  # nothing of what comes after is seen
    page.screenshot(path=screenshots / "page-attention.png", full_page=True)
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()


# Links --------------------------------------------------------------------------------------------------------------------------


def test_a_link_gives_the_same_text_to_whoever_opens_it(cut_off, pages):
    page = opened(
        cut_off, pages["one"], "#debut=Un+chat+%26+un+chien%2C&temperature=0.9&top-k=30&top-p=0.95&longueur=20&graine=77"
    )
    first = written(page)
    page.locator("#share").click()
    link = page.locator("#link-text").input_value()
    again = opened(cut_off, pages["one"], "#" + link.split("#")[1])
    assert written(again) == first and again.locator("#setting-topK").input_value() == "30"
    again.locator("#story .token").nth(8).click()
    again.locator("#rivals button:enabled").nth(2).click()
    again.locator("#paths button[aria-current]").wait_for()
    branched = written(again)
    again.locator("#keep").click()
    again.locator("nav [data-view=shelf]").click()
    again.get_by_role("button", name="Reprendre").click()  # taken up again, it still knows how it was made
    again.locator("#state", has_text="Continuer").wait_for()
    again.locator("#share").press("Enter")
    assert written(opened(cut_off, pages["one"], "#" + again.locator("#link-text").input_value().split("#")[1])) == branched


def test_a_link_pasted_while_a_story_is_written_takes_its_place(cut_off, pages):
    wanted = written(opened(cut_off, pages["one"], SHORT))
    page = opened(cut_off, pages["one"], "#debut=Il+neigeait.&longueur=400")
    page.locator("#story .token").nth(10).wait_for()
    page.evaluate("fragment => { location.hash = fragment; }", SHORT)
    page.locator("#story", has_text="Le meunier").wait_for()
    assert written(page) == wanted


@pytest.mark.parametrize(
    "fragment",
    ["#debut=Il&temperature=chaude", "#debut=Il&longueur=1e9", "#debut=Il&top-p=0", "#debut=Il&graine=-3", "#debut=Il&top-k=2,5",
     "#graine=3", "#debut=%E0%A4%A", "#debut=" + "a" * 5000, "#debut=Il&chemin=%%%&donnes=1", "#debut=Il&chemin=____&donnes=1",
     "#debut=Il&chemin=AAAA&donnes=99", "#debut=Il&temperature=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"],
)  # fmt: skip
def test_a_link_that_makes_no_sense_gets_one_sentence(cut_off, pages, fragment):
    page = opened(cut_off, pages["one"], fragment)
    said = page.locator("#notice-text").text_content()
    assert said.startswith("Ce lien est abîmé") and len(said) < 220 and "undefined" not in said and "NaN" not in said
    assert page.locator("#notice img").count() == 0 and page.locator("#setting-temperature").input_value() == "0,8"
    page.locator("#notice-close").press("Enter")
    assert page.locator("#notice").is_hidden()
    page.locator("#write").click()  # and the page works as if nothing had been
    assert written(page)


def test_a_link_to_a_model_that_the_page_has_not(cut_off, pages):
    page = opened(cut_off, pages["one"], "#debut=Un+soir&modele=le+mien")
    assert "«\u00a0le mien\u00a0»" in page.locator("#notice-text").text_content()
    assert page.locator("#beginning").input_value() == "Un soir"


# HTML is text -------------------------------------------------------------------------------------------------------------------


def test_html_is_shown_as_text_wherever_it_comes_from(cut_off, pages):
    from urllib.parse import quote

    page = opened(cut_off, pages["one"], f"#debut={quote(HTML)}&longueur=4")
    assert "<img src=x onerror=alert(1)><b>gras</b> &" in written(page)
    page.locator("#story .token").nth(1).click()
    page.locator("#rivals li").first.wait_for()
    page.locator("#keep").click()
    page.evaluate(
        """html => {
          const list = JSON.parse(localStorage.getItem('atelier.histoires'));
          list.push({...list[0], title: html, beginning: html, text: html, model: html});
          localStorage.setItem('atelier.histoires', JSON.stringify(list));
        }""",
        HTML,
    )
    page.locator("nav [data-view=shelf]").click()
    for one in page.locator("#shelf summary").all():
        one.click()
    assert page.locator("#shelf").text_content().count("<b>gras</b>") >= 5
    page.locator("#shelf .card").last.get_by_role("button", name="Reprendre").click()
    assert "<b>gras</b>" in written(page)
    assert page.locator("main img, main b, #notice img").count() == 0


# The shelf ----------------------------------------------------------------------------------------------------------------------


def test_keep_export_delete_and_take_back(cut_off, pages, screenshots):
    page = opened(cut_off, pages["one"], SHORT)
    text = written(page)
    page.locator("#keep").click()
    assert "Mes histoires" in page.locator("#state").text_content() and page.locator("#keep").is_disabled()
    page.reload()
    page.locator("html[data-ready]").wait_for(state="attached")
    written(page)
    page.locator("nav [data-view=shelf]").press("Enter")
    assert page.locator("#kept-count").text_content() == "(1)"
    page.locator("#shelf summary").press("Enter")
    assert text.replace("\n", "") in page.locator("#shelf .card .prose").text_content().replace("\n", "")
    page.screenshot(path=screenshots / "page-shelf.png")
    with page.expect_download() as download:
        page.get_by_role("button", name="Exporter", exact=True).press("Enter")
    exported = download.value.path().read_text(encoding="utf-8")
    assert re.fullmatch(r"histoires-\d{4}-\d\d-\d\d\.md", download.value.suggested_filename)
    assert (
        exported.startswith("# Histoires de l’atelier\n") and "graine 3" in exported and "Le meunier ouvrit la porte." in exported
    )
    page.get_by_role("button", name="Supprimer").press("Enter")
    assert page.locator("#shelf .card").count() == 0
    assert page.evaluate("document.activeElement.id") == "notice-act"
    page.keyboard.press("Enter")
    assert page.locator("#shelf .card").count() == 1
    page.get_by_role("button", name="Reprendre").press("Enter")
    page.locator("#state", has_text="Continuer").wait_for()
    assert page.locator("#story").text_content() == text


def test_a_browser_that_keeps_nothing_says_so(cut_off, pages):
    refuse = "throw new DOMException('refused', 'SecurityError')"
    cut_off.add_init_script(f"Object.defineProperty(window, 'localStorage', {{get() {{ {refuse} }}}})")
    page = opened(cut_off, pages["one"], SHORT)
    text = written(page)
    page.locator("#theme").click()
    page.locator("#keep").click()
    assert "oubliera" in page.locator("#state").text_content()
    page.locator("nav [data-view=shelf]").click()
    assert "ne permet pas" in page.locator("#shelf-lead").text_content()
    with page.expect_download() as download:
        page.locator("#export-all").click()
    assert text.split("\n")[0] in download.value.path().read_text(encoding="utf-8")


def test_damaged_stories_are_put_aside_not_lost(cut_off, pages):
    page = opened(cut_off, pages["one"])
    damaged = '[{"title": 3}, "<b>", null'
    page.evaluate("text => localStorage.setItem('atelier.histoires', text)", damaged)
    page.reload()
    page.locator("html[data-ready]").wait_for(state="attached")
    assert "mises de côté" in page.locator("#notice-text").text_content()
    assert page.evaluate("localStorage.getItem('atelier.histoires.abîmées')") == damaged
