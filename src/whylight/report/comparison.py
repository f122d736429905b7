"""The report of ``whylight compare``: the matrix of methods, what it means, and maps side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeVar

import torch
from PIL import Image
from torch import Tensor

from whylight.comparison.agreement import DEFAULT, Agreement
from whylight.comparison.similarities import SIMILARITIES
from whylight.frame import Frame
from whylight.plots import panels
from whylight.plots.scores import hundredths
from whylight.report import comparison_scores, layers
from whylight.report import comparison_words as words
from whylight.report.comparison_preparation import Steps
from whylight.report.layers import Layers
from whylight.report.pages import template
from whylight.report.results import Item
from whylight.types import Maps

AT_EACH_END = 3
"""So many pictures of most and of least agreement are shown."""
MOST_LABELS = 40
"""A confusion matrix of more labels does not fit on the page."""
MOST_MISTAKES = 10
LONGEST = 420
"""The longer side of a picture on the page, in pixels: there are many side by side."""

T = TypeVar("T")
Placed = tuple[Tensor, Frame]
"""A map (height, width) of the classifier's input, and where it lies in the picture."""


@dataclass(frozen=True)
class View:
    """The layers of evidence of one row of the matrix, and what its model says of the picture."""

    name: str
    layers: Layers
    said: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A picture of the page: how far the methods agree on it, its photo (data URI, width, height), its views, and the
    steps of its preparation (file, data URI, doubts)."""

    picture: str
    label: str
    agreement: float
    photo: tuple[str, int, int]
    views: tuple[View, ...]
    steps: Steps | None = None


def shown(
    item: Item,
    photo: Image.Image,
    frame: Frame,
    maps: Mapping[str, Placed],
    said: Mapping[str, tuple[str, ...]] | None = None,
) -> Shown:
    """The maps of several methods over one photo; each map with its own frame in the photo. ``item``: the picture's;
    ``said``: what the model of each map says of the picture."""
    small = panels.shrunk(photo, LONGEST)
    size = (small.height, small.width)
    uri = layers.photo(small, panels.scaled(frame, size))
    views = (
        View(
            name,
            layers.layers(panels.scaled(own, size).to_picture(one_map).numpy(), uri[1:]),
            (said or {}).get(name, ()),
        )
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


def render(results: dict[str, Any], pictures: Sequence[Shown]) -> str:
    """The page for ``results.json`` and the pictures that are shown side by side, in their order."""
    items = results["items"]
    compared = [item for item in items if "error" not in item]
    filters: dict[str, Callable[..., Any]] = {
        "hundredths": hundredths,
        "name": _file_name,
        "share": words.share,
        "p_value": words.p_value,
    }
    return template("comparison.html.jinja", **filters).render(
        results=results,
        plan=results["plan"],
        found=results["agreement"],
        models=results["models"],
        scores=results["scores"],
        classes=class_tables(results),
        matrices=[confusion_table(model) for model in (results["scores"] or {"models": []})["models"]],
        sentences=words.lead(results),
        said=words.IN_SHORT,
        compared=sorted(compared, key=lambda item: _sortable(item["agreement"][DEFAULT])),
        doubtful=[item for item in compared if item.get("preparation", {}).get("doubts")],
        failed=[item for item in items if "error" in item],
        pictures=pictures,
        ends=AT_EACH_END if len(compared) > 2 * AT_EACH_END else None,
    )


def class_tables(results: dict[str, Any]) -> list[dict[str, Any]]:
    """One table for each similarity: a row a class, a column a pair."""
    rows = results["classes"]
    tables = []
    for name in dict.fromkeys(row["similarity"] for row in rows):
        chosen = [row for row in rows if row["similarity"] == name]
        pairs = list(dict.fromkeys(row["who"] for row in chosen))
        lines: dict[str, dict[str, Any]] = {row["class"]: {} for row in chosen}
        for row in chosen:
            lines[row["class"]][row["who"]] = row
        tables.append({"similarity": name, "pairs": pairs, "lines": lines})
    return tables


def confusion_table(model: dict[str, Any]) -> dict[str, Any] | None:
    """A model's confusion matrix for the page with the mistakes that it makes most often; no matrix for many labels."""
    columns, counts = comparison_scores.square(model)
    wrong = comparison_scores.confused(model, MOST_MISTAKES)
    if len(counts) > MOST_LABELS:
        return {"columns": None, "counts": None, "mistakes": wrong}
    return {"columns": columns, "counts": counts, "mistakes": wrong}


def _sortable(value: float) -> float:
    """The most agreement first, nothing known last."""
    return 2.0 if value != value else -value  # noqa: PLR0124 (NaN)


def _file_name(path: str) -> str:
    return PurePath(path).name or path
