"""PSNR and SSIM of pictures are scikit-image's."""

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from whylight.comparison.before_after.quality import psnr, spread, ssim
from whylight.types import Images


@pytest.fixture
def other(images: Images) -> Images:
    return (images + 0.1 * torch.randn(images.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)


def test_psnr(images: Images, other: Images) -> None:
    wanted = [
        peak_signal_noise_ratio(a, b, data_range=1) for a, b in zip(images.double().numpy(), other.double().numpy())
    ]
    assert psnr(images, other).tolist() == pytest.approx(wanted, rel=1e-5)
    assert psnr(images, images).tolist() == [math.inf] * len(images)


@pytest.mark.parametrize("channels", [1, 3])
def test_ssim(images: Images, other: Images, channels: int) -> None:
    first, second = images[:, :channels], other[:, :channels]
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    wanted = [
        structural_similarity(a, b, data_range=1, channel_axis=0, **options)
        for a, b in zip(first.double().numpy(), second.double().numpy())
    ]
    assert ssim(first, second).tolist() == pytest.approx(wanted, abs=1e-4)
    assert ssim(first, first).tolist() == pytest.approx([1] * len(first), abs=1e-5)


def test_a_spread_leaves_out_what_is_no_number() -> None:
    values = [3.0, 1.0, 2.0, 10.0]
    found = spread(torch.tensor([math.inf, math.nan, *values]))
    assert found.pictures == 4
    assert found.mean == pytest.approx(4)
    assert found.quantiles == pytest.approx(np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)))
    assert math.isnan(spread(torch.tensor([math.inf])).mean)
