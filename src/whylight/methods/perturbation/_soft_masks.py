"""RISE's masks: small random grids, enlarged softly and cut at a random shift.

Petsiuk, Das and Saenko, 2018, arXiv:1806.07421, section 3.2.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from whylight.types import Images, Masks


@dataclass(frozen=True, eq=False)
class SoftMasks:
    """Masks that are stored as small grids and enlarged when they are asked for, the same for every picture.

    Each grid is enlarged bilinearly to one cell more than covers the picture, and cut at a random shift of up to a cell.
    ``keep``: a cell's chance to be seen. ``rows`` and ``columns``: the enlargement of one side as a matrix (pixel, cell)
    for each shift.
    """

    samples: range
    grids: Float[Tensor, "sample cell cell"]
    shifts: Int[Tensor, "sample 2"]
    keep: float
    rows: Float[Tensor, "down tall cell"]
    columns: Float[Tensor, "right wide cell"]

    @classmethod
    def draw(cls, samples: range, cells: int, keep: float, like: Images, source: torch.Generator) -> "SoftMasks":
        """Grids of independent cells, each seen with probability ``keep``, and their shifts."""
        size = like.shape[-2:]
        steps = torch.tensor([-(-length // cells) for length in size])
        grids = (torch.rand(len(samples), cells, cells, generator=source) < keep).to(like)
        shifts = (torch.rand(len(samples), 2, generator=source) * steps).long().to(like.device)
        rows, columns = (windows(cells, int(step), length).to(like) for step, length in zip(steps, size, strict=True))
        return cls(samples, grids, shifts, keep, rows, columns)

    def __call__(self, _pictures: Tensor, samples: Tensor) -> Masks:
        """The masks of these samples; one that several pictures ask for in a row is made once."""
        chosen, places = samples.unique_consecutive(return_inverse=True)
        chosen = chosen - self.samples.start
        rows, columns = self.rows[self.shifts[chosen, 0]], self.columns[self.shifts[chosen, 1]]
        masks = rows @ self.grids[chosen] @ columns.transpose(1, 2)
        return masks[places, None] if len(places) > len(chosen) else masks[:, None]

    def pooled(self, side: int) -> "SoftMasks":
        """The same masks as means over a coarse grid of ``side`` patches each way."""
        return replace(self, rows=_pooled(self.rows, side), columns=_pooled(self.columns, side))

    @property
    def all(self) -> Float[Tensor, "sample tall wide"]:
        """Every mask once."""
        return self.rows[self.shifts[:, 0]] @ self.grids @ self.columns[self.shifts[:, 1]].transpose(1, 2)


def _pooled(windows: Float[Tensor, "shift pixel cell"], side: int) -> Float[Tensor, "shift patch cell"]:
    return functional.adaptive_avg_pool1d(windows.transpose(1, 2), side).transpose(1, 2)


def windows(cells: int, step: int, pixels: int) -> Float[Tensor, "shift pixel cell"]:
    """What is cut out of the enlargement of a line of cells at each shift below ``step``."""
    large = enlargement(cells, (cells + 1) * step)
    return torch.stack([large[shift : shift + pixels] for shift in range(step)])


def enlargement(cells: int, pixels: int) -> Float[Tensor, "pixel cell"]:
    """Bilinear interpolation of a line of cells as a matrix."""
    lines = torch.eye(cells)[:, None]
    return functional.interpolate(lines, size=pixels, mode="linear", align_corners=False)[:, 0].T
