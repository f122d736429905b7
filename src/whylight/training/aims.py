"""What the training of an enhancer makes small, of each picture.

    bce                  −mean_p [t log o + (1 − t) log(1 − o)]          o: what is shown, t: the picture
    mse                  mean_p (o − t)²
    cross_entropy        −log softmax(s)_y                               s: the classifier's answer, y: the label
    recognition_aware    mse + λ cross_entropy
    unsupervised         mse + λ mean_c (softmax(s)_c − softmax(r)_c)²   r: its answer to the picture itself

The first is never below the entropy of t. Of two enhancers in a row, bce and mse are summed over what both give.

Liu et al., 2019, arXiv:1910.09185, equations 2 to 5.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from torch import Tensor
from torch.nn import functional

from whylight.tensors import flat
from whylight.types import Images, Scores, Targets

Loss = Literal["bce", "mse", "cross_entropy", "recognition_aware", "unsupervised"]


class Answered(NamedTuple):
    """What became of pictures. ``shown``, ``logits``, ``then``: see ``Seen``. ``scores``: the classifier's logits for what
    it was given, ``expected`` those for the pictures themselves, and ``guessed`` those of the enhancer's own coarsest grid;
    None where nobody asked."""

    shown: Tensor
    logits: Tensor
    then: Tensor | None
    scores: Tensor | None
    expected: Tensor | None
    guessed: Tensor | None = None


@dataclass(frozen=True)
class Aim:
    """``weight``: λ."""

    loss: Loss
    weight: float = 0.0

    @property
    def asks(self) -> bool:
        """Whether the classifier is asked at all."""
        return self.loss not in ("bce", "mse")

    @property
    def compares(self) -> bool:
        """Whether the classifier is asked about the pictures themselves."""
        return self.loss == "unsupervised"

    def __call__(self, answered: Answered, images: Images, targets: Targets, smoothing: float = 0.0) -> Scores:
        """The loss of each picture. ``images``: what should be shown. ``smoothing``: of the labels."""
        if self.loss == "bce":
            own = reconstruction(answered.logits, images)
            return own if answered.then is None else own + reconstruction(answered.then, images)
        restored = squared(answered.shown, images)
        if self.loss == "mse":
            return restored if answered.then is None else restored + squared(answered.then.sigmoid(), images)
        assert answered.scores is not None
        scores = answered.scores.float()
        if self.compares and answered.expected is not None:
            wanted = answered.expected.float().softmax(dim=1)
            return restored + self.weight * (scores.softmax(dim=1) - wanted).square().mean(dim=1)
        missed = functional.cross_entropy(scores, targets, reduction="none", label_smoothing=smoothing)
        return missed if self.loss == "cross_entropy" else restored + self.weight * missed


def reconstruction(logits: Images, images: Images) -> Scores:
    """The binary cross-entropy of each picture, a mean over its numbers."""
    return flat(functional.binary_cross_entropy_with_logits(logits, images, reduction="none")).mean(dim=1)


def squared(shown: Images, images: Images) -> Scores:
    """The mean squared difference of each picture."""
    return flat((shown - images).square()).mean(dim=1)


def entropy(images: Images) -> Scores:
    """The least that ``reconstruction`` can be: the binary entropy of each picture, a mean over its numbers."""
    return flat(functional.binary_cross_entropy(images, images, reduction="none")).mean(dim=1)
