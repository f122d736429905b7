"""Oracles: the definitions written pixel by pixel, the extremes that follow from them, and the values that Quantus 0.6.0
gives for the same maps and masks (RelevanceMassAccuracy of magnitudes, RelevanceRankAccuracy, TopKIntersection)."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from whylight import registry
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Metric, Truth
from whylight.metrics.localisation.energy_pointing_game import EnergyPointingGame
from whylight.metrics.localisation.hindering_rank import HinderingRank
from whylight.metrics.localisation.pointing_game import PointingGame
from whylight.metrics.localisation.relevance_mass import RelevanceMass
from whylight.metrics.localisation.relevance_rank import RelevanceRank
from whylight.metrics.localisation.top_k_intersection import TopKIntersection
from whylight.types import Maps

Made = Callable[[Maps], Explanation]
SHAPE = (3, 24, 32)
LOCALISATION = [name for name, module in registry.modules("metrics").items() if ".localisation." in module]
POSITIVE: list[Metric] = [
    PointingGame(),
    EnergyPointingGame(),
    RelevanceMass(),
    RelevanceRank(),
    TopKIntersection(k=600),
]


def box(*pictures: tuple[int, int, int, int]) -> Tensor:
    """A mask with one box (top, bottom, left, right) a picture."""
    mask = torch.zeros(len(pictures), *SHAPE[1:], dtype=torch.bool)
    for picture, (top, bottom, left, right) in enumerate(pictures):
        mask[picture, top:bottom, left:right] = True
    return mask


BOXES = box((2, 10, 3, 9), (5, 20, 10, 30), (0, 24, 0, 7))


def score(metric: Metric, explained: Made, maps: Maps, truth: Truth) -> list[float]:
    found: list[float] = metric(explained(maps), truth).scores.tolist()
    return found


@pytest.mark.parametrize("metric", POSITIVE, ids=registry.name_of)
def test_the_truth_itself_is_perfect_and_its_opposite_is_not(metric: Metric, explained: Made) -> None:
    assert score(metric, explained, BOXES.float(), Truth(BOXES)) == pytest.approx([1, 1, 1])
    far = box((20, 24, 25, 32), (0, 1, 0, 2), (10, 20, 25, 32))
    assert score(metric, explained, far.float(), Truth(BOXES))[:1] == pytest.approx([0], abs=0.05)


@pytest.mark.parametrize(
    "metric", [metric for metric in POSITIVE if not isinstance(metric, PointingGame)], ids=registry.name_of
)
def test_an_even_map_scores_chance(metric: Metric, explained: Made) -> None:
    chance = BOXES.float().mean(dim=(1, 2)).tolist()
    assert score(metric, explained, torch.full(SHAPE, 0.3), Truth(BOXES)) == pytest.approx(chance)


@pytest.mark.parametrize("name", LOCALISATION)
def test_a_picture_of_which_nothing_is_known_has_no_score(name: str, explained: Made) -> None:
    metric = registry.find("metrics", name)()
    known = BOXES.clone()
    known[1] = False
    scores = metric(explained(torch.rand(SHAPE)), Truth(known, known)).scores
    assert scores.isnan().tolist() == [False, True, False]
    assert metric(explained(torch.full(SHAPE, torch.nan)), Truth(known, known)).scores.isnan().all()


def test_the_pointing_game_pixel_by_pixel(explained: Made) -> None:
    maps = torch.rand(200, 24, 32)
    mask = box(*[(8, 12, 14, 20)] * 200)
    expected = []
    for each in maps:
        row, column = divmod(int(each.argmax()), 32)
        distances = [((row - y) ** 2 + (column - x) ** 2) ** 0.5 for y in range(8, 12) for x in range(14, 20)]
        expected.append(float(min(distances) <= 30 * 24 / 224))
    assert score(PointingGame(tolerance=30.0), explained, maps, Truth(mask)) == expected
    assert 0 < sum(expected) < 200


@pytest.mark.parametrize(
    ("metric", "quantus"),
    [
        (RelevanceMass(), [0.066711, 0.37574, 0.247925]),
        (RelevanceRank(), [0.020833, 0.413333, 0.166667]),
        (TopKIntersection(k=784), [0.0, 0.25, 0.083333]),  # 12 pixels of this size
    ],
    ids=["mass", "rank", "top_k"],
)
def test_the_values_are_those_of_quantus(metric: Metric, quantus: list[float], waves: Maps, explained: Made) -> None:
    assert score(metric, explained, waves, Truth(BOXES)) == pytest.approx(quantus, abs=2e-6)


def test_several_largest_pixels_share_the_hit(explained: Made) -> None:
    maps = torch.zeros(1, 24, 32)
    maps[0, 3, 4], maps[0, 23, 31], maps[0, 0, 31], maps[0, 4, 4] = 1, 1, 1, 1
    assert score(PointingGame(tolerance=0.0), explained, maps, Truth(BOXES[:1])) == [0.5]


@pytest.mark.parametrize("sign", [1, -1])
def test_masses_are_sums_over_pixels(explained: Made, sign: int) -> None:
    maps = sign * torch.randn(SHAPE)
    energy, mass = [], []
    for picture in range(3):
        pixels = [(float(maps[picture, y, x]), bool(BOXES[picture, y, x])) for y in range(24) for x in range(32)]
        energy.append(sum(max(a, 0) for a, inside in pixels if inside) / sum(max(a, 0) for a, _ in pixels))
        mass.append(sum(abs(a) for a, inside in pixels if inside) / sum(abs(a) for a, _ in pixels))
    assert score(EnergyPointingGame(), explained, maps, Truth(BOXES)) == pytest.approx(energy, abs=1e-6)
    assert score(RelevanceMass(), explained, maps, Truth(BOXES)) == pytest.approx(mass, abs=1e-6)
    lift = [share / float(mask.float().mean()) for share, mask in zip(energy, BOXES, strict=True)]
    against_chance = EnergyPointingGame(against_chance=True)
    assert score(against_chance, explained, maps, Truth(BOXES)) == pytest.approx(lift, abs=1e-5)


def test_mass_counts_what_hinders_where_that_is_known(explained: Made) -> None:
    hinders = box(*[(22, 24, 30, 32)] * 3)
    maps = BOXES.float() - hinders.float()
    assert score(RelevanceMass(), explained, maps, Truth(BOXES, hinders)) == pytest.approx([1, 1, 1])
    assert max(score(RelevanceMass(), explained, maps, Truth(BOXES))) < 1


def test_a_map_without_support_has_no_energy(explained: Made) -> None:
    maps = torch.stack([torch.zeros(24, 32), -torch.rand(24, 32), torch.rand(24, 32)])
    scores = EnergyPointingGame()(explained(maps), Truth(BOXES)).scores
    assert scores.isnan().tolist() == [True, True, False]


def test_ranks_are_those_of_a_sorted_list(explained: Made) -> None:
    maps = torch.randn(SHAPE)
    for metric, count in ((RelevanceRank(), BOXES.sum(dim=(1, 2)).tolist()), (TopKIntersection(k=2500), [38] * 3)):
        expected = []
        for picture in range(3):
            order = sorted(range(24 * 32), key=lambda place: -float(maps[picture].flatten()[place]))
            best = order[: count[picture]]
            expected.append(float(BOXES[picture].flatten()[best].float().mean()))
        assert score(metric, explained, maps, Truth(BOXES)) == pytest.approx(expected)


def test_hindering_rank_is_the_mirror_image(explained: Made) -> None:
    maps = torch.randn(SHAPE)
    mirrored = score(RelevanceRank(), explained, -maps, Truth(BOXES))
    nowhere = torch.zeros_like(BOXES)
    assert score(HinderingRank(), explained, maps, Truth(nowhere, BOXES)) == mirrored
    assert score(HinderingRank(), explained, -BOXES.float(), Truth(nowhere, BOXES)) == [1, 1, 1]
    assert HinderingRank()(explained(maps), Truth(BOXES)).scores.isnan().all()


def test_k_is_scaled_with_the_picture(explained: Made) -> None:
    best = torch.zeros(1, 112, 112)
    best[0, :2, :] = 2.0
    best[0, 2:4, :] = 1.0
    mask = torch.zeros_like(best, dtype=torch.bool)
    mask[0, 2:60] = True
    # 1000 of 224 × 224 pixels are 250 of 112 × 112: 224 in the two best rows and 26 in the next
    assert float(TopKIntersection()(explained(best), Truth(mask)).scores) == pytest.approx(26 / 250)


def test_a_truth_of_another_size_is_refused(explained: Made) -> None:
    with pytest.raises(MetricError, match=r"expected a truth of the maps' shape \(3, 24, 32\).*\(3, 8, 8\)"):
        PointingGame()(explained(torch.rand(SHAPE)), Truth(torch.ones(3, 8, 8, dtype=torch.bool)))
    with pytest.raises(MetricError, match="neither masks nor boxes"):
        PointingGame()(explained(torch.rand(SHAPE)))
    with pytest.raises(MetricError, match="at least 1"):
        TopKIntersection(k=0)
