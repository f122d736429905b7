"""The segments of the explanation that stands before a person: where each of them lies, to be shown and voted on."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from whylight.descriptors import segment_means
from whylight.feedback.session import Session
from whylight.frame import Frame
from whylight.store import Filter, SegmentVote

MOST_VOTES = 2000
FAINT = 0.05
"""Of the largest number in the map: below that a segment neither supports nor hinders."""
WHOLE = (0.0, 0.0, 1.0, 1.0)
DOWN, ACROSS = ("top", "", "bottom"), ("left", "", "right")


def segments_of(numbers: NDArray[np.int32], evidence: NDArray[np.float32], frame: Frame) -> dict[str, Any]:
    """Segments, by their numbers, of a map (rows, columns) as plain data.

    ``rows``, ``columns``: the classifier's size. ``box``: left, top, right and bottom of what it saw, as shares of the
    picture. ``runs``: numbers of segments, row after row, each with how often it comes in a row. ``parts``: of each segment
    where its middle is (``at``: across and down, as shares of the picture) and what it is in ``words``.
    """
    height, width = frame.size
    left, top, right, bottom = frame.box
    box = (left / width, top / height, right / width, bottom / height)
    return {
        "rows": numbers.shape[0],
        "columns": numbers.shape[1],
        "box": box,
        "runs": runs_of(numbers),
        "parts": [
            {"at": at, "words": words}
            for at, words in zip(middles_of(numbers, box), _words(numbers, evidence, middles_of(numbers, WHOLE)))
        ],
    }


def runs_of(numbers: NDArray[np.int32]) -> list[int]:
    """A number and how often it comes, again and again, row after row."""
    flat = numbers.ravel()
    starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])
    lengths = np.diff(np.r_[starts, len(flat)])
    return [int(value) for value in np.stack([flat[starts], lengths], axis=1).ravel()]


def middles_of(numbers: NDArray[np.int32], box: tuple[float, float, float, float]) -> list[tuple[float, float]]:
    """The centre of mass of each segment, (across, down), within a box."""
    rows, columns = numbers.shape
    sizes = np.bincount(numbers.ravel()).clip(min=1)
    down, across = np.indices(numbers.shape)
    left, top, right, bottom = box
    shares = [
        np.bincount(numbers.ravel(), (each + 0.5).ravel()) / sizes / length
        for each, length in ((across, columns), (down, rows))
    ]
    return [
        (round(float(left + (right - left) * x), 4), round(float(top + (bottom - top) * y), 4)) for x, y in zip(*shares)
    ]


def _words(numbers: NDArray[np.int32], evidence: NDArray[np.float32], middles: list[tuple[float, float]]) -> list[str]:
    segments = torch.from_numpy(numbers.astype(np.int64))
    means = segment_means(torch.from_numpy(np.array(evidence, np.float32))[None], segments[None])[0].tolist()
    largest = max(abs(mean) for mean in means)
    return [f"{place_words(at)}, {_sign(mean, largest)}" for at, mean in zip(middles, means)]


def place_words(at: tuple[float, float]) -> str:
    """Where a point (across, down) lies: ``top left``, ``middle``."""
    across, down = (min(2, int(3 * share)) for share in at)
    return f"{DOWN[down]} {ACROSS[across]}".strip() or "middle"


def _sign(number: float, largest: float) -> str:
    if abs(number) <= FAINT * largest:
        return "says little"
    return "supports" if number > 0 else "hinders"


def votes_of(session: Session, key: str) -> dict[str, bool]:
    """What the person said of the segments of this explanation, by their numbers; what was said last counts."""
    picture = session.store.load(key).picture
    wanted = Filter(person=session.person, kinds=("segment_vote",), picture=picture)
    said = [judged.record for judged in session.store.history(wanted, limit=MOST_VOTES)[::-1]]
    return {
        str(each.said.segment): each.said.belongs
        for each in said
        if isinstance(each.said, SegmentVote) and each.explanation == key
    }
