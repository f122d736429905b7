"""SRResNet at the picture's own size: residual blocks between two wide convolutions, all of them at full resolution.

    9 × 9, PReLU − blocks of (3 × 3, norm, PReLU, 3 × 3, norm) + x − 3 × 3, norm, + what the first gave − 9 × 9

Ledig et al., 2016, arXiv:1609.04802, without its upsampling, as recognition-aware processing uses it (Liu et al., 2019,
arXiv:1910.09185). Its output (tanh(a) + 1) / 2 is sigmoid(2a).
"""

from torch import Tensor, nn

from whylight.nets._averaged import Added
from whylight.nets.painter import Painter, silence
from whylight.types import Images


class SRResNet(Painter):
    """Pictures in, pictures out. ``width``: channels of every grid. ``blocks``: residual blocks. ``change``: see
    ``Painter``."""

    def __init__(self, channels: int = 3, width: int = 64, blocks: int = 5, *, change: float = 0.0) -> None:
        super().__init__(change)
        self.first = nn.Sequential(nn.Conv2d(channels, width, 9, padding=4), nn.PReLU())
        parts = [Added(nn.Sequential(*normed(width), nn.PReLU(), *normed(width))) for _ in range(blocks)]
        self.body = Added(nn.Sequential(*parts, *normed(width)))
        self.last = nn.Conv2d(width, channels, 9, padding=4)
        if change > 0:
            silence(self.last)  # the picture as it is, to begin with

    def answer(self, images: Images) -> Tensor:
        """One number for each number of the pictures."""
        answer: Tensor = 2 * self.last(self.body(self.first(images)))
        return answer


def normed(width: int) -> tuple[nn.Module, nn.Module]:
    """A convolution and batch norm."""
    return nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width)
