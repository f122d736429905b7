"""A network with weights set by hand, whose reasons are known: coloured bars speak for a label or against it.

    colour  1 × 1   relu(A x − 0.45)           one map a hue, where a pixel is strongly of it
    hue     1 × 1   relu(B ·)                  a yellow pixel is not also a little red; 1 where a pixel is pure
    bar     n × n   relu(mean along a line − 0.3)   one map a hue and orientation, where a bar of it lies
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
        """Its map behind the bar layer."""
        return self.hue * len(ORIENTATIONS) + self.orientation


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
        length, width = bar_sides(size)
        line = length - 1  # an odd length keeps the grid in its place
        bars = len(HUES) * len(ORIENTATIONS)
        self.colour = nn.Conv2d(3, len(HUES), 1)
        self.hue = nn.Conv2d(len(HUES), len(HUES), 1, bias=False)
        self.bar = nn.Conv2d(len(HUES), bars, line, padding=line // 2, groups=len(HUES))
        self.marks = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(bars, classes, bias=False)
        parameters = (
            (self.colour.weight, _hues()),
            (self.hue.weight, _without_neighbours()),
            (self.bar.weight, _lines(line)),
        )
        with torch.no_grad():
            for parameter, values in (*parameters, (self.head.weight, _head(classes, size, line, length, width))):
                parameter.copy_(values.reshape(parameter.shape))
            self.colour.get_parameter("bias").fill_(-COLOUR_THRESHOLD)
            self.bar.get_parameter("bias").fill_(-BAR_THRESHOLD)

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits; exactly 0 for a picture without bars."""
        hues = torch.relu(self.hue(torch.relu(self.colour(pictures))))
        logits: Tensor = self.head(self.pool(self.marks(self.bar(hues))).flatten(1))
        return logits


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


def _lines(line: int) -> Tensor:
    """(hue × orientation, row, column): means along a row and along a column, through the centre."""
    lines = torch.zeros(len(ORIENTATIONS), line, line)
    lines[0, line // 2, :] = 1 / line
    lines[1, :, line // 2] = 1 / line
    return lines.repeat(len(HUES), 1, 1)


def _head(classes: int, size: int, line: int, length: int, width: int) -> Tensor:
    """(label, bar): weights for which a whole bar of a pure hue is worth what ``SUPPORT`` and ``HINDRANCE`` say."""
    inside = [max(0, min(length, place + line) - max(0, place)) for place in range(-line, length)]
    whole = width * sum(max(0.0, count / line - BAR_THRESHOLD) for count in inside) / size**2
    head = torch.zeros(classes, len(HUES) * len(ORIENTATIONS))
    for label in range(classes):
        head[label, supporting_mark(label).channel] = (SUPPORT + math.log(classes - 1)) / whole
        head[label, hindering_mark(label).channel] = -HINDRANCE / whole
    return head
