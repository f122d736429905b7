"""U-Net: down through halved grids and up again, with what each grid on the way down saw joined to the one on the way up.

    width b, depth 4:  b − 2b − 4b − 8b − 16b − 8b − 4b − 2b − b − picture        two 3 × 3 convolutions each

Ronneberger et al., 2015, arXiv:1505.04597. Sides that 2^depth does not divide are mirrored at the border and cut back.
"""

import torch
from torch import Tensor, nn

from whylight.nets.painter import Coarsest, Painter, check_change, padded, silence
from whylight.types import Images


class UNet(Painter):
    """Pictures in, pictures out. ``width``: channels of the first grid. ``depth``: how often the grid is halved.
    ``transposed``: 2 × 2 transposed convolutions on the way up; else bilinear upsampling and a 3 × 3 convolution, which
    leaves no checkerboard. ``norm``: batch norm behind each convolution. ``change``: see ``Painter``."""

    def __init__(
        self,
        channels: int = 3,
        width: int = 16,
        depth: int = 4,
        *,
        transposed: bool = True,
        norm: bool = False,
        change: float = 0.0,
    ) -> None:
        super().__init__(change)
        widths = [width * 2**level for level in range(depth + 1)]
        down = zip([channels, *widths], widths)
        self.down = nn.ModuleList(twice(inputs, outputs, norm=norm) for inputs, outputs in down)
        up = list(zip(widths[:0:-1], widths[-2::-1]))
        self.up = nn.ModuleList(doubled(inputs, outputs, transposed=transposed) for inputs, outputs in up)
        self.joined = nn.ModuleList(twice(inputs, outputs, norm=norm) for inputs, outputs in up)
        self.last = nn.Conv2d(width, channels, 1)
        if change > 0:
            silence(self.last)  # the picture as it is, to begin with
        self.pool = nn.MaxPool2d(2)

    @property
    def coarsest(self) -> Coarsest:
        """The lowest level."""
        return Coarsest(self.down[-1], self.last.in_channels * 2 ** len(self.up))

    def answer(self, images: Images) -> Tensor:
        """One number for each number of the pictures."""
        features, kept = padded(images, 2 ** len(self.up))
        passed = []
        for number, level in enumerate(self.down):
            features = level(features if number == 0 else self.pool(features))
            passed.append(features)
        for up, joined, skipped in zip(self.up, self.joined, passed[-2::-1]):
            features = joined(torch.cat([skipped, up(features)], dim=1))
        answer: Tensor = self.last(features)
        return answer[..., kept[0], kept[1]]


def twice(inputs: int, outputs: int, *, norm: bool) -> nn.Sequential:
    """Two 3 × 3 convolutions with ReLU."""
    parts: list[nn.Module] = []
    for each in (inputs, outputs):
        parts += [nn.Conv2d(each, outputs, 3, padding=1), *([nn.BatchNorm2d(outputs)] if norm else []), nn.ReLU()]
    return nn.Sequential(*parts)


def doubled(inputs: int, outputs: int, *, transposed: bool) -> nn.Module:
    """A grid of twice the sides."""
    if transposed:
        return nn.ConvTranspose2d(inputs, outputs, 2, stride=2)
    upsampling = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
    return nn.Sequential(upsampling, nn.Conv2d(inputs, outputs, 3, padding=1))


def check(width: int, depth: int, change: float, size: tuple[int, int]) -> None:
    """Raises ValueError for a network that cannot be, or pictures that are too small for it."""
    if width < 1 or not 1 <= depth <= 8:
        raise ValueError(f"expected a width of at least 1 and a depth from 1 to 8; got {width} and {depth}")
    check_change(change)
    multiple = 2**depth
    if any(side <= (-side % multiple + 1) // 2 for side in size):
        raise ValueError(
            f"pictures of {size[0]} × {size[1]} are too small to be halved {depth} times; give a smaller depth"
        )
