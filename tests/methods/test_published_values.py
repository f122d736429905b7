"""The values that captum publishes in its own tests for its toy networks, found again by the methods here.

captum's networks take a row of numbers; here a row is a picture of one channel, one row and as many columns. Numbers
beyond [0, 1] (its 20, 50, 30) are a picture divided by 50, which the classifier multiplies by 50 again.

Found again: occlusion, Kernel SHAP against captum's Shapley values (with features together, and with a baseline between
black and white), LIME's core on the same coalitions where the network is linear, and integrated gradients on the two
networks of its paper. Grad-CAM's published values stand beside its own tests.

Not expressible as a picture classifier, and left out: networks with several inputs of their own (MultiInput, MultiArgs
and MultiTensor), with Boolean inputs, and with futures; windows that are no squares, and windows that are cut off by the
border (280, 280, 120), since the last window is moved inside here.
"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.methods.gradient.integrated_gradients import IntegratedGradients
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.methods.surrogate._players import Players
from whylight.methods.surrogate._ridge import Sums, ridge
from whylight.methods.surrogate.kernel_shap import KernelSHAP
from whylight.types import Images, Logits

SCALE = 50.0
FIRST = torch.tensor([0])
ROW, OTHER = (20.0, 50.0, 30.0), (2.0, 10.0, 3.0)


@pytest.fixture
def toys() -> Any:
    return pytest.importorskip("captum.testing.helpers.basic_models")


def picture(*numbers: float, rows: int = 1) -> Images:
    """A row of numbers as a picture in [0, 1], the same in each of its rows."""
    return (torch.tensor(numbers) / SCALE).expand(1, 1, rows, len(numbers)).contiguous()


def rows_of(network: nn.Module, black: float = 0.0) -> Classifier:
    """A network of rows as a classifier of pictures, where black stands for that number; several equal rows are one."""

    def predict(images: Images) -> Logits:
        logits: Tensor = network(SCALE * images.mean(dim=(1, 2)) + black)
        return logits

    return Classifier("toy", ("a", "b"), predict, network.eval())


@pytest.mark.parametrize(("row", "expected"), [(ROW, (80.0, 200.0, 120.0)), (OTHER, (8.0, 35.0, 12.0))])
def test_occlusion_of_single_features(toys: Any, row: tuple[float, ...], expected: tuple[float, ...]) -> None:
    method = Occlusion(window=1, stride=1, fill="black", output="logit")
    maps = method(rows_of(toys.BasicModel_MultiLayer()), picture(*row), FIRST).maps
    torch.testing.assert_close(maps[0, 0], torch.tensor(expected), atol=1e-3, rtol=0)


def test_occlusion_of_two_features_at_a_time(toys: Any) -> None:
    """From 10 on: what is black here is 10 to the network. Both rows of the picture are the same, so that a square is
    captum's window of two."""
    classifier = rows_of(toys.BasicModel_MultiLayer(), black=10.0)
    method = Occlusion(window=2, stride=1, fill="black", output="logit")
    maps = method(classifier, picture(10.0, 40.0, 20.0, rows=2), FIRST).maps
    torch.testing.assert_close(maps[0], torch.tensor([200.0, 220.0, 240.0]).expand(2, 3), atol=1e-3, rtol=0)


def test_occlusion_of_all_that_a_convolution_sees(toys: Any) -> None:
    """The second input, ones that stay, is a part of the network here: 67 for the first, everywhere."""
    network = toys.BasicModel_ConvNet_One_Conv().eval()
    classifier = Classifier("toy", tuple("abcd"), lambda images: network(SCALE * images + 1), network)
    ramp = torch.arange(16.0).view(1, 1, 4, 4) / SCALE
    maps = Occlusion(window=4, stride=4, fill="black", output="logit")(classifier, ramp, FIRST).maps
    torch.testing.assert_close(maps, torch.full((1, 4, 4), 67.0), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("row", "expected"), [(ROW, (76.66666, 196.66666, 116.66666)), (OTHER, (7.0, 32.5, 10.5))])
def test_shapley_values(toys: Any, row: tuple[float, ...], expected: tuple[float, ...]) -> None:
    method = KernelSHAP(segments="grid", count=3, fill="black", output="logit")
    maps = method(rows_of(toys.BasicModel_MultiLayer()), picture(*row), FIRST).maps
    torch.testing.assert_close(maps[0, 0], torch.tensor(expected), atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("row", "groups", "baseline", "expected"),
    [
        (ROW, (0, 0, 1), 0.0, (275.0, 275.0, 115.0)),
        (ROW, (0, 0, 1), 4.0, (248.0, 248.0, 104.0)),
        (OTHER, (0, 0, 1), 0.0, (39.5, 39.5, 10.5)),
        (ROW, (1, 1, 0), 0.0, (275.0, 275.0, 115.0)),
    ],
)
def test_shapley_values_of_features_together(
    toys: Any,
    monkeypatch: pytest.MonkeyPatch,
    row: tuple[float, ...],
    groups: tuple[int, ...],
    baseline: float,
    expected: tuple[float, ...],
) -> None:
    cut = with_groups(groups, torch.full((1, 1, 1, 3), baseline / SCALE))
    monkeypatch.setattr(Players, "cut", cut)
    method = KernelSHAP(fill="black", output="logit")
    maps = method(rows_of(toys.BasicModel_MultiLayer()), picture(*row), FIRST).maps
    torch.testing.assert_close(maps[0, 0], torch.tensor(expected), atol=1e-3, rtol=0)


def test_shapley_values_and_lime_of_the_linear_part(toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """From captum's baseline (10, 20, 10) on no unit is switched off: 40, 120, 80, whatever the method."""
    network, expected = rows_of(toys.BasicModel_MultiLayer()), torch.tensor([40.0, 120.0, 80.0])
    cut = with_groups((0, 1, 2), picture(10.0, 20.0, 10.0))
    monkeypatch.setattr(Players, "cut", cut)
    maps = KernelSHAP(fill="black", output="logit")(network, picture(*ROW), FIRST).maps
    torch.testing.assert_close(maps[0, 0], expected, atol=1e-3, rtol=0)
    players = cut(network, picture(*ROW), FIRST, ("grid", 3), "black", "logit")
    kept = torch.cartesian_prod(*[torch.tensor([False, True])] * 3)[None]
    answers = players.scores(torch.tensor([0]), kept)
    fit = ridge(Sums.of(kept.double(), torch.ones(1, 8, dtype=torch.float64), answers), 1e-9, players.real)
    torch.testing.assert_close(fit.coefficients[0].float(), expected, atol=1e-3, rtol=0)
    assert float(fit.r2) == pytest.approx(1)


def with_groups(groups: tuple[int, ...], fills: Images) -> Callable[..., Players]:
    """The cutting of pictures with captum's own feature mask and baseline."""

    def cut(classifier: Classifier, images: Images, targets: Tensor, _cut: Any, _fill: str, output: Any) -> Players:
        return Players(classifier, images, fills, torch.tensor(groups)[None, None], targets, output)

    return cut


@pytest.mark.parametrize("name", ["BasicModel2", "BasicModel3"])
@pytest.mark.parametrize("rule", ["gauss_legendre", "riemann"])
def test_integrated_gradients_on_the_networks_of_its_paper(toys: Any, name: str, rule: Any) -> None:
    """1.5 and -0.5 for (3, 1), within captum's own 0.05 at 500 steps; two networks with the same answers, one map."""
    network = getattr(toys, name)()

    def predict(images: Images) -> Logits:
        first, second = SCALE * images[:, 0, 0, 0], SCALE * images[:, 0, 0, 1]
        logit = network(first, second)
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)

    classifier = Classifier(name, ("a", "b"), predict, network.eval())
    maps = IntegratedGradients(500, rule, most=500)(classifier, picture(3.0, 1.0), FIRST).maps
    torch.testing.assert_close(maps[0, 0], torch.tensor([1.5, -0.5]), atol=0.02, rtol=0)
