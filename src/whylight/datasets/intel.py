"""Intel image classification: 17,034 photographs of landscapes in six labels, most of 150 × 150 pixels, and 7,301 without.

    FOLDER/seg_train/seg_train/LABEL/*.jpg    FOLDER/seg_test/seg_test/LABEL/*.jpg    FOLDER/seg_pred/seg_pred/*.jpg

The same below ``FOLDER/archive``, which is what becomes of Kaggle's archive.zip where it is unpacked, and with each
folder's name once instead of twice, are read too. A few pictures have other sizes.

Published for a contest of Intel's on Analytics Vidhya, 2018; on Kaggle as puneet6060/intel-image-classification.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from whylight.dataset import Dataset, Sample
from whylight.datasets._files import at, home_of, read_file
from whylight.datasets.image_folder import labelled_pictures
from whylight.errors import DataError

LABELS = ("buildings", "forest", "glacier", "mountain", "sea", "street")
UNLABELED = "pred"
ARCHIVE = "archive"
HOMEPAGE = "https://www.kaggle.com/datasets/puneet6060/intel-image-classification"


@dataclass(frozen=True)
class Intel(Dataset):
    """``split``: the 3,000 pictures of the test, the 14,034 to train with, or the 7,301 without labels (``pred``).
    ``folder``: where it lies, ``intel`` below the data root unless given."""

    split: Literal["test", "train", "pred"] = "test"
    folder: str | None = None

    HOME: ClassVar = "intel"

    @property
    def labels(self) -> tuple[str, ...]:
        """The six, in the order of their names."""
        return LABELS

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, place: int) -> Sample:
        """The picture at a place in the order of the paths; raises PictureError when it cannot be read."""
        path, label = self._files[at(place, len(self))]
        picture, key = read_file(path)
        name = path.relative_to(self._path).as_posix()
        return Sample(f"{self.split}/{name}", picture, None if label is None else LABELS.index(label), key)

    @cached_property
    def _path(self) -> Path:
        """The folder of the split."""
        folder, part = home_of(self.folder, self.HOME), f"seg_{self.split}"
        bases = (folder, folder / ARCHIVE)
        found = next((base / part for base in bases if (base / part).is_dir()), None)
        if found is None:
            raise _not_there(folder, part)
        return found / part if (found / part).is_dir() else found

    @cached_property
    def _files(self) -> tuple[tuple[Path, str | None], ...]:
        found = labelled_pictures(self._path)
        if self.split == UNLABELED:
            return tuple((path, None) for path, _ in found)
        strange = next(((path, label) for path, label in found if label not in LABELS), None)
        if strange is not None:
            where = "no folder of a label" if strange[1] is None else f"the folder {strange[1]}, which is no label"
            raise DataError(f"{strange[0]} lies in {where} of intel: {', '.join(LABELS)}; take it away")
        return tuple(found)


def _not_there(folder: Path, part: str) -> DataError:
    """The error for a split that is missing; it says how to get it."""
    packed = folder / f"{ARCHIVE}.zip"
    if packed.is_file():
        return DataError(f"there is no folder {folder / part} yet, but {packed} holds it; unpack that there")
    return DataError(
        f"there is no folder {folder / part} and none in {folder / ARCHIVE}; get {ARCHIVE}.zip (about 360 MB) from "
        f"{HOMEPAGE}, which asks for an account, and unpack it in {folder}, or name another folder as intel:folder=PATH"
    )
