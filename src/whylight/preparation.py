"""A preparation: brings a picture into the form that a classifier was trained on, shows every step, and leads back."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from whylight.classifier import Classifier
from whylight.frame import Frame

LOW_PROBABILITY, LOW_MARGIN = 0.5, 0.2
"""A most probable label below the first, or ahead of the second one by less than the second, is not to be relied on."""


@dataclass(frozen=True)
class Step:
    """One step of a preparation: its name, what it did in one sentence, and the picture after it."""

    name: str
    sentence: str
    picture: Image.Image = field(repr=False)


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a preparation made of a picture.

    ``picture``: what the classifier is given. ``frame``: which part of the picture as it was taken that is; its box may
    reach beyond the picture where margins were added. ``steps``: from the picture as it was taken to ``picture``.
    ``numbers``: what was measured on the way. ``warnings``: why the result may be wrong, in words; none is the good case.
    """

    picture: Image.Image
    frame: Frame
    steps: tuple[Step, ...]
    numbers: dict[str, float]
    warnings: tuple[str, ...]

    def fit(self, classifier: Classifier) -> tuple[Float[Tensor, "channel height width"], Frame]:
        """The prepared picture at the classifier's input size, and the frame that maps back to the picture as it was
        taken: what ``Classifier.fit`` gives, through the preparation."""
        image, inner = classifier.fit(self.picture)
        return image, Frame(self.frame.size, self.frame.box_in_picture(inner.box, inner.size))

    def within(self, frame: Frame) -> Frame:
        """A part of the picture as it was taken as a part of the prepared one."""
        left, top, right, bottom = self.frame.box
        across, down = self.picture.width / (right - left), self.picture.height / (bottom - top)
        box = (frame.box[0] - left) * across, (frame.box[1] - top) * down
        end = (frame.box[2] - left) * across, (frame.box[3] - top) * down
        return Frame((self.picture.height, self.picture.width), (*box, *end))


class Preparation(ABC):
    """A frozen dataclass of settings; one file in ``preparations/`` is one preparation."""

    @abstractmethod
    def __call__(self, picture: Image.Image) -> Prepared:
        """The picture (any size, with or without an alpha channel) in the classifier's form; raises PictureError for one
        that nothing can be made of."""


class Remembered(Preparation):
    """Another preparation, done once for each picture although several classifiers are asked; it keeps no steps, which
    are large. ``original``: the other one."""

    def __init__(self, preparation: Preparation) -> None:
        self.original = preparation
        self._known: dict[str, Prepared] = {}

    def __call__(self, picture: Image.Image) -> Prepared:
        """What the other one makes of it, without ``steps``."""
        pixels = picture.convert("RGBA").tobytes()
        key = f"{picture.mode} {picture.size} {hashlib.sha256(pixels).hexdigest()}"
        if key not in self._known:
            self._known[key] = replace(self.original(picture), steps=())
        return self._known[key]


def fit(
    classifier: Classifier, picture: Image.Image, preparation: Preparation | None
) -> tuple[Float[Tensor, "channel height width"], Frame, Prepared | None]:
    """A picture at the classifier's input size and the frame that leads back, by way of a preparation where there is one,
    whose result comes third."""
    if preparation is None:
        return *classifier.fit(picture), None
    prepared = preparation(picture)
    return *prepared.fit(classifier), prepared


def undecided(probabilities: Float[Tensor, " label"], labels: tuple[str, ...]) -> str | None:
    """The two most probable labels with their probabilities (in [0, 1]), where the first is not to be relied on."""
    ordered, places = probabilities.sort(descending=True)
    first, second = float(ordered[0]), float(ordered[1])
    if first >= LOW_PROBABILITY and first - second >= LOW_MARGIN:
        return None
    return f"{labels[int(places[0])]} {first:.0%}, {labels[int(places[1])]} {second:.0%}"


def doubts_of(prepared: Prepared, between: str | None, who: str = "the classifier") -> tuple[str, ...]:
    """The preparation's warnings, and that ``who`` is undecided ``between`` two labels, unless that is None."""
    return prepared.warnings if between is None else (*prepared.warnings, f"{who} is undecided ({between})")


def doubts_about(
    probabilities: Float[Tensor, " label"], labels: tuple[str, ...], prepared: Prepared
) -> tuple[str, ...]:
    """Why an answer for a prepared picture should not be relied on, in words; empty where nothing speaks against it.

    ``probabilities``: the classifier's, in [0, 1]. A classifier must choose one of its labels for any picture, so its
    answer alone does not tell that there is no garment: the preparation's warnings count as well.
    """
    return doubts_of(prepared, undecided(probabilities, labels))
