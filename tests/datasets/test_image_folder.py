"""A folder of pictures: labels from its sub-folders, and one bad file spoils nothing but itself."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from whylight.datasets import open_dataset
from whylight.datasets.image_folder import ImageFolder
from whylight.errors import DataError, PictureError


def write(path: Path, colour: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), colour).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "dog/b.png",
        "dog/a.PNG",
        "dog/deep/c.jpg",
        "cat/a.png",
        ".hidden/x.png",
        "cat/.secret.png",
        "top.png",
    ):
        write(tmp_path / name)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("no picture")
    return tmp_path


def test_sub_folders_are_labels(folder: Path) -> None:
    dataset = ImageFolder(str(folder))
    assert dataset.labels == ("cat", "dog")
    found = [(dataset[place].name, dataset[place].label) for place in range(len(dataset))]
    assert found == [("cat/a.png", 0), ("dog/a.PNG", 1), ("dog/b.png", 1), ("dog/deep/c.jpg", 1), ("top.png", None)]
    assert not dataset.has_truth


def test_a_flat_folder_has_no_labels(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    dataset = ImageFolder(str(tmp_path))
    assert dataset.labels == ()
    assert dataset[0].label is None
    assert dataset[0].picture.size == (6, 4)


def test_the_key_is_the_files_content(folder: Path) -> None:
    dataset = ImageFolder(str(folder))
    keys = {sample.name: sample.key for sample in (dataset[place] for place in range(len(dataset)))}
    assert keys["cat/a.png"] == keys["dog/b.png"] == hashlib.sha256((folder / "cat/a.png").read_bytes()).hexdigest()
    (folder / "cat/a.png").rename(folder / "cat/z.png")
    assert ImageFolder(str(folder))[0].key == keys["cat/a.png"]


def test_a_folder_that_is_linked_counts(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere / "emu.png")
    (folder / "emu").symlink_to(elsewhere)
    assert ImageFolder(str(folder)).labels == ("cat", "dog", "emu")


def test_a_damaged_picture_spoils_only_itself(folder: Path) -> None:
    (folder / "cat" / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf")
    dataset = ImageFolder(str(folder))
    assert len(dataset) == 6
    with pytest.raises(PictureError, match=r"b\.png"):
        _ = dataset[1]
    assert dataset[2].label == 1


def test_a_picture_that_went_away_is_said(folder: Path) -> None:
    dataset = ImageFolder(str(folder))
    assert len(dataset) == 5
    (folder / "cat/a.png").unlink()
    with pytest.raises(PictureError, match="there is no file"):
        _ = dataset[0]


def test_a_folder_without_pictures_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"there is no picture in the folder {tmp_path}"):
        open_dataset(tmp_path)
    with pytest.raises(DataError, match="there is no folder"):
        open_dataset(tmp_path / "nowhere")
