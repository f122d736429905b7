"""CIFAR-10: 60,000 pictures of 32 × 32 pixels in ten labels, in the binary format.

    FOLDER/test_batch.bin    FOLDER/data_batch_1.bin … data_batch_5.bin

Each row of a file is one byte of label and 3,072 of pixels: 1,024 red, 1,024 green and 1,024 blue, row by row. Only the row
that is asked for is read.

Krizhevsky, 2009, Learning multiple layers of features from tiny images.
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

LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIDE = 32
ROW = 1 + 3 * SIDE * SIDE
SPLITS = {"test": ("test_batch.bin",), "train": tuple(f"data_batch_{number}.bin" for number in range(1, 6))}
SOURCE = Source(
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    163,
)


@dataclass(frozen=True)
class CIFAR10(Dataset):
    """``split``: the 10,000 pictures of the test, or the 50,000 to train with. ``folder``: where it lies,
    ``cifar-10-batches-bin`` below the data root unless given. ``download``: fetch it when it is not there."""

    split: Literal["test", "train"] = "test"
    folder: str | None = None
    download: bool = False

    HOME: ClassVar = "cifar-10-batches-bin"

    @property
    def labels(self) -> tuple[str, ...]:
        """CIFAR-10's ten."""
        return LABELS

    def __len__(self) -> int:
        return sum(count for _, count in self._batches)

    def __getitem__(self, place: int) -> Sample:
        """The picture at a place in the files' order; raises DataError for a label above 9, PictureError when the row
        cannot be read any more."""
        place = inside = at(place, len(self))
        for path, count in self._batches:
            if inside < count:
                return _sample(path, inside, f"{self.split}-{place:05d}")
            inside -= count
        raise AssertionError("a place below the length lies in one of the files")

    @cached_property
    def _batches(self) -> tuple[tuple[Path, int], ...]:
        """The files and how many rows each has."""
        folder = home_of(self.folder, self.HOME)
        missing = [folder / name for name in SPLITS[self.split] if not (folder / name).is_file()]
        if missing and not self.download:
            raise not_there(missing[0], "cifar10", SOURCE)
        if missing:
            fetch_members(SOURCE, folder, {name for names in SPLITS.values() for name in names})
        return tuple((folder / name, rows_in(folder / name, ROW)) for name in SPLITS[self.split])


def _sample(path: Path, row: int, name: str) -> Sample:
    content = read_row(path, row, ROW)
    if content[0] >= len(LABELS):
        raise DataError(
            f"expected labels from 0 to 9 in {path}; got {content[0]} in row {row}: it is no file of CIFAR-10"
        )
    pixels = np.frombuffer(content, np.uint8, offset=1).reshape(3, SIDE, SIDE).transpose(1, 2, 0)
    key = hashlib.sha256(content[1:]).hexdigest()
    return Sample(name, Image.fromarray(np.ascontiguousarray(pixels)), content[0], key)
