"""Labelled pictures at a network's input size: kept in memory where that is little, else read when they are asked for.

Every picture of the data set is read once, before any training: its label and the hash of its content are noted, and what
cannot be read is left out and named. Pictures are eight-bit numbers until a batch of them is wanted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Int, UInt8
from torch import Tensor
from torch.utils.data import Dataset as TorchDataset

from whylight.dataset import Dataset, Sample
from whylight.errors import DataError, PictureError
from whylight.frame import Resizing
from whylight.types import Images

MOST_IN_MEMORY = 2**30
"""Bytes: 70,000 pictures of 64 × 64 in colour."""

MOST_UNREAD = 0.5
"""With a larger share of pictures that cannot be read the data are not what they were thought to be."""

Progress = Callable[[int, int], None]
"""Called with (pictures read, pictures in all)."""


class OnDisk(TorchDataset[UInt8[Tensor, "channel height width"]]):
    """Pictures of a data set that are read, resized and cut each time that they are asked for.

    A map-style data set for torch's ``DataLoader``. ``places``: where its pictures lie in ``dataset``.
    """

    def __init__(self, dataset: Dataset, resizing: Resizing, places: Sequence[int]) -> None:
        self.dataset, self.resizing, self.places = dataset, resizing, list(places)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, place: int) -> UInt8[Tensor, "channel height width"]:
        """The picture; raises PictureError when it cannot be read any more."""
        return prepared(self.dataset[self.places[place]], self.resizing)


Pictures = UInt8[Tensor, "picture channel height width"] | OnDisk


@dataclass(frozen=True, eq=False)
class Labelled:
    """Pictures with their labels.

    ``pictures``: eight-bit, in memory or on disk. ``labels``: one index into ``classes`` each. ``keys``: the hash of each
    picture's content. ``names``: for people. ``unread``: (name, reason) of the pictures of the data set that are left out.
    """

    pictures: Pictures
    labels: Int[Tensor, " picture"]
    keys: tuple[str, ...]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    unread: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def images(self, places: Sequence[int] | Int[Tensor, " batch"]) -> Images:
        """The pictures at these places, in [0, 1]."""
        chosen = torch.as_tensor(places, dtype=torch.long)
        if isinstance(self.pictures, Tensor):
            return in_display_space(self.pictures[chosen])
        return in_display_space(torch.stack([self.pictures[place] for place in chosen.tolist()]))

    def take(self, places: Sequence[int] | Int[Tensor, " batch"]) -> "Labelled":
        """Some of the pictures, in the order of ``places``."""
        chosen = torch.as_tensor(places, dtype=torch.long)
        numbers = chosen.tolist()
        pictures = self.pictures
        kept: Pictures = (
            pictures[chosen]
            if isinstance(pictures, Tensor)
            else OnDisk(pictures.dataset, pictures.resizing, [pictures.places[place] for place in numbers])
        )
        keys, names = (tuple(each[place] for place in numbers) for each in (self.keys, self.names))
        return replace(self, pictures=kept, labels=self.labels[chosen], keys=keys, names=names)

    def counts(self) -> dict[str, int]:
        """How many pictures each label has."""
        found = torch.bincount(self.labels, minlength=len(self.classes)).tolist()
        return dict(zip(self.classes, found))


def in_display_space(pictures: UInt8[Tensor, "batch channel height width"]) -> Images:
    """Eight-bit pictures as floats in [0, 1]."""
    return pictures.float() / 255


def prepared(sample: Sample, resizing: Resizing) -> UInt8[Tensor, "channel height width"]:
    """A sample's picture at the input size; resized pixels are whole numbers already, so nothing is lost."""
    return (resizing(sample.picture)[0] * 255).round().byte()


@dataclass(eq=False)
class _Reading:
    """What the one pass over a data set finds."""

    places: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)

    def note(self, place: int, sample: Sample) -> bool:
        """Whether the sample has a label and is kept."""
        if sample.label is None:
            self.unread.append((sample.name, "it has no label: it lies in no folder that is named after one"))
            return False
        self.places.append(place)
        self.labels.append(sample.label)
        self.keys.append(sample.key)
        self.names.append(sample.name)
        return True


def labelled(
    dataset: Dataset, resizing: Resizing, tell: Progress | None = None, places: Sequence[int] | None = None
) -> Labelled:
    """Every labelled picture of a data set, or of some of its ``places``, squashed or cut to the input size as ``resizing``
    says.

    Raises DataError when there are no labels at all, or when most pictures cannot be read.
    """
    wanted = range(len(dataset)) if places is None else places
    count, sides = len(wanted), (resizing.channels, *resizing.size)
    in_memory = count * sides[0] * sides[1] * sides[2] <= MOST_IN_MEMORY
    kept = torch.empty((count, *sides) if in_memory else (0, *sides), dtype=torch.uint8)
    reading = _Reading()
    for done, place in enumerate(wanted, start=1):
        try:
            sample = dataset[place]
        except PictureError as error:
            reading.unread.append((f"number {place} of {len(dataset)}", str(error)))
            continue
        if reading.note(place, sample) and in_memory:
            kept[len(reading.places) - 1] = prepared(sample, resizing)
        if tell is not None:
            tell(done, count)
    _check(dataset, reading, count)
    pictures: Pictures = kept[: len(reading.places)] if in_memory else OnDisk(dataset, resizing, reading.places)
    return Labelled(
        pictures,
        torch.tensor(reading.labels),
        tuple(reading.keys),
        tuple(reading.names),
        dataset.labels,
        tuple(reading.unread),
    )


def _check(dataset: Dataset, reading: _Reading, count: int) -> None:
    if not dataset.labels:
        raise DataError(
            f"none of the {count} pictures has a label; put them into one sub-folder for each label (FOLDER/LABEL/PICTURE)"
        )
    if len(reading.unread) > MOST_UNREAD * count:
        name, reason = reading.unread[0]
        raise DataError(
            f"{len(reading.unread)} of {count} pictures cannot be used, such as {name}: {reason}; mend them or take them out"
        )
