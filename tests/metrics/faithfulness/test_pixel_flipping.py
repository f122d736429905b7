from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metrics.faithfulness.pixel_flipping import PixelFlipping
from whylight.types import Images

Explained = Callable[..., Explanation]


def test_curves_are_those_of_the_slow_loop(explained: Explained, convolution: Classifier, images: Images) -> None:
    """Pixel by pixel, all channels together, for both ways."""
    maps = torch.randn(3, 32, 32)
    measured = PixelFlipping(steps=6)(explained(convolution, images, maps))
    fills = masking.fill(images, "mean")
    for row in range(3):
        order = maps[row].flatten().argsort(descending=True).tolist()
        for name, way in (("morf", order), ("lerf", order[::-1])):
            changed, answers, done = images[row].clone(), [], 0
            for count in (round(1024 * step / 6) for step in range(7)):
                for pixel in way[done:count]:
                    changed[:, pixel // 32, pixel % 32] = fills[row, :, pixel // 32, pixel % 32]
                done = count
                answers.append(convolution.probabilities(changed[None])[0, 0])
            torch.testing.assert_close(measured.curves[name][row], torch.stack(answers), atol=1e-6, rtol=1e-4)
    gaps = measured.curves["lerf"] - measured.curves["morf"]
    torch.testing.assert_close(measured.scores, gaps.mean(dim=1))


def test_everything_is_known_of_a_linear_classifier(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    """Each point of a curve is the whole sum less the largest, or the smallest, shares."""
    explanation = explained(linear, pictures, shares)
    found = {
        score: PixelFlipping(steps=144, fill="black", score=score, output="logit")(explanation)
        for score in ("abpc", "aopc", "lerf")
    }
    falling = shares.flatten(1).double().sort(dim=1, descending=True).values
    none = torch.zeros(3, 1, dtype=torch.float64)
    whole = falling.sum(dim=1, keepdim=True)
    morf = whole - torch.cat([none, falling.cumsum(dim=1)], dim=1)
    lerf = whole - torch.cat([none, falling.flip(1).cumsum(dim=1)], dim=1)
    expected = {"abpc": (lerf - morf).mean(1), "aopc": (morf[:, :1] - morf).mean(1), "lerf": lerf.mean(1)}
    for score, numbers in expected.items():
        torch.testing.assert_close(found[score].scores, numbers.float(), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(found[score].curves["morf"], morf.float(), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(found[score].curves["lerf"], lerf.float(), atol=1e-5, rtol=1e-5)
    # what hinders goes first: the answer rises by exactly the sum of all negative shares
    rise = found["abpc"].curves["lerf"].amax(dim=1) - whole[:, 0]
    torch.testing.assert_close(rise.float(), -shares.clamp_max(0).sum(dim=(1, 2)), atol=1e-5, rtol=1e-5)


def test_exchanged_signs_exchange_the_curves(explained: Explained, convolution: Classifier, images: Images) -> None:
    maps = torch.randn(3, 32, 32)
    right, wrong = (PixelFlipping(steps=8)(explained(convolution, images, each)) for each in (maps, -maps))
    torch.testing.assert_close(right.curves["morf"], wrong.curves["lerf"])
    torch.testing.assert_close(right.scores, -wrong.scores)


def test_random_maps_score_nothing_on_average(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    metric = PixelFlipping(fill="black", output="logit")
    scores = torch.stack([metric(explained(linear, pictures, torch.randn(3, 12, 12))).scores for _ in range(40)])
    best = metric(explained(linear, pictures, shares)).scores
    assert scores.mean().abs() < 0.05 * best.mean()
    assert (best > scores.amax(dim=0)).all()


def test_the_curves_share_their_ends(explained: Explained, convolution: Classifier, images: Images) -> None:
    explanation = explained(convolution, images, torch.randn(3, 32, 32))
    with perturb.metered() as meter:
        PixelFlipping(steps=5)(explanation)
    assert meter.forward == 3 * 2 * 5


@pytest.mark.parametrize("steps", [1, 2, 500])
def test_any_number_of_steps_is_taken(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor, steps: int
) -> None:
    measured = PixelFlipping(steps=steps)(explained(linear, pictures, shares))
    assert measured.curves["morf"].shape == measured.curves["lerf"].shape == (3, steps + 1)
    assert torch.isfinite(measured.scores).all()


def test_settings_out_of_range_are_refused(explained: Explained, linear: Classifier, pictures: Images) -> None:
    explanation = explained(linear, pictures, torch.randn(3, 12, 12))
    unknown = PixelFlipping()
    object.__setattr__(unknown, "score", "morf")
    for metric in (PixelFlipping(steps=0), unknown):
        with pytest.raises(MetricError, match="pixel_flipping expects steps of at least 1 and a score of abpc"):
            metric(explanation)
