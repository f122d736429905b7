"""The manual names every key of ``results.json``."""

from pathlib import Path
from typing import Any

import pytest
import torch

from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.frame import Frame
from whylight.methods.cam.grad_cam import GradCAM
from whylight.regions import regions
from whylight.report import results

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")


@pytest.fixture
def item(convolution: Classifier) -> results.Item:
    images = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    explanation = explain(convolution, GradCAM(), images, 3)
    found = results.region_items(explanation, regions(explanation)[0], Frame((32, 32), (0.0, 0.0, 32.0, 32.0)))
    return results.explained(explanation, 0, picture="a", method="grad_cam", seconds=1.0, regions=found)


def test_every_key_is_explained(item: results.Item) -> None:
    failure = results.failed("reason", picture="a", model="b")
    parts: list[dict[str, Any]] = [results.document({}, [item]), item, failure, item["details"], item["target"]]
    assert item["regions"]
    for key in {key for part in [*parts, *item["regions"]] for key in part}:
        assert f"`{key}`" in PAGE, f"docs/command-line.md does not explain {key}"
