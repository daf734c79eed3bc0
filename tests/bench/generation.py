"""How fast the playground answers: in the kernel, and in a real JupyterLab in a real browser where there is one."""

import statistics
import tempfile
from pathlib import Path

from .common import python, surroundings, table

SEEDS = 5

#: In a process of its own, with as many threads as the machine has cores, as in the room.
KERNEL = """
import statistics, time
from workshop.generation import Sampling
from workshop.widgets.next_tokens import NextTokens
from workshop.widgets.playground import Playground

panel = Playground(sampling=Sampling(max_new_tokens=200))
panel.write(); panel.wait()  # the model is loaded, the machine is warm
first, speed, stop, bars = [], [], [], []
show = panel.flow.show
for seed in range(SEEDS):
    panel.controls.seed.value, seen = seed, []
    panel.flow.show = lambda prompt, tokens, tips=True: (show(prompt, tokens, tips), tokens and seen.append(time.perf_counter()))
    start = time.perf_counter()
    panel.write(); panel.wait()
    first.append(seen[0] - start)
    speed.append(len(panel.tokens) / (time.perf_counter() - start))
    panel.write()
    while len(panel.tokens) < 20:
        time.sleep(0.005)
    start = time.perf_counter()
    panel.stop(); panel.wait()
    stop.append(time.perf_counter() - start)
view = NextTokens(panel.models.get("GPT-2 de base"), "Il y avait une fois, au bord de la rivière,")
for step in range(50):
    start = time.perf_counter()
    view.sliders["temperature"].value = 0.5 + step / 50
    bars.append(time.perf_counter() - start)
print(*map(statistics.median, (first, speed, stop, bars)))
"""

#: In the page: press « Écrire », note when the first token is there and when the last one is.
WRITE = """() => new Promise(resolve => {
    const panel = document.querySelector('.atelier-playground');
    const text = panel.querySelector('.atelier-text');
    const button = [...panel.querySelectorAll('button')].find(one => one.innerText === 'Écrire');
    const start = performance.now();
    let emptied = text.childElementCount === 0, first = 0;
    const watcher = new MutationObserver(() => {
        const count = text.childElementCount;
        emptied ||= count === 1;
        if (emptied && count > 1) first ||= performance.now() - start;
        if (first && !button.disabled) { watcher.disconnect(); resolve([first, performance.now() - start, count - 1]); }
    });
    watcher.observe(panel, {childList: true, subtree: true, attributes: true, attributeFilter: ['disabled']});
    button.click();
})"""
#: Press « Arrêter », note when « Écrire » can be pressed again.
STOP = """() => new Promise(resolve => {
    const buttons = [...document.querySelectorAll('.atelier-playground button')];
    const [write, stop] = ['Écrire', 'Arrêter'].map(name => buttons.find(one => one.innerText === name));
    const watcher = new MutationObserver(() => {
        if (!write.disabled) { watcher.disconnect(); resolve(performance.now() - start); }
    });
    watcher.observe(write, {attributes: true, attributeFilter: ['disabled']});
    const start = performance.now();
    stop.click();
})"""
#: Note each arrow key that the slider gets, and when the bars have changed after it.
WATCH_BARS = """() => {
    window.moves = [];
    let start = 0;
    const panel = document.querySelector('svg[data-kept]').closest('.atelier');
    panel.addEventListener('keydown', () => { start = performance.now(); }, true);
    new MutationObserver(() => { if (start) { window.moves.push(performance.now() - start); start = 0; } }).observe(
        document.querySelector('svg[data-kept]').parentElement, {childList: true});
}"""


def in_the_kernel() -> tuple[float, ...]:
    """Return seconds to the first token, tokens per second, seconds to stop, seconds for the bars (medians)."""
    with tempfile.TemporaryDirectory() as folder:
        code = KERNEL.replace("SEEDS", str(SEEDS))
        _, printed = python(code, surroundings(Path(folder), WORKSHOP_QUIET="1", WORKSHOP_COLLECTION="veillees"))
    return tuple(map(float, printed.split()))


def in_the_browser() -> tuple[float, ...] | None:
    """Return the same four medians as a reader sees them, from the click to the page; None where there is no browser."""
    from tests.browser.conftest import CHROMIUM, SWITCHES, serve_lab
    from tests.browser.notebook import Notebook
    from tests.browser.test_playground import PANEL, SOURCES

    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return None
    if CHROMIUM is None:
        return None
    with tempfile.TemporaryDirectory() as folder, serve_lab(Path(folder)) as lab, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        lab.write("bench", SOURCES[:2])
        notebook = Notebook(chromium, lab, "bench")
        notebook.run_all()
        page, runs, stops = notebook.page, [], []
        length = page.locator(f"{PANEL} .noUi-handle").nth(1)
        length.press("End")
        page.evaluate(WRITE)  # the model is loaded, the machine is warm
        for _ in range(SEEDS):
            runs.append(page.evaluate(WRITE))
            page.locator(PANEL).get_by_role("button", name="Écrire", exact=True).click()
            page.wait_for_timeout(700)
            stops.append(page.evaluate(STOP))
        page.evaluate(WATCH_BARS)
        temperature = page.locator(".atelier:has(svg[data-kept]) .noUi-handle").first
        for _ in range(20):
            temperature.press("ArrowLeft")
            page.wait_for_timeout(250)
        moves = page.evaluate("window.moves")
        chromium.close()
    first = statistics.median(run[0] for run in runs) / 1000
    speed = statistics.median(1000 * run[2] / run[1] for run in runs)
    return first, speed, statistics.median(stops) / 1000, statistics.median(moves) / 1000


def main() -> None:
    """Measure and print."""
    kernel, browser = in_the_kernel(), in_the_browser()
    names = (
        ("from the click to the first token", "{:.2f} s", "0.3 s at most"),
        ("writing", "{:.0f} tokens/s", "40 tokens/s at least"),
        ("from « Arrêter » to the end", "{:.2f} s", "0.5 s at most"),
        ("bars after the slider moved", "{:.4f} s", "0.1 s at most"),
    )
    rows = [
        (name, figure.format(kernel[i]), figure.format(browser[i]) if browser else "no browser here", target)
        for i, (name, figure, target) in enumerate(names)
    ]
    table("The playground, embedded model", ("median", "in the kernel", "in JupyterLab and Chromium", "target"), rows)
