from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metrics.faithfulness.infidelity import Infidelity, Squares
from whylight.tensors import generator
from whylight.types import Images

Explained = Callable[..., Explanation]


def captums(classifier: Classifier, images: Images, maps: Tensor, changes: list[Tensor], *, normalize: bool) -> Tensor:
    """What captum makes of it, with (what is taken off, the changed picture) given; the map is shared out among channels."""
    metrics = pytest.importorskip("captum.metrics")
    channels = images.shape[1]

    def answer(given: Tensor) -> Tensor:
        return classifier.probabilities(given)[:, 0]

    rows = []
    for row, image in enumerate(images):
        left = iter(changes[row])

        def change(given: Tensor, left: object = left) -> tuple[Tensor, Tensor]:
            taken, changed = next(left)  # type: ignore[call-overload]
            return taken.expand_as(given), changed.expand_as(given)

        shared = maps[row].expand(1, channels, -1, -1) / channels
        rows.append(
            metrics.infidelity(
                answer,
                change,
                image[None],
                shared,
                n_perturb_samples=len(changes[row]),
                max_examples_per_batch=1,
                normalize=normalize,
            )
        )
    return torch.cat(rows)


@pytest.mark.parametrize("scale", [False, True])
def test_captum_agrees_on_the_same_squares(
    explained: Explained, convolution: Classifier, images: Images, scale: bool
) -> None:
    metric = Infidelity(samples=12, scale=scale)
    explanation = explained(convolution, images, torch.rand(3, 32, 32) / 100 + 1e-3)
    squares = Squares.draw(images, metric.size, 12, metric.seed)
    gone = 1 - squares(torch.zeros(12, dtype=torch.long), torch.arange(1, 13))
    fills = masking.fill(images, "mean")
    changes = [
        torch.stack([torch.stack([z.expand(3, -1, -1), torch.lerp(x, f, z)]) for z in gone])
        for x, f in zip(images, fills)
    ]
    # where the best scale is below 0 we take none, so that maps are turned to the side that forecasts at all
    losses = torch.stack(
        [
            convolution.probabilities(x[None])[0, 0] - convolution.probabilities(c[:, 1])[:, 0]
            for x, c in zip(images, changes)
        ]
    )
    signs = torch.sign((squares.sums(explanation.maps.double())[:, 1:] * losses).sum(dim=1)).float()
    maps = explanation.maps * signs[:, None, None]
    expected = captums(convolution, images, maps, changes, normalize=scale)
    found = metric(explained(convolution, images, maps)).scores
    torch.testing.assert_close(found, expected, atol=1e-7, rtol=1e-3)


@pytest.mark.parametrize("scale", [False, True])
def test_captum_agrees_on_the_same_noise(
    explained: Explained, linear: Classifier, weights: Tensor, scale: bool
) -> None:
    images = torch.rand(2, 3, 12, 12) / 4 + 0.375  # far enough from 0 and 1 that nothing is cut off
    maps = weights.sum(dim=0).expand(2, -1, -1) / 4
    metric = Infidelity(change="gaussian", samples=10, deviation=0.05, scale=scale)
    noise = torch.stack([0.05 * torch.randn(12, 12, generator=generator(0, number)) for number in range(1, 11)])
    changes = [torch.stack([torch.stack([z.expand(3, -1, -1), x - z]) for z in noise]) for x in images]
    expected = captums(linear, images, maps, changes, normalize=scale)
    torch.testing.assert_close(metric(explained(linear, images, maps)).scores, expected, atol=1e-9, rtol=1e-3)


@pytest.mark.parametrize("size", [0.05, 0.3, 1.0])
def test_running_sums_are_the_sums_over_the_squares(size: float) -> None:
    images, maps = torch.rand(2, 3, 9, 14), torch.randn(2, 9, 14).double()
    squares = Squares.draw(images, size, 20, seed=5)
    keep = squares(torch.zeros(21, dtype=torch.long), torch.arange(21))[:, 0].double()
    torch.testing.assert_close(squares.sums(maps), torch.einsum("shw,bhw->bs", 1 - keep, maps))
    side = max(1, round(size * 9))
    assert (1 - keep).sum(dim=(1, 2)).tolist() == [0.0] + 20 * [float(side * side)]


def test_what_pixels_truly_contribute_is_an_exact_forecast(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    metric = Infidelity(fill="black", output="logit")
    for maps in (shares, 17 * shares):
        assert (metric(explained(linear, pictures, maps)).scores < 1e-10).all()
    assert (replace(metric, scale=False)(explained(linear, pictures, shares)).scores < 1e-10).all()
    assert (replace(metric, scale=False)(explained(linear, pictures, 17 * shares)).scores > 1).all()


def test_a_gradient_forecasts_noise_exactly_even_where_pictures_are_cut_off(explained: Explained) -> None:
    """The brightness of grey pictures: what is taken off is the same for all channels, whatever is cut off at 0 and 1."""
    classifier = Classifier("mean", ("a", "b"), lambda x: torch.stack([x.sum(dim=(1, 2, 3)), 0 * x[:, 0, 0, 0]], dim=1))
    images = torch.rand(2, 1, 8, 8).expand(2, 3, 8, 8).contiguous()
    metric = Infidelity(change="gaussian", deviation=0.5, output="logit", scale=False)
    assert (metric(explained(classifier, images, torch.full((2, 8, 8), 3.0))).scores < 1e-8).all()


def test_exchanged_signs_forecast_nothing(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    metric = Infidelity(fill="black", output="logit")
    nothing = metric(explained(linear, pictures, torch.zeros_like(shares))).scores
    assert (nothing > 0).all()
    torch.testing.assert_close(metric(explained(linear, pictures, -shares)).scores, nothing)


def test_passes_are_counted(explained: Explained, linear: Classifier, pictures: Images) -> None:
    explanation = explained(linear, pictures, torch.randn(3, 12, 12))
    for metric in (Infidelity(samples=7), Infidelity(change="gaussian", samples=7)):
        with perturb.metered() as meter:
            metric(explanation)
        assert meter.forward == 3 * 8


@pytest.mark.parametrize(
    "metric", [Infidelity(samples=0), Infidelity(size=0.0), Infidelity(size=1.5), Infidelity(deviation=0.0)]
)
def test_settings_out_of_range_are_refused(
    explained: Explained, linear: Classifier, pictures: Images, metric: Infidelity
) -> None:
    with pytest.raises(MetricError, match="infidelity expects a change of square or gaussian, samples of at least 1"):
        metric(explained(linear, pictures, torch.randn(3, 12, 12)))
