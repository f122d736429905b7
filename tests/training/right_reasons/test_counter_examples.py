"""Counter-examples: what is replaced, by what, and the cross-entropy of what came of it."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from whylight.training.right_reasons.counter_examples import CounterExamples
from whylight.training.right_reasons.reason import Corrected, Looked

Case = tuple[nn.Linear, Looked]


@pytest.fixture
def large() -> Corrected:
    """400 grey pictures of 8 × 8 whose left half is unwanted."""
    unwanted = torch.zeros(400, 8, 8, dtype=torch.bool)
    unwanted[:, :, :4] = True
    nothing = torch.zeros_like(unwanted)
    return Corrected(torch.full((400, 2, 8, 8), 0.5), torch.zeros(400).long(), unwanted, nothing, torch.arange(400))


@pytest.mark.parametrize("fill", ["noise", "colour", "both"])
def test_only_the_unwanted_pixels_are_replaced_by_even_random_numbers(fill: str, large: Corrected) -> None:
    found = CounterExamples(fill).filled(large)  # type: ignore[arg-type]  # one of the three
    assert (found[..., 4:] == 0.5).all()
    inside = found[..., :4]
    assert inside.min() >= 0
    assert inside.max() < 1
    means = inside[:, :, 0, 0]  # one pixel: even in [0, 1], mean 1/2, deviation √(1/12)
    assert abs(means.mean() - 0.5) < 0.05
    assert abs(means.std() - 12**-0.5) < 0.03
    even = (inside == inside[:, :, :1, :1]).flatten(1).all(dim=1)
    assert abs(float(even.float().mean()) - {"noise": 0.0, "colour": 1.0, "both": 0.5}[fill]) < 0.1


def test_a_picture_is_drawn_from_its_seed_alone(large: Corrected) -> None:
    whole = CounterExamples().filled(large)
    names = ("images", "targets", "unwanted", "wanted", "seeds")
    one = Corrected(*(getattr(large, name)[7:8] for name in names))
    assert torch.equal(CounterExamples().filled(one), whole[7:8])
    assert not torch.equal(CounterExamples().filled(replace(one, seeds=torch.tensor([8]))), whole[7:8])


def test_the_penalty_is_the_cross_entropy_of_the_true_label(linear: Case, corrected: Corrected) -> None:
    loss, (_, looked) = CounterExamples(), linear
    found = loss(looked, corrected)
    shown = loss.filled(corrected)
    for place in range(3):
        logits = looked.predict(shown[place : place + 1])[0]
        expected = torch.log(torch.exp(logits).sum()) - logits[corrected.targets[place]]
        torch.testing.assert_close(found.penalties[place], expected)
    assert found.penalties[-1] == 0
    torch.testing.assert_close(found.logits, looked.predict(corrected.images))
