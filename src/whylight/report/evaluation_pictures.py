"""The best and the worst pictures of each method, with its maps computed again: a run keeps numbers, not maps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from PIL import Image

from whylight.explanation import Explanation, explain
from whylight.frame import Frame
from whylight.plots import panels
from whylight.report import layers
from whylight.report.layers import Layers
from whylight.runs import merging
from whylight.runs.scores import Scores
from whylight.runs.setup import Parts
from whylight.runs.summary import Summary
from whylight.runs.verdicts import counts

AT_EACH_END = 2
"""So many best and so many worst pictures of a method are shown."""
MOST_METHODS = 6
LONGEST = 360
"""The longer side of a picture on the page, in pixels."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture as it was taken, what ``classifier.fit`` gave for it, and its explanation (of this picture alone)."""

    picture: Image.Image
    frame: Frame
    explanation: Explanation


PictureOf = Callable[[int, str], Shown]
"""(place in the data set, name of a method in rows) to the picture with its map."""


@dataclass(frozen=True)
class Overlaid:
    """A picture of the page with its score: the photo (data URI, width, height) and the layers of evidence."""

    picture: str
    label: str
    score: float
    photo: tuple[str, int, int]
    layers: Layers


@dataclass(frozen=True)
class Extremes:
    """A method's best and worst pictures by a metric, the best first in ``best``, the worst first in ``worst``."""

    method: str
    best: tuple[Overlaid, ...]
    worst: tuple[Overlaid, ...]


def pictures_of(parts: Parts, targets: dict[int, int]) -> PictureOf:
    """Computes maps again with the parts of a run. ``targets``: the explained label's index for each place, as
    ``targets_in`` reads them."""

    def shown(place: int, method: str) -> Shown:
        picture = parts.dataset[place].picture
        image, frame = parts.classifier.fit(picture)
        images = image[None].to(parts.classifier.device)
        target = torch.tensor([targets[place]], device=parts.classifier.device)
        return Shown(picture, frame, explain(parts.classifier, parts.methods[method], images, target))

    return shown


def targets_in(folder: Path) -> dict[int, int]:
    """The explained label's index for each place that has a score."""
    table = pq.read_table(folder / merging.RESULTS, columns=["place", "target_index"])
    table = table.filter(pc.is_valid(table["target_index"]))
    return dict(zip(table["place"].to_pylist(), table["target_index"].to_pylist()))


def extremes_of(folder: Path, summary: Summary, found: Scores, picture_of: PictureOf) -> tuple[str, list[Extremes]]:
    """The metric that chose, and the methods that come first with their pictures; none where no metric can choose."""
    metric = _choosing(summary, found)
    if metric is None:
        return "", []
    higher = next(line.higher_is_better for line in summary.lines if line.metric == metric)
    table = pq.read_table(folder / merging.RESULTS, columns=["place", "picture", "target"])
    named = {row["place"]: (row["picture"], row["target"] or "") for row in table.to_pylist()}
    methods = [each.method for each in summary.overall if not each.control][:MOST_METHODS]
    return metric, [
        extremes
        for method in methods
        if (extremes := _extremes(found, metric, method, named, picture_of, higher=bool(higher))).best
    ]


def _choosing(summary: Summary, found: Scores) -> str | None:
    """The first metric with a direction that says whether maps follow the model, else the first with a direction."""
    directed = dict.fromkeys(
        line.metric for line in summary.lines if line.higher_is_better is not None and line.metric in found.metrics
    )
    return next((metric for metric in directed if counts(metric)), next(iter(directed), None))


def _extremes(
    found: Scores,
    metric: str,
    method: str,
    named: dict[int, tuple[str, str]],
    picture_of: PictureOf,
    *,
    higher: bool,
) -> Extremes:
    column = found.metrics[metric][:, found.methods.index(method)]
    order = np.argsort(-column if higher else column, kind="stable")
    order = order[~np.isnan(column[order])]
    half = min(AT_EACH_END, (len(order) + 1) // 2)
    best, worst = order[:half], order[half:][::-1][:half]

    def overlaid(rows: Sequence[int]) -> tuple[Overlaid, ...]:
        places = [(int(found.places[row]), float(column[row])) for row in rows]
        made = (_made(picture_of, place, method, named[place], score) for place, score in places)
        return tuple(each for each in made if each is not None)

    return Extremes(method, overlaid(best.tolist()), overlaid(worst.tolist()))


def _made(picture_of: PictureOf, place: int, method: str, named: tuple[str, str], score: float) -> Overlaid | None:
    """None where the map cannot be made again: a picture that is gone must not cost the report of a long run."""
    try:
        return _overlaid(picture_of(place, method), named, score)
    except Exception:  # anything may happen inside a foreign network
        return None


def _overlaid(shown: Shown, named: tuple[str, str], score: float) -> Overlaid:
    photo, seen = panels.prepared(shown.picture, shown.frame)
    small = panels.shrunk(photo, LONGEST)
    own = panels.scaled(seen, (small.height, small.width))
    uri = layers.photo(small, own)
    evidence = own.to_picture(shown.explanation.maps[0].detach().float()).numpy()
    return Overlaid(*named, score, uri, layers.layers(evidence, uri[1:]))
