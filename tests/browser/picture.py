"""Take the picture of the playground in README.md: ``python -m tests.browser.picture`` (needs chromium and playwright)."""

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from .conftest import CHROMIUM, ROOT, SWITCHES, serve_app

PICTURE = ROOT / "docs" / "playground.png"
PANEL = ".atelier-playground"
STATUS = f"document.querySelector('{PANEL} [role=status]')?.innerText"
PROMPT, CLICKED = "Ce soir-là, on frappa trois coups à la porte du moulin.", 14  # a token in the middle of the first line
COLOURS = 128  #: enough for a page, and a file four times smaller


def take(address: str) -> bytes:
    """Write a story on the page, click one of its tokens, and return what the window then shows."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.set_default_timeout(300_000)
        page.goto(address)
        page.locator(PANEL).wait_for()
        page.locator(f"{PANEL} textarea").first.fill(PROMPT)
        page.locator(PANEL).get_by_role("button", name="Écrire", exact=True).click()
        page.wait_for_function(f"/Cliquez sur un token/.test({STATUS})")
        page.locator(f"{PANEL} .atelier-text > span").nth(CLICKED).click()
        page.locator(f"{PANEL} .atelier-rivals button:enabled").first.wait_for()
        page.mouse.move(0, 0)  # the pointer brings up the figure of whatever token lies below it
        shown = page.locator(PANEL).screenshot()
        browser.close()
    return shown


def main() -> None:
    """Replace the picture."""
    with tempfile.TemporaryDirectory() as place, serve_app(Path(place)) as address:
        shown = take(address)
    PICTURE.parent.mkdir(exist_ok=True)
    Image.open(io.BytesIO(shown)).convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)} : {PICTURE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
