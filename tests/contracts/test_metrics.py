"""What every metric owes, run over every file in ``metrics/``: a new one is tested before its author writes a test."""

import contextlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from whylight import perturb, registry
from whylight.classifier import Access, Classifier
from whylight.errors import MetricError, WhylightError
from whylight.explanation import Explanation, explain
from whylight.method import Evidence, Method
from whylight.metric import Measured, Metric, Truth
from whylight.types import Images

CHEAP = {
    "max_sensitivity": "max_sensitivity:samples=3",
    "smooth_parameter_randomisation": "smooth_parameter_randomisation:samples=2",
}
"""Settings that make a metric quick; others run with their defaults."""

METHOD = "integrated_gradients:steps=8"
"""Signed, quick, and its sum is a claim that can be checked."""

SILENT = {"area"}
"""Metrics that have no score for this method, as they say."""

BLIND = {"passes", "runtime", "seed_stability", "smooth_parameter_randomisation"}
"""Metrics that do not look at the map itself: they make their own, or none."""


@pytest.fixture(params=registry.names("metrics"))
def metric(request: pytest.FixtureRequest) -> Metric:
    made = registry.read("metrics", CHEAP.get(request.param, request.param))
    assert isinstance(made, Metric)
    return made


@pytest.fixture
def explanation(convolution: Classifier, images: Images, targets: Tensor) -> Explanation:
    method: Method = registry.read("methods", METHOD)
    return explain(convolution, method, images, targets)


@pytest.fixture
def truth() -> Truth:
    """A box that supports and one that hinders, elsewhere in each picture."""
    supporting, hindering = torch.zeros(2, 3, 32, 32, dtype=torch.bool)
    for picture in range(3):
        supporting[picture, 4:20, 4 + 5 * picture : 14 + 5 * picture] = True
        hindering[picture, 22:30, 2 + 3 * picture : 12] = True
    return Truth(supporting, hindering)


def part(truth: Truth, chosen: slice) -> Truth:
    assert truth.hindering is not None
    return Truth(truth.supporting[chosen], truth.hindering[chosen])


def with_maps(explanation: Explanation, maps: Tensor) -> Explanation:
    return replace(explanation, evidence=Evidence(maps, explanation.evidence.details))


def same(first: Measured, second: Measured) -> bool:
    """Rounding differs with the batch, and a metric may rank by it."""
    numbers = [(first.scores, second.scores), *((first.curves[name], second.curves[name]) for name in first.curves)]
    return all(torch.allclose(a, b, rtol=5e-3, atol=2e-3, equal_nan=True) for a, b in numbers)


def test_a_score_for_every_picture(metric: Metric, explanation: Explanation, truth: Truth) -> None:
    measured = metric(explanation, truth)
    assert measured.scores.shape == (3,)
    assert measured.scores.dtype == torch.float32
    assert not measured.scores.requires_grad
    assert measured.scores.isnan().all() if registry.name_of(metric) in SILENT else measured.scores.isfinite().all()
    for curve in measured.curves.values():
        assert curve.ndim == 2
        assert len(curve) == 3
        assert curve.shape[1] >= 2
        assert curve.isfinite().all()


def test_a_batch_is_as_good_as_single_pictures(metric: Metric, explanation: Explanation, truth: Truth) -> None:
    if metric.timed:
        pytest.skip("it depends on the clock")
    together = metric(explanation, truth)
    for number in range(3):
        one = slice(number, number + 1)
        curves = {name: curve[one] for name, curve in together.curves.items()}
        assert same(metric(explanation[one], part(truth, one)), Measured(together.scores[one], curves))


def test_the_batch_size_does_not_matter(metric: Metric, explanation: Explanation, truth: Truth) -> None:
    usual = metric(explanation, truth)
    with perturb.execution(perturb.Execution(batch_size=2)):
        assert same(metric(explanation, truth), usual)


def test_the_same_again(metric: Metric, explanation: Explanation, truth: Truth) -> None:
    first = metric(explanation, truth).scores
    torch.manual_seed(12345)
    assert torch.equal(first.nan_to_num(), metric(explanation, truth).scores.nan_to_num())


def test_every_picture_gets_the_same_pattern(metric: Metric, explanation: Explanation, truth: Truth) -> None:
    twice = torch.tensor([0, 0, 2])
    maps = explanation.maps[twice]
    doubled = explain(explanation.classifier, explanation.method, explanation.images[twice], explanation.targets[twice])
    assert torch.allclose(doubled.maps, maps, atol=1e-3 * float(maps.abs().max()))
    assert truth.hindering is not None
    scores = metric(doubled, Truth(truth.supporting[twice], truth.hindering[twice])).scores.nan_to_num()
    assert float(scores[0]) == pytest.approx(float(scores[1]), rel=5e-3, abs=2e-3)


def test_it_can_be_written_as_plain_data_and_read_again(metric: Metric) -> None:
    plain = json.loads(json.dumps(registry.describe(metric)))
    assert registry.build("metrics", plain) == metric
    assert hash(registry.build("metrics", plain)) == hash(metric)


def test_it_says_whether_more_is_better(metric: Metric) -> None:
    assert metric.higher_is_better in {True, False, None}
    assert "higher_is_better" in {name for parent in type(metric).__mro__ for name in vars(parent)}


def test_what_it_needs_is_given_or_missed_in_a_sentence(
    metric: Metric, black_box: Classifier, images: Images, targets: Tensor, truth: Truth
) -> None:
    method: Method = registry.read("methods", "occlusion:window=8,stride=8")
    explanation = explain(black_box, method, images, targets)
    if metric.needs > Access.OUTPUTS:
        for ask in (metric.check, metric):
            with pytest.raises(MetricError, match="black box that gives outputs only"):
                ask(explanation, truth)
    else:
        metric.check(explanation, truth)
        assert not metric(explanation, truth).scores.isinf().any()


def test_the_truth_that_it_needs_is_missed_in_a_sentence(metric: Metric, explanation: Explanation) -> None:
    if metric.needs_truth:
        for ask in (metric.check, metric):
            with pytest.raises(MetricError, match="neither masks nor boxes"):
                ask(explanation, None)
    else:
        metric.check(explanation, None)
        assert metric(explanation).scores.shape == (3,)


@pytest.mark.parametrize("value", [0.0, 0.25, -0.25])
def test_an_even_map_gives_no_infinity(metric: Metric, explanation: Explanation, truth: Truth, value: float) -> None:
    measured = metric(with_maps(explanation, torch.full_like(explanation.maps, value)), truth)
    assert measured.scores.shape == (3,)
    assert not measured.scores.isinf().any()


def test_a_broken_map_has_no_score_and_spoils_no_other(metric: Metric, explanation: Explanation, truth: Truth) -> None:
    for value in (torch.nan, torch.inf):
        maps = explanation.maps.clone()
        maps[1, 3, 3] = value
        scores, usual = metric(with_maps(explanation, maps), truth).scores, metric(explanation, truth).scores
        assert torch.allclose(scores[::2], usual[::2], rtol=5e-3, atol=2e-3, equal_nan=True)
        assert scores[1].isnan() or registry.name_of(metric) in BLIND


@pytest.mark.parametrize("calls", [0, 1, 3, None])
def test_everything_is_left_as_it_was_even_after_a_failure(
    metric: Metric,
    explanation: Explanation,
    truth: Truth,
    left_alone: Callable[[nn.Module], AbstractContextManager[None]],
    calls: int | None,
) -> None:
    classifier, made = explanation.classifier, 0
    assert classifier.module is not None
    images, targets, maps = explanation.images.clone(), explanation.targets.clone(), explanation.maps.clone()

    def predict(pictures: Images) -> Tensor:
        nonlocal made
        made += 1
        if calls is not None and made > calls:
            raise RuntimeError("the network broke")
        return classifier.predict(pictures)

    with left_alone(classifier.module):
        try:
            metric(replace(explanation, classifier=replace(classifier, predict=predict)), truth)
        except WhylightError as error:
            assert "the network broke" in str(error)  # noqa: PT017  # a metric need not ask the network at all
    assert torch.equal(explanation.images, images)
    assert torch.equal(explanation.targets, targets)
    assert torch.equal(explanation.maps, maps)


def test_it_works_where_gradients_are_off(metric: Metric, explanation: Explanation, truth: Truth) -> None:
    usual = metric(explanation, truth)
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            assert same(metric(explanation, truth), usual)


def test_a_transformer_is_measured(metric: Metric, transformer: Classifier, images: Images, truth: Truth) -> None:
    explanation = explain(transformer, registry.read("methods", METHOD), images)
    measured = metric(explanation, truth)
    assert measured.scores.isnan().all() if registry.name_of(metric) in SILENT else measured.scores.isfinite().all()


def test_grey_pictures_of_any_shape_are_measured(metric: Metric) -> None:
    torch.manual_seed(3)
    layers = [nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(96, 3)]
    network = nn.Sequential(*layers).eval()
    pictures = torch.rand(2, 1, 24, 40, generator=torch.Generator().manual_seed(1))
    explanation = explain(
        Classifier("grey", ("x", "y", "z"), network, network), registry.read("methods", METHOD), pictures
    )
    mask = torch.zeros(2, 24, 40, dtype=torch.bool)
    mask[:, 5:20, 10:30] = True
    assert metric(explanation, Truth(mask, ~mask)).scores.isinf().sum() == 0
    with contextlib.suppress(MetricError):
        metric.check(explanation, None)
