"""What a comparison before and after found, as plain data: gains, classes, pictures that were fixed and broken, quality, the
difference, its variants, other classifiers, and the first convolutions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from jaxtyping import Bool, Int
from torch import Tensor

from whylight.comparison.answers import Answers, alike, meanings, translated
from whylight.comparison.before_after.activations import Layer
from whylight.comparison.before_after.difference import Difference
from whylight.comparison.before_after.gain import Gain, conclude, gain
from whylight.comparison.before_after.quality import QUANTILES, Spread, spread
from whylight.comparison.before_after.scoring import AFTER, BEFORE, Found
from whylight.comparison.before_after.variants import VARIANTS
from whylight.plots.difference import channel_names

MOST_LISTED = 1000
"""So many fixed and broken pictures are named; all of them are counted."""
MOST_CHANNELS = 8

Labels = tuple[str, ...]
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Asked:
    """Another classifier, or pair of them, that was asked about the pictures before and after: ``name`` of both, the labels
    of each and what it answered."""

    names: tuple[str, str]
    labels: tuple[Labels, Labels]
    answers: tuple[Answers, Answers]


@dataclass(frozen=True, eq=False)
class Scored:
    """``found``: by the pictures' places. ``labels``: of the classifiers before and after. ``truth``: of every place, as an
    index into ``true_labels``; -1 where it is not known. ``names``: of the pictures by place. ``others``: asked as well."""

    found: Found
    labels: tuple[Labels, Labels]
    truth: Int[Tensor, " picture"]
    true_labels: Labels
    names: Mapping[int, str]
    others: Sequence[Asked] = ()
    seed: int = 0

    @property
    def sides(self) -> tuple[Answers, Answers]:
        """The answers before and after."""
        return self.found.answers[BEFORE], self.found.answers[AFTER]

    @property
    def labelled(self) -> bool:
        """Whether any picture has a label that both classifiers have."""
        known = bool((self.truth >= 0).any())
        return known and all(any(meanings(self.true_labels, each)) for each in self.labels)

    def right(self, answers: Answers, labels: Labels) -> Bool[Tensor, " picture"]:
        """Which pictures were named rightly; a picture that was not asked about was not."""
        return (translated(answers.predicted.tolist(), labels, self.true_labels) == self.truth) & (self.truth >= 0)

    def gain(self, answers: tuple[Answers, Answers], labels: tuple[Labels, Labels]) -> Gain:
        """Of the labelled pictures that both were asked about."""
        known = (self.truth >= 0) & (answers[0].predicted >= 0) & (answers[1].predicted >= 0)
        first, second = (self.right(each, own)[known] for each, own in zip(answers, labels, strict=True))
        return gain(first, second, self.seed)

    @cached_property
    def own(self) -> Gain:
        """Of the two classifiers."""
        return self.gain(self.sides, self.labels)

    def moved(self, *, fixed: bool) -> list[int]:
        """The places of the pictures that were fixed, or broken: first those of which both were surest."""
        before, after = (self.right(each, own) for each, own in zip(self.sides, self.labels, strict=True))
        asked = (self.sides[0].predicted >= 0) & (self.sides[1].predicted >= 0)
        return self._surest((after & ~before if fixed else before & ~after) & asked)

    @property
    def changed(self) -> list[int]:
        """The places of the pictures that the two answer differently, in the same order."""
        first, second = self.sides
        same = alike(first.predicted.tolist(), self.labels[0], second.predicted.tolist(), self.labels[1])
        return self._surest(~same & (first.predicted >= 0) & (second.predicted >= 0))

    def _surest(self, chosen: Bool[Tensor, " picture"]) -> list[int]:
        sure = self.sides[0].probability + self.sides[1].probability
        places: list[int] = chosen.nonzero()[:, 0].tolist()
        return sorted(places, key=lambda place: -float(sure[place]))


def plain(scored: Scored, layers: Sequence[Layer], unchanged: str | None) -> Row:
    """``unchanged``: why there are no pictures before and after, in words; None where there are."""
    asked = (scored.sides[0].predicted >= 0) & (scored.sides[1].predicted >= 0)
    fixed, broken = (scored.moved(fixed=each) if scored.labelled else [] for each in (True, False))
    others = _others(scored) if scored.labelled else []
    return {
        "pictures": int(asked.sum()),
        "unchanged": unchanged,
        "gain": gain_row(scored.own) if scored.labelled else None,
        "by_class": _classes(scored) if scored.labelled else [],
        "changed_answers": len(scored.changed),
        "fixed": [picture_row(scored, place) for place in fixed[:MOST_LISTED]],
        "broken": [picture_row(scored, place) for place in broken[:MOST_LISTED]],
        "quality": _quality(scored.found),
        "difference": difference_row(scored.found.difference, scored.true_labels),
        "variants": _variants(scored) if scored.labelled else [],
        "transfer": others,
        "verdict": str(conclude(scored.own, _gains(scored))) if scored.labelled and unchanged is None else None,
        "layers": [layer_row(layer) for layer in layers],
    }


def gain_row(found: Gain) -> Row:
    """A gain as plain data."""
    sides = zip((BEFORE, AFTER), (found.before, found.after), found.intervals, strict=True)
    accuracies = {
        name: {
            "right": right,
            "accuracy": right / found.pictures if found.pictures else float("nan"),
            "low": low,
            "high": high,
        }
        for name, right, (low, high) in sides
    }
    low, high = found.interval
    changes = {"gain": found.gain, "low": low, "high": high, "fixed": found.fixed, "broken": found.broken, "p": found.p}
    return {"pictures": found.pictures} | accuracies | changes


def picture_row(scored: Scored, place: int) -> Row:
    """What both classifiers say of a picture."""
    truth = int(scored.truth[place])
    said = {
        name: {
            "predicted": labels[int(answers.predicted[place])],
            "probability": float(answers.probability[place]),
        }
        for name, answers, labels in zip((BEFORE, AFTER), scored.sides, scored.labels, strict=True)
    }
    true_label = scored.true_labels[truth] if truth >= 0 else None
    return {"picture": scored.names[place], "true_label": true_label} | said


def _classes(scored: Scored) -> list[Row]:
    rows = []
    before, after = _rights(scored)
    asked = (scored.sides[0].predicted >= 0) & (scored.sides[1].predicted >= 0)
    for label in scored.truth[(scored.truth >= 0) & asked].unique().tolist():
        chosen = (scored.truth == label) & asked
        rows.append({"label": scored.true_labels[label]} | gain_row(gain(before[chosen], after[chosen], scored.seed)))
    return rows


def _rights(scored: Scored) -> list[Tensor]:
    return [scored.right(each, own) for each, own in zip(scored.sides, scored.labels, strict=True)]


def _quality(found: Found) -> list[Row]:
    """PSNR and SSIM of one side's pictures beside the other's, and beside the clean ones where they were degraded."""
    return [
        {
            "of": first,
            "beside": second,
            "equal": int(psnr.isinf().sum()),
            "psnr": spread_row(spread(psnr)),
            "ssim": spread_row(spread(ssim)),
        }
        for (first, second), (psnr, ssim) in found.quality.items()
    ]


def spread_row(found: Spread) -> Row:
    """A spread as plain data, with its quantiles by their shares."""
    quantiles = {f"{share:g}": value for share, value in zip(QUANTILES, found.quantiles, strict=True)}
    return {"pictures": found.pictures, "mean": found.mean, "quantiles": quantiles}


def difference_row(found: Difference | None, labels: Labels) -> Row | None:
    """The difference as plain data: means over the pixels of each channel and class; the maps are in ``difference.npz``."""
    if found is None:
        return None
    means = found.mean.flatten(1).mean(dim=1).tolist()
    sizes = found.magnitude.flatten(1).mean(dim=1).tolist()
    names = channel_names(len(means))
    return {
        "pictures": found.pictures,
        "channels": [
            {"channel": name, "mean": mean, "mean_size": size}
            for name, mean, size in zip(names, means, sizes, strict=True)
        ],
        "common_share": found.share,
        "classes": [
            {"label": labels[label], "pictures": count, "mean": float(one.mean())}
            for label, (count, one) in found.classes.items()
        ],
        "spectrum": asdict(found.spectrum),
        "picture_spectrum": asdict(found.picture_spectrum),
    }


def _variants(scored: Scored) -> list[Row]:
    """The gain that each variant of the difference keeps; before is the same for all."""
    found, own = scored.found, scored.own
    pairs = {
        name: scored.gain((found.answers[BEFORE], found.answers[name]), scored.labels)
        for name in VARIANTS
        if name in found.answers
    }
    return [
        {"variant": name, "words": VARIANTS[name].words, "control": VARIANTS[name].control, "kept": kept(own, each)}
        | gain_row(each)
        for name, each in pairs.items()
    ]


def kept(own: Gain, other: Gain) -> float | None:
    """The share of a gain that something else has; None where no gain is shown that could be kept."""
    return other.gain / own.gain if own.surely == 1 else None


def _gains(scored: Scored) -> list[Gain]:
    return [scored.gain(other.answers, other.labels) for other in scored.others]


def _others(scored: Scored) -> list[Row]:
    return [
        {"first": other.names[0], "second": other.names[1], "kept": kept(scored.own, found)} | gain_row(found)
        for other, found in zip(scored.others, _gains(scored), strict=True)
    ]


def layer_row(layer: Layer) -> Row:
    """A convolution as plain data, with the channels that changed most."""
    return {
        "layer": layer.stage.name,
        "modules": layer.stage.words,
        "pictures": layer.pictures,
        "channels": len(layer.change),
        "change": layer.relative,
        "changed_most": [
            {"channel": at, "change": float(layer.change[at]), "size": float(layer.size[at])}
            for at in layer.channels[:MOST_CHANNELS]
        ],
    }
