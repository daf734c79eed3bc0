"""Take the pictures of README.md, of the page and of the playground: ``python -m tests.browser.picture`` (needs chromium)."""

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from workshop.page import build

from .conftest import CHROMIUM, ROOT, SWITCHES, serve_app

DOCS = ROOT / "docs"
PANEL = ".atelier-playground"
STATUS = f"document.querySelector('{PANEL} [role=status]')?.innerText"
PROMPT, CLICKED = "Ce soir-là, on frappa trois coups à la porte du moulin.", 14  # a token in the middle of the first line
CLICKED_ON_THE_PAGE = 24
SEED = "7"  # of a story that can be shown to anybody
COLOURS = 128  #: enough for a page, and a file four times smaller


def of_the_page(file: Path) -> bytes:
    """Open the one-file page, let it write, click one of its tokens, and return what the window then shows."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = browser.new_page(viewport={"width": 1180, "height": 760})
        page.goto(file.as_uri())
        page.get_by_role("button", name="Écrire la suite").click()
        page.locator("#keep").wait_for()  # the story is finished
        page.locator("#tints").check()
        page.locator("#story .token").nth(CLICKED_ON_THE_PAGE).click()
        page.locator("#rivals li").first.wait_for()
        page.evaluate("window.scrollTo(0, 320)")
        shown = page.screenshot()
        browser.close()
    return shown


def of_the_playground(address: str) -> bytes:
    """Write a story in the playground, click one of its tokens, and return what the window then shows."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = browser.new_page(viewport={"width": 1100, "height": 1120})
        page.set_default_timeout(300_000)
        page.goto(address)
        page.locator(PANEL).wait_for()
        page.locator(f"{PANEL} textarea").first.fill(PROMPT)
        page.get_by_role("button", name="Tous les réglages").click()
        page.get_by_label("graine", exact=True).fill(SEED)
        page.get_by_label("garder cette graine").check()
        page.get_by_role("button", name="Tous les réglages").click()
        page.locator(PANEL).get_by_role("button", name="Écrire", exact=True).click()
        page.wait_for_function(f"/Cliquez sur un token/.test({STATUS})")
        page.locator(f"{PANEL} .atelier-text > span").nth(CLICKED).click()
        page.locator(f"{PANEL} .atelier-rivals button:enabled").first.wait_for()
        page.mouse.move(0, 0)  # the pointer brings up the figure of whatever token lies below it
        page.evaluate("document.querySelector('.atelier-start').scrollIntoView()")
        shown = page.screenshot()
        browser.close()
    return shown


def keep(shown: bytes, name: str) -> None:
    """Replace a picture."""
    picture = DOCS / f"{name}.png"
    picture.parent.mkdir(exist_ok=True)
    Image.open(io.BytesIO(shown)).convert("RGB").quantize(COLOURS).save(picture, optimize=True)
    print(f"{picture.relative_to(ROOT)} : {picture.stat().st_size // 1000} kB")


def main() -> None:
    """Replace both pictures."""
    with tempfile.TemporaryDirectory() as place:
        keep(of_the_page(build.write_embedded(Path(place) / "page.html")), "page")
        with serve_app(Path(place)) as address:
            keep(of_the_playground(address), "playground")


if __name__ == "__main__":
    main()
