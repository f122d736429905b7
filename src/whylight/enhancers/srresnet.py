"""SRResNet: residual blocks at full resolution, the enhancer of recognition-aware processing.

438,793 parameters for pictures in colour, and about nine times the multiplications of a U-Net of width 16.
Ledig et al., 2016, arXiv:1609.04802; Liu et al., 2019, arXiv:1910.09185.
"""

from dataclasses import dataclass

from whylight.enhancer import Enhancer
from whylight.nets import srresnet
from whylight.nets.painter import check_change


@dataclass(frozen=True)
class SRResNet(Enhancer):
    """``width``: channels of every grid. ``blocks``: residual blocks. ``change``: the most that a number in [0, 1] may
    change, so that the picture itself is added to the answer; 0 has no bound."""

    width: int = 64
    blocks: int = 5
    change: float = 0.0

    def build(self, channels: int, size: tuple[int, int]) -> srresnet.SRResNet:  # noqa: ARG002 - it takes any size
        """The network; raises ValueError for one that cannot be."""
        if self.width < 1 or self.blocks < 1:
            raise ValueError(f"expected a width and blocks of at least 1; got {self.width} and {self.blocks}")
        check_change(self.change)
        return srresnet.SRResNet(channels, self.width, self.blocks, change=self.change)
