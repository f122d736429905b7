from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metrics.faithfulness.irof import IROF
from whylight.segments import segment
from whylight.types import Images

Explained = Callable[..., Explanation]


def test_the_score_is_that_of_the_slow_loop(explained: Explained, convolution: Classifier, images: Images) -> None:
    """Superpixel after superpixel, by their mean value; pictures are cut into different numbers of them."""
    maps = torch.randn(3, 32, 32)
    measured = IROF(count=12)(explained(convolution, images, maps))
    segments, fills = segment(images, "slic", 12), masking.fill(images, "mean")
    whole = convolution.probabilities(images)[:, 0]
    for row in range(3):
        numbers = segments[row].unique().tolist()
        numbers.sort(key=lambda number: -float(maps[row][segments[row] == number].mean()))
        changed, left = images[row].clone(), [1.0]
        for number in numbers:
            inside = segments[row] == number
            changed[:, inside] = fills[row][:, inside]
            left.append(float(convolution.probabilities(changed[None])[0, 0] / whole[row]))
        area = sum((a + b) / 2 for a, b in pairwise(left)) / len(numbers)
        assert measured.scores[row].item() == pytest.approx(1 - area, abs=1e-5)
        assert measured.curves["irof"].shape == (3, 13)
        assert measured.curves["irof"][row, [0, -1]].tolist() == pytest.approx([1.0, left[-1]], abs=1e-5)


def test_a_curve_has_its_own_steps_where_there_are_as_many(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    """Squares of a linear classifier: what is left of the logit is known, and the curve's points are the steps."""
    measured = IROF(parts="grid", count=9, fill="black")(explained(linear, pictures, shares))
    blocks = shares.reshape(3, 3, 4, 3, 4).sum(dim=(2, 4)).flatten(1).sort(dim=1, descending=True).values
    logits = blocks.sum(dim=1, keepdim=True) - torch.cat([torch.zeros(3, 1), blocks.cumsum(dim=1)], dim=1)
    left = logits.sigmoid() / logits[:, :1].sigmoid()
    torch.testing.assert_close(measured.curves["irof"], left, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(measured.scores, 1 - torch.trapezoid(left, dx=1 / 9, dim=1), atol=1e-5, rtol=1e-5)


def test_a_hindering_superpixel_that_goes_first_lowers_the_score(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    metric = IROF(parts="grid", count=9, fill="black")
    right, wrong = (metric(explained(linear, pictures, each)).scores for each in (shares, -shares))
    assert (right > wrong).all()


def test_a_picture_without_probability_has_no_ratio(explained: Explained) -> None:
    sure = Classifier("sure", ("a", "b"), lambda given: torch.tensor([[0.0, 30.0]]).repeat(len(given), 1))
    measured = IROF(parts="grid", count=4)(explained(sure, torch.rand(2, 3, 8, 8), torch.randn(2, 8, 8)))
    assert torch.isnan(measured.scores).all()


def test_a_pass_for_each_superpixel_and_one_more(explained: Explained, convolution: Classifier, images: Images) -> None:
    explanation = explained(convolution, images, torch.randn(3, 32, 32))
    numbers = [int(each.max()) + 1 for each in segment(images, "slic", 12)]
    assert len(set(numbers)) > 1
    with perturb.metered() as meter:
        IROF(count=12)(explanation)
    assert meter.forward == sum(numbers) + 3


def test_settings_out_of_range_are_refused(explained: Explained, linear: Classifier, pictures: Images) -> None:
    explanation = explained(linear, pictures, torch.randn(3, 12, 12))
    unknown = IROF()
    object.__setattr__(unknown, "parts", "hexagons")
    for metric in (IROF(count=0), unknown):
        with pytest.raises(MetricError, match="irof expects parts of slic, grid, pixels and a count of at least 1"):
            metric(explanation)
