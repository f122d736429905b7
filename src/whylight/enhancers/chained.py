"""Chained: two enhancers in a row, the first for people and the second for the classifier alone.

    shown = first(x)        given = then(shown)

It is what ``--mode transformer`` trains. Liu et al., 2019, arXiv:1910.09185, section 3.4.
"""

from dataclasses import dataclass, field

from whylight.enhancer import Enhancer
from whylight.enhancers.unet import UNet
from whylight.nets import chained


@dataclass(frozen=True)
class Chained(Enhancer):
    """``first``: makes the picture that people are shown. ``then``: makes of it what the classifier is given."""

    first: Enhancer = field(default_factory=UNet)
    then: Enhancer = field(default_factory=UNet)

    def build(self, channels: int, size: tuple[int, int]) -> chained.Chained:
        """The network; raises ValueError where one of the two does."""
        return chained.Chained(self.first.build(channels, size), self.then.build(channels, size))
