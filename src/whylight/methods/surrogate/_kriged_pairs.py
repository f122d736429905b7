"""Kernel SHAP's pairs with what kriging foretells taken out of the noise.

The difference D of each random pair is replaced by what the Shapley values of the kriged game make of it, and its rest:

    D̃_j = s_j·φ(v̂) + D_j - D̂₋ⱼ(s_j),     φ(v̂) = the Shapley values of mean_j v̂₋ⱼ, in closed form

For pairs that are listed, the rest is taken from the mean of the processes. The values of D̃ are then those of D, with the
noise of the rest.
"""

from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.methods.surrogate._coalitions import LISTED
from whylight.methods.surrogate._functionals import shapley_of
from whylight.methods.surrogate._kriging import FEWEST, MOST, krige
from whylight.methods.surrogate._shapley import Observations

WHOLE = 2
"""Both seeds together."""
Signs = Float[Tensor, "pair player"]
Row = Float[Tensor, " pair"]
Parts = list[tuple[Signs, Row]]


@dataclass(frozen=True, eq=False)
class Block:
    """Sums over random pairs that were kriged together: Σ s sᵀ, Σ s D̃, Σ D̃², ``count`` of them; ``listed``: what they make
    of the differences of the listed pairs."""

    gram: Float[Tensor, "player player"]
    cross: Float[Tensor, " player"]
    squares: Float[Tensor, ""]
    count: int
    listed: Float[Tensor, " listed"]

    def plus(self, other: "Block") -> "Block":
        """Both, with the mean of what they make of the listed pairs."""
        count = self.count + other.count
        listed = (self.count * self.listed + other.count * other.listed) / max(1, count)
        return Block(self.gram + other.gram, self.cross + other.cross, self.squares + other.squares, count, listed)


@dataclass(frozen=True, eq=False)
class Game:
    """The pairs of one picture. ``listed``: signs, shares and differences. ``open``: random pairs of each seed that are not
    kriged for good; ``closed``: what was, of each seed and of both. ``found``: what was made of the open ones, and of how
    many parts."""

    listed: list[tuple[Signs, Row, Row]] = field(default_factory=list)
    open: tuple[Parts, Parts] = field(default_factory=lambda: ([], []))
    closed: dict[int, Block] = field(default_factory=dict)
    found: dict[int, tuple[int, Block]] = field(default_factory=dict)

    def add(self, signs: Signs, shares: Row, owners: Int[Tensor, " pair"], differences: Row) -> None:
        """Notes a round of pairs; first kriges for good what would be too much with it."""
        if sum(len(row) for parts in self.open for _, row in parts) + len(owners) > MOST:
            for which in (0, 1, WHOLE):
                self.closed[which] = self.block(which)
            self.found.clear()
            for parts in self.open:
                parts.clear()
        mine = owners == LISTED
        if mine.any():
            self.listed.append((signs[mine], shares[mine], differences[mine]))
        for half, parts in enumerate(self.open):
            mine = owners == half
            if mine.any():
                parts.append((signs[mine], differences[mine]))

    def block(self, which: int) -> Block:
        """All random pairs of one seed, or of both."""
        parts = [part for half, each in enumerate(self.open) if which in (WHOLE, half) for part in each]
        if parts and self.found.get(which, (0,))[0] != len(parts):
            signs, differences = (torch.cat(column) for column in zip(*parts, strict=True))
            self.found[which] = (len(parts), self._kriged(signs, differences))
        known = [self.closed[which]] if which in self.closed else []
        known += [self.found[which][1]] if parts else []
        return known[0] if len(known) == 1 else known[0].plus(known[1])

    def has(self, which: int) -> bool:
        """Whether there is any random pair of a seed, or of both."""
        return which in self.closed or any(parts for half, parts in enumerate(self.open) if which in (WHOLE, half))

    def _kriged(self, signs: Signs, differences: Row) -> Block:
        """The plain sums where kriging leaves more noise."""
        listed = [torch.cat(column) for column in zip(*self.listed, strict=True)]
        given = listed[2] if listed else differences[:0]
        plain = _block(signs, differences, given)
        if len(differences) < max(FEWEST, signs.shape[1] + 1) or not differences.any():
            return plain
        slopes, noise = _fit(signs, differences)
        kriged = krige(signs, differences, slopes, odd=True)
        values = kriged.weights @ shapley_of(kriged.kernel, signs) / 2
        calmed = signs @ values + kriged.rest
        if _fit(signs, calmed)[1] >= noise:
            return plain
        if listed:
            given = given + listed[0] @ values - kriged.kernel(listed[0], signs) @ kriged.weights
        return _block(signs, calmed, given)


@dataclass(frozen=True, eq=False)
class KrigedPairs:
    """The pairs of several pictures."""

    games: tuple[Game, ...]

    @classmethod
    def empty(cls, pictures: int) -> "KrigedPairs":
        """No pairs yet."""
        return cls(tuple(Game() for _ in range(pictures)))

    def add(
        self,
        pictures: Int[Tensor, " chosen"],
        signs: Float[Tensor, "chosen pair player"],
        shares: Float[Tensor, "chosen pair"],
        owners: Int[Tensor, "chosen pair"],
        differences: Float[Tensor, "chosen pair"],
        real: Bool[Tensor, "chosen player"],
    ) -> None:
        """Notes a round of some pictures, each named once."""
        for row, picture in enumerate(pictures.tolist()):
            players = int(real[row].sum())
            self.games[picture].add(signs[row, :, :players], shares[row], owners[row], differences[row])

    def observations(self, seen: Observations, which: int) -> Observations:
        """The sums with D̃ in the place of D; all random pairs that are wanted stand in the first seed's row."""
        kriged = Observations.empty(seen.gram.shape[1], seen.gram.shape[2], seen.gram.device)
        for sums, plain in ((kriged.gram, seen.gram), (kriged.cross, seen.cross), (kriged.squares, seen.squares)):
            sums[0] = plain[0]
        kriged.pairs[0] = seen.pairs[0]
        for picture, game in enumerate(self.games):
            if not game.has(which):
                continue
            block = game.block(which)
            players = len(block.cross)
            kriged.gram[1, picture, :players, :players] = block.gram
            kriged.cross[1, picture, :players] = block.cross
            kriged.squares[1, picture], kriged.pairs[1, picture] = block.squares, block.count
            if game.listed:
                signs, shares, _ = (torch.cat(column) for column in zip(*game.listed, strict=True))
                kriged.cross[0, picture, :players] = (shares * block.listed) @ signs
        return kriged


def _block(signs: Signs, differences: Row, listed: Float[Tensor, " listed"]) -> Block:
    return Block(signs.T @ signs, differences @ signs, differences @ differences, len(differences), listed)


def _fit(signs: Signs, differences: Row) -> tuple[Float[Tensor, " player"], float]:
    """The slopes of a linear fit, and what it leaves."""
    slopes = torch.linalg.pinv(signs.T @ signs, hermitian=True) @ (differences @ signs)
    return slopes, float((differences - signs @ slopes).square().sum())
