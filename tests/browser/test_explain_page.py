"""Explaining in a real browser: a picture is dropped or chosen, progress is shown, and long work is cancelled."""

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import SLOW, Visitor

from whylight.datasets.planted import Planted

pytestmark = pytest.mark.slow


def png(place: int) -> bytes:
    """A planted picture as a file: of one in which the network sees nothing, every method is done at once."""
    file = io.BytesIO()
    Planted(count=2, size=32)[place].picture.save(file, "PNG")
    return file.getvalue()


def drop(page: Any, content: bytes, name: str) -> None:
    """Drops a file on the page, as a hand does."""
    dragged = page.evaluate_handle(
        """([text, name]) => {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            const dragged = new DataTransfer();
            dragged.items.add(new File([bytes], name));
            return dragged;
        }""",
        [base64.b64encode(content).decode(), name],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("main", event, {"dataTransfer": dragged})


def drawn(page: Any) -> int:
    """How many explanations stand there with all their layers."""
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")
    return int(
        page.evaluate(
            "() => [...document.querySelectorAll('.found .viewer')].filter((viewer) =>"
            " [...viewer.querySelectorAll('img')].every((image) => image.naturalWidth == 448)).length"
        )
    )


def test_a_dropped_picture_is_explained_side_by_side(visitor: Visitor) -> None:
    page = visitor.go("/explain")
    drop(page, png(0), "olive.bin")
    page.wait_for_selector(".preview:not([hidden])")
    assert page.locator("[data-said]").inner_text() == "olive.bin"
    page.locator(".chip", has_text="RISE").first.click()  # the slow one, named when the server was started
    page.get_by_role("button", name="Explain", exact=True).click()
    page.wait_for_function("() => document.querySelectorAll('.found .viewer').length === 2")
    assert drawn(page) == 2
    assert "/explain/" in page.url
    page.reload()
    assert drawn(page) == 2
    assert page.locator("h1").inner_text() == "olive.bin"
    page.go_back()
    page.wait_for_selector(".drop")


def test_a_chosen_file_that_is_no_picture_is_said(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.go("/explain")
    path = tmp_path / "letter.png"
    path.write_text("Dear Sir")
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name="Explain", exact=True).click()
    page.get_by_text("letter.png is not a picture that is read here").wait_for()
    assert [each for each in visitor.complaints if "400" not in each] == []
    visitor.complaints.clear()


def test_long_work_is_cancelled_and_the_page_answers_meanwhile(visitor: Visitor) -> None:
    page = visitor.go("/explain")
    drop(page, png(1), "navy.png")
    for name in ("Grad-CAM", "Occlusion"):
        page.locator(".chip", has_text=name).first.click()
    assert page.locator(f"input[value='{SLOW}']").is_checked()
    page.get_by_role("button", name="Explain", exact=True).click()
    page.wait_for_function("() => document.querySelector('#job progress')?.value > 0")
    other = visitor.context.new_page()
    other.goto(visitor.served.address + "/explain")
    assert other.locator("h1").inner_text() == "Explain a picture"
    other.close()
    assert page.locator("#job progress").count() == 1, "the other page came while the work went on"
    page.get_by_role("button", name="Cancel").hover()
    page.mouse.down()
    page.wait_for_timeout(1200)  # the progress is fetched twice in this time, and the button must stay what was pressed
    page.mouse.up()
    page.get_by_text("stopped").wait_for()
    page.get_by_role("link", name="Go on").click()
    page.get_by_text("Nothing was asked of this picture yet.").wait_for()
