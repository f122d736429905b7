"""Learning in a real browser: the effect comes by itself, a reset is asked about, and is taken back."""

from typing import Any

import pytest
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.slow


def test_a_reset_and_back(visitor: Visitor) -> None:
    page: Any = visitor.go("/judge")
    page.wait_for_selector(".judging")
    visitor.press("u")
    page = visitor.go("/learning")
    page.get_by_role("heading", name="Effect on held-out pictures").wait_for()
    before = page.get_by_text("Version ").first.text_content()
    asked: list[str] = []

    def refuse(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.locator("#candidates").get_by_role("button", name="Reset what was learned").click()
    assert asked == ["From now on, count new verdicts only? This can be taken back."]
    assert page.locator("#candidates").get_by_role("button", name="Take back").count() == 0
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.locator("#candidates").get_by_role("button", name="Reset what was learned").click()
    page.get_by_text("Version 0: no verdict counts yet.").wait_for()
    with page.expect_navigation():
        page.locator("#candidates").get_by_role("button", name="Take back").click()
    page.get_by_text(str(before)).wait_for()
    page.locator("#candidates").get_by_text("taken back", exact=True).wait_for()
