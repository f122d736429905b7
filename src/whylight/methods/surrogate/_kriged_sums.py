"""LIME's sums with what kriging foretells taken out of the noise.

Each answer is replaced by what the regression on all coalitions makes of the kriged function, and its rest:

    ỹ_j = z_j·β(ŷ) + y_j - ŷ₋ⱼ(z_j),     β(ŷ) = the coefficients of mean_j ŷ₋ⱼ over all coalitions, in closed form

so that the regression of ỹ on z is without a systematic error the regression of y, with the noise of the rest.
"""

from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.methods.surrogate._functionals import SizeLaw
from whylight.methods.surrogate._kriging import FEWEST, MOST, krige
from whylight.methods.surrogate._ridge import Sums, ridge

HALVES, WHOLE = (0, 1), 2
Row = Float[Tensor, " row"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Samples of one picture: which segments are kept, what they weigh, and the answers; ``half``: of which seed."""

    kept: Bool[Tensor, "row segment"]
    weights: Row
    answers: Row
    half: int

    @classmethod
    def of(cls, parts: list["Rows"], half: int) -> "Rows":
        """Those of one seed, or of both, as one."""
        chosen = [part for part in parts if half in (WHOLE, part.half)]
        kept, weights, answers = zip(*((part.kept, part.weights, part.answers) for part in chosen), strict=True)
        return cls(torch.cat(kept), torch.cat(weights), torch.cat(answers), half)

    def sums(self, answers: Row) -> Sums:
        """With these answers in the place of its own."""
        return Sums.of(self.kept[None].double(), self.weights[None], answers[None])


@dataclass(frozen=True, eq=False)
class KrigedSums:
    """Sums for each picture: of each seed's samples and of all. ``MOST`` samples are kriged together; what comes then begins
    anew, so that neither work nor memory grows faster than the samples.

    ``laws``: of each picture's coalitions. ``closed``: what was kriged for good. ``parts``: what is still open.
    ``found``: what was made of the open parts, and of how many.
    """

    laws: tuple[SizeLaw, ...]
    alpha: float
    closed: Sums
    parts: dict[int, list[Rows]] = field(default_factory=dict)
    found: dict[tuple[int, int], tuple[int, Sums]] = field(default_factory=dict)

    @classmethod
    def empty(cls, laws: tuple[SizeLaw, ...], alpha: float, device: torch.device) -> "KrigedSums":
        """No samples yet."""
        segments = max(law.players for law in laws)
        return cls(laws, alpha, Sums.empty(3, len(laws), segments=segments, device=device))

    def add(
        self,
        half: int,
        pictures: Int[Tensor, " chosen"],
        kept: Bool[Tensor, "chosen row segment"],
        weights: Float[Tensor, "chosen row"],
        answers: Float[Tensor, "chosen row"],
    ) -> None:
        """Notes the samples of some pictures, each named once."""
        for row, picture in enumerate(pictures.tolist()):
            players = self.laws[picture].players
            self.parts.setdefault(picture, []).append(Rows(kept[row, :, :players], weights[row], answers[row], half))

    def close(self) -> None:
        """Kriges for good what would be too much with one more round; between rounds only."""
        for picture, parts in self.parts.items():
            rows = sum(len(part.answers) for part in parts)
            if parts and rows + rows // len(parts) * 2 > MOST:
                for which in (*HALVES, WHOLE):
                    _add(self.closed.half(which), picture, self._kriged(picture, which))
                    self.found.pop((picture, which), None)
                parts.clear()

    def sums(self, which: int) -> Sums:
        """Of one seed's samples, or of all."""
        closed = self.closed.half(which)
        total = Sums(closed.gram.clone(), closed.cross.clone(), closed.squares.clone(), closed.samples.clone())
        for picture, parts in self.parts.items():
            count = sum(which in (WHOLE, part.half) for part in parts)
            if count == 0:
                continue
            if self.found.get((picture, which), (0,))[0] != count:
                self.found[picture, which] = (count, self._kriged(picture, which))
            _add(total, picture, self.found[picture, which][1])
        return total

    def _kriged(self, picture: int, which: int) -> Sums:
        """Of the open samples of one picture. The plain sums where kriging leaves more noise."""
        rows, law = Rows.of(self.parts[picture], which), self.laws[picture]
        plain = rows.sums(rows.answers)
        if len(rows.answers) < FEWEST or not law.is_broad or not rows.answers.any():
            return plain
        real = torch.ones(1, law.players, dtype=torch.bool, device=rows.kept.device)
        fit, signs = ridge(plain, self.alpha, real), 2.0 * rows.kept.double() - 1
        mean = (rows.weights * rows.answers).sum() / rows.weights.sum()
        kriged = krige(signs, rows.answers - mean, fit.coefficients[0])
        slopes = kriged.weights @ law.slopes_of(kriged.kernel, signs)
        calmed = rows.sums(rows.kept.double() @ slopes + kriged.rest)
        return calmed if bool(ridge(calmed, self.alpha, real).errors.sum() < fit.errors.sum()) else plain


def _add(sums: Sums, picture: int, more: Sums) -> None:
    """Adds those of one picture, which may have fewer segments than there is room for."""
    width, room = more.gram.shape[-1] - 1, sums.gram.shape[-1] - 1
    columns = torch.tensor([*range(width), room], device=sums.gram.device)
    sums.gram[picture][columns[:, None], columns] += more.gram[0]
    sums.cross[picture][columns] += more.cross[0]
    sums.squares[picture] += more.squares[0]
    sums.samples[picture] += more.samples[0]
