from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.classifiers._torchvision import import_torchvision
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metrics.faithfulness._imputation import impute
from whylight.metrics.faithfulness.road import ROAD
from whylight.types import Images

Explained = Callable[..., Explanation]
WEIGHTS = {(down, right): 1 / 6 if 0 in (down, right) else 1 / 12 for down in (-1, 0, 1) for right in (-1, 0, 1)}


def slowly(picture: NDArray[np.float64], missing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The equations as they stand, x_u Σ w_n = Σ w_n x_n, in a dense matrix, one row after the other."""
    holes = [tuple(hole) for hole in np.argwhere(missing)]
    matrix, given = np.zeros((len(holes), len(holes))), np.zeros((len(holes), len(picture)))
    for row, (top, left) in enumerate(holes):
        around = {
            (top + down, left + right): weight
            for (down, right), weight in WEIGHTS.items()
            if (down, right) != (0, 0) and 0 <= top + down < missing.shape[0] and 0 <= left + right < missing.shape[1]
        }
        total = sum(around.values())
        matrix[row, row] = 1
        for place, weight in around.items():
            if missing[place]:
                matrix[row, holes.index(place)] -= weight / total
            else:
                given[row] += weight / total * picture[:, place[0], place[1]]
    filled = picture.copy()
    for hole, values in zip(holes, np.linalg.solve(matrix, given)):
        filled[:, hole[0], hole[1]] = values
    return filled


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("channels", [1, 3])
def test_imputation_solves_the_papers_system(share: float, channels: int) -> None:
    chance = np.random.default_rng(4)
    picture, ranks = chance.random((channels, 11, 9)), chance.permutation(99).reshape(11, 9)
    missing = ranks < max(1, round(share * 99))
    np.testing.assert_allclose(impute(picture, missing), slowly(picture, missing), atol=1e-10)


def test_a_block_at_the_border_is_imputed() -> None:
    picture, missing = np.random.default_rng(0).random((3, 10, 10)), np.zeros((10, 10), dtype=bool)
    missing[:6, :5] = True
    np.testing.assert_allclose(impute(picture, missing), slowly(picture, missing), atol=1e-10)


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # its own use of numpy
def test_pytorch_grad_cams_imputer_agrees() -> None:
    """The reference implementation as another library carries it, without noise."""
    import_torchvision("the comparison")
    road = pytest.importorskip("pytorch_grad_cam.metrics.road")
    picture, keep = torch.rand(3, 16, 16), torch.rand(16, 16) > 0.6
    expected = road.NoisyLinearImputer(noise=0.0)(picture, keep.float())
    found = torch.from_numpy(impute(picture.double().numpy(), (~keep).numpy())).float()
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_a_slope_is_continued_through_a_hole() -> None:
    """The weights are symmetric, so that any plane solves the equations."""
    down, right = np.meshgrid(np.arange(12.0), np.arange(12.0), indexing="ij")
    picture, missing = np.stack([0.03 * down + 0.05 * right, 1 - 0.02 * down]), np.zeros((12, 12), dtype=bool)
    missing[3:9, 2:10] = True
    np.testing.assert_allclose(impute(picture, missing), picture, atol=1e-12)


def test_nothing_and_everything_missing() -> None:
    picture = np.random.default_rng(1).random((3, 5, 5))
    assert np.array_equal(impute(picture, np.zeros((5, 5), dtype=bool)), picture)
    expected = np.broadcast_to(picture.mean(axis=(1, 2))[:, None, None], picture.shape)
    np.testing.assert_allclose(impute(picture, np.ones((5, 5), dtype=bool)), expected)


def test_the_score_is_that_of_the_slow_loop(explained: Explained, convolution: Classifier, images: Images) -> None:
    images, maps = images[:, :, :14, :14], torch.randn(3, 14, 14)
    measured = ROAD(steps=4, noise=0.0)(explained(convolution, images, maps))
    for row in range(3):
        order, gaps = maps[row].flatten().argsort(descending=True), []
        for step in (1, 2, 3):
            answers = []
            for way in (order, order.flip(0)):
                missing = torch.zeros(196, dtype=torch.bool)
                missing[way[: round(196 * step / 4)]] = True
                filled = slowly(images[row].double().numpy(), missing.reshape(14, 14).numpy())
                answers.append(convolution.probabilities(torch.from_numpy(filled)[None].float())[0, 0].item())
            assert measured.curves["morf"][row, step].item() == pytest.approx(answers[0], abs=1e-6)
            assert measured.curves["lerf"][row, step].item() == pytest.approx(answers[1], abs=1e-6)
            gaps.append((answers[1] - answers[0]) / 2)
        assert measured.scores[row].item() == pytest.approx(sum(gaps) / 3, abs=1e-6)


def seen(explained: Explained, metric: ROAD, image: Images, maps: Tensor) -> Tensor:
    """Every picture that the metric shows to a classifier."""
    shown: list[Tensor] = []

    def predict(images: Images) -> Tensor:
        shown.append(images.clone())
        return torch.zeros(len(images), 2)

    explanation = explained(Classifier("camera", ("a", "b"), predict), image, maps)
    shown.clear()
    metric(explanation)
    return torch.cat(shown)


def test_noise_is_seeded_and_on_imputed_pixels_only(explained: Explained) -> None:
    image, maps = torch.full((1, 3, 16, 16), 0.5), torch.randn(1, 16, 16)
    metric = ROAD(steps=4, noise=0.02)
    first, again = (seen(explained, metric, image, maps) for _ in range(2))
    other = seen(explained, ROAD(steps=4, noise=0.02, seed=1), image, maps)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    changed = (first[1] != image[0]).any(dim=0)  # the first step takes a quarter
    assert torch.equal(changed, maps[0] >= maps[0].flatten().sort(descending=True).values[63])
    noise = first[1][:, changed] - 0.5
    assert float(noise.std()) == pytest.approx(0.02, rel=0.2)
    # each channel, step and way has noise of its own
    assert abs(float(torch.corrcoef(noise)[0, 1])) < 0.4


def test_pictures_stay_pictures(explained: Explained) -> None:
    shown = seen(explained, ROAD(steps=3, noise=0.5), torch.rand(1, 3, 8, 8).round(), torch.randn(1, 8, 8))
    assert shown.min() >= 0
    assert shown.max() <= 1


def test_an_oracle_beats_random_maps_and_signs_count(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    metric = ROAD(noise=0.0)
    best, worst = (metric(explained(linear, pictures, each)).scores for each in (shares, -shares))
    chance = metric(explained(linear, pictures, torch.randn(3, 12, 12))).scores
    assert (best > chance).all()
    torch.testing.assert_close(best, -worst)


def test_passes_are_counted(explained: Explained, linear: Classifier, pictures: Images) -> None:
    explanation = explained(linear, pictures, torch.randn(3, 12, 12))
    with perturb.metered() as meter:
        ROAD(steps=5)(explanation)
    assert meter.forward == 3 * 10


@pytest.mark.parametrize("metric", [ROAD(steps=1), ROAD(noise=-0.1)])
def test_settings_out_of_range_are_refused(
    explained: Explained, linear: Classifier, pictures: Images, metric: ROAD
) -> None:
    with pytest.raises(MetricError, match="road expects steps of at least 2 and noise of at least 0"):
        metric(explained(linear, pictures, torch.randn(3, 12, 12)))
