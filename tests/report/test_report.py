"""The page: whole, with nothing fetched, and safe whatever a label or a file is called."""

import base64
import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torch import Tensor

from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.frame import Frame
from whylight.methods.cam.grad_cam import GradCAM
from whylight.report import layers, results
from whylight.report.report import Part, Section, render
from whylight.verdict import FLAGS

EVIL = "<script>alert('x')</script> & \"quotes\""
VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """Fails on tags that do not match, and collects addresses and headings."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "action", "data"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


@pytest.fixture
def page(convolution: Classifier, images: Tensor) -> str:
    explanation = explain(convolution, GradCAM(), images[:1])
    item = results.explained(explanation, 0, picture=f"{EVIL}.jpg", method="grad_cam", seconds=0.1)
    item["target"]["label"] = EVIL
    item["flags"] = list(FLAGS)
    item["files"] = {"overlay": "a b#1.png", "maps": "a b#1.npz"}
    broken = results.failed("it is <b>empty</b>", picture="broken.jpg", model="convolution")
    plan: dict[str, Any] = {"model": EVIL, "methods": [{"name": "grad_cam"}], "target": "top1", "pictures": [EVIL]}
    frame = Frame((50, 70), (10.0, 0.0, 60.0, 50.0))
    section = Section(item["picture"], layers.photo(Image.new("RGB", (70, 50), "green"), frame))
    evidence = frame.to_picture(explanation.maps[0]).numpy()
    section.parts.append(Part(item, layers.layers(evidence, section.photo[1:])))
    return render(results.document(plan, [item, broken]), [section])


def test_it_is_well_formed_and_fetches_nothing(page: str) -> None:
    found = parsed(page)
    assert all(address.startswith(("data:image/webp;base64,", "#", "a%20b%231.")) for address in found.addresses)
    assert not re.search(r"https?://|//cdn|@import|url\((?!data:)", page)


def test_names_and_labels_are_text_and_nothing_else(page: str) -> None:
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert [tag for tag, _ in parsed(page).tags].count("script") == 1
    assert "it is &lt;b&gt;empty&lt;/b&gt;" in page


def test_headings_languages_and_texts_for_pictures(page: str) -> None:
    tags = parsed(page).tags
    assert ("html", {"lang": "en"}) in tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all("alt" in attributes for tag, attributes in tags if tag == "img")
    assert all(attributes.get("aria-label") for tag, attributes in tags if attributes.get("role") == "img")
    assert any(attributes.get("name") == "viewport" for tag, attributes in tags if tag == "meta")


def test_it_says_what_was_found_flagged_and_failed(page: str) -> None:
    for words in ("How to read this", "What failed", "broken.jpg", "All results", "Plan and versions", *FLAGS):
        assert words in page
    assert 'class="judgement">Do not rely on this map' in page


def test_the_layers_hold_one_sign_each() -> None:
    evidence = np.zeros((40, 40), np.float32)
    evidence[:10], evidence[30:] = 1, -2
    both = layers.layers(evidence, (400, 400))
    supports, hinders = (opened(uri) for uri in (both.supports, both.hinders))
    assert both.limit == pytest.approx(2)
    assert supports.shape == hinders.shape == (400, 400, 4)
    assert supports[50, 50, 0] > supports[50, 50, 2]
    assert hinders[350, 350, 2] > hinders[350, 350, 0]
    assert supports[150:, :, 3].max() == hinders[:250, :, 3].max() == 0
    assert hinders[350, 350, 3] == pytest.approx(2 * supports[50, 50, 3], abs=4)


def opened(uri: str) -> np.ndarray:
    data = base64.b64decode(uri.removeprefix("data:image/webp;base64,"))
    return np.array(Image.open(io.BytesIO(data)).convert("RGBA")).astype(int)


def test_a_photo_is_bounded_and_a_tiny_one_enlarged() -> None:
    _, width, height = layers.photo(Image.new("RGB", (1600, 400)), Frame((400, 1600), (0.0, 0.0, 1600.0, 400.0)))
    assert (width, height) == (640, 160)
    _, width, height = layers.photo(Image.new("RGB", (8, 4)), Frame((4, 8), (0.0, 0.0, 8.0, 4.0)))
    assert width >= 400
    assert width == 2 * height
