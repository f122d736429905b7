"""What a sheet about one decision shows: the concepts that speak for and against a label, and the sum that is its logit.

logit = Σ shown for + Σ other for + Σ shown against + Σ other against + rest
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whylight.classifier import Classifier
from whylight.classifiers._concept_edits import Edits
from whylight.classifiers.infodisent import ConceptClassifier
from whylight.concepts.prototypes import Prototypes
from whylight.dataset import Dataset
from whylight.errors import PictureError
from whylight.methods.intrinsic._reading import Reading, read
from whylight.tensors import resize_maps
from whylight.types import Images

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""(left, top, right, bottom) in pixels."""
TOP, EXAMPLES, RIVALS = 4, 3, 3


@dataclass(frozen=True, eq=False)
class Example:
    """A picture (height, width, 3) and the cell in it that is strongest for a concept."""

    pixels: Pixels
    box: Box


Gallery = Callable[[int, int], tuple[Example, ...]]
"""The prototypes of (concept, sign): 0 for, 1 against."""


@dataclass(frozen=True, eq=False)
class Line:
    """One concept: what it ``adds`` to the logit; ``heat``, how strong it is at each pixel, signed and at most 1; the
    ``box`` of the cell that was taken; its prototypes; whether a person has marked it as spurious."""

    concept: int
    title: str
    adds: float
    heat: NDArray[np.float32]
    box: Box
    examples: tuple[Example, ...] = ()
    spurious: bool = False


@dataclass(frozen=True, eq=False)
class Sheet:
    """``others_for``, ``others_against``: (how many concepts, what they add together) beside those with a line. ``rest``:
    what no concept accounts for. ``truth``: the label that the data set gives, None where it gives none. ``rivals``: the
    most probable other labels, with their probabilities."""

    pixels: Pixels
    label: str
    probability: float
    logit: float
    rest: float
    supporting: tuple[Line, ...]
    opposing: tuple[Line, ...]
    others_for: tuple[int, float] = (0, 0.0)
    others_against: tuple[int, float] = (0, 0.0)
    truth: str | None = None
    rivals: tuple[tuple[str, float], ...] = ()
    model: str = ""

    @property
    def total(self) -> float:
        """All that is shown, added up: the logit but for rounding."""
        lines = sum(line.adds for line in (*self.supporting, *self.opposing))
        return lines + self.others_for[1] + self.others_against[1] + self.rest

    def share(self, adds: float) -> float | None:
        """What a concept adds as a share of the logit; None of a logit that is not above 0, of which there are no shares."""
        return adds / self.logit if self.logit > 0 else None


def sheet_of(
    classifier: Classifier,
    image: Tensor,
    target: int | None = None,
    *,
    gallery: Gallery | None = None,
    top: int = TOP,
    truth: str | None = None,
) -> Sheet:
    """The sheet of one picture (channel, height, width) at the classifier's input size; ``target``: the label's number, None
    for the most probable one."""
    images: Images = image[None].to(classifier.device)
    logits = classifier.logits(images)
    chosen = int(logits.argmax()) if target is None else target
    reading = read(classifier, images, torch.tensor([chosen], device=images.device))
    adds = reading.contributions[0].double()
    order = adds.argsort(descending=True).tolist()
    shown_for = [each for each in order[:top] if adds[each] > 0]
    shown_against = [each for each in order[::-1][:top] if adds[each] < 0]
    edits = classifier.edits if isinstance(classifier, ConceptClassifier) else Edits()
    size = (image.shape[-2], image.shape[-1])
    positive, negative = adds.clamp_min(0), adds.clamp_max(0)
    probabilities = logits.softmax(dim=1)[0]
    ranked = [each for each in probabilities.argsort(descending=True).tolist() if each != chosen]
    return Sheet(
        pixels=pixels_of(image),
        label=classifier.labels[chosen],
        probability=probabilities[chosen].item(),
        logit=reading.logit[0].item(),
        rest=reading.rest[0].item(),
        supporting=tuple(_line(reading, each, size, edits, gallery) for each in shown_for),
        opposing=tuple(_line(reading, each, size, edits, gallery) for each in shown_against),
        others_for=_others(positive, shown_for),
        others_against=_others(negative, shown_against),
        truth=truth,
        rivals=tuple((classifier.labels[each], probabilities[each].item()) for each in ranked[:RIVALS]),
        model=classifier.name,
    )


def gallery_in(classifier: Classifier, dataset: Dataset, prototypes: Prototypes, count: int = EXAMPLES) -> Gallery:
    """Prototypes as pictures that are read from their data set when they are asked for."""

    def find(concept: int, sign: int) -> tuple[Example, ...]:
        found = []
        for rank in range(min(count, prototypes.strength.shape[2])):
            if not bool(prototypes.real[sign, concept, rank]):
                break
            try:
                sample = dataset[int(prototypes.places[sign, concept, rank])]
            except PictureError:
                continue
            image, _ = classifier.fit(sample.picture)
            row, column = prototypes.cells[sign, concept, rank].tolist()
            found.append(Example(pixels_of(image), box_of(row, column, prototypes.grid, image.shape[-2:])))
        return tuple(found)

    return find


def box_of(row: int, column: int, grid: tuple[int, int], size: tuple[int, ...]) -> Box:
    """A cell of a grid of (rows, columns) in the pixels of a picture of ``size`` (height, width)."""
    down, across = size[0] / grid[0], size[1] / grid[1]
    return column * across, row * down, (column + 1) * across, (row + 1) * down


def pixels_of(image: Tensor) -> Pixels:
    """A picture in [0, 1] as eight-bit colours."""
    coloured = image.detach().cpu().expand(3, -1, -1) if image.shape[0] == 1 else image.detach().cpu()
    pixels: Pixels = (coloured.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return pixels


def _line(reading: Reading, concept: int, size: tuple[int, int], edits: Edits, gallery: Gallery | None) -> Line:
    concepts = reading.concepts[0, concept]
    row, column = reading.cells()[0, concept].tolist()
    against = bool(concepts[row, column] < 0)
    strength = (-concepts if against else concepts).clamp_min(0)
    adds = reading.contributions[0, concept].item()
    heat = resize_maps(strength[None], size)[0] / strength.amax().clamp_min(1e-12)
    sign = 1.0 if adds > 0 else -1.0
    return Line(
        concept,
        edits.title(concept),
        adds,
        (sign * heat).float().cpu().numpy(),
        box_of(row, column, (concepts.shape[0], concepts.shape[1]), size),
        () if gallery is None else gallery(concept, int(against)),
        concept in edits.spurious,
    )


def _others(adds: Tensor, shown: list[int]) -> tuple[int, float]:
    left = adds.clone()
    left[shown] = 0.0
    return int((left != 0).sum()), float(left.sum())
