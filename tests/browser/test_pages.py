"""Every page in a real browser: on a phone, a tablet and a desk; for those who hear it; after a kill."""

import signal
from collections.abc import Callable
from typing import Any

import pytest
from tests.browser.conftest import Served, Visit

from whylight.web import pages

pytestmark = pytest.mark.slow

ADDRESSES = [entry.address for entry in pages.entries()]
NAMELESS = """() => [...document.querySelectorAll(
  "a, button, input:not([type=hidden]), select, textarea, img, [tabindex='0']")]
  .filter((part) => part.checkVisibility() && !(part.getAttribute("aria-label") || part.labels?.length
    || part.textContent.trim()
    || part.getAttribute("aria-labelledby") || part.getAttribute("title") || part.hasAttribute("alt")))
  .map((part) => part.outerHTML.slice(0, 120))"""
TOO_WIDE = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_nothing_is_wider_than_the_screen(visit: Visit, served: Served, width: int) -> None:
    visitor = visit(served, width=width)
    for address in ADDRESSES:
        page = visitor.go(address)
        if address == "/judge":
            page.wait_for_selector(".judging")
        assert page.evaluate(TOO_WIDE) <= 0, address


def test_everything_has_a_name_and_a_place_in_the_order(visit: Visit, served: Served) -> None:
    visitor = visit(served)
    for address in ADDRESSES:
        page = visitor.go(address)
        if address == "/judge":
            page.wait_for_selector(".judging")
        assert page.evaluate(NAMELESS) == [], address
        assert page.locator("h1").count() == 1, address
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.id") == "main"


def test_a_killed_server_loses_nothing(visit: Visit, start: Callable[..., Served]) -> None:
    first = start()
    visitor = visit(first, "Ada")
    page: Any = visitor.go("/judge")
    key = visitor.press("d")
    assert first.process is not None
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    page.keyboard.press("u")
    page.get_by_text("The server does not answer.").wait_for()
    visitor.complaints.clear()  # that it does not answer
    assert visitor.ups() == [False]
    again = start(int(first.address.rpartition(":")[2]))
    page.keyboard.press("d")  # the page that is still open asks the new server
    page.get_by_text("Another explanation stands here by now").or_(page.locator(".judging")).first.wait_for()
    page.reload()
    assert visitor.key() == key
    visitor.press("u")
    assert visitor.ups() == [False, True]
    assert again.process is not None
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(60) == 0
    assert "ended; 2 verdicts stand in" in again.process.stdout.read()
