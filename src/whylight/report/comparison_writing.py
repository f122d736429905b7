"""The files of a comparison: ``results.json``, the figures and the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from whylight.comparison.agreement import DEFAULT, Agreement
from whylight.comparison.similarities import SIMILARITIES
from whylight.frame import Frame
from whylight.pictures import on_white
from whylight.plots import confusion, panels
from whylight.plots.matrix import matrix_figure
from whylight.plots.scores import hundredths
from whylight.plots.side_by_side import MOST_ACROSS, Panel, Strip, side_by_side_figure
from whylight.report import comparison, comparison_models, comparison_scores, results
from whylight.report.comparison_models import Compared
from whylight.report.comparison_preparation import Preparing, doubts
from whylight.report.comparison_words import certainty, share
from whylight.report.folder import Folder
from whylight.report.results import Item

AGREEMENT, SIDES, CONFUSION = "agreement", "side-by-side", "confusion"

Row = dict[str, Any]
Prepared = tuple[Image.Image, Frame, dict[str, comparison.Placed]]


@dataclass(frozen=True, eq=False)
class Photos:
    """The pictures that count: how to read each again, its maps by the names of the rows, and how they were prepared."""

    read: Sequence[Callable[[], Image.Image]]
    maps: Sequence[dict[str, comparison.Placed]]
    preparing: Preparing | None = None


def figure_names(models: int) -> list[str]:
    """The figures that a comparison of so many models may draw."""
    return [AGREEMENT, SIDES, *(f"{CONFUSION}-{number}" for number in range(1, models + 1))]


def written(
    folder: Folder, document: Row, found: Agreement, compared: Compared, scores: Row | None, photos: Photos
) -> Row:
    """Draws and writes everything; returns what ``results.json`` holds. ``document``: with the items of what failed;
    ``found``: on all pictures that count."""
    several = len(compared.models) > 1
    main = found.among(compared.counting)
    extremes = comparison.extremes(found.ordered(pairs=compared.counterparts))
    prepared = {at: _prepared(photos, at) for at in extremes}
    figures = {AGREEMENT: folder.save_figure(AGREEMENT, _agreement(main, compared))}
    if several and extremes:
        figures[SIDES] = folder.save_figure(SIDES, _side_by_side(found, compared, prepared))
    for number, model in enumerate(scores["models"] if scores else (), start=1):
        if (figure := confusion_of(model, scores or {})) is not None:
            figures[f"{CONFUSION}-{number}"] = folder.save_figure(f"{CONFUSION}-{number}", figure)
    steps = photos.preparing.drawn(folder, compared, photos.read, extremes) if photos.preparing else {}
    files = [figures | ({"steps": steps[at][0]} if at in steps else {}) for at in range(len(compared.pictures))]
    items = [_item(found, compared, at, files[at]) for at in range(len(compared.pictures))]
    document = document | {
        "items": [*items, *document["items"]],
        "agreement": comparison.plain(main) | {"entries": [vars(entry) for entry in compared.entries]},
        "models": comparison_models.models(compared, found) if several else None,
        "pairs": comparison_models.pairs(compared, main),
        "classes": comparison_models.classes(compared, found),
        "scores": scores,
    }
    shown = [
        replace(comparison.shown(items[at], *prepared[at], _said(compared, at)), steps=steps.get(at)) for at in extremes
    ]
    folder.finish(document, comparison.render(document, shown))
    return document


def _prepared(photos: Photos, at: int) -> Prepared:
    """A photo as it is shown, what the first model saw of it, and the maps with their frames in it."""
    maps = photos.maps[at]
    picture = panels.shrunk(on_white(photos.read[at]()))
    size = (picture.height, picture.width)
    placed = {name: (each, panels.scaled(frame, size)) for name, (each, frame) in maps.items()}
    return picture, next(iter(placed.values()))[1], placed


def _item(found: Agreement, compared: Compared, at: int, files: dict[str, str]) -> Item:
    first, truth = compared.models[0], int(compared.truth[at])
    return {
        "picture": compared.pictures[at],
        "target": {"index": int(first.target[at]), "label": first.label(int(first.target[at]))},
        "probability": float(first.target_probability[at]),
        "true_label": compared.true_labels[truth] if truth >= 0 else None,
        "same_label": bool(compared.same[at]),
        "answers": comparison_models.of_picture(compared, at),
        "agreement": {name: float(found.of_pictures(name, compared.counterparts)[at]) for name in found.matrices},
        "files": files,
    } | ({"preparation": results.preparation(compared.prepared[at], doubts(compared, at))} if compared.prepared else {})


def _agreement(found: Agreement, compared: Compared) -> Figure:
    matrix, count = found.matrices[DEFAULT], len(compared.counting)
    return matrix_figure(
        found.names,
        matrix.mean.numpy(),
        matrix.chance.numpy(),
        matrix.centred.numpy(),
        title=f"Agreement on {count} picture{'s' if count > 1 else ''} · {SIMILARITIES[DEFAULT].words}",
        note=f"Explained: {compared.explained}. Small: the chance level, between maps of different pictures; alone on the "
        "diagonal.",
    )


def confusion_of(model: Row, scores: Row) -> Figure | None:
    """A model's confusion matrix; None where there are too many labels for a figure."""
    columns, counts = comparison_scores.square(model)
    if len(counts) > confusion.MOST:
        return None
    names = ["none of these" if name is None else name for name in columns]
    interval = f"{share(model['low'])} to {share(model['high'])}"
    return confusion.confusion_figure(
        names[: len(counts)],
        names,
        np.array(counts),
        title=f"{model['model']}: {share(model['accuracy'])} right ({interval})",
        note=f"{scores['pictures']:,} pictures. Rows: the true label. Columns: the model's answer. Darker: more of the row.",
    )


def _side_by_side(found: Agreement, compared: Compared, prepared: dict[int, Prepared]) -> Figure:
    alike = found.of_pictures(pairs=compared.counterparts)
    strips = [_strip(compared, at, float(alike[at]), each) for at, each in prepared.items()]
    return side_by_side_figure(
        strips,
        title="Where the models agree most and least",
        note=f"Explained: {compared.explained}. Orange speaks for it, blue against it; each map has its own scale.",
    )


def _strip(compared: Compared, at: int, alike: float, prepared: Prepared) -> Strip:
    picture, _, maps = prepared
    small = panels.shrunk(picture, comparison.LONGEST)
    said, shown = _said(compared, at), []
    for name, (one_map, frame) in list(maps.items())[:MOST_ACROSS]:
        seen = panels.scaled(frame, (small.height, small.width))
        shown.append(Panel(seen.to_picture(one_map).numpy(), seen, (name, *said[name])))
    truth = int(compared.truth[at])
    note = f"true label: {compared.true_labels[truth]}" if truth >= 0 else ""
    return Strip(f"{compared.pictures[at]} · agreement {hundredths(alike)}", small, note, tuple(shown))


def _said(compared: Compared, at: int) -> dict[str, tuple[str, ...]]:
    """What the model of each row says of a picture."""
    answers = comparison_models.of_picture(compared, at)
    lines = [certainty(answer) + (("low confidence",) if answer.get("doubts") else ()) for answer in answers]
    return {entry.name: lines[entry.model] for entry in compared.entries}
