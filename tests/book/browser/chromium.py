"""Chromium without a window, driven through its DevTools protocol over a pipe: no package needed.

The protocol is documented at https://chromedevtools.github.io/devtools-protocol/.
"""

import itertools
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
SECONDS = 60
# Chromium reads commands from descriptor 3 and writes to 4: here both are one end of a socket.
START = 'exec "$@" 3<&{0} 4>&{0}'
# A key's code, and what it types.
KEYS: dict[str, tuple[int, dict[str, str]]] = {
    "Tab": (9, {}),
    "Enter": (13, {"text": "\r"}),
    "Escape": (27, {}),
    " ": (32, {"text": " "}),
    "ArrowDown": (40, {}),
}
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Browser:
    """One page of a Chromium of its own; `home` takes its profile and is left for the caller."""

    def __init__(self, home: Path) -> None:
        ours, theirs = socket.socketpair()
        flags = (*FLAGS, "--remote-debugging-pipe", f"--user-data-dir={home / 'profile'}")
        self._process = subprocess.Popen(
            ["bash", "-c", START.format(theirs.fileno()), "bash", str(CHROMIUM), *flags],
            pass_fds=[theirs.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(home)},
        )
        theirs.close()
        ours.settimeout(SECONDS)
        self._socket, self._received = ours, b""
        self._numbers = itertools.count(1)
        self._session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result; what happens meanwhile goes into `events`."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._socket.sendall(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._received:
            more = self._socket.recv(1 << 20)
            if not more:
                raise RuntimeError("Chromium has ended")
            self._received += more
        message, _, self._received = self._received.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        if "method" in answer:
            self.events.append(answer)
        return answer

    def show(self, width: int, theme: str, media: str = "screen", height: int = 900) -> None:
        """Look at pages with this size in CSS pixels, colour scheme and medium from now on."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)  # windows beside it or not
        scheme = [{"name": "prefers-color-scheme", "value": theme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=scheme)
        self.run(SETTLED)

    def open(self, url: str) -> None:
        """Open a page and wait until its scripts have run; `events` begins anew."""
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._receive()
        self.run(SETTLED)

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page, wait for its promise and return its value."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key of KEYS, or " " where a button takes it."""
        code, text = KEYS[key]
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **pressed, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def move(self, element: str) -> tuple[float, float]:
        """Move the pointer onto an element, a JavaScript expression; return where it is then."""
        self.run(f"({element}).scrollIntoView({{block: 'center'}})")
        self.run(SETTLED)
        box = self.run(f"(({element}).getClientRects()[0]).toJSON()")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        return x, y

    def click(self, element: str) -> None:
        """Click on an element, a JavaScript expression, and wait for the page that it leads to, if
        any."""
        before = self.run("location.href")
        leads = self.run(f"!!({element}).closest('a[href]')")
        at = dict(zip("xy", self.move(element), strict=True))
        self.events.clear()
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)
        while leads and not any(e["method"] == "Page.loadEventFired" for e in self.events):
            self._receive()
        self.run(SETTLED)
        assert not leads or self.run("location.href") != before

    def close(self) -> None:
        """End Chromium."""
        self._session = ""
        self.call("Browser.close")
        self._process.wait(SECONDS)
        self._socket.close()
