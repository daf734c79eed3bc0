"""The one-file page: the two games against the model, and two models side by side."""

import json
import re

from workshop.base.typography import typeset

from .one_page import opened, written


def test_the_next_word_against_the_model(cut_off, pages, screenshots):
    page = opened(cut_off, pages["one"])
    page.locator("nav [data-view=nextword]").press("Enter")
    answers = ["ÉPAULES", "nuage", "", "fois", "vin", "chevre"]
    page.locator("#word").click()
    for number, word in enumerate(answers, 1):
        page.get_by_text(f"Phrase {number} sur 6").wait_for()
        assert page.evaluate("document.activeElement.id") == "word"
        page.keyboard.type(word)
        page.keyboard.press("Enter")
        page.locator("#nextword-result button").wait_for()
        assert page.locator("#nextword-result li").count() == 10
        if number == 2:
            page.screenshot(path=screenshots / "page-nextword.png", full_page=True)
        if number < 6:
            page.keyboard.press("Enter")
    score = page.locator("#nextword .score").text_content()
    assert re.fullmatch(r"Vous 4 · Modèle [0-6]", score), score
    assert page.locator("#nextword .verdict").count() == 1
    page.keyboard.press("Enter")  # again, with sentences of the Veillées
    page.get_by_text("Phrase 1 sur 6").wait_for()
    sentences = json.loads(page.locator("#sentences").text_content())["veillees"]
    shown = page.locator("#nextword .prose").text_content().split("(mot")[0].strip()
    assert any(typeset(sentence).startswith(shown) for sentence in sentences)


def test_who_wrote_this_sentence(cut_off, pages, screenshots):
    page = opened(cut_off, pages["one"])
    page.locator("nav [data-view=whowrote]").press("Enter")
    page.locator("#whowrote button").press("Enter")
    veillees = [typeset(one) for one in json.loads(page.locator("#sentences").text_content())["veillees"]]
    page.locator("#whowrote blockquote").wait_for()
    count = int(re.search(r"sur (\d+)", page.locator("#whowrote .told").text_content())[1])
    truths, seen = [], []
    for number in range(1, count + 1):
        page.get_by_text(f"Phrase {number} sur {count}").wait_for()
        seen.append(page.locator("#whowrote blockquote").text_content())
        truths.append(seen[-1] in veillees)
        page.keyboard.press("Enter")  # the focus is on « Les Veillées »
        assert ("Juste" in page.locator("#whowrote-result").text_content()) == truths[-1]
        if number == 1:
            page.screenshot(path=screenshots / "page-whowrote.png")
        page.keyboard.press("Enter")
    assert sum(truths) == count // 2 and len(set(seen)) == count
    assert page.locator("#whowrote .verdict").text_content() == f"{count // 2} sur {count}"
    assert "95" in page.locator("#whowrote").text_content() and page.locator("#whowrote .review li").count() == count


def test_two_models_side_by_side_and_one_alone(cut_off, pages, screenshots):
    page = opened(cut_off, pages["two"])
    page.locator("nav [data-view=duo]").click()
    page.locator("#duo .primary").press("Enter")
    page.locator("#duo .primary", has_text="Écrire").wait_for()
    page.screenshot(path=screenshots / "page-duo.png")
    left, right = page.locator("#duo .side .prose").all_text_contents()
    assert left != right and left[:20] == right[:20]
    page.locator("#duo-model-1").select_option("base")
    page.locator("#duo .primary").click()
    page.locator("#duo .primary", has_text="Arrêter").wait_for()
    page.locator("#duo .primary", has_text="Écrire").wait_for()
    left, right = page.locator("#duo .side .prose").all_text_contents()
    assert left == right  # the same model, manner and seed
    page.locator("nav [data-view=write]").click()
    page.locator("#settings summary").click()
    page.locator("#model").select_option(index=1)
    page.locator("#write").click()
    written(page)
    page.locator("#share").click()
    assert "modele=mod" in page.locator("#link-text").input_value()
