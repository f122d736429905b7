"""The report of ``whylight compare``: the matrix of methods, what it means, and maps side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePath
from typing import Any, TypeVar

import torch
from PIL import Image
from torch import Tensor

from whylight.comparison.agreement import DEFAULT, Agreement
from whylight.comparison.matrix import FEW
from whylight.comparison.similarities import SIMILARITIES
from whylight.frame import Frame
from whylight.plots import panels
from whylight.plots.scores import hundredths
from whylight.report import layers
from whylight.report.layers import Layers
from whylight.report.pages import template
from whylight.report.results import Item
from whylight.types import Maps

AT_EACH_END = 3
"""So many pictures of most and of least agreement are shown."""
ALIKE = 0.3
"""From here on the maps of different pictures are called much alike."""
LONGEST = 420
"""The longer side of a picture on the page, in pixels: there are many side by side."""

T = TypeVar("T")
Placed = tuple[Tensor, Frame]
"""A map (height, width) of the classifier's input, and where it lies in the picture."""


@dataclass(frozen=True)
class Shown:
    """A picture of the page: how far the methods agree on it, its photo (data URI, width, height) and the layers of
    evidence of each method."""

    picture: str
    label: str
    agreement: float
    photo: tuple[str, int, int]
    views: tuple[tuple[str, Layers], ...]


def shown(item: Item, photo: Image.Image, frame: Frame, maps: Mapping[str, Placed]) -> Shown:
    """The maps of several methods over one photo; each map with its own frame in the photo. ``item``: the picture's."""
    small = panels.shrunk(photo, LONGEST)
    size = (small.height, small.width)
    uri = layers.photo(small, panels.scaled(frame, size))
    views = (
        (name, layers.layers(panels.scaled(own, size).to_picture(one_map).numpy(), uri[1:]))
        for name, (one_map, own) in maps.items()
    )
    return Shown(item["picture"], item["target"]["label"], item["agreement"][DEFAULT], uri, tuple(views))


def stacked(maps: Mapping[str, Sequence[Placed]]) -> dict[str, Maps]:
    """Each method's maps in one stack. Maps of classifiers with different inputs are laid over the picture, which is
    squashed to the largest input; what a classifier did not see is 0."""
    sizes = {tuple(one_map.shape) for row in maps.values() for one_map, _ in row}
    frames = {tuple(frame.box for _, frame in row) for row in maps.values()}
    if len(sizes) == len(frames) == 1:
        return {name: torch.stack([one_map for one_map, _ in row]) for name, row in maps.items()}
    size = (max(height for height, _ in sizes), max(width for _, width in sizes))
    return {
        name: torch.stack([panels.scaled(frame, size).to_picture(one_map) for one_map, frame in row])
        for name, row in maps.items()
    }


def plain(found: Agreement) -> dict[str, Any]:
    """An agreement as plain data for ``results.json``."""
    return {
        "names": list(found.names),
        "pictures": int(found.matrices[DEFAULT].scores.shape[2]),
        "default": DEFAULT,
        "similarities": {
            name: {
                "words": SIMILARITIES[name].words,
                "higher_is_better": SIMILARITIES[name].higher,
                "mean": matrix.mean.tolist(),
                "low": matrix.low.tolist(),
                "high": matrix.high.tolist(),
                "chance": matrix.chance.tolist(),
                "class_chance": matrix.class_chance.tolist(),
                "beyond_chance": matrix.beyond_chance.tolist(),
                "beyond_class": matrix.beyond_class.tolist(),
                "n": matrix.n.tolist(),
                "n_class": matrix.n_class.tolist(),
                "centred": matrix.centred.tolist(),
                "centred_low": matrix.centred_low.tolist(),
                "centred_high": matrix.centred_high.tolist(),
            }
            for name, matrix in found.matrices.items()
        },
    }


def extremes(ordered: Sequence[T], count: int = AT_EACH_END) -> list[T]:
    """The first and the last of them, each once."""
    return list(ordered) if len(ordered) <= 2 * count else [*ordered[:count], *ordered[-count:]]


def sentences(found: dict[str, Any]) -> list[str]:
    """What a matrix says, in two or three sentences; ``found``: as ``plain`` gives it."""
    numbers, names = found["similarities"][found["default"]], found["names"]
    mean, chance = numbers["mean"], numbers["chance"]
    pairs = [(one, other) for one, other in combinations(range(len(names)), 2) if numbers["n"][one][other]]
    if not pairs:
        return ["No two methods marked anything in the same picture, so there is nothing to compare."]
    pairs.sort(key=lambda pair: -mean[pair[0]][pair[1]])
    told = [_pair(names, numbers, pairs[0], "agree most" if len(pairs) > 1 else "")]
    if len(pairs) > 1:
        told.append(_pair(names, numbers, pairs[-1], "agree least"))
    doubtful = [pair for pair in pairs if not numbers["beyond_chance"][pair[0]][pair[1]]]
    if found["pictures"] < FEW:
        told.append(f"{_counted(found['pictures'])} too few to tell agreement from chance: take {FEW} or more.")
    elif doubtful and len(pairs) > 1:
        told.append(f"{len(doubtful)} of {len(pairs)} pairs agree no more than their maps of different pictures do.")
    own = [(chance[at][at], name) for at, name in enumerate(names) if chance[at][at] > ALIKE]
    if own:
        told.append(f"The maps of {max(own)[1]} are much alike whatever the picture: {hundredths(max(own)[0])}.")
    return told


def _counted(pictures: int) -> str:
    return "One picture is" if pictures == 1 else f"{pictures} pictures are"


def _pair(names: Sequence[str], numbers: dict[str, Any], pair: tuple[int, int], verb: str) -> str:
    one, other = pair
    value, chance = numbers["mean"][one][other], numbers["chance"][one][other]
    who = f"{names[one]} and {names[other]}"
    said = f"{who} {verb}: {hundredths(value)}" if verb else f"Agreement of {who}: {hundredths(value)}"
    if chance != chance:  # noqa: PLR0124 (NaN)
        return f"{said}."
    doubtful = numbers["n"][one][other] >= FEW and not numbers["beyond_chance"][one][other]
    beyond = ", which is no more than chance" if doubtful else ""
    low, high = numbers["low"][one][other], numbers["high"][one][other]
    return f"{said} ({hundredths(low)} to {hundredths(high)}), by chance {hundredths(chance)}{beyond}."


def render(results: dict[str, Any], pictures: Sequence[Shown]) -> str:
    """The page for ``results.json`` and the pictures that are shown side by side, in their order."""
    items = results["items"]
    compared = [item for item in items if "error" not in item]
    return template("comparison.html.jinja", hundredths=hundredths, name=_file_name).render(
        results=results,
        plan=results["plan"],
        found=results["agreement"],
        sentences=sentences(results["agreement"]),
        compared=sorted(compared, key=lambda item: _sortable(item["agreement"][DEFAULT])),
        failed=[item for item in items if "error" in item],
        pictures=pictures,
        ends=AT_EACH_END if len(compared) > 2 * AT_EACH_END else None,
    )


def _sortable(value: float) -> float:
    """The most agreement first, nothing known last."""
    return 2.0 if value != value else -value  # noqa: PLR0124 (NaN)


def _file_name(path: str) -> str:
    return PurePath(path).name or path
