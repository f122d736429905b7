"""ResNet-56: ResNet-20 with nine blocks in each stage instead of three: 0.86 million parameters.

He et al., 2015, arXiv:1512.03385, section 4.2.
"""

from whylight.nets._averaged import check_size
from whylight.nets.resnet20 import LEAST, SmallResNet


def build(classes: int, channels: int, size: tuple[int, int]) -> SmallResNet:
    """The network; raises ValueError for pictures that leave no grid."""
    check_size(size, LEAST)
    return SmallResNet(classes, channels, depth=56)
