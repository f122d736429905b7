"""COCO: everyday scenes with the outlines of their objects, as pictures with a mask of instances each.

    FOLDER/images/NAME.jpg    FOLDER/masks/NAME.png    FOLDER/annotations.json

``annotations.json``: images {"id", "file_name"}, categories {"id", "name"}, and annotations {"image_id", "category_id",
"mask_value"}. A mask is as large as its picture; a pixel's number is the ``mask_value`` of the annotation that it belongs
to, 0 for none; without ``mask_value``, n is the n-th annotation of the picture. A picture's label is the category that
covers most of it; the supporting region is the union of that category's instances.

Lin et al., 2014, arXiv:1405.0312.
"""

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from whylight.dataset import Dataset, Region, Sample
from whylight.datasets._files import at, check_folder, home_of, read_file, read_json
from whylight.errors import DataError, PictureError


@dataclass(frozen=True)
class COCO(Dataset):
    """``category``: only pictures that show it, and it is the label of them all. ``folder``: where it lies, ``coco`` below
    the data root unless given."""

    category: str | None = None
    folder: str | None = None

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
        picture, key = read_file(self._path / "images" / image.file_name)
        mask = read_mask(self._path / "masks" / f"{Path(image.file_name).stem}.png", picture)
        label, region = self._largest(image, mask)
        return Sample(image.file_name, picture, label, key, region)

    def _largest(self, image: "Scene", mask: NDArray[np.integer]) -> tuple[int | None, Region | None]:
        """The category that covers most, and where; the chosen category, where one was."""
        values: dict[int, list[int]] = defaultdict(list)
        for value, category in image.instances:
            if self._category in (None, category):
                values[category].append(value)
        regions = {category: np.isin(mask, each) for category, each in values.items()}
        if not regions:
            return None, None
        largest = max(regions, key=lambda category: int(regions[category].sum()))
        return list(self._contents.categories).index(largest), regions[largest]

    @cached_property
    def _path(self) -> Path:
        holds = "annotations.json, images/*.jpg and masks/*.png"
        return check_folder(home_of(self.folder, self.HOME), "coco", holds)

    @cached_property
    def _contents(self) -> "Contents":
        return read_annotations(self._path / "annotations.json")

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
        return tuple(scene for scene in scenes if wanted is None or wanted in {each for _, each in scene.instances})


@dataclass(frozen=True)
class Scene:
    """A picture's file, and the number in its mask and the category of each instance."""

    file_name: str
    instances: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Contents:
    """What ``annotations.json`` says: the categories' names by their numbers, and the pictures."""

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
    instances: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for each in given["annotations"]:
        of_picture, category = instances[int(each["image_id"])], int(each["category_id"])
        if category not in categories:
            raise ValueError(f"there is no category {category}")
        of_picture.append((int(each.get("mask_value", len(of_picture) + 1)), category))
    scenes = (Scene(str(each["file_name"]), tuple(instances[int(each["id"])])) for each in given["images"])
    return Contents(categories, tuple(scenes))


def read_mask(path: Path, picture: Image.Image) -> NDArray[np.integer]:
    """(height, width): the number of the instance at each pixel of the picture; raises PictureError when the mask is not
    there, cannot be read or is not as large as the picture."""
    try:
        with Image.open(path) as mask:
            numbers: NDArray[np.integer] = np.array(mask)
    except Exception as error:  # decoders raise almost anything when a file is damaged
        raise PictureError(f"the mask {path} cannot be read ({error}); copy it again") from error
    if numbers.shape != (picture.height, picture.width):
        raise PictureError(
            f"expected a mask of one number a pixel, {picture.width} × {picture.height} as its picture, in {path}; got "
            f"{' × '.join(map(str, reversed(numbers.shape)))}"
        )
    return numbers
