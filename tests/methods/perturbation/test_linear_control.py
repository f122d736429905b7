from dataclasses import replace
from itertools import product

import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.methods.perturbation._linear_control import Lesson, Linear
from whylight.methods.perturbation._soft_masks import SoftMasks
from whylight.methods.perturbation.rise import RISE
from whylight.tensors import generator
from whylight.types import Images

CELLS, SIDE = 2, 6


def every_mask(keep: float) -> tuple[SoftMasks, Tensor]:
    """All masks of 2 × 2 cells on 6 × 6 pixels, and the chance of each: 16 grids at 9 shifts."""
    grids = torch.tensor(list(product((0.0, 1.0), repeat=CELLS**2))).view(-1, CELLS, CELLS)
    shifts = torch.tensor(list(product(range(3), repeat=2)))
    drawn = SoftMasks.draw(range(len(grids) * 9), CELLS, keep, torch.zeros(1, 3, SIDE, SIDE), generator(0))
    seen = grids.sum(dim=(1, 2)).repeat_interleave(9)
    chances = keep**seen * (1 - keep) ** (CELLS**2 - seen) / 9
    return replace(drawn, grids=grids.repeat_interleave(9, dim=0), shifts=shifts.repeat(len(grids), 1)), chances


def test_the_covariance_is_the_sum_over_every_mask() -> None:
    masks, chances = every_mask(0.3)
    linear = Linear(torch.randn(2, 4, 4, generator=generator(1)))
    pixels, answers = masks.all.flatten(1), linear(masks)
    assert abs(float(chances.sum()) - 1) < 1e-6
    torch.testing.assert_close(answers @ chances, torch.zeros(2), atol=1e-6, rtol=0)
    expected = (answers * chances) @ (pixels - chances @ pixels)
    torch.testing.assert_close(linear.covariance(masks).flatten(1), expected, atol=1e-6, rtol=1e-5)


def test_a_linear_answer_is_learned_up_to_the_penalty() -> None:
    images = torch.zeros(1, 3, 28, 28)
    lesson, truth = Lesson.begin(images, 7, 0.5), Linear(torch.randn(1, 14, 14, generator=generator(2)))
    assert not lesson.learned(torch.tensor([0])).slopes.any()
    for number in range(20):
        masks = SoftMasks.draw(range(200 * number, 200 * number + 200), 7, 0.5, images, generator(3, number))
        lesson.add(torch.tensor([0]), masks, truth(masks) + 5)
    fresh = SoftMasks.draw(range(500), 7, 0.5, images, generator(4))
    learned = lesson.learned(torch.tensor([0]))
    missed = (learned(fresh) - truth(fresh)).square().mean() / truth(fresh).square().mean()
    assert float(missed) < 0.02


def test_the_map_is_on_average_that_of_every_mask(convolution: Classifier, images: Images) -> None:
    """The paper's expectation, summed over all 144 masks, against the mean over seeds."""
    small, grey = images[:1, :, :SIDE, :SIDE], 0.5
    wide = torch.nn.functional.interpolate
    classifier = replace(convolution, predict=lambda given: 3 * convolution.predict(wide(given, size=(32, 32))))
    masks, chances = every_mask(0.5)
    seen = masks.all[:, None] * small + (1 - masks.all[:, None]) * grey
    answers = classifier.probabilities(seen)[:, 0]
    exact = ((answers - chances @ answers) * chances) @ masks.all.flatten(1) / 0.5
    found = [
        RISE(samples=160, cells=CELLS, tolerance=0.0, seed=seed)(classifier, small, torch.tensor([0])).maps.flatten()
        for seed in range(40)
    ]
    maps = torch.stack(found)
    error = maps.std(dim=0) / len(maps) ** 0.5
    assert ((maps.mean(dim=0) - exact).abs() < 4 * error).all()


def test_what_is_linear_adds_no_noise(images: Images) -> None:
    weights = torch.randn(3, 32, 32, generator=generator(5))

    def predict(given: Images) -> Tensor:
        logit = (given * weights).sum(dim=(1, 2, 3)) / 10
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)

    classifier = Classifier("linear", ("yes", "no"), predict)
    plain, calm = (
        RISE(samples=1500, tolerance=0.0, output="logit", control=control)(classifier, images[:1], torch.tensor([0]))
        for control in (False, True)
    )
    assert float(calm.details["spread"]) < 0.6 * float(plain.details["spread"])
