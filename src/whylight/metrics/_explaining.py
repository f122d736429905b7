"""Explaining again: the maps of an explanation's method on other pictures, targets or seeds, in batches of the right size.

A picture's map does not depend on the pictures beside it, so that copies of several pictures can share a batch.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, cast

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight import perturb
from whylight.explanation import Explanation
from whylight.method import Method
from whylight.types import Images, Maps, Scores, Targets


def maps_of(
    explanation: Explanation, images: Images, targets: Targets | None = None, method: Method | None = None
) -> Maps:
    """The maps of the same classifier and method on other pictures, and for other targets or by another method if given."""
    chosen = explanation.targets if targets is None else targets
    explaining = method or explanation.method

    def run(start: int, stop: int) -> Maps:
        return _explained(explanation, images[start:stop], chosen[start:stop], explaining)

    return torch.cat([maps for _, _, maps in perturb.in_batches(run, len(images), perturb.batch_size_for(images))])


def noisy_maps(
    explanation: Explanation, noise: Float[Tensor, "sample channel height width"], scale: Scores
) -> Iterator[tuple[Int[Tensor, " row"], Float[Tensor, "row height width"]]]:
    """The maps of every picture under every noise, a batch at a time: (which picture each row is, the maps).

    ``scale``: what the noise is multiplied by, one number a picture. The noisy pictures are not cut to [0, 1].
    Copies of several pictures share a batch. Rows come sample by sample, and within a sample picture by picture.
    """
    images, targets, pictures = explanation.images, explanation.targets, len(explanation)

    def run(start: int, stop: int) -> Maps:
        rows = torch.arange(start, stop, device=images.device)
        picture = rows % pictures
        noisy = images[picture] + scale[picture, None, None, None] * noise[rows // pictures]
        return _explained(explanation, noisy, targets[picture], explanation.method)

    for start, stop, maps in perturb.in_batches(run, len(noise) * pictures, perturb.batch_size_for(images)):
        yield torch.arange(start, stop, device=images.device) % pictures, maps


def _explained(explanation: Explanation, images: Images, targets: Targets, method: Method) -> Maps:
    with torch.inference_mode(mode=False):
        return method(explanation.classifier, images, targets).maps


def reseeded(method: Method, by: int) -> Method:
    """The method with its seed, and that of every method inside it, moved on; the same method if it has none."""
    changed: dict[str, Any] = {}
    for setting in fields(cast(Any, method)):
        value = getattr(method, setting.name)
        if setting.name == "seed":
            changed["seed"] = value + by
        elif isinstance(value, Method):
            changed[setting.name] = reseeded(value, by)
    return replace(cast(Any, method), **changed) if changed else method


def has_seed(method: Method) -> bool:
    """Whether another seed can give another map."""
    return reseeded(method, 1) != method
