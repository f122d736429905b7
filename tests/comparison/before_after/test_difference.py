"""Means of differences are those of all pictures at once, however they come; their spectrum is that of waves by hand."""

import math

import pytest
import torch

from whylight.comparison.before_after.difference import MOST_CLASSES, Differences
from whylight.comparison.before_after.spectrum import power_of, radial, spectrum
from whylight.types import Images


@pytest.fixture
def pair() -> tuple[Images, Images]:
    before, after = torch.rand(2, 7, 3, 8, 12, generator=torch.Generator().manual_seed(0))
    return before, after


def test_means_are_those_of_all_pictures(pair: tuple[Images, Images]) -> None:
    before, after = pair
    truth = torch.tensor([0, 2, 2, -1, 0, 2, -1])
    found = Differences(classes=3)
    for start in (0, 3, 5):
        stop = {0: 3, 3: 5, 5: 7}[start]
        found.add(before[start:stop], after[start:stop], truth[start:stop])
    result = found.result()
    assert result is not None
    difference = after.double() - before.double()
    assert result.pictures == 7
    assert torch.allclose(result.mean, difference.mean(dim=0), atol=1e-6)
    assert torch.allclose(result.magnitude, difference.abs().mean(dim=0), atol=1e-6)
    assert {label: count for label, (count, _) in result.classes.items()} == {0: 2, 2: 3}
    assert torch.allclose(result.classes[2][1], difference[truth == 2].mean(dim=0), atol=1e-6)


def test_the_common_share(pair: tuple[Images, Images]) -> None:
    before, _ = pair
    pattern = torch.rand(3, 8, 12, generator=torch.Generator().manual_seed(3)) - 0.5
    same = Differences()
    same.add(before, before + pattern, torch.full((7,), -1))
    alone = Differences()
    random = torch.randn(200, 3, 8, 12, generator=torch.Generator().manual_seed(4))
    alone.add(torch.zeros_like(random), random, torch.full((200,), -1))
    first, second = same.result(), alone.result()
    assert first is not None
    assert second is not None
    assert first.share == pytest.approx(1, abs=1e-5)
    assert second.share < 0.005  # without what chance has, 1 / 200


def test_nothing_changed_and_nothing_added(pair: tuple[Images, Images]) -> None:
    assert Differences().result() is None
    found = Differences()
    found.add(pair[0], pair[0], torch.full((7,), -1))
    result = found.result()
    assert result is not None
    assert math.isnan(result.share)
    assert math.isnan(result.spectrum.shares["fine"])


def test_many_classes_are_not_kept(pair: tuple[Images, Images]) -> None:
    found = Differences(classes=MOST_CLASSES + 1)
    found.add(*pair, torch.arange(7))
    result = found.result()
    assert result is not None
    assert result.classes == {}


def test_the_power_sums_to_the_squares(pair: tuple[Images, Images]) -> None:
    assert float(power_of(pair[0]).sum()) == pytest.approx(float(pair[0].square().sum()), rel=1e-5)


@pytest.mark.parametrize(("length", "band"), [(2, "fine"), (3.2, "fine"), (6.4, "middle"), (16, "coarse")])
def test_a_wave_lies_in_its_band(length: float, band: str) -> None:
    wave = torch.sin(2 * math.pi * torch.arange(32, dtype=torch.float64) / length + 0.4).expand(1, 1, 32, 32)
    found = spectrum(power_of(wave))
    assert found.shares[band] == pytest.approx(1, abs=1e-9)
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.frequencies[max(range(len(found.power)), key=lambda at: found.power[at])] == pytest.approx(1 / length)
    shifted = spectrum(power_of(wave.transpose(2, 3)))
    assert shifted.shares[band] == pytest.approx(1, abs=1e-9)


def test_white_noise_has_the_share_of_the_frequencies() -> None:
    found = spectrum(power_of(torch.randn(300, 1, 16, 16, generator=torch.Generator().manual_seed(0)).double()))
    for band, share in found.shares.items():
        assert share == pytest.approx(found.noise[band], abs=0.01)
    inside = sum(1 for row in range(-8, 8) for column in range(-8, 8) if math.hypot(row / 16, column / 16) > 0.25)
    assert found.noise["fine"] == pytest.approx(inside / 256)
    assert found.frequencies[-1] <= 0.5 + 1e-9
    assert float(radial(16, 16)[0, 8]) == pytest.approx(0.5)
