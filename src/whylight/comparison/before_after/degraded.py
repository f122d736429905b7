"""A classifier that is given degraded pictures: everything that asks it, scores it or explains it sees the same ones."""

import hashlib
from dataclasses import dataclass, field, fields, replace
from typing import Any

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from whylight.classifier import Classifier
from whylight.degradation import Degradation, seeds_of
from whylight.frame import Frame, Resizing


@dataclass(frozen=True)
class Degraded(Resizing):
    """Brings a picture to the input size, and degrades it there. What is drawn depends on ``seed`` and on the picture's
    content alone."""

    degradation: Degradation = field(kw_only=True)
    seed: int = field(default=0, kw_only=True)

    def __call__(self, picture: Image.Image) -> tuple[Float[Tensor, "channel height width"], Frame]:
        """The degraded picture in [0, 1], and the frame that leads back."""
        image, frame = super().__call__(picture)
        key = hashlib.sha256(image.contiguous().numpy().tobytes()).hexdigest()
        return self.degradation(image[None], seeds_of([key], self.seed))[0], frame


def degraded(classifier: Classifier, degradation: Degradation, seed: int = 0) -> Classifier:
    """The same classifier behind a degradation."""
    resizing = Degraded(**_settings(classifier.resizing), degradation=degradation, seed=seed)
    return replace(classifier, resizing=resizing)


def undegraded(classifier: Classifier) -> Classifier:
    """The same classifier without it."""
    return replace(classifier, resizing=Resizing(**_settings(classifier.resizing)))


def _settings(resizing: Resizing) -> dict[str, Any]:
    return {setting.name: getattr(resizing, setting.name) for setting in fields(Resizing)}
