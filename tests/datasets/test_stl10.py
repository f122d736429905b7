"""STL-10's binary files, written by hand; and its archive, fetched from a file."""

import hashlib
import tarfile
from pathlib import Path

import numpy as np
import pytest

from whylight.datasets import stl10
from whylight.datasets._download import Source
from whylight.datasets.stl10 import STL10
from whylight.errors import DataError, PictureError


def row(value: int) -> bytes:
    """A red plane of ``value``, a green one that counts the picture's rows, a blue one that counts its columns; each is
    written column by column, as Matlab does."""
    counts = range(96)
    green = bytes(down for _across in counts for down in counts)
    blue = bytes(across for across in counts for _down in counts)
    return bytes([value]) * 9216 + green + blue


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_X.bin").write_bytes(row(10) + row(20))
    (tmp_path / "test_y.bin").write_bytes(bytes([3, 10]))
    (tmp_path / "train_X.bin").write_bytes(b"".join(row(value) for value in range(4)))
    (tmp_path / "train_y.bin").write_bytes(bytes([1, 2, 3, 4]))
    (tmp_path / "fold_indices.txt").write_text("3 1 \n" + "0 \n" * 9)
    (tmp_path / "unlabeled_X.bin").write_bytes(row(7) * 3)
    return tmp_path


def test_a_row_is_three_planes_column_by_column(folder: Path) -> None:
    dataset = STL10(folder=str(folder))
    assert len(dataset) == 2
    pixels = np.array(dataset[1].picture)
    assert pixels.shape == (96, 96, 3)
    assert (pixels[:, :, 0] == 20).all()
    assert (pixels[:, :, 1] == np.arange(96)[:, None]).all()
    assert (pixels[:, :, 2] == np.arange(96)[None, :]).all()
    assert dataset[1].key == hashlib.sha256(row(20)).hexdigest()
    assert not dataset.has_truth


def test_labels_are_counted_from_one_in_their_file(folder: Path) -> None:
    dataset = STL10(folder=str(folder))
    assert [dataset.labels[dataset[place].label or 0] for place in (0, 1)] == ["car", "truck"]
    assert [dataset[place].name for place in (0, -1)] == ["test-00000", "test-00001"]


def test_a_fold_is_a_line_of_places_from_zero(folder: Path) -> None:
    assert len(STL10("train", folder=str(folder))) == 4
    fold = STL10("train", 0, str(folder))
    assert [(fold[place].name, fold[place].label) for place in range(len(fold))] == [
        ("train-00003", 3),
        ("train-00001", 1),
    ]


def test_pictures_without_labels(folder: Path) -> None:
    dataset = STL10("unlabeled", folder=str(folder))
    assert len(dataset) == 3
    assert dataset[2].label is None
    assert np.array(dataset[2].picture)[0, 0, 0] == 7


BROKEN = {
    "empty": ("test_X.bin", b"", r"expected rows of 27648 bytes in .*test_X\.bin; got 0 bytes"),
    "cut off": ("test_X.bin", row(1)[:-1], "expected rows of 27648 bytes in .*; got 27647 bytes"),
    "of fewer pictures": ("test_X.bin", row(1), r"test_X\.bin has 1 pictures and .*test_y\.bin 2 labels"),
    "of fewer labels": ("test_y.bin", bytes([1]), r"test_X\.bin has 2 pictures and .*test_y\.bin 1 labels"),
    "of labels from zero": ("test_y.bin", bytes([9, 0]), "expected labels from 1 to 10 in .*; got 0: it is no file"),
    "of a label too large": ("test_y.bin", bytes([9, 11]), "expected labels from 1 to 10 in .*; got 11"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_said(what: str, folder: Path) -> None:
    name, content, sentence = BROKEN[what]
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        len(STL10(folder=str(folder)))


@pytest.mark.parametrize(
    "lines", ["3 1", "", "\n" * 10, "0\n" * 2 + "4\n" + "0\n" * 7, "0\n" * 2 + "-1\n", b"\xff" * 9]
)
def test_broken_folds_are_said(lines: str | bytes, folder: Path) -> None:
    content = lines.encode() if isinstance(lines, str) else lines
    (folder / "fold_indices.txt").write_bytes(content)
    with pytest.raises(DataError, match=r"expected line 3 of .*fold_indices\.txt to be places from 0 to 3"):
        len(STL10("train", 2, str(folder)))


def test_a_fold_of_the_test_is_refused() -> None:
    with pytest.raises(ValueError, match="a number from 0 to 9 beside split=train; got 0 beside split=test"):
        STL10("test", 0)


def test_a_file_that_shrinks_is_said(folder: Path) -> None:
    dataset = STL10(folder=str(folder))
    assert len(dataset) == 2
    (folder / "test_X.bin").write_bytes(row(1))
    with pytest.raises(PictureError, match="ends within row 1"):
        _ = dataset[1]


def test_what_is_missing_is_named_with_the_way_to_get_it(folder: Path) -> None:
    (folder / "train_y.bin").unlink()
    (folder / "fold_indices.txt").unlink()
    with pytest.raises(
        DataError, match=r"there is no file .*train_y\.bin; stl10:download=true fetches it from http.* \(2640 MB\)"
    ):
        len(STL10("train", folder=str(folder)))
    assert len(STL10("test", folder=str(folder))) == 2


def test_the_folds_are_needed_only_for_a_fold(folder: Path) -> None:
    (folder / "fold_indices.txt").unlink()
    assert len(STL10("train", folder=str(folder))) == 4
    with pytest.raises(DataError, match=r"there is no file .*fold_indices\.txt"):
        len(STL10("train", 1, str(folder)))


@pytest.fixture
def published(folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive as it is published."""
    archive = tmp_path_factory.mktemp("home") / "stl10_binary.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        for path in sorted(folder.iterdir()):
            files.add(path, f"stl10_binary/{path.name}")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setattr(stl10, "SOURCE", Source(archive.as_uri(), digest, 1))
    return archive


def test_it_is_fetched_when_that_is_asked_for(published: Path, tmp_path: Path) -> None:
    target = tmp_path / "fetched"
    assert len(STL10(folder=str(target), download=True)) == 2
    assert len(STL10("unlabeled", folder=str(target))) == 3
    assert len(STL10("train", 0, str(target))) == 2
    published.unlink()
    assert len(STL10("train", folder=str(target), download=True)) == 4  # what is there is not fetched again


def test_another_archive_than_the_published_is_refused(published: Path, tmp_path: Path) -> None:
    published.write_bytes(published.read_bytes() + b"more")
    with pytest.raises(DataError, match="is not the published file"):
        len(STL10(folder=str(tmp_path / "new"), download=True))
    assert list((tmp_path / "new").iterdir()) == []
