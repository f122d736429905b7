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
    with pytest.raises(DataError, match=r"neither annotations/instances_val2017\.json nor annotations\.json in "):
        open_dataset("coco", folder.rename(folder.parent / "coco").parent)


def published(folder: Path, *segmentations: Any) -> COCO:
    """The published layout: one picture of 12 × 8 with one dog an outline."""
    (folder / "train2017").mkdir()
    (folder / "annotations").mkdir()
    Image.new("RGB", (12, 8)).save(folder / "train2017" / "a.jpg")
    dogs = [{"image_id": 7, "category_id": 3, "segmentation": each} for each in segmentations]
    contents = ANNOTATIONS | {"images": ANNOTATIONS["images"][:1], "annotations": dogs}
    (folder / "annotations" / "instances_train2017.json").write_text(json.dumps(contents))
    return COCO(folder=str(folder), split="train2017")


def test_polygons_hold_the_pixels_whose_centres_they_hold(tmp_path: Path) -> None:
    """A box from (2, 1) to (6, 4), a triangle, and an object of two parts."""
    box, triangle = [2, 1, 6, 1, 6, 4, 2, 4], [8, 4, 12, 4, 8, 8]
    region = published(tmp_path, [box], [triangle, [0, 6, 1, 6, 1, 7, 0, 7]])[0].supporting
    expected = np.zeros((8, 12), bool)
    expected[1:4, 2:6] = True
    expected[6, 0] = True
    rows, columns = np.mgrid[:8, :12] + 0.5
    inner = (rows > 4) & (columns > 8) & (rows - 4 + columns - 8 < 4)
    edge = (rows > 4) & (columns > 8) & (rows - 4 + columns - 8 == 4)  # centres on the edge itself may go either way
    assert region is not None
    assert np.array_equal(region & ~edge, expected | inner)


def test_runs_go_down_the_columns(tmp_path: Path) -> None:
    runs = {"size": [8, 12], "counts": [9, 3, 5, 1, 78]}
    region = published(tmp_path, runs)[0].supporting
    assert region is not None
    assert {(int(row), int(column)) for row, column in np.argwhere(region)} == {(1, 1), (2, 1), (3, 1), (1, 2)}


@pytest.mark.parametrize(
    "outline",
    [
        None,
        3,
        [[1, 2, 3]],
        [["a", "b"]],
        {"counts": [96]},
        {"size": [8, 12], "counts": [95]},
        {"size": [8, 12], "counts": "a"},
    ],
)
def test_a_bad_outline_spoils_only_its_picture(outline: Any, tmp_path: Path) -> None:
    dataset = published(tmp_path, outline)
    assert len(dataset) == 1
    with pytest.raises(PictureError, match=r"expected polygons, or runs .* for each object of a\.jpg"):
        _ = dataset[0]
