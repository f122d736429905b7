"""A frozen network's grids for a head of concepts, with its own answers: made once and kept on the disk if that is little.

NAME.half       one grid a picture, in half precision
NAME.answers    the label that the network itself gives, 32 bits each
NAME.json       of what they are; written last

Where they would take too much they are made again each time that they are asked for.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Int
from torch import Tensor

from whylight import perturb
from whylight.nets.pooled import Pooled
from whylight.training.data import Labelled, Progress
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
) -> Kept:
    """The grids of all pictures. ``path``: where they are kept, without a suffix; what lies there is taken if its
    ``content`` is the same: of the network, its layer and the pictures."""

    def make(places: Places) -> tuple[Features, Tensor]:
        return _look(features, pictures, places, device)

    first = make(torch.arange(1))[0]
    shape, count = (first.shape[1], first.shape[2], first.shape[3]), len(pictures)
    if 2 * count * first.numel() > most:
        every = torch.arange(count).split(CHUNK)
        return Kept(
            lambda places: make(places)[0], shape, lambda: torch.cat([make(each)[1] for each in every]), cached=False
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    half, answered, note = (path.with_name(f"{path.name}{suffix}") for suffix in SUFFIXES)
    label = json.dumps([content, shape, count])
    known = note.exists() and note.read_text(encoding="utf-8") == label and half.exists() and answered.exists()
    if not known:
        note.unlink(missing_ok=True)
    stored = torch.from_file(str(half), shared=True, size=count * first.numel(), dtype=torch.float16)
    grids = stored.reshape(count, *shape)
    labels = torch.from_file(str(answered), shared=True, size=count, dtype=torch.int32)
    if not known:
        for places in torch.arange(count).split(CHUNK):
            found, given = make(places)
            grids[places], labels[places] = found.half().cpu(), given.int().cpu()
            if tell is not None:
                tell(int(places[-1]) + 1, count)
        with written_whole(note) as file:
            file.write(label.encode())
    return Kept(lambda places: grids[places].float().to(device), shape, labels.long, cached=True)


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
