"""A data set: labelled pictures, each known by what it contains and not by where it lies."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Region = NDArray[np.bool_]
"""(height, width) in the picture's own pixels."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One picture of a data set.

    ``name``: for people, such as the path below the data set's folder. ``label``: an index into the data set's labels, or
    None where it is not known. ``key``: a hash of the picture's content, in hexadecimal. ``supporting``, ``hindering``:
    the pixels known to speak for and against the label, where the data set says so.
    """

    name: str
    picture: Image.Image
    label: int | None
    key: str
    supporting: Region | None = None
    hindering: Region | None = None


class Dataset(ABC):
    """A frozen dataclass of settings (where it lies, which part of it); pictures are read one at a time, when asked for."""

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """The names of its labels."""

    @property
    def has_truth(self) -> bool:
        """Whether its samples say where the evidence is."""
        return False

    @abstractmethod
    def __len__(self) -> int:
        """How many pictures it has."""

    @abstractmethod
    def __getitem__(self, place: int) -> Sample:
        """The picture at a place from 0; raises PictureError when it cannot be read, and the others can."""
