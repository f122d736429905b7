"""Oracles: the statistics of an even draw, the bell curve's formula, scipy's Sobel filter."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from whylight.classifier import Classifier
from whylight.controls.centred_gaussian import CentredGaussian
from whylight.controls.edge_map import EdgeMap
from whylight.controls.random_map import RandomMap
from whylight.errors import MethodError
from whylight.types import Images

TARGETS = torch.tensor([0, 1, 2])


def test_a_random_map_is_an_even_draw(black_box: Classifier) -> None:
    maps = RandomMap()(black_box, torch.zeros(2, 3, 200, 200), TARGETS[:2]).maps
    assert torch.equal(maps[0], maps[1])
    assert maps.min() >= -1
    assert maps.max() <= 1
    assert float(maps[0].mean()) == pytest.approx(0, abs=3 / math.sqrt(3 * 40000))
    assert float(maps[0].var()) == pytest.approx(1 / 3, abs=0.01)
    assert not torch.equal(maps, RandomMap(seed=1)(black_box, torch.zeros(2, 3, 200, 200), TARGETS[:2]).maps)


def test_a_centred_gaussian_is_a_bell(black_box: Classifier) -> None:
    maps = CentredGaussian(spread=0.2)(black_box, torch.zeros(2, 3, 21, 31), TARGETS[:2]).maps
    sigma = 0.2 * 21
    for row, column in ((10, 15), (0, 0), (10, 19), (3, 15)):
        expected = math.exp(-((row - 10) ** 2 + (column - 15) ** 2) / (2 * sigma**2))
        assert float(maps[1, row, column]) == pytest.approx(expected, abs=1e-6)
    torch.testing.assert_close(maps, maps.flip(1, 2))


def test_edges_are_sobels(black_box: Classifier, images: Images) -> None:
    maps = EdgeMap()(black_box, images, TARGETS).maps
    for found, picture in zip(maps, images.double().numpy(), strict=True):
        grey = picture.mean(axis=0)
        across, down = (ndimage.sobel(grey, axis=axis, mode="nearest") / 8 for axis in (1, 0))
        np.testing.assert_allclose(found.numpy(), np.hypot(across, down), atol=1e-6)


def test_an_even_picture_has_no_edges(black_box: Classifier) -> None:
    maps = EdgeMap()(black_box, torch.full((1, 3, 16, 16), 0.7), TARGETS[:1]).maps
    assert float(maps.abs().max()) < 1e-6


def test_a_spread_of_nothing_is_refused() -> None:
    with pytest.raises(MethodError, match="a spread above 0"):
        CentredGaussian(spread=0.0)
