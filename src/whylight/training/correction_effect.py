"""Effect of corrections: what became of the explanations and of the accuracy, on pictures that were not learned from.

    share     Σ_u A(u) |m(u)| / Σ_u |m(u)|          m: the evidence for the true label, A: 1 on the unwanted pixels

The loss makes one kind of map look right, which does not say that the pixels do not count any more: the shares of several
methods are measured, and the one that the loss changes itself is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from whylight import registry
from whylight.classifier import Access, Classifier
from whylight.explanation import explain
from whylight.metric import Truth
from whylight.metrics.localisation.relevance_mass import RelevanceMass
from whylight.tensors import flat
from whylight.training.corrections import Corrections
from whylight.training.data import Labelled

METHODS = ("integrated_gradients", "occlusion", "saliency", "grad_cam")
AT_ONCE = 256
MOST = 200
"""Held-out corrections that are explained."""

Right = Bool[Tensor, " picture"]


@dataclass(frozen=True)
class Paired:
    """How many pictures ``both`` networks got right, ``only_before``, ``only_after`` the corrections, and ``neither``."""

    both: int
    only_before: int
    only_after: int
    neither: int

    @property
    def pictures(self) -> int:
        """All of them."""
        return self.both + self.only_before + self.only_after + self.neither

    @property
    def before(self) -> float:
        """The accuracy before; NaN of no pictures."""
        return (self.both + self.only_before) / self.pictures if self.pictures else float("nan")

    @property
    def after(self) -> float:
        """The accuracy after; NaN of no pictures."""
        return (self.both + self.only_after) / self.pictures if self.pictures else float("nan")


def right_of(model: Classifier, pictures: Labelled) -> Right:
    """Which pictures the model gives their own label."""
    found = [torch.zeros(0, dtype=torch.bool)]
    for places in torch.arange(len(pictures)).split(AT_ONCE):
        answers = model.logits(pictures.images(places).to(model.device)).argmax(dim=1).cpu()
        found.append(answers == pictures.labels[places])
    return torch.cat(found)


def paired(before: Right, after: Right) -> Paired:
    """The counts of two networks on the same pictures."""
    counts = (before & after, before & ~after, ~before & after, ~before & ~after)
    return Paired(*(int(each.sum()) for each in counts))


def methods_for(model: Classifier) -> tuple[str, ...]:
    """The methods that work on the model."""
    named = METHODS if model.layer is not None else METHODS[:-1]
    return tuple(
        name for name in named if registry.read_method(name).access_needed <= min(model.access, Access.FEATURES)
    )


def shares(model: Classifier, method: str, corrections: Corrections) -> list[float | None]:
    """The share of the evidence in the unwanted pixels, picture by picture; None where a map is zero everywhere."""
    if not len(corrections):
        return []
    pictures = corrections.pictures
    images = pictures.images(range(len(pictures))).to(model.device)
    explanation = explain(model, registry.read_method(method), images, pictures.labels)
    found = RelevanceMass()(explanation, Truth(corrections.unwanted)).scores.tolist()
    return [number if isfinite(number) else None for number in found]


def attribution(before: Classifier, after: Classifier, held_out: Corrections) -> dict[str, Any]:
    """``names`` of the held-out pictures with unwanted pixels, the ``areas`` that these cover, and for each of the
    ``methods`` the shares ``before`` and ``after``."""
    chosen = held_out.take(held_out.marked("unwanted").nonzero().flatten()[:MOST])
    areas: Sequence[float] = flat(chosen.unwanted).double().mean(dim=1).tolist()
    return {
        "names": list(chosen.pictures.names),
        "areas": areas,
        "methods": {
            name: {"before": shares(before, name, chosen), "after": shares(after, name, chosen)}
            for name in methods_for(after)
        },
    }
