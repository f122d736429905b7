"""Fashion-MNIST's idx files, written by hand; and fetched from a folder."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from whylight.datasets import fashion_mnist
from whylight.datasets.fashion_mnist import FashionMNIST
from whylight.errors import DataError

IMAGES, NUMBERS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
PIXELS = np.arange(3 * 28 * 28).reshape(3, 28, 28).astype(np.uint8)


def images(count: int = 3, magic: int = 2051) -> bytes:
    return struct.pack(">4I", magic, count, 28, 28) + PIXELS.tobytes()


def labels(*numbers: int, count: int | None = None) -> bytes:
    return struct.pack(">2I", 2049, len(numbers) if count is None else count) + bytes(numbers)


def write(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(gzip.compress(content))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, IMAGES, images())
    write(tmp_path, NUMBERS, labels(9, 0, 4))
    return tmp_path


def test_pictures_and_labels_come_as_they_were_written(folder: Path) -> None:
    dataset = FashionMNIST(folder=str(folder))
    assert len(dataset) == 3
    assert [dataset[place].label for place in range(3)] == [9, 0, 4]
    assert dataset.labels[9] == "Ankle boot"
    pixels = np.array(dataset[2].picture)
    assert pixels.shape == (28, 28, 3)
    assert (pixels == PIXELS[2][:, :, None]).all()
    assert dataset[2].key == hashlib.sha256(PIXELS[2].tobytes()).hexdigest()
    assert dataset[2].name == "test-00002"


HALF = gzip.compress(images())[:-30]
BROKEN = {
    "cut off": (IMAGES, HALF, "is no gzip file that can be read whole"),
    "not gzipped": (IMAGES, images(), "is no gzip file that can be read whole"),
    "empty": (IMAGES, b"", "does not begin as an idx file with the magic number 2051"),
    "too short": (IMAGES, gzip.compress(images()[:-1]), "has not the 2352 bytes that its head says"),
    "too long": (IMAGES, gzip.compress(images() + b"x"), "has not the 2352 bytes that its head says"),
    "of another kind": (IMAGES, gzip.compress(labels(1, 2, 3)), "with the magic number 2051"),
    "of a huge size": (IMAGES, gzip.compress(struct.pack(">4I", 2051, 2**31, 2**31, 9)), "and its sizes"),
    "of fewer pictures": (IMAGES, gzip.compress(images(2)), "has 2 pictures and .* 3 labels"),
    "of a label too large": (NUMBERS, gzip.compress(labels(1, 10, 2)), "expected labels from 0 to 9 in .*; got 10"),
    "of labels cut off": (NUMBERS, gzip.compress(labels(1, 2, count=3)), "has not the 3 bytes"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_said(what: str, folder: Path) -> None:
    name, content, sentence = BROKEN[what]
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        _ = FashionMNIST(folder=str(folder))[0]


def test_what_is_missing_is_named_with_the_way_to_get_it(folder: Path) -> None:
    (folder / IMAGES).unlink()
    with pytest.raises(
        DataError, match=rf"there is no file .*{IMAGES}; fashion_mnist:download=true fetches it from http"
    ):
        len(FashionMNIST(folder=str(folder)))


def test_only_the_file_that_is_missing_is_fetched(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    content = (folder / IMAGES).read_bytes()
    (home / IMAGES).write_bytes(content)
    (folder / IMAGES).unlink()
    monkeypatch.setattr(fashion_mnist, "URL", home.as_uri())
    monkeypatch.setitem(fashion_mnist.PUBLISHED, IMAGES, (hashlib.sha256(content).hexdigest(), 1))
    assert FashionMNIST(folder=str(folder), download=True)[1].label == 0
    assert (folder / IMAGES).read_bytes() == content


@pytest.mark.data
def test_the_sums_are_those_of_the_published_files(data_root: Path) -> None:
    for name, (digest, _) in fashion_mnist.PUBLISHED.items():
        assert hashlib.sha256((data_root / "fashion-mnist" / name).read_bytes()).hexdigest() == digest
