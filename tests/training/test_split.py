"""Splitting: every label's share, no content on both sides, and the same draw for the same pictures."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from whylight.errors import DataError
from whylight.training.split import refuse_shared, split


def test_each_label_gives_its_share() -> None:
    labels = torch.tensor([0] * 100 + [1] * 40 + [2] * 3)
    training, validation = split(labels, [str(place) for place in range(143)], 0.1, seed=0)
    assert torch.bincount(labels[validation]).tolist() == [10, 4, 1]
    assert sorted(torch.cat([training, validation]).tolist()) == list(range(143))
    assert training.tolist() == sorted(training.tolist())


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30)), min_size=1, max_size=60),
    st.floats(0.05, 0.95),
    st.integers(0, 5),
)
def test_no_content_is_on_both_sides(pictures: list[tuple[int, int]], share: float, seed: int) -> None:
    # two pictures that nobody else has, for every label that may occur
    pictures = [*pictures, *((label, 100 + 10 * label + copy) for label in range(3) for copy in range(2))]
    labels, keys = torch.tensor([label for label, _ in pictures]), [str(content) for _, content in pictures]
    training, validation = split(labels, keys, share, seed)
    assert not {keys[place] for place in training.tolist()} & {keys[place] for place in validation.tolist()}
    assert sorted(training.tolist() + validation.tolist()) == list(range(len(pictures)))
    assert len(training) >= 3


def test_the_draw_depends_on_the_seed_and_not_on_the_order() -> None:
    labels, keys = torch.arange(60) % 3, [f"{place * 7919 % 997:04}" for place in range(60)]
    drawn = {keys[place] for place in split(labels, keys, 0.3, seed=4)[1].tolist()}
    order = torch.randperm(60, generator=torch.Generator().manual_seed(1))
    mixed = [keys[place] for place in order.tolist()]
    assert {mixed[place] for place in split(labels[order], mixed, 0.3, seed=4)[1].tolist()} == drawn
    assert {keys[place] for place in split(labels, keys, 0.3, seed=5)[1].tolist()} != drawn


def test_a_label_with_one_content_is_refused() -> None:
    with pytest.raises(DataError, match="label number 1 has 1 picture of its own, and at least 2 different ones"):
        split(torch.tensor([0, 0, 1, 1]), ["a", "b", "c", "c"], 0.5, seed=0)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_share_outside_is_refused(share: float) -> None:
    with pytest.raises(DataError, match="expected a share for validation between 0 and 1"):
        split(torch.tensor([0, 0]), ["a", "b"], share, seed=0)


def test_test_pictures_among_the_training_are_refused() -> None:
    refuse_shared(["a", "b"], ["c"], ["one", "two"])
    with pytest.raises(
        DataError, match=r"4 of 5 pictures to train with are test pictures too \(n0, n1, n2 and 1 more\)"
    ):
        refuse_shared(list("abcde"), list("abcdz"), [f"n{place}" for place in range(5)])
