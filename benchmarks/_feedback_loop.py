"""The loop of judging over explanations that are there already: what a judge is shown, says, and is shown next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from _feedback_cases import Cases
from numpy.typing import NDArray

from whylight.feedback.acceptance import Belief, learn
from whylight.feedback.candidates import Candidate, Trial, next_rank
from whylight.feedback.simulated import SimulatedJudge

Verdicts = NDArray[np.bool_]
"""(picture, option): whether the judge accepts."""
Choose = Callable[[int, Sequence[Candidate]], Candidate | None]
"""From a picture and what was rejected of it to what is shown."""
Row = dict[str, float]

JUDGES = {"right": 0.0, "noisy": 0.2, "random": 1.0}
"""Who judges, and the share of verdicts that do not say what is thought; ``random`` says up or down by the toss of a
coin."""

BETWEEN = 5
"""Pictures between two fits."""


@dataclass(frozen=True)
class Split:
    """The pictures that are judged, in that order, and those that only measure what was learned."""

    judged: tuple[int, ...]
    held_out: tuple[int, ...]


def split_of(pictures: int, held_out: int, seed: int) -> Split:
    """Another one for each seed."""
    order = np.random.default_rng(seed).permutation(pictures).tolist()
    return Split(tuple(order[held_out:]), tuple(order[:held_out]))


def thought(cases: Cases, threshold: float) -> Verdicts:
    """What the judge thinks of every candidate."""
    judge = SimulatedJudge(threshold)
    table = [[judge.accepts(found, share) for found in row] for row, share in zip(cases.overlaps, cases.shares)]
    return np.array(table)


def said(truth: Verdicts, judge: str, seed: int) -> Verdicts:
    """What the judge says of every candidate, once and for all."""
    random = np.random.default_rng([seed, 1])
    if judge == "random":
        return random.random(truth.shape) < 0.5
    return truth ^ (random.random(truth.shape) < JUDGES[judge])


def judge_all(cases: Cases, pictures: Sequence[int], verdicts: Verdicts, seed: int) -> list[Trial]:
    """Every verdict on these pictures, one picture after the other, with learning; the belief is fitted anew before every
    fifth picture."""
    trials: list[Trial] = []
    for start in range(0, len(pictures), BETWEEN):
        belief = learn(trials, cases.options)
        for picture in pictures[start : start + BETWEEN]:
            trials += walk(cases, picture, verdicts, by_belief(cases, belief, seed))
    return trials


def walk(cases: Cases, picture: int, verdicts: Verdicts, choose: Choose) -> list[Trial]:
    """What is said of one picture, until something is accepted or nothing is left."""
    place = {option: column for column, option in enumerate(cases.options)}
    rejected: list[Candidate] = []
    trials: list[Trial] = []
    while (option := choose(picture, rejected)) is not None:
        up = bool(verdicts[picture, place[option]])
        trials.append(Trial(cases.contexts[picture], option, tuple(rejected), up))
        if up:
            break
        rejected.append(option)
    return trials


def by_belief(cases: Cases, belief: Belief, seed: int) -> Choose:
    """What was learned chooses."""
    return lambda picture, rejected: belief.choose(cases.options, cases.contexts[picture], rejected, seed=seed)


def by_rank(cases: Cases) -> Choose:
    """The source's scheme."""
    return lambda _, rejected: next_rank(cases.options, rejected)


def measured(cases: Cases, pictures: Sequence[int], truth: Verdicts, choose: Choose) -> Row:
    """On pictures that nothing is learned from: ``downs`` before an up, and ``first``, the share whose first explanation is
    accepted, both of the pictures that have an acceptable one; ``deletion``, the median of what is shown first, where it
    can be measured."""
    able = [picture for picture in pictures if truth[picture].any()]
    walks = [walk(cases, picture, truth, choose) for picture in able]
    columns = {option: column for column, option in enumerate(cases.options)}
    firsts = [choose(picture, ()) for picture in pictures]
    scores = [cases.deletions[picture, columns[option]] for picture, option in zip(pictures, firsts) if option]
    return {
        "downs": float(np.mean([len(trials) - 1 for trials in walks])),
        "first": float(np.mean([trials[0].up for trials in walks])),
        "deletion": float(np.nanmedian(scores)),
        "pictures": float(len(able)),
    }
