"""Values of the store: what is kept of an explanation and of what people said of it; plain, frozen, without a database."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from whylight.errors import StoreError

MOST_POINTS = 10_000
"""Points of a stroke: far more than a hand draws."""

Plain = dict[str, Any]
"""JSON: text, finite numbers, booleans, None, lists and dictionaries with text as keys."""


@dataclass(frozen=True)
class Picture:
    """A picture by its content.

    ``key``: a hash of the content in hexadecimal, as data sets have it. ``name``: for people. ``source`` and ``place``:
    the description of the data set that it was first met in, and where there (from 0). ``width``, ``height``: in pixels.
    """

    key: str
    name: str
    width: int
    height: int
    source: str = ""
    place: int | None = None


@dataclass(frozen=True)
class Model:
    """A classifier with these very weights. ``name``: its description (``timm:resnet50``); ``version``: a hash of them."""

    name: str
    version: str
    labels: tuple[str, ...]

    @property
    def key(self) -> str:
        """The same for equal models, in every store."""
        return hashed([self.name, self.version, list(self.labels)])


@dataclass(frozen=True)
class StoredExplanation:
    """An explanation that somebody may have seen.

    ``picture``, ``model``: their keys. ``plan``: all that decides the map, as plain data: with it, the picture and the model
    it can be made again. ``method``: its name and settings as on the command line. ``target``: the index of the explained
    label and ``label`` its name; ``rank``: how probable it is among the labels, from 1; ``probability`` in [0, 1].
    ``details``, ``flags``: the method's numbers and the verdict's flags. ``evidence``, ``segments``: keys of the signed map
    and of the segments' numbers, each (height, width) of the classifier's input, where they are kept.
    """

    picture: str
    model: str
    plan: Plain
    method: str
    target: int
    label: str
    rank: int
    probability: float
    details: Plain = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    evidence: str | None = None
    segments: str | None = None

    @property
    def key(self) -> str:
        """The same for the same picture, model and plan, in every store."""
        return hashed([self.picture, self.model, self.plan])


@dataclass(frozen=True)
class Shown:
    """The explanation was shown to the person."""


@dataclass(frozen=True)
class Verdict:
    """Thumbs up or down."""

    up: bool


@dataclass(frozen=True)
class Stroke:
    """A stroke of the brush over pixels that should matter, or should not.

    ``points``: (across, down), each in [0, 1] of the picture's width and height. ``width``: of the brush, as a share of the
    picture's shorter side, above 0 and at most 1.
    """

    matters: bool
    width: float
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        """Raises StoreError for a brush or a point outside of the picture, and for no points or too many."""
        inside = all(0 <= part <= 1 for point in self.points for part in point)  # NaN is not
        if not (0 < self.width <= 1 and 1 <= len(self.points) <= MOST_POINTS and inside):
            raise StoreError(
                f"expected a stroke of 1 to {MOST_POINTS} points in [0, 1] with a width above 0 and at most 1; "
                f"got {len(self.points)} points and width {self.width}"
            )


@dataclass(frozen=True)
class SegmentVote:
    """Whether a segment (by its number in the explanation's segments) belongs into a good explanation."""

    segment: int
    belongs: bool

    def __post_init__(self) -> None:
        """Raises StoreError for a number below 0."""
        if self.segment < 0:
            raise StoreError(f"expected the number of a segment, from 0; got {self.segment}")


@dataclass(frozen=True)
class Undo:
    """Takes back the record ``of`` that uid; the record itself stays."""

    of: str


LEARNED = ("candidates", "segments")
"""What is learned from the store's records."""


@dataclass(frozen=True)
class Reset:
    """What was said before the moment ``at`` does not count any more for what is learned: nothing of it is deleted.

    ``what``: one of ``LEARNED``; ``person``: who wanted it; ``undone``: whether it was taken back; ``undoes``: the uid of
    the reset that this row takes back; it does nothing else.
    """

    uid: str
    what: str
    person: str
    at: datetime
    undone: bool = False
    undoes: str | None = None


Said = Shown | Verdict | Stroke | SegmentVote | Undo


@dataclass(frozen=True)
class Record:
    """Something that was said of an explanation, by whom and when. ``place``: the store's own order, growing; ``uid``: the
    same in every store; ``at``: in UTC; ``undone``: whether an undo took it back."""

    place: int
    uid: str
    explanation: str
    person: str
    at: datetime
    said: Said
    undone: bool = False


def canonical(plain: Any) -> str:
    """JSON in one spelling, in ASCII: equal data gives equal bytes. Raises ValueError for NaN and infinity."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)


def hashed(plain: Any) -> str:
    """The sha256 of plain data, in hexadecimal."""
    return hashlib.sha256(canonical(plain).encode()).hexdigest()
