"""Which pictures stand beside which."""

import pytest
import torch

from whylight.comparison.chance import classmates, others


@pytest.mark.parametrize(("pictures", "rounds"), [(2, 4), (3, 4), (9, 4), (9, 1)])
def test_no_picture_is_its_own_partner_and_every_one_is_somebodys(pictures: int, rounds: int) -> None:
    partners = others(pictures, rounds)
    assert len(partners) == min(rounds, pictures - 1)
    for row in partners:
        assert sorted(row.tolist()) == list(range(pictures))
        assert (row != torch.arange(pictures)).all()
    assert len({tuple(row.tolist()) for row in partners}) == len(partners)


def test_partners_are_of_one_class() -> None:
    classes = torch.tensor([0, 1, 0, 2, -1, 0, 1, -1])
    partners = classmates(classes, 4)
    assert (partners[:, [3, 4, 7]] == -1).all()  # alone in its class, or of none that is known
    for row in partners:
        known = (row >= 0).nonzero()[:, 0]
        assert torch.equal(classes[row[known]], classes[known])
        assert (row[known] != known).all()
    assert set(partners[:, 0].tolist()) == {2, 5, -1}


def test_one_picture_has_no_partner() -> None:
    assert others(1, 4).tolist() == [[-1]]
    assert (classmates(torch.tensor([3]), 2) == -1).all()


def test_partners_are_not_neighbours_which_may_be_of_one_class() -> None:
    """As those of a folder a class are."""
    for rounds in (1, 4):
        apart = (others(40, rounds) - torch.arange(40)).abs()
        assert torch.minimum(apart, 40 - apart).min() >= 40 // (rounds + 1)
