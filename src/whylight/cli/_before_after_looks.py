"""The pictures that a comparison before and after shows: what was seen and added, what was said, and where was looked."""

from collections.abc import Sequence

from torch import Tensor

from whylight.cli._before_after_pictures import Pictures
from whylight.cli._comparison_members import Entry
from whylight.comparison.answers import translated
from whylight.comparison.before_after.activations import Answered, Layer, answered, close_up
from whylight.comparison.before_after.sides import Sides
from whylight.explanation import explain
from whylight.method import Method
from whylight.plots.activations import Activated, Channel
from whylight.plots.before_after import Attention, Look, Numbers
from whylight.plots.numbers import percent
from whylight.report.before_after_numbers import Scored

CHANNELS = 3
"""So many channels of a convolution are shown, those that changed most."""

Maps = tuple[Tensor, Tensor]


def look(pictures: Pictures, scored: Scored, place: int, attention: Attention | None = None, heading: str = "") -> Look:
    """One picture; ``heading``: what stands behind its name."""
    own, given = pictures.inputs(place)
    sides = pictures.sides
    base, after = (images[0].cpu() for images in sides.pictures(given[None]))
    before = base if sides.one_form else sides.before.sees(own[None])[0].cpu()
    truth = int(scored.truth[place])
    return Look(
        f"{scored.names[place]}{heading}",
        before,
        after,
        None if sides.unchanged else after - base,
        _said(scored, place),
        f"true label: {scored.true_labels[truth]}" if truth >= 0 else "",
        attention,
    )


def _said(scored: Scored, place: int) -> tuple[str, str]:
    said = [
        f"{labels[int(answers.predicted[place])]} {percent(float(answers.probability[place]))}"
        for answers, labels in zip(scored.sides, scored.labels, strict=True)
    ]
    return said[0], said[1]


def explained(pictures: Pictures, scored: Scored, place: int, method: Method | None, *, by_after: bool) -> Look:
    """A picture with where both sides look for the answer of the one after, or of the one before. ``method``: None shows
    no maps."""
    leader, sides = int(by_after), pictures.sides
    labels, index = scored.labels[leader], int(scored.sides[leader].predicted[place])
    targets = [int(translated([index], labels, own)[0]) for own in scored.labels]
    if method is None or min(targets) < 0:
        return look(pictures, scored, place)
    asked = zip((sides.before.whole, sides.after.whole), pictures.inputs(place), targets, strict=True)
    one, other = (
        explain(classifier, method, image[None].to(classifier.device), target) for classifier, image, target in asked
    )
    maps = _numbers(one.maps[0]), _numbers(other.maps[0])
    chances = float(one.verdict.probability[0]), float(other.verdict.probability[0])
    return look(pictures, scored, place, Attention(labels[index], maps, chances))


def kept(
    pictures: Pictures, scored: Scored, source: int, entries: Sequence[Entry], labels: Sequence[str], heading: str
) -> Look:
    """A picture whose maps are there already; ``labels``: of the classifier after."""
    one, other = (entry.kept[source] for entry in entries)
    maps, chances = (_numbers(one.map), _numbers(other.map)), (one.probability, other.probability)
    attention = Attention(labels[other.target], maps, chances)
    return look(pictures, scored, pictures.place_of(source), attention, heading)


def _numbers(one_map: Tensor) -> Numbers:
    numbers: Numbers = one_map.detach().float().cpu().numpy()
    return numbers


def activated(
    sides: Sides, layers: Sequence[Layer], pictures: Pictures, places: Sequence[int], names: Sequence[str]
) -> list[list[Activated]]:
    """What each layer answers to some pictures, ready to be drawn: a list a layer."""
    if not layers or not places:
        return []
    before, after = pictures.seen(places)
    found = answered(sides, layers, before, after)
    return [
        [
            _activated(name, (before[at].cpu(), after[at].cpu()), layer, one)
            for at, (name, one) in enumerate(zip(names, of_layer, strict=True))
        ]
        for layer, of_layer in zip(layers, found, strict=True)
    ]


def _activated(name: str, images: Maps, layer: Layer, found: Answered) -> Activated:
    means = Channel(f"The mean of {len(found.before)} channels", _mean(found.before), _mean(found.after))
    channels = [
        Channel(
            f"Channel {at}, which changed by {percent(float(layer.change[at] / layer.size[at].clamp_min(1e-12)))} on "
            "average",
            _numbers(found.before[at]),
            _numbers(found.after[at]),
        )
        for at in layer.channels[:CHANNELS]
    ]
    return Activated(name, *images, [means, *channels], close_up(found.change))


def _mean(found: Tensor) -> Numbers:
    return _numbers(found.mean(dim=0))
