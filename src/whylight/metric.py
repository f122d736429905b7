"""A metric: a value made of settings that turns an explanation into one number a picture."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from jaxtyping import Bool, Float
from torch import Tensor

from whylight.classifier import Access
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.spec import name_of
from whylight.types import Scores


@dataclass(frozen=True, eq=False)
class Truth:
    """Where the evidence is known to be, at the classifier's input size.

    ``supporting``: True on the pixels that speak for the target, such as an object's mask. ``hindering``: True on those
    that speak against it; None where a data set says nothing of them. A picture of which nothing is known has no True.
    """

    supporting: Bool[Tensor, "batch height width"]
    hindering: Bool[Tensor, "batch height width"] | None = None


@dataclass(frozen=True, eq=False)
class Measured:
    """What a metric found: ``scores``, one number a picture, NaN where it cannot be measured; ``curves``: named curves at
    equal steps from 0 to 1, one a picture, from metrics that walk along one."""

    scores: Scores
    curves: dict[str, Float[Tensor, "batch step"]] = field(default_factory=dict)


class Metric(ABC):
    """A frozen dataclass of settings; calling it measures every picture of an explanation.

    A picture's score depends neither on the pictures beside it nor on the global random state: a random metric has a
    ``seed`` field, and draws the same pattern for every picture. Signs count: a metric says in its docstring what it
    does with negative evidence.

    ``higher_is_better``: None for what is neither good nor bad in itself, such as an area. ``needs``: what it uses of the
    classifier. ``needs_truth``: whether it compares with where the evidence is known to be. ``timed``: whether it depends
    on the clock, so that two runs differ.
    """

    higher_is_better: ClassVar[bool | None]
    needs: ClassVar[Access] = Access.OUTPUTS
    needs_truth: ClassVar[bool] = False
    timed: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """One score a picture; raises MetricError where the metric cannot work on the explanation."""

    def check(self, explanation: Explanation, truth: Truth | None) -> None:
        """Raises MetricError when the classifier or the data set does not give what the metric needs."""
        name = name_of(self)
        if self.needs > explanation.classifier.access:
            raise MetricError(
                f"{name} needs the {self.needs.name.lower()} of a torch network, but {explanation.classifier.name} is a "
                "black box that gives outputs only; leave the metric out, or load the network itself"
            )
        if self.needs_truth and truth is None:
            raise MetricError(
                f"{name} compares with where the evidence is known to be, but the data set has neither masks nor boxes; "
                "take data that has them, such as coco or planted, or leave the metric out"
            )
