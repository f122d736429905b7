"""A real browser before a real server: skipped where there is no Chromium; a complaint of its console is a mistake."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from whylight.store import Filter, Judged, Store

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright")

CHROMIUM = os.environ.get("WHYLIGHT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    f"--{name}"
    for name in (
        *("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync"),
        *("disable-background-networking", "disable-component-update"),
    )
]
PATIENCE = 60_000.0
"""Milliseconds: a busy machine is no mistake."""
SLOW = "rise:samples=1000000,tolerance=0"
METHODS = ("grad_cam", "occlusion:window=32,stride=32")


@dataclass
class Served:
    """A server: where it listens, and what it keeps."""

    address: str
    where: str
    process: Any = None

    def said(self, person: str, **wanted: Any) -> list[Judged]:
        """What a person said so far, the oldest first."""
        with Store(self.where) as store:
            return store.since(0, Filter(person=person, **wanted))


@dataclass
class Visitor:
    """A person with a page of their own; ``complaints``: what the browser's console said."""

    page: Any
    context: Any
    served: Served
    person: str
    complaints: list[str] = field(default_factory=list)

    def note(self, said: Any) -> None:
        """Notes what the console says, if it is a complaint."""
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    def go(self, path: str) -> Any:
        """Opens a page of the server."""
        self.page.goto(self.served.address + path)
        return self.page

    def key(self) -> str:
        """The explanation that waits for a verdict, when there is one."""
        return str(self.page.locator(".judging").get_attribute("data-explanation"))

    def press(self, key: str) -> str:
        """Presses a key and waits until another explanation stands there; returns its key."""
        before = self.key()
        self.page.keyboard.press(key)
        self.page.wait_for_selector(f".judging:not([data-explanation='{before}'])")
        return self.key()

    def ups(self) -> list[bool]:
        """The verdicts of this person that stand."""
        return [each.record.said.up for each in self.served.said(self.person)]  # type: ignore[union-attr]  # no strokes here


Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser."""
    if CHROMIUM is None:
        pytest.skip("no Chromium; Debian's package chromium has it, or WHYLIGHT_CHROMIUM names it")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server in a thread, over planted pictures, which all tests share: each is another person."""
    import uvicorn

    from whylight.web.app import create_app
    from whylight.web.settings import Settings
    from whylight.web.state import opened

    where = str(tmp_path_factory.mktemp("served") / "judged.db")
    settings = Settings(
        data="planted:count=12,size=32",
        models=("planted:size=32",),
        methods=(*METHODS, SLOW),
        store=where,
        learning=False,
    )
    listening = socket.create_server(("127.0.0.1", 0))
    with opened(settings) as state:
        server = uvicorn.Server(uvicorn.Config(create_app(state), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", where)
        server.should_exit = True
        thread.join(timeout=20)
    listening.close()


@pytest.fixture
def visit(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """``visit(served, person)``: a new browser; at the end nothing may have been complained of."""
    visitors: list[Visitor] = []

    def begin(served: Served, person: str = "", width: int = 1280) -> Visitor:
        context = chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        name = person or request.node.name[:40]
        context.add_cookies([{"name": "whylight-person", "value": name, "url": served.address}])
        visitor = Visitor(context.new_page(), context, served, name)
        visitor.page.on("console", visitor.note)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitors.append(visitor)
        return visitor

    yield begin
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert complaints == []


@pytest.fixture
def visitor(visit: Visit, served: Served) -> Visitor:
    """One person before the shared server."""
    return visit(served)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[int], Served]]:
    """``start(port)`` begins a server of its own as a process, over the same store each time."""
    running: list[subprocess.Popen[str]] = []

    def begin(port: int = 0) -> Served:
        where = str(tmp_path / "judged.db")
        words = ["serve", "--data", "planted:count=6,size=32", "--store", where, "--port", str(port), "--no-learning"]
        methods = [word for method in METHODS for word in ("--method", method)]
        command = [sys.executable, "-m", "whylight", *words, *methods]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("whylight serves http://"), line
        address = line.split()[2].rstrip("/")
        wait_for(address)
        return Served(address, where, process)

    yield begin
    for process in running:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def wait_for(address: str) -> None:
    """Waits until something listens at an address."""
    host, _, port = address.removeprefix("http://").partition(":")
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return
