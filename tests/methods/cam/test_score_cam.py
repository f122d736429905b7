from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from whylight import perturb
from whylight.classifier import Classifier
from whylight.method import Method
from whylight.methods.cam.score_cam import ScoreCAM
from whylight.types import Images, Maps, Targets


def slowly(classifier: Classifier, image: Tensor, target: int) -> tuple[Tensor, Tensor]:
    """One picture's channels and their increases, one channel at a time."""
    features = classifier.watch(image[None], torch.tensor([target])).features[0]
    size, increases = (image.shape[1], image.shape[2]), []
    base = classifier.probabilities(torch.zeros_like(image)[None])[0, target]
    for channel in features:
        large = functional.interpolate(channel[None, None], size=size, mode="bilinear")[0, 0]
        seen = (large - large.min()) / (large.max() - large.min()) if large.max() > large.min() else large * 0
        increases.append(classifier.probabilities((image * seen)[None])[0, target] - base)
    return features, torch.stack(increases)


@pytest.mark.parametrize("weights", ["softmax", "increase"])
def test_the_papers_sum_written_slowly(
    convolution: Classifier, images: Images, weights: str, close: Callable[[Tensor, object, float], None]
) -> None:
    targets = torch.tensor([0, 1, 2])
    method = ScoreCAM(weights="softmax" if weights == "softmax" else "increase")
    maps = method(convolution, images, targets).maps
    for number in range(3):
        features, increases = slowly(convolution, images[number], int(targets[number]))
        chosen = increases.softmax(dim=0) if weights == "softmax" else increases
        coarse = (chosen[:, None, None] * features).sum(dim=0)
        expected = functional.interpolate(coarse[None, None], size=(32, 32), mode="bilinear")[0, 0]
        close(maps[number], expected, 1e-4)


def test_the_increase_has_both_signs(convolution: Classifier, images: Images) -> None:
    maps = ScoreCAM(weights="increase")(convolution, images, torch.tensor([0, 1, 2])).maps
    assert maps.min() < 0 < maps.max()


def test_masks_exist_for_one_pass_at_a_time(images: Images) -> None:
    images = images[:, :, :16, :16]
    network = nn.Sequential(
        nn.Conv2d(3, 2048, 8, 8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 5)
    ).eval()
    rows: list[int] = []

    def predict(pictures: Images) -> Tensor:
        rows.append(len(pictures))
        logits: Tensor = network(pictures)
        return logits

    wide = Classifier("wide", tuple("abcde"), predict, network, "1")
    with perturb.execution(perturb.Execution(batch_size=256)), perturb.metered() as meter:
        maps = ScoreCAM()(wide, images, torch.tensor([0, 1, 2])).maps
    assert maps.shape == (3, 16, 16)
    assert max(rows) == 256
    assert meter.forward == 3 * (2048 + 2)


@dataclass
class Probability:
    """The rival takes what it is told to for a score; the paper takes the probability."""

    label: int

    def __call__(self, logits: Tensor) -> Tensor:
        return logits.softmax(dim=-1)[self.label]


def test_pytorch_grad_cam_agrees(
    compared: tuple[Classifier, Images, Targets],
    rival: Callable[..., Maps],
    stretched: Callable[[Method, Classifier, Images, Targets], Maps],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the probability for a score (it takes logits) and cell centres kept in place (it aligns corners).

    It does not subtract the score of the fill, which changes nothing under a softmax.
    """
    plain = lambda size: nn.Upsample(size=size, mode="bilinear", align_corners=False)  # noqa: E731
    monkeypatch.setattr(nn, "UpsamplingBilinear2d", plain)
    classifier, images, targets = compared[0], compared[1][:1], compared[2][:1]
    if "squeezenet" in classifier.name:  # a layer of 128 channels, not 512: each costs a pass of both
        classifier = replace(classifier, layer="features.3")
    expected = rival("ScoreCAM", classifier, images, targets, target=Probability)
    found = stretched(ScoreCAM(relu=True), classifier, images, targets)
    assert torch.allclose(found, expected, rtol=0, atol=1e-4)
