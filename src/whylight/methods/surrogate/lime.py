"""LIME: segments are hidden at random, and a weighted ridge regression says what each one adds to the answer nearby.

    minimise over β, β₀   Σ_j w_j ( f(z_j) - β₀ - z_j·β )² + α ‖β‖²        map(u) = β of u's segment

``bernoulli`` is LIME's own sampling: each segment is kept with probability 1/2, and samples weigh
w = sqrt(exp(-d²/σ²)), d = 1 - sqrt(share of segments kept), σ = 0.25. ``glime`` puts the locality into the sampling
instead: kept with probability 1 / (1 + exp(-1/σ²)), no weights, σ = 1.

The regression's noise is mostly what segments do together. Kriging foretells much of it, and only the rest is left as noise
(``_kriging``): the answer of infinitely many samples is the same, and several times fewer are needed to come as near.

Ribeiro, Singh and Guestrin, 2016, arXiv:1602.04938, equation 2; Tan, Tian and Li, 2023 (GLIME), arXiv:2311.15722;
standard errors after Zhao et al., 2021 (BayLIME), arXiv:2012.03058.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.masking import Fill
from whylight.method import Evidence, Method
from whylight.methods.surrogate._functionals import SizeLaw
from whylight.methods.surrogate._kriged_sums import HALVES, WHOLE, KrigedSums
from whylight.methods.surrogate._players import Output, Players, extent, relative_spread
from whylight.methods.surrogate._ridge import Sums, r2_of, ridge
from whylight.segments import Segmentation, suited_count
from whylight.tensors import agreement, generator
from whylight.types import Images, Targets

ROUND = 250
"""Samples between two looks at the errors; half of them are the second seed's."""


@dataclass(frozen=True)
class LIME(Method):
    """``segments`` and ``count``: how the picture is cut, and into about how many parts; None takes 50, and 20 where the
    shorter side is below 48 pixels. ``samples``: the most pictures
    with hidden segments. ``tolerance``: a picture is finished early when no coefficient's standard error is above this
    share of the coefficients' range (zero included); 0 takes all samples. ``sigma``: width of the neighbourhood; None
    takes 0.25 for ``bernoulli`` and 1 for ``glime``. ``fill``: what a hidden segment shows. ``ridge``: α. ``seed``:
    another one hides other segments. ``kriging``: whether what is foretold of the answers is taken out of the noise.
    """

    segments: Segmentation = "slic"
    count: int | None = None
    samples: int = 1000
    tolerance: float = 0.05
    sampling: Literal["bernoulli", "glime"] = "bernoulli"
    sigma: float | None = None
    fill: Fill = "segment_mean"
    output: Output = "probability"
    ridge: float = 1.0
    seed: int = 0
    kriging: bool = True

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass a sample and one more; every segment gets a coefficient, which all its pixels show.

        Details: ``r2`` (weighted and adjusted for the number of segments, so that noise has none whatever the samples: at
        most 1, about 0 or below where nothing is explained, 0 with too few samples to tell), ``segments``, ``spread``
        (mean standard error as a share of the largest coefficient), ``seed_agreement``, ``samples``. Raises MethodError
        for settings out of range, and for more segments than samples.
        """
        self._check(images)
        players = Players.cut(classifier, images, targets, (self.segments, self.count), self.fill, self.output)
        kriged = self._kriged(players) if self.kriging else None
        sums = self._sample(players, kriged)
        parts = [sums.joined(), *map(sums.half, HALVES)] if kriged is None else map(kriged.sums, (WHOLE, *HALVES))
        whole, *halves = [ridge(each, self.ridge, players.real) for each in parts]
        nothing = players.is_rounding(whole.coefficients)
        fit = replace(whole, r2=r2_of(whole.coefficients, sums.joined(), players.real)).silenced(nothing)
        halves = [each.silenced(nothing) for each in halves]
        details = {
            "r2": fit.r2,
            "segments": players.counts,
            "spread": relative_spread(fit.coefficients, fit.errors, players.counts),
            "seed_agreement": agreement(*(players.paint(half.coefficients) for half in halves)),
            "samples": sums.samples.sum(dim=0),
        }
        return Evidence(players.paint(fit.coefficients), {name: numbers.float() for name, numbers in details.items()})

    def _check(self, images: Images) -> None:
        if self.samples < 4 or self.ridge <= 0 or self.tolerance < 0:
            raise MethodError(
                "lime expects samples of at least 4, ridge above 0 and a tolerance of at least 0; "
                f"got samples={self.samples}, ridge={self.ridge}, tolerance={self.tolerance}"
            )
        count = suited_count(*images.shape[-2:]) if self.count is None else self.count
        if count > self.samples:
            raise MethodError(
                f"lime cannot tell {count} segments apart with {self.samples} samples; "
                f"take samples of at least {count}, better {10 * count}, or a smaller count"
            )
        least = 0.5 if self.sampling == "glime" else 0.01
        if self.sigma is not None and self.sigma < least:
            raise MethodError(
                f"{self.sampling} sampling expects a sigma of at least {least}, since below it "
                f"{'hardly any segment is hidden' if self.sampling == 'glime' else 'no sample counts'}; got {self.sigma}"
            )

    def _kriged(self, players: Players) -> KrigedSums:
        """The same samples, kriged; none yet."""
        chance = keep_chance(self.sigma or 1.0) if self.sampling == "glime" else 0.5
        counts = players.counts.tolist()
        laws = tuple(SizeLaw(chance, self._weights(torch.arange(count + 1) / count)) for count in counts)
        return KrigedSums.empty(laws, self.ridge, players.images.device)

    def _sample(self, players: Players, kriged: KrigedSums | None = None) -> Sums:
        """Sums for each of two seeds and each picture, until the coefficients are certain or the samples are spent. They are
        ``kriged`` too where that is given, which then decides when the coefficients are certain."""
        device, width = players.images.device, players.real.shape[1]
        whole, active = players.whole, torch.arange(len(players.images), device=device)
        sums = Sums.empty(2, len(active), segments=width, device=device)
        for start in range(0, self.samples, ROUND):
            stop = min(self.samples, start + ROUND)
            if kriged is not None:
                kriged.close()
            for half, begin, end in ((0, start, (start + stop) // 2), (1, (start + stop) // 2, stop)):
                kept = self._draw(width, end - begin, half, start)[None].to(device) & players.real[active, None]
                scores = players.scores(active, kept, start=begin, limit=self.samples)
                weights = self._weights(kept.sum(dim=2) / players.counts[active, None])
                # answers are taken from the whole picture's: the intercept is free, and a constant gives exact zeros
                gains = scores - whole[active, None]
                sums.add((half, active), Sums.of(kept.double(), weights, gains))
                if kriged is not None:
                    kriged.add(half, active, kept, weights, gains)
            together = sums.joined() if kriged is None else kriged.sums(WHOLE)
            fit = ridge(together, self.ridge, players.real)
            active = active[(fit.errors.amax(dim=1) > self.tolerance * extent(fit.coefficients))[active]]
            if len(active) == 0:
                break
        return sums

    def _draw(self, segments: int, samples: int, half: int, start: int) -> Bool[Tensor, "sample segment"]:
        """Which segments are kept; the first segments of a picture do not depend on how many more there are."""
        chance = keep_chance(self.sigma or 1.0) if self.sampling == "glime" else 0.5
        kept = (torch.rand(segments, samples, generator=generator(self.seed, half, start)) < chance).T
        if self.sampling == "bernoulli" and half == start == 0:
            kept[0] = True  # LIME's first sample is the whole picture
        return kept

    def _weights(self, share: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        if self.sampling == "glime":
            return torch.ones_like(share, dtype=torch.float64)
        return cosine_weights(share.double(), self.sigma or 0.25)


def cosine_weights(share: Float[Tensor, "*batch"], sigma: float) -> Float[Tensor, "*batch"]:
    """sqrt(exp(-d²/σ²)) with the cosine distance d = 1 - sqrt(share) from the whole picture, ``share`` being the share of
    the segments that is kept."""
    return torch.exp(-((1 - share.sqrt()) ** 2) / (2 * sigma**2))


def keep_chance(sigma: float) -> float:
    """GLIME-binomial's chance that a segment is kept: 1 / (1 + exp(-1/σ²))."""
    return 1 / (1 + math.exp(-1 / sigma**2))
