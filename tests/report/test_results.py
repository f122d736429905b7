"""``results.json``: the agreed shape, strict JSON, and the same finding out as in."""

import json
import math

import pytest
from torch import Tensor

import whylight
from whylight import registry
from whylight.classifier import Classifier
from whylight.errors import LayerError, MethodError
from whylight.explanation import Explanation, explain
from whylight.frame import Frame
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.plots.finding import finding_of
from whylight.plots.region_words import region_sentence
from whylight.regions import regions
from whylight.report import results

KEYS = {"picture", "model", "method", "target", "probability", "marks", "details", "regions", "flags", "files"}


@pytest.fixture
def masked(convolution: Classifier, images: Tensor) -> Explanation:
    return explain(convolution, registry.read("methods", "f_tc:iterations=3,start=half"), images, 2)


@pytest.fixture
def explanation(convolution: Classifier, images: Tensor) -> Explanation:
    return explain(convolution, Occlusion(window=16, stride=16), images)


def test_the_document_has_the_agreed_shape() -> None:
    document = results.document({"target": "top1"}, [])
    assert list(document) == ["whylight", "plan", "versions", "items", "metrics", "controls"]
    assert document["whylight"] == whylight.__version__
    assert {"python", "torch", "numpy"} <= set(document["versions"])


def test_an_item_holds_every_number_of_the_verdict(explanation: Explanation) -> None:
    item = results.explained(explanation, 1, picture="cat.jpg", method="occlusion", seconds=0.5)
    assert set(item) == KEYS
    assert item["target"] == {"index": int(explanation.targets[1]), "label": item["target"]["label"]}
    assert item["probability"] == float(explanation.verdict.probability[1])
    assert {"without_supporting", "without_hindering", "without_elsewhere", "forward_passes", "backward_passes",
            "seconds", "precision_error"} <= set(item["details"])  # fmt: skip
    assert item["details"]["forward_passes"] == explanation.forward
    assert item["flags"] == list(explanation.verdict.flags[1])


def test_the_finding_comes_back_from_the_item(explanation: Explanation) -> None:
    item = results.explained(explanation, 2, picture="cat.jpg", method="occlusion", seconds=0.5)
    assert results.finding_in(json.loads(results.to_json(item))) == finding_of(explanation, 2)


def test_the_finding_of_a_mask_comes_back_from_the_item(masked: Explanation) -> None:
    item = results.explained(masked, 1, picture="cat.jpg", method="f_tc", seconds=0.5)
    assert item["details"]["loser_label"] == masked.classifier.labels[int(item["details"]["loser"])]
    again = results.finding_in(json.loads(results.to_json(item)))
    assert again == finding_of(masked, 1)
    assert again.ledger is not None
    assert again.marks == "hinders"


def test_regions_are_plain_data(explanation: Explanation) -> None:
    found = regions(explanation)[1]
    frame = Frame((64, 96), (16.0, 0.0, 80.0, 64.0))
    listed = results.region_items(explanation, found, frame)
    assert listed is not None
    item = results.explained(explanation, 1, picture="a", method="b", seconds=0.1, regions=listed)
    assert json.loads(results.to_json(item))["regions"] == listed
    for number, (region, row) in enumerate(zip(found, listed, strict=True), start=1):
        left, top, right, bottom = region.box
        assert (row["number"], row["sign"], row["box"]) == (number, region.sign, list(region.box))
        assert row["picture_box"] == [16 + 2 * left, 2 * top, 16 + 2 * right, 2 * bottom]
        assert row["label"] == {"index": region.label, "label": explanation.classifier.labels[region.label]}
        assert (row["before"], row["after"], row["share"]) == (region.before, region.after, region.share)
        names = item["target"]["label"], row["label"]["label"]
        assert results.sentence_of(row, item["target"]["label"]) == region_sentence(region, *names, number)
    assert results.region_items(explanation, None, frame) is None


def test_a_failure_is_an_item_with_an_error() -> None:
    item = results.failed(MethodError("it cannot"), picture="cat.jpg", model="m", method="rise")
    assert set(item) == KEYS | {"error"}
    assert (item["error"], item["flags"]) == ("it cannot", [])
    assert results.failed(LayerError("not reached"), picture="", model="")["flags"] == ["layer_not_reached"]
    assert results.failed(ZeroDivisionError(), picture="", model="")["error"] == "ZeroDivisionError"


def test_json_is_strict() -> None:
    text = results.to_json({"a": math.nan, "b": [math.inf, 1.5, ("ü",)], "c": {"d": None}})
    assert json.loads(text, parse_constant=pytest.fail) == {
        "a": None, "b": [None, 1.5, ["ü"]], "c": {"d": None}
    }  # fmt: skip
