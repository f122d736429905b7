from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metrics.faithfulness.hindering_faithfulness import HinderingFaithfulness
from whylight.types import Images

Explained = Callable[..., Explanation]


def test_everything_is_known_of_a_linear_classifier(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    """Removing all hindering pixels raises the logit by exactly their sum; the gap is that of the cumulative sums."""
    negative = (shares < 0).sum(dim=(1, 2))
    for row in range(3):
        count = int(negative[row])
        one = explained(linear, pictures[row : row + 1], shares[row : row + 1])
        measured = HinderingFaithfulness(steps=count, fill="black", output="logit")(one)
        whole = shares[row].sum()
        rising = shares[row].flatten().sort().values
        falling = rising.flip(0).clamp_min(0)  # no negative pixel is ever taken as support
        hindering = torch.cat([whole[None], whole - rising[:count].cumsum(0)])
        supporting = torch.cat([whole[None], whole - falling[:count].cumsum(0)])
        torch.testing.assert_close(measured.curves["hindering"][0], hindering, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(measured.curves["supporting"][0], supporting, atol=1e-5, rtol=1e-5)
        assert measured.scores.item() == pytest.approx(
            torch.trapezoid(hindering - supporting, dx=1 / count).item(), rel=1e-4
        )
        rise = measured.curves["hindering"][0, -1] - measured.curves["hindering"][0, 0]
        torch.testing.assert_close(rise, -shares[row].clamp_max(0).sum(), atol=1e-5, rtol=1e-5)


def test_exchanged_signs_are_found_out(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    metric = HinderingFaithfulness(fill="black")
    assert (metric(explained(linear, pictures, shares)).scores > 0).all()
    assert (metric(explained(linear, pictures, -shares)).scores < 0).all()


def test_random_signs_score_nothing_on_average(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    metric = HinderingFaithfulness(fill="black", output="logit")
    scores = torch.stack([metric(explained(linear, pictures, torch.randn(3, 12, 12))).scores for _ in range(40)])
    assert scores.mean().abs() < 0.05 * metric(explained(linear, pictures, shares)).scores.mean()


def test_a_map_without_negative_pixels_makes_no_claim(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    maps = torch.stack([shares[0], shares[1].clamp_min(0), torch.zeros_like(shares[2])])
    measured = HinderingFaithfulness()(explained(linear, pictures, maps))
    assert torch.isnan(measured.scores).tolist() == [False, True, True]
    assert torch.isnan(measured.curves["hindering"]).all(dim=1).tolist() == [False, True, True]


def test_support_is_taken_only_as_far_as_there_is_any(
    explained: Explained, linear: Classifier, pictures: Images
) -> None:
    """A map that is negative but for two pixels: the supporting curve takes those two and stays."""
    maps = -torch.rand(1, 12, 12) - 0.1
    maps[0, 3, 4], maps[0, 5, 6] = 2.0, 1.0
    measured = HinderingFaithfulness(steps=142, fill="black")(explained(linear, pictures[:1], maps))
    gone = pictures[:1].clone()
    gone[:, :, 3, 4] = 0
    one = linear.probabilities(gone)[0, 0]
    gone[:, :, 5, 6] = 0
    both = linear.probabilities(gone)[0, 0]
    curve = measured.curves["supporting"][0]
    torch.testing.assert_close(curve[1], one)
    torch.testing.assert_close(curve[2:], both.expand(141))


def test_a_pass_for_each_point(explained: Explained, convolution: Classifier, images: Images) -> None:
    explanation = explained(convolution, images, torch.randn(3, 32, 32))
    with perturb.metered() as meter:
        HinderingFaithfulness(steps=5)(explanation)
    assert meter.forward == 3 * 11


def test_settings_out_of_range_are_refused(explained: Explained, linear: Classifier, pictures: Images) -> None:
    with pytest.raises(MetricError, match="hindering_faithfulness expects steps of at least 1"):
        HinderingFaithfulness(steps=0)(explained(linear, pictures, torch.randn(3, 12, 12)))
