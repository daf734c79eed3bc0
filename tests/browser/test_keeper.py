"""The draft of the playground, alone in a browser: two tabs that do not mix, a store that is full, a kernel that says nothing."""

import json

import pytest

from workshop.base.settings import PACKAGE

SCRIPT = (PACKAGE / "widgets" / "keeper.js").read_text(encoding="utf-8").replace("export default { render };", "")
MODEL = """
const values = { beginning: "", ways: "", tail: "" }, heard = {};
const model = { get: (name) => values[name], on: (name, call) => (heard[name] = call), send: (said) => sent.push(said) };
window.sent = [];
window.change = (name, value) => { values[name] = value; heard[`change:${name}`](); };
render({ model });
"""
START = f"() => {{ {SCRIPT} {MODEL} return sent.find((said) => said.back)?.back ?? null; }}"


def ways(text: str, rivals: int = 0) -> str:
    return json.dumps([{"prompt": "Il", "tokens": [[7, text, 0.5, 0.5, [["rival", 0.1, 0.1, 8]] * rivals]], "model": "m"}])


@pytest.fixture
def tab(browser):
    """What opens a tab of one visitor, and returns it with what the page hands to its kernel."""
    context = browser.new_context()
    context.route("**/*", lambda route: route.fulfill(body="<title>.</title>", content_type="text/html"))

    def go(page=None, first="() => {}"):
        page = page or context.new_page()
        page.goto("http://atelier.test/")
        page.evaluate(first)
        return page, page.evaluate(START)

    yield go
    context.close()


def change(page, name: str, value: str) -> None:
    page.evaluate("([name, value]) => change(name, value)", [name, value])


def test_the_tail_of_one_tab_is_never_put_behind_the_story_of_another(tab):
    one, nothing = tab()
    assert nothing is None
    change(one, "beginning", "Un")
    change(one, "ways", ways("un"))
    change(one, "tail", "[0,1]")
    other, back = tab()
    assert (back["beginning"], back["ways"], back["tail"]) == ("Un", ways("un"), "[0,1]")
    change(other, "ways", ways("deux"))
    change(one, "tail", "[0,2]")
    _, third = tab()
    assert (third["ways"], third["tail"]) == (ways("deux"), "")
    assert tab(one)[1]["ways"] == ways("un") and tab(one)[1]["tail"] == "[0,2]"


def test_a_full_store_keeps_the_text_without_the_rivals_and_no_tail_of_another_draft(tab):
    full = """() => { const set = Storage.prototype.setItem; Storage.prototype.setItem = function (key, text) {
        if (text.length > 400) throw new DOMException('full', 'QuotaExceededError'); set.call(this, key, text); } }"""
    page, _ = tab(first=full)
    change(page, "ways", ways("un"))
    change(page, "tail", "[0,1]")
    change(page, "ways", ways("deux", rivals=50))
    _, back = tab(page)
    assert (json.loads(back["ways"]), back["tail"]) == (json.loads(ways("deux")), "")
    page, _ = tab(page, full)
    leave = "() => { const leave = new Event('beforeunload', { cancelable: true }); return !dispatchEvent(leave); }"
    assert page.evaluate(leave) is False
    change(page, "ways", ways("trois" * 100, rivals=3))  # too long even so: nothing leaves without being asked
    assert page.evaluate(leave) is True
    change(page, "tail", "[0,3]")
    _, back = tab(page)
    assert (json.loads(back["ways"]), back["tail"]) == (json.loads(ways("deux")), "")


def test_a_kernel_that_takes_nothing_up_wipes_nothing(tab):
    page, _ = tab()
    change(page, "ways", ways("un"))
    change(page, "tail", "[0,1]")
    page, _ = tab(page)
    change(page, "beginning", "Autre")
    _, back = tab(page)
    assert (back["beginning"], back["ways"], back["tail"]) == ("Autre", ways("un"), "[0,1]")


@pytest.mark.parametrize("damaged", ["{", "3", "[]", '"a"', "null", '{"ways": 3}'])
def test_a_damaged_draft_stops_nothing(tab, damaged):
    page, back = tab(first=f"() => sessionStorage.setItem('atelier.draft', {damaged!r})")
    assert back is None or back["tail"] == ""
    change(page, "ways", ways("un"))
    assert tab(page)[1]["ways"] == ways("un")
