"""History in a real browser: found by filter, looked at, left and come back to, taken back, taken along."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Served, Visitor

pytestmark = pytest.mark.slow

LOADED = "(image) => image.complete && image.naturalWidth > 0"


@pytest.fixture
def page(visitor: Visitor) -> Any:
    """Somebody who has said down, down and up."""
    visitor.go("/judge").wait_for_selector(".judging")
    for key in ("d", "d", "u"):
        visitor.press(key)
    return visitor.go("/history")


def test_a_filter_finds_and_the_back_button_returns_to_it(page: Any, visitor: Visitor) -> None:
    page.get_by_text("Filter", exact=True).click()
    page.locator("#by").select_option(visitor.person)
    page.locator("#verdict").select_option("Not good")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("2 records fit the filter").wait_for()
    assert page.locator(".history > li").count() == 2
    for image in page.locator(".history img").all():
        image.scroll_into_view_if_needed()
        page.wait_for_function(LOADED, arg=image.element_handle())
    address = page.url
    page.locator(".history a").first.click()
    page.wait_for_url("**/history/explanations/*")
    for image in page.locator(".sheet img").all():
        page.wait_for_function(LOADED, arg=image.element_handle())
    assert page.locator(".said.down").count() == 1
    page.go_back()
    assert page.url == address
    assert page.locator("#by").input_value() == visitor.person


def test_a_verdict_is_taken_back_by_the_keyboard_alone(page: Any, visitor: Visitor) -> None:
    page.goto(f"{visitor.served.address}/history?person={visitor.person}")
    assert visitor.ups() == [False, False, True]
    page.get_by_role("button", name="Take back").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_text("2 records fit the filter").wait_for()
    assert visitor.ups() == [False, False]


def test_everything_can_be_taken_along(page: Any, served: Served, tmp_path: Path) -> None:
    with page.expect_download() as coming:
        page.get_by_role("link", name="Export everything").click()
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    assert path.name == "whylight-export.zip"
    assert "whylight-export/records.jsonl" in zipfile.ZipFile(path).namelist()
