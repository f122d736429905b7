"""Fashion-MNIST: 70,000 grey pictures of clothes, 28 × 28 pixels in ten labels, in the idx format.

    FOLDER/t10k-images-idx3-ubyte.gz    FOLDER/t10k-labels-idx1-ubyte.gz    FOLDER/train-…

An idx file has a magic number (2051 for pictures, 2049 for labels), its sizes, all as big-endian 32-bit numbers, and one
byte a value.

Xiao, Rasul and Vollgraf, 2017, arXiv:1708.07747.
"""

import gzip
import hashlib
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from whylight.dataset import Dataset, Sample
from whylight.datasets._download import Source, fetch, not_there
from whylight.datasets._files import at, home_of
from whylight.errors import DataError

LABELS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
PICTURES, NUMBERS = 2051, 2049
"""The magic numbers of pictures and of labels."""

MOST_BYTES = 2**30
FILES = {"test": "t10k", "train": "train"}
URL = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion"
PUBLISHED = {
    "t10k-images-idx3-ubyte.gz": ("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 5),
    "t10k-labels-idx1-ubyte.gz": ("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 1),
    "train-images-idx3-ubyte.gz": ("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26),
    "train-labels-idx1-ubyte.gz": ("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 1),
}
"""Each file's sha256 and its size in MB."""


@dataclass(frozen=True)
class FashionMNIST(Dataset):
    """``split``: the 10,000 pictures of the test, or the 60,000 to train with. ``folder``: where it lies,
    ``fashion-mnist`` below the data root unless given. ``download``: fetch it when it is not there."""

    split: Literal["test", "train"] = "test"
    folder: str | None = None
    download: bool = False

    HOME: ClassVar = "fashion-mnist"

    @property
    def labels(self) -> tuple[str, ...]:
        """Fashion-MNIST's ten."""
        return LABELS

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, place: int) -> Sample:
        """The picture at a place in the files' order."""
        place = at(place, len(self))
        pixels = self._pixels[place]
        key = hashlib.sha256(pixels.tobytes()).hexdigest()
        return Sample(
            f"{self.split}-{place:05d}", Image.fromarray(pixels).convert("RGB"), int(self._numbers[place]), key
        )

    @cached_property
    def _pixels(self) -> NDArray[np.uint8]:
        """(picture, row, column): at most 47 MB, read with the first picture."""
        return read_idx(self._file("images-idx3"), PICTURES)

    @cached_property
    def _numbers(self) -> NDArray[np.uint8]:
        path = self._file("labels-idx1")
        numbers = read_idx(path, NUMBERS)
        if len(numbers) and numbers.max() >= len(LABELS):
            raise DataError(
                f"expected labels from 0 to 9 in {path}; got {numbers.max()}: it is no file of Fashion-MNIST"
            )
        pictures = self._file("images-idx3")
        if (count := idx_sizes(pictures, PICTURES)[0]) != len(numbers):
            raise DataError(f"{pictures} has {count} pictures and {path} {len(numbers)} labels; copy both again")
        return numbers

    def _file(self, kind: str) -> Path:
        """The path of one of the files, which is fetched when that is asked for."""
        name = f"{FILES[self.split]}-{kind}-ubyte.gz"
        path = home_of(self.folder, self.HOME) / name
        if not path.is_file():
            source = Source(f"{URL}/{name}", *PUBLISHED[name])
            if not self.download:
                raise not_there(path, "fashion_mnist", source)
            fetch(source, path)
        return path


def idx_sizes(path: Path, magic: int) -> tuple[int, ...]:
    """The sizes in the head of an idx file; raises DataError when it is not one of that kind."""
    with _opened(path) as file:
        return _head(file, path, magic)


def read_idx(path: Path, magic: int) -> NDArray[np.uint8]:
    """The values of a gzipped idx file, in its shape; raises DataError when it is damaged or of another kind."""
    with _opened(path) as file:
        sizes = _head(file, path, magic)
        content = file.read(math.prod(sizes) + 1)
    if len(content) != math.prod(sizes):
        raise DataError(f"{path} has not the {math.prod(sizes)} bytes that its head says; copy it again")
    return np.frombuffer(content, np.uint8).reshape(sizes)


@contextmanager
def _opened(path: Path) -> Iterator[gzip.GzipFile]:
    try:
        with gzip.open(path) as file:
            yield file
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} is no gzip file that can be read whole ({error}); copy it again") from error


def _head(file: gzip.GzipFile, path: Path, magic: int) -> tuple[int, ...]:
    """The sizes behind the magic number, whose last byte says how many there are."""
    count = magic % 256
    numbers = struct.unpack(f">{count + 1}I", file.read(4 * count + 4).ljust(4 * count + 4, b"\0"))
    if numbers[0] != magic or not 0 < math.prod(numbers[1:]) <= MOST_BYTES:
        raise DataError(
            f"{path} does not begin as an idx file with the magic number {magic} and its sizes; copy it again"
        )
    return numbers[1:]
