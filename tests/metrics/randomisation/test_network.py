"""Invariants: only the chosen layers change, what they become depends on the seed alone, and everything comes back."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.metrics.randomisation._network import kept, layers_of, randomise


def state(network: nn.Module) -> dict[str, bytes]:
    return {name: value.detach().numpy().tobytes() for name, value in network.state_dict().items()}


@pytest.fixture
def network() -> nn.Module:
    """Layers that can initialise themselves, one that cannot, and buffers."""
    made = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.PReLU(4), nn.Flatten(), nn.Linear(4 * 36, 5))
    made.append(nn.Module())
    made[5].register_parameter("free", nn.Parameter(torch.arange(50.0)))
    for value in made[1].state_dict().values():
        value.add_(3)
    return made.eval()


def test_the_layers_are_those_with_weights_of_their_own(network: nn.Module, transformer: Classifier) -> None:
    names = {id(module): name for name, module in network.named_modules()}
    assert [(number, names[id(layer)]) for number, layer in layers_of(network)] == [
        (0, "0"),
        (1, "1"),
        (2, "2"),
        (3, "4"),
        (4, "5"),
    ]
    assert transformer.module is not None
    kinds = [type(layer).__name__ for _, layer in layers_of(transformer.module)]
    assert kinds[0] == "Tokens"  # its class token
    assert kinds[-1] == "Linear"


def test_only_the_chosen_layers_change_and_all_come_back(network: nn.Module) -> None:
    before = state(network)
    with kept(network):
        randomise(layers_of(network)[2:4], seed=0)
        changed = {name for name, value in state(network).items() if value != before[name]}
        assert changed <= {"2.weight", "4.weight", "4.bias"}
        assert {"4.weight", "4.bias"} <= changed
    assert state(network) == before


def test_each_layer_draws_as_it_would_itself(network: nn.Module) -> None:
    linear = layers_of(network)[3]
    with kept(network):
        randomise([linear], seed=0)
        bound = 1 / 144**0.5
        weight = network.get_submodule("4").get_parameter("weight")
        assert float(weight.detach().abs().max()) <= bound
        assert float(weight.detach().std()) == pytest.approx(bound / 3**0.5, rel=0.1)
        randomise(layers_of(network)[1:2], seed=0)
        norm = network.get_submodule("1")
        assert norm.get_parameter("weight").tolist() == [1] * 4
        assert norm.get_buffer("running_var").tolist() == [1] * 4


def test_weights_that_no_layer_can_draw_are_shuffled(network: nn.Module) -> None:
    with kept(network):
        randomise(layers_of(network)[4:], seed=1)
        free = network.get_submodule("5").get_parameter("free")
        assert free.tolist() != list(range(50))
        assert sorted(free.tolist()) == list(range(50))


def test_what_is_drawn_depends_on_the_seed_and_the_layer_alone(network: nn.Module) -> None:
    layers = layers_of(network)
    drawn: list[bytes] = []
    for seed, chosen in ((0, layers), (0, layers[3:]), (1, layers)):
        torch.manual_seed(len(drawn))
        with kept(network):
            randomise(chosen, seed)
            drawn.append(state(network)["4.weight"])
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_the_global_random_state_is_lent_and_given_back(network: nn.Module) -> None:
    before = torch.get_rng_state()
    numpy_before = np.random.get_state()[1].tolist()  # type: ignore[index]  # numpy's types allow a mapping here
    with kept(network):
        randomise(layers_of(network), seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.random.get_state()[1].tolist() == numpy_before  # type: ignore[index]  # as above


class Broken(nn.Linear):
    broken = False

    def reset_parameters(self) -> None:
        if self.broken:
            nn.init.zeros_(self.weight)
            raise KeyError("no such scheme")
        super().reset_parameters()


def randomise_and_fail(network: nn.Module) -> None:
    with kept(network):
        randomise(layers_of(network), seed=0)
        raise ZeroDivisionError


@pytest.mark.parametrize(("broken", "error"), [(False, ZeroDivisionError), (True, MetricError)])
def test_all_comes_back_after_a_failure(network: nn.Module, broken: bool, error: type[Exception]) -> None:
    layer = Broken(3, 3)
    layer.broken = broken
    whole = nn.Sequential(network, layer)
    before, randomness = state(whole), torch.get_rng_state()
    places = [weight.data_ptr() for weight in whole.parameters()]
    with pytest.raises(error):
        randomise_and_fail(whole)
    assert state(whole) == before
    assert [weight.data_ptr() for weight in whole.parameters()] == places
    assert torch.equal(torch.get_rng_state(), randomness)


def test_a_layer_that_cannot_initialise_itself_is_told_in_a_sentence() -> None:
    layer = Broken(3, 3)
    layer.broken = True
    weight: Tensor = layer.weight
    with pytest.raises(MetricError, match="the layer Broken could not draw its weights anew: KeyError"), kept(layer):
        randomise(layers_of(layer), seed=0)
    assert weight.abs().max() > 0


def test_frozen_weights_and_gradients_are_left_alone(network: nn.Module) -> None:
    network.requires_grad_(requires_grad=False)
    linear = network.get_submodule("4").get_parameter("weight")
    linear.requires_grad_()
    linear.grad = torch.ones_like(linear)
    with kept(network):
        randomise(layers_of(network), seed=0)
    assert [weight.requires_grad for weight in network.parameters()].count(True) == 1
    assert torch.equal(linear.grad, torch.ones_like(linear))
