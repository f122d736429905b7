"""A network with weights set by hand, whose reasons are known: coloured bars speak for a label or against it.

    colour  1 × 1   relu(A x − 0.45)           one map a hue, where a pixel is strongly of it
    hue     1 × 1   relu(B ·)                  a yellow pixel is not also a little red; 1 where a pixel is pure
    bars    1 × n and n × 1   relu(mean − 0.3)   one map a hue and orientation, where a bar of it lies
    pool, head      logit_k = a · bars that support k − b · bars that hinder k

Every pixel whose hues do not reach 0.45, such as every grey and every pale colour, gives exactly 0 behind the first ReLU:
the logits do not depend on it at all. The weights of each hue add up to 0.4 over the colours, not to 0, so that brightening
a pixel of a bar speaks with the bar's own sign.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

HUES = ("red", "yellow", "green", "cyan", "blue", "magenta")
PURE = ((1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1))
ORIENTATIONS = ("horizontal", "vertical")

COLOUR_THRESHOLD = 0.45
BAR_THRESHOLD = 0.3
SUPPORT, HINDRANCE = 2.2, 1.4
"""What a label's whole, pure bar adds to the log of its odds against all others, and its hindering bar takes away."""

MOST_CLASSES = len(HUES)
SMALLEST = 32


@dataclass(frozen=True)
class Mark:
    """A bar: its place in ``HUES`` and in ``ORIENTATIONS``."""

    hue: int
    orientation: int

    @property
    def channel(self) -> int:
        """Its map behind the bar layers."""
        return self.orientation * len(HUES) + self.hue


def supporting_mark(label: int) -> Mark:
    """The bar that speaks for a label: the label's own hue, lying and standing by turns."""
    return Mark(label, label % 2)


def hindering_mark(label: int) -> Mark:
    """The bar that speaks against a label: of the complementary hue, lying as the label's own."""
    return Mark((label + 3) % len(HUES), label % 2)


def mark_names(classes: int) -> tuple[str, ...]:
    """The names of the labels, of the data and of the classifier: such as ``red horizontal bar``."""
    marks = [supporting_mark(label) for label in range(classes)]
    return tuple(f"{HUES[mark.hue]} {ORIENTATIONS[mark.orientation]} bar" for mark in marks)


def bar_sides(size: int) -> tuple[int, int]:
    """A bar's length and width in pictures of ``size`` pixels a side: a quarter and a sixteenth of it."""
    return size // 4, size // 16


def check_form(classes: int, size: int) -> None:
    """Raises ValueError for a number of labels or a size that there are no marks for."""
    if not 2 <= classes <= MOST_CLASSES:
        raise ValueError(f"expected 2 to {MOST_CLASSES} classes; got {classes}")
    if size < SMALLEST or size % 16:
        raise ValueError(f"expected a size that is a multiple of 16 from {SMALLEST} on; got {size}")


class PlantedNet(nn.Module):
    """Pictures (batch, 3, size, size) in [0, 1] in, logits (batch, classes) out."""

    def __init__(self, classes: int = 4, size: int = 64) -> None:
        super().__init__()
        check_form(classes, size)
        hues, line = len(HUES), bar_sides(size)[0] - 1  # an odd length keeps the grid in its place
        self.colour = nn.Conv2d(3, hues, 1)
        self.hue = nn.Conv2d(hues, hues, 1, bias=False)
        self.lying = nn.Conv2d(hues, hues, (1, line), padding=(0, line // 2), groups=hues)
        self.standing = nn.Conv2d(hues, hues, (line, 1), padding=(line // 2, 0), groups=hues)
        self.marks = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(hues * len(ORIENTATIONS), classes, bias=False)
        with torch.no_grad():
            self._set_weights(classes, size, line)

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits; exactly 0 for a picture without bars."""
        hues = torch.relu(self.hue(torch.relu(self.colour(pictures))))
        bars = self.marks(torch.cat([self.lying(hues), self.standing(hues)], dim=1))
        logits: Tensor = self.head(self.pool(bars).flatten(1))
        return logits

    def _set_weights(self, classes: int, size: int, line: int) -> None:
        self.colour.weight.copy_(_hues()[:, :, None, None])
        self.hue.weight.copy_(_without_neighbours()[:, :, None, None])
        self.head.weight.copy_(_head(classes, size, line))
        self.colour.get_parameter("bias").fill_(-COLOUR_THRESHOLD)
        for mean in (self.lying, self.standing):
            mean.weight.fill_(1 / line)
            mean.get_parameter("bias").fill_(-BAR_THRESHOLD)


def _hues() -> Tensor:
    """(hue, colour): primary hues as R − 0.3 G − 0.3 B, the hues between them as 0.45 R + 0.45 G − 0.5 B."""
    rows = []
    for pure in PURE:
        inside, outside = (1.0, -0.3) if sum(pure) == 1 else (0.45, -0.5)
        rows.append([inside if part else outside for part in pure])
    return torch.tensor(rows)


def _without_neighbours() -> Tensor:
    """(hue, hue): each hue brought to 1 where it is pure; a primary hue is taken out where a neighbour is stronger."""
    own = (_hues() * torch.tensor(PURE)).sum(dim=1) - COLOUR_THRESHOLD
    mixing = torch.diag(1 / own)
    for hue, pure in enumerate(PURE):
        if sum(pure) == 1:
            for neighbour in ((hue - 1) % len(HUES), (hue + 1) % len(HUES)):
                mixing[hue, neighbour] = -0.6 / own[hue]
    return mixing


def _head(classes: int, size: int, line: int) -> Tensor:
    """(label, bar): weights for which a whole bar of a pure hue is worth what ``SUPPORT`` and ``HINDRANCE`` say."""
    length, width = bar_sides(size)
    inside = [max(0, min(length, place + line) - max(0, place)) for place in range(-line, length)]
    whole = width * sum(max(0.0, count / line - BAR_THRESHOLD) for count in inside) / size**2
    head = torch.zeros(classes, len(HUES) * len(ORIENTATIONS))
    for label in range(classes):
        head[label, supporting_mark(label).channel] = (SUPPORT + math.log(classes - 1)) / whole
        head[label, hindering_mark(label).channel] = -HINDRANCE / whole
    return head
