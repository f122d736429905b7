"""deletion and insertion: published cases, the definition written out, and closed forms."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metrics.faithfulness.deletion import Deletion
from whylight.metrics.faithfulness.insertion import Insertion
from whylight.types import Images

FOUR = torch.tensor([[[[0.4, 0.3], [0.2, 0.1]]]])
FIVE = torch.tensor([[[[0.3, 0.25, 0.2, 0.15, 0.1]]]])

Explained = Callable[..., Explanation]


@pytest.mark.parametrize(
    ("picture", "steps", "deleted", "inserted", "areas"),
    [
        (FOUR, 2, [1.0, 0.3, 0.0], [0.0, 0.7, 1.0], (0.4, 0.6)),
        (FOUR, 1, [1.0, 0.0], [0.0, 1.0], (0.5, 0.5)),
        # counts 0, 2, 3, 5 of five pixels: areas over the true shares
        (FIVE, 3, [1.0, 0.45, 0.25, 0.0], [0.0, 0.55, 0.75, 1.0], (0.41, 0.59)),
        (FIVE, 5, [1.0, 0.7, 0.45, 0.25, 0.1, 0.0], [0.0, 0.3, 0.55, 0.75, 0.9, 1.0], (0.4, 0.6)),
    ],
)
def test_published_curves_and_areas(
    explained: Explained,
    brightness: Classifier,
    picture: Images,
    steps: int,
    deleted: list[float],
    inserted: list[float],
    areas: tuple[float, float],
) -> None:
    """torch-cam's cases (Apache-2.0, tests/test_metrics.py): the sum of the pixels, a black fill, the map is the picture."""
    explanation = explained(brightness, picture, picture[:, 0])
    deletion = Deletion(steps=steps, fill="black", output="logit")(explanation)
    insertion = Insertion(steps=steps, fill="black", output="logit")(explanation)
    torch.testing.assert_close(deletion.curves["deletion"], torch.tensor([deleted]))
    torch.testing.assert_close(insertion.curves["insertion"], torch.tensor([inserted]))
    assert deletion.scores.item() == pytest.approx(areas[0])
    assert insertion.scores.item() == pytest.approx(areas[1])


def slowly(classifier: Classifier, image: Tensor, fill: Tensor, order: list[int], counts: list[int]) -> list[float]:
    """The probability of label 0 after each number of pixels is replaced, one picture and one pixel at a time."""
    answers = []
    for count in counts:
        changed = image.clone()
        for pixel in order[:count]:
            changed[:, pixel // image.shape[2], pixel % image.shape[2]] = fill[
                :, pixel // image.shape[2], pixel % image.shape[2]
            ]
        answers.append(classifier.probabilities(changed[None])[0, 0].item())
    return answers


@pytest.mark.parametrize("kind", ["mean", "black", "blur"])
def test_curves_are_those_of_the_slow_loop(
    explained: Explained, convolution: Classifier, images: Images, kind: Any
) -> None:
    maps = torch.randn(3, 32, 32)
    explanation, fills = explained(convolution, images, maps), masking.fill(images, kind)
    deletion = Deletion(steps=7, fill=kind)(explanation)
    insertion = Insertion(steps=7, fill=kind)(explanation)
    counts = [round(1024 * step / 7) for step in range(8)]
    for row in range(3):
        order = maps[row].flatten().argsort(descending=True).tolist()
        gone = slowly(convolution, images[row], fills[row], order, counts)
        back = slowly(convolution, fills[row], images[row], order, counts)
        torch.testing.assert_close(deletion.curves["deletion"][row], torch.tensor(gone), atol=1e-6, rtol=1e-4)
        torch.testing.assert_close(insertion.curves["insertion"][row], torch.tensor(back), atol=1e-6, rtol=1e-4)
        for measured, curve in ((deletion, gone), (insertion, back)):
            heights = [(a + b) / 2 * (d - c) / 1024 for a, b, c, d in zip(curve, curve[1:], counts, counts[1:])]
            assert measured.scores[row].item() == pytest.approx(sum(heights), abs=1e-6)


def one_pixel(images: Images) -> Tensor:
    """Certain of label 0 while the top left pixel is bright, of label 1 otherwise."""
    lit = 200 * (images[:, 0, 0, 0] - 0.5)
    return torch.stack([lit, -lit], dim=1)


def test_a_perfect_map_falls_at_once_and_rises_at_once(explained: Explained) -> None:
    classifier = Classifier("one pixel", ("lit", "dark"), one_pixel)
    image, maps = torch.ones(1, 3, 10, 10), torch.zeros(1, 10, 10)
    maps[0, 0, 0] = 1
    perfect, worst = explained(classifier, image, maps), explained(classifier, image, -maps)
    deletion, insertion = Deletion(steps=100, fill="black"), Insertion(steps=100, fill="black")
    # one step of a hundred lies between certain and lost: half a step's area
    assert deletion(perfect).scores.item() == pytest.approx(0.005)
    assert insertion(perfect).scores.item() == pytest.approx(0.995)
    assert deletion(worst).scores.item() == pytest.approx(0.995)
    assert insertion(worst).scores.item() == pytest.approx(0.005)


def test_the_normalised_score_is_a_share_of_the_way_from_the_fill_to_the_picture(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    explanation = explained(linear, pictures, shares)
    full, empty = linear.probabilities(pictures)[:, 0], linear.probabilities(torch.zeros_like(pictures))[:, 0]
    for metric in (Deletion(fill="black"), Insertion(fill="black")):
        plain = metric(explanation).scores
        normal = type(metric)(fill="black", normalise=True)(explanation).scores
        rises = full > empty
        torch.testing.assert_close(normal[rises], ((plain - empty) / (full - empty))[rises], atol=1e-4, rtol=1e-3)
        assert torch.isnan(normal[~rises]).all()


def test_a_classifier_that_never_changes_gives_its_probability_and_nothing_normalised(explained: Explained) -> None:
    constant = Classifier("constant", ("a", "b"), lambda given: torch.zeros(len(given), 2))
    explanation = explained(constant, torch.rand(2, 3, 8, 8), torch.randn(2, 8, 8))
    for plain, normal in ((Deletion(), Deletion(normalise=True)), (Insertion(), Insertion(normalise=True))):
        assert plain(explanation).scores.tolist() == [0.5, 0.5]
        assert torch.isnan(normal(explanation).scores).all()


def test_the_sign_decides_what_goes_first(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    signed, magnitude = explained(linear, pictures, shares), explained(linear, pictures, shares.abs())
    assert (Deletion(fill="black")(signed).scores < Deletion(fill="black")(magnitude).scores).all()
    assert (Insertion(fill="black")(signed).scores > Insertion(fill="black")(magnitude).scores).all()


def test_a_constant_map_is_a_random_order_and_not_the_order_of_the_rows(
    explained: Explained, brightness: Classifier
) -> None:
    """On a picture that is bright on top, an order by rows would fall early; a random one falls evenly."""
    picture = torch.zeros(1, 1, 32, 32)
    picture[:, :, :16] = 1 / 512
    explanation = explained(brightness, picture, torch.full((1, 32, 32), 0.3))
    curve = Deletion(fill="black", output="logit")(explanation).curves["deletion"][0]
    torch.testing.assert_close(curve, torch.linspace(1, 0, 29), atol=0.06, rtol=0)


def test_a_pass_for_each_point(explained: Explained, convolution: Classifier, images: Images) -> None:
    explanation = explained(convolution, images, torch.randn(3, 32, 32))
    with perturb.metered() as meter:
        Deletion(steps=9)(explanation)
    assert meter.forward == 3 * 10


@pytest.mark.parametrize("metric", [Deletion(steps=0), Insertion(steps=-1)])
def test_settings_out_of_range_are_refused(
    explained: Explained, convolution: Classifier, images: Images, metric: Deletion | Insertion
) -> None:
    explanation = explained(convolution, images, torch.randn(3, 32, 32))
    with pytest.raises(MetricError, match=r"(deletion|insertion) expects steps of at least 1; got (Del|Ins)"):
        metric(explanation)


def test_a_fill_that_needs_segments_is_refused(explained: Explained, convolution: Classifier, images: Images) -> None:
    explanation = explained(convolution, images, torch.randn(3, 32, 32))
    metric = Deletion()
    object.__setattr__(metric, "fill", "segment_mean")
    with pytest.raises(MetricError, match="deletion expects a fill of mean, black, grey, white, blur; got"):
        metric(explanation)
