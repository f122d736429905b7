"""Half blocks: a picture in a terminal, two pixels in each letter, one its colour and the other its ground."""

import numpy as np
from PIL import Image
from rich.color import Color
from rich.style import Style
from rich.text import Text

from whylight.plots.colours import Pixels

UPPER = "▀"


def half_blocks(pixels: Pixels, columns: int, rows: int) -> list[Text]:
    """The picture (height, width, 3) in at most ``columns`` letters by ``rows`` lines, its proportions kept: a letter is
    about twice as high as wide, so that its two pixels are square. Small pictures are enlarged by whole factors."""
    height, width = pixels.shape[:2]
    scale = min(columns / width, 2 * rows / height)
    if scale >= 1:
        scale = int(scale)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    shown = np.asarray(Image.fromarray(pixels).resize(size, way))
    if len(shown) % 2:
        shown = np.concatenate([shown, shown[-1:]])
    return [_line(upper, lower) for upper, lower in zip(shown[::2], shown[1::2])]


def _line(upper: Pixels, lower: Pixels) -> Text:
    line = Text(no_wrap=True, end="")
    for above, below in zip(upper.tolist(), lower.tolist()):
        line.append(UPPER, Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below)))
    return line


def beside(left: list[Text], right: list[Text], gap: int = 2) -> list[Text]:
    """Two pictures of equal height beside each other."""
    return [Text.assemble(one, " " * gap, other, no_wrap=True) for one, other in zip(left, right)]
