"""CIFAR-10's binary rows, written by hand; and its archive, fetched from a file."""

import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from whylight.datasets import cifar10
from whylight.datasets._download import Source
from whylight.datasets.cifar10 import CIFAR10
from whylight.errors import DataError, PictureError


def row(label: int, value: int) -> bytes:
    """A red plane of ``value``, a green one that counts its rows, a blue one that counts its columns."""
    counts = range(32)
    green = bytes(count for count in counts for _ in counts)
    blue = bytes(count for _ in counts for count in counts)
    return bytes([label]) + bytes([value]) * 1024 + green + blue


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_batch.bin").write_bytes(row(3, 10) + row(9, 20))
    for number in range(1, 6):
        (tmp_path / f"data_batch_{number}.bin").write_bytes(row(number, number) * number)
    return tmp_path


def test_a_row_is_a_label_and_three_planes(folder: Path) -> None:
    dataset = CIFAR10(folder=str(folder))
    assert len(dataset) == 2
    assert [dataset[place].label for place in (0, 1)] == [3, 9]
    assert dataset.labels[9] == "truck"
    pixels = np.array(dataset[1].picture)
    assert pixels.shape == (32, 32, 3)
    assert (pixels[:, :, 0] == 20).all()
    assert (pixels[:, :, 1] == np.arange(32)[:, None]).all()
    assert (pixels[:, :, 2] == np.arange(32)[None, :]).all()
    assert dataset[1].key == hashlib.sha256(row(9, 20)[1:]).hexdigest()
    assert not dataset.has_truth


def test_the_pictures_to_train_with_lie_in_five_files(folder: Path) -> None:
    dataset = CIFAR10("train", str(folder))
    assert [dataset[place].label for place in range(len(dataset))] == [1, *[2] * 2, *[3] * 3, *[4] * 4, *[5] * 5]
    assert [dataset[place].name for place in (0, 14)] == ["train-00000", "train-00014"]


@pytest.mark.parametrize("length", [0, 3072, 3074])
def test_a_file_that_is_cut_off_is_said(length: int, folder: Path) -> None:
    (folder / "test_batch.bin").write_bytes((row(3, 10) * 2)[:length])
    with pytest.raises(DataError, match=rf"expected rows of 3073 bytes in .*test_batch\.bin; got {length} bytes"):
        len(CIFAR10(folder=str(folder)))


def test_a_label_that_is_none_is_said(folder: Path) -> None:
    (folder / "test_batch.bin").write_bytes(row(1, 1) + row(10, 1))
    dataset = CIFAR10(folder=str(folder))
    assert dataset[0].label == 1
    with pytest.raises(DataError, match=r"expected labels from 0 to 9 .* got 10 in row 1"):
        _ = dataset[1]


def test_a_file_that_shrinks_or_goes_is_said(folder: Path) -> None:
    dataset = CIFAR10(folder=str(folder))
    assert len(dataset) == 2
    (folder / "test_batch.bin").write_bytes(row(1, 1))
    with pytest.raises(PictureError, match="ends within row 1"):
        _ = dataset[1]
    (folder / "test_batch.bin").unlink()
    with pytest.raises(PictureError, match="cannot be read"):
        _ = dataset[1]


def test_what_is_missing_is_named_with_the_way_to_get_it(folder: Path) -> None:
    (folder / "data_batch_4.bin").unlink()
    with pytest.raises(
        DataError, match=r"there is no file .*data_batch_4\.bin; cifar10:download=true fetches .*163 MB"
    ):
        len(CIFAR10("train", str(folder)))
    assert len(CIFAR10("test", str(folder))) == 2


@pytest.fixture
def published(folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive as it is published, with one file that must not be taken out."""
    archive = tmp_path_factory.mktemp("home") / "cifar-10-binary.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        for path in sorted(folder.iterdir()):
            files.add(path, f"cifar-10-batches-bin/{path.name}")
        stray = tarfile.TarInfo("../../stray.bin")
        stray.size = 3
        files.addfile(stray, io.BytesIO(b"bad"))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setattr(cifar10, "SOURCE", Source(archive.as_uri(), digest, 1))
    return archive


def test_it_is_fetched_when_that_is_asked_for(published: Path, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "fetched" / "here"
    assert len(CIFAR10(folder=str(target), download=True)) == 2
    assert len(CIFAR10("train", str(target))) == 15
    names = sorted(path.name for path in target.iterdir())
    assert names == ["data_batch_1.bin", *(f"data_batch_{number}.bin" for number in range(2, 6)), "test_batch.bin"]
    assert not list(tmp_path.rglob("stray.bin"))
    published.unlink()
    assert len(CIFAR10(folder=str(target), download=True)) == 2  # what is there is not fetched again


def test_another_archive_than_the_published_is_refused(published: Path, tmp_path: Path) -> None:
    published.write_bytes(published.read_bytes() + b"more")
    with pytest.raises(DataError, match="is not the published file"):
        len(CIFAR10(folder=str(tmp_path / "new"), download=True))
    assert list((tmp_path / "new").iterdir()) == []


def test_no_network_is_said(published: Path, tmp_path: Path) -> None:
    published.unlink()
    with pytest.raises(DataError, match=r"cannot fetch file:.* into .*; get it where there is a network"):
        len(CIFAR10(folder=str(tmp_path / "new"), download=True))
