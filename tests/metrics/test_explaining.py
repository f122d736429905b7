"""Explaining again: what is asked for is what the method would give, and seeds inside seeds move."""

from dataclasses import dataclass, field

import torch

from whylight import perturb
from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.method import Evidence, Method
from whylight.metrics._explaining import has_seed, maps_of, noisy_maps, reseeded
from whylight.types import Images, Targets


@dataclass(frozen=True)
class Weighted(Method):
    """The picture's first channel times the target's number plus one."""

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        perturb.count_passes(forward=len(images))
        return Evidence(images[:, 0] * (targets + 1)[:, None, None])


@dataclass(frozen=True)
class Drawn(Weighted):
    seed: int = 3


@dataclass(frozen=True)
class Outer(Weighted):
    of: Method = field(default_factory=Drawn)
    seed: int = 5


def test_maps_for_other_targets(convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, Weighted(), images, 0)
    with perturb.execution(perturb.Execution(batch_size=2)):
        maps = maps_of(explanation, images, torch.tensor([0, 1, 2]))
    torch.testing.assert_close(maps, images[:, 0] * torch.tensor([1.0, 2.0, 3.0])[:, None, None])


def test_noisy_copies_come_sample_by_sample(convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, Weighted(), images, [0, 1, 2])
    noise, scale = torch.randn(4, 3, 32, 32), torch.tensor([0.0, 1.0, 10.0])
    with perturb.execution(perturb.Execution(batch_size=5)):
        parts = list(noisy_maps(explanation, noise, scale))
    assert [len(maps) for _, maps in parts] == [5, 5, 2]
    maps = torch.cat([maps for _, maps in parts]).reshape(4, 3, 32, 32)
    assert torch.cat([pictures for pictures, _ in parts]).tolist() == [0, 1, 2] * 4
    for sample in range(4):
        for picture in range(3):
            expected = (images[picture, 0] + scale[picture] * noise[sample, 0]) * (picture + 1)
            torch.testing.assert_close(maps[sample, picture], expected)


def test_seeds_inside_seeds_move() -> None:
    assert reseeded(Outer(), 2) == Outer(of=Drawn(seed=5), seed=7)
    assert reseeded(Weighted(), 2) == Weighted()
    assert has_seed(Drawn())
    assert not has_seed(Weighted())
