"""Oracles: a linear classifier, whose saliency is its weights; a map that ignores the classifier, which must fail every
test; the properties that Hedström et al. (2023) ask of their tests; numpy's histogram and scipy's entropy."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from whylight.classifier import Classifier
from whylight.controls.edge_map import EdgeMap
from whylight.errors import MetricError
from whylight.explanation import Explanation, explain
from whylight.method import Evidence, Method
from whylight.methods.gradient.saliency import Saliency
from whylight.metric import Metric
from whylight.metrics.randomisation._cascade import Order, randomised_maps, stages_of
from whylight.metrics.randomisation._network import layers_of
from whylight.metrics.randomisation.efficient_parameter_randomisation import (
    EfficientParameterRandomisation,
    histogram_entropy,
)
from whylight.metrics.randomisation.parameter_randomisation import ParameterRandomisation
from whylight.metrics.randomisation.random_logit import RandomLogit
from whylight.metrics.randomisation.smooth_parameter_randomisation import SmoothParameterRandomisation
from whylight.types import Images, Maps, Targets

TARGETS = torch.tensor([0, 1, 2])
ORDERS: list[Order] = ["top_down", "bottom_up", "independent"]


@pytest.fixture
def linear() -> Classifier:
    """Its saliency is its weights, whatever the picture."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 5)).eval()
    return Classifier("linear", tuple("abcde"), network, network)


def weights(classifier: Classifier, label: int) -> Maps:
    assert classifier.module is not None
    return classifier.module.get_submodule("1").get_parameter("weight")[label].detach().reshape(3, 32, 32).sum(dim=0)


def rho(first: Maps, second: Maps) -> float:
    return float(stats.spearmanr(first.flatten(), second.flatten())[0])


@pytest.mark.parametrize("order", ORDERS)
def test_a_linear_classifier_loses_its_weights_at_once(linear: Classifier, images: Images, order: Order) -> None:
    measured = ParameterRandomisation(order=order)(explain(linear, Saliency(), images, TARGETS))
    # two independent draws of 1024 pixels: a correlation of about ± 1 / 32
    assert (measured.scores.abs() < 4 / 32).all()
    assert (measured.scores != 0).all()
    steps = {"top_down": 2, "bottom_up": 2, "independent": 1}
    assert measured.curves["similarity"].shape == (3, steps[order])


@pytest.mark.parametrize("kind", ["spearman", "ssim", "pearson"])
@pytest.mark.parametrize("order", ORDERS)
def test_a_map_that_ignores_the_classifier_fails(
    convolution: Classifier, images: Images, order: Order, kind: str
) -> None:
    explanation = explain(convolution, EdgeMap(), images, TARGETS)
    metrics: list[Metric] = [
        ParameterRandomisation(order=order, kind=kind),  # type: ignore[arg-type]  # one of the three
        SmoothParameterRandomisation(samples=2, order=order, kind=kind),  # type: ignore[arg-type]  # likewise
        RandomLogit(kind=kind),  # type: ignore[arg-type]  # likewise
    ]
    for metric in metrics:
        assert metric(explanation).scores.tolist() == pytest.approx([1, 1, 1], abs=1e-5)
    assert EfficientParameterRandomisation()(explanation).scores.tolist() == [0, 0, 0]


def changed_stages(explanation: Explanation, order: Order, most: int) -> list[list[int]]:
    """The numbers of the layers whose weights differ from the original at each stage."""
    network = explanation.classifier.module
    assert network is not None
    layers = layers_of(network)
    original = [[weight.detach().clone() for weight in layer.parameters(recurse=False)] for _, layer in layers]
    seen: list[list[int]] = []

    def look() -> Maps:
        now = [list(layer.parameters(recurse=False)) for _, layer in layers]
        pairs = zip(now, original, strict=True)
        seen.append([i for i, (a, b) in enumerate(pairs) if not all(map(torch.equal, a, b))])
        return explanation.maps

    randomised_maps(explanation, look, order, most, 0)
    assert all(all(map(torch.equal, layer.parameters(recurse=False), b)) for (_, layer), b in zip(layers, original))
    return seen


def test_layers_lose_their_weights_in_order(convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, EdgeMap(), images, TARGETS)
    assert changed_stages(explanation, "top_down", 10) == [[2], [1, 2], [0, 1, 2]]
    assert changed_stages(explanation, "bottom_up", 10) == [[0], [0, 1], [0, 1, 2]]
    assert changed_stages(explanation, "independent", 10) == [[0], [1], [2]]
    assert changed_stages(explanation, "top_down", 2) == [[2], [0, 1, 2]]


def test_stages_are_nearly_equal() -> None:
    layers = [(number, nn.Identity()) for number in range(23)]
    stages = stages_of(list(layers), "bottom_up", 10)
    assert sorted(len(stage) for stage in stages) == [2] * 7 + [3] * 3
    assert [number for stage in stages for number, _ in stage] == list(range(23))
    assert len(stages_of(list(layers), "top_down", 100)) == 23


def test_the_score_is_the_mean_of_the_curve_after_its_start(convolution: Classifier, images: Images) -> None:
    measured = ParameterRandomisation()(explain(convolution, Saliency(), images, TARGETS))
    curve = measured.curves["similarity"]
    assert curve.shape == (3, 4)
    assert curve[:, 0].tolist() == [1, 1, 1]
    torch.testing.assert_close(curve[:, 1:].mean(dim=1), measured.scores)
    assert (measured.scores < 0.99).all()


def test_the_smooth_test_is_the_plain_one_without_noise(convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, Saliency(), images, TARGETS)
    plain = ParameterRandomisation(order="bottom_up")(explanation)
    smooth = SmoothParameterRandomisation(samples=3, noise=0.0)(explanation)
    torch.testing.assert_close(smooth.curves["similarity"], plain.curves["similarity"], atol=1e-3, rtol=0)


@dataclass(frozen=True)
class Fragile(Method):
    """The weights under noise that depends on every bit of the picture: a noisy map of a classifier that hardly matters."""

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        ramp = torch.linspace(-1, 1, 32).expand(32, 32)
        network = classifier.module
        assert network is not None
        weight = next(network.parameters()).sum()
        return Evidence(ramp + torch.sin(1e4 * images[:, 0] * (1 + weight)).detach())


def test_noise_passes_the_plain_test_and_not_the_smooth_one(convolution: Classifier, images: Images) -> None:
    """The flaw that the smooth test mends: the map is a ramp that ignores the classifier, hidden by noise."""
    explanation = explain(convolution, Fragile(), images, TARGETS)
    plain = ParameterRandomisation(order="bottom_up", kind="pearson")(explanation).scores
    smooth = SmoothParameterRandomisation(kind="pearson")(explanation).scores
    assert (plain < 0.6).all()
    assert (smooth > 0.9).all()


def test_the_histograms_entropy_is_numpys(images: Images) -> None:
    maps = torch.cat([torch.randn(2, 20, 20), images[:1, 0, :20, :20] ** 9])
    for bins in (2, 10, 100):
        expected = [stats.entropy(np.histogram(each.double().numpy(), bins=bins)[0]) for each in maps]
        assert histogram_entropy(maps, bins).tolist() == pytest.approx(expected, abs=1e-9)
    assert histogram_entropy(torch.ones(1, 4, 4), 10).isnan().all()


def test_a_trained_looking_classifier_gains_disorder(linear: Classifier, images: Images) -> None:
    """Two blocks of equal weights have one bit of entropy; drawn anew, they are spread over all bins."""
    assert linear.module is not None
    weight = linear.module.get_submodule("1").get_parameter("weight")
    with torch.no_grad():
        weight.zero_()
        weight[:, : 3 * 512] = 1.0
    explanation = explain(linear, Saliency(), images, TARGETS)
    scores = EfficientParameterRandomisation()(explanation).scores
    before = [stats.entropy(np.histogram(each.numpy(), bins=100)[0]) for each in explanation.maps]
    # the sum of three even draws over 100 bins
    drawn = 2 * np.random.default_rng(0).random((100_000, 3)).sum(axis=1) - 3
    after = stats.entropy(np.histogram(drawn, bins=100)[0])
    assert scores.tolist() == pytest.approx([(after - one) / one for one in before], rel=0.1)


def test_another_label_is_the_next_one_at_a_drawn_step(linear: Classifier, images: Images) -> None:
    scores = RandomLogit()(explain(linear, Saliency(), images, TARGETS)).scores
    first = pytest.approx(float(scores[0]), abs=1e-4)
    steps = [step for step in range(1, 5) if rho(weights(linear, 0), weights(linear, step)) == first]
    assert len(steps) == 1
    expected = [rho(weights(linear, label), weights(linear, (label + steps[0]) % 5)) for label in range(3)]
    assert scores.tolist() == pytest.approx(expected, abs=1e-4)


def test_the_runner_up_and_the_least_likely_label(linear: Classifier, images: Images) -> None:
    top = linear.logits(images).argsort(dim=1, descending=True)
    explanation = explain(linear, Saliency(), images, top[:, 1])
    runner_up = RandomLogit(other="runner_up")(explanation).scores
    least = RandomLogit(other="least_likely")(explanation).scores
    for picture, order in enumerate(top.tolist()):
        target = weights(linear, order[1])
        assert float(runner_up[picture]) == pytest.approx(rho(target, weights(linear, order[0])), abs=1e-4)
        assert float(least[picture]) == pytest.approx(rho(target, weights(linear, order[-1])), abs=1e-4)


def test_two_labels_are_opposites(images: Images) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2)).eval()
    with torch.no_grad():
        weight = network.get_submodule("1").get_parameter("weight")
        weight[1] = -weight[0]
    explanation = explain(Classifier("two", ("a", "b"), network, network), Saliency(), images, 0)
    assert RandomLogit()(explanation).scores.tolist() == pytest.approx([-1] * 3, abs=1e-5)
    assert RandomLogit(absolute=True)(explanation).scores.tolist() == pytest.approx([1] * 3, abs=1e-5)


def test_a_network_without_weights_is_refused(images: Images) -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    explanation = explain(Classifier("pool", ("r", "g", "b"), network.eval(), network), EdgeMap(), images)
    with pytest.raises(MetricError, match="no weights that could be drawn anew"):
        ParameterRandomisation()(explanation)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: ParameterRandomisation(stages=0), "stages"),
        (lambda: SmoothParameterRandomisation(samples=0), "samples"),
        (lambda: SmoothParameterRandomisation(noise=-1.0), "noise"),
        (lambda: EfficientParameterRandomisation(bins=1), "bins"),
    ],
)
def test_settings_out_of_range_are_refused(make: type[Metric], word: str) -> None:
    with pytest.raises(MetricError, match=word):
        make()


def test_another_seed_draws_other_weights(linear: Classifier, images: Images) -> None:
    explanation = explain(linear, Saliency(), images, TARGETS)
    for metric in (
        ParameterRandomisation(),
        EfficientParameterRandomisation(),
        SmoothParameterRandomisation(samples=2),
    ):
        assert not torch.equal(metric(explanation).scores, replace(metric, seed=1)(explanation).scores)
