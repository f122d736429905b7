"""The effect on held-out segments, against numbers that are counted by hand."""

import numpy as np

from whylight.descriptors import DESCRIPTORS
from whylight.feedback.evidence import Observation
from whylight.feedback.evidence_held_out import SegmentEffect, segment_effect

NAN = float("nan")


def observed(said: list[float], across: list[float]) -> Observation:
    """Something was said of segments that differ in where they lie."""
    given = np.zeros((len(said), len(DESCRIPTORS)))
    given[:, DESCRIPTORS.index("across")] = across
    return Observation(given, np.array(said))


def test_a_rule_that_holds_everywhere_is_known_of_all_held_out_segments() -> None:
    parts = [[observed([1.0, 0.0, 0.0, NAN], [-1.0, 1.0, 1.0, 1.0])] for _ in range(5)]
    assert segment_effect(parts) == SegmentEffect(15, 1.0, 10 / 15)


def test_what_only_the_held_out_part_says_is_not_known() -> None:
    parts = [
        [observed([1.0, 0.0], [-1.0, 1.0])],
        [observed([0.0, 1.0], [-1.0, 1.0])],
        [],
        [],
        [],
    ]  # each says the contrary of the other
    assert segment_effect(parts) == SegmentEffect(4, 0.0, 0.5)


def test_thumbs_alone_measure_nothing() -> None:
    given = np.zeros((2, len(DESCRIPTORS)))
    silent = Observation(given, np.full(2, NAN), shown=(0,), up=True)
    assert segment_effect([[silent], [silent], [], [], []]) is None
    assert segment_effect([[], []]) is None
    assert segment_effect([[observed([1.0, 0.0], [-1.0, 1.0])], []]) is None, "there is nothing to learn it from"


def test_its_words() -> None:
    assert SegmentEffect(40, 0.75, 0.6).words == (
        "Of 40 held-out segments that somebody spoke of, it knows 75%; always saying what is said most knows 60%."
    )
