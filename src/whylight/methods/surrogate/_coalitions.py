"""Which coalitions Kernel SHAP asks for: whole sizes from the outside in while they are affordable, and random ones for
the rest, always together with their complement.

The Shapley kernel gives size s of M players the mass 1 / (s (M - s)), spread evenly over the subsets of that size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.tensors import generator

LISTED, VOID = -1, -2
Members = Bool[Tensor, "pair player"]
"""One coalition of each pair; the other is its complement."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """What to ask for with ``players`` players and at most ``pairs`` pairs, the same whatever the picture.

    ``listed``: the pairs that are asked for exactly once, with their share of the kernel's mass, ``shares``. ``rest``:
    the mass that is left for random pairs, 0 when every coalition is listed. ``sizes``: the chance of each size
    0 … players of a random coalition.
    """

    players: int
    pairs: int
    listed: Members
    shares: Float[Tensor, " pair"]
    rest: float
    sizes: Float[Tensor, " size"]

    @property
    def length(self) -> int:
        """How many pairs there are to ask for."""
        return self.pairs if self.rest > 0 else len(self.listed)

    def round(self, start: int, stop: int, seed: int) -> "Pairs":
        """The pairs with numbers from ``start`` up to ``stop``, or to the last: what is listed first, then random ones,
        half of them from each of two seeds."""
        listed = self.listed[start:stop]
        count = max(0, min(stop, self.length) - max(start, len(self.listed)))
        random = [
            self._random(number, seed, half, start) for half, number in enumerate((count // 2, count - count // 2))
        ]
        halves = [torch.full((len(members),), half) for half, members in enumerate(random)]
        owners = torch.cat([torch.full((len(listed),), LISTED), *halves])
        shares = torch.cat([self.shares[start:stop], torch.ones(count, dtype=torch.float64)])
        return Pairs(torch.cat([listed, *random]), shares, owners)

    def _random(self, count: int, seed: int, half: int, start: int) -> Members:
        if count == 0:
            return torch.zeros(0, self.players, dtype=torch.bool)
        source = generator(seed, half, start, self.players)
        size = torch.multinomial(self.sizes, count, replacement=True, generator=source)
        order = torch.rand(count, self.players, generator=source).argsort(dim=1)
        return order < size[:, None]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of coalitions. ``shares``: the kernel's mass of a listed pair, 1 for a random one. ``owners``: ``LISTED``, or
    which seed a random pair comes from (0 or 1)."""

    members: Members
    shares: Float[Tensor, " pair"]
    owners: Int[Tensor, " pair"]


@dataclass(frozen=True, eq=False)
class Table:
    """The pairs of several games side by side; rows and players that a game lacks are ``VOID`` and never members."""

    members: Bool[Tensor, "game pair player"]
    shares: Float[Tensor, "game pair"]
    owners: Int[Tensor, "game pair"]

    @classmethod
    def of(cls, games: Sequence[Pairs], players: int) -> "Table":
        """One row of the table a game."""
        pairs = max(len(game.shares) for game in games)
        members = torch.zeros(len(games), pairs, players, dtype=torch.bool)
        shares = torch.zeros(len(games), pairs, dtype=torch.float64)
        owners = torch.full((len(games), pairs), VOID)
        for row, game in enumerate(games):
            count, width = game.members.shape
            members[row, :count, :width] = game.members
            shares[row, :count], owners[row, :count] = game.shares, game.owners
        return cls(members, shares, owners)


@lru_cache(maxsize=64)
def schedule(players: int, pairs: int) -> Schedule:
    """Sizes k and M - k are listed when random sampling would ask for at least as many pairs of them as there are."""
    law = [1 / (size * (players - size)) if 0 < size < players else 0.0 for size in range(players + 1)]
    mass = torch.tensor(law, dtype=torch.float64)
    mass /= mass.sum().clamp_min(torch.finfo(torch.float64).tiny)
    listed, shares, left = [torch.zeros(0, players, dtype=torch.bool)], [torch.zeros(0, dtype=torch.float64)], pairs
    for size in range(1, players // 2 + 1):
        middle = 2 * size == players
        number = comb(players, size) // 2 if middle else comb(players, size)
        both = float(mass[size]) * (1 if middle else 2)
        if left * both < number * float(mass.sum()) * (1 - 1e-8):
            break
        listed.append(subsets(players, size)[:number])
        shares.append(torch.full((number,), both / number, dtype=torch.float64))
        mass[[size, players - size]] = 0.0
        left -= number
    rest = float(mass.sum())
    return Schedule(players, pairs, torch.cat(listed), torch.cat(shares), rest, mass)


def subsets(players: int, size: int) -> Members:
    """All subsets of a size in lexicographic order, so that the first half of those of half of the players are the ones
    with player 0."""
    chosen = torch.combinations(torch.arange(players), r=size)
    return torch.zeros(len(chosen), players, dtype=torch.bool).scatter_(1, chosen, value=True)
