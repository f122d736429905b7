"""Constants of the mask searches that belong together.

``paper``: those of Kang, Jung and Lee, 2019. ``default``: each method's own, found on real pictures. ``stable``: the mean of
searches that start at random, for a mask that comes out alike when it is searched for again.
"""

from dataclasses import dataclass, replace
from typing import Literal

from whylight.methods.perturbation._mask_search import Weights

Answer = Literal["probability", "log_probability", "gain"]
Start = Literal["ones", "near_ones", "half", "random"]
Keep = Literal["last", "best", "average"]


@dataclass(frozen=True)
class Preset:
    """The weights, Adam's step length, what is raised, where searches start, the noise, which iterate is kept, and of how
    many searches the mean is taken."""

    weights: Weights
    rate: float
    answer: Answer
    start: Start = "ones"
    noise: float = 0.0
    keep: Keep = "last"
    restarts: int = 1


PAPER = Preset(Weights(tv=1.7, area=3.0, gamma=0.3), rate=0.1, answer="probability")


def stable(own: Preset) -> Preset:
    """A method's own preset with what makes trials agree: the spread of a mean falls with the number of searches."""
    return replace(own, start="near_ones", restarts=12)
