"""Kernel CAM: CAM for a head that is not linear, such as an SVM with a kernel, with its slope in the place of the weights.

    map(u) = Σ_k a_k · F_k(u)         a_k = ∂s/∂φ_k = Σ_u ∂s/∂F_k(u)        φ_k = mean_u F_k(u), s the target's logit

For a linear head on averaged features a_k is its weight, and the map is CAM. Far from every support vector an RBF kernel is
0 and so is its slope: the map would be what rounding left. That is noticed by |a| < ``least`` · |s(φ) - s(φ⁰)| / |φ - φ⁰|,
since the slopes on the way from φ⁰ to φ must on average be as steep as the way (a linear head never falls below). Such a
picture gets the slopes along the way:

    map(u) = Σ_k ∫₀¹ ∂s/∂φ_k at φ⁰ + t (φ - φ⁰) dt · (F_k(u) - φ⁰_k)        mean_u map(u) = s(φ) - s(φ⁰)

φ⁰ are the mean features of the pictures that the SVM was fitted to, or zeros.

Selvaraju et al., 2017, arXiv:1610.02391, equation 1, for the slope; Sundararajan, Taly and Yan, 2017, arXiv:1703.01365,
equation 1, for the way.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from whylight import perturb
from whylight.classifier import Access, Classifier, Watched
from whylight.errors import MethodError
from whylight.method import Evidence, Method
from whylight.nets.pooled import typical_features
from whylight.partial.passes import Cut, PartialPasses
from whylight.tensors import flat, pick, resize_maps
from whylight.types import Features, Images, Scores, Targets


@dataclass(frozen=True)
class KernelCAM(Method):
    """``layer``: where the features are; None takes the classifier's own. ``least``: the smallest slope, as a share of the
    mean slope of the way, that counts: 0 never goes the way, a huge number always does. ``steps``: how many slopes along the
    way. ``start``: where the way begins: the ``mean`` features that the head was fitted to, where the classifier knows
    them, or ``zero``."""

    layer: str | None = None
    least: float = 0.1
    steps: int = 16
    start: Literal["mean", "zero"] = "mean"

    needs: ClassVar[Access] = Access.FEATURES

    def __post_init__(self) -> None:
        if self.steps < 1 or not self.least >= 0:
            raise MethodError(
                "kernel_cam expects at least 1 step and a least slope of at least 0; "
                f"got steps={self.steps} and least={self.least}"
            )

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """Two forward passes and two backward passes of the layers behind ``layer``; for pictures that need the way one more
        forward pass, and ``steps`` forward and backward passes of those layers.

        Details: ``slope``, |a|; ``slope_share``, what is compared with ``least``; ``integrated``, 1 where the way was gone.
        """
        found: dict[int, tuple[Scores, ...]] = {}
        passes = PartialPasses(classifier, self.layer)

        def run(start: int, stop: int) -> Tensor:
            coarse, *numbers = self._coarse(classifier, images[start:stop], targets[start:stop], passes)
            found[start] = tuple(numbers)
            return resize_maps(coarse, (images.shape[-2], images.shape[-1]))

        size = perturb.gradient_batch_size_for(images)
        maps = torch.cat([part for _, _, part in perturb.in_batches(run, len(images), size)])
        columns = zip(*(found[start] for start in sorted(found)))
        return Evidence(maps, dict(zip(("slope", "slope_share", "integrated"), map(torch.cat, columns))))

    def _coarse(
        self, classifier: Classifier, images: Images, targets: Targets, passes: PartialPasses
    ) -> tuple[Tensor, ...]:
        watched = classifier.watch(images, targets, self.layer)
        coarse, slope, share = self._slopes(classifier, images, targets, watched)
        far = share < self.least
        for row in far.nonzero().flatten().tolist():
            with torch.inference_mode(mode=False):
                coarse[row] = self._way(passes.at(images[row : row + 1]), int(targets[row]))
        return coarse, slope, share, far.to(slope)

    def _slopes(
        self, classifier: Classifier, images: Images, targets: Targets, watched: Watched
    ) -> tuple[Tensor, Scores, Scores]:
        """The map of the slopes at the features; |a|; and |a| as a share of the mean slope of the way, 1 of no way."""
        features = watched.features
        slopes = watched.gradients.sum(dim=(2, 3), keepdim=True)
        start = self._start(classifier, features)
        begun = moved(classifier, self.layer, start, 0.0).watch(images, targets, self.layer)
        change = pick(watched.logits, targets) - pick(begun.logits, targets)
        length = (features.mean(dim=(2, 3)) - start[..., 0, 0]).norm(dim=1)
        slope = flat(slopes).norm(dim=1)
        # a difference that rounding can make is none
        rounding = 8 * torch.finfo(change.dtype).eps * watched.logits.abs().amax(dim=1)
        mean = torch.where(change.abs() > rounding, change.abs() / length.clamp_min(1e-30), 0.0)
        share = torch.where(mean > 0, slope / mean.clamp_min(1e-30), 1.0)
        return (slopes * features).sum(dim=1), slope, share

    def _way(self, cut: Cut, target: int) -> Tensor:
        """One picture's map of the slopes along the way, (row, column), exact but for the integral's error."""
        features, to_grid = cut.classifier.to_grid(cut.output), cut.classifier.to_grid
        start = self._start(cut.classifier, features)
        placed = _in_form_of(cut.output, start, to_grid)
        points, weights = (
            torch.from_numpy(each).to(features) / 2 for each in np.polynomial.legendre.leggauss(self.steps)
        )

        def run(first: int, stop: int) -> Tensor:
            versions = torch.stack([torch.lerp(placed[0], cut.output[0], point + 0.5) for point in points[first:stop]])
            return torch.einsum("s,skrc->krc", weights[first:stop], to_grid(cut.slopes(versions, target)))[None]

        total = torch.cat([part for _, _, part in perturb.in_batches(run, self.steps, cut.at_once)]).sum(dim=0)
        cells = features.shape[2] * features.shape[3]
        return cells * (total * (features - start)[0]).sum(dim=0)

    def _start(self, classifier: Classifier, features: Features) -> Tensor:
        """φ⁰ as (1, feature, 1, 1)."""
        known = None if classifier.module is None else typical_features(classifier.module)
        if self.start == "zero" or known is None or len(known) != features.shape[1]:
            return torch.zeros_like(features[:1, :, :1, :1])
        return known.to(features)[None, :, None, None]


def moved(classifier: Classifier, layer: str | None, start: Tensor, point: float) -> Classifier:
    """The classifier with its layer's output at ``start`` + ``point`` · (output - ``start``).

    Its ``predict`` sets a hook when it is called, behind those that are there: they see the layer's own output.
    """
    module = classifier.submodule(layer)

    def shift(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        return point * output + (1 - point) * _in_form_of(output, start, classifier.to_grid)

    def predict(images: Images) -> Tensor:
        hook = module.register_forward_hook(shift)
        try:
            return classifier.predict(images)
        finally:
            hook.remove()

    return replace(classifier, predict=predict)


def _in_form_of(output: Tensor, start: Tensor, to_grid: Callable[[Tensor], Features]) -> Tensor:
    """A grid's values where ``to_grid`` takes them from, such as among tokens; 0 elsewhere."""
    with torch.enable_grad():
        leaf = torch.zeros_like(output, requires_grad=True)
        grid = to_grid(leaf)
        (placed,) = torch.autograd.grad(grid, leaf, start.expand_as(grid))
    return placed
