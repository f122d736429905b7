"""Showing: one explanation of one picture, made to be judged, and the row that keeps it."""

from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whylight import registry
from whylight.classifier import Classifier
from whylight.dataset import Sample
from whylight.explanation import Explanation, explain
from whylight.feedback.candidates import RANKS, Candidate, Context
from whylight.feedback.trials import details_of
from whylight.frame import Frame
from whylight.method import Method
from whylight.plots.finding import Finding, finding_of
from whylight.segments import segment
from whylight.store import Picture, StoredExplanation

FRAME, FINDING = "frame", "finding"
"""Where an explanation's details keep which part of the picture the classifier saw, and what was found in numbers."""
NUMBERS = ("without_supporting", "without_hindering", "without_elsewhere")


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture as the classifier sees it. ``place``: in the data set; ``ranked``: the most probable labels' indices, the
    most probable first; ``context``: what is known before anything is shown."""

    sample: Sample
    place: int
    image: Tensor
    frame: Frame
    ranked: tuple[int, ...]
    context: Context


@dataclass(frozen=True, eq=False)
class Showing:
    """An explanation that is before a person. ``key``: in the store; ``rejected``: what was rejected of this picture;
    ``segments``: those of the method, None where it has none."""

    opened: Opened
    candidate: Candidate
    explanation: Explanation
    key: str
    rejected: tuple[Candidate, ...]
    segments: NDArray[np.int32] | None = None

    @cached_property
    def parts(self) -> NDArray[np.int32]:
        """The segments that can be voted on, by their numbers, at the classifier's size."""
        return cut_of(self.opened.image) if self.segments is None else self.segments


def open_picture(classifier: Classifier, sample: Sample, place: int) -> Opened:
    """The picture at the classifier's size, and the classifier's most probable labels: one pass."""
    image, frame = classifier.fit(sample.picture)
    probabilities = classifier.probabilities(image[None].to(classifier.device))[0]
    best = probabilities.topk(min(RANKS, len(classifier.labels)))
    ranked = tuple(int(index) for index in best.indices)
    chances = tuple(float(value) for value in best.values)
    return Opened(sample, place, image, frame, ranked, Context(classifier.labels[ranked[0]], chances))


def make(classifier: Classifier, opened: Opened, candidate: Candidate) -> Explanation:
    """The explanation that the candidate stands for; raises MethodError when the method cannot work on the classifier."""
    method = registry.read_method(candidate.method)
    return explain(classifier, method, opened.image[None], opened.ranked[candidate.rank - 1])


def picture_of(opened: Opened, source: str) -> Picture:
    """The picture's row."""
    picture = opened.sample.picture
    return Picture(opened.sample.key, opened.sample.name, picture.width, picture.height, source, opened.place)


def row_of(opened: Opened, candidate: Candidate, explanation: Explanation, model: str) -> StoredExplanation:
    """The explanation's row: its plan is all that decides the map beside picture and model."""
    target = int(explanation.targets[0])
    numbers = {name: _number(values[0]) for name, values in explanation.evidence.details.items()}
    return StoredExplanation(
        picture=opened.sample.key,
        model=model,
        plan={
            "method": registry.describe(explanation.method),
            "target": target,
            "size": list(explanation.images.shape[-2:]),
        },
        method=candidate.method,
        target=target,
        label=explanation.classifier.labels[target],
        rank=candidate.rank,
        probability=float(explanation.verdict.probability[0]),
        details={**numbers, **details_of(opened.context), FRAME: asdict(opened.frame), FINDING: _finding(explanation)},
        flags=explanation.verdict.flags[0],
    )


def frame_in(row: StoredExplanation) -> Frame | None:
    """Which part of its picture the classifier saw; None where that was not kept."""
    kept = row.details.get(FRAME)
    return None if kept is None else Frame(tuple(kept["size"]), tuple(kept["box"]))


def finding_in(row: StoredExplanation) -> Finding | None:
    """What was found, without the ledger of a mask; None where that was not kept."""
    kept = row.details.get(FINDING)
    if kept is None:
        return None
    supporting, hindering, elsewhere = (float("nan" if kept[name] is None else kept[name]) for name in NUMBERS)
    known = (row.label, row.target, row.probability)
    return Finding(*known, supporting, hindering, elsewhere, row.flags, kept["marks"])


def _finding(explanation: Explanation) -> dict[str, Any]:
    found = finding_of(explanation)
    return {**{name: _number(getattr(found, name)) for name in NUMBERS}, "marks": found.marks}


def map_of(explanation: Explanation) -> NDArray[np.float32]:
    """The signed map at the classifier's size."""
    found: NDArray[np.float32] = explanation.maps[0].detach().float().cpu().numpy()
    return found


def segments_of(explanation: Explanation) -> NDArray[np.int32] | None:
    """The segments that the method cut the picture into, where its settings say so."""
    method: Method = explanation.method
    named = fields(method)  # type: ignore[arg-type]  # a method is a dataclass, which its protocol cannot say
    settings = {setting.name: getattr(method, setting.name) for setting in named}
    if not {"segments", "count"} <= set(settings):
        return None
    cut = segment(explanation.images[:1], settings["segments"], settings["count"])
    return cut[0].to(torch.int32).cpu().numpy()


def cut_of(image: Tensor) -> NDArray[np.int32]:
    """The segments of a picture (channel, height, width) that votes are on where its method has none."""
    return segment(image[None])[0].to(torch.int32).cpu().numpy()


def _number(value: Any) -> float | None:
    """A finite number, or None: the store keeps no NaN."""
    number = float(value)
    return number if np.isfinite(number) else None
