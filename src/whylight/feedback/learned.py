"""What was learned of the candidates, for people: how probable it is that each of them is accepted, and how sure that is.

    logit P(up) = offset + x · w,     its interval ± 1.96 √(xᵀ H⁻¹ x)

for the average of the pictures that were judged, with nothing rejected yet: x is the mean over them. H is the curvature
that the belief keeps (``acceptance``).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from whylight.feedback.acceptance import MOST_LABELS, Belief, Vector, features_of, offset_of, sigmoid
from whylight.feedback.candidates import RANKS, Candidate, Context, Trial
from whylight.plots.numbers import percent

SPREAD = 1.96
"""Standard deviations on either side of the middle of a 95 % interval."""


@dataclass(frozen=True)
class Standing:
    """How a candidate stands: the ``probability`` that it is accepted, with its 95 % interval from ``low`` to ``high``, and
    how often it was."""

    candidate: Candidate
    probability: float
    low: float
    high: float
    ups: int
    downs: int


def standings(belief: Belief, trials: Sequence[Trial], options: Sequence[Candidate] = ()) -> list[Standing]:
    """Every option and every candidate that was judged, the most acceptable first."""
    judged = contexts(trials)
    votes = Counter((trial.candidate, trial.up) for trial in trials)
    every = dict.fromkeys((*options, *(trial.candidate for trial in trials)))
    found = [
        Standing(candidate, *_chance(belief, judged, candidate), votes[candidate, True], votes[candidate, False])
        for candidate in every
    ]
    return sorted(found, key=lambda each: -each.probability)


def contexts(trials: Sequence[Trial]) -> list[tuple[float, Context]]:
    """The judged pictures by their most probable label, for those labels that were judged most: the share of the verdicts
    on them, and what is known of them on average."""
    if not trials:
        return [(1.0, Context("", (0.0,) * RANKS))]
    by: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for trial in trials:
        by[trial.context.label].append(trial.context.probabilities)
    most = sorted(by.items(), key=lambda each: -len(each[1]))[:MOST_LABELS]
    whole = sum(len(rows) for _, rows in most)
    return [(len(rows) / whole, Context(label, _mean(rows))) for label, rows in most]


def _mean(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    ranks = min(len(row) for row in rows)
    return tuple(np.array([row[:ranks] for row in rows]).mean(axis=0).tolist())


def sentences(found: Sequence[Standing]) -> list[str]:
    """What people accept, the surest first: which method they like best and least, and whether the label's rank matters."""
    judged = [each for each in found if each.ups + each.downs]
    if not judged:
        return ["Nobody has judged an explanation yet, so the most probable label is shown by the first method."]
    ranked = sorted(judged, key=lambda each: -each.low)
    told = [f"Accepted most surely: {_said(ranked[0])}."]
    worst = min(judged, key=lambda each: each.high)
    if worst.high < ranked[0].low:
        told.append(f"Accepted least: {_said(worst)}.")
    elif len(judged) > 1:
        told.append("The intervals still overlap: no candidate is shown to be better than every other.")
    return told


def _said(standing: Standing) -> str:
    votes = standing.ups + standing.downs
    return (
        f"{standing.candidate.method} for {rank_words(standing.candidate.rank)}, {percent(standing.probability)} "
        f"({percent(standing.low)} to {percent(standing.high)}) after {votes} verdict{'' if votes == 1 else 's'}"
    )


def rank_words(rank: int) -> str:
    """``the most probable label``, ``label 2``."""
    return "the most probable label" if rank == 1 else f"label {rank}"


def _chance(
    belief: Belief, judged: Sequence[tuple[float, Context]], candidate: Candidate
) -> tuple[float, float, float]:
    """The probability of acceptance, and the ends of its interval."""
    if not belief.names:
        return float(sigmoid(offset_of(candidate))), 0.0, 1.0
    row = row_of(belief.names, judged, candidate)
    middle = offset_of(candidate) + float(row @ belief.weights)
    spread = SPREAD * float(np.linalg.norm(np.linalg.solve(belief.precision, row)))
    low, probability, high = (float(sigmoid(middle + sign * spread)) for sign in (-1, 0, 1))
    return probability, low, high


def row_of(names: Sequence[str], judged: Sequence[tuple[float, Context]], candidate: Candidate) -> Vector:
    """x: the features of the candidate, averaged over the pictures."""
    row = np.zeros(len(names))
    for share, context in judged:
        features = features_of(context, candidate, ())
        row += share * np.array([features.get(name, 0.0) for name in names])
    return row
