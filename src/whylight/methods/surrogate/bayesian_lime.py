"""Bayesian LIME: LIME's regression with a prior on every segment, and how sure each segment's number is.

    β ~ N( μ₀, σ²/λ )        map(u) = E[ β of u's segment | samples ]

    μ₀_s = mean(β̂) + ( g_s - mean(g) ) · range(β̂),     g_s = 1 / (1 + exp(-prior · x_s)),     λ = ridge + worth · curvature

β̂ is LIME's own answer, x_s what the segment looks like and where it lies (``descriptors``). So the prior moves evidence
between segments and adds none. ``prior`` is learned from what people said of other pictures; without one this is LIME,
with credible intervals. A guard shrinks the prior where it costs faithfulness (``_guard``).

Zhao et al., 2021 (BayLIME), arXiv:2012.03058, equations 5 and 6; the prior from people's words is ours.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.classifier import Classifier
from whylight.descriptors import DESCRIPTORS, descriptors
from whylight.errors import MethodError
from whylight.method import Evidence
from whylight.methods.surrogate import _guard
from whylight.methods.surrogate._players import Players, extent, relative_spread
from whylight.methods.surrogate._posterior import Numbers, Posterior, Prior, curvature, posterior, shared_r2
from whylight.methods.surrogate._ridge import Sums, ridge
from whylight.methods.surrogate.lime import LIME
from whylight.tensors import agreement
from whylight.types import Images, Maps, Scores, Targets


@dataclass(frozen=True)
class BayesianLIME(LIME):
    """As ``lime``, and: ``prior``: one weight for each of the descriptors, such as learning writes them; empty for none.
    ``worth``: how many samples the prior counts as. ``allowed``: how much of R² and of the deletion curve's range the prior
    may cost before it is shrunk. ``level``: of the credible intervals. There is no ``kriging``: its prior counts in samples.
    """

    kriging: bool = False
    prior: tuple[float, ...] = ()
    worth: float = 300.0
    allowed: float = 0.02
    level: float = 0.95

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """LIME's passes; with a prior 17 more a picture, and 8 for each of up to 5 halvings of what it counts.

        Details: those of LIME, and ``prior_kept`` (the share of the prior that the guard left, in [0, 1]), ``heldout_r2``
        (of each half's coefficients on the other half's samples), ``certain`` (the share of segments whose interval lies
        on one side of 0) and ``interval`` (the mean half width as a share of the largest number). Raises MethodError as
        LIME does, and for a prior of another length than there are descriptors.
        """
        found = self._infer(classifier, images, targets)
        players, fit, widths = found.players, found.whole.fit, found.whole.half_widths(self.level)
        nothing = players.is_rounding(fit.coefficients)
        fit, widths = fit.silenced(nothing), widths.masked_fill(nothing[:, None], 0.0)
        halves = [half.fit.silenced(nothing).coefficients for half in found.halves]
        sure = ((fit.coefficients.abs() > widths) & players.real).sum(dim=1) / players.counts
        details = {
            "r2": fit.r2,
            "segments": players.counts,
            "spread": relative_spread(fit.coefficients, fit.errors, players.counts),
            "seed_agreement": agreement(*(players.paint(half) for half in halves)),
            "samples": found.sums.samples.sum(dim=0),
            "prior_kept": found.kept,
            "heldout_r2": found.heldout.masked_fill(nothing, 1.0),
            "certain": sure,
            "interval": relative_spread(fit.coefficients, widths, players.counts),
        }
        return Evidence(players.paint(fit.coefficients), {name: numbers.float() for name, numbers in details.items()})

    def bounds(self, classifier: Classifier, images: Images, targets: Targets) -> tuple[Maps, Maps]:
        """The lower and the upper ends of every segment's credible interval, as maps; it costs what the map costs."""
        found = self._infer(classifier, images, targets)
        means, widths = found.whole.fit.coefficients, found.whole.half_widths(self.level)
        return found.players.paint(means - widths), found.players.paint(means + widths)

    def _check(self, images: Images) -> None:
        super()._check(images)
        if self.kriging:
            raise MethodError("bayesian_lime expects kriging to be false, since its prior counts in samples; got true")
        if len(self.prior) not in (0, len(DESCRIPTORS)):
            raise MethodError(
                f"bayesian_lime expects a prior of {len(DESCRIPTORS)} numbers, one for each descriptor "
                f"({', '.join(DESCRIPTORS)}), or none; got {len(self.prior)}"
            )
        if self.worth < 0 or self.allowed < 0 or not 0 < self.level < 1:
            raise MethodError(
                "bayesian_lime expects worth and allowed of at least 0 and a level between 0 and 1; "
                f"got worth={self.worth}, allowed={self.allowed}, level={self.level}"
            )

    def _infer(self, classifier: Classifier, images: Images, targets: Targets) -> "_Inference":
        self._check(images)
        players = Players.cut(classifier, images, targets, (self.segments, self.count), self.fill, self.output)
        sums = self._sample(players)
        kept = torch.zeros(len(images), dtype=torch.float64, device=images.device)
        parts = ((sums.joined(), 1.0), (sums.half(0), 0.5), (sums.half(1), 0.5))
        pulls = [self._pull(players, part, self.worth * share) for part, share in parts]
        inference = _Inference(players, sums, pulls, self.ridge, kept)
        return inference.guarded(self.allowed) if self.prior and self.worth else inference

    def _pull(self, players: Players, sums: Sums, worth: float) -> Prior:
        """The prior at its full weight, without the ridge's part; half of the samples meet half of its worth."""
        none = torch.zeros(players.real.shape, dtype=torch.float64, device=players.images.device)
        if not (self.prior and self.worth):
            return Prior(none, none[:, 0])
        own = ridge(sums, self.ridge, players.real).coefficients
        given = descriptors(players.images, players.segments, own)
        belongs = (given @ torch.tensor(self.prior, dtype=torch.float64, device=given.device)).sigmoid()
        means = _mean(own, players) + (belongs - _mean(belongs, players)) * extent(own)[:, None]
        return Prior(means.where(players.real, none), worth * curvature(sums, players.real))


@dataclass(frozen=True, eq=False)
class _Inference:
    """``sums``: of the two seeds. ``pulls``: the prior at its full weight, for all samples and for each seed's.
    ``kept``: the share of it that counts."""

    players: Players
    sums: Sums
    pulls: list[Prior]
    ridge: float
    kept: Scores

    @property
    def whole(self) -> Posterior:
        """From all samples."""
        return self._posterior(self.sums.joined(), self.pulls[0], self.kept)

    @property
    def halves(self) -> list[Posterior]:
        """From each seed's samples."""
        return [self._posterior(self.sums.half(half), self.pulls[1 + half], self.kept) for half in (0, 1)]

    @property
    def heldout(self) -> Scores:
        """The mean R² of each half's coefficients on the other half's samples."""
        return self._heldout(self.kept)

    def guarded(self, allowed: float) -> "_Inference":
        """The same with as much of the prior as faithfulness bears."""
        everyone = torch.arange(len(self.kept), device=self.kept.device)
        fit, span = self._heldout(self.kept), _guard.span(self.players)
        curve = _guard.deletion(self.players, everyone, self.whole.fit.coefficients)
        room = max(allowed, torch.finfo(torch.float64).tiny)

        def costs(chosen: Tensor, shares: Tensor) -> Tensor:
            kept = torch.zeros_like(self.kept).index_copy(0, chosen, shares)
            numbers = self._posterior(self.sums.joined(), self.pulls[0], kept).fit.coefficients[chosen]
            worse = (_guard.deletion(self.players, chosen, numbers) - curve[chosen]) / span[chosen]
            return torch.maximum(worse, (fit - self._heldout(kept))[chosen]) / room

        kept = _guard.kept_share(costs, len(everyone), everyone.device)
        return _Inference(self.players, self.sums, self.pulls, self.ridge, kept)

    def _heldout(self, kept: Scores) -> Scores:
        both = [self._posterior(self.sums.half(half), self.pulls[1 + half], kept) for half in (0, 1)]
        scores = [shared_r2(each.fit.coefficients, self.sums.half(1 - half)) for half, each in enumerate(both)]
        return (scores[0] + scores[1]) / 2

    def _posterior(self, sums: Sums, pull: Prior, kept: Scores) -> Posterior:
        """With the ridge's pull to 0 and the kept share of the prior's pull to its means as one prior."""
        weight = kept * pull.precision
        means = pull.means * (weight / (self.ridge + weight))[:, None]
        return posterior(sums, Prior(means, self.ridge + weight), self.players.real)


def _mean(numbers: Numbers, players: Players) -> Float[Tensor, "batch 1"]:
    """Over a picture's own segments."""
    return (numbers * players.real).sum(dim=1, keepdim=True) / players.counts[:, None]
