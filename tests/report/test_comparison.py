"""The page of a comparison: its sentences, its matrix, and hostile names."""

import re
from typing import Any

import pytest
import torch
from PIL import Image

from whylight.comparison.agreement import agreement
from whylight.frame import Frame
from whylight.report import comparison, comparison_words, results
from whylight.types import Maps

from .test_report import EVIL, parsed


def noise(pictures: int, seed: int) -> Maps:
    return torch.randn(pictures, 20, 20, generator=torch.Generator().manual_seed(seed))


def document(maps: dict[str, Maps]) -> dict[str, Any]:
    found = agreement(maps)
    items = [
        {
            "picture": f"{EVIL}/{place}.png",
            "target": {"index": 1, "label": EVIL},
            "probability": 0.5,
            "agreement": {name: float(found.of_pictures(name)[place]) for name in found.matrices},
            "files": {},
        }
        for place in range(len(next(iter(maps.values()))))
    ]
    broken = results.failed("it is <b>empty</b>", picture=EVIL, model=EVIL)
    plan = {"models": [EVIL], "methods": [{"name": EVIL}], "target": EVIL, "data": EVIL}
    nothing: dict[str, Any] = {"models": None, "pairs": [], "classes": [], "scores": None}
    return results.document(plan, [*items, broken]) | {"agreement": comparison.plain(found)} | nothing


def page(maps: dict[str, Maps]) -> str:
    found = document(maps)
    frame = Frame((40, 60), (10.0, 0.0, 50.0, 40.0))
    placed = {name: (each[0], frame) for name, each in maps.items()}
    shown = [
        comparison.shown(item, Image.new("RGB", (60, 40), "green"), frame, placed)
        for item in comparison.extremes([item for item in found["items"] if "error" not in item])
    ]
    return comparison.render(found, shown)


@pytest.mark.parametrize(("methods", "pictures"), [(2, 9), (12, 1)])
def test_it_is_well_formed_safe_and_fetches_nothing(methods: int, pictures: int) -> None:
    html = page({f"{EVIL} {number}": noise(pictures, number) for number in range(methods)})
    found = parsed(html)
    assert all(address.startswith(("data:image/webp;base64,", "#")) for address in found.addresses)
    assert not re.search(r"https?://|//cdn|@import|url\((?!data:)", html)
    assert [tag for tag, _ in found.tags].count("script") == 0
    assert "it is &lt;b&gt;empty&lt;/b&gt;" in html
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all("alt" in attributes for tag, attributes in found.tags if tag == "img")


def test_a_cell_is_coloured_only_beyond_chance() -> None:
    shared = noise(9, 0)
    html = page({"a": shared + 0.1 * noise(9, 1), "b": shared, "c": noise(9, 3)})
    cells = re.findall(r'<td( class="doubtful")? style="--share: ([\d.]+)">', html.partition("Other similarities")[0])
    assert [bool(doubtful) for doubtful, _ in cells] == [False, True, False, True, True, True]
    assert float(cells[0][1]) > 90


def test_sentences_name_the_extremes_and_what_is_no_more_than_chance() -> None:
    shared = noise(9, 0)
    told = comparison_words.sentences(
        document({"a": shared + 0.1 * noise(9, 1), "b": shared, "c": noise(9, 3)})["agreement"]
    )
    assert told[0].startswith("a and b agree most: 0.99 (0.9")
    assert re.search(r"^[ab] and c agree least: .* which is no more than chance\.$", told[1])
    assert told[2] == "2 of 3 pairs agree no more than their maps of different pictures do."


def test_sentences_of_maps_that_do_not_depend_on_the_picture() -> None:
    fixed = noise(1, 0).expand(5, -1, -1)
    told = comparison_words.sentences(document({"gaussian": fixed, "noise": noise(5, 1)})["agreement"])
    assert told[-1] == "The maps of gaussian are much alike whatever the picture: 1.00."


def test_sentences_of_one_picture_and_of_nothing() -> None:
    one = comparison_words.sentences(document({"a": noise(1, 0), "b": noise(1, 1)})["agreement"])
    assert one[0].startswith("Agreement of a and b: ")
    assert one[-1] == "One picture is too few to tell agreement from chance: take 6 or more."
    assert "by chance" not in one[0]
    nothing = comparison_words.sentences(document({"a": torch.zeros(2, 20, 20), "b": noise(2, 1)})["agreement"])
    assert nothing == ["No two methods marked anything in the same picture, so there is nothing to compare."]


def test_maps_of_other_frames_meet_on_the_picture() -> None:
    """One classifier saw the left half of the picture, the other all of it."""
    left, whole = Frame((40, 40), (0.0, 0.0, 20.0, 40.0)), Frame((40, 40), (0.0, 0.0, 40.0, 40.0))
    stacks = comparison.stacked({"left": [(torch.ones(8, 8), left)], "whole": [(torch.ones(4, 16), whole)]})
    assert stacks["left"].shape == stacks["whole"].shape == (1, 8, 16)
    assert stacks["left"][0].sum() == 8 * 8
    assert stacks["whole"].min() == 1
