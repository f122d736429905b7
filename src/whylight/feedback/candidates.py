"""Candidates: the explanations of a picture that can be shown, and what is known when one of them is chosen.

A candidate is a label by its rank and a method with its settings, the segmentation among them. The source of the loop
(pictures judged with LIME by thumbs up and down) goes to the next label rank after each thumb down and begins anew with
every picture; that order is ``next_rank``, which everything learned is compared with.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from whylight.classifier import Access
from whylight.errors import SpecError
from whylight.spec import parse

RANKS = 5
"""The most probable labels that are shown."""
SOURCE = "lime"
"""The method of the loop's source."""
OUTPUTS_ONLY = (SOURCE, "lime:segments=quickshift", "lime:segments=felzenszwalb", "lime:segments=grid", "occlusion")
WITH_NETWORK = (*OUTPUTS_ONLY, "grad_cam", "integrated_gradients")


@dataclass(frozen=True)
class Candidate:
    """``rank``: of the explained label among the probable ones, from 1. ``method``: as on the command line
    (``lime:segments=grid``)."""

    rank: int
    method: str

    @property
    def name(self) -> str:
        """The method without its settings."""
        return self.method.partition(":")[0]

    @property
    def segments(self) -> str:
        """The method's segmentation where its description names one."""
        try:
            return parse(self.method).settings.get("segments", "")
        except SpecError:  # a method in memory may have any name
            return ""


@dataclass(frozen=True)
class Context:
    """What is known of a picture before anything is shown: the most probable ``label``, and the ``probabilities`` of the
    most probable labels, the greatest first."""

    label: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Trial:
    """A candidate that was judged, with those that were rejected for the same picture before it."""

    context: Context
    candidate: Candidate
    rejected: tuple[Candidate, ...]
    up: bool


def candidates_for(labels: int, access: Access, methods: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """Every candidate for a classifier: the given methods, or those that suit its access, for its most probable labels."""
    chosen = tuple(methods) or (WITH_NETWORK if access >= Access.FEATURES else OUTPUTS_ONLY)
    return tuple(Candidate(rank, method) for method in chosen for rank in range(1, min(RANKS, labels) + 1))


def next_rank(options: Sequence[Candidate], rejected: Sequence[Candidate]) -> Candidate | None:
    """The source's scheme: the next label rank by the first method, and when they are used up, by the next one; None when
    all were rejected."""
    return next((option for option in options if option not in rejected), None)
