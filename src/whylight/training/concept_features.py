"""A frozen network's grids for a head of concepts, with its own answers: made once and kept on the disk if that is little.

NAME.half       one grid a picture, in half precision
NAME.answers    the label that the network itself gives, 32 bits each
NAME.json       of what they are; written last

Where they would take too much they are made again each time that they are asked for.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Int
from torch import Tensor

from whylight import perturb
from whylight.errors import RunError
from whylight.nets.pooled import Pooled
from whylight.training.data import Labelled, Progress
from whylight.training.world import World
from whylight.types import Features
from whylight.whole import written_whole

MOST_KEPT = 6 * 2**30
"""Bytes: 50,000 grids of 192 × 14 × 14 are 3.8 GB."""
CHUNK = 256
SUFFIXES = (".half", ".answers", ".json")

Places = Int[Tensor, " batch"]
Grids = Callable[[Places], Features]
"""The grids of the pictures at some places."""


@dataclass(frozen=True, eq=False)
class Kept:
    """``grids``: asked by places. ``shape``: (feature, row, column). ``answers``: the labels that the network gives, by
    places. ``cached``: whether they are on the disk."""

    grids: Grids
    shape: tuple[int, int, int]
    answers: Callable[[], Int[Tensor, " picture"]]
    cached: bool


def grids_of(
    features: Pooled,
    pictures: Labelled,
    device: torch.device,
    path: Path,
    *,
    content: str = "",
    tell: Progress | None = None,
    most: int = MOST_KEPT,
    world: World | None = None,
) -> Kept:
    """The grids of all pictures. ``path``: where they are kept, without a suffix; what lies there is taken if its
    ``content`` is the same: of the network, its layer and the pictures. ``world``: processes that share the work, all of
    which have to ask."""

    def make(places: Places) -> tuple[Features, Tensor]:
        return _look(features, pictures, places, device)

    first = make(torch.arange(1))[0]
    shape, count = (first.shape[1], first.shape[2], first.shape[3]), len(pictures)
    if 2 * count * first.numel() > most:
        every = torch.arange(count).split(CHUNK)
        return Kept(
            lambda places: make(places)[0], shape, lambda: torch.cat([make(each)[1] for each in every]), cached=False
        )
    stored = _Stored(path, count, shape, content)
    stored.fill(make, world or World(), tell)
    return Kept(lambda places: stored.grids[places].float().to(device), shape, stored.labels.long, cached=True)


class _Stored:
    """Grids and answers in files that all processes write to."""

    grids: Tensor
    labels: Tensor

    def __init__(self, path: Path, count: int, shape: tuple[int, int, int], content: str) -> None:
        self.half, self.answered, self.note = (path.with_name(f"{path.name}{suffix}") for suffix in SUFFIXES)
        self.count, self.shape, self.label = count, shape, json.dumps([content, shape, count])

    @property
    def known(self) -> bool:
        """Whether they were made before."""
        files = self.half.exists() and self.answered.exists() and self.note.exists()
        return files and self.note.read_text(encoding="utf-8") == self.label

    def fill(self, make: Callable[[Places], tuple[Features, Tensor]], world: World, tell: Progress | None) -> None:
        """Makes what is not there, each process its share, and opens the files."""
        missing = world.any(not self.known)
        if missing and world.leads:
            self.note.parent.mkdir(parents=True, exist_ok=True)
            self.note.unlink(missing_ok=True)
            self._open()
        world.wait()
        self._open()
        if not missing:
            return
        for places in torch.arange(self.count).split(CHUNK)[world.rank :: world.size]:
            found, given = make(places)
            self.grids[places], self.labels[places] = found.half().cpu(), given.int().cpu()
            if tell is not None:
                tell(int(places[-1]) + 1, self.count)
        world.wait()
        if world.leads:
            with written_whole(self.note) as file:
                file.write(self.label.encode())
        world.wait()
        if world.any(not self.known):
            raise RunError(
                f"the processes do not all see {self.note.parent}, where the network's grids are kept; name a folder that "
                "they share with --grids, or train in one process"
            )

    def _open(self) -> None:
        numbers = self.count * math.prod(self.shape)
        stored = torch.from_file(str(self.half), shared=True, size=numbers, dtype=torch.float16)
        self.grids = stored.reshape(self.count, *self.shape)
        self.labels = torch.from_file(str(self.answered), shared=True, size=self.count, dtype=torch.int32)


def forget(folder: Path) -> None:
    """Removes what is kept in a folder."""
    for suffix in SUFFIXES:
        for path in folder.glob(f"grids-*{suffix}"):
            path.unlink(missing_ok=True)


def _look(features: Pooled, pictures: Labelled, places: Places, device: torch.device) -> tuple[Features, Tensor]:
    """Grids, and the labels that the network gives."""
    images = pictures.images(places).to(device).contiguous(memory_format=torch.channels_last)
    given: list[Tensor] = []

    def make(start: int, stop: int) -> Features:
        with torch.no_grad():
            grid, logits = features.look(images[start:stop])
        given.append(logits.argmax(dim=1))
        return grid.float()

    size = perturb.batch_size_for(images)
    grids = torch.cat([part for _, _, part in perturb.in_batches(make, len(images), size)])
    return grids, torch.cat(given)
