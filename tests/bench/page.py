"""The network in one page: how large, how fast in a real browser, and what rounding its weights to a byte costs."""

import math
import statistics
import tempfile
from pathlib import Path
from typing import Any

from workshop import cleaning, corpus
from workshop.base.models import embedded
from workshop.page import build, weights

from .common import table

CONTEXT, KEPT = 512, 256  # each window of the book is read with the last half of the one before

#: In the page: three stories, one after the other; when each had its first token, and how fast it went on.
STORIES = """(async () => {
  const runs = [];
  for (const seed of [1, 2, 3]) {
    const start = performance.now(), pieces = [];
    let first = 0;
    const settings = { temperature: 0.8, topK: 0, topP: 0.9, length: 150, seed };
    const done = await Network.generate({ model: "base", prompt: Words.texts.beginnings[0], settings }, {
      onToken: ({ text }) => { first ||= performance.now() - start; pieces.push(text); },
    });
    runs.push({ first, speed: done.tokensPerSecond, text: pieces.join("") });
  }
  return runs;
})()"""
#: Asked as soon as the page begins to load: when its network answers.
READY = """new Promise((resolve) => {
  const look = () => ("ready" in document.documentElement.dataset ? resolve(performance.now()) : setTimeout(look, 5));
  look();
})"""


def windows(ids: list[int]) -> list[dict[str, Any]]:
    """Cut a text into overlapping windows; in each, the tokens from ``from`` on are those to foresee."""
    starts = range(0, max(1, len(ids) - KEPT), CONTEXT - KEPT)
    return [{"ids": ids[start : start + CONTEXT], "from": 1 if start == 0 else KEPT} for start in starts]


def bits(folder: Path, most: int | None = None) -> dict[str, float]:
    """Return the bits per character of the embedded model on the test book of the Veillées (its first ``most`` tokens): ``f32``
    in PyTorch, ``int8`` in the page's own JavaScript, run by Node.
    """  # fmt: skip
    import torch

    from tests import page
    from workshop import gpt2

    book = next(book for book in corpus.catalogue("veillees") if book.role == "test")
    text = cleaning.clean(corpus.read(book).text, book.title, book.role).text
    model, tokenizer = gpt2.load(str(embedded()))
    model = model.float().cpu()
    ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"][:most]
    characters = len(tokenizer.decode(ids, clean_up_tokenization_spaces=False))
    read = windows([tokenizer.bos_token_id, *ids])
    exact = 0.0
    for window in read:
        tokens = torch.tensor(window["ids"])
        with torch.inference_mode():
            chances = model(tokens[None]).logits[0].log_softmax(dim=-1)
        place = torch.arange(window["from"], len(tokens))
        exact -= chances[place - 1, tokens[place]].double().sum().item()
    rounded = page.run([("base", weights.pack(embedded()))], folder, seconds=3600, bits=read)["nats"]
    return {name: nats / math.log(2) / characters for name, nats in {"f32": exact, "int8": rounded}.items()}


def in_chromium(path: Path) -> tuple[float, list[dict[str, Any]]]:
    """Open the page from the disk, with the network cut; return when it was ready (ms), and its stories."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM, SWITCHES

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = browser.new_context(offline=True).new_page()
        page.goto(path.as_uri(), wait_until="commit")
        measured = page.evaluate(READY), page.evaluate(STORIES)
        browser.close()
    return measured


def in_firefox(path: Path) -> tuple[float, list[dict[str, Any]]]:
    """Do as :func:`in_chromium`, in Debian's Firefox."""
    from tests.browser import firefox

    with tempfile.TemporaryDirectory() as place, firefox.started(Path(place)) as fox:
        fox._call("browsingContext.navigate", context=fox.tab, url=path.as_uri(), wait="none")
        fox.wait(f"location.href === '{path.as_uri()}'")
        return fox.do(READY), fox.do(STORIES)


def main() -> None:
    """Print the size, the speed in each browser that is there, and what rounding loses."""
    with tempfile.TemporaryDirectory() as folder:
        path = build.write_embedded(Path(folder) / "page.html")
        rows = [("the page of the base model", f"{path.stat().st_size / 1e6:.1f} MB", "at most 11")]
        texts = {}
        for name, measure in {"Chromium": in_chromium, "Firefox": in_firefox}.items():
            try:
                ready, runs = measure(path)
            except Exception as error:  # a browser, or what drives it, that is not there
                rows.append((name, f"not measured ({type(error).__name__}: {str(error).splitlines()[0][:60]})", ""))
                continue
            texts[name] = [run["text"] for run in runs]
            rows += [
                (f"{name}: ready after", f"{ready / 1000:.2f} s", "under 2"),
                (f"{name}: first token after", f"{runs[0]['first'] / 1000:.2f} s", "under 0.3"),
                (f"{name}: tokens per second", f"{statistics.median(run['speed'] for run in runs):.0f}", "above 50"),
            ]
        if len(texts) == 2:
            same = texts["Chromium"] == texts["Firefox"]
            rows.append(("the same seeds, the same texts in both", "yes" if same else "NO", "yes"))
        found = bits(Path(folder))
        rows += [
            ("bits per character, float32 (PyTorch)", f"{found['f32']:.4f}", ""),
            ("bits per character, int8 (gpt2.js)", f"{found['int8']:.4f}", ""),
            ("lost by rounding", f"{found['int8'] - found['f32']:.4f}", "at most 0.01"),
        ]
    table("The network in one page, from the disk, with the network cut", ("what", "measured", "target"), rows)
