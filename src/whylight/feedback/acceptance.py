"""Acceptance: how probable it is that a person accepts a candidate, learned from every verdict so far.

    logit P(up) = offset + Σ_i w_i x_i,     w_i ~ N(0, 1/λ_i)

x: the candidate's rank, method, segmentation and each pair of them, the method for this very label, the label's
probability, and what was rejected of the same picture before: a person who did not like one map of a method may not like
its next one. The offset prefers probable labels until something else is learned. The posterior is a normal distribution
around the most probable weights (Laplace), with the inverse of the curvature there:

    H = Λ + Σ_j p_j (1 - p_j) x_j x_jᵀ

Candidates are chosen by a draw from it (Thompson sampling): what is uncertain is tried, the less the more is known.
Chapelle and Li, 2011, "An empirical evaluation of Thompson sampling", algorithm 3, with the full curvature and half of the
spread (their posterior reshaping).

A picture does not begin with what may be chance. Until the verdicts say that some candidates are accepted more often than
others,

    gain = log mean over the features x of p(ups, downs with x) p(ups, downs without x) / p(ups, downs) ≥ log 20

it begins as without learning, and draws follow after a thumb down: whoever says up and down at random changes nothing of
what is shown first. The mean is taken within each kind of feature first; p(u, d) = B(u + ½, d + ½) / B(½, ½), all rates of
acceptance being possible (Jeffreys).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import betaln, logsumexp

from whylight.feedback.candidates import Candidate, Context, Trial, next_rank
from whylight.tensors import generator

Vector = NDArray[np.float64]
Features = dict[str, float]

RANK_OFFSET = -0.5
"""Log-odds that each further rank costs before anything is known."""
PRECISION = 1.0
PRECISIONS = {"bias": 0.1, "label": 4.0}
"""λ by the first word of a feature: what holds for one label only has to be said more often."""
MOST_TRIALS = 3000
"""The latest verdicts that count: people change their mind, and a fit must stay quick."""
MOST_LABELS = 40
"""Labels with features of their own: those that were judged most."""
STEPS = 50
SPREAD = 0.5
"""Of a draw, as a share of the posterior's: less is tried out."""
ENOUGH = math.log(20)
"""The gain from which on the verdicts choose: a Bayes factor of 20, strong evidence to Kass and Raftery, 1995."""


@dataclass(frozen=True, eq=False)
class Belief:
    """What the verdicts so far say: the most probable weights, the lower triangle L of their precision, H = L Lᵀ, and the
    ``gain``: how much more probable the verdicts are with them, as a logarithm."""

    names: tuple[str, ...] = ()
    weights: Vector = field(default_factory=lambda: np.zeros(0))
    precision: Vector = field(default_factory=lambda: np.zeros((0, 0)))
    trials: int = 0
    gain: float = 0.0

    def probability(self, context: Context, candidate: Candidate, rejected: Sequence[Candidate] = ()) -> float:
        """The probability that the candidate is accepted, with the most probable weights."""
        known = dict(zip(self.names, self.weights))
        features = features_of(context, candidate, rejected)
        return float(sigmoid(offset_of(candidate) + sum(known.get(name, 0.0) * x for name, x in features.items())))

    def choose(
        self, options: Sequence[Candidate], context: Context, rejected: Sequence[Candidate] = (), *, seed: int
    ) -> Candidate | None:
        """The option, of those that were not rejected, that a draw of the weights finds best; None when all were.

        The draw depends on the seed and on how many verdicts there are, and on nothing else. While the gain is not
        enough, a picture begins with the first option, as without learning.
        """
        left = [option for option in options if option not in rejected]
        if not left or (self.gain < ENOUGH and not rejected):
            return next_rank(options, rejected)
        drawn = self._draw(seed, len(rejected))
        scores = []
        for option in left:
            features = features_of(context, option, rejected)
            scores.append(offset_of(option) + sum(drawn.get(name, 0.0) * x for name, x in features.items()))
        return left[int(np.argmax(scores))]

    def _draw(self, seed: int, shown: int) -> dict[str, float]:
        """Weights drawn from the posterior: mean + spread · L⁻ᵀ z."""
        random = generator(seed, self.trials, shown)
        normal = torch.randn(len(self.names), generator=random, dtype=torch.float64).numpy()
        drawn = self.weights + SPREAD * np.linalg.solve(self.precision.T, normal)
        return dict(zip(self.names, drawn.tolist()))


def learn(trials: Sequence[Trial], options: Sequence[Candidate] = ()) -> Belief:
    """The belief after all of these verdicts; the same for the same verdicts, whenever each of them was made.

    ``options``: candidates that may be asked about; those without a verdict are uncertain and not just average.
    """
    if not trials:
        return Belief()
    counted = list(trials)[-MOST_TRIALS:]
    judged_most = Counter(trial.context.label for trial in counted).most_common(MOST_LABELS)
    labels = {label for label, _ in judged_most}
    rows = [_shared(features_of(trial.context, trial.candidate, trial.rejected), labels) for trial in counted]
    unseen = [_own(option) for option in options]
    names = tuple(sorted({name for features in (*rows, *unseen) for name in features}))
    place = {name: index for index, name in enumerate(names)}
    inputs = np.zeros((len(rows), len(names)))
    for row, features in enumerate(rows):
        for name, value in features.items():
            inputs[row, place[name]] = value
    offsets = np.array([offset_of(trial.candidate) for trial in counted])
    ups = np.array([trial.up for trial in counted], dtype=np.float64)
    prior = np.array([PRECISIONS.get(name.partition("=")[0], PRECISION) for name in names])
    weights, precision = fit(inputs, ups, offsets, prior)
    triangle = np.asarray(np.linalg.cholesky(precision), np.float64)
    return Belief(names, weights, triangle, len(trials), gain_of(names, inputs, ups))


def gain_of(names: Sequence[str], inputs: Vector, ups: Vector) -> float:
    """How much more probable the verdicts are when candidates with some feature may be accepted more often or more rarely
    than those without, as a logarithm. ``inputs``: (trial, feature); what is 0 or 1 is looked at."""
    kinds: dict[str, list[float]] = defaultdict(list)
    for name, column in zip(names, inputs.T):
        kind, equals, _ = name.partition("=")
        if equals and kind != "again":
            kinds[kind].append(_beta(ups[column > 0]) + _beta(ups[column <= 0]) - _beta(ups))
    means = [logsumexp(found) - np.log(len(found)) for found in kinds.values()]
    return float(logsumexp(means) - np.log(len(means)))


def _beta(ups: Vector) -> float:
    """Log p of as many ups and downs, in one order, at a rate of which nothing is known."""
    return float(betaln(ups.sum() + 0.5, len(ups) - ups.sum() + 0.5) - betaln(0.5, 0.5))


def fit(
    inputs: Vector, ups: Vector, offsets: Vector, prior: Vector, counts: Vector | None = None
) -> tuple[Vector, Vector]:
    """The most probable weights and the curvature there, by Newton's steps, each halved until it is an improvement.

    ``inputs``: (trial, feature); ``ups``: in [0, 1]; ``prior``: λ of each feature, above 0, which makes the optimum unique;
    ``counts``: how often each trial counts, once unless given.
    """
    often = np.ones(len(inputs)) if counts is None else counts

    def loss(at: Vector) -> float:
        return float(often @ losses(offsets + inputs @ at, ups) + 0.5 * prior @ at**2)

    weights = np.zeros(inputs.shape[1])
    for _ in range(STEPS):
        slope, curvature = _slope_and_curvature(weights, inputs, ups, offsets, prior, often)
        step = np.linalg.solve(curvature, slope)
        size, here = 1.0, loss(weights)
        while loss(weights - size * step) > here and size > 1e-6:
            size /= 2
        weights = weights - size * step
        if np.abs(step).max() < 1e-9:
            break
    return weights, _slope_and_curvature(weights, inputs, ups, offsets, prior, often)[1]


def losses(logits: Vector, ups: Vector) -> Vector:
    """-log of the probability of each answer."""
    return np.asarray(np.logaddexp(0, logits) - ups * logits)


def _slope_and_curvature(
    weights: Vector, inputs: Vector, ups: Vector, offsets: Vector, prior: Vector, counts: Vector
) -> tuple[Vector, Vector]:
    chance = sigmoid(offsets + inputs @ weights)
    slope = inputs.T @ (counts * (chance - ups)) + prior * weights
    return slope, (inputs.T * (counts * chance * (1 - chance))) @ inputs + np.diag(prior)


def features_of(context: Context, candidate: Candidate, rejected: Sequence[Candidate]) -> Features:
    """What the probability of acceptance depends on."""
    rank = min(candidate.rank, len(context.probabilities))
    found = _own(candidate)
    found[f"label={context.label}|{candidate.name}"] = 1.0
    found["probability"] = context.probabilities[rank - 1] if rank else 0.0
    if rejected:
        count = len(rejected)
        found["again=rank"] = sum(other.rank == candidate.rank for other in rejected) / count
        found["again=method"] = sum(other.name == candidate.name for other in rejected) / count
        found["again=segments"] = sum(other.segments == candidate.segments for other in rejected) / count
        found["again"] = 1.0
    return found


def _own(candidate: Candidate) -> Features:
    """The features that do not depend on the picture."""
    return {
        "bias": 1.0,
        f"rank={candidate.rank}": 1.0,
        f"method={candidate.name}": 1.0,
        f"segments={candidate.segments}": 1.0,
        f"settings={candidate.method}": 1.0,
        f"rank and method={candidate.rank}|{candidate.name}": 1.0,
    }


def _shared(features: Features, labels: set[str]) -> Features:
    """Without the features of labels that were judged too rarely."""
    return {
        name: value
        for name, value in features.items()
        if not name.startswith("label=") or name.removeprefix("label=").rpartition("|")[0] in labels
    }


def offset_of(candidate: Candidate) -> float:
    """The log-odds of a candidate before anything is known."""
    return RANK_OFFSET * (candidate.rank - 1)


def sigmoid(logits: Vector | float) -> Vector:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64))))
