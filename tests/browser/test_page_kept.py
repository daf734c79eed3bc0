"""The one-file page loses nothing: a reload, another story, a full browser, a damaged draft; and it can be printed."""

import re

from .one_page import SHORT, opened, written

HERE = "JSON.parse(sessionStorage.getItem('atelier.page'))"


def another(page) -> str:
    """Write another story and return it."""
    page.locator("#write").click()
    page.wait_for_timeout(50)
    return written(page)


def test_another_story_leaves_the_first_as_a_path_and_a_reload_brings_both_back(cut_off, pages):
    page = opened(cut_off, pages["one"], SHORT)
    first = written(page)
    second = another(page)
    names = page.locator("#path-list button").all_text_contents()
    assert len(set(names)) == len(names) == 2
    page.reload()
    page.locator("#state", has_text="Vous revoilà").wait_for()
    assert written(page) == second and page.locator("#path-list [aria-current]").text_content() == names[1]
    page.locator("#path-list button").first.click()
    assert written(page) == first
    tokens = page.locator("#story .token").count()
    page.locator("#more").click()  # it is no picture: it goes on
    page.locator("#story .token").nth(tokens + 4).wait_for()
    page.reload()  # in the middle of a text
    page.locator("#state", has_text="Vous revoilà").wait_for()
    assert written(page).startswith(first) and page.locator("#path-list button").count() == 2
    other = opened(cut_off, pages["one"])  # another tab has its own
    assert other.locator("#story").is_hidden()
    other.locator("#beginning").fill("Il neigeait sur <b>le</b> col 🙂")
    other.reload()
    assert other.locator("#beginning").input_value() == "Il neigeait sur <b>le</b> col 🙂"
    page.evaluate("fragment => { location.hash = fragment; }", SHORT.replace("graine=3", "graine=4"))
    page.locator("#path-list button").nth(2).wait_for()  # a link takes nothing away


def test_the_same_text_again_is_the_same_path(cut_off, pages):
    page = opened(cut_off, pages["one"], SHORT)
    first = written(page)
    another(page)
    page.locator("#settings summary").click()
    page.locator("#setting-seed").fill("3")
    page.locator("#setting-seed").press("Enter")
    assert another(page) == first and page.locator("#path-list button").count() == 2


def test_a_draft_that_makes_no_sense_is_left_out(cut_off, pages):
    page = opened(cut_off, pages["one"], SHORT)
    first = written(page)
    page.evaluate(f"() => {{ window.good = {HERE}; }}")
    odd = [
        "3", "null", "{", '{"hash": ""}', "{...good, paths: 3}", "{...good, current: 'a', paths: [null, ...good.paths]}",
        *(f"{{...good, paths: [{{...good.paths[0], {change}}}]}}" for change in (
            "run: null", "fork: 'a'", "given: 1e9", "tokens: [{id: -1, text: 'a', probability: 0.1}]",
            "tokens: [{id: 1, text: 3, probability: 0.1}]", "tokens: [{id: 1, text: 'a', probability: 7}]",
            "run: {...good.paths[0].run, settings: {}}", "run: {...good.paths[0].run, model: 'x'}",
        )),
    ]  # fmt: skip
    for one in odd:
        page.evaluate(
            f"""() => {{
              const whole = {"'{'" if one == "{" else f"JSON.stringify({one})"};
              sessionStorage.setItem('atelier.page', whole);
              Storage.prototype.setItem = () => {{}}; // the page would write its own as it leaves
            }}"""
        )
        page.reload()
        page.locator("html[data-ready]").wait_for(state="attached")
        assert written(page) == first, one  # the link is followed, as if there had been no draft
        page.evaluate(f"() => {{ window.good = {HERE}; }}")


def test_a_full_browser_says_what_it_does_not_keep_and_shows_it(cut_off, pages):
    refuse = "throw new DOMException('full', 'QuotaExceededError')"
    full = f"if (key === 'atelier.histoires') {refuse}; return set.call(this, key, text);"
    cut_off.add_init_script(f"const set = Storage.prototype.setItem; Storage.prototype.setItem = function (key, text) {{{full}}}")
    page = opened(cut_off, pages["one"], SHORT)
    text = written(page)
    page.locator("#keep").click()
    assert "oubliera" in page.locator("#state").text_content()
    page.locator("nav [data-view=shelf]").click()
    assert page.locator("#shelf .card").count() == 1 and "ne permet pas" in page.locator("#shelf-lead").text_content()
    with page.expect_download() as download:
        page.locator("#export-all").click()
    assert text.split("\n")[0] in download.value.path().read_text(encoding="utf-8")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]


def test_what_is_printed_is_the_story_dark_on_light(cut_off, pages, tmp_path):
    from pypdf import PdfReader

    page = opened(cut_off, pages["one"], SHORT)
    text = written(page)
    page.locator("#theme").click()
    page.pdf(path=tmp_path / "page.pdf", format="A5")
    printed = "".join(one.extract_text() for one in PdfReader(tmp_path / "page.pdf").pages)
    assert re.sub(r"\W", "", text) in re.sub(r"\W", "", printed)
    assert not re.search("Réglages|Continuer|Mode sombre|Fermer", printed)
    ink = "getComputedStyle(document.getElementById('story')).color"
    dark = page.evaluate(ink)
    page.emulate_media(media="print")
    light = page.evaluate(ink)
    assert sum(map(int, re.findall(r"\d+", light)[:3])) < 200 < 500 < sum(map(int, re.findall(r"\d+", dark)[:3]))


def test_numbers_as_people_write_them(cut_off, pages):
    page = opened(cut_off, pages["one"])
    read = {",7": 0.7, ".7": 0.7, "7,": 7, "1 300": 1300, "1\u202f300,5": 1300.5, "−3": -3, "+3": 3}
    assert page.evaluate("all => all.map(Words.number)", list(read)) == list(read.values())
    odd = ["1e2", "0x10", "Infinity", "1,2,3", "", ",", "-", "abc", "1.300,5", "NaN"]
    assert page.evaluate("all => all.filter(one => !Number.isNaN(Words.number(one)))", odd) == []
    unseen = ["\t", "  ", "\u00a0", "\n\n", "\x00", "\ufeff", "", " a"]
    named = ["␣ (espace)"] * 3 + ["↵ (à la ligne)"] + ["(rien de visible)"] * 3 + ["a"]
    assert page.evaluate("all => all.map(Words.spelt)", unseen) == named
    page.locator("#beginning").fill("é" * 4000)
    page.get_by_text(re.compile(r"s’arrête à 4.000 signes")).wait_for()


def test_side_by_side_another_seed_each_time_and_a_wrong_one_is_said(cut_off, pages):
    page = opened(cut_off, pages["one"], "#debut=Il+neigeait.&longueur=8")
    written(page)
    page.locator("nav [data-view=duo]").click()
    seed, write = page.locator("#duo-seed"), page.locator("#duo .primary")
    texts, seeds = [], []
    for _ in range(2):
        write.click()
        write.filter(has_text="Écrire").wait_for()
        texts.append(page.locator("#duo .side .prose").all_text_contents())
        seeds.append(seed.input_value())
    assert texts[0] != texts[1] and seeds[0] != seeds[1]
    page.locator("#duo-manner-0").select_option("even")  # something else is compared: the seed stays
    write.click()
    write.filter(has_text="Écrire").wait_for()
    assert seed.input_value() == seeds[1]
    seed.fill("1,5")
    write.click()
    page.locator("#notice-text", has_text="un entier").wait_for()
    assert seed.input_value() == "1,5" and page.evaluate("document.activeElement.id") == "duo-seed"
