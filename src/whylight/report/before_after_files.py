"""The files of a comparison before and after: ``results.json``, the figures, the mean difference, and the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from whylight.comparison.before_after.activations import Layer
from whylight.comparison.before_after.difference import Difference
from whylight.plots import activations, before_after, difference
from whylight.plots.activations import Activated
from whylight.plots.before_after import Look
from whylight.plots.numbers import percent
from whylight.report import before_after as page
from whylight.report import layers
from whylight.report.comparison_words import share
from whylight.report.comparison_writing import CONFUSION, confusion_of
from whylight.report.folder import Folder

LAYERS = 2
LOOKS = {
    "fixed": "Pictures that were fixed: wrong before, right after",
    "broken": "Pictures that were broken: right before, wrong after",
    "changed": "Pictures with another answer after",
    "attention": "Where attention moved most, and least",
}
"""Figures of pictures before and after, by the names of their files."""
FIGURES = (*LOOKS, "difference", "difference-classes", "spectrum")
DIFFERENCE = "difference"
OWN_SCALE = "Orange speaks for the label, blue against it; each map has its own scale."

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Drawn:
    """What the figures are made of. ``attention``: the pictures in which it moved most, then least. ``labels``: of the
    data. ``activated``: for each of the ``layers`` the pictures that are shown."""

    fixed: Sequence[Look]
    broken: Sequence[Look]
    changed: Sequence[Look]
    attention: Sequence[Look]
    difference: Difference | None
    labels: tuple[str, ...]
    layers: Sequence[Layer]
    activated: Sequence[Sequence[Activated]]


def file_names() -> set[str]:
    """The files that such a comparison may leave behind beside the page and the results."""
    numbered = [f"layer-{number}" for number in range(1, LAYERS + 1)] + [f"{CONFUSION}-{at}" for at in (1, 2)]
    return {f"{name}.png" for name in (*FIGURES, *numbered)} | {f"{DIFFERENCE}.npz"}


def written(folder: Folder, document: Row, drawn: Drawn) -> Row:
    """Draws and writes everything; returns what ``results.json`` holds. Every item lists all files."""
    files, shown = {}, {}
    for name, figure in _figures(document, drawn):
        files[name] = folder.save_figure(name, figure)
        shown[name] = layers.figure_uri(figure)
    if drawn.difference is not None:
        files["difference-maps"] = folder.save_arrays(DIFFERENCE, _arrays(drawn.difference, drawn.labels))
    items = [item if "error" in item else item | {"files": files} for item in document["items"]]
    document = document | {"items": items}
    folder.finish(document, page.render(document, shown))
    return document


def _figures(document: Row, drawn: Drawn) -> Iterator[tuple[str, Figure]]:
    """The figures that there are, one at a time."""
    for name, title in LOOKS.items():
        chosen: Sequence[Look] = getattr(drawn, name)
        if chosen:
            yield name, before_after.looks_figure(chosen, title=title, note=OWN_SCALE)
    if drawn.difference is not None:
        yield from _difference(drawn.difference, drawn.labels, document["before_after"]["difference"])
    for number, (layer, shown) in enumerate(zip(drawn.layers, drawn.activated, strict=False), start=1):
        if shown:
            yield f"layer-{number}", _activations(layer, shown)
    for number, model in enumerate(document["scores"]["models"] if document["scores"] else (), start=1):
        if (figure := confusion_of(model, document["scores"])) is not None:
            yield f"{CONFUSION}-{number}", figure


def _difference(found: Difference, labels: tuple[str, ...], numbers: Row) -> Iterator[tuple[str, Figure]]:
    mean, magnitude = found.mean.float().numpy(), found.magnitude.float().numpy()
    yield "difference", difference.channels_figure(mean, magnitude, pictures=found.pictures)
    if len(found.classes) > 1:
        means = {labels[label]: (count, one.float().numpy()) for label, (count, one) in found.classes.items()}
        yield "difference-classes", difference.classes_figure(means)
    fine, noise = (numbers["spectrum"][key]["fine"] for key in ("shares", "noise"))
    if fine == fine:  # noqa: PLR0124 (NaN: nothing was added)
        note = f"Waves shorter than 4 pixels: {share(fine)} of what was added, {share(noise)} of white noise."
        powers = found.spectrum.power, found.picture_spectrum.power
        title = "How fine is what was added?"
        yield "spectrum", difference.spectrum_figure(found.spectrum.frequencies, *powers, title=title, note=note)


def _activations(layer: Layer, shown: Sequence[Activated]) -> Figure:
    return activations.activations_figure(
        shown,
        title=f"Convolution {layer.stage.name} before and after ({layer.stage.words})",
        note=f"Over {layer.pictures} pictures its {len(layer.change)} channels changed by {percent(layer.relative)} on "
        "average; below the mean stand those that changed most.",
    )


def _arrays(found: Difference, labels: tuple[str, ...]) -> dict[str, Any]:
    """The maps of the difference; ``class_0`` … in the order of ``classes``."""
    shown = {f"class_{at}": one.float().numpy() for at, (_, one) in enumerate(found.classes.values())}
    names = [labels[label] for label in found.classes]
    return {"mean": found.mean.float().numpy(), "magnitude": found.magnitude.float().numpy(), "classes": names} | shown
