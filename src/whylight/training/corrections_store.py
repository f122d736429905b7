"""Corrections out of a store: strokes and votes painted at the network's size, and the pictures with their labels."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from whylight import datasets
from whylight.classifier import Classifier
from whylight.dataset import Dataset
from whylight.errors import DataError, PictureError, SpecError
from whylight.store import Filter, Judged, Picture, SegmentVote, Store, Stroke
from whylight.store.brush import covered
from whylight.training.corrections import Corrections
from whylight.training.data import Labelled, prepared

KINDS = ("stroke", "segment_vote")
AT_ONCE = 1000
WANTED, UNWANTED = 1, -1

Painted = NDArray[np.int8]
"""(height, width) of the input: 1 should matter, -1 should not, 0 was not marked."""
Pixels = UInt8[Tensor, "channel height width"]


def corrections_in(store: Store, model: Classifier, known: Labelled, root: Path | None = None) -> Corrections:
    """Every corrected picture of a store, with the labels of the model.

    ``known``: pictures with these labels, in which corrected ones are looked for by their content; others are read from the
    data set that they were judged in, below ``root``. Raises DataError when nothing was marked, or no corrected picture has
    a label.
    """
    painted = paint(store, model)
    if not painted:
        raise DataError(
            f"nobody has marked anything in {store.where}: the model learns from strokes of the brush over what should "
            "matter or should not, and from votes on segments; mark some pictures on the page first (whylight serve)"
        )
    found = _Found(known, model, root)
    for picture, marks in painted.values():
        found.add(picture, marks)
    if not found.rows:
        name, reason = found.left_out[0]
        raise DataError(
            f"none of the {len(painted)} corrected pictures teaches anything, such as {name}: {reason}; give pictures with "
            "labels as --data"
        )
    return found.corrections()


def paint(store: Store, model: Classifier) -> dict[str, tuple[Picture, Painted]]:
    """What was marked on each picture, by its key, the later over the earlier."""
    found: dict[str, tuple[Picture, Painted]] = {}
    for judged in _marks_in(store):
        picture, said = judged.picture, judged.record.said
        covers = _covered_by(store, judged, model)
        if covers is None:
            continue
        _, marks = found.setdefault(picture.key, (picture, np.zeros(model.input_size, np.int8)))
        assert isinstance(said, Stroke | SegmentVote)
        matters = said.matters if isinstance(said, Stroke) else said.belongs
        marks[covers] = WANTED if matters else UNWANTED
    return found


def _marks_in(store: Store) -> Iterator[Judged]:
    """Strokes and votes that stand, the oldest first."""
    place = 0
    while some := store.since(place, Filter(kinds=KINDS), limit=AT_ONCE):
        yield from some
        place = some[-1].record.place


def _covered_by(store: Store, judged: Judged, model: Classifier) -> NDArray[np.bool_] | None:
    """The pixels of the model's input that a mark is about; None for a vote on segments that are not kept, or of another
    size."""
    said, size = judged.record.said, model.input_size
    if isinstance(said, Stroke):
        blank = Image.new("L", (judged.picture.width, judged.picture.height))
        return covered(said, model.resizing(blank)[1], size)
    assert isinstance(said, SegmentVote)
    if judged.explanation.segments is None:
        return None
    segments = store.array(judged.explanation.segments)
    return np.asarray(segments == said.segment) if segments.shape == size else None


def _opened(source: str, root: Path | None) -> Dataset:
    """The data set that pictures were judged in; raises DataError when it is not there any more."""
    try:
        return datasets.open_dataset(source, root)
    except SpecError as error:
        raise DataError(str(error)) from error


@dataclass(eq=False)
class _Found:
    """The corrected pictures so far."""

    known: Labelled
    model: Classifier
    root: Path | None
    rows: list[tuple[Picture, int, Pixels, Painted]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    opened: dict[str, Dataset] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {key: place for place, key in enumerate(self.known.keys)}

    def add(self, picture: Picture, marks: Painted) -> None:
        """Notes the picture, or why it is left out."""
        if not marks.any():
            self.left_out.append((picture.name, "its marks lie where the model does not look"))
            return
        try:
            self.rows.append((picture, *self._seen(picture), marks))
        except (DataError, PictureError) as error:
            self.left_out.append((picture.name, str(error)))

    def _seen(self, picture: Picture) -> tuple[int, Pixels]:
        """Its label and its pixels; raises DataError or PictureError when there are none."""
        place = self.places.get(picture.key)
        if place is not None:
            return int(self.known.labels[place]), self.known.pictures[place]
        if picture.place is None or not picture.source:
            raise DataError("it is from no data set that could tell its label")
        if picture.source not in self.opened:
            self.opened[picture.source] = _opened(picture.source, self.root)
        dataset = self.opened[picture.source]
        sample = dataset[picture.place] if picture.place < len(dataset) else None
        if sample is None or sample.key != picture.key:
            raise DataError(f"{picture.source} has another picture in its place now")
        if sample.label is None:
            raise DataError("it has no label")
        label = datasets.match_labels(dataset.labels, self.model.labels)[sample.label]
        if label is None:
            raise DataError(f"the model has no label, or several, for its label {dataset.labels[sample.label]}")
        return label, prepared(sample, self.model.resizing)

    def corrections(self) -> Corrections:
        """All of them."""
        pictures, labels, pixels, marks = zip(*self.rows, strict=True)
        painted = torch.from_numpy(np.stack(marks))
        labelled = Labelled(
            torch.stack(pixels),
            torch.tensor(labels),
            tuple(picture.key for picture in pictures),
            tuple(picture.name for picture in pictures),
            self.model.labels,
        )
        return Corrections(labelled, painted == UNWANTED, painted == WANTED, tuple(self.left_out))
