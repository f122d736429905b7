"""The settings that F-TC, F-NTC and their baseline share.

All three look for pixels whose blurring raises the probability of the target class; they differ in which logits may move.
Every choice that the paper leaves open is a setting here. The ``paper`` preset holds the paper's constants. The
``default`` one, chosen on ImageNet validation pictures that no table uses, raises the share of the missing probability
that is won instead of the probability itself, which has no slope where the classifier is sure, and takes smaller steps,
which find smaller masks. The ``stable`` one
is the mean of several searches. ``benchmarks/undesirable.py`` measures all three.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import torch

from whylight import perturb
from whylight.classifier import Access, Classifier
from whylight.errors import MethodError
from whylight.masking import fill, gaussian_blur, mix, paper_blur
from whylight.method import Evidence, Method
from whylight.methods.perturbation._greedy_search import greedy_masks
from whylight.methods.perturbation._ledger import LEAST_MISSING, ledger, other_labels
from whylight.methods.perturbation._mask_search import (
    Found,
    Iterates,
    Objective,
    Search,
    default_side,
    search_masks,
)
from whylight.methods.perturbation._presets import PAPER, Answer, Keep, Preset, Start, stable
from whylight.tensors import pick
from whylight.types import Images, Logits, Scores, Targets


@dataclass(frozen=True)
class UndesirableMask(Method):
    """``preset``: where ``tv`` (λ₁), ``area`` (λ₂), ``gamma`` (γ), ``rate``, ``answer``, ``start``, ``noise``, ``keep`` and
    ``restarts`` come from unless they are given. ``restarts``: the mask is the mean over so many searches, each with its own
    start and noise: it costs as many times more, and two seeds agree better.
    ``side``: cells along the mask's shorter side (None: an eighth of the picture's). ``sigma``, ``taps``: the blur
    (None: 5 and 11 scaled from 224 pixels). ``fills``: what is blurred in, taken in turn. ``second_fill``: another fill
    under which the gain must show again. ``answer``: what is raised: the probability, its logarithm, which also moves a
    target whose probability is so near 0 that it has no gradient, or the ``gain``, the share of the missing probability
    that is won, which also moves one near 1. ``route``: gradients, or a search by outputs alone for a black box. The rest
    is explained in ``_mask_search.Search``."""

    preset: Literal["default", "paper", "stable"] = "default"
    tv: float | None = None
    area: float | None = None
    gamma: float | None = None
    budget: float | None = None
    iterations: int = 200
    rate: float | None = None
    side: int | None = None
    sigma: float | None = None
    taps: int | None = None
    fills: tuple[Literal["blur", "wide_blur", "mean"], ...] = ("blur",)
    second_fill: Literal["blur", "wide_blur", "mean"] = "mean"
    schedule: Literal["constant", "cosine"] = "constant"
    epsilon: float = 1e-8
    keep: Keep | None = None
    start: Start | None = None
    noise: float | None = None
    restarts: int | None = None
    norm: Literal["mean", "sum"] = "mean"
    tv_form: Literal["isotropic", "power"] = "isotropic"
    beta: float = 2.0
    regularise: Literal["mask", "enlarged"] = "mask"
    bound: Literal["clamp", "sigmoid"] = "clamp"
    align_corners: bool = True
    answer: Answer | None = None
    deviation: Literal["absolute", "smooth", "squared"] = "absolute"
    route: Literal["auto", "gradients", "outputs"] = "auto"
    seed: int = 0

    own_preset: ClassVar[Preset] = PAPER

    @abstractmethod
    def objective(self) -> Objective:
        """What is made small, without the regularisers of the mask."""

    @property
    def constants(self) -> Preset:
        """What is given, and the preset's for the rest."""
        preset = {"paper": PAPER, "default": self.own_preset, "stable": stable(self.own_preset)}[self.preset]
        weights = {"tv": self.tv, "area": self.area, "gamma": self.gamma}
        others = {name: getattr(self, name) for name in ("rate", "answer", "start", "noise", "keep", "restarts")}
        return replace(preset, weights=replace(preset.weights, **_given(weights)), **_given(others))

    def search(self, images: Images, seed: int = 0) -> Search:
        """How the masks of these pictures are looked for."""
        constants = self.constants
        return Search(
            side=self.side or default_side(images.shape[-2], images.shape[-1]),
            iterations=self.iterations,
            rate=constants.rate,
            schedule=self.schedule,
            epsilon=self.epsilon,
            norm=self.norm,
            tv_form=self.tv_form,
            beta=self.beta,
            regularise=self.regularise,
            align_corners=self.align_corners,
            bound=self.bound,
            start=constants.start,
            noise=constants.noise,
            budget=self.budget,
            seed=seed,
        )

    def fill(self, images: Images, kind: str) -> Images:
        """The paper's blur, one of four times its width, or the picture's mean colour."""
        if kind == "wide_blur":
            return gaussian_blur(images, 4 * (self.sigma or 5 * min(images.shape[-2:]) / 224))
        return paper_blur(images, self.sigma, self.taps) if kind == "blur" else fill(images, kind)

    def find(self, classifier: Classifier, images: Images, targets: Targets) -> Iterates:
        """The masks, by gradients where the classifier gives them."""
        self._check(classifier)
        fills = tuple(self.fill(images, kind) for kind in self.fills)
        by_gradients = self.route != "outputs" and classifier.access >= Access.GRADIENTS
        search = search_masks if by_gradients else greedy_masks
        restarts = self.constants.restarts if by_gradients else 1  # the search by outputs draws nothing
        runs = [
            search(
                classifier, images, targets, fills, self.objective(), self.constants.weights, self.search(images, seed)
            )
            for seed in range(self.seed * restarts, (self.seed + 1) * restarts)
        ]
        return runs[0] if len(runs) == 1 else self._mean(classifier, images, fills[0], runs)

    def _check(self, classifier: Classifier) -> None:
        constants = self.constants
        if self.iterations < 0 or not self.fills or constants.restarts < 1:
            raise MethodError(
                "expected 0 or more iterations, at least one fill and 1 or more restarts; got "
                f"{self.iterations}, {self.fills}, {constants.restarts}"
            )
        if constants.restarts > 1 and constants.start == "ones" and constants.noise == 0:
            raise MethodError(
                "restarts from the same start without noise are all the same; add start=near_ones or noise=0.02"
            )
        if self.route == "gradients" and classifier.access < Access.GRADIENTS:
            raise MethodError(f"{classifier.name} is a black box without gradients; leave out route=gradients")

    @staticmethod
    def _mean(classifier: Classifier, images: Images, fills: Images, runs: list[Iterates]) -> Iterates:
        """The mean mask of several searches, and what the classifier answers to it."""
        means = {keep: torch.stack([run[keep].masks for run in runs]).mean(dim=0) for keep in runs[0]}
        before = runs[0]["last"].before
        return {keep: Found(mask, before, classifier.logits(mix(images, fills, mask))) for keep, mask in means.items()}

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """``iterations`` forward and backward passes. The map is M' - 1: at most 0, since marked pixels hinder."""
        return self.evidence(classifier, images, targets, self.find(classifier, images, targets)[self.constants.keep])

    def evidence(self, classifier: Classifier, images: Images, targets: Targets, found: Found) -> Evidence:
        """What the masks that were found say, after the second fill has been tried."""
        other = mix(images, self.fill(images, self.second_fill), found.masks)
        size = perturb.batch_size_for(images)
        check = torch.cat(
            [
                part
                for _, _, part in perturb.in_batches(
                    lambda start, stop: perturb.forward(classifier.predict, other[start:stop]), len(images), size
                )
            ]
        )
        blurred = self.fill(images, self.fills[0])
        perturbed = mix(images, blurred, found.masks)
        return Evidence((found.masks - 1)[:, 0], ledger(found, targets, check), perturbed, blurred)


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def target_answer(logits: Logits, before: Logits, targets: Targets, kind: Answer) -> Scores:
    """The target's probability, its logarithm, or φ: the share of the missing probability that was won."""
    if kind == "gain":
        floor = math.log(LEAST_MISSING)
        missing, was = log_missing(logits, targets), log_missing(before, targets).clamp_min(floor)
        return 1 - (missing.clamp_min(2 * floor) - was).exp()
    return pick(logits.softmax(dim=1) if kind == "probability" else logits.log_softmax(dim=1), targets)


def log_missing(logits: Logits, targets: Targets) -> Scores:
    """log(1 - f_k), exact where f_k is so near 1 that 1 - f_k would round to 0."""
    others = logits.masked_fill(~other_labels(logits, targets), -torch.inf)
    return others.logsumexp(dim=1) - logits.logsumexp(dim=1)


def deviation(change: Scores, kind: str) -> Scores:
    """‖change‖₂ of one number. Its root form has no gradient at 0, where every search begins; the absolute value has 0."""
    if kind == "squared":
        return change**2
    return change.abs() if kind == "absolute" else (change**2 + 1e-12).sqrt()
