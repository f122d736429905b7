from itertools import combinations
from math import comb

import pytest
import torch

from whylight.methods.surrogate._coalitions import LISTED, VOID, Table, schedule, subsets


def kernel(players: int, size: int) -> float:
    """The Shapley kernel of one coalition, as Lundberg and Lee write it."""
    return (players - 1) / (comb(players, size) * size * (players - size))


def test_the_kernel_of_four_players() -> None:
    assert [kernel(4, size) for size in (1, 2, 3)] == [0.25, 0.125, 0.25]


@pytest.mark.parametrize("players", [2, 3, 4, 5, 8, 9])
def test_all_coalitions_are_listed_once_when_they_are_affordable(players: int) -> None:
    plan = schedule(players, 2 ** (players - 1) - 1)
    both = torch.cat([plan.listed, ~plan.listed]).int().tolist()
    assert plan.rest == 0
    assert len({tuple(row) for row in both}) == len(both) == 2**players - 2
    assert plan.length == len(plan.listed)


@pytest.mark.parametrize(("players", "pairs"), [(4, 7), (7, 63), (12, 60), (50, 1024)])
def test_listed_pairs_have_the_kernels_share(players: int, pairs: int) -> None:
    plan = schedule(players, pairs)
    total = sum(comb(players, size) * kernel(players, size) for size in range(1, players))
    for members, share in zip(plan.listed, plan.shares, strict=True):
        assert float(share) == pytest.approx(2 * kernel(players, int(members.sum())) / total, rel=1e-12)
    assert float(plan.shares.sum()) + plan.rest == pytest.approx(1)


def test_sizes_are_listed_from_the_outside_in() -> None:
    assert sorted({int(row.sum()) for row in schedule(50, 1024).listed}) == [1]
    assert sorted({int(row.sum()) for row in schedule(14, 500).listed}) == [1, 2]
    assert len(schedule(50, 20).listed) == 0


def test_random_sizes_follow_the_kernel_without_what_is_listed() -> None:
    plan = schedule(10, 60)
    members = plan.round(len(plan.listed), 20_000, seed=0).members
    listed = sorted({int(row.sum()) for row in plan.listed})
    law = torch.tensor([1 / (s * (10 - s)) if listed[-1] < s < 10 - listed[-1] else 0.0 for s in range(11)])
    plan_long = schedule(10, 60)
    assert len(members) == 60 - len(plan_long.listed)
    seen = torch.bincount(plan._random(30_000, 0, 0, 0).sum(dim=1), minlength=11) / 30_000
    torch.testing.assert_close(seen, law / law.sum(), atol=0.01, rtol=0)


def test_random_members_of_a_size_are_even() -> None:
    plan = schedule(10, 60)
    torch.testing.assert_close(
        plan._random(30_000, 1, 0, 0).float().mean(dim=0), torch.full((10,), 0.5), atol=0.02, rtol=0
    )


def test_rounds_hold_each_pair_once_and_split_random_ones_between_two_seeds() -> None:
    plan = schedule(12, 100)
    rounds = [plan.round(start, start + 40, seed=0) for start in (0, 40, 80, 120)]
    owners = torch.cat([pairs.owners for pairs in rounds])
    assert [len(pairs.members) for pairs in rounds] == [40, 40, 20, 0]
    assert int((owners == LISTED).sum()) == len(plan.listed)
    assert abs(int((owners == 0).sum()) - int((owners == 1).sum())) <= 2
    listed = torch.cat([pairs.members[pairs.owners == LISTED] for pairs in rounds])
    assert torch.equal(listed, plan.listed)


def test_one_player_has_nobody_to_ask() -> None:
    plan = schedule(1, 100)
    assert (plan.length, plan.rest, len(plan.round(0, 256, seed=0).members)) == (0, 0.0, 0)


def test_subsets_are_those_of_itertools() -> None:
    expected = [[int(player in chosen) for player in range(6)] for chosen in combinations(range(6), 3)]
    assert subsets(6, 3).int().tolist() == expected


def test_a_table_fills_what_a_game_lacks() -> None:
    games = [schedule(3, 3).round(0, 9, seed=0), schedule(4, 7).round(0, 9, seed=0)]
    table = Table.of(games, 5)
    assert table.owners.tolist() == [[LISTED] * 3 + [VOID] * 4, [LISTED] * 7]
    assert not table.members[0, :, 3:].any()
    assert table.shares[0, 3:].sum() == 0
