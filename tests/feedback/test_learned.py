"""What is said to have been learned: the interval against draws of the posterior, and a planted taste in words."""

import numpy as np
import pytest

from whylight.classifier import Access
from whylight.feedback.acceptance import Belief, features_of, learn, offset_of, sigmoid
from whylight.feedback.candidates import Candidate, Context, Trial, candidates_for
from whylight.feedback.learned import contexts, rank_words, row_of, sentences, standings

CONTEXT = Context("cat", (0.6, 0.2, 0.1, 0.05, 0.02))
OPTIONS = candidates_for(10, Access.OUTPUTS)
LIKED, SECOND = "lime:segments=grid", Candidate(2, "lime:segments=grid")


def taste(count: int = 60) -> list[Trial]:
    """A person who accepts maps on a grid for the most probable label and nothing else."""
    shown = [OPTIONS[(7 * place) % len(OPTIONS)] for place in range(count)]
    return [Trial(CONTEXT, each, (), up=each == Candidate(1, LIKED)) for each in shown]


def test_the_interval_holds_95_percent_of_the_posterior() -> None:
    trials = taste()
    belief = learn(trials, OPTIONS)
    covariance = np.linalg.inv(belief.precision @ belief.precision.T)
    draws = np.random.default_rng(0).multivariate_normal(belief.weights, covariance, 20_000)
    for standing in standings(belief, trials, OPTIONS)[::6]:
        features = features_of(CONTEXT, standing.candidate, ())
        row = np.array([features.get(name, 0.0) for name in belief.names])
        drawn = sigmoid(offset_of(standing.candidate) + draws @ row)
        ends = np.percentile(drawn, (2.5, 50, 97.5))
        assert (standing.low, standing.probability, standing.high) == pytest.approx(tuple(ends), abs=0.02)


def test_votes_are_counted_and_a_planted_taste_stands_first() -> None:
    trials = taste()
    found = standings(learn(trials, OPTIONS), trials, OPTIONS)
    assert {each.candidate for each in found} == set(OPTIONS)
    assert found[0].candidate == Candidate(1, LIKED)
    assert sum(each.ups + each.downs for each in found) == len(trials)
    assert (found[0].ups, found[0].downs) == (sum(trial.up for trial in trials), 0)
    assert sentences(found)[0].startswith(f"Accepted most surely: {LIKED} for the most probable label, ")


def test_more_verdicts_make_it_surer() -> None:
    widths = []
    for count in (25, 100, 400):
        trials = taste(count)
        best = standings(learn(trials, OPTIONS), trials, OPTIONS)[0]
        widths.append(best.high - best.low)
    assert widths[0] > widths[1] > widths[2]


def test_before_the_first_verdict_nothing_is_known() -> None:
    found = standings(Belief(), (), OPTIONS)
    assert {(each.low, each.high, each.ups, each.downs) for each in found} == {(0.0, 1.0, 0, 0)}
    assert "Nobody has judged" in sentences(found)[0]
    assert rank_words(3) == "label 3"


def test_the_judged_pictures_count_by_how_often_they_were_judged() -> None:
    other, third = Context("dog", (0.2, 0.1, 0.1)), Context("cat", (0.8, 0.1, 0.1, 0.0, 0.0))
    trials = [Trial(context, OPTIONS[0], (), up=True) for context in (CONTEXT, third, other)]
    (first, cat), (second, dog) = contexts(trials)
    assert (cat.label, dog.label) == ("cat", "dog")
    assert (first, second) == pytest.approx((2 / 3, 1 / 3))
    assert cat.probabilities == pytest.approx((0.7, 0.15, 0.1, 0.025, 0.01))
    row = row_of(("bias", "probability"), contexts(trials), Candidate(1, "lime"))
    assert row.tolist() == pytest.approx([1, (0.6 + 0.8 + 0.2) / 3])
