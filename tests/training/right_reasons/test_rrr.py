"""RRR beside the closed form of a linear network, and beside differences of a convolutional one."""

import torch
from torch import nn

from whylight.training.right_reasons.reason import Corrected, Looked
from whylight.training.right_reasons.rrr import RRR

LinearCase = tuple[nn.Linear, Looked]
ConvolutionCase = tuple[nn.Sequential, Looked]


def test_closed_form_of_a_linear_network(linear: LinearCase, corrected: Corrected) -> None:
    """∂/∂x Σ_k log p_k = Σ_k w_k - K Σ_k p_k w_k."""
    layer, looked = linear
    found = RRR()(looked, corrected)
    probabilities = found.logits.softmax(dim=1)
    slopes = layer.weight.sum(dim=0) - len(layer.weight) * probabilities @ layer.weight
    kept = slopes.reshape(corrected.images.shape) * corrected.unwanted[:, None]
    torch.testing.assert_close(found.penalties, kept.square().sum(dim=(1, 2, 3)))
    assert found.penalties[-1] == 0


def test_differences_of_a_convolutional_network(convolution: ConvolutionCase, corrected: Corrected) -> None:
    """The sum over the unwanted pixels, one central difference after the other."""
    network, looked = convolution
    step, expected = 1e-5, torch.zeros(len(corrected.images), dtype=torch.float64)
    for place in range(len(corrected.images)):
        for row, column in corrected.unwanted[place].nonzero().tolist():
            for channel in range(corrected.images.shape[1]):
                pair = corrected.images[place].double().repeat(2, 1, 1, 1)
                pair[:, channel, row, column] += torch.tensor([step, -step], dtype=torch.float64)
                high, low = network(pair).log_softmax(dim=1).sum(dim=1)
                expected[place] += ((high - low) / (2 * step)).detach() ** 2
    torch.testing.assert_close(RRR()(looked, corrected).penalties.detach(), expected, rtol=1e-3, atol=1e-9)


def test_a_step_down_the_gradient_makes_it_smaller(convolution: ConvolutionCase, corrected: Corrected) -> None:
    network, looked = convolution
    before = RRR()(looked, corrected).penalties.sum()
    before.backward()
    with torch.no_grad():
        for weight in network.parameters():
            if weight.grad is not None:
                weight.sub_(0.01 * weight.grad / weight.grad.norm().clamp_min(1e-9))
    assert RRR()(looked, corrected).penalties.sum() < before


def test_pictures_do_not_depend_on_those_beside_them(convolution: ConvolutionCase, corrected: Corrected) -> None:
    whole = RRR()(convolution[1], corrected).penalties
    one = Corrected(*(getattr(corrected, name)[1:2] for name in ("images", "targets", "unwanted", "wanted", "seeds")))
    torch.testing.assert_close(RRR()(convolution[1], one).penalties, whole[1:2])
