"""What the page of sheets shows of a concept: its number with a bar, its place in the picture, and its prototypes."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from whylight.concepts.sheet import Box, Line, Sheet
from whylight.plots.colours import Pixels
from whylight.plots.concept_sheet import heated
from whylight.plots.numbers import logit, percent
from whylight.report.layers import data_uri


@dataclass(frozen=True)
class Tile:
    """A picture with a box. ``uri``: the pixels. ``alt``: in words. ``left``, ``top``, ``width``, ``height``: of the box, in
    percent of the picture; no width without one."""

    uri: str
    alt: str
    left: float = 0.0
    top: float = 0.0
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True)
class Row:
    """A concept. ``adds``: signed, in words; ``share``: of the score, None where there are none. ``bar``: percent of the
    longest bar. ``tile``: where it is in the picture. ``examples``: its prototypes."""

    title: str
    supports: bool
    adds: str
    share: str | None
    bar: float
    tile: Tile
    examples: tuple[Tile, ...]
    spurious: bool


def rows_of(sheet: Sheet, lines: Sequence[Line]) -> tuple[Row, ...]:
    """The concepts of one side of a sheet."""
    largest = max([1e-12, *(abs(line.adds) for line in (*sheet.supporting, *sheet.opposing))])
    return tuple(_row(sheet, line, largest) for line in lines)


def _row(sheet: Sheet, line: Line, largest: float) -> Row:
    share = sheet.share(line.adds)
    place = tile_of(heated(sheet.pixels, line.heat), line.box, f"Where {line.title} is in the picture")
    examples = (
        tile_of(example.pixels, example.box, f"Prototype {number} of {line.title}")
        for number, example in enumerate(line.examples, start=1)
    )
    return Row(
        title=line.title,
        supports=line.adds > 0,
        adds=signed(line.adds),
        share=None if share is None else percent(abs(share)),
        bar=100 * abs(line.adds) / largest,
        tile=place,
        examples=tuple(examples),
        spurious=line.spurious,
    )


def tile_of(pixels: Pixels, box: Box | None, alt: str) -> Tile:
    """A picture, with a box in its pixels."""
    uri = data_uri(Image.fromarray(pixels))
    if box is None:
        return Tile(uri, alt)
    height, width = pixels.shape[:2]
    left, top, right, bottom = box
    numbers = (left / width, top / height, (right - left) / width, (bottom - top) / height)
    return Tile(uri, alt, *(round(100 * number, 2) for number in numbers))


def signed(adds: float) -> str:
    """A number with its sign."""
    return f"{'+' if adds > 0 else '−'}{logit(abs(adds))}"
