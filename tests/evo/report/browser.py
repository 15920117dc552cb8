"""A headless Chromium for tests, spoken to over a pipe in its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/; messages are JSON, each ended by a zero byte.
"""

from __future__ import annotations

import base64
import csv
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_SECONDS = 60.0
# The pipe has to be its descriptors 3 and 4.
START = 'exec "$0" "$@" 3<&%d 4>&%d'


class Browser:
    """One page; `events` holds what it told, by method."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._number, self._rest = 0, b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """Ask and wait for the answer; raises RuntimeError for an error."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        for answer in self._messages():
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)
        raise AssertionError("unreachable")

    def _messages(self) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            head, separator, tail = self._rest.partition(b"\0")
            if separator:
                self._rest = tail
                yield json.loads(head)
                continue
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._reading], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self._reading, 1 << 20)
            if not chunk:
                raise RuntimeError("the browser has ended")
            self._rest += chunk

    def open(self, path: Path | str, width: int, height: int = 900) -> None:
        """Open a page of evo's that has a script, and wait until it is drawn."""
        self.show(path, width, height)
        self.wait("document.documentElement?.dataset.ready === 'yes'")

    def show(self, path: Path | str, width: int, height: int = 900) -> None:
        """Go to a page in a window of this width (CSS pixels)."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        address = path if isinstance(path, str) else path.absolute().as_uri()
        self.call("Page.navigate", url=address)

    def prefer(self, scheme: str) -> None:
        """Prefer `light` or `dark` pages, as a reader's system does."""
        wanted = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[wanted])

    def wait(self, condition: str) -> None:
        """Wait until an expression is true; raises TimeoutError with what the console said."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.evaluate(condition):
            if time.monotonic() > deadline:
                raise TimeoutError(f"never true: {condition}; console: {self.complaints()}")
            time.sleep(0.05)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page; raises RuntimeError if it throws."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def click(self, x: float, y: float) -> None:
        """Press and release the mouse at a place of the window."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key, by its name, its Windows code and the text it makes."""
        for kind in ("keyDown", "keyUp"):
            typed = {"text": text} if text and kind == "keyDown" else {}
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **typed,
            )

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Save what is shown as PNG, by default the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self) -> list[str]:
        """Return errors and warnings: of scripts, of the console, of the policy."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(params["exceptionDetails"]))
            elif event["method"] == "Runtime.consoleAPICalled":
                if params["type"] in ("error", "warning", "assert"):
                    found.append(str(params["args"]))
            elif event["method"] == "Log.entryAdded":
                found.append(str(params["entry"]))
            elif event["method"] == "Page.javascriptDialogOpening":
                found.append("a dialog was opened")
        return found

    def requests(self) -> list[str]:
        """Return the addresses that were asked for, but for those that hold their data."""
        sent = (e for e in self.events if e["method"] == "Network.requestWillBeSent")
        addresses = [event["params"]["request"]["url"] for event in sent]
        return [address for address in addresses if not address.startswith("data:")]


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start Chromium with a fresh profile in this folder, and end it."""
    assert CHROMIUM is not None
    (its_input, writing), (reading, its_output) = os.pipe(), os.pipe()
    options = [
        "--headless=new",
        "--no-sandbox",  # containers do not allow it, and only our own pages are opened
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile}",
        "about:blank",
    ]
    process = subprocess.Popen(
        ["bash", "-c", START % (its_input, its_output), CHROMIUM, *options],
        pass_fds=(its_input, its_output),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_input)
    os.close(its_output)
    try:
        yield Browser(reading, writing)
    finally:
        os.close(writing)
        os.close(reading)
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


# WCAG's contrast between text and ground: the least of all elements that a selector finds.
CONTRAST = """((selector) => {
  const channel = (v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const luminance = (text) => { const [r, g, b] = text.match(/\\d+/g).map(Number);
    return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b); };
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (!c.startsWith('rgba(0, 0, 0, 0')) return c; } return 'rgb(255, 255, 255)'; };
  return Math.min(...[...document.querySelectorAll(selector)].map((e) => {
    const style = getComputedStyle(e), ink = e instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [luminance(ink), luminance(ground(e))];
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); })); })"""
TEXTS = "p, dt, dd, h1, h2, h3, a, button, td, th, caption, summary, pre, label, svg text"


def check_front_rows(page: Browser, pareto: Path) -> None:
    """Assert that the table of the front shows the numbers of `pareto.csv`."""
    page.evaluate("document.getElementById('front-rows').open = true")
    heads = page.evaluate(
        "[...document.querySelectorAll('#front-rows th')].map((th) => th.textContent)"
    )
    cells = page.evaluate(
        "[...document.querySelectorAll('#front-rows tbody tr')]"
        ".map((tr) => [...tr.children].map((td) => td.textContent))"
    )
    with pareto.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row, cell in zip(rows, cells, strict=True):
        seen = dict(zip(heads, cell, strict=True))
        assert seen["genome"] == row["genome"]
        assert seen["accuracy"] == f"{100 * float(row['accuracy']):.2f} %"
        assert seen["active ratio"] == f"{100 * float(row['active_ratio']):.2f} %"
        assert seen["active parameters"] == f"{int(row['active_parameters']):,}"
