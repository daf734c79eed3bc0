"""The playground in JupyterLab: bars, stream, stop, branch, keep, with the mouse and with the keyboard."""

import re

import pytest

from .notebook import Notebook

SOURCES = (
    "from workshop.widgets.playground import Playground\n\nplayground = Playground()\nplayground",
    "from workshop.widgets.next_tokens import NextTokens\n\nNextTokens(playground.models.get('GPT-2 de base'), 'Il y avait une')",
    "from workshop.widgets.side_by_side import SideBySide\n\nSideBySide()",
    "import time  # attendre",
)
PANEL, BARS, SIDES = ".atelier-playground", ".atelier:has(svg[data-kept])", ".atelier:has(.atelier-side)"
LABELS = f"{PANEL} .atelier-text > span"
STATUS = f"document.querySelector('{PANEL} [role=status]')?.innerText"
#: Notes when the text grows, and how many labels (the prompt is one) it has then.
WATCH = f"""() => {{
    window.grown = []; window.watcher?.disconnect();
    const text = document.querySelector('{PANEL} .atelier-text');
    window.watcher = new MutationObserver(() => window.grown.push(text.childElementCount));
    window.watcher.observe(text, {{childList: true}});
}}"""


@pytest.fixture(scope="module", params=[("JupyterLab Light", 1280), ("JupyterLab Dark", 800)], ids=["light", "dark"])
def opened(request, lab, browser):
    theme, width = request.param
    short = theme.split()[-1].lower()
    lab.write(f"playground-{short}", SOURCES)
    notebook = Notebook(browser, lab, f"playground-{short}", theme, width)
    notebook.run_all()
    if not notebook.page.locator(SIDES).count():  # on a machine that is very busy, cells that were asked for may not have run
        notebook.run_all()
    notebook.page.locator(SIDES).wait_for()
    notebook.page.locator(PANEL).get_by_label("garder cette graine").check()  # each test counts tokens
    notebook.short = short
    yield notebook
    notebook.page.close()


def _press(page, name: str, key: str | None = None) -> None:
    """Press a button of the playground: with the mouse, or with a key."""
    button = page.locator(PANEL).get_by_role("button", name=name, exact=True)
    if key:
        button.focus()
        button.press(key)
    else:
        button.click()


def _write(page) -> list[str]:
    """Write a story and return the texts of its tokens, after the prompt."""
    page.evaluate(f"document.querySelector('{PANEL} [role=status]').textContent = ''")  # what it says of the story before
    _press(page, "Écrire")
    page.wait_for_function(f"/Cliquez sur un token/.test({STATUS})")
    return page.locator(LABELS).all_inner_texts()[1:]


def _pictures(page, screenshots, name: str) -> None:
    """Take the panel at both widths."""
    size = page.viewport_size
    for width in (1280, 800):
        page.set_viewport_size({"width": width, "height": 1700})
        page.wait_for_timeout(500)
        page.locator(PANEL).screenshot(path=screenshots / f"{name}-{width}.png")
    page.set_viewport_size(size)


def _too_wide(page) -> list[str]:
    """Return what stands out of its panel, or of the page."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.atelier *')].filter(one => {
            const panel = one.closest('.atelier').getBoundingClientRect(), here = one.getBoundingClientRect();
            const cut = one.matches('button') && one.scrollWidth > one.clientWidth + 1;
            return here.width && (cut || here.right > Math.min(panel.right, innerWidth) + 2);
        }).map(one => one.className + ' ' + one.innerText?.slice(0, 40))"""
    )


def test_it_opens_without_an_error(opened):
    assert opened.errors() == []


def test_the_sheet_of_style_is_on_the_page_once(opened):
    panels = opened.page.locator(".atelier").count()
    count = "rule => [...document.querySelectorAll('style')].filter(one => one.textContent.includes(rule)).length"
    assert panels >= 3 and opened.page.evaluate(count, ".atelier .atelier-page") == 1
    assert opened.page.evaluate(count, ".atelier-slider {") == 2  # one for each of the two kinds, however many sliders there are


def test_bars_follow_the_temperature(opened, screenshots):
    panel = opened.page.locator(BARS).first
    picture = panel.locator("svg[data-kept]")
    before = picture.inner_html()
    handle = panel.get_by_label("température", exact=True)
    handle.focus()
    for _ in range(8):
        handle.press("ArrowLeft")
    opened.page.wait_for_function("document.querySelector('svg[data-kept]').dataset.temperature === '0.6'")
    assert picture.inner_html() != before
    top_k = panel.get_by_label("top-k", exact=True)
    top_k.focus()
    for _ in range(4):
        top_k.press("ArrowRight")
    opened.page.wait_for_function("document.querySelector('svg[data-kept]').dataset.kept === '4'")
    assert picture.locator("text", has_text="écarté").count() == 7  # six of the ten, and the key
    panel.screenshot(path=screenshots / f"next-tokens-{opened.short}.png")


def test_the_text_streams(opened, screenshots):
    page = opened.page
    _write(page)  # the first text loads the model
    page.evaluate(WATCH)
    tokens = _write(page)
    grown = page.evaluate("window.grown")
    assert len(tokens) == 80
    assert len(set(grown)) > 5 and grown == sorted(grown) and grown[-1] == 81
    _pictures(page, screenshots, f"playground-written-{opened.short}")


def test_the_same_seed_gives_the_same_text(opened):
    first = _write(opened.page)
    assert _write(opened.page) == first


def test_a_token_says_how_probable_it_was_under_the_mouse_and_under_the_arrows(opened):
    page = opened.page
    _write(page)
    token = page.locator(LABELS).nth(7)
    token.hover()
    figure = page.evaluate(f"getComputedStyle(document.querySelectorAll('{LABELS}')[7], '::after').content")
    assert re.fullmatch(r'"\d+,\d\s%"|"moins de 0,1\s%"', figure)
    handle = page.locator(f"{PANEL} .atelier-story input[type=range]")
    handle.focus()
    for _ in range(7):
        handle.press("ArrowRight")
    said = page.locator(f"{PANEL} .atelier-rivals strong")
    said.get_by_text(figure.strip('"').replace("\u00a0", " ")).wait_for()
    assert token.inner_text().strip() in said.inner_text()


def test_the_arrow_keys_choose_in_the_text_itself_and_it_is_said(opened):
    page = opened.page
    tokens = _write(page)
    text, said = page.locator(f"{PANEL} .atelier-text"), page.locator(f"{PANEL} .atelier-flow [role=status]")
    chosen = f"[...document.querySelectorAll('{LABELS}')].findIndex(one => one.hasAttribute('aria-current'))"
    text.focus()
    for key, number in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", len(tokens)), ("Home", 1)):
        text.press(key)
        page.wait_for_function(f"{chosen} === {number}")
        said.get_by_text(re.compile(r"« .* » : .*\d %".replace(" ", r"\s"))).wait_for(state="attached")
    said.get_by_text(tokens[0].strip()).wait_for(state="attached")  # said a moment after it is shown
    rivals = page.locator(PANEL).get_by_role("button", name=re.compile(r" · .*%"))
    assert rivals.count() == 10 and not rivals.first.inner_text().startswith("<")
    text.press("ArrowLeft")
    page.wait_for_function(f"{chosen} === -1")
    page.locator(f"{PANEL} .atelier-rivals").wait_for(state="hidden")


@pytest.mark.parametrize("key", [None, "Enter"], ids=["mouse", "keyboard"])
def test_a_token_is_clicked_and_the_story_branches(opened, screenshots, key):
    page = opened.page
    before = _write(page)
    page.locator(LABELS).nth(12).click()
    rivals = page.locator(f"{PANEL} .atelier-rivals button")
    rivals.first.wait_for()
    if key is None:
        _pictures(page, screenshots, f"playground-rivals-{opened.short}")
    rival = page.locator(f"{PANEL} .atelier-rivals button:enabled").first
    if key:
        rival.focus()
        rival.press(key)
    else:
        rival.click()
    page.wait_for_function(f"/92 tokens/.test({STATUS})")
    after = page.locator(LABELS).all_inner_texts()[1:]
    assert after[:11] == before[:11] and after[11] != before[11] and len(after) == 92


def test_stop_then_go_on(opened):
    page = opened.page
    length = page.locator(PANEL).get_by_label("longueur", exact=True)
    length.focus()
    length.press("End")
    page.evaluate(WATCH)
    _press(page, "Écrire")
    page.wait_for_function("window.grown.at(-1) > 5")
    assert page.locator(PANEL).get_by_role("button", name="Écrire", exact=True).is_disabled()
    _press(page, "Arrêter")
    page.wait_for_function(f"/Cliquez sur un token/.test({STATUS})")
    stopped = page.locator(LABELS).all_inner_texts()
    assert 5 < len(stopped) < 301
    length.focus()
    length.press("Home")
    _press(page, "Continuer", "Enter")
    page.wait_for_function(f"/^{len(stopped) - 1 + 10} tokens/.test({STATUS})")
    assert page.locator(LABELS).all_inner_texts()[: len(stopped) - 1] == stopped[:-1]
    length.focus()
    for _ in range(7):
        length.press("ArrowRight")
    assert page.locator(PANEL).get_by_label("longueur, en chiffres").input_value() == "80"


def test_a_running_cell_does_not_stop_the_story(opened):
    page, cell = opened.page, opened.type_and_run("# attendre", "import time  # attendre\ntime.sleep(12)\nprint('fi' + 'ni')")
    page.evaluate(WATCH)
    _press(page, "Écrire")
    page.wait_for_function("window.grown.at(-1) > 40")
    assert cell.get_by_text("fini").count() == 0
    page.wait_for_function(f"/Cliquez sur un token/.test({STATUS})")
    cell.get_by_text("fini").wait_for()


def test_fine_settings_are_folded_and_a_wrong_model_is_a_sentence(opened, screenshots):
    page = opened.page
    fold = page.locator(PANEL).get_by_text("Réglages fins")
    assert page.locator(PANEL).get_by_text("faisceaux").is_hidden()
    fold.click()
    page.locator(PANEL).get_by_text("faisceaux").wait_for()
    page.locator(f"{PANEL} select").select_option("un autre (dossier)…")
    page.locator(PANEL).get_by_label("dossier").fill("./nulle/part")
    page.locator(PANEL).get_by_label("dossier").press("Enter")
    _press(page, "Écrire")
    page.wait_for_function(f"/n’existe pas/.test({STATUS})")
    page.locator(f"{PANEL} select").select_option("BiLSTM")
    _press(page, "Écrire")
    page.wait_for_function(f"/chapitre 03/.test({STATUS})")
    _pictures(page, screenshots, f"playground-settings-{opened.short}")
    page.locator(f"{PANEL} select").select_option("GPT-2 de base")
    fold.click()
    assert opened.errors() == []


def test_two_stories_side_by_side(opened, screenshots):
    panel = opened.page.locator(SIDES).first
    panel.get_by_label("garder cette graine").check()
    panel.get_by_role("button", name="Écrire les deux").click()
    opened.page.wait_for_function(
        "[...document.querySelectorAll('.atelier-side')].every(one => /^80 tokens/m.test(one.innerText))", timeout=90_000
    )
    left, right = (panel.locator(".atelier-side").nth(i).locator(".atelier-text > span").all_inner_texts() for i in (0, 1))
    assert left[0] == right[0] and left[1:] != right[1:]
    panel.screenshot(path=screenshots / f"side-by-side-{opened.short}.png")


def test_a_story_is_kept(opened):
    _write(opened.page)
    _press(opened.page, "Garder cette histoire", "Enter")
    opened.page.locator(PANEL).get_by_text("Gardée sous le titre").wait_for()


def test_nothing_is_wider_than_the_page(opened):
    assert _too_wide(opened.page) == []


def test_settings_have_names_french_figures_and_focus_that_is_seen(opened):
    page, panel = opened.page, opened.page.locator(PANEL)
    figure = panel.get_by_label("température, en chiffres")
    for typed, shown in (("1,3", "1,3"), ("1.25", "1,25"), ("0,8", "0,8")):
        figure.fill(typed)
        figure.press("Tab")
        assert figure.input_value() == shown
        assert panel.get_by_label("température", exact=True).input_value() == shown.replace(",", ".")
    figure.fill("chaud")
    figure.press("Enter")
    panel.get_by_text("Écrivez un nombre de 0,1 à 2.").wait_for()
    assert figure.input_value() == "0,8"
    chosen = panel.get_by_role("button", name="équilibré", exact=True)
    assert chosen.get_attribute("aria-pressed") == "true"
    assert panel.get_by_role("button", name="rêveur", exact=True).get_attribute("aria-pressed") == "false"
    fold = panel.get_by_role("button", name="Réglages fins")
    fold.focus()
    for key, state in (("Enter", "true"), ("Enter", "false")):
        page.keyboard.press(key)
        page.wait_for_function("state => document.activeElement.getAttribute('aria-expanded') === state", arg=state)
    unnamed = page.evaluate(
        f"""() => [...document.querySelectorAll('{PANEL} :is(input, select, textarea, button, .noUi-handle)')].filter(one =>
            one.offsetParent && !one.labels?.length && !one.getAttribute('aria-label') && !one.innerText && !one.title
        ).map(one => one.outerHTML.slice(0, 120))"""
    )
    assert unnamed == []
    assert ring_of(page) >= 2


def ring_of(page) -> float:
    """Return how thick the ring around what has the focus is, in pixels, once a key was pressed."""
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    return page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
