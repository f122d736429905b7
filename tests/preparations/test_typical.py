"""How typical a picture is: distances as scipy's, and the numbers of Fashion-MNIST's own pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import mahalanobis

from whylight.datasets.fashion_mnist import FashionMNIST
from whylight.preparations._form import in_form, is_in_form
from whylight.preparations._typical import describe, nearest, scores, untypical_of
from whylight.preparations.garment import Garment


def test_the_distance_is_mahalanobis_to_the_nearest_class() -> None:
    random = np.random.default_rng(0)
    described, means = random.normal(size=(5, 4)), random.normal(size=(3, 4))
    roots = random.normal(size=(3, 4, 4))
    precisions = roots @ roots.transpose(0, 2, 1) + np.eye(4)
    whitenings = np.linalg.cholesky(precisions).astype(np.float64)
    expected = [min(mahalanobis(one, mean, p) for mean, p in zip(means, precisions, strict=True)) for one in described]
    assert nearest(described, means, whitenings) == pytest.approx(expected)


def test_a_picture_is_described_by_what_can_be_counted() -> None:
    picture = np.zeros((1, 28, 28), dtype=np.uint8)
    picture[0, 4:24, 8:20] = 102
    (numbers,) = describe(picture)
    area = 20 * 12 / 784
    assert numbers[:5] == pytest.approx([area, 0.4, 0, 20 / 28, 12 / 28])
    assert numbers[5] == pytest.approx(2 * (20 + 12) / np.sqrt(240))
    assert numbers[6:9] == pytest.approx([0, 0, 1])
    assert numbers[9:16] == pytest.approx([0, *[12 / 28] * 5, 0])
    assert numbers[16:] == pytest.approx([0, 0, *[20 / 28] * 3, 0, 0])


def test_noise_and_emptiness_are_untypical() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    assert untypical_of(Image.fromarray(noise)) > 1.2
    assert untypical_of(Image.new("L", (28, 28))) > 1


def test_the_form_has_whole_margins_and_leads_back() -> None:
    levels = np.zeros((300, 300))
    levels[40:240, 100:200] = 0.5
    form, box = in_form(levels, (100, 40, 200, 240))
    pixels = np.asarray(form)
    assert pixels.max() == 255
    assert (pixels[:, :6] == 0).all()
    assert (pixels[:, 22:] == 0).all()
    assert pixels[14, 8:20].min() > 220
    assert box[3] - box[1] == pytest.approx(204, abs=1)  # a hundredth on either side
    assert (box[0] + box[2]) / 2 == pytest.approx(150, abs=8)


@pytest.mark.data
def test_the_sets_own_pictures_have_the_form_and_are_typical(data_root: Path) -> None:
    samples = FashionMNIST(split="train", folder=str(data_root / "fashion-mnist"))
    places = range(55_000, 60_000, 5)
    pictures = [samples[place].picture for place in places]
    assert all(is_in_form(picture) for picture in pictures)
    stack = np.stack([np.asarray(picture.convert("L")) for picture in pictures])
    assert (scores(stack) > 1).mean() < 0.025
    assert np.array_equal(np.asarray(Garment()(pictures[0]).picture), stack[0])
