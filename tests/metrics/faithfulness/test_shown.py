"""average_drop, increase_in_confidence and average_gain: published values, the definitions, and what signs do."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metrics.faithfulness._shown import Showing, ShownPart, shown_by
from whylight.metrics.faithfulness.average_drop import AverageDrop
from whylight.metrics.faithfulness.average_gain import AverageGain
from whylight.metrics.faithfulness.increase_in_confidence import IncreaseInConfidence
from whylight.types import Images

Explained = Callable[..., Explanation]


@pytest.fixture
def total() -> Classifier:
    """Its probability of label 0 is the sum of the pixels."""

    def predict(images: Images) -> Tensor:
        share = images.flatten(1).sum(dim=1).clamp(1e-6, 1 - 1e-6)
        return torch.stack([share.log(), (1 - share).log()], dim=1)

    return Classifier("total", ("sum", "rest"), predict)


def test_published_values(explained: Explained, total: Classifier) -> None:
    """torch-cam's case (Apache-2.0, tests/test_metrics.py): of four pixels that add up to 1, the one with 0.4 is shown."""
    picture, maps = torch.tensor([[[[0.4, 0.3], [0.2, 0.1]]]]), torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    explanation = explained(total, picture, maps)
    assert AverageDrop()(explanation).scores.item() == pytest.approx(0.6, abs=1e-5)
    assert IncreaseInConfidence()(explanation).scores.item() == 0


@pytest.mark.parametrize("showing", ["positive", "min_max"])
def test_scores_are_those_of_the_definition(
    explained: Explained, convolution: Classifier, images: Images, showing: Showing
) -> None:
    maps = torch.randn(3, 32, 32)
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    masks = maps.clamp_min(0) / high if showing == "positive" else (maps - low) / (high - low)
    for label in range(5):
        whole = convolution.probabilities(images)[:, label]
        shown = convolution.probabilities(images * masks[:, None])[:, label]
        explanation = explained(convolution, images, maps, label)
        expected: list[tuple[ShownPart, Tensor]] = [
            (AverageDrop(showing), torch.relu(whole - shown) / whole),
            (IncreaseInConfidence(showing), (shown > whole).float()),
            (AverageGain(showing), torch.relu(shown - whole) / (1 - whole)),
        ]
        for metric, scores in expected:
            torch.testing.assert_close(metric(explanation).scores, scores, atol=1e-5, rtol=1e-4)


def test_removing_what_hinders_raises_confidence(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    """Black pixels add nothing to the linear classifier: showing support alone gives more than the whole picture."""
    for sign, drops, rises in ((1.0, False, True), (-1.0, True, False)):
        explanation = explained(linear, pictures, sign * shares.sign())
        assert (AverageDrop()(explanation).scores > 0).tolist() == 3 * [drops]
        assert (AverageGain()(explanation).scores > 0).tolist() == 3 * [rises]
        assert IncreaseInConfidence()(explanation).scores.tolist() == 3 * [float(rises)]


def test_a_map_that_shows_everything_loses_and_gains_nothing(
    explained: Explained, convolution: Classifier, images: Images
) -> None:
    explanation = explained(convolution, images, torch.full((3, 32, 32), 0.2))
    for metric in (AverageDrop(), AverageGain(), IncreaseInConfidence()):
        torch.testing.assert_close(metric(explanation).scores, torch.zeros(3), atol=1e-6, rtol=0)


def test_a_map_without_support_shows_the_fill() -> None:
    assert not shown_by(torch.tensor([[[-1.0, 0.0], [-2.0, -3.0]]]), "positive").any()
    assert shown_by(torch.tensor([[[-1.0, 0.0], [-2.0, -3.0]]]), "min_max")[0, 0, 1] == 1
    assert not shown_by(torch.zeros(1, 2, 2), "positive").any()


def test_a_certain_picture_has_nothing_to_gain(explained: Explained) -> None:
    sure = Classifier("sure", ("a", "b"), lambda given: torch.tensor([[40.0, 0.0]]).repeat(len(given), 1))
    explanation = explained(sure, torch.rand(2, 3, 8, 8), torch.rand(2, 8, 8))
    assert torch.isnan(AverageGain()(explanation).scores).all()
    assert AverageDrop()(explanation).scores.tolist() == [0, 0]


@pytest.mark.parametrize("metric", [AverageDrop(), AverageGain(), IncreaseInConfidence()], ids=str)
def test_two_passes_and_settings_are_checked(
    explained: Explained, linear: Classifier, pictures: Images, metric: ShownPart
) -> None:
    explanation = explained(linear, pictures, torch.randn(3, 12, 12))
    with perturb.metered() as meter:
        metric(explanation)
    assert meter.forward == 6
    unknown = type(metric)()
    object.__setattr__(unknown, "showing", "all")
    with pytest.raises(MetricError, match="expects showing of positive or min_max"):
        unknown(explanation)
