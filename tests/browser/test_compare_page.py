"""Compare in a real browser: from a picture to the grid and its numbers, reloaded, and cancelled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Served, Visit
from tests.browser.listening import listening
from tests.browser.test_explain_page import png

from whylight.web.settings import Settings

pytestmark = pytest.mark.slow

LONG = tuple(f"rise:samples={1_000_000 + number},tolerance=0" for number in range(3))
"""A minute and more each, of a picture in which the network sees something: nothing is over before it is stopped."""


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Served]:
    """A server with one quick method and many slow ones."""
    settings = Settings(
        "planted:count=3,size=32",
        models=("planted:size=32",),
        methods=("grad_cam", *LONG),
        store=str(tmp_path / "a.db"),
    )
    with listening(settings) as served:
        yield served


def chosen(page: Any, *methods: str) -> None:
    """Chooses methods by their texts, and no others."""
    for box in page.locator("input[name=methods]").all():
        box.set_checked(box.input_value() in methods, force=True)


def test_from_a_picture_to_the_numbers(visit: Visit, served: Served) -> None:
    page: Any = visit(served).go("/compare")
    chosen(page, "grad_cam", "saliency")
    page.get_by_role("button", name="A random one of the data").click()
    page.get_by_text("How far the maps agree").wait_for()
    assert page.locator(".grid .stage").count() == 2
    assert page.locator(".likeness").count() == 3
    address = page.url
    assert "/compare/" in address
    page.locator("[data-look=opacity]").fill("20")
    assert page.locator(".sheet").first.evaluate("(sheet) => sheet.style.getPropertyValue('--opacity')") == "0.2"
    page.reload()
    page.get_by_text("How far the maps agree").wait_for()
    assert page.url == address


def test_a_comparison_is_cancelled_and_what_was_found_stays(visit: Visit, patient: Served) -> None:
    page: Any = visit(patient).go("/compare")  # all methods that the server was started with are chosen
    seen = {"name": "navy.png", "mimeType": "image/png", "buffer": png(1)}
    page.locator("#file").set_input_files(seen)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator(".grid .stage").first.wait_for()
    page.locator("#job-cancel").click()
    page.get_by_text("stopped").wait_for()
    page.reload()
    page.locator(".grid .stage").first.wait_for()
    assert page.locator("#job").count() == 0
    assert page.get_by_text("nothing here").count() > 0
