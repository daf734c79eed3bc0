"""The server for stories in a real browser: from signing up to deleting all, with JavaScript and without, at any width."""

import csv
import json
import threading
from dataclasses import dataclass

import pytest

from tests.server_pens import FakePen, fake_engine
from tests.server_site import PASSWORD, site, stories_of
from tests.test_server_alive import serving
from workshop.server import serve

from .axe import faults

WAIT = 60_000  # milliseconds: the machine may be busy


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """``python -m workshop serve`` with the model that ships with the workshop."""
    with serving(tmp_path_factory.mktemp("server"), WORKSHOP_COLLECTION="veillees", HF_HUB_OFFLINE="1") as (_, address):
        yield address


@dataclass
class Toy:
    """The same server in this process, with models that write at once."""

    app: object
    address: str
    pen: FakePen


@pytest.fixture
def toy(tmp_path, monkeypatch):
    pen = FakePen()
    app = site(f"sqlite:///{tmp_path / 'stories.sqlite'}", fake_engine(pen))
    monkeypatch.setattr(serve, "create_app", lambda config, **_: app)
    server = serve.make(app.config["WORKSHOP"], "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Toy(app, f"http://127.0.0.1:{server.effective_port}", pen)
    server.close()


@pytest.fixture
def said():
    """What the console said, and what was asked of others: nothing is expected."""
    return []


@pytest.fixture
def opened(browser, said):
    """Makes contexts in which whatever goes wrong is noted, and closes them."""
    made = []

    def make(**options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "accept_downloads": True} | options)
        context.set_default_timeout(WAIT)
        context.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        context.on("weberror", lambda error: said.append(str(error.error)))
        context.on("request", lambda one: None if "//127.0.0.1:" in one.url else said.append(one.url))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert said == []


def sign_up(page, address, name="Aurore"):
    page.goto(f"{address}/inscription")
    page.get_by_label("Nom", exact=True).fill(name)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_label("Le même mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Créer mon compte").click()
    page.get_by_role("button", name="Se déconnecter").wait_for()


def write_and_keep(page, address, beginning):
    page.goto(address)
    page.get_by_label("Le début de l’histoire").fill(beginning)
    page.get_by_role("button", name="Écrire la suite").click()
    page.get_by_role("button", name="Garder cette histoire").click()
    page.locator("#count").wait_for()


def test_a_visit_from_signing_up_to_the_end(real, opened, screenshots):
    page = opened().new_page()
    sign_up(page, real)
    page.get_by_label("Le début de l’histoire").fill("Ce soir-là, on frappa trois coups")
    page.locator("#settings summary").click()
    page.get_by_label("Longueur").fill("30")
    page.get_by_label("Graine").fill("7")
    page.get_by_role("button", name="Écrire la suite").click()
    page.locator("#state", has_text="graine 7").wait_for()
    text = page.locator("#story").text_content()
    assert text.startswith("Ce soir-là, on frappa trois coups") and len(text) > 60
    page.screenshot(path=screenshots / "server-written.png", full_page=True)
    page.get_by_role("button", name="Garder cette histoire").click()
    page.locator(".notice", has_text="L’histoire est gardée").wait_for()
    write_and_keep(page, real, "La lettre était arrivée un mardi,")
    assert page.locator(".card").count() == 2
    page.locator(".card").nth(1).get_by_label("Note").select_option("8/10")
    page.locator(".card").nth(1).get_by_role("button", name="Noter").click()
    page.locator(".notice", has_text="8 sur 10").wait_for()
    page.get_by_label("D’abord").select_option("les mieux notées")
    page.get_by_role("button", name="Montrer").click()
    assert page.locator(".card h2").nth(0).inner_text().startswith("Ce soir-là")
    page.get_by_label("Langue").select_option("anglais")
    page.get_by_role("button", name="Montrer").click()
    page.get_by_text("Aucune histoire ne correspond").wait_for()
    page.get_by_role("link", name="toutes les voir").click()
    page.get_by_label("Depuis le").fill("2020-01-01")
    page.get_by_label("Jusqu’au").fill("2020-12-31")
    page.get_by_role("button", name="Montrer").click()
    assert page.locator("#count").inner_text().startswith("0 histoire sur 2")
    page.get_by_role("link", name="toutes les voir").click()
    for ending, name in (("json", "JSON"), ("csv", "tableau (CSV)"), ("txt", "texte")):
        with page.expect_download() as taken:
            page.get_by_role("link", name=name).click()
        assert taken.value.suggested_filename == f"histoires.{ending}"
        held = taken.value.path().read_text(encoding="utf-8-sig")
        assert "frappa trois coups" in held and "La lettre était arrivée" in held
        if ending == "json":
            assert [one["rating"] for one in json.loads(held)["stories"]] == [None, 8]
        if ending == "csv":
            assert len(list(csv.reader(held.splitlines(), delimiter=";"))) >= 3
    page.locator(".card h2 a").nth(0).click()
    page.get_by_role("link", name="Supprimer").click()
    page.get_by_role("button", name="Supprimer").click()
    assert page.locator(".card").count() == 1
    page.get_by_role("link", name="Supprimer toutes mes histoires").click()
    page.get_by_role("button", name="Supprimer").click()
    page.get_by_text("Rien encore.").wait_for()
    page.get_by_role("button", name="Se déconnecter").click()
    page.get_by_role("link", name="Se connecter").click()
    page.get_by_label("Nom", exact=True).fill("aurore")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Bonjour, Aurore.").wait_for()
    page.get_by_role("link", name="Mon compte").click()
    page.locator("#end-current").fill(PASSWORD)
    page.get_by_role("button", name="Supprimer mon compte").click()
    page.get_by_text("Votre compte et toutes vos histoires sont supprimés.").wait_for()


@pytest.mark.parametrize("javascript", [True, False])
def test_without_an_account_first_and_with_or_without_javascript(toy, opened, javascript):
    page = opened(java_script_enabled=javascript).new_page()
    page.goto(toy.address)
    page.get_by_label("Le début de l’histoire").fill("Il y avait l'âne: «oui»!")
    page.get_by_role("button", name="Écrire la suite").click()
    page.get_by_role("button", name="Garder cette histoire").wait_for()
    shown = page.locator("#story").inner_text()
    assert shown.startswith("Il y avait l’âne\u00a0: «\u00a0oui\u00a0»\u202f! une fois, au bord de l’eau…")
    assert page.locator("#state").inner_text().startswith("L’histoire est écrite (graine")
    page.get_by_role("button", name="Garder cette histoire").click()
    page.locator("#new-name").fill("Aurore")
    page.locator("#new-password").fill(PASSWORD)
    page.locator("#new-again").fill(PASSWORD)
    page.get_by_role("button", name="Créer mon compte").click()
    page.locator(".card").wait_for()
    (story,) = stories_of(toy.app, "Aurore")
    assert story.prompt == "Il y avait l'âne: «oui»!" and story.text.startswith(" une fois, au bord de l’eau…")
    assert story.settings["max_new_tokens"] == 80 and story.model == "base"
    page.locator(".card h2 a").click()
    assert page.locator("article").inner_text() == shown


def test_a_text_comes_as_it_is_written_and_can_be_stopped(toy, opened):
    waiting = threading.Event()
    toy.pen.before = lambda: waiting.wait(0.15)
    page = opened().new_page()
    page.goto(toy.address)
    page.get_by_role("button", name="Écrire la suite").click()
    page.locator("#story", has_text="une fois, au bord").wait_for()
    assert page.locator("#story").get_attribute("aria-busy") == "true" and not page.locator("#keep").is_visible()
    assert page.get_by_role("button", name="Écrire la suite").is_disabled()
    page.get_by_role("button", name="Arrêter").click()
    page.locator("#state", has_text="Arrêté").wait_for()
    for _ in range(100):  # the server hears of it, and the model is free
        if toy.pen.closed:
            break
        page.wait_for_timeout(50)
    assert toy.pen.closed == 1
    waiting.set()
    page.get_by_role("button", name="Une autre suite").click()
    page.locator("#state", has_text="L’histoire est écrite").wait_for()


def test_what_is_wrong_is_said_beside_the_button(toy, opened, said):
    page = opened().new_page()
    page.goto(toy.address)
    page.locator("#settings summary").click()
    page.get_by_label("Température").fill("chaud")
    page.get_by_role("button", name="Écrire la suite").click()
    page.locator("#trouble", has_text="Le champ «\u00a0Température\u00a0» attend").wait_for()
    assert [line for line in said if "400" not in line] == []  # that answer, in the console
    said.clear()
    page.get_by_label("Température").fill("0,5")
    page.get_by_role("button", name="suite").click()
    page.locator("#state", has_text="L’histoire est écrite").wait_for()
    assert page.locator("#trouble").inner_text() == ""


def test_a_cut_line_keeps_what_was_written(toy, opened, said):
    held = threading.Event()
    toy.pen.before = lambda: held.wait(0.1)
    context = opened()
    page = context.new_page()
    page.goto(toy.address)
    page.get_by_role("button", name="Écrire la suite").click()
    page.locator("#story", has_text="une fois").wait_for()
    page.evaluate("void (ReadableStreamDefaultReader.prototype.read = () => Promise.reject(new TypeError('network error')))")
    page.locator("#trouble", has_text="La connexion au serveur s’est coupée").wait_for()
    assert "une fois" in page.locator("#story").inner_text()
    held.set()
    said.clear()


def test_another_user_sees_nothing_of_it(toy, opened):
    hers = opened().new_page()
    sign_up(hers, toy.address)
    write_and_keep(hers, toy.address, "Un secret de Nohant")
    assert len(stories_of(toy.app, "Aurore")) == 1
    his = opened().new_page()
    sign_up(his, toy.address, "Casimir")
    his.goto(f"{toy.address}/histoires")
    assert "Nohant" not in his.content() and his.locator(".card").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_fault_that_axe_can_find(toy, opened, axe, scheme, said):
    page = opened(color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(toy.address)
    assert faults(page, axe) == []
    page.locator("#settings summary").click()
    page.get_by_role("button", name="Écrire la suite").click()
    page.locator("#state", has_text="L’histoire est écrite").wait_for()
    assert faults(page, axe) == []
    page.get_by_role("button", name="Garder cette histoire").click()
    page.locator("#new-name").wait_for()
    assert faults(page, axe) == []
    page.goto(f"{toy.address}/inscription")
    page.locator("form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Créer mon compte").click()
    page.locator(".trouble").first.wait_for()
    assert faults(page, axe) == []
    sign_up(page, toy.address)
    for number in range(22):
        page.request.post(f"{toy.address}/histoires", form=_form(page, number))
    for path in (
        "/histoires",
        "/histoires?page=2",
        "/histoires?du=2030-01-01",
        "/histoires/1",
        "/histoires/1/supprimer",
        "/compte",
    ):
        page.goto(toy.address + path)
        assert faults(page, axe) == [], path
    for path in ("/confidentialite", "/nulle-part"):
        page.goto(toy.address + path)
        assert faults(page, axe) == [], path
    said[:] = [line for line in said if "Failed to load resource" not in line]  # a page of error is one


def _form(page, number: int) -> dict[str, str]:
    token = page.locator("input[name=csrf_token]").first.input_value()
    return {
        "csrf_token": token,
        "prompt": f"Il y avait {number}",
        "text": " une fois",
        "language": "fr",
        "model": "base",
        "seed": "1",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_window(toy, opened, screenshots, width, scheme, said):
    page = opened(viewport={"width": width, "height": 844}, color_scheme=scheme).new_page()
    sign_up(page, toy.address, "Aurore-de-Saxe-Dupin-de-Nohant")
    for prompt in (
        "Ce soir-là, on frappa trois coups à la porte du moulin, et personne n’osa ouvrir",
        "Anticonstitutionnellement" * 8,
    ):
        write_and_keep(page, toy.address, prompt)
    paths = ["/", "/histoires", "/histoires/1", "/histoires/2", "/histoires/1/supprimer", "/compte", "/confidentialite", "/rien"]
    for path in paths:
        page.goto(toy.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.screenshot(path=screenshots / f"server{path.replace('/', '-')}-{width}-{scheme}.png", full_page=True)
    said[:] = [line for line in said if "404" not in line]


def test_every_control_is_reached_by_tab_and_shows_it(toy, opened):
    page = opened().new_page()
    sign_up(page, toy.address)
    write_and_keep(page, toy.address, "Il y avait")
    for path in ("/", "/histoires", "/compte"):
        page.goto(toy.address + path)
        if path == "/":
            page.locator("#settings summary").click()
        wanted = page.evaluate("""() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
          .filter(one => one.checkVisibility() && !one.disabled && one.type !== 'hidden')
          .filter(one => one.type !== 'radio' || one.checked).length""")
        page.locator("body").click(position={"x": 2, "y": 2})
        reached, hidden = set(), []
        for _ in range(wanted + 12):
            page.keyboard.press("Tab")
            name, outline, what = page.evaluate("""() => {
              const here = document.activeElement, all = [...document.querySelectorAll('*')], style = getComputedStyle(here);
              const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
              return [all.indexOf(here), seen, here.outerHTML.slice(0, 60)];
            }""")
            reached.add(name)
            if not outline:
                hidden.append(what)
        assert len(reached) >= wanted, path
        assert [one for one in hidden if not one.startswith(("<body", "<textarea"))] == [], path


def test_a_queue_is_told(toy, opened):
    held = threading.Event()
    toy.pen.before = lambda: held.wait(30)
    first, second = opened().new_page(), opened().new_page()
    for page in (first, second):
        page.goto(toy.address)
        page.get_by_role("button", name="Écrire la suite").click()
        page.get_by_role("button", name="Arrêter").wait_for()
    second.locator("#state", has_text="1 avant vous").wait_for()
    held.set()
    for page in (first, second):
        page.locator("#state", has_text="L’histoire est écrite").wait_for()


def test_the_language_of_the_text_is_chosen(toy, opened):
    page = opened().new_page()
    page.goto(toy.address)
    page.get_by_label("anglais").check()
    page.get_by_label("Le début de l’histoire").fill("It was the miller's donkey")
    page.get_by_role("button", name="Écrire la suite").click()
    page.locator("#state", has_text="L’histoire est écrite").wait_for()
    assert page.locator("#story").get_attribute("lang") == "en"
    assert page.locator("#story").inner_text().startswith("It was the miller's donkey")  # not set as French
    assert page.locator("#keep input[name=model]").input_value() == "english"
