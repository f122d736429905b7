"""Segment evidence: which segments belong into a good explanation, learned from what people said of other pictures.

    g(s) = P(segment s belongs) = 1 / (1 + exp(-w · x_s)),     w_i ~ N(0, 1)

x_s: where the segment lies, what it looks like, and its number in the map (``descriptors``). What was said becomes
answers about segments:

    a stroke or a vote    the segment belongs, or does not
    a thumb up            every segment that the map shows most belongs; all others do not, which counts a fifth
    a thumb down          not all segments that the map shows most belong: P = 1 - Π g(s); each of them does not, which
                          counts a fifth

A thumb down does not say which segment is wrong. Expectation and maximisation take turns: with P = Π g,

    E:  e_s = P(s belongs | not all do) = (g(s) - P) / (1 - P)        M:  logistic regression on e_s

The weights are a prior for ``bayesian_lime``, worth more the more was said. The classifier stays as it is.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.descriptors import DESCRIPTORS
from whylight.errors import StoreError
from whylight.feedback.acceptance import fit, losses, sigmoid
from whylight.methods.surrogate.bayesian_lime import BayesianLIME

Vector = NDArray[np.float64]

FORM = 1
"""Of the descriptors and of the file; weights of another form mean something else."""
FAINT = 0.2
"""How much it counts what a thumb says of a segment only indirectly."""
ROUNDS = 20
DIGITS = 4
HALF_TRUSTED = 10
"""After so many explanations that something was said of, the prior has half of its full worth."""


@dataclass(frozen=True, eq=False)
class Observation:
    """What a person said of the segments of one explanation.

    ``given``: (segment, descriptor). ``said``: of each segment 1 (belongs), 0 (does not) or NaN (nothing). ``shown``: the
    segments that the map shows most. ``up``: the verdict on the whole, None for none.
    """

    given: Vector
    said: Vector
    shown: tuple[int, ...] = ()
    up: bool | None = None


@dataclass(frozen=True)
class SegmentEvidence:
    """What was learned. ``weights``: one for each descriptor, empty before anything was said; ``explanations``: how many
    something was said of; ``form``: of the descriptors."""

    weights: tuple[float, ...] = ()
    explanations: int = 0
    form: int = FORM

    def belongs(self, given: Vector) -> Vector:
        """The probability of each segment that it belongs into a good explanation; ``given``: (segment, descriptor)."""
        return sigmoid(given @ np.array(self.weights or [0.0] * len(DESCRIPTORS)))

    def prior_of(self, method: BayesianLIME) -> BayesianLIME:
        """The method with what was learned as its prior, worth the more the more was said; its own worth is the most."""
        share = self.explanations / (self.explanations + HALF_TRUSTED)
        return replace(method, prior=self.weights, worth=round(method.worth * share, 1))

    def to_json(self) -> str:
        """On one line; equal states give equal text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "SegmentEvidence":
        """What ``to_json`` wrote; raises StoreError for anything else, and for the form of another version."""
        try:
            plain: dict[str, Any] = json.loads(text)
            form = int(plain["form"])
            read = cls(tuple(float(weight) for weight in plain["weights"]), int(plain["explanations"]), form)
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"expected segment evidence as whylight writes it; got {text[:60]!r}") from error
        if form != FORM or len(read.weights) not in (0, len(DESCRIPTORS)):
            raise StoreError(
                f"the segment evidence is of form {form} with {len(read.weights)} weights, and this whylight knows form "
                f"{FORM} with {len(DESCRIPTORS)}: learn it again from the store"
            )
        return read


def learn_evidence(observations: Sequence[Observation]) -> SegmentEvidence:
    """What all of these observations say together; the same for the same ones, in any order."""
    telling = [each for each in observations if each.up is not None or not np.isnan(each.said).all()]
    if not telling:
        return SegmentEvidence()
    inputs, ups, counts, downs = _rows(telling)
    prior = np.ones(inputs.shape[1])
    weights = np.zeros(inputs.shape[1])
    for _ in range(ROUNDS):
        for rows in downs:
            ups[rows] = expected(sigmoid(inputs[rows] @ weights))
        before = weights
        weights, _ = fit(inputs, ups, np.zeros(len(inputs)), prior, counts)
        if not downs or np.abs(weights - before).max() < 10.0 ** -(DIGITS + 1):
            break
    return SegmentEvidence(tuple(round(float(weight), DIGITS) for weight in weights), len(telling))


def expected(belongs: Vector) -> Vector:
    """E: how probable it is of each segment that it belongs, where it is known that not all of them do."""
    everyone = belongs.prod()
    return np.asarray((belongs - everyone) / max(1 - everyone, np.finfo(np.float64).tiny)).clip(0, 1)


def log_posterior(evidence: SegmentEvidence, observations: Sequence[Observation]) -> float:
    """What learning makes as large as it can, up to a constant."""
    weights = np.array(evidence.weights or [0.0] * len(DESCRIPTORS))
    inputs, ups, counts, downs = _rows(observations)
    hidden = np.zeros(len(inputs), bool)
    total = -0.5 * weights @ weights
    for rows in downs:
        hidden[rows] = True
        chances = sigmoid(inputs[rows] @ weights)
        total += float(np.log(max(1 - chances.prod(), np.finfo(np.float64).tiny)))
    return float(total - counts[~hidden] @ losses(inputs[~hidden] @ weights, ups[~hidden]))


def _rows(observations: Sequence[Observation]) -> tuple[Vector, Vector, Vector, list[slice]]:
    """Descriptors, answers and how much each counts; and which rows are the hidden answers behind each thumb down."""
    inputs: list[Vector] = []
    ups: list[Vector] = []
    counts: list[Vector] = []
    downs: list[slice] = []
    place = 0

    def add(given: Vector, answers: Vector, count: float) -> None:
        nonlocal place
        inputs.append(given)
        ups.append(answers)
        counts.append(np.full(len(given), count))
        place += len(given)

    for each in observations:
        told = ~np.isnan(each.said)
        add(each.given[told], each.said[told], 1.0)
        shown = np.zeros(len(each.given), bool)
        shown[list(each.shown)] = True
        shown, others = shown & ~told, ~shown & ~told  # what was said of a segment itself stands
        if each.up:
            add(each.given[shown], np.ones(shown.sum()), 1.0)
            add(each.given[others], np.zeros(others.sum()), FAINT)
        elif each.up is False and shown.any() and not (each.said[list(each.shown)] == 0).any():
            downs.append(slice(place, place + int(shown.sum())))
            add(each.given[shown], np.zeros(shown.sum()), 1.0)
            add(each.given[shown], np.zeros(shown.sum()), FAINT)
    return np.concatenate(inputs), np.concatenate(ups), np.concatenate(counts), downs
