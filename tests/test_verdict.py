import pytest
import torch
from torch import Tensor

from whylight import perturb, registry
from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.masking import fill
from whylight.method import Evidence
from whylight.types import Images, Maps
from whylight.verdict import FLAGS, judge, shifted, strongest

SIDE = 24
YES = torch.tensor([0])


def linear(weights: Tensor, scale: float = 1.0, offset: float = 0.0) -> Classifier:
    """Label 0's logit is a weighted sum of the pixels, label 1's is 0."""

    def predict(given: Images) -> Tensor:
        logit = scale * (given.mean(dim=1) * weights).sum(dim=(1, 2)) + offset
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)

    return Classifier("linear", ("yes", "no"), predict)


@pytest.fixture
def weights() -> Tensor:
    return torch.randn(SIDE, SIDE, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def picture() -> Images:
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def truth(weights: Tensor, picture: Images) -> Maps:
    """What each pixel adds to the logit compared with its blurred self."""
    return weights * (picture - fill(picture, "blur")).mean(dim=1)


def flags_of(classifier: Classifier, picture: Images, maps: Maps, **details: float) -> tuple[str, ...]:
    evidence = Evidence(maps, {name: torch.tensor([number]) for name, number in details.items()})
    return judge(classifier, picture, YES, evidence).flags[0]


def test_supporting_pixels_lower_and_hindering_ones_raise_the_probability(
    weights: Tensor, picture: Images, truth: Maps
) -> None:
    classifier = linear(weights, scale=0.1)
    verdict = judge(classifier, picture, YES, Evidence(truth))
    assert verdict.without_supporting < verdict.probability < verdict.without_hindering
    assert verdict.without_supporting < verdict.without_elsewhere
    assert verdict.flags == ((),)
    top = strongest(truth, 0.1)[:, 0]
    logit = 0.1 * ((picture.mean(dim=1) * weights).sum() - (top * truth).sum())
    assert float(verdict.without_supporting) == pytest.approx(float(logit.sigmoid()), abs=1e-5)


def test_the_verdict_costs_seven_passes(weights: Tensor, picture: Images, truth: Maps) -> None:
    with perturb.metered() as meter:
        judge(linear(weights), picture.expand(3, -1, -1, -1), YES.expand(3), Evidence(truth.expand(3, -1, -1)))
    assert meter.forward == 3 * 7


def test_a_verdict_does_not_depend_on_its_batch(weights: Tensor, picture: Images, truth: Maps) -> None:
    images, maps = torch.cat([picture, 1 - picture]), torch.cat([truth, -truth.flip(-1)])
    together = judge(linear(weights, 0.1), images, YES.expand(2), Evidence(maps))
    alone = judge(linear(weights, 0.1), images[1:], YES, Evidence(maps[1:]))
    torch.testing.assert_close(together[1:].without_elsewhere, alone.without_elsewhere)
    assert together[1:].flags == alone.flags
    assert len(together[:1].probability) == 1


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("everywhere", [True, False])
def test_a_map_with_a_hole_is_non_finite_and_nothing_breaks(
    weights: Tensor, picture: Images, truth: Maps, number: float, everywhere: bool
) -> None:
    maps = truth.clone()
    maps[0, 3:4] = number
    maps = torch.full_like(maps, number) if everywhere else maps
    assert "non_finite" in flags_of(linear(weights), picture, maps)
    details = {"r2": number, "completeness": number, "seed_agreement": number}
    assert "non_finite" in flags_of(linear(weights), picture, maps, **details)
    assert "non_finite" not in flags_of(linear(weights), picture, truth)


def test_an_empty_map_is_all_zero(weights: Tensor, picture: Images, truth: Maps) -> None:
    flags = flags_of(linear(weights, 0.1), picture, torch.zeros_like(truth))
    assert flags == ("all_zero",)
    assert "all_zero" not in flags_of(linear(weights, 0.1), picture, truth)


def test_more_samples_are_not_asked_for_where_nothing_is_to_be_found(
    weights: Tensor, picture: Images, truth: Maps
) -> None:
    flags = flags_of(linear(weights, 0.1), picture, torch.zeros_like(truth), r2=-0.1, seed_agreement=0.1)
    assert flags == ("all_zero",)


def test_a_probability_that_nothing_moves_is_saturated(weights: Tensor, picture: Images, truth: Maps) -> None:
    assert flags_of(linear(weights, 0.001, offset=30.0), picture, truth) == ("saturated",)
    assert flags_of(linear(weights, 0.001, offset=-30.0), picture, truth) == ("saturated",)
    assert "saturated" not in flags_of(linear(weights, 0.1), picture, truth)
    # at the limit, but moved by what is deleted
    at_limit = linear(weights, offset=10 - float((picture.mean(dim=1) * weights).sum()))
    assert judge(at_limit, picture, YES, Evidence(truth)).probability > 1 - 1e-4
    assert "saturated" not in flags_of(at_limit, picture, truth)


@pytest.mark.parametrize(
    ("detail", "bad", "good", "flag"),
    [
        ("r2", 0.29, 0.31, "low_fit"),
        ("completeness", 0.06, 0.04, "incomplete"),
        ("seed_agreement", 0.49, 0.51, "unstable"),
        ("second_fill_share", 0.49, 0.51, "fill_dependent"),
    ],
)
def test_details_raise_their_flags(
    weights: Tensor, picture: Images, truth: Maps, detail: str, bad: float, good: float, flag: str
) -> None:
    classifier = linear(weights, 0.1)
    assert flags_of(classifier, picture, truth, **{detail: bad}) == (flag,)
    assert flags_of(classifier, picture, truth, **{detail: good}) == ()


def test_a_map_of_the_wrong_place_is_no_better_than_elsewhere(weights: Tensor, picture: Images, truth: Maps) -> None:
    classifier = linear(weights, 0.1)
    assert "no_better_than_elsewhere" in flags_of(classifier, picture, -truth)
    assert "no_better_than_elsewhere" not in flags_of(classifier, picture, truth)


def test_each_picture_has_its_own_flags(weights: Tensor, picture: Images, truth: Maps) -> None:
    maps = torch.cat([truth, torch.zeros_like(truth), truth])
    evidence = Evidence(maps, {"r2": torch.tensor([0.9, 0.9, 0.1])})
    verdict = judge(linear(weights, 0.1), picture.expand(3, -1, -1, -1), YES.expand(3), evidence)
    assert verdict.flags == ((), ("all_zero",), ("low_fit",))


def test_every_flag_that_can_be_raised_has_a_meaning(weights: Tensor, picture: Images, truth: Maps) -> None:
    assert set(flags_of(linear(weights), picture, truth * torch.nan, r2=0.0, completeness=1.0)) <= set(FLAGS)


def test_the_strongest_are_the_largest_positive_values() -> None:
    maps = torch.tensor([[[4.0, -9.0], [1.0, 3.0]], [[-1.0, -2.0], [0.0, 5.0]]])
    marked = strongest(maps, 0.5)[:, 0]
    assert marked.tolist() == [[[1, 0], [0, 1]], [[0, 0], [0, 1]]]
    assert strongest(maps, 0.01).sum().item() == 2  # at least one pixel
    assert not strongest(-maps.abs(), 0.5).any()


def test_elsewhere_has_the_same_shape_and_area() -> None:
    region = torch.zeros(2, 1, SIDE, SIDE)
    region[0, :, 2:6, 3:9] = 1
    region[1, :, 20:, 20:] = 1
    for moved in shifted(region, 4):
        assert torch.equal(moved.sum(dim=(1, 2, 3)), region.sum(dim=(1, 2, 3)))
        for row in range(2):
            rolled = [
                torch.equal(moved[row], region[row].roll((down, right), (-2, -1)))
                for down in range(SIDE)
                for right in range(SIDE)
            ]
            assert any(rolled)
        assert not (moved * region).any()


@pytest.mark.parametrize("period", [2, 4, 6, 8, 12])
def test_stripes_and_grids_are_not_compared_with_themselves(period: int) -> None:
    stripes, grid = torch.zeros(1, 1, SIDE, SIDE), torch.zeros(1, 1, SIDE, SIDE)
    stripes[..., ::period] = 1
    grid[..., ::period, ::period] = 1
    for region in (stripes, grid):
        overlap = torch.stack([(moved * region).sum() / region.sum() for moved in shifted(region, 4)])
        assert (overlap == 0).all()


def test_elsewhere_is_the_same_alone_and_in_a_batch_and_each_time() -> None:
    region = (torch.rand(3, 1, 9, 14, generator=torch.Generator().manual_seed(0)) < 0.2).float()
    together = shifted(region, 4)
    for row in range(3):
        for moved, alone in zip(together, shifted(region[row : row + 1], 4), strict=True):
            assert torch.equal(moved[row : row + 1], alone)


def test_one_pixel_has_no_elsewhere_but_a_verdict() -> None:
    classifier = Classifier("one", ("a", "b"), lambda given: torch.cat([given.flatten(1), -given.flatten(1)], dim=1))
    verdict = judge(classifier, torch.full((1, 1, 1, 1), 0.7), YES, Evidence(torch.ones(1, 1, 1)))
    assert torch.isfinite(verdict.without_elsewhere).all()


def test_a_mask_is_judged_as_it_is_and_with_its_own_fill(convolution: Classifier, images: Images) -> None:
    method = registry.read("methods", "f_tc:iterations=5,tv=0,area=0,start=half")
    explanation = explain(convolution, method, images, 2)
    evidence, verdict = explanation.evidence, explanation.verdict
    torch.testing.assert_close(verdict.without_hindering, evidence.details["after"], rtol=0, atol=1e-5)
    assert evidence.fill is not None
    shares = -evidence.maps[:, None]
    moved = shifted(shares, 4)
    after = [convolution.probabilities(torch.lerp(images, evidence.fill, copy))[:, 2] for copy in moved]
    torch.testing.assert_close(verdict.without_elsewhere, torch.stack(after).mean(dim=0), rtol=0, atol=1e-5)
