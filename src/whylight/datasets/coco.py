"""COCO: everyday scenes with the outlines of their objects, as they are published or with a mask a picture.

    FOLDER/val2017/NAME.jpg    FOLDER/annotations/instances_val2017.json
    FOLDER/images/NAME.jpg     FOLDER/annotations.json    FOLDER/masks/NAME.png

The file of annotations holds images {"id", "file_name"}, categories {"id", "name"}, and annotations {"image_id",
"category_id"}, as published with a "segmentation" each, polygons or runs. In the second layout a mask is as large as its
picture, and a pixel's number is the "mask_value" of the annotation that it belongs to, 0 for none; without "mask_value", n
is the n-th annotation of the picture. A picture's label is the category that covers most of it; the supporting region is
the union of that category's instances.

Lin et al., 2014, arXiv:1405.0312.
"""

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from whylight.dataset import Dataset, Region, Sample
from whylight.datasets._files import at, check_folder, home_of, read_file, read_json
from whylight.datasets._instances import read_mask, region_of
from whylight.errors import DataError


@dataclass(frozen=True)
class COCO(Dataset):
    """``category``: only pictures that show it, and it is the label of them all. ``folder``: where it lies, ``coco`` below
    the data root unless given. ``split``: which of the published parts; the layout with masks has one only."""

    category: str | None = None
    folder: str | None = None
    split: str = "val2017"

    HOME: ClassVar = "coco"

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the categories, in the order of the file."""
        return tuple(self._contents.categories.values())

    @property
    def has_truth(self) -> bool:
        """Always: the masks."""
        return True

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, place: int) -> Sample:
        """The picture at a place in the file's order; raises PictureError when it or its mask cannot be read."""
        image = self._chosen[at(place, len(self))]
        picture, key = read_file(self._path / ("images" if self._masked else self.split) / image.file_name)
        regions = self._regions(image, picture)
        if not regions:
            return Sample(image.file_name, picture, None, key)
        largest = max(regions, key=lambda category: int(regions[category].sum()))
        return Sample(image.file_name, picture, self._index[largest], key, regions[largest])

    def _regions(self, image: "Scene", picture: Image.Image) -> dict[int, Region]:
        """Where each category is, or only the chosen one."""
        regions: dict[int, Region] = {}
        mask = read_mask(self._path / "masks" / f"{Path(image.file_name).stem}.png", picture) if self._masked else None
        for instance in image.instances:
            if self._category in (None, instance.category):
                outline = instance.segmentation
                found = region_of(outline, picture, image.file_name) if mask is None else mask == instance.value
                regions[instance.category] = regions.get(instance.category, np.False_) | found
        return regions

    @cached_property
    def _path(self) -> Path:
        holds = f"{self.split}/*.jpg and annotations/instances_{self.split}.json"
        return check_folder(home_of(self.folder, self.HOME), "coco", holds)

    @cached_property
    def _masked(self) -> bool:
        return (self._path / "annotations.json").exists()

    @cached_property
    def _contents(self) -> "Contents":
        inside = "annotations.json" if self._masked else f"annotations/instances_{self.split}.json"
        if not (self._path / inside).exists():
            raise DataError(
                f"there is neither {inside} nor annotations.json in {self._path}; split= names another part"
            )
        return read_annotations(self._path / inside)

    @cached_property
    def _index(self) -> dict[int, int]:
        return {category: index for index, category in enumerate(self._contents.categories)}

    @cached_property
    def _category(self) -> int | None:
        if self.category is None:
            return None
        numbers = {name: number for number, name in self._contents.categories.items()}
        if self.category not in numbers:
            near = get_close_matches(self.category, numbers, n=3) or list(numbers)[:5]
            raise DataError(f"coco has no category {self.category!r}; did you mean {', '.join(near)}?")
        return numbers[self.category]

    @cached_property
    def _chosen(self) -> "tuple[Scene, ...]":
        scenes, wanted = self._contents.scenes, self._category
        return tuple(
            scene for scene in scenes if wanted is None or wanted in {each.category for each in scene.instances}
        )


@dataclass(frozen=True)
class Instance:
    """An object: its category, its number in the picture's mask, and its outline where that was published."""

    category: int
    value: int
    segmentation: Any


@dataclass(frozen=True)
class Scene:
    """A picture's file and the objects in it."""

    file_name: str
    instances: tuple[Instance, ...]


@dataclass(frozen=True)
class Contents:
    """What a file of annotations says: the categories' names by their numbers, and the pictures."""

    categories: dict[int, str]
    scenes: tuple[Scene, ...]


def read_annotations(path: Path) -> Contents:
    """What the file says; raises DataError when it is not there or not in the form of COCO."""
    given = read_json(path)
    try:
        return _read_contents(given)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"expected {path} to hold images, annotations and categories as COCO has them "
            f"({type(error).__name__}: {error}); copy it again"
        ) from error


def _read_contents(given: Any) -> Contents:
    categories = {int(each["id"]): str(each["name"]) for each in given["categories"]}
    instances: dict[int, list[Instance]] = defaultdict(list)
    for each in given["annotations"]:
        of_picture, category = instances[int(each["image_id"])], int(each["category_id"])
        if category not in categories:
            raise ValueError(f"there is no category {category}")
        value = int(each.get("mask_value", len(of_picture) + 1))
        of_picture.append(Instance(category, value, each.get("segmentation")))
    scenes = (Scene(str(each["file_name"]), tuple(instances[int(each["id"])])) for each in given["images"])
    return Contents(categories, tuple(scenes))
