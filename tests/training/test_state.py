"""The state on the disk: nothing of it is lost, bit for bit, and a damaged one is named."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from whylight.classifiers import networks
from whylight.errors import RunError
from whylight.training import state
from whylight.training.state import Position

KINDS: dict[str, Any] = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}
POSITION = Position(3, 7, 1.25, 9.5, [{"epoch": 1, "loss": 0.1 + 0.2}], 0)


def network() -> nn.Module:
    torch.manual_seed(0)
    return networks.build("fashion_cnn:width=4", 3, 1, (12, 12))


def step(module: nn.Module, optimiser: torch.optim.Optimizer, number: int) -> None:
    images = torch.rand(8, 1, 12, 12, generator=torch.Generator().manual_seed(number))
    optimiser.zero_grad()
    module(images).square().mean().backward()
    optimiser.step()


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_on_goes_on_bit_for_bit(tmp_path: Path, kind: str) -> None:
    first = network()
    optimiser = KINDS[kind](first.parameters())
    for number in range(3):
        step(first, optimiser, number)
    state.write(tmp_path / "state.safetensors", first, optimiser, POSITION)
    second = network()
    restored = KINDS[kind](second.parameters())
    assert state.read(tmp_path / "state.safetensors", second, restored) == POSITION
    for number in range(3, 6):
        step(first, optimiser, number)
        step(second, restored, number)
    ours, theirs = first.state_dict(), second.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_state_before_the_first_step(tmp_path: Path) -> None:
    first = network()
    state.write(tmp_path / "state.safetensors", first, KINDS["adam"](first.parameters()), Position())
    second = network()
    restored = KINDS["adam"](second.parameters())
    assert state.read(tmp_path / "state.safetensors", second, restored) == Position()
    assert restored.state_dict()["state"] == {}


@pytest.mark.parametrize("damage", ["cut", "words", "other network"])
def test_a_damaged_state_is_named(tmp_path: Path, damage: str) -> None:
    path, module = tmp_path / "state.safetensors", network()
    state.write(path, module, KINDS["sgd"](module.parameters()), POSITION)
    if damage == "other network":
        module = networks.build("small_cnn", 3, 1, (14, 14))
    else:
        path.write_bytes(path.read_bytes()[:-100] if damage == "cut" else b"words")
    with pytest.raises(RunError, match=r"the state in .*state.safetensors cannot be gone on with \(.*another folder"):
        state.read(path, module, KINDS["sgd"](module.parameters()))
