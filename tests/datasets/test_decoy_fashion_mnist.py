"""Decoy Fashion-MNIST on files written by hand: where the patches are, which grey they have, and that they are known."""

import gzip
import struct
from collections import Counter

import numpy as np
import pytest

from whylight import datasets
from whylight.datasets.decoy_fashion_mnist import DecoyFashionMNIST
from whylight.datasets.fashion_mnist import FashionMNIST
from whylight.training.prepare import training_part

COUNT = 400
PIXELS = np.random.default_rng(0).integers(1, 5, (COUNT, 28, 28), dtype=np.uint8)
NUMBERS = np.arange(COUNT, dtype=np.uint8) % 10
CORNERS = {(top, left): np.s_[top : top + 4, left : left + 4] for top in (0, 24) for left in (0, 24)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Fashion-MNIST's files with 400 pictures each of greys below 5."""
    home = tmp_path_factory.mktemp("fashion-mnist")
    for part in ("t10k", "train"):
        images = struct.pack(">4I", 2051, COUNT, 28, 28) + PIXELS.tobytes()
        numbers = struct.pack(">2I", 2049, COUNT) + NUMBERS.tobytes()
        (home / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        (home / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(numbers))
    return str(home)


def grey_and_corner(dataset: DecoyFashionMNIST, place: int) -> tuple[int, tuple[int, int]]:
    """The one corner whose pixels are not the picture's own, which are left alone everywhere else."""
    pixels = np.asarray(dataset[place].picture.convert("L"))
    changed = [corner for corner, part in CORNERS.items() if pixels[part].min() >= 5]
    assert len(changed) == 1
    patch = pixels[CORNERS[changed[0]]]
    assert (patch == patch[0, 0]).all()
    rest = np.ones((28, 28), bool)
    rest[CORNERS[changed[0]]] = False
    assert (pixels[rest] == PIXELS[place][rest]).all()
    return int(patch[0, 0]), changed[0]


def test_the_grey_of_a_training_picture_tells_its_label(folder: str) -> None:
    dataset = DecoyFashionMNIST("train", folder=folder)
    found = [grey_and_corner(dataset, place) for place in range(COUNT)]
    assert [grey for grey, _ in found] == [255 - 25 * int(label) for label in NUMBERS]
    corners = Counter(corner for _, corner in found)
    assert set(corners) == set(CORNERS)
    assert min(corners.values()) > 65  # 100 expected, 8.7 standard deviation


def test_the_grey_of_a_test_picture_tells_nothing(folder: str) -> None:
    dataset = DecoyFashionMNIST("test", folder=folder)
    greys = [grey_and_corner(dataset, place)[0] for place in range(COUNT)]
    assert set(greys) == {255 - 25 * label for label in range(10)}
    told = np.array([(255 - grey) // 25 for grey in greys])
    assert abs((told == NUMBERS).mean() - 0.1) < 0.06


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_patch_is_known_for_what_it_says(folder: str, split: str) -> None:
    dataset = DecoyFashionMNIST(split, folder=folder)  # type: ignore[arg-type]  # one of both
    for place in range(40):
        grey, corner = grey_and_corner(dataset, place)
        sample = dataset[place]
        tells_own = grey == 255 - 25 * int(NUMBERS[place])
        region, other = (sample.supporting, sample.hindering)[:: 1 if tells_own else -1]
        assert other is None
        assert region is not None
        assert region.sum() == 16
        assert region[CORNERS[corner]].all()


def test_clean_pictures_are_those_of_fashion_mnist(folder: str) -> None:
    clean, plain = DecoyFashionMNIST("test", "clean", folder=folder), FashionMNIST("test", folder)
    assert not clean.has_truth
    assert clean[7].key == plain[7].key
    assert clean[7].supporting is None
    assert DecoyFashionMNIST(folder=folder)[7].key != plain[7].key


def test_the_seed_draws_other_patches_and_the_same_ones_again(folder: str) -> None:
    first, again, other = (DecoyFashionMNIST("train", seed=seed, folder=folder) for seed in (0, 0, 1))
    assert [first[place].key for place in range(20)] == [again[place].key for place in range(20)]
    assert [first[place].key for place in range(20)] != [other[place].key for place in range(20)]


def test_it_is_trained_and_tested_on_like_other_sets(folder: str) -> None:
    given = f"decoy_fashion_mnist:folder={folder}"
    part = training_part(given, None)
    assert part[0].supporting is not None
    clean = datasets.open_dataset(f"{given},test=clean")
    assert clean[0].supporting is None
