"""A layer's answers to a picture before and after, channel by channel, each beside a close-up of where it changed most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from whylight.plots import colours
from whylight.plots.colours import Pixels
from whylight.plots.overlay import input_picture
from whylight.plots.scores import measured
from whylight.plots.tiles import Row, Tile, signed, tiles_figure

SIDE = 168
ENLARGED = 336
"""A tile is drawn at least this large before the square of the close-up is drawn on it, in pixels."""
OUTLINE, INNER = (27, 27, 31), (255, 255, 255)

Map = NDArray[np.float32]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Channel:
    """(row, column) of a layer's answer before and after, under ``heading``."""

    heading: str
    before: Map
    after: Map


@dataclass(frozen=True, eq=False)
class Activated:
    """One picture, (channel, height, width) in [0, 1], before and after, with a layer's answers to it. ``box``: (left, top,
    right, bottom) of the close-up in the cells of the answers."""

    name: str
    before: Tensor
    after: Tensor
    channels: Sequence[Channel]
    box: Box


def activations_figure(shown: Sequence[Activated], *, title: str, note: str) -> Figure:
    """The picture and then each channel: before, after, what changed, and close-ups."""
    rows = [row for each in shown for row in (_picture(each), *(_channel(each, one) for one in each.channels))]
    return tiles_figure(rows, title=title, note=note, side=SIDE)


def _picture(each: Activated) -> Row:
    before, after = (np.array(input_picture(images[None], 0)) for images in (each.before, each.after))
    change = (each.after - each.before).mean(dim=0).float().cpu().numpy()
    size = (each.channels[0].before.shape[0], each.channels[0].before.shape[1])
    box = _scaled(each.box, size, before.shape[:2])
    return Row(each.name, _tiles(before, after, change, box))


def _channel(each: Activated, one: Channel) -> Row:
    limit = max(colours.limit_of(one.before), colours.limit_of(one.after))
    before, after = (signed(values, limit) for values in (one.before, one.after))
    return Row(
        f"{one.heading}; full colour at ±{measured(limit)}", _tiles(before, after, one.after - one.before, each.box)
    )


def _tiles(before: Pixels, after: Pixels, change: Map, box: Box) -> tuple[Tile, ...]:
    limit = colours.limit_of(change)
    return (
        Tile(outlined(before, box), ("before",), quiet=True),
        Tile(outlined(after, box), ("after",), quiet=True),
        Tile(outlined(signed(change, limit), box), (f"change, ±{measured(limit)}",), quiet=True),
        Tile(cut(before, box), ("close-up, before",), quiet=True),
        Tile(cut(after, box), ("close-up, after",), quiet=True),
    )


def _scaled(box: Box, size: tuple[int, int], to: tuple[int, ...]) -> Box:
    """A box in a grid of ``size`` (height, width) as one in a grid of another size, at least a cell wide."""
    down, across = to[0] / size[0], to[1] / size[1]
    left, top = int(box[0] * across), int(box[1] * down)
    return left, top, max(left + 1, round(box[2] * across)), max(top + 1, round(box[3] * down))


def cut(pixels: Pixels, box: Box) -> Pixels:
    """The part inside the box."""
    return pixels[box[1] : box[3], box[0] : box[2]]


def outlined(pixels: Pixels, box: Box) -> Pixels:
    """Enlarged without smoothing, with a line around the box."""
    factor = max(1, -(-ENLARGED // max(pixels.shape[:2])))
    large = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    line = max(2, large.shape[0] // 120)
    framed = np.array(Image.fromarray(large))
    left, top, right, bottom = (edge * factor for edge in box)
    _frame(framed, (left, top, right, bottom), line, OUTLINE)
    _frame(framed, (left + line, top + line, right - line, bottom - line), line // 2, INNER)  # seen on black too
    return framed


def _frame(pixels: Pixels, box: Box, line: int, colour: tuple[int, int, int]) -> None:
    """Draws the edge of a box, inside it."""
    left, top, right, bottom = box
    for rows, columns in (
        (slice(top, top + line), slice(left, right)),
        (slice(max(0, bottom - line), bottom), slice(left, right)),
        (slice(top, bottom), slice(left, left + line)),
        (slice(top, bottom), slice(max(0, right - line), right)),
    ):
        pixels[rows, columns] = colour
