"""What a verdict teaches: against its definition by many draws, and on beliefs of which the answer is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from whylight.feedback.acceptance import Belief, features_of, learn, offset_of
from whylight.feedback.candidates import Candidate, Context, Trial
from whylight.feedback.choosing import expected_information, logit_of, most_informative

SURE, UNSURE = Context("cat", (0.99, 0.01)), Context("dog", (0.4, 0.3))
FIRST, SECOND = Candidate(1, "lime"), Candidate(1, "grad_cam")
OPTIONS = (FIRST, SECOND)
TRIALS = [Trial(SURE, FIRST, (), up=number % 3 > 0) for number in range(30)]


def drawn(belief: Belief, context: Context, candidate: Candidate, draws: int = 200_000) -> NDArray[np.float64]:
    """Log-odds under weights drawn from the belief one by one."""
    features = features_of(context, candidate, ())
    covariance = np.linalg.inv(belief.precision @ belief.precision.T)
    weights = np.random.default_rng(0).multivariate_normal(belief.weights, covariance, draws)
    inputs = np.array([features.get(name, 0.0) for name in belief.names])
    return np.asarray(offset_of(candidate) + weights @ inputs)


def test_it_is_what_its_definition_says() -> None:
    belief = learn(TRIALS, OPTIONS)
    logits = drawn(belief, SURE, FIRST)
    mean, variance = logit_of(belief, SURE, FIRST)
    assert mean == pytest.approx(logits.mean(), abs=0.01)
    assert variance == pytest.approx(logits.var(), rel=0.02)
    chances = 1 / (1 + np.exp(-logits))
    mean_chance = np.full(1, chances.mean())
    slowly = float(entropy(mean_chance)[0] - entropy(chances).mean())
    assert expected_information(belief, SURE, FIRST) == pytest.approx(slowly, abs=2e-4)


def entropy(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a coin."""
    return -(p * np.log(p) + (1 - p) * np.log1p(-p))


def test_what_was_judged_often_teaches_less() -> None:
    few, many = learn(TRIALS[:5], OPTIONS), learn(TRIALS * 5, OPTIONS)
    assert 0 < expected_information(many, SURE, FIRST) < expected_information(few, SURE, FIRST) < np.log(2)


def test_what_nobody_judged_is_as_uncertain_as_before() -> None:
    mean, variance = logit_of(Belief(), SURE, FIRST)
    assert mean == 0
    # the bias has precision 0.1, the label 4, the other features of the candidate 1, the probability is 0.99
    assert variance == pytest.approx(1 / 0.1 + 1 / 4 + 5 + 0.99**2)


def test_the_picture_of_which_least_is_known_comes_first() -> None:
    belief = learn(TRIALS * 5, OPTIONS)
    assert most_informative(belief, OPTIONS, {7: SURE, 3: SURE, 5: UNSURE}) == 5
    assert most_informative(Belief(), OPTIONS, {7: SURE, 3: SURE}) == 7
