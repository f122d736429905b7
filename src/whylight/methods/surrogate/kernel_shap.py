"""Kernel SHAP: each segment gets its Shapley value, its fair share of the change from nothing kept to everything kept.

    minimise over φ   Σ_z π(z) ( v(z) - v(0) - z·φ )²   subject to   Σ φ = v(1) - v(0)        map(u) = φ of u's segment

v(z) is the answer with the segments in z kept and all others filled. The shares sum to the whole change exactly; no
segment is dropped. With few segments every coalition is asked for, and the values are exact.

What is left of the noise is mostly what segments do together. Kriging foretells much of it, and only the rest is left as
noise (``_kriging``): the values stay those of the game, and fewer samples are needed to come as near.

Lundberg and Lee, 2017, arXiv:1705.07874, theorem 2; Covert and Lee, 2021, arXiv:2012.01536, for pairs and the error.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.masking import Fill
from whylight.method import Evidence, Method
from whylight.methods.surrogate._coalitions import Schedule, Table, schedule
from whylight.methods.surrogate._kriged_pairs import WHOLE, KrigedPairs
from whylight.methods.surrogate._players import Output, Players, extent, relative_spread
from whylight.methods.surrogate._shapley import Observations, Solution, solve
from whylight.segments import Segmentation
from whylight.tensors import agreement, target_output
from whylight.types import Images, Targets

ROUND = 256
"""Pairs between two looks at the errors."""


@dataclass(frozen=True)
class KernelSHAP(Method):
    """``segments`` and ``count``: how the picture is cut, and into about how many parts. ``samples``: the most coalitions;
    all 2^segments - 2 are asked for when they are no more than that. ``tolerance``: a picture is finished early when no
    value's standard error is above this share of the values' range (zero included); 0 takes all samples. ``fill``: what
    a missing segment shows. ``output``: the probability or the logit that is shared out. ``seed``: another one asks for
    other coalitions. ``kriging``: whether what is foretold of the answers is taken out of the noise.
    """

    segments: Segmentation = "slic"
    count: int = 50
    samples: int = 2048
    tolerance: float = 0.02
    fill: Fill = "blur"
    output: Output = "probability"
    seed: int = 0
    kriging: bool = True

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass a coalition and two more; all pixels of a segment show its whole value, not a share of it.

        Details: ``completeness`` (the sum's relative miss of v(1) - v(0)), ``baseline_probability`` (the target's when
        everything is filled), ``segments``, ``spread`` (mean standard error as a share of the largest value, 0 when
        exact), ``seed_agreement``, ``samples``. Raises MethodError for settings out of range.
        """
        if self.samples < 2 or self.tolerance < 0:
            raise MethodError(
                "kernel_shap expects samples of at least 2 and a tolerance of at least 0; "
                f"got samples={self.samples}, tolerance={self.tolerance}"
            )
        players = Players.cut(classifier, images, targets, (self.segments, self.count), self.fill, self.output)
        game = _Game.begin(players, self.samples // 2, self.seed, kriging=self.kriging)
        seen = self._ask(game)
        solution = game.solve(seen, WHOLE)
        nothing = players.is_rounding(solution.values)[:, None]
        values, errors = solution.values.masked_fill(nothing, 0.0), solution.errors.masked_fill(nothing, 0.0)
        halves = [players.paint(game.solve(seen, half).values.masked_fill(nothing, 0.0)) for half in (0, 1)]
        missed = (solution.values.sum(dim=1) - game.surplus).abs()
        details = {
            "completeness": missed / game.surplus.abs().clamp_min(1e-9),
            "baseline_probability": game.baseline,
            "segments": players.counts,
            "spread": relative_spread(values, errors, players.counts),
            "seed_agreement": agreement(*halves),
            "samples": 2 * seen.pairs.sum(dim=0),
        }
        return Evidence(players.paint(values), {name: numbers.float() for name, numbers in details.items()})

    def _ask(self, game: "_Game") -> Observations:
        """Rounds of pairs, until each picture's values are certain or its coalitions are spent."""
        players = game.players
        active = torch.arange(len(players.images), device=players.images.device)
        seen = Observations.empty(len(active), players.real.shape[1], active.device)
        for start in range(0, int(game.lengths.max()), ROUND):
            stop = start + ROUND
            active = active[game.lengths[active] > start]
            if len(active) == 0:
                break
            game.observe(seen, active, start, stop)
            solution = game.solve(seen, WHOLE)
            certain = solution.errors.amax(dim=1) <= self.tolerance * extent(solution.values)
            active = active[~(certain & game.all_listed(stop))[active]]
        return seen


@dataclass(frozen=True, eq=False)
class _Game:
    """The players of every picture, what to ask for, and what the answers to nothing and to everything are.

    ``surplus``: v(1) - v(0). ``baseline``: the target's probability when everything is filled.
    """

    players: Players
    schedules: tuple[Schedule, ...]
    surplus: Float[Tensor, " batch"]
    nothing: Float[Tensor, " batch"]
    baseline: Float[Tensor, " batch"]
    seed: int
    kriged: KrigedPairs | None

    @classmethod
    def begin(cls, players: Players, pairs: int, seed: int, *, kriging: bool) -> "_Game":
        empty = players.classifier.logits(players.fills)
        nothing = target_output(empty, players.targets, players.output).double()
        schedules = tuple(schedule(int(count), pairs) for count in players.counts)
        surplus = players.whole - nothing
        kriged = KrigedPairs.empty(len(schedules)) if kriging else None
        return cls(players, schedules, surplus, nothing, target_output(empty, players.targets), seed, kriged)

    @property
    def lengths(self) -> Int[Tensor, " batch"]:
        """How many pairs each picture has to ask for."""
        return torch.tensor([plan.length for plan in self.schedules], device=self.surplus.device)

    def all_listed(self, pairs: int) -> Bool[Tensor, " batch"]:
        """Whether the first ``pairs`` pairs hold all that are listed."""
        return torch.tensor([len(plan.listed) <= pairs for plan in self.schedules], device=self.surplus.device)

    def observe(self, seen: Observations, chosen: Int[Tensor, " chosen"], start: int, stop: int) -> None:
        """Asks for the pairs with these numbers and adds what is answered."""
        rounds = {plan.players: plan for plan in self.schedules}
        drawn = {count: plan.round(start, stop, self.seed) for count, plan in rounds.items()}
        rows = [drawn[self.schedules[int(picture)].players] for picture in chosen]
        table = Table.of(rows, seen.gram.shape[-1])
        members, real = table.members.to(chosen.device), self.players.real[chosen, None]
        both = torch.cat([members, ~members], dim=1)
        # answers are taken from v(0), so that a classifier that never changes its mind gives exact zeros
        answers = self.players.scores(chosen, both, start=2 * start, limit=2 * int(self.lengths.max()))
        kept, gone = (answers - self.nothing[chosen, None]).chunk(2, dim=1)
        signs = (2.0 * members.double() - 1) * real
        shares, owners = table.shares.to(signs), table.owners.to(chosen)
        seen.add(chosen, signs, shares, owners, kept - gone)
        if self.kriged is not None:
            self.kriged.add(chosen, signs, shares, owners, kept - gone, real[:, 0])

    def solve(self, seen: Observations, which: int) -> Solution:
        """The values from what is listed and the random pairs of one seed, or of both (``WHOLE``)."""
        halves = (0, 1) if which == WHOLE else (which,)
        if self.kriged is not None:
            seen, halves = self.kriged.observations(seen, which), (0,)
        rest = torch.tensor([plan.rest for plan in self.schedules], dtype=torch.float64).to(self.surplus)
        return solve(seen, halves, rest, self.surplus, self.players.real)
