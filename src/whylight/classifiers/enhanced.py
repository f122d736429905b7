"""A classifier whose pictures pass an enhancer first, as an ordinary classifier: all methods and metrics take it.

better = enhanced(classifier, net)
enhancer_of(better)(images)     the pictures that the classifier inside is given
without(better)                 the classifier inside
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from whylight.classifier import Classifier
from whylight.errors import ModelError
from whylight.nets.enhanced import Asked, Enhanced
from whylight.types import Images

SLACK = 1e-4
"""Rounding beyond [0, 1]."""


@dataclass(frozen=True, eq=False)
class EnhancedClassifier(Classifier):
    """``behind``: the classifier without the enhancer."""

    behind: Classifier | None = None


def enhanced(classifier: Classifier, net: nn.Module, name: str | None = None) -> Classifier:
    """``classifier`` asked about what ``net`` makes of the pictures; neither of them is changed.

    ``net``: in evaluation mode and on the classifier's device; takes pictures (batch, channel, height, width) in [0, 1] and
    gives pictures of the same shape in [0, 1].

    Raises ModelError when ``net`` is in training mode, fails, or gives something else.
    """
    inside = classifier.predict if isinstance(classifier.predict, nn.Module) else None
    whole = Enhanced(net, inside or Asked(classifier.predict, classifier.module))
    for each in (whole, *(() if inside else (whole.classifier,))):
        each.training = False  # `.eval()` would reach into the user's networks
    module = None if classifier.module is None else whole
    found = EnhancedClassifier(
        name=name or f"{classifier.name} behind {type(net).__name__}",
        labels=classifier.labels,
        predict=whole,
        module=module,
        layer=_layer(whole, classifier),
        to_grid=classifier.to_grid,
        resizing=classifier.resizing,
        behind=classifier,
    )
    _check(found, net)
    return found


def enhancer_of(classifier: Classifier) -> Callable[[Images], Images] | None:
    """The enhancer of a classifier, differentiable; None for a classifier without one."""
    return classifier.predict.enhancer if isinstance(classifier.predict, Enhanced) else None


def without(classifier: Classifier) -> Classifier | None:
    """The classifier behind the enhancer; None for a classifier without one."""
    return classifier.behind if isinstance(classifier, EnhancedClassifier) else None


def _layer(whole: Enhanced, classifier: Classifier) -> str | None:
    """The classifier's layer by its name in the whole."""
    inside = (name for name, module in whole.named_modules() if module is classifier.module)
    prefix = next(inside, None)
    return None if prefix is None or classifier.layer is None else f"{prefix}.{classifier.layer}"


def _check(found: Classifier, net: nn.Module) -> None:
    if any(each.training for each in net.modules()):
        raise ModelError("the enhancer is in training mode, so its pictures would differ; call .eval() on it first")
    shape = (1, found.resizing.channels, *found.input_size)
    picture = torch.rand(shape, generator=torch.Generator().manual_seed(0)).to(found.device)
    with torch.inference_mode(), found.explained_failures(picture):
        answer = net(picture)
    if not isinstance(answer, torch.Tensor) or answer.shape != picture.shape:
        got = tuple(answer.shape) if isinstance(answer, torch.Tensor) else type(answer).__name__
        raise ModelError(f"expected an enhancer that gives pictures of the shape that it takes, {shape}; got {got}")
    if not (answer.min() >= -SLACK and answer.max() <= 1 + SLACK):
        raise ModelError(
            "expected an enhancer that gives pictures in [0, 1], such as one that ends in a sigmoid; got values from "
            f"{answer.min():.3g} to {answer.max():.3g}"
        )
    found.logits(picture)
