"""Held-out segments: how often what was learned knows which segments belong, of pictures that it did not see.

evidence_k   learned from all pictures but those of part k (divided as those of ``held_out`` are)
right        the share of the segments of part k with a vote or a stroke of which (P(belongs) > 1/2) is what was said
most         that share for who always says what is said most
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from whylight.feedback.evidence import Observation, learn_evidence
from whylight.feedback.evidence_observed import Open, observations
from whylight.feedback.held_out import PARTS, part_of
from whylight.store import Judged, Store


@dataclass(frozen=True)
class SegmentEffect:
    """``segments``: of which somebody said something; ``right`` and ``most``: shares in [0, 1]."""

    segments: int
    right: float
    most: float

    @property
    def words(self) -> str:
        """In a sentence."""
        return (
            f"Of {self.segments} held-out segments that somebody spoke of, it knows {self.right:.0%}; always saying what is "
            f"said most knows {self.most:.0%}."
        )


def observations_by_part(store: Store, judged: Sequence[Judged], open_picture: Open) -> list[list[Observation]]:
    """The observations of each part of the pictures, all that was said of a picture in one of them."""
    parts: list[list[Judged]] = [[] for _ in range(PARTS)]
    for each in judged:
        parts[part_of(each.picture.key)].append(each)
    return [observations(store, part, open_picture) for part in parts]


def segment_effect(parts: Sequence[Sequence[Observation]]) -> SegmentEffect | None:
    """The effect on held-out pictures; None where nobody painted or voted, or only on pictures of one part."""
    right, said = [], []
    for number, part in enumerate(parts):
        others = [each for other, rest in enumerate(parts) if other != number for each in rest]
        if not others:
            continue
        evidence = learn_evidence(others)
        for each in part:
            known = ~np.isnan(each.said)
            answers = each.said[known] > 0.5
            right += ((evidence.belongs(each.given[known]) > 0.5) == answers).tolist()
            said += answers.tolist()
    if not said:
        return None
    most = Counter(said).most_common(1)[0][1]
    return SegmentEffect(len(said), float(np.mean(right)), most / len(said))
