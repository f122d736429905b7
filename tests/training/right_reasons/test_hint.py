"""HINT beside the mean squared difference between map and marks."""

from dataclasses import replace

import torch
from torch import nn

from whylight.training.right_reasons.hint import Hint
from whylight.training.right_reasons.reason import Corrected, Looked, grad_cam

Case = tuple[nn.Sequential, Looked]


def test_all_marked_is_the_mean_squared_difference(convolution: Case, corrected: Corrected) -> None:
    whole = replace(corrected, unwanted=~corrected.wanted)
    _, maps = grad_cam(convolution[1], whole.images, whole.targets)
    for place, found in enumerate(Hint()(convolution[1], whole).penalties.tolist()):
        total = 0.0
        for row in range(4):
            for column in range(4):
                cell = whole.wanted[place, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].double().mean()
                total += (float(maps[place, row, column].detach()) - float(cell)) ** 2
        assert abs(found - total / 16) < 1e-9


def test_what_nobody_marked_does_not_count(convolution: Case, corrected: Corrected) -> None:
    """One cell that should matter and one that should not: half of either difference."""
    nothing = torch.zeros_like(corrected.wanted)
    wanted, unwanted = nothing.clone(), nothing.clone()
    wanted[:, :2, :2], unwanted[:, 2:4, :2] = True, True
    given = replace(corrected, wanted=wanted, unwanted=unwanted)
    _, maps = grad_cam(convolution[1], given.images, given.targets)
    expected = ((maps[:, 0, 0] - 1) ** 2 + maps[:, 1, 0] ** 2) / 2
    torch.testing.assert_close(Hint()(convolution[1], given).penalties, expected)


def test_a_picture_without_marks_gives_nothing(convolution: Case, corrected: Corrected) -> None:
    found = Hint()(convolution[1], corrected).penalties
    assert found[-1] == 0
    found.sum().backward()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in convolution[0].parameters())
