"""Debian's Firefox, driven through WebDriver BiDi (https://w3c.github.io/webdriver-bidi/): playwright knows only its own."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FIREFOX = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
KEYS = {
    "Tab": "\ue004",
    "Enter": "\ue006",
    "Space": " ",
    "Escape": "\ue00c",
    "Right": "\ue014",
    "Left": "\ue012",
    "Shift": "\ue008",
}
PREFERENCES = {
    "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9, "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9, "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False, "browser.aboutwelcome.enabled": False, "toolkit.telemetry.reportingpolicy.firstRun": False,
}  # fmt: skip


class Firefox:
    """One tab of a Firefox whose every request would go to a proxy that is not there; ``lost`` are its errors and requests."""

    def __init__(self, address: str):
        """Join the browser at this WebSocket."""
        import websocket

        self.socket = websocket.create_connection(address, timeout=120, suppress_origin=True)
        self.last, self.lost = 0, []
        self._call("session.new", capabilities={})
        self._call("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self.tab = self._call("browsingContext.create", type="tab")["context"]  # the first one never gets the focus
        self._call("browsingContext.activate", context=self.tab)

    def _call(self, method: str, **params: Any) -> dict:
        self.last += 1
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.last:
                assert answer["type"] == "success", answer
                return answer["result"]
            self._heard(answer)

    def _heard(self, event: dict) -> None:
        params = event.get("params", {})
        if event.get("method") == "log.entryAdded" and params["level"] == "error":
            self.lost.append(params["text"])
        elif event.get("method") == "network.beforeRequestSent" and params.get("context") == self.tab:
            address = params["request"]["url"]
            self.lost += [] if address.startswith(("file:", "blob:", "data:", "about:")) else [address]

    def open(self, address: str) -> None:
        """Go to a page and wait until it is loaded."""
        self._call("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def do(self, expression: str) -> Any:
        """Evaluate a JavaScript expression in the page (a promise is awaited) and return its value, sent as JSON."""
        whole = f"Promise.resolve({expression}).then(JSON.stringify)"
        answer = self._call("script.evaluate", expression=whole, target={"context": self.tab}, awaitPromise=True)
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value", "null"))

    def wait(self, expression: str, seconds: float = 120) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.do(f"Boolean({expression})"):
            assert time.monotonic() < end, expression
            time.sleep(0.05)

    def press(self, *keys: str) -> None:
        """Press keys one after the other: names of :data:`KEYS`, or text to type."""
        typed = [KEYS.get(key, letter) for key in keys for letter in ([key] if key in KEYS else key)]
        actions = [{"type": kind, "value": key} for key in typed for kind in ("keyDown", "keyUp")]
        self._call("input.performActions", context=self.tab, actions=[{"type": "key", "id": "keys", "actions": actions}])

    def click(self, selector: str) -> None:
        """Click with the mouse in the middle of the first line of an element."""
        at = self.do(
            f"(one => {{ one.scrollIntoView({{block: 'center', behavior: 'instant'}}); const box = one.getClientRects()[0];"
            f" return [box.x + box.width / 2, box.y + box.height / 2]; }})(document.querySelector({json.dumps(selector)}))"
        )
        moves = [{"type": "pointerMove", "x": round(at[0]), "y": round(at[1])}]
        moves += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._call("input.performActions", context=self.tab, actions=[{"type": "pointer", "id": "mouse", "actions": moves}])

    def picture(self, path: Path) -> None:
        """Write what the window shows."""
        import base64

        path.write_bytes(base64.b64decode(self._call("browsingContext.captureScreenshot", context=self.tab)["data"]))


@contextmanager
def started(place: Path) -> Iterator[Firefox]:
    """Start Firefox with an empty profile in the folder ``place``."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (place / "user.js").write_text("\n".join(lines))
    command = [FIREFOX, "--headless", "--no-remote", "--profile", str(place), "--remote-debugging-port", "0", "about:blank"]
    with open(place / "firefox.log", "wb") as log:
        browser = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"HOME": str(place)})
    try:
        for _ in range(240):
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", (place / "firefox.log").read_text(errors="replace")):
                break
            assert browser.poll() is None, (place / "firefox.log").read_text(errors="replace")
            time.sleep(0.25)
        yield Firefox(f"{found[1]}/session")
    finally:
        browser.terminate()
        browser.wait(30)
