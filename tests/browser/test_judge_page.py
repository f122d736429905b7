"""Judging in a real browser: with keys, with the mouse, with the brush, and with what is made of it on reload and back."""

import re
from typing import Any

import pytest
from tests.browser.conftest import Served, Visit, Visitor

from whylight.store import SegmentVote, Stroke

pytestmark = pytest.mark.slow


def test_keys_judge_undo_and_skip(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    first = visitor.key()
    second = visitor.press("d")
    assert "explanation 2 of" in page.locator(".seen").inner_text()
    third = visitor.press("u")
    assert "explanation 1 of" in page.locator(".seen").inner_text()
    assert visitor.ups() == [False, True]
    assert visitor.press("z") == second
    assert visitor.press("z") == first
    assert visitor.ups() == []
    assert visitor.press("u") == third
    visitor.press("s")
    assert visitor.ups() == [True]


def test_keys_can_be_turned_off_and_letters_in_a_field_are_letters(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    first = visitor.key()
    page.locator(".person summary").click()
    page.locator("#person-name").press_sequentially("dusz")
    page.locator(".person summary").click()
    page.get_by_label("Keys").uncheck()
    page.keyboard.press("d")
    page.wait_for_timeout(300)
    assert visitor.key() == first
    assert visitor.ups() == []
    page.get_by_label("Keys").check()
    visitor.press("d")
    assert visitor.ups() == [False]


def test_the_mouse_judges(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    first = visitor.key()
    page.get_by_role("button", name="Not good").click()
    page.wait_for_selector(f".judging:not([data-explanation='{first}'])")
    second = visitor.key()
    page.get_by_role("button", name="Good", exact=True).click()
    page.wait_for_selector(f".judging:not([data-explanation='{second}'])")
    assert visitor.ups() == [False, True]


def test_a_verdict_can_be_given_without_a_mouse(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    first = visitor.key()
    page.get_by_label("Keys").uncheck()
    page.get_by_role("button", name="Not good").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f".judging:not([data-explanation='{first}'])")
    assert visitor.ups() == [False]


def painted(page: Any, canvas: str = ".strokes") -> int:
    """How many pixels of a canvas are not empty."""
    return int(
        page.evaluate(
            "(canvas) => { const sheet = document.querySelector(canvas); const {width, height} = sheet;"
            "const {data} = sheet.getContext('2d').getImageData(0, 0, width, height);"
            "return data.filter((value, place) => place % 4 == 3 && value).length; }",
            canvas,
        )
    )


def test_the_brush_paints_what_should_matter(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    key = visitor.key()
    page.get_by_text("Should matter").click()
    box = page.locator(".strokes").bounding_box()
    for share, what in ((0.25, "move"), (0.25, "down"), (0.5, "move"), (0.75, "move"), (0.75, "up")):
        if what == "move":
            page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"], steps=4)
        else:
            getattr(page.mouse, what)()
    page.get_by_text("Kept: this should matter.").wait_for()
    (kept,) = visitor.served.said(visitor.person, kinds=("stroke",))
    stroke = kept.record.said
    assert isinstance(stroke, Stroke)
    assert kept.explanation.key == key
    assert stroke.matters
    assert stroke.width == pytest.approx(0.12)
    assert stroke.points[0] == pytest.approx((0.25, 0.5), abs=0.02)
    assert stroke.points[-1] == pytest.approx((0.75, 0.5), abs=0.02)
    page.reload()
    page.wait_for_function("() => document.querySelector('.strokes')?.width > 300")
    assert visitor.key() == key
    area = painted(page) / page.evaluate(
        "() => { const c = document.querySelector('.strokes'); return c.width * c.height }"
    )
    assert 0.05 < area < 0.12  # half of the width, an eighth of the height
    page.keyboard.press("z")
    page.wait_for_selector(".viewer[data-strokes='[]']")
    assert painted(page) == 0
    assert visitor.key() == key


def test_the_brush_works_with_keys(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    page.get_by_text("Should not").click()
    page.locator(".stage").focus()
    for key in ("Enter", *["ArrowRight"] * 5, "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("Kept: this should not matter.").wait_for()
    (kept,) = visitor.served.said(visitor.person, kinds=("stroke",))
    stroke = kept.record.said
    assert isinstance(stroke, Stroke)
    assert not stroke.matters
    assert stroke.points[-1] == pytest.approx((0.6, 0.52))


def votes(visitor: Visitor) -> list[tuple[int, bool]]:
    """What the person said of segments."""
    said = [each.record.said for each in visitor.served.said(visitor.person, kinds=("segment_vote",))]
    return [(each.segment, each.belongs) for each in said if isinstance(each, SegmentVote)]


def test_a_click_votes_on_a_whole_segment(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    key = visitor.key()
    assert painted(page, ".parts") == 0
    with page.expect_response("**/judge/segments?*"):
        page.get_by_label("Whole segments").check()
    page.get_by_text("Choose a segment").wait_for()
    box = page.locator(".strokes").bounding_box()
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.get_by_text(re.compile(r"Kept: segment \d+ should matter")).wait_for()
    ((segment, belongs),) = votes(visitor)
    assert belongs
    assert visitor.served.said(visitor.person, kinds=("stroke",)) == []
    assert page.locator(".parts").get_attribute("aria-label") == "Your votes on segments: 1 should matter, 0 should not"
    page.reload()
    page.wait_for_function(
        "() => document.querySelector('.parts').getAttribute('aria-label').includes('1 should matter')"
    )
    assert visitor.key() == key
    page.wait_for_function(f"() => document.querySelector('.viewer').dataset.votes == '{{\"{segment}\": true}}'")
    page.keyboard.press("z")
    page.wait_for_selector(".viewer[data-votes='{}']")
    assert votes(visitor) == []
    assert visitor.key() == key


def test_segments_are_voted_on_with_keys(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    page.get_by_text("Should not").click()
    with page.expect_response("**/judge/segments?*"):
        page.get_by_label("Whole segments").check()
    page.wait_for_function(
        "() => { const sheet = document.querySelector('.parts');"
        "return sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height).data.some(Boolean); }"
    )
    page.locator(".stage").focus()
    told = []
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        told.append(page.locator("#toast").inner_text())
    assert told[0] != told[1] != told[2]
    words = re.fullmatch(r"Segment (\d+): [a-z ]+, (supports|hinders|says little)\.", told[-1])
    assert words is not None, told
    page.keyboard.press("Enter")
    page.get_by_text(f"Kept: segment {words[1]} should not matter.").wait_for()
    assert votes(visitor) == [(int(words[1]), False)]
    page.keyboard.press("Enter")
    page.get_by_text("You said: should not matter.").wait_for()
    assert len(votes(visitor)) == 1


def test_opacity_signs_and_zoom_stay_from_one_picture_to_the_next(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    supports, hinders = page.locator(".layer.supports"), page.locator(".layer.hinders")
    page.get_by_label("Opacity of the evidence").fill("30")
    page.get_by_label("Hinders", exact=True).uncheck()
    width = page.locator(".sheet").bounding_box()["width"]
    page.get_by_role("button", name="Larger").click()
    for _ in range(2):
        assert float(supports.evaluate("image => getComputedStyle(image).opacity")) == pytest.approx(0.3)
        assert hinders.is_hidden()
        assert page.locator(".sheet").bounding_box()["width"] == pytest.approx(1.5 * width, rel=0.01)
        assert supports.evaluate("image => image.complete && image.naturalWidth") == 448
        visitor.press("u")
        page.wait_for_function("() => document.querySelector('.layer.supports').complete")


def test_reload_and_back_show_what_stood_there(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    key = visitor.press("d")
    page.reload()
    assert visitor.key() == key
    page.get_by_role("link", name="Explain").click()
    page.wait_for_url("**/explain")
    page.go_back()
    assert visitor.key() == key
    visitor.press("u")
    assert visitor.ups() == [False, True]


def test_two_browsers_of_one_person_lose_nothing(visit: Visit, served: Served) -> None:
    one, other = visit(served, "both"), visit(served, "both")
    one.go("/judge")
    first = one.key()
    other.go("/judge")
    assert other.key() != first
    for _ in range(3):
        one.press("d")
        other.press("u")
    assert sorted(one.ups()) == [False] * 3 + [True] * 3


def test_a_name_is_kept_in_the_browser(visitor: Visitor) -> None:
    page = visitor.go("/judge")
    page.locator(".person summary").click()
    page.locator("#person-name").fill("Grace Höpper")
    page.get_by_role("button", name="Keep").click()
    page.locator(".person .name", has_text="Grace Höpper").wait_for()
    page.wait_for_load_state("load")  # the page is loaded again; before its scripts run, nobody hears a key
    page.wait_for_selector(".judging")
    visitor.press("u")
    assert len(visitor.served.said("Grace Höpper")) == 1
