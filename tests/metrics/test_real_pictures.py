"""Real networks, pictures and boxes. Oracles: the boxes' own geometry; a map that no weight can change."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from whylight import classifiers, registry
from whylight.controls.centred_gaussian import CentredGaussian
from whylight.explanation import Explanation, explain
from whylight.method import Method
from whylight.metric import Metric, Truth
from whylight.metrics.localisation.pointing_game import PointingGame
from whylight.types import Maps

pytestmark = [pytest.mark.slow, pytest.mark.data]

NETWORKS = {
    "torchvision:squeezenet1_1": "squeezenet1_1.imagenet1k",
    "torchvision:mobilenet_v2": "mobilenet_v2.imagenet1k_tfsame",
    "timm:deit_tiny_patch16_224": "deit_tiny_patch16_224.imagenet1k",
}
SIDE = 227
"""The boxes were drawn on pictures of this size."""


def test_the_middle_hits_the_boxes_that_hold_it(data_root: Path, explained: Callable[[Maps], Explanation]) -> None:
    """Point in a box, for 200 pictures: most photographers centre their subject."""
    boxes = list(json.loads((data_root / "imagenet" / "boxes.json").read_text()).values())[::3][:200]
    masks, middle = torch.zeros(200, SIDE, SIDE, dtype=torch.bool), SIDE / 2
    held = [any(x <= middle <= far_x and y <= middle <= far_y for x, y, far_x, far_y in each) for each in boxes]
    for mask, each in zip(masks, boxes, strict=True):
        for x, y, far_x, far_y in each:
            mask[max(0, int(y)) : int(far_y) + 1, max(0, int(x)) : int(far_x) + 1] = True
    pictures = torch.zeros(1, 3, SIDE, SIDE)
    explanation = explained(torch.zeros(1, SIDE, SIDE))
    bump = CentredGaussian()(explanation.classifier, pictures, explanation.targets).maps
    scores = PointingGame(tolerance=0.0)(explained(bump.repeat(200, 1, 1)), Truth(masks)).scores
    assert float(scores.mean()) == pytest.approx(sum(held) / 200, abs=0.01)
    assert 0.7 < float(scores.mean()) < 0.95


def measured(explanation: Explanation, text: str) -> float:
    metric: Metric = registry.read("metrics", text)
    scores = metric(explanation).scores
    assert scores.isfinite().all()
    return float(scores.mean())


@pytest.mark.parametrize("network", NETWORKS)
def test_gradients_depend_on_the_weights_and_edges_do_not(data_root: Path, network: str) -> None:
    weights = data_root / "models" / f"{NETWORKS[network]}.safetensors"
    classifier = classifiers.load(f"{network},weights={weights}")
    files = sorted((data_root / "imagenet" / "val").glob("*/*"))[5::350]
    pictures = torch.stack([classifier.fit(Image.open(file).convert("RGB"))[0] for file in files])
    assert classifier.module is not None
    before = {name: value.clone() for name, value in classifier.module.state_dict().items()}
    method: Method = registry.read("methods", "saliency")
    saliency = explain(classifier, method, pictures)
    edges = explain(classifier, registry.read("controls", "edge_map"), pictures, saliency.targets)
    for order in ("top_down", "bottom_up", "independent"):
        test = f"parameter_randomisation:stages=2,order={order}"
        assert measured(edges, test) == pytest.approx(1, abs=1e-6)
        assert measured(saliency, test) < 0.3
    assert measured(edges, "efficient_parameter_randomisation") == 0
    assert measured(saliency, "random_logit") < 0.9
    after = classifier.module.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
