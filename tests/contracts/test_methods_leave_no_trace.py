"""What no method may do, even when it fails: change the network, the pictures or the global random state."""

import contextlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.errors import MethodError, WhylightError
from whylight.method import Method
from whylight.types import Images


def trace(network: nn.Module) -> dict[str, Any]:
    """All that a method could leave behind."""
    found: dict[str, Any] = {}
    for name, module in network.named_modules():
        held = {key: len(value) for key, value in vars(module).items() if "hooks" in key and value is not None}
        found[name] = (held, sorted(vars(module)), module.training)
    for name, value in (*network.named_parameters(), *network.named_buffers()):
        found[name + "="] = (value.detach().clone().numpy().tobytes(), value.requires_grad, value.grad, id(value))
    return found


def random_states() -> tuple[bytes, bytes]:
    """The global states of torch and numpy; Python's own is moved by the shape checks themselves."""
    state: Any = np.random.get_state()
    return torch.get_rng_state().numpy().tobytes(), state[1].tobytes() + bytes([state[2] % 256])


def test_the_network_is_left_as_it_was(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    assert convolution.module is not None
    before = trace(convolution.module)
    method(convolution, images, targets)
    assert trace(convolution.module) == before


def test_a_transformer_is_left_as_it_was(
    method: Method, transformer: Classifier, images: Images, targets: Tensor
) -> None:
    assert transformer.module is not None
    before = trace(transformer.module)
    with contextlib.suppress(MethodError):
        method(transformer, images, targets)
    assert trace(transformer.module) == before


def breaking(classifier: Classifier, calls: int) -> Classifier:
    """The same classifier, whose network breaks after some calls."""
    made = 0

    def predict(pictures: Images) -> Tensor:
        nonlocal made
        logits = classifier.predict(pictures)
        made += 1
        if made > calls:
            raise RuntimeError("the network broke")
        return logits

    return replace(classifier, predict=predict)


def test_a_broken_network_is_told_in_a_sentence(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    with pytest.raises(WhylightError, match="the network broke"):
        method(breaking(convolution, 0), images, targets)


@pytest.mark.parametrize("calls", [0, 1, 3])
def test_the_network_is_left_as_it_was_after_a_failure(
    method: Method, convolution: Classifier, images: Images, targets: Tensor, calls: int
) -> None:
    assert convolution.module is not None
    before, randomness, recording = trace(convolution.module), random_states(), torch.is_grad_enabled()
    with contextlib.suppress(WhylightError, RuntimeError):
        method(breaking(convolution, calls), images, targets)
    assert trace(convolution.module) == before
    assert random_states() == randomness
    assert torch.is_grad_enabled() == recording


def test_the_global_random_state_is_left_alone(
    method: Method, drawing: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    for each in (method, drawing):
        before = random_states()
        each(convolution, images, targets)
        assert random_states() == before


def test_pictures_and_targets_are_not_changed(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    pictures, labels = images.clone(), targets.clone()
    method(convolution, images, targets)
    assert torch.equal(images, pictures)
    assert torch.equal(targets, labels)
    assert not images.requires_grad
