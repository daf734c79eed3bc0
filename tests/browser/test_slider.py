"""The slider alone, in a browser: what is typed in its figure, with a comma or a point, and what it says of the rest."""

import pytest

from workshop.base.settings import PACKAGE

PAGE = """
const make = (values) => ({ get: (name) => values[name], set: (name, value) => (values[name] = value), on() {},
  save_changes() {} });
const whole = { min: 0, max: 200, step: 1, value: 40, description: "top-k", disabled: false, names: [] };
const shares = { min: 0.1, max: 2, step: 0.05, value: 0.8, description: "température", disabled: false, names: [] };
const words = { min: 0, max: 2, step: 1, value: 1, description: "manière", disabled: false, names: ["sage", "moyen", "rêveur"] };
for (const values of [whole, shares, words])
  render({ model: make(values), el: document.body.appendChild(document.createElement("div")) });
"""


SCRIPT = (PACKAGE / "widgets" / "slider.js").read_text(encoding="utf-8").replace("export default { render };", "")


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.evaluate(SCRIPT + PAGE)
    yield page
    page.close()


@pytest.mark.parametrize("key", ["Enter", "Tab"])
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1,3", "1,3"),
        ("1.25", "1,25"),
        (" 0,5 ", "0,5"),
        ("2", "2"),
        ("0,1", "0,1"),
        ("1,234", "1,234"),
        (",7", "0,7"),
        ("1,", "1"),
        ("+1", "1"),
    ],
)
def test_a_comma_and_a_point_are_the_same(page, typed, shown, key):
    figure = page.get_by_label("température, en chiffres")
    figure.fill(typed)
    figure.press(key)
    assert figure.input_value() == shown and figure.get_attribute("aria-invalid") == "false"
    slide = page.get_by_label("température", exact=True)
    assert slide.get_attribute("aria-valuetext") == shown


@pytest.mark.parametrize("typed", ["−1", "chaud", "", "3", "1,3,4", "2,01", "1e0", "0x1", "0b1"])
def test_what_is_no_such_number_changes_nothing_and_says_what_to_write(page, typed):
    figure = page.get_by_label("température, en chiffres")
    figure.fill(typed)
    figure.press("Enter")
    assert figure.input_value() == "0,8" and figure.get_attribute("aria-invalid") == "true"
    page.get_by_text("Écrivez un nombre de 0,1 à 2.").wait_for()
    page.get_by_label("température", exact=True).press("ArrowRight")  # what was wrong is so no longer
    page.get_by_text("Écrivez un nombre").wait_for(state="detached")
    assert figure.get_attribute("aria-invalid") == "false" and figure.input_value() == "0,85"


def test_whole_numbers_are_whole_and_words_are_words(page):
    figure = page.get_by_label("top-k, en chiffres")
    figure.fill("12,6")
    figure.press("Tab")
    assert figure.input_value() == "13" and page.get_by_label("top-k", exact=True).input_value() == "13"
    dial = page.get_by_label("manière", exact=True)
    dial.press("ArrowRight")
    assert dial.get_attribute("aria-valuetext") == "rêveur"
    page.evaluate(SCRIPT + PAGE)  # each widget has a copy of the script: names stay apart all the same
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids)) == 6
