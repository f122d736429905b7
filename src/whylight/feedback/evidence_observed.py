"""Observations in a store: the verdicts, strokes and votes of a history as what segment evidence is learned from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from whylight.descriptors import descriptors, segment_means
from whylight.feedback.evidence import Observation
from whylight.feedback.showing import cut_of
from whylight.frame import Frame
from whylight.store import Judged, Picture, SegmentVote, Store, Stroke, Verdict
from whylight.store.brush import covered
from whylight.store.values import StoredExplanation

MOST_SHOWN = 5
"""The segments that count as shown: those that LIME marks."""
HALF = 0.5
"""A segment is meant by a stroke that covers this share of it."""

Opened = tuple[Float[Tensor, "channel height width"], Frame]
Open = Callable[[Picture], Opened | None]
"""From a picture's row to its pixels at the classifier's size and the frame that leads back; None where it is gone."""


@dataclass
class _Said:
    """What one person said of one explanation, the latest last."""

    explanation: StoredExplanation
    picture: Picture
    up: bool | None = None
    votes: dict[int, bool] = field(default_factory=dict)
    strokes: list[Stroke] = field(default_factory=list)


def observations(store: Store, judged: Sequence[Judged], open_picture: Open) -> list[Observation]:
    """One for each explanation and person of a history, the oldest record first.

    What was taken back is left out, and so are explanations without a map and pictures that cannot be opened. An
    explanation by a method without segments is cut by ``slic``.
    """
    found = []
    for each in _collected(judged):
        opened = open_picture(each.picture)
        if opened is None or each.explanation.evidence is None:
            continue
        image, frame = opened
        evidence = torch.from_numpy(np.array(store.array(each.explanation.evidence), np.float32))
        if evidence.shape != image.shape[-2:]:  # made at another size than the classifier has now
            continue
        segments = _segments(store, each.explanation, image)
        numbers = segment_means(evidence[None], segments)
        given = descriptors(image[None], segments, numbers)[0].cpu().numpy()
        said = _words(each, segments[0].cpu().numpy(), frame)
        found.append(Observation(given, said, most_shown(numbers[0].cpu().numpy()), each.up))
    return found


def most_shown(numbers: NDArray[np.float64]) -> tuple[int, ...]:
    """The segments that support the label most, at most ``MOST_SHOWN``, the strongest first."""
    order = np.argsort(-numbers, kind="stable")[:MOST_SHOWN]
    return tuple(int(number) for number in order if numbers[number] > 0)


def _collected(judged: Sequence[Judged]) -> list[_Said]:
    """By explanation and person, in the order in which they were first spoken of."""
    found: dict[tuple[str, str], _Said] = {}
    for each in judged:
        said = each.record.said
        if each.record.undone or not isinstance(said, Verdict | Stroke | SegmentVote):
            continue
        of = found.setdefault((each.record.explanation, each.record.person), _Said(each.explanation, each.picture))
        if isinstance(said, Verdict):
            of.up = said.up
        elif isinstance(said, Stroke):
            of.strokes.append(said)
        else:
            of.votes[said.segment] = said.belongs
    return list(found.values())


def _segments(store: Store, explanation: StoredExplanation, image: Tensor) -> Tensor:
    kept = cut_of(image) if explanation.segments is None else store.array(explanation.segments)
    return torch.from_numpy(np.array(kept, np.int64))[None]


def _words(of: _Said, segments: NDArray[np.int64], frame: Frame) -> NDArray[np.float64]:
    """Of each segment 1, 0 or NaN; a later stroke paints over an earlier one, and a vote stands above all strokes."""
    count = int(segments.max()) + 1
    said, sizes = np.full(count, np.nan), np.bincount(segments.ravel(), minlength=count)
    for stroke in of.strokes:
        inside = covered(stroke, frame, (segments.shape[0], segments.shape[1]))
        hit = np.bincount(segments[inside].ravel(), minlength=count) >= HALF * np.maximum(sizes, 1)
        said[hit] = float(stroke.matters)
    for number, belongs in of.votes.items():
        if number < count:
            said[number] = float(belongs)
    return said
