"""Choosing: which picture teaches most when its explanation is judged.

The next verdict on a candidate says about the weights w what it is expected to take from its own uncertainty:

    I(verdict; w) = h(E_w[p]) − E_w[h(p)],     p = sigmoid(a),  a ~ N(μ, σ²)

with μ = offset + m · x, σ² = xᵀ H⁻¹ x of the belief, and h the entropy of a coin. Houlsby, Huszár, Ghahramani and Lengyel,
2011, "Bayesian Active Learning for Classification and Preference Learning" (BALD), equation 2; both means are taken over the
normal distribution by Gauss–Hermite quadrature, where they use approximations for the probit link.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from whylight.feedback.acceptance import PRECISION, PRECISIONS, Belief, features_of, offset_of, sigmoid
from whylight.feedback.candidates import Candidate, Context

POINTS = 32
AHEAD = 8
"""Pictures among which the most informative is looked for: each costs a pass."""


def expected_information(belief: Belief, context: Context, candidate: Candidate) -> float:
    """What a verdict on the candidate is expected to say about the weights, in nats: from 0 to ln 2."""
    mean, variance = logit_of(belief, context, candidate)
    nodes, weights = np.polynomial.hermite.hermgauss(POINTS)
    chances = np.asarray(sigmoid(mean + np.sqrt(2 * variance) * nodes))
    weights = weights / weights.sum()
    known = float(weights @ entropy(chances))
    whole = float(entropy(np.array([weights @ chances]))[0])
    return max(0.0, whole - known)


def logit_of(belief: Belief, context: Context, candidate: Candidate) -> tuple[float, float]:
    """The mean and the variance of the log-odds that the candidate is accepted. Features that no verdict had yet are as
    uncertain as before the first."""
    features = features_of(context, candidate, ())
    place = {name: index for index, name in enumerate(belief.names)}
    inputs = np.zeros(len(place))
    unseen = 0.0
    for name, value in features.items():
        if name in place:
            inputs[place[name]] = value
        else:
            unseen += value**2 / PRECISIONS.get(name.partition("=")[0], PRECISION)
    spread = np.linalg.solve(belief.precision, inputs) if place else inputs
    return offset_of(candidate) + float(belief.weights @ inputs), float(spread @ spread) + unseen


def most_informative(belief: Belief, options: Sequence[Candidate], contexts: Mapping[int, Context]) -> int:
    """The picture, of those whose contexts are given in their order, whose first explanation teaches most: that of the
    candidate which the belief finds best. The first of equal ones."""

    def taught(place: int) -> float:
        context = contexts[place]
        best = max(options, key=lambda option: belief.probability(context, option))
        return round(expected_information(belief, context, best), 9)

    return max(contexts, key=taught)


def entropy(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The entropy of coins, in nats; 0 where the outcome is sure."""
    inside = np.clip(chances, 1e-12, 1 - 1e-12)
    found: NDArray[np.float64] = -(inside * np.log(inside) + (1 - inside) * np.log1p(-inside))
    return found
