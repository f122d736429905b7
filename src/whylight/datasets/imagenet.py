"""ImageNet: the validation pictures of ILSVRC 2012 in its 1000 labels, with object boxes where there is a file of them.

    FOLDER/val/WNID/*.JPEG    FOLDER/classes.json    FOLDER/boxes.json

``classes.json``: a list of {"index", "wnid", "names"} in the order of the logits; without it the labels are the folders'
names, whose sorted order is the same. ``boxes.json``: for each file name boxes (left, top, width, height) in a frame of
227 × 227 into which the whole picture is squashed; the pixels in any of them are the supporting region. ``FOLDER/WNID``
without ``val`` is read too.

Russakovsky et al., 2015, arXiv:1409.0575.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from whylight.dataset import Dataset, Region, Sample
from whylight.datasets._files import at, check_folder, home_of, read_file, read_json
from whylight.datasets.image_folder import labelled_pictures
from whylight.errors import DataError

FRAME = 227
"""The side of the square that the boxes speak of."""


@dataclass(frozen=True)
class ImageNet(Dataset):
    """``folder``: where it lies, ``imagenet`` below the data root unless given."""

    folder: str | None = None

    HOME: ClassVar = "imagenet"

    @property
    def labels(self) -> tuple[str, ...]:
        """All synonyms of each label, between commas, in the order of the logits."""
        return tuple(self._classes.values())

    @property
    def has_truth(self) -> bool:
        """Whether there is a file of boxes."""
        return bool(self._boxes)

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, place: int) -> Sample:
        """The picture at a place in the order of the paths; raises PictureError when it cannot be read."""
        path, wnid = self._files[at(place, len(self))]
        picture, key = read_file(path)
        boxes = self._boxes.get(path.name)
        region = None if boxes is None else region_of(boxes, picture)
        return Sample(f"{wnid}/{path.name}", picture, self._index[wnid], key, region)

    @cached_property
    def _path(self) -> Path:
        return check_folder(home_of(self.folder, self.HOME), "imagenet", "val/WNID/*.JPEG")

    @cached_property
    def _classes(self) -> dict[str, str]:
        """Folder names and label names, in the order of the logits."""
        path = self._path / "classes.json"
        if path.exists():
            return _read_classes(path)
        return {wnid: wnid for wnid in sorted({wnid for _, wnid in self._found})}

    @cached_property
    def _index(self) -> dict[str, int]:
        return {wnid: index for index, wnid in enumerate(self._classes)}

    @cached_property
    def _boxes(self) -> dict[str, Any]:
        path = self._path / "boxes.json"
        return _read_boxes(path) if path.exists() else {}

    @cached_property
    def _found(self) -> tuple[tuple[Path, str], ...]:
        inner = self._path / "val"
        pictures = labelled_pictures(inner if inner.is_dir() else self._path)
        loose = [path for path, wnid in pictures if wnid is None]
        if loose:
            raise DataError(f"{loose[0]} lies in no folder of a label; imagenet expects val/WNID/*.JPEG")
        return tuple((path, str(wnid)) for path, wnid in pictures)

    @cached_property
    def _files(self) -> tuple[tuple[Path, str], ...]:
        strange = sorted({wnid for _, wnid in self._found} - set(self._classes))
        if strange:
            raise DataError(f"the folder {strange[0]} in {self._path} is no label of classes.json; take it away")
        return self._found


def region_of(boxes: Any, picture: Image.Image) -> Region:
    """The pixels of a picture whose centre lies in one of the boxes of the 227 frame."""
    across = (np.arange(picture.width) + 0.5) * FRAME / picture.width
    down = (np.arange(picture.height) + 0.5) * FRAME / picture.height
    region = np.zeros((picture.height, picture.width), bool)
    for left, top, width, height in boxes:
        columns, rows = (across >= left) & (across < left + width), (down >= top) & (down < top + height)
        region |= rows[:, None] & columns
    return region


def _read_classes(path: Path) -> dict[str, str]:
    entries = read_json(path)
    try:
        numbered = {int(entry["index"]): (str(entry["wnid"]), str(entry["names"])) for entry in entries}
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f'expected {path} to be a list of {{"index", "wnid", "names"}}; copy it again') from error
    classes = dict(numbered[index] for index in sorted(numbered))
    if sorted(numbered) != list(range(len(entries))) or len(classes) != len(entries):
        raise DataError(f"the entries of {path} do not have the indices 0 to {len(entries) - 1} and one wnid each")
    return classes


def _read_boxes(path: Path) -> dict[str, Any]:
    boxes = read_json(path)
    if not isinstance(boxes, dict) or not all(_are_boxes(each) for each in boxes.values()):
        raise DataError(
            f"expected {path} to give each file name a list of boxes (left, top, width, height); copy it again"
        )
    return boxes


def _are_boxes(given: Any) -> bool:
    return isinstance(given, list) and all(_is_box(box) for box in given)


def _is_box(given: Any) -> bool:
    return isinstance(given, list) and len(given) == 4 and all(type(number) in (int, float) for number in given)
