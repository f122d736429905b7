"""What verdicts teach: the fit against a slow optimiser, and a person's planted taste that is found in few verdicts."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize

from whylight.classifier import Access
from whylight.feedback.acceptance import Belief, fit, gain_of, learn, sigmoid
from whylight.feedback.candidates import Candidate, Context, Trial, candidates_for, next_rank

CONTEXT = Context("cat", (0.6, 0.2, 0.1, 0.05, 0.02))
OPTIONS = candidates_for(10, Access.OUTPUTS)


def test_the_fit_is_where_a_slow_optimiser_ends() -> None:
    random = np.random.default_rng(0)
    inputs, offsets = random.normal(size=(60, 5)), random.normal(size=60)
    ups = random.integers(0, 2, 60).astype(np.float64)
    prior = np.array([0.1, 1, 1, 4, 0.5])

    def loss(at: NDArray[np.float64]) -> float:
        chance = 1 / (1 + np.exp(-(offsets + inputs @ at)))
        likelihood = sum(np.log(p) if up else np.log(1 - p) for p, up in zip(chance, ups))
        return float(-likelihood + sum(each / 2 * w**2 for each, w in zip(prior, at)))

    weights, curvature = fit(inputs, ups, offsets, prior)
    slow = optimize.minimize(loss, np.zeros(5), method="Nelder-Mead", options={"xatol": 1e-8, "maxiter": 9999})
    assert weights == pytest.approx(slow.x, abs=1e-5)
    step, unit = 1e-4, np.eye(5)
    for a in range(5):
        for b in range(5):
            shifts = [(x, y, x * y) for x in (1, -1) for y in (1, -1)]
            second = sum(sign * loss(weights + step * (x * unit[a] + y * unit[b])) for x, y, sign in shifts)
            assert curvature[a, b] == pytest.approx(second / (4 * step**2), abs=1e-3)


def test_certain_answers_do_not_overflow() -> None:
    assert sigmoid(np.array([-1e4, 0, 1e4])).tolist() == [0, 0.5, 1]
    weights, _ = fit(np.ones((500, 1)) * 50, np.ones(500), np.zeros(500), np.array([1e-3]))
    assert np.isfinite(weights).all()


def test_before_the_first_verdict_the_most_probable_label_comes_first() -> None:
    assert Belief().choose(OPTIONS, CONTEXT, seed=3) == OPTIONS[0] == Candidate(1, "lime")
    assert Belief().choose(OPTIONS, CONTEXT, OPTIONS[:1], seed=3).rank == 1  # type: ignore[union-attr]


def test_nothing_is_shown_twice_and_the_end_is_said() -> None:
    trials = [Trial(CONTEXT, OPTIONS[3], (), up=True)]
    belief = learn(trials, OPTIONS)
    rejected: list[Candidate] = []
    while (candidate := belief.choose(OPTIONS, CONTEXT, rejected, seed=0)) is not None:
        rejected.append(candidate)
    assert sorted(map(repr, rejected)) == sorted(map(repr, OPTIONS))


def test_the_same_verdicts_give_the_same_choice() -> None:
    trials = [Trial(CONTEXT, option, (), up=place % 3 == 0) for place, option in enumerate(OPTIONS)]
    first, second = learn(trials, OPTIONS), learn(list(trials), OPTIONS)
    chosen = [belief.choose(OPTIONS, CONTEXT, seed=5) for belief in (first, second)]
    assert chosen[0] == chosen[1]
    assert len({first.choose(OPTIONS, CONTEXT, OPTIONS[:1], seed=seed) for seed in range(20)}) > 1


def test_a_taste_for_one_label_only_is_learned() -> None:
    """For dogs occlusion is liked, for everything else LIME."""
    dog = Context("dog", CONTEXT.probabilities)
    grid, slic = Candidate(1, "lime:segments=grid"), Candidate(1, "lime")
    occlusion = Candidate(1, "occlusion")
    trials = []
    for _ in range(15):
        trials += [Trial(dog, occlusion, (), up=True), Trial(dog, slic, (), up=False)]
        trials += [Trial(CONTEXT, occlusion, (), up=False), Trial(CONTEXT, slic, (), up=True)]
    belief = learn(trials, OPTIONS)
    for liked, other, context in ((occlusion, slic, dog), (slic, occlusion, CONTEXT)):
        assert belief.probability(context, liked) > 0.7
        assert belief.probability(context, other) < 0.3
    # what was said of one segmentation speaks for the others of the same method, which nobody has judged
    assert belief.probability(dog, grid) < 0.5 < belief.probability(CONTEXT, grid)


def downs_before_ups(seed: int, *, learning: bool, noise: float, pictures: int = 100) -> tuple[float, float]:
    """Mean downs before an up of the last fifty pictures, and the share of them that was accepted at once, for a person
    with a planted taste: maps of one segmentation, of any label, and hardly any others."""
    random = np.random.default_rng(seed)
    trials: list[Trial] = []
    downs, firsts = [], []
    for picture in range(pictures):
        liked = {option: random.random() < (0.75 if option.segments == "grid" else 0.06) for option in OPTIONS}
        context = Context("cat" if picture % 2 else "dog", CONTEXT.probabilities)
        rejected: list[Candidate] = []
        belief = learn(trials, OPTIONS) if learning else None
        while True:
            chosen = belief.choose(OPTIONS, context, rejected, seed=seed) if belief else next_rank(OPTIONS, rejected)
            if chosen is None:
                break
            up = bool(liked[chosen]) != (random.random() < noise)
            trials.append(Trial(context, chosen, tuple(rejected), up))
            if up:
                break
            rejected.append(chosen)
        downs.append(len(rejected))
        firsts.append(not rejected)
    return float(np.mean(downs[-50:])), float(np.mean(firsts[-50:]))


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_fewer_downs_precede_an_up(noise: float) -> None:
    for seed in range(2):
        before, first_before = downs_before_ups(seed, learning=False, noise=noise)
        after, first_after = downs_before_ups(seed, learning=True, noise=noise)
        assert after <= before / 2
        assert first_after >= first_before + 0.2


def test_the_gain_is_the_mean_of_the_ratios_of_the_slow_way() -> None:
    """Marginal probabilities as integrals over all rates; features in two kinds, which count alike."""
    names = ("bias", "method=a", "method=b", "again", "again=rank", "rank=1")
    inputs = np.array(
        [[1, 1, 0, 1, 0.5, 1], [1, 1, 0, 0, 0, 0], [1, 0, 1, 0, 0, 1], [1, 0, 1, 0, 0, 0], [1, 0, 0, 1, 1, 1]]
    )
    ups = np.array([1.0, 1.0, 0.0, 0.0, 1.0])

    def chance(chosen: NDArray[np.float64]) -> float:
        rates = np.linspace(0, np.pi / 2, 20001)[1:-1]  # of arcsine density: rate = sin²
        likelihood = np.prod([np.sin(rates) ** 2 if up else np.cos(rates) ** 2 for up in chosen], axis=0)
        return float(np.mean(likelihood * np.ones_like(rates)))

    def ratio(column: int) -> float:
        with_it = inputs[:, column] > 0
        return chance(ups[with_it]) * chance(ups[~with_it]) / chance(ups)

    slow = np.log(((ratio(1) + ratio(2)) / 2 + ratio(5)) / 2)
    assert gain_of(names, inputs, ups) == pytest.approx(slow, abs=1e-3)


def test_verdicts_by_the_toss_of_a_coin_change_nothing_of_what_is_shown_first() -> None:
    for seed in range(3):
        random = np.random.default_rng(seed)
        trials: list[Trial] = []
        for _ in range(40):
            rejected: list[Candidate] = []
            while True:
                chosen = learn(trials, OPTIONS).choose(OPTIONS, CONTEXT, rejected, seed=seed) if not rejected else None
                chosen = chosen or OPTIONS[int(random.integers(len(OPTIONS)))]
                up = bool(random.random() < 0.5)
                assert rejected or chosen == OPTIONS[0]
                trials.append(Trial(CONTEXT, chosen, tuple(rejected), up))
                if up:
                    break
                rejected.append(chosen)


def test_without_learning_the_order_is_the_source_s() -> None:
    rejected: list[Candidate] = []
    for place in range(7):
        chosen = next_rank(OPTIONS, rejected)
        assert chosen is not None
        rejected.append(chosen)
        assert (chosen.rank, chosen.method) == (place % 5 + 1, OPTIONS[0].method if place < 5 else OPTIONS[5].method)
    assert next_rank(OPTIONS, OPTIONS) is None
