"""Held-out effect: what learning from some pictures does for the others, measured on verdicts that it did not see.

    belief_k   learned from all pictures but those of part k
    order      of what was judged of a picture: the next candidate is the one that belief_k finds most acceptable, after
               those before it were rejected; compared with the next label rank, and with the order that people saw
    first      share of the pictures of which the first explanation of the order was accepted
    downs      mean rejected explanations before the first accepted one

Pictures are divided by a hash of their content, so that all that was said of one stands on one side. Only explanations that
somebody judged can be put in order: one that nobody saw counts neither for nor against an order, so that a scheme which
would have shown others is not done full justice. A trial on new pictures decides (``simulated`` has judges for it).
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whylight.feedback.acceptance import Belief, learn
from whylight.feedback.candidates import WITH_NETWORK, Candidate, Trial, next_rank
from whylight.feedback.trials import trials_of
from whylight.resampling import intervals
from whylight.store import Judged

PARTS = 5
FEWEST = 10
"""With fewer pictures than these nothing is measured."""

Order = Callable[[Sequence[Candidate], Sequence[Candidate]], Candidate | None]


@dataclass(frozen=True)
class Episode:
    """What one person said of one picture with one model, in that order."""

    picture: str
    trials: tuple[Trial, ...]

    @property
    def downs(self) -> int:
        """Explanations that were rejected before the first was accepted, all where none was."""
        return next((place for place, trial in enumerate(self.trials) if trial.up), len(self.trials))


@dataclass(frozen=True)
class Mean:
    """A mean over pictures with its 95 % interval from ``low`` to ``high`` (bootstrap of the pictures, percentiles)."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Scheme:
    """``first``: the share of pictures whose first explanation was accepted. ``downs``: before an up."""

    first: Mean
    downs: Mean


@dataclass(frozen=True)
class Effect:
    """``pictures``: with an accepted explanation. ``next_rank``: the source's scheme; ``learned``; ``shown``: as people saw
    them. ``gain``: learned less next rank, picture by picture: more first, fewer downs (below 0) is better."""

    pictures: int
    next_rank: Scheme
    learned: Scheme
    shown: Scheme
    gain: Scheme


@dataclass(frozen=True)
class Stretch:
    """Pictures that were judged one after the other, from place ``begin`` (from 1) to ``end``, as people saw them."""

    begin: int
    end: int
    first: float
    downs: float


def episodes_of(verdicts: Sequence[Judged]) -> list[Episode]:
    """Verdicts by person, picture and model, in the order in which each was begun; the verdicts come the oldest first."""
    groups: dict[tuple[str, str, str], list[Judged]] = defaultdict(list)
    for each in verdicts:
        groups[each.record.person, each.explanation.picture, each.explanation.model].append(each)
    found = [Episode(picture, tuple(trials_of(group))) for (_, picture, _), group in groups.items()]
    return [episode for episode in found if episode.trials]


def effect_of(episodes: Sequence[Episode], options: Sequence[Candidate] = (), *, seed: int = 0) -> Effect | None:
    """The effect on held-out pictures; None where fewer than ``FEWEST`` have an accepted explanation."""
    known = [episode for episode in episodes if any(trial.up for trial in episode.trials)]
    if len(known) < FEWEST:
        return None
    source = tuple(options) or in_source_order([trial.candidate for each in episodes for trial in each.trials])
    beliefs = [learn(_trials(episodes, held_out=part), source) for part in range(PARTS)]
    downs = {
        "next_rank": [downs_in(each, by_rank(source)) for each in known],
        "learned": [downs_in(each, by_belief(beliefs[part_of(each.picture)], each)) for each in known],
        "shown": [each.downs for each in known],
    }
    rows = {name: np.array(row, np.float64) for name, row in downs.items()}
    firsts = {name: (row == 0).astype(np.float64) for name, row in rows.items()}
    schemes = {name: Scheme(mean_of(firsts[name], seed), mean_of(rows[name], seed)) for name in rows}
    ahead = [mean_of(each["learned"] - each["next_rank"], seed) for each in (firsts, rows)]
    return Effect(len(known), schemes["next_rank"], schemes["learned"], schemes["shown"], Scheme(*ahead))


def _trials(episodes: Sequence[Episode], *, held_out: int) -> list[Trial]:
    return [trial for each in episodes if part_of(each.picture) != held_out for trial in each.trials]


def by_belief(belief: Belief, episode: Episode) -> Order:
    """The most acceptable first, with the most probable weights: without the draw that tries what is uncertain."""
    context = episode.trials[0].context
    return lambda left, rejected: max(left, key=lambda option: belief.probability(context, option, rejected))


def by_rank(source: Sequence[Candidate]) -> Order:
    """The source's scheme over some options, in their order."""
    return lambda left, rejected: next_rank([option for option in source if option in left], rejected)


def in_source_order(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Candidates by method, those that are shown unless others are named first, and by rank."""
    methods = [*WITH_NETWORK, *dict.fromkeys(each.method for each in candidates)]
    return tuple(sorted(dict.fromkeys(candidates), key=lambda each: (methods.index(each.method), each.rank)))


def downs_in(episode: Episode, order: Order) -> int:
    """Rejected explanations before the first accepted one when those that were judged come in another order."""
    said = {trial.candidate: trial.up for trial in episode.trials}
    rejected: list[Candidate] = []
    while left := [candidate for candidate in said if candidate not in rejected]:
        chosen = order(left, rejected)
        if chosen is None or said[chosen]:
            break
        rejected.append(chosen)
    return len(rejected)


def part_of(picture: str) -> int:
    """The part that a picture is held out in."""
    return hashlib.sha256(picture.encode()).digest()[0] % PARTS


def stretches(episodes: Sequence[Episode], length: int = 20) -> list[Stretch]:
    """How it went over time; the verdicts of a picture are made before anything is learned from them."""
    found = []
    for start in range(0, len(episodes), length):
        some = [episode.downs for episode in episodes[start : start + length]]
        firsts = [bool(episode.trials[0].up) for episode in episodes[start : start + length]]
        found.append(Stretch(start + 1, start + len(some), float(np.mean(firsts)), float(np.mean(some))))
    return found


def mean_of(values: NDArray[np.float64], seed: int) -> Mean:
    """The mean of some pictures' numbers, with its interval."""
    (low,), (high,) = intervals(values[:, None], seed)
    return Mean(float(values.mean()), float(low), float(high))
