"""ImageNet's validation pictures in tiny folders of its layout."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from whylight.datasets.imagenet import ImageNet
from whylight.errors import DataError, PictureError

CLASSES = [
    {"index": 1, "wnid": "n02", "names": "goldfish, Carassius auratus"},
    {"index": 0, "wnid": "n09", "names": "tench"},
    {"index": 2, "wnid": "n03", "names": "shark"},
]


def write(path: Path, size: tuple[int, int] = (227, 227)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "teal").save(path, "JPEG")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "val/n02/a.JPEG")
    write(tmp_path / "val/n09/b.JPEG", (454, 227))
    (tmp_path / "classes.json").write_text(json.dumps(CLASSES))
    (tmp_path / "boxes.json").write_text(
        json.dumps({"a.JPEG": [[10, 20, 30, 40], [0, 0, 5, 5]], "b.JPEG": [[100, 50, 27, 10]]})
    )
    return tmp_path


def test_labels_are_in_the_order_of_the_logits(folder: Path) -> None:
    dataset = ImageNet(str(folder))
    assert dataset.labels == ("tench", "goldfish, Carassius auratus", "shark")
    assert [(dataset[place].name, dataset[place].label) for place in (0, 1)] == [("n02/a.JPEG", 1), ("n09/b.JPEG", 0)]


def test_boxes_are_the_supporting_region(folder: Path) -> None:
    dataset = ImageNet(str(folder))
    assert dataset.has_truth
    expected = np.zeros((227, 227), bool)
    expected[20:60, 10:40] = True
    expected[:5, :5] = True
    assert np.array_equal(dataset[0].supporting, expected)  # type: ignore[arg-type]
    wide = np.zeros((227, 454), bool)
    wide[50:60, 200:254] = True  # the box of the squashed picture, twice as wide
    assert np.array_equal(dataset[1].supporting, wide)  # type: ignore[arg-type]


def test_a_picture_without_boxes_has_no_region(folder: Path) -> None:
    (folder / "boxes.json").write_text(json.dumps({"a.JPEG": []}))
    dataset = ImageNet(str(folder))
    region = dataset[0].supporting
    assert region is not None
    assert not region.any()
    assert dataset[1].supporting is None


@pytest.mark.parametrize("inside", ["val", "."])
def test_the_plain_layout_has_folder_names_as_labels(inside: str, tmp_path: Path) -> None:
    for wnid in ("n02", "n01"):
        write(tmp_path / inside / wnid / "a.JPEG", (8, 8))
    dataset = ImageNet(str(tmp_path))
    assert dataset.labels == ("n01", "n02")
    assert [dataset[place].label for place in (0, 1)] == [0, 1]
    assert not dataset.has_truth


BROKEN: dict[str, tuple[str, Any, str]] = {
    "half a file": ("classes.json", '[{"index": 0', "is not JSON that can be read"),
    "no list": ("classes.json", '{"a": 1}', 'to be a list of {"index", "wnid", "names"}'),
    "a gap": ("classes.json", json.dumps(CLASSES[:1]), "do not have the indices 0 to 0"),
    "a folder too many": ("classes.json", json.dumps(CLASSES[1:2]), "the folder n02 in .* is no label of classes.json"),
    "boxes of three": ("boxes.json", '{"a.JPEG": [[1, 2, 3]]}', "a list of boxes"),
    "a box alone": ("boxes.json", '{"a.JPEG": [1, 2, 3, 4]}', "a list of boxes"),
    "boxes of words": ("boxes.json", '{"a.JPEG": [["a", 2, 3, 4]]}', "a list of boxes"),
    "no boxes": ("boxes.json", "[]", "a list of boxes"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_description_is_said(what: str, folder: Path) -> None:
    name, content, sentence = BROKEN[what]
    (folder / name).write_text(content)
    with pytest.raises(DataError, match=sentence):
        _ = ImageNet(str(folder))[0]


def test_a_picture_beside_the_folders_is_said(folder: Path) -> None:
    write(folder / "val/loose.JPEG")
    with pytest.raises(DataError, match=r"loose\.JPEG lies in no folder of a label"):
        len(ImageNet(str(folder)))


def test_a_damaged_picture_spoils_only_itself(folder: Path) -> None:
    (folder / "val/n02/a.JPEG").write_bytes(b"\xff\xd8half")
    dataset = ImageNet(str(folder))
    with pytest.raises(PictureError):
        _ = dataset[0]
    assert dataset[1].label == 0
