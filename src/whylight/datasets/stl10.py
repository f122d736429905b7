"""STL-10: 13,000 pictures of 96 × 96 pixels in ten labels and 100,000 without, in the binary format.

    FOLDER/train_X.bin    FOLDER/train_y.bin    FOLDER/fold_indices.txt
    FOLDER/test_X.bin     FOLDER/test_y.bin     FOLDER/unlabeled_X.bin

Each row of an X file is 27,648 bytes of pixels: 9,216 red, 9,216 green and 9,216 blue, column by column. Each byte of a y
file is a label from 1 to 10. Each line of the fold indices names 1,000 pictures to train with, from 0. Only the row that is
asked for is read.

Coates, Lee and Ng, 2011, An analysis of single-layer networks in unsupervised feature learning.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from PIL import Image

from whylight.dataset import Dataset, Sample
from whylight.datasets._download import Source, fetch_members, not_there
from whylight.datasets._files import at, home_of
from whylight.datasets._rows import read_row, rows_in
from whylight.errors import DataError

LABELS = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")
SIDE = 96
ROW = 3 * SIDE * SIDE
FOLDS = 10
INDICES = "fold_indices.txt"
FILES = {
    "test": ("test_X.bin", "test_y.bin"),
    "train": ("train_X.bin", "train_y.bin", INDICES),
    "unlabeled": ("unlabeled_X.bin",),
}
SOURCE = Source(
    "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",
    "f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866",
    2640,
)


@dataclass(frozen=True)
class STL10(Dataset):
    """``split``: the 8,000 pictures of the test, the 5,000 to train with, or the 100,000 without labels. ``fold``: of those
    to train with, the 1,000 of one of the ten published folds, from 0. ``folder``: where it lies, ``stl10_binary`` below the
    data root unless given. ``download``: fetch it when it is not there."""

    split: Literal["test", "train", "unlabeled"] = "test"
    fold: int | None = None
    folder: str | None = None
    download: bool = False

    HOME: ClassVar = "stl10_binary"

    def __post_init__(self) -> None:
        if self.fold is not None and not (self.split == "train" and 0 <= self.fold < FOLDS):
            raise ValueError(
                f"expected fold to be a number from 0 to {FOLDS - 1} beside split=train; got {self.fold} beside "
                f"split={self.split}"
            )

    @property
    def labels(self) -> tuple[str, ...]:
        """STL-10's ten."""
        return LABELS

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, place: int) -> Sample:
        """The picture at a place in the file's order; raises PictureError when the row cannot be read any more."""
        row = self._places[at(place, len(self))]
        content = read_row(self._folder / FILES[self.split][0], row, ROW)
        pixels = np.frombuffer(content, np.uint8).reshape(3, SIDE, SIDE).transpose(2, 1, 0)
        label = None if self._numbers is None else self._numbers[row] - 1
        picture = Image.fromarray(np.ascontiguousarray(pixels))
        return Sample(f"{self.split}-{row:05d}", picture, label, hashlib.sha256(content).hexdigest())

    @cached_property
    def _folder(self) -> Path:
        """Where every file of the split is, which are fetched when that is asked for."""
        folder = home_of(self.folder, self.HOME)
        needed = [name for name in FILES[self.split] if name != INDICES or self.fold is not None]
        missing = [folder / name for name in needed if not (folder / name).is_file()]
        if missing and not self.download:
            raise not_there(missing[0], "stl10", SOURCE)
        if missing:
            fetch_members(SOURCE, folder, {name for names in FILES.values() for name in names})
        return folder

    @cached_property
    def _places(self) -> tuple[int, ...] | range:
        """The rows of the pictures in their file."""
        rows = rows_in(self._folder / FILES[self.split][0], ROW)
        if self._numbers is not None and len(self._numbers) != rows:
            pictures, labels = (self._folder / name for name in FILES[self.split][:2])
            raise DataError(f"{pictures} has {rows} pictures and {labels} {len(self._numbers)} labels; copy both again")
        return range(rows) if self.fold is None else _fold(self._folder / INDICES, self.fold, rows)

    @cached_property
    def _numbers(self) -> bytes | None:
        """The labels from 1; None where there are none."""
        if self.split == "unlabeled":
            return None
        path = self._folder / FILES[self.split][1]
        numbers = path.read_bytes()
        wrong = next((number for number in numbers if not 1 <= number <= len(LABELS)), None)
        if wrong is not None:
            raise DataError(f"expected labels from 1 to 10 in {path}; got {wrong}: it is no file of STL-10")
        return numbers


def _fold(path: Path, fold: int, rows: int) -> tuple[int, ...]:
    """The rows that a line of the fold indices names; raises DataError for a line that names none."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    words = lines[fold].split() if fold < len(lines) else []
    if not words or not all(word.isdecimal() and int(word) < rows for word in words):
        raise DataError(
            f"expected line {fold + 1} of {path} to be places from 0 to {rows - 1}, as ten lines are; copy it again"
        )
    return tuple(int(word) for word in words)
