"""U-Net: the source's own enhancer, halved grids down and up again with shortcuts between them.

Four levels have 1,941,139 parameters at width 16, 7,760,163 at width 32 and 31,031,875 at width 64, for pictures in colour.
Transposed convolutions can leave checkerboards, which a classifier may come to rely on; bilinear upsampling leaves none.
Ronneberger et al., 2015, arXiv:1505.04597.
"""

from dataclasses import dataclass
from typing import Literal

from whylight.enhancer import Enhancer
from whylight.nets import unet


@dataclass(frozen=True)
class UNet(Enhancer):
    """``width``: channels of the first grid. ``depth``: how often the grid is halved. ``upsampling``: of the way up.
    ``norm``: batch norm behind each convolution. ``change``: the most that a number in [0, 1] may change, so that the
    picture itself is added to the answer; 0 has no bound."""

    width: int = 16
    depth: int = 4
    upsampling: Literal["transposed", "bilinear"] = "transposed"
    norm: bool = False
    change: float = 0.0

    def build(self, channels: int, size: tuple[int, int]) -> unet.UNet:
        """The network; raises ValueError for pictures that are too small for its depth."""
        unet.check(self.width, self.depth, self.change, size)
        transposed = self.upsampling == "transposed"
        return unet.UNet(channels, self.width, self.depth, transposed=transposed, norm=self.norm, change=self.change)
