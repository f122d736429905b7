"""COCO's layout in a tiny folder: masks of instances, the largest category, one category."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from whylight.datasets import open_dataset
from whylight.datasets.coco import COCO
from whylight.errors import DataError, PictureError

ANNOTATIONS: dict[str, Any] = {
    "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "file_name": "b.jpg"}, {"id": 9, "file_name": "c.jpg"}],
    "categories": [{"id": 3, "name": "dog"}, {"id": 1, "name": "person"}],
    "annotations": [
        {"image_id": 7, "category_id": 1, "mask_value": 1},
        {"image_id": 7, "category_id": 3, "mask_value": 2},
        {"image_id": 7, "category_id": 3, "mask_value": 3},
        {"image_id": 8, "category_id": 1},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    masks = {name: np.zeros((8, 12), np.uint8) for name in "abc"}
    masks["a"][:4, :5] = 1  # one person of 20 pixels
    masks["a"][5:7, :6] = 2  # two dogs of 12 each
    masks["a"][5:7, 6:12] = 3
    masks["b"][2:4, 2:4] = 1
    for name, mask in masks.items():
        Image.new("RGB", (12, 8)).save(tmp_path / "images" / f"{name}.jpg")
        Image.fromarray(mask).save(tmp_path / "masks" / f"{name}.png")
    (tmp_path / "annotations.json").write_text(json.dumps(ANNOTATIONS))
    return tmp_path


def test_the_label_is_the_category_that_covers_most(folder: Path) -> None:
    """Two dogs of 12 pixels are more than a person of 20."""
    dataset = COCO(folder=str(folder))
    assert dataset.labels == ("dog", "person")
    assert [dataset[place].label for place in range(3)] == [0, 1, None]
    expected = np.zeros((8, 12), bool)
    expected[5:7] = True
    assert np.array_equal(dataset[0].supporting, expected)  # type: ignore[arg-type]
    assert dataset[2].supporting is None
    assert dataset.has_truth


def test_one_category_chooses_pictures_and_label(folder: Path) -> None:
    dataset = open_dataset(f"coco:person,folder={folder}")
    assert [dataset[place].name for place in range(len(dataset))] == ["a.jpg", "b.jpg"]
    assert [dataset[place].label for place in range(2)] == [1, 1]
    region = dataset[0].supporting
    assert region is not None
    assert region.sum() == 20
    assert region[:4, :5].all()


def test_an_unknown_category_is_said(folder: Path) -> None:
    with pytest.raises(DataError, match="coco has no category 'dogs'; did you mean dog"):
        open_dataset(f"coco:dogs,folder={folder}")


@pytest.mark.parametrize("mode", ["P", "I;16"])
def test_masks_of_other_modes_keep_their_numbers(mode: str, folder: Path) -> None:
    numbers = np.zeros((8, 12), np.uint16)
    numbers[0, :3] = 2
    picture = Image.fromarray(numbers.astype(np.uint8) if mode == "P" else numbers)
    if mode == "P":
        picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    picture.save(folder / "masks/a.png")
    region = COCO(folder=str(folder))[0].supporting
    assert region is not None
    assert np.argwhere(region).tolist() == [[0, 0], [0, 1], [0, 2]]


@pytest.mark.parametrize("damage", ["gone", "damaged", "another size", "colours"])
def test_a_bad_mask_spoils_only_its_picture(damage: str, folder: Path) -> None:
    mask = folder / "masks/a.png"
    if damage == "gone":
        mask.unlink()
    elif damage == "damaged":
        mask.write_bytes(mask.read_bytes()[:40])
    else:
        Image.new("RGB" if damage == "colours" else "L", (12, 8) if damage == "colours" else (6, 4)).save(mask)
    dataset = COCO(folder=str(folder))
    with pytest.raises(PictureError, match=r"mask.*a\.png"):
        _ = dataset[0]
    assert dataset[1].label == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not JSON that can be read"),
        ("[]", "to hold images, annotations and categories"),
        (json.dumps(ANNOTATIONS | {"images": [{"id": 7}]}), "KeyError: 'file_name'"),
        (json.dumps(ANNOTATIONS | {"categories": []}), "there is no category 1"),
        (json.dumps(ANNOTATIONS | {"annotations": [3]}), "to hold images, annotations and categories"),
        (json.dumps({"images": [], "annotations": [], "categories": []}), "has no pictures"),
    ],
)
def test_broken_annotations_are_said(content: str, sentence: str, folder: Path) -> None:
    (folder / "annotations.json").write_text(content)
    with pytest.raises(DataError, match=sentence):
        open_dataset(f"coco:folder={folder}")


def test_missing_annotations_are_said(folder: Path) -> None:
    (folder / "annotations.json").unlink()
    with pytest.raises(DataError, match=r"cannot read .*annotations\.json"):
        open_dataset("coco", folder.rename(folder.parent / "coco").parent)
