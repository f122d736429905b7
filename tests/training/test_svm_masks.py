"""What each control shows, on pictures whose maps are known."""

from typing import Any

import numpy as np
import pytest
import torch

from whylight.training.svm_fit import Recipe
from whylight.training.svm_masks import Seen, Shown, Study, plain_size

pytest.importorskip("sklearn")
SHAPE = (1, 8, 8)


def seen(count: int = 60, seed: int = 0) -> Seen:
    """Noise that says nothing, under maps whose brightest corner is the label."""
    random = np.random.default_rng(seed)
    label = np.arange(count) % 3
    maps = random.uniform(size=(count, 8, 8)) * 0.1
    for number, (top, left) in enumerate([(0, 0), (0, 4), (4, 0)]):
        maps[label == number, top : top + 4, left : left + 4] += 1
    pixels = random.uniform(0.1, 1, size=(count, 64))
    return Seen(pixels.astype(np.float32), maps.reshape(count, 64).astype(np.float32), torch.from_numpy(label), SHAPE)


@pytest.mark.parametrize("shown", ["map", "shape", "shuffled", "random"])
def test_every_control_keeps_the_same_area(shown: Shown) -> None:
    rows = seen().part(shown, 0.25, 0).rows
    assert ((rows != 0).sum(axis=1) == 16).all()
    assert np.array_equal(rows, seen().part(shown, 0.25, 0).rows)


def test_what_is_shown() -> None:
    data = seen()
    own, shape = data.part("map", 0.25, 0).rows, data.part("shape", 0.25, 0).rows
    assert set(np.unique(shape).tolist()) == {0.0, 1.0}
    assert np.array_equal(own, data.pixels * shape)
    shuffled = data.part("shuffled", 0.25, 0).rows
    assert (((shuffled != 0) == (own != 0)).all(axis=1)).mean() < 0.6
    corners = shape.reshape(-1, 8, 8)[:, [0, 0, 7], [0, 7, 0]]
    assert (corners.argmax(axis=1) == data.labels.numpy()).all()


def test_a_mask_that_carries_the_decision_is_found_out() -> None:
    """The pixels are noise: all that an SVM under the map can know is the mask's shape."""
    study = Study(seen(), seen(30, 1), seen(90, 2), Recipe(costs=(0.1, 1.0)))
    size = study.size(0.25, controls=True)
    plain: dict[str, Any] = plain_size(size, ("a", "b", "c"))["scores"]
    assert plain["map"]["accuracy"] > 0.95
    assert plain["shape"]["accuracy"] > 0.95
    assert plain["shuffled"]["accuracy"] < 0.55
    assert plain["random"]["accuracy"] < 0.55
    assert study.size(1.0, controls=True).controls == {}
    assert Study(seen(), None, None, Recipe()).size(0.5, controls=False).scored is None
