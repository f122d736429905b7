"""What the mask methods share: a small mask per picture, found by gradient steps so that the classifier's answer changes.

    Q = x · M' + h(x) · (1 - M')          M' = the mask M, enlarged bilinearly;  h(x) = the fill
    loss(M) = objective(logits of Q) + tv · TV(M) + area · ‖1 - M‖₁

Kang, Jung and Lee, 2019, arXiv:1909.12446, equations 1 and 3; the mask and its regularisers after Fong and Vedaldi, 2017,
arXiv:1704.03296. The pictures of a batch do not touch each other: losses are summed and Adam works element by element.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from whylight import perturb
from whylight.classifier import Classifier
from whylight.masking import mix
from whylight.tensors import generator
from whylight.types import Images, Logits, Masks, Scores, Targets

MaskGrid = Float[Tensor, "batch 1 row column"]
Objective = Callable[[Logits, Logits, Targets], Scores]
"""What is made small: (logits of the perturbed pictures, logits of the pictures themselves, targets) to one number each."""


@dataclass(frozen=True)
class Weights:
    """λ₁ (``tv``), λ₂ (``area``) and γ (``gamma``) of the objective."""

    tv: float
    area: float
    gamma: float


@dataclass(frozen=True)
class Search:
    """How a mask is looked for; the defaults are the paper's, where it names them.

    ``side``: cells along the mask's shorter side. ``rate``, ``epsilon``: Adam's. ``schedule``: the rate stays ``constant``
    or falls to 0 as a ``cosine``. ``norm``: penalties as the mean over cells, or the literal sum. ``tv_form`` and
    ``beta``: ``isotropic`` is Σ (|dx|^β + |dy|^β)^(1/β), ``power`` the same without the root. ``regularise``: the mask
    itself, or its enlargement. ``bound``: clamp the mask after each step, or search its logit. ``start``: ``ones`` (nothing
    blurred), ``near_ones`` (random in [0.9, 1]), ``half`` (random in [0.45, 0.55]) or ``random`` in [0, 1]. ``noise``:
    standard deviation added to the perturbed picture at each step, in display units. ``jitter``: picture
    and fill are moved by up to so many pixels at each step. ``budget``: the largest share of blurred pixels, held by
    adapting λ₂ for each picture.
    """

    side: int
    iterations: int = 200
    rate: float = 0.1
    schedule: str = "constant"
    epsilon: float = 1e-8
    norm: str = "mean"
    tv_form: str = "isotropic"
    beta: float = 2.0
    regularise: str = "mask"
    align_corners: bool = True
    bound: str = "clamp"
    start: str = "ones"
    noise: float = 0.0
    jitter: int = 0
    budget: float | None = None
    seed: int = 0

    def rate_at(self, step: int) -> float:
        """Adam's step length."""
        if self.schedule == "constant":
            return self.rate
        return self.rate * 0.5 * (1 + math.cos(math.pi * step / self.iterations))


@dataclass(frozen=True, eq=False)
class Found:
    """The masks at the pictures' size (1 keeps, 0 replaces), and the logits before and after."""

    masks: Masks
    before: Logits
    after: Logits


Iterates = Mapping[str, Found]
"""What one search found: the ``last`` iterate, the ``best`` by loss, and the ``average`` of the second half (Polyak), which
noise moves least. The paper does not say which it means."""


def default_side(height: int, width: int) -> int:
    """An eighth of the shorter side, the paper's 28 at 224, but at least 4 cells."""
    return max(4, min(height, width) // 8)


def search_masks(
    classifier: Classifier,
    images: Images,
    targets: Targets,
    fills: tuple[Images, ...],
    objective: Objective,
    weights: Weights,
    search: Search,
) -> Iterates:
    """The masks of a batch; with several fills, each step takes the next one."""
    classifier.check_mode()
    parts: dict[int, Iterates] = {}

    def run(start: int, stop: int) -> Tensor:
        rows = slice(start, stop)
        run_fills = tuple(each[rows] for each in fills)
        parts[start] = _Run(classifier, images[rows], targets[rows], run_fills, objective, weights, search).go()
        return parts[start]["last"].masks

    size = perturb.gradient_batch_size_for(images)
    found = [parts[start] for start, _, _ in perturb.in_batches(run, len(images), size)]
    return {keep: joined([each[keep] for each in found]) for keep in found[0]}


def joined(parts: list[Found]) -> Found:
    """The pictures of several batches as one."""
    return Found(*(torch.cat([getattr(part, name) for part in parts]) for name in ("masks", "before", "after")))


@dataclass(frozen=True, eq=False)
class _Run:
    """One batch that fits into memory."""

    classifier: Classifier
    images: Images
    targets: Targets
    fills: tuple[Images, ...]
    objective: Objective
    weights: Weights
    search: Search

    def go(self) -> Iterates:
        with torch.inference_mode(mode=False), torch.enable_grad():
            before = self.classifier.check_logits(self._logits(self.images.clone(), exact=True)).detach()
            if perturb.is_reduced():
                perturb.note_precision_error(self._logits(self.images, exact=False).detach(), before)
            raw = self._start().requires_grad_()
            adam = torch.optim.Adam([raw], lr=self.search.rate, eps=self.search.epsilon)
            prices = torch.full((len(self.images),), self.weights.area, device=raw.device)
            best, best_loss = raw.detach().clone(), torch.full_like(prices, torch.inf)
            settled = self.search.iterations // 2
            average = torch.zeros_like(best) if self.search.iterations else self._bounded(best)
            random = generator(self.search.seed, 1)
            for step in range(self.search.iterations):
                losses = self._losses(raw, before, prices, step, random)
                (raw.grad,) = torch.autograd.grad(losses.sum(), raw)
                best, best_loss = keep_better(best, best_loss, raw.detach(), losses.detach())
                for group in adam.param_groups:
                    group["lr"] = self.search.rate_at(step)
                adam.step()
                prices = self._adapt(raw, prices)
                if step >= settled:
                    average += self._bounded(raw.detach()) / (self.search.iterations - settled)
                self._report(step)
            last = self._losses(raw, before, prices, self.search.iterations, random).detach()
            best, _ = keep_better(best, best_loss, raw.detach(), last)
            grids = {"last": self._bounded(raw.detach()), "best": self._bounded(best), "average": average}
            return {keep: self._seen(grid, before) for keep, grid in grids.items()}

    def _seen(self, grid: MaskGrid, before: Logits) -> Found:
        """A mask at the pictures' size, and what the classifier answers to it."""
        masks = self._enlarge(grid).clamp(0, 1)  # rounding, not the search, can leave [0, 1]
        return Found(masks, before, self._logits(mix(self.images, self.fills[0], masks), exact=True).detach())

    def _start(self) -> MaskGrid:
        height, width = self.images.shape[-2:]
        side = self.search.side
        shape = (1, 1, round(side * height / min(height, width)), round(side * width / min(height, width)))
        random = torch.rand(shape, generator=generator(self.search.seed, 0))
        begin = {
            "ones": torch.ones(shape),
            "near_ones": 1 - 0.1 * random,
            "half": 0.5 + 0.1 * (random - 0.5),
            "random": random,
        }[self.search.start]
        if self.search.bound == "sigmoid":
            begin = torch.logit(begin.clamp(0.01, 0.99))
        return begin.to(self.images).repeat(len(self.images), 1, 1, 1)

    def _bounded(self, raw: MaskGrid) -> MaskGrid:
        return raw.sigmoid() if self.search.bound == "sigmoid" else raw

    def _enlarge(self, mask: MaskGrid) -> Masks:
        return enlarge(mask, (self.images.shape[-2], self.images.shape[-1]), self.search)

    def _logits(self, images: Images, *, exact: bool) -> Logits:
        """One pass; in the precision that is set unless it has to be ``exact``."""
        images = images.contiguous(memory_format=torch.channels_last)
        perturb.count_passes(forward=len(images))
        with self.classifier.explained_failures(images):
            return self.classifier.predict(images) if exact else perturb.in_precision(self.classifier.predict, images)

    def _losses(self, raw: MaskGrid, before: Logits, prices: Scores, step: int, random: torch.Generator) -> Scores:
        mask = self._bounded(raw)
        enlarged = self._enlarge(mask)
        perturbed = self._disturb(mix(self.images, self.fills[step % len(self.fills)], enlarged), random)
        perturb.count_passes(backward=len(perturbed))
        data = self.objective(self._logits(perturbed, exact=False), before, self.targets)
        regularised = enlarged if self.search.regularise == "enlarged" else mask
        return (
            data + self.weights.tv * total_variation(regularised, self.search) + prices * area(regularised, self.search)
        )

    def _disturb(self, perturbed: Images, random: torch.Generator) -> Images:
        if self.search.noise > 0:
            drawn = torch.randn(1, *perturbed.shape[1:], generator=random).to(perturbed)
            perturbed = perturbed + self.search.noise * drawn
        if self.search.jitter > 0:
            shift = torch.randint(0, self.search.jitter + 1, (2,), generator=random).tolist()
            perturbed = perturbed.roll(shift, dims=(-2, -1))
        return perturbed

    def _adapt(self, raw: MaskGrid, prices: Scores) -> Scores:
        with torch.no_grad():
            if self.search.bound == "clamp":
                raw.clamp_(0, 1)
            if self.search.budget is None:
                return prices
            taken = (1 - self._bounded(raw)).mean(dim=(1, 2, 3))
            return (prices + (taken - self.search.budget) * 2).clamp_min(0)

    def _report(self, step: int) -> None:
        progress = perturb.current_execution().progress
        if progress is not None:
            progress(step + 1, self.search.iterations)


def enlarge(mask: MaskGrid, size: tuple[int, int], search: Search) -> Masks:
    """M': the mask at the pictures' size; what is taken away is enlarged, so that an untouched mask stays exactly 1."""
    return 1 - functional.interpolate(1 - mask, size=size, mode="bilinear", align_corners=search.align_corners)


def keep_better(best: MaskGrid, best_loss: Scores, mask: MaskGrid, loss: Scores) -> tuple[MaskGrid, Scores]:
    """Picture by picture, whichever has the smaller loss."""
    better = loss < best_loss
    return torch.where(better[:, None, None, None], mask, best), torch.where(better, loss, best_loss)


def total_variation(mask: MaskGrid, search: Search) -> Scores:
    """TV_β of each mask, by rows and columns; the root's argument is kept off 0, where it has no gradient."""
    down = functional.pad((mask[:, :, 1:] - mask[:, :, :-1]).abs(), (0, 0, 0, 1))
    right = functional.pad((mask[:, :, :, 1:] - mask[:, :, :, :-1]).abs(), (0, 1))
    inside = down**search.beta + right**search.beta
    values = inside if search.tv_form == "power" else (inside + 1e-8) ** (1 / search.beta)
    return reduce(values, search)


def area(mask: MaskGrid, search: Search) -> Scores:
    """‖1 - M‖₁ of each mask; M is at most 1, so nothing needs an absolute value, whose gradient at the start would be 0."""
    return reduce(1 - mask, search)


def reduce(values: MaskGrid, search: Search) -> Scores:
    """The mean over a mask's cells, or the literal sum of the paper's text."""
    return values.sum(dim=(1, 2, 3)) if search.norm == "sum" else values.mean(dim=(1, 2, 3))
