"""The pages of keys and the dashboard in a real browser: at every width, in the light and in the dark, for everybody."""

import pytest

from tests.server_client import application, live
from tests.server_pens import FakePen, fake_engine

from .axe import faults

PASSWORD = "quatre mots sans rapport"
WAIT = 60_000  # milliseconds: the machine may be busy


@pytest.fixture(scope="module")
def place():
    """A server that has worked a little, and failed once."""
    broken = []

    def before() -> None:
        if broken:
            raise ValueError("the secret of ada")

    app = application(fake_engine(FakePen(before=before)), admin="marie", admin_password=PASSWORD)
    client = app.test_client()
    for path in ("/", "/api/models", "/nowhere"):
        client.get(path)
    client.post("/api/generate", json={"prompt": "Il"})
    broken.append(True)
    client.post("/api/generate", json={"prompt": "Il"})
    broken.clear()
    with live(app) as address:
        yield address


@pytest.fixture(
    params=[{"viewport": {"width": 1280, "height": 900}}, {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}],
    ids=["1280", "390, dark"],
)
def page(browser, place, request):
    """The administrator's browser; whatever goes wrong in it fails the test."""
    said = []
    context = browser.new_context(**request.param)
    context.set_default_timeout(WAIT)
    context.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    page = context.new_page()
    page.goto(f"{place}/connexion")
    page.get_by_label("Nom").fill("marie")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("button", name="Se déconnecter").wait_for()
    yield page
    context.close()
    assert said == []


def fits(page) -> bool:
    """Whether nothing sticks out on the right."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_dashboard(page, place, axe):
    page.get_by_role("link", name="Tableau de bord").click()
    assert page.locator("svg.bars rect").count() > 24
    heights = page.locator("svg.bars").first.locator("rect").evaluate_all("bars => bars.map(bar => bar.getBBox().height)")
    assert heights[-1] == 100 and set(heights[:-2]) == {0}  # all of it has come in this hour, or just before it struck
    assert page.locator("#errors + ul li").count() == 1 and "secret" not in page.content()
    page.get_by_text("En chiffres").first.click()
    assert page.get_by_role("row").filter(has_text="Demandes").first.is_visible()
    assert fits(page) and faults(page, axe) == []


def test_a_key_is_made_used_and_revoked_by_keyboard(page, place, axe):
    page.goto(f"{place}/compte")
    page.get_by_role("link", name="Mes clés").click()
    page.get_by_label("À quoi servira-t-elle").focus()
    page.keyboard.type("carnet 07")
    page.keyboard.press("Enter")
    key = page.locator(".key").inner_text()
    assert fits(page) and faults(page, axe) == []
    answer = page.request.post(f"{place}/v1/completions", data={"prompt": "Il"}, headers={"Authorization": f"Bearer {key}"})
    assert answer.status == 200
    page.goto(f"{place}/compte/cles")
    assert key not in page.content()
    page.get_by_role("button", name="Révoquer « carnet 07 »").focus()
    page.keyboard.press("Enter")
    page.get_by_text("est révoquée").wait_for()
    answer = page.request.post(f"{place}/v1/completions", data={"prompt": "Il"}, headers={"Authorization": f"Bearer {key}"})
    assert answer.status == 401
    assert fits(page) and faults(page, axe) == []
